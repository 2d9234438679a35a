//! Zoho.
//!
//! Known from its reports: "a@b Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 …", and
//! `[Status: Error, Address: <a@b>, ResponseCode 421, , Host not reachable.]`.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{at_start, between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Zoho", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.message.headers.has("X-ZohoMail") && !notice.says("error_code :") && !notice.says("[status: error, address:") {
        return None;
    }
    let lines = notice.lines_after("permanent error").or_else(|| notice.lines_after("recipients")).unwrap_or(&notice.lines);
    let mut found = Vec::new();
    for line in lines {
        if let Some(rest) = line.trim().strip_prefix("[Status: Error, Address:") {
            found.extend(
                between(rest, '<', '>')
                    .and_then(cleaned)
                    .map(|address| Failure::failed(address, rest.split_once('>').map_or(rest, |(_, words)| words))),
            );
        } else if let Some((address, rest)) = at_start(line) {
            let words = rest.replace("ERROR_CODE :", "");
            found.push(Failure::failed(address, words));
        } else if let Some(failure) = found.last_mut()
            && !line.trim().is_empty()
        {
            failure.diagnostic.push(' ');
            failure.diagnostic.push_str(&line.trim().replace("ERROR_CODE :", ""));
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn zoho_labels_its_codes() {
        let text = "This message was created automatically by mail delivery software.\n A message that you sent could not be delivered to one or more of its recipients. \
                    This is a permanent error. \n\nclerk@ministry.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <clerk@ministry.example>... User Unknown\n\n";
        assert_eq!(
            plain("mailer-daemon@mail.zoho.example", "Undelivered Mail Returned to Sender", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
        let status = "This message was created automatically by mail delivery software.\n\n[Status: Error, Address: <clerk@ministry.example>, ResponseCode 421, , Host not reachable.]\n";
        assert_eq!(
            plain("mailer-daemon@mail.zoho.example", "Undelivered Mail Returned to Sender", status),
            ["bounce", "clerk@ministry.example failed 4.4.1 network permanent"]
        );
    }
}
