//! The command line: a file for each command. Errors go to stderr in one line; exit 2 for wrong
//! use, 1 for failure.

mod admin;
mod backup;
mod check;
mod configuration;
mod demo;
mod export;
mod health;
mod import;
mod log;
mod remote;
mod serve;

use std::{
    fmt::Display,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand, error::ErrorKind};

use crate::config::{self, Config, Flags};

/// A self-hosted user portal in one executable.
#[derive(Parser)]
#[command(name = "rollcall", version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What was asked for can't be meant: exit 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

#[derive(Args, Clone)]
struct Common {
    /// A configuration file (TOML); config/example.toml shows what it may hold
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the portal's data
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the portal (the default)
    Serve(serve::Serve),
    /// Make admins, help those who are locked out
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Write all users as CSV, to a file or to the terminal
    Export(export::Export),
    /// Say what a CSV file of users would change, or change it
    Import(import::Import),
    /// Write all of the portal to a file, or try whether one can be restored
    Backup(backup::Backup),
    /// Make a portal of a backup, in an empty data folder
    Restore(backup::Restore),
    /// Verify the store, the activity in it, the search index and that they agree
    Check(check::Check),
    /// Build the search index anew
    Reindex,
    /// Add made-up users, for trying out and for load tests
    Demo(demo::Demo),
    /// Print the API document (OpenAPI 3)
    Openapi,
    /// Print the configuration in force, and where each value came from
    Config,
    /// Ask the running portal whether it is well
    Health,
}

impl Common {
    fn flags(&self) -> Flags {
        Flags { data_dir: self.data_dir.clone(), ..Flags::default() }
    }

    /// For all but `serve`.
    fn load(&self) -> Result<Config, config::Error> {
        config::load_without_mail(self.config.as_deref(), &self.flags())
    }
}

/// Does what the arguments say.
pub fn run() -> ExitCode {
    let Cli { common, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misuse(&error),
    };
    let command = command.unwrap_or(Command::Serve(serve::Serve::default()));
    if !matches!(command, Command::Serve(_)) {
        tell_of_migrations();
    }
    // A fault of ours, or of a damaged file, is told in one line as everything is.
    std::panic::set_hook(Box::new(|fault| tracing::error!("{fault}")));
    let done = catch_unwind(AssertUnwindSafe(|| run_command(command, &common))).unwrap_or_else(|fault| {
        let said = fault.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| fault.downcast_ref::<&str>().copied()).unwrap_or_default();
        Err(anyhow::anyhow!("a fault in this program, or a damaged file (`rollcall check` looks): {said}"))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, whatever the causes say.
            let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
            eprintln!("rollcall: {}", plain(&text));
            ExitCode::from(if error.is::<config::Error>() || error.is::<Misuse>() { 2 } else { 1 })
        }
    }
}

fn run_command(command: Command, common: &Common) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => serve.run(common),
        Command::Admin(admin) => admin.run(common),
        Command::Export(export) => export.run(common),
        Command::Import(import) => import.run(common),
        Command::Backup(backup) => backup.run(common),
        Command::Restore(restore) => restore.run(common),
        Command::Check(check) => check::check(common, &check),
        Command::Reindex => check::reindex(common),
        Command::Demo(demo) => demo.run(common),
        Command::Openapi => say(crate::http::document()),
        Command::Config => configuration::print(common),
        Command::Health => health::ask(common),
    }
}

/// Of all that is logged, those who type a command want to hear of this alone: it takes time, and
/// leaves a copy.
fn tell_of_migrations() {
    let filter =
        tracing_subscriber::EnvFilter::new("off,rollcall::store::folder=warn,rollcall::store::migrate=info");
    let plain =
        tracing_subscriber::fmt().with_ansi(false).with_target(false).with_level(false).without_time();
    plain.with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Help and version as clap has them; its errors in one line.
fn misuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nobody may be reading any more.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let what = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing",
        _ => text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: "),
    };
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    eprintln!("rollcall: {what} (`rollcall --help` says what there is)");
    ExitCode::from(2)
}

/// What somebody else wrote, as it may stand on a terminal: nothing that moves, hides or turns around
/// what stands beside it.
fn plain(text: &str) -> String {
    let moves = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if moves(c) { '\u{fffd}' } else { c }).collect()
}

/// Prints a line. That nobody reads it is an error like any other, not a panic.
fn say(line: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{}", plain(&line.to_string()))?)
}
