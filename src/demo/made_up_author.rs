//! A made-up author: a person of an institution, with their language and the words they choose.

use super::chance::Chance;
use super::exchange::Exchange;
use super::institutions::{Institution, Person, invented};
use super::raw_mail::{self, Who};
use super::received_letter::recommendation;
use super::reports::Report;
use super::texts::{self, Texts};
use super::world::World;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

#[derive(Clone)]
pub(super) struct MadeUpAuthor<'a> {
    pub texts: &'static Texts,
    pub writer: Person,
    institution: &'a Institution,
    report: &'a Report,
    reference: &'a str,
    role: String,
    day: Date,
    until: Date,
    number: String,
}

impl<'a> MadeUpAuthor<'a> {
    /// Somebody of the institution that an exchange is with.
    pub fn of(world: &'a World, exchange: &'a Exchange, at: Timestamp, chance: &mut Chance) -> Option<MadeUpAuthor<'a>> {
        let institution = world.institution(exchange)?;
        let report = world.reports.get(exchange.row.checked_sub(1)?)?;
        // A house keeps to its language.
        let texts = texts::drawn(&mut Chance::new(0, &format!("language of {}", institution.domain)));
        let known = institution.focal_point.iter().chain(&institution.head).cloned();
        let general = Person { name: institution.name.clone(), address: institution.general.clone() };
        let people: Vec<Person> = known.chain([general, invented(chance, &institution.domain)]).collect();
        let writer = chance.pick(&people).cloned()?;
        let day = raw_mail::local(at).date();
        Some(MadeUpAuthor {
            texts,
            writer,
            institution,
            report,
            reference: &exchange.reference,
            role: chance.pick(&texts.roles).cloned().unwrap_or_default(),
            day,
            until: day.saturating_add(chance.between(7, 40).days()),
            number: chance.letters(b"123456789", 7),
        })
    }

    pub fn from(&self) -> Who {
        Who::named(&self.writer.name, &self.writer.address)
    }

    pub fn charset(&self, chance: &mut Chance) -> String {
        chance.pick(&self.texts.charsets).cloned().unwrap_or_else(|| "utf-8".into())
    }

    /// One of the texts, its names filled in.
    pub fn one_of(&self, choices: &[String], chance: &mut Chance) -> String {
        chance.pick(choices).map(|text| self.fill(text)).unwrap_or_default()
    }

    pub fn fill(&self, text: &str) -> String {
        let report = if self.report.reference.is_empty() { recommendation(self.report.row) } else { self.report.reference.clone() };
        texts::filled(
            text,
            &[
                ("report", &report),
                ("made_on", &self.written(self.report.made_on)),
                ("area", &self.report.area),
                ("authority", &self.institution.name),
                ("name", &self.writer.name),
                ("role", &self.role),
                ("until", &self.written(self.until)),
                ("day", &self.written(self.day)),
                ("reference", self.reference),
                ("number", &self.number),
            ],
        )
    }

    /// Salutation, substance and signature; `mention` stands as a paragraph of its own.
    pub fn letter(&self, mention: Option<&str>, chance: &mut Chance) -> String {
        let mut measures: Vec<&String> = self.texts.measures.iter().collect();
        chance.shuffle(&mut measures);
        measures.truncate(usize::try_from(chance.between(1, 4)).unwrap_or(1));
        let mut paragraphs = vec![self.one_of(&self.texts.salutations, chance), self.one_of(&self.texts.openings, chance)];
        paragraphs.extend(mention.map(str::to_owned));
        paragraphs.extend(measures.into_iter().map(|measure| self.fill(measure)));
        paragraphs.push(self.one_of(&self.texts.closings, chance));
        paragraphs.push(self.signature(chance));
        paragraphs.join("\n\n")
    }

    /// A few words between salutation and signature.
    pub fn note(&self, words: &str, chance: &mut Chance) -> String {
        [self.one_of(&self.texts.salutations, chance), words.to_owned(), self.signature(chance)].join("\n\n")
    }

    pub fn signature(&self, chance: &mut Chance) -> String {
        let farewell = self.one_of(&self.texts.farewells, chance);
        let dashes = if chance.percent(25) { "-- \n" } else { "" };
        format!("{farewell}\n{dashes}{}\n{}\n{}", self.writer.name, self.role, self.institution.name)
    }

    /// As the language writes it.
    fn written(&self, day: Date) -> String {
        let pattern = match self.texts.code.as_str() {
            "en" => "%-d %B %Y",
            "ja" | "zh" => "%Y年%-m月%-d日",
            "fr" | "es" | "it" | "el" => "%d/%m/%Y",
            _ => "%d.%m.%Y",
        };
        day.strftime(pattern).to_string()
    }
}
