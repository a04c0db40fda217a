//! Puzzles: nothing is kept of one that is posed, for it says itself, under a seal, to whom it was
//! posed and until when. Of one that is solved its number is kept until it has run out, so that
//! it works once. The key is another at every start, and with it all that was posed before.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Result;
use crate::{
    entropy,
    model::{
        credential::Secret,
        puzzle::{Puzzle, Solution, zero_bits},
        time::{Span, Timestamp},
    },
    store,
};

/// Long enough for a telephone, too short for a stock.
const LIVES: Span = Span::minutes(2);
/// More takes a browser minutes.
const HARDEST: u8 = 24;
/// Solved ones that are remembered before those that have run out are forgotten.
const TIDY_PAST: usize = 1_000;

type Number = [u8; 16];

pub struct Puzzles {
    /// In zero bits; 0: none are posed.
    easiest: u8,
    key: Secret,
    solved: Mutex<HashMap<Number, Timestamp>>,
}

impl Puzzles {
    pub fn new(easiest: u8) -> Result<Self> {
        let key = entropy::random().map(Secret::new).map_err(store::Error::from)?;
        Ok(Self { easiest, key, solved: Mutex::default() })
    }

    /// A puzzle for whoever wants this from there, so many times as hard as need be.
    pub fn pose(&self, whom: &[&str], times: u32, now: Timestamp) -> Result<Option<Puzzle>> {
        if self.easiest == 0 {
            return Ok(None);
        }
        let difficulty = self.difficulty(times);
        let expires_at = now.plus(LIVES);
        let random = entropy::random().map_err(store::Error::from)?;
        let mut body = random[..16].to_vec();
        body.push(difficulty);
        body.extend(expires_at.milliseconds().to_be_bytes());
        let seal = entropy::seal(&self.key, &sealed(&body, whom));
        let challenge = format!("{}.{}", URL_SAFE_NO_PAD.encode(&body), URL_SAFE_NO_PAD.encode(seal));
        Ok(Some(Puzzle { challenge, difficulty, expires_at }))
    }

    fn difficulty(&self, times: u32) -> u8 {
        let harder = u8::try_from(times.max(1).ilog2()).unwrap_or(u8::MAX);
        self.easiest.saturating_add(harder).min(HARDEST.max(self.easiest))
    }

    /// Whether this solves a puzzle that was posed to them, for the first time and in time. So many
    /// times as hard as it would be posed now, or half: a stock of easy ones is worth little.
    pub fn solved(&self, solution: &Solution, whom: &[&str], times: u32, now: Timestamp) -> bool {
        let Some((number, difficulty, expires)) = self.read(&solution.challenge, whom) else { return false };
        let hash = entropy::digest(solution.text().as_bytes());
        if difficulty.saturating_add(1) < self.difficulty(times) {
            return false;
        }
        if now.milliseconds() >= expires || zero_bits(&hash) < u32::from(difficulty) {
            return false;
        }
        let mut solved = self.solved.lock().unwrap_or_else(PoisonError::into_inner);
        if solved.len() >= TIDY_PAST {
            solved.retain(|_, until| now < *until);
        }
        solved.insert(number, now.plus(LIVES)).is_none()
    }

    /// What a challenge of ours says.
    fn read(&self, challenge: &str, whom: &[&str]) -> Option<(Number, u8, u64)> {
        let (body, seal) = challenge.split_once('.')?;
        let (body, seal) = (URL_SAFE_NO_PAD.decode(body).ok()?, URL_SAFE_NO_PAD.decode(seal).ok()?);
        if !entropy::is_sealed(&self.key, &sealed(&body, whom), &seal) {
            return None;
        }
        let (number, rest) = body.split_first_chunk::<16>()?;
        let (difficulty, expires) = rest.split_first()?;
        Some((*number, *difficulty, u64::from_be_bytes(expires.try_into().ok()?)))
    }
}

