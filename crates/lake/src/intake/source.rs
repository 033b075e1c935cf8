//! Delivered files: found, opened, decompressed, and looked at far enough to know their form.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// A file of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// Name for people: the file's own name, with the folder inside the delivery.
    pub(crate) name: String,
    /// Bytes on disk.
    pub(crate) bytes: u64,
    /// Whether the user named this very file.
    pub(crate) named: bool,
}

/// Form（文件格式） of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Parquet,
    Delimited { separator: Separator, quote: Option<u8> },
}

/// What stands between fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    Byte(u8),
    /// `|@|`, the national extract's separator for fields with commas.
    BarAtBar,
}

/// Stands for `|@|` between our own readers; the unit separator of ASCII does not occur in texts.
pub(crate) const UNIT_SEPARATOR: u8 = 0x1f;

/// Bytes that are not UTF-8, with their place in the (decompressed) file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("第 {offset} 字节处不是 UTF-8")]
pub(crate) struct NotUtf8 {
    pub(crate) offset: u64,
}

/// All files under the paths, folders searched recursively, in order of name. Hidden files are left out.
pub(crate) fn discover(paths: &[PathBuf]) -> Result<Vec<SourceFile>, (PathBuf, io::Error)> {
    let mut found = Vec::new();
    for path in paths {
        let about = fs::metadata(path).map_err(|error| (path.clone(), error))?;
        if about.is_dir() {
            walk(path, path, &mut found)?;
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push(SourceFile { path: path.clone(), name, bytes: about.len(), named: true });
        }
    }
    Ok(found)
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<SourceFile>) -> Result<(), (PathBuf, io::Error)> {
    let fail = |error| (folder.to_owned(), error);
    let mut entries = fs::read_dir(folder).map_err(fail)?.collect::<Result<Vec<_>, _>>().map_err(fail)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let about = fs::metadata(&path).map_err(|error| (path.clone(), error))?;
        if about.is_dir() {
            walk(root, &path, found)?;
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(SourceFile { path, name, bytes: about.len(), named: false });
        }
    }
    Ok(())
}

/// SHA-256 of a file's bytes, as hexadecimal text.
pub(crate) fn digest(path: &Path) -> io::Result<String> {
    use std::fmt::Write;
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// The first decompressed bytes and the form they show.
#[derive(Debug)]
pub(crate) struct Sniffed {
    pub(crate) form: Form,
    /// Names in the header, without blanks around them.
    pub(crate) header: Vec<String>,
}

const SNIFF: u64 = 1 << 18;

/// Looks at the beginning of a file.
pub(crate) fn sniff(path: &Path) -> io::Result<Sniffed> {
    if magic(path)?.starts_with(b"PAR1") {
        return Ok(Sniffed { form: Form::Parquet, header: super::block::parquet_header(path)? });
    }
    let mut start = Vec::new();
    open_bytes(path, &Arc::default())?.take(SNIFF).read_to_end(&mut start)?;
    check_utf8(&start)?;
    let form = delimited_form(&start);
    Ok(Sniffed { form, header: header(&start, form) })
}

/// Only the end of what was read may be a character cut in two.
fn check_utf8(start: &[u8]) -> io::Result<()> {
    match std::str::from_utf8(start) {
        Err(error) if error.error_len().is_some() => {
            Err(io::Error::new(io::ErrorKind::InvalidData, NotUtf8 { offset: error.valid_up_to() as u64 }))
        }
        _ => Ok(()),
    }
}

fn magic(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn delimited_form(start: &[u8]) -> Form {
    let mut lines = start.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty());
    let header = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    let separator = if contains(header, b"|@|") {
        Separator::BarAtBar
    } else if !header.contains(&b',') && header.contains(&b'\t') {
        Separator::Byte(b'\t')
    } else {
        Separator::Byte(b',')
    };
    let header = header.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(header);
    let begins = |quote: u8| header.first() == Some(&quote) || second.first() == Some(&quote);
    let quote = if begins(b'\'') {
        Some(b'\'')
    } else if separator == Separator::BarAtBar && !begins(b'"') {
        // Extracts with this separator leave quotation marks inside the fields as they are.
        None
    } else {
        Some(b'"')
    };
    Form::Delimited { separator, quote }
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn header(start: &[u8], form: Form) -> Vec<String> {
    let Form::Delimited { separator, quote } = form else { return Vec::new() };
    let start = start.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(start);
    let mut reader = csv_reader(Box::new(SeparatorFold::wrap(io::Cursor::new(start.to_vec()), separator)), separator, quote);
    let mut record = csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).unwrap_or(false) {
        return Vec::new();
    }
    record.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect()
}

/// A CSV reader of the file's form; rows may have any number of fields.
pub(crate) fn csv_reader(
    bytes: Box<dyn Read + Send>,
    separator: Separator,
    quote: Option<u8>,
) -> csv::Reader<Box<dyn Read + Send>> {
    let delimiter = match separator {
        Separator::Byte(byte) => byte,
        Separator::BarAtBar => UNIT_SEPARATOR,
    };
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(quote.is_some())
        .quote(quote.unwrap_or(b'"'))
        .buffer_capacity(1 << 17)
        .from_reader(bytes)
}

/// The decompressed bytes of a delimited file: UTF-8 checked, without byte order mark, `|@|` made one byte.
pub(crate) fn open_text(path: &Path, separator: Separator, read: &Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
    let mut checked = BufReader::with_capacity(1 << 17, Utf8Check::new(open_bytes(path, read)?));
    if checked.fill_buf()?.starts_with(&[0xef, 0xbb, 0xbf]) {
        checked.consume(3);
    }
    Ok(SeparatorFold::wrap(checked, separator))
}

fn open_bytes(path: &Path, read: &Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
    let kind = magic(path)?;
    let counted = Counted { inner: File::open(path)?, read: Arc::clone(read) };
    let buffered = BufReader::with_capacity(1 << 17, counted);
    Ok(match kind.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(buffered)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::Decoder::with_buffer(buffered)?),
        _ => Box::new(buffered),
    })
}

