//! National codes（医保信息业务编码）: their structures, and how a delivered code becomes one to look up.
//!
//! A code carries no check digit: being well formed is all that its text can show. Whether it exists is for the dated
//! catalogue to say.

/// Kind of code（编码类型）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// Region（医保区划）: six digits.
    Region,
    /// Institution（定点医药机构）: `H` or `P`, region, five digits.
    Institution,
    /// Doctor（医师）: `D`, region, six digits; nurses `N`, hospital pharmacists and technicians `HY`, `HJ`.
    Doctor,
    /// Item of the catalogue（医疗目录编码）: drug, herb, service or consumable.
    Item,
    /// Disease（疾病诊断编码）: ICD-10 医保版, or a TCM disease or syndrome.
    Disease,
    /// Operation（手术操作编码）: ICD-9-CM-3 医保版.
    Operation,
    /// Chronic or special outpatient disease（门慢特病种）.
    Chronic,
    /// Trace code（药品追溯码）: usually twenty digits beginning with 8; others exist, so it is never refused for its form.
    Trace,
}
