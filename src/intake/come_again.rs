//! A mail that may be one which a person has said is from a source, come a second time. The facts are looked up here; `domain::source` decides.

use crate::domain::folding::fold;
use crate::domain::identity::MailId;
use crate::domain::rules::OfficeRules;
use crate::domain::source::{RepeatsSource, Resemblance, SourceState, Words, are_telling, repeats_source};
use crate::domain::trust::{Writer, is_same_mailbox, mailbox_of};
use crate::mail::Understood;
use crate::mail::passed_on::behind;
use crate::register::kept::{put_source_state, source_state};
use crate::register::senders::Sender;
use crate::register::sources::UnderstoodMail;
use crate::register::{Result, Transaction, links, search, sources, unread};
use jiff::Timestamp;
use std::cell::OnceCell;

/// A mail that is compared with those of sources.
pub(super) struct Compared<'a> {
    pub(super) mail: MailId,
    /// With the texts that it quotes and encloses, where it was just read; the register keeps less.
    pub(super) understood: &'a Understood,
    pub(super) writer: Writer,
}

/// A [`Compared`] with what it is compared by. Each is worked out when it is first asked for, and once for all sources.
struct NewMail<'a> {
    new: &'a Compared<'a>,
    authors: Vec<String>,
    /// What it says, folded.
    words: OnceCell<String>,
    /// What it quotes and encloses, folded.
    others: OnceCell<Vec<String>>,
    places: OnceCell<Vec<String>>,
    known: OnceCell<KnownOfNew>,
}

/// What the register knows of a mail whose author is a source's.
#[derive(Clone, Copy, Default)]
struct KnownOfNew {
    from_post: bool,
    counts: bool,
}

impl<'a> NewMail<'a> {
    fn of(new: &'a Compared<'a>) -> NewMail<'a> {
        let authors = authors(new.understood, new.writer);
        NewMail { new, authors, words: OnceCell::new(), others: OnceCell::new(), places: OnceCell::new(), known: OnceCell::new() }
    }

    fn words(&self) -> &str {
        self.words.get_or_init(|| fold(&self.new.understood.reply))
    }

    fn others(&self) -> &[String] {
        let understood = self.new.understood;
        let texts = || std::iter::once(&understood.quoted).chain(understood.enclosed.iter().map(|enclosed| &enclosed.text));
        self.others.get_or_init(|| texts().map(|text| fold(text)).collect())
    }

    fn places(&self, rules: &OfficeRules) -> &[String] {
        self.places.get_or_init(|| places(self.new.understood, rules))
    }

    fn known(&self, tx: &Transaction<'_>, now: Timestamp) -> Result<KnownOfNew> {
        if let Some(known) = self.known.get() {
            return Ok(*known);
        }
        let mut from_post = false;
        for address in &self.authors {
            from_post |= Sender::find(tx, address, now)?.holds_post;
        }
        let counts = !links::links_that_count(tx, self.new.mail)?.is_empty();
        Ok(*self.known.get_or_init(|| KnownOfNew { from_post, counts }))
    }
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
    fn of(source: UnderstoodMail, rules: &OfficeRules) -> SourceMail {
        let UnderstoodMail { understood, writer, .. } = source;
        let (authors, words, places) = (authors(&understood, writer), fold(&understood.reply), places(&understood, rules));
        SourceMail { understood, authors, words, places }
    }
}

/// Whether a mail is one that a person has called a source's, come again. Not, if a person has said that it is none.
pub(super) fn again(tx: &Transaction<'_>, new: &Compared<'_>, now: Timestamp) -> Result<RepeatsSource> {
    let mut found = RepeatsSource::No;
    let new_mail = NewMail::of(new);
    sources::for_each_source(tx, new.mail, |source| {
        found = found.max(repeats_source(resemblance(tx, &SourceMail::of(source, tx.rules()), &new_mail, now)?));
        Ok(())
    })?;
    if found == RepeatsSource::No { Ok(found) } else { Ok(source_state(tx, new.mail)?.taken_for(found)) }
}

