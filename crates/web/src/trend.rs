//! Trend（逐月走势）: findings by month of service, as a chart and as the same figures in a table.

use casework::Actor;
use store::{Filter, Grouping, StoreError};

use crate::app::App;
use crate::chart::Chart;
use crate::text;

/// Months shown, the newest ones.
const MONTHS: usize = 12;

/// A month: its name, the query of its rows, findings, amount, what of it the funds paid.
pub(crate) struct TrendRow {
    pub(crate) month: String,
    pub(crate) query: String,
    pub(crate) findings: String,
    pub(crate) amount: String,
    pub(crate) fund: String,
}

/// Trend（走势）.
pub(crate) struct Trend {
    pub(crate) chart: Option<Chart>,
    pub(crate) rows: Vec<TrendRow>,
}

impl Trend {
    /// Of all findings within the actor's scope.
    pub(crate) async fn of(app: &App, actor: &Actor) -> Result<Self, StoreError> {
        let mut groups = app.store.tallied(actor, &Filter::default(), Grouping::Month, 1_200).await?;
        groups.sort_by(|a, b| a.key.cmp(&b.key));
        let groups = groups.split_off(groups.len().saturating_sub(MONTHS));
        let months: Vec<String> = groups.iter().map(|group| group.key.clone()).collect();
        // A chart speaks of whole yuan; the table beside it has the fen.
        let yuan = |fen: i64| claims::money::mul_div(fen, 1, 100).unwrap_or_default();
        let amounts = groups.iter().map(|group| yuan(group.totals.amount_fen)).collect();
        let funds = groups.iter().map(|group| yuan(group.totals.fund_fen)).collect();
        let chart = Chart::lines("涉及金额逐月", "元", &months, &[("涉及金额", amounts), ("其中基金", funds)]);
        let row = |group: store::Group| TrendRow {
            query: format!("view=all&month={}", group.key),
            month: group.key,
            findings: text::count(group.totals.findings),
            amount: text::yuan(group.totals.amount_fen),
            fund: text::yuan(group.totals.fund_fen),
        };
        Ok(Self { chart, rows: groups.into_iter().map(row).collect() })
    }
}
