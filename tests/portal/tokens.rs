//! API tokens: what a program may do in its owner's name, and when that ends.

use rollcall::model::time::Span;
use serde_json::{Value, json};

use super::harness::{Person, Portal, id};

async fn make(person: &Person, body: Value) -> (String, Person) {
    let made = person.post("/me/tokens", body).await.ok(201);
    (id(&made), person.with_token(made["secret"].as_str().unwrap()))
}

#[tokio::test]
async fn whoever_looks_after_a_user_sees_and_revokes_their_tokens() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let (token, program) = make(&ann, json!({"name": "Sync"})).await;
    let (kept, other) = make(&ann, json!({"name": "Backup"})).await;
    let path = format!("/users/{}/tokens", ann.id);
    let list = portal.admin.get(&path).await.ok(200);
    assert_eq!(
        (&list["total"], &list["items"][0]["id"], &list["items"][1]["id"]),
        (&json!(2), &json!(kept), &json!(token))
    );
    assert!(!list.to_string().contains("rc_"), "{list}");
    let bo = portal.customer("Bo").await;
    portal
        .assert_nothing_happened(async || {
            let elsewhere = format!("/users/{}/tokens/{token}", bo.id);
            portal.admin.delete(&elsewhere).await.problem(404, "not-found");
        })
        .await;
    portal.admin.delete(&format!("{path}/{token}")).await.ok(204);
    program.get("/me").await.problem(401, "unauthenticated");
    other.get("/me").await.ok(200);
    let done = portal.admin.get("/activity?action=token.revoked").await.ok(200)["items"][0].clone();
    assert_eq!((&done["actor"]["id"], &done["subject"]["id"]), (&json!(portal.admin.id), &json!(ann.id)));
}

#[tokio::test]
async fn nobody_revokes_the_tokens_of_somebody_beyond_them_nor_their_own_by_way_of_the_users() {
    let portal = Portal::start().await;
    let manager = portal.manager("Max").await;
    let (token, program) = make(&portal.admin, json!({"name": "Sync"})).await;
    let path = format!("/users/{}/tokens/{token}", portal.admin.id);
    let refuse = async || manager.delete(&path).await;
    portal.assert_nothing_happened(refuse).await.problem(403, "forbidden");
    let powerful =
        make(&portal.admin, json!({"name": "All", "permissions": ["users.read", "users.write"]})).await.1;
    let refuse = async || powerful.delete(&path).await;
    portal.assert_nothing_happened(refuse).await.problem(403, "forbidden");
    portal.advance(Span::minutes(6));
    let refuse = async || portal.admin.delete(&path).await;
    portal.assert_nothing_happened(refuse).await.problem(403, "step-up-required");
    program.get("/me").await.ok(200);
}

