//! What is inside a part that is no multipart: its transfer encoding undone, its text decoded, and the containers of mail opened that hold more
//! mail: enclosed messages, S/MIME with the text inside the signature, winmail.dat, files written into text.

use super::super::message::{Body, Headers, Message, Part};
use super::structure::{Budget, Head, entity, file_name, message};
use super::{charset, files_in_text, transfer};
use crate::mail::outlook::saved::{self, Saved};
use crate::mail::outlook::{self, tnef};
use crate::mail::{attachments, compound, smime};
use std::borrow::Cow;

/// Containers within containers (messages, S/MIME, winmail.dat).
const DEEPEST: usize = 8;

/// Reads one part. Whatever cannot be opened stays as its bytes, with the reason among the problems.
pub fn leaf(mut head: Head, bytes: &[u8], depth: usize, budget: &mut Budget, problems: &mut Vec<String>) -> Part {
    let (decoded, problem) = transfer::decode(&head.encoding, bytes);
    problems.extend(problem.map(str::to_owned));
    if head.content_type.starts_with("multipart/") {
        if head.encoding == "base64" && depth < DEEPEST && budget.spend(decoded.len()) {
            "8bit".clone_into(&mut head.encoding);
            return entity(head, &decoded, depth + 1, budget, problems);
        }
        problems.push("A part says it has several parts but names no boundary, or lies too deep; it was read as one text.".to_owned());
        "text/plain".clone_into(&mut head.content_type);
    }
    problems.extend(unreadable(&head, &decoded).map(str::to_owned));
    let container = Container::of(&head, &decoded);
    if let Some(container) = container {
        if depth >= DEEPEST || !budget.spend(decoded.len()) {
            problems.push("A mail within mails lies too deep, or is too large, to be opened; it was kept unopened.".to_owned());
        } else {
            return container.open(head, decoded, depth, budget, problems);
        }
    }
    if head.content_type.starts_with("text/") { text(head, &decoded, problems) } else { head.part(Body::Bytes(decoded.into_owned())) }
}

/// What of a letter cannot be read by its kind, for staff.
fn unreadable(head: &Head, bytes: &[u8]) -> Option<&'static str> {
    const PGP: &str = "The letter is encrypted (PGP) and cannot be read here; ask for it unencrypted.";
    match head.content_type.as_str() {
        // RFC 3156 §4; servers that take its multipart/encrypted apart leave this part standing.
        "application/pgp-encrypted" => Some(PGP),
        "text/plain" if bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP MESSAGE-----") => Some(PGP),
        // Microsoft Purview Message Encryption.
        "application/x-microsoft-rpmsg-message" => {
            Some("The letter is encrypted (Microsoft's rights management) and cannot be read here; ask for it unencrypted.")
        }
        "message/partial" => {
            Some("This is one piece of a letter that its sender's mailer cut into several (message/partial); ask for it whole.")
        }
        _ => None,
    }
}

/// A text part: decoded from its charset, or taken apart where whole files are written into it.
fn text(head: Head, bytes: &[u8], problems: &mut Vec<String>) -> Part {
    let named = head.parameter("charset").filter(|label| !label.is_empty()).map(str::to_owned);
    let silent = named.as_deref().is_none_or(charset::says_nothing);
    let label = if silent && head.content_type == "text/html" { charset::of_html(bytes).or(named) } else { named };
    let body = matches!(head.content_type.as_str(), "text/plain" | "text/html")
        && head.name.is_none()
        && head.disposition.as_deref() != Some("attachment");
    if body
        && head.content_type == "text/plain"
        && let Some((rest, files)) = files_in_text::take_out(bytes)
    {
        let (text, problem) = charset::text(label.as_deref(), &rest);
        problems.extend(problem);
        let mut parts = vec![plain(Body::Text(line_ends(text)))];
        parts.extend(files.into_iter().map(|file| attached(file_name(&file.name), "application/octet-stream", file.bytes)));
        return head.part(Body::Multipart(parts));
    }
    let (text, problem) = charset::text(label.as_deref(), bytes);
    problems.extend(problem);
    let mut part = head.part(Body::Text(line_ends(text)));
    if !body {
        part.file = Some(bytes.to_vec());
    }
    part
}

