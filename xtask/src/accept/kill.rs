//! kill -9 at random moments of import and of run. Afterwards the lake is as before or as after, and a second try completes it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::bench::Bench;
use super::binary::Mingcha;
use super::report::{FoundRow, doubled, findings, findings_of_run};
use super::{city, report};

/// Tables and a column whose sum must stay; the count stays in any case.
const TABLES: [(&str, Option<&str>); 6] = [
    ("mdtrt_d", None),
    ("setl_d", Some("fund_pay_sumamt")),
    ("fee_list_d", Some("det_item_fee_sumamt")),
    ("setl_list_diag_d", None),
    ("setl_list_oprn_d", None),
    ("psn_info_b", None),
];

/// Moments are what is tried here, not size: a small city leaves time for more of them.
const LARGEST_CITY: u64 = 500;

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let source = bench.city(bench.options.persons.min(LARGEST_CITY), "all")?;
    let whole = bench.folder("whole")?;
    let started = Instant::now();
    city::import(bench.mingcha, &source, &whole)?;
    let mut import_takes = started.elapsed();
    let expected = State::of(bench.mingcha, &whole);
    ensure!(expected.rows("fee_list_d") > 0, "the undisturbed import loaded no lines");

    let mut moments = Moments(bench.options.seed);
    for round in 1..=bench.options.rounds {
        let done = killed_import(bench, round, &source, import_takes.mul_f64(moments.share()), &expected)?;
        import_takes = done.map_or(import_takes, |done| done.min(import_takes));
    }

    let undisturbed = bench.folder("out")?;
    let started = Instant::now();
    city::run(bench.mingcha, &whole, &undisturbed)?;
    let mut run_takes = started.elapsed();
    city::every_subject_is_answered(bench, &undisturbed)?;
    let mut found = findings_of_run(&undisturbed)?;
    found.sort();
    for round in 1..=bench.options.rounds {
        let done = killed_run(bench, round, &whole, run_takes.mul_f64(moments.share()), &found)?;
        run_takes = done.map_or(run_takes, |done| done.min(run_takes));
    }
    bench.equal("the lake after killed runs", State::of(bench.mingcha, &whole).to_string(), expected.to_string());
    Ok(())
}

/// Gives the time it took where it was done before the kill: the next moments are drawn from that.
fn killed_import(
    bench: &mut Bench<'_>,
    round: u32,
    source: &Path,
    after: Duration,
    expected: &State,
) -> Result<Option<Duration>> {
    let lake = bench.folder("killed")?;
    let (from, at) = (source.display().to_string(), lake.display().to_string());
    let done = killed(bench.mingcha, &["import", &from, "--lake", &at, "--json"], after)?;
    let state = State::of(bench.mingcha, &lake);
    let moment = format!(
        "import {round}, killed after {:.1} s{}",
        after.as_secs_f64(),
        if done.is_none() { "" } else { " (already done)" }
    );
    let between = !state.is_empty() && state != *expected;
    let measured = if state.is_empty() { "as before".to_owned() } else { state.to_string() };
    bench.holds(&format!("{moment}: the lake"), measured, "as before or as after", !between);
    city::import(bench.mingcha, source, &lake)?;
    bench.equal(&format!("{moment}: after a second import"), State::of(bench.mingcha, &lake).to_string(), expected.to_string());
    Ok(done)
}

fn killed_run(
    bench: &mut Bench<'_>,
    round: u32,
    lake: &Path,
    after: Duration,
    expected: &[FoundRow],
) -> Result<Option<Duration>> {
    let out = bench.folder("killed-out")?;
    let (at, to) = (lake.display().to_string(), out.display().to_string());
    let done = killed(bench.mingcha, &["run", "--lake", &at, "--out", &to, "--csv", "--json"], after)?;
    let moment = format!("run {round}, killed after {:.1} s", after.as_secs_f64());
    if out.join("run.json").exists() {
        // The report is written last: where it is, everything else is whole.
        let rows = findings_of_run(&out)?.len();
        bench.equal(&format!("{moment}: findings beside a run report"), rows, expected.len());
    }
    city::run(bench.mingcha, lake, &out)?;
    let mut again = findings_of_run(&out)?;
    again.sort();
    bench.holds(
        &format!("{moment}: findings of a second run"),
        again.len(),
        format!("the same {}", expected.len()),
        again == expected,
    );
    let listed = bench.mingcha.run(&["findings", "--lake", &at, "--format", "csv"])?.done(&[0])?;
    let kept = findings(&listed.stdout)?;
    let sound = kept.len() == expected.len() && doubled(&kept) == 0;
    bench.holds(&format!("{moment}: findings kept in the lake"), kept.len(), format!("{}, none twice", expected.len()), sound);
    Ok(done)
}

/// Starts a command and kills it with the signal that cannot be caught; the time it took where it was done before.
fn killed(mingcha: &Mingcha, arguments: &[&str], after: Duration) -> Result<Option<Duration>> {
    let mut child = mingcha.spawn(arguments)?;
    let started = Instant::now();
    while started.elapsed() < after {
        if child.try_wait()?.is_some() {
            return Ok(Some(started.elapsed()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let done = child.try_wait()?.map(|_| started.elapsed());
    child.kill()?;
    child.wait()?;
    Ok(done)
}

/// Rows and sums of a lake, by table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State(BTreeMap<&'static str, (i64, i64)>);

impl State {
    fn of(mingcha: &Mingcha, lake: &Path) -> Self {
        let table = |(table, column): (&'static str, Option<&str>)| {
            // A table that was never written cannot be asked; it has no rows.
            let rows = mingcha.sql_count(lake, &format!("SELECT count(*) AS n FROM {table}")).unwrap_or(0);
            let sum = column.and_then(|column| mingcha.sql_value(lake, &format!("SELECT sum({column}) AS s FROM {table}")).ok());
            (table, (rows, sum.and_then(|sum| report::fen(&sum)).unwrap_or(0)))
        };
        Self(TABLES.into_iter().map(table).collect())
    }

    fn rows(&self, table: &str) -> i64 {
        self.0.get(table).map_or(0, |(rows, _)| *rows)
    }

    fn is_empty(&self) -> bool {
        self.0.values().all(|(rows, _)| *rows == 0)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(table, (rows, fen))| format!("{table} {rows}/{fen}")).collect();
        write!(f, "{}", parts.join(", "))
    }
}

/// Moments as shares of the undisturbed time: seeded, so that a failure can be looked at again.
struct Moments(u64);

impl Moments {
    /// A share between 0 and 1 (splitmix64).
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        let thousandths = u32::try_from(bits % 1000).unwrap_or(0);
        f64::from(thousandths) / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_moments_within_the_run() {
        let shares = |seed: u64| {
            let mut moments = Moments(seed);
            (0..20).map(|_| moments.share()).collect::<Vec<f64>>()
        };
        assert_eq!(shares(7), shares(7));
        assert_ne!(shares(7), shares(8));
        assert!(shares(7).iter().all(|share| (0.0..1.0).contains(share)));
    }

    #[test]
    fn a_lake_is_empty_only_when_every_table_is() {
        let state = |lines: i64| State(BTreeMap::from([("fee_list_d", (lines, 0)), ("setl_d", (0, 0))]));
        assert!(state(0).is_empty());
        assert!(!state(1).is_empty());
        assert_ne!(state(1), state(2));
    }
}
