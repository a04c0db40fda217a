//! The activity: what is recorded, how it is found, and what of it whom is shown.

use serde_json::{Value, json};

use rollcall::model::{group::BuiltIn, time::Span};

use super::harness::{Person, Portal, built_in, id, token};

fn items(list: &Value) -> &Vec<Value> {
    list["items"].as_array().expect("a list")
}

fn actions(list: &Value) -> Vec<&str> {
    items(list).iter().map(|one| one["action"].as_str().expect("an action")).collect()
}

#[tokio::test]
async fn a_change_says_who_when_from_where_what_before_and_after() {
    let portal = Portal::start().await;
    let user = portal.create(json!({"name": "Zoë", "email": "zoe@people.test", "company": "Acme"})).await;
    let path = format!("/users/{}", id(&user));
    portal.advance(Span::minutes(5));
    portal.admin.patch(&path, json!({"company": "Northwind", "notes": "VIP"})).await.ok(200);
    let list = portal.admin.get("/activity").await.ok(200);
    let newest = &items(&list)[0];
    assert_eq!(newest["action"], "user.updated");
    assert_eq!(newest["at"], "2026-11-24T09:05:00.000Z");
    assert_eq!(newest["actor"], json!({"id": portal.admin.id, "name": "Ada Admin"}));
    assert_eq!((&newest["acting_as"], &newest["reason"]), (&Value::Null, &Value::Null));
    assert_eq!(newest["subject"], json!({"kind": "user", "id": id(&user), "name": "Zoë"}));
    assert_eq!(newest["origin"], "127.0.0.1");
    assert_eq!(newest["changes"], json!({"company": ["Acme", "Northwind"], "notes": [null, "VIP"]}));
    let created = portal.admin.get("/activity?action=user.created").await.ok(200);
    let changes = &items(&created)[0]["changes"];
    assert_eq!(changes["email"], json!([null, "zoe@people.test"]));
    assert_eq!(changes["groups"], json!([null, ["Customer"]]));
    portal.admin.post(&format!("{path}/disable"), json!({"reason": "Left us"})).await.ok(200);
    let list = portal.admin.get(&format!("{path}/activity")).await.ok(200);
    assert_eq!(actions(&list), ["user.disabled", "user.updated", "user.created"]);
    assert_eq!(items(&list)[0]["reason"], "Left us");
    assert_eq!(items(&list)[0]["changes"], json!({"state": ["invited", "disabled"]}));
}

#[tokio::test]
async fn the_place_of_origin_is_the_sockets_unless_a_proxy_is_trusted() {
    let forwarded = async |portal: &Portal, name: &str, value: &str| {
        let ann = portal.customer("Ann").await;
        let body = json!({"phone": "1"});
        ann.ask("PATCH", "/me").header(name, value).json(&body).send().await.ok(200);
        let list = portal.admin.get("/activity?action=user.updated").await.ok(200);
        items(&list)[0]["origin"].as_str().unwrap().to_owned()
    };
    let (many, quoted) = ("203.0.113.9, 198.51.100.7", "for=\"[2001:db8::1]:4711\";proto=https");
    let portal = Portal::start().await;
    assert_eq!(forwarded(&portal, "x-forwarded-for", many).await, "127.0.0.1", "anyone can say that");
    for (name, value, origin) in [
        ("x-forwarded-for", many, "198.51.100.7"),
        ("x-forwarded-for", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("x-forwarded-for", "203.0.113.9, nonsense", "127.0.0.1"),
        ("forwarded", quoted, "2001:db8::1"),
        ("forwarded", "for=6.6.6.6, For = \"203.0.113.9\"", "203.0.113.9"),
        ("forwarded", "for=6.6.6.6, proto=https", "127.0.0.1"),
        ("forwarded", "by=x;host=\"a;for=6.6.6.6\";for=203.0.113.9", "203.0.113.9"),
        ("forwarded", "host=\"a, for=6.6.6.6\"", "127.0.0.1"),
        ("forwarded", "for=6.6.6.6;host=\"\\\", for=6.6.6.6\", for=203.0.113.9", "203.0.113.9"),
        ("forwarded", "for=9.9.9.9;x=\", for=203.0.113.9", "203.0.113.9"),
        ("forwarded", "for=9.9.9.9;x=\", for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("forwarded", "for=9.9.9.9;x=\"\\\", for=203.0.113.9", "203.0.113.9"),
        ("x-forwarded-for", "\u{ff}, 203.0.113.9", "203.0.113.9"),
        ("x-real-ip", "203.0.113.9", "127.0.0.1"),
    ] {
        let trusted =
            ["127.0.0.1", "10.0.0.0/8"].map(|network| serde_json::from_value(json!(network)).unwrap());
        let portal = Portal::configured(move |config| config.trusted_proxies = trusted.to_vec()).await;
        assert_eq!(forwarded(&portal, name, value).await, origin, "{name}: {value}");
    }
}

#[tokio::test]
async fn what_is_already_so_is_not_recorded() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let path = format!("/users/{}", ann.id);
    let disable =
        async || portal.admin.post(&format!("{path}/disable"), json!({"reason": "Again"})).await.ok(200);
    disable().await;
    let project = portal.project("Harbour").await;
    let join = format!("{path}/projects/{project}");
    portal.admin.put(&join).await.ok(204);
    portal
        .assert_nothing_happened(async || {
            disable().await;
            portal.admin.put(&join).await.ok(204);
            portal.admin.patch(&path, json!({"name": "Ann", "company": null})).await.ok(200);
        })
        .await;
}

