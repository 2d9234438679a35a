//! Office documents in ZIP archives: which one it is, what forbids opening it, and which of its files hold text.

mod date_cells;
mod spreadsheet;

use super::bounded_text::Output;
use super::packed::{Archive, Entry, Refused};
use super::xml::{self, Role};
use super::{Reading, warn};

/// Headers, footers, notes and slides read of one document.
const MOST_FILES: usize = 2_000;

/// What a ZIP archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Spreadsheet,
    Presentation,
    OpenText,
    OpenSpreadsheet,
    Program,
    /// An office format that is recognised and not read (XLSB, Visio, Pages).
    Other,
    /// No document but files packed together.
    Files,
}

pub fn kind(archive: &mut Archive<'_>) -> Kind {
    if archive.holds("META-INF/MANIFEST.MF") || archive.holds("AndroidManifest.xml") || archive.holds("AppxManifest.xml") {
        return Kind::Program;
    }
    if archive.holds("word/document.xml") {
        return Kind::Word;
    }
    if archive.holds("xl/workbook.xml") {
        return Kind::Spreadsheet;
    }
    if archive.holds("ppt/presentation.xml") {
        return Kind::Presentation;
    }
    if archive.holds("content.xml") && archive.holds("META-INF/manifest.xml") {
        let stated = archive.find("mimetype").cloned().and_then(|entry| archive.read(&entry).ok());
        let spreadsheet = stated.is_some_and(|stated| stated.windows(11).any(|part| part == b"spreadsheet"));
        return if spreadsheet { Kind::OpenSpreadsheet } else { Kind::OpenText };
    }
    if archive.holds("[Content_Types].xml") || archive.holds("Index/Document.iwa") { Kind::Other } else { Kind::Files }
}

/// The text of a document of that kind. Never called for `Program` and `Files`.
pub fn read(archive: &mut Archive<'_>, kind: Kind) -> Reading {
    if let Some(warning) = macros(archive) {
        return Reading { text: None, warning: Some(warning) };
    }
    let mut output = Output::default();
    let result = match kind {
        Kind::Word => parts(archive, word_files, word, &mut output),
        Kind::Presentation => parts(archive, slides, word, &mut output),
        Kind::OpenText | Kind::OpenSpreadsheet => open_document(archive, kind, &mut output),
        Kind::Spreadsheet => spreadsheet::read(archive, &mut output),
        Kind::Program | Kind::Files | Kind::Other => {
            return Reading { text: None, warning: Some("An office format that cannot be read here. Ask for a PDF.".to_owned()) };
        }
    };
    let mut reading = Reading::default();
    if output.is_full() {
        warn(&mut reading.warning, "Its text is longer than what is kept; the end was left out.");
    }
    match result {
        Ok(true) => {}
        Ok(false) => warn(&mut reading.warning, "It is damaged; its text was read up to there."),
        Err(refused) => warn(&mut reading.warning, &refused.to_string()),
    }
    reading.text = output.finish();
    reading
}

/// Macros are never run here, but a person who opens the document in an office program is to know before.
fn macros(archive: &Archive<'_>) -> Option<String> {
    let carries = archive.entries.iter().any(|entry| {
        let name = entry.name.to_ascii_lowercase();
        name.ends_with("vbaproject.bin")
            || name.contains("/macrosheets/")
            || name.starts_with("scripts/") && !entry.is_folder()
            || name.starts_with("basic/") && name.ends_with(".xml") && !name.ends_with("-lc.xml") && !name.ends_with("-lb.xml")
    });
    carries.then(|| "It carries macros. It was not opened; ask for a PDF.".to_owned())
}

/// Reads the files that `choose` picks, in its order, by one table of roles.
fn parts(
    archive: &mut Archive<'_>,
    choose: impl Fn(&[Entry]) -> Vec<Entry>,
    role: impl Fn(&[u8]) -> Role + Copy,
    output: &mut Output,
) -> Result<bool, Refused> {
    let mut whole = true;
    for entry in choose(&archive.entries).into_iter().take(MOST_FILES) {
        if output.is_full() {
            break;
        }
        let bytes = archive.read(&entry)?;
        whole &= xml::text(&bytes, role, output);
        output.end_line();
    }
    Ok(whole)
}

