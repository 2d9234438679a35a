//! What it means that a letter was refused or came back: whom that is about, and what follows for the letter, the address and the office's sending.
//!
//! One rule for the office's own relay, which refuses while it is given a letter, and for reports that come later. It knows codes and meanings;
//! the words of servers are read elsewhere (`mail::bounce`). It refuses to believe a report because of what it says of itself: only how it came
//! ([`Witness`]) decides whether it does anything.

mod address_state;
mod finding;
mod measure;
mod request_delivery;

pub use address_state::{AddressState, revives, tells_of_before};
pub use finding::{About, Command, Finding, Heard, Reason, Refusal, RefusalMeaning, Status, judge};
pub use measure::{Measure, ReportOrigin, STOPPED_BY_REPORT, STOPS_AGAIN_AFTER, Witness, measure, stops_sending, witness, worth};
pub use request_delivery::{Delivery, Sent, came_back, delivery};

#[cfg(test)]
mod stories;
