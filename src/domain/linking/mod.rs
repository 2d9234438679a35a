//! Where a mail belongs: evidence → verdict, with its reasons (promise 5).
//!
//! A mail belongs to a request only on proof (a signed reply address, one of our Message-IDs, a reference with a valid check character from the
//! authority), and only when nothing contradicts it. What it may do there is asked of `trust`; everything else is a suggestion. Nothing here
//! looks at a mail or the register: it weighs what they say.

mod evidence;
pub mod named;
mod signature_reach;
#[cfg(test)]
mod stories;
mod unfit;

pub use evidence::{Evidence, EvidenceKind, MailFacts, OwnLetter, RequestFacts};
pub use signature_reach::{LinkingHeaders, signature_reach};
pub use unfit::{Fitness, is_only_a_copy, unfit};

use super::identity::{JointId, RequestId};
use super::kind::MailKind;
use super::reply::{Effect, Standing};
use super::trust::{self, LinkBasis, Proof, Weight, Writer};
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
    let mut verdict = weigh(mail, evidence, facts);
    if mail.counted_before && verdict.links.iter().all(|link| link.effect == Effect::Waiting) {
        verdict.because.push(trust::COUNTED_BEFORE.into());
    }
    verdict
}

fn weigh(mail: &MailFacts, evidence: &[Evidence], facts: &[RequestFacts]) -> Verdict {
    if mail.of_check {
        return Verdict::set_aside("it is the letter by which `demarche check` tries the way of letters, or a report about it");
    }
    if mail.from_ourselves {
        return Verdict::set_aside("it is one of the office's own letters");
    }
    // Who answers to all answers for itself alone, unless it writes the other's reference itself.
    let is_of_another = |evidence: &Evidence| {
        let writer = facts.iter().find(|facts| facts.id == evidence.request).map(|facts| facts.writer);
        writer == Some(Writer::CoAddressee) && evidence.kind != EvidenceKind::ReferenceInText
    };
    let by_joint = answered_by_joint(mail, evidence, facts);
    let evidence: Vec<Evidence> = evidence.iter().filter(|evidence| !is_of_another(evidence)).cloned().collect();
    let mut weighing = Weighing { mail, evidence: &evidence, facts, by_joint, against: Vec::new() };
    let proven = weighing.proven();
    let against = weighing.doubts(&proven);
    let weighed: Vec<(RequestId, Weight)> = proven.iter().map(|request| (*request, weighing.weight(*request))).collect();
    let linked = |(request, weight): &(RequestId, Weight)| match weight {
        Weight::Does => Some((*request, mail.kind.effect())),
        Weight::Waits => Some((*request, Effect::Waiting)),
        Weight::Suggested | Weight::Nothing => None,
    };
    let links: Vec<Link> = weighed
        .iter()
        .filter_map(linked)
        .map(|(request, effect)| Link { request, effect, evidence: weighing.evidence_for(request) })
        .collect();
    if !links.is_empty() && against.is_empty() {
        let mut because: Vec<String> =
            links.iter().filter_map(|link| weighing.best_kind(link.request)).map(|kind| format!("linked by {}", kind.name())).collect();
        for link in links.iter().filter(|link| link.effect == Effect::Waiting) {
            let until =
                if mail.proof == Proof::NotYetKnown { "until then it does nothing" } else { "it does nothing until a person says so" };
            because.push(format!("{}: {until}", weighing.why_not(link.request)));
        }
        if mail.is_probably_automatic() {
            because.push("it is probably automatic, but says more than machines do".into());
        }
        because.dedup();
        let placed: Vec<RequestId> = links.iter().map(|link| link.request).collect();
        // A letter that also names further requests may answer those as well.
        let further = |suggestion: &Suggestion| suggestion.evidence.iter().any(|evidence| !evidence.kind.is_weak());
        let suggestions = match mail.kind {
            MailKind::Letter | MailKind::DoubtfulLetter | MailKind::TypedReport => {
                weighing.suggestions(&placed).into_iter().filter(further).collect()
            }
            _ => vec![],
        };
        return Verdict { standing: Standing::Linked, links, suggestions, because };
    }
    let may_answer = mail.says_more && evidence.iter().any(|evidence| !evidence.kind.is_weak());
    // A mail that bears an authority's name and is not from it is shown to a person, whatever else it looks like.
    let is_forged = mail.proof == Proof::Contradicted && mail.writer == Writer::Authority;
    if matches!(mail.kind, MailKind::Automatic) && proven.is_empty() && !may_answer && !is_forged {
        return Verdict::set_aside("a machine wrote it, and it names none of our letters with certainty");
    }
    let mut because = against;
    because.extend(weighed.iter().filter(|(_, weight)| *weight == Weight::Suggested).map(|(request, _)| weighing.why_not(*request)));
    if mail.proof == Proof::Contradicted && !because.iter().any(|why| why.contains(&mail.proof_because)) {
        because.push(weighing.contradicted());
    }
    because.dedup();
    let suggestions = weighing.suggestions(&[]);
    if because.is_empty() {
        let from_the_office = Some(mail.writer).filter(|writer| matches!(writer, Writer::Staff | Writer::Ourselves));
        let writer = suggestions.first().map(|suggestion| weighing.writer(suggestion.request)).or(from_the_office);
        because.push(writer.filter(|writer| !writer.is_of_authority()).map_or("no proof of what it answers", Writer::in_words).into());
    }
    if mail.author_by_name {
        because.push("who wrote what it passes on is known by its name only".into());
    }
    // A list that puts an address of the office into From carries what people write to the office.
    let bulk = mail.bulk && !matches!(mail.writer, Writer::Ourselves | Writer::Staff);
    let standing = match (suggestions.is_empty(), bulk || mail.perhaps_spam) {
        // Who forges the mark of a list must not make a letter disappear.
        (true, true) if mail.proof != Proof::Contradicted => return Verdict::set_aside("bulk or list mail that names nothing of ours"),
        (true, _) => Standing::Unlinked,
        (false, _) => Standing::Suggested,
    };
    Verdict { standing, links: vec![], suggestions, because }
}

