//! What the lake says of institutions, doctors and persons before any finding: by SQL, a row a unit and month.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use claims::institution::level_class;
use claims::visit_class::visit_class;
use claims::{Day, Text, chart::VisitClass, placeholder};
use lake::Snapshot;

use super::unit::{Of, Unit};
use crate::institutions::level_label;
use crate::rows::{literal, rows};

/// Days after discharge within which a stay at the same institution is a return. On the same day it is one stay settled in between.
const RETURN_DAYS: u32 = 30;

/// Units by code while they are put together.
type Units = BTreeMap<String, Unit>;

/// Begin and end of a visit as whole days.
const BEGIN: &str = "CAST(CAST(begntime AS DATE) AS INT)";
const END: &str = "CAST(CAST(endtime AS DATE) AS INT)";

/// All units of a kind.
pub(super) fn units(snapshot: &Snapshot, of: Of) -> Result<Vec<Unit>> {
    let units = match of {
        Of::Institution => institutions(snapshot)?,
        Of::Doctor => doctors(snapshot)?,
        Of::Person => persons(snapshot)?,
    };
    Ok(units.into_values().collect())
}

/// The last day on which a visit began: the day by which a scheme is chosen.
pub(super) fn last_day(snapshot: &Snapshot) -> Result<Option<Day>> {
    let found = rows(snapshot, "SELECT CAST(max(CAST(begntime AS DATE)) AS VARCHAR) FROM mdtrt_d")?;
    Ok(found.first().and_then(|row| Day::parse(row.first()?)))
}

/// Kinds of care that are stays, as an SQL list; none where nobody stayed.
pub(super) fn stay_kinds(snapshot: &Snapshot) -> Result<Option<String>> {
    let kinds = rows(snapshot, "SELECT DISTINCT med_type FROM mdtrt_d WHERE med_type IS NOT NULL ORDER BY med_type")?;
    let stays = kinds.into_iter().flatten().filter(|kind| visit_class(Some(kind), "") == VisitClass::Inpatient);
    let listed: Vec<String> = stays.map(|kind| literal(&kind)).collect();
    Ok((!listed.is_empty()).then(|| listed.join(", ")))
}

/// A return to the same institution: a later stay whose first day lies within some days of an earlier one's last.
pub(super) fn returns(kinds: &str) -> String {
    format!(
        "SELECT b.fixmedins_code AS code, count(DISTINCT b.mdtrt_id) AS n FROM \
         (SELECT mdtrt_id, fixmedins_code, psn_no, {END} AS e FROM mdtrt_d WHERE med_type IN ({kinds})) a JOIN \
         (SELECT mdtrt_id, fixmedins_code, psn_no, {BEGIN} AS s FROM mdtrt_d WHERE med_type IN ({kinds})) b \
         ON a.fixmedins_code = b.fixmedins_code AND a.psn_no = b.psn_no AND a.mdtrt_id <> b.mdtrt_id \
         AND b.s - a.e BETWEEN 1 AND {RETURN_DAYS} GROUP BY 1"
    )
}

/// Pairs of stays of one person at two institutions that share at least one whole night. Counted, not scored: the rule that
/// judges them knows transfers and beds kept.
pub(super) fn overlaps(snapshot: &Snapshot) -> Result<i64> {
    let Some(kinds) = stay_kinds(snapshot)? else { return Ok(0) };
    let stays = |name: &str| {
        format!(
            "(SELECT mdtrt_id, fixmedins_code, psn_no, {BEGIN} AS s, {END} AS e FROM mdtrt_d WHERE med_type IN ({kinds})) {name}"
        )
    };
    let query = format!(
        "SELECT count(*) FROM {} JOIN {} ON a.psn_no = b.psn_no AND a.mdtrt_id < b.mdtrt_id \
         AND a.fixmedins_code <> b.fixmedins_code AND a.s < b.e AND b.s < a.e",
        stays("a"),
        stays("b")
    );
    number(rows(snapshot, &query)?.first().and_then(|row| row.first()).context("查询没有结果")?)
}

fn number(text: &str) -> Result<i64> {
    if text.is_empty() { Ok(0) } else { text.parse().with_context(|| format!("应是整数，不是“{text}”")) }
}

/// Rows of a query whose first cell is a unit's code and whose others are whole numbers.
fn counted(snapshot: &Snapshot, query: &str) -> Result<Vec<(String, Vec<i64>)>> {
    let read = |row: Vec<String>| {
        let mut cells = row.into_iter();
        let code = cells.next().unwrap_or_default();
        Ok((code, cells.map(|cell| number(&cell)).collect::<Result<_>>()?))
    };
    rows(snapshot, query)?.into_iter().filter(|row| row.first().is_some_and(|code| !code.is_empty())).map(read).collect()
}

/// Amount in fen as a whole number.
fn fen(column: &str) -> String {
    format!("CAST(round(sum({column}) * 100) AS BIGINT)")
}

