//! What the author of a mail newly wrote: our own stories, and a selection of texts that other projects collected.

use demarche::mail::quote::split;
use std::collections::BTreeMap;

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

/// The lines of real clients, by language: `quotes/clients.toml`.
#[derive(serde::Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Clients {
    attribution: Vec<String>,
    headers: Vec<[String; 5]>,
    original: Vec<String>,
    forwarded: Vec<String>,
    footer: Vec<String>,
}

fn clients() -> BTreeMap<String, Clients> {
    toml::from_str(include_str!("quotes/clients.toml")).expect("the table is TOML")
}

const ANSWER: &str = "The windows will be there by May.\nThe doctor comes on Monday.";
const QUOTE: &str = "> Dear colleagues,\n>\n> We ask for windows.";

#[test]
fn attributions_of_clients_in_fifty_languages_are_told_from_the_answer_above_and_below() {
    for line in clients().values().flat_map(|language| &language.attribution) {
        for below in [format!("{line}\n{QUOTE}"), format!("{line}\n\n{QUOTE}\n")] {
            assert_eq!(split(&format!("{ANSWER}\n\n{below}")).reply, ANSWER, "{line}");
            assert_eq!(split(&format!("{ANSWER}\n{below}")).reply, ANSWER, "{line}");
            assert_eq!(split(&format!("{below}\n\n{ANSWER}")).reply, ANSWER, "{line}");
        }
    }
}

#[test]
fn header_blocks_of_clients_in_fifty_languages_are_told_from_the_answer_in_every_dress() {
    for (language, labels) in clients().iter().flat_map(|(name, language)| language.headers.iter().map(move |labels| (name, labels))) {
        let [from, date, to, copy, subject] = labels;
        let values =
            ["Jane Doe <jane@authority.example>", "3 May 2024 10:00", "Office <office@npm.example>", "Ken <ken@npm.example>", "Re: Report"];
        let lines = |form: &str, order: &[usize]| {
            let labels = [from, date, to, copy, subject];
            order.iter().map(|&at| form.replace("{}", labels[at]) + values[at]).collect::<Vec<_>>().join("\n")
        };
        for block in [
            lines("{}: ", &[0, 1, 2, 3, 4]),
            lines("*{}:* ", &[0, 1, 2, 4]),
            lines("**{}:** ", &[0, 1, 2, 4]),
            lines("{} : ", &[0, 2, 1, 4]),
            lines("{}:\t", &[4, 1, 0, 2]),
            lines("{}\u{a0}:\u{a0}", &[1, 0, 2, 4]),
            lines("{}：", &[0, 1, 2, 4]),
            format!("________________________________\n{}", lines("{}: ", &[0, 1, 2, 4])),
            lines("{}: ", &[0, 1, 2, 4]).replace('\n', "\n\n"),
        ] {
            assert_eq!(split(&format!("{ANSWER}\n\n{block}\n\nDear colleagues,\n\nWe ask.")).reply, ANSWER, "{language}: {block}");
        }
        let marked = format!("{}\n\nDear colleagues,", lines("{}: ", &[0, 1, 2, 4])).replace('\n', "\n> ");
        assert_eq!(split(&format!("> {marked}\n\n{ANSWER}")).reply, ANSWER, "{language}: {marked}");
    }
}

#[test]
fn words_between_dashes_end_what_was_newly_written_and_forwarded_letters_belong_to_it() {
    for (name, language) in &clients() {
        for original in &language.original {
            for line in [
                format!("-----{original}-----"),
                format!("-------- {original} --------"),
                format!("-----{}:-----", original.to_uppercase()),
            ] {
                assert_eq!(split(&format!("{ANSWER}\n\n{line}\n\nWe ask.")).reply, ANSWER, "{name}: {line}");
            }
        }
        for line in &language.forwarded {
            let text =
                format!("FYI\n\n{line}\nFrom: Jane <jane@authority.example>\nDate: 3 May 2024\nTo: Office\n\nThe windows are ordered.");
            assert_eq!(split(&text).reply, text, "{name}: {line}");
        }
    }
}

