//! What a person may do about a mail that waits: the steps that digests and `mail show` offer, and the command that takes each.
//!
//! None is offered that would be refused. And where a mail belongs is one step, that it answers is another: who reads that an authority asks for more
//! time must be able to say so without closing the request.

use super::identity::MailId;
use super::reply::Effect;
use serde::{Deserialize, Serialize};

/// What is known of a mail that waits, as far as it decides what can be done about it.
#[derive(Debug, Clone)]
pub struct WaitingMailFacts {
    pub mail: MailId,
    pub from: Author,
    /// What a link does that a person makes.
    pub by_link: Effect,
    /// The requests that it may be about, best first, by their references.
    pub candidates: Vec<String>,
    /// To these of them it is linked, and waits.
    pub linked: Vec<String>,
    /// What it does already to another request.
    pub does: Option<Effect>,
    /// It says that a letter came back, and nothing proves it.
    pub claims: bool,
    /// Nothing is asked but that.
    pub only_claims: bool,
}

/// Whose words a mail holds, as far as that decides what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    Known,
    /// In no directory, or not whom it names: perhaps a source.
    Unknown,
    /// It is like a source's, and kept from everybody but those who may read that; `read_by`: how the reader is named who may.
    PerhapsSource {
        read_by: Option<String>,
    },
    /// It is no mail but demarche's own note.
    Demarche,
}

/// What is to be true of a mail when a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Nobody knows yet: it is to be read.
    Read,
    Answers,
    /// It belongs to the request, and the deadline goes on: an extension is asked for, a question, an interim reply.
    DoesNotAnswer,
    /// It belongs to the request; it is of a kind that answers nothing.
    Belongs,
    /// Not about the request to which it is linked.
    OfAnother,
    /// It does what it does already, and nothing more.
    NothingMore,
    CameBack,
    DidNotComeBack,
    NeedsNothing,
    FromSource,
    NotFromSource,
}

impl Purpose {
    /// For people, as the condition under which the step is the right one.
    pub fn in_words(self) -> &'static str {
        match self {
            Purpose::Read => "To read it",
            Purpose::Answers => "If it answers the request",
            Purpose::DoesNotAnswer => {
                "If it does not answer it yet (asks for time, puts a question, promises an answer); the request stays open, and a new date is \
                 granted first, by requests extend"
            }
            Purpose::Belongs => "To link it, which leaves the request open",
            Purpose::OfAnother => "If it is about something else",
            Purpose::NothingMore => "If it answers nothing more",
            Purpose::CameBack => "If it is true that the letter came back",
            Purpose::DidNotComeBack => "If that is not true",
            Purpose::NeedsNothing => "If it belongs to none, and needs nothing",
            Purpose::FromSource => "If a source wrote it (a detainee, a relative, a guard)",
            Purpose::NotFromSource => "If no source wrote it",
        }
    }
}

/// A step, and the command that takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub purpose: Purpose,
    /// Without the reference, where it needs one.
    command: String,
    references: References,
}

/// Which reference makes a command whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum References {
    NotNeeded,
    /// One that the person finds.
    Any,
    /// One of these.
    Of(Vec<String>),
}

impl Step {
    /// Whole commands, one for each reference that may be meant; `any`: the word for one that is to be found.
    pub fn commands(&self, any: &str) -> Vec<String> {
        match &self.references {
            References::NotNeeded => vec![self.command.clone()],
            References::Any => vec![format!("{} {any}", self.command)],
            References::Of(references) => references.iter().map(|reference| format!("{} {reference}", self.command)).collect(),
        }
    }
}

