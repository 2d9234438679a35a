//! Answers as authorities write them, and what only looks like one.

use super::*;

fn found(text: &str) -> Vec<(String, String, Option<Position>)> {
    of(&quote::sort(text), std::iter::empty()).into_iter().map(|answer| (answer.reference, answer.text, answer.position)).collect()
}

#[test]
fn answers_between_the_lines_are_set_against_the_recommendation_they_follow() {
    let text = "Dear colleagues,\n\nplease see below.\n\nOn Fri, 3 May 2024 at 10:00, Office <office@npm.example> wrote:\n\n\
        > We recommend:\n> 1. [NPM-2026-0147-K] That every cell has a window that can be\n> opened.\n\n\
        Accepted. The work will be done by May.\n\n> 2. [NPM-2026-0148-A] That visits take place without\n> glass.\n\n\
        This is rejected, for reasons of safety.\n\n> 3. [NPM-2026-0149-B] That a doctor is there at night.\n>\n> Yours faithfully\n";
    assert_eq!(
        found(text),
        [
            ("NPM-2026-0147-K".into(), "Accepted. The work will be done by May.".into(), Some(Position::Accepted)),
            ("NPM-2026-0148-A".into(), "This is rejected, for reasons of safety.".into(), Some(Position::Rejected)),
        ]
    );
}

#[test]
fn a_reference_broken_by_the_client_is_read() {
    let text = "> 1. [NPM-2026-\n> 0147-K] Windows.\nWe agree in part.\n> 2. [NPM-2026-0148-A] Doctors.\nNoted.";
    assert_eq!(
        found(text),
        [
            ("NPM-2026-0147-K".into(), "We agree in part.".into(), Some(Position::PartlyAccepted)),
            ("NPM-2026-0148-A".into(), "Noted.".into(), None),
        ]
    );
}

#[test]
fn a_line_of_ours_that_the_client_wrapped_is_no_answer() {
    let text = "> 1. [NPM-2026-0147-K] Windows.\nAccepted.\n> - For each recommendation, please say whether it is to be accepted or\nrejected, and what was done.\n> Yours";
    assert_eq!(found(text), [("NPM-2026-0147-K".into(), "Accepted.".into(), Some(Position::Accepted))]);
}

#[test]
fn letters_that_name_recommendations_in_their_language_are_read() {
    for (first, second) in [
        ("Recommendation 1: Accepted.", "Recommendation 2: Rejected."),
        ("Zu Empfehlung 1: Wird angenommen.", "Zu Empfehlung 2: Wird abgelehnt."),
        ("Recommandation n° 1 : acceptée.", "Recommandation n° 2 : rejetée."),
        ("Ad 1. Uwzględniono.", "Ad 2. Nie uwzględniono."),
        ("R1 – accepted", "R2 – not accepted"),
        ("As to recommendation 1: accepted.", "As to recommendation 2: we cannot accept it."),
        ("En ce qui concerne la recommandation n° 1 : acceptée.", "En ce qui concerne la recommandation n° 2 : refusée."),
        ("Recomendación 1: se acepta.", "Recomendación 2: no se acepta."),
        ("Рекомендация № 1: принята.", "Рекомендация № 2: отклонена."),
        ("1. doporučení: akceptujeme.", "2. doporučení: neakceptujeme."),
        ("建议1：接受。", "建议2：不接受。"),
        ("勧告1：受け入れます。", "勧告2：受け入れられません。"),
        ("რეკომენდაცია 1: ვიზიარებთ.", "რეკომენდაცია 2: არ ვიზიარებთ."),
        ("التوصية رقم 1: مقبولة.", "التوصية رقم 2: مرفوضة."),
    ] {
        let text = format!("Dear colleagues,\n\n{first}\nFurther words.\n\n{second}\n\nYours faithfully,\nJane Doe");
        let positions: Vec<_> = found(&text).into_iter().map(|(reference, _, position)| (reference, position)).collect();
        assert_eq!(positions, [("1".into(), Some(Position::Accepted)), ("2".into(), Some(Position::Rejected))], "{first}");
    }
}

#[test]
fn one_paragraph_may_answer_several() {
    let text = "Recommendations 1, 2 and 4:\n\nThese are accepted.\n\nRecommendation 3\n\nNot accepted.";
    let references: Vec<_> = found(text).into_iter().map(|(reference, ..)| reference).collect();
    assert_eq!(references, ["1", "2", "4", "3"]);
}

