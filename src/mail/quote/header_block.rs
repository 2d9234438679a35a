//! The block of headers that Outlook, Lotus Notes, Yahoo and others put above a quoted or forwarded mail, and the dashed line above it.
//!
//! A block is two or more labelled lines from `languages.toml`, one of them the sender. Labels may be bold (`*From:*`), spaced (`De :`),
//! have their value on the next line or be folded over several; one blank line between labels is passed over (converted HTML). In a language
//! that the file does not hold, a block is known by its shape: three labelled lines, with addresses and a date with its time of day.

use super::client_words::{Label, WORDS};
use super::dates::is_stamp;
use super::quoted_lines::Line;
use crate::mail::address;
use crate::mail::folding::fold;
use std::collections::HashSet;

/// Lines a block may have: ten labels and their folded values.
const LINES: usize = 24;
/// Longest label in bytes, folded or not: "Σταλθηκε στισ" fits, a sentence with a colon does not.
const LABEL: usize = 48;
/// Bytes of a sender's name.
const NAME: usize = 120;
/// Bytes in which a date must stand.
const STAMPED: usize = 200;
/// Bytes of a line that is a date with its time of day and nothing else.
const STAMP: usize = 40;
/// Labelled lines that are looked at in a block of an unknown language.
const FOREIGN_LINES: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Index of the first line that belongs to it, dashes and "Original Message" above it included.
    pub start: usize,
    /// Index of its last line.
    pub end: usize,
    /// The line above says that the mail was forwarded.
    pub forwarded: bool,
}

/// A line that begins with a label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labelled {
    label: Label,
    /// An address stands behind it.
    address: bool,
    /// A date with its time of day stands behind it.
    stamped: bool,
}

/// The labels of all lines, looked up once: a block is sought at every line.
pub(super) fn labels(lines: &[Line]) -> Vec<Option<Labelled>> {
    lines.iter().map(|line| if line.is_blank() { None } else { label(line.raw) }).collect()
}

/// The block whose first line is `at`, if one begins there.
pub(super) fn at(lines: &[Line], labels: &[Option<Labelled>], at: usize) -> Option<Block> {
    let start_below = || below(lines, at + 1);
    let end_below =
        || start_below().and_then(|start| headers(lines, labels, start, true).or_else(|| foreign_headers(lines, labels, start, true)));
    let end_of_any = || end_below().or_else(|| boxed_headers(lines, start_below()?)).unwrap_or(at);
    match separator(lines.get(at)?.raw) {
        Some(Separator::Original) => Some(Block { start: at, end: end_of_any(), forwarded: false }),
        Some(Separator::Forwarded) => Some(Block { start: at, end: end_of_any(), forwarded: true }),
        Some(Separator::Rule) => Some(Block { start: at, end: end_below()?, forwarded: false }),
        None => {
            let end = headers(lines, labels, at, false).or_else(|| {
                let opens_paragraph = at.checked_sub(1).is_none_or(|above| !lines[above].is_plain());
                if opens_paragraph { foreign_headers(lines, labels, at, false).or_else(|| unmarked_headers(lines, at)) } else { None }
            })?;
            Some(Block { start: at, end, forwarded: false })
        }
    }
}

/// Rows of a table that holds the headers: `| 发件人 | … |` of NetEase, the boxes of Lotus Notes 5. Gives the last one.
fn boxed_headers(lines: &[Line], start: usize) -> Option<usize> {
    let boxed = |line: &&Line| {
        let text = line.raw.trim();
        text.starts_with(['|', '>']) && text.ends_with(['|', '>']) && text.len() > 1
    };
    let rows = lines[start..].iter().take(LINES).take_while(boxed).count();
    (rows > 0).then(|| start + rows - 1)
}

