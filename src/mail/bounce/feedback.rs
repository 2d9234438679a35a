//! RFC 5965 (ARF) feedback reports, their relatives for failed authentication (RFC 6591), Microsoft's complaints, which are a forwarded letter
//! without fields, and Amazon's complaints in JSON.
//!
//! A recipient pressed "this is spam". It is no bounce: the letter arrived. Staff must see it, and nothing may be sent there automatically.

use super::notice::{Notice, flowing, part_text};
use super::readers::amazon_notification;

/// A complaint: what it says of itself, for the evidence, and the fields, for the letter's Message-ID.
pub(super) struct Complaint {
    pub evidence: String,
    pub fields: String,
    pub message_id: Option<String>,
}

pub(super) fn read(notice: &Notice<'_>) -> Option<Complaint> {
    let root = &notice.message.root;
    let by_type =
        root.is("multipart/report") && root.parameter("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("feedback-report"));
    if let Some(part) = notice.parts_of_type("message/feedback-report").into_iter().next() {
        return Some(Complaint {
            evidence: "The mail has a message/feedback-report part (RFC 5965).".to_owned(),
            fields: part_text(part),
            message_id: None,
        });
    }
    if by_type {
        return Some(Complaint {
            evidence: "The mail is a multipart/report with report-type=feedback-report (RFC 5965).".to_owned(),
            fields: String::new(),
            message_id: None,
        });
    }
    // Hotmail's Junk Mail Reporting Program: staff@hotmail.com, "complaint about message from 192.0.2.1", the letter enclosed.
    if notice.subject.starts_with("complaint about message from") && notice.from.contains("staff@") {
        return Some(Complaint {
            evidence: "The subject and sender are those of Microsoft's Junk Mail Reporting Program.".to_owned(),
            fields: String::new(),
            message_id: None,
        });
    }
    if opens_as_complaint(notice) {
        return Some(Complaint {
            evidence: "The text opens as that of a report of abuse or of failed authentication (RFC 5965, RFC 6591).".to_owned(),
            fields: String::new(),
            message_id: super::returned_letter::message_id(notice, &[]),
        });
    }
    amazon_notification(notice, super::readers::AmazonAbout::Complaint).map(|message_id| Complaint {
        evidence: "The text is a complaint notification of Amazon SES.".to_owned(),
        fields: String::new(),
        message_id,
    })
}

/// The sentence for people with which the examples of both RFCs begin; OpenDMARC and others write it where they send no fields, too.
fn opens_as_complaint(notice: &Notice<'_>) -> bool {
    let written = notice.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).take(3).collect::<Vec<_>>().join(" ");
    let opening = flowing(&written);
    opening.starts_with("this is a")
        && ["email abuse report for an email", "authentication failure report for an email", "authentication-failure report for an email"]
            .iter()
            .any(|words| opening.contains(words))
}
