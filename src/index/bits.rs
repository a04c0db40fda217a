//! A set of slots, one bit each: 125 kB for a million users.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits(Box<[u64]>);

impl Bits {
    /// The empty set over slots below `size`.
    pub fn none(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)].into_boxed_slice())
    }

    /// The set of the slots that are asked for.
    pub fn of(size: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::none(size);
        for (n, word) in bits.0.iter_mut().enumerate() {
            for bit in 0..64.min(size - n * 64) {
                *word |= u64::from(holds(n * 64 + bit)) << bit;
            }
        }
        bits
    }

    pub fn has(&self, slot: u32) -> bool {
        self.0.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Slots past the size are passed over.
    pub fn set(&mut self, slot: u32) {
        if let Some(word) = self.0.get_mut(slot as usize / 64) {
            *word |= 1 << (slot % 64);
        }
    }

    pub fn clear(&mut self, slot: u32) {
        if let Some(word) = self.0.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    pub fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    pub fn or(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub fn and_not(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many of these slots are in the set, each looked at, without a branch for any.
    pub fn count_among(&self, slots: &[u32]) -> usize {
        let bit = |slot: &u32| self.0.get(*slot as usize / 64).map_or(0, |word| word >> (slot % 64) & 1);
        slots.iter().map(bit).sum::<u64>() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The slots, from the lowest.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().enumerate().flat_map(|(n, &word)| {
            std::iter::successors(Some(word), |left| Some(left & left.wrapping_sub(1)))
                .take_while(|left| *left != 0)
                .map(move |left| n as u32 * 64 + left.trailing_zeros())
        })
    }

    /// Leaves only the slots that hold.
    pub fn keep(&mut self, mut holds: impl FnMut(u32) -> bool) {
        for (n, word) in self.0.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                if !holds(n as u32 * 64 + bit) {
                    *word &= !(1 << bit);
                }
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut bits = Bits::of(130, |slot| slot % 3 == 0);
        assert_eq!(bits.count(), 44);
        assert_eq!(bits.count_among(&[0, 1, 3, 129, 130, 5000]), 3);
        assert!(bits.has(129) && !bits.has(130) && !bits.has(1000));
        bits.set(1);
        bits.set(5000);
        bits.clear(0);
        assert_eq!(bits.iter().take(3).collect::<Vec<_>>(), [1, 3, 6]);
        bits.keep(|slot| slot >= 100);
        assert_eq!(bits.iter().next(), Some(102));
        let mut other = Bits::none(130);
        assert!(other.is_empty());
        other.set(129);
        bits.and(&other);
        assert_eq!(bits.iter().collect::<Vec<_>>(), [129]);
    }
}
