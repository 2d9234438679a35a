//! What both rivers carry through a pass: what it did so far, the time, and the wish that it end.

mod clock;
mod report;
mod stop;

pub use clock::Clock;
pub use report::PassReport;
pub use stop::Stop;
