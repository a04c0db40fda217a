//! What somebody did with what they had in hand from before: a link, a session, an undo, a right.

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    harness::{Answer, Person, Portal, built_in, id, token},
    import::send,
};

async fn link_to(person: &Person, user: &str) -> String {
    token(&person.post(&format!("/users/{user}/password-link"), json!({})).await.ok(200)["url"])
}

async fn over(portal: &Portal, link: &str) {
    let nobody = portal.anonymous();
    let body = json!({"token": link, "password": "a-password-of-the-thief-9"});
    portal
        .assert_nothing_happened(async || {
            nobody.post("/links/inspect", json!({"token": link})).await.problem(410, "link-expired");
            nobody.post("/links/redeem", body).await.problem(410, "link-expired");
        })
        .await;
}

async fn patch(portal: &Portal, user: &str, body: Value) {
    portal.admin.patch(&format!("/users/{user}"), body).await.ok(200);
}

/// Who may look after people and read the outbox, but not more.
async fn keeper(portal: &Portal, name: &str) -> Person {
    let permissions = ["users.read", "users.write", "mail.read", "projects.create"];
    let group = portal.group(&format!("Keepers with {name}"), &permissions).await;
    portal.person(name, &[group]).await
}

#[tokio::test]
async fn a_link_in_hand_is_no_way_to_a_power_that_its_bearer_got_since() {
    let portal = Portal::start().await;
    let max = keeper(&portal, "Max").await;
    let crew = portal.group("Crew", &["projects.create"]).await;
    let ids = async |name: &str, groups: &[&String]| {
        let body = json!({"name": name, "email": format!("{name}@people.test"), "groups": groups, "welcome": {"send": true}});
        id(&portal.create(body).await)
    };
    // Made an admin; in a group that got more; seen in the outbox; somebody who is active.
    let (ida, ike, oda) = (ids("Ida", &[]).await, ids("Ike", &[&crew]).await, ids("Oda", &[]).await);
    let una = portal.customer("Una").await;
    let (to_ida, to_ike, to_una) =
        (link_to(&max, &ida).await, link_to(&max, &ike).await, link_to(&max, &una.id).await);
    let mail = id(&portal.newest_mail("Oda@people.test").await);
    let to_oda = token(&max.post(&format!("/mail/{mail}/link"), json!({})).await.ok(200)["url"]);
    let mailed = portal.newest_token("Oda@people.test").await;
    assert_eq!(to_oda, mailed, "it is the mail's own");

    let admin = built_in(BuiltIn::Admin);
    for user in [&ida, &oda, &una.id] {
        patch(&portal, user, json!({"groups": [admin]})).await;
    }
    let more = json!({"permissions": ["projects.create", "settings.write"]});
    portal.admin.patch(&format!("/groups/{crew}"), more).await.ok(200);
    for link in [&to_ida, &to_ike, &to_oda, &to_una] {
        over(&portal, link).await;
    }
    // Who comes with it is mailed a fresh one, which nobody else has seen.
    portal.anonymous().post("/links/resend", json!({"token": to_ida})).await.ok(202);
    let fresh = portal.newest_token("Ida@people.test").await;
    assert_ne!(fresh, to_ida);
    portal.anonymous().post("/links/inspect", json!({"token": fresh})).await.ok(200);
    // One that only the admin has seen is good.
    let own = link_to(&portal.admin, &ike).await;
    portal.anonymous().post("/links/inspect", json!({"token": own})).await.ok(200);
}

