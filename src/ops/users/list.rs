//! The list of users: found by the index, read from the store.

use super::{GroupNames, UserDetails, shown_among};
use crate::{
    index::{
        Building,
        query::{Disabled, Field, Marks, Matched, Query, Sort},
    },
    model::{
        group::Group,
        id::{GroupId, Id, ProjectId, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        text::fold_name,
        user::{User, UserState},
    },
    ops::{Draft, Error, Handle, Portal, Result},
    store::{Way, read::Read, tables::Table},
};

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    pub text: String,
    pub field: Option<Field>,
    pub disabled: Disabled,
    pub state: Option<UserState>,
    pub group: Option<GroupId>,
    pub project: Option<ProjectId>,
    /// Whether those one typo away are meant where nobody matches: in a list, which says so.
    pub typos: bool,
}

/// What is looked for, in which order, and which page of it.
#[derive(Debug, Clone)]
pub struct ListQuery {
    pub matching: Matching,
    /// A column, and whether it descends.
    pub sort: Option<(Sort, bool)>,
    pub paging: Paging,
}

#[derive(Debug, Clone)]
pub struct Found {
    pub page: Page<UserDetails>,
    pub matched_by: Matched,
    /// What was found of each user of the page.
    pub marks: Vec<Marks>,
    /// While there is one: some users may not be on the list yet.
    pub building: Option<Building>,
}

pub fn list(portal: &Portal, actor: &Actor, query: Draft<ListQuery>) -> Result<Found> {
    portal.read(actor, Need::permission(Permission::UsersRead), |tx| {
        let ListQuery { matching, sort, paging } = query?;
        let asked = Query { sort, offset: paging.offset(), limit: paging.per_page, ..asked(tx, matching)? };
        // Asked first: a list that says nothing of it is whole.
        let building = portal.index.building();
        let found = portal.index.search(&asked).map_err(|error| Error::Internal(error.to_string()))?;
        let (mut items, mut marks) = (Vec::with_capacity(found.ids.len()), Vec::new());
        let mut names = GroupNames::default();
        for id in found.ids {
            // One that was purged, or moved out of sight, since the index looked is simply not there.
            let Some(user) = tx.entity::<User>(id)?.filter(|user| tx.grants().sees(user)) else { continue };
            let groups: Vec<GroupId> = user.groups.iter().copied().collect();
            let company = user.company.as_ref().map_or("", |company| company.as_str());
            marks.push(found.marker.marks(user.name.as_str(), user.email.as_str(), company, &groups));
            items.push(shown_among(tx, user, &mut names)?);
        }
        let page = Page { items, total: found.total, paging };
        Ok(Found { page, matched_by: found.matched_by, marks, building })
    })
}

/// How many of those who match are in each state and in each group.
#[derive(Debug, Clone)]
pub struct Facets {
    pub total: u64,
    pub states: Vec<(UserState, u64)>,
    /// All groups, by name.
    pub groups: Vec<(GroupId, String, u64)>,
}

pub fn facets(portal: &Portal, actor: &Actor, matching: Draft<Matching>) -> Result<Facets> {
    portal.read(actor, Need::permission(Permission::UsersRead), |tx| {
        let asked = asked(tx, matching?)?;
        let counts = portal.index.facets(&asked).map_err(|error| Error::Internal(error.to_string()))?;
        let mut groups = Vec::new();
        for group in tx.all::<Group>()? {
            let Group { id, name, .. } = group?;
            groups.push((id, name.to_string(), counts.by_group.get(&id).copied().unwrap_or(0)));
        }
        groups.sort_by_cached_key(|(id, name, _)| (fold_name(name), *id));
        Ok(Facets { total: counts.total, states: counts.by_state.into_iter().collect(), groups })
    })
}

/// Everybody who matches, as the list would show them.
pub(super) fn everybody<H: Handle>(portal: &Portal, tx: &H, matching: Matching) -> Result<Vec<UserId>> {
    portal.index.everybody(asked(tx, matching)?).map_err(|error| Error::Internal(error.to_string()))
}

fn asked<H: Handle>(tx: &H, matching: Matching) -> Result<Query> {
    let Matching { text, field, disabled, state, group, project, typos } = matching;
    let visibility = tx.grants().visibility.clone();
    let projects = projects_seen(tx)?;
    Ok(Query {
        text,
        field,
        typos,
        disabled,
        state,
        group,
        project,
        visibility,
        projects,
        ..Query::default()
    })
}

/// To look for a project is to read it: those that the actor sees, or `None` for all.
pub(super) fn projects_seen<H: Handle>(tx: &H) -> Result<Option<Vec<ProjectId>>> {
    match tx.grants().effective {
        Some(own) if !tx.grants().holds(Permission::ProjectsManage) => {
            let ids = tx.ids(Table::MembersByUser, &own.bytes(), Way::Up)?;
            Ok(Some(ids.collect::<std::result::Result<_, _>>()?))
        }
        _ => Ok(None),
    }
}
