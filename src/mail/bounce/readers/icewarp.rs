//! IceWarp (Merak).
//!
//! Known from its reports: "The following recipients returned permanent errors: a@b. Reason: …", and
//! `SMTP Server <h> rejected recipient <a@b> (Error following RCPT command). It responded as follows: […]`.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::all_in;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("IceWarp", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("we had trouble delivering your message") {
        return None;
    }
    let text = notice.lines_after("error(s):")?.join(" ");
    let sentences = text.split("The attachment contains").next().unwrap_or(&text);
    let mut found = Vec::new();
    for sentence in sentences.split("]").filter(|sentence| sentence.contains('@')) {
        let to = match (sentence.find("permanent errors:"), sentence.find("rejected recipient")) {
            (Some(at), _) => sentence.get(at + "permanent errors:".len()..).and_then(|rest| rest.split(" Reason:").next()),
            (None, Some(at)) => sentence.get(at + "rejected recipient".len()..).and_then(|rest| rest.split('(').next()),
            (None, None) => Some(sentence),
        };
        let command = sentence.to_lowercase();
        for address in all_in(to.unwrap_or_default()) {
            found.push(Failure::failed(address, sentence.trim()).with_command_from(&command));
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn icewarp_gives_the_reply_in_square_brackets() {
        let text = "We had trouble delivering your message. Full details follow:\n\nSubject: 'Request'\n\n1 error(s):\n\nSMTP Server <mx.ministry.example> rejected recipient \
                    <clerk@ministry.example> (Error following RCPT command). It responded as follows: [550 User unknown]\n\nThe attachment contains the original mail headers.\n";
        assert_eq!(
            plain("mailer-daemon", "There was an error sending your mail", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