/// The headers of Lotus Notes 6 and later, labels and values on lines of their own and no colon: the sender, date and time below, then "To",
/// "cc", "Subject".
fn unmarked_headers(lines: &[Line], at: usize) -> Option<usize> {
    let stamp = lines.get(at + 1).filter(|line| line.is_plain() && line.raw.len() <= STAMP)?;
    if lines[at].raw.len() > STAMPED || !is_stamp(&fold(stamp.raw)) {
        return None;
    }
    let alone = |index: usize| WORDS.labels.get(fold(lines[index].raw).as_str()).copied();
    let within = at + 2..lines.len().min(at + LINES);
    let to = within.clone().take(3).find(|&index| alone(index) == Some(Label::To))?;
    let subject = (to + 1..within.end).find(|&index| alone(index) == Some(Label::Subject))?;
    Some(if lines.get(subject + 1).is_some_and(Line::is_plain) { subject + 1 } else { subject })
}

/// What stands behind the sender's label in a block, in lower case.
pub(super) fn sender(block: &[Line], labels: &[Option<Labelled>]) -> Option<String> {
    let at = labels.iter().position(|label| label.is_some_and(|label| label.label == Label::From))?;
    block.get(at).map(|line| line.raw.to_lowercase())
}

/// The sender whom a block names by a label, by address or else by name: the label's line holds it, or one below. `None` where no label is the
/// sender's.
pub(super) fn sender_named(block: &[Line], labels: &[Option<Labelled>]) -> Option<Option<String>> {
    let at = labels.iter().position(|label| label.is_some_and(|label| label.label == Label::From))?;
    let below = labels.iter().skip(at + 1).take(2).take_while(|label| label.is_none()).count();
    let lines = || block.iter().skip(at).take(1 + below).map(|line| line.raw);
    Some(lines().find_map(address_in).or_else(|| lines().find_map(name_in)))
}

/// Outlook shows colleagues by their names alone, or with the name of their mailbox inside the house: "Hall, Maria [/O=HOUSE/CN=MHALL]".
fn name_in(line: &str) -> Option<String> {
    let value = match name_and_value(line) {
        Some((name, value)) if WORDS.labels.contains_key(fold(name).as_str()) => value,
        _ => line,
    };
    let name = value.split(['[', '<', '(', '|']).next().unwrap_or_default();
    let name = name.trim_matches(|letter: char| is_unseen(letter) || "*_\"';".contains(letter));
    (name.len() <= NAME && name.chars().any(char::is_alphabetic)).then(|| name.to_owned())
}

/// The first address in a text, without what mail programs put around it: `[mailto:jane@authority.example]`.
pub(super) fn address_in(text: &str) -> Option<String> {
    let parts = |letter: char| {
        letter.is_whitespace() || matches!(letter, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '：' | '"' | '|' | '*')
    };
    let words = text.split(parts).map(|word| word.trim_matches(['.', '\'']));
    let is_address = |word: &&str| word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    let mut addresses = words.filter(|word| is_address(word) && !address::is_of_exchange(word));
    addresses.next().map(str::to_owned)
}

/// Whether these lines are the recipient and subject that Yandex puts above its attribution.
pub(super) fn lead_to_an_attribution(labels: &[Option<Labelled>]) -> bool {
    let leads =
        |labelled: &Option<Labelled>| labelled.is_some_and(|labelled| matches!(labelled.label, Label::To | Label::Copy | Label::Subject));
    (1..=3).contains(&labels.len()) && labels.iter().all(leads)
}

enum Separator {
    Original,
    Forwarded,
    /// Dashes, underscores or equal signs, alone or round words of an unknown language: a separator if headers follow.
    Rule,
}

