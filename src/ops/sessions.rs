//! Sessions: signing in and out, who somebody is, which devices they are on.

mod sign_in;
mod step_up;

pub(super) use self::step_up::note_proven;
pub use self::{
    sign_in::{Challenged, Half, SignIn, SignedIn, by_passkey, challenge, second_factor, sign_in},
    step_up::{Ways, step_up, ways},
};

use std::sync::Arc;

use super::{
    Draft, Error, Handle, Portal, ReadHandle, Result, WriteHandle, devices, factors, held_by, permissions_of,
    stats, users,
};
use crate::{
    config::Config,
    entropy,
    model::{
        activity::Action,
        credential::Secret,
        device::Mark,
        held::Held,
        id::{SessionId, TokenId, UserId},
        page::{Page, Paging},
        permission::{Permission, Permissions},
        policy::{Actor, Need, Who},
        session::{Session, SessionSeen},
        time::{Span, Timestamp},
        token::Token,
        user::{LastSeen, User, UserState},
    },
    store::{self, Entity, Reader, Way, WriteTx, read::Read, tables::Table},
};

/// A session's use is noted at most this often, a user's last visit at most every quarter of an hour.
const NOTED_EVERY: Span = Span::minutes(1);
const SEEN_EVERY: Span = Span::minutes(15);
/// When a session was last seen that has been found to be over.
const LONG_AGO: Timestamp = Timestamp::from_microseconds(0);

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct Present {
    pub user: users::UserDetails,
    pub permissions: Permissions,
    pub impersonator: Option<(UserId, String)>,
    pub read_only: bool,
    /// One acted as somebody, and that is over: nothing can be changed before one has returned.
    pub impersonation_over: bool,
    pub expires_at: Timestamp,
    /// Until when who they are need not be proven again.
    pub fresh_until: Option<Timestamp>,
    pub second_factor: bool,
    /// A group asks for a second factor, and there is none yet.
    pub factor_required: bool,
}

/// A session just begun (or with a new token), and the secret that goes into the cookie.
pub struct Begun {
    pub token: Secret,
    pub session: Present,
    /// Of somebody who has just signed in here, for their next time.
    pub mark: Option<Mark>,
}

/// What is remembered of where a session comes from.
#[derive(Debug, Clone, Default)]
pub struct Device {
    pub origin: String,
    pub name: String,
}

impl Device {
    /// A browser's own name for itself may be long, and anything: 200 visible characters of it are kept.
    pub fn new(origin: &str, name: &str) -> Self {
        let name = name.chars().filter(|c| !c.is_control()).take(200).collect();
        Self { origin: origin.to_owned(), name }
    }
}

/// Whose token this is. Notes that they are there.
pub fn identify(portal: &Arc<Portal>, token: &Secret) -> Result<Who> {
    let snapshot = portal.store().read()?;
    let hash = entropy::hash(token);
    let Some(session) = snapshot.by_index::<Session>(Table::SessionsByToken, hash.bytes())? else {
        return Ok(Who::Anonymous);
    };
    let now = portal.now();
    let seen = seen(&*snapshot, &session)?;
    let idle = seen != LONG_AGO && now.since(seen) >= NOTED_EVERY;
    if idle || is_cut_short(&*snapshot, &session, now)? {
        note(portal, &session, now);
    }
    Ok(Who::Session(session.id))
}

/// Whether somebody is no longer to be acted as before the time is up: either of the two has lost, or
/// been given, what makes the difference, and nobody has recorded it yet.
fn is_cut_short(tx: &impl Reader, session: &Session, now: Timestamp) -> Result<bool> {
    let acting = session.impersonation.as_ref().filter(|acting| !acting.cut_short && now < acting.until);
    let (Some(acting), Some(own)) = (acting, tx.entity::<User>(session.user)?) else { return Ok(false) };
    Ok(super::impersonated(tx, acting, &held_by(tx, &own)?, now)?.is_none())
}

