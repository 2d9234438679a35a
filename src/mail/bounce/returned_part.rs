//! Where the text of a report begins to return the letter that bounced.

use aho_corasick::{AhoCorasick, Anchored, Input, StartKind};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Lines with which servers open the returned letter, lower case, dashes and bars at both ends taken off. Matched at the line's start.
const MARKS: &[&str] = &[
    "below this line is a copy of the message",        // qmail, Yahoo
    "below this line is the original",                 // qmail derivates
    "below the next line original message",            // newmail.ru
    "enclosed is a copy of the message",               // qmail with MIME, messagelabs
    "this is a copy of the message",                   // Exim
    "this is a copy of your message",                  // Exim, mail.ru
    "the body of the message is",                      // Exim: "… 12345 characters long"
    "the header of the original message is following", // 1&1, GMX, kundenserver
    "here is a copy of the first part of the message", // Demon
    "original message follows",                        // IMail, X2
    "the original message follows",
    "the original message was",
    "original message headers", // Exchange 2007 and later
    "original message header",
    "original message",   // Gmail
    "original mail info", // m-FILTER
    "original mail",
    "old message",            // Microsoft SMTPSVC
    "message header follows", // sendmail
    "message headers follow", // DragonFly, MailEnable
    "message text follows",   // Smail
    "unsent message follows", // sendmail 5
    "unsent message below",   // phquery
    "message body suppressed",
    "returned message",          // Notes SMTP MTA
    "start of returned message", // Demon
    "returned mail follows",     // usa.net
    "returned mail",             // LERCTR
    "here is your returned mail",
    "a copy of the original message below this line",
    "a copy of the original message",
    "below is a copy of the original message", // OpenSMTPD
    "below is a copy of your message",
    "included is a copy of the message header", // MXLogic
    "your message reads (in part)",
    "your original message",
    "the header and top", // SmarterMail: "… 20 lines of the message follows"
    "forwarded message",
    "begin of returned message",
    "copy of your message",
    "content-type: message/rfc822", // a multipart whose boundary is lost
    "content-type: text/rfc822-headers",
    "content-type: message/global",
    "mensaje original adjunto", // qmail in Spanish
    "mensaje original",
    "el mensaje original",
    "message d'origine",
    "message original",
    "ursprüngliche nachricht",
    "ursprüngliche nachrichtenkopfzeilen", // Exchange in German
    "ursprünglicher nachrichtenkopf",
    "ursprüngliche kopfzeilen",
    "en-têtes de message d'origine", // Exchange in French
    "en-têtes du message d'origine",
    "intestazioni originali del messaggio", // Exchange in Italian
    "intestazioni messaggio originale",
    "encabezados de mensajes originales", // Exchange in Spanish
    "encabezados de mensaje original",
    "cabeçalhos das mensagens originais", // Exchange in Portuguese
    "oorspronkelijke berichtkoppen",      // Exchange in Dutch
    "oprindelige brevhoveder",            // Exchange in Danish
    "ursprungligt meddelandehuvud",       // Exchange in Swedish
    "исходные заголовки сообщения",       // Exchange in Russian
    "元のメッセージ ヘッダー",            // Exchange in Japanese
    "原始邮件头",                         // Exchange in Chinese
    "附件中的内容是原信件的一份拷贝",     // sina
];

/// Characters of a line that may be a mark.
const LONGEST_MARK: usize = 100;

/// The marks, for one look at the beginning of a line.
static BY_MARK: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().start_kind(StartKind::Anchored).build(MARKS).expect("some dozen short lines are far below the automaton's limit")
});
/// The letters with which they begin: most lines of a mail begin with another.
static FIRST_OF_MARKS: LazyLock<HashSet<char>> = LazyLock::new(|| MARKS.iter().filter_map(|mark| mark.chars().next()).collect());

/// Where the words of the server end and where the returned letter starts, as byte offsets.
///
/// Without a mark of [`MARKS`], the letter starts at the first header line that only a delivered letter has.
pub(super) fn starts_at(text: &str) -> Option<(usize, usize)> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        let bare = trimmed.trim_matches(|c: char| matches!(c, '-' | '=' | '|' | '*' | '_' | '#' | ' ' | '\u{3000}'));
        let first = bare.chars().next().and_then(|first| first.to_lowercase().next());
        // What is longer than a heading is a sentence that happens to begin like one.
        if first.is_some_and(|first| FIRST_OF_MARKS.contains(&first)) && bare.chars().nth(LONGEST_MARK).is_none() {
            let bare = bare.to_lowercase();
            if BY_MARK.is_match(Input::new(&bare).anchored(Anchored::Yes)) && !is_sentence(&bare) {
                return Some((start, offset));
            }
        }
        let begins = |field: &&str| trimmed.get(..field.len()).is_some_and(|start| start.eq_ignore_ascii_case(field));
        if ["Received: from", "Received: by", "Received: (qmail", "Return-Path: <"].iter().any(begins) {
            return Some((start, start));
        }
    }
    None
}

/// "Original message was received at …" (sendmail) and the like tell of the letter, they do not return it; nor does Exchange Online under
/// "Original Message Details".
fn is_sentence(bare: &str) -> bool {
    ["details", "was received", "was sent", "was too", "is attached", "could not", "has been", "was not", "cannot"]
        .iter()
        .any(|verb| bare.contains(verb))
}

#[cfg(test)]
mod tests {
    use super::starts_at;

    #[test]
    fn the_words_end_where_the_letter_begins() {
        let text = "Hi.\n--- Below this line is a copy of the message.\n\nSubject: Request\n";
        let (end, start) = starts_at(text).expect("a mark");
        assert_eq!(&text[..end], "Hi.\n");
        assert!(text[start..].contains("Subject: Request"));
    }

    #[test]
    fn a_sentence_about_the_letter_does_not_end_the_words() {
        assert_eq!(starts_at("The original message was received at Thu, 1 Jan\nfrom host\n"), None);
    }
}
