//! A letter of the office's own that has come back.

use super::*;

const OWN: &str = "From: Office <desk@npm.example>\r\nTo: desk+r-aaaaa@npm.example\r\nSubject: Does it arrive?\r\n\r\nDoes it?\r\n";
const FROM_OUTSIDE: &str =
    "Received: from out.host.example (out.host.example [192.0.2.9])\r\n\tby mx.npm.example (Postfix) with ESMTPS id 2; now\r\n";
const HANDED_IN: &str =
    "Received: from desk.npm.example (desk.npm.example [192.0.2.8])\r\n\tby mail.npm.example (Postfix) with ESMTPSA id 1; now\r\n";
const DELIVERED: &str = "Received: from mail.npm.example by mail.npm.example with LMTP id 3; now\r\n";

fn read(raw: &[u8], envelope: &str, given: &[(String, TxtAnswer)], own: &[&str]) -> TrialLetter {
    let mut answers: BTreeMap<String, TxtAnswer> =
        needed_of_trial(raw, envelope).into_iter().map(|name| (name, TxtAnswer::NotFound)).collect();
    for (name, answer) in given {
        assert!(answers.insert(name.clone(), answer.clone()).is_some(), "{name} was not asked for");
    }
    let own: Vec<String> = own.iter().map(|name| (*name).to_owned()).collect();
    read_trial(raw, envelope, &DnsAnswers(answers), &own)
}

fn spf(domain: &str, records: &[&str]) -> (String, TxtAnswer) {
    (domain.to_owned(), TxtAnswer::Found(records.iter().map(|record| (*record).to_owned()).collect()))
}

#[test]
fn what_the_own_server_saw_and_what_the_dns_says_are_read_of_a_letter_that_was_outside() {
    let (raw, key) = signed(OWN, "npm.example");
    let results =
        "Authentication-Results: mx.npm.example; spf=softfail smtp.mailfrom=desk+b-aaaaa@npm.example; dkim=fail header.d=npm.example\r\n";
    let raw = [results.as_bytes(), FROM_OUTSIDE.as_bytes(), HANDED_IN.as_bytes(), &raw].concat();
    let zone =
        [key, policy("npm.example", "v=DMARC1; p=quarantine"), spf("npm.example", &["google-site-verification=1", "v=spf1 mx -all"])];
    let found = read(&raw, "NPM.example", &zone, &["mx.npm.example"]);
    assert_eq!((found.from_domain.as_str(), found.envelope_domain.as_str()), ("npm.example", "npm.example"));
    assert_eq!((found.server.as_deref(), found.stayed, found.unheard.len()), (Some("mx.npm.example"), false, 0));
    assert_eq!(found.spf, Some(SpfFinding { result: "softfail".into(), domain: "npm.example".into() }));
    assert_eq!((found.spf_record, found.policy), (Asked::Answered(SpfRecord::One), Asked::Answered(Policy::Quarantine)));
    // A signature that can be verified here is: what the server saw of it is older.
    assert_eq!(found.dkim.unwrap()[0].result, DkimResult::Pass);
    assert!(found.spf_aligned && found.dkim_aligned);
    // Not named in the configuration, the same server is proposed and not believed.
    let found = read(&raw, "npm.example", &zone, &[]);
    assert_eq!((found.server, found.spf, found.unheard), (None, None, vec!["mx.npm.example".to_owned()]));
}

#[test]
fn a_letter_that_never_left_the_house_is_known_as_such() {
    for (above, stayed) in [
        (format!("{DELIVERED}{HANDED_IN}"), true),
        (HANDED_IN.to_owned(), true),
        (HANDED_IN.replace("ESMTPSA", "ESMTP"), true),
        (String::new(), true),
        (format!("{DELIVERED}{FROM_OUTSIDE}{HANDED_IN}"), false),
    ] {
        assert_eq!(read(format!("{above}{OWN}").as_bytes(), "npm.example", &[], &[]).stayed, stayed, "{above}");
    }
}

#[test]
fn whether_spf_and_dkim_fit_from_is_asked_of_the_policy() {
    for (record, envelope, signer, spf_fits, dkim_fits) in [
        (None, "replies.npm.example", "npm.example", true, true),
        (None, "host.example", "host.example", false, false),
        (Some("v=DMARC1; p=none"), "replies.npm.example", "mail.npm.example", true, true),
        (Some("v=DMARC1; p=none; aspf=s; adkim=s"), "replies.npm.example", "mail.npm.example", false, false),
        (Some("v=DMARC1; p=none; aspf=s; adkim=s"), "npm.example", "npm.example", true, true),
        (Some("v=DMARC1; p=none"), "host.example", "host.example", false, false),
    ] {
        let (raw, key) = signed(OWN, signer);
        let zone: Vec<_> = record.map(|record| policy("npm.example", record)).into_iter().chain([key]).collect();
        let found = read(&raw, envelope, &zone, &[]);
        assert_eq!((found.spf_aligned, found.dkim_aligned), (spf_fits, dkim_fits), "{record:?} {envelope} {signer}");
    }
}

#[test]
fn spf_records_are_counted_and_nothing_else_is_one() {
    for (records, expected) in [
        (vec![], SpfRecord::Absent),
        (vec!["v=spf10 mx", "v=spf", "spf2.0/pra mx"], SpfRecord::Absent),
        (vec!["V=SPF1 mx -all", "anything"], SpfRecord::One),
        (vec!["v=spf1"], SpfRecord::One),
        (vec!["v=spf1 mx -all", "v=spf1 a"], SpfRecord::Several),
    ] {
        let found = read(OWN.as_bytes(), "npm.example", &[spf("npm.example", &records)], &[]);
        assert_eq!(found.spf_record, Asked::Answered(expected), "{records:?}");
    }
}

#[test]
fn without_the_dns_only_what_stands_in_the_letter_is_told() {
    let (raw, _) = signed(OWN, "npm.example");
    let found = read_trial(&raw, "npm.example", &DnsAnswers::default(), &[]);
    assert_eq!((found.dkim, found.signers), (None, vec!["npm.example".to_owned()]));
    assert_eq!((found.spf_record, found.policy), (Asked::Not, Asked::Not));
    let silent = needed_of_trial(&raw, "npm.example").into_iter().map(|name| (name, TxtAnswer::Unavailable)).collect();
    let found = read_trial(&raw, "npm.example", &DnsAnswers(silent), &[]);
    assert_eq!((found.dkim, found.spf_record, found.policy), (None, Asked::NoAnswer, Asked::NoAnswer));
}
