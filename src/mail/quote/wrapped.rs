//! Lines that belong to quoted ones above them, because a client that wraps did not repeat the quote mark.
//!
//! Between two quoted lines, with no blank line between, such a line goes on in lower case where a full line broke off in mid-sentence, or is
//! a link in brackets. In a mail in which that happened a line may also go on where the quoted one ended with a full stop; in others it is
//! the author's own: "yes, by May."

use super::quoted_lines::{Line, is_small};

/// Columns at which clients wrap lines at the earliest, quote mark included.
const WRAPPED_AT: usize = 70;

pub(super) fn remainders(lines: &[Line]) -> Vec<bool> {
    let candidates: Vec<Option<Remainder>> = (0..lines.len()).map(|index| remainder(lines, index)).collect();
    let rewrapped = candidates.contains(&Some(Remainder::InMidSentence));
    candidates.into_iter().map(|candidate| candidate.is_some_and(|found| rewrapped || found != Remainder::BelowASentence)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remainder {
    InMidSentence,
    BelowASentence,
    Link,
}

fn remainder(lines: &[Line], index: usize) -> Option<Remainder> {
    let above = lines.get(index.checked_sub(1)?).filter(|line| line.is_quoted())?.raw.trim_end();
    lines.get(index + 1).filter(|line| line.is_quoted())?;
    let text = Some(&lines[index]).filter(|line| line.is_plain())?.raw.trim();
    if text.strip_prefix(['(', '<']).is_some_and(|link| link.starts_with("http")) && (text.ends_with(['>', ')']) || !text.contains(' ')) {
        return Some(Remainder::Link);
    }
    let first = text.split(' ').next().unwrap_or_default();
    let full = above.chars().count() + 1 + first.chars().count() >= WRAPPED_AT;
    if !full || !text.starts_with(|letter: char| is_small(letter) || letter == ',' || letter == ')') {
        return None;
    }
    Some(if above.ends_with(['.', '?', '!', ':']) { Remainder::BelowASentence } else { Remainder::InMidSentence })
}

#[cfg(test)]
mod tests {
    use crate::mail::quote::split;

    #[test]
    fn what_a_client_wrapped_is_quoted_and_what_an_author_answers_is_not() {
        let mark = "On Fri, 3 May 2024 at 10:00, Jane <jane@authority.example> wrote:\n";
        let wrapped = "> That every cell in the old building has a window that can be opened by\nthe prisoner.\n> That a doctor comes.";
        assert_eq!(split(&format!("Agreed.\n{mark}{wrapped}")).reply, "Agreed.");
        let answered = "> Will every cell in the old building have a window that can be opened?\nyes, by May.\n> Will a doctor come?";
        assert_eq!(split(&format!("{mark}{answered}")).reply, "yes, by May.");
        let link = "> Where is the list?\nhttps://authority.example/list\n> Where is the plan?";
        assert!(split(&format!("{mark}{link}")).reply.starts_with("https://"));
    }
}
