//! What the office's own mail server says, and what only looks as if it did.

use super::*;

pub(super) const RECEIVED_BY_US: &str = "Received: from mail.justice.example (mail.justice.example [192.0.2.7])\r\n\tby mx1.npm.example (Postfix) with ESMTPS id 4F\r\n\tfor <office@npm.example>; Mon, 2 Mar 2026 10:00:05 +0100\r\n";
const RESULTS: &str = "Authentication-Results: mx1.npm.example (checked) 1; spf=pass (sender is (known)) smtp.mailfrom=x@prison.justice.example;\r\n\tdmarc=pass header.from=prison.justice.example\r\n";

#[test]
fn the_word_of_the_offices_own_server_counts() {
    let own = ["npm.example".to_owned()];
    let guarded = [policy("justice.example", "v=DMARC1; p=reject")];
    let raw = format!("{RESULTS}{RECEIVED_BY_US}{LETTER}");
    let found = verify(raw.as_bytes(), &zone(raw.as_bytes(), &guarded), &own);
    assert_eq!((found.verdict, found.provider.as_deref()), (Verdict::Authentic, Some("spf=pass, dmarc=pass")));
    let failed = raw.replace("dmarc=pass", "dmarc=fail (p=reject dis=none)").replace("spf=pass", "spf=softfail");
    let found = verify(failed.as_bytes(), &DnsAnswers::default(), &own);
    assert_eq!(found.verdict, Verdict::Contradicted);
}

#[test]
fn results_that_came_with_the_mail_or_name_another_server_are_not_believed() {
    let own = ["npm.example".to_owned()];
    let guarded = [policy("justice.example", "v=DMARC1; p=reject")];
    for raw in [
        format!("{RECEIVED_BY_US}{RESULTS}{LETTER}"),
        format!("{RESULTS}{LETTER}"),
        format!("{}{RECEIVED_BY_US}{LETTER}", RESULTS.replace("mx1.npm.example", "mx1.evilnpm.example")),
        format!("{RESULTS}{}{LETTER}", RECEIVED_BY_US.replace("by mx1.npm.example", "by mx1.other.example (by mx1.npm.example)")),
    ] {
        let found = verify(raw.as_bytes(), &zone(raw.as_bytes(), &guarded), &own);
        assert_eq!((found.verdict, found.provider), (Verdict::PolicyUnmet, None), "{raw}");
    }
}

pub(super) fn own() -> Vec<String> {
    vec!["npm.example".to_owned()]
}

/// What is judged of an unsigned letter under `p=reject` with these headers above it.
pub(super) fn under_reject(above: &str) -> Authenticity {
    let raw = format!("{above}{LETTER}");
    verify(raw.as_bytes(), &zone(raw.as_bytes(), &[policy("justice.example", "v=DMARC1; p=reject")]), &own())
}

pub(super) fn results(statements: &str) -> String {
    format!("Authentication-Results: mx1.npm.example; {statements}\r\n")
}

#[test]
fn a_forged_received_of_our_own_server_lets_no_forged_result_through() {
    let forged = results("dmarc=pass header.from=prison.justice.example");
    for below in [format!("{RECEIVED_BY_US}{forged}{RECEIVED_BY_US}"), format!("{RECEIVED_BY_US}{RECEIVED_BY_US}{forged}{RECEIVED_BY_US}")]
    {
        let found = under_reject(&below);
        assert_eq!((found.verdict, found.provider), (Verdict::PolicyUnmet, None));
    }
}

/// Postfix checks, and hands to Dovecot by LMTP, which writes a Received of its own on top.
#[test]
fn results_are_found_below_the_delivery_to_the_mailbox() {
    let delivered = "Received: from mx1.npm.example by imap.npm.example with LMTP id 7; now\r\n";
    let found = under_reject(&format!("{delivered}{RESULTS}{RECEIVED_BY_US}"));
    assert_eq!(found.verdict, Verdict::Authentic);
}

