//! Whether a person's word on one mail is remembered of the address that sent it.

use super::{Writer, is_passed_on, mailbox_of};

/// What is known of the sender of a mail that a person links to a request.
#[derive(Debug, Clone, Copy)]
pub struct LinkedSender<'a> {
    /// In any case.
    pub address: &'a str,
    /// As it stands beside the address; may be empty.
    pub name: &'a str,
    /// To the authority of the request, by the directory.
    pub writer: Writer,
    /// The office's own address or one of its staff.
    pub is_ours: bool,
    pub is_contradicted: bool,
    /// Sent to many, by a list, or by a program to which no answer may go.
    pub by_list_or_program: bool,
    /// Another author that a list kept, or an address of another domain to which answers are to go.
    pub stands_for_another: bool,
}

/// Whether an address is remembered as one from which an authority writes, when a person links a mail of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    Yes,
    /// It writes for the authority without that.
    Known,
    NotBecause(NotRemembered),
}

/// Why the link counts for this mail alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRemembered {
    Ours,
    Contradicted,
    OfMany,
    Former,
    OfAnother,
}

impl NotRemembered {
    /// For whoever has linked the mail.
    pub fn in_words(self) -> &'static str {
        match self {
            NotRemembered::Ours => "it is the office's own",
            NotRemembered::Contradicted => "the mail is not from whom it says",
            NotRemembered::OfMany => "many may write from it",
            NotRemembered::Former => "it was that of a post, and is no longer",
            NotRemembered::OfAnother => "it is known as another authority's",
        }
    }
}

/// Local parts, without dashes, dots and underscores, of desks that pass on what many write: the next mail from there may be anybody's. Programs are
/// known by their headers and addresses already (`by_list_or_program`).
const DESKS: [&str; 14] = [
    "support",
    "helpdesk",
    "servicedesk",
    "ticket",
    "tickets",
    "ticketing",
    "ticketsystem",
    "customerservice",
    "customercare",
    "share",
    "sharing",
    "transfer",
    "notify",
    "alerts",
];

/// What a person says of one mail is said of its address only if that is a person's own: from an address of many, the next mail is anybody's, and
/// would count by itself.
pub fn may_be_remembered(sender: &LinkedSender<'_>) -> Remember {
    let address = sender.address.to_lowercase();
    let mailbox = mailbox_of(&address);
    let local = mailbox.rsplit_once('@').map_or("", |(local, _)| local);
    let bare: String = local.chars().filter(|letter| !matches!(letter, '-' | '_' | '.')).collect();
    let of_many = sender.by_list_or_program || sender.stands_for_another || is_passed_on(sender.name) || DESKS.contains(&bare.as_str());
    match sender.writer {
        _ if sender.is_ours => Remember::NotBecause(NotRemembered::Ours),
        Writer::Authority | Writer::Related | Writer::Service | Writer::OneOfSeveral => Remember::Known,
        Writer::FormerHolder => Remember::NotBecause(NotRemembered::Former),
        Writer::CoAddressee | Writer::OtherAuthority => Remember::NotBecause(NotRemembered::OfAnother),
        Writer::Staff | Writer::Ourselves => Remember::NotBecause(NotRemembered::Ours),
        Writer::Stranger if sender.is_contradicted => Remember::NotBecause(NotRemembered::Contradicted),
        Writer::Stranger if of_many => Remember::NotBecause(NotRemembered::OfMany),
        Writer::Stranger => Remember::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_remembered_only_if_it_is_a_persons_own() {
        use NotRemembered::{Contradicted, Former, OfAnother, OfMany, Ours};
        let deputy = LinkedSender {
            address: "Deputy@freemail.example",
            name: "Deputy",
            writer: Writer::Stranger,
            is_ours: false,
            is_contradicted: false,
            by_list_or_program: false,
            stands_for_another: false,
        };
        for (sender, expected) in [
            (deputy, None),
            (LinkedSender { address: "supporter+x@freemail.example", ..deputy }, None),
            (LinkedSender { is_ours: true, ..deputy }, Some(Ours)),
            (LinkedSender { is_contradicted: true, ..deputy }, Some(Contradicted)),
            (LinkedSender { by_list_or_program: true, ..deputy }, Some(OfMany)),
            (LinkedSender { stands_for_another: true, ..deputy }, Some(OfMany)),
            (LinkedSender { name: "Anna Clerk Via prisons-l", ..deputy }, Some(OfMany)),
            (LinkedSender { address: "Service-Desk@tickets.example", ..deputy }, Some(OfMany)),
            (LinkedSender { address: "support+id4711@tickets.example", ..deputy }, Some(OfMany)),
            (LinkedSender { writer: Writer::OtherAuthority, ..deputy }, Some(OfAnother)),
            (LinkedSender { writer: Writer::FormerHolder, ..deputy }, Some(Former)),
        ] {
            let remembered = may_be_remembered(&sender);
            assert_eq!(remembered, expected.map_or(Remember::Yes, Remember::NotBecause), "{sender:?}");
        }
        for writer in [Writer::Authority, Writer::Related, Writer::Service, Writer::OneOfSeveral] {
            assert_eq!(may_be_remembered(&LinkedSender { writer, by_list_or_program: true, ..deputy }), Remember::Known);
        }
    }
}
