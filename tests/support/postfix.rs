//! A Postfix of the test's own, which hands mail for `requests.example` to a Dovecot and bounces everything else.

use std::fs;
use std::path::Path;

use demarche::transport::smtp::Relay;
use demarche::transport::{Security, Server};
use tempfile::TempDir;

use super::accounts::{login, plain, relay, secured};
use super::dovecot::Dovecot;
use super::servers;

/// Stopped when dropped.
pub struct Postfix {
    folder: TempDir,
    pub smtp: u16,
    pub smtps: u16,
}

impl Postfix {
    pub fn start(dovecot: &Dovecot) -> Postfix {
        Postfix::start_with(dovecot, "")
    }

    /// With lines added to main.cf.
    pub fn start_with(dovecot: &Dovecot, extra: &str) -> Postfix {
        servers::need(&["postfix", "openssl"]);
        assert!(rustix::process::geteuid().is_root(), "Postfix starts as root only: run this test as root, in a container for instance");
        let folder = tempfile::Builder::new().prefix("postfix-").tempdir().unwrap();
        fs::write(folder.path().join("extra.cf"), extra).unwrap();
        // One authority for both servers.
        copy(&dovecot.ca_file(), folder.path());
        let [smtp, smtps] = servers::start("postfix.sh", folder.path(), &[dovecot.lmtp, dovecot.auth]);
        Postfix { folder, smtp, smtps }
    }

    /// Over TLS from the first byte, with a log-in.
    pub fn relay(&self) -> Relay {
        self.relay_over(secured(self.smtps, Security::Tls, &self.folder.path().join("tls/ca.pem")))
    }

    /// As `server` leads to it, with a log-in.
    pub fn relay_over(&self, server: Server) -> Relay {
        Relay { login: Some(login("desk", "hunter2")), ..relay(server) }
    }

    pub fn ca_file(&self) -> std::path::PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    pub fn plain(&self) -> Server {
        plain(self.smtp)
    }
}

fn copy(ca_file: &Path, folder: &Path) {
    let tls = folder.join("tls");
    fs::create_dir(&tls).unwrap();
    for file in ["ca.pem", "cert.pem", "key.pem"] {
        fs::copy(ca_file.with_file_name(file), tls.join(file)).unwrap();
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Err(error) = servers::run("postfix.sh", "stop", self.folder.path(), &[]) {
            eprintln!("{error}");
        }
    }
}