/// Notes a session's use, without keeping anyone waiting for the disk. One that is over stays over,
/// though the clock be set back before it is tidied away.
fn note(portal: &Arc<Portal>, session: &Session, now: Timestamp) {
    let (id, user, config) = (session.id, session.user, portal.config.clone());
    portal.store().note(move |tx| {
        let Some(session) = tx.entity::<Session>(id)? else { return Ok(()) };
        let Some(owner) = tx.entity::<User>(user)? else { return Ok(()) };
        let permissions = permissions_of(tx, &owner).unwrap_or(Permissions::NONE);
        match ended(tx, &session, permissions, now, &config) {
            Ok(true) => return tx.note(&SessionSeen { session: id, at: LONG_AGO }),
            Ok(false) if owner.state() == UserState::Active => {}
            _ => return Ok(()),
        }
        if is_cut_short(tx, &session, now).unwrap_or(false) {
            let mut over = session;
            over.impersonation.iter_mut().for_each(|acting| acting.cut_short(now));
            tx.save(over, Action::ImpersonationEnded)?;
        }
        tx.note(&SessionSeen { session: id, at: now })?;
        note_seen(tx, user, now)
    });
}

fn note_seen(tx: &mut WriteTx<'_>, user: UserId, now: Timestamp) -> std::result::Result<(), store::Error> {
    let last = tx.entity::<LastSeen>(user)?;
    if last.as_ref().is_none_or(|last| now.since(last.at) >= SEEN_EVERY) {
        stats::note_visit(tx, user, last.map(|last| last.at), now)?;
        tx.note(&LastSeen { user, at: now })?;
    }
    Ok(())
}

/// The last sign of a session's life.
fn seen(tx: &impl Reader, session: &Session) -> Result<Timestamp> {
    Ok(tx.entity::<SessionSeen>(session.id)?.map_or(session.created_at, |seen| seen.at))
}

/// Whether a session is over: by age, or because nobody used it.
pub(super) fn ended(
    tx: &impl Reader,
    session: &Session,
    permissions: Permissions,
    now: Timestamp,
    config: &Config,
) -> Result<bool> {
    let idle = if permissions.holds(Permission::UsersWrite) {
        config.session.admin_idle
    } else {
        config.session.idle
    };
    Ok(now >= end_of(session, permissions, config) || now >= seen(tx, session)?.plus(idle.0))
}

/// When it ends, however busy: what may be done with it may be more than when it began.
fn end_of(session: &Session, permissions: Permissions, config: &Config) -> Timestamp {
    session.expires_at.min(session.created_at.plus(lifetime(permissions, config)))
}

fn lifetime(permissions: Permissions, config: &Config) -> Span {
    let strict = permissions.holds(Permission::UsersWrite);
    if strict { config.session.admin_lifetime.0 } else { config.session.lifetime.0 }
}

/// Begins a session of a user who has shown who they are. A new token, and the session that the
/// browser had before ends (ASVS 7.2.4).
pub(super) fn begin(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
    device: &Device,
) -> Result<Begun> {
    let permissions = permissions_of(tx, user)?;
    let token = tx.new_secret()?;
    let now = tx.now();
    let session = Session {
        id: tx.new_id()?,
        token: entropy::hash(&token),
        user: user.id,
        impersonation: None,
        created_at: now,
        expires_at: now.plus(lifetime(permissions, &portal.config)),
        origin: device.origin.clone(),
        device: device.name.clone(),
        proven_at: Some(now),
    };
    if let Some(before) = tx.grants().session {
        end(tx, before)?;
    }
    end_surplus(portal, tx, user.id)?;
    // Whoever was at this browser before, signing in is the user's own doing.
    tx.author_is(user);
    let session = tx.save(session, Action::SessionStarted)?;
    tx.note(&SessionSeen { session: session.id, at: now })?;
    note_seen(tx, user.id, now)?;
    Ok(Begun {
        token,
        session: present(portal, tx, &session)?,
        mark: Some(devices::mark(portal, &**tx, user.id, now)?),
    })
}

/// Ends the oldest sessions, so that with one more there are no more than allowed.
fn end_surplus(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: UserId) -> Result<()> {
    let most = portal.config.session.per_user.max(1) - 1;
    // Those of others, in which this user is acted as, are counted too: it is never fewer.
    if tx.count(Table::SessionsByUser, &crate::model::id::Id::bytes(user))? <= most as u64 {
        return Ok(());
    }
    let own = own_sessions(tx, user)?;
    for session in own.iter().take(own.len().saturating_sub(most)) {
        end(tx, session.id)?;
    }
    Ok(())
}

