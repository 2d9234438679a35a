//! What `verify` says of what is owed and when: whether it is what follows from the rest of the register.

use super::output;
use crate::domain::obligation::{Difference, Follows, Obligation, Owed};
use crate::domain::staff::Rises;
use crate::register::Compared;
use jiff::Timestamp;
use serde::Serialize;

/// As `verify --json` has it.
#[derive(Debug, Serialize)]
pub(super) struct OwedView {
    next_steps: u64,
    attempts: u64,
    decisions: u64,
    releases: u64,
    /// Sentences; none in a register that is sound.
    differences: Vec<String>,
}

impl OwedView {
    pub(super) fn of(compared: &Compared) -> OwedView {
        OwedView {
            next_steps: compared.next_steps,
            attempts: compared.attempts,
            decisions: compared.decisions,
            releases: compared.releases,
            differences: compared.differences.iter().map(sentence).collect(),
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.differences.is_empty()
    }

    pub(super) fn tell(&self) {
        if self.is_sound() {
            let OwedView { next_steps, attempts, decisions, releases, .. } = self;
            let told = format!(
                "What is due follows from it: next steps {next_steps}, letters to be sent {attempts}, decisions of a person {decisions}, drafts to \
                 be released {releases}."
            );
            output::paragraph(&told, 0);
            return;
        }
        for difference in &self.differences {
            output::paragraph(difference, 0);
        }
    }
}

/// What is told where nothing was compared.
pub(super) const NOT_COMPARED: &str = "What is due was not compared with the register: it was planned, in whole or in part, by other rules than demarche.toml has \
    now, or by an earlier build. The next pass (demarche tick, or the daemon's by these rules) plans it anew.";

/// Which, what is there, and what follows.
fn sentence(difference: &Difference) -> String {
    let named = difference.named.as_deref();
    let what = match (difference.obligation, named) {
        (Obligation::NextStep(_), Some(reference)) => format!("The next step of {reference}"),
        (Obligation::NextStep(request), None) => format!("A next step of request {}, which does not exist,", request.0),
        (Obligation::Attempt(delivery), Some(recipient)) => format!("The sending of delivery {} to {recipient}", delivery.0),
        (Obligation::Attempt(delivery), None) => format!("The sending of delivery {}, which does not exist,", delivery.0),
        (Obligation::Decision(mail), _) => format!("The decision about mail {}", mail.0),
        (Obligation::Release(letter), _) => format!("The release of letter {}", letter.0),
    };
    format!("{what} {}. {}", there(difference.there.as_ref()), follows(difference))
}

fn there(owed: Option<&Owed>) -> String {
    let Some(owed) = owed else { return "is not planned".into() };
    let due = owed.due.map_or_else(String::new, |due| format!(" for {due}"));
    format!("is planned{due}{}", risen(owed.risen))
}

fn risen(risen: Rises) -> &'static str {
    match risen {
        Rises::Responsible => "",
        Rises::Deputy => ", with the deputy",
        Rises::Head => ", with the head",
    }
}

fn follows(difference: &Difference) -> String {
    let at = |due: Option<Timestamp>, with| {
        let due = due.map_or_else(String::new, |due| format!(" on {due}"));
        format!("By the rest of the register it is due{due}{}", risen(with))
    };
    let (text, about) = match difference.follows {
        Follows::Nothing => return "By the rest of the register nothing is due.".into(),
        Follows::At { about, due, risen } => (at(due, risen), about),
        Follows::NotAfter { about, due } => (format!("By the rest of the register it is due by {due}"), about),
        Follows::Sometime { about } | Follows::PerhapsSometime { about } => {
            ("By the rest of the register it waits to be sent".into(), about)
        }
    };
    if difference.there.is_some_and(|there| there.about != about) {
        return format!("{text}, and is about something else.");
    }
    format!("{text}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::{DeliveryId, MailId, RequestId};
    use crate::domain::subject::Subject;

    #[test]
    fn a_difference_says_which_what_is_there_and_what_follows() {
        let at = |second| Timestamp::from_second(second).ok();
        let about = Some(Subject::Request(RequestId(1)));
        let (step, mail) = (Obligation::NextStep(RequestId(1)), Obligation::Decision(MailId(7)));
        let owed = |obligation, due, risen| Some(Owed { obligation, about, due, risen });
        let told = |obligation, named: Option<&str>, there, follows| {
            sentence(&Difference { obligation, named: named.map(String::from), there, follows })
        };
        let due = Follows::At { about, due: at(0), risen: Rises::Responsible };
        assert_eq!(
            told(step, Some("NPM-2026-0001-X"), owed(step, at(60), Rises::Responsible), due),
            "The next step of NPM-2026-0001-X is planned for 1970-01-01T00:01:00Z. By the rest of the register it is due on 1970-01-01T00:00:00Z."
        );
        assert_eq!(
            told(mail, None, owed(mail, None, Rises::Head), Follows::Nothing),
            "The decision about mail 7 is planned, with the head. By the rest of the register nothing is due."
        );
        let elsewhere = Follows::At { about: None, due: at(60), risen: Rises::Deputy };
        assert_eq!(
            told(mail, None, owed(mail, at(60), Rises::Deputy), elsewhere),
            "The decision about mail 7 is planned for 1970-01-01T00:01:00Z, with the deputy. By the rest of the register it is due on \
             1970-01-01T00:01:00Z, with the deputy, and is about something else."
        );
        let attempt = Obligation::Attempt(DeliveryId(3));
        assert_eq!(
            told(attempt, Some("post@prisons.example"), None, Follows::Sometime { about }),
            "The sending of delivery 3 to post@prisons.example is not planned. By the rest of the register it waits to be sent."
        );
    }
}
