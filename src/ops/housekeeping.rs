//! What runs out by itself: the bin, unconfirmed sign-ups, links, sessions and tokens, old mail and
//! activity. Done as the system, through the gate, recorded like anything else.
//!
//! It is looked for in a snapshot, which keeps nobody waiting, and taken away a little at a time;
//! each of these writes looks again, for meanwhile somebody may have restored what was to go.

use std::sync::Arc;

use super::{
    Handle, Portal, ReadHandle, Result, WriteHandle, activity, mail, reminder, sessions, sign_up, stats,
    tokens, users,
};
use crate::{
    model::{
        activity::Action,
        batch::{Batch, BatchItem},
        id::{BatchId, Id, LinkId, MailId, SessionId, SignUpId, TokenId, UserId},
        link::{Link, SignUp},
        mail::{Mail, MailState},
        permission::Permissions,
        policy::{Actor, Need},
        run_out::{RunOut, Runs},
        session::Session,
        time::{Span, Timestamp},
        token::Token,
        user::User,
    },
    store::{Keys, Way, read::Read, tables::Table},
};

/// So much in one write, so that nobody waits for it.
const AT_ONCE: usize = 100;
/// Activity is quicker to take away.
const TRIMMED: usize = 500;
/// So much of a kind in one round.
const A_ROUND: usize = 5_000;
/// An expired link is known for this long, so that a fresh one can be asked for with it.
const LINKS_KEPT: Span = Span::days(30);

/// What is over.
enum Over {
    User(UserId),
    SignUp(SignUpId),
    Link(LinkId),
    Session(SessionId),
    Token(TokenId),
    /// Has run out, but is kept for a while.
    RunsOut(RunOut),
    /// A note of what is gone itself.
    OfNothing(RunOut),
    Mail(MailId),
}

/// One round; true when there is more to do.
pub fn tidy(portal: &Arc<Portal>) -> Result<bool> {
    portal.imports.forget_old(portal.now());
    let (system, need) = (Actor::system(), Need::NOTHING);
    let found = portal.read(&system, need, |tx| {
        let mut found = Vec::new();
        let bin = Keys { from: Vec::new(), to: Some(emptied(tx)?.sort_key().to_vec()) };
        look(&mut found, tx.ids_in(Table::UsersInBin, bin, Way::Up)?, |id| Ok(Some(Over::User(id?))))?;
        look(&mut found, tx.all::<SignUp>()?, |one| unclaimed(tx, one?))?;
        look(&mut found, tx.all::<Link>()?, |one| dead(tx, one?))?;
        look(&mut found, tx.all::<Session>()?, |one| ended(portal, tx, one?))?;
        look(&mut found, tx.all::<Token>()?, |one| {
            let token = one?;
            if tokens::forgotten(&token, tx.now()) {
                return Ok(Some(Over::Token(token.id)));
            }
            runs_out(tx, &token)
        })?;
        look(&mut found, tx.all::<RunOut>()?, |one| of_nothing(tx, one?))?;
        old_mail(tx, &mut found)?;
        Ok(found)
    })?;
    let more = found.len() >= A_ROUND;
    let found = Arc::new(found);
    for from in (0..found.len()).step_by(AT_ONCE) {
        let (own, found) = (Arc::clone(portal), Arc::clone(&found));
        portal.write(&system, need, move |tx| remove(&own, tx, found.iter().skip(from).take(AT_ONCE)))?;
    }
    activity::blank(portal)?;
    reminder::remind(portal)?;
    mail::list_failed(portal)?;
    stats::forget_visits(portal)?;
    Ok(forget_batches(portal)? || trim(portal)? || more)
}

/// Goes through all of a kind, until there is enough for a round.
fn look<T>(
    found: &mut Vec<Over>,
    all: impl Iterator<Item = T>,
    over: impl Fn(T) -> Result<Option<Over>>,
) -> Result<()> {
    let before = found.len();
    for one in all {
        found.extend(over(one)?);
        if found.len() - before >= A_ROUND {
            break;
        }
    }
    Ok(())
}

fn remove<'a>(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    over: impl Iterator<Item = &'a Over>,
) -> Result<()> {
    let mut mails = 0;
    for one in over {
        match *one {
            Over::User(id) => {
                let user: Option<User> = tx.entity(id)?;
                let (deleted, emptied) = (user.and_then(|user| user.deleted_at), emptied(tx)?);
                if deleted.is_some_and(|at| at < emptied) {
                    users::purge_now(tx, id)?;
                }
            }
            Over::SignUp(id) => {
                if let Some(sign_up) = tx.entity(id)?
                    && unclaimed(tx, sign_up)?.is_some()
                {
                    sign_up::remove(tx, id)?;
                }
            }
            Over::Link(id) => tx.remove::<Link>(id, Action::LinkEnded)?,
            Over::Session(id) => {
                if let Some(session) = tx.entity(id)?
                    && ended(portal, tx, session)?.is_some()
                {
                    sessions::end(tx, id)?;
                }
            }
            // Its end never moves, so the write need not look at it again.
            Over::Token(id) => tokens::remove(tx, id)?,
            Over::RunsOut(one) => tx.note(&one)?,
            Over::OfNothing(one) => tx.forget::<RunOut>(one.0)?,
            Over::Mail(id) => {
                let mail: Option<Mail> = tx.entity(id)?;
                let (done, kept) = (mail.as_ref().and_then(done_at), kept_since(tx)?);
                if done.zip(kept).is_some_and(|(done, kept)| done < kept) {
                    tx.forget::<Mail>(id)?;
                    mails += 1;
                }
            }
        }
    }
    if mails > 0 {
        let text = format!("{mails} older than {} days", tx.settings()?.activity_days);
        tx.record(Action::MailRemoved.because(Some(&text)), None, Vec::new())?;
    }
    Ok(())
}