/// Dovecot writes the short name of its host; Cyrus says LMTPA. What a stranger writes stands below what our servers add.
#[test]
fn a_delivery_to_the_mailbox_is_looked_through_whatever_the_host_calls_itself_and_only_above_our_own_server() {
    let failed = results("dmarc=fail (p=reject) header.from=prison.justice.example");
    let passed = results("dmarc=pass header.from=prison.justice.example");
    for with in ["LMTP", "LMTPS", "LMTPSA", "LMTPA", "UTF8LMTP"] {
        let delivered = format!("Received: from mx1.npm.example ([127.0.0.1])\r\n\tby vm with {with}\r\n\tid YJEPO9YsDWsHcAAAg; now\r\n");
        assert_eq!(under_reject(&format!("{delivered}{failed}{RECEIVED_BY_US}")).verdict, Verdict::Contradicted, "{with}");
        assert_eq!(under_reject(&format!("{delivered}{passed}{RECEIVED_BY_US}")).verdict, Verdict::Authentic, "{with}");
        let received = RECEIVED_BY_US;
        let elsewhere = RECEIVED_BY_US.replace("by mx1.npm.example", "by mx.other.example");
        let without_name = "Received: from x (y [192.0.2.66]) by vm with ESMTP id 5; now\r\n";
        for forged in [
            format!("{delivered}{received}{passed}{delivered}{passed}{received}"),
            format!("{delivered}{received}{delivered}{passed}{received}"),
            format!("{received}{delivered}{passed}{received}"),
            format!("{delivered}{elsewhere}{passed}{received}"),
            format!("{delivered}{without_name}{delivered}{passed}{received}"),
            format!("{delivered}{passed}"),
        ] {
            assert_eq!(under_reject(&forged).verdict, Verdict::PolicyUnmet, "{forged}");
        }
    }
}

/// A filter between the server and the mailbox gives it in anew; so may a form on a web page.
#[test]
fn below_what_a_program_of_the_host_handed_in_a_failure_counts_and_a_pass_does_not() {
    for handed_in in ["Received: by vm (Postfix, from userid 111) id 4F; now\r\n", "Received: by vm with local (Exim 4.96) id 4F; now\r\n"]
    {
        let failed = results("dmarc=fail (p=reject) header.from=prison.justice.example");
        assert_eq!(under_reject(&format!("{handed_in}{failed}{RECEIVED_BY_US}")).verdict, Verdict::Contradicted);
        let passed = results("dmarc=pass header.from=prison.justice.example");
        assert_eq!(under_reject(&format!("{handed_in}{passed}{RECEIVED_BY_US}")).verdict, Verdict::PolicyUnmet);
        let submitted = RECEIVED_BY_US.replace("with ESMTPS", "with ESMTPSA");
        assert_eq!(at_home::at_home(&format!("{handed_in}{submitted}")).verdict, Verdict::Unproven);
    }
}

/// `check` says that a server is heard only where a mail would be judged by its word.
#[test]
fn the_servers_that_are_heard_are_those_by_whose_word_a_mail_is_judged() {
    let delivered = "Received: from mx1.npm.example ([127.0.0.1]) by vm with LMTP id 7; now\r\n";
    let elsewhere = "Received: from x (y [192.0.2.66]) by vm with ESMTP id 5; now\r\n";
    for (head, heard) in [
        (format!("{delivered}{RESULTS}{RECEIVED_BY_US}"), true),
        (format!("{RESULTS}{RECEIVED_BY_US}"), true),
        (format!("{elsewhere}{RESULTS}{RECEIVED_BY_US}"), false),
        (format!("{delivered}{RECEIVED_BY_US}"), false),
    ] {
        assert_eq!(under_reject(&head).provider.is_some(), heard, "{head}");
        assert_eq!(servers_heard(format!("{head}{LETTER}").as_bytes(), &own()).contains(&"mx1.npm.example".to_owned()), heard, "{head}");
    }
}

#[test]
fn all_results_of_our_own_server_are_read_and_a_failure_is_not_outvoted() {
    let failed = results("dmarc=fail header.from=prison.justice.example");
    let passed = results("spf=pass smtp.mailfrom=x@prison.justice.example");
    for above in
        [format!("{failed}{passed}"), format!("{passed}{failed}"), results("dmarc=pass; dmarc=fail"), results("dmarc=fail; dmarc=pass")]
    {
        assert_eq!(under_reject(&format!("{above}{RECEIVED_BY_US}")).verdict, Verdict::Contradicted, "{above}");
    }
    let found = under_reject(&format!("{}{passed}{RECEIVED_BY_US}", results("dkim=none")));
    assert_eq!((found.verdict, found.provider.as_deref()), (Verdict::Authentic, Some("dkim=none, spf=pass")));
}

