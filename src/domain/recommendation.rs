//! Recommendations: what should be done, and by whom.

use super::identity::{AuthorityId, RecommendationId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    pub id: RecommendationId,
    /// The office's own number for it, or the report's.
    pub reference: String,
    pub text: String,
    pub made_on: Date,
    /// The visit report it stands in.
    pub report: Option<String>,
    pub place: Option<String>,
    pub theme: Option<String>,
    /// Class of urgency: a name of a term and a ladder in the configuration.
    pub urgency: String,
    /// Reference of the earlier recommendation that this one makes again.
    pub repeats: Option<String>,
    pub visibility: Visibility,
}

/// Everything is confidential unless it was said to be public.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    #[default]
    Confidential,
    Public,
}

impl Visibility {
    pub fn name(self) -> &'static str {
        match self {
            Visibility::Confidential => "confidential",
            Visibility::Public => "public",
        }
    }

    pub fn from_name(name: &str) -> Option<Visibility> {
        [Visibility::Confidential, Visibility::Public].into_iter().find(|visibility| visibility.name() == name)
    }
}

/// To whom a recommendation is directed; the same authority may be named twice for two offices of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    pub authority: AuthorityId,
    pub office: String,
}
