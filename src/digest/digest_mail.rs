//! Writes a digest: from its content, as plain data, to the mail.

use super::content::DigestContent;
use super::context::DigestContext;
use crate::domain::letter::LetterRole;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::mail::compose::{Composition, Correspondent, WrittenBy, compose};
use crate::render::{LetterFault, Renderer, WrittenLetter};
use jiff::ZonedDateTime;
use minijinja::value::Value;

/// Writes a digest in the member's language; hours are told in `dated`'s zone. The same content gives the same bytes. Says `Auto-Submitted:
/// auto-generated`, so that out-of-office robots of staff stay silent (RFC 3834 §2).
///
/// # Errors
///
/// No template `digest` in that language, or one that trips over this very content; a Message-ID, or an address of the office or the member,
/// that is none.
pub fn write_digest(
    renderer: &Renderer,
    content: &DigestContent,
    member: &StaffMember,
    rules: &OfficeRules,
    message_id: &str,
    dated: &ZonedDateTime,
) -> Result<WrittenLetter, LetterFault> {
    let template = LetterRole::Digest.template();
    let language = renderer.language_of(&member.language, template)?;
    let context = DigestContext::new(content, member, rules, dated, language).into_value();
    write(renderer, template, &context, member, rules, message_id, dated)
}

/// A mail from the office's machine to one of its staff.
///
/// # Errors
///
/// A template that trips over this very context; a Message-ID, or an address of the office or the member, that is none.
pub(super) fn write(
    renderer: &Renderer,
    template: &str,
    context: &Value,
    member: &StaffMember,
    rules: &OfficeRules,
    message_id: &str,
    dated: &ZonedDateTime,
) -> Result<WrittenLetter, LetterFault> {
    let rendered = renderer.render(&member.language, template, context)?;
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
        enclosures: &[],
    })?;
    Ok(WrittenLetter { subject: rendered.subject, bytes, text: rendered.text })
}