#[tokio::test]
async fn no_secret_is_in_it() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let handed = portal.admin.post(&format!("/users/{}/password-link", ann.id), json!({})).await.ok(200);
    ann.post("/me/password", json!({"current": ann.password, "new": "brisk-heron-77-maple"})).await.ok(200);
    ann.post("/password/forgot", json!({"email": ann.email})).await.ok(202);
    let reset = portal.newest_token(&ann.email).await;
    let secrets = [
        ann.password.clone(),
        "brisk-heron-77-maple".to_owned(),
        token(&handed["url"]),
        reset,
        ann.cookie().unwrap().split_once('=').unwrap().1.to_owned(),
        portal.admin.cookie().unwrap().split_once('=').unwrap().1.to_owned(),
        "argon2".to_owned(),
    ];
    let told = [
        portal.admin.get("/activity?per_page=200").await.text(),
        portal.admin.get("/activity.csv").await.text(),
        portal.admin.get("/mail?per_page=200").await.text(),
        portal.admin.get("/users?per_page=200").await.text(),
        portal.admin.get("/users.csv").await.text(),
        ann.get("/me/activity?per_page=200").await.text(),
        ann.get("/me/sessions").await.text(),
    ];
    for secret in &secrets {
        for text in &told {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn it_is_filtered_by_who_what_and_when() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.customer("Ann").await, portal.customer("Bob").await);
    portal.advance(Span::minutes(10));
    ann.patch("/me", json!({"company": "Acme"})).await.ok(200);
    portal.advance(Span::minutes(10));
    portal.admin.patch(&format!("/users/{}", bob.id), json!({"company": "Acme"})).await.ok(200);
    let of = async |query: &str| {
        let list = portal.admin.get(&format!("/activity?{query}")).await.ok(200);
        assert_eq!(list["total"], items(&list).len(), "{query}");
        list
    };
    assert_eq!(actions(&of(&format!("actor={}&action=user", ann.id)).await), ["user.updated", "user.joined"]);
    let on_bob = of(&format!("subject={}&actor={}&action=user.updated", bob.id, portal.admin.id)).await;
    assert_eq!(items(&on_bob)[0]["changes"]["company"], json!([null, "Acme"]));
    assert_eq!(actions(&of("from=2026-11-24T09:10:00Z").await), ["user.updated", "user.updated"]);
    assert_eq!(actions(&of("from=2026-11-24T09:10:00Z&to=2026-11-24T09:20:00Z").await), ["user.updated"]);
    assert_eq!(actions(&of("from=2026-11-24T10:10:00%2B01:00&to=2026-11-24T09:10:00.001Z").await).len(), 1);
    for nothing in
        ["actor=nonsense", "subject=nonsense", "action=use", "action=nothing", "to=2026-11-24T09:00:00Z"]
    {
        assert_eq!(of(nothing).await["total"], 0, "{nothing}");
    }
    let all = portal.admin.get("/activity?per_page=200").await.ok(200);
    for empty in ["actor=", "subject=&action=", "from=&to="] {
        assert_eq!(of(&format!("{empty}&per_page=200")).await["total"], all["total"], "{empty}");
    }
}

