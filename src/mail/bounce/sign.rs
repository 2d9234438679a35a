//! Signs that a machine reports: without one of them no sentence makes a bounce, since people quote what servers wrote to them.

use super::notice::Notice;
use super::readers;

/// Local parts and names under which mail servers write (RFC 5321 §4.5.1 for postmaster; mailer-daemon by custom).
const SENDERS: &[&str] = &[
    "mailer-daemon",
    "mailer daemon",
    "mailerdaemon",
    "mail-daemon",
    "postmaster",
    "post_master",
    "poostmaster",
    "mail delivery system",
    "mail delivery subsystem",
    "mail delivery service",
    "mail delivery agent",
    "mail deliver system",
    "delivery subsystem",
    "mail administrator",
    "system administrator",
    "systemadministrator",
    "administrateur système",
    "mail system",
    "content-filter",
    "microsoft exchange",
    "microsoft outlook",
    "mail server at", // Courier, whose address is "<@>"
    "mailsystem",
    "bounce",
    "daemon@",
];

/// Words of a report's subject. Lower case; a subject that begins as an answer or a forward does not count.
const SUBJECTS: &[&str] = &[
    "undeliver",
    "returned mail",
    "returned to sender",
    "returning message to sender",
    "returning to sender",
    "return to sender",
    "delivery status notification",
    "delivery notification",
    "delivery report",
    "delivery status",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery problem",
    "delivery error",
    "delivery delayed",
    "delivery incomplete",
    "failed delivery",
    "failure delivery",
    "failed mail",
    "failure notice",
    "failure report",
    "mail failure",
    "mail failed",
    "mail delivery",
    "mail system error",
    "mail error",
    "mail could not be delivered",
    "mail not delivered",
    "message could not be delivered",
    "message delivery has failed",
    "message delayed",
    "message not delivered",
    "message status",
    "could not be delivered",
    "could not deliver",
    "error sending your mail",
    "not delivered",
    "non-delivery",
    "nondeliverable",
    "nondelivery",
    "processing error",
    "postmaster notify",
    "user unknown",
    "message rejected",
    "message blocked",
    "ndn:",                  // FirstClass
    "error sending message", // XMail
    "automatically rejected mail",
    "rejected mail",
    "[bounce]",
    "bounced",
    "delayed mail",
    "delayed delivery",
    "delayed 24 hours",
    "warning: message",
    "warning: could not send",
    "you sent blocked by",
    "unzustellbar",
    "nicht zugestellt",
    "unzustellbare",
    "non remis",
    "non distribué",
    "non recapitabile",
    "mancato recapito",
    "no se puede entregar",
    "não é possível entregar",
    "zustellung fehlgeschlagen",
    "zustellfehler",
    "échec de la remise",
    "échec de remise",
    "echec de la distribution",
    "non délivré",
    "mancata consegna",
    "no entregado",
    "error de entrega",
    "não entregue",
    "falha na entrega",
    "onbestelbaar",
    "niet te bezorgen",
    "niet bezorgd",
    "nedoručiteln",
    "nelze doručit",
    "niedostarcz",
    "nie można dostarczyć",
    "kézbesíthetetlen",
    "nelivrat",
    "olevererbart",
    "kan inte levereras",
    "kunde inte levereras",
    "kunne ikke leveres",
    "kézbesítési hiba",
    "kan ikke leveres",
    "teslim edilemedi",
    "iletilemedi",
    "недоставлен",
    "не доставлено",
    "не доставлен",
    "配信エラー",
    "配信不能",
    "退信",
    "未送达",
    "無法傳遞",
    // What Exchange and Exchange Online put before the letter's subject in their other languages, for a failure and for a delay.
    "recapito non riuscito",
    "impossível entregar",
    "toimittamaton",
    "ei voi toimittaa",
    "ikke levert",
    "ikke leveret",
    "nelivrabil",
    "nu poate fi livrat",
    "nedoručiteľn",
    "neisporučivo",
    "nije moguće isporučiti",
    "ni mogoče dostaviti",
    "не може да бъде доставено",
    "не удается доставить",
    "не вдалося доставити",
    "δεν είναι δυνατή η παράδοση",
    "αποτυχία παράδοσης",
    "недоставено",
    "teslim edilemiyor",
    "kättetoimetamatu",
    "nevar piegādāt",
    "nepristatyt",
    "تعذر التسليم",
    "تعذر تسليم",
    "לא ניתן למסור",
    "배달되지 않음",
    "배달할 수 없음",
    "无法送达",
    "zustellung verzögert",
    "remise retardée",
    "remise différée",
    "entrega retrasada",
    "recapito ritardato",
    "bezorging vertraagd",
    "entrega atrasada",
    "dostarczenie opóźnione",
    "доставка задержана",
];