/// The rules have judged it: nobody else sees it from now on, or everybody does.
pub(super) fn put_judged(tx: &Transaction<'_>, mail: MailId, again: RepeatsSource) -> Result<()> {
    let judged = source_state(tx, mail)?.once_judged(again);
    put_source_state(tx, mail, judged)?;
    if judged.is_hidden() { search::forget_mail(tx, mail) } else { Ok(()) }
}

/// A person has called a mail a source's: its copies that are here already are hidden at once, and judged with the next mail. Those that a person has
/// placed.
///
/// One pass over the mails, each held beside this one alone: those like another source's were hidden with that one, or as they came.
pub(crate) fn hide_copies(tx: &Transaction<'_>, source: MailId, now: Timestamp) -> Result<Vec<MailId>> {
    let Some(source) = sources::understood(tx, source)? else { return Ok(Vec::new()) };
    let source = SourceMail::of(source, tx.rules());
    // Else, whatever the rules find, it is hidden already, or stays as a person has said.
    let in_question = |state: SourceState| !state.is_hidden() && state.taken_for(RepeatsSource::Copy) != RepeatsSource::No;
    let mut like = Vec::new();
    sources::for_each_understood(tx, in_question, |other, by_person| {
        let UnderstoodMail { mail, understood, writer } = &other;
        let other = Compared { mail: *mail, understood, writer: *writer };
        let found = repeats_source(resemblance(tx, &source, &NewMail::of(&other), now)?);
        if found != RepeatsSource::No {
            like.push((*mail, found, by_person));
        }
        Ok(())
    })?;
    let mut placed = Vec::new();
    for (mail, found, by_person) in like {
        if !by_person {
            put_judged(tx, mail, found)?;
            unread::read_again(tx, mail)?;
        } else if found == RepeatsSource::Copy {
            placed.push(mail);
        }
    }
    Ok(placed)
}

/// What was hidden because it is like a source's is judged anew: one of them was none. Until then it stays hidden.
pub(crate) fn judge_copies_anew(tx: &Transaction<'_>) -> Result<()> {
    sources::perhaps_sources(tx)?.into_iter().try_for_each(|mail| unread::read_again(tx, mail).map(|_| ()))
}

fn resemblance(tx: &Transaction<'_>, source: &SourceMail, new_mail: &NewMail<'_>, now: Timestamp) -> Result<Resemblance> {
    let new = new_mail.new;
    let same_author = new_mail.authors.iter().any(|one| source.authors.iter().any(|other| is_same_mailbox(one, other)));
    let enclosed = new.understood.enclosed.iter().map(|enclosed| &enclosed.message_id);
    let message_id = &source.understood.message_id;
    let same_message_id = message_id.is_some() && std::iter::once(&new.understood.message_id).chain(enclosed).any(|id| id == message_id);
    let words = words(source, new_mail, same_message_id);
    // Most mails are like none.
    let known = if same_author { new_mail.known(tx, now)? } else { KnownOfNew::default() };
    Ok(Resemblance {
        same_author,
        same_message_id,
        words,
        same_place: same_author && new_mail.places(tx.rules()).iter().any(|place| source.places.contains(place)),
        of_authority: new.writer.may_be_authority(),
        from_post: known.from_post,
        counts: known.counts,
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

fn words(source: &SourceMail, new_mail: &NewMail<'_>, same_message_id: bool) -> Words {
    let wanted = source.words.as_str();
    if wanted.is_empty() || !same_message_id && !are_telling(wanted) {
        return Words::Others;
    }
    let (reply, new) = (new_mail.words(), new_mail.new.understood);
    let attached = |understood: &Understood| understood.attachments.iter().map(|one| one.sha256.clone()).collect::<Vec<_>>();
    if reply == wanted {
        let known = attached(&source.understood);
        let adds = !new.enclosed.is_empty() || attached(new).iter().any(|one| !known.contains(one));
        return if adds { Words::Within } else { Words::Same };
    }
    if reply.contains(wanted) || new_mail.others().iter().any(|text| text.contains(wanted)) { Words::Within } else { Words::Others }
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
