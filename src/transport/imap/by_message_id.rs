//! The search for mails by their Message-ID.

use super::command_failure::Failure;
use super::command_strings;
use super::session::Session;

/// What to search for a Message-ID by, or why it cannot be.
pub(super) fn criteria(message_id: &str) -> Result<String, Failure> {
    // Servers look for a part of the header; brackets are left away because some compare without them.
    let bare = message_id.trim_matches(['<', '>']);
    match command_strings::quoted(bare).filter(|_| !bare.is_empty()) {
        Some(wanted) => Ok(format!("HEADER MESSAGE-ID {wanted}")),
        None => Err(Failure::Misconfigured(format!("{message_id:?} is no Message-ID"))),
    }
}

/// The UIDs of the mails in `folder` with this Message-ID; none where the folder does not exist.
pub(super) async fn search(session: &mut Session, folder: &str, message_id: &str) -> Result<Vec<u32>, Failure> {
    let criteria = criteria(message_id)?;
    if let Err(failure) = session.examine(folder).await {
        return match failure {
            Failure::No { .. } => Ok(Vec::new()),
            other => Err(other),
        };
    }
    if session.exists == 0 {
        return Ok(Vec::new());
    }
    match session.search(&criteria).await? {
        Some(found) => Ok(found),
        // Taken for "it is not there", this would let the letter be sent a second time.
        None => Err(session.broken("UID SEARCH", "the server gave no answer that can be relied on")),
    }
}
