//! Which of the answers of a mail is meant for which recommendation of a request.

use super::repeated::beyond;
use crate::domain::recommendation::{Recommendation, is_clear_number};
use crate::mail::understood::{AnswerFound, Understood};

/// What a mail says on each recommendation asked about, in the order of the letter; none where it answers all of them and says nothing of this one.
/// Where one alone was asked about and none is named, all that was newly written answers it.
pub fn to_each(asked: &[Recommendation], understood: &Understood) -> Vec<Option<AnswerFound>> {
    let whole = (asked.len() == 1 && understood.answers.is_empty()).then(|| AnswerFound {
        reference: "1".to_owned(),
        text: understood.reply.trim().to_owned(),
        position: understood.position,
    });
    let whole = whole.filter(|whole| !whole.text.is_empty());
    let found: Vec<&AnswerFound> = understood.answers.iter().chain(&whole).collect();
    let references: Vec<&str> = asked.iter().map(|recommendation| recommendation.reference.as_str()).collect();
    let answer_to = |number: usize, recommendation: &Recommendation| {
        let is_clear = is_clear_number(number, &references);
        let by_reference = found.iter().find(|answer| answer.reference.eq_ignore_ascii_case(&recommendation.reference));
        let by_number = || found.iter().find(|answer| is_clear && answer.reference == number.to_string());
        let answer = by_reference.filter(|answer| is_clear || answer.reference.parse::<usize>().is_err()).or_else(by_number)?;
        beyond(&recommendation.text, answer)
    };
    (1..).zip(asked).map(|(number, recommendation)| answer_to(number, recommendation)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::confidentiality::Class;
    use crate::domain::identity::RecommendationId;

    fn recommendation(reference: &str) -> Recommendation {
        Recommendation {
            id: RecommendationId(1),
            reference: reference.into(),
            text: "Lock the doors".into(),
            made_on: "2026-01-01".parse().unwrap(),
            report: None,
            place: None,
            theme: None,
            urgency: "ordinary".into(),
            repeats: None,
            class: Class::Confidential,
        }
    }

    fn answer(reference: &str, text: &str) -> AnswerFound {
        AnswerFound { reference: reference.into(), text: text.into(), position: None }
    }

    #[test]
    fn an_answer_is_set_against_the_recommendation_that_it_names() {
        for (asked, answers, reply, expected) in [
            (&["A/1", "A/2"][..], vec![answer("a/2", "Done.")], "", vec![None, Some("Done.")]),
            (&["A/1", "A/2"], vec![answer("2", "Done."), answer("A/1", "Never.")], "", vec![Some("Never."), Some("Done.")]),
            // What stands in the second place and is called R1 is not meant by a bare number.
            (&["R2", "R1"], vec![answer("1", "Done.")], "", vec![None, None]),
            (&["A/1"], vec![], " Done. ", vec![Some("Done.")]),
            (&["A/1"], vec![], " ", vec![None]),
            (&["A/1", "A/2"], vec![], "Done.", vec![None, None]),
            (&["A/1"], vec![answer("A/1", "Lock the doors: we do.")], "", vec![Some("we do.")]),
            (&["A/1"], vec![answer("A/1", "Lock the doors")], "", vec![None]),
        ] {
            let asked: Vec<Recommendation> = asked.iter().map(|reference| recommendation(reference)).collect();
            let understood = Understood { answers, reply: reply.into(), ..Understood::default() };
            let found = to_each(&asked, &understood);
            let texts: Vec<Option<&str>> = found.iter().map(|answer| answer.as_ref().map(|answer| answer.text.as_str())).collect();
            assert_eq!(texts, expected, "{understood:?}");
        }
    }
}
