//! A connection's bytes on their way. Where hyper refuses by itself what is no request, with a
//! bare status, it is a problem with all headers that goes out instead; and whoever still sends
//! when they are refused gets to read the answer before the connection is gone.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use poem::http::StatusCode;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Duration, Sleep, sleep},
};

use super::{
    super::{layers, problem},
    pace::Pace,
};

/// After the end, so long and so much may still come in unread.
const LINGER: Duration = Duration::from_millis(500);
const LEFT_OVER: usize = 1 << 20;

/// What hyper says by itself: status, what it means.
const STATUSES: [(StatusCode, &str); 3] = [
    (StatusCode::BAD_REQUEST, "This is no request of HTTP/1.1."),
    (StatusCode::URI_TOO_LONG, "The address of the request is too long."),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers of the request are too long, or too many."),
];

/// The same, as we say it.
pub struct Refusals(Vec<(String, Vec<u8>)>);

impl Refusals {
    pub async fn new(https: bool) -> Self {
        let mut all = Vec::new();
        for (status, detail) in STATUSES {
            let mut response = problem::unreadable(status, detail);
            layers::secure(response.headers_mut(), https);
            let mut head = String::new();
            for (name, value) in response.headers() {
                head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
            }
            // It is made of texts of ours: there is nothing that could fail.
            let body = response.take_body().into_vec().await.unwrap_or_default();
            head.push_str(&format!("content-length: {}\r\nconnection: close\r\n", body.len()));
            let first = format!("HTTP/1.1 {} ", status.as_str());
            all.push((first, [head.as_bytes(), b"\r\n", &body].concat()));
        }
        Self(all)
    }

    /// What to say instead of a head that hyper wrote by itself: with its first line and date.
    fn instead(&self, head: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(head).ok().filter(|text| text.ends_with("\r\n\r\n"))?;
        let (first, rest) = text.split_once("\r\n")?;
        let (_, refusal) = self.0.iter().find(|(status, _)| first.starts_with(status.as_str()))?;
        let mut out = format!("{first}\r\n");
        for line in rest.lines().filter(|line| line.starts_with("date: ")) {
            out.push_str(&format!("{line}\r\n"));
        }
        Some([out.as_bytes(), refusal].concat())
    }
}

pub struct Wire<S> {
    stream: S,
    pace: Arc<Pace>,
    refusals: Arc<Refusals>,
    /// What is sent in place of something else, and how much of it has gone.
    instead: Option<(Vec<u8>, usize)>,
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub fn new(stream: S, pace: Arc<Pace>, refusals: Arc<Refusals>) -> Self {
        Self { stream, pace, refusals, instead: None, lingering: None }
    }

    /// Sends our refusal in place of hyper's; `None` when this is something else.
    fn poll_instead(&mut self, context: &mut Context<'_>, given: &[u8]) -> Option<Poll<io::Result<usize>>> {
        if self.instead.is_none() {
            let own = self.pace.is_idle() && given.starts_with(b"HTTP/1.1 4");
            self.instead = Some((self.refusals.instead(given).filter(|_| own)?, 0));
        }
        let (bytes, sent) = self.instead.as_mut()?;
        while *sent < bytes.len() {
            match Pin::new(&mut self.stream).poll_write(context, &bytes[*sent..]) {
                Poll::Ready(Ok(0)) => return Some(Poll::Ready(Err(io::ErrorKind::WriteZero.into()))),
                Poll::Ready(Ok(n)) => *sent += n,
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
                Poll::Pending => return Some(Poll::Pending),
            }
        }
        self.instead = None;
        Some(Poll::Ready(Ok(given.len())))
    }

    fn told(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.pace.wrote(bytes);
        }
        written
    }

    /// A socket that is closed while something unread is in it takes the answer with it.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (until, left) = self.lingering.get_or_insert_with(|| (Box::pin(sleep(LINGER)), LEFT_OVER));
        let mut scrap = [0; 4096];
        while until.as_mut().poll(context).is_pending() && *left > 0 {
            let mut buffer = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => *left = left.saturating_sub(buffer.filled().len()),
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(sent) = self.poll_instead(context, bytes) {
            return sent;
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.told(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [one] = slices
            && let Some(sent) = self.poll_instead(context, one)
        {
            return sent;
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.told(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.pace.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        self.poll_linger(context).map(Ok)
    }
}
