//! What stands below the author's own words but is not one of them: the signature behind its dashes, the line a phone appends, the contact
//! card, the notice of confidentiality, the footer of a mailing list, and the compact closing that a client inserts.
//!
//! Only the end of a stretch of newly written text is looked at, and each rule asks for a mark that ordinary prose does not have. A closing
//! typed by hand, with the name set off by a blank line, stays with the letter: there is no telling where a letter ends and a closing begins.

use super::client_words::WORDS;
use super::device_line::{self, without_links};
use super::quoted_lines::{Line, Mark, is_small};
use crate::mail::folding::fold;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// RFC 3676 §4.3 asks for four lines below the dashes; authorities put a card and a notice in three languages there. More than this is text.
const BELOW_DASHES_LINES: usize = 40;
const BELOW_DASHES_BYTES: usize = 4_000;
/// The footer of a mailing list or a card below a rule of any other kind.
const BELOW_RULE_LINES: usize = 10;
/// Bytes of a line that can be part of a card.
const CARD_LINE: usize = 110;
/// Lines of a card that stands below a closing.
const CARD_LINES: usize = 16;
/// Bytes of the shortest notice: `http://www.eset.com`.
const NOTICE_FROM: usize = 18;
/// Bytes from which a paragraph below a full card is taken for a notice in a language that is not known.
const FOREIGN_NOTICE: usize = 150;
/// Paragraphs looked at from the end, so that a long letter costs no more than a short one.
const PARAGRAPHS: usize = 12;

static PHONE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:\+|\(|0)[0-9()]*(?:[ /.()\-]{0,3}[0-9]){6,}").expect("a constant pattern"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[^ ]@[^ ]+\.[a-z]{2,}|https?://|www\.|(?-u:\b)[a-z0-9-]+\.(?:com|org|net|gov|int|eu|[a-z]{2})(?:[/> ]|$)")
        .expect("a constant pattern")
});
/// A registration, bank or tax number behind its name: "KVK 50000000", "VAT: NL0000000AA0".
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[*_ ]{0,2}[a-z][a-z .]{0,15}[:.]? *[a-z]{0,3}[0-9]{2}[0-9a-z ]{4,30}[*_ ]{0,2}$").expect("a constant pattern")
});

/// Where the author's own words end in a stretch of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    /// The first line of the signature; the end of the stretch if there is none.
    pub signature: usize,
    /// Below a phone's line there may be the old mail without any mark: from here on it is quoted.
    pub quoted: usize,
}

/// Looks for the signature at the end of the stretch. `alone`: nothing else in this mail was written or quoted, so that a bare card is the
/// whole message and must not be taken away.
pub(super) fn find(lines: &[Line], stretch: Range<usize>, alone: bool) -> Ending {
    let end = stretch.end;
    let mut cut = end;
    let mut quoted = end;
    let mut below_a_rule = false;
    let first = (stretch.start..end).find(|&index| !lines[index].is_blank()).unwrap_or(end);
    let rules_from = last_written(lines, first, end, BELOW_DASHES_LINES + 1);
    for index in candidates(lines, first, end) {
        match kind_of(lines, index, first, end, rules_from) {
            Some(Start::Signature) => {
                cut = index;
                below_a_rule = true;
                break;
            }
            Some(Start::DeviceLine { end: footer_end }) => {
                let text_below = (footer_end..end).any(|below| lines[below].is_plain());
                if text_below && index == first {
                    continue;
                }
                cut = index;
                if text_below {
                    quoted = footer_end;
                }
                break;
            }
            None => {}
        }
    }
    Ending { signature: climb(lines, first, cut, below_a_rule, alone), quoted }
}

enum Start {
    Signature,
    DeviceLine { end: usize },
}

