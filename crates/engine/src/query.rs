//! Query rules（查询规则）: a whole SELECT over the national tables.
//!
//! Its columns: `verdict` (`hit` or `undecided`; anything else is clear), `subject_key`, `fixmedins_code`, `psn_no`, `mdtrt_id`,
//! `setl_id`, `line_ids`, `related_lines` (`;` between), `occurred_on`, `amount_fen`, `fund_fen`, `grade`, `missing_fact`; further
//! columns fill placeholders of the message. A row with `a` and `b` tells a link (see [`crate::network`]). Rows of one `subject_key`
//! that hit are one finding, each row's line charged with its own amount. Parameters stand in the text as `$name`, which is the
//! national default, or as `p_name(place, day)`, which is what a region has set. Knowledge tables that the rule names are tables too,
//! one row a code.
//!
//! A SELECT whose rows each rest on one institution's records is asked of some shards at a time, so that a join needs no more
//! memory than they do. The others are asked of the whole lake, within a bound of memory.

mod ask;
mod by_place;
mod distinct;
mod knowledge;
mod returned;
mod shard_tables;
mod standing;
mod steps;

use std::collections::BTreeMap;
use std::time::Instant;

use claims::{Day, Fen};
use datafusion::prelude::SessionContext;
use rulebook::finding::FactUsed;
use rulebook::logic::{Kind, QueryKind, Reach};
use rulebook::{Finding, Grade, Undecided};

use self::ask::{Answer, Kept, Made, Question};
pub(crate) use self::ask::{QUERY_PATIENCE, bounded};
pub use self::shard_tables::ShardColumns;
use self::shard_tables::ShardTables;
pub(crate) use self::standing::Plans;

use crate::event::EventLine;
use crate::group;
use crate::judge::{Charged, Draft, Who, reason};
use crate::network::{Network, is_link};
use crate::program::Program;
use crate::rate;
use crate::run::Source;
use crate::sink::Sink;
use crate::view::View;

