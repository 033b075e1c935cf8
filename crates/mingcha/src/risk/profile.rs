//! Profile（风险画像）: the score of one unit with everything that made it, in figures and in words.

use claims::Fen;
use serde::{Serialize, Serializer};

use super::firewall::DataFault;
use super::scheme::{Band, Factor, How, Shown};
use super::trend::Trend;
use super::unit::Month;

/// Profile（风险画像）.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Profile {
    pub(crate) rank: usize,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) peers: String,
    #[serde(serialize_with = "two_places")]
    pub(crate) score: f64,
    pub(crate) band: Band,
    pub(crate) trend: Trend,
    pub(crate) total: Month,
    pub(crate) findings: GradeCounts,
    pub(crate) amount_fen: i64,
    pub(crate) fund_amount_fen: i64,
    pub(crate) factors: Vec<FactorScore>,
    pub(crate) aside: Vec<Aside>,
    pub(crate) trial: u64,
    pub(crate) gravest: Vec<String>,
    pub(crate) months: Vec<MonthRow>,
}

/// Findings that count, by grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct GradeCounts {
    pub(crate) violation: u64,
    pub(crate) suspicion_high: u64,
    pub(crate) suspicion: u64,
    pub(crate) hint: u64,
}

/// Findings that the data explain（数据问题）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Aside {
    pub(crate) fault: DataFault,
    pub(crate) reason: &'static str,
    pub(crate) findings: u64,
}

/// A month: what was found on how much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct MonthRow {
    pub(crate) month: String,
    #[serde(flatten)]
    pub(crate) below: Month,
    pub(crate) findings: u64,
    pub(crate) rate: f64,
}

/// What one factor gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FactorScore {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) counts: String,
    pub(crate) how: How,
    pub(crate) shown: Shown,
    /// Numerator or count; none where there is no data.
    pub(crate) above: Option<f64>,
    /// Denominator, the n of a rate.
    pub(crate) below: Option<f64>,
    pub(crate) peers: usize,
    pub(crate) enough_peers: bool,
    pub(crate) peers_median: Option<f64>,
    pub(crate) scale: Option<f64>,
    /// Robust scales above the peers' median, before small numbers are shrunk.
    pub(crate) deviation: Option<f64>,
    /// Part of the deviation that is believed, by the n it rests on.
    pub(crate) believed: f64,
    pub(crate) share_below: Option<f64>,
    #[serde(serialize_with = "two_places")]
    pub(crate) points: f64,
    pub(crate) of: f64,
    /// Whether it speaks for itself without peers.
    pub(crate) absolute: bool,
}

/// Rounds for reading; comparisons are made before.
pub(crate) fn rounded(value: f64, places: i32) -> f64 {
    let unit = 10_f64.powi(places);
    (value * unit).round() / unit
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer hands a reference")]
fn two_places<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(rounded(*value, 2))
}

impl FactorScore {
    /// A factor that has given nothing yet.
    pub(super) fn of(name: &str, factor: &Factor, figure: Option<(f64, f64)>, peers: usize, enough: bool) -> Self {
        Self {
            name: name.to_owned(),
            label: factor.label.clone(),
            counts: factor.counts.clone(),
            how: factor.how,
            shown: factor.shown,
            above: figure.map(|(above, _)| above),
            below: figure.map(|(_, below)| below),
            peers,
            enough_peers: enough,
            peers_median: None,
            scale: None,
            deviation: None,
            believed: 1.0,
            share_below: None,
            points: 0.0,
            of: factor.points,
            absolute: factor.absolute,
        }
    }

    fn number(&self, value: f64) -> String {
        match self.shown {
            Shown::Percent => format!("{:.2}%", value * 100.0),
            Shown::Plain if self.how == How::Rate => format!("{value:.2}"),
            Shown::Plain => format!("{value:.0}"),
            Shown::Yuan => format!("{:.2} 万元", value / 1_000_000.0),
        }
    }

    /// The value as people read it.
    pub(crate) fn value(&self) -> String {
        match (self.above, self.below) {
            (Some(above), Some(below)) if self.how == How::Rate => self.number(above / below),
            (Some(above), Some(_)) => self.number(above),
            _ => "—".to_owned(),
        }
    }

    pub(crate) fn median(&self) -> String {
        self.peers_median.map_or("—".to_owned(), |median| self.number(median))
    }

    /// The n a rate rests on; money in yuan.
    #[expect(clippy::cast_possible_truncation, reason = "counts and fen are whole numbers")]
    pub(crate) fn n(&self) -> String {
        match self.below {
            Some(below) if self.how == How::Rate && self.name == "money" => format!("{} 元", Fen(below as i64)),
            Some(below) if self.how == How::Rate => format!("{below:.0}"),
            _ => "—".to_owned(),
        }
    }

    /// Why it gave what it gave, in a sentence.
    pub(crate) fn words(&self) -> String {
        if self.above.is_none() {
            return "没有数据，不计分".to_owned();
        }
        if let Some(share) = self.share_below {
            return format!("高于 {} 个同行中的 {:.0}%；只说明检查能覆盖多少，不说明有问题", self.peers, share * 100.0);
        }
        if !self.enough_peers && !self.absolute {
            return format!("同行只有 {} 个，不作比较，不计分", self.peers);
        }
        let (Some(deviation), Some(scale)) = (self.deviation, self.scale) else {
            return format!("同行 {} 个，没有可比的数", self.peers);
        };
        let against = if self.enough_peers {
            format!("与 {} 个同行的中位数 {} 相比", self.peers, self.median())
        } else {
            format!("同行只有 {} 个，不作比较，按自身比例计", self.peers)
        };
        let unit = if self.how == How::Count { format!("{:.2} 倍", scale.exp()) } else { self.number(scale) };
        if deviation <= 0.0 {
            return format!("{against}，不偏高");
        }
        let shrunk = if self.believed < 0.995 {
            format!("，样本少，按 {:.0}% 采信", self.believed * 100.0)
        } else {
            String::new()
        };
        format!("{against}，高出 {deviation:.1} 个稳健尺度（每个 {unit}）{shrunk}")
    }
}
