//! From what the configuration says to the transports and mailboxes of the transport. Nothing connects yet; passwords are looked for here.

use super::fault::Fault;
use super::mailbox::{MailboxKind, MailboxSettings};
use super::sending::{SendingSettings, SendingWay, SentFolder};
use super::staff::{AuthenticitySettings, Limits, NameServer};
use super::{AccountSettings, Workspace};
use crate::transport::dns::{Dns, NoResolver};
use crate::transport::maildir::{Durability, Inbox, Outgoing};
use crate::transport::{FetchLimits, MailboxSource, Transport, imap, smtp};

impl MailboxSettings {
    /// One source for each folder; they share the connections of `accounts`.
    ///
    /// # Errors
    ///
    /// Where the mailbox is on a server and nobody logs in there, or there is no password for it. Of a Maildir, never.
    pub fn sources(&self, accounts: &imap::Accounts) -> Result<Vec<MailboxSource>, Fault> {
        match &self.kind {
            MailboxKind::Maildir { path } => Ok(vec![MailboxSource::Maildir(Inbox::new(path))]),
            MailboxKind::Imap { account, folders } => {
                let account = imap_account(account, imap::Patience { poll: self.poll, ..imap::Patience::default() }, accounts)?;
                Ok(folders.iter().map(|folder| MailboxSource::Imap(imap::Folder::new(account.clone(), folder))).collect())
            }
        }
    }

    /// The names of those sources, as the register keeps them; needs no password.
    pub fn source_names(&self) -> Vec<String> {
        match &self.kind {
            MailboxKind::Maildir { path } => vec![format!("maildir:{}", path.display())],
            MailboxKind::Imap { account, folders } => {
                let user = account.login.as_ref().map_or("", |login| login.user.as_str());
                folders.iter().map(|folder| format!("imap:{user}@{}/{folder}", account.server.host)).collect()
            }
        }
    }
}

impl SendingSettings {
    /// `folders`: whether a letter laid into a Maildir must outlive a loss of power.
    ///
    /// # Errors
    ///
    /// Where letters go to a server that asks for a log-in, and there is no password for it. Of a Maildir, never.
    pub fn transport(&self, folders: Durability) -> Result<Transport, Fault> {
        match &self.way {
            SendingWay::Maildir { path } => Ok(Transport::Maildir(Outgoing::new(path, folders))),
            SendingWay::Smtp { account } => {
                let login = account.login.as_ref().map(|login| login.with_password()).transpose()?;
                let relay =
                    smtp::Relay { server: account.server.clone(), login, our_name: our_name(), patience: smtp::Patience::default() };
                Ok(Transport::Smtp(smtp::Smtp::new(relay)))
            }
        }
    }
}

impl SentFolder {
    /// How letters that have left are filed in this folder; it shares the connections of `accounts`.
    ///
    /// # Errors
    ///
    /// Where nobody logs in on that server, or there is no password for it.
    pub fn filing(&self, accounts: &imap::Accounts) -> Result<imap::Filing, Fault> {
        imap_account(&self.account, imap::Patience::default(), accounts).map(imap::Filing::new)
    }
}

impl Limits {
    pub fn fetch(&self) -> FetchLimits {
        FetchLimits { bytes_per_mail: self.largest_mail, ..FetchLimits::default() }
    }
}

impl AuthenticitySettings {
    /// Whom senders are verified with; none if this office does not ask the DNS.
    ///
    /// # Errors
    ///
    /// Where this machine's `/etc/resolv.conf` is to be used and cannot be read or understood, or the resolver cannot be made.
    pub fn resolver(&self) -> Option<Result<Dns, NoResolver>> {
        match self.dns {
            NameServer::None => None,
            NameServer::OfThisMachine => Some(Dns::of_this_machine()),
            NameServer::At(server) => Some(Dns::at(server)),
        }
    }
}

impl Workspace {
    /// The names of everything that is read.
    pub fn mailbox_names(&self) -> Vec<String> {
        self.mailboxes.iter().flat_map(MailboxSettings::source_names).collect()
    }
}

fn imap_account(account: &AccountSettings, patience: imap::Patience, accounts: &imap::Accounts) -> Result<imap::Account, Fault> {
    let Some(login) = &account.login else {
        // `mailbox` refuses an IMAP account without a user, and `sending` takes accounts from there alone.
        return Err(Fault::of_file(std::path::Path::new(&account.server.host), "nobody logs in there", "add user and a password to it"));
    };
    let connections = accounts.connections(&account.server, &login.user);
    Ok(imap::Account { server: account.server.clone(), login: login.with_password()?, patience, connections })
}

/// What we call ourselves in EHLO: this machine's full name, or an address literal where it has none (RFC 5321 §4.1.4).
fn our_name() -> String {
    let system = rustix::system::uname();
    match system.nodename().to_str() {
        Ok(name) if name.contains('.') => name.to_owned(),
        Ok(_) | Err(_) => "[127.0.0.1]".to_owned(),
    }
}
