//! The DragonFly Mail Agent, dma(8).
//!
//! Known from its source, `mail.c`: "There was an error delivering your mail to <a@b>."

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{all_in, between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("DragonFly Mail Agent", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is the dragonfly mail agent") {
        return None;
    }
    let lines = notice.lines_after("there was an error delivering your mail to")?;
    let line = notice.lines.iter().find(|line| line.contains("There was an error delivering your mail to"))?;
    let address = between(line, '<', '>').and_then(cleaned).or_else(|| all_in(line).into_iter().next())?;
    let words = lines.join("\n");
    let command = words
        .replace("did not like our RCPT", "rcpt to")
        .replace("did not like our MAIL", "mail from")
        .replace("did not like our DATA", "data command");
    Some(vec![Failure::failed(address, words).with_command_from(&command)])
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn dragonfly_tells_the_command_it_was_refused_at() {
        let text = "This is the DragonFly Mail Agent v0.13 at npm.example.\n\nThere was an error delivering your mail to <clerk@ministry.example>.\n\n\
                    mx.ministry.example [192.0.2.25] did not like our RCPT TO:\n550 User unknown\n\nMessage headers follow.\n\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("MAILER-DAEMON <>", "Mail delivery failed", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
