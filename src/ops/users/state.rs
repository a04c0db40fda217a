//! Disabled and enabled, deleted and restored, purged, approved and declined.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    UserDetails, checked_groups, gather, keep_an_admin, not_oneself, proven_over, proven_to_give, shown,
    target,
};
use crate::{
    mail::letter::Letter,
    model::{
        activity::{Action, Person},
        credential::Credential,
        error::Code,
        id::{GroupId, Id, MailId, ProjectId, SessionId, UserId},
        link::Bearer,
        mail::Mail,
        permission::Permission,
        policy::{Actor, Need},
        project::{Membership, Project, Via},
        session::Session,
        text::{Message, Reason},
        user::{LastSeen, Standing, User, UserState},
        view::View,
    },
    ops::{
        Draft, Error, Handle, Portal, Result, WriteHandle, activity, batches, factors, letters::Recipient,
        links, members, sessions, tokens, views,
    },
    store::{Way, read::Read, tables::Table},
};

const WRITE: Need = Need::permission(Permission::UsersWrite);
const DELETE: Need = Need::permission(Permission::UsersDelete);

/// With whom a sign-up that was waiting comes in.
#[derive(Debug, Clone, Default)]
pub struct Approval {
    pub groups: Option<Vec<GroupId>>,
    pub projects: Vec<ProjectId>,
}

/// Out at once, everywhere: sessions, API tokens and links end in the same write.
pub fn disable(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: UserId,
    draft: Draft<Option<Reason>>,
) -> Result<UserDetails> {
    portal.write(actor, WRITE, move |tx| {
        let user = target(tx, id)?;
        let reason = draft.clone()?;
        let user = disable_now(tx, user, reason.as_ref())?;
        shown(tx, user)
    })
}

pub(super) fn disable_now(
    tx: &mut WriteHandle<'_, '_>,
    mut user: User,
    reason: Option<&Reason>,
) -> Result<User> {
    may_disable(tx, &user)?;
    user.disabled = true;
    let user = tx.save(user, Action::UserDisabled.because(reason.map(Reason::as_str)))?;
    shut_out(tx, user.id)?;
    Ok(user)
}

/// That this user can be disabled.
pub(super) fn may_disable<H: Handle>(tx: &H, user: &User) -> Result<()> {
    not_oneself(tx, user, "disable")?;
    keep_an_admin(tx, user)?;
    not_in_bin(user)
}

/// In again, with password, groups and projects as they were; sessions, tokens and links stay ended.
pub fn enable(portal: &Arc<Portal>, actor: &Actor, id: UserId, nothing: Draft<()>) -> Result<UserDetails> {
    portal.write(actor, WRITE, move |tx| {
        let user = target(tx, id)?;
        nothing.clone()?;
        proven_over(tx, &user)?;
        let user = enable_now(tx, user)?;
        shown(tx, user)
    })
}

pub(super) fn enable_now(tx: &mut WriteHandle<'_, '_>, mut user: User) -> Result<User> {
    not_in_bin(&user)?;
    user.disabled = false;
    Ok(tx.save(user, Action::UserEnabled)?)
}

/// To the bin: gone from every list, restorable whole. Or for good, in the bin or not: the
/// e-mail is free, and whoever comes with it is new.
pub fn delete(portal: &Arc<Portal>, actor: &Actor, id: UserId, for_good: Draft<bool>) -> Result<()> {
    portal.write(actor, DELETE, move |tx| {
        let user = target(tx, id)?;
        if !for_good.clone()? {
            return delete_now(tx, user);
        }
        tx.grants().proven()?;
        not_oneself(tx, &user, "delete")?;
        keep_an_admin(tx, &user)?;
        purge_now(tx, id)
    })?;
    // Whoever did much has left much.
    activity::blank(portal)
}

pub(super) fn delete_now(tx: &mut WriteHandle<'_, '_>, mut user: User) -> Result<()> {
    not_oneself(tx, &user, "delete")?;
    keep_an_admin(tx, &user)?;
    user.deleted_at = user.deleted_at.or(Some(tx.now()));
    let user = tx.save(user, Action::UserDeleted)?;
    shut_out(tx, user.id)
}

pub fn restore(portal: &Arc<Portal>, actor: &Actor, id: UserId, nothing: Draft<()>) -> Result<UserDetails> {
    portal.write(actor, DELETE, move |tx| {
        let user = target(tx, id)?;
        nothing.clone()?;
        proven_over(tx, &user)?;
        let user = restore_now(tx, user)?;
        shown(tx, user)
    })
}

pub(super) fn restore_now(tx: &mut WriteHandle<'_, '_>, mut user: User) -> Result<User> {
    user.deleted_at = None;
    Ok(tx.save(user, Action::UserRestored)?)
}

