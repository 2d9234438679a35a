//! Word documents of 1997 to 2003 ([MS-DOC]): the text of the pieces, in the order of the document, without formats and pictures.

use super::bounded_text::Output;
use super::{Reading, warn};
use crate::mail::compound::Compound;

/// wIdent ([MS-DOC] §2.5.2): a Word document.
const WORD: u16 = 0xa5ec;
/// nFib of Word 97 (§2.5.1); what is older is laid out otherwise.
const WORD_97: u16 = 0x00c1;
/// Where fcClx and lcbClx stand in the WordDocument stream (§2.5.6: the 33rd pair of FibRgFcLcb97).
const CLX: usize = 0x01a2;
/// Pieces of one document; each save may leave some.
const MOST_PIECES: usize = 100_000;

/// None if this compound file is no Word document.
pub fn read(file: &mut Compound<'_>) -> Option<Reading> {
    let document = file.stream("/WordDocument")?;
    if number(&document, 0) != Some(WORD) {
        return None;
    }
    let flags = number(&document, 0x0a).unwrap_or_default();
    if flags & 0x0100 != 0 {
        return Some(Reading::refused("It is encrypted. It was not opened; ask for it without a password."));
    }
    if number(&document, 2).is_none_or(|version| version < WORD_97) {
        return Some(Reading::refused("A Word document from before 1997. Its text cannot be read here; ask for a PDF."));
    }
    // fWhichTblStm (§2.5.2).
    let table = file.stream(if flags & 0x0200 == 0 { "/0Table" } else { "/1Table" }).unwrap_or_default();
    let mut output = Output::default();
    let Some(pieces) = pieces(&document, &table) else {
        return Some(Reading::refused("The Word document is damaged: its text could not be found; ask for a PDF."));
    };
    let mut writer = Writer { output: &mut output, left: document.len(), fields: Vec::new(), codes: 0, after_cell: false };
    pieces.iter().for_each(|piece| writer.piece(piece, &document));
    let mut reading = Reading::default();
    if output.is_full() {
        warn(&mut reading.warning, "Its text is longer than what is kept; the end was left out.");
    }
    reading.text = output.finish();
    Some(reading)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().and_then(|bytes| usize::try_from(u32::from_le_bytes(*bytes)).ok())
}

/// A run of text in the WordDocument stream.
struct Piece {
    start: usize,
    characters: usize,
    /// One byte a character (windows-1252), not two.
    narrow: bool,
}

/// The piece table (§2.8.35): behind the formats in the Clx, the positions of the characters, then eight bytes for each piece.
fn pieces(document: &[u8], table: &[u8]) -> Option<Vec<Piece>> {
    let clx = table.get(long(document, CLX)?..)?;
    let mut clx = clx.get(..long(document, CLX + 4)?)?;
    // Prc (§2.9.209): formats, each with its length.
    while let Some((1, rest)) = clx.split_first() {
        clx = rest.get(2 + usize::from(number(rest, 0)?)..)?;
    }
    // Pcdt (§2.9.178).
    let (2, rest) = clx.split_first()? else { return None };
    let length = long(rest, 0)?;
    let plc = rest.get(4..)?;
    let plc = plc.get(..length).unwrap_or(plc);
    let count = (plc.len().checked_sub(4)? / 12).min(MOST_PIECES);
    let pieces = (0..count).map_while(|at| {
        let characters = long(plc, 4 * (at + 1))?.checked_sub(long(plc, 4 * at)?)?;
        // FcCompressed (§2.9.73).
        let place = long(plc, 4 * (count + 1) + 8 * at + 2)?;
        let narrow = place & 0x4000_0000 != 0;
        let start = place & 0x3fff_ffff;
        Some(Piece { start: if narrow { start / 2 } else { start }, characters, narrow })
    });
    Some(pieces.collect())
}

struct Writer<'a> {
    output: &'a mut Output,
    /// Bytes of the document that may still be read: pieces do not overlap.
    left: usize,
    /// The fields that are open; true while their code is read, and not what they show.
    fields: Vec<bool>,
    /// How many of those are true.
    codes: usize,
    after_cell: bool,
}

impl Writer<'_> {
    fn piece(&mut self, piece: &Piece, document: &[u8]) {
        let length = if piece.narrow { piece.characters } else { piece.characters.saturating_mul(2) };
        let rest = document.get(piece.start..).unwrap_or_default();
        let bytes = rest.get(..length.min(self.left)).unwrap_or(rest);
        self.left = self.left.saturating_sub(bytes.len());
        let encoding = if piece.narrow { encoding_rs::WINDOWS_1252 } else { encoding_rs::UTF_16LE };
        self.text(&encoding.decode_without_bom_handling(bytes).0);
    }

    /// Characters with a meaning of their own: §2.4.1 and, for fields, §2.8.25.
    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\u{13}' => {
                    self.fields.push(true);
                    self.codes += 1;
                }
                '\u{14}' => {
                    if let Some(in_code) = self.fields.last_mut() {
                        self.codes -= usize::from(std::mem::take(in_code));
                    }
                }
                '\u{15}' => self.codes -= usize::from(self.fields.pop().unwrap_or_default()),
                _ if self.codes > 0 => {}
                // The mark of a row is one of a cell, right behind that of its last cell.
                '\u{7}' => self.output.character(if self.after_cell { '\n' } else { '\t' }),
                '\r' | '\u{b}' | '\u{c}' => self.output.character('\n'),
                '\u{1e}' => self.output.character('-'),
                character => self.output.character(character),
            }
            self.after_cell = character == '\u{7}';
        }
    }
}
