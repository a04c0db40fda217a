//! What somebody holds: permissions over the whole portal, and permissions over the users of some
//! groups alone. To reach further than that is to reach beyond what one holds.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    id::GroupId,
    permission::{Permission, Permissions},
};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Over the whole portal and every user.
    everywhere: Permissions,
    /// Over the users of a group, beside what is held everywhere.
    within: BTreeMap<GroupId, Permissions>,
}

impl Held {
    pub fn all() -> Self {
        Self { everywhere: Permissions::all(), within: BTreeMap::new() }
    }

    /// What a set of permissions gives that reaches only these groups' users (`None`: everybody's).
    /// What is not about users has no such limit, and a limited set does not give it.
    pub fn of(permissions: Permissions, limited_to: Option<&BTreeSet<GroupId>>) -> Self {
        let Some(groups) = limited_to else {
            return Self { everywhere: permissions, within: BTreeMap::new() };
        };
        let permissions = permissions.intersection(Permissions::over_users());
        let within = groups.iter().map(|group| (*group, permissions)).collect();
        Self { everywhere: Permissions::NONE, within }
    }

    pub fn union(mut self, other: &Self) -> Self {
        self.everywhere = self.everywhere.union(other.everywhere);
        for (group, permissions) in &other.within {
            let own = self.within.entry(*group).or_default();
            *own = own.union(*permissions);
        }
        self
    }

    /// What both hold.
    pub fn intersection(&self, other: &Self) -> Self {
        let groups = self.within.keys().chain(other.within.keys());
        let both = |group: &GroupId| self.over_group(*group).intersection(other.over_group(*group));
        Self {
            everywhere: self.everywhere.intersection(other.everywhere),
            within: groups.map(|group| (*group, both(group))).collect(),
        }
    }

    /// As much of it as is in a set.
    pub fn only(&self, permissions: Permissions) -> Self {
        self.intersection(&Self::of(permissions, None))
    }

    pub fn everywhere(&self) -> Permissions {
        self.everywhere
    }

    /// Everything that is held over anybody at all.
    pub fn anywhere(&self) -> Permissions {
        self.within.values().fold(self.everywhere, |all, some| all.union(*some))
    }

    pub fn over_group(&self, group: GroupId) -> Permissions {
        self.within.get(&group).map_or(self.everywhere, |within| self.everywhere.union(*within))
    }

    /// What is held over a user who is in these groups.
    pub fn over(&self, groups: &BTreeSet<GroupId>) -> Permissions {
        groups.iter().fold(self.everywhere, |all, group| all.union(self.over_group(*group)))
    }

    /// The groups over whose users a permission is held, where it is not held over everybody.
    pub fn groups_with(&self, permission: Permission) -> Vec<GroupId> {
        self.within.iter().filter(|(_, some)| some.holds(permission)).map(|(group, _)| *group).collect()
    }

    /// Whether some of it reaches only the users of some groups.
    pub fn is_limited(&self) -> bool {
        self.within.values().any(|some| !self.everywhere.covers(*some))
    }

    /// Whether all that the other may do to anybody, this may too.
    pub fn covers(&self, other: &Self) -> bool {
        self.lacking(other) == Permissions::NONE
    }

    /// What the other holds over somebody, and this does not.
    pub fn lacking(&self, other: &Self) -> Permissions {
        let beyond = |own: Permissions, theirs: Permissions| theirs.iter().filter(move |p| !own.holds(*p));
        let everywhere = beyond(self.everywhere, other.everywhere);
        let within = other.within.iter().flat_map(|(group, some)| beyond(self.over_group(*group), *some));
        everywhere.chain(within).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::Id;

    fn group(n: u128) -> GroupId {
        GroupId::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn set(permissions: &[Permission]) -> Permissions {
        permissions.iter().copied().collect()
    }

    fn within(groups: &[u128], permissions: &[Permission]) -> Held {
        Held::of(set(permissions), Some(&groups.iter().map(|n| group(*n)).collect()))
    }

    use Permission::{MailRead, UsersRead, UsersWrite};

    #[test]
    fn a_limit_reaches_its_groups_and_no_further() {
        let held = within(&[1, 2], &[UsersRead, UsersWrite]).union(&Held::of(set(&[MailRead]), None));
        assert_eq!(held.everywhere(), set(&[MailRead]));
        assert_eq!(held.over(&[group(1), group(9)].into()), set(&[UsersRead, UsersWrite, MailRead]));
        assert_eq!(held.over(&[group(9)].into()), set(&[MailRead]));
        assert_eq!(held.groups_with(UsersRead), [group(1), group(2)]);
        assert!(held.is_limited() && !held.union(&Held::all()).is_limited());
    }

    #[test]
    fn what_is_not_about_users_is_not_held_within_a_limit() {
        let held = within(&[1], &[UsersRead, MailRead]);
        assert_eq!(held.anywhere(), set(&[UsersRead]));
        assert_eq!(within(&[], &[UsersRead]).anywhere(), Permissions::NONE, "no groups are nobody");
    }

    #[test]
    fn covering_is_over_every_user() {
        let everybody = Held::of(set(&[UsersRead, UsersWrite]), None);
        let (one, two) = (within(&[1], &[UsersWrite]), within(&[1, 2], &[UsersWrite]));
        assert!(everybody.covers(&two) && two.covers(&one) && one.covers(&Held::default()));
        assert!(!one.covers(&two) && !two.covers(&everybody));
        assert_eq!(two.lacking(&everybody), set(&[UsersRead, UsersWrite]));
        // What is held everywhere and what is held within a group come together.
        let both = within(&[1], &[UsersWrite]).union(&Held::of(set(&[UsersRead]), None));
        assert!(both.covers(&within(&[1], &[UsersRead, UsersWrite])));
        assert_eq!(both.intersection(&everybody), both.intersection(&both));
        assert_eq!(everybody.only(set(&[UsersRead])), Held::of(set(&[UsersRead]), None));
    }
}
