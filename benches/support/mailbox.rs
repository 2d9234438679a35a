//! What comes back to an office that has asked: a mailbox drawn from a seed, each mail with the truth about it.
//!
//! Sizes, charsets, languages and files are spread as in real mail (half of all mails below some 15 kB, a few with files of megabytes). Each mail
//! is told as a story, and its truth follows from the story, never from the rules that are tried on it: what was proven, what contradicts itself,
//! and what only a person can know.

// Long because the stories of a mailbox and the truth of each stand side by side, one function for each kind.

use super::asked::{Asked, Correspondence, answers_from, sent_at};
use super::writing::{Body, Draft, File, LANGUAGES, Language, encoded_word};
use demarche::demo::chance::Chance;
use demarche::domain::identity::RequestId;
use demarche::domain::reply::Effect;
use demarche::domain::trust::{Proof, Proven};
use demarche::mail::attached_letter;
use jiff::{SignedDuration, Timestamp};

/// What ought to become of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// The evidence proves it: exactly these requests, by rule.
    Linked(Vec<RequestId>, Effect),
    /// The evidence proves it, and it says something beside a formula: linked to this request as an answer, or shown to a person for it; never
    /// taken for a receipt, never set aside.
    Heard(RequestId),
    /// Only a person can decide: no link by rule, and it must wait for a person.
    Person,
    /// It is no matter of ours, or names none with certainty: no link by rule.
    NotOurs,
}

pub struct Written {
    pub raw: Vec<u8>,
    pub received_at: Timestamp,
    pub truth: Truth,
    /// As the check of DKIM and DMARC would find it.
    pub proven: Proven,
    /// What happens in it, for whoever looks at a miss.
    pub story: String,
}

/// Where the signed reply address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    To,
    Cc,
    /// Blind: only the servers wrote it down.
    DeliveredTo,
    OriginalTo,
    ReceivedFor,
    ToInCapitals,
}

/// How a reference is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    AsGiven,
    LowerCase,
    Dashes,
    Spaces,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attached {
    Pdf,
    Docx,
    Text,
    InTheName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    Recipient,
    Colleague,
    Subdomain,
    Ministry,
    Stranger,
    /// Another authority of the directory, which has nothing to do with it.
    Sister,
}

impl Sender {
    fn is_plausible(self) -> bool {
        !matches!(self, Sender::Stranger | Sender::Sister)
    }
}

/// What a mail says of which letter it answers. Each part may name another request than the rest.
#[derive(Default)]
struct Evidence<'a> {
    addresses: Vec<(At, String)>,
    thread: Vec<&'a Asked>,
    only_references: bool,
    subject: Option<(Hand, &'a Asked)>,
    text: Vec<&'a Asked>,
    quote: Option<&'a Asked>,
    attached: Option<(Attached, &'a Asked)>,
}

pub struct Mailbox<'a> {
    world: &'a Correspondence,
    seed: u64,
    /// Files as they come: none where only the evidence matters.
    pub with_files: bool,
}

/// A mail of one story under way.
struct Telling<'a, 'b> {
    world: &'a Correspondence,
    chance: &'b mut Chance,
    number: usize,
    language: &'static Language,
    asked: &'a Asked,
}

type Told = (Draft, Truth, String);

