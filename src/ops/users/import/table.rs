//! A file of CSV (RFC 4180), row by row, in bounded memory however it is made.

use std::{
    fs::File,
    io::{self, Chain, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    encoding::{Decoded, Encoding, detect},
    refusal::{cut_off, failed, refused},
};
use crate::ops::{Error, Result};

/// Bytes of one row, at most: an admin is in all projects, and there may be thousands.
const ROW: u64 = 8 << 20;
const COLUMNS: usize = 500;
/// Rows of one file, at most.
const ROWS: u64 = 2_000_000;
/// What the reader may have read ahead of the row that it is at.
const AHEAD: u64 = 128 << 10;
/// Stands behind the file's last row. A quote that is never closed swallows it: so it is noticed.
const END: &str = "\u{1}end of the file\u{1}";

type Text = Chain<Bounded<Decoded<File>>, Cursor<Vec<u8>>>;

pub struct Table {
    pub encoding: Encoding,
    pub separator: u8,
    /// The columns' names, no two the same.
    pub header: Vec<String>,
    rows: csv::Reader<Text>,
    /// Bytes of the text that may be read before the row being read is too long.
    most: Arc<AtomicU64>,
    /// The number of the row last read; the header is row 1.
    row: u64,
}

/// A file that is not read past a mark.
struct Bounded<R> {
    inner: R,
    read: u64,
    most: Arc<AtomicU64>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > self.most.load(Ordering::Relaxed) {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let n = self.inner.read(buffer)?;
        self.read += n as u64;
        Ok(n)
    }
}

impl Table {
    /// Opens a file, recognises its encoding and separator, and reads its header.
    pub fn open(path: &Path) -> Result<Self> {
        let encoding = detect(File::open(path).map_err(failed)?)?;
        let mut start = Vec::new();
        let text = Decoded::new(File::open(path).map_err(failed)?, encoding);
        text.take(AHEAD).read_to_end(&mut start).map_err(failed)?;
        let (separator, told) = separator(&start);
        let most = Arc::new(AtomicU64::new(ROW + AHEAD));
        let text = Bounded {
            inner: Decoded::new(File::open(path).map_err(failed)?, encoding),
            read: 0,
            most: Arc::clone(&most),
        };
        let end = Cursor::new(format!("\r\n{END}\r\n").into_bytes());
        let rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.chain(end));
        let mut table = Self { encoding, separator, header: Vec::new(), rows, most, row: 0 };
        let mut first = csv::StringRecord::new();
        if told {
            table.next(&mut first)?;
            table.row = 0;
        }
        if !table.next(&mut first)? {
            return Err(refused("The file has no header: its first row must name the columns."));
        }
        if first.len() > COLUMNS {
            return Err(refused(format!("The file has {} columns; {COLUMNS} at most.", first.len())));
        }
        table.header = names(&first);
        Ok(table)
    }

    /// Reads the next row; false at the end.
    pub fn next(&mut self, row: &mut csv::StringRecord) -> Result<bool> {
        let start = self.rows.position().byte();
        self.most.store(start + ROW + AHEAD, Ordering::Relaxed);
        let number = self.row + 1;
        let more = self.rows.read_record(row).map_err(|error| match error.kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => refused(format!(
                "Row {number} is longer than eight megabytes, or opens a quote (\") that is never closed."
            )),
            _ => Error::Unavailable(format!("an import's file: {error}")),
        })?;
        if row.len() == 1 && row.get(0) == Some(END) {
            row.clear();
            return Ok(false);
        }
        if !more || row.iter().any(|cell| cell.contains(END)) {
            return Err(cut_off(&format!("in row {number}, within a quote (\") that is never closed")));
        }
        if number > ROWS + 1 {
            return Err(refused(format!("The file has more than {ROWS} rows. Split it.")));
        }
        self.row = number;
        Ok(true)
    }

    /// The number of the row last read, as a spreadsheet counts.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// Bytes of the text that were read so far.
    pub fn position(&self) -> u64 {
        self.rows.position().byte()
    }
}

/// What separates the cells of the first row, and whether a line before it says so, as Excel's
/// `sep=;` does.
fn separator(start: &[u8]) -> (u8, bool) {
    let line = start.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', told] = line {
        return (*told, true);
    }
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in start.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            byte if !quoted => {
                counts.iter_mut().filter(|(known, _)| known == byte).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    // Of two that are as frequent, the earlier.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count).copied();
    (most.map_or(b',', |(byte, _)| byte), false)
}

