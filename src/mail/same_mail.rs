//! The keys by which a mail is recognised when it comes a second time: its bytes, or what stays the same in every copy of it, however it travelled.

use sha2::{Digest, Sha256};

/// A mail's bytes with what they are known by. To make one takes a tenth of the time in which a mail is recorded, and needs no register.
#[derive(Debug, Clone)]
pub struct MailBytes {
    pub raw: Vec<u8>,
    pub sha256: [u8; 32],
    /// The same in every copy of one mail; another mail may have it too, which [`is_copy`] tells.
    pub same_mail: Option<[u8; 32]>,
}

impl From<Vec<u8>> for MailBytes {
    fn from(raw: Vec<u8>) -> MailBytes {
        MailBytes { sha256: Sha256::digest(&raw).into(), same_mail: same_mail_key(&raw), raw }
    }
}

/// Up to and including the empty line.
pub fn head_of(raw: &[u8]) -> &[u8] {
    let end = raw
        .windows(2)
        .enumerate()
        .find(|(place, pair)| *pair == b"\n\n" || (*pair == b"\n\r" && raw.get(place + 2) == Some(&b'\n')))
        .map_or(raw.len(), |(place, _)| place + 2);
    raw.get(..end.min(LONGEST_HEAD)).unwrap_or(raw)
}

/// Bytes; of a longer head, this much is looked at.
pub const LONGEST_HEAD: usize = 256 * 1024;

/// Bytes of a body that a mail is looked for by; whether the rest is the same is seen when one is found.
const LOOKED_AT: usize = 4096;

/// What is the same however a mail travelled: its Message-ID, its From, and of its body the length and the beginning, line ends aside. None without
/// a Message-ID: then only equal bytes are the same mail. With the From, so that who sends a letter's words on under another name first does not
/// make the letter itself disappear.
fn same_mail_key(raw: &[u8]) -> Option<[u8; 32]> {
    let head = head_of(raw);
    let message_id = header(head, b"message-id:").filter(|value| value.len() >= 5)?;
    let from = header(head, b"from:").unwrap_or_default();
    let body = body_of(raw).trim_ascii();
    let returns = memchr::memchr_iter(b'\r', body).count();
    let mut hasher = Sha256::new();
    for value in [message_id, from] {
        hasher.update(value);
        hasher.update([0]);
    }
    hasher.update((body.len() - returns).to_le_bytes());
    let mut left = LOOKED_AT;
    for piece in without_returns(body) {
        hasher.update(piece.get(..left).unwrap_or(piece));
        left = left.saturating_sub(piece.len());
        if left == 0 {
            break;
        }
    }
    Some(hasher.finalize().into())
}

/// The words of the first header of that name (lower case, with its colon), however its lines are folded.
fn header(head: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    headers(head, name).into_iter().next()
}

/// The words of each header of that name.
fn headers(head: &[u8], name: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<&[u8]>> = Vec::new();
    let mut is_within = false;
    for line in head.split(|byte| *byte == b'\n') {
        let is_folded = line.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
        let value = match line.split_at_checked(name.len()) {
            _ if is_folded => is_within.then_some(line),
            Some((start, value)) if start.eq_ignore_ascii_case(name) => {
                found.push(Vec::new());
                Some(value)
            }
            _ => None,
        };
        is_within = value.is_some();
        let words = value.into_iter().flat_map(|value| value.split(u8::is_ascii_whitespace)).filter(|word| !word.is_empty());
        if let Some(header) = found.last_mut() {
            header.extend(words);
        }
    }
    found.into_iter().map(|words| words.join(&b' ')).collect()
}

/// Headers by which a person, or a program, would see another mail in the same body: what it is called, who wrote it and when, what it answers, and
/// how its body is to be read. Copies of one mail differ in the servers that they passed, and in the addresses that they were sent to.
const SEEN: [&[u8]; 10] = [
    b"subject:",
    b"from:",
    b"sender:",
    b"date:",
    b"reply-to:",
    b"in-reply-to:",
    b"references:",
    b"content-type:",
    b"content-transfer-encoding:",
    b"content-disposition:",
];

/// Whether a mail with this head is seen as the one with the other head is.
fn are_seen_the_same(one: &[u8], other: &[u8]) -> bool {
    SEEN.iter().all(|name| headers(one, name) == headers(other, name))
}

/// What stands behind the empty line.
pub fn body_of(raw: &[u8]) -> &[u8] {
    raw.get(head_of(raw).len()..).unwrap_or_default()
}

/// A mailbox may keep lines that end in LF, and another one lines that end in CR LF.
fn without_returns(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\r')
}

fn are_same(one: &[u8], other: &[u8]) -> bool {
    one == other || without_returns(one).flatten().eq(without_returns(other).flatten())
}

/// Whether two mails of one key are the same mail.
pub fn is_copy(one: &[u8], other: &[u8]) -> bool {
    are_seen_the_same(head_of(one), head_of(other)) && are_same(body_of(one).trim_ascii(), body_of(other).trim_ascii())
}

/// The key of a mail that has another one's `key` and is no copy of it: it goes over the whole body and all that is seen of the head.
pub fn key_of_its_own(key: &[u8; 32], raw: &[u8]) -> [u8; 32] {
    let (head, body) = (head_of(raw), body_of(raw).trim_ascii());
    let mut hasher = Sha256::new().chain_update(key);
    for seen in SEEN.map(|name| headers(head, name)) {
        hasher.update(seen.len().to_le_bytes());
        for words in seen {
            hasher.update(words.len().to_le_bytes());
            hasher.update(words);
        }
    }
    without_returns(body).for_each(|piece| hasher.update(piece));
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &[u8] =
        b"Received: from a\r\nMessage-ID: <letter@moj.example>\r\nFrom: Ana\r\n <ana@moj.example>\r\nSubject: Re: x\r\n\r\nYes.\r\n";

    #[test]
    fn a_copy_that_travelled_by_another_way_has_the_same_key() {
        let copy = b"Received: from b\nmessage-id: <letter@moj.example>\nFrom: Ana <ana@moj.example>\nSubject: Re: x\n\nYes.\n";
        let key = same_mail_key(LETTER);
        assert!(key.is_some());
        assert_eq!(key, same_mail_key(copy));
        assert!(is_copy(LETTER, copy));
        assert_eq!([head_of(LETTER), body_of(LETTER)].concat(), LETTER);
    }

    #[test]
    fn another_mail_under_the_same_message_id_has_a_key_of_its_own() {
        let key = same_mail_key(LETTER).unwrap();
        let other = String::from_utf8(LETTER.to_vec()).unwrap().replace("Re: x", "Re: y");
        assert_eq!(same_mail_key(other.as_bytes()), Some(key), "its subject is not in the key");
        assert!(!is_copy(LETTER, other.as_bytes()));
        assert_ne!(key_of_its_own(&key, other.as_bytes()), key_of_its_own(&key, LETTER));
        let without = String::from_utf8(LETTER.to_vec()).unwrap().replace("Message-ID", "X-Message-ID");
        assert_eq!(same_mail_key(without.as_bytes()), None);
    }
}
