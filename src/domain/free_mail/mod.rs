//! Mail providers at which anybody can have an address: their domains say nothing of who writes.
//!
//! A kept list instead of one of our own, whose two dozen names missed every provider of whole countries; see `ATTRIBUTION.md`.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Providers that the list does not have.
const FURTHER: [&str; 4] = ["tutanota.com", "tuta.com", "mailbox.org", "volny.cz"];

static DOMAINS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("domains.txt").lines().chain(FURTHER).collect());

/// Whether anybody can have an address in this domain, or in one above it. `domain` in lower case and ASCII form.
pub fn is_free_mail(domain: &str) -> bool {
    let mut rest = domain;
    loop {
        if DOMAINS.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, above)) if above.contains('.') => rest = above,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_free_mail;

    #[test]
    fn providers_of_many_countries_are_known_and_authorities_are_not() {
        let providers = "gmail.com googlemail.com outlook.com hotmail.fr live.com yahoo.co.uk icloud.com proton.me protonmail.com gmx.net gmx.at
            web.de t-online.de posteo.de mailbox.org tuta.com mail.ru inbox.ru bk.ru yandex.ru rambler.ru qq.com 163.com 126.com sina.com naver.com
            daum.net rediffmail.com seznam.cz centrum.cz volny.cz wp.pl onet.pl o2.pl libero.it virgilio.it orange.fr free.fr laposte.net
            bluewin.ch sapo.pt uol.com.br ukr.net abv.bg mail.bg azet.sk freemail.hu inbox.lv zoho.com fastmail.com pm.me";
        for domain in providers.split_whitespace() {
            assert!(is_free_mail(domain), "{domain}");
        }
        for domain in ["moj.example", "gov.uk", "justice.gouv.fr", "prisons.gov.ie", "bund.de", "com", ""] {
            assert!(!is_free_mail(domain), "{domain}");
        }
    }
}
