//! The same doors, over Dovecot and Postfix.

use std::time::Duration;

use demarche::transport::imap::{Account, Filing, Folder};
use demarche::transport::smtp::Relay;
use demarche::transport::*;

use crate::support::accounts::{account, envelope, inbox, login, plain, secured, transport};
use crate::support::dovecot::Dovecot;
use crate::support::postfix::Postfix;
use crate::support::proxy::{self, Cut};

const LIMITS: FetchLimits = FetchLimits { mails: 50, bytes_per_mail: 1 << 20, bytes_per_batch: 1 << 20, head_bytes: 1 << 10 };

/// For a mail to find its way through a real server; only a failing test waits so long.
const DELIVERY: Duration = Duration::from_secs(60);

fn text(mail: &Fetched) -> String {
    String::from_utf8(mail.raw.bytes().to_vec()).unwrap()
}

/// Reads and waits until `count` mails have come.
async fn received(source: &mut MailboxSource, count: usize) -> Vec<Fetched> {
    let reading = async {
        let (mut cursor, mut mails) = (None, Vec::new());
        loop {
            let batch = source.fetch(cursor.as_ref(), &LIMITS).await.unwrap();
            mails.extend(batch.mails);
            cursor = batch.cursor;
            if mails.len() >= count {
                return mails;
            }
            source.wait(DELIVERY).await.unwrap();
        }
    };
    tokio::time::timeout(2 * DELIVERY, reading).await.expect("the mail did not arrive")
}

#[tokio::test]
async fn a_letter_goes_over_postfix_to_dovecot_and_is_fetched_and_marked() {
    let dovecot = Dovecot::start();
    let postfix = Postfix::start(&dovecot);
    let mut transport = transport(postfix.relay());
    let capabilities = transport.probe().await.unwrap();
    assert_eq!(capabilities.name, "mail.requests.example");
    assert!(capabilities.encrypted && capabilities.logged_in && capabilities.dsn && capabilities.eight_bit_mime, "{capabilities:?}");
    let bytes = b"Message-ID: <k7@npm.example>\r\nSubject: Request\r\n\r\n.\r\n..two dots\r\nDear authority\r\n".as_slice();
    for recipient in ["desk+k7@requests.example", "desk+k8@requests.example"] {
        let outcome = transport.send(&Envelope { bytes, dsn: false, ..envelope(recipient) }).await;
        assert!(
            matches!(&outcome, Outcome::Accepted { queue_id: Some(_), reply } if reply.starts_with("250 2.0.0 Ok: queued as")),
            "{outcome:?}"
        );
    }
    transport.close().await;

    let mut source = inbox(dovecot.account());
    let mails = received(&mut source, 2).await;
    assert!(text(&mails[0]).ends_with("\r\n\r\n.\r\n..two dots\r\nDear authority\r\n"), "{}", text(&mails[0]));
    assert!(text(&mails[0]).contains("Delivered-To: desk+k7@requests.example") || text(&mails[1]).contains("desk+k7@requests.example"));
    assert_eq!(dovecot.doveadm(&["search", "-u", "desk", "UNSEEN"]).lines().count(), 2, "fetching changes nothing in the mailbox");

    source.flag(&[mails[0].location.clone()], &Flagging::Seen).await.unwrap();
    source.flag(&[mails[0].location.clone()], &Flagging::Keyword("$demarche".to_owned())).await.unwrap();
    source.flag(&[mails[1].location.clone()], &Flagging::MoveTo("Répondu/2026".to_owned())).await.unwrap();
    assert_eq!(dovecot.doveadm(&["search", "-u", "desk", "mailbox", "INBOX", "SEEN", "KEYWORD", "$demarche"]).lines().count(), 1);
    assert_eq!(dovecot.doveadm(&["search", "-u", "desk", "mailbox", "Répondu/2026", "SEEN"]).lines().count(), 1);
    source.close().await;
}

#[tokio::test]
async fn a_genuine_bounce_and_a_genuine_notice_of_delivery_come_back() {
    let dovecot = Dovecot::start();
    let postfix = Postfix::start(&dovecot);
    let mut transport = transport(postfix.relay());
    for recipient in ["nobody@ministry.example", "alice@requests.example"] {
        let envelope = Envelope { envelope_sender: "desk+bounce-k7@requests.example", ..envelope(recipient) };
        assert!(matches!(transport.send(&envelope).await, Outcome::Accepted { .. }));
    }
    let mails: Vec<String> = received(&mut inbox(dovecot.account()), 2).await.iter().map(text).collect();
    let with =
        |words: &str| mails.iter().find(|mail| mail.contains(words)).unwrap_or_else(|| panic!("no mail with {words:?} in {mails:#?}"));
    let bounce = with("Action: failed");
    for words in
        ["Final-Recipient: rfc822; nobody@ministry.example", "Original-Envelope-Id: NPM-2026-0147-K", "Status: 5.1.1", "<k7@npm.example>"]
    {
        assert!(bounce.contains(words), "{words}: {bounce}");
    }
    // "relayed" and not "delivered", because LMTP to Dovecot carries no request for notices.
    assert!(
        with("Action: relayed").contains("Original-Envelope-Id: NPM-2026-0147-K"),
        "the proof of delivery that NOTIFY=SUCCESS asks for"
    );
}

