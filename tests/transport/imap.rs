//! Scripted IMAP servers, one fault each. What matters in every one of them: a mailbox that was not read is never taken for an empty one, a mail
//! is never passed over silently, and no answer is taken for another command's.

// Long because each fault of a server is one script of some lines.

use std::time::Duration;

use demarche::transport::imap::{Account, Filing, Folder, Patience};
use demarche::transport::*;

use crate::support::accounts::{IMPATIENT, account, imap_patience, inbox, login, plain};
use crate::support::script::{Door, Peer, Scripted};

pub const LIMITS: FetchLimits = FetchLimits { mails: 50, bytes_per_mail: 1_000, bytes_per_batch: 2_000, head_bytes: 10 };

const DATE: &str = "INTERNALDATE \"17-Jul-2026 10:44:25 +0200\"";

pub fn at(uid_validity: u32, next_uid: u32) -> Option<Cursor> {
    Some(Cursor::Imap { uid_validity, next_uid })
}

pub fn location(uid: u32) -> MailLocation {
    MailLocation::Imap { uid_validity: 9, uid }
}

fn source(server: &Scripted) -> MailboxSource {
    inbox(account(plain(server.port)))
}

pub fn impatient(server: &Scripted, change: impl FnOnce(&mut Patience)) -> MailboxSource {
    let mut patience = imap_patience();
    change(&mut patience);
    inbox(Account { patience, ..account(plain(server.port)) })
}

pub fn texts(batch: &Batch) -> Vec<String> {
    batch.mails.iter().map(|mail| String::from_utf8_lossy(mail.raw.bytes()).into_owned()).collect()
}

pub fn sized(sequence: u32, uid: u32, size: usize) -> String {
    format!("* {sequence} FETCH (UID {uid} RFC822.SIZE {size} {DATE})")
}

pub fn body(sequence: u32, uid: u32, text: &str) -> String {
    format!("* {sequence} FETCH (UID {uid} BODY[]<0> {{{}}}\r\n{text})", text.len())
}

impl Peer {
    /// Answers the search and the question for sizes, for mails with these UIDs.
    pub async fn announce(&mut self, uids: &[u32]) {
        let found: Vec<String> = uids.iter().map(u32::to_string).collect();
        self.answer("UID SEARCH", &[&format!("* SEARCH {}", found.join(" "))], "OK searched").await;
        let sizes: Vec<String> = (1..).zip(uids).map(|(sequence, uid)| sized(sequence, *uid, 5)).collect();
        let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
        self.answer("UID FETCH", &sizes, "OK sized").await;
    }

    /// Answers the two questions by which a mail that did not come is told from one that is gone.
    pub async fn is_asked_whether_gone(&mut self, uid: u32, found: &str) {
        self.answer("NOOP", &[], "OK").await;
        assert_eq!(self.answer("UID SEARCH", &[found], "OK").await, format!("UID {uid}"));
    }
}

#[tokio::test]
async fn a_mail_is_fetched_and_marked_and_nothing_else_is_touched() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("UIDPLUS", 9, 3).await;
        assert_eq!(peer.answer("UID SEARCH", &["* SEARCH 8 7"], "OK searched").await, "UID 7:*");
        let sizes = [sized(2, 7, 5), sized(3, 8, 5)];
        assert_eq!(peer.answer("UID FETCH", &[&sizes[0], &sizes[1]], "OK sized").await, "7:8 (UID RFC822.SIZE INTERNALDATE)");
        let bodies = [body(2, 7, "seven"), body(3, 8, "eight")];
        assert_eq!(peer.answer("UID FETCH", &[&bodies[0], &bodies[1]], "OK given").await, "7:8 (UID BODY.PEEK[]<0.1001>)");
        peer.answer("NOOP", &[], "OK").await;
        assert_eq!(peer.answer("UID STORE", &[], "OK stored").await, "7:8 +FLAGS.SILENT (\\Seen)");
        peer.answer("LOGOUT", &["* BYE bye"], "OK bye").await;
    })
    .await;
    let mut source = source(&server);
    assert_eq!(source.name(), "imap:desk@127.0.0.1/INBOX");
    let batch = source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap();
    assert_eq!(texts(&batch), ["seven", "eight"]);
    assert_eq!((batch.cursor, batch.complete, batch.rebuilt), (at(9, 9), true, false));
    assert_eq!(batch.mails[0].received_at.to_string(), "2026-07-17T08:44:25Z");
    assert_eq!((batch.mails[0].source.as_str(), &batch.mails[0].location), ("imap:desk@127.0.0.1/INBOX;9;7", &location(7)));
    source.flag(&[location(8), location(7)], &Flagging::Seen).await.unwrap();
    source.close().await;
    server.followed().await;
}

/// Runs a fetch after UID 7 against a server that lets us in, opens the folder, and then does as `script` says.
pub async fn fetch_from<Script, Running>(script: Script) -> Result<Batch, ReceiveError>
where
    Script: FnOnce(Peer) -> Running + Send + 'static,
    Running: Future<Output = ()> + Send + 'static,
{
    let server = Scripted::start(|door: Door| async move {
        let mut peer = door.next().await;
        peer.open("", 9, 3).await;
        script(peer).await;
    })
    .await;
    let fetched = source(&server).fetch(at(9, 7).as_ref(), &LIMITS).await;
    server.followed().await;
    fetched
}