impl<'a> Mailbox<'a> {
    pub fn new(world: &'a Correspondence, seed: u64) -> Mailbox<'a> {
        Mailbox { world, seed, with_files: true }
    }

    pub fn mail(&self, number: usize) -> Written {
        let mut chance = Chance::new(self.seed, &format!("mail {number}"));
        let asked = chance.pick(&self.world.requests).expect("requests");
        let language = &LANGUAGES[chance.weighted(&[(45, 0), (18, 1), (18, 2), (8, 3), (7, 4), (4, 5)]).unwrap_or(0)];
        let mut telling = Telling { world: self.world, chance: &mut chance, number, language, asked };
        let mut received_at = answers_from() + SignedDuration::from_secs(20 * number as i64);
        let mut proven = Proven { proof: Proof::Authentic, because: String::new() };
        let (mut draft, mut truth, mut story) = telling.told();
        match (chance.below(300), &truth) {
            (0, Truth::Linked(_, Effect::Reply)) => {
                received_at = sent_at() - SignedDuration::from_hours(72);
                (truth, story) = (Truth::Person, format!("{story}; received before the letter was sent"));
            }
            // No signature and no policy: who answers by address or thread is believed, a reference anybody can write.
            (4..30, Truth::Linked(meant, Effect::Reply)) if meant.len() == 1 => {
                proven = Proven { proof: Proof::NotProven, because: String::new() };
                if !carries_proof(&story) && !story.contains("forwarded") {
                    truth = Truth::Linked(meant.clone(), Effect::Waiting);
                }
                story.push_str("; the sender is not proven");
            }
            (1..4, Truth::Linked(_, Effect::Reply)) => {
                proven = Proven { proof: Proof::Contradicted, because: "the office's own server says so".to_owned() };
                // Whatever it carries, only a person can decide (promise 5: nothing may contradict).
                truth = Truth::Person;
                story.push_str("; the sender is forged");
            }
            _ => {}
        }
        // Machines attach nothing, and a receipt with a file is an answer.
        let by_a_person = matches!(&truth, Truth::Linked(_, Effect::Reply | Effect::Waiting) | Truth::Person);
        if self.with_files && by_a_person {
            draft.files.extend(further_file(&mut chance));
        }
        if (by_a_person || matches!(truth, Truth::Heard(_))) && chance.percent(20) {
            let path = envelope_of_a_service(number, &draft, &mut chance);
            story.push_str(&format!("; {path}"));
            draft.head.retain(|line| !line.starts_with("Return-Path:"));
            draft.head.insert(0, path);
        }
        let carried = carries_proof(&story);
        let (raw, damage) = damaged(draft.written(&format!("b{number}")), carried && matches!(truth, Truth::Linked(..)), &mut chance);
        story.push_str(damage);
        Written { raw, received_at, truth, proven, story }
    }
}

/// A signed address, or one of our Message-IDs.
fn carries_proof(story: &str) -> bool {
    story.contains("address at") || story.contains("thread")
}

impl<'a> Telling<'a, '_> {
    fn told(&mut self) -> Told {
        match self.chance.below(1000) {
            0..430 => self.one_request(),
            430..490 => self.begun_by_hand(),
            490..530 => self.further_letter(),
            530..560 => self.receipt_with_substance(),
            560..620 => self.two_requests(),
            620..700 => self.contradiction(),
            700..730 => self.weak(),
            730..760 => self.forwarded(),
            760..800 => self.guess(),
            800..850 => self.out_of_office(),
            850..900 => self.bounce(),
            900..930 => self.acknowledgement(),
            930..950 => self.robot(),
            950..985 => self.newsletter(),
            _ => self.own_loop(),
        }
    }

    /// Any combination of evidence that all points to one request, from anybody.
    fn one_request(&mut self) -> Told {
        let asked = self.asked;
        let sender = self.sender();
        let mut evidence = Evidence::default();
        if self.chance.percent(50) {
            let at = self.at();
            evidence.addresses.push((at, asked.reply_to.clone()));
        }
        if self.chance.percent(50) {
            evidence.thread.push(asked);
            evidence.only_references = self.chance.percent(15);
        }
        if self.chance.percent(40) {
            evidence.subject = Some((self.hand(), asked));
        }
        if self.chance.percent(20) {
            evidence.text.push(asked);
        }
        if self.chance.percent(40) {
            evidence.quote = Some(asked);
        }
        if self.chance.percent(10) {
            evidence.attached = Some((self.attached(), asked));
        }
        let carried = !evidence.addresses.is_empty() || !evidence.thread.is_empty();
        let named = evidence.subject.is_some() || !evidence.text.is_empty() || evidence.quote.is_some() || evidence.attached.is_some();
        let truth = if sender.is_plausible() && (carried || named) {
            Truth::Linked(vec![asked.request], Effect::Reply)
        } else if sender == Sender::Stranger && carried {
            Truth::Linked(vec![asked.request], Effect::Waiting)
        } else {
            Truth::Person
        };
        let story = format!("one request, {sender:?}: {}", evidence.told());
        (self.reply(sender, &evidence), truth, story)
    }

    /// An answer to a letter that was sent by hand, under the reference that the letter had.
    fn begun_by_hand(&mut self) -> Told {
        let Some(asked) = self.chance.pick(&self.world.adopted) else { return self.one_request() };
        self.asked = asked;
        let other = self.world.adopted.iter().find(|other| other.authority == asked.authority && other.request != asked.request);
        let hand = self.chance.pick(&[Hand::AsGiven, Hand::LowerCase, Hand::Dashes]).copied().unwrap_or(Hand::AsGiven);
        let mut sender = self.known_sender();
        let mut truth = Truth::Linked(vec![asked.request], Effect::Reply);
        let mut evidence = Evidence::default();
        match (self.chance.below(8), other) {
            (0 | 1, _) => evidence.subject = Some((hand, asked)),
            (2, _) => evidence.text.push(asked),
            (3, _) => evidence.quote = Some(asked),
            (4, _) => {
                let attached = self.chance.pick(&[Attached::Pdf, Attached::Docx, Attached::Text]).copied().unwrap_or(Attached::Pdf);
                evidence.attached = Some((attached, asked));
            }
            (5, Some(other)) if !asked.message_id.is_empty() => {
                evidence.thread.push(asked);
                evidence.subject = Some((hand, other));
                truth = Truth::Person;
            }
            (6, _) => {
                evidence.subject = Some((hand, asked));
                sender = Sender::Stranger;
                truth = Truth::Person;
            }
            _ if !asked.message_id.is_empty() => evidence.thread.push(asked),
            _ if !asked.reply_to.is_empty() => evidence.addresses.push((At::To, asked.reply_to.clone())),
            _ => evidence.text.push(asked),
        }
        let story = format!("begun by hand as {:?}, {sender:?}: {}", asked.reference, evidence.told());
        (self.reply(sender, &evidence), truth, story)
    }

