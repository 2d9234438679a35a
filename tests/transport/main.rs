//! Stories of mail coming in and going out, over folders, over scripted servers that misbehave on purpose, and over real servers.

// Clippy knows functions marked #[test] as tests, not the ones they share.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod dns;
mod imap;
mod imap_excess;
mod imap_shut;
mod maildir;
mod real_servers;
mod smtp;
