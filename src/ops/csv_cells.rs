//! CSV as spreadsheets want it (RFC 4180).

use std::io::Write;

pub fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// A cell that no spreadsheet takes for a formula: one that begins like a formula, or with
/// quotes before such a beginning, gets one more quote in front (the import takes one off).
pub fn guard(cell: &str) -> String {
    let begins = cell.trim_start_matches('\'').chars().next();
    let formula = matches!(begins, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'));
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::guard;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("'=1+1", "''=1+1"),
            ("+49 30 1", "'+49 30 1"),
            ("-x", "'-x"),
            ("@x", "'@x"),
            ("＝x", "'＝x"),
            ("'tis", "'tis"),
            ("O'Hara", "O'Hara"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), safe);
        }
    }
}
