//! Writes that are not in the store yet, and the store with them over it.

use std::{collections::BTreeMap, ops::Bound};

use super::{Keys, Pair, Pairs, Reader, Way};
use crate::store::{error::Error, tables::Table};

type Changes<'a> = Box<dyn Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)> + 'a>;

/// Writes that are not in the store yet; `None` deletes.
#[derive(Debug, Default)]
pub struct Batch(BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>);

impl Batch {
    pub fn set(&mut self, table: Table, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.0.insert((table, key), value);
    }
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.0.get(&(table, key.to_vec()))
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn absorb(&mut self, later: Batch) {
        self.0.extend(later.0);
    }
    /// Bytes of keys and values.
    pub(super) fn size(&self) -> u64 {
        let size = |((_, key), value): (&(Table, Vec<u8>), &Option<Vec<u8>>)| {
            (key.len() + value.as_ref().map_or(0, Vec::len)) as u64
        };
        self.0.iter().map(size).sum()
    }
    /// All writes, table by table.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&(Table, Vec<u8>), &Option<Vec<u8>>)> {
        self.0.iter()
    }
    /// All writes to one table.
    pub fn of(&self, table: Table) -> impl Iterator<Item = (&Vec<u8>, &Option<Vec<u8>>)> {
        self.range(table, &Keys::all())
    }
    fn range<'a>(
        &'a self,
        table: Table,
        keys: &Keys,
    ) -> impl DoubleEndedIterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)> + use<'a> {
        let to = match &keys.to {
            Some(to) => Bound::Excluded((table, to.clone())),
            None => Bound::Unbounded,
        };
        let from = Bound::Included((table, keys.from.clone()));
        let empty = keys.is_empty();
        (!empty)
            .then(|| self.0.range((from, to)))
            .into_iter()
            .flatten()
            .filter(move |((t, _), _)| *t == table)
            .map(|((_, key), value)| (key, value))
    }
}

/// A moment of the store with writes over it, which it reads back.
pub struct Layered<'a> {
    pub base: &'a dyn Reader,
    pub over: &'a Batch,
}

impl<'a> Layered<'a> {
    /// A range that lives as long as what it lies over, not as this view of it.
    pub fn into_range(self, table: Table, keys: Keys, way: Way) -> Result<Pairs<'a>, Error> {
        let over: Changes<'_> = match way {
            Way::Up => Box::new(self.over.range(table, &keys)),
            Way::Down => Box::new(self.over.range(table, &keys).rev()),
        };
        let base = self.base.range(table, keys, way)?;
        Ok(Box::new(Merge { base: base.peekable(), over: over.peekable(), way }))
    }
}

impl Reader for Layered<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.over.get(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(table, key),
        }
    }

    fn range(&self, table: Table, keys: Keys, way: Way) -> Result<Pairs<'_>, Error> {
        Layered { base: self.base, over: self.over }.into_range(table, keys, way)
    }

    fn len(&self, table: Table) -> Result<u64, Error> {
        let mut len = self.base.len(table)?;
        for (key, value) in self.over.range(table, &Keys::all()) {
            match (self.base.get(table, key)?, value) {
                (None, Some(_)) => len += 1,
                (Some(_), None) => len -= 1,
                _ => {}
            }
        }
        Ok(len)
    }
}

/// Two ordered runs as one; where both have a key, the upper one counts.
struct Merge<'a, O: Iterator> {
    base: std::iter::Peekable<Pairs<'a>>,
    over: std::iter::Peekable<O>,
    way: Way,
}

impl<'a, O: Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)>> Iterator for Merge<'a, O> {
    type Item = Result<Pair, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((upper, _)) = self.over.peek() else { return self.base.next() };
            let order = match self.base.peek() {
                Some(Ok((lower, _))) if self.way == Way::Up => lower.cmp(upper),
                Some(Ok((lower, _))) => (*upper).cmp(lower),
                Some(Err(_)) => return self.base.next(),
                None => std::cmp::Ordering::Greater,
            };
            if order.is_lt() {
                return self.base.next();
            }
            if order.is_eq() {
                self.base.next();
            }
            if let Some((key, Some(value))) = self.over.next() {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}
