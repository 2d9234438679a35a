//! What was newly written for each recommendation.
//!
//! Two ways of answering are known: between the lines of our quoted letter, which prints its recommendations as `1. [REF] text`, and in a
//! letter of its own that names them ("Recommendation 2:", "Zu Empfehlung 3", "Ad 2."). The author's words under each are set against it,
//! with the position if it is stated in words. A text that names none gives none: an answer is never guessed onto a recommendation.
//!
//! Considered instead: comparing the words of each paragraph with those of each recommendation. It would place more and be wrong sometimes;
//! the person who reads the letter is better at it.

mod heading;
mod position;

use super::quote::{self, Sorted, Whose};
use super::understood::AnswerFound;
use heading::{Heading, Named};

/// Recommendations of one letter; a list of a thousand is no letter.
const MOST_ANSWERS: usize = 300;

/// The answers in a text: the body of a mail, its quoted lines marked, or the text of an attachment. In the order of the text, each
/// recommendation once. Time is linear in its length.
pub fn find(text: &str) -> Vec<AnswerFound> {
    among(&quote::sort(text))
}

/// As [`find`], in a text that is sorted already.
pub fn among(sorted: &Sorted) -> Vec<AnswerFound> {
    let lines = sorted.by_author();
    let mut sheet = Sheet::default();
    between_quoted_lines(&lines, &mut sheet);
    if sheet.answers.is_empty() {
        under_headings(&lines, &mut sheet);
    }
    sheet.finish()
}

/// Answers as they gather.
#[derive(Default)]
struct Sheet {
    answers: Vec<(String, String)>,
}

impl Sheet {
    fn add(&mut self, reference: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if let Some((_, known)) = self.answers.iter_mut().find(|(known, _)| known == reference) {
            known.push_str("\n\n");
            known.push_str(text);
        } else if self.answers.len() < MOST_ANSWERS {
            self.answers.push((reference.to_owned(), text.to_owned()));
        }
    }

    fn finish(self) -> Vec<AnswerFound> {
        self.answers
            .into_iter()
            .map(|(reference, text)| {
                let position = position::of(&text);
                AnswerFound { reference, text, position }
            })
            .collect()
    }
}

/// The author's lines below a quoted recommendation, up to the next quoted one.
fn between_quoted_lines(lines: &[(Whose, &str)], sheet: &mut Sheet) {
    let mut current: Option<String> = None;
    let mut written = String::new();
    let mut cut_short = String::new();
    for (whose, line) in lines {
        match whose {
            Whose::Quoted => {
                let quoted = line.trim_start_matches(['>', '|', ' ', '\t']);
                // A client that wraps may break a line inside the brackets of the reference.
                let whole = if cut_short.is_empty() { quoted.to_owned() } else { format!("{cut_short}{quoted}") };
                cut_short.clear();
                if heading::opens_without_closing(&whole) {
                    cut_short = whole;
                    continue;
                }
                if let Some(reference) = heading::printed(&whole) {
                    if let Some(current) = &current {
                        sheet.add(current, &written);
                    }
                    written.clear();
                    current = Some(reference);
                }
            }
            Whose::Author if current.is_some() => {
                if quote::is_closing(line) {
                    break;
                }
                written.push_str(line);
                written.push('\n');
            }
            Whose::Author | Whose::Signature => {}
        }
    }
    if let Some(current) = current {
        sheet.add(&current, &written);
    }
}

/// A stretch of the author's text under one heading.
struct Section<'a> {
    heading: Heading<'a>,
    /// The lines below the heading's own.
    below: Vec<&'a str>,
}

