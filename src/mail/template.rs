//! A letter's words on the portal's letterhead, as text and as HTML.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::letter::{Letter, Letterhead};
use super::words::{Block, words};
use super::wrap::wrap;

/// A mail before it has a sender, a date and its link ([`super::link`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Used when the settings hold something that is no colour.
const ACCENT: [u8; 3] = [0x1f, 0x5f, 0xbf];

/// The two layouts. They are compiled in and do not change, so the environment is made once.
static LAYOUTS: LazyLock<Environment<'static>> =
    LazyLock::new(|| {
        let mut env = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        env.set_syntax(syntax.expect("the delimiters are the usual ones"));
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        env.add_filter("wrap", |text: &str| wrap(text));
        for (name, source) in [
            ("letter.txt", include_str!("templates/letter.txt")),
            ("letter.html", include_str!("templates/letter.html")),
        ] {
            env.add_template(name, source).expect("the layouts are compiled in and every test renders them");
        }
        env
    });

/// What the layouts can use.
#[derive(Serialize)]
struct Context<'a> {
    subject: &'a str,
    blocks: &'a [Block],
    reason: &'a str,
    head: &'a Letterhead,
    accent: String,
    on_accent: &'static str,
}

/// Writes a letter. What people typed is escaped in the HTML and plain in the text.
pub fn render(head: &Letterhead, letter: &Letter) -> Rendered {
    let words = words(head, letter);
    let subject = one_line(&words.subject);
    let accent = parse_color(&head.accent_color).unwrap_or(ACCENT);
    let context = Value::from(Serde(Context {
        subject: &subject,
        blocks: &words.blocks,
        reason: &words.reason,
        head,
        accent: css_color(accent),
        on_accent: on(accent),
    }));
    let layout = |name: &str| {
        LAYOUTS
            .get_template(name)
            .and_then(|layout| layout.render(context.clone()))
            .expect("a layout uses only what the context above holds, as the tests render it")
    };
    Rendered { text: layout("letter.txt"), html: layout("letter.html"), subject }
}

/// A subject never has a line break, whatever it was put together from.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parse_color(text: &str) -> Option<[u8; 3]> {
    let digits =
        text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

fn css_color([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// White or black, whichever reads better on the colour (WCAG 2.2, relative luminance).
fn on(color: [u8; 3]) -> &'static str {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let [r, g, b] = color.map(linear);
    let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    // Equal contrast with both lies where (L + 0.05)² = 1.05 × 0.05.
    if luminance > 0.179 { "#000000" } else { "#ffffff" }
}

#[cfg(test)]
mod tests;
