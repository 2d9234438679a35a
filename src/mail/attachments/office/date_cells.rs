//! Which cells of a workbook are dates: their number counts days, and only the format of the cell says so (ISO/IEC 29500-1, §18.8).

use super::super::packed::{Archive, Refused};
use super::super::xml::{self, Token};

const MOST_STYLES: usize = 70_000;

/// For each cell style, in order, whether it shows a date.
#[derive(Default)]
pub struct Styles(Vec<bool>);

impl Styles {
    /// Reads the cell styles of a workbook; a workbook without any has none that shows a date.
    ///
    /// # Errors
    ///
    /// Where the part of the archive that holds the styles is damaged, encrypted, packed by a method that documents do not use, or unpacks to
    /// more than documents do.
    pub fn read(archive: &mut Archive<'_>) -> Result<Styles, Refused> {
        let Some(entry) = archive.find("xl/styles.xml").cloned() else { return Ok(Styles::default()) };
        let (mut dates, mut styles, mut in_cells) = (std::collections::HashSet::new(), Vec::new(), false);
        xml::walk(&archive.read(&entry)?, |step| {
            match step {
                Token::Opens(element) => match element.local_name().as_ref() {
                    b"numFmt" => {
                        let code = xml::attribute(element, b"formatCode").unwrap_or_default();
                        dates.extend(xml::attribute(element, b"numFmtId").filter(|_| shows_date(&code)));
                    }
                    b"cellXfs" => in_cells = true,
                    b"xf" if in_cells => {
                        let format = xml::attribute(element, b"numFmtId").unwrap_or_default();
                        // §18.8.30: the formats that every workbook has. 18 to 21 are times of day.
                        let built_in = matches!(format.parse(), Ok(14..=17 | 22));
                        styles.push(built_in || dates.contains(&format));
                    }
                    _ => {}
                },
                Token::Closes(b"cellXfs") => in_cells = false,
                Token::Closes(_) | Token::Says(_) => {}
            }
            styles.len() < MOST_STYLES && dates.len() < MOST_STYLES
        });
        Ok(Styles(styles))
    }

    /// The day that a number means in a cell of that style, `2026-06-30`; none if the cell holds no date.
    pub fn day(&self, style: Option<&str>, number: &str) -> Option<String> {
        let shows_date = style.and_then(|style| self.0.get(style.parse::<usize>().ok()?));
        let days: i64 = number.split('.').next()?.parse().ok().filter(|_| shows_date == Some(&true))?;
        // Day 60 is 29 February 1900, which never was (§18.17.4.1); counting from 30 December 1899 is right for all after it.
        let first = jiff::civil::date(1899, 12, 30);
        first.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(|day| day.to_string())
    }
}

/// A format code with a day or a year in it, outside of quoted text and of what stands in brackets (§18.8.31).
fn shows_date(code: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    code.chars().any(|character| {
        let literal = std::mem::take(&mut escaped) || quoted || bracketed;
        match character {
            '"' => quoted = !quoted,
            '[' => bracketed = true,
            ']' => bracketed = false,
            '\\' | '_' => escaped = !literal,
            _ => {}
        }
        !literal && matches!(character, 'd' | 'D' | 'y' | 'Y')
    })
}

#[cfg(test)]
mod tests {
    use super::{Styles, shows_date};

    #[test]
    fn a_format_with_a_day_or_a_year_shows_a_date() {
        for (code, date) in [("dd/mm/yyyy", true), ("[$-40C]d mmmm yyyy", true), ("0.00", false), ("0\" days\"", false), ("[Red]0", false)]
        {
            assert_eq!(shows_date(code), date, "{code}");
        }
    }

    #[test]
    fn a_number_in_a_cell_of_dates_is_a_day() {
        let styles = Styles(vec![false, true]);
        assert_eq!(styles.day(Some("1"), "46203").as_deref(), Some("2026-06-30"));
        assert_eq!(styles.day(Some("1"), "46203.75").as_deref(), Some("2026-06-30"));
        for (style, number) in [(Some("0"), "46203"), (None, "46203"), (Some("1"), "soon"), (Some("1"), "99999999999999"), (Some("7"), "1")]
        {
            assert_eq!(styles.day(style, number), None, "{style:?} {number}");
        }
    }
}
