//! The file's shape: a line that says what it is, then frames, each sealed with the SHA-256 of
//! itself and of the seal before it: none can be changed, lost, doubled or moved unnoticed, and
//! a file without its last frame is cut off.

use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest, Sha256};

use super::Failure;

const MAGIC: &[u8; 16] = b"ROLLCALL BACKUP\n";
/// A longer frame is none of ours: what a file says does not decide how much is kept in memory.
const LONGEST: usize = 64 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Header = b'H',
    Rows = b'R',
    End = b'E',
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Header, Self::Rows, Self::End].into_iter().find(|kind| *kind as u8 == byte)
    }
}

type Seal = [u8; 32];

fn seal(before: &Seal, head: &[u8], payload: &[u8]) -> Seal {
    Sha256::new().chain_update(before).chain_update(head).chain_update(payload).finalize().into()
}

pub struct Writer<W> {
    out: W,
    seal: Seal,
}

impl<W: Write> Writer<W> {
    pub fn begin(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, seal: Sha256::digest(MAGIC).into() })
    }

    pub fn frame(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        let long = || io::Error::new(ErrorKind::InvalidInput, "a row is too long for a backup");
        let length = u32::try_from(payload.len()).map_err(|_| long())?;
        if payload.len() > LONGEST {
            return Err(long());
        }
        let [a, b, c, d] = length.to_be_bytes();
        let head = [kind as u8, a, b, c, d];
        self.seal = seal(&self.seal, &head, payload);
        self.out.write_all(&head)?;
        self.out.write_all(payload)?;
        self.out.write_all(&self.seal)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

pub struct Frames<R> {
    source: R,
    seal: Seal,
}

impl<R: Read> Frames<R> {
    pub fn begin(mut source: R) -> Result<Self, Failure> {
        let mut magic = [0; MAGIC.len()];
        match source.read_exact(&mut magic) {
            Ok(()) if magic == *MAGIC => {}
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => return Err(Failure::Foreign),
        }
        Ok(Self { source, seal: Sha256::digest(MAGIC).into() })
    }

    /// The next frame, once its seal has been found right.
    pub fn next(&mut self) -> Result<(Kind, Vec<u8>), Failure> {
        let mut head = [0; 5];
        self.fill(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        let kind = Kind::of(kind).filter(|_| length <= LONGEST);
        let kind = kind.ok_or_else(|| Failure::Damaged("a part of it is no part of a backup".to_owned()))?;
        // Read as it comes: a wrong length asks for no memory that the file does not fill.
        let mut payload = Vec::new();
        (&mut self.source).take(length as u64).read_to_end(&mut payload)?;
        if payload.len() < length {
            return Err(Failure::CutOff);
        }
        let mut found = [0; 32];
        self.fill(&mut found)?;
        self.seal = seal(&self.seal, &head, &payload);
        if found != self.seal {
            return Err(Failure::Damaged("a checksum is wrong".to_owned()));
        }
        Ok((kind, payload))
    }

    /// Nothing may follow the end.
    pub fn finish(mut self) -> Result<(), Failure> {
        match self.source.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(Failure::Damaged("something follows its end".to_owned())),
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        self.source.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Failure::CutOff,
            _ => error.into(),
        })
    }
}
