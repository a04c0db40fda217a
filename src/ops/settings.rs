//! The settings, and a mail to try them.

use std::{collections::BTreeSet, sync::Arc};

use super::{Draft, Error, Handle, Portal, Result, letters::Recipient, users};
use crate::{
    mail::letter::Letter,
    model::{
        activity::Action,
        error::Code,
        group::Group,
        held::Held,
        id::{GroupId, MailId},
        permission::Permission,
        policy::{Actor, Need},
        settings::{Settings, SettingsPatch},
    },
    store::{Reader, read::Read},
};

const NEED: Need = Need::permission(Permission::SettingsWrite);

pub fn get(portal: &Portal, actor: &Actor) -> Result<Settings> {
    portal.read(actor, NEED, |tx| Ok(tx.settings()?))
}

/// In their order, the first of those that are the same.
fn each_once(domains: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    domains.into_iter().filter(|domain| seen.insert(domain.clone())).collect()
}

/// Groups that are there, each once.
fn known_groups(tx: &impl Reader, mut groups: Vec<GroupId>) -> Result<Vec<GroupId>> {
    groups.sort_unstable();
    groups.dedup();
    for id in &groups {
        if tx.entity::<Group>(*id)?.is_none() {
            let text = format!("There is no group {id}.");
            return Err(Error::field("require_factor_groups", Code::NotFound, text));
        }
    }
    Ok(groups)
}

/// What those hold who need no second factor any more.
fn factors_lifted(tx: &impl Reader, before: &[GroupId], after: &[GroupId]) -> Result<Held> {
    let mut held = Held::default();
    for id in before.iter().filter(|id| !after.contains(id)) {
        held = held.union(&tx.entity::<Group>(*id)?.map_or_else(Held::default, |group| group.held()));
    }
    Ok(held)
}

/// Changes some. What makes the portal less safe, or forgets what was done, asks who one is.
pub fn update(portal: &Arc<Portal>, actor: &Actor, draft: Draft<SettingsPatch>) -> Result<Settings> {
    portal.write(actor, NEED, move |tx| {
        let patch = draft.clone()?;
        let before = tx.settings()?;
        let settings = Settings {
            portal_name: patch.portal_name.map_or(before.portal_name, |name| name.to_string()),
            accent_color: patch.accent_color.unwrap_or(before.accent_color),
            support_email: patch.support_email.unwrap_or(before.support_email),
            support_url: patch.support_url.unwrap_or(before.support_url),
            sign_up: patch.sign_up.unwrap_or(before.sign_up),
            allowed_domains: patch.allowed_domains.map(each_once).unwrap_or(before.allowed_domains),
            refused_domains: patch.refused_domains.map(each_once).unwrap_or(before.refused_domains),
            sign_up_reminder: patch.sign_up_reminder.unwrap_or(before.sign_up_reminder),
            welcome_subject: patch.welcome_subject.unwrap_or(before.welcome_subject),
            welcome_text: patch.welcome_text.unwrap_or(before.welcome_text),
            password_min_length: patch.password_min_length.unwrap_or(before.password_min_length),
            require_factor_groups: match patch.require_factor_groups {
                Some(groups) => known_groups(tx, groups)?,
                None => before.require_factor_groups.clone(),
            },
            bin_days: patch.bin_days.unwrap_or(before.bin_days),
            activity_days: patch.activity_days.unwrap_or(before.activity_days),
            impersonation_notice: patch.impersonation_notice.unwrap_or(before.impersonation_notice),
        };
        let freed = factors_lifted(tx, &before.require_factor_groups, &settings.require_factor_groups)?;
        if !tx.grants().held.covers(&freed) {
            return Err(users::beyond(&tx.grants().held, &freed));
        }
        let shorter = settings.activity_days < before.activity_days
            || settings.bin_days < before.bin_days
            || (before.impersonation_notice && !settings.impersonation_notice)
            || settings.password_min_length < before.password_min_length;
        if shorter || freed != Held::default() {
            tx.grants().proven()?;
        }
        Ok(tx.save(settings, Action::SettingsUpdated)?)
    })
}

/// Sends a mail to whoever asks, to see whether mail works.
pub fn test_mail(portal: &Arc<Portal>, actor: &Actor, nothing: Draft<()>) -> Result<MailId> {
    let own = Arc::clone(portal);
    portal.write(actor, NEED, move |tx| {
        let me = users::oneself(tx)?;
        nothing.clone()?;
        let letter = Letter::Test { name: me.name.to_string(), at: tx.now() };
        let id = own.post(tx, Recipient::from(&me), &letter, None)?;
        let subject = crate::store::entity::subject("mail", id, me.email.as_str());
        tx.record(Action::MailQueued, Some(subject), Vec::new())?;
        Ok(id)
    })
}
