//! The list of users: searched, sorted, by the page.

use std::collections::BTreeSet;

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};

use super::harness::{Portal, built_in, encode, id};

/// Names on a page, in its order.
fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect()
}

impl Portal {
    /// The names that a query finds, without the first admin's, by name.
    async fn found(&self, query: &str) -> Vec<String> {
        let list = self.admin.get(&format!("/users?{query}&sort=name&per_page=200")).await.ok(200);
        let names = names(&list);
        assert_eq!(list["total"], names.len(), "{query}");
        names.into_iter().filter(|name| *name != self.admin.name).map(str::to_owned).collect()
    }

    async fn search(&self, q: &str) -> Vec<String> {
        self.found(&format!("q={}", encode(q))).await
    }

    /// Some people of many kinds.
    async fn populated() -> Self {
        let portal = Self::start().await;
        let crew = portal.group("Night Crew", &[]).await;
        let dock = portal.project("Dock 7").await;
        for (name, email, company, group) in [
            ("José García", "jose@madrid.test", "Ágora", built_in(BuiltIn::Customer)),
            ("Łukasz Żak", "lz@krakow.test", "Straße AG", built_in(BuiltIn::Vendor)),
            ("山田 太郎", "yamada@tokyo.test", "東京製作所", built_in(BuiltIn::Customer)),
            ("Anna-Lena O'Hara", "al.ohara+news@example.test", "Acme GmbH", crew.clone()),
            ("Ben Acme", "ben@other.test", "Zeta", built_in(BuiltIn::Employee)),
        ] {
            let projects = if name == "Ben Acme" { json!([dock]) } else { json!([]) };
            let body = json!({"name": name, "email": email, "company": company, "groups": [group], "projects": projects});
            portal.create(body).await;
        }
        portal
    }
}

const ANNA: &str = "Anna-Lena O'Hara";

#[tokio::test]
async fn words_are_found_in_four_fields() {
    let portal = Portal::populated().await;
    for (q, found) in [
        ("jose", &["José García"][..]),
        ("GARCÍA jos", &["José García"]),
        ("lukasz", &["Łukasz Żak"]),
        ("zak", &["Łukasz Żak"]),
        ("strasse", &["Łukasz Żak"]),
        ("製作", &["山田 太郎"]),
        ("太", &["山田 太郎"]),
        ("京", &["山田 太郎"]),
        ("acme", &[ANNA, "Ben Acme"]),
        ("acme crew", &[ANNA]),
        ("night", &[ANNA]),
        ("vend", &["Łukasz Żak"]),
        ("madrid", &["José García"]),
        ("jose@madrid.test", &["José García"]),
        ("al.ohara+news@example.test", &[ANNA]),
        ("ohara+ne", &[ANNA]),
        ("lena", &[ANNA]),
        ("o'hara", &[ANNA]),
        ("arcí", &["José García"]),
        ("jose acme", &[]),
        ("-acme", &["José García", "Łukasz Żak", "山田 太郎"]),
        ("", &[ANNA, "Ben Acme", "José García", "Łukasz Żak", "山田 太郎"]),
    ] {
        assert_eq!(portal.search(q).await, found, "{q}");
    }
}

