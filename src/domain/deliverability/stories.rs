use super::*;
use jiff::SignedDuration;
use jiff::civil::date;

fn refused(heard: Heard, command: Command, class: u8, written: Option<(u16, u16)>, meaning: RefusalMeaning) -> Finding {
    let written = written.map(|(subject, detail)| Status::new(class, subject, detail));
    let command = Some(command);
    judge(&Refusal { heard, command, meaning, class, written, by_category: false, local: false, gave_up: false, delayed: false })
}

#[test]
fn what_a_report_is_worth_by_how_it_came() {
    let plain = ReportOrigin { is_linked: true, to_envelope: false, born_here: false, names_recipient: true, is_typed: false };
    let (signed, ours) = (ReportOrigin { to_envelope: true, ..plain }, ReportOrigin { born_here: true, ..plain });
    assert_eq!([plain, signed, ours].map(|came| witness(&came)), [Witness::Nobody, Witness::EnvelopeAddress, Witness::OwnServer]);
    for came in [signed, ours] {
        assert_eq!(witness(&ReportOrigin { is_linked: false, ..came }), Witness::Nobody);
        assert_eq!(witness(&ReportOrigin { names_recipient: false, ..came }), Witness::Nobody);
        assert_eq!(witness(&ReportOrigin { is_typed: true, ..came }), Witness::Nobody, "whoever can type is reading");
    }
}

#[test]
fn whom_a_refusal_is_about_and_what_is_done_about_it() {
    use Command::{Data, Mail, Rcpt};
    use Heard::{FromOwnRelay, InReport};
    use Measure::{Hold, StopSending, Suppress, TryAgain, TryAgainInDays};
    use RefusalMeaning::{Reason as R, SenderRefused, TakesNoMail};
    for (heard, command, class, written, meaning, is_about, then) in [
        // Our own relay.
        (FromOwnRelay, Rcpt, 5, Some((1, 1)), R(Reason::NoSuchUser), About::Recipient, Suppress),
        (FromOwnRelay, Rcpt, 5, None, R(Reason::NoSuchUser), About::Recipient, Suppress),
        (FromOwnRelay, Rcpt, 5, Some((1, 6)), R(Reason::Moved), About::Recipient, Suppress),
        (FromOwnRelay, Rcpt, 5, Some((1, 10)), TakesNoMail, About::Recipient, Suppress),
        (FromOwnRelay, Rcpt, 5, Some((7, 1)), R(Reason::NoSuchUser), About::Recipient, TryAgainInDays),
        (FromOwnRelay, Rcpt, 4, Some((1, 1)), R(Reason::NoSuchUser), About::Recipient, TryAgain),
        (FromOwnRelay, Rcpt, 5, None, R(Reason::Other), About::Unclear, TryAgain),
        (FromOwnRelay, Rcpt, 5, Some((7, 1)), R(Reason::PolicyRefused), About::Policy, TryAgain),
        (FromOwnRelay, Rcpt, 5, Some((2, 2)), R(Reason::MailboxFull), About::Storage, TryAgainInDays),
        (FromOwnRelay, Data, 4, Some((3, 1)), R(Reason::Other), About::Storage, TryAgain),
        (FromOwnRelay, Rcpt, 5, Some((2, 1)), R(Reason::MailboxDisabled), About::Recipient, TryAgainInDays),
        (FromOwnRelay, Mail, 5, Some((1, 8)), R(Reason::NoSuchHost), About::OurAccount, StopSending),
        (FromOwnRelay, Rcpt, 5, Some((1, 7)), SenderRefused, About::OurAccount, StopSending),
        (FromOwnRelay, Rcpt, 5, Some((7, 60)), R(Reason::PolicyRefused), About::OurAccount, StopSending),
        (FromOwnRelay, Mail, 5, None, SenderRefused, About::OurAccount, StopSending),
        (FromOwnRelay, Rcpt, 5, Some((7, 1)), R(Reason::RelayDenied), About::OurAccount, StopSending),
        (FromOwnRelay, Mail, 5, None, R(Reason::NotAuthenticated), About::OurAccount, StopSending),
        (FromOwnRelay, Data, 5, Some((3, 4)), R(Reason::TooLarge), About::Letter, Hold),
        (FromOwnRelay, Mail, 4, None, R(Reason::Network), About::Network, TryAgain),
        (FromOwnRelay, Rcpt, 4, Some((3, 2)), TakesNoMail, About::Network, TryAgain),
        // A report that is believed.
        (InReport, Rcpt, 5, Some((1, 1)), R(Reason::NoSuchUser), About::Recipient, Suppress),
        (InReport, Data, 5, None, R(Reason::NoSuchUser), About::Recipient, TryAgainInDays),
        (InReport, Rcpt, 5, Some((2, 2)), R(Reason::MailboxFull), About::Storage, TryAgainInDays),
        (InReport, Rcpt, 4, Some((2, 2)), R(Reason::MailboxFull), About::Storage, TryAgainInDays),
        (InReport, Rcpt, 5, Some((7, 1)), R(Reason::RelayDenied), About::Policy, Hold),
        (InReport, Data, 5, Some((7, 1)), R(Reason::LooksLikeSpam), About::Policy, Hold),
        (InReport, Mail, 5, Some((1, 8)), SenderRefused, About::OurAccount, StopSending),
    ] {
        let finding = refused(heard, command, class, written, meaning);
        let witness = if heard == FromOwnRelay { Witness::OwnRelay } else { Witness::EnvelopeAddress };
        assert_eq!(
            (finding.about, measure(finding, witness, 1)),
            (is_about, then),
            "{heard:?} {command:?} {class} {written:?} {meaning:?}"
        );
        // What anybody may have written does nothing by itself, whatever it says.
        assert_eq!(measure(finding, Witness::Nobody, 1), Measure::Rest);
    }
}

