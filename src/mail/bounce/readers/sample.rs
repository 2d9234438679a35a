//! Reports for the tests of the readers: headers and text put together, read through the whole door, told in one line per recipient.

use crate::mail::bodies::Bodies;
use crate::mail::parse::parse;

/// A plain report from `from` with this subject, its words and the letter it returns as `text`.
pub(super) fn plain(from: &str, subject: &str, text: &str) -> Vec<String> {
    with_headers(&format!("From: {from}\nSubject: {subject}"), text)
}

/// The same with headers as given.
pub(super) fn with_headers(headers: &str, text: &str) -> Vec<String> {
    read(&format!("{headers}\nTo: <office@npm.example>\nDate: Mon, 4 May 2026 10:00:00 +0200\n\n{text}"))
}

/// Any mail. `letter` alone where it is no report; else its kind with the letter's Message-ID, then a line for each recipient:
/// address, action, status, reason, and `permanent` and `dead` as they hold for the whole report.
pub(super) fn read(raw: &str) -> Vec<String> {
    let message = parse(raw.as_bytes());
    let Some(report) = crate::mail::bounce::read(&message, &Bodies::of(&message)) else { return vec!["letter".to_owned()] };
    let bounce = report.bounce.unwrap_or_default();
    let permanent = if bounce.permanent { " permanent" } else { "" };
    let dead = if bounce.hard_bounce { " dead" } else { "" };
    let letter = bounce.original_message_id.unwrap_or_default();
    let mut told = vec![format!("{} {letter}", report.kind.name()).trim_end().to_owned()];
    for recipient in bounce.recipients {
        let reason = serde_json::to_value(recipient.reason).ok().and_then(|reason| reason.as_str().map(str::to_owned)).unwrap_or_default();
        let status = recipient.status.unwrap_or_default();
        told.push(format!("{} {} {status} {reason}{permanent}{dead}", recipient.address, recipient.action));
    }
    told
}
