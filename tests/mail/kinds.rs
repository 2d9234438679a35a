//! What kind of mail an office receives: who wrote it, whether it answers, and what staff are told.

// Long because each kind of mail is one story of some lines.

use demarche::mail::understood::{Kind, Understood};

/// A mail from an authority with these further headers.
fn received(headers: &str, subject: &str, text: &str) -> Understood {
    demarche::mail::understand(
        format!(
            "From: Jane Doe <jane.doe@authority.example>\r\nTo: office@npm.example\r\nSubject: {subject}\r\nMessage-ID: <1@authority.example>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n{headers}\r\n{text}\r\n"
        )
        .as_bytes(),
    )
}

const QUOTED_LETTER: &str = "\n\nOn Fri, 3 May 2024 at 10:00, Office <office@npm.example> wrote:\n> We ask for your answer to recommendations 1 to 3.\n> Yours faithfully";

#[test]
fn out_of_office_notes_in_many_languages_are_no_answer() {
    for text in [
        "Thank you for your message. I am out of the office until 3 May and will have limited access to email.",
        "Je suis absent du bureau jusqu'au 3 mai. En cas d'urgence, veuillez contacter mon collègue.",
        "Estaré fuera de la oficina hasta el 3 de mayo. Para asuntos urgentes, escriba a mi colega.",
        "Estou de férias até 3 de maio. Em caso de urgência, contacte o meu colega.",
        "Ich bin bis einschließlich 3. Mai nicht im Büro. Ihre E-Mail wird nicht weitergeleitet.",
        "Sono in ferie fino al 3 maggio. Per urgenze rivolgersi alla segreteria.",
        "Ik ben niet op kantoor tot 3 mei. Voor dringende zaken kunt u terecht bij mijn collega.",
        "Jestem na urlopie do 3 maja. W sprawach pilnych proszę o kontakt z sekretariatem.",
        "Do 3. května jsem na dovolené. V naléhavých případech kontaktujte mého kolegu.",
        "Do 3. mája čerpám dovolenku. V súrnych prípadoch kontaktujte sekretariát.",
        "Sunt în concediu până la 3 mai. Pentru urgențe, contactați secretariatul.",
        "Я нахожусь в отпуске до 3 мая. По срочным вопросам обращайтесь к моему коллеге.",
        "Перебуваю у відпустці до 3 травня. З термінових питань звертайтеся до мого колеги.",
        "Аз съм в отпуск до 3 май.",
        "Налазим се на годишњем одмору до 3. маја.",
        "Na godišnjem sam do 3. svibnja.",
        "Απουσιάζω από το γραφείο μέχρι τις 3 Μαΐου.",
        "3 Mayıs'a kadar yıllık izindeyim.",
        "أنا خارج المكتب حتى 3 مايو.",
        "אני בחופשה עד ה-3 במאי.",
        "3 მაისამდე შვებულებაში ვარ.",
        "Մինչև մայիսի 3-ը գտնվում եմ արձակուրդում։",
        "我正在休假，5月3日返回办公室。",
        "5月3日まで休暇中です。",
        "5월 3일까지 휴가 중입니다.",
        "Jag är på semester till den 3 maj.",
        "Jeg er på ferie til 3. mai.",
        "Olen lomalla 3.5. asti.",
        "Május 3-ig szabadságon vagyok.",
        "Olen puhkusel kuni 3. maini.",
        "Esmu atvaļinājumā līdz 3. maijam.",
        "Iki gegužės 3 d. atostogauju.",
        "Jam me pushim deri më 3 maj.",
        "На одмор сум до 3 мај.",
        "Захидал бичсэнд баярлалаа. 5-р сарын 3 хүртэл амралттай байна.",
        "I have now left the Ministry. Please redirect your correspondence to Mr Smith (smith@authority.example).",
        "Σας ευχαριστώ για το μήνυμά σας. Απουσιάζω με άδεια έως τις 3 Μαΐου. Για επείγοντα ζητήματα επικοινωνήστε με τη γραμματεία.",
    ] {
        let mail = received("", "Your letter", text);
        assert_eq!((mail.kind, mail.automatic, mail.do_not_answer), (Kind::Automatic, true, true), "{text}");
        assert!(!mail.evidence.is_empty(), "{text}");
    }
}

