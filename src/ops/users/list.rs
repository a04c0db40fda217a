//! The list of users: found by the index, read from the store.

use super::{UserDetails, shown};
use crate::{
    index::query::{Disabled, Field, Matched, Query, Sort},
    model::{
        id::{GroupId, ProjectId, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        user::UserState,
    },
    ops::{Draft, Error, Handle, Portal, Result},
    store::read::Read,
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
}

pub fn list(portal: &Portal, actor: &Actor, query: Draft<ListQuery>) -> Result<Found> {
    portal.read(actor, Need::permission(Permission::UsersRead), |tx| {
        let ListQuery { matching, sort, paging } = query?;
        let asked = Query { sort, offset: paging.offset(), limit: paging.per_page, ..asked(tx, matching) };
        let found = portal.index.search(&asked).map_err(|error| Error::Internal(error.to_string()))?;
        let mut items = Vec::with_capacity(found.ids.len());
        for id in found.ids {
            // One that was purged since the index looked is simply not there.
            if let Some(user) = tx.entity(id)? {
                items.push(shown(tx, user)?);
            }
        }
        Ok(Found { page: Page { items, total: found.total, paging }, matched_by: found.matched_by })
    })
}

/// Everybody who matches, as the list would show them.
pub(super) fn everybody<H: Handle>(portal: &Portal, tx: &H, matching: Matching) -> Result<Vec<UserId>> {
    let asked = Query { sort: Some((Sort::Created, false)), limit: u32::MAX, ..asked(tx, matching) };
    Ok(portal.index.search(&asked).map_err(|error| Error::Internal(error.to_string()))?.ids)
}

fn asked<H: Handle>(tx: &H, matching: Matching) -> Query {
    let Matching { text, field, disabled, state, group, project } = matching;
    let visibility = tx.grants().visibility.clone();
    Query { text, field, disabled, state, group, project, visibility, ..Query::default() }
}
