//! Unit（画像对象）: an institution, doctor or insured person, with what the lake says of it before any finding.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;

/// Whose profiles are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    Institution,
    Doctor,
    Person,
}

impl Of {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Institution => "机构",
            Self::Doctor => "医师",
            Self::Person => "参保人",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::Doctor => "doctor",
            Self::Person => "person",
        }
    }
}

/// A month of a unit: what stands below the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Month {
    pub(crate) visits: i64,
    pub(crate) lines: i64,
    pub(crate) amount_fen: i64,
    pub(crate) fund_fen: i64,
}

/// Unit（画像对象）.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Unit {
    pub(crate) code: String,
    pub(crate) name: String,
    /// Kind and level, department, or scheme and age: whom it is compared with.
    pub(crate) peers: String,
    pub(crate) months: BTreeMap<String, Month>,
    /// Numerator and denominator of every factor that needs no findings.
    pub(crate) figures: BTreeMap<&'static str, (i64, i64)>,
}

impl Unit {
    /// All months together.
    pub(crate) fn total(&self) -> Month {
        self.months.values().fold(Month::default(), |sum, month| Month {
            visits: sum.visits + month.visits,
            lines: sum.lines + month.lines,
            amount_fen: sum.amount_fen + month.amount_fen,
            fund_fen: sum.fund_fen + month.fund_fen,
        })
    }
}
