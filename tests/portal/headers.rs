//! What every answer carries, whatever it is; and the browser's files.

use serde_json::json;

use super::harness::{Answer, Portal};

const CSP: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

#[track_caller]
pub fn secure(answer: &Answer) {
    let expected = [
        ("content-security-policy", CSP),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];
    for (name, value) in expected {
        let found: Vec<_> = answer.headers.iter().filter(|header| header.0 == name).collect();
        assert_eq!(found.len(), 1, "{name} once: {}", answer.asked);
        assert_eq!(answer.header(name), Some(value), "{}", answer.asked);
    }
    assert_eq!(answer.header("server"), None, "{}", answer.asked);
}

#[track_caller]
fn kept_by_nobody_from_the_api(answer: &Answer) {
    secure(answer);
    let api = answer.asked.contains(" /api/v1");
    assert_eq!(
        answer.header("cache-control") == Some("no-store"),
        api,
        "{}: {:?}",
        answer.asked,
        answer.headers
    );
}

impl Portal {
    async fn fetch(&self, target: &str) -> Answer {
        self.anonymous().ask_for("GET", target).send().await
    }

    /// The path of the browser's script.
    async fn script(&self) -> String {
        let page = self.fetch("/").await.text();
        let (_, rest) = page.split_once("src=\"").expect("a script");
        rest.split_once('"').expect("its end").0.to_owned()
    }
}

#[tokio::test]
async fn every_kind_of_answer_is_secured() {
    let portal = Portal::start().await;
    let script = portal.script().await;
    let pages = [
        "/",
        "/users",
        "/nothing",
        "/favicon.svg",
        "/api/docs",
        "/api/docs/docs.js",
        "/health/live",
        "/metrics",
    ];
    for target in
        pages.into_iter().chain([script.as_str(), "/api/v1/openapi.json", "/api/v1/nothing", "/api/v1"])
    {
        kept_by_nobody_from_the_api(&portal.fetch(target).await);
    }
    let admin = &portal.admin;
    let answers = [
        (200, admin.get("/users").await),
        (200, admin.get("/users.csv").await),
        (201, admin.post("/users", json!({"name": "Zoë", "email": "zoe@people.test"})).await),
        (202, admin.post("/password/forgot", json!({"email": "zoe@people.test"})).await),
        (400, admin.ask("POST", "/users").body("application/json", "{").send().await),
        (401, portal.anonymous().get("/users").await),
        (403, admin.ask("POST", "/users").header("sec-fetch-site", "cross-site").send().await),
        (404, admin.get("/users/nonsense").await),
        (405, admin.put("/users").await),
        (409, admin.post(&format!("/users/{}/disable", admin.id), json!({})).await),
        (410, admin.post("/links/inspect", json!({"token": "guess"})).await),
        (
            412,
            admin.ask("PATCH", "/me").header("if-match", "\"99\"").json(&json!({"phone": "1"})).send().await,
        ),
        (413, admin.ask("POST", "/users").body("application/json", vec![b' '; 2 << 20]).send().await),
        (415, admin.ask("POST", "/users").body("text/plain", "{}").send().await),
        (422, admin.post("/users", json!({})).await),
        (204, admin.delete("/session").await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{}: {answer}", answer.asked);
        kept_by_nobody_from_the_api(&answer);
        if status >= 400 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.asked);
        }
    }
}

#[tokio::test]
async fn https_is_insisted_on_where_there_is_https() {
    let plain = Portal::start().await;
    assert_eq!(plain.fetch("/").await.header("strict-transport-security"), None);
    let portal = Portal::configured(|config| config.public_url = Some("https://portal.test".into())).await;
    for target in ["/", "/api/v1/portal", "/nothing"] {
        let age = portal.fetch(target).await.header("strict-transport-security").map(str::to_owned);
        assert_eq!(age.as_deref(), Some("max-age=31536000; includeSubDomains"), "{target}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_there() {
    let portal = Portal::start().await;
    for page in rollcall::http::PAGES {
        let page = page.replace(':', "0192c4a0-0000-7000-8000-000000000000");
        let answer = portal.fetch(&page).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("text/html; charset=utf-8")),
            "{page}"
        );
    }
    for target in [
        "/nothing",
        "/users/1/2",
        "/users/",
        "//",
        "/index.html",
        "/.env",
        "/assets/",
        "/assets/nothing.js",
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/assets/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/%00",
        "/%ff",
        "/api",
        "/api/v2/portal",
        "/api/docs/nothing",
        "/health",
        "/index.html.br",
    ] {
        let answer = portal.fetch(target).await;
        assert_eq!(answer.status, 404, "{target}: {answer}");
        assert!(!answer.text().contains("[package]"), "{target}");
    }
    for target in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/users/x/y/z", "/api/v1//users"] {
        portal.fetch(target).await.problem(404, "not-found");
    }
    let script = portal.script().await;
    for ending in ["br", "gz"] {
        assert_eq!(portal.fetch(&format!("{script}.{ending}")).await.status, 404);
    }
}

