//! Seal（加密存放）: what tells of persons lies encrypted in the database and in the files of papers, where a key is given: numbers of
//! insured persons, sheets with their evidence, what people wrote, papers, and the secrets of authenticators.
//!
//! AES-256 in SIV mode (RFC 5297): one text is always sealed alike, so that the findings of one person are found and counted
//! together without being opened, and what was changed on the disk does not open at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read as _};

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use claims::Moment;
use hkdf::Hkdf;
use sha2::Sha256;

use crate::Store;
use crate::db::Value;
use crate::error::StoreError;
use crate::paper;

/// How a sealed text begins, and how one in the open does that somebody began with that sign, which no keyboard has.
const MARK: &str = "\u{1}sealed:";
const OPEN: &str = "\u{1}open:";
/// How a packed text goes on after either. Neither base64 nor what somebody wrote and begins like a mark begins with it.
const PACKED: &str = "\u{2}packed:";
/// The shortest text that is packed, in bytes.
const LEAST_PACKED: usize = 512;
/// How the file of a sealed paper begins. No paper does: see the kinds of papers.
const FILE_MARK: &[u8] = b"mingcha sealed\n";

/// Seal（封）: the key, made ready. Its file lies outside the database and outside its backups.
#[derive(Clone)]
pub struct Seal {
    key: [u8; 64],
    id: String,
}

impl Seal {
    /// From the 32 secret bytes of a key file.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let id: [u8; 4] = derived(secret, b"mingcha casework key id");
        Self { key: derived(secret, b"mingcha casework sealing"), id: hex::encode(id) }
    }

    /// Which key this is, without telling it.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.cipher().encrypt(NO_HEADERS, plain).expect("a text in memory is shorter than the cipher's bound")
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.cipher().decrypt(NO_HEADERS, sealed).map_err(|_| StoreError::Sealed)
    }

    fn cipher(&self) -> Aes256Siv {
        Aes256Siv::new(&self.key.into())
    }
}

/// Bytes of a secret for one purpose.
fn derived<const N: usize>(secret: &[u8; 32], purpose: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    Hkdf::<Sha256>::new(None, secret).expand(purpose, &mut bytes).expect("HKDF gives 8,160 bytes, and nobody asks for as many");
    bytes
}

const NO_HEADERS: [&[u8]; 0] = [];

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({})", self.id)
    }
}

/// A text as it is to lie there: sealed, if there is a key.
pub(crate) fn at_rest(seal: Option<&Seal>, text: &str) -> String {
    match seal {
        Some(seal) => format!("{MARK}{}", BASE64.encode(seal.seal(text.as_bytes()))),
        None if text.starts_with('\u{1}') => format!("{OPEN}{text}"),
        None => text.to_owned(),
    }
}

/// A long text as it is to lie there: packed, and sealed if there is a key. Hundreds of visits a second are written, most of them names of
/// fields.
pub(crate) fn packed_at_rest(seal: Option<&Seal>, text: &str) -> String {
    if text.len() < LEAST_PACKED {
        return at_rest(seal, text);
    }
    let packed = lz4_flex::compress_prepend_size(text.as_bytes());
    match seal {
        Some(seal) => format!("{MARK}{PACKED}{}", BASE64.encode(seal.seal(&packed))),
        None => format!("{OPEN}{PACKED}{}", BASE64.encode(packed)),
    }
}

fn unpacked(text: &str, seal: Option<&Seal>) -> Result<String, StoreError> {
    let bytes = BASE64.decode(text).map_err(|_| StoreError::Sealed)?;
    let packed = match seal {
        Some(seal) => seal.open(&bytes)?,
        None => bytes,
    };
    let plain = lz4_flex::decompress_size_prepended(&packed).map_err(|_| StoreError::Sealed)?;
    String::from_utf8(plain).map_err(|_| StoreError::Sealed)
}

/// A text that lay there. What was written before there was a key is taken as it is.
pub(crate) fn opened(seal: Option<&Seal>, text: &str) -> Result<String, StoreError> {
    let Some(sealed) = text.strip_prefix(MARK) else {
        let Some(open) = text.strip_prefix(OPEN) else { return Ok(text.to_owned()) };
        return open.strip_prefix(PACKED).map_or_else(|| Ok(open.to_owned()), |packed| unpacked(packed, None));
    };
    let seal = seal.ok_or(StoreError::Sealed)?;
    if let Some(packed) = sealed.strip_prefix(PACKED) {
        return unpacked(packed, Some(seal));
    }
    let plain = seal.open(&BASE64.decode(sealed).map_err(|_| StoreError::Sealed)?)?;
    String::from_utf8(plain).map_err(|_| StoreError::Sealed)
}

/// The content of a file as it is to lie there.
pub(crate) fn file_at_rest(seal: Option<&Seal>, content: &[u8]) -> Vec<u8> {
    match seal {
        Some(seal) => [FILE_MARK, &seal.seal(content)].concat(),
        None => content.to_vec(),
    }
}

