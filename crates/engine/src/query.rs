//! Query rules（查询规则）: a whole SELECT over the national tables.
//!
//! Its columns: `verdict` (`hit` or `undecided`; anything else is clear), `subject_key`, `fixmedins_code`, `psn_no`, `mdtrt_id`,
//! `setl_id`, `line_ids`, `related_lines` (`;` between), `occurred_on`, `amount_fen`, `fund_fen`, `grade`, `missing_fact`; further
//! columns fill placeholders of the message. Rows of one `subject_key` that hit are one finding, each row's line charged with its
//! own amount. Parameters stand in the text as `$name`. Knowledge tables that the rule names are tables too, one row a code.

mod knowledge;
mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use claims::{Day, Fen};
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;
use rulebook::finding::FactUsed;
use rulebook::logic::{Kind, QueryKind, Sql};
use rulebook::parameter::Value;
use rulebook::{Finding, Grade, Rule, Undecided};

use crate::event::EventLine;
use crate::group;
use crate::judge::{Charged, Draft, Who, reason};
use crate::program::Program;
use crate::rate;
use crate::run::Source;
use crate::sink::Sink;
use crate::view::View;

/// Runs every rule that is a SELECT, or rests on one. A query that fails is a fault of its rule; the others go on.
pub(crate) async fn judge(program: &Program, source: &dyn Source, sink: &mut Sink) -> Result<(), String> {
    if !program.rules.iter().any(|rule| rule.rule.logic.kind.select().is_some()) {
        return Ok(());
    }
    let Some(session) = source.session()? else { return Ok(()) };
    for number in 0..program.rules.len() {
        let rule = &program.rules[number];
        let Some((sql, tables)) = rule.rule.logic.kind.select() else { continue };
        let begin = std::time::Instant::now();
        let found = match knowledge::register(&session, program, tables) {
            Ok(()) => rows(&session, &rule.rule, sql).await,
            Err(problem) => Err(problem),
        };
        let judged = found.and_then(|rows| match &rule.rule.logic.kind {
            Kind::Rate(kind) => rate::judge(program, number, kind, rows, sink),
            Kind::Group(kind) => group::judge(program, number, kind, rows, sink),
            Kind::Query(kind) => {
                for rows in &subjects(rows) {
                    take(program, number, kind, rows, sink);
                }
                Ok(())
            }
            _ => Ok(()),
        });
        if let Err(problem) = judged {
            sink.faults.push(format!("{}：查询无法执行：{problem}", rule.code()));
        }
        sink.tallies[number].nanoseconds += u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
    }
    Ok(())
}

/// A row of a SELECT, by column; what is null is not there.
pub(crate) type Row = BTreeMap<String, String>;

/// Plans one step of a query rule.
async fn plan(session: &SessionContext, rule: &Rule, sql: &str) -> Result<DataFrame, String> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = session.sql_with_options(sql, options).await.map_err(|e| e.strip_backtrace())?;
    let values: Vec<(String, ScalarValue)> = rule.parameters.iter().map(|(name, p)| (name.clone(), scalar(&p.value))).collect();
    if values.is_empty() {
        return Ok(frame);
    }
    frame.with_param_values(values).map_err(|e| e.strip_backtrace())
}

fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Int(n) => ScalarValue::Int64(Some(*n)),
        Value::Decimal(n) => ScalarValue::Decimal128(Some(i128::from(*n)), 18, 6),
        Value::Flag(b) => ScalarValue::Boolean(Some(*b)),
        Value::Text(t) => ScalarValue::Utf8(Some(t.clone())),
    }
}

async fn rows(session: &SessionContext, rule: &Rule, sql: &Sql) -> Result<Vec<Row>, String> {
    let mut tables = Vec::new();
    let rows = step_by_step(session, rule, sql, &mut tables).await;
    for table in tables {
        session.deregister_table(table.as_str()).map_err(|e| e.strip_backtrace())?;
    }
    rows
}

