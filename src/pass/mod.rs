//! What receiving and sending share during a pass: the report of what it did, the time, and the request to stop.

mod pass_time;
mod report;
mod stop;

pub use pass_time::Clock;
pub use report::PassReport;
pub use stop::Stop;
