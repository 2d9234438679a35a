//! winmail.dat opened: Transport Neutral Encapsulation Format ([MS-OXTNEF]), in which Outlook and Exchange wrap a mail for other Outlooks.
//!
//! It takes out what a reader needs: the bodies (text, HTML, RTF) and the files with their names. It reads each byte once and never beyond what a
//! length says. Considered instead: the `tnef` crate, last touched in 2019, which trusts lengths.

use super::compressed_rtf::uncompressed_rtf;
use super::{
    File, MOST_FILES, Opened, PR_ATTACH_DATA, PR_ATTACH_FILENAME, PR_ATTACH_LONG_FILENAME, PR_ATTACH_MIME_TAG, PR_BODY, PR_BODY_HTML,
    PR_DISPLAY_NAME, PR_RTF_COMPRESSED, UNICODE, content_type, text, wide_text,
};

/// 0x223E9F78, little-endian ([MS-OXTNEF] §2.1.3.1).
pub const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];

/// Properties beyond these are left out.
const MOST_PROPERTIES: u32 = 10_000;

/// Opens a winmail.dat. A stream that is cut yields what came before the cut; none if nothing could be read.
pub fn open(bytes: &[u8]) -> Option<Opened> {
    let mut reader = Reader { bytes: bytes.strip_prefix(&SIGNATURE)?, at: 2 };
    let mut opened = Opened::default();
    let mut code_page = 1252;
    let mut any = false;
    while let Some((attribute, data)) = reader.attribute() {
        any = true;
        // [MS-OXTNEF] §2.1.3.3 and §2.1.3.4.
        match attribute {
            0x0006_9007 => code_page = data.first_chunk().map_or(code_page, |page| u32::from_le_bytes(*page)),
            0x0002_800c => opened.text = Some(text(data, code_page)),
            0x0006_9003 => Reader { bytes: data, at: 0 }.properties(|property, value| match property {
                PR_BODY => opened.text = Some(value.text(code_page)),
                PR_BODY_HTML => opened.html = Some(value.bytes.to_vec()),
                PR_RTF_COMPRESSED => opened.rtf = uncompressed_rtf(value.bytes),
                _ => {}
            }),
            0x0006_9002 if opened.files.len() < MOST_FILES => opened.files.push(File::default()),
            0x0001_8010 => {
                if let Some(file) = opened.files.last_mut() {
                    file.name.get_or_insert_with(|| text(data, code_page));
                }
            }
            0x0006_800f => {
                if let Some(file) = opened.files.last_mut() {
                    file.bytes = data.to_vec();
                }
            }
            0x0006_9005 => {
                let mut long_name = None;
                Reader { bytes: data, at: 0 }.properties(|property, value| {
                    let Some(file) = opened.files.last_mut() else { return };
                    match property {
                        PR_ATTACH_LONG_FILENAME => long_name = Some(value.text(code_page)),
                        PR_ATTACH_FILENAME | PR_DISPLAY_NAME => {
                            file.name.get_or_insert_with(|| value.text(code_page));
                        }
                        PR_ATTACH_MIME_TAG => file.content_type = content_type(&value.text(code_page)),
                        // An embedded message: a class identifier of 16 bytes, then a TNEF stream of its own.
                        PR_ATTACH_DATA if file.bytes.is_empty() => {
                            let inner = value.bytes.get(16..).filter(|inner| inner.starts_with(&SIGNATURE)).unwrap_or(value.bytes);
                            file.bytes = inner.to_vec();
                        }
                        _ => {}
                    }
                });
                if let (Some(file), Some(name)) = (opened.files.last_mut(), long_name.filter(|name| !name.is_empty())) {
                    file.name = Some(name);
                }
            }
            _ => {}
        }
    }
    opened.text = opened.text.filter(|text| !text.trim().is_empty());
    any.then_some(opened)
}

struct Value<'a> {
    unicode: bool,
    bytes: &'a [u8],
}

