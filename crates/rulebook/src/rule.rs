//! Rule（规则）: one TOML file under `rules/`, read and checked.

use std::collections::BTreeMap;

use claims::Day;
use serde::Deserialize;

use crate::case::Case;
use crate::finding::Grade;
use crate::logic::{Kind, Logic};
use crate::parameter::Parameter;
use crate::relation::Relation;

/// Rule（规则）: what is judged, by which law, with which logic, and the cases that prove it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// National code (16 signs) or a model's or local code.
    pub code: String,
    /// Name（规则名称）.
    pub name: String,
    /// Level 1（一级分类）.
    pub class: Class,
    /// Level 2（二级分类）.
    pub group: String,
    /// Raised whenever the meaning changes.
    pub version: u32,
    /// Where it stands in its life.
    pub status: Status,
    /// Moments at which it may run（监管环节）.
    pub stages: Vec<Stage>,
    /// Scenes in which it applies（应用场景）.
    pub scenarios: Vec<Scenario>,
    /// How certain a hit is（结果类型）.
    pub result: ResultType,
    /// Violation named by the law（违规类型）.
    pub violation: String,
    /// Why the rule exists, in Chinese.
    pub why: String,
    /// The logic in Chinese（判定逻辑）.
    pub logic_text: String,
    /// What would clear a hit（可澄清的材料）.
    pub cleared_by: Vec<String>,
    /// Legal basis（依据）.
    pub basis: Vec<Basis>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// How it finds.
    pub logic: Logic,
    /// Chinese sentence with placeholders such as `{line.name}`.
    pub message: String,
    /// How other rules relate to it.
    pub relations: Vec<Relation>,
    /// Its own positive and near-miss cases.
    pub cases: Vec<Case>,
    /// Mutants that cannot be told apart, each with the reason.
    pub equivalents: Vec<Equivalent>,
    /// Hash of what the rule means; see [`crate::lock`].
    pub meaning: String,
}

/// Class（一级分类）of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 政策类
    Policy,
    /// 管理类
    Management,
    /// 医疗类
    Medical,
    /// 筛查模型
    Model,
}

impl Class {
    /// As written in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Management => "management",
            Self::Medical => "medical",
            Self::Model => "model",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Policy => "政策类",
            Self::Management => "管理类",
            Self::Medical => "医疗类",
            Self::Model => "筛查模型",
        }
    }
}

/// Status（规则状态）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 草稿: never runs
    Draft,
    /// 试运行: runs, its findings are never filed
    Trial,
    /// 启用
    Active,
    /// 暂停
    Suspended,
    /// 停用
    Retired,
}

impl Status {
    /// As written in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Trial => "trial",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Trial => "试运行",
            Self::Active => "启用",
            Self::Suspended => "暂停",
            Self::Retired => "停用",
        }
    }

    /// Whether a run evaluates rules of this status.
    pub const fn runs(self) -> bool {
        matches!(self, Self::Trial | Self::Active)
    }
}

/// Stage（监管环节）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 事前
    Pre,
    /// 事中
    Mid,
    /// 事后
    Post,
}

impl Stage {
    /// As written in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Mid => "mid",
            Self::Post => "post",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pre => "事前",
            Self::Mid => "事中",
            Self::Post => "事后",
        }
    }
}

/// Scenario（应用场景）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// 住院
    Inpatient,
    /// 门（急）诊
    Outpatient,
    /// 购药
    Pharmacy,
    /// 互联网诊疗
    Internet,
    /// 异地就医
    Remote,
}

impl Scenario {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Inpatient => "住院",
            Self::Outpatient => "门（急）诊",
            Self::Pharmacy => "购药",
            Self::Internet => "互联网诊疗",
            Self::Remote => "异地就医",
        }
    }
}

/// Result type（结果类型）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultType {
    /// 明确违规
    Certain,
    /// 可疑
    Suspected,
    /// 提示
    Hint,
}

impl ResultType {
    /// The grade of a hit that nothing lowers or raises.
    pub const fn grade(self) -> Grade {
        match self {
            Self::Certain => Grade::Violation,
            Self::Suspected => Grade::Suspicion,
            Self::Hint => Grade::Hint,
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Certain => "明确违规",
            Self::Suspected => "可疑",
            Self::Hint => "提示",
        }
    }
}

/// Basis（依据）: a law and its article, in force from a day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Law or document.
    pub law: String,
    /// Article.
    pub article: String,
    /// In force from.
    pub from: Option<Day>,
}

