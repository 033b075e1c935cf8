//! Finding（疑点）: where a finding stands between the engine and the ledger, and every step on the way.

use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::absence::Doubt;
use crate::actor::UserId;
use crate::calendar::Calendar;
use crate::event::{Event, Step};
use crate::notice::Limits;
use crate::panel::Panel;

/// Filed（立案内容）: what a run found, as it stands in the file. From the day it is told on, nothing of it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The id that the same subject keeps in every run.
    pub finding_id: String,
    /// Run that it came from.
    pub run_id: String,
    /// Version of the lake that the run read.
    pub lake_version: u64,
    /// Rule.
    pub rule_code: String,
    /// Version of the rule.
    pub rule_version: u32,
    /// Institution charged.
    pub fixmedins_code: Option<String>,
    /// Region that the institution is in（行政区划）.
    pub region: String,
    /// Day of service.
    pub occurred_on: Day,
    /// Amount found, in fen; zero where the rule counts none.
    pub amount_fen: i64,
    /// What of it the funds paid, by fund, in fen.
    pub fund_parts: Vec<(String, i64)>,
    /// Hash over the evidence: the same digest is the same finding.
    pub digest: String,
}

impl Filed {
    /// Amount found.
    pub const fn amount(&self) -> Fen {
        Fen(self.amount_fen)
    }

    /// What of it the funds paid.
    pub fn fund_amount(&self) -> Fen {
        self.fund_parts.iter().map(|(_, part)| Fen(*part)).sum()
    }

    /// What the funds get back where so much of the amount is owed: the funds' part of it, to the fen.
    pub fn fund_for(&self, owed: Fen) -> Fen {
        if owed >= self.amount() {
            return self.fund_amount();
        }
        Fen(claims::money::mul_div(self.fund_amount().0, owed.0, self.amount_fen).unwrap_or(0))
    }

    /// The same, by the fund that paid it.
    pub fn owed_by_fund(&self, owed: Fen) -> Vec<(String, i64)> {
        self.split_by_fund(self.fund_for(owed))
    }

    /// An amount of the funds' money split as the funds paid it.
    pub fn split_by_fund(&self, amount: Fen) -> Vec<(String, i64)> {
        let weights: Vec<i64> = self.fund_parts.iter().map(|(_, part)| *part).collect();
        let shares = claims::money::apportion(amount.0, &weights).unwrap_or_default();
        let funds = self.fund_parts.iter().map(|(fund, _)| fund.clone());
        funds.zip(shares).filter(|(_, share)| *share > 0).collect()
    }
}

/// State（疑点状态）: where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// 待初审
    Filed,
    /// 待下发: the first review found it sound.
    Passed,
    /// 已下发: the institution was told, and may answer up to and with that day.
    Told {
        /// Last day of the appeal.
        answer_by: Day,
    },
    /// 申诉中: the institution contests it; the bureau decides up to and with that day.
    UnderAppeal {
        /// Last day of the decision.
        decide_by: Day,
    },
    /// 补充材料中: the bureau asked the institution for more, and its own clock stands still.
    Supplementing {
        /// Last day on which the institution may hand it in.
        supply_by: Day,
        /// Working days that the bureau has left for its decision from then on.
        left: u32,
    },
    /// 合议中
    InPanel(Panel),
    /// 已认定: so much is owed.
    Confirmed {
        /// What is owed.
        owed: Fen,
        /// On what ground.
        ground: Ground,
    },
    /// 已撤销: the bureau found nothing wrong.
    Dismissed,
    /// 限期例外: set aside under an exemption's number; nobody is told of it.
    Exempted {
        /// Number of the exemption.
        number: String,
    },
    /// 已消失: a later run over the same records finds it no more.
    Gone,
}

/// Ground（认定依据）: why a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 机构认可
    Accepted,
    /// 逾期未答复，按本地规定视为认可
    Silence,
    /// 复审维持
    Upheld,
    /// 复审核减
    Reduced,
    /// 事后更正
    Corrected,
}

