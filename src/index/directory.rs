//! The names of groups and projects as the search needs them.

use super::{
    collate,
    document::Names,
    language::Text,
    matcher::{Hit, find},
    words::normal_name,
};
use crate::model::id::{GroupId, ProjectId};

#[derive(Debug, Default)]
pub struct Directory {
    names: Names,
    groups: Vec<(GroupId, String)>,
    projects: Vec<(ProjectId, String)>,
}

impl Directory {
    pub fn new(names: Names) -> Self {
        let groups = names.groups.iter().map(|(id, name)| (*id, normal_name(name))).collect();
        let projects = names.projects.iter().map(|(id, name)| (*id, normal_name(name))).collect();
        Self { names, groups, projects }
    }

    /// The groups whose name has these words, and how.
    pub fn groups(&self, text: &Text) -> Vec<(GroupId, Hit)> {
        let hits = self.groups.iter().map(|(id, name)| (*id, find(name, text)));
        hits.filter(|(_, hit)| *hit > Hit::None).collect()
    }

    /// The projects whose name has these words.
    pub fn projects(&self, text: &Text) -> Vec<ProjectId> {
        let hits = self.projects.iter().filter(|(_, name)| find(name, text) > Hit::None);
        hits.map(|(id, _)| *id).collect()
    }

    /// What users are sorted by in the column of groups: the names in their order, joined.
    pub fn sort_key(&self, groups: &[GroupId]) -> Vec<u8> {
        let mut names: Vec<&str> =
            groups.iter().filter_map(|id| self.names.groups.get(id)).map(String::as_str).collect();
        names.sort_by(|a, b| collate::compare(a, b));
        let mut key = Vec::new();
        collate::sort_key(&names.join("; "), &mut key);
        key
    }
}
