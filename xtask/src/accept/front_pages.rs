//! A thousand front pages: no sex–diagnosis conflict exists in them, so every such finding would be a false alarm.

use std::collections::BTreeSet;

use anyhow::Result;

use super::bench::Bench;
use super::report::{findings_of_run, rules_of_run, table_count};
use super::shared;

/// Rules that compare sex or age with a drug, an item or a diagnosis.
const SEX_AND_AGE: [&str; 6] =
    ["GZ10000301004000", "GZ10000302004000", "GZ10000301002000", "GZ10000302003000", "GZ10000101007000", "GZ10000204006000"];

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let (lake, out) = (bench.folder("lake")?, bench.folder("out")?);
    let source = bench.data("drg_frontpage/frontpage_1000.csv.gz")?;
    let lower = lower_case_codes(&shared::rows(&source)?);
    bench.equal("lower-case diagnosis codes in the file", lower.len(), 10);

    let (source, at, to) = (source.display().to_string(), lake.display().to_string(), out.display().to_string());
    let report =
        bench.mingcha.run(&["import", &source, "--profile", "front-page", "--lake", &at, "--json"])?.done(&[0, 1])?.json()?;
    bench.equal("visits", bench.mingcha.sql_count(&lake, "SELECT count(*) AS n FROM mdtrt_d")?, 1_000);

    let rejected = table_count(&report, "setl_list_diag_d", "rows_rejected").unwrap_or(-1);
    let folded = folded(bench, &lake, &lower)?;
    let named = usize::try_from(rejected).is_ok_and(|rejected| rejected + folded == lower.len());
    let measured = format!("{folded} folded, {rejected} rejected by name");
    bench.holds("lower-case codes accepted by folding, or named", measured, "10 in all", named);

    bench.mingcha.run(&["run", "--lake", &at, "--out", &to, "--csv", "--json"])?.done(&[0, 1])?;
    let ran: BTreeSet<String> = rules_of_run(&out)?.into_iter().map(|rule| rule.code).collect();
    let judged = SEX_AND_AGE.iter().filter(|code| ran.contains(**code)).count();
    bench.equal("sex and age rules that ran", judged, SEX_AND_AGE.len());
    let false_alarms = findings_of_run(&out)?.iter().filter(|found| SEX_AND_AGE.contains(&found.rule_code.as_str())).count();
    bench.equal("findings of sex and age rules", false_alarms, 0);
    Ok(())
}

/// Case and code of each diagnosis written with a small first letter.
fn lower_case_codes(pages: &[shared::Row]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for page in pages {
        let (Some(case), Some(list)) = (page.get("case"), page.get("zdList")) else { continue };
        let codes = list.split(',').map(str::trim).filter(|code| code.starts_with(|first: char| first.is_ascii_lowercase()));
        found.extend(codes.map(|code| (case.clone(), code.to_owned())));
    }
    found
}

/// How many of these codes a query by the capital form finds.
fn folded(bench: &Bench<'_>, lake: &std::path::Path, lower: &[(String, String)]) -> Result<usize> {
    let mut folded = 0;
    for (case, code) in lower {
        // A dagger–asterisk pair may be kept whole or split; its first half identifies it.
        let first = code.split('+').next().unwrap_or(code).to_uppercase();
        let query = format!(
            "SELECT count(*) AS n FROM setl_list_diag_d WHERE upper(diag_code) LIKE '{first}%' AND mdtrt_id LIKE '%{case}'"
        );
        folded += usize::from(bench.mingcha.sql_count(lake, &query)? > 0);
    }
    Ok(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_letter_decides() {
        let page: shared::Row = [("case", "7"), ("zdList", "K80.200x003, e11.800,N40.x00")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        assert_eq!(lower_case_codes(&[page]), [("7".to_owned(), "e11.800".to_owned())]);
    }
}
