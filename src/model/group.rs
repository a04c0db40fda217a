//! Groups: named sets of permissions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    held::Held,
    id::GroupId,
    permission::{Permission, Permissions},
    text::{Description, GroupName},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub id: GroupId,
    pub name: GroupName,
    pub description: Option<Description>,
    pub permissions: Permissions,
    /// Its permissions reach only the users of these groups; `None`: everybody.
    #[serde(default)]
    pub limited_to: Option<BTreeSet<GroupId>>,
    pub built_in: Option<BuiltIn>,
}

/// The groups that every portal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuiltIn {
    Admin,
    Employee,
    Vendor,
    Customer,
}

impl BuiltIn {
    pub const ALL: &[BuiltIn] = &[Self::Admin, Self::Employee, Self::Vendor, Self::Customer];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Employee => "Employee",
            Self::Vendor => "Vendor",
            Self::Customer => "Customer",
        }
    }

    pub const fn description(self) -> &'static str {
        match self {
            Self::Admin => "May do everything",
            Self::Employee => "Works here; creates projects",
            Self::Vendor => "Works in others' projects",
            Self::Customer => "Whoever signs up; creates projects",
        }
    }

    pub fn permissions(self) -> Permissions {
        match self {
            Self::Admin => Permissions::all(),
            Self::Employee | Self::Customer => [Permission::ProjectsCreate].into_iter().collect(),
            Self::Vendor => Permissions::NONE,
        }
    }

    /// The same in every portal, so that a reference to Customer needs no look-up.
    pub fn id(self) -> GroupId {
        use super::id::Id;
        let mut bytes = [0_u8; 16];
        bytes[6] = 0x70;
        bytes[8] = 0x80;
        bytes[15] = self as u8 + 1;
        GroupId::from_uuid(uuid::Uuid::from_bytes(bytes))
    }
}

impl Group {
    pub fn built_in(which: BuiltIn) -> Option<Self> {
        Some(Self {
            id: which.id(),
            name: GroupName::parse(which.name()).ok()?,
            description: Description::parse(which.description()).ok(),
            permissions: which.permissions(),
            limited_to: None,
            built_in: Some(which),
        })
    }

    /// Admin always holds all permissions, those of a newer version included.
    pub fn permissions(&self) -> Permissions {
        match self.built_in {
            Some(BuiltIn::Admin) => Permissions::all(),
            _ => self.permissions,
        }
    }

    /// What it gives its users.
    pub fn held(&self) -> Held {
        Held::of(self.permissions(), self.limited_to.as_ref())
    }
}

#[derive(Debug, Clone)]
pub struct NewGroup {
    pub name: GroupName,
    pub description: Option<Description>,
    pub permissions: Permissions,
    pub limited_to: Option<BTreeSet<GroupId>>,
}

#[derive(Debug, Clone, Default)]
pub struct GroupPatch {
    pub name: Option<GroupName>,
    pub description: Option<Option<Description>>,
    pub permissions: Option<Permissions>,
    /// The inner `None` lifts the limit.
    pub limited_to: Option<Option<BTreeSet<GroupId>>>,
}