#[test]
fn what_a_stranger_wrote_into_quotes_or_comments_is_no_result() {
    for forged in [
        "spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=prison.justice.example\"@evil.example",
        "spf=pass smtp.mailfrom=\"x\\\"; dmarc=pass header.from=prison.justice.example; a=\\\"\"@evil.example",
        "spf=pass smtp.mailfrom=\"x@prison.justice.example\"@evil.example",
        "spf=pass (sender (\\) ; dmarc=pass) is known) smtp.mailfrom=x@evil.example",
        "spf=none smtp.mailfrom=x smtp.helo=y dmarc=pass header.from=prison.justice.example",
        "spf=pass smtp.mailfrom=evil.example reason=\"; dmarc=pass header.from=prison.justice.example",
        "said dmarc=pass header.from=prison.justice.example",
        "dmarc=pass header.from=evil.example",
        "dkim=pass header.d=evil.example header.i=@prison.justice.example",
        // In no quotes, as some servers write what a client calls itself and its MAIL FROM.
        "spf=pass smtp.helo=x;dmarc=pass",
        "spf=none smtp.helo=x;dmarc=pass header.from=prison.justice.example",
        "spf=none smtp.helo=x;spf=pass smtp.mailfrom=x@prison.justice.example",
        "iprev=pass smtp.helo=x;x=y; dmarc=pass header.from=prison.justice.example",
        "spf=pass smtp.mailfrom=a;dmarc=pass@evil.example",
        "spf=pass smtp.mailfrom=a;dmarc=pass reason=x@evil.example",
        "spf=pass smtp.mailfrom=a; dmarc=pass@evil.example",
        "spf=pass smtp.mailfrom=\"x\"a;dmarc=pass header.from=prison.justice.example reason=@evil.example",
        "dkim=pass header.i=a;dmarc=pass header.from=prison.justice.example reason=@evil.example header.d=evil.example",
        "x=y header.from=a;spf=pass smtp.mailfrom=prison.justice.example",
        "spf=pass smtp.mailfrom=evil.example smtp.helo=x; dmarc=pass header.from=prison.justice.example",
        "dmarc=pass header.from=prison.justice.example; spf=fail smtp.mailfrom=evil.example; dkim=none",
        "spf=pass smtp.mailfrom=evil.example smtp.helo=x; spf=pass smtp.mailfrom=prison.justice.example",
        "spf=fail smtp.mailfrom=x@prison.justice.example; spf=pass smtp.mailfrom=prison.justice.example",
        "spf=pass smtp.helo=x smtp.mailfrom=prison.justice.example smtp.mailfrom=evil.example",
        "dmarc=none; dmarc=pass header.from=prison.justice.example",
        "dmarc=pass header.from=prison.justice.example; dmarc=pass header.from=evil.example",
        "dkim=none smtp.helo=x; dkim=pass header.d=prison.justice.example",
        "dmarc=pass header.from=prison.justice.example; and more",
        "dmarc=pass header.from=prison.justice.example; x@evil.example",
        "dmarc=pass header.from=prison.justice.example; x=(",
    ] {
        let found = under_reject(&format!("{}{RECEIVED_BY_US}", results(forged)));
        assert_eq!(found.verdict, Verdict::PolicyUnmet, "{forged}: {:?}", found.because);
    }
}

