//! The rooms of `src/` and who uses whom, held against the code and against docs/architecture.md, whose walks name what exists.

use crate::sources::sources_under;
use demarche::domain::event::{EventKind, Undo};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;

const ARCHITECTURE: &str = include_str!("../../docs/architecture.md");

/// Each room with those that it uses, all of which stand above it: so there is no circle.
const ROOMS: [(&str, &[&str]); 16] = [
    ("domain", &[]),
    ("mail", &["domain"]),
    ("tables", &["mail"]),
    ("transport", &["domain", "mail"]),
    ("render", &["mail"]),
    ("letters", &["domain", "mail", "render"]),
    ("digest", &["domain", "mail", "render"]),
    ("register", &["digest", "domain", "mail"]),
    ("pass", &["domain", "register"]),
    ("outgoing", &["domain", "letters", "mail", "pass", "register", "render", "transport"]),
    ("intake", &["domain", "mail", "outgoing", "pass", "register", "transport"]),
    ("office", &["domain", "intake", "outgoing", "register"]),
    ("config", &["domain", "mail", "register", "transport"]),
    ("daemon", &["config", "digest", "domain", "intake", "letters", "mail", "outgoing", "pass", "register", "render", "transport"]),
    ("demo", &["config", "daemon", "domain", "mail", "office", "pass", "register", "transport"]),
    ("cli", &["config", "daemon", "demo", "domain", "intake", "mail", "office", "pass", "register", "tables", "transport"]),
];

/// Lines of a file without a reason at its head why it is longer.
const LONGEST: usize = 400;
/// With which that reason begins, among the first lines of the file.
const LONG_BECAUSE: &str = "// Long because";
const HEAD: usize = 20;

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// The lines of code without those that are comments.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The first names of all paths that begin at the crate, in `use` or elsewhere.
fn rooms_named(code: &str) -> BTreeSet<String> {
    let path = Regex::new(r"\bcrate::(?:(\w+)|\{)").unwrap();
    let mut named = BTreeSet::new();
    for found in path.captures_iter(code) {
        if let Some(name) = found.get(1) {
            named.insert(name.as_str().to_owned());
            continue;
        }
        // A group: what stands at its first level is a room.
        let mut depth = 0;
        let group = code[found.get(0).unwrap().end()..].chars().take_while(|character| {
            depth += i32::from(*character == '{') - i32::from(*character == '}');
            depth >= 0
        });
        let mut depth = 0;
        let first_level: String = group
            .filter(|character| {
                depth += i32::from(*character == '{') - i32::from(*character == '}');
                depth == 0 && *character != '}'
            })
            .collect();
        let names = first_level.split(',').map(|path| path.trim().split([':', ' ']).next().unwrap_or_default());
        named.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    named
}

#[test]
fn a_room_uses_what_stands_above_it_on_the_map_and_nothing_else() {
    let sample = "use crate::{digest, letters::{a, b}};\nuse crate::domain::{x, y};\nfn f(_: crate::mail::Z) {}\n    // crate::cli\n";
    let expected = ["digest", "domain", "letters", "mail"].map(str::to_owned);
    assert_eq!(rooms_named(&without_comments(sample)), BTreeSet::from(expected), "paths are found where they are");

    let mut folders: Vec<String> = std::fs::read_dir(src())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut rooms = ROOMS.map(|(room, _)| room);
    rooms.sort_unstable();
    assert_eq!(folders, rooms, "each folder of src/ is a room");

    for (place, (room, uses)) in ROOMS.iter().enumerate() {
        let above: Vec<&str> = ROOMS[..place].iter().map(|(room, _)| *room).collect();
        assert!(uses.iter().all(|other| above.contains(other)), "{room} uses a room that does not stand above it");
        let mut used = BTreeSet::new();
        for path in sources_under(&src().join(room)) {
            for other in rooms_named(&without_comments(&std::fs::read_to_string(&path).unwrap())) {
                assert!(other == *room || uses.contains(&other.as_str()), "{}: {room} does not use {other}", path.display());
                used.insert(other);
            }
        }
        used.remove(*room);
        assert_eq!(used, uses.iter().map(|other| (*other).to_owned()).collect(), "what {room} uses");
    }
}

#[test]
fn the_map_shows_each_room_with_what_it_uses() {
    let shown: Vec<(String, String)> = ARCHITECTURE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix('|')?.split_once("` | "))
        .map(|(room, rest)| (room.to_owned(), rest.rsplit('|').next().unwrap_or_default().trim().to_owned()))
        .collect();
    let in_code = |uses: &[&str]| uses.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
    assert_eq!(shown, ROOMS.map(|(room, uses)| (room.to_owned(), in_code(uses))));
}

#[test]
fn decisions_ask_neither_a_clock_nor_a_file_nor_the_network() {
    let asks = Regex::new(r"\w::now\(|\bstd::(fs|net|io|process|env|time)\b|\btokio\b|\basync\b|\brand(om)?::|\bgetrandom\b").unwrap();
    assert!(["Timestamp::now()", "std::fs::read", "async fn ask()"].iter().all(|code| asks.is_match(code)));
    for path in sources_under(&src().join("domain")) {
        let code = without_comments(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(asks.find(&code).map(|found| found.as_str()), None, "{}", path.display());
    }
}

#[test]
fn whoever_follows_a_walk_finds_each_function_by_its_name() {
    let (_, walks) = ARCHITECTURE.split_once("\n## Walks\n").unwrap();
    let path = Regex::new(r"`(\w+(?:::\w+)+)`").unwrap();
    for walk in walks.split("\n### ").skip(1) {
        let title = walk.lines().next().unwrap();
        let named: Vec<&str> = path.captures_iter(walk).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(named.len() > 10, "{title}: it names its functions");
        for name in named {
            let (file, function) = name.rsplit_once("::").unwrap();
            let file = src().join(file.replace("::", "/"));
            let places = [file.with_extension("rs"), file.join("mod.rs")];
            let text = places.iter().find_map(|place| std::fs::read_to_string(place).ok());
            let text = text.unwrap_or_else(|| panic!("{title}: {name}: there is no such file"));
            let is_there = Regex::new(&format!(r"\bfn {function}\b")).unwrap().is_match(&without_comments(&text));
            assert!(is_there, "{title}: {name}: there is no such function in the file");
        }
    }
    assert_eq!(walks.matches("\n### ").count(), 4);
}

#[test]
fn a_file_is_short_or_says_at_its_head_why_it_is_long() {
    let folders = ["src", "tests", "benches"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    for path in folders.iter().flat_map(|folder| sources_under(folder)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        let has_reason = text.lines().take(HEAD).any(|line| line.starts_with(LONG_BECAUSE));
        assert!(lines <= LONGEST || has_reason, "{}: {lines} lines; split it by concept, or say at its head why not", path.display());
    }
}

#[test]
fn what_undoes_an_event_is_recorded_by_some_verb() {
    let mut code = String::new();
    for path in sources_under(src()) {
        if !["undo.rs", "stories.rs"].iter().any(|file| path == src().join("domain/event").join(file)) {
            code.push_str(&without_comments(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    let is_recorded = |kind: &EventKind| Regex::new(&format!(r"\bHappened::{kind:?}\b")).unwrap().is_match(&code);
    for kind in EventKind::ALL {
        assert!(is_recorded(kind), "nothing records {}", kind.name());
        if let Undo::By(other) = kind.undone_by() {
            assert!(is_recorded(&other), "{} is undone by {}, which nothing records", kind.name(), other.name());
        }
    }
}
