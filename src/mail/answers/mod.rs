//! What was newly written for each recommendation.
//!
//! Answers stand between the lines of our quoted letter, which prints its recommendations as `1. [REF] text`, or in a letter of its own that
//! names them: under headings ("Recommendation 2:", "Zu Empfehlung 3", "Ad 2."), in sentences ("As to the first recommendation, …"), in the
//! rows of a table. The author's words under each are set against it, with the position if it is stated in words. A text that names none
//! gives none: an answer is never guessed onto a recommendation.
//!
//! Considered instead: comparing the words of each paragraph with those of each recommendation. It would place more and be wrong sometimes;
//! the person who reads the letter is better at it.

mod asked;
mod documents;
mod heading;
mod naming;
mod position;
mod prose;
mod repeated;
mod table;
mod turns;
mod whole;
mod written_numbers;

use super::quote::{self, Sorted, Whose};
use super::understood::{AnswerFound, Position};
pub use asked::to_each;
use heading::{Heading, Named};
pub use whole::position as position_of_all;

/// Recommendations of one letter; a list of a thousand is no letter.
const MOST_ANSWERS: usize = 300;
/// Lines below a named recommendation in which the next may be named by its number alone.
const COUNTED_WITHIN: usize = 20;
/// Sentences of one line that are looked at for a name.
const SENTENCES: usize = 40;

/// The answers of a mail, in the order of its text and of the documents attached to it (their texts), each recommendation once. Time is linear in
/// their length.
pub fn of<'a>(sorted: &Sorted, documents: impl Iterator<Item = &'a str>) -> Vec<AnswerFound> {
    let lines = sorted.by_author();
    let mut sheet = Sheet::default();
    between_quoted_lines(&lines, &mut sheet);
    if sheet.answers.is_empty() {
        under_headings(&lines, &mut sheet, |_| true);
    }
    if sheet.answers.is_empty() {
        of_all(&lines, &mut sheet);
    }
    documents::add(sheet.finish(), documents)
}

/// Answers as they gather.
#[derive(Default)]
struct Sheet {
    answers: Vec<Gathered>,
}

/// What was written for one recommendation, in one place or in several.
struct Gathered {
    reference: String,
    texts: Vec<String>,
}

impl Gathered {
    /// The position, if the places where one is stated agree: "3(a): accepted" and "3(b): rejected" are none on 3.
    fn position(&self) -> Option<Position> {
        let mut stated = self.texts.iter().filter_map(|text| position::of(text));
        let first = stated.next()?;
        stated.all(|other| other == first).then_some(first)
    }
}

impl Sheet {
    fn add(&mut self, reference: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if let Some(known) = self.answers.iter_mut().find(|known| known.reference == reference) {
            known.texts.push(text.to_owned());
        } else if self.answers.len() < MOST_ANSWERS {
            self.answers.push(Gathered { reference: reference.to_owned(), texts: vec![text.to_owned()] });
        }
    }