/// The steps of a mail that waits, in the order in which a person thinks of them.
pub fn steps(waits: &WaitingMailFacts) -> Vec<Step> {
    let mail = waits.mail;
    let step = |purpose, command: String, references| Step { purpose, command: format!("demarche mail {command}"), references };
    let plain = |purpose, command: String| step(purpose, command, References::NotNeeded);
    let mark = |purpose, what: &str| plain(purpose, format!("mark {mail} {what}"));
    let read = plain(Purpose::Read, format!("show {mail}"));
    match &waits.from {
        Author::PerhapsSource { read_by: None } => return vec![],
        Author::PerhapsSource { read_by: Some(by) } => {
            return vec![
                plain(Purpose::Read, format!("show {mail} --by {by}")),
                mark(Purpose::FromSource, "source"),
                mark(Purpose::NotFromSource, &format!("not-source --by {by}")),
            ];
        }
        Author::Demarche => return vec![read, mark(Purpose::NeedsNothing, "ignore")],
        Author::Known | Author::Unknown => {}
    }
    let mut steps = vec![read];
    if !waits.only_claims {
        let references = || if waits.candidates.is_empty() { References::Any } else { References::Of(waits.candidates.clone()) };
        let link = |purpose, how: &str| step(purpose, format!("link {how}{mail}"), references());
        if waits.by_link == Effect::Reply {
            steps.extend([link(Purpose::Answers, ""), link(Purpose::DoesNotAnswer, "--no-answer ")]);
        } else {
            steps.push(link(Purpose::Belongs, ""));
        }
        // With its only link undone, it would wait as before.
        if waits.linked.len() > usize::from(waits.does.is_none()) {
            steps.push(step(Purpose::OfAnother, format!("unlink {mail}"), References::Of(waits.linked.clone())));
        }
    }
    if waits.claims {
        steps.push(mark(Purpose::CameBack, Effect::Bounce.name()));
    }
    // To set it aside would take back what it has done where it belongs; to say what it is, decide about what waits as well.
    match waits.does {
        _ if waits.only_claims => steps.push(mark(Purpose::DidNotComeBack, "ignore")),
        None => steps.push(mark(Purpose::NeedsNothing, "ignore")),
        Some(effect) if waits.linked.is_empty() => steps.push(mark(Purpose::NothingMore, effect.name())),
        Some(_) => {}
    }
    if waits.from == Author::Unknown {
        steps.push(mark(Purpose::FromSource, "source"));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits() -> WaitingMailFacts {
        WaitingMailFacts {
            mail: MailId(7),
            from: Author::Known,
            by_link: Effect::Reply,
            candidates: vec!["N-1".into(), "N-2".into()],
            linked: vec!["N-1".into()],
            does: None,
            claims: false,
            only_claims: false,
        }
    }

    fn told(waits: &WaitingMailFacts) -> String {
        let commands = steps(waits).into_iter().flat_map(|step| {
            let told = |command: String| format!("{:?}: {}", step.purpose, command.replace("demarche mail ", ""));
            step.commands("REFERENCE").into_iter().map(told).collect::<Vec<_>>()
        });
        commands.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_letter_of_the_authority_can_be_linked_without_answering() {
        insta::assert_snapshot!(told(&waits()), @r"
        Read: show 7
        Answers: link 7 N-1
        Answers: link 7 N-2
        DoesNotAnswer: link --no-answer 7 N-1
        DoesNotAnswer: link --no-answer 7 N-2
        NeedsNothing: mark 7 ignore
        ");
    }

    #[test]
    fn what_answers_nothing_by_its_kind_is_only_linked() {
        let receipt =
            WaitingMailFacts { by_link: Effect::Acknowledgement, candidates: vec![], linked: vec![], from: Author::Unknown, ..waits() };
        insta::assert_snapshot!(told(&receipt), @r"
        Read: show 7
        Belongs: link 7 REFERENCE
        NeedsNothing: mark 7 ignore
        FromSource: mark 7 source
        ");
    }

    #[test]
    fn a_mail_that_counts_elsewhere_is_not_set_aside_by_a_step_about_the_rest() {
        let counted = WaitingMailFacts { does: Some(Effect::Reply), linked: vec![], ..waits() };
        let both = WaitingMailFacts { does: Some(Effect::Reply), ..waits() };
        assert!(told(&counted).ends_with("NothingMore: mark 7 reply"), "{}", told(&counted));
        for waits in [&counted, &both] {
            assert!(!told(waits).contains("ignore"), "{}", told(waits));
        }
        assert!(told(&both).contains("OfAnother: unlink 7 N-1"), "{}", told(&both));
    }

    #[test]
    fn of_what_may_be_a_sources_only_what_works_is_offered_and_to_those_who_may_read_it() {
        let hidden =
            |read_by: Option<&str>| WaitingMailFacts { from: Author::PerhapsSource { read_by: read_by.map(Into::into) }, ..waits() };
        assert_eq!(told(&hidden(None)), "");
        insta::assert_snapshot!(told(&hidden(Some("eva@office.example"))), @r"
        Read: show 7 --by eva@office.example
        FromSource: mark 7 source
        NotFromSource: mark 7 not-source --by eva@office.example
        ");
    }

    #[test]
    fn what_only_says_that_a_letter_came_back_is_confirmed_or_not() {
        let report = WaitingMailFacts { claims: true, only_claims: true, ..waits() };
        insta::assert_snapshot!(told(&report), @r"
        Read: show 7
        CameBack: mark 7 bounce
        DidNotComeBack: mark 7 ignore
        ");
        let typed = WaitingMailFacts { claims: true, ..waits() };
        assert!(told(&typed).contains("Answers: link 7 N-1") && told(&typed).contains("CameBack: mark 7 bounce"));
    }
}
