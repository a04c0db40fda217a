//! A column in pieces: a newer one copies only those pieces in which something is another, so
//! that a million users cost a round of changes no second copy of themselves.

use std::{ops::Index, sync::Arc};

/// Values in a piece; all but the last are full.
const PIECE: usize = 8192;

#[derive(Debug, PartialEq, Eq)]
pub struct Pieces<T>(Vec<Arc<Vec<T>>>);

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Clone for Pieces<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Index<usize> for Pieces<T> {
    type Output = T;
    fn index(&self, n: usize) -> &T {
        &self.0[n / PIECE][n % PIECE]
    }
}

impl<T: Copy + PartialEq> Pieces<T> {
    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * PIECE + last.len())
    }

    pub fn get(&self, n: usize) -> Option<&T> {
        self.0.get(n / PIECE)?.get(n % PIECE)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|piece| piece.iter())
    }

    pub fn push(&mut self, value: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < PIECE => Arc::make_mut(last).push(value),
            _ => self.0.push(Arc::new(vec![value])),
        }
    }

    /// Writes a value, at the end at most one further than there are.
    pub fn set(&mut self, n: usize, value: T) {
        if n == self.len() {
            self.push(value);
        } else if self[n] != value {
            Arc::make_mut(&mut self.0[n / PIECE])[n % PIECE] = value;
        }
    }

    /// The values from one place up to another, in slices as long as can be.
    pub fn slices(&self, from: usize, to: usize) -> impl Iterator<Item = &[T]> {
        let pieces = from / PIECE..to.div_ceil(PIECE).max(from / PIECE);
        pieces.map(move |n| {
            let start = n * PIECE;
            &self.0[n][from.saturating_sub(start)..(to - start).min(PIECE)]
        })
    }

    /// The first place, from one on, of which `before` does not hold; where it holds comes first.
    pub fn partition_point(&self, from: usize, before: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (from, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if before(&self[middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Adds what another has from one place up to another; whole pieces are shared.
    pub fn append(&mut self, other: &Self, from: usize, to: usize) {
        let mut at = from;
        for slice in other.slices(from, to) {
            let piece = &other.0[at / PIECE];
            let whole = slice.len() == piece.len();
            if whole && self.0.last().is_none_or(|last| last.len() == PIECE) {
                self.0.push(Arc::clone(piece));
            } else {
                slice.iter().for_each(|value| self.push(*value));
            }
            at += slice.len();
        }
    }

    /// The same without those that are not kept.
    pub fn kept(&self, keep: impl Fn(&T) -> bool) -> Self {
        let mut kept = Self::default();
        for (n, piece) in self.0.iter().enumerate() {
            if piece.iter().all(&keep) {
                kept.append(self, n * PIECE, n * PIECE + piece.len());
            } else {
                piece.iter().filter(|value| keep(value)).for_each(|value| kept.push(*value));
            }
        }
        kept
    }
}

impl<T: Copy + PartialEq> FromIterator<T> for Pieces<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut pieces = Self::default();
        values.into_iter().for_each(|value| pieces.push(value));
        pieces
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn what_has_not_changed_is_shared() {
        let old: Pieces<u32> = (0..3 * PIECE as u32).collect();
        let mut new = old.clone();
        new.set(PIECE + 1, 7);
        new.push(u32::MAX);
        let shared: Vec<bool> = old.0.iter().zip(&new.0).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!(shared, [true, false, true]);
        assert_eq!((old[PIECE + 1], new[PIECE + 1], old.len(), new.len()), (8193, 7, 24_576, 24_577));
        let kept = new.kept(|value| *value < u32::MAX);
        assert!(kept.0.iter().zip(&new.0).all(|(a, b)| Arc::ptr_eq(a, b)));
        let mut later = Pieces::default();
        later.append(&old, 0, 2 * PIECE + 5);
        assert!(Arc::ptr_eq(&later.0[1], &old.0[1]) && later.len() == 2 * PIECE + 5);
    }

    proptest! {
        #[test]
        fn pieces_are_one_column(
            values in vec(0..50_u32, 0..3 * PIECE),
            (from, to) in (0..3 * PIECE, 0..3 * PIECE),
            start in 0..2 * PIECE,
        ) {
            let pieces: Pieces<u32> = values.iter().copied().collect();
            let (from, to) = (from.min(to).min(values.len()), from.max(to).min(values.len()));
            let part = values[from..to].to_vec();
            prop_assert_eq!(pieces.slices(from, to).flatten().copied().collect::<Vec<_>>(), part.clone());
            let mut other: Pieces<u32> = (0..start as u32).collect();
            other.append(&pieces, from, to);
            prop_assert_eq!(other.iter().copied().skip(start).collect::<Vec<_>>(), part);
            prop_assert!(other.iter().zip(0..).enumerate().all(|(n, (value, _))| other.get(n) == Some(value)));
            let kept: Vec<u32> = values.iter().copied().filter(|value| value % 7 > 0).collect();
            prop_assert_eq!(pieces.kept(|value| value % 7 > 0).iter().copied().collect::<Vec<_>>(), kept);
        }
    }
}
