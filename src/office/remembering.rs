//! Addresses write for an authority because a person has said so of one mail; and what follows when that is taken back (`domain::trust`).

use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{AuthorityId, MailId};
use crate::domain::request::Request;
use crate::domain::resting;
use crate::domain::trust::{self, LinkedSender, Proof, Remember, is_same_mailbox};
use crate::outgoing::planning;
use crate::register::confirmed::{self, Confirmed};
use crate::register::events::{self, Event};
use crate::register::senders::Sender;
use crate::register::{Result, Transaction, kept, links, requests, rests, standings, unread};
use jiff::Timestamp;

/// A person has said that a mail answers a request: its address writes for that authority from then on, or why not. The address, never its domain: at
/// most providers anybody can have another one.
pub(super) fn remember(tx: &Transaction<'_>, mail: MailId, request: &Request, now: Timestamp) -> Result<Remember> {
    let Some(address) = standings::sender_of(tx, mail)? else { return Ok(Remember::Known) };
    let understood = kept::understood(tx, mail)?.unwrap_or_default();
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let replies_elsewhere =
        understood.reply_to.iter().filter_map(|mailbox| mailbox.address.as_deref()).any(|reply_to| domain(reply_to) != domain(&address));
    let remember = trust::may_be_remembered(&LinkedSender {
        address: &address,
        name: understood.from.first().and_then(|from| from.name.as_deref()).unwrap_or_default(),
        writer: Sender::find(tx, &address, now)?.writer_to(tx, request.authority)?,
        is_ours: is_same_mailbox(&tx.rules().address, &address) || tx.rules().is_staff(&address),
        is_contradicted: standings::proof_of(tx, mail)? == Some(Proof::Contradicted),
        by_list_or_program: understood.bulk || understood.do_not_answer,
        stands_for_another: replies_elsewhere || !understood.original_from.is_empty(),
    });
    if remember == Remember::Yes {
        let said_by = Confirmed { address: &address, authority: request.authority, mail, event: events::last(tx)? };
        confirmed::put(tx, &said_by, now)?;
    }
    Ok(remember)
}

/// A person takes back what was said of a mail: its address is forgotten, unless a person has said the same of another mail of it. The mails that
/// counted for that authority only because of it, which wait for a person again; what they answered is open again.
pub(super) fn forget(tx: &Transaction<'_>, mail: MailId, authority: AuthorityId, actor: &Actor, now: Timestamp) -> Result<Vec<MailId>> {
    let Some(address) = confirmed::take_away(tx, mail, authority)? else { return Ok(Vec::new()) };
    for (said_of, request) in confirmed::said_by_people(tx, &address, authority)? {
        remember(tx, said_of, &requests::load(tx, request)?, now)?;
    }
    let writer = Sender::find(tx, &address, now)?.writer_to(tx, authority)?;
    if writer.is_of_authority() {
        return Ok(Vec::new());
    }
    let mut wait_again = Vec::new();
    for (counted, request) in confirmed::counted_by_rule(tx, &address, authority)? {
        links::let_wait(tx, counted, request)?;
        standings::counts_no_more(tx, counted, now)?;
        let waits = Happened::MailWaitsAgain { because: trust::COUNTED_BEFORE.into(), mail: mail.0 };
        Event::new(now, waits, actor).mail(counted).request(request).append(tx)?;
        let received_at = standings::received_at(tx, counted)?;
        rests::put(tx, counted, received_at, &resting::once_uncounted(request), &[], events::last(tx)?)?;
        planning::replan(tx, request, now)?;
        wait_again.push(counted);
    }
    // What only waited is weighed anew as well: a stranger's mail does not rest a request for as long as the authority's.
    for other in confirmed::placed_by_rule(tx, &address, authority)? {
        unread::read_again(tx, other)?;
    }
    wait_again.dedup();
    Ok(wait_again)
}
