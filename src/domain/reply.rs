//! What a received mail does to the request that it is linked to, and how far it has been dealt with.

use serde::{Deserialize, Serialize};

/// What a linked mail does to the request it is linked to. Only a [`Effect::Reply`] answers; nothing else ends reminders (promise 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Reply,
    /// A person says that the letter arrived.
    Acknowledgement,
    /// A machine wrote it: out of office, ticket robot, receipt.
    Automatic,
    /// A letter did not arrive, or not yet.
    Bounce,
    /// Nothing yet: who wrote it is not proven enough, and a person must say what it does.
    Waiting,
}

impl Effect {
    pub const ALL: [Effect; 5] = [Effect::Reply, Effect::Acknowledgement, Effect::Automatic, Effect::Bounce, Effect::Waiting];

    pub fn name(self) -> &'static str {
        match self {
            Effect::Reply => "reply",
            Effect::Acknowledgement => "acknowledgement",
            Effect::Automatic => "automatic",
            Effect::Bounce => "bounce",
            Effect::Waiting => "waiting",
        }
    }

    pub fn from_name(name: &str) -> Option<Effect> {
        Effect::ALL.into_iter().find(|effect| effect.name() == name)
    }

    /// The same of a mail that a person links and says that it does not answer: its request stays open.
    pub fn unless_it_answers(self) -> Effect {
        if self == Effect::Reply { Effect::Acknowledgement } else { self }
    }
}

/// Where a received mail stands. Every mail has one; none is silent (promise 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// Stored, not yet understood.
    #[serde(rename = "received")]
    Received,
    #[serde(rename = "linked")]
    Linked,
    /// In the holding queue, with candidates.
    #[serde(rename = "suggested")]
    Suggested,
    /// In the holding queue, without candidates.
    #[serde(rename = "unlinked")]
    Unlinked,
    /// Needs nothing: automatic or unwanted, or a person said so.
    #[serde(rename = "set aside")]
    SetAside,
    /// Could not be understood twice; kept for a person to look at.
    #[serde(rename = "quarantined")]
    Quarantined,
}

impl Standing {
    pub const ALL: [Standing; 6] =
        [Standing::Received, Standing::Linked, Standing::Suggested, Standing::Unlinked, Standing::SetAside, Standing::Quarantined];

    pub fn name(self) -> &'static str {
        match self {
            Standing::Received => "received",
            Standing::Linked => "linked",
            Standing::Suggested => "suggested",
            Standing::Unlinked => "unlinked",
            Standing::SetAside => "set aside",
            Standing::Quarantined => "quarantined",
        }
    }

    pub fn from_name(name: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.name() == name)
    }

    /// Whether it needs nothing more as long as nobody says otherwise.
    pub fn is_dealt_with(self) -> bool {
        matches!(self, Standing::Linked | Standing::SetAside)
    }

    /// Whether a person has to look at it.
    pub fn waits_for_a_person(self) -> bool {
        matches!(self, Standing::Suggested | Standing::Unlinked | Standing::Quarantined)
    }
}
