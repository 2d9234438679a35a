//! Mimecast, a filter that stands in front of mail servers.
//!
//! Known from its administrator's guide ("Postmaster messages") and its reports: "This is a delivery failure notification message …
//! addressed to email address : / -- a@b / … The problem appears to be : / -- …".

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::at_start;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Mimecast", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is a delivery failure notification message") {
        return None;
    }
    let marked: Vec<&str> = notice.lines.iter().filter_map(|line| line.trim().strip_prefix("-- ")).collect();
    let address = marked.iter().find_map(|line| at_start(line))?.0;
    let problem = notice.lines_after("the problem appears to be").map(|lines| lines.join("\n")).unwrap_or_default();
    Some(vec![Failure::failed(address, problem)])
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn mimecast_marks_the_address_and_the_problem_by_dashes() {
        let text = "This is a delivery failure notification message indicating that\nan email office@npm.example addressed to email address :\n-- clerk@ministry.example\n\n\
                    could not be delivered. The problem appears to be :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n-- 5.1.1 User unknown\n";
        assert_eq!(
            plain("\"Mail Delivery System\" <mailer-daemon@npm.example>", "[Postmaster] Email Delivery Failure", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
