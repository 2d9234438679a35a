//! The account's Junk folder: where the server says so (SPECIAL-USE, RFC 6154), or by its usual name.

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};

use super::name;
use super::response::Heard;
use super::session::{Failure, SMALL, Session, mailbox};

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

struct Listed {
    name: String,
    is_junk: bool,
}

/// The name of the account's Junk folder, if it has one.
pub(super) async fn folder(session: &mut Session) -> Result<Option<String>, Failure> {
    let mut folders = list(session, "\"*\"").await?;
    // The server's word goes before a name: somebody may keep a folder about spam.
    folders.sort_by_key(|folder| !folder.is_junk);
    Ok(folders.into_iter().find(|folder| folder.is_junk || has_usual_name(&folder.name)).map(|folder| folder.name))
}

pub(super) async fn is_junk(session: &mut Session, folder: &str) -> Result<bool, Failure> {
    if folder.eq_ignore_ascii_case("INBOX") || !session.can("SPECIAL-USE") {
        return Ok(has_usual_name(folder));
    }
    let listed = list(session, &mailbox(folder)?).await?;
    Ok(has_usual_name(folder) || listed.iter().any(|found| found.is_junk && found.name == folder))
}

async fn list(session: &mut Session, pattern: &str) -> Result<Vec<Listed>, Failure> {
    let mut folders = Vec::new();
    let command = format!("LIST \"\" {pattern}");
    let asked = session.ask(&command, SMALL, |heard| {
        if let Heard::Data(Response::MailboxData(MailboxDatum::List(listed))) = heard {
            let is_junk = listed.name_attributes.contains(&NameAttribute::Junk);
            folders.push(Listed { name: name::readable(&listed.name), is_junk });
        }
    });
    match asked.await {
        // A folder that cannot be listed can still be read.
        Ok(_) | Err(Failure::No { .. }) => Ok(folders),
        Err(other) => Err(other),
    }
}

fn has_usual_name(folder: &str) -> bool {
    let last = folder.rsplit(['/', '.']).next().unwrap_or(folder).to_lowercase();
    USUAL.contains(&last.as_str())
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