    fn finish(self) -> Vec<AnswerFound> {
        let found = |gathered: Gathered| AnswerFound {
            position: gathered.position(),
            text: gathered.texts.join("\n\n"),
            reference: gathered.reference,
        };
        self.answers.into_iter().map(found).collect()
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
                let quoted = quote::unmarked(line);
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

/// The author's text under each heading that `counts`.
fn under_headings(lines: &[(Whose, &str)], sheet: &mut Sheet, counts: impl Fn(&Section) -> bool) {
    let mut sections: Vec<Section> = Vec::new();
    let mut table = table::Table::default();
    let written: Vec<&str> = lines.iter().filter(|(whose, _)| *whose == Whose::Author).map(|(_, line)| *line).collect();
    let mentions: Vec<bool> = written.iter().map(|line| naming::mentions_one(line)).collect();
    let mut above = "";
    for (index, line) in written.iter().copied().enumerate() {
        if !sections.is_empty() && quote::is_closing(line) {
            break;
        }
        let next = written.get(index + 1).copied().unwrap_or_default();
        let rows = table.rows(line);
        if !rows.is_empty() {
            sections.extend(rows.into_iter().map(Section::under));
            continue;
        }
        let in_prose = mentions[index..].iter().take(2).any(|mentions| *mentions);
        let counted =
            sections.last().is_some_and(|section| section.heading.named == Named::InWords && section.below.len() < COUNTED_WITHIN);
        let sentences = if in_prose || counted { parted(line, next) } else { vec![line] };
        for sentence in sentences {
            let named = heading::at(sentence).or_else(|| table::bare_row(sentence));
            let prose = || {
                Some(sentence).filter(|_| in_prose).and_then(|sentence| named_in_prose(sentence, next)).filter(|_| ends_a_sentence(above))
            };
            let counted = || sections.last().filter(|_| ends_a_sentence(above)).and_then(|section| section.counted_on(sentence));
            if let Some(heading) = named.or_else(prose).or_else(counted) {
                sections.push(Section::under(heading));
            } else if let Some(section) = sections.last_mut() {
                section.below.push(sentence);
            }
            above = sentence;
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
    for section in sections.iter().filter(|section| counts(section)) {
        let text = section.text();
        let references = &section.heading.references;
        // "Recommendations 1 to 5, except recommendation 3, are accepted."
        let left_out = if references.len() > 1 { prose::left_out(&text).unwrap_or_default() } else { Vec::new() };
        for reference in references.iter().filter(|reference| !left_out.contains(reference)) {
            sheet.add(reference, &text);
        }
    }
}

/// "We accept all your recommendations", above or below our quoted letter: the sentence answers each of those that the letter prints, but for
/// the ones that it leaves out ("with the exception of number 4"). If the author takes another position anywhere, a person reads it.
fn of_all(lines: &[(Whose, &str)], sheet: &mut Sheet) {
    let quoted = lines.iter().filter(|(whose, _)| *whose == Whose::Quoted);
    let printed: Vec<(String, String)> = quoted.filter_map(|(_, line)| heading::printed_with_number(quote::unmarked(line))).collect();
    if printed.is_empty() {
        return;
    }
    let written = || lines.iter().filter(|(whose, _)| *whose == Whose::Author).flat_map(|(_, line)| sentences(line));
    let stated = |sentence| Some((sentence, position::of(sentence)?));
    let Some((sentence, position)) = written().filter(|sentence| prose::names_all(sentence)).find_map(stated) else { return };
    let another = |other: &str| position::holds_a_phrase(other) && position::of(other) != Some(position);
    let Some(left_out) = prose::left_out(sentence).filter(|_| !written().any(another)) else { return };
    for (number, reference) in printed {
        if !left_out.contains(&number) && !left_out.contains(&reference) {
            sheet.add(&reference, sentence);
        }
    }
}

/// A line, parted where a sentence within it names a recommendation ("1 is accepted. Recommendation 2 is rejected.", "The second is
/// rejected."), or a clause that has a position of its own: "Recommendation 1 is accepted, recommendation 2 is rejected."
fn parted<'a>(line: &'a str, next: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, mark) in sentence_starts(line).take(SENTENCES) {
        let sentence = &line[at..];
        if !line[from..at].contains(char::is_alphabetic) {
            continue;
        }
        let named = || {
            heading::at(sentence).is_some_and(|heading| heading.named == Named::InWords)
                || named_in_prose(sentence, next).is_some()
                || prose::counting_on(sentence).is_some()
        };
        let has_its_own = || position::of(sentence).is_some() && position::of(&line[from..at]).is_some();
        if (mark != ',' || has_its_own()) && named() {
            parts.push(&line[from..at]);
            from = at;
        }
    }
    parts.push(&line[from..]);
    parts
}

fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let ends = sentence_starts(line).filter(|(_, mark)| *mark != ',').map(|(at, _)| at).take(SENTENCES).chain([line.len()]);
    ends.filter_map(move |end| line.get(std::mem::replace(&mut from, end)..end))
}

/// Where sentences and clauses begin within a line, and the mark before each.
fn sentence_starts(line: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    line.match_indices(['.', '!', '。', ';', ',']).filter_map(|(at, mark)| {
        let behind = &line[at + mark.len()..];
        let sentence = behind.trim_start();
        let starts = !sentence.is_empty() && (sentence.len() < behind.len() || mark == "。");
        starts.then(|| (line.len() - sentence.len(), mark.chars().next().unwrap_or_default()))
    })
}

fn ends_a_sentence(line: &str) -> bool {
    let line = line.trim_end();
    line.is_empty() || line.ends_with(['.', ':', ';', '!', '?', '。', '：', ','])
}

fn named_in_prose<'a>(line: &'a str, next: &str) -> Option<Heading<'a>> {
    // A client that wraps may break the line within the name.
    let broken = || (line.len() < prose::NAME).then(|| prose::at(&format!("{line} {next}"))).flatten();
    let named = prose::at(line).or_else(broken)?;
    let text = line.get(named.text_from..).unwrap_or_default();
    Some(Heading { named: Named::InWords, references: named.references, text: text.into(), line })
}

impl<'a> Section<'a> {
    fn under(heading: Heading<'a>) -> Section<'a> {
        Section { heading, below: Vec::new() }
    }

    /// "The second is rejected.", "As for the third, …" behind a sentence that names the first recommendation. Steps are counted too ("the first
    /// is a tender"): unless the recommendations are counted by words, a position must be stated.
    fn counted_on(&self, sentence: &'a str) -> Option<Heading<'a>> {
        let named = prose::counting_on(sentence).filter(|_| self.heading.named == Named::InWords)?;
        let by_words = || prose::is_counted_by_words(self.heading.line);
        (by_words() || position::of(sentence).is_some()).then(|| Heading {
            named: Named::InWords,
            references: named.references,
            text: sentence.into(),
            line: sentence,
        })
    }

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
    let enough = sections.len() / 2 + 1;
    counts_up && sections.iter().filter(|section| position::is_spoken_of(&section.text())).take(enough).count() == enough
}

#[cfg(test)]
mod stories;