pub fn said(result: Result<Batch, ReceiveError>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_refused_search_is_no_empty_mailbox() {
    let refused = fetch_from(async |mut peer: Peer| drop(peer.answer("UID SEARCH", &[], "NO [SERVERBUG] not now").await)).await;
    assert!(said(refused).ends_with("the server refused UID SEARCH: [SERVERBUG] not now"));
    let cut = fetch_from(async |mut peer: Peer| drop(peer.hear().await)).await;
    assert!(matches!(cut, Err(ReceiveError::Lost { .. })), "{cut:?}");
}

#[tokio::test]
async fn a_refused_fetch_is_no_empty_mailbox() {
    for (end, expected) in [("NO [SERVERBUG] no", "refused UID FETCH: [SERVERBUG] no"), ("BAD what?", "did not understand: what?")] {
        let sizes = fetch_from(async move |mut peer: Peer| {
            peer.answer("UID SEARCH", &["* SEARCH 7 8"], "OK").await;
            peer.answer("UID FETCH 7:8 (UID RFC822.SIZE", &[], end).await;
        })
        .await;
        assert!(said(sizes).contains(expected));
    }
    let bodies = fetch_from(async |mut peer: Peer| {
        peer.announce(&[7, 8]).await;
        peer.answer("UID FETCH 7:8 (UID BODY.PEEK[]", &[], "NO [SERVERBUG] no").await;
        for uid in [7, 8] {
            peer.answer(&format!("UID FETCH {uid} (UID BODY.PEEK[]"), &[], "NO [SERVERBUG] no").await;
            peer.is_asked_whether_gone(uid, &format!("* SEARCH {uid}")).await;
        }
    })
    .await;
    assert!(said(bodies).contains("refused UID FETCH: [SERVERBUG] no"), "if nothing at all is given out, nothing is passed over");
}

#[tokio::test]
async fn a_fetch_cut_after_the_first_mail_moves_nothing() {
    for cut in ["", "* 2 FETCH (UID 8 BODY[]<0> {5}\r\nei"] {
        let fetched = fetch_from(async move |mut peer: Peer| {
            peer.announce(&[7, 8]).await;
            peer.hear().await;
            peer.say(format!("{}\r\n{cut}", body(1, 7, "seven"))).await;
        })
        .await;
        let error = fetched.unwrap_err();
        assert!(matches!(&error, ReceiveError::Lost { command, .. } if command == "UID FETCH"), "{error}");
        assert!(
            !error.to_string().contains("seven") && !format!("{error:?}").contains("seven"),
            "a letter's text is in no message: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_mail_the_server_leaves_out_is_asked_for_by_itself() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.announce(&[7, 8, 10]).await;
        let seven = body(1, 7, "seven");
        peer.answer("UID FETCH 7:8,10 (UID BODY.PEEK[]", &[&seven], "OK").await;
        let eight = body(2, 8, "eight");
        peer.answer("UID FETCH 8 (UID BODY.PEEK[]", &[&eight], "OK").await;
        peer.answer("UID FETCH 10 (UID BODY.PEEK[]", &[], "OK").await;
        peer.is_asked_whether_gone(10, "* SEARCH").await;
    })
    .await
    .unwrap();
    assert_eq!(texts(&fetched), ["seven", "eight"]);
    assert_eq!((fetched.unfetched, fetched.cursor), (vec![], at(9, 11)), "10 was deleted by somebody meanwhile");
    assert_eq!(fetched.gone, [location(10)]);
}

#[tokio::test]
async fn one_mail_that_cannot_be_read_is_told_and_does_not_block_the_others() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.announce(&[7, 8]).await;
        peer.answer("UID FETCH 7:8 (UID BODY.PEEK[]", &[], "NO some messages could not be retrieved").await;
        peer.answer("UID FETCH 7 (UID BODY.PEEK[]", &[], "NO the message is corrupt").await;
        peer.is_asked_whether_gone(7, "* SEARCH 7").await;
        let eight = body(2, 8, "eight");
        peer.answer("UID FETCH 8 (UID BODY.PEEK[]", &[&eight], "OK").await;
    })
    .await
    .unwrap();
    assert_eq!(texts(&fetched), ["eight"]);
    assert_eq!(fetched.cursor, at(9, 9));
    let reason = "the server refuses to give it out: the message is corrupt".to_owned();
    assert_eq!(fetched.unfetched, [Unfetched { location: location(7), source: "imap:desk@127.0.0.1/INBOX;9;7".to_owned(), reason }]);
}

#[tokio::test]
async fn a_mail_without_bytes_and_an_answer_that_cannot_be_read_are_told() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.announce(&[7, 8]).await;
        let strange = "* 2 FETCH (UID 8 BODY[]<0> (((";
        peer.answer("UID FETCH 7:8 (UID BODY.PEEK[]", &["* 1 FETCH (UID 7 BODY[]<0> NIL)", strange], "OK").await;
        for uid in [7, 8] {
            peer.answer(&format!("UID FETCH {uid} (UID BODY.PEEK[]"), &[strange], "OK").await;
            peer.is_asked_whether_gone(uid, &format!("* SEARCH {uid}")).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(fetched.mails, []);
    assert!(fetched.unfetched.iter().all(|item| item.reason.contains("does not give it out")), "{:?}", fetched.unfetched);
    assert_eq!(fetched.unfetched.len(), 2);
}

