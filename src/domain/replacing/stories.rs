use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn today() -> Date {
    date(2026, 3, 2)
}

fn row(unit: &str, name: Option<&str>, address: &str) -> Named {
    Named {
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()).into(),
        name: name.map(str::to_owned).into(),
        address: format!("{address}@prisons.example"),
        level: "technical".into(),
        focal_point: true,
        ..Named::default()
    }
}

fn general(address: &str) -> Named {
    Named { focal_point: false, unit: Given::Cleared, ..row("", None, address) }
}

const UNTOLD: Told<'_> = Told {
    authority: AuthorityId(1),
    named: &[],
    lowest_level: "technical",
    no_general_address: false,
    others_end: false,
    has_units: true,
    has_last_days: true,
};

/// A directory into which one file after another is imported, each on its day.
fn import(known: &mut Vec<Contact>, told: &Told<'_>, today: Date) -> Vec<DirectoryChange> {
    let before = known.clone();
    let anew = named_anew(&before, told, today);
    let changes = anew.iter().flat_map(|one| one.changes(today)).collect();
    for one in anew {
        match one.before.and_then(|before| known.iter_mut().find(|other| other.id == before.id)) {
            Some(place) => *place = one.after,
            None => known.push(Contact { id: ContactId(known.len() as i64 + 1), ..one.after }),
        }
    }
    changes
}

fn directory(files: &[&[Named]]) -> Vec<Contact> {
    let mut known = Vec::new();
    for named in files {
        import(&mut known, &Told { named, ..UNTOLD }, today());
    }
    known
}

/// Address, unit, name, last day.
fn shown(known: &[Contact]) -> Vec<String> {
    let words = |one: &Contact| {
        let local = one.address.split('@').next().unwrap_or_default();
        let to = one.valid.to.map(|to| format!(" to {to}")).unwrap_or_default();
        format!("{local} {:?} {}{to}", one.unit, one.name.as_deref().unwrap_or("-"))
    };
    known.iter().map(words).collect()
}

#[test]
fn a_new_general_address_takes_the_place_of_the_one_before_and_may_be_taken_up_again() {
    let mut known = directory(&[&[general("old"), row("", Some("Ana"), "ana")]]);
    let named = [general("new")];
    let ends = import(&mut known, &Told { named: &named, ..UNTOLD }, today());
    assert_eq!(shown(&known), ["old \"\" - to 2026-03-01", "ana \"\" Ana", "new \"\" -"]);
    let last_day = date(2026, 3, 1);
    let old = "old@prisons.example".to_owned();
    assert!(ends.contains(&DirectoryChange::AddressEnds { address: old.clone(), holder: None, unit: String::new(), last_day }), "{ends:?}");
    assert!(ends.iter().any(|one| matches!(one, DirectoryChange::AddressAdded { address, .. } if address == "new@prisons.example")));

    let named = [general("old")];
    let changes = import(&mut known, &Told { named: &named, ..UNTOLD }, date(2026, 4, 1));
    assert_eq!(shown(&known), ["old \"\" -", "ana \"\" Ana", "new \"\" - to 2026-03-31"]);
    let former_last_day = Some(last_day);
    let taken_up = DirectoryChange::AddressTakenUp { address: old, holder: None, unit: String::new(), former_last_day };
    assert!(changes.contains(&taken_up), "{changes:?}");
    assert_eq!(changes.len(), 2);

    import(&mut known, &Told { no_general_address: true, ..UNTOLD }, date(2026, 5, 1));
    assert_eq!(shown(&known), ["old \"\" - to 2026-04-30", "ana \"\" Ana", "new \"\" - to 2026-03-31"]);
}

#[test]
fn whom_a_file_leaves_out_stays_unless_it_retires_those() {
    let mut known = directory(&[&[general("post"), row("", Some("Ana"), "ana"), row("Legal", None, "legal"), row("", Some("Bo"), "bo")]]);
    let named = [row("", Some("Bo"), "bo")];
    assert_eq!(import(&mut known, &Told { named: &named, ..UNTOLD }, today()), []);
    let ends = import(&mut known, &Told { named: &named, others_end: true, ..UNTOLD }, today());
    assert_eq!(shown(&known), ["post \"\" -", "ana \"\" Ana to 2026-03-01", "legal \"Legal\" - to 2026-03-01", "bo \"\" Bo"]);
    assert_eq!(ends.len(), 2);
    assert_eq!(import(&mut known, &Told { named: &named, others_end: true, ..UNTOLD }, date(2026, 4, 1)), [], "they are over");
}

