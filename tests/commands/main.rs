//! The program as a newcomer runs it: `init`, `check`, and what they say.

// Long because each story is short, and all run the one program through the functions at the end.

#![allow(clippy::unwrap_used)]

mod circles;
mod documents;
mod file_names;
mod rooms;
#[path = "../support/sources.rs"]
mod sources;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs the program in `folder`, whose path is shown as `WORK`.
fn demarche(folder: &Path, arguments: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_demarche"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DEMARCHE_CONFIG")
        .env_remove("CREDENTIALS_DIRECTORY")
        .output()
        .unwrap();
    let shown = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(folder.to_str().unwrap(), "WORK");
    Ran { code: status.code(), out: shown(stdout), err: shown(stderr) }
}

fn change(folder: &Path, from: &str, to: &str) {
    let file = folder.join("npm/demarche.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn with_workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ran = demarche(folder.path(), &["init", "npm"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    folder
}

#[test]
fn a_new_workspace_is_private_and_says_what_comes_next() {
    let folder = tempfile::tempdir().unwrap();
    let ran = demarche(folder.path(), &["init", "npm"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.out, @r#"
    A workspace stands in npm.

    Next:
      1. Put the office's name, address, prefix and time zone into demarche.toml, then
           demarche -C npm check
      2. Fill in the two tables below their first rows (columns: demarche import --help), then
           demarche -C npm import authorities npm/authorities.csv
           demarche -C npm import recommendations npm/recommendations.csv
      3. See what would be asked of whom; nothing leaves yet
           demarche -C npm requests open --new --dry-run

    Letters go to npm/mail/out, replies are read from npm/mail/in, until [sending] and [[mailboxes]] name servers.
    Keep npm/secret with the back-ups: without it, replies to letters already sent find no request.
    "#);
    let npm = folder.path().join("npm");
    assert_eq!(mode(&npm), 0o700);
    for file in ["secret", "register.sqlite", "demarche.toml"] {
        assert_eq!(mode(&npm.join(file)), 0o600, "{file}");
    }
    assert_eq!(std::fs::read_to_string(npm.join("secret")).unwrap().trim().len(), 64);
    assert!(npm.join("mail/in/new").is_dir() && npm.join("mail/out/cur").is_dir());
}

#[test]
fn a_new_workspace_passes_its_check() {
    let folder = with_workspace();
    let ran = demarche(folder.path(), &["-C", "npm", "check"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.out, @r#"
    good         configuration: WORK/npm/demarche.toml is understood
    good         permissions: register, secret and configuration are their owner's
    good         register: WORK/npm/register.sqlite opens
    good         directory: there are no authorities yet
    good         templates: every letter can be written (en)
    good         mailbox: maildir:WORK/npm/mail/in can be read
    good         sending: maildir:WORK/npm/mail/out takes letters

    Nothing stops the daemon (0 warnings).
    "#);
}

#[test]
fn init_overwrites_nothing() {
    let folder = with_workspace();
    let before = std::fs::read(folder.path().join("npm/secret")).unwrap();
    let ran = demarche(folder.path(), &["init", "npm"]);
    assert_eq!(ran.code, Some(1));
    insta::assert_snapshot!(ran.err, @"demarche: npm/demarche.toml is there already, and init overwrites nothing; name another folder");
    assert_eq!(std::fs::read(folder.path().join("npm/secret")).unwrap(), before);
}

#[test]
fn without_a_workspace_the_way_to_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ran = demarche(folder.path(), &["check"]);
    assert_eq!(ran.code, Some(3));
    insta::assert_snapshot!(ran.out, @r#"
    wrong        configuration: .: no demarche.toml here
                 -> run demarche init, or name a workspace with -C DIR

    1 to mend before the daemon can do its work (0 warnings).
    "#);
}

#[test]
fn a_misspelt_key_stops_the_check_with_its_place() {
    let folder = with_workspace();
    change(folder.path(), "prefix = \"NPM\" ", "prefx = \"NPM\" ");
    let ran = demarche(folder.path(), &["-C", "npm", "check"]);
    assert_eq!(ran.code, Some(3));
    insta::assert_snapshot!(ran.out, @r#"
    wrong        configuration: WORK/npm/demarche.toml:6:1: office.prefix is missing
                 -> expected the capital letters that every reference begins with: NPM in NPM-2026-0147-K
    wrong        configuration: WORK/npm/demarche.toml:9:1: "office.prefx" is no key
                 -> did you mean "office.prefix"?

    2 to mend before the daemon can do its work (0 warnings).
    "#);
}

#[test]
fn findings_are_told_to_programs_as_json() {
    let folder = with_workspace();
    std::fs::set_permissions(folder.path().join("npm/register.sqlite"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = demarche(folder.path(), &["-C", "npm", "check", "--json", "--offline"]);
    assert_eq!(ran.code, Some(1));
    let findings: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    let faults: Vec<_> = findings.iter().filter(|finding| finding["gravity"] == "fault").collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0]["part"], "permissions");
    assert_eq!(faults[0]["mend"], "run chmod 600 WORK/npm/register.sqlite");
}

#[test]
fn a_ladder_whose_template_nobody_wrote_stops_the_check() {
    let folder = with_workspace();
    let steps = "[[ladders.ordinary.steps]]\nname = \"summons\"\ndays = 3\ntemplate = \"summons\"\n\n[calendars.office]";
    change(folder.path(), "[calendars.office]", steps);
    let ran = demarche(folder.path(), &["-C", "npm", "check", "--offline"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("there is no template en/summons, which the step \"summons\" of the ladder \"ordinary\" needs"),
        "{}",
        ran.out
    );
}

#[test]
fn a_mistyped_maildir_and_a_missing_password_are_both_told() {
    let folder = with_workspace();
    change(folder.path(), "path = \"mail/in\"", "path = \"mail/inn\"");
    let smtp = "kind = \"smtp\"\nhost = \"localhost\"\nuser = \"desk\"\npassword_file = \"smtp-password\"";
    change(folder.path(), "kind = \"maildir\"\npath = \"mail/out\"", smtp);
    let ran = demarche(folder.path(), &["-C", "npm", "check"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("mail/inn: is no Maildir"), "{}", ran.out);
    assert!(ran.out.contains("smtp-password: the password cannot be read"), "{}", ran.out);
}

#[test]
fn a_server_that_is_away_is_impossible_at_present_and_no_fault_of_the_office() {
    let folder = with_workspace();
    // Bound and given back: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let smtp = format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {port}");
    change(folder.path(), "kind = \"maildir\"\npath = \"mail/out\"", &smtp);
    let ran = demarche(folder.path(), &["-C", "npm", "check"]);
    assert_eq!(ran.code, Some(4), "{}", ran.out);
    assert!(
        ran.out.contains(&format!("unreachable  sending: smtp:127.0.0.1:{port}")) || ran.out.contains(&format!("127.0.0.1:{port}")),
        "{}",
        ran.out
    );
}

const AUTHORITIES: &str = "\u{feff}name;email;aliases;focal_point;focal_point_email;level;parent
Prison Service;office@prisons.example;HMPPS|The Prisons;F. Point;f.point@prisons.example;;Ministry of Justice
Prison Service;;;D. General;director@prisons.example;head;
Ministry of Justice;office@justice.example;;;;;
";
const RECOMMENDATIONS: &str = "Reference,Addressees,Text,Made on,Urgency
2026-03/1,Prison Service|Ministry of Justice,\"Repair the heating,
in every cell.\",2026-03-30,urgent
2026-03/2,hmpps,Register each use of restraint.,2026-03-30,
";
const REQUESTS: &str = "reference,authority,sent_on,deadline,message_id,recommendations
OLD-7,HMPPS,2026-04-01,2026-05-27,<old.7@office.example>,2026-03/2
";

fn import(folder: &Path, what: &str, table: &str, more: &[&str]) -> Ran {
    std::fs::write(folder.join("table.csv"), table).unwrap();
    demarche(folder, &[&["-C", "npm", "import", what, "table.csv"], more].concat())
}

#[test]
fn tables_are_taken_in_once_and_the_same_rows_again_change_nothing() {
    let folder = with_workspace();
    let import = |what, table, more: &[&str]| {
        let ran = import(folder.path(), what, table, more);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        ran.out
    };
    insta::assert_snapshot!(import("authorities", AUTHORITIES, &["--dry-run"]), @r#"
    2 would be added, 0 would be changed, 0 unchanged
    Nothing was changed (--dry-run).
    "#);
    insta::assert_snapshot!(import("authorities", AUTHORITIES, &[]), @"2 added, 0 changed, 0 unchanged");
    insta::assert_snapshot!(import("authorities", AUTHORITIES, &[]), @r#"
    0 added, 0 changed, 2 unchanged
    All of it was in the register already; nothing was changed.
    "#);
    insta::assert_snapshot!(import("recommendations", RECOMMENDATIONS, &[]), @"2 added, 0 changed, 0 unchanged");
    insta::assert_snapshot!(import("recommendations", RECOMMENDATIONS, &["--json"]), @r#"
    {
      "added": 0,
      "changed": 0,
      "imported": true,
      "unchanged": 2
    }
    "#);
    insta::assert_snapshot!(import("requests", REQUESTS, &[]), @"1 added, 0 changed, 0 unchanged");
    insta::assert_snapshot!(import("requests", REQUESTS, &[]), @r#"
    0 added, 0 changed, 1 unchanged
    All of it was in the register already; nothing was changed.
    "#);
    let moved = self::import(folder.path(), "requests", &REQUESTS.replace("2026-04-01", "2026-04-02"), &[]);
    insta::assert_snapshot!(moved.err, @r#"
    demarche: nothing was imported:
      table.csv, row 2, column reference: "OLD-7": expected the authority and the dates under which the register has it already
    "#);
    let checked = demarche(folder.path(), &["-C", "npm", "check", "--offline"]);
    assert_eq!(checked.code, Some(0));
    assert!(checked.out.contains("1 authority without a focal point: Ministry of Justice"), "{}", checked.out);
}

#[test]
fn every_wrong_cell_is_told_at_once_and_nothing_is_taken_in() {
    let folder = with_workspace();
    let table =
        "name,e-mail,focal_point_email,level,aliases,time_zone\nPrison Service,a@b@c,nobody,boss,Jail,Mars\n,,,,,\nOther,,,,Jail,\n";
    let refused = import(folder.path(), "authorities", table, &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(refused.err, @r#"
    demarche: nothing was imported:
      table.csv, row 1, column e-mail: is no column; did you mean "email"?
      table.csv, row 2, column time_zone: "Mars": expected a time zone as in Europe/Prague
      table.csv, row 2, column focal_point_email: "nobody": expected a mail address
      table.csv, row 2, column level: "boss": expected one of the levels: technical, head, minister
      table.csv, row 4, column aliases: "Jail": is a name of Prison Service in this file
    "#);
    let refused =
        import(folder.path(), "recommendations", "reference,addressees,text,made_on\nR1,Jail,,30.3.2026\nR1,,x,2026-02-30\n", &[]);
    insta::assert_snapshot!(refused.err, @r#"
    demarche: nothing was imported:
      table.csv: the directory is empty: there is no authority yet that this file could name. Import it first: demarche import authorities FILE (a row with name and email for each authority; each further person of it in a row of its own, under focal_point and focal_point_email)
      table.csv, row 2, column text: "": expected the recommendation's full text
      table.csv, row 2, column made_on: "30.3.2026": expected a day as in 2026-04-30
      table.csv, row 3, column reference: "R1": stands in row 2 already; each is imported once
      table.csv, row 3, column addressees: "": expected names of authorities, separated by |
      table.csv, row 3, column made_on: "2026-02-30": expected a day as in 2026-04-30
    "#);
    let refused = import(folder.path(), "requests", "reference,authority,sent_on,deadlin\nR1,Jail,2026-05-01,2026-04-01\n", &[]);
    insta::assert_snapshot!(refused.err, @r#"
    demarche: nothing was imported:
      table.csv: the directory is empty: there is no authority yet that this file could name. Import it first: demarche import authorities FILE (a row with name and email for each authority; each further person of it in a row of its own, under focal_point and focal_point_email)
      table.csv, row 1, column deadlin: is no column; did you mean "deadline"?
      table.csv, row 1, column deadline: this column is missing
    "#);
    let checked = demarche(folder.path(), &["-C", "npm", "check", "--offline"]);
    assert!(checked.out.contains("there are no authorities yet"), "{}", checked.out);
}

#[test]
fn a_directory_that_is_missing_is_told_once_and_where_a_second_person_belongs() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(demarche(folder.path(), &["init", "npm"]).code, Some(0));
    let rows: String = (1..=50).map(|number| format!("R{number},Jail,Air.,2026-03-01\n")).collect();
    let refused = import(folder.path(), "recommendations", &format!("reference,addressees,text,made_on\n{rows}"), &[]);
    let told = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the directory is empty") && told.contains("focal_point_email"), "{}", refused.err);
    assert_eq!(refused.err.lines().count(), 2, "{}", refused.err);
    let refused = import(
        folder.path(),
        "requests",
        "reference,authority,sent_on,deadline\nR1,Jail,2026-05-01,2026-06-01\nR2,Jail,2026-05-01,2026-06-01\n",
        &[],
    );
    assert_eq!(refused.err.lines().count(), 2, "{}", refused.err);
    let refused = import(folder.path(), "authorities", "name,email\nJail,a@jail.example\nJail,b@jail.example\n", &[]);
    assert!(refused.err.contains("a second person of it goes into the columns focal_point and focal_point_email"), "{}", refused.err);
}

#[test]
fn inspect_tells_in_a_workspace_what_a_mail_would_be_linked_to_and_nothing_of_it_elsewhere() {
    let folder = with_workspace();
    let letter =
        "From: governor@prisons.example\r\nTo: office@npm.example\r\nSubject: Answer\r\n\r\nOld file HM-2019-77: the cells are aired.\r\n";
    std::fs::write(folder.path().join("letter.eml"), letter).unwrap();
    std::fs::write(folder.path().join("authorities.csv"), "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n")
        .unwrap();
    std::fs::write(
        folder.path().join("requests.csv"),
        "reference,authority,sent_on,deadline\nHM-2019-77,Prison Service,2019-05-02,2019-06-30\n",
    )
    .unwrap();
    for what in ["authorities", "requests"] {
        let ran = demarche(folder.path(), &["-C", "npm", "import", what, &format!("{}/{what}.csv", folder.path().display())]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    let plain = demarche(folder.path(), &["inspect", "--json", "letter.eml"]);
    let plain: serde_json::Value = serde_json::from_str(&plain.out).unwrap();
    assert!(["requests", "suggestions", "because"].iter().all(|key| plain.get(key).is_none()), "{plain}");

    let ran = demarche(folder.path(), &["-C", "npm", "inspect", "--json", "letter.eml"]);
    let seen: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err));
    assert_eq!((&seen["requests"], &seen["effect"]), (&serde_json::json!(["HM-2019-77"]), &"waiting".into()));
    assert!(seen["because"].to_string().contains("sender not verified: it does nothing until a person says so"), "{seen}");

    let ran = demarche(&folder.path().join("npm"), &["inspect", "../letter.eml"]);
    assert!(ran.out.contains("Would link to  HM-2019-77"), "{}", ran.out);
    assert!(ran.out.contains("does nothing until a person says so"), "{}", ran.out);
}

#[test]
fn an_office_s_own_phrases_tell_its_mails_apart_and_a_wrong_file_is_told_with_its_place() {
    let folder = with_workspace();
    let note = "From: jon@prisons.example\r\nSubject: Gutuna\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBulegotik kanpo nago.\r\n";
    std::fs::write(folder.path().join("note.eml"), note).unwrap();
    let kind = || {
        let ran = demarche(folder.path(), &["-C", "npm", "inspect", "--json", "note.eml"]);
        let seen: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err));
        seen["kind"].as_str().unwrap().to_owned()
    };
    assert_eq!(kind(), "letter");
    std::fs::write(folder.path().join("npm/phrases.toml"), "[Basque]\nabsence = [\"bulegotik kanpo\"]\n").unwrap();
    assert_eq!(kind(), "automatic");
    std::fs::write(folder.path().join("npm/phrases.toml"), "[Basque]\naway = [\"bulegotik kanpo\"]\n").unwrap();
    let ran = demarche(folder.path(), &["-C", "npm", "check", "--offline"]);
    assert_eq!(ran.code, Some(3));
    let said = format!("{}{}", ran.out, ran.err);
    assert!(said.contains("phrases.toml:2") && said.contains("away"), "{said}");
}

/// A workspace in which every command has something to tell, and every command that tells it.
fn talkative() -> (tempfile::TempDir, Vec<Vec<String>>) {
    let folder = with_workspace();
    import(folder.path(), "authorities", "name,email\nPrison Service,alice@prisons.example\n", &[]);
    import(folder.path(), "recommendations", "reference,addressees,text,made_on\n1,Prison Service,Air.,2026-03-01\n", &[]);
    demarche(folder.path(), &["-C", "npm", "requests", "open", "--new"]);
    let text = "A line of a long letter.\r\n".repeat(20_000);
    let mail = format!("From: somebody@elsewhere.example\r\nMessage-ID: <1@elsewhere.example>\r\nSubject: Cells\r\n\r\n{text}");
    std::fs::write(folder.path().join("npm/one.eml"), mail).unwrap();
    demarche(folder.path(), &["-C", "npm", "ingest", "npm/one.eml"]);
    let reference = demarche(folder.path(), &["-C", "npm", "requests", "list"]).out;
    let reference = reference.split_whitespace().find(|word| word.starts_with("NPM-")).unwrap().to_owned();
    let lines = [
        "check",
        "status",
        "status --json",
        "requests list",
        "requests list --json",
        "requests show REF",
        "requests show REF --json",
        "mail list",
        "mail show 1",
        "mail show 1 --json",
        "mail raw 1",
        "authorities list",
        "search cells",
        "forecast",
        "forecast --json",
        "verify",
        "inspect one.eml",
        "tick",
    ];
    let commands = lines.iter().map(|line| line.replace("REF", &reference).split(' ').map(str::to_owned).collect()).collect();
    (folder, commands)
}

#[test]
fn a_reader_who_has_enough_is_no_error() {
    let (folder, commands) = talkative();
    for arguments in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = Command::new(env!("CARGO_BIN_EXE_demarche"))
            .args(&arguments)
            .env("DEMARCHE_LOG", "off")
            .current_dir(folder.path().join("npm"))
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!((ran.status.code(), String::from_utf8_lossy(&ran.stderr).as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn where_the_output_cannot_be_written_a_command_says_so_and_does_not_panic() {
    let (folder, commands) = talkative();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in commands {
        let run = |stderr: std::process::Stdio| {
            Command::new(env!("CARGO_BIN_EXE_demarche"))
                .args(&arguments)
                .env("DEMARCHE_LOG", "off")
                .current_dir(folder.path().join("npm"))
                .stdout(full())
                .stderr(stderr)
                .output()
                .unwrap()
        };
        let ran = run(std::process::Stdio::piped());
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("No space left") && !said.contains("panicked"), "{arguments:?}: {said}");
        assert_eq!(run(full().into()).status.code(), Some(1), "{arguments:?}: nor where there is nobody to tell");
    }
}

/// Runs lines as they are printed, and stops at the first that fails.
fn in_shell(folder: &Path, lines: &str) -> Ran {
    let bin = Path::new(env!("CARGO_BIN_EXE_demarche")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-e", "-c", lines])
        .current_dir(folder)
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env_remove("DEMARCHE_CONFIG")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn append(file: &Path, rows: &str) {
    let before = std::fs::read_to_string(file).unwrap_or_default();
    std::fs::write(file, before + rows).unwrap();
}

#[test]
fn every_step_that_init_prints_runs_as_it_is_printed() {
    for name in ["npm", "the office's own", "-desk", "b\u{fc}ro"] {
        let folder = tempfile::tempdir().unwrap();
        let ran = demarche(folder.path(), &["init", "--", name]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let steps: Vec<&str> = ran.out.lines().map(str::trim).filter(|line| line.starts_with("demarche ")).collect();
        assert_eq!(steps.len(), 4, "{}", ran.out);
        // Whoever only looks, and whoever has filled in the tables.
        for rows in ["", "Prison Service,post@prisons.example\n"] {
            append(&folder.path().join(name).join("authorities.csv"), rows);
            let recommendation = if rows.is_empty() { "" } else { "2026-03/7,Prison Service,Air.,2026-03-01\n" };
            append(&folder.path().join(name).join("recommendations.csv"), recommendation);
            for step in &steps {
                let ran = in_shell(folder.path(), step);
                assert_eq!(ran.code, Some(0), "{step}: {}{}", ran.out, ran.err);
            }
        }
        let ran = in_shell(folder.path(), steps[3]);
        assert!(ran.out.contains("1 request would be opened"), "{}", ran.out);
    }
}

#[test]
fn tables_that_were_there_before_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("npm")).unwrap();
    append(&folder.path().join("npm/authorities.csv"), "name\nPrison Service\n");
    assert_eq!(demarche(folder.path(), &["init", "npm"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(folder.path().join("npm/authorities.csv")).unwrap(), "name\nPrison Service\n");
}
