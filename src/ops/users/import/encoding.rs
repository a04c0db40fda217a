//! In which encoding a file is, whatever it was declared to be, and its text as UTF-8.

use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::refusal::{cut_off, failed, refused};
use crate::ops::Result;

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;

/// What a workbook begins with: a ZIP archive (.xlsx, .ods), or an older one of Microsoft's (.xls).
const NO_TEXT: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Encoding {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "Windows-1252",
        }
    }

    fn decoder(self) -> Decoder {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        }
        .new_decoder_with_bom_removal()
    }
}

/// Looks at all of a file: a byte order mark decides, then the zero bytes of UTF-16, then whether
/// it is valid UTF-8; what is none of these is what Excel writes in the West.
pub fn detect(mut file: impl Read) -> Result<Encoding> {
    let mut chunk = vec![0; CHUNK];
    let mut held = read_full(&mut file, &mut chunk).map_err(failed)?;
    if held == 0 {
        return Err(refused("The file is empty."));
    }
    if NO_TEXT.iter().any(|sign| chunk[..held].starts_with(sign)) {
        return Err(refused(
            "This is a workbook, as spreadsheets save it, not a CSV file. Choose “Save as” there, then “CSV UTF-8”, and send that file.",
        ));
    }
    if let Some(encoding) = utf16(&chunk[..held]) {
        return Ok(encoding);
    }
    let mut beyond_ascii = false;
    loop {
        let valid = match std::str::from_utf8(&chunk[..held]) {
            Ok(_) => held,
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Ok(Encoding::Windows1252),
        };
        beyond_ascii |= !chunk[..valid].is_ascii();
        // A character that goes on in the next chunk.
        chunk.copy_within(valid..held, 0);
        let carried = held - valid;
        let more = read_full(&mut file, &mut chunk[carried..]).map_err(failed)?;
        if more == 0 {
            return match (carried, beyond_ascii) {
                (0, _) => Ok(Encoding::Utf8),
                (_, false) => Ok(Encoding::Windows1252),
                (_, true) => Err(cut_off("in the middle of a character")),
            };
        }
        held = carried + more;
    }
}

/// UTF-16 by its mark, or by the zero bytes that half of it is in the scripts of Europe.
fn utf16(start: &[u8]) -> Option<Encoding> {
    match start {
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16Be),
        _ => {}
    }
    let pairs = start.len() / 2;
    let zeros = |at: usize| start.chunks_exact(2).filter(|pair| pair[at] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    match pairs {
        0 | 1 => None,
        _ if second * 10 >= pairs * 4 && first * 10 < pairs => Some(Encoding::Utf16Le),
        _ if first * 10 >= pairs * 4 && second * 10 < pairs => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn read_full(file: &mut impl Read, mut buffer: &mut [u8]) -> io::Result<usize> {
    let mut held = 0;
    while !buffer.is_empty() {
        match file.read(buffer) {
            Ok(0) => break,
            Ok(n) => {
                held += n;
                buffer = &mut buffer[n..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}

/// A file's text as UTF-8, without its byte order mark.
pub struct Decoded<R> {
    file: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    /// How much of `text` was handed out.
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub fn new(file: R, encoding: Encoding) -> Self {
        let (raw, text) = (vec![0; CHUNK], Vec::new());
        Self { file, decoder: encoding.decoder(), raw, text, given: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let n = read_full(&mut self.file, &mut self.raw)?;
        self.ended = n < self.raw.len();
        // A byte of any of these encodings becomes three of UTF-8 at most, and a cut-off one its sign.
        self.text.resize(n * 3 + 16, 0);
        let (_, _, written, _) = self.decoder.decode_to_utf8(&self.raw[..n], &mut self.text, self.ended);
        self.text.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let n = buffer.len().min(self.text.len() - self.given);
        buffer[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (Encoding, String) {
        let encoding = detect(bytes).expect("an encoding");
        let mut text = String::new();
        Decoded::new(bytes, encoding).read_to_string(&mut text).expect("UTF-8");
        (encoding, text)
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn each_is_recognised_and_read() {
        let told = "name,email\r\nJosé Łukasz 東京,jose@example.com\r\n";
        assert_eq!(text(told.as_bytes()), (Encoding::Utf8, told.to_owned()));
        assert_eq!(text(format!("\u{feff}{told}").as_bytes()), (Encoding::Utf8, told.to_owned()));
        let marked = format!("\u{feff}{told}");
        for start in [told, &marked] {
            assert_eq!(text(&utf16(start, u16::to_le_bytes)), (Encoding::Utf16Le, told.to_owned()));
            assert_eq!(text(&utf16(start, u16::to_be_bytes)), (Encoding::Utf16Be, told.to_owned()));
        }
        let western = b"name,email\nJos\xe9 \x80,jose@example.com";
        assert_eq!(text(western).1, "name,email\nJosé €,jose@example.com");
        assert_eq!(text(b"email,name\na@example.com,Andr\xe9").0, Encoding::Windows1252);
    }

    #[test]
    fn characters_across_chunks_are_whole() {
        let told = "é東".repeat(CHUNK);
        assert_eq!(text(told.as_bytes()), (Encoding::Utf8, told.clone()));
        assert_eq!(text(&utf16(&format!("\u{feff}{told}"), u16::to_le_bytes)).1, told);
    }

    #[test]
    fn what_is_cut_off_or_empty_or_no_text_is_refused() {
        assert!(matches!(detect(&b"PK\x03\x04rest"[..]), Err(crate::ops::Error::Invalid { .. })));
        assert!(matches!(detect(&b""[..]), Err(crate::ops::Error::Invalid { .. })));
        assert!(matches!(detect(&"Łukasz,東".as_bytes()[..10]), Err(crate::ops::Error::Invalid { .. })));
    }
}
