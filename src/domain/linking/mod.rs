//! What a mail answers: evidence → verdict, with its reasons (promise 5).
//!
//! A link is made automatically only on proof (a signed reply address, one of our Message-IDs, a reference with a valid check character from
//! a plausible sender) and only when nothing contradicts it. Everything else is a suggestion. Nothing here looks at a mail or the register:
//! it weighs what they say.

mod evidence;
#[cfg(test)]
mod stories;

pub use evidence::{Author, Clue, Evidence, MailFacts, MailKind, RequestFacts, Sender};

use super::identity::RequestId;
use super::reply::{Effect, Standing};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub request: RequestId,
    pub effect: Effect,
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub request: RequestId,
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub standing: Standing,
    pub links: Vec<Link>,
    /// Best first.
    pub suggestions: Vec<Suggestion>,
    /// The rule that decided, and what spoke against more; for digests and `mail show`.
    pub because: Vec<String>,
}

/// Weighs the evidence. `facts` holds every request that `evidence` names.
pub fn judge(mail: &MailFacts, evidence: &[Evidence], facts: &[RequestFacts]) -> Verdict {
    let mut weighing = Weighing { mail, evidence, facts, against: Vec::new() };
    let proven = weighing.proven();
    let effect = match mail.kind {
        MailKind::Letter | MailKind::DoubtfulLetter => Effect::Reply,
        MailKind::Acknowledgement => Effect::Acknowledgement,
        MailKind::Automatic | MailKind::Challenge => Effect::Automatic,
        MailKind::Bounce => Effect::Bounce,
    };
    if mail.from_ourselves {
        return Verdict::set_aside("it comes from one of the office's own addresses");
    }
    let doubtful = mail.kind == MailKind::DoubtfulLetter && !proven.is_empty();
    if doubtful {
        weighing.against.push("its headers say that a machine wrote it, its text reads like an answer".into());
    }
    weighing.against.extend(mail.unfit.clone());
    if mail.kind == MailKind::Challenge {
        weighing.against.push("a filter holds our letter until somebody opens this mail and does what it asks".into());
    }
    let typed_only = !proven.is_empty() && !evidence.iter().any(|evidence| evidence.clue.is_carried());
    match &mail.author {
        Author::Contradicted(why) => weighing.against.push(format!("the sender cannot be who the mail says: {why}")),
        Author::NotYetJudged if typed_only => weighing.against.push(
            "a reference proves nothing before it is known who wrote the mail, and the DNS did not answer; it is judged again when it does".into(),
        ),
        Author::InEnvelope if typed_only => weighing.against.push(
            "a reference proves nothing where who wrote the letter is told by its envelope of certified mail alone, whose signature is not verified".into(),
        ),
        Author::NotYetJudged | Author::InEnvelope | Author::Unquestioned => {}
    }
    let because = weighing.against.clone();
    if !proven.is_empty() && because.is_empty() {
        let links = proven.iter().map(|request| Link { request: *request, effect, evidence: weighing.evidence_for(*request) }).collect();
        let rules = proven.iter().filter_map(|request| weighing.best_clue(*request)).map(|clue| format!("linked by {}", clue.name()));
        let mut because: Vec<String> = rules.collect();
        because.dedup();
        // A letter that also names further requests of the sender may answer those as well.
        let suggestions = if effect == Effect::Reply { weighing.suggestions(&proven) } else { vec![] };
        let suggestions = suggestions.into_iter().filter(|suggestion| suggestion.evidence.iter().any(|e| e.clue.is_reference())).collect();
        return Verdict { standing: Standing::Linked, links, suggestions, because };
    }
    if matches!(mail.kind, MailKind::Automatic) && proven.is_empty() {
        return Verdict::set_aside("a machine wrote it, and it names none of our letters with certainty");
    }
    let suggestions = weighing.suggestions(&[]);
    match (suggestions.is_empty(), mail.bulk) {
        (true, true) => Verdict::set_aside("bulk or list mail that names nothing of ours"),
        (true, false) => Verdict { standing: Standing::Unlinked, links: vec![], suggestions, because: some_reason(because) },
        (false, _) => Verdict { standing: Standing::Suggested, links: vec![], suggestions, because: some_reason(because) },
    }
}

fn some_reason(because: Vec<String>) -> Vec<String> {
    if because.is_empty() { vec!["no proof of what it answers".into()] } else { because }
}

impl Verdict {
    fn set_aside(why: &str) -> Verdict {
        Verdict { standing: Standing::SetAside, links: vec![], suggestions: vec![], because: vec![why.into()] }
    }
}

struct Weighing<'a> {
    mail: &'a MailFacts,
    evidence: &'a [Evidence],
    facts: &'a [RequestFacts],
    /// What speaks against linking, in sentences.
    against: Vec<String>,
}

