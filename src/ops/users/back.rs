//! A user put back as they were before a batch, if they are still as it left them.

use super::{
    beyond, email_free, keep_an_admin, may_move, moved, must_hold_over, not_oneself, proven_over,
    proven_to_give, purge_now, state::shut_out, target, target_secrets,
};
use crate::{
    model::{
        activity::Action,
        batch::{BatchItem, BatchKind, RecordChange},
        credential::Credential,
        group::Group,
        id::{GroupId, Id, MailId},
        mail::{Mail, MailState},
        permission::Permission,
        project::{Membership, Project},
        user::{User, UserState},
    },
    ops::{
        Error, Handle, Portal, Result, WriteHandle, held_by, links::reachable, mail, password::can_sign_in,
    },
    store::{Way, read::Read, tables::Table},
};

/// Whether the actor may put this user back: they hold all that the user holds, and held before; what
/// an import did, also what each of its rows needed.
pub(in crate::ops) fn may_put_back<H: Handle>(tx: &H, kind: BatchKind, item: &BatchItem) -> Result<()> {
    if !item.memberships.is_empty() && !tx.grants().holds(Permission::ProjectsManage) {
        return Err(Error::lacks(Permission::ProjectsManage));
    }
    if tx.entity::<User>(item.user)?.is_none() || matches!(item.record, RecordChange::Untouched) {
        return Ok(());
    }
    let user = target(tx, item.user)?;
    let written = |user: &User| match kind {
        BatchKind::Import => must_hold_over(tx, user, Permission::UsersWrite),
        BatchKind::Bulk(_) => Ok(()),
    };
    written(&user)?;
    if let RecordChange::Changed { before, .. } = &item.record {
        written(before)?;
        let (own, theirs) = (&tx.grants().held, held_by(tx, before)?);
        if !own.covers(&theirs) {
            return Err(beyond(own, &theirs));
        }
        may_move(tx, &user.groups, &before.groups)?;
        // Whoever has the address can have the account.
        if before.email.folded() != user.email.folded() {
            target_secrets(tx, item.user)?;
        }
    }
    Ok(())
}

/// That the actor proved lately who they are, where putting this user back gives them power, or
/// another address. Looked at before it begins: what is under way is not asked again.
pub(in crate::ops) fn proven_to_put_back<H: Handle>(tx: &H, item: &BatchItem) -> Result<()> {
    let before = match &item.record {
        RecordChange::Changed { before, .. } => before,
        // Who was made by it goes for good.
        RecordChange::Created { .. } => return Ok(tx.grants().proven()?),
        RecordChange::Untouched => return Ok(()),
    };
    let Some(user) = tx.entity::<User>(item.user)? else { return Ok(()) };
    if reachable(before) && !reachable(&user) {
        proven_over(tx, before)?;
    }
    if before.email.folded() != user.email.folded() {
        tx.grants().proven()?;
    }
    let groups: Vec<GroupId> = before.groups.iter().copied().collect();
    proven_to_give(tx, Some(&groups), &user.groups)
}

/// Undoes what a batch did to one user; one who has changed since is `Stale`, and a group or a
/// project that is gone a `Conflict`.
pub(in crate::ops) fn put_back(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    kind: BatchKind,
    item: &BatchItem,
) -> Result<()> {
    may_put_back(tx, kind, item)?;
    let user: User = tx.entity(item.user)?.ok_or(Error::NotFound)?;
    match &item.record {
        RecordChange::Created { after } | RecordChange::Changed { after, .. } if user.version != *after => {
            return Err(Error::Stale);
        }
        RecordChange::Changed { before, .. } if is_others_now(tx, item, before, &user)? => {
            return Err(Error::Stale);
        }
        _ => {}
    }
    for change in &item.memberships {
        if tx.entity::<Membership>((change.project, item.user))? != change.after {
            return Err(Error::Stale);
        }
        if change.before.is_some() && tx.entity::<Project>(change.project)?.is_none() {
            return Err(Error::Conflict("The project is gone.".to_owned()));
        }
    }
    if let RecordChange::Created { .. } = item.record {
        return uncreate(tx, &user);
    }
    for change in &item.memberships {
        match change.before.clone() {
            Some(before) => {
                tx.save(before, Action::MemberAdded)?;
            }
            None => tx.remove::<Membership>((change.project, item.user), Action::MemberRemoved)?,
        }
    }
    for id in &item.mails {
        if let Some(queued) = tx.entity::<Mail>(*id)?.filter(|mail| mail.state == MailState::Queued) {
            mail::call_off(tx, queued)?;
        }
    }
    match &item.record {
        RecordChange::Changed { before, .. } => put_record_back(portal, tx, &user, before),
        _ => Ok(()),
    }
}

/// Whether putting somebody back would give power or another's address to whoever chose the password
/// since: while they had less, or another address, others could.
fn is_others_now<H: Handle>(tx: &H, item: &BatchItem, before: &User, now: &User) -> Result<bool> {
    let moves = before.email.folded() != now.email.folded();
    if !moves && held_by(tx, now)?.covers(&held_by(tx, before)?) {
        return Ok(false);
    }
    let began = item.batch.made_at();
    let credential: Option<Credential> = tx.entity(item.user)?;
    Ok(credential.is_some_and(|credential| began.is_none_or(|began| credential.changed_at > began)))
}

/// Takes away a user whom the batch created, and what was not mailed yet. What was mailed was.
fn uncreate(tx: &mut WriteHandle<'_, '_>, user: &User) -> Result<()> {
    not_oneself(tx, user, "undo")?;
    keep_an_admin(tx, user)?;
    let mails: Vec<MailId> =
        tx.ids(Table::MailsByUser, &user.id.bytes(), Way::Up)?.collect::<std::result::Result<_, _>>()?;
    for id in mails {
        if let Some(mail) = tx.entity::<Mail>(id)?.filter(|mail| mail.state != MailState::Queued) {
            tx.note(&Mail { user: None, ..mail })?;
        }
    }
    purge_now(tx, user.id)
}

fn put_record_back(portal: &Portal, tx: &mut WriteHandle<'_, '_>, now: &User, before: &User) -> Result<()> {
    for group in &before.groups {
        if tx.entity::<Group>(*group)?.is_none() {
            return Err(Error::Conflict("The group is gone.".to_owned()));
        }
    }
    email_free(tx, &before.email, Some(now.id))?;
    let user = User { version: now.version, ..before.clone() };
    if can_sign_in(now) && !can_sign_in(&user) {
        not_oneself(tx, &user, "undo")?;
    }
    let admin = crate::model::group::BuiltIn::Admin.id();
    if !(user.groups.contains(&admin) && can_sign_in(&user)) {
        keep_an_admin(tx, now)?;
    }
    let action = match (now.state(), user.state()) {
        (from, to) if from == to => Action::UserUpdated,
        (UserState::Deleted, _) => Action::UserRestored,
        (_, UserState::Deleted) => Action::UserDeleted,
        (UserState::Disabled, _) => Action::UserEnabled,
        (_, UserState::Disabled) => Action::UserDisabled,
        _ => Action::UserUpdated,
    };
    let user = tx.save(user, action)?;
    if !matches!(user.state(), UserState::Active | UserState::Invited) {
        shut_out(tx, user.id)?;
    }
    if user.email.folded() != now.email.folded() {
        moved(portal, tx, now, &user)?;
    }
    Ok(())
}
