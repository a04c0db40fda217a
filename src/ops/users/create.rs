//! New User, and the mail that tells them.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    UserDetails, checked_groups, email_free, gather, oneself, post_welcome, proven_to_give, readable, shown,
};
use crate::{
    mail::{link, template},
    model::{
        activity::Action,
        error::Code,
        permission::Permission,
        policy::{Actor, Need},
        project::{Project, Via},
        text::EmailAddress,
        user::{NewUser, Standing, User},
    },
    ops::{Draft, Error, Handle, Portal, Result, WriteHandle, letters::Recipient, members, sign_up},
    store::read::Read,
};

/// A welcome mail as it would look; the one-time link is shown as `…`.
#[derive(Debug, Clone)]
pub struct Preview {
    pub subject: String,
    pub text: String,
    pub html: String,
}

const NEED: Need = Need::permission(Permission::UsersWrite);

/// `email` is the address in the draft, if there is one, whatever else is wrong with it.
pub fn create(
    portal: &Arc<Portal>,
    actor: &Actor,
    email: Option<EmailAddress>,
    draft: Draft<NewUser>,
) -> Result<UserDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, NEED, move |tx| {
        let new = readable(tx, &draft, email.as_ref(), None)?;
        proven_to_give(tx, Some(&new.groups), &BTreeSet::new())?;
        let user = create_now(&own, tx, &new)?;
        shown(tx, user)
    })
}

pub(super) fn create_now(portal: &Portal, tx: &mut WriteHandle<'_, '_>, new: &NewUser) -> Result<User> {
    let groups = checked(tx, new)?;
    sign_up::forget(tx, &new.email)?;
    let user = User {
        id: tx.new_id()?,
        version: 0,
        name: new.name.clone(),
        email: new.email.clone(),
        company: new.company.clone(),
        phone: new.phone.clone(),
        notes: new.notes.clone(),
        groups,
        standing: Standing::Invited,
        disabled: false,
        deleted_at: None,
        created_at: tx.now(),
    };
    let user = tx.save(user, Action::UserCreated)?;
    for project in &new.projects {
        members::join(tx, *project, user.id, Via::Added)?;
    }
    if new.welcome.send {
        post_welcome(portal, tx, &user, &new.welcome)?;
    }
    Ok(user)
}

/// What would keep this user from being created; their groups otherwise.
fn checked<H: Handle>(tx: &H, new: &NewUser) -> Result<BTreeSet<crate::model::id::GroupId>> {
    if !new.projects.is_empty() && !tx.grants().holds(Permission::ProjectsManage) {
        return Err(Error::lacks(Permission::ProjectsManage));
    }
    let groups = checked_groups(tx, &new.groups, &BTreeSet::new());
    let projects = new.projects.iter().map(|id| match tx.entity::<Project>(*id)? {
        Some(_) => Ok(()),
        None => Err(Error::field("projects", Code::NotFound, format!("There is no project {id}."))),
    });
    let groups_result = groups.as_ref().map(|_| ()).map_err(Clone::clone);
    gather([email_free(tx, &new.email, None), groups_result].into_iter().chain(projects))?;
    groups
}

/// The welcome mail of a user who is not created yet.
pub fn preview_welcome(portal: &Portal, actor: &Actor, draft: Draft<NewUser>) -> Result<Preview> {
    portal.read(actor, NEED, |tx| {
        let new = draft?;
        checked(tx, &new)?;
        let letter = super::mails::welcome_letter(portal, tx, &new.name, &new.email, &new.welcome)?;
        let rendered =
            template::render(&portal.letterhead(tx)?, &crate::mail::letter::Letter::Welcome(letter));
        Ok(Preview {
            subject: rendered.subject,
            text: link::mask(&rendered.text),
            html: link::mask(&rendered.html),
        })
    })
}

/// Where the creator's copy goes.
pub(super) fn copy_to<H: Handle>(tx: &H) -> Result<Option<Recipient>> {
    Ok(match tx.grants().effective {
        Some(_) => Some(Recipient::from(&oneself(tx)?)),
        None => None,
    })
}
