//! Bytes → text, by the charset that is named, and by what the bytes say where none is named or the name lies.
//!
//! `encoding_rs` follows the WHATWG Encoding Standard, which already reads `iso-8859-1` and `us-ascii` as windows-1252 and `gb2312` as GBK, as mail
//! clients do. `oem_cp` adds the code pages of DOS; the seven-bit encodings that browsers dropped but archives of ministries still hold are in
//! [`seven_bit`]. Where nothing is named, `chardetng` (Firefox's detector) guesses; it beats a table of our own.

use super::{macintosh, seven_bit};
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
    if let Some(text) = announced(bytes) {
        return text;
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

/// Seven-bit text that says by its escape sequences what it is: ISO-2022-JP (RFC 1468), ISO-2022-KR (RFC 1557), ISO-2022-CN (RFC 1922).
fn announced(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if !bytes.is_ascii() {
        return None;
    }
    memchr::memchr_iter(0x1b, bytes).find_map(|at| match bytes.get(at + 1..)? {
        [b'$', b'B' | b'@', ..] | [b'(', b'J' | b'I', ..] => Some(decoded(ISO_2022_JP, bytes)),
        [b'$', b')', b'C', ..] => named("iso-2022-kr", bytes),
        [b'$', b')', b'A', ..] => named("iso-2022-cn", bytes),
        _ => None,
    })
}

/// What raw bytes of several headers look like together: a name alone is too short to tell.
pub struct Neighbours<'a> {
    /// The charset that the body below the headers names, which is their author's as a rule.
    label: Option<&'a str>,
    guess: &'static Encoding,
}