#[test]
fn days_that_a_file_gives_or_clears_hold_and_an_end_that_is_still_to_come_stays() {
    let to = |to| [Named { to, ..row("", Some("Ana"), "ana") }];
    for (first, then, expected) in [
        (Given::Value(date(2026, 1, 31)), Given::Nothing, None),
        (Given::Value(date(2026, 3, 1)), Given::Nothing, None),
        (Given::Value(date(2026, 12, 31)), Given::Nothing, Some(date(2026, 12, 31))),
        (Given::Value(date(2026, 12, 31)), Given::Cleared, None),
        (Given::Nothing, Given::Value(date(2026, 1, 31)), Some(date(2026, 1, 31))),
    ] {
        assert_eq!(directory(&[&to(first), &to(then)])[0].valid.to, expected, "{first:?}, {then:?}");
    }
}

#[test]
fn another_name_at_the_same_address_is_a_successor_and_another_spelling_is_not() {
    let mut known = directory(&[&[row("", Some("Ana Petrova"), "head")]]);
    for (name, left) in
        [(Given::Value("ANA  Petrova"), false), (Given::Value("Bo Berg"), true), (Given::Nothing, false), (Given::Cleared, true)]
    {
        let named = [Named { name: name.value().map(|name| (*name).to_owned()).into(), ..row("", None, "head") }];
        let named = if name == Given::Cleared { [Named { name: Given::Cleared, ..named[0].clone() }] } else { named };
        let changes = import(&mut known, &Told { named: &named, ..UNTOLD }, today());
        assert_eq!(matches!(changes[..], [DirectoryChange::HolderEnds { .. }]), left, "{name:?}: {changes:?}");
    }
    assert_eq!(shown(&known), ["head \"\" -"]);
}

#[test]
fn a_file_without_a_column_for_last_days_takes_up_nobody_again_whom_another_file_ended() {
    let past = Given::Value(date(2026, 1, 31));
    for (has_last_days, expected) in [(false, Some(date(2026, 1, 31))), (true, None)] {
        let mut known = directory(&[&[Named { to: past, ..row("Legal", Some("Ana"), "ana") }]]);
        let named = [row("Legal", Some("Ana"), "ana"), general("post")];
        import(&mut known, &Told { named: &named, has_last_days, ..UNTOLD }, today());
        assert_eq!(known[0].valid.to, expected);
    }
    let mut known = directory(&[&[general("old")], &[general("new")]]);
    import(&mut known, &Told { named: &[general("old")], has_last_days: false, ..UNTOLD }, today());
    assert_eq!(known[0].valid.to, None, "a general address has no column for that");
}

#[test]
fn whoever_is_named_without_a_unit_keeps_all_places_at_that_level_where_the_file_has_no_units() {
    let in_two = || directory(&[&[row("Legal", Some("Ana"), "ana"), row("Health", Some("Ana"), "ana"), row("Legal", Some("Bo"), "bo")]]);
    for (has_units, ended) in [(false, vec!["bo@prisons.example"]), (true, vec!["ana@prisons.example", "bo@prisons.example"])] {
        let mut known = in_two();
        import(&mut known, &Told { named: &[row("", Some("Ana"), "ana")], others_end: true, has_units, ..UNTOLD }, today());
        let over: Vec<&str> = known.iter().filter(|one| one.valid.ended_before(today())).map(|one| one.address.as_str()).collect();
        assert_eq!(over, ended);
    }
}

#[test]
fn a_unit_is_compared_like_a_name_and_may_be_cleared() {
    let mut known = directory(&[&[row("Legal unit", Some("Ana"), "ana")]]);
    assert_eq!(import(&mut known, &Told { named: &[row("legal  Unit", Some("Ana"), "ana")], ..UNTOLD }, today()), []);
    let named = [Named { unit: Given::Cleared, ..row("", Some("Ana"), "ana") }];
    let changes = import(&mut known, &Told { named: &named, ..UNTOLD }, today());
    assert!(matches!(&changes[..], [DirectoryChange::Moved { from_unit, to_unit, .. }] if from_unit == "Legal unit" && to_unit.is_empty()));
    assert_eq!(shown(&known), ["ana \"\" Ana"]);
}

