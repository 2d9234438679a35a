//! RFC 3464 (with 3461, 6522, 6533): the fields of a delivery status notification, as a part or, where the MIME around it is broken or was
//! forwarded inline, in the middle of a text.

use super::code::Status;
use super::notice::{bounded, part_text};
use super::recipient_failure::{Action, Command, Failure};
use super::reported_address::from_field;
use crate::mail::message::{Message, Part};

/// Recipients of one report that are kept. A report is about one letter; servers take at most some thousand recipients for one.
const MOST_RECIPIENTS: usize = 5_000;

/// Fields of one recipient that are kept; RFC 3464 knows ten, and looking one up must not become quadratic.
const MOST_FIELDS: usize = 100;

const CONTENT_TYPES: &[&str] = &["message/delivery-status", "message/global-delivery-status", "text/delivery-status"];

/// The fields of one recipient, as written.
#[derive(Debug, Default)]
struct Group {
    fields: Vec<(String, String)>,
}

impl Group {
    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An empty line between a recipient and what happened to it parts nothing.
    fn is_whole(&self) -> bool {
        !self.fields.is_empty() && (!self.is_about_a_recipient() || self.get("action").is_some() && self.get("status").is_some())
    }

    fn is_about_a_recipient(&self) -> bool {
        ["final-recipient", "original-recipient", "action", "status", "diagnostic-code"].iter().any(|name| self.get(name).is_some())
    }
}

/// Delivery status content of a report, whole: the parts of that type, at the top or in an enclosed report. A gateway that knows no such type
/// hands it on as a file, named as Exchange names it; a person's file of that name has no such fields in it.
pub(super) fn contents(message: &Message) -> Vec<String> {
    let is_file = |part: &Part| part.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("details.txt"));
    let names_somebody = |content: &str| failures(content).iter().any(|failure| failure.address.is_some());
    let content = |part: &Part| {
        let is_typed = CONTENT_TYPES.contains(&part.content_type.as_str());
        (is_typed || is_file(part)).then(|| part_text(part)).filter(|content| is_typed || names_somebody(content))
    };
    message.root.walk().into_iter().filter_map(content).collect()
}

/// Status fields that stand in the text itself; empty unless a recipient field and an action or status are there together.
pub(super) fn contents_in_text(whole_text: &str) -> Option<String> {
    let mut block = String::new();
    let mut recipient = false;
    let mut verdict = false;
    // A report quoted by a forwarding mail client has "> " in front of each line.
    for line in bounded(whole_text, 256 * 1024).lines() {
        let line = line.strip_prefix("> ").or_else(|| line.strip_prefix('>')).unwrap_or(line);
        let lower = bounded(line.trim_start(), 24).to_ascii_lowercase();
        recipient |= lower.starts_with("final-recipient:") || lower.starts_with("original-recipient:");
        verdict |= lower.starts_with("action:") || lower.starts_with("status:");
        let about = [
            "final-recipient:",
            "original-recipient:",
            "x-actual-recipient:",
            "action:",
            "status:",
            "diagnostic-code:",
            "remote-mta:",
            "reporting-mta:",
        ];
        if about.iter().any(|name| lower.starts_with(name))
            || (!block.is_empty() && line.starts_with([' ', '\t']))
            || line.trim().is_empty()
        {
            block.push_str(line);
            block.push('\n');
        } else if recipient && verdict {
            // The returned letter follows.
            block.push('\n');
        }
    }
    (recipient && verdict).then_some(block)
}

/// Every recipient of the report, in order.
pub(super) fn failures(content: &str) -> Vec<Failure> {
    groups(content).into_iter().filter(Group::is_about_a_recipient).take(MOST_RECIPIENTS).filter_map(|group| failure(&group)).collect()
}

/// Fields that only ever follow those which open a recipient's group.
const FOLLOWING: &[&str] = &["diagnostic-code", "remote-mta", "last-attempt-date", "final-log-id", "will-retry-until"];