impl State {
    /// As shown to people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Filed => "待初审",
            Self::Passed => "待下发",
            Self::Told { .. } => "已下发",
            Self::UnderAppeal { .. } => "申诉中",
            Self::Supplementing { .. } => "补充材料中",
            Self::InPanel(_) => "合议中",
            Self::Confirmed { .. } => "已认定",
            Self::Dismissed => "已撤销",
            Self::Exempted { .. } => "限期例外",
            Self::Gone => "已消失",
        }
    }

    /// As the store names it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Passed => "passed",
            Self::Told { .. } => "told",
            Self::UnderAppeal { .. } => "under_appeal",
            Self::Supplementing { .. } => "supplementing",
            Self::InPanel(_) => "in_panel",
            Self::Confirmed { .. } => "confirmed",
            Self::Dismissed => "dismissed",
            Self::Exempted { .. } => "exempted",
            Self::Gone => "gone",
        }
    }

    /// Whether the institution has been told. What was never told is nothing to it.
    pub const fn is_told(&self) -> bool {
        match self {
            Self::Told { .. }
            | Self::UnderAppeal { .. }
            | Self::Supplementing { .. }
            | Self::InPanel(_)
            | Self::Confirmed { .. } => true,
            Self::Filed | Self::Passed | Self::Dismissed | Self::Exempted { .. } | Self::Gone => false,
        }
    }

    /// Whether nobody has to do anything more.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::Dismissed | Self::Exempted { .. } | Self::Gone)
    }
}

/// Finding（疑点）: what was found, where it stands, and who decided so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub filed: Filed,
    /// Where it stands.
    pub state: State,
    /// Whether it was told at any time: from then on its evidence and amount stay as they are.
    pub told: bool,
    /// Who reviewed it first.
    pub reviewer: Option<UserId>,
    /// A later run's differing result, shown beside what was told.
    pub revision: Option<Filed>,
    /// Day since which it stands where it stands: the limit of the next step runs from then.
    pub since: Day,
    /// Who is to deal with it.
    pub assignee: Option<UserId>,
    /// 暂缓至: nobody is reminded of it before that day. Its limits run on.
    pub snoozed_until: Option<Day>,
    /// Digest of a later result that was dealt with, and is no news any more.
    #[serde(default)]
    pub settled: Option<String>,
    /// The finding whose differing result was filed anew as this one.
    #[serde(default)]
    pub split_from: Option<String>,
    /// 审核用时: how long people looked at it before they judged it, in seconds.
    #[serde(default)]
    pub review_seconds: u32,
    /// 存疑: what the newest run says that does not find it again, and did not close it.
    #[serde(default)]
    pub doubt: Option<Doubt>,
    /// Whether that is known: a part of a look at many may be less than a second.
    #[serde(default)]
    pub timed: bool,
}

impl Finding {
    /// Last day of the bureau's next step. While the institution has the ball the bureau's clock stands still, and runs on from the
    /// day after the institution's last.
    pub fn due(&self, limits: Limits, calendar: &Calendar) -> Option<Day> {
        match &self.state {
            State::Filed => Some(calendar.after(self.since, limits.review)),
            State::Passed => Some(calendar.after(self.since, limits.tell)),
            State::Told { answer_by } => Some(calendar.after(*answer_by, limits.decide)),
            State::UnderAppeal { decide_by } => Some(*decide_by),
            State::Supplementing { supply_by, left } => Some(calendar.after(*supply_by, *left)),
            State::InPanel(panel) => Some(panel.decide_by),
            State::Confirmed { .. } | State::Dismissed | State::Exempted { .. } | State::Gone => None,
        }
    }

    /// Last day on which the institution may do what it is asked, while it has the ball.
    pub const fn awaited(&self) -> Option<Day> {
        match self.state {
            State::Told { answer_by } => Some(answer_by),
            State::Supplementing { supply_by, .. } => Some(supply_by),
            _ => None,
        }
    }

    /// This finding in another state.
    pub(crate) fn moved(&self, state: State, event: Event, on: Day) -> Step {
        let told = self.told || state.is_told();
        Step { next: Self { state, told, since: on, snoozed_until: None, ..self.clone() }, event, on }
    }
}
