//! RTF as Outlook packs it ([MS-OXRTFCP]).

/// An RTF body may unpack to this many bytes; real ones have some tens of kilobytes.
const LARGEST: usize = 8 << 20;

/// What the dictionary holds before the first byte ([MS-OXRTFCP] §2.1.2.1).
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// RTF as TNEF compresses it ([MS-OXRTFCP]): LZ77 over a ring of 4,096 bytes.
pub fn uncompressed_rtf(bytes: &[u8]) -> Option<Vec<u8>> {
    // The compressed size, the size, the kind, a checksum (§2.1.3.1.1).
    let (head, packed) = bytes.split_at_checked(16)?;
    let size = head.get(4..8)?.first_chunk().map(|size| u32::from_le_bytes(*size))?;
    let size = usize::try_from(size).ok()?.min(LARGEST);
    let kind = head.get(8..12)?;
    if kind == b"MELA" {
        return Some(packed.get(..size).unwrap_or(packed).to_vec());
    }
    if kind != b"LZFu" {
        return None;
    }
    let mut ring = [0u8; 4096];
    ring[..DICTIONARY.len()].copy_from_slice(DICTIONARY);
    let mut write = DICTIONARY.len();
    let mut out = Vec::with_capacity(size.min(1 << 16));
    let mut input = packed.iter().copied();
    'packed: while let Some(control) = input.next() {
        for bit in 0..8 {
            if out.len() >= size {
                break 'packed;
            }
            if control >> bit & 1 == 0 {
                let Some(byte) = input.next() else { break 'packed };
                out.push(byte);
                ring[write] = byte;
                write = (write + 1) % 4096;
                continue;
            }
            let (Some(high), Some(low)) = (input.next(), input.next()) else { break 'packed };
            let mut read = usize::from(high) << 4 | usize::from(low >> 4);
            if read == write {
                break 'packed;
            }
            for _ in 0..usize::from(low & 15) + 2 {
                let byte = ring[read];
                read = (read + 1) % 4096;
                out.push(byte);
                ring[write] = byte;
                write = (write + 1) % 4096;
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::uncompressed_rtf;

    #[test]
    fn compressed_rtf_unpacks_as_its_specification_shows() {
        // The example of [MS-OXRTFCP] §3.1.1.
        let packed = [
            0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72,
            0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0,
            0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(String::from_utf8(uncompressed_rtf(&packed).unwrap()).unwrap(), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    }
}
