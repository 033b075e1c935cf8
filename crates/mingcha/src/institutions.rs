//! The institutions of a lake as reports name them.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use claims::institution::level_class;
use lake::Lake;

use crate::rows::rows;

/// Institution（机构）as its newest row in the register has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Institution {
    pub(crate) name: String,
    /// Level class: 3, 2, 1; none where it is unrated or not known.
    pub(crate) level: Option<u8>,
}

/// Institutions by code. A lake without their register has none, and whoever asks falls back on codes.
pub(crate) fn of(lake: &Path) -> HashMap<String, Institution> {
    let query = "SELECT fixmedins_code, fixmedins_name, hosp_lv FROM fixmedins_b ORDER BY fixmedins_code, begntime NULLS FIRST";
    let read = || -> Result<_> { rows(&Lake::open(lake)?.snapshot()?, query) };
    let institution = |row: Vec<String>| {
        let mut cells = row.into_iter();
        let (code, name, level) = (cells.next()?, cells.next()?, cells.next()?);
        Some((code, Institution { name, level: level_class(Some(&level)) }))
    };
    read().unwrap_or_default().into_iter().filter_map(institution).collect()
}

/// Region in which each institution is agreed（定点归属区划）, from its newest row in the register.
pub(crate) fn regions(lake: &Path) -> HashMap<String, String> {
    let query = "SELECT fixmedins_code, fix_blng_admdvs FROM fixmedins_b WHERE fix_blng_admdvs IS NOT NULL \
                 ORDER BY fixmedins_code, begntime NULLS FIRST";
    let read = || -> Result<_> { rows(&Lake::open(lake)?.snapshot()?, query) };
    read()
        .unwrap_or_default()
        .into_iter()
        .filter_map(|row| <[String; 2]>::try_from(row).ok())
        .map(|[code, region]| (code, region))
        .collect()
}

/// Level as people say it.
pub(crate) const fn level_label(level: Option<u8>) -> &'static str {
    match level {
        Some(3) => "三级",
        Some(2) => "二级",
        Some(1) => "一级",
        _ => "未定级或不明",
    }
}
