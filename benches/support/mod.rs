//! What the benchmarks share: an office that has asked, and the mail that comes back to it. Everything is drawn from a seed.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub mod asked;
pub mod mailbox;
pub mod process;
pub mod writing;
