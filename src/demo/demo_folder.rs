//! The folder that the demonstration plays in: a workspace like any other, with a file in it that says whose it is.
//!
//! It refuses to touch a folder that it did not lay out itself.

use super::chance::Chance;
use crate::config::{CONFIG_FILE, SECRET_BYTES, Workspace, load, to_hexadecimal};
use crate::register::Register;
use crate::transport::maildir;
use anyhow::{Context, bail};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const RULES: &str = include_str!("data/demarche.toml");
const ATTRIBUTION: &str = include_str!("data/ATTRIBUTION.md");

/// Says that the folder is a demonstration's, and may be laid out anew by the next.
const MARK: &str = "DEMO.md";
const MARK_TEXT: &str = "# A demonstration\n\nThis folder was laid out by `demarche demo` and is laid out anew by the next one. Nothing in it was sent to anybody, and no\nauthority wrote any of it.\n\n";

pub struct Laid {
    pub workspace: Workspace,
    pub outbound: PathBuf,
    pub inbound: PathBuf,
    /// An earlier demonstration made room for this one.
    pub replaced: bool,
}

/// Lays out a new workspace, in the place of an earlier demonstration if one lies there.
///
/// # Errors
///
/// Where the folder holds something and was not laid out by a demonstration, an earlier one cannot be taken away, the folder cannot be read or
/// written, or its configuration is refused or its register cannot be made.
pub fn lay_out(folder: &Path, seed: u64) -> anyhow::Result<Laid> {
    let replaced = make_room(folder)?;
    let own = |error: std::io::Error| anyhow::anyhow!("the demonstration's folder {} cannot be written to: {error}", folder.display());
    fs::create_dir_all(folder).map_err(own)?;
    fs::write(folder.join(MARK), format!("{MARK_TEXT}{ATTRIBUTION}")).map_err(own)?;
    fs::write(folder.join(CONFIG_FILE), RULES).map_err(own)?;
    // From the seed, so that the same seed gives the same addresses: good enough for a world in which nobody forges any.
    let mut chance = Chance::new(seed, "secret");
    let key: Vec<u8> = (0..SECRET_BYTES).map(|_| chance.below(256) as u8).collect();
    let mut secret = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join("secret")).map_err(own)?;
    writeln!(secret, "{}", to_hexadecimal(&key)).map_err(own)?;
    let (inbound, outbound) = (folder.join("mail/in"), folder.join("mail/out"));
    maildir::create(&inbound).map_err(own)?;
    maildir::create(&outbound).map_err(own)?;
    let workspace = load(&folder.join(CONFIG_FILE)).context("the demonstration's own configuration is refused")?;
    Register::create(&workspace.register_path, Arc::new(workspace.rules.clone()))?;
    Ok(Laid { workspace, outbound, inbound, replaced })
}

/// Takes an earlier demonstration away. Only what one lays out goes; whatever else lies there stays.
fn make_room(folder: &Path) -> anyhow::Result<bool> {
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => bail!("{} cannot be used for the demonstration: {error}; name another folder with --dir", folder.display()),
    };
    if empty {
        return Ok(false);
    }
    let mark = fs::read_to_string(folder.join(MARK)).unwrap_or_default();
    if !mark.starts_with(MARK_TEXT) {
        bail!("{} is not empty and was not laid out by a demonstration; name another folder with --dir", folder.display());
    }
    for name in ["secret", "register.sqlite", "register.sqlite-wal", "register.sqlite-shm", CONFIG_FILE] {
        let gone = fs::remove_file(folder.join(name));
        if let Err(error) = gone
            && error.kind() != std::io::ErrorKind::NotFound
        {
            bail!("{} of the last demonstration cannot be removed: {error}", folder.join(name).display());
        }
    }
    for name in ["mail/in", "mail/out"] {
        let gone = fs::remove_dir_all(folder.join(name));
        if let Err(error) = gone
            && error.kind() != std::io::ErrorKind::NotFound
        {
            bail!("{} of the last demonstration cannot be removed: {error}", folder.join(name).display());
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "ten years of work").unwrap();
        let refused = lay_out(folder.path(), 1).err().unwrap().to_string();
        assert!(refused.contains("was not laid out by a demonstration"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_demonstration_takes_the_first_one_s_place_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!lay_out(folder.path(), 1).unwrap().replaced);
        let first = fs::read(folder.path().join("secret")).unwrap();
        fs::write(folder.path().join("notes.txt"), "kept").unwrap();
        let second = lay_out(folder.path(), 2).unwrap();
        assert!(second.replaced && folder.path().join("notes.txt").exists());
        assert_ne!(fs::read(folder.path().join("secret")).unwrap(), first);
        assert_eq!(second.workspace.mailbox_names().len(), 1);
    }
}
