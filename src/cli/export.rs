//! `rollcall export`.

use std::{
    fs::{self, OpenOptions},
    io::BufWriter,
    path::PathBuf,
};

use anyhow::{Context, Result};

use super::Common;
use crate::{
    app::{App, backups},
    clock::Clock,
    model::policy::Actor,
    ops::users,
    store::Missing,
};

#[derive(clap::Args)]
pub struct Export {
    /// The file to write; without one, the standard output
    file: Option<PathBuf>,
}

impl Export {
    pub fn run(self, common: &Common) -> Result<()> {
        let app = App::open(common.load()?, Missing::Refuse, Clock::system())?;
        // Recorded only once there is somewhere to write to.
        let export = || users::export(&app.portal, &Actor::system());
        match self.file {
            Some(path) => {
                // A device or a pipe, such as /dev/stdout, takes it as it comes.
                let passing = fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file());
                let n = if passing {
                    let opened = OpenOptions::new().write(true).truncate(true).open(&path);
                    let file = opened.with_context(|| format!("{} can't be written", path.display()))?;
                    export()?.write(BufWriter::new(file))?
                } else {
                    backups::save(&path, |out| Ok(export()?.write(out)?))?
                };
                eprintln!("{n} users written to {}", path.display());
            }
            None => {
                export()?.write(BufWriter::new(std::io::stdout().lock()))?;
            }
        }
        Ok(())
    }
}
