//! The line by which a client says whose words follow: "On Mon, 3 May 2024 at 10:00, Jane Doe <jane@…> wrote:", in any language and over up
//! to five lines.
//!
//! It is known by its parts, not by one pattern for each client and language: a date or an address at the beginning, a verb from
//! `languages.toml` or an address with a date, a colon at the end. Where address, date and time of day stand together, no verb needs to be
//! known: unseen languages write the same parts. Considered instead: a list of regular expressions, as every existing tool
//! keeps. Each release of a client or a new language breaks such a list; the parts have been the same for thirty years.

use super::client_words::WORDS;
use super::dates::{DATE, TIME, opens_with_a_date};
use super::quoted_lines::{Line, Mark, is_small};
use crate::mail::folding::fold;

/// Attributions are at most this many lines: Polymail and converted HTML put the address on lines of its own.
const LINES: usize = 6;
/// Line ends that may close an attribution and are looked at in one text. A mail has some dozens; a text made of nothing else is no mail, and
/// what lies below stays in the reply.
const LOOKS: usize = 5_000;
/// Words of an attribution that names a date, a time and a person, but no address.
const MOST_WORDS: usize = 12;
/// Letters of the small words of names: "of", "the", "von", "della" is taken for prose.
const LONGEST_PARTICLE: usize = 3;
/// Bytes of one attribution; display names and addresses are long, sentences are longer.
const LENGTH: usize = 500;

/// An attribution that begins at a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribution {
    /// Index of its first and of its last line.
    pub start: usize,
    pub end: usize,
    /// It names a time of day or an address, as clients do and people do not: what follows is a quoted mail even without quote marks.
    pub by_a_client: bool,
}

/// Every attribution among the lines, in order. Each line is looked at a bounded number of times.
pub(super) fn find(lines: &[Line]) -> Vec<Attribution> {
    let mut found: Vec<Attribution> = Vec::new();
    for end in (0..lines.len()).filter(|&end| may_end(lines, end)).take(LOOKS) {
        let free_from = found.last().map_or(0, |last| last.end + 1);
        if let Some(attribution) = ending_at(lines, end, free_from) {
            found.push(attribution);
        }
    }
    found
}

/// Whether the line can be the last of an attribution.
fn may_end(lines: &[Line], end: usize) -> bool {
    let line = &lines[end];
    let text = visible_end(line.raw);
    match line.mark {
        Mark::Plain => text.len() <= LENGTH && (Closed::by(text) != Closed::Openly || quote_follows(lines, end)),
        // GroupWise has its own: ">>> Jane Doe <jane@…> 03.05.2024 10:00 >>>".
        Mark::Quoted if is_of_groupwise(text) => true,
        // "> wrote:" and ">:" are the bracket that closed an address on the line above, not a quote mark.
        // Most quoted lines hold no colon at all.
        Mark::Quoted if !text.contains([':', '：']) => false,
        Mark::Quoted => {
            let folded = fold(text);
            folded.len() <= 24
                && (folded == ">:" || folded.ends_with(':') && WORDS.wrote(&folded).is_some_and(|end| end + 1 == folded.len()))
        }
        Mark::Blank => false,
    }
}

