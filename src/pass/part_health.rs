//! How each part did its work, noted as soon as it is known. Others read it: `status`, digests, and whoever writes alarms.

use crate::domain::event::RuleName;
use crate::domain::health::{HealthPart, noted};
use crate::register::events::Event;
use crate::register::{Register, Result, health_rows};
use jiff::Timestamp;

impl Register {
    /// A part worked at `now`, or failed with this fault.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn note_health(&mut self, part: &HealthPart, fault: Option<&str>, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            let (from_now_on, happened) = noted(part, fault, &tx.health()?, now);
            health_rows::put(tx, &from_now_on)?;
            happened.map_or(Ok(()), |happened| Event::new(now, happened, RuleName::Health).append(tx))
        })
    }
}
