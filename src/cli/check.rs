//! `rollcall check` and `rollcall reindex`.

use std::str::FromStr;

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Common, Misuse, say};
use crate::{
    app::App,
    clock::Clock,
    ops::{self, health::Checked},
    store::Missing,
};

#[derive(clap::Args)]
pub struct Check {
    /// The activity that an earlier check printed: it must be there as it was
    #[arg(long, value_name = "NUMBER:HASH")]
    activity: Option<String>,
}

pub fn check(common: &Common, check: &Check) -> Result<()> {
    let kept = check.activity.as_deref().map(numbered).transpose()?;
    let app = App::open(common.load()?, Missing::Refuse, Clock::system())?;
    let Checked { troubles, activity } = ops::health::check(&app.portal, kept)?;
    if let Some(head) = &activity.head {
        let (first, count, blanked) = (activity.first, activity.count, activity.blanked);
        say(format_args!(
            "{count} activities from number {first} on, {blanked} with blanked values. The last:"
        ))?;
        // To be kept elsewhere.
        say(format_args!("{}:{}", head.number, head.hash))?;
    }
    if troubles.is_empty() {
        return say("The store and the search index are sound and agree.");
    }
    for trouble in &troubles {
        say(trouble)?;
    }
    bail!(
        "{} troubles found (`rollcall reindex` builds the search index anew; a damaged store comes back from a backup)",
        troubles.len()
    )
}

/// `81:6f2c…`, as it is printed.
fn numbered<H: FromStr>(text: &str) -> Result<(u64, H)> {
    let parts = text.split_once(':').and_then(|(n, hash)| Some((n.parse().ok()?, hash.parse().ok()?)));
    let words = || Misuse(format!("`{text}` is no NUMBER:HASH, such as `rollcall check` prints"));
    Ok(parts.ok_or_else(words)?)
}

pub fn reindex(common: &Common) -> Result<()> {
    let app = App::open(common.load()?, Missing::Refuse, Clock::system())?;
    let bar = bar("users indexed");
    ops::health::reindex(&app.portal, &|n| bar.set_position(n))?;
    bar.finish_and_clear();
    say("The search index is built anew.")
}

/// Progress, on a terminal only.
pub fn bar(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} {msg} ({elapsed})");
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
