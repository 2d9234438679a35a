//! Requests, joint requests, and the state of an exchange, derived.

use super::calendar::{DeadlineBasis, Extension, Pause};
use super::identity::{AuthorityId, JointId, RequestId};
use super::refusal::RequestRefusal;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A formal written request for a written answer, to one authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    /// Registration number with its check character, printed in every letter's subject.
    pub reference: String,
    pub joint: JointId,
    pub authority: AuthorityId,
    pub unit: String,
    /// Class of urgency: which term and ladder.
    pub urgency: String,
    pub opened_at: Timestamp,
    pub basis: DeadlineBasis,
    /// On the authority's calendar, computed from `basis`.
    pub deadline: Date,
    pub paused: bool,
    /// Its first letter waits for a person to release it, whatever its level.
    pub drafted: bool,
    /// When the first letter was accepted by a mail server; for an adopted request, when it was sent by hand.
    pub sent_at: Option<Timestamp>,
    pub ended: Option<Ending>,
    /// Recommendations asked about (at least 1), and how many of them have an answer.
    pub asked: u32,
    pub answered: u32,
    /// When the first reply was received.
    pub answered_at: Option<Timestamp>,
    /// Rises with every change; a decision taken on an older one is not carried out.
    pub revision: i64,
}

/// Why a request needs no answer any more, decided by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub how: EndingKind,
    pub reason: String,
    pub by: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndingKind {
    /// No answer is needed.
    Waived,
    /// It should not have been made.
    Withdrawn,
    /// What came is enough, or nothing more will be done.
    Closed,
}

impl EndingKind {
    pub fn name(self) -> &'static str {
        match self {
            EndingKind::Waived => "waived",
            EndingKind::Withdrawn => "withdrawn",
            EndingKind::Closed => "closed",
        }
    }
}

/// State of the exchange, of a request or a joint request; derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExchangeState {
    Pending,
    Partial,
    Overdue,
    Completed,
}

impl ExchangeState {
    pub const ALL: [ExchangeState; 4] = [ExchangeState::Pending, ExchangeState::Partial, ExchangeState::Overdue, ExchangeState::Completed];

    pub fn name(self) -> &'static str {
        match self {
            ExchangeState::Pending => "pending",
            ExchangeState::Partial => "partial",
            ExchangeState::Overdue => "overdue",
            ExchangeState::Completed => "completed",
        }
    }

    pub fn from_name(name: &str) -> Option<ExchangeState> {
        ExchangeState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How far an exchange has come: all that its state follows from. Lists and counts of many requests load no more of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Recommendations asked about (at least 1), and how many of them have an answer.
    pub asked: u32,
    pub answered: u32,
    /// By a person's decision.
    pub is_ended: bool,
    pub paused: bool,
    /// The first letter was accepted by a mail server, or was sent by hand.
    pub is_sent: bool,
    /// On the authority's calendar.
    pub deadline: Date,
}

impl Progress {
    /// Whether nothing more is expected: answered in full, or ended by a person.
    pub fn is_settled(&self) -> bool {
        self.is_ended || self.answered >= self.asked
    }

    /// `today` on the authority's calendar. A deadline is kept on its last day and overdue from the day after; while the clock is paused, or
    /// as long as no letter was delivered, nothing is overdue.
    pub fn state(&self, today: Date) -> ExchangeState {
        if self.is_settled() {
            ExchangeState::Completed
        } else if self.paused || !self.is_sent || today <= self.deadline {
            ExchangeState::Pending
        } else if self.answered > 0 {
            ExchangeState::Partial
        } else {
            ExchangeState::Overdue
        }
    }
}

impl Request {
    pub fn progress(&self) -> Progress {
        Progress {
            asked: self.asked,
            answered: self.answered,
            is_ended: self.ended.is_some(),
            paused: self.paused,
            is_sent: self.sent_at.is_some(),
            deadline: self.deadline,
        }
    }

    /// Grants a later deadline.
    ///
    /// # Errors
    ///
    /// Refused: the request has ended, or the new day is not later than its deadline.
    pub fn extend(&mut self, extension: Extension) -> Result<(), RequestRefusal> {
        self.runs()?;
        if extension.until <= self.deadline {
            return Err(RequestRefusal::NotLater { deadline: self.deadline, until: extension.until });
        }
        self.basis.extensions.push(extension);
        Ok(())
    }

    /// Its clock stops on that day, on the authority's calendar.
    ///
    /// # Errors
    ///
    /// Refused: the request has ended, or is paused already.
    pub fn pause(&mut self, from: Date, reason: &str) -> Result<(), RequestRefusal> {
        self.runs()?;
        if self.paused {
            return Err(RequestRefusal::IsPaused);
        }
        self.basis.pauses.push(Pause { from, until: None, reason: reason.into() });
        Ok(())
    }

    /// Its clock runs again from that day on, on the authority's calendar.
    ///
    /// # Errors
    ///
    /// Refused: the request has ended, or is not paused.
    pub fn resume(&mut self, today: Date) -> Result<(), RequestRefusal> {
        self.runs()?;
        let open = self.basis.pauses.iter_mut().find(|pause| pause.until.is_none());
        let pause = open.ok_or(RequestRefusal::IsNotPaused)?;
        pause.until = Some(today.max(pause.from));
        Ok(())
    }

    /// No answer is expected any more. It ends once.
    ///
    /// # Errors
    ///
    /// Refused: the request has ended already; that ending stays.
    pub fn end(&mut self, ending: Ending) -> Result<&Ending, RequestRefusal> {
        match &self.ended {
            Some(ended) => Err(RequestRefusal::HasEnded { how: ended.how, by: ended.by.clone() }),
            None => Ok(self.ended.insert(ending)),
        }
    }

