//! What machines and strangers write: out-of-office notes, receipts, bounces in the forms of several servers, newsletters, spam.

use super::chance::Chance;
use super::exchange::{Exchange, Seen};
use super::ground_truth::IntendedKind;
use super::made_up_author::MadeUpAuthor;
use super::raw_mail::{Content, Draft, Trace, Who};
use super::texts::{self, Note};
use super::world::{Mail, World};
use jiff::Timestamp;
use std::io;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    OutOfOffice,
    /// A ticket robot's auto-acknowledgement, without any header that says so.
    Receipt,
    /// A mail program's notice that the letter was displayed (RFC 8098).
    ReadReceipt,
    /// Not delivered yet.
    Delayed,
    MailboxFull,
    /// Permanent.
    NoSuchMailbox,
}

/// What a machine of the recipient's writes about a letter.
pub(super) fn machine(
    world: &World,
    reference: &str,
    seen: &Seen,
    what: Machine,
    at: Timestamp,
    chance: &mut Chance,
) -> io::Result<Option<Mail>> {
    let about = vec![reference.to_owned()];
    let mail = |draft, meaning| Some(Mail { draft, copies: vec![], meaning, about });
    Ok(match what {
        Machine::Delayed | Machine::MailboxFull | Machine::NoSuchMailbox => mail(bounce(world, seen, what, chance)?, IntendedKind::Bounce),
        Machine::ReadReceipt => mail(read_receipt(seen, chance), IntendedKind::Automatic),
        Machine::OutOfOffice | Machine::Receipt => {
            let Some(exchange) = world.exchanges.get(reference) else { return Ok(None) };
            let Some(author) = MadeUpAuthor::of(world, exchange, at, chance) else { return Ok(None) };
            mail(note(exchange, seen, &author, what, chance), IntendedKind::Automatic)
        }
    })
}

