//! What a file is by its own bytes. The type a mail states is only asked where bytes cannot tell (text, HTML without a beginning).

/// The formats that are read, and those that are recognised in order to say why they are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Pdf,
    /// Office Open XML, OpenDocument and plain archives alike; what it is shows inside.
    Zip,
    Rtf,
    Html,
    Text,
    /// The compound file of Word, Excel and PowerPoint until 2003, of Outlook's .msg, and of encrypted office files.
    CompoundFile,
    /// Archives other than ZIP, by name.
    Archive(&'static str),
    /// Pictures, sound and film: nothing to read.
    Media,
    Unknown,
}

impl Format {
    /// `stated` is the content type of the mail, lower case.
    pub fn of(bytes: &[u8], stated: &str) -> Format {
        // Readers find the header of a PDF within its first 1,024 bytes (ISO 32000-1, annex H.3, note 13).
        let beginning = bytes.get(..1024).unwrap_or(bytes);
        let trimmed = beginning.trim_ascii_start();
        match bytes {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Format::Zip,
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Format::CompoundFile,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Format::Archive("7z"),
            [b'R', b'a', b'r', b'!', 0x1a, 0x07, ..] => Format::Archive("RAR"),
            [0x1f, 0x8b, 8, ..] => Format::Archive("gzip"),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Format::Archive("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Format::Archive("xz"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Format::Archive("zstd"),
            [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => Format::Archive("CAB"),
            _ if bytes.get(257..262) == Some(b"ustar") => Format::Archive("tar"),
            _ if trimmed.starts_with(b"%PDF-") || beginning.windows(5).any(|five| five == b"%PDF-") => Format::Pdf,
            _ if trimmed.starts_with(b"{\\rtf") => Format::Rtf,
            _ if is_media(bytes) => Format::Media,
            _ if is_html(trimmed) || (stated == "text/html" && is_text(bytes)) => Format::Html,
            _ if is_text(bytes) || has_text_mark(bytes) => Format::Text,
            _ => Format::Unknown,
        }
    }
}

fn is_media(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 11] = [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF8",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"RIFF",
        b"OggS",
        b"ID3",
        b"\0\0\x01\0",
        b"\x01\0\0\0\x58\0\0\0",
    ];
    let named = starts.iter().any(|start| bytes.starts_with(start)) || bytes.get(4..8) == Some(b"ftyp");
    named && !is_text(bytes)
}

fn is_html(trimmed: &[u8]) -> bool {
    let start: Vec<u8> = trimmed.iter().take(200).map(u8::to_ascii_lowercase).collect();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(|sign| start.starts_with(sign))
        || (start.starts_with(b"<?xml") && start.windows(5).any(|five| five == b"<html"))
}

/// UTF-16 with its byte order mark.
fn has_text_mark(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(2) && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff"))
}

/// No control characters but those of text and of ISO 2022; never empty. The whole file is looked at: the torn-off end of a PDF may begin with
/// pages of text.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| *byte >= 0x20 && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x1a | 0x0e | 0x0f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_and_not_what_is_stated() {
        assert_eq!(Format::of(b"%PDF-1.4\n", "application/octet-stream"), Format::Pdf);
        assert_eq!(Format::of(b"\xef\xbb\xbf\r\n%PDF-1.4\n", "image/png"), Format::Pdf);
        assert_eq!(Format::of(b"PK\x03\x04....", "application/pdf"), Format::Zip);
        assert_eq!(Format::of(b"{\\rtf1\\ansi hello}", "application/msword"), Format::Rtf);
        assert_eq!(Format::of(b"<!DOCTYPE html><p>x", "text/plain"), Format::Html);
        assert_eq!(Format::of(b"\x89PNG\r\n\x1a\n\0\0", "application/pdf"), Format::Media);
        assert_eq!(Format::of(b"BMW is a make of car", "text/plain"), Format::Text);
        assert_eq!(Format::of(b"\xff\xfea\0b\0", "text/plain"), Format::Text);
        assert_eq!(Format::of(b"\0\x01\x02", "text/plain"), Format::Unknown);
        assert_eq!(Format::of(b"", "text/plain"), Format::Unknown);
        let torn_off = [b"<pdf:Producer>".repeat(1_000), b"endstream\0\x01".to_vec()].concat();
        assert_eq!(Format::of(&torn_off, "application/octet-stream"), Format::Unknown);
    }
}
