//! Every operation of the API document, tried by everyone: what each may do stands in one table.
//! An operation without a row fails; so does a row without an operation. Whatever is refused
//! must leave no trace; whatever is done must be in the activity.

use std::collections::{BTreeMap, BTreeSet};

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::harness::{Answer, Authenticator, Person, Portal, assert_documented, built_in, id, token};

/// `ok` is any success, `imp` is 403 `impersonating`, 403 is `forbidden`, 401 is `unauthenticated`.
///
/// The manager holds users.read and users.write and nothing else. `look` and `act` are an admin
/// logged in as another admin: read-only, and to act as well. `inside` and `outside` may do everything
/// to the users of a group and nothing to anybody else: those tried on are in that group, or not.
/// `program` is one with an API token of an admin's that holds users.read. The users tried on
/// are vendors, who hold nothing; the projects are those of others.
const TABLE: &str = "
                                             anonymous customer vendor employee manager admin disabled expired look act inside outside program
    GET    /portal                                  ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /setup                                  404      404    404      404     404   404      404     404  404 404    404     404   404
    POST   /sign-up                                 ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /password/forgot                         ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /password/check                          ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /setup/inspect                          404      404    404      404     404   404      404     404  404 404    404     404   404
    POST   /links/inspect                           ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /links/resend                            ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /links/redeem                            ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /session                                 ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    GET    /session                                401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok    ok
    DELETE /session                                401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok   403
    DELETE /session/impersonation                  401      409    409      409     409   409      401     401   ok  ok    409     409   403
    POST   /session/second-factor                  401      401    401      401     401   401      401     401  401 401    401     401   401
    POST   /session/passkey/begin                   ok       ok     ok       ok      ok    ok       ok      ok   ok  ok     ok      ok    ok
    POST   /session/passkey                        401      401    401      401     401   401      401     401  401 401    401     401   401
    POST   /session/step-up/begin                  401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    POST   /session/step-up                        401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    GET    /me                                     401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok    ok
    PATCH  /me                                     401       ok     ok       ok      ok    ok      401     401  imp  ok     ok      ok    ok
    POST   /me/email                               401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    POST   /me/password                            401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    GET    /me/sessions                            401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok   403
    DELETE /me/sessions                            401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    DELETE /me/sessions/{id}                       401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    GET    /me/projects                            401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok    ok
    GET    /me/activity                            401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok    ok
    GET    /me/factors                             401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok   403
    POST   /me/factors                             401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    POST   /me/factors/{id}/confirm                401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    PATCH  /me/factors/{id}                        401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    DELETE /me/factors/{id}                        401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    GET    /me/views                               401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    POST   /me/views                               401      403    403      403      ok    ok      401     401  imp  ok     ok      ok    ok
    PATCH  /me/views/{id}                          401      403    403      403      ok    ok      401     401  imp  ok     ok      ok    ok
    DELETE /me/views/{id}                          401      403    403      403      ok    ok      401     401  imp  ok     ok      ok    ok
    GET    /me/tokens                              401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok   403
    POST   /me/tokens                              401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    DELETE /me/tokens/{id}                         401       ok     ok       ok      ok    ok      401     401  imp imp     ok      ok   403
    GET    /users                                  401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    POST   /users                                  401      403    403      403      ok    ok      401     401  imp  ok     ok      ok   403
    POST   /users/preview-welcome                  401      403    403      403      ok    ok      401     401   ok  ok     ok      ok   403
    GET    /users/{id}                             401      403    403      403      ok    ok      401     401   ok  ok     ok     404    ok
    PATCH  /users/{id}                             401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    DELETE /users/{id}                             401      403    403      403     403    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/disable                     401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/enable                      401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/restore                     401      403    403      403     403    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/approve                     401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/decline                     401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/send-password               401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/send-welcome                401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/password-link               401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    POST   /users/{id}/impersonate                 401      403    403      403     403    ok      401     401  imp imp     ok     404   403
    GET    /users/{id}/sessions                    401      403    403      403      ok    ok      401     401   ok  ok     ok     404   403
    DELETE /users/{id}/sessions                    401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    DELETE /users/{id}/sessions/{session_id}       401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    GET    /users/{id}/tokens                      401      403    403      403      ok    ok      401     401   ok  ok     ok     404   403
    DELETE /users/{id}/tokens/{token_id}           401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    GET    /users/{id}/factors                     401      403    403      403      ok    ok      401     401   ok  ok     ok     404   403
    DELETE /users/{id}/factors                     401      403    403      403      ok    ok      401     401  imp  ok     ok     404   403
    GET    /users/{id}/projects                    401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    PUT    /users/{id}/projects/{project_id}       401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    DELETE /users/{id}/projects/{project_id}       401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    GET    /users/{id}/activity                    401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    GET    /users/{id}/mail                        401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    POST   /users/bulk                             401      403    403      403      ok    ok      401     401  imp  ok     ok      ok   403
    GET    /undo                                   401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    GET    /undo/{undo_id}                         401      403    403      403      ok    ok      401     401   ok  ok    404     404    ok
    POST   /undo/{undo_id}                         401      403    403      403      ok    ok      401     401  imp  ok    404     404   403
    GET    /users/facets                           401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    POST   /users/import                           401      403    403      403     403    ok      401     401   ok  ok     ok      ok   403
    GET    /users/import/{import_id}               401      403    403      403     403    ok      401     401   ok  ok     ok      ok   403
    POST   /users/import/{import_id}/apply         401      403    403      403     403    ok      401     401  imp  ok     ok      ok   403
    GET    /users/import/{import_id}/errors.csv    401      403    403      403     403    ok      401     401   ok  ok     ok      ok   403
    DELETE /users/import/{import_id}               401      403    403      403     403    ok      401     401   ok  ok     ok      ok   403
    GET    /users.csv                              401      403    403      403     403    ok      401     401  imp imp     ok      ok   403
    GET    /groups                                 401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    POST   /groups                                 401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    GET    /groups/{id}                            401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    PATCH  /groups/{id}                            401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    DELETE /groups/{id}                            401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    GET    /permissions                            401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok    ok
    GET    /projects                               401       ok     ok       ok      ok    ok      401     401   ok  ok     ok      ok    ok
    POST   /projects                               401       ok    403       ok     403    ok      401     401  imp  ok    403     403   403
    GET    /projects/{id}                          401      404    404      404     404    ok      401     401   ok  ok    404     404    ok
    PATCH  /projects/{id}                          401      404    404      404     404    ok      401     401  imp  ok    404     404   403
    DELETE /projects/{id}                          401      404    404      404     404    ok      401     401  imp  ok    404     404   403
    GET    /projects/{id}/members                  401      404    404      404     404    ok      401     401   ok  ok    404     404    ok
    PUT    /projects/{id}/members/{user_id}        401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    DELETE /projects/{id}/members/{user_id}        401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    GET    /activity                               401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    GET    /activity.csv                           401      403    403      403     403    ok      401     401  imp imp    403     403   403
    GET    /mail                                   401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    GET    /mail/{id}                              401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    POST   /mail/{id}/retry                        401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    POST   /mail/{id}/cancel                       401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    POST   /mail/{id}/link                         401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    GET    /settings                               401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    PATCH  /settings                               401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    POST   /settings/test-mail                     401      403    403      403     403    ok      401     401  imp  ok    403     403   403
    GET    /backup                                 401      403    403      403     403    ok      401     401  imp imp    403     403   403
    GET    /backups                                401      403    403      403     403    ok      401     401   ok  ok    403     403   403
    GET    /users/{id}/duplicates                  401      403    403      403      ok    ok      401     401   ok  ok     ok     404   403
    GET    /stats                                  401      403    403      403      ok    ok      401     401   ok  ok     ok      ok    ok
    GET    /activity.jsonl                         401      403    403      403     403    ok      401     401  imp imp    403     403   403
