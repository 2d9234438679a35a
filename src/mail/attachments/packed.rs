//! A ZIP archive, read within bounds: as many entries, as many unpacked bytes and as high a ratio as documents have, and no more.
//!
//! Refuses ZIP64 (a mail is no 4 GiB), encryption, and methods other than stored and deflate, which are all that ISO/IEC 29500-2 and OpenDocument
//! allow. Considered instead: the `zip` crate, which reserves memory for as many entries as the archive claims (up to its size in bytes, some
//! 300 bytes each) before it has seen one; a claim of 20 million would end the worker process. Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.4.

use crate::mail::parse::charset;
use flate2::read::DeflateDecoder;
use std::borrow::Cow;
use std::io::Read;

/// Entries of an archive that are looked at; real documents have tens, dossiers some hundreds.
const MOST_ENTRIES: usize = 5_000;
/// Bytes that may be unpacked from one archive, all its entries together.
const MOST_UNPACKED: u64 = 48 << 20;
/// An entry larger than [`RATIO_FROM`] that unpacks to more than this many times its size is no document; office XML reaches about 60.
const HIGHEST_RATIO: u64 = 250;
const RATIO_FROM: u64 = 2 << 20;

const LONGEST_NAME: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    method: u16,
    encrypted: bool,
    packed: u64,
    /// Where its local header stands.
    at: usize,
}

impl Entry {
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// Why an archive, or one entry of it, was not read. Shown to staff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("The archive is damaged or cut off.")]
    Damaged,
    #[error("It is encrypted. It was not opened; ask for it without a password.")]
    Encrypted,
    #[error("The archive holds more than {MOST_ENTRIES} files. It was not opened.")]
    TooMany,
    #[error("It unpacks to far more than a document does, as if made to do harm. It was not opened further.")]
    Bomb,
    #[error("It is packed by a method that documents do not use. It was not opened.")]
    Method,
}

pub struct Archive<'a> {
    bytes: &'a [u8],
    pub entries: Vec<Entry>,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<'a> Archive<'a> {
    /// Reads the list of an archive's entries; unpacks nothing.
    ///
    /// # Errors
    ///
    /// [`Refused::Damaged`] where there is no list of entries, or one cannot be read; [`Refused::TooMany`] where it has, or claims, more entries
    /// than documents have.
    pub fn open(bytes: &'a [u8]) -> Result<Archive<'a>, Refused> {
        let (directory, count) = directory(bytes).ok_or(Refused::Damaged)?;
        if count > MOST_ENTRIES {
            return Err(Refused::TooMany);
        }
        let mut entries = Vec::new();
        let mut rest = directory;
        while rest.starts_with(b"PK\x01\x02") {
            if entries.len() >= MOST_ENTRIES {
                return Err(Refused::TooMany);
            }
            let name_length = usize::from(word(rest, 28).ok_or(Refused::Damaged)?);
            let extra_length = usize::from(word(rest, 30).ok_or(Refused::Damaged)?);
            let comment_length = usize::from(word(rest, 32).ok_or(Refused::Damaged)?);
            let flags = word(rest, 8).ok_or(Refused::Damaged)?;
            let name = rest.get(46..46 + name_length).ok_or(Refused::Damaged)?;
            entries.push(Entry {
                name: charset::undeclared(name.get(..LONGEST_NAME).unwrap_or(name)).replace('\\', "/"),
                method: word(rest, 10).ok_or(Refused::Damaged)?,
                encrypted: flags & 1 == 1,
                packed: u64::from(double(rest, 20).ok_or(Refused::Damaged)?),
                at: usize::try_from(double(rest, 42).ok_or(Refused::Damaged)?).map_err(|_| Refused::Damaged)?,
            });
            rest = rest.get(46 + name_length + extra_length + comment_length..).unwrap_or_default();
        }
        if entries.is_empty() && count > 0 {
            return Err(Refused::Damaged);
        }
        Ok(Archive { bytes, entries, left: MOST_UNPACKED })
    }

    /// The bytes that were unpacked so far.
    pub fn unpacked(&self) -> usize {
        usize::try_from(MOST_UNPACKED - self.left).unwrap_or(usize::MAX)
    }

    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    pub fn holds(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Unpacks one entry. Its checksum is not compared: a document with one wrong bit still has its text.
    ///
    /// # Errors
    ///
    /// [`Refused`]: the entry is encrypted, damaged, packed by a method that documents do not use, or unpacks to more than documents do.
    pub fn read(&mut self, entry: &Entry) -> Result<Cow<'a, [u8]>, Refused> {
        if entry.encrypted {
            return Err(Refused::Encrypted);
        }
        let local = self.bytes.get(entry.at..).filter(|local| local.starts_with(b"PK\x03\x04")).ok_or(Refused::Damaged)?;
        let name_length = usize::from(word(local, 26).ok_or(Refused::Damaged)?);
        let extra_length = usize::from(word(local, 28).ok_or(Refused::Damaged)?);
        let data = local.get(30 + name_length + extra_length..).ok_or(Refused::Damaged)?;
        let data = usize::try_from(entry.packed).ok().and_then(|packed| data.get(..packed)).unwrap_or(data);
        match entry.method {
            0 => {
                self.left = self.left.checked_sub(data.len() as u64).ok_or(Refused::Bomb)?;
                Ok(Cow::Borrowed(data))
            }
            8 => {
                let most = self.left.min((data.len() as u64).saturating_mul(HIGHEST_RATIO).max(RATIO_FROM));
                let mut unpacked = Vec::new();
                let whole = DeflateDecoder::new(data).take(most + 1).read_to_end(&mut unpacked).is_ok();
                if unpacked.len() as u64 > most {
                    self.left = 0;
                    return Err(Refused::Bomb);
                }
                self.left -= unpacked.len() as u64;
                if unpacked.is_empty() && !whole { Err(Refused::Damaged) } else { Ok(Cow::Owned(unpacked)) }
            }
            _ => Err(Refused::Method),
        }
    }
}

/// The bytes from the central directory on, and how many entries it claims. The end record is looked for from behind, where a comment of up to
/// 65,535 bytes may follow it (APPNOTE 4.3.16); the directory stands right before it, whatever was put before the archive.
fn directory(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let from = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
    let end = bytes.get(from..)?.windows(4).rposition(|four| four == b"PK\x05\x06")? + from;
    let record = bytes.get(end..)?;
    let count = usize::from(word(record, 10)?);
    let size = usize::try_from(double(record, 12)?).ok()?;
    let start = end.checked_sub(size)?;
    Some((bytes.get(start..end)?, count))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn double(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
