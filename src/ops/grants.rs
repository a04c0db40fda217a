//! What whoever asks may do, worked out anew in every transaction.

use super::{Result, factors, sessions};
use crate::{
    config::Config,
    model::{
        activity::Named,
        group::Group,
        held::Held,
        id::{TokenId, UserId},
        permission::{Permission, Permissions},
        policy::{Acting, Actor, Denied, Grants, Need, Who, check, visibility},
        session::{Impersonation, Session},
        time::Timestamp,
        token::Token,
        user::{User, UserState},
    },
    store::{Author, Reader, read::Read},
};

/// What a user's groups let them do, and to whom.
pub(crate) fn held_by(tx: &impl Reader, user: &User) -> Result<Held> {
    let mut all = Held::default();
    for id in &user.groups {
        if let Some(group) = tx.entity::<Group>(*id)? {
            all = all.union(&group.held());
        }
    }
    Ok(all)
}

/// What a user's groups let them do to anybody at all.
pub(crate) fn permissions_of(tx: &impl Reader, user: &User) -> Result<Permissions> {
    Ok(held_by(tx, user)?.anywhere())
}

/// What somebody holds now, or their API token lets them do: nothing where either is gone.
pub(super) fn held_in_hand(
    tx: &impl Reader,
    user: UserId,
    token: Option<TokenId>,
    now: Timestamp,
) -> Result<Held> {
    match token {
        Some(token) => Ok(token_grants(tx, token, now)?.held),
        None => present(tx, user)?.map_or(Ok(Held::default()), |user| held_by(tx, &user)),
    }
}

/// A user who can be signed in: there, and neither disabled nor waiting for approval.
pub(super) fn present(tx: &impl Reader, id: UserId) -> Result<Option<User>> {
    let user: Option<User> = tx.entity(id)?;
    Ok(user.filter(|user| matches!(user.state(), UserState::Active | UserState::Invited)))
}

/// What an actor holds now, if it is what the operation needs.
pub(super) fn granted(
    tx: &impl Reader,
    actor: &Actor,
    need: Need,
    writes: bool,
    now: Timestamp,
    config: &Config,
) -> Result<Grants> {
    let grants = grants(tx, actor.who, now, config)?;
    check(actor.who, &grants, need, writes).inspect_err(|denied| tell_refused(actor, &grants, *denied))?;
    Ok(Grants { asked: need.permission, ..grants })
}

/// Whoever is refused a right is in the log: somebody may be trying doors (ASVS 16.3.2).
fn tell_refused(actor: &Actor, grants: &Grants, denied: Denied) {
    let origin = actor.origin.as_deref().unwrap_or_default();
    match grants.real {
        Some(user) => tracing::info!(%user, %origin, ?denied, "refused"),
        None => tracing::debug!(%origin, ?denied, "refused"),
    }
}

/// What an actor holds now: worked out anew in every transaction.
fn grants(tx: &impl Reader, who: Who, now: Timestamp, config: &Config) -> Result<Grants> {
    let id = match who {
        Who::System => return Ok(Grants::system()),
        Who::Anonymous => return Ok(Grants::anonymous()),
        Who::Token(id) => return token_grants(tx, id, now),
        Who::Session(id) => id,
    };
    let Some(session) = tx.entity::<Session>(id)? else { return Ok(Grants::anonymous()) };
    let Some(user) = present(tx, session.user)? else { return Ok(Grants::anonymous()) };
    let own = held_by(tx, &user)?;
    if sessions::ended(tx, &session, own.anywhere(), now, config)? {
        return Ok(Grants::anonymous());
    }
    let oneself = Grants {
        visibility: visibility(&own, user.id),
        held: own.clone(),
        real: Some(user.id),
        effective: Some(user.id),
        session: Some(id),
        fresh: session.is_fresh(now),
        lacks_factor: factors::lacking(tx, &user)?,
        ..Grants::anonymous()
    };
    let Some(impersonation) = &session.impersonation else { return Ok(oneself) };
    let Some((other, theirs)) = impersonated(tx, impersonation, &own, now)? else {
        return Ok(Grants { acting: Acting::Lapsed, ..oneself });
    };
    let until = impersonation.until;
    let held = own.intersection(&theirs);
    Ok(Grants {
        visibility: visibility(&held, other.id),
        held,
        effective: Some(other.id),
        acting: if impersonation.write { Acting::Write { until } } else { Acting::ReadOnly { until } },
        ..oneself
    })
}

/// What an API token lets one do: what it names, as far as its owner holds that now.
fn token_grants(tx: &impl Reader, id: TokenId, now: Timestamp) -> Result<Grants> {
    let token: Option<Token> = tx.entity(id)?;
    let Some(token) = token else { return Ok(Grants::anonymous()) };
    if tx.has_run_out(&token, now)? {
        return Ok(Grants::anonymous());
    }
    let Some(owner) = present(tx, token.user)? else { return Ok(Grants::anonymous()) };
    let held = held_by(tx, &owner)?.only(token.permissions);
    Ok(Grants {
        visibility: visibility(&held, owner.id),
        held,
        real: Some(owner.id),
        effective: Some(owner.id),
        token: Some(id),
        fresh: true,
        lacks_factor: factors::lacking(tx, &owner)?,
        ..Grants::anonymous()
    })
}

/// Whom somebody who holds `own` still acts as, and what that user holds; `None` when it is over.
pub(crate) fn impersonated(
    tx: &impl Reader,
    impersonation: &Impersonation,
    own: &Held,
    now: Timestamp,
) -> Result<Option<(User, Held)>> {
    if impersonation.cut_short || now >= impersonation.until {
        return Ok(None);
    }
    let Some(other) = present(tx, impersonation.user)? else { return Ok(None) };
    let theirs = held_by(tx, &other)?;
    let may = own.over(&other.groups).holds(Permission::UsersImpersonate) && own.covers(&theirs);
    Ok(may.then_some((other, theirs)))
}

/// In whose name a transaction is recorded.
pub(super) fn author(tx: &impl Reader, grants: &Grants, origin: Option<String>) -> Result<Author> {
    let named = |id: UserId| -> Result<Option<Named>> {
        Ok(tx.entity::<User>(id)?.map(|user| Named { id, name: user.name.to_string() }))
    };
    let actor = grants.real.map(named).transpose()?.flatten();
    let acting_as = grants.effective.filter(|id| grants.real != Some(*id));
    let acting_as = acting_as.map(named).transpose()?.flatten();
    let token = grants.token.map(|id| tx.entity::<Token>(id)).transpose()?.flatten();
    Ok(Author { actor, acting_as, token: token.map(|token| token.name.to_string()), origin })
}
