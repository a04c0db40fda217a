//! All users as CSV (RFC 4180), streamed from one moment of the store in constant memory.

use std::{collections::HashMap, io, sync::Arc};

use crate::{
    model::{
        activity::Action,
        group::Group,
        id::{GroupId, Id, ProjectId},
        permission::Permission,
        policy::{Actor, Need},
        project::Project,
        time::Timestamp,
        user::{LastSeen, User, UserState},
    },
    ops::{Error, Handle, Portal, ReadHandle, Result, csv_cells},
    store::{Reader, Way, read::Read, tables::Table},
};

pub const HEADER: [&str; 11] = [
    "id",
    "name",
    "email",
    "company",
    "phone",
    "groups",
    "projects",
    "state",
    "created_at",
    "last_seen_at",
    "notes",
];

const NEED: Need = Need::permission(Permission::UsersExport).and_oneself().and_fresh();

/// An export that has been allowed and recorded, and waits to be written.
pub struct Exported {
    handle: ReadHandle,
    pub at: Timestamp,
}

/// Allows and records an export, and holds on to the moment of which it will be.
pub fn export(portal: &Arc<Portal>, actor: &Actor) -> Result<Exported> {
    portal.write(actor, NEED, |tx| tx.record(Action::UserExported, None, Vec::new()).map_err(Error::from))?;
    portal.read_on(actor, NEED).map(|handle| Exported { at: handle.now(), handle })
}

impl Exported {
    /// Writes all users but those in the bin, the oldest first, and says how many: as far as the
    /// actor's export reaches.
    pub fn write(&self, out: impl io::Write) -> Result<u64> {
        let tx = &self.handle;
        let failed = |error: csv::Error| Error::Unavailable(error.to_string());
        let mut csv = csv_cells::writer(out);
        csv.write_record(HEADER).map_err(failed)?;
        let names = Names::read(tx)?;
        let mut n = 0;
        for user in tx.all::<User>()? {
            let user = user?;
            let held = tx.grants().over(&user);
            if user.state() == UserState::Deleted || !held.holds(Permission::UsersExport) {
                continue;
            }
            let notes = held.holds(Permission::UsersWrite);
            csv.write_record(row(tx, &names, &user, notes)?.map(|cell| csv_cells::guard(&cell)))
                .map_err(failed)?;
            n += 1;
        }
        csv.flush().map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(n)
    }
}

/// The names of groups and projects: few, and wanted in every row.
struct Names {
    groups: HashMap<GroupId, String>,
    projects: HashMap<ProjectId, String>,
}

impl Names {
    fn read(tx: &impl Reader) -> Result<Self> {
        let (mut groups, mut projects) = (HashMap::new(), HashMap::new());
        for group in tx.all::<Group>()? {
            let group = group?;
            groups.insert(group.id, group.name.to_string());
        }
        for project in tx.all::<Project>()? {
            let project = project?;
            projects.insert(project.id, project.name.to_string());
        }
        Ok(Self { groups, projects })
    }
}

fn row(tx: &impl Reader, names: &Names, user: &User, notes: bool) -> Result<[String; 11]> {
    let mut groups: Vec<&str> =
        user.groups.iter().filter_map(|id| names.groups.get(id)).map(String::as_str).collect();
    groups.sort_unstable();
    let mut projects = Vec::new();
    for id in tx.ids::<ProjectId>(Table::MembersByUser, &user.id.bytes(), Way::Up)? {
        projects.extend(names.projects.get(&id?).map(String::as_str));
    }
    projects.sort_unstable();
    let seen: Option<LastSeen> = tx.entity(user.id)?;
    let text = |value: Option<&str>| value.unwrap_or("").to_owned();
    Ok([
        user.id.to_string(),
        user.name.to_string(),
        user.email.to_string(),
        text(user.company.as_ref().map(|company| company.as_str())),
        text(user.phone.as_ref().map(|phone| phone.as_str())),
        groups.join("; "),
        projects.join("; "),
        user.state().as_str().to_owned(),
        user.created_at.to_string(),
        seen.map(|seen| seen.at.to_string()).unwrap_or_default(),
        text(user.notes.as_ref().filter(|_| notes).map(|notes| notes.as_str())),
    ])
}
