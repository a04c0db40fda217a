//! One user, looked at and changed.

use std::sync::Arc;

use super::{
    UserDetails, checked_groups, email_free, gather, keep_an_admin, proven_to_give, readable, shown, target,
    target_secrets, visible,
};
use crate::{
    mail::letter::Letter,
    model::{
        activity::Action,
        group::BuiltIn,
        id::UserId,
        link::Bearer,
        permission::Permission,
        policy::{Actor, Need},
        text::EmailAddress,
        user::{User, UserPatch},
    },
    ops::{Draft, Error, Handle, Portal, Result, WriteHandle, letters::Recipient, links, sign_up},
};

pub fn get(portal: &Portal, actor: &Actor, id: UserId) -> Result<UserDetails> {
    portal.read(actor, Need::permission(Permission::UsersRead), |tx| {
        let user = visible(tx, id)?;
        shown(tx, user)
    })
}

/// Changes some fields; with `versions`, only if the user is still one of those.
pub fn update(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: UserId,
    versions: Option<Vec<u64>>,
    email: Option<EmailAddress>,
    draft: Draft<UserPatch>,
) -> Result<UserDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, Need::permission(Permission::UsersWrite), move |tx| {
        let before = target(tx, id)?;
        // Whoever has the address can have the account.
        if email.as_ref().is_some_and(|email| email.folded() != before.email.folded()) {
            tx.grants().proven()?;
        }
        let patch = readable(tx, &draft, email.as_ref(), Some(id))?;
        proven_to_give(tx, patch.groups.as_deref(), &before.groups)?;
        let user = update_now(&own, tx, before, &patch, versions.as_deref())?;
        shown(tx, user)
    })
}

pub(super) fn update_now(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    before: User,
    patch: &UserPatch,
    versions: Option<&[u64]>,
) -> Result<User> {
    let user = changed(tx, &before, patch)?;
    if versions.is_some_and(|any| !any.contains(&before.version)) {
        return Err(Error::Stale);
    }
    let user = tx.save(user, Action::UserUpdated)?;
    if user.email.folded() != before.email.folded() {
        moved(portal, tx, &before, &user)?;
    }
    Ok(user)
}

/// What a user is after a change, if nothing stands against it.
pub(super) fn changed<H: Handle>(tx: &H, before: &User, patch: &UserPatch) -> Result<User> {
    let groups = patch.groups.as_ref().map(|groups| checked_groups(tx, groups, &before.groups));
    if patch.email.as_ref().is_some_and(|email| email.folded() != before.email.folded()) {
        target_secrets(tx, before.id)?;
    }
    let email = patch.email.as_ref().map_or(Ok(()), |email| email_free(tx, email, Some(before.id)));
    let known = groups.as_ref().map_or(Ok(()), |groups| groups.as_ref().map(|_| ()).map_err(Clone::clone));
    gather([email, known])?;
    let mut user = before.clone();
    user.groups = groups.transpose()?.unwrap_or(user.groups);
    user.email = patch.email.clone().unwrap_or(user.email);
    user.name = patch.name.clone().unwrap_or(user.name);
    user.company = patch.company.clone().unwrap_or(user.company);
    user.phone = patch.phone.clone().unwrap_or(user.phone);
    user.notes = patch.notes.clone().unwrap_or(user.notes);
    let leaves_admin =
        before.groups.contains(&BuiltIn::Admin.id()) && !user.groups.contains(&BuiltIn::Admin.id());
    if leaves_admin {
        keep_an_admin(tx, before)?;
    }
    if user.deleted_at.is_some() && user != *before {
        return Err(Error::Conflict("This user is in the bin. Restore them first.".to_owned()));
    }
    Ok(user)
}

/// After a change of e-mail: the old address is told, and links that went there are dead.
pub(in crate::ops) fn moved(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    before: &User,
    user: &User,
) -> Result<()> {
    sign_up::forget(tx, &user.email)?;
    links::end(tx, Bearer::User(user.id), None)?;
    let letter = Letter::EmailChanged {
        name: user.name.to_string(),
        old_email: before.email.to_string(),
        new_email: user.email.to_string(),
        at: tx.now(),
    };
    let old =
        Recipient { email: before.email.clone(), name: Some(before.name.to_string()), user: Some(user.id) };
    portal.post(tx, old, &letter, None).map(|_| ())
}
