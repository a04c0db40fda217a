//! The whole of what a search sees: terms, columns, changes and names that belong together.
//! Swapped at once, so that no user is missing or there twice while the worker works.

use std::{collections::BTreeMap, sync::Arc};

use super::{base::Base, directory::Directory, overlay::Overlay, terms::Terms};
use crate::model::{
    id::{GroupId, UserId},
    policy::Visibility,
    user::UserState,
};

#[derive(Clone)]
pub struct Snapshot {
    pub terms: Arc<Terms>,
    pub base: Arc<Base>,
    pub overlay: Overlay,
    pub directory: Arc<Directory>,
}

impl Snapshot {
    /// The same with newer terms and columns, made under some names; what they hold leaves the
    /// overlay.
    pub fn advanced(&self, terms: Terms, mut base: Base, under: &Arc<Directory>) -> Self {
        if !Arc::ptr_eq(under, &self.directory) {
            base = base.renamed(&self.directory).unwrap_or(base);
        }
        let overlay = self.overlay.beside(&base, &self.directory);
        Self { terms: Arc::new(terms), base: Arc::new(base), overlay, directory: self.directory.clone() }
    }

    /// The same under other names of groups and projects.
    pub fn renamed(&self, directory: Directory) -> Self {
        let base = self.base.renamed(&directory).map_or_else(|| self.base.clone(), Arc::new);
        let mut overlay = self.overlay.beside(&base, &directory);
        overlay.sequence = self.overlay.sequence;
        Self { terms: self.terms.clone(), base, overlay, directory: Arc::new(directory) }
    }

    /// How many users who are not in the bin each group has, of those who may be seen.
    pub fn count_by_group(&self, visibility: &Visibility) -> BTreeMap<GroupId, u64> {
        let mut counts = BTreeMap::<GroupId, i64>::new();
        let mut add = |id: Option<UserId>, groups: &[GroupId], users: i64| {
            let seen = match (visibility, id) {
                (Visibility::All, _) => true,
                (Visibility::Nobody, _) => false,
                (Visibility::Only(only), id) => id == Some(*only),
                (Visibility::Groups(some), _) => groups.iter().any(|group| some.contains(group)),
            };
            for group in groups.iter().filter(|_| seen) {
                *counts.entry(*group).or_default() += users;
            }
        };
        if let Visibility::Only(id) = visibility {
            let user = self.base.slot(*id).and_then(|slot| self.base.get(slot));
            if let Some(user) = user.filter(|user| user.state != UserState::Deleted) {
                add(Some(*id), user.groups, 1);
            }
        } else {
            self.base.listed().for_each(|(groups, users)| add(None, groups, users.into()));
        }
        for entry in self.overlay.iter() {
            let before = entry.slot.and_then(|slot| self.base.get(slot));
            if let Some(user) = before.filter(|user| user.state != UserState::Deleted) {
                add(Some(entry.id), user.groups, -1);
            }
            if let Some(user) = entry.user.as_ref().filter(|user| user.doc.state != UserState::Deleted) {
                add(Some(entry.id), &user.doc.groups, 1);
            }
        }
        let known = |users| u64::try_from(users).ok().filter(|users| *users > 0);
        counts.into_iter().filter_map(|(group, users)| Some((group, known(users)?))).collect()
    }
}
