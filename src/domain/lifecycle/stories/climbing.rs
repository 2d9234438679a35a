//! The ladder as the days pass: which step is taken, left out, held or passed over.

use super::*;
use crate::domain::post::Validity;

#[test]
fn the_default_ladder_is_climbed_step_by_step() {
    let happened = Story::new().play(date(2026, 1, 2), date(2026, 6, 1));
    let happened: Vec<String> = happened.iter().map(|(day, what)| format!("{day} {what}")).collect();
    insta::assert_snapshot!(happened.join("\n"), @r"
    2026-02-19 friendly reminder
    2026-02-27 reminder
    2026-03-12 escalation to the head
    2026-03-26 escalation to the supervising authority
    2026-04-23 non-cooperation
    ");
}

#[test]
fn a_late_start_is_one_letter_and_not_three() {
    let story = Story::new();
    assert_eq!(story.decide(date(2026, 3, 20)), ("reminder".into(), 1), "and the head hears of it only when that had its time");
}

#[test]
fn non_cooperation_is_not_recorded_in_the_breath_of_the_first_letter() {
    let happened = Story::new().play(date(2026, 9, 1), date(2026, 12, 1));
    let happened: Vec<String> = happened.iter().map(|(day, what)| format!("{day} {what}")).collect();
    assert_eq!(
        happened,
        [
            "2026-09-01 reminder",
            "2026-09-14 escalation to the head",
            "2026-09-28 escalation to the supervising authority",
            "2026-10-26 non-cooperation"
        ]
    );
}

#[test]
fn nobody_is_chased_while_the_mailbox_is_unread_or_a_reply_may_be_waiting() {
    let mut story = Story::new();
    story.read = false;
    assert_eq!(story.decide(date(2026, 2, 27)).0, "MailboxNotRead");
    story.read = true;
    story.unread_until = Some(date(2026, 2, 28));
    assert_eq!(story.decide(date(2026, 2, 27)).0, "MailboxNotRead", "read a moment ago, and then came something that cannot be");
    assert_eq!(story.decide(date(2026, 2, 28)).0, "reminder");
    story.unread_until = None;
    story.rests = vec![Rest { kind: RestKind::OfAuthority, since: date(2026, 2, 27), of_contact: None }];
    assert_eq!(story.decide(date(2026, 2, 27)).0, "ReplyMayBeWaiting");
}

#[test]
fn over_a_letter_that_lies_unread_for_very_long_a_neutral_letter_leaves_in_place_of_a_reminder_and_nothing_above_it() {
    let mut story = Story::new();
    story.rests = vec![Rest { kind: RestKind::OfAuthority, since: date(2026, 2, 2), of_contact: Some(MailId(7)) }];
    assert_eq!(story.decide(date(2026, 2, 27)).0, "ReplyMayBeWaiting");
    assert_eq!(story.decide(date(2026, 3, 2)), ("in place of the reminder: 7 is being examined".into(), 1));
    assert_eq!(story.decide(date(2026, 3, 20)), ("in place of the reminder: 7 is being examined".into(), 1), "an escalation is due too");
    story.last_letter_on = Some(date(2026, 3, 2));
    story.told_on = Some(date(2026, 3, 2));
    assert_eq!(story.decide(date(2026, 12, 1)).0, "ReplyMayBeWaiting");
    // A person has looked: in place of a reminder it was told of something else.
    let rests = std::mem::take(&mut story.rests);
    assert_eq!(story.decide(date(2026, 12, 1)).0, "reminder");
    for name in ["friendly reminder", "reminder"] {
        story.taken.push(StepTaken { name: name.into(), on: date(2026, 3, 2), deadline: story.request.deadline, passed_over: false });
    }
    (story.told_on, story.rests) = (None, rests);
    assert_eq!(story.decide(date(2026, 12, 1)).0, "ReplyMayBeWaiting", "no step of the technical level is left");
}

#[test]
fn an_authority_that_got_no_reminder_does_not_get_two_escalations_within_a_week() {
    let reminded = || {
        let mut story = Story::new();
        let name = "reminder".to_owned();
        story.taken = vec![StepTaken { name, on: date(2026, 2, 27), deadline: story.request.deadline, passed_over: false }];
        story.last_letter_on = Some(date(2026, 2, 27));
        story.ladder.steps.retain(|step| step.name != "friendly reminder");
        story
    };
    let happened = reminded().play(date(2026, 3, 13), date(2026, 6, 1));
    let happened: Vec<String> = happened.iter().map(|(day, what)| format!("{day} {what}")).collect();
    assert_eq!(
        happened,
        ["2026-03-13 escalation to the head", "2026-03-27 escalation to the supervising authority", "2026-04-24 non-cooperation"]
    );
    // Just before the standstill ended, the ladder's own days would have been five apart.
    let happened = reminded().play(date(2026, 3, 24), date(2026, 6, 1));
    assert_eq!(happened.iter().map(|(day, _)| *day).take(2).collect::<Vec<_>>(), [date(2026, 3, 24), date(2026, 4, 7)]);
    assert_eq!(happened[0].1, "escalation to the head", "one level after the other");
}

/// What is written when, from the day after the request on, and what is said at the end.
fn climbed(authority: Authority, above: Option<Authority>) -> (Vec<String>, String) {
    let mut story = Story { authority, above, ..Story::new() };
    let happened = story.play(date(2026, 1, 2), date(2026, 12, 1));
    (happened.iter().map(|(day, what)| format!("{day} {what}")).collect(), story.decide(date(2026, 12, 1)).0)
}

#[test]
fn a_level_of_which_the_directory_has_nobody_is_left_out_and_the_next_keeps_its_day() {
    let general = authority(&[("post", "technical")]);
    let (happened, end) = climbed(general.clone(), Some(authority(&[("ministry", "technical")])));
    let to_the_ministry = "2026-03-26 escalation to the supervising authority";
    let reminders = ["2026-02-19 friendly reminder", "2026-02-27 reminder"];
    assert_eq!(happened, [reminders[0], reminders[1], to_the_ministry, "2026-04-23 non-cooperation"]);
    assert_eq!(end, "nothing");
    let (happened, end) = climbed(authority(&[("post", "technical"), ("head", "head")]), None);
    assert_eq!(happened, [reminders[0], reminders[1], "2026-03-12 escalation to the head", "2026-04-23 non-cooperation"]);
    assert_eq!(end, "nothing");
    let (happened, end) = climbed(general, None);
    assert_eq!(happened, [reminders[0], reminders[1], "2026-04-23 non-cooperation"], "the end of the ladder, which says who was not there");
    assert_eq!(end, "nothing");
}

#[test]
fn whoever_comes_into_the_directory_late_is_written_to_unless_somebody_above_was() {
    let mut story = Story { authority: authority(&[("post", "technical")]), above: None, ..Story::new() };
    assert_eq!(story.situation(date(2026, 2, 1)).vacancies(date(2026, 2, 1)).len(), 2);
    story.play(date(2026, 1, 2), date(2026, 4, 1));
    story.authority = authority(&[("post", "technical"), ("head", "head")]);
    let happened = story.play(date(2026, 4, 2), date(2026, 12, 1));
    let names: Vec<&str> = happened.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(names, ["escalation to the head", "non-cooperation"]);
    assert_eq!(days_between(happened[0].0, happened[1].0), 42, "the head has the time that the ladder gives it");

    let mut story = Story { authority: authority(&[("post", "technical")]), ..Story::new() };
    story.play(date(2026, 1, 2), date(2026, 4, 1));
    let situation = story.situation(date(2026, 3, 26));
    assert!(situation.taken.iter().any(|taken| taken.name == "escalation to the head" && taken.passed_over));
    assert_eq!(situation.vacancies(date(2026, 4, 1)), []);
    story.authority = authority(&[("post", "technical"), ("head", "head")]);
    assert_eq!(story.decide(date(2026, 4, 2)).0, "later 2026-04-23", "and nothing goes down to the head");
}

#[test]
fn a_ladder_that_writes_to_nobody_above_has_no_higher_level() {
    let mut story = Story { authority: authority(&[("post", "technical")]), above: None, ..Story::new() };
    story.ladder.steps.retain(|step| step.letter().is_none_or(|letter| !letter.is_higher("technical")));
    assert!(!story.situation(date(2026, 1, 2)).has_higher_level(date(2026, 1, 2)));
}

#[test]
fn a_claim_that_a_letter_came_back_rests_each_step_for_days_and_its_end_until_a_person_decides() {
    let mut story = Story::new();
    story.rests = vec![Rest { kind: RestKind::OfReports, since: date(2026, 2, 26), of_contact: None }];
    assert_eq!(story.decide(date(2026, 2, 27)).0, "SaidToHaveComeBack");
    assert_eq!(story.decide(date(2026, 3, 5)).0, "reminder");
    story.play(date(2026, 3, 5), date(2026, 4, 1));
    assert_eq!(story.decide(date(2026, 9, 1)).0, "SaidToHaveComeBack", "nobody is said not to cooperate who may have got nothing");
}

#[test]
fn nobody_above_is_told_of_silence_while_a_letter_is_known_not_to_have_arrived() {
    let mut story = Story::new();
    story.came_back(&authority(&[("post", "technical")]));
    assert_eq!(story.decide(date(2026, 2, 27)).0, "reminder", "whether there is another address is asked where it is written to");
    story.play(date(2026, 2, 27), date(2026, 2, 27));
    assert_eq!(story.decide(date(2026, 3, 12)).0, "CameBack");
    assert_eq!(story.decide(date(2026, 12, 1)).0, "CameBack");
    let mut with_registry = authority(&[("post", "technical"), ("registry", "technical")]);
    with_registry.contacts[1].valid = Validity { from: Some(date(2026, 4, 1)), to: Some(date(2026, 9, 30)) };
    story.came_back(&with_registry);
    assert_eq!(story.decide(date(2026, 3, 31)).0, "CameBack", "nobody is at the other address yet");
    assert_eq!(story.decide(date(2026, 4, 1)).0, "escalation to the head", "a person has named another address");
    assert_eq!(story.decide(date(2026, 12, 1)).0, "CameBack", "nor is it any more");
    story.ladder.steps.retain(|step| !step.is_letter());
    assert_eq!(story.decide(date(2026, 12, 1)).0, "CameBack", "nor is it recorded");
}

#[test]
fn an_extension_starts_the_ladder_s_climb_anew() {
    let mut story = Story::new();
    story.play(date(2026, 1, 2), date(2026, 2, 28));
    story.request.deadline = date(2026, 5, 1);
    assert_eq!(story.decide(date(2026, 3, 1)).0, "later 2026-04-24");
}

#[test]
fn a_settled_or_paused_request_is_left_alone() {
    let mut story = Story::new();
    story.request.paused = true;
    assert_eq!(story.decide(date(2026, 4, 1)).0, "nothing");
    story.request.paused = false;
    story.request.answered = 1;
    assert_eq!(story.decide(date(2026, 4, 1)).0, "nothing");
}

#[test]
fn a_letter_that_left_on_a_day_was_what_was_due_on_it() {
    let mut story = Story::new();
    let as_told = |story: &Story, day: Date| match left_as(&story.situation(day), day) {
        SentAs::Request => "request".to_owned(),
        SentAs::Step { step, passed_over, due_on } => format!("{} due on {due_on}, {} passed over", step.name, passed_over.len()),
        SentAs::Other => "other".to_owned(),
    };
    for (day, expected) in [
        (date(2026, 1, 10), "other"),
        (date(2026, 2, 19), "friendly reminder due on 2026-02-19, 0 passed over"),
        (date(2026, 2, 27), "reminder due on 2026-02-27, 1 passed over"),
        (date(2026, 4, 1), "reminder due on 2026-02-27, 1 passed over"),
    ] {
        assert_eq!(as_told(&story, day), expected, "{day}");
    }
    // What keeps a letter back today did not on that day.
    story.rests = vec![Rest { kind: RestKind::OfAuthority, since: date(2026, 2, 1), of_contact: None }];
    assert_eq!(as_told(&story, date(2026, 2, 19)), "friendly reminder due on 2026-02-19, 0 passed over");
    story.request.sent_at = None;
    assert_eq!(as_told(&story, date(2026, 2, 19)), "request");
}
