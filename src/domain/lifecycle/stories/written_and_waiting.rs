//! Letters that are written already: whether they may leave, and when.

use super::*;

#[test]
fn a_letter_that_is_written_leaves_only_while_what_it_says_still_holds() {
    let rules = rules();
    // A Friday at ten.
    let (written_on, now) = (date(2026, 2, 27), at(date(2026, 2, 27)));
    let outcome = |change: &dyn Fn(&mut Story), is_examination: bool| {
        let mut story = Story::new();
        change(&mut story);
        let situation = story.situation(written_on);
        let step = story.ladder.steps.get(1);
        let deadline = Some(date(2026, 2, 26));
        let letter = if is_examination { LadderLetter::Examination(step) } else { LadderLetter::OfStep(step) };
        let due_on = Some(written_on);
        let letter =
            LadderLetterFacts { situation: &situation, letter, written_on, deadline, due_on, addressee_gone: story.addressee_gone };
        may_leave(&Waiting::OfLadder(letter), &rules, false, now)
    };
    let rest = |kind, of_contact| Rest { kind, since: date(2026, 2, 20), of_contact };
    let unread = rest(RestKind::OfAuthority, Some(MailId(7)));
    assert_eq!(outcome(&|_| {}, false), MayLeave::From(now));
    assert_eq!(outcome(&|story| settled("ended", &mut story.request), false), MayLeave::Never(Needless::RequestEnded));
    assert_eq!(outcome(&|story| settled("answered", &mut story.request), false), MayLeave::Never(Needless::RequestSettled));
    assert_eq!(outcome(&|story| story.request.deadline = date(2026, 5, 1), false), MayLeave::Never(Needless::DeadlineMoved));
    assert_eq!(outcome(&|story| story.request.paused = true, false), MayLeave::NotYet(Hold::Paused));
    assert_eq!(outcome(&|story| story.read = false, false), MayLeave::NotYet(Hold::MailboxNotRead));
    assert_eq!(outcome(&|story| story.rests = vec![unread], false), MayLeave::NotYet(Hold::ReplyMayBeWaiting));
    assert_eq!(outcome(&|story| story.rests = vec![unread], true), MayLeave::From(now), "it says that this letter waits");
    assert_eq!(outcome(&|_| {}, true), MayLeave::Never(Needless::LetterWasRead));
    let left = |more: &dyn Fn(&mut Story)| {
        outcome(
            &|story| {
                story.addressee_gone = Some(Needless::AddressEnded);
                more(story);
            },
            false,
        )
    };
    let ended = MayLeave::Never(Needless::AddressEnded);
    assert_eq!(left(&|_| {}), ended);
    assert_eq!(left(&|story| story.request.paused = true), ended, "when the term runs again, it is not written to who left");
    assert_eq!(left(&|story| story.rests = vec![unread]), ended);
    assert_eq!(left(&|story| settled("answered", &mut story.request)), MayLeave::Never(Needless::RequestSettled));
    let reported = rest(RestKind::OfReports, None);
    assert_eq!(
        outcome(&|story| story.rests = vec![Rest { since: written_on, ..reported }], false),
        MayLeave::NotYet(Hold::SaidToHaveComeBack)
    );
    assert_eq!(outcome(&|story| story.came_back(&authority(&[])), false), MayLeave::From(now), "a reminder goes where the request went");
}

