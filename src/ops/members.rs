//! Who is a member of which project, why and since when.

use std::sync::Arc;

use super::{Draft, Error, Handle, Portal, Result, WriteHandle, projects, users};
use crate::{
    model::{
        activity::Action,
        id::{Id, ProjectId, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        project::{Membership, Project, Via},
        time::Timestamp,
        user::{User, UserState},
    },
    store::{Reader, Way, read::Read, tables::Table},
};

const MANAGE: Need = Need::permission(Permission::ProjectsManage);

/// A member in a list of a project's members.
#[derive(Debug, Clone)]
pub struct Member {
    pub user: (UserId, String),
    pub via: Via,
    /// `None`: the command line, or somebody who is gone.
    pub by: Option<(UserId, String)>,
    pub since: Timestamp,
}

/// A project in a list of a user's projects.
#[derive(Debug, Clone)]
pub struct InProject {
    pub project: (ProjectId, String),
    pub via: Via,
    pub by: Option<(UserId, String)>,
    pub since: Timestamp,
}

/// Somebody in the bin is named to those who see them there alone.
pub(super) fn named<H: Handle>(tx: &H, id: Option<UserId>) -> Result<Option<(UserId, String)>> {
    let Some(id) = id else { return Ok(None) };
    let user: Option<User> = tx.entity(id)?;
    let user = user.filter(|user| user.deleted_at.is_none() || tx.grants().sees(user));
    Ok(user.map(|user| (id, user.name.to_string())))
}

/// The members of a project, by name; for its members and those who manage projects.
pub fn list(
    portal: &Portal,
    actor: &Actor,
    project: ProjectId,
    paging: Draft<Paging>,
) -> Result<Page<Member>> {
    portal.read(actor, Need::SIGNED_IN, |tx| {
        let project = projects::visible(tx, project)?;
        let paging = paging?;
        let mut all = Vec::new();
        for membership in tx.below::<Membership>(&project.id.bytes())? {
            let membership = membership?;
            let user: Option<User> = tx.entity(membership.user)?;
            // Whoever is in the bin is in no list; their place is kept until the purge.
            let Some(user) = user.filter(|user| user.state() != UserState::Deleted) else { continue };
            all.push((user.name.to_string(), membership));
        }
        all.sort_by_cached_key(|(name, membership)| (crate::model::text::fold_name(name), membership.user));
        let page = paging.of(all);
        let items = page.items.into_iter().map(|(name, membership)| {
            let Membership { user, via, by, since, .. } = membership;
            Ok(Member { user: (user, name), via, by: named(tx, by)?, since })
        });
        Ok(Page { items: items.collect::<Result<_>>()?, total: page.total, paging })
    })
}

/// How many members a project has, as they are listed.
pub(super) fn count(tx: &impl Reader, project: ProjectId) -> Result<u64> {
    let mut n = tx.count(Table::Members, &project.bytes())?;
    // Whoever is in the bin is not listed: those of the fewer are looked through.
    if n <= tx.len(Table::UsersInBin)? {
        for membership in tx.below::<Membership>(&project.bytes())? {
            let user: Option<User> = tx.entity(membership?.user)?;
            n -= u64::from(user.is_none_or(|user| user.deleted_at.is_some()));
        }
        return Ok(n);
    }
    for user in tx.ids::<UserId>(Table::UsersInBin, &[], Way::Up)? {
        n -= u64::from(tx.entity::<Membership>((project, user?))?.is_some());
    }
    Ok(n)
}

/// The projects that a user is in.
pub fn list_of_user(
    portal: &Portal,
    actor: &Actor,
    user: UserId,
    paging: Draft<Paging>,
) -> Result<Page<InProject>> {
    portal.read(actor, MANAGE, |tx| {
        let user = users::visible(tx, user)?;
        let paging = paging?;
        let mut all = Vec::new();
        for project in tx.ids::<ProjectId>(Table::MembersByUser, &user.id.bytes(), Way::Up)? {
            let project: Option<Project> = tx.entity(project?)?;
            let Some(project) = project else { continue };
            let Some(membership) = tx.entity::<Membership>((project.id, user.id))? else { continue };
            let Membership { via, by, since, .. } = membership;
            all.push(InProject {
                project: (project.id, project.name.to_string()),
                via,
                by: named(tx, by)?,
                since,
            });
        }
        all.sort_by_cached_key(|item| crate::model::text::fold_name(&item.project.1));
        Ok(paging.of(all))
    })
}

/// Makes a user a member; one who is already is left as they are.
pub fn add(portal: &Arc<Portal>, actor: &Actor, project: ProjectId, user: UserId) -> Result<()> {
    portal.write(actor, MANAGE, move |tx| {
        let (project, user) = (projects::visible(tx, project)?, users::visible(tx, user)?);
        add_now(tx, project.id, &user)
    })
}

pub(super) fn add_now(tx: &mut WriteHandle<'_, '_>, project: ProjectId, user: &User) -> Result<()> {
    if user.state() == UserState::Deleted {
        return Err(Error::Conflict("This user is in the bin. Restore them first.".to_owned()));
    }
    join(tx, project, user.id, Via::Added)
}

pub fn remove(portal: &Arc<Portal>, actor: &Actor, project: ProjectId, user: UserId) -> Result<()> {
    portal.write(actor, MANAGE, move |tx| {
        let (project, user) = (projects::visible(tx, project)?, users::visible(tx, user)?);
        remove_now(tx, project.id, &user)
    })
}

pub(super) fn remove_now(tx: &mut WriteHandle<'_, '_>, project: ProjectId, user: &User) -> Result<()> {
    Ok(tx.remove::<Membership>((project, user.id), Action::MemberRemoved)?)
}

pub(super) fn join(tx: &mut WriteHandle<'_, '_>, project: ProjectId, user: UserId, via: Via) -> Result<()> {
    if tx.entity::<Membership>((project, user))?.is_none() {
        let (by, since) = (tx.grants().effective, tx.now());
        tx.save(Membership { project, user, via, by, since }, Action::MemberAdded)?;
    }
    Ok(())
}
