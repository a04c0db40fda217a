//! What a group may let its users do.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! permissions {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($name),* }

        impl Permission {
            pub const ALL: &[Permission] = &[$(Permission::$name),*];

            /// The name in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
            /// What it lets one do, for people.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $about),* }
            }
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

permissions! {
    UsersRead = "users.read", "See the list of users and their pages";
    UsersWrite = "users.write", "Create and change users, disable and enable them, send passwords, end sessions";
    UsersDelete = "users.delete", "Move users to the bin, restore them, delete them for good";
    UsersImpersonate = "users.impersonate", "Log in as another user";
    UsersExport = "users.export", "Export all users as CSV";
    UsersImport = "users.import", "Import users from CSV";
    GroupsWrite = "groups.write", "Create, change and delete groups and their permissions";
    ProjectsCreate = "projects.create", "Create projects";
    ProjectsManage = "projects.manage", "See all projects, change them and manage their members";
    ActivityRead = "activity.read", "See the activity of the whole portal";
    MailRead = "mail.read", "See the outbox, retry and cancel mails";
    SettingsWrite = "settings.write", "Change the portal's settings";
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions; kept by name in records, so that an unknown one of a newer
/// version is dropped rather than taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    pub const NONE: Self = Self(0);

    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }
    /// Those that are about users: they can be limited to the users of some groups.
    pub fn over_users() -> Self {
        Permission::ALL.iter().copied().filter(|p| p.as_str().starts_with("users.")).collect()
    }
    /// Whether this is more than to look after one's own things: it gives power over others, or over
    /// the portal.
    pub fn is_power(self) -> bool {
        self.iter().any(|permission| permission != Permission::ProjectsCreate)
    }
    pub const fn holds(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |p| self.holds(*p))
    }
    pub fn names(self) -> Vec<String> {
        self.iter().map(|p| p.as_str().to_owned()).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, p| bits | 1 << p as u32))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Permission::as_str))
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Permission::parse(name)).collect())
    }
}
