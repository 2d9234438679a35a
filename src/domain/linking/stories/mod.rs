//! Letters as they come, and where each belongs.

mod contradicted;

use super::*;
use crate::domain::identity::JointId;
use crate::domain::resting::{RestKind, resting};
use proptest::prelude::*;

const NOW: &str = "2026-03-01T10:00:00Z";

fn mail(kind: MailKind) -> MailFacts {
    let proof_because = String::new();
    MailFacts {
        kind,
        received_at: NOW.parse().unwrap(),
        from_ourselves: false,
        writer: Writer::Authority,
        author_claimed: false,
        author_by_name: false,
        of_check: false,
        bulk: false,
        perhaps_spam: false,
        says_more: false,
        counted_before: false,
        proof: Proof::Authentic,
        proof_because,
        unfit: None,
    }
}

fn facts(id: i64, writer: Writer) -> RequestFacts {
    RequestFacts {
        id: RequestId(id),
        joint: JointId(1),
        writer,
        author: writer,
        sent_at: Some("2026-01-01T10:00:00Z".parse().unwrap()),
        settled: false,
        others_open: false,
    }
}

fn evidence(request: i64, kind: EvidenceKind) -> Evidence {
    Evidence { request: RequestId(request), kind, detail: kind.name().into(), letter: None }
}

fn linked(verdict: &Verdict) -> Vec<i64> {
    verdict.links.iter().map(|link| link.request.0).collect()
}

#[test]
fn a_reply_to_the_signed_address_from_an_unknown_sender_is_linked_and_does_nothing_yet() {
    let verdict = judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::ReplyAddress)], &[facts(1, Writer::Stranger)]);
    assert_eq!((verdict.standing, linked(&verdict)), (Standing::Linked, vec![1]));
    assert_eq!(verdict.links[0].effect, Effect::Waiting);
    assert!(verdict.because.iter().any(|why| why.starts_with("the sender is in no directory")), "{verdict:?}");
}

#[test]
fn a_reference_alone_from_a_sender_who_is_not_verified_is_linked_and_does_nothing_yet() {
    let mut letter = mail(MailKind::Letter);
    letter.proof = Proof::NotProven;
    let of_authority = [facts(1, Writer::Authority)];
    assert_eq!(judge(&letter, &[evidence(1, EvidenceKind::ReferenceInSubject)], &of_authority).links[0].effect, Effect::Waiting);
    assert_eq!(judge(&letter, &[evidence(1, EvidenceKind::Thread)], &of_authority).links[0].effect, Effect::Reply);
}

#[test]
fn a_letter_of_ours_that_the_authority_forwards_is_worth_what_a_thread_is() {
    let mut letter = mail(MailKind::Letter);
    letter.proof = Proof::NotProven;
    let enclosed = [evidence(1, EvidenceKind::EnclosedLetter)];
    assert_eq!(judge(&letter, &enclosed, &[facts(1, Writer::Authority)]).links[0].effect, Effect::Reply);
    assert_eq!(judge(&letter, &enclosed, &[facts(1, Writer::Stranger)]).standing, Standing::Suggested);
}

#[test]
fn a_reference_in_an_enclosed_mail_is_worth_a_reference() {
    let mut letter = mail(MailKind::Letter);
    let enclosed = [evidence(1, EvidenceKind::ReferenceInEnclosed)];
    assert_eq!(judge(&letter, &enclosed, &[facts(1, Writer::Authority)]).links[0].effect, Effect::Reply);
    letter.proof = Proof::NotProven;
    assert_eq!(judge(&letter, &enclosed, &[facts(1, Writer::Authority)]).links[0].effect, Effect::Waiting);
    assert_eq!(judge(&letter, &enclosed, &[facts(1, Writer::Stranger)]).standing, Standing::Suggested);
}

#[test]
fn who_answers_a_joint_request_to_all_answers_for_itself_alone() {
    let found = [evidence(1, EvidenceKind::ReplyAddress), evidence(2, EvidenceKind::ReplyAddress)];
    let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::CoAddressee), facts(2, Writer::Authority)]);
    assert_eq!(linked(&verdict), [2]);
    assert!(verdict.suggestions.is_empty(), "{verdict:?}");
}