fn separator(raw: &str) -> Option<Separator> {
    let text = raw.trim_matches(is_unseen);
    if text.len() > 120 || text.len() < 3 {
        return None;
    }
    let ruled =
        |letter: char| matches!(letter, '-' | '_' | '=' | '*' | '\u{2010}'..='\u{2015}' | '─' | '~' | '#' | '+' | ' ' | '>' | '<' | '|');
    let starts_ruled = text.starts_with(|letter: char| letter != ' ' && ruled(letter));
    // QQ leaves the entities of HTML in its plain text: "-----&nbsp;原始邮件&nbsp;-----".
    let plain = text.replace("&nbsp;", " ");
    let bare = plain.trim_matches(ruled);
    if bare.is_empty() {
        // "|---------+---------------------------->", above the box in which Lotus Notes 5 names the sender.
        if text.starts_with("|--") && text.ends_with("-->") && text.contains('+') {
            return Some(Separator::Original);
        }
        return (text.chars().count() >= 4).then_some(Separator::Rule);
    }
    let folded = fold(bare.trim_end_matches([':', '：']));
    if starts_ruled && WORDS.original.contains(&folded) || WORDS.asks_to_reply_above(&folded) && folded.split(' ').count() <= 10 {
        return Some(Separator::Original);
    }
    // BlackBerry 10 has "Original Message" without dashes.
    if WORDS.original.contains(&folded) {
        return Some(Separator::Rule);
    }
    // "---- Jane Doe wrote ----", of Zoho.
    if text.starts_with("--") && text.ends_with("--") && WORDS.wrote(&folded) == Some(folded.len()) {
        return Some(Separator::Original);
    }
    // "----- Message from Office <office@npm.example> on Fri, 3 May 2024 10:00:00 +0200 -----", Lotus Notes again.
    if text.starts_with("--") && text.ends_with("--") && folded.contains('@') && is_stamp(&folded) {
        return Some(Separator::Original);
    }
    // Apple Mail writes "Begin forwarded message:" without dashes; a sentence cannot be only these words and a colon.
    if WORDS.forwarded.contains(&folded) && (starts_ruled || text.ends_with([':', '：'])) {
        return Some(Separator::Forwarded);
    }
    // "----- Forwarded by Jane Doe/HQ/Authority on 03.05.2024 10:00 -----", the form of Lotus Notes, has names in it.
    if starts_ruled
        && text.starts_with("--")
        && text.ends_with("--")
        && WORDS.forwarded.iter().any(|word| folded.starts_with(word.as_str()))
    {
        return Some(Separator::Forwarded);
    }
    let between_rules = text.starts_with("---") && text.ends_with("---") || text.starts_with("___") && text.ends_with("___");
    (between_rules && bare.split_whitespace().count() <= 6).then_some(Separator::Rule)
}

/// The next line that is not blank, at most three lines down.
fn below(lines: &[Line], from: usize) -> Option<usize> {
    (from..lines.len().min(from + 3)).find(|&index| !lines[index].is_blank())
}

/// The last line of the headers that begin at `start`.
fn headers(lines: &[Line], labels: &[Option<Labelled>], start: usize, below_a_separator: bool) -> Option<usize> {
    let opening = (*labels.get(start)?)?;
    let first = opening.label;
    if matches!(first, Label::Copy | Label::Other) {
        return None;
    }
    // Behind another label than the sender's the whole of a block is asked for.
    let labels_of_a_block = if first == Label::From { 3 } else { 4 };
    if opening.address && labels_within(lines[start].raw) >= labels_of_a_block {
        return Some(start);
    }
    let mut seen = vec![first];
    let mut address = opening.address;
    let mut stamped = opening.stamped;
    let mut end = start;
    let mut unlabelled = 0;
    for (index, line) in lines.iter().enumerate().skip(start + 1).take(LINES) {
        if line.is_blank() {
            // One blank line is passed over if a label follows it; a value may stand below its label.
            let next_is_label = labels.get(index + 1).is_some_and(Option::is_some);
            if next_is_label && index - end == 1 && !line.is_quoted() {
                continue;
            }
            break;
        }
        match labels[index] {
            Some(Labelled { label: kind, address: with_address, stamped: with_stamp }) => {
                if kind == first && seen.len() > 2 {
                    break;
                }
                seen.push(kind);
                address |= with_address;
                stamped |= with_stamp;
                end = index;
                unlabelled = 0;
            }
            None => {
                unlabelled += 1;
                if unlabelled > 4 || line.is_quoted() {
                    break;
                }
                address |= line.raw.contains('@');
            }
        }
    }
    // A subject folded onto the next line ends the block only if the blank line comes right after.
    if unlabelled == 1 && lines.get(end + 1).is_some_and(|line| line.is_plain()) && lines.get(end + 2).is_none_or(|line| line.is_blank()) {
        end += 1;
    }
    seen.sort_by_key(|kind| *kind as u8);
    seen.dedup();
    let from = seen.contains(&Label::From);
    // "From: Prison One, To: Prison Two, Date: 3 May" is a transfer, and with a subject the head of a formal letter: a mail has an address or
    // a time of day as well.
    let of_a_mail = address || stamped || below_a_separator;
    let enough = match seen.len() {
        0 | 1 => false,
        2 => address || seen.contains(&Label::Date) && of_a_mail,
        _ => of_a_mail,
    };
    (from && enough).then_some(end)
}

