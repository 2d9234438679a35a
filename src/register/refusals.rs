//! In words: what the register refuses, and what can be done about it. Each sentence names the thing, the reason with what it rests on, and the next
//! step. They stand in the room of [`RegisterError`](super::RegisterError), which is shown by the command line and by the daemon's log alike.
//!
//! Considered instead: words in `cli` alone. Then an error of the register could be shown only by whoever remembers to look into it for a refusal,
//! and with the sentences as an `impl` in that room this one compiled only together with a room above it.

use crate::domain::draft_end::DraftEnd;
use crate::domain::enclosure::LARGEST_IN_ALL;
use crate::domain::lifecycle::Needless;
use crate::domain::refusal::{
    AddressRefusal, EventRefusal, FileRefusal, LetterRefusal, MailRefusal, OtherProcess, Refusal, RequestRefusal, RowRefusal, SecretRefusal,
};
use crate::domain::replacing::DateConflict;
use crate::domain::said::NotSaid;
use std::fmt::{Display, Formatter, Result};
use std::path::Path;

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Refusal::Request { reference, why } => of_request(f, reference, why),
            Refusal::NoRequestYet { why } => write!(f, "no request can be opened or adopted yet: {why}"),
            Refusal::Letter { letter, why } => match why {
                LetterRefusal::Unknown => {
                    write!(f, "there is no letter {letter}; `demarche requests show REFERENCE` lists those of a request")
                }
                LetterRefusal::NothingToTry => {
                    write!(
                        f,
                        "letter {letter} has left, or waits to leave for the first time: there is nothing to try again; `demarche requests show \
                         REFERENCE` tells of each letter how it stands"
                    )
                }
                LetterRefusal::IsDraft => write!(f, "letter {letter} is a draft: `demarche letters release {letter}` lets it leave"),
                LetterRefusal::IsReleased => {
                    write!(f, "letter {letter} is no draft: it has left, or leaves as it is; `demarche letters show {letter}` shows it")
                }
                LetterRefusal::IsWithdrawn => {
                    write!(f, "letter {letter} was withdrawn before it was released; `demarche letters list --drafts` shows what waits")
                }
                LetterRefusal::ReleasedTooLate { by } => write!(
                    f,
                    "letter {letter} could be released up to {by}, from which its date and deadline count; the next pass (`demarche tick`, or the daemon) \
                     writes it anew"
                ),
                LetterRefusal::HoldsNoMore(DraftEnd::Paused) => {
                    write!(f, "letter {letter} cannot leave: {}; the next pass withdraws this draft", DraftEnd::Paused.why())
                }
                LetterRefusal::HoldsNoMore(why @ DraftEnd::Needless(Needless::AddressEnded | Needless::HolderChanged)) => write!(
                    f,
                    "letter {letter} is not for who is there now: {}; `demarche letters redraft {letter}`, or the next pass, has it written anew to \
                     whom the directory names",
                    why.why()
                ),
                LetterRefusal::HoldsNoMore(why) => {
                    write!(f, "letter {letter} says what does not hold any more: {}; the next pass withdraws it", why.why())
                }
                LetterRefusal::EnclosesNothing => write!(
                    f,
                    "letter {letter} says that a letter of the authority is being examined, and encloses nothing; what is attached to a reminder \
                     goes with that alone"
                ),
                LetterRefusal::NotEnclosed { name } => {
                    write!(f, "letter {letter} encloses no file named {name:?}; `demarche letters show {letter}` lists what it encloses")
                }
                LetterRefusal::MakesTheRequest { reference } => write!(
                    f,
                    "letter {letter} is the request itself: `demarche requests withdraw {reference}` or `demarche requests close {reference}` \
                     ends it, and `demarche letters redraft {letter}` has its letter written anew"
                ),
                LetterRefusal::NotYet { why } => write!(f, "nothing can be decided about letter {letter} yet: {why}"),
                LetterRefusal::Replaced { by } => {
                    write!(
                        f,
                        "what came back of letter {letter} is dealt with: letter {by} has taken its place; if that came back too: \
                         `demarche letters retry {by}`"
                    )
                }
            },
            Refusal::Address { address, why: AddressRefusal::Suppressed } => {
                write!(f, "{address} is written to no more; `demarche contacts revive {address}` takes it into use again")
            }
            Refusal::Address { address, why: AddressRefusal::IsGood } => write!(
                f,
                "{address} is written to as usual: nothing on record speaks against it; `demarche authorities show NAME` lists the addresses of \
                 an authority"
            ),
            Refusal::Mail { mail, why } => match why {
                MailRefusal::Unknown => write!(f, "there is no mail {mail}; `demarche mail list` shows them"),
                MailRefusal::NotLinkedThere => write!(f, "mail {mail} is not linked there; `demarche mail show {mail}` shows its links"),
                MailRefusal::NotSaid(NotSaid::OfASource) => write!(
                    f,
                    "mail {mail} is information from a source; if it is none after all, `demarche mail mark {mail} not-source --by NAME` has it \
                     judged anew"
                ),
                MailRefusal::NotSaid(NotSaid::ToReadersOfSources) => write!(
                    f,
                    "mail {mail} is information from a source: only a member of staff for whom demarche.toml says sources = true may say \
                     that it is \
                     none: `demarche mail mark {mail} not-source --by NAME`"
                ),
                MailRefusal::NotSaid(NotSaid::AnswersNothing) => {
                    write!(f, "mail {mail} is not linked to any request; `demarche mail link {mail} REFERENCE` says what it answers")
                }
            },
            Refusal::Row { row, why } => of_row(f, row, why),
            Refusal::Event { event, why } => match why {
                EventRefusal::Unknown => write!(f, "there is no event {event}; `demarche verify` tells how many there are"),
                EventRefusal::IsErased => write!(f, "the payload of event {event} was erased before; nothing of it is left to erase"),
                EventRefusal::IsOfTheRecord => write!(
                    f,
                    "event {event} says what became of the record; its payload stays, and only those of other events can be erased"
                ),
            },
            Refusal::File { path, why } => of_file(f, path, why),
            Refusal::Secret { path, why } => of_secret(f, path, why),
            Refusal::EnclosureEmpty { name } => {
                write!(f, "{name} is empty, and is not sent; expected a file with something in it: look whether it was saved")
            }
            Refusal::EnclosuresTooLarge { bytes } => write!(
                f,
                "the enclosures of one letter have {} MB together, and many servers refuse more than {}: send a link or paper, or split them",
                bytes.div_ceil(1 << 20),
                LARGEST_IN_ALL >> 20
            ),
            Refusal::Locked => {
                write!(f, "the register is locked by another process, as a copy or a tool of the database does for a while; try again")
            }
            Refusal::NoThreadForLease { said } => write!(
                f,
                "no thread can be started to keep up the lease on the register: {said}; allow demarche another one (ulimit -u, TasksMax= \
                 of its unit), then try again"
            ),
        }
    }
}

