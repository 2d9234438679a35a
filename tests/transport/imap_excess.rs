//! Scripted IMAP servers that say too much, too little or never stop; and what is asked of a server once more, later.

use std::time::{Duration, Instant};

use demarche::transport::*;

use crate::imap::{LIMITS, at, body, fetch_from, impatient, location, read_once, said, sized, texts, waiting};
use crate::support::script::{Door, Peer, Scripted};

#[tokio::test]
async fn the_first_whole_answer_about_a_mail_counts_and_later_ones_change_nothing() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.announce(&[7, 8]).await;
        let answers = [body(1, 7, "seven"), body(1, 7, "other"), body(1, 7, ""), body(2, 8, ""), body(2, 8, "eight")];
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        peer.answer("UID FETCH 7:8 (UID BODY.PEEK[]", &answers, "OK").await;
    })
    .await
    .unwrap();
    assert_eq!((texts(&fetched), fetched.unfetched), (vec!["seven".to_owned(), "eight".to_owned()], vec![]));
}

#[tokio::test]
async fn a_mail_that_comes_shorter_than_its_size_is_asked_for_again_and_not_taken_for_whole() {
    let letter = |size: usize| "x".repeat(size);
    // What is announced, what comes with the others, what comes alone, and what is taken of it.
    for (size, first, alone, taken) in [
        (900, 600, Some(900), Some(900)),
        (900, 600, Some(600), None),
        (900, 0, Some(0), None),
        (900, 890, Some(880), None),
        // An estimate, as Exchange makes them: the same bytes twice, and most of what was announced.
        (900, 890, Some(890), Some(890)),
        (900, 900, None, Some(900)),
        (900, 950, None, Some(950)),
    ] {
        let fetched = fetch_from(async move |mut peer: Peer| {
            peer.answer("UID SEARCH", &["* SEARCH 7"], "OK").await;
            peer.answer("UID FETCH", &[&sized(1, 7, size)], "OK").await;
            peer.answer("UID FETCH", &[&body(1, 7, &letter(first))], "OK").await;
            if let Some(alone) = alone {
                peer.answer("UID FETCH", &[&body(1, 7, &letter(alone))], "OK").await;
                if taken.is_none() {
                    peer.is_asked_whether_gone(7, "* SEARCH 7").await;
                }
            }
        })
        .await
        .unwrap();
        let sizes: Vec<usize> = fetched.mails.iter().map(|mail| mail.raw.bytes().len()).collect();
        assert_eq!(sizes, Vec::from_iter(taken), "{size} {first} {alone:?}");
        let told = fetched.unfetched.first().map(|item| item.reason.as_str());
        assert_eq!(told.is_some(), taken.is_none());
        assert!(told.is_none_or(|told| told.starts_with("the server gives out ") && told.ends_with(" of its 900 bytes")), "{told:?}");
    }
    // Kept with bare line feeds, and counted as it should be sent.
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.answer("UID SEARCH", &["* SEARCH 7"], "OK").await;
        peer.answer("UID FETCH", &[&sized(1, 7, 8)], "OK").await;
        peer.answer("UID FETCH", &[&body(1, 7, "a\nb\nc\r\n")], "OK").await;
    })
    .await
    .unwrap();
    assert_eq!(texts(&fetched), ["a\nb\nc\r\n"]);
}

#[tokio::test]
async fn a_mail_of_which_the_server_says_nothing_is_not_taken_for_deleted() {
    for search in ["", "* SEARCH 7", "* SEARCH what", "* ESEARCH (TAG \"d6\") UID"] {
        let fetched = fetch_from(async move |mut peer: Peer| {
            peer.announce(&[7]).await;
            for _ in 0..2 {
                peer.answer("UID FETCH 7 (UID BODY.PEEK[]", &[], "OK").await;
            }
            peer.is_asked_whether_gone(7, search).await;
        })
        .await
        .unwrap();
        assert_eq!((fetched.gone, fetched.unfetched.len(), fetched.cursor), (vec![], 1, at(9, 8)), "{search:?}");
    }
}

#[tokio::test]
async fn one_damaged_mail_for_which_the_server_refuses_all_sizes_blocks_nobody() {
    let fetched = fetch_from(async |mut peer: Peer| {
        peer.answer("UID SEARCH", &["* SEARCH 7 8"], "OK").await;
        peer.answer("UID FETCH 7:8 (UID RFC822.SIZE", &[&sized(1, 7, 5)], "NO [SERVERBUG] internal error").await;
        let bodies = [body(1, 7, "seven")];
        peer.answer("UID FETCH 7:8 (UID BODY.PEEK[]", &[&bodies[0]], "NO [SERVERBUG] internal error").await;
        peer.answer("UID FETCH 8 (UID BODY.PEEK[]", &[], "NO [SERVERBUG] internal error").await;
        peer.is_asked_whether_gone(8, "* SEARCH 8").await;
    })
    .await
    .unwrap();
    assert_eq!((texts(&fetched), fetched.unfetched.len()), (vec!["seven".to_owned()], 1));
}