#[test]
fn a_title_given_later_moves_an_address_with_its_number_and_one_that_is_empty_leaves_it_there() {
    let titled = |title: Given<String>| Named { title, ..row("", Some("Ana"), "ana") };
    let director = |title: &str| titled(Given::Value(title.into()));
    let mut known = directory(&[&[titled(Given::Nothing)]]);
    for (named, expected, is_told) in [
        (director("Director"), "Director", true),
        (director("DIRECTOR"), "Director", false),
        (titled(Given::Nothing), "Director", false),
        (director("Deputy director"), "Deputy director", true),
        (titled(Given::Cleared), "", true),
    ] {
        let changes = import(&mut known, &Told { named: &[named], others_end: true, ..UNTOLD }, today());
        assert_eq!(matches!(&changes[..], [DirectoryChange::TitleChanged { title, .. }] if title == expected), is_told, "{changes:?}");
        assert_eq!((known.len(), known[0].title.as_str(), known[0].valid), (1, expected, Validity::default()));
    }
    assert_eq!(director("Director").contradicts(&director("Deputy director")), Some(Contradiction::Title));
}

fn head(name: &str, from: Option<Date>, to: Given<Date>) -> Named {
    Named { from: from.into(), to, ..row("", Some(name), "head") }
}

#[test]
fn a_successor_at_the_same_address_has_days_of_their_own_and_the_tenures_do_not_overlap() {
    let (spring, autumn) = (date(2026, 1, 15), date(2026, 10, 31));
    let days = |from, to| Validity { from, to };
    for (before, successor, expected, last_day) in [
        // What was said of the predecessor's days says nothing of the successor's.
        (
            head("Ana", Some(date(2020, 1, 1)), Given::Value(autumn)),
            head("Bo", None, Given::Nothing),
            days(Some(today()), None),
            date(2026, 3, 1),
        ),
        (head("Ana", None, Given::Nothing), head("Bo", Some(spring), Given::Nothing), days(Some(spring), None), date(2026, 1, 14)),
        (head("Ana", None, Given::Nothing), head("Bo", None, Given::Value(autumn)), days(Some(today()), Some(autumn)), date(2026, 3, 1)),
    ] {
        let known = directory(&[&[before]]);
        let named = [successor];
        let anew = named_anew(&known, &Told { named: &named, ..UNTOLD }, today());
        assert_eq!((anew[0].after.valid, anew[0].last_day_before(today())), (expected, last_day));
        let [DirectoryChange::HolderEnds { holder, successor, last_day: told, .. }] = &anew[0].changes(today())[..] else {
            panic!("{:?}", anew[0].changes(today()))
        };
        assert_eq!((holder.as_str(), successor.as_deref(), *told), ("Ana", Some("Bo"), last_day));
    }
    let mut known = directory(&[&[head("Ana Petrova", Some(spring), Given::Nothing)]]);
    let named = [head("Petrova, Ana", None, Given::Nothing)];
    let changes = import(&mut known, &Told { named: &named, ..UNTOLD }, today());
    assert!(matches!(changes[..], [DirectoryChange::HolderNamed { .. }]) && known[0].valid.from == Some(spring), "one person: {changes:?}");
}

#[test]
fn an_earlier_last_day_ends_an_address_a_later_one_lets_it_go_on_and_of_a_former_one_it_is_put_right() {
    use DirectoryChange::{AddressEnds, FirstDayMoved, LastDayMoved};
    let (past, soon, later) = (date(2026, 2, 1), date(2026, 6, 30), date(2026, 12, 31));
    let change = |before: Given<Date>, after: Given<Date>| {
        let mut known = directory(&[&[head("Ana", None, before)]]);
        import(&mut known, &Told { named: &[head("Ana", None, after)], ..UNTOLD }, today())
    };
    for (before, after) in [(Given::Nothing, soon), (Given::Value(later), soon), (Given::Value(later), past)] {
        assert!(
            matches!(change(before, Given::Value(after))[..], [AddressEnds { last_day, .. }] if last_day == after),
            "{before:?} {after}"
        );
    }
    for (before, after) in [(soon, Given::Value(later)), (soon, Given::Cleared), (past, Given::Value(date(2026, 1, 1)))] {
        assert!(matches!(change(Given::Value(before), after)[..], [LastDayMoved { was, .. }] if was == Some(before)), "{before} {after:?}");
    }
    let mut known = directory(&[&[head("Ana", None, Given::Nothing)]]);
    let named = [head("Ana", Some(soon), Given::Nothing)];
    let changes = import(&mut known, &Told { named: &named, ..UNTOLD }, today());
    assert!(matches!(changes[..], [FirstDayMoved { first_day, .. }] if first_day == Some(soon)), "{changes:?}");
}

