//! What admins set in the browser. What needs a restart is configuration instead.

use serde::{Deserialize, Serialize};

use super::{
    error::{Code, Refused},
    id::GroupId,
    text::{EmailAddress, Message, PortalName, Subject, WebAddress},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub portal_name: String,
    pub accent_color: AccentColor,
    pub support_email: Option<EmailAddress>,
    pub support_url: Option<WebAddress>,
    pub sign_up: SignUpPolicy,
    /// Let in without approval. A leading `@` is taken off when they are set.
    pub allowed_domains: Vec<String>,
    pub refused_domains: Vec<String>,
    /// Mail those who may approve once a day while somebody waits.
    pub sign_up_reminder: bool,
    pub welcome_subject: Option<Subject>,
    pub welcome_text: Option<Message>,
    /// In characters; 8 to 64.
    pub password_min_length: u16,
    pub require_factor_groups: Vec<GroupId>,
    /// How long the deleted wait in the bin.
    pub bin_days: u16,
    /// How long activity is kept; 0 is for ever.
    pub activity_days: u16,
    /// Mail a user when an admin has logged in as them.
    pub impersonation_notice: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            portal_name: "Rollcall".to_owned(),
            accent_color: AccentColor("#3556d4".to_owned()),
            support_email: None,
            support_url: None,
            sign_up: SignUpPolicy::Open,
            allowed_domains: Vec::new(),
            refused_domains: Vec::new(),
            sign_up_reminder: true,
            welcome_subject: None,
            welcome_text: None,
            password_min_length: 12,
            require_factor_groups: Vec::new(),
            bin_days: 30,
            activity_days: 0,
            impersonation_notice: false,
        }
    }
}

impl Settings {
    pub fn welcome_subject(&self) -> String {
        match &self.welcome_subject {
            Some(subject) => subject.to_string(),
            None => format!("Your account at {}", self.portal_name),
        }
    }

    pub fn welcome_text(&self) -> String {
        match &self.welcome_text {
            Some(text) => text.to_string(),
            None => format!("You have an account at {} now.", self.portal_name),
        }
    }

    /// Whether the domain rules let this address sign up by itself. A refused domain takes those
    /// below it along, but for one that is named among the allowed.
    pub fn lets_in(&self, email: &EmailAddress) -> bool {
        let domain = email.domain();
        let below = |refused: &String| domain.ends_with(&format!(".{refused}"));
        !self.refused_domains.contains(&domain)
            && (self.allowed_domains.contains(&domain) || !self.refused_domains.iter().any(below))
    }

    /// Whether an address is of a domain that is always let in, approval or not. Just that one:
    /// a domain below it may be anybody's, such as a customer's of a host.
    pub fn always_lets_in(&self, email: &EmailAddress) -> bool {
        self.allowed_domains.contains(&email.domain()) && self.lets_in(email)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignUpPolicy {
    Open,
    Approval,
    Closed,
}

impl SignUpPolicy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approval => "approval",
            Self::Closed => "closed",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Approval, Self::Closed].into_iter().find(|policy| policy.as_str() == text)
    }
}

/// A colour as `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccentColor(String);

impl AccentColor {
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
            Ok(Self(text))
        } else {
            Err(Refused::new(Code::Invalid, "The colour is written as #rrggbb, such as #3556d4."))
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some of the settings changed; `None` leaves one alone, the inner `None` clears it.
#[derive(Debug, Clone, Default)]
pub struct SettingsPatch {
    pub portal_name: Option<PortalName>,
    pub accent_color: Option<AccentColor>,
    pub support_email: Option<Option<EmailAddress>>,
    pub support_url: Option<Option<WebAddress>>,
    pub sign_up: Option<SignUpPolicy>,
    pub allowed_domains: Option<Vec<String>>,
    pub refused_domains: Option<Vec<String>>,
    pub sign_up_reminder: Option<bool>,
    pub welcome_subject: Option<Option<Subject>>,
    pub welcome_text: Option<Option<Message>>,
    pub password_min_length: Option<u16>,
    pub require_factor_groups: Option<Vec<GroupId>>,
    pub bin_days: Option<u16>,
    pub activity_days: Option<u16>,
    pub impersonation_notice: Option<bool>,
}
