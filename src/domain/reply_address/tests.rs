use super::*;
use proptest::prelude::*;

fn addresses() -> ReplyAddresses {
    ReplyAddresses::new(Style::Plus { local: "desk".into(), domain: "requests.example".into() }, b"a secret of the tests".to_vec())
}

#[test]
fn a_letter_is_known_by_its_message_id_under_our_secret_alone() {
    let style = || Style::Off { address: "desk@office.example".into() };
    let (ours, theirs) = (ReplyAddresses::new(style(), vec![1; 32]), ReplyAddresses::new(style(), vec![2; 32]));
    let message_id = ours.message_id("NPM-2026-0147-K", 2);
    assert_eq!(ours.reference_in(&message_id).as_deref(), Some("NPM-2026-0147-K"));
    assert_eq!(ours.reference_in(&message_id.to_ascii_uppercase()).as_deref(), Some("NPM-2026-0147-K"));
    for reference in ["ABC 12/2041 (ÉTAT)", "12.2041", "A=B", "<X@Y>", "REF. \"7\"\r\nBCC: X"] {
        let message_id = ours.message_id(reference, 7);
        assert!(message_id.bytes().all(|letter| letter.is_ascii_graphic() && !b"<>()\"".contains(&letter)), "{message_id}");
        assert_eq!(message_id.matches('@').count(), 1, "{message_id}");
        assert_eq!(ours.reference_in(&message_id).as_deref(), Some(reference), "{message_id}");
    }
    let (long, longer) = ("É".repeat(300), "É".repeat(301));
    assert!(ours.message_id(&long, 7).len() < 250);
    assert_ne!(ours.message_id(&long, 7), ours.message_id(&longer, 7));
    assert_eq!(theirs.reference_in(&message_id), None);
    for other in ["", "npm-2026-0147-k", "npm-2026-0147-k.2", "npm-2026-0147-k.x.y@z", "...@", "1@x.example"] {
        assert_eq!(ours.reference_in(other), None, "{other}");
    }
    assert_eq!(crate::domain::reference::numbered("NPM-2026-0147-K", "NPM"), None, "a wrong check letter");
    let reference = crate::domain::reference::reference("NPM", 2026, 147);
    assert_eq!(crate::domain::reference::numbered(&reference, "NPM"), Some((2026, 147)));
}

#[test]
fn a_reply_address_is_read_back_in_any_case() {
    let address = addresses().for_subject(RequestId(147));
    assert_eq!(addresses().read(&address), Some(Read::Subject(RequestId(147).into())));
    assert_eq!(addresses().read(&address.to_uppercase()), Some(Read::Subject(RequestId(147).into())));
}

#[test]
fn another_office_s_secret_makes_other_addresses() {
    let other = ReplyAddresses::new(Style::Plus { local: "desk".into(), domain: "requests.example".into() }, b"another".to_vec());
    assert_eq!(addresses().read(&other.for_subject(RequestId(1))), Some(Read::Broken));
}

#[test]
fn the_letter_of_a_check_is_known_by_its_message_id_and_belongs_to_no_request_and_no_delivery() {
    let addresses = addresses();
    let id = addresses.message_id_of_check(1_796_000_000);
    assert!(addresses.is_message_id_of_check(&id), "{id}");
    let elsewhere = id.replace("@requests", "@evil");
    let of_a_letter = addresses.message_id("npm-2026-0147-k", 1);
    for other in [id.replacen("check.1", "check.2", 1), elsewhere, of_a_letter, "check.1@requests.example".into(), String::new()] {
        assert!(!addresses.is_message_id_of_check(&other), "{other}");
    }
    assert_eq!(addresses.read(&addresses.for_check()), Some(Read::Subject(RequestId(0).into())));
    assert!(addresses.is_bounce_of_check(&addresses.for_bounce_of_check()));
    assert!(!addresses.is_bounce_of_check(&addresses.for_delivery(DeliveryId(1))));
}

/// Computed apart, as the first build did, which knew of requests alone: HMAC-SHA-256 of "demarche r 15".
#[test]
fn an_address_that_was_sent_stays_valid() {
    let sent = "desk+r-aaaasy3zwasgp@requests.example";
    assert_eq!(addresses().read(sent), Some(Read::Subject(RequestId(15).into())));
}

#[test]
fn an_address_of_one_subject_is_never_one_of_another() {
    for kind in SubjectKind::ALL {
        let address = addresses().for_subject(kind.of(15));
        assert_eq!(addresses().read(&address), Some(Read::Subject(kind.of(15))));
        for other in SubjectKind::ALL.iter().filter(|other| *other != kind) {
            let retyped = address.replace(&format!("+{}-", kind.purpose()), &format!("+{}-", other.purpose()));
            assert_eq!(addresses().read(&retyped), Some(Read::Broken), "{retyped}");
        }
    }
}

#[test]
fn a_bounce_address_is_no_reply_address() {
    let bounce = addresses().for_delivery(DeliveryId(5));
    assert_eq!(addresses().read(&bounce), Some(Read::Delivery(DeliveryId(5))));
    assert_eq!(addresses().read(&bounce.replace("+b-", "+r-")), Some(Read::Broken));
}

#[test]
fn the_bare_address_and_strangers_say_nothing() {
    assert_eq!(addresses().read("desk@requests.example"), None);
    assert_eq!(addresses().read("desk+r-abcdefghjkmnp@other.example"), None);
    assert!(addresses().is_own("Desk+r-anything@requests.example"));
    assert!(!addresses().is_own("desktop@requests.example"));
    assert!(!addresses().is_own("clerk@prisons.example"));
}

proptest! {
    #[test]
    fn one_slip_is_never_proof_and_never_another_request(id in 1i64..1_000_000, place in 0usize..13, letter in 0usize..31) {
        let address = addresses().for_subject(RequestId(id));
        let start = address.find("+r-").unwrap() + 3;
        let mut slipped = address.clone().into_bytes();
        prop_assume!(slipped[start + place] != ALPHABET[letter]);
        slipped[start + place] = ALPHABET[letter];
        let slipped = String::from_utf8(slipped).unwrap();
        prop_assert_eq!(addresses().read(&slipped), Some(Read::AfterSlip(RequestId(id).into())));
    }

    #[test]
    fn whatever_is_written_is_survived(local in ".{0,40}") {
        addresses().read(&format!("{local}@requests.example"));
        addresses().read(&format!("desk+r-{local}@requests.example"));
    }
}
