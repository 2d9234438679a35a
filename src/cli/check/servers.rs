//! Log-ins to mail servers, and whether the Maildir folders are there. Nothing is sent, nothing in a mailbox is changed.

use super::super::output;
use super::{Finding, Gravity};
use crate::config::{MailboxKind, MailboxSettings, SendingWay, Workspace};
use crate::daemon::lease;
use crate::domain::health::HealthPart;
use crate::register::Reader;
use crate::transport::imap::Accounts;
use crate::transport::{FetchLimits, MailboxSource, NotLetIn, ReceiveError, maildir};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any single wait of the transport but the last one, which a log-in does not reach.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) async fn look(workspace: &Workspace, accounts: &Accounts, findings: &mut Vec<Finding>) {
    let daemon = AtWork::look(workspace);
    for mailbox in &workspace.mailboxes {
        match mailbox.sources(accounts) {
            Ok(sources) => {
                let mut junk = None;
                for source in sources {
                    findings.push(read(source, daemon.as_ref(), &mut junk).await);
                }
                findings.extend(junk.map(|junk| of_junk(mailbox, &junk)));
            }
            Err(fault) => findings.push(Finding { part: "mailbox", ..Finding::of_config(Gravity::Fault, &fault) }),
        }
    }
    findings.push(send(workspace).await);
    if let Some(sent) = &workspace.sending.sent_folder {
        findings.push(match sent.filing(accounts) {
            Ok(mut filing) => match tokio::time::timeout(PATIENCE, filing.find_message_id(&sent.folder, "check@demarche.invalid")).await {
                Ok(Ok(_)) => {
                    Finding::good("sending", format!("copies go into the folder {:?} on {}", sent.folder, sent.account.server.place()))
                }
                Ok(Err(error)) => {
                    of_mailbox("sending", &error, daemon.as_ref().and_then(|daemon| daemon.well_since(&HealthPart::SentFolder)))
                }
                Err(_) => away("sending", format!("{}: no answer within {} s", sent.account.server.place(), PATIENCE.as_secs())),
            },
            Err(fault) => Finding { part: "sending", ..Finding::of_config(Gravity::Fault, &fault) },
        });
    }
}