/// Counts bytes read from disk, for progress.
struct Counted {
    inner: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Passes bytes on as long as they are UTF-8.
struct Utf8Check<R> {
    inner: R,
    /// Begin of a character that the last piece cut in two.
    tail: Vec<u8>,
    scratch: Vec<u8>,
    /// Where the tail lies in the file.
    offset: u64,
}

impl<R: Read> Utf8Check<R> {
    fn new(inner: R) -> Self {
        Self { inner, tail: Vec::new(), scratch: Vec::new(), offset: 0 }
    }

    fn check(&mut self, piece: &[u8]) -> io::Result<()> {
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.tail);
        self.scratch.extend_from_slice(piece);
        let valid = match std::str::from_utf8(&self.scratch) {
            Ok(_) => self.scratch.len(),
            Err(error) if error.error_len().is_none() && !piece.is_empty() => error.valid_up_to(),
            Err(error) => {
                let offset = self.offset + error.valid_up_to() as u64;
                return Err(io::Error::new(io::ErrorKind::InvalidData, NotUtf8 { offset }));
            }
        };
        self.offset += valid as u64;
        self.tail.clear();
        self.tail.extend_from_slice(&self.scratch[valid..]);
        Ok(())
    }
}

impl<R: Read> Read for Utf8Check<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.check(&buffer[..read])?;
        Ok(read)
    }
}

/// Makes the three bytes `|@|` one.
struct SeparatorFold<R> {
    inner: R,
    /// Read but not yet looked at, because it may be the begin of a separator.
    held: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read + Send + 'static> SeparatorFold<R> {
    fn wrap(inner: R, separator: Separator) -> Box<dyn Read + Send> {
        match separator {
            Separator::Byte(_) => Box::new(inner),
            Separator::BarAtBar => Box::new(Self { inner, held: Vec::new(), ready: Vec::new(), given: 0, ended: false }),
        }
    }
}

impl<R: Read> SeparatorFold<R> {
    fn refill(&mut self) -> io::Result<()> {
        let mut piece = vec![0; 1 << 16];
        let read = self.inner.read(&mut piece)?;
        self.ended = read == 0;
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(&piece[..read]);
        self.ready.clear();
        self.given = 0;
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if rest.starts_with(b"|@|") {
                self.ready.push(UNIT_SEPARATOR);
                at += 3;
            } else if !self.ended && (rest == b"|" || rest == b"|@") {
                break;
            } else {
                let plain = rest[1..].iter().position(|byte| *byte == b'|').map_or(rest.len(), |next| next + 1);
                self.ready.extend_from_slice(&rest[..plain]);
                at += plain;
            }
        }
        self.held = bytes.split_off(at);
        Ok(())
    }
}

impl<R: Read> Read for SeparatorFold<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = buffer.len().min(self.ready.len() - self.given);
        buffer[..count].copy_from_slice(&self.ready[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives bytes a few at a time, so that every cut is met.
    struct Dribble(Vec<u8>, usize);

    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    #[test]
    fn the_separator_is_found_across_pieces() {
        for step in 1..6 {
            let mut text = String::new();
            SeparatorFold::wrap(Dribble(b"a|@|b|c|@x|@||@|d|".to_vec(), step), Separator::BarAtBar)
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, "a\u{1f}b|c|@x\u{1f}\u{1f}d|", "step {step}");
        }
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_named_by_its_place() {
        for step in 1..5 {
            let mut bytes = "医保,基金".as_bytes().to_vec();
            bytes.push(0xff);
            let error = Utf8Check::new(Dribble(bytes, step)).read_to_end(&mut Vec::new()).unwrap_err();
            let place = error.get_ref().unwrap().downcast_ref::<NotUtf8>().unwrap();
            assert_eq!(place.offset, 13, "step {step}");
        }
        let cut = &"医".as_bytes()[..2];
        assert!(Utf8Check::new(cut).read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn quotes_and_separators_are_seen_in_the_first_lines() {
        let form = |text: &str| delimited_form(text.as_bytes());
        assert_eq!(form("a,b\r\n'1','2'"), Form::Delimited { separator: Separator::Byte(b','), quote: Some(b'\'') });
        assert_eq!(form("a|@|b\n1|@|2"), Form::Delimited { separator: Separator::BarAtBar, quote: None });
        assert_eq!(form("\u{feff}\"a\",b"), Form::Delimited { separator: Separator::Byte(b','), quote: Some(b'"') });
        assert_eq!(form("a\tb"), Form::Delimited { separator: Separator::Byte(b'\t'), quote: Some(b'"') });
    }
}
