//! PDFs as programs write them: by hand after the standard, by `lopdf` with object streams, and damaged.

use super::Reading;
use crate::mail::attached_letter;
use lopdf::{Dictionary, Document, Object, SaveOptions, Stream, dictionary};

fn read(bytes: &[u8]) -> Reading {
    super::read(bytes, &mut usize::MAX.clone())
}

fn text(bytes: &[u8]) -> String {
    let reading = read(bytes);
    assert_eq!(reading.warning, None);
    reading.text.unwrap_or_default()
}

/// A document of one page with that content and these fonts, as word processors write it: packed streams, objects within object streams, a
/// cross-reference stream.
fn written(content: &str, fonts: Dictionary, mut add: impl FnMut(&mut Document, &mut Dictionary)) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let mut stream = Stream::new(Dictionary::new(), content.as_bytes().to_vec());
    stream.compress().unwrap();
    let content = document.add_object(stream);
    let mut resources = dictionary! { "Font" => fonts };
    add(&mut document, &mut resources);
    let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => pages, "Contents" => content, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()] });
    let tree = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1, "Resources" => resources };
    document.objects.insert(pages, Object::Dictionary(tree));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_with_options(&mut bytes, SaveOptions::builder().use_object_streams(true).use_xref_streams(true).build()).unwrap();
    bytes
}

fn helvetica() -> Dictionary {
    dictionary! { "F1" => dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding" } }
}

#[test]
fn a_letter_of_the_demonstration_is_read_back() {
    let lines: Vec<String> =
        (1..=100).map(|line| format!("{line}. L'autorité (accepte) \\ la recommandation NPM-2026-0147-K – « oui »")).collect();
    let found = text(&attached_letter::pdf(&lines));
    let found: Vec<&str> = found.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(found, lines);
}

#[test]
fn a_letter_with_glyph_numbers_is_read_by_its_table_to_unicode() {
    let table = "1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfchar <0003> <0020> endbfchar 1 beginbfrange <0010> <0019> <0410> endbfrange";
    let content = "BT /F2 12 Tf 1 0 0 1 72 700 Tm [<0010> -20 <0011> 5 <0012>] TJ <0003> Tj <00130014> Tj 0 -14 Td <0015> Tj ET";
    let bytes = written(content, Dictionary::new(), |document, resources| {
        let mut table = Stream::new(Dictionary::new(), table.as_bytes().to_vec());
        table.compress().unwrap();
        let table = document.add_object(table);
        let glyphs = dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "DW" => 600, "W" => vec![16.into(), vec![700.into(), 650.into()].into()] };
        let glyphs = document.add_object(glyphs);
        let font = dictionary! { "Type" => "Font", "Subtype" => "Type0", "Encoding" => "Identity-H", "DescendantFonts" => vec![glyphs.into()], "ToUnicode" => table };
        let font = document.add_object(font);
        resources.set("Font", dictionary! { "F2" => font });
    });
    assert_eq!(text(&bytes), "АБВ ГД\nЕ");
}

#[test]
fn words_set_apart_by_place_alone_are_parted() {
    let content = "BT /F1 10 Tf 72 700 Td [(We)-300(accept)] TJ 60 0 Td (it.) Tj ET BT /F1 10 Tf 72 688 Td (Next) Tj ( line) Tj ET BT 72 640 Td (Below) Tj ET";
    assert_eq!(text(&written(content, helvetica(), |_, _| {})), "We accept it.\nNext line\n\nBelow");
}

#[test]
fn a_ligature_is_spoken_as_it_is_meant_and_bold_by_drawing_twice_is_read_once() {
    let content = "BT /F1 10 Tf 72 700 Td (o) Tj /Span <</ActualText <FEFF00660066>>> BDC (\\001) Tj EMC (ice) Tj ET BT /F1 10 Tf 72 600 Td (Bold) Tj ET BT /F1 10 Tf 72.3 600 Td (Bold) Tj ET";
    assert_eq!(text(&written(content, helvetica(), |_, _| {})), "office\n\nBold");
}

#[test]
fn glyphs_named_by_differences_are_read() {
    let fonts = dictionary! { "F1" => dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "ABCDEF+CMR10",
    "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => vec![1.into(), "R".into(), "eacute".into(), "p".into(), "fi".into()] } } };
    assert_eq!(text(&written("BT /F1 10 Tf <01020304> Tj ET", fonts, |_, _| {})), "Répﬁ");
}

#[test]
fn text_in_forms_is_read_and_a_form_that_shows_itself_ends() {
    let bytes = written("q 1 0 0 1 72 700 cm /X1 Do Q", helvetica(), |document, resources| {
        let own = document.new_object_id();
        let resources_of_form = dictionary! { "XObject" => dictionary! { "X1" => own }, "Font" => helvetica() };
        let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "Resources" => resources_of_form };
        document.objects.insert(own, Stream::new(form, b"BT /F1 10 Tf (in a form) Tj ET /X1 Do /X1 Do".to_vec()).into());
        resources.set("XObject", dictionary! { "X1" => own });
    });
    assert!(read(&bytes).text.unwrap().starts_with("in a form"));
}

