//! Which parts of a mail are what its author wrote, and which are attached to it.
//!
//! The rule is that of JMAP (RFC 8621 §4.1.4) with two changes: a text with a file name is a file even where it is shown inline, unless it is
//! one form of an alternative or there is nothing else to read; and what Outlook hid in winmail.dat is read only where the mail says nothing itself.

use super::attachments;
use super::flowed;
use super::html;
use super::message::{Body, Message, Part};
use std::borrow::Cow;
use std::collections::HashSet;

/// The texts of a mail, decoded, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bodies {
    pub text: Vec<String>,
    pub html: Vec<String>,
    /// The preferred text, in order: each text/plain (format=flowed joined, RFC 3676), and the text of each HTML that no text/plain repeats.
    pub plain: String,
}

impl Bodies {
    pub fn of(message: &Message) -> Bodies {
        let mut bodies = Bodies::default();
        // What is preferred, and whether it was HTML.
        let mut preferred = Vec::new();
        // The first HTML that is a form of a text.
        let mut form_of_text = None;
        for (part, has_text) in Sorted::of(message).bodies {
            let Some(text) = part.text() else { continue };
            if part.is("text/html") {
                bodies.html.push(text.to_owned());
                if has_text {
                    form_of_text.get_or_insert(text);
                } else {
                    preferred.push((html_text(text), true));
                }
                continue;
            }
            let plain = match text {
                _ if part.content_type.ends_with("/rtf") => attachments::text_of_rtf(text.as_bytes()).unwrap_or_default(),
                _ if matches!(part.content_type.as_str(), "text/enriched" | "text/richtext") => enriched(text),
                _ if is_html(text) => html::to_text(text),
                _ if flowed::is_flowed(part) => unsigned(&flowed::join(text, flowed::deletes_blanks(part))).into_owned(),
                _ => unsigned(text).into_owned(),
            };
            preferred.push((plain, false));
            bodies.text.push(text.to_owned());
        }
        let mut plain = String::new();
        preferred.iter().filter(|(_, html)| !html).for_each(|(text, _)| plain.extend([text, "\n"]));
        if preferred.iter().any(|(_, html)| *html) && !plain.is_empty() {
            let said = Said::by(&plain);
            preferred.retain(|(text, html)| !html || !said.repeats(text));
        }
        preferred.extend(form_of_text.and_then(|html| behind_a_notice(&plain, html)).map(|text| (text, true)));
        preferred.retain(|(text, _)| !text.trim().is_empty());
        bodies.plain = preferred.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join("\n");
        bodies
    }
}

/// The text of an HTML part. A line end of its own keeps it a paragraph apart from what another part says.
fn html_text(html: &str) -> String {
    html::to_text(html) + "\n"
}

/// The letter in HTML where its plain form is a notice that the mail program cannot show it: short, and nothing of it in the letter.
fn behind_a_notice(plain: &str, html: &str) -> Option<String> {
    const LONGEST_NOTICE: usize = 400;
    // "OK" is an answer.
    const FEWEST_LETTERS: usize = 24;
    const TIMES_LONGER: usize = 5;
    let letters = plain.chars().filter(|one| one.is_alphanumeric()).take(FEWEST_LETTERS).count();
    if plain.trim().len() > LONGEST_NOTICE || letters < FEWEST_LETTERS || html.len() < plain.len() * TIMES_LONGER {
        return None;
    }
    let text = html_text(html);
    (text.len() > plain.trim().len() * TIMES_LONGER && Said::by(&text).knows_nothing_of(plain)).then_some(text)
}

/// What a text says, some letters at a time, whatever its lines, marks and blanks: mailers send a letter as text and as HTML side by side
/// without saying that they are one (multipart/mixed for multipart/alternative), and it is to be read once.
struct Said(HashSet<[char; 12]>);

impl Said {
    /// Letters of a text that are looked at.
    const MOST_LETTERS: usize = 10_000;

    fn by(text: &str) -> Said {
        Said(Said::stretches(text).into_iter().collect())
    }

    /// Three quarters of that text are said.
    fn repeats(&self, text: &str) -> bool {
        let (said, all) = self.share(text);
        said * 4 >= all * 3
    }

    /// Less than a quarter of that text is said.
    fn knows_nothing_of(&self, text: &str) -> bool {
        let (said, all) = self.share(text);
        said * 4 < all
    }

    fn share(&self, text: &str) -> (usize, usize) {
        let stretches = Said::stretches(text);
        (stretches.iter().filter(|stretch| self.0.contains(*stretch)).count(), stretches.len())
    }

    fn stretches(text: &str) -> Vec<[char; 12]> {
        let mut letters: Vec<char> = text.chars().filter(|one| one.is_alphanumeric()).take(Self::MOST_LETTERS).collect();
        if !letters.is_empty() && letters.len() < 12 {
            letters.resize(12, ' ');
        }
        letters.windows(12).filter_map(|stretch| stretch.try_into().ok()).collect()
    }
}

