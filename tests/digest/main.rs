//! Digests and alarms as staff read them.

// Clippy knows functions marked #[test] as tests, not the ones they share.
#![allow(clippy::unwrap_used)]

mod hostile;
mod written;

use demarche::digest::{Alarm, DigestContent, sample, write_alarm, write_digest};
use demarche::letters::{Scribe, WrittenLetter};
use std::sync::LazyLock;

static SCRIBE: LazyLock<Scribe> = LazyLock::new(|| Scribe::open(None).unwrap());

fn digest(content: &DigestContent, language: &str) -> WrittenLetter {
    let message_id = "digest.2026-02-27.abcdefgh@office.example";
    write_digest(&SCRIBE, content, &sample::member(language), &sample::rules(), message_id, &sample::dated()).unwrap()
}

fn alarm(alarm: &Alarm, language: &str) -> WrittenLetter {
    let message_id = "alarm.2026-02-27.abcdefgh@office.example";
    write_alarm(&SCRIBE, alarm, &sample::member(language), &sample::rules(), message_id, &sample::dated()).unwrap()
}
