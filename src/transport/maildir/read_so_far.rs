//! How far a Maildir has been read.

use serde::{Deserialize, Serialize};

/// How far a Maildir has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The last name given from `new`; reading goes on behind it and then begins again, so that a file that cannot be flagged blocks nobody.
    pub(super) new_name: String,
    /// Everything that came into `cur` up to this moment has been given: nanoseconds since 1970, and the name within the same nanosecond.
    pub(super) cur_changed: i64,
    pub(super) cur_name: String,
}
