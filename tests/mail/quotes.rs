//! What the author of a mail newly wrote: our own stories, and a selection of texts that other projects collected.

use demarche::mail::quote::split;

/// Texts from other projects' tests, with what those tests say was newly written. Sources and licences: `quotes/ATTRIBUTION.md`.
#[test]
fn texts_that_others_collected_are_split_as_they_say() {
    let file: toml::Table = toml::from_str(include_str!("quotes/collected.toml")).unwrap();
    let texts = file["text"].as_array().unwrap();
    assert!(texts.len() >= 10);
    for text in texts {
        let field = |name: &str| text[name].as_str().unwrap().trim();
        assert_eq!(split(text["mail"].as_str().unwrap()).reply.trim(), field("reply"), "{}", field("origin"));
    }
}

#[test]
fn an_answer_above_the_quote_is_told_from_it_in_any_language() {
    for quote in [
        "On Fri, 3 May 2024 at 10:00, Office <office@npm.example> wrote:\n> Text",
        "Am 03.05.24 um 10:00 schrieb Office:\n> Text",
        "Le ven. 3 mai 2024 à 10:00, Office <office@npm.example> a écrit :\n\n> Texte",
        "În vin., 3 mai 2024 la 10:00, Office <office@npm.example> a scris:\n\n> Text",
        "Пятница, 3 мая 2024, 10:00 +03:00 от Office <office@npm.example>:\nТекст",
        "في الجمعة، 3 مايو 2024 في 10:00 ص تمت كتابة ما يلي بواسطة Office <office@npm.example>:\n\n> نص",
        "בתאריך יום ו׳, 3 במאי 2024 ב-10:00 מאת Office <office@npm.example>:\n\n> טקסט",
        "2024년 5월 3일 (금) 오전 10:00, Office <office@npm.example>님이 작성:\n\n> 본문",
        "------------------ 原始邮件 ------------------\n发件人: \"office\" <office@npm.example>;\n发送时间: 2024年5月3日\n收件人: 王\n主题: 报告\n\n您好",
        "-----Ursprüngliche Nachricht-----\nVon: Office <office@npm.example>\nGesendet: Freitag\nAn: Amt\nBetreff: Bericht\n\nText",
        "________________________________\nDe : Office <office@npm.example>\nEnvoyé : vendredi 3 mai 2024 10:00\nÀ : Jeanne\nObjet : Rapport\n\nTexte",
        "*Van:* Office <office@npm.example>\n*Verzonden:* vrijdag 3 mei 2024 10:00\n*Aan:* Jan\n*Onderwerp:* Rapport\n\nTekst",
        "Kimden: Office <office@npm.example>\nGönderildi: 3 Mayıs 2024 Cuma 10:00\nKime: Ayşe\nKonu: Rapor\n\nMetin",
        ">>> Office <office@npm.example> 03.05.2024 10:00 >>>\nText",
        "---- On Fri, 03 May 2024 10:00:00 +0200 Office <office@npm.example> wrote ----\n\nText",
    ] {
        let split = split(&format!("The windows will be there by May.\n\n{quote}\n"));
        assert_eq!(split.reply, "The windows will be there by May.", "{quote}");
        assert_eq!(split.quoted, quote);
    }
}

#[test]
fn answers_below_and_between_the_quoted_lines_are_kept() {
    let below = "On Fri, 3 May 2024 at 10:00, Office <office@npm.example> wrote:\n> We ask for windows.\n\nThey will be there by May.";
    assert_eq!(split(below).reply, "They will be there by May.");
    let between = "Dear colleagues,\n\nOn Fri, 3 May 2024 at 10:00, Office <office@npm.example> wrote:\n> 1. Windows.\n\nAccepted.\n\n> 2. Doctors.\n\nRejected.\n\n> Yours";
    assert_eq!(split(between).reply, "Dear colleagues,\n\n> 1. Windows.\n\nAccepted.\n\n> 2. Doctors.\n\nRejected.");
}

#[test]
fn what_is_unsure_stays_in_the_reply() {
    for text in [
        "In your letter of 3 May 2024 you wrote:\n\nEvery cell needs a window.\n\nWe agree.",
        "> Every cell needs a window.\n\nWe agree with this.",
        "The new focal point is:\n\nJane Doe\nTel: +44 20 0000 0000\njane@authority.example",
        "For your information.\n\n---------- Forwarded message ---------\nFrom: Jane <jane@authority.example>\nDate: Fri, 3 May 2024\nSubject: Windows\nTo: Ken\n\nThey are ordered.",
        "Part one is done.\n\n------\n\nPart two will be done in May, as we said in the meeting.",
        "Please see our answers below in red.\n\n1. Windows\nAccepted.",
    ] {
        assert_eq!(split(text).reply, text);
    }
}

#[test]
fn answers_inside_an_unmarked_letter_are_not_cut_off_with_it() {
    let text = "Dear colleagues, please find our answers below in red.\n\nFrom: Office <office@npm.example>\nSent: Friday, 3 May 2024 10:00\n\
                To: Jane\nSubject: Report\n\n1. Windows.\nAccepted.\n2. Doctors.\nRejected.";
    let split = split(text);
    assert!(split.reply.contains("Accepted.") && split.reply.contains("Rejected."), "{}", split.reply);
}

#[test]
fn signatures_and_notices_of_authorities_are_not_part_of_the_answer() {
    for signature in [
        "-- \nJane Doe\nHead of Department",
        "Sent from my iPhone",
        "Von meinem iPad gesendet",
        "Best regards,\nJane Doe\nHead of Department",
        "Jeanne Dupont\nMinistère de la Justice\nTél : +33 1 00 00 00 00\njeanne.dupont@autorite.example",
        "Ce message est confidentiel et réservé à son destinataire. Si vous l'avez reçu par erreur, merci de le détruire.",
        "This email is confidential and intended solely for the use of the recipient to whom it is addressed.",
    ] {
        let split = split(&format!("The windows will be there by May.\n\n{signature}\n"));
        assert_eq!((split.reply.as_str(), split.signature.as_str()), ("The windows will be there by May.", signature));
    }
}