/// The sessions in which a user is the one who signed in, oldest first.
fn own_sessions(tx: &impl Reader, user: UserId) -> Result<Vec<Session>> {
    let mut all = Vec::new();
    for id in tx.ids::<SessionId>(Table::SessionsByUser, &crate::model::id::Id::bytes(user), Way::Up)? {
        all.extend(tx.entity::<Session>(id?)?.filter(|session| session.user == user));
    }
    Ok(all)
}

pub(super) fn end(tx: &mut WriteHandle<'_, '_>, id: SessionId) -> Result<()> {
    // Who is acted as is one thing, whose session ends another: each is told as what it is.
    if let Some(session) = tx.entity::<Session>(id)? {
        leave(tx, session)?;
    }
    tx.remove::<Session>(id, Action::SessionEnded)?;
    tx.forget::<SessionSeen>(id)?;
    Ok(())
}

/// Ends what a session has of "Log in as", recorded as about whom it was; the end of one that was cut
/// short is in the activity already.
pub(super) fn leave(tx: &mut WriteHandle<'_, '_>, mut session: Session) -> Result<Session> {
    let acted_as = session.subject(&**tx)?;
    match session.impersonation.take() {
        None => Ok(session),
        Some(acting) if acting.cut_short => Ok(tx.save(session, Action::SessionRenewed)?),
        Some(_) => Ok(tx.save_about(session, Action::ImpersonationEnded, acted_as)?),
    }
}

/// Ends all sessions of a user but one.
pub(super) fn end_all(tx: &mut WriteHandle<'_, '_>, user: UserId, but: Option<SessionId>) -> Result<()> {
    for session in own_sessions(tx, user)?.iter().filter(|session| Some(session.id) != but) {
        end(tx, session.id)?;
    }
    Ok(())
}

/// The session of whoever asks.
pub(super) fn own<H: Handle>(tx: &H) -> Result<Session> {
    let id = tx.grants().session.ok_or(Error::Unauthenticated)?;
    tx.entity(id)?.ok_or(Error::Unauthenticated)
}

/// The same with a new token, still to be saved: whoever copied the old one is out.
pub(super) fn renewed(tx: &mut WriteHandle<'_, '_>) -> Result<(Session, Secret)> {
    let (mut session, token) = (own(tx)?, tx.new_secret()?);
    session.token = entropy::hash(&token);
    Ok((session, token))
}

/// The session as its owner sees it: the user is the one acted as, if any.
pub(super) fn present<H: Handle>(portal: &Portal, tx: &H, session: &Session) -> Result<Present> {
    let real: User = tx.entity(session.user)?.ok_or(Error::Unauthenticated)?;
    let own = held_by(tx, &real)?;
    let now = tx.now();
    let notes = |held: &Held, user: &User| held.over(&user.groups).holds(Permission::UsersWrite);
    let mut out = Present {
        user: users::details(tx, real.clone(), notes(&own, &real))?,
        permissions: own.anywhere(),
        impersonator: None,
        read_only: false,
        impersonation_over: false,
        expires_at: end_of(session, own.anywhere(), &portal.config),
        fresh_until: session.fresh_until().filter(|_| session.is_fresh(now)),
        second_factor: factors::has(tx, real.id)?,
        factor_required: factors::lacking(tx, &real)?,
    };
    let Some(acting) = &session.impersonation else { return Ok(out) };
    if let Some((other, theirs)) = super::impersonated(tx, acting, &own, now)? {
        let both = own.intersection(&theirs);
        let shown = notes(&both, &other);
        out.user = users::details(tx, other, shown)?;
        out.permissions = both.anywhere();
        out.impersonator = Some((real.id, real.name.to_string()));
        out.read_only = !acting.write;
        out.expires_at = out.expires_at.min(acting.until);
    } else {
        out.impersonation_over = true;
    }
    Ok(out)
}

