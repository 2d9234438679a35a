//! What an inspected mail would be linked to in a workspace, and why: the register is only read.

use crate::cli::mail_files::Mail;
use crate::config::{AuthenticitySettings, NameServer, Workspace};
use crate::daemon::assembling::sender_authentication;
use crate::domain::linking::Evidence;
use crate::domain::reply::Effect;
use crate::intake::{SenderAuthentication, verdict_on};
use crate::mail::Understood;
use crate::mail::authenticity::Authenticity;
use crate::register::{EvidenceView, Reader, SuggestionView};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// A workspace to inspect mails in.
pub(super) struct Desk {
    pub workspace: Workspace,
    pub senders: SenderAuthentication,
    reader: Reader,
    now: Timestamp,
}

/// What the daemon would do with a mail that came now.
#[derive(Debug, Default, Serialize)]
pub(super) struct WouldLink {
    /// References of the requests it would be linked to.
    pub requests: Vec<String>,
    /// What it would do there; `waiting` if a person must say so first.
    pub effect: Option<Effect>,
    /// Best first.
    pub suggestions: Vec<SuggestionView>,
    /// The rule, what spoke against more, and the evidence of each link.
    pub because: Vec<String>,
}

impl Desk {
    /// Opens the workspace's register for reading; mails are looked at as of now.
    ///
    /// # Errors
    ///
    /// Where the register cannot be opened.
    pub fn open(workspace: Workspace) -> anyhow::Result<Desk> {
        let reader = Reader::open(&workspace.register_path, Arc::new(workspace.rules.clone()))?;
        // As with mail that is ingested from files: its signatures may have run out, so only what the own server wrote down counts.
        let senders = sender_authentication(&AuthenticitySettings { dns: NameServer::None, ..workspace.authenticity.clone() });
        Ok(Desk { workspace, senders, reader, now: Timestamp::now() })
    }

    /// What the mail would be linked to, and why, had it come when its headers or its file say.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn would_link(&self, mail: &Mail, understood: &Understood, authenticity: Option<&Authenticity>) -> anyhow::Result<WouldLink> {
        let received_at = mail.received_at(self.now);
        let (_, verdict) = verdict_on(&self.reader, &self.workspace.addresses, None, understood, received_at, authenticity, true)?;
        let mut would = WouldLink { because: verdict.because, ..WouldLink::default() };
        let waits = verdict.links.iter().any(|link| link.effect == Effect::Waiting);
        would.effect = if waits { Some(Effect::Waiting) } else { verdict.links.first().map(|link| link.effect) };
        for link in verdict.links {
            let (reference, _) = self.reader.names_of_request(link.request)?;
            would
                .because
                .extend(link.evidence.iter().map(|evidence| format!("{reference}: {}: {}", evidence.kind.name(), evidence.detail)));
            would.requests.push(reference);
        }
        for suggestion in verdict.suggestions {
            let (reference, authority) = self.reader.names_of_request(suggestion.request)?;
            would.suggestions.push(SuggestionView { reference, authority, evidence: suggestion.evidence.iter().map(as_view).collect() });
        }
        Ok(would)
    }
}

fn as_view(evidence: &Evidence) -> EvidenceView {
    EvidenceView { kind: evidence.kind.name().to_owned(), detail: evidence.detail.clone() }
}
