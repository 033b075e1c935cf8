//! Who may do what: one table, one function. Every command asks it in its first line.

use crate::actor::{Actor, Role};
use crate::finding::Finding;
use crate::refusal::Refusal;

/// Action（操作）: what somebody may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// 查看疑点
    ViewFinding,
    /// 查看疑点队列
    ListFindings,
    /// 初审
    Review,
    /// 下发
    Tell,
    /// 退回初审
    SendBack,
    /// 撤回下发
    Withdraw,
    /// 延长答复期限
    Extend,
    /// 认可
    Accept,
    /// 申诉
    Appeal,
    /// 复审
    DecideAppeal,
    /// 要求补充材料
    AskMore,
    /// 补充材料
    Supply,
    /// 更正认定
    Correct,
    /// 提交合议
    ConvenePanel,
    /// 发表合议意见
    GiveOpinion,
    /// 作出合议结论
    ConcludePanel,
    /// 采纳新的结果
    AdoptRevision,
    /// 分派
    Assign,
    /// 暂缓
    Snooze,
    /// 锁定审核
    Lease,
    /// 申请限期例外
    AskExemption,
    /// 决定限期例外
    DecideExemption,
    /// 登记追回款
    BookRecovery,
    /// 批准免除追回款
    WaiveRecovery,
    /// 核定追回金额
    DetermineRecovery,
    /// 调减或撤销追回款
    LowerRecovery,
    /// 登记违约金和罚款
    BookCharge,
    /// 查看追回台账
    ViewRecovery,
    /// 查看统计
    ViewFigures,
    /// 查看规则与知识
    ViewRules,
    /// 起草规则
    DraftRule,
    /// 发布规则
    PublishRule,
    /// 审核与立案
    Run,
    /// 导入数据与知识
    Import,
    /// 查看参保人身份
    Unmask,
    /// 管理用户
    ManageUsers,
    /// 查看操作日志
    ViewLog,
    /// 院端首页
    UsePortal,
}

/// The table: an action, and the roles that may do it.
const MATRIX: &[(Action, &str, &[Role])] = {
    use Role::{
        Administrator, Auditor, CaseOfficer, Expert, Head, Inspector, Institution, Leader, Legal, Reviewer, Statistician,
    };
    &[
        (Action::ViewFinding, "查看疑点", &[Auditor, Reviewer, Expert, Inspector, CaseOfficer, Legal, Head, Leader, Institution]),
        (Action::ListFindings, "查看疑点队列", &[Auditor, Reviewer, Expert, Inspector, CaseOfficer, Legal, Head, Leader]),
        (Action::Review, "初审", &[Auditor, Head]),
        (Action::Tell, "下发", &[Auditor, Reviewer, Head]),
        (Action::SendBack, "退回初审", &[Auditor, Reviewer, Head]),
        (Action::Withdraw, "撤回下发", &[Reviewer, Head]),
        (Action::Extend, "延长答复期限", &[Reviewer, Head]),
        (Action::Accept, "认可", &[Institution]),
        (Action::Appeal, "申诉", &[Institution]),
        (Action::DecideAppeal, "复审", &[Reviewer, Head]),
        (Action::AskMore, "要求补充材料", &[Reviewer, Head]),
        (Action::Supply, "补充材料", &[Institution]),
        (Action::Correct, "更正认定", &[Reviewer, Head]),
        (Action::ConvenePanel, "提交合议", &[Reviewer, Head]),
        (Action::GiveOpinion, "发表合议意见", &[Expert]),
        (Action::ConcludePanel, "作出合议结论", &[Reviewer, Head]),
        (Action::AdoptRevision, "采纳新的结果", &[Auditor, Reviewer, Head]),
        (Action::Assign, "分派", &[Auditor, Reviewer, Head]),
        (Action::Snooze, "暂缓", &[Auditor, Reviewer, Head]),
        (Action::Lease, "锁定审核", &[Auditor, Reviewer, Head]),
        (Action::AskExemption, "申请限期例外", &[Auditor, Reviewer, Head]),
        (Action::DecideExemption, "决定限期例外", &[Head, Leader]),
        (Action::BookRecovery, "登记追回款", &[CaseOfficer, Head]),
        (Action::WaiveRecovery, "批准免除追回款", &[Leader]),
        (Action::DetermineRecovery, "核定追回金额", &[Head, Leader]),
        (Action::LowerRecovery, "调减或撤销追回款", &[Head, Leader]),
        (Action::BookCharge, "登记违约金和罚款", &[CaseOfficer, Head]),
        (Action::ViewRecovery, "查看追回台账", &[Auditor, Reviewer, CaseOfficer, Legal, Head, Leader, Statistician]),
        (Action::ViewFigures, "查看统计", &[Auditor, Reviewer, Inspector, CaseOfficer, Legal, Head, Leader, Statistician]),
        (
            Action::ViewRules,
            "查看规则与知识",
            &[Auditor, Reviewer, Expert, Inspector, CaseOfficer, Legal, Head, Leader, Statistician],
        ),
        (Action::DraftRule, "起草规则", &[Auditor, Reviewer, Head]),
        (Action::PublishRule, "发布规则", &[Reviewer, Head, Leader]),
        (Action::Run, "审核与立案", &[Auditor, Head]),
        (Action::Import, "导入数据与知识", &[Auditor, Head, Administrator]),
        (Action::Unmask, "查看参保人身份", &[Auditor, Reviewer, Inspector, CaseOfficer, Legal, Head]),
        (Action::ManageUsers, "管理用户", &[Administrator]),
        (Action::ViewLog, "查看操作日志", &[Head, Leader, Administrator]),
        (Action::UsePortal, "使用院端", &[Institution]),
    ]
};

