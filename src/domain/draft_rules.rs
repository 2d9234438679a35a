//! Which letters the office wants to see before they leave.

/// What the office wants to release itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRules {
    /// Letters to these levels wait for a person.
    pub levels: Vec<String>,
    /// In how many working days of the office's calendar a draft is expected to be released.
    pub days: u32,
}

impl Default for DraftRules {
    fn default() -> DraftRules {
        DraftRules { levels: vec![], days: 3 }
    }
}
