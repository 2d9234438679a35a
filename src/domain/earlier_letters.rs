//! Which of the letters about a request went above those who were asked.

/// To whom a letter of the dialogue is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// None of a letter that was written by hand, or by a register that was lost.
    pub level: Option<String>,
    /// Not those who get a copy.
    pub to: Vec<String>,
}

/// Of each letter about a request: whether it went to a higher level than the request and its reminders, and to an address to which none of them
/// went. In a small authority one mailbox is that of several levels, and nobody there was passed over.
pub fn to_higher_level(letters: &[Addressed], lowest_level: &str) -> Vec<bool> {
    let is_lowest = |letter: &&Addressed| letter.level.as_deref() == Some(lowest_level);
    let asked: Vec<&String> = letters.iter().filter(is_lowest).flat_map(|letter| &letter.to).collect();
    letters.iter().map(|letter| letter.level.is_some() && !is_lowest(&letter) && !letter.to.iter().any(|to| asked.contains(&to))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_goes_above_if_no_letter_of_the_lowest_level_went_to_its_address() {
        let letter = |level: &str, to: &[&str]| Addressed {
            level: (!level.is_empty()).then(|| level.to_owned()),
            to: to.iter().map(|address| (*address).to_owned()).collect(),
        };
        for (letters, expected) in [
            (vec![], vec![]),
            (vec![letter("technical", &["post@a.example"]), letter("head", &["head@a.example"])], vec![false, true]),
            // One mailbox is the desk's and the head's.
            (vec![letter("technical", &["post@a.example"]), letter("head", &["post@a.example"])], vec![false, false]),
            (vec![letter("head", &["head@a.example"]), letter("technical", &["head@a.example", "post@a.example"])], vec![false, false]),
            (vec![letter("", &["minister@b.example"]), letter("head", &["head@a.example"])], vec![false, true]),
            (vec![letter("middle", &["m@a.example"]), letter("head", &["m@a.example"])], vec![true, true]),
        ] {
            assert_eq!(to_higher_level(&letters, "technical"), expected, "{letters:?}");
        }
    }
}
