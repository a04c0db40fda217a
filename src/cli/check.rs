//! `rollcall check` and `rollcall reindex`.

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Common, say};
use crate::{app::App, clock::Clock, ops, store::Missing};

pub fn check(common: &Common) -> Result<()> {
    let app = App::open(common.load()?, Missing::Refuse, Clock::system())?;
    let troubles = ops::health::check(&app.portal)?;
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