    /// One more letter on a request that is settled. While it bears the reference it belongs there; an old thread or address alone may be used
    /// for what the authority has open.
    fn further_letter(&mut self) -> Told {
        let Some(asked) = self.chance.pick(&self.world.settled) else { return self.one_request() };
        self.asked = asked;
        let sender = self.known_sender();
        let mut evidence = Evidence::default();
        let kind = self.chance.below(6);
        match kind {
            0 => {
                evidence.subject = Some((self.hand(), asked));
                evidence.thread.push(asked);
            }
            1 => evidence.text.push(asked),
            2 => evidence.quote = Some(asked),
            3 => {
                evidence.addresses.push((self.at(), asked.reply_to.clone()));
                evidence.quote = Some(asked);
            }
            4 => evidence.addresses.push((self.at(), asked.reply_to.clone())),
            _ => evidence.thread.push(asked),
        }
        // Each authority has further letters to answer: at least those that were sent by hand.
        let only_carried = kind >= 4;
        let truth = if only_carried { Truth::Person } else { Truth::Linked(vec![asked.request], Effect::Reply) };
        let story = format!("a further letter on a settled request, {sender:?}: {}", evidence.told());
        (self.reply(sender, &evidence), truth, story)
    }

    /// "We have received your letter", and what the authority has to say.
    fn receipt_with_substance(&mut self) -> Told {
        let asked = self.asked;
        let sender = self.known_sender();
        let evidence = Evidence { thread: vec![asked], addresses: vec![(At::To, asked.reply_to.clone())], ..Evidence::default() };
        let mut draft = self.reply(sender, &evidence);
        let (formula, statements) = self.chance.pick(&RECEIPTS).copied().unwrap_or(RECEIPTS[0]);
        let statement = self.chance.pick(statements).copied().unwrap_or_default();
        draft.text = format!("{}\n\n{formula} {statement}\n\n{}\nA. Clerk\n", self.language.salutation, self.language.farewell);
        (draft.charset, draft.body) = ("utf-8", Body::Plain);
        let desk = self.chance.percent(25);
        if desk {
            draft.head.push("Auto-Submitted: auto-generated".into());
        }
        let desk = if desk { ", from a service desk" } else { "" };
        (draft, Truth::Heard(asked.request), format!("a receipt with substance{desk}: {statement:?}; thread, address at To"))
    }

    /// One letter that answers two requests.
    fn two_requests(&mut self) -> Told {
        let (asked, sender) = (self.asked, self.known_sender());
        let others = self.world.others_of(asked);
        let Some(other) = self.chance.pick(&others).copied() else { return self.one_request() };
        let mut evidence = Evidence::default();
        match self.chance.below(3) {
            0 => {
                evidence.addresses.push((At::To, asked.reply_to.clone()));
                evidence.addresses.push((At::Cc, other.reply_to.clone()));
            }
            1 => {
                evidence.thread.push(asked);
                evidence.subject = Some((Hand::AsGiven, asked));
                evidence.text = vec![asked, other];
            }
            _ => evidence.text = vec![other, asked],
        }
        let story = format!("two requests, {sender:?}: {}", evidence.told());
        (self.reply(sender, &evidence), Truth::Linked(vec![asked.request, other.request], Effect::Reply), story)
    }

    /// Evidence that names different requests of one authority, or the right one from the wrong sender.
    fn contradiction(&mut self) -> Told {
        let (asked, sender) = (self.asked, self.known_sender());
        let others = self.world.others_of(asked);
        let Some(other) = self.chance.pick(&others).copied() else { return self.one_request() };
        let mut evidence = Evidence::default();
        let (how, sender) = match self.chance.below(7) {
            0 => {
                evidence.addresses.push((self.at(), asked.reply_to.clone()));
                evidence.text.push(other);
                ("address and text", sender)
            }
            1 => {
                evidence.thread.push(asked);
                evidence.quote = Some(asked);
                evidence.text.push(other);
                ("thread and text", sender)
            }
            2 => {
                evidence.addresses.push((self.at(), asked.reply_to.clone()));
                evidence.thread.push(other);
                ("address and thread", sender)
            }
            3 => {
                evidence.thread.push(asked);
                evidence.subject = Some((self.hand(), other));
                ("thread and subject", sender)
            }
            4 => {
                evidence.thread = vec![asked, other];
                ("a thread of two requests", sender)
            }
            5 => {
                evidence.addresses.push((self.at(), asked.reply_to.clone()));
                evidence.attached = Some((Attached::Docx, other));
                ("address and attachment", sender)
            }
            _ => {
                evidence.addresses.push((self.at(), asked.reply_to.clone()));
                evidence.subject = Some((Hand::AsGiven, asked));
                ("another authority", Sender::Sister)
            }
        };
        (self.reply(sender, &evidence), Truth::Person, format!("contradiction: {how}: {}", evidence.told()))
    }