#[tokio::test]
async fn responses_nobody_knows_are_passed_over() {
    let nested = format!("* 1 FETCH (UID 7 BODYSTRUCTURE {}", "(".repeat(100_000));
    let fetched = fetch_from(async move |mut peer: Peer| {
        peer.announce(&[7]).await;
        let seven = body(1, 7, "seven");
        let lines = [
            "* XMILTER 17 (odd",
            "* NO warning: disk almost full",
            "* 1 FETCH (FLAGS (\\Seen))",
            "* 4 EXISTS",
            &nested,
            "*",
            "* OK {500}",
            &seven,
        ];
        peer.answer("UID FETCH 7 (UID BODY.PEEK[]", &lines, "OK").await;
    })
    .await
    .unwrap();
    assert_eq!(texts(&fetched), ["seven"]);
}

#[tokio::test]
async fn a_mail_nobody_asked_for_is_not_taken() {
    let fetched = fetch_from(async |mut peer: Peer| {
        assert_eq!(peer.command("UID SEARCH").await.1, "UID 7:*");
        // The last mail is always found by n:*, however small its UID (RFC 3501, seq-range).
        peer.say("* SEARCH 3\r\n* SEARCH 7 7\r\nd3 OK\r\n").await;
        let sizes = [sized(1, 3, 5), sized(2, 7, 5)];
        assert!(peer.answer("UID FETCH", &[&sizes[0], &sizes[1]], "OK").await.starts_with("7 "));
        let bodies = [body(1, 3, "three"), body(2, 7, "seven")];
        peer.answer("UID FETCH", &[&bodies[0], &bodies[1]], "OK").await;
    })
    .await
    .unwrap();
    assert_eq!(texts(&fetched), ["seven"]);
}

#[tokio::test]
async fn an_answer_to_another_command_ends_the_connection() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.command("UID SEARCH").await;
        peer.say("* SEARCH 7\r\nd2 NO late\r\n").await;
        assert_eq!(peer.hear_the_end().await, "");
    })
    .await;
    assert!(said(fetched).contains("answered another command"));
}

#[tokio::test]
async fn five_hundred_megabytes_that_were_only_announced_cost_nothing() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.announce(&[7]).await;
        peer.hear().await;
        peer.say("* 1 FETCH (UID 7 BODY[]<0> {500000000}\r\n").await;
        assert_eq!(peer.hear_the_end().await, "");
    })
    .await;
    assert!(said(fetched).contains("longer than"));
}

#[tokio::test]
async fn silence_ends_wherever_it_begins() {
    for words in ["", "* SEARCH", "* 1 FETCH (UID 7 BODY[]<0> {5}\r\nse", "+ what?"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.open("", 9, 3).await;
            peer.command("UID SEARCH").await;
            peer.say(words).await;
            peer.say(if words.starts_with('+') { "\r\n" } else { "" }).await;
            assert_eq!(peer.hear_the_end().await, "");
        })
        .await;
        let fetched = impatient(&server, |patience| patience.answer = Duration::from_millis(1_500)).fetch(at(9, 7).as_ref(), &LIMITS).await;
        assert!(matches!(fetched, Err(ReceiveError::Lost { .. })), "{words:?}: {fetched:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn a_fetch_that_was_broken_off_takes_its_connection_with_it() {
    let (waits, is_waiting) = tokio::sync::oneshot::channel();
    let server = Scripted::start(async move |door: Door| {
        let mut first = door.next().await;
        first.open("", 9, 1).await;
        first.announce(&[7]).await;
        first.hear().await;
        waits.send(()).unwrap();
        first.hear_the_end().await;
        let mut second = door.next().await;
        second.open("", 9, 1).await;
        second.announce(&[7]).await;
        let seven = body(1, 7, "seven");
        second.answer("UID FETCH", &[&seven], "OK").await;
    })
    .await;
    let mut source = source(&server);
    let cursor = at(9, 7);
    tokio::select! {
        fetched = source.fetch(cursor.as_ref(), &LIMITS) => panic!("{fetched:?}"),
        _ = is_waiting => {}
    }
    assert_eq!(texts(&source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap()), ["seven"]);
    server.followed().await;
}

#[tokio::test]
async fn a_folder_is_read_only_if_it_tells_its_uidvalidity() {
    for validity in ["* 3 RECENT", "* OK [UIDVALIDITY 0] odd"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.let_in("").await;
            peer.answer("SELECT", &["* 3 EXISTS", validity], "OK").await;
        })
        .await;
        assert!(said(source(&server).fetch(None, &LIMITS).await).contains("UIDVALIDITY"));
        server.followed().await;
    }
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.let_in("").await;
        peer.hear().await;
    })
    .await;
    assert!(matches!(source(&server).fetch(None, &LIMITS).await, Err(ReceiveError::Lost { command, .. }) if command == "SELECT"));
    server.followed().await;
}

#[tokio::test]
async fn a_warning_before_the_answer_is_no_refusal() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.let_in("").await;
        peer.answer("SELECT", &["* NO disk almost full", "* BAD index rebuilt", "* 0 EXISTS", "* OK [UIDVALIDITY 9]"], "OK").await;
    })
    .await;
    let batch = source(&server).fetch(None, &LIMITS).await.unwrap();
    assert_eq!((batch.mails.len(), batch.complete, batch.cursor), (0, true, at(9, 1)));
    server.followed().await;
}

