//! Scripted SMTP servers, one fault each. What matters in every one of them: no letter is called sent that may have been refused, none is called
//! refused that may have been delivered, and no letter gets the reply of another.

// Long because each fault of a server is one script of some lines.

use std::time::Duration;

use demarche::transport::smtp::{Patience, Relay};
use demarche::transport::*;

use crate::support::accounts::{IMPATIENT, envelope, login, plain, relay, smtp_patience, transport};
use crate::support::script::{Door, Scripted};

/// For a step that must be in time once and is late another time.
const LONGER: Duration = Duration::from_millis(1_500);

const MINISTRY: &str = "registry@ministry.example";

fn impatient(server: &Scripted, step: impl FnOnce(&mut Patience)) -> Transport {
    let mut patience = smtp_patience();
    step(&mut patience);
    transport(Relay { patience, ..relay(plain(server.port)) })
}

fn not_sent(outcome: &Outcome) -> &str {
    let (Outcome::NotSent { reason } | Outcome::Barred { reason }) = outcome else { panic!("{outcome:?}") };
    reason
}

#[tokio::test]
async fn letters_go_one_after_the_other_over_one_connection() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&["DSN", "SIZE 10000"]).await;
        peer.reply("MAIL FROM:<bounce+k7@requests.example> SIZE=66 RET=HDRS ENVID=NPM-2026-0147-K", "250 2.1.0 Ok").await;
        peer.reply(
            "RCPT TO:<registry@ministry.example> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;registry@ministry.example",
            "250 2.1.5 Ok",
        )
        .await;
        peer.reply("DATA", "354 go").await;
        assert_eq!(peer.hear_letter().await, "Message-ID: <k7@npm.example>\nSubject: Request\n\nDear authority\n");
        peer.say("250 2.0.0 Ok: queued as 4bX0\r\n").await;
        peer.accept_envelope().await;
        peer.hear_letter().await;
        peer.say("250-2.0.0 Ok\r\n250 queued as 4bX1\r\n").await;
        peer.reply("QUIT", "221 bye").await;
    })
    .await;
    let mut transport = transport(relay(plain(server.port)));
    let outcome = transport.send(&envelope(MINISTRY)).await;
    assert_eq!(outcome, Outcome::Accepted { reply: "250 2.0.0 Ok: queued as 4bX0".to_owned(), queue_id: Some("4bX0".to_owned()) });
    let outcome = transport.send(&envelope("minister@ministry.example")).await;
    assert_eq!(outcome, Outcome::Accepted { reply: "250 2.0.0 Ok queued as 4bX1".to_owned(), queue_id: Some("4bX1".to_owned()) });
    transport.close().await;
    server.followed().await;
}

#[tokio::test]
async fn after_a_late_acceptance_the_next_letter_does_not_take_its_reply() {
    let server = Scripted::start(async |door: Door| {
        let mut slow = door.next().await;
        slow.greet(&[]).await;
        slow.accept_envelope().await;
        slow.hear_letter().await;
        slow.hear_the_end().await;
        slow.say_if_heard("250 2.0.0 Ok: queued as LATE\r\n").await;
        let mut next = door.next().await;
        next.greet(&[]).await;
        next.accept_envelope().await;
        next.hear_letter().await;
        next.say("554 5.7.1 rejected\r\n").await;
    })
    .await;
    let mut transport = impatient(&server, |patience| patience.acceptance = LONGER);
    let outcome = transport.send(&envelope(MINISTRY)).await;
    assert!(
        matches!(&outcome, Outcome::Unknown { phase: Phase::AfterDot, reason } if reason.contains("said nothing for 1.5 s")),
        "{outcome:?}"
    );
    let outcome = transport.send(&envelope(MINISTRY)).await;
    let refused = Outcome::RefusedForGood {
        at: TransactionStep::Letter,
        code: 554,
        status: Some("5.7.1".to_owned()),
        reply: "554 5.7.1 rejected".to_owned(),
    };
    assert_eq!(outcome, refused);
    server.followed().await;
}

