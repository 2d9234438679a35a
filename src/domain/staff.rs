//! The people of the office: who signs, who is responsible, who reads digests.

use serde::{Deserialize, Serialize};

/// Whose name stands under a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    pub name: String,
    pub title: String,
}

/// A member of staff who gets digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    pub name: String,
    pub address: String,
    /// `head`, `member` or `staff` (glossary).
    pub role: String,
    pub language: String,
    pub responsible_for: Responsibility,
    /// Gets mails about failures of the daemon itself.
    pub operator: bool,
}

/// What a member of staff answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Responsibility {
    Everything,
    /// Names or aliases of authorities.
    Authorities(Vec<String>),
    Nothing,
}
