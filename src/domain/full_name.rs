//! Full names as they are compared, where a mail gives no address: "Hall, Maria" is "Dr. Maria Hall".

use super::authority::name_key;
use super::folding::fold;

/// Titles that people write without a point too.
const TITLES: [&str; 5] = ["dr", "prof", "mr", "mrs", "ms"];

/// A name without what mail programs put behind it.
pub fn bare_name(name: &str) -> &str {
    name.split(['(', '[', '<', '/']).next().unwrap_or_default().trim()
}

/// The words of a full name, folded and in alphabetical order. None of less than two words: half the country has it.
pub fn full_name(name: &str) -> Option<Vec<String>> {
    let folded = fold(name);
    let words = bare_name(&folded).split([' ', ',', ';']).map(|word| word.trim_matches(['"', '\'']));
    let mut words: Vec<String> =
        words.filter(|word| !word.is_empty() && !word.ends_with('.') && !TITLES.contains(word)).map(str::to_owned).collect();
    words.sort();
    (words.len() >= 2).then_some(words)
}

/// How people of one authority are told apart: by their full name, else by the name as it is written.
pub fn person_key(name: &str) -> String {
    full_name(name).map_or_else(|| name_key(name), |words| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_is_the_same_in_every_order_and_with_every_title() {
        for same in ["Maria Hall", "Hall, Maria", "Dr. Maria Hall", "Prof Dr María Hall (Prison Service)", "\"Hall; Maria\" <x@y.example>"]
        {
            assert_eq!(full_name(same), full_name("maria hall"), "{same}");
        }
        for none in ["", "Maria", "Dr. Hall", "Mr Hall", "(Maria Hall)"] {
            assert_eq!(full_name(none), None, "{none}");
        }
        assert_eq!((person_key("Hall, Maria"), person_key(" Minister ")), (person_key("Dr. Maria Hall"), "minister".into()));
        assert_ne!(full_name("Maria Hall"), full_name("Maria Halle"));
        assert_eq!(bare_name(" Prison Service (Registry) "), "Prison Service");
    }
}
