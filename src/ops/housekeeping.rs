//! What runs out by itself: the bin, unconfirmed sign-ups, old links and sessions, old activity.
//! Done as the system, through the gate, recorded like anything else.

use std::sync::Arc;

use super::{Handle, Portal, Result, WriteHandle, sessions, sign_up, users};
use crate::{
    model::{
        activity::Action,
        batch::{Batch, BatchItem},
        id::{BatchId, Id, LinkId, SessionId, SignUpId, UserId},
        link::{Link, SignUp},
        permission::Permissions,
        policy::{Actor, Need},
        session::Session,
        time::Span,
        user::User,
    },
    store::{Keys, Way, read::Read, tables::Table},
};

/// So much at a time, so that nobody waits for it.
const AT_ONCE: usize = 200;
/// An expired link is known for this long, so that a fresh one can be asked for with it.
const LINKS_KEPT: Span = Span::days(30);

/// One round; true when there is more to do.
pub fn tidy(portal: &Arc<Portal>) -> Result<bool> {
    portal.imports.forget_old(portal.now());
    let system = Actor::system();
    let own = Arc::clone(portal);
    portal.write(&system, Need::NOTHING, move |tx| {
        let now = tx.now();
        let settings = tx.settings()?;
        let mut done = 0;
        let bin = now.minus(Span::days(i64::from(settings.bin_days)));
        let keys = Keys { from: Vec::new(), to: Some(bin.sort_key().to_vec()) };
        let deleted: Vec<UserId> = tx
            .ids_in(Table::UsersInBin, keys, Way::Up)?
            .take(AT_ONCE)
            .collect::<std::result::Result<_, _>>()?;
        for id in deleted {
            users::purge_now(tx, id)?;
            done += 1;
        }
        let stale: Vec<SignUpId> = expired(tx.all::<SignUp>()?, |s| (now >= s.expires_at).then_some(s.id))?;
        for id in stale {
            sign_up::remove(tx, id)?;
            done += 1;
        }
        let dead: Vec<LinkId> =
            expired(tx.all::<Link>()?, |l| (now >= l.expires_at.plus(LINKS_KEPT)).then_some(l.id))?;
        for id in dead {
            tx.remove::<Link>(id, Action::LinkEnded)?;
            done += 1;
        }
        done += forget_batches(tx)?;
        let over: Vec<SessionId> = over(&own, tx)?;
        for id in over {
            sessions::end(tx, id)?;
            done += 1;
        }
        if settings.activity_days > 0 {
            let before = now.minus(Span::days(i64::from(settings.activity_days)));
            let trimmed = tx.trim_activity(before, AT_ONCE)?;
            if trimmed > 0 {
                let text = format!("{trimmed} older than {} days", settings.activity_days);
                tx.record(Action::ActivityTrimmed.because(Some(&text)), None, Vec::new())?;
            }
            done += trimmed;
        }
        Ok(done >= AT_ONCE)
    })
}

/// Batches that can't be undone any more.
fn forget_batches(tx: &mut WriteHandle<'_, '_>) -> Result<usize> {
    let now = tx.now();
    let old: Vec<BatchId> = expired(tx.all::<Batch>()?, |b| (now >= b.expires_at()).then_some(b.id))?;
    let mut done = 0;
    for batch in old {
        let items = tx.below::<BatchItem>(&batch.bytes())?.take(AT_ONCE - done);
        let items: Vec<BatchItem> = items.collect::<std::result::Result<_, _>>()?;
        for item in &items {
            tx.forget::<BatchItem>((batch, item.user))?;
        }
        done += items.len();
        if done >= AT_ONCE {
            break;
        }
        tx.forget::<Batch>(batch)?;
    }
    Ok(done)
}

fn expired<T, I>(
    all: impl Iterator<Item = std::result::Result<T, crate::store::Error>>,
    id: impl Fn(&T) -> Option<I>,
) -> Result<Vec<I>> {
    let mut ids = Vec::new();
    for item in all {
        ids.extend(id(&item?));
        if ids.len() >= AT_ONCE {
            break;
        }
    }
    Ok(ids)
}

/// Sessions past their end, or unused for longer than anyone's may be.
fn over<H: Handle>(portal: &Portal, tx: &H) -> Result<Vec<SessionId>> {
    let mut ids = Vec::new();
    for session in tx.all::<Session>()? {
        let session = session?;
        let user: Option<User> = tx.entity(session.user)?;
        let permissions = match user {
            Some(user) => super::permissions_of(tx, &user)?,
            None => Permissions::NONE,
        };
        if sessions::ended(tx, &session, permissions, tx.now(), &portal.config)? {
            ids.push(session.id);
        }
        if ids.len() >= AT_ONCE {
            break;
        }
    }
    Ok(ids)
}