/// Without what stands unseen or as emphasis behind the last sign: direction marks of Hebrew and Arabic mails, the star of bold text.
fn visible_end(raw: &str) -> &str {
    raw.trim_end_matches(|letter: char| {
        letter.is_whitespace() || matches!(letter, '*' | '_' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    })
}

fn quote_follows(lines: &[Line], end: usize) -> bool {
    lines[end + 1..].iter().take(3).find(|line| !line.is_blank()).is_some_and(Line::is_quoted)
}

fn is_of_groupwise(text: &str) -> bool {
    text.len() <= LENGTH && text.len() > 6 && text.starts_with(">>> ") && text.ends_with(">>>") && {
        let parts = Parts::of(&fold(text));
        parts.date || parts.address || parts.time
    }
}

fn ending_at(lines: &[Line], end: usize, free_from: usize) -> Option<Attribution> {
    let last = visible_end(lines[end].raw);
    if is_of_groupwise(last) {
        return Some(Attribution { start: end, end, by_a_client: true });
    }
    let quoted_below = quote_follows(lines, end);
    let closed = Closed::by(last);
    let mut joined = String::new();
    let mut as_written = String::new();
    let mut named: Option<Attribution> = None;
    let mut blanks = 0;
    for start in (free_from..=end).rev().take(LINES) {
        let line = &lines[start];
        match line.mark {
            // The bracket that closes an address may stand on a line of its own.
            Mark::Quoted if start < end && line.raw.trim() != ">" => break,
            Mark::Blank => {
                blanks += 1;
                if blanks > 1 {
                    break;
                }
                continue;
            }
            Mark::Plain | Mark::Quoted => {}
        }
        let first = without_entities(fold(
            line.raw.trim_start_matches(|letter: char| letter == '-' || letter == '*' || letter == '|' || letter.is_whitespace()),
        ));
        joined = if joined.is_empty() { first.clone() } else { format!("{first} {joined}") };
        as_written = format!("{} {as_written}", line.raw);
        if joined.len() > LENGTH {
            break;
        }
        let parts = Parts::of(&joined);
        let by_a_client = parts.address || parts.time && !reads_as_prose(&as_written);
        let attribution = Attribution { start, end, by_a_client };
        // A blank line inside is only believed where the lines below it are the address and the verb that a conversion tore off.
        if blanks > 0 && !(parts.address && parts.verb_at_end && opens_with_a_date(&first)) {
            continue;
        }
        if begins_with_its_date(closed, &first, &parts, quoted_below) && (quoted_below || by_a_client) {
            return Some(attribution);
        }
        if closed != Closed::ByColon || blanks > 0 {
            continue;
        }
        // The address may stand on a line of its own below the name, with its bracket or without.
        let above =
            start.checked_sub(1).filter(|&above| above >= free_from).and_then(|above| lines.get(above)).filter(|line| line.is_plain());
        let name_above = above.is_some_and(|above| first.starts_with('<') || above.raw.trim_end().ends_with(['<', '(']));
        if name_above {
            continue;
        }
        let opening = if first.ends_with(['<', '(']) { &joined } else { &first };
        if opens_with_a_name_and_address(opening) && named.is_none_or(|named| !named.by_a_client) {
            if parts.verb || quoted_below && parts.stamped() {
                named = Some(attribution);
            }
        } else if quoted_below && (named.is_none() && start == end || start + 1 == end && above.is_none() && parts.verb) {
            let words = joined.split(' ').count();
            // "Jane Doe wrote on 3 May 2024:" above the lines that she wrote.
            if parts.verb_at_end && words <= 8 || parts.date && (parts.time || parts.verb) && words <= MOST_WORDS {
                named = Some(Attribution { by_a_client: false, ..attribution });
            }
        }
    }
    named
}

/// Whether the lines joined so far are a whole attribution of the kind that has its date first.
fn begins_with_its_date(closed: Closed, first: &str, parts: &Parts, quoted_below: bool) -> bool {
    match closed {
        Closed::ByColon if opens_with_a_date(first) => parts.said_of_whom(),
        Closed::ByColon => parts.stamped() && parts.bracketed && has_digit_near(first),
        Closed::ByBracket => parts.address && parts.date && quoted_below && first.starts_with(|letter: char| letter.is_ascii_digit()),
        Closed::Openly => parts.verb_at_end && parts.said_of_whom() && opens_with_a_date(first),
    }
}

/// How the last line of an attribution ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    /// With a colon, or the dashes that stand for it.
    ByColon,
    /// "2013/11/1 Jane Doe <jane@authority.example>": Gmail for Android once left it at that.
    ByBracket,
    /// Without any mark; believed above quoted lines only.
    Openly,
}

impl Closed {
    fn by(last: &str) -> Closed {
        // U+2024 and U+0589 are what Armenian has for a colon.
        if last.ends_with([':', '：', '\u{2024}', '\u{589}']) || last.ends_with("--") {
            Closed::ByColon
        } else if last.ends_with('>') {
            Closed::ByBracket
        } else {
            Closed::Openly
        }
    }
}

