//! `rollcall health`: asks the running portal, as a container's health check does.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{Common, say};

const PATIENCE: Duration = Duration::from_secs(5);

pub fn ask(common: &Common) -> Result<()> {
    let listen = common.load()?.listen;
    // A portal that listens everywhere listens here too.
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let quiet = || format!("no portal answers at {address}");
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(quiet)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer).with_context(quiet)?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return say("ready");
    }
    let last = answer.lines().last().unwrap_or("no answer");
    bail!("the portal at {address} is not ready: {}", last.trim_start_matches("not ready: "))
}