enum Container {
    Message,
    Signed,
    Tnef,
    SavedMail,
}

impl Container {
    fn of(head: &Head, bytes: &[u8]) -> Option<Container> {
        let name = head.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        match head.content_type.as_str() {
            // RFC 2046 §5.2.1, RFC 6532 §3.7.
            "message/rfc822" | "message/global" | "message/news" => Some(Container::Message),
            // RFC 2046 §5.2.2: the first piece begins with the headers of the whole.
            "message/partial" if head.parameter("number") == Some("1") => Some(Container::Message),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some(Container::Signed),
            _ if name.ends_with(".p7m") => Some(Container::Signed),
            "application/ms-tnef" | "application/vnd.ms-tnef" => Some(Container::Tnef),
            "application/octet-stream" if name == "winmail.dat" || bytes.starts_with(&tnef::SIGNATURE) => Some(Container::Tnef),
            _ if bytes.starts_with(&compound::SIGNATURE) => Some(Container::SavedMail),
            _ => None,
        }
    }

    /// The container opened; what is inside is kept beside the container itself, which stays an attachment with its own hash.
    fn open(self, mut head: Head, bytes: Cow<'_, [u8]>, depth: usize, budget: &mut Budget, problems: &mut Vec<String>) -> Part {
        match self {
            Container::Message => {
                let inner = message(bytes.trim_ascii_start(), depth + 1, budget);
                if inner.headers.0.is_empty() {
                    problems.push("An enclosed mail has no headers; it was kept unopened.".to_owned());
                    return head.part(Body::Bytes(bytes.into_owned()));
                }
                head.part(enclosed(inner, bytes.into_owned()))
            }
            Container::Signed => {
                let Some(content) = smime::signed_content(&bytes) else {
                    problems
                        .push("A part is encrypted with S/MIME, or is a signature without its letter; it was kept unopened.".to_owned());
                    return head.part(Body::Bytes(bytes.into_owned()));
                };
                let name = head.name.clone().unwrap_or_default();
                let inner = match name.len().checked_sub(4).and_then(|end| name.get(..end)) {
                    // `decree.pdf.p7m`: a signed document (CAdES), as Italian authorities send them.
                    Some(document) if document.contains('.') => attached(file_name(document), "application/octet-stream", content),
                    _ => {
                        let block = budget.headers(&content, |_| false);
                        problems.extend(block.problems);
                        let body = content.get(block.body..).unwrap_or_default();
                        entity(Head::read(block.headers, "text/plain"), body, depth + 1, budget, problems)
                    }
                };
                beside(&mut head, bytes, vec![inner])
            }
            Container::Tnef => match tnef::open(&bytes) {
                Some(opened) => beside(&mut head, bytes, opened_parts(opened, depth, budget, problems)),
                None => {
                    problems.push("winmail.dat is damaged and could not be opened; it was kept as it came.".to_owned());
                    head.part(Body::Bytes(bytes.into_owned()))
                }
            },
            // Any other compound file is a document.
            Container::SavedMail => match saved::open(&bytes) {
                Some(saved) => head.part(enclosed(saved_message(saved, depth + 1, budget, problems), bytes.into_owned())),
                None => head.part(Body::Bytes(bytes.into_owned())),
            },
        }
    }
}

fn enclosed(message: Message, raw: Vec<u8>) -> Body {
    Body::Message { message: Box::new(message), raw }
}

