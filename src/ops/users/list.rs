//! The list of users: found by the index, read from the store.

use super::{UserDetails, shown};
use crate::{
    index::query::{Disabled, Field, Matched, Query, Sort},
    model::{
        id::{GroupId, ProjectId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        user::UserState,
    },
    ops::{Draft, Error, Handle, Portal, Result},
    store::read::Read,
};

/// What is looked for, and in which order.
#[derive(Debug, Clone)]
pub struct ListQuery {
    pub text: String,
    pub field: Option<Field>,
    /// A column, and whether it descends.
    pub sort: Option<(Sort, bool)>,
    pub disabled: Disabled,
    pub state: Option<UserState>,
    pub group: Option<GroupId>,
    pub project: Option<ProjectId>,
    pub paging: Paging,
}

#[derive(Debug, Clone)]
pub struct Found {
    pub page: Page<UserDetails>,
    pub matched_by: Matched,
}

pub fn list(portal: &Portal, actor: &Actor, query: Draft<ListQuery>) -> Result<Found> {
    portal.read(actor, Need::permission(Permission::UsersRead), |tx| {
        let query = query?;
        let paging = query.paging;
        let found = portal
            .index
            .search(&Query {
                text: query.text,
                field: query.field,
                sort: query.sort,
                disabled: query.disabled,
                state: query.state,
                group: query.group,
                project: query.project,
                visibility: tx.grants().visibility.clone(),
                offset: paging.offset(),
                limit: paging.per_page,
            })
            .map_err(|error| Error::Internal(error.to_string()))?;
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
