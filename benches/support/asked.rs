//! An office with requests under way, as its correspondents know it: what stands in the letters they got.

use demarche::domain::confidentiality::Class;
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::event::Actor;
use demarche::domain::identity::RequestId;
use demarche::domain::letter::LetterRole;
use demarche::domain::linking::judge;
use demarche::domain::replacing::{Given, Named};
use demarche::domain::reply_address::{ReplyAddresses, Style};
use demarche::domain::request::EndingKind;
use demarche::domain::rules::{OfficeHours, OfficeRules};
use demarche::domain::trust::{Proof, Proven};
use demarche::intake::{Conclusion, Ingested, IngestedMail};
use demarche::office::{AdoptedRow, AuthorityRow, FocalPointRow, RecommendationRow, RequestSelection};
use demarche::outgoing::{LookedThrough, StepAsTaken};
use demarche::register::{Claim, Durability, NewLetter, Reader, Register};
use jiff::Timestamp;
use jiff::civil::{date, time};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

#[path = "../../tests/support/rules.rs"]
mod of_stories;

/// Authorities of which the first is a ministry that supervises the others.
const IN_A_MINISTRY: usize = 10;

/// A request as the authority sees it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub request: RequestId,
    pub reference: String,
    pub recommendation: String,
    pub authority: usize,
    /// To whom the letter went.
    pub recipient: String,
    pub reply_to: String,
    pub message_id: String,
    pub envelope_sender: String,
    pub letter: String,
}

/// Everything the writers of mail know of the world.
#[derive(Debug)]
pub struct Correspondence {
    /// Open ones.
    pub requests: Vec<Asked>,
    /// Answered in full, or ended by the office.
    pub settled: Vec<Asked>,
    /// Begun by hand, under the office's older references; open. Those without a reply address or Message-ID have an empty one.
    pub adopted: Vec<Asked>,
    pub authorities: usize,
}

/// As in stories, but that letters leave on every day.
pub fn rules() -> Arc<OfficeRules> {
    let hours = OfficeHours { from: time(9, 0, 0, 0), to: time(17, 0, 0, 0), every_day: true };
    Arc::new(OfficeRules { hours, ..OfficeRules::clone(&of_stories::rules()) })
}

pub fn addresses() -> ReplyAddresses {
    ReplyAddresses::new(Style::Plus { local: "desk".into(), domain: "requests.example".into() }, b"a secret of the benchmarks".to_vec())
}

/// A working Monday, when the letters left.
pub fn sent_at() -> Timestamp {
    "2026-01-12T10:00:00Z".parse().expect("a time")
}

/// When the first answer comes.
pub fn answers_from() -> Timestamp {
    "2026-01-26T08:00:00Z".parse().expect("a time")
}

pub fn retry() -> RetryRules {
    RetryRules { per_domain_per_minute: u32::MAX, per_minute: u32::MAX, ..RetryRules::default() }
}

impl Correspondence {
    pub fn domain(&self, authority: usize) -> String {
        format!("house{}.example", authority % self.authorities)
    }

    /// The supervising authority, or the ministry itself.
    pub fn ministry(&self, authority: usize) -> usize {
        authority / IN_A_MINISTRY * IN_A_MINISTRY
    }

    /// An authority that neither supervises this one nor is supervised by it.
    pub fn sister(&self, authority: usize) -> usize {
        let ministry = self.ministry(authority);
        if authority == ministry {
            // The next ministry's first house.
            (ministry + IN_A_MINISTRY + 1) % self.authorities
        } else {
            ministry + 1 + (authority - ministry) % (IN_A_MINISTRY - 1)
        }
    }

    /// The other requests to the same authority.
    pub fn others_of(&self, asked: &Asked) -> Vec<&Asked> {
        self.requests.iter().filter(|other| other.authority == asked.authority && other.request != asked.request).collect()
    }

    /// Makes a register in which that many requests, one recommendation each, were sent and accepted. The register is left durable.
    pub fn begin(path: &Path, authorities: usize, requests: usize) -> Correspondence {
        let (mut correspondence, mut register) = Correspondence::opened(path, authorities, requests);
        let addresses = addresses();
        while correspondence.requests.len() < requests {
            let written = correspondence.write(&mut register, &addresses, requests);
            assert!(written > 0, "the agenda has letters to write");
        }
        let mut claims: HashMap<i64, Claim> = HashMap::new();
        let accepted = DeliveryOutcome::Accepted { reply: "250 2.0.0 queued".into(), queue_id: None };
        let mut pass = LookedThrough::default();
        while let Some(claim) = register.claim_delivery(&mut pass, &retry(), sent_at()).expect("an outbox") {
            register.finish_attempt(&claim, &accepted, &retry(), sent_at()).expect("an outbox");
            claims.insert(claim.request.map_or(0, |request| request.0), claim);
        }
        for asked in &mut correspondence.requests {
            asked.envelope_sender = claims[&asked.request.0].envelope_sender.clone();
        }
        correspondence
    }

