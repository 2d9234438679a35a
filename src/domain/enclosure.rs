//! A file that is sent with a letter. Its name may have been typed anywhere: it is made safe before it is kept.

use super::refusal::Refusal;

/// Of all files of one letter together, in bytes: with base64's third on top they stay below the 25 MB that many servers take (RFC 2045 §6.8).
pub const LARGEST_IN_ALL: usize = 15 << 20;
/// Of a name, in characters.
const LONGEST_NAME: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Without a folder.
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl Enclosure {
    /// A file by its name, with or without folders before it; its media type follows from how the name ends. Of a text whose bytes are UTF-8 it
    /// says so (RFC 2046 §4.1.2): without that it would be taken for US-ASCII.
    pub fn new(name: &str, bytes: Vec<u8>) -> Enclosure {
        let name = safe_name(name);
        let media_type = media_type(&name);
        let charset = if media_type.starts_with("text/") && std::str::from_utf8(&bytes).is_ok() { "; charset=utf-8" } else { "" };
        Enclosure { media_type: format!("{media_type}{charset}"), name, bytes }
    }
}

/// Whether all of these can be sent with one letter.
///
/// # Errors
///
/// [`Refusal::EnclosureEmpty`] and [`Refusal::EnclosuresTooLarge`].
pub fn fit_in_one_letter(enclosures: &[Enclosure]) -> Result<(), Refusal> {
    if let Some(empty) = enclosures.iter().find(|enclosure| enclosure.bytes.is_empty()) {
        return Err(Refusal::EnclosureEmpty { name: empty.name.clone() });
    }
    let bytes = enclosures.iter().map(|enclosure| enclosure.bytes.len()).sum();
    if bytes > LARGEST_IN_ALL { Err(Refusal::EnclosuresTooLarge { bytes }) } else { Ok(()) }
}

/// What follows the last slash, without what steers a terminal, a header or a file system, and not hidden.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_safe = |c: &char| {
        !c.is_control()
            && !matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*' | ';' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let name: String = last.chars().filter(is_safe).collect();
    let name = name.trim().trim_start_matches('.');
    // How it ends says what it is.
    let (stem, end) = name.rfind('.').filter(|at| name.len() - at <= 10).map_or((name, ""), |at| name.split_at(at));
    let stem: String = stem.chars().take(LONGEST_NAME).collect();
    if stem.is_empty() { format!("enclosure{end}") } else { format!("{stem}{end}") }
}

/// By the end of a name (<https://www.iana.org/assignments/media-types>); what is not known is bytes.
fn media_type(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_ascii_lowercase());
    match end.as_str() {
        "pdf" => "application/pdf",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "rtf" => "application/rtf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_brings_no_folder_no_header_and_no_other_way_of_reading_with_it() {
        for (typed, name, media_type) in [
            ("annex.pdf", "annex.pdf", "application/pdf"),
            ("/srv/reports/Příloha 1.DOCX", "Příloha 1.DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("C:\\reports\\table.xlsx", "table.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("../../.profile", "profile", "application/octet-stream"),
            ("a\r\nBcc: x@y.example\".txt", "aBcc x@y.example.txt", "text/plain; charset=utf-8"),
            ("annex\u{202e}fdp.exe", "annexfdp.exe", "application/octet-stream"),
            ("...", "enclosure", "application/octet-stream"),
            (".pdf", "pdf", "application/octet-stream"),
            ("", "enclosure", "application/octet-stream"),
        ] {
            let enclosure = Enclosure::new(typed, vec![1]);
            assert_eq!((enclosure.name.as_str(), enclosure.media_type.as_str()), (name, media_type), "{typed:?}");
        }
        let latin_2 = Enclosure::new("table.csv", vec![b'P', 0xf8, b'e']);
        assert_eq!(latin_2.media_type, "text/csv", "of which nobody can say how it is written");
        assert_eq!(Enclosure::new(&format!("{}.pdf", "x".repeat(500)), vec![]).name.chars().count(), LONGEST_NAME + 4);
    }

    #[test]
    fn what_no_server_would_take_is_refused() {
        let of = |size| Enclosure::new("a.pdf", vec![0; size]);
        assert_eq!(fit_in_one_letter(&[of(LARGEST_IN_ALL)]), Ok(()));
        assert_eq!(fit_in_one_letter(&[of(1), of(0)]), Err(Refusal::EnclosureEmpty { name: "a.pdf".into() }));
        let too_large = Refusal::EnclosuresTooLarge { bytes: LARGEST_IN_ALL + 1 };
        assert_eq!(fit_in_one_letter(&[of(LARGEST_IN_ALL), of(1)]), Err(too_large));
    }
}
