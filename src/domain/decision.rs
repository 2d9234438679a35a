//! The decision that somebody in the office owes about a mail: whether one is owed, and who must see it while nobody takes it.

use super::reply::Standing;
use super::resting::RestTerms;
use super::rules::{day_in, start_of_day};
use super::staff::Rises;
use jiff::Timestamp;

/// What of a mail asks for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    pub standing: Standing,
    /// It is linked, and does nothing there until a person says what.
    pub link_waits: bool,
    /// Letters rest for it, since it may be their authority's answer.
    pub rests_authority: bool,
    /// It says of a letter about a request still open that it came back, and nothing proves it.
    pub claims: bool,
}

impl Asks {
    /// Whether a person owes a decision about it.
    pub fn is_owed(&self) -> bool {
        self.standing.waits_for_a_person() || self.link_waits || self.rests_authority || self.claims
    }
}

impl Rises {
    /// When a decision that is owed since `since`, and has risen so far, rises further: at the beginning of the day, in the office's zone, on which
    /// the term ends, and another term later. Never beyond the head.
    pub fn until(self, since: Timestamp, terms: &RestTerms<'_>) -> Option<Timestamp> {
        let times = match self {
            Rises::Responsible => 1,
            Rises::Deputy => 2,
            Rises::Head => return None,
        };
        Some(start_of_day(terms.end(day_in(since, terms.zone), times), terms.zone))
    }
}

/// How far a decision that is owed since `since` has risen at `now`.
pub fn risen_to(since: Timestamp, now: Timestamp, terms: &RestTerms<'_>) -> Rises {
    Rises::ALL.into_iter().find(|risen| risen.until(since, terms).is_none_or(|until| now < until)).unwrap_or(Rises::Head)
}

/// How far a decision that is owed since `since` has risen already: as far as somebody was told, whatever the rules were by then, and whatever became
/// of it meanwhile. `told`: of each time that it rose, to whom, and since when it was owed; none where that was erased. `kept`: how far the register
/// takes it to have risen, which is all that is known of what was erased.
pub fn has_risen(told: impl IntoIterator<Item = Option<(Rises, Timestamp)>>, since: Timestamp, kept: Rises) -> Rises {
    let to = |told: Option<(Rises, Timestamp)>| match told {
        Some((to, owed_since)) => (owed_since == since).then_some(to),
        None => Some(kept),
    };
    told.into_iter().filter_map(to).max().unwrap_or(Rises::Responsible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{Calendar, plus_days};
    use jiff::civil::{Date, date};
    use jiff::tz::TimeZone;
    use std::borrow::Cow;

    const MONDAY: Date = date(2026, 11, 30);

    #[test]
    fn a_decision_is_owed_for_each_reason_alone() {
        let no = Asks { standing: Standing::Linked, link_waits: false, rests_authority: false, claims: false };
        assert!(!no.is_owed());
        for standing in Standing::ALL {
            assert_eq!(Asks { standing, ..no }.is_owed(), standing.waits_for_a_person(), "{standing:?}");
        }
        let reasons = [Asks { link_waits: true, ..no }, Asks { rests_authority: true, ..no }, Asks { claims: true, ..no }];
        assert!(reasons.iter().all(Asks::is_owed));
    }

    #[test]
    fn what_waits_rises_to_the_deputy_and_then_to_the_head() {
        let zone = TimeZone::get("Europe/Prague").unwrap();
        let terms = RestTerms { hold_days: 5, read_days: 20, calendar: Cow::Owned(Calendar::plain("office")), zone: &zone };
        let since = start_of_day(MONDAY, &zone);
        let second = jiff::SignedDuration::from_secs(1);
        for (days, before, then) in [(7, Rises::Responsible, Rises::Deputy), (14, Rises::Deputy, Rises::Head)] {
            let day = start_of_day(plus_days(MONDAY, days), &zone);
            assert_eq!((risen_to(since, day - second, &terms), risen_to(since, day, &terms)), (before, then));
            assert_eq!(before.until(since, &terms), Some(day));
        }
        assert_eq!(Rises::Head.until(since, &terms), None);
        assert_eq!(risen_to(since, start_of_day(plus_days(MONDAY, 400), &zone), &terms), Rises::Head);
    }

    #[test]
    fn a_decision_has_risen_as_far_as_somebody_was_told() {
        use Rises::{Deputy, Head, Responsible};
        let since = Timestamp::UNIX_EPOCH;
        let (deputy, head) = (Some((Deputy, since)), Some((Head, since)));
        let of_another_time = Some((Head, since + jiff::SignedDuration::from_secs(1)));
        let erased = None;
        for (told, kept, risen) in [
            (vec![], Responsible, Responsible),
            (vec![], Head, Responsible),
            (vec![deputy], Responsible, Deputy),
            (vec![deputy], Head, Deputy),
            (vec![deputy, head], Deputy, Head),
            (vec![head, deputy], Responsible, Head),
            (vec![of_another_time], Head, Responsible),
            (vec![erased], Deputy, Deputy),
            (vec![erased], Responsible, Responsible),
            (vec![deputy, erased], Responsible, Deputy),
        ] {
            assert_eq!(has_risen(told.clone(), since, kept), risen, "{told:?} {kept:?}");
        }
    }
}
