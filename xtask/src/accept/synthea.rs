//! A foreign export whose headers and lines disagree by 3.3 %: refused as it is, loaded when its faults are accepted.

use anyhow::{Context, Result};

use super::bench::Bench;
use super::report::{acceptance, fen, percent};

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let lake = bench.folder("lake")?;
    let (folder, at) = (bench.data("synthea_csv")?.display().to_string(), lake.display().to_string());
    let import = ["import", &folder, "--profile", "synthea", "--lake", &at, "--json"];

    let refused = bench.mingcha.run(&import)?;
    bench.equal("exit status without --accept-with-faults", refused.status, 3);
    let report = refused.json()?;
    let header_detail = acceptance(&report, 3).context("the import report has no acceptance check 3")?;
    let apart = percent(&header_detail["measured"]).context("acceptance check 3 has no measured share")?;
    bench.holds("header against detail", format!("{apart:.1} %"), "3.3 %", format!("{apart:.1}") == "3.3");
    bench.holds("acceptance check 3", &header_detail["pass"], "false", header_detail["pass"] == false);
    // Before anything was loaded the table may not exist at all; then the query is refused, which is as good as no rows.
    let loaded = bench.mingcha.sql_count(&lake, "SELECT count(*) AS n FROM fee_list_d").unwrap_or(0);
    bench.equal("lines loaded without --accept-with-faults", loaded, 0);

    let mut accepted = import.to_vec();
    accepted.push("--accept-with-faults");
    bench.mingcha.run(&accepted)?.done(&[0, 1])?;
    let lines = bench.mingcha.sql_count(&lake, "SELECT count(*) AS n FROM fee_list_d")?;
    bench.equal("lines: charges, no transfers, no payments", lines, 1_579);
    let sum = bench.mingcha.sql_value(&lake, "SELECT sum(det_item_fee_sumamt) AS total FROM fee_list_d")?;
    bench.holds("sum of lines, yuan", &sum, "1219867.22", fen(&sum) == Some(121_986_722));
    let headers = bench.mingcha.sql_value(&lake, "SELECT sum(medfee_sumamt) AS total FROM setl_d")?;
    bench.holds("sum of headers, yuan", &headers, "1259553.50", fen(&headers) == Some(125_955_350));
    Ok(())
}