/// Month of a time as `2026-03`.
fn month(column: &str) -> String {
    format!("substr(CAST(CAST({column} AS DATE) AS VARCHAR), 1, 7)")
}

/// Visits, lines and money of every unit and month, by the column that names the unit.
fn months(snapshot: &Snapshot, units: &mut Units, key: &str) -> Result<()> {
    let visits = format!("SELECT {key}, {}, count(*) FROM mdtrt_d GROUP BY 1, 2", month("begntime"));
    let lines = format!("SELECT {key}, {}, count(*) FROM fee_list_d GROUP BY 1, 2", month("fee_ocur_time"));
    // A refund is a settlement with negative amounts in some deliveries, and a cancelled one in others.
    let money = format!(
        "SELECT {key}, {}, {}, {} FROM setl_d WHERE coalesce(vali_flag, '1') <> '0' GROUP BY 1, 2",
        month("setl_time"),
        fen("medfee_sumamt"),
        fen("fund_pay_sumamt")
    );
    for (query, put) in [(visits, 0), (lines, 1), (money, 2)] {
        for row in rows(snapshot, &query)?.into_iter().filter(|row| !row[0].is_empty() && !row[1].is_empty()) {
            let unit = units.entry(row[0].clone()).or_insert_with(|| Unit { code: row[0].clone(), ..Unit::default() });
            let month = unit.months.entry(row[1].clone()).or_default();
            match put {
                0 => month.visits += number(&row[2])?,
                1 => month.lines += number(&row[2])?,
                _ => {
                    month.amount_fen += number(&row[2])?;
                    month.fund_fen += number(&row[3])?;
                }
            }
        }
    }
    Ok(())
}

fn institutions(snapshot: &Snapshot) -> Result<Units> {
    let mut units = Units::new();
    months(snapshot, &mut units, "fixmedins_code")?;
    let register =
        "SELECT fixmedins_code, fixmedins_name, fixmedins_type, hosp_lv FROM fixmedins_b ORDER BY begntime NULLS FIRST";
    for row in rows(snapshot, register)? {
        if let Some(unit) = units.get_mut(&row[0]) {
            unit.name.clone_from(&row[1]);
            unit.peers = kind_and_level(&row[0], &row[2], &row[3]);
        }
    }
    for unit in units.values_mut().filter(|unit| unit.peers.is_empty()) {
        unit.peers = kind_and_level(&unit.code, "", "");
    }
    if let Some(kinds) = stay_kinds(snapshot)? {
        let stays = format!(
            "SELECT fixmedins_code, count(*), sum(greatest({END} - {BEGIN}, 1)), count(DISTINCT psn_no), count(endtime) \
             FROM mdtrt_d WHERE med_type IN ({kinds}) GROUP BY 1"
        );
        for (code, n) in counted(snapshot, &stays)? {
            let Some(unit) = units.get_mut(&code) else { continue };
            unit.figures.insert("stay_days", (n[1], n[3]));
            unit.figures.insert("size_days", (n[1], 1));
            unit.figures.insert("repeat_stays", (n[0] - n[2], n[0]));
            unit.figures.insert("readmission", (0, n[0]));
        }
        for (code, n) in counted(snapshot, &returns(&kinds))? {
            if let Some(stays) = units.get_mut(&code).and_then(|unit| unit.figures.get_mut("readmission")) {
                stays.0 = n[0];
            }
        }
    }
    let by_doctor = "SELECT fixmedins_code, chfpdr_code, count(*) FROM mdtrt_d WHERE chfpdr_code IS NOT NULL GROUP BY 1, 2";
    for row in rows(snapshot, by_doctor)?.into_iter().filter(|row| named(&row[1])) {
        if let Some(unit) = units.get_mut(&row[0]) {
            let most = unit.figures.entry("busiest_doctor").or_insert((0, 1));
            most.0 = most.0.max(number(&row[2])?);
        }
    }
    for unit in units.values_mut() {
        unit.figures.insert("size_fund", (unit.total().fund_fen, 1));
    }
    Ok(units)
}

/// Whom an institution is compared with. What the register leaves open, the letter of the code says.
fn kind_and_level(code: &str, kind: &str, level: &str) -> String {
    match (kind, code.as_bytes().first()) {
        ("2", _) | ("", Some(b'P' | b'p')) => "零售药店".to_owned(),
        _ => format!("医疗机构，{}", level_label(level_class(Some(level)))),
    }
}

/// Whether a code means one doctor.
fn named(code: &str) -> bool {
    placeholder::doctor(Some(&Text::from(code))).is_some()
}

