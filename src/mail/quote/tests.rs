use super::*;
use proptest::prelude::*;

/// Lines that mean something to the rules, to be put together at random.
fn telling_line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("> quoted".to_owned()),
        Just(">> more".to_owned()),
        Just("".to_owned()),
        Just("--".to_owned()),
        Just("________________".to_owned()),
        Just("-----Original Message-----".to_owned()),
        Just("---------- Forwarded message ---------".to_owned()),
        Just("From: Jane <jane@authority.example>".to_owned()),
        Just("To: Office".to_owned()),
        Just("On Fri, 3 May 2024 at 10:00, Jane <jane@authority.example> wrote:".to_owned()),
        Just("Sent from my iPhone".to_owned()),
        Just("Best regards,".to_owned()),
        Just("Jane Doe".to_owned()),
        Just("Tel: +44 20 0000 0000".to_owned()),
        Just("> wrote:".to_owned()),
        "\\PC{0,60}",
    ]
}

fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    letters.sort_unstable();
    letters
}

proptest! {
    #[test]
    fn every_line_goes_to_exactly_one_of_the_three(lines in prop::collection::vec(telling_line(), 0..40)) {
        let text = lines.join("\n");
        let split = split(&text);
        prop_assert_eq!(letters(&text), letters(&format!("{}{}{}", split.reply, split.quoted, split.signature)));
    }

    #[test]
    fn any_text_is_survived(text in "[\\s\\S]{0,500}") {
        split(&text);
    }

    #[test]
    fn plain_prose_is_never_taken_away(lines in prop::collection::vec("[A-Z][a-z ]{20,60}[a-z]\\.", 1..10)) {
        let text = lines.join("\n");
        prop_assert_eq!(split(&text).reply, text);
    }
}

#[test]
fn a_text_that_is_only_marks_and_no_text_has_no_reply() {
    assert_eq!(split(""), Split::default());
    assert_eq!(split("On Fri, 3 May 2024 at 10:00, Jane <jane@authority.example> wrote:\n> We ask.").reply, "");
}