#[test]
fn a_person_who_confirms_that_the_letter_came_has_not_answered() {
    for text in [
        "Dear colleagues,\n\nWe acknowledge receipt of your letter of 3 May and will reply in due course.\n\nYours faithfully\n\nJane Doe",
        "Nous accusons réception de votre courrier du 3 mai. Une réponse vous parviendra dans les meilleurs délais.",
        "Acusamos recibo de su escrito de 3 de mayo. Le responderemos a la mayor brevedad.",
        "Acusamos a receção do vosso ofício de 3 de maio, ao qual responderemos.",
        "Hiermit bestätigen wir den Eingang Ihres Schreibens vom 3. Mai. Eine Stellungnahme erfolgt bis 1. Juni.",
        "Confermiamo la ricezione della Vostra lettera del 3 maggio, cui sarà data risposta.",
        "Hierbij bevestigen wij de ontvangst van uw brief van 3 mei.",
        "Potwierdzamy otrzymanie Państwa pisma z dnia 3 maja. Odpowiedź zostanie udzielona w terminie.",
        "Potvrzujeme přijetí Vašeho dopisu ze dne 3. května.",
        "Potvrdzujeme prijatie Vášho listu zo dňa 3. mája.",
        "Vă confirmăm primirea adresei dumneavoastră din 3 mai. Vă vom răspunde în termenul legal.",
        "Подтверждаем получение Вашего письма от 3 мая. Ответ будет направлен в установленный срок.",
        "Підтверджуємо отримання Вашого листа від 3 травня.",
        "Потвърждаваме получаването на Вашето писмо от 3 май.",
        "Потврђујемо пријем Вашег дописа од 3. маја.",
        "Zaprimili smo Vaš dopis od 3. svibnja.",
        "Επιβεβαιώνουμε τη λήψη της επιστολής σας της 3ης Μαΐου.",
        "3 Mayıs tarihli yazınız alınmıştır.",
        "نؤكد استلام رسالتكم المؤرخة 3 مايو.",
        "אנו מאשרים קבלת מכתבכם מיום 3 במאי.",
        "ვადასტურებთ მიღებას თქვენი 3 მაისის წერილისა.",
        "Հաստատում ենք ստացումը Ձեր մայիսի 3-ի գրության։",
        "贵机构5月3日来函收悉，将尽快回复。",
        "5月3日付のお手紙を拝受いたしました。追って回答いたします。",
        "5월 3일자 서한을 잘 받았습니다. 검토 후 회신드리겠습니다.",
        "Vi bekräftar mottagandet av ert brev av den 3 maj.",
        "Vi bekrefter mottak av brevet av 3. mai.",
        "Vi bekræfter hermed modtagelsen af jeres brev af 3. maj.",
        "Olemme vastaanottaneet 3.5. päivätyn kirjeenne.",
        "Megkaptuk levelét, hamarosan válaszolunk.",
        "Kinnitame kirja kättesaamist.",
        "Apstiprinām saņemšanu.",
        "Patvirtiname gavimą.",
        "Konfirmojmë marrjen e shkresës suaj të datës 3 maj.",
    ] {
        let mail = received("", "Re: Your letter", &format!("{text}{QUOTED_LETTER}"));
        assert_eq!((mail.kind, mail.automatic), (Kind::Acknowledgement, false), "{text}\n{:?}", mail.evidence);
    }
}

#[test]
fn a_robot_that_confirms_receipt_is_a_machine() {
    let text = "Your message has been received and registered under number 2024/117. This is an automated message, please do not reply.";
    assert_eq!(received("", "Confirmation", text).kind, Kind::Automatic);
    let text = "Ihre Nachricht ist bei uns eingegangen. Dies ist eine automatisch erzeugte Eingangsbestätigung.";
    assert_eq!(received("", "Ihr Schreiben", text).kind, Kind::Automatic);
    let text = "Thank you for contacting the Service Desk. A new ticket has been opened for your request: 2026030310000123.";
    assert_eq!(received("Precedence: bulk\r\nX-OTRS-Loop: yes\r\n", "[Ticket#2026030310000123] Request", text).kind, Kind::Automatic);
    let text = "We have received your letter.";
    assert_eq!(received("Auto-Submitted: auto-replied\r\n", "Re: Your letter", text).kind, Kind::Automatic);
}

