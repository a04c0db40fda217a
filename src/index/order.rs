//! The columns that the list is sorted by, and the order of all users in each.

use std::cmp::Ordering;

use super::{base::Base, bits::Bits, collate, pieces::Pieces, texts::Record};
use crate::model::id::UserId;

/// A column with an order kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Name,
    Email,
    Company,
    Groups,
    Created,
    LastSeen,
    /// No column of the page: how a user is found by id.
    Id,
}

pub const COLUMNS: [Column; 7] = [
    Column::Name,
    Column::Email,
    Column::Company,
    Column::Groups,
    Column::Created,
    Column::LastSeen,
    Column::Id,
];

/// What a user is sorted by.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub id: UserId,
    pub texts: Record<'a>,
    pub groups: &'a [u8],
    pub created: i64,
    /// [`i64::MIN`] for the never seen, who come first.
    pub seen: i64,
}

impl Column {
    /// The order of two users: by the column, then by id.
    pub fn compare(self, a: &Row<'_>, b: &Row<'_>) -> Ordering {
        let by_column = match self {
            Self::Name => collate::compare(a.texts.name, b.texts.name),
            Self::Email => collate::compare(a.texts.email, b.texts.email),
            Self::Company => collate::compare(a.texts.company, b.texts.company),
            Self::Groups => a.groups.cmp(b.groups),
            Self::Created => a.created.cmp(&b.created),
            Self::LastSeen => a.seen.cmp(&b.seen),
            Self::Id => Ordering::Equal,
        };
        by_column.then_with(|| a.id.cmp(&b.id))
    }

    /// All slots of a base in order.
    pub fn sorted(self, base: &Base) -> Pieces<u32> {
        let slots: Vec<u32> = base.used().collect();
        match self {
            Self::Name => by_text(base, slots, |record| record.name),
            Self::Email => by_text(base, slots, |record| record.email),
            Self::Company => by_text(base, slots, |record| record.company),
            Self::Groups => {
                let ranks = base.groups.ranks();
                by_number(base, slots, |slot| ranks[base.sets[slot] as usize].into())
            }
            Self::Created => by_number(base, slots, |slot| base.created[slot]),
            Self::LastSeen => by_number(base, slots, |slot| base.seen[slot]),
            Self::Id => by_number(base, slots, |_| 0),
        }
    }
}

fn by_number(base: &Base, slots: Vec<u32>, number: impl Fn(usize) -> i64) -> Pieces<u32> {
    let rows = slots.into_iter().map(|slot| (number(slot as usize), base.ids[slot as usize], slot));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, _, slot)| slot).collect()
}

/// Sorts by the collation keys of a text. Comparing the texts themselves would cost their
/// collation twenty times each; the keys are thrown away afterwards, for they are long.
fn by_text(base: &Base, slots: Vec<u32>, text: fn(Record<'_>) -> &str) -> Pieces<u32> {
    let mut keys = Vec::new();
    let mut rows: Vec<(u64, u32, u32)> = Vec::with_capacity(slots.len());
    let mut ends = Vec::with_capacity(slots.len());
    for (n, slot) in slots.into_iter().enumerate() {
        let start = keys.len();
        collate::sort_key(text(base.texts.get(slot)), &mut keys);
        let mut head = [0; 8];
        let length = (keys.len() - start).min(8);
        head[..length].copy_from_slice(&keys[start..start + length]);
        rows.push((u64::from_be_bytes(head), n as u32, slot));
        ends.push(keys.len());
    }
    let key = |n: u32| {
        let n = n as usize;
        &keys[if n == 0 { 0 } else { ends[n - 1] }..ends[n]]
    };
    rows.sort_unstable_by(|a, b| {
        let by_key = a.0.cmp(&b.0).then_with(|| key(a.1).cmp(key(b.1)));
        by_key.then_with(|| base.ids[a.2 as usize].cmp(&base.ids[b.2 as usize]))
    });
    rows.into_iter().map(|(_, _, slot)| slot).collect()
}

/// An order with some slots taken out and others put in at their place.
pub fn merged(
    old: &Pieces<u32>,
    out: &Bits,
    mut new: Vec<u32>,
    order: impl Fn(u32, u32) -> Ordering,
) -> Pieces<u32> {
    let kept = old.kept(|slot| !out.has(*slot));
    new.sort_unstable_by(|a, b| order(*a, *b));
    let mut all = Pieces::default();
    let mut from = 0;
    for slot in new {
        let to = kept.partition_point(from, |other| order(*other, slot).is_lt());
        all.append(&kept, from, to);
        all.push(slot);
        from = to;
    }
    all.append(&kept, from, kept.len());
    all
}
