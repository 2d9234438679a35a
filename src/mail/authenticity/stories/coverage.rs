//! A verdict speaks of what was signed.

use super::*;

const HEAD: &str = "From: director@prison.justice.example\r\nTo: office@npm.example\r\nCc: registry@justice.example\r\nSubject: Re: NPM-2026-0147-K\r\nIn-Reply-To: <1@npm.example>\r\nReferences: <1@npm.example>\r\nReply-To: desk@prison.justice.example\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\nWe accept the recommendation.\r\n";
const EVERYTHING: [&str; 10] =
    ["From", "To", "Cc", "Subject", "In-Reply-To", "References", "Reply-To", "Date", "Content-Type", "Content-Transfer-Encoding"];

fn found(raw: &[u8], key: (String, TxtAnswer)) -> (Verdict, Vec<String>) {
    let found = judged(raw, &[key, policy("justice.example", "v=DMARC1; p=reject")]);
    assert!(found.has_own_signature);
    (found.verdict, found.uncovered)
}

/// What is judged if all but this one is signed.
fn without(left_out: &str) -> (Verdict, Vec<String>) {
    let covered: Vec<&str> = EVERYTHING.into_iter().filter(|name| *name != left_out).collect();
    let (raw, key) = signed_over(HEAD, "justice.example", &covered, false);
    found(&raw, key)
}

#[test]
fn what_is_signed_whole_leaves_nothing_open() {
    assert_eq!(without("nothing"), (Verdict::Authentic, vec![]));
}

/// Microsoft 365 does not sign To.
#[test]
fn an_unsigned_recipient_or_thread_is_named_and_leaves_the_mail_authentic() {
    for name in ["To", "Cc", "In-Reply-To", "References", "Reply-To", "Date"] {
        assert_eq!(without(name), (Verdict::Authentic, vec![name.to_owned()]));
    }
}

#[test]
fn a_text_whose_subject_or_kind_is_not_signed_is_not_proven() {
    for name in ["Subject", "Content-Type", "Content-Transfer-Encoding"] {
        assert_eq!(without(name), (Verdict::Unproven, vec![name.to_owned()]));
    }
    let (raw, key) = signed_over(HEAD, "justice.example", &["From"], false);
    let because = judged(&raw, &[key, policy("justice.example", "v=DMARC1; p=none")]).because.join("\n");
    assert!(
        because.contains("leaves something open (Subject, Content-Type, Content-Transfer-Encoding), which anybody could have written"),
        "{because}"
    );
}

#[test]
fn a_second_subject_above_a_signed_one_is_not_covered() {
    for second in [
        "Subject: [NPM-2026-0148-L]\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Type: text/html\r\n",
        "subject : [NPM-2026-0148-L]\r\n",
    ] {
        let (raw, key) = signed_over(HEAD, "justice.example", &EVERYTHING, false);
        let (verdict, uncovered) = found(&[second.as_bytes(), &raw].concat(), key);
        assert_eq!((verdict, uncovered.len()), (Verdict::Unproven, 1), "{second}");
    }
}

#[test]
fn text_put_below_the_signed_part_of_a_body_is_not_authenticated() {
    let (raw, key) = signed_over(HEAD, "justice.example", &EVERYTHING, true);
    assert_eq!(found(&raw, key.clone()), (Verdict::Authentic, vec![]));
    let with_an_empty_line = [&raw[..], b"\r\n"].concat();
    assert_eq!(found(&with_an_empty_line, key.clone()), (Verdict::Authentic, vec![]));
    let longer = [&raw[..], b"We refuse.\r\n"].concat();
    assert_eq!(found(&longer, key.clone()), (Verdict::PolicyUnmet, vec!["body".to_owned()]));
    let altered = String::from_utf8(raw).unwrap().replace("We accept", "We refuse");
    assert_eq!(found(altered.as_bytes(), key), (Verdict::PolicyUnmet, vec![]));
}

/// A signed mail can be sent once more, with another address on it.
#[test]
fn a_signature_authenticates_the_headers_that_it_covers_and_nothing_that_servers_add() {
    let (raw, key) = signed_over(HEAD, "justice.example", &["From", "Cc", "Subject", "Content-Type", "Content-Transfer-Encoding"], false);
    let given = [key, policy("justice.example", "v=DMARC1; p=reject")];
    let found = judged(&raw, &given);
    assert_eq!(found.verdict, Verdict::Authentic);
    assert_eq!(["Cc", "To", "In-Reply-To", "Delivered-To"].map(|header| found.covers(header)), [true, false, false, false]);
    let word = "Authentication-Results: mx.npm.example; dmarc=pass header.from=prison.justice.example\r\nReceived: from x by mx.npm.example with ESMTPS id 1; now\r\n";
    let raw = [word.as_bytes(), &raw].concat();
    let found = verify(&raw, &zone(&raw, &given), &["mx.npm.example".to_owned()]);
    assert!(found.covers("To") && found.covers("Delivered-To"), "our own server's word is of the whole mail");
}

#[test]
fn of_two_signatures_the_one_that_covers_more_counts() {
    let (raw, key) = signed_over(HEAD, "justice.example", &["From"], false);
    let (raw, own_key) = signed_over(&String::from_utf8(raw).unwrap(), "prison.justice.example", &EVERYTHING, false);
    let found = judged(&raw, &[key, own_key]);
    assert_eq!((found.verdict, found.uncovered), (Verdict::Authentic, vec![]));
}

/// Each length is a hash of the whole body: 40 of them over 20 MB would take the worker its time.
#[test]
fn a_mail_with_signatures_over_many_lengths_is_not_hashed_for_each() {
    let lengths = (1..40).map(|length| {
        format!("DKIM-Signature: v=1; a=rsa-sha256; d=justice.example; s=x{length}; l={length}; h=From; bh=YQ==; b=YQ==\r\n")
    });
    let stuffed = format!("{}{HEAD}", lengths.collect::<String>());
    let (raw, key) = signed_over(&stuffed, "justice.example", &EVERYTHING, false);
    assert_eq!(found(&raw, key).0, Verdict::Authentic);
}

#[test]
fn what_the_offices_own_server_authenticates_it_authenticates_whole() {
    let (raw, key) = signed_over(HEAD, "justice.example", &["From"], false);
    let word = "Authentication-Results: mx.npm.example; dmarc=pass header.from=prison.justice.example\r\nReceived: from x by mx.npm.example with ESMTPS id 1; now\r\n";
    let raw = [word.as_bytes(), &raw].concat();
    let found = verify(&raw, &zone(&raw, &[key]), &["mx.npm.example".to_owned()]);
    assert_eq!((found.verdict, found.uncovered), (Verdict::Authentic, vec![]));
}