impl Weighing<'_> {
    /// The requests that are proven, and in `against` whatever contradicts the proof.
    fn proven(&mut self) -> Vec<RequestId> {
        let carried = self.requests_by(|clue| clue.is_carried());
        let subject = self.plausible_requests_by(|clue| clue == Clue::ReferenceInSubject);
        let stated = self.requests_by(|clue| clue == Clue::ReferenceInText);
        let attached = self.requests_by(|clue| clue == Clue::ReferenceInAttachment);
        let all_quoted = self.requests_by(|clue| clue == Clue::ReferenceInQuote);
        let quoted = self.plausible_requests_by(|clue| clue == Clue::ReferenceInQuote);
        let plausible_stated = self.plausible_requests_by(|clue| clue == Clue::ReferenceInText);
        let plausible_attached = self.plausible_requests_by(|clue| clue == Clue::ReferenceInAttachment);

        // What the mail carries along, most telling first: the letter answered, its subject, its quoted text.
        let inherited = [&carried, &subject, &quoted].into_iter().find(|requests| !requests.is_empty()).cloned().unwrap_or_default();
        let mut proven = if plausible_stated.is_empty() { inherited.clone() } else { union(&inherited, &plausible_stated) };
        // A list of many requests, those of other authorities among them, is no answer to the one that happens to be the sender's.
        if proven.is_empty() && attached.len() == 1 {
            proven = plausible_attached;
        }
        if proven.is_empty() {
            return proven;
        }
        if !stated.is_empty() && !inherited.iter().all(|request| stated.contains(request)) {
            self.against.push("the text names another request than the letter it answers".into());
        }
        if stated.is_empty() && !attached.is_empty() && !inherited.is_empty() && !inherited.iter().any(|request| attached.contains(request))
        {
            self.against.push("the attachment names another request than the letter it answers".into());
        }
        if carried.is_empty() && subject.is_empty() && all_quoted.len() > 1 && !all_quoted.iter().all(|request| stated.contains(request)) {
            self.against.push("the quoted text names several requests".into());
        }
        self.against_differing(&carried, &subject);
        for request in &proven {
            self.against_request(*request);
        }
        proven
    }

    /// Signed addresses, threads and the subject's reference must name the same requests; several are fine where each is carried by address.
    fn against_differing(&mut self, carried: &[RequestId], subject: &[RequestId]) {
        let by_address = self.requests_by(|clue| clue == Clue::ReplyAddress);
        let by_thread = self.requests_by(|clue| clue == Clue::Thread);
        if !by_address.is_empty() && by_thread.iter().any(|request| !by_address.contains(request)) {
            self.against.push("the reply address and the thread name different requests".into());
        }
        if by_address.is_empty() && by_thread.len() > 1 && !by_thread.iter().all(|request| subject.contains(request)) {
            self.against.push("the thread goes back to letters of several requests".into());
        }
        if !carried.is_empty() && subject.iter().any(|request| !carried.contains(request)) {
            let stated = self.requests_by(|clue| clue == Clue::ReferenceInText);
            if !subject.iter().all(|request| stated.contains(request)) {
                self.against.push("the subject names another request than the letter it answers".into());
            }
        }
    }

    fn against_request(&mut self, request: RequestId) {
        let Some(facts) = self.facts.iter().find(|facts| facts.id == request) else { return };
        let reports = matches!(self.mail.kind, MailKind::Bounce | MailKind::Automatic | MailKind::Challenge);
        if facts.sender == Sender::OtherAuthority && !reports {
            self.against.push("the sender is known as another authority".into());
        }
        if facts.sent_at.is_none_or(|sent_at| self.mail.received_at < sent_at) && !reports {
            self.against.push("it was received before the letter was sent".into());
        }
        let named = |clue| matches!(clue, Clue::ReferenceInSubject | Clue::ReferenceInText);
        if facts.settled && facts.others_open && !self.requests_by(named).contains(&request) && !reports {
            self.against
                .push("the letter it answers is settled, and the authority has others open: an old thread may be used for them".into());
        }
    }

    fn requests_by(&self, wanted: impl Fn(Clue) -> bool) -> Vec<RequestId> {
        let mut requests = Vec::new();
        for evidence in self.evidence.iter().filter(|evidence| wanted(evidence.clue)) {
            if !requests.contains(&evidence.request) {
                requests.push(evidence.request);
            }
        }
        requests
    }

    fn plausible_requests_by(&self, wanted: impl Fn(Clue) -> bool) -> Vec<RequestId> {
        let is_plausible = |request: &RequestId| self.facts.iter().any(|facts| facts.id == *request && facts.sender == Sender::Plausible);
        self.requests_by(wanted).into_iter().filter(is_plausible).collect()
    }

    fn evidence_for(&self, request: RequestId) -> Vec<Evidence> {
        let mut found: Vec<Evidence> = self.evidence.iter().filter(|evidence| evidence.request == request).cloned().collect();
        found.sort_by_key(|evidence| evidence.clue);
        found
    }

    fn best_clue(&self, request: RequestId) -> Option<Clue> {
        self.evidence.iter().filter(|evidence| evidence.request == request).map(|evidence| evidence.clue).min()
    }

    /// Every request some evidence names, without those in `except`, strongest evidence first; unsettled ones first among equals.
    fn suggestions(&self, except: &[RequestId]) -> Vec<Suggestion> {
        let mut suggested: Vec<RequestId> = self.requests_by(|_| true).into_iter().filter(|request| !except.contains(request)).collect();
        let settled = |request: &RequestId| self.facts.iter().any(|facts| facts.id == *request && facts.settled);
        suggested.sort_by_key(|request| (self.best_clue(*request), settled(request), *request));
        suggested.truncate(MOST_SUGGESTIONS);
        suggested.into_iter().map(|request| Suggestion { request, evidence: self.evidence_for(request) }).collect()
    }
}

/// More candidates than a person will look at.
const MOST_SUGGESTIONS: usize = 12;

fn union(first: &[RequestId], second: &[RequestId]) -> Vec<RequestId> {
    let mut all = first.to_vec();
    all.extend(second.iter().filter(|request| !first.contains(request)));
    all
}
