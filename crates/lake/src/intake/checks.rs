//! The catalogue of data checks（数据检查目录）, as data: what each means, its likely cause, what to do, which rules it could fake.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::fault::Severity;

/// Check（数据检查）: one page of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Code, such as `D014`.
    pub code: String,
    /// Short English name, stable.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// What a fault of this kind does.
    pub severity: Severity,
    /// What it means.
    pub meaning: String,
    /// Likely cause.
    pub cause: String,
    /// What to do.
    pub action: String,
    /// Which rules it could fake.
    pub could_fake: String,
}

#[derive(Deserialize)]
struct Page {
    check: Vec<Check>,
}

const PAGES: [&str; 6] = [
    include_str!("../../checks/structure.toml"),
    include_str!("../../checks/links.toml"),
    include_str!("../../checks/normalisation.toml"),
    include_str!("../../checks/codes.toml"),
    include_str!("../../checks/persons.toml"),
    include_str!("../../checks/money.toml"),
];

/// All checks, in order of their codes.
#[expect(clippy::missing_panics_doc, reason = "the shipped catalogue is read in a test")]
pub fn list() -> &'static [Check] {
    static ALL: OnceLock<Vec<Check>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |text| toml::from_str::<Page>(text).expect("the shipped catalogue is valid, as a test shows").check;
        let mut all: Vec<Check> = PAGES.into_iter().flat_map(read).collect();
        all.sort_by(|a, b| a.code.cmp(&b.code));
        all
    })
}

/// The page of a check, by its code or short name, in any case.
pub fn explain(code: &str) -> Option<&'static Check> {
    list().iter().find(|check| check.code.eq_ignore_ascii_case(code) || check.id.eq_ignore_ascii_case(code))
}

/// A page as text for people.
pub fn page(check: &Check) -> String {
    let severity = match check.severity {
        Severity::Fatal => "致命：整批不载入",
        Severity::Error => "错误：该行进入隔离区，其余照常载入",
        Severity::Warning => "提醒：照常载入",
    };
    format!(
        "{} {}（{}）\n严重程度：{severity}\n含义：{}\n常见原因：{}\n怎么办：{}\n可能造成哪些规则误判：{}\n",
        check.code, check.name, check.id, check.meaning, check.cause, check.action, check.could_fake
    )
}

/// The check of a code that our own code names.
pub(crate) fn get(code: &str) -> &'static Check {
    explain(code).expect("every code named in the source is in the catalogue, as a test shows")
}

macro_rules! codes {
    ($($name:ident = $code:literal),* $(,)?) => {
        $(pub(crate) const $name: &str = $code;)*
        #[cfg(test)]
        const NAMED: &[&str] = &[$($code),*];
    };
}

codes! {
    WRONG_TABLE = "D001",
    MISSING_KEY_COLUMN = "D002",
    NOT_UTF8 = "D003",
    COLUMN_COUNT = "D004",
    REPEATED_HEADER = "D005",
    UNREADABLE_FILE = "D006",
    UNUSED_COLUMN = "D007",
    UNUSED_FILE = "D008",
    MISSING_REQUIRED_COLUMN = "D009",
    BAD_DECIMAL = "D010",
    SCIENTIFIC = "D011",
    TOO_PRECISE = "D012",
    THOUSANDS = "D013",
    BAD_DATE = "D014",
    MIXED_DATES = "D015",
    BAD_INTEGER = "D016",
    BAD_FLAG = "D017",
    MISSING_REQUIRED = "D018",
    OUT_OF_RANGE = "D019",
    REPEATED_KEY = "D020",
    ORPHAN_DETAIL = "D021",
    SETTLEMENT_WITHOUT_VISIT = "D022",
    PERSON_UNKNOWN = "D023",
    INSTITUTION_UNKNOWN = "D024",
    DUPLICATED_SETTLEMENT = "D025",
    VISIT_CONFLICT = "D026",
    VISIT_MOVED = "D027",
    UNMAPPED_CODE = "D040",
    INSTITUTION_CODE = "D041",
    DOCTOR_CODE = "D042",
    ITEM_CODE = "D043",
    SERVICE_CODE = "D044",
    DISEASE_CODE = "D045",
    OPERATION_CODE = "D046",
    REGION_CODE = "D047",
    LOWER_CASE = "D048",
    PLACEHOLDER_DOCTOR = "D049",
    SEX_CODE = "D050",
    SEX_CONFLICTS_WITH_ID = "D051",
    BIRTH_AFTER_SERVICE = "D052",
    DEFAULT_BIRTH = "D053",
    BIRTH_CONFLICTS_WITH_ID = "D054",
    NEGATIVE_STAY = "D060",
    DEATH_BEFORE_ADMISSION = "D061",
    LINE_FAR_FROM_STAY = "D062",
    PRICE_TIMES_QUANTITY = "D070",
    NEGATIVE_TOTAL = "D071",
    HEADER_DETAIL_TOTALS = "D072",
    FUND_IDENTITY = "D073",
    FUND_PARTS = "D074",
    IN_SCOPE_EXCEEDS_AMOUNT = "D075",
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_named_in_the_source_has_a_page() {
        for code in NAMED {
            assert!(explain(code).is_some(), "{code}");
        }
    }

    #[test]
    fn codes_and_names_are_distinct() {
        let codes: HashSet<_> = list().iter().map(|check| &check.code).collect();
        let ids: HashSet<_> = list().iter().map(|check| &check.id).collect();
        assert_eq!((codes.len(), ids.len()), (list().len(), list().len()));
    }

    #[test]
    fn a_page_says_what_to_do() {
        let check = explain("negative_stay").unwrap();
        assert_eq!(check.code, "D060");
        assert!(page(check).contains("怎么办：核对入出院时间"));
    }
}
