//! How mail programs write mail: heads, bodies in many charsets and encodings, files.

use base64::Engine;
use demarche::demo::chance::Chance;
use std::fmt::Write;

/// Languages with the charsets that their mail comes in, and how their programs begin a reply's subject and a quoted letter.
pub struct Language {
    pub charsets: &'static [&'static str],
    pub reply: &'static str,
    pub wrote: &'static str,
    pub salutation: &'static str,
    pub farewell: &'static str,
    pub subject: &'static str,
    syllables: &'static [&'static str],
    between_words: &'static str,
}

const LATIN: &[&str] = &[
    "ba", "con", "de", "er", "fi", "gra", "ha", "in", "ka", "lo", "men", "no", "or", "pre", "ri", "sta", "tion", "ul", "ver", "wa", "zi",
    "ment",
];
const ACCENTED: &[&str] =
    &["é", "ré", "con", "tion", "de", "là", "ç", "a", "men", "té", "ü", "ber", "ö", "ge", "ä", "lich", "ung", "ñ", "os", "ão", "in", "ver"];
const CYRILLIC: &[&str] = &["ба", "ве", "го", "ди", "ение", "жа", "за", "ка", "ло", "ми", "но", "по", "ра", "ство", "та", "ция"];
const KANA: &[&str] = &["か", "き", "く", "さ", "し", "す", "た", "ち", "つ", "な", "に", "施", "設", "長", "官", "回", "答"];

pub const LANGUAGES: [Language; 6] = [
    Language {
        charsets: &["utf-8", "us-ascii", "utf-8", "windows-1252"],
        reply: "Re: ",
        wrote: "On Mon, 12 Jan 2026 at 10:00, National Preventive Mechanism <desk@requests.example> wrote:",
        salutation: "Dear Sir or Madam,",
        farewell: "Yours faithfully,",
        subject: "Our answer",
        syllables: LATIN,
        between_words: " ",
    },
    Language {
        charsets: &["utf-8", "iso-8859-1", "windows-1252"],
        reply: "RE: ",
        wrote: "Le lun. 12 janv. 2026 à 10:00, National Preventive Mechanism <desk@requests.example> a écrit :",
        salutation: "Madame, Monsieur,",
        farewell: "Veuillez agréer l'expression de nos salutations distinguées.",
        subject: "Notre réponse",
        syllables: ACCENTED,
        between_words: " ",
    },
    Language {
        charsets: &["utf-8", "iso-8859-1", "iso-8859-15"],
        reply: "AW: ",
        wrote: "Am 12.01.2026 um 10:00 schrieb National Preventive Mechanism <desk@requests.example>:",
        salutation: "Sehr geehrte Damen und Herren,",
        farewell: "Mit freundlichen Grüßen",
        subject: "Unsere Stellungnahme für Sie",
        syllables: ACCENTED,
        between_words: " ",
    },
    Language {
        charsets: &["utf-8", "iso-8859-1"],
        reply: "RV: ",
        wrote: "El lun, 12 ene 2026 a las 10:00, National Preventive Mechanism (<desk@requests.example>) escribió:",
        salutation: "Estimados señores:",
        farewell: "Atentamente,",
        subject: "Contestación",
        syllables: ACCENTED,
        between_words: " ",
    },
    Language {
        charsets: &["utf-8", "koi8-r", "windows-1251"],
        reply: "Re: ",
        wrote: "12.01.2026 10:00, National Preventive Mechanism <desk@requests.example> пишет:",
        salutation: "Здравствуйте!",
        farewell: "С уважением,",
        subject: "Ответ",
        syllables: CYRILLIC,
        between_words: " ",
    },
    Language {
        charsets: &["utf-8", "iso-2022-jp", "shift_jis"],
        reply: "Re: ",
        wrote: "2026年1月12日(月) 10:00 National Preventive Mechanism <desk@requests.example>:",
        salutation: "ご担当者様",
        farewell: "よろしくお願いいたします。",
        subject: "回答",
        syllables: KANA,
        between_words: "",
    },
];

/// Words a language is taken to have; few are used often and many seldom (Zipf), as full-text search meets them.
const VOCABULARY: f64 = 30_000.0;

impl Language {
    fn word(&self, chance: &mut Chance) -> String {
        let drawn = chance.below(1 << 40) as f64 / (1u64 << 40) as f64;
        let mut number = VOCABULARY.powf(drawn) as usize;
        let mut word = String::new();
        while number > 0 || word.is_empty() {
            word.push_str(self.syllables[number % self.syllables.len()]);
            number /= self.syllables.len();
        }
        word
    }

    pub fn sentence(&self, chance: &mut Chance) -> String {
        let words: Vec<String> = (0..chance.between(6, 18)).map(|_| self.word(chance)).collect();
        words.join(self.between_words) + "."
    }

    /// Lines of at most some eighty characters, broken as mail programs break them.
    pub fn paragraph(&self, sentences: i64, chance: &mut Chance) -> String {
        let mut lines = String::new();
        let mut length = 0;
        for _ in 0..sentences {
            let sentence = self.sentence(chance);
            if length > 0 && length + sentence.chars().count() > 78 {
                lines.push('\n');
                length = 0;
            }
            length += sentence.chars().count() + 1;
            lines.push_str(&sentence);
            lines.push(' ');
        }
        lines.trim_end().to_owned()
    }
}

