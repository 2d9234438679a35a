//! What a mail answers: evidence → verdict, with its reasons (promise 5).
//!
//! A link is made automatically only on proof (a signed reply address, one of our Message-IDs, a reference with a valid check character from
//! a plausible sender) and only when nothing contradicts it. Everything else is a suggestion. Nothing here looks at a mail or the register:
//! it weighs what they say.

use super::identity::{JointId, RequestId};
use super::reply::{Effect, Standing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One reason to think that a mail belongs to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    pub request: RequestId,
    pub clue: Clue,
    /// The header, words or address, as found; for people.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Clue {
    #[serde(rename = "reply address")]
    ReplyAddress,
    /// In-Reply-To or References name one of our letters.
    #[serde(rename = "thread")]
    Thread,
    /// Sent to the envelope sender of one of our deliveries.
    #[serde(rename = "bounce address")]
    BounceAddress,
    /// A report names one of our letters as the one it is about.
    #[serde(rename = "returned letter")]
    ReturnedLetter,
    #[serde(rename = "reference in the subject")]
    ReferenceInSubject,
    /// In what the author newly wrote.
    #[serde(rename = "reference in the text")]
    ReferenceInText,
    #[serde(rename = "reference in an attachment")]
    ReferenceInAttachment,
    #[serde(rename = "reference in the quoted text")]
    ReferenceInQuote,
    /// An enclosed mail is one of ours, or answers one of ours.
    #[serde(rename = "enclosed letter")]
    EnclosedLetter,
    /// A reply address with a slip in it.
    #[serde(rename = "reply address after a slip")]
    ReplyAddressAfterSlip,
    /// A recommendation or report asked about is named.
    #[serde(rename = "recommendation named")]
    RecommendationNamed,
    /// The sender belongs to the authority, and the request is open.
    #[serde(rename = "sender of the authority")]
    SenderOfAuthority,
}

impl Clue {
    pub fn name(self) -> &'static str {
        match self {
            Clue::ReplyAddress => "reply address",
            Clue::Thread => "thread",
            Clue::BounceAddress => "bounce address",
            Clue::ReturnedLetter => "returned letter",
            Clue::ReferenceInSubject => "reference in the subject",
            Clue::ReferenceInText => "reference in the text",
            Clue::ReferenceInAttachment => "reference in an attachment",
            Clue::ReferenceInQuote => "reference in the quoted text",
            Clue::EnclosedLetter => "enclosed letter",
            Clue::ReplyAddressAfterSlip => "reply address after a slip",
            Clue::RecommendationNamed => "recommendation named",
            Clue::SenderOfAuthority => "sender of the authority",
        }
    }

    /// Carried by the mail without anybody's typing: which letter was answered.
    fn is_carried(self) -> bool {
        matches!(self, Clue::ReplyAddress | Clue::Thread | Clue::BounceAddress | Clue::ReturnedLetter)
    }

    /// Proof only from a plausible sender: anybody can guess or copy a reference.
    fn is_reference(self) -> bool {
        matches!(self, Clue::ReferenceInSubject | Clue::ReferenceInText | Clue::ReferenceInAttachment | Clue::ReferenceInQuote)
    }
}

/// Who the sender is to a request's authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sender {
    /// The authority itself, its supervising authority, or one it supervises.
    Plausible,
    /// Nobody the directory knows.
    Stranger,
    /// The directory knows the sender as another authority.
    OtherAuthority,
}

/// What the register knows of a request that some evidence points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    pub id: RequestId,
    pub joint: JointId,
    pub sender: Sender,
    pub sent_at: Option<Timestamp>,
    pub settled: bool,
    /// The same authority has further requests without an answer, so that a mail on a settled one may be meant for them.
    pub others_open: bool,
}

