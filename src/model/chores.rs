//! What the portal's own housekeeping has to remember. There is one of it.

use serde::{Deserialize, Serialize};

use super::{
    id::UserId,
    time::{Span, Timestamp},
};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chores {
    /// When those who may approve were last reminded that somebody waits.
    pub reminded_at: Option<Timestamp>,
    /// The reminders are being written: those to users past this one are still to come.
    pub reminding_after: Option<UserId>,
    /// Mail that failed before there was a list of it is in the list.
    pub failed_mails_listed: bool,
}

/// From one reminder to the next.
const DAY: Span = Span::days(1);

impl Chores {
    /// The moment that a reminder due now counts for; `None` while none is due. It stays at its
    /// time of the day, however often one looks.
    pub fn reminder_due(&self, now: Timestamp) -> Option<Timestamp> {
        let Some(last) = self.reminded_at else { return Some(now) };
        let next = last.plus(DAY);
        match () {
            // The clock was set back: nobody waits for it to come round.
            () if now < last.minus(DAY) => Some(now),
            () if now < next => None,
            () if now < next.plus(DAY) => Some(next),
            () => Some(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reminder_a_day_at_the_same_time() {
        let at = |hours| Timestamp::from_microseconds(0).plus(Span::hours(hours));
        let after = |hours| Chores { reminded_at: Some(at(hours)), ..Chores::default() };
        assert_eq!(Chores::default().reminder_due(at(5)), Some(at(5)));
        assert_eq!(after(5).reminder_due(at(28)), None);
        assert_eq!(after(5).reminder_due(at(30)), Some(at(29)));
        assert_eq!(after(5).reminder_due(at(60)), Some(at(60)));
        assert_eq!(after(60).reminder_due(at(50)), None);
        assert_eq!(after(60).reminder_due(at(30)), Some(at(30)));
    }
}
