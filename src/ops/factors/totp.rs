//! Codes of authenticator apps (RFC 6238: SHA-1, six digits, thirty seconds, as all apps know it).

use qrcode::{Color, QrCode};
use totp_rs::{Algorithm, Builder, Totp};

use crate::model::time::Timestamp;

/// Bytes of a shared secret (RFC 4226, 4).
pub const SECRET: usize = 20;
/// Seconds for which a code counts.
const STEP: u64 = 30;
/// The code of the step before and of the one after count too: clocks differ.
const SKEW: u16 = 1;

/// The shared secret in the ways in which an app takes it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// In base32 (RFC 4648), for typing.
    pub secret: String,
    pub url: String,
    pub qr: Qr,
}

/// A picture made of squares.
#[derive(Debug, Clone)]
pub struct Qr {
    /// Squares on a side, with the white margin of four that readers need.
    pub size: usize,
    /// The dark ones, as the path of an SVG.
    pub path: String,
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Totp {
    // A colon would part the two in the address.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_skew(SKEW)
        .with_secret(secret.to_vec())
        .with_account_name(plain(account))
        .with_issuer(Some(plain(issuer)))
        .build_noncompliant()
}

/// The time step whose code this is, if it is one of those that count now.
pub fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Option<u64> {
    totp(secret, "", "").check(code, now.milliseconds() / 1000)
}

/// Characters of the portal's name in an app: it stands twice in the picture, which holds so much.
const ISSUER: usize = 40;

/// How the secret is handed over; `None` when the account is too long for a picture.
pub fn offer(secret: &[u8], account: &str, issuer: &str) -> Option<Offer> {
    let issuer: String = issuer.chars().take(ISSUER).collect();
    let totp = totp(secret, account, &issuer);
    let url = totp.to_url().ok()?;
    let qr = qr(&url)?;
    Some(Offer { secret: totp.secret().to_base32(), url, qr })
}

fn qr(text: &str) -> Option<Qr> {
    const MARGIN: usize = 4;
    let code = QrCode::new(text).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + MARGIN, y + MARGIN));
            }
            x += run.max(1);
        }
    }
    Some(Qr { size: width + 2 * MARGIN, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        let at = |seconds: i64| Timestamp::from_microseconds(seconds * 1_000_000);
        assert_eq!(step_of(secret, "287082", at(59)), Some(1));
        assert_eq!(step_of(secret, "081804", at(1_111_111_109)), Some(37_037_036));
        assert_eq!(step_of(secret, "081804", at(1_111_111_109 + 30)), Some(37_037_036));
        assert_eq!(step_of(secret, "081804", at(1_111_111_109 + 61)), None);
        assert_eq!(step_of(secret, "081805", at(1_111_111_109)), None);
        assert_eq!(step_of(secret, "", at(0)), None);
    }

    #[test]
    fn the_picture_is_of_squares() {
        let offer = offer(b"12345678901234567890", "ann@people.test", "Harbour: east & west").unwrap();
        assert_eq!(offer.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(offer.url.starts_with("otpauth://totp/Harbour%20%20east%20%26%20west:ann%40people.test?"));
        // The corner that readers look for: seven dark squares.
        assert!(offer.qr.path.starts_with("M4 4h7v1h-7z"), "{}", offer.qr.path);
        assert!(offer.qr.size > 37);
        // The longest e-mail address and name that there may be.
        let account = format!("{}@{}.test", "%".repeat(64), "x".repeat(184));
        assert!(super::offer(b"12345678901234567890", &account, &"🌍".repeat(200)).is_some());
        assert!(super::offer(b"12345678901234567890", &"x".repeat(3000), "Harbour").is_none());
    }
}
