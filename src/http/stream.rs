//! Long answers: written on a thread that may block, sent as they come, in constant memory.

use std::io::{self, Write};

use futures_util::stream;
use poem::Body;
use tokio::sync::mpsc;

use super::turns::Turn;

/// Bytes that are sent together.
const CHUNK: usize = 64 << 10;
/// Chunks that wait for a slow reader at most; then the writer waits.
const AHEAD: usize = 4;

struct Chunks {
    sender: mpsc::Sender<io::Result<Vec<u8>>>,
    buffer: Vec<u8>,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.buffer);
        let gone = || io::Error::new(io::ErrorKind::BrokenPipe, "the reader has gone");
        if chunk.is_empty() { Ok(()) } else { self.sender.blocking_send(Ok(chunk)).map_err(|_| gone()) }
    }
}

/// A body that is written while it is read. What goes wrong half-way breaks the connection
/// off, so that nobody takes a part for the whole.
pub fn body<E: std::fmt::Display>(
    turn: Turn,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
) -> Body {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut chunks = Chunks { sender: sender.clone(), buffer: Vec::with_capacity(CHUNK) };
        let written = write(&mut chunks).map_err(|error| error.to_string());
        if let Err(error) = written.and_then(|()| chunks.flush().map_err(|error| error.to_string())) {
            tracing::warn!("an export broke off: {error}");
            let _ = sender.blocking_send(Err(io::Error::other(error)));
        }
    });
    Body::from_bytes_stream(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    }))
}