    /// A retyped address with a slip, a reference with a wrong check letter, or nothing at all.
    fn weak(&mut self) -> Told {
        let (asked, sender) = (self.asked, self.known_sender());
        let mut evidence = Evidence::default();
        let mut what = "names nothing";
        let mut text = None;
        match self.chance.below(3) {
            0 => {
                evidence.addresses.push((At::To, slipped(&asked.reply_to, self.chance)));
                what = "slip in the address";
            }
            1 => {
                text = Some(misread(&asked.reference));
                what = "wrong check letter";
            }
            _ => {}
        }
        let mut draft = self.reply(sender, &evidence);
        if let Some(wrong) = text {
            draft.text = format!("Your reference: {wrong}\n\n{}", draft.text);
        }
        (draft, Truth::Person, format!("weak: {what}"))
    }

    /// A colleague passes on, as an attachment, what somebody of the authority wrote on our thread.
    fn forwarded(&mut self) -> Told {
        let asked = self.asked;
        let inner =
            Evidence { thread: vec![asked], quote: Some(asked), addresses: vec![(At::To, asked.reply_to.clone())], ..Evidence::default() };
        let inner = self.reply(Sender::Recipient, &inner).written(&format!("inner{}", self.number));
        let mut draft = self.reply(Sender::Colleague, &Evidence::default());
        draft.text = format!("{}\n\nplease see the enclosed.\n\n{}\n", self.language.salutation, self.language.farewell);
        draft.files.push(File { name: "letter.eml".into(), content_type: "message/rfc822", bytes: inner });
        (draft, Truth::Linked(vec![asked.request], Effect::Reply), "forwarded as an attachment".into())
    }

    /// A stranger who counts references up, or has seen one.
    fn guess(&mut self) -> Told {
        let asked = self.asked;
        let evidence = match self.chance.below(3) {
            0 => Evidence { subject: Some((self.hand(), asked)), ..Evidence::default() },
            1 => Evidence { text: vec![asked], ..Evidence::default() },
            _ => Evidence { subject: Some((Hand::AsGiven, asked)), quote: Some(asked), ..Evidence::default() },
        };
        (self.reply(Sender::Stranger, &evidence), Truth::Person, format!("a stranger who guesses: {}", evidence.told()))
    }

    fn out_of_office(&mut self) -> Told {
        let asked = self.asked;
        let threaded = self.chance.percent(70);
        let mut evidence = Evidence::default();
        if threaded {
            evidence.thread.push(asked);
            evidence.addresses.push((At::To, asked.reply_to.clone()));
        }
        let mut draft = self.reply(Sender::Recipient, &evidence);
        let words = [
            "I am out of the office until 2 March 2026 and will read your mail on my return.",
            "Je suis absent du bureau jusqu'au 2 mars 2026.",
            "Ich bin bis zum 2. März 2026 nicht im Büro.",
        ];
        draft.text = format!("{}\n\n{}\n", self.language.salutation, words[self.number % 3]);
        (draft.charset, draft.body) = ("utf-8", Body::Plain);
        draft.head.retain(|line| !line.starts_with("Subject:"));
        draft.head.push(format!("Subject: {}", ["Out of office: your letter", "Absence du bureau", "Abwesenheitsnotiz"][self.number % 3]));
        if self.chance.percent(70) {
            draft.head.push("Auto-Submitted: auto-replied".into());
        }
        let truth = if threaded { Truth::Linked(vec![asked.request], Effect::Automatic) } else { Truth::NotOurs };
        (draft, truth, if threaded { "out of office, thread" } else { "out of office, naming nothing" }.into())
    }

    /// A service desk's robot, with the subject kept.
    fn robot(&mut self) -> Told {
        let asked = self.asked;
        let evidence = Evidence { thread: vec![asked], addresses: vec![(At::To, asked.reply_to.clone())], ..Evidence::default() };
        let mut draft = self.reply(Sender::Colleague, &evidence);
        draft.text = "This is an automatic confirmation. Your request has been received and was given the number 4711.\nPlease do not reply to this message.\n".into();
        (draft.charset, draft.body) = ("utf-8", Body::Plain);
        draft.head.extend(["Auto-Submitted: auto-generated".into(), "Precedence: auto_reply".into()]);
        (draft, Truth::Linked(vec![asked.request], Effect::Automatic), "a robot on our thread".into())
    }