/// What kind of mail is judged, in the words of this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    Letter,
    Acknowledgement,
    /// The headers say that a machine wrote it, the text reads like an answer.
    DoubtfulLetter,
    /// Out-of-office notes, receipts, robots.
    Automatic,
    /// A filter that lets the letter through only after somebody has done what it asks.
    Challenge,
    Bounce,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFacts {
    pub kind: MailKind,
    pub received_at: Timestamp,
    /// It is one of the office's own letters come back, or a loop: never an authority.
    pub from_ourselves: bool,
    /// Bulk, list mail or marked as spam, by its headers.
    pub bulk: bool,
    /// Why the sender cannot be who the mail says (DKIM, DMARC), if so: then only a person can place it.
    pub contradicted: Option<String>,
    /// Why only a person can place it, whatever it carries.
    pub unfit: Option<String>,
}

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
    if let Some(why) = &mail.contradicted {
        weighing.against.push(format!("the sender cannot be who the mail says: {why}"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2026-03-01T10:00:00Z";

    fn mail(kind: MailKind) -> MailFacts {
        MailFacts { kind, received_at: NOW.parse().unwrap(), from_ourselves: false, bulk: false, contradicted: None, unfit: None }
    }

    fn facts(id: i64, sender: Sender) -> RequestFacts {
        RequestFacts {
            id: RequestId(id),
            joint: JointId(1),
            sender,
            sent_at: Some("2026-01-01T10:00:00Z".parse().unwrap()),
            settled: false,
            others_open: false,
        }
    }

    fn evidence(request: i64, clue: Clue) -> Evidence {
        Evidence { request: RequestId(request), clue, detail: clue.name().into() }
    }

    fn linked(verdict: &Verdict) -> Vec<i64> {
        verdict.links.iter().map(|link| link.request.0).collect()
    }

    #[test]
    fn a_reply_to_the_signed_address_links_even_from_an_unknown_sender() {
        let verdict = judge(&mail(MailKind::Letter), &[evidence(1, Clue::ReplyAddress)], &[facts(1, Sender::Stranger)]);
        assert_eq!((verdict.standing, linked(&verdict)), (Standing::Linked, vec![1]));
    }

    #[test]
    fn a_stranger_who_guesses_a_reference_waits_for_a_person() {
        let verdict = judge(&mail(MailKind::Letter), &[evidence(1, Clue::ReferenceInSubject)], &[facts(1, Sender::Stranger)]);
        assert_eq!((verdict.standing, linked(&verdict)), (Standing::Suggested, vec![]));
    }

    #[test]
    fn a_reference_from_the_authority_links() {
        for clue in [Clue::ReferenceInSubject, Clue::ReferenceInText, Clue::ReferenceInQuote, Clue::ReferenceInAttachment] {
            let verdict = judge(&mail(MailKind::Letter), &[evidence(1, clue)], &[facts(1, Sender::Plausible)]);
            assert_eq!(linked(&verdict), [1], "{clue:?}");
        }
    }

    #[test]
    fn a_reply_sent_to_a_retyped_address_waits_for_a_person() {
        let verdict = judge(&mail(MailKind::Letter), &[evidence(1, Clue::ReplyAddressAfterSlip)], &[facts(1, Sender::Plausible)]);
        assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Suggested, 1));
    }

    #[test]
    fn one_letter_that_names_two_requests_answers_both() {
        let found = [evidence(1, Clue::ReplyAddress), evidence(1, Clue::ReferenceInText), evidence(2, Clue::ReferenceInText)];
        let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, Sender::Plausible)]);
        assert_eq!(linked(&verdict), [1, 2]);
    }

    #[test]
    fn an_answer_on_the_wrong_thread_waits_for_a_person() {
        let found = [evidence(1, Clue::Thread), evidence(1, Clue::ReferenceInSubject), evidence(2, Clue::ReferenceInText)];
        let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, Sender::Plausible)]);
        assert_eq!(verdict.standing, Standing::Suggested);
        assert_eq!(verdict.because, ["the text names another request than the letter it answers"]);
    }

    #[test]
    fn another_authority_on_our_thread_waits_for_a_person() {
        let verdict = judge(&mail(MailKind::Letter), &[evidence(1, Clue::ReplyAddress)], &[facts(1, Sender::OtherAuthority)]);
        assert_eq!(verdict.standing, Standing::Suggested);
    }

    #[test]
    fn a_forged_sender_is_not_linked() {
        let mut forged = mail(MailKind::Letter);
        forged.contradicted = Some("prisons.example publishes a policy and the mail fails it".into());
        let verdict = judge(&forged, &[evidence(1, Clue::ReferenceInSubject)], &[facts(1, Sender::Plausible)]);
        assert_eq!(verdict.standing, Standing::Suggested);
        // Not even by its address: a letter that was read by others gives that away.
        let verdict = judge(&forged, &[evidence(1, Clue::ReplyAddress)], &[facts(1, Sender::Plausible)]);
        assert_eq!(verdict.standing, Standing::Suggested);
    }

    #[test]
    fn an_out_of_office_note_is_filed_but_is_no_reply() {
        let verdict = judge(&mail(MailKind::Automatic), &[evidence(1, Clue::Thread)], &[facts(1, Sender::Plausible)]);
        assert_eq!(verdict.links[0].effect, Effect::Automatic);
        let verdict = judge(&mail(MailKind::Automatic), &[evidence(1, Clue::SenderOfAuthority)], &[facts(1, Sender::Plausible)]);
        assert_eq!(verdict.standing, Standing::SetAside);
    }

    #[test]
    fn what_a_service_desk_s_headers_call_automatic_but_reads_like_an_answer_is_shown_to_a_person() {
        let verdict = judge(&mail(MailKind::DoubtfulLetter), &[evidence(1, Clue::Thread)], &[facts(1, Sender::Plausible)]);
        assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Suggested, 1));
    }

    fn waits(verdict: &Verdict, why: &str) {
        assert_eq!((verdict.standing, linked(verdict)), (Standing::Suggested, vec![]), "{verdict:?}");
        assert!(verdict.because.iter().any(|sentence| sentence.contains(why)), "{verdict:?}");
    }

    #[test]
    fn an_old_thread_used_for_a_new_matter_waits_for_a_person() {
        let settled = RequestFacts { settled: true, others_open: true, ..facts(1, Sender::Plausible) };
        let verdict = judge(&mail(MailKind::Letter), &[evidence(1, Clue::Thread)], std::slice::from_ref(&settled));
        waits(&verdict, "an old thread may be used");
        // Whoever names the settled request means it, and where nothing else is open there is nothing to confuse it with.
        let named = [evidence(1, Clue::Thread), evidence(1, Clue::ReferenceInSubject)];
        assert_eq!(linked(&judge(&mail(MailKind::Letter), &named, std::slice::from_ref(&settled))), [1]);
        let alone = RequestFacts { others_open: false, ..settled };
        assert_eq!(linked(&judge(&mail(MailKind::Letter), &[evidence(1, Clue::Thread)], &[alone])), [1]);
    }

    #[test]
    fn a_bounce_of_a_settled_request_s_letter_is_filed_there() {
        let settled = RequestFacts { settled: true, others_open: true, ..facts(1, Sender::Stranger) };
        assert_eq!(linked(&judge(&mail(MailKind::Bounce), &[evidence(1, Clue::BounceAddress)], &[settled])), [1]);
    }

    #[test]
    fn two_requests_in_one_thread_wait_for_a_person_unless_both_are_named() {
        let found = [evidence(1, Clue::Thread), evidence(2, Clue::Thread)];
        let both = [facts(1, Sender::Plausible), facts(2, Sender::Plausible)];
        waits(&judge(&mail(MailKind::Letter), &found, &both), "several requests");
        let found = [found[0].clone(), found[1].clone(), evidence(1, Clue::ReferenceInSubject), evidence(2, Clue::ReferenceInSubject)];
        assert_eq!(linked(&judge(&mail(MailKind::Letter), &found, &both)), [1, 2]);
    }

    #[test]
    fn a_forwarded_chain_that_quotes_several_letters_waits_for_a_person() {
        let found = [evidence(1, Clue::ReferenceInQuote), evidence(2, Clue::ReferenceInQuote)];
        waits(&judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, Sender::Plausible)]), "several requests");
        // Another authority's letter in the chain is no less confusing.
        waits(
            &judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, Sender::OtherAuthority)]),
            "several requests",
        );
    }

    #[test]
    fn a_list_of_many_requests_in_an_attachment_answers_none_of_them() {
        let found = [evidence(1, Clue::ReferenceInAttachment), evidence(2, Clue::ReferenceInAttachment)];
        for other in [Sender::Plausible, Sender::OtherAuthority] {
            let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, other)]);
            assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Suggested, 2), "{other:?}");
        }
    }

    #[test]
    fn an_answer_in_which_another_authority_s_request_is_mentioned_waits_for_a_person() {
        let found = [evidence(1, Clue::ReplyAddress), evidence(2, Clue::ReferenceInText)];
        let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, Sender::OtherAuthority)]);
        waits(&verdict, "the text names another request");
        // Mentioned beside its own, it stays a mention: only the own one is answered, and the other is shown.
        let found = [found[0].clone(), found[1].clone(), evidence(1, Clue::ReferenceInText)];
        let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Sender::Plausible), facts(2, Sender::OtherAuthority)]);
        assert_eq!(linked(&verdict), [1]);
        assert_eq!(verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_mail_received_before_the_letter_was_sent_waits_for_a_person() {
        let later = RequestFacts { sent_at: Some("2026-03-01T10:00:01Z".parse().unwrap()), ..facts(1, Sender::Plausible) };
        waits(&judge(&mail(MailKind::Letter), &[evidence(1, Clue::ReferenceInSubject)], &[later]), "before the letter was sent");
        let never = RequestFacts { sent_at: None, ..facts(1, Sender::Plausible) };
        waits(&judge(&mail(MailKind::Letter), &[evidence(1, Clue::ReplyAddress)], &[never]), "before the letter was sent");
    }

    #[test]
    fn a_filter_that_asks_for_a_click_is_never_set_aside() {
        let verdict = judge(&mail(MailKind::Challenge), &[evidence(1, Clue::Thread)], &[facts(1, Sender::Plausible)]);
        waits(&verdict, "does what it asks");
        let verdict = judge(&mail(MailKind::Challenge), &[], &[]);
        assert_eq!(verdict.standing, Standing::Unlinked);
        assert!(verdict.because[0].contains("does what it asks"));
    }

    #[test]
    fn a_mail_only_a_person_can_place_says_why_even_without_proof() {
        let mut copy = mail(MailKind::Letter);
        copy.unfit = Some("it is addressed to somebody else".into());
        waits(&judge(&copy, &[evidence(1, Clue::SenderOfAuthority)], &[facts(1, Sender::Plausible)]), "somebody else");
        waits(&judge(&copy, &[evidence(1, Clue::ReplyAddress)], &[facts(1, Sender::Plausible)]), "somebody else");
    }

    #[test]
    fn suggestions_come_best_first_with_their_reasons() {
        let found = [
            evidence(1, Clue::SenderOfAuthority),
            evidence(2, Clue::ReplyAddressAfterSlip),
            evidence(3, Clue::ReferenceInText),
            evidence(4, Clue::ReferenceInText),
            evidence(3, Clue::RecommendationNamed),
        ];
        let all: Vec<RequestFacts> = (1..=4).map(|id| RequestFacts { settled: id == 3, ..facts(id, Sender::Stranger) }).collect();
        let verdict = judge(&mail(MailKind::Letter), &found, &all);
        assert_eq!(verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect::<Vec<_>>(), [4, 3, 2, 1]);
        assert_eq!(
            verdict.suggestions[1].evidence.iter().map(|evidence| evidence.clue).collect::<Vec<_>>(),
            [Clue::ReferenceInText, Clue::RecommendationNamed]
        );
    }

    fn clue() -> impl Strategy<Value = Clue> {
        prop::sample::select(vec![
            Clue::ReplyAddress,
            Clue::Thread,
            Clue::ReferenceInSubject,
            Clue::ReferenceInText,
            Clue::ReferenceInAttachment,
            Clue::ReferenceInQuote,
            Clue::EnclosedLetter,
            Clue::ReplyAddressAfterSlip,
            Clue::SenderOfAuthority,
        ])
    }

    proptest! {
        /// No evidence names a request without proof of it, no stranger is linked by reference, no contradiction is linked.
        #[test]
        fn no_link_without_proof(found in prop::collection::vec((1i64..4, clue()), 0..8), senders in prop::collection::vec(0u8..3, 3)) {
            let found: Vec<Evidence> = found.into_iter().map(|(request, clue)| evidence(request, clue)).collect();
            let sender = |value| [Sender::Plausible, Sender::Stranger, Sender::OtherAuthority][usize::from(value)];
            let facts: Vec<RequestFacts> = senders.iter().zip(1..).map(|(value, id)| facts(id, sender(*value))).collect();
            let verdict = judge(&mail(MailKind::Letter), &found, &facts);
            for link in &verdict.links {
                let sender = facts[(link.request.0 - 1) as usize].sender;
                prop_assert!(sender != Sender::OtherAuthority);
                let carried = link.evidence.iter().any(|evidence| evidence.clue.is_carried());
                let referenced = link.evidence.iter().any(|evidence| evidence.clue.is_reference());
                prop_assert!(carried || referenced && sender == Sender::Plausible);
            }
            prop_assert!(verdict.links.is_empty() == (verdict.standing != Standing::Linked));
            // Nothing that points to a request of ours is silent.
            prop_assert!(found.is_empty() || !verdict.links.is_empty() || !verdict.suggestions.is_empty());
        }
    }
}
