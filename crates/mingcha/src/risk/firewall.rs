//! Firewall（数据问题排除）: what in the data explains a hit, before anybody is accused（rules 4.12, traps 10, 19, 20）.
//!
//! Every answer looks at one finding and at what surrounds its lines, never at how many findings there are: otherwise a further
//! violation might take the others out of a score.

use rulebook::Finding;
use serde::Serialize;

use super::scheme::DataFaultRules;
use super::unit::Of;

/// What the lake says around a finding's lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surround {
    /// Ordering doctor, else the visit's; none where the code is a placeholder or missing.
    pub(crate) doctor: Option<String>,
    /// Some charged line has no national code.
    pub(crate) unmapped: bool,
    /// In the month of a charged line, the institution's own code stood for several national ones.
    pub(crate) mapped_twice: bool,
}

/// Data fault（数据问题）that explains a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DataFault {
    Record,
    Mispicked,
    Unmapped,
    MappedTwice,
    UnreliableDates,
    PlaceholderDoctor,
}

impl DataFault {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Record => "记录填报有误：规则查的就是填报质量，先更正数据",
            Self::Mispicked => "疑似选错编码：性别、年龄与编码冲突，先核对编码",
            Self::Unmapped => "明细没有对上国家编码",
            Self::MappedTwice => "对码有误：同一院内编码当月对应几个国家编码",
            Self::UnreliableDates => "费用时间不可靠：整段住院集中记账或时间缺失",
            Self::PlaceholderDoctor => "医师编码是占位值或缺失，不能归到个人",
        }
    }
}

/// The data fault that explains a finding, or none.
pub(crate) fn explain(finding: &Finding, around: &Surround, rules: &DataFaultRules, of: Of) -> Option<DataFault> {
    let among = |codes: &[String]| codes.contains(&finding.rule_code);
    // An institution answers for a charge whoever ordered it; a hit on a doctor nobody is says nothing about anybody.
    let needs_doctor = of == Of::Doctor || finding.subject == "doctor";
    if among(&rules.record_rules) {
        Some(DataFault::Record)
    } else if around.unmapped {
        Some(DataFault::Unmapped)
    } else if around.mapped_twice {
        Some(DataFault::MappedTwice)
    } else if among(&rules.mispick_rules) {
        Some(DataFault::Mispicked)
    } else if dates_unreliable(finding) {
        Some(DataFault::UnreliableDates)
    } else if needs_doctor && around.doctor.is_none() {
        Some(DataFault::PlaceholderDoctor)
    } else {
        None
    }
}

/// Whether the engine lowered the grade, or read the fact, because times of the stay cannot be trusted.
fn dates_unreliable(finding: &Finding) -> bool {
    let lowered = finding.evidence.graded_because.as_deref().is_some_and(|why| why.starts_with("费用时间不可靠"));
    let read = |name: &str, value: Option<&str>| name.ends_with("dates_unreliable") && value == Some("是");
    lowered || finding.evidence.facts.iter().any(|fact| read(&fact.name, fact.value.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::finding;
    use super::*;

    fn rules() -> DataFaultRules {
        DataFaultRules { record_rules: vec!["RECORD".to_owned()], mispick_rules: vec!["SEX".to_owned()] }
    }

    #[test]
    fn each_fault_of_the_data_explains_and_a_plain_hit_is_explained_by_none() {
        let named = || Surround { doctor: Some("D1".to_owned()), ..Surround::default() };
        let plain = finding("R", 1);
        let mut dated = plain.clone();
        dated.evidence.graded_because = Some("费用时间不可靠，按日的判断最高定为可疑".to_owned());
        let overloaded = Finding { subject: "doctor".to_owned(), ..plain.clone() };
        let cases = [
            (&plain, named(), Of::Institution, None),
            (&plain, Surround::default(), Of::Institution, None),
            (&plain, Surround::default(), Of::Doctor, Some(DataFault::PlaceholderDoctor)),
            (&overloaded, Surround::default(), Of::Institution, Some(DataFault::PlaceholderDoctor)),
            (&finding("RECORD", 1), named(), Of::Institution, Some(DataFault::Record)),
            (&finding("SEX", 1), named(), Of::Person, Some(DataFault::Mispicked)),
            (&plain, Surround { unmapped: true, ..named() }, Of::Institution, Some(DataFault::Unmapped)),
            (&plain, Surround { mapped_twice: true, ..named() }, Of::Institution, Some(DataFault::MappedTwice)),
            (&dated, named(), Of::Institution, Some(DataFault::UnreliableDates)),
        ];
        for (finding, around, of, expected) in cases {
            assert_eq!(explain(finding, &around, &rules(), of), expected, "{} {around:?} {of:?}", finding.rule_code);
        }
    }
}
