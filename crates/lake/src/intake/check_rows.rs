//! Checks on typed rows: what one row can contradict in itself. Such rows load, and are counted.

use claims::record::FUND_COLUMNS;
use claims::{Day, Fen, Quantity, UnitPrice, placeholder};
use datafusion::arrow::array::{
    Array, AsArray, Date32Array, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, TimestampMicrosecondType};

use super::checks;
use super::coerce::HIDDEN;
use super::fault::{Example, FaultLog};

/// Where rows come from, for examples.
pub(crate) struct Site<'a> {
    pub(crate) file: &'a str,
    pub(crate) table: &'static str,
    pub(crate) numbers: &'a [u64],
}

impl Site<'_> {
    pub(crate) fn add(&self, log: &mut FaultLog, check: &'static str, row: usize, column: &str, value: &str, message: String) {
        log.add(check, self.table, || Example {
            file: self.file.to_owned(),
            row: self.numbers.get(row).copied(),
            column: Some(column.to_owned()),
            value: Some(value.to_owned()),
            message,
        });
    }
}

/// The columns of a batch by name. Every national column is in the batch.
pub(crate) struct Columns<'a>(pub(crate) &'a RecordBatch);

impl<'a> Columns<'a> {
    fn column(&self, name: &str) -> &'a datafusion::arrow::array::ArrayRef {
        self.0.column_by_name(name).expect("a batch has every column of its national table")
    }

    pub(crate) fn text(&self, name: &str) -> &'a StringArray {
        self.column(name).as_string()
    }

    pub(crate) fn day(&self, name: &str) -> &'a Date32Array {
        self.column(name).as_primitive::<Date32Type>()
    }

    pub(crate) fn moment(&self, name: &str) -> &'a TimestampMicrosecondArray {
        self.column(name).as_primitive::<TimestampMicrosecondType>()
    }

    pub(crate) fn decimal(&self, name: &str) -> &'a Decimal128Array {
        self.column(name).as_primitive::<Decimal128Type>()
    }
}

