//! A Maildir that letters are put into, for the office's own mail system to pick up.
//!
//! The envelope, which SMTP carries apart from the letter, is written above it as the two header lines that delivery agents use: `Return-Path`
//! (RFC 5321 §4.4) and `Delivered-To`. Below them stand the letter's bytes unchanged.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::envelope::{Envelope, InTransmission, Outcome, impossible_address};
use super::super::probe::{Capabilities, ProbeError};
use super::super::server::NotLetIn;
use super::{Durability, UniqueName, create, deliver};

#[derive(Debug)]
pub struct Outgoing {
    root: PathBuf,
    name: String,
    durability: Durability,
    in_transmission: InTransmission,
}

impl Outgoing {
    /// `root` is made a Maildir at the first letter if it is none.
    pub fn new(root: impl Into<PathBuf>, durability: Durability) -> Outgoing {
        let root = root.into();
        Outgoing { name: format!("maildir:{}", root.display()), root, durability, in_transmission: InTransmission::default() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn in_transmission(&self) -> InTransmission {
        self.in_transmission.clone()
    }

    /// The file's name is made of the envelope id and the recipient alone: a second attempt finds the first one's file and is no second letter.
    pub async fn send(&mut self, envelope: &Envelope<'_>) -> Outcome {
        if let Some(reason) = impossible_address(envelope.envelope_sender, true).or_else(|| impossible_address(envelope.recipient, false)) {
            return Outcome::NotSent { reason };
        }
        let name = file_name(envelope);
        let head = format!("Return-Path: <{}>\r\nDelivered-To: {}\r\n", envelope.envelope_sender, envelope.recipient);
        let (root, durability, letter) = (self.root.clone(), self.durability, envelope.bytes.to_vec());
        // A file that is being written cannot be taken back, and is soon written.
        self.in_transmission.set(true);
        let delivered = tokio::task::spawn_blocking(move || put(&root, &name, &[head.as_bytes(), &letter], durability)).await;
        self.in_transmission.set(false);
        match delivered {
            Ok(Ok(reply)) => Outcome::Accepted { reply, queue_id: None },
            Ok(Err(error)) => Outcome::NotSent { reason: format!("{}: the letter could not be written: {error}", self.name) },
            Err(error) => Outcome::NotSent { reason: format!("{}: writing was broken off: {error}", self.name) },
        }
    }

    /// Makes the folders if they are missing, and tries whether they can be written to.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]: the folders cannot be made, or no file can be written into `tmp`.
    pub async fn probe(&mut self) -> Result<Capabilities, ProbeError> {
        let root = self.root.clone();
        let tried = tokio::task::spawn_blocking(move || {
            create(&root)?;
            tempfile::Builder::new().prefix("check-").tempfile_in(root.join("tmp")).map(drop)
        })
        .await;
        let reason = match tried {
            Ok(Ok(())) => {
                return Ok(Capabilities { name: self.name.clone(), eight_bit_mime: true, smtp_utf8: true, ..Capabilities::default() });
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(ProbeError {
            place: self.name.clone(),
            why: NotLetIn::Misconfigured(format!(
                "cannot be written to ({reason}); give the user that runs demarche write permission, or name another folder"
            )),
        })
    }
}

fn put(root: &Path, name: &UniqueName, parts: &[&[u8]], durability: Durability) -> io::Result<String> {
    if let Some(earlier) = standing(root, name)? {
        return Ok(format!("stood in {} already from an earlier attempt", earlier.display()));
    }
    let delivered = match deliver(root, name, parts, durability) {
        // The first letter of all.
        Err(error) if error.kind() == ErrorKind::NotFound => create(root).and_then(|()| deliver(root, name, parts, durability)),
        delivered => delivered,
    };
    match delivered {
        Ok(file) => Ok(format!("written to {}", file.display())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok(format!("stood in {} already from an earlier attempt", root.display()))
        }
        Err(error) => Err(error),
    }
}

/// The file of an earlier attempt, untouched in `new` or picked up into `cur` without flags or as seen. A mail system that takes files away
/// altogether leaves nothing to find; then the second attempt is a second file.
fn standing(root: &Path, name: &UniqueName) -> io::Result<Option<PathBuf>> {
    let base = name.as_str();
    for candidate in
        [root.join("new").join(base), root.join("cur").join(format!("{base}:2,")), root.join("cur").join(format!("{base}:2,S"))]
    {
        if candidate.try_exists()? {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

fn file_name(envelope: &Envelope<'_>) -> UniqueName {
    let digest = Sha256::digest(format!("{}\0{}", envelope.envelope_id, envelope.recipient));
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    UniqueName::repeatable(envelope.envelope_id, &short)
}