/// As [`headers`], in any language. What people list in letters ("Who: …, when: …, where: …") names one address at most; a mail has two, its
/// sender's and its recipient's, or one and a label that is known.
fn foreign_headers(lines: &[Line], labels: &[Option<Labelled>], start: usize, below_a_separator: bool) -> Option<usize> {
    let mut names: Vec<String> = Vec::new();
    let mut addresses = 0;
    let mut stamped = false;
    let mut known = below_a_separator;
    for (index, line) in lines.iter().enumerate().skip(start).take(FOREIGN_LINES) {
        let Some((name, value)) = name_and_value(line.raw).filter(|(name, _)| line.is_plain() && is_short_name(name)) else { break };
        let name = fold(name);
        if names.contains(&name) {
            break;
        }
        names.push(name);
        addresses += usize::from(value.contains('@'));
        stamped |= value.len() <= STAMPED && is_stamp(&fold(value));
        let label = labels.get(index).copied().flatten().map(|labelled| labelled.label);
        known |= matches!(label, Some(Label::From | Label::To | Label::Copy | Label::Subject));
    }
    let addressed = addresses >= 2 || known && addresses == 1;
    (names.len() >= 3 && stamped && addressed).then(|| start + names.len() - 1)
}

fn label(raw: &str) -> Option<Labelled> {
    let (name, value) = name_and_value(raw)?;
    let label = *WORDS.labels.get(fold(name).as_str())?;
    Some(Labelled { label, address: value.contains('@'), stamped: value.len() <= STAMPED && is_stamp(&fold(value)) })
}

/// How many different labels stand on one line: a conversion may have lost the line breaks between them.
fn labels_within(raw: &str) -> usize {
    let mut seen: HashSet<Label> = HashSet::new();
    let pieces: Vec<&str> = raw.splitn(12, [':', '：']).collect();
    for piece in pieces.iter().rev().skip(1) {
        let words: Vec<&str> = piece.split_whitespace().rev().take(2).collect();
        let last = words.first().map(|word| fold(word));
        let last_two = words.get(1).zip(words.first()).map(|(first, second)| fold(&format!("{first} {second}")));
        seen.extend(last_two.into_iter().chain(last).find_map(|name| WORDS.labels.get(name.trim_matches(['*', '_'])).copied()));
    }
    seen.len()
}

/// "*Von:* Erika" → "Von", "* Erika".
fn name_and_value(raw: &str) -> Option<(&str, &str)> {
    let dress = |letter: char| is_unseen(letter) || matches!(letter, '*' | '_' | '|');
    let text = raw.trim_start_matches(dress);
    let colon = text.find([':', '：']).filter(|&colon| colon <= LABEL && colon > 0)?;
    Some((text[..colon].trim_end_matches(dress), text[colon..].trim_start_matches([':', '：'])))
}

/// White space, direction marks, the byte order mark that iPhones put before a quoted mail.
fn is_unseen(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
}

