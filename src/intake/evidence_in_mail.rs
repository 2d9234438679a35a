//! The evidence of a link that stands in a mail itself: signed addresses, Message-IDs, references, names, looked up in the register.
//! `domain::linking` decides what it is worth.

use crate::domain::identity::{AuthorityId, RequestId};
use crate::domain::linking::named::{NamedByHand, ReferenceByHand, Said, without_parts};
use crate::domain::linking::{Evidence, EvidenceKind, OwnLetter};
use crate::domain::reference;
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::domain::subject::Subject;
use crate::mail::Understood;
use crate::mail::understood::{Enclosed, Kind};
use crate::register::{Reader, Result, looked_up, requests, senders};
use std::collections::HashSet;

/// Open requests of a sender's authority that are worth showing as candidates.
const MOST_SUGGESTED: usize = 12;
/// Message-IDs looked up in one mail; a thread longer than that says nothing more.
const MOST_MESSAGE_IDS: usize = 100;

/// Addresses of one mail that are looked up. A letter to more people than that is no answer.
const MOST_ADDRESSES: usize = 2_000;
/// Of them, those in which a slip is sought, which takes a millisecond each: 8 MB of near misses took 100 seconds. People retype one or two.
const MOST_SLIPS: usize = 20;

/// Gathers the evidence of one mail.
pub(super) struct Gathering<'a> {
    reader: &'a Reader,
    addresses: &'a ReplyAddresses,
    evidence: Vec<Evidence>,
    /// The same: a long letter may name thousands of requests, each many times.
    found: HashSet<Evidence>,
    /// Addresses still to be looked at, and those of them in which slips are still sought.
    addresses_left: usize,
    slips_left: usize,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(reader: &'a Reader, addresses: &'a ReplyAddresses) -> Gathering<'a> {
        Gathering { reader, addresses, evidence: Vec::new(), found: HashSet::new(), addresses_left: MOST_ADDRESSES, slips_left: MOST_SLIPS }
    }

    pub(super) fn evidence(self) -> Vec<Evidence> {
        self.evidence
    }

    /// All that says of itself which letter the mail answers.
    pub(super) fn read(&mut self, understood: &Understood) -> Result<()> {
        self.addresses(understood)?;
        self.message_ids(understood)?;
        self.references(understood)?;
        self.enclosed(&understood.enclosed, understood.kind)
    }

    fn add(&mut self, request: RequestId, kind: EvidenceKind, detail: &str, letter: Option<OwnLetter>) {
        let detail: String = detail.chars().filter(|character| !character.is_control()).take(200).collect();
        let evidence = Evidence { request, kind, detail, letter };
        if self.found.insert(evidence.clone()) {
            self.evidence.push(evidence);
        }
    }

    /// Every address the mail was sent to or arrived at: people use Bcc, and servers write down where it arrived.
    fn addresses(&mut self, understood: &Understood) -> Result<()> {
        let written = understood.to.iter().chain(&understood.cc).filter_map(|mailbox| mailbox.address.as_ref());
        // Where it arrived comes first: that was written by servers, and a crowd in To must not push it out.
        let mut seen: Vec<String> =
            understood.arrived_at.iter().chain(written).take(MOST_ADDRESSES).map(|address| address.to_lowercase()).collect();
        seen.sort();
        seen.dedup();
        for address in seen {
            self.address(&address, EvidenceKind::ReplyAddress)?;
        }
        // A client that lost the real address shows it as a name; a form on a web page makes a blank of the plus.
        for mailbox in understood.to.iter().chain(&understood.cc).take(MOST_ADDRESSES) {
            let Some(name) = mailbox.name.as_deref() else { continue };
            let joined = mailbox.address.as_ref().map(|address| format!("{name}+{address}"));
            for shown in std::iter::once(name.to_owned()).chain(joined) {
                if let Some(Read::Subject(_)) = self.addresses.read_as_written(&shown) {
                    self.address(&shown, EvidenceKind::ReplyAddressAfterSlip)?;
                }
            }
        }
        Ok(())
    }

    fn address(&mut self, address: &str, as_kind: EvidenceKind) -> Result<()> {
        if self.addresses_left == 0 {
            return Ok(());
        }
        self.addresses_left -= 1;
        let mut read = self.addresses.read_as_written(address);
        if read == Some(Read::Broken) && self.slips_left > 0 {
            self.slips_left -= 1;
            read = self.addresses.read(address);
        }
        match read {
            Some(Read::Subject(Subject::Request(request))) if looked_up::has_request(self.reader, request)? => {
                self.add(request, as_kind, address, None)
            }
            Some(Read::AfterSlip(Subject::Request(request))) if looked_up::has_request(self.reader, request)? => {
                self.add(request, EvidenceKind::ReplyAddressAfterSlip, address, None)
            }
            Some(Read::Delivery(delivery)) => {
                if let Some(request) = looked_up::request_of_delivery(self.reader, delivery)? {
                    self.add(request, EvidenceKind::BounceAddress, address, Some(OwnLetter::Delivery(delivery)));
                }
            }
            _ if self.reader.rules().receives_all_at(address) => {}
            _ => {
                if let [request] = looked_up::with_adopted_address(self.reader, address)?.as_slice() {
                    self.add(*request, as_kind, address, None);
                }
            }
        }
        Ok(())
    }

    fn message_ids(&mut self, understood: &Understood) -> Result<()> {
        for message_id in understood.in_reply_to.iter().chain(understood.references.iter().rev()).take(MOST_MESSAGE_IDS) {
            self.message_id(message_id, EvidenceKind::Thread)?;
        }
        if let Some(original) = understood.bounce.as_ref().and_then(|bounce| bounce.original_message_id.as_ref()) {
            self.message_id(original, EvidenceKind::ReturnedLetter)?;
        }
        Ok(())
    }

    fn message_id(&mut self, message_id: &str, kind: EvidenceKind) -> Result<()> {
        if let Some((Some(request), letter)) = looked_up::own_message(self.reader, message_id)? {
            self.add(request, kind, message_id, letter.map(OwnLetter::Letter));
        }
        Ok(())
    }

    fn references(&mut self, understood: &Understood) -> Result<()> {
        self.references_in(understood.subject.as_deref().unwrap_or_default(), EvidenceKind::ReferenceInSubject)?;
        self.references_in(&understood.reply, EvidenceKind::ReferenceInText)?;
        self.references_in(&understood.quoted, EvidenceKind::ReferenceInQuote)?;
        for text in understood.attachments.iter().flat_map(|attachment| attachment.name.iter().chain(&attachment.text)) {
            self.references_in(text, EvidenceKind::ReferenceInAttachment)?;
        }
        Ok(())
    }

    fn references_in(&mut self, text: &str, kind: EvidenceKind) -> Result<()> {
        for found in reference::find(text, &self.reader.rules().prefix) {
            if found.valid
                && let Some(request) = requests::find(self.reader, &found.reference)?
            {
                self.add(request, kind, &found.reference, None);
            }
        }
        Ok(())
    }

    /// A forwarded letter of ours, or a forwarded reply to one. In a bounce, the letter that came back.
    fn enclosed(&mut self, enclosed: &[Enclosed], kind: Kind) -> Result<()> {
        let (own, answered) = match kind {
            Kind::Bounce => (EvidenceKind::ReturnedLetter, EvidenceKind::EnclosedLetter),
            _ => (EvidenceKind::EnclosedLetter, EvidenceKind::EnclosedLetter),
        };
        for mail in enclosed {
            if let Some(message_id) = &mail.message_id {
                self.message_id(message_id, own)?;
            }
            for message_id in mail.in_reply_to.iter().chain(&mail.references).take(MOST_MESSAGE_IDS) {
                self.message_id(message_id, answered)?;
            }
            for address in mail.to.iter().chain(&mail.reply_to).filter_map(|mailbox| mailbox.address.as_deref()) {
                self.address(address, EvidenceKind::EnclosedLetter)?;
            }
            // Anybody can write a mail that names a reference, and enclose it.
            self.references_in(mail.subject.as_deref().unwrap_or_default(), EvidenceKind::ReferenceInEnclosed)?;
            self.references_in(&mail.text, EvidenceKind::ReferenceInEnclosed)?;
            for text in mail.attachments.iter().flat_map(|attachment| attachment.name.iter().chain(&attachment.text)) {
                self.references_in(text, EvidenceKind::ReferenceInEnclosed)?;
            }
        }
        Ok(())
    }

    /// An authority that answers another addressee's letter, of a joint request of which it is an addressee as well, has its own in mind.
    pub(super) fn joint_requests(&mut self, authorities: &[AuthorityId]) -> Result<()> {
        let named: Vec<RequestId> =
            self.evidence.iter().filter(|evidence| !evidence.kind.is_weak()).map(|evidence| evidence.request).collect();
        for request in named {
            let request = requests::load(self.reader, request)?;
            let mut is_its_own = authorities.is_empty();
            for authority in authorities {
                // Who supervises the addressee may answer for it.
                is_its_own |= senders::are_related(self.reader, *authority, request.authority)?;
            }
            if is_its_own {
                continue;
            }
            for own in requests::of_joint(self.reader, request.joint)?.into_iter().filter(|own| authorities.contains(&own.authority)) {
                self.add(own.id, EvidenceKind::JointRequest, &request.reference, None);
            }
        }
        Ok(())
    }

    /// What the mail names beside our references: letters sent by hand, whoever's they are; and for a sender of few authorities their matters, or
    /// else their open requests, which is weak evidence.
    pub(super) fn names(&mut self, understood: &Understood, sender: &str, senders: &[AuthorityId]) -> Result<()> {
        let attached = understood.attachments.iter().flat_map(|attachment| attachment.name.iter().chain(&attachment.text));
        let said = Said::new(understood.subject.as_deref().unwrap_or_default(), &understood.reply, &understood.quoted, attached);
        let by_hand = self.named_by_hand(&said, senders)?;
        if senders.len() <= MOST_SUGGESTED {
            self.open_requests(&said, &by_hand, sender, senders)?;
        }
        for NamedByHand { request, kind, reference } in without_parts(&by_hand) {
            self.add(*request, *kind, reference, None);
        }
        Ok(())
    }

    fn open_requests(&mut self, said: &Said, by_hand: &[NamedByHand], sender: &str, senders: &[AuthorityId]) -> Result<()> {
        let has_better = !self.evidence.is_empty();
        let named: HashSet<RequestId> = by_hand.iter().map(|named| named.request).collect();
        for authority in senders {
            let mut shown = 0;
            for open in looked_up::open_requests_of(self.reader, *authority)? {
                if named.contains(&open.id) {
                    continue;
                }
                if let Some((kind, words)) = said.names_open(&open) {
                    self.add(open.id, kind, words, None);
                } else if !has_better && open.is_sent && shown < MOST_SUGGESTED && self.reader.is_open(open.id)? {
                    shown += 1;
                    self.add(open.id, EvidenceKind::SenderOfAuthority, sender, None);
                }
            }
        }
        Ok(())
    }

    /// The requests begun by hand, settled ones too and whoever's, whose references the mail names.
    fn named_by_hand(&self, said: &Said, senders: &[AuthorityId]) -> Result<Vec<NamedByHand>> {
        let mut named = Vec::new();
        looked_up::for_each_begun_by_hand(self.reader, |request, reference, authority| {
            let how = said.names_by_hand(&reference);
            if how == ReferenceByHand::No || self.is_of_our_form(&reference) {
                return Ok(());
            }
            let kinds = match how {
                ReferenceByHand::Named(kinds) => kinds,
                ReferenceByHand::Within if self.may_be_of_any(senders, authority)? => vec![EvidenceKind::WithinReference],
                ReferenceByHand::Within | ReferenceByHand::No => return Ok(()),
            };
            named.extend(kinds.into_iter().map(|kind| NamedByHand { request, kind, reference: reference.clone() }));
            Ok(())
        })?;
        Ok(named)
    }

    fn may_be_of_any(&self, senders: &[AuthorityId], authority: AuthorityId) -> Result<bool> {
        for sender in senders {
            if senders::are_related(self.reader, *sender, authority)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a reference is one of those that were looked for already, with their check character.
    fn is_of_our_form(&self, reference: &str) -> bool {
        reference::find(reference, &self.reader.rules().prefix).iter().any(|found| found.valid)
    }
}
