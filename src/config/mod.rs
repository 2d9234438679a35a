//! What `demarche.toml` says, and what it means: checked whole before anything starts (promise 10).
//!
//! [`load`] reads the file key by key ([`reader`](self)), resolves paths, names and defaults, and gives a [`Workspace`] or every fault at once,
//! each with file, line, column, what was found and what was expected. It refuses to guess at misspelt keys, to hold passwords (they are read
//! from their own places when needed), and to touch the network or the register.
//!
//! What merely looks wrong is a warning and stays in [`Workspace::warnings`] for `check` to show.

mod account;
mod calendars;
mod connect;
mod deadlines;
mod fault;
mod fingerprint;
mod holidays_file;
mod mailbox;
mod office;
mod reader;
mod secret_files;
mod sending;
mod staff;

pub use account::{AccountSettings, LoginSettings};
pub use fault::{Fault, Faults};
pub use fingerprint::fingerprint;
pub use mailbox::{MailboxKind, MailboxSettings};
pub use reader::nearest;
pub use secret_files::{PasswordSource, SECRET_BYTES, to_hexadecimal};
pub use sending::{SendingSettings, SendingWay, SentFolder};
pub use staff::{AuthenticitySettings, DigestSettings, Limits, NameServer};

use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::OfficeRules;
use crate::mail::compose::needs_smtputf8;
use crate::register::SecretFile;
use reader::{Document, Section};
use secret_files::SigningKey;
use std::path::{Path, PathBuf};

/// The configuration's name in a workspace.
pub const CONFIG_FILE: &str = "demarche.toml";

/// The office's own phrases, beside the configuration.
const PHRASES_FILE: &str = "phrases.toml";

/// Larger files are no configuration.
const LARGEST_CONFIG: u64 = 4 << 20;

/// A workspace, ready to be worked in.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the configuration; its relative paths start here.
    pub root: PathBuf,
    pub config_file: PathBuf,
    pub rules: OfficeRules,
    pub addresses: ReplyAddresses,
    /// Of the reply addresses, as the register is to know it.
    pub secret: SecretFile,
    pub register_path: PathBuf,
    /// The office's own templates, where that folder exists.
    pub templates: Option<PathBuf>,
    /// The office's own phrases by which kinds of mail are told apart, where that file exists.
    pub phrases: Option<PathBuf>,
    /// At least one.
    pub mailboxes: Vec<MailboxSettings>,
    pub sending: SendingSettings,
    pub digests: DigestSettings,
    pub limits: Limits,
    pub authenticity: AuthenticitySettings,
    /// SHA-256 of what deadlines and ladders are computed from: when it changes, open requests are planned anew.
    pub fingerprint: String,
    /// What nothing stops for, and a person should know.
    pub warnings: Vec<Fault>,
}

/// Finds the configuration: the file that `--config` names, else the one in the folder that `-C` names, else the one that the environment
/// variable `DEMARCHE_CONFIG` (`from_environment`) names, else the one in this folder. What was typed goes before what is set.
///
/// # Errors
///
/// Where the file that is named does not exist, or the folder that is looked into has no `demarche.toml`.
pub fn locate(folder: Option<&Path>, file: Option<&Path>, from_environment: Option<&Path>) -> Result<PathBuf, Fault> {
    let named = match (folder, file) {
        // As with `git -C` and `make -C`: the folder is entered first.
        (Some(folder), Some(file)) => Some(folder.join(file)),
        (None, Some(file)) => Some(file.to_owned()),
        (Some(_), None) => None,
        (None, None) => from_environment.map(Path::to_owned),
    };
    match named {
        Some(file) if file.is_file() => Ok(file),
        Some(file) => Err(Fault::of_file(&file, "there is no such file", "name a demarche.toml, or make a workspace: demarche init DIR")),
        None => {
            let folder = folder.unwrap_or(Path::new("."));
            let file = folder.join(CONFIG_FILE);
            if file.is_file() {
                return Ok(file);
            }
            let found = format!("no {CONFIG_FILE} here");
            Err(Fault::of_file(folder, found, "run demarche init, or name a workspace with -C DIR"))
        }
    }
}