impl<'a> Neighbours<'a> {
    pub fn of(label: Option<&'a str>, values: &[u8]) -> Neighbours<'a> {
        Neighbours { label: label.filter(|label| !says_nothing(label)), guess: detect(values) }
    }

    pub fn text(&self, value: &[u8]) -> String {
        if std::str::from_utf8(value).is_ok() || mostly_utf8(value) {
            return undeclared(value).into_owned();
        }
        match self.label.map(|label| text(Some(label), value)) {
            Some((text, None)) => text.into_owned(),
            _ => self.guess.decode_without_bom_handling(value).0.into_owned(),
        }
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
            return Some(Cow::Owned(EUC_KR.decode_without_bom_handling(&seven_bit::iso_2022(b'C', bytes)).0.into_owned()));
        }
        "iso-2022-cn" | "iso-2022-cn-ext" | "csiso2022cn" => {
            return Some(Cow::Owned(GB18030.decode_without_bom_handling(&seven_bit::iso_2022(b'A', bytes)).0.into_owned()));
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
        "utf-32" | "utf32" | "ucs-4" | "iso-10646-ucs-4" | "utf-32be" | "utf-32le" => {
            return Some(Cow::Owned(utf_32(bytes, lower.ends_with("le"))));
        }
        _ => {}
    }
    match encoding(&lower) {
        Some(encoding) => Some(decoded(encoding, bytes)),
        None => (code_page(&lower).map(|table| table.decode_string_lossy(bytes)))
            .or_else(|| macintosh::alphabet(&lower).map(|alphabet| macintosh::decode(alphabet, bytes)))
            .map(Cow::Owned),
    }
}

/// UTF-32 (Unicode Standard §3.10), big-endian unless its mark or its name says otherwise. The WHATWG dropped it; the mark of little-endian
/// UTF-32 begins with that of UTF-16, so it must not be left to a guess.
fn utf_32(bytes: &[u8], named_little: bool) -> String {
    let (units, rest) = bytes.as_chunks::<4>();
    let little = units.first() == Some(&[0xff, 0xfe, 0, 0]) || (named_little && units.first() != Some(&[0, 0, 0xfe, 0xff]));
    let unit = |unit: &[u8; 4]| if little { u32::from_le_bytes(*unit) } else { u32::from_be_bytes(*unit) };
    let characters = units.iter().map(|bytes| char::from_u32(unit(bytes)).unwrap_or('\u{fffd}'));
    let cut = (!rest.is_empty()).then_some('\u{fffd}');
    let text: String = characters.chain(cut).collect();
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
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
        // The IANA's names of the younger Latin alphabets, of which the WHATWG's list has few.
        "latin7" | "latin-7" => Some(encoding_rs::ISO_8859_13),
        "latin8" | "latin-8" | "l8" | "iso-celtic" => Some(encoding_rs::ISO_8859_14),
        "latin9" | "latin-9" => Some(encoding_rs::ISO_8859_15),
        "latin10" | "latin-10" => Some(encoding_rs::ISO_8859_16),
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
    // The WHATWG's names for bytes in disguise and for charsets browsers refuse; a mail that names one does not know its charset.
    let found = found.filter(|found| *found != encoding_rs::X_USER_DEFINED && *found != encoding_rs::REPLACEMENT);
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
    let lower = label.to_ascii_lowercase();
    let known = encoding(&lower);
    if !lower.starts_with("iso-2022")
        && known != Some(ISO_2022_JP)
        && let Some(text) = announced(bytes)
    {
        return (text, Some(format!("The text names the charset {label} but its escape sequences are another's; it was read by those.")));
    }
    if says_nothing(&lower) && !bytes.is_ascii() {
        return (
            undeclared(bytes),
            Some(format!("The text names the charset {label} but holds other bytes; it was read as what they look like.")),
        );
    }
    let Some(text) = named(label, bytes) else {
        return (
            undeclared(bytes),
            (!bytes.is_ascii()).then(|| format!("The charset {label} is not known; the text was read as what its bytes look like.")),
        );
    };
    if known != Some(UTF_8) && is_utf8_for_certain(known, bytes) {
        return (undeclared(bytes), Some(format!("The text names the charset {label} but is UTF-8; it was read as UTF-8.")));
    }
    if known == Some(WINDOWS_1252)
        && let Some(other) = beyond_latin(bytes)
    {
        let problem = format!("The text names the charset {label} but looks like {}; it was read as that.", other.name());
        return (other.decode_without_bom_handling(bytes).0, Some(problem));
    }
    if known == Some(UTF_8)
        && let Some(text) = encoded_once(&text)
    {
        return (Cow::Owned(text), Some("The text was encoded as UTF-8 twice; once was undone.".to_owned()));
    }
    let damaged = text.matches('\u{fffd}').count();
    if damaged == 0 {
        return (text, None);
    }
    let sound = text.chars().filter(|character| !character.is_ascii()).count() - damaged;
    let meant = bytes.windows(3).any(|three| three == [0xef, 0xbf, 0xbd]);
    if !meant
        && known == Some(UTF_8)
        && let Some(text) = by_lines(bytes)
    {
        return (
            Cow::Owned(text),
            Some(format!("Some lines are not in the charset they name ({label}); they were read as what they look like.")),
        );
    }
    if damaged > sound && !meant && !bytes.is_ascii() {
        return (
            undeclared(bytes),
            Some(format!("The text is not in the charset it names ({label}); it was read as what its bytes look like.")),
        );
    }
    let problem = (!meant).then(|| format!("Some characters are damaged: they do not exist in {label}."));
    (text, problem)
}

/// Whether a charset's name says nothing of bytes beyond ASCII: ASCII itself, and what gateways write that do not know (RFC 1428).
pub fn says_nothing(label: &str) -> bool {
    let known =
        ["us-ascii", "ascii", "ansi_x3.4-1968", "ansi_x3.110-1983", "iso-ir-6", "646", "iso646-us", "unknown-8bit", "x-unknown", "unknown"];
    known.iter().any(|known| known.eq_ignore_ascii_case(label))
}

/// Whether text is UTF-8 whatever charset it names. In a charset of one byte for each character no real text is valid UTF-8, since the second
/// half of a sequence is no letter there; in those of several bytes, and in Thai, single words may be.
fn is_utf8_for_certain(named: Option<&'static Encoding>, bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    // UTF-16 of anything but Chinese holds zero bytes, and UTF-8 none.
    if bytes.is_ascii() || bytes.contains(&0) {
        return false;
    }
    let accidental = named.is_some_and(|named| !named.is_single_byte() || named == encoding_rs::WINDOWS_874);
    !accidental || text.chars().map(|character| character.len_utf8() - 1).sum::<usize>() >= 6
}

/// What text is that names a Latin charset and cannot be in it: most of its bytes beyond ASCII stand three and more in a row, as whole words
/// do in other scripts and accented letters never do. Mailers that never asked wrote `iso-8859-1` on all they sent.
fn beyond_latin(bytes: &[u8]) -> Option<&'static Encoding> {
    // More than `äöüÄÖÜß`, which people write to try an encoding.
    const FEWEST_LETTERS: usize = 8;
    let seen = bytes.get(..DETECTED).unwrap_or(bytes);
    let runs = seen.split(u8::is_ascii).filter(|run| !run.is_empty());
    let (mut high, mut in_words) = (0, 0);
    let mut letters = [false; 256];
    for run in runs {
        high += run.len();
        // Dashes, dots and quotation marks stand in rows too.
        if run.len() >= 3 && run.iter().any(|byte| *byte >= 0xc0) {
            in_words += run.len();
            run.iter().for_each(|byte| letters[usize::from(*byte)] = true);
        }
    }
    if letters.iter().filter(|seen| **seen).count() < FEWEST_LETTERS || in_words * 2 <= high {
        return None;
    }
    let other = detect(bytes);
    let latin = ["windows-1250", "windows-1252", "windows-1254", "windows-1257", "windows-1258", "macintosh"];
    (!latin.contains(&other.name()) && !other.name().starts_with("ISO-8859-1") && !matches!(other.name(), "ISO-8859-2" | "ISO-8859-4"))
        .then_some(other)
}

