//! Trend（走势）: whether a monthly rate rises or falls, by the Mann–Kendall test.
//!
//! It only compares which of two months is higher, so one wild month neither makes nor hides a trend.

use serde::Serialize;

use super::scheme::TrendTest;

/// Trend（走势）over months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trend {
    Rising,
    Falling,
    Steady,
    /// Too few months to say.
    Unknown,
}

impl Trend {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Rising => "上升",
            Self::Falling => "下降",
            Self::Steady => "平稳",
            Self::Unknown => "月份不足",
        }
    }

    /// The trend of figures in order of time.
    pub(crate) fn of(figures: &[f64], test: &TrendTest) -> Self {
        if figures.len() < test.least_months.max(2) {
            return Self::Unknown;
        }
        let z = kendall(figures);
        if z >= test.z {
            Self::Rising
        } else if z <= -test.z {
            Self::Falling
        } else {
            Self::Steady
        }
    }
}

/// Standardised statistic with the corrections for ties and continuity.
#[expect(clippy::cast_precision_loss, reason = "months are few")]
fn kendall(figures: &[f64]) -> f64 {
    let mut rises = 0_i64;
    for (place, earlier) in figures.iter().enumerate() {
        for later in &figures[place + 1..] {
            rises += later.total_cmp(earlier) as i64;
        }
    }
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let part = |n: usize| (n * n.saturating_sub(1) * (2 * n + 5)) as f64;
    let tied: f64 = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|same| part(same.len())).sum();
    let variance = (part(figures.len()) - tied) / 18.0;
    if variance <= 0.0 { 0.0 } else { (rises - rises.signum()) as f64 / variance.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_speak_by_their_order_only() {
        let test = TrendTest { least_months: 6, z: 1.645 };
        for (figures, expected) in [
            (vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], Trend::Rising),
            (vec![6.0, 5.0, 4.0, 3.0, 2.0, 1.0], Trend::Falling),
            (vec![1.0, 1.0, 1.0, 1.0, 1.0, 900.0], Trend::Steady),
            (vec![0.0; 12], Trend::Steady),
            (vec![1.0, 2.0, 3.0], Trend::Unknown),
            (vec![3.0, 1.0, 4.0, 1.0, 5.0, 2.0, 3.0], Trend::Steady),
        ] {
            assert_eq!(Trend::of(&figures, &test), expected, "{figures:?}");
        }
    }
}
