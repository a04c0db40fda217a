//! The daily mail to those who may approve, while somebody waits. What has been written of it is
//! noted in the same transaction as the mails: a restart neither forgets nor repeats one.

use std::{collections::BTreeSet, sync::Arc};

use super::{Handle, Portal, Result, WriteHandle, held_by, letters::Recipient};
use crate::{
    index::query::Query,
    mail::letter::Letter,
    model::{
        activity::Action,
        chores::Chores,
        group::Group,
        id::{Id, UserId},
        permission::Permission,
        policy::{Actor, Need, Visibility, visibility},
        user::{User, UserState},
    },
    ops::Error,
    store::{Reader, Way, read::Read, tables::Table},
};

/// So many mails in one write.
const AT_ONCE: usize = 100;

/// Writes what is due.
pub(super) fn remind(portal: &Arc<Portal>) -> Result<()> {
    let (system, need) = (Actor::system(), Need::NOTHING);
    if !portal.read(&system, need, |tx| anything_to_do(portal, tx))? {
        return Ok(());
    }
    loop {
        let own = Arc::clone(portal);
        if !portal.write(&system, need, move |tx| some(&own, tx))? {
            return Ok(());
        }
    }
}

/// Most of the time nothing is, and then nothing is written.
fn anything_to_do<H: Handle>(portal: &Portal, tx: &H) -> Result<bool> {
    let chores: Chores = tx.entity(())?.unwrap_or_default();
    let due = chores.reminding_after.is_some() || chores.reminder_due(tx.now()).is_some();
    Ok(due && tx.settings()?.sign_up_reminder && waiting(portal, &Visibility::All)? > 0)
}

/// How many wait whom somebody may see.
fn waiting(portal: &Portal, visibility: &Visibility) -> Result<u64> {
    let query = Query { state: Some(UserState::Pending), visibility: visibility.clone(), ..Query::default() };
    let counts = portal.index.facets(&query).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(counts.total)
}

/// Writes to some of them; true when there are more.
fn some(portal: &Portal, tx: &mut WriteHandle<'_, '_>) -> Result<bool> {
    if !anything_to_do(portal, tx)? {
        return Ok(false);
    }
    let mut chores: Chores = tx.entity(())?.unwrap_or_default();
    let after = chores.reminding_after.take();
    if after.is_none() {
        chores.reminded_at = chores.reminder_due(tx.now());
    }
    let approvers = approvers(tx)?;
    let mut rest = approvers.into_iter().filter(|id| after.is_none_or(|after| *id > after));
    let mut mails = 0;
    for id in rest.by_ref().take(AT_ONCE) {
        let Some(user) = tx.entity::<User>(id)?.filter(|user| user.state() == UserState::Active) else {
            continue;
        };
        let waiting = waiting(portal, &visibility(&held_by(tx, &user)?, id))?;
        if waiting > 0 {
            let pending_url = portal.address("/users?state=pending");
            let letter = Letter::SignUpReminder { name: user.name.to_string(), waiting, pending_url };
            portal.post(tx, Recipient::from(&user), &letter, None)?;
            mails += 1;
        }
        chores.reminding_after = Some(id);
    }
    let more = rest.next().is_some();
    if !more {
        chores.reminding_after = None;
    }
    tx.note(&chores)?;
    if mails > 0 {
        let text = format!("{} waiting, {mails} told", waiting(portal, &Visibility::All)?);
        tx.record(Action::SignUpsReminded.because(Some(&text)), None, Vec::new())?;
    }
    Ok(more)
}

/// Everybody in a group that may approve.
fn approvers(tx: &impl Reader) -> Result<BTreeSet<UserId>> {
    let mut all = BTreeSet::new();
    for group in tx.all::<Group>()? {
        let group = group?;
        if group.permissions().holds(Permission::UsersWrite) {
            for id in tx.ids::<UserId>(Table::UsersByGroup, &group.id.bytes(), Way::Up)? {
                all.insert(id?);
            }
        }
    }
    Ok(all)
}
