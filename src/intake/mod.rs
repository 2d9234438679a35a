//! One mail's way in.
//!
//! Each file is one step, in the order in which a mail takes them:
//!
//! 1. Fetch. [`incoming_mailbox`]: a mailbox of the office. [`watching`]: it is watched between passes. [`receiving`]: all mailboxes in one
//!    pass. [`round`]: one mailbox in one pass. [`visit`]: one visit, which brings one batch. [`left_unread`]: what follows from what a mailbox
//!    held and did not give. [`seeking`]: the search for what had left it, in other folders. [`sought`]: what follows from that search.
//! 2. Record. [`storing`]: raw bytes and a number, once, before anything is flagged on the server (promises 1 and 2).
//! 3. Understand. [`claiming`]: which mails are read next, each with its attempt recorded. [`worker`]: the process in which untrusted bytes are
//!    read. [`worker_protocol`]: what is said to it. [`processing`]: the way of a batch through the worker and back into the register.
//! 4. Authenticate the sender. [`authenticating`]: what the DNS says of who wrote it. [`judging_again`]: later, where the DNS did not answer.
//! 5. Gather evidence. [`gathering`]: everything that is to be weighed. [`evidence_in_mail`]: the signed addresses, Message-IDs, references and
//!    names in it. [`authorship`]: who its author is in the directory.
//! 6. Link, and decide what it does. [`verdict`]: the proof, the evidence, and `domain::linking`'s verdict on both.
//! 7. Apply. [`concluding`]: links, answers, suggestions, what rests, and the event. [`come_again`]: whether it is a source's letter, come a
//!    second time. [`bounced`]: what it says of the way of our own letters.
//!
//! No decision of the field is taken here: those are functions of `domain`, from facts to effects. No SQL: rows are put and asked for by
//! `register`. Nothing here runs by itself: the daemon's passes call [`Receiving`], and `ingest` calls [`MailProcessing`].

mod authenticating;
mod authorship;
mod bounced;
mod claiming;
pub(crate) mod come_again;
mod concluding;
mod evidence_in_mail;
mod gathering;
mod incoming_mailbox;
mod judging_again;
mod left_unread;
mod processing;
mod receiving;
mod round;
mod seeking;
mod sought;
mod storing;
mod verdict;
mod visit;
mod watching;
mod worker;
pub mod worker_protocol;

pub use crate::mail::same_mail::MailBytes;
pub use authenticating::SenderAuthentication;
pub use claiming::{FailedBy, Unread};
pub use concluding::Conclusion;
pub use gathering::Gathered;
pub use incoming_mailbox::IncomingMailbox;
pub use left_unread::{LeftUnread, LookedInto, NotGiven, Note};
pub use processing::{MailProcessing, MailReader};
pub use receiving::{Received, Receiving};
pub use sought::{Sought, Whereabouts};
pub use storing::{Ingested, IngestedMail, MailboxRead};
pub use verdict::verdict_on;
pub use watching::{Watchers, watch};
pub use worker::{Worker, WorkerFault, WorkerOptions};
