//! An office's own templates in place of the built-in ones, and the slips people make in them.

use demarche::daemon::assembling::open_templates;
use demarche::letters::sample::Sample;
use demarche::letters::write_letter;
use demarche::render::TemplateFault;
use std::fs;
use std::path::Path;

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn faults(files: &[(&str, &str)]) -> Vec<TemplateFault> {
    let folder = workspace(files);
    let mut faults = open_templates(Some(folder.path())).unwrap_err();
    for fault in &mut faults {
        let path = Path::new(&fault.template);
        fault.template = path.strip_prefix(folder.path()).unwrap_or(path).display().to_string();
    }
    faults
}

fn only(files: &[(&str, &str)]) -> TemplateFault {
    let mut faults = faults(files);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn an_office_puts_its_own_words_in_place_of_ours() {
    let folder = workspace(&[("en/request/body.txt", "To {{ authority.name }}: answer by {{ deadline.iso }}.\n")]);
    let written = write_letter(&open_templates(Some(folder.path())).unwrap(), &Sample::request().content("en", "request")).unwrap();
    assert_eq!(written.text, "To Prison Service: answer by 2026-02-26.\n");
    assert!(written.subject.starts_with("[NPM-2026-0147-K] Request for"));
}

#[test]
fn a_reference_is_in_the_subject_whatever_the_template_says() {
    for own in ["Answer, please", "Answer, please [{{ request.reference }}]"] {
        let folder = workspace(&[("en/request/subject.txt", own)]);
        let written = write_letter(&open_templates(Some(folder.path())).unwrap(), &Sample::request().content("en", "request")).unwrap();
        assert_eq!(written.subject.matches("[NPM-2026-0147-K]").count(), 1);
    }
}

#[test]
fn an_unknown_name_is_told_with_file_line_and_the_names_that_exist() {
    let fault = only(&[("en/request/body.txt", "Dear all,\n\nanswer by {{ dead_line }}.\n")]);
    assert_eq!((fault.template.as_str(), fault.line), ("en/request/body.txt", Some(3)));
    assert_eq!(fault.problem, "`dead_line` does not exist");
    assert!(fault.known.contains(&"deadline.full".to_string()), "{fault}");
    assert!(!fault.known.contains(&"due_soon.count".to_string()), "a digest's name: {fault}");
}

#[test]
fn a_name_of_the_digest_is_unknown_in_a_letter() {
    let fault = only(&[("en/request/body.txt", "{% if overdue %}{{ waiting.count }}{% endif %}")]);
    assert_eq!(fault.problem, "`waiting.count` does not exist");
}

#[test]
fn a_misspelt_part_of_a_name_is_told_with_its_neighbours() {
    let fault = only(&[("fr/reminder/subject.txt", "Rappel {{ request.referense }}")]);
    insta::assert_snapshot!(fault, @"fr/reminder/subject.txt, line 1: `request.referense` does not exist; the names that exist: request.answered, request.asked, request.reference, request.sent_on.full, request.sent_on.iso, request.sent_on.plain, request.urgent");
}

#[test]
fn an_unknown_name_is_found_in_a_branch_that_no_sample_takes() {
    let fault = only(&[("en/request/body.txt", "{% if recommendations|length > 900 %}\n{{ misspelt }}\n{% endif %}\n")]);
    assert_eq!((fault.line, fault.problem.as_str()), (Some(2), "`misspelt` does not exist"));
}

#[test]
fn an_unknown_name_inside_a_loop_is_told_with_those_of_the_list() {
    let fault = only(&[("en/request/body.txt", "{% for recommendation in recommendations %}\n{{ recommendation.txt }}\n{% endfor %}\n")]);
    assert_eq!((fault.line, fault.problem.as_str()), (Some(2), "`recommendation.txt` does not exist"));
    assert!(fault.known.contains(&"recommendations[].text".to_string()), "{fault}");
    assert!(!fault.known.contains(&"office.name".to_string()), "{fault}");
}

#[test]
fn a_fault_in_a_part_is_told_once_and_where_it_stands() {
    let fault = only(&[("en/parts/signature.txt", "Yours,\n{% for copy in copies %}{{ copy.nam }}{% endfor %}\n")]);
    assert_eq!((fault.template.as_str(), fault.line), ("en/parts/signature.txt", Some(2)));
}

#[test]
fn every_fault_is_told_at_once() {
    let faults = faults(&[("en/request/body.txt", "{{ a_slip }}\n"), ("fr/request/body.txt", "{% if overdue %}\n")]);
    let files: Vec<&str> = faults.iter().map(|fault| fault.template.as_str()).collect();
    assert_eq!(files, ["fr/request/body.txt"], "what does not compile is told first");
    let files = self::faults(&[("en/request/body.txt", "{{ a_slip }}\n"), ("fr/request/body.html", "{{ another }} {{ third }}\n")]);
    assert_eq!(files.len(), 3, "{files:?}");
}

#[test]
fn a_file_that_no_letter_reads_is_a_slip_in_its_name() {
    for path in ["en/request/body.text", "en/body.txt", "subject.txt", "en/request/old/body.txt", "en/parts/note.md"] {
        let fault = only(&[(path, "Words that nobody would ever read.\n")]);
        assert!(fault.problem.contains("no letter reads this file"), "{path}: {fault}");
    }
}

#[test]
fn a_letter_without_its_html_is_not_whole() {
    let fault = only(&[("en/invitation/subject.txt", "You are invited\n"), ("en/invitation/body.txt", "Come.\n")]);
    assert!(fault.problem.contains("`body.html` is missing"), "{fault}");
}

#[test]
fn an_own_letter_and_an_own_language_are_folders() {
    let language = include_str!("../../templates/en/language.toml").replace("Thursday", "čtvrtek");
    let folder = workspace(&[
        ("cs/language.toml", &language),
        ("cs/second-reminder/subject.txt", "Urgence"),
        ("cs/second-reminder/body.txt", "Do {{ deadline.full }}: {{ step }}"),
        ("cs/second-reminder/body.html", "<p>{{ authority.name }}</p>"),
        ("cs/.second-reminder.swp", "\u{0}"),
        ("README.md", "Our templates."),
    ]);
    let renderer = open_templates(Some(folder.path())).unwrap();
    assert!(renderer.has("cs", "second-reminder") && !renderer.has("cs", "request"));
    let written = write_letter(&renderer, &Sample::reminder().content("cs", "second-reminder")).unwrap();
    assert_eq!(written.text, "Do čtvrtek 26 February 2026: reminder\n");
}

#[test]
fn a_template_that_does_not_end_is_stopped() {
    let endless = "{% for a in range(90000) %}{% for b in range(90000) %}{{ a }}{% endfor %}{% endfor %}";
    let fault = only(&[("en/request/body.txt", endless)]);
    assert!(fault.problem.contains("too many steps"), "{fault}");
    let fault = only(&[("en/request/body.txt", "{% include \"en/request/body.txt\" %}")]);
    assert!(fault.problem.contains("recursion"), "{fault}");
}

#[test]
fn a_template_reads_no_file() {
    let fault = only(&[("en/request/body.txt", "{% include \"../../../../../../etc/hostname\" %}")]);
    assert!(fault.problem.contains("not"), "{fault}");
}

#[test]
fn a_template_in_another_encoding_is_told_with_its_line() {
    let folder = workspace(&[]);
    fs::create_dir_all(folder.path().join("fr/request")).unwrap();
    fs::write(folder.path().join("fr/request/body.txt"), b"Madame,\nd\xe9lai\n").unwrap();
    let faults = open_templates(Some(folder.path())).unwrap_err();
    assert!(faults[0].problem.contains("line 2: is not UTF-8"), "{}", faults[0]);
}

#[test]
fn a_workspace_without_the_folder_has_the_built_in_letters() {
    let renderer = open_templates(Some(Path::new("no/such/folder"))).unwrap();
    assert_eq!(renderer.languages().collect::<Vec<_>>(), ["en", "fr"]);
    assert!(renderer.has("fr", "escalation"));
}
