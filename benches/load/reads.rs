//! What an admin waits for: pages, searches, one user, the export.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    bound::wrk,
    client::Client,
    samples::{Samples, Table, number},
    served::Served,
};

const COLUMNS: [&str; 6] = ["name", "email", "company", "groups", "created", "last_seen"];
const TRIES: usize = 12;
/// Clients at a time, where many are asked for.
const MANY: usize = 8;

/// What to search for, taken from the users themselves.
pub struct Words {
    names: Vec<String>,
    companies: Vec<String>,
    pub id: String,
}

impl Words {
    pub fn of(client: &mut Client, users: u64) -> Result<Self> {
        let (mut names, mut companies, mut id) = (Vec::new(), Vec::new(), String::new());
        for page in 0..40 {
            let page = 1 + page * (users / 50 / 41).max(1);
            let list = client.get(&format!("/api/v1/users?sort=created&per_page=20&page={page}"))?.json()?;
            for user in list["items"].as_array().context("no items")? {
                names.extend(text(&user["name"]));
                companies.extend(text(&user["company"]));
                id = text(&user["id"]).unwrap_or_default();
            }
        }
        Ok(Self { names, companies, id })
    }

    /// The first letters of many different words.
    pub fn starts(&self, letters: usize) -> Vec<String> {
        let words = self.names.iter().chain(&self.companies).flat_map(|name| name.split(' '));
        let start = |word: &str| word.chars().take(letters).collect::<String>().to_lowercase();
        let mut starts: Vec<String> =
            words.filter(|word| word.chars().count() >= letters).map(start).collect();
        starts.sort();
        starts.dedup();
        starts
    }

    /// Letters from within words, which begin none.
    fn parts(&self) -> Vec<String> {
        let words = self.names.iter().chain(&self.companies).flat_map(|name| name.split(' '));
        let part = |word: &str| word.chars().skip(2).take(4).collect::<String>().to_lowercase();
        let mut parts: Vec<String> = words.filter(|word| word.chars().count() >= 6).map(part).collect();
        parts.sort();
        parts.dedup();
        parts
    }

