//! Who calls: the cookie or the API token of a request, its address of origin, its device.

use std::{net::IpAddr, sync::Once};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::call::shared;
use crate::{
    config::Config,
    model::{
        credential::Secret,
        device::{Mark, Marks},
        time::Span,
    },
    ops::{
        devices::KNOWN_FOR,
        factors::ANSWERED_WITHIN,
        sessions::{Begun, Device},
    },
};

const COOKIE: &str = "rollcall_session";
const HOST_COOKIE: &str = "__Host-rollcall_session";
/// How an API token begins.
const BEARER: &str = "rc_";
/// Holds half a sign-in, or the challenge for a passkey, for a few minutes.
const SIGN_IN_COOKIE: &str = "rollcall_sign_in";
const HOST_SIGN_IN_COOKIE: &str = "__Host-rollcall_sign_in";

/// Tells a browser that has signed in before from a stranger's.
const DEVICE_COOKIE: &str = "rollcall_device";
const HOST_DEVICE_COOKIE: &str = "__Host-rollcall_device";

/// The token as it is written: 43 characters of base64url (RFC 4648).
pub fn text(secret: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(secret.expose())
}

pub fn secret(text: &str) -> Option<Secret> {
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    Some(Secret::new(bytes))
}

pub fn cookie_name(config: &Config) -> &'static str {
    if config.https() { HOST_COOKIE } else { COOKIE }
}

/// The header that hands a browser its session, or takes it away.
pub fn cookie(config: &Config, token: Option<&Secret>) -> String {
    match token {
        // The session itself knows when it ends; the browser keeps the cookie at most so long.
        Some(token) => {
            let longest = config.session.lifetime.0.max(config.session.admin_lifetime.0);
            set(config, cookie_name(config), &text(token), longest)
        }
        None => set(config, cookie_name(config), "", Span::seconds(0)),
    }
}

/// The header that hands a browser what it signs in with, until it has.
pub fn sign_in_cookie(config: &Config, token: &Secret) -> String {
    set(config, sign_in_cookie_name(config), &text(token), ANSWERED_WITHIN)
}

fn sign_in_cookie_name(config: &Config) -> &'static str {
    if config.https() { HOST_SIGN_IN_COOKIE } else { SIGN_IN_COOKIE }
}

/// The header that lets a browser be known again.
pub fn device_cookie(config: &Config, mark: &Mark, known: &Marks) -> String {
    set(config, device_cookie_name(config), &known.with(mark), KNOWN_FOR)
}

fn device_cookie_name(config: &Config) -> &'static str {
    if config.https() { HOST_DEVICE_COOKIE } else { DEVICE_COOKIE }
}

/// What a browser keeps of a session just begun, or of its new token.
pub fn cookies(config: &Config, caller: &Caller, begun: &Begun) -> (String, Vec<String>) {
    let mark = begun.mark.iter().map(|mark| device_cookie(config, mark, &caller.marks));
    (cookie(config, Some(&begun.token)), mark.collect())
}