/// Groups of fields between blank lines (RFC 3464 §2.1). A recipient field that comes again without one begins a new group: not every
/// server leaves the line empty, and some put one behind each field.
fn groups(content: &str) -> Vec<Group> {
    let mut groups = vec![Group::default()];
    let mut parted = false;
    for line in content.lines() {
        let Some(group) = groups.last_mut() else { break };
        if line.trim().is_empty() {
            parted = true;
        } else if let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t'])) {
            let field = (key.trim().to_ascii_lowercase(), value.trim().to_owned());
            let again = matches!(field.0.as_str(), "final-recipient" | "original-recipient") && group.get(&field.0).is_some();
            let behind = parted && group.is_whole() && !FOLLOWING.contains(&field.0.as_str());
            parted = false;
            if again || behind {
                groups.push(Group { fields: vec![field] });
            } else if group.fields.len() < MOST_FIELDS {
                group.fields.push(field);
            }
        } else if let Some((_, value)) = group.fields.last_mut()
            && value.len() < 16 * 1024
            && !parted
        {
            // Folded, perhaps with its leading blank lost on the way.
            value.push(' ');
            value.push_str(line.trim());
        }
    }
    groups
}

/// The final recipient is the address that failed; the original one stands in where the final is no mailbox that we could have written to
/// (a source route, a pipe, an X.400 name). Where an alias was expanded, the final address is the one that is wrong, so it is the one told.
fn failure(group: &Group) -> Option<Failure> {
    let address = ["final-recipient", "original-recipient", "x-actual-recipient", "x-original-recipient"]
        .into_iter()
        .filter_map(|name| group.get(name))
        .find_map(from_field);
    let status = group.get("status").and_then(Status::from_field);
    let said = group.get("action").and_then(Action::from_field);
    // AOL's relays report the answer to an earlier command beside the failure: "Action: failed", "Status: 2.0.0", "250 OK".
    let succeeded = |class: u8| class == 2 && said.is_some_and(Action::is_trouble);
    let status = status.filter(|status| !succeeded(status.class));
    let action = said.unwrap_or(match status.map(|status| status.class) {
        Some(2) => Action::Delivered,
        _ => Action::Failed,
    });
    let diagnostic =
        group.get("diagnostic-code").map(without_type).filter(|words| !(words.starts_with("250") && succeeded(2))).unwrap_or_default();
    let comments =
        [group.get("status"), group.get("action")].into_iter().flatten().filter_map(|value| Some(value.get(value.find('(')?..)?.trim()));
    let mut words = diagnostic.to_owned();
    if words.is_empty() {
        words = comments.collect::<Vec<_>>().join(" ");
        // "Status: 553 Exceeded maximum inbound message size"
        if words.is_empty()
            && let Some(status) = group.get("status").filter(|value| value.split_whitespace().count() > 1)
        {
            status.clone_into(&mut words);
        }
    }
    let reason = group.get("x-powermta-bouncecategory").and_then(super::readers::powermta_category);
    Some(Failure { address, action, status, command: Command::in_text(&words), diagnostic: words, reason, ..Failure::default() })
}

/// Takes `smtp;` and its kin off (RFC 3464 §2.3.6).
fn without_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.len() < 40 && !kind.trim().contains(char::is_whitespace) && !kind.contains('@') => rest.trim(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_servers_write_them() {
        let content = "Reporting-MTA: dns; mx.office.example\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: failed (Bad destination mailbox address)\n\
                       Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n <clerk@ministry.example> unknown\n\nFinal-Recipient: rfc822; desk@ministry.example\n\
                       Action: delayed\nStatus: 4.4.1 (no answer from host)\n";
        let found = failures(content);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].address.as_deref(), Some("clerk@ministry.example"));
        assert_eq!(found[0].diagnostic, "550 5.1.1 <clerk@ministry.example> unknown");
        assert_eq!(found[1].action, Action::Delayed);
        assert_eq!(found[1].diagnostic, "(no answer from host)");
    }

    #[test]
    fn an_internal_route_gives_way_to_the_address_that_was_written() {
        let content = "Original-recipient: rfc822;clerk@ministry.example\nFinal-recipient: rfc822;@gate.ministry.example:clerk@store\nAction: failed\nStatus: 5.2.0\n";
        assert_eq!(failures(content)[0].address.as_deref(), Some("clerk@ministry.example"));
    }

    #[test]
    fn an_empty_line_behind_each_field_parts_nothing() {
        let content = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@ministry.example\n\nAction: failed\n\nStatus: 5.1.1\n\nDiagnostic-Code: smtp; 550 no\n";
        let found = failures(content);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].status, found[0].diagnostic.as_str()), (Some(Status::new(5, 1, 1)), "550 no"));
    }

    #[test]
    fn recipients_without_an_empty_line_between_them_are_parted() {
        let content =
            "Final-Recipient: rfc822; a@ministry.example\nAction: failed\nFinal-Recipient: rfc822; b@ministry.example\nAction: failed\n";
        assert_eq!(failures(content).len(), 2);
    }
}