#[tokio::test]
async fn a_link_in_hand_is_good_as_long_as_whoever_showed_it_may_do_that() {
    let portal = Portal::start().await;
    let (max, mia) = (keeper(&portal, "Max").await, keeper(&portal, "Mia").await);
    let (ann, bea, cleo) =
        (portal.customer("Ann").await, portal.customer("Bea").await, portal.customer("Cleo").await);
    let program = mia.program(&["users.write", "users.read", "projects.create"]).await;
    let (by_max, by_program) = (link_to(&max, &ann.id).await, link_to(&program, &bea.id).await);
    let by_mia = link_to(&mia, &cleo.id).await;
    portal.anonymous().post("/links/inspect", json!({"token": by_program})).await.ok(200);
    portal.admin.post(&format!("/users/{}/disable", max.id), json!({})).await.ok(200);
    let tokens = mia.get("/me/tokens").await.ok(200);
    mia.delete(&format!("/me/tokens/{}", id(&tokens["items"][0]))).await.ok(204);
    over(&portal, &by_max).await;
    over(&portal, &by_program).await;
    patch(&portal, &mia.id, json!({"groups": [built_in(BuiltIn::Customer)]})).await;
    over(&portal, &by_mia).await;
    // With the right the link comes back: it is theirs again to give.
    let keepers = portal.admin.get("/groups?per_page=200").await.ok(200);
    let keepers = keepers["items"].as_array().unwrap();
    let keepers = id(keepers.iter().find(|group| group["name"] == "Keepers with Mia").unwrap());
    patch(&portal, &mia.id, json!({"groups": [keepers]})).await;
    let redeem = json!({"token": by_mia, "password": "mellow-otter-42-garnet"});
    portal.anonymous().post("/links/redeem", redeem).await.ok(200);
}

async fn undo(person: &Person, batch: &Value) -> Value {
    person.post(&format!("/undo/{}", batch.as_str().unwrap()), json!({})).await.ok(200)
}

#[tokio::test]
async fn undo_gives_no_power_and_no_address_to_whoever_chose_the_password_since() {
    let portal = Portal::start().await;
    let max = keeper(&portal, "Max").await;
    let (admin, customer) = (built_in(BuiltIn::Admin), built_in(BuiltIn::Customer));
    let wim = portal.person("Wim", &[admin.clone(), customer.clone()]).await;
    let wes = portal.person("Wes", &[admin.clone(), customer]).await;
    let body = json!({"action": "remove-group", "target": admin, "ids": [wim.id, wes.id]});
    let bulk = portal.admin.post("/users/bulk", body).await.ok(200);
    portal.advance(Span::minutes(1));
    let redeem = json!({"token": link_to(&max, &wim.id).await, "password": "a-password-of-the-thief-9"});
    portal.anonymous().post("/links/redeem", redeem).await.ok(200);
    let undone = undo(&portal.admin, &bulk["undo_id"]).await;
    assert_eq!(
        (&undone["undone"], &undone["kept"]),
        (&json!(1), &json!([{"id": wim.id, "code": "changed"}]))
    );
    assert_eq!(wes.get("/users").await.status, 200);

    let mira = portal.customer("Mira").await;
    let csv = format!("id,email\n{},thief@evil.test\n", mira.id);
    let import = send(&portal.admin, "?mode=apply", csv).await.ok(200);
    portal.advance(Span::minutes(1));
    portal.anonymous().post("/password/forgot", json!({"email": "thief@evil.test"})).await.ok(202);
    let link = portal.newest_token("thief@evil.test").await;
    let redeem = json!({"token": link, "password": "a-password-of-the-thief-9"});
    portal.anonymous().post("/links/redeem", redeem).await.ok(200);
    let undone = undo(&portal.admin, &import["undo_id"]).await;
    assert_eq!(undone["kept"], json!([{"id": mira.id, "code": "changed"}]));
    // Whose password is of before is put back.
    let zoe = portal.customer("Zoe").await;
    portal.advance(Span::minutes(1));
    let csv = format!("id,email\n{},other@people.test\n", zoe.id);
    let import = send(&portal.admin, "?mode=apply", csv).await.ok(200);
    assert_eq!(undo(&portal.admin, &import["undo_id"]).await["undone"], 1);
}

#[tokio::test]
async fn an_import_is_undone_by_those_alone_who_could_have_made_it() {
    let portal = Portal::start().await;
    let group = portal.group("Importers", &["users.read", "users.import", "projects.create"]).await;
    let eve = portal.person("Eve", &[group]).await;
    let ann = portal.customer("Ann").await;
    let csv = format!("id,name,email,state\n{},Ann,ann@people.test,disabled\n", ann.id);
    let import = send(&portal.admin, "?mode=apply", csv).await.ok(200);
    let path = format!("/undo/{}", import["undo_id"].as_str().unwrap());
    portal
        .assert_nothing_happened(async || {
            let refused = eve.post(&path, json!({})).await.problem(403, "forbidden");
            assert_eq!(refused["ids"], json!([ann.id]));
        })
        .await;
    undo(&portal.admin, &import["undo_id"]).await;
}

