//! The line that a phone or a mail program appends: "Sent from my iPhone", "Von meinem iPad gesendet", "iPhoneから送信".
//!
//! People begin sentences with the same words ("Sent from my desk, which is easier than a phone"), so the line must also name a product, or
//! speak of "my" device, or be a link or a name, and say nothing else but an excuse for its brevity.

use super::client_words::WORDS;
use super::quoted_lines::Line;
use crate::mail::folding::fold;

/// Words that may follow the first ones, and words of the excuse behind them.
const WORDS_OF_A_FOOTER: usize = 9;
const LONGEST: usize = 80;
const WORDS_OF_A_NAME: usize = 2;
/// A language that puts the verb last says no more than product and verb: "Von Samsung-Tablet gesendet".
const WORDS_BEFORE_THE_VERB: usize = 6;

/// The index below the line at `index`, if it is one that a device appended.
pub(super) fn at(lines: &[Line], index: usize, end: usize) -> Option<usize> {
    let raw = lines[index].raw.trim();
    let mut folded = fold(raw.trim_start_matches(['*', '_', '<', '[', '(', '-', '—', '–', ' ']));
    let mut last = index;
    // Outlook's own line is a link and may be wrapped before it.
    if folded.len() < 60 && lines.get(index + 1).is_some_and(|next| index + 1 < end && next.raw.trim_start().starts_with('<')) {
        last = index + 1;
        folded = format!("{folded} {}", fold(lines[last].raw));
    }
    let plain = without_links(&folded);
    let plain = plain.trim_end_matches(['*', '_', ')', ']', ' ']);
    let is_link = folded.contains("http");
    (begins_as_one(plain, is_link) || names_a_program(raw, plain) || ends_as_one(plain)).then_some(last + 1)
}

/// Whether a line, looked at by itself, is one that a device appended.
pub(super) fn is_one(raw: &str) -> bool {
    let folded = fold(raw);
    begins_as_one(without_links(&folded).trim_end(), false)
}

fn begins_as_one(plain: &str, is_link: bool) -> bool {
    let Some(said) = WORDS.device_footer(plain) else { return false };
    let stop =
        plain[said..].find([',', ';', ':', '?']).into_iter().chain(plain[said..].find(". ")).min().map_or(plain.len(), |at| said + at);
    let (clause, rest) = plain.split_at(stop);
    if clause[said..].split(' ').count() > WORDS_OF_A_FOOTER || clause.len() - said > LONGEST {
        return false;
    }
    let product = WORDS.names_a_product(clause);
    if rest.is_empty() {
        // A sentence with its full stop is a person's, unless it names a product.
        return product || (WORDS.speaks_of_its_own(clause) || is_link) && !clause.ends_with('.');
    }
    let excused = rest.split(' ').count() <= WORDS_OF_A_FOOTER && rest.len() <= LONGEST;
    excused && product && (WORDS.speaks_of_its_own(clause) || WORDS.names_a_product(rest))
}

/// "Sent from Mailspring": programs come and go, and none writes its name small.
fn names_a_program(raw: &str, plain: &str) -> bool {
    let Some(said) = WORDS.device_footer(plain) else { return false };
    let name = plain[said..].trim();
    let words = name.split(' ').count();
    let as_written = without_links(raw);
    let large = |word: &str| {
        word.starts_with(|letter: char| letter.is_uppercase() || letter.is_ascii_digit()) || word.chars().any(char::is_uppercase)
    };
    !name.is_empty()
        && words <= WORDS_OF_A_NAME
        && !name.contains(['.', ',', ';', ':', '?', '!'])
        && as_written.split_whitespace().rev().take(words).all(large)
}

fn ends_as_one(plain: &str) -> bool {
    let plain = plain.trim_end_matches(['.', '。', '!']);
    plain.len() <= LONGEST
        && !plain.contains([',', ';', '?', '，', '。'])
        && plain.split(' ').count() <= WORDS_BEFORE_THE_VERB
        && WORDS.ends_device_footer(plain)
        && (WORDS.names_a_brand(plain) || WORDS.speaks_of_its_own(plain) && WORDS.names_a_product(plain))
}

/// "Mail<https://…> for Windows 10" → "Mail for Windows 10"; "[Proton Mail](https://…)" → "Proton Mail"; "Superhuman ( https://… )" →
/// "Superhuman".
pub(super) fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let marked = text.contains("](http");
    for letter in text.replace("](http", "<http").replace("( http", "<http").replace("(http", "<http").chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ')' if depth == 1 => depth = 0,
            '[' if marked => {}
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::quote::quoted_lines;

    fn is_appended(line: &str) -> bool {
        at(&quoted_lines::read(line), 0, 1).is_some()
    }

    #[test]
    fn devices_and_programs_speak_every_language() {
        for line in [
            "Sent from my iPhone",
            "Sent from my Wiko RIDGE FAB 4G",
            "Sent from my BlackBerry 10 smartphone on the Example network.",
            "Sent from Yahoo Mail. Get the app",
            "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
            "Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone",
            "Sent with [Proton Mail](https://proton.example/) secure email.",
            "Sent from Mail<https://go.example/?LinkId=1> for Windows 10",
            "Get Outlook for iOS<https://go.example/o>",
            "Sent via Superhuman ( https://mail.example/?x )",
            "Sent from Wildmail",
            "Sent with eM Client",
            "Envoyé à partir d’Outlook pour Android",
            "Von meinem iPad gesendet",
            "Von Samsung-Tablet gesendet",
            "Outlook für Android beziehen",
            "Verstuurd vanaf mijn iPhone",
            "Enviado desde mi Samsung",
            "Inviato da smartphone Samsung Galaxy.",
            "Wysłano z iPhone'a",
            "Odesláno z iPhonu",
            "Elküldve a Samsung Galaxy okostelefonomról.",
            "Az iPhone-omról küldve",
            "Sendt fra min iPad",
            "Lähetetty iPhonesta",
            "Отправлено из мобильной Яндекс.Почты",
            "Android için Outlook uygulamasını edinin",
            "أُرسلت من الـ iPhone",
            "发自我的小米手机",
            "从我的华为手机发送",
            "iPhoneから送信",
            "나의 Galaxy에서 보냄",
        ] {
            assert!(is_appended(line), "{line}");
        }
    }

    #[test]
    fn people_send_things_too() {
        for line in [
            "Sent from my desk, which is much easier than a phone.",
            "Sent from the ministry to the prison on 3 May.",
            "Sent to the minister.",
            "Sent with the report: plans of the cells.",
            "Sent from cell 12 to the director",
            "Verstuurd met de post: de plannen van de gevangenis.",
            "Sent with enclosures",
            "Sent from the Hague",
            "Enviado desde el ministerio el 3 de mayo.",
            "Wir haben den Bericht gestern an alle Abteilungen gesendet.",
            "Der Bericht wurde gesendet.",
            "Wysłano z pismem przewodnim.",
            "Отправлено с курьером.",
            "我们已经把报告发送。",
        ] {
            assert!(!is_appended(line), "{line}");
        }
    }
}