#[tokio::test]
async fn a_rebuilt_mailbox_is_read_from_its_beginning() {
    // Another UIDVALIDITY; and, as after a restored backup, the same one with UIDNEXT behind us.
    for (uid_validity, next) in [(10, "* OK [UIDNEXT 5000]"), (9, "* OK [UIDNEXT 2]")] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.let_in("").await;
            let validity = format!("* OK [UIDVALIDITY {uid_validity}]");
            peer.answer("SELECT", &["* 1 EXISTS", &validity, next], "OK").await;
            assert_eq!(peer.answer("UID SEARCH", &["* SEARCH 1"], "OK").await, "UID 1:*");
            let size = sized(1, 1, 3);
            peer.answer("UID FETCH", &[&size], "OK").await;
            let one = body(1, 1, "one");
            peer.answer("UID FETCH", &[&one], "OK").await;
        })
        .await;
        let batch = source(&server).fetch(at(9, 4711).as_ref(), &LIMITS).await.unwrap();
        assert_eq!((texts(&batch), batch.rebuilt, batch.cursor), (vec!["one".to_owned()], true, at(uid_validity, 2)));
        server.followed().await;
    }
}

#[tokio::test]
async fn marks_of_a_rebuilt_mailbox_are_not_set_on_other_mails() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("", 10, 3).await;
        assert_eq!(peer.hear_the_end().await, "", "no STORE");
    })
    .await;
    source(&server).flag(&[location(7)], &Flagging::Seen).await.unwrap();
    server.followed().await;
}

#[tokio::test]
async fn batches_end_at_the_limits_and_the_folder_is_searched_once() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("", 9, 4).await;
        peer.answer("UID SEARCH UID 7:*", &["* SEARCH 7 8 9"], "OK").await;
        let sizes = [sized(1, 7, 900), sized(2, 8, 900), sized(3, 9, 900)];
        peer.answer("UID FETCH 7:9 (UID RFC822.SIZE", &[&sizes[0], &sizes[1], &sizes[2]], "OK").await;
        let bodies = [body(1, 7, &"7".repeat(900)), body(2, 8, &"8".repeat(900))];
        peer.answer("UID FETCH 7:8 (UID BODY", &[&bodies[0], &bodies[1]], "OK").await;
        peer.answer("NOOP", &["* 5 EXISTS"], "OK").await;
        peer.answer("UID FETCH 9 (UID RFC822.SIZE", &[&sizes[2]], "OK").await;
        let nine = body(3, 9, &"9".repeat(900));
        peer.answer("UID FETCH 9 (UID BODY", &[&nine], "OK").await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("UID SEARCH UID 10:*", &["* SEARCH 9"], "OK").await;
    })
    .await;
    let mut source = source(&server);
    let first = source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap();
    assert_eq!((first.mails.len(), first.complete, first.cursor.clone()), (2, false, at(9, 9)));
    let second = source.fetch(first.cursor.as_ref(), &LIMITS).await.unwrap();
    assert_eq!((second.mails.len(), second.complete), (1, false), "what came since the search is not known yet");
    let third = source.fetch(second.cursor.as_ref(), &LIMITS).await.unwrap();
    assert_eq!((third.mails.len(), third.complete), (0, true));
    server.followed().await;
}

#[tokio::test]
async fn a_batch_whose_commit_failed_is_given_again() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("", 9, 1).await;
        for round in 0..2 {
            if round > 0 {
                peer.answer("NOOP", &[], "OK").await;
            }
            peer.announce(&[7]).await;
            let seven = body(1, 7, "seven");
            peer.answer("UID FETCH", &[&seven], "OK").await;
        }
    })
    .await;
    let mut source = source(&server);
    for _ in 0..2 {
        assert_eq!(texts(&source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap()), ["seven"]);
    }
    server.followed().await;
}

#[tokio::test]
async fn an_oversized_mail_is_given_with_its_beginning_whatever_size_was_announced() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.answer("UID SEARCH", &["* SEARCH 7 8"], "OK").await;
        let sizes = [sized(1, 7, 30_000_000), sized(2, 8, 5)];
        peer.answer("UID FETCH", &[&sizes[0], &sizes[1]], "OK").await;
        let eight = body(2, 8, &"8".repeat(1_001));
        peer.answer("UID FETCH 8 (UID BODY.PEEK[]<0.1001>)", &[&eight], "OK").await;
        let seven = body(1, 7, "Subject: x");
        peer.answer("UID FETCH 7 (UID BODY.PEEK[]<0.10>)", &[&seven], "OK").await;
    })
    .await
    .unwrap();
    let raws: Vec<&FetchedBytes> = fetched.mails.iter().map(|mail| &mail.raw).collect();
    assert_eq!(raws[0], &FetchedBytes::TooLarge { size: 30_000_000, head: b"Subject: x".to_vec() });
    assert_eq!(raws[1], &FetchedBytes::TooLarge { size: 1_001, head: b"8888888888".to_vec() });
}

#[tokio::test]
async fn an_idle_connection_the_server_has_left_is_made_anew() {
    for farewell in ["", "* BYE idle for too long\r\n"] {
        let server = Scripted::start(async move |door: Door| {
            let mut first = door.next().await;
            first.open("", 9, 0).await;
            first.command("NOOP").await;
            first.say(farewell).await;
            drop(first);
            let mut second = door.next().await;
            second.open("", 9, 0).await;
        })
        .await;
        let mut source = source(&server);
        for _ in 0..2 {
            assert!(source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap().complete);
        }
        server.followed().await;
    }
}

