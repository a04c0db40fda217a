//! HTTP/1.1 over one kept connection: as little of a client as can be, for it shares the cores
//! with what it measures.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

pub struct Client {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
    pub cookie: Option<String>,
    /// What another server than ours wants in its place.
    pub authorization: Option<String>,
}

pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// From the first byte sent to the last one read.
    pub took: Duration,
}

impl Reply {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("an answer that is no JSON")
    }

    /// The reply, if it is a good one.
    pub fn good(self) -> Result<Self> {
        if self.status >= 300 {
            bail!("the portal answered {}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(self)
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(600)))?;
        Ok(Self {
            address,
            stream: BufReader::with_capacity(1 << 16, stream),
            cookie: None,
            authorization: None,
        })
    }

    /// Another connection of the same person.
    pub fn again(&self) -> Result<Self> {
        Ok(Self {
            cookie: self.cookie.clone(),
            authorization: self.authorization.clone(),
            ..Self::connect(self.address)?
        })
    }

    pub fn get(&mut self, path: &str) -> Result<Reply> {
        self.send("GET", path, None, &mut Vec::new())?.good()
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Result<Reply> {
        self.send("POST", path, Some(("application/json", body.to_string().as_bytes())), &mut Vec::new())?
            .good()
    }

    pub fn post_csv(&mut self, path: &str, body: &[u8]) -> Result<Reply> {
        self.send("POST", path, Some(("text/csv", body)), &mut Vec::new())?.good()
    }

    /// Counts the bytes of an answer without keeping them.
    pub fn download(&mut self, path: &str) -> Result<(u64, Duration)> {
        let mut count = Count(0);
        let reply = self.send("GET", path, None, &mut count)?.good()?;
        Ok((count.0, reply.took))
    }

    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<(&str, &[u8])>,
        into: &mut impl Sink,
    ) -> Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("cookie: {cookie}\r\n"));
        }
        if let Some(token) = &self.authorization {
            head.push_str(&format!("authorization: {token}\r\n"));
        }
        if let Some((kind, body)) = body {
            head.push_str(&format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let started = Instant::now();
        let out = self.stream.get_mut();
        out.write_all(head.as_bytes())?;
        if let Some((_, body)) = body {
            out.write_all(body)?;
        }
        let (status, length) = self.head()?;
        match length {
            Some(length) => self.take(length, into)?,
            None => self.chunks(into)?,
        }
        Ok(Reply { status, body: into.kept(), took: started.elapsed() })
    }

    fn head(&mut self) -> Result<(u16, Option<usize>)> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|s| s.parse().ok()).context("no status")?;
        let mut length = if status == 204 { Some(0) } else { None };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse()?);
            } else if name.eq_ignore_ascii_case("set-cookie") && value.contains("rollcall_session=") {
                self.cookie = value.split(';').next().map(|cookie| cookie.trim().to_owned());
            }
        }
        Ok((status, length))
    }

    fn chunks(&mut self, into: &mut impl Sink) -> Result<()> {
        loop {
            let size = usize::from_str_radix(self.line()?.trim(), 16)?;
            self.take(size, into)?;
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn take(&mut self, mut left: usize, into: &mut impl Sink) -> Result<()> {
        let mut buffer = [0; 1 << 14];
        while left > 0 {
            let most = left.min(buffer.len());
            let n = self.stream.read(&mut buffer[..most])?;
            if n == 0 {
                bail!("the portal hung up");
            }
            into.put(&buffer[..n]);
            left -= n;
        }
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            bail!("the portal hung up");
        }
        Ok(line.trim_end().to_owned())
    }
}

/// Where an answer's body goes.
pub trait Sink {
    fn put(&mut self, bytes: &[u8]);
    fn kept(&mut self) -> Vec<u8>;
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
    fn kept(&mut self) -> Vec<u8> {
        std::mem::take(self)
    }
}

struct Count(u64);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
    fn kept(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
