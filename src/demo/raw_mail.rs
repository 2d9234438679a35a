//! Raw mails as mail programs and servers write them: headers, charsets, transfer encodings, and the trace that a server leaves on top.
//!
//! The office's own composer writes one careful kind of mail; the world's mail programs write many, so this is kept apart from it.

use super::chance::Chance;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use encoding_rs::Encoding;
use jiff::{Timestamp, ZonedDateTime};
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

/// A mail to be written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Where it arrives, as the receiving server writes it down.
    pub arrives_at: String,
    pub trace: Trace,
    /// Empty is the null return path.
    pub return_path: String,
    pub from: Who,
    pub to: Vec<Who>,
    pub cc: Vec<Who>,
    pub subject: String,
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// Further header lines, in ASCII.
    pub further: Vec<String>,
    pub charset: String,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    pub name: Option<String>,
    pub address: String,
}

impl Who {
    pub fn at(address: &str) -> Who {
        Who { name: None, address: address.to_owned() }
    }

    pub fn named(name: &str, address: &str) -> Who {
        Who { name: Some(name.to_owned()), address: address.to_owned() }
    }
}

/// How the server notes where a mail arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    DeliveredTo,
    OriginalTo,
    EnvelopeTo,
    /// Only in the Received line.
    ReceivedFor,
}

#[derive(Debug, Clone)]
pub enum Content {
    Text(String),
    /// The same as text and as HTML.
    Alternative {
        text: String,
        html: String,
    },
    /// A text, and files that belong to it.
    Mixed {
        text: String,
        files: Vec<File>,
    },
    /// multipart/report (RFC 6522): the parts with their own Content-Type.
    Report {
        of: &'static str,
        parts: Vec<(String, String)>,
    },
}

#[derive(Debug, Clone)]
pub struct File {
    pub name: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

/// The bytes as a server lays them into a Maildir, with line feeds.
pub fn written(draft: &Draft, at: &ZonedDateTime, chance: &mut Chance) -> Vec<u8> {
    let (charset, label) = charset_for(draft);
    let mut mail = Mail { bytes: Vec::new(), charset, label, chance };
    mail.trace(draft, at);
    mail.header("Date", &at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string());
    mail.header("From", &mail.people(std::slice::from_ref(&draft.from)));
    if !draft.to.is_empty() {
        mail.header("To", &mail.people(&draft.to));
    }
    if !draft.cc.is_empty() {
        mail.header("Cc", &mail.people(&draft.cc));
    }
    mail.header("Subject", &mail.words(&draft.subject));
    mail.header("Message-ID", &format!("<{}>", draft.message_id));
    if let Some(answered) = &draft.in_reply_to {
        mail.header("In-Reply-To", &format!("<{answered}>"));
    }
    if !draft.references.is_empty() {
        let thread: Vec<String> = draft.references.iter().map(|id| format!("<{id}>")).collect();
        mail.header("References", &thread.join("\n "));
    }
    for line in &draft.further {
        mail.line(line);
    }
    mail.line("MIME-Version: 1.0");
    mail.content(&draft.content);
    mail.bytes
}

/// The draft's charset and what it is called, if everything that is written in it can be; else UTF-8. What is called iso-8859-1 may hold the
/// quotation marks of windows-1252, as it does in the mail of many programs.
fn charset_for(draft: &Draft) -> (&'static Encoding, &str) {
    let wanted = Encoding::for_label(draft.charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let is_ascii = draft.charset == "us-ascii";
    let people = std::iter::once(&draft.from).chain(&draft.to).chain(&draft.cc).filter_map(|who| who.name.as_deref());
    let text = match &draft.content {
        Content::Text(text) | Content::Alternative { text, .. } | Content::Mixed { text, .. } => text.as_str(),
        Content::Report { .. } => "",
    };
    let fits = people.chain([draft.subject.as_str(), text]).all(|text| if is_ascii { text.is_ascii() } else { !wanted.encode(text).2 });
    if fits { (wanted, &draft.charset) } else { (encoding_rs::UTF_8, "utf-8") }
}

struct Mail<'a> {
    bytes: Vec<u8>,
    charset: &'static Encoding,
    label: &'a str,
    chance: &'a mut Chance,
}

impl Mail<'_> {
    fn line(&mut self, line: &str) {
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
    }

