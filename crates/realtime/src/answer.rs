//! Answer（审核应答）: findings as the interface tells them to a doctor: what is sent, what is held back and why.

use std::collections::HashMap;

use claims::{Fen, Moment};
use rulebook::finding::{AmountBasis, hex};
use rulebook::rule::Stage;
use rulebook::{Finding, Grade};
use serde_json::{Number, Value, json};
use sha2::{Digest, Sha256};

use crate::dialect::Dialect;
use crate::envelope::cut;
use crate::records::Mark;
use crate::scene::{Scene, may_still_change};

/// HeldBack（不提醒的原因）: why a finding is stored and not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeldBack {
    /// A hint is never sent.
    Grade,
    /// It is about orders that were there before, and not about what is being entered.
    Context,
    /// The same was said of the same orders, and answered.
    Repeated,
    /// The doctor was shown enough within the hour.
    Budget,
}

impl HeldBack {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grade => "grade",
            Self::Context => "context",
            Self::Repeated => "repeated",
            Self::Budget => "budget",
        }
    }
}

/// Told（提醒）: one finding as it is told, or held back.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its id（违规标识）: the same message has the same.
    pub jr_id: String,
    /// The finding.
    pub finding: Finding,
    /// As strong as it may be said now.
    pub grade: Grade,
    /// Facts that may still change it, as people call them; none where it is final.
    pub open: Vec<String>,
    /// The same for the same rule on the same orders, in whatever message.
    pub repeat_key: String,
    /// Doctor of the orders that it is about.
    pub doctor: Option<String>,
    /// Department of those.
    pub dept: Option<String>,
    /// Why it is not sent.
    pub held_back: Option<HeldBack>,
}

/// Answer（审核应答）: all that the rules said of one person's visit.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Findings, strongest first.
    pub told: Vec<Told>,
}

/// Asked（问题的背景）: what of a question its answer needs.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Institution that asks.
    pub fixmedins_code: &'a str,
    /// Its message.
    pub msgid: &'a str,
    /// When it was sent.
    pub sent: Moment,
    /// Its own id of the call.
    pub task_id: Option<&'a str>,
    /// Before or during.
    pub stage: Stage,
    /// Moment in the hospital's day.
    pub scene: Scene,
    /// Person.
    pub psn_no: &'a str,
    /// The visit asked about.
    pub mdtrt_id: &'a str,
    /// Orders of the message by line.
    pub marks: &'a HashMap<&'a str, &'a Mark>,
    /// How the region writes.
    pub dialect: &'a Dialect,
}

/// Weighs findings: what is final, what concerns this moment, and how strongly it may be said.
pub fn weigh(findings: Vec<Finding>, asked: &Asked<'_>) -> Answer {
    let mut told: Vec<Told> =
        findings.into_iter().filter(|finding| concerns(finding, asked)).map(|finding| one(finding, asked)).collect();
    told.sort_by(|a, b| {
        (a.grade, b.finding.amount_fen, &a.finding.rule_code).cmp(&(b.grade, a.finding.amount_fen, &b.finding.rule_code))
    });
    Answer { told }
}

/// Whether a finding is about the visit that is asked about. What earlier visits show was judged with them.
fn concerns(finding: &Finding, asked: &Asked<'_>) -> bool {
    let of_visit = |line: &String| asked.marks.get(line.as_str()).is_some_and(|mark| mark.mdtrt_id == asked.mdtrt_id);
    finding.mdtrt_id.as_deref() == Some(asked.mdtrt_id)
        || finding.line_ids.iter().chain(&finding.related_lines).any(of_visit)
        || finding.related.iter().any(|related| related == asked.mdtrt_id)
}

fn one(finding: Finding, asked: &Asked<'_>) -> Told {
    let open = open_facts(&finding, asked);
    // What may still fall is no certain violation yet.
    let grade = if open.is_empty() { finding.grade } else { finding.grade.at_most(Grade::SuspicionHigh) };
    let marks = || finding.line_ids.iter().chain(&finding.related_lines).filter_map(|line| asked.marks.get(line.as_str()));
    let entering = asked.stage == Stage::Pre && asked.marks.values().any(|mark| mark.current);
    let held_back = if grade == Grade::Hint {
        Some(HeldBack::Grade)
    } else if entering && !marks().any(|mark| mark.current) {
        Some(HeldBack::Context)
    } else {
        None
    };
    let about = marks().find(|mark| mark.current).or_else(|| marks().next());
    let (doctor, dept) = (about.and_then(|mark| mark.doctor.as_ref()), about.and_then(|mark| mark.dept.as_ref()));
    Told {
        jr_id: jr_id("JR", asked, &finding.finding_id),
        repeat_key: repeat_key(&finding, asked),
        grade,
        open,
        doctor: doctor.map(ToString::to_string),
        dept: dept.map(ToString::to_string),
        held_back,
        finding,
    }
}

