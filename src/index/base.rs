//! All users as of one sequence, in columns: about 130 bytes a user and no object of its own.
//! Never changed; a newer base shares with the older one the pieces that have not changed.
//!
//! A user's number in the columns is their *slot*. It stays the same as long as the user lives,
//! and the search terms on disk refer to it.

use std::sync::Arc;

use super::{
    bits::Bits,
    directory::Directory,
    document::UserDocument,
    draft::Draft,
    order::{COLUMNS, Column, Row},
    overlay::Entry,
    pieces::Pieces,
    sets::Sets,
    texts::{Record, Texts},
};
use crate::model::{
    id::{GroupId, Id, UserId},
    user::UserState,
};

/// In place of a state: nobody has this slot.
pub const NOBODY: u8 = u8::MAX;
/// The never seen come first.
const NEVER: i64 = i64::MIN;

#[derive(Debug, Clone, Default)]
pub struct Base {
    /// Everything up to this change is in it.
    pub sequence: u64,
    pub ids: Pieces<UserId>,
    pub texts: Texts,
    pub states: Pieces<u8>,
    pub created: Pieces<i64>,
    pub seen: Pieces<i64>,
    /// The number of each user's set of groups.
    pub sets: Pieces<u32>,
    /// A fingerprint of each user's projects.
    pub projects: Pieces<u64>,
    pub groups: Sets,
    orders: [Pieces<u32>; COLUMNS.len()],
    by_state: Arc<Vec<Bits>>,
    /// By set: how many of its users are not in the bin.
    listed: Arc<Vec<u32>>,
}

/// A user of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<'a> {
    pub texts: Record<'a>,
    pub state: UserState,
    pub groups: &'a [GroupId],
    pub created: i64,
    pub seen: i64,
}

/// What a user's document is in the base's terms.
pub fn stored(doc: &UserDocument) -> Stored<'_> {
    Stored {
        texts: Record {
            name: &doc.name,
            email: &doc.email,
            company: doc.company.as_deref().unwrap_or_default(),
        },
        state: doc.state,
        groups: &doc.groups,
        created: doc.created_at.microseconds(),
        seen: doc.last_seen_at.map_or(NEVER, |at| at.microseconds()),
    }
}

/// FNV-1a over the projects, whatever their order.
pub fn fingerprint(doc: &UserDocument) -> u64 {
    let mut projects = doc.projects.clone();
    projects.sort_unstable();
    projects.dedup();
    let bytes = projects.iter().flat_map(|project| project.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Stored<'_> {
    /// Whether a document says the same, in whatever order it names the groups.
    pub fn agrees(&self, doc: &UserDocument) -> bool {
        let mut groups = doc.groups.clone();
        groups.sort_unstable();
        groups.dedup();
        *self == Stored { groups: &groups, ..stored(doc) }
    }
}

impl Base {
    /// How many slots there are, used or not.
    pub fn size(&self) -> usize {
        self.ids.len()
    }

    /// How many users there are.
    pub fn users(&self) -> usize {
        self.order(Column::Id).len()
    }

    pub fn used(&self) -> impl Iterator<Item = u32> + '_ {
        self.states.iter().zip(0..).filter(|(state, _)| **state != NOBODY).map(|(_, slot)| slot)
    }

    pub fn order(&self, column: Column) -> &Pieces<u32> {
        &self.orders[column as usize]
    }

    pub fn row(&self, slot: u32) -> Row<'_> {
        let n = slot as usize;
        Row {
            id: self.ids[n],
            texts: self.texts.get(slot),
            groups: self.groups.key(self.sets[n]),
            created: self.created[n],
            seen: self.seen[n],
        }
    }

    pub fn get(&self, slot: u32) -> Option<Stored<'_>> {
        let n = slot as usize;
        let state = *UserState::ALL.get(usize::from(*self.states.get(n)?))?;
        let groups = self.groups.groups(self.sets[n]);
        Some(Stored {
            texts: self.texts.get(slot),
            state,
            groups,
            created: self.created[n],
            seen: self.seen[n],
        })
    }

    pub fn slot(&self, id: UserId) -> Option<u32> {
        let order = self.order(Column::Id);
        let at = order.partition_point(0, |slot| self.ids[*slot as usize] < id);
        order.get(at).copied().filter(|slot| self.ids[*slot as usize] == id)
    }

    /// Where a user who is not in this base would stand in it.
    pub fn place(&self, column: Column, row: &Row<'_>) -> u32 {
        self.order(column).partition_point(0, |slot| column.compare(&self.row(*slot), row).is_lt()) as u32
    }

    pub fn in_state(&self, state: UserState) -> &Bits {
        &self.by_state[state as usize]
    }

    /// Whether a user's terms on disk would be the same.
    pub fn same_terms(&self, slot: u32, doc: &UserDocument) -> bool {
        let known = self.projects.get(slot as usize) == Some(&fingerprint(doc));
        known && self.texts.get(slot) == stored(doc).texts
    }

    /// The users who are in one of these groups.
    pub fn in_groups(&self, groups: &[GroupId]) -> Bits {
        let wanted: Vec<bool> =
            self.groups.all().iter().map(|set| set.iter().any(|group| groups.contains(group))).collect();
        if !wanted.contains(&true) {
            return Bits::none(self.size());
        }
        Bits::of(self.size(), |slot| wanted[self.sets[slot] as usize] && self.states[slot] != NOBODY)
    }

    /// The sets of groups and how many users who are not in the bin have them.
    pub fn listed(&self) -> impl Iterator<Item = (&[GroupId], u32)> {
        self.groups.all().iter().zip(self.listed.iter()).map(|(set, count)| (&**set, *count))
    }

    /// The same under other names of groups; `None` when the order stays as it is.
    pub fn renamed(&self, directory: &Directory) -> Option<Self> {
        let mut base = Self { groups: self.groups.renamed(directory)?, ..self.clone() };
        base.orders[Column::Groups as usize] = Column::Groups.sorted(&base);
        Some(base)
    }

    /// The same after changes; also the slot of each user that was changed, as it is now.
    pub fn changed(
        &self,
        entries: &[Arc<Entry>],
        sequence: u64,
        directory: &Directory,
    ) -> (Self, Vec<Option<u32>>) {
        let mut next = Draft::of(self, directory);
        let slots = entries.iter().map(|entry| next.put(entry)).collect();
        (next.finish(self, sequence), slots)
    }

    /// A base from columns, with the orders that are known.
    pub fn assembled(mut self, orders: Option<[Pieces<u32>; COLUMNS.len()]>) -> Self {
        self.orders = orders.unwrap_or_else(|| COLUMNS.map(|column| column.sorted(&self)));
        self.summed()
    }

    pub fn set_order(&mut self, column: Column, order: Pieces<u32>) {
        self.orders[column as usize] = order;
    }

    /// With the counts and sets that follow from the columns.
    pub fn summed(mut self) -> Self {
        let mut by_state = vec![Bits::none(self.size()); UserState::ALL.len()];
        for (state, slot) in self.states.iter().zip(0..) {
            // Nobody's slots are in no state.
            by_state.get_mut(usize::from(*state)).into_iter().for_each(|bits| bits.set(slot));
        }
        self.by_state = Arc::new(by_state);
        let mut listed = vec![0; self.groups.all().len()];
        for slot in self.used().filter(|slot| !self.in_state(UserState::Deleted).has(*slot)) {
            listed[self.sets[slot as usize] as usize] += 1;
        }
        self.listed = Arc::new(listed);
        self
    }
}
