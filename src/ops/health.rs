//! Whether the portal can be used, and how much is in it.

use std::sync::Arc;

use super::{Error, Handle, Portal, Result, backups};
use crate::{
    model::{
        activity::Activity,
        backup::Verdict,
        mail::{Mail, MailState},
        policy::{Actor, Need},
        user::User,
    },
    store::{Entity, Keys, Reader, Way, read::Read, tables::Table},
};

/// Ok when the store can be read and written.
pub fn ready(portal: &Arc<Portal>) -> Result<()> {
    portal.write(&Actor::system(), Need::NOTHING, |tx| {
        tx.sequence()?;
        Ok(())
    })
}

/// Name, what it is, how many.
pub fn metrics(portal: &Portal) -> Result<Vec<(&'static str, &'static str, u64)>> {
    portal.read(&Actor::system(), Need::NOTHING, |tx| {
        let (mut queued, mut failed) = (0, 0);
        for mail in tx.all::<Mail>()? {
            match mail?.state {
                MailState::Queued => queued += 1,
                MailState::Failed => failed += 1,
                MailState::Sent | MailState::Cancelled => {}
            }
        }
        let mut all = vec![
            ("users", "Users, those in the bin included.", tx.len(Table::Users)?),
            ("sessions", "Sessions.", tx.len(Table::Sessions)?),
            ("projects", "Projects.", tx.len(Table::Projects)?),
            ("activities", "Recorded activities.", tx.len(Table::Activities)?),
            ("mails_queued", "Mails that wait in the outbox.", queued),
            ("mails_failed", "Mails that were given up.", failed),
        ];
        if let Some(last) = backups::latest(tx)? {
            let age = tx.now().since(last.at).as_seconds().max(0).unsigned_abs();
            let failed = u64::from(last.verdict == Verdict::Failed);
            all.push(("backup_age_seconds", "Since the last backup by the clock.", age));
            all.push(("backup_failed", "Whether the last backup by the clock failed.", failed));
        }
        Ok(all)
    })
}

/// What is wrong with the store, the search index, or their agreement, in words.
pub fn check(portal: &Portal) -> Result<Vec<String>> {
    let mut troubles = Vec::new();
    if !portal.store().check_integrity()? {
        troubles.push("store: it was not closed cleanly and had to be repaired".to_owned());
    }
    portal.read(&Actor::system(), Need::NOTHING, |tx| {
        for user in tx.all::<User>()? {
            let user = user?;
            for row in user.indexes() {
                if tx.get(row.table, &row.key)?.is_none() {
                    troubles.push(format!("store: {} of user {} is missing", row.table.name(), user.id));
                }
            }
        }
        for activity in tx.range(Table::Activities, Keys::all(), Way::Up)? {
            let (key, _) = activity?;
            if tx.stored::<Activity>(Table::Activities, &key)?.is_none() {
                troubles.push("store: an activity can't be read".to_owned());
            }
        }
        Ok(())
    })?;
    let disagreements = portal.index.check().map_err(|error| Error::Internal(error.to_string()))?;
    troubles.extend(disagreements.into_iter().map(|text| format!("search index: {text}")));
    Ok(troubles)
}

/// Builds the search index anew from the store.
pub fn reindex(portal: &Portal, progress: &dyn Fn(u64)) -> Result<()> {
    portal.index.rebuild(progress).map_err(|error| Error::Internal(error.to_string()))
}
