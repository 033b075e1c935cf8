//! The second reading of batches 1–8: per class, code (or pair of codes) → deciding values, brought to our own spelling.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use super::bench::Bench;
use super::report::plain;
use super::shared::{self, Row};

/// Code, or `main×contained` for pairs → deciding values.
pub(super) type Reading = BTreeMap<String, BTreeSet<String>>;

/// How one table of the second reading is read, and how the same value stands in our rows.
pub(super) struct Class {
    /// Classes as published; two where the second reading keeps them in one table.
    pub(super) names: &'static [&'static str],
    /// Table with the values, and where the codes stand in another table, that table (joined by drug name).
    file: &'static str,
    codes: Option<&'static str>,
    key: &'static [&'static str],
    theirs: fn(&Row) -> Option<String>,
    pub(super) ours: fn(&Value) -> Option<String>,
}

const DRUG: &str = "药品通用名";

/// The fourteen classes that both sources have.
pub(super) const CLASSES: [Class; 12] = [
    Class {
        names: &["药品区分性别使用"],
        file: "liangku_【第一批】药品规则库(限定性别对象).csv.gz",
        codes: Some("liangku_【第一批】药品规则库(限定性别对象)_1.csv.gz"),
        key: &["药品代码"],
        theirs: |row| sex(&row["限定对象"]),
        ours: |row| own(row, "gender"),
    },
    Class {
        names: &["医疗服务项目区分性别使用"],
        file: "liangku_【第一批】项目规则库(限定性别对象).csv.gz",
        codes: None,
        key: &["国标代码"],
        theirs: |row| sex(&row["限定性别"]),
        ours: |row| own(row, "gender"),
    },
    Class {
        names: &["药品儿童专用", "药品限儿童使用"],
        file: "liangku_【第一批】药品规则库(限定年龄对象).csv.gz",
        codes: Some("liangku_【第一批】药品规则库(限定年龄对象)_1.csv.gz"),
        key: &["国标代码"],
        // The table says 儿童 everywhere, which decides nothing beyond the class itself.
        theirs: |_| None,
        ours: |_| None,
    },
    Class {
        names: &["医疗服务项目儿童专用"],
        file: "liangku_【第一批】项目规则库(限定年龄对象).csv.gz",
        codes: None,
        key: &["国标代码"],
        theirs: |row| row.get("限定对象").cloned(),
        ours: children,
    },
    Class {
        names: &["手术项目未按规定折价收费"],
        file: "liangku_【第二批】项目规则库（限定主次操作）.csv.gz",
        codes: None,
        key: &["国标代码"],
        theirs: |row| row.get("限定值域").cloned(),
        ours: |row| own(row, "group"),
    },
    Class {
        names: &["药品限工伤保险", "药品限生育保险"],
        file: "liangku_【第三批】药品规则库（限定保险类型）.csv.gz",
        codes: Some("liangku_【第三批】药品规则库（限定保险类型）_1.csv.gz"),
        key: &["国标代码"],
        theirs: |row| word(&row["限定对象"], &[("工伤", "work_injury"), ("生育", "maternity")]),
        ours: |row| own(row, "insu_limit"),
    },
    Class {
        names: &["药品限就医方式"],
        file: "liangku_【第四批】药品规则库（限定就医方式）.csv.gz",
        codes: Some("liangku_【第四批】药品规则库（限定就医方式）_1.csv.gz"),
        key: &["国标代码"],
        theirs: |row| word(&row["限定值域"], &[("住院", "ip")]),
        ours: |row| own(row, "visit_mode"),
    },
    Class {
        names: &["药品限医疗机构级别"],
        file: "liangku_【第五批】药品规则库（限定机构等级）.csv.gz",
        codes: Some("liangku_【第五批】药品规则库（限定机构等级）_1.csv.gz"),
        key: &["国标代码"],
        theirs: |row| word(&row["限定值域"], &[("二级", "2"), ("三级", "3")]),
        ours: |row| own(row, "hosp_lv_min"),
    },
    Class {
        names: &["药品限支付疗程"],
        file: "liangku_【第六批】药品规则库（限定支付疗程）.csv.gz",
        codes: Some("liangku_【第六批】药品规则库（限定支付疗程）_1.csv.gz"),
        key: &["国标代码"],
        theirs: |row| days(&row["限定值域"]),
        ours: |row| own(row, "max_course_days"),
    },
    Class {
        names: &["医疗服务项目重复收费"],
        file: "liangku_【第七批】项目规则库（重复收费）.csv.gz",
        codes: None,
        key: &["主项编码", "从项编码"],
        theirs: |row| word(&row["频度"], &[("单日", "day"), ("同一小时", "hour"), ("单次就诊", "visit"), ("6小时", "6h")]),
        ours: |row| own(row, "window"),
    },
    Class {
        names: &["医疗服务项目限定频次"],
        file: "liangku_【第八批-1】项目规则库（限定频次）.csv.gz",
        codes: None,
        key: &["项目编码"],
        theirs: |row| {
            let unit = word(&row["数量单位"], &[("日", "day"), ("天", "day"), ("小时", "hour")])?;
            Some(format!("{} per {unit}", row["限制数量"]))
        },
        ours: |row| Some(format!("{} per {}", own(row, "freq_n")?, own(row, "freq_unit")?)),
    },
    Class {
        names: &["医疗服务项目周期超频次"],
        file: "liangku_【第八批-4】项目规则库（限定周期）.csv.gz",
        codes: None,
        key: &["项目代码"],
        theirs: |row| Some(format!("{} in {} days", row["频次上限"], row["疗程周期"])),
        ours: |row| Some(format!("{} in {} days", own(row, "period_n")?, own(row, "period_days")?)),
    },
];

