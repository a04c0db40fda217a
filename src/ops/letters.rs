//! Letters on their way into the outbox. What a mail says is `mail::template`'s; here is who gets it.

use super::{Portal, Result, WriteHandle};
use crate::{
    mail::{
        letter::{Letter, Letterhead},
        template,
    },
    model::{
        id::{LinkId, MailId, UserId},
        link::Link,
        mail::{Mail, MailState},
        text::EmailAddress,
        time::Span,
        user::User,
    },
    store::{Reader, read::Read},
};

/// A mail that can't be delivered is tried for so long.
pub(super) const TRIED_FOR: Span = Span::hours(48);

/// Who a letter goes to.
pub struct Recipient {
    pub email: EmailAddress,
    pub name: Option<String>,
    pub user: Option<UserId>,
}

impl From<&User> for Recipient {
    fn from(user: &User) -> Self {
        Self { email: user.email.clone(), name: Some(user.name.to_string()), user: Some(user.id) }
    }
}

impl Recipient {
    /// Somebody who is no user, or not at this address.
    pub fn address(email: &EmailAddress) -> Self {
        Self { email: email.clone(), name: None, user: None }
    }
}

impl Portal {
    pub(super) fn letterhead(&self, tx: &impl Reader) -> Result<Letterhead> {
        Ok(Letterhead::new(&tx.settings()?, self.config.public_url()))
    }

    /// Puts a letter into the outbox, in the same transaction as what it is about.
    pub(super) fn post(
        &self,
        tx: &mut WriteHandle<'_, '_>,
        to: Recipient,
        letter: &Letter,
        link: Option<&Link>,
    ) -> Result<MailId> {
        let rendered = template::render(&self.letterhead(&**tx)?, letter);
        let now = tx.now();
        let give_up_at = now.plus(TRIED_FOR);
        let mail = Mail {
            id: tx.new_id()?,
            to: to.email,
            to_name: to.name,
            user: to.user,
            kind: letter.kind(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            link: link.map(|link| link.id),
            state: MailState::Queued,
            attempts: 0,
            last_error: None,
            server_reply: None,
            next_attempt_at: self.config.smtp.host.is_some().then_some(now),
            created_at: now,
            give_up_at: link.map_or(give_up_at, |link| give_up_at.min(link.expires_at)),
            done_at: None,
        };
        tx.enqueue(&mail)?;
        Ok(mail.id)
    }

    /// The address of a page of the portal: the one function that builds public addresses.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.config.public_url())
    }

    /// The address of a one-time link: the token stands in the fragment, which no log and no proxy sees.
    pub fn link_address(&self, link: LinkId) -> String {
        use base64::Engine;
        let token = self.store().entropy().link_token(link);
        let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(token.expose());
        self.address(&format!("/link#{token}"))
    }
}