#[tokio::test]
async fn a_letter_whose_last_word_was_not_heard_is_unknown_and_has_arrived() {
    let dovecot = Dovecot::start();
    let postfix = Postfix::start(&dovecot);
    let port = proxy::start(postfix.smtp, Cut::AnswerTo(b"\r\n.\r\n")).await;
    let mut transport = transport(postfix.relay_over(plain(port)));
    let letter = Envelope { dsn: false, ..envelope("desk@requests.example") };
    let outcome = transport.send(&letter).await;
    assert!(matches!(outcome, Outcome::Unknown { phase: Phase::AfterDot, .. }), "{outcome:?}");
    let mails = received(&mut inbox(dovecot.account()), 1).await;
    assert!(text(&mails[0]).contains("Message-ID: <k7@npm.example>"));
    assert!(matches!(transport.send(&letter).await, Outcome::Accepted { .. }), "the next letter goes over a new connection");
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_of_a_mail_loses_nothing() {
    let dovecot = Dovecot::start();
    let long = format!("Subject: long\n\n{}", "line of a long letter\n".repeat(10_000));
    for mail in ["Subject: first\n\none\n", &long, "Subject: last\n\nthree\n"] {
        dovecot.save(mail);
    }
    let port = proxy::start(dovecot.imap, Cut::AfterBytesFromServer(100_000)).await;
    let mut source = inbox(dovecot.account_over(plain(port)));
    let cut = source.fetch(None, &LIMITS).await;
    assert!(matches!(&cut, Err(ReceiveError::Lost { command, .. }) if command == "UID FETCH"), "{cut:?}");
    let batch = source.fetch(None, &LIMITS).await.unwrap();
    let subjects: Vec<String> = batch.mails.iter().map(|mail| text(mail).lines().next().unwrap().to_owned()).collect();
    assert_eq!((subjects, batch.complete), (["Subject: first", "Subject: long", "Subject: last"].map(str::to_owned).to_vec(), true));
    assert_eq!(text(&batch.mails[1]).lines().count(), 10_002);
}

#[tokio::test]
async fn a_rebuilt_mailbox_is_given_again_and_said_to_be_rebuilt() {
    let dovecot = Dovecot::start();
    dovecot.save("Subject: first\n\none\n");
    let mut source = inbox(dovecot.account());
    let before = source.fetch(None, &LIMITS).await.unwrap();
    source.close().await;
    dovecot.doveadm(&["mailbox", "update", "-u", "desk", "--uid-validity", "4711", "INBOX"]);
    let mut source = inbox(dovecot.account());
    let after = source.fetch(before.cursor.as_ref(), &LIMITS).await.unwrap();
    assert_eq!((before.rebuilt, after.rebuilt), (false, true));
    assert_eq!(after.cursor, Some(Cursor::Imap { uid_validity: 4711, next_uid: 2 }));
    assert_eq!(text(&after.mails[0]), text(&before.mails[0]), "the same bytes, so the register knows the mail again");
    source.flag(&[before.mails[0].location.clone()], &Flagging::Seen).await.unwrap();
    assert_eq!(dovecot.doveadm(&["search", "-u", "desk", "SEEN"]), "", "a mark from before says nothing of the mails there now");
}

#[tokio::test]
async fn idle_wakes_up_when_a_mail_arrives() {
    let dovecot = Dovecot::start();
    let mut source = inbox(dovecot.account());
    let batch = source.fetch(None, &LIMITS).await.unwrap();
    assert!(batch.complete && batch.mails.is_empty());
    let (waited, ()) = tokio::join!(source.wait(DELIVERY), async { dovecot.save("Subject: news\n\nnews\n") });
    assert_eq!(waited.unwrap(), Waited::Arrived);
    assert_eq!(source.fetch(batch.cursor.as_ref(), &LIMITS).await.unwrap().mails.len(), 1);
    assert_eq!(source.wait(Duration::ZERO).await.unwrap(), Waited::TimePassed);
}

#[tokio::test]
async fn several_folders_of_one_account_are_read_and_a_missing_one_is_refused() {
    let dovecot = Dovecot::start();
    dovecot.save("Subject: first\n\none\n");
    dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Réponses"]);
    dovecot.doveadm(&["copy", "-u", "desk", "Réponses", "mailbox", "INBOX", "ALL"]);
    for folder in ["INBOX", "Réponses"] {
        let mut source = MailboxSource::Imap(Folder::new(dovecot.account(), folder));
        assert_eq!(source.fetch(None, &LIMITS).await.unwrap().mails.len(), 1, "{folder}");
    }
    let missing = MailboxSource::Imap(Folder::new(dovecot.account(), "Nowhere")).fetch(None, &LIMITS).await.unwrap_err();
    assert!(matches!(&missing, ReceiveError::Refused { command, .. } if command == "SELECT"), "{missing}");
}

#[tokio::test]
async fn a_copy_in_the_sent_folder_is_found_by_its_message_id() {
    let dovecot = Dovecot::start();
    let mut sent = Filing::new(dovecot.account());
    assert!(!sent.find_message_id("Sent/2026", "<k7@npm.example>").await.unwrap());
    sent.append("Sent/2026", envelope("x@y.example").bytes, &["\\Seen"]).await.unwrap();
    assert!(sent.find_message_id("Sent/2026", "<k7@npm.example>").await.unwrap());
    assert!(!sent.find_message_id("Sent/2026", "<k8@npm.example>").await.unwrap());
    sent.close().await;
}

#[tokio::test]
async fn a_servers_limit_of_connections_is_told_and_passes() {
    let dovecot = Dovecot::start_with("protocol imap {\n  mail_max_userip_connections = 1\n}\n");
    let mut first = inbox(dovecot.account());
    first.fetch(None, &LIMITS).await.unwrap();
    let mut second = inbox(dovecot.account());
    let refused = second.fetch(None, &LIMITS).await.unwrap_err();
    assert!(refused.to_string().contains("Maximum number of connections") && !refused.needs_a_person(), "{refused}");
    first.close().await;
    second.fetch(None, &LIMITS).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_wrong_certificates_are_refused_with_the_way_to_mend_it() {
    let dovecot = Dovecot::start();
    let postfix = Postfix::start(&dovecot);
    let wrong = Account { login: login("desk", "hunter3"), ..dovecot.account() };
    let refused = inbox(wrong).fetch(None, &LIMITS).await.unwrap_err();
    assert!(refused.needs_a_person() && refused.to_string().contains("log-in as desk was refused"), "{refused}");
    let wrong = Relay { login: Some(login("desk", "hunter3")), ..postfix.relay() };
    assert!(transport(wrong).probe().await.unwrap_err().to_string().contains("log-in as desk was refused: 535 5.7.8"));

    let other = Dovecot::start();
    let unknown = [Some(other.ca_file()), None];
    for ca_file in unknown {
        for (port, security) in [(dovecot.imaps, Security::Tls), (dovecot.imap, Security::StartTls)] {
            let server = Server { ca_file: ca_file.clone(), ..secured(port, security, &dovecot.ca_file()) };
            let refused = inbox(dovecot.account_over(server)).fetch(None, &LIMITS).await.unwrap_err().to_string();
            assert!(
                refused.contains("an authority this machine does not know; if it is your own, name its certificate as CA file"),
                "{refused}"
            );
        }
        for (port, security) in [(postfix.smtps, Security::Tls), (postfix.smtp, Security::StartTls)] {
            let server = Server { ca_file: ca_file.clone(), ..secured(port, security, &postfix.ca_file()) };
            let refused = transport(postfix.relay_over(server)).probe().await.unwrap_err();
            assert!(refused.to_string().contains("an authority this machine does not know"), "{refused}");
        }
    }
    let by_address = Server { host: "127.0.0.2".to_owned(), ..secured(dovecot.imaps, Security::Tls, &dovecot.ca_file()) };
    let refused = inbox(dovecot.account_over(by_address)).fetch(None, &LIMITS).await.unwrap_err().to_string();
    assert!(refused.contains("certificate is not for \"127.0.0.2\""), "{refused}");
    let no_tls = secured(postfix.smtp, Security::Tls, &postfix.ca_file());
    let refused = transport(postfix.relay_over(no_tls)).probe().await.unwrap_err();
    assert!(refused.to_string().contains("does not speak TLS on this port; is it one for STARTTLS?"), "{refused}");
    let no_file = secured(dovecot.imaps, Security::Tls, std::path::Path::new("/nowhere/ca.pem"));
    let refused = inbox(account(no_file)).fetch(None, &LIMITS).await.unwrap_err().to_string();
    assert!(refused.contains("CA file /nowhere/ca.pem: cannot be read"), "{refused}");
}

#[tokio::test]
async fn starttls_is_agreed_on_with_both_servers() {
    let dovecot = Dovecot::start_with("disable_plaintext_auth = yes\n");
    let postfix = Postfix::start_with(&dovecot, "smtpd_tls_auth_only = yes\n");
    dovecot.save("Subject: first\n\none\n");
    let account = dovecot.account_over(secured(dovecot.imap, Security::StartTls, &dovecot.ca_file()));
    assert_eq!(inbox(account).fetch(None, &LIMITS).await.unwrap().mails.len(), 1);
    let relay = postfix.relay_over(secured(postfix.smtp, Security::StartTls, &postfix.ca_file()));
    let capabilities = transport(relay).probe().await.unwrap();
    assert!(capabilities.encrypted && capabilities.logged_in);
    let in_clear = transport(postfix.relay_over(plain(postfix.smtp))).probe().await.unwrap_err();
    assert!(in_clear.to_string().contains("offers no log-in with a password"), "{in_clear}");
}
