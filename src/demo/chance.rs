//! Chance with a seed: what was drawn once is drawn again.
//!
//! SplitMix64 (Steele, Lea, Flood 2014) in a dozen lines. A crate's generator was considered instead; `rand` says itself that its standard one may
//! draw otherwise in the next version, and then the same seed would no longer give the same mails.

/// A stream of its own for each matter, so that what is drawn for one does not depend on the order in which others come up.
#[derive(Debug, Clone)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// The stream of `matter` under `seed`.
    pub fn new(seed: u64, matter: &str) -> Chance {
        // FNV-1a, then one step of the generator, which spreads similar names over all of the range.
        let hash =
            matter.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let mut chance = Chance { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash };
        chance.state = chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound` - 1; 0 if there is nothing to choose from.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The upper half of the product: even enough for a world of a few thousand letters.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        low.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them; none if there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len() as u64) as usize)
    }

    /// One of them, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u64, T)]) -> Option<T> {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < *weight {
                return Some(*choice);
            }
            left -= weight;
        }
        None
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// So many characters of `alphabet`.
    pub fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).filter_map(|_| self.pick(alphabet).copied()).map(char::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_matter_draw_the_same() {
        let draw = |seed, matter| {
            let mut chance = Chance::new(seed, matter);
            (0..20).map(|_| chance.below(1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, "report 17"), draw(1, "report 17"));
        assert_ne!(draw(1, "report 17"), draw(1, "report 18"));
        assert_ne!(draw(1, "report 17"), draw(2, "report 17"));
    }

    #[test]
    fn draws_stay_within_their_bounds_and_reach_them() {
        let mut chance = Chance::new(1, "bounds");
        let drawn: Vec<i64> = (0..1_000).map(|_| chance.between(-2, 2)).collect();
        assert!(drawn.iter().all(|value| (-2..=2).contains(value)));
        assert!((-2..=2).all(|value| drawn.contains(&value)));
        assert_eq!(chance.below(0), 0);
        assert_eq!(chance.pick::<u8>(&[]), None);
    }
}
