//! What a server says it can do (the answer to EHLO, RFC 5321 §4.1.1.1), and what of it one envelope needs.

use super::super::envelope::Envelope;
use super::server_reply::Reply;

/// The extensions that matter to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub start_tls: bool,
    pub dsn: bool,
    pub eight_bit_mime: bool,
    pub smtp_utf8: bool,
    pub size_declared: bool,
    /// The largest letter in bytes; servers say 0 for "no limit" (RFC 1870 §4).
    pub size: Option<u64>,
    pub mechanisms: Vec<String>,
}

impl Offer {
    pub(super) fn read(reply: &Reply) -> Offer {
        let mut offer = Offer::default();
        for line in reply.lines.iter().skip(1) {
            let upper = line.to_ascii_uppercase();
            // Old servers wrote "AUTH=LOGIN" for old clients.
            let mut words = upper.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => offer.start_tls = true,
                Some("DSN") => offer.dsn = true,
                Some("8BITMIME") => offer.eight_bit_mime = true,
                Some("SMTPUTF8") => offer.smtp_utf8 = true,
                Some("SIZE") => {
                    offer.size_declared = true;
                    offer.size = words.next().and_then(|limit| limit.parse().ok()).filter(|&limit| limit > 0);
                }
                Some("AUTH") => offer.mechanisms.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offer.mechanisms.sort_unstable();
        offer.mechanisms.dedup();
        offer
    }

    pub(super) fn has(&self, mechanism: &str) -> bool {
        self.mechanisms.iter().any(|offered| offered == mechanism)
    }
}

/// The two commands that open a transaction for `envelope`, without line ends. The addresses have been found to hold neither brackets nor line
/// ends. The error: why this server cannot take this envelope.
pub(super) fn envelope_commands(envelope: &Envelope<'_>, offer: &Offer) -> Result<(String, String), String> {
    let mut sender = format!("MAIL FROM:<{}>", envelope.envelope_sender);
    let mut recipient = format!("RCPT TO:<{}>", envelope.recipient);
    if offer.size_declared {
        sender.push_str(&format!(" SIZE={}", envelope.bytes.len()));
    }
    if !envelope.bytes.is_ascii() {
        if !offer.eight_bit_mime {
            return Err("the letter holds 8-bit bytes and the server does not offer 8BITMIME".to_owned());
        }
        sender.push_str(" BODY=8BITMIME");
    }
    if !envelope.recipient.is_ascii() || !envelope.envelope_sender.is_ascii() {
        if !offer.smtp_utf8 {
            return Err(format!("the address {} needs SMTPUTF8, which the server does not offer", envelope.recipient));
        }
        sender.push_str(" SMTPUTF8");
    }
    // RFC 3461 §4.4: at most 100 characters.
    let envelope_id = xtext(envelope.envelope_id);
    if envelope.dsn && offer.dsn && !envelope.envelope_sender.is_empty() {
        sender.push_str(" RET=HDRS");
        if !envelope_id.is_empty() && envelope_id.len() <= 100 {
            sender.push_str(&format!(" ENVID={envelope_id}"));
        }
        // SUCCESS too: where the reply to a letter was not heard, a notice of delivery is the only proof that it arrived.
        recipient.push_str(" NOTIFY=SUCCESS,FAILURE,DELAY");
        if envelope.recipient.is_ascii() {
            recipient.push_str(&format!(" ORCPT=rfc822;{}", xtext(envelope.recipient)));
        }
    }
    Ok((sender, recipient))
}

/// xtext (RFC 3461 §4): what is not printable ASCII, and `+` and `=`, as `+XX`.
fn xtext(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if (0x21..0x7f).contains(&byte) && byte != b'+' && byte != b'=' {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("+{byte:02X}"));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(lines: &[&str]) -> Offer {
        Offer::read(&Reply { code: 250, lines: lines.iter().map(|line| (*line).to_owned()).collect() })
    }

    const ENVELOPE: Envelope<'_> = Envelope {
        envelope_sender: "bounce+k7=a@npm.example",
        recipient: "o+registry@ministry.example",
        envelope_id: "NPM-2026-0147-K+1",
        dsn: true,
        bytes: b"Subject: x\r\n\r\n",
    };

    #[test]
    fn an_offer_is_read_whatever_its_case_and_order() {
        let read = offer(&["mx.example Hello", "size 1000", "Auth plain LOGIN", "AUTH=LOGIN", "8bitmime", "dsn", "StartTLS", "PIPELINING"]);
        assert!(read.dsn && read.eight_bit_mime && read.start_tls && !read.smtp_utf8);
        assert_eq!((read.size, read.mechanisms), (Some(1_000), vec!["LOGIN".to_owned(), "PLAIN".to_owned()]));
        assert_eq!(offer(&["DSN", "SIZE 0"]), Offer { size_declared: true, ..Offer::default() }, "the first line is the server's name");
    }

    #[test]
    fn notifications_are_asked_for_only_where_they_are_offered() {
        let (sender, recipient) = envelope_commands(&ENVELOPE, &offer(&["mx", "DSN", "SIZE 100"])).unwrap();
        assert_eq!(sender, "MAIL FROM:<bounce+k7=a@npm.example> SIZE=14 RET=HDRS ENVID=NPM-2026-0147-K+2B1");
        assert_eq!(
            recipient,
            "RCPT TO:<o+registry@ministry.example> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;o+2Bregistry@ministry.example"
        );
        let (sender, recipient) = envelope_commands(&ENVELOPE, &offer(&["mx"])).unwrap();
        assert_eq!((sender.as_str(), recipient.as_str()), ("MAIL FROM:<bounce+k7=a@npm.example>", "RCPT TO:<o+registry@ministry.example>"));
        let from_nobody = Envelope { envelope_sender: "", ..ENVELOPE };
        assert_eq!(envelope_commands(&from_nobody, &offer(&["mx", "DSN"])).unwrap().0, "MAIL FROM:<>");
    }

    #[test]
    fn what_the_server_cannot_carry_is_said_and_not_tried() {
        let eight_bit = Envelope { bytes: b"caf\xe9", ..ENVELOPE };
        assert!(envelope_commands(&eight_bit, &offer(&["mx"])).unwrap_err().contains("8BITMIME"));
        assert!(envelope_commands(&eight_bit, &offer(&["mx", "8BITMIME"])).unwrap().0.ends_with(" BODY=8BITMIME"));
        let unicode = Envelope { recipient: "ministère@état.example", ..ENVELOPE };
        assert!(envelope_commands(&unicode, &offer(&["mx", "DSN"])).unwrap_err().contains("SMTPUTF8"));
        assert!(!envelope_commands(&unicode, &offer(&["mx", "DSN", "SMTPUTF8"])).unwrap().1.contains("ORCPT"));
    }
}
