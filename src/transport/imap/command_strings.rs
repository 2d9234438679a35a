//! Strings in commands: mailbox names in modified UTF-7 (RFC 3501 §5.1.3), quoting, sets of UIDs.

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const MODIFIED_BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A mailbox name as an argument: encoded and quoted. `None` if it holds control characters, which no mailbox name may.
pub(super) fn mailbox(name: &str) -> Option<String> {
    let mut written = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    let unshift = |shifted: &mut Vec<u8>, written: &mut String| {
        if !shifted.is_empty() {
            written.push('&');
            MODIFIED_BASE64.encode_string(&*shifted, written);
            written.push('-');
            shifted.clear();
        }
    };
    for letter in name.chars() {
        if letter.is_control() {
            return None;
        }
        if letter.is_ascii() {
            unshift(&mut shifted, &mut written);
            written.push(letter);
            if letter == '&' {
                written.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    unshift(&mut shifted, &mut written);
    quoted(&written)
}

/// A mailbox name as people read it. What is not encoded as it should be stands as the server wrote it.
pub(super) fn readable(name: &str) -> String {
    let mut read = String::new();
    let mut left = name;
    while let Some((plain, shifted)) = left.split_once('&') {
        let (encoded, behind) = shifted.split_once('-').unwrap_or((shifted, ""));
        read.push_str(plain);
        left = behind;
        if encoded.is_empty() {
            read.push('&');
            continue;
        }
        let bytes = MODIFIED_BASE64.decode(encoded).unwrap_or_default();
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes(pair.try_into().unwrap_or_default()));
        let letters: Option<String> = char::decode_utf16(units).collect::<Result<_, _>>().ok();
        match letters.filter(|letters| !letters.is_empty()) {
            Some(letters) => read.push_str(&letters),
            None => read.push_str(&format!("&{encoded}-")),
        }
    }
    read.push_str(left);
    read
}

/// A quoted string (RFC 3501 §9). `None` for what only a literal could carry.
pub(super) fn quoted(text: &str) -> Option<String> {
    let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    printable.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// UIDs, which must be ascending, as a set: `1:3,7`.
pub(super) fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    let written: Vec<String> =
        ranges.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") }).collect();
    written.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_of_every_language_are_written_as_servers_expect_them() {
        assert_eq!(mailbox("INBOX").as_deref(), Some("\"INBOX\""));
        assert_eq!(mailbox("Entrée").as_deref(), Some("\"Entr&AOk-e\""));
        // The example of RFC 3501 §5.1.3.
        assert_eq!(mailbox("~peter/mail/台北/日本語").as_deref(), Some("\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""));
        assert_eq!(mailbox("Q&A \"x\\y\"").as_deref(), Some("\"Q&-A \\\"x\\\\y\\\"\""));
        assert_eq!(mailbox("📬").as_deref(), Some("\"&2D3c7A-\""));
        assert_eq!(mailbox("a\r\nb DELETE INBOX"), None);
    }

    #[test]
    fn a_name_that_a_server_tells_is_read_as_it_was_meant() {
        for name in ["INBOX", "Entrée", "~peter/mail/台北/日本語", "Q&A", "📬"] {
            let written = mailbox(name).unwrap();
            assert_eq!(readable(written.trim_matches('"')), name);
        }
        for odd in ["&", "a&b", "&!!-x", "&2D0-"] {
            assert!(readable(odd).contains('&'), "{odd}");
        }
    }

    #[test]
    fn a_set_of_uids_is_as_short_as_it_can_be() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[u32::MAX]), "4294967295");
        assert_eq!(set(&[]), "");
    }
}
