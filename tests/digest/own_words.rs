//! An office's own words for its digests, copied from an earlier build, and the slips people make in them.

use demarche::daemon::assembling::open_templates;
use demarche::digest::sample::{self, busy_day};
use demarche::digest::write_digest;
use demarche::domain::sample::rules;
use demarche::render::{Renderer, TemplateFault};
use std::path::Path;

const WORDS: &str = include_str!("../../templates/en/parts/staff.txt");

/// The built-in words with changes, each of a line that is there.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(WORDS.to_owned(), |words, (from, to)| {
        assert!(words.contains(from), "{from}");
        words.replacen(from, to, 1)
    })
}

fn opened(language: &str, words: &str) -> Result<Renderer, Vec<TemplateFault>> {
    opened_with(&[(language, words)])
}

/// With own words in several languages.
fn opened_with(own: &[(&str, &str)]) -> Result<Renderer, Vec<TemplateFault>> {
    let folder = tempfile::tempdir().unwrap();
    for (language, words) in own {
        let file = folder.path().join(language).join("parts/staff.txt");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, words).unwrap();
    }
    let shown = |fault: &mut TemplateFault| {
        let path = Path::new(&fault.template);
        fault.template = path.strip_prefix(folder.path()).unwrap_or(path).display().to_string();
    };
    open_templates(Some(folder.path())).map_err(|mut faults| {
        faults.iter_mut().for_each(shown);
        faults
    })
}

fn as_written(renderer: &Renderer, language: &str) -> String {
    let member = sample::member(language);
    let written = write_digest(renderer, &busy_day(), &member, &rules(), "1@office.example", &sample::dated()).unwrap();
    format!("{}\n{}", written.subject, written.text)
}

/// Lines and words that a later build has, and a copy of an earlier one has not.
const OF_A_LATER_BUILD: [(&str, &str); 5] = [
    ("{% set record_title = \"The record of what happened\" %}\n", ""),
    (
        "{% macro known_as(authorities) %}{% if authorities %}in the directory: {{ authorities }}{% else %}in no directory{% endif %}{% endmacro %}\n",
        "",
    ),
    ("  \"from_source\": \"If a source wrote it (a detainee, a relative, a guard)\",\n", ""),
    ("  \"stranger\": \"somebody in no directory\",\n", ""),
    ("{% set daily = \"Daily digest\" %}", "{% set daily = \"Morning paper\" %}"),
];

#[test]
fn an_offices_copy_of_an_earlier_builds_words_goes_on_working_after_the_upgrade() {
    let renderer = opened("en", &with(&OF_A_LATER_BUILD)).unwrap();
    let built_in = as_written(&open_templates(None).unwrap(), "en");
    assert_eq!(as_written(&renderer, "en"), built_in.replace("Daily digest", "Morning paper"));
    let [warning] = renderer.warnings() else { panic!("{:?}", renderer.warnings()) };
    assert_eq!(
        warning.problem,
        "lacks `known_as`, `record_title`, `steps.from_source`, `writers.stranger`; the words of en/parts/staff.txt are taken"
    );
    assert_eq!(opened("en", WORDS).unwrap().warnings(), []);
}

/// Words and layouts as an earlier build had them, which an office has copied and perhaps changed.
const OF_AN_EARLIER_BUILD: &str = "tests/digest/earlier-build";

#[test]
fn an_offices_copy_of_an_earlier_builds_digest_opens_and_is_written_after_the_upgrade() {
    let earlier = Path::new(env!("CARGO_MANIFEST_DIR")).join(OF_AN_EARLIER_BUILD);
    let written = as_written(&open_templates(Some(&earlier)).unwrap(), "en");
    for reason in ["answers one of our letters", "demarche mail link"] {
        assert!(written.contains(reason), "{reason}: {written}");
    }
    // A layout of that build with the words of this one, and the other way round.
    for own in ["shared/digest.txt", "en/parts/staff.txt"] {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(own);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(earlier.join(own), place).unwrap();
        assert!(as_written(&open_templates(Some(folder.path())).unwrap(), "en").contains("answers one of our letters"), "{own}");
    }
}