#[tokio::test]
async fn a_qualifier_or_the_chooser_limits_the_search() {
    let portal = Portal::populated().await;
    let lukasz = portal.admin.get("/users?q=lukasz").await.ok(200);
    let lukasz = id(&lukasz["items"][0]);
    for (q, found) in [
        ("name:acme", &["Ben Acme"][..]),
        ("company:acme", &[ANNA]),
        ("email:tokyo", &["山田 太郎"]),
        ("group:\"night crew\"", &[ANNA]),
        ("group:employee name:ben", &["Ben Acme"]),
        ("project:dock", &["Ben Acme"]),
        ("\"lena o'hara\"", &[ANNA]),
        ("is:invited jose", &["José García"]),
        ("is:active", &[]),
        ("is:disabled", &[]),
        ("acme -company:zeta", &[ANNA]),
        (&lukasz, &["Łukasz Żak"]),
    ] {
        assert_eq!(portal.search(q).await, found, "{q}");
    }
    for (field, found) in [("name", &["Ben Acme"][..]), ("company", &[ANNA]), ("groups", &[]), ("email", &[])]
    {
        assert_eq!(portal.found(&format!("q=acme&field={field}")).await, found, "{field}");
    }
    let vendor = built_in(BuiltIn::Vendor);
    assert_eq!(portal.found(&format!("group={vendor}")).await, ["Łukasz Żak"]);
    let projects = portal.admin.get("/projects").await.ok(200);
    let dock = id(&projects["items"][0]);
    assert_eq!(portal.found(&format!("project={dock}")).await, ["Ben Acme"]);
    assert_eq!(portal.found(&format!("project={dock}&group={vendor}")).await, [""; 0]);
    assert_eq!(portal.found("group=nonsense").await, [""; 0]);
}

#[tokio::test]
async fn one_typo_is_forgiven_when_nothing_matches() {
    let portal = Portal::populated().await;
    let list = portal.admin.get("/users?q=madird").await.ok(200);
    assert_eq!((&list["matched_by"], names(&list)), (&json!("typo"), vec!["José García"]));
    let list = portal.admin.get("/users?q=madrid").await.ok(200);
    assert_eq!(list["matched_by"], "exact");
}

#[tokio::test]
async fn no_query_is_malformed() {
    let portal = Portal::populated().await;
    let long = "a ".repeat(5_000);
    for q in [
        "\"",
        "\"\"",
        "\"open quote",
        "-",
        "--",
        "- -",
        ":",
        "name:",
        "is:",
        "is:nonsense",
        "foo:bar",
        "(",
        ")",
        "a AND",
        "OR",
        "*",
        "a*",
        "?",
        "[a TO z]",
        "\\",
        "/re[/",
        "~2",
        "a^9",
        "+",
        "&&",
        "name:\"",
        "-is:",
        "-\"",
        "\0",
        "\u{202e}",
        "%",
        "😀",
        "'; DROP TABLE users; --",
        "\u{feff}",
        &long,
    ] {
        let answer = portal.admin.get(&format!("/users?q={}", encode(q))).await;
        assert_eq!(answer.status, 200, "{q:?}: {answer}");
    }
    // Not even UTF-8.
    for raw in ["%ff%fe", "%", "%zz", "%C3", "+"] {
        let answer = portal.admin.get(&format!("/users?q={raw}")).await;
        assert_eq!(answer.status, 200, "{raw}: {answer}");
    }
    assert_eq!(portal.search("foo:ben").await, [""; 0], "an unknown qualifier is searched as words");
    assert_eq!(portal.search("(ben)").await, ["Ben Acme"]);
    assert_eq!(portal.search("name: ben company:").await, ["Ben Acme"], "still being typed");
    assert_eq!(portal.search("is:nonsense ben").await, [""; 0]);
}