/// A mail that Outlook saved, as the message it was. `depth` counts the messages around it.
pub fn saved_message(saved: Saved, depth: usize, budget: &mut Budget, problems: &mut Vec<String>) -> Message {
    let mut parts = opened_parts(saved.opened, depth, budget, problems);
    for mail in saved.mails {
        let content_type = "application/vnd.ms-outlook".to_owned();
        let name = mail.headers.first("Subject").and_then(file_name);
        let body = enclosed(saved_message(mail, depth + 1, budget, problems), Vec::new());
        parts.push(Part { content_type, disposition: Some("attachment".to_owned()), name, body, ..Part::default() });
    }
    let root = Part { content_type: "multipart/mixed".to_owned(), body: Body::Multipart(parts), ..Part::default() };
    Message { headers: saved.headers, root, problems: Vec::new() }
}

/// What was found inside, then the container, under one part that keeps the container's headers and type.
fn beside(head: &mut Head, bytes: Cow<'_, [u8]>, mut inner: Vec<Part>) -> Part {
    let content_type = head.content_type.clone();
    inner.push(attached(head.name.clone(), &content_type, bytes.into_owned()));
    Part {
        headers: std::mem::take(&mut head.headers),
        content_type,
        parameters: std::mem::take(&mut head.parameters),
        body: Body::Multipart(inner),
        ..Part::default()
    }
}

fn opened_parts(opened: outlook::Opened, depth: usize, budget: &mut Budget, problems: &mut Vec<String>) -> Vec<Part> {
    let mut parts = Vec::new();
    if opened.text.is_none() && opened.html.is_none() {
        // Outlook's own format: the letter is nowhere else.
        parts.extend(opened.rtf.as_deref().and_then(attachments::text_of_rtf).map(|text| plain(Body::Text(text))));
    }
    parts.extend(opened.text.map(|text| plain(Body::Text(line_ends(text.into())))));
    parts.extend(opened.html.map(|html| {
        let (text, _) = charset::text(charset::of_html(&html).as_deref(), &html);
        Part { content_type: "text/html".to_owned(), body: Body::Text(line_ends(text)), ..Part::default() }
    }));
    parts.extend(opened.rtf.map(|rtf| attached(Some("message.rtf".to_owned()), "application/rtf", rtf)));
    for file in opened.files {
        if budget.parts == 0 {
            problems.push("What Outlook packed holds more files than are opened.".to_owned());
            break;
        }
        budget.parts -= 1;
        let name = file.name.as_deref().and_then(file_name);
        let content_type = file.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        // A mail within winmail.dat is another winmail.dat.
        let head = Head {
            headers: Headers::default(),
            content_type,
            parameters: Vec::new(),
            disposition: Some("attachment".to_owned()),
            name,
            encoding: String::new(),
        };
        parts.push(leaf(head, &file.bytes, depth + 1, budget, problems));
    }
    parts
}

fn plain(body: Body) -> Part {
    Part { content_type: "text/plain".to_owned(), body, ..Part::default() }
}

fn attached(name: Option<String>, content_type: &str, bytes: Vec<u8>) -> Part {
    Part {
        content_type: content_type.to_owned(),
        disposition: Some("attachment".to_owned()),
        name,
        body: Body::Bytes(bytes),
        ..Part::default()
    }
}

/// Every line end one `\n`, those of Unicode (NEL, LS, PS; UAX #14) too.
fn line_ends(text: Cow<'_, str>) -> String {
    const OF_UNICODE: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
    let text = if !text.is_ascii() && text.contains(OF_UNICODE) { Cow::Owned(text.replace(OF_UNICODE, "\n")) } else { text };
    if !text.contains('\r') {
        return text.into_owned();
    }
    let mut plain = String::with_capacity(text.len());
    for (index, piece) in text.split('\r').enumerate() {
        if index > 0 && !piece.starts_with('\n') {
            plain.push('\n');
        }
        plain.push_str(piece);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::line_ends;

    #[test]
    fn every_line_end_of_every_system_is_one() {
        assert_eq!(line_ends("a\r\nb\rc\n\rd\r".into()), "a\nb\nc\n\nd\n");
        assert_eq!(line_ends("a\nb".into()), "a\nb");
    }
}