#[test]
fn a_wrong_or_missing_cross_reference_table_changes_nothing() {
    let whole = attached_letter::pdf(&["NPM-2026-0147-K".to_owned()]);
    let table = whole.windows(5).position(|five| five == b"xref\n").unwrap();
    assert_eq!(text(&whole[..table]), "NPM-2026-0147-K");
    let shifted = [b"From a gateway: ".as_slice(), &whole].concat();
    assert_eq!(text(&shifted), "NPM-2026-0147-K");
}

#[test]
fn what_has_no_text_or_no_letters_says_so() {
    let scan = read(&written("q 500 0 0 700 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x01(Tj) EI Q", Dictionary::new(), |_, _| {}));
    assert_eq!((scan.text, scan.warning.as_deref()), (None, Some("It holds no text (a scan or pictures); a person must read it.")));
    let fonts = dictionary! { "F1" => dictionary! { "Type" => "Font", "Subtype" => "Type0", "Encoding" => "Identity-H" } };
    assert!(read(&written("BT /F1 10 Tf <000100020003> Tj ET", fonts, |_, _| {})).warning.unwrap().contains("which letters"));
    assert!(read(b"%PDF-1.4 nothing").warning.unwrap().contains("damaged"));
}

#[test]
fn an_encrypted_document_is_named_and_not_read() {
    let mut bytes = attached_letter::pdf(&["secret".to_owned()]);
    bytes.extend(b"trailer << /Root 1 0 R /Encrypt 9 0 R >>");
    let reading = read(&bytes);
    assert_eq!(reading.text, None);
    assert!(reading.warning.unwrap().contains("encrypted"));
}

#[test]
fn a_stream_that_unpacks_without_end_is_cut() {
    use std::io::Write;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(b"BT /F1 10 Tf (first) Tj ").unwrap();
    packer.write_all(&vec![b' '; 64 << 20]).unwrap();
    let packed = packer.finish().unwrap();
    let mut bytes = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]>>endobj 3 0 obj<</Type/Page/Contents 4 0 R/Resources<</Font<</F1<</Subtype/Type1>>>>>>>>endobj\n".to_vec();
    bytes.extend(format!("4 0 obj<</Filter/FlateDecode/Length {}>>stream\n", packed.len()).bytes());
    bytes.extend(&packed);
    bytes.extend(b"\nendstream endobj");
    assert_eq!(read(&bytes).text.as_deref(), Some("first"));
}

#[test]
fn nesting_and_page_trees_that_bite_their_tail_end() {
    let mut bytes =
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[2 0 R 3 0 R 2 0 R]>>endobj 3 0 obj 3 0 R endobj 4 0 obj"
            .to_vec();
    bytes.extend(b"[<<".repeat(200_000));
    bytes.extend(b" endobj trailer<</Root 1 0 R>>");
    assert_eq!(read(&bytes).text, None);
}

#[test]
fn widths_that_name_the_same_letters_again_and_again_end() {
    let mut bytes = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]>>endobj \
        3 0 obj<</Type/Page/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj \
        4 0 obj<</Length 26>>stream\nBT /F 1 Tf (\0a\0b) Tj ET  \nendstream endobj \
        5 0 obj<</Type/Font/Subtype/Type0/Encoding/UniGB-UCS2-H/DescendantFonts[<</W["
        .to_vec();
    bytes.extend(b"0 65535 500 ".repeat(100_000));
    bytes.extend(b"]>>]>>endobj trailer<</Root 1 0 R>>");
    assert_eq!(read(&bytes).text.as_deref(), Some("ab"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn damage_anywhere_never_makes_it_panic(places in proptest::collection::vec((0usize..4000, proptest::num::u8::ANY), 1..40), cut in 0usize..4000) {
        for whole in [attached_letter::pdf(&["one".to_owned(), "two".to_owned()]), written("BT /F1 10 Tf [(a)-300(b)] TJ ET", helvetica(), |_, _| {})] {
            let mut bytes = whole;
            for (place, byte) in &places {
                let length = bytes.len();
                bytes[place % length] = *byte;
            }
            bytes.truncate(cut.max(20));
            read(&bytes);
        }
    }
}
