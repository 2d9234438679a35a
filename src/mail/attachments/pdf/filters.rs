//! How streams are packed (ISO 32000-1, §7.4): what text is packed with. Pictures' own filters end the reading of a stream.

use super::object::{Dictionary, Object};
use flate2::read::{DeflateDecoder, ZlibDecoder};
use std::io::Read;

/// Undoes the filters one after the other. None if one of them is not for text. What is damaged comes out as far as it can be read; nothing
/// grows beyond `most` bytes.
pub fn decode(data: &[u8], filters: &[Vec<u8>], parameters: &[Dictionary], most: usize) -> Option<Vec<u8>> {
    let mut data = data.get(..most).unwrap_or(data).to_vec();
    let none = Dictionary::default();
    for (at, filter) in filters.iter().enumerate() {
        let parameters = parameters.get(at).unwrap_or(&none);
        data = match filter.as_slice() {
            b"FlateDecode" | b"Fl" => predicted(inflate(&data, most), parameters),
            b"LZWDecode" | b"LZW" => predicted(lzw(&data, parameters, most), parameters),
            b"ASCIIHexDecode" | b"AHx" => hexadecimal(&data),
            b"ASCII85Decode" | b"A85" => ascii85(&data, most),
            b"RunLengthDecode" | b"RL" => run_length(&data, most),
            _ => return None,
        };
    }
    Some(data)
}

fn inflate(data: &[u8], most: usize) -> Vec<u8> {
    let mut unpacked = Vec::new();
    // An error at the end (a wrong checksum, a cut file) leaves what came before it.
    let _ = ZlibDecoder::new(data).take(most as u64).read_to_end(&mut unpacked);
    if unpacked.is_empty() {
        let _ = DeflateDecoder::new(data.get(2..).unwrap_or_default()).take(most as u64).read_to_end(&mut unpacked);
    }
    unpacked
}

/// §7.4.4.2: codes of 9 to 12 bits, 256 clears, 257 ends.
fn lzw(data: &[u8], parameters: &Dictionary, most: usize) -> Vec<u8> {
    let early = usize::from(parameters.get("EarlyChange").and_then(Object::number) != Some(0.0));
    let mut unpacked: Vec<u8> = Vec::new();
    // Each entry is a piece of what was unpacked before: where it begins and how long it is.
    let mut entries: Vec<(usize, usize)> = Vec::new();
    let mut before: Option<(usize, usize)> = None;
    let (mut bits, mut held, mut width) = (0u32, 0u32, 9u32);
    for byte in data {
        bits = (bits << 8 | u32::from(*byte)) & 0x00ff_ffff;
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held & ((1 << width) - 1)) as usize;
        match code {
            256 => {
                entries.clear();
                before = None;
                width = 9;
                continue;
            }
            257 => break,
            _ => {}
        }
        let start = unpacked.len();
        // The piece before and the first byte of this one; that byte may be the one about to be written.
        if let Some((from, length)) = before
            && entries.len() < 4096 - 258
        {
            entries.push((from, length + 1));
        }
        if code < 256 {
            unpacked.push(code as u8);
        } else if let Some((from, length)) = entries.get(code - 258).copied() {
            for at in from..from + length {
                let Some(byte) = unpacked.get(at).copied() else { break };
                unpacked.push(byte);
            }
        } else {
            break;
        }
        before = Some((start, unpacked.len() - start));
        width = match entries.len() + 258 + early {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        if unpacked.len() >= most {
            unpacked.truncate(most);
            break;
        }
    }
    unpacked
}

fn hexadecimal(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data
        .iter()
        .take_while(|byte| **byte != b'>')
        .filter_map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    digits.chunks(2).map(|pair| pair.first().unwrap_or(&0) * 16 + pair.get(1).unwrap_or(&0)).collect()
}

