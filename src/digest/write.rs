//! A digest's content → the mail.

use super::content::DigestContent;
use super::names::{DigestNames, Frame};
use super::sample;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::letters::{Language, LetterFault, Scribe, WrittenLetter};
use crate::mail::compose::{Composition, Correspondent, WrittenBy, compose};
use jiff::ZonedDateTime;
use minijinja::value::{Serde, Value};

const DIGEST: &str = "digest";

/// Writes a digest in the member's language; times in `dated`'s zone. The same content gives the same bytes. Says `Auto-Submitted:
/// auto-generated`, so that out-of-office robots of staff stay silent (RFC 3834 §2).
pub fn write_digest(
    scribe: &Scribe,
    content: &DigestContent,
    member: &StaffMember,
    rules: &OfficeRules,
    message_id: &str,
    dated: &ZonedDateTime,
) -> Result<WrittenLetter, LetterFault> {
    let language = scribe.language_with(&member.language, DIGEST)?;
    let names = names(content, member, rules, dated, language);
    write(scribe, DIGEST, &names, member, rules, message_id, dated)
}

/// A mail from the office's machine to one of its staff.
pub(super) fn write(
    scribe: &Scribe,
    kind: &str,
    names: &Value,
    member: &StaffMember,
    rules: &OfficeRules,
    message_id: &str,
    dated: &ZonedDateTime,
) -> Result<WrittenLetter, LetterFault> {
    let rendered = scribe.render(&member.language, kind, names)?;
    let bytes = compose(&Composition {
        from: Correspondent { name: Some(&rules.name), address: &rules.address },
        to: Correspondent { name: Some(&member.name), address: &member.address },
        copies: &[],
        reply_to: None,
        dated,
        message_id,
        in_reply_to: None,
        references: &[],
        written_by: WrittenBy::Machine,
        subject: &rendered.subject,
        text: &rendered.text,
        html: &rendered.html,
    })?;
    Ok(WrittenLetter { subject: rendered.subject, bytes, text: rendered.text })
}

fn names(content: &DigestContent, member: &StaffMember, rules: &OfficeRules, dated: &ZonedDateTime, language: &Language) -> Value {
    let frame = Frame::new(member, rules, dated, language);
    Value::from(Serde(DigestNames::new(content, frame, dated.time_zone(), language)))
}

/// The names of sample digests, for the check of templates.
pub(crate) fn sample_names(language_name: &str, language: &Language) -> Vec<Value> {
    let member = sample::member(language_name);
    sample::contents().iter().map(|content| names(content, &member, &sample::rules(), &sample::dated(), language)).collect()
}
