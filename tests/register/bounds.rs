//! What one mail may cost.

use demarche::domain::linking::EvidenceKind;
use demarche::mail::Understood;
use demarche::mail::message::Mailbox;

use crate::desk::{Desk, addresses, at, authentic, letter_from};

/// Every address that differs from a request's in four places: too much to be a slip of it, and each to be tried in nine hundred ways.
fn near_misses(address: &str) -> impl Iterator<Item = String> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let at = address.find('@').unwrap();
    (0..200_000usize).map(move |number| {
        let mut bytes = address.as_bytes().to_vec();
        for place in 1..=4 {
            bytes[at - place] = LETTERS[number / 31usize.pow(place as u32 - 1) % 31];
        }
        String::from_utf8(bytes).unwrap()
    })
}

fn to(addresses: impl Iterator<Item = String>) -> Vec<Mailbox> {
    addresses.map(|address| Mailbox { name: None, address: Some(address) }).collect()
}

#[test]
fn a_crowd_of_addresses_that_are_almost_ours_costs_little_and_hides_none_at_which_the_mail_arrived() {
    let desk = Desk::with_two_requests(at("2026-01-05T10:00:00Z"));
    let ours = addresses().for_subject(desk.register.requests().unwrap()[0].id);
    let crowd =
        Understood { to: to(near_misses(&ours)), arrived_at: vec![ours.clone()], ..letter_from("governor@prisons.example", "Cells") };
    let begun = std::time::Instant::now();
    let gathered = desk.register.gather(None, &crowd, at("2026-01-12T10:00:00Z"), &addresses(), authentic()).unwrap();
    // As they stood it took minutes.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(gathered.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::ReplyAddress), "{:?}", gathered.evidence);

    let mut slipped = ours.clone();
    slipped.replace_range(slipped.find('@').unwrap() - 1..slipped.find('@').unwrap(), "");
    let retyped = Understood { to: to([slipped].into_iter()), ..letter_from("governor@prisons.example", "Cells") };
    let gathered = desk.register.gather(None, &retyped, at("2026-01-12T10:00:00Z"), &addresses(), authentic()).unwrap();
    assert!(gathered.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::ReplyAddressAfterSlip), "{:?}", gathered.evidence);
}

#[test]
fn of_a_mail_of_endless_words_the_beginning_is_found() {
    let mut desk = Desk::open();
    let now = at("2026-01-12T10:00:00Z");
    let words: String = (0..1_000_000).map(|number| format!("word{number} ")).collect();
    let understood = Understood { text: vec![words], ..letter_from("somebody@elsewhere.example", "Words") };
    desk.receive(b"Subject: Words\r\n\r\n", understood, now);
    let found = |word: &str| desk.register.search(&[word.to_owned()], 5).unwrap().len();
    assert_eq!((found("word5"), found("word50000")), (1, 1));
    assert_eq!(found("word999999"), 0, "1 MiB of a mail's text is indexed");
}