#[tokio::test]
async fn a_send_that_was_broken_off_takes_its_connection_with_it() {
    let (waits, is_waiting) = tokio::sync::oneshot::channel();
    let server = Scripted::start(async move |door: Door| {
        let mut first = door.next().await;
        first.greet(&[]).await;
        first.accept_envelope().await;
        first.hear_letter().await;
        waits.send(()).unwrap();
        first.hear_the_end().await;
        let mut second = door.next().await;
        second.greet(&[]).await;
        second.accept_envelope().await;
        second.hear_letter().await;
        second.say("554 no\r\n").await;
    })
    .await;
    let mut transport = transport(relay(plain(server.port)));
    let letter = envelope(MINISTRY);
    tokio::select! {
        outcome = transport.send(&letter) => panic!("{outcome:?}"),
        _ = is_waiting => {}
    }
    let outcome = transport.send(&envelope(MINISTRY)).await;
    assert!(matches!(outcome, Outcome::RefusedForGood { code: 554, .. }), "{outcome:?}");
    server.followed().await;
}

#[tokio::test]
async fn only_250_after_the_dot_is_acceptance() {
    for strange in ["354 go", "220 hello", "251 somewhere else", "334 VXNlcm5hbWU6"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.greet(&[]).await;
            peer.accept_envelope().await;
            peer.hear_letter().await;
            peer.say(format!("{strange}\r\n")).await;
            assert_eq!(peer.hear_the_end().await, "", "nothing more is said on this connection");
        })
        .await;
        let mut transport = transport(relay(plain(server.port)));
        let outcome = transport.send(&envelope(MINISTRY)).await;
        assert_eq!(outcome, Outcome::Unknown { phase: Phase::StrangeReply, reason: strange.to_owned() });
        server.followed().await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_after_the_dot_leaves_the_outcome_unknown() {
    for last_words in ["", "2", "250-2.0.0 Ok\r\n", "hello\r\n"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.greet(&[]).await;
            peer.accept_envelope().await;
            peer.hear_letter().await;
            peer.say(last_words).await;
        })
        .await;
        let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
        assert!(matches!(outcome, Outcome::Unknown { phase: Phase::AfterDot, .. }), "{last_words:?}: {outcome:?}");
        server.followed().await;
    }
}

/// Follows the script until just before the reply to step `step`: 0 greeting, 1 EHLO, 2 MAIL, 3 RCPT, 4 DATA, 5 the dot.
async fn up_to(step: usize, door: &Door) -> crate::support::script::Peer {
    let mut peer = door.next().await;
    let replies = ["220 mx.example", "250 mx.example", "250 Ok", "250 Ok", "354 go"];
    for (at, reply) in replies.iter().enumerate().take(step) {
        if at > 0 {
            peer.hear().await;
        }
        peer.say(format!("{reply}\r\n")).await;
    }
    match step {
        0 => {}
        5 => drop(peer.hear_letter().await),
        _ => drop(peer.hear().await),
    }
    peer
}

#[tokio::test]
async fn silence_at_any_step_ends_and_only_after_the_dot_the_outcome_is_unknown() {
    for step in 0..=5 {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = up_to(step, &door).await;
            peer.hear_the_end().await;
        })
        .await;
        let mut transport = impatient(&server, |patience| {
            (patience.command, patience.data, patience.acceptance) = match step {
                4 => (patience.command, IMPATIENT, patience.acceptance),
                5 => (patience.command, patience.data, IMPATIENT),
                _ => (LONGER, patience.data, patience.acceptance),
            }
        });
        let outcome = transport.send(&envelope(MINISTRY)).await;
        match step {
            5 => assert!(matches!(outcome, Outcome::Unknown { phase: Phase::AfterDot, .. }), "{outcome:?}"),
            _ => assert!(not_sent(&outcome).contains("said nothing for"), "step {step}: {outcome:?}"),
        }
        server.followed().await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_the_dot_means_not_sent() {
    for step in 0..=4 {
        let server = Scripted::start(async move |door: Door| drop(up_to(step, &door).await)).await;
        let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
        assert!(not_sent(&outcome).contains("closed the connection"), "step {step}: {outcome:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_of_the_letter_means_not_sent() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&[]).await;
        peer.accept_envelope().await;
        peer.hear_bytes(10).await;
    })
    .await;
    // More than any socket buffer holds, so that the end is noticed while writing.
    let letter = vec![b'x'; 30 << 20];
    let outcome = transport(relay(plain(server.port))).send(&Envelope { bytes: &letter, ..envelope(MINISTRY) }).await;
    assert!(not_sent(&outcome).starts_with("letter: "), "{outcome:?}");
    server.followed().await;
}

