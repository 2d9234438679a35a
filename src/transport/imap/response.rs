//! One response of the server: read whole and bounded, then sorted by what it is.
//!
//! Status responses, which decide whether a command succeeded, are read here and leniently; everything else is given to `imap-proto`. What it
//! cannot parse is [`Heard::Unknown`] and is passed over: servers invent responses, and whether a mail is missing is asked about anyway.

use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, Response};

use super::super::connection::{Connection, ConnectionError, readable};
use super::parsing::{self, Parsed};

/// A SEARCH of a million and a half UIDs.
const LINE_LIMIT: usize = 16 << 20;

/// Beside the one literal that a FETCH of a mail brings, there may be some in its other attributes.
const LITERALS_LIMIT: usize = 64;

/// How deep brackets may be nested: an answer to what we ask for has two levels.
const DEEPEST: usize = 32;

#[derive(Default)]
struct Depth {
    now: usize,
    deepest: usize,
}

impl Depth {
    fn follow(&mut self, line: &[u8]) {
        for byte in line {
            match byte {
                b'(' => self.now += 1,
                b')' => self.now = self.now.saturating_sub(1),
                _ => {}
            }
            self.deepest = self.deepest.max(self.now);
        }
    }
}

#[derive(Debug)]
pub(super) enum Heard<'a> {
    /// The end of a command.
    Tagged {
        tag: &'a str,
        said: Said,
    },
    /// `* OK`, `* NO`, `* BAD`, `* BYE`, `* PREAUTH`.
    Untagged(Said),
    /// `+`: the server waits for us.
    Continue,
    Data(Response<'a>),
    /// A line that is no response we know, or not a whole one.
    Unknown(&'a [u8]),
    /// The parser could not bear this line.
    Unbearable(&'a [u8]),
}

impl Heard<'_> {
    /// It was to be the answer to a SEARCH (RFC 3501 §7.2.5; ESEARCH, RFC 4731) and says nothing that can be relied on.
    pub(super) fn is_spoilt_search(&self) -> bool {
        let (Heard::Unknown(line) | Heard::Unbearable(line)) = self else { return false };
        ["* SEARCH", "* ESEARCH"]
            .iter()
            .any(|word| line.get(..word.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(word.as_bytes())))
    }
}

/// A status response (RFC 3501 §7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub status: Status,
    /// The text, with the response code in brackets if there is one; fit for a message.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

impl Said {
    /// What stands behind `name` in the response code, if the code is that one: `Some("")` for a code without argument.
    pub(super) fn code(&self, name: &str) -> Option<&str> {
        let code = self.text.strip_prefix('[')?.split(']').next()?;
        let (start, rest) = code.split_at_checked(name.len())?;
        (start.eq_ignore_ascii_case(name) && (rest.is_empty() || rest.starts_with(' '))).then(|| rest.trim())
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.code(name)?.parse().ok()
    }
}

/// Reads one response with all its literals. None of them may announce more than `literal_limit` bytes, nor all of them together twice that.
/// After [`ConnectionError::Silent`] nothing is lost of what arrives later.
pub(super) async fn read(connection: &mut Connection, literal_limit: u64, patience: Duration) -> Result<Vec<u8>, ConnectionError> {
    let line = connection.line(LINE_LIMIT, patience).await?;
    with_literals(connection, line, literal_limit, patience).await.map_err(|error| match error {
        // Half of the response is gone by now.
        ConnectionError::Silent(patience) => ConnectionError::UndeliveredLetter(patience),
        other => other,
    })
}

async fn with_literals(
    connection: &mut Connection,
    line: Vec<u8>,
    literal_limit: u64,
    patience: Duration,
) -> Result<Vec<u8>, ConnectionError> {
    let mut response = line;
    let mut depth = Depth::default();
    if may_hold_literals(&response) {
        let mut announced: u64 = 0;
        let mut line_start = 0;
        depth.follow(&response);
        for _ in 0..LITERALS_LIMIT {
            let Some(size) = literal(response.get(line_start..).unwrap_or_default()) else { break };
            announced = announced.saturating_add(size);
            if size > literal_limit || announced > literal_limit.saturating_mul(2) {
                return Err(ConnectionError::TooLong(literal_limit));
            }
            response.extend_from_slice(b"\r\n");
            connection.bytes(size, &mut response, patience).await?;
            line_start = response.len();
            response.extend_from_slice(&connection.line(LINE_LIMIT, patience).await?);
            depth.follow(response.get(line_start..).unwrap_or_default());
        }
    }
    if depth.deepest > DEEPEST {
        // The parser follows brackets by recursion; nothing we ask for is nested like that.
        response.clear();
    }
    response.extend_from_slice(b"\r\n");
    Ok(response)
}

/// Only data ends a line in `{…}` to announce a literal; a status text may end so by chance.
fn may_hold_literals(line: &[u8]) -> bool {
    line.strip_prefix(b"* ").is_some_and(|rest| status(rest).is_none())
}

/// The size that the end of a line announces (RFC 3501 §4.3; with `+` RFC 7888).
fn literal(line: &[u8]) -> Option<u64> {
    let inside = line.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|&byte| byte == b'{')?;
    let digits = inside.get(open + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn status(line: &[u8]) -> Option<(Status, &[u8])> {
    let end = line.iter().position(|&byte| byte == b' ').unwrap_or(line.len());
    let (word, text) = line.split_at_checked(end)?;
    let status = match word.to_ascii_uppercase().as_slice() {
        b"OK" => Status::Ok,
        b"NO" => Status::No,
        b"BAD" => Status::Bad,
        b"BYE" => Status::Bye,
        b"PREAUTH" => Status::PreAuth,
        _ => return None,
    };
    Some((status, text))
}

/// Sorts a response that [`read`] has read.
pub(super) fn sort(response: &[u8]) -> Heard<'_> {
    let line = response.strip_suffix(b"\r\n").unwrap_or(response);
    if line.first() == Some(&b'+') {
        return Heard::Continue;
    }
    let Some(space) = line.iter().position(|&byte| byte == b' ') else { return Heard::Unknown(line) };
    let (tag, rest) = (line.get(..space).unwrap_or_default(), line.get(space + 1..).unwrap_or_default());
    match status(rest) {
        Some((status, text)) => {
            let said = Said { status, text: readable(text) };
            match std::str::from_utf8(tag) {
                Ok("*") => Heard::Untagged(said),
                Ok(tag) => Heard::Tagged { tag, said },
                Err(_) => Heard::Unknown(line),
            }
        }
        None => match parsing::parse(response) {
            Parsed::Data(data) => Heard::Data(data),
            Parsed::NotUnderstood => Heard::Unknown(line),
            Parsed::Fell => Heard::Unbearable(line),
        },
    }
}

/// A FETCH response with its UID. Servers send others, without or before being asked: changes of flags.
pub(super) fn fetched<'h>(heard: &'h Heard<'_>) -> Option<(u32, &'h [AttributeValue<'h>])> {
    let Heard::Data(Response::Fetch(_, attributes)) = heard else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })?;
    Some((uid, attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_announces_literals() {
        assert!(may_hold_literals(b"* 1 FETCH (BODY[] {5}"));
        assert!(!may_hold_literals(b"* OK see RFC {3501}"));
        assert!(!may_hold_literals(b"d1 NO too many {17}"));
        assert_eq!(literal(b"* 1 FETCH (BODY[] {5}"), Some(5));
        assert_eq!(literal(b"* 1 FETCH (BODY[] {5+}"), Some(5));
        assert_eq!(literal(b"* 1 FETCH (X {-5}"), None);
        assert_eq!(literal(b"* 1 FETCH (X {99999999999999999999}"), None);
    }

    #[test]
    fn a_response_code_is_read_whatever_its_case() {
        let Heard::Untagged(said) = sort(b"* ok [uidvalidity 17] fine\r\n") else { panic!() };
        assert_eq!((said.status, said.number("UIDVALIDITY"), said.number("UIDNEXT")), (Status::Ok, Some(17), None));
        let Heard::Tagged { tag: "d2", said } = sort(b"d2 OK [READ-ONLY] done\r\n") else { panic!() };
        assert_eq!((said.code("READ-ONLY"), said.code("READ"), said.number("READ-ONLY")), (Some(""), None, None));
    }

    #[test]
    fn invented_responses_are_unknown_and_no_error() {
        for strange in [&b"* XFOO bar\r\n"[..], b"*\r\n", b"\r\n", b"* 5 FETCH (UID 7\r\n", b"\xff \xff\r\n", b"hello\r\n"] {
            assert!(matches!(sort(strange), Heard::Unknown(_)), "{strange:?}");
        }
    }

    #[test]
    fn an_answer_that_the_parser_cannot_bear_is_told_apart_and_does_no_harm() {
        for line in [&b"* 1 FETCH (UID 7 INTERNALDATE NIL)\r\n"[..], b"* 1 FETCH (INTERNALDATE NIL UID 7 RFC822.SIZE 5)\r\n"] {
            assert!(matches!(sort(line), Heard::Unbearable(_)), "{line:?}");
        }
    }

    /// Answers as real servers give them, for mutation.
    const SAID: [&str; 12] = [
        "* 3 FETCH (UID 7 RFC822.SIZE 5 INTERNALDATE \"17-Jul-2026 10:44:25 +0200\" FLAGS (\\Seen $Junk))\r\n",
        "* 3 FETCH (UID 7 INTERNALDATE NIL RFC822.SIZE 5)\r\n",
        "* 3 FETCH (UID 7 BODY[]<0> {5}\r\nseven FLAGS ())\r\n",
        "* 3 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1 NIL NIL NIL)(\"TEXT\" \"HTML\" (\"CHARSET\" \"utf-8\") NIL NIL \"8BIT\" 9 2) \"MIXED\") UID 7)\r\n",
        "* 3 FETCH (ENVELOPE (\"date\" \"subject\" ((\"n\" NIL \"a\" \"b.example\")) NIL NIL NIL NIL NIL NIL \"<id>\") MODSEQ (17))\r\n",
        "* SEARCH 2 3 6 (MODSEQ 917)\r\n",
        "* LIST (\\HasNoChildren \\Junk) \"/\" \"Courrier ind&AOk-sirable\"\r\n",
        "* STATUS INBOX (MESSAGES 231 UIDNEXT 44292 HIGHESTMODSEQ 7011231777)\r\n",
        "* METADATA \"INBOX\" (/private/comment \"x\" /shared/comment NIL)\r\n",
        "* CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE\r\n",
        "* QUOTA \"\" (STORAGE 10 512)\r\n* ID (\"name\" NIL)\r\n",
        "* VANISHED (EARLIER) 41,43:116,118\r\n",
    ];

    const ODD: [&str; 12] = [
        "NIL",
        "()",
        "((((",
        "))))",
        "18446744073709551616",
        "4294967296",
        "-1",
        "\"",
        "{9}\r\n",
        "\u{fffd}\u{0}",
        "\"31-Feb-2026 25:61:00 +9999\"",
        "\\*",
    ];

    proptest::proptest! {
        #[test]
        fn no_bytes_of_a_server_bring_the_driver_down(
            said in 0..SAID.len(),
            changes in proptest::collection::vec((0usize..300, 0usize..12, 0..ODD.len(), proptest::num::u8::ANY), 1..6),
        ) {
            let mut line = SAID[said].as_bytes().to_vec();
            for (at, taken, odd, byte) in changes {
                let at = at % (line.len() + 1);
                let end = (at + taken).min(line.len());
                let put = if byte % 3 == 0 { vec![byte] } else { ODD[odd].as_bytes().to_vec() };
                line.splice(at..end, put);
            }
            // Whatever it is called, it is called something.
            let _ = sort(&line).is_spoilt_search();
        }
    }
}
