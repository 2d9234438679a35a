//! What an account's folders are for: where the server says so (SPECIAL-USE, RFC 6154), or by their usual names. Above all, which is for spam.

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};

use super::command_failure::Failure;
use super::command_strings;
use super::response::Heard;
use super::session::{SMALL, Session, mailbox};

/// As servers and mail clients call it, in lower case; the last part of the name counts.
const USUAL: [&str; 16] = [
    "junk",
    "junk e-mail",
    "junk email",
    "junk mail",
    "spam",
    "bulk mail",
    "courrier indésirable",
    "pourriel",
    "indésirables",
    "correo no deseado",
    "lixo eletrônico",
    "posta indesiderata",
    "junk-e-mail",
    "spamverdacht",
    "nevyžádaná pošta",
    "спам",
];

/// As mail clients call the folders for what their users write, in lower case.
const OWN_WRITING: [&str; 22] = [
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "outbox",
    "drafts",
    "templates",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "postausgang",
    "entwürfe",
    "envoyés",
    "messages envoyés",
    "éléments envoyés",
    "brouillons",
    "enviados",
    "borradores",
    "odeslané",
    "odeslaná pošta",
    "koncepty",
    "отправленные",
];

pub(super) struct Listed {
    pub name: String,
    pub used_for: Use,
}

/// What a folder is for, in the order in which mail is looked for in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Archive,
    Junk,
    Trash,
    Anything,
    /// All of the account's mail, once more.
    All,
    /// What people write themselves.
    OwnWriting,
    /// Mail that lies elsewhere, shown once more.
    View,
    /// It holds folders only.
    Nothing,
}

impl Use {
    fn of(name: &str, attributes: &[NameAttribute<'_>]) -> Use {
        let has = |attribute: &NameAttribute<'_>| attributes.contains(attribute);
        let is = |word: &str| {
            attributes.iter().any(|attribute| matches!(attribute, NameAttribute::Extension(said) if said.eq_ignore_ascii_case(word)))
        };
        let last = last_part(name);
        match () {
            () if has(&NameAttribute::NoSelect) || is("\\NonExistent") => Use::Nothing,
            () if has(&NameAttribute::Junk) => Use::Junk,
            () if has(&NameAttribute::Sent) || has(&NameAttribute::Drafts) => Use::OwnWriting,
            () if has(&NameAttribute::Flagged) || is("\\Important") => Use::View,
            () if has(&NameAttribute::All) => Use::All,
            () if has(&NameAttribute::Archive) => Use::Archive,
            () if has(&NameAttribute::Trash) => Use::Trash,
            () if OWN_WRITING.contains(&last.as_str()) => Use::OwnWriting,
            () => Use::Anything,
        }
    }
}

/// The name of the account's Junk folder, if it has one.
pub(super) async fn folder(session: &mut Session) -> Result<Option<String>, Failure> {
    let mut folders = list(session, "\"*\"").await?;
    // What the server declares (RFC 6154) goes before the name: a folder called "Spam" may hold letters about spam.
    folders.sort_by_key(|folder| folder.used_for != Use::Junk);
    Ok(folders.into_iter().find(|folder| folder.used_for == Use::Junk || has_usual_name(&folder.name)).map(|folder| folder.name))
}

pub(super) async fn is_junk(session: &mut Session, folder: &str) -> Result<bool, Failure> {
    if folder.eq_ignore_ascii_case("INBOX") || !session.can("SPECIAL-USE") {
        return Ok(has_usual_name(folder));
    }
    let listed = list(session, &mailbox(folder)?).await?;
    Ok(has_usual_name(folder) || listed.iter().any(|found| found.used_for == Use::Junk && found.name == folder))
}

pub(super) async fn list(session: &mut Session, pattern: &str) -> Result<Vec<Listed>, Failure> {
    let mut folders = Vec::new();
    let command = format!("LIST \"\" {pattern}");
    let asked = session.ask(&command, SMALL, |heard| {
        if let Heard::Data(Response::MailboxData(MailboxDatum::List(listed))) = heard {
            let name = command_strings::readable(&listed.name);
            let used_for = Use::of(&name, &listed.name_attributes);
            folders.push(Listed { name, used_for });
        }
    });
    match asked.await {
        // A folder that cannot be listed can still be read.
        Ok(_) | Err(Failure::No { .. }) => Ok(folders),
        Err(other) => Err(other),
    }
}

pub(super) fn has_usual_name(folder: &str) -> bool {
    USUAL.contains(&last_part(folder).as_str())
}

fn last_part(folder: &str) -> String {
    folder.rsplit(['/', '.']).next().unwrap_or(folder).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_junk_folder_is_known_by_its_usual_name_wherever_it_stands() {
        for name in ["Junk", "INBOX.Spam", "[Gmail]/Spam", "Junk E-Mail", "Courrier indésirable"] {
            assert!(has_usual_name(name), "{name}");
        }
        for name in ["INBOX", "Spam reports", "About junk"] {
            assert!(!has_usual_name(name), "{name}");
        }
    }
}
