//! What a person says of a mail, and what follows: for its links, for the address it came from, for what it reported, for who may see it.

use super::reply::{Effect, Standing};
use super::source::SourceState;
use crate::domain::event::MarkedAs;

/// What a person says a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    As(Effect),
    /// It needs nothing.
    Ignore,
    /// A detainee, a relative, a guard, somebody in danger wrote it (OPCAT article 21).
    Source,
    /// It is no source after all: it is judged anew.
    NotSource,
}

/// Why it cannot be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSaid {
    /// What a source wrote is not linked or marked by the way.
    OfASource,
    /// Whether a source wrote it is judged by those who may read it.
    ToReadersOfSources,
    /// Only what is linked to a request can be a reply.
    AnswersNothing,
}

/// What becomes of the links that a mail has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    Stay(Effect),
    Go,
}

/// What becomes of the address that a mail came from, for the authorities of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendersWord {
    /// It is remembered, if it may be (`domain::trust::may_be_remembered`): mail of it counts by itself from then on.
    Remembered,
    /// What was remembered because of this mail is forgotten. Mail systems and robots write for anybody: only what a person wrote says from where an
    /// authority writes.
    Forgotten,
}

/// What becomes of what a mail reported of letters that did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    /// They are true.
    Confirmed,
    /// What they have done is put back.
    TakenBack,
    Stay,
}

/// What follows when a person links a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkSaid {
    pub sender: SendersWord,
    pub reports: Reports,
}

/// What follows when a person says what a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkSaid {
    pub links: Links,
    pub sender: SendersWord,
    pub reports: Reports,
    pub standing: Standing,
    /// Whether a source wrote it. The rules judge the mail anew only where a person has said that none did.
    pub source: SourceState,
}

impl Placed {
    pub fn from_name(name: &str) -> Option<Placed> {
        match Effect::from_name(name) {
            _ if name == "ignore" => Some(Placed::Ignore),
            _ if name == "source" => Some(Placed::Source),
            _ if name == "not-source" => Some(Placed::NotSource),
            // What a mail is before a person has said what it is.
            Some(Effect::Waiting) | None => None,
            Some(effect) => Some(Placed::As(effect)),
        }
    }
}

impl From<Placed> for MarkedAs {
    /// As the record keeps it.
    fn from(placed: Placed) -> MarkedAs {
        match placed {
            Placed::As(effect) => MarkedAs::As(effect),
            Placed::Ignore => MarkedAs::Ignore,
            Placed::Source => MarkedAs::Source,
            Placed::NotSource => MarkedAs::NotSource,
        }
    }
}

/// A person links a mail, which then does this to the requests.
///
/// # Errors
///
/// It is hidden as a source's, or may be one's.
pub fn linked(effect: Effect, source: SourceState) -> Result<LinkSaid, NotSaid> {
    if source.is_hidden() {
        return Err(NotSaid::OfASource);
    }
    Ok(LinkSaid {
        sender: if effect == Effect::Reply { SendersWord::Remembered } else { SendersWord::Forgotten },
        // A person wrote it, whatever report it had seemed to be.
        reports: if matches!(effect, Effect::Reply | Effect::Acknowledgement) { Reports::TakenBack } else { Reports::Stay },
    })
}

