//! A base in the making: from a scan, or from an older base and what has changed since.

use std::collections::BTreeMap;

use super::{
    base::{Base, NOBODY, fingerprint, stored},
    bits::Bits,
    directory::Directory,
    document::UserDocument,
    order::{COLUMNS, Column, merged},
    overlay::Entry,
    texts::Record,
};

/// New texts are put into the base so many at a time: a scan of a million users must not hold
/// their texts twice.
const TEXTS: usize = 10_000;

pub struct Draft<'d> {
    directory: &'d Directory,
    /// Shares with the older base what does not change.
    base: Base,
    free: Vec<u32>,
    texts: BTreeMap<u32, (String, String, String)>,
    /// Slots whose place may have changed.
    touched: Vec<u32>,
}

impl<'d> Draft<'d> {
    pub fn new(directory: &'d Directory) -> Self {
        Self::of(&Base::default(), directory)
    }

    pub fn of(base: &Base, directory: &'d Directory) -> Self {
        let free = base.states.iter().zip(0..).filter(|(state, _)| **state == NOBODY);
        let free = free.map(|(_, slot)| slot).collect();
        Self { directory, base: base.clone(), free, texts: BTreeMap::new(), touched: Vec::new() }
    }

    /// Adds a user who is not in it yet.
    pub fn push(&mut self, doc: &UserDocument) -> u32 {
        let slot = self.free.pop().unwrap_or(self.base.size() as u32);
        self.write(slot, doc);
        slot
    }

    /// Brings a change in; answers the user's slot.
    pub fn put(&mut self, entry: &Entry) -> Option<u32> {
        match (&entry.user, entry.slot) {
            (Some(user), Some(slot)) => {
                self.write(slot, &user.doc);
                Some(slot)
            }
            (Some(user), None) => Some(self.push(&user.doc)),
            (None, Some(slot)) => {
                self.base.states.set(slot as usize, NOBODY);
                self.touched.push(slot);
                None
            }
            (None, None) => None,
        }
    }

    fn write(&mut self, slot: u32, doc: &UserDocument) {
        let n = slot as usize;
        let user = stored(doc);
        let base = &mut self.base;
        let groups = base.groups.number(user.groups, self.directory);
        base.states.set(n, user.state as u8);
        base.created.set(n, user.created);
        base.seen.set(n, user.seen);
        base.sets.set(n, groups);
        base.projects.set(n, fingerprint(doc));
        let texts = user.texts;
        if base.ids.get(n) != Some(&doc.id) || base.texts.get(slot) != texts {
            let texts = (texts.name.to_owned(), texts.email.to_owned(), texts.company.to_owned());
            self.texts.insert(slot, texts);
        }
        base.ids.set(n, doc.id);
        self.touched.push(slot);
        if self.texts.len() == TEXTS {
            self.put_texts();
        }
    }

    fn put_texts(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        let records =
            texts.iter().map(|(slot, (name, email, company))| (*slot, Record { name, email, company }));
        self.base.texts.put(records);
    }

    /// A base of what has been pushed so far, sorted.
    pub fn so_far(&mut self, sequence: u64) -> Base {
        self.put_texts();
        self.base.sequence = sequence;
        self.base.clone().assembled(None)
    }

    /// The older base with the changes sorted in.
    pub fn finish(mut self, old: &Base, sequence: u64) -> Base {
        self.put_texts();
        let mut base = self.base;
        base.sequence = sequence;
        for column in COLUMNS {
            let moved = self.touched.iter().copied().filter(|slot| !same_place(column, old, &base, *slot));
            let mut out = Bits::none(base.size());
            moved.for_each(|slot| out.set(slot));
            if !out.is_empty() {
                let new = out.iter().filter(|slot| base.states[*slot as usize] != NOBODY).collect();
                let order = |a, b| column.compare(&base.row(a), &base.row(b));
                let order = merged(old.order(column), &out, new, order);
                base.set_order(column, order);
            }
        }
        let counted = |base: &Base, slot: u32| {
            let n = slot as usize;
            Some((*base.states.get(n)?, *base.sets.get(n)?))
        };
        let same = base.size() == old.size()
            && self.touched.iter().all(|slot| counted(&base, *slot) == counted(old, *slot));
        if same { base } else { base.summed() }
    }
}

/// Whether a slot stands in a column where it stood before.
fn same_place(column: Column, old: &Base, new: &Base, slot: u32) -> bool {
    let used = |base: &Base| base.states.get(slot as usize).is_some_and(|state| *state != NOBODY);
    match (used(old), used(new)) {
        (false, false) => true,
        (true, true) => column.compare(&old.row(slot), &new.row(slot)).is_eq(),
        _ => false,
    }
}
