//! What mails there are, and what each needs to know.

use serde::Serialize;

use crate::model::{mail::MailKind, settings::Settings, time::Timestamp};

/// What all mails of a portal have in common, from the settings and the configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Letterhead {
    pub portal_name: String,
    /// `#rrggbb`; anything else gives the built-in colour.
    pub accent_color: String,
    pub public_url: String,
    pub support_email: Option<String>,
    pub support_url: Option<String>,
}

impl Letterhead {
    pub fn new(settings: &Settings, public_url: &str) -> Self {
        Self {
            portal_name: settings.portal_name.clone(),
            accent_color: settings.accent_color.as_str().to_owned(),
            public_url: public_url.to_owned(),
            support_email: settings.support_email.as_ref().map(ToString::to_string),
            support_url: settings.support_url.as_ref().map(ToString::to_string),
        }
    }
}

/// One mail to one person. Addresses within the portal are given whole, built by the one
/// function that builds them; `expires` is in words, such as "7 days".
///
/// A letter to an address that nobody has proven yet carries no text its sender chose, not
/// even a name: else a sign-up could be used to send strangers any words.
#[derive(Debug, Clone)]
pub enum Letter {
    /// An admin made an account for this person. Holds the one-time link.
    Welcome(Welcome),
    /// The admin's own copy of a welcome, with a note where the link stood.
    WelcomeCopy(Welcome),
    /// Somebody signed up with this address. Holds the one-time link.
    SignUp {
        email: String,
        expires: String,
    },
    /// Somebody signed up with the address of an account that is there already.
    AccountExists {
        name: String,
        email: String,
        sign_in_url: String,
        forgot_url: String,
    },
    /// To the support contact: somebody signed up with a disabled user's address.
    AccountDisabledContact {
        name: String,
        email: String,
        user_url: String,
    },
    /// Somebody signed up with an address whose user is in the bin.
    InBin {
        email: String,
    },
    /// Holds the one-time link, whether the user asked for it or an admin sent it.
    PasswordReset {
        name: String,
        email: String,
        expires: String,
    },
    PasswordChanged {
        name: String,
        email: String,
        at: Timestamp,
        forgot_url: String,
    },
    FactorChanged {
        name: String,
        email: String,
        change: FactorChange,
        at: Timestamp,
        forgot_url: String,
    },
    /// Whoever has the token acts in the user's name.
    TokenCreated {
        name: String,
        email: String,
        token: String,
        at: Timestamp,
        forgot_url: String,
    },
    /// To the new address, to prove it. Holds the one-time link.
    EmailChange {
        new_email: String,
        expires: String,
    },
    /// To the address that was the user's until now.
    EmailChanged {
        name: String,
        old_email: String,
        new_email: String,
        at: Timestamp,
    },
    /// To somebody who signed up and waited: an admin let them in.
    Approved {
        name: String,
        sign_in_url: String,
    },
    /// To somebody who signed up and waited: an admin turned them away.
    Declined {
        name: String,
        message: Option<String>,
    },
    /// To those who may approve, once a day while somebody waits.
    SignUpReminder {
        name: String,
        waiting: u64,
        pending_url: String,
    },
    /// To a user whom an admin logged in as, where the settings ask for it.
    Impersonated {
        name: String,
        by: String,
        reason: String,
        at: Timestamp,
    },
    /// Sent from the settings to see whether mail works.
    Test {
        name: String,
        at: Timestamp,
    },
}

/// What became of a user's second factors; each in words, such as "Passkey “Laptop”".
#[derive(Debug, Clone)]
pub enum FactorChange {
    Added(String),
    Removed(String),
    NewCodes,
    /// All of them, by somebody who looks after users.
    RemovedByAdmin,
}

#[derive(Debug, Clone)]
pub struct Welcome {
    pub name: String,
    pub email: String,
    pub subject: String,
    /// From the settings; may be empty.
    pub intro: String,
    /// The admin's own words, with their line breaks.
    pub message: Option<String>,
    pub sign_in_url: String,
    pub expires: String,
}

impl Letter {
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::Welcome(_) => MailKind::Welcome,
            Self::WelcomeCopy(_) => MailKind::WelcomeCopy,
            Self::SignUp { .. } => MailKind::SignUp,
            Self::AccountExists { .. } => MailKind::AccountExists,
            Self::AccountDisabledContact { .. } => MailKind::AccountDisabled,
            Self::InBin { .. } => MailKind::InBin,
            Self::PasswordReset { .. } => MailKind::PasswordReset,
            Self::PasswordChanged { .. } => MailKind::PasswordChanged,
            Self::FactorChanged { .. } => MailKind::FactorChanged,
            Self::TokenCreated { .. } => MailKind::TokenCreated,
            Self::EmailChange { .. } => MailKind::EmailChange,
            Self::EmailChanged { .. } => MailKind::EmailChanged,
            Self::Approved { .. } => MailKind::Approved,
            Self::Declined { .. } => MailKind::Declined,
            Self::SignUpReminder { .. } => MailKind::SignUpReminder,
            Self::Impersonated { .. } => MailKind::Impersonated,
            Self::Test { .. } => MailKind::Test,
        }
    }
}