fn ascii85(data: &[u8], most: usize) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut group: Vec<u8> = Vec::new();
    for byte in data {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => decoded.extend([0; 4]),
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    decoded.extend(ascii85_group(&group));
                    group.clear();
                }
            }
            _ => {}
        }
        if decoded.len() >= most {
            return decoded;
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        decoded.extend(ascii85_group(&group).into_iter().take(kept));
    }
    decoded
}

fn ascii85_group(group: &[u8]) -> [u8; 4] {
    group.iter().fold(0u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit))).to_be_bytes()
}

fn run_length(data: &[u8], most: usize) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = data;
    while let [length, after @ ..] = rest {
        let length = usize::from(*length);
        match length {
            128 => break,
            0..128 => {
                decoded.extend(after.iter().take(length + 1));
                rest = after.get(length + 1..).unwrap_or_default();
            }
            _ => {
                decoded.extend(std::iter::repeat_n(after.first().copied().unwrap_or(0), 257 - length));
                rest = after.get(1..).unwrap_or_default();
            }
        }
        if decoded.len() >= most {
            decoded.truncate(most);
            break;
        }
    }
    decoded
}

/// PNG's predictors (§7.4.4.4), which object streams are now and then packed with. TIFF's is for pictures.
fn predicted(data: Vec<u8>, parameters: &Dictionary) -> Vec<u8> {
    let number = |key: &str, otherwise: usize| parameters.get(key).and_then(Object::index).map_or(otherwise, |number| number as usize);
    if number("Predictor", 1) < 10 {
        return data;
    }
    let bits = number("Colors", 1).clamp(1, 32) * number("BitsPerComponent", 8).clamp(1, 16);
    let pixel = bits.div_ceil(8);
    let width = (bits * number("Columns", 1).clamp(1, 1 << 20)).div_ceil(8);
    let mut result: Vec<u8> = Vec::with_capacity(data.len());
    for row in data.chunks(width + 1) {
        let Some((kind, row)) = row.split_first() else { break };
        let start = result.len();
        for (at, byte) in row.iter().enumerate() {
            let left = if at >= pixel { result.get(start + at - pixel).copied().unwrap_or(0) } else { 0 };
            let above = (start + at).checked_sub(width).and_then(|place| result.get(place)).copied().unwrap_or(0);
            let corner = if at >= pixel {
                (start + at).checked_sub(width + pixel).and_then(|place| result.get(place)).copied().unwrap_or(0)
            } else {
                0
            };
            let guess = match kind {
                1 => left,
                2 => above,
                3 => u8::try_from((u16::from(left) + u16::from(above)) / 2).unwrap_or(0),
                4 => paeth(left, above, corner),
                _ => 0,
            };
            result.push(byte.wrapping_add(guess));
        }
    }
    result
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(corner) {
        left
    } else if distance(above) <= distance(corner) {
        above
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(filter: &str, data: &[u8]) -> Vec<u8> {
        decode(data, &[filter.as_bytes().to_vec()], &[], 1 << 20).unwrap()
    }

    #[test]
    fn the_old_filters_are_undone() {
        assert_eq!(decoded("ASCIIHexDecode", b"48 65 6C 6c 6F 7>"), b"Hellop");
        assert_eq!(decoded("ASCII85Decode", b"87cURD_*#TDfTZ)~>"), b"Hello, world");
        assert_eq!(decoded("RunLengthDecode", b"\x02abc\xfed\x80rest"), b"abcddd");
        // The example of ISO 32000-1, §7.4.4.2.
        assert_eq!(decoded("LZWDecode", b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"), [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
        assert_eq!(decode(b"", &[b"DCTDecode".to_vec()], &[], 10), None);
    }

    #[test]
    fn rows_predicted_from_the_row_above_are_put_back() {
        let parameters = Dictionary(vec![(b"Predictor".to_vec(), Object::Number(12.0)), (b"Columns".to_vec(), Object::Number(3.0))]);
        assert_eq!(predicted(vec![2, 1, 2, 3, 2, 1, 1, 1], &parameters), [1, 2, 3, 2, 3, 4]);
    }
}
