//! The lines of a mail's bytes.

use memchr::memchr;

/// The line that begins at `at`, without its end, and where the next one begins.
pub fn line(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let (mut line, next) = match memchr(b'\n', rest) {
        Some(end) => (&rest[..end], at + end + 1),
        None => (rest, bytes.len()),
    };
    if let [start @ .., b'\r'] = line {
        line = start;
    }
    (line, next)
}
