//! What came of a replay: the exchange states beside the published ones, and every link beside the truth.

use super::ground_truth::{IntendedKind, Note};
use super::stand_in_authorities::Authorities;
use super::stand_in_staff::Staff;
use crate::domain::identity::MailId;
use crate::domain::kind::Kind;
use crate::domain::letter::LetterRole;
use crate::domain::reply::Standing;
use crate::domain::request::{ExchangeState, Request, joint_state};
use crate::domain::rules::day_in;
use crate::register::{MailView, PlacedBy, Reader, Register, RegisterError};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// The closing counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub states: Vec<ReportState>,
    pub authorities: usize,
    pub requests: usize,
    /// By kind: `request`, `reminder`, `escalation`.
    pub letters: BTreeMap<LetterRole, u64>,
    /// Letters to staff.
    pub digests: u64,
    pub non_cooperation: u64,
    /// By kind, as understood.
    pub mails: BTreeMap<String, u64>,
    /// Files that came in: the same mail may come by several ways.
    pub arrivals: u64,
    /// Linked automatically, by the evidence that decided.
    pub linked: BTreeMap<String, u64>,
    pub set_aside: u64,
    pub placed: u64,
    pub still_waiting: u64,
    /// Automatic links that are not true, in sentences.
    pub wrong_links: Vec<String>,
    /// Replies that rules took for something else, or linked to too few requests, in sentences.
    pub missed: Vec<String>,
    pub passes: u64,
    pub faults: Vec<String>,
}

/// A report's exchange on the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportState {
    #[serde(rename = "ref")]
    pub reference: String,
    pub row: usize,
    pub published: ExchangeState,
    pub ours: ExchangeState,
}

impl Outcome {
    /// `rows`: the report of each request, by the request's reference.
    pub(super) fn of(
        register: &mut Register,
        authorities: &Authorities,
        staff: &Staff,
        rows: &BTreeMap<String, usize>,
        until: Date,
        now: Timestamp,
    ) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome { placed: staff.placed(), authorities: authorities.institutions().all.len(), ..Outcome::default() };
        (_, outcome.digests) = authorities.letters_taken();
        outcome.arrivals = authorities.written();
        outcome.compare_states(register, authorities, rows, until, now)?;
        outcome.compare_links(register, authorities)?;
        Ok(outcome)
    }

    pub fn agree(&self) -> usize {
        self.states.iter().filter(|state| state.published == state.ours).count()
    }

    /// How many reports are published as one state and came out as another.
    pub fn count(&self, published: ExchangeState, ours: ExchangeState) -> usize {
        self.states.iter().filter(|state| state.published == published && state.ours == ours).count()
    }

    fn compare_states(
        &mut self,
        register: &Reader,
        authorities: &Authorities,
        rows: &BTreeMap<String, usize>,
        until: Date,
        now: Timestamp,
    ) -> Result<(), RegisterError> {
        let mut by_row: BTreeMap<usize, Vec<Request>> = BTreeMap::new();
        for (request, view) in register.requests()?.into_iter().zip(register.request_views(now)?) {
            self.non_cooperation += u64::from(view.non_cooperation_on.is_some());
            for letter in register.letters_of(request.id)? {
                if letter.deliveries.iter().any(|delivery| delivery.accepted_at.is_some()) {
                    *self.letters.entry(letter.role).or_default() += 1;
                }
            }
            if let Some(row) = rows.get(&request.reference) {
                by_row.entry(*row).or_default().push(request);
            }
            self.requests += 1;
        }
        debug_assert_eq!(day_in(now, &register.rules().time_zone), until);
        for report in authorities.reports() {
            let requests = by_row.get(&report.row).map(Vec::as_slice).unwrap_or_default();
            self.states.push(ReportState {
                reference: report.reference.clone(),
                row: report.row,
                published: report.published,
                ours: joint_state(requests.iter().map(Request::progress), until),
            });
        }
        Ok(())
    }

    fn compare_links(&mut self, register: &Reader, authorities: &Authorities) -> Result<(), RegisterError> {
        let all: u64 = register.standings()?.into_iter().map(|(_, count)| count).sum();
        // One by one: the mails of a large replay need not all be in memory.
        for id in 1..=i64::try_from(all).unwrap_or(i64::MAX) {
            let mail = register.mail_view(MailId(id))?;
            *self.mails.entry(mail.kind.map_or("not understood", Kind::name).to_owned()).or_default() += 1;
            let note = mail.message_id.as_deref().and_then(|message_id| authorities.notes().of(message_id));
            self.still_waiting += u64::from(mail.waits_for_a_person() || mail.standing == Standing::Received);
            match &mail.placed_by {
                Some(PlacedBy::Rule) if !mail.waits_for_a_person() => self.compare_link(&mail, note),
                None if mail.standing == Standing::SetAside => {
                    self.set_aside += 1;
                    if note.is_some_and(|note| note.meaning == IntendedKind::Reply) {
                        self.missed.push(told(&mail, note, "was set aside"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn compare_link(&mut self, mail: &MailView, note: Option<&Note>) {
        // A person's word takes the place of the rule's reasons.
        let evidence = mail.because.iter().find(|reason| reason.starts_with("linked by ")).cloned();
        *self.linked.entry(evidence.unwrap_or_else(|| "and by a person to another".into())).or_default() += 1;
        // Only a letter's link answers (promise 6).
        let taken_as_reply = mail.kind == Some(Kind::Letter);
        let meant_as_reply = note.is_some_and(|note| note.meaning == IntendedKind::Reply);
        let is_about = |reference: &String| note.is_some_and(|note| note.about.contains(reference));
        if !mail.requests.iter().all(is_about) {
            self.wrong_links.push(told(mail, note, "was linked to what it is not about"));
        } else if taken_as_reply && !meant_as_reply {
            self.wrong_links.push(told(mail, note, "was taken for a reply"));
        } else if meant_as_reply && !taken_as_reply {
            self.missed.push(told(mail, note, "was not taken for a reply"));
        } else if note.is_some_and(|note| !note.about.iter().all(|about| mail.requests.contains(about))) {
            self.missed.push(told(mail, note, "was linked to only some of what it answers"));
        }
    }
}

fn told(mail: &MailView, note: Option<&Note>, what: &str) -> String {
    let meant = note.map_or_else(|| "nothing known".to_owned(), |note| format!("{:?} about {}", note.meaning, note.about.join(", ")));
    format!("mail {} ({meant}; kind {}, linked to {}) {what}", mail.id, mail.kind.map_or("none", Kind::name), mail.requests.join(", "))
}
