//! What is sent about users. Each form stands beside what the API document says of it.

use poem_openapi::Object;

use crate::{
    http::body::{Fields, Form},
    model::{
        text::{Company, EmailAddress, FullName, Message, Notes, Phone, Reason, Subject},
        user::{NewUser, UserPatch, Welcome},
    },
    ops::{impersonation, users::Approval},
};

/// A user to create.
#[derive(Object)]
#[oai(rename = "NewUser", deny_unknown_fields)]
pub struct NewUserBody {
    name: String,
    email: String,
    company: Option<String>,
    phone: Option<String>,
    /// Seen by those with `users.write` alone.
    notes: Option<String>,
    /// None means Customer, or the one group that you look after.
    groups: Option<Vec<String>>,
    projects: Option<Vec<String>>,
    welcome: Option<WelcomeBody>,
}

/// The welcome mail; without it nothing is sent.
#[derive(Object)]
#[oai(rename = "Welcome", deny_unknown_fields)]
pub struct WelcomeBody {
    send: Option<bool>,
    subject: Option<String>,
    message: Option<String>,
    /// A copy without the one-time link, for whoever creates the user.
    bcc_me: Option<bool>,
}

impl Form for NewUser {
    type Document = NewUserBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let (name, email) = (f.required("name", FullName::parse), f.required("email", EmailAddress::parse));
        let new = Self {
            company: f.optional("company", Company::parse),
            phone: f.optional("phone", Phone::parse),
            notes: f.optional("notes", Notes::parse),
            groups: f.ids("groups").unwrap_or_default(),
            projects: f.ids("projects").unwrap_or_default(),
            welcome: f.object("welcome", welcome).unwrap_or_default(),
            name: name?,
            email: email?,
        };
        Some(new)
    }
}

fn welcome(f: &mut Fields) -> Welcome {
    Welcome {
        send: f.flag("send").unwrap_or(false),
        subject: f.optional("subject", Subject::parse),
        message: f.optional("message", Message::parse),
        bcc_me: f.flag("bcc_me").unwrap_or(false),
    }
}

/// Some fields of a user; null or "" clears one.
#[derive(Object)]
#[oai(rename = "UserPatch", deny_unknown_fields)]
pub struct UserPatchBody {
    name: Option<String>,
    email: Option<String>,
    company: Option<String>,
    phone: Option<String>,
    notes: Option<String>,
    groups: Option<Vec<String>>,
}

impl Form for UserPatch {
    type Document = UserPatchBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self {
            name: f.changed("name", FullName::parse),
            email: f.changed("email", EmailAddress::parse),
            company: f.patch("company", Company::parse),
            phone: f.patch("phone", Phone::parse),
            notes: f.patch("notes", Notes::parse),
            groups: f.changed_ids("groups"),
        })
    }
}

/// Why.
#[derive(Object)]
#[oai(rename = "Disable", deny_unknown_fields)]
pub struct DisableBody {
    reason: Option<String>,
}

pub struct Disable(pub Option<Reason>);

impl Form for Disable {
    type Document = DisableBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self(f.optional("reason", Reason::parse)))
    }
}

/// With which groups and projects a pending user comes in.
#[derive(Object)]
#[oai(rename = "Approve", deny_unknown_fields)]
pub struct ApproveBody {
    groups: Option<Vec<String>>,
    projects: Option<Vec<String>>,
}

impl Form for Approval {
    type Document = ApproveBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self { groups: f.ids("groups"), projects: f.ids("projects").unwrap_or_default() })
    }
}

/// What the mail to them says; kept with the activity too.
#[derive(Object)]
#[oai(rename = "Decline", deny_unknown_fields)]
pub struct DeclineBody {
    message: Option<String>,
}

pub struct Decline(pub Option<Message>);

impl Form for Decline {
    type Document = DeclineBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self(f.optional("message", Message::parse)))
    }
}

/// Log in as this user.
#[derive(Object)]
#[oai(rename = "Impersonate", deny_unknown_fields)]
pub struct ImpersonateBody {
    reason: String,
    /// Also act as the user; otherwise only look.
    write: Option<bool>,
}

impl Form for impersonation::Start {
    type Document = ImpersonateBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let reason = f.required("reason", Reason::parse);
        let write = f.flag("write").unwrap_or(false);
        Some(Self { reason: reason?, write })
    }
}
