//! The world outside as Maildir folders, on a clock that the test turns: mails are put into `mail/in`, letters lie in `mail/out`.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::desk::Desk;

/// A Monday, after every moment at which these tests could run; later moments are counted from it.
pub fn monday() -> Timestamp {
    "2041-03-04T10:00:00Z".parse().unwrap()
}

pub fn days_on(days: i64) -> Timestamp {
    monday() + SignedDuration::from_hours(24 * days)
}

pub fn minutes_on(minutes: i64) -> Timestamp {
    monday() + SignedDuration::from_mins(minutes)
}

/// A letter as it lies in the outgoing folder.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: String,
    pub raw: String,
}

impl Letter {
    /// The value of a header, unfolded; of the first if there are several.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        let wanted = format!("{}:", name.to_lowercase());
        head.lines().find(|line| line.to_lowercase().starts_with(&wanted)).map(|line| line[wanted.len()..].trim().to_owned())
    }

    pub fn reply_to(&self) -> String {
        self.header("Reply-To").unwrap().rsplit(['<', ' ']).next().unwrap().trim_end_matches('>').to_owned()
    }

    /// An answer as a person writes it.
    pub fn answered_by(&self, from: &str, text: &str) -> String {
        let (subject, id) = (self.header("Subject").unwrap(), self.header("Message-ID").unwrap());
        let own_id = id.replace('<', "<re-");
        format!(
            "From: {from}\r\nTo: {}\r\nSubject: Re: {subject}\r\nMessage-ID: {own_id}\r\nIn-Reply-To: {id}\r\n\r\n{text}\r\n",
            self.reply_to()
        )
    }
}

impl Desk {
    /// Puts a mail into the office's folder as delivered at that time, which a Maildir's file names begin with.
    pub fn deliver(&self, at: Timestamp, mail: impl AsRef<[u8]>) {
        static DELIVERED: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{}.M{}.host", at.as_second(), DELIVERED.fetch_add(1, Ordering::Relaxed));
        let (written, target) = (self.file("mail/in/tmp").join(&name), self.file("mail/in/new").join(&name));
        fs::write(&written, mail).unwrap();
        fs::rename(written, target).unwrap();
    }

    /// Everything in the outgoing folder, in the order of recipients.
    pub fn posted(&self) -> Vec<Letter> {
        let mut letters: Vec<Letter> = files(&self.file("mail/out/new"))
            .iter()
            .map(|file| {
                let raw = fs::read_to_string(file).unwrap();
                let letter = Letter { to: String::new(), raw };
                Letter { to: letter.header("Delivered-To").unwrap(), ..letter }
            })
            .collect();
        letters.sort_by(|one, other| (&one.to, &one.raw).cmp(&(&other.to, &other.raw)));
        letters
    }

    /// The letters to authorities; what goes to staff is left out.
    pub fn letters(&self) -> Vec<Letter> {
        self.posted().into_iter().filter(|letter| letter.to != "staff@office.example").collect()
    }

    pub fn letters_to(&self, address: &str) -> Vec<Letter> {
        self.posted().into_iter().filter(|letter| letter.to == address).collect()
    }

    /// How many files of the office's folder are not marked, and how many are.
    pub fn marked(&self) -> (usize, usize) {
        let (new, cur) = (files(&self.file("mail/in/new")), files(&self.file("mail/in/cur")));
        let seen = cur.iter().filter(|file| file.to_str().unwrap().ends_with(":2,S")).count();
        (new.len() + cur.len() - seen, seen)
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}
