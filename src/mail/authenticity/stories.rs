//! Signed mails made here, and what is done to them on the way.

mod at_home;
mod coverage;
mod own_server;
mod table;
mod trial_letter;

use super::*;
use mail_auth::common::crypto::{Ed25519Key, SigningKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;

const LETTER: &str = "From: Directeur <director@prison.justice.example>\r\nTo: office@npm.example\r\nSubject: Re: NPM-2026-0147-K\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n\r\nWe accept the recommendation.\r\n";

/// The letter, signed by a domain, and the TXT record of its key.
fn signed(letter: &str, domain: &str) -> (Vec<u8>, (String, TxtAnswer)) {
    signed_over(letter, domain, &["From", "To", "Subject"], false)
}

/// With a signature over these headers, and with `l=` if its length is to be named.
fn signed_over(letter: &str, domain: &str, covered: &[&str], with_length: bool) -> (Vec<u8>, (String, TxtAnswer)) {
    use base64::Engine;
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&Ed25519Key::generate_pkcs8().unwrap()).unwrap();
    let public = base64::engine::general_purpose::STANDARD.encode(key.public_key());
    let signer = DkimSigner::from_key(key).domain(domain).selector("march").headers(covered.iter().copied()).body_length(with_length);
    let signature = signer.sign(letter.as_bytes()).unwrap();
    let name = format!("march._domainkey.{domain}");
    (format!("{}{letter}", signature.to_header()).into_bytes(), (name, TxtAnswer::Found(vec![format!("v=DKIM1; k=ed25519; p={public}")])))
}

fn policy(domain: &str, record: &str) -> (String, TxtAnswer) {
    (format!("_dmarc.{domain}"), TxtAnswer::Found(vec![record.to_owned()]))
}

fn asked(raw: &[u8]) -> Vec<String> {
    let questions = needed(raw);
    [questions.of_author, questions.of_others].concat()
}

/// Every name that is needed has an answer; those not given do not exist.
fn zone(raw: &[u8], given: &[(String, TxtAnswer)]) -> DnsAnswers {
    let mut answers: BTreeMap<String, TxtAnswer> = asked(raw).into_iter().map(|name| (name, TxtAnswer::NotFound)).collect();
    for (name, answer) in given {
        assert!(answers.contains_key(name), "{name} was not asked for");
        answers.insert(name.clone(), answer.clone());
    }
    DnsAnswers(answers)
}

fn judged(raw: &[u8], given: &[(String, TxtAnswer)]) -> Authenticity {
    verify(raw, &zone(raw, given), &[])
}

