//! What the stand-ins for those who write to the office know: the reports, the institutions, and the letters that came to them. Who writes when is
//! the agenda of
//! [`Authorities`](super::stand_in_authorities::Authorities).

use super::exchange::Exchange;
use super::ground_truth::IntendedKind;
use super::institutions::{Institution, Institutions};
use super::raw_mail::Draft;
use super::received_letter::Outbound;
use super::reports::Report;
use std::collections::BTreeMap;

pub(super) struct World {
    pub seed: u64,
    pub reports: Vec<Report>,
    pub institutions: Institutions,
    pub outbound: Outbound,
    /// By the office's reference.
    pub exchanges: BTreeMap<String, Exchange>,
}

impl World {
    pub fn institution(&self, exchange: &Exchange) -> Option<&Institution> {
        self.institutions.all.get(exchange.institution)
    }
}

/// A mail with what it means.
pub(super) struct Mail {
    pub draft: Draft,
    /// Further addresses at which a copy of it arrives.
    pub copies: Vec<String>,
    pub meaning: IntendedKind,
    /// References.
    pub about: Vec<String>,
}
