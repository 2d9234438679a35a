//! A letter's content → the mail.

use super::content::LetterContent;
use super::context::LetterContext;
use crate::domain::letter::LetterRole;
use crate::mail::compose::{Composition, Correspondent, WrittenBy, compose, subject_line};
use crate::render::{LetterFault, Renderer, WrittenLetter};

/// Writes a letter. Its subject has the request's reference, whatever the template says; who it goes to gets no copy of it.
///
/// # Errors
///
/// A template that does not exist, or that trips over this very content; a Message-ID, or an address of the office, the addressee or a copy,
/// that is none.
pub fn write_letter(renderer: &Renderer, content: &LetterContent<'_>) -> Result<WrittenLetter, LetterFault> {
    let language = renderer.language_of(content.language, content.template)?;
    let context = LetterContext::new(content, language).into_value();
    let rendered = renderer.render(content.language, content.template, &context)?;
    let reference = format!("[{}]", content.request.reference);
    let subject = if rendered.subject.contains(&reference) { rendered.subject } else { format!("{reference} {}", rendered.subject) };
    let subject = subject_line(&subject);
    let own_copies: Vec<Correspondent<'_>> = content
        .copies
        .iter()
        .filter(|copy| !copy.address.eq_ignore_ascii_case(content.addressee.address))
        .map(|copy| Correspondent { name: copy.name.or(Some(copy.authority)), address: copy.address })
        .collect();
    let bytes = compose(&Composition {
        from: Correspondent { name: Some(&content.rules.name), address: &content.rules.address },
        to: Correspondent { name: content.addressee.name.or(Some(content.addressee.authority)), address: content.addressee.address },
        copies: &own_copies,
        reply_to: Some(content.reply_to),
        dated: &content.dated,
        message_id: content.message_id,
        in_reply_to: content.in_reply_to,
        references: content.references,
        written_by: if content.role == LetterRole::Acknowledgement { WrittenBy::MachineInReply } else { WrittenBy::Signatory },
        subject: &subject,
        text: &rendered.text,
        html: &rendered.html,
        enclosures: content.enclosures,
    })?;
    Ok(WrittenLetter { subject, bytes, text: rendered.text })
}
