//! Secrets on disk: the key of the reply addresses, and where a password is to be found when it is needed.
//!
//! A password never stands in the configuration itself: that file is shown to colleagues, pasted into questions and backed up in the open.

use super::fault::Fault;
use crate::register::NAMES_ITS_REGISTER;
use crate::transport::Secret;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Bytes of the key under which reply addresses are signed.
pub const SECRET_BYTES: usize = 32;

/// Larger files hold no password; reading stops there, so that a path to a device or a database does no harm.
const LARGEST_SECRET_FILE: u64 = 64 << 10;

/// Where a password, or an access token, is found when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// This file; nobody but its owner and group may read it.
    File(PathBuf),
    /// This environment variable.
    Environment(String),
    /// A credential of the systemd unit of this name (`LoadCredential=`), a file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl PasswordSource {
    /// The password, or the file that it is read from anew at each log-in; looked at here once, so that a missing one is told early.
    ///
    /// # Errors
    ///
    /// Where the file is open to everybody, is empty, is no small ordinary file or cannot be read; the environment variable is empty, not set or no
    /// text; or there are no systemd credentials, or none of this name that can be read.
    pub fn secret(&self) -> Result<Secret, Fault> {
        match self {
            PasswordSource::File(path) => match self.exposure() {
                Some(fault) => Err(fault),
                None => in_file(path),
            },
            PasswordSource::Environment(name) => match std::env::var(name) {
                Ok(password) if !password.is_empty() => Ok(Secret::new(password, format!("the environment variable {name}"))),
                Ok(_) | Err(_) => Err(Fault::of_file(
                    Path::new(name),
                    "this environment variable holds no password",
                    "set it for the program, or use password_file",
                )),
            },
            PasswordSource::Credential(name) => {
                // systemd guards that folder itself: only the unit's user enters it.
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    Fault::of_file(
                        Path::new(name),
                        "there are no systemd credentials here ($CREDENTIALS_DIRECTORY is not set)",
                        format!("run this in the systemd unit, with LoadCredential={name}:FILE, or use password_file"),
                    )
                })?;
                in_file(&Path::new(&folder).join(name))
            }
        }
    }

    /// What is wrong with where the password lies, without reading it: a file that everybody may read.
    pub fn exposure(&self) -> Option<Fault> {
        match self {
            PasswordSource::File(path) => exposed_to_others(path),
            PasswordSource::Environment(_) | PasswordSource::Credential(_) => None,
        }
    }
}

fn in_file(path: &Path) -> Result<Secret, Fault> {
    let text = read_small(path).map_err(|reason| {
        Fault::of_file(path, format!("the password cannot be read: {reason}"), "put the password into this file, mode 0600")
    })?;
    if text.trim().is_empty() {
        return Err(Fault::of_file(path, "the file is empty", "put the password there"));
    }
    Ok(Secret::in_file(path))
}

fn exposed_to_others(path: &Path) -> Option<Fault> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o007 != 0).then(|| {
        Fault::of_file(
            path,
            format!("everybody on this machine may open this password (mode {mode:04o})"),
            format!("run chmod 600 {}", path.display()),
        )
    })
}

fn read_small(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > LARGEST_SECRET_FILE {
        return Err("it is no small ordinary file".to_owned());
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// The key of the reply addresses, and the register whose letters bear them, once there is one.
#[derive(Debug)]
pub struct SigningKey {
    pub bytes: Vec<u8>,
    pub register: Option<String>,
}

/// A file that only its owner may read: 64 hexadecimal digits, and below them, from the first request on, the line that names the register.
///
/// # Errors
///
/// Where the file cannot be read, is no small ordinary file, is open to others than its owner, or holds anything but such digits and such a line.
pub fn read_signing_key(path: &Path) -> Result<SigningKey, Fault> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        let how = "restore it from the back-up: with another secret, replies to letters already sent find no request. A new workspace, \
                   with a secret of its own, is made by demarche init DIR";
        Fault::of_file(path, format!("the secret of the reply addresses cannot be read: {error}"), how)
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("others than the owner may open the secret of the reply addresses (mode {mode:04o})");
        return Err(Fault::of_file(path, found, format!("run chmod 600 {}", path.display())));
    }
    let text =
        read_small(path).map_err(|reason| Fault::of_file(path, format!("cannot be read: {reason}"), "expected 64 hexadecimal digits"))?;
    let (key, below) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    let bytes = from_hexadecimal(key.trim()).ok_or_else(|| {
        let found = format!("holds {} characters that are no secret", key.trim().chars().count());
        Fault::of_file(path, found, format!("expected {} hexadecimal digits, as demarche init writes them", SECRET_BYTES * 2))
    })?;
    Ok(SigningKey { bytes, register: named_register(below).map_err(|found| Fault::of_file(path, found, BELOW_THE_KEY))? })
}

const BELOW_THE_KEY: &str = "expected nothing below the digits, or one line as demarche wrote it: register and 32 hexadecimal digits; put the \
                             secret from the back-up in its place";

/// In the lines below the key. Two commands that opened the first request at the same moment have written the same one.
fn named_register(below: &str) -> Result<Option<String>, String> {
    let mut named: Option<&str> = None;
    for line in below.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let register =
            line.strip_prefix(NAMES_ITS_REGISTER).filter(|name| name.len() == 32 && name.chars().all(|digit| digit.is_ascii_hexdigit()));
        let register = register.ok_or("holds something else below the key than the name of its register")?;
        if named.is_some_and(|other| other != register) {
            return Err("names two registers".to_owned());
        }
        named = Some(register);
    }
    Ok(named.map(str::to_owned))
}

/// As the secret's file holds it.
pub fn to_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    if text.len() != SECRET_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    (0..SECRET_BYTES).map(|place| u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()).collect()
}
