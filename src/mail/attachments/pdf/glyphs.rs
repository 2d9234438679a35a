//! Glyph names and the characters they mean (Adobe Glyph List; the rules are those of the AGL specification, §2), as far as letters need them: Latin
//! with its accents, Greek, Cyrillic, punctuation.

/// Names and code points in hexadecimal.
const NAMED: &str = "
space=20 nbspace=A0 exclam=21 quotedbl=22 numbersign=23 dollar=24 percent=25 ampersand=26 quotesingle=27 quoteright=2019 quoteleft=2018 parenleft=28 parenright=29 asterisk=2A plus=2B comma=2C hyphen=2D sfthyphen=AD minus=2212 period=2E slash=2F
zero=30 one=31 two=32 three=33 four=34 five=35 six=36 seven=37 eight=38 nine=39 colon=3A semicolon=3B less=3C equal=3D greater=3E question=3F at=40
bracketleft=5B backslash=5C bracketright=5D asciicircum=5E underscore=5F grave=60 braceleft=7B bar=7C braceright=7D asciitilde=7E
exclamdown=A1 cent=A2 sterling=A3 currency=A4 yen=A5 brokenbar=A6 section=A7 dieresis=A8 copyright=A9 ordfeminine=AA guillemotleft=AB logicalnot=AC registered=AE macron=AF degree=B0 plusminus=B1
twosuperior=B2 threesuperior=B3 acute=B4 mu=B5 paragraph=B6 periodcentered=B7 middot=B7 cedilla=B8 onesuperior=B9 ordmasculine=BA guillemotright=BB onequarter=BC onehalf=BD threequarters=BE questiondown=BF
AE=C6 ae=E6 Oslash=D8 oslash=F8 Eth=D0 eth=F0 Thorn=DE thorn=FE germandbls=DF multiply=D7 divide=F7 dotlessi=131 IJ=132 ij=133 kgreenlandic=138 Lslash=141 lslash=142 OE=152 oe=153 Eng=14A eng=14B Tbar=166 tbar=167 Hbar=126 hbar=127 Dcroat=110 dcroat=111 florin=192 Lcaron=13D lcaron=13E dcaron=10F tcaron=165
fi=FB01 fl=FB02 ff=FB00 ffi=FB03 ffl=FB04 endash=2013 emdash=2014 quotesinglbase=201A quotedblleft=201C quotedblright=201D quotedblbase=201E dagger=2020 daggerdbl=2021 bullet=2022 ellipsis=2026 perthousand=2030 guilsinglleft=2039 guilsinglright=203A fraction=2044 Euro=20AC trademark=2122 lozenge=25CA
circumflex=2C6 caron=2C7 breve=2D8 dotaccent=2D9 ring=2DA ogonek=2DB tilde=2DC hungarumlaut=2DD notequal=2260 lessequal=2264 greaterequal=2265 arrowright=2192 arrowleft=2190 checkmark=2713 filledbox=25A0 H22073=25A1
Alpha=391 Beta=392 Gamma=393 Delta=394 Epsilon=395 Zeta=396 Eta=397 Theta=398 Iota=399 Kappa=39A Lambda=39B Mu=39C Nu=39D Xi=39E Omicron=39F Pi=3A0 Rho=3A1 Sigma=3A3 Tau=3A4 Upsilon=3A5 Phi=3A6 Chi=3A7 Psi=3A8 Omega=3A9
alpha=3B1 beta=3B2 gamma=3B3 delta=3B4 epsilon=3B5 zeta=3B6 eta=3B7 theta=3B8 iota=3B9 kappa=3BA lambda=3BB nu=3BD xi=3BE omicron=3BF pi=3C0 rho=3C1 sigma1=3C2 sigma=3C3 tau=3C4 upsilon=3C5 phi=3C6 chi=3C7 psi=3C8 omega=3C9
afii61352=2116";

