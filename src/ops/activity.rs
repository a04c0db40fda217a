//! The activity, read. Writing it is the store's: nothing changes without it.

mod export;
mod found;

use std::sync::Arc;

pub use self::export::{Exported, export, write_csv, write_json_lines};
use super::{Draft, Handle, Portal, ReadHandle, Result, users};
use crate::{
    model::{
        activity::{Action, Activity, ActivityFilter},
        id::{ActivityId, Id, ProjectId, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        project::Membership,
        time::Timestamp,
        user::User,
    },
    store::{
        self, Keys, Reader, Way,
        read::Read,
        tables::{Table, key},
    },
};
use found::Candidates;

const READ: Need = Need::permission(Permission::ActivityRead);

/// So much is blanked in one write, so that nobody waits for it.
pub(super) const BLANKED: usize = 500;

/// Takes what is left of people who are gone out of the activity.
pub(super) fn blank(portal: &Arc<Portal>) -> Result<()> {
    let (system, need) = (Actor::system(), Need::NOTHING);
    while portal.read(&system, need, |tx| Ok(tx.len(Table::Blanking)? > 0))? {
        portal.write(&system, need, |tx| Ok(tx.go_on_blanking(BLANKED)?))?;
    }
    Ok(())
}

/// The activities of one kind since a moment, by their ids alone.
pub(super) fn ids_since(
    tx: &impl Reader,
    action: Action,
    from: Timestamp,
) -> Result<impl Iterator<Item = std::result::Result<ActivityId, store::Error>> + '_> {
    let mut keys = Keys::prefix(&key(&[action.as_str().as_bytes(), &[0]]));
    keys.from.extend(found::milliseconds_key(from.milliseconds()));
    Ok(tx.ids_in(Table::ActivitiesByAction, keys, Way::Up)?)
}

/// The portal's activity, newest first.
pub fn list(
    portal: &Portal,
    actor: &Actor,
    query: Draft<(ActivityFilter, Paging)>,
) -> Result<Page<Activity>> {
    portal.read(actor, READ, |tx| {
        let (filter, paging) = query?;
        let page = if filter.is_empty() {
            found::page_of_all(tx, paging)?
        } else {
            Candidates::of(tx, filter)?.page(tx, paging)?
        };
        let notes = tx.grants().holds(Permission::UsersWrite);
        Ok(page.map(|activity| hide(activity, notes)))
    })
}

/// What a user did, and what was done to them.
pub fn list_of_user(
    portal: &Portal,
    actor: &Actor,
    user: UserId,
    paging: Draft<Paging>,
) -> Result<Page<Activity>> {
    portal.read(actor, READ, |tx| {
        let user = users::visible(tx, user)?;
        let page = Candidates::about(tx, user.id)?.page(tx, paging?)?;
        let (everywhere, over) = (tx.grants().held.everywhere(), tx.grants().over(&user));
        Ok(page.map(|activity| {
            // What they did to others is of those.
            let own = activity.subject.as_ref().is_some_and(|subject| subject.id == user.id.uuid());
            let held = if own { over } else { everywhere };
            hide(activity, held.holds(Permission::UsersWrite))
        }))
    })
}

/// The same for oneself, without what is the admins' own: notes, their reasons, where they were.
pub fn list_own(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<Activity>> {
    portal.read(actor, Need::SIGNED_IN, |tx| {
        let user = users::oneself(tx)?;
        let mut page = Candidates::about(tx, user.id)?.page(tx, paging?)?;
        for activity in &mut page.items {
            hide_others(tx, activity, user.id)?;
        }
        Ok(page.map(|mut activity| {
            activity.changes.retain(|change| change.field != "notes");
            if activity.actor.as_ref().is_some_and(|actor| actor.id != user.id) {
                (activity.origin, activity.token) = (None, None);
                if activity.action != Action::ImpersonationStarted {
                    activity.reason = None;
                }
            }
            activity
        }))
    })
}

/// What one did to others is shown as far as one may see them now: a right that is gone leaves
/// nothing behind to read.
fn hide_others(tx: &ReadHandle, activity: &mut Activity, own: UserId) -> Result<()> {
    let sees = |id: UserId| -> Result<bool> {
        Ok(tx.entity::<User>(id)?.is_some_and(|user| tx.grants().sees(&user)))
    };
    if let Some(other) = activity.acting_as.as_mut().filter(|other| other.id != own)
        && !sees(other.id)?
    {
        other.name.clear();
    }
    let Some(subject) = activity.subject.as_mut().filter(|subject| subject.id != own.uuid()) else {
        return Ok(());
    };
    let seen = match subject.kind.as_str() {
        "user" => sees(UserId::from_uuid(subject.id))?,
        "project" => {
            let member: Option<Membership> = tx.entity((ProjectId::from_uuid(subject.id), own))?;
            member.is_some() || tx.grants().holds(Permission::ProjectsManage)
        }
        "view" => true,
        _ => tx.grants().holds(Permission::ActivityRead),
    };
    if !seen {
        activity.changes.clear();
        subject.name.clear();
    }
    Ok(())
}

/// Notes are for those who may change users, here too.
fn hide(mut activity: Activity, notes: bool) -> Activity {
    if !notes {
        activity.changes.retain(|change| change.field != "notes");
    }
    activity
}
