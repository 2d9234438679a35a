//! Composes what leaves the house: a letter's parts → the bytes that are stored and sent (promise 3).
//!
//! The same parts give the same bytes: the date is given, and the boundary is derived from the Message-ID. lettre's `Message::formatted()` does
//! neither (it draws a boundary, and its Date header knows only GMT), so its header encoder (RFC 2047, folding) and its MIME parts are used and
//! the letter is put together here. `mail-builder` was considered; its folding and its refusal of bad addresses are weaker.
//!
//! Nothing that came from outside can add a header, break a line or end a part: control characters never reach a header, encoded words that
//! somebody typed are taken apart, addresses are parsed and must be ASCII, and `=_` in the boundary cannot occur in quoted-printable text
//! (RFC 2045 §6.7, note after rule 5).

use crate::domain::enclosure::{Enclosure, LARGEST_IN_ALL};
use jiff::ZonedDateTime;
use lettre::Address;
use lettre::message::header::{Cc, ContentTransferEncoding, ContentType, From, HeaderName, HeaderValue, Headers, ReplyTo, To};
use lettre::message::{Attachment, Body, Mailbox, Mailboxes, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

/// Longest address: a path of 256 octets with its brackets (RFC 5321 §4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;
/// Longest Message-ID that is written, so that its line stays far below 998 octets (RFC 5322 §2.1.1).
const LONGEST_MESSAGE_ID: usize = 250;
/// Longest display name and subject, in characters; what is longer is cut and ends in `…`.
const LONGEST_NAME: usize = 120;
const LONGEST_SUBJECT: usize = 250;
/// A thread longer than this keeps its first letter and the latest ones, as RFC 5322 §3.6.4 readers expect.
const MOST_REFERENCES: usize = 20;

/// A letter's parts. Text in UTF-8; addresses and Message-IDs without angle brackets.
#[derive(Debug, Clone)]
pub struct Composition<'a> {
    pub from: Correspondent<'a>,
    pub to: Correspondent<'a>,
    pub copies: &'a [Correspondent<'a>],
    pub reply_to: Option<&'a str>,
    /// The Date header, with this time zone's offset.
    pub dated: &'a ZonedDateTime,
    pub message_id: &'a str,
    pub in_reply_to: Option<&'a str>,
    /// From the first letter of the thread to the latest.
    pub references: &'a [String],
    pub written_by: WrittenBy,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    /// Their names are safe to be read and to be stored under.
    pub enclosures: &'a [Enclosure],
}

/// A name and an address.
#[derive(Debug, Clone, Copy)]
pub struct Correspondent<'a> {
    pub name: Option<&'a str>,
    pub address: &'a str,
}

/// What the Auto-Submitted header says (RFC 3834 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenBy {
    /// A formal letter under a person's signature, sent on the office's decision: no header. RFC 3834 §5 means messages made without a person;
    /// and receivers discard or refuse to answer what says `auto-generated`, which would stop the very answer that is asked for.
    Signatory,
    /// Nobody signs it: `auto-generated`. Digests and alarms.
    Machine,
    /// In reply to a mail: `auto-replied`. Acknowledgements.
    MachineInReply,
}

/// Why a letter cannot be composed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeFault {
    #[error(
        "{field}: `{address}` is not an address that a letter can be sent to ({reason}); correct it in the directory or the configuration"
    )]
    Address { field: &'static str, address: String, reason: String },
    #[error("`{message_id}` is not a Message-ID: printable ASCII with one @, without spaces and brackets, at most 250 characters")]
    MessageId { message_id: String },
    #[error("the enclosures have {bytes} bytes together; expected at most {LARGEST_IN_ALL}, which is what most servers take")]
    TooLarge { bytes: usize },
}