#[tokio::test]
async fn what_could_not_be_fetched_is_asked_for_again_and_is_given_refused_or_gone() {
    let server = Scripted::start(async |door: Door| {
        let mut peer = door.next().await;
        peer.open("", 9, 9).await;
        peer.answer("UID FETCH 3,5,7 (UID RFC822.SIZE", &[&sized(3, 3, 5), &sized(7, 7, 5)], "OK").await;
        // Without the last, of unknown size, for which there may be no room.
        peer.answer("UID FETCH 3 (UID BODY.PEEK[]", &[&body(3, 3, "three")], "OK").await;
        peer.answer("NOOP", &[], "OK").await;
        peer.answer("UID FETCH 5,7 (UID RFC822.SIZE", &[&sized(7, 7, 5)], "OK").await;
        peer.answer("UID FETCH 5,7 (UID BODY.PEEK[]", &[], "NO damaged").await;
        peer.answer("UID FETCH 5 (UID BODY.PEEK[]", &[], "OK").await;
        peer.is_asked_whether_gone(5, "* SEARCH").await;
        peer.answer("UID FETCH 7 (UID BODY.PEEK[]", &[], "NO damaged").await;
        peer.is_asked_whether_gone(7, "* SEARCH 7").await;
    })
    .await;
    let mut source = impatient(&server, |_| {});
    let limits = FetchLimits { bytes_per_batch: 1_004, ..LIMITS };
    let before_it_was_rebuilt = MailLocation::Imap { uid_validity: 8, uid: 4 };
    let asked = [location(7), location(3), before_it_was_rebuilt, location(5)];
    let first = source.fetch_again(&asked, &limits).await.unwrap();
    assert_eq!((texts(&first), first.cursor, first.complete), (vec!["three".to_owned()], None, false));
    let second = source.fetch_again(&[location(5), location(7)], &LIMITS).await.unwrap();
    assert_eq!((texts(&second), second.gone), (vec![], vec![location(5)]));
    assert_eq!(second.unfetched.iter().map(|item| item.location.clone()).collect::<Vec<_>>(), [location(7)]);
    server.followed().await;
}

#[tokio::test]
async fn a_server_that_answers_without_end_is_left() {
    let words = ["* OK still working\r\n", "* 1 FETCH (FLAGS (\\Seen))\r\n", "* SEARCH\r\n", "* 4 EXISTS\r\n"];
    let left = words.map(|words| async move {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.open("", 9, 3).await;
            peer.command("UID SEARCH").await;
            // Sooner than any line is waited for, and for longer than a whole command may take.
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(7) {
                peer.say_if_heard(words).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        let mut source = impatient(&server, |patience| patience.answer = Duration::from_secs(1));
        let lost = said(source.fetch(at(9, 7).as_ref(), &LIMITS).await);
        server.followed().await;
        lost
    });
    for lost in futures::future::join_all(left).await {
        assert!(lost.contains("comes to no end within 5 s"), "{lost}");
    }
}

#[tokio::test]
async fn what_nobody_asked_for_is_bounded() {
    let flood = "* 17 FETCH (UID 900 FLAGS (\\Seen))\r\n".repeat(2_000);
    let idle = flood.clone();
    let fetched = fetch_from(async move |mut peer: Peer| {
        peer.command("UID SEARCH").await;
        for _ in 0..600 {
            peer.say_if_heard(&flood).await;
        }
        peer.hear_the_end().await;
    })
    .await;
    assert!(said(fetched).contains("goes on telling what nobody asked for"));

    let server = Scripted::start(async move |door: Door| {
        let mut peer = read_once(&door, "IDLE").await;
        peer.command("IDLE").await;
        peer.say("+ idling\r\n").await;
        for _ in 0..8 {
            peer.say_if_heard(&idle).await;
        }
        peer.hear_the_end().await;
    })
    .await;
    let waited = waiting(&server, |_| {}).await.wait(Duration::from_secs(3_600)).await;
    assert!(waited.unwrap_err().to_string().contains("goes on telling"));
    server.followed().await;
}

#[tokio::test]
async fn a_folder_of_which_the_server_does_not_tell_how_much_it_holds_is_no_empty_one() {
    for exists in ["* 3 RECENT", "* 4294967296 EXISTS", "* NIL EXISTS"] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.let_in("").await;
            peer.answer("SELECT", &[exists, "* OK [UIDVALIDITY 9]"], "OK").await;
        })
        .await;
        let lost = said(impatient(&server, |_| {}).fetch(None, &LIMITS).await);
        assert!(lost.contains("did not tell how many mails"), "{lost}");
        server.followed().await;
    }
}

