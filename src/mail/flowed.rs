//! format=flowed (RFC 3676): paragraphs put together again that a mailer broke into lines.

use super::message::Part;

pub fn is_flowed(part: &Part) -> bool {
    part.parameter("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"))
}

/// DelSp=yes: the blank before a soft line break is not part of the text (§4.1), as in languages written without blanks.
pub fn deletes_blanks(part: &Part) -> bool {
    part.parameter("delsp").is_some_and(|answer| answer.eq_ignore_ascii_case("yes"))
}

/// Joins flowed lines of the same quote depth and takes the stuffed blank off (§4.4). Quote marks come out as `> ` once per depth.
pub fn join(text: &str, deletes_blanks: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The depth of a paragraph still open for the next line.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        // The signature separator is never flowed (§4.3).
        let signature = content == "-- ";
        if open != Some(depth) || signature {
            if !out.is_empty() || open.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.extend(std::iter::repeat_n('>', depth));
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !signature;
        out.push_str(if flows && deletes_blanks { &content[..content.len() - 1] } else { content });
        open = flows.then_some(depth);
        if !flows {
            open = None;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn a_paragraph_is_one_line_again() {
        assert_eq!(
            join("We accept \nthe first.\n\nThe second \nwe reject.\n-- \nThe Ministry\n", false),
            "We accept the first.\n\nThe second we reject.\n-- \nThe Ministry\n"
        );
    }

    #[test]
    fn quoted_paragraphs_keep_their_depth() {
        assert_eq!(
            join("> Please answer \n> by March.\n>> Dear \n>> all\nYes.\n", false),
            "> Please answer by March.\n>> Dear all\nYes.\n"
        );
    }

    #[test]
    fn stuffed_blanks_go_and_delsp_joins_without_a_blank() {
        assert_eq!(join(" From here\n > no quote\n", false), "From here\n> no quote\n");
        assert_eq!(join("勧告 \nを受け入れる。\n", true), "勧告を受け入れる。\n");
    }
}
