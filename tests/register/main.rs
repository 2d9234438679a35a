//! The register's contract: a whole correspondence played against its public verbs. A second back end will have to pass the same.

#![expect(clippy::unwrap_used, reason = "a story stops where it goes wrong")]

#[path = "../support/rules.rs"]
mod rules;
#[path = "../support/sources.rs"]
mod sources;
#[path = "../support/sqlite.rs"]
mod sqlite;

mod adopted;
mod bounds;

mod digests;
mod drafts;
mod gone;
mod held_letters;
mod hours;
mod lost_letters;
mod obligations;
mod outbox;
mod record;
mod register_desk;
mod seam;
mod stored_words;
mod story;
mod undone;

use register_desk as desk;
