//! What the kernel knows of processes: their peak memory, and whose children they are.

use std::path::Path;

/// The most memory a process has held at any time (VmHWM), in bytes.
pub fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
}

/// The processes that this one has started and that still run.
pub fn children() -> Vec<u32> {
    let own = std::process::id().to_string();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let parent_is_us = |path: &Path| {
        let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
        // The name, in brackets, may hold spaces: the state and the parent stand behind it.
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)) == Some(own.as_str())
    };
    entries.filter(|entry| parent_is_us(&entry.path())).filter_map(|entry| entry.file_name().to_string_lossy().parse().ok()).collect()
}

pub const MEBIBYTE: u64 = 1 << 20;