#[tokio::test]
async fn with_the_first_factor_the_sessions_end_that_had_none() {
    let portal = Portal::start().await;
    let fay = portal.customer("Fay").await;
    let (thief, second) = (fay.elsewhere(), fay.elsewhere());
    thief.sign_in().await;
    let app = fay.add_app(&portal).await;
    thief.get("/me").await.problem(401, "unauthenticated");
    fay.get("/me").await.ok(200);
    // With another one, those go on that have shown the first.
    portal.advance(Span::seconds(30));
    second.sign_in_with(&portal, &app).await;
    portal.advance(Span::seconds(30));
    fay.add_app(&portal).await;
    second.get("/me").await.ok(200);
}

async fn wrong(person: &Person) -> Answer {
    person.post("/session/second-factor", json!({"code": "000000"})).await
}

#[tokio::test]
async fn wrong_codes_are_few_in_a_day_and_the_owners_browser_is_not_held_up() {
    let portal = Portal::start().await;
    let fay = portal.customer("Fay").await;
    let app = fay.add_app(&portal).await;
    let thief = fay.elsewhere();
    for _ in 0..11 {
        thief.half_sign_in().await;
        for _ in 0..9 {
            wrong(&thief).await.problem(401, "invalid-credentials");
        }
        portal.advance(Span::minutes(1));
    }
    thief.half_sign_in().await;
    wrong(&thief).await.problem(401, "invalid-credentials");
    wrong(&thief).await.problem(429, "too-many-requests");
    fay.sign_in_with(&portal, &app).await;
    // After that time there is one try, and then none for a longer one.
    portal.advance(Span::hours(1));
    thief.half_sign_in().await;
    wrong(&thief).await.problem(401, "invalid-credentials");
    wrong(&thief).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn one_half_of_a_sign_in_is_completed_once() {
    let portal = Portal::start().await;
    let fay = portal.customer("Fay").await;
    let app = fay.add_app(&portal).await;
    fay.delete("/me/sessions").await.ok(204);
    let half = fay.elsewhere();
    half.half_sign_in().await;
    let mut tries = JoinSet::new();
    for code in app.recovery_codes.iter().take(4) {
        let (browser, body) = (half.as_now(), json!({"code": code}));
        tries.spawn(async move { browser.post("/session/second-factor", body).await.status });
    }
    let mut answers = tries.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 401, 401, 401]);
    let factors = fay.get("/me/factors").await.ok(200);
    let codes =
        factors["items"].as_array().unwrap().iter().find(|one| one["kind"] == "recovery-codes").unwrap();
    assert_eq!(codes["left"], 9, "{factors}");
}

#[tokio::test]
async fn one_proof_at_a_time_renews_a_session() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let mut proofs = JoinSet::new();
    for browser in (0..5).map(|_| ann.as_now()) {
        let body = json!({"password": ann.password});
        proofs.spawn(async move { (browser.post("/session/step-up", body).await.status, browser) });
    }
    let mut renewed = 0;
    for (told, browser) in proofs.join_all().await {
        // Whoever was told that it is renewed has what it goes on by.
        assert_eq!(browser.get("/me").await.status, told);
        renewed += u32::from(told == 200);
    }
    assert_eq!(renewed, 1);
}

#[tokio::test]
async fn a_new_password_leaves_a_copied_cookie_worthless_and_the_browser_known() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let copy = ann.as_now();
    let new = "mellow-otter-42-garnet";
    ann.post("/me/password", json!({"current": ann.password, "new": new})).await.ok(200);
    copy.get("/me").await.problem(401, "unauthenticated");
    ann.get("/me").await.ok(200);
    let stranger = ann.elsewhere();
    for _ in 0..10 {
        stranger
            .post("/session", json!({"email": ann.email, "password": "x"}))
            .await
            .problem(401, "invalid-credentials");
    }
    let body = json!({"email": ann.email, "password": new});
    stranger.post("/session", body.clone()).await.problem(429, "too-many-requests");
    ann.post("/session", body.clone()).await.ok(200);
    // The same after a factor was added.
    ann.add_app(&portal).await;
    ann.post("/session", body).await.problem(401, "second-factor-required");
}