    /// Words with a letter that is another.
    fn typos(&self) -> Vec<String> {
        let words = self.names.iter().flat_map(|name| name.split(' '));
        let typo = |word: &str| {
            let letter = |(n, c)| if n == 3 { 'x' } else { c };
            word.chars().enumerate().map(letter).collect::<String>().to_lowercase()
        };
        let mut typos: Vec<String> =
            words.filter(|word| word.is_ascii() && word.len() >= 5).map(typo).collect();
        typos.sort();
        typos.dedup();
        typos
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

pub fn all(served: &Served, users: u64, table: &mut Table) -> Result<()> {
    let mut client = served.admin()?;
    let words = Words::of(&mut client, users)?;
    pages(&mut client, table)?;
    searches(&mut client, &words, table)?;
    facets(&mut client, &words, table)?;
    crowd(&client, &words, table)?;
    export(served, users, table)
}

fn pages(client: &mut Client, table: &mut Table) -> Result<()> {
    let total = client.get("/api/v1/users?per_page=1")?.json()?["total"].as_u64().context("no total")?;
    let last = total.div_ceil(50);
    let mut deep = Samples::default();
    let mut first = Samples::default();
    for column in COLUMNS.iter().flat_map(|column| [(*column).to_owned(), format!("-{column}")]) {
        for page in [1, last / 4, last / 2, last - last / 4, last] {
            let path = format!("/api/v1/users?sort={column}&page={}", page.max(1));
            for _ in 0..TRIES {
                let reply = client.get(&path)?;
                if page == 1 { first.add(reply.took) } else { deep.add(reply.took) }
            }
        }
    }
    table.add(
        "first page of 50, any column, either way",
        "≤ 10 ms p99",
        first.shown(),
        first.at(99) <= 10.0,
        "",
    );
    table.add("a deep page (a quarter to the last)", "≤ 10 ms p99", deep.shown(), deep.at(99) <= 10.0, "");
    Ok(())
}

fn asked(client: &mut Client, queries: &[String], rest: &str) -> Result<Samples> {
    let mut samples = Samples::default();
    for query in queries.iter().take(150) {
        samples.add(client.get(&format!("/api/v1/users?q={}{rest}", encoded(query)))?.took);
    }
    Ok(samples)
}

fn searches(client: &mut Client, words: &Words, table: &mut Table) -> Result<()> {
    for letters in 1..=6 {
        let starts = words.starts(letters);
        let mut samples = asked(client, &starts, "")?;
        for sort in ["name", "-created", "company", "-email"] {
            samples.extend(asked(client, &starts, &format!("&sort={sort}"))?);
        }
        let what =
            format!("search, {letters} letter{}, best match and sorted", if letters > 1 { "s" } else { "" });
        table.add(what, "≤ 15 ms p99", samples.shown(), samples.at(99) <= 15.0, "");
    }
    let pairs: Vec<String> = words.names.iter().filter(|name| name.contains(' ')).cloned().collect();
    let cut = |name: &String| name.chars().take(name.find(' ').unwrap_or(0) + 3).collect::<String>();
    let pairs: Vec<String> = pairs.iter().map(cut).collect();
    let samples = asked(client, &pairs, "")?;
    table.add("search, two words", "≤ 15 ms p99", samples.shown(), samples.at(99) <= 15.0, "");
    let samples = asked(client, &words.parts(), "")?;
    table.add("part of a word", "≤ 25 ms p99", samples.shown(), samples.at(99) <= 25.0, "");
    let samples = asked(client, &words.typos(), "")?;
    table.add("one typo away", "≤ 60 ms p99", samples.shown(), samples.at(99) <= 60.0, "");
    Ok(())
}

/// The counts beside the list, without a search and with words of one to four letters.
fn facets(client: &mut Client, words: &Words, table: &mut Table) -> Result<()> {
    let mut samples = Samples::default();
    for letters in 0..=4 {
        let starts = if letters == 0 { vec![String::new(); TRIES] } else { words.starts(letters) };
        for query in starts.iter().take(150) {
            samples.add(client.get(&format!("/api/v1/users/facets?q={}", encoded(query)))?.took);
        }
    }
    table.add("counts by state and group", "", samples.shown(), None, "not part of the list's answer");
    Ok(())
}

/// Eight people search, sort and page at once.
fn crowd(client: &Client, words: &Words, table: &mut Table) -> Result<()> {
    let (started, mut threads) = (std::time::Instant::now(), Vec::new());
    for n in 0..MANY {
        let mut client = client.again()?;
        let queries: Vec<String> = words.starts(1 + n % 4);
        threads.push(std::thread::spawn(move || asked(&mut client, &queries, "&sort=name")));
    }
    let mut samples = Samples::default();
    let mut count = 0;
    for thread in threads {
        let more = thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        count += more.len();
        samples.extend(more);
    }
    let rate = count as f64 / started.elapsed().as_secs_f64();
    table.add(
        "eight clients search at once",
        "",
        samples.shown(),
        None,
        format!("{} a second", number(rate)),
    );
    Ok(())
}

fn export(served: &Served, users: u64, table: &mut Table) -> Result<()> {
    // Signed in just now: an export asks for that.
    let mut client = served.admin()?;
    let (before, _) = served.memory()?;
    let (bytes, took) = client.download("/api/v1/users.csv")?;
    let (after, _) = served.memory()?;
    let seconds = took.as_secs_f64();
    let grown = after.saturating_sub(before);
    // The figure is for a million; fewer take their share, but no less than a request does.
    let most = 3.0 * (users as f64 / 1e6).max(0.05);
    table.add(
        "export of all",
        "≤ 3 s a million, + ≤ 20 MB",
        format!("{} s, + {grown} MB", number(seconds)),
        seconds <= most && grown <= 20,
        format!("{} MB of CSV", bytes >> 20),
    );
    Ok(())
}

/// Requests a second beside poem's own hello, in turns.
pub fn beside_hello(served: &Served, hello: &str, table: &mut Table) -> Result<()> {
    let mut client = served.admin()?;
    let words = Words::of(&mut client, 100)?;
    let base = format!("http://{}/api/v1", served.address);
    let bound = wrk(hello, None)?;
    for (what, path) in
        [("session check", "/session".to_owned()), ("one user", format!("/users/{}", words.id))]
    {
        let rate = wrk(&format!("{base}{path}"), client.cookie.as_deref())?;
        table.add(
            format!("{what}, 64 connections"),
            "≥ 60 % of poem's hello",
            format!("{} a second", number(rate)),
            rate >= 0.6 * bound,
            format!("{} % of hello's {}", number(100.0 * rate / bound), number(bound)),
        );
    }
    let rate = wrk(&format!("{base}/users"), client.cookie.as_deref())?;
    table.add("the list, 64 connections", "", format!("{} a second", number(rate)), None, "");
    Ok(())
}
