//! CSV as spreadsheets want it (RFC 4180).

use std::io::Write;

pub fn writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        // What holds one is quoted, as if it began a comment: where semicolons divide too, as LibreOffice
        // proposes, it is still one cell.
        .comment(Some(b';'))
        .from_writer(out)
}

/// A cell that no spreadsheet takes for a formula: one that begins like a formula, or with
/// quotes before such a beginning, gets one more quote in front (the import takes one off).
pub fn guard(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell as it was before [`guard`].
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// A cell of a file that came from elsewhere, guarded unless it is already.
pub fn reguard(cell: &str) -> String {
    guard(unguard(cell))
}

fn is_formula(cell: &str) -> bool {
    let begins = cell.trim_start_matches('\'').chars().next();
    matches!(begins, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'))
}

#[cfg(test)]
mod tests {
    use super::{guard, unguard};

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
            ("''", "''"),
            ("O'Hara", "O'Hara"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), safe);
            assert_eq!(unguard(safe), cell);
        }
        assert_eq!(unguard("=1+1"), "=1+1");
    }
}
