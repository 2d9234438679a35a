//! What people at authorities write: answers in all the ways in which they come, second and joint letters, acknowledgements.

use super::chance::Chance;
use super::exchange::{Exchange, Seen};
use super::ground_truth::IntendedKind;
use super::made_up_author::MadeUpAuthor;
use super::raw_mail::{Content, Draft, File, Trace, Who};
use super::received_letter::recommendation;
use super::world::{Mail, World};
use crate::mail::attached_letter;
use jiff::Timestamp;
use std::io;

/// How an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With the reply button.
    Threaded,
    /// A new mail to the reply address, without a word of the reference.
    AddressOnly,
    /// A new mail to the office, with the reference in the subject.
    SubjectOnly,
    /// The same, in lower case or with other hyphens.
    SubjectLoosely,
    /// The reply address retyped, with a slip in it.
    Slip,
    /// The reply address in Bcc.
    Bcc,
    /// By a colleague, from another address.
    Forwarded,
    /// One letter for two requests.
    Several,
    /// Between the lines of the quoted letter.
    BetweenLines,
    /// "Please find attached".
    Attached,
    /// On the thread of another request of the same authority.
    WrongThread,
    /// By solicitors, from an address that nobody knows.
    Stranger,
}

impl Way {
    /// `in_a_hurry`: nobody has the time to place it by hand any more. `others`: the same authority owes another answer.
    pub fn drawn(chance: &mut Chance, in_a_hurry: bool, others: bool) -> Way {
        let always: &[(u64, Way)] = &[(24, Way::Threaded), (10, Way::AddressOnly), (9, Way::BetweenLines), (13, Way::Attached)];
        let unhurried: &[(u64, Way)] =
            &[(8, Way::SubjectOnly), (8, Way::SubjectLoosely), (5, Way::Slip), (6, Way::Bcc), (7, Way::Forwarded), (3, Way::Stranger)];
        let with_others: &[(u64, Way)] = &[(12, Way::Several), (4, Way::WrongThread)];
        let mut ways = always.to_vec();
        if !in_a_hurry {
            ways.extend_from_slice(unhurried);
            ways.extend_from_slice(if others { with_others } else { &[] });
        }
        chance.weighted(&ways).unwrap_or(Way::Threaded)
    }
}

/// An answer; `also` is another exchange of the same authority that is still open.
pub(super) fn answer(
    world: &World,
    reference: &str,
    also: Option<&str>,
    way: Way,
    at: Timestamp,
    chance: &mut Chance,
) -> io::Result<Option<Mail>> {
    let Some(desk) = Desk::of(world, reference, at, chance) else { return Ok(None) };
    let also = also.and_then(|also| world.exchanges.get(also));
    let mail = match (way, also) {
        (Way::Several, Some(also)) => desk.several(also, chance),
        (Way::WrongThread, Some(also)) => desk.wrong_thread(also, chance)?,
        (Way::AddressOnly, _) => desk.fresh(&desk.exchange.reply_to, None, chance),
        (Way::SubjectOnly, _) => desk.fresh(&desk.exchange.office, Some(reference), chance),
        (Way::SubjectLoosely, _) => desk.fresh(&desk.exchange.office, Some(&loosely(reference, chance)), chance),
        (Way::Slip, _) => desk.fresh(&slipped(&desk.exchange.reply_to, chance), None, chance),
        (Way::Bcc, _) => desk.blind(chance),
        (Way::Forwarded, _) => desk.forwarded(chance)?,
        (Way::BetweenLines, _) => desk.between_lines(chance)?,
        (Way::Attached, _) => desk.attached(chance)?,
        (Way::Stranger, _) => desk.stranger(chance),
        (Way::Threaded | Way::Several | Way::WrongThread, _) => desk.threaded(None, chance)?,
    };
    Ok(Some(mail))
}

/// A second letter, or one on behalf of `joint` as well.
pub(super) fn further(world: &World, reference: &str, joint: Option<&str>, at: Timestamp, chance: &mut Chance) -> io::Result<Option<Mail>> {
    let Some(desk) = Desk::of(world, reference, at, chance) else { return Ok(None) };
    let joint = joint.and_then(|joint| world.exchanges.get(joint));
    let mail = match joint {
        Some(joint) => desk.several(joint, chance),
        None if chance.percent(30) => desk.attached(chance)?,
        None if chance.percent(30) => desk.fresh(&desk.exchange.reply_to, None, chance),
        None => desk.threaded(None, chance)?,
    };
    Ok(Some(mail))
}

