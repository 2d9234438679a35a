//! Certified mail of Italy (posta elettronica certificata, RFC 6109): a letter reaches the mailbox inside an envelope that a provider wrote around
//! it, and what counts is the letter.
//!
//! The provider signs the envelope (S/MIME). That signature is not verified here, since whose certificates count is a list that the Italian
//! state keeps: so who wrote the letter is no better known than from any From, and `domain::linking` weighs it so.

use super::head;
use super::message::{Body, Headers, Mailbox, Message};

/// A letter and the envelope it came in.
pub struct Enveloped<'a> {
    pub letter: &'a Message,
    /// As the envelope's From names it; its display name is "Per conto di: " with the author's address.
    pub provider: Mailbox,
}

/// Whether these are the headers of a transport envelope (RFC 6109 §3.1.5), or of the envelope of anomaly (§3.2.2) in which ordinary mail reaches a
/// certified mailbox. Receipts (`X-Ricevuta`) carry our own letter, and are none.
pub fn is_envelope(headers: &Headers) -> bool {
    let transport = headers.first("X-Trasporto").unwrap_or_default();
    ["posta-certificata", "errore"].iter().any(|known| transport.eq_ignore_ascii_case(known)) && !headers.has("X-Ricevuta")
}

/// Opens an envelope. Only its headers make it one: a letter that somebody encloses or forwards is none.
pub fn open(message: &Message) -> Option<Enveloped<'_>> {
    if !is_envelope(&message.headers) {
        return None;
    }
    let letter = message.root.walk().into_iter().find_map(|part| match &part.body {
        Body::Message { message, .. } => Some(&**message),
        _ => None,
    })?;
    let provider = head::mailboxes(message, "From").into_iter().next().unwrap_or_default();
    Some(Enveloped { letter, provider })
}

impl Enveloped<'_> {
    pub fn evidence(&self) -> String {
        let provider = self.provider.address.as_deref().unwrap_or("a provider without a name");
        format!(
            "X-Trasporto: an envelope of certified mail by {provider}; the letter in it was read, the provider's signature was not verified."
        )
    }
}
