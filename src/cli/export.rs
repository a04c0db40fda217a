//! `rollcall export`.

use std::{fs::File, io::BufWriter, path::PathBuf};

use anyhow::{Context, Result};

use super::Common;
use crate::{app::App, clock::Clock, model::policy::Actor, ops::users, store::Missing};

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
                let file =
                    File::create(&path).with_context(|| format!("{} can't be written", path.display()))?;
                let n = export()?.write(BufWriter::new(file))?;
                eprintln!("{n} users written to {}", path.display());
            }
            None => {
                export()?.write(BufWriter::new(std::io::stdout().lock()))?;
            }
        }
        Ok(())
    }
}
