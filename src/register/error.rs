//! What can keep the register from doing what it was asked.

use crate::domain::refusal::{OtherProcess, Refusal};

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The database itself: the disk, another process, damage.
    #[error("{0}")]
    Database(#[from] DatabaseFault),
    #[error("{path} is no register of demarche")]
    NotARegister { path: String },
    #[error("the register was written by a newer demarche (format {found}, this one knows {known}): use that version")]
    Newer { found: i64, known: i64 },
    #[error("{path}: {error}")]
    File { path: String, error: std::io::Error },
    /// What was asked cannot be done.
    #[error("{0}")]
    Refused(Refusal),
    /// Another process holds the lease.
    #[error("{0}")]
    AtWork(OtherProcess),
    /// The request changed since the decision was taken; nothing was done.
    #[error("{reference} has changed meanwhile")]
    Stale { reference: String },
    #[error("the register holds something it should not: {0}")]
    Damaged(String),
}

/// What the database said, of which other rooms know only the words.
#[derive(Debug, thiserror::Error)]
#[error("{}", in_words(.0))]
pub struct DatabaseFault(rusqlite::Error);

impl RegisterError {
    /// Another process works on the register, or holds its write lock for longer than a verb waits: the same may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            RegisterError::Database(fault) => is_locked(&fault.0),
            RegisterError::Stale { .. } | RegisterError::AtWork(_) => true,
            RegisterError::Refused(Refusal::Locked | Refusal::NoThreadForLease { .. }) => true,
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for RegisterError {
    fn from(error: rusqlite::Error) -> RegisterError {
        RegisterError::Database(DatabaseFault(error))
    }
}

impl From<Refusal> for RegisterError {
    fn from(refusal: Refusal) -> RegisterError {
        RegisterError::Refused(refusal)
    }
}

/// What SQLite's codes mean for whoever keeps the register.
fn in_words(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            format!("the register could not be written or read ({error}); is the disk full? What was committed before is unharmed")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            format!("the register is damaged ({error}); have the last back-up put in its place: demarche restore FILE")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("another process has held the register for too long ({error}); try again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            format!("the register cannot be opened for writing ({error}); do file and folder belong to the user that runs demarche?")
        }
        _ => format!("the register: {error}"),
    }
}

impl RegisterError {
    /// Somebody else holds the register, as a copy or a tool of the database does for a while: what was asked can be asked again.
    pub fn is_passing(&self) -> bool {
        matches!(self, RegisterError::Database(fault) if is_locked(&fault.0))
    }
}

pub(super) fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}

pub type Result<T> = std::result::Result<T, RegisterError>;
