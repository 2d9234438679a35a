use super::*;

const FIELDS: &str = "Reporting-MTA: dns; mx.prisons.example\nFinal-Recipient: rfc822; post@prisons.example\nAction: failed\nStatus: 5.1.1\n\
    Diagnostic-Code: smtp; 550 5.1.1 User unknown\nSubject: Request NPM-2026-0001-B: recommendations of 1 March 2041\n\
    From: Prison Service <post@prisons.example>\n";
const LETTER: &str =
    "We ask for a written answer to the recommendations: the windows of the north wing should be opened, and the cells aired.";

fn typed(text: &str) -> Option<String> {
    typed_in(text, &Said { fields: FIELDS, letter: &|| LETTER.to_owned() })
}

#[test]
fn what_a_person_types_is_found_whatever_stands_beside_it() {
    let opening = "This is the mail system at host mx.prisons.example.";
    let reply = "<post@prisons.example>: 550 5.1.1 User unknown";
    let mixed = [
        format!("{opening}\n\nThe cells are aired.\n\n{reply}"),
        format!("{reply}\nThe cells are aired."),
        format!("{reply}. The cells are aired since March."),
        format!("Refused.\n\n{opening}\n\n{reply}"),
        format!("{opening}\n\n{reply}\n\nRecommendation 1 is rejected."),
    ];
    let alone = [
        "Message read. The cells are aired.",
        "Your message was displayed. Refused.",
        "Your message was read and the cells are aired.",
        "Your letter was read; the windows open again since March.",
        "Message displayed. We accept.",
        "The cells are aired.",
        "Refused.",
        "Rejected",
        "Accepted.",
        "Done.",
        "Yes.",
        "OK",
        "We refuse the recommendation.",
        "Your recommendation has been implemented.",
        "Recommendation 1 is refused.",
        "Nothing was done.",
        "See cell 512, aired since May.",
        "Please ask anna@prisons.example, the windows are repaired.",
        "All done, see attached letter.",
        "The mail room was closed and cells are aired.",
        "The prison refuses access to the records.",
        "We reject recommendations 1 and 2.",
        "Fait.",
        "Refusé.",
        "Erledigt.",
        "Hecho.",
        "Fatto.",
        "Выполнено.",
        "Les cellules sont aérées.",
        "Votre message a été lu. Les cellules sont aérées depuis mars.",
        "Ihre Nachricht wurde gelesen. Die Zellen werden gelüftet.",
        "Сообщение прочитано. Камеры проветриваются.",
        "Su mensaje fue leído. Las celdas están ventiladas.",
        "საკნები ნიავდება.",
        "窓は三月に修理されました。",
        "已完成。",
        "The new windows were delivered in May.",
        "The protocol of the visit is attached.",
        "Your request was forwarded to the ministry.",
        "The report was sent to the member on Monday.",
        "Message read.\n\nNo",
        "The server room was closed in March 2041.",
        "The e-mail of 4 March is wrong, the prison has no cells.",
        "Message read, cell 512 aired",
        "Kutur yog qhib lawm.",
    ];
    for text in mixed.iter().map(String::as_str).chain(alone) {
        assert!(typed(text).is_some(), "{text}");
    }
}

#[test]
fn what_servers_and_mail_programs_write_is_a_report_s() {
    for text in [
        "",
        "Your message was displayed on 5 March 2041.",
        "Your letter did not arrive.",
        "This is the mail system at host mx.prisons.example.\n\nI'm sorry to have to inform you that your message could not be delivered for \
         more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.",
        "Your message was displayed on the recipient's screen. That does not mean that it was understood.",
        "<post@prisons.example>: 550 5.1.1 User unknown",
        "<post@prisons.example>: the message was delivered to a system that sends no confirmation",
        "This is a Return Receipt for the mail that you sent to post@prisons.example.\n\nNote: This Return Receipt only acknowledges that the \
         message was displayed on the recipient's computer. There is no guarantee that the recipient has read or understood the message \
         contents.",
        "Your message\n\n   To: Prison Service\n   Subject: Request NPM-2026-0001-B: recommendations of 1 March 2041\n   Sent: Monday, March 4, \
         2041 10:00:00 AM (UTC) Coordinated Universal Time\n\n was read on Monday, March 4, 2041 11:00:00 AM (UTC).",
        "The message sent on 4 March 2041 to post@prisons.example with subject \"recommendations of 1 March 2041\" has been displayed.",
        "Your message was deleted without being read on Monday, 4 March 2041.",
        "Dies ist eine Empfangsbestätigung für eine Mail, die Sie an post@prisons.example gesendet haben.\n\nBeachten Sie: Diese \
         Empfangsbestätigung sagt nur aus, dass die Nachricht am Computer des Empfängers angezeigt wurde. Es gibt keine Garantie, dass der \
         Empfänger die Nachrichteninhalte gelesen hat.",
        "Ihre Nachricht\n\nAn: Post\nBetreff: Anfrage\nGesendet: Montag, 4. März 2041 10:00:00\n\nwurde am Montag, 4. März 2041 11:00:00 gelesen.",
        "Ceci est un accusé de réception pour le courrier que vous avez envoyé à post@prisons.example.\n\nNote : cet accusé de réception \
         atteste seulement que le message a été affiché sur l'ordinateur du destinataire. Rien ne garantit que le destinataire ait lu ou \
         compris le contenu du message.",
        "Votre message\n\nÀ : Prison Service\nObjet : recommendations of 1 March 2041\nEnvoyé : lundi 4 mars 2041 10:00:00\n\na été lu le lundi 4 \
         mars 2041 11:00:00.",
        "El mensaje fue leído el lunes, 4 de marzo de 2041 11:00:00.",
        "Questa è una ricevuta di ritorno per il messaggio inviato a post@prisons.example.",
        "Сообщение было прочитано 4 марта 2041 г.",
    ] {
        assert_eq!(typed(text), None, "{text}");
    }
}

#[test]
fn a_template_in_a_language_without_words_of_ours_is_told_by_what_it_names() {
    let template = "Tsab ntawv no tsis tau xa mus rau tus neeg hauv qab no.\n\n   post@prisons.example\n\nThov hu rau tus thawj coj saib xyuas \
                    lub tshuab ntawm mx.prisons.example yog tias koj xav tau kev pab. Peb tu siab tias peb xa tsis tau daim ntawv no mus rau \
                    nws, thiab peb yuav tsis sim dua.\n";
    assert_eq!(typed(template), None);
    assert!(typed("Peb tau kho tag nrho lawm.\n\npost@prisons.example").is_some(), "one short sentence may be typed");
}