    fn acknowledgement(&mut self) -> Told {
        let asked = self.asked;
        let evidence = Evidence { thread: vec![asked], addresses: vec![(At::To, asked.reply_to.clone())], ..Evidence::default() };
        let mut draft = self.reply(Sender::Recipient, &evidence);
        draft.text = "Dear Sir or Madam,\n\nWe acknowledge receipt of your letter. It has been forwarded to the competent department.\n\nYours faithfully,\nA. Clerk\n".into();
        (draft.charset, draft.body) = ("utf-8", Body::Plain);
        (draft, Truth::Linked(vec![asked.request], Effect::Acknowledgement), "acknowledgement on our thread".into())
    }

    /// A delivery report about one of our letters, or backscatter about a letter that was never ours.
    fn bounce(&mut self) -> Told {
        let (asked, number) = (self.asked, self.number);
        let ours = self.chance.percent(85);
        let message_id = if ours { asked.message_id.clone() } else { format!("forged.{number}@elsewhere.example") };
        let to = if ours { asked.envelope_sender.clone() } else { "desk@requests.example".into() };
        let permanent = self.chance.percent(70);
        let (status, action, words) =
            if permanent { ("5.1.1", "failed", "550 5.1.1 user unknown") } else { ("4.2.2", "delayed", "452 4.2.2 mailbox full") };
        let boundary = format!("r{number}");
        let mut draft =
            self.draft("Mail Delivery System <MAILER-DAEMON@mx.requests.example>", "", &to, "Undelivered Mail Returned to Sender");
        draft.head.push("Auto-Submitted: auto-replied".into());
        let report = format!(
            "This is the mail system at host mx.requests.example.\n\n<{r}>: host mx.example[192.0.2.9] said: {words} (in reply to RCPT TO command)\n\n\
             --{boundary}\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.requests.example\n\n\
             Final-Recipient: rfc822; {r}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {words}\n\n\
             --{boundary}\nContent-Type: text/rfc822-headers\n\nFrom: desk@requests.example\nTo: {r}\nSubject: [{reference}] Request for an answer\n\
             Message-ID: <{message_id}>\n\n--{boundary}--\n",
            r = asked.recipient,
            reference = if ours { &asked.reference } else { "a matter of theirs" },
        );
        draft.head.push(format!("Content-Type: multipart/report; report-type=delivery-status; boundary=\"{boundary}\""));
        draft.body = Body::AsIs;
        draft.text = format!("--{boundary}\nContent-Type: text/plain; charset=us-ascii\n\n{report}");
        let truth = if ours { Truth::Linked(vec![asked.request], Effect::Bounce) } else { Truth::NotOurs };
        (draft, truth, if ours { "bounce of our letter" } else { "backscatter" }.into())
    }

    fn newsletter(&mut self) -> Told {
        let sender = self.chance.pick(&[Sender::Colleague, Sender::Stranger]).copied().unwrap_or(Sender::Stranger);
        let mut draft = self.reply(sender, &Evidence::default());
        draft.head.extend([
            "List-Unsubscribe: <https://news.example/leave>".into(),
            "List-Id: News <news.example>".into(),
            "Precedence: bulk".into(),
        ]);
        (draft, Truth::NotOurs, "newsletter".into())
    }

    /// A copy of our own letter comes back to us.
    fn own_loop(&mut self) -> Told {
        let asked = self.asked;
        let evidence = Evidence { thread: vec![asked], addresses: vec![(At::To, asked.reply_to.clone())], ..Evidence::default() };
        let mut draft = self.reply(Sender::Recipient, &evidence);
        draft.head.retain(|line| !line.starts_with("From:"));
        draft.head.push("From: National Preventive Mechanism <desk@requests.example>".into());
        (draft, Truth::NotOurs, "from ourselves".into())
    }

    fn sender(&mut self) -> Sender {
        let senders = [
            (50, Sender::Recipient),
            (20, Sender::Colleague),
            (6, Sender::Subdomain),
            (8, Sender::Ministry),
            (12, Sender::Stranger),
            (4, Sender::Sister),
        ];
        self.chance.weighted(&senders).unwrap_or(Sender::Recipient)
    }

    fn known_sender(&mut self) -> Sender {
        self.chance.pick(&[Sender::Recipient, Sender::Colleague, Sender::Ministry]).copied().unwrap_or(Sender::Recipient)
    }

    fn at(&mut self) -> At {
        let places = [At::To, At::To, At::To, At::Cc, At::DeliveredTo, At::OriginalTo, At::ReceivedFor, At::ToInCapitals];
        self.chance.pick(&places).copied().unwrap_or(At::To)
    }

    fn hand(&mut self) -> Hand {
        self.chance.pick(&[Hand::AsGiven, Hand::AsGiven, Hand::LowerCase, Hand::Dashes, Hand::Spaces]).copied().unwrap_or(Hand::AsGiven)
    }

