//! What Outlook wraps mail in: winmail.dat on the way ([`tnef`]), and a file when somebody saves or drags a mail ([`saved`]). Both hold the same
//! properties ([MS-OXPROPS]).

pub mod saved;
pub mod tnef;

mod compressed_rtf;

use super::parse::charset;

/// Files of one mail beyond these are left out.
const MOST_FILES: usize = 500;

/// The bodies of a mail and what is attached to it.
#[derive(Debug, Default)]
pub struct Opened {
    pub text: Option<String>,
    pub html: Option<Vec<u8>>,
    pub rtf: Option<Vec<u8>>,
    pub files: Vec<File>,
}

#[derive(Debug, Default)]
pub struct File {
    pub name: Option<String>,
    pub content_type: Option<String>,
    pub bytes: Vec<u8>,
}

const PR_BODY: u16 = 0x1000;
const PR_RTF_COMPRESSED: u16 = 0x1009;
const PR_BODY_HTML: u16 = 0x1013;
const PR_DISPLAY_NAME: u16 = 0x3001;
const PR_ATTACH_DATA: u16 = 0x3701;
const PR_ATTACH_FILENAME: u16 = 0x3704;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;
const PR_ATTACH_MIME_TAG: u16 = 0x370e;

/// PT_UNICODE, PT_STRING8 and PT_BINARY ([MS-OXCDATA] §2.11.1).
const UNICODE: u16 = 0x001f;
const EIGHT_BIT: u16 = 0x001e;
const BINARY: u16 = 0x0102;

/// A text of eight bits a character, up to its end mark.
fn text(data: &[u8], code_page: u32) -> String {
    let data = data.split(|byte| *byte == 0).next().unwrap_or_default();
    charset::text(Some(&format!("windows-{code_page}")), data).0.into_owned()
}

fn wide_text(data: &[u8]) -> String {
    encoding_rs::UTF_16LE.decode_without_bom_handling(data).0.trim_end_matches('\0').to_owned()
}

fn content_type(stated: &str) -> Option<String> {
    Some(stated.to_ascii_lowercase()).filter(|kind| kind.contains('/'))
}
