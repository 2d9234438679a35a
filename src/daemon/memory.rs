//! The memory that a large mail took goes back to the system when the mail is done.
//!
//! glibc gives a block back at once if it is larger than a threshold, and raises the threshold to the largest block it was ever asked to free: after
//! one mail of 5 MB every thread keeps room of that size, and a long run holds half as much again. A threshold that is named in the environment
//! stays (mallopt(3), M_MMAP_THRESHOLD). Considered instead: mimalloc, which held twice as much.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Name and value, in bytes, for the environment of a process that takes in mail.
pub const THRESHOLD: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

/// Starts this program anew in the same process, with the threshold. Where that cannot be done, it goes on and only needs more memory.
pub fn hold_little() {
    let (name, value) = THRESHOLD;
    if std::env::var_os(name).is_some() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // It only comes back with an error.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).env(name, value).exec();
    }
}