async fn tokens(person: &Person) -> Vec<Value> {
    let list = person.get("/me/tokens").await.ok(200);
    let items = list["items"].as_array().unwrap().clone();
    assert_eq!(list["total"], items.len());
    items
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    let portal = Portal::start().await;
    let ada = &portal.admin;
    let answer =
        ada.post("/me/tokens", json!({"name": " Nightly sync ", "permissions": ["users.read"]})).await;
    let made = answer.ok(201);
    let (token, secret) = (id(&made), made["secret"].as_str().unwrap().to_owned());
    assert_eq!(answer.header("location"), Some(format!("/api/v1/me/tokens/{token}").as_str()));
    assert!(secret.starts_with("rc_") && secret.len() == 46, "{secret}");
    let mut expected = json!({"id": token, "name": "Nightly sync", "permissions": ["users.read"],
        "created_at": "2026-11-24T09:00:00.000Z", "expires_at": "2027-02-22T09:00:00.000Z", "last_used_at": null});
    assert_eq!(tokens(ada).await, [expected.clone()], "never the secret again");

    let told = portal.newest_mail(&ada.email).await;
    assert_eq!(told["kind"], "token-created");
    let text = portal.admin.get(&format!("/mail/{}", id(&told))).await.ok(200)["text"].to_string();
    assert!(text.contains("Nightly sync") && !text.contains(&secret), "{text}");

    let program = ada.with_token(&secret);
    portal.advance(Span::minutes(1));
    assert_eq!(program.get("/users").await.ok(200)["total"], 1);
    let session = program.get("/session").await.ok(200);
    assert_eq!(
        (&session["user"]["id"], &session["permissions"], &session["expires_at"]),
        (&json!(ada.id), &json!(["users.read"]), &json!("2027-02-22T09:00:00.000Z"))
    );
    // Its use is noted with a later commit, and at most once a minute.
    ada.patch("/me", json!({"phone": "1"})).await.ok(200);
    expected["last_used_at"] = json!("2026-11-24T09:01:00.000Z");
    assert_eq!(tokens(ada).await, [expected.clone()]);
    portal.advance(Span::seconds(59));
    program.get("/me").await.ok(200);
    ada.patch("/me", json!({"phone": "2"})).await.ok(200);
    assert_eq!(tokens(ada).await, [expected]);

    program.patch("/me", json!({"company": "Acme"})).await.ok(200);
    let done = ada.get("/activity?action=user.updated").await.ok(200)["items"][0].clone();
    assert_eq!((&done["actor"]["id"], &done["token"]), (&json!(ada.id), &json!("Nightly sync")));
    ada.delete(&format!("/me/tokens/{token}")).await.ok(204);
    portal
        .assert_nothing_happened(async || {
            program.get("/me").await.problem(401, "unauthenticated");
            program.patch("/me", json!({"company": "Other"})).await.problem(401, "unauthenticated");
            ada.delete(&format!("/me/tokens/{token}")).await.problem(404, "not-found");
        })
        .await;
    let all = ada.get("/activity?action=token").await.ok(200);
    let told = |n: usize| (&all["items"][n]["action"], &all["items"][n]["subject"]["id"]);
    assert_eq!(told(0), (&json!("token.revoked"), &json!(ada.id)));
    assert_eq!(told(1), (&json!("token.created"), &json!(ada.id)));
    assert_eq!(all["items"][1]["changes"]["permissions"], json!([null, ["users.read"]]));
    assert_eq!(all["items"][1]["token"], Value::Null, "it was made in person");
}

#[tokio::test]
async fn a_token_that_is_no_good_is_refused_whatever_the_cookie() {
    let portal = Portal::start().await;
    let ada = &portal.admin;
    let (_, program) = make(ada, json!({"name": "One"})).await;
    program.get("/me").await.ok(200);
    let unknown = format!("Bearer rc_{}", "A".repeat(43));
    portal
        .assert_nothing_happened(async || {
            for bad in [&unknown, "Bearer rc_", "Bearer", "bearer x", "nonsense", "Bearer rc_é"] {
                for (method, path) in
                    [("GET", "/me"), ("GET", "/portal"), ("POST", "/users"), ("PATCH", "/me")]
                {
                    let answer = ada.ask(method, path).header("authorization", bad).send().await;
                    answer.problem(401, "unauthenticated");
                }
            }
        })
        .await;
    // Whatever stands in front of the portal may ask for a password of its own.
    ada.ask("GET", "/me").header("authorization", "Basic YTpi").send().await.ok(200);
    let other_site = async |person: &Person, authorization: Option<&str>| {
        let request =
            person.ask("PATCH", "/me").json(&json!({"phone": "1"})).header("origin", "https://evil.test");
        let request = match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        request.send().await
    };
    // That is no reason to let another site in; a token, which no browser sends by itself, is.
    other_site(ada, Some("Basic YTpi")).await.problem(403, "cross-site-request");
    other_site(&program, None).await.ok(200);
}

