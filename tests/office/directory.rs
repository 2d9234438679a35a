//! The directory changes while letters are under way: addresses are replaced and taken up again, people come and go, and files retire what they set.

use demarche::domain::event::EventKind;
use serde_json::Value;

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};

/// One request to the Prison Service, whose letter has left to its general address.
fn asked() -> (Desk, Letter) {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    let letter = desk.letters_to("post@prisons.example").remove(0);
    (desk, letter)
}

fn import(desk: &Desk, table: &str, options: &[&str]) -> String {
    std::fs::write(desk.file("directory.csv"), table).unwrap();
    desk.must(&[&["import", "authorities", "directory.csv"], options].concat())
}

fn shown(desk: &Desk, authority: &str) -> Value {
    desk.json(&["authorities", "show", authority]).remove(0)
}

/// Address, holder and last day of all that the directory has of an authority.
fn addresses(desk: &Desk, authority: &str) -> Vec<String> {
    let contacts = shown(desk, authority)["authority"]["contacts"].as_array().unwrap().clone();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    contacts.iter().map(|one| format!("{} {} {}", word(&one["address"]), word(&one["name"]), word(&one["valid_to"]))).collect()
}

/// Whatever its lines.
fn words(told: &str) -> String {
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The day of the register's last event.
fn today(desk: &Desk) -> jiff::civil::Date {
    let events = desk.register().contents().events().unwrap();
    events.last().unwrap().1.at.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
}

#[test]
fn a_new_general_address_replaces_the_old_one_whose_late_reply_still_links() {
    let (desk, letter) = asked();
    let replacing = "name,email\nPrison Service,registry@prisons.example\n";
    let told = import(&desk, replacing, &["--dry-run"]);
    assert!(told.contains("ends: post@prisons.example of Prison Service, last day 2041-"), "{told}");
    assert_eq!(addresses(&desk, "Prison Service"), ["post@prisons.example - -"], "nothing was changed");
    let told = import(&desk, replacing, &[]);
    assert!(told.contains("ended: post@prisons.example of Prison Service"), "{told}");
    let yesterday = today(&desk).yesterday().unwrap();
    assert_eq!(addresses(&desk, "Prison Service"), [format!("post@prisons.example - {yesterday}"), "registry@prisons.example - -".into()]);
    let page = desk.must(&["authorities", "show", "Prison Service"]);
    assert!(page.contains(&format!("post@prisons.example, to {yesterday}; former address")), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");

    desk.tick_at(days_on(57));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 1, "the request alone");
    assert_eq!(desk.letters_to("registry@prisons.example").len(), 1, "the reminder");

    desk.deliver(days_on(58), letter.answered_by("post@prisons.example", "All cells are aired now."));
    desk.tick_at(days_on(58));
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["standing"], &mail["writer"]), (&"linked".into(), &"authority".into()), "{mail:#}");

    // It is taken up again, and the other one ends in its turn.
    let told = import(&desk, "name,email\nPrison Service,post@prisons.example\n", &[]);
    assert!(told.contains("taken up again: post@prisons.example") && told.contains("ended: registry@prisons.example"), "{told}");
    assert_eq!(addresses(&desk, "Prison Service")[0], "post@prisons.example - -");
    let told = import(&desk, "name,email\nPrison Service,post@prisons.example\n", &[]);
    assert!(told.contains("0 added, 0 changed, 1 unchanged"), "{told}");
    desk.is_sound();
}

#[test]
fn a_letter_that_waits_for_an_address_that_ends_goes_to_the_one_in_its_place() {
    let (desk, _) = asked();
    std::fs::remove_dir_all(desk.file("mail/out")).unwrap();
    std::fs::write(desk.file("mail/out"), "no folder").unwrap();
    desk.run(&["tick", "--at", &days_on(57).to_string()]);
    import(&desk, "name,email\nPrison Service,registry@prisons.example\n", &[]);
    std::fs::remove_file(desk.file("mail/out")).unwrap();
    // As after every letter, a few days later.
    desk.tick_at(days_on(62));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 0);
    let shown = desk.must(&["requests", "show", &desk.reference_to("Prison Service")]);
    assert_eq!(desk.letters_to("registry@prisons.example").len(), 1, "{shown}");
    assert_eq!(desk.times(EventKind::LetterCancelled), 1);
    desk.is_sound();
}

