//! Who may do what: one table, one function. Every command asks it in its first line.

use crate::actor::{Actor, Role};
use crate::finding::Finding;
use crate::refusal::Refusal;

/// Action（操作）: what somebody may be allowed to do to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// 查看疑点
    ViewFinding,
    /// 初审
    Review,
    /// 下发
    Tell,
    /// 认可
    Accept,
    /// 申诉
    Appeal,
    /// 复审
    DecideAppeal,
    /// 提交合议
    ConvenePanel,
    /// 发表合议意见
    GiveOpinion,
    /// 作出合议结论
    ConcludePanel,
    /// 采纳新的结果
    AdoptRevision,
}

/// The table: an action, and the roles that may do it.
const MATRIX: [(Action, &str, &[Role]); 10] = {
    use Role::{Auditor, CaseOfficer, Expert, Head, Inspector, Institution, Leader, Legal, Reviewer};
    [
        (Action::ViewFinding, "查看疑点", &[Auditor, Reviewer, Expert, Inspector, CaseOfficer, Legal, Head, Leader, Institution]),
        (Action::Review, "初审", &[Auditor, Head]),
        (Action::Tell, "下发", &[Auditor, Reviewer, Head]),
        (Action::Accept, "认可", &[Institution]),
        (Action::Appeal, "申诉", &[Institution]),
        (Action::DecideAppeal, "复审", &[Reviewer, Head]),
        (Action::ConvenePanel, "提交合议", &[Reviewer, Head]),
        (Action::GiveOpinion, "发表合议意见", &[Expert]),
        (Action::ConcludePanel, "作出合议结论", &[Reviewer, Head]),
        (Action::AdoptRevision, "采纳新的结果", &[Auditor, Reviewer, Head]),
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

/// The actor may do it, and to this finding. An institution knows of what it was told, and of nothing else.
pub(crate) fn require(actor: &Actor, action: Action, finding: &Finding) -> Result<(), Refusal> {
    let filed = &finding.filed;
    let hidden = actor.role == Role::Institution && !finding.told;
    if hidden || !actor.scope.covers(filed.fixmedins_code.as_deref(), &filed.region) {
        return Err(Refusal::OutOfScope);
    }
    if permits(actor.role, action) { Ok(()) } else { Err(Refusal::NotPermitted(action)) }
}

/// The matrix as a table of text: actions down, roles across.
pub fn printed() -> String {
    let mut text = String::from("| 操作 |");
    for role in Role::ALL {
        text.push_str(&format!(" {} |", role.label()));
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(Role::ALL.len()));
    for (action, label, _) in MATRIX {
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
        for role in [Role::Statistician, Role::Administrator] {
            assert!(Action::all().all(|action| !permits(role, action)));
        }
    }

    #[test]
    fn the_printed_matrix_has_a_row_for_each_action() {
        assert_eq!(printed().lines().count(), 2 + Action::all().count());
        assert!(printed().contains("| 申诉 |  |  |  |  |  |  |  |  |  |  | 可 |"), "{}", printed());
    }
}