/// The two tables of batch 8 whose limit stands in a remark.
pub(super) const REMARKS: [Class; 2] = [
    Class {
        names: &["医疗服务项目限支付疗程"],
        file: "liangku_【第八批-3】项目规则库（限定疗程）.csv.gz",
        codes: None,
        key: &["项目代码"],
        theirs: |row| days(&row["备注"]),
        ours: |row| own(row, "course_days"),
    },
    Class {
        names: &["医疗服务项目限年龄"],
        file: "liangku_【第八批-2】项目规则库（限定年龄）.csv.gz",
        codes: None,
        key: &["项目代码"],
        theirs: |_| None,
        ours: |_| None,
    },
];

impl Class {
    /// The second reading of this class.
    pub(super) fn read(&self, bench: &Bench<'_>) -> Result<Reading> {
        let table = |file: &str| shared::rows(&bench.data(&format!("medimodel_rules/{file}"))?);
        let values = table(self.file)?;
        let Some(codes) = self.codes else {
            return values.iter().map(|row| Ok((self.key_of(row)?, (self.theirs)(row)))).collect::<Result<Vec<_>>>().map(gather);
        };
        let mut by_drug: BTreeMap<&str, Vec<Option<String>>> = BTreeMap::new();
        for row in &values {
            by_drug.entry(&row[DRUG]).or_default().push((self.theirs)(row));
        }
        let mut pairs = Vec::new();
        for row in table(codes)? {
            let key = self.key_of(&row)?;
            let values = by_drug.get(row[DRUG].as_str()).cloned().unwrap_or_else(|| vec![None]);
            pairs.extend(values.into_iter().map(|value| (key.clone(), value)));
        }
        Ok(gather(pairs))
    }

    fn key_of(&self, row: &Row) -> Result<String> {
        let parts: Option<Vec<&str>> = self.key.iter().map(|column| row.get(*column).map(String::as_str)).collect();
        // A row without any code is a note; without this, the key of a noted pair would be the sign between two nothings.
        parts
            .map(|parts| if parts.iter().all(|part| part.is_empty()) { String::new() } else { parts.join("×") })
            .with_context(|| format!("{} has no column {}", self.file, self.key.join(", ")))
    }
}

/// Values gathered by code; rows without a code are notes.
pub(super) fn gather(pairs: Vec<(String, Option<String>)>) -> Reading {
    let mut reading = Reading::new();
    for (key, value) in pairs.into_iter().filter(|(key, _)| !key.is_empty()) {
        let values = reading.entry(key).or_default();
        values.extend(value);
    }
    reading
}

/// A value of one of our rows, whether the list prints own columns beside the others or in an object of their own.
pub(super) fn own(row: &Value, column: &str) -> Option<String> {
    let found = ["values", "columns", "own"].iter().map(|inner| &row[*inner][column]);
    let text = std::iter::once(&row[column]).chain(found).map(plain).find(|text| !text.is_empty())?;
    Some(text)
}

fn children(row: &Value) -> Option<String> {
    let word = match (own(row, "age_unit").as_deref(), own(row, "age_max").as_deref()) {
        (Some("day"), Some("28")) => "新生儿",
        (Some("year") | None, Some("2")) => "婴幼儿",
        // Without a bound of its own, the point speaks of children as the parameter defines them.
        (_, Some(_)) => "儿童",
        (_, None) => return own(row, "child_only").map(|_| "儿童".to_owned()),
    };
    Some(word.to_owned())
}

fn sex(word_for_sex: &str) -> Option<String> {
    word(word_for_sex, &[("男", "1"), ("女", "2")])
}

fn word(theirs: &str, words: &[(&str, &str)]) -> Option<String> {
    words.iter().find(|(word, _)| *word == theirs).map(|(_, ours)| (*ours).to_owned())
}

/// The first number of days in a limit, `14天` or `支付不超过90天`; a year counts 365.
fn days(text: &str) -> Option<String> {
    if text.contains("一年") {
        return Some("365".to_owned());
    }
    let before = text.split('天').next().filter(|before| before.len() < text.len())?;
    let digits: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| digits.chars().rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn days_are_read_from_limits_and_remarks() {
        assert_eq!(days("14天").as_deref(), Some("14"));
        assert_eq!(days("总时间不超过90天，评定间隔时间不短于14天。").as_deref(), Some("90"));
        assert_eq!(days("支付不超过一年，每周最多支付一次。").as_deref(), Some("365"));
        assert_eq!(days("限住院"), None);
    }

    #[test]
    fn own_columns_are_found_in_both_shapes() {
        assert_eq!(own(&json!({ "gender": 1 }), "gender").as_deref(), Some("1"));
        assert_eq!(own(&json!({ "values": { "gender": "1" } }), "gender").as_deref(), Some("1"));
        assert_eq!(own(&json!({ "gender": "" }), "gender"), None);
    }

    #[test]
    fn several_values_of_one_code_are_kept() {
        let reading = gather(vec![("a".into(), Some("1".into())), ("a".into(), Some("2".into())), (String::new(), None)]);
        assert_eq!(reading.len(), 1);
        assert_eq!(reading["a"].len(), 2);
    }

    #[test]
    fn newborns_and_infants_have_bounds_of_their_own() {
        assert_eq!(children(&json!({ "age_unit": "day", "age_max": 28 })).as_deref(), Some("新生儿"));
        assert_eq!(children(&json!({ "age_unit": "year", "age_max": 2 })).as_deref(), Some("婴幼儿"));
        assert_eq!(children(&json!({ "child_only": 1 })).as_deref(), Some("儿童"));
    }
}
