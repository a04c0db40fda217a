//! Does what was previewed, exactly: in transactions short enough that nobody waits for them, as
//! one batch that is wholly undone when it ends half-way.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    NEED,
    job::Work,
    names::Missing,
    plan::{Change, Creation, Plan, References},
    verdicts::Verdicts,
};
use crate::{
    model::{
        batch::BatchKind,
        group::{Group, NewGroup},
        id::{BatchId, GroupId, ProjectId},
        import::ImportState,
        permission::{Permission, Permissions},
        project::{NewProject, Project},
        time::Span,
        user::{NewUser, User, Welcome},
    },
    ops::{
        Error, Handle, Portal, ReadHandle, Result, WriteHandle,
        batches::{self, Progress},
        groups, members, projects,
        users::{change::update_now, create::create_now, must_hold_over, state::disable_now, target},
    },
    store::{read::Read, tables::Table},
};

/// Rows in one transaction: as many as take about this long to work out, within bounds. Storing
/// them takes as long again, and whoever comes meanwhile waits for two of these at most. The disk's
/// own delay is left out: with fewer rows it would only come more often.
const SHORT: Span = Span::milliseconds(12);
const LONG: Span = Span::milliseconds(30);
const FEWEST: usize = 50;
const MOST: usize = 1000;

/// What was made before the rows, by folded name.
#[derive(Default)]
struct Made {
    groups: BTreeMap<String, GroupId>,
    projects: BTreeMap<String, ProjectId>,
}

/// That every user whom a preview is about is still as it was shown.
pub fn check_fresh(work: &Work) -> Result<()> {
    let Work { portal, import, actor } = work;
    let Some(verdicts) = import.now().verdicts else { return Ok(()) };
    let fresh = portal.read(actor, NEED, |tx| {
        needs(tx, Permission::UsersWrite)?;
        all_fresh(tx, &verdicts)
    });
    import.change(|now| {
        now.checking = false;
        if let Err(error) = &fresh {
            // Nothing has begun.
            now.state = ImportState::Previewed;
            now.error = Some(error.clone());
        }
    });
    fresh
}

fn all_fresh(tx: &ReadHandle, verdicts: &Verdicts) -> Result<()> {
    for plan in verdicts.plans()? {
        let fresh = match plan?.1 {
            Plan::Create(new) => tx.user_by_email(&new.email)?.is_none(),
            Plan::Update(change) => {
                let now: Option<User> = tx.entity(change.before.id)?;
                now.is_some_and(|now| now.version == change.before.version)
            }
        };
        if !fresh {
            return Err(Error::Stale);
        }
    }
    Ok(())
}

pub fn apply(work: &Work) -> Result<()> {
    let Work { portal, import, .. } = work;
    let now = import.now();
    let Some(verdicts) = now.verdicts else { return Ok(()) };
    let total = verdicts.counts().to_apply();
    let undo_id = if total == 0 {
        None
    } else {
        batches::run(portal, BatchKind::Import, total, |plan| {
            let done = all(work, plan, &verdicts, &now.missing, now.welcome);
            if done.is_err() {
                import.change(|now| now.state = ImportState::Undoing);
            }
            done
        })?
    };
    import.change(|now| {
        now.undo_id = undo_id;
        now.progress = 1.0;
        now.state = ImportState::Applied;
    });
    Ok(())
}

/// All rows, some at a time.
fn all(
    work: &Work,
    batch: batches::Plan,
    verdicts: &Verdicts,
    missing: &Missing,
    welcome: bool,
) -> Result<Option<BatchId>> {
    let Work { portal, import, actor } = work;
    let made = if missing.is_empty() { Made::default() } else { make(work, batch, missing)? };
    let made = Arc::new(made);
    let counts = verdicts.counts();
    let (mut done, mut size) = (0, FEWEST);
    let mut plans = verdicts.plans()?.peekable();
    let mut undo_id = None;
    while plans.peek().is_some() {
        work.go_on()?;
        portal.index.wait_for_room();
        let some: Vec<Plan> = plans.by_ref().take(size).map(|plan| Ok(plan?.1)).collect::<Result<_>>()?;
        done += some.len() as u64;
        let last = plans.peek().is_none();
        let (own, made, some) = (Arc::clone(portal), Arc::clone(&made), Arc::new(some));
        let took;
        (undo_id, took) = portal.write(actor, NEED, move |tx| {
            let began = own.now();
            needs(tx, Permission::UsersWrite)?;
            for plan in some.iter() {
                batches::step(tx, batch, |tx| carry_out(&own, tx, plan, &made, welcome)).map_err(since)?;
            }
            let progress = Progress { done, skipped: counts.error };
            let undo_id = if last {
                batches::finish(tx, batch, progress)?
            } else {
                batches::advance(tx, batch, progress)?;
                None
            };
            Ok((undo_id, own.now().since(began)))
        })?;
        size = if took > LONG {
            size / 2
        } else if took < SHORT {
            size * 2
        } else {
            size
        };
        size = size.clamp(FEWEST, MOST);
        import.change(|now| now.progress = done as f64 / counts.to_apply() as f64);
    }
    Ok(undo_id)
}

