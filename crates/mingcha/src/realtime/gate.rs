//! Gate（入口）: who may call, how often, and how many at once. A slow or bad caller cannot harm others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::HeaderMap;
use realtime::signature::{Algorithm, Signed};
use realtime::{Envelope, Refusal};
use store::Store;
use store::realtime::Nonce;

use super::desk::Sender;

/// Header that names the key（密钥编号）.
pub(crate) const KEY: &str = "x-mc-key";
/// Header that tells when it was signed.
pub(crate) const TIMESTAMP: &str = "x-mc-timestamp";
/// Header with a text that the key has not signed with before.
pub(crate) const NONCE: &str = "x-mc-nonce";
/// Header with the signature.
pub(crate) const SIGNATURE: &str = "x-mc-signature";

/// Who sends a message: the key that signed it, or nobody where that is allowed.
///
/// Without a signature a call is accepted only on the loopback, and only while no institution has a key.
pub(crate) async fn sender(
    store: &Store,
    headers: &HeaderMap,
    call: (&str, &[u8]),
    envelope: &Envelope,
    on_loopback: bool,
) -> Result<Sender, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ours = |problem: store::StoreError| {
        tracing::error!(%problem, "keys cannot be read");
        Refusal::new("服务暂时不能核对签名，请稍后重发")
    };
    let key_id = header(KEY);
    if key_id.is_empty() {
        if on_loopback && !store.has_keys().await.map_err(ours)? {
            return Ok(Sender::default());
        }
        return Err(Refusal::new(format!("报文没有签名：请带上 {KEY}、{TIMESTAMP}、{NONCE}、{SIGNATURE} 四个请求头")));
    }
    let key = store.key(key_id).await.map_err(ours)?.ok_or_else(|| Refusal::new(format!("密钥“{key_id}”不存在或已停用")))?;
    if key.fixmedins_code != *envelope.fixmedins_code {
        return Err(Refusal::new(format!("密钥“{key_id}”不属于机构 {}", envelope.fixmedins_code)));
    }
    let (path, body) = call;
    let signed = Signed { path, timestamp: header(TIMESTAMP), nonce: header(NONCE), body };
    let algorithm = match key.algorithm {
        store::realtime::Algorithm::HmacSm3 => Algorithm::Sm3,
        store::realtime::Algorithm::HmacSha256 => Algorithm::Sha256,
    };
    signed
        .check(algorithm, key.secret.as_bytes(), header(SIGNATURE), seconds())
        .map_err(|fault| Refusal::new(fault.to_string()))?;
    Ok(Sender { signed: Some(Nonce { key_id: key_id.to_owned(), nonce: signed.nonce.to_owned() }) })
}

/// Seconds since 1970, as `date +%s` gives them.
fn seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Rates（调用频率）of institutions: each has a bucket that fills by so many calls a second and holds two seconds of them.
#[derive(Debug)]
pub(crate) struct Rates {
    per_second: f64,
    buckets: Mutex<HashMap<String, (f64, Instant)>>,
}

/// Buckets that are kept; beyond it the full ones are forgotten, which loses nothing.
const BUCKETS: usize = 10_000;

impl Rates {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second.max(1)), buckets: Mutex::new(HashMap::new()) }
    }

    /// Whether an institution may call now.
    pub(crate) fn allow(&self, fixmedins_code: &str, now: Instant) -> bool {
        let most = self.per_second * 2.0;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > BUCKETS {
            buckets.retain(|_, (left, at)| *left + now.duration_since(*at).as_secs_f64() * self.per_second < most);
        }
        let (left, at) = buckets.entry(fixmedins_code.to_owned()).or_insert((most, now));
        *left = (*left + now.saturating_duration_since(*at).as_secs_f64() * self.per_second).min(most);
        *at = now;
        let allowed = *left >= 1.0;
        *left -= if allowed { 1.0 } else { 0.0 };
        allowed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_institution_that_calls_too_often_waits_and_others_do_not() {
        let rates = Rates::new(10);
        let now = Instant::now();
        let allowed = (0..100).filter(|_| rates.allow("H1", now)).count();
        assert_eq!(allowed, 20);
        assert!(rates.allow("H2", now));
        assert!(!rates.allow("H1", now));
        assert!(rates.allow("H1", now + Duration::from_millis(150)));
    }
}