    /// The same, with every first letter still to be written.
    pub fn opened(path: &Path, authorities: usize, requests: usize) -> (Correspondence, Register) {
        drop(Register::create(path, rules()).expect("a new register"));
        let mut register = Register::open_with(path, rules(), Durability::Replayable).expect("the new register");
        let rows: Vec<AuthorityRow> = (0..authorities).map(authority).collect();
        register.import_authorities(&rows, &by(), sent_at(), false).expect("authorities");
        let rows: Vec<RecommendationRow> = (0..requests).map(|number| recommendation(number, number % authorities)).collect();
        register.import_recommendations(&rows, &by(), sent_at(), false).expect("recommendations");
        register.open_requests(&RequestSelection::AllNew, &by(), sent_at(), false).expect("requests");
        (Correspondence { requests: Vec::with_capacity(requests), settled: vec![], adopted: vec![], authorities }, register)
    }

    /// The same as [`Self::begin`], with a past: one request in ten is settled, half of these by an answer and half by the office, and each
    /// authority has two requests that were begun by hand.
    pub fn with_a_past(path: &Path, authorities: usize, requests: usize) -> Correspondence {
        let mut correspondence = Correspondence::begin(path, authorities, requests);
        let mut register = Register::open_with(path, rules(), Durability::Replayable).expect("the register");
        let all = std::mem::take(&mut correspondence.requests).into_iter().enumerate();
        let (settled, open): (Vec<_>, Vec<_>) = all.partition(|(number, _)| (number + number / authorities) % 10 == 3);
        for (number, asked) in &settled {
            if number % 2 == 0 {
                register.end(&asked.reference, EndingKind::Closed, "what came is enough", &by(), settled_at()).expect("a request");
            } else {
                answer(&mut register, asked, settled_at());
            }
        }
        correspondence.requests = open.into_iter().map(|(_, asked)| asked).collect();
        correspondence.settled = settled.into_iter().map(|(_, asked)| asked).collect();
        let rows: Vec<AdoptedRow> = (0..2 * authorities).map(|number| by_hand(number, number % authorities)).collect();
        register.adopt_requests(&rows, &by(), sent_at(), false).expect("requests begun by hand");
        correspondence.adopted = rows.into_iter().map(|row| adopted(&register, row)).collect();
        correspondence
    }

    /// Writes letters that are due, at most `limit`, with a plain text in place of a template's.
    pub fn write(&mut self, register: &mut Register, addresses: &ReplyAddresses, limit: usize) -> usize {
        let agenda = register.agenda(sent_at(), limit).expect("an agenda");
        for due in &agenda.due {
            let recommendation = &due.recommendations[0];
            let reference = due.request.reference.clone();
            let letter = format!(
                "Dear Sir or Madam,\n\non our visit we found what is described below, and we ask you for your answer within 56 days.\n\n\
                 1. [{}] {}\n\nOur reference: {reference}. Please reply to this e-mail.\n\nNational Preventive Mechanism\n",
                recommendation.reference, recommendation.text
            );
            let message_id = addresses.message_id(&reference, due.letter_number);
            let reply_to = addresses.for_subject(due.request.id);
            let recipient = due.recipients[0].address.clone();
            let bytes = format!(
                "From: National Preventive Mechanism <desk@requests.example>\r\nTo: {recipient}\r\nReply-To: {reply_to}\r\nMessage-ID: <{message_id}>\r\n\
                 Subject: [{reference}] Request for an answer\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}",
                letter.replace('\n', "\r\n")
            );
            let new = NewLetter {
                role: LetterRole::Request,
                template: "request".into(),
                level: Some("technical".into()),
                message_id: message_id.clone(),
                subject: format!("[{reference}] Request for an answer"),
                bytes: bytes.into_bytes(),
                text: letter.clone(),
                written_on: date(2026, 1, 12),
                recipients: due.recipients.clone(),
                not_before: sent_at(),
                release_by: None,
            };
            let taken = StepAsTaken { due, stated: Some(due.request.deadline), letter: Some(new) };
            register.take_step(&taken, addresses, sent_at()).expect("a step");
            self.requests.push(Asked {
                request: due.request.id,
                recommendation: recommendation.reference.clone(),
                authority: place(&due.authority.name),
                recipient,
                reply_to,
                message_id,
                envelope_sender: String::new(),
                letter,
                reference,
            });
        }
        agenda.due.len()
    }
}

/// When the settled requests were settled.
fn settled_at() -> Timestamp {
    "2026-01-20T10:00:00Z".parse().expect("a time")
}

