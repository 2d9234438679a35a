//! An account on a mail server, as both IMAP and SMTP need it: where it is, how the line is protected, who logs in.

use super::fault::Fault;
use super::reader::{Found, Section};
use super::secret_files::PasswordSource;
use crate::transport::{Login, Mechanism, Security, Server};
use std::net::IpAddr;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSettings {
    pub server: Server,
    /// None where the server asks for none: a relay on this machine.
    pub login: Option<LoginSettings>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSettings {
    pub user: String,
    pub mechanism: Mechanism,
    pub password: PasswordSource,
}

impl LoginSettings {
    /// With the password, or the file it is read from at each log-in. The fault says why there is none.
    ///
    /// # Errors
    ///
    /// As [`PasswordSource::secret`].
    pub fn with_password(&self) -> Result<Login, Fault> {
        Ok(Login { user: self.user.clone(), secret: self.password.secret()?, mechanism: self.mechanism })
    }
}

/// The ports of a protocol: with TLS from the first byte (RFC 8314), and with STARTTLS or nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub implicit: u16,
    pub upgraded: u16,
}

/// What [`read`] asks for.
pub(super) const KEYS: &[&str] =
    &["host", "tls", "port", "ca_file", "user", "auth", "password", "password_file", "password_env", "password_credential"];

pub(super) const IMAP: Ports = Ports { implicit: 993, upgraded: 143 };
pub(super) const SUBMISSION: Ports = Ports { implicit: 465, upgraded: 587 };

pub(super) fn read(section: &Section<'_>, root: &Path, ports: Ports) -> Option<AccountSettings> {
    let host = section.needed_text("host", "expected the server's name, as in \"mail.office.example\"");
    let security =
        section.choice("tls", &[("implicit", Security::Tls), ("starttls", Security::StartTls), ("none", Security::PlainOnLoopback)]);
    let security = security.map_or(Security::Tls, |found| found.value);
    let usual = if security == Security::Tls { ports.implicit } else { ports.upgraded };
    let port = section.number("port", 1..=65535, "a port").and_then(|found| u16::try_from(found.value).ok()).unwrap_or(usual);
    let ca_file = section.text("ca_file", "expected the path of a PEM file").map(|found| root.join(found.value));
    let login = login(section, root);
    let host = host?.value;
    if security == Security::PlainOnLoopback && !is_loopback(&host) {
        section.fault(
            "tls",
            format!("is \"none\", and {host} is another machine"),
            "expected \"implicit\" or \"starttls\": letters and passwords do not travel in the open",
        );
    }
    Some(AccountSettings { server: Server { host, port, security, ca_file }, login })
}

fn login(section: &Section<'_>, root: &Path) -> Option<LoginSettings> {
    let user = section.text("user", "expected the account's name, often the whole address");
    let mechanism = section.choice("auth", &[("login", Mechanism::Password), ("xoauth2", Mechanism::XOAuth2)]);
    let password = password(section, root);
    match (user, password) {
        (Some(user), Some(password)) => {
            let mechanism = mechanism.map_or(Mechanism::Password, |found| found.value);
            Some(LoginSettings { user: user.value, mechanism, password: password.value })
        }
        // A password in the TOML itself was already refused.
        (Some(_), None) if section.has("password") => None,
        (Some(user), None) => {
            section.document().fault(user.span, format!("{} has no password", section.name_of("user")), WHERE_PASSWORDS_ARE);
            None
        }
        (None, Some(password)) => {
            section.document().fault(password.span, "a password without an account", format!("add {}", section.name_of("user")));
            None
        }
        (None, None) => None,
    }
}

const WHERE_PASSWORDS_ARE: &str =
    "name where it is: password_file = \"FILE\", password_env = \"VARIABLE\" or password_credential = \"NAME\" (systemd)";

fn password(section: &Section<'_>, root: &Path) -> Option<Found<PasswordSource>> {
    section.is_forbidden("password", "must not stand in this file, which is shown and copied", WHERE_PASSWORDS_ARE);
    let file =
        section.text("password_file", "expected the path of a file").map(|found| found.map(|path| PasswordSource::File(root.join(path))));
    let variable = section
        .read("password_env", "expected the name of an environment variable: letters, digits and _", |name| {
            name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_').then(|| name.to_owned())
        })
        .map(|found| found.map(PasswordSource::Environment));
    let credential = section
        .read("password_credential", "expected the name of a credential, without folders", |name| {
            (!name.contains('/') && !name.starts_with('.')).then(|| name.to_owned())
        })
        .map(|found| found.map(PasswordSource::Credential));
    let mut named = [file, variable, credential].into_iter().flatten();
    let first = named.next()?;
    if let Some(second) = named.next() {
        section.document().fault(
            second.span,
            "a second place for one password",
            "keep one of password_file, password_env, password_credential",
        );
    }
    if let Some(exposed) = first.value.exposure() {
        section.document().fault_elsewhere(exposed);
    }
    Some(first)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
