//! Event（事件）: what happened to a finding, one step at a time, as it is kept for ever.

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::absence::Absence;
use crate::actor::UserId;
use crate::appeal::Verdict;
use crate::finding::Finding;
use crate::panel::Opinion;

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