/// A person says what a mail is. On linked mail this changes what it does to its requests; mail that is not linked is set aside. `may_read`: the
/// person may read what sources confide.
///
/// # Errors
///
/// It is hidden as a source's, or may be one's, and this is another matter, or the person may not read it; or it is said to be a reply and is linked
/// to nothing.
pub fn marked(placed: Placed, is_linked: bool, source: SourceState, may_read: bool) -> Result<MarkSaid, NotSaid> {
    let set_aside = |source| MarkSaid {
        links: Links::Go,
        sender: SendersWord::Forgotten,
        reports: Reports::TakenBack,
        standing: Standing::SetAside,
        source,
    };
    match placed {
        Placed::Source => Ok(set_aside(SourceState::Source)),
        // Everybody would see it from then on.
        Placed::NotSource if source.is_hidden() && !may_read => Err(NotSaid::ToReadersOfSources),
        Placed::NotSource => Ok(set_aside(SourceState::SaidNotASource)),
        _ if source.is_hidden() => Err(NotSaid::OfASource),
        Placed::Ignore => Ok(set_aside(source)),
        Placed::As(Effect::Reply) if !is_linked => Err(NotSaid::AnswersNothing),
        Placed::As(effect) => Ok(MarkSaid {
            links: Links::Stay(effect),
            sender: if effect == Effect::Reply { SendersWord::Remembered } else { SendersWord::Forgotten },
            reports: if effect == Effect::Bounce { Reports::Confirmed } else { Reports::TakenBack },
            standing: if is_linked { Standing::Linked } else { Standing::SetAside },
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line for each word: of a linked mail, then of one that is not linked.
    #[test]
    fn what_follows_from_what_a_person_says_of_a_mail() {
        let words = ["reply", "acknowledgement", "automatic", "bounce", "ignore", "source", "not-source"];
        let follows = |word: &str, is_linked| match marked(Placed::from_name(word).unwrap(), is_linked, SourceState::NotASource, false) {
            Ok(MarkSaid { links, sender, reports, standing, source }) => {
                format!("{links:?} {sender:?} {reports:?} {standing:?} {source:?}")
            }
            Err(why) => format!("{why:?}"),
        };
        let lines: Vec<String> = words.iter().map(|word| format!("{word}: {}; {}", follows(word, true), follows(word, false))).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        reply: Stay(Reply) Remembered TakenBack Linked NotASource; AnswersNothing
        acknowledgement: Stay(Acknowledgement) Forgotten TakenBack Linked NotASource; Stay(Acknowledgement) Forgotten TakenBack SetAside NotASource
        automatic: Stay(Automatic) Forgotten TakenBack Linked NotASource; Stay(Automatic) Forgotten TakenBack SetAside NotASource
        bounce: Stay(Bounce) Forgotten Confirmed Linked NotASource; Stay(Bounce) Forgotten Confirmed SetAside NotASource
        ignore: Go Forgotten TakenBack SetAside NotASource; Go Forgotten TakenBack SetAside NotASource
        source: Go Forgotten TakenBack SetAside Source; Go Forgotten TakenBack SetAside Source
        not-source: Go Forgotten TakenBack SetAside SaidNotASource; Go Forgotten TakenBack SetAside SaidNotASource
        ");
        assert_eq!(Placed::from_name("waiting"), None);
    }

    #[test]
    fn what_is_hidden_as_a_sources_is_dealt_with_as_that_alone() {
        for source in SourceState::ALL {
            for effect in Effect::ALL {
                assert_eq!(linked(effect, source).is_err(), source.is_hidden(), "{source:?} {effect:?}");
                assert_eq!(marked(Placed::As(effect), true, source, true).is_err(), source.is_hidden(), "{source:?} {effect:?}");
            }
            assert_eq!(marked(Placed::Ignore, true, source, true).map(|said| said.source).ok(), (!source.is_hidden()).then_some(source));
            assert_eq!(marked(Placed::Source, true, source, false).unwrap().source, SourceState::Source, "anybody may say so");
            assert_eq!(marked(Placed::NotSource, true, source, true).unwrap().source, SourceState::SaidNotASource);
            assert_eq!(marked(Placed::NotSource, true, source, false).is_err(), source.is_hidden(), "{source:?}");
        }
    }

    #[test]
    fn only_an_answer_says_from_where_an_authority_writes_and_only_a_person_takes_a_report_back() {
        for effect in Effect::ALL {
            let said = linked(effect, SourceState::NotASource).unwrap();
            assert_eq!(said.sender == SendersWord::Remembered, effect == Effect::Reply, "{effect:?}");
            assert_eq!(said.reports == Reports::TakenBack, matches!(effect, Effect::Reply | Effect::Acknowledgement), "{effect:?}");
        }
    }
}
