//! How SQLite finds the rows of the questions that are asked at each pass, whatever the size of the register.

use super::{attempts, decisions, digests, drafts, enclosures, known, migrate, obligations, rests, silent_places, unread};
use rusqlite::Connection;

/// How SQLite finds the rows, a line for each table.
fn plan(sql: &str) -> Vec<String> {
    let db = Connection::open_in_memory().unwrap();
    migrate::fill(&db).unwrap();
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    statement.raw_query().mapped(|row| row.get("detail")).collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn neither_all_mail_nor_the_whole_outbox_is_looked_through_for_one_request() {
    for (sql, index) in [(unread::MAILS_UNREAD, "mail_by_standing"), (known::LETTER_ON_ITS_WAY, "letters_of_request")] {
        let plan = plan(sql);
        assert!(plan.iter().any(|line| line.contains("SEARCH") && line.contains(index)), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("delivery_by_state") || line.contains("TEMP B-TREE")), "{plan:?}");
    }
}

#[test]
fn of_all_that_rests_only_what_is_of_related_authorities_is_looked_at() {
    let plan = plan(rests::OF_RELATED);
    assert!(plan.iter().any(|line| line.contains("SEARCH rest") && line.contains("rests_of_authority")), "{plan:?}");
    assert!(!plan.iter().any(|line| line.contains("SCAN rest") || line == "SCAN a"), "{plan:?}");
}

#[test]
fn a_digest_does_not_look_through_the_links_of_all_years() {
    let plan = plan(digests::LINKED_AFTER);
    assert!(plan[0].contains("SEARCH l") && plan[0].contains("links_by_event"), "{plan:?}");
    assert!(!plan.iter().any(|line| line.starts_with("SCAN")), "{plan:?}");
}

#[test]
fn places_that_are_silent_are_found_without_looking_through_the_outbox() {
    for sql in [silent_places::DOMAINS, silent_places::LETTERS_TO] {
        let plan = plan(sql);
        let of_deliveries: Vec<&String> = plan.iter().filter(|line| line.contains("deliver") || line.ends_with(" d")).collect();
        assert!(of_deliveries.iter().all(|line| line.contains("SEARCH") && line.contains("deliveries_taken")), "{plan:?}");
        assert!(!of_deliveries.is_empty() && !plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:?}");
    }
    let of_one = plan(silent_places::CAME);
    for index in ["links_of_request", "suggestions_for_request"] {
        assert!(of_one.iter().any(|line| line.contains("SEARCH") && line.contains(index)), "{of_one:?}");
    }
    assert!(!of_one.iter().any(|line| line.starts_with("SCAN m") || line.starts_with("SCAN mail")), "{of_one:?}");
}

#[test]
fn when_the_relay_last_took_a_letter_is_known_without_looking_through_its_refusals() {
    let plan = plan(attempts::LAST_TAKEN);
    assert!(plan.iter().all(|line| line.contains("SEARCH") && line.contains("attempts_accepted")), "{plan:?}");
}

#[test]
fn drafts_and_what_they_enclose_are_found_without_looking_through_letters_or_files() {
    for (sql, index) in [
        (drafts::DRAFTS, "obligation_due"),
        (enclosures::OF_LETTER, "enclosures_of_subject"),
        (enclosures::TAKE, "enclosures_of_subject"),
        (enclosures::LEAVE_OUT, "enclosures_of_subject"),
        (enclosures::GIVE_BACK, "enclosures_of_letter"),
    ] {
        let plan = plan(sql);
        assert!(plan[0].contains("SEARCH") && plan[0].contains(index), "{plan:?}");
        assert!(!plan.iter().any(|line| line.starts_with("SCAN")), "{plan:?}");
    }
}

#[test]
fn the_agenda_and_the_outbox_touch_only_what_is_due() {
    for (sql, index) in [
        (obligations::STEPS_DUE, "obligation_due"),
        (attempts::DELIVERIES_DUE, "obligation_due"),
        (decisions::DECISIONS_DUE, "obligation_due"),
    ] {
        let plan = plan(sql);
        assert!(plan[0].contains("SEARCH") && plan[0].contains(index), "{plan:?}");
        assert!(!plan.iter().any(|line| line.starts_with("SCAN") || line.contains("TEMP B-TREE")), "{plan:?}");
    }
}
