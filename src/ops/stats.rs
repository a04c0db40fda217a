//! Counts for the overview. None of them looks at every user's record: the index has the users in
//! columns, visits are counted as they come, and sign-ups are found by their activity.

use std::sync::Arc;

use super::{Error, Handle, Portal, ReadHandle, Result, activity, backups};
use crate::{
    index::query::Census,
    model::{
        activity::Action,
        backup::Backup,
        group::Group,
        id::{ActivityId, GroupId, Id, UserId},
        permission::Permission,
        policy::{Actor, Need, Visibility},
        text::fold_name,
        time::Timestamp,
        user::{User, UserState},
        visits::{Day, Visits},
    },
    store::{self, Keys, Reader, Way, WriteTx, read::Read, tables::Table},
};

/// So many days are told, today included.
pub const DAYS: u32 = 90;
/// Old visits are forgotten so many at a time.
const AT_ONCE: usize = 500;

/// A group, and how many of its users are in which state.
pub type GroupCount = (GroupId, String, Vec<(UserState, u64)>);
/// So many on each of the last [`DAYS`] days, oldest first.
pub type Daily = Vec<(Day, u64)>;

#[derive(Debug, Clone)]
pub struct Stats {
    /// All states; those in the bin are counted apart from all the rest.
    pub states: Vec<(UserState, u64)>,
    /// All groups by name, with their users in each state but the bin.
    pub groups: Vec<GroupCount>,
    /// Who signed up by themselves, those included who are gone since.
    pub sign_ups: Daily,
    /// Whoever was made, in whatever way, and is not deleted.
    pub created: Daily,
    pub active: Daily,
    pub pending: u64,
    /// `None` for who may not read mail.
    pub failed_mails: Option<u64>,
    /// The last one made by the clock, for who may change the settings.
    pub backup: Option<Backup>,
}

pub fn get(portal: &Portal, actor: &Actor) -> Result<Stats> {
    portal.read(actor, Need::permission(Permission::UsersRead), |tx| {
        let today = Day::of(tx.now());
        let first = today.before(DAYS - 1);
        let visibility = &tx.grants().visibility;
        let census = portal.index.census(visibility, first.start()).map_err(internal)?;
        let count = |state| census.by_state.get(&state).copied().unwrap_or(0);
        Ok(Stats {
            states: UserState::ALL.iter().map(|state| (*state, count(*state))).collect(),
            groups: groups(tx, &census)?,
            sign_ups: daily(today, sign_ups(tx, first)?),
            created: daily(today, census.created.iter().map(|(at, users)| (Day::of(*at), *users))),
            active: daily(today, visits(tx, first)?),
            pending: count(UserState::Pending),
            failed_mails: match tx.grants().holds(Permission::MailRead) {
                true => Some(tx.len(Table::MailsFailed)?),
                false => None,
            },
            backup: match tx.grants().holds(Permission::SettingsWrite) {
                true => backups::latest(tx)?,
                false => None,
            },
        })
    })
}

fn internal(error: crate::index::Error) -> Error {
    Error::Internal(error.to_string())
}

/// Every day up to today, those on which nothing was included.
fn daily(today: Day, counts: impl IntoIterator<Item = (Day, u64)>) -> Daily {
    let first = today.before(DAYS - 1);
    let mut days: Daily = (0..DAYS).rev().map(|ago| (today.before(ago), 0)).collect();
    for (day, users) in counts {
        if let Some((_, count)) = first.until(day).and_then(|at| days.get_mut(at)) {
            *count += users;
        }
    }
    days
}

fn groups(tx: &ReadHandle, census: &Census) -> Result<Vec<GroupCount>> {
    let mut groups = Vec::new();
    for group in tx.all::<Group>()? {
        let Group { id, name, .. } = group?;
        let count = |state: &UserState| census.by_group.get(&(id, *state)).copied().unwrap_or(0);
        let states = UserState::ALL.iter().filter(|state| **state != UserState::Deleted);
        groups.push((id, name.to_string(), states.map(|state| (*state, count(state))).collect()));
    }
    groups.sort_by_cached_key(|(id, name, _)| (fold_name(name), *id));
    Ok(groups)
}

/// Each sign-up's day, by the id of its activity; whoever may see only some users is told only of those.
fn sign_ups(tx: &ReadHandle, first: Day) -> Result<Vec<(Day, u64)>> {
    let all = tx.grants().visibility == Visibility::All;
    let mut days = Vec::new();
    for id in activity::ids_since(tx, Action::UserSignedUp, first.start())? {
        let id = id?;
        if all || of_visible(tx, id)? {
            days.extend(id.made_at().map(|at| (Day::of(at), 1)));
        }
    }
    Ok(days)
}

fn of_visible(tx: &ReadHandle, id: ActivityId) -> Result<bool> {
    let activity = store::activity(tx, id)?;
    let Some(subject) = activity.and_then(|activity| activity.subject) else { return Ok(false) };
    Ok(super::users::visible(tx, UserId::from_uuid(subject.id)).is_ok())
}

fn visits(tx: &ReadHandle, first: Day) -> Result<Vec<(Day, u64)>> {
    let keys = Keys { from: first.sort_key().to_vec(), to: None };
    let mut days = Vec::new();
    for pair in tx.range(Table::Visits, keys, Way::Up)? {
        let (key, _) = pair?;
        let visits: Option<Visits> = tx.stored(Table::Visits, &key)?;
        let shown = visits.filter(|visits| visits.shown(&tx.grants().visibility));
        days.extend(shown.map(|visits| (visits.day, visits.users)));
    }
    Ok(days)
}

/// Counts a user who was last there `before`, the first time on a day.
pub(super) fn note_visit(
    tx: &mut WriteTx<'_>,
    user: UserId,
    before: Option<Timestamp>,
    now: Timestamp,
) -> std::result::Result<(), store::Error> {
    let day = Day::of(now);
    if before.is_some_and(|before| Day::of(before) >= day) {
        return Ok(());
    }
    let Some(user) = tx.entity::<User>(user)? else { return Ok(()) };
    count_visit(tx, &user, day)
}

pub(super) fn count_visit(
    tx: &mut WriteTx<'_>,
    user: &User,
    day: Day,
) -> std::result::Result<(), store::Error> {
    let known: Option<Visits> = tx.entity((day, Visits::fingerprint(&user.groups)))?;
    let users = known.map_or(0, |visits| visits.users) + 1;
    tx.note(&Visits { day, groups: user.groups.clone(), users })
}

/// Forgets the visits of days that nobody is told of any more.
pub(super) fn forget_visits(portal: &Arc<Portal>) -> Result<()> {
    let (system, need) = (Actor::system(), Need::NOTHING);
    let old = portal.read(&system, need, |tx| {
        let to = Day::of(tx.now()).before(Visits::KEPT).sort_key().to_vec();
        let mut old = Vec::new();
        for pair in tx.range(Table::Visits, Keys { from: Vec::new(), to: Some(to) }, Way::Up)? {
            let visits: Option<Visits> = tx.stored(Table::Visits, &pair?.0)?;
            old.extend(visits.map(|visits| (visits.day, Visits::fingerprint(&visits.groups))));
        }
        Ok(old)
    })?;
    for some in old.chunks(AT_ONCE) {
        let some = some.to_vec();
        portal.write(&system, need, move |tx| {
            for id in &some {
                tx.forget::<Visits>(*id)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}
