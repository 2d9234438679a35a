//! demarche: formal written approaches to authorities, and what becomes of them.
//!
//! Outgoing: recommendations become requests, requests become letters, letters wait in the outbox, a transport sends them. Incoming: a mail is stored
//! raw and committed, then understood, then linked, and what follows from it is written. In between, the agenda asks the register for what is due
//! now, and nothing else. docs/architecture.md has the map of the rooms, which uses which (tests/commands/rooms.rs holds the code to it), and four
//! walks from end to end.
//!
//! What must always hold, named in the code by its number:
//!
//! 1. Nothing received is lost: flagged on the server only after its bytes are committed; what cannot be read is visible.
//! 2. Nothing received counts twice, whatever way it came.
//! 3. A letter leaves once: bytes and Message-ID fixed before the first attempt; where the last word was not heard, the outcome is *unknown*.
//! 4. Nobody is reminded unheard: no reminder while a mailbox is unread or a possible reply waits.
//! 5. No wrong link is made: automatic only on proof that nothing contradicts.
//! 6. No machine is mistaken for an authority, and none is answered.
//! 7. Everything can be accounted for: an append-only record, chained by hash.
//! 8. A late start is a quiet start: missed steps collapse into one, letters are paced.
//! 9. Time is civil: a deadline is a date on the authority's calendar, and its computation can be shown.
//! 10. Bad input is an answer, not a crash: file, line, column, what was expected, and nothing half done.

// The crate is no library for others: its documentation is for those who work on it, private items included.
#![allow(rustdoc::private_intra_doc_links)]

// The command line: one file per command.
pub mod cli;
// What `demarche.toml` says → what it means, checked whole before anything starts.
pub mod config;
// A pass of everything, and the loop around it.
pub mod daemon;
// The main job replayed on real reports, with stand-ins for the authorities and for staff.
pub mod demo;
// What mail to staff says.
pub mod digest;
// The field itself: authorities, requests, deadlines, the ladder, linking. No I/O and no clock of its own.
pub mod domain;
// One mail's way in: fetched, recorded, understood, its sender authenticated, linked, and what it does applied.
pub mod intake;
// What letters to authorities say.
pub mod letters;
// Bytes ⇄ meaning: what kind of mail it is, what its author newly wrote, who wrote it. No sockets, no SQL.
pub mod mail;
// One letter's way out: due, written, waiting, attempted, delivered or returned.
pub mod outgoing;
// What receiving and sending share during a pass: the report of what it did, the time, and the request to stop.
pub mod pass;
// What people say to the register, one transaction each.
pub mod office;
// The durable record in one SQLite file: rows, transactions, chained events, and what lists and digests show.
pub mod register;
// Templates → subject, text and HTML: the engine of letters and digests.
pub mod render;
// Tables as people send them: CSV and XLSX.
pub mod tables;
// Where mail comes from and goes to: IMAP, SMTP, Maildir.
pub mod transport;