pub struct File {
    pub name: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Plain,
    /// Text and HTML that say the same.
    Alternative,
    Html,
    /// The text is the whole body, and the head says what it is.
    AsIs,
}

/// A mail before it is written.
pub struct Draft {
    /// Complete header lines without line ends.
    pub head: Vec<String>,
    pub text: String,
    pub body: Body,
    pub charset: &'static str,
    pub base64: bool,
    pub files: Vec<File>,
}

impl Draft {
    pub fn written(&self, boundary: &str) -> Vec<u8> {
        let mut out = String::new();
        for line in &self.head {
            out.push_str(line);
            out.push_str("\r\n");
        }
        out.push_str("MIME-Version: 1.0\r\n");
        if self.body == Body::AsIs {
            let _ = write!(out, "\r\n{}", self.text.replace('\n', "\r\n"));
            return out.into_bytes();
        }
        if self.files.is_empty() {
            self.put_body(&mut out, boundary);
            return out.into_bytes();
        }
        let _ = write!(out, "Content-Type: multipart/mixed; boundary=\"mix-{boundary}\"\r\n\r\n--mix-{boundary}\r\n");
        self.put_body(&mut out, boundary);
        for file in &self.files {
            let _ = write!(out, "--mix-{boundary}\r\nContent-Type: {}; name=\"{}\"\r\n", file.content_type, file.name);
            let _ = write!(out, "Content-Disposition: attachment; filename=\"{}\"\r\n", file.name);
            if file.content_type == "message/rfc822" {
                let _ = write!(out, "\r\n{}\r\n", String::from_utf8_lossy(&file.bytes));
            } else {
                let _ = write!(out, "Content-Transfer-Encoding: base64\r\n\r\n{}", base64_lines(&file.bytes));
            }
        }
        let _ = write!(out, "--mix-{boundary}--\r\n");
        out.into_bytes()
    }

    fn put_body(&self, out: &mut String, boundary: &str) {
        match self.body {
            Body::Plain => self.put_part(out, "plain", &self.text),
            Body::Html | Body::AsIs => self.put_part(out, "html", &html(&self.text)),
            Body::Alternative => {
                let _ = write!(out, "Content-Type: multipart/alternative; boundary=\"alt-{boundary}\"\r\n\r\n--alt-{boundary}\r\n");
                self.put_part(out, "plain", &self.text);
                let _ = write!(out, "--alt-{boundary}\r\n");
                self.put_part(out, "html", &html(&self.text));
                let _ = write!(out, "--alt-{boundary}--\r\n");
            }
        }
    }

    fn put_part(&self, out: &mut String, subtype: &str, text: &str) {
        let bytes = encoded(text, self.charset);
        let _ = write!(out, "Content-Type: text/{subtype}; charset=\"{}\"\r\n", self.charset);
        if self.base64 {
            let _ = write!(out, "Content-Transfer-Encoding: base64\r\n\r\n{}", base64_lines(&bytes));
        } else {
            let _ = write!(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n{}", quoted_printable(&bytes));
        }
    }
}

/// In the charset, line ends as CR LF; what it does not have becomes a character reference, as browsers do.
pub fn encoded(text: &str, charset: &str) -> Vec<u8> {
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    encoding.encode(&text.replace('\n', "\r\n")).0.into_owned()
}

/// RFC 2047, one word.
pub fn encoded_word(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    // A word has at most 75 characters.
    let characters: Vec<char> = text.chars().collect();
    let words = characters.chunks(12).map(|chunk| {
        let chunk: String = chunk.iter().collect();
        format!("=?utf-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(chunk))
    });
    words.collect::<Vec<_>>().join("\r\n ")
}

pub fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let mut length = 0;
    for byte in bytes {
        match byte {
            b'\r' => continue,
            b'\n' => {
                out.push_str("\r\n");
                length = 0;
                continue;
            }
            _ => {}
        }
        if length > 70 {
            out.push_str("=\r\n");
            length = 0;
        }
        if *byte == b'=' || !(b' '..0x7f).contains(byte) {
            let _ = write!(out, "={byte:02X}");
            length += 3;
        } else {
            out.push(char::from(*byte));
            length += 1;
        }
    }
    out.push_str("\r\n");
    out
}

pub fn base64_lines(bytes: &[u8]) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 38 + 2);
    for line in encoded.as_bytes().chunks(76) {
        out.extend(line.iter().map(|byte| char::from(*byte)));
        out.push_str("\r\n");
    }
    out
}

/// As a well-known program for offices writes it.
pub fn html(text: &str) -> String {
    let mut html = "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html\"><style>p.MsoNormal {margin:0cm; font-family:\"Calibri\",sans-serif;}</style></head><body lang=\"EN-GB\"><div class=\"WordSection1\">".to_owned();
    for line in text.lines() {
        let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(html, "<p class=\"MsoNormal\"><span style=\"font-size:11.0pt;color:#1F497D\">{line}<o:p></o:p></span></p>");
    }
    html + "</div></body></html>"
}