/// An empty draft from a machine at the recipient's house.
fn draft(seen: &Seen, from: Who, to: &str, subject: String, content: Content, chance: &mut Chance) -> Draft {
    let domain = domain_of(&seen.recipient);
    Draft {
        arrives_at: to.to_owned(),
        trace: Trace::DeliveredTo,
        return_path: String::new(),
        from,
        to: vec![Who::at(to)],
        cc: vec![],
        subject,
        message_id: format!("{}@{domain}", chance.letters(b"0123456789abcdef", 24)),
        in_reply_to: None,
        references: vec![],
        further: vec![],
        charset: "utf-8".into(),
        content,
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("mail.example", |(_, domain)| domain)
}

fn note(exchange: &Exchange, seen: &Seen, author: &MadeUpAuthor<'_>, what: Machine, chance: &mut Chance) -> Draft {
    let notes: &[Note] = if what == Machine::OutOfOffice { &author.texts.out_of_office } else { &author.texts.receipts };
    let (subject, text) = chance.pick(notes).map_or(("", ""), |note| (&note.subject, &note.text));
    let subject = author.fill(subject).replace("{subject}", &seen.subject);
    let text = author.fill(text);
    // Robots answer to whichever address their maker thought of.
    let to = if chance.percent(60) { &exchange.reply_to } else { &seen.envelope_sender };
    let mut draft = draft(seen, Who::named(&author.writer.name, &seen.recipient), to, subject, Content::Text(text), chance);
    draft.charset = author.charset(chance);
    draft.in_reply_to = chance.percent(70).then(|| seen.message_id.clone());
    draft.references = draft.in_reply_to.iter().cloned().collect();
    if what == Machine::Receipt {
        // Such robots are plain web forms: a return path, and not one header that tells.
        draft.return_path.clone_from(&seen.recipient);
        return draft;
    }
    match chance.below(4) {
        0 => draft.further.push("Auto-Submitted: auto-replied".into()),
        1 => draft.further.extend(["Auto-Submitted: auto-generated".into(), "X-Auto-Response-Suppress: All".into()]),
        2 => draft.further.extend(["Precedence: bulk".into(), "X-Autoreply: yes".into()]),
        _ => draft.return_path.clone_from(&seen.recipient),
    }
    draft
}

fn read_receipt(seen: &Seen, chance: &mut Chance) -> Draft {
    let human = format!(
        "Your message\n\n   To: {}\n   Subject: {}\n\nwas displayed on the recipient's screen. That does not mean that it was understood.",
        seen.recipient, seen.subject
    );
    let fields = format!(
        "Reporting-UA: {}; Mailer 7.1\nFinal-Recipient: rfc822;{}\nOriginal-Message-ID: <{}>\nDisposition: manual-action/MDN-sent-manually; displayed",
        domain_of(&seen.recipient),
        seen.recipient,
        seen.message_id
    );
    let parts = vec![("text/plain; charset=us-ascii".to_owned(), human), ("message/disposition-notification".to_owned(), fields)];
    let content = Content::Report { of: "disposition-notification", parts };
    let mut draft = draft(seen, Who::at(&seen.recipient), &seen.envelope_sender, format!("Read: {}", seen.subject), content, chance);
    draft.in_reply_to = Some(seen.message_id.clone());
    draft
}

/// What a server says of a recipient.
struct Verdict {
    action: &'static str,
    status: &'static str,
    reply: &'static str,
}

fn bounce(world: &World, seen: &Seen, what: Machine, chance: &mut Chance) -> io::Result<Draft> {
    let verdict = match what {
        Machine::NoSuchMailbox => Verdict { action: "failed", status: "5.1.1", reply: "550 5.1.1 User unknown in virtual mailbox table" },
        Machine::MailboxFull => Verdict { action: "failed", status: "4.2.2", reply: "452 4.2.2 Mailbox full, quota exceeded" },
        _ => Verdict { action: "delayed", status: "4.4.1", reply: "connect to mx: Connection timed out" },
    };
    let letter = world.outbound.raw(seen.file.as_ref())?;
    let domain = domain_of(&seen.recipient);
    let daemon = Who::named("Mail Delivery System", &format!("MAILER-DAEMON@{domain}"));
    let (subject, content) = match (what, chance.below(4)) {
        (Machine::Delayed, _) | (_, 0) => standard(seen, &verdict, &letter),
        (Machine::NoSuchMailbox, 1) => qmail(seen, &verdict, &letter),
        (Machine::NoSuchMailbox, 2) => exim(seen, &verdict, &letter),
        _ => exchange(seen, &verdict, &letter),
    };
    Ok(draft(seen, daemon, &seen.envelope_sender, subject, content, chance))
}

fn head_of(letter: &str) -> &str {
    letter.split_once("\n\n").map_or(letter, |(head, _)| head)
}

/// RFC 3464, as Postfix writes it.
fn standard(seen: &Seen, verdict: &Verdict, letter: &str) -> (String, Content) {
    let host = domain_of(&seen.recipient);
    let delayed = verdict.action == "delayed";
    let subject = if delayed { "Delayed Mail (still being retried)" } else { "Undelivered Mail Returned to Sender" };
    let fate = if delayed {
        "could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old."
    } else {
        "could not\nbe delivered to one or more recipients."
    };
    let human = format!(
        "This is the mail system at host mx.{host}.\n\nI'm sorry to have to inform you that your message {fate}\n\n<{}>: host mx.{host} said: {}",
        seen.recipient, verdict.reply
    );
    let report = format!(
        "Reporting-MTA: dns; mx.{host}\nX-Postfix-Queue-ID: 4B1C2D3E4F\n\nFinal-Recipient: rfc822; {}\nAction: {}\nStatus: {}\nRemote-MTA: dns; mx.{host}\nDiagnostic-Code: smtp; {}",
        seen.recipient, verdict.action, verdict.status, verdict.reply
    );
    let parts = vec![
        ("text/plain; charset=us-ascii".to_owned(), human),
        ("message/delivery-status".to_owned(), report),
        ("text/rfc822-headers".to_owned(), head_of(letter).to_owned()),
    ];
    (subject.to_owned(), Content::Report { of: "delivery-status", parts })
}

/// qmail's bounce message (<https://cr.yp.to/proto/qsbmf.txt>).
fn qmail(seen: &Seen, verdict: &Verdict, letter: &str) -> (String, Content) {
    let text = format!(
        "Hi. This is the qmail-send program at {}.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{}>:\n192.0.2.25 does not like recipient.\nRemote host said: {}\nGiving up on 192.0.2.25.\n\n--- Below this line is a copy of the message.\n\n{letter}",
        domain_of(&seen.recipient),
        seen.recipient,
        verdict.reply
    );
    ("failure notice".to_owned(), Content::Text(text))
}

/// Exim's default bounce text (Exim specification, chapter 49).
fn exim(seen: &Seen, verdict: &Verdict, letter: &str) -> (String, Content) {
    let text = format!(
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {}\n    host mx.{} [192.0.2.25]\n    SMTP error from remote mail server after RCPT TO:<{}>:\n    {}\n\n------ This is a copy of the message, including all the headers. ------\n\n{letter}",
        seen.recipient,
        domain_of(&seen.recipient),
        seen.recipient,
        verdict.reply
    );
    ("Mail delivery failed: returning message to sender".to_owned(), Content::Text(text))
}

/// Exchange's words for people, sent on without the report that belongs to them.
fn exchange(seen: &Seen, verdict: &Verdict, letter: &str) -> (String, Content) {
    let text = format!(
        "Delivery has failed to these recipients or groups:\n\n{}\n{}\n\nDiagnostic information for administrators:\n\nGenerating server: mx.{}\n\n{}\n#{} ##\n\nOriginal message headers:\n\n{}",
        seen.recipient,
        if verdict.status.starts_with('5') {
            "The e-mail address you entered couldn't be found. Please check the recipient's e-mail address and try to resend the message."
        } else {
            "The recipient's mailbox is full and can't accept messages now. Please try resending your message later."
        },
        domain_of(&seen.recipient),
        seen.recipient,
        verdict.reply,
        head_of(letter)
    );
    (format!("Undeliverable: {}", seen.subject), Content::Text(text))
}

/// A newsletter of the authority itself, or of somebody whom nobody asked.
pub(super) fn newsletter(world: &World, reference: &str, at: Timestamp, chance: &mut Chance) -> io::Result<Option<Mail>> {
    let Some((exchange, author, seen)) = known(world, reference, at, chance) else { return Ok(None) };
    let Some(note) = chance.pick(&texts::english().newsletters) else { return Ok(None) };
    let domain = if chance.percent(50) { domain_of(&seen.recipient).to_owned() } else { "custody-news.example".into() };
    let (subject, text) = (author.fill(&note.subject), author.fill(&note.text));
    let mut draft = draft(seen, Who::named("News", &format!("news@{domain}")), &exchange.office, subject, Content::Text(text), chance);
    draft.return_path = format!("bounces@{domain}");
    draft.further =
        vec![format!("List-Unsubscribe: <https://{domain}/leave>"), format!("List-Id: News <news.{domain}>"), "Precedence: bulk".into()];
    Ok(Some(Mail { draft, copies: vec![], meaning: IntendedKind::Nothing, about: vec![] }))
}

/// Somebody who picked up a reference, or guesses one.
pub(super) fn spam(world: &World, reference: &str, at: Timestamp, chance: &mut Chance) -> io::Result<Option<Mail>> {
    let Some((exchange, author, seen)) = known(world, reference, at, chance) else { return Ok(None) };
    let Some(note) = chance.pick(&texts::english().spam) else { return Ok(None) };
    let named = if chance.percent(50) {
        reference.to_owned()
    } else {
        let prefix = reference.split('-').next().unwrap_or_default();
        format!("{prefix}-{}-{:04}-{}", chance.between(2013, 2025), chance.between(1, 120), chance.letters(b"ABCDEFGHJKMNPQRSTUVWXYZ", 1))
    };
    let fill = |text: &str| author.fill(&text.replace("{reference}", &named));
    let domain = chance
        .pick(&["best-offers.example", "invoices-today.example", "mailbox-support.example"])
        .copied()
        .unwrap_or("best-offers.example");
    let from = Who::named("Service", &format!("{}@{domain}", chance.letters(b"abcdefghijklmnop", 7)));
    let return_path = from.address.clone();
    let mut draft = draft(seen, from, &exchange.office, fill(&note.subject), Content::Text(fill(&note.text)), chance);
    draft.return_path = return_path;
    Ok(Some(Mail { draft, copies: vec![], meaning: IntendedKind::Nothing, about: vec![] }))
}

fn known<'a>(world: &'a World, reference: &str, at: Timestamp, chance: &mut Chance) -> Option<(&'a Exchange, MadeUpAuthor<'a>, &'a Seen)> {
    let exchange = world.exchanges.get(reference)?;
    Some((exchange, MadeUpAuthor::of(world, exchange, at, chance)?, exchange.latest()?))
}
