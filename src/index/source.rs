//! The store as the index reads it.

use std::iter::Peekable;

use super::document::{Names, Source, Touched, UserDocument};
use crate::{
    model::{
        group::Group,
        id::{Id, ProjectId, UserId},
        project::Project,
        text::EmailAddress,
        time::Timestamp,
        user::{LastSeen, User},
    },
    store::{Error, Read, Reader, Store, Way, queued, tables::Table},
};

/// So many rows of the queue are taken out in one transaction: others do not wait for all.
const TRIMMED: u64 = 2000;

impl Source for Store {
    fn sequence(&self) -> Result<u64, String> {
        let sequence = || self.read()?.sequence();
        sequence().map_err(words)
    }

    fn names(&self) -> Result<Names, String> {
        let names = || {
            let tx = self.read()?;
            let mut names = Names::default();
            for group in tx.all::<Group>()? {
                let group = group?;
                names.groups.insert(group.id, group.name.as_str().to_owned());
            }
            for project in tx.all::<Project>()? {
                let project = project?;
                names.projects.insert(project.id, project.name.as_str().to_owned());
            }
            Ok(names)
        };
        names().map_err(words)
    }

    fn load(&self, ids: &[UserId]) -> Result<Vec<Option<UserDocument>>, String> {
        let load = || {
            let tx = self.read()?;
            let one = |id: &UserId| {
                let Some(user) = tx.entity::<User>(*id)? else { return Ok(None) };
                let seen = tx.entity::<LastSeen>(*id)?.map(|seen| seen.at);
                let projects =
                    tx.ids(Table::MembersByUser, &id.bytes(), Way::Up)?.collect::<Result<_, _>>()?;
                Ok(Some(document(user, seen, projects)))
            };
            ids.iter().map(one).collect::<Result<Vec<_>, Error>>()
        };
        load().map_err(words)
    }

    fn count(&self) -> Result<u64, String> {
        let count = || self.read()?.len(Table::Users);
        count().map_err(words)
    }

    fn scan(&self, each: &mut dyn FnMut(u64, UserDocument) -> bool) -> Result<u64, String> {
        let mut scan = || {
            let tx = self.read()?;
            let sequence = tx.sequence()?;
            // All three are in the order of user ids: one pass over each, no look-ups.
            let mut seen = tx.all::<LastSeen>()?.peekable();
            let pairs = tx.range(Table::MembersByUser, crate::store::Keys::all(), Way::Up)?;
            let mut members = pairs.map(|pair| Ok(member(&pair?.0))).peekable();
            for user in tx.all::<User>()? {
                let user = user?;
                let at = upto(&mut seen, user.id, |seen| seen.user)?.pop().map(|seen| seen.at);
                let projects = upto(&mut members, user.id, |(id, _)| *id)?;
                let projects = projects.into_iter().map(|(_, project)| project).collect();
                if !each(sequence, document(user, at, projects)) {
                    break;
                }
            }
            Ok(sequence)
        };
        scan().map_err(words)
    }

    fn members(&self, project: ProjectId) -> Result<Vec<UserId>, String> {
        let members = || {
            self.read()?.ids(Table::Members, &project.bytes(), Way::Up)?.collect::<Result<Vec<_>, Error>>()
        };
        members().map_err(words)
    }

    fn by_email(&self, address: &str) -> Result<Option<UserId>, String> {
        let Ok(address) = EmailAddress::parse(address) else { return Ok(None) };
        let user = || self.read()?.user_by_email(&address);
        Ok(user().map_err(words)?.map(|user| user.id))
    }

    fn changes_after(&self, sequence: u64) -> Result<Vec<(u64, Touched)>, String> {
        let changes = || queued(&*self.read()?, sequence);
        changes().map_err(words)
    }

    fn trim(&self, up_to: u64) -> Result<(), String> {
        let first = || {
            let tx = self.read()?;
            let row = tx.range(Table::IndexQueue, crate::store::Keys::all(), Way::Up)?.next().transpose()?;
            Ok(row.and_then(|(key, _)| key.try_into().ok()).map(u64::from_be_bytes))
        };
        let Some(mut at) = first().map_err(words)? else { return Ok(()) };
        while at <= up_to {
            at = at.saturating_add(TRIMMED);
            let to = up_to.min(at - 1);
            self.write(move |tx| tx.trim_queue(to)).map_err(words)?;
        }
        Ok(())
    }
}

fn words(error: Error) -> String {
    error.to_string()
}

/// A row of the members by user: user, project.
fn member(key: &[u8]) -> (UserId, ProjectId) {
    let id = |part: Option<&[u8]>| uuid::Uuid::from_slice(part.unwrap_or_default()).unwrap_or_default();
    (UserId::from_uuid(id(key.get(..16))), ProjectId::from_uuid(id(key.get(16..32))))
}

/// Takes the rows of one user; those of users who are not there are passed over.
fn upto<T>(
    rows: &mut Peekable<impl Iterator<Item = Result<T, Error>>>,
    user: UserId,
    of: impl Fn(&T) -> UserId,
) -> Result<Vec<T>, Error> {
    let mut taken = Vec::new();
    while let Some(row) = rows.next_if(|row| row.as_ref().map_or(true, |row| of(row) <= user)) {
        let row = row?;
        if of(&row) == user {
            taken.push(row);
        }
    }
    Ok(taken)
}

fn document(user: User, last_seen_at: Option<Timestamp>, projects: Vec<ProjectId>) -> UserDocument {
    UserDocument {
        id: user.id,
        state: user.state(),
        name: user.name.as_str().to_owned(),
        email: user.email.as_str().to_owned(),
        company: user.company.as_ref().map(|company| company.as_str().to_owned()),
        groups: user.groups.iter().copied().collect(),
        projects,
        created_at: user.created_at,
        last_seen_at,
    }
}