/// A signature has one result; who puts one into the mail that does not hold, and names it once more in a result, has two.
#[test]
fn a_signature_has_passed_only_if_it_stands_in_the_mail_and_has_no_other_result() {
    let broken = "DKIM-Signature: v=1; a=rsa-sha256; d=justice.example; s=x; h=From; bh=YQ==; b=YQ==\r\n";
    let found = |said: &str, below: &str| under_reject(&format!("{}{RECEIVED_BY_US}{below}", results(said))).verdict;
    assert_eq!(found("dkim=pass header.d=justice.example", broken), Verdict::Authentic);
    assert_eq!(found("dkim=pass header.d=justice.example", ""), Verdict::PolicyUnmet);
    let twice = "dkim=fail header.d=justice.example smtp.helo=x; dkim=pass header.d=justice.example";
    assert_eq!(found(twice, broken), Verdict::PolicyUnmet);
    assert_eq!(found(twice, &broken.repeat(2)), Verdict::Authentic, "of two keys the server knows one");
}

#[test]
fn so_many_statements_that_the_last_are_not_read_prove_nothing() {
    let many = "x=y; ".repeat(60);
    let found = under_reject(&format!("{}{RECEIVED_BY_US}", results(&format!("dmarc=pass; {many}dmarc=fail"))));
    assert_eq!(found.verdict, Verdict::PolicyUnmet);
}

/// In the forms of the mail servers whose names stand here; the values are ours.
#[test]
fn the_forms_in_which_mail_servers_write_their_results_are_read() {
    let signature = "DKIM-Signature: v=1; a=rsa-sha256; d=justice.example; s=x; h=From; bh=YQ==; b=YQ==\r\n";
    for (server, said) in [
        (
            "rspamd",
            "dkim=pass header.d=justice.example header.s=x header.b=abcDEF12;\r\n\tspf=pass (mx1.npm.example: domain of x@mail.justice.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=x@mail.justice.example;\r\n\tdmarc=pass (policy=reject) header.from=prison.justice.example",
        ),
        (
            "Exchange",
            "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=service.example; dkim=pass (signature was verified)\r\n header.d=justice.example;dmarc=pass action=none header.from=prison.justice.example;compauth=pass reason=100",
        ),
        (
            "OpenDKIM",
            "dkim=pass (2048-bit key; unprotected) header.d=justice.example header.i=@justice.example header.a=rsa-sha256 header.s=x header.b=\"ab==\"; dkim-atps=neutral",
        ),
        ("OpenDMARC", "dmarc=pass (p=reject dis=none) header.from=prison.justice.example"),
        (
            "policyd-spf",
            "spf=pass (mailfrom) smtp.mailfrom=justice.example (client-ip=192.0.2.7; helo=mail.justice.example; envelope-from=x@justice.example; receiver=<UNKNOWN>)",
        ),
        (
            "Exim",
            "iprev=pass (mail.justice.example) smtp.remote-ip=192.0.2.7; spf=softfail smtp.mailfrom=service.example; dkim=pass header.d=justice.example header.s=x header.a=rsa-sha256; dmarc=pass header.from=prison.justice.example",
        ),
        (
            "mail.ru",
            "spf=pass (mx1.npm.example: domain of justice.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=x@justice.example smtp.helo=mail.justice.example; dkim=pass header.d=justice.example; dmarc=pass header.from=prison.justice.example",
        ),
        (
            "Cisco",
            "dkim=none (message not signed) header.i=none; spf=None smtp.helo=postmaster@mail.justice.example; spf=Pass smtp.mailfrom=x@justice.example; dmarc=pass (p=reject dis=none) d=justice.example",
        ),
        (
            "Fastmail",
            "dkim=pass (2048-bit rsa key sha256) header.d=justice.example header.i=@justice.example header.b=abc header.a=rsa-sha256 header.s=x x-bits=2048; dmarc=pass policy.published-domain-policy=reject policy.applied-disposition=none policy.evaluated-disposition=none (p=reject,d=none,d.eval=none) policy.policy-from=p header.from=prison.justice.example; iprev=pass smtp.remote-ip=192.0.2.7 (mail.justice.example); spf=pass smtp.mailfrom=x@service.example smtp.helo=mail.service.example",
        ),
        (
            "Yahoo",
            "dkim=pass header.i=@sister.justice.example header.s=x; spf=none smtp.mailfrom=justice.example; dmarc=pass(p=REJECT) header.from=prison.justice.example;",
        ),
    ] {
        let found = under_reject(&format!("{}{RECEIVED_BY_US}{signature}", results(said)));
        assert_eq!(found.verdict, Verdict::Authentic, "{server}: {:?}", found.because);
    }
}

