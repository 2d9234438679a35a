//! How a connection begins: the greeting, the encryption, the log-in.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::connection::{Connection, readable};
use super::super::server::{Login, Mechanism, Security, xoauth2};
use super::command_failure::Failure;
use super::response::{self, Heard, Said, Status};
use super::session::{MOST_SAID, SMALL, Session};
use super::{Account, command_strings};

impl Session {
    pub(super) async fn open(account: &Account) -> Result<Session, Failure> {
        let (server, patience) = (&account.server, account.patience);
        let connection = Connection::connect(server, patience.connect).await?;
        let mut session = Session {
            connection,
            patience,
            next_tag: 1,
            capabilities: HashSet::new(),
            exists: 0,
            announced: false,
            trouble: None,
            may_say: MOST_SAID,
            usable: true,
        };
        let greeting = session.greeting().await?;
        if server.security == Security::StartTls {
            if greeting == Status::PreAuth {
                // RFC 3501 §6.2.1: after PREAUTH there is no STARTTLS, so an attacker on the line could have the session unencrypted by sending it.
                return Err(Failure::NotOpened(
                    "the server skips the log-in and with it the encryption; use TLS from the first byte (993)".to_owned(),
                ));
            }
            session.command("STARTTLS").await.map_err(|failure| match failure {
                Failure::No { said, .. } | Failure::Broken { reason: said, .. } => Failure::NotOpened(format!(
                    "STARTTLS was refused ({said}); if the server has a port with TLS from the first byte (993), use that"
                )),
                other => other,
            })?;
            session.connection.encrypt(server, patience.answer).await?;
            // What was said before the encryption is forgotten (RFC 3501 §6.2.1).
            session.capabilities.clear();
        }
        if session.capabilities.is_empty() {
            session.command("CAPABILITY").await?;
        }
        if greeting != Status::PreAuth {
            session.log_in(&account.login).await?;
        }
        Ok(session)
    }

    async fn greeting(&mut self) -> Result<Status, Failure> {
        let read = response::read(&mut self.connection, SMALL, self.patience.answer).await;
        let read = read.map_err(|error| Failure::NotOpened(format!("no greeting: {error}")))?;
        match response::sort(&read) {
            Heard::Untagged(said) if matches!(said.status, Status::Ok | Status::PreAuth) => {
                self.note_capabilities(&said);
                Ok(said.status)
            }
            Heard::Untagged(said) => Err(Failure::TurnedAway(format!("the server takes no connection now: {}", said.text))),
            _ => Err(Failure::NotOpened(format!("this is no IMAP server; it said: {:?}", readable(&read)))),
        }
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), Failure> {
        let secret = login.secret.reveal().map_err(Failure::Misconfigured)?;
        let words = (command_strings::quoted(&login.user), command_strings::quoted(&secret));
        let result = match (login.mechanism, words) {
            (Mechanism::XOAuth2, _) => {
                // A refusal comes as a challenge that holds the reason; an empty answer brings the final reply.
                self.authenticate("XOAUTH2", &xoauth2(&login.user, &secret), vec![String::new()]).await
            }
            (Mechanism::Password, (Some(user), Some(password))) if !self.can("LOGINDISABLED") => {
                self.exchange(&format!("LOGIN {user} {password}"), &[], SMALL, |_| {}).await
            }
            // A password beyond ASCII cannot stand in a quoted string.
            (Mechanism::Password, _) => self.authenticate("PLAIN", &format!("\0{}\0{secret}", login.user), Vec::new()).await,
        };
        let said = result.map_err(|failure| match failure {
            Failure::No { said, .. } if passes_by_itself(&said) => {
                Failure::TurnedAway(format!("the server takes {} in later: {said}", login.user))
            }
            Failure::No { said, .. } => Failure::LogInRefused(login.refused(&said)),
            Failure::Broken { reason, .. } => Failure::TurnedAway(format!("during the log-in as {}: {reason}", login.user)),
            other => other,
        })?;
        if said.code("CAPABILITY").is_none() {
            // They may be others after the log-in (RFC 3501 §6.2.3).
            self.capabilities.clear();
            self.command("CAPABILITY").await?;
        }
        Ok(())
    }

    async fn authenticate(&mut self, mechanism: &str, initial: &str, mut further: Vec<String>) -> Result<Said, Failure> {
        let initial = STANDARD.encode(initial);
        let command = if self.can("SASL-IR") {
            format!("AUTHENTICATE {mechanism} {initial}")
        } else {
            further.insert(0, initial);
            format!("AUTHENTICATE {mechanism}")
        };
        let answers: Vec<&[u8]> = further.iter().map(String::as_bytes).collect();
        self.exchange(&command, &answers, SMALL, |_| {}).await
    }
}

/// Whether a refused log-in may be granted another time: by its code (RFC 5530), or, since few servers have one for too many connections, by words.
fn passes_by_itself(said: &str) -> bool {
    let words = said.to_lowercase();
    let has = |word: &str| words.contains(word);
    ["[unavailable]", "[limit]", "[inuse]", "[serverbug]"].iter().any(|code| words.starts_with(code))
        || has("too many")
        || (has("connection") && ["limit", "maximum", "exceed"].into_iter().any(has))
}

#[cfg(test)]
mod tests {
    use super::passes_by_itself;

    #[test]
    fn too_many_connections_are_known_by_code_or_by_words_and_a_wrong_password_is_none_of_them() {
        for said in [
            "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=1)",
            "[ALERT] Too many simultaneous connections. (Failure)",
            "[ALERT] Maximum number of connections from user exceeded",
            "LOGIN failed: connection limit reached",
            "[UNAVAILABLE] Temporary authentication failure.",
        ] {
            assert!(passes_by_itself(said), "{said}");
        }
        for said in ["[AUTHENTICATIONFAILED] Authentication failed.", "[ALERT] Application-specific password required", "LOGIN failed."] {
            assert!(!passes_by_itself(said), "{said}");
        }
    }
}
