//! IBM / HCL Domino.
//!
//! Known from its reports: "Your message / Subject: … / was not delivered to: / a@b / because: / …", in the server's language, with fields whose
//! Final-Recipient is what Domino made of the address after its own directory look-ups; the text has it as it was written, so the text is
//! believed.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::at_start;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader { server: "Domino", read, wins_over_fields: true }];

/// The sentence above the addresses, in the languages of Domino.
const UNDELIVERED: &[&str] = &[
    "was not delivered to:",
    "konnte nicht zugestellt werden an:",
    "wurde nicht zugestellt an:",
    "n'a pas été distribué à :",
    "n'a pas été remis à :",
    "non è stato consegnato a:",
    "no se entregó a:",
    "no se ha entregado a:",
    "não foi entregue a:",
    "não foi entregue para:",
    "werd niet afgeleverd bij:",
    "is niet afgeleverd bij:",
    "nie została dostarczona do:",
];

/// The line between the addresses and the reason.
const BECAUSE: &[&str] = &[
    "because:",
    "weil:",
    "wegen:",
    "grund:",
    "pour la raison suivante :",
    "car :",
    "parce que :",
    "perché:",
    "porque:",
    "pois:",
    "omdat:",
    "ponieważ:",
];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let lines = UNDELIVERED.iter().find_map(|opening| notice.lines_after(opening))?;
    let because = lines.iter().position(|line| BECAUSE.contains(&line.trim().to_lowercase().as_str()))?;
    let words = lines.get(because + 1..)?.join("\n");
    let found = lines
        .get(..because)?
        .iter()
        .filter_map(|line| at_start(line))
        .map(|(address, _)| Failure { local: true, ..Failure::failed(address, &words) });
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::read;

    #[test]
    fn the_text_of_domino_has_the_address_as_it_was_written() {
        let raw = "From: Postmaster@ministry.example\nSubject: DELIVERY FAILURE: User unknown\nMIME-Version: 1.0\n\
                   Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\nYour message\n\n  Subject: Request\n\n\
                   was not delivered to:\n\n  clerk@ministry.example\n\nbecause:\n\n  User clerk (clerk@ministry.example) not listed in Domino Directory\n\n--x\n\
                   Content-Type: message/delivery-status\n\nReporting-MTA: dns;mx.ministry.example\n\nFinal-Recipient: rfc822;clerk@inside.ministry.example\nAction: failed\n\
                   Status: 5.0.0\nDiagnostic-Code: X-Notes; User clerk not listed in Domino Directory\n\n--x\nContent-Type: text/rfc822-headers\n\n\
                   Message-ID: <request.7@npm.example>\n\n--x--\n";
        assert_eq!(read(raw), ["bounce request.7@npm.example", "clerk@ministry.example failed 5.0.0 no_such_user permanent dead"]);
    }
}