/// Who is in the bin since before this goes.
fn emptied<H: Handle>(tx: &H) -> Result<Timestamp> {
    Ok(tx.now().minus(Span::days(i64::from(tx.settings()?.bin_days))))
}

fn unclaimed<H: Handle>(tx: &H, sign_up: SignUp) -> Result<Option<Over>> {
    Ok((tx.now() >= sign_up.expires_at).then_some(Over::SignUp(sign_up.id)))
}

fn dead<H: Handle>(tx: &H, link: Link) -> Result<Option<Over>> {
    // A link never gets a new life, so the write need not look at it again.
    if tx.now() >= link.expires_at.plus(LINKS_KEPT) {
        return Ok(Some(Over::Link(link.id)));
    }
    runs_out(tx, &link)
}

/// What nobody has found to have run out yet.
fn runs_out<H: Handle>(tx: &H, one: &impl Runs) -> Result<Option<Over>> {
    let over = tx.now() >= one.ends() && !tx.is_noted_over(one)?;
    Ok(over.then(|| Over::RunsOut(one.mark())))
}

fn of_nothing<H: Handle>(tx: &H, one: RunOut) -> Result<Option<Over>> {
    let link = LinkId::from_slice(&one.0).map(|id| tx.entity::<Link>(id)).transpose()?.flatten();
    let token = TokenId::from_slice(&one.0).map(|id| tx.entity::<Token>(id)).transpose()?.flatten();
    Ok((link.is_none() && token.is_none()).then_some(Over::OfNothing(one)))
}

/// Sessions past their end, or unused for longer than their user may be away.
fn ended<H: Handle>(portal: &Portal, tx: &H, session: Session) -> Result<Option<Over>> {
    let permissions = match tx.entity::<User>(session.user)? {
        Some(user) => super::permissions_of(tx, &user)?,
        None => Permissions::NONE,
    };
    let ended = sessions::ended(tx, &session, permissions, tx.now(), &portal.config)?;
    Ok(ended.then_some(Over::Session(session.id)))
}

/// Mail is kept as long as the activity; `None` is for ever.
fn kept_since(tx: &impl Handle) -> Result<Option<Timestamp>> {
    let days = tx.settings()?.activity_days;
    Ok((days > 0).then(|| tx.now().minus(Span::days(i64::from(days)))))
}

/// When all was over with a mail; what is still to go has no such time.
fn done_at(mail: &Mail) -> Option<Timestamp> {
    (mail.state != MailState::Queued).then(|| mail.done_at.unwrap_or(mail.created_at))
}

/// Ids sort by time: what was made since is not looked at.
fn old_mail(tx: &ReadHandle, found: &mut Vec<Over>) -> Result<()> {
    let Some(kept) = kept_since(tx)? else { return Ok(()) };
    let old = |mail: &Mail| mail.created_at < kept;
    let old = tx.all::<Mail>()?.take_while(|mail| mail.as_ref().map_or(true, old));
    look(found, old, |mail| {
        let mail = mail?;
        Ok(done_at(&mail).is_some_and(|done| done < kept).then_some(Over::Mail(mail.id)))
    })
}

/// Batches that can't be undone any more; true when there are more.
fn forget_batches(portal: &Arc<Portal>) -> Result<bool> {
    let (system, need) = (Actor::system(), Need::NOTHING);
    let old = portal.read(&system, need, |tx| {
        let mut old: Vec<BatchId> = Vec::new();
        for batch in tx.all::<Batch>()? {
            let batch = batch?;
            old.extend((tx.now() >= batch.expires_at()).then_some(batch.id));
        }
        Ok(old)
    })?;
    let mut writes = 0;
    for batch in old {
        let forget = move |tx: &mut WriteHandle<'_, '_>| {
            let items: Vec<BatchItem> = tx
                .below::<BatchItem>(&batch.bytes())?
                .take(AT_ONCE)
                .collect::<std::result::Result<_, _>>()?;
            for item in &items {
                tx.forget::<BatchItem>((batch, item.user))?;
            }
            let all = items.len() < AT_ONCE;
            if all {
                tx.forget::<Batch>(batch)?;
            }
            Ok(all)
        };
        while !portal.write(&system, need, forget)? {
            writes += 1;
            if writes >= A_ROUND / AT_ONCE {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Trims the activity; true when there is more.
fn trim(portal: &Arc<Portal>) -> Result<bool> {
    for _ in 0..A_ROUND / TRIMMED {
        let trimmed = portal.write(&Actor::system(), Need::NOTHING, |tx| {
            let Some(kept) = kept_since(tx)? else { return Ok(0) };
            let days = tx.settings()?.activity_days;
            Ok(tx.trim_activity(kept, days, TRIMMED)?)
        })?;
        if trimmed < TRIMMED {
            return Ok(false);
        }
    }
    Ok(true)
}
