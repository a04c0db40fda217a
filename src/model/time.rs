//! A moment, in microseconds since 1970 UTC: small in a record, RFC 3339 on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A length of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    pub const fn milliseconds(n: i64) -> Self {
        Self(n * 1000)
    }
    pub const fn seconds(n: i64) -> Self {
        Self(n * 1_000_000)
    }
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n * 60)
    }
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n * 60)
    }
    pub const fn days(n: i64) -> Self {
        Self::hours(n * 24)
    }
    pub const fn as_seconds(self) -> i64 {
        self.0 / 1_000_000
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_microseconds(n: i64) -> Self {
        Self(n)
    }
    pub const fn microseconds(self) -> i64 {
        self.0
    }
    /// Milliseconds since 1970, as a UUIDv7 counts; moments before 1970 count as 1970.
    pub fn milliseconds(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
    /// Eight bytes that sort as the moments do.
    pub const fn sort_key(self) -> [u8; 8] {
        ((self.0 as u64) ^ (1 << 63)).to_be_bytes()
    }
    /// RFC 3339 read back; `None` when it is something else or out of range.
    pub fn parse(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.parse().ok()?;
        Some(Self(at.as_microsecond()))
    }
}

/// RFC 3339 in UTC, to the millisecond.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{at:.3}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_moment_fails(text in "\\PC{0,40}|[0-9TZ:.+-]{0,40}", n in any::<i64>()) {
            let _ = Timestamp::parse(&text);
            let at = Timestamp::from_microseconds(n);
            let _ = (at.to_string(), at.milliseconds(), at.plus(Span::days(n % 1000)), at.minus(Span::days(1)));
        }

        /// What is shown is read back, to the millisecond, and sorts as the moments do.
        #[test]
        fn what_is_shown_is_read_back(a in 0_i64..4_102_444_800_000, b in 0_i64..4_102_444_800_000) {
            let moment = |milliseconds: i64| Timestamp::from_microseconds(milliseconds * 1000);
            prop_assert_eq!(Timestamp::parse(&moment(a).to_string()), Some(moment(a)));
            prop_assert_eq!(moment(a).sort_key().cmp(&moment(b).sort_key()), a.cmp(&b));
            prop_assert_eq!(moment(a).to_string().cmp(&moment(b).to_string()), a.cmp(&b));
        }
    }
}