#[tokio::test]
async fn a_mark_the_server_refused_is_not_taken_for_set() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("MOVE", 9, 3).await;
        peer.answer("UID STORE 7 +FLAGS.SILENT", &[], "NO over quota").await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("UID STORE 7 +FLAGS.SILENT", &[], "OK").await;
        peer.answer("UID MOVE 7 \"R&AOk-ponses\"", &[], "NO no such thing").await;
    })
    .await;
    let mut source = source(&server);
    let refused = source.flag(&[location(7)], &Flagging::Seen).await.unwrap_err();
    assert!(matches!(&refused, ReceiveError::Refused { command, said, .. } if command == "UID STORE" && said == "over quota"), "{refused}");
    let refused = source.flag(&[location(7)], &Flagging::MoveTo("Réponses".to_owned())).await.unwrap_err();
    assert!(matches!(&refused, ReceiveError::Refused { command, .. } if command == "UID MOVE"), "{refused}");
    server.followed().await;
}

#[tokio::test]
async fn a_missing_folder_is_made_and_a_server_without_move_loses_nothing() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("UIDPLUS", 9, 3).await;
        peer.answer("UID STORE 7 +FLAGS.SILENT (\\Seen)", &[], "OK").await;
        peer.answer("UID COPY 7 \"Done\"", &[], "NO [TRYCREATE] no such folder").await;
        peer.answer("CREATE \"Done\"", &[], "OK").await;
        peer.answer("UID COPY 7 \"Done\"", &[], "OK").await;
        peer.answer("UID STORE 7 +FLAGS.SILENT (\\Deleted)", &[], "OK").await;
        peer.answer("UID EXPUNGE 7", &[], "OK").await;
        drop(peer);
        let mut peer = door.next().await;
        peer.open("", 9, 3).await;
        peer.answer("UID STORE 7 +FLAGS.SILENT (\\Seen)", &[], "OK").await;
        peer.answer("UID COPY 7 \"Done\"", &[], "OK").await;
        peer.answer("UID STORE 7 +FLAGS.SILENT (\\Deleted)", &[], "OK").await;
        assert_eq!(peer.hear_the_end().await, "", "a plain EXPUNGE would take what others flagged");
    })
    .await;
    let mut source = source(&server);
    for _ in 0..2 {
        source.flag(&[location(7)], &Flagging::MoveTo("Done".to_owned())).await.unwrap();
    }
    drop(source);
    server.followed().await;
}

#[tokio::test]
async fn a_mark_that_would_not_last_is_a_fault_of_the_configuration() {
    let server = Scripted::start(async |door: Door| {
        for end in ["OK [READ-WRITE]", "OK [READ-ONLY]"] {
            let mut peer = door.next().await;
            peer.let_in("").await;
            let data = ["* 3 EXISTS", "* OK [UIDVALIDITY 9]", "* OK [PERMANENTFLAGS (\\Seen \\Deleted)]"];
            peer.answer("SELECT", &data, end).await;
            peer.hear_the_end().await;
        }
    })
    .await;
    let keyword = Flagging::Keyword("demarche".to_owned());
    let refused = source(&server).flag(&[location(7)], &keyword).await.unwrap_err();
    assert!(refused.needs_a_person() && refused.to_string().contains("does not keep keywords"), "{refused}");
    let refused = source(&server).flag(&[location(7)], &Flagging::Seen).await.unwrap_err();
    assert!(refused.needs_a_person() && refused.to_string().contains("read-only"), "{refused}");
    server.followed().await;
}

#[tokio::test]
async fn names_with_line_ends_are_never_sent() {
    let server = Scripted::start(async |door: Door| {
        for _ in 0..2 {
            let mut peer = door.next().await;
            peer.let_in("").await;
            assert_eq!(peer.hear_the_end().await, "");
        }
    })
    .await;
    let mut source = MailboxSource::Imap(Folder::new(account(plain(server.port)), "INBOX\"\r\nd9 DELETE INBOX"));
    assert!(source.fetch(None, &LIMITS).await.unwrap_err().needs_a_person());
    let mut sent = Filing::new(account(plain(server.port)));
    assert!(sent.find_message_id("Sent", "<a\r\nb>").await.unwrap_err().needs_a_person());
    drop(sent);
    server.followed().await;
}

/// A folder that was read once, with nothing new in it, so that waiting begins with a question to the server.
pub async fn waiting(server: &Scripted, change: impl FnOnce(&mut Patience)) -> MailboxSource {
    let mut source = impatient(server, change);
    source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap();
    source
}

pub async fn read_once(door: &Door, capabilities: &str) -> Peer {
    let mut peer = door.next().await;
    peer.open(capabilities, 9, 3).await;
    peer.answer("UID SEARCH", &["* SEARCH 6"], "OK").await;
    peer.answer("NOOP", &[], "OK").await;
    peer
}

#[tokio::test]
async fn idle_ends_when_a_mail_arrives() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = read_once(&door, "IDLE").await;
        let (tag, _) = peer.command("IDLE").await;
        peer.say("+ idling\r\n* OK Still here\r\n* 3 EXPUNGE\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 3 EXISTS\r\n").await;
        assert_eq!(peer.hear().await, "DONE");
        peer.say(format!("{tag} OK\r\n")).await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("UID SEARCH", &["* SEARCH 6"], "OK").await;
        let selected = ["* 2 EXISTS", "* OK [UIDVALIDITY 9]", "* OK [UIDNEXT 8]"];
        peer.answer("SELECT \"INBOX\"", &selected, "OK").await;
        peer.answer("UID SEARCH", &["* SEARCH 6"], "OK").await;
    })
    .await;
    let mut source = waiting(&server, |_| {}).await;
    assert_eq!(source.wait(Duration::from_secs(3_600)).await.unwrap(), Waited::Arrived);
    let batch = source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap();
    let listing = batch.listing.unwrap();
    assert_eq!((listing.given_below, listing.missing), (8, vec![(7, 7)]), "it was moved away before it could be read");
    server.followed().await;
}

