//! What both rivers carry through a pass: what it did so far, the time, and the wish that it end.

mod pass_time;
mod report;
mod stop;

pub use pass_time::Clock;
pub use report::PassReport;
pub use stop::Stop;
