//! Everything that is to be weighed of a mail (`domain::linking`), looked up in the register: the evidence that it carries, its sender, the requests it
//! names. What any of it is worth is decided in the domain.

use super::authors::Author;
use super::looked_up::Gathering;
use super::{Reader, Result, requests};
use crate::domain::haste::{self, Compared, MOST_COMPARED};
use crate::domain::identity::{AuthorityId, JointId, MailId, RequestId};
use crate::domain::linking::{Evidence, EvidenceKind, Fitness, MailFacts, RequestFacts, is_only_a_copy, unfit};
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::domain::request::Request;
use crate::domain::rules::day_in;
use crate::domain::trust::{InJoint, Proven, Writer, writer_here};
use crate::mail::passed_on::KnownBy;
use crate::mail::understood::Bounce;
use crate::mail::{Understood, kind};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

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
    /// One that is the author's own authority's.
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
    pub fn gather(
        &self,
        mail: Option<MailId>,
        understood: &Understood,
        received_at: Timestamp,
        addresses: &ReplyAddresses,
        proven: Proven,
    ) -> Result<Gathered> {
        let sender = understood.from.first().and_then(|from| from.address.clone()).unwrap_or_default();
        let today = day_in(received_at, &self.rules.time_zone);
        // One look at the register, and not one lock for each of some thirty questions.
        let _reading = self.db.unchecked_transaction()?;
        let mut gathering = Gathering::new(self, addresses);
        gathering.carried(understood)?;
        let from = self.author(&sender, addresses, today)?;
        let behind = self.author_behind(understood, &from, addresses, today)?;
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
        let mut statement = self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1 AND counted_until IS NOT NULL)")?;
        let counted_before = statement.query_row([mail.0], |row| row.get(0))?;
        Ok(Noted { counted_before, perhaps_spam: self.perhaps_spam(mail)? })
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
    /// answers go stands in Reply-To of our letters alone, but for lists that put it beside the author's: `author_claimed`, a header names an author who
    /// is not ours.
    fn is_own_letter(&self, understood: &Understood, addresses: &ReplyAddresses, author_claimed: bool) -> Result<bool> {
        let mut reply_to = understood.reply_to.iter().filter_map(|mailbox| mailbox.address.as_deref());
        if !author_claimed && reply_to.any(|address| matches!(addresses.read_as_written(address), Some(Read::Subject(_)))) {
            return Ok(true);
        }
        let mut known = self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM own_message_id WHERE message_id = ?1)")?;
        Ok(known.query_row([&understood.message_id], |row| row.get(0))?)
    }

    fn is_only_a_copy(&self, understood: &Understood, addresses: &ReplyAddresses) -> bool {
        let to = understood.to.iter().filter_map(|mailbox| mailbox.address.as_deref());
        let cc = understood.cc.iter().filter_map(|mailbox| mailbox.address.as_deref());
        is_only_a_copy(to, cc, &self.rules.address, |address| addresses.is_own(address))
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
            let letter = self
                .db
                .prepare_cached(
                    "SELECT max(d.first_attempt_at) FROM letter l JOIN delivery d ON d.letter_id = l.id
                     WHERE l.request_id = ?1 AND d.first_attempt_at <= ?2",
                )?
                .query_row(params![request.0, received], |row| row.get(0))?;
            let same_words: Option<i64> = self
                .db
                .prepare_cached(
                    "SELECT m.id FROM (SELECT id FROM request WHERE authority_id = (SELECT authority_id FROM request WHERE id = ?1)
                                       ORDER BY id DESC LIMIT 20) r
                     JOIN mail_link l ON l.request_id = r.id JOIN mail m ON m.id = l.mail_id
                     WHERE m.sender = ?2 AND m.message_id IS NOT ?3 AND m.short_text = ?4 LIMIT 1",
                )?
                .query_row(params![request.0, sender, understood.message_id, text], |row| row.get(0))
                .optional()?;
            compared.push(Compared { letter, same_words: same_words.map(MailId) });
        }
        let dated = understood.date.as_deref().and_then(|date| date.parse::<Timestamp>().ok()).map(Timestamp::as_second);
        Ok(haste::machinelike(&compared, received, dated, !understood.quoted.is_empty()))
    }

    /// The request's reference and its authority's name, for people.
    pub fn names_of_request(&self, request: RequestId) -> Result<(String, String)> {
        let mut statement = self
            .db
            .prepare_cached("SELECT r.reference, a.name FROM request r JOIN authority a ON a.id = r.authority_id WHERE r.id = ?1")?;
        Ok(statement.query_row([request.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    fn facts(&self, mail: Option<MailId>, id: RequestId, from: &Author, author: &Author, joints: &[Joint]) -> Result<RequestFacts> {
        let request = requests::load(self, id)?;
        let to_it = |of: &Author| -> Result<Writer> {
            let joint = joints.iter().find(|joint| joint.id == request.joint);
            let joint = joint.map(|joint| InJoint { has_own: joint.has_own, is_own: of.is_addressee_of(&request) });
            Ok(writer_here(of.is_ours, of.is_staff, of.sender.writer_to(self, request.authority)?, joint))
        };
        let (writer, author) = (to_it(from)?, to_it(author)?);
        let settled = request.ended.is_some() || self.is_answered_by_others(&request, mail)?;
        let others_open = settled && self.has_others_open(&request)?;
        Ok(RequestFacts { id, joint: request.joint, writer, author, sent_at: self.handed_over_at(&request)?, settled, others_open })
    }

    /// Whether a request is answered in full without this mail.
    fn is_answered_by_others(&self, request: &Request, mail: Option<MailId>) -> Result<bool> {
        let Some(mail) = mail.filter(|_| request.answered > 0) else { return Ok(request.is_settled()) };
        Ok(requests::answered_without(self, request, mail)? >= request.asked)
    }

    fn has_others_open(&self, request: &Request) -> Result<bool> {
        let mut others = self.db.prepare_cached(&format!(
            "SELECT 1 FROM (SELECT id, ended FROM request WHERE authority_id = ?1 AND id <> ?2 AND ended IS NULL AND sent_at IS NOT NULL
             ORDER BY id DESC LIMIT 50) r WHERE {}",
            requests::IS_OPEN
        ))?;
        Ok(others.exists([request.authority.0, request.id.0])?)
    }

    /// When the first attempt to hand over the request's first letter began: nothing can answer it earlier, even if the server's last word
    /// about it was never heard.
    fn handed_over_at(&self, request: &Request) -> Result<Option<Timestamp>> {
        if request.sent_at.is_some() && request.basis.stated.is_some() && self.is_adopted(request.id)? {
            return Ok(request.sent_at);
        }
        let first: Option<i64> = self
            .db
            .prepare_cached("SELECT min(d.first_attempt_at) FROM letter l JOIN delivery d ON d.letter_id = l.id WHERE l.request_id = ?1")?
            .query_row([request.id.0], |row| row.get(0))?;
        Ok(first.and_then(|second| Timestamp::from_second(second).ok()).or(request.sent_at))
    }

    fn is_adopted(&self, request: RequestId) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT adopted FROM request WHERE id = ?1")?.query_row([request.0], |row| row.get(0))?)
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
