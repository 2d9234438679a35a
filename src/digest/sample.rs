//! Made-up digests and alarms for trying templates: between them every list is full and is empty, and everything fails and is well.

use super::alarm::{Alarm, AlarmAbout};
use super::content::{
    Arrived, Authorship, CameBack, CameBackHow, Candidate, DigestContent, DueSoon, Extended, Health, HeldStep, LinkMade, MailboxHealth,
    NextLetter, NonCooperation, OutboxHealth, Overdue, PartFailing, PassedOn, PassedOnFrom, Paused, Period, PositionTaken, Proof,
    Undeliverable, Unopened, VacantLevel, Waiting,
};
use crate::domain::addressing::Vacancy;
use crate::domain::health::HealthPart;
use crate::domain::hold::Hold;
use crate::domain::identity::{LetterId, MailId};
use crate::domain::linking::EvidenceKind;
use crate::domain::reply::{Effect, Standing};
use crate::domain::rules::OfficeRules;
use crate::domain::silence::Silence;
use crate::domain::staff::{Responsibility, StaffMember};
use crate::domain::steps::{Author, Waits, steps};
use crate::domain::trust::{Proof as SenderProof, Writer};
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// A working day with everything in it.
pub fn busy_day() -> DigestContent {
    let mut content = DigestContent {
        period: Period::Daily,
        from: date(2026, 2, 26),
        to: date(2026, 2, 27),
        arrived: vec![
            Arrived {
                mail: MailId(41),
                received: at(date(2026, 2, 26), 15),
                from: "Jana Dvořák <jana.dvorak@prisons.example>".into(),
                subject: "Re: [NPM-2026-0147-K] Request for a written answer by 26 February 2026".into(),
                writer: by(Writer::Authority, SenderProof::Authentic),
                passed_on: None,
                deleted_unread: false,
                links: vec![LinkMade {
                    reference: "NPM-2026-0147-K".into(),
                    authority: "Prison Service".into(),
                    effect: Effect::Reply,
                    by: None,
                    evidence: vec![
                        proof(EvidenceKind::ReplyAddress, "desk+r-bcdefghjkmnpq@office.example"),
                        proof(EvidenceKind::Thread, "npm-2026-0147-k.1.abcdefgh@office.example"),
                    ],
                    positions: vec![position("2026/3-1", "accepted"), position("2026/3-2", "rejected")],
                }],
                unopened: vec![],
            },
            Arrived {
                mail: MailId(42),
                received: at(date(2026, 2, 27), 7),
                from: "Registry <registry@health.example>".into(),
                subject: "Joint reply of the ministry".into(),
                writer: by(Writer::Related, SenderProof::NotProven),
                passed_on: None,
                deleted_unread: false,
                links: vec![
                    LinkMade {
                        reference: "NPM-2026-0150-T".into(),
                        authority: "Department of Health".into(),
                        effect: Effect::Reply,
                        by: Some("Eva Marešová".into()),
                        evidence: vec![proof(EvidenceKind::ReferenceInText, "NPM-2026-0150-T")],
                        positions: vec![position("2026/9", "partly accepted"); 14],
                    },
                    LinkMade {
                        reference: "NPM-2026-0151-W".into(),
                        authority: "Department of Health".into(),
                        effect: Effect::Acknowledgement,
                        by: None,
                        evidence: vec![proof(EvidenceKind::ReferenceInAttachment, "answer.pdf: NPM-2026-0151-W")],
                        positions: vec![],
                    },
                ],
                unopened: vec![unopened("annex.pdf", "It is encrypted. It was not opened; ask for it without a password.")],
            },
            Arrived {
                mail: MailId(45),
                received: at(date(2026, 2, 27), 7),
                from: "Petr Malý <petr.maly@health.example>".into(),
                subject: "Not read: [NPM-2026-0151-W] Reminder".into(),
                writer: by(Writer::Authority, SenderProof::NotProven),
                passed_on: None,
                deleted_unread: true,
                links: vec![LinkMade {
                    reference: "NPM-2026-0151-W".into(),
                    authority: "Department of Health".into(),
                    effect: Effect::Automatic,
                    by: None,
                    evidence: vec![proof(EvidenceKind::ReturnedLetter, "npm-2026-0151-w.2.abcdefgh@office.example")],
                    positions: vec![],
                }],
                unopened: vec![],
            },
        ],
        receipts: 3,
        waiting: vec![
            Waiting {
                mail: MailId(12),
                received: at(date(2026, 2, 26), 9),
                age_days: 1,
                is_new: true,
                told_on: None,
                from: "Office of the Governor <office@riverside.example>".into(),
                subject: "Your letter of 2 January".into(),
                writer: by(Writer::FormerHolder, SenderProof::NotProven),
                passed_on: None,
                steps: vec![],
                effect: Some(Effect::Waiting),
                standing: Standing::Linked,
                why: vec![
                    "linked by reference in the quoted text".into(),
                    "the sender held a post at the authority and does no longer: it does nothing until a person says so".into(),
                ],
                candidates: vec![
                    Candidate {
                        reference: "NPM-2026-0147-K".into(),
                        authority: "Prison Service".into(),
                        evidence: vec![
                            proof(EvidenceKind::RecommendationNamed, "2026/3-1"),
                            proof(EvidenceKind::ReferenceInQuote, "NPM-2026-0147-K"),
                        ],
                    },
                    Candidate {
                        reference: "NPM-2026-0148-M".into(),
                        authority: "Riverside Remand Prison".into(),
                        evidence: vec![proof(EvidenceKind::ReplyAddressAfterSlip, "desk+r-bcdefghjkmnpp@office.example")],
                    },
                ],
                unopened: vec![],
            },
            Waiting {
                mail: MailId(39),
                received: at(date(2026, 2, 26), 22),
                age_days: 1,
                is_new: true,
                told_on: None,
                from: String::new(),
                subject: String::new(),
                writer: by(Writer::Stranger, SenderProof::NotProven),
                passed_on: None,
                steps: vec![],
                effect: None,
                standing: Standing::Unlinked,
                why: vec![],
                candidates: vec![],
                unopened: vec![unopened("", "By its first bytes it is a Windows program, whatever its name. It was not opened."); 7],
            },
            Waiting {
                mail: MailId(44),
                received: at(date(2026, 2, 27), 6),
                age_days: 0,
                is_new: true,
                told_on: None,
                from: "Eva Marešová <eva@office.example>".into(),
                subject: "Fwd: Our answer".into(),
                writer: by(Writer::Staff, SenderProof::NotProven),
                passed_on: Some(PassedOn {
                    by: Writer::Staff,
                    authors: vec![PassedOnFrom { from: "jana.dvorak@prisons.example".into(), authorities: vec!["Prison Service".into()] }],
                }),
                steps: vec![],
                effect: None,
                standing: Standing::Suggested,
                why: vec!["it comes from a member of staff, not from an authority".into()],
                candidates: vec![Candidate {
                    reference: "NPM-2026-0104-H".into(),
                    authority: "Prison Service".into(),
                    evidence: vec![proof(EvidenceKind::ReferenceInQuote, "NPM-2026-0104-H")],
                }],
                unopened: vec![],
            },
            Waiting {
                mail: MailId(40),
                received: at(date(2026, 2, 27), 2),
                age_days: 0,
                is_new: true,
                told_on: None,
                from: String::new(),
                subject: "damaged".into(),
                writer: None,
                passed_on: None,
                steps: vec![],
                effect: None,
                standing: Standing::Quarantined,
                why: vec!["it could not be read twice".into()],
                candidates: vec![],
                unopened: vec![],
            },
            Waiting {
                mail: MailId(8),
                received: at(date(2026, 1, 28), 9),
                age_days: 30,
                is_new: false,
                told_on: Some(date(2026, 2, 26)),
                from: "Jana Dvořák <jana.dvorak@prisons.example>".into(),
                subject: "Our letter".into(),
                writer: by(Writer::Authority, SenderProof::NotProven),
                passed_on: None,
                steps: vec![],
                effect: Some(Effect::Waiting),
                standing: Standing::Linked,
                why: vec!["linked by reference in the subject".into()],
                candidates: vec![Candidate {
                    reference: "NPM-2026-0104-H".into(),
                    authority: "Prison Service".into(),
                    evidence: vec![proof(EvidenceKind::ReferenceInSubject, "NPM-2026-0104-H")],
                }],
                unopened: vec![],
            },
            Waiting {
                mail: MailId(21),
                received: at(date(2026, 2, 20), 9),
                age_days: 7,
                is_new: false,
                told_on: None,
                from: String::new(),
                subject: String::new(),
                writer: by(Writer::Stranger, SenderProof::NotProven),
                passed_on: None,
                steps: vec![],
                effect: None,
                standing: Standing::Unlinked,
                why: vec![],
                candidates: vec![],
                unopened: vec![],
            },
        ],
        waiting_unlisted: 0,
        due_soon: vec![
            DueSoon { reference: "NPM-2026-0152-X".into(), authority: "City Police".into(), deadline: date(2026, 2, 27), days_left: 0 },
            DueSoon { reference: "NPM-2026-0153-Y".into(), authority: "Border Guard".into(), deadline: date(2026, 3, 4), days_left: 5 },
        ],
        overdue: vec![
            Overdue {
                reference: "NPM-2025-0733-B".into(),
                authority: "Ministry of Justice".into(),
                deadline: date(2026, 1, 30),
                days: 28,
                partial: true,
                last_step: Some(("escalation to the head".into(), date(2026, 2, 13))),
            },
            Overdue {
                reference: "NPM-2026-0147-K".into(),
                authority: "Prison Service".into(),
                deadline: date(2026, 2, 26),
                days: 1,
                partial: false,
                last_step: None,
            },
        ],
        undeliverable: vec![Undeliverable {
            authority: "Social Care Inspectorate".into(),
            contact: "Petr Malý <petr.maly@care.example>".into(),
            reason: "550 5.1.1 no such user".into(),
            since: date(2026, 2, 25),
        }],
        came_back: vec![
            came_back("NPM-2026-0107-M", CameBackHow::Suppressed, "550 5.1.1 no such user"),
            came_back("NPM-2026-0108-N", CameBackHow::CameBack, "554 5.7.1 rejected"),
            came_back("NPM-2026-0109-P", CameBackHow::SaidToHaveComeBack, "550 5.1.1 no such user"),
            came_back("NPM-2026-0110-Q", CameBackHow::Unknown, ""),
        ],
        silent: vec![Silence { to: "ministry.example".into(), letters: 10, since: date(2026, 1, 12) }],
        non_cooperation: vec![NonCooperation {
            reference: "NPM-2025-0611-C".into(),
            authority: "Regional Court".into(),
            recorded_on: date(2026, 2, 26),
            not_written: vec!["escalation to the head".into()],
        }],
        beyond_ladder: 12,
        extensions: vec![Extended {
            reference: "NPM-2026-0099-D".into(),
            authority: "Ministry of Health".into(),
            until: date(2026, 3, 31),
            reason: "the new minister takes office on 1 March".into(),
        }],
        pauses: vec![Paused {
            reference: "NPM-2026-0101-F".into(),
            authority: "City Police".into(),
            since: date(2026, 2, 16),
            reason: "we owe them a copy of the report".into(),
        }],
        next_letters: vec![NextLetter {
            on: date(2026, 2, 27),
            step: "reminder".into(),
            reference: "NPM-2026-0152-X".into(),
            authority: "City Police".into(),
            to: "Jana Dvořák".into(),
        }],
        held: vec![
            held("NPM-2026-0147-K", Hold::ReplyMayBeWaiting),
            held("NPM-2026-0104-H", Hold::MailboxNotRead),
            held("NPM-2026-0105-J", Hold::LetterOnItsWay),
            held("NPM-2026-0107-M", Hold::AddressSuppressed),
            held("NPM-2026-0109-P", Hold::SaidToHaveComeBack),
        ],
        vacant: vec![
            vacant("Prison Service", "escalation to the head", "head", Vacancy::NobodyOfLevel, 3),
            vacant("Regional Court", "escalation to the supervising authority", "minister", Vacancy::NoSupervisingAuthority, 1),
            vacant("City Police", "escalation to the supervising authority", "minister", Vacancy::SupervisingAuthorityWithoutAddress, 2),
            vacant("Coast Guard", "escalation to the head", "head", Vacancy::SameAddress, 1),
        ],
        health: Health {
            failing: vec![PartFailing {
                part: HealthPart::Writing,
                since: at(date(2026, 2, 27), 6),
                problem: "NPM-2026-0150-R: templates/en/reminder/body.txt, line 3: no such name: deadlin".into(),
            }],
            mailboxes: vec![
                MailboxHealth {
                    name: "imap:mail.office.example/INBOX".into(),
                    last_read: Some(at(date(2026, 2, 27), 7)),
                    failing_since: None,
                    problem: None,
                },
                MailboxHealth {
                    name: "imap:mail.office.example/Replies".into(),
                    last_read: None,
                    failing_since: Some(at(date(2026, 2, 26), 18)),
                    problem: Some("the server refused the log-in".into()),
                },
            ],
            outbox: OutboxHealth {
                waiting: 3,
                unknown: 1,
                failing_since: Some(at(date(2026, 2, 27), 6)),
                problem: Some("no connection to smtp.office.example:465".into()),
            },
        },
        record: None,
    };
    content.waiting.iter_mut().for_each(offer_steps);
    content
}

