//! The outbox, for admins: what was sent, what wasn't and why, what is still to go.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::{
    Draft, Error, Handle, Portal, ReadHandle, Result, WriteHandle, letters,
    links::{self, Shown},
    users,
};
use crate::{
    model::{
        activity::{Action, Change},
        chores::Chores,
        group::BuiltIn,
        id::{Id, MailId, UserId},
        link::{Bearer, Link},
        mail::{Mail, MailKind, MailState},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
    },
    store::{Keys, Reader, Way, read::Read, tables::Table},
};

/// So many in one write.
const AT_ONCE: usize = 100;

const READ: Need = Need::permission(Permission::MailRead);

/// All mails, newest first; of one state if one is named.
pub fn list(portal: &Portal, actor: &Actor, query: Draft<(Option<MailState>, Paging)>) -> Result<Page<Mail>> {
    portal.read(actor, READ, |tx| {
        let (state, paging) = query?;
        let state = match state {
            None => return page(tx, Table::Mails, paging),
            Some(MailState::Failed) if chores(tx)?.failed_mails_listed => {
                return page(tx, Table::MailsFailed, paging);
            }
            Some(state) => state,
        };
        let (mut items, mut total) = (Vec::new(), 0);
        for id in tx.ids_in::<MailId>(Table::Mails, Keys::all(), Way::Down)? {
            let mail = tx.entity::<Mail>(id?)?.filter(|mail| mail.state == state);
            let Some(mail) = mail else { continue };
            if total >= paging.offset() && items.len() < paging.per_page as usize {
                items.push(mail);
            }
            total += 1;
        }
        Ok(Page { items, total, paging })
    })
}

/// A page of all that a table leads to.
fn page(tx: &ReadHandle, table: Table, paging: Paging) -> Result<Page<Mail>> {
    let offset = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
    let ids = tx.ids_in::<MailId>(table, Keys::all(), Way::Down)?;
    let mut items = Vec::new();
    for id in ids.skip(offset).take(paging.per_page as usize) {
        items.extend(tx.entity::<Mail>(id?)?);
    }
    Ok(Page { items, total: tx.len(table)?, paging })
}

fn chores(tx: &impl Reader) -> Result<Chores> {
    Ok(tx.entity(())?.unwrap_or_default())
}

/// Once: puts what failed before there was a list of it into the list.
pub(super) fn list_failed(portal: &Arc<Portal>) -> Result<()> {
    let (system, need) = (Actor::system(), Need::NOTHING);
    let found = portal.read(&system, need, |tx| {
        let mut found: Vec<MailId> = Vec::new();
        if chores(tx)?.failed_mails_listed {
            return Ok(None);
        }
        for mail in tx.all::<Mail>()? {
            let mail = mail?;
            found.extend((mail.state == MailState::Failed).then_some(mail.id));
        }
        Ok(Some(found))
    })?;
    let Some(found) = found else { return Ok(()) };
    for some in found.chunks(AT_ONCE) {
        let some = some.to_vec();
        portal.write(&system, need, move |tx| {
            for id in &some {
                if let Some(mail) = tx.entity::<Mail>(*id)? {
                    tx.note(&mail)?;
                }
            }
            Ok(())
        })?;
    }
    portal.write(&system, need, |tx| {
        let chores = Chores { failed_mails_listed: true, ..chores(tx)? };
        Ok(tx.note(&chores)?)
    })
}

/// The mails sent to a user; not the copies that others had of them.
pub fn list_of_user(
    portal: &Portal,
    actor: &Actor,
    user: UserId,
    paging: Draft<Paging>,
) -> Result<Page<Mail>> {
    portal.read(actor, READ, |tx| {
        let user = users::visible(tx, user)?;
        let paging = paging?;
        let mut ids: Vec<MailId> =
            tx.ids(Table::MailsByUser, &user.id.bytes(), Way::Up)?.collect::<std::result::Result<_, _>>()?;
        let copies = [&user.id.bytes()[..], MailKind::WelcomeCopy.as_str().as_bytes(), &[0]].concat();
        let copies: BTreeSet<MailId> =
            tx.ids(Table::MailsByUser, &copies, Way::Up)?.collect::<std::result::Result<_, _>>()?;
        ids.retain(|id| !copies.contains(id));
        ids.sort_unstable_by(|a, b| b.cmp(a));
        let page = paging.of(ids);
        let mut items = Vec::new();
        for id in page.items {
            items.extend(tx.entity::<Mail>(id)?);
        }
        Ok(Page { items, total: page.total, paging })
    })
}

