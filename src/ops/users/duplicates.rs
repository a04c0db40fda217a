//! Who may be the same person as somebody who signed up.

use std::collections::BTreeSet;

use super::visible;
use crate::{
    index::query::{Disabled, Query},
    model::{
        alike::{Mailbox, Why, why},
        id::UserId,
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        user::User,
    },
    ops::{Draft, Error, Handle, Portal, ReadHandle, Result},
};

/// So many users are held against one for each thing that they may have in common.
const CANDIDATES: u32 = 100;
/// More than anybody looks at.
const TOLD: usize = 50;
/// Words of a name that are looked for beside a company.
const WORDS: usize = 4;

#[derive(Debug, Clone)]
pub struct Duplicate {
    pub user: User,
    /// Never empty; the strongest first.
    pub why: Vec<Why>,
}

/// Likely duplicates of a user among those that the actor may see, the likeliest first.
pub fn duplicates(
    portal: &Portal,
    actor: &Actor,
    id: UserId,
    paging: Draft<Paging>,
) -> Result<Page<Duplicate>> {
    portal.read(actor, Need::permission(Permission::UsersWrite), |tx| {
        let user = visible(tx, id)?;
        let paging = paging?;
        let mut found = Vec::new();
        for other in candidates(portal, tx, &user)? {
            // The index may be a moment ahead or behind.
            let Ok(other) = visible(tx, other) else { continue };
            let why = why(&user, &other);
            if other.id != id && !why.is_empty() {
                found.push(Duplicate { user: other, why });
            }
        }
        found.sort_by(|a, b| (&a.why, a.user.id).cmp(&(&b.why, b.user.id)));
        found.truncate(TOLD);
        Ok(paging.of(found))
    })
}

/// Whoever may turn out to be alike: by the words of the name, and by the address.
fn candidates(portal: &Portal, tx: &ReadHandle, user: &User) -> Result<BTreeSet<UserId>> {
    let visibility = &tx.grants().visibility;
    let internal = |error: crate::index::Error| Error::Internal(error.to_string());
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect()
    };
    let name = plain(user.name.as_str());
    let words = || name.split_whitespace();
    let mut texts = vec![words().map(|word| format!("name:\"{word}\" ")).collect::<String>()];
    if let Some(company) = &user.company {
        let company = plain(company.as_str());
        let long = words().filter(|word| word.chars().count() > 1).take(WORDS);
        texts.extend(long.map(|word| format!("company:\"{company}\" name:\"{word}\"")));
    }
    let mut ids = BTreeSet::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let asked = Query {
            // Those in the bin too: whoever was deleted may come again.
            text: format!("is:active is:invited is:pending is:disabled is:deleted {text}"),
            disabled: Disabled::Include,
            visibility: visibility.clone(),
            limit: CANDIDATES,
            ..Query::default()
        };
        ids.extend(portal.index.search(&asked).map_err(internal)?.ids);
    }
    let mailbox = Mailbox::of(&user.email);
    let will_do = |email: &str| mailbox.like(email).is_some();
    let alike = portal.index.with_address(visibility, CANDIDATES as usize, &will_do);
    ids.extend(alike.map_err(internal)?);
    Ok(ids)
}