#[test]
fn a_person_who_answers_is_never_taken_for_a_machine() {
    for (headers, subject, text) in [
        (
            "",
            "Re: Your letter",
            "I was on leave until Monday, hence this late answer. We accept recommendation 1 and will install windows by May.",
        ),
        ("", "RE: Automatic reply: Your letter", "Thank you, I have now written to your colleague as your note asked."),
        (
            "",
            "Re: Your letter",
            "As you know, my colleague is out of the office. Please find attached our response to your recommendations.",
        ),
        ("", "Re: Your letter", "We tried to reach the director but got \"550 5.1.1 user unknown\". The new address is below."),
        ("Precedence: list\r\n", "Re: Your letter", "We agree with the first recommendation and shall write again about the others."),
        ("X-Auto-Response-Suppress: All\r\n", "Re: Your letter", "We agree with the first recommendation."),
        ("", "Absence of medical staff", "There is no doctor at night. We shall change this by May."),
        ("", "Zusage", "Wir nehmen zu den Empfehlungen wie folgt Stellung: Die erste wird umgesetzt."),
        ("", "Ваше письмо", "Сообщаем, что рекомендация принята и меры приняты."),
    ] {
        let mail = received(headers, subject, text);
        assert_eq!((mail.kind, mail.automatic), (Kind::Letter, false), "{text}\n{:?}", mail.evidence);
    }
}

#[test]
fn a_note_that_a_person_quotes_is_not_theirs() {
    let text = "He is back since Monday and has your letter.\n\nOn Fri, 3 May 2024 at 10:00, Ken <ken@authority.example> wrote:\n\
                > I am out of the office until 6 May. This is an automatic reply.";
    let mail = received("", "Re: Your letter", text);
    assert_eq!((mail.kind, mail.automatic), (Kind::Letter, false), "{:?}", mail.evidence);
    let mail = received("", "Your letter", "> I am out of the office until 6 May.\n\nThis is what came back. Who answers for him?");
    assert_eq!((mail.kind, mail.automatic), (Kind::Letter, false), "{:?}", mail.evidence);
}

#[test]
fn headers_alone_do_not_set_aside_a_mail_that_answers() {
    let text = "In response to recommendation 1 we can inform you that windows have been installed in all cells of the north wing.";
    let mail = received("Auto-Submitted: auto-generated\r\n", "[#1234] Your letter", text);
    assert_eq!((mail.kind, mail.automatic_doubtful, mail.do_not_answer), (Kind::Letter, true, true));
    assert!(mail.evidence.iter().any(|reason| reason.contains("a person must look")), "{:?}", mail.evidence);
}

#[test]
fn a_challenge_is_told_to_staff_since_it_needs_a_click() {
    for text in [
        "Your message is being held. Please click the link below to confirm that you are human: https://filter.example/c/1",
        "Your message to jane.doe@authority.example waits because your address is not on the recipient's list. To release it, click here.",
        "Pour que votre message soit délivré, vous devez vous authentifier en cliquant sur ce lien : https://filtre.example/c/1",
    ] {
        let mail = received("", "Your message to jane.doe@authority.example", text);
        assert_eq!(mail.kind, Kind::Automatic, "{text}");
        assert!(mail.evidence.iter().any(|reason| reason.contains("click")), "{:?}", mail.evidence);
    }
}

#[test]
fn an_answer_to_an_invitation_is_a_calendar_mail() {
    let mail = demarche::mail::understand(
        b"From: jane.doe@authority.example\r\nSubject: Accepted: Meeting\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
          --b\r\nContent-Type: text/plain\r\n\r\nI shall come.\r\n--b\r\nContent-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n\
          BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n--b--\r\n",
    );
    assert_eq!((mail.kind, mail.automatic, mail.answer_doubtful), (Kind::Calendar, false, false));
}

