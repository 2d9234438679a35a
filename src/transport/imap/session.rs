//! One connection, once it is logged in (`log_in`): one command after the other.

use std::collections::HashSet;
use std::time::Duration;

use async_imap::imap_proto::{Capability, MailboxDatum, Response};
use tokio::time::{Instant, timeout_at};

use super::super::connection::{Connection, ConnectionError};
use super::command_failure::Failure;
use super::response::{self, Heard, Said, Status};
use super::{Patience, command_strings};

/// What answers may hold that bring no mail.
pub(super) const SMALL: u64 = 1 << 20;

/// All that a server may say during one command beside the mails that were asked for, in bytes: the UIDs of a million mails, or as many changes
/// of flags by somebody who tidies up.
pub(super) const MOST_SAID: u64 = 64 << 20;
/// During one IDLE, which lasts minutes and should bring a few lines.
const MOST_SAID_IN_IDLE: u64 = 1 << 20;
/// What a response costs beside its bytes, so that a stream of tiny ones ends as well.
const OF_EACH: u64 = 64;
/// A command may take this many times as long as the server may be silent, and the time for the bytes it brings at the slowest pace: "still
/// working" without end is no answer.
const SILENCES: u32 = 5;
/// Bytes per second at which mails must at least come in, on the whole; slower, and a batch could take hours.
const SLOWEST_ON_THE_WHOLE: u64 = 8 << 10;

pub(super) struct Session {
    pub(super) connection: Connection,
    pub patience: Patience,
    pub(super) next_tag: u32,
    /// Upper case.
    pub(super) capabilities: HashSet<String>,
    /// How many mails the server last said the selected folder holds.
    pub exists: u32,
    /// The server announced new mails, and they were not asked for yet.
    pub announced: bool,
    /// An answer that the parser could not bear, by the command under way; told once.
    pub trouble: Option<String>,
    /// What the server may still say during the command under way.
    pub(super) may_say: u64,
    pub(super) usable: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Session").field("exists", &self.exists).field("usable", &self.usable).finish_non_exhaustive()
    }
}

/// What SELECT told of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Selected {
    pub uid_validity: u32,
    /// Not told by every server (Winmail Pro does not).
    pub uid_next: Option<u32>,
    pub read_only: bool,
    /// Flags that outlive the session, as written by the server; empty if it did not say.
    pub permanent_flags: String,
}