#[test]
fn the_successor_of_a_director_gets_the_next_letter_and_the_former_one_writes_as_a_former_holder() {
    let (desk, letter) = asked();
    let head = |name: &str, address: &str, to: &str| {
        format!("name,focal_point,focal_point_email,level,valid_to\nPrison Service,{name},{address}@prisons.example,head,{to}\n")
    };
    import(&desk, &head("Hugh Head", "hugh", ""), &[]);
    desk.tick_at(days_on(57));
    let last = today(&desk).yesterday().unwrap();
    let told =
        import(&desk, &format!("{}Prison Service,Ida Iron,ida@prisons.example,head,\n", head("Hugh Head", "hugh", &last.to_string())), &[]);
    assert!(told.contains(&format!("ended: Hugh Head <hugh@prisons.example> of Prison Service, last day {last}")), "{told}");
    desk.tick_at(days_on(70));
    assert_eq!((desk.letters_to("hugh@prisons.example").len(), desk.letters_to("ida@prisons.example").len()), (0, 1));
    desk.deliver(days_on(71), letter.answered_by("hugh@prisons.example", "I have left the service."));
    desk.tick_at(days_on(71));
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["standing"], &mail["writer"]), (&"linked".into(), &"former_holder".into()), "{mail:#}");
    let page = desk.must(&["authorities", "show", "Prison Service"]);
    assert!(page.contains(&format!("Hugh Head, to {last}; former holder")) && page.contains("Ida Iron\n"), "{page}");

    // The next one has the same address: whoever had it is a former holder, and the record says so.
    let told = import(&desk, &head("Jo June", "ida", ""), &[]);
    assert!(told.contains("ended: Ida Iron of Prison Service") && words(&told).contains("ida@prisons.example goes to Jo June"), "{told}");
    let posts = shown(&desk, "Prison Service")["units"][0]["posts"].as_array().unwrap().clone();
    let of_head = posts.iter().find(|post| post["level"] == "head").unwrap();
    let holders: Vec<(&str, bool)> =
        of_head["holders"].as_array().unwrap().iter().map(|one| (one["name"].as_str().unwrap(), one["valid_to"].is_null())).collect();
    assert_eq!(holders, [("Jo June", true), ("Ida Iron", false), ("Hugh Head", false)]);
    desk.is_sound();
}

/// Who holds the posts of the lowest level, and who did, as `post: holders`; an asterisk stands behind who does.
fn holders(desk: &Desk) -> Vec<String> {
    let units = shown(desk, "Prison Service")["units"].clone();
    let posts = units.as_array().unwrap().iter().flat_map(|unit| unit["posts"].as_array().unwrap().clone());
    let holder = |one: &Value| format!("{}{}", one["name"].as_str().unwrap(), if one["valid_to"].is_null() { "*" } else { "" });
    let post = |post: Value| {
        let holders: Vec<String> = post["holders"].as_array().unwrap().iter().map(holder).collect();
        format!("{:?}: {}", post["title"].as_str().unwrap(), holders.join(", "))
    };
    posts.filter(|post| post["level"] == "technical").map(post).collect()
}

