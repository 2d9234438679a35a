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

    let paths = paths();
    let shared = shared(&paths);
    assert!(shared.is_empty(), "rename the one whose name says less to what it holds: {shared:#?}");
}
