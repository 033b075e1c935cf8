//! Personal data: kept out of the lake's tables, hashed for joining, and sealed for those entitled.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aes_gcm::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use claims::table::Table;
use datafusion::arrow::array::BinaryBuilder;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::error::LakeError;
use crate::layout::hash64;
use crate::parquet_write::{DataFileWriter, StagedFile};

/// Table of sealed values.
pub const PERSONAL_DATA: &str = "personal_data";
const NONCE_BYTES: usize = 12;
const BATCH_ROWS: usize = 8192;

/// Key（个人信息密钥）: hashes and seals personal data. Its file lies outside the lake.
pub struct PersonalKey {
    cipher: Aes256Gcm,
    hashing: [u8; 32],
    id: String,
}

impl PersonalKey {
    /// Reads a key file: 64 hexadecimal digits.
    pub fn read(path: &Path, lake: &Path) -> Result<Self, LakeError> {
        read_secret(path, lake).map(|secret| Self::from_secret(&secret))
    }

    /// From 32 secret bytes.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let sealing = keyed(secret, b"mingcha personal data sealing");
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(sealing));
        let id = hex(&keyed(secret, b"mingcha personal data key id")[..4]);
        Self { cipher, hashing: keyed(secret, b"mingcha certificate hashing"), id }
    }

    /// Which key this is, without telling it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The keyed hash of a certificate number; the same for the old and the new number of one person.
    pub fn cert_hash(&self, certno: &str) -> String {
        hex(&keyed(&self.hashing, plain_certificate(certno).as_bytes()))
    }

    fn seal(&self, bound_to: &str, value: &str) -> Result<Vec<u8>, LakeError> {
        let nonce = Aes256Gcm::generate_nonce(&mut OsRng);
        let payload = Payload { msg: value.as_bytes(), aad: bound_to.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).map_err(|_| LakeError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, bound_to: &str, sealed: &[u8]) -> Result<String, LakeError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(LakeError::Sealed)?;
        let payload = Payload { msg: sealed, aad: bound_to.as_bytes() };
        let plain = self.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| LakeError::Sealed)?;
        String::from_utf8(plain).map_err(|_| LakeError::Sealed)
    }
}

/// The secret bytes of a key file: 64 hexadecimal digits, in a file outside the lake.
pub fn read_secret(path: &Path, lake: &Path) -> Result<[u8; 32], LakeError> {
    let refuse = || LakeError::KeyFile { path: path.to_owned() };
    let absolute = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    let (file, folder) = (absolute(path).map_err(LakeError::io(path))?, absolute(lake).map_err(LakeError::io(lake))?);
    if file.starts_with(folder) {
        return Err(refuse());
    }
    let text = std::fs::read_to_string(path).map_err(LakeError::io(path))?;
    unhex(text.trim()).ok_or_else(refuse)
}

impl std::fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonalKey({})", self.id)
    }
}

fn keyed(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// One form for all numbers of a person: upper case, and identity numbers of fifteen digits in today's eighteen.
fn plain_certificate(certno: &str) -> String {
    let text = certno.trim().to_uppercase();
    if text.len() != 15 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    let body = format!("{}19{}", &text[..6], &text[6..]);
    // The check character of GB 11643: weights are the powers of two modulo eleven.
    let sum: u32 = (0..17_u32).zip(body.bytes()).map(|(at, digit)| u32::from(digit - b'0') * (2_u32.pow(17 - at) % 11)).sum();
    let check = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize];
    format!("{body}{check}")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
    }
    text
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Columns of the table of sealed values.
pub(crate) fn sealed_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        text("table_name"),
        text("subject"),
        text("column_name"),
        text("key_id"),
        Field::new("sealed", DataType::Binary, true),
        Field::new("delivery", DataType::Int64, true),
    ]))
}

/// Takes personal columns out of batches.
pub(crate) struct Sealer {
    key: Option<PersonalKey>,
    delivery: i64,
    path: PathBuf,
    writer: Option<DataFileWriter>,
    pending: Pending,
    /// Values sealed before in this delivery: a person's name comes with every visit.
    seen: HashSet<u64>,
    /// Tables whose personal columns were dropped for want of a key.
    pub(crate) dropped: HashSet<&'static str>,
}

#[derive(Default)]
struct Pending {
    tables: StringBuilder,
    subjects: StringBuilder,
    columns: StringBuilder,
    sealed: BinaryBuilder,
    rows: usize,
}

impl Sealer {
    pub(crate) fn new(key: Option<PersonalKey>, delivery: i64, staging: &Path) -> Self {
        Self {
            key,
            delivery,
            path: staging.join("personal.parquet"),
            writer: None,
            pending: Pending::default(),
            seen: HashSet::new(),
            dropped: HashSet::new(),
        }
    }

