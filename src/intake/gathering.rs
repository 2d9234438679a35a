//! Everything that is to be weighed of a mail (`domain::linking`), looked up in the register: the evidence in it, its sender, the requests it
//! names. What any of it is worth is decided in the domain.

use super::authorship::{self, Author};
use super::evidence_in_mail::Gathering;
use crate::domain::answerable::FirstLetter;
use crate::domain::haste::{self, Compared, MOST_COMPARED};
use crate::domain::identity::{AuthorityId, JointId, MailId, RequestId};
use crate::domain::linking::{Evidence, EvidenceKind, Fitness, MailFacts, RequestFacts, is_only_a_copy, unfit};
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::domain::request::{Progress, Request};
use crate::domain::trust::{JointMembership, Proven, Writer, writer_here};
use crate::mail::passed_on::KnownBy;
use crate::mail::understood::Bounce;
use crate::mail::{Understood, kind};
use crate::register::{Reader, Result, looked_up, requests};
use jiff::Timestamp;

/// Everything `domain::linking::judge` needs of one mail.
#[derive(Debug, Clone)]
pub struct Gathered {
    pub mail: MailFacts,
    pub evidence: Vec<Evidence>,
    pub facts: Vec<RequestFacts>,
    /// The authorities about whose requests its author may write.
    pub senders: Vec<AuthorityId>,
}

/// A joint request of which the author may answer a request that is named.
struct Joint {
    id: JointId,
    /// One of them is a request to the author's own authority.
    has_own: bool,
}

/// What the register has noted of a mail before it is judged.
#[derive(Debug, Clone, Copy, Default)]
struct Noted {
    counted_before: bool,
    perhaps_spam: bool,
}

