//! How long a session lives: used or not, a user's or an admin's.

use rollcall::model::time::Span;

use crate::harness::{Person, Portal};

impl Portal {
    /// Moves the clock by so many steps; whether the person, who looks in at each, is still in.
    async fn stays(&self, person: &Person, step: Span, times: usize) -> bool {
        for _ in 0..times {
            self.advance(step);
            if person.get("/session").await.status != 200 {
                return false;
            }
            self.settle().await;
        }
        true
    }
}

async fn out(portal: &Portal, person: &Person) {
    let nothing = portal.traces();
    person.get("/session").await.problem(401, "unauthenticated");
    person.patch("/me", serde_json::json!({"name": "Late"})).await.problem(401, "unauthenticated");
    assert_eq!(portal.traces(), nothing);
}

#[tokio::test]
async fn a_users_session_ends_after_a_week_unused() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    assert!(portal.stays(&ann, Span::seconds(7 * 86_400 - 1), 2).await);
    portal.advance(Span::days(7));
    out(&portal, &ann).await;
}

#[tokio::test]
async fn a_users_session_ends_after_thirty_days_however_busy() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    assert!(portal.stays(&ann, Span::days(5), 5).await);
    assert!(portal.stays(&ann, Span::seconds(5 * 86_400 - 1), 1).await);
    portal.advance(Span::seconds(1));
    out(&portal, &ann).await;
}

#[tokio::test]
async fn those_who_may_change_users_have_an_hour_and_half_a_day() {
    let portal = Portal::start().await;
    for person in [portal.another_admin("Alma").await, portal.manager("Max").await] {
        let used = person.elsewhere();
        used.sign_in().await;
        assert!(portal.stays(&used, Span::seconds(3599), 1).await);
        portal.advance(Span::seconds(1));
        out(&portal, &person).await;
        assert!(portal.stays(&used, Span::minutes(30), 21).await, "till half past the eleventh hour");
        assert!(portal.stays(&used, Span::seconds(1799), 1).await);
        portal.advance(Span::seconds(1));
        out(&portal, &used).await;
        portal.admin.sign_in().await;
    }
}

#[tokio::test]
async fn who_becomes_an_admin_is_held_to_an_admins_hours() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let groups = [crate::harness::built_in(rollcall::model::group::BuiltIn::Admin)];
    let path = format!("/users/{}", ann.id);
    let ends = async || {
        let list = ann.get("/me/sessions").await.ok(200);
        let session = ann.get("/session").await.ok(200);
        assert_eq!(list["items"][0]["expires_at"], session["expires_at"]);
        session["expires_at"].as_str().unwrap().to_owned()
    };
    assert_eq!(ends().await, "2026-12-24T09:00:00.000Z");
    portal.admin.patch(&path, serde_json::json!({"groups": groups})).await.ok(200);
    assert_eq!(ends().await, "2026-11-24T21:00:00.000Z");
    portal.advance(Span::hours(1));
    out(&portal, &ann).await;
}

#[tokio::test]
async fn with_one_session_too_many_the_oldest_ends() {
    let portal = Portal::configured(|config| config.session.per_user = 3).await;
    let first = portal.customer("Ann").await;
    let others = [first.elsewhere(), first.elsewhere(), first.elsewhere()];
    for other in &others {
        first.get("/session").await.ok(200);
        other.sign_in().await;
    }
    out(&portal, &first).await;
    for other in &others {
        other.get("/session").await.ok(200);
    }
}

#[tokio::test]
async fn a_session_that_was_found_to_be_over_stays_over_when_the_clock_is_set_back() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.advance(Span::days(8));
    out(&portal, &ann).await;
    portal.settle().await;
    portal.advance(Span::days(-8));
    out(&portal, &ann).await;
}
