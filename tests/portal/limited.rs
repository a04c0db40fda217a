//! Managers who look after the users of some groups: to them nobody else is there, in any call.

use serde_json::{Value, json};

use rollcall::model::group::BuiltIn;

use super::harness::{Answer, Person, Portal, built_in, encode, id};

/// A crew and whoever looks after it, and others beside.
struct Harbour {
    portal: Portal,
    crew: String,
    /// Another group, out of reach.
    shore: String,
    /// Looks after the crew alone.
    max: Person,
    /// In the crew.
    ann: Person,
    /// Ashore.
    bo: Person,
    /// In both.
    cy: Person,
}

async fn harbour() -> Harbour {
    let portal = Portal::start().await;
    let (crew, shore) = (portal.group("Crew", &[]).await, portal.group("Shore", &[]).await);
    let max = portal.caretaker("Max", &[&crew]).await;
    let ann = portal.person("Ann", std::slice::from_ref(&crew)).await;
    let bo = portal.person("Bo", std::slice::from_ref(&shore)).await;
    let cy = portal.person("Cy", &[crew.clone(), shore.clone()]).await;
    Harbour { portal, crew, shore, max, ann, bo, cy }
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect()
}

fn groups(user: &Value) -> Vec<&str> {
    user["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect()
}

async fn import(person: &Person, csv: &str) -> Value {
    person.ask("POST", "/users/import").body("text/csv", csv).send().await.ok(200)
}

#[tokio::test]
async fn a_user_says_what_one_may_do_with_them() {
    let h = harbour().await;
    let rights =
        async |person: &Person, id: &str| person.get(&format!("/users/{id}")).await.ok(200)["rights"].clone();
    let all: Vec<String> = ["read", "write", "delete", "impersonate", "export", "import"]
        .map(|one| format!("users.{one}"))
        .into();
    assert_eq!(rights(&h.max, &h.ann.id).await, json!({"permissions": all, "lacking": []}));
    let customer = built_in(BuiltIn::Customer);
    let groups = json!({"groups": [h.crew, customer]});
    h.portal.admin.patch(&format!("/users/{}", h.ann.id), groups).await.ok(200);
    assert_eq!(rights(&h.max, &h.ann.id).await["lacking"], json!(["projects.create"]));
    h.max.patch(&format!("/users/{}", h.ann.id), json!({"name": "Anna"})).await.problem(403, "forbidden");
    let admin = rights(&h.portal.admin, &h.ann.id).await;
    assert_eq!((admin["permissions"].as_array().unwrap().len(), &admin["lacking"]), (12, &json!([])));
    let listed = h.portal.admin.get("/users").await.ok(200)["items"][0].clone();
    assert_eq!(listed["rights"], Value::Null, "a list is about many");
}

#[tokio::test]
async fn one_sees_ones_own_users_and_nobody_else() {
    let h = harbour().await;
    let list = h.max.get("/users").await.ok(200);
    assert_eq!((names(&list), &list["total"]), (vec!["Ann", "Cy"], &json!(2)));
    for q in ["bo", "group:shore", "ada", &h.bo.id, "-ann", "is:active"] {
        let found = h.max.get(&format!("/users?disabled=include&q={}", encode(q))).await.ok(200);
        assert!(names(&found).iter().all(|name| ["Ann", "Cy"].contains(name)), "{q}: {found}");
        assert_eq!(found["total"], names(&found).len(), "{q}");
    }
    let facets = h.max.get("/users/facets").await.ok(200);
    assert_eq!(facets["total"], 2);
    let groups = h.max.get("/groups").await.ok(200);
    let count = |name: &str| {
        let mut all = groups["items"].as_array().unwrap().iter();
        all.find(|group| group["name"] == name).unwrap()["users"].clone()
    };
    assert_eq!(
        (count("Crew"), count("Shore"), count("Admin")),
        (json!(2), json!(1), json!(0)),
        "Cy is ashore too"
    );
    let csv = h.max.get("/users.csv").await.text();
    assert!(
        csv.contains("Ann") && csv.contains("Cy") && !csv.contains("Bo") && !csv.contains("Ada"),
        "{csv}"
    );
    assert_eq!(h.max.get(&format!("/users/{}", h.ann.id)).await.ok(200)["name"], "Ann");
    let session = h.max.get("/session").await.ok(200);
    assert!(session["permissions"].as_array().unwrap().contains(&json!("users.write")));
    // Who has an e-mail is told of those one sees; of the others only that it is taken.
    let take = async |email: &str| {
        h.max.post("/users", json!({"name": "New", "email": email})).await.invalid(&[("email", "taken")])
    };
    assert_eq!(take(&h.ann.email).await["user"]["id"], h.ann.id);
    assert_eq!(take(&h.bo.email).await["user"], Value::Null);
    h.portal.admin.delete(&format!("/users/{}", h.bo.id)).await.ok(204);
    assert_eq!(take(&h.bo.email).await["user"], Value::Null, "nor whether they are in the bin");
}

/// Every call on one user, by somebody.
async fn every_call(person: &Person, user: &str) -> Vec<Answer> {
    let path = |rest: &str| format!("/users/{user}{rest}");
    let mut all = vec![
        person.get(&path("")).await,
        person.patch(&path(""), json!({"company": "Acme"})).await,
        person.get(&path("/sessions")).await,
        person.delete(&path("/sessions")).await,
        person.post(&path("/impersonate"), json!({"reason": "Help"})).await,
        person.delete(&path("")).await,
        person.delete(&path("?purge=true")).await,
    ];
    for action in [
        "disable",
        "enable",
        "restore",
        "approve",
        "decline",
        "send-password",
        "send-welcome",
        "password-link",
    ] {
        all.push(person.post(&path(&format!("/{action}")), json!({})).await);
    }
    all
}

#[tokio::test]
async fn nobody_else_is_there() {
    let h = harbour().await;
    h.portal
        .assert_nothing_happened(async || {
            for user in [&h.bo.id, &h.portal.admin.id, &h.max.id] {
                for answer in every_call(&h.max, user).await {
                    answer.problem(404, "not-found");
                }
            }
            let body = json!({"action": "disable", "ids": [h.bo.id, h.portal.admin.id]});
            let done = h.max.post("/users/bulk", body).await.ok(200);
            assert_eq!((&done["done"], &done["undo_id"]), (&json!(0), &Value::Null));
            assert_eq!(done["skipped"][0], json!({"id": h.bo.id, "code": "not-found"}));
        })
        .await;
    let body = json!({"action": "disable", "matching": {"q": "", "disabled": "include"}});
    assert_eq!(h.max.post("/users/bulk", body).await.ok(200)["done"], 2, "all that the list shows");
    h.bo.get("/me").await.ok(200);
    h.ann.get("/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn somebody_new_is_put_into_ones_own_group() {
    let h = harbour().await;
    let new = |name: &str, groups: Value| json!({"name": name, "email": format!("{name}@people.test"), "groups": groups});
    let dee = h.max.post("/users", new("dee", json!([]))).await.ok(201);
    assert_eq!(groups(&dee), ["Crew"]);
    let customer = built_in(BuiltIn::Customer);
    h.portal
        .assert_nothing_happened(async || {
            for beyond in [
                json!([h.shore]),
                json!([h.crew, h.shore]),
                json!([customer]),
                json!([built_in(BuiltIn::Admin)]),
            ] {
                h.max.post("/users", new("eve", beyond.clone())).await.problem(403, "forbidden");
                h.max.post("/users/preview-welcome", new("eve", beyond)).await.problem(403, "forbidden");
            }
            h.max.post("/users", new("eve", json!(["nonsense"]))).await.invalid(&[("groups", "not-found")]);
        })
        .await;
    // With several groups to look after, one of them is to be named.
    let mia = h.portal.caretaker("Mia", &[&h.crew, &h.shore]).await;
    let asked = async || mia.post("/users", new("fay", json!([]))).await;
    h.portal.assert_nothing_happened(asked).await.invalid(&[("groups", "required")]);
    assert_eq!(groups(&mia.post("/users", new("fay", json!([h.shore]))).await.ok(201)), ["Shore"]);
}

#[tokio::test]
async fn nobody_is_moved_across_the_limit() {
    let h = harbour().await;
    let (ann, cy) = (format!("/users/{}", h.ann.id), format!("/users/{}", h.cy.id));
    h.portal
        .assert_nothing_happened(async || {
            for beyond in [json!([h.shore]), json!([h.crew, h.shore]), json!([built_in(BuiltIn::Customer)])] {
                h.max.patch(&ann, json!({"groups": beyond})).await.problem(403, "forbidden");
            }
            // Not out of the other group either, nor out of sight.
            h.max.patch(&cy, json!({"groups": [h.crew]})).await.problem(403, "forbidden");
            h.max.patch(&cy, json!({"groups": [h.shore]})).await.problem(403, "forbidden");
            let add = json!({"action": "add-group", "target": h.shore, "ids": [h.ann.id]});
            h.max.post("/users/bulk", add).await.problem(403, "forbidden");
            let remove = json!({"action": "remove-group", "target": h.shore, "ids": [h.cy.id]});
            h.max.post("/users/bulk", remove).await.problem(403, "forbidden");
        })
        .await;
    assert_eq!(
        groups(&h.max.patch(&cy, json!({"groups": [h.crew, h.shore], "name": "Cy C."})).await.ok(200)),
        ["Crew", "Shore"]
    );
    assert_eq!(groups(&h.max.patch(&ann, json!({"groups": []})).await.ok(200)), ["Crew"], "where they were");
}

#[tokio::test]
async fn those_who_hold_more_are_seen_and_not_touched() {
    let h = harbour().await;
    let strong = h.portal.person("Sal", &[h.crew.clone(), built_in(BuiltIn::Admin)]).await;
    // Another who looks after the crew holds the same; one who looks after more, more.
    let (same, wide) =
        (h.portal.caretaker("Sam", &[&h.crew]).await, h.portal.caretaker("Wim", &[&h.crew, &h.shore]).await);
    for person in [&same, &wide] {
        let user = h.portal.admin.get(&format!("/users/{}", person.id)).await.ok(200);
        let ids = json!([user["groups"][0]["id"], h.crew]);
        h.portal.admin.patch(&format!("/users/{}", person.id), json!({"groups": ids})).await.ok(200);
    }
    h.portal
        .assert_nothing_happened(async || {
            for user in [&strong.id, &wide.id] {
                let path = format!("/users/{user}");
                h.max.get(&path).await.ok(200);
                h.max.patch(&path, json!({"company": "Acme"})).await.problem(403, "forbidden");
                h.max.post(&format!("{path}/password-link"), json!({})).await.problem(403, "forbidden");
                h.max
                    .post(&format!("{path}/impersonate"), json!({"reason": "Help"}))
                    .await
                    .problem(403, "forbidden");
            }
            let body = json!({"action": "disable", "ids": [h.ann.id, wide.id]});
            let problem = h.max.post("/users/bulk", body).await.problem(403, "forbidden");
            assert_eq!(problem["ids"], json!([wide.id]));
        })
        .await;
    h.max.patch(&format!("/users/{}", same.id), json!({"company": "Acme"})).await.ok(200);
}

#[tokio::test]
async fn to_see_everybody_is_not_to_change_everybody() {
    let h = harbour().await;
    let readers = h.portal.group("Readers", &["users.read", "mail.read"]).await;
    let user = h.portal.admin.get(&format!("/users/{}", h.max.id)).await.ok(200);
    let ids = json!([user["groups"][0]["id"], readers]);
    h.portal.admin.patch(&format!("/users/{}", h.max.id), json!({"groups": ids})).await.ok(200);
    h.portal.admin.patch(&format!("/users/{}", h.bo.id), json!({"notes": "Secret"})).await.ok(200);
    assert_eq!(h.max.get("/users").await.ok(200)["total"], 5);
    let bo = format!("/users/{}", h.bo.id);
    assert_eq!(h.max.get(&bo).await.ok(200)["notes"], Value::Null, "notes are for who may change them");
    assert!(!h.max.get("/users.csv").await.text().contains("Bo"));
    h.portal.admin.post(&format!("{bo}/send-password"), json!({})).await.ok(200);
    let mail = id(&h.portal.newest_mail(&h.bo.email).await);
    h.portal
        .assert_nothing_happened(async || {
            h.max.patch(&bo, json!({"company": "Acme"})).await.problem(403, "forbidden");
            h.max.post(&format!("{bo}/disable"), json!({})).await.problem(403, "forbidden");
            h.max.delete(&bo).await.problem(403, "forbidden");
            h.max.get(&format!("{bo}/sessions")).await.problem(403, "forbidden");
            h.max.post(&format!("/mail/{mail}/link"), json!({})).await.problem(403, "forbidden");
            let body = json!({"action": "disable", "ids": [h.ann.id, h.bo.id]});
            assert_eq!(
                h.max.post("/users/bulk", body).await.problem(403, "forbidden")["ids"],
                json!([h.bo.id])
            );
        })
        .await;
    h.max.patch(&format!("/users/{}", h.ann.id), json!({"notes": "Ours"})).await.ok(200);
    assert_eq!(h.max.get(&format!("/users/{}", h.ann.id)).await.ok(200)["notes"], "Ours");
}

#[tokio::test]
async fn an_import_stays_within_the_limit() {
    let h = harbour().await;
    let (ann, bo) = (&h.ann, &h.bo);
    let csv = format!(
        "id,name,email,groups\n{},Ann A.,{},\n,Bo B.,{},\n{},Nobody,new1@people.test,\n,Dee,dee@people.test,Shore\n,Eve,eve@people.test,\n,Fay,fay@people.test,Crew\n",
        ann.id, ann.email, bo.email, bo.id
    );
    let h2 = &h;
    let shown = h.portal.assert_nothing_happened(async || import(&h2.max, &csv).await).await;
    let rows: Vec<_> = shown["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["action"].as_str().unwrap(), row["errors"][0]["code"].as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("update", None),
            ("error", Some("taken")),
            ("create", None),
            ("error", Some("forbidden")),
            ("create", None),
            ("create", None)
        ],
        "{shown}"
    );
    let told = shown.to_string();
    assert!(!told.contains("\"Bo\"") && !told.contains("bin"), "{told}");
    let path = format!("/users/import/{}/apply", shown["import_id"].as_str().unwrap());
    h.max.post(&path, json!({})).await.ok(200);
    assert_eq!(h.max.get("/users").await.ok(200)["total"], 5);
    assert_eq!(groups(&h.max.get("/users?q=eve").await.ok(200)["items"][0]), ["Crew"]);
    assert_eq!(h.portal.admin.get(&format!("/users/{}", bo.id)).await.ok(200)["name"], "Bo");
    // What one exports changes nothing on the way back.
    let again = import(&h.max, &h.max.get("/users.csv").await.text()).await;
    assert_eq!(again["counts"], json!({"create": 0, "update": 0, "unchanged": 5, "error": 0}), "{again}");
}

#[tokio::test]
async fn one_undoes_what_one_did_and_not_what_others_did() {
    let h = harbour().await;
    let body = json!({"action": "disable", "ids": [h.ann.id, h.bo.id]});
    let theirs =
        h.portal.admin.post("/users/bulk", body).await.ok(200)["undo_id"].as_str().unwrap().to_owned();
    h.portal
        .assert_nothing_happened(async || {
            h.max.post(&format!("/undo/{theirs}"), json!({})).await.problem(404, "not-found");
            h.max.get(&format!("/undo/{theirs}")).await.problem(404, "not-found");
            assert_eq!(h.max.get("/undo").await.ok(200)["total"], 0);
        })
        .await;
    let body = json!({"action": "disable", "ids": [h.cy.id]});
    let own = h.max.post("/users/bulk", body).await.ok(200)["undo_id"].as_str().unwrap().to_owned();
    assert_eq!(h.max.get("/undo").await.ok(200)["items"][0]["undo_id"], own);
    h.max.post(&format!("/undo/{own}"), json!({})).await.ok(200);
    assert_eq!(h.max.get(&format!("/users/{}", h.cy.id)).await.ok(200)["state"], "active");
}

#[tokio::test]
async fn one_logs_in_as_ones_own_users_for_as_long_as_they_are() {
    let h = harbour().await;
    h.max.post(&format!("/users/{}/impersonate", h.ann.id), json!({"reason": "Help"})).await.ok(200);
    assert_eq!(h.max.get("/me").await.ok(200)["id"], h.ann.id);
    h.portal.admin.patch(&format!("/users/{}", h.ann.id), json!({"groups": [h.shore]})).await.ok(200);
    assert_eq!(h.max.get("/me").await.ok(200)["id"], h.max.id, "over at once");
}

#[tokio::test]
async fn a_limit_is_set_changed_and_lifted() {
    let h = harbour().await;
    let (admin, path) = (&h.portal.admin, "/groups");
    let body = json!({"name": "Desk", "permissions": ["users.read"], "limited_to": [h.shore, h.crew]});
    let desk = admin.post(path, body).await.ok(201);
    let both = json!([{"id": h.crew, "name": "Crew"}, {"id": h.shore, "name": "Shore"}]);
    assert_eq!(desk["limited_to"], both, "by name");
    let path = format!("/groups/{}", id(&desk));
    assert_eq!(
        admin.patch(&path, json!({"name": "Front desk"})).await.ok(200)["limited_to"],
        both,
        "left alone"
    );
    h.portal
        .assert_nothing_happened(async || {
            admin.patch(&path, json!({"limited_to": []})).await.invalid(&[("limited_to", "required")]);
            admin.patch(&path, json!({"limited_to": ["x"]})).await.invalid(&[("limited_to", "not-found")]);
            admin.patch(&path, json!({"limited_to": "all"})).await.invalid(&[("limited_to", "type")]);
            let unknown = json!({"limited_to": ["0192c4a0-0000-7000-8000-000000000000"]});
            admin.patch(&path, unknown).await.invalid(&[("limited_to", "not-found")]);
            let wider = json!({"permissions": ["users.read", "mail.read"]});
            admin.patch(&path, wider).await.invalid(&[("permissions", "invalid")]);
            let fixed = json!({"limited_to": [h.crew]});
            admin
                .patch(&format!("/groups/{}", built_in(BuiltIn::Admin)), fixed)
                .await
                .problem(409, "conflict");
        })
        .await;
    let reader = h.portal.person("Rea", &[id(&desk)]).await;
    assert_eq!(reader.get("/users").await.ok(200)["total"], 3);
    admin.patch(&path, json!({"limited_to": [h.shore]})).await.ok(200);
    assert_eq!(names(&reader.get("/users").await.ok(200)), ["Bo", "Cy"], "with the next request");
    let changed = admin.get("/activity?action=group.updated").await.ok(200)["items"][0].clone();
    assert_eq!(changed["changes"], json!({"limited_to": [["Crew", "Shore"], ["Shore"]]}));
    // The group that it is limited to goes: it reaches nobody, and not everybody.
    admin.delete(&format!("/groups/{}?move_to={}", h.shore, h.crew)).await.ok(204);
    assert_eq!(admin.get(&path).await.ok(200)["limited_to"], json!([]));
    reader.get("/users").await.problem(403, "forbidden");
    assert_eq!(admin.patch(&path, json!({"limited_to": null})).await.ok(200)["limited_to"], Value::Null);
    assert_eq!(reader.get("/users").await.ok(200)["total"], 6);
}

#[tokio::test]
async fn nobody_gives_a_reach_that_they_do_not_have() {
    let h = harbour().await;
    let keys = h.portal.group("Keys", &["groups.write"]).await;
    let user = h.portal.admin.get(&format!("/users/{}", h.max.id)).await.ok(200);
    let own = user["groups"][0]["id"].as_str().unwrap().to_owned();
    let ids = json!([own, keys]);
    h.portal.admin.patch(&format!("/users/{}", h.max.id), json!({"groups": ids})).await.ok(200);
    let (readers, empty) =
        (h.portal.group("Readers", &["users.read"]).await, h.portal.group("Empty", &[]).await);
    let outside = h.portal.person("Ole", std::slice::from_ref(&empty)).await;
    h.portal
        .assert_nothing_happened(async || {
            for limit in [Value::Null, json!([h.shore]), json!([h.crew, h.shore])] {
                let body = json!({"name": "New", "permissions": ["users.read"], "limited_to": limit});
                h.max.post("/groups", body).await.problem(403, "forbidden");
                h.max
                    .patch(&format!("/groups/{own}"), json!({"limited_to": limit}))
                    .await
                    .problem(403, "forbidden");
                let body = json!({"permissions": ["users.read"], "limited_to": limit});
                h.max.patch(&format!("/groups/{empty}"), body).await.problem(403, "forbidden");
            }
            h.max
                .patch(&format!("/groups/{readers}"), json!({"limited_to": [h.crew]}))
                .await
                .problem(403, "forbidden");
            // Nor does one bring others into one's reach.
            h.max.delete(&format!("/groups/{empty}?move_to={}", h.crew)).await.problem(403, "forbidden");
        })
        .await;
    let body = json!({"name": "New", "permissions": ["users.read"], "limited_to": [h.crew]});
    h.max.post("/groups", body).await.ok(201);
    outside.get("/me").await.ok(200);
}

#[tokio::test]
async fn nobody_is_brought_into_reach_by_deleting_a_group() {
    let h = harbour().await;
    let groups = h.portal.group("Tidiers", &["users.read", "groups.write"]).await;
    let own: Vec<Value> = h.portal.admin.get(&format!("/users/{}", h.max.id)).await.ok(200)["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["id"].clone())
        .chain([json!(groups)])
        .collect();
    h.portal.admin.patch(&format!("/users/{}", h.max.id), json!({"groups": own})).await.ok(200);
    h.max.patch(&format!("/users/{}", h.bo.id), json!({"name": "Bob"})).await.problem(403, "forbidden");
    let path = format!("/groups/{}?move_to={}", h.shore, h.crew);
    let refused = h.portal.assert_nothing_happened(async || h.max.delete(&path).await).await;
    refused.problem(403, "forbidden");
    h.portal.admin.delete(&path).await.ok(204);
}
