//! One mail or many in a file: an mbox (RFC 4155, and the `>From` quoting of mboxrd) is told from a single mail by its first line.
//!
//! It is strict about what separates mails, because a bounce may quote a line that begins with `From `: only a blank line followed by
//! `From sender weekday … year` does. Work goes line by line; a mail larger than the limit is cut there and the caller sees its true size.

use std::io::{self, BufRead, Read};

/// A mail as it stood in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// At most `largest` bytes.
    pub raw: Vec<u8>,
    pub size: u64,
}

/// The mails of a file, in order.
pub struct Items<R> {
    from: R,
    largest: usize,
    state: State,
}

enum State {
    New,
    /// Behind the separator of the next mail.
    Mbox,
    Done,
}

impl<R: BufRead> Items<R> {
    pub fn of(from: R, largest: usize) -> Items<R> {
        Items { from, largest, state: State::New }
    }

    /// One line, however long: at most `largest` bytes of it are kept at a time.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        line.clear();
        (&mut self.from).take(self.largest as u64).read_until(b'\n', line)
    }

    fn single(&mut self, first: Vec<u8>) -> io::Result<Item> {
        let mut item = Item { size: first.len() as u64, raw: first };
        let mut line = Vec::new();
        while self.line(&mut line)? > 0 {
            self.add(&mut item, &line);
        }
        Ok(item)
    }

    fn add(&self, item: &mut Item, bytes: &[u8]) {
        let room = self.largest.saturating_sub(item.raw.len());
        item.raw.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        item.size += bytes.len() as u64;
    }

    fn of_mbox(&mut self) -> io::Result<Item> {
        let mut item = Item { raw: Vec::new(), size: 0 };
        let mut line = Vec::new();
        let mut after_blank = false;
        while self.line(&mut line)? > 0 {
            if after_blank && separates(&line) {
                return Ok(item);
            }
            after_blank = line.trim_ascii().is_empty();
            let unquoted = if is_quoted(&line) { line.get(1..).unwrap_or_default() } else { &line };
            self.add(&mut item, unquoted);
        }
        self.state = State::Done;
        Ok(item)
    }

    fn read(&mut self) -> io::Result<Option<Item>> {
        match self.state {
            State::Done => Ok(None),
            State::Mbox => self.of_mbox().map(Some),
            State::New => {
                let mut first = Vec::new();
                self.line(&mut first)?;
                if separates(&first) {
                    self.state = State::Mbox;
                    return self.of_mbox().map(Some);
                }
                self.state = State::Done;
                self.single(first).map(Some)
            }
        }
    }
}

impl<R: BufRead> Iterator for Items<R> {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<io::Result<Item>> {
        let item = self.read().transpose();
        if matches!(item, Some(Err(_))) {
            self.state = State::Done;
        }
        item
    }
}

/// A line that began with `From ` before mboxrd put a mark in front of it: marks, then `From `.
fn is_quoted(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    marks > 0 && line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "))
}

/// `From sender@host Thu Mar  6 12:10:28 2026`: a sender, a weekday, a time and a year.
fn separates(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let Ok(rest) = std::str::from_utf8(rest.get(..300).unwrap_or(rest)) else { return false };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let weekday = |word: &&str| {
        matches!(
            *word,
            "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun" | "Mon," | "Tue," | "Wed," | "Thu," | "Fri," | "Sat," | "Sun,"
        )
    };
    let year = |word: &&str| word.len() == 4 && word.starts_with(['1', '2']) && word.bytes().all(|byte| byte.is_ascii_digit());
    words.iter().skip(1).any(weekday) && words.iter().any(|word| word.contains(':')) && words.iter().any(year)
}

#[cfg(test)]
mod tests {
    use super::Items;

    fn split(file: &str) -> Vec<String> {
        Items::of(file.as_bytes(), 1000).map(|item| String::from_utf8(item.unwrap().raw).unwrap()).collect()
    }

    #[test]
    fn the_mails_of_an_mbox_come_one_by_one() {
        let mbox = "From a@b.example Thu Mar  6 12:10:28 2026\nSubject: 1\n\nText\n>From here on\n\nFrom c Fri Mar 7 00:00:00 2026\nSubject: 2\n\n";
        assert_eq!(split(mbox), ["Subject: 1\n\nText\nFrom here on\n\n", "Subject: 2\n\n"]);
    }

    #[test]
    fn a_single_mail_that_quotes_a_separator_stays_one() {
        let mail = "Subject: 1\n\nFrom c Fri Mar 7 00:00:00 2026\nis how it began\n";
        assert_eq!(split(mail), [mail]);
    }

    #[test]
    fn a_sentence_beginning_with_from_separates_nothing() {
        assert_eq!(split("From a@b.example Thu Mar  6 12:10:28 2026\nSubject: 1\n\nFrom now on\n").len(), 1);
    }

    #[test]
    fn a_mail_larger_than_the_limit_is_cut_and_its_size_told() {
        let item = Items::of("x\n".repeat(1000).as_bytes(), 1000).next().unwrap().unwrap();
        assert_eq!((item.raw.len(), item.size), (1000, 2000));
    }
}
