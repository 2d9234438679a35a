//! A password or an access token that cannot be printed by mistake.
//!
//! Considered instead: the `secrecy` crate. It also wipes the memory on drop, which protects little while the same bytes stand in TLS and socket
//! buffers; what must never happen is that a secret reaches a log, and a `Debug` that says nothing is enough for that.

use std::fmt;
use std::fs;
use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Kept);

#[derive(Clone, PartialEq, Eq)]
enum Kept {
    Here { secret: String, place: String },
    File(PathBuf),
}

impl Secret {
    /// `place`: where it was found, for people.
    pub fn new(secret: impl Into<String>, place: impl Into<String>) -> Secret {
        Secret(Kept::Here { secret: secret.into(), place: place.into() })
    }

    /// Read anew at every log-in, so that a changed password and an access token that another program renews every hour count at once.
    pub fn in_file(path: impl Into<PathBuf>) -> Secret {
        Secret(Kept::File(path.into()))
    }

    /// The secret itself, for the one place that hands it to a server; one line end at the end of a file is not part of it. The error names the
    /// file.
    ///
    /// # Errors
    ///
    /// Where it is kept in a file that cannot be read as text, or that is empty. In words for people, which do not hold the secret.
    pub fn reveal(&self) -> Result<String, String> {
        let path = match &self.0 {
            Kept::Here { secret, .. } => return Ok(secret.clone()),
            Kept::File(path) => path,
        };
        match fs::read_to_string(path) {
            Ok(text) if text.trim_end().is_empty() => Err(format!("{}: the file with the password is empty", path.display())),
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(format!("{}: the password cannot be read: {error}", path.display())),
        }
    }
}

impl Secret {
    /// Where whoever sets it up finds it.
    pub fn place(&self) -> String {
        match &self.0 {
            Kept::Here { place, .. } => place.clone(),
            Kept::File(path) => path.display().to_string(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kept::Here { .. } => out.write_str("Secret(…)"),
            Kept::File(path) => write!(out, "Secret(in {})", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let printed = format!("{:?} {:#?}", Secret::new("hunter2", "a variable"), Some(Secret::new("hunter2", "a variable")));
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn a_password_in_a_file_is_read_anew_at_every_log_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let secret = Secret::in_file(&path);
        assert!(secret.reveal().unwrap_err().contains("password: the password cannot be read"));
        fs::write(&path, "first\n").unwrap();
        assert_eq!(secret.reveal().unwrap(), "first");
        fs::write(&path, " second ").unwrap();
        assert_eq!(secret.reveal().unwrap(), " second ");
    }
}
