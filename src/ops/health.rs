//! Whether the portal can be used, and how much is in it.

use std::sync::Arc;

use super::{Error, Handle, Portal, Result, backups};
use crate::{
    model::{
        backup::Verdict,
        mail::{Mail, MailState},
        policy::{Actor, Need},
        user::User,
    },
    store::{
        Entity, Hash, Reader,
        read::Read,
        tables::Table,
        verify::{Chain, verify},
    },
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

/// What was found of a portal's data.
pub struct Checked {
    /// What is wrong, in words.
    pub troubles: Vec<String>,
    pub activity: Chain,
}

/// Looks for what is wrong with the store, the activity in it, the search index, or their
/// agreement; given the number and hash of an activity that were kept elsewhere, it must be there.
pub fn check(portal: &Portal, kept: Option<(u64, Hash)>) -> Result<Checked> {
    let mut troubles = Vec::new();
    if !portal.store().check_integrity()? {
        troubles.push("store: it was not closed cleanly and had to be repaired".to_owned());
    }
    let activity = portal.read(&Actor::system(), Need::NOTHING, |tx| {
        for user in tx.all::<User>()? {
            let user = user?;
            for row in user.indexes() {
                if tx.get(row.table, &row.key)?.is_none() {
                    troubles.push(format!("store: {} of user {} is missing", row.table.name(), user.id));
                }
            }
        }
        let chain = verify(tx, kept)?;
        troubles.extend(chain.troubles.iter().map(|text| format!("activity: {text}")));
        Ok(chain)
    })?;
    let disagreements = portal.index.check().map_err(|error| Error::Internal(error.to_string()))?;
    troubles.extend(disagreements.into_iter().map(|text| format!("search index: {text}")));
    Ok(Checked { troubles, activity })
}

/// Builds the search index anew from the store.
pub fn reindex(portal: &Portal, progress: &dyn Fn(u64)) -> Result<()> {
    portal.index.rebuild(progress).map_err(|error| Error::Internal(error.to_string()))
}
