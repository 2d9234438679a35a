//! Character references: `&amp;`, `&#8211;`, `&eacute;`.

/// `&CounterClockwiseContourIntegral;` is the longest name there is.
const LONGEST_ENTITY: usize = 33;

/// The character a reference stands for, and the length of the reference; `&` where it is none.
pub(super) fn entity(rest: &str) -> (String, usize) {
    let none = || ("&".to_owned(), 1);
    let window = rest.as_bytes().get(1..LONGEST_ENTITY.min(rest.len())).unwrap_or_default();
    let length = window.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    let Some(name) = rest.get(1..1 + length).filter(|name| !name.is_empty()) else { return none() };
    let closed = usize::from(rest.as_bytes().get(1 + length) == Some(&b';'));
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        // 128 to 159 are windows-1252 in practice (HTML standard, numeric character reference end state).
        let character = match code {
            Some(code @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[code.to_le_bytes()[0]]).0.chars().next(),
            Some(code) => char::from_u32(code).filter(|character| !character.is_control() || character.is_whitespace()),
            None => None,
        };
        return character.map_or_else(none, |character| (character.to_string(), 1 + length + closed));
    }
    let common = match name {
        "nbsp" => "\u{a0}",
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ if closed == 0 => return none(),
        _ => "",
    };
    if !common.is_empty() {
        return (common.to_owned(), 1 + length + closed);
    }
    let reference = rest.get(..1 + length + closed).unwrap_or_default();
    let decoded = mail_parser::decoders::html::html_to_text(reference);
    if decoded.is_empty() || decoded == reference { none() } else { (decoded, reference.len()) }
}