#[test]
fn a_letter_signed_by_its_authority_is_authentic() {
    let (raw, key) = signed(LETTER, "justice.example");
    let found = judged(&raw, &[key, policy("justice.example", "v=DMARC1; p=reject; adkim=r")]);
    assert_eq!((found.verdict, found.dmarc, found.policy), (Verdict::Authentic, DmarcFinding::Pass, Policy::Reject));
    assert_eq!(found.from_domain, "prison.justice.example");
    insta::assert_snapshot!(found.because.join("\n"), @r"
    justice.example signed it, and the signature holds.
    prison.justice.example authenticates it (DMARC pass).
    ");
}

#[test]
fn a_maildir_that_keeps_bare_line_ends_does_not_break_the_signature() {
    let (raw, key) = signed(LETTER, "prison.justice.example");
    let raw: Vec<u8> = raw.into_iter().filter(|byte| *byte != b'\r').collect();
    assert_eq!(judged(&raw, &[key]).verdict, Verdict::Authentic);
}

#[test]
fn the_names_to_ask_are_the_keys_and_the_parents_of_the_domain() {
    let (raw, _) = signed(LETTER, "justice.example");
    assert_eq!(
        needed(&raw).of_author,
        ["_dmarc.prison.justice.example", "_dmarc.justice.example", "_dmarc.example", "march._domainkey.justice.example"]
    );
    assert_eq!(tree_walk("a.b.c.d.e.f.g.h.i.example").len(), 8);
    assert_eq!(tree_walk("a.b.c.d.e.f.g.h.i.example").get(1).map(String::as_str), Some("_dmarc.d.e.f.g.h.i.example"));
    assert_eq!(tree_walk("localhost"), Vec::<String>::new());
    assert!(asked(b"From: a@x..y\r\n\r\n").iter().all(|name| is_name(name)));
}

#[test]
fn a_letter_altered_on_the_way_does_not_meet_the_policy_of_its_domain_and_is_not_called_a_forgery() {
    let (raw, key) = signed(LETTER, "prison.justice.example");
    let raw = String::from_utf8(raw).unwrap().replace("We accept", "We refuse").into_bytes();
    let strict = judged(&raw, &[key.clone(), policy("justice.example", "v=DMARC1; p=quarantine")]);
    assert_eq!((strict.verdict, strict.dmarc, strict.policy), (Verdict::PolicyUnmet, DmarcFinding::Fail, Policy::Quarantine));
    assert_eq!(strict.dkim.first().map(|finding| finding.result), Some(DkimResult::Neutral));
    assert_eq!(judged(&raw, &[key.clone(), policy("justice.example", "v=DMARC1; p=none")]).verdict, Verdict::Unproven);
    assert_eq!(judged(&raw, &[key]).verdict, Verdict::Unproven);
}

#[test]
fn a_second_from_on_top_of_a_signed_letter_is_a_contradiction() {
    let (raw, key) = signed(LETTER, "prison.justice.example");
    let forged = [b"From: minister@government.example\r\n", &raw[..]].concat();
    let answers = DnsAnswers(BTreeMap::from([key]));
    let found = verify(&forged, &answers, &[]);
    assert_eq!(found.verdict, Verdict::Contradicted);
    insta::assert_snapshot!(found.because.join("\n"), @"It has more than one From: which of them wrote it cannot be told.");
    let behind_a_mark = verify(&[b"\xef\xbb\xbf", &forged[..]].concat(), &answers, &[]);
    assert_eq!(behind_a_mark.verdict, Verdict::Contradicted, "{:?}", behind_a_mark.because);
    assert_eq!(verify(b"From: a@one.example, b@two.example\r\n\r\nx", &answers, &[]).verdict, Verdict::Contradicted);
}

#[test]
fn a_from_that_can_be_read_two_ways_authenticates_nobody() {
    for from in [
        "<director@prison.justice.example> <x@stranger.example>",
        "x@stranger.example, director@prison.justice.example",
        "x@stranger.example director@prison.justice.example",
        "Board: x@stranger.example, director@prison.justice.example;",
        "=?utf-8?Q?director=40prison.justice.example=3E?=, <x@stranger.example>, <director@prison.justice.example>",
    ] {
        let letter = LETTER.replace("Directeur <director@prison.justice.example>", from);
        let (raw, key) = signed(&letter, "stranger.example");
        let found = verify(&raw, &DnsAnswers(BTreeMap::from([key])), &[]);
        assert_eq!(found.verdict, Verdict::Contradicted, "{from}: {:?}", found.because);
    }
}

#[test]
fn the_provider_of_a_certified_envelope_does_not_authenticate_who_wrote_the_letter_in_it() {
    let envelope = "From: \"Per conto di: direzione@pec.prison.example\" <posta-certificata@provider.example>\r\nTo: office@npm.example\r\nSubject: POSTA CERTIFICATA: x\r\nX-Trasporto: posta-certificata\r\n\r\n";
    let (raw, key) = signed(envelope, "provider.example");
    let found = judged(&raw, &[key]);
    assert_eq!(found.verdict, Verdict::Unproven);
    assert!(found.because.iter().any(|sentence| sentence.contains("the envelope's word")), "{:?}", found.because);
}

#[test]
fn an_address_worn_as_a_name_is_told() {
    for name in [
        "\"director@prison.justice.example\"",
        "director@prison.justice.example",
        "=?utf-8?Q?Director_=3Cdirector=40prison.justice.example=3E?=",
    ] {
        let letter = LETTER.replace("Directeur <director@prison.justice.example>", &format!("{name} <x@stranger.example>"));
        let (raw, key) = signed(&letter, "stranger.example");
        let found = judged(&raw, &[key]);
        assert_eq!(found.from_domain, "stranger.example", "{name}");
        assert!(found.because.iter().any(|reason| reason.contains("goes by the name")), "{name}: {:?}", found.because);
    }
    let (raw, key) = signed(LETTER, "justice.example");
    assert!(!judged(&raw, &[key]).because.iter().any(|reason| reason.contains("goes by the name")));
}

#[test]
fn the_policy_for_subdomains_counts_for_a_subdomain() {
    let found = |record: &str| judged(LETTER.as_bytes(), &[policy("justice.example", record)]);
    let guarded = found("v=DMARC1; p=none; sp=reject");
    assert_eq!((guarded.verdict, guarded.policy), (Verdict::PolicyUnmet, Policy::Reject));
    let open = found("v=DMARC1; p=reject; sp=none");
    assert_eq!((open.verdict, open.policy), (Verdict::Unproven, Policy::None));
    let own =
        judged(LETTER.as_bytes(), &[policy("prison.justice.example", "v=DMARC1; p=none"), policy("justice.example", "v=DMARC1; p=reject")]);
    assert_eq!(own.verdict, Verdict::Unproven);
}

#[test]
fn a_signature_of_a_parent_does_not_count_where_the_domain_asks_for_its_own() {
    let (raw, key) = signed(LETTER, "justice.example");
    let strict = policy("prison.justice.example", "v=DMARC1; p=reject; adkim=s");
    let found = judged(&raw, &[key, strict]);
    assert_eq!((found.verdict, found.has_own_signature), (Verdict::PolicyUnmet, false));
}

#[test]
fn a_stranger_cannot_borrow_a_domain_that_guards_itself() {
    let found = judged(LETTER.as_bytes(), &[policy("prison.justice.example", "v=DMARC1; p=reject")]);
    assert_eq!((found.verdict, found.dmarc), (Verdict::PolicyUnmet, DmarcFinding::Fail));
    let (raw, key) = signed(LETTER, "stranger.example");
    let found = judged(&raw, &[key, policy("justice.example", "v=DMARC1; p=reject")]);
    assert_eq!((found.verdict, found.has_own_signature), (Verdict::PolicyUnmet, false));
    assert_eq!(found.dkim.first().map(|finding| (finding.domain.as_str(), finding.result)), Some(("stranger.example", DkimResult::Pass)));
}

#[test]
fn a_domain_that_says_nothing_leaves_its_mail_unproven() {
    let found = judged(LETTER.as_bytes(), &[]);
    assert_eq!((found.verdict, found.dmarc, found.policy), (Verdict::Unproven, DmarcFinding::None, Policy::Absent));
    let (raw, _) = signed(LETTER, "justice.example");
    let unasked = verify(&raw, &DnsAnswers::default(), &[]);
    assert_eq!(unasked.verdict, Verdict::Unproven);
    assert!(unasked.because.iter().any(|reason| reason.contains("not asked")));
}

/// By hand (RFC 6376 §3.4.1, §3.4.3, §3.7), since mail-auth signs with no other time than the present. `until`: `x=`, seconds since 1970.
fn signed_until(until: u64) -> (Vec<u8>, (String, TxtAnswer)) {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD;
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&Ed25519Key::generate_pkcs8().unwrap()).unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", base64.encode(key.public_key()));
    let (head, body) = LETTER.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| head.lines().find(|line| line.starts_with(name)).unwrap();
    let body_hash = base64.encode(key.hash(body.as_bytes()));
    let unsigned = format!(
        "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=prison.justice.example; s=march; t=1500000000; x={until}; h=From:Subject; bh={body_hash}; b="
    );
    let signature = base64.encode(key.sign(format!("{}\r\n{}\r\n{unsigned}", header("From"), header("Subject")).as_bytes()).unwrap());
    let raw = format!("{unsigned}{signature}\r\n{LETTER}").into_bytes();
    (raw, ("march._domainkey.prison.justice.example".to_owned(), TxtAnswer::Found(vec![record])))
}

