//! A mail of which a person has said that a source wrote it stays a source's when it comes again (OPCAT article 21): by another way, under another
//! subject, to another request's address, passed on by a colleague.
//!
//! What somebody in danger has written must not become visible by a second copy of it. But nothing of an authority may disappear by it either: what
//! holds more than the first had is kept from everybody but those who may read sources, and waits for their word.

use super::reply::Standing;

/// What is known of whether a mail is information from a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    /// Nothing says so.
    NotASource,
    /// It is like one that a person has called so: it is kept from the others, until somebody who may read sources has said.
    PerhapsASource,
    /// A person has said so.
    Source,
    /// A person has said that it is none: no rule takes it for one again.
    SaidNotASource,
}

impl SourceState {
    pub const ALL: [SourceState; 4] =
        [SourceState::NotASource, SourceState::PerhapsASource, SourceState::Source, SourceState::SaidNotASource];

    /// As the register keeps it.
    pub fn name(self) -> &'static str {
        match self {
            SourceState::NotASource => "not a source",
            SourceState::PerhapsASource => "perhaps a source",
            SourceState::Source => "source",
            SourceState::SaidNotASource => "said not a source",
        }
    }

    pub fn from_name(name: &str) -> Option<SourceState> {
        SourceState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether those alone may see it who may read what sources confide: it is not linked, found, quoted or counted.
    pub fn is_hidden(self) -> bool {
        matches!(self, SourceState::PerhapsASource | SourceState::Source)
    }

    /// What a mail in this state that is so like a source's is taken for. A person's word stands.
    pub fn taken_for(self, found: RepeatsSource) -> RepeatsSource {
        if self == SourceState::SaidNotASource { RepeatsSource::No } else { found }
    }

    /// After the rules have judged it and found this.
    pub fn once_judged(self, again: RepeatsSource) -> SourceState {
        match (self, again) {
            (SourceState::Source | SourceState::SaidNotASource, _) => self,
            (_, RepeatsSource::No) => SourceState::NotASource,
            (_, RepeatsSource::Perhaps | RepeatsSource::Copy) => SourceState::PerhapsASource,
        }
    }
}

/// How much a mail resembles one of which a person has said that a source wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resemblance {
    /// Its author, or that of the letter which it passes on, has the same address.
    pub same_author: bool,
    pub same_message_id: bool,
    pub words: Words,
    /// It is on the same thread, or to the same of our addresses.
    pub same_place: bool,
    /// It comes from the authority, as far as can be told.
    pub of_authority: bool,
    /// Its author's address is that of a post in the directory: several people write from there.
    pub from_post: bool,
    /// It is here already, linked, and everybody has seen it count as the authority's.
    pub counts: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    Others,
    /// It quotes or encloses them, or brings them with something else attached.
    Within,
    Same,
}

/// Whether a mail repeats one of which a person has said that a source wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepeatsSource {
    No,
    /// It is kept from the others, and waits for those who may read sources.
    Perhaps,
    /// The same once more: there is nothing in it to look at.
    Copy,
}

/// Letters of a text, folded, that is no formula which many write.
const TELLING: usize = 40;

/// Whether words are so many that who writes them again has had them from the first.
pub fn are_telling(words: &str) -> bool {
    words.chars().count() >= TELLING
}

pub fn repeats_source(like: Resemblance) -> RepeatsSource {
    match like.words {
        Words::Same if like.same_author || like.same_message_id => RepeatsSource::Copy,
        _ if like.same_author && like.same_message_id => RepeatsSource::Perhaps,
        // What an authority quotes is its answer.
        Words::Same | Words::Within if !like.of_authority => RepeatsSource::Perhaps,
        // Whoever writes from an authority's domain, but from nobody's post there, may be a guard. What had counted before stays, or an
        // authority that has answered would be reminded.
        _ if like.same_author && !like.from_post && (like.same_place || !like.counts) => RepeatsSource::Perhaps,
        _ => RepeatsSource::No,
    }
}

/// Why a mail that is so like a source's stands where it does, and where: it is linked to nothing, and is no candidate for anything that others see.
pub fn while_hidden(again: RepeatsSource) -> Option<(Standing, &'static str)> {
    match again {
        RepeatsSource::No => None,
        RepeatsSource::Copy => Some((Standing::SetAside, "it is information from a source that was here before")),
        RepeatsSource::Perhaps => Some((Standing::Unlinked, "it may be information from a source")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_has_said_of_a_source_no_rule_takes_back() {
        use SourceState::{NotASource, PerhapsASource, SaidNotASource, Source};
        for (state, once_like_none, once_like_one, is_hidden) in [
            (NotASource, NotASource, PerhapsASource, false),
            (PerhapsASource, NotASource, PerhapsASource, true),
            (Source, Source, Source, true),
            (SaidNotASource, SaidNotASource, SaidNotASource, false),
        ] {
            assert_eq!(state.once_judged(RepeatsSource::No), once_like_none);
            for again in [RepeatsSource::Perhaps, RepeatsSource::Copy] {
                assert_eq!(state.once_judged(again), once_like_one);
                assert_eq!(state.taken_for(again), if state == SaidNotASource { RepeatsSource::No } else { again });
                assert!(while_hidden(again).is_some());
            }
            assert_eq!(state.is_hidden(), is_hidden);
            assert_eq!(SourceState::from_name(state.name()), Some(state));
        }
        assert_eq!(while_hidden(RepeatsSource::No), None);
    }

    #[test]
    fn what_a_source_wrote_stays_hidden_when_it_comes_again_and_no_authority_disappears_by_it() {
        let other = Resemblance {
            same_author: false,
            same_message_id: false,
            words: Words::Others,
            same_place: false,
            of_authority: false,
            from_post: false,
            counts: false,
        };
        let again = Resemblance { same_author: true, ..other };
        let guard = Resemblance { of_authority: true, ..again };
        let counted = Resemblance { counts: true, ..guard };
        let post = Resemblance { from_post: true, ..guard };
        for (like, expected) in [
            (other, RepeatsSource::No),
            (Resemblance { same_place: true, ..other }, RepeatsSource::No),
            (Resemblance { same_message_id: true, ..other }, RepeatsSource::No),
            (Resemblance { words: Words::Same, ..again }, RepeatsSource::Copy),
            (Resemblance { words: Words::Same, same_message_id: true, ..other }, RepeatsSource::Copy),
            (Resemblance { words: Words::Same, ..post }, RepeatsSource::Copy),
            (Resemblance { words: Words::Within, ..other }, RepeatsSource::Perhaps),
            (Resemblance { words: Words::Within, of_authority: true, ..other }, RepeatsSource::No),
            (again, RepeatsSource::Perhaps),
            (guard, RepeatsSource::Perhaps),
            (counted, RepeatsSource::No),
            (Resemblance { same_place: true, ..counted }, RepeatsSource::Perhaps),
            (Resemblance { same_place: true, ..post }, RepeatsSource::No),
            (Resemblance { same_message_id: true, ..post }, RepeatsSource::Perhaps),
        ] {
            assert_eq!(repeats_source(like), expected, "{like:?}");
        }
    }
}
