//! What receiving and sending share during a pass: the report of what it did, the time, the request to stop; and how the daemon itself does: the
//! health of its parts, and doubts for which no letter leaves.

mod doubts;
mod part_health;
mod pass_time;
mod report;
mod stop;

pub use pass_time::Clock;
pub use report::PassReport;
pub use stop::Stop;