/// The content of a file that lay there.
pub(crate) fn opened_file(seal: Option<&Seal>, content: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    match content.strip_prefix(FILE_MARK) {
        Some(sealed) => seal.ok_or(StoreError::Sealed)?.open(sealed),
        None => Ok(content),
    }
}

/// Columns that are sealed: table, the two parts of its key in their order, column. Events are not among them: their chains cannot be
/// written anew. What was recorded before there was a key stays as it was.
const SEALED_COLUMNS: &[(&str, &str, &str, &str)] = &[
    ("finding", "finding_id", "''", "psn_no"),
    ("finding", "finding_id", "''", "detail"),
    ("sheet", "finding_id", "digest", "body"),
    ("class_appeal", "appeal_id", "''", "detail"),
    ("bulk_decision", "bulk_id", "''", "detail"),
    ("remark", "subject", "CAST(seq AS TEXT)", "body"),
    ("saved_view", "owner", "name", "query"),
    ("account", "name", "''", "totp"),
    ("institution_key", "key_id", "''", "secret"),
    ("call", "msgid", "fixmedins_code", "reply"),
    ("warning", "jr_id", "''", "psn_no"),
    ("warning", "jr_id", "''", "subject_key"),
    ("warning", "jr_id", "''", "detail"),
    ("warning", "jr_id", "''", "dspo_way_rea"),
    ("feedback", "jr_id", "msgid", "dspo_way_rea"),
    ("online_visit", "fixmedins_code", "mdtrt_id", "psn_no"),
    ("online_visit", "fixmedins_code", "mdtrt_id", "body"),
    ("sighting", "account", "CAST(entry AS TEXT) || '.' || CAST(number AS TEXT)", "psn_no"),
];
/// Rows sealed in one transaction.
const PAGE: i64 = 1_000;

impl Store {
    /// Holds the key against the one that the database is sealed under. A database without one is sealed from now on, with all that
    /// is in it; sealing that was broken off goes on.
    pub(crate) async fn unlock(&self, now: Moment) -> Result<(), StoreError> {
        let given = self.db.seal.as_deref().map(|seal| seal.id.clone());
        let kept = self.db.row("SELECT key_id, done FROM sealing", &[]).await?;
        let Some(row) = kept else {
            let Some(given) = given else { return Ok(()) };
            // A server without the key would go on writing in the open, and could not read what is sealed under it.
            if let Some(server) = self.server(now).await? {
                let address = server.address;
                return Err(StoreError::Unfit(format!("服务正在 http://{address} 运行，没有用密钥；请先停止它，再给出密钥")));
            }
            let sql = "INSERT INTO sealing (one, key_id, begun, done) VALUES (1, $1, $2, 0) ON CONFLICT (one) DO NOTHING";
            if self.db.execute(sql, &[given.into(), now.to_string().into()]).await? == 0 {
                return Err(StoreError::Stale);
            }
            return self.seal_earlier().await;
        };
        let kept = row.text("key_id")?;
        if given.as_ref() != Some(&kept) {
            return Err(StoreError::WrongKey { kept, given });
        }
        if row.int("done")? == 0 {
            return self.seal_earlier().await;
        }
        // Papers of a backup may have been copied back in the open.
        self.seal_earlier_papers()
    }

    /// Holds the key against the one that the database is sealed under, and changes nothing.
    pub(crate) async fn fits(&self) -> Result<(), StoreError> {
        let given = self.db.seal.as_deref().map(|seal| seal.id.clone());
        let kept = self.db.row("SELECT key_id FROM sealing", &[]).await?.map(|row| row.text("key_id")).transpose()?;
        match kept {
            Some(kept) if given.as_ref() != Some(&kept) => Err(StoreError::WrongKey { kept, given }),
            _ => Ok(()),
        }
    }

    /// Seals what lies in the open. Begun anew, it goes on where it was left.
    pub(crate) async fn seal_earlier(&self) -> Result<(), StoreError> {
        if self.db.seal.is_none() {
            return Ok(());
        }
        for (table, first, second, column) in SEALED_COLUMNS {
            let select = format!(
                "SELECT {first} AS key, {second} AS part, {column} AS secret FROM {table} \
                 WHERE ({first}, {second}) > ($1, $2) ORDER BY 1, 2 LIMIT $3"
            );
            let update = format!("UPDATE {table} SET {column} = $1 WHERE {first} = $2 AND {second} = $3");
            let (mut key, mut part) = (String::new(), String::new());
            loop {
                let mut tx = self.db.begin().await?;
                let rows = tx.rows(&select, &[key.as_str().into(), part.as_str().into(), PAGE.into()]).await?;
                for row in &rows {
                    (key, part) = (row.text("key")?, row.text("part")?);
                    let kept = row.maybe_text("secret")?.filter(|text| !text.starts_with(MARK));
                    let packed =
                        kept.as_ref().is_some_and(|text| text.starts_with(OPEN) && text[OPEN.len()..].starts_with(PACKED));
                    if let Some(open) = kept.map(|text| opened(None, &text)).transpose()? {
                        let value = if packed { Value::Bulk(open) } else { Value::Secret(Some(open)) };
                        tx.execute(&update, &[value, key.as_str().into(), part.as_str().into()]).await?;
                    }
                }
                tx.commit().await?;
                if rows.is_empty() {
                    break;
                }
            }
        }
        self.seal_earlier_papers()?;
        let tables: BTreeSet<&str> = SEALED_COLUMNS.iter().map(|(table, ..)| *table).collect();
        self.db.forget(tables.into_iter()).await?;
        self.db.execute("UPDATE sealing SET done = 1", &[]).await.map(|_| ())
    }