#[tokio::test]
async fn a_token_never_does_more_than_its_owner() {
    let portal = Portal::start().await;
    let (crew, helpers) = (portal.group("Crew", &["mail.read"]).await, portal.group("Helpers", &[]).await);
    let ann = portal.person("Ann", &[crew.clone(), helpers]).await;
    let problem =
        ann.post("/me/tokens", json!({"name": "All", "permissions": ["mail.read", "users.read"]})).await;
    let problem = problem.problem(403, "forbidden");
    assert!(problem["detail"].as_str().unwrap().contains("users.read"), "{problem}");
    let (_, program) = make(&ann, json!({"name": "Mail", "permissions": ["mail.read"]})).await;
    let (_, plain) = make(&ann, json!({"name": "Plain"})).await;
    program.get("/mail").await.ok(200);
    plain.get("/mail").await.problem(403, "forbidden");
    plain.get("/me/projects").await.ok(200);
    let path = format!("/groups/{crew}");
    portal.admin.patch(&path, json!({"permissions": []})).await.ok(200);
    program.get("/mail").await.problem(403, "forbidden");
    portal.admin.patch(&path, json!({"permissions": ["mail.read"]})).await.ok(200);
    program.get("/mail").await.ok(200);

    // It changes nobody who holds what it does not hold, though its owner could.
    let writer = portal.admin.program(&["users.read", "users.write"]).await;
    let path = format!("/users/{}", ann.id);
    portal
        .assert_nothing_happened(async || {
            writer.patch(&path, json!({"company": "Acme"})).await.problem(403, "forbidden");
            writer.post(&format!("{path}/password-link"), json!({})).await.problem(403, "forbidden");
            writer
                .post("/users", json!({"name": "N", "email": "n@people.test", "groups": [crew]}))
                .await
                .problem(403, "forbidden");
        })
        .await;
    let vendor = portal.vendor("Val").await;
    writer.post(&format!("/users/{}/password-link", vendor.id), json!({})).await.ok(200);
    assert_eq!(
        portal.admin.get("/activity?action=link.shown").await.ok(200)["items"][0]["token"],
        "A program"
    );
}

#[tokio::test]
async fn what_is_the_owners_own_is_beyond_any_token() {
    let portal = Portal::start().await;
    let ada = portal.another_admin("Alma").await;
    let all = ada.get("/session").await.ok(200)["permissions"].clone();
    let (token, program) = make(&ada, json!({"name": "All", "permissions": all})).await;
    let (vendor, own) = (portal.vendor("Val").await, format!("/users/{}", ada.id));
    let session = id(&ada.get("/me/sessions").await.ok(200)["items"][0]);
    portal
        .assert_nothing_happened(async || {
            let body = json!({"current": ada.password, "new": "velvet-heron-91-basalt"});
            let mut refused = vec![
                program.post("/me/password", body).await,
                program.post("/me/email", json!({"email": "x@people.test", "password": ada.password})).await,
                program.get("/me/sessions").await,
                program.delete("/me/sessions").await,
                program.delete(&format!("/me/sessions/{session}")).await,
                program.get("/me/tokens").await,
                program.post("/me/tokens", json!({"name": "Child"})).await,
                program.delete(&format!("/me/tokens/{token}")).await,
                program.delete("/session").await,
                program.delete("/session/impersonation").await,
                program.post(&format!("/users/{}/impersonate", vendor.id), json!({"reason": "Help"})).await,
            ];
            // Nor by the way of those who look after users.
            refused.push(program.post(&format!("{own}/password-link"), json!({})).await);
            refused.push(program.post(&format!("{own}/send-password"), json!({})).await);
            refused.push(program.patch(&own, json!({"email": "x@people.test"})).await);
            refused.push(program.delete(&format!("{own}/sessions")).await);
            refused.push(program.delete(&format!("{own}/sessions/{session}")).await);
            for answer in refused {
                let problem = answer.problem(403, "forbidden");
                assert!(
                    problem["detail"].as_str().unwrap().contains("API token"),
                    "{}: {problem}",
                    answer.asked
                );
            }
        })
        .await;
    // What is not about the person it may: an export is what tokens are for.
    assert_eq!(program.get("/users.csv").await.status, 200);
    assert_eq!(program.get("/activity.csv").await.status, 200);
}

#[tokio::test]
async fn a_token_ends_with_its_owner_and_stays_ended() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let path = format!("/users/{}", ann.id);
    for (out, back) in [("disable", "enable"), ("", "restore")] {
        ann.sign_in().await;
        let (_, program) = make(&ann, json!({"name": "One"})).await;
        program.get("/me").await.ok(200);
        match out {
            "" => portal.admin.delete(&path).await.ok(204),
            out => portal.admin.post(&format!("{path}/{out}"), json!({})).await.ok(200),
        };
        program.get("/me").await.problem(401, "unauthenticated");
        let ended = portal.admin.get("/activity?action=token.ended").await.ok(200)["items"][0].clone();
        assert_eq!(
            (&ended["subject"]["id"], &ended["actor"]["id"]),
            (&json!(ann.id), &json!(portal.admin.id))
        );
        portal.admin.post(&format!("{path}/{back}"), json!({})).await.ok(200);
        program.get("/me").await.problem(401, "unauthenticated");
        ann.sign_in().await;
        assert!(tokens(&ann).await.is_empty());
    }
}