impl Value<'_> {
    fn text(&self, code_page: u32) -> String {
        if self.unicode { wide_text(self.bytes) } else { text(self.bytes, code_page) }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
    }

    /// Level, identifier, length, data, checksum ([MS-OXTNEF] §2.1.3.2). The last one may be cut.
    fn attribute(&mut self) -> Option<(u32, &'a [u8])> {
        self.take(1)?;
        let identifier = self.number()?;
        let length = usize::try_from(self.number()?).ok()?;
        let left = self.bytes.len().saturating_sub(self.at);
        let data = self.take(length.min(left))?;
        self.take(2.min(self.bytes.len() - self.at))?;
        Some((identifier, data))
    }

    /// Every property of a list ([MS-OXTNEF] §2.1.3.4), until the list ends or makes no sense.
    fn properties(&mut self, mut each: impl FnMut(u16, Value<'a>)) {
        let count = self.number().unwrap_or_default().min(MOST_PROPERTIES);
        for _ in 0..count {
            if self.property(&mut each).is_none() {
                return;
            }
        }
    }

    fn property(&mut self, each: &mut impl FnMut(u16, Value<'a>)) -> Option<()> {
        let kind = self.short()?;
        let identifier = self.short()?;
        if identifier >= 0x8000 {
            // A named property: its set, then a number or a name.
            self.take(16)?;
            match self.number()? {
                0 => drop(self.number()?),
                _ => {
                    let length = usize::try_from(self.number()?).ok()?;
                    self.take(length.checked_next_multiple_of(4)?)?;
                }
            }
        }
        let several = kind & 0x1000 != 0;
        let fixed = match kind & 0x0fff {
            0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            0x0001 => Some(0),
            0x000d | 0x001e | 0x001f | 0x0102 => None,
            _ => return None,
        };
        let count = if several || fixed.is_none() { self.number()? } else { 1 };
        for _ in 0..count {
            let length = match fixed {
                Some(length) => length,
                None => usize::try_from(self.number()?).ok()?,
            };
            let bytes = self.take(length)?;
            let padding = length.next_multiple_of(4) - length;
            self.take(padding.min(self.bytes.len() - self.at))?;
            each(identifier, Value { unicode: kind & 0x0fff == UNICODE, bytes });
            if fixed == Some(0) {
                break;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{SIGNATURE, open};

    fn attribute(level: u8, identifier: u32, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[level][..], &identifier.to_le_bytes(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data, &sum.to_le_bytes()].concat()
    }

    fn unicode(identifier: u16, text: &str) -> Vec<u8> {
        let mut bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u32::try_from(bytes.len()).unwrap();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        [&0x001fu16.to_le_bytes()[..], &identifier.to_le_bytes(), &1u32.to_le_bytes(), &length.to_le_bytes(), &bytes].concat()
    }

    fn winmail() -> Vec<u8> {
        let properties = [&1u32.to_le_bytes()[..], &unicode(0x3707, "Stellungnahme März.pdf")].concat();
        [
            &SIGNATURE[..],
            &[1, 0],
            &attribute(1, 0x0006_9007, &1250u32.to_le_bytes()),
            &attribute(1, 0x0002_800c, b"Pros\xedme\0"),
            &attribute(2, 0x0006_9002, &[0; 14]),
            &attribute(2, 0x0001_8010, b"STELLU~1.PDF\0"),
            &attribute(2, 0x0006_800f, b"%PDF-1.4"),
            &attribute(2, 0x0006_9005, &properties),
        ]
        .concat()
    }

    #[test]
    fn the_letter_and_its_files_come_out_of_winmail_dat() {
        let opened = open(&winmail()).unwrap();
        assert_eq!(opened.text.as_deref(), Some("Prosíme"));
        assert_eq!(opened.files.len(), 1);
        assert_eq!(opened.files[0].name.as_deref(), Some("Stellungnahme März.pdf"));
        assert_eq!(opened.files[0].bytes, b"%PDF-1.4");
    }

    #[test]
    fn a_winmail_dat_cut_anywhere_yields_what_came_before() {
        let whole = winmail();
        for end in 0..whole.len() {
            if let Some(opened) = open(&whole[..end]) {
                assert!(opened.files.len() <= 1);
            }
        }
        assert!(open(b"PK\x03\x04").is_none());
    }
}