    fn runs(&self) -> Result<(), RequestRefusal> {
        match &self.ended {
            Some(ended) => Err(RequestRefusal::RunsNoMore { how: ended.how, by: ended.by.clone() }),
            None => Ok(()),
        }
    }

    /// [`Progress::is_settled`]
    pub fn is_settled(&self) -> bool {
        self.progress().is_settled()
    }

    /// [`Progress::state`]
    pub fn state(&self, today: Date) -> ExchangeState {
        self.progress().state(today)
    }
}

/// The state of a joint request follows from its requests: completed when all are, pending while an unanswered one still has time,
/// partial once any answer came, else overdue.
pub fn joint_state(requests: impl IntoIterator<Item = Progress>, today: Date) -> ExchangeState {
    let (mut open, mut in_time, mut any_answer) = (false, false, false);
    for request in requests {
        let state = request.state(today);
        open |= state != ExchangeState::Completed;
        in_time |= state == ExchangeState::Pending;
        any_answer |= request.answered > 0;
    }
    match (open, in_time, any_answer) {
        (false, _, _) => ExchangeState::Completed,
        (true, true, _) => ExchangeState::Pending,
        (true, false, true) => ExchangeState::Partial,
        (true, false, false) => ExchangeState::Overdue,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::calendar::{StartEvent, Term, Unit};
    use jiff::civil::date;

    pub(crate) fn request(deadline: Date, asked: u32, answered: u32) -> Request {
        Request {
            id: RequestId(1),
            reference: "NPM-2026-0001-X".into(),
            joint: JointId(1),
            authority: AuthorityId(1),
            unit: String::new(),
            urgency: "ordinary".into(),
            opened_at: "2026-01-01T08:00:00Z".parse().unwrap(),
            basis: DeadlineBasis {
                start: date(2026, 1, 1),
                start_event: StartEvent::Sending,
                term: Term { length: 56, unit: Unit::Days, end_on_working_day: false },
                stated: None,
                pauses: vec![],
                extensions: vec![],
            },
            deadline,
            paused: false,
            drafted: false,
            sent_at: Some("2026-01-01T09:00:00Z".parse().unwrap()),
            ended: None,
            asked,
            answered,
            answered_at: None,
            revision: 1,
        }
    }

    #[test]
    fn the_last_day_is_not_yet_overdue() {
        let open = request(date(2026, 2, 26), 1, 0);
        assert_eq!(open.state(date(2026, 2, 26)), ExchangeState::Pending);
        assert_eq!(open.state(date(2026, 2, 27)), ExchangeState::Overdue);
    }

    #[test]
    fn nobody_is_late_with_an_answer_to_a_letter_that_never_arrived() {
        let unsent = Request { sent_at: None, ..request(date(2026, 2, 26), 1, 0) };
        assert_eq!(unsent.state(date(2026, 9, 1)), ExchangeState::Pending);
    }

    #[test]
    fn one_answer_of_two_leaves_a_late_joint_request_partial() {
        let (late, today) = (date(2026, 2, 26), date(2026, 3, 1));
        let joint = |requests: &[Request], today| joint_state(requests.iter().map(Request::progress), today);
        assert_eq!(joint(&[request(late, 1, 1), request(late, 1, 0)], today), ExchangeState::Partial);
        assert_eq!(joint(&[request(late, 1, 0), request(late, 1, 0)], today), ExchangeState::Overdue);
        assert_eq!(joint(&[request(late, 1, 1), request(late, 1, 1)], today), ExchangeState::Completed);
        assert_eq!(joint(&[request(late, 1, 1), request(late, 1, 0)], late), ExchangeState::Pending);
    }

    #[test]
    fn what_the_office_may_decide_of_a_request_and_what_not() {
        let (deadline, today) = (date(2026, 2, 26), date(2026, 2, 1));
        let extension = |until| Extension { until, reason: "asked for".into(), by: "ana".into(), granted_on: today };
        let ending =
            || Ending { how: EndingKind::Closed, reason: "enough".into(), by: "ana".into(), at: "2026-02-01T08:00:00Z".parse().unwrap() };
        let runs = request(deadline, 1, 0);
        let is_not_paused = Err(RequestRefusal::IsNotPaused);
        let not_later = |until| Err(RequestRefusal::NotLater { deadline, until });
        assert_eq!(runs.clone().extend(extension(deadline)), not_later(deadline));
        assert_eq!(runs.clone().extend(extension(today)), not_later(today));
        assert_eq!(runs.clone().extend(extension(date(2026, 2, 27))), Ok(()));
        assert_eq!(runs.clone().resume(today), is_not_paused);

        let mut paused = Request { paused: true, ..runs.clone() };
        assert_eq!(runs.clone().pause(today, "a question"), Ok(()));
        assert_eq!(paused.pause(today, "a question"), Err(RequestRefusal::IsPaused));
        paused.basis.pauses.push(Pause { from: date(2026, 2, 3), until: None, reason: "a question".into() });
        paused.resume(today).unwrap();
        assert_eq!(paused.basis.pauses[0].until, Some(date(2026, 2, 3)), "a pause does not end before it began");
        assert_eq!(paused.resume(today), is_not_paused);

        let mut ended = runs;
        assert!(ended.end(ending()).is_ok());
        let (how, by) = (EndingKind::Closed, "ana".to_owned());
        assert_eq!(ended.end(ending()), Err(RequestRefusal::HasEnded { how, by: by.clone() }));
        for decided in [ended.extend(extension(date(2026, 2, 27))), ended.pause(today, ""), ended.resume(today)] {
            assert_eq!(decided, Err(RequestRefusal::RunsNoMore { how, by: by.clone() }));
        }
    }
}