#[tokio::test]
async fn the_disabled_are_shown_when_asked_for() {
    let portal = Portal::start().await;
    let (ann, bo) = (portal.customer("Ann").await, portal.customer("Bo").await);
    portal.create(json!({"name": "Ida", "email": "ida@people.test"})).await;
    portal.admin.post(&format!("/users/{}/disable", bo.id), json!({})).await.ok(200);
    for (query, found) in [
        ("", &["Ann", "Ida"][..]),
        ("disabled=exclude", &["Ann", "Ida"]),
        ("disabled=include", &["Ann", "Bo", "Ida"]),
        ("disabled=only", &["Bo"]),
        ("state=disabled", &["Bo"]),
        ("state=disabled&disabled=exclude", &["Bo"]),
        ("state=active", &["Ann"]),
        ("state=invited&disabled=include", &["Ida"]),
        ("q=is:disabled", &["Bo"]),
        ("q=is:disabled&disabled=exclude", &["Bo"]),
        ("q=bo", &[]),
        ("q=bo&disabled=include", &["Bo"]),
        ("q=-is:disabled&disabled=include", &["Ann", "Ida"]),
        ("state=deleted", &[]),
        ("state=pending", &[]),
    ] {
        assert_eq!(portal.found(query).await, found, "{query}");
    }
    portal.admin.delete(&format!("/users/{}", ann.id)).await.ok(204);
    for (query, found) in [
        ("disabled=include", &["Bo", "Ida"][..]),
        ("state=deleted", &["Ann"]),
        ("q=is:deleted", &["Ann"]),
        ("q=ann&disabled=include", &[]),
    ] {
        assert_eq!(portal.found(query).await, found, "{query}");
    }
}

#[tokio::test]
async fn every_column_sorts_both_ways() {
    let portal = Portal::start().await;
    let (a, b) = (portal.group("Élan", &[]).await, portal.group("elf", &[]).await);
    for (name, email, company, groups) in [
        ("Émile", "m@people.test", Some("zoo"), vec![&a]),
        ("Zora", "b@people.test", None, vec![&b]),
        ("eva", "Z@people.test", Some("Äpfel"), vec![&a, &b]),
        ("Eva", "a@people.test", Some("apfel"), vec![&b]),
        ("Ångström", "q@people.test", None, vec![&a]),
    ] {
        portal.create(json!({"name": name, "email": email, "company": company, "groups": groups})).await;
        portal.advance(Span::minutes(1));
    }
    // The first admin: e-mail ada@portal.test, no company, group Admin, made first, seen.
    for (sort, expected) in [
        ("name", ["Ada Admin", "Ångström", "Émile", "eva", "Eva", "Zora"]),
        ("email", ["Eva", "Ada Admin", "Zora", "Émile", "Ångström", "eva"]),
        ("company", ["Ada Admin", "Zora", "Ångström", "Eva", "eva", "Émile"]),
        ("groups", ["Ada Admin", "Émile", "Ångström", "eva", "Zora", "Eva"]),
        ("created", ["Ada Admin", "Émile", "Zora", "eva", "Eva", "Ångström"]),
        ("last_seen", ["Émile", "Zora", "eva", "Eva", "Ångström", "Ada Admin"]),
    ] {
        let list = portal.admin.get(&format!("/users?sort={sort}")).await.ok(200);
        assert_eq!(names(&list), expected, "{sort}");
        let list = portal.admin.get(&format!("/users?sort=-{sort}")).await.ok(200);
        let reversed: Vec<_> = expected.into_iter().rev().collect();
        assert_eq!(names(&list), reversed, "-{sort}");
    }
    let plain = portal.admin.get("/users").await.ok(200);
    assert_eq!(
        plain["items"],
        portal.admin.get("/users?sort=name").await.ok(200)["items"],
        "by name if not asked"
    );
}

#[tokio::test]
async fn with_words_the_best_match_comes_first() {
    let portal = Portal::start().await;
    for (name, email, company) in [
        ("Zed Long", "ann@people.test", "Joanna Ltd"),
        ("Joanna Berg", "x@people.test", "Acme"),
        ("Ann Zulu", "y@people.test", "Acme"),
    ] {
        portal.create(json!({"name": name, "email": email, "company": company})).await;
    }
    let list = portal.admin.get("/users?q=ann").await.ok(200);
    assert_eq!(names(&list)[0], "Ann Zulu");
    assert_eq!(list["items"], portal.admin.get("/users?q=ann&sort=relevance").await.ok(200)["items"]);
    let list = portal.admin.get("/users?q=ann&sort=name").await.ok(200);
    assert_eq!(names(&list), ["Ann Zulu", "Joanna Berg", "Zed Long"]);
}

