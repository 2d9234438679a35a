//! Which parts of a mail are what its author wrote, and which are attached to it.
//!
//! The rule is that of JMAP (RFC 8621 §4.1.4) with two changes: a text with a file name is a file even where it is shown inline, unless there is
//! nothing else to read; and what Outlook hid in winmail.dat is read only where the mail says nothing itself.

use super::flowed;
use super::html;
use super::message::{Body, Message, Part};

/// The texts of a mail, decoded, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bodies {
    pub text: Vec<String>,
    pub html: Vec<String>,
    /// The preferred text: text/plain where there is any (format=flowed joined, RFC 3676), else the text of the HTML.
    pub plain: String,
}

impl Bodies {
    pub fn of(message: &Message) -> Bodies {
        let mut bodies = Bodies::default();
        let mut plain = Vec::new();
        for part in Sorted::of(message).bodies {
            let Some(text) = part.text() else { continue };
            if part.is("text/html") {
                bodies.html.push(text.to_owned());
                continue;
            }
            plain.push(if flowed::is_flowed(part) { flowed::join(text, flowed::deletes_blanks(part)) } else { text.to_owned() });
            bodies.text.push(text.to_owned());
        }
        bodies.plain = if plain.iter().any(|text| !text.trim().is_empty()) {
            plain.join("\n")
        } else {
            bodies.html.iter().map(|text| html::to_text(text)).collect::<Vec<_>>().join("\n")
        };
        bodies
    }
}

/// The parts that are attached: everything that is neither a body nor a multipart.
pub fn attached(message: &Message) -> Vec<&Part> {
    Sorted::of(message).attached
}

#[derive(Default)]
struct Sorted<'a> {
    bodies: Vec<&'a Part>,
    attached: Vec<&'a Part>,
}

impl<'a> Sorted<'a> {
    fn of(message: &'a Message) -> Sorted<'a> {
        let mut sorted = Sorted::default();
        let mut hidden = Vec::new();
        let mut open = vec![(&message.root, false)];
        while let Some((part, in_winmail)) = open.pop() {
            match &part.body {
                Body::Multipart(parts) => {
                    let in_winmail =
                        in_winmail || part.content_type.ends_with("ms-tnef") || part.content_type == "application/octet-stream";
                    open.extend(parts.iter().rev().map(|part| (part, in_winmail)));
                }
                _ if is_body(part) && in_winmail => hidden.push(part),
                _ if is_body(part) => sorted.bodies.push(part),
                _ => sorted.attached.push(part),
            }
        }
        if sorted.bodies.iter().all(|part| part.text().is_none_or(|text| text.trim().is_empty())) {
            sorted.bodies.append(&mut hidden);
        }
        if sorted.bodies.is_empty()
            && let Some(place) =
                sorted.attached.iter().position(|part| is_readable(part) && part.disposition.as_deref() != Some("attachment"))
        {
            sorted.bodies.push(sorted.attached.remove(place));
        }
        sorted
    }
}

fn is_readable(part: &Part) -> bool {
    matches!(part.content_type.as_str(), "text/plain" | "text/html" | "text/enriched" | "text/richtext")
        && matches!(part.body, Body::Text(_))
}

fn is_body(part: &Part) -> bool {
    is_readable(part) && part.disposition.as_deref() != Some("attachment") && part.name.is_none()
}
