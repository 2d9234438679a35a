//! Bytes → text, by the charset that is named, and by what the bytes say where none is named or the name lies.
//!
//! `encoding_rs` follows the WHATWG Encoding Standard, which already reads `iso-8859-1` and `us-ascii` as windows-1252 and `gb2312` as GBK, as mail
//! clients do. `oem_cp` adds the code pages of DOS; the seven-bit encodings that browsers dropped but archives of ministries still hold are in
//! [`seven_bit`]. Where nothing is named, `chardetng` (Firefox's detector) guesses; it beats a table of our own.

use super::seven_bit;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_MAC_CYRILLIC};
use std::borrow::Cow;

/// How many bytes the detector looks at: enough for every language, and bounded.
const DETECTED: usize = 16 * 1024;

/// Text whose charset nobody named: UTF-8 if it is that, with few bytes damaged at most; then what the detector says.
pub fn undeclared(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes)
        && encoding != UTF_8
    {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    if bytes.is_ascii() && bytes.windows(3).any(|three| matches!(three, b"\x1b$B" | b"\x1b$@" | b"\x1b(J")) {
        return decoded(ISO_2022_JP, bytes);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes),
        Err(_) => detect(bytes).decode_without_bom_handling(bytes).0,
    };
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => text,
    }
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let seen = bytes.get(..DETECTED).unwrap_or(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(seen, seen.len() == bytes.len());
    detector.guess(None, Utf8Detection::Deny)
}

/// UTF-8 that was cut or scratched: more sound sequences than damaged ones.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut damaged) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        damaged += usize::from(!chunk.invalid().is_empty());
    }
    sound > damaged
}

/// Text of the charset named by `label`, as mail names them. `None`: nobody knows that charset.
fn named<'a>(label: &str, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    let lower = label.to_ascii_lowercase();
    match lower.as_str() {
        "iso-2022-kr" | "csiso2022kr" => {
            return Some(Cow::Owned(EUC_KR.decode_without_bom_handling(&seven_bit::iso_2022_kr(bytes)).0.into_owned()));
        }
        "hz-gb-2312" | "hz" => return Some(Cow::Owned(GB18030.decode_without_bom_handling(&seven_bit::hz(bytes)).0.into_owned())),
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "csunicode11utf7" | "x-unicode-2-0-utf-7" => {
            return Some(Cow::Owned(seven_bit::utf_7(bytes)));
        }
        "utf-16" | "utf16" | "ucs-2" | "iso-10646-ucs-2" => {
            // RFC 2781 §4.3: big-endian without a mark. Mailers that leave the mark out write little-endian as often: the zero bytes tell.
            let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((if bytes.first() == Some(&0) { UTF_16BE } else { UTF_16LE }, 0));
            return Some(encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0);
        }
        _ => {}
    }
    match encoding(&lower) {
        Some(encoding) => Some(decoded(encoding, bytes)),
        None => code_page(&lower).map(|table| Cow::Owned(table.decode_string_lossy(bytes))),
    }
}

fn decoded<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    if encoding == ISO_2022_JP {
        return Cow::Owned(encoding.decode_without_bom_handling(&seven_bit::without_idle_escapes(bytes)).0.into_owned());
    }
    encoding.decode_with_bom_removal(bytes).0
}

/// `cp850`, `ibm437`, `cp-852`, `ibm-866`: a code page of DOS, of which 8-bit text of old office systems is written.
fn code_page(lower: &str) -> Option<&'static oem_cp::code_table_type::TableType> {
    let number = ["cp", "ibm", "oem", "x-cp", "dos"].iter().find_map(|prefix| lower.strip_prefix(prefix))?;
    oem_cp::code_table::DECODING_TABLE_CP_MAP.get(&number.trim_start_matches(['-', '_']).parse().ok()?)
}