/// The author's own request, where an addressee of a joint request answers on the address or thread of another one: nobody can guess these, and of
/// the matter asked about it can speak for itself alone. None if it has several requests of that joint request.
fn answered_by_joint(mail: &MailFacts, evidence: &[Evidence], facts: &[RequestFacts]) -> Option<RequestId> {
    let facts_of = |evidence: &Evidence| facts.iter().find(|facts| facts.id == evidence.request);
    let is_of_another = |facts: &&RequestFacts| facts.writer == Writer::CoAddressee;
    let answered = evidence.iter().filter(|one| matches!(one.kind, EvidenceKind::ReplyAddress | EvidenceKind::Thread)).filter_map(facts_of);
    let joints: Vec<JointId> = answered.filter(is_of_another).map(|facts| facts.joint).collect();
    let own = evidence.iter().filter(|one| one.kind == EvidenceKind::JointRequest).filter_map(facts_of);
    let mut own = own.filter(|own| joints.contains(&own.joint) && own.writer.is_of_authority()).map(|own| own.id);
    let first = own.next().filter(|_| !mail.kind.is_report())?;
    own.all(|other| other == first).then_some(first)
}

impl Verdict {
    /// Puts links into it by which the mail has done something before. They are not taken back: a copy that comes later takes nothing away, since
    /// anybody can send one, to any address.
    pub fn keep(&mut self, counted: Vec<Link>) {
        for link in counted {
            self.suggestions.retain(|suggestion| suggestion.request != link.request);
            match self.links.iter_mut().find(|found| found.request == link.request) {
                Some(found) => found.effect = link.effect,
                None => self.links.push(link),
            }
        }
        self.standing = Standing::Linked;
    }

    /// Of a mail of which only the head could be read: it links to nothing; what its head says is for the person who looks at it, and holds back
    /// reminders.
    pub fn quarantined(self) -> Verdict {
        let mut suggestions: Vec<Suggestion> =
            self.links.into_iter().map(|link| Suggestion { request: link.request, evidence: link.evidence }).collect();
        for other in self.suggestions {
            if !suggestions.iter().any(|suggestion| suggestion.request == other.request) {
                suggestions.push(other);
            }
        }
        Verdict {
            standing: Standing::Quarantined,
            links: vec![],
            suggestions,
            because: vec!["it could not be understood in two attempts; only its head was read".into()],
        }
    }

    fn set_aside(why: &str) -> Verdict {
        Verdict { standing: Standing::SetAside, links: vec![], suggestions: vec![], because: vec![why.into()] }
    }
}

struct Weighing<'a> {
    mail: &'a MailFacts,
    evidence: &'a [Evidence],
    facts: &'a [RequestFacts],
    by_joint: Option<RequestId>,
    /// What speaks against the place, in sentences.
    against: Vec<String>,
}

