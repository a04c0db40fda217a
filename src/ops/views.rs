//! One's own saved views of the list of users.

use std::sync::Arc;

use super::{Draft, Error, Handle, Portal, Result, users};
use crate::{
    model::{
        activity::Action,
        error::Code,
        id::{Id, UserId, ViewId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        text::fold_name,
        view::{NewView, View, ViewPatch},
    },
    store::read::Read,
};

const READ: Need = Need::permission(Permission::UsersRead);

pub(super) fn of_user<H: Handle>(tx: &H, user: UserId) -> Result<Vec<View>> {
    Ok(tx.below::<View>(&user.bytes())?.collect::<std::result::Result<_, _>>()?)
}

/// One's own view; somebody else's is as if it were not there.
fn own<H: Handle>(tx: &H, id: ViewId) -> Result<View> {
    let user = users::oneself(tx)?;
    tx.entity((user.id, id))?.ok_or(Error::NotFound)
}

/// One's views, by name.
pub fn list(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<View>> {
    portal.read(actor, READ, |tx| {
        let user = users::oneself(tx)?;
        let paging = paging?;
        let mut all = of_user(tx, user.id)?;
        all.sort_by_cached_key(|view| fold_name(view.name.as_str()));
        Ok(paging.of(all))
    })
}

pub fn create(portal: &Arc<Portal>, actor: &Actor, draft: Draft<NewView>) -> Result<View> {
    portal.write(actor, READ, move |tx| {
        let user = users::oneself(tx)?;
        let NewView { name, query } = draft.clone()?;
        let view = View { id: tx.new_id()?, user: user.id, name, query };
        let view = tx.save(view, Action::ViewCreated)?;
        // Last, after a name that is taken: what was saved here is forgotten with the error.
        if of_user(tx, user.id)?.len() > View::MOST {
            let text = format!("You have {} views, and more are too many. Delete one first.", View::MOST);
            return Err(Error::field("name", Code::Invalid, text));
        }
        Ok(view)
    })
}

pub fn update(portal: &Arc<Portal>, actor: &Actor, id: ViewId, draft: Draft<ViewPatch>) -> Result<View> {
    portal.write(actor, READ, move |tx| {
        let mut view = own(tx, id)?;
        let patch = draft.clone()?;
        view.name = patch.name.unwrap_or(view.name);
        view.query = patch.query.unwrap_or(view.query);
        Ok(tx.save(view, Action::ViewUpdated)?)
    })
}

pub fn delete(portal: &Arc<Portal>, actor: &Actor, id: ViewId) -> Result<()> {
    portal.write(actor, READ, move |tx| {
        let view = own(tx, id)?;
        Ok(tx.remove::<View>((view.user, view.id), Action::ViewDeleted)?)
    })
}
