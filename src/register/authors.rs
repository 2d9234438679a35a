//! Who wrote a mail, and who stands behind what a colleague, a list or the office's own address passes on, looked up in the directory.

use super::senders::Sender;
use super::{Reader, Result, directory, rows};
use crate::domain::full_name::full_name;
use crate::domain::identity::MailId;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::Request;
use crate::domain::rules::day_in;
use crate::domain::trust::{Writer, is_same_mailbox};
use crate::mail::Understood;
use crate::mail::passed_on::{Behind, KnownBy, behind};
use crate::mail::quote;
use jiff::civil::Date;
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

/// An address in From, or behind it.
pub(super) struct Author {
    pub(super) address: String,
    pub(super) is_ours: bool,
    pub(super) is_staff: bool,
    pub(super) sender: Sender,
}

impl Author {
    pub(super) fn is_addressee_of(&self, request: &Request) -> bool {
        self.sender.authorities.contains(&request.authority)
    }
}

impl Reader {
    pub(super) fn author(&self, address: &str, addresses: &ReplyAddresses, today: Date) -> Result<Author> {
        Ok(Author {
            address: address.to_owned(),
            is_ours: self.is_ours(address, addresses),
            is_staff: self.is_staff(address),
            sender: Sender::find(self, address, today)?,
        })
    }

    /// Who wrote what the office's own address or a colleague passes on, and by what that is known. Colleagues and the office are none, and nor is
    /// whoever is only named, by a name that the directory does not have.
    pub(super) fn author_behind(
        &self,
        understood: &Understood,
        from: &Author,
        addresses: &ReplyAddresses,
        today: Date,
    ) -> Result<Option<(Author, KnownBy)>> {
        if !from.is_ours && !from.is_staff {
            return Ok(None);
        }
        for Behind { written, known } in behind(understood, from.is_ours) {
            if known != KnownBy::Name {
                if !self.is_ours(&written, addresses) && !self.is_staff(&written) {
                    return Ok(Some((self.author(&written, addresses, today)?, known)));
                }
            } else if !self.is_name_of_staff(&written)
                && let Some(sender) = Sender::named(self, &written, today)?
            {
                // Not by its words: whose name that is, a digest does not tell.
                let author = Author { address: "by its name only".into(), is_ours: false, is_staff: false, sender };
                return Ok(Some((author, known)));
            }
        }
        Ok(None)
    }

    /// Who wrote what the office's own address or a colleague passes on; none if it is not known to pass anything on.
    pub fn passed_on(&self, mail: MailId, writer: Writer) -> Result<Option<PassedOn>> {
        let is_ours = writer == Writer::Ourselves;
        let Some(understood) = self.understood(mail)?.filter(|_| is_ours || writer == Writer::Staff) else { return Ok(None) };
        let received_at = self.db.query_row("SELECT received_at FROM mail WHERE id = ?1", [mail.0], |row| rows::timestamp(row, 0))?;
        let today = day_in(received_at, &self.rules.time_zone);
        let mut all = behind(&understood, is_ours);
        all.retain(|author| match author.known {
            KnownBy::Name => !self.is_name_of_staff(&author.written),
            _ => !self.is_staff(&author.written) && !is_same_mailbox(&self.rules.address, &author.written),
        });
        let mut authors: Vec<AuthorBehind> = Vec::with_capacity(all.len());
        for Behind { written, known } in all {
            let by_name = known == KnownBy::Name;
            let sender = if by_name { Sender::named(self, &written, today)? } else { Some(Sender::find(self, &written, today)?) };
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

    pub(super) fn is_ours(&self, sender: &str, addresses: &ReplyAddresses) -> bool {
        addresses.is_own(sender) || is_same_mailbox(&self.rules.address, sender)
    }

    fn is_staff(&self, address: &str) -> bool {
        self.rules.staff.iter().any(|member| is_same_mailbox(&member.address, address))
    }

    fn is_name_of_staff(&self, name: &str) -> bool {
        let name = full_name(name);
        name.is_some() && self.rules.staff.iter().any(|member| full_name(&member.name) == name)
    }
}