#[tokio::test]
async fn a_mail_that_arrives_before_idle_begins_is_heard() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = read_once(&door, "IDLE").await;
        let (tag, _) = peer.command("IDLE").await;
        peer.say("* 5 EXISTS\r\n+ idling\r\n").await;
        assert_eq!(peer.hear().await, "DONE");
        peer.say(format!("{tag} OK\r\n")).await;
    })
    .await;
    assert_eq!(waiting(&server, |_| {}).await.wait(Duration::from_secs(3_600)).await.unwrap(), Waited::Arrived);
    server.followed().await;
}

#[tokio::test]
async fn a_mail_that_arrives_between_reading_and_waiting_is_heard() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("IDLE", 9, 3).await;
        peer.answer("UID SEARCH", &["* SEARCH 6"], "OK").await;
        peer.answer("NOOP", &["* 4 EXISTS"], "OK").await;
    })
    .await;
    assert_eq!(waiting(&server, |_| {}).await.wait(Duration::from_secs(3_600)).await.unwrap(), Waited::Arrived);
    server.followed().await;
}

#[tokio::test]
async fn a_server_that_leaves_during_idle_is_no_quiet_mailbox() {
    for farewell in ["", "+ idling\r\n", "+ idling\r\n* BYE shutting down\r\n", "+ idling\r\nd5 OK done\r\n"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = read_once(&door, "IDLE").await;
            peer.command("IDLE").await;
            peer.say(farewell).await;
        })
        .await;
        let waited = waiting(&server, |_| {}).await.wait(Duration::from_secs(3_600)).await;
        assert!(matches!(waited, Err(ReceiveError::Lost { .. })), "{farewell:?}: {waited:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn idle_that_is_refused_is_replaced_by_asking() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = read_once(&door, "IDLE").await;
        peer.answer("IDLE", &[], "NO too many").await;
        peer.answer("NOOP", &["* 4 EXISTS"], "OK").await;
    })
    .await;
    assert_eq!(waiting(&server, |_| {}).await.wait(Duration::from_secs(3_600)).await.unwrap(), Waited::Arrived);
    server.followed().await;
}

#[tokio::test]
async fn idle_that_is_not_understood_or_never_begins_is_an_error() {
    for answer in ["BAD what?", ""] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = read_once(&door, "IDLE").await;
            let (tag, _) = peer.command("IDLE").await;
            if !answer.is_empty() {
                peer.say(format!("{tag} {answer}\r\n")).await;
            }
            assert_eq!(peer.hear_the_end().await, "");
        })
        .await;
        let waited =
            waiting(&server, |patience| patience.answer = Duration::from_millis(1_500)).await.wait(Duration::from_secs(3_600)).await;
        assert!(matches!(waited, Err(ReceiveError::Lost { .. })), "{waited:?}");
        server.followed().await;
    }
}

#[tokio::test]
async fn signs_of_life_do_not_make_an_idle_longer() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = read_once(&door, "IDLE").await;
        let (tag, _) = peer.command("IDLE").await;
        peer.say("+ idling\r\n").await;
        let mut heard = String::new();
        while heard.is_empty() {
            peer.say("* OK Still here\r\n").await;
            if let Ok(line) = tokio::time::timeout(Duration::from_millis(20), peer.hear()).await {
                heard = line;
            }
        }
        assert_eq!(heard, "DONE");
        peer.say(format!("{tag} OK\r\n")).await;
    })
    .await;
    assert_eq!(waiting(&server, |_| {}).await.wait(IMPATIENT).await.unwrap(), Waited::TimePassed);
    server.followed().await;
}

#[tokio::test]
async fn the_first_wait_on_a_new_connection_says_that_something_may_have_come() {
    let server = Scripted::start(async |door: Door| door.next().await.open("IDLE", 9, 3).await).await;
    assert_eq!(source(&server).wait(Duration::from_secs(3_600)).await.unwrap(), Waited::Arrived);
    server.followed().await;
}

const COPY: &[u8] = b"Message-ID: <k7@npm.example>\r\n\r\nDear authority\r\n";

#[tokio::test]
async fn a_sent_folder_that_another_connection_makes_meanwhile_is_there() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.let_in("").await;
        let (tag, _) = peer.command("APPEND").await;
        peer.say(format!("{tag} NO [TRYCREATE] no such folder\r\n")).await;
        peer.answer("CREATE \"Sent\"", &[], "NO [ALREADYEXISTS] it is there").await;
        let (tag, _) = peer.command("APPEND").await;
        peer.say("+ go\r\n").await;
        assert_eq!(peer.hear_bytes(COPY.len() + 2).await, [COPY, b"\r\n"].concat());
        peer.say(format!("{tag} OK there\r\n")).await;
    })
    .await;
    Filing::new(account(plain(server.port))).append("Sent", COPY, &["\\Seen"]).await.unwrap();
    server.followed().await;
}

