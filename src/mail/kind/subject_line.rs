//! What the subject says of the mail: an answer to another's subject, or the beginning by which automatic replies and reports are known.

use crate::mail::phrases::{Found, MARKERS, PhraseMeaning};

/// "Re:", "AW:", `RE[2]:`, "Fwd:" and their kin in the languages of mail clients: the subject is another's.
pub(super) fn is_reply(folded: &str) -> bool {
    let Some(colon) = folded.find(':') else { return false };
    let prefix = folded[..colon].trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '[' | ']' | '(' | ')' | ' '));
    matches!(
        prefix,
        "re" | "aw"
            | "antw"
            | "antwort"
            | "sv"
            | "vs"
            | "ref"
            | "rif"
            | "r"
            | "i"
            | "odp"
            | "res"
            | "resp"
            | "ynt"
            | "bls"
            | "atb"
            | "vb"
            | "vl"
            | "ynl"
            | "rv"
            | "tr"
            | "fw"
            | "fwd"
            | "wg"
            | "doorst"
            | "enc"
            | "pd"
            | "απ"
            | "σχετ"
            | "πρθ"
            | "отв"
            | "на"
            | "пер"
            | "відп"
            | "回复"
            | "回覆"
            | "答复"
            | "转发"
            | "轉寄"
            | "返信"
            | "답장"
            | "회신"
            | "전달"
            | "رد"
            | "تו"
            | "תשובה"
    )
}

/// The longest marker with which a folded subject begins. One word must be set off by a mark ("Auto: …"), several may run on ("Out of office until
/// 3 May"); a marker in brackets at the end counts as well ("Sorry (Out of Office)").
pub(super) fn beginning_of(folded: &str, meaning: PhraseMeaning) -> Option<Found> {
    let subject = folded.trim_start_matches(['[', '*', '"', '\'', '<', '(', '-', '【', '「']);
    let offset = folded.len() - subject.len();
    MARKERS
        .find(folded)
        .filter(|found| found.meaning == meaning)
        .filter(|found| {
            let rest = folded[found.end..].trim_start();
            let set_off = rest.is_empty() || !rest.starts_with(char::is_alphanumeric);
            let several = found.phrase.contains(' ') || found.phrase.contains('-');
            found.start == offset && (set_off || several)
                || found.start > 0 && folded[..found.start].trim_end().ends_with(['(', '[']) && several
        })
        .max_by_key(|found| found.end - found.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::folding::fold;

    #[test]
    fn subjects_of_robots_begin_with_what_they_are() {
        for subject in [
            "Automatic reply: Request NPM-2026-0147-K",
            "Auto: Re: your letter",
            "Abwesenheitsnotiz",
            "Out of office until 3 May",
            "Réponse automatique : votre courrier",
            "Sorry, I'm on vacation (Out of Office - US Open)",
            "Автоответ: Письмо",
            "自動返信: 件名",
        ] {
            assert!(beginning_of(&fold(subject), PhraseMeaning::Marker).is_some(), "{subject}");
        }
        for subject in ["Auto theft in the north", "Absence of medical staff", "Report on the vacation of the premises"] {
            assert!(beginning_of(&fold(subject), PhraseMeaning::Marker).is_none(), "{subject}");
        }
        assert!(is_reply(&fold("RE: Automatic reply: Request")) && is_reply("aw[2]: x") && !is_reply("automatic reply: re: x"));
    }
}