#[test]
fn a_handover_to_come_is_refused_and_so_is_an_end_before_the_beginning() {
    let (soon, later) = (date(2026, 6, 30), date(2026, 12, 31));
    let refusal = |before: Named, row: Named| {
        let known = directory(&[&[before]]);
        named_anew(&known, &Told { named: &[row], ..UNTOLD }, today()).iter().find_map(|one| one.refusal(today()))
    };
    let ana = || head("Ana", None, Given::Nothing);
    assert!(matches!(
        refusal(ana(), head("Bo", Some(soon), Given::Nothing)),
        Some(DateConflict::HandoverToCome { holder, first_day, .. }) if holder == "Ana" && first_day == soon
    ));
    for taken in [head("Ana", Some(soon), Given::Nothing), head("Bo", Some(today()), Given::Nothing)] {
        assert_eq!(refusal(ana(), taken), None);
    }
    let former = || head("Ana", None, Given::Value(date(2026, 1, 31)));
    assert_eq!(refusal(former(), head("Bo", Some(soon), Given::Nothing)), None, "the post is empty until then");
    let begins_late = || head("Ana", Some(later), Given::Nothing);
    assert!(matches!(refusal(begins_late(), head("Ana", None, Given::Value(soon))), Some(DateConflict::EndsBeforeItBegins { .. })));
}

#[test]
fn two_rows_of_one_person_are_one_and_what_they_say_otherwise_is_found() {
    let ana = row("", Some("Ana"), "ana");
    let in_legal = directory(&[&[row("Legal", Some("Ana"), "ana")]]);
    let mut known = in_legal.clone();
    import(&mut known, &Told { named: &[ana.clone(), ana.clone()], ..UNTOLD }, today());
    assert_eq!(known, in_legal);
    let until_then = Named { to: Given::Value(date(2027, 1, 1)), ..ana.clone() };
    for (other, expected) in [
        (ana.clone(), None),
        (Named { name: Given::Value("ANA".into()), ..ana.clone() }, None),
        (Named { name: Given::Value("Bo".into()), ..ana.clone() }, Some(Contradiction::Name)),
        (Named { from: Given::Value(today()), ..ana.clone() }, None),
        (Named { to: Given::Value(today()), ..ana.clone() }, Some(Contradiction::To)),
        (Named { name: Given::Value("Bo".into()), level: "head".into(), ..ana }, None),
    ] {
        assert_eq!(until_then.contradicts(&other), expected, "{other:?}");
    }
}

#[test]
fn whom_a_file_names_in_another_unit_takes_the_place_of_the_same_person() {
    let in_unit = |unit: &str| row(unit, Some("Ana Petrova"), "ana").as_contact(AuthorityId(1));
    let known_as = |id, contact: Contact| Contact { id: ContactId(id), ..contact };
    let places = |known: &[Contact], named: &[Contact]| -> Vec<Option<i64>> {
        let named: Vec<(Contact, bool)> = named.iter().map(|one| (one.clone(), !one.unit.is_empty())).collect();
        take_places(known, &named, today()).into_iter().map(|place| place.map(|place| known[place].id.0)).collect()
    };
    let known = [known_as(1, in_unit("Legal unit"))];
    assert_eq!(places(&known, &[in_unit("Legal unit")]), [None], "there already");
    assert_eq!(places(&known, &[in_unit("Health unit")]), [Some(1)]);
    assert_eq!(places(&known, &[in_unit("Legal unit"), in_unit("Health unit")]), [None, None], "she is in both");
    assert_eq!(places(&known, &[in_unit("Health unit"), in_unit("")]), [Some(1), None], "each place is taken once");
    for other in [
        Contact { level: "head".into(), ..in_unit("") },
        Contact { focal_point: false, ..in_unit("") },
        Contact { address: "bo@prisons.example".into(), ..in_unit("") },
    ] {
        assert_eq!(places(&known, &[other]), [None]);
    }
    let until = |to| [Contact { valid: Validity { from: None, to: Some(to) }, ..known[0].clone() }];
    assert_eq!(places(&until(date(2026, 1, 31)), &[in_unit("Health unit")]), [None], "a former holder");
    assert_eq!(places(&until(date(2027, 1, 31)), &[in_unit("Health unit")]), [Some(1)], "she is still there");
    let nameless = |unit: &str| Contact { name: None, ..in_unit(unit) };
    let shared = [known_as(1, nameless("Legal unit"))];
    assert_eq!(places(&shared, &[nameless("Health unit")]), [None], "two units with one mailbox");
    assert_eq!(places(&shared, &[nameless("")]), [Some(1)], "the file does not say in which");
}

