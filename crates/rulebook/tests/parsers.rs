//! Fuzzing of every reader of the rule base: whatever is done to a file, it is read or refused with a fault, never a panic.

use proptest::prelude::*;
use rulebook::knowledge::{BatchReport, Descriptor, Knowledge, import_batch};
use rulebook::{Parameters, Rule};

/// What a careless or hostile hand does to a text.
#[derive(Clone, Debug)]
enum Damage {
    Cut(usize, usize),
    Insert(usize, String),
    Double(usize, usize),
}

impl Damage {
    fn done_to(&self, text: &str) -> String {
        let mut signs: Vec<char> = text.chars().collect();
        let place = |at: usize| at % (signs.len() + 1);
        match self {
            Self::Cut(from, length) => {
                let from = place(*from);
                let to = (from + length).min(signs.len());
                signs.drain(from..to);
            }
            Self::Insert(at, more) => {
                let at = place(*at);
                signs.splice(at..at, more.chars());
            }
            Self::Double(from, length) => {
                let from = place(*from);
                let to = (from + length).min(signs.len());
                let again = signs[from..to].to_vec();
                signs.splice(to..to, again);
            }
        }
        signs.into_iter().collect()
    }
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let pieces = prop_oneof![
        (any::<usize>(), 1_usize..40).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<usize>(), "[\\[\\]{}=\"',;#\n\t|@0-9a-zA-Z年月日药\u{0}\u{feff}-]{1,6}")
            .prop_map(|(at, more)| Damage::Insert(at, more)),
        (any::<usize>(), 1_usize..40).prop_map(|(at, length)| Damage::Double(at, length)),
    ];
    prop::collection::vec(pieces, 1..6)
}

fn damaged(text: &str, damage: &[Damage]) -> String {
    damage.iter().fold(text.to_owned(), |text, one| one.done_to(&text))
}

const CASES: &str = r#"rule = "M007"
[[case]]
name = "死亡后"
given = { fee_list_d = [{ bkkp_sn = "L1", cnt = 1.5 }] }
knowledge = { line_role = [{ codes = "001", role = "bed" }] }
expect = [{ lines = ["L1"], amount_fen = 100 }]
"#;

const OVERLAY: &str = r#"[[overlay]]
rule = "GZ10000204001000"
parameter = "core_days"
value = 5
region = "990100"
from = "2026-01-01"
source = "某市文件"
set_by = "某市医保局"
set_on = "2025-12-20"
"#;

const DESCRIPTION: &str = r#"table = "t"
name = "甲"
key = "codes"
match = "item"
[columns.most]
kind = "int"
means = "上限"
[columns.from]
kind = "date"
means = "起"
labels = { "2020-01-01" = "年初" }
"#;

const BATCH: &str = r#"[{"kp_id":"K1","rule_class":"药品区分性别使用","gz_code":"GZ10000301004000","med_codes":["XG01AAJ034B002010102503"],
"item_name":"甲","constraint":"限女性","batch":1,"published_at":"2025-05-23","supersedes":null},
{"kp_id":"K2","rule_class":"药品区分性别使用","gz_code":"GZ10000301004000","med_code":"XG01AAJ034B002010102504","item_name":"乙"}]"#;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn a_damaged_rule_file_is_read_or_refused(which in any::<usize>(), damage in damage()) {
        let files = rulebook::pack::shipped_rule_files();
        let (name, text) = &files[which % files.len()];
        match Rule::parse(name, &damaged(text, &damage)) {
            Ok(rule) => prop_assert!(!rule.code.is_empty()),
            Err(faults) => prop_assert!(!faults.is_empty(), "a refused file says why"),
        }
    }

    #[test]
    fn a_damaged_case_file_is_read_or_refused(damage in damage()) {
        let _ = rulebook::case::parse_file(&damaged(CASES, &damage));
    }

    #[test]
    fn a_damaged_parameter_file_is_read_or_refused(damage in damage()) {
        let _ = Parameters::parse(&damaged(OVERLAY, &damage));
    }

    #[test]
    fn a_damaged_knowledge_table_loses_no_row(damage in damage()) {
        let mut knowledge = Knowledge::default();
        knowledge.describe(Descriptor::parse("t.toml", DESCRIPTION).expect("the description is read"));
        let text = damaged("id,codes,name,most,from\nR1,001101000010000,诊查费,1,2020-01-01\nR2,001109000010000,床位费,2,\n", &damage);
        let (loaded, faults) = knowledge.read_csv("t", "t.csv", &text, "");
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let blank = |row: &csv::StringRecord| row.iter().all(|cell| cell.trim().is_empty());
        let rows = reader.records().filter(|row| !row.as_ref().is_ok_and(blank)).count();
        let whole_file_refused = faults.iter().any(|fault| fault.row == 0);
        prop_assert!(whole_file_refused || loaded + faults.len() >= rows, "{loaded} loaded, {} faults, {rows} rows: {text:?}", faults.len());
    }

    #[test]
    fn a_damaged_description_is_read_or_refused(damage in damage()) {
        let _ = Descriptor::parse("t.toml", &damaged(DESCRIPTION, &damage));
    }

    #[test]
    fn a_damaged_batch_loses_no_point(damage in damage()) {
        let mut knowledge = Knowledge::default();
        let mut report = BatchReport::default();
        let faults = import_batch(&mut knowledge, &[], "batch.json", &damaged(BATCH, &damage), None, &mut report);
        prop_assert_eq!(report.points_read, report.points_loaded + report.points_rejected);
        prop_assert!(report.points_rejected == faults.len() || report.points_read == 0);
    }
}