";

/// A file of one new user.
const CSV: &str = "name,email\nImogen,imogen@people.test\n";

/// A well-formed id that nothing has.
const NOBODY: &str = "01935000-0000-7000-8000-000000000000";

/// An operation as the document and the table name it, such as `GET /users/{id}`.
type Operation = String;

/// What the table says of each operation, for one column.
fn column(who: &str) -> BTreeMap<Operation, &'static str> {
    let mut lines = TABLE.lines().map(str::split_whitespace).map(Iterator::collect::<Vec<_>>);
    let head = lines.by_ref().find(|line| !line.is_empty()).unwrap();
    let place = head.iter().position(|name| *name == who).expect("a column of the table");
    let rows = lines.filter(|line| !line.is_empty());
    rows.map(|line| {
        assert_eq!(line.len(), head.len() + 2, "{line:?}");
        (format!("{} {}", line[0], line[1]), line[place + 2])
    })
    .collect()
}

/// All operations of the document.
fn operations() -> BTreeSet<Operation> {
    let document: Value = serde_json::from_str(&rollcall::http::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, methods): (&String, &Value)| -> Vec<Operation> {
        methods
            .as_object()
            .unwrap()
            .keys()
            .map(|method| format!("{} {path}", method.to_uppercase()))
            .collect()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_operation_has_its_row() {
    let rows: BTreeSet<_> = column("admin").into_keys().collect();
    assert_eq!(operations(), rows);
}

/// Whoever reads the document knows what they need to be somebody for.
#[test]
fn what_anybody_may_ask_is_documented_so() {
    let document: Value = serde_json::from_str(&rollcall::http::document()).unwrap();
    let open = |operation: &Operation| {
        let (method, path) = operation.split_once(' ').unwrap();
        let ways = &document["paths"][path][method.to_lowercase()]["security"];
        ways.as_array().unwrap().contains(&json!({}))
    };
    // These ask for half a sign-in, which is not to be signed in.
    let halves = ["POST /session/second-factor", "POST /session/passkey"];
    for (operation, answer) in column("anonymous") {
        let anybodys = answer != "401" || halves.contains(&operation.as_str());
        assert_eq!(open(&operation), anybodys, "{operation} answers {answer}");
    }
}

/// Somebody whose password and session don't matter to anyone.
async fn person(portal: &Portal, who: &str, n: usize) -> Person {
    let name = format!("{who} {n}");
    match who {
        "anonymous" => portal.anonymous(),
        "customer" => portal.customer(&name).await,
        "vendor" => portal.vendor(&name).await,
        "employee" => portal.employee(&name).await,
        "manager" => portal.manager(&name).await,
        "admin" => portal.another_admin(&name).await,
        "disabled" => portal.disabled(&name).await,
        "expired" => portal.expired(&name).await,
        "look" | "act" => {
            let other = portal.another_admin(&name).await;
            portal.acting_as(&other, who == "act").await
        }
        "inside" => portal.caretaker(&name, &[&built_in(BuiltIn::Vendor)]).await,
        "outside" => {
            let crew = portal.group(&format!("Crew {n}"), &[]).await;
            portal.caretaker(&name, &[&crew]).await
        }
        "program" => portal.another_admin(&name).await.program(&["users.read"]).await,
        _ => panic!("nobody is called {who}"),
    }
}

/// Makes what an operation needs to be there, and says where it is and what to send.
async fn prepare(portal: &Portal, person: &Person, operation: &str, n: usize) -> (String, Option<Value>) {
    let (method, path) = operation.split_once(' ').unwrap();
    let vendor = built_in(BuiltIn::Vendor);
    let subject = |welcome: bool| json!({"name": format!("Sue {n}"), "email": format!("sue{n}@people.test"), "groups": [vendor], "welcome": {"send": welcome}});
    let mut target = path.to_owned();
    let mut fill = |name: &str, value: &str| target = target.replace(name, value);
    if path.starts_with("/users/import/{import_id}") {
        // An import is its owner's alone; whoever may not import has none.
        let own = person.ask("POST", "/users/import").body("text/csv", CSV).send().await;
        let own = if own.status == 200 { own.json()["import_id"].as_str().map(str::to_owned) } else { None };
        fill("{import_id}", own.as_deref().unwrap_or(NOBODY));
    } else if path.starts_with("/users/{id}") {
        let user = match path {
            "/users/{id}/approve" | "/users/{id}/decline" => pending(portal, n).await,
            "/users/{id}/sessions/{session_id}" => {
                let vendor = portal.vendor(&format!("Sue {n}")).await;
                let sessions = portal.admin.get(&format!("/users/{}/sessions", vendor.id)).await.ok(200);
                fill("{session_id}", &id(&sessions["items"][0]));
                vendor.id
            }
            "/users/{id}/tokens/{token_id}" => {
                let vendor = portal.vendor(&format!("Sue {n}")).await;
                let token = vendor.post("/me/tokens", json!({"name": "Sue's program"})).await.ok(201);
                fill("{token_id}", &id(&token));
                vendor.id
            }
            _ => id(&portal.create(subject(false)).await),
        };
        fill("{id}", &user);
    } else if path.starts_with("/groups/{id}") {
        fill("{id}", &portal.group(&format!("Group {n}"), &[]).await);
    } else if path.starts_with("/mail/{id}") {
        portal.create(subject(true)).await;
        fill("{id}", &id(&portal.newest_mail(&format!("sue{n}@people.test")).await));
    } else if path.starts_with("/me/sessions/{id}") {
        let own = person.get("/me/sessions").await;
        fill("{id}", &if own.status == 200 { id(&own.json()["items"][0]) } else { NOBODY.to_owned() });
    }
    if path.starts_with("/me/factors/{id}") {
        // Whoever may not have a factor has none.
        let app = Authenticator::offered(person).await;
        fill("{id}", app.as_ref().map_or(NOBODY, |app| &app.id));
        let code = app.as_ref().map_or("123456".to_owned(), |app| app.code(portal));
        if path.ends_with("/confirm") {
            return (target, Some(json!({"code": code})));
        }
        if let Some(app) = app {
            app.confirm(portal, person).await;
        }
    }
    if path.starts_with("/me/views/{id}") {
        let view = json!({"name": format!("View {n}"), "query": "q=an"});
        let own = person.post("/me/views", view).await;
        fill("{id}", &if own.status == 201 { id(&own.json()) } else { NOBODY.to_owned() });
    }
    if path.starts_with("/me/tokens/{id}") {
        let own = person.post("/me/tokens", json!({"name": format!("Program {n}")})).await;
        fill("{id}", &if own.status == 201 { id(&own.json()) } else { NOBODY.to_owned() });
    }
    if path.contains("{project_id}") || path.starts_with("/projects/{id}") {
        let project = portal.project(&format!("Project {n}")).await;
        fill("{project_id}", &project);
        fill("{id}", &project);
    }
    if path.contains("{undo_id}") {
        let user = id(&portal.create(subject(false)).await);
        let body = json!({"action": "disable", "ids": [user]});
        let done = portal.admin.post("/users/bulk", body).await.ok(200);
        fill("{undo_id}", done["undo_id"].as_str().unwrap());
    }
    if path.contains("{user_id}") {
        fill("{user_id}", &id(&portal.create(subject(false)).await));
    }
    let body = if method == "POST" || method == "PATCH" {
        Some(body(portal, person, operation, n).await)
    } else {
        None
    };
    (target, body)
}

/// Something right to send.
async fn body(portal: &Portal, person: &Person, operation: &str, n: usize) -> Value {
    let (name, email, password) = (format!("Nina {n}"), format!("nina{n}@people.test"), &person.password);
    match operation {
        "POST /setup/inspect" => json!({"token": "t"}),
        "POST /setup" => json!({"token": "t", "name": name, "email": email, "password": password}),
        "POST /sign-up" => json!({"name": name, "email": email}),
        "POST /password/forgot" => json!({"email": email}),
        "POST /password/check" => json!({"password": password}),
        "POST /session" => {
            let somebody = portal.vendor(&name).await;
            json!({"email": somebody.email, "password": somebody.password})
        }
        "POST /links/inspect" | "POST /links/resend" | "POST /links/redeem" => {
            let user = portal.create(json!({"name": name, "email": email})).await;
            let link =
                portal.admin.post(&format!("/users/{}/password-link", id(&user)), json!({})).await.ok(200);
            match operation {
                "POST /links/redeem" => json!({"token": token(&link["url"]), "password": password}),
                _ => json!({"token": token(&link["url"])}),
            }
        }
        "POST /session/second-factor" => json!({"code": "123456"}),
        "POST /session/passkey" => json!({"passkey": {}}),
        "POST /session/step-up" => json!({"password": password}),
        "POST /me/factors" => json!({"kind": "totp"}),
        "PATCH /me/factors/{id}" => json!({"name": name}),
        "POST /me/email" => json!({"email": email, "password": password}),
        "POST /me/password" => json!({"current": password, "new": "velvet-heron-91-basalt"}),
        "POST /users" | "POST /users/preview-welcome" => json!({"name": name, "email": email}),
        "POST /users/bulk" => {
            let vendor = [built_in(BuiltIn::Vendor)];
            let user = portal.create(json!({"name": name, "email": email, "groups": vendor})).await;
            json!({"action": "disable", "ids": [id(&user)]})
        }
        "PATCH /users/{id}" | "PATCH /me" => json!({"company": "Acme"}),
        "POST /users/{id}/impersonate" => json!({"reason": "They asked for help."}),
        "POST /groups" | "POST /projects" => json!({"name": name}),
        "PATCH /groups/{id}" | "PATCH /projects/{id}" => json!({"description": "Another one."}),
        "POST /me/tokens" => json!({"name": name}),
        "POST /me/views" => json!({"name": name, "query": "q=an"}),
        "PATCH /me/views/{id}" => json!({"name": name}),
        "PATCH /settings" => json!({"portal_name": format!("Harbour {n}")}),
        _ => json!({}),
    }
}

/// Somebody in the group Vendor who signed up and waits for approval.
async fn pending(portal: &Portal, n: usize) -> String {
    let (stranger, email) = (portal.anonymous(), format!("pia{n}@people.test"));
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    stranger.post("/sign-up", json!({"name": "Pia", "email": email})).await.ok(202);
    let token = portal.newest_token(&email).await;
    stranger.post("/links/redeem", json!({"token": token, "password": stranger.password})).await.ok(200);
    let found = portal.admin.get(&format!("/users?state=pending&q={email}")).await.ok(200);
    let user = id(&found["items"][0]);
    let vendor = json!({"groups": [built_in(BuiltIn::Vendor)]});
    portal.admin.patch(&format!("/users/{user}"), vendor).await.ok(200);
    user
}

fn hold_to(expected: &str, answer: &Answer) {
    match expected {
        "ok" => assert!((200..300).contains(&answer.status), "{}: {answer}", answer.asked),
        "401" => drop(answer.problem(401, "unauthenticated")),
        "403" => drop(answer.problem(403, "forbidden")),
        "imp" => drop(answer.problem(403, "impersonating")),
        "404" => drop(answer.problem(404, "not-found")),
        "409" => drop(answer.problem(409, "conflict")),
        other => panic!("the table says {other}"),
    }
}

async fn walk(who: &str) {
    let portal = Portal::start().await;
    let mut somebody = person(&portal, who, 0).await;
    for (n, (operation, expected)) in column(who).into_iter().enumerate() {
        let (path, body) = prepare(&portal, &somebody, &operation, n).await;
        let (method, _) = operation.split_once(' ').unwrap();
        let request = somebody.ask(method, &path);
        let request = match (&body, operation.as_str()) {
            (_, "POST /users/import") => request.body("text/csv", CSV),
            (Some(body), _) => request.json(body),
            (None, _) => request,
        };
        if expected == "ok" {
            let answer = portal.assert_recorded(async || request.send().await).await;
            hold_to(expected, &answer);
            assert_documented(&operation, &answer);
            // Signed in as another, or out.
            let own = ["/session", "/links", "/me"].iter().any(|start| path.starts_with(start));
            if method != "GET" && own || path.ends_with("/impersonate") {
                somebody = person(&portal, who, n + 1).await;
            }
        } else {
            let answer = portal.assert_nothing_happened(async || request.send().await).await;
            hold_to(expected, &answer);
            assert_documented(&operation, &answer);
        }
    }
}

macro_rules! everyone {
    ($($who:ident)*) => {$(
        #[tokio::test]
        async fn $who() {
            walk(stringify!($who)).await;
        }
    )*};
}

everyone! { anonymous customer vendor employee manager admin disabled expired look act inside outside program }
