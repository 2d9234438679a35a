//! Which of the answers of a mail is meant for which recommendation of a request.

use super::repeated::beyond;
use crate::domain::recommendation::{Recommendation, is_clear_number};
use crate::mail::understood::{AnswerFound, Understood};

/// What a mail says on each recommendation asked about, in the order of the letter; none where it answers all of them and says nothing of this one. Where
/// one alone was asked about and none is named, all that was newly written answers it.
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
