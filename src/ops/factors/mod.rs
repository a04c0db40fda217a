//! Second factors: authenticator apps, passkeys and recovery codes; added, shown, taken away.

mod ceremonies;
mod enrol;
mod passkeys;
mod proof;
mod totp;

pub use self::{
    ceremonies::{ANSWERED_WITHIN, Ceremonies},
    enrol::{Added, Confirmed, NewFactor, Offer, add, confirm},
    passkeys::Passkeys,
    proof::Proof,
    totp::Qr,
};
pub(super) use self::{
    ceremonies::{SignIn, key, owner},
    passkeys::{read as read_answer, user_of},
    proof::{Shown, guess, shown, spend},
};

use std::sync::Arc;

use super::{Draft, Error, Handle, Portal, Result, WriteHandle, letters::Recipient, users};
use crate::{
    mail::letter::{FactorChange, Letter},
    model::{
        activity::Action,
        factor::{Factor, Kind, Means},
        id::{FactorId, Id, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        text::FactorName,
        user::User,
    },
    store::{Reader, read::Read},
};

const READ: Need = Need { in_person: true, ..Need::ENROLLING };
/// One's own, and never another's whom one acts as.
const OWN: Need = Need { oneself: true, ..READ };
const OTHERS: Need = Need::permission(Permission::UsersWrite);

/// All factors of a user, oldest first.
pub(super) fn of_user(tx: &impl Reader, user: UserId) -> Result<Vec<Factor>> {
    Ok(tx.below::<Factor>(&user.bytes())?.collect::<std::result::Result<_, _>>()?)
}

/// Those that make a password not enough.
pub(super) fn counting(tx: &impl Reader, user: UserId) -> Result<Vec<FactorId>> {
    Ok(of_user(tx, user)?.iter().filter(|factor| factor.counts()).map(|factor| factor.id).collect())
}

/// Whether a password is not enough for this user.
pub(super) fn has(tx: &impl Reader, user: UserId) -> Result<bool> {
    let count = || Result::Ok(Has(!counting(tx, user)?.is_empty()));
    // Asked with every request, so it is kept until the next commit; as what is below.
    Ok(tx.memo().map_or_else(count, |memo| memo.kept(&user.bytes(), count))?.0)
}

#[derive(Clone, Copy)]
struct Has(bool);

#[derive(Clone, Copy)]
struct Lacks(bool);

/// Whether a group of this user's asks for a second factor.
fn required(tx: &impl Reader, user: &User) -> Result<bool> {
    let asking = tx.settings()?.require_factor_groups;
    Ok(asking.iter().any(|group| user.groups.contains(group)))
}

/// Whether a group asks for one that this user does not have.
pub(super) fn lacking(tx: &impl Reader, user: &User) -> Result<bool> {
    let look = || Result::Ok(Lacks(required(tx, user)? && !has(tx, user.id)?));
    Ok(tx.memo().map_or_else(look, |memo| memo.kept(&user.id.bytes(), look))?.0)
}

/// The kinds of proof that a user can give beside the password.
pub(super) fn ways(known: &[Factor]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> =
        known.iter().filter(|factor| factor.left() != Some(0)).map(Factor::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

pub fn list(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<Factor>> {
    portal.read(actor, READ, |tx| {
        let user = users::oneself(tx)?;
        Ok(paging?.of(of_user(tx, user.id)?))
    })
}

pub fn list_of_user(
    portal: &Portal,
    actor: &Actor,
    user: UserId,
    paging: Draft<Paging>,
) -> Result<Page<Factor>> {
    portal.read(actor, OTHERS, |tx| {
        let user = users::visible_secrets(tx, user)?;
        Ok(paging?.of(of_user(tx, user.id)?))
    })
}

/// How many authenticator apps there are, and how many of them the key beside the store opens.
pub fn apps(portal: &Portal) -> Result<(u64, u64)> {
    portal.read(&Actor::system(), Need::NOTHING, |tx| {
        let (mut all, mut opened) = (0, 0);
        for factor in tx.all::<Factor>()? {
            let factor = factor?;
            if let Means::Totp { sealed, .. } = &factor.means {
                all += 1;
                let open = portal.store().entropy().open(&factor.user.bytes(), sealed);
                opened += u64::from(open.is_some());
            }
        }
        Ok((all, opened))
    })
}

fn own<H: Handle>(tx: &H, id: FactorId) -> Result<(User, Factor)> {
    let user = users::oneself(tx)?;
    let factor: Factor = tx.entity((user.id, id))?.ok_or(Error::NotFound)?;
    Ok((user, factor))
}

pub fn rename(portal: &Arc<Portal>, actor: &Actor, id: FactorId, draft: Draft<FactorName>) -> Result<Factor> {
    portal.write(actor, OWN, move |tx| {
        let (_, factor) = own(tx, id)?;
        Ok(tx.save(Factor { name: draft.clone()?, ..factor }, Action::FactorUpdated)?)
    })
}

/// Takes one of one's own away. The last one that counts takes the recovery codes along; where a
/// group asks for one, it stays.
pub fn remove(portal: &Arc<Portal>, actor: &Actor, id: FactorId) -> Result<()> {
    let own_portal = Arc::clone(portal);
    portal.write(actor, OWN.and_fresh(), move |tx| {
        let (user, factor) = own(tx, id)?;
        let others: Vec<Factor> = of_user(tx, user.id)?.into_iter().filter(|other| other.id != id).collect();
        let last = factor.counts() && !others.iter().any(Factor::counts);
        if last && required(tx, &user)? {
            let text =
                "A group of yours asks for a second factor, and this is your last one. Add another first.";
            return Err(Error::Conflict(text.to_owned()));
        }
        tx.remove::<Factor>((user.id, id), Action::FactorRemoved)?;
        for other in others.iter().filter(|_| last) {
            tx.remove::<Factor>((user.id, other.id), Action::FactorRemoved)?;
        }
        tell(&own_portal, tx, &user, FactorChange::Removed(described(&factor)))
    })
}

/// Takes all away from somebody who has lost them: their password alone signs them in.
pub fn remove_all(portal: &Arc<Portal>, actor: &Actor, user: UserId) -> Result<()> {
    let own_portal = Arc::clone(portal);
    portal.write(actor, OTHERS.and_fresh(), move |tx| {
        let user = users::target_secrets(tx, user)?;
        if tx.grants().real == Some(user.id) {
            let text = "Your own second factors are on your profile page.";
            return Err(Error::Oneself(text.to_owned()));
        }
        if forget(tx, user.id)? {
            tell(&own_portal, tx, &user, FactorChange::RemovedByAdmin)?;
        }
        Ok(())
    })
}

/// Takes all factors of a user away; whether there were any.
pub(super) fn forget(tx: &mut WriteHandle<'_, '_>, user: UserId) -> Result<bool> {
    let all = of_user(tx, user)?;
    for factor in &all {
        tx.remove::<Factor>((user, factor.id), Action::FactorRemoved)?;
    }
    Ok(!all.is_empty())
}

/// A factor in words, for its user.
fn described(factor: &Factor) -> String {
    match (factor.kind().words(), factor.name.as_str()) {
        (kind, name) if kind == name => kind.to_owned(),
        (kind, name) => format!("{kind} “{name}”"),
    }
}

/// Tells a user what became of their factors.
fn tell(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: &User, change: FactorChange) -> Result<()> {
    let (name, email) = (user.name.to_string(), user.email.to_string());
    let letter =
        Letter::FactorChanged { name, email, change, at: tx.now(), forgot_url: portal.address("/forgot") };
    portal.post(tx, Recipient::from(user), &letter, None).map(|_| ())
}
