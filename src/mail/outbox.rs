//! The outbox as the worker sees it: what is due, and noting what became of it.

use std::collections::HashSet;

use crate::{
    model::{id::MailId, link::Link, mail::Mail, time::Timestamp},
    store::{Error, Keys, Read, Reader, Store, Way, tables::Table},
};

/// Where the rows of mails begin that have no time to be tried.
const IDLE: [u8; 8] = [0xff; 8];

/// A mail whose time has come.
#[derive(Debug)]
pub struct Due {
    pub mail: Mail,
    /// Why it is not to be sent any more.
    pub dead: Option<&'static str>,
}

/// What is to be done now, and when to look again.
#[derive(Debug, Default)]
pub struct Agenda {
    pub due: Vec<Due>,
    /// `None`: nothing waits for a time, or there is more to do than `most`.
    pub next: Option<Timestamp>,
    pub portal_name: String,
}

/// The mails that are due, the earliest first, `most` of them, without those on their way.
pub fn agenda(
    store: &Store,
    now: Timestamp,
    most: usize,
    on_their_way: &HashSet<MailId>,
) -> Result<Agenda, Error> {
    let tx = store.read()?;
    let mut agenda = Agenda { portal_name: tx.settings()?.portal_name, ..Agenda::default() };
    let waiting = Keys { from: Vec::new(), to: Some(IDLE.to_vec()) };
    for id in tx.ids_in::<MailId>(Table::MailsDue, waiting, Way::Up)? {
        let id = id?;
        if on_their_way.contains(&id) {
            continue;
        }
        let Some(mail) = tx.entity::<Mail>(id)? else { continue };
        if mail.next_attempt_at > Some(now) {
            agenda.next = mail.next_attempt_at;
            break;
        }
        if agenda.due.len() == most {
            break;
        }
        let dead = dead(&*tx, &mail, now)?;
        agenda.due.push(Due { mail, dead });
    }
    Ok(agenda)
}

/// Why a mail is not to be sent, however often it was tried.
fn dead(tx: &impl Reader, mail: &Mail, now: Timestamp) -> Result<Option<&'static str>, Error> {
    if let Some(id) = mail.link {
        match tx.entity::<Link>(id)? {
            None => return Ok(Some("Not sent: its link does not work any more.")),
            Some(link) if tx.has_run_out(&link, now)? => {
                return Ok(Some("Not sent: its link has run out."));
            }
            Some(_) => {}
        }
    }
    Ok((mail.give_up_at <= now).then_some("Not sent: it could not be delivered in time."))
}

/// Notes what became of a mail. One that is gone meanwhile stays gone.
pub fn note(
    store: &Store,
    id: MailId,
    change: impl Fn(Mail, Timestamp) -> Mail + Send + 'static,
) -> Result<(), Error> {
    store.write(move |tx| match tx.entity::<Mail>(id)? {
        Some(mail) => {
            let now = tx.now();
            tx.note(&change(mail, now))
        }
        None => Ok(()),
    })
}

/// At the start with a server: what waits without a time, for want of one, is due.
pub fn revive(store: &Store) -> Result<(), Error> {
    store.write(|tx| {
        for id in waiting(tx, Keys::prefix(&IDLE))? {
            retime(tx, id, Some(tx.now()))?;
        }
        Ok(())
    })
}

/// Without a server nothing is tried, and the outbox says so.
pub fn idle(store: &Store) -> Result<(), Error> {
    let timed = || Keys { from: Vec::new(), to: Some(IDLE.to_vec()) };
    if store.read()?.range(Table::MailsDue, timed(), Way::Up)?.next().is_none() {
        return Ok(());
    }
    store.write(move |tx| {
        for id in waiting(tx, timed())? {
            retime(tx, id, None)?;
        }
        Ok(())
    })
}

fn waiting(tx: &impl Reader, keys: Keys) -> Result<Vec<MailId>, Error> {
    tx.ids_in::<MailId>(Table::MailsDue, keys, Way::Up)?.collect()
}

fn retime(tx: &mut crate::store::WriteTx<'_>, id: MailId, at: Option<Timestamp>) -> Result<(), Error> {
    match tx.entity::<Mail>(id)? {
        Some(mail) => tx.note(&Mail { next_attempt_at: at, ..mail }),
        None => Ok(()),
    }
}
