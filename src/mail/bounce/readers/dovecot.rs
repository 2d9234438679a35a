//! Dovecot's LDA and Pigeonhole Sieve.
//!
//! Known from their sources, and from RFC 5429, which they follow: "Your message to <a@b> was automatically rejected:".

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Dovecot", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("was automatically rejected") {
        return None;
    }
    let line = notice.lines.iter().find(|line| line.contains("Your message to"))?;
    let address = between(line, '<', '>').and_then(cleaned)?;
    let words = notice.lines_after("your message to").map(|lines| lines.join("\n")).unwrap_or_default();
    Some(vec![Failure::failed(address, words)])
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn a_script_s_refusal_names_the_recipient_and_gives_its_reason() {
        let text = "Your message to <clerk@ministry.example> was automatically rejected:\nQuota exceeded (mailbox for user is full)\n";
        assert_eq!(
            plain("Mail Delivery Subsystem <postmaster@ministry.example>", "Automatically rejected mail", text),
            ["bounce", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }
}
