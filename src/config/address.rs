//! Addresses on the web, as far as the configuration names any.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What an address is made of.
pub struct Address<'a> {
    pub https: bool,
    /// Without the brackets of an IPv6 address.
    pub host: &'a str,
    /// From its slash on; empty where there is none.
    pub path: &'a str,
}

impl<'a> Address<'a> {
    /// `None` where browsers and programs would not all read the same out of it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, rest) => (false, rest?),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                host.parse::<Ipv6Addr>().ok()?;
                let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
                (host, port)
            }
            None => {
                let (host, port) = authority.split_once(':').map_or((authority, None), |(h, p)| (h, Some(p)));
                is_host(host).then_some((host, port))?
            }
        };
        (port.is_none_or(is_port) && is_path(path)).then_some(Self { https, host, path })
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// A name, also with letters of other scripts, or an IPv4 address.
fn is_host(text: &str) -> bool {
    let Ok(ascii) = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::URL) else {
        return false;
    };
    let labels = ascii.strip_suffix('.').unwrap_or(&ascii);
    let all = labels.split('.').all(|label| (1..=63).contains(&label.len()));
    // What ends in a number is an IPv4 address to browsers, or none.
    let numeric =
        labels.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let plain = labels.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    all && plain && ascii.len() <= 253 && (!numeric || text.parse::<Ipv4Addr>().is_ok())
}

/// What may stand in an address as it is (RFC 3986).
fn is_path(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_read_as_browsers_do_or_not_at_all() {
        for (text, host, path) in [
            ("https://portal.example.com", "portal.example.com", ""),
            ("http://localhost:8080", "localhost", ""),
            ("https://192.0.2.7", "192.0.2.7", ""),
            ("https://[2001:db8::1]:8443", "2001:db8::1", ""),
            ("https://müller.example", "müller.example", ""),
            ("https://acme.example/directory?a=1", "acme.example", "/directory?a=1"),
        ] {
            let found = Address::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.host, found.path), (host, path));
            assert_eq!(found.https, text.starts_with("https"));
        }
        for text in [
            "",
            "portal.example.com",
            "ftp://portal.example.com",
            "https://",
            "https:// x",
            "https://x y",
            "http://a\nb",
            "http://a\tb",
            "https://[::1",
            "https://[::1]x",
            "https://[localhost]",
            "http://a<b>",
            "http://host:99999",
            "http://host:",
            "http://host:+80",
            "http://:80",
            "http://exa\"mple.com",
            "http://exa%41mple.com",
            "http://user@example.com",
            "http://a..b",
            "http://300.1.2.3",
            "https://a/b c",
            "https://a/<b>",
            "https://a/#b",
        ] {
            assert!(Address::parse(text).is_none(), "{text}");
        }
    }
}
