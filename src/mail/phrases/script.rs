//! Where a word ends in scripts that write without spaces, or write small words onto the next.

/// Whether a word is of a script that puts no spaces between words.
pub fn is_written_without_spaces(word: &str) -> bool {
    word.starts_with(without_spaces)
}

/// Whether a match is not a piece of a longer word. Scripts that write without spaces, and Korean endings, may touch their neighbours; so may
/// the one-letter words that Hebrew and Arabic write onto the next.
pub fn stands_alone(text: &str, start: usize, end: usize, open: bool) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && !without_spaces(letter));
    let before = text[..start].chars().next_back();
    let free_before = !joins(before) || text[start..end].starts_with(attaches) && one_letter_before(text, start);
    free_before && (open || !joins(text[end..].chars().next()) || text[start..end].chars().next_back().is_some_and(without_spaces))
}

/// Hebrew and Arabic, which write some words of one letter onto the next.
pub(super) fn attaches(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{06ff}')
}

fn one_letter_before(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    before.next();
    before.next().is_none_or(|letter| !letter.is_alphanumeric())
}

/// Thai, Chinese, Japanese, Korean.
pub(super) fn without_spaces(letter: char) -> bool {
    matches!(letter, '\u{0e00}'..='\u{0eff}' | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}')
}
