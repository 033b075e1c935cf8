//! Keys as 64-bit fingerprints, so that millions of them fit in memory.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// The fingerprint is a hash already.
#[derive(Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A set of fingerprints.
pub(crate) type Fingerprints = HashSet<u64, BuildHasherDefault<AsIs>>;
/// Something known by fingerprint.
pub(crate) type ByFingerprint<T> = HashMap<u64, T, BuildHasherDefault<AsIs>>;

/// Fingerprint of one text.
pub(crate) fn of(text: &str) -> u64 {
    of_parts([text])
}

/// Fingerprint of several texts in order.
pub(crate) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(of_parts(["ab", "c"]), of_parts(["a", "bc"]));
        assert_eq!(of("a"), of_parts(["a"]));
    }
}