/// Takes away a user and all that is theirs. The activity stays, without their name and values.
pub(in crate::ops) fn purge_now(tx: &mut WriteHandle<'_, '_>, id: UserId) -> Result<()> {
    shut_out(tx, id)?;
    let projects: Vec<ProjectId> =
        tx.ids(Table::MembersByUser, &id.bytes(), Way::Up)?.collect::<std::result::Result<_, _>>()?;
    for project in projects {
        tx.remove::<Membership>((project, id), Action::MemberRemoved)?;
    }
    for view in views::of_user(tx, id)? {
        tx.remove::<View>((id, view.id), Action::ViewDeleted)?;
    }
    let mails: Vec<MailId> =
        tx.ids(Table::MailsByUser, &id.bytes(), Way::Up)?.collect::<std::result::Result<_, _>>()?;
    for mail in mails {
        tx.forget::<Mail>(mail)?;
    }
    factors::forget(tx, id)?;
    tx.forget::<LastSeen>(id)?;
    tx.remove::<Credential>(id, Action::PasswordRemoved)?;
    tx.remove::<User>(id, Action::UserPurged)?;
    batches::forget_user(tx, id)?;
    Ok(tx.blank(&Person::User(id), activity::BLANKED)?)
}

/// Lets somebody in who signed up and waits.
pub fn approve(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: UserId,
    draft: Draft<Approval>,
) -> Result<UserDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, WRITE, move |tx| {
        let user = target(tx, id)?;
        let approval = draft.clone()?;
        proven_over(tx, &user)?;
        proven_to_give(tx, approval.groups.as_deref(), &user.groups)?;
        let user = approve_now(&own, tx, user, &approval)?;
        shown(tx, user)
    })
}

/// That there are these groups and projects, and that the actor may give them.
pub(super) fn check_approval<H: Handle>(tx: &H, approval: &Approval) -> Result<()> {
    if let Some(groups) = &approval.groups {
        checked_groups(tx, groups, &BTreeSet::new())?;
        proven_to_give(tx, Some(groups), &BTreeSet::new())?;
    }
    if !approval.projects.is_empty() && !tx.grants().holds(Permission::ProjectsManage) {
        return Err(Error::lacks(Permission::ProjectsManage));
    }
    gather(approval.projects.iter().map(|id| match tx.entity::<Project>(*id)? {
        Some(_) => Ok(()),
        None => Err(Error::field("projects", Code::NotFound, format!("There is no project {id}."))),
    }))
}

pub(super) fn approve_now(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    mut user: User,
    approval: &Approval,
) -> Result<User> {
    check_approval(tx, &Approval { groups: None, ..approval.clone() })?;
    let groups = approval.groups.as_ref().map(|groups| checked_groups(tx, groups, &user.groups));
    let groups = groups.transpose()?;
    if user.state() == UserState::Active {
        return Ok(user);
    }
    must_be_pending(&user)?;
    user.groups = groups.unwrap_or(user.groups);
    user.standing = Standing::Active;
    let user = tx.save(user, Action::UserApproved)?;
    for project in &approval.projects {
        members::join(tx, *project, user.id, Via::Added)?;
    }
    let letter = Letter::Approved { name: user.name.to_string(), sign_in_url: portal.address("/") };
    portal.post(tx, Recipient::from(&user), &letter, None)?;
    Ok(user)
}

/// Turns somebody away who signed up and waits: the record goes, the address is free.
pub fn decline(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: UserId,
    draft: Draft<Option<Message>>,
) -> Result<UserDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, WRITE, move |tx| {
        let user = target(tx, id)?;
        let message = draft.clone()?;
        let details = shown(tx, user.clone())?;
        decline_now(&own, tx, &user, message.as_ref())?;
        Ok(details)
    })
}

pub(super) fn decline_now(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
    message: Option<&Message>,
) -> Result<()> {
    must_be_pending(user)?;
    let subject = crate::store::entity::subject("user", user.id, user.name.as_str());
    tx.record(Action::UserDeclined.because(message.map(Message::as_str)), Some(subject), Vec::new())?;
    purge_now(tx, user.id)?;
    let letter = Letter::Declined { name: user.name.to_string(), message: message.map(ToString::to_string) };
    // The record is gone, so the mail is to an address, not to a user.
    portal.post(tx, Recipient { user: None, ..Recipient::from(user) }, &letter, None)?;
    Ok(())
}

fn must_be_pending(user: &User) -> Result<()> {
    if user.state() == UserState::Pending {
        return Ok(());
    }
    Err(Error::Conflict("This user does not wait for approval.".to_owned()))
}

fn not_in_bin(user: &User) -> Result<()> {
    if user.deleted_at.is_none() {
        return Ok(());
    }
    Err(Error::Conflict("This user is in the bin. Restore them first.".to_owned()))
}

/// Ends all sessions, tokens and links of a user, and every impersonation of them: it is over, but not
/// forgotten, so that what an admin does next in the user's name is not done in their own.
pub(super) fn shut_out(tx: &mut WriteHandle<'_, '_>, id: UserId) -> Result<()> {
    sessions::end_all(tx, id, None)?;
    tokens::end_all(tx, id)?;
    let others: Vec<SessionId> =
        tx.ids(Table::SessionsByUser, &id.bytes(), Way::Up)?.collect::<std::result::Result<_, _>>()?;
    for other in others {
        let Some(mut session) = tx.entity::<Session>(other)? else { continue };
        let now = tx.now();
        if let Some(acting) = session.impersonation.as_mut().filter(|acting| now < acting.until) {
            acting.cut_short(now);
            tx.save(session, Action::ImpersonationEnded)?;
        }
    }
    links::end(tx, Bearer::User(id), None)
}