#[tokio::test]
async fn whoever_waits_on_a_connection_gives_it_back_in_step_when_asked() {
    let (waits, is_waiting) = tokio::sync::oneshot::channel();
    let server = Scripted::start(async move |door: Door| {
        let mut peer = read_once(&door, "IDLE").await;
        let (tag, _) = peer.command("IDLE").await;
        peer.say("+ idling\r\n").await;
        waits.send(()).unwrap();
        assert_eq!(peer.hear().await, "DONE");
        peer.say(format!("* 4 EXISTS\r\n{tag} OK\r\n")).await;
        // The same connection reads.
        peer.answer("NOOP", &[], "OK").await;
        peer.announce(&[7]).await;
        peer.answer("UID FETCH", &[&body(1, 7, "seven")], "OK").await;
    })
    .await;
    let mut source = waiting(&server, |_| {}).await;
    let asked_back = async { is_waiting.await.unwrap() };
    assert_eq!(source.wait_or(Duration::from_secs(3_600), asked_back).await.unwrap(), Waited::TimePassed);
    assert!(source.is_open());
    assert_eq!(texts(&source.fetch(at(9, 7).as_ref(), &LIMITS).await.unwrap()), ["seven"]);
    server.followed().await;
}

#[tokio::test]
async fn the_junk_folder_is_found_by_what_the_server_says_of_it_or_by_its_name() {
    for (listed, expected) in [
        (vec!["* LIST () \"/\" Spam", "* LIST (\\HasNoChildren \\Junk) \"/\" \"Ind&AOk-sirables 2\""], Some("Indésirables 2")),
        (vec!["* LIST () \".\" INBOX", "* LIST (\\Marked) \".\" INBOX.Spam"], Some("INBOX.Spam")),
        (vec!["* LIST () \".\" INBOX", "* LIST (((", "* LIST () NIL {5}\r\nTrash"], None),
    ] {
        let server = Scripted::start(async move |door: Door| {
            let mut peer = door.next().await;
            peer.open("SPECIAL-USE", 9, 0).await;
            assert_eq!(peer.answer("LIST", &listed, "OK").await, "\"\" \"*\"");
        })
        .await;
        assert_eq!(impatient(&server, |_| {}).junk_folder().await.unwrap().as_deref(), expected);
        server.followed().await;
    }
}

/// Everything a server says while two mails are fetched, whatever it is asked.
const TRANSCRIPT: &str = "* OK [CAPABILITY IMAP4rev1 UIDPLUS SPECIAL-USE] ready\r\n\
    d1 OK [CAPABILITY IMAP4rev1 UIDPLUS SPECIAL-USE] in\r\n\
    * FLAGS (\\Seen $Junk)\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 9] valid\r\n* OK [UIDNEXT 9] next\r\nd2 OK [READ-WRITE] selected\r\n\
    * SEARCH 7 8\r\nd3 OK searched\r\n\
    * 1 FETCH (UID 7 RFC822.SIZE 5 INTERNALDATE \"17-Jul-2026 10:44:25 +0200\" FLAGS (\\Seen))\r\n\
    * 2 FETCH (UID 8 RFC822.SIZE 5 INTERNALDATE NIL)\r\nd4 OK sized\r\n\
    * 1 FETCH (UID 7 BODY[]<0> {5}\r\nseven)\r\n* 2 FETCH (UID 8 BODY[]<0> \"eight\")\r\nd5 OK given\r\n";

const ODD: [&str; 10] = ["NIL", "((((", "))))", "18446744073709551616", "-1", "\"", "{9}\r\n", "{4294967296}\r\n", "\u{e9}\u{0}", "\r\n* "];

/// Fetches from a server that says all this at once and then hangs up its end.
fn fetch_over(said: Vec<u8>) -> Result<Batch, ReceiveError> {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // A client that has heard enough hangs up.
        let _ = stream.write_all(&said);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fetched = runtime.block_on(async {
        let mut source = crate::support::accounts::inbox(crate::support::accounts::account(crate::support::accounts::plain(port)));
        source.fetch(at(9, 7).as_ref(), &LIMITS).await
    });
    server.join().unwrap();
    fetched
}

#[test]
fn a_transcript_as_it_should_be_is_read() {
    let fetched = fetch_over(TRANSCRIPT.as_bytes().to_vec()).unwrap();
    assert_eq!(texts(&fetched), ["seven", "eight"]);
    assert!(fetched.trouble.is_some(), "for one of the mails the server gave no date");
}

proptest::proptest! {
    #[test]
    fn no_transcript_brings_the_driver_down_or_has_it_wait_for_ever(
        changes in proptest::collection::vec((0usize..1_000, 0usize..10, 0..ODD.len(), proptest::num::u8::ANY), 1..5),
    ) {
        let mut said = TRANSCRIPT.as_bytes().to_vec();
        for (place, taken, odd, byte) in changes {
            let place = place % (said.len() + 1);
            let end = (place + taken).min(said.len());
            said.splice(place..end, if byte % 2 == 0 { vec![byte] } else { ODD[odd].as_bytes().to_vec() });
        }
        // Whatever it is, it is an answer, and the cursor never goes back.
        if let Ok(Batch { cursor: Some(Cursor::Imap { uid_validity: 9, next_uid }), rebuilt: false, .. }) = fetch_over(said) {
            proptest::prop_assert!(next_uid >= 7);
        }
    }
}
