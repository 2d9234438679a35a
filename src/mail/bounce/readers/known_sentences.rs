//! Servers of which one sentence is all there is to know, and where the address stands to it.
//!
//! Known from their reports; the comment beside each sentence names the server where it is known.

use super::super::layout::{Extent, Heading, alone, anything, recipients, with_words};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::all_in;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("a server known by one sentence", sentences)];

/// A sentence, and where the address stands to it.
struct Sentence {
    says: &'static str,
    place: Place,
}

enum Place {
    /// In the same line.
    Here,
    /// In the same line and in what follows: an alias and the mailbox behind it.
    HereAndBehind,
    /// In the lines below, one each.
    Below(Heading),
}

/// Servers of which one sentence is all there is to know. Lower case.
const SENTENCES: &[Sentence] = &[
    Sentence { says: "intended recipient:", place: Place::Here },       // usa.net
    Sentence { says: "undeliverable address:", place: Place::Here },    // hotpop.com
    Sentence { says: "failed recipient:", place: Place::Here },         // SmarterMail
    Sentence { says: "user's mailbox is full:", place: Place::Here },   // prodigy.net
    Sentence { says: "error-for:", place: Place::Here },                // LSMTP for Windows NT
    Sentence { says: "receiver not found:", place: Place::Here },       // CompuServe
    Sentence { says: "invalid receiver address:", place: Place::Here }, // CompuServe
    Sentence { says: "sorry, unable to deliver your message to", place: Place::HereAndBehind }, // EarthLink hosting
    Sentence { says: "originally addressed to", place: Place::Here },   // Dado Service
    Sentence { says: "did not reach the following recipient:", place: Place::Here }, // SpamLion
    Sentence { says: "here is your list of failed recipients", place: Place::Below(alone) },
    Sentence { says: "failed recipients", place: Place::Below(anything) }, // LERCTR
    Sentence { says: "a message could not be delivered to:", place: Place::Below(alone) },
    Sentence { says: "message not delivered to the following", place: Place::Below(anything) },
    Sentence { says: "still awaiting delivery to the following", place: Place::Below(alone) },
    Sentence { says: "did not reach some or all of", place: Place::Below(alone) },
    Sentence { says: "transcript follows", place: Place::Below(anything) }, // an older Microsoft relay
    Sentence { says: "this is just a warning, you do not need to take any action", place: Place::Below(alone) },
];

fn sentences(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    SENTENCES.iter().filter(|sentence| notice.says(sentence.says)).find_map(|sentence| {
        let found = match sentence.place {
            Place::Here => {
                let words = notice.lines.join("\n");
                let here = notice.lines.iter().filter(|line| line.to_lowercase().contains(sentence.says));
                with_words(here.flat_map(|line| all_in(line)), &words)
            }
            Place::HereAndBehind => {
                let words = notice.lines.join("\n");
                let start = notice.lines.iter().position(|line| line.to_lowercase().contains(sentence.says))?;
                let behind = notice.lines.get(start..)?.iter().take(20).flat_map(|line| all_in(line));
                with_words(behind, &words)
            }
            Place::Below(heading) => {
                // The next section is headed by dashes.
                let below = notice.lines_after(sentence.says)?;
                let end = below.iter().position(|line| line.trim_start().starts_with("---")).unwrap_or(below.len());
                recipients(below.get(..end)?, heading, Extent::NextRecipient)
            }
        };
        (!found.is_empty()).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn one_sentence_is_enough_from_a_mail_server() {
        let told = ["bounce", "clerk@ministry.example failed 5.0.0 other permanent"];
        for text in [
            "Intended recipient: clerk@ministry.example\n\nThe following mail has been returned.\n",
            "Undeliverable Address:  clerk@ministry.example\n",
        ] {
            assert_eq!(plain("MAILER-DAEMON@npm.example", "Processing Error", text), told);
        }
    }
}
