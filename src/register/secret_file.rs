//! The file in which the secret of the reply addresses stands, as a register is told of it.

use std::path::PathBuf;

/// What a register is told of the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    pub path: PathBuf,
    /// Tells secrets apart and lets none be found out.
    pub fingerprint: String,
    /// The register whose letters bear its addresses, once there is one.
    pub register: Option<String>,
}