    /// Seals the personal columns of a batch, and gives the hashes of its certificate numbers.
    pub(crate) fn take(&mut self, table: &'static Table, batch: &RecordBatch) -> Result<Option<ArrayRef>, LakeError> {
        let personal = table.columns.iter().filter(|column| column.personal);
        for column in personal {
            let Some(values) = batch.column_by_name(column.name) else { continue };
            if values.null_count() == values.len() {
                continue;
            }
            if self.key.is_none() {
                self.dropped.insert(table.name);
                continue;
            }
            self.seal_column(table, batch, column.name, values.as_string())?;
        }
        let (Some(key), Some(certificates)) = (&self.key, batch.column_by_name("certno")) else { return Ok(None) };
        let hashes: StringArray =
            certificates.as_string::<i32>().iter().map(|certno| certno.map(|certno| key.cert_hash(certno))).collect();
        Ok(Some(Arc::new(hashes)))
    }

    fn seal_column(
        &mut self,
        table: &'static Table,
        batch: &RecordBatch,
        column: &str,
        values: &StringArray,
    ) -> Result<(), LakeError> {
        let subject = ["psn_no", "fixmedins_code"].iter().find_map(|name| batch.column_by_name(name));
        let Some(subjects) = subject.map(AsArray::as_string::<i32>) else { return Ok(()) };
        for row in (0..values.len()).filter(|row| values.is_valid(*row) && subjects.is_valid(*row)) {
            let (subject, value) = (subjects.value(row), values.value(row));
            let bound_to = bound_to(table.name, subject, column);
            if self.seen.insert(hash64(value.as_bytes(), hash64(bound_to.as_bytes(), 3)))
                && let Some(key) = &self.key
            {
                let sealed = key.seal(&bound_to, value)?;
                self.pending.push(table.name, subject, column, &sealed);
            }
        }
        if self.pending.rows >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let rows = self.pending.rows;
        let Some(key) = self.key.as_ref().filter(|_| rows > 0) else { return Ok(()) };
        let pending = &mut self.pending;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(pending.tables.finish()),
            Arc::new(pending.subjects.finish()),
            Arc::new(pending.columns.finish()),
            Arc::new(StringArray::from(vec![key.id(); rows])),
            Arc::new(pending.sealed.finish()),
            Arc::new(Int64Array::from(vec![self.delivery; rows])),
        ];
        pending.rows = 0;
        let batch = RecordBatch::try_new(sealed_schema(), columns)?;
        if self.writer.is_none() {
            self.writer = Some(DataFileWriter::create(&self.path, sealed_schema())?);
        }
        match &mut self.writer {
            Some(writer) => writer.write(&batch),
            None => Ok(()),
        }
    }

    pub(crate) fn finish(&mut self) -> Result<Option<StagedFile>, LakeError> {
        self.flush()?;
        self.writer.take().map(|writer| writer.finish(None)).transpose()
    }
}

impl Pending {
    fn push(&mut self, table: &str, subject: &str, column: &str, sealed: &[u8]) {
        self.tables.append_value(table);
        self.subjects.append_value(subject);
        self.columns.append_value(column);
        self.sealed.append_value(sealed);
        self.rows += 1;
    }
}

/// A sealed value opens only where it was sealed for.
fn bound_to(table: &str, subject: &str, column: &str) -> String {
    format!("{table}\u{1f}{subject}\u{1f}{column}")
}

/// Personal value（个人信息）: one value, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalValue {
    /// Table that it came with.
    pub table: String,
    /// Column, such as `psn_name`.
    pub column: String,
    /// The value in the open.
    pub value: String,
    /// Delivery that brought it; the newest is last.
    pub delivery: i64,
}

/// Opens the values of one person (or institution). The caller answers for who may see them, and logs it.
pub(crate) fn open_values(key: &PersonalKey, batch: &RecordBatch, subject: &str) -> Result<Vec<PersonalValue>, LakeError> {
    let text = |at: usize| batch.column(at).as_string::<i32>();
    let (tables, subjects, columns, keys) = (text(0), text(1), text(2), text(3));
    let sealed: &BinaryArray = batch.column(4).as_binary();
    let deliveries = batch.column(5).as_primitive::<datafusion::arrow::datatypes::Int64Type>();
    let mut values = Vec::new();
    for row in (0..batch.num_rows()).filter(|row| subjects.value(*row) == subject) {
        if keys.value(row) != key.id() {
            return Err(LakeError::Sealed);
        }
        let (table, column) = (tables.value(row), columns.value(row));
        let value = key.open(&bound_to(table, subject, column), sealed.value(row))?;
        values.push(PersonalValue { table: table.into(), column: column.into(), value, delivery: deliveries.value(row) });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_numbers_of_a_person_hash_alike() {
        let key = PersonalKey::from_secret(&[7; 32]);
        assert_eq!(plain_certificate("110105491231002"), "11010519491231002X");
        assert_eq!(key.cert_hash("110105491231002"), key.cert_hash(" 11010519491231002x"));
        assert_ne!(key.cert_hash("11010519491231002X"), PersonalKey::from_secret(&[8; 32]).cert_hash("11010519491231002X"));
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_with_its_key() {
        let key = PersonalKey::from_secret(&[7; 32]);
        let sealed = key.seal("a", "张三").unwrap();
        assert_eq!(key.open("a", &sealed).unwrap(), "张三");
        assert!(key.open("b", &sealed).is_err());
        assert!(PersonalKey::from_secret(&[8; 32]).open("a", &sealed).is_err());
        assert_ne!(sealed, key.seal("a", "张三").unwrap());
    }
}