/// One to three words without figures.
fn is_short_name(name: &str) -> bool {
    (1..=3).contains(&name.split_whitespace().count()) && !name.chars().any(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::quote::quoted_lines;

    fn block(text: &str) -> Option<(usize, usize)> {
        let lines = quoted_lines::read(text);
        at(&lines, &labels(&lines), 0).map(|block| (block.start, block.end))
    }

    #[test]
    fn header_blocks_of_many_clients_are_known() {
        for (text, end) in [
            ("From: Jane Doe [mailto:jane@authority.example]\nSent: Monday\nTo: Office\nSubject: Report\n\nText", 3),
            ("*Von:* Erika <e@behoerde.example>\n*Gesendet:* Montag\n*An:* Amt\n*Betreff:* Bericht\n\nText", 3),
            (
                "De : Jeanne<mailto:j@autorite.example>\nEnvoyé le :jeudi 15 décembre 2016 09:35\nÀ : office@npm.example\nObjet :Rapport\n",
                3,
            ),
            ("________________________________\nFrom: Jane <jane@authority.example>\nSent: Monday\nTo: x\nSubject: y", 4),
            ("-----Ursprüngliche Nachricht-----\nVon: E <e@behoerde.example>\nAn: Amt\n\nText", 2),
            ("От: Иван\nОтправлено: 3 мая 2024 г. 10:00\nКому: Офис\nТема: Доклад", 3),
            ("发件人: 王\n发送时间: 2024年5月3日 10:00\n收件人: 办公室\n主题: 报告", 3),
            ("From: Jane [mailto:jane@authority.example] Sent: Friday, May 3, 2024 To: Office Subject: Report\nText", 0),
            ("Date: Tue, 5 Mar 2024 15:14:00 +0100 From: jane@authority.example To: office@npm.example Subject: Report\nText", 0),
            ("---- Jane Doe wrote ----\nText", 0),
            ("##- Please type your reply above this line -##\nText", 0),
            ("----- Message from Office <office@npm.example> on Fri, 3 May 2024 10:00:00 +0200 -----\nText", 0),
            ("‐‐‐‐‐ Original Message ‐‐‐‐‐\nText", 0),
            ("------------------&nbsp;原始邮件&nbsp;------------------\nText", 0),
            ("  Original Message  \nFrom: Jane <jane@authority.example>\nSent: Monday\nTo: x\n\nText", 3),
            ("---- 回复的原邮件 ----\n| 发件人 | 王<wang@jigou.example> |\n| 日期 | 2025年03月03日 10:15 |\n| 主题 | 建议 |\n\nText", 3),
            ("\"Jane\" <jane@authority.example>\n03.05.2008 10:15\n\nTo\noffice@npm.example\ncc\n\nSubject\nReport\n\nText", 8),
            ("|------+------------>\n|      | \"Jane\"    |\n|      | 03/05/2008  |\n|------+------------>\n\nText", 3),
        ] {
            assert_eq!(block(text), Some((0, end)), "{text}");
        }
    }

    #[test]
    fn a_block_in_a_language_that_nobody_listed_is_known_by_its_shape() {
        let kazakh = "Кімнен: Jane <jane@authority.example>\nЖіберілді: 3 мамыр 2024 ж. 10:00\nКімге: Office <office@npm.example>\nТақырып: x\n\nText";
        assert_eq!(block(kazakh), Some((0, 3)));
        let welsh = "-----Neges Wreiddiol-----\nOddi wrth: Jane <jane@authority.example>\nAnfonwyd: 3 Mai 2024 10:00\nAt: Office\n\nText";
        assert_eq!(block(welsh), Some((0, 3)));
    }

    #[test]
    fn labelled_lines_of_a_letter_are_no_header_block() {
        assert_eq!(block("Contact: Jane <jane@authority.example>\nMeeting: 3 May 2024 10:00\nRoom: the small one\n\nText"), None);
        assert_eq!(block("Name: Jane Doe\nBorn: 3 May 1980\nCell: 12\n\nText"), None);
        assert_eq!(block("--- Second part ---\nPlace: the prison\nDate: 3 May 2024 10:00"), None);
        assert_eq!(block("To: Ombudsman\nFrom: the Minister\nSubject: Your request\nDate: 3 May 2024\n\nWe accept."), None);
        assert_eq!(block("From: Prison One\nTo: Prison Two\nDate: 3 May 2024\n\nThe prisoner agreed."), None);
        assert_eq!(block("From: our side: nothing. To be clear: we agree."), None);
        assert_eq!(block("To: the staff\nSubject: rules\n\nText"), None);
        assert_eq!(block("Original message\n\nIt was lost."), None);
        assert_eq!(block("Visit of Jane Doe\n3 May 2024 10:00\n\nSubject\nThe windows"), None);
        assert_eq!(block("Date: 3 May\nPlace: the prison\n"), None);
        assert_eq!(block("---------\nThe second part"), None);
    }
}
