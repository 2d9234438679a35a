//! Sentences of trouble: that a letter did not arrive, that it is late, that the server goes on trying or has given up, in the languages of
//! servers. By themselves they make no bounce, since people write them, too.

/// That a letter did not arrive, in the languages of servers. Lower case, blanks single.
const FAILURES: &[&str] = &[
    "could not be delivered",
    "couldn't be delivered",
    "can not be delivered",
    "cannot be delivered",
    "can't be delivered",
    "was not delivered",
    "wasn't delivered",
    "has not been delivered",
    "not be delivered to",
    "is undeliverable",
    "was undeliverable",
    "undeliverable mail",
    "undeliverable message",
    "undeliverable to",
    "unable to deliver",
    "were unable to deliver",
    "failed to deliver",
    "could not deliver",
    "couldn't deliver",
    "cannot deliver",
    "delivery failed",
    "delivery has failed",
    "delivery failure",
    "delivery of your message failed",
    "delivery to the following",
    "error delivering your mail",
    "error while delivering",
    "has encountered delivery problems",
    "had delivery problems",
    "had delivery errors",
    "permanent fatal errors",
    "not delivered to the following",
    "did not reach",
    "did not receive",
    "was rejected by",
    "was rejected for",
    "has been rejected",
    "was returned",
    "has been returned",
    "being returned",
    "message has been returned because",
    "mail has been returned",
    "could not be sent",
    "could not be posted",
    "message blocked",
    "no valid recipients",
    "invalid recipients",
    "user unknown",
    "unknown user",
    "no such user",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "quota exceeded",
    "host unknown",
    "konnte nicht zugestellt werden",
    "nicht zugestellt werden",
    "konnte an einen oder mehrere empfänger nicht",
    "unzustellbar",
    "n'a pas été distribué",
    "n'a pas été remis",
    "n'a pu être",
    "è stato rifiutato",
    "non è stato consegnato",
    "mancata consegna",
    "no se pudo entregar",
    "no ha sido entregado",
    "não pôde ser entregue",
    "não foi entregue",
    "kon niet worden bezorgd",
    "kan niet worden bezorgd",
    "nemohla být doručena",
    "nebylo možné doručit",
    "nelze doručit",
    "nie mogła zostać dostarczona",
    "nie można dostarczyć",
    "nie została dostarczona",
    "nem kézbesíthető",
    "kunde inte levereras",
    "kunne ikke leveres",
    "teslim edilemedi",
    "не было доставлено",
    "не доставлено",
    "невозможно доставить",
    "不能投递",
    "无法送达",
    "被退回",
    "無法傳遞",
    "배달되지",
    "n'a pas pu être",
    "n'a pas pu etre",
    "impossible de remettre",
    "no se ha podido entregar",
    "no pudo ser entregado",
    "não foi possível entregar",
    "non è stato possibile",
    "не может быть доставлено",
    "配信できませんでした",
    "无法投递",
    "n'a donc pas été remis",
    "a été rejeté",
    "wurde abgewiesen",
    "wurde zurückgewiesen",
    "ha sido rechazado",
    "foi rejeitada",
    "nebyla doručena",
    "nebola doručená",
    "nepodarilo sa doručiť",
    "nije moguće isporučiti",
    "nu a putut fi livrat",
    "ei voitu toimittaa",
    "не удалось доставить",
    "не может бути доставлен",
    "не вдалося доставити",
    "δεν ήταν δυνατή η παράδοση",
    "η παράδοση του μηνύματός σας απέτυχε",
    "δεν παραδόθηκε",
    "не беше доставено",
    "לא נמסרה",
    "تعذر تسليم",
    "لم يتم تسليم",
    "배달할 수 없",
    "전송되지 못",
    "无法送达",
    "未能成功投递",
];

/// That it is still on its way.
const DELAYS: &[&str] = &[
    "not yet been delivered",
    "has been delayed",
    "was delayed",
    "been postponed",
    "is delayed",
    "message delayed",
    // Exchange in other languages
    "wurde verzögert",
    "a été retardée",
    "a été différée",
    "se ha retrasado",
    "è stato ritardato",
    "is vertraagd",
    "foi atrasada",
    "zostało opóźnione",
    "bylo zpožděno",
    "доставка задержана",
];

/// That the server goes on trying: "has not been delivered" is then no failure, whatever else is said.
const PROMISES: &[&str] = &[
    "just a warning",
    "will be retried",
    "will retry for",
    "will continue trying",
    "will continue to try",
    "will keep trying",
    "will be attempted again",
    "still being retried",
    "delivery attempts will continue",
    "warning message only",
    "this is a warning",
    "not need to resend",
    "don't need to resend",
    "transient non-fatal errors", // sendmail
    // Exchange: "Delivery will continue to be attempted."
    "will continue to be attempted",
    "es wird weiterhin versucht",
    "les tentatives de remise se poursuivront",
    "se seguirá intentando",
    "verranno effettuati altri tentativi",
    "er wordt nog steeds geprobeerd",
    "continuará a tentar",
    "próby dostarczenia będą kontynuowane",
    "попытки доставки будут продолжены",
];

/// That it has stopped trying; a report of failure may tell what it did before.
const ENDS: &[&str] = &[
    "given up",
    "giving up",
    "permanent error",
    "permanent failure",
    "no longer be retried",
    "failed permanently",
    "permanent fatal errors",
];

/// The words (lower case, blanks single) say that a letter did not arrive.
pub(super) fn is_failure(words: &str) -> bool {
    FAILURES.iter().any(|phrase| words.contains(phrase))
}

/// The words (lower case, blanks single) tell of a delay and of no failure.
pub(super) fn is_delay(words: &str) -> bool {
    let fails = |phrase: &&&str| words.contains(**phrase) && !phrase.starts_with("delivery to the");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    says(PROMISES) && !says(ENDS) || says(DELAYS) && !FAILURES.iter().any(|phrase| fails(&phrase))
}

/// This sentence, as written, tells of a letter that did not arrive or is late.
pub(super) fn tells_of_trouble(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    FAILURES.iter().chain(DELAYS).any(|phrase| lower.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_of_further_attempts_makes_a_delay_of_a_failure() {
        assert!(is_delay("your message has not been delivered; i will keep trying"));
        assert!(is_delay("delivery to the following recipient has been delayed"));
        assert!(!is_delay("your message could not be delivered"));
        assert!(!is_delay("it was delayed and could not be delivered"));
        assert!(!is_delay("it said \"will be retried\" five times; this is a permanent error"));
    }
}