fn offer_steps(waiting: &mut Waiting) {
    let candidates: Vec<String> = waiting.candidates.iter().map(|candidate| candidate.reference.clone()).collect();
    waiting.steps = steps(&Waits {
        mail: waiting.mail,
        from: if waiting.writer.is_some_and(Authorship::is_unquoted) { Author::Unknown } else { Author::Known },
        by_link: Effect::Reply,
        linked: if waiting.effect == Some(Effect::Waiting) { candidates.clone() } else { vec![] },
        candidates,
        does: None,
        claims: false,
        only_claims: false,
    });
}

/// A week in which nothing happened.
pub fn quiet_week() -> DigestContent {
    DigestContent {
        period: Period::Weekly,
        from: date(2026, 2, 21),
        to: date(2026, 2, 27),
        arrived: vec![],
        receipts: 0,
        waiting: vec![],
        waiting_unlisted: 0,
        due_soon: vec![],
        overdue: vec![],
        undeliverable: vec![],
        came_back: vec![],
        silent: vec![],
        non_cooperation: vec![],
        beyond_ladder: 0,
        extensions: vec![],
        pauses: vec![],
        next_letters: vec![],
        held: vec![],
        vacant: vec![],
        health: Health {
            failing: vec![],
            mailboxes: vec![MailboxHealth {
                name: "imap:mail.office.example/INBOX".into(),
                last_read: Some(at(date(2026, 2, 27), 7)),
                failing_since: None,
                problem: None,
            }],
            outbox: OutboxHealth::default(),
        },
        record: Some("1204:8f3a61c09be2d475".into()),
    }
}

