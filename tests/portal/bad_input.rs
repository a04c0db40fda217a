//! What nobody should send. Each gets a plain answer that says what to do, and does nothing.

use serde_json::{Value, json};

use super::harness::{Answer, Person, Portal, id};

const MEGABYTE: usize = 1 << 20;

/// Everything that takes a body, with one that would do.
fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("POST", "/sign-up", json!({"name": "Al", "email": "al@people.test"})),
        ("POST", "/password/forgot", json!({"email": "al@people.test"})),
        ("POST", "/password/check", json!({"password": "x"})),
        ("POST", "/session", json!({"email": "al@people.test", "password": "x"})),
        ("POST", "/links/inspect", json!({"token": "x"})),
        ("POST", "/links/resend", json!({"token": "x"})),
        ("POST", "/links/redeem", json!({"token": "x", "password": "x"})),
        ("PATCH", "/me", json!({"company": "Acme"})),
        ("POST", "/me/email", json!({"email": "al@people.test", "password": "x"})),
        ("POST", "/me/password", json!({"current": "x", "new": "y"})),
        ("POST", "/users", json!({"name": "Al", "email": "al@people.test"})),
        ("POST", "/users/preview-welcome", json!({"name": "Al", "email": "al@people.test"})),
        ("PATCH", "/users/{id}", json!({"company": "Acme"})),
        ("POST", "/users/{id}/disable", json!({"reason": "Why"})),
        ("POST", "/users/{id}/approve", json!({"groups": []})),
        ("POST", "/users/{id}/decline", json!({"message": "No"})),
        ("POST", "/users/{id}/impersonate", json!({"reason": "Why"})),
        ("POST", "/groups", json!({"name": "Crew"})),
        ("PATCH", "/groups/{group}", json!({"description": "Crew"})),
        ("POST", "/projects", json!({"name": "Dock"})),
        ("PATCH", "/projects/{project}", json!({"description": "Dock"})),
        ("PATCH", "/settings", json!({"portal_name": "Harbour"})),
    ]
}

/// A portal with something for each of these paths.
async fn furnished() -> (Portal, Vec<(&'static str, String, Value)>) {
    let portal = Portal::start().await;
    let user = id(&portal.create(json!({"name": "Sue", "email": "sue@people.test"})).await);
    let (group, project) = (portal.group("Old", &[]).await, portal.project("Old").await);
    let fill =
        |path: &str| path.replace("{id}", &user).replace("{group}", &group).replace("{project}", &project);
    let all = bodies().into_iter().map(|(method, path, body)| (method, fill(path), body)).collect();
    (portal, all)
}

impl Portal {
    async fn refuse(&self, request: super::harness::Request<'_>) -> Answer {
        self.assert_nothing_happened(async || request.send().await).await
    }
}

fn nested(depth: usize) -> String {
    format!("{{\"name\":{}{}}}", "[".repeat(depth), "]".repeat(depth))
}

#[tokio::test]
async fn a_body_must_be_a_json_object() {
    let (portal, all) = furnished().await;
    for (method, path, body) in &all {
        let ask = || portal.admin.ask(method, path);
        let text = body.to_string();
        for wrong in [
            "{",
            "name=Al",
            "{\"name\": }",
            "\u{feff}{}",
            "{}{}",
            "nul",
            "\"",
            "{\"a\":1,}",
            &text[..text.len() - 1],
        ] {
            portal.refuse(ask().body("application/json", wrong)).await.problem(400, "malformed-request");
        }
        for wrong in ["[]", "null", "7", "\"text\"", "true"] {
            portal.refuse(ask().body("application/json", wrong)).await.problem(400, "malformed-request");
        }
        portal
            .refuse(ask().body("application/json", [0xff, 0xfe, 0x00]))
            .await
            .problem(400, "malformed-request");
        portal
            .refuse(ask().body("application/json", nested(100_000)))
            .await
            .problem(400, "malformed-request");
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/json",
            "",
            "application/jsonx",
        ] {
            portal.refuse(ask().body(kind, text.clone())).await.problem(415, "unsupported-media-type");
        }
    }
}

#[tokio::test]
async fn a_body_has_a_megabyte_at_most() {
    let (portal, all) = furnished().await;
    let big = |length: usize| json!({"name": "n".repeat(length)}).to_string();
    for (method, path, _) in &all {
        let ask = || portal.admin.ask(method, path);
        portal.refuse(ask().body("application/json", big(MEGABYTE))).await.problem(413, "too-large");
        // Refused by what it says of itself: nobody waits for the rest.
        let announced =
            ask().header("content-type", "application/json").header("content-length", "99999999999");
        portal.refuse(announced).await.problem(413, "too-large");
        let fits = portal.refuse(ask().body("application/json", big(MEGABYTE - 100))).await;
        assert!(matches!(fits.status, 422 | 401), "{fits}");
    }
    // In pieces, without saying how long it will be.
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    let body = format!("{}0\r\n\r\n", chunk.repeat(20));
    let request = portal
        .admin
        .ask("POST", "/users")
        .header("transfer-encoding", "chunked")
        .body("application/json", body);
    portal.refuse(request).await.problem(413, "too-large");
}

