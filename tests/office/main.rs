//! The ten promises of the design against the program itself: its command line, its daemon, real mail servers, and kills at any moment.

// Clippy knows functions marked #[test] as tests, not the ones they share.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod beside;
mod bounds;
mod broken_lines;
mod clock;
mod copies;
mod daemon;
mod decisions;
mod desk;
mod directory;
mod drafts;
mod enclosures;
mod examined;
mod folders;
mod former_addresses;
mod holders;
mod keeping;
mod kills;
mod levels;
mod main_job;
mod moved;
mod newcomers;
mod odd_servers;
mod own_letter;
mod passed_on;
mod post;
mod promises;
mod quoted_to_staff;
mod register;
mod relay;
mod returns;
mod senders;
mod server_trouble;
mod several_requests;
mod silence;
mod sources;
mod stops;
mod taken_back;
mod told;
mod trust;
mod typed_reports;
