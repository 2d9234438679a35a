//! Alphabets of Mac OS until version 9 that the WHATWG Encoding Standard leaves out: mail of its last years still names them.
//! Source: Apple's tables at the Unicode Consortium, <https://www.unicode.org/Public/MAPPINGS/VENDORS/APPLE/>.

/// The characters of bytes 128 to 255 in the alphabet of that name, lower case.
pub fn alphabet(label: &str) -> Option<&'static str> {
    let name = label.strip_prefix("x-mac-").or_else(|| label.strip_prefix("x-mac")).or_else(|| label.strip_prefix("mac"))?;
    match name.trim_start_matches(['-', '_']) {
        "ce" | "centraleurope" | "centraleurroman" | "latin2" => Some(CENTRAL_EUROPE),
        "greek" => Some(GREEK),
        "turkish" => Some(TURKISH),
        "croatian" => Some(CROATIAN),
        "romanian" => Some(ROMANIAN),
        "icelandic" | "iceland" => Some(ICELANDIC),
        _ => None,
    }
}

pub fn decode(alphabet: &str, bytes: &[u8]) -> String {
    let upper: Vec<char> = alphabet.chars().collect();
    let character = |byte: &u8| match byte.checked_sub(128) {
        None => char::from(*byte),
        Some(place) => upper.get(usize::from(place)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(character).collect()
}

const CENTRAL_EUROPE: &str =
    "ÄĀāÉĄÖÜáąČäčĆćéŹźĎíďĒēĖóėôöõúĚěü†°Ę£§•¶ß®©™ę¨≠ģĮįĪ≤≥īĶ∂∑łĻļĽľĹĺŅņŃ¬√ńŇ∆«»…\u{a0}ňŐÕőŌ–—“”‘’÷◊ōŔŕŘ‹›řŖŗŠ‚„šŚśÁŤťÍŽžŪÓÔūŮÚůŰűŲųÝýķŻŁżĢˇ";
const GREEK: &str = "Ä¹²É³ÖÜ΅àâä΄¨çéèêë£™îï•½‰ôö¦€ùûü†ΓΔΘΛΞΠß®©ΣΪ§≠°·Α±≤≥¥ΒΕΖΗΙΚΜΦΫΨΩάΝ¬ΟΡ≈Τ«»…\u{a0}ΥΧΆΈœ–―“”‘’÷ΉΊΌΎέήίόΏύαβψδεφγηιξκλμνοπώρστθωςχυζϊϋΐΰ\u{ad}";
const TURKISH: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸĞğİıŞş‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙˆ˜¯˘˙˚¸˝˛ˇ";
const CROATIAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®Š™´¨≠ŽØ∞±≤≥∆µ∂∑∏š∫ªºΩžø¿¡¬√ƒ≈Ć«Č…\u{a0}ÀÃÕŒœĐ—“”‘’÷◊\u{f8ff}©⁄€‹›Æ»–·‚„‰ÂćÁčÈÍÎÏÌÓÔđÒÚÛÙıˆ˜¯πË˚¸Êæˇ";
const ROMANIAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ĂȘ∞±≤≥¥µ∂∑∏π∫ªºΩăș¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›Țț‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
const ICELANDIC: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûüÝ°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€ÐðÞþý·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

#[cfg(test)]
mod tests {
    use super::{CENTRAL_EUROPE, CROATIAN, GREEK, ICELANDIC, ROMANIAN, TURKISH, alphabet, decode};

    #[test]
    fn every_alphabet_is_whole() {
        for alphabet in [CENTRAL_EUROPE, CROATIAN, GREEK, ICELANDIC, ROMANIAN, TURKISH] {
            assert_eq!(alphabet.chars().count(), 128, "{alphabet}");
        }
    }

    #[test]
    fn letters_of_old_macintoshes_are_read() {
        assert_eq!(decode(alphabet("x-mac-ce").unwrap(), b"V\x87\xec\x87 pan\x92"), "Vážá paní");
        assert_eq!(alphabet("macintosh"), None);
    }
}