#[tokio::test]
async fn pages_put_together_are_the_list() {
    let portal = Portal::start().await;
    for n in 0..23 {
        // Many ties: four names, two companies.
        let company = if n % 2 == 0 { "Even" } else { "Odd" };
        portal.create(json!({"name": format!("Same {}", n % 4), "email": format!("p{n}@people.test"), "company": company})).await;
    }
    for sort in ["name", "-name", "company", "-company", "groups", "created", "-last_seen", "relevance"] {
        let all = portal.admin.get(&format!("/users?q=same&sort={sort}&per_page=200")).await.ok(200);
        assert_eq!(all["total"], 23);
        let mut ids: Vec<String> = Vec::new();
        for page in 1..=5 {
            let list =
                portal.admin.get(&format!("/users?q=same&sort={sort}&per_page=5&page={page}")).await.ok(200);
            assert_eq!(
                (&list["page"], &list["per_page"], &list["total"]),
                (&json!(page), &json!(5), &json!(23))
            );
            ids.extend(list["items"].as_array().unwrap().iter().map(id));
        }
        let whole: Vec<String> = all["items"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(ids, whole, "{sort}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 23);
    }
}

#[tokio::test]
async fn a_page_is_a_number_within_its_bounds() {
    let portal = Portal::start().await;
    let usual = portal.admin.get("/users").await.ok(200);
    assert_eq!((&usual["page"], &usual["per_page"]), (&json!(1), &json!(50)));
    for page in ["2", "1000000000", "18446744073709551615"] {
        let past = portal.admin.get(&format!("/users?page={page}")).await.ok(200);
        assert_eq!((&past["items"], &past["total"]), (&json!([]), &json!(1)), "{page}");
    }
    for wrong in ["0", "-1", "1.5", "one", "1e3", "99999999999999999999", " 1"] {
        portal.admin.get(&format!("/users?page={}", encode(wrong))).await.invalid(&[("page", "invalid")]);
    }
    for fine in ["1", "200"] {
        portal.admin.get(&format!("/users?per_page={fine}")).await.ok(200);
    }
    for wrong in ["0", "201", "1000000000", "-5", "all"] {
        portal.admin.get(&format!("/users?per_page={wrong}")).await.invalid(&[("per_page", "invalid")]);
    }
    let all = "/users?page=0&per_page=x&sort=age&field=phone&disabled=maybe&state=gone";
    let errors = ["page", "per_page", "sort", "field", "disabled", "state"].map(|field| (field, "invalid"));
    portal.admin.get(all).await.invalid(&errors);
    for list in ["/groups", "/projects", "/activity", "/mail", "/me/sessions", "/me/projects", "/me/activity"]
    {
        portal
            .admin
            .get(&format!("{list}?page=0&per_page=201"))
            .await
            .invalid(&[("page", "invalid"), ("per_page", "invalid")]);
        let past = portal.admin.get(&format!("{list}?page=1000000000&per_page=1")).await.ok(200);
        assert_eq!((&past["items"], &past["page"]), (&json!([]), &json!(1_000_000_000)), "{list}");
    }
}

#[tokio::test]
async fn what_was_saved_is_in_the_very_next_list() {
    let portal = Portal::start().await;
    for n in 0..20 {
        let user =
            portal.create(json!({"name": format!("Number{n}"), "email": format!("n{n}@people.test")})).await;
        let path = format!("/users/{}", id(&user));
        assert_eq!(portal.search(&format!("number{n}")).await, [format!("Number{n}")]);
        portal.admin.patch(&path, json!({"name": format!("Changed{n}"), "company": "Moved"})).await.ok(200);
        assert_eq!(portal.search(&format!("number{n}")).await, [""; 0]);
        assert_eq!(portal.search(&format!("changed{n} moved")).await, [format!("Changed{n}")]);
        match n % 3 {
            0 => drop(portal.admin.delete(&path).await.ok(204)),
            1 => drop(portal.admin.post(&format!("{path}/disable"), json!({})).await.ok(200)),
            _ => drop(portal.admin.delete(&format!("{path}?purge=true")).await.ok(204)),
        }
        assert_eq!(portal.search(&format!("changed{n}")).await, [""; 0]);
    }
    let crew = portal.group("Old Name", &[]).await;
    portal.create(json!({"name": "Member", "email": "m@people.test", "groups": [crew]})).await;
    portal.admin.patch(&format!("/groups/{crew}"), json!({"name": "Fresh Name"})).await.ok(200);
    assert_eq!(portal.search("group:fresh").await, ["Member"]);
    assert_eq!(portal.search("group:old").await, [""; 0]);
}

#[tokio::test]
async fn last_seen_moves_every_quarter_of_an_hour() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let seen = async || portal.admin.get(&format!("/users/{}", ann.id)).await.ok(200)["last_seen_at"].clone();
    assert_eq!(seen().await, "2026-11-24T09:00:00.000Z");
    for (minutes, expected) in [(14, "09:00:00"), (1, "09:15:00"), (5, "09:15:00"), (12, "09:32:00")] {
        portal.advance(Span::minutes(minutes));
        ann.get("/session").await.ok(200);
        // A note waits for nobody; the next write is after it.
        portal.admin.post("/projects", json!({"name": format!("After {minutes} {expected}")})).await.ok(201);
        assert_eq!(seen().await, format!("2026-11-24T{expected}.000Z"));
    }
}

#[tokio::test]
async fn what_others_did_is_in_the_very_next_list_too() {
    let portal = Portal::start().await;
    let (ann, bo) = (portal.customer("Ann").await, portal.customer("Bo").await);
    portal.create(json!({"name": "Ida", "email": "ida@people.test"})).await;
    assert_eq!(portal.search("is:active").await, ["Ann", "Bo"], "choosing a password");
    let seen = async || {
        let list = portal.admin.get("/users?sort=last_seen").await.ok(200);
        names(&list).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    portal.advance(Span::minutes(20));
    bo.sign_in().await;
    assert_eq!(seen().await[0], "Ida", "the never seen first");
    assert_eq!(seen().await.last().unwrap(), "Bo", "signing in");
    portal.advance(Span::minutes(20));
    ann.get("/session").await.ok(200);
    // A note waits for nobody; the next write is after it.
    let dock = portal.project("Dock").await;
    assert_eq!(seen().await.last().unwrap(), "Ann", "being there");

    let member = format!("/projects/{dock}/members/{}", ann.id);
    portal.admin.put(&member).await.ok(204);
    assert_eq!(portal.search("project:dock").await, ["Ann"]);
    assert_eq!(portal.found(&format!("project={dock}")).await, ["Ann"]);
    portal.admin.patch(&format!("/projects/{dock}"), json!({"name": "Pier"})).await.ok(200);
    assert_eq!(portal.search("project:dock").await, [""; 0]);
    assert_eq!(portal.search("project:pier").await, ["Ann"]);
    portal.admin.delete(&member).await.ok(204);
    assert_eq!(portal.search("project:pier").await, [""; 0]);
    portal.admin.put(&member).await.ok(204);
    portal.admin.delete(&format!("/projects/{dock}")).await.ok(204);
    assert_eq!(portal.search("project:pier").await, [""; 0]);
    assert_eq!(portal.found(&format!("project={dock}")).await, [""; 0]);

    let vendor = built_in(BuiltIn::Vendor);
    let count = async || portal.admin.get(&format!("/groups/{vendor}")).await.ok(200)["users"].clone();
    portal.admin.patch(&format!("/users/{}", ann.id), json!({"groups": [vendor]})).await.ok(200);
    assert_eq!((count().await, portal.search("group:vendor").await), (json!(1), vec!["Ann".to_owned()]));
    portal.admin.post(&format!("/users/{}/disable", ann.id), json!({})).await.ok(200);
    assert_eq!(count().await, 1, "the disabled are still in it");
    portal.admin.delete(&format!("/users/{}", ann.id)).await.ok(204);
    assert_eq!(count().await, 0);
    let list = portal.admin.get("/groups").await.ok(200);
    assert_eq!(list["items"][2]["users"], 0);
    ann.patch("/me", json!({"name": "Nobody"})).await.problem(401, "unauthenticated");
    bo.patch("/me", json!({"name": "Bob", "company": "New Co"})).await.ok(200);
    assert_eq!(portal.search("new co").await, ["Bob"]);
}

#[tokio::test]
async fn a_restart_finds_and_sorts_the_same() {
    let portal = Portal::populated().await;
    let queries = [
        "",
        "?q=acme",
        "?sort=-company",
        "?q=is:invited&sort=groups",
        "?q=製作",
        "?disabled=include&sort=created",
    ];
    let mut before = Vec::new();
    for query in queries {
        before.push(portal.admin.get(&format!("/users{query}")).await.ok(200));
    }
    let portal = portal.restart().await;
    for (query, before) in queries.iter().zip(before) {
        assert_eq!(portal.admin.get(&format!("/users{query}")).await.ok(200), before, "{query}");
    }
}

#[tokio::test]
async fn what_was_found_is_marked() {
    let portal = Portal::populated().await;
    let list = portal.admin.get("/users?q=garc+ago+madrid").await.ok(200);
    assert_eq!(list["total"], 1);
    let marks = json!([{"name": [[5, 9]], "email": [[5, 11]], "company": [[0, 3]], "groups": []}]);
    assert_eq!(list["marks"], marks);
    let list = portal.admin.get("/users?q=night+al.ohara%2Bnews").await.ok(200);
    let group = &list["items"][0]["groups"][0]["id"];
    assert_eq!(list["marks"], json!([{"name": [], "email": [[0, 13]], "company": [], "groups": [group]}]));
    let list = portal.admin.get("/users?q=garzia").await.ok(200);
    assert_eq!(list["matched_by"], "typo");
    assert_eq!(list["marks"][0]["name"], json!([[5, 11]]));
    let list = portal.admin.get("/users?per_page=2").await.ok(200);
    let none = json!({"name": [], "email": [], "company": [], "groups": []});
    assert_eq!(list["marks"], json!([none, none]));
}

#[tokio::test]
async fn the_counts_beside_the_list_say_what_it_could_be_narrowed_to() {
    let portal = Portal::populated().await;
    let ben = portal.admin.get("/users?q=ben").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();
    portal.admin.post(&format!("/users/{ben}/disable"), json!({})).await.ok(200);
    let count = |facets: &Value, kind: &str, key: &str, name: &str| {
        let all = facets[kind].as_array().unwrap();
        all.iter().find(|one| one[key] == name).map_or(0, |one| one["users"].as_u64().unwrap())
    };
    let facets = portal.admin.get("/users/facets").await.ok(200);
    assert_eq!(facets["total"], 5);
    assert_eq!(count(&facets, "states", "state", "invited"), 4);
    assert_eq!(count(&facets, "states", "state", "disabled"), 1);
    assert_eq!(count(&facets, "groups", "name", "Night Crew"), 1);
    // The one employee is disabled, and the list does not show them.
    assert_eq!(count(&facets, "groups", "name", "Employee"), 0);

    let facets = portal.admin.get("/users/facets?q=acme&disabled=include").await.ok(200);
    assert_eq!(facets["total"], 2);
    assert_eq!(count(&facets, "groups", "name", "Employee"), 1);
    assert_eq!(count(&facets, "groups", "name", "Customer"), 0);
    portal.admin.get("/users/facets?state=tall").await.problem(422, "validation-failed");
}