fn encoding(lower: &str) -> Option<&'static Encoding> {
    let found = match lower {
        "utf8mb4" | "utf_8" | "utf-8-mac" | "utf" | "uft-8" | "uft8" => Some(UTF_8),
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-ms" | "cp50220" | "cp50221" | "cp50222" => Some(ISO_2022_JP),
        "ks_c_5601" | "cp949" | "ms949" | "uhc" | "x-windows-949" => Some(EUC_KR),
        "cp936" | "ms936" | "euc-cn" | "gb2312-80" | "cp54936" => Some(GB18030),
        "cp950" | "ms950" => Some(encoding_rs::BIG5),
        "cp932" | "ms932" => Some(encoding_rs::SHIFT_JIS),
        "macroman" | "mac-roman" | "mac" | "apple-roman" => Some(MACINTOSH),
        "maccyrillic" | "mac-cyrillic" => Some(X_MAC_CYRILLIC),
        "ansi" | "default" | "latin-1" | "latin1" | "8859-1" | "iso8859_1" => Some(WINDOWS_1252),
        _ => Encoding::for_label(lower.as_bytes()).or_else(|| {
            // `cp-1252`, `windows1252`, `win-1251`, `iso8859-2`, `iso_8859_15`: mailers that leave out or change the dash.
            let numbers: Vec<&str> =
                lower.split(|character: char| !character.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
            match numbers.as_slice() {
                [number] if number.starts_with("125") => Encoding::for_label(format!("windows-{number}").as_bytes()),
                ["8859", number] => Encoding::for_label(format!("iso-8859-{number}").as_bytes()),
                _ => None,
            }
        }),
    };
    // GB18030 holds all of GBK, and letters labelled gb2312 or gbk do use it.
    if found == Some(GBK) { Some(GB18030) } else { found }
}

/// The text of a part: by the charset it names unless the bytes disprove it. The problem, if there was one, is told in plain words.
pub fn text<'a>(label: Option<&str>, bytes: &'a [u8]) -> (Cow<'a, str>, Option<String>) {
    // RFC 2231 §5 lets a language follow the charset of an encoded word: `us-ascii*en`.
    let label = label.unwrap_or_default().trim().trim_matches(['"', '\'']).split(['*', ';', ',']).next().unwrap_or_default().trim();
    let plain = bytes.is_ascii() && !bytes.iter().any(|byte| matches!(byte, 0 | 0x0e | 0x1b | b'~' | b'+'));
    if label.is_empty() || plain {
        return (undeclared(bytes), None);
    }
    let Some(text) = named(label, bytes) else {
        return (
            undeclared(bytes),
            (!bytes.is_ascii()).then(|| format!("The charset {label} is not known; the text was read as what its bytes look like.")),
        );
    };
    // UTF-8 labelled as a Latin charset: sequences that are valid UTF-8 are next to impossible in real Latin text.
    if !bytes.is_ascii() && encoding(&label.to_ascii_lowercase()) == Some(WINDOWS_1252) && std::str::from_utf8(bytes).is_ok() {
        return (undeclared(bytes), Some(format!("The text names the charset {label} but is UTF-8; it was read as UTF-8.")));
    }
    let damaged = text.matches('\u{fffd}').count();
    let sound = text.chars().filter(|character| !character.is_ascii()).count() - damaged;
    let meant = bytes.windows(3).any(|three| three == [0xef, 0xbf, 0xbd]);
    if damaged > sound && !meant && !bytes.is_ascii() {
        return (
            undeclared(bytes),
            Some(format!("The text is not in the charset it names ({label}); it was read as what its bytes look like.")),
        );
    }
    let problem = (damaged > 0 && !meant).then(|| format!("Some characters are damaged: they do not exist in {label}."));
    (text, problem)
}

/// The charset an HTML document names in its head, for parts whose headers name none.
pub fn of_html(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..2048).unwrap_or(bytes).to_ascii_lowercase();
    let meta = memchr::memmem::find(&head, b"charset=")?;
    let label: String = head
        .get(meta + 8..)?
        .iter()
        .skip_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        .map(|byte| char::from(*byte))
        .collect();
    (!label.is_empty() && !label.starts_with("utf-16")).then_some(label)
}
