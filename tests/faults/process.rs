//! A portal as a process: started with what a fault needs, watched from outside.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::{
    portal::{
        binary::{Rollcall, program},
        harness::Person,
    },
    report::{now, pause},
};

pub const PASSWORD: &str = "mellow-otter-42-quartz";

/// Settings for a mail server at this port that asks for nothing.
pub fn mailing_to(port: &str) -> [(&str, &str); 4] {
    [
        ("ROLLCALL_SMTP__HOST", "127.0.0.1"),
        ("ROLLCALL_SMTP__PORT", port),
        ("ROLLCALL_SMTP__ENCRYPTION", "none"),
        ("ROLLCALL_SMTP__FROM", "portal@example.test"),
    ]
}

/// A data folder with one admin and so many made-up users; what the process says goes beside it.
pub struct Site {
    pub home: TempDir,
    pub data: PathBuf,
}

impl Site {
    pub fn new(users: u64) -> Self {
        let home = TempDir::new().expect("a folder");
        let data = home.path().join("data");
        Self::at(home, data, users)
    }

    pub fn at(home: TempDir, data: PathBuf, users: u64) -> Self {
        let site = Self { home, data };
        let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
        Rollcall::on(&site.data, &create).told(PASSWORD).ok();
        if users > 0 {
            site.command(&["demo", &users.to_string()]);
        }
        site
    }

    /// Runs a command on the folder; what it printed.
    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> String {
        Rollcall::on(&self.data, arguments).run().ok().to_owned()
    }

    pub fn start(&self) -> Process {
        self.start_with(&[], &[])
    }

    /// Started through other programs (`prlimit …`) and with settings.
    pub fn start_with(&self, through: &[&str], settings: &[(&str, &str)]) -> Process {
        self.try_start(through, settings).unwrap_or_else(|said| panic!("it did not start: {said}"))
    }

    /// The process, or what it said when it ended.
    pub fn try_start(&self, through: &[&str], settings: &[(&str, &str)]) -> Result<Process, String> {
        let began = now();
        let log = self.home.path().join("log");
        let program = program();
        let words: Vec<&str> =
            through.iter().copied().chain([program.to_str().expect("a path in UTF-8")]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&self.data);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ROLLCALL_")) {
            command.env_remove(name);
        }
        command.envs(settings.iter().copied());
        let file = File::options().create(true).append(true).open(&log).expect("a log");
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().expect("it can be run");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it prints");
        let Some((_, address)) = line.split_once("listening on ") else {
            let _ended = child.wait();
            return Err(fs::read_to_string(&log).unwrap_or_default());
        };
        let address: SocketAddr = address.trim().trim_end_matches(')').parse().expect("an address");
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Ok(Process { child, address, started_in: began.elapsed() })
    }

    /// Starts it and kills it wherever it is by then; it may not even listen yet.
    pub async fn kill_after(&self, milliseconds: u64) {
        let mut command = Command::new(program());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&self.data);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be run");
        pause(milliseconds).await;
        // It may have ended by itself, which the next start tells.
        let _gone = child.kill();
        let _waited = child.wait();
    }

    /// What all processes on this folder have said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }
}

pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// Until it said where it listens.
    pub started_in: Duration,
}

impl Process {
    pub async fn ada(&self) -> Person {
        let ada = Person::new(self.address, "Ada", "ada@portal.test");
        ada.sign_in().await;
        ada
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Without a word, as the kernel does it.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop; the exit code and how long that took.
    pub fn terminate(mut self) -> (Option<i32>, Duration) {
        let began = now();
        self.signal("TERM");
        let code = self.child.wait().expect("it ends").code();
        (code, began.elapsed())
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    /// Resident memory, in megabytes.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    /// Processor time so far, in hundredths of a second.
    pub fn busy(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("it runs");
        let after = stat.rsplit_once(") ").expect("a name").1;
        let fields: Vec<u64> = after.split(' ').map(|field| field.parse().unwrap_or_default()).collect();
        fields[11] + fields[12]
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A fault that broke off leaves nothing running.
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// All files below a folder, the largest first.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).map_or(0, |file| file.len())));
    found
}