#[tokio::test]
async fn a_type_may_be_said_in_any_case_and_with_a_charset() {
    let portal = Portal::start().await;
    for (n, kind) in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
    ]
    .iter()
    .enumerate()
    {
        let body = json!({"name": "Al", "email": format!("al{n}@people.test")}).to_string();
        portal.admin.ask("POST", "/users").body(kind, body).send().await.ok(201);
    }
}

#[tokio::test]
async fn unknown_fields_are_refused_everywhere() {
    let (portal, all) = furnished().await;
    for (method, path, mut body) in all {
        body["x_role"] = json!("admin");
        let request = portal.admin.ask(method, &path).json(&body);
        let problem = portal.refuse(request).await.problem(422, "validation-failed");
        let errors = problem["errors"].as_array().unwrap();
        let unknown = errors.iter().any(|error| error["field"] == "x_role" && error["code"] == "unknown");
        assert!(unknown, "{method} {path}: {problem}");
    }
}

#[tokio::test]
async fn no_value_of_any_type_is_a_fault_of_ours() {
    let (portal, all) = furnished().await;
    let odd = [
        json!(null),
        json!(""),
        json!(" "),
        json!(0),
        json!(-1.5e300),
        json!(true),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!({"a": {"b": []}}),
        json!("\u{0}"),
        json!("a\nb"),
        json!("\u{2028}"),
        json!("\u{202e}"),
        json!("\u{10ffff}"),
        json!("x".repeat(10_001)),
        json!("é".repeat(300)),
        json!("🦊".repeat(300)),
        json!("\u{301}".repeat(300)),
    ];
    for (method, path, body) in all {
        // What would end the admin's own session is tried by others.
        for name in body.as_object().unwrap().keys() {
            for value in &odd {
                let mut body = body.clone();
                body[name] = value.clone();
                let answer = portal.admin.ask(method, &path).json(&body).send().await;
                assert!(answer.status < 500, "{method} {path} {name} {value}: {answer}");
                if answer.status == 422 {
                    answer.problem(422, "validation-failed");
                }
                if path.ends_with("/impersonate") && answer.status == 200 {
                    portal.admin.delete("/session/impersonation").await.ok(200);
                }
            }
        }
    }
}

#[tokio::test]
async fn names_have_a_length_and_can_be_seen() {
    let portal = Portal::start().await;
    let try_it = async |field: &str, value: &str| {
        let mut body = json!({"name": "Al", "email": "al@people.test"});
        body[field] = json!(value);
        portal.admin.post("/users/preview-welcome", body).await
    };
    let (fits, long) = ("ä".repeat(200), "ä".repeat(201));
    for (field, value, code) in [
        ("name", "", "required"),
        ("name", "   ", "required"),
        ("name", "\u{200b}\u{2060}", "required"),
        ("name", &long, "too-long"),
        ("name", &"n".repeat(10_000), "too-long"),
        ("name", "two\nlines", "invalid"),
        ("name", "tab\tbed", "invalid"),
        ("name", "nul\0", "invalid"),
        ("name", "para\u{2029}graph", "invalid"),
        ("name", "bell\u{7}", "invalid"),
        ("name", "next\u{85}line", "invalid"),
        ("company", &long, "too-long"),
        ("company", "a\rb", "invalid"),
        ("phone", &"1".repeat(51), "too-long"),
        ("notes", &"n".repeat(10_001), "too-long"),
        ("notes", "bell\u{7}", "invalid"),
    ] {
        try_it(field, value).await.invalid(&[(field, code)]);
    }
    for (field, value) in [
        ("name", fits.as_str()),
        ("name", "X Æ A-12"),
        ("name", "<script>alert(1)</script>"),
        ("name", "مريم 🦊 '; --"),
        ("company", &fits),
        ("notes", &"n\n".repeat(5_000)),
    ] {
        try_it(field, value).await.ok(200);
    }
    // 400 characters typed, 200 once composed (NFC).
    try_it("name", &"a\u{308}".repeat(200)).await.ok(200);
    let composed = portal.create(json!({"name": "A\u{308}sa", "email": "asa@people.test"})).await;
    assert_eq!(composed["name"], "Äsa");
}

