//! A query made ready for one snapshot: the groups and projects it means are known.

use super::{
    directory::Directory,
    document::UserDocument,
    language::{Ask, Parsed, Text},
    matcher::{Hit, Normals, TIERS, tiers},
    overlay::Listed,
    query::{Field, Query},
};
use crate::model::id::{GroupId, ProjectId, UserId};

pub struct Wanted {
    pub clauses: Vec<(bool, Want)>,
}

pub enum Want {
    /// Words, and the groups whose names have them.
    Text(Text, Vec<(GroupId, Hit)>),
    User(UserId),
    /// Membership in any of these projects.
    Projects(Vec<ProjectId>),
}

impl Wanted {
    pub fn new(parsed: &Parsed, directory: &Directory, query: &Query) -> Self {
        let clauses = parsed.clauses.iter().map(|clause| {
            let want = match &clause.ask {
                Ask::User(id) => Want::User(*id),
                Ask::Project(text) => {
                    let named = directory.projects(text).into_iter();
                    Want::Projects(named.filter(|project| query.reaches(*project)).collect())
                }
                Ask::Text(text) => {
                    let asked = text.field.is_none_or(|field| field == Field::Groups);
                    let groups = if asked { directory.groups(text) } else { Vec::new() };
                    Want::Text(text.clone(), groups)
                }
            };
            (clause.not, want)
        });
        let mut clauses: Vec<_> = clauses.collect();
        // What costs least and leaves least comes first: the rest is verified on fewer users.
        clauses.sort_by_key(|(not, want)| (*not, want.cost()));
        Self { clauses }
    }

    /// The tier in which a user matches, from 0; `None` for no match.
    pub fn tier(&self, user: &Listed) -> Option<usize> {
        let mut allowed = (1 << TIERS) - 1;
        for (not, want) in &self.clauses {
            let tiers = want.tiers(&user.doc, &user.normals);
            match (not, tiers) {
                (true, 0) => {}
                (true, _) => return None,
                (false, tiers) => allowed &= tiers,
            }
        }
        (allowed != 0).then(|| allowed.trailing_zeros() as usize)
    }
}

impl Want {
    fn cost(&self) -> usize {
        match self {
            Self::User(_) => 0,
            Self::Projects(_) => 1,
            Self::Text(text, _) if !text.part && !text.closed => 2,
            Self::Text(text, _) => 3 + usize::from(text.words.contains(' ')),
        }
    }

    /// As [`tiers`]; what is no text allows all or none.
    fn tiers(&self, doc: &UserDocument, normals: &Normals) -> u8 {
        let all = |yes| if yes { u8::MAX } else { 0 };
        match self {
            Self::User(id) => all(doc.id == *id),
            Self::Projects(projects) => all(doc.projects.iter().any(|project| projects.contains(project))),
            Self::Text(text, groups) => {
                let hits = groups.iter().filter(|(group, _)| doc.groups.contains(group));
                tiers(text, normals, hits.map(|(_, hit)| *hit).max().unwrap_or(Hit::None))
            }
        }
    }
}