#[test]
fn our_own_words_repeated_without_marks_are_not_the_answer() {
    let text = "See our answers below.\n\n1. [NPM-2026-0147-K] That every cell has a window.\n\nPartly accepted: new cells only.\n\n2. [NPM-2026-0148-A] Accepted.";
    assert_eq!(
        found(text),
        [
            ("NPM-2026-0147-K".into(), "Partly accepted: new cells only.".into(), Some(Position::PartlyAccepted)),
            ("NPM-2026-0148-A".into(), "Accepted.".into(), Some(Position::Accepted)),
        ]
    );
}

#[test]
fn a_document_answers_where_the_mail_only_says_that_it_is_attached() {
    let documents = [
        "Ministry of Justice\n\nRecommendation 1\nWe accept it; windows come in May.\n\nRecommendation 2\nRejected.\n\nYours faithfully",
        "1. [NPM-2026-0147-K] That every cell has a window.\n2. [NPM-2026-0148-A] That a doctor is there at night.",
        "No\tRecommendation\tPosition\n1\tWindows\tAccepted\n2\tDoctor\tRejected\n3\tFood\tPartly accepted",
    ];
    let answers = |body: &str| {
        let answers = of(&quote::sort(body), documents.into_iter());
        answers.into_iter().map(|answer| (answer.reference, answer.position)).collect::<Vec<_>>()
    };
    let (one, two, three) = (Some(Position::Accepted), Some(Position::Rejected), Some(Position::PartlyAccepted));
    assert_eq!(answers("Please find attached."), [("1".into(), one), ("2".into(), two), ("3".into(), three)]);
    assert_eq!(answers("Recommendation 2: see attachment.")[0], ("2".into(), two));
    assert_eq!(answers("Recommendation 2: accepted.")[0], ("2".into(), None), "two words that differ are no position");
}

fn positions(text: &str) -> Vec<(String, Option<Position>)> {
    found(text).into_iter().map(|(reference, _, position)| (reference, position)).collect()
}

#[test]
fn answers_in_sentences_are_set_against_the_recommendation_that_they_name() {
    for text in [
        "As to the first recommendation, it is accepted.\n\nThe second recommendation cannot be accepted for lack of funds.",
        "The 1st recommendation is accepted. The 2nd recommendation is rejected.",
        "We thank you. We accept recommendation 1. However, the building is old.\nWe cannot accept recommendation 2.",
        "First recommendation\n\nAccepted.\n\nSecond recommendation:\n\nRejected.",
        "Zur ersten Empfehlung: Wir nehmen sie an.\n\nZur zweiten Empfehlung: Diese lehnen wir ab.",
        "En ce qui concerne la première recommandation, elle est acceptée.\n\nLa deuxième recommandation ne peut être acceptée.",
        "Se acepta la primera recomendación.\n\nSe rechaza la recomendación 2.",
        "Первая рекомендация принята.\n\nЧто касается второй рекомендации, она отклонена.",
        "第一项建议：接受。\n\n第二项建议：不接受。",
        "With regard to the first\nrecommendation, we accept it.\n\nWith regard to the second\nrecommendation, we reject it.",
    ] {
        assert_eq!(positions(text), [("1".into(), Some(Position::Accepted)), ("2".into(), Some(Position::Rejected))], "{text}");
    }
}

#[test]
fn a_range_answers_each_of_its_recommendations() {
    for text in [
        "Recommendations 1 to 3 are accepted.",
        "R1-R3: accepted",
        "Die Empfehlungen 1 bis 3 werden angenommen.",
        "We accept recommendations 1, 2 and 3.",
        "Рекомендации 1–3 приняты.",
    ] {
        let accepted = |number: &str| (number.to_owned(), Some(Position::Accepted));
        assert_eq!(positions(text), [accepted("1"), accepted("2"), accepted("3")], "{text}");
    }
}

#[test]
fn answers_in_the_rows_of_a_table_are_read() {
    for text in [
        "No\tRecommendation\tPosition\tComment\n1\tEnsure that agreed plans are implemented\tAccepted\tBy June\n2\tHire a doctor\tRejected\tNo funds",
        "| No | Recommendation | Position |\n|----|----|----|\n| 1 | Windows | Accepted |\n| 2 | Doctor | Rejected |",
        "No.   Position         Comment\n1     Accepted         By June\n2     Not accepted     No funds",
        "Our positions:\n\n1 Accepted\n2 Rejected",
    ] {
        assert_eq!(positions(text), [("1".into(), Some(Position::Accepted)), ("2".into(), Some(Position::Rejected))], "{text}");
    }
    assert_eq!(
        found("No\tRecommendation\tPosition\tComment\n1\tWindows\tAccepted\tBy June\n2\tDoctor\tRejected\tNone")[0].1,
        "Accepted; By June"
    );
}

