//! Documents made here, as programs write them, and as people with bad intent do.

use super::super::message::{Body, Part};
use super::read_all;
use crate::demo::documents;
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
    let attachment = attached("réponse.docx", "application/octet-stream", documents::docx(&paragraphs));
    assert_eq!(attachment.text.as_deref(), Some("Votre référence : NPM-2026-0147-K\nПриложение & ответ <1>\n一\tニ\n三"));
    assert_eq!(attachment.warning, None);
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
    let letter = documents::docx(&["NPM-2026-0147-K".to_owned()]);
    let bytes = archive(&[("answers/letter.docx", &letter), ("note.txt", b"see letter"), ("more.zip", &inner), ("answer.pdf.exe", b"MZ")]);
    let attachment = attached("answers.zip", "application/zip", bytes);
    assert_eq!(attachment.text.as_deref(), Some("letter.docx:\nNPM-2026-0147-K\n\nnote.txt:\nsee letter"));
    insta::assert_snapshot!(attachment.warning.unwrap(), @"In it, more.zip: An archive within an archive. It was not opened; ask for the documents themselves. In it, answer.pdf.exe: It is named like a document but ends in .exe, which runs as a program. It was not opened.");
}

#[test]
fn macros_passwords_and_programs_are_named_and_not_opened() {
    let letter = archive(&[("word/document.xml", b"<w:t>secret</w:t>"), ("word/vbaProject.bin", b"x")]);
    assert!(warning("a.docx", letter).contains("macros"));
    assert!(warning("a.docm", documents::docx(&[])).contains("macros"));
    let encrypted = odt("<text:p>secret</text:p>", b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>");
    assert!(warning("a.odt", encrypted).contains("encrypted"));
    assert!(warning("a.zip", archive(&[("META-INF/MANIFEST.MF", b"Main-Class: A")])).contains("program"));
    let mut office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    office.resize(512, 0);
    assert!(warning("a.doc", office.clone()).contains("until 2003"));
    office.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert!(warning("a.docx", office).contains("encrypted"));
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
    fn damage_anywhere_in_a_document_never_makes_it_panic(places in proptest::collection::vec((0usize..3000, proptest::num::u8::ANY), 1..30)) {
        let letters = [
            documents::docx(&["one".to_owned()]),
            odt("<text:p>a<text:s text:c=\"9\"/></text:p>", OPEN_MANIFEST),
            archive(&[("xl/workbook.xml", b"<x/>"), ("xl/worksheets/sheet1.xml", b"<row><c t=\"s\"><v>7</v></c></row>")]),
            br"{\rtf1\ansi{\fonttbl{\f0\fcharset204 A;}}\f0\'e4\u-100?\bin3 abc{\*\objdata 00}\par}".to_vec(),
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
    let page = crate::demo::documents::pdf(&["x".repeat(80), "y".repeat(80)]);
    let mut allowance = page.len();
    let mut warning = |part: Part| super::read(&part, &mut allowance).warning;
    let answers: Vec<Option<String>> = (0..20).map(|_| warning(part("a.pdf", &page))).collect();
    assert_eq!(answers.first(), Some(&None));
    assert!(answers.last().and_then(Option::as_deref).is_some_and(|said| said.contains("more attached to the mail")), "{answers:?}");
    assert_eq!(warning(part("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0")), None);
}