#[tokio::test]
async fn it_comes_in_pages_newest_first() {
    let portal = Portal::start().await;
    portal.customer("Ann").await;
    let all = portal.admin.get("/activity?per_page=200").await.ok(200);
    let total = items(&all).len();
    let mut paged = Vec::new();
    for page in 1..=total.div_ceil(3) {
        let list = portal.admin.get(&format!("/activity?per_page=3&page={page}")).await.ok(200);
        assert_eq!(
            (&list["total"], &list["page"], &list["per_page"]),
            (&json!(total), &json!(page), &json!(3))
        );
        paged.extend(items(&list).clone());
    }
    assert_eq!(&paged, items(&all));
    let ids: Vec<_> = paged.iter().map(id).collect();
    assert!(ids.is_sorted_by(|a, b| a > b));
    for page in ["1000000000", "18446744073709551615"] {
        let past = portal.admin.get(&format!("/activity?page={page}")).await.ok(200);
        assert_eq!((items(&past).len(), &past["total"]), (0, &json!(total)));
    }
    for (query, field) in
        [("page=0", "page"), ("page=x", "page"), ("per_page=201", "per_page"), ("from=yesterday", "from")]
    {
        portal.admin.get(&format!("/activity?{query}")).await.invalid(&[(field, "invalid")]);
    }
}

#[tokio::test]
async fn names_are_those_of_the_moment() {
    let portal = Portal::start().await;
    let user = portal.create(json!({"name": "Before", "email": "zoe@people.test"})).await;
    portal.admin.patch(&format!("/users/{}", id(&user)), json!({"name": "After"})).await.ok(200);
    let created = portal.admin.get("/activity?action=user.created").await.ok(200);
    assert_eq!(items(&created)[0]["subject"]["name"], "Before");
    portal.admin.delete(&format!("/users/{}?purge=true", id(&user))).await.ok(204);
    let list = portal.admin.get(&format!("/activity?subject={}", id(&user))).await.ok(200);
    assert!(actions(&list).contains(&"user.purged") && actions(&list).contains(&"user.created"), "{list}");
}

#[tokio::test]
async fn one_sees_what_was_done_to_ones_account_but_not_the_admins_own() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let path = format!("/users/{}", ann.id);
    portal.admin.patch(&path, json!({"notes": "difficult", "phone": "1"})).await.ok(200);
    portal.admin.patch(&path, json!({"notes": "very difficult"})).await.ok(200);
    portal.admin.post(&format!("{path}/disable"), json!({"reason": "Suspicious"})).await.ok(200);
    portal.admin.post(&format!("{path}/enable"), json!({})).await.ok(200);
    ann.sign_in().await;
    let own = ann.get("/me/activity").await;
    let list = own.ok(200);
    for hidden in ["difficult", "Suspicious", "notes"] {
        assert!(!own.text().contains(hidden), "{hidden} in {list}");
    }
    let of = |action: &str| items(&list).iter().find(|one| one["action"] == action).unwrap();
    assert_eq!(
        (&of("user.disabled")["actor"]["name"], &of("user.disabled")["origin"]),
        (&json!("Ada Admin"), &Value::Null)
    );
    assert_eq!(of("session.started")["origin"], "127.0.0.1", "one's own place one knows");
    assert_eq!(of("user.updated")["changes"], json!({}));
    ann.get("/activity").await.problem(403, "forbidden");
    ann.get(&format!("{path}/activity")).await.problem(403, "forbidden");
    ann.get("/activity.csv").await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_right_that_is_gone_leaves_nothing_of_others_to_read_in_ones_own_activity() {
    let portal = Portal::start().await;
    let (max, vera) = (portal.manager("Max").await, portal.customer("Vera").await);
    let group = portal.group("Menders", &["users.read", "users.write", "projects.create"]).await;
    portal.admin.patch(&format!("/users/{}", max.id), json!({"groups": [group]})).await.ok(200);
    max.patch(&format!("/users/{}", vera.id), json!({"phone": "+46 8 1", "company": "Zeppelin"}))
        .await
        .ok(200);
    let own = async |person: &Person| person.get("/me/activity?per_page=200").await;
    let seen = own(&max).await.text();
    assert!(seen.contains("Zeppelin") && seen.contains("Vera"), "{seen}");
    let program = max.program(&[]).await;
    portal
        .admin
        .patch(&format!("/users/{}", max.id), json!({"groups": [built_in(BuiltIn::Customer)]}))
        .await
        .ok(200);
    for person in [&max, &program] {
        let left = own(person).await.text();
        for gone in ["Zeppelin", "+46 8 1", "Vera"] {
            assert!(!left.contains(gone), "{gone}: {left}");
        }
        assert!(
            left.contains("user.updated") && left.contains("Max"),
            "what was done, and to oneself: {left}"
        );
    }
}

