//! A Dovecot of the test's own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use demarche::transport::imap::Account;
use demarche::transport::{Security, Server};
use tempfile::TempDir;

use super::accounts::{account, secured};
use super::servers;

/// Stopped when dropped. Users `desk` and `alice`, password `hunter2`.
pub struct Dovecot {
    folder: TempDir,
    pub imap: u16,
    pub imaps: u16,
    pub lmtp: u16,
    pub auth: u16,
}

impl Dovecot {
    pub fn start() -> Dovecot {
        Dovecot::start_with("")
    }

    /// With lines added to its configuration.
    pub fn start_with(extra: &str) -> Dovecot {
        servers::need(&["dovecot", "doveadm", "openssl"]);
        let folder = tempfile::Builder::new().prefix("dovecot-").tempdir().unwrap();
        fs::write(folder.path().join("extra.conf"), extra).unwrap();
        let [imap, imaps, lmtp, auth] = servers::start("dovecot.sh", folder.path(), &[]);
        Dovecot { folder, imap, imaps, lmtp, auth }
    }

    /// Until [`Dovecot::start_again`], nobody listens.
    pub fn stop(&self) {
        servers::run("dovecot.sh", "stop", self.folder.path(), &[]).unwrap();
    }

    /// On the same ports, with the same mail.
    pub fn start_again(&self) {
        servers::run("dovecot.sh", "start", self.folder.path(), &[self.imap, self.imaps, self.lmtp, self.auth]).unwrap();
    }

    /// The certificate of the authority that signed the server's.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    /// `desk`'s account over TLS.
    pub fn account(&self) -> Account {
        account(secured(self.imaps, Security::Tls, &self.ca_file()))
    }

    /// `desk`'s account as `server` leads to it.
    pub fn account_over(&self, server: Server) -> Account {
        account(server)
    }

    /// Runs `doveadm` and gives what it prints.
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        let output = Command::new("doveadm").arg("-c").arg(self.folder.path().join("dovecot.conf")).args(arguments).output().unwrap();
        assert!(output.status.success(), "doveadm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Puts a mail into `desk`'s INBOX the way a mail client would.
    pub fn save(&self, mail: &str) {
        self.save_in("INBOX", mail);
    }

    /// Dates everything in a folder three days back, as if it had come then; before anybody has looked into it.
    pub fn age(&self, folder: &str) {
        let folders = format!("*/.{}/*", folder.replace('/', "."));
        let mut find = Command::new("find");
        find.arg(self.folder.path()).args(["-path", &folders, "-name", "*.M*", "-exec", "touch", "-d", "3 days ago", "{}", "+"]);
        assert!(find.status().unwrap().success());
    }

    /// As [`Dovecot::save`], into another folder.
    pub fn save_in(&self, folder: &str, mail: &str) {
        use std::io::Write;
        let mut command = Command::new("doveadm");
        command.arg("-c").arg(self.folder.path().join("dovecot.conf")).args(["save", "-u", "desk", "-m", folder]);
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if let Err(error) = servers::run("dovecot.sh", "stop", self.folder.path(), &[]) {
            eprintln!("{error}");
        }
    }
}