/// The letter as bytes: CR LF, `multipart/alternative` of text and HTML in quoted-printable UTF-8, no line over 998 octets. Enclosures stand behind
/// it, in base64, as attachments (RFC 2183) under their names (RFC 2231).
///
/// # Errors
///
/// [`ComposeFault`]: the letter's own Message-ID is not a valid one, or an address in From, To, Cc or Reply-To is not valid, is not ASCII, is
/// longer than 254 characters, or holds a space or a control character; or the enclosures are too large for a mail.
pub fn compose(letter: &Composition<'_>) -> Result<Vec<u8>, ComposeFault> {
    if !is_message_id(letter.message_id) {
        return Err(ComposeFault::MessageId { message_id: one_line(letter.message_id, LONGEST_MESSAGE_ID) });
    }
    let bytes = letter.enclosures.iter().map(|enclosure| enclosure.bytes.len()).sum();
    if bytes > LARGEST_IN_ALL {
        return Err(ComposeFault::TooLarge { bytes });
    }
    let mut headers = Headers::new();
    headers.insert_raw(plain_header("Date", letter.dated.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()));
    headers.set(From::from(Mailboxes::from(mailbox("From", letter.from)?)));
    headers.set(To::from(Mailboxes::from(mailbox("To", letter.to)?)));
    if !letter.copies.is_empty() {
        let copies = letter.copies.iter().map(|copy| mailbox("Cc", *copy)).collect::<Result<Mailboxes, _>>()?;
        headers.set(Cc::from(copies));
    }
    if let Some(reply_to) = letter.reply_to {
        headers.set(ReplyTo::from(Mailboxes::from(mailbox("Reply-To", Correspondent { name: None, address: reply_to })?)));
    }
    headers.insert_raw(plain_header("Message-ID", format!("<{}>", letter.message_id)));
    if let Some(parent) = letter.in_reply_to.filter(|id| is_message_id(id)) {
        headers.insert_raw(plain_header("In-Reply-To", format!("<{parent}>")));
    }
    if let Some(thread) = thread(letter.references) {
        headers.insert_raw(plain_header("References", thread));
    }
    headers.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str("Subject"), subject_line(letter.subject)));
    match letter.written_by {
        WrittenBy::Signatory => {}
        WrittenBy::Machine => headers.insert_raw(plain_header("Auto-Submitted", "auto-generated".into())),
        WrittenBy::MachineInReply => headers.insert_raw(plain_header("Auto-Submitted", "auto-replied".into())),
    }
    headers.insert_raw(plain_header("MIME-Version", "1.0".into()));

    let body = MultiPart::alternative()
        .boundary(boundary(letter.message_id))
        .singlepart(part(ContentType::TEXT_PLAIN, letter.text))
        .singlepart(part(ContentType::TEXT_HTML, letter.html));
    let mut bytes = headers.to_string().into_bytes();
    if letter.enclosures.is_empty() {
        bytes.extend(body.formatted());
    } else {
        let whole = MultiPart::mixed().boundary(boundary(&format!("{} and enclosures", letter.message_id))).multipart(body);
        bytes.extend(letter.enclosures.iter().fold(whole, |whole, enclosure| whole.singlepart(attachment(enclosure))).formatted());
    }
    Ok(bytes)
}

/// Text for one line: control and formatting characters that could break or reverse it become spaces, runs of white space become one, and what
/// is longer than `longest` characters is cut and ends in `…`.
pub fn one_line(text: &str, longest: usize) -> String {
    // Enough characters to fill the line even if most are white space, few enough that a letter of megabytes costs nothing.
    let bounded: String = text.chars().take(longest.saturating_mul(8)).map(|c| if breaks_a_line(c) { ' ' } else { c }).collect();
    let mut line = String::with_capacity(bounded.len());
    for word in bounded.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > longest {
        line = line.chars().take(longest.saturating_sub(1)).collect();
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line
}

/// Control characters, separators of lines and paragraphs, and the marks that turn or override the direction of text (UAX #9), with which a
/// name can be made to look like another.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The Subject as the reader will see it. `=?` is taken apart: what somebody typed must not be decoded as an encoded word (RFC 2047 §2).
pub fn subject_line(subject: &str) -> String {
    one_line(subject, LONGEST_SUBJECT).replace("=?", "= ?")
}

fn part(content_type: ContentType, text: &str) -> SinglePart {
    // Quoted-printable takes every text; were it ever refused, base64 takes every byte.
    let body = Body::new_with_encoding(text.to_string(), ContentTransferEncoding::QuotedPrintable).unwrap_or_else(Body::new);
    SinglePart::builder().header(content_type).body(body)
}

fn attachment(enclosure: &Enclosure) -> SinglePart {
    let content_type = ContentType::parse(&enclosure.media_type).unwrap_or(ContentType::TEXT_PLAIN);
    // Whatever it is, its bytes are to arrive as they are: line ends and all.
    let body = Body::new_with_encoding(enclosure.bytes.clone(), ContentTransferEncoding::Base64).unwrap_or_else(Body::new);
    Attachment::new(enclosure.name.clone()).body(body, content_type)
}

/// A header whose name and value are ours: printable ASCII, folded by the encoder at spaces.
fn plain_header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Whether nothing can be sent to an address, since only servers with SMTPUTF8 (RFC 6531) would take it.
pub fn needs_smtputf8(address: &str) -> bool {
    !address.is_ascii()
}

fn mailbox(field: &'static str, correspondent: Correspondent<'_>) -> Result<Mailbox, ComposeFault> {
    let fault =
        |reason: &str| ComposeFault::Address { field, address: one_line(correspondent.address, LONGEST_NAME), reason: reason.into() };
    if needs_smtputf8(correspondent.address) {
        return Err(fault("it is not ASCII; write the domain in its `xn--` form"));
    }
    if correspondent.address.len() > LONGEST_ADDRESS {
        return Err(fault("it is longer than 254 characters"));
    }
    if correspondent.address.contains(|c: char| c.is_ascii_control() || c == ' ') {
        return Err(fault("it holds a space or a control character"));
    }
    let address: Address = correspondent.address.parse().map_err(|error: lettre::address::AddressError| fault(&error.to_string()))?;
    let name = correspondent.name.map(|name| one_line(name, LONGEST_NAME)).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address))
}

