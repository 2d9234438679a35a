//! The table of readers: one for each server whose reports do not say in RFC 3464's fields what there is to say.
//!
//! A reader knows its server by the words that server prints and by nothing that any mail may have; it answers `None` for everything else.
//! Each server, or each maker's family of formats, is a file, which says whose format it is and where it is known from; a server is added by
//! such a file and a line in the table. Order matters only where one server's format is built from another's (mail.ru and 1&1 from Exim,
//! Yahoo from qmail): the more particular stands first.

use super::notice::Notice;
use super::recipient_failure::{Action, Failure};
use super::trouble::is_delay;

mod activehunter;
mod amavis;
mod amazon;
mod aol;
mod barracuda;
mod biglobe;
mod communigate;
mod courier;
mod dion;
mod domino;
mod dovecot;
mod dragonfly;
mod exim;
mod eyou;
mod ezweb;
mod fml;
mod google;
mod groupwise;
mod icewarp;
mod imail;
mod interscan;
mod james;
mod known_sentences;
mod lists;
mod mailenable;
mod mailfoundry;
mod mailmarshal;
mod mdaemon;
mod messaging_server;
mod mfilter;
mod microsoft;
mod mimecast;
mod netscape;
mod notes;
mod opensmtpd;
mod postfix;
mod powermta;
mod qmail;
mod sendgrid;
mod sendmail;
mod smail;
mod surfcontrol;
mod verizon;
mod xmail;
mod yahoo;
mod zoho;

pub(super) use amazon::About as AmazonAbout;
pub(super) use lists::refuses_a_posting;
pub(super) use postfix::tells_of_a_stranger;
pub(super) use powermta::category as powermta_category;

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

const TABLE: &[&[Reader]] = &[
    amazon::READERS,
    lists::READERS,
    interscan::READERS,
    mailmarshal::READERS,
    barracuda::READERS,
    mailfoundry::READERS,
    surfcontrol::READERS,
    mimecast::READERS,
    icewarp::READERS,
    amavis::READERS,
    mfilter::READERS,
    ezweb::READERS,
    dion::READERS,
    biglobe::READERS,
    activehunter::READERS,
    fml::READERS,
    domino::READERS,
    notes::READERS,
    microsoft::READERS,
    google::READERS,
    exim::READERS,
    postfix::READERS,
    yahoo::READERS,
    qmail::READERS,
    eyou::READERS,
    sendmail::READERS,
    sendgrid::READERS,
    opensmtpd::READERS,
    dragonfly::READERS,
    courier::READERS,
    james::READERS,
    smail::READERS,
    xmail::READERS,
    dovecot::READERS,
    imail::READERS,
    messaging_server::READERS,
    zoho::READERS,
    mailenable::READERS,
    mdaemon::READERS,
    communigate::READERS,
    groupwise::READERS,
    netscape::READERS,
    aol::READERS,
    verizon::READERS,
    known_sentences::READERS,
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
    for reader in TABLE.iter().flat_map(|file| file.iter()) {
        let Some(found) = (reader.read)(notice) else { continue };
        if found.iter().any(|failure| failure.address.is_some()) {
            return Some((reader, found));
        }
        nameless = nameless.or(Some((reader, found)));
    }
    nameless
}
