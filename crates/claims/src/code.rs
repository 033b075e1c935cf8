//! National codes（医保信息业务编码）: their structures, and how a delivered code becomes one to look up.
//!
//! A code carries no check digit: being well formed is all that its text can show. Whether it exists is for the dated
//! catalogue to say.

use crate::{Text, placeholder};

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

/// Kind of catalogue item（目录类别）, by the first sign of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// 西药
    WesternDrug,
    /// 中成药
    PatentDrug,
    /// 中药饮片
    Herb,
    /// 医疗服务项目
    Service,
    /// 医用耗材
    Consumable,
}

/// Kind of a catalogue code in its normal form, or none where it has none of the national structures.
pub fn item_kind(code: &str) -> Option<ItemKind> {
    let of = |kind, good: bool| good.then_some(kind);
    match code.as_bytes().first()? {
        b'X' => of(ItemKind::WesternDrug, code.len() == 23 && fits(code, "AAddAAAdddAdddddddddddd")),
        b'Z' => of(ItemKind::PatentDrug, code.len() == 20 && fits(code, "AAddAAAddddddddddddd")),
        b'T' => of(ItemKind::Herb, code.len() == 10 && digits(&code[1..])),
        b'C' => of(ItemKind::Consumable, matches!(code.len(), 20 | 27) && digits(&code[1..])),
        b'0'..=b'9' => of(ItemKind::Service, code.len() == 15 && digits(code)),
        _ => None,
    }
}

/// Whether a delivered code has the structure of its kind. Trace codes of other vendors exist, so any text passes there.
pub fn is_well_formed(kind: CodeKind, code: &str) -> bool {
    let code = code.trim().to_ascii_uppercase();
    match kind {
        CodeKind::Region => code.len() == 6 && digits(&code),
        CodeKind::Institution => code.len() == 12 && matches!(code.as_bytes()[0], b'H' | b'P') && digits(&code[1..]),
        CodeKind::Doctor => is_person_code(&code),
        CodeKind::Item => item_kind(without_suffix(&code)).is_some(),
        CodeKind::Disease => is_disease_code(&code),
        CodeKind::Operation => is_operation_code(&code),
        CodeKind::Chronic => code.len() >= 6 && code.starts_with('M') && digits(&code[1..]),
        CodeKind::Trace => !code.is_empty(),
    }
}

/// Whether a text can be the trace code of a pack: at least so many signs, all ASCII, and no placeholder such as zeros. Where a pack
/// has no code, people enter words or a few digits, the same for every such pack.
pub fn can_be_trace_code(text: &str, least_signs: usize) -> bool {
    text.len() >= least_signs && text.is_ascii() && !placeholder::is_placeholder(text)
}

/// A catalogue code as it is looked up: upper case（readings 36）, a service without its local suffix（readings 29）; none where
/// the delivered text is a placeholder. The original stays in the record.
pub fn national_item(code: Option<&Text>) -> Option<Text> {
    let delivered = placeholder::known(code)?;
    let trimmed = delivered.trim();
    let national = without_suffix(trimmed);
    let is_normal = national.len() == delivered.len() && !national.bytes().any(|byte| byte.is_ascii_lowercase());
    Some(if is_normal { delivered.clone() } else { national.to_ascii_uppercase().into() })
}

/// Region in an institution's code（定点编码第2–7位）, or none where the code has another form.
pub fn region_of_institution(code: &str) -> Option<&str> {
    is_well_formed(CodeKind::Institution, code).then(|| code.trim().get(1..7)).flatten()
}

/// A service code is fifteen digits; what follows a `-` is the institution's or region's own.
fn without_suffix(code: &str) -> &str {
    match code.split_once('-') {
        Some((national, _)) if national.len() == 15 && digits(national) => national,
        _ => code,
    }
}

fn is_person_code(code: &str) -> bool {
    let digits_after = |letters: usize, length: usize| code.len() == length && digits(&code[letters..]);
    match code.as_bytes() {
        [b'D' | b'N', ..] => digits_after(1, 13),
        [b'H', b'Y' | b'J', ..] => digits_after(2, 14),
        _ => false,
    }
}

