//! The table of readers: one for each server whose reports do not say in RFC 3464's fields what there is to say.
//!
//! A reader knows its server by the words that server prints and by nothing that any mail may have; it answers `None` for everything else.
//! Each family is a file, which says whose format it is and where it is known from. Order matters only where one server's format is
//! built from another's (mail.ru and 1&1 from Exim, Yahoo from qmail): the more particular stands first.

use super::failure::{Action, Failure};
use super::notice::Notice;
use super::trouble::is_delay;

mod amazon;
pub(super) mod bulk;
mod commercial;
mod exim;
mod gateways;
mod google;
mod japan;
mod lotus;
mod microsoft;
mod postfix;
mod qmail;
mod sendmail;
mod sentences;
mod unix;

pub(super) use amazon::About as AmazonAbout;

/// The Message-ID in an Amazon SES notification about this, if the report is one: outer `None` if not.
pub(super) fn amazon_notification(notice: &Notice<'_>, about: AmazonAbout) -> Option<Option<String>> {
    let (found, value) = amazon::notification(&notice.lines.join("\n"))?;
    (found == about).then(|| amazon::message_id(&value))
}

/// One server's way of telling.
pub(super) struct Reader {
    /// As people call it.
    pub server: &'static str,
    pub read: fn(&Notice<'_>) -> Option<Vec<Failure>>,
    /// Its addresses are better than those of the report's own fields.
    pub wins_over_fields: bool,
}

impl Reader {
    const fn new(server: &'static str, read: fn(&Notice<'_>) -> Option<Vec<Failure>>) -> Reader {
        Reader { server, read, wins_over_fields: false }
    }
}

const FAMILIES: &[&[Reader]] = &[
    amazon::READERS,
    gateways::READERS,
    japan::READERS,
    lotus::READERS,
    microsoft::READERS,
    google::READERS,
    exim::READERS,
    postfix::READERS,
    qmail::READERS,
    sendmail::READERS,
    bulk::READERS,
    unix::READERS,
    commercial::READERS,
    sentences::READERS,
];

#[cfg(test)]
mod sample;

/// The first reader that knows the report and finds whom it is about; if none finds anybody, the first that knows it. Where the server
/// promises to go on trying nobody has failed yet, whatever its format.
pub(super) fn read(notice: &Notice<'_>) -> Option<(&'static Reader, Vec<Failure>)> {
    let (reader, mut found) = known(notice)?;
    if is_delay(&notice.flowing) {
        for failure in &mut found {
            failure.action = Action::Delayed;
        }
    }
    Some((reader, found))
}

fn known(notice: &Notice<'_>) -> Option<(&'static Reader, Vec<Failure>)> {
    let mut nameless = None;
    for reader in FAMILIES.iter().flat_map(|family| family.iter()) {
        let Some(found) = (reader.read)(notice) else { continue };
        if found.iter().any(|failure| failure.address.is_some()) {
            return Some((reader, found));
        }
        nameless = nameless.or(Some((reader, found)));
    }
    nameless
}