/// Some clients leave the entities of HTML in their plain text.
fn without_entities(folded: String) -> String {
    if folded.contains('&') { folded.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ") } else { folded }
}

struct Parts {
    verb: bool,
    verb_at_end: bool,
    address: bool,
    /// The address stands in brackets, as clients write it behind a name.
    bracketed: bool,
    time: bool,
    date: bool,
}

impl Parts {
    fn of(joined: &str) -> Parts {
        let verb = WORDS.wrote(joined);
        Parts {
            verb: verb.is_some(),
            verb_at_end: verb.is_some_and(|end| joined[end..].chars().all(|letter| !letter.is_alphanumeric())),
            address: joined.contains('@') || joined.contains("mailto:"),
            bracketed: has_bracketed_address(joined),
            time: TIME.is_match(joined),
            date: DATE.is_match(joined),
        }
    }

    /// Behind a date: who, or that something was said.
    fn said_of_whom(&self) -> bool {
        self.verb && (self.address || self.time || self.date) || self.address && (self.time || self.date)
    }

    /// Address, date and time of day together: no language is needed to know a client by them.
    fn stamped(&self) -> bool {
        self.address && self.date && self.time
    }
}

fn has_bracketed_address(folded: &str) -> bool {
    folded.split('@').next().is_some_and(|before| {
        before.len() < folded.len()
            && before
                .trim_end_matches(|letter: char| !letter.is_whitespace() && !matches!(letter, '<' | '(' | '['))
                .trim_end()
                .ends_with(['<', '(', '['])
    })
}

/// A digit in one of the first five words, before any address.
fn has_digit_near(folded: &str) -> bool {
    folded.split(' ').take(5).take_while(|word| !word.contains(['@', '<'])).any(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Behind date and time clients put a name and a verb; "the director of the prison wrote" is how people write. The small words of names
/// ("Office of the NPM", "Ursula von der Weide") are no prose; no capital at all is.
fn reads_as_prose(as_written: &str) -> bool {
    let behind = as_written.rfind(|letter: char| letter.is_numeric()).map_or(as_written, |at| &as_written[at..]);
    let all =
        || behind.split(|letter: char| !letter.is_alphanumeric() && letter != '\'').filter(|word| word.starts_with(char::is_alphabetic));
    let of_a_verb = |word: &str| WORDS.belongs_to_a_verb(&fold(word));
    let small: Vec<&str> = all().filter(|word| word.starts_with(is_small) && !of_a_verb(word)).collect();
    let nothing_else = || all().all(|word| word.starts_with(is_small) || of_a_verb(word));
    // "the director wrote", "schreef de directeur"
    all().find(|word| WORDS.is_article(word) || !of_a_verb(word)).is_some_and(|first| WORDS.is_article(first))
        || small.len() >= 2 && small.iter().any(|word| word.chars().count() > LONGEST_PARTICLE)
        || !small.is_empty() && nothing_else()
}

/// "Jane Doe <jane@authority.example> wrote:": at most six words before the address, and no sentence among them.
fn opens_with_a_name_and_address(folded: &str) -> bool {
    let Some(at) = folded.find('@') else { return false };
    let before = &folded[..at];
    before.split(' ').count() <= 7 && !before.contains(". ") && !before.contains(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::quote::quoted_lines;

    fn attribution(text: &str) -> Option<(usize, usize)> {
        find(&quoted_lines::read(text)).first().map(|found| (found.start, found.end))
    }

    #[test]
    fn clients_in_many_languages_say_who_wrote() {
        for line in [
            "On Tue, 3 Apr 2012 at 16:55, Jane Doe <jane@authority.example> wrote:",
            "Am 25.06.2015 um 10:55 schrieb Erika Musterfrau:",
            "Le mar. 3 avr. 2012 à 16:55, Jeanne Dupont <jeanne@autorite.example> a écrit :",
            "El lun., 3 de abr. de 2012 a la(s) 16:55, Juana <juana@autoridad.example> escribió:",
            "Em ter., 3 de abr. de 2012 às 16:55, Joana <joana@autoridade.example> escreveu:",
            "Il giorno mar 3 apr 2012 alle ore 16:55 Giovanna <g@autorita.example> ha scritto:",
            "Op di 3 apr. 2012 om 16:55 schreef Jan <jan@overheid.example>:",
            "pt., 3 kwi 2012 o 16:55 Jan <jan@urzad.example> napisał(a):",
            "út 3. 4. 2012 v 16:55 odesílatel Jana <jana@urad.example> napsal:",
            "вт, 3 апр. 2012 г. в 16:55, Иван <ivan@vedomstvo.example>:",
            "вт, 3 квіт. 2012 р. о 16:55 Іван <ivan@ustanova.example> пише:",
            "Στις Τρί 3 Απρ 2012 στις 4:55 μ.μ., ο χρήστης Μαρία <maria@arxi.example> έγραψε:",
            "Ayşe <ayse@kurum.example>, 3 Nis 2012 Sal, 16:55 tarihinde şunu yazdı:",
            "Jan Kovács <jan@hatosag.example> ezt írta (időpont: 2012. ápr. 3., K, 16:55):",
            "În mar., 3 apr. 2012 la 16:55, Ion <ion@autoritate.example> a scris:",
            "Den tis 3 apr. 2012 kl 16:55 skrev Karin <karin@myndighet.example>:",
            "ti 3. huhtik. 2012 klo 16.55 Matti (matti@virasto.example) kirjoitti:",
            "في الثلاثاء، 3 أبريل 2012 في 4:55 م تمت كتابة ما يلي بواسطة أحمد <ahmad@sulta.example>:",
            "2012年4月3日(火) 16:55 山田 <yamada@kikan.example>:",
            "2012년 4월 3일 (화) 오후 4:55, 김 <kim@gigwan.example>님이 작성:",
            "在 2016年11月8日，下午2:23，王 <wang@jigou.example> 写道：",
            ">>> Erika Musterfrau <erika@behoerde.example> 03.04.2012 16:55 >>>",
            "Quoting Jane Doe <jane@authority.example>:",
            "\u{202b}בתאריך יום ג׳, 3 באפר׳ 2012 ב-16:55 מאת \u{202a}דנה\u{202c}\u{200f} <\u{202a}dana@reshut.example\u{202c}\u{200f}>:\u{202c}",
            "երք, 3 ապր, 2012 թ. ժամը 16:55-ին Անի <ani@marmin.example> գրել է․",
            "Op 3 apr. 2012, om 16:55 heeft Jan Jansen het volgende geschreven:",
            "*On Tue, 3 Apr 2012 at 16:55, Jane Doe <jane@authority.example> wrote:*",
            // Languages that nobody listed.
            "Mnamo Jum, 3 Apr 2012 saa 16:55 Juma <juma@taasisi.example> aliandika:",
            "Noong Mar, Apr 3, 2012 nang 4:55 PM, sinulat ni Jose <jose@ahensya.example> ang:",
        ] {
            assert_eq!(attribution(line), Some((0, 0)), "{line}");
        }
    }

    #[test]
    fn an_attribution_is_found_where_it_begins() {
        let text = "We agree.\nOn Mon, Aug 26, 2019 at 4:37 PM The Office <\nvery-long-address@npm.example> wrote:\n> text";
        assert_eq!(attribution(text), Some((1, 2)));
        let torn = "Reply\n\nOn Tue, Apr 11, 2017 at 10:07 PM Jane Doe\n\n<\nmailto:Jane Doe <jane@authority.example>\n> wrote:\nTest";
        assert_eq!(attribution(torn), Some((2, 6)));
        let in_pieces = "Reply\n\nOn Tue, Apr 11, 2017 at 10:07 PM\nJane Doe\n<\njane@authority.example\n>\nwrote:\n\n> Test";
        assert_eq!(attribution(in_pieces), Some((2, 7)));
    }

    #[test]
    fn a_letter_that_cites_a_letter_is_no_attribution() {
        for text in [
            "In your letter of 3 May 2024 you wrote:\n\nWe ask for an answer.",
            "On 3 May 2024 you wrote:\n\nWe ask for an answer.",
            "Please write to jane@authority.example:\n\nthe address is new.",
            "On 3 May 2024 at 10:00 the prisoner wrote to the director that he was ill. The director answered:\n\nHe may see the doctor.",
            "Am 3. Mai 2024 um 10:00 schrieb der Anstaltsleiter:\n\nDie Fenster sind bestellt.",
            "On 3 May 2024 at 10:00 the Minister wrote:\n\nThe windows are ordered.",
            "On 3 May 2024 at 10:00 he wrote:\n\nThe windows are ordered.",
            "Op 3 mei 2024 om 10:00 schreef de directeur:\n\nDe ramen zijn besteld.",
            "Den 3 maj 2024 kl 10:00 skrev chefen:\n\nFönstren är beställda.",
            "Στις 3 Μαΐου 2024 στις 10:00 ο διευθυντής έγραψε:\n\nΤα παράθυρα παραγγέλθηκαν.",
            "Dnia 3 maja 2024 r. o godz. 10:00 dyrektor napisał:\n\nOkna zamówiono.",
            "On 3 May 2024 at 10:00 the director of the prison wrote:\n\nHe may see the doctor.",
            "The letter was sent by\nJane Doe <jane@authority.example> on 3 May 2024 at 10:00:\nthe text is enclosed.",
            "since on Monday, November 4, 2013 4:29 PM, John Smith wrote me this message\nJow how are you?",
            "The measures are:\n\n- one\n- two",
        ] {
            assert_eq!(attribution(text), None, "{text}");
        }
    }
}