#[tokio::test]
async fn power_that_was_set_before_is_not_let_in_without_a_proof() {
    let portal = Portal::start().await;
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    let (nobody, email) = (portal.anonymous(), "pia@people.test");
    nobody.post("/sign-up", json!({"name": "Pia", "email": email})).await.ok(202);
    let link = portal.newest_token(email).await;
    nobody.post("/links/redeem", json!({"token": link, "password": "mellow-otter-42-quartz"})).await.ok(200);
    let pending = portal.admin.get("/users?state=pending").await.ok(200);
    let pia = id(&pending["items"][0]);
    patch(&portal, &pia, json!({"groups": [built_in(BuiltIn::Admin)]})).await;
    let invited = json!({"name": "Ida", "email": "ida@people.test", "groups": [built_in(BuiltIn::Admin)]});
    let ida = id(&portal.create(invited).await);
    let delete = json!({"action": "delete", "ids": [ida]});
    let deleted = portal.admin.post("/users/bulk", delete).await.ok(200);
    portal.advance(Span::minutes(5));
    let admin = &portal.admin;
    portal
        .assert_nothing_happened(async || {
            admin.post(&format!("/users/{pia}/approve"), json!({})).await.problem(403, "step-up-required");
            let all = json!({"action": "approve", "ids": [pia]});
            admin.post("/users/bulk", all).await.problem(403, "step-up-required");
            let path = format!("/undo/{}", deleted["undo_id"].as_str().unwrap());
            admin.post(&path, json!({})).await.problem(403, "step-up-required");
        })
        .await;
    admin.step_up().await;
    admin.post(&format!("/users/{pia}/approve"), json!({})).await.ok(200);
    assert_eq!(undo(admin, &deleted["undo_id"]).await["undone"], 1);
}

#[tokio::test]
async fn a_group_that_a_rule_names_outlives_the_import_that_made_it() {
    let portal = Portal::start().await;
    let csv = "name,email,groups\nAnn,ann@people.test,Fleet; Shore; Dock\n";
    let import = send(&portal.admin, "?mode=apply&create_missing=true", csv).await.ok(200);
    let named = async |name: &str| {
        let groups = portal.admin.get("/groups?per_page=200").await.ok(200);
        groups["items"].as_array().unwrap().iter().find(|group| group["name"] == name).map(id)
    };
    let (fleet, shore) = (named("Fleet").await.unwrap(), named("Shore").await.unwrap());
    portal.admin.patch("/settings", json!({"require_factor_groups": [shore]})).await.ok(200);
    let limited = json!({"name": "Mates", "permissions": ["users.read"], "limited_to": [fleet]});
    portal.admin.post("/groups", limited).await.ok(201);
    undo(&portal.admin, &import["undo_id"]).await;
    assert_eq!(
        (named("Fleet").await, named("Shore").await, named("Dock").await),
        (Some(fleet), Some(shore.clone()), None)
    );
    portal.admin.patch("/settings", json!({"require_factor_groups": [shore]})).await.ok(200);
}

#[tokio::test]
async fn undoing_counts_whom_doing_counted() {
    let portal = Portal::start().await;
    portal.another_admin("Bea").await;
    let csv = "name,email,projects\nAnn,ann@people.test,Fleet; Dock\nBo,bo@people.test,Fleet\n";
    let import = send(&portal.admin, "?mode=apply&create_missing=true", csv).await.ok(200);
    let undone = undo(&portal.admin, &import["undo_id"]).await;
    assert_eq!((&undone["undone"], &undone["kept"]), (&json!(2), &json!([])));
    assert_eq!(portal.admin.get("/projects").await.ok(200)["total"], 0);
}

