//! From a workspace to a daemon ready to work: opens register, templates, mailboxes, transport and worker, or says which cannot be opened and what to
//! do about it.

use super::one_pass::{Daemon, Parts};
use crate::config::{AuthenticitySettings, Fault, Workspace};
use crate::domain::letter::LetterRole;
use crate::intake::{IncomingMailbox, SenderAuthentication, Worker, WorkerOptions};
use crate::outgoing::SentFolder;
use crate::pass::Stop;
use crate::register::{Durability, Register, RegisterError};
use crate::render::{Renderer, TemplateFault};
use crate::transport::{Transport, imap, maildir};
use crate::{digest, letters};
use std::io;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    #[error(transparent)]
    Configuration(#[from] Fault),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Templates(Vec<TemplateFault>),
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error("this program cannot find itself to start its worker: {0}")]
    Worker(io::Error),
}

/// This program as the worker that reads mail, with the limits and the phrases of a workspace.
///
/// # Errors
///
/// This program cannot find itself.
pub fn worker_options(workspace: &Workspace) -> io::Result<WorkerOptions> {
    Ok(WorkerOptions {
        time_limit: workspace.limits.cpu_per_mail,
        memory_limit: workspace.limits.worker_memory,
        phrases: workspace.phrases.clone(),
        ..WorkerOptions::of_this_program()?
    })
}

/// By what senders are verified. Where the resolver of this machine cannot be had, nothing is asked.
pub fn sender_authentication(settings: &AuthenticitySettings) -> SenderAuthentication {
    let dns = settings.resolver().and_then(|dns| dns.inspect_err(|error| tracing::warn!(%error, "senders cannot be verified")).ok());
    SenderAuthentication::new(dns, settings.trusted_authserv_ids.clone())
}

/// Everything around the register that a configuration names, opened or refused.
pub struct Opened {
    renderer: Renderer,
    mailboxes: Vec<IncomingMailbox>,
    transport: Transport,
    sent_folder: Option<SentFolder>,
    worker: Worker,
}

impl Opened {
    /// Opens what the configuration names; no server is spoken to yet. `durability`: also of letters laid into a Maildir.
    ///
    /// # Errors
    ///
    /// Where a template is faulty, a password is missing, or this program cannot find itself to start its worker.
    pub fn of(workspace: &Workspace, durability: Durability) -> Result<Opened, OpenFault> {
        let renderer = open_templates(workspace.templates.as_deref()).map_err(OpenFault::Templates)?;
        for warning in renderer.warnings() {
            tracing::warn!(%warning, "a template of the office's own");
        }
        let (accounts, mut mailboxes) = (imap::Accounts::default(), Vec::new());
        for settings in &workspace.mailboxes {
            for source in settings.sources(&accounts)? {
                mailboxes.push(IncomingMailbox::new(source, settings.flagging.clone()));
            }
        }
        let sent_folder = match &workspace.sending.sent_folder {
            Some(sent) => Some(SentFolder { filing: sent.filing(&accounts)?, folder: sent.folder.clone() }),
            None => None,
        };
        let folders = match durability {
            Durability::Full => maildir::Durability::Synced,
            Durability::Replayable => maildir::Durability::Cached,
        };
        let options = worker_options(workspace).map_err(OpenFault::Worker)?;
        let transport = workspace.sending.transport(folders)?;
        Ok(Opened { renderer, mailboxes, transport, sent_folder, worker: Worker::start(options) })
    }
}

impl Daemon {
    /// Opens the register of the workspace and everything around it. Its passes end when `stop` is asked.
    ///
    /// # Errors
    ///
    /// As [`Opened::of`]; where the register cannot be opened or written; and where the secret is not this register's.
    pub fn open(workspace: &Workspace, durability: Durability, stop: &Stop) -> Result<Daemon, OpenFault> {
        let opened = Opened::of(workspace, durability)?;
        let mut register = Register::open_with(&workspace.register_path, Arc::new(workspace.rules.clone()), durability)?;
        register.hurry_when(stop.wish());
        register.belongs_with(&workspace.secret)?;
        Ok(Daemon::with(register, opened, workspace, stop)?)
    }

    /// Puts an office around a register that is open already: after a change of the configuration.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written, to note which mailboxes there are.
    pub fn with(mut register: Register, opened: Opened, workspace: &Workspace, stop: &Stop) -> Result<Daemon, RegisterError> {
        let Opened { renderer, mailboxes, transport, sent_folder, worker } = opened;
        let rules = Arc::new(workspace.rules.clone());
        register.set_rules(Arc::clone(&rules));
        let mut daemon = Daemon::new(Parts {
            register,
            rules,
            addresses: workspace.addresses.clone(),
            renderer,
            mailboxes,
            transport,
            sent_folder,
            worker,
            senders: sender_authentication(&workspace.authenticity),
            retry: workspace.sending.retry.clone(),
            limits: workspace.limits.fetch(),
            dsn: workspace.sending.dsn,
        })?;
        daemon.heed(stop, workspace.sending.last_word);
        Ok(daemon)
    }
}

/// Opens the built-in templates and, in their place, those of the office's own folder if it exists; each is tried with samples of what is
/// written with it.
///
/// # Errors
///
/// Everything that is wrong with the templates at once, with file, line and what was expected.
pub fn open_templates(own: Option<&Path>) -> Result<Renderer, Vec<TemplateFault>> {
    Renderer::open(own, |template, language_name, language| match LetterRole::from_name(template) {
        Some(role) if role.is_to_staff() => digest::sample_contexts(template, language_name, language),
        _ => letters::sample_contexts(template, language_name, language),
    })
}
