//! The door through which letters go out: one parcel, one recipient, one outcome that says no more than is known (promise 3).
//!
//! Refuses to try again and to decide what an outcome means for a request. The caller records the attempt before [`Carrier::send`] and the
//! outcome after it; if it dies or drops the future in between, the outcome is unknown.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::server::NotLetIn;
use super::{maildir, smtp};

/// What letters are handed to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a program has one or two of them, as long as it runs")]
pub enum Carrier {
    Maildir(maildir::Outgoing),
    Smtp(smtp::Smtp),
}

/// One letter to one recipient: the stored bytes, and what is written on the envelope.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
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

/// Whether a parcel is being given away, so that its outcome is no longer in our hands alone: over SMTP from DATA on. Shared, for whoever has to
/// decide whether a sending may still be dropped.
#[derive(Debug, Clone, Default)]
pub struct OnTheLine(Arc<AtomicBool>);

impl OnTheLine {
    pub(super) fn set(&self, is_set: bool) {
        self.0.store(is_set, Ordering::Release);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What became of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took responsibility (250 after the dot; RFC 5321 §4.2.5), or the file stands in the Maildir. `reply` is evidence of service.
    Accepted { reply: String, queue_id: Option<String> },
    /// 4xx, surely not delivered: try again later.
    RefusedForNow { at: Step, code: u16, status: Option<String>, reply: String },
    /// 5xx, surely not delivered. Only a refusal at [`Step::Recipient`] says something of the recipient's address.
    RefusedForGood { at: Step, code: u16, status: Option<String>, reply: String },
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
pub enum Step {
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

/// What a server offers to whoever may send through it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// What the carrier calls itself: the name in the server's greeting, or the folder's path.
    pub name: String,
    /// The line is encrypted.
    pub encrypted: bool,
    /// We logged in.
    pub logged_in: bool,
    /// Delivery status notifications on request (RFC 3461).
    pub dsn: bool,
    pub eight_bit_mime: bool,
    pub smtp_utf8: bool,
    /// The largest letter it takes, in bytes, if it says so (RFC 1870).
    pub size: Option<u64>,
    /// Names of log-in mechanisms, in upper case.
    pub mechanisms: Vec<String>,
}

/// Why a carrier cannot be used: what, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct ProbeError {
    pub place: String,
    pub why: NotLetIn,
}

impl Carrier {
    /// For people and logs: `smtp:host:port` or `maildir:/path`.
    pub fn name(&self) -> &str {
        match self {
            Carrier::Maildir(outgoing) => outgoing.name(),
            Carrier::Smtp(smtp) => smtp.name(),
        }
    }

    /// Hands over one parcel. Not cancel-safe in meaning: whoever drops the future must record [`Outcome::Unknown`]. The connection is used for
    /// the next parcel only if this one ended cleanly.
    pub async fn send(&mut self, parcel: &Parcel<'_>) -> Outcome {
        match self {
            Carrier::Maildir(outgoing) => outgoing.send(parcel).await,
            Carrier::Smtp(smtp) => smtp.send(parcel).await,
        }
    }

    /// Tells of every parcel from now on.
    pub fn on_the_line(&self) -> OnTheLine {
        match self {
            Carrier::Maildir(outgoing) => outgoing.on_the_line(),
            Carrier::Smtp(smtp) => smtp.on_the_line(),
        }
    }

    /// Connects, encrypts, logs in, and says what is offered; for `check`.
    pub async fn probe(&mut self) -> Result<Capabilities, ProbeError> {
        match self {
            Carrier::Maildir(outgoing) => outgoing.probe().await,
            Carrier::Smtp(smtp) => smtp.probe().await,
        }
    }

    /// Takes leave politely at the end of a batch. Dropping the carrier is safe as well.
    pub async fn close(self) {
        match self {
            Carrier::Maildir(_) => {}
            Carrier::Smtp(smtp) => smtp.close().await,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Step::Sender => "sender",
            Step::Recipient => "recipient",
            Step::Data => "start of the letter",
            Step::Letter => "letter",
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
