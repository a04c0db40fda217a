//! Whoever is deleted for good leaves no name and no value, anywhere; that something was done stays.

use serde_json::{Value, json};

use rollcall::model::{group::BuiltIn, time::Span};

use crate::harness::{Person, Portal, built_in, id, token};

/// All that is Petra's own.
const HERS: [&str; 11] = [
    "Petra",
    "petra@purged.test",
    "petra@new.test",
    "petra@newer.test",
    "Purged Ltd",
    "Purged GmbH",
    "555 0199",
    "Owes us",
    "asked us to",
    "Petrabrowser",
    "petrasearch",
];

/// Where nobody else of the test is.
const HER_PLACE: &str = "203.0.113.77";

/// A portal in which Petra signed up and left traces wherever one can.
async fn lived_in() -> (Portal, Person) {
    let trusted = ["127.0.0.1"].map(|network| serde_json::from_value(json!(network)).unwrap());
    let portal = Portal::configured(move |config| config.trusted_proxies = trusted.to_vec()).await;
    let mut petra = Person::new(portal.address, "Petra", "petra@purged.test");
    let hers = |method: &str, path: &str| {
        petra.ask(method, path).header("x-forwarded-for", HER_PLACE).header("user-agent", "Petrabrowser/1.0")
    };
    let body = json!({"name": "Petra First", "email": petra.email, "company": "Purged Ltd"});
    hers("POST", "/sign-up").json(&body).send().await.ok(202);
    hers("POST", "/sign-up").json(&body).send().await.ok(202);
    let token = portal.newest_token(&petra.email).await;
    let body = json!({"token": token, "password": petra.password});
    let session = hers("POST", "/links/redeem").json(&body).send().await.ok(200);
    let own = id(&session["session"]["user"]);
    let path = format!("/users/{own}");
    hers("PATCH", "/me").json(&json!({"name": "Petra Second", "phone": "+49 555 0199"})).send().await.ok(200);
    let moves = json!({"email": "petra@new.test", "password": petra.password});
    hers("POST", "/me/email").json(&moves).send().await.ok(202);
    let token = portal.newest_token("petra@new.test").await;
    hers("POST", "/links/redeem").json(&json!({"token": token})).send().await.ok(200);
    hers("POST", "/password/forgot").json(&json!({"email": "petra@new.test"})).send().await.ok(202);
    let group = portal.group("Readers", &["users.read"]).await;
    let body = json!({"email": "petra@newer.test", "company": "Purged GmbH", "notes": "Owes us",
        "groups": [group]});
    portal.admin.patch(&path, body).await.ok(200);
    let view = json!({"name": "petrasearch", "query": "q=petrasearch"});
    hers("POST", "/me/views").json(&view).send().await.ok(201);
    let mail = id(&portal.newest_mail("petra@new.test").await);
    portal.admin.post(&format!("/mail/{mail}/cancel"), json!({})).await.ok(200);
    portal.admin.post(&format!("/mail/{mail}/retry"), json!({})).await.ok(200);
    let customer = json!({"action": "add-group", "target": built_in(BuiltIn::Customer), "ids": [own]});
    portal.admin.post("/users/bulk", customer).await.ok(200);
    let vendor = json!({"action": "add-group", "target": built_in(BuiltIn::Vendor), "ids": [own]});
    portal.admin.post("/users/bulk", vendor).await.ok(200);
    let admin = portal.admin.elsewhere();
    admin.sign_in().await;
    let reason = json!({"reason": "She asked us to."});
    admin.post(&format!("{path}/impersonate"), reason).await.ok(200);
    admin.delete("/session/impersonation").await.ok(200);
    portal.admin.post(&format!("{path}/disable"), json!({"reason": "She asked us to."})).await.ok(200);
    petra.id = own;
    (portal, petra)
}

