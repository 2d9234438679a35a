//! Files written into the text of a mail itself, from before MIME and from mailers that never learnt it: uuencode in both forms (POSIX) and yEnc
//! (<http://www.yenc.org/yenc-draft.1.3.txt>).
//!
//! A block counts only if its lines are what its format prescribes; anything else is text and stays text.

use super::byte_lines::line;
use memchr::memmem;

/// A file taken out of a text: its name and bytes.
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Files beyond this many stay in the text.
const MOST_FILES: usize = 100;

/// The text without the files in it, and the files. `None`: there are none, which is told without copying.
pub fn take_out(text: &[u8]) -> Option<(Vec<u8>, Vec<File>)> {
    if [&b"begin "[..], b"begin-base64 ", b"=ybegin "].iter().all(|beginning| memmem::find(text, beginning).is_none()) {
        return None;
    }
    let mut files = Vec::new();
    let mut rest = Vec::with_capacity(text.len());
    // Where one `=ybegin` finds no end, no later one does: the search is not made twice.
    let mut yenc_ends = true;
    let mut at = 0;
    while at < text.len() {
        let (start, next) = line(text, at);
        let found = match start {
            _ if start.starts_with(b"begin ") => uu(&start[6..], text, next),
            _ if start.starts_with(b"begin-base64 ") => uu_base64(&start[13..], text, next),
            _ if start.starts_with(b"=ybegin ") && yenc_ends => {
                let file = yenc(&start[8..], text, next);
                yenc_ends = file.is_some();
                file
            }
            _ => None,
        };
        match found {
            Some((file, after)) if files.len() < MOST_FILES => {
                files.push(file);
                at = after;
            }
            _ => {
                rest.extend_from_slice(text.get(at..next).unwrap_or_default());
                at = next;
            }
        }
    }
    (!files.is_empty()).then_some((rest, files))
}

/// The bytes of a body whose transfer encoding is uuencode.
pub fn uuencoded(body: &[u8]) -> Option<Vec<u8>> {
    let (_, mut files) = take_out(body)?;
    (files.len() == 1).then(|| files.remove(0).bytes)
}

/// The name in `644 name`: the file's mode comes before it.
fn name_after_mode(head: &[u8]) -> Option<&[u8]> {
    let head = head.trim_ascii();
    let digits = head.iter().take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let name = head.get(digits..)?;
    ((3..=4).contains(&digits) && name.starts_with(b" ")).then_some(name)
}

/// `begin-base64 644 name`, base64, `====`.
fn uu_base64(head: &[u8], text: &[u8], at: usize) -> Option<(File, usize)> {
    let name = name_after_mode(head)?;
    let mut end = at;
    while end < text.len() {
        let (data, next) = line(text, end);
        let data = data.trim_ascii();
        if data == b"====" {
            return Some((named(name, super::base64::decode(text.get(at..end)?).0), next));
        }
        if !data.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
            break;
        }
        end = next;
    }
    None
}

/// `begin 644 name`, lines of a length character and data, `end`.
fn uu(head: &[u8], text: &[u8], mut at: usize) -> Option<(File, usize)> {
    let name = name_after_mode(head)?;
    let mut bytes = Vec::new();
    let mut full_lines = 0;
    while at < text.len() {
        let (data, next) = line(text, at);
        if data.trim_ascii_end() == b"end" && !bytes.is_empty() {
            return Some((named(name, bytes), next));
        }
        match uu_line(data) {
            Some(decoded) => {
                full_lines += usize::from(decoded.len() == 45);
                bytes.extend_from_slice(&decoded);
            }
            // Blank lines are put in by gateways; anything else ends a block that was cut.
            None if data.trim_ascii().is_empty() => {}
            None => break,
        }
        at = next;
    }
    (full_lines > 0).then(|| (named(name, bytes), at))
}

