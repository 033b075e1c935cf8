//! Risk profiles on labelled foreign claims: what is counted below them, and whether their order says more than the amount does.
//!
//! Only the labels given with the data are read. The shipped scheme was not fitted to them; `docs/risk.md` says what was looked at.

use std::collections::BTreeMap;
use std::fs::File;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

use super::bench::Bench;
use super::report::{RuleCounts, rules_of_run};
use super::stays_by_hand;

const CLAIMS: &str = "kaggle_provider_fraud/Train_Inpatientdata-1542865627584.csv.gz";
const PERSONS: &str = "kaggle_provider_fraud/Train_Beneficiarydata-1542865627584.csv.gz";
const LABELS: &str = "kaggle_provider_fraud/labels_dev.csv.gz";

/// A provider: what was measured, what the profile says, what the label says.
struct Provider {
    score: f64,
    /// The score without the factors of size.
    conduct: f64,
    paid: f64,
    stays: f64,
    labelled: bool,
}

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let (lake, out) = (bench.folder("lake")?, bench.folder("out")?);
    let (at, to) = (lake.display().to_string(), out.display().to_string());
    let claims = bench.data(CLAIMS)?;
    let (file, persons) = (claims.display().to_string(), bench.data(PERSONS)?.display().to_string());
    let import = ["import", &file, &persons, "--profile", "provider-fraud", "--lake", &at, "--json"];
    bench.mingcha.run(&import)?.done(&[0, 1])?;
    bench.mingcha.run(&["run", "--lake", &at, "--out", &to, "--json"])?.done(&[0, 1])?;
    let report = bench.mingcha.run(&["risk", "--lake", &at, "--run", &to, "--json"])?.done(&[0])?.json()?;

    let stays = stays_by_hand::read(GzDecoder::new(File::open(&claims)?))?;
    counts_agree(bench, &stays_by_hand::count(&stays), &report, &rules_of_run(&out)?);
    let labels = labels(bench)?;
    let profiles = report["profiles"].as_array().context("`risk --json` has no profiles")?;
    let providers: Vec<Provider> = profiles.iter().filter_map(|profile| provider(profile, &labels)).collect();
    ranking(bench, &providers);
    Ok(())
}

fn counts_agree(bench: &mut Bench<'_>, by_hand: &stays_by_hand::Pairs, report: &Value, rules: &[RuleCounts]) {
    let returns: f64 =
        report["profiles"].as_array().into_iter().flatten().filter_map(|p| factor(p, "readmission")?["above"].as_f64()).sum();
    bench.equal("returns within 30 days to the same provider, by brute force", format!("{returns}"), by_hand.returns.to_string());
    let overlaps = report["overlapping_stays"].as_i64().unwrap_or(-1);
    bench.equal("overlapping stays at two providers, by brute force", overlaps, by_hand.overlapping);
    let rule = |code: &str| rules.iter().find(|rule| rule.code == code);
    let double = rule("M005");
    bench.equal(
        "M005: hits and undecided are the overlapping stays",
        double.map_or(-1, |r| r.hit + r.undecided),
        by_hand.overlapping,
    );
    bench.equal("M005: rows are the overlapping and the touching stays", double.map_or(-1, |r| r.rows), by_hand.touching);
    let split = rule("GZ10000204001000").map_or(-1, |rule| rule.rows);
    bench.equal("GZ10000204001000: rows are the consecutive stays at one provider", split, by_hand.consecutive);
}

fn factor<'a>(profile: &'a Value, name: &str) -> Option<&'a Value> {
    profile["factors"].as_array()?.iter().find(|factor| factor["name"] == name)
}

fn labels(bench: &Bench<'_>) -> Result<BTreeMap<String, bool>> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(bench.data(LABELS)?)?));
    let mut labels = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        labels.insert(record.get(0).unwrap_or_default().to_owned(), record.get(1) == Some("Yes"));
    }
    Ok(labels)
}

