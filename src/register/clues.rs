//! What a mail says of itself, looked up in the register: the evidence that `domain::linking` weighs.

use super::senders::Sender;
use super::{Reader, Result, directory, requests, rows, senders};
use crate::domain::haste::sooner_than_a_person;
use crate::domain::identity::{AuthorityId, JointId, MailId, RequestId};
use crate::domain::linking::{Clue, Evidence, MailFacts, MailKind, RequestFacts};
use crate::domain::reference;
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::domain::request::Request;
use crate::domain::rules::day_in;
use crate::domain::trust::{Proof, Writer, is_passed_on, is_same_mailbox};
use crate::mail::Understood;
use crate::mail::address::is_of_exchange;
use crate::mail::folding::fold;
use crate::mail::quote;
use crate::mail::understood::{Bounce, Enclosed, Kind};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;
use serde::Serialize;
use std::collections::HashSet;

/// Everything `domain::linking::judge` needs of one mail.
#[derive(Debug, Clone)]
pub struct Gathered {
    pub mail: MailFacts,
    pub evidence: Vec<Evidence>,
    pub facts: Vec<RequestFacts>,
    /// The authorities about whose requests its author may write.
    pub senders: Vec<AuthorityId>,
}

/// How well it is proven who wrote a mail, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub proof: Proof,
    /// In sentences; may be empty.
    pub because: String,
}

/// Open requests of a sender's authority that are worth showing as candidates.
const MOST_OPEN_REQUESTS: usize = 12;
/// Message-IDs looked up in one mail; a thread longer than that says nothing more.
const MOST_MESSAGE_IDS: usize = 100;

/// Addresses of one mail that are looked up. A letter to more people than that is no answer.
const MOST_ADDRESSES: usize = 2_000;
/// Of them, those in which a slip is sought, which takes a millisecond each: 8 MB of near misses took 100 seconds. People retype one or two.
const MOST_SLIPS: usize = 20;

/// Characters of a letter so short that a robot may have written it.
const SHORT_NOTE: usize = 400;
/// Requests whose letters and mails are looked at for time and repetition.
const MOST_COMPARED: usize = 3;