#[tokio::test]
async fn what_can_only_be_read_says_so() {
    let portal = Portal::start().await;
    let allow = async |method: &str, target: &str| {
        let answer = portal.admin.ask_for(method, target).send().await;
        answer.problem(405, "method-not-allowed");
        let mut allow: Vec<_> =
            answer.header("allow").expect("Allow").split(", ").map(str::to_owned).collect();
        allow.sort();
        allow.join(" ")
    };
    for target in ["/", "/users", "/health/live", "/api/docs", "/api/v1/openapi.json", "/metrics"] {
        assert_eq!(allow("POST", target).await, "GET HEAD", "{target}");
        assert_eq!(allow("DELETE", target).await, "GET HEAD", "{target}");
    }
    portal.admin.ask_for("POST", "/nothing").send().await.problem(404, "not-found");
    let id = &portal.admin.id;
    assert_eq!(allow("DELETE", "/api/v1/users").await, "GET HEAD POST");
    assert_eq!(allow("POST", &format!("/api/v1/users/{id}")).await, "DELETE GET HEAD PATCH");
    assert_eq!(allow("GET", &format!("/api/v1/users/{id}/disable")).await, "POST");
    assert_eq!(allow("PUT", "/api/v1/users/preview-welcome").await, "POST");
    assert_eq!(allow("GET", "/api/v1/links/redeem").await, "POST");
    assert_eq!(allow("GET", &format!("/api/v1/users/{id}/projects/{id}")).await, "DELETE PUT");
    assert_eq!(allow("BREW", "/api/v1/session").await, "DELETE GET HEAD POST");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let portal = Portal::start().await;
    let script = portal.script().await;
    for target in [
        "/",
        "/nothing",
        &script,
        "/api/docs",
        "/health/live",
        "/api/v1/portal",
        "/api/v1/users",
        "/api/v1/openapi.json",
        "/api/v1/nothing",
    ] {
        let get = portal.admin.ask_for("GET", target).send().await;
        let head = portal.admin.ask_for("HEAD", target).send().await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{target}");
        for name in ["content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {target}");
        }
        let length = head.header("content-length");
        assert!(length.is_none() || length == get.header("content-length"), "{target}: {length:?}");
    }
}

#[tokio::test]
async fn a_download_is_started_by_no_other_site_and_not_for_its_headers_alone() {
    let portal = Portal::start().await;
    let document: serde_json::Value = serde_json::from_str(&rollcall::http::document()).unwrap();
    let is_download = |item: &serde_json::Value| {
        let content = item["get"]["responses"]["200"]["content"].as_object();
        content.is_some_and(|content| {
            content.keys().all(|kind| kind.split(';').next() != Some("application/json"))
        })
    };
    let paths = document["paths"].as_object().unwrap().iter().filter(|(_, item)| is_download(item));
    let paths: Vec<_> = paths.map(|(path, _)| path.replace("{import_id}", &portal.admin.id)).collect();
    assert_eq!(paths.len(), 5, "{paths:?}");
    for path in &paths {
        for site in ["cross-site", "same-site"] {
            let asked = async || portal.admin.ask("GET", path).header("sec-fetch-site", site).send().await;
            portal.assert_nothing_happened(asked).await.problem(403, "cross-site-request");
        }
        let asked = async || portal.admin.ask("HEAD", path).send().await;
        let head = portal.assert_nothing_happened(asked).await;
        assert_eq!((head.status, head.header("allow")), (405, Some("GET")), "{path}");
        let refused = portal.admin.ask("POST", path).json(&json!({})).send().await;
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET")), "{path}");
        // From the page itself, from a bookmark, or by a program.
        for site in ["same-origin", "none"] {
            let got = portal.admin.ask("GET", path).header("sec-fetch-site", site).send().await;
            assert!([200, 404].contains(&got.status), "{path}: {got}");
        }
    }
    let program = portal.admin.program(&["users.export"]).await;
    let got = program.ask("GET", "/users.csv").header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(got.status, 200);
    let dotted = portal.admin.ask("GET", "/users%2Ecsv").header("sec-fetch-site", "cross-site").send().await;
    assert_ne!(dotted.status, 200, "there is one way to write it");
    let read = portal.admin.ask("GET", "/users").header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(read.status, 200, "what is only read stays in the browser");
}

#[tokio::test]
async fn files_are_kept_by_the_browser_and_the_page_is_asked_for() {
    let portal = Portal::start().await;
    let script = portal.script().await;
    let ask = async |target: &str, tag: &str| {
        portal.anonymous().ask_for("GET", target).header("if-none-match", tag).send().await
    };
    for (target, lasting) in [
        ("/", "no-cache"),
        (script.as_str(), "public, max-age=31536000, immutable"),
        ("/favicon.svg", "no-cache"),
    ] {
        let answer = portal.fetch(target).await;
        assert_eq!(answer.header("cache-control"), Some(lasting), "{target}");
        let tag = answer.header("etag").expect("a tag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let unchanged = ask(target, &known).await;
            assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{target} {known}");
            assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
            assert_eq!(unchanged.header("cache-control"), Some(lasting));
            kept_by_nobody_from_the_api(&unchanged);
        }
        assert_eq!(ask(target, "\"other\"").await.status, 200);
    }
    let gone = ask("/nothing", "*").await;
    assert_eq!(gone.status, 404, "what is not there is not unchanged");
}

#[tokio::test]
async fn files_are_sent_compressed_to_those_who_can_read_it() {
    let portal = Portal::start().await;
    let script = portal.script().await;
    let plain = portal.fetch(&script).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("content-type"), Some("text/javascript; charset=utf-8"));
    let mut tags = vec![plain.header("etag").unwrap().to_owned()];
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip", Some("gzip")),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", Some("br")),
        ("gzip;q=1.0, br;q=0", Some("gzip")),
        ("BR", Some("br")),
        ("br;q=0, gzip;q=0.0", None),
        ("identity", None),
        ("brotli", None),
        ("", None),
    ] {
        let answer =
            portal.anonymous().ask_for("GET", &script).header("accept-encoding", accepted).send().await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{accepted}");
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
        assert_eq!(answer.header("content-type"), plain.header("content-type"));
        match coding {
            Some(_) => assert!(answer.body.len() < plain.body.len() / 2, "{accepted}"),
            None => assert_eq!(answer.body, plain.body),
        }
        tags.push(answer.header("etag").unwrap().to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "each form has a tag of its own");
}