#[test]
fn who_answers_a_joint_request_on_the_address_of_another_addressee_answers_for_itself() {
    let of_other = |kind| [evidence(1, kind), evidence(2, EvidenceKind::JointRequest)];
    let two = [facts(1, Writer::CoAddressee), facts(2, Writer::Authority)];
    for kind in [EvidenceKind::ReplyAddress, EvidenceKind::Thread] {
        let verdict = judge(&mail(MailKind::Letter), &of_other(kind), &two);
        assert_eq!((linked(&verdict), verdict.links[0].effect, verdict.suggestions.len()), (vec![2], Effect::Reply, 0), "{kind:?}");
        assert!(resting(&mail(MailKind::Letter), &verdict, &two).requests.is_empty());
    }
    // Anybody can write a reference.
    assert_eq!(judge(&mail(MailKind::Letter), &of_other(EvidenceKind::ReferenceInSubject), &two).standing, Standing::Suggested);
    let forged = MailFacts { proof: Proof::Contradicted, ..mail(MailKind::Letter) };
    assert_eq!(judge(&forged, &of_other(EvidenceKind::ReplyAddress), &two).standing, Standing::Suggested);
    let of_another_joint = RequestFacts { joint: JointId(2), ..facts(2, Writer::Authority) };
    let verdict = judge(&mail(MailKind::Letter), &of_other(EvidenceKind::Thread), &[facts(1, Writer::CoAddressee), of_another_joint]);
    assert_eq!(verdict.standing, Standing::Suggested);
}

#[test]
fn a_stranger_who_guesses_a_reference_waits_for_a_person() {
    let verdict = judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::ReferenceInSubject)], &[facts(1, Writer::Stranger)]);
    assert_eq!((verdict.standing, linked(&verdict)), (Standing::Suggested, vec![]));
}

#[test]
fn a_reference_from_the_authority_links() {
    for kind in [
        EvidenceKind::ReferenceInSubject,
        EvidenceKind::ReferenceInText,
        EvidenceKind::ReferenceInQuote,
        EvidenceKind::ReferenceInAttachment,
    ] {
        let verdict = judge(&mail(MailKind::Letter), &[evidence(1, kind)], &[facts(1, Writer::Authority)]);
        assert_eq!(linked(&verdict), [1], "{kind:?}");
    }
}

#[test]
fn a_reply_sent_to_a_retyped_address_waits_for_a_person() {
    let verdict = judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::ReplyAddressAfterSlip)], &[facts(1, Writer::Authority)]);
    assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Suggested, 1));
}

#[test]
fn one_letter_that_names_two_requests_answers_both() {
    let found =
        [evidence(1, EvidenceKind::ReplyAddress), evidence(1, EvidenceKind::ReferenceInText), evidence(2, EvidenceKind::ReferenceInText)];
    let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, Writer::Authority)]);
    assert_eq!(linked(&verdict), [1, 2]);
}

#[test]
fn an_answer_on_the_wrong_thread_waits_for_a_person() {
    let found =
        [evidence(1, EvidenceKind::Thread), evidence(1, EvidenceKind::ReferenceInSubject), evidence(2, EvidenceKind::ReferenceInText)];
    let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, Writer::Authority)]);
    assert_eq!(verdict.standing, Standing::Suggested);
    assert_eq!(verdict.because, ["the text names another request than the letter it answers"]);
}

#[test]
fn another_authority_on_our_thread_waits_for_a_person() {
    let verdict = judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::ReplyAddress)], &[facts(1, Writer::OtherAuthority)]);
    assert_eq!(verdict.standing, Standing::Suggested);
}

#[test]
fn a_forged_sender_is_not_linked() {
    let mut forged = mail(MailKind::Letter);
    (forged.proof, forged.proof_because) = (Proof::Contradicted, "prisons.example publishes a policy and the mail fails it".into());
    let verdict = judge(&forged, &[evidence(1, EvidenceKind::ReferenceInSubject)], &[facts(1, Writer::Authority)]);
    assert_eq!(verdict.standing, Standing::Suggested);
    // Not even by its address: a letter that was read by others gives that away.
    let verdict = judge(&forged, &[evidence(1, EvidenceKind::ReplyAddress)], &[facts(1, Writer::Authority)]);
    assert_eq!(verdict.standing, Standing::Suggested);
}

#[test]
fn a_forgery_that_names_nothing_is_shown_and_never_set_aside() {
    let mut forged = MailFacts { bulk: true, ..mail(MailKind::Letter) };
    (forged.proof, forged.proof_because) = (Proof::Contradicted, "it has two Froms".into());
    let verdict = judge(&forged, &[evidence(1, EvidenceKind::SenderOfAuthority)], &[facts(1, Writer::Authority)]);
    assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Unlinked, 0));
    assert!(verdict.because[0].contains("it has two Froms"), "{verdict:?}");
}

#[test]
fn a_forgery_in_an_authority_s_name_is_shown_even_if_it_looks_like_a_machine_s() {
    let note = MailFacts { proof: Proof::Contradicted, proof_because: "it has two Froms".into(), ..mail(MailKind::Automatic) };
    let by_nobody_known = MailFacts { writer: Writer::Stranger, ..note.clone() };
    assert_eq!(judge(&note, &[], &[]).standing, Standing::Unlinked);
    assert_eq!(judge(&by_nobody_known, &[], &[]).standing, Standing::SetAside, "spam in anybody's name is spam");
}

