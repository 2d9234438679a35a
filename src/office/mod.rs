//! What people say to the register: the verbs of the field, at the command line today, by mail later.
//!
//! Each is one transaction (but those of `releasing`, which also write beside the register) and reads top to bottom: what is known is loaded, a
//! function of `domain` decides or refuses, the rows are changed, the event is appended, and the requests that it touches are planned anew. No verb
//! is half done: what is refused has changed nothing. Here stands no SQL (that is `register`'s), and no sentence of a refusal (those are
//! `cli/refusals.rs`'s).
//!
//! In the order in which an office meets them:
//!
//! - `importing_authorities`: the directory is imported, and kept up to date;
//! - `importing_recommendations`: what authorities are to be asked about;
//! - `opening`: requests are made of recommendations;
//! - `adopting`: correspondence begun by hand is taken over;
//! - `by_hand`: a mail is linked, its links are undone, it is said what it is;
//! - `remembering`: what follows from that for the address that it came from;
//! - `deciding`: a deadline is extended, a request paused, resumed, waived, closed;
//! - `deciding_on_drafts`: a letter that is drafted is released, withdrawn, or to be written anew;
//! - `reviving`: an address is taken into use again;
//! - `retrying`: a letter that is stuck is tried again;
//! - `releasing`: letters leave again, after a back-up was put in place or the clock was doubted.

mod adopting;
mod by_hand;
mod deciding;
mod deciding_on_drafts;
mod importing_authorities;
mod importing_recommendations;
mod opening;
mod releasing;
mod remembering;
mod retrying;
mod reviving;

use crate::domain::replacing::DirectoryChange;
use jiff::civil::Date;

pub use crate::domain::asking::{Adoption, RequestSelection};
pub use crate::domain::said::Placed;
pub use adopting::AdoptedRow;
pub use by_hand::ForItsSender;
pub use deciding_on_drafts::{RedraftedLetter, ReleasedLetter, WithdrawnLetter};
pub use importing_authorities::{AuthorityRow, FocalPointRow, Retires};
pub use importing_recommendations::RecommendationRow;
pub use opening::{Opened, OpenedRequest, Opening};
pub use retrying::Retried;

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub changes: Vec<ImportedChange>,
}

/// What became otherwise in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedChange {
    /// Its name as the file has it.
    pub authority: String,
    pub change: DirectoryChange,
    /// The day of the import, on the authority's calendar.
    pub on: Date,
}
