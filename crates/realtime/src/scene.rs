//! Scene（触发场景）: the moment in a hospital's day at which a message was sent, and which facts can be there by then.

use rulebook::rule::Stage;

/// Scene（触发场景）, `trig_scen`（interface-31xx 6）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// 门诊挂号
    OutpatientRegistration,
    /// 门诊收费登记
    OutpatientCharge,
    /// 住院登记
    Admission,
    /// 住院收费登记
    InpatientCharge,
    /// 住院执行医嘱
    InpatientOrder,
    /// 门诊结算
    OutpatientSettlement,
    /// 门诊预结算
    OutpatientPresettlement,
    /// 住院结算
    InpatientSettlement,
    /// 住院预结算
    InpatientPresettlement,
    /// 未说明，或本地取值
    Unknown,
}

impl Scene {
    /// By the national values; others are unknown until a region's dialect names them.
    pub fn of_code(code: &str) -> Self {
        match code {
            "1" => Self::OutpatientRegistration,
            "2" => Self::OutpatientCharge,
            "3" => Self::Admission,
            "4" => Self::InpatientCharge,
            "5" => Self::InpatientOrder,
            "6" => Self::OutpatientSettlement,
            "7" => Self::OutpatientPresettlement,
            "8" => Self::InpatientSettlement,
            "9" => Self::InpatientPresettlement,
            _ => Self::Unknown,
        }
    }

    /// Whether all charges of the visit are in, and what was paid is worked out.
    pub const fn is_settling(self) -> bool {
        matches!(
            self,
            Self::OutpatientSettlement | Self::OutpatientPresettlement | Self::InpatientSettlement | Self::InpatientPresettlement
        )
    }

    /// Whether the patient leaves: only then is the day of discharge one（interface-31xx 7.4）. What is worked out beforehand may be
    /// worked out in the middle of a stay.
    pub const fn tells_discharge(self) -> bool {
        matches!(self, Self::InpatientSettlement)
    }

    /// Whether the patient has a bed at this moment and keeps it; none where the scene does not tell.
    pub const fn in_house(self) -> Option<bool> {
        match self {
            Self::Admission | Self::InpatientCharge | Self::InpatientOrder | Self::InpatientPresettlement => Some(true),
            Self::InpatientSettlement => Some(false),
            _ => None,
        }
    }
}

/// Whether a fact of the vocabulary can still change after this moment. What the rule said is then provisional: it may fall once the
/// fact is complete.
pub fn may_still_change(fact: &str, stage: Stage, scene: Scene) -> bool {
    if stage == Stage::Post {
        return false;
    }
    let (space, name) = fact.split_once('.').unwrap_or((fact, ""));
    let closed = stage == Stage::Mid && matches!(scene, Scene::OutpatientSettlement | Scene::InpatientSettlement);
    match space {
        // The lake is a month behind, and other hospitals tell nothing before they settle: what somebody had before may still turn up.
        "history" => true,
        // Diagnoses are written down until discharge; operations and what goes with an item as well.
        "indication" | "diag" | "op" | "companion" => !closed,
        // How the visit is paid is known with its settlement only, and an admission after it later still.
        "visit" | "stay" if LATER.contains(&name) => true,
        "visit" | "stay" => !closed && (GROWING.contains(&name) || name.ends_with("_share")),
        _ => false,
    }
}

/// Facts of a visit that are known after its settlement only.
const LATER: [&str; 3] = ["clr_way", "family_account", "before_admission"];

/// Facts of a stay that grow or are corrected until it is settled.
const GROWING: [&str; 12] = [
    "main_diagnosis",
    "dscg_way",
    "end_day",
    "end_time",
    "billable_days",
    "amount_fen",
    "operations",
    "service_days",
    "exam_kinds",
    "late_exam_days",
    "idle_days",
    "idle_run",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_moment_tells_of_the_stay() {
        for code in 1..=9 {
            let scene = Scene::of_code(&code.to_string());
            assert_ne!(scene, Scene::Unknown);
            assert!(!scene.tells_discharge() || scene.is_settling(), "{scene:?}");
        }
        assert_eq!(Scene::of_code("23"), Scene::Unknown);
        assert_eq!(Scene::InpatientOrder.in_house(), Some(true));
        assert_eq!(Scene::OutpatientCharge.in_house(), None);
    }

    #[test]
    fn diagnoses_are_open_until_settlement_and_an_age_is_not() {
        assert!(may_still_change("history.uses", Stage::Mid, Scene::InpatientSettlement), "the lake is behind");
        assert!(may_still_change("indication.met", Stage::Mid, Scene::InpatientPresettlement));
        assert!(may_still_change("indication.met", Stage::Pre, Scene::InpatientOrder));
        assert!(may_still_change("indication.met", Stage::Mid, Scene::InpatientCharge));
        assert!(!may_still_change("indication.met", Stage::Mid, Scene::InpatientSettlement));
        assert!(!may_still_change("line.age_years", Stage::Pre, Scene::InpatientOrder));
        assert!(!may_still_change("indication.met", Stage::Post, Scene::Unknown));
    }
}
