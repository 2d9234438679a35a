use super::*;
use crate::domain::addressing::Addressees;
use crate::domain::addressing::tests::authority;
use crate::domain::authority::Authority;
use crate::domain::calendar::{Calendar, days_between, plus_days};
use crate::domain::ladder::{Action, Anchor, Ladder, StepAddressee, StepLetter};
use crate::domain::request::{Ending, EndingKind, Request};
use crate::domain::resting::{Rest, RestKind, RestTerms};
use crate::domain::rules::{OfficeRules, start_of_day};
use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::borrow::Cow;

fn at(day: Date) -> Timestamp {
    start_of_day(day, &TimeZone::UTC) + jiff::SignedDuration::from_hours(10)
}

/// Sent on 1 January, due on 26 February.
fn open_request() -> Request {
    crate::domain::request::tests::request(date(2026, 2, 26), 1, 0)
}

static UTC: TimeZone = TimeZone::UTC;

struct Story {
    request: Request,
    ladder: Ladder,
    taken: Vec<StepTaken>,
    last_letter_on: Option<Date>,
    read: bool,
    unread_until: Option<Date>,
    rests: Vec<Rest>,
    told_on: Option<Date>,
    has_come_back: bool,
    authority: Authority,
    above: Option<Authority>,
}

impl Story {
    fn new() -> Story {
        Story {
            request: open_request(),
            ladder: Ladder::default(),
            taken: vec![],
            last_letter_on: Some(date(2026, 1, 1)),
            read: true,
            unread_until: None,
            rests: vec![],
            told_on: None,
            has_come_back: false,
            authority: authority(&[("post", "technical"), ("head", "head")]),
            above: Some(authority(&[("ministry", "technical")])),
        }
    }

    fn situation(&self, day: Date) -> Situation<'_> {
        Situation {
            request: &self.request,
            ladder: &self.ladder,
            taken: &self.taken,
            zone: &UTC,
            last_letter_on: self.last_letter_on,
            mailboxes_read_at: self.read.then(|| at(day)),
            mailboxes_unread_until: self.unread_until.map(at),
            heard_within: SignedDuration::from_mins(15),
            has_unread: false,
            rests: &self.rests,
            rest_terms: RestTerms { hold_days: 5, read_days: 20, calendar: Cow::Owned(Calendar::plain("office")), zone: &UTC },
            told_of_examination_on: self.told_on,
            addressees: Addressees { authority: &self.authority, office: "", above: self.above.as_ref(), lowest_level: "technical" },
            letter_on_its_way: false,
            said_to_have_come_back: self.rests.iter().any(|rest| rest.kind == RestKind::OfReports),
            has_come_back: self.has_come_back,
        }
    }

    fn decide(&self, day: Date) -> (String, usize) {
        match next_step(&self.situation(day), at(day)) {
            Decision::Nothing => ("nothing".into(), 0),
            Decision::Later(day) => (format!("later {day}"), 0),
            Decision::Held(hold) => (format!("{hold:?}"), 0),
            Decision::Take { examining: Some(mail), step, passed_over, .. } => {
                (format!("in place of the {}: {mail} is being examined", step.name), passed_over.len())
            }
            Decision::Take { step, passed_over, .. } => (step.name.clone(), passed_over.len()),
        }
    }

    /// What the office's daemon does at one moment: the letter written or the end recorded, if one is due then.
    fn act(&mut self, now: Timestamp) -> Option<(Step, bool)> {
        let on = day_in(now, &UTC);
        let situation = Situation { mailboxes_read_at: self.read.then_some(now), ..self.situation(on) };
        let Decision::Take { step, passed_over, examining, .. } = next_step(&situation, now) else { return None };
        let (step, deadline) = (step.clone(), self.request.deadline);
        let below: Vec<StepTaken> =
            passed_over.iter().map(|over| StepTaken { name: over.name.clone(), on, deadline, passed_over: true }).collect();
        if examining.is_some() {
            self.told_on = Some(on);
        } else {
            self.taken.extend(below);
            self.taken.push(StepTaken { name: step.name.clone(), on, deadline, passed_over: false });
        }
        if step.is_letter() {
            self.last_letter_on = Some(on);
        }
        Some((step, examining.is_some()))
    }

    /// Plays every day, taking what is decided, and lists it.
    fn play(&mut self, from: Date, to: Date) -> Vec<(Date, String)> {
        let days = (0..=days_between(from, to)).map(|days| plus_days(from, days));
        days.filter_map(|day| self.act(at(day)).map(|(step, _)| (day, step.name))).collect()
    }
}

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
    story.has_come_back = true;
    assert_eq!(story.decide(date(2026, 2, 27)).0, "reminder", "whether there is another address is asked where it is written to");
    story.play(date(2026, 2, 27), date(2026, 2, 27));
    assert_eq!(story.decide(date(2026, 3, 12)).0, "CameBack");
    assert_eq!(story.decide(date(2026, 12, 1)).0, "CameBack");
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
        LeftAs::Request => "request".to_owned(),
        LeftAs::Step { step, passed_over, due_on } => format!("{} due on {due_on}, {} passed over", step.name, passed_over.len()),
        LeftAs::Other => "other".to_owned(),
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

