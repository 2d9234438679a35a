//! Looking for mails in the account's other folders that left this one before they were read.
//!
//! Nothing is known of such a mail, so what other folders have received since is listed, with its head, and the caller says which of it is wanted.
//! Everything is bounded: folders, time, mails of a folder, mails in all. Folders are opened for looking only (EXAMINE, BODY.PEEK). Never looked
//! into: what people of the office write themselves (Sent, Drafts), and views of mail that lies elsewhere (\All, \Flagged; RFC 6154), but for \All
//! where nothing else holds anything: mail without a label stands nowhere else at Gmail.

use std::collections::HashMap;
use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, MessageSection, SectionPath};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::super::fetched::{Batch, Elsewhere, FetchLimits, Survey};
use super::batch::internal_date;
use super::command_failure::Failure;
use super::junk::{self, Listed, Use};
use super::response::fetched;
use super::session::SMALL;
use super::{Open, Pending, command_strings};

/// Folders looked into in one search, and how long it may take.
const MOST_FOLDERS: usize = 200;
const LONGEST: Duration = Duration::from_secs(60);
/// Of one folder, those that were put there last; and in all.
const MOST_OF_ONE: usize = 50;
const MOST: usize = 300;
/// Of a head: enough for the Message-ID of an ordinary mail.
const HEAD: u64 = 16 << 10;
/// Two clocks may be apart.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);

impl Open {
    /// What the account's folders beside `own` have received since; `never` are not looked into. `own` is to be opened again afterwards.
    pub(super) async fn survey(&mut self, own: &str, account: &str, since: Timestamp, never: &[String]) -> Result<Survey, Failure> {
        let ends = Instant::now() + LONGEST;
        let mut folders = junk::list(&mut self.session, "\"*\"").await?;
        folders.retain(|folder| !is_same(&folder.name, own) && !never.iter().any(|never| is_same(never, &folder.name)));
        folders.retain(|folder| !matches!(folder.used_for, Use::OwnWriting | Use::View | Use::Nothing));
        // Where rules and people put things first; then by name, so that each search looks into the same.
        folders.sort_by(|one, other| (one.used_for, &one.name).cmp(&(other.used_for, &other.name)));
        let since = since.saturating_sub(CLOCKS_APART).unwrap_or(since);
        let mut survey = Survey::default();
        for (place, folder) in folders.iter().enumerate() {
            if folder.used_for == Use::All && !survey.candidates.is_empty() {
                continue;
            }
            if place >= MOST_FOLDERS || survey.candidates.len() >= MOST || Instant::now() >= ends {
                survey.left_out += 1;
                continue;
            }
            match self.received_in(folder, account, since).await {
                Ok(received) => {
                    survey.candidates.extend(received);
                    survey.looked_in.push(folder.name.clone());
                }
                // A folder of others, or one that was just taken away.
                Err(Failure::No { .. }) => survey.left_out += 1,
                Err(other) => return Err(other),
            }
        }
        Ok(survey)
    }

    async fn received_in(&mut self, folder: &Listed, account: &str, since: Timestamp) -> Result<Vec<Elsewhere>, Failure> {
        let selected = self.session.examine(&folder.name).await?;
        if self.session.exists == 0 {
            return Ok(Vec::new());
        }
        // By the day and without a zone (RFC 3501 §6.4.4): a day more than is wanted.
        let day = since.to_zoned_datetime(TimeZone::UTC).date().yesterday().unwrap_or_default().strftime("%-d-%b-%Y");
        let Some(uids) = self.session.search(&format!("SINCE {day}")).await? else {
            return Err(Failure::No { command: "UID SEARCH".to_owned(), said: "no answer that can be relied on".to_owned() });
        };
        let uids = uids.get(uids.len().saturating_sub(MOST_OF_ONE)..).unwrap_or_default();
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        // A mail that has come long before is not looked at any further.
        let mut came = HashMap::new();
        self.session
            .ask(&format!("UID FETCH {} (UID INTERNALDATE)", command_strings::set(uids)), SMALL, |heard| {
                let Some((uid, attributes)) = fetched(heard) else { return };
                for attribute in attributes {
                    if let AttributeValue::InternalDate(date) = attribute
                        && let Some(received_at) = internal_date(date)
                        && received_at >= since
                        && uids.binary_search(&uid).is_ok()
                    {
                        came.insert(uid, received_at);
                    }
                }
            })
            .await?;
        let mut uids: Vec<u32> = came.keys().copied().collect();
        uids.sort_unstable();
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let mut heads = HashMap::new();
        let (command, all) =
            (format!("UID FETCH {} (UID BODY.PEEK[HEADER]<0.{HEAD}>)", command_strings::set(&uids)), HEAD * uids.len() as u64);
        self.session
            .ask_for_mails(&command, HEAD.saturating_add(SMALL), all, |heard| {
                let Some((uid, attributes)) = fetched(heard) else { return };
                for attribute in attributes {
                    if let AttributeValue::BodySection {
                        section: Some(SectionPath::Full(MessageSection::Header)), data: Some(head), ..
                    } = attribute
                        && uids.binary_search(&uid).is_ok()
                    {
                        heads.entry(uid).or_insert_with(|| head.to_vec());
                    }
                }
            })
            .await?;
        let mailbox = format!("{account}/{}", folder.name);
        let received = uids.into_iter().filter_map(|uid| {
            Some(Elsewhere {
                mailbox: mailbox.clone(),
                folder: folder.name.clone(),
                is_junk: folder.used_for == Use::Junk || junk::has_usual_name(&folder.name),
                uid_validity: selected.uid_validity,
                uid,
                received_at: *came.get(&uid)?,
                head: heads.remove(&uid).unwrap_or_default(),
            })
        });
        Ok(received.collect())
    }

    /// Reads the first of `wanted`, out of one folder and as many as the limits allow; and how many of them are done with.
    pub(super) async fn fetch_elsewhere(&mut self, wanted: &[Elsewhere], limits: &FetchLimits) -> Result<(Batch, usize), Failure> {
        let Some(first) = wanted.first() else { return Ok((Batch::default(), 0)) };
        let uids: Vec<u32> = wanted.iter().take_while(|mail| mail.mailbox == first.mailbox).map(|mail| mail.uid).collect();
        self.selected = match self.session.examine(&first.folder).await {
            Ok(selected) if selected.uid_validity == first.uid_validity => selected,
            Ok(_) | Err(Failure::No { .. }) => return Ok((Batch::default(), uids.len())),
            Err(other) => return Err(other),
        };
        let mut reading = self.reading(&first.mailbox, limits);
        let passed = reading.read(&uids).await?;
        Ok((reading.batch, passed))
    }

    /// Opens the folder again that this connection is for.
    pub(super) async fn go_back_to(&mut self, own: &str, known: u32) -> Result<(), Failure> {
        self.pending = Pending::default();
        self.selected = self.session.select(own).await?;
        self.session.announced = self.session.exists > known;
        Ok(())
    }
}

/// INBOX has one name, however it is written (RFC 3501 §5.1).
fn is_same(one: &str, other: &str) -> bool {
    one == other || one.eq_ignore_ascii_case("INBOX") && other.eq_ignore_ascii_case("INBOX")
}
