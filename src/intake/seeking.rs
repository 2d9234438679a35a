//! Mails that left a mailbox before they were read are looked for in the account's other folders, in the same pass, before letters may leave: first
//! a survey of what those have received since, then those of them that may be the missing ones, and no others, are fetched and recorded like any
//! mail.

use super::left_unread::noted;
use super::processing::MailProcessing;
use super::round::Round;
use super::sought::{Sought, Whereabouts};
use super::storing::{Ingested, IngestedMail, MailboxRead};
use super::visit::Recognisable;
use crate::domain::unfetched::most_to_fetch;
use crate::mail::head::message_id;
use crate::mail::parse::parse;
use crate::pass::PassReport;
use crate::register::{Gap, RegisterError};
use crate::transport::{Elsewhere, Survey};

/// How far the search for what left a mailbox has come in this pass.
#[derive(Default)]
pub(super) enum Search {
    #[default]
    NotBegun,
    Surveying(Gap),
    Fetching {
        gap: Gap,
        sought: Sought,
        /// By mailbox and UID.
        wanted: Vec<Elsewhere>,
    },
    Over,
}

/// A survey, and beside each mail in it by which Message-ID it can be known.
pub(super) struct Surveyed {
    survey: Survey,
    message_ids: Vec<Option<String>>,
}

impl From<Survey> for Surveyed {
    /// Reads bytes from outside: beside the thread on which the register works.
    fn from(survey: Survey) -> Surveyed {
        let message_ids = survey.candidates.iter().map(|mail| message_id(&parse(&mail.head))).collect();
        Surveyed { survey, message_ids }
    }
}

impl Round {
    /// If mails are missed that were not looked for in this pass: since when. From then on they are being looked for.
    pub(super) fn begin_search(&mut self, processing: &MailProcessing<'_>) -> Result<Option<Gap>, RegisterError> {
        if !matches!(self.search, Search::NotBegun) || processing.stop.is_asked() {
            return Ok(None);
        }
        let gap = processing.register.gap(&self.name)?;
        self.search = gap.map_or(Search::Over, Search::Surveying);
        Ok(gap)
    }

    /// Picks out what may be missing; gives what is to be fetched next.
    pub(super) fn take_survey(
        &mut self,
        processing: &mut MailProcessing<'_>,
        surveyed: Surveyed,
        report: &mut PassReport,
    ) -> Result<Option<Vec<Elsewhere>>, RegisterError> {
        let Search::Surveying(gap) = std::mem::replace(&mut self.search, Search::Over) else { return Ok(None) };
        let Surveyed { survey: Survey { candidates, looked_in, left_out }, message_ids } = surveyed;
        let mut sought = Sought { looked_in, left_out, ..Sought::default() };
        let mut wanted: Vec<Elsewhere> = Vec::new();
        for (mail, message_id) in candidates.into_iter().zip(message_ids) {
            let known = match &message_id {
                Some(message_id) => processing.register.whereabouts(&self.name, message_id, &gap)?,
                None => Whereabouts::Unknown,
            };
            match known {
                Whereabouts::Unknown => wanted.push(mail),
                Whereabouts::ReadElsewhere => sought.found_in.push(mail.folder),
                Whereabouts::Known => {}
            }
        }
        let missing = gap.how_many.saturating_sub(sought.found_in.len() as u64);
        wanted.sort_by_key(|mail| mail.received_at);
        wanted.truncate(if missing == 0 { 0 } else { most_to_fetch(missing) });
        wanted.sort_by(|one, other| (&one.mailbox, one.uid).cmp(&(&other.mailbox, other.uid)));
        self.go_on_searching(processing, gap, sought, wanted, report)
    }

