//! The connections of one account, and how all who work in it share them: each folder that is read, and the Sent folder.
//!
//! Each has one of its own and keeps it, for IDLE listens to one folder only, and a slow Sent folder must not delay reading. But some servers let
//! an account in only once, or a few times (Dovecot's `mail_max_userip_connections`, Courier's `MAXPERIP`). Where one turns us away while others
//! of our connections are open, these are shared for an hour: whoever needs one takes one that rests, or waits for its turn; one that only listens
//! is asked for. Considered instead: a key of the configuration, which nobody would set before mail has stopped; and one connection for every
//! account, over which one hanging folder would keep all others waiting.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use super::super::server::Server;
use super::command_failure::Failure;
use super::session::Session;
use super::{Account, Open, Patience};

/// After this long it is tried again whether the server lets more in.
const SCARCE_FOR: Duration = Duration::from_secs(60 * 60);
/// Many servers lock an account after a few wrong passwords: one that was refused is not tried again for so long, whoever asks; as a rule until the
/// next pass.
const REFUSED_FOR: Duration = Duration::from_secs(4 * 60);
/// A server that was silent until its time was over is not asked again for this many times as long, so that its account costs one time-out and not
/// one for each folder; as a rule until the next pass. To be refused at once costs nothing.
const SILENT_TIMES: u32 = 4;
/// Servers count a connection for a moment after it was closed.
const JUST_CLOSED: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(500);
/// A turn is waited for this many times as long as a server may be silent: as long as one command of another may take.
const LONGEST_TURN: u32 = 5;

/// The connections of all accounts that an office works in: one account's are shared by all who name it.
#[derive(Debug, Default)]
pub struct Accounts(Mutex<HashMap<(String, u16, String), Connections>>);

impl Accounts {
    pub fn connections(&self, server: &Server, user: &str) -> Connections {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry((server.host.to_lowercase(), server.port, user.to_owned())).or_default().clone()
    }
}

/// Of one account; its clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Somebody has begun to wait for a turn.
    wanted: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Connections that nobody uses at the moment, under the name of whoever used them last.
    resting: Vec<(String, Box<Open>)>,
    /// How many there are, resting or not, and those that are being opened.
    open: usize,
    /// How many of those the server has let in.
    let_in: usize,
    /// How many the server lets in, and when it said so.
    most: Option<(usize, Instant)>,
    /// They are given a connection, or nothing where one was lost and another may be opened.
    waiting: VecDeque<oneshot::Sender<Option<Box<Open>>>>,
    last_closed: Option<Instant>,
    /// Why the last attempt to connect failed, and until when it is not tried again.
    shut: Option<(Failure, Instant)>,
}

/// A connection is counted as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    shared: Weak<Shared>,
    /// The server has let us in.
    is_open: bool,
}

/// The connection that was asked for.
#[expect(clippy::large_enum_variant, reason = "it lives for a moment")]
pub(super) enum Taken {
    /// In the state in which it was given back, with its folder selected.
    AsItWas(Box<Open>),
    /// New, or another's until now: no folder of ours is open.
    Fresh(Session, Place),
}

enum Next {
    Opens(Place),
    TakesOver(Box<Open>),
    Waits(oneshot::Receiver<Option<Box<Open>>>),
    IsShut(Failure),
}

impl Account {
    /// A connection for `whose` work, which is to be given back by [`Connections::give_back`] if it can still be used.
    pub(super) async fn connection(&self, whose: &str) -> Result<Taken, Failure> {
        let connections = &self.connections;
        if let Some(mut open) = connections.rested(whose) {
            // Servers hang up on idle clients. That is no fault worth telling; a new connection tells whether there is one.
            if open.session.command("NOOP").await.is_ok() {
                return Ok(Taken::AsItWas(open));
            }
        }
        let by = Instant::now() + self.patience.answer * LONGEST_TURN;
        loop {
            let given = match connections.next() {
                Next::Opens(mut place) => {
                    let began = Instant::now();
                    match Session::open(self).await {
                        Ok(session) => {
                            place.let_in();
                            return Ok(Taken::Fresh(session, place));
                        }
                        Err(failure) => {
                            let may_be_too_many =
                                matches!(failure, Failure::TurnedAway(_) | Failure::LogInRefused(_)) && Instant::now() < by;
                            let is_counted_still =
                                may_be_too_many && matches!(failure, Failure::TurnedAway(_)) && connections.have_just_closed();
                            if !is_counted_still {
                                connections.shut(&failure, began.elapsed(), self.patience);
                            }
                            drop(place);
                            match () {
                                () if may_be_too_many && connections.become_scarce(&failure) => {}
                                () if is_counted_still => sleep(PAUSE).await,
                                () => return Err(failure),
                            }
                            None
                        }
                    }
                }
                Next::IsShut(failure) => return Err(failure),
                Next::TakesOver(open) => Some(open),
                Next::Waits(turn) => match timeout_at(by, turn).await {
                    Ok(given) => given.ok().flatten(),
                    Err(_) => {
                        let reason = "the few connections that the server allows this account were in use for too long";
                        return Err(Failure::NotOpened(reason.to_owned()));
                    }
                },
            };
            if let Some(open) = given {
                let Open { mut session, place, .. } = *open;
                if session.command("NOOP").await.is_ok() {
                    return Ok(Taken::Fresh(session, place));
                }
            }
        }
    }
}