#[test]
fn a_letter_of_the_authority_about_many_requests_rests_each_of_them_and_a_stranger_s_none() {
    let found: Vec<Evidence> = (1..=30).map(|request| evidence(request, EvidenceKind::ReferenceInAttachment)).collect();
    let of = |writer: Writer| {
        let all: Vec<RequestFacts> = (1..=30).map(|request| facts(request, writer)).collect();
        let verdict = judge(&mail(MailKind::Letter), &found, &all);
        assert_eq!(verdict.standing, Standing::Suggested);
        (verdict.suggestions.len(), resting(&mail(MailKind::Letter), &verdict, &all).requests.len())
    };
    assert_eq!(of(Writer::Authority), (30, 30));
    assert_eq!(of(Writer::OneOfSeveral), (30, 30));
    assert_eq!(of(Writer::Stranger), (12, 0));
}

#[test]
fn until_the_dns_has_answered_a_letter_is_linked_and_does_nothing() {
    let mail = MailFacts { proof: Proof::NotYetKnown, ..mail(MailKind::Letter) };
    for kind in [
        EvidenceKind::ReplyAddress,
        EvidenceKind::Thread,
        EvidenceKind::ReferenceInSubject,
        EvidenceKind::ReferenceInText,
        EvidenceKind::ReferenceInQuote,
    ] {
        let verdict = judge(&mail, &[evidence(1, kind)], &[facts(1, Writer::Authority)]);
        assert_eq!(verdict.links.iter().map(|link| link.effect).collect::<Vec<_>>(), [Effect::Waiting], "{kind:?}");
        assert!(verdict.because.iter().any(|why| why.contains("asked again")), "{verdict:?}");
    }
}

#[test]
fn an_out_of_office_note_is_filed_but_is_no_reply() {
    let verdict = judge(&mail(MailKind::Automatic), &[evidence(1, EvidenceKind::Thread)], &[facts(1, Writer::Authority)]);
    assert_eq!(verdict.links[0].effect, Effect::Automatic);
    let verdict = judge(&mail(MailKind::Automatic), &[evidence(1, EvidenceKind::SenderOfAuthority)], &[facts(1, Writer::Authority)]);
    assert_eq!(verdict.standing, Standing::SetAside);
}

#[test]
fn an_automatic_mail_that_says_more_than_machines_do_is_told_and_rests_its_request_for_a_while() {
    let desk_s = MailFacts { says_more: true, ..mail(MailKind::Automatic) };
    let facts = [facts(1, Writer::Authority)];
    let verdict = judge(&desk_s, &[evidence(1, EvidenceKind::Thread)], &facts);
    assert_eq!((verdict.standing, verdict.links[0].effect), (Standing::Linked, Effect::Automatic));
    assert!(verdict.because.iter().any(|why| why.contains("probably automatic")), "{verdict:?}");
    assert_eq!(resting(&desk_s, &verdict, &facts).requests, [(RequestId(1), RestKind::OfOthers)]);
    // What only names a request is asked about instead of set aside.
    let stranger = judge(&desk_s, &[evidence(1, EvidenceKind::ReferenceInSubject)], &[self::facts(1, Writer::Stranger)]);
    assert_eq!(stranger.standing, Standing::Suggested);
}

#[test]
fn a_report_in_which_a_person_may_have_typed_waits_and_rests_its_request_whoever_sent_it() {
    let typed = MailFacts { says_more: true, ..mail(MailKind::TypedReport) };
    for (writer, rest) in [(Writer::Authority, RestKind::OfAuthority), (Writer::Stranger, RestKind::OfOthers)] {
        let facts = [facts(1, writer)];
        for kind in [EvidenceKind::ReplyAddress, EvidenceKind::Thread, EvidenceKind::BounceAddress, EvidenceKind::ReturnedLetter] {
            let verdict = judge(&typed, &[evidence(1, kind)], &facts);
            assert_eq!((verdict.standing, verdict.links[0].effect), (Standing::Linked, Effect::Waiting), "{writer:?} {kind:?}");
            assert_eq!(resting(&typed, &verdict, &facts).requests, [(RequestId(1), rest)], "{writer:?} {kind:?}");
        }
    }
    assert_eq!(judge(&typed, &[], &[]).standing, Standing::Unlinked, "never set aside unseen");
}

