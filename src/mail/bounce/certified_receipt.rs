//! RFC 6109: receipts and notices of Italian certified mail (PEC), which has the force of registered post and which offices there must use.
//!
//! Each names its kind in `X-Ricevuta` (seven values, appendix A), our letter in `X-Riferimento-Message-ID`, and tells the rest in the
//! certification data, `daticert.xml`; its text is asked only where these name several. What a person sent comes as `X-Trasporto`, wrapped by
//! their provider; it is no receipt and not read here.

use super::notice::{Notice, bounded, part_text};
use super::recipient_failure::{Action, Failure};
use super::reported_address::{all_in, cleaned};
use crate::mail::head;
use crate::mail::understood::BounceReason;

/// Recipients of one receipt that are kept.
const MOST_RECIPIENTS: usize = 1_000;

pub(super) struct Certified {
    /// The value of `X-Ricevuta`.
    pub kind: String,
    /// What it says of the letter, whether or not it names a mailbox.
    pub action: Action,
    pub failures: Vec<Failure>,
    pub original_message_id: Option<String>,
}

/// A receipt or notice of a certified-mail provider.
pub(super) fn read(notice: &Notice<'_>) -> Option<Certified> {
    let kind = notice.header("X-Ricevuta").trim().to_ascii_lowercase();
    let action = match kind.as_str() {
        "accettazione" | "presa-in-carico" => Action::Relayed,
        "avvenuta-consegna" => Action::Delivered,
        "preavviso-errore-consegna" => Action::Delayed,
        "non-accettazione" | "errore-consegna" | "rilevazione-virus" => Action::Failed,
        _ => return None,
    };
    let reference = head::ids(notice.header("X-Riferimento-Message-ID")).into_iter().next();
    let named = |name: &str| name.eq_ignore_ascii_case("daticert.xml");
    let data = notice.message.root.walk().into_iter().find(|part| part.name.as_deref().is_some_and(named)).map(part_text);
    if reference.is_none() && data.is_none() {
        return None;
    }
    let data = data.unwrap_or_default();
    // Who is meant: the mailbox this notice is about, else all whom the letter went to.
    let mut addresses: Vec<String> = elements(&data, "consegna").filter_map(cleaned).take(MOST_RECIPIENTS).collect();
    if addresses.is_empty() {
        addresses = told(notice);
    }
    if addresses.is_empty() {
        addresses = elements(&data, "destinatari").filter_map(cleaned).take(MOST_RECIPIENTS).collect();
    }
    let reason = match attribute(&data, "errore") {
        Some("no-dest") => Some(BounceReason::NoSuchUser),
        Some("no-dominio") => Some(BounceReason::NoSuchHost),
        Some("virus") => Some(BounceReason::Content),
        _ => None,
    };
    let words = elements(&data, "errore-esteso").next().map_or_else(|| bounded(&notice.flowing, 1_000).to_owned(), str::to_owned);
    let failures = addresses.into_iter().map(|address| Failure { action, reason, ..Failure::failed(address, &words) }).collect();
    Some(Certified { kind, action, failures, original_message_id: reference })
}

/// "… destinato all'utente "a@b"": the address behind the notice's word for the recipient.
fn told(notice: &Notice<'_>) -> Vec<String> {
    let behind = notice.flowing.split_once("destinato all'utente").map(|(_, behind)| bounded(behind, 400));
    behind.and_then(|behind| all_in(&behind.replace('"', " ")).into_iter().next()).into_iter().collect()
}

/// What stands between the tags of every element of this name. The file is written by a program to a fixed scheme in which no name nests
/// in itself, so its tags can be looked for.
fn elements<'a>(xml: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    xml.split('<').filter_map(move |tag| {
        let (head, content) = tag.split_once('>')?;
        (head.split_whitespace().next() == Some(name)).then(|| content.trim())
    })
}

/// An attribute of the outermost element.
fn attribute<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, head) = xml.split_once("<postacert")?;
    let head = head.split('>').next()?;
    let mut rest = head;
    while let Some((before, behind)) = rest.split_once('=') {
        let quote = behind.trim_start().chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, after) = behind.trim_start().get(1..)?.split_once(quote)?;
        if before.trim() == name {
            return Some(value);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_provider_is_read_by_its_tags() {
        let xml = "<?xml version=\"1.0\"?>\n<postacert tipo=\"errore-consegna\" errore='no-dest'><destinatari tipo=\"certificato\">a@pec.example</destinatari>\
                   <destinatari tipo=\"esterno\"> b@ministry.example </destinatari></postacert>";
        assert_eq!(elements(xml, "destinatari").collect::<Vec<_>>(), ["a@pec.example", "b@ministry.example"]);
        assert_eq!(attribute(xml, "errore"), Some("no-dest"));
        assert_eq!(attribute(xml, "missing"), None);
    }
}
