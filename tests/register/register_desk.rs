//! An office at its register, without mail servers, mailboxes and templates.

pub use crate::rules::rules;
use demarche::domain::confidentiality::Class;
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::event::Actor;
use demarche::domain::identity::MailId;
use demarche::domain::linking::judge;
use demarche::domain::replacing::Given;
use demarche::domain::reply_address::{ReplyAddresses, Style};
use demarche::domain::request::ExchangeState;
use demarche::domain::trust::{Proof, Proven};
use demarche::intake::{Conclusion, Ingested, IngestedMail, MailboxRead};
use demarche::mail::message::Mailbox;
use demarche::mail::understood::{Kind, Understood};
use demarche::office::{AuthorityRow, Opening, RecommendationRow, RequestSelection};
use demarche::outgoing::{LookedThrough, StepAsTaken};
use demarche::register::*;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

/// A mail as a mailbox gives it, unmarked.
pub fn taken_in(raw: &[u8], source: &str, received_at: Timestamp) -> IngestedMail {
    IngestedMail { bytes: raw.to_vec().into(), cut: false, received_at, source: source.into(), flag_at: None, note: None }
}

pub fn read_to_end(now: Timestamp) -> MailboxRead<'static> {
    MailboxRead { name: "maildir:in", flagged: &[], cursor: None, to_end: Some(now), left: None, is_junk: false }
}

