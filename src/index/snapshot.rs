//! The whole of what a search sees: terms, columns, changes and names that belong together.
//! Swapped at once, so that no user is missing or there twice while the worker works.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    base::Base, bits::Bits, directory::Directory, document::Source, error::Error, overlay::Overlay,
    terms::Terms,
};
use crate::model::{
    id::{GroupId, ProjectId, UserId},
    policy::Visibility,
    user::UserState,
};

#[derive(Clone)]
pub struct Snapshot {
    /// `None` while there are none: then all texts are looked at.
    pub terms: Option<Arc<Terms>>,
    pub base: Arc<Base>,
    /// Whether all users are in the base, or changed since.
    pub whole: bool,
    pub overlay: Overlay,
    pub directory: Arc<Directory>,
    pub source: Arc<dyn Source>,
}

impl Snapshot {
    /// The same with newer terms and columns, made under some names; what they hold leaves the
    /// overlay.
    pub fn advanced(&self, terms: Option<Terms>, mut base: Arc<Base>, under: &Arc<Directory>) -> Self {
        if !Arc::ptr_eq(under, &self.directory) {
            base = base.renamed(&self.directory).map_or(base, Arc::new);
        }
        let overlay = self.overlay.beside(&base, &self.directory);
        Self { terms: terms.map(Arc::new), base, whole: true, overlay, ..self.clone() }
    }

    /// The same under other names of groups and projects.
    pub fn renamed(&self, directory: Directory) -> Self {
        let base = self.base.renamed(&directory).map_or_else(|| self.base.clone(), Arc::new);
        let mut overlay = self.overlay.beside(&base, &directory);
        overlay.sequence = self.overlay.sequence;
        Self { base, overlay, directory: Arc::new(directory), ..self.clone() }
    }

    /// The users of the base who are members of a project.
    pub fn members(&self, project: ProjectId) -> Result<Bits, Error> {
        let mut members = Bits::none(self.base.size());
        match &self.terms {
            Some(terms) => terms.collect(terms.fields.project, &project.to_string(), &mut members)?,
            // As of now: whoever has joined or left since the base is not looked up in it.
            None => {
                let ids = self.source.members(project).map_err(Error::Source)?;
                ids.into_iter().filter_map(|id| self.base.slot(id)).for_each(|slot| members.set(slot));
            }
        }
        Ok(members)
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