/// Reads the head of at most one mail, which changes nothing; and looks for the account's Junk folder if none is known yet.
async fn read(mut source: MailboxSource, daemon: Option<&AtWork>, junk: &mut Option<String>) -> Finding {
    let name = source.name().to_owned();
    let least = FetchLimits { mails: 1, bytes_per_mail: 1, bytes_per_batch: 1, head_bytes: 1024 };
    let reading = async {
        let read = source.fetch(None, &least).await;
        if read.is_ok() && junk.is_none() {
            // A server that does not list its folders can be read all the same.
            *junk = source.junk_folder().await.ok().flatten();
        }
        read
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    source.close().await;
    match read {
        Ok(Ok(_)) => Finding::good("mailbox", format!("{name} can be read")),
        Ok(Err(error)) => of_mailbox("mailbox", &error, daemon.and_then(|daemon| daemon.well_since(&HealthPart::Mailbox(name.clone())))),
        Err(_) => away("mailbox", format!("{name}: no answer within {} s", PATIENCE.as_secs())),
    }
}

/// Answers of authorities end up in it as well, where nobody looks.
fn of_junk(mailbox: &MailboxSettings, junk: &str) -> Finding {
    let is_read = matches!(&mailbox.kind, MailboxKind::Imap { folders, .. } if folders.iter().any(|folder| folder == junk));
    if is_read {
        return Finding::good("mailbox", format!("{}: mail in the Junk folder {junk:?} is read as perhaps spam", mailbox.name));
    }
    Finding::warning(
        "mailbox",
        format!("{}: what a filter puts into the Junk folder {junk:?} is not read", mailbox.name),
        format!("add {junk:?} to `folders`, as in folders = [\"INBOX\", {junk:?}]; its mail is read as perhaps spam"),
    )
}

async fn send(workspace: &Workspace) -> Finding {
    if let SendingWay::Maildir { path } = &workspace.sending.way
        && !path.join("new").is_dir()
    {
        let what = format!("{} is no Maildir yet; it is made with the first letter", path.display());
        return Finding::warning("sending", what, "check that the path is the one your mail system picks letters up from");
    }
    let mut transport = match workspace.sending.transport(maildir::Durability::Synced) {
        Ok(transport) => transport,
        Err(fault) => return Finding { part: "sending", ..Finding::of_config(Gravity::Fault, &fault) },
    };
    let probed = tokio::time::timeout(PATIENCE, transport.probe()).await;
    let name = transport.name().to_owned();
    transport.close().await;
    match probed {
        Ok(Ok(offered)) => {
            let encrypted = if offered.encrypted { ", encrypted" } else { "" };
            let logged_in = if offered.logged_in { ", logged in" } else { "" };
            let dsn = if offered.dsn { ", with delivery notifications" } else { "" };
            Finding::good("sending", format!("{name} takes letters{encrypted}{logged_in}{dsn}"))
        }
        Ok(Err(error)) => told(
            "sending",
            error.to_string(),
            match error.why {
                NotLetIn::Unreachable(_) => Trouble::Away,
                NotLetIn::NotTrusted(_) => Trouble::NotTrusted,
                NotLetIn::LogInRefused(_) => Trouble::LogIn,
                NotLetIn::Misconfigured(_) => Trouble::Configuration,
            },
        ),
        Err(_) => away("sending", format!("{name}: no answer within {} s", PATIENCE.as_secs())),
    }
}

/// The office's own daemon, which keeps its connections while it runs: a server that lets an account in only once, or a few times, has no place left
/// for this look at it.
struct AtWork {
    reader: Reader,
    zone: TimeZone,
}

impl AtWork {
    /// A register that does not open is told of elsewhere.
    fn look(workspace: &Workspace) -> Option<AtWork> {
        lease::last_holder(&workspace.register_path)?;
        let reader = Reader::open(&workspace.register_path, Arc::new(workspace.rules.clone())).ok()?;
        Some(AtWork { reader, zone: workspace.rules.time_zone.clone() })
    }

    /// When a part last worked that does not fail, by the office's clock.
    fn well_since(&self, part: &HealthPart) -> Option<String> {
        let health = self.reader.health().ok()?;
        let part = health.into_iter().find(|known| known.part == *part && known.failing_since.is_none())?;
        part.ok_at.map(|at: Timestamp| output::moment(at, &self.zone))
    }
}

/// What kind of trouble it is with a server, which decides what mends it.
enum Trouble {
    Away,
    NotTrusted,
    LogIn,
    Configuration,
}

/// `daemon_well`: a daemon is at work that has no trouble with the account, and when it last did there what it has to do.
fn of_mailbox(part: &'static str, error: &ReceiveError, daemon_well: Option<String>) -> Finding {
    match (error, daemon_well) {
        (ReceiveError::TurnedAway { .. }, Some(at)) => {
            let what =
                format!("the daemon is at work in this account now, last to the end at {at}; beside it the server lets nobody in: {error}");
            return Finding::warning(
                part,
                what,
                "nothing, as long as the daemon runs; to try the log-in itself, stop the daemon and check again",
            );
        }
        (ReceiveError::LogInRefused { .. }, Some(at)) => {
            let what = format!("{error}; the daemon is at work in this account now, last to the end at {at}");
            let mend = "if user and password are as they were when the daemon logged in, the server lets in no more beside it, and nothing is wrong; \
                        else mend them. To know, stop the daemon and check again";
            return Finding { gravity: Gravity::Unreachable, part, what, mend: mend.to_owned() };
        }
        _ => {}
    }
    let trouble = match error {
        ReceiveError::NotTrusted { .. } => Trouble::NotTrusted,
        ReceiveError::LogInRefused { .. } => Trouble::LogIn,
        ReceiveError::Misconfigured { .. } => Trouble::Configuration,
        ReceiveError::Folder { .. }
        | ReceiveError::Unreachable { .. }
        | ReceiveError::TurnedAway { .. }
        | ReceiveError::Refused { .. }
        | ReceiveError::Lost { .. } => Trouble::Away,
    };
    told(part, error.to_string(), trouble)
}

fn away(part: &'static str, what: String) -> Finding {
    told(part, what, Trouble::Away)
}

fn told(part: &'static str, what: String, trouble: Trouble) -> Finding {
    let (gravity, mend) = match trouble {
        Trouble::Away => (Gravity::Unreachable, "check host, port, tls and the account, and whether the server is up"),
        Trouble::NotTrusted => (
            Gravity::Fault,
            "nothing is told to a server that cannot prove its name: mend host or ca_file in demarche.toml, or its certificate",
        ),
        Trouble::LogIn => (Gravity::Fault, "mend user or password; servers lock an account that is tried too often"),
        Trouble::Configuration => (Gravity::Fault, "mend the account in demarche.toml"),
    };
    Finding { gravity, part, what, mend: mend.to_owned() }
}
