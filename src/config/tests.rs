use super::*;
use crate::domain::ladder::Ladder;
use crate::domain::reply_address::Style;
use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt;

const SHORTEST: &str = r#"
[office]
name = "Office"
address = "desk@office.example"
prefix = "NPM"
time_zone = "Europe/Prague"

[[mailboxes]]
kind = "maildir"
path = "mail/in"

[sending]
kind = "maildir"
path = "mail/out"
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_private(&folder.path().join("secret"), &to_hexadecimal(&[7; SECRET_BYTES]));
    folder
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn load_in(folder: &Path, text: &str) -> Result<Workspace, Faults> {
    let file = folder.join(CONFIG_FILE);
    std::fs::write(&file, text).unwrap();
    load(&file)
}

/// The faults, without the folder's own path.
fn faults(text: &str) -> String {
    let folder = folder();
    let found = load_in(folder.path(), text).unwrap_err().to_string();
    found.replace(&format!("{}/", folder.path().display()), "")
}

fn warnings(text: &str) -> String {
    let folder = folder();
    let found = load_in(folder.path(), text).unwrap().warnings;
    found.iter().map(|fault| format!("{fault}\n")).collect::<String>().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn the_shortest_configuration_has_good_defaults() {
    let folder = folder();
    let workspace = load_in(folder.path(), SHORTEST).unwrap();
    assert_eq!(workspace.register_path, folder.path().join("register.sqlite"));
    assert_eq!(workspace.rules.term("ordinary").to_string(), "56 days");
    assert_eq!(workspace.rules.ladder("urgent"), Some(&Ladder::default()));
    assert_eq!(workspace.rules.lowest_level(), "technical");
    assert_eq!(workspace.templates, None);
    assert!(workspace.addresses.is_own("desk+r-anything@office.example"));
}

/// The configuration that `init` writes with all that its comments show in use, and the files that it names in the folder.
fn with_every_key(folder: &Path) -> String {
    write_private(&folder.join("imap-password"), "of the tests");
    write_private(&folder.join("smtp-password"), "of the tests");
    std::fs::create_dir(folder.join("templates")).unwrap();
    std::fs::write(folder.join("holidays.ics"), "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\n").unwrap();
    let shown: Vec<&str> = include_str!("demarche.toml")
        .lines()
        .filter(|line| *line != "kind = \"maildir\"" && *line != "path = \"mail/out\"")
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.starts_with('[') || rest.contains(" = ")).unwrap_or(line))
        .collect();
    shown.join("\n").replace("path = \"mail/in\"", "kind = \"maildir\"\npath = \"mail/in\"")
}

/// What is told of keys that do not exist, each as it is named.
fn unknown_keys(folder: &Path, lines: &[String]) -> Vec<String> {
    let Faults(found) = load_in(folder, &lines.join("\n")).unwrap_err();
    let named = found.iter().filter_map(|fault| fault.found.strip_suffix(" is no key"));
    named.map(|name| name.trim_matches('"').rsplit('.').next().unwrap().to_owned()).collect()
}

#[test]
fn a_misspelt_key_is_told_whatever_else_is_wrong() {
    let folder = folder();
    // Every table has a key too many, so that each is told beside each other fault.
    let mut surplus = Vec::new();
    let mut lines = Vec::new();
    for line in with_every_key(folder.path()).lines() {
        lines.push(line.to_owned());
        if line.starts_with('[') {
            surplus.push(format!("surplus_{}", surplus.len()));
            lines.push(format!("surplus_{} = 1", surplus.len() - 1));
        }
    }
    assert_eq!(unknown_keys(folder.path(), &lines), surplus);
    let mut tried = 0;
    for (place, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains('#') && !key.starts_with("surplus")) else { continue };
        let with = |line: String| [&lines[..place], &[line], &lines[place + 1..]].concat();
        assert_eq!(unknown_keys(folder.path(), &with(format!("{key} = -1.5"))), surplus, "{line}: beside a wrong value");
        let mut told = unknown_keys(folder.path(), &with(format!("mis{line}")));
        told.retain(|name| !surplus.contains(name));
        assert_eq!(told, [format!("mis{key}")], "{line}: misspelt, and so perhaps missing");
        tried += 1;
    }
    assert!(tried > 90, "{tried} keys");
}

