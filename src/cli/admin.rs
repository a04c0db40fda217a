//! `rollcall admin`: for those who are locked out. Works beside a running portal too, over the
//! socket in its folder.

use std::io::Read;

use anyhow::{Result, bail};
use zeroize::Zeroizing;

use super::{Common, say};
use crate::{
    app::{
        App,
        control::{self, Answer, Request},
    },
    clock::Clock,
    store::{Missing, OpenError},
};

#[derive(clap::Subcommand)]
pub enum Admin {
    /// Make an admin; without a password, print a one-time link to choose one
    Create {
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
        /// Read the password from the standard input; one line break at its end is taken off
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a one-time link to choose a new password
    ResetPassword { email: String },
    /// Take the second factors away from somebody who has lost them
    RemoveFactors { email: String },
    /// List all admins
    List,
}

impl Admin {
    pub fn run(self, common: &Common) -> Result<()> {
        let missing = if matches!(self, Self::Create { .. }) { Missing::Begin } else { Missing::Refuse };
        let request = self.request()?;
        // Before a folder is made for what can't be done.
        if let Err(why) = request.judge() {
            bail!("{why}");
        }
        match answer(common, request, missing)? {
            Answer::Done => say("Done."),
            Answer::Link { url, expires_at } => {
                say(format_args!("Open this address to choose a password (once, until {expires_at}):\n{url}"))
            }
            Answer::Admins(admins) if admins.is_empty() => {
                eprintln!("There is no admin: make one with `rollcall admin create`.");
                Ok(())
            }
            Answer::Admins(admins) => admins
                .into_iter()
                .try_for_each(|(name, email, state)| say(format_args!("{name} <{email}> {state}"))),
            Answer::Refused(why) => bail!("{why}"),
        }
    }

    fn request(self) -> Result<Request> {
        Ok(match self {
            Self::Create { name, email, password_stdin } => {
                let password = if password_stdin { Some(password()?) } else { None };
                Request::Create { name, email, password }
            }
            Self::ResetPassword { email } => Request::ResetPassword { email },
            Self::RemoveFactors { email } => Request::RemoveFactors { email },
            Self::List => Request::List,
        })
    }
}

fn password() -> Result<String> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// From the folder itself, or from the portal that runs on it.
fn answer(common: &Common, request: Request, missing: Missing) -> Result<Answer> {
    let config = common.load()?;
    let folder = config.data_dir.clone();
    match App::open(config, missing, Clock::system()) {
        Ok(app) => Ok(control::perform(&app.portal, request)),
        Err(error) if matches!(error.downcast_ref(), Some(OpenError::Locked(_))) => {
            control::ask(&folder, request)
                .map_err(|cause| error.context(format!("its socket does not answer ({cause})")))
        }
        Err(error) => Err(error),
    }
}
