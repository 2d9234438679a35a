//! Settings of the C library's allocator by which the memory that a mail took goes back to the system when the mail is done.
//!
//! glibc gives a block back at once if it is larger than a threshold, and raises the threshold to the largest block it was ever asked to free: after
//! one mail of 5 MB every thread keeps room of that size, and a long run holds half as much again. And each thread that asks while another does gets
//! an arena of its own, whose free blocks no other uses: the longer a run, the more such arenas were once full. What is named in the environment
//! stays (mallopt(3), M_MMAP_THRESHOLD and M_ARENA_MAX). Considered instead: mimalloc, which held twice as much.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Names and values for the environment of a process that ingests mail: the threshold in bytes, and one arena.
pub const SETTINGS: [(&str, &str); 2] = [("MALLOC_MMAP_THRESHOLD_", "131072"), ("MALLOC_ARENA_MAX", "1")];

/// Starts this program anew in the same process, with these settings. Where that cannot be done, it goes on and only needs more memory.
pub fn hold_little() {
    let missing: Vec<_> = SETTINGS.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // It only comes back with an error.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).envs(missing).exec();
    }
}
