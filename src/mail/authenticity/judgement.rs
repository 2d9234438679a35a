//! The judgement itself: from what was found out to a verdict and its reasons.

use super::provider::Word;
use super::{Policy, Verdict};

/// What counts in the judgement of a mail with one author.
pub struct Facts<'a> {
    /// The From domain.
    pub from: &'a str,
    pub policy: Policy,
    pub own: OwnSignature<'a>,
    pub word: Option<&'a Word>,
    /// The From domain is one of the office's own mail server: there, mail between its users is neither signed nor checked, and a log-in
    /// authenticates.
    pub on_own_server: bool,
    /// That, or somebody logged in there whose account is named as one of the From domain.
    pub is_at_home: bool,
}

/// What became of the signatures that count as the From domain's own (aligned, RFC 9989 §4.4).
pub enum OwnSignature<'a> {
    /// One holds; with the parts of the mail that it leaves open.
    Holds {
        uncovered: &'a [String],
    },
    Fails,
    Absent,
    /// The key or the policy of the domain got no answer.
    Unknown,
}

/// Parts whose change changes what is said; To, Cc and the like are often left unsigned (Microsoft 365 does not sign To).
const SAYS_WHAT: [&str; 4] = ["Subject", "Content-Type", "Content-Transfer-Encoding", BODY];
/// Among those parts: text below what the signature covers (`l=`, RFC 6376 §3.5).
pub const BODY: &str = "body";

/// Those of the parts that a signature leaves open without which it says nothing of the text.
pub fn grave(uncovered: &[String]) -> Vec<&str> {
    uncovered.iter().map(String::as_str).filter(|part| SAYS_WHAT.contains(part)).collect()
}

pub fn judge(facts: &Facts<'_>, because: &mut Vec<String>) -> Verdict {
    let from = facts.from;
    // Who has logged in may write whatever From; the log-in speaks for those at home there alone.
    let submitted = |word: &Word| word.submitted && facts.on_own_server;
    let heard = facts.word.filter(|word| submitted(word) || word.authenticates || word.refuses);
    let unsigned_at_home = facts.is_at_home && matches!(facts.own, OwnSignature::Absent);
    let enforced = match facts.policy {
        Policy::Quarantine | Policy::Reject => true,
        Policy::None => false,
        Policy::Absent => facts.word.is_some_and(|word| word.enforced),
    };
    if let OwnSignature::Holds { uncovered } = facts.own
        && grave(uncovered).is_empty()
    {
        if facts.policy != Policy::Absent {
            because.push(format!("{from} authenticates it (DMARC pass)."));
        }
        return Verdict::Authentic;
    }
    if let Some(word) = heard {
        let server = &word.server;
        if submitted(word) {
            because.push(format!("It was submitted to the office's own server {server} with authentication."));
            return Verdict::Authentic;
        }
        if word.authenticates {
            because.push(format!("The office's own server {server} saw that {from} authenticates it."));
            return Verdict::Authentic;
        }
        because.push(format!("The office's own server {server} saw that {from} does not authenticate it (DMARC fail)."));
        // Who forges a mail of somebody at home leaves the signature out, so that one that is broken says no more of it.
        if enforced && !facts.is_at_home {
            because.push(format!("{from} asks that such mail be refused or set apart."));
            return Verdict::Contradicted;
        }
    }
    match facts.own {
        OwnSignature::Holds { uncovered } => {
            let open = grave(uncovered).join(", ");
            because.push(format!("That signature leaves something open ({open}), which anybody could have written."));
            // Text put below what is signed is as good as text that was changed. Headers that say how to read it are left open every day (Google
            // does not sign Content-Type).
            if enforced && uncovered.iter().any(|part| part == BODY) { Verdict::PolicyUnmet } else { Verdict::Unproven }
        }
        OwnSignature::Unknown => {
            because.push("The DNS gave no answer; it will be asked again.".to_owned());
            Verdict::TryAgain
        }
        OwnSignature::Fails | OwnSignature::Absent if unsigned_at_home => {
            because.push(format!("{from} is at home on the office's own mail server, where mail is not always signed."));
            Verdict::Unproven
        }
        OwnSignature::Fails | OwnSignature::Absent if enforced => {
            because.push(format!("No signature of {from} holds, and {from} asks that such mail be refused or set apart."));
            Verdict::PolicyUnmet
        }
        OwnSignature::Fails | OwnSignature::Absent if facts.policy == Policy::None => {
            because.push(format!("No signature of {from} holds, but {from} asks nothing to be done about it."));
            Verdict::Unproven
        }
        OwnSignature::Fails | OwnSignature::Absent => {
            because.push(format!("{from} says nothing that proves or disproves it."));
            Verdict::Unproven
        }
    }
}
