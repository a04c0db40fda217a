//! `rollcall backup` and `rollcall restore`.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
    sync::atomic::AtomicBool,
};

use anyhow::{Context, Result, bail};

use super::{Common, remote::Remote, say};
use crate::{
    app::{
        App,
        backups::{self, Restored},
        control,
    },
    clock::Clock,
    model::{credential::Secret, policy::Actor},
    ops::backups::{Content, take},
    store::{Missing, OpenError},
};

#[derive(clap::Args)]
pub struct Backup {
    /// The file to write; it is there only once all of it is
    file: PathBuf,
    /// Write nothing: restore FILE into a temporary folder and check everything there
    #[arg(long, conflicts_with_all = ["url", "token", "token_file", "ca_file"])]
    verify: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Backup {
    pub fn run(self, common: &Common) -> Result<()> {
        if self.verify {
            let (scratch, never) = (backups::Scratch::temporary()?, AtomicBool::new(false));
            let content = backups::verify(&common.load()?, &self.file, scratch, &never)?;
            return say(format_args!("{} can be restored: {}.", self.file.display(), words(&content)));
        }
        // Before anybody is asked, and it is recorded.
        backups::may_stand_at(&self.file)?;
        let content = match self.remote.open()? {
            Some(answer) => backups::receive(&self.file, answer)?,
            None => self.local(common)?,
        };
        say(format_args!("{}: {}.", self.file.display(), words(&content)))
    }

    /// Of the folder itself, or of the portal that runs on it.
    fn local(&self, common: &Common) -> Result<Content> {
        let config = common.load()?;
        let folder = config.data_dir.clone();
        match App::open(config, Missing::Refuse, Clock::system()) {
            Ok(app) => {
                let moment = take(&app.portal, &Actor::system())?;
                backups::save(&self.file, |out| Ok(moment.write(out)?))
            }
            Err(error) if matches!(error.downcast_ref(), Some(OpenError::Locked(_))) => {
                match control::back_up(&folder) {
                    Ok(Ok(answer)) => backups::receive(&self.file, answer),
                    Ok(Err(why)) => bail!("the portal that runs on {} makes none: {why}", folder.display()),
                    Err(cause) => Err(error.context(format!("its socket does not answer ({cause})"))),
                }
            }
            Err(error) => Err(error),
        }
    }
}

#[derive(clap::Args)]
pub struct Restore {
    /// The backup to restore, into a data folder that is empty or missing
    file: PathBuf,
    /// The file `key` of the portal that was backed up: without it, authenticator apps have to be set up anew
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Restore {
    pub fn run(self, common: &Common) -> Result<()> {
        let key = self.key()?;
        let config = common.load()?;
        let Restored { content, closed_apps } = backups::restore(&config, &self.file, key)?;
        say(format_args!("{} is a portal again: {}.", config.data_dir.display(), words(&content)))?;
        say(
            "Everybody signs in anew, one-time links and API tokens are void, and mail that was still to go is held back in the outbox.",
        )?;
        if closed_apps > 0 {
            say(format_args!(
                "{closed_apps} authenticator apps don't open without the key of that portal (--key): whoever has one comes in with a recovery code, or after `rollcall admin remove-factors EMAIL`, and sets it up anew."
            ))?;
        }
        Ok(())
    }

    fn key(&self) -> Result<Option<Secret>> {
        let Some(path) = &self.key else { return Ok(None) };
        let mut bytes = Vec::new();
        let read = fs::File::open(path).and_then(|file: fs::File| file.take(33).read_to_end(&mut bytes));
        let read: io::Result<usize> = read;
        read.with_context(|| format!("{} can't be read", path.display()))?;
        match <[u8; 32]>::try_from(bytes) {
            Ok(key) => Ok(Some(Secret::new(key))),
            Err(_) => bail!("{} is no key of a portal: such a file has 32 bytes", path.display()),
        }
    }
}

fn words(content: &Content) -> String {
    let Content { at, users, groups, projects, activities, .. } = content;
    format!("{users} users, {groups} groups, {projects} projects, {activities} activities, as of {at}")
}