    fn header(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}: {value}"));
    }

    fn trace(&mut self, draft: &Draft, at: &ZonedDateTime) {
        self.header("Return-Path", &format!("<{}>", draft.return_path));
        match draft.trace {
            Trace::DeliveredTo => self.header("Delivered-To", &draft.arrives_at),
            Trace::OriginalTo => self.header("X-Original-To", &draft.arrives_at),
            Trace::EnvelopeTo => self.header("Envelope-To", &draft.arrives_at),
            Trace::ReceivedFor => {}
        }
        let sender_domain = draft.from.address.rsplit_once('@').map_or("mail.example", |(_, domain)| domain).to_owned();
        let own_domain = draft.arrives_at.rsplit_once('@').map_or("office.example", |(_, domain)| domain).to_owned();
        // Addresses for documentation (RFC 5737).
        let host = self.chance.between(1, 254);
        let queue_id = self.chance.letters(b"0123456789ABCDEF", 11);
        let day = at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
        self.line(&format!("Received: from mx.{sender_domain} (mx.{sender_domain} [192.0.2.{host}])"));
        self.line(&format!("\tby mail.{own_domain} with ESMTPS id {queue_id}"));
        self.line(&format!("\tfor <{}>; {day}", draft.arrives_at));
    }

    fn people(&self, people: &[Who]) -> String {
        let written: Vec<String> = people
            .iter()
            .map(|who| match &who.name {
                None => who.address.clone(),
                Some(name) if name.is_ascii() => format!("\"{}\" <{}>", name.replace(['"', '\\'], ""), who.address),
                Some(name) => format!("{} <{}>", self.words(name), who.address),
            })
            .collect();
        written.join(",\n ")
    }

    /// Encoded words (RFC 2047) where they are needed, base64, each with whole characters.
    fn words(&self, text: &str) -> String {
        if text.is_ascii() {
            return text.to_owned();
        }
        let mut words = Vec::new();
        let mut word = String::new();
        for letter in text.chars() {
            // 75 characters is the most an encoded word may have (RFC 2047 §2); the charset's name takes up to 15.
            if self.charset.encode(&format!("{word}{letter}")).0.len() > 39 {
                words.push(std::mem::take(&mut word));
            }
            word.push(letter);
        }
        words.push(word);
        let label = self.label;
        let encoded = words.iter().map(|word| format!("=?{label}?B?{}?=", BASE64.encode(self.charset.encode(word).0)));
        encoded.collect::<Vec<_>>().join("\n ")
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Text(text) => self.text("plain", text),
            Content::Alternative { text, html } => {
                let boundary = self.open("alternative", "");
                self.between(&boundary);
                self.text("plain", text);
                self.between(&boundary);
                self.text("html", html);
                self.close(&boundary);
            }
            Content::Mixed { text, files } => {
                let boundary = self.open("mixed", "");
                self.between(&boundary);
                self.text("plain", text);
                for file in files {
                    self.between(&boundary);
                    self.file(file);
                }
                self.close(&boundary);
            }
            Content::Report { of, parts } => {
                let boundary = self.open("report", &format!("; report-type={of}"));
                for (content_type, body) in parts {
                    self.between(&boundary);
                    self.header("Content-Type", content_type);
                    self.line("");
                    self.line(body.trim_end());
                }
                self.close(&boundary);
            }
        }
    }

    fn open(&mut self, subtype: &str, parameters: &str) -> String {
        let boundary = format!("----=_Part_{}", self.chance.letters(b"0123456789abcdef", 20));
        self.line(&format!("Content-Type: multipart/{subtype}{parameters};\n boundary=\"{boundary}\""));
        self.line("");
        boundary
    }

    fn between(&mut self, boundary: &str) {
        self.line(&format!("--{boundary}"));
    }

    fn close(&mut self, boundary: &str) {
        self.line(&format!("--{boundary}--"));
    }

    fn text(&mut self, subtype: &str, text: &str) {
        let (bytes, _, _) = self.charset.encode(text);
        self.line(&format!("Content-Type: text/{subtype}; charset={}", self.label));
        let short_lines = text.lines().all(|line| line.len() < 900);
        // ISO-2022-JP is made of 7-bit bytes (RFC 1468); some programs send 8-bit text as it is, and most servers let them.
        let encoding = match (bytes.is_ascii() && short_lines, short_lines) {
            (true, _) => ContentTransferEncoding::SevenBit,
            (false, true) if self.chance.percent(20) => ContentTransferEncoding::EightBit,
            _ if self.chance.percent(60) => ContentTransferEncoding::QuotedPrintable,
            _ => ContentTransferEncoding::Base64,
        };
        self.encoded(bytes.into_owned(), encoding);
    }

    fn file(&mut self, file: &File) {
        let name =
            if file.name.is_ascii() { format!("\"{}\"", file.name) } else { format!("\"{}\"", self.words(&file.name).replace("\n ", " ")) };
        self.line(&format!("Content-Type: {};\n name={name}", file.content_type));
        self.line(&format!("Content-Disposition: attachment;\n filename={name}"));
        let encoding =
            if file.content_type == "message/rfc822" { ContentTransferEncoding::EightBit } else { ContentTransferEncoding::Base64 };
        self.encoded(file.bytes.clone(), encoding);
    }

    fn encoded(&mut self, bytes: Vec<u8>, encoding: ContentTransferEncoding) {
        self.line(&format!("Content-Transfer-Encoding: {encoding}"));
        self.line("");
        match encoding {
            ContentTransferEncoding::SevenBit | ContentTransferEncoding::EightBit | ContentTransferEncoding::Binary => {
                self.bytes.extend_from_slice(&bytes);
            }
            encoding => {
                let body = Body::dangerous_pre_encoded(Vec::new(), encoding);
                let body = Body::new_with_encoding(bytes, encoding).unwrap_or(body);
                self.bytes.extend(body.as_ref().iter().filter(|byte| **byte != b'\r'));
            }
        }
        if !self.bytes.ends_with(b"\n") {
            self.bytes.push(b'\n');
        }
    }
}

/// When something happens in London, whose time the office and most of its authorities keep.
pub fn local(at: Timestamp) -> ZonedDateTime {
    at.in_tz("Europe/London").unwrap_or_else(|_| at.to_zoned_datetime(jiff::tz::TimeZone::UTC))
}