/// Programs in which people write (X-Mailer, User-Agent); no server sends reports with them.
const CLIENTS: &[&str] = &[
    "thunderbird",
    "mozilla",
    "microsoft outlook",
    "apple mail",
    "iphone mail",
    "ipad mail",
    "roundcube",
    "squirrelmail",
    "horde",
    "mutt",
    "evolution",
    "k-9",
    "kmail",
    "claws mail",
    "em client",
    "the bat",
    "zimbra",
    "lotus notes release",
];

/// What automatic answers of people begin their subject with; they come with null return paths as well.
const ABSENCES: &[&str] = &[
    "out of office",
    "out of the office",
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "réponse automatique",
    "automatische antwort",
    "abwesen",
    "vacation",
    "away until",
    "respuesta automática",
];

/// How people open a letter, in the languages of administrations. A server says what it is, or "Hi." and then what it is.
const GREETINGS: &[&str] = &[
    "dear ",
    "hello",
    "hi,",
    "good morning",
    "good afternoon",
    "sehr geehrte",
    "guten tag",
    "hallo",
    "bonjour",
    "madame",
    "monsieur",
    "cher ",
    "chère",
    "estimad",
    "buenos días",
    "buenas tardes",
    "prezad",
    "bom dia",
    "exm",
    "gentil",
    "egregi",
    "spett",
    "buongiorno",
    "geachte",
    "beste ",
    "szanown",
    "dzień dobry",
    "vážen",
    "dobrý den",
    "stimat",
    "bună ziua",
    "уважаем",
    "здравствуйте",
    "добрый день",
    "шановн",
    "добрий день",
    "sayın",
    "kære",
    "hej",
    "bästa",
    "hyvä",
    "tisztelt",
    "poštovan",
    "αξιότιμ",
    "αγαπητ",
    "პატივცემულ",
    "السيد",
    "السادة",
];

/// How much points to a machine's report.
pub(super) struct Signs {
    /// The sender is a mail server by its name or its null return path.
    pub machine: bool,
    /// The return path is empty (RFC 5321 §4.5.5), as that of every report.
    pub null_sender: bool,
    /// The return path is that of the author's own domain, as of what a person writes; a list or a forwarder puts in its own.
    pub own_return_path: bool,
    /// The sender is one by its name; vacation notes have null return paths as well.
    pub server: bool,
    /// By a name that no person holds: a daemon, a delivery system or subsystem, a list that refuses.
    pub daemon: bool,
    /// A machine of some kind, not by its name a mail server: it says so, or takes no answers.
    pub automatic: bool,
    /// The subject is that of a report.
    pub subject: bool,
    /// An automatic answer of a person: never a report.
    pub absence: bool,
    /// The subject is that of a report, with a mark of forwarding before it.
    pub forwarded: bool,
    /// The subject begins as that of a report; in the middle, people and newsletters write of reports, too.
    pub subject_begins: bool,
    /// It begins as people begin a letter.
    pub greets: bool,
    /// Written in a mail client, or from somebody's return path (RFC 5321 §4.5.5 has reports without one), or come over a mailing list: what a
    /// server prints is then quoted.
    pub of_people: bool,
}