/// Works the steps out; the tables made on the way are noted, to be dropped afterwards.
async fn step_by_step(session: &SessionContext, rule: &Rule, sql: &Sql, tables: &mut Vec<String>) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for step in steps::steps(&sql.0)? {
        let frame = plan(session, rule, &step.sql).await?;
        let planned = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(|e| e.strip_backtrace())?;
        // What was worked out may know more of its columns than what was planned, such as that none is null.
        let schema = batches.first().map_or(planned, RecordBatch::schema);
        let Some(table) = step.table else {
            for batch in &batches {
                rows.extend(read(batch)?);
            }
            continue;
        };
        if session.table_exist(table.as_str()).map_err(|e| e.strip_backtrace())? {
            return Err(format!("WITH 中的 {table} 与已有的表同名，请换一个名字"));
        }
        let made = MemTable::try_new(schema, vec![batches]).map_err(|e| e.strip_backtrace())?;
        session.register_table(table.as_str(), Arc::new(made)).map_err(|e| e.strip_backtrace())?;
        tables.push(table);
    }
    Ok(rows)
}

fn read(batch: &RecordBatch) -> Result<Vec<Row>, String> {
    let options = FormatOptions::default().with_date_format(Some("%Y-%m-%d")).with_timestamp_format(Some("%Y-%m-%d %H:%M:%S"));
    let schema = batch.schema();
    let mut rows = vec![Row::new(); batch.num_rows()];
    for (index, field) in schema.fields().iter().enumerate() {
        let column = batch.column(index);
        let shown = ArrayFormatter::try_new(column, &options).map_err(|e| e.to_string())?;
        for (number, row) in rows.iter_mut().enumerate().filter(|(n, _)| column.is_valid(*n)) {
            row.insert(field.name().clone(), shown.value(number).to_string());
        }
    }
    Ok(rows)
}

