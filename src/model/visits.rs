//! How many users were there on a day: counted as they come, apart for each set of groups, so
//! that whoever may see only some groups is told only of those. No user is named.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use super::{
    id::{GroupId, Id},
    policy::Visibility,
    time::{Span, Timestamp},
};

/// A day in UTC, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(u32);

const SECONDS: i64 = 24 * 3600;

impl Day {
    /// Moments before 1970 are of its first day.
    pub fn of(at: Timestamp) -> Self {
        Self(u32::try_from(at.microseconds().div_euclid(SECONDS * 1_000_000)).unwrap_or(0))
    }
    pub fn start(self) -> Timestamp {
        Timestamp::from_microseconds(0).plus(Span::days(i64::from(self.0)))
    }
    pub const fn before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }
    /// How many days later another one is, if it is not earlier.
    pub fn until(self, later: Self) -> Option<usize> {
        later.0.checked_sub(self.0).map(|days| days as usize)
    }
    /// Four bytes that sort as the days do.
    pub const fn sort_key(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

/// As a date (RFC 3339, full-date).
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.start().to_string().get(..10).unwrap_or_default())
    }
}

/// How many users in just these groups were there on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visits {
    pub day: Day,
    pub groups: BTreeSet<GroupId>,
    pub users: u64,
}

impl Visits {
    /// For so many days they are kept.
    pub const KEPT: u32 = 100;

    /// FNV-1a over the groups.
    pub fn fingerprint(groups: &BTreeSet<GroupId>) -> u64 {
        let bytes = groups.iter().flat_map(|group| group.bytes());
        bytes
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// Whether users of these groups may be seen.
    pub fn shown(&self, visibility: &Visibility) -> bool {
        match visibility {
            Visibility::All => true,
            Visibility::Nobody | Visibility::Only(_) => false,
            Visibility::Groups(groups) => groups.iter().any(|group| self.groups.contains(group)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_utc() {
        let at = |text| Day::of(Timestamp::parse(text).unwrap());
        let day = at("2026-11-24T00:00:00Z");
        assert_eq!((day, day.to_string().as_str()), (at("2026-11-24T23:59:59.999Z"), "2026-11-24"));
        assert_eq!((day.before(30).until(day), day.until(day.before(1))), (Some(30), None));
        assert_eq!(at("1969-12-31T23:00:00Z"), at("1970-01-01T00:00:00Z"));
        assert_eq!(day.start(), Timestamp::parse("2026-11-24T00:00:00Z").unwrap());
    }
}
