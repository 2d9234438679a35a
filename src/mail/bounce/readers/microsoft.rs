//! Microsoft's servers: Exchange 5.5, 2000 and 2003, Exchange 2007 and later, Exchange Online, the SMTP service of Windows, and the mail
//! programs that copied their sentences (hMailServer, SpamLion).
//!
//! Known from their reports. Exchange 5.5: "did not reach the following recipient(s):", `address on date`, the reason, `MSEXCH:IMS:…`.
//! Since 2007: a text in the sender's language, then "Diagnostic information for administrators:" (translated as well), "Generating server:",
//! an address alone on a line and `#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##` or "Remote Server returned '…'" (Microsoft's
//! "NDR error codes in Exchange"). Later ones have RFC 3464 fields, which win.

use super::super::code::reply_code;
use super::super::layout::{Extent, alone, anything, own_words, recipients, unique};
use super::super::notice::Notice;
use super::super::recipient_failure::{Action, Failure};
use super::super::reported_address::{all_in, at_start};
use super::Reader;

pub(super) const READERS: &[Reader] = &[
    Reader::new("Exchange 2007 and later", diagnostic_information),
    Reader::new("Exchange 5.5 to 2003", did_not_reach),
    Reader::new("Microsoft SMTP service", smtp_service),
    Reader::new("Exchange, delay", advisory),
];

/// "Diagnostic information for administrators:" in the languages of Exchange.
const DIAGNOSTICS: &[&str] = &[
    "diagnostic information for administrators",
    "informations de diagnostic pour les administrateurs",
    "informations de diagnostic destinées aux administrateurs",
    "informazioni di diagnostica per gli amministratori",
    "diagnoseinformationen für administratoren",
    "información de diagnóstico para los administradores",
    "información de diagnóstico para administradores",
    "informações de diagnóstico para administradores",
    "diagnostische gegevens voor beheerders",
    "diagnostikinformation för administratörer",
    "diagnoseoplysninger til administratorer",
    "диагностические сведения для администраторов",
    "管理者向けの診断情報",
    "管理员诊断信息",
];

fn diagnostic_information(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let opening = DIAGNOSTICS.iter().find(|opening| notice.says(opening));
    let start = match opening {
        Some(opening) => notice.lines.iter().position(|line| line.to_lowercase().contains(opening))? + 1,
        None => untranslated(&notice.lines)?,
    };
    let found = recipients(notice.lines.get(start..)?, alone, Extent::NextRecipient);
    (!found.is_empty()).then_some(found)
}

/// Whatever the language, the address stands alone and the next line begins with "#550 5.1.1 RESOLVER…" or "Remote Server returned '…".
fn untranslated(lines: &[&str]) -> Option<usize> {
    let quotes = |line: &str| {
        let line = line.trim_start();
        line.starts_with("Remote Server returned") || line.strip_prefix('#').is_some_and(|code| reply_code(code).is_some())
    };
    lines.windows(2).position(|pair| matches!(pair, [address, answer] if quotes(answer) && alone(address).is_some()))
}

fn did_not_reach(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let opening = [
        "did not reach the following recipient",
        "did not reach some or all of the intended recipients",
        "could not be delivered to the following recipient",
        "hat den folgenden empfänger nicht erreicht",
        "n'a pas pu être remis aux destinataires suivants",
        "n'est pas parvenu",
    ]
    .into_iter()
    .find(|opening| notice.says(opening))?;
    let lines = notice.lines_after(opening).filter(|lines| !lines.is_empty()).or_else(|| notice.lines_after("reach"))?;
    // Its own directory's answer carries no SMTP reply; a relayed one does.
    let mut found = own_words(recipients(lines, directory_entry, Extent::Paragraph));
    if found.is_empty() {
        // On the same line: "Did not reach the following recipient: a@b".
        found = notice
            .lines
            .iter()
            .filter(|line| line.to_lowercase().contains(opening))
            .flat_map(|line| all_in(line))
            .map(|address| Failure::failed(address, ""))
            .collect();
    }
    Some(unique(found))
}

/// `a@b on Thu, 9 May …`, `c=US;a= ;p=Office;…;SMTP=a@b;`, `'a@b' on …`.
fn directory_entry(line: &str) -> Option<(String, &str)> {
    if let Some(at) = line.find("SMTP=") {
        let value = line.get(at + 5..)?;
        let end = value.find(';').unwrap_or(value.len());
        return Some((super::super::reported_address::cleaned(value.get(..end)?)?, ""));
    }
    let (address, rest) = anything(line)?;
    // "a@b on Thu, 9 May 2005 23:34:45 +0900": when, not why.
    Some((address, if rest.trim_start_matches('\'').trim_start().starts_with("on ") { "" } else { rest }))
}

/// "The email below could not be delivered to the following user:" (Microsoft SMTPSVC) and its like.
fn smtp_service(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let opening =
        ["could not be delivered to the following user", "could not be reached"].into_iter().find(|opening| notice.says(opening))?;
    let lines = notice.lines_after(opening)?;
    Some(recipients(lines, alone, Extent::NextRecipient))
}

/// "This is an advisory-only email … has been postponed".
fn advisory(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is an advisory-only email") {
        return None;
    }
    let words = notice.lines.join("\n");
    let found = notice
        .lines
        .iter()
        .filter(|line| line.contains('"') || at_start(line).is_some())
        .flat_map(|line| all_in(line))
        .map(|address| Failure { action: Action::Delayed, ..Failure::failed(address.trim_matches('"'), &words) });
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn exchange_5_says_when_and_why_behind_the_address() {
        let text = "Your message\n\n  To:      clerk@ministry.example\n  Subject: Request\n  Sent:    Thu, 9 May 2026 10:00:00 +0200\n\ndid not reach the following recipient(s):\n\n\
                    clerk@ministry.example on Thu, 9 May 2026 10:00:05 +0200\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a=\n;p=office\n    \
                    MSEXCH:IMS:OFFICE:HQ:SERVER 0 (000C05A6) Unknown Recipient\n";
        assert_eq!(
            plain("System Administrator <postmaster@ministry.example>", "Undeliverable: Request", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn a_directory_entry_hides_the_address() {
        let text = "Your message\n\n  Subject: Request\n\ndid not reach the following recipient(s):\n\nc=US;a= ;p=Office;o=HQ;dda:SMTP=clerk@ministry.example; on Thu, 9 May 2026\n    \
                    The e-mail account does not exist at the organization this message was sent to.\n";
        assert_eq!(
            plain("System Administrator <postmaster@ministry.example>", "Undeliverable: Request", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn diagnostic_information_is_found_in_the_senders_language() {
        let text = "Fehler bei der Nachrichtenzustellung an folgende Empf\u{e4}nger oder Verteilerlisten:\n\nDiagnoseinformationen f\u{fc}r Administratoren:\n\n\
                    Generierender Server: mx.ministry.example\n\nclerk@ministry.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\n\
                    Urspr\u{fc}ngliche Nachrichtenkopfzeilen:\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            with_headers(
                "From: postmaster@ministry.example\nSubject: Unzustellbar: Request\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit",
                text
            ),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