fn of_request(f: &mut Formatter<'_>, reference: &str, why: &RequestRefusal) -> Result {
    match why {
        RequestRefusal::Unknown => write!(f, "no request has the reference {reference:?}; `demarche requests list` shows them"),
        RequestRefusal::NotLater { deadline, until } => {
            write!(f, "the deadline of {reference} is already {deadline}; an extension must name a later day than that, not {until}")
        }
        RequestRefusal::IsPaused => write!(f, "{reference} is already paused; `demarche requests resume {reference}` ends the pause"),
        RequestRefusal::IsNotPaused => {
            write!(f, "{reference} is not paused, so nothing can be resumed; `demarche requests show {reference}` tells how it stands")
        }
        RequestRefusal::HasEnded { how, by } => write!(
            f,
            "{reference} was already {} by {by}, and ends only once; to ask again, open another request: `demarche requests open`",
            how.name()
        ),
        RequestRefusal::RunsNoMore { how, by } => {
            write!(
                f,
                "{reference} was {} by {by}; nothing runs that could be changed. To ask again, open another request: `demarche requests open`",
                how.name()
            )
        }
    }
}

fn of_row(f: &mut Formatter<'_>, row: &str, why: &RowRefusal) -> Result {
    match why {
        RowRefusal::KnownOtherwise => {
            write!(f, "{row} is in the register with another authority or other dates; correct the row, or give it a reference of its own")
        }
        RowRefusal::AskedAboutOtherwise => {
            write!(f, "{row} is already in the register with other content and was asked about; give the new text a reference of its own")
        }
        RowRefusal::NoSuchAuthority { name } => write!(f, "{row}: no authority is named {name:?}; import it first"),
        RowRefusal::NoSuchParent { name } => {
            write!(f, "{row}: no authority is named {name:?}, given as its parent; correct the name, or add a row for it")
        }
        RowRefusal::NoSuchServed { name } => {
            write!(f, "{row}: no authority is named {name:?}, for which it is said to write; correct the name, or add a row for it")
        }
        RowRefusal::DateConflict(DateConflict::HandoverToCome { address, holder, first_day }) => write!(
            f,
            "{row}: {address} is {holder}'s, and would be nobody's until {first_day}, the first day of the successor; leave the row out, and import \
             it on that day"
        ),
        RowRefusal::DateConflict(DateConflict::EndsBeforeItBegins { address, first_day, last_day }) => write!(
            f,
            "{row}: the last day of {address}, {last_day}, lies before its first, {first_day}; give both, in valid_from and valid_to"
        ),
        RowRefusal::NoSuchRecommendation { reference } => {
            write!(f, "{row}: no recommendation has the reference {reference:?}; correct it, or import that recommendation first")
        }
        RowRefusal::NoAddressee => write!(f, "{row} has no addressee; name the authorities that are asked in the column addressees"),
        RowRefusal::DeadlineBeforeSending { deadline, sent_on } => {
            write!(f, "{row}: the deadline {deadline} lies before {sent_on}, the day on which it was sent; correct one of them")
        }
        RowRefusal::SharedReplyAddress { address } => write!(
            f,
            "{row}: reply_address {address} is where all mail of the office or of a member of staff arrives, so it does not tell which \
             letter \
             is answered; leave it empty, unless the letter had an address of its own"
        ),
        RowRefusal::NameIsTaken => write!(
            f,
            "{row:?} is already the name or an alias of another authority; give it another name, or take the alias from that one: \
             `demarche authorities list`"
        ),
        RowRefusal::SupervisesItself => write!(f, "{row} would supervise itself; leave its parent empty, or name the authority above it"),
    }
}

