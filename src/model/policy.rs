//! Who may do what: the only permission rules. What an actor holds is worked out inside each
//! transaction (see `ops`), so a right that was taken away is gone with the next one.

use super::{
    device::Marks,
    held::Held,
    id::{GroupId, SessionId, TokenId, UserId},
    permission::{Permission, Permissions},
    time::Timestamp,
    user::User,
};

/// Who wants something, and from where.
#[derive(Debug, Clone)]
pub struct Actor {
    pub who: Who,
    /// Address of origin; `None` for the command line.
    pub origin: Option<String>,
    /// The accounts that this browser has signed in to before, as it says.
    pub marks: Marks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The command line and Rollcall's own housekeeping: whoever has the folder has the portal.
    System,
    Anonymous,
    Session(SessionId),
    /// A program, in its owner's name.
    Token(TokenId),
}

impl Actor {
    pub fn system() -> Self {
        Self { who: Who::System, origin: None, marks: Marks::default() }
    }
}

/// What an operation asks of its actor.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    pub signed_in: bool,
    pub permission: Option<Permission>,
    /// Not while impersonating: it is about the person (password, e-mail) or takes data away (export).
    pub oneself: bool,
    /// Holds every permission there is: for what contains everything.
    pub everything: bool,
    /// Allowed to one who may only look, or whose impersonation has ended: leaving.
    pub leaving: bool,
    /// Allowed to one whose group asks for a second factor, and who has none yet.
    pub enrolling: bool,
    /// Who one is was proven a few minutes ago at most: it gives power, or takes data away.
    pub fresh: bool,
    /// Only for somebody who signed in: never with an API token.
    pub in_person: bool,
}

impl Need {
    pub const NOTHING: Self = Self {
        signed_in: false,
        permission: None,
        oneself: false,
        everything: false,
        leaving: false,
        enrolling: false,
        fresh: false,
        in_person: false,
    };
    pub const SIGNED_IN: Self = Self { signed_in: true, ..Self::NOTHING };
    pub const ONESELF: Self = Self { oneself: true, in_person: true, ..Self::SIGNED_IN };
    pub const LEAVING: Self = Self { leaving: true, enrolling: true, in_person: true, ..Self::SIGNED_IN };
    pub const ENROLLING: Self = Self { enrolling: true, ..Self::SIGNED_IN };

    pub const fn permission(permission: Permission) -> Self {
        Self { permission: Some(permission), ..Self::SIGNED_IN }
    }
    pub const fn and_everything(self) -> Self {
        Self { everything: true, ..self }
    }
    pub const fn and_oneself(self) -> Self {
        Self { oneself: true, ..self }
    }
    pub const fn and_fresh(self) -> Self {
        Self { fresh: true, ..self }
    }
    pub const fn and_in_person(self) -> Self {
        Self { in_person: true, ..self }
    }
}

/// What an actor turned out to hold, in this transaction.
#[derive(Debug, Clone)]
pub struct Grants {
    pub held: Held,
    /// What the operation needs: held over somebody, which is not yet over everybody.
    pub asked: Option<Permission>,
    pub visibility: Visibility,
    /// Who signed in, and in which session.
    pub real: Option<UserId>,
    /// In whose name things happen: the real user, or the one being impersonated.
    pub effective: Option<UserId>,
    pub session: Option<SessionId>,
    /// The API token that acts in the user's name.
    pub token: Option<TokenId>,
    pub acting: Acting,
    /// Who they are was proven a few minutes ago at most; or they are asked once, for all.
    pub fresh: bool,
    /// A group of theirs asks for a second factor, and they have none.
    pub lacks_factor: bool,
}

/// Whether somebody acts as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    Oneself,
    ReadOnly {
        until: Timestamp,
    },
    Write {
        until: Timestamp,
    },
    /// It has run out (or the other was disabled), and the browser may not know yet: one looks
    /// as oneself, but changes nothing before returning, lest a form meant for the other be saved.
    Lapsed,
}

/// Which users one may see. Part of every list and every count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    All,
    Nobody,
    Only(UserId),
    /// Users in one of these groups: for managers who are limited to some.
    Groups(Vec<GroupId>),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    Unauthenticated,
    Forbidden(Permission),
    Impersonating,
    ImpersonationOver,
    FactorRequired,
    StepUpRequired,
    /// Not with an API token.
    NotInPerson,
}

impl Grants {
    pub fn system() -> Self {
        let (held, visibility) = (Held::all(), Visibility::All);
        Self { held, visibility, fresh: true, ..Self::anonymous() }
    }

    pub fn anonymous() -> Self {
        Self {
            held: Held::default(),
            asked: None,
            visibility: Visibility::Nobody,
            real: None,
            effective: None,
            session: None,
            token: None,
            acting: Acting::Oneself,
            fresh: false,
            lacks_factor: false,
        }
    }

    /// Whether a permission is held over the whole portal and every user.
    pub fn holds(&self, permission: Permission) -> bool {
        self.held.everywhere().holds(permission)
    }

    /// What is held over a user.
    pub fn over(&self, user: &User) -> Permissions {
        self.held.over(&user.groups)
    }

    /// Whether a user may be seen at all.
    pub fn sees(&self, user: &User) -> bool {
        match &self.visibility {
            Visibility::All => true,
            Visibility::Nobody => false,
            Visibility::Only(only) => *only == user.id,
            Visibility::Groups(groups) => groups.iter().any(|group| user.groups.contains(group)),
        }
    }

    /// That who they are was proven lately: what part of an operation may need by itself. Whoever
    /// acts as another proves nothing meanwhile.
    pub fn proven(&self) -> Result<(), Denied> {
        match self.acting {
            _ if self.fresh => Ok(()),
            Acting::Oneself => Err(Denied::StepUpRequired),
            _ => Err(Denied::Impersonating),
        }
    }
}

/// The one check, made by the gate before a transaction is handed out. A permission that is held
/// only over some users passes here; over whom is looked at where the user is (`users::visible`).
pub fn check(who: Who, grants: &Grants, need: Need, writes: bool) -> Result<(), Denied> {
    if who == Who::System {
        return Ok(());
    }
    if need.signed_in && grants.real.is_none() {
        return Err(Denied::Unauthenticated);
    }
    if need.signed_in && grants.lacks_factor && !need.enrolling {
        return Err(Denied::FactorRequired);
    }
    if let Some(permission) = need.permission
        && !grants.held.anywhere().holds(permission)
    {
        return Err(Denied::Forbidden(permission));
    }
    if need.in_person && grants.token.is_some() {
        return Err(Denied::NotInPerson);
    }
    if need.everything
        && let Some(missing) = Permission::ALL.iter().find(|permission| !grants.holds(**permission))
    {
        return Err(Denied::Forbidden(*missing));
    }
    let signed_in_need = need.signed_in && !need.leaving;
    match grants.acting {
        Acting::ReadOnly { .. } | Acting::Write { .. } if need.oneself => Err(Denied::Impersonating),
        Acting::ReadOnly { .. } if writes && signed_in_need => Err(Denied::Impersonating),
        Acting::Lapsed if writes && signed_in_need => Err(Denied::ImpersonationOver),
        _ if need.fresh => grants.proven(),
        _ => Ok(()),
    }
}

/// Which users somebody who holds this may see.
pub fn visibility(held: &Held, oneself: UserId) -> Visibility {
    if held.everywhere().holds(Permission::UsersRead) {
        return Visibility::All;
    }
    match held.groups_with(Permission::UsersRead) {
        none if none.is_empty() => Visibility::Only(oneself),
        groups => Visibility::Groups(groups),
    }
}