/// More than can be read. Short lists only, for every start of the program renders it.
fn flood() -> DigestContent {
    let mut content = quiet_week();
    content.overdue = busy_day().overdue.iter().cycle().take(50).cloned().collect();
    content.waiting = busy_day().waiting.into_iter().take(1).collect();
    for waiting in &mut content.waiting {
        waiting.candidates = waiting.candidates.iter().cycle().take(30).cloned().collect();
        offer_steps(waiting);
    }
    content
}

pub(super) fn contents() -> [DigestContent; 3] {
    [busy_day(), quiet_week(), flood()]
}

pub fn alarms() -> [Alarm; 7] {
    let alarm = |about, problem: &str| Alarm { about, since: at(date(2026, 2, 27), 4), problem: problem.into(), waiting: 14 };
    let mailboxes = AlarmAbout::Mailboxes(vec!["imap:mail.office.example/INBOX".into()]);
    [
        alarm(mailboxes, "the server refused the log-in: [AUTHENTICATIONFAILED]"),
        alarm(AlarmAbout::Sending, "no connection to smtp.office.example:465"),
        alarm(AlarmAbout::SentFolder, "the server has no folder Sent"),
        alarm(AlarmAbout::Clock, "by this machine's clock nothing has happened since 2026-01-02 10:00 UTC, and no mail confirms it"),
        alarm(AlarmAbout::Understanding, "no worker process can be started: no space left on device"),
        alarm(AlarmAbout::Writing, "NPM-2026-0147-K: templates/en/reminder/body.txt, line 3: no such name: deadlin"),
        alarm(AlarmAbout::Register, "the register is older than its last sign of life"),
    ]
}