/// One line: 45 bytes or fewer in groups of four characters from blank to underscore, `` ` `` for blank. Trailing blanks may have been lost.
fn uu_line(data: &[u8]) -> Option<Vec<u8>> {
    let (&length, body) = data.split_first()?;
    let value = |byte: u8| (b' '..=b'`').contains(&byte).then(|| (byte - b' ') & 63);
    let length = usize::from(value(length)?);
    let needed = length.div_ceil(3) * 4;
    // Some encoders add one checksum character; blanks at the end, which are zeros, may have been trimmed on the way.
    if body.len() > needed + 2 || body.len() * 4 < needed {
        return None;
    }
    let mut out = Vec::with_capacity(length + 2);
    for group in 0..length.div_ceil(3) {
        let mut bits = 0u32;
        for place in 0..4 {
            bits = bits << 6 | u32::from(value(body.get(group * 4 + place).copied().unwrap_or(b' '))?);
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    out.truncate(length);
    Some(out)
}

/// `=ybegin line=128 size=… name=…`, an optional `=ypart`, data with 42 added to every byte, `=yend`.
fn yenc(head: &[u8], text: &[u8], mut at: usize) -> Option<(File, usize)> {
    let name = memmem::find(head, b"name=").map(|start| head.get(start + 5..).unwrap_or_default())?;
    memmem::find(head, b"size=")?;
    let mut bytes = Vec::new();
    while at < text.len() {
        let (data, next) = line(text, at);
        at = next;
        if data.starts_with(b"=yend") {
            return Some((named(name, bytes), at));
        }
        if data.starts_with(b"=ypart") {
            continue;
        }
        let mut escaped = false;
        for &byte in data {
            match (byte, escaped) {
                (b'=', false) => escaped = true,
                (_, true) => {
                    bytes.push(byte.wrapping_sub(64 + 42));
                    escaped = false;
                }
                (_, false) => bytes.push(byte.wrapping_sub(42)),
            }
        }
    }
    None
}

fn named(name: &[u8], bytes: Vec<u8>) -> File {
    let name = super::encoded_words::decode(super::charset::undeclared(name.trim_ascii()).trim_matches('"'));
    File { name, bytes }
}

#[cfg(test)]
mod tests {
    use super::take_out;

    #[test]
    fn a_uuencoded_file_is_taken_out_of_the_text() {
        let mail = b"See below.\n\nbegin 644 cat.txt\n#0V%T\n`\nend\nRegards\n";
        let (text, files) = take_out(mail).unwrap();
        assert_eq!(text, b"See below.\n\nRegards\n");
        assert_eq!((files[0].name.as_str(), files[0].bytes.as_slice()), ("cat.txt", b"Cat".as_slice()));
    }

    #[test]
    fn a_file_uuencoded_in_base64_is_taken_out_of_the_text() {
        let (text, files) = take_out(b"See below.\nbegin-base64 644 cat.txt\nQ2F0\n====\nRegards\n").unwrap();
        assert_eq!(text, b"See below.\nRegards\n");
        assert_eq!((files[0].name.as_str(), files[0].bytes.as_slice()), ("cat.txt", b"Cat".as_slice()));
        assert!(take_out(b"begin-base64 644 cat.txt\nQ2F0\nand no end\n").is_none());
    }

    #[test]
    fn a_yencoded_file_is_taken_out_of_the_text() {
        let mut mail = b"=ybegin line=128 size=4 name=a b.bin\r\n".to_vec();
        mail.extend([b'a' + 42, b'b' + 42, b'=', 0x13 + 64 + 42, 1 + 42]);
        mail.extend(b"\r\n=yend size=4\r\n");
        let (text, files) = take_out(&mail).unwrap();
        assert_eq!((text.as_slice(), files[0].name.as_str()), (b"".as_slice(), "a b.bin"));
        assert_eq!(files[0].bytes, [b'a', b'b', 0x13, 1]);
    }

    #[test]
    fn a_sentence_that_begins_with_begin_stays_text() {
        assert!(take_out(b"begin 2024 with a review\nof all places\n").is_none());
        assert!(take_out(b"We\nbegin 644 things at once, in short\n\nend\n").is_none());
    }
}
