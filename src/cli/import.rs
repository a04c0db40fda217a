//! `rollcall import`.

use std::{collections::BTreeMap, fs::File, path::PathBuf};

use anyhow::{Context, Result, bail};

use super::{Common, Misuse, check::bar, plain, say};
use crate::{
    app::App,
    clock::Clock,
    model::{
        import::{ImportState, RowAction},
        page::Paging,
        policy::Actor,
    },
    ops::{
        Error,
        users::import::{self, Options},
    },
    store::Missing,
};

/// Rows in error that are printed at most; all are counted.
const PRINTED: u32 = 50;

#[derive(clap::Args)]
pub struct Import {
    /// The CSV file to read
    file: PathBuf,
    /// Do it; without this, only say what would be done
    #[arg(long)]
    apply: bool,
    /// Mail a welcome to everybody who is created
    #[arg(long)]
    welcome: bool,
    /// Make the groups and projects that are not there
    #[arg(long)]
    create_missing: bool,
    /// Read a column as a field, such as `Mail=email`; for files whose columns are not known
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,
}

impl Import {
    pub fn run(self, common: &Common) -> Result<()> {
        let map = self.map()?;
        let file =
            File::open(&self.file).with_context(|| format!("{} can't be read", self.file.display()))?;
        let app = App::open(common.load()?, Missing::Refuse, Clock::system())?;
        let (portal, system) = (&app.portal, Actor::system());
        let Self { apply, welcome, create_missing, .. } = self;
        let options = Options { apply, map, welcome, create_missing };
        let mut receiving = import::receive(portal, &system, Ok(options), Ok(file))?;
        receiving.into.take_all(&receiving.from)?;
        let import = import::begin(portal, &system, receiving.received())?;
        let bar = bar("rows");
        import.watch(|now| {
            let all = now.counts.all();
            let done = (now.progress * now.counts.to_apply() as f64) as u64;
            bar.set_position(if now.state == ImportState::Reading { all } else { done });
        });
        bar.finish_and_clear();
        let now = import.now();
        if let Some(error) = now.error {
            bail!("{}", words(&error));
        }
        let errors = Paging { page: 1, per_page: PRINTED };
        let (_, _, refused) = import::get(portal, &system, import.id, Ok((Some(RowAction::Error), errors)))?;
        for row in &refused.items {
            let why: Vec<&str> = row.errors.iter().map(|error| error.message.as_str()).collect();
            let (email, why) = (row.email.as_deref().unwrap_or("-"), why.join(" "));
            eprintln!("{}", plain(&format!("row {} ({email}): {why}", row.row)));
        }
        if refused.total > refused.items.len() as u64 {
            eprintln!("… and {} more rows that can't be taken", refused.total - refused.items.len() as u64);
        }
        let counts = now.counts;
        let (create, change) = if apply { ("created", "changed") } else { ("to create", "to change") };
        say(format_args!(
            "{} {create}, {} {change}, {} unchanged, {} in error.",
            counts.create, counts.update, counts.unchanged, counts.error
        ))?;
        match (apply, now.undo_id) {
            (true, Some(undo)) => {
                say(format_args!("It can be undone for 30 days, with POST /api/v1/undo/{undo}."))
            }
            (true, None) => Ok(()),
            (false, _) => say("Nothing was changed: add --apply to do it."),
        }
    }

    fn map(&self) -> Result<Option<BTreeMap<String, String>>> {
        if self.map.is_empty() {
            return Ok(None);
        }
        let pair = |text: &String| {
            let (column, field) = text.rsplit_once('=').ok_or_else(|| {
                Misuse(format!("--map {text}: it is written as COLUMN=FIELD, such as Mail=email"))
            })?;
            Ok((column.to_owned(), field.to_owned()))
        };
        self.map.iter().map(pair).collect::<Result<_>>().map(Some)
    }
}

/// One line, for a terminal.
fn words(error: &Error) -> String {
    match error {
        Error::Invalid { fields, .. } => {
            fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Error::Unmapped { field, file } => {
            let names: Vec<&str> = file.columns.iter().map(|column| column.name.as_str()).collect();
            format!("{} (with --map COLUMN=FIELD; its columns are {})", field.message, names.join(", "))
        }
        Error::Stale => {
            "somebody changed users while they were imported, and nothing was kept: try again".to_owned()
        }
        other => other.to_string(),
    }
}
