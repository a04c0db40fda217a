//! What needs a restart: `config/default.toml` (compiled in), then a file, then `ROLLCALL_*`,
//! then flags. An unknown key stops the start, naming where it stands.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Deserializer, de};

mod address;
pub mod environment;
mod listener;
#[cfg(test)]
mod tests;
mod values;

pub use self::listener::{Acme, Deadlines, Tls};
use self::{address::Address, environment::Environment};
use crate::model::{text::EmailAddress, time::Span};

pub const DEFAULT: &str = include_str!("../config/default.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(deserialize_with = "values::address")]
    pub listen: SocketAddr,
    #[serde(default)]
    pub public_url: Option<String>,
    pub data_dir: PathBuf,
    #[serde(deserialize_with = "values::list")]
    pub trusted_proxies: Vec<Network>,
    pub tls: Tls,
    pub smtp: Smtp,
    pub metrics: Metrics,
    pub log: Log,
    pub limits: Limits,
    pub deadlines: Deadlines,
    pub session: Sessions,
    pub link: Links,
    pub backup: Backups,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: Option<String>,
    pub port: u16,
    pub encryption: Encryption,
    pub username: Option<String>,
    pub password: Option<Hidden>,
    pub password_file: Option<PathBuf>,
    pub from: Option<String>,
    pub ca_file: Option<PathBuf>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    None,
    /// Begins in plain text and is encrypted before anything is said. Never falls back.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub token: Option<Hidden>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Counts; 0 lifts a limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub sign_in_per_account: u32,
    pub sign_in_per_origin: u32,
    pub sign_up_per_origin: u32,
    /// In zero bits; 0: no puzzle.
    pub sign_up_puzzle: u8,
    pub mail_per_address: u32,
    pub changes_per_user: u32,
    pub connections: usize,
    pub free_space: Size,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    pub lifetime: Length,
    pub idle: Length,
    pub admin_lifetime: Length,
    pub admin_idle: Length,
    pub impersonation: Length,
    pub per_user: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    pub welcome: Length,
    pub sign_up: Length,
    pub password_reset: Length,
    pub email_change: Length,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backups {
    /// Where they go; without it none are made.
    pub folder: Option<PathBuf>,
    pub every: Length,
    /// So many that can be restored are kept.
    pub keep: usize,
}

/// A secret from the configuration: never printed.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Hidden(String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Hidden {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Bytes, written as `512 KiB`, `64 MiB` or `1 GiB`, or 0.
#[derive(Debug, Clone, Copy)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom(format!("`{text}` is no size such as 512 KiB, 64 MiB or 1 GiB"));
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit: u64 = match unit.trim() {
            "" if number == "0" => 0,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(wrong()),
        };
        number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).map(Self).ok_or_else(wrong)
    }
}

/// A length of time, written as `30s`, `15m`, `12h` or `7d`.
#[derive(Debug, Clone, Copy)]
pub struct Length(pub Span);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || de::Error::custom(format!("`{text}` is no length of time such as 30s, 15m, 12h or 7d"));
        let unit = text.chars().last().filter(|unit| unit.is_ascii_alphabetic()).ok_or_else(wrong)?;
        let number: i64 = text[..text.len() - 1].trim().parse().map_err(|_| wrong())?;
        if !(1..=100_000).contains(&number) {
            return Err(wrong());
        }
        Ok(Self(match unit {
            's' => Span::seconds(number),
            'm' => Span::minutes(number),
            'h' => Span::hours(number),
            'd' => Span::days(number),
            _ => return Err(wrong()),
        }))
    }
}

impl fmt::Display for Length {
    /// In words, as they stand in a mail: "7 days".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_seconds();
        let (number, unit) = match seconds {
            s if s % 86_400 == 0 => (s / 86_400, "day"),
            s if s % 3600 == 0 => (s / 3600, "hour"),
            s if s % 60 == 0 => (s / 60, "minute"),
            s => (s, "second"),
        };
        write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}

/// An address or a network in CIDR notation (RFC 4632).
#[derive(Debug, Clone, Copy)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    pub fn holds(&self, address: IpAddr) -> bool {
        let number = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32_u8),
            IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
                Some(ip) => (u128::from(u32::from(ip)) << 96, 32),
                None => (u128::from(ip), 128),
            },
        };
        let ((own, size), (other, other_size)) = (number(self.address), number(address));
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        size == other_size && own & mask == other & mask
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom(format!("`{text}` is no address or network such as 10.0.0.0/8"));
        let (address, bits) = text.split_once('/').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Invalid(String),
    #[error("the configuration file {0} (--config) can't be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
}

/// A key whose value doesn't go together with others.
struct Wrong {
    key: &'static str,
    what: String,
}

/// What the command line sets.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Flags {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
}

/// All sources, in the order in which they count.
pub fn sources(file: Option<&Path>, flags: &Flags) -> Result<Figment, Error> {
    let mut figment = Figment::from(Toml::string(DEFAULT));
    if let Some(path) = file {
        std::fs::read(path).map_err(|error| Error::Unreadable(path.to_owned(), error))?;
        figment = figment.merge(Toml::file_exact(path));
    }
    Ok(figment.merge(Environment).merge(Serialized::from(flags, "default")))
}

pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Config, Error> {
    whole(file, flags, Smtp::read_password)
}

/// The same for what sends no mail: the mail server's password may lie where only the running
/// service sees it.
pub fn load_without_mail(file: Option<&Path>, flags: &Flags) -> Result<Config, Error> {
    whole(file, flags, |smtp| {
        smtp.host = None;
        Ok(())
    })
}