fn set(config: &Config, name: &str, value: &str, age: Span) -> String {
    let (secure, age) = (if config.https() { "; Secure" } else { "" }, age.as_seconds());
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

/// An API token as it is written: where it is found by accident, it is known for what it is.
pub fn bearer_text(secret: &Secret) -> String {
    format!("{BEARER}{}", text(secret))
}

/// What a request sends after `Authorization: Bearer`; any other scheme is not for us, but for
/// whatever stands in front of the portal.
pub fn bearer(request: &Request) -> Option<&str> {
    let header = request.headers().get("authorization")?;
    // What is no text is no token either.
    let (scheme, token) = header.to_str().unwrap_or("bearer").split_once(' ').unwrap_or(("bearer", ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What somebody shows to say who they are.
#[derive(Clone)]
pub enum Shows {
    Nothing,
    /// A cookie's.
    Session(Secret),
    /// An API token's.
    Token(Secret),
    /// A bearer's token that can't be one.
    Nonsense,
}

/// Whoever sends a request, before it is known who they are.
#[derive(Clone)]
pub struct Caller {
    pub shows: Shows,
    /// Of a sign-in that has begun.
    pub sign_in: Option<Secret>,
    /// Of the accounts that this browser has signed in to.
    pub marks: Marks,
    pub device: Device,
}

impl Caller {
    pub fn of(request: &Request, config: &Config) -> Self {
        let origin = origin(request, config).map(|ip| ip.to_string()).unwrap_or_default();
        let agent = request.header("user-agent").unwrap_or_default();
        // A request with an API token is never the cookie's, however bad the token is.
        let shows = match bearer(request) {
            Some(token) => token.strip_prefix(BEARER).and_then(secret).map_or(Shows::Nonsense, Shows::Token),
            None => session_cookie(request, config).and_then(secret).map_or(Shows::Nothing, Shows::Session),
        };
        let sign_in = cookie_of(request, sign_in_cookie_name(config)).and_then(secret);
        let marks = cookie_of(request, device_cookie_name(config)).map_or_else(Marks::default, Marks::new);
        Self { shows, sign_in, marks, device: Device::new(&origin, agent) }
    }
}

pub fn session_cookie<'a>(request: &'a Request, config: &Config) -> Option<&'a str> {
    cookie_of(request, cookie_name(config))
}

fn cookie_of<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let cookies = request.headers().get_all("cookie").iter().filter_map(|header| header.to_str().ok());
    let mut pairs =
        cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The socket's address, unless that is a trusted proxy's: then the last one in
/// `X-Forwarded-For` or `Forwarded` (RFC 7239) that is not.
pub fn origin(request: &Request, config: &Config) -> Option<IpAddr> {
    let socket = request.remote_addr().as_socket_addr()?.ip().to_canonical();
    let trusted = |ip: IpAddr| config.trusted_proxies.iter().any(|network| network.holds(ip));
    if !trusted(socket) {
        let forwarded = ["x-forwarded-for", "forwarded"].iter().any(|name| request.header(*name).is_some());
        static UNTRUSTED: Once = Once::new();
        if forwarded {
            UNTRUSTED.call_once(|| {
                tracing::warn!("{socket} sends a forwarded address and is not believed: if it is your reverse proxy, name it in trusted_proxies");
            });
        }
        return Some(socket);
    }
    let lines = |name: &str| -> Vec<String> {
        // A byte that is no text spoils its own hop.
        let values = request.headers().get_all(name).iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    };
    let (forwarded, plain) = (lines("forwarded"), lines("x-forwarded-for"));
    let hops = plain.iter().flat_map(|line| line.split(','));
    let mut chain: Vec<String> = hops.map(|hop| hop.trim().to_owned()).collect();
    if !chain.is_empty() && !forwarded.is_empty() {
        // The proxy sets one of them; the other may be the client's own. Neither is believed.
        static BOTH: Once = Once::new();
        BOTH.call_once(|| {
            tracing::warn!(
                "requests come with both X-Forwarded-For and Forwarded: let the proxy take one of them off"
            );
        });
        return Some(socket);
    }
    if chain.is_empty() {
        chain = forwarded.iter().flat_map(|line| parts(line, ',')).map(forwarded_for).collect();
    }
    let mut nearest = socket;
    for hop in chain.iter().rev() {
        match address(hop) {
            Some(ip) if trusted(ip) => nearest = ip,
            Some(ip) => return Some(ip),
            None => break,
        }
    }
    Some(nearest)
}

/// Whom an element names; one that names nobody is a hop all the same, and nobody knows what it hides.
fn forwarded_for(hop: &str) -> String {
    let mut pairs = parts(hop, ';').into_iter().filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.find(|(key, _)| key.trim_end().eq_ignore_ascii_case("for")).map(|(_, value)| value);
    value.unwrap_or_default().trim().trim_matches('"').to_owned()
}

/// What a sign divides, but for that in quotes. Where a quote stays open, all signs divide: a proxy
/// adds whom it saw to what it was sent, and the last one must stay the last.
fn parts(text: &str, sign: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let mut divides = |c: char| {
        let skipped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !skipped => escaped = true,
            '"' if !skipped => quoted = !quoted,
            _ => {}
        }
        c == sign && !quoted
    };
    let parts = text.split(&mut divides).collect();
    if quoted { text.split(sign).collect() } else { parts }
}

/// An address with or without a port, in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(ip, _)| ip);
    let ip = text.parse().ok().or_else(|| bare?.parse().ok());
    let ip = ip.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            "session",
            MetaSecurityScheme {
                ty: "apiKey",
                description: Some("The cookie that signing in sets (with the prefix `__Host-` over https)."),
                name: Some(COOKIE),
                key_in: Some("cookie"),
                scheme: None,
                bearer_format: None,
                flows: None,
                openid_connect_url: None,
            },
        );
        registry.create_security_scheme(
            "token",
            MetaSecurityScheme {
                ty: "http",
                description: Some("An API token, made at `/me/tokens`: `Authorization: Bearer rc_…`."),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("rc_…"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec!["session", "token"]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self::of(request, shared(request)?.portal.config()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A token has one spelling: no other text is taken for it.
        #[test]
        fn a_token_has_one_spelling(bytes in any::<[u8; 32]>(), other in "[A-Za-z0-9_=+/-]{40,46}|\\PC{0,60}") {
            let token = Secret::new(bytes);
            prop_assert_eq!(secret(&text(&token)).map(|read| *read.expose()), Some(bytes));
            if let Some(read) = secret(&other) {
                prop_assert_eq!(text(&read), other);
            }
        }

        #[test]
        fn no_forwarded_address_fails(hop in "\\PC{0,60}|\\[?[0-9a-f:.]{0,30}\\]?(:[0-9]{0,6})?|(for=)?\"?[0-9a-f:.\\[\\]]{0,30}\"?(;by=x)?") {
            let _ = (address(&hop), forwarded_for(&hop));
        }
    }

    #[test]
    fn addresses_are_read_with_or_without_a_port() {
        for (text, ip) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(address(text).map(|ip| ip.to_string()).as_deref(), Some(ip), "{text}");
        }
        for nothing in ["", "unknown", "_hidden", "192.0.2.1.5", "[::1", "256.0.0.1"] {
            assert_eq!(address(nothing), None, "{nothing}");
        }
    }
}