#[tokio::test]
async fn a_refusal_at_any_step_is_told_with_its_step_and_code() {
    let steps = [(2, TransactionStep::Sender), (3, TransactionStep::Recipient), (4, TransactionStep::Data), (5, TransactionStep::Letter)];
    for (step, at) in steps {
        for (code, text) in [(451, "4.7.1 greylisted"), (550, "5.1.1 no such user")] {
            let server = Scripted::start(async move |door: Door| {
                let mut peer = up_to(step, &door).await;
                peer.say(format!("{code} {text}\r\n")).await;
                peer.hear_the_end().await;
            })
            .await;
            let mut transport = impatient(&server, |patience| patience.command = LONGER);
            let outcome = transport.send(&envelope(MINISTRY)).await;
            let (status, reply) = (Some(text[..5].to_owned()), format!("{code} {text}"));
            let expected = if code < 500 {
                Outcome::RefusedForNow { at, code, status, reply }
            } else {
                Outcome::RefusedForGood { at, code, status, reply }
            };
            assert_eq!(outcome, expected);
            drop(transport);
            server.followed().await;
        }
    }
}

#[tokio::test]
async fn a_server_that_takes_nobody_in_refuses_no_letter() {
    for (step, reply) in
        [(0, "554 no connections from your network"), (0, "421 too busy"), (1, "550 who are you"), (0, "hello, this is a web server")]
    {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = up_to(step, &door).await;
            peer.say(format!("{reply}\r\n")).await;
        })
        .await;
        let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
        assert!(not_sent(&outcome).contains(reply), "{outcome:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn a_refused_recipient_does_not_spoil_the_next_letter() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&[]).await;
        peer.reply("MAIL FROM:", "250 Ok").await;
        peer.reply("RCPT TO:", "550 5.1.1 no such user").await;
        peer.reply("RSET", "250 Ok").await;
        peer.accept_envelope().await;
        peer.hear_letter().await;
        peer.say("250 Ok\r\n").await;
    })
    .await;
    let mut transport = transport(relay(plain(server.port)));
    assert!(matches!(
        transport.send(&envelope("gone@ministry.example")).await,
        Outcome::RefusedForGood { at: TransactionStep::Recipient, .. }
    ));
    assert!(matches!(transport.send(&envelope(MINISTRY)).await, Outcome::Accepted { .. }));
    server.followed().await;
}

#[tokio::test]
async fn replies_that_come_before_they_are_asked_for_are_no_acceptance() {
    // One that is sent with the permission to send, and one in the middle of the opening.
    for garbage_at in [4, 2] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = up_to(garbage_at, &door).await;
            let right = if garbage_at == 4 { "354 go" } else { "250 Ok" };
            peer.say(format!("{right}\r\n250 2.0.0 Ok: queued as NEVER\r\n")).await;
            assert!(!peer.hear_the_end().await.contains("\r\n.\r\n"), "the letter is not ended, so it is not delivered");
        })
        .await;
        let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
        assert!(not_sent(&outcome).contains("before it was asked"), "{outcome:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn a_refusal_while_the_letter_is_still_being_sent_is_heard() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&[]).await;
        peer.reply("MAIL FROM:", "250 Ok").await;
        peer.reply("RCPT TO:", "250 Ok").await;
        peer.reply("DATA", "354 go\r\n552 5.3.4 too large").await;
        peer.hear_the_end().await;
    })
    .await;
    let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
    assert!(matches!(outcome, Outcome::RefusedForGood { at: TransactionStep::Letter, code: 552, .. }), "{outcome:?}");
    server.followed().await;
}