#[test]
fn who_held_a_post_without_a_title_stays_a_former_holder_after_the_third_and_gets_neither_letter_nor_copy() {
    let people = [("Ana Petrova", "ana"), ("Bo Berg", "bo"), ("Cy Carr", "cy")];
    for has_own_address in [true, false] {
        let address = |person: usize| if has_own_address { people[person].1 } else { "desk" };
        let file = |person: usize| {
            format!(
                "name,domains,focal_point,focal_point_email,level\nPrison Service,prisons.example,{},{}@prisons.example,technical\n\
                 Prison Service,,Hugh Head,head@prisons.example,head\n",
                people[person].0,
                address(person)
            )
        };
        let desk = Desk::init();
        import(&desk, &file(0), &["--retire-missing"]);
        desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
        desk.must(&["requests", "open", "--new"]);
        desk.tick_at(monday());
        let first = desk.letters_to(&format!("{}@prisons.example", address(0))).remove(0);
        for (person, day) in [(1, 10), (2, 20)] {
            desk.tick_at(days_on(day));
            import(&desk, &file(person), &["--retire-missing"]);
        }
        assert_eq!(holders(&desk), ["\"\": Cy Carr*, Bo Berg, Ana Petrova"]);
        for day in [49, 57, 70] {
            desk.tick_at(days_on(day));
        }
        assert_eq!(desk.letters_to("head@prisons.example").len(), 1, "with a copy to whoever has the post now");
        for letter in desk.written_to_authorities().iter().skip(1) {
            let text = String::from_utf8(desk.bytes_of(letter)).unwrap();
            assert!(!text.contains("Petrova") && !text.contains("Berg"), "{text}");
            let former = letter
                .deliveries
                .iter()
                .filter(|delivery| has_own_address && !delivery.recipient.starts_with("head") && !delivery.recipient.starts_with("cy"));
            assert_eq!(former.count(), 0, "{letter:?}");
        }
        for (day, (name, local)) in (71..).zip(people) {
            // By the address where it was theirs, else by the name that a colleague passes on.
            let mail = match has_own_address {
                true => {
                    first.answered_by(&format!("{local}@prisons.example"), "All cells are aired.").replace("<re-", &format!("<{local}-"))
                }
                false => format!(
                    "From: staff@office.example\r\nTo: desk@office.example\r\nSubject: FW: Air\r\nMessage-ID: <{local}@office.example>\r\n\r\nFYI\r\n\r\n\
                     ________________________________\r\nFrom: {name}\r\nSent: 18.03.2041 09:12\r\nTo: S. Staff\r\nSubject: Air\r\n\r\nAll cells are aired.\r\n"
                ),
            };
            desk.deliver(days_on(day), mail);
            desk.tick_at(days_on(day));
            let mail = desk.mails().remove(0);
            if has_own_address {
                let writer = if name == "Cy Carr" { "authority" } else { "former_holder" };
                assert_eq!(mail["writer"], writer, "{name}: {mail:#}");
            } else {
                assert!(mail["because"].to_string().contains("known by its name only"), "{name}: {mail:#}");
            }
        }
        desk.is_sound();
    }
}

#[test]
fn a_post_that_gets_its_title_takes_those_along_who_held_it_at_the_same_address() {
    let desk = Desk::init();
    let file = |name: &str, title: &str| {
        format!("name,focal_point,focal_point_email,level,title\nPrison Service,{name},desk@prisons.example,technical,{title}\n")
    };
    for (name, title) in [("Ana Petrova", ""), ("Bo Berg", ""), ("Cy Carr", "Registrar")] {
        import(&desk, &file(name, title), &[]);
    }
    assert_eq!(holders(&desk), ["\"Registrar\": Cy Carr*, Ana Petrova, Bo Berg"], "nothing is left of a post that only had no title yet");
    import(&desk, &file("Di Dorn", "-"), &[]);
    assert_eq!(holders(&desk), ["\"\": Di Dorn*, Ana Petrova, Bo Berg, Cy Carr"]);
    desk.is_sound();
}

const WHOLE: &str = "name,email,domains,aliases,parent,language,sends_for,focal_point,focal_point_email,unit\n\
    Prison Service,post@prisons.example,prisons.example|jails.example,PS|Jails,Ministry of Justice,fr,,Ana Petrova,ana@prisons.example,Legal unit\n\
    Prison Service,,,,,,,Bo Berg,bo@prisons.example,\n\
    Ministry of Justice,post@moj.example,moj.example,,,,,,,\n\
    Ticket Desk,desk@tickets.example,tickets.example,,,,Prison Service|Ministry of Justice,,,\n";