pub(crate) fn list(row: &Row, column: &str) -> Vec<String> {
    row.get(column).map(|text| text.split(';').filter(|s| !s.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
}

/// Rows of one subject together, in the order of their first rows. A row that names no subject is one of its own.
fn subjects(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut subjects: Vec<Vec<Row>> = Vec::new();
    let mut places: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for row in rows {
        let Some(key) = row.get("subject_key").cloned() else {
            subjects.push(vec![row]);
            continue;
        };
        let place = *places.entry((row.get("verdict").cloned(), key)).or_insert(subjects.len());
        match subjects.get_mut(place) {
            Some(rows) => rows.push(row),
            None => subjects.push(vec![row]),
        }
    }
    subjects
}

fn take(program: &Program, number: usize, kind: &QueryKind, rows: &[Row], sink: &mut Sink) {
    let row = &rows[0];
    match row.get("verdict").map(String::as_str) {
        Some("hit") => {
            let finding = finding(program, number, kind, rows);
            sink.hit(number, finding);
        }
        Some("undecided") => {
            let missing = row.get("missing_fact").cloned().unwrap_or_else(|| "expression".to_owned());
            let rule = program.rules[number].code().to_owned();
            sink.undecided(number, &missing, || undecided(rule, kind, row, &missing));
        }
        _ => sink.clear(number),
    }
}

fn undecided(rule: String, kind: &QueryKind, row: &Row, missing: &str) -> Undecided {
    let get = |column: &str| row.get(column).cloned();
    Undecided {
        rule_code: rule,
        subject: kind.subject.clone(),
        fixmedins_code: get("fixmedins_code"),
        psn_no: get("psn_no"),
        mdtrt_id: get("mdtrt_id"),
        line_id: list(row, "line_ids").into_iter().next(),
        item: get("item"),
        period: get("period"),
        trace: if kind.subject == "trace" { get("subject_key") } else { None },
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}

pub(crate) fn day_of(row: &Row) -> Day {
    row.get("occurred_on").and_then(|d| Day::parse(d.get(..10).unwrap_or(d))).unwrap_or(Day(0))
}

pub(crate) fn amount_of(row: &Row) -> i64 {
    row.get("amount_fen").and_then(|a| a.parse().ok()).unwrap_or(0)
}

fn finding(program: &Program, number: usize, kind: &QueryKind, rows: &[Row]) -> Finding {
    let rule = &program.rules[number];
    let row = &rows[0];
    let get = |column: &str| row.get(column).cloned();
    let day = rows.iter().map(day_of).min().unwrap_or(Day(0));
    let amount: i64 = rows.iter().map(amount_of).sum();
    let grade = match row.get("grade").map(String::as_str) {
        Some("violation") => Grade::Violation,
        Some("suspicion_high") => Grade::SuspicionHigh,
        Some("suspicion") => Grade::Suspicion,
        Some("hint") => Grade::Hint,
        _ => rule.rule.result.grade(),
    };
    let lines: Vec<String> = rows.iter().flat_map(|row| list(row, "line_ids")).collect();
    let one_a_row = rows.iter().all(|row| list(row, "line_ids").len() == 1);
    let charged: Vec<Charged> = if one_a_row {
        rows.iter().zip(&lines).map(|(row, line)| charged(row, line, day_of(row), amount_of(row))).collect()
    } else {
        Vec::new()
    };
    let places = None;
    let view = View { day: Some(day), places, ..View::default() };
    let words: Vec<(&'static str, String)> = vec![("amount", Fen(amount).to_string())];
    let mut finding = Draft {
        program,
        rule,
        view,
        subject: &kind.subject,
        key: get("subject_key").unwrap_or_default(),
        who: Who {
            fixmedins_code: get("fixmedins_code"),
            psn_no: get("psn_no"),
            mdtrt_id: get("mdtrt_id"),
            insutype: get("insutype"),
            insu_admdvs: get("insu_admdvs"),
        },
        charged,
        related: together(rows, "related"),
        related_lines: together(rows, "related_lines"),
        occurred_on: day,
        grade: (grade, None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: Vec::new(),
        notes: Vec::new(),
        words,
    }
    .finding();
    finding.setl_id = finding.setl_id.or_else(|| get("setl_id"));
    if finding.line_ids.is_empty() {
        finding.line_ids = lines;
        finding.amount_fen = amount;
        finding.fund_amount_fen = None;
        finding.evidence.fund_unknown = Some("查询规则未给出每行的基金份额".to_owned());
    }
    finding.message = fill(&rule.rule.message, row, amount, &finding.message);
    finding.evidence.facts = row
        .iter()
        .map(|(name, value)| FactUsed { name: name.clone(), label: name.clone(), value: Some(value.clone()) })
        .collect();
    finding.sealed()
}

fn together(rows: &[Row], column: &str) -> Vec<String> {
    let mut all: Vec<String> = rows.iter().flat_map(|row| list(row, column)).collect();
    all.sort();
    all.dedup();
    all
}

fn charged(row: &Row, line: &str, day: Day, amount: i64) -> Charged {
    let number = |column: &str| row.get(column).and_then(|v| v.parse::<i64>().ok());
    let line = EventLine {
        line_id: line.to_owned(),
        day,
        time: day.midnight(),
        cnt: claims::Quantity(10_000),
        amount: Fen(number("line_amount_fen").unwrap_or(amount)),
        in_scope: number("in_scope_fen").map(Fen),
        fund: number("fund_fen").map(Fen),
        weights: Vec::new(),
        setl_id: row.get("setl_id").cloned(),
        doctor: row.get("bilg_dr_code").cloned(),
        index_only: matches!(row.get("clr_way").map(String::as_str), Some("02" | "03" | "05")),
    };
    Charged { line, excess: Fen(amount) }
}

/// Fills placeholders by the query's own columns; what is left was filled already, or is unknown.
fn fill(template: &str, row: &Row, amount: i64, already: &str) -> String {
    let names: Vec<&str> = template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect();
    if names.iter().all(|name| !row.contains_key(*name)) {
        return already.to_owned();
    }
    let mut text = template.to_owned();
    for name in names {
        let word = match (row.get(name), name) {
            (_, "amount") => Fen(amount).to_string(),
            (Some(value), _) => value.clone(),
            (None, _) => "未知".to_owned(),
        };
        text = text.replace(&format!("{{{name}}}"), &word);
    }
    text
}