fn under_headings(lines: &[(Whose, &str)], sheet: &mut Sheet) {
    let mut sections: Vec<Section> = Vec::new();
    for (whose, line) in lines {
        if *whose != Whose::Author {
            continue;
        }
        if let Some(heading) = heading::at(line) {
            sections.push(Section { heading, below: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            if quote::is_closing(line) {
                break;
            }
            section.below.push(line);
        }
    }
    let bare = |section: &Section| section.heading.named == Named::ByNumberAlone;
    if sections.iter().any(|section| !bare(section)) {
        // Numbers below a named recommendation are its own list, not other recommendations.
        let mut merged: Vec<Section> = Vec::new();
        for section in sections {
            match merged.last_mut() {
                Some(last) if bare(&section) => {
                    last.below.push(section.heading.line);
                    last.below.extend(section.below);
                }
                _ if bare(&section) => {}
                _ => merged.push(section),
            }
        }
        sections = merged;
    } else if !numbers_are_recommendations(&sections) {
        return;
    }
    for section in &sections {
        let text = section.text();
        for reference in &section.heading.references {
            sheet.add(reference, &text);
        }
    }
}

impl Section<'_> {
    /// What answers: below the printed form of a recommendation its own paragraph is our text, if anything follows it.
    fn text(&self) -> String {
        let below = self.below.join("\n");
        if self.heading.named == Named::AsPrinted {
            let answer = below.split_once("\n\n").map_or("", |(_, answer)| answer);
            let starts_blank = self.below.first().is_some_and(|line| line.trim().is_empty());
            let answer = if starts_blank { below.as_str() } else { answer };
            if !answer.trim().is_empty() {
                return answer.trim().to_owned();
            }
        }
        format!("{}\n{below}", self.heading.text).trim().to_owned()
    }
}

/// "1. …", "2. …" without a word of what they number are taken for recommendations only if they count up from one and most of them state a
/// position: letters number many things.
fn numbers_are_recommendations(sections: &[Section]) -> bool {
    let numbers: Vec<u32> = sections.iter().filter_map(|section| section.heading.references.first()?.parse().ok()).collect();
    let counts_up = numbers.len() >= 2 && numbers.first() == Some(&1) && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    counts_up && sections.iter().filter(|section| position::of(&section.text()).is_some()).count() * 2 > sections.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::understood::Position;

    fn found(text: &str) -> Vec<(String, String, Option<Position>)> {
        find(text).into_iter().map(|answer| (answer.reference, answer.text, answer.position)).collect()
    }

    #[test]
    fn answers_between_the_lines_are_set_against_the_recommendation_they_follow() {
        let text = "Dear colleagues,\n\nplease see below.\n\nOn Fri, 3 May 2024 at 10:00, Office <office@npm.example> wrote:\n\n\
            > We recommend:\n> 1. [NPM-2026-0147-K] That every cell has a window that can be\n> opened.\n\n\
            Accepted. The work will be done by May.\n\n> 2. [NPM-2026-0148-A] That visits take place without\n> glass.\n\n\
            This is rejected, for reasons of safety.\n\n> 3. [NPM-2026-0149-B] That a doctor is there at night.\n>\n> Yours faithfully\n";
        assert_eq!(
            found(text),
            [
                ("NPM-2026-0147-K".into(), "Accepted. The work will be done by May.".into(), Some(Position::Accepted)),
                ("NPM-2026-0148-A".into(), "This is rejected, for reasons of safety.".into(), Some(Position::Rejected)),
            ]
        );
    }

    #[test]
    fn a_reference_broken_by_the_client_is_read() {
        let text = "> 1. [NPM-2026-\n> 0147-K] Windows.\nWe agree in part.\n> 2. [NPM-2026-0148-A] Doctors.\nNoted.";
        assert_eq!(
            found(text),
            [
                ("NPM-2026-0147-K".into(), "We agree in part.".into(), Some(Position::PartlyAccepted)),
                ("NPM-2026-0148-A".into(), "Noted.".into(), None),
            ]
        );
    }

    #[test]
    fn a_line_of_ours_that_the_client_wrapped_is_no_answer() {
        let text = "> 1. [NPM-2026-0147-K] Windows.\nAccepted.\n> - For each recommendation, please say whether it is to be accepted or\nrejected, and what was done.\n> Yours";
        assert_eq!(found(text), [("NPM-2026-0147-K".into(), "Accepted.".into(), Some(Position::Accepted))]);
    }

    #[test]
    fn letters_that_name_recommendations_in_their_language_are_read() {
        for (first, second) in [
            ("Recommendation 1: Accepted.", "Recommendation 2: Rejected."),
            ("Zu Empfehlung 1: Wird angenommen.", "Zu Empfehlung 2: Wird abgelehnt."),
            ("Recommandation n° 1 : acceptée.", "Recommandation n° 2 : rejetée."),
            ("Ad 1. Uwzględniono.", "Ad 2. Nie uwzględniono."),
            ("R1 – accepted", "R2 – not accepted"),
            ("As to recommendation 1: accepted.", "As to recommendation 2: we cannot accept it."),
            ("En ce qui concerne la recommandation n° 1 : acceptée.", "En ce qui concerne la recommandation n° 2 : refusée."),
            ("Recomendación 1: se acepta.", "Recomendación 2: no se acepta."),
            ("Рекомендация № 1: принята.", "Рекомендация № 2: отклонена."),
            ("1. doporučení: akceptujeme.", "2. doporučení: neakceptujeme."),
            ("建议1：接受。", "建议2：不接受。"),
            ("勧告1：受け入れます。", "勧告2：受け入れられません。"),
            ("რეკომენდაცია 1: ვიზიარებთ.", "რეკომენდაცია 2: არ ვიზიარებთ."),
            ("التوصية رقم 1: مقبولة.", "التوصية رقم 2: مرفوضة."),
        ] {
            let text = format!("Dear colleagues,\n\n{first}\nFurther words.\n\n{second}\n\nYours faithfully,\nJane Doe");
            let positions: Vec<_> = found(&text).into_iter().map(|(reference, _, position)| (reference, position)).collect();
            assert_eq!(positions, [("1".into(), Some(Position::Accepted)), ("2".into(), Some(Position::Rejected))], "{first}");
        }
    }

    #[test]
    fn one_paragraph_may_answer_several() {
        let text = "Recommendations 1, 2 and 4:\n\nThese are accepted.\n\nRecommendation 3\n\nNot accepted.";
        let references: Vec<_> = found(text).into_iter().map(|(reference, ..)| reference).collect();
        assert_eq!(references, ["1", "2", "4", "3"]);
    }

    #[test]
    fn our_own_words_repeated_without_marks_are_not_the_answer() {
        let text = "See our answers below.\n\n1. [NPM-2026-0147-K] That every cell has a window.\n\nPartly accepted: new cells only.\n\n2. [NPM-2026-0148-A] Accepted.";
        assert_eq!(
            found(text),
            [
                ("NPM-2026-0147-K".into(), "Partly accepted: new cells only.".into(), Some(Position::PartlyAccepted)),
                ("NPM-2026-0148-A".into(), "Accepted.".into(), Some(Position::Accepted)),
            ]
        );
    }

    #[test]
    fn a_letter_that_numbers_other_things_answers_nothing() {
        assert!(found("We visited:\n1. the kitchen\n2. the yard\n3. the roof").is_empty());
        assert!(found("As we said of recommendation 3 above, we accept.\nSee our answer to recommendation 4.").is_empty());
        assert!(found("We accept your recommendations and will write again in 3 weeks.").is_empty());
        assert_eq!(found("1. Accepted.\n2. Rejected.").len(), 2);
    }
}