    fn attached(&mut self) -> Attached {
        self.chance.pick(&[Attached::Pdf, Attached::Docx, Attached::Text, Attached::InTheName]).copied().unwrap_or(Attached::Pdf)
    }

    fn address_of(&mut self, sender: Sender) -> String {
        let authority = self.asked.authority;
        let colleague = format!("colleague{}", self.chance.below(50));
        match sender {
            Sender::Recipient => self.asked.recipient.clone(),
            Sender::Colleague => format!("{colleague}@{}", self.world.domain(authority)),
            Sender::Subdomain => format!("{colleague}@mail.{}", self.world.domain(authority)),
            Sender::Ministry => format!("{colleague}@{}", self.world.domain(self.world.ministry(authority))),
            Sender::Stranger => format!("{colleague}@counsel{}.example", self.chance.below(500)),
            Sender::Sister => format!("{colleague}@{}", self.world.domain(self.world.sister(authority))),
        }
    }

    fn draft(&mut self, from: &str, return_path: &str, to: &str, subject: &str) -> Draft {
        let number = self.number;
        let domain = return_path.rsplit_once('@').map_or("mx.requests.example", |(_, domain)| domain).to_owned();
        let head = vec![
            format!("Return-Path: <{return_path}>"),
            format!(
                "Received: from mail.{domain} (mail.{domain} [192.0.2.7])\r\n\tby mx.requests.example (Postfix) with ESMTPS id 4F{number:08X};\r\n\tMon, 26 Jan 2026 10:{:02}:00 +0100 (CET)",
                number % 60
            ),
            format!(
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=mail;\r\n\th=from:to:subject:date:message-id; bh={}=;\r\n\tb={}",
                self.chance.letters(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", 43),
                self.chance.letters(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", 340)
            ),
            format!("From: {from}"),
            format!("To: {to}"),
            format!("Subject: {}", encoded_word(subject)),
            format!("Date: Mon, 26 Jan 2026 10:{:02}:00 +0100", number % 60),
            format!("Message-ID: <{}.{number}@{domain}>", self.chance.letters(b"0123456789ABCDEF", 12)),
        ];
        Draft { head, text: String::new(), body: Body::Plain, charset: "us-ascii", base64: false, files: vec![] }
    }

    /// A letter by a person, with the evidence where it belongs.
    fn reply(&mut self, sender: Sender, evidence: &Evidence<'_>) -> Draft {
        let address = self.address_of(sender);
        let language = self.language;
        let to = evidence
            .addresses
            .iter()
            .find_map(|(at, address)| match at {
                At::To => Some(address.clone()),
                At::ToInCapitals => Some(address.to_uppercase()),
                _ => None,
            })
            .unwrap_or_else(|| "desk@requests.example".into());
        let subject = match evidence.subject {
            Some((hand, asked)) => {
                format!("{}[{}] Request for an answer", language.reply, hand.write(&asked.reference))
            }
            None => language.subject.to_owned(),
        };
        let name = encoded_word(&format!("{} {}", language.subject, self.chance.below(100)));
        let mut draft = self.draft(&format!("{name} <{address}>"), &address, &to, &subject);
        for (at, address) in &evidence.addresses {
            match at {
                At::To | At::ToInCapitals => {}
                At::Cc => draft.head.push(format!("Cc: Office <{address}>")),
                At::DeliveredTo => draft.head.insert(1, format!("Delivered-To: {address}")),
                At::OriginalTo => draft.head.insert(1, format!("X-Original-To: {address}")),
                At::ReceivedFor => draft.head.insert(
                    1,
                    format!("Received: from a.example by mx.requests.example (Postfix)\r\n\tfor <{address}>; Mon, 26 Jan 2026 10:00:00 +0100 (CET)"),
                ),
            }
        }
        if let Some(last) = evidence.thread.last() {
            if !evidence.only_references {
                draft.head.push(format!("In-Reply-To: <{}>", last.message_id));
            }
            let all: Vec<String> = evidence.thread.iter().map(|asked| format!("<{}>", asked.message_id)).collect();
            draft.head.push(format!("References: {}", all.join("\r\n ")));
        }
        draft.text = self.letter(evidence);
        draft.charset = self.chance.pick(language.charsets).copied().unwrap_or("utf-8");
        draft.base64 = self.chance.percent(20);
        draft.body = self.chance.weighted(&[(35, Body::Plain), (50, Body::Alternative), (15, Body::Html)]).unwrap_or(Body::Plain);
        if let Some((attached, asked)) = evidence.attached {
            draft.files.push(self.file(attached, &asked.reference));
        }
        draft
    }

    fn letter(&mut self, evidence: &Evidence<'_>) -> String {
        let language = self.language;
        let mut paragraphs = vec![language.salutation.to_owned()];
        if !evidence.text.is_empty() {
            let named: Vec<&str> = evidence.text.iter().map(|asked| asked.reference.as_str()).collect();
            paragraphs.push(format!("{} ({}).", language.sentence(self.chance).trim_end_matches('.'), named.join(", ")));
        }
        for _ in 0..self.chance.between(2, 9) {
            let sentences = self.chance.between(2, 7);
            paragraphs.push(language.paragraph(sentences, self.chance));
        }
        paragraphs.push(format!("{}\nA. Registrar\nTel. +00 1 234 567", language.farewell));
        let mut text = paragraphs.join("\n\n");
        if let Some(asked) = evidence.quote {
            text.push_str(&format!("\n\n{}\n\n", language.wrote));
            for line in asked.letter.lines() {
                text.push_str(&format!("> {line}\n"));
            }
        }
        text + "\n"
    }

    fn file(&mut self, attached: Attached, reference: &str) -> File {
        let mut lines = vec![format!("Your reference: {reference}"), String::new()];
        lines.extend(LANGUAGES[0].paragraph(30, self.chance).lines().map(str::to_owned));
        match attached {
            Attached::Pdf => File { name: "Answer.pdf".into(), content_type: "application/pdf", bytes: attached_letter::pdf(&lines) },
            Attached::Docx => File {
                name: "Answer.docx".into(),
                content_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                bytes: attached_letter::docx(&lines),
            },
            Attached::Text => File { name: "answer.txt".into(), content_type: "text/plain", bytes: lines.join("\r\n").into_bytes() },
            Attached::InTheName => {
                File { name: format!("Answer {reference}.bin"), content_type: "application/octet-stream", bytes: vec![0x55; 3_000] }
            }
        }
    }
}

impl Hand {
    fn write(self, reference: &str) -> String {
        match self {
            Hand::AsGiven => reference.to_owned(),
            Hand::LowerCase => reference.to_lowercase(),
            Hand::Dashes => reference.replace('-', "\u{2013}"),
            Hand::Spaces => reference.replace('-', " "),
        }
    }
}

impl Evidence<'_> {
    fn told(&self) -> String {
        let mut parts: Vec<String> = self.addresses.iter().map(|(at, _)| format!("address at {at:?}")).collect();
        if !self.thread.is_empty() {
            parts.push(if self.only_references { "thread in References only" } else { "thread" }.into());
        }
        parts.extend(self.subject.map(|(hand, _)| format!("reference in the subject, {hand:?}")));
        parts.extend(self.text.iter().map(|_| "reference in the text".to_owned()));
        parts.extend(self.quote.map(|_| "quoted letter".to_owned()));
        parts.extend(self.attached.map(|(attached, _)| format!("reference in an attachment, {attached:?}")));
        if parts.is_empty() { "nothing".into() } else { parts.join(", ") }
    }
}

/// A confirmation of receipt, and statements in the same language that may stand beside it.
type Receipt = (&'static str, &'static [&'static str]);

const RECEIPTS: [Receipt; 8] = [
    (
        "We acknowledge receipt of your letter.",
        &[
            "The deadline is extended until 30 April 2026.",
            "Access to the register is refused.",
            "The windows will be replaced in May.",
            "A fee of 40 euros is due.",
            "The report is exempt from disclosure.",
            "Our answer is enclosed.",
        ],
    ),
    (
        "Nous accusons réception de votre courrier.",
        &["Le délai est prolongé jusqu'au 30 avril 2026.", "L'accès au registre est refusé.", "Les fenêtres seront remplacées en mai."],
    ),
    (
        "Wir bestätigen den Eingang Ihres Schreibens.",
        &[
            "Die Frist wird bis zum 30. April 2026 verlängert.",
            "Die Einsicht in das Register wird abgelehnt.",
            "Die Fenster werden im Mai ersetzt.",
            "Eine Gebühr von 40 Euro ist fällig.",
        ],
    ),
    (
        "Acusamos recibo de su escrito.",
        &[
            "Se prorroga el plazo hasta el 30 de abril de 2026.",
            "Se deniega el acceso al registro.",
            "Las ventanas serán sustituidas en mayo.",
        ],
    ),
    (
        "Подтверждаем получение Вашего письма.",
        &["Срок продлён до 30 апреля 2026 года.", "В доступе к журналу отказано.", "Окна будут заменены в мае."],
    ),
    ("Confermiamo la ricezione della Vostra lettera.", &["Il termine è prorogato al 30 aprile 2026.", "L'accesso al registro è negato."]),
    ("Potwierdzamy otrzymanie Państwa pisma.", &["Termin zostaje przedłużony do 30 kwietnia 2026 r.", "Odmawiamy dostępu do rejestru."]),
    ("貴信を拝受いたしました。", &["期限を4月30日まで延長します。", "閲覧の請求は拒否されました。", "窓は5月に交換されます。"]),
];

/// The envelope sender that a mail service, a forwarder or a list puts on what people write (VERP, SRS, BATV, the counters of services): it says
/// nothing of who wrote the text.
fn envelope_of_a_service(number: usize, draft: &Draft, chance: &mut Chance) -> String {
    let from = draft.head.iter().find_map(|line| line.strip_prefix("From: ")?.rsplit_once('<')?.1.strip_suffix('>'));
    let (local, domain) = from.and_then(|from| from.split_once('@')).unwrap_or(("jane.doe", "authority.example"));
    let paths = [
        "bounce@mail.service.example".to_owned(),
        format!("bounces+{number}-ab12-desk=requests.example@em12.service.example"),
        format!("bounce-md_{number}.66fa01.v1-7d3c@mandrill.example"),
        format!("bounce-mc.us5_331.{number}-desk=requests.example@mail21.newsletters.example"),
        format!("0102018f3a-{number}-000000@eu-west-1.amazonses.example"),
        format!("SRS0=ab1C=QX={domain}={local}@forward.example"),
        format!("SRS1=x9Yz=forward.example==ab1C=QX={domain}={local}@second.example"),
        format!("prvs={number:06}={local}@{domain}"),
        format!("letters-bounces+desk=requests.example@lists.{domain}"),
        format!("msprvs1={number}x=bounces-{number}@sparkpost.example"),
    ];
    format!("Return-Path: <{}>", chance.pick(&paths).map_or("", String::as_str))
}

/// One character of the token changed for another of its alphabet.
fn slipped(address: &str, chance: &mut Chance) -> String {
    let start = address.find("+r-").map_or(0, |place| place + 3);
    let place = start + chance.below(13) as usize;
    let mut letters: Vec<char> = address.chars().collect();
    letters[place] = if letters[place] == 'k' { 'h' } else { 'k' };
    letters.into_iter().collect()
}

/// Another check letter than the right one.
fn misread(reference: &str) -> String {
    let (stem, check) = reference.split_at(reference.len() - 1);
    format!("{stem}{}", if check == "K" { "H" } else { "K" })
}

/// What comes with a letter beside the answer: the house's mark, the signed letter as a scan, photographs. Together they bring the average to some
/// 94 kB: mail servers used to be planned for 75 kB, and an ordinary inbox of 2021 was measured at sixty times the 2 to 4 kB of 1996
/// (office365itpros.com, "Why Messages in Your Exchange Online Inbox Are So Large").
fn further_file(chance: &mut Chance) -> Option<File> {
    let (name, content_type, beginning, size): (_, _, &[u8], _) = match chance.below(1000) {
        0..5 => ("photograph.jpg", "image/jpeg", &[0xff, 0xd8, 0xff, 0xe0], chance.between(1_000_000, 4_000_000)),
        5..30 => ("photograph.jpg", "image/jpeg", &[0xff, 0xd8, 0xff, 0xe0], chance.between(100_000, 600_000)),
        30..180 => ("scan.tif", "image/tiff", b"II*\0", chance.between(80_000, 600_000)),
        180..430 => ("image001.png", "image/png", b"\x89PNG\r\n\x1a\n", chance.between(6_000, 30_000)),
        _ => return None,
    };
    let words: Vec<u8> = (0..size / 8 + 1).flat_map(|_| chance.below(1 << 62).to_le_bytes()).collect();
    Some(File { name: name.into(), content_type, bytes: [beginning, &words].concat() })
}

/// One mail in twenty is hurt on its way; what proves its place stays, so its truth does.
fn damaged(mut raw: Vec<u8>, may_be_cut: bool, chance: &mut Chance) -> (Vec<u8>, &'static str) {
    let body = raw.windows(4).position(|window| window == b"\r\n\r\n").map_or(raw.len(), |place| place + 4);
    match chance.below(120) {
        0 if may_be_cut => {
            let keep = body + (raw.len() - body) / 2;
            raw.truncate(keep);
            (raw, "; cut short")
        }
        1 => {
            let end = raw.len().saturating_sub(14).max(body);
            if may_be_cut {
                raw.truncate(end);
            }
            (raw, "; the last boundary missing")
        }
        2 => {
            raw.splice(0..0, b"this line is no header\r\n".iter().copied());
            (raw, "; a stray line above the head")
        }
        3 => (raw.into_iter().filter(|byte| *byte != b'\r').collect(), "; bare line feeds"),
        4 => {
            raw.extend(b"\r\n\xff\xfe\x00 trailing bytes \x80\x81");
            (raw, "; bytes behind the end")
        }
        5 if may_be_cut => {
            let place = body + (raw.len() - body) / 3;
            raw.insert(place.min(raw.len()), 0xe9);
            (raw, "; a stray byte in the body")
        }
        _ => (raw, ""),
    }
}