fn of_file(f: &mut Formatter<'_>, path: &Path, why: &FileRefusal) -> Result {
    let path = path.display();
    match why {
        FileRefusal::Replaced => write!(
            f,
            "{path} was replaced by another file while demarche worked on it; nothing more is done. If that is a back-up to go on with, \
             move it elsewhere and \
             have it put in place: demarche restore FILE"
        ),
        FileRefusal::Gone { said } => write!(
            f,
            "{path} is gone ({said}) while demarche worked on it; nothing more is done. Have its last back-up put in its place (demarche \
             restore FILE), then \
             demarche resume, then start again"
        ),
        FileRefusal::ForeignLog { log } => write!(
            f,
            "{path} is a back-up, and {} beside it is of another register, whose place it was put into; opened together they would be \
             damaged. Nothing \
             was changed. Move the back-up elsewhere, then have it put in place: demarche restore FILE",
            log.display()
        ),
        FileRefusal::Empty => write!(
            f,
            "{path} is empty: it is no register of demarche, and is not filled. Have the last back-up put in its place: demarche restore \
             FILE. A new \
             workspace, with a register of its own, is made by demarche init DIR"
        ),
        FileRefusal::InPlaceAlready => write!(
            f,
            "{path} lies in the register's place already; move it elsewhere, so that what is left there of the lost register does not \
             get into it, and \
             restore it from there"
        ),
    }
}