/// A provider of the claims that has a label.
fn provider(profile: &Value, labels: &BTreeMap<String, bool>) -> Option<Provider> {
    let labelled = *labels.get(profile["code"].as_str()?)?;
    let factors = profile["factors"].as_array()?;
    let of_size = |factor: &&Value| factor["how"] == "size";
    let size: f64 = factors.iter().filter(of_size).filter_map(|factor| factor["points"].as_f64()).sum();
    let score = profile["score"].as_f64()?;
    Some(Provider {
        score,
        conduct: score - size,
        paid: profile["total"]["fund_fen"].as_f64()?,
        stays: profile["total"]["visits"].as_f64()?,
        labelled,
    })
}

fn ranking(bench: &mut Bench<'_>, providers: &[Provider]) {
    let all: Vec<&Provider> = providers.iter().collect();
    let labelled = all.iter().filter(|provider| provider.labelled).count();
    let (by_score, by_amount) = (auc(&all, |p| p.score), auc(&all, |p| p.paid));
    bench.holds(
        &format!("AUC of the risk score, {} labelled providers, {labelled} of them Yes", all.len()),
        format!("{by_score:.4}"),
        format!("above the amount's {by_amount:.4}"),
        by_score > by_amount,
    );
    for (size, of) in [("amount", (|p| p.paid) as fn(&Provider) -> f64), ("stays", |p| p.stays)] {
        for (number, tercile) in terciles(&all, of).iter().enumerate() {
            let (score, amount) = (auc(tercile, |p| p.score), auc(tercile, |p| p.paid));
            let what = format!("AUC in tercile {} by {size}", number + 1);
            bench.holds(&what, format!("{score:.3} (amount {amount:.3})"), "above 0.600", score > 0.6);
        }
    }
    let conduct = auc(&all, |p| p.conduct);
    bench.note(&format!("without the factors of size the AUC is {conduct:.4}: what these labels know is mostly size"));
    let gain = resampled(providers, 1000);
    bench.note(&format!("score above amount in {gain} of 1,000 resamples of the providers"));
}

/// Thirds by a size, the smallest first; ties stand by their order in the report.
fn terciles<'a>(providers: &[&'a Provider], size: impl Fn(&Provider) -> f64) -> Vec<Vec<&'a Provider>> {
    let mut sorted = providers.to_vec();
    sorted.sort_by(|a, b| size(a).total_cmp(&size(b)));
    let third = sorted.len().div_ceil(3).max(1);
    sorted.chunks(third).map(<[_]>::to_vec).collect()
}

/// Chance that a provider with the label stands above one without; equal ones count half.
#[expect(clippy::cast_precision_loss, reason = "providers are thousands")]
fn auc(providers: &[&Provider], value: impl Fn(&Provider) -> f64) -> f64 {
    let mut values: Vec<(f64, bool)> = providers.iter().map(|provider| (value(provider), provider.labelled)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won, mut yes) = (0_usize, 0.0, 0_usize);
    for same in values.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let hits = same.iter().filter(|(_, labelled)| *labelled).count();
        let others = same.len() - hits;
        won += hits as f64 * (below as f64 + others as f64 / 2.0);
        below += others;
        yes += hits;
    }
    if yes == 0 || below == 0 { 0.5 } else { won / (yes as f64 * below as f64) }
}

/// In how many resamples, drawn with a fixed seed, the score's AUC is above the amount's.
fn resampled(providers: &[Provider], rounds: usize) -> usize {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        // xorshift64*: enough to draw places, and the same on every machine.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or(0) % providers.len()
    };
    let better = |_: &usize| {
        let sample: Vec<&Provider> = (0..providers.len()).map(|_| &providers[draw()]).collect();
        auc(&sample, |p| p.score) > auc(&sample, |p| p.paid)
    };
    if providers.is_empty() { 0 } else { (0..rounds).filter(better).count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(score: f64, labelled: bool) -> Provider {
        Provider { score, conduct: score, paid: 0.0, stays: 0.0, labelled }
    }

    #[test]
    fn auc_is_the_chance_to_stand_above() {
        let some = [provider(1.0, false), provider(2.0, true), provider(3.0, false), provider(4.0, true)];
        let all: Vec<&Provider> = some.iter().collect();
        assert!((auc(&all, |p| p.score) - 0.75).abs() < 1e-9);
        assert!((auc(&all, |p| p.paid) - 0.5).abs() < 1e-9, "ties say nothing");
        assert_eq!(terciles(&all, |p| p.score).iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    }
}