/// The authority answers in full.
pub fn answer(register: &mut Register, asked: &Asked, at: Timestamp) {
    let raw = format!(
        "From: A. Clerk <{}>\r\nTo: {}\r\nSubject: Re: [{reference}] Request for an answer\r\nMessage-ID: <answer.{reference}@house.example>\r\n\r\n\
         > 1. [{recommendation}] That the cells of the wing be aired.\r\n\r\nThis recommendation is accepted. The works begin in May.\r\n",
        asked.recipient,
        asked.reply_to,
        reference = asked.reference,
        recommendation = asked.recommendation
    );
    take(register, raw, Proof::Authentic, at);
    assert!(!register.is_open(asked.request).expect("the register"), "{} is answered", asked.reference);
}

/// Somebody in no directory writes about a request, to the office's plain address: a person has to look.
pub fn write_about(register: &mut Register, asked: &Asked, at: Timestamp) {
    let raw = format!(
        "From: B. Writer <writer@elsewhere.example>\r\nTo: desk@requests.example\r\nSubject: your letter {reference}\r\n\
         Message-ID: <about.{reference}@elsewhere.example>\r\n\r\nWhat you ask for was done in spring.\r\n",
        reference = asked.reference
    );
    take(register, raw, Proof::NotProven, at);
}

fn take(register: &mut Register, raw: String, proof: Proof, at: Timestamp) {
    let raw = raw.into_bytes();
    let understood = demarche::mail::understand(&raw);
    let source = understood.message_id.clone().unwrap_or_default();
    let taken = IngestedMail { bytes: raw.into(), cut: false, received_at: at, source, flag_at: None, note: None };
    let taken = register.record_mails(&[taken], at).expect("the register");
    let [Ingested::New(mail)] = taken.as_slice() else { panic!("a new mail") };
    register.claim_unread(None, 1, at).expect("the register");
    let proven = Proven { proof, because: String::new() };
    let gathered = register.gather(Some(*mail), &understood, at, &addresses(), proven).expect("the register");
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    register.conclude(vec![Conclusion::new(*mail, understood, None, gathered, verdict)], at).expect("a conclusion");
}

/// Correspondence begun by hand, before the program came: the office numbered otherwise then, each clerk in their own way.
fn by_hand(number: usize, authority: usize) -> AdoptedRow {
    let reference = match number % 6 {
        0 => format!("UR {}/2025", 100 + number),
        1 => format!("4.2-{}/25/BW", 100 + number),
        2 => format!("NPM/V/25/{number:03}"),
        3 => format!("letter of 3 November 2025, wing {number}"),
        4 => format!("Az. 451-{number}"),
        _ => format!("{}-M/25", 100 + number),
    };
    AdoptedRow {
        authority: format!("House {authority}"),
        recipient: Some(format!("clerk@house{authority}.example")),
        subject: Some(format!("Air and light in wing {number}")),
        sent_on: date(2025, 12, 1),
        deadline: date(2026, 2, 27),
        message_id: (!number.is_multiple_of(3)).then(|| format!("by-hand.{number}@requests.example")),
        reply_address: (number % 3 == 2).then(|| format!("wing{number}@requests.example")),
        recommendations: vec![],
        reference,
    }
}

fn adopted(reader: &Reader, row: AdoptedRow) -> Asked {
    Asked {
        request: reader.request(&row.reference).expect("an adopted request").id,
        recommendation: String::new(),
        authority: place(&row.authority),
        recipient: row.recipient.unwrap_or_default(),
        reply_to: row.reply_address.unwrap_or_default(),
        message_id: row.message_id.unwrap_or_default(),
        envelope_sender: String::new(),
        letter: format!(
            "Dear Sir or Madam,\n\non our visit we found that the wing has no daylight, and we ask you for your answer.\n\nOur reference: {}.\n\nNational Preventive Mechanism\n",
            row.reference
        ),
        reference: row.reference,
    }
}

fn authority(number: usize) -> AuthorityRow {
    let ministry = number / IN_A_MINISTRY * IN_A_MINISTRY;
    AuthorityRow {
        name: format!("House {number}"),
        email: Given::Value(format!("registry@house{number}.example")),
        domains: vec![format!("house{number}.example")],
        parent: (ministry != number).then(|| format!("House {ministry}")).into(),
        focal_points: vec![FocalPointRow {
            named: Named {
                name: Given::Value(format!("A. Clerk {number}")),
                address: format!("clerk@house{number}.example"),
                level: "technical".into(),
                focal_point: true,
                ..Named::default()
            },
            confirmed_on: None,
        }],
        ..AuthorityRow::default()
    }
}

fn place(name: &str) -> usize {
    name.trim_start_matches("House ").parse().expect("a house's number")
}

fn recommendation(number: usize, authority: usize) -> RecommendationRow {
    RecommendationRow {
        reference: format!("V2026/{number}-1"),
        addressees: vec![format!("House {authority}")],
        text: format!(
            "That the cells of wing {number} be aired, lit by daylight and no longer shared by more persons than they were built for."
        ),
        made_on: date(2026, 1, 5),
        report: None,
        place: None,
        theme: None,
        urgency: None,
        repeats: None,
        class: Class::Confidential,
    }
}

fn by() -> Actor {
    Actor::at_the_command_line("benchmark")
}
