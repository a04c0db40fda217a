//! Lines of plain text that fit a mail reader's window.

/// RFC 3676 asks for lines below 78 characters; replies that quote them need some room.
const WIDTH: usize = 72;

/// Breaks lines at spaces. What has none, such as an address, stays whole.
pub fn wrap(text: &str) -> String {
    text.lines().map(wrap_line).collect::<Vec<_>>().join("\n")
}

fn wrap_line(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.trim_end().to_owned();
    }
    let mut out = String::new();
    let mut column = 0;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_at_spaces_and_addresses_stay_whole() {
        let url = format!("https://portal.test/link#{}", "x".repeat(80));
        let text = format!("{} {url} end\n\nsecond  line", "word ".repeat(20).trim());
        let wrapped = wrap(&text);
        assert!(wrapped.contains(&format!("\n{url}\n")));
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH || line == url));
        assert!(wrapped.ends_with("\n\nsecond  line"));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&wrapped), words(&text));
    }
}