/// Lines at which a signature may begin: short, and either the first of a paragraph or a rule.
fn candidates<'a>(lines: &'a [Line<'a>], first: usize, end: usize) -> impl Iterator<Item = usize> + 'a {
    (first..end).filter(move |&index| {
        let line = &lines[index];
        line.is_plain()
            && line.raw.len() <= 200
            && (is_rule(line.raw) || index == first || !lines[index - 1].is_plain() || may_be_footer(lines, index, end))
    })
}

/// A phone's line may follow the text directly if it is the last one.
fn may_be_footer(lines: &[Line], index: usize, end: usize) -> bool {
    lines[index].raw.len() <= 80 && lines[index + 1..end].iter().take(2).all(Line::is_blank)
}

/// The index from which on only so many written lines follow: above it no rule can begin a signature.
fn last_written(lines: &[Line], first: usize, end: usize, count: usize) -> usize {
    (first..end).rev().filter(|&index| !lines[index].is_blank()).nth(count).unwrap_or(first)
}

fn kind_of(lines: &[Line], index: usize, first: usize, end: usize, rules_from: usize) -> Option<Start> {
    let raw = lines[index].raw.trim();
    if index < rules_from && is_rule(raw) {
        return None;
    }
    let below = || lines[index + 1..end].iter().filter(|line| !line.is_blank());
    if raw == "--" || raw == "—" || raw == "–" {
        let (count, bytes) = below().take(BELOW_DASHES_LINES + 1).fold((0, 0), |(count, bytes), line| (count + 1, bytes + line.raw.len()));
        let small = count <= BELOW_DASHES_LINES && bytes <= BELOW_DASHES_BYTES;
        let marked = lines[index].raw.ends_with("-- ");
        return (small && (marked || is_no_text(lines, index + 1..end))).then_some(Start::Signature);
    }
    if is_rule(raw) {
        let rest: Vec<&Line> = below().take(BELOW_RULE_LINES + 1).collect();
        if rest.iter().all(|line| is_rule(line.raw)) && (index > first || !rest.is_empty()) {
            return Some(Start::Signature);
        }
        let short = rest.len() <= BELOW_RULE_LINES && rest.iter().all(|line| line.raw.len() <= CARD_LINE && line.is_plain());
        let has_contact = || rest.iter().any(|line| is_contact(&fold(line.raw)));
        let text_rule = raw.starts_with(['_', '-', '=', '*', '~', '—', '─']);
        if text_rule && short && has_contact() || rest.len() <= BELOW_RULE_LINES && is_notice(&rest, true) {
            return Some(Start::Signature);
        }
        return None;
    }
    device_line::at(lines, index, end).map(|end| Start::DeviceLine { end })
}

/// The dashes may have lost their space on the way, or be a person's. What stands below them is a signature if it keeps to the four short lines
/// of RFC 3676 §4.3, or if no paragraph says anything in sentences but notices and lines with an address or a link.
fn is_no_text(lines: &[Line], below: Range<usize>) -> bool {
    let written = || lines[below.clone()].iter().filter(|line| !line.is_blank());
    if written().count() <= 4 && written().all(|line| line.raw.len() <= CARD_LINE) {
        return true;
    }
    let mut end = below.end;
    while let Some(paragraph) = last_paragraph(lines, below.start, end) {
        let text: Vec<&Line> = lines[paragraph.clone()].iter().collect();
        let silent = |line: &&Line| !is_sentence(line.raw) || is_contact(&fold(line.raw)) || ADDRESS.is_match(&fold(line.raw));
        if !is_notice(&text, true) && !text.iter().all(silent) {
            return false;
        }
        end = paragraph.start;
    }
    true
}

/// Dashes, underscores and their like and nothing else, two at least.
pub(super) fn is_rule(raw: &str) -> bool {
    let text = raw.trim();
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return false };
    if first == '\u{1427}' {
        // The mark that mail trackers for Gmail leave as the text of their picture.
        return text.chars().count() == 1;
    }
    let rule = |letter: char| matches!(letter, '-' | '_' | '=' | '*' | '~' | '#' | '+' | '—' | '–' | '─');
    // Of one sign ("+-----+" is the border of a table), or the long ones of mailing lists: "-=-=-=-=-" of Groups.io, "__._,_.___" of Yahoo.
    let of_a_list =
        || text.len() >= 8 && first != '+' && text.chars().all(|letter| matches!(letter, '-' | '_' | '=' | '.' | ',' | '*' | '~'));
    rule(first)
        && (text.chars().all(|letter| letter == first || letter == ' ') && text.chars().filter(|&letter| letter == first).count() >= 2
            || of_a_list())
}

/// Goes up from `cut` as long as the last paragraph is one that no author types as part of an answer.
fn climb(lines: &[Line], first: usize, mut cut: usize, mut below_a_rule: bool, alone: bool) -> usize {
    for _ in 0..PARAGRAPHS {
        let Some(paragraph) = last_paragraph(lines, first, cut) else { return first.min(cut) };
        let text: Vec<&Line> = lines[paragraph.clone()].iter().collect();
        if text.iter().any(|line| line.mark != Mark::Plain) {
            return cut;
        }
        let whole = fold(&text.iter().take(30).map(|line| line.raw).collect::<Vec<_>>().join(" "));
        // A mail that is one paragraph says what it says, even if it speaks as notices do.
        let notice = || (paragraph.start > first || !alone) && is_notice(&text, stands_below_the_end(lines, first, paragraph.start));
        if text.iter().all(|line| is_rule(line.raw)) || is_picture(&whole) || notice() || is_own_address(lines, first, &paragraph) {
            cut = paragraph.start;
            continue;
        }
        if below_a_rule && text.len() == 1 && is_signed_with_a_dash(text[0].raw) {
            return paragraph.start;
        }
        below_a_rule = false;
        if let Some(closing) = closing_in(lines, paragraph.clone()) {
            return closing;
        }
        match card_ending_at(lines, first, cut) {
            Some(start) if is_announced(lines, first, start) || alone && start == first => return cut,
            Some(start) => cut = signatory_above(lines, first, start).unwrap_or(start),
            None => return card_below_a_closing(lines, first, cut).unwrap_or(cut),
        }
    }
    cut
}

