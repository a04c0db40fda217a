//! The real executable, as a sysadmin runs it: commands that end, and a portal that runs.

use rustix::process::{Pid, Resource, Rlimit};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// The program under test.
pub fn program() -> PathBuf {
    std::env::var_os("FAULTS_BIN").map_or_else(|| env!("CARGO_BIN_EXE_rollcall").into(), PathBuf::from)
}

/// A command as it is typed: none of the tests' own environment reaches it.
pub struct Rollcall(Command);

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Rollcall {
    /// On a data folder.
    pub fn on(folder: &Path, arguments: &[&str]) -> Self {
        Self::bare(arguments).args(&["--data-dir", folder.to_str().expect("a path in UTF-8")])
    }

    pub fn bare(arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ROLLCALL_")) {
            command.env_remove(name);
        }
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command)
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.0.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    pub fn run(self) -> Ran {
        self.told("")
    }

    /// Runs to the end with this on the standard input.
    pub fn told(mut self, input: &str) -> Ran {
        let began = now();
        let mut child = self.0.spawn().expect("the executable starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // One that does not read is none the worse for it.
        let _unread = stdin.write_all(input.as_bytes());
        drop(stdin);
        let done = child.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran {
            code: done.status.code(),
            out: text(done.stdout),
            err: text(done.stderr),
            took: began.elapsed(),
        }
    }

    /// Starts it; whoever asked looks after the rest.
    pub fn spawn(mut self) -> Child {
        self.0.spawn().expect("the executable starts")
    }

    /// Runs until it says something, and then nobody listens any more.
    pub fn cut_off(mut self) -> Ran {
        let began = now();
        let mut child = self.0.spawn().expect("the executable starts");
        let mut first = [0];
        child.stdout.take().expect("a pipe").read_exact(&mut first).expect("it says something");
        let done = child.wait_with_output().expect("it ends");
        let err = String::from_utf8(done.stderr).expect("UTF-8");
        Ran { code: done.status.code(), out: String::new(), err, took: began.elapsed() }
    }
}

#[allow(clippy::disallowed_methods, reason = "how long a process takes is real time")]
fn now() -> Instant {
    Instant::now()
}

impl Ran {
    /// Expects success; what it printed.
    #[track_caller]
    pub fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.out
    }

    /// Expects a refusal with this exit code, in one line with all of these words, at once.
    #[track_caller]
    pub fn refused(&self, code: i32, words: &[&str]) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "one line: {self:?}");
        assert!(self.err.starts_with("rollcall: "), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "`{word}` in {self:?}");
        }
        assert!(self.took < Duration::from_secs(2), "{self:?}");
        &self.err
    }

    /// The address in what was printed.
    #[track_caller]
    pub fn link(&self) -> &str {
        let line = self.ok().lines().find(|line| line.contains("/link#"));
        line.unwrap_or_else(|| panic!("a link in {self:?}")).trim()
    }
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A portal that runs as a process of its own.
pub struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Running {
    /// On a free port of the loopback.
    pub fn start(folder: &Path) -> Self {
        Self::begin(Rollcall::on(folder, &SERVE), Stdio::null())
    }

    /// The same, with its log going somewhere.
    pub fn telling(folder: &Path, log: Stdio) -> Self {
        Self::begin(Rollcall::on(folder, &SERVE), log)
    }

    /// The same, with all that it has to say in a file.
    pub fn logging(folder: &Path, file: &Path) -> Self {
        let serve = Rollcall::on(folder, &SERVE).env("ROLLCALL_LOG__LEVEL", "trace");
        Self::begin(serve, File::create(file).expect("a file for the log").into())
    }

    fn begin(Rollcall(mut command): Rollcall, log: Stdio) -> Self {
        let mut child = command.stderr(log).spawn().expect("the executable starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut running = Self { child, out, address: ([127, 0, 0, 1], 0).into() };
        let first = running.line();
        let (_, address) = first.split_once("listening on ").unwrap_or_else(|| panic!("{first:?}"));
        running.address = address.trim_end_matches(')').parse().expect("an address");
        assert!(running.line().contains("No mail server is configured"), "the terminal says so");
        running
    }

    /// Sets a limit of the process, as an administrator may: `None` lifts it.
    pub fn limit(&self, resource: Resource, soft: Option<u64>) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a process");
        let known = rustix::process::prlimit(Some(pid), resource, Rlimit { current: soft, maximum: None });
        known.expect("the limit is taken");
    }

    /// What it says next.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it prints");
        line.trim_end().to_owned()
    }

    /// Asks it to stop as systemd does; the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().expect("it ends").code()
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill").success());
    }

    /// As a power cut does, without a word.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves nothing running; one that did not has waited already.
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}