impl Session {
    /// Whether the server has this capability; upper case.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    pub(super) async fn select(&mut self, folder: &str) -> Result<Selected, Failure> {
        self.open_folder("SELECT", folder).await
    }

    /// As [`Session::select`], but for looking only.
    pub(super) async fn examine(&mut self, folder: &str) -> Result<Selected, Failure> {
        self.open_folder("EXAMINE", folder).await
    }

    async fn open_folder(&mut self, command: &str, folder: &str) -> Result<Selected, Failure> {
        let written = mailbox(folder)?;
        let mut selected = Selected::default();
        let mut uid_validity = None;
        self.exists = 0;
        let mut exists = None;
        let said = self
            .exchange(&format!("{command} {written}"), &[], SMALL, |heard| match heard {
                Heard::Untagged(said) => {
                    uid_validity = said.number("UIDVALIDITY").or(uid_validity);
                    selected.uid_next = said.number("UIDNEXT").or(selected.uid_next);
                    if let Some(flags) = said.code("PERMANENTFLAGS") {
                        selected.permanent_flags = flags.to_ascii_lowercase();
                    }
                }
                Heard::Data(Response::MailboxData(MailboxDatum::Exists(count))) => exists = Some(*count),
                _ => {}
            })
            .await?;
        // RFC 3501 §6.3.1 demands it, and a folder of which it is not known is no empty one.
        let Some(exists) = exists else { return Err(self.broken(command, "the server did not tell how many mails the folder holds")) };
        (self.exists, self.announced) = (exists, false);
        selected.read_only = said.code("READ-ONLY").is_some();
        match uid_validity {
            Some(known) if known > 0 => selected.uid_validity = known,
            // Without it a rebuilt mailbox cannot be told from the old one, and mails would be passed over.
            _ => return Err(self.broken(command, "the server did not tell the folder's UIDVALIDITY; it cannot be read safely")),
        }
        Ok(selected)
    }

    /// A command that brings no data: it succeeds or not.
    pub(super) async fn command(&mut self, command: &str) -> Result<Said, Failure> {
        self.exchange(command, &[], SMALL, |_| {}).await
    }

    /// A command that brings data. `each` hears every response before the last.
    pub(super) async fn ask(&mut self, command: &str, literal_limit: u64, each: impl FnMut(&Heard<'_>)) -> Result<Said, Failure> {
        self.exchange(command, &[], literal_limit, each).await
    }

    /// The UIDs that answer to `criteria`, ascending; none if the server did not say it in a way that can be relied on.
    pub(super) async fn search(&mut self, criteria: &str) -> Result<Option<Vec<u32>>, Failure> {
        let (mut found, mut answered, mut spoilt) = (Vec::new(), false, false);
        self.ask(&format!("UID SEARCH {criteria}"), SMALL, |heard| match heard {
            Heard::Data(Response::MailboxData(MailboxDatum::Search(uids))) => {
                answered = true;
                found.extend_from_slice(uids);
            }
            heard => spoilt |= heard.is_spoilt_search(),
        })
        .await?;
        found.sort_unstable();
        found.dedup();
        Ok((answered && !spoilt).then_some(found))
    }

    /// As [`Session::ask`], for mails of at most `each_at_most` bytes, and `bytes` altogether.
    pub(super) async fn ask_for_mails(
        &mut self,
        command: &str,
        each_at_most: u64,
        bytes: u64,
        each: impl FnMut(&Heard<'_>),
    ) -> Result<Said, Failure> {
        self.within(command, &[], each_at_most, bytes, each).await
    }

    /// Sends `command`, gives the server one of `answers` each time it asks to go on, and reads until the command's own end.
    pub(super) async fn exchange(
        &mut self,
        command: &str,
        answers: &[&[u8]],
        literal_limit: u64,
        each: impl FnMut(&Heard<'_>),
    ) -> Result<Said, Failure> {
        self.within(command, answers, literal_limit, 0, each).await
    }

    /// As [`Session::exchange`], with limits for the whole of it: `bytes` are expected.
    async fn within(
        &mut self,
        command: &str,
        answers: &[&[u8]],
        literal_limit: u64,
        bytes: u64,
        each: impl FnMut(&Heard<'_>),
    ) -> Result<Said, Failure> {
        let at_most = self.patience.answer * SILENCES + Duration::from_secs(bytes / SLOWEST_ON_THE_WHOLE);
        let tag = self.send(command).await?;
        self.may_say = MOST_SAID.saturating_add(bytes);
        match timeout_at(Instant::now() + at_most, self.hear_out(command, &tag, answers, literal_limit, each)).await {
            Ok(ended) => ended,
            Err(_) => Err(self.broken(command, format!("the server comes to no end within {} s", at_most.as_secs_f32()))),
        }
    }

    async fn hear_out(
        &mut self,
        command: &str,
        tag: &str,
        answers: &[&[u8]],
        literal_limit: u64,
        mut each: impl FnMut(&Heard<'_>),
    ) -> Result<Said, Failure> {
        let mut answers = answers.iter();
        loop {
            let response = self.receive(command, literal_limit, self.patience.answer).await?;
            let heard = self.note(command, &response)?;
            match heard {
                Heard::Tagged { tag: theirs, said } => return self.finished(command, tag, theirs, said),
                Heard::Continue => {
                    let Some(answer) = answers.next() else {
                        return Err(self.broken(command, "the server asks for something that was not announced"));
                    };
                    let answer = [answer, &b"\r\n"[..]].concat();
                    self.write(command, &answer).await?;
                }
                heard => each(&heard),
            }
        }
    }

    /// Sends a command under a new tag.
    pub(super) async fn send(&mut self, command: &str) -> Result<String, Failure> {
        if command.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Failure::Misconfigured("a name with a line end in it cannot be sent to a server".to_owned()));
        }
        if !self.usable {
            return Err(self.broken(command, "the connection was given up before"));
        }
        let tag = format!("d{}", self.next_tag);
        self.next_tag = self.next_tag.wrapping_add(1);
        self.may_say = if command == "IDLE" { MOST_SAID_IN_IDLE } else { MOST_SAID };
        self.write(command, format!("{tag} {command}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    pub(super) async fn write(&mut self, command: &str, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.connection.write(bytes, self.patience.answer).await;
        written.map_err(|error| self.broken(command, error))
    }

    pub(super) async fn receive(&mut self, command: &str, literal_limit: u64, patience: Duration) -> Result<Vec<u8>, Failure> {
        let received = response::read(&mut self.connection, literal_limit, patience).await;
        let received = received.map_err(|error| self.broken(command, error))?;
        self.count(command, &received)?;
        Ok(received)
    }

    /// As [`Session::receive`], where silence is one of the answers.
    pub(super) async fn receive_if_any(&mut self, command: &str, patience: Duration) -> Result<Option<Vec<u8>>, Failure> {
        match response::read(&mut self.connection, SMALL, patience).await {
            Ok(response) => {
                self.count(command, &response)?;
                Ok(Some(response))
            }
            Err(ConnectionError::Silent(_)) => Ok(None),
            Err(error) => Err(self.broken(command, error)),
        }
    }

    fn count(&mut self, command: &str, response: &[u8]) -> Result<(), Failure> {
        match self.may_say.checked_sub(OF_EACH + response.len() as u64) {
            Some(left) => {
                self.may_say = left;
                Ok(())
            }
            None => Err(self.broken(command, "the server goes on telling what nobody asked for")),
        }
    }

    /// Sorts a response, takes note of what concerns the session, and fails on BYE.
    pub(super) fn note<'a>(&mut self, command: &str, response: &'a [u8]) -> Result<Heard<'a>, Failure> {
        let heard = response::sort(response);
        match &heard {
            Heard::Untagged(said) if said.status == Status::Bye => {
                return Err(self.broken(command, format!("the server says good-bye: {}", said.text)));
            }
            Heard::Untagged(said) | Heard::Tagged { said, .. } => self.note_capabilities(said),
            Heard::Data(Response::Capabilities(capabilities)) => {
                self.capabilities = capabilities
                    .iter()
                    .map(|capability| match capability {
                        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
                        Capability::Atom(atom) => atom.to_ascii_uppercase(),
                    })
                    .collect();
            }
            Heard::Data(Response::MailboxData(MailboxDatum::Exists(count))) => {
                self.announced |= *count > self.exists;
                self.exists = *count;
            }
            Heard::Data(Response::Expunge(_)) => self.exists = self.exists.saturating_sub(1),
            // Without the line itself, which may be a letter.
            Heard::Unbearable(_) => {
                self.trouble = Some(format!("the server answered {} in a way that cannot be read", named(command)));
            }
            _ => {}
        }
        Ok(heard)
    }

    pub(super) fn note_capabilities(&mut self, said: &Said) {
        if let Some(capabilities) = said.code("CAPABILITY") {
            self.capabilities = capabilities.split_whitespace().map(str::to_ascii_uppercase).collect();
        }
    }

    /// Judges the end of a command.
    pub(super) fn finished(&mut self, command: &str, tag: &str, theirs: &str, said: Said) -> Result<Said, Failure> {
        if theirs != tag {
            return Err(self.broken(command, "the server answered another command than the one it was asked"));
        }
        match said.status {
            Status::Ok => Ok(said),
            Status::No => Err(Failure::No { command: named(command), said: said.text }),
            _ => Err(self.broken(command, format!("the server did not understand: {}", said.text))),
        }
    }

    /// Gives the connection up and says why.
    pub(super) fn broken(&mut self, command: &str, reason: impl ToString) -> Failure {
        self.usable = false;
        Failure::Broken { command: named(command), reason: reason.to_string() }
    }

    pub(super) async fn log_out(mut self) {
        self.patience.answer = self.patience.farewell;
        // It answers with BYE, which `command` calls a failure; nothing depends on it.
        let _ = self.command("LOGOUT").await;
    }
}

/// The words of a command that may be told: never what follows LOGIN.
fn named(command: &str) -> String {
    let words = if command.starts_with("UID ") { 2 } else { 1 };
    command.split(' ').take(words).collect::<Vec<_>>().join(" ")
}

pub(super) fn mailbox(folder: &str) -> Result<String, Failure> {
    command_strings::mailbox(folder)
        .ok_or_else(|| Failure::Misconfigured(format!("{folder:?} is no folder's name: it holds control characters")))
}
