//! A letter that is being given to a server when the process is to end.

use crate::pass::Stop;
use crate::transport::{InTransmission, Outcome, Phase};
use std::future::Future;
use std::time::Duration;

/// One letter to its end, or as far as is right when the process is to end: before DATA it is dropped, and nothing comes of it; after that the
/// server's last word is waited for, and where it does not come nobody knows.
pub(super) async fn sent_unless_stopped(
    sending: impl Future<Output = Outcome>,
    stop: &Stop,
    in_transmission: &InTransmission,
    last_word: Duration,
) -> Option<Outcome> {
    tokio::pin!(sending);
    tokio::select! {
        biased;
        () = stop.asked() => {}
        outcome = &mut sending => return Some(outcome),
    }
    if !in_transmission.is_set() {
        return None;
    }
    Some(tokio::time::timeout(last_word, sending).await.unwrap_or_else(|_| Outcome::Unknown {
        phase: Phase::AfterDot,
        reason: format!("demarche was asked to stop, and the server had said nothing after {} s", last_word.as_secs()),
    }))
}
