//! What a person has called a source's, when it comes again: looked up here, decided by `domain::source`.

use super::Transaction;
use super::kept::{put_source_state, source_state};
use super::senders::Sender;
use super::{Result, links, rows, search, unread};
use crate::domain::folding::fold;
use crate::domain::identity::MailId;
use crate::domain::rules::{OfficeRules, day_in};
use crate::domain::source::{Again, Likeness, SourceState, Words, are_telling, comes_again};
use crate::domain::trust::{Writer, is_same_mailbox, mailbox_of};
use crate::mail::Understood;
use crate::mail::passed_on::behind;
use jiff::Timestamp;

/// A mail beside which others are held.
pub(super) struct Compared<'a> {
    pub(super) mail: MailId,
    /// With the texts that it quotes and encloses, where it was just read; the register keeps less.
    pub(super) understood: &'a Understood,
    pub(super) writer: Writer,
}

/// A mail that a person has called a source's, with what others are compared by.
struct SourceMail {
    understood: Understood,
    authors: Vec<String>,
    /// What it says, folded.
    words: String,
    places: Vec<String>,
}

impl SourceMail {
    fn of(understood: Understood, writer: Writer, rules: &OfficeRules) -> SourceMail {
        let (authors, words, places) = (authors(&understood, writer), fold(&understood.reply), places(&understood, rules));
        SourceMail { understood, authors, words, places }
    }
}

/// Whether a mail is one that a person has called a source's, come again. Not, if a person has said that it is none.
pub(super) fn again(tx: &Transaction<'_>, new: &Compared<'_>, now: Timestamp) -> Result<Again> {
    let mut statement =
        tx.prepare_cached("SELECT understood, writer FROM mail WHERE source_state = 'source' AND id <> ?1 AND understood IS NOT NULL")?;
    let mut sources = statement.query([new.mail.0])?;
    let mut found = Again::No;
    while let Some(row) = sources.next()? {
        let Some(source) = rows::optional_json::<Understood>(row, 0)? else { continue };
        let writer = rows::optional_json::<Writer>(row, 1)?.unwrap_or(Writer::Stranger);
        found = found.max(comes_again(likeness(tx, &SourceMail::of(source, writer, tx.rules()), new, now)?));
    }
    if found == Again::No { Ok(found) } else { Ok(source_state(tx, new.mail)?.taken_for(found)) }
}

/// The rules have judged it: nobody else sees it from now on, or everybody does.
pub(super) fn put_judged(tx: &Transaction<'_>, mail: MailId, again: Again) -> Result<()> {
    let judged = source_state(tx, mail)?.once_judged(again);
    put_source_state(tx, mail, judged)?;
    if judged.is_hidden() { search::forget_mail(tx, mail) } else { Ok(()) }
}

/// A person has called a mail a source's: its copies that are here already are hidden at once, and judged with the next mail. Those that a person has
/// placed.
///
/// One pass over the mails, each held beside this one alone: those like another source's were hidden with that one, or as they came.
pub(crate) fn hide_copies(tx: &Transaction<'_>, source: MailId, now: Timestamp) -> Result<Vec<MailId>> {
    let (understood, writer) = tx.query_row("SELECT understood, writer FROM mail WHERE id = ?1", [source.0], |row| {
        Ok((rows::optional_json::<Understood>(row, 0)?, rows::optional_json::<Writer>(row, 1)?))
    })?;
    let Some(understood) = understood else { return Ok(Vec::new()) };
    let source = SourceMail::of(understood, writer.unwrap_or(Writer::Stranger), tx.rules());
    let mut statement =
        tx.prepare_cached("SELECT id, understood, writer, placed_by_person, source_state FROM mail WHERE understood IS NOT NULL")?;
    let mut others = statement.query([])?;
    let mut like = Vec::new();
    while let Some(row) = others.next()? {
        let state = SourceState::from_name(&row.get::<_, String>(4)?).unwrap_or(SourceState::NotASource);
        // Whatever the rules find, it is hidden already, or stays as a person has said.
        if state.is_hidden() || state.taken_for(Again::Copy) == Again::No {
            continue;
        }
        let Some(understood) = rows::optional_json::<Understood>(row, 1)? else { continue };
        let writer = rows::optional_json::<Writer>(row, 2)?.unwrap_or(Writer::Stranger);
        let other = Compared { mail: MailId(row.get(0)?), understood: &understood, writer };
        let found = comes_again(likeness(tx, &source, &other, now)?);
        if found != Again::No {
            like.push((other.mail, found, row.get::<_, bool>(3)?));
        }
    }
    let mut placed = Vec::new();
    for (mail, found, by_person) in like {
        if !by_person {
            put_judged(tx, mail, found)?;
            unread::read_again(tx, mail.0)?;
        } else if found == Again::Copy {
            placed.push(mail);
        }
    }
    Ok(placed)
}

