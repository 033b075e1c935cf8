//! Finding（疑点）: where a finding stands between the engine and the ledger, and every step on the way.

use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::absence::{Absence, Doubt};
use crate::actor::UserId;
use crate::appeal::Verdict;
use crate::calendar::Calendar;
use crate::notice::Limits;
use crate::panel::{Opinion, Panel};

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

/// Event（事件）: one step as it is kept for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// 立案
    Filed {
        /// Digest of the evidence.
        digest: String,
    },
    /// 更新: a later run changed an untold finding.
    Refiled {
        /// Digest of the evidence.
        digest: String,
    },
    /// 复核结果不同: a later run differs from what was told.
    Differs {
        /// Digest of the differing evidence.
        digest: String,
    },
    /// 消失
    Vanished {
        /// Run that no longer finds it.
        run_id: String,
        /// Why.
        #[serde(default)]
        absence: Option<Absence>,
    },
    /// 存疑: a later run does not find it again, and people decide what that means.
    Doubted {
        /// Run.
        run_id: String,
        /// Why.
        absence: Absence,
    },
    /// 再次发现: the doubt is gone.
    FoundAgain {
        /// Run.
        run_id: String,
    },
    /// 退回初审
    SentBack {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// 撤回下发
    Withdrawn {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// 延长答复期限
    Extended {
        /// Who.
        by: UserId,
        /// Last day of the answer from now on.
        answer_by: Day,
        /// Why.
        reason: String,
    },
    /// 要求补充材料
    MoreAsked {
        /// Who.
        by: UserId,
        /// What is missing.
        what: String,
        /// Last day on which it may be handed in.
        supply_by: Day,
    },
    /// 补充材料
    Supplied {
        /// Who.
        by: UserId,
        /// What the institution says of it.
        note: String,
        /// Digests of the papers handed in.
        papers: Vec<String>,
    },
    /// 逾期未补充
    SupplyLapsed {
        /// Last day on which it could have been handed in.
        supply_by: Day,
    },
    /// 更正认定
    Corrected {
        /// Who.
        by: UserId,
        /// What stands from now on.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// 初审通过
    Passed {
        /// Who.
        by: UserId,
    },
    /// 初审或复审撤销
    Dismissed {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// 下发
    Told {
        /// Who.
        by: UserId,
        /// Last day of the appeal.
        answer_by: Day,
    },
    /// 认可
    Accepted {
        /// Who.
        by: UserId,
    },
    /// 逾期
    Silent {
        /// Last day on which it could have been answered.
        answer_by: Day,
    },
    /// 申诉
    Appealed {
        /// Who.
        by: UserId,
        /// Why.
        grounds: String,
        /// Digests of the papers handed in.
        papers: Vec<String>,
        /// Number of the class appeal that it was part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
    },
    /// 复审结论
    Decided {
        /// Who.
        by: UserId,
        /// What.
        verdict: Verdict,
        /// Why.
        reason: String,
        /// Number of the class appeal that it was decided with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
    },
    /// 提交合议
    Convened {
        /// Who.
        by: UserId,
        /// Members.
        members: Vec<UserId>,
    },
    /// 合议意见
    Said {
        /// Who.
        by: UserId,
        /// What.
        opinion: Opinion,
    },
    /// 分派
    Assigned {
        /// Who.
        by: UserId,
        /// To whom.
        to: UserId,
    },
    /// 暂缓
    Snoozed {
        /// Who.
        by: UserId,
        /// Until when.
        until: Day,
        /// Why.
        reason: String,
    },
    /// 采纳新的结果
    Adopted {
        /// Who.
        by: UserId,
        /// Digest of what stands from now on.
        digest: String,
    },
    /// 另立疑点: what a later result has beyond it is a finding of its own.
    SplitOff {
        /// Who.
        by: UserId,
        /// The new finding.
        into: String,
    },
    /// 由已告知的疑点另立
    FiledAnew {
        /// Who.
        by: UserId,
        /// The finding that it was split off.
        from: String,
        /// Digest of the evidence.
        digest: String,
    },
    /// 列入限期例外
    Exempted {
        /// Number of the exemption.
        number: String,
    },
    /// 例外撤回后恢复
    Readmitted {
        /// Who took the exemption back.
        by: UserId,
        /// Its number.
        number: String,
    },
}

/// Step（步骤）: what a command leads to, and the event that records it. The store keeps both or neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The finding afterwards.
    pub next: Finding,
    /// What happened.
    pub event: Event,
    /// The day on which it did.
    pub on: Day,
}

impl Event {
    /// As the store and the log name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Filed { .. } => "filed",
            Self::Refiled { .. } => "refiled",
            Self::Differs { .. } => "differs",
            Self::Vanished { .. } => "vanished",
            Self::Doubted { .. } => "doubted",
            Self::FoundAgain { .. } => "found_again",
            Self::SentBack { .. } => "sent_back",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Extended { .. } => "extended",
            Self::MoreAsked { .. } => "more_asked",
            Self::Supplied { .. } => "supplied",
            Self::SupplyLapsed { .. } => "supply_lapsed",
            Self::Corrected { .. } => "corrected",
            Self::Passed { .. } => "passed",
            Self::Dismissed { .. } => "dismissed",
            Self::Told { .. } => "told",
            Self::Accepted { .. } => "accepted",
            Self::Silent { .. } => "silent",
            Self::Appealed { .. } => "appealed",
            Self::Decided { .. } => "decided",
            Self::Convened { .. } => "convened",
            Self::Said { .. } => "said",
            Self::Assigned { .. } => "assigned",
            Self::Snoozed { .. } => "snoozed",
            Self::Adopted { .. } => "adopted",
            Self::SplitOff { .. } => "split_off",
            Self::FiledAnew { .. } => "filed_anew",
            Self::Exempted { .. } => "exempted",
            Self::Readmitted { .. } => "readmitted",
        }
    }

    /// As shown to people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Filed { .. } => "立案",
            Self::Refiled { .. } => "按新的结果更新",
            Self::Differs { .. } => "后来的审核结果不同",
            Self::Vanished { .. } => "后来的审核不再发现",
            Self::Doubted { .. } => "后来的审核没有再次发现，存疑",
            Self::FoundAgain { .. } => "后来的审核再次发现",
            Self::SentBack { .. } => "退回初审",
            Self::Withdrawn { .. } => "撤回下发",
            Self::Extended { .. } => "延长答复期限",
            Self::MoreAsked { .. } => "要求补充材料",
            Self::Supplied { .. } => "机构补充材料",
            Self::SupplyLapsed { .. } => "逾期未补充材料",
            Self::Corrected { .. } => "更正认定",
            Self::Passed { .. } => "初审通过",
            Self::Dismissed { .. } => "判为不成立",
            Self::Told { .. } => "下发机构",
            Self::Accepted { .. } => "机构认可",
            Self::Silent { .. } => "逾期未答复",
            Self::Appealed { .. } => "机构申诉",
            Self::Decided { .. } => "复审结论",
            Self::Convened { .. } => "提交合议",
            Self::Said { .. } => "合议意见",
            Self::Assigned { .. } => "分派",
            Self::Snoozed { .. } => "暂缓",
            Self::Adopted { .. } => "按有利于机构的采用",
            Self::SplitOff { .. } => "另立疑点",
            Self::FiledAnew { .. } => "由已告知的疑点另立",
            Self::Exempted { .. } => "列入限期例外",
            Self::Readmitted { .. } => "例外撤回，恢复待初审",
        }
    }

    /// Who did it; nobody where a run or the passing of a day did.
    pub const fn by(&self) -> Option<&UserId> {
        match self {
            Self::Filed { .. }
            | Self::Refiled { .. }
            | Self::Differs { .. }
            | Self::Vanished { .. }
            | Self::Doubted { .. }
            | Self::FoundAgain { .. }
            | Self::SupplyLapsed { .. }
            | Self::Silent { .. }
            | Self::Exempted { .. } => None,
            Self::Passed { by }
            | Self::Dismissed { by, .. }
            | Self::Told { by, .. }
            | Self::Accepted { by }
            | Self::Appealed { by, .. }
            | Self::Decided { by, .. }
            | Self::Convened { by, .. }
            | Self::Said { by, .. }
            | Self::Assigned { by, .. }
            | Self::Snoozed { by, .. }
            | Self::Adopted { by, .. }
            | Self::SplitOff { by, .. }
            | Self::FiledAnew { by, .. }
            | Self::SentBack { by, .. }
            | Self::Withdrawn { by, .. }
            | Self::Extended { by, .. }
            | Self::MoreAsked { by, .. }
            | Self::Supplied { by, .. }
            | Self::Corrected { by, .. }
            | Self::Readmitted { by, .. } => Some(by),
        }
    }

    /// The reason given with it, or what it points to.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Dismissed { reason, .. }
            | Self::Decided { reason, .. }
            | Self::Snoozed { reason, .. }
            | Self::SentBack { reason, .. }
            | Self::Withdrawn { reason, .. }
            | Self::Extended { reason, .. }
            | Self::Corrected { reason, .. } => Some(reason),
            Self::Appealed { grounds, .. } => Some(grounds),
            Self::MoreAsked { what: text, .. } | Self::Supplied { note: text, .. } => Some(text),
            Self::Said { opinion, .. } => Some(&opinion.reason),
            Self::SplitOff { into: other, .. } | Self::FiledAnew { from: other, .. } => Some(other),
            Self::Exempted { number } | Self::Readmitted { number, .. } => Some(number),
            _ => None,
        }
    }
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