/// The words of enriched text (RFC 1896): a command in pointed brackets is left out, `<<` is one bracket, a single line end is a blank.
fn enriched(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ").replace("<<", "&lt;"));
    html::to_text(&paragraphs.collect::<Vec<_>>().join("<br>"))
}

/// HTML under the name of plain text, as scripts send it that never set the type.
fn is_html(text: &str) -> bool {
    let start = text.trim_start().as_bytes();
    ["<!doctype html", "<html"].iter().any(|sign| start.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign.as_bytes())))
}

/// The text without what PGP writes around it and into it when it signs in clear (RFC 9580 §7): the head, a dash and a blank before lines
/// that begin with a dash, the signature. As it stands where the signature has no end.
fn unsigned(text: &str) -> Cow<'_, str> {
    const BEGINS: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
    const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
    const ENDS: &str = "-----END PGP SIGNATURE-----";
    const HEAD: [&str; 5] = ["Hash", "Version", "Comment", "Charset", "NotDashEscaped"];
    if !text.contains(BEGINS) || !text.contains(ENDS) {
        return Cow::Borrowed(text);
    }
    // The blank line below the head may have been lost on the way, and the letter begins there.
    let of_head = |line: &&str| line.split_once(": ").is_some_and(|(name, _)| HEAD.contains(&name));
    let mut out = String::with_capacity(text.len());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let last_end = lines.iter().rposition(|line| line.trim_end() == ENDS).unwrap_or_default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        match line.trim_end() {
            BEGINS => at += lines[at..].iter().take_while(|line| of_head(line)).count(),
            SIGNATURE if at <= last_end => at += lines[at..].iter().position(|line| line.trim_end() == ENDS).map_or(0, |end| end + 1),
            _ => out.push_str(line.strip_prefix("- ").filter(|escaped| escaped.starts_with('-')).unwrap_or(line)),
        }
    }
    Cow::Owned(out)
}

/// The parts that are attached: everything that is neither a body nor a multipart.
pub fn attached(message: &Message) -> Vec<&Part> {
    Sorted::of(message).attached
}

#[derive(Default)]
struct Sorted<'a> {
    /// The bodies, and whether each is HTML beside a text/plain of the same.
    bodies: Vec<(&'a Part, bool)>,
    attached: Vec<&'a Part>,
}

impl<'a> Sorted<'a> {
    fn of(message: &'a Message) -> Sorted<'a> {
        let mut sorted = Sorted::default();
        let mut hidden = Vec::new();
        let mut open = vec![(&message.root, Place::default())];
        while let Some((part, place)) = open.pop() {
            match &part.body {
                Body::Multipart(parts) => {
                    let winmail = part.content_type.ends_with("ms-tnef") || part.content_type == "application/octet-stream";
                    let forms = part.is("multipart/alternative");
                    let place = Place {
                        in_winmail: place.in_winmail || winmail,
                        has_text: place.has_text || ((forms || winmail) && has_text(part)),
                        form: false,
                    };
                    // Of the forms of one letter, the first of each kind is the letter, whatever name its mailer gave it.
                    let first = |kind| forms.then(|| parts.iter().position(|form| form.is(kind))).flatten();
                    let letters = [first("text/plain"), first("text/html")];
                    let inner = |(at, part)| (part, Place { form: letters.contains(&Some(at)), ..place });
                    open.extend(parts.iter().enumerate().rev().map(inner));
                }
                _ if is_body(part, place.form) => {
                    let bodies = if place.in_winmail { &mut hidden } else { &mut sorted.bodies };
                    bodies.push((part, place.has_text));
                }
                _ => sorted.attached.push(part),
            }
        }
        if sorted.bodies.iter().all(|(part, _)| part.text().is_none_or(|text| text.trim().is_empty())) {
            sorted.bodies.append(&mut hidden);
        }
        if sorted.bodies.is_empty()
            && let Some(place) = sorted.attached.iter().position(|part| may_be_read(part))
        {
            sorted.bodies.push((sorted.attached.remove(place), false));
        }
        sorted
    }
}

/// Where a part stands.
#[derive(Clone, Copy, Default)]
struct Place {
    in_winmail: bool,
    /// The forms of a letter around it have one in plain text.
    has_text: bool,
    /// It is itself one of the forms of a letter.
    form: bool,
}

/// Whether a letter's forms have one in plain text that says something.
fn has_text(forms: &Part) -> bool {
    let says = |part: &&Part| part.is("text/plain") && may_be_read(part) && part.text().is_some_and(|text| !text.trim().is_empty());
    forms.walk().iter().any(says)
}

fn is_body(part: &Part, even_named: bool) -> bool {
    matches!(part.content_type.as_str(), "text/plain" | "text/html") && may_be_read(part) && (even_named || part.name.is_none())
}

/// A text of any kind (RFC 2046 §4.1.4) that its author did not attach; what programs write for programs is none.
fn may_be_read(part: &Part) -> bool {
    const FOR_PROGRAMS: [&str; 7] =
        ["text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/xml", "text/rfc822-headers"];
    matches!(part.body, Body::Text(_))
        && !FOR_PROGRAMS.contains(&part.content_type.as_str())
        && part.disposition.as_deref() != Some("attachment")
}
