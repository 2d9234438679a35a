//! Who wrote a mail, and who stands behind what a colleague, a list or the office's own address passes on, looked up in the directory.

use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::Request;
use crate::domain::trust::is_same_mailbox;
use crate::mail::Understood;
use crate::mail::passed_on::{Behind, KnownBy, behind};
use crate::register::senders::Sender;
use crate::register::{Reader, Result};
use jiff::Timestamp;

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

pub(super) fn author(reader: &Reader, address: &str, addresses: &ReplyAddresses, received_at: Timestamp) -> Result<Author> {
    Ok(Author {
        address: address.to_owned(),
        is_ours: is_ours(reader, address, addresses),
        is_staff: reader.rules().is_staff(address),
        sender: Sender::find(reader, address, received_at)?,
    })
}

/// Who wrote what the office's own address or a colleague passes on, and by what that is known. Colleagues and the office are none, and nor is
/// whoever is only named, by a name that the directory does not have.
pub(super) fn author_behind(
    reader: &Reader,
    understood: &Understood,
    from: &Author,
    addresses: &ReplyAddresses,
    received_at: Timestamp,
) -> Result<Option<(Author, KnownBy)>> {
    if !from.is_ours && !from.is_staff {
        return Ok(None);
    }
    for Behind { written, known } in behind(understood, from.is_ours) {
        if known != KnownBy::Name {
            if !is_ours(reader, &written, addresses) && !reader.rules().is_staff(&written) {
                return Ok(Some((author(reader, &written, addresses, received_at)?, known)));
            }
        } else if !reader.rules().is_name_of_staff(&written)
            && let Some(sender) = Sender::named(reader, &written, received_at)?
        {
            // Not by its words: whose name that is, a digest does not tell.
            let author = Author { address: "by its name only".into(), is_ours: false, is_staff: false, sender };
            return Ok(Some((author, known)));
        }
    }
    Ok(None)
}

fn is_ours(reader: &Reader, sender: &str, addresses: &ReplyAddresses) -> bool {
    addresses.is_own(sender) || is_same_mailbox(&reader.rules().address, sender)
}