#[tokio::test]
async fn a_server_that_hung_up_between_two_letters_costs_no_letter() {
    for farewell in ["", "421 4.4.2 timeout, closing\r\n"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.greet(&[]).await;
            peer.accept_envelope().await;
            peer.hear_letter().await;
            peer.say(format!("250 Ok\r\n{farewell}")).await;
            drop(peer);
            let mut peer = door.next().await;
            peer.greet(&[]).await;
            peer.accept_envelope().await;
            peer.hear_letter().await;
            peer.say("250 Ok\r\n").await;
        })
        .await;
        let mut transport = transport(relay(plain(server.port)));
        for _ in 0..2 {
            let outcome = transport.send(&envelope(MINISTRY)).await;
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        }
        server.followed().await;
    }
}

#[tokio::test]
async fn a_421_before_the_letter_is_a_refusal_for_now_and_the_connection_is_left() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&[]).await;
        peer.reply("MAIL FROM:", "421 4.3.2 shutting down").await;
        assert_eq!(peer.hear_the_end().await, "");
    })
    .await;
    let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
    assert!(matches!(outcome, Outcome::RefusedForNow { at: TransactionStep::Sender, code: 421, .. }), "{outcome:?}");
    server.followed().await;
}

#[tokio::test]
async fn a_reply_without_end_is_given_up() {
    for endless in ["250-and on\r\n".repeat(300), format!("250 {}", "x".repeat(20_000)), "250-one\r\n550 two\r\n".to_owned()] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = up_to(3, &door).await;
            peer.say_if_heard(endless).await;
            peer.hear_the_end().await;
        })
        .await;
        let outcome = transport(relay(plain(server.port))).send(&envelope(MINISTRY)).await;
        assert!(not_sent(&outcome).starts_with("recipient: "), "{outcome:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn without_starttls_neither_password_nor_letter_is_said() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&["AUTH PLAIN LOGIN"]).await;
        assert_eq!(peer.hear_the_end().await, "");
        let mut peer = door.next().await;
        peer.greet(&["STARTTLS", "AUTH PLAIN"]).await;
        peer.reply("STARTTLS", "454 not now").await;
        assert_eq!(peer.hear_the_end().await, "");
        let mut peer = door.next().await;
        peer.greet(&["STARTTLS"]).await;
        peer.reply("STARTTLS", "220 go\r\n250 trust me").await;
        assert_eq!(peer.hear_the_end().await, "");
    })
    .await;
    let server_with_tls = Server { security: Security::StartTls, ..plain(server.port) };
    let mut transport = transport(Relay { login: Some(login("desk", "hunter2")), ..relay(server_with_tls) });
    assert!(not_sent(&transport.send(&envelope(MINISTRY)).await).contains("does not offer STARTTLS"));
    assert!(not_sent(&transport.send(&envelope(MINISTRY)).await).contains("STARTTLS was refused: 454 not now"));
    assert!(not_sent(&transport.send(&envelope(MINISTRY)).await).contains("between STARTTLS and the encryption"));
    server.followed().await;
}

#[tokio::test]
async fn each_way_of_logging_in_says_what_it_should() {
    type Exchange = &'static [(&'static str, &'static str)];
    let cases: [(&str, Mechanism, Exchange); 4] = [
        ("AUTH PLAIN LOGIN", Mechanism::Password, &[("AUTH PLAIN AGRlc2sAaHVudGVyMg==", "235 in")]),
        (
            "AUTH LOGIN",
            Mechanism::Password,
            &[("AUTH LOGIN", "334 VXNlcm5hbWU6"), ("ZGVzaw==", "334 UGFzc3dvcmQ6"), ("aHVudGVyMg==", "235 in")],
        ),
        ("AUTH XOAUTH2", Mechanism::XOAuth2, &[("AUTH XOAUTH2 dXNlcj1kZXNrAWF1dGg9QmVhcmVyIGh1bnRlcjIBAQ==", "235 in")]),
        ("AUTH XOAUTH2", Mechanism::XOAuth2, &[("AUTH XOAUTH2 ", "334 eyJzdGF0dXMiOiI0MDAifQ=="), ("", "535 5.7.8 token expired")]),
    ];
    for (offer, mechanism, exchange) in cases {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.greet(&[offer]).await;
            for (heard, said) in exchange {
                peer.reply(heard, said).await;
            }
            peer.hear_the_end().await;
        })
        .await;
        let login = Login { mechanism, ..login("desk", "hunter2") };
        let probed = transport(Relay { login: Some(login), ..relay(plain(server.port)) }).probe().await;
        match probed {
            Ok(capabilities) => assert!(capabilities.logged_in && !capabilities.encrypted && capabilities.name == "mx.requests.example"),
            Err(error) => assert!(error.to_string().contains("log-in as desk was refused: 535 5.7.8 token expired"), "{error}"),
        }
        server.followed().await;
    }
}