    /// Records what was found; gives what is to be fetched next.
    pub(super) fn take_found(
        &mut self,
        processing: &mut MailProcessing<'_>,
        found: Recognisable,
        passed: usize,
        report: &mut PassReport,
    ) -> Result<Option<Vec<Elsewhere>>, RegisterError> {
        let Search::Fetching { gap, mut sought, mut wanted } = std::mem::replace(&mut self.search, Search::Over) else { return Ok(None) };
        let done: Vec<Elsewhere> = wanted.drain(..passed.max(1).min(wanted.len())).collect();
        let folder = done.first().map(|mail| mail.folder.clone()).unwrap_or_default();
        if let Some(junk) = done.iter().find(|mail| mail.is_junk) {
            processing.register.note_junk_folder(&junk.mailbox)?;
        }
        let now = self.visiting.now;
        // Nothing in a folder that is not ours to read is flagged.
        let mails: Vec<IngestedMail> = found.mails.into_iter().map(|mail| IngestedMail { flag_at: None, ..mail }).collect();
        let read = MailboxRead { name: &self.name, flagged: &[], cursor: None, to_end: None, left: None, is_junk: self.is_junk };
        let (taken, _) = processing.register.record_and_conclude(&mails, read, Vec::new(), now)?;
        let mut unread = Vec::new();
        for (mail, taken) in mails.into_iter().zip(taken) {
            let (Ingested::New(id) | Ingested::Again(id)) = taken;
            if processing.register.closes(&self.name, id, &gap)? {
                sought.found_in.push(folder.clone());
            }
            match taken {
                Ingested::New(id) => unread.push(mail.into_unread(id, now)),
                Ingested::Again(_) => report.again += 1,
            }
        }
        report.ingested += unread.len();
        processing.give_to_worker(unread);
        self.go_on_searching(processing, gap, sought, wanted, report)
    }

    /// The search came to no end: it is made again at a later pass, or told.
    pub(super) fn search_broke_off(
        &mut self,
        processing: &mut MailProcessing<'_>,
        why: &str,
        report: &mut PassReport,
    ) -> Result<(), RegisterError> {
        let (gap, mut sought) = match std::mem::replace(&mut self.search, Search::Over) {
            Search::Surveying(gap) => (gap, Sought::default()),
            Search::Fetching { gap, sought, .. } => (gap, sought),
            Search::NotBegun | Search::Over => return Ok(()),
        };
        sought.broke_off = Some(why.to_owned());
        self.conclude_search(processing, &gap, &sought, report)
    }

    fn go_on_searching(
        &mut self,
        processing: &mut MailProcessing<'_>,
        gap: Gap,
        sought: Sought,
        wanted: Vec<Elsewhere>,
        report: &mut PassReport,
    ) -> Result<Option<Vec<Elsewhere>>, RegisterError> {
        if wanted.is_empty() {
            self.conclude_search(processing, &gap, &sought, report)?;
            return Ok(None);
        }
        if processing.stop.is_asked() {
            // Begun anew at the next start.
            return Ok(None);
        }
        let next = wanted.clone();
        self.search = Search::Fetching { gap, sought, wanted };
        Ok(Some(next))
    }

    fn conclude_search(
        &mut self,
        processing: &mut MailProcessing<'_>,
        gap: &Gap,
        sought: &Sought,
        report: &mut PassReport,
    ) -> Result<(), RegisterError> {
        let now = self.visiting.now;
        let Some((left, why)) = processing.register.weigh_search(&self.name, gap, sought, now)? else { return Ok(()) };
        tracing::info!(mailbox = self.name, missing = gap.how_many, found = sought.found_in.len(), "looked for mail in other folders");
        report.faults.extend(why.map(|why| format!("{}: {why}", self.name)));
        let notes: Vec<IngestedMail> = left.notes.iter().map(|note| noted(note, now)).collect();
        let (flagged, to_end) = (&[], self.was_complete.then_some(now));
        let read = MailboxRead { name: &self.name, flagged, cursor: None, to_end, left: Some(&left), is_junk: self.is_junk };
        let (taken, _) = processing.register.record_and_conclude(&notes, read, Vec::new(), now)?;
        let unread = notes.into_iter().zip(taken).filter_map(|(mail, taken)| match taken {
            Ingested::New(id) => Some(mail.into_unread(id, now)),
            Ingested::Again(_) => None,
        });
        processing.give_to_worker(unread.collect());
        Ok(())
    }
}