#[tokio::test]
async fn a_copy_is_put_into_the_sent_folder_whatever_is_announced_meanwhile() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.let_in("").await;
        let (tag, rest) = peer.command("APPEND").await;
        assert_eq!(rest, "\"Sent\" (\\Seen) {48}");
        peer.say(format!("{tag} NO [TRYCREATE] no such folder\r\n")).await;
        peer.answer("CREATE \"Sent\"", &[], "OK").await;
        let (tag, _) = peer.command("APPEND").await;
        peer.say("* 4 EXISTS\r\n+ go\r\n").await;
        assert_eq!(peer.hear_bytes(COPY.len() + 2).await, [COPY, b"\r\n"].concat());
        peer.say(format!("* 5 EXISTS\r\n{tag} OK [APPENDUID 1 5] there\r\n")).await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("EXAMINE \"Sent\"", &["* 5 EXISTS", "* OK [UIDVALIDITY 3]"], "OK [READ-ONLY]").await;
        assert_eq!(peer.answer("UID SEARCH", &["* SEARCH 5"], "OK").await, "HEADER MESSAGE-ID \"k7@npm.example\"");
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("EXAMINE \"Sent\"", &["* 5 EXISTS", "* OK [UIDVALIDITY 3]"], "OK [READ-ONLY]").await;
        peer.answer("UID SEARCH", &["* SEARCH"], "OK").await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("EXAMINE \"Gone\"", &[], "NO no such folder").await;
    })
    .await;
    let mut sent = Filing::new(account(plain(server.port)));
    sent.append("Sent", COPY, &["\\Seen"]).await.unwrap();
    assert!(sent.find_message_id("Sent", "<k7@npm.example>").await.unwrap());
    assert!(!sent.find_message_id("Sent", "<k8@npm.example>").await.unwrap());
    assert!(!sent.find_message_id("Gone", "<k7@npm.example>").await.unwrap());
    server.followed().await;
}

#[tokio::test]
async fn a_copy_that_was_refused_is_told_with_the_servers_words() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.let_in("").await;
        peer.answer("APPEND", &[], "NO [OVERQUOTA] mailbox full").await;
        peer.answer("NOOP", &[], "OK").await;
        let (tag, _) = peer.command("APPEND").await;
        peer.say("+ go\r\n").await;
        peer.hear_bytes(COPY.len() + 2).await;
        peer.say(format!("{tag} NO [OVERQUOTA] mailbox full\r\n")).await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("EXAMINE", &[], "NO not now").await;
    })
    .await;
    let mut sent = Filing::new(account(plain(server.port)));
    for _ in 0..2 {
        let refused = sent.append("Sent", COPY, &["\\Seen"]).await.unwrap_err();
        assert!(refused.to_string().ends_with("the server refused APPEND: [OVERQUOTA] mailbox full"), "{refused}");
    }
    assert!(!sent.find_message_id("Sent", "k7@npm.example").await.unwrap(), "after a refusal the connection is still in step");
    server.followed().await;
}

#[tokio::test]
async fn a_refused_log_in_says_so_without_the_password() {
    for (answer, needs_a_person) in [("NO [AUTHENTICATIONFAILED] wrong", true), ("NO [UNAVAILABLE] later", false), ("BAD syntax", false)] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
            peer.answer("LOGIN", &[], answer).await;
        })
        .await;
        let refused = source(&server).fetch(None, &LIMITS).await.unwrap_err();
        assert_eq!(refused.needs_a_person(), needs_a_person, "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
        server.followed().await;
    }
}

#[tokio::test]
async fn each_way_of_logging_in_says_what_it_should() {
    let token = "dXNlcj1kZXNrAWF1dGg9QmVhcmVyIGh1bnRlcjIBAQ==";
    let server = Scripted::start(async move |door: Door| {
        let mut peer = door.next().await;
        peer.say("* OK ready\r\n").await;
        peer.answer("CAPABILITY", &["* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2"], "OK").await;
        assert_eq!(peer.answer("AUTHENTICATE XOAUTH2", &[], "OK [CAPABILITY IMAP4rev1] in").await, token);
        peer.hear().await;
        drop(peer);
        let mut peer = door.next().await;
        peer.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
        let (tag, rest) = peer.command("AUTHENTICATE XOAUTH2").await;
        assert_eq!(rest, "");
        peer.say("+ \r\n").await;
        assert_eq!(peer.hear().await, token);
        peer.say("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n").await;
        assert_eq!(peer.hear().await, "");
        peer.say(format!("{tag} NO [AUTHENTICATIONFAILED] token expired\r\n")).await;
        drop(peer);
        // A password beyond ASCII; and a server that allows no LOGIN.
        let mut peer = door.next().await;
        peer.say("* OK [CAPABILITY IMAP4rev1 SASL-IR LOGINDISABLED AUTH=PLAIN] ready\r\n").await;
        assert_eq!(peer.answer("AUTHENTICATE PLAIN", &[], "OK").await, "AGRlc2sAcMOkc3N3b3Jk");
        peer.answer("CAPABILITY", &["* CAPABILITY IMAP4rev1"], "OK").await;
        peer.hear().await;
    })
    .await;
    let token_account =
        Account { login: Login { mechanism: Mechanism::XOAuth2, ..login("desk", "hunter2") }, ..account(plain(server.port)) };
    let lost = inbox(token_account.clone()).fetch(None, &LIMITS).await.unwrap_err();
    assert!(matches!(lost, ReceiveError::Lost { .. }), "{lost}");
    let refused = inbox(token_account).fetch(None, &LIMITS).await.unwrap_err();
    assert!(refused.to_string().contains("token expired"), "{refused}");
    let unicode = Account { login: login("desk", "pässword"), ..account(plain(server.port)) };
    assert!(matches!(inbox(unicode).fetch(None, &LIMITS).await, Err(ReceiveError::Lost { .. })));
    server.followed().await;
}

