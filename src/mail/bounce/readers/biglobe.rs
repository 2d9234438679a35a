//! BIGLOBE, a Japanese operator.
//!
//! Known from its reports: "----- The following addresses had delivery problems -----", then "----- Non-delivered information -----" for all of
//! them. The Japanese sentences around are left alone, since the English ones say it all.

use super::super::layout::{anything, unique};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("BIGLOBE", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("non-delivered information") {
        return None;
    }
    let words = notice.lines_after("non-delivered information")?.join("\n");
    let listed = notice.lines_after("addresses had delivery problems")?;
    let found = listed
        .iter()
        .take_while(|line| !line.contains("-----"))
        .filter_map(|line| anything(line))
        .map(|(address, _)| Failure::failed(address, &words));
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn biglobe_gives_one_reason_for_all() {
        let text = "   ----- The following addresses had delivery problems -----\nclerk@ministry.example\n\n   ----- Non-delivered information -----\n\
                    The number of messages in recipient's mailbox exceeded the local limit.\n";
        assert_eq!(
            plain("postmaster@biglobe.example", "Returned mail: Service unavailable", text),
            ["bounce", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }
}
