//! HTTP/1.1 (RFC 9112) as far as a test needs it: a connection for each request.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Answer, people::Jar};

/// A request that is being put together; [`Request::send`] sends it.
pub struct Request<'a> {
    address: SocketAddr,
    method: String,
    /// Whole, from the first `/`.
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    jar: Option<&'a Jar>,
}

impl<'a> Request<'a> {
    pub fn new(address: SocketAddr, method: &str, target: &str, jar: Option<&'a Jar>) -> Self {
        Self {
            address,
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
            jar,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub async fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.target);
        self.try_send().await.unwrap_or_else(|| panic!("{asked}: no answer"))
    }

    /// The answer, if there is a whole one: the portal may be gone.
    pub async fn try_send(self) -> Option<Answer> {
        let asked = format!("{} {}", self.method, self.target);
        let mut head = format!("{asked} HTTP/1.1\r\nconnection: close\r\n");
        let mut add = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        let given = |name: &str| self.headers.iter().any(|(known, _)| known == name);
        if !given("host") {
            add("host", &self.address.to_string());
        }
        if !given("content-length") && (!self.body.is_empty() || self.method != "GET") {
            add("content-length", &self.body.len().to_string());
        }
        if let Some(cookie) = self.jar.and_then(Jar::cookie) {
            add("cookie", &cookie);
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        head.push_str("\r\n");

        let mut stream = TcpStream::connect(self.address).await.ok()?;
        let (mut reader, mut writer) = stream.split();
        let request = [head.as_bytes(), &self.body].concat();
        let mut raw = Vec::new();
        // A body that is refused unread may be answered before it is written whole.
        let (_unwritten, _reset) = tokio::join!(writer.write_all(&request), reader.read_to_end(&mut raw));
        raw.windows(4).position(|four| four == b"\r\n\r\n")?;
        let answer = Answer::parse(asked, &raw);
        if let Some(jar) = self.jar {
            jar.keep(&answer);
        }
        Some(answer)
    }
}

impl Answer {
    /// An answer as it came over the wire.
    pub fn parse(asked: String, raw: &[u8]) -> Self {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{asked}: no head in {}", String::from_utf8_lossy(raw)));
        let head = std::str::from_utf8(&raw[..end]).expect("a head in ASCII");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let split =
            |line: &str| line.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
        let headers: Vec<_> = lines.map(|line| split(line).expect("a header")).collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let rest = &raw[end + 4..];
        let body = if chunked { unchunk(rest) } else { rest.to_vec() };
        Self { asked, status: status.parse().expect("a status"), headers, body }
    }
}

/// A body without its lengths; one that was cut off has no last chunk of length 0.
fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("the length of a chunk");
        let length = std::str::from_utf8(&rest[..line]).expect("a length in ASCII");
        let length = usize::from_str_radix(length, 16).expect("a length in hexadecimal");
        rest = &rest[line + 2..];
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[..length]);
        rest = &rest[length + 2..];
    }
}

/// A text as it stands in a query (RFC 3986).
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