#[tokio::test]
async fn without_encryption_no_password_is_said() {
    let server = Scripted::start(async |door: Door| {
        let greetings = ["* OK [CAPABILITY IMAP4rev1 STARTTLS] ready", "* OK [CAPABILITY IMAP4rev1] ready"];
        for (greeting, answer) in greetings.into_iter().zip(["OK go\r\n* CAPABILITY IMAP4rev1", "NO what?"]) {
            let mut peer = door.next().await;
            peer.say(format!("{greeting}\r\n")).await;
            peer.answer("STARTTLS", &[], answer).await;
            assert_eq!(peer.hear_the_end().await, "");
        }
        let mut peer = door.next().await;
        peer.say("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n").await;
        assert_eq!(peer.hear_the_end().await, "");
    })
    .await;
    let secured = Account { server: Server { security: Security::StartTls, ..plain(server.port) }, ..account(plain(server.port)) };
    for expected in ["between STARTTLS and the encryption", "STARTTLS was refused (what?)", "skips the log-in and with it the encryption"] {
        let refused = inbox(secured.clone()).fetch(None, &LIMITS).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    server.followed().await;
}

#[tokio::test]
async fn what_is_no_imap_server_is_said() {
    for (greeting, expected) in [
        ("220 mx ESMTP", "this is no IMAP server; it said: \"220 mx ESMTP\""),
        ("* BYE too many connections", "takes no connection now: too many"),
    ] {
        let server = Scripted::start(async move |door: Door| door.next().await.say(format!("{greeting}\r\n")).await).await;
        let refused = source(&server).fetch(None, &LIMITS).await.unwrap_err();
        let is_told = matches!(&refused, ReceiveError::Unreachable { .. } | ReceiveError::TurnedAway { .. });
        assert!(is_told && refused.to_string().contains(expected), "{refused}");
        server.followed().await;
    }
}

#[tokio::test]
async fn where_a_server_turns_the_second_connection_away_in_its_own_words_both_folders_are_read_over_the_first() {
    let refusals: [fn(&str) -> String; 3] = [
        |tag| format!("{tag} NO Too many simultaneous connections. (Failure)\r\n"),
        |tag| format!("{tag} NO [LIMIT] Maximum number of connections from user+IP exceeded\r\n"),
        |_| "* BYE Too many connections for desk\r\n".to_owned(),
    ];
    for refusal in refusals {
        let server = Scripted::start(async move |door: Door| {
            let mut first = door.next().await;
            first.open("", 9, 0).await;
            let mut second = door.next().await;
            second.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
            let (tag, _) = second.command("LOGIN").await;
            second.say(refusal(&tag)).await;
            drop(second);
            first.answer("NOOP", &[], "OK").await;
            first.answer("SELECT \"Answers\"", &["* 0 EXISTS", "* OK [UIDVALIDITY 3]"], "OK [READ-WRITE]").await;
            // Back again, without knocking at the door.
            first.answer("NOOP", &[], "OK").await;
            first.answer("SELECT \"INBOX\"", &["* 0 EXISTS", "* OK [UIDVALIDITY 9]"], "OK [READ-WRITE]").await;
        })
        .await;
        let account = account(plain(server.port));
        let (mut inbox, mut answers) = (inbox(account.clone()), MailboxSource::Imap(Folder::new(account, "Answers")));
        for source in [&mut inbox, &mut answers] {
            assert!(source.fetch(None, &LIMITS).await.unwrap().complete);
        }
        assert!(!inbox.is_open() && answers.is_open());
        assert!(inbox.fetch(None, &LIMITS).await.unwrap().complete);
        server.followed().await;
    }
}

#[tokio::test]
async fn whoever_waits_for_the_only_connection_gets_it_from_one_who_only_listens() {
    let server = Scripted::start(async |door: Door| {
        let mut first = door.next().await;
        first.open("IDLE", 9, 0).await;
        first.answer("NOOP", &[], "OK").await;
        let (idle, _) = first.command("IDLE").await;
        first.say("+ idling\r\n").await;
        let mut second = door.next().await;
        second.say("* BYE Too many connections\r\n").await;
        drop(second);
        assert_eq!(first.hear().await, "DONE");
        first.say(format!("{idle} OK ended\r\n")).await;
        first.answer("NOOP", &[], "OK").await;
        let (append, _) = first.command("APPEND \"Sent\"").await;
        first.say("+ go\r\n").await;
        first.hear_bytes(COPY.len() + 2).await;
        first.say(format!("{append} OK\r\n")).await;
    })
    .await;
    let account = account(plain(server.port));
    let (mut inbox, mut sent) = (inbox(account.clone()), Filing::new(account));
    inbox.fetch(None, &LIMITS).await.unwrap();
    let (waited, filed) = tokio::join!(inbox.wait(Duration::from_secs(60)), async {
        // The listener has begun by the time the server is asked again.
        tokio::task::yield_now().await;
        sent.append("Sent", COPY, &["\\Seen"]).await
    });
    filed.unwrap();
    assert_eq!(waited.unwrap(), Waited::TimePassed);
    server.followed().await;
}