#[tokio::test]
async fn a_log_in_that_the_server_does_not_offer_is_said_in_words_without_the_password() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.greet(&["AUTH GSSAPI"]).await;
        assert_eq!(peer.hear_the_end().await, "");
    })
    .await;
    let mut transport = transport(Relay { login: Some(login("desk", "hunter2")), ..relay(plain(server.port)) });
    let error = transport.probe().await.unwrap_err();
    assert!(error.to_string().contains("it offers: GSSAPI"), "{error}");
    assert!(!format!("{error:?} {transport:?}").contains("hunter2"));
    server.followed().await;
}

#[tokio::test]
async fn nobody_listening_is_not_sent_and_says_where() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let outcome = transport(relay(plain(closed))).send(&envelope(MINISTRY)).await;
    assert!(not_sent(&outcome).starts_with(&format!("smtp:127.0.0.1:{closed}: cannot connect: ")), "{outcome:?}");
}

#[tokio::test]
async fn what_a_server_says_to_a_log_in_is_told_as_what_it_is() {
    use NotLetIn::{LogInRefused, Misconfigured, Unreachable};
    type Is = fn(&NotLetIn) -> bool;
    let refused: Is = |why| matches!(why, LogInRefused(_));
    let misconfigured: Is = |why| matches!(why, Misconfigured(_));
    let passing: Is = |why| matches!(why, Unreachable(_));
    let cases = [
        ("535 5.7.8 Error: authentication failed", refused, "check the user, and the password in the test"),
        ("534 5.7.9 Application-specific password required", refused, "app password"),
        ("432 4.7.12 A password transition is needed", refused, "log-in as desk was refused"),
        ("550 account locked", refused, "account locked"),
        ("538 5.7.11 Encryption required", misconfigured, "see tls"),
        ("530 5.7.0 Must issue a STARTTLS command first", misconfigured, "see tls"),
        ("504 5.5.4 Unrecognized authentication type", misconfigured, "see auth"),
        ("454 4.7.0 Temporary authentication failure", passing, "cannot judge the log-in as desk now"),
        ("421 4.3.2 shutting down", passing, "shutting down"),
    ];
    for (said, is, told) in cases {
        let server = Scripted::start(async move |door: Door| {
            for _ in 0..2 {
                let mut peer = door.next().await;
                peer.greet(&["AUTH PLAIN"]).await;
                peer.reply("AUTH PLAIN", said).await;
                peer.hear_the_end().await;
            }
        })
        .await;
        let mut transport = transport(Relay { login: Some(login("desk", "hunter2")), ..relay(plain(server.port)) });
        let why = transport.probe().await.unwrap_err().why;
        assert!(is(&why) && why.to_string().contains(told) && !why.to_string().contains("hunter2"), "{said}: {why:?}");
        // Letters wait, and no further one is tried where only a person can help.
        let outcome = transport.send(&envelope(MINISTRY)).await;
        let bars = matches!(&outcome, Outcome::Barred { reason } if reason.contains(told));
        assert_eq!(bars, why.needs_a_person(), "{said}: {outcome:?}");
        assert!(bars || matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
        server.followed().await;
    }
}