pub fn addresses() -> ReplyAddresses {
    ReplyAddresses::new(Style::Plus { local: "desk".into(), domain: "requests.example".into() }, b"a secret".to_vec())
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub struct Desk {
    pub register: Register,
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn open() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::create(&folder.path().join("register.sqlite"), rules()).unwrap();
        Desk { register, folder }
    }

    pub fn with_two_requests(now: Timestamp) -> Desk {
        Desk::with_requests_opened(&Opening::default(), now)
    }

    /// As [`Desk::with_two_requests`], with first letters that somebody wants to see before they leave.
    pub fn with_drafted_requests(now: Timestamp) -> Desk {
        Desk::with_requests_opened(&Opening { drafted: true, ..Opening::default() }, now)
    }

    fn with_requests_opened(opening: &Opening, now: Timestamp) -> Desk {
        let mut desk = Desk::open();
        let prison = AuthorityRow {
            name: "Prison Service".into(),
            email: Given::Value("post@prisons.example".into()),
            domains: vec!["prisons.example".into()],
            parent: Given::Value("Ministry of Justice".into()),
            ..AuthorityRow::default()
        };
        let ministry = AuthorityRow {
            name: "Ministry of Justice".into(),
            email: Given::Value("office@justice.example".into()),
            domains: vec!["justice.example".into()],
            ..AuthorityRow::default()
        };
        let report = desk.register.import_authorities(&[prison, ministry], &by("tests"), now, false).unwrap();
        assert_eq!((report.added, report.changed), (2, 0));
        let recommendation = |reference: &str, addressees: &[&str]| RecommendationRow {
            reference: reference.into(),
            addressees: addressees.iter().map(|name| (*name).to_string()).collect(),
            text: format!("That cells be aired ({reference})."),
            made_on: date(2026, 1, 5),
            report: Some("Visit 2026/1".into()),
            place: None,
            theme: None,
            urgency: None,
            repeats: None,
            class: Class::Confidential,
        };
        let rows =
            [recommendation("2026/1-1", &["Prison Service", "Ministry of Justice"]), recommendation("2026/1-2", &["prison service"])];
        desk.register.import_recommendations(&rows, &by("tests"), now, false).unwrap();
        let again = desk.register.import_recommendations(&rows, &by("tests"), now, false).unwrap();
        assert_eq!((again.added, again.unchanged), (0, 2));
        desk.register.declare_mailboxes(&["maildir:in".into()]).unwrap();
        let opened = desk.register.open_requests_as(&RequestSelection::AllNew, opening, &by("tests"), now, false).unwrap();
        assert_eq!(opened.requests.len(), 2);
        desk
    }

    /// Writes whatever is due, with a plain text in place of a letter.
    pub fn write_due(&mut self, now: Timestamp) -> Vec<String> {
        let agenda = self.register.agenda(now, 100).unwrap();
        let mut written = Vec::new();
        for due in &agenda.due {
            let name = due.step.as_ref().map_or("request".to_string(), |step| step.name.clone());
            let letter = (!due.recipients.is_empty() && due.step.as_ref().is_none_or(|step| step.is_letter())).then(|| NewLetter {
                role: due.letter("technical").role.into(),
                template: "plain".into(),
                level: Some(due.letter("technical").level.to_owned()),
                message_id: addresses().message_id(&due.request.reference, due.letter_number),
                subject: format!("[{}] Request", due.request.reference),
                bytes: format!("Subject: [{}]\r\n\r\nLetter {}\r\n", due.request.reference, due.letter_number).into_bytes(),
                text: "That cells be aired.".into(),
                written_on: now.to_zoned_datetime(TimeZone::UTC).date(),
                recipients: due.recipients.clone(),
                not_before: now,
                release_by: due.is_drafted(self.register.rules()).then(|| self.register.rules().release_by(now)),
            });
            let taken = StepAsTaken { due, stated: due.step.is_none().then_some(due.request.deadline), letter };
            self.register.take_step(&taken, &addresses(), now).unwrap();
            written.push(format!("{} {name}", due.authority.name));
        }
        written.sort();
        written
    }

    pub fn send_all(&mut self, now: Timestamp) -> usize {
        let retry = RetryRules::default();
        let (mut sent, mut pass) = (0, LookedThrough::default());
        while let Some(claim) = self.register.claim_delivery(&mut pass, &retry, now).unwrap() {
            self.register.finish_attempt(&claim, &accepted(), &retry, now).unwrap();
            sent += 1;
        }
        sent
    }

    /// A request's reference, by its authority.
    pub fn reference_to(&self, authority: &str) -> String {
        let requests = self.register.requests().unwrap();
        let is_theirs =
            |request: &&demarche::domain::request::Request| self.register.authority(request.authority).unwrap().name == authority;
        requests.iter().find(is_theirs).unwrap().reference.clone()
    }

    pub fn read_mailbox(&mut self, now: Timestamp) {
        self.register.record_and_conclude(&[], read_to_end(now), vec![], now).unwrap();
    }

    /// Takes a mail in, lets it be understood as `understood`, judges and concludes.
    pub fn receive(&mut self, raw: &[u8], understood: Understood, now: Timestamp) -> MailId {
        let mail = taken_in(raw, &format!("in/{}", raw.len()), now);
        let (taken, _) = self.register.record_and_conclude(&[mail], read_to_end(now), vec![], now).unwrap();
        let [Ingested::New(id)] = taken[..] else { panic!("the mail is known") };
        let gathered = self.register.gather(None, &understood, now, &addresses(), authentic()).unwrap();
        let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
        self.register.conclude(vec![Conclusion::new(id, understood, None, gathered, verdict)], now).unwrap();
        for request in self.register.requests().unwrap() {
            assert_eq!(self.register.is_open(request.id).unwrap(), !request.is_settled(), "{}", request.reference);
        }
        id
    }

    pub fn state(&self, reference: &str, now: Timestamp) -> ExchangeState {
        let request = self.register.request(reference).unwrap();
        self.register.request_view(&request, now).unwrap().state
    }
}

/// Who the mail says wrote it, did.
pub fn authentic() -> Proven {
    Proven { proof: Proof::Authentic, because: String::new() }
}

pub fn accepted() -> DeliveryOutcome {
    DeliveryOutcome::Accepted { reply: "250 2.0.0 queued as 4F".into(), queue_id: Some("4F".into()) }
}

pub fn letter_from(address: &str, subject: &str) -> Understood {
    Understood {
        from: vec![Mailbox { name: None, address: Some(address.into()) }],
        subject: Some(subject.into()),
        kind: Kind::Letter,
        reply: "The cells are aired twice a day.".into(),
        text: vec!["The cells are aired twice a day.".into()],
        ..Understood::default()
    }
}

pub fn by(person: &str) -> Actor {
    Actor::at_the_command_line(person)
}