impl Weighing<'_> {
    /// Why only a person can place it, whatever it carries.
    fn doubts(&self, proven: &[RequestId]) -> Vec<String> {
        let mut doubts = self.against.clone();
        if self.mail.kind == MailKind::DoubtfulLetter && !proven.is_empty() {
            doubts.push("its headers say that a machine wrote it, its text reads like an answer".into());
        }
        doubts.extend(self.mail.unfit.clone());
        if self.mail.perhaps_spam {
            doubts.push("it lay in the Junk folder: perhaps spam".into());
        }
        if self.mail.kind == MailKind::Challenge {
            doubts.push("a filter holds our letter until somebody opens this mail and does what it asks".into());
        }
        doubts
    }

    fn writer(&self, request: RequestId) -> Writer {
        self.facts.iter().find(|facts| facts.id == request).map_or(Writer::Stranger, |facts| facts.writer)
    }

    /// What the mail may do to a request that is proven to be its place.
    fn weight(&self, request: RequestId) -> Weight {
        let (writer, basis) = (self.writer(request), self.basis(request));
        // What a machine says of our letter does nothing that has to be proven here; who may close an address is asked where that is done.
        if self.mail.kind.is_report() && self.mail.proof != Proof::Contradicted {
            return if basis == LinkBasis::AddressOrThread || writer.is_of_authority() { Weight::Does } else { Weight::Suggested };
        }
        match trust::weigh(writer, self.mail.proof, basis) {
            // That a letter arrived changes nothing.
            Weight::Waits if self.mail.kind == MailKind::Acknowledgement && writer.is_of_authority() => Weight::Does,
            weight => weight,
        }
    }

    fn basis(&self, request: RequestId) -> LinkBasis {
        let forwarded = self.writer(request).is_of_authority();
        let kinds = || self.evidence.iter().filter(|evidence| evidence.request == request).map(|evidence| evidence.kind);
        // Our letter that the authority itself forwards is worth what a thread is.
        if self.by_joint == Some(request) || kinds().any(|kind| kind.is_carried() || kind == EvidenceKind::EnclosedLetter && forwarded) {
            LinkBasis::AddressOrThread
        } else if kinds().any(|kind| !kind.is_weak()) {
            LinkBasis::Reference
        } else {
            LinkBasis::Nothing
        }
    }

    /// Why a mail does less to a request than others of its kind.
    fn why_not(&self, request: RequestId) -> String {
        let writer = self.writer(request);
        if self.mail.proof == Proof::Contradicted {
            self.contradicted()
        } else if self.mail.kind == MailKind::TypedReport {
            "it is a report, but its readable part says more than reports do and may be an answer".to_owned()
        } else if !writer.is_of_authority() {
            writer.in_words().to_owned()
        } else if self.mail.proof == Proof::NotYetKnown {
            "the DNS did not answer who wrote it, and is asked again".to_owned()
        } else if self.mail.proof_because.is_empty() {
            self.mail.proof.in_words().to_owned()
        } else {
            format!("{}: {}", self.mail.proof.in_words(), self.mail.proof_because)
        }
    }

    fn contradicted(&self) -> String {
        format!("the sender cannot be who the mail says: {}", self.mail.proof_because)
    }

    /// The requests that are proven, and in `against` whatever contradicts the proof.
    fn proven(&mut self) -> Vec<RequestId> {
        let enclosed = self.plausible_requests_by(|kind| kind == EvidenceKind::EnclosedLetter);
        let by_joint: Vec<RequestId> = self.by_joint.into_iter().collect();
        let carried = union(&union(&self.requests_by(|kind| kind.is_carried()), &by_joint), &enclosed);
        let subject = self.plausible_requests_by(|kind| kind == EvidenceKind::ReferenceInSubject);
        let stated = self.requests_by(|kind| kind == EvidenceKind::ReferenceInText);
        let attached = self.requests_by(|kind| kind == EvidenceKind::ReferenceInAttachment);
        let all_quoted = self.requests_by(EvidenceKind::is_quoted_reference);
        let quoted = self.plausible_requests_by(EvidenceKind::is_quoted_reference);
        let plausible_stated = self.plausible_requests_by(|kind| kind == EvidenceKind::ReferenceInText);
        let plausible_attached = self.plausible_requests_by(|kind| kind == EvidenceKind::ReferenceInAttachment);

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
        self.against_differing(&carried, &subject, &proven);
        for request in &proven {
            self.against_request(*request);
        }
        proven
    }

    /// Signed addresses, threads and the subject's reference must name the same requests; several are fine where each is carried by address.
    fn against_differing(&mut self, carried: &[RequestId], subject: &[RequestId], proven: &[RequestId]) {
        let by_address = self.requests_by(|kind| kind == EvidenceKind::ReplyAddress);
        let by_thread = self.requests_by(|kind| kind == EvidenceKind::Thread);
        if !by_address.is_empty() && by_thread.iter().any(|request| !by_address.contains(request)) {
            self.against.push("the reply address and the thread name different requests".into());
        }
        if by_address.is_empty() && by_thread.len() > 1 && !by_thread.iter().all(|request| subject.contains(request)) {
            self.against.push("the thread goes back to letters of several requests".into());
        }
        // Whoever's request it is that the subject names.
        let titled = self.requests_by(|kind| kind == EvidenceKind::ReferenceInSubject);
        let answered = if carried.is_empty() { proven } else { carried };
        if titled.iter().any(|request| !answered.contains(request)) {
            let stated = self.requests_by(|kind| kind == EvidenceKind::ReferenceInText);
            if !titled.iter().all(|request| stated.contains(request)) {
                self.against.push("the subject names another request than the letter it answers".into());
            }
        }
    }

    fn against_request(&mut self, request: RequestId) {
        let Some(facts) = self.facts.iter().find(|facts| facts.id == request) else { return };
        let reports = self.mail.kind.is_report();
        if facts.sent_at.is_none_or(|sent_at| self.mail.received_at < sent_at) && !reports {
            self.against.push("it was received before the letter was sent".into());
        }
        let named = |kind: EvidenceKind| {
            matches!(kind, EvidenceKind::ReferenceInSubject | EvidenceKind::ReferenceInText) || kind.is_quoted_reference()
        };
        if facts.settled && facts.others_open && !self.requests_by(named).contains(&request) && !reports {
            self.against
                .push("the letter it answers is settled, and the authority has others open: an old thread may be used for them".into());
        }
    }

    fn requests_by(&self, wanted: impl Fn(EvidenceKind) -> bool) -> Vec<RequestId> {
        let mut requests = Vec::new();
        for evidence in self.evidence.iter().filter(|evidence| wanted(evidence.kind)) {
            if !requests.contains(&evidence.request) {
                requests.push(evidence.request);
            }
        }
        requests
    }

    fn plausible_requests_by(&self, wanted: impl Fn(EvidenceKind) -> bool) -> Vec<RequestId> {
        let is_plausible = |request: &RequestId| self.facts.iter().any(|facts| facts.id == *request && facts.writer.is_of_authority());
        self.requests_by(wanted).into_iter().filter(is_plausible).collect()
    }

    fn evidence_for(&self, request: RequestId) -> Vec<Evidence> {
        let mut found: Vec<Evidence> = self.evidence.iter().filter(|evidence| evidence.request == request).cloned().collect();
        found.sort_by_key(|evidence| evidence.kind);
        found
    }

    fn best_kind(&self, request: RequestId) -> Option<EvidenceKind> {
        self.evidence.iter().filter(|evidence| evidence.request == request).map(|evidence| evidence.kind).min()
    }

    /// All of them rest for the mail, so that all of them are shown.
    fn is_named_by_its_authority(&self, request: RequestId) -> bool {
        let author = self.facts.iter().find(|facts| facts.id == request).map(|facts| facts.author);
        author.is_some_and(Writer::may_be_authority) && self.basis(request) != LinkBasis::Nothing
    }

    /// Every request some evidence names, without those in `except`, strongest evidence first; unsettled ones first among equals.
    fn suggestions(&self, except: &[RequestId]) -> Vec<Suggestion> {
        let may_be = |request: &RequestId| {
            let weight = trust::weigh(self.writer(*request), self.mail.proof, self.basis(*request));
            !except.contains(request) && weight != Weight::Nothing
        };
        let mut suggested: Vec<RequestId> = self.requests_by(|_| true).into_iter().filter(may_be).collect();
        let settled = |request: &RequestId| self.facts.iter().any(|facts| facts.id == *request && facts.settled);
        suggested.sort_by_key(|request| (self.best_kind(*request), settled(request), *request));
        let mut shown = 0..MOST_SUGGESTIONS;
        suggested.retain(|request| shown.next().is_some() || self.is_named_by_its_authority(*request));
        suggested.into_iter().map(|request| Suggestion { request, evidence: self.evidence_for(request) }).collect()
    }
}

/// More candidates than a person will look at, unless their authority itself names them.
const MOST_SUGGESTIONS: usize = 12;

fn union(first: &[RequestId], second: &[RequestId]) -> Vec<RequestId> {
    let mut all = first.to_vec();
    all.extend(second.iter().filter(|request| !first.contains(request)));
    all
}