/// The office's rules in UTC; letters leave on working days from eight to six.
fn rules() -> OfficeRules {
    OfficeRules { time_zone: UTC.clone(), ..crate::domain::sample::rules() }
}

impl Story {
    /// Whether the agenda looks at the request: from the moment on at which its next step falls due.
    fn is_looked_at(&self, rules: &OfficeRules, moment: Timestamp) -> bool {
        let situation = self.situation(day_in(moment, &UTC));
        let next = falls_due(&situation);
        next.is_some_and(|(step, day)| rules.moment_of(Some(step), start_of_day(day, &UTC), &self.authority) <= moment)
    }

    /// Every hour from `now` to the end of the day `until`, as the daemon's clock goes: what is written when it may leave, and when that is.
    fn clock(&mut self, rules: &OfficeRules, now: Timestamp, until: Date) -> Vec<(Date, String, bool)> {
        let mut happened = Vec::new();
        let mut moment = now;
        while day_in(moment, &UTC) <= until {
            while self.is_looked_at(rules, moment)
                && let Some((step, is_examination)) = self.act(moment)
            {
                let on = day_in(rules.moment_of(Some(&step), moment, &self.authority), &UTC);
                if on <= until {
                    happened.push((on, step.name, is_examination));
                }
            }
            moment += SignedDuration::from_hours(1);
        }
        happened
    }
}

fn settled(how: &str, request: &mut Request) {
    match how {
        "ended" => {
            let (reason, by) = ("no longer needed".into(), "A. Novak".into());
            request.ended = Some(Ending { how: EndingKind::Waived, reason, by, at: at(date(2026, 2, 1)) });
        }
        "answered" => request.answered = request.asked,
        _ => {}
    }
}

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
        let letter = OfLadder { situation: &situation, letter, written_on, deadline, due_on: Some(written_on) };
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
    let reported = rest(RestKind::OfReports, None);
    assert_eq!(
        outcome(&|story| story.rests = vec![Rest { since: written_on, ..reported }], false),
        MayLeave::NotYet(Hold::SaidToHaveComeBack)
    );
    assert_eq!(outcome(&|story| story.has_come_back = true, false), MayLeave::From(now), "a reminder goes where the request went");
}