#[test]
fn a_first_letter_and_a_receipt_leave_in_office_hours_and_mail_to_staff_at_any() {
    let rules = rules();
    let (saturday, monday) = (at(date(2026, 2, 28)), start_of_day(date(2026, 3, 2), &UTC) + SignedDuration::from_hours(8));
    let story = Story::new();
    let first_letter = |change: &dyn Fn(&mut Request), stand_still, addressee_gone| {
        let mut request = story.request.clone();
        change(&mut request);
        may_leave(&Waiting::Request { request: &request, authority: &story.authority, addressee_gone }, &rules, stand_still, saturday)
    };
    let request = |change: &dyn Fn(&mut Request), stand_still| first_letter(change, stand_still, None);
    for gone in [Needless::AddressEnded, Needless::AddressSuppressed] {
        assert_eq!(first_letter(&|_| {}, false, Some(gone)), MayLeave::Never(gone));
    }
    assert_eq!(
        first_letter(&|request| settled("ended", request), false, Some(Needless::AddressEnded)),
        MayLeave::Never(Needless::RequestEnded)
    );
    let first = request(&|_| {}, false);
    assert_eq!(first, MayLeave::From(rules.moment_of(None, saturday, &story.authority)));
    assert!(matches!(first, MayLeave::From(moment) if moment >= monday), "{first:?}");
    assert_eq!(request(&|request| settled("ended", request), false), MayLeave::Never(Needless::RequestEnded));
    assert_eq!(request(&|request| settled("answered", request), false), MayLeave::Never(Needless::RequestSettled));
    assert_eq!(request(&|_| {}, true), MayLeave::NotYet(Hold::LettersStandStill));
    let receipt = |of_a_reply| may_leave(&Waiting::Acknowledgement { authority: &story.authority, of_a_reply }, &rules, false, saturday);
    assert_eq!(receipt(true), first);
    assert_eq!(receipt(false), MayLeave::Never(Needless::NoReplyAnyMore));
    assert_eq!(may_leave(&Waiting::ToStaff, &rules, true, saturday), MayLeave::From(saturday));
}

#[test]
fn what_keeps_a_step_from_being_written_keeps_its_letter_in_the_outbox_and_nothing_else_does() {
    let rules = rules();
    // The reminder is due on the first of these days, the escalation to the head on the second.
    let days = [(date(2026, 2, 27), 1), (date(2026, 3, 12), 2)];
    type Change = fn(&mut Story, Date);
    let nothing: Change = |_, _| {};
    let changes: [(Change, [Option<Hold>; 2]); 8] = [
        (nothing, [None; 2]),
        (|story, _| story.read = false, [Some(Hold::MailboxNotRead); 2]),
        (|story, day| story.unread_until = Some(plus_days(day, 1)), [Some(Hold::MailboxNotRead); 2]),
        (
            |story, day| story.rests = vec![Rest { kind: RestKind::OfAuthority, since: day, of_contact: Some(MailId(7)) }],
            [Some(Hold::ReplyMayBeWaiting); 2],
        ),
        (
            |story, day| story.rests = vec![Rest { kind: RestKind::OfOthers, since: day, of_contact: None }],
            [Some(Hold::ReplyMayBeWaiting); 2],
        ),
        (
            |story, day| story.rests = vec![Rest { kind: RestKind::OfReports, since: day, of_contact: None }],
            [Some(Hold::SaidToHaveComeBack); 2],
        ),
        (|story, _| story.came_back(&authority(&[])), [None, Some(Hold::CameBack)]),
        (|story, _| story.came_back(&authority(&[("registry", "technical")])), [None; 2]),
    ];
    for (number, (change, expected)) in changes.into_iter().enumerate() {
        for ((day, place), expected) in days.into_iter().zip(expected) {
            let mut story = Story::new();
            story.play(date(2026, 1, 2), day.yesterday().unwrap());
            change(&mut story, day);
            let situation = story.situation(day);
            let step = &story.ladder.steps[place];
            let to_be_written = match next_step(&situation, at(day)) {
                Decision::Held(hold) => Some(hold),
                Decision::Take { step: taken, .. } if taken.name == step.name => None,
                other => panic!("{number} {day}: {other:?}"),
            };
            let letter = LadderLetterFacts {
                situation: &situation,
                letter: LadderLetter::OfStep(Some(step)),
                written_on: day,
                deadline: Some(story.request.deadline),
                due_on: Some(day),
                addressee_gone: None,
            };
            let written = match may_leave(&Waiting::OfLadder(letter), &rules, false, at(day)) {
                MayLeave::NotYet(hold) => Some(hold),
                MayLeave::From(_) => None,
                MayLeave::Never(why) => panic!("{number} {day}: {why:?}"),
            };
            assert_eq!((to_be_written, written), (expected, expected), "{number} {day}");
        }
    }
}