/// A person says that the letter arrived.
pub(super) fn acknowledgement(world: &World, reference: &str, at: Timestamp, chance: &mut Chance) -> io::Result<Option<Mail>> {
    let Some(desk) = Desk::of(world, reference, at, chance) else { return Ok(None) };
    let words = desk.author.one_of(&desk.author.texts.acknowledgements, chance);
    let text = desk.author.note(&words, chance);
    let mut mail = desk.threaded(Some(text), chance)?;
    mail.meaning = IntendedKind::Acknowledgement;
    Ok(Some(mail))
}

/// A writer with the exchange before them.
struct Desk<'a> {
    world: &'a World,
    exchange: &'a Exchange,
    /// The letter that is answered.
    letter: &'a Seen,
    author: MadeUpAuthor<'a>,
}

impl<'a> Desk<'a> {
    fn of(world: &'a World, reference: &str, at: Timestamp, chance: &mut Chance) -> Option<Desk<'a>> {
        let exchange = world.exchanges.get(reference)?;
        let letter = if chance.percent(80) { exchange.latest() } else { exchange.letters.first() }?;
        Some(Desk { world, exchange, letter, author: MadeUpAuthor::of(world, exchange, at, chance)? })
    }

    fn draft(&self, arrives_at: &str, subject: &str, content: Content, chance: &mut Chance) -> Draft {
        let domain = self.author.writer.address.rsplit_once('@').map_or("mail.example", |(_, domain)| domain);
        let trace = [Trace::DeliveredTo, Trace::OriginalTo, Trace::EnvelopeTo, Trace::ReceivedFor];
        Draft {
            arrives_at: arrives_at.to_owned(),
            trace: chance.pick(&trace).copied().unwrap_or(Trace::DeliveredTo),
            return_path: self.author.writer.address.clone(),
            from: self.author.from(),
            to: vec![Who::at(arrives_at)],
            cc: vec![],
            subject: subject.to_owned(),
            message_id: format!("{}.{}@{domain}", chance.letters(b"0123456789ABCDEF", 12), chance.letters(b"0123456789", 6)),
            in_reply_to: None,
            references: vec![],
            further: vec![],
            charset: self.author.charset(chance),
            content,
        }
    }

    fn mail(&self, draft: Draft) -> Mail {
        Mail { draft, copies: vec![], meaning: IntendedKind::Reply, about: vec![self.exchange.reference.clone()] }
    }

    /// With the reply button: the subject, the thread, and mostly the letter quoted below.
    fn threaded(&self, text: Option<String>, chance: &mut Chance) -> io::Result<Mail> {
        let text = text.unwrap_or_else(|| self.author.letter(None, chance));
        let (below, html) = self.quoted_below(chance)?;
        let content = match html {
            Some(html) => Content::Alternative { html: format!("{}{html}", as_html(&text)), text: format!("{text}\n\n{below}") },
            None => Content::Text(format!("{text}\n\n{below}\n")),
        };
        Ok(self.mail(self.on_thread(content, chance)))
    }

    fn on_thread(&self, content: Content, chance: &mut Chance) -> Draft {
        // Some answer to the reply address, some programs take the sender's all the same.
        let to = if chance.percent(75) { &self.exchange.reply_to } else { &self.exchange.office };
        let subject = format!("{}{}", self.author.texts.reply_prefix, self.letter.subject);
        let mut draft = self.draft(to, &subject, content, chance);
        draft.in_reply_to = Some(self.letter.message_id.clone());
        draft.references = self.exchange.letters.iter().map(|letter| letter.message_id.clone()).collect();
        // Outlook leaves out References as often as not.
        if chance.percent(15) {
            draft.references.clear();
        }
        draft
    }

    /// A new mail; `named` stands in the subject.
    fn fresh(&self, to: &str, named: Option<&str>, chance: &mut Chance) -> Mail {
        let text = self.author.letter(None, chance);
        let content = if chance.percent(35) { Content::Alternative { html: as_html(&text), text } } else { Content::Text(text) };
        let subjects = [
            "Response to your report",
            "Prevention of future deaths: our reply",
            "Our answer to the matters of concern",
            "Letter from the Chief Executive",
        ];
        let subject = chance.pick(&subjects).copied().unwrap_or("Response");
        let subject = match named {
            Some(named) if chance.percent(50) => format!("{named} - {subject}"),
            Some(named) => format!("{subject} ({named})"),
            None => subject.to_owned(),
        };
        self.mail(self.draft(to, &subject, content, chance))
    }

    /// To the writer's own house, and blind to the office.
    fn blind(&self, chance: &mut Chance) -> Mail {
        let mut mail = self.fresh(&self.exchange.reply_to, None, chance);
        mail.draft.to = if chance.percent(50) { vec![] } else { vec![Who::at(&self.letter.recipient)] };
        if mail.draft.to.is_empty() {
            mail.draft.further.push("To: undisclosed-recipients:;".into());
        }
        if chance.percent(40) {
            mail.copies.push(self.exchange.office.clone());
        }
        mail
    }

    /// A letter for two requests: to both reply addresses, or on one thread naming both references.
    fn several(&self, also: &Exchange, chance: &mut Chance) -> Mail {
        let mention = format!("{} / {}", self.exchange.reference, also.reference);
        let mut mail = if chance.percent(50) {
            let mut mail = self.fresh(&self.exchange.reply_to, None, chance);
            mail.draft.cc = vec![Who::at(&also.reply_to)];
            mail.copies.push(also.reply_to.clone());
            mail
        } else {
            let text = self.author.letter(Some(&mention), chance);
            self.mail(self.on_thread(Content::Text(text), chance))
        };
        mail.about.push(also.reference.clone());
        mail
    }

    /// The reply button on another letter, while the text says which request it answers.
    fn wrong_thread(&self, other: &Exchange, chance: &mut Chance) -> io::Result<Mail> {
        let text = self.author.letter(Some(&self.exchange.reference), chance);
        let Some(letter) = other.latest() else { return self.threaded(None, chance) };
        let wrong = Desk { world: self.world, exchange: other, letter, author: self.author.clone() };
        let mut mail = wrong.threaded(Some(text), chance)?;
        mail.about = vec![self.exchange.reference.clone()];
        Ok(mail)
    }

    /// A colleague passes on what somebody else of the house wrote.
    fn forwarded(&self, chance: &mut Chance) -> io::Result<Mail> {
        let words = self.author.one_of(&self.author.texts.forwarding, chance);
        let first = self.threaded(None, chance)?.draft;
        let institution = self.world.institution(self.exchange);
        let domain = institution.and_then(|one| one.second_domain.clone()).unwrap_or_else(|| format!("mail.{}", self.domain()));
        let colleague = super::institutions::invented(chance, &domain);
        let subject = format!("{}{}", self.author.texts.forward_prefix, first.subject);
        let from = Who::named(&colleague.name, &colleague.address);
        let mut draft = if chance.percent(35) {
            let at = super::raw_mail::local(Timestamp::UNIX_EPOCH);
            let raw = super::raw_mail::written(&first, &at, &mut chance.clone());
            let file = File { name: "letter.eml".into(), content_type: "message/rfc822", bytes: raw };
            self.draft(&self.exchange.office, &subject, Content::Mixed { text: words, files: vec![file] }, chance)
        } else {
            let inner = match &first.content {
                Content::Text(text) | Content::Alternative { text, .. } | Content::Mixed { text, .. } => text.clone(),
                Content::Report { .. } => String::new(),
            };
            let head = format!(
                "---------- Forwarded message ---------\nFrom: {} <{}>\nSubject: {}\nTo: <{}>",
                first.from.name.as_deref().unwrap_or_default(),
                first.from.address,
                first.subject,
                self.exchange.reply_to
            );
            self.draft(&self.exchange.reply_to, &subject, Content::Text(format!("{words}\n\n{head}\n\n\n{inner}")), chance)
        };
        draft.from = from;
        draft.return_path = colleague.address;
        Ok(self.mail(draft))
    }

    /// The letter quoted, the answer written below the recommendation it answers.
    fn between_lines(&self, chance: &mut Chance) -> io::Result<Mail> {
        let quoted = self.world.outbound.text(self.letter.file.as_ref())?;
        let marker = format!("[{}]", recommendation(self.exchange.row));
        let answer = self.author.one_of(&self.author.texts.between, chance);
        let mut text = format!("{}\n", self.author.fill(&self.author.texts.wrote).replace("{office}", &self.exchange.office));
        let (mut inside, mut answered) = (false, false);
        for line in quoted.lines() {
            inside |= line.contains(&marker);
            if inside && !answered && line.trim().is_empty() {
                text.push_str(&format!("\n{answer}\n\n"));
                answered = true;
            }
            text.push_str(&format!("> {line}").replace("> >", ">>"));
            text.push('\n');
        }
        if !answered {
            text.push_str(&format!("\n{answer}\n"));
        }
        text.push_str(&format!("\n{}\n", self.author.signature(chance)));
        Ok(self.mail(self.on_thread(Content::Text(text), chance)))
    }

    /// Few words, and the answer in a document.
    fn attached(&self, chance: &mut Chance) -> io::Result<Mail> {
        let words = self.author.one_of(&self.author.texts.attached, chance);
        let text = self.author.note(&words, chance);
        // Of real letters hardly any quotes the office's reference.
        let mention = chance.percent(20).then(|| self.exchange.reference.clone());
        let lines: Vec<String> = self.author.letter(mention.as_deref(), chance).lines().map(str::to_owned).collect();
        let files = if chance.percent(55) {
            let name = chance.pick(&["Response.pdf", "Signed letter.pdf", "PFD response FINAL v2.pdf", "scan0001.pdf"]).copied();
            vec![File { name: name.unwrap_or("Response.pdf").into(), content_type: "application/pdf", bytes: attached_letter::pdf(&lines) }]
        } else {
            let name = chance.pick(&["Response.docx", "Réponse – lettre.docx", "Reply to Coroner.docx"]).copied();
            let content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
            vec![File { name: name.unwrap_or("Response.docx").into(), content_type, bytes: attached_letter::docx(&lines) }]
        };
        let threaded = chance.percent(60);
        let (below, _) = if threaded { self.quoted_below(chance)? } else { Default::default() };
        let content = Content::Mixed { text: format!("{text}\n\n{below}"), files };
        if threaded {
            return Ok(self.mail(self.on_thread(content, chance)));
        }
        let mut mail = self.fresh(&self.exchange.reply_to, None, chance);
        mail.draft.content = content;
        Ok(mail)
    }

    /// Solicitors write for their client and name the reference; their domain is nobody's.
    fn stranger(&self, chance: &mut Chance) -> Mail {
        let mut mail = self.fresh(&self.exchange.office, Some(&self.exchange.reference), chance);
        let person = super::institutions::invented(chance, "counsel-and-partners.example");
        mail.draft.from = Who::named(&person.name, &person.address);
        mail.draft.return_path = person.address;
        mail
    }

    fn domain(&self) -> &str {
        self.author.writer.address.rsplit_once('@').map_or("mail.example", |(_, domain)| domain)
    }

    /// The letter below the answer, as programs set it there; for HTML as well, if the program writes both.
    fn quoted_below(&self, chance: &mut Chance) -> io::Result<(String, Option<String>)> {
        let drawn = chance.below(100);
        if drawn < 15 {
            return Ok((String::new(), None));
        }
        let letter = self.world.outbound.text(self.letter.file.as_ref())?;
        let wrote = self.author.fill(&self.author.texts.wrote).replace("{office}", &self.exchange.office);
        if drawn < 45 {
            let head = format!(
                "-----Original Message-----\nFrom: {}\nTo: {}\nSubject: {}",
                self.exchange.office, self.letter.recipient, self.letter.subject
            );
            return Ok((format!("{head}\n\n{letter}"), None));
        }
        let lines: Vec<String> = letter.lines().map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") }).collect();
        let text = format!("{wrote}\n{}", lines.join("\n"));
        let html = (drawn >= 75).then(|| {
            format!(
                "<div class=\"gmail_quote\"><div>{}</div><blockquote type=\"cite\">{}</blockquote></div>",
                escaped(&wrote),
                as_html(&letter)
            )
        });
        Ok((text, html))
    }
}

fn as_html(text: &str) -> String {
    let paragraphs: Vec<String> =
        text.split("\n\n").map(|paragraph| format!("<p>{}</p>", escaped(paragraph).replace('\n', "<br>\n"))).collect();
    paragraphs.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A reference as people type it.
fn loosely(reference: &str, chance: &mut Chance) -> String {
    match chance.below(5) {
        0 => reference.to_lowercase(),
        1 => reference.replace('-', "\u{2013}"),
        2 => reference.replace('-', "\u{2011}").to_lowercase(),
        3 => reference.replace('-', " "),
        _ => reference.replace('-', "/"),
    }
}

/// One character of the address's token mistyped.
fn slipped(address: &str, chance: &mut Chance) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let mut letters: Vec<char> = local.chars().collect();
    let place = letters.len().saturating_sub(1 + usize::try_from(chance.between(0, 11)).unwrap_or(0));
    let wrong = chance.pick(&['a', 'c', 'e', 'h', 'k', 'm', 'n', 's', '4', '7']).copied().unwrap_or('a');
    if let Some(letter) = letters.get_mut(place) {
        *letter = if *letter == wrong { 'x' } else { wrong };
    }
    format!("{}@{domain}", letters.into_iter().collect::<String>())
}