#[test]
fn the_reports_of_one_authority_stop_the_office_once_a_day() {
    use Witness::{EnvelopeAddress, Nobody, OwnRelay, OwnServer, Person};
    let ours = refused(Heard::InReport, Command::Mail, 5, Some((1, 8)), RefusalMeaning::SenderRefused);
    let hard_bounce = refused(Heard::InReport, Command::Rcpt, 5, Some((1, 1)), RefusalMeaning::Reason(Reason::NoSuchUser));
    let delay = Finding { delayed: true, passes: true, ..ours };
    let hours = |hours| Some(SignedDuration::from_hours(hours));
    for (finding, witness, stopped_before, is_worth) in [
        (ours, EnvelopeAddress, None, EnvelopeAddress),
        (ours, EnvelopeAddress, hours(0), Nobody),
        (ours, EnvelopeAddress, hours(23), Nobody),
        (ours, EnvelopeAddress, hours(24), EnvelopeAddress),
        // What nobody outside can write.
        (ours, OwnServer, hours(1), OwnServer),
        (ours, OwnRelay, hours(1), OwnRelay),
        (ours, Person, hours(1), Person),
        (ours, Nobody, None, Nobody),
        // What stops nothing.
        (hard_bounce, EnvelopeAddress, hours(1), EnvelopeAddress),
        (delay, EnvelopeAddress, hours(1), EnvelopeAddress),
    ] {
        assert_eq!(worth(finding, witness, stopped_before), is_worth, "{finding:?} {witness:?} {stopped_before:?}");
    }
}

#[test]
fn a_relay_that_knows_no_recipient_of_anybody_is_itself_to_blame() {
    let unknown = refused(Heard::FromOwnRelay, Command::Rcpt, 5, Some((1, 1)), RefusalMeaning::Reason(Reason::NoSuchUser));
    let told: Vec<Measure> = (1..=4).map(|domains| measure(unknown, Witness::OwnRelay, domains)).collect();
    assert_eq!(told, [Measure::Suppress, Measure::Suppress, Measure::StopSending, Measure::StopSending]);
}

#[test]
fn a_delay_is_waited_for_whoever_tells_of_it() {
    let delay = Finding { delayed: true, passes: true, ..Finding::default() };
    assert_eq!([Witness::EnvelopeAddress, Witness::Nobody].map(|witness| measure(delay, witness, 1)), [Measure::Wait; 2]);
}

