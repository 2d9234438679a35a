//! Mails of the busy day: every way in which one arrives or waits.

use crate::digest::content::{Arrived, Authorship, Candidate, LinkMade, PassedOn, PassedOnFrom, PositionTaken, Proof, Unopened, Waiting};
use crate::domain::identity::MailId;
use crate::domain::linking::EvidenceKind;
use crate::domain::reply::{Effect, Standing};
use crate::domain::steps::{Author, WaitingMailFacts, steps};
use crate::domain::trust::{Proof as SenderProof, Writer};
use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;

pub(super) fn arrived() -> Vec<Arrived> {
    vec![
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
    ]
}

pub(super) fn waiting() -> Vec<Waiting> {
    let mut waiting = vec![
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
    ];
    waiting.iter_mut().for_each(offer_steps);
    waiting
}

/// What can be done about it follows from the rest.
pub(super) fn offer_steps(waiting: &mut Waiting) {
    let candidates: Vec<String> = waiting.candidates.iter().map(|candidate| candidate.reference.clone()).collect();
    waiting.steps = steps(&WaitingMailFacts {
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

fn unopened(name: &str, why: &str) -> Unopened {
    Unopened { name: name.into(), why: why.into() }
}

fn position(recommendation: &str, position: &str) -> PositionTaken {
    PositionTaken { recommendation: recommendation.into(), position: position.into() }
}

fn by(writer: Writer, proof: SenderProof) -> Option<Authorship> {
    Some(Authorship { writer, proof })
}

fn proof(evidence: EvidenceKind, detail: &str) -> Proof {
    Proof { evidence, detail: detail.into() }
}

/// Half past the hour, in UTC.
pub(super) fn at(day: Date, hour: i8) -> Timestamp {
    day.to_datetime(time(hour, 30, 0, 0)).to_zoned_datetime(TimeZone::UTC).expect("UTC has no gaps").timestamp()
}
