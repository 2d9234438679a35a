//! Compound files ([MS-CFB]): files within a file, as Word until 2003 and Outlook keep what they save.
//!
//! Read with the `cfb` crate, which follows no chain of sectors before it has seen that none belongs to two; streams that overlap all the same cannot
//! make it read more than the file is long.

use std::io::{Cursor, Read};

/// [MS-CFB] §2.2.
pub const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

pub struct Compound<'a> {
    file: cfb::CompoundFile<Cursor<&'a [u8]>>,
    /// Bytes that may still be read.
    left: u64,
}

impl<'a> Compound<'a> {
    /// None if it is damaged.
    pub fn open(bytes: &'a [u8]) -> Option<Compound<'a>> {
        let file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
        Some(Compound { file, left: bytes.len() as u64 })
    }

    /// A stream as far as it can be read; none if there is none of that path.
    pub fn stream(&mut self, path: &str) -> Option<Vec<u8>> {
        let stream = self.file.open_stream(path).ok()?;
        let mut bytes = Vec::new();
        // What came before a fault is kept.
        let _ = stream.take(self.left).read_to_end(&mut bytes);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        Some(bytes)
    }

    pub fn has(&self, path: &str) -> bool {
        self.file.exists(path)
    }

    /// Whether anything in it, however deep, has one of these names.
    pub fn holds(&self, names: &[&str]) -> bool {
        self.file.walk().any(|entry| names.contains(&entry.name()))
    }

    /// The paths of what lies in a storage (empty: in the file itself) and whose name begins so, in the file's order, at most so many.
    pub fn beginning_with(&self, storage: &str, name: &str, most: usize) -> Vec<String> {
        let Ok(entries) = self.file.read_storage(format!("{storage}/")) else { return Vec::new() };
        let named = entries.filter(|entry| entry.name().starts_with(name)).take(most);
        named.map(|entry| format!("{storage}/{}", entry.name())).collect()
    }
}

/// A compound file that holds these streams, as programs write it.
#[cfg(test)]
pub fn written(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write;
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((storage, _)) = path.rsplit_once('/').filter(|(storage, _)| !storage.is_empty()) {
            file.create_storage_all(storage).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}
