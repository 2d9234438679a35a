//! Mail of people whose own server is the office's: submitted with a log-in, and not always signed.

use super::own_server::{RECEIVED_BY_US, own, results, under_reject};
use super::*;

/// What is judged of an unsigned letter by somebody at home on our server, under `p=reject`.
pub(super) fn at_home(above: &str) -> Authenticity {
    let raw = format!("{above}{}", LETTER.replace("prison.justice.example", "npm.example"));
    verify(raw.as_bytes(), &zone(raw.as_bytes(), &[policy("npm.example", "v=DMARC1; p=reject")]), &own())
}

#[test]
fn what_was_submitted_to_our_own_server_with_a_log_in_is_authentic_though_unsigned() {
    for with in ["ESMTPA", "ESMTPSA", "esmtpsa", "SMTPSA", "UTF8SMTPSA"] {
        let found = at_home(&RECEIVED_BY_US.replace("with ESMTPS", &format!("with {with}")));
        assert_eq!(found.verdict, Verdict::Authentic, "{with}");
        assert!(found.because.join(" ").contains("submitted to the office's own server mx1.npm.example with authentication"));
    }
    for with in ["ESMTPS", "ESMTP", "SMTP", "LMTPA", "HTTPA"] {
        assert_eq!(at_home(&RECEIVED_BY_US.replace("with ESMTPS", &format!("with {with}"))).verdict, Verdict::Unproven, "{with}");
    }
    let by_another = RECEIVED_BY_US.replace("by mx1.npm.example", "by mx1.other.example").replace("ESMTPS", "ESMTPSA");
    assert_eq!(at_home(&by_another).verdict, Verdict::Unproven);
    let below = format!("{RECEIVED_BY_US}{}", RECEIVED_BY_US.replace("ESMTPS", "ESMTPSA"));
    assert_eq!(at_home(&below).verdict, Verdict::Unproven);
}

/// Everybody with an account there may write whatever From.
#[test]
fn a_log_in_at_our_own_server_authenticates_nobody_who_is_not_at_home_there() {
    let submitted = RECEIVED_BY_US.replace("with ESMTPS", "with ESMTPSA");
    assert_eq!(under_reject(&submitted).verdict, Verdict::PolicyUnmet);
    assert_eq!(under_reject(&format!("{}{submitted}", results("dmarc=fail (p=reject dis=none)"))).verdict, Verdict::Contradicted);
    let by_results = format!("{}{}", results("auth=pass smtp.auth=clerk"), RECEIVED_BY_US.replace("with ESMTPS ", ""));
    assert_eq!(under_reject(&by_results).verdict, Verdict::PolicyUnmet);
}

#[test]
fn a_log_in_under_a_name_of_another_domain_authenticates_nobody() {
    let submitted = RECEIVED_BY_US.replace("with ESMTPS", "with ESMTPSA");
    for (account, expected) in [
        ("clerk", Verdict::Authentic),
        ("clerk@npm.example", Verdict::Authentic),
        ("clerk@mail.npm.example", Verdict::Authentic),
        ("evil@evil.example", Verdict::Unproven),
        ("clerk@npm.example@evil.example", Verdict::Unproven),
    ] {
        let by_results = results(&format!("auth=pass smtp.auth={account}"));
        let unsaid = RECEIVED_BY_US.replace("with ESMTPS", "with Microsoft SMTP Server");
        assert_eq!(at_home(&format!("{by_results}{unsaid}")).verdict, expected, "{account}");
        let without = at_home(&format!("{by_results}{RECEIVED_BY_US}")).verdict;
        assert_eq!(without, Verdict::Unproven, "its own Received says that nobody logged in: {account}");
        assert_eq!(at_home(&format!("{by_results}{submitted}")).verdict, expected, "{account}");
        let by_postfix = submitted.replace("(Postfix)", &format!("(Postfix, from x) (Authenticated sender: {account})"));
        assert_eq!(at_home(&by_postfix).verdict, expected, "{account}");
    }
}

#[test]
fn a_client_that_calls_itself_a_received_line_is_not_believed() {
    for called in [
        "x by mx1.npm.example with ESMTPSA",
        "x by mx1.npm.example with ESMTPSA;",
        "x by mx1.npm.example;with ESMTPSA; y",
        "x with ESMTPSA",
        "x with ESMTPSA;",
        "(x",
        "\"x",
        "<x",
    ] {
        let found = at_home(&RECEIVED_BY_US.replace("from mail.justice.example", &format!("from {called}")));
        assert_eq!((found.verdict, found.provider), (Verdict::Unproven, None), "{called}");
    }
    let in_the_envelope = RECEIVED_BY_US.replace("id 4F", "(envelope-from <\"a) by mx1.npm.example with ESMTPSA (\"@evil.example>) id 4F");
    assert_eq!(at_home(&in_the_envelope).verdict, Verdict::Unproven);
}

#[test]
fn unsigned_mail_between_users_of_our_own_server_is_never_contradicted() {
    let at_home = LETTER.replace("prison.justice.example", "npm.example");
    let found = |above: &str| {
        let raw = format!("{above}{RECEIVED_BY_US}{at_home}");
        verify(raw.as_bytes(), &zone(raw.as_bytes(), &[policy("npm.example", "v=DMARC1; p=reject")]), &["mx1.npm.example".to_owned()])
            .verdict
    };
    assert_eq!(found(""), Verdict::Unproven);
    assert_eq!(found(&results("dmarc=fail header.from=npm.example")), Verdict::Unproven);
    let broken = "DKIM-Signature: v=1; a=rsa-sha256; d=npm.example; s=x; h=From; bh=YQ==; b=YQ==\r\n";
    assert_eq!(found(&format!("{}{broken}", results("dmarc=fail"))), Verdict::PolicyUnmet, "a footer breaks it as well");
}

/// An authority whose domain has another name than the mail server that it shares with the office.
#[test]
fn what_an_account_of_the_author_s_domain_submitted_to_our_server_is_never_contradicted() {
    let failed = results("dmarc=fail (p=reject dis=none) header.from=prison.justice.example");
    let submitted = |account: &str| {
        RECEIVED_BY_US.replace("(Postfix) with ESMTPS", &format!("(Postfix) (Authenticated sender: {account}) with ESMTPSA"))
    };
    let found = under_reject(&format!("{failed}{}", submitted("clerk@prison.justice.example")));
    assert_eq!((found.verdict, found.is_at_home), (Verdict::Unproven, true), "{:?}", found.because);
    for other in ["clerk", "clerk@justice.example", "x@evil.example", "clerk@prison.justice.example) (Authenticated sender: x"] {
        assert_eq!(under_reject(&format!("{failed}{}", submitted(other))).verdict, Verdict::Contradicted, "{other}");
    }
    // Without a log-in a name in brackets is a client's own word.
    let named = RECEIVED_BY_US.replace("(Postfix)", "(Postfix) (Authenticated sender: clerk@prison.justice.example)");
    assert_eq!(under_reject(&format!("{failed}{named}")).verdict, Verdict::Contradicted);
}
