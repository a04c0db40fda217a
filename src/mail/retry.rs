//! What becomes of a mail after an attempt: when it is tried again, and when no more.

use super::failure::Failure;
use crate::model::{
    mail::{Mail, MailState},
    time::{Span, Timestamp},
};

/// The pause after the first failure; it doubles after each further one.
const FIRST: i64 = 60;
/// The longest pause.
const LONGEST: i64 = 4 * 3600;
/// The last attempt is made this long before the mail is given up: a link that is about to
/// run out helps nobody.
const LAST: Span = Span::minutes(5);

/// How an attempt ended; the good end is the server's answer.
pub type Outcome = Result<String, Failure>;

/// The mail as it is after an attempt that ended now.
///
/// A mail that was cancelled while it was on its way was sent all the same if the server
/// took it; if not, it stays cancelled.
pub fn settled(mut mail: Mail, outcome: &Outcome, now: Timestamp) -> Mail {
    mail.attempts = mail.attempts.saturating_add(1);
    match outcome {
        Ok(reply) => {
            mail.state = MailState::Sent;
            mail.server_reply = Some(reply.clone());
            mail.last_error = None;
            mail.next_attempt_at = None;
            mail.done_at = Some(now);
        }
        Err(failure) => {
            mail.last_error = Some(failure.message.clone());
            let next = if failure.permanent { None } else { next_attempt(&mail, now) };
            if mail.state == MailState::Queued {
                mail.next_attempt_at = next;
                if next.is_none() {
                    mail.state = MailState::Failed;
                    mail.done_at = Some(now);
                }
            }
        }
    }
    mail
}

/// The mail as it is when it is not to be tried any more.
pub fn given_up(mut mail: Mail, why: &str, now: Timestamp) -> Mail {
    if mail.state != MailState::Queued {
        return mail;
    }
    mail.last_error = Some(match &mail.last_error {
        Some(last) => format!("{why} The last attempt: {last}"),
        None => why.to_owned(),
    });
    mail.state = MailState::Failed;
    mail.next_attempt_at = None;
    mail.done_at = Some(now);
    mail
}

/// `None`: it is too late to try again.
fn next_attempt(mail: &Mail, now: Timestamp) -> Option<Timestamp> {
    let doublings = mail.attempts.saturating_sub(1).min(16);
    let pause = Span::seconds((FIRST << doublings).min(LONGEST));
    let next = now.plus(pause).min(mail.give_up_at.minus(LAST));
    (next > now).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        id::{Id, MailId},
        mail::MailKind,
        text::EmailAddress,
    };

    fn start() -> Timestamp {
        Timestamp::parse("2026-11-24T03:00:00Z").unwrap()
    }

    fn mail(give_up: Span) -> Mail {
        Mail {
            id: MailId::from_slice(&[7; 16]).unwrap(),
            to: EmailAddress::parse("ann@example.test").unwrap(),
            to_name: None,
            user: None,
            kind: MailKind::Test,
            subject: "Hello".into(),
            text: String::new(),
            html: String::new(),
            link: None,
            state: MailState::Queued,
            attempts: 0,
            last_error: None,
            server_reply: None,
            next_attempt_at: Some(start()),
            created_at: start(),
            give_up_at: start().plus(give_up),
            done_at: None,
        }
    }

    fn failure(permanent: bool) -> Outcome {
        Err(Failure { permanent, message: "no".into() })
    }

    /// The minutes after the start at which a mail is tried while the server is down.
    fn tries(give_up: Span) -> (Vec<i64>, Mail) {
        let (mut mail, mut tries) = (mail(give_up), Vec::new());
        while let Some(at) = mail.next_attempt_at {
            tries.push(at.since(start()).as_seconds() / 60);
            mail = settled(mail, &failure(false), at);
        }
        (tries, mail)
    }

    #[test]
    fn pauses_double_from_a_minute_to_four_hours_for_two_days() {
        let (tries, mail) = tries(Span::hours(48));
        assert_eq!(tries[..10], [0, 1, 3, 7, 15, 31, 63, 127, 255, 495]);
        assert!(tries[9..].windows(2).all(|pair| pair[1] - pair[0] <= 240));
        assert_eq!(tries.last(), Some(&(48 * 60 - 5)));
        assert_eq!((mail.state, mail.attempts as usize), (MailState::Failed, tries.len()));
        assert_eq!(mail.last_error.as_deref(), Some("no"));
    }

    #[test]
    fn a_mail_whose_link_runs_out_is_tried_until_shortly_before() {
        assert_eq!(tries(Span::hours(1)).0, [0, 1, 3, 7, 15, 31, 55]);
        assert_eq!(tries(Span::minutes(2)).0, [0]);
    }

    #[test]
    fn a_lasting_no_is_final() {
        let mail = settled(mail(Span::hours(48)), &failure(true), start());
        assert_eq!((mail.state, mail.next_attempt_at, mail.attempts), (MailState::Failed, None, 1));
        assert_eq!(mail.done_at, Some(start()));
    }

    #[test]
    fn what_the_server_took_was_sent() {
        let before = settled(mail(Span::hours(48)), &failure(false), start());
        let mail = settled(before, &Ok("250 Ok".into()), start());
        assert_eq!((mail.state, mail.attempts), (MailState::Sent, 2));
        assert_eq!((mail.server_reply.as_deref(), mail.last_error), (Some("250 Ok"), None));
        assert_eq!(mail.next_attempt_at, None);
    }

    #[test]
    fn a_mail_that_was_cancelled_on_its_way_is_sent_or_stays_cancelled() {
        let cancelled = Mail { state: MailState::Cancelled, next_attempt_at: None, ..mail(Span::hours(48)) };
        let failed = settled(cancelled.clone(), &failure(false), start());
        assert_eq!((failed.state, failed.next_attempt_at), (MailState::Cancelled, None));
        assert_eq!(settled(cancelled.clone(), &Ok("250 Ok".into()), start()).state, MailState::Sent);
        assert_eq!(given_up(cancelled.clone(), "Too late.", start()), cancelled);
    }

    #[test]
    fn giving_up_says_why_and_what_happened_last() {
        let tried = settled(mail(Span::hours(48)), &failure(false), start());
        let mail = given_up(tried, "Too late.", start());
        assert_eq!(mail.last_error.as_deref(), Some("Too late. The last attempt: no"));
        assert_eq!((mail.state, mail.attempts, mail.next_attempt_at), (MailState::Failed, 1, None));
    }
}
