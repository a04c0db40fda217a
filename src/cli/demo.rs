//! `rollcall demo`.

use anyhow::Result;

use super::{Common, check::bar, say};
use crate::{
    app::{
        App,
        control::{self, Answer, Request},
    },
    clock::Clock,
    ops::{admin, demo},
    store::Missing,
};

#[derive(clap::Args)]
pub struct Demo {
    /// How many users to add
    n: u64,
}

impl Demo {
    pub fn run(self, common: &Common) -> Result<()> {
        let app = App::open(common.load()?, Missing::Begin, Clock::system())?;
        let bar = bar("users added");
        demo::fill(&app.portal, self.n, &|n| bar.set_position(n))?;
        bar.finish_and_clear();
        say(format_args!("{} made-up users added.", self.n))?;
        if admin::list(&app.portal)?.is_empty() {
            let email = "admin@example.com".to_owned();
            let request =
                Request::Create { name: "Demo Admin".to_owned(), email: email.clone(), password: None };
            match control::perform(&app.portal, request) {
                Answer::Link { url, .. } => say(format_args!(
                    "To sign in as {email}, start the portal and choose a password at\n{url}"
                ))?,
                Answer::Refused(why) => anyhow::bail!("{why}"),
                Answer::Done | Answer::Admins(_) => {}
            }
        }
        Ok(())
    }
}