#[tokio::test]
async fn notes_are_for_those_who_may_change_users_here_too() {
    let portal = Portal::start().await;
    let user = portal.create(json!({"name": "Zoë", "email": "zoe@people.test", "notes": "difficult"})).await;
    let auditors = portal.group("Auditors", &["users.read", "activity.read"]).await;
    let auditor = portal.person("Otto", &[auditors]).await;
    for path in ["/activity?per_page=200", "/activity.csv", &format!("/users/{}/activity", id(&user))] {
        assert!(portal.admin.get(path).await.text().contains("difficult"), "{path}");
        let text = auditor.get(path).await.text();
        assert!(text.contains("zoe@people.test") && !text.contains("difficult"), "{path}: {text}");
    }
}

#[tokio::test]
async fn it_is_exported_whole_and_no_cell_runs() {
    let portal = Portal::start().await;
    portal.create(json!({"name": "=HYPERLINK(\"http://evil.test\")", "email": "zoe@people.test"})).await;
    portal.create(json!({"name": "Line, \"quoted\"", "email": "bob@people.test"})).await;
    let total = portal.admin.get("/activity").await.ok(200)["total"].as_u64().unwrap();
    let answer = portal.admin.get("/activity.csv").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"activity-2026-11-24.csv\"")
    );
    let text = answer.text();
    let text = text.trim_start_matches('\u{feff}');
    assert!(text.starts_with(
        "id,at,action,actor,acting_as,subject_kind,subject_id,subject,origin,changes,reason,token\r\n"
    ));
    assert_eq!(text.matches("\r\n").count() as u64, total + 1, "the header; the export itself is not in it");
    assert!(text.contains(",\"'=HYPERLINK(\"\"http://evil.test\"\")\","), "{text}");
    assert!(text.contains(",\"Line, \"\"quoted\"\"\","), "{text}");
    let one = portal.admin.get("/activity.csv?action=user.created&from=2026-11-24T09:00:00Z").await.text();
    assert_eq!(one.matches("\r\n").count(), 4, "the header, the admin and two users: {one}");
    portal.admin.get("/activity.csv?to=never").await.invalid(&[("to", "invalid")]);
}

#[tokio::test]
async fn nobody_edits_it() {
    let portal = Portal::start().await;
    let newest = id(&portal.admin.get("/activity").await.ok(200)["items"][0]);
    portal
        .assert_nothing_happened(async || {
            portal.admin.delete("/activity").await.problem(405, "method-not-allowed");
            portal.admin.post("/activity", json!({})).await.problem(405, "method-not-allowed");
            portal.admin.delete(&format!("/activity/{newest}")).await.problem(404, "not-found");
            portal.admin.patch(&format!("/activity/{newest}"), json!({})).await.problem(404, "not-found");
        })
        .await;
}

#[tokio::test]
async fn it_is_kept_for_as_long_as_the_settings_say() {
    let portal = Portal::start().await;
    portal.customer("Ann").await;
    portal.advance(Span::days(400));
    portal.tidy();
    portal.admin.sign_in().await;
    let kept = portal.admin.get("/activity?to=2026-11-25T00:00:00Z").await.ok(200);
    assert_ne!(kept["total"], 0, "for ever, unless somebody says otherwise");
    portal.admin.patch("/settings", json!({"activity_days": 30})).await.ok(200);
    portal.tidy();
    let all = portal.admin.get("/activity?per_page=200").await.ok(200);
    assert_eq!(actions(&all)[..2], ["activity.trimmed", "settings.updated"]);
    assert_eq!(items(&all)[0]["actor"], Value::Null);
    assert!(items(&all).iter().all(|one| one["at"].as_str().unwrap() > "2027"), "{all}");
    let on_ann = portal.admin.get("/activity?action=user.created").await.ok(200);
    assert_eq!(on_ann["total"], 0);
    portal.assert_nothing_happened(async || portal.tidy()).await;
}
