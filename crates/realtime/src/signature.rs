//! Signature（签名）: whether a message is from the institution that it names. HMAC over what was sent, by SHA-256 or SM3.

use hmac::{Hmac, KeyInit, Mac};
use rulebook::finding::hex;
use sha2::{Digest, Sha256};
use sm3::Sm3;

/// Algorithm（签名算法）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC-SHA256
    Sha256,
    /// HMAC-SM3（GB/T 32905）
    Sm3,
}

impl Algorithm {
    /// As keys and headers name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "hmac-sha256",
            Self::Sm3 => "hmac-sm3",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sm3].into_iter().find(|one| one.name() == name)
    }
}

/// Signed（签名要素）: what of a call is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Path of the call, such as `/fsi/3101`.
    pub path: &'a str,
    /// When it was signed, in seconds since 1970.
    pub timestamp: &'a str,
    /// A text that the key has not signed with before.
    pub nonce: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// The longest that a caller's clock may be off, in seconds.
pub const SKEW: i64 = 300;

/// Longest nonce that is kept.
const NONCE: usize = 64;

/// SignatureFault（签名问题）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The time of signing is none.
    #[error("签名时间不是 1970 年以来的秒数，请检查 x-mc-timestamp")]
    NoTime,
    /// The time of signing is too far from ours.
    #[error("签名时间与服务器相差 {0} 秒，最多 300 秒，请校准时钟")]
    Skewed(i64),
    /// The nonce is none, or too long.
    #[error("x-mc-nonce 应为 1–64 个字符")]
    Nonce,
    /// Another key, another body, or another path.
    #[error("签名不符，请检查密钥，以及签名所用的路径、时间、随机串和报文")]
    Mismatch,
}

impl Signed<'_> {
    /// The text that is signed: path, time, nonce, and the digest of the body by the same hash, a line each.
    fn text(&self, algorithm: Algorithm) -> String {
        let digest = match algorithm {
            Algorithm::Sha256 => hex(&Sha256::digest(self.body)),
            Algorithm::Sm3 => hex(&Sm3::digest(self.body)),
        };
        format!("{}\n{}\n{}\n{digest}", self.path, self.timestamp, self.nonce)
    }

    /// The signature by a key, in lower-case hexadecimal.
    ///
    /// # Panics
    /// Never: a key of any length makes an HMAC.
    pub fn signature(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        let text = self.text(algorithm);
        match algorithm {
            Algorithm::Sha256 => hex(&code::<Hmac<Sha256>>(secret, &text).finalize().into_bytes()),
            Algorithm::Sm3 => hex(&code::<Hmac<Sm3>>(secret, &text).finalize().into_bytes()),
        }
    }

    /// Checks a signature at a moment, in seconds since 1970. Whether the nonce was used before is the store's to say.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, algorithm: Algorithm, secret: &[u8], signature: &str, now: i64) -> Result<(), SignatureFault> {
        let signed: i64 = self.timestamp.trim().parse().map_err(|_| SignatureFault::NoTime)?;
        let off = now.abs_diff(signed);
        if off > SKEW.unsigned_abs() {
            return Err(SignatureFault::Skewed(i64::try_from(off).unwrap_or(i64::MAX)));
        }
        if self.nonce.is_empty() || self.nonce.len() > NONCE {
            return Err(SignatureFault::Nonce);
        }
        let sent = bytes(signature.trim()).ok_or(SignatureFault::Mismatch)?;
        let text = self.text(algorithm);
        // Compared in constant time by the library.
        let checked = match algorithm {
            Algorithm::Sha256 => code::<Hmac<Sha256>>(secret, &text).verify_slice(&sent),
            Algorithm::Sm3 => code::<Hmac<Sm3>>(secret, &text).verify_slice(&sent),
        };
        checked.map_err(|_| SignatureFault::Mismatch)
    }
}

fn code<M: Mac + KeyInit>(secret: &[u8], text: &str) -> M {
    let mut code = <M as KeyInit>::new_from_slice(secret).expect("a key of any length makes an HMAC");
    code.update(text.as_bytes());
    code
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Signed<'_> = Signed { path: "/fsi/3101", timestamp: "1772417730", nonce: "n-1", body: b"{}" };
    const NOW: i64 = 1_772_417_700;

    #[test]
    fn a_signature_holds_for_what_was_signed_and_nothing_else() {
        for algorithm in [Algorithm::Sha256, Algorithm::Sm3] {
            let signature = CALL.signature(algorithm, b"secret");
            assert_eq!(CALL.check(algorithm, b"secret", &signature, NOW), Ok(()));
            assert_eq!(CALL.check(algorithm, b"other", &signature, NOW), Err(SignatureFault::Mismatch));
            for other in [
                Signed { path: "/fsi/3102", ..CALL },
                Signed { nonce: "n-2", ..CALL },
                Signed { body: b"{ }", ..CALL },
                Signed { timestamp: "1772417731", ..CALL },
            ] {
                assert_eq!(other.check(algorithm, b"secret", &signature, NOW), Err(SignatureFault::Mismatch));
            }
            assert_eq!(CALL.check(algorithm, b"secret", &signature, NOW + 331), Err(SignatureFault::Skewed(301)));
            assert_eq!(CALL.check(algorithm, b"secret", "zz", NOW), Err(SignatureFault::Mismatch));
        }
        let of = |algorithm| CALL.signature(algorithm, b"secret");
        assert_ne!(of(Algorithm::Sha256), of(Algorithm::Sm3));
    }

    /// The example of GB/T 32905 for the hash, so that another side computes the same.
    #[test]
    fn sm3_is_the_standard_one() {
        assert_eq!(hex(&Sm3::digest(b"abc")), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }
}
