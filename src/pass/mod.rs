//! What both rivers carry through a pass: what it did so far, the time, the wish that it end; and how the daemon itself does: the health of its parts,
//! and doubts for which no letter leaves.

mod clock;
mod doubts;
mod part_health;
mod report;
mod stop;

pub use clock::Clock;
pub use report::PassReport;
pub use stop::Stop;