/// Reads a configuration and everything it needs to be understood: the secret of the reply addresses, calendar files.
///
/// # Errors
///
/// Where the file is too large or cannot be read; for its grammar, if that is broken; else for all that is wrong in it and in the files that it
/// names; and, at once with either, where the office's own phrases cannot be read or are faulty.
pub fn load(config_file: &Path) -> Result<Workspace, Faults> {
    let unreadable = |reason: String| Fault::of_file(config_file, format!("cannot be read: {reason}"), "expected a text file in UTF-8");
    let metadata = std::fs::metadata(config_file).map_err(|error| unreadable(error.to_string()))?;
    if metadata.len() > LARGEST_CONFIG {
        return Err(unreadable(format!("it has {} bytes", metadata.len())).into());
    }
    let text = std::fs::read_to_string(config_file).map_err(|error| unreadable(error.to_string()))?;
    // Absolute, so that the workspace stays the same wherever the program goes.
    let config_file = std::path::absolute(config_file).map_err(|error| unreadable(error.to_string()))?;
    let root = config_file.parent().unwrap_or(Path::new("/")).to_owned();
    let document = Document::new(&config_file, text.strip_prefix('\u{feff}').unwrap_or(&text));
    let resolved = {
        let tree = document.tree();
        // Where TOML's grammar is broken, or a key stands twice, values are missing that the file has: that alone is told, until it is mended.
        if document.has_faults() { None } else { resolve(document.root(&tree), &root) }
    };
    let phrases = phrases(&root).map_err(|fault| document.fault_elsewhere(fault)).ok().flatten();
    let warnings = document.verdict()?;
    let Some(resolved) = resolved else {
        return Err(Fault::of_file(&config_file, "cannot be resolved", "please report this as a fault of demarche").into());
    };
    let Resolved { rules, addresses, secret, register_path, templates, mailboxes, sending, digests, limits, authenticity } = resolved;
    let fingerprint = fingerprint(&rules);
    Ok(Workspace {
        root,
        config_file,
        rules,
        addresses,
        secret,
        register_path,
        templates,
        phrases,
        mailboxes,
        sending,
        digests,
        limits,
        authenticity,
        fingerprint,
        warnings,
    })
}

/// The office's own phrases, looked through.
fn phrases(root: &Path) -> Result<Option<PathBuf>, Fault> {
    let file = root.join(PHRASES_FILE);
    if !file.is_file() {
        return Ok(None);
    }
    const EXPECTED: &str = "expected, as in src/mail/phrases.toml, a table for each language with lists of phrases: absence = [\"…\"]";
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Fault::of_file(&file, format!("cannot be read: {error}"), "expected a text file in UTF-8"))?;
    crate::mail::phrases::check(&text).map_err(|fault| Fault::at(&file, &text, fault.span, fault.found, EXPECTED))?;
    Ok(Some(file))
}

/// What a pass over the mailboxes may take, beside the wait for it.
const PASS: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

fn heard_within(mailboxes: &[MailboxSettings]) -> jiff::SignedDuration {
    let longest = mailboxes.iter().map(|mailbox| mailbox.poll).max().unwrap_or_default();
    jiff::SignedDuration::try_from(longest).unwrap_or_default() + PASS
}

struct Resolved {
    rules: OfficeRules,
    addresses: ReplyAddresses,
    secret: SecretFile,
    register_path: PathBuf,
    templates: Option<PathBuf>,
    mailboxes: Vec<MailboxSettings>,
    sending: SendingSettings,
    digests: DigestSettings,
    limits: Limits,
    authenticity: AuthenticitySettings,
}

