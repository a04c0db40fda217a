//! Projects: whoever creates one is its member, and so is every admin of that moment; nobody else.

use std::{collections::BTreeSet, sync::Arc};

use super::{Draft, Error, Handle, Portal, ReadHandle, Result, WriteHandle, members, users};
use crate::{
    model::{
        activity::Action,
        group::BuiltIn,
        id::{Id, ProjectId, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        project::{Membership, NewProject, Project, ProjectPatch, ProjectState, Via},
        text::fold_name,
        user::{User, UserState},
    },
    store::{Way, read::Read, tables::Table},
};

/// A project with what lies beside it.
#[derive(Debug, Clone)]
pub struct ProjectDetails {
    pub project: Project,
    pub members: u64,
    pub created_by: Option<(UserId, String)>,
}

fn details<H: Handle>(tx: &H, project: Project) -> Result<ProjectDetails> {
    Ok(ProjectDetails {
        members: members::count(tx, project.id)?,
        created_by: members::named(tx, project.created_by)?,
        project,
    })
}

/// A project that the actor may see: one of theirs, or any for those who manage projects.
pub(super) fn visible<H: Handle>(tx: &H, id: ProjectId) -> Result<Project> {
    let project: Project = tx.entity(id)?.ok_or(Error::NotFound)?;
    if tx.grants().holds(Permission::ProjectsManage) {
        return Ok(project);
    }
    let member = match tx.grants().effective {
        Some(user) => tx.entity::<Membership>((id, user))?.is_some(),
        None => false,
    };
    if member { Ok(project) } else { Err(Error::NotFound) }
}

/// A project that the actor may change: their own creation, or any for those who manage projects.
fn changeable<H: Handle>(tx: &H, id: ProjectId) -> Result<Project> {
    let project = visible(tx, id)?;
    let grants = tx.grants();
    // A program does what its token lets it: as the creator only where it could create.
    let creates = grants.token.is_none() || grants.held.anywhere().holds(Permission::ProjectsCreate);
    let creator = creates && project.created_by.is_some() && project.created_by == grants.effective;
    if creator || tx.grants().holds(Permission::ProjectsManage) {
        Ok(project)
    } else {
        Err(Error::lacks(Permission::ProjectsManage))
    }
}

/// By name. Of those that are on other pages no more than this is kept: there may be thousands.
type ByName = BTreeSet<(String, ProjectId)>;

fn by_name(project: &Project) -> (String, ProjectId) {
    (fold_name(project.name.as_str()), project.id)
}

fn page(tx: &ReadHandle, all: ByName, paging: Paging) -> Result<Page<ProjectDetails>> {
    let page = paging.of(all.into_iter().map(|(_, id)| id).collect());
    let mut items = Vec::with_capacity(page.items.len());
    for id in page.items {
        let project: Project = tx.entity(id)?.ok_or(Error::NotFound)?;
        items.push(details(tx, project)?);
    }
    Ok(Page { items, total: page.total, paging })
}

fn of_user(tx: &ReadHandle, user: UserId) -> Result<ByName> {
    let mut all = ByName::new();
    for id in tx.ids::<ProjectId>(Table::MembersByUser, &user.bytes(), Way::Up)? {
        all.extend(tx.entity::<Project>(id?)?.as_ref().map(by_name));
    }
    Ok(all)
}

/// The projects one may see, by name; `text` limits them to those whose name has it.
pub fn list(portal: &Portal, actor: &Actor, query: Draft<(String, Paging)>) -> Result<Page<ProjectDetails>> {
    portal.read(actor, Need::SIGNED_IN, |tx| {
        let (text, paging) = query?;
        let mut all = match tx.grants().effective {
            Some(user) if !tx.grants().holds(Permission::ProjectsManage) => of_user(tx, user)?,
            _ => {
                let each = tx.all::<Project>()?.map(|project| project.map(|project| by_name(&project)));
                each.collect::<std::result::Result<_, _>>()?
            }
        };
        let text = fold_name(&text);
        all.retain(|(name, _)| name.contains(&text));
        page(tx, all, paging)
    })
}

/// One's own projects, whatever else one may see.
pub fn list_own(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<ProjectDetails>> {
    portal.read(actor, Need::SIGNED_IN, |tx| {
        let user = users::oneself(tx)?;
        page(tx, of_user(tx, user.id)?, paging?)
    })
}

pub fn get(portal: &Portal, actor: &Actor, id: ProjectId) -> Result<ProjectDetails> {
    portal.read(actor, Need::SIGNED_IN, |tx| details(tx, visible(tx, id)?))
}

pub fn create(portal: &Arc<Portal>, actor: &Actor, draft: Draft<NewProject>) -> Result<ProjectDetails> {
    portal.write(actor, Need::permission(Permission::ProjectsCreate), move |tx| {
        let project = create_now(tx, draft.clone()?)?;
        details(tx, project)
    })
}

pub(super) fn create_now(tx: &mut WriteHandle<'_, '_>, new: NewProject) -> Result<Project> {
    let project = Project {
        id: tx.new_id()?,
        version: 0,
        name: new.name,
        description: new.description,
        state: new.state.unwrap_or(ProjectState::Active),
        created_by: tx.grants().effective,
        created_at: tx.now(),
    };
    let project = tx.save(project, Action::ProjectCreated)?;
    if let Some(creator) = project.created_by {
        members::join(tx, project.id, creator, Via::Creator)?;
    }
    let admins: Vec<UserId> = tx
        .ids(Table::UsersByGroup, &BuiltIn::Admin.id().bytes(), Way::Up)?
        .collect::<std::result::Result<_, _>>()?;
    for id in admins {
        let admin: Option<User> = tx.entity(id)?;
        if admin.is_some_and(|admin| admin.state() != UserState::Deleted) {
            members::join(tx, project.id, id, Via::Admin)?;
        }
    }
    Ok(project)
}

/// Changes some fields; with `versions`, only if the project is still one of those.
pub fn update(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: ProjectId,
    versions: Option<Vec<u64>>,
    draft: Draft<ProjectPatch>,
) -> Result<ProjectDetails> {
    portal.write(actor, Need::SIGNED_IN, move |tx| {
        let mut project = changeable(tx, id)?;
        let (patch, before) = (draft.clone()?, project.version);
        project.name = patch.name.unwrap_or(project.name);
        project.description = patch.description.unwrap_or(project.description);
        project.state = patch.state.unwrap_or(project.state);
        let project = tx.save(project, Action::ProjectUpdated)?;
        // Last, after a name that is taken: what was saved here is forgotten with the error.
        if versions.as_ref().is_some_and(|any| !any.contains(&before)) {
            return Err(Error::Stale);
        }
        details(tx, project)
    })
}

pub fn delete(portal: &Arc<Portal>, actor: &Actor, id: ProjectId) -> Result<()> {
    portal.write(actor, Need::SIGNED_IN, move |tx| {
        let project = changeable(tx, id)?;
        let members: Vec<Membership> =
            tx.below(&project.id.bytes())?.collect::<std::result::Result<_, _>>()?;
        for member in members {
            tx.remove::<Membership>((id, member.user), Action::MemberRemoved)?;
        }
        tx.remove::<Project>(id, Action::ProjectDeleted)?;
        Ok(())
    })
}