/// The header's cells as names that tell the columns apart.
fn names(header: &csv::StringRecord) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (n, cell) in header.iter().enumerate() {
        let plain: String = cell.trim().chars().take(200).collect();
        let plain = if plain.is_empty() { format!("Column {}", n + 1) } else { plain };
        let mut name = plain.clone();
        let mut times = 1;
        while names.contains(&name) {
            times += 1;
            name = format!("{plain} ({times})");
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn read(bytes: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("written");
        let mut table = Table::open(file.path())?;
        let (mut rows, mut row) = (Vec::new(), csv::StringRecord::new());
        while table.next(&mut row)? {
            rows.push(row.iter().map(str::to_owned).collect());
        }
        Ok((table.header, rows))
    }

    fn refusal(bytes: &[u8]) -> String {
        match read(bytes) {
            Err(Error::Invalid { fields, .. }) => fields[0].message.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn separators_are_recognised() {
        for text in [
            "a,b;c,d\r\n1,2;3,4\r\n",
            "a;b,x;c;d\n1;2;3;4",
            "a\tb\tc\n1\t2\t3\n",
            "sep=;\r\na;b,c,d\r\n1;2",
            "\"a;;;;\",b\n1,2",
        ] {
            let (header, rows) = read(text.as_bytes()).expect("a table");
            assert_eq!(header.len(), rows[0].len(), "{text:?}");
            assert_eq!(rows.len(), 1, "{text:?}");
        }
        assert_eq!(read(b"a,,a,\n").expect("a table").0, ["a", "Column 2", "a (2)", "Column 4"]);
    }

    #[test]
    fn quotes_line_breaks_and_zeros_are_kept() {
        let (_, rows) = read(b"a,b\n\"x, \"\"y\"\"\r\nz\",5\" disk\n\n\0,\n").expect("a table");
        assert_eq!(rows, [["x, \"y\"\r\nz", "5\" disk"], ["\0", ""]]);
    }

    #[test]
    fn what_has_no_end_is_refused_in_bounded_memory() {
        assert!(refusal(b"a,b\n1,\"2\n3,4\n").contains("row 2"));
        assert!(refusal(b"a,b\n1,2\n3,\"4").contains("row 3"));
        let huge = [b"a,b\n1,".to_vec(), vec![b'x'; 10 << 20], b"\n".to_vec()].concat();
        assert!(refusal(&huge).contains("longer than eight megabytes"));
        let open = [b"a,b\n1,\"".to_vec(), b"x,y\n".repeat(3 << 20)].concat();
        assert!(refusal(&open).contains("Row 2"));
        assert!(refusal(&b"a,".repeat(10_000)).contains("10001 columns"));
        assert!(refusal(b"").contains("empty"));
        assert!(refusal(b"\n\n").contains("no header"));
    }

    /// A file as a spreadsheet might write it.
    fn written(rows: &[Vec<String>], separator: u8, encoding: Encoding) -> Vec<u8> {
        let mut writer =
            csv::WriterBuilder::new().delimiter(separator).flexible(true).from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).expect("written");
        }
        let text = String::from_utf8(writer.into_inner().expect("written")).expect("UTF-8");
        let wide = |bytes: fn(u16) -> [u8; 2]| {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
        };
        match encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf16Le => wide(u16::to_le_bytes),
            Encoding::Utf16Be => wide(u16::to_be_bytes),
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        }
    }

    proptest! {
        /// Bytes of any kind are a table or a refusal.
        #[test]
        fn no_bytes_fail(bytes in prop_oneof![
            vec(any::<u8>(), 0..400),
            "(sep=.\\n)?[a-z\",;\t\r\n\0é=]{0,300}".prop_map(String::into_bytes),
            vec(any::<u16>(), 0..200).prop_map(|wide| wide.into_iter().flat_map(u16::to_le_bytes).collect()),
        ]) {
            match read(&bytes) {
                Ok((header, rows)) => prop_assert!(header.len() <= COLUMNS && rows.len() <= bytes.len()),
                Err(error) => prop_assert!(matches!(error, Error::Invalid { .. }), "{error:?}"),
            }
        }

        /// Whichever way it is written, the cells come back as they were.
        #[test]
        fn every_cell_comes_back(
            rows in vec(vec("[a-z \",;\t\r\n'=+éß東🙂]{0,12}", 3..=3), 1..5),
            separator in prop::sample::select(vec![b',', b';', b'\t']),
            encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be]),
        ) {
            let header = ["name", "email", "company"].map(str::to_owned).to_vec();
            let all: Vec<Vec<String>> = std::iter::once(header.clone()).chain(rows.clone()).collect();
            let (names, cells) = read(&written(&all, separator, encoding)).expect("a table");
            prop_assert_eq!(names, header);
            prop_assert_eq!(cells, rows);
        }
    }

    #[test]
    fn the_west_comes_back_from_its_own_encoding() {
        let rows =
            [vec!["name".to_owned(), "email".to_owned()], vec!["José Gärtner €".to_owned(), String::new()]];
        let (_, cells) = read(&written(&rows, b';', Encoding::Windows1252)).expect("a table");
        assert_eq!(cells, rows[1..]);
    }
}