impl Reader {
    /// Looks up every clue of a mail. `mail`: its own number, if it is known already: what it has done itself says nothing about it.
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
        let mut gathering =
            Gathering { reader: self, addresses, evidence: Vec::new(), addresses_left: MOST_ADDRESSES, slips_left: MOST_SLIPS };
        gathering.addresses(understood)?;
        gathering.message_ids(understood)?;
        gathering.references(understood)?;
        gathering.enclosed(&understood.enclosed, understood.kind)?;
        let from = self.from(&sender, addresses, today)?;
        let behind = self.author_behind(understood, &from, addresses, today)?;
        let (author_claimed, author_by_name) =
            behind.as_ref().map_or((false, false), |(_, known)| (*known == KnownBy::Claim, *known == KnownBy::Name));
        let author = behind.as_ref().map_or(&from, |(author, _)| author);
        let writers = author.sender.may_write_for();
        let is_a_machine_s = match understood.kind {
            Kind::Bounce => !understood.says_more,
            kind => kind == Kind::Automatic,
        };
        if !is_a_machine_s {
            gathering.names(understood, &author.address, &writers)?;
        }
        gathering.joint_requests(&author.sender.authorities)?;
        let evidence = gathering.evidence;
        let mut named: Vec<RequestId> = evidence.iter().map(|evidence| evidence.request).collect();
        named.sort();
        named.dedup();
        let machinelike = self.machinelike(understood, &sender, &named, received_at)?;
        let counted_before = mail.map_or(Ok(false), |mail| self.counted_before(mail))?;
        let perhaps_spam = mail.map_or(Ok(false), |mail| self.perhaps_spam(mail))?;
        let said: Vec<RequestId> = evidence
            .iter()
            .filter(|evidence| !evidence.clue.is_weak() || evidence.clue == Clue::JointRequest)
            .map(|evidence| evidence.request)
            .collect();
        let joints = self.joints_of(&said, author)?;
        let facts = named.into_iter().map(|request| self.facts(mail, request, &from, author, &joints)).collect::<Result<_>>()?;
        let mut mail = self.mail_facts(understood, received_at, addresses, proven);
        mail.from_ourselves = from.is_ours && self.is_own_letter(understood, addresses, author_claimed)?;
        mail.author_claimed = author_claimed;
        mail.author_by_name = author_by_name;
        mail.writer = match &from {
            _ if from.is_ours => Writer::Ourselves,
            _ if from.is_staff => Writer::Staff,
            _ if writers.is_empty() => Writer::Stranger,
            _ => Writer::Authority,
        };
        mail.of_check = from.is_ours && is_of_check(understood.message_id.as_deref(), addresses)
            || evidence.is_empty() && understood.bounce.as_ref().is_some_and(|bounce| is_report_of_check(bounce, understood, addresses));
        mail.unfit = mail.unfit.or(machinelike);
        mail.perhaps_spam = perhaps_spam;
        mail.counted_before = counted_before;
        Ok(Gathered { mail, evidence, facts, senders: writers })
    }

    fn counted_before(&self, mail: MailId) -> Result<bool> {
        let mut statement = self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1 AND counted_until IS NOT NULL)")?;
        Ok(statement.query_row([mail.0], |row| row.get(0))?)
    }

    /// Who wrote what the office's own address or a colleague passes on, and by what that is known. Colleagues and the office are none, and nor is
    /// whoever is only named, by a name that the directory does not have.
    fn author_behind(
        &self,
        understood: &Understood,
        from: &From,
        addresses: &ReplyAddresses,
        today: Date,
    ) -> Result<Option<(From, KnownBy)>> {
        if !from.is_ours && !from.is_staff {
            return Ok(None);
        }
        for Behind { written, known } in behind(understood, from.is_ours) {
            if known != KnownBy::Name {
                if !self.is_ours(&written, addresses) && !self.is_staff(&written) {
                    return Ok(Some((self.from(&written, addresses, today)?, known)));
                }
            } else if !self.is_name_of_staff(&written)
                && let Some(sender) = Sender::named(&self.db, &written, today)?
            {
                // Not by its words: whose name that is, a digest does not tell.
                let author = From { address: "by its name only".into(), is_ours: false, is_staff: false, sender };
                return Ok(Some((author, known)));
            }
        }
        Ok(None)
    }

    /// Who wrote what the office's own address or a colleague passes on; none if it is not known to pass anything on.
    pub fn passed_on(&self, mail: MailId, writer: Writer) -> Result<Option<PassedOn>> {
        let is_ours = writer == Writer::Ourselves;
        let Some(understood) = self.mail_kind(mail)?.1.filter(|_| is_ours || writer == Writer::Staff) else { return Ok(None) };
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
            let sender = if by_name { Sender::named(&self.db, &written, today)? } else { Some(Sender::find(&self.db, &written, today)?) };
            let mut authorities = Vec::new();
            for authority in sender.map(|sender| sender.may_write_for()).unwrap_or_default() {
                authorities.push(directory::load_head(&self.db, authority)?.name);
            }
            let author = AuthorBehind { written, by_name, authorities };
            if !authors.contains(&author) {
                authors.push(author);
            }
        }
        let passes_on = is_ours || !understood.enclosed.is_empty() || understood.subject.as_deref().is_some_and(quote::passes_on);
        Ok((passes_on || !authors.is_empty()).then_some(PassedOn { by: writer, authors }))
    }

    fn is_staff(&self, address: &str) -> bool {
        self.rules.staff.iter().any(|member| is_same_mailbox(&member.address, address))
    }

    fn is_name_of_staff(&self, name: &str) -> bool {
        let name = senders::full_name(name);
        name.is_some() && self.rules.staff.iter().any(|member| senders::full_name(&member.name) == name)
    }

    fn from(&self, address: &str, addresses: &ReplyAddresses, today: Date) -> Result<From> {
        Ok(From {
            address: address.to_owned(),
            is_ours: self.is_ours(address, addresses),
            is_staff: self.is_staff(address),
            sender: Sender::find(&self.db, address, today)?,
        })
    }

    /// The joint requests of which a request is named that the author may answer.
    fn joints_of(&self, named: &[RequestId], author: &From) -> Result<Vec<Joint>> {
        let mut joints: Vec<Joint> = Vec::new();
        for request in named {
            let request = requests::load(&self.db, *request)?;
            let is_addressee = author.is_addressee_of(&request);
            if !is_addressee && !author.sender.writer_to(&self.db, request.authority)?.is_of_authority() {
                continue;
            }
            match joints.iter_mut().find(|joint| joint.id == request.joint) {
                Some(joint) => joint.has_own |= is_addressee,
                None => joints.push(Joint { id: request.joint, has_own: is_addressee }),
            }
        }
        Ok(joints)
    }

    fn mail_facts(&self, understood: &Understood, received_at: Timestamp, addresses: &ReplyAddresses, proven: Proven) -> MailFacts {
        let kind = match understood.kind {
            _ if understood.automatic_doubtful => MailKind::DoubtfulLetter,
            // What cannot be read may be the answer: a person looks at it.
            Kind::Unreadable => MailKind::DoubtfulLetter,
            Kind::Letter => MailKind::Letter,
            Kind::Calendar if understood.answer_doubtful => MailKind::Letter,
            // An invitation or its reply is from a person, and answers nothing asked.
            Kind::Acknowledgement | Kind::Calendar => MailKind::Acknowledgement,
            Kind::Bounce | Kind::DeliveryReceipt | Kind::ReadReceipt if understood.says_more => MailKind::TypedReport,
            Kind::Bounce => MailKind::Bounce,
            Kind::Automatic if understood.challenge => MailKind::Challenge,
            Kind::Automatic | Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::FeedbackReport => MailKind::Automatic,
        };
        let ambiguous = understood.ambiguous.as_ref().map(|name| format!("its {name} stands there more than once, and differs"));
        MailFacts {
            kind,
            received_at,
            from_ourselves: false,
            writer: Writer::Stranger,
            author_claimed: false,
            author_by_name: false,
            of_check: false,
            says_more: understood.says_more,
            counted_before: false,
            perhaps_spam: false,
            bulk: understood.bulk && matches!(understood.kind, Kind::Letter | Kind::Acknowledgement),
            proof: proven.proof,
            proof_because: proven.because,
            unfit: ambiguous
                .or(self
                    .is_only_a_copy(understood, addresses)
                    .then(|| "it is addressed to somebody else, and the office has a copy".into()))
                .or(understood.answer_doubtful.then(|| {
                    match understood.kind {
                        Kind::Calendar => "it arranges a meeting, and its text or what is attached may be the answer",
                        _ => "it confirms receipt, speaks of an absence or asks for something first, and says more that may be the answer",
                    }
                    .into()
                })),
        }
    }

    fn is_ours(&self, sender: &str, addresses: &ReplyAddresses) -> bool {
        addresses.is_own(sender) || is_same_mailbox(&self.rules.address, sender)
    }

    /// A letter of ours that came back to us, by Bcc, a list or a rule of a mailbox. Relays may change Message-IDs, and the signed address to which
    /// answers go stands in Reply-To of our letters alone, but for lists that put it beside the author's: `author_claimed`, a header names an author who
    /// is not ours.
    fn is_own_letter(&self, understood: &Understood, addresses: &ReplyAddresses, author_claimed: bool) -> Result<bool> {
        let mut reply_to = understood.reply_to.iter().filter_map(|mailbox| mailbox.address.as_deref());
        if !author_claimed && reply_to.any(|address| matches!(addresses.read_as_written(address), Some(Read::Request(_)))) {
            return Ok(true);
        }
        let mut known = self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM own_message_id WHERE message_id = ?1)")?;
        Ok(known.query_row([&understood.message_id], |row| row.get(0))?)
    }

    /// Somebody writes to somebody else, about our letter perhaps, and lets the office know.
    fn is_only_a_copy(&self, understood: &Understood, addresses: &ReplyAddresses) -> bool {
        let domain = self.rules.address.rsplit_once('@').map(|(_, domain)| domain);
        let ours = |address: &str| {
            addresses.is_own(address)
                || address.rsplit_once('@').is_some_and(|(_, of)| domain.is_some_and(|own| own.eq_ignore_ascii_case(of)))
        };
        let mut to = understood.to.iter().filter_map(|mailbox| mailbox.address.as_deref()).peekable();
        let to_others = to.peek().is_some() && !to.any(ours);
        to_others && understood.cc.iter().filter_map(|mailbox| mailbox.address.as_deref()).any(ours)
    }

    /// What time and repetition tell of a short letter that does not say that it answers: it came sooner than a person writes, or the same
    /// words came before. Robots without a telling header or phrase are known by nothing else.
    fn machinelike(&self, understood: &Understood, sender: &str, requests: &[RequestId], received_at: Timestamp) -> Result<Option<String>> {
        let reply = understood.reply.trim();
        let brief = understood.kind == Kind::Letter && reply.chars().count() <= SHORT_NOTE && understood.attachments.is_empty();
        if !brief || reply.is_empty() || requests.is_empty() || crate::mail::kind::answers(reply) {
            return Ok(None);
        }
        let dated = understood.date.as_deref().and_then(|date| date.parse::<Timestamp>().ok()).map(Timestamp::as_second);
        for request in requests.iter().take(MOST_COMPARED) {
            let seconds = received_at.as_second();
            let last: Option<i64> = self
                .db
                .prepare_cached(
                    "SELECT max(d.first_attempt_at) FROM letter l JOIN delivery d ON d.letter_id = l.id
                     WHERE l.request_id = ?1 AND d.first_attempt_at <= ?2",
                )?
                .query_row(params![request.0, seconds], |row| row.get(0))?;
            if let Some(after) = last.and_then(|last| sooner_than_a_person(last, seconds, dated))
                && understood.quoted.is_empty()
            {
                return Ok(Some(format!("it came {after} seconds after our letter, sooner than a person answers")));
            }
            let before: Option<i64> = rusqlite::OptionalExtension::optional(
                self.db
                    .prepare_cached(
                        "SELECT m.id FROM (SELECT id FROM request WHERE authority_id = (SELECT authority_id FROM request WHERE id = ?1)
                                           ORDER BY id DESC LIMIT 20) r
                         JOIN mail_link l ON l.request_id = r.id JOIN mail m ON m.id = l.mail_id
                         WHERE m.sender = ?2 AND m.message_id IS NOT ?3 AND trim(json_extract(m.understood, '$.reply')) = ?4 LIMIT 1",
                    )?
                    .query_row(params![request.0, sender, understood.message_id, reply], |row| row.get(0)),
            )?;
            if let Some(before) = before {
                return Ok(Some(format!("the same words came before, in mail {before}: a machine may have written both")));
            }
        }
        Ok(None)
    }

    /// The request's reference and its authority's name, for people.
    pub fn names_of_request(&self, request: RequestId) -> Result<(String, String)> {
        let mut statement = self
            .db
            .prepare_cached("SELECT r.reference, a.name FROM request r JOIN authority a ON a.id = r.authority_id WHERE r.id = ?1")?;
        Ok(statement.query_row([request.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    fn facts(&self, mail: Option<MailId>, id: RequestId, from: &From, author: &From, joints: &[Joint]) -> Result<RequestFacts> {
        let request = requests::load(&self.db, id)?;
        let to_it = |of: &From| -> Result<Writer> {
            let writer = of.sender.writer_to(&self.db, request.authority)?;
            let joint = joints.iter().find(|joint| joint.id == request.joint);
            let answers_to_all = joint.is_some_and(|joint| !of.is_addressee_of(&request) && (joint.has_own || !writer.is_of_authority()));
            Ok(if of.is_ours {
                Writer::Ourselves
            } else if of.is_staff {
                Writer::Staff
            } else if answers_to_all {
                Writer::CoAddressee
            } else {
                writer
            })
        };
        let (writer, author) = (to_it(from)?, to_it(author)?);
        let settled = request.ended.is_some() || self.is_answered_by_others(&request, mail)?;
        let others_open = settled && self.has_others_open(&request)?;
        Ok(RequestFacts { id, joint: request.joint, writer, author, sent_at: self.handed_over_at(&request)?, settled, others_open })
    }

    /// Whether a request is answered in full without this mail.
    fn is_answered_by_others(&self, request: &Request, mail: Option<MailId>) -> Result<bool> {
        let Some(mail) = mail.filter(|_| request.answered > 0) else { return Ok(request.is_settled()) };
        Ok(requests::answered_without(&self.db, request, mail)? >= request.asked)
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

/// A joint request of which the author may answer a request that is named: who answers to all has that one in mind, and not the others'.
struct Joint {
    id: JointId,
    /// One that is the author's own authority's; then it answers for that alone, and not for one that it supervises.
    has_own: bool,
}

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
struct From {
    address: String,
    is_ours: bool,
    is_staff: bool,
    sender: Sender,
}

impl From {
    fn is_addressee_of(&self, request: &Request) -> bool {
        self.sender.authorities.contains(&request.authority)
    }
}

/// Whom a mail that is passed on names: the author that a list kept, then those of the letters that it encloses or quotes.
pub(super) fn behind(understood: &Understood, is_ours: bool) -> Vec<Behind> {
    let is_by_list = is_ours || is_put_there_by_a_list(understood);
    let reply_to = if is_by_list { understood.reply_to.as_slice() } else { &[] };
    let kept = understood.original_from.iter().chain(reply_to).filter_map(|mailbox| mailbox.address.as_ref());
    let enclosed = understood.enclosed.iter().flat_map(|enclosed| &enclosed.from).filter_map(|mailbox| {
        let address = mailbox.address.as_ref().filter(|address| !is_of_exchange(address));
        address.or(mailbox.name.as_ref())
    });
    let passed_on = enclosed.chain(&understood.quoted_from).map(|written| {
        let known = if written.contains('@') { KnownBy::Address } else { KnownBy::Name };
        Behind { written: written.clone(), known }
    });
    kept.map(|address| Behind { written: address.clone(), known: KnownBy::Claim }).chain(passed_on).collect()
}

/// "Anna Clerk via desk": a list has put an address of the house into From, and kept the author's in Reply-To.
fn is_put_there_by_a_list(understood: &Understood) -> bool {
    let name = understood.from.first().and_then(|from| from.name.as_deref());
    understood.bulk || name.is_some_and(is_passed_on)
}

/// Somebody who stands behind what the office's own address or a colleague passes on.
pub(super) struct Behind {
    /// The address, or the name.
    pub(super) written: String,
    known: KnownBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KnownBy {
    /// Of the letter that is passed on.
    Address,
    /// That letter gives no address.
    Name,
    /// An address that only a header says is the author's.
    Claim,
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

struct Gathering<'a> {
    reader: &'a Reader,
    addresses: &'a ReplyAddresses,
    evidence: Vec<Evidence>,
    /// Addresses still to be looked at, and those of them in which slips are still sought.
    addresses_left: usize,
    slips_left: usize,
}

impl Gathering<'_> {
    fn add(&mut self, request: RequestId, clue: Clue, detail: &str) {
        let detail: String = detail.chars().filter(|character| !character.is_control()).take(200).collect();
        let evidence = Evidence { request, clue, detail };
        if !self.evidence.contains(&evidence) {
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
            self.address(&address, Clue::ReplyAddress)?;
        }
        // A client that lost the real address shows it as a name; a form on a web page makes a blank of the plus.
        for mailbox in understood.to.iter().chain(&understood.cc).take(MOST_ADDRESSES) {
            let Some(name) = mailbox.name.as_deref() else { continue };
            let joined = mailbox.address.as_ref().map(|address| format!("{name}+{address}"));
            for shown in std::iter::once(name.to_owned()).chain(joined) {
                if let Some(Read::Request(_)) = self.addresses.read_as_written(&shown) {
                    self.address(&shown, Clue::ReplyAddressAfterSlip)?;
                }
            }
        }
        Ok(())
    }

    fn address(&mut self, address: &str, as_clue: Clue) -> Result<()> {
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
            Some(Read::Request(request)) if self.exists(request)? => self.add(request, as_clue, address),
            Some(Read::RequestAfterSlip(request)) if self.exists(request)? => self.add(request, Clue::ReplyAddressAfterSlip, address),
            Some(Read::Delivery(delivery)) => {
                let request: Option<Option<i64>> = rusqlite::OptionalExtension::optional(
                    self.reader
                        .db
                        .prepare_cached("SELECT l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?
                        .query_row([delivery.0], |row| row.get(0)),
                )?;
                if let Some(Some(request)) = request {
                    self.add(RequestId(request), Clue::BounceAddress, address);
                }
            }
            _ if self.reader.rules.receives_all_at(address) => {}
            _ => {
                let adopted: Vec<i64> = self
                    .reader
                    .db
                    .prepare_cached("SELECT request_id FROM adopted_address WHERE address = ?1 LIMIT 2")?
                    .query_map([address], |row| row.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                if let [request] = adopted.as_slice() {
                    self.add(RequestId(*request), as_clue, address);
                }
            }
        }
        Ok(())
    }

    fn exists(&self, request: RequestId) -> Result<bool> {
        let mut statement = self.reader.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM request WHERE id = ?1)")?;
        Ok(statement.query_row([request.0], |row| row.get(0))?)
    }

    fn message_ids(&mut self, understood: &Understood) -> Result<()> {
        for message_id in understood.in_reply_to.iter().chain(understood.references.iter().rev()).take(MOST_MESSAGE_IDS) {
            self.message_id(message_id, Clue::Thread)?;
        }
        if let Some(original) = understood.bounce.as_ref().and_then(|bounce| bounce.original_message_id.as_ref()) {
            self.message_id(original, Clue::ReturnedLetter)?;
        }
        Ok(())
    }

    fn message_id(&mut self, message_id: &str, clue: Clue) -> Result<()> {
        let request: Option<Option<i64>> = rusqlite::OptionalExtension::optional(
            self.reader
                .db
                .prepare_cached("SELECT request_id FROM own_message_id WHERE message_id = ?1")?
                .query_row([message_id], |row| row.get(0)),
        )?;
        if let Some(Some(request)) = request {
            self.add(RequestId(request), clue, message_id);
        }
        Ok(())
    }

    fn references(&mut self, understood: &Understood) -> Result<()> {
        self.references_in(understood.subject.as_deref().unwrap_or_default(), Clue::ReferenceInSubject)?;
        self.references_in(&understood.reply, Clue::ReferenceInText)?;
        self.references_in(&understood.quoted, Clue::ReferenceInQuote)?;
        for text in understood.attachments.iter().flat_map(|attachment| attachment.name.iter().chain(&attachment.text)) {
            self.references_in(text, Clue::ReferenceInAttachment)?;
        }
        Ok(())
    }

    fn references_in(&mut self, text: &str, clue: Clue) -> Result<()> {
        for found in reference::find(text, &self.reader.rules.prefix) {
            if found.valid
                && let Some(request) = requests::find(&self.reader.db, &found.reference)?
            {
                self.add(request, clue, &found.reference);
            }
        }
        Ok(())
    }

    /// A forwarded letter of ours, or a forwarded reply to one. In a bounce, the letter that came back.
    fn enclosed(&mut self, enclosed: &[Enclosed], kind: Kind) -> Result<()> {
        let (own, answered) = match kind {
            Kind::Bounce => (Clue::ReturnedLetter, Clue::EnclosedLetter),
            _ => (Clue::EnclosedLetter, Clue::EnclosedLetter),
        };
        for mail in enclosed {
            if let Some(message_id) = &mail.message_id {
                self.message_id(message_id, own)?;
            }
            for message_id in mail.in_reply_to.iter().chain(&mail.references).take(MOST_MESSAGE_IDS) {
                self.message_id(message_id, answered)?;
            }
            for address in mail.to.iter().chain(&mail.reply_to).filter_map(|mailbox| mailbox.address.as_deref()) {
                self.address(address, Clue::EnclosedLetter)?;
            }
            // Anybody can write a mail that names a reference, and enclose it.
            self.references_in(mail.subject.as_deref().unwrap_or_default(), Clue::ReferenceInEnclosed)?;
            self.references_in(&mail.text, Clue::ReferenceInEnclosed)?;
            for text in mail.attachments.iter().flat_map(|attachment| attachment.name.iter().chain(&attachment.text)) {
                self.references_in(text, Clue::ReferenceInEnclosed)?;
            }
        }
        Ok(())
    }

    /// An authority that answers another addressee's letter, of a joint request of which it is an addressee as well, has its own in mind.
    fn joint_requests(&mut self, authorities: &[AuthorityId]) -> Result<()> {
        let named: Vec<RequestId> =
            self.evidence.iter().filter(|evidence| !evidence.clue.is_weak()).map(|evidence| evidence.request).collect();
        for request in named {
            let request = requests::load(&self.reader.db, request)?;
            let mut is_its_own = authorities.is_empty();
            for authority in authorities {
                // Who supervises the addressee may answer for it.
                is_its_own |= senders::are_related(&self.reader.db, *authority, request.authority)?;
            }
            if is_its_own {
                continue;
            }
            for own in requests::of_joint(&self.reader.db, request.joint)?.into_iter().filter(|own| authorities.contains(&own.authority)) {
                self.add(own.id, Clue::JointRequest, &request.reference);
            }
        }
        Ok(())
    }

    /// What the mail names beside our references: letters sent by hand, whoever's they are; and for a sender of few authorities their matters, or
    /// else their open requests, which is weak evidence.
    fn names(&mut self, understood: &Understood, sender: &str, writers: &[AuthorityId]) -> Result<()> {
        let text = Said::by(understood);
        let adopted = self.adopted_named(&text, writers)?;
        if writers.len() <= MOST_OPEN_REQUESTS {
            self.sender(&text, &adopted, sender, writers)?;
        }
        // What is a part of a longer reference that is named as well is not named itself.
        let is_part = |reference: &str| adopted.iter().any(|(_, _, other)| other != reference && holds(&fold(other), reference));
        for (request, clue, reference) in adopted.iter().filter(|(_, _, reference)| !is_part(reference)) {
            self.add(*request, *clue, reference);
        }
        Ok(())
    }

    fn sender(&mut self, text: &Said, adopted: &[(RequestId, Clue, String)], sender: &str, writers: &[AuthorityId]) -> Result<()> {
        let has_better = !self.evidence.is_empty();
        for writer in writers {
            let mut shown = 0;
            for open in self.open_requests(*writer)? {
                if adopted.iter().any(|(request, _, _)| *request == open.id) {
                    continue;
                }
                if let Some(named) = text.named_of(&open.names) {
                    self.add(open.id, Clue::RecommendationNamed, named);
                } else if let Some(subject) = open.subject.as_deref().filter(|subject| text.answers(subject)) {
                    self.add(open.id, Clue::SubjectOfLetter, subject);
                } else if !has_better && open.is_sent && shown < MOST_OPEN_REQUESTS && self.reader.is_open(open.id)? {
                    shown += 1;
                    self.add(open.id, Clue::SenderOfAuthority, sender);
                }
            }
        }
        Ok(())
    }

    /// The requests begun by hand, settled ones too and whoever's, whose references the mail names.
    fn adopted_named(&self, text: &Said, writers: &[AuthorityId]) -> Result<Vec<(RequestId, Clue, String)>> {
        let mut statement =
            self.reader.db.prepare_cached("SELECT id, reference, authority_id FROM request WHERE adopted = 1 ORDER BY id DESC")?;
        let mut rows = statement.query([])?;
        let mut named = Vec::new();
        while let Some(row) = rows.next()? {
            let (request, reference): (i64, String) = (row.get(0)?, row.get(1)?);
            if !text.may_name(&reference) || self.is_of_our_form(&reference) {
                continue;
            }
            let mut clues = text.names_adopted(&reference, Apart::FromNumbers);
            if clues.is_empty() && !text.names_adopted(&reference, Apart::FromWords).is_empty() {
                let mut may_be_its_own = false;
                for writer in writers {
                    may_be_its_own |= senders::are_related(&self.reader.db, *writer, AuthorityId(row.get(2)?))?;
                }
                clues.extend(may_be_its_own.then_some(Clue::WithinReference));
            }
            named.extend(clues.into_iter().map(|clue| (RequestId(request), clue, reference.clone())));
        }
        Ok(named)
    }

    /// Whether a reference is one of those that were looked for already, with their check character.
    fn is_of_our_form(&self, reference: &str) -> bool {
        reference::find(reference, &self.reader.rules.prefix).iter().any(|found| found.valid)
    }

    fn open_requests(&self, authority: AuthorityId) -> Result<Vec<OpenRequest>> {
        let mut statement = self.reader.db.prepare_cached(
            "SELECT r.id, r.sent_at IS NOT NULL, c.reference, c.report, r.subject
             FROM (SELECT id, sent_at, subject FROM request WHERE authority_id = ?1 AND ended IS NULL ORDER BY id DESC LIMIT 200) r
             LEFT JOIN request_recommendation q ON q.request_id = r.id LEFT JOIN recommendation c ON c.id = q.recommendation_id
             ORDER BY r.id DESC, q.position",
        )?;
        let mut rows = statement.query([authority.0])?;
        let mut open: Vec<OpenRequest> = Vec::new();
        while let Some(row) = rows.next()? {
            let id = RequestId(row.get(0)?);
            if open.last().is_none_or(|last| last.id != id) {
                open.push(OpenRequest { id, is_sent: row.get(1)?, names: Vec::new(), subject: row.get(4)? });
            }
            let names = [row.get::<_, Option<String>>(2)?, row.get(3)?].into_iter().flatten();
            if let Some(last) = open.last_mut() {
                last.names.extend(names);
            }
        }
        Ok(open)
    }
}

/// A request that a sender's authority has not answered for good, and what names it.
struct OpenRequest {
    id: RequestId,
    is_sent: bool,
    /// References of its recommendations and their reports.
    names: Vec<String>,
    /// Of the letter, if it was sent by hand.
    subject: Option<String>,
}

/// Bytes; shorter names are found by chance.
const LEAST_TELLING: usize = 5;

/// Letters of each text of a mail in which such names are looked for.
const MOST_SAID: usize = 20_000;

/// The texts of a mail, folded, as names are looked for in them: people's programs change dashes, blanks and line ends.
struct Said {
    subject: String,
    reply: String,
    quoted: String,
    /// Names and texts of what is attached.
    attached: Vec<String>,
    /// All numbers in them.
    numbers: HashSet<String>,
}

impl Said {
    fn by(understood: &Understood) -> Said {
        let folded =
            |text: &str| fold(text.get(..text.char_indices().nth(MOST_SAID).map_or(text.len(), |(end, _)| end)).unwrap_or_default());
        let attached = understood.attachments.iter().flat_map(|attachment| attachment.name.iter().chain(&attachment.text));
        let mut said = Said {
            subject: folded(understood.subject.as_deref().unwrap_or_default()),
            reply: folded(&understood.reply),
            quoted: folded(&understood.quoted),
            attached: attached.map(|text| folded(text)).collect(),
            numbers: HashSet::new(),
        };
        let texts = [&said.subject, &said.reply, &said.quoted].into_iter().chain(&said.attached);
        said.numbers = texts.flat_map(|text| numbers_in(text)).map(str::to_owned).collect();
        said
    }

    /// Whether all numbers of a reference stand in it: of thousands of references, few are left to be looked for.
    fn may_name(&self, reference: &str) -> bool {
        numbers_in(&fold(reference)).all(|number| self.numbers.contains(number))
    }

    /// Which of these names of recommendations and reports stands in subject or text.
    fn named_of<'n>(&self, names: &'n [String]) -> Option<&'n str> {
        let is_named = |name: &&String| name.len() >= LEAST_TELLING && (holds(&self.subject, name) || holds(&self.reply, name));
        names.iter().find(is_named).map(String::as_str)
    }

    /// Where the reference of a request that was begun by hand stands. It has no check character, so it must at least hold a number.
    fn names_adopted(&self, reference: &str, apart: Apart) -> Vec<Clue> {
        if reference.len() < LEAST_TELLING || !reference.bytes().any(|byte| byte.is_ascii_digit()) {
            return Vec::new();
        }
        let attached = self.attached.iter().map(|text| (Clue::ReferenceInAttachment, text));
        let texts =
            [(Clue::ReferenceInSubject, &self.subject), (Clue::ReferenceInText, &self.reply), (Clue::ReferenceInQuote, &self.quoted)];
        let mut clues: Vec<Clue> =
            texts.into_iter().chain(attached).filter(|(_, text)| holds_apart(text, reference, apart)).map(|(clue, _)| clue).collect();
        clues.dedup();
        clues
    }

    /// Whether its subject is this one, with whatever mail clients and registries put around it.
    fn answers(&self, subject: &str) -> bool {
        subject.len() >= LEAST_TELLING && holds(&self.subject, subject)
    }
}

fn numbers_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|number| !number.is_empty())
}

/// What may stand beside a name that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// Anything but letters and figures.
    FromWords,
    /// Nor a sign that joins it to another number: "2041/3" is not named by "2041/3-1".
    FromNumbers,
}

/// Whether `text` (folded) holds `name` as a whole, not as part of a longer number or word.
fn holds(text: &str, name: &str) -> bool {
    holds_apart(text, name, Apart::FromWords)
}

fn holds_apart(text: &str, name: &str, apart: Apart) -> bool {
    let name = fold(name);
    let joins = |beside: [Option<char>; 2]| match beside {
        [Some('-' | '/' | '.'), Some(figure)] if apart == Apart::FromNumbers => figure.is_ascii_digit(),
        [next, _] => next.is_some_and(char::is_alphanumeric),
    };
    text.match_indices(&name).any(|(start, found)| {
        let mut before = text.get(..start).unwrap_or_default().chars().rev();
        let mut after = text.get(start + found.len()..).unwrap_or_default().chars();
        !joins([before.next(), before.next()]) && !joins([after.next(), after.next()])
    })
}
