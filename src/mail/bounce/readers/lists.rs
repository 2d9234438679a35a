//! Mailing lists that refuse what is sent to them: Mailman, LISTSERV, Sympa, mlmmj.
//!
//! Known from their templates (Mailman 2 `refuse.txt` and `Moderate.py`, LISTSERV's "Rejected posting", Sympa `message_report.tt2`, mlmmj's
//! `deny-post` and `subonlypost`). They write as the list's owner and mark what they write as mail of the list, so nothing but the sender and
//! the first sentence tells a refusal from what the list carries. What waits for a moderator is not refused and not read here.

use super::super::layout::with_words;
use super::super::notice::{Notice, flowing};
use super::super::recipient_failure::Failure;
use super::super::reported_address::{all_in, cleaned};
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[Reader::new("a mailing list", refusal)];

/// Parts of the addresses under which list managers write.
const MANAGERS: &[&str] = &["-bounces@", "-owner@", "+owner@", "listserv@", "sympa@", "mailman@", "+bounces@"];

/// How a refusal opens, and what its first paragraphs hold besides. Lower case.
const OPENINGS: &[(&str, &str)] = &[
    ("your request to the ", "has been rejected by the list moderator"),
    ("you are not allowed to post to this mailing list", "rejected"),
    ("your message has been rejected, probably because you are not subscribed", "list"),
    ("your message is being returned to you unprocessed", "list"),
    ("you are not authorized to send mail to the ", "list"),
    ("your message for list ", "was rejected"),
    ("hi, this is the mlmmj program", "was unable to be delivered to the list"),
    ("hi, this is the mlmmj program", "has been denied"),
];

/// A list manager says that it did not take a letter.
pub(in crate::mail::bounce) fn refuses_a_posting(notice: &Notice<'_>) -> bool {
    MANAGERS.iter().any(|manager| notice.from.contains(manager)) && {
        let first = notice.lines.iter().find(|line| line.chars().any(char::is_alphabetic)).map(|line| flowing(line)).unwrap_or_default();
        // A short first line may break its sentence.
        OPENINGS.iter().any(|(opening, rest)| {
            (first.starts_with(opening) || opening.starts_with(&first) && notice.flowing.starts_with(opening)) && notice.says(rest)
        })
    }
}

fn refusal(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !refuses_a_posting(notice) {
        return None;
    }
    let words = notice.lines.join("\n");
    let by_header = || cleaned(notice.header("X-BeenThere")).or_else(|| all_in(notice.header("List-Post")).into_iter().next());
    let is_list = |address: &String| !notice.from.contains(&address.to_lowercase()) && !notice.is_to(address);
    let told = || all_in(&notice.subject).into_iter().chain(all_in(&words)).find(is_list);
    let found = with_words(by_header().or_else(told), &words);
    Some(found.into_iter().map(|failure| Failure { reason: Some(BounceReason::PolicyRefused), ..failure }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn a_list_that_takes_only_mail_of_its_members_has_refused() {
        let told = "wardens@lists.example failed 5.7.1 policy_refused permanent";
        let headers = "From: wardens-bounces@lists.example\nSubject: Request to mailing list Wardens rejected\nX-BeenThere: wardens@lists.example\nList-Id: <wardens.lists.example>";
        let text = "Your request to the Wardens mailing list\n\n    Posting of your message titled \"Request\"\n\nhas been rejected by the list moderator.\n";
        assert_eq!(with_headers(headers, text), ["bounce", told]);
        let mlmmj = "Hi, this is the Mlmmj program managing the mailing list\n<wardens@lists.example>.\n\nThe message from <office@npm.example> was unable to be\ndelivered to the list because of an access rule.\n";
        assert_eq!(plain("wardens+owner@lists.example", "Post to wardens@lists.example denied", mlmmj), ["bounce", told]);
        let listserv = "Your message is being returned to you unprocessed because you are not authorized to send mail to the WARDENS list.\n\n\
                        --------- Rejected message (2 lines) ---------\nReceived: from npm.example\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("\"L-Soft list server\" <LISTSERV@lists.example>", "Rejected posting to WARDENS@LISTS.EXAMPLE", listserv),
            ["bounce request.7@npm.example", told]
        );
    }

    #[test]
    fn what_waits_for_a_moderator_or_was_posted_is_not_refused() {
        let headers =
            "From: wardens-bounces@lists.example\nSubject: Your message awaits moderator approval\nList-Id: <wardens.lists.example>";
        assert_eq!(with_headers(headers, "Your mail to 'Wardens' is being held until the list moderator can review it.\n"), ["letter"]);
    }
}
