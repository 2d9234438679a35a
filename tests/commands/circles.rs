//! Which files of a room use each other: circles of files can be read only all at once.

use crate::sources::sources_under;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files that may stand in one circle.
const LARGEST: usize = 3;

/// The module path of each file of a room, `register::digests::arrived`, with its code; tests, which use what they are beside, are left out.
fn modules(room: &Path, name: &str) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    for path in sources_under(room) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
        let below = path.strip_prefix(room).unwrap().with_extension("");
        let below: Vec<String> = below.iter().map(|step| step.to_string_lossy().into_owned()).filter(|step| step != "mod").collect();
        if below.iter().any(|step| step == "tests" || step == "stories") {
            continue;
        }
        modules.insert([&[name.to_owned()], below.as_slice()].concat().join("::"), code);
    }
    modules
}

/// `a::{b, c::{d, self}}` as the paths that it stands for.
fn paths_in(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for character in group.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        match character {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(character),
        }
    }
    let inner = parts.iter().filter(|part| !part.trim().is_empty()).flat_map(|part| paths_in(part));
    inner
        .map(|path| if path == "self" { before.trim().trim_end_matches("::").to_owned() } else { format!("{}{path}", before.trim()) })
        .collect()
}

/// The steps of a path from the crate on, as `module` means it.
fn from_the_crate(module: &str, path: &str) -> Vec<String> {
    let mut base: Vec<&str> = module.split("::").collect();
    let mut steps: Vec<&str> = path.split("::").map(str::trim).filter(|step| !step.is_empty()).collect();
    match steps.first() {
        Some(&"crate") => base.clear(),
        Some(&"super") => {}
        _ => return base.into_iter().chain(steps.into_iter().filter(|step| *step != "self")).map(str::to_owned).collect(),
    }
    while let Some(first) = steps.first().copied().filter(|step| matches!(*step, "super" | "crate")) {
        if first == "super" {
            base.pop();
        }
        steps.remove(0);
    }
    base.into_iter().chain(steps).map(str::to_owned).collect()
}

/// What each file uses of the others of its room. What a folder hands on (`pub use`) is used from where it stands.
fn uses(modules: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let used = Regex::new(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);").unwrap();
    let named = Regex::new(r"\b(?:crate|super)(?:::\w+)+").unwrap();
    let mut handed_on: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (module, code) in modules {
        for found in used.captures_iter(code).filter(|found| found.get(1).is_some()) {
            for path in paths_in(&found[2]) {
                let steps = from_the_crate(module, &path);
                handed_on.insert((module.clone(), steps.last().unwrap().clone()), steps);
            }
        }
    }
    let file_of = |steps: &[String]| {
        let mut steps = steps.to_vec();
        // As often as names are handed on.
        for _ in 0..5 {
            let length = (1..=steps.len()).rev().find(|length| modules.contains_key(&steps[..*length].join("::")))?;
            let module = steps[..length].join("::");
            let further = steps.get(length).and_then(|name| handed_on.get(&(module.clone(), name.clone())));
            match further {
                Some(further) => steps = [further.as_slice(), &steps[length + 1..]].concat(),
                None => return Some(module),
            }
        }
        None
    };
    let of_module = |(module, code): (&String, &String)| {
        let imported = used.captures_iter(code).filter(|found| found.get(1).is_none()).flat_map(|found| paths_in(&found[2]));
        let body = used.replace_all(code, "");
        let paths: Vec<String> = imported.chain(named.find_iter(&body).map(|found| found.as_str().to_owned())).collect();
        let files = paths.iter().filter_map(|path| file_of(&from_the_crate(module, path)));
        (module.clone(), files.filter(|file| file != module).collect())
    };
    modules.iter().map(of_module).collect()
}

/// Files each of which leads to each other.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<&str>> {
    let reached = |from: &str| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(file) = next.pop() {
            for further in &uses[&file] {
                if reached.insert(further.clone()) {
                    next.push(further.clone());
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<String>> = uses.keys().map(|file| (file.as_str(), reached(file))).collect();
    let circle =
        |file: &&str| reached.keys().copied().filter(|other| reached[*file].contains(*other) && reached[other].contains(*file)).collect();
    reached.keys().map(circle).filter(|circle: &BTreeSet<&str>| circle.len() > 1).collect()
}

#[test]
fn no_more_than_three_files_of_a_room_use_each_other_in_a_circle() {
    let made_up = [
        ("room", "mod a;\nmod b;\npub use a::{First, Second as Other};\n"),
        ("room::a", "use super::b::{self, c::Third};\n"),
        ("room::b", "use crate::room::First;\n"),
        ("room::b::c", "fn f() { super::super::a::g() }\nuse crate::elsewhere::X;\n"),
    ];
    let made_up: BTreeMap<String, String> = made_up.map(|(module, code)| (module.to_owned(), code.to_owned())).into();
    let used = uses(&made_up);
    assert_eq!(used["room::a"], BTreeSet::from(["room::b", "room::b::c"].map(str::to_owned)), "{used:?}");
    assert_eq!(circles(&used), BTreeSet::from([BTreeSet::from(["room::a", "room::b", "room::b::c"])]));

    let src = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    for room in std::fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let uses = uses(&modules(&room, &room.file_name().unwrap().to_string_lossy()));
        for circle in circles(&uses) {
            let with_what = |file: &&str| format!("{file} uses {:?}", uses[*file].iter().filter(|used| circle.contains(used.as_str())));
            let shown: Vec<String> = circle.iter().map(with_what).collect();
            assert!(circle.len() <= LARGEST, "a circle of {} files:\n{}", circle.len(), shown.join("\n"));
        }
    }
}