#[test]
fn a_signature_that_has_run_out_authenticates_nothing() {
    let guarded = || policy("justice.example", "v=DMARC1; p=reject");
    let (raw, key) = signed_until(1_600_000_000);
    let found = judged(&raw, &[key, guarded()]);
    assert_eq!((found.verdict, found.dmarc), (Verdict::PolicyUnmet, DmarcFinding::Fail), "{:?}", found.because);
    // In the year 9999.
    let (raw, key) = signed_until(253_370_764_800);
    assert_eq!(judged(&raw, &[key, guarded()]).verdict, Verdict::Authentic);
}

#[test]
fn when_the_dns_is_silent_it_is_tried_again() {
    let (raw, (name, _)) = signed(LETTER, "justice.example");
    let silent = (name, TxtAnswer::Unavailable);
    assert_eq!(judged(&raw, &[silent, policy("justice.example", "v=DMARC1; p=reject")]).verdict, Verdict::TryAgain);
    let (raw, (name, _)) = signed(LETTER, "prison.justice.example");
    assert_eq!(judged(&raw, &[(name, TxtAnswer::Unavailable)]).verdict, Verdict::TryAgain, "the very domain needs no policy to speak");
    // A signature of the very domain is its word whatever its policy says.
    let (raw, key) = signed(LETTER, "prison.justice.example");
    let silent = ("_dmarc.prison.justice.example".to_owned(), TxtAnswer::Unavailable);
    assert_eq!(judged(&raw, &[key, silent]).verdict, Verdict::Authentic);
    let walk = ("_dmarc.prison.justice.example".to_owned(), TxtAnswer::Unavailable);
    let found = judged(LETTER.as_bytes(), &[walk]);
    assert_eq!((found.verdict, found.dmarc), (Verdict::TryAgain, DmarcFinding::Unavailable));
}

