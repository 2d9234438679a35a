//! Digests and alarms as staff read them.

// Clippy knows functions marked #[test] as tests, not the ones they share.
#![allow(clippy::unwrap_used)]

mod hostile;
mod own_words;
mod written;

use demarche::daemon::assembling::open_templates;
use demarche::digest::{Alarm, DigestContent, sample, write_alarm, write_digest};
use demarche::domain::sample::rules;
use demarche::render::{Renderer, WrittenLetter};
use std::sync::LazyLock;

static RENDERER: LazyLock<Renderer> = LazyLock::new(|| open_templates(None).unwrap());

fn digest(content: &DigestContent, language: &str) -> WrittenLetter {
    let message_id = "digest.2026-02-27.abcdefgh@office.example";
    write_digest(&RENDERER, content, &sample::member(language), &rules(), message_id, &sample::dated()).unwrap()
}

fn alarm(alarm: &Alarm, language: &str) -> WrittenLetter {
    let message_id = "alarm.2026-02-27.abcdefgh@office.example";
    write_alarm(&RENDERER, alarm, &sample::member(language), &rules(), message_id, &sample::dated()).unwrap()
}
