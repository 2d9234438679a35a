//! What points to a request and waits for a person all the same, since something speaks against it (promise 5).

use super::*;

fn waits(verdict: &Verdict, why: &str) {
    assert_eq!((verdict.standing, linked(verdict)), (Standing::Suggested, vec![]), "{verdict:?}");
    assert!(verdict.because.iter().any(|sentence| sentence.contains(why)), "{verdict:?}");
}

#[test]
fn a_letter_in_the_junk_folder_is_shown_whatever_it_carries() {
    let junk = MailFacts { perhaps_spam: true, ..mail(MailKind::Letter) };
    waits(&judge(&junk, &[evidence(1, EvidenceKind::ReplyAddress)], &[facts(1, Writer::Authority)]), "Junk folder");
    assert_eq!(judge(&junk, &[], &[]).standing, Standing::SetAside, "what names nothing of ours is spam");
}

#[test]
fn an_old_thread_used_for_a_new_matter_waits_for_a_person() {
    let settled = RequestFacts { settled: true, others_open: true, ..facts(1, Writer::Authority) };
    let verdict = judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::Thread)], std::slice::from_ref(&settled));
    waits(&verdict, "an old thread may be used");
    // Whoever names the settled request means it, and where nothing else is open there is nothing to confuse it with.
    let named = [evidence(1, EvidenceKind::Thread), evidence(1, EvidenceKind::ReferenceInSubject)];
    assert_eq!(linked(&judge(&mail(MailKind::Letter), &named, std::slice::from_ref(&settled))), [1]);
    let alone = RequestFacts { others_open: false, ..settled };
    assert_eq!(linked(&judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::Thread)], &[alone])), [1]);
}

#[test]
fn a_bounce_of_a_settled_request_s_letter_is_filed_there() {
    let settled = RequestFacts { settled: true, others_open: true, ..facts(1, Writer::Stranger) };
    assert_eq!(linked(&judge(&mail(MailKind::Bounce), &[evidence(1, EvidenceKind::BounceAddress)], &[settled])), [1]);
}

#[test]
fn two_requests_in_one_thread_wait_for_a_person_unless_both_are_named() {
    let found = [evidence(1, EvidenceKind::Thread), evidence(2, EvidenceKind::Thread)];
    let both = [facts(1, Writer::Authority), facts(2, Writer::Authority)];
    waits(&judge(&mail(MailKind::Letter), &found, &both), "several requests");
    let found =
        [found[0].clone(), found[1].clone(), evidence(1, EvidenceKind::ReferenceInSubject), evidence(2, EvidenceKind::ReferenceInSubject)];
    assert_eq!(linked(&judge(&mail(MailKind::Letter), &found, &both)), [1, 2]);
}

#[test]
fn a_forwarded_chain_that_quotes_several_letters_waits_for_a_person() {
    let found = [evidence(1, EvidenceKind::ReferenceInQuote), evidence(2, EvidenceKind::ReferenceInQuote)];
    waits(&judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, Writer::Authority)]), "several requests");
    // Another authority's letter in the chain is no less confusing.
    waits(&judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, Writer::OtherAuthority)]), "several requests");
}

#[test]
fn a_list_of_many_requests_in_an_attachment_answers_none_of_them() {
    let found = [evidence(1, EvidenceKind::ReferenceInAttachment), evidence(2, EvidenceKind::ReferenceInAttachment)];
    for other in [Writer::Authority, Writer::OtherAuthority] {
        let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, other)]);
        assert_eq!((verdict.standing, verdict.suggestions.len()), (Standing::Suggested, 2), "{other:?}");
    }
}

#[test]
fn an_answer_in_which_another_authority_s_request_is_mentioned_waits_for_a_person() {
    let found = [evidence(1, EvidenceKind::ReplyAddress), evidence(2, EvidenceKind::ReferenceInText)];
    let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, Writer::OtherAuthority)]);
    waits(&verdict, "the text names another request");
    // Mentioned beside its own, it stays a mention: only the own one is answered, and the other is shown.
    let found = [found[0].clone(), found[1].clone(), evidence(1, EvidenceKind::ReferenceInText)];
    let verdict = judge(&mail(MailKind::Letter), &found, &[facts(1, Writer::Authority), facts(2, Writer::OtherAuthority)]);
    assert_eq!(linked(&verdict), [1]);
    assert_eq!(verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_mail_received_before_the_letter_was_sent_waits_for_a_person() {
    let later = RequestFacts { sent_at: Some("2026-03-01T10:00:01Z".parse().unwrap()), ..facts(1, Writer::Authority) };
    waits(&judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::ReferenceInSubject)], &[later]), "before the letter was sent");
    let never = RequestFacts { sent_at: None, ..facts(1, Writer::Authority) };
    waits(&judge(&mail(MailKind::Letter), &[evidence(1, EvidenceKind::ReplyAddress)], &[never]), "before the letter was sent");
}

#[test]
fn a_filter_that_asks_for_a_click_is_never_set_aside() {
    let verdict = judge(&mail(MailKind::Challenge), &[evidence(1, EvidenceKind::Thread)], &[facts(1, Writer::Authority)]);
    waits(&verdict, "does what it asks");
    let verdict = judge(&mail(MailKind::Challenge), &[], &[]);
    assert_eq!(verdict.standing, Standing::Unlinked);
    assert!(verdict.because[0].contains("does what it asks"));
}

#[test]
fn a_mail_only_a_person_can_place_says_why_even_without_proof() {
    let mut copy = mail(MailKind::Letter);
    copy.unfit = Some("it is addressed to somebody else".into());
    waits(&judge(&copy, &[evidence(1, EvidenceKind::SenderOfAuthority)], &[facts(1, Writer::Authority)]), "somebody else");
    waits(&judge(&copy, &[evidence(1, EvidenceKind::ReplyAddress)], &[facts(1, Writer::Authority)]), "somebody else");
}