#[test]
fn what_counted_by_an_address_that_is_no_longer_believed_rests_like_the_authority_s_and_says_so() {
    let uncounted = MailFacts { counted_before: true, proof: Proof::NotProven, ..mail(MailKind::Letter) };
    let facts = [facts(1, Writer::Stranger)];
    for (kind, standing) in [(EvidenceKind::ReplyAddress, Standing::Linked), (EvidenceKind::ReferenceInSubject, Standing::Suggested)] {
        let verdict = judge(&uncounted, &[evidence(1, kind)], &facts);
        assert_eq!(verdict.standing, standing);
        assert!(verdict.because.iter().any(|why| why == trust::COUNTED_BEFORE), "{verdict:?}");
        assert_eq!(resting(&uncounted, &verdict, &facts).requests, [(RequestId(1), RestKind::OfAuthority)]);
    }
    let known = judge(&uncounted, &[evidence(1, EvidenceKind::ReplyAddress)], &[self::facts(1, Writer::Authority)]);
    assert!(!known.because.iter().any(|why| why == trust::COUNTED_BEFORE), "it counts");
}

#[test]
fn what_a_service_desk_s_headers_call_automatic_but_reads_like_an_answer_is_shown_to_a_person() {
    let verdict = judge(&mail(MailKind::DoubtfulLetter), &[evidence(1, EvidenceKind::Thread)], &[facts(1, Writer::Authority)]);
    assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Suggested, 1));
}

#[test]
fn suggestions_come_best_first_with_their_reasons() {
    let found = [
        evidence(1, EvidenceKind::SenderOfAuthority),
        evidence(2, EvidenceKind::ReplyAddressAfterSlip),
        evidence(3, EvidenceKind::ReferenceInText),
        evidence(4, EvidenceKind::ReferenceInText),
        evidence(3, EvidenceKind::RecommendationNamed),
    ];
    let all: Vec<RequestFacts> = (1..=4).map(|id| RequestFacts { settled: id == 3, ..facts(id, Writer::FormerHolder) }).collect();
    let verdict = judge(&mail(MailKind::Letter), &found, &all);
    assert_eq!(verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(
        verdict.suggestions[1].evidence.iter().map(|evidence| evidence.kind).collect::<Vec<_>>(),
        [EvidenceKind::ReferenceInText, EvidenceKind::RecommendationNamed]
    );
}

fn kind() -> impl Strategy<Value = EvidenceKind> {
    prop::sample::select(vec![
        EvidenceKind::ReplyAddress,
        EvidenceKind::Thread,
        EvidenceKind::ReferenceInSubject,
        EvidenceKind::ReferenceInText,
        EvidenceKind::ReferenceInAttachment,
        EvidenceKind::ReferenceInQuote,
        EvidenceKind::ReferenceInEnclosed,
        EvidenceKind::EnclosedLetter,
        EvidenceKind::ReplyAddressAfterSlip,
        EvidenceKind::SenderOfAuthority,
    ])
}

proptest! {
    /// No evidence names a request without proof of it, nobody but the authority does anything by itself, nobody else is linked by reference.
    #[test]
    fn no_link_without_proof(found in prop::collection::vec((1i64..4, kind()), 0..8), senders in prop::collection::vec(0u8..3, 3)) {
        let found: Vec<Evidence> = found.into_iter().map(|(request, kind)| evidence(request, kind)).collect();
        let sender = |value| [Writer::Authority, Writer::Stranger, Writer::OtherAuthority][usize::from(value)];
        let facts: Vec<RequestFacts> = senders.iter().zip(1..).map(|(value, id)| facts(id, sender(*value))).collect();
        let verdict = judge(&mail(MailKind::Letter), &found, &facts);
        for link in &verdict.links {
            let writer = facts[(link.request.0 - 1) as usize].writer;
            prop_assert!(writer != Writer::OtherAuthority);
            prop_assert!(writer == Writer::Authority || link.effect == Effect::Waiting);
            let carried = link.evidence.iter().any(|evidence| evidence.kind.is_carried());
            let named = link.evidence.iter().any(|evidence| !evidence.kind.is_weak());
            prop_assert!(carried || named && writer == Writer::Authority);
        }
        prop_assert!(verdict.links.is_empty() == (verdict.standing != Standing::Linked));
        // Nothing that points to a request of ours is silent.
        let strong = found.iter().any(|evidence| !evidence.kind.is_weak());
        prop_assert!(!strong || !verdict.links.is_empty() || !verdict.suggestions.is_empty());
    }
}

#[test]
fn what_a_mail_has_done_is_not_taken_back_when_it_is_judged_again() {
    let mut verdict = judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::SenderOfAuthority)], &[facts(1, Writer::Authority)]);
    assert_eq!(verdict.standing, Standing::Suggested);
    let counted = |request, effect| Link { request: RequestId(request), effect, evidence: vec![] };
    verdict.keep(vec![counted(1, Effect::Reply), counted(2, Effect::Bounce)]);
    assert_eq!((verdict.standing, linked(&verdict), verdict.suggestions.len()), (Standing::Linked, vec![1, 2], 0));
    verdict.links[0].effect = Effect::Waiting;
    verdict.keep(vec![counted(1, Effect::Reply)]);
    assert_eq!((verdict.links[0].effect, verdict.links.len()), (Effect::Reply, 2));
}