    fn seal_earlier_papers(&self) -> Result<(), StoreError> {
        let files = match std::fs::read_dir(&self.papers) {
            Ok(files) => files,
            Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(()),
            Err(problem) => return Err(StoreError::file(&self.papers, problem)),
        };
        for file in files {
            let path = file.map_err(|problem| StoreError::file(&self.papers, problem))?.path();
            // What a server is writing at this moment has another name until it is whole.
            if !paper::is_named_by_digest(&path) {
                continue;
            }
            let failed = |problem| StoreError::file(&path, problem);
            let mut begin = Vec::new();
            let most = FILE_MARK.len() as u64;
            File::open(&path).and_then(|file| file.take(most).read_to_end(&mut begin)).map_err(failed)?;
            if begin != FILE_MARK {
                let content = std::fs::read(&path).map_err(failed)?;
                paper::write_whole(&path, &file_at_rest(self.db.seal.as_deref(), &content))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_sealed_alike_and_opens_with_its_key_only() {
        let (seal, other) = (Seal::from_secret(&[7; 32]), Seal::from_secret(&[8; 32]));
        let sealed = at_rest(Some(&seal), "99010100000000001415");
        assert_eq!(sealed, at_rest(Some(&seal), "99010100000000001415"));
        assert_ne!(sealed, at_rest(Some(&seal), "99010100000000001416"));
        assert!(!sealed.contains("0000001415"));
        assert_eq!(opened(Some(&seal), &sealed).unwrap(), "99010100000000001415");
        assert!(matches!(opened(Some(&other), &sealed), Err(StoreError::Sealed)));
        assert!(matches!(opened(None, &sealed), Err(StoreError::Sealed)));
        assert_ne!(seal.id(), other.id());
    }

    #[test]
    fn a_long_text_is_packed_and_opens_as_it_was() {
        let (seal, long) = (Seal::from_secret(&[7; 32]), "{\"drord_bhvr\":\"0\",\"hilist_name\":\"血常规\"},".repeat(40));
        for text in [long.as_str(), "短", "", "\u{1}open:\u{2}packed:AAAA"] {
            for key in [None, Some(&seal)] {
                let kept = packed_at_rest(key, text);
                assert_eq!(opened(key, &kept).unwrap(), text);
                assert!(text.len() < LEAST_PACKED || kept.len() < text.len() / 4, "{}", kept.len());
            }
        }
        let sealed = packed_at_rest(Some(&seal), &long);
        assert!(opened(Some(&Seal::from_secret(&[8; 32])), &sealed).is_err() && opened(None, &sealed).is_err());
    }

    #[test]
    fn what_was_changed_on_the_disk_does_not_open() {
        let seal = Seal::from_secret(&[7; 32]);
        let sealed = at_rest(Some(&seal), r#"{"reason":"病程记录可见"}"#);
        for at in MARK.len()..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(opened(Some(&seal), &String::from_utf8(changed).unwrap()).is_err(), "{at}");
        }
        let mut file = file_at_rest(Some(&seal), b"%PDF-1.7 ...");
        assert_eq!(opened_file(Some(&seal), file.clone()).unwrap(), b"%PDF-1.7 ...");
        *file.last_mut().unwrap() ^= 1;
        assert!(opened_file(Some(&seal), file).is_err());
    }

    #[test]
    fn what_was_written_before_there_was_a_key_is_read_as_it_is() {
        let seal = Seal::from_secret(&[7; 32]);
        assert_eq!(opened(Some(&seal), "{}").unwrap(), "{}");
        assert_eq!(opened_file(Some(&seal), b"%PDF-1.7".to_vec()).unwrap(), b"%PDF-1.7");
        assert_eq!(at_rest(None, "P1"), "P1");
        // Whoever writes what looks sealed reads it again as it was written.
        for odd in ["\u{1}sealed:AAAA", "\u{1}open:x", "\u{1}"] {
            assert_eq!(opened(None, &at_rest(None, odd)).unwrap(), odd);
            assert_eq!(opened(Some(&seal), &at_rest(Some(&seal), odd)).unwrap(), odd);
        }
    }
}