/// Facts of a finding that this moment leaves open, as people call them.
fn open_facts(finding: &Finding, asked: &Asked<'_>) -> Vec<String> {
    let open = finding.evidence.facts.iter().filter(|used| may_still_change(&used.name, asked.stage, asked.scene));
    let mut labels: Vec<String> = open.map(|used| used.label.clone()).collect();
    labels.sort();
    labels.dedup();
    labels
}

/// The same rule on the same orders and quantities of the same visit.
fn repeat_key(finding: &Finding, asked: &Asked<'_>) -> String {
    let mut parts = vec![asked.fixmedins_code, finding.rule_code.as_str(), asked.mdtrt_id];
    let mut lines: Vec<&str> = finding.line_ids.iter().chain(&finding.related_lines).map(String::as_str).collect();
    lines.sort_unstable();
    parts.extend(lines);
    let amount = finding.amount_fen.to_string();
    parts.push(&amount);
    id(&parts)
}

/// An id of one message: it begins with the time, so that what is new lies together where it is kept.
pub fn jr_id(prefix: &str, asked: &Asked<'_>, of: &str) -> String {
    let time: String = asked.sent.to_string().chars().filter(char::is_ascii_digit).collect();
    format!("{prefix}{time}{}", &id(&[asked.fixmedins_code, asked.msgid, asked.psn_no, of])[..16])
}

fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..16])
}

impl Told {
    /// What a doctor reads（违规内容）: the sentence, and what could still clear it.
    pub fn sentence(&self) -> String {
        let mut text = self.finding.message.clone();
        if !self.open.is_empty() {
            text.push_str(&format!("（暂定：{}补全后可能解除）", self.open.join("、")));
        }
        if self.grade != Grade::Violation && !self.finding.evidence.cleared_by.is_empty() {
            text.push_str(&format!("。可说明的情形：{}", self.finding.evidence.cleared_by.join("；")));
        }
        cut(&text, 500)
    }

    /// What it rests on（违规依据）: law by article, and the knowledge row.
    fn grounds(&self) -> String {
        let laws = self.finding.evidence.law.iter().map(|cited| format!("《{}》{}", cited.law, cited.article));
        let row = self.finding.knowledge_id.iter().map(|id| format!("知识点 {id}"));
        cut(&laws.chain(row).collect::<Vec<_>>().join("；"), 500)
    }

    /// One entry of `result`（违规信息）.
    pub fn result(&self, class: &str, asked: &Asked<'_>) -> Value {
        let computed = self.finding.amount_basis != AmountBasis::None;
        json!({
            "jr_id": self.jr_id,
            "rule_id": self.finding.rule_code,
            "rule_name": self.finding.rule_name,
            "vola_cont": self.sentence(),
            "patn_id": asked.psn_no,
            "mdtrt_id": asked.mdtrt_id,
            "judge_result_detail_dtos": self.details(asked),
            "vola_amt": yuan(self.finding.amount_fen),
            "vola_amt_stas": if computed { "1" } else { "0" },
            "sev_deg": asked.dialect.sev_deg(self.grade).unwrap_or_default(),
            "vola_evid": self.grounds(),
            "vola_bhvr_type": asked.dialect.vola_bhvr_type(class),
            "task_id": asked.task_id.unwrap_or_default(),
        })
    }

    /// Its lines（违规明细）that are orders of the message; others are other visits', and are none of the caller's.
    fn details(&self, asked: &Asked<'_>) -> Vec<Value> {
        let charged: HashMap<&str, Fen> =
            self.finding.evidence.charged.iter().map(|line| (line.line_id.as_str(), line.excess)).collect();
        let offending =
            self.finding.line_ids.iter().map(|line| (line, "1", charged.get(line.as_str()).copied().unwrap_or_default()));
        let involved = self.finding.related_lines.iter().map(|line| (line, "2", Fen::ZERO));
        let sent =
            offending.chain(involved).filter_map(|(line, kind, amount)| Some((asked.marks.get(line.as_str())?, kind, amount)));
        sent.enumerate()
            .map(|(number, (mark, kind, amount))| {
                json!({
                    "jrd_id": format!("{}-{}", self.jr_id, number + 1),
                    "patn_id": asked.psn_no,
                    "mdtrt_id": mark.mdtrt_id.as_str(),
                    "rx_id": mark.rx_id.as_str(),
                    "vola_item_type": kind,
                    "vola_amt": yuan(amount.0),
                })
            })
            .collect()
    }
}

/// An amount as the interface writes it: a number of yuan with its fen.
fn yuan(fen: i64) -> Value {
    Fen(fen).to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}
