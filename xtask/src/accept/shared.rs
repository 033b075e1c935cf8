//! Reading the real data: gzip and CSV, straight from its folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};

/// A row of a CSV file by its header.
pub(super) type Row = BTreeMap<String, String>;

/// Text of a gzip file.
pub(super) fn gunzip(path: &Path) -> Result<String> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

/// Rows of a gzip CSV file.
pub(super) fn rows(path: &Path) -> Result<Vec<Row>> {
    let text = gunzip(path)?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("{}", path.display()))?;
        rows.push(headers.iter().map(str::to_owned).zip(record.iter().map(|cell| cell.trim().to_owned())).collect());
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_gzip_table_with_a_byte_order_mark_is_read_by_its_header() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("t.csv.gz");
        let mut writer = flate2::write::GzEncoder::new(File::create(&path).expect("a file"), flate2::Compression::fast());
        writer.write_all("\u{feff}项目编码,频度\n001, 单日 \n".as_bytes()).expect("written");
        writer.finish().expect("closed");
        let rows = rows(&path).expect("readable");
        assert_eq!(rows[0]["项目编码"], "001");
        assert_eq!(rows[0]["频度"], "单日");
    }
}
