//! How often the program tries to understand a mail: first the whole of it, then its head alone, then it is left to a person.

/// Attempts to understand a mail; another one is made with its head alone, and it is quarantined.
const MOST_ATTEMPTS: u32 = 2;
/// Attempts cut off by a stop of this program (a loss of power, a kill) say nothing of the mails that were at work. But where it stops at each
/// attempt, the mail may be the cause: beyond this many, each counts as failed.
const MOST_CUT_OFF: u32 = 20;

/// What is tried with a mail next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Whole,
    /// Enough to see whose reply it may be, so that nobody is reminded meanwhile.
    HeadOnly,
    /// Nothing: it is quarantined.
    None,
}

/// After so many attempts that failed, and so many that ended with the process that made them.
pub fn next_attempt(failed: u32, cut_off: u32) -> Attempt {
    match failed.saturating_add(cut_off.saturating_sub(MOST_CUT_OFF)) {
        MOST_ATTEMPTS => Attempt::HeadOnly,
        failed if failed > MOST_ATTEMPTS => Attempt::None,
        _ => Attempt::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_twice_then_its_head_and_a_kill_is_not_its_fault() {
        for (failed, cut_off, expected) in [
            (0, 0, Attempt::Whole),
            (1, 0, Attempt::Whole),
            (2, 0, Attempt::HeadOnly),
            (3, 0, Attempt::None),
            (0, 21, Attempt::Whole),
            (0, 22, Attempt::HeadOnly),
            (1, 22, Attempt::None),
            (u32::MAX, u32::MAX, Attempt::None),
        ] {
            assert_eq!(next_attempt(failed, cut_off), expected, "{failed} {cut_off}");
        }
    }
}
