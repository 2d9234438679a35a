//! What README and docs show, run as it is written, and held against what the program reads.

use crate::{append, demarche, import, in_shell, with_workspace};
use std::os::unix::fs::PermissionsExt;

const README: &str = include_str!("../../README.md");
const OPERATING: &str = include_str!("../../docs/operating.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");

/// The block of a document that begins with this line.
fn block_of(document: &str, first_line: &str) -> String {
    let indent = document.lines().find(|line| line.trim() == first_line).map(|line| line.len() - line.trim_start().len()).unwrap();
    let lines = document.lines().skip_while(|line| line.trim() != first_line).take_while(|line| line.trim() != "```");
    lines.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

#[test]
fn the_steps_of_the_readme_work_as_they_are_written() {
    let folder = with_workspace();
    let work = folder.path().join("npm");
    let password = work.join("imap.password");
    std::fs::write(&password, "hunter2\n").unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let written = std::fs::read_to_string(work.join("demarche.toml")).unwrap();
    let (before, rest) = written.split_once("[[mailboxes]]\nkind = \"maildir\"").unwrap();
    let (_, after) = rest.split_once("# Who gets digests").unwrap();
    let replaced = format!("{before}{}\n# Who gets digests{after}", block_of(README, "[[mailboxes]]"));
    std::fs::write(work.join("demarche.toml"), replaced).unwrap();
    let ran = demarche(folder.path(), &["-C", "npm", "check", "--offline"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    // The daemon's user reads what the configuration names; nothing is named that only the unit has.
    let unit = block_of(OPERATING, "# /etc/systemd/system/demarche.service");
    assert!(unit.contains("ExecStart=/usr/local/bin/demarche -C /srv/demarche run\n") && !unit.contains("LoadCredential"), "{unit}");
    // Whoever pastes them below what stands there is told what to do.
    std::fs::write(work.join("demarche.toml"), format!("{written}\n{}", block_of(README, "[[mailboxes]]"))).unwrap();
    let ran = demarche(folder.path(), &["-C", "npm", "check", "--offline"]);
    assert_eq!(ran.code, Some(3), "{}", ran.out);
    assert!(ran.out.contains("\"sending\" stands here a second time") && ran.out.contains("keep one"), "{}", ran.out);
}

#[test]
fn the_steps_of_the_readme_run_in_their_order() {
    let folder = with_workspace();
    let npm = folder.path().join("npm");
    append(&npm.join("authorities.csv"), "Prison Service,post@prisons.example\n");
    append(&npm.join("recommendations.csv"), "2026-03/7,Prison Service,Air.,2026-03-01\n");
    append(&npm.join("under-way.csv"), "reference,authority,sent_on,deadline\nABC 12,Prison Service,2026-03-01,2026-04-30\n");
    let first = "demarche import authorities authorities.csv";
    for steps in [block_of(README, first), block_of(README, "demarche requests open --new --dry-run")] {
        let ran = in_shell(&npm, &steps);
        assert_eq!(ran.code, Some(0), "{steps}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn the_tables_that_the_documentation_shows_are_taken_in() {
    let folder = with_workspace();
    for (what, header) in [("authorities", "name,email,domains"), ("recommendations", "reference,addressees,text")] {
        let first = CONFIGURATION.lines().find(|line| line.starts_with(header)).unwrap();
        let ran = import(folder.path(), what, &block_of(CONFIGURATION, first), &[]);
        assert_eq!(ran.out, "2 added, 0 changed, 0 unchanged\n", "{what}: {}", ran.err);
    }
}

/// Words as the documentation and messages separate them.
fn words(text: &str) -> Vec<&str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).collect()
}

/// The part of `text` from where `begin` stands to where one of `ends` stands next, or to its end.
fn part<'a>(text: &'a str, begin: &str, ends: &[&str]) -> &'a str {
    let from = text.find(begin).unwrap_or_else(|| panic!("{begin} is missing")) + begin.len();
    let to = ends.iter().filter_map(|end| text[from..].find(end)).min().unwrap_or(text.len() - from);
    &text[from..from + to]
}

#[test]
fn help_and_documentation_name_every_column_that_an_import_reads() {
    let folder = with_workspace();
    let help = demarche(folder.path(), &["import", "--help"]).out;
    for what in ["authorities", "recommendations", "requests"] {
        let of_help = words(part(&help, &format!("\n  {what} "), &["\n  recommendations ", "\n  requests ", "\nExample"]));
        let of_page = words(part(CONFIGURATION, &format!("\n### `import {what}`\n"), &["\n#"]));
        let refused = import(folder.path(), what, "zzzzzzzzzzzz\n1\n", &[]).err;
        let columns = refused.lines().find_map(|line| line.split_once("columns are ")).unwrap().1;
        for column in columns.split(", ") {
            assert!(of_help.contains(&column), "the help does not name {column} of {what}");
            assert!(of_page.contains(&column), "docs/configuration.md does not name {column} of {what}");
        }
    }
}

/// Each section with one key that does not exist; the fault then lists those that do.
const SECTIONS: [(&str, &str); 19] = [
    ("[office]", ""),
    ("[wording.en]", ""),
    ("[signatories.head]", ""),
    ("[terms.ordinary]", ""),
    ("[ladders.ordinary]", ""),
    ("[[ladders.ordinary.steps]]", ""),
    ("[calendars.office]", ""),
    ("[hours]", ""),
    ("[reply_addresses]", "address = \"desk@office.example\""),
    ("[[mailboxes]]", "kind = \"maildir\""),
    ("[[mailboxes]]", "kind = \"imap\""),
    ("[sending]", "kind = \"smtp\""),
    ("[sending]", "kind = \"maildir\""),
    ("[[staff]]", ""),
    ("[digests]", ""),
    ("[authenticity]", ""),
    ("[limits]", ""),
    ("[files]", ""),
    ("", ""),
];

#[test]
fn the_documentation_describes_every_key_of_the_configuration() {
    let folder = with_workspace();
    for (header, first) in SECTIONS {
        let config = format!("{header}\n{first}\nqqqqqqqq = 1\n");
        std::fs::write(folder.path().join("npm/demarche.toml"), config).unwrap();
        let ran = demarche(folder.path(), &["-C", "npm", "check", "--offline"]).out;
        let known = ran.lines().find_map(|line| line.split_once("known here: ")).unwrap_or_else(|| panic!("{header}: {ran}")).1;
        let section = header.trim_matches(['[', ']']).split('.').next().unwrap();
        let page = match section {
            "" => CONFIGURATION,
            // The keys of accounts stand with the mailboxes.
            "sending" => part(CONFIGURATION, "\n## `[[mailboxes]]`", &["\n## `[[staff]]`"]),
            "signatories" => part(CONFIGURATION, "\n## `[wording.LANGUAGE]`", &["\n## "]),
            _ => {
                let headings = ["[", "[["].map(|bracket| format!("\n## `{bracket}{section}"));
                let heading = headings.iter().find(|heading| CONFIGURATION.contains(*heading)).unwrap_or_else(|| panic!("no {section}"));
                part(CONFIGURATION, heading, &["\n## "])
            }
        };
        for key in known.split(", ") {
            assert!(words(page).contains(&key), "docs/configuration.md does not describe {key} of {header}");
        }
    }
}

#[test]
fn every_benchmark_can_be_run_and_stands_in_the_table_of_what_was_measured() {
    let house = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<String> = std::fs::read_dir(house.join("benches"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut declared: Vec<&str> =
        include_str!("../../Cargo.toml").split("[[bench]]").skip(1).map(|bench| bench.split('"').nth(1).unwrap()).collect();
    declared.sort_unstable();
    assert_eq!(declared, files);
    let mut told: Vec<&str> =
        include_str!("../../docs/benchmarks.md").lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    told.sort_unstable();
    assert_eq!(told, files);
    for name in files {
        let head = std::fs::read_to_string(house.join("benches").join(&name).with_extension("rs")).unwrap();
        assert!(head.contains(&format!("`cargo bench --bench {name}`")), "{name} says how it is run");
    }
}