/// Whoever asks, if they hold more than everybody may.
pub fn powerful(portal: &Portal, actor: &Actor) -> Result<Option<UserId>> {
    portal.read(actor, Need::ENROLLING, |tx| {
        Ok(tx.grants().real.filter(|_| tx.grants().held.anywhere().is_power()))
    })
}

/// The session of whoever asks; a program's API token tells what it may do in the same way.
pub fn current(portal: &Portal, actor: &Actor) -> Result<Present> {
    portal.read(actor, Need::ENROLLING, |tx| {
        if let Some(token) = tx.grants().token {
            return of_token(tx, token);
        }
        present(portal, tx, &own(tx)?)
    })
}

/// What an API token may do, told as a session is.
fn of_token(tx: &ReadHandle, token: TokenId) -> Result<Present> {
    let (token, owner): (Option<Token>, _) = (tx.entity(token)?, users::oneself(tx)?);
    Ok(Present {
        expires_at: token.ok_or(Error::Unauthenticated)?.expires_at,
        permissions: tx.grants().held.anywhere(),
        impersonator: None,
        read_only: false,
        impersonation_over: false,
        fresh_until: None,
        second_factor: factors::has(tx, owner.id)?,
        factor_required: tx.grants().lacks_factor,
        user: users::shown(tx, owner)?,
    })
}

/// Ends the session of whoever asks; an impersonation within it ends too.
pub fn sign_out(portal: &Arc<Portal>, actor: &Actor) -> Result<()> {
    portal.write(actor, Need::LEAVING, |tx| match tx.grants().session {
        Some(id) => end(tx, id),
        None => Err(Error::Unauthenticated),
    })
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: SessionId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub origin: String,
    pub device: String,
    /// The one that asks.
    pub current: bool,
}

fn listed(tx: &ReadHandle, portal: &Portal, user: &User, paging: Paging) -> Result<Page<Listed>> {
    let permissions = permissions_of(tx, user)?;
    let mut all = Vec::new();
    for session in own_sessions(tx, user.id)?.into_iter().rev() {
        if ended(tx, &session, permissions, tx.now(), &portal.config)? {
            continue;
        }
        all.push(Listed {
            id: session.id,
            created_at: session.created_at,
            last_seen_at: seen(tx, &session)?,
            expires_at: end_of(&session, permissions, &portal.config),
            current: tx.grants().session == Some(session.id),
            origin: session.origin,
            device: session.device,
        });
    }
    Ok(paging.of(all))
}

pub fn list(portal: &Portal, actor: &Actor, user: UserId, paging: Draft<Paging>) -> Result<Page<Listed>> {
    portal.read(actor, Need::permission(Permission::UsersWrite), |tx| {
        let user = users::visible_secrets(tx, user)?;
        listed(tx, portal, &user, paging?)
    })
}

/// Ends one session of a user, or all of them but the one that asks.
pub fn revoke(portal: &Arc<Portal>, actor: &Actor, user: UserId, one: Option<SessionId>) -> Result<()> {
    portal.write(actor, Need::permission(Permission::UsersWrite), move |tx| {
        let user = users::target_access(tx, user)?;
        revoke_of(tx, user.id, one)
    })
}

fn revoke_of(tx: &mut WriteHandle<'_, '_>, user: UserId, one: Option<SessionId>) -> Result<()> {
    match one {
        None => {
            let own = tx.grants().session;
            end_all(tx, user, own)
        }
        Some(id) => {
            let session: Session = tx.entity(id)?.ok_or(Error::NotFound)?;
            if session.user != user {
                return Err(Error::NotFound);
            }
            end(tx, id)
        }
    }
}

pub fn list_own(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<Listed>> {
    portal.read(actor, Need::SIGNED_IN.and_in_person(), |tx| {
        let user = users::oneself(tx)?;
        listed(tx, portal, &user, paging?)
    })
}

/// Ends one of one's own sessions, or all but this one. Asks who one is (ASVS 7.5.2): whoever found a
/// browser open does not shut its owner out of the others.
pub fn revoke_own(portal: &Arc<Portal>, actor: &Actor, one: Option<SessionId>) -> Result<()> {
    portal.write(actor, Need::ONESELF.and_fresh(), move |tx| {
        let user = users::oneself(tx)?;
        revoke_of(tx, user.id, one)
    })
}
