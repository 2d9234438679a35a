//! Amazon SES, where it tells by JSON: notifications of a topic subscribed to by e-mail (Amazon SNS).
//!
//! Known from Amazon's documentation ("Amazon SNS notification contents for Amazon SES"): `notificationType` or `eventType` Bounce, Complaint
//! or Delivery; for a bounce `bounce.bouncedRecipients[]` with `emailAddress`, `action`, `status`, `diagnosticCode`. The JSON is in the text of
//! the mail, sometimes with line breaks put into it by a server on the way, and a footer behind it.

use super::super::code::Status;
use super::super::notice::Notice;
use super::super::recipient_failure::{Action, Command, Failure};
use super::Reader;
use crate::mail::understood::BounceReason;
use serde_json::Value;

pub(super) const READERS: &[Reader] = &[Reader::new("Amazon SES", read)];

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum About {
    Bounce,
    Complaint,
    Delivery,
}

/// The notification in a text, if there is one.
pub(in super::super) fn notification(text: &str) -> Option<(About, Value)> {
    let start = text.find('{')?;
    if !text.get(start..).is_some_and(|rest| rest.contains("notificationType") || rest.contains("eventType")) {
        return None;
    }
    let joined = unfolded(text.get(start..)?);
    let value = serde_json::Deserializer::from_str(&joined).into_iter::<Value>().next()?.ok()?;
    // SNS wraps the notification as a string where raw delivery is off.
    let value = match value.get("Message").and_then(Value::as_str) {
        Some(inner) => serde_json::from_str(inner).ok()?,
        None => value,
    };
    let kind = value.get("notificationType").or_else(|| value.get("eventType"))?.as_str()?;
    let about = match kind {
        "Bounce" | "DeliveryDelay" => About::Bounce,
        "Complaint" => About::Complaint,
        "Delivery" | "Send" | "Open" | "Click" => About::Delivery,
        _ => return None,
    };
    Some((about, value))
}

/// A line break inside a JSON string is never data: data has it as `\n`. Sendmail breaks lines of more than 990 bytes by "!", a line break and a
/// blank.
fn unfolded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let continued = line.strip_prefix(' ').filter(|_| out.ends_with('!'));
        if continued.is_some() {
            out.pop();
        }
        out.push_str(continued.unwrap_or(line));
    }
    out
}

/// The Message-ID that SES gave the letter when it sent it: the header the sender wrote, if it is repeated, otherwise SES' own.
pub(in super::super) fn message_id(value: &Value) -> Option<String> {
    let mail = value.get("mail")?;
    let written = mail.pointer("/commonHeaders/messageId").and_then(Value::as_str);
    let header = mail.get("headers").and_then(Value::as_array).and_then(|headers| {
        headers.iter().find(|header| header.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("Message-ID")))
    });
    let id = header
        .and_then(|header| header.get("value"))
        .and_then(Value::as_str)
        .or(written)
        .or_else(|| mail.get("messageId").and_then(Value::as_str))?;
    Some(id.trim().trim_matches(['<', '>']).to_owned())
}

/// `bounceSubType`, where it names a cause ("Bounce types" in Amazon's documentation).
fn reason(kind: &str) -> Option<BounceReason> {
    Some(match kind {
        // On the list of SES itself stands who has bounced as an invalid address; on the account's, who complained as well.
        "NoEmail" | "Suppressed" => BounceReason::NoSuchUser,
        "OnAccountSuppressionList" => BounceReason::PolicyRefused,
        "MailboxFull" => BounceReason::MailboxFull,
        "MessageTooLarge" => BounceReason::TooLarge,
        "ContentRejected" | "AttachmentRejected" => BounceReason::Content,
        _ => return None,
    })
}

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let (About::Bounce, value) = notification(&notice.lines.join("\n"))? else { return None };
    let (list, delayed) = match value.get("bounce") {
        Some(bounce) => (bounce.get("bouncedRecipients")?, false),
        None => (value.pointer("/deliveryDelay/delayedRecipients")?, true),
    };
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let reason = reason(text("/bounce/bounceSubType"));
    let transient = text("/bounce/bounceType") == "Transient";
    let found = list
        .as_array()?
        .iter()
        .take(1_000)
        .map(|recipient| {
            let field = |name: &str| recipient.get(name).and_then(Value::as_str).unwrap_or_default();
            let diagnostic = field("diagnosticCode");
            let diagnostic = diagnostic.split_once(';').filter(|(kind, _)| kind.len() < 12).map_or(diagnostic, |(_, rest)| rest).trim();
            Failure {
                address: super::super::reported_address::cleaned(field("emailAddress")),
                action: if delayed { Action::Delayed } else { Action::from_field(field("action")).unwrap_or_default() },
                status: Status::from_field(field("status")).or(transient.then_some(Status::new(4, 0, 0))),
                command: Command::in_text(diagnostic),
                reason,
                diagnostic: diagnostic.to_owned(),
                ..Failure::default()
            }
        })
        .collect();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn a_notification_in_json_is_a_bounce() {
        let text = r#"{"notificationType":"Bounce","bounce":{"bounceSubType":"General","bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"clerk@ministry.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}],"reportingMTA":"dsn; mx.npm.example"},"mail":{"messageId":"0101-00","headers":[{"name":"Message-ID","value":"<request.7@npm.example>"}]}}

--
If you wish to stop receiving notifications from this topic, please click or visit the link below
"#;
        assert_eq!(
            plain("AWS Notifications <no-reply@sns.example>", "AWS Notification Message", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn a_complaint_and_a_delivery_are_none() {
        let complaint = r#"{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"clerk@ministry.example"}]},"mail":{"messageId":"0101-00"}}"#;
        assert_eq!(plain("no-reply@sns.example", "AWS Notification Message", complaint), ["feedback report 0101-00"]);
        let delivery =
            r#"{"notificationType":"Delivery","delivery":{"recipients":["clerk@ministry.example"]},"mail":{"messageId":"0101-00"}}"#;
        assert_eq!(plain("no-reply@sns.example", "AWS Notification Message", delivery), ["delivery receipt 0101-00"]);
    }

    #[test]
    fn json_that_a_server_has_folded_is_put_together_again() {
        let text = "{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecip!\n ients\":[{\"emailAddress\":\"clerk@ministry.example\"}]},\"mail\":{\"messageId\":\"0101-00\"}}\n";
        assert_eq!(
            plain("no-reply@sns.example", "AWS Notification Message", text),
            ["bounce 0101-00", "clerk@ministry.example failed 5.0.0 other permanent"]
        );
    }
}
