//! Reconciliation（对账）: what the bank or treasury says came in, against what was booked here, receipt by receipt and fund by fund.

use std::collections::BTreeMap;

use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::recovery::fund_named;

/// The columns of a list, in whatever order.
pub const COLUMNS: [&str; 5] = ["日期", "付款人", "收据号", "金额", "基金"];

/// The most lines of one list.
pub const MOST_LINES: usize = 5_000;

/// Bank line（到账明细）: one row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLine {
    /// Its row in the file, the heads being the first.
    pub row: i64,
    /// Day on which the money came.
    pub on: Day,
    /// Who paid.
    pub payer: String,
    /// Number of the receipt.
    pub receipt: String,
    /// How much.
    pub amount: Fen,
    /// Fund.
    pub fund: String,
}

/// Bank fault（清单问题）: where a list cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} 第 {row} 行“{column}”：{problem}，现为“{value}”")]
pub struct BankFault {
    /// File.
    pub file: String,
    /// Row.
    pub row: i64,
    /// Column.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Booked payment（已登记收款）: one of ours, by fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedPayment {
    /// Debt.
    pub debt_id: String,
    /// Number of its posting.
    pub posting: usize,
    /// Day on which the money came.
    pub on: Day,
    /// Who paid; empty where it was not written down.
    pub payer: String,
    /// Number of the receipt.
    pub receipt: String,
    /// Fund.
    pub fund: String,
    /// How much.
    pub amount: Fen,
    /// List that it was found on before.
    pub reconciled: Option<String>,
}

/// Match（对账结果）of one line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// 相符
    Agrees,
    /// 已在其他清单对过
    Before(String),
    /// 不符: in what.
    Differs(Vec<&'static str>),
    /// 此处未登记
    MissingHere,
}

impl Match {
    /// As shown to people.
    pub fn label(&self) -> String {
        match self {
            Self::Agrees => "相符".to_owned(),
            Self::Before(list) => format!("已在清单 {list} 对过"),
            Self::Differs(what) => format!("不符：{}", what.join("、")),
            Self::MissingHere => "此处未登记".to_owned(),
        }
    }
}

/// Reconciled（对账单）: each line of a list with what was found of it here, and what of ours the list does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciled {
    /// What was found of each line, and the numbers of the payments that it stands for.
    pub lines: Vec<(Match, Vec<usize>)>,
    /// Numbers of payments of these days that the list does not have.
    pub missing_there: Vec<usize>,
}

/// Holds a list against the payments booked here. One receipt may pay for several debts: they are held against it together.
pub fn matched(list: &str, lines: &[BankLine], paid: &[BookedPayment], from: Day, to: Day) -> Reconciled {
    let mut ours: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (number, payment) in paid.iter().enumerate() {
        ours.entry((payment.receipt.as_str(), payment.fund.as_str())).or_default().push(number);
    }
    let listed: Vec<&str> = lines.iter().map(|line| line.receipt.as_str()).collect();
    let found = |line: &BankLine| match ours.get(&(line.receipt.as_str(), line.fund.as_str())) {
        Some(numbers) => (agrees(list, line, numbers, paid), numbers.clone()),
        None => (elsewhere(line, paid), Vec::new()),
    };
    let lines = lines.iter().map(found).collect();
    let within = |payment: &BookedPayment| (from..=to).contains(&payment.on) && payment.reconciled.is_none();
    let missing = |(_, payment): &(usize, &BookedPayment)| within(payment) && !listed.contains(&payment.receipt.as_str());
    Reconciled { lines, missing_there: paid.iter().enumerate().filter(missing).map(|(number, _)| number).collect() }
}

fn agrees(list: &str, line: &BankLine, numbers: &[usize], paid: &[BookedPayment]) -> Match {
    let all = || numbers.iter().filter_map(|number| paid.get(*number));
    if let Some(other) = all().find_map(|payment| payment.reconciled.as_ref().filter(|other| *other != list)) {
        return Match::Before(other.clone());
    }
    let mut what = Vec::new();
    if all().map(|payment| payment.amount).sum::<Fen>() != line.amount {
        what.push("金额");
    }
    if all().any(|payment| payment.on != line.on) {
        what.push("日期");
    }
    // Earlier payments say nothing of who paid.
    if all().any(|payment| !payment.payer.is_empty() && payment.payer != line.payer) {
        what.push("付款人");
    }
    if what.is_empty() { Match::Agrees } else { Match::Differs(what) }
}

