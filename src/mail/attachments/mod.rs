//! What is attached to a mail: name, type, size, hash, and the text where the format has some.
//!
//! Nothing is run, expanded or fetched. What is encrypted, carries macros, is a program, or is packed deeper than one level is named and flagged
//! and stays closed. What a file is, its bytes say ([`mod@format`]), not the type a mail states or the ending of its name.
//!
//! Choice of crates, judged against hostile input:
//!
//! - PDF: our own reader ([`pdf`]). `lopdf` 0.44 reads every object that a cross-reference table points at, so that a table pointing ten thousand
//!   times at one large stream copies it ten thousand times; a table that is off by a byte loses the document; `ToUnicode` is not asked where an
//!   encoding is named, which is how most word processors write. `pdf-extract` is built on it and panics on what it does not expect.
//! - Office documents: our own ZIP directory reader ([`packed`]) with `flate2`, and `quick-xml` as a pull parser ([`xml`]): no tree, no entities.
//! - RTF: our own, [`rtf`].
//! - Word until 2003: the compound file by `cfb` ([`super::compound`]), the document in it by our own [`word`]; no crate reads it.
//! - HTML: as for bodies, [`super::html`].
//!
//! Bounds hold per attachment: [`LARGEST`] bytes in, [`bounded_text::MOST_TEXT`] bytes of text out, and those that each reader names; and for all of
//! a mail together [`UNPACKED_OF_ALL`]. Time is bounded by the worker process this runs in.

mod bounded_text;
mod danger;
mod format;
mod office;
pub(crate) mod packed;
mod pdf;
mod rtf;
mod word;
mod xml;

use super::compound::Compound;
use super::html;
use super::message::{Body, Part};
use super::parse::charset;
use super::smime;
use super::understood::Attachment;
use bounded_text::Output;
use format::Format;
use packed::{Archive, Refused};
use sha2::{Digest, Sha256};

/// Bytes of an attachment that is read. Larger ones are kept and named.
const LARGEST: usize = 40 << 20;
/// Bytes that are unpacked of all that is attached to one mail, since three hundred small bombs weigh as much as a large one. Pictures, which make
/// dossiers large, are not unpacked.
const UNPACKED_OF_ALL: usize = 40 << 20;
/// Documents of one archive whose text is taken out.
const MOST_DOCUMENTS: usize = 200;

/// Describes what is attached to one mail, and reads it where that is safe.
pub fn read_all(parts: &[&Part]) -> Vec<Attachment> {
    let mut allowance = UNPACKED_OF_ALL;
    parts.iter().map(|part| read(part, &mut allowance)).collect()
}

fn read(part: &Part, allowance: &mut usize) -> Attachment {
    let bytes = part.bytes();
    let name = part.name.as_deref().unwrap_or_default();
    let reading = match &part.body {
        // Its text is understood with the mail that encloses it.
        Body::Message { .. } | Body::Multipart(_) => Reading::default(),
        _ => {
            let file = File { name, stated: &part.content_type, charset: part.parameter("charset"), decoded: part.text(), bytes };
            open(&file, Level::Outer, allowance)
        }
    };
    Attachment {
        name: part.name.clone(),
        content_type: part.content_type.clone(),
        size: bytes.len() as u64,
        sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        text: reading.text,
        warning: reading.warning,
    }
}

/// What was read of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Reading {
    text: Option<String>,
    /// Why it was not opened, or not wholly.
    warning: Option<String>,
}

impl Reading {
    fn refused(warning: impl Into<String>) -> Reading {
        Reading { text: None, warning: Some(warning.into()) }
    }
}

/// The text of an RTF document that is itself the letter, as Outlook packs it into winmail.dat.
pub fn text_of_rtf(bytes: &[u8]) -> Option<String> {
    rtf::read(bytes).text
}

/// Adds a sentence to a warning.
fn warn(warning: &mut Option<String>, sentence: &str) {
    match warning {
        Some(said) if said.contains(sentence) => {}
        Some(said) => {
            said.push(' ');
            said.push_str(sentence);
        }
        None => *warning = Some(sentence.to_owned()),
    }
}

/// A file as it came, or as it lay in an archive.
struct File<'a> {
    name: &'a str,
    /// The content type the mail states, lower case; empty in an archive.
    stated: &'a str,
    charset: Option<&'a str>,
    /// Its text, where the mail's parser decoded it already.
    decoded: Option<&'a str>,
    bytes: &'a [u8],
}

/// Whether a file lay in the mail itself or in an archive: an archive within an archive stays closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Outer,
    Packed,
}

fn open(file: &File<'_>, level: Level, allowance: &mut usize) -> Reading {
    if let Some(danger) = danger::by_name(file.name).or_else(|| danger::by_bytes(file.bytes)) {
        return Reading::refused(danger);
    }
    if is_encrypted(file) {
        return Reading::refused("It is the letter itself, encrypted. It was not opened; ask for it unencrypted.");
    }
    if file.bytes.len() > LARGEST {
        return Reading::refused(format!("It is larger than {} MiB. It was kept, and its text was not taken out.", LARGEST >> 20));
    }
    let format = Format::of(file.bytes, file.stated);
    if *allowance == 0 && matches!(format, Format::Pdf | Format::Zip | Format::Rtf | Format::Html | Format::Text | Format::CompoundFile) {
        return Reading::refused("There is more attached to the mail than is read of one. It was kept, and its text was not taken out.");
    }
    let mut spent = |reading| {
        *allowance = allowance.saturating_sub(file.bytes.len());
        reading
    };
    match format {
        Format::Rtf => spent(rtf::read(file.bytes)),
        Format::Html => spent(plain(&html::to_text(&text(file)))),
        Format::Text => spent(plain(&text(file))),
        Format::Pdf => pdf::read(file.bytes, allowance),
        Format::Zip => archive(file.bytes, level, allowance),
        Format::CompoundFile => spent(compound(file.bytes)),
        Format::Archive(kind) => Reading::refused(format!("A {kind} archive. It was not opened; ask for the documents themselves.")),
        Format::Media | Format::Unknown => Reading::default(),
    }
}

