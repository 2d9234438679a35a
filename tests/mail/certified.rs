//! Letters in the envelopes of Italian certified mail (RFC 6109), as they lie in the mailbox.

use demarche::mail::understand;
use demarche::mail::understood::Kind;

const LETTER: &str = "Message-ID: <risposta-7@pec.carcere.example>\r\n\
In-Reply-To: <npm-2041-0007@requests.example>\r\n\
From: Direzione <direzione@pec.carcere.example>\r\n\
To: desk+r7@requests.example\r\n\
Subject: Re: Richiesta NPM-2041-0007\r\n\
Date: Mon, 4 Mar 2041 09:00:00 +0100\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
\r\n\
La raccomandazione è accettata; i lavori cominciano a maggio.\r\n\
\r\n\
Il giorno 1 mar 2041, l'ufficio ha scritto:\r\n\
> Che cosa è stato fatto?\r\n";

/// The envelope that a provider writes around a letter.
fn envelope(transport: &str, subject: &str, enclosed: &str) -> Vec<u8> {
    format!(
        "Return-Path: <posta-certificata@gestore.example>\r\n\
Delivered-To: desk+r7@requests.example\r\n\
X-Riferimento-Message-ID: <risposta-7@pec.carcere.example>\r\n\
X-Trasporto: {transport}\r\n\
Message-ID: <opec293.20410304@gestore.example>\r\n\
From: \"Per conto di: direzione@pec.carcere.example\" <posta-certificata@gestore.example>\r\n\
Reply-To: direzione@pec.carcere.example\r\n\
To: desk+r7@requests.example\r\n\
Subject: {subject}\r\n\
Date: Mon, 4 Mar 2041 09:00:05 +0100\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=firma\r\n\
\r\n\
--firma\r\n\
Content-Type: multipart/mixed; boundary=busta\r\n\
\r\n\
--busta\r\n\
Content-Type: text/plain; charset=iso-8859-1\r\n\
\r\n\
Messaggio di posta certificata\r\n\
\r\n\
Il giorno 04/03/2041 alle ore 09:00:05 (+0100) il messaggio\r\n\
\"Re: Richiesta NPM-2041-0007\" è stato inviato da \"direzione@pec.carcere.example\"\r\n\
indirizzato a: desk+r7@requests.example\r\n\
Il messaggio originale è incluso in allegato.\r\n\
--busta\r\n\
Content-Type: application/xml; name=daticert.xml\r\n\
Content-Disposition: attachment; filename=daticert.xml\r\n\
\r\n\
<postacert tipo=\"posta-certificata\"/>\r\n\
--busta\r\n\
Content-Type: message/rfc822; name=postacert.eml\r\n\
Content-Disposition: inline; filename=postacert.eml\r\n\
\r\n\
{enclosed}\r\n\
--busta--\r\n\
--firma\r\n\
Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
MAA=\r\n\
--firma--\r\n"
    )
    .into_bytes()
}

#[test]
fn what_counts_is_the_letter_in_the_envelope() {
    for (transport, subject) in [
        ("posta-certificata", "POSTA CERTIFICATA: Re: Richiesta NPM-2041-0007"),
        ("errore", "ANOMALIA MESSAGGIO: Re: Richiesta NPM-2041-0007"),
    ] {
        let seen = understand(&envelope(transport, subject, LETTER));
        assert_eq!(seen.kind, Kind::Letter);
        assert!(!seen.do_not_answer);
        assert_eq!(seen.message_id.as_deref(), Some("risposta-7@pec.carcere.example"));
        assert_eq!(seen.in_reply_to, ["npm-2041-0007@requests.example"]);
        assert_eq!(seen.from[0].address.as_deref(), Some("direzione@pec.carcere.example"));
        assert_eq!(seen.subject.as_deref(), Some("Re: Richiesta NPM-2041-0007"));
        assert_eq!(seen.reply.trim(), "La raccomandazione è accettata; i lavori cominciano a maggio.");
        assert!(seen.quoted.contains("Che cosa è stato fatto?"));
        assert!(seen.arrived_at.contains(&"desk+r7@requests.example".to_owned()));
        assert_eq!(seen.certified_by.unwrap().address.as_deref(), Some("posta-certificata@gestore.example"));
        assert!(seen.evidence.iter().any(|reason| reason.contains("signature was not verified")), "{:?}", seen.evidence);
    }
}

#[test]
fn a_note_of_absence_stays_one_in_its_envelope() {
    let note = LETTER.replace("Re: Richiesta", "Risposta automatica: Richiesta").replace(
        "La raccomandazione è accettata; i lavori cominciano a maggio.",
        "Sono fuori ufficio fino al 12 marzo. Per urgenze: segreteria@carcere.example.",
    );
    let note = note.replace("Content-Type", "Auto-Submitted: auto-replied\r\nContent-Type");
    let seen = understand(&envelope("posta-certificata", "POSTA CERTIFICATA: Risposta automatica", &note));
    assert_eq!((seen.kind, seen.automatic, seen.do_not_answer), (Kind::Automatic, true, true));
}

#[test]
fn a_letter_that_somebody_only_forwards_is_in_no_envelope() {
    let forwarded = String::from_utf8(envelope("", "I: POSTA CERTIFICATA", LETTER)).unwrap().replace("X-Trasporto: \r\n", "");
    let seen = understand(forwarded.as_bytes());
    assert_eq!(seen.message_id.as_deref(), Some("opec293.20410304@gestore.example"));
    assert!(seen.certified_by.is_none());
    assert!(seen.attachments.iter().any(|attachment| attachment.name.as_deref() == Some("postacert.eml")));
    let empty = envelope("posta-certificata", "POSTA CERTIFICATA", LETTER);
    let empty = understand(String::from_utf8(empty).unwrap().replace("message/rfc822; name=postacert.eml", "text/plain").as_bytes());
    assert!(empty.certified_by.is_none(), "an envelope without a letter in it is read as it stands");
}