#[test]
fn lines_that_devices_append_in_forty_languages_are_no_answer() {
    for (name, language) in &clients() {
        for footer in &language.footer {
            let split = split(&format!(
                "{ANSWER}\n\n{footer}\n________________________________\nFrom: Jane <jane@authority.example>\nSent: Friday\nTo: Office\nSubject: x\n\nWe ask."
            ));
            assert_eq!((split.reply.as_str(), split.signature.as_str()), (ANSWER, footer.as_str()), "{name}");
        }
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
fn answers_between_lines_that_a_header_block_introduces_are_kept() {
    let head = "See below.\n\nFrom: Office <office@npm.example>\nSent: Friday, May 3, 2024 10:00\nTo: Jane\nSubject: Report\n\n";
    let letter = "> 1. Windows.\n\nAccepted.\n\n> 2. Doctors.\n\nRejected.";
    assert_eq!(split(&format!("{head}{letter}")).reply, format!("See below.\n\n\n{letter}"));
}

#[test]
fn an_attribution_that_a_client_wrapped_is_whole() {
    for attribution in [
        "Jane Doe <\njane@authority.example>, 5 Mar 2024 Sal, 15:14 tarihinde şunu yazdı:",
        "Jane Doe <\njane@authority.example> 於 2024年3月5日 週二 下午3:14寫道：",
        "* Jane Doe <\njane@authority.example> [2024-03-05 15:14]:",
        "Jane Doe kirjoitti 5.3.2024\nklo 15.14:",
        "Jane Doe píše v Út 05. 03.\n2024 v 15:14 +0100:",
    ] {
        assert_eq!(split(&format!("{ANSWER}\n\n{attribution}\n\n{QUOTE}\n")).reply, ANSWER, "{attribution}");
    }
}

#[test]
fn what_is_unsure_stays_in_the_reply() {
    for text in [
        "Please write to our new focal point, who is at\n\njane@authority.example",
        "If you received a copy of the order by mistake, please tell the court.",
        "In your letter of 3 May 2024 you wrote:\n\nEvery cell needs a window.\n\nWe agree.",
        "> Every cell needs a window.\n\nWe agree with this.",
        "The new focal point is:\n\nJane Doe\nTel: +44 20 0000 0000\njane@authority.example",
        "For your information.\n\n---------- Forwarded message ---------\nFrom: Jane <jane@authority.example>\nDate: Fri, 3 May 2024\nSubject: Windows\nTo: Ken\n\nThey are ordered.",
        "Part one is done.\n\n------\n\nPart two will be done in May, as we said in the meeting.",
        "Please see our answers below in red.\n\n1. Windows\nAccepted.",
        "On 3 May 2024 at 10:00 the director of the prison wrote:\n\nHe may see the doctor.\n\nThis is documented.",
        "Meeting\nWhen: 3 May 2024 10:00\nWhere: Room 5\nWho: Jane <jane@authority.example>, Ken <ken@authority.example>\n\nWe hope that you come.",
        "Invitation\n\nDate: 3 May 2024 10:00\nPlace: the ministry\nSubject: windows\nTo: all staff\n\nWe hope that you can come.",
        "Part one:\n- beds\n-- painted walls\n\n--\nThe second list follows in June, as we agreed.\n\nName | Number\n-----|-------\nA    | 1\nB    | 2\n\nThat is all.",
        "----- Annex 1 -----\nCells: 10\nWindows: 12\n\n----- Annex 2 -----\nDoctors: 3",
        "Dear Sir,\n\nthe file of the prisoner is confidential and is intended only for the court, which is why we cannot enclose it.",
        "Sent from my office in Geneva is the report on windows.",
        "The prison was closed because of a virus. Antivirus medicine was given to all, and this message was put on every door.",
        "On 3 May 2024 at 10:00 he wrote:\n\nThe doctor will come.\n\nWe have checked this.",
        "The windows open.\n\nThe file is confidential and intended only for the doctor. We therefore do not attach it to this message.",
        "Die Fenster gehen auf.\n\nDie Akte ist vertraulich und nur für den Empfänger bestimmt. Wir senden sie nicht per E-Mail.",
        "Okna się otwierają.\n\nAdministratorem danych osobowych osadzonych jest dyrektor zakładu, dlatego zwróciliśmy się do niego o odpowiedź.",
        "Le finestre si aprono.\n\nAi sensi del Regolamento (UE) 2016/679 la comunicazione dei dati sanitari a terzi è vietata.",
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
        "-- \nYou received this message because you are subscribed to the group \"windows\".\nTo unsubscribe send an email to windows+off@lists.example.",
        "Virus-free. www.avast.com",
        "Treść tej wiadomości jest przeznaczona tylko dla adresata. Jeżeli otrzymali ją Państwo przez pomyłkę, prosimy o jej usunięcie.",
        "Это письмо предназначено только адресату. Если вы получили его по ошибке, сообщите отправителю и удалите его.",
        "Esta mensagem pode conter informações reservadas. Caso não seja o destinatário, apague-a e avise o remetente.",
        "本邮件仅供收件人阅读，如误收请立即删除，并保密。",
        "*****************************************\nThis email and any files with it are intended solely for the person to whom they are addressed.\n*****************************************",
        "-=-=-=-=-=-=-=-=-=-=-=-\nGroups.io Links: You receive all messages sent to this group.\nhttps://lists.example/g/windows/1",
        "jane@authority.example",
        "Erika Musterfrau\nReferatsleiterin\n\nMinisterium der Justiz\nReferat Z 1\nTelefon: 030 000 00 00\nE-Mail: z1@behoerde.example",
        "Jane Doe\n\nHead of Department\n\nMinistry of Justice\n\nT: +44 20 0000 0000\n\nE: jane@authority.example",
        "Virus-free. www.avg.com",
        "__________ Information from ESET Endpoint Antivirus, version of detection engine 1 (20240503) __________\n\nThe message was checked by ESET Endpoint Antivirus.\n\nhttp://www.eset.com",
        "本邮件及其附件含有保密信息。如果您错收了本邮件，请立即通知发件人并删除本邮件。",
        "To unsubscribe: mailto:sympa@lists.example?subject=unsubscribe%20windows",
        "P Please consider the environment before printing this e-mail",
        "Diese E-Mail kann vertrauliche Informationen enthalten. Wenn Sie nicht der richtige Adressat sind, vernichten Sie sie bitte.",
        "This email is confidential and intended solely for the use of the recipient to whom it is addressed.",
    ] {
        let split = split(&format!("The windows will be there by May.\n\nMit freundlichen Grüßen\n\n{signature}\n"));
        let letter = "The windows will be there by May.\n\nMit freundlichen Grüßen";
        assert_eq!((split.reply.as_str(), split.signature.as_str()), (letter, signature));
    }
}

#[test]
fn headers_in_tables_and_on_lines_of_their_own_are_told_from_the_answer() {
    for quote in [
        "---- 回复的原邮件 ----\n| 发件人 | 办公室<office@npm.example> |\n| 日期 | 2024年05月03日 10:00 |\n| 主题 | 报告 |\n\nWe ask.",
        "Office <office@npm.example> \n03.05.2008 10:00\n\nTo\njane@authority.example\ncc\n\nSubject\nWindows\n\nWe ask.",
        "|------+----------->\n|      | \"Office\" |\n|      | 03/05/2008|\n|------+----------->\n\nWe ask.",
        "  Original Message  \nFrom: Office\nSent: Friday 3 May 2024 10:00\nTo: jane@authority.example\nSubject: Windows\n\nWe ask.",
        "Кому: office@npm.example;\nТема: Окна;\n03.05.2024, 10:00, \"Office\" <office@npm.example>:\n\nWe ask.",
        "On Friday, 3 May 2024 at 10:00, Office of the NPM wrote:\n\nWe ask.",
        "Office of the NPM wrote on 3 May 2024:\n\nON> We ask.\nON>\nON> Yours",
    ] {
        assert_eq!(split(&format!("{ANSWER}\n\n{quote}\n")).reply, ANSWER, "{quote}");
    }
}

#[test]
fn a_letter_that_is_passed_on_belongs_to_what_its_sender_says_unless_it_is_the_recipients_own() {
    let understood = |subject: &str, sender: &str| {
        let text = format!(
            "The prison has answered.\r\n\r\nFrom: {sender}\r\nSent: Friday, 3 May 2024 10:00\r\nTo: jane@authority.example\r\n\
             Subject: Windows\r\n\r\nThey are ordered.\r\n"
        );
        let head = "From: Jane <jane@authority.example>\r\nTo: Office <office@npm.example>\r\n";
        demarche::mail::understand(format!("{head}Subject: {subject}\r\n\r\n{text}").as_bytes()).reply
    };
    for subject in ["FW: Windows", "Fwd: Windows", "WG: Fenster", "TR : Windows", "=?utf-8?q?Fwd=3A_Windows?="] {
        assert!(understood(subject, "Prison <prison@authority.example>").contains("They are ordered."), "{subject}");
        assert_eq!(understood(subject, "Office <Office@npm.example>"), "The prison has answered.", "{subject}");
    }
    for subject in ["Re: Windows", "RE: FW: Windows", "Windows"] {
        assert_eq!(understood(subject, "Prison <prison@authority.example>"), "The prison has answered.", "{subject}");
    }
}

#[test]
fn scripts_without_capitals_have_names_and_answers_too() {
    let card = "მარიამ მაგალითი\nდეპარტამენტის უფროსი\nტელ.: +995 32 200 00 00\nmariam@authority.example";
    assert_eq!(split(&format!("{ANSWER}\n\n{card}")).signature, card);
    let mark = "On Fri, 3 May 2024 at 10:00, Jane <jane@authority.example> wrote:\n";
    let long = "> ყველა საკანს უნდა ჰქონდეს ფანჯარა, რომლის გაღებაც პატიმარს თავად შეუძლია";
    assert_eq!(split(&format!("{mark}{long}\nფანჯრები შეიცვალა.\n> ექიმი უნდა მოდიოდეს.")).reply, "ფანჯრები შეიცვალა.");
}
