//! Groups and projects by their names: few, and wanted in every row.

use std::collections::{BTreeMap, HashMap};

use super::{
    plan::References,
    wrong::{Looked, Wrong},
};
use crate::{
    model::{
        group::Group,
        id::{GroupId, Id, ProjectId},
        permission::Permission,
        project::Project,
        text::{GroupName, ProjectName, fold_name},
    },
    ops::{Handle, ReadHandle, Result, users::list::projects_seen},
    store::read::Read,
};

/// So many of each are made for one import, at most.
const MADE: usize = 1000;

pub struct Names {
    groups: HashMap<String, GroupId>,
    projects: HashMap<String, ProjectId>,
    group_names: HashMap<GroupId, String>,
    project_names: HashMap<ProjectId, String>,
    /// Whether what is not there is to be made, as far as the actor may.
    create_missing: bool,
    may_make_groups: bool,
    may_make_projects: bool,
    /// What the rows so far want made.
    pub wanted: Missing,
}

/// What is yet to be made, by its folded name.
#[derive(Debug, Clone, Default)]
pub struct Missing {
    pub groups: BTreeMap<String, GroupName>,
    pub projects: BTreeMap<String, ProjectName>,
}

impl Missing {
    /// The first spelling counts.
    pub fn add(&mut self, more: Missing) {
        for (key, name) in more.groups {
            self.groups.entry(key).or_insert(name);
        }
        for (key, name) in more.projects {
            self.projects.entry(key).or_insert(name);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.projects.is_empty()
    }
}

impl Names {
    pub fn read(tx: &ReadHandle, create_missing: bool) -> Result<Self> {
        let may = |permission| tx.grants().holds(permission);
        let mut names = Self {
            groups: HashMap::new(),
            projects: HashMap::new(),
            group_names: HashMap::new(),
            project_names: HashMap::new(),
            create_missing,
            may_make_groups: may(Permission::GroupsWrite),
            may_make_projects: may(Permission::ProjectsCreate),
            wanted: Missing::default(),
        };
        for group in tx.all::<Group>()? {
            let group = group?;
            names.groups.insert(fold_name(group.name.as_str()), group.id);
            names.group_names.insert(group.id, group.name.to_string());
        }
        // Whoever exports all users reads all names of projects; others know those that they see, and
        // the rest is as if it were not there.
        let seen = if may(Permission::UsersExport) { None } else { projects_seen(tx)? };
        for project in tx.all::<Project>()? {
            let project = project?;
            if seen.as_ref().is_some_and(|seen| !seen.contains(&project.id)) {
                continue;
            }
            names.projects.insert(fold_name(project.name.as_str()), project.id);
            names.project_names.insert(project.id, project.name.to_string());
        }
        Ok(names)
    }

    pub fn group(&self, name: &str) -> Option<GroupId> {
        self.groups.get(&fold_name(name)).copied()
    }

    /// Groups by their names; those that are to be made are added to `missing`.
    pub fn groups(&self, names: &[GroupName], missing: &mut Missing) -> Looked<References<GroupId>> {
        let made = Made {
            field: "groups",
            what: "group",
            may: self.may_make_groups,
            needed: Permission::GroupsWrite,
        };
        let wanted = (&self.wanted.groups, &mut missing.groups);
        self.resolve(&made, names, GroupName::as_str, &self.groups, wanted)
    }

    pub fn projects(&self, names: &[ProjectName], missing: &mut Missing) -> Looked<References<ProjectId>> {
        let made = Made {
            field: "projects",
            what: "project",
            may: self.may_make_projects,
            needed: Permission::ProjectsCreate,
        };
        let wanted = (&self.wanted.projects, &mut missing.projects);
        self.resolve(&made, names, ProjectName::as_str, &self.projects, wanted)
    }

    fn resolve<I: Id, N: Clone>(
        &self,
        made: &Made,
        names: &[N],
        text: fn(&N) -> &str,
        known: &HashMap<String, I>,
        (wanted, missing): (&BTreeMap<String, N>, &mut BTreeMap<String, N>),
    ) -> Looked<References<I>> {
        let mut found = References::default();
        for name in names {
            let key = fold_name(text(name));
            match known.get(&key) {
                Some(id) => found.ids.push(*id),
                None => {
                    made.check(
                        self.create_missing,
                        text(name),
                        wanted.contains_key(&key) || wanted.len() < MADE,
                    )?;
                    missing.insert(key.clone(), name.clone());
                    found.new.push(key);
                }
            }
        }
        Ok(found)
    }

    /// Names as they are told, sorted.
    pub fn told_groups<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a GroupId>,
        missing: &BTreeMap<String, GroupName>,
    ) -> Vec<String> {
        told(ids, &self.group_names, missing.values().map(ToString::to_string))
    }

    pub fn told_projects<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a ProjectId>,
        missing: &BTreeMap<String, ProjectName>,
    ) -> Vec<String> {
        told(ids, &self.project_names, missing.values().map(ToString::to_string))
    }
}

fn told<'a, I: Id + std::hash::Hash>(
    ids: impl IntoIterator<Item = &'a I>,
    names: &HashMap<I, String>,
    missing: impl Iterator<Item = String>,
) -> Vec<String> {
    let mut all: Vec<String> =
        ids.into_iter().filter_map(|id| names.get(id).cloned()).chain(missing).collect();
    all.sort_unstable();
    all
}

/// Making what is not there.
struct Made {
    field: &'static str,
    what: &'static str,
    may: bool,
    needed: Permission,
}

impl Made {
    fn check(&self, asked: bool, name: &str, room: bool) -> Looked<()> {
        let Self { field, what, may, needed } = *self;
        match (asked, may, room) {
            (true, true, true) => Ok(()),
            (false, _, _) => Err(Wrong::told(field, "not-found", format!("There is no {what} “{name}”."))),
            (true, false, _) => {
                let text =
                    format!("There is no {what} “{name}”, and making it needs the permission {needed}.");
                Err(Wrong::told(field, "forbidden", text))
            }
            (true, true, false) => {
                let text = format!("One import makes at most {MADE} {what}s.");
                Err(Wrong::told(field, "too-long", text))
            }
        }
    }
}