/// A card whose lines are paragraphs of their own, as Outlook's HTML has them, known by the closing above it: no answer stands below that.
fn card_below_a_closing(lines: &[Line], first: usize, cut: usize) -> Option<usize> {
    let written = || (first..cut).rev().filter(|&index| !lines[index].is_blank()).take(CARD_LINES);
    let closing = written().find(|&index| is_closing(lines[index].raw))?;
    let card: Vec<usize> = written().take_while(|&index| index > closing).collect();
    let of_a_card = |index: &usize| lines[*index].is_plain() && lines[*index].raw.len() <= CARD_LINE && !is_sentence(lines[*index].raw);
    let name = *card.last().filter(|&&index| looks_like_a_name(&without_links(lines[index].raw)))?;
    let contacts = card.iter().filter(|&&index| is_contact(&fold(lines[index].raw))).count();
    (contacts >= 2 && card.iter().all(of_a_card)).then_some(name)
}

/// The name and the titles below a closing, where a blank line parts them from the rest of the card: "Im Auftrag", "Erika Musterfrau",
/// "Referatsleiterin", then the ministry.
fn signatory_above(lines: &[Line], first: usize, card: usize) -> Option<usize> {
    let signatory = last_paragraph(lines, first, card)?;
    let text = &lines[signatory.clone()];
    let titled = (2..=4).contains(&text.len()) && looks_like_a_name(text[0].raw);
    let short = text.iter().all(|line| line.is_plain() && line.raw.len() <= CARD_LINE && !is_sentence(line.raw));
    let closed = || last_paragraph(lines, first, signatory.start).is_some_and(|above| is_closing(lines[above.end - 1].raw));
    (titled && short && closed()).then_some(signatory.start)
}

/// "Please write to our new focal point:" above a card makes it part of the answer.
fn is_announced(lines: &[Line], first: usize, card: usize) -> bool {
    last_paragraph(lines, first, card).is_some_and(|above| {
        let sentence = lines[above.end - 1].raw.trim_end();
        sentence.ends_with([':', '：']) && sentence.trim_end_matches([':', '：']).ends_with(char::is_alphabetic)
    })
}

/// The last paragraph of `first..cut`: lines without a blank one between them.
fn last_paragraph(lines: &[Line], first: usize, cut: usize) -> Option<Range<usize>> {
    let end = (first..cut).rev().find(|&index| !lines[index].is_blank())? + 1;
    let start = (first..end).rev().take_while(|&index| !lines[index].is_blank()).last()?;
    Some(start..end)
}

/// "[image: logo]", "[cid:…]": what is left of a picture in plain text.
fn is_picture(whole: &str) -> bool {
    whole.len() < 300
        && whole.starts_with('[')
        && whole.ends_with([']', '>'])
        && (whole.contains("image") || whole.contains("cid:") || whole.contains("logo"))
}

/// Foxmail signs with the address of its owner and nothing else, people do below their closing. Where the sentence above goes on with it, it
/// is part of that.
fn is_own_address(lines: &[Line], first: usize, paragraph: &Range<usize>) -> bool {
    let text = lines[paragraph.start].raw.trim();
    let address = text.contains('@') && !text.contains(char::is_whitespace) && text.len() <= CARD_LINE;
    let ended = |above: Range<usize>| {
        let above = lines[above.end - 1].raw.trim_end();
        above.ends_with(['.', '!', '?', '。', '！']) || is_closing(above)
    };
    address && paragraph.len() == 1 && last_paragraph(lines, first, paragraph.start).is_some_and(ended)
}

/// A notice of confidentiality or its like, by two words of one language that meet in it.
fn is_notice(paragraph: &[&Line], below_the_end: bool) -> bool {
    let bytes: usize = paragraph.iter().map(|line| line.raw.len()).sum();
    (NOTICE_FROM..=6_000).contains(&bytes)
        && WORDS.is_disclaimer(&fold(&paragraph.iter().map(|line| line.raw).collect::<Vec<_>>().join(" ")), below_the_end)
}

/// Whether a closing, a rule, a device's line or a card stands within the lines above.
fn stands_below_the_end(lines: &[Line], first: usize, at: usize) -> bool {
    let above = || lines[first..at].iter().rev().filter(|line| !line.is_blank()).take(BELOW_DASHES_LINES);
    let ends = |line: &Line| is_closing(line.raw) || is_rule(line.raw) || line.raw.len() <= CARD_LINE && device_line::is_one(line.raw);
    above().any(ends) || above().take(BELOW_RULE_LINES).filter(|line| is_contact(&fold(line.raw))).count() >= 2
}