/// The thread as a header value; ids that are none are left out, for they would break the thread of every reader.
fn thread(references: &[String]) -> Option<String> {
    let ids: Vec<&String> = references.iter().filter(|id| is_message_id(id)).collect();
    let (first, rest) = ids.split_first()?;
    let latest = rest.iter().skip(rest.len().saturating_sub(MOST_REFERENCES - 1));
    Some(std::iter::once(first).chain(latest).map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" "))
}

fn is_message_id(id: &str) -> bool {
    id.len() <= LONGEST_MESSAGE_ID
        && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>')
        && id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains('@'))
}

/// 26 characters that no other letter has and no quoted-printable text can hold.
fn boundary(message_id: &str) -> String {
    let digest = Sha256::digest(message_id.as_bytes());
    digest.iter().take(12).fold(String::from("=_"), |boundary, byte| boundary + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{Address as Addresses, MessageParser};
    use proptest::prelude::*;

    fn dated() -> ZonedDateTime {
        "2026-01-02T09:30:00[Europe/Prague]".parse().unwrap()
    }

    fn letter<'a>(dated: &'a ZonedDateTime, references: &'a [String]) -> Composition<'a> {
        Composition {
            from: Correspondent { name: Some("Office for Visits"), address: "desk@office.example" },
            to: Correspondent { name: Some("Jeanne Élan"), address: "jeanne@prisons.example" },
            copies: &[],
            reply_to: Some("desk+r-abcde@office.example"),
            dated,
            message_id: "npm-2026-0147-k.1.abc@office.example",
            in_reply_to: None,
            references,
            written_by: WrittenBy::Signatory,
            subject: "[NPM-2026-0147-K] Recommandations sur l’accès à l’air libre",
            text: "Première ligne\nDeuxième ligne\n",
            html: "<p>Première ligne</p>",
            enclosures: &[],
        }
    }

    #[test]
    fn a_letter_as_it_leaves() {
        let dated = dated();
        let bytes = compose(&letter(&dated, &["a@office.example".into(), "b@office.example".into()])).unwrap();
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap().replace("\r\n", "\n"));
    }

    #[test]
    fn what_is_enclosed_arrives_as_it_is_under_its_name_behind_the_letter() {
        let dated = dated();
        let enclosures = [
            Enclosure::new("P\u{159}\u{ed}loha.pdf", (0..=255).collect()),
            Enclosure::new("a b;c\"\r\nX: y.txt", b"a\nb\r\n.\r\n".to_vec()),
        ];
        let with = Composition { enclosures: &enclosures, ..letter(&dated, &[]) };
        let bytes = compose(&with).unwrap();
        assert_eq!(bytes, compose(&with).unwrap());
        assert!(bytes.is_ascii() && bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
        let message = MessageParser::default().parse(&bytes).unwrap();
        assert!(message.header("X").is_none());
        let read: Vec<(&str, &[u8])> =
            message.attachments().map(|part| (mail_parser::MimeHeaders::attachment_name(part).unwrap(), part.contents())).collect();
        let sent: Vec<(&str, &[u8])> = enclosures.iter().map(|enclosure| (enclosure.name.as_str(), enclosure.bytes.as_slice())).collect();
        assert_eq!(read, sent);
        assert!(message.body_text(0).unwrap().starts_with("Premi"));
        let too_large = [Enclosure::new("film", vec![0; LARGEST_IN_ALL + 1])];
        let fault = compose(&Composition { enclosures: &too_large, ..letter(&dated, &[]) }).unwrap_err();
        assert_eq!(fault, ComposeFault::TooLarge { bytes: LARGEST_IN_ALL + 1 });
    }

    #[test]
    fn the_same_letter_is_the_same_bytes() {
        let dated = dated();
        assert_eq!(compose(&letter(&dated, &[])), compose(&letter(&dated, &[])));
    }

    #[test]
    fn an_address_that_hides_a_header_is_refused_by_name() {
        let dated = dated();
        for address in ["a@b.example\r\nBcc: x@y.example", "a b@c.example", "nobody", "é@b.example", "a@b.example, c@d.example", ""] {
            let mut letter = letter(&dated, &[]);
            letter.to.address = address;
            let fault = compose(&letter).unwrap_err();
            assert!(matches!(fault, ComposeFault::Address { field: "To", .. }), "{address:?}: {fault}");
            assert!(!fault.to_string().contains('\n'));
        }
    }

    #[test]
    fn a_long_thread_keeps_its_first_letter_and_the_latest() {
        let dated = dated();
        let references: Vec<String> = (0..500).map(|number| format!("{number}@office.example")).collect();
        let bytes = compose(&letter(&dated, &references)).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let thread = message.references().as_text_list().unwrap().to_vec();
        assert_eq!(thread.len(), MOST_REFERENCES);
        assert_eq!((thread.first().unwrap().as_ref(), thread.last().unwrap().as_ref()), ("0@office.example", "499@office.example"));
    }

    #[test]
    fn a_typed_encoded_word_stays_what_was_typed() {
        let dated = dated();
        let mut letter = letter(&dated, &[]);
        letter.subject = "=?utf-8?q?A=0D=0ABcc:_x=40y.example?=";
        let bytes = compose(&letter).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(message.subject(), Some("= ?utf-8?q?A=0D=0ABcc:_x=40y.example?="));
    }

    #[test]
    fn one_line_is_one_line_and_not_longer_than_allowed() {
        assert_eq!(one_line(" a\r\n\u{202e}b\u{2028}  c ", 20), "a b c");
        assert_eq!(one_line("abcdefgh", 5), "abcd…");
        assert_eq!(one_line("abcd efgh", 6), "abcd…");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        /// Whatever stands in names, subject and text: the letter that is read back is the letter that was written, and has no header more.
        #[test]
        fn hostile_words_never_break_a_letter(
            name in ".{0,200}", subject in any::<String>(), text in any::<String>(), html in "(?s).{0,400}", id in ".{0,40}",
        ) {
            let dated = dated();
            let references = [id.clone(), "a@office.example".to_string()];
            let mut letter = letter(&dated, &references);
            letter.from.name = Some(&name);
            letter.subject = &subject;
            letter.text = &text;
            letter.html = &html;
            letter.in_reply_to = Some(&id);
            let bytes = compose(&letter).unwrap();
            prop_assert!(bytes.is_ascii());
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            prop_assert!(lines.iter().all(|line| line.len() <= 998));
            prop_assert!(lines.iter().rev().skip(1).all(|line| line.ends_with(b"\r")));

            let message = MessageParser::default().parse(&bytes).unwrap();
            let known = ["Date", "From", "To", "Reply-To", "Message-ID", "In-Reply-To", "References", "Subject", "MIME-Version", "Content-Type"];
            for header in message.headers() {
                prop_assert!(known.iter().any(|name| name.eq_ignore_ascii_case(header.name())), "{}", header.name());
            }
            prop_assert_eq!(message.subject().unwrap_or(""), subject_line(&subject));
            let Some(Addresses::List(from)) = message.from() else { panic!("no From") };
            prop_assert_eq!(from.len(), 1);
            prop_assert_eq!(from[0].address(), Some("desk@office.example"));
            prop_assert_eq!(from[0].name().unwrap_or(""), one_line(&name, LONGEST_NAME));
            prop_assert_eq!(message.parts.len(), 3);
            let line_ends = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(line_ends(&message.body_text(0).unwrap()), line_ends(&text));
            prop_assert_eq!(line_ends(&message.body_html(0).unwrap()), line_ends(&html));
        }
    }
}
