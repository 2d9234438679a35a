//! What must never be opened, told by its name and by its first bytes.
//!
//! The list of name endings is that of what Windows, which most authorities and offices run, starts on a double click, together with the disk
//! images and shortcuts that are used to smuggle such files past the mark of the web.

/// Endings of names that a double click runs, or that carry what it runs.
const RUNS: [&str; 57] = [
    "exe",
    "scr",
    "com",
    "pif",
    "bat",
    "cmd",
    "msi",
    "msp",
    "msix",
    "appx",
    "application",
    "appref-ms",
    "gadget",
    "cpl",
    "dll",
    "sys",
    "drv",
    "js",
    "jse",
    "vbs",
    "vbe",
    "wsf",
    "wsh",
    "wsc",
    "hta",
    "ps1",
    "psm1",
    "psd1",
    "sct",
    "reg",
    "inf",
    "scf",
    "lnk",
    "url",
    "website",
    "jar",
    "class",
    "apk",
    "dmg",
    "pkg",
    "app",
    "command",
    "sh",
    "run",
    "elf",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "udf",
    "chm",
    "hlp",
    "one",
    "xll",
    "wll",
    "settingcontent-ms",
    "library-ms",
];

/// Endings of office files whose format exists to carry macros.
const MACROS: [&str; 11] = ["docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppsm", "ppam", "sldm", "xlsb"];

/// Endings that people take for a document, when they stand before the real ending.
const LOOKS_LIKE_A_DOCUMENT: [&str; 16] =
    ["pdf", "doc", "docx", "xls", "xlsx", "odt", "ods", "rtf", "txt", "jpg", "jpeg", "png", "htm", "html", "ppt", "pptx"];

/// Why a file of that name is not opened.
pub fn by_name(name: &str) -> Option<String> {
    if name.chars().any(|character| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')) {
        return Some("Its name is written so that its ending is not seen (text direction marks). It was not opened.".to_owned());
    }
    let endings: Vec<String> = name.trim().trim_end_matches(['.', ' ']).split('.').skip(1).map(|end| end.trim().to_lowercase()).collect();
    let last = endings.last()?;
    if MACROS.contains(&last.as_str()) {
        return Some(format!("A document of the kind .{last} is made to carry macros. It was not opened; ask for a PDF."));
    }
    if !RUNS.contains(&last.as_str()) {
        return None;
    }
    let disguised = endings.len() > 1 && endings.iter().rev().skip(1).any(|end| LOOKS_LIKE_A_DOCUMENT.contains(&end.as_str()));
    Some(if disguised {
        format!("It is named like a document but ends in .{last}, which runs as a program. It was not opened.")
    } else {
        format!("Files ending in .{last} can run as programs. It was not opened.")
    })
}

/// Why bytes that begin so are not opened, whatever they are named.
pub fn by_bytes(bytes: &[u8]) -> Option<String> {
    let what = match bytes {
        [b'M', b'Z', ..] if is_windows_program(bytes) => "a Windows program",
        [0x7f, b'E', b'L', b'F', ..] => "a Linux program",
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => "a macOS program",
        [0xca, 0xfe, 0xba, 0xbe, ..] => "a Java or macOS program",
        [b'#', b'!', b'/' | b' ', ..] => "a script",
        [0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0, ..] => "a Windows shortcut",
        [b'I', b'T', b'S', b'F', ..] => "a compiled help file",
        [0xe4, 0x52, 0x5c, 0x7b, 0x8c, 0xd8, 0xa7, 0x4d, ..] => "a OneNote file",
        _ if bytes.get(0x8001..0x8006) == Some(b"CD001") => "a disk image",
        _ => return None,
    };
    Some(format!("By its first bytes it is {what}, whatever its name. It was not opened."))
}

/// `MZ` alone may begin a text; a program has its PE or NE header where the word at 0x3c points, or is a DOS program with binary after it.
fn is_windows_program(bytes: &[u8]) -> bool {
    let header = bytes.get(0x3c..0x40).and_then(|four| <[u8; 4]>::try_from(four).ok()).map(u32::from_le_bytes);
    let points_at_header = header
        .and_then(|at| bytes.get(usize::try_from(at).ok()?..))
        .is_some_and(|rest| rest.starts_with(b"PE") || rest.starts_with(b"NE") || rest.starts_with(b"LE"));
    points_at_header || bytes.iter().take(64).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_named_like_a_document_is_told_from_a_document() {
        assert!(by_name("answer.pdf.exe").unwrap().contains("named like a document"));
        assert!(by_name("answer.pdf   .exe ").is_some());
        assert!(by_name("ANSWER.SCR").is_some());
        assert!(by_name("answer\u{202e}fdp.exe").unwrap().contains("not seen"));
        assert!(by_name("answer.docm").unwrap().contains("macros"));
        assert_eq!(by_name("Réponse du 3.4.2026.pdf"), None);
        assert_eq!(by_name("com"), None);
        assert_eq!(by_name(""), None);
    }

    #[test]
    fn a_program_is_known_by_its_bytes_and_a_text_that_begins_with_the_same_letters_is_not() {
        let mut program = b"MZ\x90\0".to_vec();
        program.resize(0x40, 0);
        assert!(by_bytes(&program).is_some());
        assert!(by_bytes(b"\x7fELF\x02\x01\x01").is_some());
        assert!(by_bytes(b"#!/bin/sh\nrm -rf /").is_some());
        assert_eq!(by_bytes(b"MZ is the name of the ministry in our files, and this is a letter of the ordinary kind, long enough."), None);
        assert_eq!(by_bytes(b"%PDF-1.7"), None);
    }
}
