//! The context of a digest's template: the names that it may use. Everything from outside is one line and short. Their fields' docs are the
//! reference for whoever edits a template.

mod health_section;
mod mail_sections;
mod request_sections;
mod section;
mod undelivered;

use self::health_section::{FailingContext, MailboxContext, OutboxContext, mailboxes};
use self::mail_sections::{ArrivedContext, BrieflyContext, WaitingContext, waiting};
use self::request_sections::{RequestContext, VacantContext};
use self::section::Section;
use self::undelivered::{CameBackContext, DraftContext, SilentContext, UndeliverableContext};
use super::content::{DigestContent, Period};
use super::frame::{Dates, Frame};
use super::untrusted::name;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::render::{Day, Language};
use jiff::ZonedDateTime;
use minijinja::value::{Serde, Value};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct DigestContext {
    #[serde(flatten)]
    frame: Frame,
    weekly: bool,
    /// There is nothing to say: a sign of life.
    quiet: bool,
    from: Day,
    to: Day,
    arrived: Section<ArrivedContext>,
    receipts: u64,
    waiting: Section<WaitingContext>,
    /// In a line each: those that were shown before, and those beyond what is shown.
    waiting_briefly: Vec<BrieflyContext>,
    due_soon: Section<RequestContext>,
    overdue: Section<RequestContext>,
    undeliverable: Section<UndeliverableContext>,
    came_back: Section<CameBackContext>,
    /// Letters that wait for somebody to release them.
    drafts: Section<DraftContext>,
    drafts_withdrawn: Section<DraftContext>,
    silent: Section<SilentContext>,
    non_cooperation: Section<RequestContext>,
    beyond_ladder: u64,
    extensions: Section<RequestContext>,
    pauses: Section<RequestContext>,
    next_letters: Section<RequestContext>,
    held: Section<RequestContext>,
    vacant: Section<VacantContext>,
    mailboxes: Vec<MailboxContext>,
    /// What else fails; empty if nothing does.
    failing: Vec<FailingContext>,
    outbox: OutboxContext,
    /// Mailboxes are read and letters leave.
    running: bool,
    record: Option<String>,
}

impl DigestContext {
    /// `dated` is when the digest is written: hours are told in its zone.
    pub fn new(
        content: &DigestContent,
        member: &StaffMember,
        rules: &OfficeRules,
        dated: &ZonedDateTime,
        language: &Language,
    ) -> DigestContext {
        let dates = Dates { zone: dated.time_zone(), language };
        let (waiting, waiting_briefly) = waiting(content, dates);
        let health = &content.health;
        DigestContext {
            frame: Frame::new(member, rules, dated, language),
            weekly: content.period == Period::Weekly,
            quiet: content.is_empty(),
            from: dates.day(content.from),
            to: dates.day(content.to),
            arrived: Section::of(&content.arrived, |mail| ArrivedContext::new(mail, dates)),
            receipts: content.receipts,
            waiting,
            waiting_briefly,
            due_soon: Section::of(&content.due_soon, |due| RequestContext::due_soon(due, dates)),
            overdue: Section::of(&content.overdue, |late| RequestContext::overdue(late, dates)),
            undeliverable: Section::of(&content.undeliverable, |contact| UndeliverableContext::new(contact, dates)),
            came_back: Section::of(&content.came_back, CameBackContext::new),
            drafts: Section::of(&content.drafts, |draft| DraftContext::waiting(draft, dates)),
            drafts_withdrawn: Section::of(&content.drafts_withdrawn, DraftContext::withdrawn),
            silent: Section::of(&content.silent, |silence| SilentContext::new(silence, dates)),
            non_cooperation: Section::of(&content.non_cooperation, |recorded| RequestContext::non_cooperation(recorded, dates)),
            beyond_ladder: content.beyond_ladder,
            extensions: Section::of(&content.extensions, |extended| RequestContext::extended(extended, dates)),
            pauses: Section::of(&content.pauses, |paused| RequestContext::paused(paused, dates)),
            next_letters: Section::of(&content.next_letters, |letter| RequestContext::next_letter(letter, dates)),
            held: Section::of(&content.held, |held| RequestContext::held(held, dates)),
            vacant: Section::of(&content.vacant, |vacant| VacantContext::new(vacant, dates)),
            mailboxes: mailboxes(health, dates),
            failing: health.failing.iter().map(|failing| FailingContext::new(failing, dates)).collect(),
            outbox: OutboxContext::new(&health.outbox, dates),
            running: health.is_running(),
            record: content.record.as_deref().map(name),
        }
    }

    pub fn into_value(self) -> Value {
        Value::from(Serde(self))
    }
}