fn any_day() -> impl Strategy<Value = Given<Date>> {
    prop_oneof![
        6 => Just(Given::Nothing),
        1 => Just(Given::Cleared),
        1 => Just(Given::Value(date(2026, 1, 31))),
        1 => Just(Given::Value(date(2026, 12, 31))),
    ]
}

/// Few of everything, so that rows meet.
fn any_row() -> impl Strategy<Value = Named> {
    let name = prop_oneof![Just(None), Just(Some("Ana")), Just(Some("ANA")), Just(Some("Bo"))];
    let unit = prop_oneof![Just(""), Just("Legal"), Just("Health")];
    let address = prop_oneof![Just("ana"), Just("bo")];
    let title = prop_oneof![
        3 => Just(Given::Nothing),
        1 => Just(Given::Cleared),
        3 => prop::sample::select(vec!["Director", "DIRECTOR", "Deputy director"]).prop_map(|title| Given::Value(title.to_owned())),
    ];
    let person =
        (unit, name, address, title, any_day(), any_day(), any::<bool>()).prop_map(|(unit, name, address, title, from, to, head)| Named {
            title,
            from,
            to,
            level: if head { "head".into() } else { "technical".into() },
            focal_point: !head,
            ..row(unit, name, address)
        });
    prop_oneof![4 => person, 1 => prop_oneof![Just("post"), Just("registry")].prop_map(general)]
}

/// As the command line has it: no row that contradicts one before, and one general address.
fn any_file() -> impl Strategy<Value = Vec<Named>> {
    proptest::collection::vec(any_row(), 0..6).prop_map(|rows| {
        let mut file: Vec<Named> = Vec::new();
        for row in rows {
            let is_general = !row.focal_point && row.level == "technical";
            let agrees =
                |other: &Named| other.contradicts(&row).is_none() && !(is_general && !other.focal_point && other.level == "technical");
            if file.iter().all(agrees) {
                file.push(row);
            }
        }
        file
    })
}

/// Without the numbers that contacts have.
fn content(known: &[Contact]) -> Vec<String> {
    let mut content: Vec<String> = known.iter().map(|one| format!("{:?}", Contact { id: ContactId(0), ..one.clone() })).collect();
    content.sort();
    content
}

proptest! {
    #[test]
    fn a_file_imported_again_changes_nothing(first in any_file(), file in any_file(), others_end in any::<bool>()) {
        let mut known = directory(&[&first]);
        let told = Told { named: &file, others_end, ..UNTOLD };
        import(&mut known, &told, today());
        for day in [today(), date(2026, 3, 20)] {
            prop_assert_eq!(named_anew(&known, &told, day), vec![]);
        }
    }

    #[test]
    fn rows_in_any_order_give_the_same_directory(
        first in any_file(),
        (file, shuffled) in any_file().prop_flat_map(|file| (Just(file.clone()), Just(file).prop_shuffle())),
        others_end in any::<bool>(),
    ) {
        let mut one = directory(&[&first]);
        let mut other = one.clone();
        import(&mut one, &Told { named: &file, others_end, ..UNTOLD }, today());
        import(&mut other, &Told { named: &shuffled, others_end, ..UNTOLD }, today());
        prop_assert_eq!(content(&one), content(&other));
    }

    #[test]
    fn an_address_stands_once_in_a_post_and_none_is_lost(files in proptest::collection::vec(any_file(), 1..4), others_end in any::<bool>()) {
        let mut known = Vec::new();
        for file in &files {
            let before: Vec<ContactId> = known.iter().map(|one: &Contact| one.id).collect();
            import(&mut known, &Told { named: file, others_end, ..UNTOLD }, today());
            prop_assert!(before.iter().all(|id| known.iter().any(|one| one.id == *id)));
            for (place, one) in known.iter().enumerate() {
                prop_assert!(known[..place].iter().all(|other| !one.is_in_place_of(other)), "{:?}", known);
            }
        }
    }
}