pub fn member(language: &str) -> StaffMember {
    StaffMember {
        name: "Eva Marešová".into(),
        address: "eva@office.example".into(),
        role: "member".into(),
        language: language.into(),
        responsible_for: Responsibility::Everything,
        operator: true,
        deputy: None,
        absent: vec![],
        sources: false,
    }
}

pub fn rules() -> OfficeRules {
    crate::letters::sample::rules()
}

/// Seven in the morning of the busy day, in UTC.
pub fn dated() -> ZonedDateTime {
    at(date(2026, 2, 27), 7).to_zoned_datetime(TimeZone::UTC)
}

fn at(day: Date, hour: i8) -> Timestamp {
    day.to_datetime(time(hour, 30, 0, 0)).to_zoned_datetime(TimeZone::UTC).expect("UTC has no gaps").timestamp()
}

fn unopened(name: &str, why: &str) -> Unopened {
    Unopened { name: name.into(), why: why.into() }
}

fn position(recommendation: &str, position: &str) -> PositionTaken {
    PositionTaken { recommendation: recommendation.into(), position: position.into() }
}

fn by(writer: Writer, proof: SenderProof) -> Option<Authorship> {
    Some(Authorship { writer, proof })
}

fn proof(clue: EvidenceKind, detail: &str) -> Proof {
    Proof { clue, detail: detail.into() }
}

fn came_back(reference: &str, what: CameBackHow, reason: &str) -> CameBack {
    CameBack {
        reference: reference.into(),
        authority: "Social Care Inspectorate".into(),
        to: "petr.maly@care.example".into(),
        what,
        reason: reason.into(),
        age_days: 2,
        letter: LetterId(77),
        mail: (what == CameBackHow::SaidToHaveComeBack).then_some(MailId(43)),
    }
}

fn vacant(authority: &str, step: &str, level: &str, why: Vacancy, requests: usize) -> VacantLevel {
    let requests =
        ["NPM-2026-0104-H", "NPM-2026-0105-J", "NPM-2026-0147-K"].iter().take(requests).map(|&reference| reference.into()).collect();
    VacantLevel { authority: authority.into(), step: step.into(), level: level.into(), why, due_on: date(2026, 3, 12), requests }
}

fn held(reference: &str, why: Hold) -> HeldStep {
    HeldStep { reference: reference.into(), authority: "Prison Service".into(), step: "reminder".into(), due_on: date(2026, 2, 27), why }
}
