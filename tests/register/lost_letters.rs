//! Letters that left in the time which a restored register has lost, put down from their copies.

use crate::desk::{Desk, addresses, by, rules};
use crate::outbox::days_on;
use demarche::domain::replacing::{Given, Named};
use demarche::mail::understand;
use demarche::office::{AuthorityRow, FocalPointRow};
use demarche::register::{LostLetter, Register, SeenLeft};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const ANN: (&str, &str) = ("Ann Alder", "Legal unit");
const BO: (&str, &str) = ("Bo Berg", "Health unit");

fn day(days: i64) -> Date {
    days_on(days).to_zoned_datetime(TimeZone::UTC).date()
}

/// Whose the mailbox clerk@prisons.example is: a person's in a unit, on these days.
fn holds_the_mailbox(desk: &mut Desk, (name, unit): (&str, &str), (from, to): (i64, Option<i64>), now: Timestamp) {
    let named = Named {
        unit: Given::Value(unit.into()),
        name: Given::Value(name.into()),
        address: "clerk@prisons.example".into(),
        level: "technical".into(),
        focal_point: true,
        from: Given::Value(day(from)),
        to: to.map(day).into(),
        ..Named::default()
    };
    let row = AuthorityRow {
        name: "Prison Service".into(),
        focal_points: vec![FocalPointRow { named, confirmed_on: None }],
        has_units: true,
        has_last_days: true,
        ..AuthorityRow::default()
    };
    desk.register.import_authorities(&[row], &by("tests"), now, false).unwrap();
}

/// The copy of a letter to that mailbox.
fn copy_of(desk: &Desk, number: u32, left_on: i64) -> LostLetter {
    let reference = desk.reference_to("Prison Service");
    let date = jiff::fmt::rfc2822::to_string(&days_on(left_on).to_zoned_datetime(TimeZone::UTC)).unwrap();
    let head = format!(
        "Message-ID: <{}>\r\nDate: {date}\r\nFrom: desk@requests.example\r\nTo: clerk@prisons.example\r\nSubject: [{reference}] Reminder\r\n\r\n",
        addresses().message_id(&reference, number)
    );
    LostLetter::read(head.clone().into_bytes(), &understand(head.as_bytes()), None, &addresses()).unwrap()
}

/// A copy made now is put in the register's place after this was done to it.
fn restored_from_before(desk: &mut Desk, lost: impl FnOnce(&mut Desk)) {
    let (file, kept) = (desk.folder.path().join("register.sqlite"), desk.folder.path().join("kept.sqlite"));
    desk.register.backup(&kept).unwrap();
    lost(desk);
    desk.register.give_sign_of_life().unwrap();
    // The only connection is closed before its file goes.
    desk.register = Register::open(&kept, rules()).unwrap();
    std::fs::rename(&kept, &file).unwrap();
    for left in ["register.sqlite-wal", "register.sqlite-shm"] {
        let _ = std::fs::remove_file(desk.folder.path().join(left));
    }
    desk.register = Register::open(&file, rules()).unwrap();
}

#[test]
fn a_letter_that_is_put_down_from_its_copy_went_to_whoever_held_the_mailbox_on_the_day_on_which_it_left() {
    let mut desk = Desk::with_two_requests(days_on(0));
    desk.write_due(days_on(0));
    desk.send_all(days_on(0));
    holds_the_mailbox(&mut desk, ANN, (1, None), days_on(1));
    let changes_hands = |desk: &mut Desk, now| {
        holds_the_mailbox(desk, ANN, (1, Some(64)), now);
        holds_the_mailbox(desk, BO, (65, None), now);
    };
    restored_from_before(&mut desk, |desk| changes_hands(desk, days_on(65)));
    let now = days_on(75);
    desk.register.look_for_sign_of_life(now).unwrap();
    assert!(desk.register.is_behind().unwrap().is_some());
    // The directory is imported anew.
    changes_hands(&mut desk, now);
    let mut seen = SeenLeft { letters: vec![copy_of(&desk, 3, 70), copy_of(&desk, 2, 57)], is_all: true, ..SeenLeft::default() };
    for letter in seen.letters.clone() {
        seen.message_id(letter.message_id(), &addresses());
    }
    assert_eq!(desk.register.record_lost_letters(&seen, &addresses(), &by("A. Novak"), now).unwrap().len(), 2);
    let contacts = desk.register.authority_named("Prison Service").unwrap().unwrap().contacts;
    let letters = desk.register.contents().letters().unwrap();
    let went_to = letters.iter().flat_map(|letter| &letter.deliveries).filter(|delivery| delivery.recipient == "clerk@prisons.example");
    let holders = went_to.map(|delivery| {
        let held_by = contacts.iter().find(|contact| Some(contact.id) == delivery.contact);
        held_by.and_then(|contact| contact.name.clone())
    });
    assert_eq!(holders.collect::<Vec<_>>(), [Some("Ann Alder".into()), Some("Bo Berg".into())]);
    desk.register.verify().unwrap();
}