/// Doctors by their visits and by the lines they ordered.
fn doctors(snapshot: &Snapshot) -> Result<Units> {
    let work = format!(
        "SELECT chfpdr_code AS dr, mdtrt_id, fixmedins_code, CAST(begntime AS DATE) AS d, {} AS m, 0 AS n, CAST(0 AS DECIMAL(18, 2)) AS amt, \
         adm_dept_codg AS dept FROM mdtrt_d WHERE chfpdr_code IS NOT NULL UNION ALL \
         SELECT bilg_dr_code, mdtrt_id, fixmedins_code, CAST(fee_ocur_time AS DATE), {}, 1, CAST(det_item_fee_sumamt AS DECIMAL(18, 2)), \
         bilg_dept_codg FROM fee_list_d WHERE bilg_dr_code IS NOT NULL",
        month("begntime"),
        month("fee_ocur_time")
    );
    let mut units = Units::new();
    let by_month = format!("SELECT dr, m, count(DISTINCT mdtrt_id), sum(n), {} FROM ({work}) GROUP BY 1, 2", fen("amt"));
    for row in rows(snapshot, &by_month)?.into_iter().filter(|row| named(&row[0]) && !row[1].is_empty()) {
        let unit = units.entry(row[0].clone()).or_insert_with(|| Unit { code: row[0].clone(), ..Unit::default() });
        let month = unit.months.entry(row[1].clone()).or_default();
        (month.visits, month.lines, month.amount_fen) = (number(&row[2])?, number(&row[3])?, number(&row[4])?);
    }
    let day =
        format!("SELECT dr, max(n) FROM (SELECT dr, d, count(DISTINCT mdtrt_id) AS n FROM ({work}) GROUP BY 1, 2) GROUP BY 1");
    let places = format!("SELECT dr, count(DISTINCT fixmedins_code) FROM ({work}) GROUP BY 1");
    for (figure, query) in [("busiest_day", day), ("institutions", places)] {
        for (code, n) in counted(snapshot, &query)? {
            if let Some(unit) = units.get_mut(&code) {
                unit.figures.insert(figure, (n[0], 1));
            }
        }
    }
    let departments = format!("SELECT dr, dept, count(*) FROM ({work}) WHERE dept IS NOT NULL GROUP BY 1, 2");
    let mut most: HashMap<String, (i64, String)> = HashMap::new();
    for row in rows(snapshot, &departments)? {
        let Some(department) = placeholder::department(Some(&Text::from(row[1].as_str()))) else { continue };
        let found = (number(&row[2])?, department.to_string());
        let known = most.entry(row[0].clone()).or_default();
        if found > *known {
            *known = found;
        }
    }
    let names: HashMap<String, String> = rows(snapshot, "SELECT dr_code, dr_name FROM dr_info_b ORDER BY begntime NULLS FIRST")?
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    for unit in units.values_mut() {
        unit.peers = most.get(&unit.code).map_or("科室不明".to_owned(), |(_, department)| format!("科室 {department}"));
        unit.name = names.get(&unit.code).cloned().unwrap_or_default();
        unit.figures.insert("size_amount", (unit.total().amount_fen, 1));
    }
    Ok(units)
}

fn persons(snapshot: &Snapshot) -> Result<Units> {
    let mut units = Units::new();
    months(snapshot, &mut units, "psn_no")?;
    let busiest = format!(
        "SELECT psn_no, max(visits), max(places) FROM (SELECT psn_no, {} AS m, count(*) AS visits, \
         count(DISTINCT fixmedins_code) AS places FROM mdtrt_d GROUP BY 1, 2) GROUP BY 1",
        month("begntime")
    );
    for (code, n) in counted(snapshot, &busiest)? {
        let Some(unit) = units.get_mut(&code) else { continue };
        unit.figures.insert("busiest_month", (n[0], 1));
        unit.figures.insert("institutions", (n[1], 1));
    }
    let who = "SELECT v.psn_no, max(v.insutype), CAST(max(coalesce(p.brdy, v.brdy)) AS VARCHAR), \
               CAST(max(CAST(v.begntime AS DATE)) AS VARCHAR) FROM mdtrt_d v LEFT JOIN psn_info_b p ON p.psn_no = v.psn_no GROUP BY 1";
    for row in rows(snapshot, who)? {
        if let Some(unit) = units.get_mut(&row[0]) {
            unit.peers = scheme_and_age(&row[1], Day::parse(&row[2]), Day::parse(&row[3]));
        }
    }
    for unit in units.values_mut() {
        if unit.peers.is_empty() {
            unit.peers = scheme_and_age("", None, None);
        }
        unit.figures.insert("size_fund", (unit.total().fund_fen, 1));
    }
    Ok(units)
}

/// Whom a person is compared with: the sick old with the old, each scheme by itself.
fn scheme_and_age(insutype: &str, born: Option<Day>, seen: Option<Day>) -> String {
    let scheme = match insutype {
        "310" => "职工医保",
        "390" => "居民医保",
        _ => "其他险种",
    };
    let age = placeholder::date(born).zip(seen).map(|(born, seen)| born.years_until(seen));
    let band = match age {
        None => "年龄不明",
        Some(..18) => "18 岁以下",
        Some(18..60) => "18–59 岁",
        Some(60..) => "60 岁以上",
    };
    format!("{scheme}，{band}")
}