/// Equivalent（等价变异）: a mutant that no case can tell from the rule, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// The mutant as `rule check` names it.
    pub mutant: String,
    /// Why no case can fail.
    pub reason: String,
}

/// Rule fault（规则文件问题）: where and what, for the rule's author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}：{key}：{problem}")]
pub struct RuleFault {
    /// File as given.
    pub file: String,
    /// Key inside the file, `-` for the whole.
    pub key: String,
    /// What is wrong and what to do, in Chinese.
    pub problem: String,
}

impl RuleFault {
    /// A fault at a key of a file.
    pub fn new(file: &str, key: &str, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), key: key.to_owned(), problem: problem.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    code: String,
    name: String,
    class: Class,
    group: String,
    version: u32,
    status: Status,
    stages: Vec<Stage>,
    scenarios: Vec<Scenario>,
    result: ResultType,
    violation: String,
    why: String,
    logic_text: String,
    #[serde(default)]
    cleared_by: Vec<String>,
    basis: Vec<Basis>,
    #[serde(default)]
    parameters: BTreeMap<String, Parameter>,
    logic: toml::Table,
    message: String,
    #[serde(default)]
    relations: Vec<Relation>,
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
    #[serde(default, rename = "equivalent")]
    equivalents: Vec<Equivalent>,
}

/// How many mutants a rule may list as equivalent. The text of a SELECT has scores of conditions, some of which only narrow early what is
/// narrowed again later.
fn most_equivalents(kind: &Kind) -> usize {
    if kind.select().is_some() { 12 } else { 2 }
}

impl Rule {
    /// Reads one rule file. Every fault that can be seen in the text is reported, not only the first.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<RuleFault>> {
        let unreadable = |e: toml::de::Error| vec![RuleFault::new(file, "-", toml_problem(text, &e))];
        let table: toml::Table = text.parse().map_err(unreadable)?;
        let raw: RuleFile = toml::from_str(text).map_err(unreadable)?;
        let mut faults = Vec::new();
        let logic = match Logic::parse(raw.logic) {
            Ok(logic) => Some(logic),
            Err(problem) => {
                faults.push(RuleFault::new(file, "logic", problem));
                None
            }
        };
        let blank = [
            ("code", &raw.code),
            ("name", &raw.name),
            ("group", &raw.group),
            ("violation", &raw.violation),
            ("why", &raw.why),
            ("logic_text", &raw.logic_text),
            ("message", &raw.message),
        ];
        faults.extend(blank.iter().filter(|(_, v)| v.trim().is_empty()).map(|(k, _)| RuleFault::new(file, k, "不能为空")));
        if raw.basis.is_empty() {
            faults.push(RuleFault::new(file, "basis", "至少写一条法律依据"));
        }
        if raw.stages.is_empty() || raw.scenarios.is_empty() {
            faults.push(RuleFault::new(file, "stages", "stages 与 scenarios 都不能为空"));
        }
        for (name, parameter) in &raw.parameters {
            if let Err(problem) = parameter.check() {
                faults.push(RuleFault::new(file, &format!("parameters.{name}"), problem));
            }
        }
        let most = logic.as_ref().map_or(0, |logic| most_equivalents(&logic.kind));
        if logic.is_some() && raw.equivalents.len() > most {
            faults.push(RuleFault::new(file, "equivalent", format!("这条规则最多列 {most} 个等价变异")));
        }
        let Some(logic) = logic.filter(|_| faults.is_empty()) else {
            return Err(faults);
        };
        Ok(Self {
            code: raw.code,
            name: raw.name,
            class: raw.class,
            group: raw.group,
            version: raw.version,
            status: raw.status,
            stages: raw.stages,
            scenarios: raw.scenarios,
            result: raw.result,
            violation: raw.violation,
            why: raw.why,
            logic_text: raw.logic_text,
            cleared_by: raw.cleared_by,
            basis: raw.basis,
            parameters: raw.parameters,
            logic,
            message: raw.message,
            relations: raw.relations,
            cases: raw.cases,
            equivalents: raw.equivalents,
            meaning: crate::lock::meaning(&table),
        })
    }

    /// The basis in force on a day; all of them where none states a day.
    pub fn basis_on(&self, day: Day) -> impl Iterator<Item = &Basis> {
        self.basis.iter().filter(move |basis| basis.from.is_none_or(|from| from <= day))
    }
}

/// A TOML error as one Chinese line with its place.
pub(crate) fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    format!("第{line}行无法读取：{}", error.message().replace('\n', " "))
}
