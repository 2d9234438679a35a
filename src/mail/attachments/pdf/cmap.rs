//! Character code tables: `ToUnicode` (ISO 32000-1, §9.10.3) and what lies in the same form.

use super::object::{Lexer, Object};
use std::collections::HashMap;

const MOST_ENTRIES: usize = 200_000;
/// Objects of one table that are read.
const MOST_OBJECTS: usize = 1_000_000;
/// UTF-16 units that one code may stand for; ligatures have four.
const LONGEST_TEXT: usize = 64;

#[derive(Debug, Default)]
pub struct CMap {
    single: HashMap<u32, String>,
    /// First code, last code, and the text of the first; sorted by the first code.
    ranges: Vec<(u32, u32, String)>,
    /// Lengths of codes in bytes with their first and last code (§9.7.6.2).
    pub spaces: Vec<(usize, u32, u32)>,
}

impl CMap {
    pub fn read(bytes: &[u8]) -> CMap {
        let mut map = CMap::default();
        let mut lexer = Lexer::new(bytes, 0, MOST_OBJECTS);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(object) = lexer.object() {
            match object {
                Object::Keyword(keyword) => {
                    match keyword.as_slice() {
                        b"endcodespacerange" => map.code_spaces(&operands),
                        b"endbfchar" => map.characters(&operands),
                        b"endbfrange" => map.code_ranges(&operands),
                        _ => {}
                    }
                    operands.clear();
                }
                object => operands.push(object),
            }
        }
        map.ranges.sort_by_key(|(first, _, _)| *first);
        map
    }

    fn is_full(&self) -> bool {
        self.single.len() + self.ranges.len() >= MOST_ENTRIES
    }

    fn code_spaces(&mut self, operands: &[Object]) {
        for pair in operands.chunks(2) {
            if let [Object::Text(first), Object::Text(last)] = pair
                && self.spaces.len() < 100
                && (1..=4).contains(&first.len())
            {
                self.spaces.push((first.len(), code(first), code(last)));
            }
        }
    }

    fn characters(&mut self, operands: &[Object]) {
        for pair in operands.chunks(2) {
            if let [Object::Text(source), Object::Text(target)] = pair
                && !self.is_full()
            {
                self.single.insert(code(source), text(target));
            }
        }
    }

    fn code_ranges(&mut self, operands: &[Object]) {
        for three in operands.chunks(3) {
            match three {
                _ if self.is_full() => return,
                [Object::Text(first), Object::Text(last), Object::Text(target)] => {
                    self.ranges.push((code(first), code(last), text(target)))
                }
                [Object::Text(first), Object::Text(_), Object::Array(targets)] => {
                    for (at, target) in (0u32..).zip(targets) {
                        if let Object::Text(target) = target {
                            self.single.insert(code(first).wrapping_add(at), text(target));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The text of a code. Within a range the last character counts up.
    pub fn get(&self, wanted: u32) -> Option<String> {
        if let Some(text) = self.single.get(&wanted) {
            return Some(text.clone());
        }
        let end = self.ranges.partition_point(|(first, _, _)| *first <= wanted);
        let (first, last, text) = self.ranges.get(end.checked_sub(1)?)?;
        if wanted > *last {
            return None;
        }
        let mut characters: Vec<char> = text.chars().collect();
        if let Some(character) = characters.last_mut() {
            *character = char::from_u32(u32::from(*character).checked_add(wanted - first)?)?;
        }
        Some(characters.into_iter().collect())
    }
}

/// A code of up to four bytes, big-endian.
pub fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |code, byte| code << 8 | u32::from(*byte))
}

/// UTF-16, big-endian; one byte alone stands for itself, as some programs write it.
fn text(bytes: &[u8]) -> String {
    if let [byte] = bytes {
        return char::from(*byte).to_string();
    }
    let units: Vec<u16> = bytes.chunks_exact(2).take(LONGEST_TEXT).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_ranges_and_lists_are_all_found() {
        let map = CMap::read(
            b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange
            2 beginbfchar <0003> <0020> <0004> <00660066> endbfchar
            2 beginbfrange <0024> <0026> <0041> <0030> <0031> [<00E9> <D83DDE00>] endbfrange endcmap",
        );
        assert_eq!(map.spaces, [(2, 0, 0xffff)]);
        let found: Vec<Option<String>> = [3, 4, 0x25, 0x27, 0x30, 0x31].into_iter().map(|code| map.get(code)).collect();
        assert_eq!(found, [Some(" ".into()), Some("ff".into()), Some("B".into()), None, Some("é".into()), Some("😀".into())]);
    }
}