impl Action {
    /// All of them, in the order of the matrix.
    pub fn all() -> impl Iterator<Item = Self> {
        MATRIX.iter().map(|(action, ..)| *action)
    }

    /// As shown to people.
    pub fn label(self) -> &'static str {
        MATRIX.iter().find(|(action, ..)| *action == self).map_or("", |(_, label, _)| label)
    }
}

/// Whether a role may do it at all.
pub fn permits(role: Role, action: Action) -> bool {
    MATRIX.iter().any(|(known, _, roles)| *known == action && roles.contains(&role))
}

/// The actor's role may do it. What it concerns is up to whoever asks.
pub fn allow(actor: &Actor, action: Action) -> Result<(), Refusal> {
    if permits(actor.role, action) { Ok(()) } else { Err(Refusal::NotPermitted(action)) }
}

/// The actor may do it, and to this finding. An institution knows of what it was told, and of nothing else.
pub(crate) fn require(actor: &Actor, action: Action, finding: &Finding) -> Result<(), Refusal> {
    let filed = &finding.filed;
    let hidden = actor.role == Role::Institution && !finding.told;
    if hidden || !actor.scope.covers(filed.fixmedins_code.as_deref(), &filed.region) {
        return Err(Refusal::OutOfScope);
    }
    allow(actor, action)
}

/// The matrix as a table of text: actions down, roles across.
pub fn printed() -> String {
    let mut text = String::from("| 操作 |");
    for role in Role::ALL {
        text.push_str(&format!(" {} |", role.label()));
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(Role::ALL.len()));
    for (action, label, _) in MATRIX.iter().copied() {
        text.push_str(&format!("\n| {label} |"));
        for role in Role::ALL {
            text.push_str(if permits(role, action) { " 可 |" } else { "  |" });
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_both_tells_the_law_and_answers_for_the_hospital() {
        for action in Action::all() {
            let hospital = permits(Role::Institution, action);
            let office = Role::ALL.into_iter().filter(|role| *role != Role::Institution).any(|role| permits(role, action));
            assert!(action == Action::ViewFinding || hospital != office, "{action:?}");
        }
    }

    #[test]
    fn who_counts_and_who_keeps_the_system_decide_nothing() {
        let deciding =
            [Action::Review, Action::Tell, Action::DecideAppeal, Action::ConcludePanel, Action::GiveOpinion, Action::PublishRule];
        for role in [Role::Statistician, Role::Administrator] {
            assert!(deciding.iter().all(|action| !permits(role, *action)));
        }
    }

    #[test]
    fn the_printed_matrix_has_a_row_for_each_action() {
        assert_eq!(printed().lines().count(), 2 + Action::all().count());
        assert!(printed().contains("| 申诉 |  |  |  |  |  |  |  |  |  |  | 可 |"), "{}", printed());
    }
}