/// Letterheads stand in headers, and with them the sender's reference; notes and comments come after the text.
fn word_files(entries: &[Entry]) -> Vec<Entry> {
    let order = |name: &str| match name.strip_prefix("word/")?.strip_suffix(".xml")? {
        part if part.starts_with("header") => Some(0),
        "document" => Some(1),
        "footnotes" => Some(2),
        "endnotes" => Some(3),
        "comments" => Some(4),
        part if part.starts_with("footer") => Some(5),
        _ => None,
    };
    sorted(entries, |name| order(name).map(|order| (order, 0)))
}

fn slides(entries: &[Entry]) -> Vec<Entry> {
    sorted(entries, |name| {
        let number = |folder: &str| name.strip_prefix(folder)?.strip_suffix(".xml")?.parse::<u32>().ok();
        number("ppt/slides/slide").map(|number| (0, number)).or_else(|| number("ppt/notesSlides/notesSlide").map(|number| (1, number)))
    })
}

fn sorted(entries: &[Entry], order: impl Fn(&str) -> Option<(u32, u32)>) -> Vec<Entry> {
    let mut chosen: Vec<((u32, u32), Entry)> =
        entries.iter().filter_map(|entry| order(&entry.name).map(|order| (order, entry.clone()))).collect();
    chosen.sort_by(|one, other| (one.0, &one.1.name).cmp(&(other.0, &other.1.name)));
    chosen.into_iter().map(|(_, entry)| entry).collect()
}

/// WordprocessingML and DrawingML (ISO/IEC 29500-1, §17 and §21), which share the names that matter.
fn word(name: &[u8]) -> Role {
    match name {
        b"t" => Role::Text,
        b"p" => Role::Line,
        b"tab" | b"ptab" => Role::Tab,
        b"br" | b"cr" => Role::Break,
        b"noBreakHyphen" => Role::Hyphen,
        // What a field is made from, what was struck out, tab stops and the second copy of a text box for old programs.
        b"instrText" | b"delText" | b"tabs" | b"Fallback" => Role::Left,
        _ => Role::Nothing,
    }
}

/// OpenDocument 1.3 part 3, §5 and §6.
fn open_text(name: &[u8]) -> Role {
    match name {
        b"p" | b"h" => Role::Paragraph,
        b"tab" => Role::Tab,
        b"line-break" => Role::Break,
        b"s" => Role::Blanks,
        b"tracked-changes" | b"note-citation" | b"forms" | b"scripts" => Role::Left,
        _ => Role::Nothing,
    }
}

fn open_spreadsheet(name: &[u8]) -> Role {
    match name {
        b"p" => Role::Text,
        b"table-cell" => Role::Cell,
        b"table-row" => Role::Line,
        _ => open_text(name),
    }
}

fn open_document(archive: &mut Archive<'_>, kind: Kind, output: &mut Output) -> Result<bool, Refused> {
    if let Some(manifest) = archive.find("META-INF/manifest.xml").cloned() {
        let manifest = archive.read(&manifest)?;
        // OpenDocument 1.3 part 2, §4.4: what is encrypted says so in the manifest.
        if manifest.windows(15).any(|part| part == b"encryption-data") {
            return Err(Refused::Encrypted);
        }
    }
    let role = if kind == Kind::OpenSpreadsheet { open_spreadsheet } else { open_text };
    let mut whole = true;
    // Headers and footers stand in the page styles.
    for name in ["styles.xml", "content.xml"] {
        if let Some(entry) = archive.find(name).cloned() {
            let bytes = archive.read(&entry)?;
            whole &= xml::text(&bytes, role, output);
            output.end_line();
        }
    }
    Ok(whole)
}
