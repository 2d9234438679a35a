//! Plain text as people read it in a mail: wrapped at 72 columns (RFC 3676 §4.2 asks for 78 at most), one blank line at a time.
//!
//! A line of a text template is a paragraph: whoever edits one need not count columns. Widths are counted in characters; no-break spaces do not
//! break.

/// Columns of a letter's text.
pub const COLUMNS: usize = 72;

/// Wraps every line that is too long, continuing under its own indentation, or under the text of its dash; drops blanks at the ends of lines and all
/// but one of blank lines.
pub fn wrap(text: &str, columns: usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    let mut blank_before = true;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            if !blank_before {
                wrapped.push('\n');
            }
            blank_before = true;
            continue;
        }
        blank_before = false;
        let indentation: String = line.chars().take_while(|c| *c == ' ').collect();
        let text = line.trim_start_matches(' ');
        let under = if text.starts_with("- ") { format!("{indentation}  ") } else { indentation.clone() };
        wrap_line(text, &indentation, &under, columns, &mut wrapped);
    }
    wrapped.truncate(wrapped.trim_end().len());
    wrapped.push('\n');
    wrapped
}

/// Sets `text` behind `prefix`, continued lines under the text and not under the prefix: how a numbered recommendation stands in a letter.
/// The text's own line breaks are kept.
pub fn hang(text: &str, prefix: &str, columns: usize) -> String {
    let under: String = " ".repeat(prefix.chars().count());
    let mut hung = String::with_capacity(text.len() + 80);
    let mut first = prefix;
    let mut blank = false;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            blank = !hung.is_empty();
            continue;
        }
        if blank {
            hung.push('\n');
            blank = false;
        }
        wrap_line(line, first, &under, columns, &mut hung);
        first = &under;
    }
    if hung.is_empty() {
        hung.push_str(prefix.trim_end());
    }
    hung.truncate(hung.trim_end().len());
    hung
}

fn wrap_line(text: &str, first: &str, rest: &str, columns: usize, out: &mut String) {
    out.push_str(first);
    let mut width = first.chars().count();
    let mut at_start = true;
    for word in text.split([' ', '\t']).filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !at_start && width + 1 + length > columns {
            out.push('\n');
            out.push_str(rest);
            width = rest.chars().count();
            at_start = true;
        }
        if !at_start {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
        at_start = false;
    }
    out.push('\n');
}

/// What users wrote, for a letter: line ends are line feeds, and no control character is left but those.
pub fn without_controls(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => clean.push('\n'),
            '\t' => clean.push(' '),
            c if c.is_control() => {}
            c => clean.push(c),
        }
        after_return = c == '\r';
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_recommendation_hangs_under_its_own_first_word() {
        insta::assert_snapshot!(hang("That every person be given one hour a day in the open air.\n\nAlso in winter.", "1. ", 30), @r"
        1. That every person be given
           one hour a day in the open
           air.

           Also in winter.
        ");
    }

    #[test]
    fn a_no_break_space_does_not_break() {
        assert_eq!(wrap("aaaa bbbb\u{a0}: cc", 10), "aaaa\nbbbb\u{a0}: cc\n");
    }

    #[test]
    fn line_ends_of_every_system_are_one() {
        assert_eq!(without_controls("a\r\nb\rc\u{2028}d\u{0}\te"), "a\nb\nc\nd e");
    }

    proptest! {
        #[test]
        fn wrapping_loses_no_word_and_keeps_the_width(text in "([a-zé]{1,12}[ \n]{1,2}){0,60}") {
            let wrapped = hang(&text, "12. ", 40);
            prop_assert_eq!(wrapped.split_whitespace().skip(1).collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
            prop_assert!(wrapped.lines().all(|line| line.chars().count() <= 40));
            let wrapped = wrap(&text, 40);
            prop_assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
        }
    }
}
