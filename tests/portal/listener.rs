//! The listener, byte by byte: what nobody should send, who takes too long, TLS, and what the
//! portal says of itself.

mod acme;
mod authority;
mod deadlines;
mod full;
mod odd;
mod ready;
mod stopping;
mod tls;

use std::net::SocketAddr;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{harness::Answer, headers::secure};

/// Sends these bytes over a connection of their own; what comes back until it is closed.
async fn talk(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address).await;
    // Whoever is refused may find the connection closed.
    let _unwritten = stream.write_all(bytes).await;
    rest(&mut stream).await
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("the portal listens")
}

/// Everything until the other side closes.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    // One that was cut off was closed too.
    let _reset = stream.read_to_end(&mut bytes).await;
    bytes
}

/// The first answer on a connection that is kept: its head and a body of the length that it names.
async fn one(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    let mut text = String::from_utf8(head).expect("a head in ASCII");
    let length = text
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.expect("a body");
    text.push_str(&String::from_utf8(body).expect("UTF-8"));
    text
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: portal.test\r\n\r\n")
}

fn answer(asked: &str, bytes: &[u8]) -> Answer {
    Answer::parse(asked.to_owned(), bytes)
}