#[test]
fn a_first_letter_and_a_receipt_leave_in_office_hours_and_mail_to_staff_at_any() {
    let rules = rules();
    let (saturday, monday) = (at(date(2026, 2, 28)), start_of_day(date(2026, 3, 2), &UTC) + SignedDuration::from_hours(8));
    let story = Story::new();
    let request = |change: &dyn Fn(&mut Request), stand_still| {
        let mut request = story.request.clone();
        change(&mut request);
        may_leave(&Waiting::Request { request: &request, authority: &story.authority }, &rules, stand_still, saturday)
    };
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

/// A ladder of any steps with templates of any name, to any level.
fn ladders() -> impl Strategy<Value = Ladder> {
    let to = prop_oneof![
        Just((StepAddressee::Addressee, "technical")),
        Just((StepAddressee::FocalPoint, "technical")),
        Just((StepAddressee::Authority, "head")),
        Just((StepAddressee::SupervisingAuthority, "minister")),
    ];
    let template = prop_oneof![Just("reminder"), Just("escalation"), Just("request"), Just("acknowledgement"), Just("last-word")];
    let step = (-20i32..80, any::<bool>(), to, template, any::<bool>(), 0u8..6);
    (prop::collection::vec(step, 0..7), 0u32..20).prop_map(|(steps, minimum_gap_days)| {
        let steps = (1..).zip(steps).map(|(number, (days, of_sending, (to, level), template, at_any_time, end))| Step {
            name: format!("step {number}"),
            anchor: if of_sending { Anchor::Sending } else { Anchor::Deadline },
            days: if of_sending { days.abs() } else { days },
            action: match end {
                0 => Action::RecordNonCooperation,
                _ => Action::Letter(StepLetter { template: template.into(), to, level: level.into(), copy_to_first: false, at_any_time }),
            },
        });
        Ladder { steps: steps.collect(), minimum_gap_days }
    })
}

proptest! {
    // A year of hours each.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the ladder, whatever waits and whenever one looks: what is foreseen is what the clock then does, if nothing comes.
    #[test]
    fn a_forecast_says_what_the_clock_does(
        ladder in ladders(),
        waiting in prop::collection::vec((-40i64..40, 0u8..3), 0..4),
        begin in 0i64..200,
        hour in 0i64..24,
        has_head in any::<bool>(),
        has_ministry in any::<bool>(),
        span in 0i64..200,
    ) {
        let rules = rules();
        let now = start_of_day(plus_days(date(2026, 1, 2), begin), &UTC) + SignedDuration::from_hours(hour);
        let until = plus_days(day_in(now, &UTC), span);
        let mut story = Story { ladder, ..Story::new() };
        if !has_head {
            story.authority = authority(&[("post", "technical")]);
        }
        story.above = story.above.filter(|_| has_ministry);
        story.rests = waiting.iter().map(|(days, kind)| Rest {
            kind: RestKind::ALL[usize::from(*kind)],
            since: plus_days(day_in(now, &UTC), *days),
            of_contact: (*kind == 0).then_some(MailId(7)),
        }).collect();
        let ladder = story.ladder.clone();
        let foreseen: Vec<(Date, String, bool)> = {
            let situation = Situation { ladder: &ladder, ..story.situation(day_in(now, &UTC)) };
            let foreseen = foresee(&situation, false, &rules, now, until).into_iter().filter(|one| one.held.is_none());
            foreseen.map(|one| (one.on, one.what.step().unwrap().name.clone(), one.what.is_examination())).collect()
        };
        prop_assert_eq!(foreseen, story.clock(&rules, now, until));
    }
}

proptest! {
    /// Nothing leaves that must not, whatever its template is called and whatever else is the case.
    #[test]
    fn nothing_leaves_about_a_request_that_is_settled_paused_unread_or_moved(
        ladder in ladders(),
        which in 0usize..7,
        state in prop_oneof![Just("open"), Just("answered"), Just("ended")],
        paused in any::<bool>(),
        read in any::<bool>(),
        moved in any::<bool>(),
        waits in any::<bool>(),
        stand_still in any::<bool>(),
    ) {
        let rules = rules();
        let day = date(2026, 3, 3);
        let mut story = Story { ladder, read, ..Story::new() };
        settled(state, &mut story.request);
        story.request.paused = paused;
        if waits {
            story.rests = vec![Rest { kind: RestKind::OfAuthority, since: day, of_contact: None }];
        }
        let situation = story.situation(day);
        let deadline = if moved { plus_days(story.request.deadline, -1) } else { story.request.deadline };
        let letter = OfLadder {
            situation: &situation,
            letter: LadderLetter::OfStep(story.ladder.steps.get(which)),
            written_on: day,
            deadline: Some(deadline),
            due_on: Some(day),
        };
        let leaves = matches!(may_leave(&Waiting::OfLadder(letter), &rules, stand_still, at(day)), MayLeave::From(_));
        prop_assert_eq!(leaves, state == "open" && !paused && read && !moved && !waits && !stand_still);
    }

    /// However long the standstill: never two letters within the minimum gap, never a step twice.
    #[test]
    fn letters_keep_their_distance(start in 0i64..300) {
        let happened = Story::new().play(plus_days(date(2026, 1, 2), start), date(2027, 6, 1));
        for pair in happened.windows(2) {
            prop_assert!(days_between(pair[0].0, pair[1].0) >= 5);
        }
        let mut names: Vec<&String> = happened.iter().map(|(_, what)| what).collect();
        names.dedup();
        prop_assert_eq!(names.len(), happened.len());
        prop_assert_eq!(happened.last().map(|(_, what)| what.as_str()), Some("non-cooperation"));
    }

    /// Whatever rests, stands still or is not read, and however often: nobody above hears of silence before each level below was written to, and
    /// had the time that the ladder gives it.
    #[test]
    fn no_level_is_written_to_before_those_below_had_their_time(still in prop::collection::vec((0i64..300, 1i64..150), 0..5), gap in 0u32..20) {
        let mut story = Story::new();
        story.ladder.minimum_gap_days = gap;
        let first = date(2026, 1, 2);
        let mut happened = Vec::new();
        for day in 0..900 {
            let rests = still.iter().any(|(from, length)| (*from..from + length).contains(&day));
            story.rests = if rests { vec![Rest { kind: RestKind::OfAuthority, since: first, of_contact: None }] } else { vec![] };
            let day = plus_days(first, day);
            happened.extend(story.play(day, day));
        }
        let names: Vec<&str> = happened.iter().map(|(_, what)| what.as_str()).filter(|name| *name != "friendly reminder").collect();
        prop_assert_eq!(names, ["reminder", "escalation to the head", "escalation to the supervising authority", "non-cooperation"]);
        let days: Vec<Date> = happened.iter().filter(|(_, what)| what != "friendly reminder").map(|(day, _)| *day).collect();
        for (pair, least) in days.windows(2).zip([13, 14, 28]) {
            prop_assert!(days_between(pair[0], pair[1]) >= least, "{happened:?}");
        }
    }
}
