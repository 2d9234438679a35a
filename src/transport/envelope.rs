//! One letter to one recipient, as a transport takes it, and what became of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One letter to one recipient: the stored bytes, and what is written on the envelope.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Where bounces go: an address without brackets; empty for the null return path (RFC 5321 §4.5.5).
    pub envelope_sender: &'a str,
    /// An address without brackets.
    pub recipient: &'a str,
    /// Names this letter in delivery status notifications (ENVID, RFC 3461 §4.4): at most 100 characters; the same at every attempt.
    pub envelope_id: &'a str,
    /// Ask for delivery status notifications where the server offers them (RFC 3461).
    pub dsn: bool,
    /// The letter as it was rendered and stored (RFC 5322, CR LF), the same bytes at every attempt.
    pub bytes: &'a [u8],
}

/// Whether a letter is being transmitted right now (over SMTP from DATA on), so that its outcome is no longer in our hands alone. Clones share it:
/// whoever stops the program asks whether the sending may still be dropped.
#[derive(Debug, Clone, Default)]
pub struct InTransmission(Arc<AtomicBool>);

impl InTransmission {
    pub(super) fn set(&self, is_set: bool) {
        self.0.store(is_set, Ordering::Release);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What became of a letter that was given to a transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took responsibility (250 after the dot; RFC 5321 §4.2.5), or the file stands in the Maildir. `reply` is evidence of service.
    Accepted { reply: String, queue_id: Option<String> },
    /// 4xx, surely not delivered: try again later.
    RefusedForNow { at: TransactionStep, code: u16, status: Option<String>, reply: String },
    /// 5xx, surely not delivered. Only a refusal at [`TransactionStep::Recipient`] says something of the recipient's address.
    RefusedForGood { at: TransactionStep, code: u16, status: Option<String>, reply: String },
    /// Surely not delivered, and not refused either: no connection, no log-in, cut off or silent before the end of the letter was sent.
    NotSent { reason: String },
    /// As [`Outcome::NotSent`], and no other letter leaves either before a person has mended something: a refused log-in, a certificate.
    Barred { reason: String },
    /// The end of the letter was sent and the server's last word was not heard: it may be delivered. Look into it (Sent copy, notification,
    /// bounce) before trying again with the same bytes.
    Unknown { phase: Phase, reason: String },
}

/// The command that a refusal answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStep {
    /// MAIL FROM: our sender, the letter's size, or this relay's policy.
    Sender,
    /// RCPT TO: the recipient's address.
    Recipient,
    /// DATA, before the letter.
    Data,
    /// The letter itself, after its end.
    Letter,
}

/// How far a transmission had come when the line was lost; only the phases in which the outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The final dot was being written, or had been, and no reply came.
    AfterDot,
    /// A reply to the dot came that is neither acceptance nor refusal (RFC 5321 §4.2.1 allows 2xx, 4xx and 5xx only).
    StrangeReply,
}

impl fmt::Display for TransactionStep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            TransactionStep::Sender => "sender",
            TransactionStep::Recipient => "recipient",
            TransactionStep::Data => "start of the letter",
            TransactionStep::Letter => "letter",
        })
    }
}

/// Why an address cannot stand on an envelope, in words; nothing if it can. Line ends and brackets in an address are an attempt to write
/// commands or headers.
pub(super) fn impossible_address(address: &str, may_be_empty: bool) -> Option<String> {
    let strange = |letter: char| letter.is_control() || letter.is_whitespace() || matches!(letter, '<' | '>');
    if address.is_empty() && may_be_empty {
        None
    } else if address.is_empty() || address.len() > 320 || !address.contains('@') || address.contains(strange) {
        Some(format!("{address:?} is no mail address; expected name@domain"))
    } else {
        None
    }
}
