//! How a language writes dates. Data (`language.toml` in the language's folder of templates), so that a language is a folder and no code.

use super::template_fault::TemplateFault;
use jiff::civil::Date;
use serde::Deserialize;

/// A language that letters are written in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// As its speakers call it.
    pub name: String,
    /// From Monday, as they stand in running text.
    weekdays: [String; 7],
    /// From January, as they stand in running text.
    months: [String; 12],
    /// `{day} {month} {year}`.
    date: String,
    /// `{weekday} {day} {month} {year}`.
    date_with_weekday: String,
    /// The first of a month, where it is not `1`.
    #[serde(default)]
    first_day: Option<String>,
}

impl Language {
    /// Reads a `language.toml`, UTF-8; `place` is the file, for people.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with the line: no TOML, a key that does not exist or is missing, a month too few.
    pub(super) fn read(place: &str, text: &str) -> Result<Language, TemplateFault> {
        toml::from_str(text).map_err(|error: toml::de::Error| TemplateFault {
            template: place.to_string(),
            line: error.span().map(|span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1),
            problem: error.message().to_string(),
            known: ["name", "weekdays", "months", "date", "date_with_weekday", "first_day"].map(String::from).to_vec(),
        })
    }

    /// `26 February 2026`.
    pub fn date(&self, day: Date) -> String {
        self.fill(&self.date, day)
    }

    /// `Thursday 26 February 2026`.
    pub fn date_with_weekday(&self, day: Date) -> String {
        self.fill(&self.date_with_weekday, day)
    }

    fn fill(&self, pattern: &str, day: Date) -> String {
        let nth = |names: &[String], one_based: i8| {
            usize::try_from(one_based - 1).ok().and_then(|index| names.get(index)).cloned().unwrap_or_default()
        };
        let number = match (day.day(), &self.first_day) {
            (1, Some(first)) => first.clone(),
            (number, _) => number.to_string(),
        };
        pattern
            .replace("{weekday}", &nth(&self.weekdays, day.weekday().to_monday_one_offset()))
            .replace("{day}", &number)
            .replace("{month}", &nth(&self.months, day.month()))
            .replace("{year}", &day.year().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn built_in(name: &str) -> Language {
        let path = format!("{name}/language.toml");
        let (_, text) = crate::render::builtin::FILES.iter().find(|(file, _)| *file == path).unwrap();
        Language::read(&path, text).unwrap()
    }

    #[test]
    fn dates_read_as_their_language_writes_them() {
        let (english, french) = (built_in("en"), built_in("fr"));
        assert_eq!(english.date_with_weekday(date(2026, 2, 26)), "Thursday 26 February 2026");
        assert_eq!(french.date_with_weekday(date(2026, 3, 1)), "dimanche 1er mars 2026");
        assert_eq!(french.date(date(2026, 8, 12)), "12 août 2026");
        assert_eq!(english.date(date(2026, 12, 1)), "1 December 2026");
    }

    #[test]
    fn a_month_too_few_is_told_with_file_and_line() {
        let text = include_str!("../../templates/en/language.toml").replace("\"May\", ", "");
        let fault = Language::read("templates/en/language.toml", &text).unwrap_err();
        assert_eq!(fault.template, "templates/en/language.toml");
        assert!(fault.line.is_some() && fault.problem.contains("12"), "{fault}");
    }
}