#[test]
fn the_silence_of_lists_and_mail_services_changes_nothing() {
    let (raw, (name, _)) = signed(LETTER, "lists.example");
    let silent = (name, TxtAnswer::Unavailable);
    assert_eq!(judged(&raw, std::slice::from_ref(&silent)).verdict, Verdict::Unproven);
    assert_eq!(judged(&raw, &[silent.clone(), policy("justice.example", "v=DMARC1; p=reject")]).verdict, Verdict::PolicyUnmet);
    let (raw, key) = signed(&String::from_utf8(raw).unwrap(), "justice.example");
    let found = judged(&raw, &[silent, key, policy("justice.example", "v=DMARC1; p=reject")]);
    assert_eq!(found.verdict, Verdict::Authentic, "{:?}", found.because);
}

#[test]
fn a_signature_of_the_domain_is_seen_even_where_it_cannot_be_read() {
    let seen = |head: &str| judged(format!("{head}{LETTER}").as_bytes(), &[]).has_own_signature;
    assert!(seen("DKIM-Signature: v=9; d=prison.justice.example; s=march; b=\r\n"));
    assert!(seen("DKIM-Signature: d=justice.example\r\n"));
    assert!(!seen("DKIM-Signature: v=9; d=stranger.example; s=march; b=\r\n"));
    assert!(!seen(""));
    let (raw, _) = signed(LETTER, "justice.example");
    assert!(verify(&raw, &DnsAnswers::default(), &[]).has_own_signature, "where the DNS is not asked, by the names alone");
}

/// A mail with as many signatures as it likes, each of a name as long as it likes.
#[test]
fn a_stuffed_mail_asks_for_a_bounded_number_of_names_and_for_its_authors_first() {
    let stuffed = |domain: &str| {
        let signature = |number: usize| {
            let labels = format!("a.b{number}.c{number}.d{number}.e{number}.{domain}");
            format!("DKIM-Signature: v=1; a=rsa-sha256; d={labels}; s=s{number}; h=From; bh=YQ==; b=YQ==\r\n")
        };
        (0..500).map(signature).collect::<String>()
    };
    let (letter, _) = signed(LETTER, "justice.example");
    let questions = needed(&[stuffed("stranger.example").as_bytes(), &letter].concat());
    assert_eq!(
        questions.of_author,
        ["_dmarc.prison.justice.example", "_dmarc.justice.example", "_dmarc.example", "march._domainkey.justice.example"]
    );
    assert!(questions.of_others.len() < MOST_SIGNATURES);
    let questions = needed(&[stuffed("justice.example").as_bytes(), LETTER.as_bytes()].concat());
    assert_eq!(questions.of_author.len(), MOST_NAMES);
    assert!(questions.of_author.starts_with(&["_dmarc.prison.justice.example".to_owned(), "_dmarc.justice.example".to_owned()]));
}

#[test]
fn the_result_survives_storage() {
    let (raw, key) = signed(LETTER, "justice.example");
    let answers = zone(&raw, &[key]);
    let stored = serde_json::to_string(&answers).unwrap();
    assert_eq!(serde_json::from_str::<DnsAnswers>(&stored).unwrap(), answers);
    let found = verify(&raw, &answers, &[]);
    assert_eq!(serde_json::from_str::<Authenticity>(&serde_json::to_string(&found).unwrap()).unwrap(), found);
}

proptest::proptest! {
    #[test]
    fn altered_bytes_never_make_it_panic_nor_authentic(at in 0usize..400, byte in proptest::num::u8::ANY) {
        let (mut raw, key) = signed(LETTER, "justice.example");
        let body = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let at = body + at % (raw.len() - body - 2);
        let before = raw[at];
        raw[at] = byte;
        let found = verify(&raw, &zone(&raw, &[key, policy("justice.example", "v=DMARC1; p=reject")]), &[]);
        proptest::prop_assert!(found.verdict != Verdict::Authentic || byte == before || (byte.is_ascii_whitespace() && before.is_ascii_whitespace()));
    }

    #[test]
    fn no_bytes_make_it_panic(raw in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let results = [b"Authentication-Results: npm.example;", &raw[..]].concat();
        let received = [b"Received: from x by npm.example ", &raw[..]].concat();
        for raw in [raw, results, received] {
            let _ = servers_that_wrote_results(&raw);
            let _ = verify(&raw, &zone(&raw, &[]), &["npm.example".to_owned()]);
        }
    }
}
