//! Users changed since the base: few, matched one by one, and seen by the next search.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use super::{
    base::{Base, stored},
    directory::Directory,
    document::UserDocument,
    matcher::Normals,
    order::{COLUMNS, Column, Row},
};
use crate::model::id::{Id, UserId};

/// Publishing one user copies one of these parts.
const SHARDS: usize = 64;
/// In place of a place that nobody has asked for yet.
const UNKNOWN: u32 = u32::MAX;

/// A user ready to be matched.
#[derive(Debug)]
pub struct Listed {
    pub doc: UserDocument,
    pub normals: Normals,
}

/// A changed user beside one base.
#[derive(Debug)]
pub struct Entry {
    /// The change that it comes from.
    pub sequence: u64,
    pub id: UserId,
    /// `None`: purged.
    pub user: Option<Arc<Listed>>,
    /// Where the user is in the base, whose answer for them no longer counts.
    pub slot: Option<u32>,
    groups: Box<[u8]>,
    /// Where the user would stand in each of the base's orders, found when first needed.
    places: [AtomicU32; COLUMNS.len()],
}

impl Entry {
    pub fn new(
        sequence: u64,
        id: UserId,
        doc: Option<UserDocument>,
        base: &Base,
        directory: &Directory,
    ) -> Self {
        let user = doc.map(|mut doc| {
            // A set, as in the base.
            doc.groups.sort_unstable();
            doc.groups.dedup();
            let texts = stored(&doc).texts;
            let normals = Normals::new(texts.name, texts.email, texts.company);
            Arc::new(Listed { doc, normals })
        });
        Self::beside(sequence, id, user, base, directory)
    }

    fn beside(
        sequence: u64,
        id: UserId,
        user: Option<Arc<Listed>>,
        base: &Base,
        directory: &Directory,
    ) -> Self {
        let groups =
            user.as_ref().map(|user| directory.sort_key(&user.doc.groups)).unwrap_or_default().into();
        let places = std::array::from_fn(|_| AtomicU32::new(UNKNOWN));
        Self { sequence, id, user, slot: base.slot(id), groups, places }
    }

    /// What the user is sorted by; `None` for one who is gone.
    pub fn row(&self) -> Option<Row<'_>> {
        let user = stored(&self.user.as_ref()?.doc);
        Some(Row {
            id: self.id,
            texts: user.texts,
            groups: &self.groups,
            created: user.created,
            seen: user.seen,
        })
    }

    /// How many users of the base come before this one.
    pub fn place(&self, column: Column, base: &Base) -> u32 {
        let known = &self.places[column as usize];
        match (known.load(Relaxed), self.row()) {
            (UNKNOWN, Some(row)) => {
                // Two searches may both work it out: they come to the same.
                let place = base.place(column, &row);
                known.store(place, Relaxed);
                place
            }
            (place, _) => place,
        }
    }
}

/// The changed users, by id. Never changed itself: the next one shares most of it.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// Everything up to this change is in the base or here.
    pub sequence: u64,
    shards: [Arc<Vec<Arc<Entry>>>; SHARDS],
}

impl Overlay {
    pub fn new(sequence: u64) -> Self {
        Self { sequence, shards: std::array::from_fn(|_| Arc::default()) }
    }

    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.len()).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// Takes in a change, in place of an earlier one of the same user.
    pub fn put(&mut self, entry: Entry) {
        let shard = Arc::make_mut(&mut self.shards[shard(entry.id)]);
        match shard.binary_search_by(|other| other.id.cmp(&entry.id)) {
            Ok(at) if shard[at].sequence > entry.sequence => {}
            Ok(at) => shard[at] = Arc::new(entry),
            Err(at) => shard.insert(at, Arc::new(entry)),
        }
    }

    /// What is not in a newer base yet, beside that base.
    pub fn beside(&self, base: &Base, directory: &Directory) -> Self {
        let mut next = Self::new(self.sequence.max(base.sequence));
        for entry in self.iter().filter(|entry| entry.sequence > base.sequence) {
            next.put(Entry::beside(entry.sequence, entry.id, entry.user.clone(), base, directory));
        }
        next
    }
}

/// The last byte of an id is random, so the parts are even.
fn shard(id: UserId) -> usize {
    usize::from(id.bytes()[15]) % SHARDS
}
