//! Whether the clock of this machine can be believed. A clock a year ahead for one pass would send every reminder and escalation there is; and since
//! no event may be dated before the one before it, everything after that would be dated a year ahead as well.
//!
//! That the machine stood still for days is no reason for doubt; how letters then leave is promise 8.

use jiff::{SignedDuration, Timestamp};

/// Clocks that are put right by the net, and zones mistaken for one another, stay below it.
const TOLERANCE: SignedDuration = SignedDuration::from_hours(1);
/// Of nothing heard or done; more is taken for a wrong clock until something confirms it.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What there is to judge a clock by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What the clock shows.
    pub shown: Timestamp,
    /// When the last thing happened that is on record.
    pub last_event: Option<Timestamp>,
    /// When the office was last at work by itself. What a person did by command since was dated by the same clock, and confirms nothing.
    pub last_pass: Option<Timestamp>,
    /// How much more time passed by the clock than did in truth, since this process began or the clock was last believed.
    pub ahead: SignedDuration,
    /// What the clock showed when it was found to have parted from the time that passed, and by how much it was ahead, if nobody has settled it.
    pub parted_before: Option<(Timestamp, SignedDuration)>,
    /// The latest moment of which somebody else's clock says that it is past.
    pub witness: Option<Timestamp>,
}

/// Why a clock is not believed. Letters to authorities wait until it is put right, confirmed or accepted by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    BeforeLastEvent {
        last_event: Timestamp,
    },
    /// From the time that passed; backwards if negative.
    Parted {
        ahead: SignedDuration,
    },
    UnconfirmedGap {
        since: Timestamp,
    },
}

/// Whether the clock is to be doubted.
pub fn doubt(reading: &Reading) -> Option<Doubt> {
    let Reading { shown, last_event, ahead, parted_before, witness, .. } = *reading;
    let earlier = |by: SignedDuration| shown.saturating_sub(by).unwrap_or(Timestamp::MIN);
    if let Some(last_event) = last_event
        && last_event.duration_since(shown) > TOLERANCE
    {
        return Some(Doubt::BeforeLastEvent { last_event });
    }
    // A clock that was put right shows less than the one that was doubted.
    let still_parted = parted_before.filter(|(doubted, _)| *doubted <= shown.saturating_add(TOLERANCE).unwrap_or(shown));
    let ahead = if ahead.abs() > TOLERANCE { Some(ahead) } else { still_parted.map(|(_, ahead)| ahead) };
    if let Some(ahead) = ahead
        // Nobody's clock can tell that it is not yet so late.
        && (ahead.is_negative() || witness.is_none_or(|witness| witness < earlier(TOLERANCE)))
    {
        return Some(Doubt::Parted { ahead });
    }
    let since = reading.last_pass.or(last_event)?.max(witness.unwrap_or(Timestamp::MIN));
    (since < earlier(LONGEST_GAP)).then_some(Doubt::UnconfirmedGap { since })
}

/// The latest moment that is surely past, whatever the clock shows.
pub fn surely_past(reading: &Reading) -> Timestamp {
    let later = reading.last_pass.max(reading.witness).filter(|moment| *moment <= reading.shown);
    reading.last_event.max(later).unwrap_or(reading.shown)
}

impl std::fmt::Display for Doubt {
    /// What contradicts the clock, in words.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Doubt::BeforeLastEvent { last_event } => {
                write!(out, "this machine's clock shows less than the time of the last event, {}", minute(*last_event))
            }
            Doubt::Parted { ahead } => {
                let (hours, way) = (ahead.abs().as_secs() / 3600, if ahead.is_negative() { "back" } else { "ahead" });
                write!(out, "this machine's clock was set {way} by more than {hours} h while the program ran")
            }
            Doubt::UnconfirmedGap { since } => {
                write!(out, "by this machine's clock nothing has happened since {}, and no mail confirms it", minute(*since))
            }
        }
    }
}

fn minute(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Doubt, Reading, doubt, surely_past};
    use jiff::{SignedDuration, Timestamp};

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    fn well() -> Reading {
        Reading {
            shown: noon(),
            last_event: Some(noon() - hours(30)),
            last_pass: Some(noon() - hours(1)),
            ahead: SignedDuration::ZERO,
            parted_before: None,
            witness: None,
        }
    }

    #[test]
    fn a_clock_is_doubted_where_it_contradicts_the_record_the_time_that_passed_or_everybody_else() {
        let before = |by| noon() - hours(by);
        let gap = |since: Option<Timestamp>| Reading { last_event: since, last_pass: since, ..well() };
        let year = 365 * 24;
        for (what, reading, expected) in [
            ("an ordinary pass", well(), None),
            ("a new register", gap(None), None),
            ("a week of standstill", gap(Some(before(7 * 24))), None),
            ("the last event in half an hour", Reading { last_event: Some(noon() + SignedDuration::from_mins(30)), ..well() }, None),
            (
                "the last event tomorrow",
                Reading { last_event: Some(noon() + hours(24)), ..well() },
                Some(Doubt::BeforeLastEvent { last_event: noon() + hours(24) }),
            ),
            ("a year without anything", gap(Some(before(year))), Some(Doubt::UnconfirmedGap { since: before(year) })),
            ("a year, and mail of yesterday", Reading { witness: Some(before(24)), ..gap(Some(before(year))) }, None),
            (
                "a year, and mail of last spring",
                Reading { witness: Some(before(year / 2)), ..gap(Some(before(year))) },
                Some(Doubt::UnconfirmedGap { since: before(year / 2) }),
            ),
            ("a quiet year, read every day", Reading { last_event: Some(before(year)), ..well() }, None),
            (
                "a year, and a person's command of today",
                Reading { last_pass: Some(before(year)), ..well() },
                Some(Doubt::UnconfirmedGap { since: before(year) }),
            ),
            ("put right by minutes", Reading { ahead: SignedDuration::from_mins(50), ..well() }, None),
            ("set ahead by days", Reading { ahead: hours(50), ..well() }, Some(Doubt::Parted { ahead: hours(50) })),
            ("set ahead, and mail agrees", Reading { ahead: hours(50), witness: Some(noon()), ..well() }, None),
            ("set back", Reading { ahead: hours(-3), witness: Some(noon()), ..well() }, Some(Doubt::Parted { ahead: hours(-3) })),
            (
                "set ahead before this process began",
                Reading { parted_before: Some((before(2), hours(50))), ..well() },
                Some(Doubt::Parted { ahead: hours(50) }),
            ),
            ("and put right since", Reading { parted_before: Some((noon() + hours(48), hours(50))), ..well() }, None),
        ] {
            assert_eq!(doubt(&reading), expected, "{what}");
        }
    }

    #[test]
    fn what_is_surely_past_is_what_was_recorded_or_witnessed_and_never_what_a_doubted_clock_says() {
        let year_ago = noon() - hours(365 * 24);
        let reading = Reading { last_event: Some(year_ago), last_pass: Some(year_ago + hours(3)), ..well() };
        assert_eq!(surely_past(&reading), year_ago + hours(3));
        assert_eq!(surely_past(&Reading { witness: Some(noon() - hours(900)), ..reading }), noon() - hours(900));
        let set_back = Reading { last_event: Some(noon() + hours(24)), last_pass: Some(noon() + hours(30)), ..well() };
        assert_eq!(surely_past(&set_back), noon() + hours(24));
    }
}
