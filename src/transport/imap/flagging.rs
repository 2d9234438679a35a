//! Flagging mails that were ingested: `\Seen`, a keyword, or another folder. Nothing is deleted.

use super::super::fetched::{Flagging, MailLocation};
use super::command_failure::Failure;
use super::session::{SMALL, mailbox};
use super::{Open, command_strings};

/// UIDs of one command: the line stays short of what servers accept (8,000 bytes, RFC 7162 §4).
const AT_ONCE: usize = 400;

impl Open {
    pub(super) async fn flag(&mut self, mails: &[MailLocation], how: &Flagging) -> Result<(), Failure> {
        if self.selected.read_only {
            return Err(Failure::Misconfigured(
                "the server opens this folder read-only; give the account the right to set flags".to_owned(),
            ));
        }
        let mut uids: Vec<u32> = mails
            .iter()
            .filter_map(|location| match location {
                // Under another UIDVALIDITY the same number is another mail; the rebuilt folder gives them all anew.
                MailLocation::Imap { uid_validity, uid } if *uid_validity == self.selected.uid_validity => Some(*uid),
                _ => None,
            })
            .collect();
        uids.sort_unstable();
        uids.dedup();
        for uids in uids.chunks(AT_ONCE) {
            let set = command_strings::set(uids);
            match how {
                Flagging::Seen => self.store(&set, "\\Seen").await?,
                Flagging::Keyword(keyword) => {
                    self.check_keyword(keyword)?;
                    self.store(&set, keyword).await?;
                }
                Flagging::MoveTo(folder) => {
                    self.store(&set, "\\Seen").await?;
                    self.move_to(&set, folder).await?;
                }
            }
        }
        Ok(())
    }

    async fn store(&mut self, set: &str, flag: &str) -> Result<(), Failure> {
        self.session.command(&format!("UID STORE {set} +FLAGS.SILENT ({flag})")).await.map(drop)
    }

    /// A keyword that the server forgets at the end of the session flags nothing, though STORE says OK (RFC 3501 §7.1, PERMANENTFLAGS).
    fn check_keyword(&self, keyword: &str) -> Result<(), Failure> {
        let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'_' | b'-' | b'.');
        if keyword.is_empty() || !keyword.bytes().all(is_atom) {
            return Err(Failure::Misconfigured(format!("{keyword:?} is no IMAP keyword; expected letters, digits, $, _, - and dots")));
        }
        let kept = &self.selected.permanent_flags;
        let lower = keyword.to_ascii_lowercase();
        let listed = kept.trim_matches(['(', ')']).split_whitespace().any(|flag| flag == "\\*" || flag == lower);
        if listed || kept.is_empty() {
            Ok(())
        } else {
            Err(Failure::Misconfigured(format!(
                "the server does not keep keywords in this folder (here: {keyword}); mark mails as seen, or move them"
            )))
        }
    }

    async fn move_to(&mut self, set: &str, folder: &str) -> Result<(), Failure> {
        let target = mailbox(folder)?;
        if self.session.can("MOVE") {
            return self.transfer(&format!("UID MOVE {set} {target}"), &target).await;
        }
        self.transfer(&format!("UID COPY {set} {target}"), &target).await?;
        self.store(set, "\\Deleted").await?;
        if self.session.can("UIDPLUS") {
            return self.session.command(&format!("UID EXPUNGE {set}")).await.map(drop);
        }
        // A plain EXPUNGE would also take what somebody else flagged. The mail stands in the other folder; its original stays until the folder
        // is next compacted.
        Ok(())
    }

    /// Runs a MOVE or COPY and makes the target folder if that is what is missing (RFC 3501 §7.1, TRYCREATE).
    async fn transfer(&mut self, command: &str, target: &str) -> Result<(), Failure> {
        match self.session.ask(command, SMALL, |_| {}).await {
            Err(Failure::No { said, .. }) if said.to_ascii_uppercase().starts_with("[TRYCREATE]") => {
                self.session.command(&format!("CREATE {target}")).await?;
                self.session.command(command).await.map(drop)
            }
            other => other.map(drop),
        }
    }
}
