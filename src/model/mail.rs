//! A mail in the outbox, and what became of it.

use serde::{Deserialize, Serialize};

use super::{
    id::{LinkId, MailId, UserId},
    text::EmailAddress,
    time::Timestamp,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub id: MailId,
    pub to: EmailAddress,
    pub to_name: Option<String>,
    /// The user it was sent to, if it was one.
    pub user: Option<UserId>,
    pub kind: MailKind,
    pub subject: String,
    /// With [`LINK`] where the one-time link belongs.
    pub text: String,
    pub html: String,
    pub link: Option<LinkId>,
    pub state: MailState,
    pub attempts: u32,
    pub last_error: Option<String>,
    pub server_reply: Option<String>,
    /// `None`: not to be tried, because it is done or because there is no mail server.
    pub next_attempt_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Not tried after this: two days, or when its link runs out.
    pub give_up_at: Timestamp,
    pub done_at: Option<Timestamp>,
}

/// Stands in a mail's texts where its one-time link belongs. No text that a person can
/// give has it: control characters are refused.
pub const LINK: char = '\u{1}';

macro_rules! kinds {
    ($($name:ident = $text:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum MailKind { $($name),* }

        impl MailKind {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

kinds! {
    Welcome = "welcome";
    WelcomeCopy = "welcome-copy";
    SignUp = "sign-up";
    AccountExists = "account-exists";
    AccountDisabled = "account-disabled";
    InBin = "in-bin";
    PasswordReset = "password-reset";
    PasswordChanged = "password-changed";
    FactorChanged = "factor-changed";
    TokenCreated = "token-created";
    EmailChange = "email-change";
    EmailChanged = "email-changed";
    Approved = "approved";
    Declined = "declined";
    SignUpReminder = "sign-up-reminder";
    Impersonated = "impersonated";
    Test = "test";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailState {
    Queued,
    Sent,
    Failed,
    Cancelled,
}

impl MailState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Failed, Self::Cancelled].into_iter().find(|s| s.as_str() == text)
    }
}