/// Nothing only where a fault was noted.
fn resolve(document: Section<'_>, root: &Path) -> Option<Resolved> {
    let office = office::read(document.section("office"));
    let wording = office::wording(document.section("wording"));
    let signatories = document.section("signatories");
    let signatories_span = signatories.span();
    let signatories = office::signatories(signatories, &office.levels);
    let terms = deadlines::terms(document.section("terms"));
    let ladders = deadlines::ladders(document.section("ladders"), &office.levels);
    let drafts = office::drafts(document.section("drafts"), &office.levels);
    let mut calendars = calendars::read(document.section("calendars"), root);
    let hours = office::hours(document.section("hours"));
    let style = office::reply_addresses(document.section("reply_addresses"), office.address.as_ref());
    let mailboxes = mailbox::read(document.list("mailboxes"), root);
    let sending = sending::read(document.section("sending"), root, &mailboxes);
    let staff = staff::staff(document.list("staff"), &office.language);
    let digests = staff::digests(document.section("digests"));
    let limits = staff::limits(document.section("limits"));
    let authenticity = staff::authenticity(document.section("authenticity"));
    let files = Files::read(document.section("files"), root);
    if !document.has("mailboxes") {
        document.missing("mailboxes", "expected at least one [[mailboxes]] where replies are read");
    }
    if document.is_there() && signatories.is_empty() {
        document.document().warn(signatories_span, "nobody signs the letters", "add [signatories.LEVEL] with name and title");
    }
    if staff.is_empty() {
        document.document().warn(document.span(), "nobody gets a digest", "add [[staff]] with name, address and responsible_for");
    } else if !staff.iter().any(|person| person.operator) {
        document.document().warn(document.place_of("staff"), "nobody is told of failures", "set operator = true for one of the [[staff]]");
    } else if let Some(operator) = staff.iter().find(|person| person.operator)
        && staff.iter().filter(|person| person.operator).all(|person| needs_smtputf8(&person.address))
    {
        let found = format!("nobody is told of failures: {:?} is not ASCII, and no alarm can be written to it", operator.address);
        let expected = "write its domain in the `xn--` form, or set operator = true for somebody else as well";
        document.document().warn(document.place_of("staff"), found, expected);
    }
    let key = style.and_then(|style| signing_key(&document, &files.secret).map(|key| (style, key)));
    if let Some(name) = office.calendar.clone().filter(|name| !calendars.contains_key(&name.value)) {
        let known = calendars.keys().map(String::as_str);
        let expected = match nearest(&name.value, known) {
            Some(known) => format!("did you mean {known:?}?"),
            None => format!("add [calendars.{}], or leave the key out for Saturdays and Sundays alone", name.value),
        };
        document.document().fault(name.span, format!("office.calendar is {:?}, and there is no such calendar", name.value), expected);
    }
    document.finish();

    // The only calendar there is, is the office's; without any, weekends alone do not count.
    let calendar = office.calendar.map(|found| found.value).or_else(|| only_name(&calendars)).unwrap_or_else(|| "office".into());
    calendars.entry(calendar.clone()).or_insert_with(|| crate::domain::calendar::Calendar::plain(&calendar));
    let (style, key) = key?;
    let addresses = ReplyAddresses::new(style, key.bytes);
    let secret = SecretFile { path: files.secret, fingerprint: addresses.fingerprint(), register: key.register };
    let rules = OfficeRules {
        name: office.name?.value,
        address: office.address?.value,
        prefix: office.prefix?.value,
        language: office.language,
        time_zone: office.time_zone?.value,
        calendar,
        calendars,
        wording,
        levels: office.levels,
        signatories,
        start_event: office.start_event,
        terms,
        ladders,
        drafts,
        hours,
        staff,
        acknowledge_replies: office.acknowledge_replies,
        hold_days: office.hold_days,
        read_days: office.read_days,
        heard_within: heard_within(&mailboxes),
    };
    Some(Resolved {
        rules,
        addresses,
        secret,
        register_path: files.register,
        templates: files.templates,
        mailboxes,
        sending: sending?,
        digests,
        limits,
        authenticity,
    })
}

fn only_name<T>(named: &std::collections::BTreeMap<String, T>) -> Option<String> {
    if named.len() == 1 { named.keys().next().cloned() } else { None }
}

fn signing_key(document: &Section<'_>, path: &Path) -> Option<SigningKey> {
    match secret_files::read_signing_key(path) {
        Ok(key) => Some(key),
        Err(fault) => {
            document.document().fault_elsewhere(fault);
            None
        }
    }
}

/// `[files]`: where the workspace's own files lie, if not beside the configuration.
struct Files {
    register: PathBuf,
    secret: PathBuf,
    templates: Option<PathBuf>,
}

impl Files {
    fn read(section: Section<'_>, root: &Path) -> Files {
        let path = |key, usual: &str| root.join(section.text(key, "expected a path").map_or(usual.to_owned(), |found| found.value));
        let register = path("register", "register.sqlite");
        let secret = path("secret", "secret");
        let templates = path("templates", "templates");
        if section.has("templates") && !templates.is_dir() {
            section.fault(
                "templates",
                format!("is {}, which is no folder", templates.display()),
                "expected a folder, or leave the key out",
            );
        }
        section.finish();
        Files { register, secret, templates: Some(templates).filter(|folder| folder.is_dir()) }
    }
}

#[cfg(test)]
mod tests;