/// S/MIME that holds no signed letter (RFC 8551 §3.3), PGP/MIME (RFC 3156 §4).
fn is_encrypted(file: &File<'_>) -> bool {
    match file.stated {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => smime::signed_content(file.bytes).is_none(),
        kind => kind == "application/pgp-encrypted",
    }
}

fn text(file: &File<'_>) -> String {
    if let Some(decoded) = file.decoded {
        return decoded.to_owned();
    }
    match encoding_rs::Encoding::for_bom(file.bytes) {
        Some((encoding, _)) => encoding.decode(file.bytes).0.into_owned(),
        None => charset::text(file.charset, file.bytes).0.into_owned(),
    }
}

fn plain(text: &str) -> Reading {
    let mut output = Output::default();
    output.push(text);
    let mut reading = Reading::default();
    if output.is_full() {
        warn(&mut reading.warning, "Its text is longer than what is kept; the end was left out.");
    }
    reading.text = output.finish();
    reading
}

/// An office document or an archive of documents.
fn archive(bytes: &[u8], level: Level, allowance: &mut usize) -> Reading {
    let mut archive = match Archive::open(bytes) {
        Ok(archive) => archive,
        Err(refused) => return Reading::refused(refused.to_string()),
    };
    let reading = match office::kind(&mut archive) {
        office::Kind::Program => Reading::refused("By its contents it is a program in an archive, whatever its name. It was not opened."),
        office::Kind::Files if level == Level::Packed => {
            Reading::refused("An archive within an archive. It was not opened; ask for the documents themselves.")
        }
        office::Kind::Files => documents(&mut archive, allowance),
        kind => office::read(&mut archive, kind),
    };
    *allowance = allowance.saturating_sub(archive.unpacked());
    reading
}

/// A plain archive: the text of each document in it, under its name.
fn documents(archive: &mut Archive<'_>, allowance: &mut usize) -> Reading {
    let mut output = Output::default();
    let mut warning = None;
    let entries: Vec<_> = archive.entries.iter().filter(|entry| !entry.is_folder()).cloned().collect();
    if entries.len() > MOST_DOCUMENTS {
        warn(&mut warning, &format!("It holds {} files; the first {MOST_DOCUMENTS} were read.", entries.len()));
    }
    for entry in entries.iter().take(MOST_DOCUMENTS) {
        let name = shown(&entry.name);
        if let Some(danger) = danger::by_name(&entry.name) {
            warn(&mut warning, &format!("In it, {name}: {danger}"));
            continue;
        }
        let reading = match archive.read(entry) {
            Ok(bytes) => {
                let file = File { name: &entry.name, stated: "", charset: None, decoded: None, bytes: &bytes };
                open(&file, Level::Packed, allowance)
            }
            Err(refused) => {
                warn(&mut warning, &format!("In it, {name}: {refused}"));
                if refused == Refused::Bomb {
                    break;
                }
                continue;
            }
        };
        if let Some(said) = reading.warning {
            warn(&mut warning, &format!("In it, {name}: {said}"));
        }
        if let Some(text) = reading.text {
            output.end_line();
            output.push(&name);
            output.push(":\n");
            output.push(&text);
            output.push("\n\n");
        }
        if output.is_full() {
            warn(&mut warning, "Its text is longer than what is kept; the end was left out.");
            break;
        }
    }
    if let Some(said) = &mut warning {
        shorten(said);
    }
    Reading { text: output.finish(), warning }
}

/// The last part of a path, as far as a line can show it.
fn shown(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).chars().filter(|character| !character.is_control()).take(100).collect()
}

/// Warnings stand in tables and digests.
fn shorten(warning: &mut String) {
    const LONGEST: usize = 2_000;
    if let Some((end, _)) = warning.char_indices().nth(LONGEST) {
        warning.truncate(end);
        warning.push('…');
    }
}

/// Word, Excel and PowerPoint until 2003, Outlook's .msg, and encrypted office files of today ([MS-CFB]).
fn compound(bytes: &[u8]) -> Reading {
    let Some(mut file) = Compound::open(bytes) else {
        return Reading::refused("An office document in the format used until 2003, and damaged. It was not opened; ask for a PDF.");
    };
    // [MS-OFFCRYPTO] §1.3.2.
    if file.has("/EncryptedPackage") || file.has("/EncryptionInfo") {
        return Reading::refused("It is encrypted. It was not opened; ask for it without a password.");
    }
    // [MS-OVBA] §2.2.1: `Macros` in Word, `_VBA_PROJECT_CUR` in Excel; also of what is embedded in the document.
    if file.holds(&["Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT"]) {
        return Reading::refused("It carries macros. It was not opened; ask for a PDF.");
    }
    if file.has("/__properties_version1.0") {
        return Reading::refused("A mail saved by Outlook (.msg), within an archive. It was not opened; ask for it to be sent by itself.");
    }
    word::read(&mut file).unwrap_or_else(|| {
        Reading::refused("An Excel or PowerPoint file in the format used until 2003. Its text cannot be read here; ask for a PDF.")
    })
}

#[cfg(test)]
mod stories;