/// The text that was taken for windows-1252 and encoded as UTF-8 a second time, as web forms do: all of its characters beyond ASCII are
/// windows-1252 whose bytes are UTF-8, which no text is by chance.
fn encoded_once(text: &str) -> Option<String> {
    const FEWEST: usize = 3;
    let mut beyond = text.chars().skip_while(char::is_ascii);
    if !matches!(beyond.next(), Some('\u{c2}'..='\u{f4}')) || beyond.next().is_none_or(|next| next.is_ascii()) {
        return None;
    }
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    let once = String::from_utf8(bytes.into_owned()).ok().filter(|_| !unmappable)?;
    (once.chars().filter(|character| !character.is_ascii()).count() >= FEWEST).then_some(once)
}

/// UTF-8 with lines of another charset among it, as gateways append their notices and people paste: the lines that hold no UTF-8 at all are read
/// as what they look like together. None if there are none of that kind, or none
/// that are UTF-8.
fn by_lines(bytes: &[u8]) -> Option<String> {
    let foreign = |line: &[u8]| match std::str::from_utf8(line) {
        Ok(_) => false,
        // Cut off in the middle of a character.
        Err(error) if error.error_len().is_none() => false,
        Err(_) => line.utf8_chunks().all(|chunk| chunk.valid().is_ascii()),
    };
    let lines: Vec<(&[u8], bool)> = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| (line, foreign(line))).collect();
    let others: Vec<u8> = lines.iter().filter(|(_, foreign)| *foreign).flat_map(|(line, _)| line.iter().copied()).collect();
    let some_utf8 = lines.iter().any(|(line, _)| !line.is_ascii() && std::str::from_utf8(line).is_ok());
    if others.is_empty() || !some_utf8 {
        return None;
    }
    let encoding = detect(&others);
    let read = |(line, foreign): &(&[u8], bool)| {
        if *foreign { encoding.decode_without_bom_handling(line).0.into_owned() } else { String::from_utf8_lossy(line).into_owned() }
    };
    Some(lines.iter().map(read).collect())
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

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn utf_32_is_read_in_either_order_with_or_without_a_mark() {
        let big: Vec<u8> = "Prüfung 📎".chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        let little: Vec<u8> = "Prüfung 📎".chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
        let marked = |mark: [u8; 4], bytes: &[u8]| [mark.as_slice(), bytes].concat();
        for (label, bytes) in [
            ("utf-32", big.clone()),
            ("UTF-32BE", big.clone()),
            ("UTF-32LE", little.clone()),
            ("utf-32", marked([0, 0, 0xfe, 0xff], &big)),
            ("utf-32", marked([0xff, 0xfe, 0, 0], &little)),
        ] {
            assert_eq!(text(Some(label), &bytes), ("Prüfung 📎".into(), None), "{label} {bytes:?}");
        }
        assert_eq!(text(Some("utf-32"), &big[..30]).0, "Prüfung\u{fffd}");
    }

    #[test]
    fn the_younger_latin_alphabets_are_known_by_their_names() {
        assert_eq!(text(Some("latin-9"), b"Kosten: 5 \xa4"), ("Kosten: 5 €".into(), None));
        assert_eq!(text(Some("latin10"), b"R\xe3spuns \xbai"), ("Răspuns și".into(), None));
    }
}
