//! Scripted IMAP servers that let nobody in: what that costs, and how often it is tried.

use std::time::{Duration, Instant};

use demarche::transport::imap::{Account, Filing, Folder, Patience};
use demarche::transport::*;

use crate::imap::LIMITS;
use crate::support::accounts::{account, imap_patience, inbox, plain};
use crate::support::script::{Door, Scripted};

/// As long as the server of these stories may be silent.
const SILENCE: Duration = Duration::from_millis(600);

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_costs_its_account_one_time_out_whatever_is_read_in_it() {
    let server = Scripted::start(async |door: Door| {
        let mut silent = door.next().await;
        silent.hear_the_end().await;
        tokio::time::timeout(3 * SILENCE, door.next()).await.map(|_| ()).expect_err("nobody knocks again so soon");
    })
    .await;
    let account = Account { patience: Patience { answer: SILENCE, ..imap_patience() }, ..account(plain(server.port)) };
    let names = ["INBOX", "Answers", "Junk", "Archive"];
    let mut folders = names.map(|name| MailboxSource::Imap(Folder::new(account.clone(), name)));
    let mut sent = Filing::new(account);
    let began = Instant::now();
    // At once, as a pass visits them.
    let read = futures::future::join_all(folders.iter_mut().map(|folder| folder.fetch(None, &LIMITS))).await;
    // And one after the other, as `check` does.
    let mut told: Vec<String> = read.into_iter().map(|read| read.unwrap_err().to_string()).collect();
    for folder in &mut folders {
        told.push(folder.fetch(None, &LIMITS).await.unwrap_err().to_string());
    }
    told.push(sent.find_message_id("Sent", "k7@npm.example").await.unwrap_err().to_string());
    assert!(began.elapsed() < 2 * SILENCE, "one time-out: {:?}", began.elapsed());
    told.dedup();
    assert!(told.len() == 1 && told[0].starts_with("imap:desk@127.0.0.1: no greeting"), "one fault, of the account: {told:?}");
    server.followed().await;
}

#[tokio::test]
async fn whoever_only_listens_says_a_refused_password_once() {
    let server = Scripted::start(async |door: Door| {
        door.next().await.open("IDLE", 9, 0).await;
        let mut again = door.next().await;
        again.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
        let (tag, _) = again.command("LOGIN").await;
        again.say(format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n")).await;
        again.hear_the_end().await;
        tokio::time::timeout(SILENCE, door.next()).await.map(|_| ()).expect_err("the password is said no more");
    })
    .await;
    let mut inbox = inbox(account(plain(server.port)));
    inbox.fetch(None, &LIMITS).await.unwrap();
    // The server hung up after that.
    let refused = inbox.wait(Duration::from_secs(5)).await.unwrap_err();
    assert!(matches!(refused, ReceiveError::LogInRefused { .. }), "{refused}");
    for _ in 0..3 {
        assert_eq!(inbox.wait(Duration::from_millis(10)).await.unwrap(), Waited::TimePassed);
    }
    // And the pass hears of it without saying it.
    let refused = inbox.fetch(None, &LIMITS).await.unwrap_err();
    assert!(matches!(refused, ReceiveError::LogInRefused { .. }), "{refused}");
    server.followed().await;
}