fn whole(
    file: Option<&Path>,
    flags: &Flags,
    mail: impl FnOnce(&mut Smtp) -> Result<(), Wrong>,
) -> Result<Config, Error> {
    let sources = sources(file, flags)?;
    let mut config: Config = sources.extract().map_err(|error| Error::Invalid(explain(&error)))?;
    config.complete().and_then(|()| config.smtp.check()).and_then(|()| mail(&mut config.smtp)).map_err(
        |Wrong { key, what }| {
            let place = sources.find_metadata(key).map(|metadata| place(metadata, key)).unwrap_or_default();
            Error::Invalid(format!("configuration: {key} {what}{place}"))
        },
    )?;
    Ok(config)
}

/// One line: what, which key, where it was set.
fn explain(error: &figment::Error) -> String {
    use figment::error::Kind;
    let Some(error) = error.clone().into_iter().next() else {
        return "the configuration is wrong".to_owned();
    };
    let mut path = error.path.clone();
    let what = match &error.kind {
        Kind::UnknownField(name, _) => {
            if path.last() != Some(name) {
                path.push(name.clone());
            }
            "there is no such setting (see config/default.toml for all of them)".to_owned()
        }
        Kind::MissingField(name) => {
            path.push(name.to_string());
            "is missing".to_owned()
        }
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) => {
            values::must_be(wanted, &path.join("."))
        }
        Kind::ISizeOutOfRange(_) | Kind::USizeOutOfRange(_) => values::must_be("usize", ""),
        Kind::UnknownVariant(_, known) => values::one_of(known),
        Kind::Message(text) => values::syntax(text).unwrap_or_else(|| text.clone()),
        other => other.to_string(),
    };
    let key = path.join(".");
    let place = error.metadata.as_ref().map(|metadata| place(metadata, &key)).unwrap_or_default();
    match key.as_str() {
        "" => format!("configuration: {what}{place}"),
        key => format!("configuration: {key}: {what}{place}"),
    }
}

fn place(metadata: &figment::Metadata, key: &str) -> String {
    match &metadata.source {
        Some(figment::Source::File(path)) => format!(", in {}", path.display()),
        _ if metadata.name == "environment" => format!(", in {}", environment::variable(key)),
        _ => String::new(),
    }
}

/// Zero bits: four thousand million hashes.
const HARDEST: u8 = 32;

impl Smtp {
    fn check(&self) -> Result<(), Wrong> {
        let wrong = |key, what: &str| Err(Wrong { key, what: what.to_owned() });
        if self.host.is_some() && self.from.is_none() {
            return wrong(
                "smtp.from",
                "is missing: the address that mails come from, such as portal@example.com",
            );
        }
        if self.from.as_deref().is_some_and(|from| !is_sender(from)) {
            return wrong("smtp.from", "must be like portal@example.com or Portal <portal@example.com>");
        }
        if self.port == 0 {
            return wrong("smtp.port", "must be a whole number from 1 to 65535");
        }
        if self.password_file.is_some() && self.password.is_some() {
            return wrong("smtp.password_file", "can't be set together with smtp.password: give one of them");
        }
        Ok(())
    }

    fn read_password(&mut self) -> Result<(), Wrong> {
        let Some(path) = &self.password_file else { return Ok(()) };
        let text = std::fs::read_to_string(path).map_err(|error| Wrong {
            key: "smtp.password_file",
            what: format!("{} can't be read: {error}", path.display()),
        })?;
        self.password = Some(Hidden(text.trim_end_matches(['\r', '\n']).to_owned()));
        Ok(())
    }
}

/// An address, or a name with an address in angle brackets.
fn is_sender(text: &str) -> bool {
    let text = text.trim();
    let address =
        text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')).map_or(text, |(_, address)| address);
    EmailAddress::parse(address).is_ok()
}

impl Config {
    /// What follows from other settings, and what doesn't go together.
    fn complete(&mut self) -> Result<(), Wrong> {
        let wrong = |key, what: &str| Err(Wrong { key, what: what.to_owned() });
        if self.public_url.is_none() {
            if !self.listen.ip().is_loopback() {
                return wrong(
                    "public_url",
                    "is missing: with `listen` on an address that others reach, say which address people open, such as https://portal.example.com",
                );
            }
            self.public_url = Some(self.own_address(self.listen.port()));
        }
        let url = self.public_url().trim_end_matches('/').to_owned();
        if Address::parse(&url).is_none_or(|address| !address.path.is_empty()) {
            return wrong("public_url", "must be like https://portal.example.com, without a path");
        }
        self.public_url = Some(url);
        if self.limits.sign_up_puzzle > HARDEST {
            return wrong(
                "limits.sign_up_puzzle",
                &format!("must be {HARDEST} at most: no browser solves more"),
            );
        }
        if self.backup.keep == 0 {
            return wrong("backup.keep", "must be 1 at least: so many backups are kept");
        }
        listener::check(self)
    }

    /// On this machine.
    fn own_address(&self, port: u16) -> String {
        format!("{}://localhost:{port}", if self.tls.is_on() { "https" } else { "http" })
    }

    /// Where the portal really listens: port 0 is any that is free.
    pub fn bound(&mut self, address: SocketAddr) {
        if self.listen.port() == 0 && self.public_url() == self.own_address(0) {
            self.public_url = Some(self.own_address(address.port()));
        }
        self.listen = address;
    }

    /// The address that people open; every address in a mail or an answer begins with it.
    pub fn public_url(&self) -> &str {
        self.public_url.as_deref().unwrap_or_default()
    }

    pub fn https(&self) -> bool {
        self.public_url().starts_with("https://")
    }
}
