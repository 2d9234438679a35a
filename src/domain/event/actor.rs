//! Who did what is recorded: a rule of the program, or a person.

use std::fmt;

/// A rule of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleName {
    /// Acknowledges replies.
    Acknowledge,
    /// Writes to staff when it is due.
    Agenda,
    /// Draws from reports of mail servers.
    Bounce,
    /// Holidays and terms.
    Calendar,
    Clock,
    Configuration,
    /// Brings a register to the format of a later build.
    Format,
    Health,
    Intake,
    Ladder,
    Linking,
    Outbox,
    /// Asks the DNS again about a sender.
    Sender,
    SignOfLife,
}

impl RuleName {
    pub fn name(self) -> &'static str {
        match self {
            RuleName::Acknowledge => "acknowledge replies",
            RuleName::Agenda => "agenda",
            RuleName::Bounce => "bounce",
            RuleName::Calendar => "calendar",
            RuleName::Clock => "clock",
            RuleName::Configuration => "configuration",
            RuleName::Format => "format",
            RuleName::Health => "health",
            RuleName::Intake => "intake",
            RuleName::Ladder => "ladder",
            RuleName::Linking => "linking",
            RuleName::Outbox => "outbox",
            RuleName::Sender => "the DNS did not answer",
            RuleName::SignOfLife => "sign of life",
        }
    }
}

/// By which way a person's word came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    CommandLine,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Way::CommandLine => "command line",
        }
    }
}

/// Who did what is recorded. A mail does nothing by itself: a rule that read it does, and the event says which mail that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Rule(RuleName),
    Person {
        name: String,
        /// Of whom, if the person decides in another's name.
        on_behalf_of: Option<String>,
        by: Way,
    },
}

/// Before the name of a rule.
const RULE: &str = "rule: ";

impl Actor {
    /// A person who decides for himself or herself.
    pub fn at_the_command_line(name: impl Into<String>) -> Actor {
        Actor::Person { name: name.into(), on_behalf_of: None, by: Way::CommandLine }
    }

    /// Whether builds that recorded no way of a person meant a rule.
    pub fn is_rule_of_earlier_build(text: &str) -> bool {
        text.starts_with(RULE)
    }

    /// The name of the person who decides; none for a rule.
    pub fn person(&self) -> Option<&str> {
        match self {
            Actor::Person { name, .. } => Some(name),
            Actor::Rule(_) => None,
        }
    }

    /// In whose name a person decides who decides for somebody else.
    pub fn on_behalf_of(&self) -> Option<&str> {
        match self {
            Actor::Person { on_behalf_of, .. } => on_behalf_of.as_deref(),
            Actor::Rule(_) => None,
        }
    }

    /// None for a rule.
    pub fn by(&self) -> Option<Way> {
        match self {
            Actor::Person { by, .. } => Some(*by),
            Actor::Rule(_) => None,
        }
    }
}

impl From<RuleName> for Actor {
    fn from(rule: RuleName) -> Actor {
        Actor::Rule(rule)
    }
}

impl From<&Actor> for Actor {
    fn from(actor: &Actor) -> Actor {
        actor.clone()
    }
}

/// `rule: …`, or the person's name.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Rule(rule) => write!(f, "{RULE}{}", rule.name()),
            Actor::Person { name, .. } => f.write_str(name),
        }
    }
}
