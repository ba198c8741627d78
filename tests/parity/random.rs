//! Random numbers from a seed: splitmix64. The same seed gives the same numbers on every machine
//! and in every version, because a seed that once showed a difference must show it again.

pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, and 0 where that is 0. Its bias is far below what could matter here.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % (end.max(1) as u64)) as usize
    }

    pub fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last + 1 - first)
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of a list whose entries have weights; not all of them are 0.
    pub fn weighted<'a, T>(&mut self, list: &'a [(usize, T)]) -> &'a T {
        let total = list.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        let mut last = &list[0].1;
        for (weight, item) in list {
            last = item;
            if left < *weight {
                break;
            }
            left -= weight;
        }
        last
    }

    /// Some of a list, in any order, none of them twice.
    pub fn some<'a, T>(&mut self, list: &'a [T], count: usize) -> Vec<&'a T> {
        let mut left: Vec<&T> = list.iter().collect();
        let mut taken = Vec::new();
        while taken.len() < count && !left.is_empty() {
            taken.push(left.remove(self.below(left.len())));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_splitmix64() {
        let mut random = Random::new(1_234_567);
        // From the reference implementation, with this seed.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([random.next(), random.next()], expected);
    }

    #[test]
    fn zero_weight_is_never_taken() {
        let mut random = Random::new(1);
        let list = [(0, 'a'), (1, 'b'), (0, 'c'), (2, 'd')];
        let taken: String = (0..200).map(|_| *random.weighted(&list)).collect();
        assert!(!taken.contains(['a', 'c']) && taken.contains('b') && taken.contains('d'));
    }

    #[test]
    fn some_takes_none_twice() {
        let mut taken = Random::new(7).some(&[1, 2, 3], 9);
        taken.sort();
        assert_eq!(taken, [&1, &2, &3]);
    }
}
