//! One-time codes（动态口令）: six digits that somebody's authenticator shows for half a minute, by RFC 6238.

use claims::Moment;
use totp_rs::{Algorithm, Secret, TOTP};

use crate::error::StoreError;

/// Digits of a code.
const DIGITS: usize = 6;
/// How long a code is shown, in seconds.
const STEP_SECONDS: i64 = 30;
/// Steps by which a clock may be off, either way.
const SKEW: i64 = 1;
/// Beijing is ahead of the time that codes are counted in, in seconds.
const BEIJING_SECONDS: i64 = 8 * 3600;

/// Secret（密钥）that an account shares with an authenticator, in base 32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeSecret(String);

impl OneTimeSecret {
    /// A new one, of 160 bits.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0_u8; 20];
        getrandom::fill(&mut bytes).map_err(StoreError::Random)?;
        let Secret::Encoded(text) = Secret::Raw(bytes.to_vec()).to_encoded() else {
            return Err(StoreError::Unfit("密钥无法编码".to_owned()));
        };
        Ok(Self(text))
    }

    /// One that was written before; none where it is no secret.
    pub fn read(text: &str) -> Option<Self> {
        let secret = Self(text.trim().to_ascii_uppercase());
        secret.codes("", "").map(|_| secret)
    }

    /// As it is typed into an authenticator.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// As an authenticator reads it from a link.
    pub fn link(&self, bureau: &str, account: &str) -> String {
        // A colon divides issuer and account in the link.
        let plain = |text: &str| text.replace(':', " ");
        self.codes(&plain(bureau), &plain(account)).map_or_else(String::new, |codes| codes.get_url())
    }

    /// The code of a moment.
    pub fn code(&self, now: Moment) -> Option<String> {
        self.code_of(step(now))
    }

    /// The step whose code this is: now or a step beside it, and later than the last that was used.
    pub(crate) fn step_of(&self, code: &str, now: Moment, used: i64) -> Option<i64> {
        let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let now = step(now);
        (now - SKEW..=now + SKEW)
            .filter(|step| *step > used)
            .find(|step| self.code_of(*step).is_some_and(|good| same(&good, &code)))
    }

    fn code_of(&self, step: i64) -> Option<String> {
        Some(self.codes("", "")?.generate(u64::try_from(step * STEP_SECONDS).ok()?))
    }

    fn codes(&self, bureau: &str, account: &str) -> Option<TOTP> {
        let bytes = Secret::Encoded(self.0.clone()).to_bytes().ok()?;
        let bureau = (!bureau.is_empty()).then(|| bureau.to_owned());
        TOTP::new(Algorithm::SHA1, DIGITS, 1, STEP_SECONDS.unsigned_abs(), bytes, bureau, account.to_owned()).ok()
    }
}

fn step(now: Moment) -> i64 {
    (now.0 - BEIJING_SECONDS).div_euclid(STEP_SECONDS)
}

/// Compared to the end, so that time does not tell how many digits are right.
fn same(good: &str, given: &str) -> bool {
    good.len() == given.len() && good.bytes().zip(given.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret and the moments of RFC 6238, appendix B, its codes cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = OneTimeSecret::read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        for (unix, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(secret.code(Moment(unix + BEIJING_SECONDS)).as_deref(), Some(code));
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_clock_that_is_a_little_off() {
        let secret = OneTimeSecret::random().unwrap();
        let now = Moment(1_800_000_000);
        let code = secret.code(now).unwrap();
        let step = secret.step_of(&code, now, 0).unwrap();
        assert_eq!(secret.step_of(&code, now, step), None, "used");
        assert_eq!(secret.step_of(&code, now.plus_seconds(30), 0), Some(step));
        assert_eq!(secret.step_of(&code, now.plus_seconds(90), 0), None, "late");
        assert_eq!(secret.step_of(&format!("{} {}", &code[..3], &code[3..]), now, 0), Some(step), "as it is shown");
        assert_eq!(secret.step_of("", now, 0), None);
    }

    #[test]
    fn what_is_no_secret_is_none() {
        assert_eq!(OneTimeSecret::read("0189"), None);
        assert_eq!(OneTimeSecret::read(""), None);
        let secret = OneTimeSecret::random().unwrap();
        assert_eq!(OneTimeSecret::read(&secret.text().to_lowercase()), Some(secret.clone()));
        assert!(secret.link("某市医保局", "auditor").starts_with("otpauth://totp/"));
    }
}
