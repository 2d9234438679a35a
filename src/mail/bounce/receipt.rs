//! RFC 8098: message disposition notifications, which say that a letter was shown, or thrown away unread; and RFC 5429, by which a mail
//! filter (Sieve `reject`) refuses a letter in the same form.
//!
//! A read receipt is not an answer and not a bounce. A refusal is a bounce: the letter will not be read.

use super::notice::{Notice, part_text};
use super::recipient_failure::Failure;
use super::reported_address::from_field;

/// What a disposition notification says.
pub(super) struct Receipt {
    /// The disposition field, as written.
    pub disposition: String,
    /// A machine refused the letter on the recipient's behalf.
    pub refused: Option<Failure>,
    /// The letter was deleted, and not shown to anybody.
    pub deleted_unread: bool,
    /// The fields, for the letter's Message-ID.
    pub fields: String,
}

/// Sentences with which servers that write no fields say that a letter arrived or was passed on: sendmail and Exim, Postfix, Exchange 2003.
const ARRIVED: &[&str] = &[
    "had successful delivery notifications",
    "was successfully delivered to the destination",
    "has been successfully delivered",
    "has been successfully relayed",
    "your message has been delivered to the following",
    // Exchange in other languages
    "nachricht wurde an folgende empfänger zugestellt",
    "nachricht wurde den folgenden empfängern zugestellt",
    "message a été remis aux destinataires suivants",
    "mensaje se ha entregado a los siguientes destinatarios",
    "messaggio è stato recapitato ai seguenti destinatari",
    "bericht is bezorgd bij de volgende geadresseerden",
    "mensagem foi entregue aos seguintes destinatários",
    "wiadomość została dostarczona do następujących adresatów",
    "сообщение доставлено следующим получателям",
];

/// A receipt in words.
pub(super) fn told(notice: &Notice<'_>) -> bool {
    notice.says_any(ARRIVED) && !notice.says_any(&["fatal errors", "could not be delivered", "delivery failed", "delivery has failed"])
}

pub(super) fn read(notice: &Notice<'_>) -> Option<Receipt> {
    let part = ["message/disposition-notification", "message/global-disposition-notification"]
        .into_iter()
        .find_map(|kind| notice.parts_of_type(kind).into_iter().next());
    let by_type = notice.message.root.is("multipart/report")
        && notice.message.root.parameter("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("disposition-notification"));
    if part.is_none() && !by_type {
        return None;
    }
    let fields = part.map(part_text).unwrap_or_default();
    let field = |name: &str| {
        fields.lines().find_map(|line| {
            line.split_once(':').filter(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        })
    };
    let disposition = field("Disposition").unwrap_or_default();
    // "automatic-action/…; deleted" is what RFC 5429 §2.2.1 prescribes for a rejection, but Exchange sends it as well for a letter that was
    // deleted unread; only the words tell them apart.
    let lower = disposition.to_ascii_lowercase();
    let by_filter = lower.starts_with("automatic-action") && ["deleted", "denied", "failed"].iter().any(|kind| lower.contains(kind));
    let says_so = notice.says_any(&["reject", "refuse"]) || notice.subject.contains("reject") || notice.subject.contains("refuse");
    let refused = by_filter && says_so && !lower.contains("displayed")
        || notice.says("was automatically rejected")
        || notice.header("Auto-Submitted").contains("(rejected)");
    let refused = refused.then(|| {
        let address = ["Final-Recipient", "Original-Recipient"].into_iter().find_map(|name| field(name).as_deref().and_then(from_field));
        Failure { address, diagnostic: notice.lines.join("\n"), ..Failure::default() }
    });
    // "MDN-sent-automatically; deleted/error": the type stands behind the semicolon, modifiers behind a slash (RFC 8098 §3.2.6).
    let kind = lower.rsplit(';').next().unwrap_or_default();
    let deleted_unread = kind.split(['/', ',']).next().unwrap_or_default().trim() == "deleted";
    Some(Receipt { disposition, refused, deleted_unread, fields })
}
