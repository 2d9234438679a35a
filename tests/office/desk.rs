//! A workspace in a folder of its own, worked in as people do: through the command line.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

/// What a command said.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub struct Desk {
    folder: tempfile::TempDir,
}

pub const AUTHORITIES: &str = "\
name,email,domains,parent\n\
Prison Service,alice@prisons.example,prisons.example,Ministry of Justice\n\
Ministry of Justice,bob@justice.example,justice.example,\n";

pub const RECOMMENDATIONS: &str = "\
reference,addressees,text,made_on,report\n\
2041/3-1,Prison Service|Ministry of Justice,That every cell be aired for an hour a day.,2041-03-01,Visit 2041/3\n\
2041/3-2,Prison Service,That the register of restraint be kept by hand no longer.,2041-03-01,Visit 2041/3\n";

impl Desk {
    /// `demarche init`, with office hours round the clock.
    pub fn init() -> Desk {
        let desk = Desk { folder: tempfile::Builder::new().prefix("desk-").tempdir().unwrap() };
        desk.must(&["init"]);
        desk.change("# from = \"08:00\"", "from = \"00:00\"");
        desk.change("# to = \"18:00\"", "to = \"23:59\"");
        desk.change("# every_day = false", "every_day = true");
        desk.change("# dns = true ", "dns = false ");
        desk
    }

    /// What something costs in a workspace that nobody else sees.
    pub fn init_and<T>(what: impl FnOnce(&Desk) -> T) -> T {
        what(&Desk::init())
    }

    /// For what lives in real time: an office where it is about noon, and that keeps no hours.
    pub fn in_real_time() -> Desk {
        let desk = Desk::init();
        desk.change("time_zone = \"Etc/UTC\"", &format!("time_zone = \"{}\"", zone_where_it_is_noon()));
        desk
    }

    /// With two authorities, and three requests opened by two recommendations: two to the Prison Service joined in one, one to the ministry.
    pub fn with_requests() -> Desk {
        let desk = Desk::init();
        desk.open_requests();
        desk
    }

    pub fn open_requests(&self) {
        self.import("authorities", AUTHORITIES);
        self.import("recommendations", RECOMMENDATIONS);
        self.must(&["requests", "open", "--new"]);
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the one place in demarche.toml that reads so.
    pub fn change(&self, from: &str, to: &str) {
        let file = self.file("demarche.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} stands once in demarche.toml");
        std::fs::write(&file, text.replace(from, to)).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demarche"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for variable in ["DEMARCHE_CONFIG", "DEMARCHE_LOG", "CREDENTIALS_DIRECTORY", "JOURNAL_STREAM", "NOTIFY_SOCKET", "WATCHDOG_USEC"] {
            command.env_remove(variable);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What a command prints that must succeed.
    pub fn must(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// What a command prints with `--json`: a value, or one a line.
    pub fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let out = self.must(&[arguments, &["--json"]].concat());
        serde_json::Deserializer::from_str(&out).into_iter().collect::<Result<_, _>>().unwrap()
    }

    pub fn import(&self, what: &str, table: &str) {
        std::fs::write(self.file("table.csv"), table).unwrap();
        self.must(&["import", what, "table.csv"]);
    }

    /// One pass at the present time, which must find nothing wrong.
    pub fn tick(&self) -> Value {
        self.json(&["tick"]).remove(0)
    }

    /// One pass at a time, which must find nothing wrong.
    pub fn tick_at(&self, at: Timestamp) -> Value {
        self.json(&["tick", "--at", &at.to_string()]).remove(0)
    }

    /// One pass at a time that finds something wrong.
    pub fn troubled_tick_at(&self, at: Timestamp) -> Value {
        let ran = self.run(&["tick", "--json", "--at", &at.to_string()]);
        assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    pub fn requests(&self) -> Vec<Value> {
        self.json(&["requests", "list"])
    }

    /// The line of the request to this authority; there is one.
    pub fn request_to(&self, authority: &str) -> Value {
        let mut found: Vec<Value> = self.requests().into_iter().filter(|request| request["authority"] == authority).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    pub fn reference_to(&self, authority: &str) -> String {
        self.request_to(authority)["reference"].as_str().unwrap().to_owned()
    }

    /// Everything of a request.
    pub fn shown(&self, reference: &str) -> Value {
        self.json(&["requests", "show", reference]).remove(0)
    }

    pub fn mails(&self) -> Vec<Value> {
        self.json(&["mail", "list"])
    }

    /// The record's kinds of event, oldest first.
    pub fn events(&self) -> Vec<String> {
        let db = self.register();
        let mut statement = db.prepare("SELECT kind FROM event ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The register as SQLite sees it, for what no command shows.
    pub fn register(&self) -> rusqlite::Connection {
        rusqlite::Connection::open_with_flags(self.file("register.sqlite"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.register().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn is_sound(&self) {
        self.must(&["verify"]);
    }
}

/// For what a machine under load takes its time with.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Asks until there is an answer; only a failing test waits to the end.
pub fn until<T>(what: &str, mut asked: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = asked() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// Neither midnight nor the hour at which digests are due falls into a test there.
fn zone_where_it_is_noon() -> String {
    let hour = Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).hour();
    // In the names of these zones, minus is east of Greenwich.
    match hour.cmp(&12) {
        Ordering::Equal => "Etc/UTC".to_owned(),
        Ordering::Less => format!("Etc/GMT-{}", 12 - hour),
        Ordering::Greater => format!("Etc/GMT+{}", hour - 12),
    }
}
