//! Which check of the catalogue a refusal belongs to.

use std::io;

use super::checks;
use super::fault::Example;
use super::feed::Feed;
use super::source::NotUtf8;
use crate::append::Refusal;

/// Checks that the lake makes on rows of a table by placing them.
pub(crate) fn link_checks(table: &str) -> &'static [&'static str] {
    match table {
        "setl_d" => &[checks::SETTLEMENT_WITHOUT_VISIT],
        table if crate::schema::is_clustered(table) && table != "mdtrt_d" => &[checks::ORPHAN_DETAIL],
        _ => &[],
    }
}

/// The check that a refusal of the lake is.
pub(crate) fn check_of(why: &Refusal, table: &str) -> &'static str {
    match why {
        Refusal::Orphan if table == "setl_d" => checks::SETTLEMENT_WITHOUT_VISIT,
        Refusal::Orphan => checks::ORPHAN_DETAIL,
        Refusal::Conflict { .. } => checks::VISIT_CONFLICT,
        Refusal::Moved => checks::VISIT_MOVED,
        Refusal::Incomplete => checks::MISSING_REQUIRED,
    }
}

/// A fault of a file as a whole.
pub(crate) fn file_example(feed: &Feed, message: String) -> Example {
    Example { file: feed.file.name.clone(), row: None, column: None, value: None, message }
}

/// Which fault an error while reading is.
pub(crate) fn describe(error: &io::Error) -> (&'static str, String) {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<NotUtf8>()) {
        Some(place) => {
            (checks::NOT_UTF8, format!("{place}（解压后从 0 算起）；若是 GBK，请用 iconv -f GB18030 -t UTF-8 转换后重新导入"))
        }
        None => (checks::UNREADABLE_FILE, format!("读取失败：{error}")),
    }
}
