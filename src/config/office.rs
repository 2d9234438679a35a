//! `[office]`, `[drafts]`, `[wording]`, `[signatories]`, `[hours]`, `[reply_addresses]`: who the office is and in whose name it writes.

use super::reader::{Found, Section};
use crate::domain::calendar::StartEvent;
use crate::domain::draft_rules::DraftRules;
use crate::domain::reply_address::Style;
use crate::domain::rules::{OfficeHours, Wording};
use crate::domain::staff::Signatory;
use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// `[office]` as it is meant; what is missing was noted as a fault. Names of other tables are checked where those are known.
pub(super) struct Office {
    pub name: Option<Found<String>>,
    pub address: Option<Found<String>>,
    pub prefix: Option<Found<String>>,
    pub language: String,
    pub time_zone: Option<Found<TimeZone>>,
    pub calendar: Option<Found<String>>,
    pub levels: Vec<String>,
    pub start_event: StartEvent,
    pub acknowledge_replies: bool,
    pub hold_days: u32,
    pub read_days: u32,
}

const ADDRESS: &str = "expected a mail address, as in \"desk@office.example\"";
const LANGUAGE: &str = "expected a language as templates/ names its folders, as in \"en\" or \"fr\"";

pub(super) fn read(section: Section<'_>) -> Office {
    let name = section.needed_text("name", "expected the office's name as it stands under letters");
    let address = address(&section, "address", true);
    let prefix = section.read("prefix", "expected 2 to 10 capital letters without accents: NPM in NPM-2026-0147-K", |prefix| {
        ((2..=10).contains(&prefix.len()) && prefix.bytes().all(|letter| letter.is_ascii_uppercase())).then(|| prefix.to_owned())
    });
    if !section.has("prefix") {
        section.missing("prefix", "expected the capital letters that every reference begins with: NPM in NPM-2026-0147-K");
    }
    let language = language(&section, "language");
    let time_zone = section.read("time_zone", "expected a name of the IANA time zone database, as in \"Europe/Prague\"", |name| {
        // `TimeZone::get` would take "local" for this machine's own, which differs between machines.
        (name != "local").then(|| TimeZone::get(name).ok()).flatten()
    });
    if !section.has("time_zone") {
        section.missing("time_zone", "expected the office's own, as in \"Europe/Prague\"");
    }
    let calendar = section.text("calendar", "expected the name of one of the [calendars]");
    let levels = levels(&section);
    let start_event = section.choice("deadline_starts", &[("sending", StartEvent::Sending), ("report", StartEvent::Report)]);
    let acknowledge_replies = section.truth("acknowledge_replies").is_some_and(|found| found.value);
    let hold_days = section.number("hold_days", 1..=60, "whole working days").map_or(5, |found| found.value);
    let read_days = section.number("read_days", 1..=250, "whole working days").map_or(20, |found| found.value);
    section.finish();
    Office {
        name,
        address,
        prefix,
        language: language.unwrap_or_else(|| "en".into()),
        time_zone,
        calendar,
        levels,
        start_event: start_event.map_or(StartEvent::Sending, |found| found.value),
        acknowledge_replies,
        hold_days: u32::try_from(hold_days).unwrap_or(5),
        read_days: u32::try_from(read_days).unwrap_or(20),
    }
}

fn levels(section: &Section<'_>) -> Vec<String> {
    let usual = ["technical", "head", "minister"].map(String::from).to_vec();
    let Some(written) =
        section.texts("levels", "expected names from the lowest to the highest, as in [\"technical\", \"head\", \"minister\"]")
    else {
        return usual;
    };
    let mut levels: Vec<String> = Vec::new();
    for level in written {
        if levels.contains(&level.value) {
            section.document().fault(level.span, format!("the level {:?} stands twice", level.value), "name each level once");
        } else {
            levels.push(level.value);
        }
    }
    if levels.is_empty() {
        section.fault("levels", "is empty", "expected at least one level, or leave the key out");
        return usual;
    }
    levels
}

/// Which letters wait for a person to release them.
pub(super) fn drafts(section: Section<'_>, levels: &[String]) -> DraftRules {
    let usual = DraftRules::default();
    let mut drafted: Vec<String> = Vec::new();
    for level in section.texts("levels", "expected levels, as in [\"head\", \"minister\"]").unwrap_or_default() {
        if levels.contains(&level.value) {
            drafted.push(level.value);
        } else {
            section.document().fault(level.span, format!("{:?} is no level", level.value), format!("levels are {}", levels.join(", ")));
        }
    }
    let days = section.number("days", 1..=60, "whole working days").and_then(|found| u32::try_from(found.value).ok());
    section.finish();
    DraftRules { levels: drafted, days: days.unwrap_or(usual.days) }
}

/// A mail address, in the case in which it was written.
pub(super) fn address(section: &Section<'_>, key: &str, needed: bool) -> Option<Found<String>> {
    if needed && !section.has(key) {
        section.missing(key, ADDRESS);
    }
    section.read(key, ADDRESS, |text| text.parse::<lettre::Address>().ok().map(|address| address.to_string()))
}

pub(super) fn language(section: &Section<'_>, key: &str) -> Option<String> {
    section.read(key, LANGUAGE, |text| is_language(text).then(|| text.to_owned())).map(|found| found.value)
}

/// A BCP 47 tag in its plain forms (`en`, `fr-CA`, `sr-Latn`): it becomes a folder's name, so nothing else is let in.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.next().is_some_and(|first| (2..=3).contains(&first.len()) && first.bytes().all(|letter| letter.is_ascii_lowercase()))
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric()))
}

