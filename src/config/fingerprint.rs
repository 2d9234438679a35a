//! Notices that the rules by which deadlines and ladders are computed have changed.

use crate::domain::rules::OfficeRules;
use sha2::{Digest, Sha256};

/// SHA-256, hexadecimal, of the rules that move deadlines, steps, and when what waits rises inside the office: time zone, calendars, terms, start
/// event, ladders, office hours, `hold_days`. Names, wording and staff leave it as it is.
pub fn fingerprint(rules: &OfficeRules) -> String {
    let OfficeRules { time_zone, calendar, calendars, start_event, terms, ladders, hours, hold_days, .. } = rules;
    let zone = time_zone.iana_name().unwrap_or("fixed");
    let parts = (zone, calendar, calendars, start_event, terms, ladders, hours, hold_days);
    // Dates as keys are written as text, so this cannot fail; maps are ordered, so the same rules give the same text.
    let text = serde_json::to_string(&parts).unwrap_or_default();
    super::to_hexadecimal(&Sha256::digest(text.as_bytes()))
}
