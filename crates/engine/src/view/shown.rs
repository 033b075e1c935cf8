//! Shown facts（展示事实）: what the namespaces show that no record holds by itself; the judges work them out.

use claims::{Day, Fen, Moment, Quantity, Text};

/// What the stay namespace shows beside the stay itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StayProfile {
    pub(crate) amount: Fen,
    pub(crate) interior_days: Option<i64>,
    pub(crate) idle_days: Option<i64>,
    pub(crate) idle_run: Option<i64>,
    /// Shares of the amount, in millionths; none where a line's charge category was not delivered.
    pub(crate) shares: Option<Shares>,
    pub(crate) exam_kinds: Option<i64>,
    pub(crate) late_exam_days: Option<i64>,
    pub(crate) operations: i64,
    pub(crate) service_days: i64,
}

/// Shares（费用构成） of a stay's amount by charge category, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shares {
    pub(crate) drug: i64,
    pub(crate) exam: i64,
    pub(crate) treatment: i64,
    pub(crate) material: i64,
}

/// What the pair namespace shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct PairFacts {
    pub(crate) window: &'static str,
    pub(crate) distinct_operation: Option<bool>,
    pub(crate) two_places: bool,
    pub(crate) times_known: bool,
}

/// What the window namespace shows.
#[derive(Clone, Debug)]
pub(crate) struct WindowFacts {
    pub(crate) day: Day,
    pub(crate) quantity: Quantity,
    pub(crate) possible_hours: Option<Quantity>,
    pub(crate) stay_hours: Option<Quantity>,
    pub(crate) ordered_hours: Option<Quantity>,
    pub(crate) multiplier: i64,
}

/// What the history namespace shows: earlier uses of the codes that a knowledge row asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HistoryFacts {
    pub(crate) uses: i64,
    /// Highest known level class of an institution of these uses; 0 where there is none.
    pub(crate) level: i64,
    /// Whether the data reach back far enough.
    pub(crate) covered: bool,
    /// Whether nothing earlier can be missing: the data reach back far enough, and every use's level is known.
    pub(crate) complete: bool,
}

/// What the namespace of two stays shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaysFacts {
    pub(crate) gap_days: Option<i64>,
    pub(crate) overlap_hours: Option<i64>,
    pub(crate) overlap_known: Option<bool>,
    pub(crate) related: Option<bool>,
    pub(crate) referred: Option<bool>,
    pub(crate) newborn: bool,
}

/// What the stock namespace shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct StockFacts {
    pub(crate) item: Option<Text>,
    pub(crate) opening_known: bool,
    pub(crate) unit_known: bool,
    pub(crate) opening: Option<Quantity>,
    pub(crate) inflow: Option<Quantity>,
    pub(crate) outflow: Option<Quantity>,
    pub(crate) expected_out: Option<Quantity>,
    pub(crate) billed: Option<Quantity>,
    pub(crate) lowest: Option<Quantity>,
    pub(crate) gap: Option<Fen>,
}

/// What the trace namespace shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceFacts {
    pub(crate) code: Text,
    pub(crate) sales: i64,
    pub(crate) institutions: i64,
}

/// What the prescription namespace shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SheetFacts {
    /// Different items; none where one is not mapped.
    pub(crate) kinds: Option<i64>,
    pub(crate) quantity: Option<Quantity>,
    pub(crate) amount: Option<Fen>,
    /// Lines of the kind on other prescriptions of the same days; none where the rule does not look at them.
    pub(crate) beside: Option<i64>,
}

/// What the operation namespace shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OperationFacts {
    pub(crate) code: Option<Text>,
    pub(crate) day: Option<Day>,
    pub(crate) begin: Option<Moment>,
    pub(crate) end: Option<Moment>,
    pub(crate) main_diagnosis: Option<Text>,
    pub(crate) diagnosis_related: Option<bool>,
    pub(crate) charged: Option<bool>,
    pub(crate) excused: Option<bool>,
    pub(crate) antibiotic_allowed: Option<bool>,
    pub(crate) first_dose_minutes: Option<i64>,
    pub(crate) last_dose_hours: Option<i64>,
}

/// What the rate namespace shows; figures in millionths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateFacts {
    pub(crate) unit: String,
    pub(crate) period: String,
    pub(crate) value: Option<i64>,
    pub(crate) numerator: i64,
    pub(crate) denominator: i64,
    pub(crate) peers: i64,
    pub(crate) median: Option<i64>,
    pub(crate) z: Option<i64>,
    pub(crate) percentile: Option<i64>,
    pub(crate) previous: Option<i64>,
    /// The highest value of all periods before; zero where there are none.
    pub(crate) highest: i64,
    /// How many periods before are known.
    pub(crate) periods: i64,
    /// The standard error of a share of cases.
    pub(crate) error: Option<i64>,
    /// The median absolute deviation of the peers, made comparable with a standard deviation.
    pub(crate) scale: Option<i64>,
    /// Who is linked with whom in what the rate counts, where the SELECT says so.
    pub(crate) group: GroupFacts,
}

/// What the group namespace shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupFacts {
    pub(crate) size: i64,
    pub(crate) links: i64,
    pub(crate) weight: i64,
    /// Days on which links arose.
    pub(crate) days: i64,
    /// Links ÷ possible links, in millionths.
    pub(crate) density: i64,
    /// What most links share.
    pub(crate) shared: Option<String>,
    pub(crate) shared_links: i64,
    pub(crate) amount_fen: i64,
    pub(crate) period: String,
}
