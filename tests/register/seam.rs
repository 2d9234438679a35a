//! Where the register's database may be named: a second back end takes the place of `src/register`, and nothing else notices.

use crate::sources::sources_under;
use regex::Regex;
use std::path::Path;

/// Whatever breaks the file itself; and the one benchmark that measures against plain SQLite.
const BESIDE_THE_REGISTER: [&str; 2] = ["tests/support/sqlite.rs", "benches/ingest.rs"];

/// Statements of SQL, and the library that takes them. IMAP has a SELECT of its own, with a folder in quotes.
fn sql() -> Regex {
    let statements = [
        r"SELECT\s[^;\x22]{1,400}?\sFROM\s",
        r"SELECT\s+\w+\(",
        r"INSERT\s+(OR\s+\w+\s+)?INTO\s",
        r"UPDATE\s+\w+\s+SET\s",
        r"DELETE\s+FROM\s",
        r"(CREATE|DROP)\s+(TABLE|INDEX|TRIGGER)\s",
        r"\bPRAGMA\b",
        r"\brusqlite\b",
    ];
    Regex::new(&statements.join("|")).unwrap()
}

#[test]
fn sql_stands_in_the_register_and_nowhere_else() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: Vec<_> = ["src", "tests", "benches"].iter().flat_map(|folder| sources_under(&house.join(folder))).collect();
    let (this_file, sql) = (house.join("tests/register/seam.rs"), sql());
    let mut in_the_register = 0;
    for path in sources.iter().filter(|path| **path != this_file) {
        let (name, text) = (path.strip_prefix(house).unwrap(), std::fs::read_to_string(path).unwrap());
        let found = sql.find(&text).map(|found| found.as_str());
        if name.starts_with("src/register") {
            in_the_register += usize::from(found.is_some());
        } else if !BESIDE_THE_REGISTER.iter().any(|beside| name == Path::new(beside)) {
            assert_eq!(found, None, "{}: ask the register by a verb or a question of its own (src/register)", name.display());
        }
    }
    assert!(in_the_register > 20, "statements are found where they are");
    for statement in ["db.prepare(\"SELECT at\n FROM event\")", "\"DELETE FROM lease\"", "use rusqlite::Connection;"] {
        assert!(sql.is_match(statement), "{statement}");
    }
    assert!(!sql.is_match("peer.answer(\"SELECT \\\"INBOX\\\"\", &[\"* 2 EXISTS\"], \"from here\")"));
}

/// A stored word that no list of ours has is damage, and told as such. Whoever takes it for some word that it is not takes a source for none, or a
/// mail that waits for one that counts.
#[test]
fn a_word_that_is_not_known_is_taken_for_no_other() {
    let guessed = Regex::new(
        r"::from_name\([^;{]{0,60}\)[^;{]{0,20}\.(unwrap_or|is_none_or|is_some_and|and_then)\w*\(|and_then\(\|\w+\| \w+::from_name",
    )
    .unwrap();
    assert!(guessed.is_match("Effect::from_name(&row.get::<_, String>(4)?).unwrap_or(Effect::Reply)"));
    assert!(!guessed.is_match("rows::optional_word(row, 4, AddressState::from_name)?.unwrap_or(AddressState::Good)"));
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/register");
    // The chain is read as far as it can be, and says what it cannot read.
    for path in sources_under(&register).iter().filter(|path| **path != register.join("chain.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(guessed.find(&text).map(|found| found.as_str()), None, "{}: rows::word tells the damage", path.display());
    }
}

/// What becomes of the file and of the record itself, which no other room can say: a payload is erased, the record sealed anew, a back-up put in its
/// place.
const OF_THE_RECORD_ITSELF: [&str; 3] = ["chain.rs", "sealing.rs", "restored.rs"];

#[test]
fn the_register_decides_nothing_that_would_have_an_event() {
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/register");
    let mut of_the_record = 0;
    for path in sources_under(&register) {
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.split("#[cfg(test)]").next().unwrap().contains("Event::new(") {
            continue;
        }
        let is_its_own = OF_THE_RECORD_ITSELF.iter().any(|file| path == register.join(file));
        assert!(is_its_own, "{}: a verb with its event stands in a room above (docs/architecture.md)", path.display());
        of_the_record += 1;
    }
    assert_eq!(of_the_record, OF_THE_RECORD_ITSELF.len());
}
