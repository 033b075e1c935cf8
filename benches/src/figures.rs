//! Figures: medians, ratios, and the tables that `docs/benchmarks.md` keeps.

use std::collections::BTreeSet;

use crate::measure::Measured;

/// What the rounds measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Bytes of the extract.
    pub(crate) bytes: u64,
    pub(crate) import: Vec<Measured>,
    pub(crate) peer_import: Vec<Measured>,
    pub(crate) floor: Vec<Measured>,
    pub(crate) run: Vec<Measured>,
    pub(crate) peer_rules: Vec<Measured>,
    pub(crate) few: Vec<Measured>,
    pub(crate) added: Vec<Measured>,
}

/// Median of three or any number: the middle one, or the lower of two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

fn seconds(rounds: &[Measured]) -> Option<f64> {
    median(rounds.iter().map(|round| round.seconds).collect())
}

fn processor(rounds: &[Measured]) -> Option<f64> {
    median(rounds.iter().map(|round| round.cpu_seconds).collect())
}

fn part(rounds: &[Measured], name: &str) -> Option<f64> {
    median(rounds.iter().filter_map(|round| round.parts.get(name).copied()).collect())
}

/// Ratio of two contestants, round by round, then the median: what slowed a round slowed both.
fn ratio(above: &[Measured], below: &[Measured]) -> Option<f64> {
    median(above.iter().zip(below).map(|(a, b)| a.seconds / b.seconds).collect())
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

impl Figures {
    pub(crate) fn print(&self) {
        println!("| what | wall s | processor s | lines/s | peak MiB |\n|---|---|---|---|---|");
        for (name, rounds) in [
            ("DuckDB: CSV to sorted Parquet", &self.peer_import),
            ("import", &self.import),
            ("decode floor", &self.floor),
            ("run, all rules", &self.run),
            ("DuckDB: one query a rule", &self.peer_rules),
        ] {
            line(name, rounds);
        }
        println!();
        self.print_bars();
        self.print_parts();
        self.print_hits();
    }

    /// What a hundred line rules more cost.
    pub(crate) fn print_added(&self) {
        println!("| what | wall s | processor s | lines/s | peak MiB |\n|---|---|---|---|---|");
        line("run, 48 rules", &self.few);
        line("run, 48 rules and 100 line rules more", &self.added);
        println!("\n| figure | measured | bar |\n|---|---|---|");
        println!("| time of 148 rules ÷ time of 48 | {} | ≤ 1.5 |", shown(ratio(&self.added, &self.few), 2));
        let each = seconds(&self.added).zip(seconds(&self.few)).map(|(added, few)| (added - few) * 10.0);
        println!("| an added line rule, ms | {} | |", shown(each, 1));
    }

    fn print_bars(&self) {
        let peak = self.run.iter().map(|round| round.peak_kib).max().unwrap_or_default() / 1024;
        println!("| figure | measured | bar |\n|---|---|---|");
        println!("| import speed ÷ DuckDB's | {} | ≥ 0.5 |", shown(ratio(&self.peer_import, &self.import), 2));
        println!("| run ÷ decode floor | {} | ≤ 6 |", shown(ratio(&self.run, &self.floor), 1));
        println!("| peak of run, MiB | {peak} | ≤ 1024 |");
        println!("| DuckDB's rules ÷ run | {} | |", shown(ratio(&self.peer_rules, &self.run), 2));
        println!("\nextract: {} MiB\n", self.bytes >> 20);
    }

    fn print_parts(&self) {
        for (title, rounds) in [("run", &self.run), ("DuckDB", &self.peer_rules)] {
            let names: BTreeSet<&str> = rounds.iter().flat_map(|round| round.parts.keys().map(String::as_str)).collect();
            let parts: Vec<String> = names
                .iter()
                .filter(|name| !name.starts_with("rule "))
                .map(|name| format!("{name} {}", shown(part(rounds, name), 2)))
                .collect();
            if !parts.is_empty() {
                println!("parts of {title}, s: {}\n", parts.join(", "));
            }
        }
    }

    /// Counts rule by rule; a rule that the peer cannot say is blank there.
    fn print_hits(&self) {
        let (Some(run), peer) = (self.run.last(), self.peer_rules.last()) else { return };
        println!("| rule | hits | DuckDB's hits | rule's own s (all threads) | DuckDB s |\n|---|---|---|---|---|");
        for (code, hits) in &run.hits {
            let of_peer = peer.and_then(|peer| peer.hits.get(code)).map_or_else(String::new, ToString::to_string);
            let name = format!("rule {code}");
            let (own, theirs) = (shown(part(&self.run, &name), 2), shown(part(&self.peer_rules, &name), 2));
            println!("| {code} | {hits} | {of_peer} | {own} | {theirs} |");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for reading")]
fn line(name: &str, rounds: &[Measured]) {
    if rounds.is_empty() {
        return;
    }
    let rows = rounds[0].rows as f64;
    let peak = rounds.iter().map(|round| round.peak_kib).max().unwrap_or_default() / 1024;
    let wall = seconds(rounds);
    let rate = wall.map(|seconds| rows / seconds);
    println!("| {name} | {} | {} | {} | {peak} |", shown(wall, 2), shown(processor(rounds), 2), shown(rate, 0));
}