/// The sender (lower case) has a name or an address under which mail servers write.
pub(super) fn names_a_server(sender: &str) -> bool {
    SENDERS.iter().any(|name| sender.contains(name))
}

impl Signs {
    pub(super) fn of(notice: &Notice<'_>) -> Signs {
        let subject = notice.subject.trim();
        let answer =
            ["re:", "re :", "aw:", "antw:", "sv:", "fwd:", "fw:", "wg:", "tr:", "rv:"].iter().any(|start| subject.starts_with(start));
        let return_path = notice.message.headers.first("Return-Path").map(str::trim);
        let null_sender = return_path.is_some_and(|path| path == "<>" || path.to_ascii_lowercase().contains("mailer-daemon"));
        let from_server = names_a_server(&notice.from) || notice.from.trim() == "<>" || notice.from.trim().ends_with(" <>");
        // fml and its kin refuse as the list's administrator.
        let by_list_manager =
            notice.message.headers.has("X-MLServer") && notice.from.contains("-admin@") || readers::refuses_a_posting(notice);
        let by_header = notice.message.headers.has("X-Failed-Recipients")
            || notice.header("X-Mailer").to_lowercase().contains("smtp32")
            || notice.message.headers.has("X-MS-Exchange-Message-Is-Ndr");
        let is_authors = |path: &str| {
            path.rsplit_once('@')
                .is_some_and(|(_, domain)| notice.from.contains(&format!("@{}", domain.trim_end_matches('>').to_lowercase())))
        };
        let submitted = notice.header("Auto-Submitted").to_ascii_lowercase().starts_with("auto-");
        let takes_no_answer = ["no-reply@", "noreply@", "do-not-reply@", "donotreply@"].iter().any(|sender| notice.from.contains(sender));
        let program = [notice.header("X-Mailer"), notice.header("User-Agent")].join(" ").to_lowercase();
        let listed = ["List-Post", "List-Id", "List-Unsubscribe"].iter().any(|name| notice.message.headers.has(name));
        let first = notice.lines.iter().map(|line| line.trim()).find(|line| line.chars().any(char::is_alphabetic));
        let first = first.unwrap_or_default().to_lowercase();
        let bare = subject.trim_start_matches(|c: char| !c.is_alphanumeric());
        Signs {
            null_sender,
            own_return_path: !null_sender && return_path.is_some_and(is_authors),
            machine: null_sender || from_server || by_header || by_list_manager,
            server: from_server || by_header || by_list_manager,
            daemon: by_header || by_list_manager || notice.from.contains("daemon") || notice.from.contains("delivery s"),
            automatic: !answer && (submitted || takes_no_answer),
            subject: !answer && SUBJECTS.iter().any(|words| subject.contains(words)),
            forwarded: ["fwd:", "fw:", "wg:", "tr:", "rv:", "i:"].iter().any(|start| subject.starts_with(start))
                && SUBJECTS.iter().any(|words| subject.contains(words)),
            absence: ABSENCES.iter().any(|words| subject.contains(words)),
            subject_begins: SUBJECTS.iter().any(|words| bare.starts_with(words)),
            greets: GREETINGS.iter().any(|greeting| first.starts_with(greeting)),
            of_people: listed
                || return_path.is_some() && !null_sender && !submitted
                || CLIENTS.iter().any(|client| program.contains(client)),
        }
    }

    pub(super) fn any(&self) -> bool {
        // A subject, an empty return path, the name of a postmaster: each alone is a person's, too, where a person's greeting stands below.
        let proven = self.automatic || self.daemon || self.server && self.null_sender;
        (self.machine || (self.automatic || self.subject) && !self.of_people) && !self.absence && (proven || !self.greets)
    }
}