/// Tries again at once what failed, was cancelled, or waits for its next try.
pub fn retry(portal: &Arc<Portal>, actor: &Actor, id: MailId, nothing: Draft<()>) -> Result<Mail> {
    let own = Arc::clone(portal);
    portal.write(actor, READ, move |tx| {
        let mut mail: Mail = tx.entity(id)?.ok_or(Error::NotFound)?;
        nothing.clone()?;
        if mail.state == MailState::Sent {
            return Err(Error::Conflict("This mail was sent already.".to_owned()));
        }
        let now = tx.now();
        mail.give_up_at = now.plus(letters::TRIED_FOR);
        if let Some(link) = mail.link {
            let over = || {
                Error::Conflict("The link in this mail can't be used any more. Send a new one.".to_owned())
            };
            let link: Link = tx.entity(link)?.ok_or_else(over)?;
            if tx.has_run_out(&link, now)? {
                return Err(over());
            }
            mail.give_up_at = mail.give_up_at.min(link.expires_at);
        }
        mail.state = MailState::Queued;
        mail.done_at = None;
        mail.next_attempt_at = own.config.smtp.host.is_some().then_some(now);
        tx.wake_mail();
        Ok(tx.save(mail, Action::MailRetried)?)
    })
}

/// Takes a mail that was not sent yet out of the way.
pub fn cancel(portal: &Arc<Portal>, actor: &Actor, id: MailId, nothing: Draft<()>) -> Result<Mail> {
    portal.write(actor, READ, move |tx| {
        let mail: Mail = tx.entity(id)?.ok_or(Error::NotFound)?;
        nothing.clone()?;
        match mail.state {
            MailState::Cancelled => Ok(mail),
            MailState::Sent | MailState::Failed => {
                let text = format!("This mail is {} already.", mail.state.as_str());
                Err(Error::Conflict(text))
            }
            MailState::Queued => call_off(tx, mail),
        }
    })
}

/// A queued mail that is not to be sent.
pub(super) fn call_off(tx: &mut WriteHandle<'_, '_>, mut mail: Mail) -> Result<Mail> {
    mail.state = MailState::Cancelled;
    mail.next_attempt_at = None;
    mail.done_at = Some(tx.now());
    Ok(tx.save(mail, Action::MailCancelled)?)
}

/// The one-time link of a mail, for whoever hands it over; recorded.
pub fn show_link(portal: &Arc<Portal>, actor: &Actor, id: MailId, nothing: Draft<()>) -> Result<Shown> {
    let own = Arc::clone(portal);
    portal.write(actor, READ, move |tx| {
        let needed = Permission::UsersWrite;
        if !tx.grants().held.anywhere().holds(needed) {
            return Err(Error::lacks(needed));
        }
        let mail: Mail = tx.entity(id)?.ok_or(Error::NotFound)?;
        nothing.clone()?;
        let link = mail.link.ok_or(Error::NotFound)?;
        let link: Link = tx.entity(link)?.ok_or(Error::LinkExpired)?;
        match link.bearer {
            Bearer::User(user) => {
                let user = users::target_secrets(tx, user)?;
                users::must_hold_over(tx, &user, needed)?;
                users::proven_over(tx, &user)?;
            }
            // Whoever redeems it becomes a Customer.
            Bearer::SignUp(_) if !tx.grants().holds(needed) => return Err(Error::lacks(needed)),
            Bearer::SignUp(_) => users::must_hold(tx, BuiltIn::Customer)?,
        }
        let mail = Change { field: "mail".to_owned(), before: Value::Null, after: json!(mail.subject) };
        links::show(&own, tx, link, vec![mail])
    })
}

pub fn get(portal: &Portal, actor: &Actor, id: MailId) -> Result<Mail> {
    portal.read(actor, READ, |tx| tx.entity(id)?.ok_or(Error::NotFound))
}