#[test]
fn a_sentence_may_go_on_counting_without_the_word() {
    for text in [
        "The first recommendation is accepted. The second is rejected. As for the third, we need more time.",
        "Die erste Empfehlung wird angenommen. Die zweite wird abgelehnt. Die dritte wird geprüft.",
        "La première recommandation est acceptée. La deuxième est rejetée. La troisième est à l'étude.",
        "Recommendation 1 is accepted, recommendation 2 is rejected. Recommendation 3 is being studied.",
        "Recommendation NPM-2026-0001-A is accepted. Recommendation 2 is rejected. Recommendation 3 is being studied.",
        "1 numaralı tavsiye kabul edilmiştir. 2 numaralı tavsiye kabul edilmemiştir. 3 numaralı tavsiye değerlendirilmektedir.",
    ] {
        let stated: Vec<_> = positions(text).into_iter().map(|(_, position)| position).collect();
        assert_eq!(stated, [Some(Position::Accepted), Some(Position::Rejected), None], "{text}");
    }
    assert_eq!(positions("Recommendation 1 is accepted. The first step is a tender, the second is the work.").len(), 1);
}

#[test]
fn what_is_said_in_two_places_is_a_position_if_both_agree() {
    assert_eq!(positions("Recommendation 3(a): accepted.\nRecommendation 3(b): rejected."), [("3".into(), None)]);
    let twice = "Recommendation 1: accepted.\n\nRecommendation 1: The works begin in May.";
    assert_eq!(positions(twice), [("1".into(), Some(Position::Accepted))]);
    let but_one = "Recommendations 1 to 3, except recommendation 2, are accepted.";
    assert_eq!(positions(but_one).into_iter().map(|(reference, _)| reference).collect::<Vec<_>>(), ["1", "3"]);
}

#[test]
fn a_row_that_states_no_position_is_an_answer_beside_those_that_do() {
    let text = "No | Recommendation | Position\n1 | Windows | Under review\n2 | Bells | Accepted\n3 | Doctor | Under review";
    let stated = [("1".into(), None), ("2".into(), Some(Position::Accepted)), ("3".into(), None)];
    assert_eq!(positions(text), stated);
}

#[test]
fn a_sentence_about_all_answers_each_that_our_letter_prints() {
    let letter = "> 1. [NPM-2026-0001-A] Windows.\n> 2. [NPM-2026-0002-B] Bells.\n> 3. [NPM-2026-0003-C] A doctor.";
    let answered =
        |sentence: &str| positions(&format!("{sentence}\n\nOn 3 May 2026, at 10:00, Office <office@npm.example> wrote:\n\n{letter}"));
    for sentence in ["We accept all your recommendations.", "Alle Empfehlungen werden angenommen.", "Se aceptan todas las recomendaciones."]
    {
        assert_eq!(answered(sentence).len(), 3, "{sentence}");
    }
    let but_one = answered("All 3 recommendations are accepted, with the exception of number 2.");
    assert_eq!(but_one, [("NPM-2026-0001-A".into(), Some(Position::Accepted)), ("NPM-2026-0003-C".into(), Some(Position::Accepted))]);
    for unsure in [
        "Not all recommendations can be accepted.",
        "Almost all recommendations are accepted.",
        "All recommendations but one are accepted.",
        "All recommendations of the CPT were accepted.",
        "We accept all recommendations. However, we cannot accept a doctor every day.",
    ] {
        assert_eq!(answered(unsure), [], "{unsure}");
    }
    assert_eq!(positions("All recommendations are accepted."), []);
}

#[test]
fn numbers_and_ordinals_of_other_things_answer_nothing() {
    for text in [
        "1 prisoner accepted the offer.\n2 prisoners rejected it.",
        "The first visit was accepted by all. The second letter was rejected.",
        "The first recommendation of the CPT was accepted in 2019.",
        "Article 1\tadopted\n3 May\taccepted",
        "Year\tComplaints\n1\t20\n2\t30",
    ] {
        assert_eq!(positions(text), [], "{text}");
    }
}

#[test]
fn a_letter_that_numbers_other_things_answers_nothing() {
    assert!(found("We visited:\n1. the kitchen\n2. the yard\n3. the roof").is_empty());
    assert!(found("As we said of recommendation 3 above, we accept.\nSee our answer to recommendation 4.").is_empty());
    assert!(found("We accept your recommendations and will write again in 3 weeks.").is_empty());
    assert_eq!(found("1. Accepted.\n2. Rejected.").len(), 2);
}
