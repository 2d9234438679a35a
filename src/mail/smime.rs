//! The letter inside an opaque S/MIME signature (RFC 8551 §3.5.2): a bounded walk down CMS SignedData (RFC 5652 §5) to its content.
//!
//! It verifies nothing and decrypts nothing: what ministries sign opaquely must be readable, whoever signed it. Considered instead: the `cms` crate,
//! which wants strict DER, while Outlook and OpenSSL send BER of indefinite length in pieces.

/// OID 1.2.840.113549.1.7.2, signedData.
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
const EXPLICIT: u8 = 0xa0;

/// The content that was signed; none if this is no SignedData or its content is elsewhere (detached).
pub fn signed_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes, at: 0 };
    reader.enter(SEQUENCE)?;
    let (tag, identifier) = reader.whole()?;
    if tag != OBJECT_IDENTIFIER || identifier != SIGNED_DATA {
        return None;
    }
    reader.enter(EXPLICIT)?;
    reader.enter(SEQUENCE)?;
    reader.skip()?; // version
    reader.skip()?; // digest algorithms
    reader.enter(SEQUENCE)?;
    reader.skip()?; // the content's type
    reader.enter(EXPLICIT)?;
    let content = reader.octets()?;
    (!content.is_empty()).then_some(content)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Tag and length of the next element; no length: it ends with two zero bytes (X.690 §8.1.3.6).
    fn head(&mut self) -> Option<(u8, Option<usize>)> {
        let tag = *self.bytes.get(self.at)?;
        // Tags of several bytes do not occur in CMS.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let first = *self.bytes.get(self.at + 1)?;
        self.at += 2;
        if first == 0x80 {
            return Some((tag, None));
        }
        if first < 0x80 {
            return Some((tag, Some(usize::from(first))));
        }
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return None;
        }
        let mut length = 0usize;
        for _ in 0..count {
            length = length << 8 | usize::from(*self.bytes.get(self.at)?);
            self.at += 1;
        }
        Some((tag, Some(length)))
    }

    /// Goes inside the next element, which must have that tag.
    fn enter(&mut self, tag: u8) -> Option<()> {
        let (found, _) = self.head()?;
        (found == tag).then_some(())
    }

    /// The next element of known length, whole.
    fn whole(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, length) = self.head()?;
        let end = self.at.checked_add(length?)?;
        let content = self.bytes.get(self.at..end)?;
        self.at = end;
        Some((tag, content))
    }

    /// Passes over the next element, however its end is marked.
    fn skip(&mut self) -> Option<()> {
        let mut open = 0usize;
        loop {
            let (tag, length) = self.head()?;
            match length {
                None => open += 1,
                Some(0) if tag == 0 && open > 0 => open -= 1,
                Some(length) => self.at = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?,
            }
            if open == 0 {
                return Some(());
            }
        }
    }

    /// The bytes of an octet string, in one piece or in many. A string that was cut yields what is there.
    fn octets(&mut self) -> Option<Vec<u8>> {
        let (tag, length) = self.head()?;
        if tag == OCTET_STRING {
            let end = self.at.saturating_add(length?).min(self.bytes.len());
            return self.bytes.get(self.at..end).map(<[u8]>::to_vec);
        }
        if tag != OCTET_STRING | CONSTRUCTED {
            return None;
        }
        let end = length.map_or(self.bytes.len(), |length| self.at.saturating_add(length).min(self.bytes.len()));
        let mut content = Vec::new();
        while self.at < end {
            match self.head()? {
                // Pieces may be nested (X.690 §8.7.3.2): the walk goes on inside.
                (tag, _) if tag == OCTET_STRING | CONSTRUCTED => {}
                (OCTET_STRING, Some(length)) => {
                    let piece_end = self.at.saturating_add(length).min(self.bytes.len());
                    content.extend_from_slice(self.bytes.get(self.at..piece_end)?);
                    self.at = piece_end;
                }
                _ => break,
            }
        }
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::{SIGNED_DATA, signed_content};

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match u8::try_from(content.len()) {
            Ok(length) if length < 0x80 => out.push(length),
            _ => out.extend([0x82, (content.len() >> 8) as u8, content.len() as u8]),
        }
        out.extend(content);
        out
    }

    fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], content, &[0, 0]].concat()
    }

    fn signed(wrap: fn(u8, &[u8]) -> Vec<u8>, content: &[u8]) -> Vec<u8> {
        let data = element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
        let encapsulated = wrap(0x30, &[data, wrap(0xa0, content)].concat());
        let body = wrap(0x30, &[element(2, &[1]), wrap(0x31, &element(0x30, &element(5, &[]))), encapsulated, element(0x31, &[])].concat());
        wrap(0x30, &[element(6, &SIGNED_DATA), wrap(0xa0, &body)].concat())
    }

    #[test]
    fn a_letter_inside_an_opaque_signature_is_found() {
        assert_eq!(
            signed_content(&signed(element, &element(4, b"Content-Type: text/plain\r\n\r\nYes."))).unwrap(),
            b"Content-Type: text/plain\r\n\r\nYes."
        );
    }

    #[test]
    fn a_letter_sent_in_pieces_of_unknown_length_is_found() {
        let pieces = indefinite(0x24, &[element(4, b"We "), element(4, b"agree.")].concat());
        assert_eq!(signed_content(&signed(indefinite, &pieces)).unwrap(), b"We agree.");
    }

    #[test]
    fn what_is_no_signature_is_left_alone() {
        assert!(signed_content(b"").is_none());
        assert!(signed_content(b"%PDF-1.7").is_none());
        assert!(signed_content(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_none());
    }
}