#[test]
fn an_answer_in_an_invitation_is_shown_to_a_person() {
    let mail = demarche::mail::understand(
        b"From: jane.doe@authority.example\r\nSubject: Follow-up\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
          --b\r\nContent-Type: text/plain\r\n\r\nRecommendation 1 is accepted, the cells are aired. Shall we meet?\r\n\
          --b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n--b--\r\n",
    );
    assert_eq!((mail.kind, mail.answer_doubtful), (Kind::Calendar, true), "{:?}", mail.evidence);
}

#[test]
fn what_must_not_be_answered_by_a_machine_is_known_by_its_headers() {
    for headers in [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <staff.authority.example>\r\n",
        "Return-Path: <>\r\n",
        "X-Auto-Response-Suppress: OOF\r\n",
        "X-Spam-Flag: YES\r\n",
        "Reply-To: noreply@authority.example\r\n",
    ] {
        assert!(received(headers, "Your letter", "We agree with your first recommendation.").do_not_answer, "{headers}");
    }
    let mail = received("Auto-Submitted: no\r\nReturn-Path: <jane.doe@authority.example>\r\n", "Your letter", "We agree.");
    assert!(!mail.do_not_answer, "{:?}", mail.evidence);
}

/// What each sort of `specimens.toml` may be taken for.
fn expected(sort: &str) -> &'static [Kind] {
    match sort {
        "away" | "ticket" | "challenge" | "unread" => &[Kind::Automatic],
        "registered" => &[Kind::Automatic, Kind::Acknowledgement],
        "received" | "promised" => &[Kind::Acknowledgement],
        "letter" => &[Kind::Letter],
        other => panic!("specimens.toml has mails of the unknown sort {other}"),
    }
}

