//! Foreign inpatient claims and their persons, through the shipped profile `provider-fraud`: nothing lost, to the unit.

use anyhow::Result;
use serde_json::Value;

use super::bench::Bench;
use super::report::{fen, table_count};

const CLAIMS: &str = "kaggle_provider_fraud/Train_Inpatientdata-1542865627584.csv.gz";
const PERSONS: &str = "kaggle_provider_fraud/Train_Beneficiarydata-1542865627584.csv.gz";

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let lake = bench.folder("lake")?;
    let (claims, persons, at) =
        (bench.data(CLAIMS)?.display().to_string(), bench.data(PERSONS)?.display().to_string(), lake.display().to_string());
    let import = ["import", &claims, &persons, "--profile", "provider-fraud", "--lake", &at, "--json"];
    let report = bench.mingcha.run(&import)?.done(&[0, 1])?.json()?;

    let mingcha = bench.mingcha;
    let count = |query: &str| mingcha.sql_count(&lake, query);
    bench.equal("visits", count("SELECT count(*) AS n FROM mdtrt_d")?, 40_474);
    bench.equal("distinct visits", count("SELECT count(DISTINCT mdtrt_id) AS n FROM mdtrt_d")?, 40_474);
    bench.equal("persons", count("SELECT count(DISTINCT psn_no) AS n FROM psn_info_b")?, 138_556);
    let paid = mingcha.sql_value(&lake, "SELECT sum(fund_pay_sumamt) AS paid FROM setl_d")?;
    bench.holds("paid total, yuan", &paid, "408297020.00", fen(&paid) == Some(40_829_702_000));
    bench.equal("settlements paid zero", count("SELECT count(*) AS n FROM setl_d WHERE fund_pay_sumamt = 0")?, 1_085);
    bench.equal("settlements without a payment", count("SELECT count(*) AS n FROM setl_d WHERE fund_pay_sumamt IS NULL")?, 0);
    bench.equal("stays that end before they begin", count("SELECT count(*) AS n FROM mdtrt_d WHERE endtime < begntime")?, 0);
    let dead = "SELECT count(*) AS n FROM mdtrt_d v JOIN psn_info_b p ON p.psn_no = v.psn_no WHERE p.die_date < CAST(v.begntime AS DATE)";
    bench.equal("deaths before admission", count(dead)?, 0);
    zero_is_said(bench, &report);

    let again = bench.mingcha.run(&import)?.done(&[0, 1])?.json()?;
    bench.equal(
        "visits after loading the same files again",
        bench.mingcha.sql_count(&lake, "SELECT count(*) AS n FROM mdtrt_d")?,
        40_474,
    );
    bench.equal("rows loaded the second time", table_count(&again, "mdtrt_d", "rows_loaded").unwrap_or(0), 0);
    Ok(())
}

/// A check that ran and found nothing is in the report with a zero: silence would look the same as a check left out.
fn zero_is_said(bench: &mut Bench<'_>, report: &Value) {
    for check in ["negative_stay", "death_before_admission"] {
        let said = report["checks"][check].as_i64();
        bench.holds(&format!("check {check} is reported, with zero"), format!("{said:?}"), "Some(0)", said == Some(0));
    }
}
