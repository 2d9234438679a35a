//! A file's name stands once in `src/`: in a search, a stack of open files or a review it says by itself which file is meant.

use crate::sources::sources_under;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names that say what a file is to the module that it stands in.
const PARTS_OF_A_MODULE: [&str; 4] = ["mod.rs", "tests.rs", "stories.rs", "sample.rs"];

/// Folders whose files are named after something that people know from elsewhere, with those names.
const NAMED_AFTER: [(&str, &str, &[&str]); 3] = [
    ("cli", "the noun of the commands in it, as it is typed", &["authorities.rs", "recommendations.rs", "requests.rs"]),
    ("cli/check", "the part of an office that is checked", &["directory.rs", "senders.rs"]),
    ("config", "the table of demarche.toml that it reads", &["sending.rs", "staff.rs"]),
];

/// One file for the same operation in each: whoever reads the one looks for the other under the same name.
const PROTOCOLS: [&str; 3] = ["transport/imap", "transport/maildir", "transport/smtp"];

/// Files that share a name with another all the same, and the name that each is to have.
const TO_BE_RENAMED: [(&str, &str); 9] = [
    ("outgoing/leaving.rs", "leaving_facts.rs"),
    ("register/digests/deadlines.rs", "deadline_headings.rs"),
    ("register/forecast.rs", "forecast_view.rs"),
    ("register/health.rs", "part_health.rs"),
    ("register/place.rs", "register_file.rs"),
    ("register/resting.rs", "rests.rs"),
    ("register/silence.rs", "silent_places.rs"),
    ("register/steps.rs", "steps_offered.rs"),
    ("register/unfetched.rs", "unfetched_rows.rs"),
];

/// The paths below `src/` of all files, by their names, without those that have a reason to share one. Of the files of one operation in several
/// protocols the first stands for all.
fn by_name(paths: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut in_protocols = BTreeSet::new();
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_named_after = |(within, _, names): &(&str, &str, &[&str])| Path::new(folder).starts_with(within) && names.contains(&name);
        let is_story = folder.split('/').any(|part| part == "stories");
        let is_repeated = PROTOCOLS.contains(&folder) && !in_protocols.insert(name);
        if !PARTS_OF_A_MODULE.contains(&name) && !is_story && !is_repeated && !NAMED_AFTER.iter().any(is_named_after) {
            named.entry(name).or_default().push(path);
        }
    }
    named
}

fn shared(paths: &[String]) -> BTreeMap<&str, Vec<&str>> {
    by_name(paths).into_iter().filter(|(_, paths)| paths.len() > 1).collect()
}

fn paths() -> Vec<String> {
    let src = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    sources_under(src).iter().map(|path| path.strip_prefix(src).unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_name_stands_once_in_the_house() {
    let made_up =
        ["a/lines.rs", "b/lines.rs", "cli/requests.rs", "register/requests.rs", "transport/imap/flag.rs", "transport/maildir/flag.rs"];
    let found = shared(&made_up.map(str::to_owned)).into_keys().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(found, ["lines.rs"], "what may share a name is told from what may not");

    let mut paths = paths();
    paths.retain(|path| !TO_BE_RENAMED.iter().any(|(old, _)| old == path));
    let shared = shared(&paths);
    assert!(shared.is_empty(), "rename the one whose name says less to what it holds: {shared:#?}");
}

#[test]
fn a_file_that_is_to_be_renamed_shares_its_name_still_and_its_new_one_is_free() {
    let paths = paths();
    let (named, shared) = (by_name(&paths), shared(&paths));
    for (old, new) in TO_BE_RENAMED {
        let name = old.rsplit('/').next().unwrap();
        assert!(shared.get(name).is_some_and(|paths| paths.contains(&old)), "{old} shares its name no more: strike it out here");
        assert!(!named.contains_key(new), "{new} is taken");
    }
}