/// ICD-10 with `x` as filler and marks, or a TCM code such as `A01.01.01`, or a morphology code such as `M80000/3`.
fn is_disease_code(code: &str) -> bool {
    let code = code.trim_end_matches(['+', '*']);
    if !code.is_ascii() || code.len() < 3 || !fits(code, "Add") {
        return false;
    }
    let rest = &code[3..];
    rest.is_empty() || (rest.len() >= 2 && matches!(rest.as_bytes()[0], b'.' | b'0'..=b'9') && rest[1..].bytes().all(is_icd_sign))
}

fn is_icd_sign(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'X' | b'.' | b'/')
}

fn is_operation_code(code: &str) -> bool {
    let Some((category, rest)) = code.split_once('.') else { return false };
    let (number, extension) = rest.split_once('X').unwrap_or((rest, "0"));
    category.len() == 2 && digits(category) && matches!(number.len(), 1..=4) && digits(number) && digits(extension)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a code begins as the pattern says: `A` any capital, `d` any digit.
fn fits(code: &str, pattern: &str) -> bool {
    code.is_ascii()
        && code.len() >= pattern.len()
        && pattern.bytes().zip(code.bytes()).all(|(want, have)| match want {
            b'd' => have.is_ascii_digit(),
            _ => have.is_ascii_uppercase(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_item_has_its_structure() {
        for (code, kind) in [
            ("XR05CBA198A001010100863", ItemKind::WesternDrug),
            ("ZA12HAG0369010102887", ItemKind::PatentDrug),
            ("T001700368", ItemKind::Herb),
            ("001102000010000", ItemKind::Service),
            ("C0101010010000100001", ItemKind::Consumable),
        ] {
            assert_eq!(item_kind(code), Some(kind), "{code}");
        }
        for code in ["", "X", "XR05CBA198A00101010086", "001102", "Q123", "医疗"] {
            assert_eq!(item_kind(code), None, "{code}");
        }
    }

    #[test]
    fn a_local_suffix_and_case_do_not_hide_the_national_code() {
        let national = |code: &str| national_item(Some(&code.into()));
        assert_eq!(national("001102000010000-110200006").as_deref(), Some("001102000010000"));
        assert_eq!(national("xr05cba198a001010100863").as_deref(), Some("XR05CBA198A001010100863"));
        assert_eq!(national("无"), None);
        assert_eq!(national_item(None), None);
        assert_eq!(national("LOCAL-7").as_deref(), Some("LOCAL-7"), "only service codes have a suffix");
    }

    #[test]
    fn codes_are_checked_by_their_kind() {
        assert!(is_well_formed(CodeKind::Institution, "H44060600494"));
        assert!(!is_well_formed(CodeKind::Institution, "44060600494"));
        assert!(is_well_formed(CodeKind::Doctor, "D440106000123"));
        assert!(is_well_formed(CodeKind::Doctor, "HY440106000123"));
        for good in ["A00", "A00.0", "I10.x00", "E11.900x001", "G63.2*", "A01.01.01", "M80000/3"] {
            assert!(is_well_formed(CodeKind::Disease, good), "{good}");
        }
        for bad in ["", "11", "A0", "肺炎", "A00."] {
            assert!(!is_well_formed(CodeKind::Disease, bad), "{bad}");
        }
        assert!(is_well_formed(CodeKind::Operation, "00.0100"));
        assert!(is_well_formed(CodeKind::Operation, "36.06x001"));
        assert!(!is_well_formed(CodeKind::Operation, "3606"));
        assert!(is_well_formed(CodeKind::Chronic, "M03900"));
    }

    #[test]
    fn an_institutions_code_names_its_region() {
        assert_eq!(region_of_institution("P37020302787"), Some("370203"));
        assert_eq!(region_of_institution("机构"), None);
    }

    #[test]
    fn what_people_enter_where_a_pack_has_no_code_is_no_trace_code() {
        assert!(can_be_trace_code("81234560000000000017", 8));
        assert!(can_be_trace_code("A1234567", 8));
        for text in ["", "8123456", "00000000000000000000", "无追溯码的商品名称", "8123456０"] {
            assert!(!can_be_trace_code(text, 8), "{text}");
        }
    }
}
