//! Words that stand in the register's SQL: each is one that the enum of its column knows.

use crate::sources::sources_under;
use demarche::domain::deliverability::AddressState;
use demarche::domain::delivery::{DeliveryOutcome, DeliveryState, ReportStanding};
use demarche::domain::kind::Kind;
use demarche::domain::letter::LetterRole;
use demarche::domain::letter_life::LetterLife;
use demarche::domain::obligation::ObligationKind;
use demarche::domain::reply::{Effect, Standing};
use demarche::domain::resting::RestKind;
use demarche::domain::source::SourceState;
use demarche::domain::subject::SubjectKind;
use regex::Regex;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a column of that name, in whichever table, holds that word; none where its words are no enum's.
fn is_known(column: &str, word: &str) -> Option<bool> {
    let kinds = [ObligationKind::NextStep, ObligationKind::Attempt, ObligationKind::Decision, ObligationKind::Release];
    Some(match column {
        "effect" => Effect::from_name(word).is_some(),
        "kind" => {
            Kind::from_name(word).is_some() || RestKind::from_name(word).is_some() || kinds.into_iter().any(|kind| kind.name() == word)
        }
        "life" => LetterLife::from_name(word).is_some(),
        "outcome" => DeliveryOutcome::recorded(word, "", None, None).is_some(),
        "role" => LetterRole::from_name(word).is_some(),
        "source_state" => SourceState::from_name(word).is_some(),
        "standing" => Standing::from_name(word).is_some() || ReportStanding::from_name(word).is_some(),
        "state" => DeliveryState::from_name(word).is_some() || AddressState::from_name(word).is_some(),
        "subject_kind" => SubjectKind::from_name(word).is_some(),
        _ => return None,
    })
}

#[test]
fn a_word_that_a_query_compares_with_is_one_that_its_column_can_hold() {
    let compared = Regex::new(r"(\w+)\s*(?:=|<>|\bIS\b|\bIS\s+NOT\b|\bIN\b|\bNOT\s+IN\b)\s*(\('[^)]*'\)|'[^']*')").unwrap();
    let word = Regex::new(r"'([^']*)'").unwrap();
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/register");
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    // What earlier formats held is known to their migrations alone.
    for path in sources_under(&register).iter().filter(|path| !path.starts_with(register.join("migrate"))) {
        let text = std::fs::read_to_string(path).unwrap();
        for comparison in compared.captures_iter(&text) {
            for literal in word.captures_iter(&comparison[2]) {
                let Some(is_known) = is_known(&comparison[1], &literal[1]) else { continue };
                assert!(is_known, "{}: no {} is '{}'", path.display(), &comparison[1], &literal[1]);
                *found.entry(comparison[1].to_owned()).or_default() += 1;
            }
        }
    }
    let columns: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(columns, ["effect", "kind", "life", "outcome", "role", "source_state", "standing", "state", "subject_kind"]);
    assert!(found.values().sum::<usize>() > 80, "{found:?}");
    assert_eq!((is_known("state", "dead"), is_known("name", "event")), (Some(false), None));
}