/// Runs every rule that is a SELECT, or rests on one. A query that fails is a fault of its rule; the others go on.
pub(crate) async fn judge(program: &Program, source: &dyn Source, sink: &mut Sink) -> Result<(), String> {
    let asked: Vec<(usize, Question<'_>)> = questions(program, sink);
    if asked.is_empty() {
        return Ok(());
    }
    let Some(session) = source.session()? else { return Ok(()) };
    let mut answers = match source.columns() {
        Some(columns) => by_shares(program, columns, source.shards(), &session, &asked, sink).await?,
        None => ByRule::new(),
    };
    let mut here = Vec::new();
    for (number, question) in &asked {
        let begin = Instant::now();
        let answer = match answers.remove(number) {
            Some(answer) => answer,
            None => whole(program, &session, question, &mut here).await,
        };
        if let Err(problem) = answer.and_then(|answer| judged(program, *number, answer, sink)) {
            sink.faults.push(not_run(program, *number, &problem));
        }
        spent(sink, *number, begin);
    }
    Ok(())
}

/// Answers by rule; a rule whose SELECT failed once is asked no more.
type ByRule = BTreeMap<usize, Result<Answer, String>>;

/// The answers of the SELECTs that look at one institution at a time, asked of some shards after others; of all, where the lake is so
/// small that one share is all of it.
async fn by_shares(
    program: &Program,
    columns: &dyn ShardColumns,
    shards: usize,
    session: &SessionContext,
    asked: &[(usize, Question<'_>)],
    sink: &mut Sink,
) -> Result<ByRule, String> {
    let mut answers = ByRule::new();
    let mut common: BTreeMap<usize, Vec<Made>> = BTreeMap::new();
    let shares = shares(columns, shards)?;
    let is_whole = shares.len() == 1;
    for share in shares {
        let mut tables = ShardTables::new(columns, session, share);
        let mut here = Vec::new();
        for (number, question) in asked.iter().filter(|(_, question)| is_whole || question.select.reach == Reach::Institution) {
            let begin = Instant::now();
            let answer = answers.entry(*number).or_insert_with(|| Ok(Answer::default()));
            if let Ok(so_far) = answer {
                let more = match tables.session(program, question).await {
                    Ok(session) => {
                        let kept = Kept { here: &mut here, of_rule: common.entry(*number).or_default() };
                        question.ask(&session, kept, so_far).await
                    }
                    Err(problem) => Err(problem),
                };
                if let Err(problem) = more {
                    *answer = Err(problem);
                }
            }
            spent(sink, *number, begin);
        }
    }
    Ok(answers)
}

/// Lines of shards that are asked together: a SELECT is planned once for them, and planning is what small ones cost.
const TOGETHER: u64 = 650_000;

/// The shards, some at a time. A large one is alone; small ones, such as those of a small lake, go together.
fn shares(columns: &dyn ShardColumns, shards: usize) -> Result<Vec<Vec<usize>>, String> {
    let mut shares: Vec<Vec<usize>> = Vec::new();
    let mut lines = 0;
    for shard in 0..shards {
        let more = columns.rows(shard, "fee_list_d")?;
        match shares.last_mut() {
            Some(share) if lines + more <= TOGETHER => share.push(shard),
            _ => {
                shares.push(vec![shard]);
                lines = 0;
            }
        }
        lines += more;
    }
    Ok(shares)
}

fn spent(sink: &mut Sink, number: usize, begin: Instant) {
    sink.tallies[number].nanoseconds += u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
}

fn not_run(program: &Program, number: usize, problem: &str) -> String {
    format!("{}：查询无法执行：{problem}", program.rules[number].code())
}

/// The SELECTs of the program's rules; one that is not a SELECT is a fault of its rule.
fn questions<'a>(program: &'a Program, sink: &mut Sink) -> Vec<(usize, Question<'a>)> {
    let mut asked = Vec::new();
    for (number, rule) in program.rules.iter().enumerate() {
        let Some(select) = rule.rule.logic.kind.select() else { continue };
        match Question::new(&rule.rule, select, program.query_patience) {
            Ok(question) => asked.push((number, question)),
            Err(problem) => sink.faults.push(not_run(program, number, &problem)),
        }
    }
    asked
}

/// The answer over the whole lake.
async fn whole(
    program: &Program,
    session: &SessionContext,
    question: &Question<'_>,
    here: &mut Vec<Made>,
) -> Result<Answer, String> {
    knowledge::register(session, program, question.select.tables)?;
    by_place::register(session, program, question.rule);
    let mut answer = Answer::default();
    question.ask(session, Kept { here, of_rule: &mut Vec::new() }, &mut answer).await?;
    Ok(answer)
}

fn judged(program: &Program, number: usize, answer: Answer, sink: &mut Sink) -> Result<(), String> {
    match &program.rules[number].rule.logic.kind {
        Kind::Rate(kind) => rate::judge(program, number, kind, answer.rows, sink),
        Kind::Group(kind) => group::judge(program, number, kind, &answer.rows, sink),
        Kind::Query(kind) => {
            (0..answer.clear).for_each(|_| sink.clear(number));
            for rows in &subjects(answer.rows) {
                take(program, number, kind, rows, sink);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A row of a SELECT, by column; what is null is not there.
pub(crate) type Row = BTreeMap<String, String>;

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
    let told = Network::of(rows.iter().filter(|row| is_link(row))).map(|network| network.told(&network.everybody()));
    let told = told.unwrap_or_default();
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
        related: merged(together(rows, "related"), told.members),
        related_lines: merged(together(rows, "related_lines"), told.lines),
        occurred_on: day,
        grade: (grade, None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: told.sentences,
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
        // Links are told by their sentences.
        .filter(|(name, _)| !is_link(row) || !["a", "b", "related_lines"].contains(&name.as_str()))
        .map(|(name, value)| FactUsed { name: name.clone(), label: name.clone(), value: Some(value.clone()) })
        .collect();
    finding.sealed()
}

fn together(rows: &[Row], column: &str) -> Vec<String> {
    merged(rows.iter().flat_map(|row| list(row, column)).collect(), Vec::new())
}

fn merged(mut all: Vec<String>, more: Vec<String>) -> Vec<String> {
    all.extend(more);
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
