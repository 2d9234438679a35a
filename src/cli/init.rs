//! `demarche init`: lays out a workspace that works as it stands, with Maildir folders instead of mail servers, and tables to fill in. Overwrites
//! nothing, and takes back what it made when it cannot finish.

use super::import::empty_tables;
use super::place::Place;
use crate::config::{self, CONFIG_FILE, SECRET_BYTES, to_hexadecimal};
use crate::register::Register;
use crate::transport::maildir;
use anyhow::{Context, bail};
use clap::Args;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Lay out a workspace: commented configuration, secret, register, mail folders, tables to fill in.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche init npm\n  cd npm && demarche check")]
pub struct Arguments {
    /// The folder, made if missing; this one if none is named.
    // Not called `folder`: clap would take it for the global -C of that name.
    #[arg(value_name = "DIR")]
    target: Option<PathBuf>,
}

const COMMENTED_CONFIG: &str = include_str!("../config/demarche.toml");

/// Lays out a workspace in the folder and says what to do next.
///
/// # Errors
///
/// Where a configuration, a secret or a register lies there already, there are no random numbers for the secret, or anything of the workspace
/// cannot be made; what was made until then is taken away again.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let folder = match (place.folder(), &arguments.target) {
        (Some(base), Some(target)) => base.join(target),
        (None, Some(target)) => target.clone(),
        (Some(base), None) => base.to_owned(),
        (None, None) => PathBuf::from("."),
    };
    for name in [CONFIG_FILE, "secret", "register.sqlite"] {
        if folder.join(name).exists() {
            bail!("{} is there already, and init overwrites nothing; name another folder", folder.join(name).display());
        }
    }
    let mut made = Made::default();
    match lay_out(&folder, &mut made) {
        Ok(()) => {
            let shown = folder.display();
            let (place, in_place) = (for_shell(&folder), |name: &str| for_shell(&folder.join(name)));
            println!("A workspace stands in {shown}.");
            println!("\nNext:");
            println!("  1. Put the office's name, address, prefix and time zone into {CONFIG_FILE}, then");
            println!("       demarche -C {place} check");
            println!("  2. Fill in the two tables below their first rows (columns: demarche import --help), then");
            println!("       demarche -C {place} import authorities {}", in_place("authorities.csv"));
            println!("       demarche -C {place} import recommendations {}", in_place("recommendations.csv"));
            println!("  3. See what would be asked of whom; nothing leaves yet");
            println!("       demarche -C {place} requests open --new --dry-run");
            println!(
                "\nLetters go to {0}/mail/out, replies are read from {0}/mail/in, until [sending] and [[mailboxes]] name servers.",
                shown
            );
            println!(
                "Keep {} with the back-ups: without it, replies to letters already sent find no request.",
                folder.join("secret").display()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            made.take_back();
            Err(error.context(format!("no workspace was made in {}", folder.display())))
        }
    }
}

/// A path as a shell reads it, and as no command takes it for an option.
fn for_shell(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if text.starts_with('-') { format!("./{text}") } else { text.into_owned() };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+,:@%".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// What stands on disk because of us, in the order it was made.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Made {
    fn take_back(&self) {
        for file in self.files.iter().rev() {
            // What cannot be removed is named by the next run, which refuses to overwrite it.
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            // Removes empty folders only.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn lay_out(folder: &Path, made: &mut Made) -> anyhow::Result<()> {
    if !folder.exists() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        made.folders.push(folder.to_owned());
    }
    let mail = folder.join("mail");
    if !mail.exists() {
        std::fs::DirBuilder::new().mode(0o700).create(&mail).with_context(|| format!("{} cannot be made", mail.display()))?;
        made.folders.push(mail.clone());
    }
    for name in ["in", "out"] {
        let root = mail.join(name);
        if !root.exists() {
            made.folders.extend([root.clone(), root.join("tmp"), root.join("new"), root.join("cur")]);
        }
        maildir::create(&root).with_context(|| format!("the Maildir {} cannot be made", root.display()))?;
    }
    write_private(&folder.join("secret"), &format!("{}\n", to_hexadecimal(&random_key()?)), made)?;
    for (name, header) in empty_tables() {
        let table = folder.join(name);
        // The office's own, brought before.
        if !table.exists() {
            write_private(&table, &header, made)?;
        }
    }
    let config_file = folder.join(CONFIG_FILE);
    write_private(&config_file, COMMENTED_CONFIG, made)?;
    let workspace = config::load(&config_file)?;
    made.files.extend(["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", workspace.register_path.display()))));
    let mut register = Register::create(&workspace.register_path, Arc::new(workspace.rules.clone()))?;
    register.adopt_rules(&workspace.fingerprint, jiff::Timestamp::now())?;
    Ok(())
}

fn write_private(path: &Path, text: &str, made: &mut Made) -> anyhow::Result<()> {
    let wrong = || format!("{} cannot be written", path.display());
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(wrong)?;
    made.files.push(path.to_owned());
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(wrong)
}

/// From the kernel's generator.
fn random_key() -> anyhow::Result<[u8; SECRET_BYTES]> {
    let mut key = [0; SECRET_BYTES];
    let mut generator = std::fs::File::open("/dev/urandom").context("no random numbers from /dev/urandom")?;
    generator.read_exact(&mut key).context("no random numbers from /dev/urandom")?;
    Ok(key)
}
