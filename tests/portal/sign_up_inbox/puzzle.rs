//! Past the pace of one place, a puzzle.

use rollcall::model::time::Span;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Answer, Portal};

async fn portal(pace: u32) -> Portal {
    Portal::configured(move |config| {
        config.limits.sign_up_per_origin = pace;
        config.limits.sign_up_puzzle = 8;
    })
    .await
}

async fn sign_up(portal: &Portal, email: &str, puzzle: Option<&Value>) -> Answer {
    let mut body = json!({"name": "Sue", "email": email});
    if let Some(puzzle) = puzzle {
        body["puzzle"] = puzzle.clone();
    }
    portal.anonymous().post("/sign-up", body).await
}

/// The puzzle that stands in the way.
async fn posed(portal: &Portal, email: &str) -> Value {
    let answer = sign_up(portal, email, None).await;
    let problem = answer.problem(429, "too-many-requests");
    assert!(answer.header("retry-after").is_some());
    problem["puzzle"].clone()
}

fn zero_bits(text: &str) -> u64 {
    let hash = Sha256::digest(text);
    let whole = hash.iter().take_while(|byte| **byte == 0).count();
    (whole * 8) as u64 + u64::from(hash.get(whole).map_or(0, |byte| byte.leading_zeros()))
}

fn answered(puzzle: &Value, solves: bool) -> Value {
    let (challenge, difficulty) =
        (puzzle["challenge"].as_str().unwrap(), puzzle["difficulty"].as_u64().unwrap());
    let fits = |answer: &u32| (zero_bits(&format!("{challenge}:{answer}")) >= difficulty) == solves;
    json!({"challenge": challenge, "answer": (0..).find(fits).unwrap().to_string()})
}

#[tokio::test]
async fn whoever_solves_it_goes_on_once() {
    let portal = portal(2).await;
    for n in 0..2 {
        sign_up(&portal, &format!("n{n}@people.test"), None).await.ok(202);
    }
    let puzzle = portal.assert_nothing_happened(async || posed(&portal, "sue@people.test").await).await;
    assert_eq!(
        (&puzzle["difficulty"], &puzzle["expires_at"]),
        (&json!(8), &json!("2026-11-24T09:02:00.000Z"))
    );
    let (right, wrong) = (answered(&puzzle, true), answered(&puzzle, false));
    portal
        .assert_nothing_happened(async || {
            for (email, puzzle) in [("sue@people.test", &wrong), ("other@people.test", &right)] {
                let again = sign_up(&portal, email, Some(puzzle)).await;
                let again = again.problem(429, "too-many-requests")["puzzle"].clone();
                assert_ne!(again["challenge"], puzzle["challenge"], "a fresh one");
            }
        })
        .await;
    assert_eq!(sign_up(&portal, "sue@people.test", Some(&right)).await.ok(202), json!({}));
    assert_eq!(portal.newest_mail("sue@people.test").await["kind"], "sign-up");
    let twice = async || sign_up(&portal, "sue@people.test", Some(&right)).await;
    portal.assert_nothing_happened(twice).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn it_lives_two_minutes_and_not_past_a_restart() {
    let portal = portal(1).await;
    sign_up(&portal, "n@people.test", None).await.ok(202);
    let late = answered(&posed(&portal, "sue@people.test").await, true);
    portal.advance(Span::minutes(2));
    // The plain call would pass by now; somebody else takes that.
    sign_up(&portal, "m@people.test", None).await.ok(202);
    sign_up(&portal, "sue@people.test", Some(&late)).await.problem(429, "too-many-requests");
    let kept = answered(&posed(&portal, "sue@people.test").await, true);
    let portal = portal.restart().await;
    sign_up(&portal, "n@people.test", None).await.ok(202);
    sign_up(&portal, "sue@people.test", Some(&kept)).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same() {
    let portal = portal(1).await;
    sign_up(&portal, "n@people.test", None).await.ok(202);
    for email in ["ada@portal.test", "sue@people.test"] {
        let puzzle = posed(&portal, email).await;
        assert_eq!(
            puzzle.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["challenge", "difficulty", "expires_at"]
        );
        let solved = sign_up(&portal, email, Some(&answered(&puzzle, true))).await;
        assert_eq!(solved.ok(202), json!({}));
    }
    assert_eq!(portal.newest_mail("ada@portal.test").await["kind"], "account-exists");
}

#[tokio::test]
async fn below_the_pace_nobody_is_asked_and_an_answer_is_no_matter() {
    let portal = portal(2).await;
    let stale = json!({"challenge": "x", "answer": "1"});
    sign_up(&portal, "sue@people.test", Some(&stale)).await.ok(202);
    portal
        .assert_nothing_happened(async || {
            for (puzzle, field, code) in [
                (json!("x"), "puzzle", "type"),
                (json!({"challenge": "x"}), "puzzle.answer", "required"),
                (json!({"challenge": 1, "answer": "1"}), "puzzle.challenge", "type"),
                (json!({"challenge": "x", "answer": "1", "more": 1}), "puzzle.more", "unknown"),
            ] {
                sign_up(&portal, "sam@people.test", Some(&puzzle)).await.invalid(&[(field, code)]);
            }
        })
        .await;
    let long = json!({"challenge": "é".repeat(100_000), "answer": "\u{0}"});
    sign_up(&portal, "sam@people.test", Some(&long)).await.ok(202);
    sign_up(&portal, "sam@people.test", Some(&long)).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn the_faster_they_come_the_harder_it_is() {
    let portal = portal(2).await;
    let mut seen = Vec::new();
    for n in 0..9 {
        let email = format!("n{n}@people.test");
        if n < 2 {
            sign_up(&portal, &email, None).await.ok(202);
            continue;
        }
        let puzzle = posed(&portal, &email).await;
        seen.push(puzzle["difficulty"].as_u64().unwrap());
        sign_up(&portal, &email, Some(&answered(&puzzle, true))).await.ok(202);
    }
    assert_eq!(seen, [8, 8, 9, 9, 9, 9, 10]);
    // In the next hour it begins anew.
    portal.advance(Span::hours(2));
    sign_up(&portal, "later@people.test", None).await.ok(202);
}

#[tokio::test]
async fn where_there_are_no_puzzles_one_waits() {
    let portal = Portal::configured(|config| {
        config.limits.sign_up_per_origin = 1;
        config.limits.sign_up_puzzle = 0;
    })
    .await;
    sign_up(&portal, "n@people.test", None).await.ok(202);
    assert_eq!(posed(&portal, "sue@people.test").await, Value::Null);
}