/// "-Jane Doe", the old habit of signing on mailing lists.
fn is_signed_with_a_dash(raw: &str) -> bool {
    let text = raw.trim();
    text.strip_prefix(['-', '–', '—']).is_some_and(|name| looks_like_a_name(name.trim()))
}

/// A closing with the name directly below it, at the end of the last paragraph: the block that clients insert.
fn closing_in(lines: &[Line], paragraph: Range<usize>) -> Option<usize> {
    let from = paragraph.end.saturating_sub(8).max(paragraph.start);
    let at = (from..paragraph.end.saturating_sub(1)).find(|&index| is_closing(lines[index].raw))?;
    let name = lines[at + 1].raw;
    let set_off = at == paragraph.start || lines[at].raw.trim_end().ends_with(',');
    (set_off && looks_like_a_name(name) && lines[at..paragraph.end].iter().all(|line| line.raw.len() <= CARD_LINE)).then_some(at)
}

pub(super) fn is_closing(raw: &str) -> bool {
    if raw.len() > 80 {
        return false;
    }
    let folded = fold(raw);
    WORDS.closings.contains(folded.trim_matches(|letter: char| !letter.is_alphanumeric()))
}

/// One to six words, each with a capital (in scripts that have them) but for particles, and no sentence.
fn looks_like_a_name(raw: &str) -> bool {
    let text = raw.trim();
    if text.is_empty() || text.len() > 90 || text.ends_with(['?', '!', ':', ';']) {
        return false;
    }
    let words: Vec<&str> = text
        .split(|letter: char| letter.is_whitespace() || letter == '|' || letter == '/')
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect();
    (1..=6).contains(&words.len())
        && !text.bytes().any(|byte| byte.is_ascii_digit())
        && words.iter().all(|word| {
            let first = word.chars().find(|letter| letter.is_alphabetic());
            first.is_some_and(|letter| !is_small(letter)) || word.chars().count() <= 3
        })
        && words.iter().any(|word| word.chars().find(|letter| letter.is_alphabetic()).is_some_and(|letter| !is_small(letter)))
}

/// Telephone, address or register number.
fn is_contact(folded: &str) -> bool {
    folded.len() <= CARD_LINE
        && folded.bytes().any(|byte| byte.is_ascii_digit() || byte == b'.')
        && (ADDRESS.is_match(folded) || PHONE.is_match(folded) || NUMBERED.is_match(folded))
}

/// The card whose last line ends at `cut`: a paragraph that begins with a name and holds contacts, two at least in it and in the short
/// paragraphs below it.
///
/// Below a full card (four contacts) up to three further paragraphs are its footer if they are as long as notices are, in whatever language;
/// what people write on below a card is short: "Please write to her from now on."
fn card_ending_at(lines: &[Line], first: usize, cut: usize) -> Option<usize> {
    let mut end = cut;
    let mut contacts_below = 0;
    let mut found = None;
    let mut foreign = 0;
    for _ in 0..6 {
        let Some(paragraph) = last_paragraph(lines, first, end) else { break };
        let text = &lines[paragraph.clone()];
        if text.iter().any(|line| line.mark != Mark::Plain) || text.len() > 16 {
            break;
        }
        let short = text.iter().all(|line| line.raw.len() <= CARD_LINE && !is_sentence(line.raw));
        let contacts = text.iter().flat_map(|line| line.raw.split(" | ")).filter(|piece| is_contact(&fold(piece))).count();
        if short {
            let named = text.iter().take(2).any(|line| {
                let line = without_links(line.raw);
                looks_like_a_name(&line) || line.split(" | ").next().is_some_and(looks_like_a_name)
            });
            let enough = if foreign > 0 { contacts + contacts_below >= 4 } else { contacts + contacts_below >= 2 };
            if named && contacts > 0 && enough {
                found = Some(paragraph.start);
            }
            contacts_below += contacts;
        } else {
            let bytes: usize = text.iter().map(|line| line.raw.len()).sum();
            let folded = fold(text[0].raw);
            foreign += 1;
            if foreign > 3
                || text.len() > 3
                || bytes < FOREIGN_NOTICE
                || folded.starts_with("p.s")
                || folded.starts_with("ps")
                || found.is_some()
            {
                break;
            }
        }
        end = paragraph.start;
    }
    found
}

fn is_sentence(raw: &str) -> bool {
    let text = raw.trim();
    let words = text.split(' ').filter(|word| word.contains(char::is_alphabetic)).count();
    text.ends_with(['?', '!', ':']) || text.ends_with('.') && words > 5 || words > 12
}

#[cfg(test)]
mod tests;