#[test]
fn what_a_file_leaves_out_is_retired_if_it_is_asked_to_and_a_single_value_is_cleared() {
    let desk = Desk::init();
    import(&desk, WHOLE, &[]);
    let less = "name,domains,aliases,sends_for,focal_point,focal_point_email,unit,parent,language,level\n\
        Prison Service,prisons.example,PS,,Ana Petrova,ana@prisons.example,Legal unit,-,-,\n\
        Ticket Desk,tickets.example,,Prison Service,,,,,,\n";
    let told = import(&desk, less, &[]);
    let cleared = ["ended: parent \"Ministry of Justice\" of Prison Service", "ended: language \"fr\" of Prison Service"];
    assert!(cleared.iter().all(|line| told.contains(line)) && told.matches("ended:").count() == 2, "{told}");

    let retired = [
        "the alias \"Jails\" of Prison Service",
        "the domain jails.example of Prison Service",
        "Bo Berg <bo@prisons.example> of Prison Service, last day",
        "Ticket Desk writes for Ministry of Justice",
    ];
    let trial = import(&desk, less, &["--retire-missing", "--dry-run"]);
    assert!(retired.iter().all(|line| trial.contains(&format!("ends: {line}"))) && trial.matches("ends:").count() == 4, "{trial}");
    assert_eq!(shown(&desk, "Jails")["authority"]["name"], "Prison Service", "nothing was changed");
    let told = import(&desk, less, &["--retire-missing"]);
    assert!(retired.iter().all(|line| told.contains(&format!("ended: {line}"))), "{told}");

    let now = shown(&desk, "Prison Service");
    assert_eq!((&now["parent"], &now["authority"]["language"]), (&Value::Null, &Value::Null));
    assert_eq!(now["authority"]["aliases"], serde_json::json!(["PS"]));
    assert_eq!(now["authority"]["domains"], serde_json::json!(["prisons.example"]));
    assert_eq!(desk.run(&["authorities", "show", "Jails"]).code, Some(1));
    let last = addresses(&desk, "Prison Service");
    assert!(last[0] == "post@prisons.example - -" && last[1] == "ana@prisons.example Ana Petrova -", "{last:?}");
    assert!(last[2].starts_with("bo@prisons.example Bo Berg 20"), "{last:?}");
    let events = desk.register().contents().events().unwrap();
    let recorded =
        &events.iter().rfind(|(_, event)| event.kind == "authority changed" && event.detail["name"] == "Prison Service").unwrap().1;
    assert_eq!(recorded.detail["changes"].as_array().map(Vec::len), Some(3), "{:#}", recorded.detail);

    let told = import(&desk, less, &["--retire-missing"]);
    assert!(told.contains("0 added, 0 changed, 2 unchanged") && !told.contains("ended"), "{told}");
    desk.is_sound();
}

#[test]
fn a_handover_to_come_is_refused_and_the_post_keeps_its_holder() {
    let desk = Desk::init();
    let head = |name: &str, days: &str| {
        format!("name,focal_point,focal_point_email,level,valid_from,valid_to\nPrison Service,{name},head@prisons.example,head,{days}\n")
    };
    import(&desk, &head("Ana", ","), &[]);
    std::fs::write(desk.file("directory.csv"), head("Bo", "2141-01-01,")).unwrap();
    let ran = desk.run(&["import", "authorities", "directory.csv"]);
    assert!(ran.code != Some(0) && words(&ran.err).contains("import it on that day"), "{}{}", ran.out, ran.err);
    assert_eq!(addresses(&desk, "Prison Service"), ["head@prisons.example Ana -"]);
    // A successor whose last day is known is no end of the predecessor on that day.
    let told = words(&import(&desk, &head("Bo", ",2141-01-01"), &[]));
    assert!(told.contains("ended: Ana of Prison Service") && told.contains("head@prisons.example goes to Bo"), "{told}");
    assert_eq!(addresses(&desk, "Prison Service"), ["head@prisons.example Bo 2141-01-01"]);
    let told = words(&import(&desk, &head("Bo", ",2140-01-01"), &[]));
    assert!(told.contains("ends: Bo <head@prisons.example> of Prison Service, last day 2140-01-01"), "{told}");
    let told = words(&import(&desk, &head("Bo", ",2142-01-01"), &[]));
    assert!(told.contains("goes on: Bo <head@prisons.example>") && !told.contains("ended"), "{told}");
    desk.is_sound();
}

