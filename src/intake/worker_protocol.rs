//! What the daemon and its parse worker say to each other over a pipe: one frame a request, one frame an answer, in the same order.
//!
//! A frame is two lengths (32 bits, little-endian), a head in JSON, and the bytes of a mail as they are. A new kind of work is a variant of
//! [`Request`] and one of [`Answer`]; nothing else of the protocol changes.

use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, DnsAnswers, Questions};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, BufRead, Read, Write};

/// The largest mail a worker is given, in bytes. Larger ones were refused by size before they were fetched.
pub const LARGEST_MAIL: usize = 64 << 20;
/// The largest head: an answer holds the decoded texts of one mail.
const LARGEST_HEAD: usize = 256 << 20;
pub const PREFIX: usize = 8;

/// What a worker is asked to do with the mail that follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Request {
    Understand,
    /// The names whose TXT records are needed to tell who wrote it.
    NamesToAsk,
    /// To understand it, and to tell who wrote it by what the DNS said.
    UnderstandAndAuthenticate {
        answers: DnsAnswers,
        own_servers: Vec<String>,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// The first word of every worker, before it is asked: it has started and bounded itself.
    Ready,
    Understood(Box<Understood>),
    NamesToAsk(Questions),
    Authenticated(Box<Understood>, Box<Authenticity>),
}

/// The frame of a head and the bytes that go with it, up to those bytes.
///
/// # Errors
///
/// Where the value cannot be written as JSON, or the head or the mail has 4 GiB or more.
pub fn head<T: Serialize>(head: &T, raw: usize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; PREFIX];
    serde_json::to_writer(&mut frame, head)?;
    let lengths = (u32::try_from(frame.len() - PREFIX), u32::try_from(raw));
    let (Ok(head), Ok(raw)) = lengths else { return Err(io::Error::new(io::ErrorKind::InvalidInput, "a frame of more than 4 GiB")) };
    frame[..4].copy_from_slice(&head.to_le_bytes());
    frame[4..PREFIX].copy_from_slice(&raw.to_le_bytes());
    Ok(frame)
}

/// The lengths of head and bytes that a frame's prefix announces; an error if they cannot be meant.
///
/// # Errors
///
/// Where the head or the mail would be larger than a worker is given or may answer ([`io::ErrorKind::InvalidData`]).
pub fn lengths(prefix: [u8; PREFIX]) -> io::Result<(usize, usize)> {
    let [a, b, c, d, e, f, g, h] = prefix;
    let (head, raw) = (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]) as usize);
    if head > LARGEST_HEAD || raw > LARGEST_MAIL {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame announces more than it may hold"));
    }
    Ok((head, raw))
}

/// Writes one frame, for the side that has no runtime.
///
/// # Errors
///
/// Where the frame cannot be made (see [`head`]), or the other side takes no more.
pub fn write<T: Serialize>(to: &mut impl Write, value: &T, raw: &[u8]) -> io::Result<()> {
    to.write_all(&head(value, raw.len())?)?;
    to.write_all(raw)?;
    to.flush()
}

/// Reads one frame, its bytes into `raw` in place of what was there; `None` where the other side has hung up between two of them.
///
/// # Errors
///
/// Where reading fails, the frame is cut short or announces more than it may hold, or its head is no JSON of the type asked for.
pub fn read<T: DeserializeOwned>(from: &mut impl BufRead, raw: &mut Vec<u8>) -> io::Result<Option<T>> {
    if from.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut prefix = [0; PREFIX];
    from.read_exact(&mut prefix)?;
    let (head_length, raw_length) = lengths(prefix)?;
    fill(raw, from, head_length)?;
    let head = serde_json::from_slice(raw)?;
    fill(raw, from, raw_length)?;
    Ok(Some(head))
}

/// Bytes. Room for an ordinary mail is kept for the next: to ask the system for it anew costs more than to fill it.
const ROOM_KEPT: usize = 1 << 20;

fn fill(room: &mut Vec<u8>, from: &mut impl BufRead, length: usize) -> io::Result<()> {
    room.clear();
    room.shrink_to(ROOM_KEPT);
    room.reserve_exact(length);
    let read = from.take(length as u64).read_to_end(room)?;
    if read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::{Request, read, write};

    #[test]
    fn a_frame_comes_out_as_it_went_in() {
        let mut pipe = Vec::new();
        write(&mut pipe, &Request::Understand, b"From: a\r\n").unwrap();
        write(&mut pipe, &Request::Understand, b"").unwrap();
        let (mut from, mut raw) = (pipe.as_slice(), Vec::new());
        assert!(read::<Request>(&mut from, &mut raw).unwrap().is_some());
        assert_eq!(raw, b"From: a\r\n");
        assert!(read::<Request>(&mut from, &mut raw).unwrap().is_some());
        assert_eq!(raw, b"");
        assert!(read::<Request>(&mut from, &mut raw).unwrap().is_none());
    }

    #[test]
    fn a_frame_cut_short_or_too_large_is_an_error() {
        let mut pipe = Vec::new();
        write(&mut pipe, &Request::Understand, b"From: a\r\n").unwrap();
        for end in 1..pipe.len() {
            assert!(read::<Request>(&mut &pipe[..end], &mut Vec::new()).is_err());
        }
        assert!(read::<Request>(&mut [0xff; 8].as_slice(), &mut Vec::new()).is_err());
    }
}
