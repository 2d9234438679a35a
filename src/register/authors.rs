//! Who wrote what a colleague, a list or the office's own address passes on, as people read it.

use super::senders::Sender;
use super::{Reader, Result, directory, rows};
use crate::domain::identity::MailId;
use crate::domain::trust::{Writer, is_same_mailbox};
use crate::mail::passed_on::{Behind, KnownBy, behind};
use crate::mail::{Understood, quote};
use jiff::Timestamp;
use serde::Serialize;

/// A mail that a colleague, a list or a rule passes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOn {
    /// Staff, or the office's own address.
    pub by: Writer,
    /// Topmost first; empty if it does not say. Colleagues are not among them.
    pub authors: Vec<AuthorBehind>,
}

/// Somebody whose words are passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorBehind {
    /// The address, or the name.
    pub written: String,
    /// Only a name is given, and others may have the same.
    pub by_name: bool,
    /// For which the directory has that address or name.
    pub authorities: Vec<String>,
}

impl PassedOn {
    /// Whether it may be by somebody in no directory.
    pub fn may_be_by_a_stranger(&self) -> bool {
        self.authors.is_empty() || self.authors.iter().any(|author| author.by_name || author.authorities.is_empty())
    }
}

impl Reader {
    /// Who wrote what the office's own address or a colleague passes on; none if it is not known to pass anything on. For whom they write is as the
    /// directory has it for the day on which the mail was received, where the authority is.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read; and where nothing was received under that number, if something was understood of it.
    pub fn passed_on(&self, mail: MailId, writer: Writer) -> Result<Option<PassedOn>> {
        let Some(understood) = self.understood(mail)? else { return Ok(None) };
        let received_at = self.db.query_row("SELECT received_at FROM mail WHERE id = ?1", [mail.0], |row| rows::timestamp(row, 0))?;
        self.passed_on_in(&understood, received_at, writer)
    }

    /// The same of a mail of which it is known what was understood, and when it was received.
    pub(super) fn passed_on_in(&self, understood: &Understood, received_at: Timestamp, writer: Writer) -> Result<Option<PassedOn>> {
        let is_ours = writer == Writer::Ourselves;
        if !is_ours && writer != Writer::Staff {
            return Ok(None);
        }
        let mut all = behind(understood, is_ours);
        all.retain(|author| match author.known {
            KnownBy::Name => !self.rules.is_name_of_staff(&author.written),
            _ => !self.rules.is_staff(&author.written) && !is_same_mailbox(&self.rules.address, &author.written),
        });
        let mut authors: Vec<AuthorBehind> = Vec::with_capacity(all.len());
        for Behind { written, known } in all {
            let by_name = known == KnownBy::Name;
            let sender =
                if by_name { Sender::named(self, &written, received_at)? } else { Some(Sender::find(self, &written, received_at)?) };
            let mut authorities = Vec::new();
            for authority in sender.map(|sender| sender.may_write_for()).unwrap_or_default() {
                authorities.push(directory::load_head(self, authority)?.name);
            }
            let author = AuthorBehind { written, by_name, authorities };
            if !authors.contains(&author) {
                authors.push(author);
            }
        }
        let passes_on = is_ours || !understood.enclosed.is_empty() || understood.subject.as_deref().is_some_and(quote::passes_on);
        Ok((passes_on || !authors.is_empty()).then_some(PassedOn { by: writer, authors }))
    }
}