impl Connections {
    pub(super) fn give_back(&self, whose: &str, open: Box<Open>) {
        let mut given = Some(open);
        let mut state = self.state();
        while let Some(open) = given.take() {
            match state.waiting.pop_front() {
                None => state.resting.push((whose.to_owned(), open)),
                // Who does not wait any more does not take it.
                Some(waiting) => given = waiting.send(Some(open)).err().flatten(),
            }
        }
    }

    /// Takes the connection that `whose` work has left, if nobody has taken it over.
    pub(super) fn rested(&self, whose: &str) -> Option<Box<Open>> {
        let mut state = self.state();
        let place = state.resting.iter().position(|(last, _)| last == whose)?;
        Some(state.resting.swap_remove(place).1)
    }

    pub(super) fn rests(&self, whose: &str) -> bool {
        self.state().resting.iter().any(|(last, _)| last == whose)
    }

    /// The server lets in fewer than want to be.
    pub(super) fn are_scarce(&self) -> bool {
        self.state().limit().is_some()
    }

    /// Ends when somebody waits for a turn.
    pub(super) async fn are_wanted(&self) {
        loop {
            let wanted = self.0.wanted.notified();
            if self.state().waiting.iter().any(|waiting| !waiting.is_closed()) {
                return;
            }
            wanted.await;
        }
    }

    fn next(&self) -> Next {
        let mut state = self.state();
        if let Some(failure) = state.is_shut() {
            return Next::IsShut(failure.clone());
        }
        // Until one is in, the others wait for what becomes of its log-in.
        let is_first_under_way = state.open > 0 && state.let_in == 0;
        if !is_first_under_way && state.limit().is_none_or(|most| state.open < most) {
            state.open += 1;
            return Next::Opens(Place { shared: Arc::downgrade(&self.0), is_open: false });
        }
        if !state.resting.is_empty() {
            return Next::TakesOver(state.resting.remove(0).1);
        }
        let (waiting, turn) = oneshot::channel();
        state.waiting.push_back(waiting);
        self.0.wanted.notify_waiters();
        Next::Waits(turn)
    }

    /// Nobody was let in, and to find that out took so long. Told to all who wait behind this attempt as well. Where one of ours is in, it may be for
    /// their number.
    fn shut(&self, failure: &Failure, took: Duration, patience: Patience) {
        let mut state = self.state();
        let shut_for = match failure {
            Failure::LogInRefused(_) => Some(REFUSED_FOR),
            _ => Some(took.saturating_mul(SILENT_TIMES)).filter(|_| took >= patience.answer.min(patience.connect)),
        };
        if state.let_in == 0 {
            state.shut = shut_for.map(|shut_for| (failure.clone(), Instant::now() + shut_for));
        }
    }

    /// The last attempt was refused the log-in, however long ago. Only whoever must read tries it again, not whoever only listens.
    pub(super) fn are_refused(&self) -> bool {
        matches!(self.state().shut, Some((Failure::LogInRefused(_), _)))
    }

    /// The server has let nobody in beside those who are in; whether these are ours. One that refuses the log-in says so of too many connections
    /// only if another of ours is in by the same log-in: else every wrong password would be tried again.
    fn become_scarce(&self, failure: &Failure) -> bool {
        let mut state = self.state();
        if state.open == 0 || (matches!(failure, Failure::LogInRefused(_)) && state.let_in == 0) {
            return false;
        }
        if state.limit().is_none() {
            tracing::info!(connections = state.open, "the mail server lets no more in at a time; they are shared");
        }
        state.most = Some((state.open, Instant::now()));
        true
    }

    fn have_just_closed(&self) -> bool {
        self.state().last_closed.is_some_and(|closed| closed.elapsed() < JUST_CLOSED)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn limit(&self) -> Option<usize> {
        self.most.filter(|(_, since)| since.elapsed() < SCARCE_FOR).map(|(most, _)| most)
    }

    fn is_shut(&self) -> Option<&Failure> {
        self.shut.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(failure, _)| failure)
    }
}

impl Place {
    fn let_in(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.let_in += 1;
        state.shut = None;
        state.waiting.drain(..).for_each(|waiting| drop(waiting.send(None)));
        self.is_open = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = state.open.saturating_sub(1);
        if self.is_open {
            state.let_in = state.let_in.saturating_sub(1);
            state.last_closed = Some(Instant::now());
        }
        let is_shut = state.is_shut().is_some();
        while let Some(waiting) = state.waiting.pop_front() {
            if waiting.send(None).is_ok() && !is_shut {
                break;
            }
        }
    }
}