/// Where any of this is in the store.
fn traces(portal: &Portal, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (table, bytes) in portal.everything() {
        for word in words {
            if bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes())) {
                found.push(format!("{word} in {table}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn nothing_of_them_is_left() {
    let (portal, petra) = lived_in().await;
    let words: Vec<&str> = HERS.into_iter().chain([HER_PLACE]).collect();
    for word in &words {
        assert!(!traces(&portal, &[word]).is_empty(), "{word} was there before");
    }
    let before = portal.assert_chained();
    assert_eq!(before.blanked, 0);
    portal.admin.delete(&format!("/users/{}?purge=true", petra.id)).await.ok(204);
    assert_eq!(traces(&portal, &words), [""; 0]);
    let after = portal.assert_chained();
    assert!(after.blanked > 20 && after.count > before.count, "{after:?}");
    assert!(!traces(&portal, &["Ada Admin"]).is_empty(), "others stay");
}

#[tokio::test]
async fn from_the_bin_they_go_the_same_way() {
    let (portal, petra) = lived_in().await;
    portal.admin.delete(&format!("/users/{}", petra.id)).await.ok(204);
    portal.advance(Span::days(31));
    portal.tidy();
    assert_eq!(traces(&portal, &HERS), [""; 0]);
    portal.assert_chained();
}

#[tokio::test]
async fn that_something_was_done_stays_with_a_name_that_says_so() {
    let (portal, petra) = lived_in().await;
    let lists = async || {
        let path = format!("/activity?per_page=200&subject={}", petra.id);
        let on = portal.admin.get(&path).await.ok(200);
        let by = portal.admin.get(&format!("/activity?per_page=200&actor={}", petra.id)).await.ok(200);
        (on, by)
    };
    let (on, by) = lists().await;
    portal.admin.delete(&format!("/users/{}?purge=true", petra.id)).await.ok(204);
    let (on_after, by_after) = lists().await;
    assert!(on_after["total"].as_u64() > on["total"].as_u64());
    assert_eq!(by_after["total"], by["total"]);
    let gone = json!({"kind": "user", "id": petra.id, "name": "a deleted user"});
    for one in on_after["items"].as_array().unwrap() {
        assert_eq!((&one["subject"], &one["reason"]), (&gone, &Value::Null), "{one}");
    }
    for one in by_after["items"].as_array().unwrap() {
        let hers = json!({"id": petra.id, "name": "a deleted user"});
        // Acted as, she is there beside who did it.
        let own = one["acting_as"] == Value::Null;
        assert_eq!(one[if own { "actor" } else { "acting_as" }], hers, "{one}");
        assert_eq!(one["origin"] == Value::Null, own, "{one}");
    }
    let updated = on_after["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["action"] == "user.updated" && one["changes"]["groups"] != Value::Null);
    let updated = updated.unwrap_or_else(|| panic!("what she could do is still known: {on_after}"));
    assert_eq!(updated["actor"]["name"], "Ada Admin", "what is somebody else's stays theirs");
    assert_eq!(updated["origin"], "127.0.0.1");
    portal.admin.get(&format!("/users/{}/activity", petra.id)).await.problem(404, "not-found");
    for path in ["/activity.csv", "/activity.jsonl"] {
        let text = portal.admin.get(path).await.text();
        assert!(text.contains("a deleted user"), "{path}");
        assert!(HERS.iter().all(|word| !text.contains(word)), "{path}: {text}");
    }
    portal.admin.get("/me/activity").await.ok(200);
}

#[tokio::test]
async fn who_comes_with_the_same_address_is_new() {
    let (portal, petra) = lived_in().await;
    portal.admin.delete(&format!("/users/{}?purge=true", petra.id)).await.ok(204);
    let new = portal.create(json!({"name": "Paul", "email": "petra@newer.test"})).await;
    let activity = portal.admin.get(&format!("/users/{}/activity", id(&new))).await.ok(200);
    assert_eq!(activity["total"], 1);
    assert_eq!(activity["items"][0]["changes"]["email"], json!([null, "petra@newer.test"]));
    portal.assert_chained();
}

/// Somebody whose address was hers before keeps what is theirs.
#[tokio::test]
async fn an_address_that_is_somebody_elses_by_now_stays() {
    let portal = Portal::start().await;
    let petra = portal.customer("Petra").await;
    let old = petra.email.clone();
    portal.admin.patch(&format!("/users/{}", petra.id), json!({"email": "petra@new.test"})).await.ok(200);
    let mut paul = Person::new(portal.address, "Paul", &old);
    let body = json!({"name": "Paul", "email": old});
    paul.post("/sign-up", body).await.ok(202);
    let token = portal.newest_token(&old).await;
    let body = json!({"token": token, "password": paul.password});
    paul.id = id(&paul.post("/links/redeem", body).await.ok(200)["session"]["user"]);
    portal.admin.delete(&format!("/users/{}?purge=true", petra.id)).await.ok(204);
    let started = portal.admin.get("/activity?action=sign-up.started").await.ok(200);
    assert_eq!(started["items"][0]["subject"]["name"], "Paul");
    assert_eq!(started["items"][0]["changes"]["email"], json!([null, old]));
    portal.assert_chained();
}

/// More than one transaction takes; what she did to others stays theirs.
#[tokio::test]
async fn whoever_did_much_is_blanked_whole() {
    let portal = Portal::start().await;
    let busy = portal.another_admin("Busy Bee").await;
    portal.fill(1200).await;
    let group = portal.group("Everybody", &[]).await;
    let all = json!({"action": "add-group", "target": group, "matching": {"disabled": "include"}});
    busy.post("/users/bulk", all).await.ok(200);
    let by = async || {
        let path = format!("/activity?actor={}&per_page=200&page=7", busy.id);
        portal.admin.get(&path).await.ok(200)
    };
    let before = by().await;
    assert!(before["total"].as_u64() > Some(1200), "{before}");
    assert_eq!(before["items"][0]["actor"]["name"], "Busy Bee");
    portal.admin.delete(&format!("/users/{}?purge=true", busy.id)).await.ok(204);
    assert_eq!(traces(&portal, &["Busy Bee", "busy.bee@"]), [""; 0]);
    let after = by().await;
    assert_eq!(after["items"][0]["actor"]["name"], "a deleted user");
    assert_eq!(after["items"][0]["subject"], before["items"][0]["subject"]);
    assert_eq!(after["items"][0]["changes"], before["items"][0]["changes"]);
    portal.assert_chained();
}

/// The link that an admin handed over names nobody once its bearer is gone.
#[tokio::test]
async fn what_was_handed_over_for_them_goes_too() {
    let portal = Portal::start().await;
    let user = portal.create(json!({"name": "Petra", "email": "petra@purged.test"})).await;
    let path = format!("/users/{}", id(&user));
    let link = portal.admin.post(&format!("{path}/password-link"), json!({})).await.ok(200);
    token(&link["url"]);
    portal.admin.delete(&format!("{path}?purge=true")).await.ok(204);
    assert_eq!(traces(&portal, &["Petra", "petra@purged.test"]), [""; 0]);
}