#[test]
fn machines_confirmations_promises_and_answers_are_told_apart_in_thirty_languages_without_any_header() {
    type Specimens = std::collections::BTreeMap<String, std::collections::BTreeMap<String, Vec<String>>>;
    let specimens: Specimens = toml::from_str(include_str!("specimens.toml")).unwrap();
    assert!(specimens.len() >= 30);
    let mut wrong = Vec::new();
    for (language, sorts) in &specimens {
        for (sort, text) in sorts.iter().flat_map(|(sort, texts)| texts.iter().map(move |text| (sort, text))) {
            let mail = received("", "Your letter", text);
            if !expected(sort).contains(&mail.kind) {
                wrong.push(format!("{language}, {sort}, taken for {}: {text} {:?}", mail.kind.name(), mail.evidence));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_short_letter_that_confirms_and_says_more_is_shown_to_a_person() {
    for text in [
        "We have received your letter of 3 May. In every cell of the north wing there is now an alarm button.",
        "Dr Hall is away from the office. The duty rota has since been changed so that a deputy is always present on the wing at night.",
        "Please do not reply to this address. The call bells in cells 12 to 18 were repaired on 4 March, and the rest will follow by Easter.",
    ] {
        let mail = received("", "Re: Your letter", text);
        assert_eq!((mail.kind, mail.automatic, mail.answer_doubtful), (Kind::Letter, false, true), "{text}\n{:?}", mail.evidence);
        assert!(mail.evidence.iter().any(|reason| reason.contains("a person must look")), "{:?}", mail.evidence);
    }
    let answer =
        "We have received your letter of 3 May. The ministry accepts recommendation 2: in every cell there is now an alarm button.";
    let mail = received("", "Re: Your letter", answer);
    assert_eq!((mail.kind, mail.answer_doubtful), (Kind::Letter, false), "{:?}", mail.evidence);
}

#[test]
fn answers_that_use_the_words_of_machines_stay_letters() {
    for text in [
        "Please note that this is not an automatic reply: the Minister has asked me to say that she looks at each case.",
        "Dies ist keine automatische Antwort. Der Minister lässt Ihnen danken.",
        "The detainee is being held because a judge so ordered, and a disciplinary case has been opened against the officer.",
        "The isolation cell is no longer in use. Cell 4 is no longer monitored by camera.",
        "In urgent cases the doctor on call is woken. The doors unlock automatically when the fire alarm sounds.",
        "The introduction of body cameras is being examined by a working group.",
        "Двери открываются автоматически. Камера больше не используется.",
        "The officer concerned was on annual leave at the time of your visit. The duty rota has since been changed so that a deputy is there.",
        "No more than two officers may be on annual leave at once. We are out of office space in the medical wing.",
        "Your office answered me twice with an automatic reply, please switch it off. Our statement of 2 March stands.",
        "Families now get an automated reply when they write to the visits mailbox; it says that we answer within five days.",
        "Is anyone there? I keep getting \"This mailbox is not monitored\". We installed the cameras on 3 March.",
        "先週は休暇をいただいており、ご返信が遅くなり申し訳ありません。",
        "Die Arztstelle ist derzeit nicht besetzt. Um die Anlage zu lesen, klicken Sie auf den Link.",
        "Palaan asiaan ensi viikolla. Size en kısa sürede döneceğim.",
        "Patienterna behandlas av en läkare varje vecka.",
        "Tövsiyə qəbul edilib.",
    ] {
        let mail = received("", "Re: Your letter", text);
        assert_eq!((mail.kind, mail.automatic), (Kind::Letter, false), "{text}\n{:?}", mail.evidence);
    }
}

#[test]
fn what_only_systems_of_offices_write_is_a_machine_s_without_any_header() {
    for text in [
        "This mailbox is not monitored. If you need to contact us, please use the form on our website.",
        "Cette boîte mail n'est plus consultée. Nous vous invitons à renvoyer votre message à l'adresse suivante : greffe@nouveau.example",
        "Dit e-mailadres is per 1 januari 2026 komen te vervallen. U kunt uw bericht sturen naar info@dji.example.",
        "Informamos que este endereço de e-mail foi desativado. Favor encaminhar sua mensagem para gabinete@seap.example.",
        "Ditt mejl har kommit in till departementet. Detta är en automatisk bekräftelse och går inte att besvara.",
        "Erindi þitt hefur verið móttekið og skráð undir númerinu 2026-0217. Þetta er sjálfvirkur póstur.",
        "*** AUTOMATIC REPLY ***\n\nThe office reads its mail on Tuesdays.",
        "本人因公出差，期间不便查收邮件，如有急事请拨打值班电话。",
        "Paldies par vēstuli! Šobrīd esmu komandējumā, atgriezīšos 16. martā.",
        "Jeg har permisjon fram til 1. april. Henvendelser kan rettes til postmottak@fengsel.example.",
    ] {
        let mail = received("", "Re: Your letter", text);
        assert_eq!((mail.kind, mail.automatic), (Kind::Automatic, true), "{text}\n{:?}", mail.evidence);
    }
}

#[test]
fn our_own_subject_behind_the_marker_answers_nothing() {
    let mail = received("", "自动回复: 关于建议", "您好!您的邮件我已收到。我正在休假,3月16日返回,紧急事宜请联系李明。");
    assert_eq!((mail.kind, mail.automatic), (Kind::Automatic, true), "{:?}", mail.evidence);
}

#[test]
fn what_a_service_desk_passes_on_is_shown_to_a_person_however_short() {
    let text = "Dear Ms Lang,\n\nthe governor has asked me to say that the complaint boxes were moved on 2 March.\n\nT. Hill";
    let mail = received("X-Mailer: OTRS Mail Service\r\nAuto-Submitted: auto-generated\r\n", "[Ticket#217] Your letter", text);
    assert_eq!((mail.kind, mail.automatic_doubtful), (Kind::Letter, true), "{:?}", mail.evidence);
    let text = "—-—-—-—\nReply above this line.\n\nTina Hill commented:\n\nThe call bells in cells 12 to 18 were repaired on 4 March.\n\nView request: https://agency.example/217";
    let mail = received("Precedence: bulk\r\nAuto-Submitted: auto-generated\r\n", "HELP-217 Your letter", text);
    assert!(mail.reply.contains("were repaired on 4 March"), "{:?}", mail.reply);
    assert_eq!((mail.kind, mail.automatic_doubtful), (Kind::Letter, true), "{:?}", mail.evidence);
}

#[test]
fn a_letter_through_a_list_was_written_by_a_person() {
    let headers = "List-Id: <registry.groups.example>\r\nList-Unsubscribe: <mailto:leave@groups.example>\r\nPrecedence: list\r\n\
                   Sender: registry+bounces@groups.example\r\n";
    let mail = received(headers, "Re: Your letter", "We agree with the first recommendation.");
    assert_eq!((mail.kind, mail.automatic, mail.do_not_answer, mail.bulk), (Kind::Letter, false, true, true), "{:?}", mail.evidence);
}

#[test]
fn a_service_desk_s_letter_is_not_taken_for_mass_mail() {
    let mail = received(
        "X-Auto-Response-Suppress: All\r\nX-RT-Loop-Prevention: desk\r\n",
        "[desk #17] Your letter",
        "We shall replace the locks.",
    );
    assert_eq!((mail.kind, mail.do_not_answer, mail.bulk), (Kind::Letter, true, false), "{:?}", mail.evidence);
}

#[test]
fn who_confirms_receipt_and_takes_a_position_has_answered() {
    for text in [
        "Szanowni Państwo, otrzymaliśmy Państwa pismo. Zalecenie 1 przyjęto, zalecenie 2 odrzucono.",
        "来信收悉。建议1：接受。",
        "Ваше письмо получено. Рекомендация 1 принята.",
    ] {
        let seen = received("", "Re: Request", text);
        assert_eq!((seen.kind, seen.answer_doubtful), (Kind::Letter, false), "{text}");
    }
}

#[test]
fn a_sentence_that_confirms_and_answers_is_a_letter_in_any_language() {
    for text in [
        "We have received your letter; the windows were opened.",
        "We have received your letter, the windows of the cells open again.",
        "Your complaint has been received and dismissed.",
        "With regard to your request received on 5 March we state that the yard stays open longer.",
        "Wir bestätigen den Eingang Ihres Schreibens und teilen mit, dass die Zellen gelüftet werden.",
        "Votre lettre est bien arrivée et les fenêtres s'ouvrent désormais.",
        "Hemos recibido su carta y las ventanas se abren ahora.",
        "Recebemos a sua carta e as celas são arejadas.",
        "Abbiamo ricevuto la Sua lettera e le celle sono arieggiate.",
        "Wij hebben uw brief ontvangen en de cellen worden gelucht.",
        "Vi har mottagit ert brev och cellerna vädras nu varje dag.",
        "Potwierdzamy otrzymanie pisma i informujemy, że cele są wietrzone.",
        "Potvrzujeme přijetí dopisu a cely se nyní větrají.",
        "Ваше письмо получено, и окна теперь открываются.",
        "Ваш лист отримано, а камери провітрюються.",
        "Λάβαμε την επιστολή σας και τα κελιά αερίζονται.",
        "Yazınız alınmıştır ve hücreler havalandırılmaktadır.",
        "ვადასტურებთ მიღებას და საკნები ნიავდება.",
        "تم استلام رسالتكم وتتم تهوية الزنازين يوميا.",
        "אנו מאשרים קבלת מכתבכם והתאים מאווררים.",
        "来函收悉，监室现已每日通风。",
        "お手紙を拝受いたしましたが、居室は毎日換気しています。",
        "귀하의 서한을 잘 받았으며 거실은 매일 환기합니다.",
    ] {
        let mail = received("", "Re: Your letter", text);
        assert_eq!((mail.kind, mail.automatic, mail.says_more), (Kind::Letter, false, true), "{text}\n{:?}", mail.evidence);
    }
    for text in [
        "We have received your letter of 3 May and will answer as soon as possible.",
        "We have received your letter and the enclosed report.",
        "Wir bestätigen den Eingang Ihres Schreibens und werden Ihnen bis 30. April antworten.",
    ] {
        let mail = received("", "Re: Your letter", text);
        assert_eq!((mail.kind, mail.says_more), (Kind::Acknowledgement, false), "{text}\n{:?}", mail.evidence);
    }
}

#[test]
fn another_s_absence_and_an_answer_beside_one_s_own_are_no_note() {
    for text in [
        "The nurse of the women's wing is out of office since the inspection.",
        "The escort officer is on sick leave; an inquiry was begun.",
        "I no longer work in the hospital wing, but the beds were changed before I went.",
        "I am away until 3 May. The windows were opened.",
        "Our office will be closed on 30 June and its archive moves to the court.",
        "Der zuständige Beamte ist krankheitsbedingt abwesend, ein Verfahren läuft.",
        "Le directeur est absent du bureau depuis son renvoi.",
        "El médico está de vacaciones hasta el 12 de mayo; un sustituto viene cada martes.",
        "O médico está de férias até 12 de maio; um substituto vem todas as terças.",
        "Il medico è in ferie fino al 12 maggio; un sostituto viene ogni martedì.",
        "De directeur is niet op kantoor sinds zijn schorsing.",
        "Komendant przebywa na zwolnieniu lekarskim od czasu kontroli.",
        "Lékař je na dovolené do 12. května; zástup dochází každé úterý.",
        "Врач находится в отпуске до 12 мая; замещающий врач приходит каждый вторник.",
        "المدير في إجازة مرضية منذ توقيفه.",
        "科长正在休假，现由副科长负责。",
    ] {
        let mail = received("", "Your letter", text);
        assert_eq!((mail.kind, mail.automatic, mail.says_more), (Kind::Letter, false, true), "{text}\n{:?}", mail.evidence);
    }
    let own = received("", "Your letter", "Ms Doe is out of office until 3 May.");
    assert_eq!((own.kind, own.says_more), (Kind::Automatic, false), "the author's own name: {:?}", own.evidence);
}

#[test]
fn what_a_clerk_types_at_a_service_desk_is_told() {
    for sign in ["Auto-Submitted: auto-generated\r\n", "Auto-Submitted: auto-replied\r\n"] {
        for text in [
            "Thank you for writing to us. The governor has ordered longer visits from 1 April.",
            "Could you please resend the report, the attachment cannot be opened.",
            "We will answer by 30 April.",
            "Wir antworten Ihnen bis zum 30. April.",
        ] {
            let mail = received(sign, "Your letter", text);
            assert_eq!((mail.automatic, mail.automatic_doubtful), (false, true), "{text}\n{:?}", mail.evidence);
        }
        let robot = received(sign, "Your letter", "Thank you for your message. We will answer as soon as possible.");
        assert_eq!((robot.kind, robot.says_more), (Kind::Automatic, false), "{:?}", robot.evidence);
    }
}

#[test]
fn an_answer_typed_into_the_readable_part_of_a_report_is_told() {
    let report = |kind: &str, text: &str, fields: &str| {
        demarche::mail::understand(
            format!(
                "From: jane.doe@authority.example\r\nTo: office@npm.example\r\nSubject: Your letter\r\nMIME-Version: 1.0\r\n\
                 Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
                 --b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n--b--\r\n"
            )
            .as_bytes(),
        )
    };
    let read = "Final-Recipient: rfc822; jane.doe@authority.example\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n";
    let failed = "Reporting-MTA: dns; authority.example\r\n\r\nFinal-Recipient: rfc822; jane.doe@authority.example\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    for text in ["We accept the recommendation on the airing of cells.", "The windows of the north wing open again since March."] {
        let mail = report("disposition-notification", text, read);
        assert_eq!((mail.kind, mail.says_more), (Kind::ReadReceipt, true), "{text} {:?}", mail.evidence);
        let mail = report("delivery-status", text, failed);
        assert_eq!((mail.kind, mail.says_more), (Kind::Bounce, true), "{text} {:?}", mail.evidence);
    }
    for text in ["Your message was displayed on 3 May.", "The message sent to jane.doe@authority.example was read."] {
        assert!(!report("disposition-notification", text, read).says_more, "{text}");
    }
    assert!(!report("delivery-status", "<jane.doe@authority.example>: 550 5.1.1 User unknown", failed).says_more);
}

/// Receipts as registries send them, by language: automatic, registered under a number, dealt with in order of arrival, not to be answered.
const RECEIPTS: &str = include_str!("receipts.txt");

#[test]
fn a_receipt_that_calls_itself_automatic_is_a_machine_s_in_any_language_and_what_is_added_to_it_is_told() {
    for (language, text) in RECEIPTS.lines().filter_map(|line| line.split_once('|')) {
        let mail = received("", "88123", text);
        assert_eq!((mail.kind, mail.automatic, mail.says_more), (Kind::Automatic, true, false), "{language}: {text}\n{:?}", mail.evidence);
        let mail = received("", "88123", &format!("{text}\n\nWindows in wing B open again."));
        assert!(mail.says_more && mail.do_not_answer, "{language}: {text}\n{:?}", mail.evidence);
    }
    // What no formula accounts for, in a clause or a short sentence: not asked about any more, and still told.
    for text in [
        "This message was generated automatically. Your letter has been received and the beds in wing B were moved.",
        "This is an automatic reply. The register is now kept by computer.",
    ] {
        let mail = received("", "88123", text);
        assert_eq!((mail.kind, mail.says_more), (Kind::Automatic, true), "{:?}", mail.evidence);
    }
}

/// Answers of a word or a short sentence, by language: no, done, the cells are aired daily.
const SHORT_ANSWERS: &str = include_str!("short_answers.txt");

#[test]
fn an_answer_of_a_word_is_told_in_any_language_whatever_formulas_stand_beside_it() {
    let receipts: std::collections::HashMap<&str, &str> = RECEIPTS.lines().filter_map(|line| line.split_once('|')).collect();
    for line in SHORT_ANSWERS.lines() {
        let (language, answers) = line.split_once('|').unwrap();
        let receipt = receipts[language];
        // The last sentence asks not to answer. Thai parts sentences by a blank.
        let ends: &[char] = if language == "th" { &[' '] } else { &['.', '。', '।', '։'] };
        let unread = receipt.split(ends).map(str::trim).rfind(|sentence| !sentence.is_empty()).unwrap();
        for answer in answers.split('|') {
            let mail = received("", "Your letter", &format!("{answer}\n\n{unread}"));
            assert_eq!((mail.kind, mail.says_more), (Kind::Letter, true), "{answer} {unread}\n{:?}", mail.evidence);
            for headers in ["", "Auto-Submitted: auto-replied\r\n"] {
                for text in [format!("{answer}\n\n{receipt}"), format!("{receipt}\n{answer}")] {
                    let mail = received(headers, "Your letter", &text);
                    assert!(mail.says_more, "{headers}{text}\n{:?}", mail.evidence);
                }
            }
        }
    }
}

#[test]
fn a_word_of_answer_beside_a_formula_is_never_set_aside() {
    for text in [
        "Done.\n\nThis mailbox is not monitored. Please do not reply to this e-mail.",
        "Refused.\n\nPlease do not reply to this message.",
        "Implemented.\n\nThis is an automatic message, please do not reply.",
        "We have received your letter, which we reject.",
        "Received with thanks. Implemented.",
        "We have received your letter: refused.",
        "Wir haben Ihr Schreiben erhalten, das wir ablehnen.",
        "Nous avons bien reçu votre lettre. Refusé.",
        "Potwierdzamy otrzymanie pisma, które odrzucamy.",
        "Hemos recibido su carta. Aceptada.",
        "Abbiamo ricevuto la Sua lettera, che respingiamo.",
        "Recebemos a sua carta. Recusado.",
        "Wij hebben uw brief ontvangen, die wij afwijzen.",
        "Ваше письмо получено. Отклонено.",
        "We have received your letter and will not reply further.",
        "Wir haben Ihr Schreiben erhalten und werden darauf nicht antworten.",
        "Nous avons bien reçu votre lettre et n'y répondrons pas.",
        "We acknowledge receipt of your letter: we cannot.",
        "Dear Ms Lang,\n\nno, thank you for your letter of 3 May.\n\nKind regards\nJ. Hall",
        "Order 14 signed.\n\nPlease do not reply to this message.",
        "Aired daily, 8 to 9.\n\nPlease do not reply to this message.",
        "We have received your letter\nFait\nKind regards",
        "Vi har mottagit ert brev, som vi avslår.",
    ] {
        let mail = received("", "Your letter", text);
        assert_eq!((mail.kind, mail.says_more), (Kind::Letter, true), "{text}\n{:?}", mail.evidence);
    }
}
