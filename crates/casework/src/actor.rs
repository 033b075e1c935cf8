//! Who acts, and whose records they may see.

use std::collections::BTreeSet;

use claims::code::region_of_institution;
use serde::{Deserialize, Serialize};

/// User（用户）: the name by which somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub String);

impl UserId {
    /// By its text.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// Role（角色）: what somebody is here for. One person has one role; who does two jobs has two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 审核员
    Auditor,
    /// 复审员
    Reviewer,
    /// 专家
    Expert,
    /// 检查员
    Inspector,
    /// 办案人员
    CaseOfficer,
    /// 法制审核
    Legal,
    /// 科室负责人
    Head,
    /// 局领导
    Leader,
    /// 统计人员
    Statistician,
    /// 系统管理员
    Administrator,
    /// 机构经办人
    Institution,
}

impl Role {
    /// All of them, in the order of the matrix.
    pub const ALL: [Self; 11] = [
        Self::Auditor,
        Self::Reviewer,
        Self::Expert,
        Self::Inspector,
        Self::CaseOfficer,
        Self::Legal,
        Self::Head,
        Self::Leader,
        Self::Statistician,
        Self::Administrator,
        Self::Institution,
    ];

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Auditor => "审核员",
            Self::Reviewer => "复审员",
            Self::Expert => "专家",
            Self::Inspector => "检查员",
            Self::CaseOfficer => "办案人员",
            Self::Legal => "法制审核",
            Self::Head => "科室负责人",
            Self::Leader => "局领导",
            Self::Statistician => "统计人员",
            Self::Administrator => "系统管理员",
            Self::Institution => "机构经办人",
        }
    }
}

/// Scope（数据范围）: whose records somebody may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    All,
    /// Institutions of these regions, by the beginnings of their region codes（行政区划）.
    Regions(BTreeSet<String>),
    /// These institutions only.
    Institutions(BTreeSet<String>),
}

impl Scope {
    /// Whether it covers an institution in a region. What names no institution is seen by those who see everything.
    pub fn covers(&self, institution: Option<&str>, region: &str) -> bool {
        match (self, institution) {
            (Self::All, _) => true,
            (_, None) => false,
            (Self::Regions(beginnings), Some(_)) => beginnings.iter().any(|beginning| region.starts_with(beginning.as_str())),
            (Self::Institutions(codes), Some(code)) => codes.contains(code),
        }
    }

    /// Whether it holds all of another scope: whose people somebody answers for. An institution's region stands in its code.
    pub fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (_, Self::All) | (Self::Institutions(_), Self::Regions(_)) => false,
            (Self::Regions(_), Self::Institutions(codes)) => {
                let region = |code: &String| region_of_institution(code).is_some_and(|region| self.covers(Some(code), region));
                !codes.is_empty() && codes.iter().all(region)
            }
            (Self::Regions(ours), Self::Regions(theirs)) => {
                let within = |begins: &String| ours.iter().any(|beginning| begins.starts_with(beginning.as_str()));
                !theirs.is_empty() && theirs.iter().all(within)
            }
            (Self::Institutions(ours), Self::Institutions(theirs)) => !theirs.is_empty() && theirs.is_subset(ours),
        }
    }
}

/// Actor（操作人）: a signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// For whose records.
    pub scope: Scope,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(codes: &[&str]) -> BTreeSet<String> {
        codes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_region_covers_its_counties_and_an_institution_only_itself() {
        let city = Scope::Regions(set(&["9901"]));
        assert!(city.covers(Some("H99010100001"), "990101") && !city.covers(Some("H99020100001"), "990201"));
        let hospital = Scope::Institutions(set(&["H99010100001"]));
        assert!(hospital.covers(Some("H99010100001"), "990101") && !hospital.covers(Some("H99010100002"), "990101"));
        assert!(!hospital.covers(None, "990101") && !city.covers(None, "990101") && Scope::All.covers(None, "990101"));
    }

    #[test]
    fn a_scope_holds_what_lies_whole_within_it() {
        let regions = |codes: &[&str]| Scope::Regions(set(codes));
        let hospitals = |codes: &[&str]| Scope::Institutions(set(codes));
        let city = regions(&["9901"]);
        assert!(city.holds(&regions(&["990101", "990102"])) && city.holds(&city) && Scope::All.holds(&Scope::All));
        assert!(city.holds(&hospitals(&["H99010100001"])));
        for beyond in [Scope::All, regions(&["99"]), regions(&["9901", "9902"]), hospitals(&["H99010100001", "H99020100001"])] {
            assert!(!city.holds(&beyond), "{beyond:?}");
        }
        for empty in [regions(&[]), hospitals(&[]), hospitals(&["H9901"])] {
            assert!(!city.holds(&empty), "{empty:?}");
        }
        let two = hospitals(&["H99010100001", "H99010100002"]);
        assert!(two.holds(&hospitals(&["H99010100001"])) && !hospitals(&["H99010100001"]).holds(&two));
        assert!(!two.holds(&city));
    }
}