#[test]
fn an_address_is_suspected_on_a_claim_and_suppressed_on_proof() {
    let hard_bounce = Finding { about: About::Recipient, hard_bounce: true, ..Finding::default() };
    let after = |known, measure| AddressState::after(known, false, measure, hard_bounce);
    assert_eq!(after(None, Measure::Rest), Some(AddressState::Suspect));
    assert_eq!(after(Some(AddressState::Suspect), Measure::Suppress), Some(AddressState::Suppressed));
    assert_eq!(after(Some(AddressState::Suppressed), Measure::Rest), None);
    assert_eq!(after(None, Measure::Hold), None);
    // It is in use again, and a report tells of a letter from before: later ones have not come back.
    let of_before = |known| AddressState::after(Some(known), true, Measure::Suppress, hard_bounce);
    assert_eq!(of_before(AddressState::Good), None);
    assert_eq!(of_before(AddressState::Suspect), Some(AddressState::Suppressed));
    assert_eq!(after(Some(AddressState::Good), Measure::Suppress), Some(AddressState::Suppressed));
}

#[test]
fn a_report_of_a_letter_from_before_an_address_was_revived_says_nothing_of_it_unless_a_person_confirms_it() {
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let revived = Some(at(100));
    for (witness, since, came_at, attempted_at, is_of_before) in [
        (Witness::EnvelopeAddress, revived, 150, Some(50), true),
        (Witness::EnvelopeAddress, revived, 100, Some(99), false),
        (Witness::EnvelopeAddress, revived, 150, Some(100), false),
        (Witness::EnvelopeAddress, revived, 99, Some(50), false),
        (Witness::EnvelopeAddress, revived, 150, None, false),
        (Witness::EnvelopeAddress, None, 150, Some(50), false),
        (Witness::Person, revived, 150, Some(50), false),
    ] {
        let told = tells_of_before(witness, since, at(came_at), attempted_at.map(at));
        assert_eq!(told, is_of_before, "{witness:?} {since:?} {came_at} {attempted_at:?}");
    }
}

#[test]
fn the_directory_takes_an_address_into_use_again_by_news_and_not_by_the_same_file() {
    let proven = date(2026, 5, 3);
    assert!(revives(true, None, proven) && revives(false, Some(date(2026, 5, 4)), proven));
    assert!(!revives(false, None, proven) && !revives(false, Some(proven), proven));
}

#[test]
fn a_request_is_told_as_come_back_until_somebody_acts_or_a_later_letter_gets_through_there() {
    use Delivery::{Accepted, CameBack, Reported, Suppressed, Waiting};
    let sent = |delivery, level: &str| Sent { delivery, suppressed: false, dealt_with: false, seat: (1, String::new(), level.into()) };
    let (came_back, hard_bounce) = (sent(CameBack, "technical"), Sent { suppressed: true, ..sent(CameBack, "technical") });
    let told = |letters: &[Sent]| delivery(letters, true, false);
    assert_eq!(told(&[]), None);
    assert_eq!(told(std::slice::from_ref(&came_back)), Some(CameBack));
    assert_eq!(told(&[sent(Accepted, "technical"), hard_bounce.clone()]), Some(Suppressed));
    assert_eq!(told(&[hard_bounce.clone(), sent(Waiting, "technical")]), Some(Suppressed));
    assert_eq!(told(&[hard_bounce.clone(), sent(Accepted, "technical")]), Some(Accepted));
    assert_eq!(told(&[hard_bounce.clone(), sent(Accepted, "head")]), Some(Suppressed), "whom it was meant for has not got it");
    assert_eq!(told(&[Sent { dealt_with: true, ..hard_bounce.clone() }, sent(Waiting, "technical")]), Some(Waiting));
    assert_eq!(delivery(std::slice::from_ref(&hard_bounce), true, true), Some(Suppressed), "what is proven stands before what is said");
    assert_eq!(delivery(&[hard_bounce], false, true), Some(CameBack), "what is settled needs nobody");
    assert_eq!(delivery(&[sent(Accepted, "technical")], true, true), Some(Reported), "somebody says so");
}
