//! Who may be answered without a person (promise 6): the receipt of a reply is confirmed to nobody but whoever wrote it for the authority.

use super::trust::{Proof, Writer};
use jiff::{SignedDuration, Timestamp};

/// Replies linked longer ago are not acknowledged any more: after a standstill, or when the office begins to acknowledge (promise 8).
const LATEST: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Replies linked before this are too old to be acknowledged at `now`.
pub fn acknowledged_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(LATEST).unwrap_or(now)
}

/// What is known of a reply and of whom an answer to it would go to.
#[derive(Debug, Clone, Copy)]
pub struct Correspondent {
    /// A machine wrote it (RFC 3834).
    pub is_automatic: bool,
    /// It came from a list, a program or the null return path, or asks not to be answered.
    pub wants_no_answer: bool,
    /// The answer would come back to this daemon.
    pub is_our_address: bool,
    /// To the authority of the request, by the directory.
    pub writer: Writer,
    /// How well it is proven that it comes from whom it names.
    pub proof: Option<Proof>,
    /// It is information from a source (OPCAT article 21).
    pub is_source: bool,
}

/// Whether a reply is acknowledged. What a person said of its matter changes none of this: an answer goes to an address.
pub fn may_be_answered(to: &Correspondent) -> bool {
    let is_forged = to.proof == Some(Proof::Contradicted);
    to.writer.may_be_authority() && !to.is_automatic && !to.wants_no_answer && !to.is_our_address && !to.is_source && !is_forged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_person_s_letter_from_the_authority_is_answered() {
        let letter = Correspondent {
            is_automatic: false,
            wants_no_answer: false,
            is_our_address: false,
            writer: Writer::Authority,
            proof: Some(Proof::NotProven),
            is_source: false,
        };
        for (what, to, is_answered) in [
            ("a letter", letter, true),
            ("a signed letter", Correspondent { proof: Some(Proof::Authentic), ..letter }, true),
            ("one from before senders were judged", Correspondent { proof: None, ..letter }, true),
            ("a letter of which a person says that it counts", Correspondent { proof: Some(Proof::PolicyUnmet), ..letter }, true),
            ("an out-of-office note", Correspondent { is_automatic: true, wants_no_answer: true, ..letter }, false),
            ("a robot's confirmation without its header", Correspondent { is_automatic: true, ..letter }, false),
            ("a null return path", Correspondent { wants_no_answer: true, ..letter }, false),
            ("no-reply@", Correspondent { wants_no_answer: true, ..letter }, false),
            ("a mailing list", Correspondent { wants_no_answer: true, ..letter }, false),
            ("our own reply address", Correspondent { is_our_address: true, ..letter }, false),
            ("a source", Correspondent { is_source: true, ..letter }, false),
            ("somebody in the authority's name", Correspondent { proof: Some(Proof::Contradicted), ..letter }, false),
        ] {
            assert_eq!(may_be_answered(&to), is_answered, "{what}");
        }
        for writer in Writer::ALL {
            let is_answered = matches!(writer, Writer::Authority | Writer::Related | Writer::Service | Writer::OneOfSeveral);
            assert_eq!(may_be_answered(&Correspondent { writer, ..letter }), is_answered, "{writer:?}");
        }
    }

    #[test]
    fn what_came_days_ago_is_not_acknowledged_any_more() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(now.duration_since(acknowledged_since(now)), SignedDuration::from_hours(72));
    }
}