fn elsewhere(line: &BankLine, paid: &[BookedPayment]) -> Match {
    if paid.iter().any(|payment| payment.receipt == line.receipt) { Match::Differs(vec!["基金"]) } else { Match::MissingHere }
}

/// Reads a list as a table of text with heads. All faults are told at once.
pub fn read(file: &str, text: &str) -> Result<Vec<BankLine>, Vec<BankFault>> {
    let rows = table(text.trim_start_matches('\u{feff}'));
    let fault = |row, column, value: &str, problem: &str| BankFault {
        file: file.to_owned(),
        row,
        column,
        value: value.to_owned(),
        problem: problem.to_owned(),
    };
    let Some((heads, rows)) = rows.split_first() else { return Err(vec![fault(1, "表头", "", "清单是空的")]) };
    let mut places = Vec::new();
    for column in COLUMNS {
        let place = heads.iter().position(|head| head.trim() == column);
        places.push(place.ok_or_else(|| vec![fault(1, "表头", &heads.join(","), &format!("缺少列“{column}”"))])?);
    }
    if rows.len() > MOST_LINES {
        return Err(vec![fault(1, "表头", &rows.len().to_string(), &format!("一次最多 {MOST_LINES} 行"))]);
    }
    let (mut lines, mut faults): (Vec<BankLine>, Vec<BankFault>) = (Vec::new(), Vec::new());
    for (row, cells) in (2_i64..).zip(rows).filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty())) {
        let cell = |place: usize| places.get(place).and_then(|place| cells.get(*place)).map_or("", |cell| cell.trim());
        let [day, payer, receipt, amount, fund] = [0, 1, 2, 3, 4].map(cell);
        let before = faults.len();
        let on = Day::parse(day);
        let fen = Fen::parse(&amount.replace([',', '，'], "")).ok().filter(|fen| fen.is_positive());
        let named = fund_named(fund);
        let checks = [
            (on.is_some(), COLUMNS[0], day, "应为日期，如 2026-03-02"),
            (!receipt.is_empty(), COLUMNS[2], receipt, "不能为空"),
            (fen.is_some(), COLUMNS[3], amount, "应为大于 0 的金额，如 1234.50"),
            (named.is_some(), COLUMNS[4], fund, "没有这个基金"),
        ];
        faults.extend(
            checks.iter().filter(|(fits, ..)| !fits).map(|(_, column, value, problem)| fault(row, column, value, problem)),
        );
        let (Some(on), Some(amount), Some(fund), true) = (on, fen, named, faults.len() == before) else { continue };
        if let Some(same) = lines.iter().find(|line| line.receipt == receipt && line.fund == fund) {
            faults.push(fault(row, COLUMNS[2], receipt, &format!("与第 {} 行的收据号和基金相同", same.row)));
            continue;
        }
        lines.push(BankLine { row, on, payer: payer.to_owned(), receipt: receipt.to_owned(), amount, fund: fund.to_owned() });
    }
    match (faults.is_empty(), lines.is_empty()) {
        (false, _) => Err(faults),
        (true, true) => Err(vec![fault(2, "表头", "", "清单没有明细")]),
        (true, false) => Ok(lines),
    }
}

