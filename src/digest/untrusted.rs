//! Words of others in mail to staff: one line, short, and never a command to copy.

use crate::mail::compose::one_line;

/// Characters, of each.
pub(super) const LONGEST_SUBJECT: usize = 100;
pub(super) const LONGEST_NAME: usize = 80;
pub(super) const LONGEST_DETAIL: usize = 80;
pub(super) const LONGEST_REASON: usize = 160;

/// A name, an address or a reference.
pub(super) fn name(text: &str) -> String {
    untrusted(text, LONGEST_NAME)
}

/// What a server or the system said of a failure.
pub(super) fn problem(text: &str) -> String {
    untrusted(text, LONGEST_REASON)
}

/// One line of at most `longest` characters. Wrapped text could begin a line with words of others, and a line that begins with `demarche` is a
/// command to copy: a stranger's subject must not look like one.
pub(super) fn untrusted(text: &str, longest: usize) -> String {
    one_line(text, longest).replace("demarche ", "“demarche” ").replace("demarche\u{a0}", "“demarche” ")
}