/// Previewed, a row that is refused now has been changed meanwhile.
fn since(error: Error) -> Error {
    match error {
        Error::NotFound
        | Error::Invalid { .. }
        | Error::Conflict(_)
        | Error::LastAdmin(_)
        | Error::Oneself(_) => Error::Stale,
        other => other,
    }
}

fn needs(tx: &impl Handle, permission: Permission) -> Result<()> {
    if tx.grants().held.anywhere().holds(permission) { Ok(()) } else { Err(Error::lacks(permission)) }
}

/// Makes the groups and projects that the rows name.
fn make(work: &Work, batch: batches::Plan, missing: &Missing) -> Result<Made> {
    let missing = missing.clone();
    work.portal.write(&work.actor, NEED, move |tx| {
        let mut made = Made::default();
        let (mut new_groups, mut new_projects) = (Vec::new(), Vec::new());
        if !missing.groups.is_empty() {
            needs(tx, Permission::GroupsWrite)?;
        }
        if !missing.projects.is_empty() {
            needs(tx, Permission::ProjectsCreate)?;
        }
        for (key, name) in &missing.groups {
            let known: Option<Group> = tx.by_index(Table::GroupsByName, key.as_bytes())?;
            let group = match known {
                Some(group) => group,
                None => {
                    let (name, permissions) = (name.clone(), Permissions::NONE);
                    let group = groups::create_now(
                        tx,
                        NewGroup { name, description: None, permissions, limited_to: None },
                    )?;
                    new_groups.push(group.id);
                    group
                }
            };
            made.groups.insert(key.clone(), group.id);
        }
        for (key, name) in &missing.projects {
            let known: Option<Project> = tx.by_index(Table::ProjectsByName, key.as_bytes())?;
            let project = match known {
                Some(project) => project,
                None => {
                    let new = NewProject { name: name.clone(), description: None, state: None };
                    let project = batches::step(tx, batch, |tx| projects::create_now(tx, new))?;
                    new_projects.push(project.id);
                    project
                }
            };
            made.projects.insert(key.clone(), project.id);
        }
        batches::note_made(tx, batch, new_groups, new_projects)?;
        Ok(made)
    })
}

impl Made {
    fn groups(&self, groups: &References<GroupId>) -> Result<Vec<GroupId>> {
        resolved(groups, &self.groups)
    }

    fn projects(&self, projects: &References<ProjectId>) -> Result<Vec<ProjectId>> {
        resolved(projects, &self.projects)
    }
}

fn resolved<I: Copy>(references: &References<I>, made: &BTreeMap<String, I>) -> Result<Vec<I>> {
    let mut ids = references.ids.clone();
    for name in &references.new {
        ids.push(*made.get(name).ok_or(Error::Stale)?);
    }
    Ok(ids)
}

fn carry_out(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    plan: &Plan,
    made: &Made,
    welcome: bool,
) -> Result<()> {
    match plan {
        Plan::Create(new) => create(portal, tx, new, made, welcome),
        Plan::Update(change) => update(portal, tx, change, made),
    }
}

fn create(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    new: &Creation,
    made: &Made,
    welcome: bool,
) -> Result<()> {
    let welcome = Welcome { send: welcome && !new.disabled, ..Welcome::default() };
    let new_user = NewUser {
        name: new.name.clone(),
        email: new.email.clone(),
        company: new.company.clone(),
        phone: new.phone.clone(),
        notes: new.notes.clone(),
        groups: made.groups(&new.groups)?,
        projects: made.projects(&new.projects)?,
        welcome,
    };
    let user = create_now(portal, tx, &new_user)?;
    must_hold_over(tx, &user, Permission::UsersImport)?;
    if new.disabled {
        disable_now(tx, user, None)?;
    }
    Ok(())
}

fn update(portal: &Portal, tx: &mut WriteHandle<'_, '_>, change: &Change, made: &Made) -> Result<()> {
    let mut user = target(tx, change.before.id)?;
    must_hold_over(tx, &user, Permission::UsersWrite)?;
    if user.version != change.before.version {
        return Err(Error::Stale);
    }
    let mut patch = change.patch();
    if !change.new_groups.is_empty() {
        let groups =
            References { ids: change.after.groups.iter().copied().collect(), new: change.new_groups.clone() };
        patch.groups = Some(made.groups(&groups)?);
    }
    user = update_now(portal, tx, user, &patch, None)?;
    let join = made.projects(&change.join)?;
    if !(join.is_empty() && change.leave.is_empty()) {
        needs(tx, Permission::ProjectsManage)?;
    }
    for project in join {
        tx.entity::<Project>(project)?.ok_or(Error::Stale)?;
        members::add_now(tx, project, &user)?;
    }
    for project in &change.leave {
        members::remove_now(tx, *project, &user)?;
    }
    if change.disable {
        disable_now(tx, user, None)?;
    }
    Ok(())
}