pub(super) fn wording(section: Section<'_>) -> BTreeMap<String, Wording> {
    let mut wording = BTreeMap::new();
    for (language, words) in section.named() {
        if !is_language(&language) {
            words.document().fault(words.span(), format!("{language:?} is no language"), LANGUAGE);
        }
        let legal_ground = words.text("legal_ground", "expected the law under which the office asks");
        let duty_to_answer = words.text("duty_to_answer", "expected a sentence on the authority's duty to answer");
        let text = |found: Option<Found<String>>| found.map(|found| found.value).unwrap_or_default();
        wording.insert(language, Wording { legal_ground: text(legal_ground), duty_to_answer: text(duty_to_answer) });
        words.finish();
    }
    wording
}

pub(super) fn signatories(section: Section<'_>, levels: &[String]) -> BTreeMap<String, Signatory> {
    let mut signatories = BTreeMap::new();
    for (level, signatory) in section.named() {
        if !levels.contains(&level) {
            let found = format!("{:?} is no level", section.name_of(&level));
            signatory.document().fault(signatory.span(), found, format!("levels are {}", levels.join(", ")));
        }
        let name = signatory.needed_text("name", "expected the name under the letter");
        let title = signatory.text("title", "expected the function under the name").map(|found| found.value).unwrap_or_default();
        if let Some(name) = name {
            signatories.insert(level, Signatory { name: name.value, title });
        }
        signatory.finish();
    }
    signatories
}

const TIME: &str = "expected a time of day as in \"08:30\"";

pub(super) fn time_of_day(section: &Section<'_>, key: &str) -> Option<Found<Time>> {
    section.read(key, TIME, |text| {
        let (hour, minute) = text.split_once(':')?;
        // Hour and minute in digits alone: i8 would read "+8" too.
        let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit()).then(|| part.parse::<i8>().ok()).flatten();
        if hour.len() > 2 || minute.len() != 2 {
            return None;
        }
        Time::new(digits(hour)?, digits(minute)?, 0, 0).ok()
    })
}

pub(super) fn hours(section: Section<'_>) -> OfficeHours {
    let from = time_of_day(&section, "from").map_or(time(8, 0, 0, 0), |found| found.value);
    let (to, understood) = match time_of_day(&section, "to") {
        Some(found) => (found.value, true),
        None => (time(18, 0, 0, 0), !section.has("to")),
    };
    let every_day = section.truth("every_day").is_some_and(|found| found.value);
    if from >= to && understood {
        section.fault(
            "to",
            format!("is {}, not after {}", to.strftime("%H:%M"), from.strftime("%H:%M")),
            "expected a later time of the same day",
        );
    }
    section.finish();
    OfficeHours { from, to, every_day }
}

#[derive(Clone, Copy)]
enum StyleWord {
    Plus,
    CatchAll,
    Off,
}

/// Local parts and domains in lower case, as [`Style`] asks.
pub(super) fn reply_addresses(section: Section<'_>, office: Option<&Found<String>>) -> Option<Style> {
    let style = section.choice("style", &[("plus", StyleWord::Plus), ("catch_all", StyleWord::CatchAll), ("off", StyleWord::Off)]);
    let style = style.map_or(StyleWord::Plus, |found| found.value);
    let own = address(&section, "address", false);
    let domain =
        section.read("domain", "expected a domain, every address of which reaches the office, as in \"replies.office.example\"", |text| {
            format!("desk@{text}").parse::<lettre::Address>().ok().map(|address| address.domain().to_ascii_lowercase())
        });
    let span = own.as_ref().or(office).map(|found| found.span.clone());
    let address = own.or_else(|| office.cloned()).map(|found| found.value.to_ascii_lowercase());
    let read = match style {
        StyleWord::Plus => address.as_deref().and_then(|address| address.rsplit_once('@')).map(|(local, domain)| {
            if local.contains('+') {
                let span = span.unwrap_or(section.span());
                section.document().fault(
                    span,
                    format!("{local}@{domain} has a + already"),
                    "expected the plain address that +… is added to",
                );
            }
            Style::Plus { local: local.to_owned(), domain: domain.to_owned() }
        }),
        StyleWord::CatchAll => {
            if domain.is_none() && !section.has("domain") {
                section.missing("domain", "expected the domain of which every address reaches the office");
            }
            domain.map(|domain| Style::CatchAll { domain: domain.value })
        }
        StyleWord::Off => address.map(|address| Style::Off { address }),
    };
    if let (Some(Style::Plus { domain, .. } | Style::CatchAll { domain } | Style::Off { address: domain }), Some(office)) = (&read, office)
    {
        let reply_domain = domain.rsplit('@').next().unwrap_or_default();
        let own_domain = office.value.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        if !are_aligned(reply_domain, &own_domain) {
            section.document().warn(
                section.span(),
                format!("replies go to {reply_domain}, and letters come from {own_domain}"),
                "let one lie under the other: SPF judges the envelope sender's domain, DMARC asks that it fits the From address",
            );
        }
    }
    section.finish();
    read
}

/// DMARC's relaxed alignment (RFC 7489 §3.1), without the list of public suffixes: the same domain, or one below the other.
fn are_aligned(left: &str, right: &str) -> bool {
    let below = |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'));
    left == right || below(left, right) || below(right, left)
}