#[test]
fn the_configuration_that_init_writes_is_valid_and_its_comments_tell_the_truth() {
    let text = include_str!("demarche.toml");
    let folder = folder();
    let plain = load_in(folder.path(), text).unwrap();
    assert_eq!(plain.warnings, []);
    assert_eq!(plain.rules.ladder("ordinary"), Some(&Ladder::default()));

    // Every commented line of settings is valid as well; where it shows a default, that changes nothing.
    let shown = with_every_key(folder.path());
    let commented = load_in(folder.path(), &shown).map_err(|faults| faults.to_string()).unwrap();
    assert_eq!(commented.rules.ladders, plain.rules.ladders);
    assert_eq!(commented.rules.hours, plain.rules.hours);
    assert_eq!(commented.rules.levels, plain.rules.levels);
    assert_eq!(commented.digests, plain.digests);
    assert_eq!(commented.limits, plain.limits);
    assert_eq!(commented.register_path, plain.register_path);
    assert_eq!(commented.mailboxes.first(), plain.mailboxes.first());
    // It names a Sent folder.
    assert_eq!(commented.sending.retry, crate::domain::delivery::RetryRules { files_copies: true, ..plain.sending.retry });
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_what_was_meant() {
    assert_snapshot!(faults(&SHORTEST.replace("address =", "adress =").replace("path = \"mail/out\"", "path = \"mail/out\"\nmaximum = 3")), @r#"
    demarche.toml:2:1: office.address is missing; expected a mail address, as in "desk@office.example"
    demarche.toml:4:1: "office.adress" is no key; did you mean "office.address"?
    demarche.toml:15:1: "sending.maximum" is no key; known here: kind, path, per_domain_per_minute, per_minute, retry_after, give_up_after_days, unknown_after_hours, sent_folder, dsn, last_word_seconds
    "#);
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let text = r#"
[office]
name = ""
address = "nobody"
prefix = "npm"
time_zone = "Europe/Atlantis"
calendar = "ofice"
levels = ["low", "high", "low"]

[signatories.middle]
name = "N."

[terms.ordinary]
length = 0
unit = "fortnights"

[[ladders.ordinary.steps]]
name = "reminder"
days = 1.5
template = "../reminder"

[[ladders.ordinary.steps]]
name = "end"
days = 9
action = "record_non_cooperation"
template = "escalation"

[calendars.office]
weekend = ["saterday"]
holidays = ["2026-02-30"]

[hours]
from = "18:00"
to = "8:00"

[[mailboxes]]
kind = "imap"
host = "imap.office.example"
user = "desk"
password = "hunter2"
tls = "none"

[sending]
kind = "pigeon"
"#;
    let found = faults(text);
    assert!(!found.contains("hunter2"));
    assert_snapshot!(found, @r#"
    demarche.toml:3:8: office.name is empty; expected the office's name as it stands under letters
    demarche.toml:4:11: office.address is "nobody"; expected a mail address, as in "desk@office.example"
    demarche.toml:5:10: office.prefix is "npm"; expected 2 to 10 capital letters without accents: NPM in NPM-2026-0147-K
    demarche.toml:6:13: office.time_zone is "Europe/Atlantis"; expected a name of the IANA time zone database, as in "Europe/Prague"
    demarche.toml:7:12: office.calendar is "ofice", and there is no such calendar; did you mean "office"?
    demarche.toml:8:26: the level "low" stands twice; name each level once
    demarche.toml:10:1: "signatories.middle" is no level; levels are low, high
    demarche.toml:14:10: terms.ordinary.length is 0; expected a length, from 1 to 3650
    demarche.toml:15:8: terms.ordinary.unit is "fortnights"; expected "days", "working_days", "weeks" or "months"
    demarche.toml:19:8: ladders.ordinary.steps[1].days is the number 1.5; expected calendar days, negative for before, from -3650 to 3650
    demarche.toml:20:12: ladders.ordinary.steps[1].template is "../reminder"; expected the name of a folder of templates, as in "reminder" or "escalation"
    demarche.toml:26:12: ladders.ordinary.steps[2].template says how a letter is sent, and this step sends none; remove it
    demarche.toml:29:12: "saterday" is no day of the week; did you mean "saturday"?
    demarche.toml:30:13: "2026-02-30" is no day; expected days as in ["2026-12-25"], or with their names: { 2026-12-25 = "Christmas Day" }
    demarche.toml:34:6: hours.to is 08:00, not after 18:00; expected a later time of the same day
    demarche.toml:40:12: mailboxes[1].password must not stand in this file, which is shown and copied; name where it is: password_file = "FILE", password_env = "VARIABLE" or password_credential = "NAME" (systemd)
    demarche.toml:41:7: mailboxes[1].tls is "none", and imap.office.example is another machine; expected "implicit" or "starttls": letters and passwords do not travel in the open
    demarche.toml:44:8: sending.kind is "pigeon"; expected "smtp" or "maildir"
    "#);
}

#[test]
fn what_is_no_toml_is_a_fault_with_its_line() {
    assert_snapshot!(faults("[office\nname = \"Office\n"), @"demarche.toml:1:8: this is not TOML (unclosed table, expected `]`); see https://toml.io for how values are written");
}

#[test]
fn two_steps_of_one_name_and_a_level_nobody_knows_are_refused() {
    let ladder = r#"
[[ladders.ordinary.steps]]
name = "reminder"
days = 1
template = "reminder"
level = "ministre"

[[ladders.ordinary.steps]]
name = "reminder"
days = 9
template = "reminder"
"#;
    assert_snapshot!(faults(&format!("{SHORTEST}{ladder}")), @r#"
    demarche.toml:20:9: ladders.ordinary.steps[1].level is "ministre"; expected a level: "technical", "head" or "minister"
    demarche.toml:23:8: ladders.ordinary.steps[2].name is "reminder", like another step of this ladder; expected a name of its own: the register remembers steps taken by it
    "#);
}

#[test]
fn a_ladder_without_steps_chases_nobody_and_one_with_a_gap_alone_keeps_the_steps() {
    let folder = folder();
    let quiet = load_in(folder.path(), &format!("{SHORTEST}[ladders.ordinary]\nsteps = []\n")).unwrap();
    assert_eq!(quiet.rules.ladder("ordinary").unwrap().steps, []);
    let slow = load_in(folder.path(), &format!("{SHORTEST}[ladders.ordinary]\nminimum_gap_days = 9\n")).unwrap();
    assert_eq!(slow.rules.ladder("ordinary").unwrap().steps, Ladder::default().steps);
    assert_eq!(slow.rules.ladder("ordinary").unwrap().minimum_gap_days, 9);
}

#[test]
fn a_secret_that_others_may_read_is_refused_with_the_command_that_mends_it() {
    let folder = folder();
    let secret = folder.path().join("secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = load_in(folder.path(), SHORTEST).unwrap_err().to_string();
    assert!(refused.contains("(mode 0640)") && refused.contains(&format!("chmod 600 {}", secret.display())), "{refused}");
    std::fs::remove_file(&secret).unwrap();
    assert!(load_in(folder.path(), SHORTEST).unwrap_err().to_string().contains("restore it from the back-up"));
}

const IMAP: &str = r#"
[[mailboxes]]
kind = "imap"
host = "imap.office.example"
user = "desk"
password_file = "imap-password"
after_reading = { move_to = "Read by demarche" }
"#;

#[test]
fn a_password_is_read_when_needed_and_never_printed() {
    let folder = folder();
    let workspace = load_in(folder.path(), &format!("{SHORTEST}{IMAP}")).unwrap();
    let MailboxKind::Imap { account, folders } = &workspace.mailboxes[1].kind else { panic!("{:?}", workspace.mailboxes) };
    assert_eq!((account.server.port, folders.as_slice()), (993, ["INBOX".to_owned()].as_slice()));
    let source = &account.login.as_ref().unwrap().password;
    assert!(source.secret().unwrap_err().to_string().contains("mode 0600"));
    write_private(&folder.path().join("imap-password"), "hunter2\n");
    let password = source.secret().unwrap();
    assert_eq!(password.reveal().unwrap(), "hunter2");
    assert!(!format!("{password:?} {workspace:?}").contains("hunter2"));
}

#[test]
fn a_password_file_that_everybody_may_read_is_refused() {
    let folder = folder();
    let path = folder.path().join("imap-password");
    write_private(&path, "hunter2");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = load_in(folder.path(), &format!("{SHORTEST}{IMAP}")).unwrap_err().to_string();
    assert!(refused.contains("(mode 0644); run chmod 600"), "{refused}");
}

#[test]
fn an_operator_to_whom_no_alarm_can_be_written_is_a_warning_unless_there_is_another() {
    let member = |address: &str| format!("[[staff]]\nname = \"{address}\"\naddress = \"{address}\"\noperator = true\n");
    let told = |addresses: &[&str]| {
        let text: String = addresses.iter().map(|address| member(address)).collect();
        warnings(&format!("{SHORTEST}{text}")).contains("nobody is told of failures")
    };
    assert!(told(&["jiří@office.example"]) && told(&["jiri@úřad.example"]));
    assert!(!told(&["jiri@office.example"]) && !told(&["jiri@xn--ad-6kak5h.example"]));
    assert!(told(&["jiří@office.example", "jana@úřad.example"]) && !told(&["jiří@office.example", "jana@office.example"]));
}

#[test]
fn replies_to_a_foreign_domain_are_a_warning_and_no_fault() {
    let text = format!("{SHORTEST}[reply_addresses]\nstyle = \"catch_all\"\ndomain = \"replies.other.example\"\n");
    assert_snapshot!(warnings(&text), @r#"
    demarche.toml:1:1: nobody gets a digest; add [[staff]] with name, address and responsible_for
    demarche.toml:1:1: nobody signs the letters; add [signatories.LEVEL] with name and title
    demarche.toml:15:1: replies go to replies.other.example, and letters come from office.example; let one lie under the other: SPF judges the envelope sender's domain, DMARC asks that it fits the From address
    "#);
    let below = text.replace("replies.other.example", "replies.office.example");
    assert!(!warnings(&below).contains("replies go to"));
}

#[test]
fn the_sent_folder_is_in_the_imap_mailbox_there_is() {
    let folder = folder();
    let text = format!("{}{IMAP}", SHORTEST.replace("path = \"mail/out\"", "path = \"mail/out\"\nsent_folder = \"Sent\""));
    let workspace = load_in(folder.path(), &text).unwrap();
    assert_eq!(
        workspace.sending.sent_folder.map(|sent| (sent.account.server.host, sent.folder)),
        Some(("imap.office.example".into(), "Sent".into()))
    );
    assert_snapshot!(faults(&text.replace(IMAP, "")), @r#"demarche.toml:15:15: sending.sent_folder leaves open which of 0 IMAP mailboxes is meant; expected sent_folder = "Sent", or { mailbox = "NAME", folder = "Sent" } where several mailboxes are IMAP"#);
}

#[test]
fn a_holiday_moves_the_fingerprint_and_a_signature_does_not() {
    let folder = folder();
    let print = |more: &str| load_in(folder.path(), &format!("{SHORTEST}{more}")).unwrap().fingerprint;
    let before = print("");
    assert_eq!(before, print("[signatories.head]\nname = \"H. Head\"\n"));
    assert_ne!(before, print("[calendars.office]\nholidays = { 2026-05-01 = \"Labour Day\" }\n"));
    assert_ne!(before, print("[terms.ordinary]\nlength = 28\n"));
    assert_ne!(before, print("[hours]\nto = \"12:00\"\n"), "the moment at which a step's letter may leave is planned ahead");
}

#[test]
fn an_office_may_write_its_own_rules_in_full() {
    let folder = folder();
    let text = r#"
[office]
name = "Úřad"
address = "Desk@Office.example"
prefix = "URAD"
time_zone = "Europe/Prague"
language = "cs"
deadline_starts = "report"

[terms.urgent]
length = 5
unit = "working_days"
end_on_working_day = true

[calendars.prague]
weekend = ["friday", "saturday"]
holidays = [2026-05-01, "2026-05-08"]

[[mailboxes]]
kind = "maildir"
path = "/srv/mail"

[sending]
kind = "smtp"
host = "localhost"
tls = "none"
retry_after = ["1m", "1h 30m"]

[[staff]]
name = "S."
address = "s@office.example"
responsible_for = ["Prison Service"]
"#;
    let workspace = load_in(folder.path(), text).unwrap();
    let rules = &workspace.rules;
    assert_eq!((rules.calendar.as_str(), rules.calendars["prague"].holidays.len()), ("prague", 2));
    assert_eq!(rules.term("urgent").to_string(), "5 working days");
    assert_eq!(workspace.sending.retry.waits, [1, 90].map(jiff::SignedDuration::from_mins));
    let plus = Style::Plus { local: "desk".into(), domain: "office.example".into() };
    let expected = ReplyAddresses::new(plus, vec![7; SECRET_BYTES]);
    let request = crate::domain::identity::RequestId(1);
    assert_eq!(workspace.addresses.for_subject(request), expected.for_subject(request));
}

#[test]
fn a_folder_without_a_configuration_says_what_to_do() {
    let folder = folder();
    let found = locate(Some(folder.path()), None, None).unwrap_err();
    assert_eq!(format!("{}; {}", found.found, found.expected), "no demarche.toml here; run demarche init, or name a workspace with -C DIR");
    load_in(folder.path(), SHORTEST).unwrap();
    let file = folder.path().join(CONFIG_FILE);
    assert_eq!(locate(Some(folder.path()), None, Some(Path::new("elsewhere"))), Ok(file.clone()));
    assert_eq!(locate(None, Some(&file), Some(Path::new("elsewhere"))), Ok(file.clone()));
    assert_eq!(locate(None, None, Some(&file)), Ok(file));
}