impl Reader {
    /// Looks up all evidence of a mail. `mail`: its own number, if it is known already: what it has done itself says nothing about it.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn gather(
        &self,
        mail: Option<MailId>,
        understood: &Understood,
        received_at: Timestamp,
        addresses: &ReplyAddresses,
        proven: Proven,
    ) -> Result<Gathered> {
        // One look at the register, and not one lock for each of some thirty questions.
        self.at_one_moment(|reader| reader.gather_now(mail, understood, received_at, addresses, proven))
    }

    fn gather_now(
        &self,
        mail: Option<MailId>,
        understood: &Understood,
        received_at: Timestamp,
        addresses: &ReplyAddresses,
        proven: Proven,
    ) -> Result<Gathered> {
        let sender = understood.from.first().and_then(|from| from.address.clone()).unwrap_or_default();
        let mut gathering = Gathering::new(self, addresses);
        gathering.read(understood)?;
        let from = authorship::author(self, &sender, addresses, received_at)?;
        let behind = authorship::author_behind(self, understood, &from, addresses, received_at)?;
        let known = behind.as_ref().map(|(_, known)| *known);
        let author = behind.as_ref().map_or(&from, |(author, _)| author);
        let senders = author.sender.may_write_for();
        let kind = understood.kind_facts();
        if kind.may_name_requests() {
            gathering.names(understood, &author.address, &senders)?;
        }
        gathering.joint_requests(&author.sender.authorities)?;
        let evidence = gathering.evidence();
        let mut named: Vec<RequestId> = evidence.iter().map(|evidence| evidence.request).collect();
        named.sort();
        named.dedup();
        let machinelike = self.machinelike(understood, &sender, &named, received_at)?;
        let noted = mail.map(|mail| self.noted(mail)).transpose()?.unwrap_or_default();
        let said: Vec<RequestId> = evidence
            .iter()
            .filter(|evidence| !evidence.kind.is_weak() || evidence.kind == EvidenceKind::JointRequest)
            .map(|evidence| evidence.request)
            .collect();
        let joints = self.joints_of(&said, author)?;
        let facts = named.into_iter().map(|request| self.facts(mail, request, &from, author, &joints)).collect::<Result<_>>()?;
        let author_claimed = known == Some(KnownBy::Claim);
        let of_check = from.is_ours && is_of_check(understood.message_id.as_deref(), addresses)
            || evidence.is_empty() && understood.bounce.as_ref().is_some_and(|bounce| is_report_of_check(bounce, understood, addresses));
        let to_any = if senders.is_empty() { Writer::Stranger } else { Writer::Authority };
        let mail = MailFacts {
            kind: kind.judged_as(),
            received_at,
            from_ourselves: from.is_ours && self.is_own_letter(understood, addresses, author_claimed)?,
            writer: writer_here(from.is_ours, from.is_staff, to_any, None),
            author_claimed,
            author_by_name: known == Some(KnownBy::Name),
            of_check,
            bulk: kind.is_to_many(),
            perhaps_spam: noted.perhaps_spam,
            says_more: kind.says_more,
            counted_before: noted.counted_before,
            proof: proven.proof,
            proof_because: proven.because,
            unfit: unfit(Fitness {
                ambiguous: understood.ambiguous.as_deref(),
                is_only_a_copy: self.is_only_a_copy(understood, addresses),
                kind,
                machinelike,
            }),
        };
        Ok(Gathered { mail, evidence, facts, senders })
    }

    fn noted(&self, mail: MailId) -> Result<Noted> {
        Ok(Noted { counted_before: looked_up::counted_before(self, mail)?, perhaps_spam: self.perhaps_spam(mail)? })
    }

    /// The joint requests of which a request is named that the author may answer.
    fn joints_of(&self, named: &[RequestId], author: &Author) -> Result<Vec<Joint>> {
        let mut joints: Vec<Joint> = Vec::new();
        for request in named {
            let request = requests::load(self, *request)?;
            let is_addressee = author.is_addressee_of(&request);
            if !is_addressee && !author.sender.writer_to(self, request.authority)?.is_of_authority() {
                continue;
            }
            match joints.iter_mut().find(|joint| joint.id == request.joint) {
                Some(joint) => joint.has_own |= is_addressee,
                None => joints.push(Joint { id: request.joint, has_own: is_addressee }),
            }
        }
        Ok(joints)
    }

    /// A letter of ours that came back to us, by Bcc, a list or a rule of a mailbox. Relays may change Message-IDs, and the signed address to which
    /// answers go stands in Reply-To of our letters alone, but for lists that put it beside the author's: `author_claimed`, a header names an author
    /// who is not ours.
    fn is_own_letter(&self, understood: &Understood, addresses: &ReplyAddresses, author_claimed: bool) -> Result<bool> {
        let mut reply_to = understood.reply_to.iter().filter_map(|mailbox| mailbox.address.as_deref());
        if !author_claimed && reply_to.any(|address| matches!(addresses.read_as_written(address), Some(Read::Subject(_)))) {
            return Ok(true);
        }
        understood.message_id.as_deref().map_or(Ok(false), |message_id| looked_up::is_own_message_id(self, message_id))
    }

    fn is_only_a_copy(&self, understood: &Understood, addresses: &ReplyAddresses) -> bool {
        let to = understood.to.iter().filter_map(|mailbox| mailbox.address.as_deref());
        let cc = understood.cc.iter().filter_map(|mailbox| mailbox.address.as_deref());
        is_only_a_copy(to, cc, &self.rules().address, |address| addresses.is_own(address))
    }

    /// What time and repetition tell of a short letter that does not say that it answers (`domain::haste`).
    fn machinelike(&self, understood: &Understood, sender: &str, requests: &[RequestId], received_at: Timestamp) -> Result<Option<String>> {
        if requests.is_empty() {
            return Ok(None);
        }
        let has_attachments = !understood.attachments.is_empty();
        let Some(text) = haste::is_in_question(understood.kind, &understood.reply, has_attachments, kind::answers) else { return Ok(None) };
        let received = received_at.as_second();
        let mut compared = Vec::with_capacity(MOST_COMPARED);
        for request in requests.iter().take(MOST_COMPARED) {
            let letter = looked_up::last_letter_tried(self, *request, received)?;
            let same_words = looked_up::with_same_words(self, *request, sender, understood.message_id.as_deref(), text)?;
            compared.push(Compared { letter, same_words });
        }
        let dated = understood.date.as_deref().and_then(|date| date.parse::<Timestamp>().ok()).map(Timestamp::as_second);
        Ok(haste::machinelike(&compared, received, dated, !understood.quoted.is_empty()))
    }

    fn facts(&self, mail: Option<MailId>, id: RequestId, from: &Author, author: &Author, joints: &[Joint]) -> Result<RequestFacts> {
        let request = requests::load(self, id)?;
        let to_it = |of: &Author| -> Result<Writer> {
            let joint = joints.iter().find(|joint| joint.id == request.joint);
            let joint = joint.map(|joint| JointMembership { has_own: joint.has_own, is_own: of.is_addressee_of(&request) });
            Ok(writer_here(of.is_ours, of.is_staff, of.sender.writer_to(self, request.authority)?, joint))
        };
        let (writer, author) = (to_it(from)?, to_it(author)?);
        let settled = self.progress_without(&request, mail)?.is_settled();
        let others_open = settled && looked_up::has_others_open(self, &request)?;
        Ok(RequestFacts { id, joint: request.joint, writer, author, sent_at: self.answerable_since(&request)?, settled, others_open })
    }

    /// How far a request had come without this mail.
    fn progress_without(&self, request: &Request, mail: Option<MailId>) -> Result<Progress> {
        let progress = request.progress();
        let Some(mail) = mail.filter(|_| progress.answered > 0) else { return Ok(progress) };
        Ok(Progress { answered: requests::answered_without(self, request, mail)?, ..progress })
    }

    fn answerable_since(&self, request: &Request) -> Result<Option<Timestamp>> {
        let letter = FirstLetter {
            sent_at: request.sent_at,
            is_adopted: looked_up::is_adopted(self, request.id)?,
            states_deadline: request.basis.stated.is_some(),
            first_attempt: looked_up::first_attempt_at(self, request.id)?,
        };
        Ok(letter.answerable_since())
    }
}

fn is_of_check(message_id: Option<&str>, addresses: &ReplyAddresses) -> bool {
    message_id.is_some_and(|message_id| addresses.is_message_id_of_check(message_id))
}

fn is_report_of_check(bounce: &Bounce, understood: &Understood, addresses: &ReplyAddresses) -> bool {
    let mut enclosed = understood.enclosed.iter().map(|mail| mail.message_id.as_deref());
    is_of_check(bounce.original_message_id.as_deref(), addresses)
        || enclosed.any(|message_id| is_of_check(message_id, addresses))
        || understood.arrived_at.iter().any(|address| addresses.is_bounce_of_check(address))
}