fn of_secret(f: &mut Formatter<'_>, path: &Path, why: &SecretRefusal) -> Result {
    let path = path.display();
    match why {
        SecretRefusal::NotWritable { line, said } => write!(
            f,
            "{path}: this secret is from now on this register's, and that cannot be written into its file ({said}); add the line \
             \"{line}\" to it, or \
             let demarche write there"
        ),
        SecretRefusal::IsAnother => write!(
            f,
            "{path}: the letters of this register left under another secret, and with this one no answer to them would find its request; \
             put the \
             secret from the back-up in its place"
        ),
        SecretRefusal::IsOfAnotherRegister { register } => write!(
            f,
            "{path}: the letters of another register ({register}) left under this secret, and answers to them would be linked to \
             requests of this one; put \
             that register in its place, or its last back-up (demarche restore FILE). To begin anew, make a workspace with a secret of its \
             own: demarche init DIR"
        ),
    }
}

impl Display for OtherProcess {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            OtherProcess::HoldsLock { holder } => {
                let holder = holder.as_ref().map_or_else(String::new, |holder| format!(" ({holder})"));
                write!(f, "another demarche{holder} works on this register; stop it first")
            }
            OtherProcess::HoldsLease { holder, seen_seconds_ago, wait_seconds } => write!(
                f,
                "another demarche ({holder}) works on this register, last seen {seen_seconds_ago} s ago; stop it first, or wait \
                 {wait_seconds} s if it is gone"
            ),
            OtherProcess::WorkedLately { holder, within_seconds } => write!(
                f,
                "another demarche ({holder}) worked on this register less than {within_seconds} s ago; stop it first, or wait if it is gone"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::{LetterId, MailId};
    use crate::domain::request::EndingKind;
    use jiff::civil::date;

    /// Every refusal there is, as it is told.
    #[test]
    fn what_is_refused_is_told_with_the_thing_the_reason_and_what_to_do() {
        let (deadline, other_day) = (date(2026, 4, 30), date(2026, 4, 1));
        let request = |why| Refusal::Request { reference: "NPM-2026-0147-K".into(), why };
        let ended = || (EndingKind::Waived, "Ana Petrova".to_owned());
        let letter = |why| Refusal::Letter { letter: LetterId(12), why };
        let address = |why| Refusal::Address { address: "post@prisons.example".into(), why };
        let mail = |why| Refusal::Mail { mail: MailId(7), why };
        let row = |why| Refusal::Row { row: "2026/12".into(), why };
        let event = |why| Refusal::Event { event: 31, why };
        let file = |why| Refusal::File { path: "/srv/npm/register.sqlite".into(), why };
        let secret = |why| Refusal::Secret { path: "/srv/npm/secret".into(), why };
        let said = || "Permission denied (os error 13)".to_owned();
        let name = || "Prison Service".to_owned();
        let ((how, by), (how_too, by_too)) = (ended(), ended());
        let refusals = [
            request(RequestRefusal::Unknown),
            request(RequestRefusal::NotLater { deadline, until: other_day }),
            request(RequestRefusal::IsPaused),
            request(RequestRefusal::IsNotPaused),
            request(RequestRefusal::HasEnded { how, by }),
            request(RequestRefusal::RunsNoMore { how: how_too, by: by_too }),
            Refusal::NoRequestYet { why: "the register is older than its last sign of life".into() },
            letter(LetterRefusal::Unknown),
            letter(LetterRefusal::NothingToTry),
            letter(LetterRefusal::IsDraft),
            letter(LetterRefusal::IsReleased),
            letter(LetterRefusal::IsWithdrawn),
            letter(LetterRefusal::ReleasedTooLate { by: deadline }),
            letter(LetterRefusal::HoldsNoMore(DraftEnd::Needless(Needless::RequestSettled))),
            letter(LetterRefusal::HoldsNoMore(DraftEnd::Paused)),
            letter(LetterRefusal::HoldsNoMore(DraftEnd::Outdated)),
            letter(LetterRefusal::EnclosesNothing),
            letter(LetterRefusal::NotEnclosed { name: "annex.pdf".into() }),
            letter(LetterRefusal::MakesTheRequest { reference: "NPM-2026-0147-K".into() }),
            letter(LetterRefusal::NotYet { why: "the register is older than its last sign of life".into() }),
            letter(LetterRefusal::Replaced { by: LetterId(14) }),
            address(AddressRefusal::Suppressed),
            address(AddressRefusal::IsGood),
            mail(MailRefusal::Unknown),
            mail(MailRefusal::NotLinkedThere),
            mail(MailRefusal::NotSaid(NotSaid::OfASource)),
            mail(MailRefusal::NotSaid(NotSaid::ToReadersOfSources)),
            mail(MailRefusal::NotSaid(NotSaid::AnswersNothing)),
            row(RowRefusal::KnownOtherwise),
            row(RowRefusal::AskedAboutOtherwise),
            row(RowRefusal::NoSuchAuthority { name: name() }),
            row(RowRefusal::NoSuchParent { name: name() }),
            row(RowRefusal::NoSuchServed { name: name() }),
            row(RowRefusal::NoSuchRecommendation { reference: "R-9".into() }),
            row(RowRefusal::DateConflict(DateConflict::HandoverToCome { address: name(), holder: name(), first_day: deadline })),
            row(RowRefusal::DateConflict(DateConflict::EndsBeforeItBegins { address: name(), first_day: deadline, last_day: other_day })),
            row(RowRefusal::NoAddressee),
            row(RowRefusal::DeadlineBeforeSending { deadline: other_day, sent_on: deadline }),
            row(RowRefusal::SharedReplyAddress { address: "npm@office.example".into() }),
            row(RowRefusal::NameIsTaken),
            row(RowRefusal::SupervisesItself),
            event(EventRefusal::Unknown),
            event(EventRefusal::IsErased),
            event(EventRefusal::IsOfTheRecord),
            file(FileRefusal::Replaced),
            file(FileRefusal::Gone { said: said() }),
            file(FileRefusal::ForeignLog { log: "/srv/npm/register.sqlite-wal".into() }),
            file(FileRefusal::Empty),
            file(FileRefusal::InPlaceAlready),
            secret(SecretRefusal::NotWritable { line: "register 5f2c".into(), said: said() }),
            secret(SecretRefusal::IsAnother),
            secret(SecretRefusal::IsOfAnotherRegister { register: "5f2c".into() }),
            Refusal::EnclosureEmpty { name: "annex.pdf".into() },
            Refusal::EnclosuresTooLarge { bytes: 20 << 20 },
            Refusal::Locked,
            Refusal::NoThreadForLease { said: said() },
        ];
        let holder = || "process 12 on npm-1".to_owned();
        let at_work = [
            OtherProcess::HoldsLock { holder: None },
            OtherProcess::HoldsLock { holder: Some(holder()) },
            OtherProcess::HoldsLease { holder: holder(), seen_seconds_ago: 20, wait_seconds: 160 },
            OtherProcess::WorkedLately { holder: holder(), within_seconds: 180 },
        ];
        let listed = format!("{refusals:?}{at_work:?}");
        let variant = regex::Regex::new(r"(?m)^    ([A-Z]\w+)(?: \{|\(|,)").unwrap();
        for kind in variant.captures_iter(include_str!("../domain/refusal.rs")) {
            assert!(listed.contains(&kind[1]), "{} is a refusal that is not told here", &kind[1]);
        }
        let told: Vec<String> = refusals.iter().map(ToString::to_string).chain(at_work.iter().map(ToString::to_string)).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