/// What was hidden because it is like a source's is judged anew: one of them was none. Until then it stays hidden.
pub(crate) fn judge_copies_anew(tx: &Transaction<'_>) -> Result<()> {
    let hidden: Vec<i64> = tx
        .prepare_cached("SELECT id FROM mail WHERE source_state = 'perhaps a source'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    hidden.into_iter().try_for_each(|mail| unread::read_again(tx, mail).map(|_| ()))
}

fn likeness(tx: &Transaction<'_>, source: &SourceMail, new: &Compared<'_>, now: Timestamp) -> Result<Likeness> {
    let its = authors(new.understood, new.writer);
    let same_author = its.iter().any(|one| source.authors.iter().any(|other| is_same_mailbox(one, other)));
    let enclosed = new.understood.enclosed.iter().map(|enclosed| &enclosed.message_id);
    let message_id = &source.understood.message_id;
    let same_message_id = message_id.is_some() && std::iter::once(&new.understood.message_id).chain(enclosed).any(|id| id == message_id);
    let words = words(source, new.understood, same_message_id);
    let mut from_post = false;
    // Most mails are like none.
    for address in its.iter().filter(|_| same_author) {
        from_post |= Sender::find(tx, address, day_in(now, &tx.rules().time_zone))?.holds_post;
    }
    Ok(Likeness {
        same_author,
        same_message_id,
        words,
        same_place: same_author && places(new.understood, tx.rules()).iter().any(|place| source.places.contains(place)),
        of_authority: new.writer.may_be_authority(),
        from_post,
        counts: same_author && !links::links_that_count(tx, new.mail)?.is_empty(),
    })
}

/// Addresses of those who wrote a mail: of what a colleague or a list passes on, its author's alone.
fn authors(understood: &Understood, writer: Writer) -> Vec<String> {
    let is_ours = writer == Writer::Ourselves;
    if is_ours || writer == Writer::Staff {
        return behind(understood, is_ours).into_iter().map(|author| author.written).filter(|written| written.contains('@')).collect();
    }
    understood.from.iter().filter_map(|from| from.address.clone()).collect()
}

fn words(source: &SourceMail, new: &Understood, same_message_id: bool) -> Words {
    let wanted = source.words.as_str();
    if wanted.is_empty() || !same_message_id && !are_telling(wanted) {
        return Words::Others;
    }
    let reply = fold(&new.reply);
    let attached = |understood: &Understood| understood.attachments.iter().map(|one| one.sha256.clone()).collect::<Vec<_>>();
    if reply == wanted {
        let known = attached(&source.understood);
        let adds = !new.enclosed.is_empty() || attached(new).iter().any(|one| !known.contains(one));
        return if adds { Words::Within } else { Words::Same };
    }
    let mut others = std::iter::once(&new.quoted).chain(new.enclosed.iter().map(|enclosed| &enclosed.text));
    if reply.contains(wanted) || others.any(|text| fold(text).contains(wanted)) { Words::Within } else { Words::Others }
}

/// The mails of its thread, and those of our signed addresses to which it came.
fn places(understood: &Understood, rules: &OfficeRules) -> Vec<String> {
    let written = understood.to.iter().chain(&understood.cc).filter_map(|mailbox| mailbox.address.as_ref());
    let own = mailbox_of(&rules.address);
    let ours =
        written.chain(&understood.arrived_at).filter(|address| is_same_mailbox(address, &own) && !address.eq_ignore_ascii_case(&own));
    let thread = understood.in_reply_to.iter().chain(&understood.references).chain(&understood.message_id);
    ours.map(|address| address.to_lowercase()).chain(thread.cloned()).collect()
}