/// A table of text as rows of cells: commas or tabs, quotation marks around what holds them.
fn table(text: &str) -> Vec<Vec<String>> {
    let edge = if text.lines().next().is_some_and(|heads| heads.contains('\t')) { '\t' } else { ',' };
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other if other == edge && !quoted => row.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::day;

    const HEADS: &str = "日期,付款人,收据号,金额,基金\n";

    fn line(receipt: &str, fen: i64) -> BankLine {
        let (payer, fund) = ("市一院".to_owned(), "hifp_pay".to_owned());
        BankLine { row: 2, on: day(5), payer, receipt: receipt.to_owned(), amount: Fen(fen), fund }
    }

    fn paid(debt: &str, receipt: &str, fen: i64) -> BookedPayment {
        BookedPayment {
            debt_id: debt.to_owned(),
            posting: 1,
            on: day(5),
            payer: "市一院".to_owned(),
            receipt: receipt.to_owned(),
            fund: "hifp_pay".to_owned(),
            amount: Fen(fen),
            reconciled: None,
        }
    }

    #[test]
    fn one_receipt_may_pay_several_debts_and_what_is_missing_is_said_of_either_side() {
        let ours = [paid("f1", "A1", 300), paid("f2", "A1", 200), paid("f3", "A2", 100), paid("f4", "A4", 50)];
        let list = [line("A1", 500), line("A2", 90), line("A3", 70)];
        let found = matched("2026-1", &list, &ours, day(1), day(31));
        let outcomes: Vec<_> = found.lines.iter().map(|(outcome, _)| outcome.clone()).collect();
        assert_eq!(outcomes, [Match::Agrees, Match::Differs(vec!["金额"]), Match::MissingHere]);
        assert_eq!((found.lines[0].1.as_slice(), found.missing_there), ([0, 1].as_slice(), vec![3]));
        let later = matched("2026-1", &list, &ours, day(6), day(31));
        assert!(later.missing_there.is_empty(), "of other days the list says nothing");
    }

    #[test]
    fn day_payer_and_fund_are_held_against_each_other_too() {
        let mut one = paid("f1", "A1", 300);
        let of = |one: &BookedPayment| {
            matched("2026-1", &[line("A1", 300)], std::slice::from_ref(one), day(1), day(31)).lines.remove(0).0
        };
        assert_eq!(of(&one), Match::Agrees);
        one.payer.clear();
        assert_eq!(of(&one), Match::Agrees, "an earlier payment says nothing of who paid");
        "市二院".clone_into(&mut one.payer);
        one.on = day(6);
        assert_eq!(of(&one), Match::Differs(vec!["日期", "付款人"]));
        "maf_pay".clone_into(&mut one.fund);
        assert_eq!(of(&one), Match::Differs(vec!["基金"]));
        let before = BookedPayment { reconciled: Some("2026-9".to_owned()), ..paid("f1", "A1", 300) };
        assert_eq!(of(&before), Match::Before("2026-9".to_owned()));
        let again = BookedPayment { reconciled: Some("2026-1".to_owned()), ..paid("f1", "A1", 300) };
        assert_eq!(of(&again), Match::Agrees);
    }

    #[test]
    fn a_list_is_read_whatever_the_order_of_its_columns() {
        let text = "\u{feff}收据号,金额,基金,付款人,日期\r\nA1,\"1,234.50\",统筹基金,\"市\"\"一\"\"院\",2026-03-05\r\n\r\nA1,10,maf_pay,市一院,2026-03-05";
        let lines = read("收款.csv", text).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (lines[0].amount, lines[0].payer.as_str(), lines[0].fund.as_str(), lines[1].row),
            (Fen(123_450), "市\"一\"院", "hifp_pay", 4)
        );
    }

    #[test]
    fn faults_name_file_row_column_and_value_all_at_once() {
        let told = |rows: &str| -> Vec<String> {
            read("收款.csv", &format!("{HEADS}{rows}")).unwrap_err().iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            told("3月5日,市一院,A1,12.345,基金甲\n2026-03-05,市一院,,-1,hifp_pay"),
            [
                "收款.csv 第 2 行“日期”：应为日期，如 2026-03-02，现为“3月5日”",
                "收款.csv 第 2 行“金额”：应为大于 0 的金额，如 1234.50，现为“12.345”",
                "收款.csv 第 2 行“基金”：没有这个基金，现为“基金甲”",
                "收款.csv 第 3 行“收据号”：不能为空，现为“”",
                "收款.csv 第 3 行“金额”：应为大于 0 的金额，如 1234.50，现为“-1”",
            ]
        );
        let twice = told("2026-03-05,市一院,A1,1,hifp_pay\n2026-03-05,市一院,A1,2,hifp_pay");
        assert_eq!(twice, ["收款.csv 第 3 行“收据号”：与第 2 行的收据号和基金相同，现为“A1”"]);
        let heads = read("收款.csv", "日期,金额\n").unwrap_err().remove(0);
        assert_eq!(heads.to_string(), "收款.csv 第 1 行“表头”：缺少列“付款人”，现为“日期,金额”");
        assert!(read("收款.csv", "").is_err() && read("收款.csv", HEADS).is_err());
    }
}