#[tokio::test]
async fn an_address_must_be_one() {
    let portal = Portal::start().await;
    let (local, label) = ("l".repeat(65), "d".repeat(64));
    let long = format!("{}@{}.{}.{}.test", "l".repeat(64), "a".repeat(63), "b".repeat(63), "c".repeat(63));
    for (email, code) in [
        ("", "required"),
        (" ", "required"),
        ("plain", "invalid"),
        ("@people.test", "invalid"),
        ("al@", "invalid"),
        ("al@@people.test", "invalid"),
        ("al@b@people.test", "invalid"),
        ("al@localhost", "invalid"),
        ("al@people..test", "invalid"),
        ("al@.people.test", "invalid"),
        ("al@-people.test", "invalid"),
        ("al@people.test.", "invalid"),
        ("al@1.2.3.4", "invalid"),
        ("al@[1.2.3.4]", "invalid"),
        ("al@peo ple.test", "invalid"),
        ("al bo@people.test", "invalid"),
        (".al@people.test", "invalid"),
        ("al.@people.test", "invalid"),
        ("a..l@people.test", "invalid"),
        ("\"al\"@people.test", "invalid"),
        ("Al <al@people.test>", "invalid"),
        ("al@people.test, bo@people.test", "invalid"),
        ("al@people.test\r\nBcc: eve@people.test", "invalid"),
        ("al\0@people.test", "invalid"),
        ("mailto:al@people.test", "invalid"),
        ("ål@people.test", "invalid"),
        (&format!("{local}@people.test"), "invalid"),
        (&format!("al@{label}.test"), "invalid"),
        (&long, "too-long"),
        (&format!("{}@people.test", "l".repeat(10_000)), "too-long"),
    ] {
        for (path, method) in [("/users", "POST"), ("/sign-up", "POST")] {
            let request = portal.admin.ask(method, path).json(&json!({"name": "Al", "email": email}));
            portal.refuse(request).await.invalid(&[("email", code)]);
        }
    }
    for (n, email) in
        ["a@b.co", "a+tag_x.y@sub.people.test", "o'hara@people.test", "1@2.test", "ann@bücher.test"]
            .iter()
            .enumerate()
    {
        portal.create(json!({"name": format!("Fine {n}"), "email": email})).await;
    }
    let found = portal.admin.get("/users?q=xn--bcher-kva.test").await.ok(200);
    assert_eq!(found["items"][0]["email"], "ann@xn--bcher-kva.test");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_a_fixed_order() {
    let portal = Portal::start().await;
    let (nobody, customer) = (portal.anonymous(), portal.customer("Ann").await);
    let user = portal.create(json!({"name": "Bo", "email": "bo@people.test"})).await;
    let (there, missing) = (format!("/users/{}", id(&user)), "/users/x".to_owned());
    let big = " ".repeat(MEGABYTE + 1);
    let send = async |who: &Person, path: &str, kind: &str, body: &str| {
        let request = who.ask("PATCH", path).header("if-match", "\"77\"").body(kind, body);
        portal.refuse(request).await
    };
    let json = "application/json";
    // Whoever may not is told that first, whatever they sent.
    for (kind, body) in [(json, big.as_str()), ("text/plain", "x"), (json, "{"), (json, "{\"name\":7}")] {
        send(&nobody, &there, kind, body).await.problem(401, "unauthenticated");
        send(&customer, &there, kind, body).await.problem(403, "forbidden");
        send(&portal.admin, &missing, kind, body).await.problem(404, "not-found");
    }
    send(&portal.admin, &there, json, &big).await.problem(413, "too-large");
    send(&portal.admin, &there, "text/plain", "{").await.problem(415, "unsupported-media-type");
    send(&portal.admin, &there, json, "{").await.problem(400, "malformed-request");
    send(&portal.admin, &there, json, "{\"email\":\"ada@portal.test\",\"name\":\"\"}")
        .await
        .invalid(&[("email", "taken"), ("name", "required")]);
    send(&portal.admin, &there, json, "{\"email\":\"ada@portal.test\"}").await.invalid(&[("email", "taken")]);
    send(&portal.admin, &there, json, "{\"name\":\"Bob\"}").await.problem(412, "stale");
    // The last admin who leaves Admin: 409 before 412, and 422 before 409.
    let own = format!("/users/{}", portal.admin.id);
    send(&portal.admin, &own, json, "{\"groups\":[],\"name\":\"\"}").await.invalid(&[("name", "required")]);
    send(&portal.admin, &own, json, "{\"groups\":[]}").await.problem(409, "last-admin");
    let list = "/users?page=0";
    nobody.get(list).await.problem(401, "unauthenticated");
    customer.get(list).await.problem(403, "forbidden");
    portal.admin.get("/users/x/activity?page=0").await.problem(404, "not-found");
    portal.admin.get(&format!("{there}/activity?page=0")).await.invalid(&[("page", "invalid")]);
}

#[tokio::test]
async fn a_malformed_id_is_nobodys() {
    let portal = Portal::start().await;
    let uuid = "01935000-0000-7000-8000-000000000000";
    let long = "x".repeat(5_000);
    for wrong in [
        "x",
        "0",
        "-1",
        "..%2F..",
        "%00",
        "%ff",
        "'",
        "null",
        uuid,
        "00000000-0000-0000-0000-000000000000",
        &long,
    ] {
        for path in [
            "/users/{}",
            "/groups/{}",
            "/projects/{}",
            "/mail/{}",
            "/users/{}/sessions",
            "/users/{}/mail",
            "/projects/{}/members",
        ] {
            portal.admin.get(&path.replace("{}", wrong)).await.problem(404, "not-found");
        }
        for path in ["/users/{}/disable", "/users/{}/send-password", "/mail/{}/retry", "/mail/{}/link"] {
            let request = portal.admin.ask("POST", &path.replace("{}", wrong));
            portal.refuse(request).await.problem(404, "not-found");
        }
    }
    let project = portal.project("Dock").await;
    // An id of another kind of thing.
    portal.admin.get(&format!("/users/{project}")).await.problem(404, "not-found");
    portal.admin.get(&format!("/projects/{}", portal.admin.id)).await.problem(404, "not-found");
}

#[tokio::test]
async fn what_is_not_there_is_said_as_a_problem() {
    let portal = Portal::start().await;
    for path in ["/", "/nothing", "/users/", "/users/x/y/z", "/portal/", "/Users", "/../users", "/users//x"] {
        let answer = portal.admin.get(path).await;
        answer.problem(404, "not-found");
    }
    for (method, path, allowed) in [
        ("DELETE", "/users", "GET, POST"),
        ("PUT", "/portal", "GET"),
        ("PATCH", "/session", "GET, POST, DELETE"),
        ("TRACE", "/users", "GET, POST"),
    ] {
        let request = portal.admin.ask(method, path);
        let answer = portal.refuse(request).await;
        answer.problem(405, "method-not-allowed");
        let mut allow: Vec<_> = answer.header("allow").unwrap_or_default().split(", ").collect();
        allow.retain(|method| !matches!(*method, "HEAD" | "OPTIONS"));
        allow.sort_unstable();
        let mut expected: Vec<_> = allowed.split(", ").collect();
        expected.sort_unstable();
        assert_eq!(allow, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn odd_headers_harm_nobody() {
    let portal = Portal::start().await;
    let body = json!({"name": "Al", "email": "al@people.test"});
    for cookie in [
        "rollcall_session=",
        "rollcall_session=x",
        "rollcall_session=%00",
        ";;;",
        "=",
        &format!("rollcall_session={}", "A".repeat(43)),
        &"c".repeat(4_000),
    ] {
        let nobody = portal.anonymous();
        let request = nobody.ask("POST", "/users").header("cookie", cookie).json(&body);
        portal.refuse(request).await.problem(401, "unauthenticated");
        nobody.ask("GET", "/portal").header("cookie", cookie).send().await.ok(200);
    }
    for bearer in ["Bearer ", "Bearer x", "Bearer rc_nothing", "x"] {
        let request = portal.admin.ask("GET", "/users").header("authorization", bearer);
        request.send().await.problem(401, "unauthenticated");
    }
    // The right one among others.
    let two = format!("theme=dark; {}; other=1", portal.admin.cookie().unwrap());
    portal.anonymous().ask("GET", "/users").header("cookie", &two).send().await.ok(200);
    // Many, and long.
    let mut request = portal.admin.ask("GET", "/portal");
    for n in 0..90 {
        request = request.header(&format!("x-{n}"), &"v".repeat(100));
    }
    request.send().await.ok(200);
}

#[tokio::test]
async fn of_a_parameter_given_twice_the_first_counts() {
    let portal = Portal::start().await;
    let list = portal.admin.get("/users?per_page=1&per_page=100&page=1&page=7").await.ok(200);
    assert_eq!((&list["per_page"], &list["page"]), (&json!(1), &json!(1)));
    let twice =
        portal.admin.ask("PATCH", "/me").body("application/json", "{\"name\": \"A\", \"name\": \"B\"}");
    let answer = twice.send().await;
    assert!([200, 400].contains(&answer.status), "{answer}");
}
