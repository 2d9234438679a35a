//! The world outside on real servers: a Postfix and a Dovecot that serve the office and its authorities, and people with plain mail clients.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::desk::{Desk, until};
use crate::support::dovecot::Dovecot;
use crate::support::postfix::Postfix;
use crate::support::proxy::{self, Cut};
use crate::support::servers;

pub struct Post {
    // Stopped before the Dovecot it hands mail to.
    pub postfix: Postfix,
    pub dovecot: Dovecot,
}

impl Post {
    /// Serves the office's domain and those of two authorities; everything else comes back.
    pub fn open() -> Post {
        Post::open_with("")
    }

    /// With lines added to the Dovecot's configuration.
    pub fn open_with(extra: &str) -> Post {
        // The plain mail client is written in it.
        servers::need(&["python3"]);
        let dovecot = Dovecot::start_with(extra);
        let postfix = Postfix::start_with(&dovecot, "virtual_mailbox_domains = requests.example, prisons.example, justice.example\n");
        Post { postfix, dovecot }
    }

    /// Tells the workspace of these servers, as a newcomer does with an editor; the ports may lead through something that cuts.
    pub fn configure(&self, desk: &Desk, imaps: u16, smtps: u16) {
        std::fs::copy(self.dovecot.ca_file(), desk.file("our-ca.pem")).unwrap();
        for name in ["imap-password", "smtp-password"] {
            write_private(&desk.file(name), "hunter2\n");
        }
        desk.change("address = \"desk@office.example\"   # From", "address = \"desk@requests.example\"   # From");
        desk.change("address = \"staff@office.example\"", "address = \"staff@requests.example\"");
        desk.change(
            "kind = \"maildir\"\npath = \"mail/in\"",
            &format!(
                "kind = \"imap\"\nhost = \"localhost\"\nport = {imaps}\nuser = \"desk\"\npassword_file = \"imap-password\"\nca_file = \"our-ca.pem\"",
            ),
        );
        desk.change(
            "kind = \"maildir\"\npath = \"mail/out\"",
            &format!(
                "kind = \"smtp\"\nhost = \"localhost\"\nport = {smtps}\nuser = \"desk\"\npassword_file = \"smtp-password\"\nca_file = \"our-ca.pem\"",
            ),
        );
    }

    /// A workspace on these servers.
    pub fn desk(&self) -> Desk {
        let desk = Desk::in_real_time();
        self.configure(&desk, self.dovecot.imaps, self.postfix.smtps);
        desk
    }

    /// The mails in a person's INBOX once there are that many, as a plain client shows them, oldest first.
    pub fn inbox_of(&self, user: &str, count: usize) -> Vec<Value> {
        self.arrived(user, count);
        let out = self.client(&["read", &self.dovecot.imaps.to_string(), &self.ca_file(), user], "");
        let mails: Vec<Value> = serde_json::from_str(&out).unwrap();
        assert_eq!(mails.len(), count, "{mails:#?}");
        mails
    }

    /// Waits until so many mails are in a person's INBOX.
    pub fn arrived(&self, user: &str, count: usize) {
        until(&format!("{count} mails for {user}"), || (self.found(user, &["ALL"]) >= count).then_some(()));
    }

    /// How many mails of a person's INBOX match an IMAP search.
    pub fn found(&self, user: &str, search: &[&str]) -> usize {
        self.dovecot.doveadm(&[&["search", "-u", user, "mailbox", "INBOX"], search].concat()).lines().count()
    }

    /// Answers the oldest letter with a plain client; gives the answer's Message-ID.
    pub fn answers(&self, user: &str, address: &str, text: &str) -> String {
        let (imaps, smtps) = (self.dovecot.imaps.to_string(), self.postfix.smtps.to_string());
        self.client(&["answer", &imaps, &self.ca_file(), user, &smtps, address], text).trim().to_owned()
    }

    fn ca_file(&self) -> String {
        self.dovecot.ca_file().to_str().unwrap().to_owned()
    }

    fn client(&self, arguments: &[&str], typed: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/office/plain_client.py");
        let mut client = Command::new("python3").arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        client.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = client.wait_with_output().unwrap();
        assert!(output.status.success(), "the mail client failed");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A line to a server through something that cuts its first connection. In the open, because what is cut must be seen.
pub struct BrokenLine {
    pub port: u16,
    _running: tokio::runtime::Runtime,
}

impl BrokenLine {
    pub fn to(target: u16, cut: Cut) -> BrokenLine {
        let running = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        BrokenLine { port: running.block_on(proxy::start(target, cut)), _running: running }
    }

    /// Puts the line into the workspace's configuration in place of the one to that port.
    pub fn lay(&self, desk: &Desk, instead_of: u16) {
        let (clean, broken) = (format!("host = \"localhost\"\nport = {instead_of}\n"), format!("port = {}\n", self.port));
        desk.change(&clean, &format!("host = \"127.0.0.1\"\ntls = \"none\"\n{broken}"));
        let file = desk.file("demarche.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        // A line in the open has no certificate.
        let (before, after) = text.split_once(&broken).unwrap();
        std::fs::write(&file, format!("{before}{broken}{}", after.replacen("ca_file = \"our-ca.pem\"", "", 1))).unwrap();
    }
}