#[test]
fn people_are_not_retired_by_a_file_without_levels_and_a_dash_is_no_name() {
    let desk = Desk::init();
    import(&desk, WHOLE, &[]);
    std::fs::write(desk.file("directory.csv"), "name,focal_point,focal_point_email\nPS,Ana Petrova,ana@prisons.example\n").unwrap();
    let ran = desk.run(&["import", "authorities", "directory.csv", "--retire-missing"]);
    assert!(ran.code == Some(1) && words(&ran.err).contains("the column level is missing"), "{}{}", ran.out, ran.err);
    import(&desk, "name,aliases,domains,focal_point,focal_point_email,unit\nPrison Service,-,-,Ana Petrova,ana@prisons.example,-\n", &[]);
    let now = shown(&desk, "Prison Service");
    assert_eq!((&now["authority"]["aliases"], &now["authority"]["domains"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(now["authority"]["contacts"].as_array().unwrap().iter().all(|one| one["unit"] == ""), "{now:#}");
    let page = desk.must(&["authorities", "show", "Prison Service"]);
    assert!(page.contains("empty since"), "{page}");
    desk.is_sound();
}

#[test]
fn an_alias_may_pass_to_another_authority_in_one_file_and_two_may_change_places_above_one_another() {
    let desk = Desk::init();
    import(&desk, "name,aliases,parent\nNorth,Border,South\nSouth,,\n", &[]);
    for table in ["name,aliases,parent\nSouth,Border,North\nNorth,,-\n", "name,aliases,parent\nNorth,Border,South\nSouth,,-\n"] {
        import(&desk, table, &["--retire-missing"]);
    }
    assert_eq!(shown(&desk, "Border")["parent"], "South");
    std::fs::write(desk.file("circle.csv"), "name,parent\nSouth,North\n").unwrap();
    assert!(desk.run(&["import", "authorities", "circle.csv"]).err.contains("would supervise itself"));
}

#[test]
fn two_rows_of_one_person_without_a_unit_are_one_person_and_no_file_says_two_things_of_an_address() {
    let desk = Desk::init();
    import(&desk, WHOLE, &[]);
    let twice = "name,focal_point,focal_point_email\n\
        Prison Service,Ana Petrova,ana@prisons.example\nPS,Ana  Petrova,Ana@prisons.example\n";
    import(&desk, twice, &[]);
    let ana = addresses(&desk, "Prison Service").iter().filter(|one| one.starts_with("ana@")).count();
    assert_eq!(ana, 1);
    for (table, fault) in [
        (
            "name,focal_point,focal_point_email\nPS,Ana,x@prisons.example\nPS,Bo,x@prisons.example\n",
            "row 3, column focal_point: \"Bo\": an earlier row says \"Ana\"",
        ),
        ("name,focal_point_email,valid_to\nPS,x@prisons.example,2041-01-01\nPS,x@prisons.example,-\n", "row 3, column valid_to: \"-\""),
        (
            "name,email\nPS,a@prisons.example\nPrison Service,b@prisons.example\n",
            "an earlier row of this authority says \"a@prisons.example\"",
        ),
        ("name,focal_point_email,unit,office\nPS,x@prisons.example,A,A\n", "the columns unit and office are the same"),
    ] {
        std::fs::write(desk.file("odd.csv"), table).unwrap();
        let ran = desk.run(&["import", "authorities", "odd.csv"]);
        assert!(ran.code == Some(1) && words(&ran.err).contains(fault), "{}{}", ran.out, ran.err);
    }
    // As files of earlier builds have it.
    import(&desk, "name,focal_point,focal_point_email,office\nPS,Ana Petrova,ana@prisons.example,Health unit\n", &[]);
    let units = shown(&desk, "PS")["units"].as_array().unwrap().clone();
    assert_eq!(units.iter().map(|unit| unit["name"].as_str().unwrap()).collect::<Vec<_>>(), ["", "Health unit", "Legal unit"]);
    assert_eq!(units[2]["posts"][0]["holders"][0]["mailboxes"], serde_json::json!([]), "she held that post, and left it with her address");
    assert!(!units[2]["posts"][0]["holders"][0]["valid_to"].is_null());
    let requests = desk.run(&["import", "requests", "odd.csv", "--retire-missing"]);
    assert!(requests.err.contains("--retire-missing is for authorities"), "{}", requests.err);
}

#[test]
fn two_titles_at_one_level_are_two_posts_and_a_title_given_later_moves_nobodys_number() {
    let desk = Desk::init();
    let heads = |rows: &[(&str, &str, &str)]| -> String {
        let row = |(name, address, title): &(&str, &str, &str)| {
            format!("Prison Service,{name},{address}@prisons.example,head,2026-01-01,{title}\n")
        };
        format!("name,focal_point,focal_point_email,level,valid_from,title\n{}", rows.iter().map(row).collect::<String>())
    };
    let posts = || -> Vec<String> {
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let units = shown(&desk, "Prison Service")["units"].clone();
        let post = |post: &Value| {
            let holder = |one: &Value| format!("{} {} {}", word(&one["name"]), word(&one["valid_to"]), one["mailboxes"][0]["contact"]);
            let holders: Vec<String> = post["holders"].as_array().unwrap().iter().map(holder).collect();
            format!("{:?} {}..{}: {}", word(&post["title"]), word(&post["valid_from"]), word(&post["valid_to"]), holders.join(", "))
        };
        units.as_array().unwrap().iter().flat_map(|unit| unit["posts"].as_array().unwrap().iter().map(post).collect::<Vec<_>>()).collect()
    };
    import(&desk, &heads(&[("Hugh Head", "hugh", ""), ("Dora Deputy", "dora", "Deputy director")]), &[]);
    assert_eq!(posts(), ["\"\" 2026-01-01..-: Hugh Head - 1", "\"Deputy director\" 2026-01-01..-: Dora Deputy - 2"]);

    let both = heads(&[("Hugh Head", "hugh", "Director"), ("Dora Deputy", "dora", "deputy  Director")]);
    let told = desk.json(&["import", "authorities", "directory.csv", "--dry-run"]);
    assert_eq!(told[0]["unchanged"], 1, "{told:?}");
    import(&desk, &both, &[]);
    let titled = ["\"Deputy director\" 2026-01-01..-: Dora Deputy - 2", "\"Director\" 2026-01-01..-: Hugh Head - 1"];
    assert_eq!(posts(), titled, "nothing is left of a post that only had no title yet");
    for again in [both, heads(&[("Hugh Head", "hugh", ""), ("Dora Deputy", "dora", "")])] {
        assert!(import(&desk, &again, &[]).contains("0 added, 0 changed, 1 unchanged"));
    }
    let page = desk.must(&["authorities", "show", "Prison Service"]);
    assert!(page.contains("    Director, head, from 2026-01-01\n      Hugh Head, from 2026-01-01\n"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");

    // She is promoted, and held the other post until then; his title was a mistake.
    let told = import(&desk, &heads(&[("Hugh Head", "hugh", "-"), ("Dora Deputy", "dora", "Director")]), &[]);
    assert!(words(&told).contains("ended: the title \"Director\" of Hugh Head <hugh@prisons.example> of Prison Service"), "{told}");
    let last = today(&desk).yesterday().unwrap();
    let was_deputy = format!("\"Deputy director\" 2026-01-01..{last}: Dora Deputy {last} null");
    assert!(posts().contains(&was_deputy), "{:?}", posts());
    let refused = heads(&[("Hugh Head", "hugh", "Director"), ("", "hugh", "Deputy director")]);
    std::fs::write(desk.file("directory.csv"), refused).unwrap();
    let refused = desk.run(&["import", "authorities", "directory.csv"]);
    assert!(refused.code == Some(1) && words(&refused.err).contains("row 3, column title: \"Deputy director\""), "{}", refused.err);
    desk.is_sound();
}