/// The text of a row, or none.
pub(crate) fn text_at(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// The amount, price or quantity of a row, or none.
pub(crate) fn number_at(array: &Decimal128Array, row: usize) -> Option<i64> {
    if array.is_null(row) {
        return None;
    }
    i64::try_from(array.value(row)).ok()
}

/// The day of a row, or none.
pub(crate) fn day_at(array: &Date32Array, row: usize) -> Option<Day> {
    array.is_valid(row).then(|| Day(array.value(row)))
}

/// The day of a moment of a row, or none.
pub(crate) fn moment_day(array: &TimestampMicrosecondArray, row: usize) -> Option<Day> {
    let micros = array.is_valid(row).then(|| array.value(row))?;
    i32::try_from(micros.div_euclid(86_400_000_000)).ok().map(Day)
}

/// Runs the checks of a table on a batch.
pub(crate) fn check(site: &Site<'_>, batch: &RecordBatch, log: &mut FaultLog) {
    let columns = Columns(batch);
    match site.table {
        "mdtrt_d" => {
            person(site, &columns, Some(columns.moment("begntime")), log);
            visit(site, &columns, log);
        }
        "setl_d" => {
            person(site, &columns, None, log);
            settlement(site, &columns, log);
        }
        "psn_info_b" => person(site, &columns, None, log),
        "fee_list_d" => line(site, &columns, log),
        _ => {}
    }
}

const PERSON_CHECKS: [&str; 5] = [
    checks::SEX_CODE,
    checks::SEX_CONFLICTS_WITH_ID,
    checks::BIRTH_AFTER_SERVICE,
    checks::DEFAULT_BIRTH,
    checks::BIRTH_CONFLICTS_WITH_ID,
];

fn person(site: &Site<'_>, columns: &Columns<'_>, service: Option<&TimestampMicrosecondArray>, log: &mut FaultLog) {
    log.applied(&PERSON_CHECKS);
    let (sexes, births, ids) = (columns.text("gend"), columns.day("brdy"), columns.text("certno"));
    for row in 0..columns.0.num_rows() {
        let sex = text_at(sexes, row);
        if let Some(sex) = sex.filter(|sex| !matches!(*sex, "0" | "1" | "2" | "9")) {
            site.add(log, checks::SEX_CODE, row, "gend", sex, format!("性别代码 {sex} 不是 0、1、2、9，按未知处理"));
        }
        let birth = day_at(births, row);
        if let Some(birth) = birth {
            if placeholder::date(Some(birth)).is_none() {
                let message = format!("出生日期 {birth} 是默认值，按未知处理");
                site.add(log, checks::DEFAULT_BIRTH, row, "brdy", &birth.to_string(), message);
            }
            if let Some(day) = service.and_then(|service| moment_day(service, row)).filter(|day| birth > *day) {
                let message = format!("出生日期 {birth} 晚于就诊 {day}");
                site.add(log, checks::BIRTH_AFTER_SERVICE, row, "brdy", &birth.to_string(), message);
            }
        }
        let Some((id_sex, id_birth)) = text_at(ids, row).and_then(resident_id) else { continue };
        if let Some(sex) = sex.filter(|sex| matches!(*sex, "1" | "2") && *sex != id_sex) {
            let message = format!("性别 {sex} 与身份证号中的性别 {id_sex} 不同");
            site.add(log, checks::SEX_CONFLICTS_WITH_ID, row, "gend", sex, message);
        }
        if birth.is_some_and(|birth| birth != id_birth && placeholder::date(Some(birth)).is_some()) {
            let message = "登记的出生日期与身份证号中的不同".to_owned();
            site.add(log, checks::BIRTH_CONFLICTS_WITH_ID, row, "brdy", HIDDEN, message);
        }
    }
}

/// Sex and birth day in a resident's number of 18 signs, if its check digit is right.
fn resident_id(id: &str) -> Option<(&'static str, Day)> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let bytes = id.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    let digit = b"10X98765432"[(sum % 11) as usize];
    if bytes[17].to_ascii_uppercase() != digit {
        return None;
    }
    let sex = if (bytes[16] - b'0') % 2 == 1 { "1" } else { "2" };
    Some((sex, Day::parse(&id[6..14])?))
}

fn visit(site: &Site<'_>, columns: &Columns<'_>, log: &mut FaultLog) {
    log.applied(&[checks::NEGATIVE_STAY, checks::DEATH_BEFORE_ADMISSION]);
    let (begins, ends, deaths) = (columns.moment("begntime"), columns.moment("endtime"), columns.day("die_date"));
    for row in 0..columns.0.num_rows() {
        let Some(begin) = moment_day(begins, row) else { continue };
        if ends.is_valid(row) && ends.value(row) < begins.value(row) {
            let end = claims::Moment(ends.value(row).div_euclid(1_000_000));
            let begin = claims::Moment(begins.value(row).div_euclid(1_000_000));
            let message = format!("结束 {end} 早于开始 {begin}");
            site.add(log, checks::NEGATIVE_STAY, row, "endtime", &end.to_string(), message);
        }
        if let Some(death) = day_at(deaths, row).filter(|death| *death < begin) {
            let message = format!("死亡日期 {death} 早于就诊开始 {begin}");
            site.add(log, checks::DEATH_BEFORE_ADMISSION, row, "die_date", &death.to_string(), message);
        }
    }
}

/// Whether a settlement takes another back: by its flag, or because it names the other.
pub(crate) fn is_refund(flag: Option<&str>, original: Option<&str>) -> bool {
    flag == Some("1") || original.is_some_and(|id| !placeholder::is_placeholder(id))
}

fn settlement(site: &Site<'_>, columns: &Columns<'_>, log: &mut FaultLog) {
    log.applied(&[checks::NEGATIVE_TOTAL, checks::FUND_IDENTITY, checks::FUND_PARTS]);
    let total = columns.decimal("medfee_sumamt");
    let fund = columns.decimal("fund_pay_sumamt");
    let own = columns.decimal("psn_pay");
    let hospital = columns.decimal("ownpay_hosp_part");
    let parts: Vec<_> = FUND_COLUMNS.iter().map(|(name, _)| columns.decimal(name)).collect();
    let (flags, originals) = (columns.text("refd_setl_flag"), columns.text("init_setl_id"));
    for row in 0..columns.0.num_rows() {
        let (total, fund) = (number_at(total, row), number_at(fund, row));
        if let Some(total) = total.filter(|total| *total < 0)
            && !is_refund(text_at(flags, row), text_at(originals, row))
        {
            let value = Fen(total).to_string();
            site.add(log, checks::NEGATIVE_TOTAL, row, "medfee_sumamt", &value, format!("总额 {value} 元为负，而不是退费"));
        }
        let given: Vec<i64> = parts.iter().filter_map(|part| number_at(part, row)).collect();
        if let Some(fund) = fund.filter(|_| !given.is_empty()) {
            let sum: i64 = given.iter().sum();
            if (sum - fund).abs() > 1 {
                let message = format!("各基金之和 {} 元，基金支付总额 {} 元", Fen(sum), Fen(fund));
                site.add(log, checks::FUND_PARTS, row, "fund_pay_sumamt", &Fen(fund).to_string(), message);
            }
        }
        if let (Some(total), Some(fund), Some(own)) = (total, fund, number_at(own, row)) {
            let paid = fund + own + number_at(hospital, row).unwrap_or(0);
            if (paid - total).abs() > 1 {
                let message = format!("总额 {} 元，各方支付之和 {} 元", Fen(total), Fen(paid));
                site.add(log, checks::FUND_IDENTITY, row, "medfee_sumamt", &Fen(total).to_string(), message);
            }
        }
    }
}

fn line(site: &Site<'_>, columns: &Columns<'_>, log: &mut FaultLog) {
    log.applied(&[checks::UNMAPPED_CODE, checks::PRICE_TIMES_QUANTITY, checks::IN_SCOPE_EXCEEDS_AMOUNT]);
    let (counts, prices) = (columns.decimal("cnt"), columns.decimal("pric"));
    let (amounts, in_scope) = (columns.decimal("det_item_fee_sumamt"), columns.decimal("inscp_amt"));
    let (codes, own_names) = (columns.text("med_list_codg"), columns.text("medins_list_name"));
    for row in 0..columns.0.num_rows() {
        if text_at(codes, row).is_none_or(placeholder::is_placeholder) {
            let name = text_at(own_names, row).unwrap_or("");
            let message = format!("没有医疗目录编码{}", if name.is_empty() { String::new() } else { format!("：{name}") });
            site.add(log, checks::UNMAPPED_CODE, row, "med_list_codg", text_at(codes, row).unwrap_or(""), message);
        }
        let Some(amount) = number_at(amounts, row).map(Fen) else { continue };
        if let (Some(price), Some(count)) = (number_at(prices, row), number_at(counts, row)) {
            let product = UnitPrice(price).times(Quantity(count));
            if (product - amount).abs() > Fen(1) {
                let message = format!("单价 {} × 数量 {} = {product} 元，金额 {amount} 元", UnitPrice(price), Quantity(count));
                site.add(log, checks::PRICE_TIMES_QUANTITY, row, "det_item_fee_sumamt", &amount.to_string(), message);
            }
        }
        if let Some(scope) = number_at(in_scope, row).map(Fen).filter(|scope| scope.abs() > amount.abs()) {
            let message = format!("符合范围金额 {scope} 元大于明细金额 {amount} 元");
            site.add(log, checks::IN_SCOPE_EXCEEDS_AMOUNT, row, "inscp_amt", &scope.to_string(), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_residents_number_tells_sex_and_birth_only_if_its_check_digit_is_right() {
        // A made-up number of a region that does not exist, with its right check digit.
        let body = "00000019900307781";
        let valid: Vec<String> = "0123456789X".chars().map(|digit| format!("{body}{digit}")).collect();
        let read: Vec<_> = valid.iter().filter_map(|id| resident_id(id)).collect();
        assert_eq!(read, [("1", Day::parse("1990-03-07").unwrap())]);
        assert_eq!(resident_id("12345"), None);
    }

    #[test]
    fn a_refund_is_known_by_flag_or_original() {
        assert!(is_refund(Some("1"), None));
        assert!(is_refund(None, Some("S1")));
        for nothing in ["无", "-", "NA"] {
            assert!(!is_refund(Some("0"), Some(nothing)), "{nothing}");
        }
    }
}
