//! A place in the record that is kept outside of it: the number of an event and its hash. A record that was rewritten or cut short does not contain
//! it any more.

use std::fmt;
use std::str::FromStr;

/// Hexadecimal digits that are kept at least: nobody finds another record with the same 64 bits by trying.
const FEWEST_DIGITS: usize = 16;
/// Of a whole SHA-256.
const MOST_DIGITS: usize = 64;

/// The number of an event, and the beginning of its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub event: i64,
    digits: String,
}

impl Anchor {
    /// In the short form. `hash`: the event's, whole, in hexadecimal digits.
    pub fn new(event: i64, hash: &str) -> Anchor {
        Anchor { event, digits: hash.chars().take(FEWEST_DIGITS).collect() }
    }

    /// Whether this is the beginning of a hash in lower-case hexadecimal digits.
    pub fn begins(&self, hash: &str) -> bool {
        hash.starts_with(&self.digits)
    }

    /// Those that stand in a text, such as a digest or a list of their lines.
    pub fn all_in(text: &str) -> Vec<Anchor> {
        let is_of_one = |character: char| character.is_ascii_hexdigit() || character == ':';
        text.split(|character: char| !is_of_one(character)).filter_map(|word| word.trim_end_matches(':').parse().ok()).collect()
    }
}

/// What is no place in a record; the words say what one looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected the number of an event, a colon and at least {FEWEST_DIGITS} hexadecimal digits of its hash, as in 1204:8f3a61c09be2d475"
)]
pub struct AnchorFault;

impl FromStr for Anchor {
    type Err = AnchorFault;

    fn from_str(text: &str) -> Result<Anchor, AnchorFault> {
        let (event, digits) = text.trim().split_once(':').ok_or(AnchorFault)?;
        let event = event.parse().ok().filter(|event| *event > 0).ok_or(AnchorFault)?;
        let is_hash = (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_hexdigit());
        if is_hash { Ok(Anchor { event, digits: digits.to_ascii_lowercase() }) } else { Err(AnchorFault) }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.event, self.digits)
    }
}
