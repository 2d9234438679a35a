//! The position of a letter that names no recommendation: it is the answer where only one was asked about.

use super::{Whose, position, sentences};
use crate::mail::quote::Sorted;
use crate::mail::understood::Position;

/// Bytes of a mail and its documents that are looked through.
const MOST_TEXT: usize = 256 << 10;

/// The position stated in the author's own words or in the documents attached. None as soon as any sentence speaks of accepting or rejecting and
/// does not say the same: then a person reads it.
pub fn position<'a>(sorted: &Sorted, documents: impl Iterator<Item = &'a str>) -> Option<Position> {
    let lines = sorted.by_author();
    let written: Vec<&str> = lines.iter().filter(|(whose, _)| *whose == Whose::Author).map(|(_, line)| *line).collect();
    let mut left = MOST_TEXT;
    let mut found = None;
    for text in std::iter::once(written.join("\n")).chain(documents.map(str::to_owned)) {
        left = left.checked_sub(text.len())?;
        if !position::holds_a_phrase(&text) {
            continue;
        }
        for paragraph in text.split("\n\n") {
            let paragraph = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            for sentence in sentences(&paragraph).filter(|sentence| position::holds_a_phrase(sentence)) {
                let stated = position::of(sentence)?;
                if *found.get_or_insert(stated) != stated {
                    return None;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::quote;

    fn of(text: &str, documents: &[&str]) -> Option<Position> {
        position(&quote::sort(text), documents.iter().copied())
    }

    #[test]
    fn a_letter_that_names_no_recommendation_may_state_one_position() {
        assert_eq!(
            of("Dear colleagues,\n\nthank you for your letter. We accept the\nrecommendation; windows come in May.", &[]),
            Some(Position::Accepted)
        );
        assert_eq!(of("La raccomandazione è accettata; i lavori cominciano a maggio.", &[]), Some(Position::Accepted));
        assert_eq!(
            of("Rejected.\n\nOn Fri, 3 May 2041 at 10:00, Office <office@npm.example> wrote:\n> Is it accepted?", &[]),
            Some(Position::Rejected)
        );
        assert_eq!(of("Please find attached.", &["Ministry\n\nThe recommendation is accepted in part."]), Some(Position::PartlyAccepted));
    }

    #[test]
    fn where_a_letter_says_one_thing_and_another_a_person_reads_it() {
        for text in [
            "We accept the recommendation. Its second part is rejected.",
            "The recommendation will be accepted if funds are found.",
            "La recommandation est acceptée, si le budget le permet.",
            "Die Empfehlung wird angenommen, sofern die Mittel reichen.",
            "Please find attached our answer.",
        ] {
            assert_eq!(of(text, &[]), None, "{text}");
        }
        assert_eq!(of("The recommendation is accepted.", &["The recommendation is rejected."]), None);
    }
}