#[test]
fn a_misspelt_word_is_a_fault_though_the_built_in_one_could_fill_in() {
    for (from, to, told) in [
        ("{% set greeting = ", "{% set greting = ", "line 2: `greting` is no word of the program; did you mean `greeting`?"),
        (
            "\"from_source\": ",
            "\"from_sorce\": ",
            "line 26: `steps.from_sorce` is no word of the program; did you mean `steps.from_source`?",
        ),
        ("{% macro receipts(", "{% macro reciepts(", "`reciepts` is no word of the program; did you mean `receipts`?"),
    ] {
        let faults = opened("en", &with(&[(from, to)])).unwrap_err();
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert!(fault.to_string().starts_with("en/parts/staff.txt, line ") && fault.to_string().ends_with(told), "{fault}");
    }
}

#[test]
fn a_misspelt_word_is_told_though_another_language_has_the_same_slip_or_a_comment_names_it() {
    let slip = ("{% set greeting = ", "{% set greting = ");
    let french = include_str!("../../templates/fr/parts/staff.txt").replacen(slip.0, slip.1, 1);
    let faults = opened_with(&[("en", &with(&[slip])), ("fr", &french)]).unwrap_err();
    let told = |language: &str| faults.iter().any(|fault| fault.template.starts_with(language) && fault.problem.contains("`greting`"));
    assert!(told("en/") && told("fr/"), "{faults:?}");
    let faults = opened("en", &with(&[("{% set greeting = ", "{# greting: above all #}{% set greting = ")])).unwrap_err();
    assert!(faults.iter().any(|fault| fault.problem.contains("`greting`")), "{faults:?}");
}

#[test]
fn a_fault_in_an_own_word_is_told_with_its_own_line_though_others_are_filled_in() {
    let line = "{% set wrong = \"If this is wrong\" %}";
    let faults = opened("en", &with(&[OF_A_LATER_BUILD[2], (line, "{% set wrong = misspelt %}")])).unwrap_err();
    let at = WORDS.lines().position(|known| known == line).unwrap() + 1;
    assert!(faults.iter().any(|fault| fault.line == Some(at) && fault.problem.contains("misspelt")), "{faults:?}");
}

#[test]
fn a_word_that_a_later_build_has_no_use_for_is_a_warning_and_an_own_helper_is_none() {
    let own = with(&[
        ("{% set greeting = \"For\" %}", "{% set who = \"For\" %}{% set greeting = who ~ \" our\" %}"),
        ("{% set weekly = ", "{% set out_of_fashion = \"Yours\" %}\n{% set weekly = "),
    ]);
    let renderer = opened("en", &own).unwrap();
    let told: Vec<&str> = renderer.warnings().iter().map(|warning| warning.problem.as_str()).collect();
    assert_eq!(told, ["`out_of_fashion` is a word that nothing uses"]);
    assert!(as_written(&renderer, "en").contains("For our "));
}

#[test]
fn a_language_of_the_offices_own_says_in_english_what_it_has_no_words_for_yet() {
    let folder = tempfile::tempdir().unwrap();
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/en");
    for file in ["language.toml", "digest/subject.txt", "digest/body.txt", "digest/body.html", "parts/staff.txt"] {
        let place = folder.path().join("cs").join(file);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        let text = std::fs::read_to_string(templates.join(file)).unwrap();
        let text = text.replace(OF_A_LATER_BUILD[0].0, "").replace("Daily digest", "Denní přehled");
        std::fs::write(place, text).unwrap();
    }
    let renderer = open_templates(Some(folder.path())).unwrap();
    assert!(as_written(&renderer, "cs").contains("Denní přehled"));
    assert!(renderer.warnings()[0].problem.contains("lacks `record_title`; the words of en/parts/staff.txt are taken"));
}
