//! What holds for every ladder, whatever waits and whenever one looks.

use super::*;

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
        let letter = LadderLetterFacts {
            situation: &situation,
            letter: LadderLetter::OfStep(story.ladder.steps.get(which)),
            written_on: day,
            deadline: Some(deadline),
            due_on: Some(day),
            addressee_gone: None,
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