#[tokio::test]
async fn a_reset_ends_tokens_and_a_changed_password_does_not() {
    let portal = Portal::start().await;
    let mut ann = portal.customer("Ann").await;
    let (_, program) = make(&ann, json!({"name": "One"})).await;
    let body = json!({"current": ann.password, "new": "velvet-heron-91-basalt"});
    ann.post("/me/password", body).await.ok(200);
    program.get("/me").await.ok(200);
    portal.anonymous().post("/password/forgot", json!({"email": ann.email})).await.ok(202);
    let token = portal.newest_token(&ann.email).await;
    ann.password = "brisk-otter-77-maple".to_owned();
    let body = json!({"token": token, "password": ann.password});
    portal.anonymous().post("/links/redeem", body).await.ok(200);
    program.get("/me").await.problem(401, "unauthenticated");
    ann.sign_in().await;
    assert!(tokens(&ann).await.is_empty());
}

#[tokio::test]
async fn a_token_runs_out_and_is_forgotten_a_month_later() {
    let portal = Portal::start().await;
    let (_, program) =
        make(&portal.admin, json!({"name": "One", "expires_at": "2026-11-25T09:00:00Z"})).await;
    portal.advance(Span::minutes(24 * 60 - 1));
    program.get("/me").await.ok(200);
    portal.advance(Span::minutes(1));
    program.get("/me").await.problem(401, "unauthenticated");
    portal.admin.sign_in().await;
    portal.tidy();
    assert_eq!(tokens(&portal.admin).await.len(), 1, "its owner sees why a program stopped");
    portal.advance(Span::days(30));
    portal.tidy();
    portal.admin.sign_in().await;
    assert!(tokens(&portal.admin).await.is_empty());
}

#[tokio::test]
async fn what_a_token_can_be() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal
        .assert_nothing_happened(async || {
            ann.post("/me/tokens", json!({})).await.invalid(&[("name", "required")]);
            let wrong =
                json!({"name": "x\ny", "permissions": ["users.fly"], "expires_at": "soon", "scope": "all"});
            let errors = [
                ("name", "invalid"),
                ("permissions", "not-found"),
                ("expires_at", "invalid"),
                ("scope", "unknown"),
            ];
            ann.post("/me/tokens", wrong).await.invalid(&errors);
            for at in ["2026-11-24T09:00:00Z", "2020-01-01T00:00:00Z", "2027-11-26T09:00:00Z"] {
                let body = json!({"name": "One", "expires_at": at});
                ann.post("/me/tokens", body).await.invalid(&[("expires_at", "invalid")]);
            }
        })
        .await;
    let mut last = String::new();
    for n in 0..100 {
        last = make(&ann, json!({"name": format!("No. {n}"), "expires_at": "2027-11-24T09:00:00Z"})).await.0;
    }
    let full = async || ann.post("/me/tokens", json!({"name": "One more"})).await;
    portal.assert_nothing_happened(full).await.invalid(&[("name", "invalid")]);
    assert_eq!(
        ann.get("/me/tokens?per_page=1").await.ok(200)["items"][0]["name"],
        "No. 99",
        "the newest first"
    );
    // Another's token is as if it were not there.
    let path = format!("/me/tokens/{last}");
    let others = async || portal.admin.delete(&path).await;
    portal.assert_nothing_happened(others).await.problem(404, "not-found");
    ann.delete(&path).await.ok(204);
    make(&ann, json!({"name": "One more"})).await;
}

#[tokio::test]
async fn a_token_does_not_change_projects_by_who_made_them_alone() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let project = id(&ann.post("/projects", json!({"name": "Dock"})).await.ok(201));
    let (idle, maker) = (ann.program(&[]).await, ann.program(&["projects.create"]).await);
    let path = format!("/projects/{project}");
    portal
        .assert_nothing_happened(async || {
            idle.patch(&path, json!({"name": "Pier"})).await.problem(403, "forbidden");
            idle.delete(&path).await.problem(403, "forbidden");
        })
        .await;
    maker.patch(&path, json!({"name": "Pier"})).await.ok(200);
}