#[test]
fn results_count_however_they_are_spaced_and_only_for_the_domain_of_the_author() {
    for said in [
        "dmarc = pass header.from = prison.justice.example",
        "dmarc/1=pass (p=REJECT sp=NONE dis=NONE) header.from=justice.example",
        "spf=pass reason=\"\" smtp.mailfrom=bounce+a=b@mail.prison.justice.example",
        "dkim=pass (2048-bit key; secure) header.d=justice.example header.b=\"ab==\"",
    ] {
        let signature = "DKIM-Signature: v=1; a=rsa-sha256; d=justice.example; s=x; h=From; bh=YQ==; b=YQ==\r\n";
        let found = under_reject(&format!("{}{RECEIVED_BY_US}{signature}", results(said)));
        assert_eq!(found.verdict, Verdict::Authentic, "{said}: {:?}", found.because);
    }
}

/// `sp=` holds `p=` in its name.
#[test]
fn a_domain_that_asks_for_nothing_is_never_contradicted() {
    let failed = |said: &str, asked: &[(String, TxtAnswer)]| {
        let raw = format!("{}{RECEIVED_BY_US}{LETTER}", results(said));
        let answers = if asked.is_empty() { DnsAnswers::default() } else { zone(raw.as_bytes(), asked) };
        verify(raw.as_bytes(), &answers, &own()).verdict
    };
    assert_eq!(failed("dmarc=fail (p=NONE sp=REJECT dis=NONE) header.from=prison.justice.example", &[]), Verdict::Unproven);
    assert_eq!(failed("dmarc=fail smtp.mailfrom=\"p=reject\"@evil.example", &[]), Verdict::Unproven);
    assert_eq!(failed("dmarc=fail (p=reject dis=none)", &[policy("justice.example", "v=DMARC1; p=none")]), Verdict::Unproven);
    assert_eq!(failed("dmarc=fail policy.dmarc=reject", &[]), Verdict::Contradicted);
    assert_eq!(failed("dmarc=fail action=none header.from=prison.justice.example", &[]), Verdict::Unproven);
    for action in ["oreject", "reject", "quarantine", "oquarantine"] {
        let said = format!("dmarc=fail action={action} header.from=prison.justice.example;compauth=fail reason=000");
        assert_eq!(failed(&said, &[]), Verdict::Contradicted, "Microsoft: {action}");
    }
    assert_eq!(failed("dmarc=fail (p=REJECT sp=REJECT dis=NONE)", &[]), Verdict::Contradicted);
}

#[test]
fn the_writers_of_results_are_found_where_the_received_below_is_of_the_same_house() {
    let found = |head: &str| servers_that_wrote_results(head.as_bytes());
    assert_eq!(found(&format!("{RESULTS}{RECEIVED_BY_US}{LETTER}")), ["mx1.npm.example"]);
    let of_the_house = RESULTS.replace("mx1.npm.example", "npm.example");
    assert_eq!(found(&format!("{of_the_house}{RECEIVED_BY_US}{LETTER}")), ["npm.example"]);
    let beside = RESULTS.replace("mx1.npm.example", "filter.npm.example");
    assert_eq!(found(&format!("{beside}{RECEIVED_BY_US}{LETTER}")), ["filter.npm.example", "mx1.npm.example"]);
    let elsewhere = RESULTS.replace("mx1.npm.example", "mx1.evil.example");
    for head in [format!("{elsewhere}{RECEIVED_BY_US}{LETTER}"), format!("{RECEIVED_BY_US}{RESULTS}{LETTER}"), format!("{RESULTS}{LETTER}")]
    {
        assert_eq!(found(&head), Vec::<String>::new(), "{head}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_in_a_quoted_sender_becomes_a_result(text in "[ -~]{0,60}") {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        let above = results(&format!("spf=pass smtp.mailfrom=\"{quoted}; dmarc=pass header.from=prison.justice.example\"@evil.example"));
        proptest::prop_assert_eq!(under_reject(&format!("{above}{RECEIVED_BY_US}")).verdict, Verdict::PolicyUnmet);
    }
}