/// Accents, and letters each followed by its form with that accent: `eacute` is `e` and `acute`.
const ACCENTED: [(&str, &str); 14] = [
    ("grave", "AÀEÈIÌNǸOÒUÙWẀYỲaàeèiìnǹoòuùwẁyỳ"),
    ("acute", "AÁCĆEÉGǴIÍKḰLĹMḾNŃOÓPṔRŔSŚUÚWẂYÝZŹaácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź"),
    ("circumflex", "AÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶZẐaâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑ"),
    ("tilde", "AÃEẼIĨNÑOÕUŨVṼYỸaãeẽiĩnñoõuũvṽyỹ"),
    ("macron", "AĀEĒGḠIĪOŌUŪYȲaāeēgḡiīoōuūyȳ"),
    ("breve", "AĂEĔGĞIĬOŎUŬaăeĕgğiĭoŏuŭ"),
    ("dotaccent", "AȦBḂCĊDḊEĖFḞGĠHḢIİMṀNṄOȮPṖRṘSṠTṪWẆXẊYẎZŻaȧbḃcċdḋeėfḟgġhḣmṁnṅoȯpṗrṙsṡtṫwẇxẋyẏzż"),
    ("dieresis", "AÄEËHḦIÏOÖUÜWẄXẌYŸaäeëhḧiïoötẗuüwẅxẍyÿ"),
    ("ring", "AÅUŮaåuůwẘyẙ"),
    ("hungarumlaut", "OŐUŰoőuű"),
    ("caron", "AǍCČDĎEĚGǦHȞIǏKǨLĽNŇOǑRŘSŠTŤUǓZŽaǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzž"),
    ("cedilla", "CÇDḐEȨGĢHḨKĶLĻNŅRŖSŞTŢcçdḑeȩgģhḩkķlļnņrŗsştţ"),
    ("ogonek", "AĄEĘIĮOǪUŲaąeęiįoǫuų"),
    ("commaaccent", "CÇDḐEȨGĢHḨKĶLĻNŅRŖSȘTȚcçdḑeȩgģhḩkķlļnņrŗsștț"),
];

/// The text of a glyph by its name; a suffix after a dot is a variant of form, components are joined by `_`.
pub fn text(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.split('.').next().filter(|name| !name.is_empty() && name.len() < 100)?;
    if name.contains('_') {
        return name.split('_').map(component).collect();
    }
    component(name)
}

fn component(name: &str) -> Option<String> {
    let mut characters = name.chars();
    if let (Some(letter), None) = (characters.next(), characters.next()) {
        return Some(letter.to_string());
    }
    let found = NAMED.split_whitespace().filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name);
    if let Some((_, code)) = found {
        return code_point(code);
    }
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() >= 4 && digits.len() % 4 == 0) {
        let units: Option<Vec<u16>> =
            digits.as_bytes().chunks(4).map(|four| u16::from_str_radix(std::str::from_utf8(four).ok()?, 16).ok()).collect();
        return String::from_utf16(&units?).ok();
    }
    if let Some(digits) = name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len())) {
        return code_point(digits);
    }
    if let Some(number) = name.strip_prefix("afii").and_then(|number| number.parse().ok()) {
        return cyrillic(number).map(String::from);
    }
    let mut characters = name.chars();
    let letter = characters.next()?;
    let (_, forms) = ACCENTED.iter().find(|(accent, _)| *accent == characters.as_str())?;
    let forms: Vec<char> = forms.chars().collect();
    forms.chunks(2).find(|pair| pair.first() == Some(&letter)).and_then(|pair| pair.get(1)).map(char::to_string)
}

fn code_point(digits: &str) -> Option<String> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(String::from)
}

/// Adobe numbers the Russian alphabet in its order, with Ё in its place; then come the letters of Ukrainian, Belarusian, Serbian and Macedonian.
fn cyrillic(number: u32) -> Option<char> {
    let letter = |from: u32, number: u32| match number {
        0..=5 => char::from_u32(from + number),
        6 => None,
        7..=32 => char::from_u32(from + number - 1),
        _ => None,
    };
    match number {
        10023 => Some('Ё'),
        10071 => Some('ё'),
        10017..=10049 => letter(0x410, number - 10017),
        10065..=10097 => letter(0x430, number - 10065),
        10050 => Some('Ґ'),
        10051..=10061 => char::from_u32(0x402 + number - 10051),
        10062 => Some('Ў'),
        10145 => Some('Џ'),
        10098 => Some('ґ'),
        10099..=10109 => char::from_u32(0x452 + number - 10099),
        10110 => Some('ў'),
        10193 => Some('џ'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn letters_are_known_by_their_names() {
        let names = [
            "A",
            "eacute",
            "Scaron",
            "fi",
            "Ccedilla",
            "uni00E9",
            "u1F600",
            "afii10017",
            "afii10097",
            "afii10055",
            "a.sc",
            "f_f_i",
            "ccaron",
            "tcommaaccent",
        ];
        let found: String = names.iter().map(|name| text(name.as_bytes()).unwrap()).collect();
        assert_eq!(found, "AéŠﬁÇé😀АяІaffičț");
        assert_eq!(text(b"g123"), None);
        assert_eq!(text(b""), None);
    }
}
