//! Documents made here, as programs write them, and as people with bad intent do.

use super::super::message::{Body, Part};
use super::read_all;
use crate::mail::attached_letter;
use crate::mail::compound::written;
use crate::mail::understood::Attachment;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn attached(name: &str, content_type: &str, bytes: impl Into<Vec<u8>>) -> Attachment {
    let part =
        Part { name: Some(name.to_owned()), content_type: content_type.to_owned(), body: Body::Bytes(bytes.into()), ..Part::default() };
    read_all(&[&part]).remove(0)
}

fn text(name: &str, bytes: impl Into<Vec<u8>>) -> String {
    let attachment = attached(name, "application/octet-stream", bytes);
    assert_eq!(attachment.warning, None);
    attachment.text.unwrap_or_default()
}

fn warning(name: &str, bytes: impl Into<Vec<u8>>) -> String {
    let attachment = attached(name, "application/octet-stream", bytes);
    assert_eq!(attachment.text, None);
    attachment.warning.unwrap_or_default()
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const OPEN_MANIFEST: &[u8] = b"<manifest:manifest/>";

fn odt(content: &str, manifest: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("mimetype", SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
    archive.write_all(b"application/vnd.oasis.opendocument.text").unwrap();
    for (name, bytes) in [("content.xml", content.as_bytes()), ("META-INF/manifest.xml", manifest)] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_letter_in_docx_is_read_in_any_script_whatever_type_the_mail_states() {
    let paragraphs = ["Votre référence : NPM-2026-0147-K".to_owned(), "Приложение & ответ <1>".to_owned(), "一\tニ\n三".to_owned()];
    let attachment = attached("réponse.docx", "application/octet-stream", attached_letter::docx(&paragraphs));
    assert_eq!(attachment.text.as_deref(), Some("Votre référence : NPM-2026-0147-K\nПриложение & ответ <1>\n一\tニ\n三"));
    assert_eq!(attachment.warning, None);
}

/// The streams WordDocument and 0Table of a Word document of these pieces: their text, and whether it is kept in one byte a character.
fn word(pieces: &[(&str, bool)]) -> (Vec<u8>, Vec<u8>) {
    let mut document = vec![0; 0x400];
    document[..4].copy_from_slice(&[0xec, 0xa5, 0xc1, 0]);
    let (mut positions, mut places, mut position) = (vec![0; 4], Vec::new(), 0u32);
    for (text, narrow) in pieces {
        let start = u32::try_from(document.len()).unwrap();
        let place = if *narrow { (2 * start) | 0x4000_0000 } else { start };
        places.extend([&[0, 0][..], &place.to_le_bytes(), &[0, 0]].concat());
        match narrow {
            true => document.extend(encoding_rs::WINDOWS_1252.encode(text).0.iter()),
            false => document.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        }
        position += u32::try_from(text.chars().count()).unwrap();
        positions.extend(position.to_le_bytes());
    }
    let plc = [positions, places].concat();
    // A format of three bytes stands before the piece table.
    let clx = [&[1, 3, 0, 7, 7, 7, 2][..], &u32::try_from(plc.len()).unwrap().to_le_bytes(), &plc].concat();
    document[0x01a2..0x01a6].copy_from_slice(&5u32.to_le_bytes());
    document[0x01a6..0x01aa].copy_from_slice(&u32::try_from(clx.len()).unwrap().to_le_bytes());
    (document, [&b"first"[..], &clx].concat())
}

fn word_file(pieces: &[(&str, bool)]) -> Vec<u8> {
    let (document, table) = word(pieces);
    written(&[("/WordDocument", document), ("/0Table", table)])
}

#[test]
fn a_letter_from_an_old_word_is_read_piece_by_piece() {
    let letter = word_file(&[
        ("Réponse à NPM-2026-0147-K – l’État\r", true),
        ("Ответ: принято\r", false),
        ("1\u{7}Accepted\u{7}\u{7}2\u{7}Rejected\u{7}\u{7}", true),
        ("See \u{13} HYPERLINK \"https://a.example\" \u{13} PAGE \u{14}9\u{15}\u{14}our site\u{15}\u{1}.\r", false),
    ]);
    assert_eq!(text("réponse.doc", letter), "Réponse à NPM-2026-0147-K – l’État\nОтвет: принято\n1\tAccepted\n2\tRejected\nSee our site.");
}

#[test]
fn pieces_that_all_point_at_the_whole_document_cost_no_more_than_the_document() {
    let (document, mut table) = word(&[("x", true)]);
    let pieces = 20_000u32;
    let positions = (0..=pieces).flat_map(|at| (at * 100_000).to_le_bytes());
    let places = (0..pieces).flat_map(|_| [0, 0, 0, 0, 0, 0x40, 0, 0]);
    let plc: Vec<u8> = positions.chain(places).collect();
    table.truncate(5);
    table.push(2);
    table.extend(u32::try_from(plc.len()).unwrap().to_le_bytes());
    table.extend(plc);
    let mut document = document;
    document[0x01a6..0x01aa].copy_from_slice(&u32::try_from(table.len() - 5).unwrap().to_le_bytes());
    document.extend("y".repeat(100_000).bytes());
    assert!(text("bomb.doc", written(&[("/WordDocument", document.clone()), ("/0Table", table)])).len() <= document.len());
}

#[test]
fn what_was_struck_out_and_what_a_field_is_made_from_are_not_read() {
    let document = r#"<?xml version="1.0"?><w:document><w:body>
        <w:p><w:r><w:t>We accept</w:t></w:r><w:del><w:r><w:delText> nothing</w:delText></w:r></w:del><w:ins><w:r><w:t> this.</w:t></w:r></w:ins></w:p>
        <w:p><w:r><w:instrText>HYPERLINK "http://x.example"</w:instrText></w:r><w:r><w:t>a&#233;b &amp; &unknown;c</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Yes</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
        <mc:AlternateContent><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>
        </w:body></w:document>"#;
    let header = "<w:hdr><w:p><w:r><w:t>Ministry of Justice, our reference 12/3</w:t></w:r></w:p></w:hdr>";
    let bytes = archive(&[("word/document.xml", document.as_bytes()), ("word/header1.xml", header.as_bytes())]);
    assert_eq!(text("a.docx", bytes), "Ministry of Justice, our reference 12/3\nWe accept this.\naéb & c\n1\nYes\nbox");
}

#[test]
fn a_letter_in_odt_is_read_without_its_deleted_passages() {
    let content = r#"<office:document-content><office:body><office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>
        <text:h>Réponse</text:h><text:p>Point<text:s text:c="3"/>1<text:tab/>oui<text:line-break/><text:span>suite</text:span></text:p><text:p/><text:p>fin</text:p>
        </office:text></office:body></office:document-content>"#;
    assert_eq!(text("a.odt", odt(content, OPEN_MANIFEST)), "Réponse\nPoint   1\toui\nsuite\n\nfin");
}

#[test]
fn tables_are_read_row_by_row() {
    let shared = "<sst><si><t>Reference</t></si><si><r><t>Accep</t></r><r><t>ted</t></r><rPh><t>reading</t></rPh></si></sst>";
    let sheet = r#"<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Answer</t></is></c></row><row><c><v>17</v></c><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row></sheetData></worksheet>"#;
    let bytes = archive(&[
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    assert_eq!(text("a.xlsx", bytes), "Reference\tAnswer\n17\tAccepted");
}

#[test]
fn plain_text_is_read_in_its_charset_and_html_without_its_marks() {
    let part = Part {
        name: Some("note.txt".to_owned()),
        content_type: "text/plain".to_owned(),
        parameters: vec![("charset".to_owned(), "koi8-r".to_owned())],
        body: Body::Bytes(b"\xef\xd4\xd7\xc5\xd4".to_vec()),
        ..Part::default()
    };
    assert_eq!(read_all(&[&part]).remove(0).text.as_deref(), Some("Ответ"));
    assert_eq!(text("utf16.txt", b"\xff\xfeA\0\xe9\0".to_vec()), "Aé");
    assert_eq!(text("a.html", "<html><body><p>Oui &amp; non</p></body></html>"), "Oui & non");
    assert_eq!(attached("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec()).text, None);
}

#[test]
fn an_archive_of_documents_is_read_one_level_deep() {
    let inner = archive(&[("deep.txt", b"deep")]);
    let letter = attached_letter::docx(&["NPM-2026-0147-K".to_owned()]);
    let bytes = archive(&[("answers/letter.docx", &letter), ("note.txt", b"see letter"), ("more.zip", &inner), ("answer.pdf.exe", b"MZ")]);
    let attachment = attached("answers.zip", "application/zip", bytes);
    assert_eq!(attachment.text.as_deref(), Some("letter.docx:\nNPM-2026-0147-K\n\nnote.txt:\nsee letter"));
    insta::assert_snapshot!(attachment.warning.unwrap(), @"In it, more.zip: An archive within an archive. It was not opened; ask for the documents themselves. In it, answer.pdf.exe: It is named like a document but ends in .exe, which runs as a program. It was not opened.");
}

#[test]
fn macros_passwords_and_programs_are_named_and_not_opened() {
    let letter = archive(&[("word/document.xml", b"<w:t>secret</w:t>"), ("word/vbaProject.bin", b"x")]);
    assert!(warning("a.docx", letter).contains("macros"));
    assert!(warning("a.docm", attached_letter::docx(&[])).contains("macros"));
    let encrypted = odt("<text:p>secret</text:p>", b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>");
    assert!(warning("a.odt", encrypted).contains("encrypted"));
    assert!(warning("a.zip", archive(&[("META-INF/MANIFEST.MF", b"Main-Class: A")])).contains("program"));
    assert!(warning("a.docx", written(&[("/EncryptedPackage", vec![1; 90]), ("/EncryptionInfo", vec![2])])).contains("encrypted"));
    assert!(warning("a.doc", written(&[("/WordDocument", word(&[]).0), ("/Macros/VBA/dir", vec![1])])).contains("macros"));
    let embedded = [("/WordDocument", word(&[]).0), ("/ObjectPool/_1/_VBA_PROJECT_CUR/VBA/dir", vec![1])];
    assert!(warning("a.doc", written(&embedded)).contains("macros"));
    let mut encrypted = word(&[]).0;
    encrypted[0x0b] |= 1;
    assert!(warning("a.doc", written(&[("/WordDocument", encrypted)])).contains("encrypted"));
    assert!(warning("a.xls", written(&[("/Workbook", vec![9, 8])])).contains("until 2003"));
    assert!(warning("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec()).contains("damaged"));
}

#[test]
fn a_letter_that_is_encrypted_whole_is_named() {
    for (name, content_type) in [("smime.p7m", "application/pkcs7-mime"), ("PGPMIME", "application/pgp-encrypted")] {
        assert!(attached(name, content_type, "Version: 1").warning.unwrap().contains("unencrypted"), "{content_type}");
    }
}

#[test]
fn an_entry_with_a_password_is_named() {
    let mut bytes = archive(&[("a.txt", b"secret")]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[directory + 8] |= 1;
    assert!(warning("a.zip", bytes).contains("a.txt: It is encrypted"));
}

#[test]
fn a_bomb_is_not_unpacked_further_than_a_document_goes() {
    let zeros = vec![b' '; 60 << 20];
    let mut document = b"<w:document><w:t>".to_vec();
    document.extend(&zeros);
    assert!(warning("a.docx", archive(&[("word/document.xml", &document)])).contains("harm"));
    let many: Vec<(String, &[u8])> = (0..30).map(|number| (format!("{number}.txt"), &zeros[..4 << 20])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert!(attached("a.zip", "", archive(&many)).warning.unwrap().contains("harm"));
}

#[test]
fn a_claim_of_sixty_thousand_entries_reserves_nothing() {
    let mut bytes = vec![b'P', b'K', 3, 4];
    bytes.resize(100_000, 0);
    bytes.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\x10\0\0\0\0\0\0\0\0\0");
    assert!(warning("a.zip", bytes).contains("more than"));
    assert!(warning("a.zip", b"PK\x03\x04".to_vec()).contains("damaged"));
}

#[test]
fn xml_nested_a_million_deep_and_entities_that_multiply_do_no_harm() {
    let mut document = b"<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><w:document><w:t>kept &b;</w:t>".to_vec();
    document.extend(b"<w:p>".repeat(1_000_000));
    assert_eq!(text("a.docx", archive(&[("word/document.xml", &document)])), "kept");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn damage_anywhere_in_a_document_never_makes_it_panic(places in proptest::collection::vec((0usize..20_000, proptest::num::u8::ANY), 1..30)) {
        let letters = [
            attached_letter::docx(&["one".to_owned()]),
            odt("<text:p>a<text:s text:c=\"9\"/></text:p>", OPEN_MANIFEST),
            archive(&[("xl/workbook.xml", b"<x/>"), ("xl/worksheets/sheet1.xml", b"<row><c t=\"s\"><v>7</v></c></row>")]),
            br"{\rtf1\ansi{\fonttbl{\f0\fcharset204 A;}}\f0\'e4\u-100?\bin3 abc{\*\objdata 00}\par}".to_vec(),
            word_file(&[("one", true), ("\u{13}two\u{14}\u{15}", false)]),
        ];
        for mut bytes in letters {
            for (place, byte) in &places {
                let length = bytes.len();
                bytes[place % length] = *byte;
            }
            attached("a", "application/octet-stream", bytes);
        }
    }
}

#[test]
fn many_small_bombs_are_no_more_than_a_large_one() {
    let part = |name: &str, bytes: &[u8]| Part {
        name: Some(name.to_owned()),
        content_type: "application/octet-stream".to_owned(),
        body: Body::Bytes(bytes.to_vec()),
        ..Part::default()
    };
    let page = attached_letter::pdf(&["x".repeat(80), "y".repeat(80)]);
    let mut allowance = page.len();
    let mut warning = |part: Part| super::read(&part, &mut allowance).warning;
    let answers: Vec<Option<String>> = (0..20).map(|_| warning(part("a.pdf", &page))).collect();
    assert_eq!(answers.first(), Some(&None));
    assert!(answers.last().and_then(Option::as_deref).is_some_and(|said| said.contains("more attached to the mail")), "{answers:?}");
    assert_eq!(warning(part("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0")), None);
}
