//! A workspace in a folder of its own, worked in as people do: through the command line.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use demarche::domain::deliverability::AddressState;
use demarche::domain::delivery::DeliveryState;
use demarche::domain::event::EventKind;
use demarche::domain::health::HealthPart;
use demarche::domain::letter::LetterRole;
use demarche::domain::resting::RestKind;
use demarche::register::{ConfirmedSender, KeptAnswer, KeptAttempt, KeptDelivery, KeptLetter, KeptMail, KeptRest, PendingMark, Reader};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::rules::rules;

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

    /// What the register says, for what no command shows.
    pub fn register(&self) -> Reader {
        Reader::open(&self.register_file(), rules()).unwrap()
    }

    pub fn register_file(&self) -> PathBuf {
        self.file("register.sqlite")
    }

    /// The record's kinds of event, oldest first.
    pub fn events(&self) -> Vec<String> {
        self.register().contents().events().unwrap().into_iter().map(|(_, event)| event.kind).collect()
    }

    /// How often that is on record.
    pub fn times(&self, kind: EventKind) -> usize {
        self.events().iter().filter(|event| *event == kind.name()).count()
    }

    /// Every letter in the register, to staff too, whether it has left or not.
    pub fn written(&self) -> Vec<KeptLetter> {
        self.register().contents().letters().unwrap()
    }

    pub fn written_as(&self, role: LetterRole) -> Vec<KeptLetter> {
        self.written().into_iter().filter(|letter| letter.role == role).collect()
    }

    pub fn written_to_authorities(&self) -> Vec<KeptLetter> {
        self.written().into_iter().filter(|letter| letter.request.is_some()).collect()
    }

    pub fn bytes_of(&self, letter: &KeptLetter) -> Vec<u8> {
        self.register().letter_bytes(letter.id).unwrap()
    }

    /// The attempts to have letters to that address taken.
    pub fn attempts_at(&self, recipient: &str) -> Vec<KeptAttempt> {
        let letters = self.written();
        let to_them = deliveries(&letters).filter(|delivery| delivery.recipient == recipient);
        to_them.flat_map(|delivery| delivery.attempts.clone()).collect()
    }

    /// Every mail in the register.
    pub fn stored(&self) -> Vec<KeptMail> {
        self.register().contents().mails().unwrap()
    }

    /// What rests now.
    pub fn rests(&self) -> Vec<KeptRest> {
        self.register().contents().rests().unwrap()
    }

    /// What rests now for mail that is its authority's as far as can be told.
    pub fn rests_of_authority(&self) -> Vec<KeptRest> {
        self.rests().into_iter().filter(|rest| rest.kind == RestKind::OfAuthority).collect()
    }

    pub fn answers(&self) -> Vec<KeptAnswer> {
        self.register().contents().answers().unwrap()
    }

    /// The addresses that write for some authority because a person has said so.
    pub fn confirmed_senders(&self) -> Vec<ConfirmedSender> {
        let register = self.register();
        let authorities = register.authorities().unwrap();
        authorities.iter().flat_map(|authority| register.confirmed_senders(authority.id).unwrap()).collect()
    }

    /// The addresses to which nothing is written any more.
    pub fn suppressed_addresses(&self) -> Vec<String> {
        let states = self.register().contents().address_states().unwrap();
        let suppressed = states.into_iter().filter(|known| known.state == AddressState::Suppressed && known.until.is_none());
        suppressed.map(|known| known.address).collect()
    }

    pub fn failing_parts(&self) -> Vec<HealthPart> {
        self.register().health().unwrap().into_iter().filter(|known| known.failing_since.is_some()).map(|known| known.part).collect()
    }

    /// Whether each mailbox of the configuration was read to its end; there is at least one.
    pub fn has_read_all(&self) -> bool {
        let mailboxes = self.register().contents().mailboxes().unwrap();
        let mut active = mailboxes.iter().filter(|mailbox| mailbox.active).peekable();
        active.peek().is_some() && active.all(|mailbox| mailbox.read_at.is_some())
    }

    pub fn pending_flags(&self) -> Vec<PendingMark> {
        self.register().contents().pending_flags().unwrap()
    }

    pub fn is_sound(&self) {
        self.must(&["verify"]);
    }
}

pub fn deliveries(letters: &[KeptLetter]) -> impl Iterator<Item = &KeptDelivery> {
    letters.iter().flat_map(|letter| &letter.deliveries)
}

pub fn attempts(letters: &[KeptLetter]) -> impl Iterator<Item = &KeptAttempt> {
    deliveries(letters).flat_map(|delivery| &delivery.attempts)
}

/// How many deliveries of these letters stand so.
pub fn in_state(letters: &[KeptLetter], state: DeliveryState) -> usize {
    deliveries(letters).filter(|delivery| delivery.state == state).count()
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