#[tokio::test]
async fn what_is_of_others_stays_with_them_in_everyones_activity() {
    let portal = Portal::start().await;
    let (crew, shore) = (portal.group("Crew", &[]).await, portal.group("Shore", &[]).await);
    let mates = json!({"name": "Mates", "permissions": ["users.read", "users.write"], "limited_to": [crew]});
    let mates = id(&portal.admin.post("/groups", mates).await.ok(201));
    let readers = portal.group("Readers", &["activity.read", "users.read"]).await;
    let vic = portal.person("Vic", &[mates, readers]).await;
    let writers = portal.group("Writers", &["users.read", "users.write", "users.impersonate"]).await;
    let ed = portal.person("Ed", &[writers.clone(), crew]).await;
    let out = portal.person("Vee Hidden", &[shore]).await;
    ed.patch(&format!("/users/{}", out.id), json!({"notes": "owes us money"})).await.ok(200);
    let seen = vic.get(&format!("/users/{}/activity", ed.id)).await.ok(200).to_string();
    assert!(seen.contains("Vee Hidden") && !seen.contains("owes us money"), "{seen}");
    let whole = portal.admin.get(&format!("/users/{}/activity", ed.id)).await.ok(200).to_string();
    assert!(whole.contains("owes us money"));

    // A program's name is its owner's affair; whom one acted as stays out of sight with the right.
    let program = portal.admin.program(&["users.read", "users.write", "users.impersonate"]).await;
    program.patch(&format!("/users/{}", ed.id), json!({"phone": "+49 30 1"})).await.ok(200);
    let body = json!({"reason": "To see", "write": true});
    ed.post(&format!("/users/{}/impersonate", out.id), body).await.ok(200);
    ed.patch("/me", json!({"phone": "+49 30 2"})).await.ok(200);
    ed.ask("DELETE", "/session/impersonation").send().await.ok(200);
    patch(&portal, &ed.id, json!({"groups": [built_in(BuiltIn::Customer)]})).await;
    let own = ed.get("/me/activity").await.ok(200).to_string();
    assert!(!own.contains("A program") && !own.contains("Vee Hidden"), "{own}");
    let all = portal.admin.get("/activity?per_page=200").await.ok(200).to_string();
    assert!(all.contains("A program") && all.contains("Vee Hidden"));
}

#[tokio::test]
async fn who_is_in_the_bin_is_named_to_nobody_who_does_not_see_them_there() {
    let portal = Portal::start().await;
    let (ann, bea) = (portal.employee("Ann").await, portal.customer("Bea").await);
    let harbour = id(&ann.post("/projects", json!({"name": "Harbour"})).await.ok(201));
    portal.admin.put(&format!("/projects/{harbour}/members/{}", bea.id)).await.ok(204);
    portal.admin.delete(&format!("/users/{}", ann.id)).await.ok(204);
    let project = bea.get(&format!("/projects/{harbour}")).await.ok(200);
    assert_eq!(project["created_by"], Value::Null);
    let project = portal.admin.get(&format!("/projects/{harbour}")).await.ok(200);
    assert_eq!(project["created_by"]["name"], "Ann");
}

#[tokio::test]
async fn whose_session_ends_and_who_was_acted_as_are_told_apart() {
    let portal = Portal::start().await;
    let (bea, carl) = (portal.another_admin("Bea").await, portal.customer("Carl").await);
    let acting = portal.acting_as(&carl, false).await;
    let about = async |person: &Person| {
        let path = format!("/activity?subject={}&per_page=200", person.id);
        let list = portal.admin.get(&path).await.ok(200);
        let rows = list["items"].as_array().unwrap().iter();
        rows.map(|row| {
            format!("{} by {}", row["action"].as_str().unwrap(), row["actor"]["name"].as_str().unwrap_or("-"))
        })
        .collect::<Vec<_>>()
    };
    bea.delete(&format!("/users/{}/sessions", portal.admin.id)).await.ok(204);
    acting.get("/session").await.problem(401, "unauthenticated");
    portal.admin.sign_in().await;
    let of_carl = about(&carl).await;
    assert_eq!(
        of_carl[..2],
        ["impersonation.ended by Bea", "impersonation.started by Ada Admin"].map(str::to_owned)
    );
    assert!(!of_carl.iter().any(|row| row.starts_with("session.ended")), "{of_carl:?}");
    let of_ada = about(&portal.admin).await;
    assert!(of_ada.contains(&"session.ended by Bea".to_owned()), "{of_ada:?}");
    // Whoever goes on after it was over is told so, and what they do next is their own.
    let acting = portal.acting_as(&carl, false).await;
    assert_eq!(acting.get("/session").await.ok(200)["impersonation_over"], false);
    portal.admin.post(&format!("/users/{}/disable", carl.id), json!({})).await.ok(200);
    assert_eq!(acting.get("/session").await.ok(200)["impersonation_over"], true);
    acting.ask("DELETE", "/session/impersonation").send().await.ok(200);
    assert_eq!(acting.get("/session").await.ok(200)["impersonation_over"], false);
    assert_eq!(about(&carl).await[0], "impersonation.ended by Ada Admin");
    assert!(about(&portal.admin).await.contains(&"session.renewed by Ada Admin".to_owned()));
}
