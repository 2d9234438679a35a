//! How the program itself is, in a digest: mailboxes, outbox, and what else fails.

use super::section::MOST_ITEMS;
use crate::digest::content::{Health, MailboxHealth, OutboxHealth, PartFailing};
use crate::digest::frame::{Dates, Moment};
use crate::digest::untrusted::{name, problem};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct MailboxContext {
    name: String,
    last_read: Option<Moment>,
    failing_since: Option<Moment>,
    problem: Option<String>,
}

/// Something that fails, by the name of its part: `understanding`, `letters`, `sent folder`, `clock`, `register`.
#[derive(Debug, Serialize)]
pub(super) struct FailingContext {
    part: String,
    since: Moment,
    problem: String,
}

#[derive(Debug, Serialize)]
pub(super) struct OutboxContext {
    waiting: u64,
    unknown: u64,
    failing_since: Option<Moment>,
    problem: Option<String>,
}

pub(super) fn mailboxes(health: &Health, dates: Dates<'_>) -> Vec<MailboxContext> {
    health.mailboxes.iter().take(MOST_ITEMS).map(|mailbox| MailboxContext::new(mailbox, dates)).collect()
}

impl MailboxContext {
    fn new(mailbox: &MailboxHealth, dates: Dates<'_>) -> MailboxContext {
        MailboxContext {
            name: name(&mailbox.name),
            last_read: mailbox.last_read.map(|at| dates.moment(at)),
            failing_since: mailbox.failing_since.map(|at| dates.moment(at)),
            problem: mailbox.problem.as_deref().map(problem),
        }
    }
}

impl FailingContext {
    pub fn new(failing: &PartFailing, dates: Dates<'_>) -> FailingContext {
        FailingContext { part: failing.part.name().into_owned(), since: dates.moment(failing.since), problem: problem(&failing.problem) }
    }
}

impl OutboxContext {
    pub fn new(outbox: &OutboxHealth, dates: Dates<'_>) -> OutboxContext {
        OutboxContext {
            waiting: outbox.waiting,
            unknown: outbox.unknown,
            failing_since: outbox.failing_since.map(|at| dates.moment(at)),
            problem: outbox.problem.as_deref().map(problem),
        }
    }
}
