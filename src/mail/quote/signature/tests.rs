use super::*;
use crate::mail::quote::quoted_lines;

fn own_words(text: &str) -> String {
    let lines = quoted_lines::read(text);
    let ending = find(&lines, 0..lines.len(), false);
    lines[..ending.signature].iter().map(|line| line.raw).collect::<Vec<_>>().join("\n").trim().to_string()
}

#[test]
fn a_phone_may_speak_any_language_but_a_person_may_speak_of_a_desk() {
    for footer in [
        "Sent from my iPhone",
        "Envoyé de mon iPhone",
        "Von meinem iPad gesendet",
        "Verstuurd vanaf mijn iPhone",
        "Enviado desde mi Samsung",
        "Wysłano z iPhone'a",
        "Отправлено с iPhone",
        "Sendt fra min iPad",
        "iPhoneから送信",
        "Sent from Mail<https://go.example/?LinkId=1> for Windows 10",
        "Get Outlook for iOS<https://go.example/o>",
    ] {
        assert_eq!(own_words(&format!("We agree.\n\n{footer}\n")), "We agree.", "{footer}");
    }
    let desk = "We agree.\n\nSent from my desk, which is much easier than a phone.";
    assert_eq!(own_words(desk), desk);
}

#[test]
fn a_card_goes_and_a_closing_typed_by_hand_stays() {
    let card = "We agree.\n\nJane Doe\nHead of Department\nTel: +44 20 0000 0000\njane@authority.example\nwww.authority.example";
    assert_eq!(own_words(card), "We agree.");
    assert_eq!(own_words("We agree.\n\nBest regards,\nJane Doe"), "We agree.");
    assert_eq!(own_words("We agree.\n\nBest regards\n\nJane Doe"), "We agree.\n\nBest regards\n\nJane Doe");
}

#[test]
fn a_card_may_be_one_line_or_hold_two_numbers_on_one() {
    for card in [
        "Jane Doe | Director | Ministry of Justice | +44 20 0000 0000 | jane@authority.example",
        "Jeanne DUPONT\nDirectrice\nTél. : 01 00 00 00 00 - Port. : 06 00 00 00 00\njeanne.dupont@autorite.example",
    ] {
        assert_eq!(own_words(&format!("We agree.\n\n{card}")), "We agree.");
    }
}

#[test]
fn an_answer_that_names_an_address_is_kept() {
    let answer =
        "The new focal point is Jane Doe, who can be reached at jane@authority.example or by telephone on +44 20 0000 0000 every day.";
    assert_eq!(own_words(answer), answer);
    let below = "Our focal point is new.\n\nJane Doe\nTel: +44 20 0000 0000\nFax: +44 20 0000 0001\njane@authority.example\nwww.authority.example\n\nPlease write to her from now on.";
    assert_eq!(own_words(below), below);
    let announced = "Please write to our new focal point:\n\nJane Doe\nTel: +44 20 0000 0000\njane@authority.example";
    assert_eq!(own_words(announced), announced);
    let sections = "Part one is done.\n\n------\n\nPart two will be done in May. We will write again.";
    assert_eq!(own_words(sections), sections);
}

#[test]
fn a_long_text_below_two_dashes_is_no_signature() {
    let long = format!("Part one.\n--\n{}", "A sentence of the second part of the letter that goes on for a while.\n".repeat(60));
    assert_eq!(own_words(&long), long.trim());
}
