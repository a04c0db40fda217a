//! The activity: what was done, by whom, as whom, when, from where.

use serde::{Deserialize, Serialize};

use super::{
    id::{ActivityId, UserId},
    text::EmailAddress,
    time::Timestamp,
};

/// One thing that was done. Names are those of the moment: later changes do not reach back, but
/// for this: what was somebody's own goes with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub id: ActivityId,
    /// Counts up by one from the first of all, without a gap.
    pub number: u64,
    pub at: Timestamp,
    pub action: Action,
    /// Who did it: the real user. `None`: the command line or Rollcall itself, or somebody not signed in.
    pub actor: Option<Named>,
    /// As whom, under impersonation.
    pub acting_as: Option<Named>,
    /// The name of the actor's API token, where a program did it in their name.
    pub token: Option<String>,
    pub subject: Option<Subject>,
    /// Address of origin; `None` for what came from this machine itself.
    pub origin: Option<String>,
    pub changes: Vec<Change>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    pub id: UserId,
    pub name: String,
}

/// What a thing was done to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subject {
    pub kind: String,
    /// The id's sixteen bytes; all zero for the settings, of which there is one.
    pub id: uuid::Uuid,
    pub name: String,
}

/// A field before and after, as JSON values: text, numbers, lists of text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Change {
    pub field: String,
    pub before: serde_json::Value,
    pub after: serde_json::Value,
}

/// Whose values an activity holds, where its subject does not say so: what belongs to somebody
/// (a mail, a view), and whoever is no user yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    User(UserId),
    Address(EmailAddress),
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Everything that is recorded. A write without one of these does not compile.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Action { $($(#[$doc])* #[serde(rename = $text)] $name),* }

        impl Action {
            pub const ALL: &[Action] = &[$(Action::$name),*];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.as_str() == text)
            }
        }
    };
}

actions! {
    PortalSetUp = "portal.set-up";
    SettingsUpdated = "settings.updated";
    UserCreated = "user.created";
    UserSignedUp = "user.signed-up";
    UserUpdated = "user.updated";
    UserApproved = "user.approved";
    UserDeclined = "user.declined";
    UserDisabled = "user.disabled";
    UserEnabled = "user.enabled";
    UserDeleted = "user.deleted";
    UserRestored = "user.restored";
    UserPurged = "user.purged";
    UserExported = "users.exported";
    UsersBulk = "users.bulk";
    UsersBulkUndone = "users.bulk-undone";
    UsersBulkCutOff = "users.bulk-cut-off";
    UsersImported = "users.imported";
    UsersImportUndone = "users.import-undone";
    ActivityExported = "activity.exported";
    PasswordChosen = "password.chosen";
    PasswordChanged = "password.changed";
    PasswordReset = "password.reset";
    PasswordRehashed = "password.rehashed";
    PasswordRemoved = "password.removed";
    SessionStarted = "session.started";
    SessionRenewed = "session.renewed";
    SessionProven = "session.proven";
    SessionEnded = "session.ended";
    TokenCreated = "token.created";
    TokenRevoked = "token.revoked";
    TokenEnded = "token.ended";
    FactorAdded = "factor.added";
    FactorUpdated = "factor.updated";
    FactorUsed = "factor.used";
    FactorRemoved = "factor.removed";
    ImpersonationStarted = "impersonation.started";
    ImpersonationEnded = "impersonation.ended";
    LinkMade = "link.made";
    LinkShown = "link.shown";
    UserJoined = "user.joined";
    LinkEnded = "link.ended";
    SignUpStarted = "sign-up.started";
    SignUpEnded = "sign-up.ended";
    SignUpsReminded = "sign-up.reminded";
    EmailChangeAsked = "email-change.asked";
    EmailChanged = "email.changed";
    GroupCreated = "group.created";
    GroupUpdated = "group.updated";
    GroupDeleted = "group.deleted";
    ProjectCreated = "project.created";
    ProjectUpdated = "project.updated";
    ProjectDeleted = "project.deleted";
    MemberAdded = "member.added";
    MemberRemoved = "member.removed";
    ViewCreated = "view.created";
    ViewUpdated = "view.updated";
    ViewDeleted = "view.deleted";
    MailQueued = "mail.queued";
    MailRetried = "mail.retried";
    MailCancelled = "mail.cancelled";
    MailRemoved = "mail.removed";
    ActivityTrimmed = "activity.trimmed";
    /// Once, when a store from before the chain was opened.
    ActivityChained = "activity.chained";
    PortalBackedUp = "portal.backed-up";
    PortalRestored = "portal.restored";
}

/// An action together with why it was done.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub action: Action,
    pub reason: Option<String>,
}

impl Action {
    pub fn because(self, reason: Option<&str>) -> Recorded {
        Recorded { action: self, reason: reason.map(str::to_owned) }
    }
}

impl From<Action> for Recorded {
    fn from(action: Action) -> Self {
        action.because(None)
    }
}

/// What to list of the activity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    pub actor: Option<UserId>,
    pub subject: Option<uuid::Uuid>,
    /// A whole action (`user.created`) or its first part (`user`).
    pub action: Option<String>,
    pub from: Option<Timestamp>,
    /// Up to, but not including.
    pub to: Option<Timestamp>,
}

impl ActivityFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an action is one of those asked for, by its name or the first part of it.
    pub fn asks_for(&self, action: Action) -> bool {
        self.action.as_deref().is_none_or(|wanted| {
            let action = action.as_str();
            action == wanted || action.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
        })
    }

    pub fn admits(&self, activity: &Activity) -> bool {
        let by = |id: UserId| {
            [&activity.actor, &activity.acting_as].into_iter().flatten().any(|named| named.id == id)
        };
        self.actor.is_none_or(by)
            && self.subject.is_none_or(|id| activity.subject.as_ref().is_some_and(|s| s.id == id))
            && self.asks_for(activity.action)
            && self.from.is_none_or(|from| activity.at >= from)
            && self.to.is_none_or(|to| activity.at < to)
    }
}
