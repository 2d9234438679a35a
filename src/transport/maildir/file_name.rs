//! Names of files in a Maildir: `seconds.unique.host` and, in `cur`, `:2,` with flags.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use jiff::Timestamp;

/// A file name that no other delivery into the same Maildir uses: the caller answers for `unique`, since this room has neither clock nor chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueName(String);

impl UniqueName {
    /// `at` becomes the time of reception for readers of the folder, cut to seconds. `unique` and `host` may hold anything: what has a meaning in
    /// file names is written in octal, as the Maildir specification asks for `/` and `:`, and overlong parts are cut.
    pub fn new(at: Timestamp, unique: &str, host: &str) -> UniqueName {
        UniqueName(format!("{}.{}.{}", at.as_second().max(0), harmless(unique), harmless(host)))
    }

    /// A name without a time, for deliveries that must find their own earlier copy again.
    pub(super) fn repeatable(unique: &str, digest: &str) -> UniqueName {
        UniqueName(format!("demarche.{}.{digest}", harmless(unique)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn harmless(part: &str) -> String {
    // Three parts of 80 characters stay under the 255 bytes a file name may have, with room for flags.
    let mut written = String::new();
    for byte in part.bytes() {
        if written.len() > 76 {
            break;
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'+' | b'=' | b'@' | b'.' => written.push(char::from(byte)),
            other => written.push_str(&format!("\\{other:03o}")),
        }
    }
    if written.is_empty() { "0".to_owned() } else { written }
}

/// The part of a name that stays the same when flags change.
pub(super) fn base(name: &[u8]) -> &[u8] {
    name.iter().position(|&byte| byte == b':').map_or(name, |colon| name.get(..colon).unwrap_or(name))
}

/// `name` with the flag S (seen) added, flags kept in ASCII order as the specification asks.
pub(super) fn with_seen(name: &[u8]) -> Vec<u8> {
    let base = base(name);
    let rest = name.get(base.len()..).unwrap_or_default();
    let mut flags: Vec<u8> = rest.strip_prefix(b":2,").map(<[u8]>::to_vec).unwrap_or_default();
    if !flags.contains(&b'S') {
        flags.push(b'S');
        flags.sort_unstable();
    }
    [base, b":2,", &flags].concat()
}

/// The time that a name begins with, if it is a believable one: between 1990 and 2200. Other programs may begin a name with any number.
pub(super) fn time(name: &[u8]) -> Option<Timestamp> {
    let digits = name.iter().position(|&byte| byte == b'.').and_then(|dot| name.get(..dot))?;
    let seconds: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (631_152_000..7_258_118_400).contains(&seconds).then(|| Timestamp::from_second(seconds).ok()).flatten()
}

/// A file name as text that can be stored and shown: bytes outside printable ASCII, and `%`, as `%XX`.
pub(super) fn to_text(name: &OsStr) -> String {
    let mut text = String::new();
    for &byte in name.as_bytes() {
        if (0x21..0x7f).contains(&byte) && byte != b'%' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The reverse of [`to_text`]; `None` for what it never writes, and for anything that would leave the folder.
pub(super) fn from_text(text: &str) -> Option<std::ffi::OsString> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (code, after) = (rest.get(..2)?, rest.get(2..)?);
            bytes.push(u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    let leaves = bytes.is_empty() || bytes.contains(&b'/') || bytes.contains(&0) || bytes.starts_with(b".");
    (!leaves).then(|| std::ffi::OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hostile_name_stays_in_its_folder() {
        let name = UniqueName::new(Timestamp::from_second(1_700_000_000).unwrap(), "../../etc/passwd", "host:2,S\n");
        assert_eq!(name.as_str(), "1700000000...\\057..\\057etc\\057passwd.host\\0722\\054S\\012");
        assert!(UniqueName::new(Timestamp::UNIX_EPOCH, &"é".repeat(1_000), &"h".repeat(1_000)).as_str().len() < 200);
        assert_eq!(from_text("../escape"), None);
        assert_eq!(from_text("%2E%2E%2Fescape"), None);
        assert_eq!(from_text("%zz"), None);
    }

    #[test]
    fn the_time_in_a_name_counts_only_if_it_is_believable() {
        assert_eq!(time(b"1700000000.M1P2.host").map(Timestamp::as_second), Some(1_700_000_000));
        assert_eq!(time(b"7.M1P2.host"), None);
        assert_eq!(time(b"99999999999999.x"), None);
        assert_eq!(time(b"mail.eml"), None);
    }

    #[test]
    fn a_seen_flag_joins_the_flags_that_are_there() {
        assert_eq!(with_seen(b"1.a.h"), b"1.a.h:2,S");
        assert_eq!(with_seen(b"1.a.h:2,RT"), b"1.a.h:2,RST");
        assert_eq!(with_seen(b"1.a.h:2,FS"), b"1.a.h:2,FS");
        assert_eq!(with_seen(b"1.a.h:odd"), b"1.a.h:2,S");
    }

    proptest! {
        #[test]
        fn any_file_name_survives_being_written_as_text(bytes in proptest::collection::vec(1u8..=255, 1..60)) {
            let name = std::ffi::OsString::from_vec(bytes.clone());
            let allowed = !bytes.contains(&b'/') && !bytes.starts_with(b".");
            prop_assert_eq!(from_text(&to_text(&name)), allowed.then_some(name));
        }
    }
}