/// The body and whom it is for, each apart from the next.
fn sealed(body: &[u8], whom: &[&str]) -> Vec<u8> {
    let mut text = body.to_vec();
    for one in whom {
        text.push(0);
        text.extend(one.as_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const EASY: u8 = 4;

    fn solve(puzzle: &Puzzle) -> Solution {
        let solution = |n: u32| Solution { challenge: puzzle.challenge.clone(), answer: n.to_string() };
        let solves = |one: &Solution| {
            zero_bits(&entropy::digest(one.text().as_bytes())) >= u32::from(puzzle.difficulty)
        };
        (0..).map(solution).find(solves).unwrap()
    }

    #[test]
    fn a_puzzle_is_solved_once_in_time_and_by_whom_it_was_posed_to() {
        let (puzzles, now) = (Puzzles::new(EASY).unwrap(), Timestamp::from_microseconds(0));
        let whom = ["10.0.0.1", "sue@people.test"];
        let pose = || puzzles.pose(&whom, 1, now).unwrap().unwrap();
        let solution = solve(&pose());
        assert!(!puzzles.solved(&solution, &["10.0.0.2", "sue@people.test"], 1, now));
        assert!(!puzzles.solved(&solution, &["10.0.0.1", "sam@people.test"], 1, now));
        assert!(!Puzzles::new(EASY).unwrap().solved(&solution, &whom, 1, now), "another start");
        let late = now.plus(LIVES);
        assert!(!puzzles.solved(&solution, &whom, 1, late));
        assert!(puzzles.solved(&solution, &whom, 1, late.minus(Span::milliseconds(1))));
        assert!(!puzzles.solved(&solution, &whom, 1, now), "twice");
        let puzzle = pose();
        let wrong =
            (0..).map(|n: u32| Solution { challenge: puzzle.challenge.clone(), answer: n.to_string() });
        let wrong =
            wrong.clone().find(|one| zero_bits(&entropy::digest(one.text().as_bytes())) == 0).unwrap();
        assert!(!puzzles.solved(&wrong, &whom, 1, now));
    }

    #[test]
    fn a_stock_of_easy_puzzles_is_worth_nothing_once_they_are_harder() {
        let (puzzles, now) = (Puzzles::new(EASY).unwrap(), Timestamp::from_microseconds(0));
        let easy = solve(&puzzles.pose(&["a"], 1, now).unwrap().unwrap());
        assert!(!puzzles.solved(&easy, &["a"], 4, now));
        assert!(puzzles.solved(&easy, &["a"], 2, now), "others signed up while it was solved");
    }

    #[test]
    fn what_is_no_challenge_of_ours_solves_nothing() {
        let (puzzles, now) = (Puzzles::new(1).unwrap(), Timestamp::from_microseconds(0));
        let posed = puzzles.pose(&["a"], 1, now).unwrap().unwrap().challenge;
        let (body, seal) = posed.split_once('.').unwrap();
        // The first letter of the body is of its number, the last of the time.
        let other = |text: &str| {
            if text.starts_with('A') { text.replacen('A', "B", 1) } else { format!("A{}", &text[1..]) }
        };
        for challenge in [
            "",
            ".",
            "é.é",
            body,
            &format!("{}.{seal}", other(body)),
            &format!("{body}."),
            &format!("{body}.{}", other(seal)),
        ] {
            for answer in 0..64 {
                let solution = Solution { challenge: challenge.to_owned(), answer: answer.to_string() };
                assert!(!puzzles.solved(&solution, &["a"], 1, now), "{challenge}");
            }
        }
    }

    #[test]
    fn it_is_harder_with_every_doubling_but_not_without_end() {
        let puzzles = Puzzles::new(18).unwrap();
        let hard =
            |times| puzzles.pose(&[], times, Timestamp::from_microseconds(0)).unwrap().unwrap().difficulty;
        assert_eq!([0, 1, 2, 3, 4, 8, 64, u32::MAX].map(hard), [18, 18, 19, 19, 20, 21, 24, 24]);
        assert_eq!(Puzzles::new(0).unwrap().pose(&[], 1, Timestamp::from_microseconds(0)).unwrap(), None);
    }
}
