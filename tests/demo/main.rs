//! The demonstration, run as a newcomer runs it: real reports, the real machinery, two stand-ins, one virtual clock.

#![expect(clippy::unwrap_used, reason = "a story stops where it goes wrong")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CUSTODY: &str = include_str!("../../src/demo/data/custody-reports.csv");

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demarche")).arg("demo").args(arguments).output().unwrap()
}

/// Plays into a folder and gives the object that `--json` prints, without the seconds.
fn played(folder: &Path, arguments: &[&str]) -> Value {
    let folder = folder.display().to_string();
    let output = demo(&[&["--dir", &folder, "--json"], arguments].concat());
    let told = String::from_utf8_lossy(&output.stderr);
    let mut outcome: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {told}"));
    assert!(outcome["seconds"].as_f64().unwrap() > 0.0);
    outcome.as_object_mut().unwrap().remove("seconds");
    outcome
}

/// Every mail of a Maildir's folder by name, with its bytes.
fn mails(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut mails: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    mails.sort();
    mails
}

/// The newest `rows` reports.
fn part_of_custody(folder: &Path, rows: usize) -> PathBuf {
    let file = folder.join("part.csv");
    let lines: Vec<&str> = CUSTODY.lines().take(rows + 1).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    file
}

fn disagreements(outcome: &Value) -> Vec<&Value> {
    outcome["states"].as_array().unwrap().iter().filter(|state| state["published"] != state["ours"]).collect()
}

#[test]
fn twelve_years_of_custody_reports_come_out_as_they_were_published() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = played(folder.path(), &[]);
    assert_eq!(disagreements(&outcome), Vec::<&Value>::new());
    assert_eq!((&outcome["reports"], &outcome["agree"], &outcome["requests"]), (&320.into(), &320.into(), &614.into()));
    assert_eq!(outcome["wrong_links"], 0);
    for counted in ["reminders", "escalations", "linked", "placed"] {
        assert!(outcome[counted].as_u64().unwrap() > 100, "{counted}");
    }
    let states = outcome["states"].as_array().unwrap();
    assert_eq!(states[0], serde_json::json!({ "ref": "2025-0080", "row": 1, "published": "completed", "ours": "completed" }));
    // After twelve years, what is due is still what follows from the rest of the register.
    let verify = Command::new(env!("CARGO_BIN_EXE_demarche")).args(["verify", "--json"]).current_dir(folder.path()).output().unwrap();
    let verified: Value = serde_json::from_slice(&verify.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&verify.stderr)));
    assert_eq!(verified["owed"]["differences"], serde_json::json!([]));
    assert!(verified["owed"]["next_steps"].as_u64().unwrap() > 0 && verify.status.success(), "{}", verified["owed"]);
}

#[test]
fn the_same_seed_gives_the_same_mails_and_another_seed_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = part_of_custody(folder.path(), 60).display().to_string();
    // In one place, since digests name the folder that is read.
    let place = folder.path().join("office");
    let play = |seed: &str| {
        let outcome = played(&place, &["--data", &data, "--seed", seed]);
        let played = (outcome, mails(&place.join("mail/in/.taken-in/cur")), mails(&place.join("mail/out/cur")));
        fs::remove_dir_all(&place).unwrap();
        played
    };
    let (first, again, other) = (play("7"), play("7"), play("8"));
    assert_eq!(first.0, again.0);
    assert!(first.1 == again.1 && first.2 == again.2, "the mails differ");
    assert!(first.1 != other.1);
    for outcome in [&first.0, &other.0] {
        assert_eq!((disagreements(outcome).len(), &outcome["wrong_links"]), (0, &0.into()));
    }
}

#[test]
fn a_report_of_the_last_day_is_pending_and_one_of_56_days_before_is_not_yet_overdue() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("days.csv");
    let rows = "ref,date_of_report,area,category,sent_to,replies_count,published_status\n\
        ,2024-03-01,A,B,Prison One | Prison One | REDACTED | REDACTED,0,pending\n\
        x,2024-01-06,A,B,Prison One,0,pending\n\
        x,2024-01-05,A,B,Prison One | Prison Two,1,partial\n\
        x,2024-01-05,A,B,Prison Two,0,overdue\n\
        y,2025-01-01,A,B,\"Прокуратура | Prison “Three”, & Sons\",3,completed\n";
    fs::write(&file, rows).unwrap();
    let outcome = played(&folder.path().join("office"), &["--data", &file.display().to_string(), "--until", "2024-03-02"]);
    assert_eq!(disagreements(&outcome), Vec::<&Value>::new());
    assert_eq!((&outcome["requests"], &outcome["wrong_links"]), (&10.into(), &0.into()));
}

#[test]
fn hostile_data_is_refused_with_file_row_and_column_and_nothing_is_laid_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hostile.csv");
    let office = folder.path().join("office").display().to_string();
    fs::write(
        &file,
        "ref,date_of_report,area,category,sent_to,replies_count,published_status\n\u{1b}]0;x\u{7},2024-13-01,A,B,|,9999999999,no\n",
    )
    .unwrap();
    let output = demo(&["--data", &file.display().to_string(), "--dir", &office, "--json"]);
    assert!(!output.status.success() && output.stdout.is_empty() && !Path::new(&office).exists());
    let told = String::from_utf8(output.stderr).unwrap();
    for expected in [
        "hostile.csv: row 1 (line 2), column ref",
        "column date_of_report",
        "column sent_to",
        "column replies_count",
        "column published_status",
    ] {
        assert!(told.contains(expected), "{expected} is missing in:\n{told}");
    }
    assert!(!told.contains('\u{1b}'));
}

#[test]
fn a_folder_that_is_no_demonstration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "").unwrap();
    let output = demo(&["--dir", &folder.path().display().to_string()]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("was not laid out by a demonstration"));
}
