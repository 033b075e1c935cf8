//! Logic（判定逻辑）: the kinds of evaluator and the SQL expressions in their slots.
//!
//! A kind says which subjects are looked at and which facts they carry; its slots say, in three-valued SQL, when a subject is in
//! scope, when it is a hit, what lifts it, how it is graded. Unknown is `undecided`, never guilt and never silent innocence.

mod line;
mod select;
mod trace;
mod window;
mod words;

use serde::Deserialize;

pub use self::line::{CompanionNeed, HistoryNeed, LineKind, LineSubject, RegisterNeed};
pub use self::select::{GroupKind, QueryKind, RateKind, Reach, Select};
pub use self::trace::TraceKind;
pub use self::window::{Measure, WindowKind};
use crate::finding::{AmountBasis, Grade};

/// Sql（表达式）: an SQL expression over the facts of the rule's kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Sql(pub String);

/// Logic（判定逻辑）of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logic {
    /// Which subjects, which facts.
    pub kind: Kind,
    /// Knowledge table whose rows feed the rule; subjects without a row are not looked at.
    pub knowledge: Option<String>,
    /// The rule whose points are read, where it is not this one: a model may look at a policy rule's points.
    pub points_of: Option<String>,
    /// Columns of the knowledge row that must be filled for it to decide; else the rule answers undecided.
    pub deciding: Vec<String>,
    /// Visits looked at: false leaves all of a visit's lines out, before anything is counted.
    pub visits: Option<Sql>,
    /// Subjects that belong to the rule: false leaves one out, unknown makes it undecided.
    pub scope: Option<Sql>,
    /// True is a hit, false is clear, unknown is undecided. Kinds with a limit need none.
    pub hit: Option<Sql>,
    /// What lifts a hit, each with what to say.
    pub unless: Vec<Exception>,
    /// Grades other than the one of the result type; the first that holds wins.
    pub grades: Vec<GradeWhen>,
    /// The excess part in fen, where it is not the whole line.
    pub excess: Option<Sql>,
    /// Which lines may be charged.
    pub charge: Charge,
    /// How the amount is to be understood.
    pub amount: AmountBasis,
}

/// Exception（例外）: what lifts a hit, and leaves a trace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The exception set that it stands in, if any.
    #[serde(default)]
    pub set: Option<String>,
    /// When it holds.
    pub when: Sql,
    /// What the explanation says, in Chinese.
    pub says: String,
}

/// A grade that holds under a condition（定级）.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeWhen {
    /// When it holds; unknown counts as not.
    pub when: Sql,
    /// The grade.
    pub grade: Grade,
    /// Why, in Chinese.
    pub because: String,
}

/// Charge（计入范围）: which lines a finding may charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// Only lines the fund touched: in-scope amount above zero; not delivered is undecided. For policy rules.
    InScope,
    /// All net lines; a self-paid one is a hint with nothing owed to the fund.
    All,
}

/// Kind（判定类型）: which subjects are looked at, and which facts they carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line against facts of person, doctor, institution, visit (T1).
    Line(LineKind),
    /// A diagnosis against the person (T11).
    Diagnosis,
    /// Two items charged together within a window (T4).
    Pair,
    /// A quantity within a window against a limit (T3).
    Window(WindowKind),
    /// Uses of an item within a rolling period, over all institutions (T3).
    Period(PeriodKind),
    /// Service days of a course against a limit, over all institutions (T3).
    Course(CourseKind),
    /// Members of one group in one operation session, ranked by price (T7).
    Discount(DiscountKind),
    /// A whole prescription (T6).
    Prescription(PrescriptionKind),
    /// An operation record against person, diagnoses, charges and antibiotics (T11, T15).
    Operation(OperationKind),
    /// One hospital stay with its profile (T10).
    Stay,
    /// Two stays of one person (T9).
    StayPair(StayPairKind),
    /// A stay and something that happened elsewhere meanwhile (T9).
    Elsewhere,
    /// Stock against billing, per institution, item and period (T13).
    Stock(StockKind),
    /// The sales of one pack, told by its trace code, over all institutions (T13).
    Trace(TraceKind),
    /// A rate of each unit and period against its peers (T12).
    Rate(RateKind),
    /// Groups of people who are linked more than chance links them (T14).
    Group(GroupKind),
    /// A whole SELECT over the national tables.
    Query(QueryKind),
}

/// PeriodKind（周期限次判定）: arguments of [`Kind::Period`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodKind {
    /// Uses allowed within the period, over `k` and `p`.
    pub uses: Sql,
    /// Days of the period: uses on days d1 < d2 break the rule when d2 − d1 is less.
    pub days: Sql,
    /// Knowledge column whose equal values are counted together.
    pub combine: Option<String>,
}

/// CourseKind（疗程判定）: arguments of [`Kind::Course`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseKind {
    /// Days allowed, over `k` and `p`.
    pub limit: Sql,
    /// Knowledge column of the course's reach: `stay`, `episode`, `lifetime`.
    pub reach: String,
    /// Days without use after which a new course begins.
    pub new_course_after: Sql,
    /// Least days between two uses, where the row states them.
    pub least_gap: Option<Sql>,
    /// Knowledge column whose equal values share one counter.
    pub combine: Option<String>,
}

/// DiscountKind（手术折价判定）: arguments of [`Kind::Discount`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscountKind {
    /// Knowledge column of the incision group.
    pub group: String,
    /// Share of the full price allowed for the second operation, over `k` and `p`.
    pub second: Sql,
    /// Share of the full price allowed for the third and later ones.
    pub later: Sql,
    /// Knowledge table of catalogue prices.
    pub prices: String,
}

/// PrescriptionKind（处方判定）: arguments of [`Kind::Prescription`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrescriptionKind {
    /// Lines that count as members of the prescription.
    pub members: Sql,
    /// Members that may not stand alone, over the knowledge row: a hit where all members are listed. Without it, `hit` decides over
    /// the namespace `rx`.
    pub listed: Option<Sql>,
}

/// OperationKind（手术操作判定）: arguments of [`Kind::Operation`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationKind {
    /// Knowledge column that lists the diagnoses that go with the operation; opens `op.diagnosis_related`.
    pub diagnoses: Option<String>,
    /// Knowledge column that lists the items charged for the operation; opens `op.charged`.
    pub charges: Option<String>,
    /// Knowledge column that lists diagnoses which excuse, such as an infection; opens `op.excused`.
    pub excuses: Option<String>,
    /// Knowledge table of antibiotics; opens the facts about their times.
    pub antibiotics: Option<String>,
}

/// StayPairKind（住院对判定）: arguments of [`Kind::StayPair`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StayPairKind {
    /// Which pairs are looked at.
    pub pairs: StayPairs,
}

/// StayPairs（住院对范围）: which pairs of stays are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StayPairs {
    /// Consecutive stays at one institution.
    Consecutive,
    /// Stays at different institutions that overlap or touch.
    Overlapping,
}

/// StockKind（进销存判定）: arguments of [`Kind::Stock`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockKind {
    /// Knowledge table of pack factors.
    pub units: String,
}

#[derive(Deserialize)]
struct Slots {
    knowledge: Option<String>,
    points_of: Option<String>,
    #[serde(default)]
    deciding: Vec<String>,
    visits: Option<Sql>,
    scope: Option<Sql>,
    hit: Option<Sql>,
    #[serde(default)]
    unless: Vec<Exception>,
    #[serde(default, rename = "grade")]
    grades: Vec<GradeWhen>,
    excess: Option<Sql>,
    charge: Charge,
    amount: AmountBasis,
}

const SLOT_KEYS: [&str; 11] =
    ["knowledge", "points_of", "deciding", "visits", "scope", "hit", "unless", "grade", "excess", "charge", "amount"];

impl Logic {
    /// Reads the `[logic]` table of a rule file.
    pub fn parse(mut table: toml::Table) -> Result<Self, String> {
        crate::exception::resolve(&mut table)?;
        let Some(toml::Value::String(kind)) = table.remove("kind") else {
            return Err("缺少 kind（判定类型）".to_owned());
        };
        let (slots, arguments): (toml::Table, toml::Table) =
            table.into_iter().partition(|(key, _)| SLOT_KEYS.contains(&key.as_str()));
        let slots: Slots = slots.try_into().map_err(|e: toml::de::Error| e.message().to_owned())?;
        let kind = Kind::parse(&kind, arguments)?;
        if kind.needs_hit() && slots.hit.is_none() {
            return Err(format!("kind = \"{}\" 需要 hit 表达式", kind.name()));
        }
        if matches!(&kind, Kind::Prescription(p) if p.listed.is_none()) && slots.hit.is_none() {
            return Err("kind = \"prescription\" 要写 listed 或 hit".to_owned());
        }
        if kind.needs_knowledge() && slots.knowledge.is_none() {
            return Err(format!("kind = \"{}\" 需要 knowledge（知识表）", kind.name()));
        }
        Ok(Self {
            kind,
            knowledge: slots.knowledge,
            points_of: slots.points_of,
            deciding: slots.deciding,
            visits: slots.visits,
            scope: slots.scope,
            hit: slots.hit,
            unless: slots.unless,
            grades: slots.grades,
            excess: slots.excess,
            charge: slots.charge,
            amount: slots.amount,
        })
    }

    /// The exception set that a slot such as `unless.0` stands in, if any.
    pub fn exception_set(&self, slot: &str) -> Option<&str> {
        let number: usize = slot.strip_prefix("unless.")?.parse().ok()?;
        self.unless.get(number)?.set.as_deref()
    }

    /// Every expression with the slot it stands in.
    pub fn expressions(&self) -> Vec<(String, &Sql)> {
        let mut all = Vec::new();
        let named = [("visits", &self.visits), ("scope", &self.scope), ("hit", &self.hit), ("excess", &self.excess)];
        all.extend(named.into_iter().filter_map(|(name, sql)| sql.as_ref().map(|sql| (name.to_owned(), sql))));
        all.extend(self.unless.iter().enumerate().map(|(i, e)| (format!("unless.{i}"), &e.when)));
        all.extend(self.grades.iter().enumerate().map(|(i, g)| (format!("grade.{i}"), &g.when)));
        all.extend(self.kind.expressions().into_iter().map(|(name, sql)| (name.to_owned(), sql)));
        all
    }

    /// The same logic with the expression of one slot replaced; used by mutants.
    #[must_use]
    pub fn with_expression(&self, slot: &str, sql: Sql) -> Self {
        let mut changed = self.clone();
        let target = match slot.split_once('.') {
            Some(("unless", i)) => i.parse::<usize>().ok().and_then(|i| changed.unless.get_mut(i)).map(|e| &mut e.when),
            Some(("grade", i)) => i.parse::<usize>().ok().and_then(|i| changed.grades.get_mut(i)).map(|g| &mut g.when),
            _ => match slot {
                "visits" => changed.visits.as_mut(),
                "scope" => changed.scope.as_mut(),
                "hit" => changed.hit.as_mut(),
                "excess" => changed.excess.as_mut(),
                other => changed.kind.expression_mut(other),
            },
        };
        if let Some(target) = target {
            *target = sql;
        }
        changed
    }

    /// The same logic with its SELECT replaced; used by mutants. Logic without one stays as it is.
    #[must_use]
    pub fn with_select(&self, sql: Sql) -> Self {
        let mut changed = self.clone();
        if let Some(target) = changed.kind.select_mut() {
            *target = sql;
        }
        changed
    }
}

impl Kind {
    fn parse(kind: &str, arguments: toml::Table) -> Result<Self, String> {
        fn read<T: for<'de> Deserialize<'de>>(arguments: toml::Table) -> Result<T, String> {
            arguments.try_into().map_err(|e: toml::de::Error| e.message().to_owned())
        }
        if matches!(kind, "diagnosis" | "pair" | "stay" | "elsewhere")
            && let Some(key) = arguments.keys().next()
        {
            return Err(format!("kind = \"{kind}\" 不认识键 {key}"));
        }
        Ok(match kind {
            "line" => Self::Line(read(arguments)?),
            "diagnosis" => Self::Diagnosis,
            "pair" => Self::Pair,
            "window" => Self::Window(read(arguments)?),
            "period" => Self::Period(read(arguments)?),
            "course" => Self::Course(read(arguments)?),
            "discount" => Self::Discount(read(arguments)?),
            "prescription" => Self::Prescription(read(arguments)?),
            "operation" => Self::Operation(read(arguments)?),
            "stay" => Self::Stay,
            "stay_pair" => Self::StayPair(read(arguments)?),
            "elsewhere" => Self::Elsewhere,
            "stock" => Self::Stock(read(arguments)?),
            "trace" => Self::Trace(read(arguments)?),
            "rate" => Self::Rate(read(arguments)?),
            "group" => Self::Group(read(arguments)?),
            "query" => Self::Query(read(arguments)?),
            other => return Err(format!("不认识的 kind：{other}；可用：{}", KIND_NAMES.join("、"))),
        })
    }

    /// As written in rule files.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Line(_) => "line",
            Self::Diagnosis => "diagnosis",
            Self::Pair => "pair",
            Self::Window(_) => "window",
            Self::Period(_) => "period",
            Self::Course(_) => "course",
            Self::Discount(_) => "discount",
            Self::Prescription(_) => "prescription",
            Self::Operation(_) => "operation",
            Self::Stay => "stay",
            Self::StayPair(_) => "stay_pair",
            Self::Elsewhere => "elsewhere",
            Self::Stock(_) => "stock",
            Self::Trace(_) => "trace",
            Self::Rate(_) => "rate",
            Self::Group(_) => "group",
            Self::Query(_) => "query",
        }
    }

    /// Namespaces of facts its slots may use, beside `k` and `p`.
    pub fn namespaces(&self) -> Vec<&'static str> {
        let mut spaces = match self {
            Self::Line(_) | Self::Discount(_) | Self::Period(_) | Self::Course(_) => {
                vec!["line", "visit", "stay", "person", "inst"]
            }
            Self::Prescription(_) => vec!["line", "visit", "stay", "person", "inst", "rx"],
            Self::Operation(_) => vec!["op", "visit", "stay", "person", "inst"],
            Self::Diagnosis => vec!["diag", "visit", "stay", "person", "inst"],
            Self::Pair => vec!["line", "visit", "stay", "person", "inst", "pair"],
            Self::Window(_) => vec!["line", "visit", "stay", "person", "inst", "w"],
            Self::Stay => vec!["stay", "visit", "person", "inst"],
            Self::StayPair(_) => vec!["earlier", "later", "stays", "person"],
            Self::Elsewhere => vec!["stay", "elsewhere", "person"],
            Self::Stock(_) => vec!["stock", "inst"],
            Self::Trace(_) => vec!["trace"],
            Self::Rate(_) => vec!["rate", "group"],
            Self::Group(_) => vec!["group"],
            Self::Query(_) => Vec::new(),
        };
        if let Self::Line(line) = self {
            let asked = [
                ("history", line.history.is_some()),
                ("indication", line.indication.is_some()),
                ("companion", line.companion.is_some()),
                ("register", line.register.is_some()),
            ];
            spaces.extend(asked.into_iter().filter(|(_, asked)| *asked).map(|(space, _)| space));
        }
        spaces
    }

    /// Knowledge tables beside the rule's own.
    pub fn further_tables(&self) -> Vec<&str> {
        match self {
            Self::Line(LineKind { register: Some(register), .. }) => vec![&register.table],
            Self::Operation(OperationKind { antibiotics: Some(table), .. }) => vec![table],
            Self::Discount(discount) => vec![&discount.prices],
            Self::Stock(stock) => vec![&stock.units],
            other => other.select().map_or_else(Vec::new, |select| select.tables.iter().map(String::as_str).collect()),
        }
    }

    /// Whether a region can set a parameter otherwise: expressions read all of them by place, a SELECT those that it asks as `p_name(place, day)`.
    pub fn reads_by_place(&self, parameter: &str) -> bool {
        self.select().is_none_or(|select| select.sql.0.contains(&format!("p_{parameter}(")))
    }

    /// The SELECT that the kind is, or rests on.
    pub fn select(&self) -> Option<Select<'_>> {
        let (sql, tables, reach) = match self {
            Self::Rate(rate) => (&rate.sql, &rate.tables, rate.reach),
            Self::Group(group) => (&group.sql, &group.tables, group.reach),
            Self::Query(query) => (&query.sql, &query.tables, query.reach),
            _ => return None,
        };
        Some(Select { sql, tables, reach })
    }

    const fn select_mut(&mut self) -> Option<&mut Sql> {
        match self {
            Self::Rate(rate) => Some(&mut rate.sql),
            Self::Group(group) => Some(&mut group.sql),
            Self::Query(query) => Some(&mut query.sql),
            _ => None,
        }
    }

    const fn needs_hit(&self) -> bool {
        matches!(
            self,
            Self::Line(_)
                | Self::Diagnosis
                | Self::Operation(_)
                | Self::Stay
                | Self::StayPair(_)
                | Self::Elsewhere
                | Self::Stock(_)
                | Self::Trace(_)
                | Self::Rate(_)
                | Self::Group(_)
        )
    }

    const fn needs_knowledge(&self) -> bool {
        matches!(
            self,
            Self::Diagnosis
                | Self::Pair
                | Self::Window(_)
                | Self::Period(_)
                | Self::Course(_)
                | Self::Discount(_)
                | Self::Operation(_)
        ) || matches!(self, Self::Prescription(p) if p.listed.is_some())
    }

    fn expressions(&self) -> Vec<(&'static str, &Sql)> {
        match self {
            Self::Window(w) => {
                std::iter::once(("limit", &w.limit)).chain(w.stay_limit.as_ref().map(|sql| ("stay_limit", sql))).collect()
            }
            Self::Period(p) => vec![("uses", &p.uses), ("days", &p.days)],
            Self::Course(c) => {
                let mut all = vec![("limit", &c.limit), ("new_course_after", &c.new_course_after)];
                all.extend(c.least_gap.as_ref().map(|sql| ("least_gap", sql)));
                all
            }
            Self::Discount(d) => vec![("second", &d.second), ("later", &d.later)],
            Self::Prescription(p) => {
                let mut all = vec![("members", &p.members)];
                all.extend(p.listed.as_ref().map(|sql| ("listed", sql)));
                all
            }
            Self::Line(_)
            | Self::Diagnosis
            | Self::Operation(_)
            | Self::Pair
            | Self::Stay
            | Self::StayPair(_)
            | Self::Elsewhere
            | Self::Stock(_)
            | Self::Trace(_)
            | Self::Rate(_)
            | Self::Query(_) => Vec::new(),
            Self::Group(g) => vec![("links", &g.links)],
        }
    }

    fn expression_mut(&mut self, slot: &str) -> Option<&mut Sql> {
        match (self, slot) {
            (Self::Window(w), "limit") => Some(&mut w.limit),
            (Self::Window(w), "stay_limit") => w.stay_limit.as_mut(),
            (Self::Group(g), "links") => Some(&mut g.links),
            (Self::Period(p), "uses") => Some(&mut p.uses),
            (Self::Period(p), "days") => Some(&mut p.days),
            (Self::Course(c), "limit") => Some(&mut c.limit),
            (Self::Course(c), "new_course_after") => Some(&mut c.new_course_after),
            (Self::Course(c), "least_gap") => c.least_gap.as_mut(),
            (Self::Discount(d), "second") => Some(&mut d.second),
            (Self::Discount(d), "later") => Some(&mut d.later),
            (Self::Prescription(p), "members") => Some(&mut p.members),
            (Self::Prescription(p), "listed") => p.listed.as_mut(),
            _ => None,
        }
    }
}

/// All kinds as written in rule files.
pub const KIND_NAMES: [&str; 17] = [
    "line",
    "diagnosis",
    "pair",
    "window",
    "period",
    "course",
    "discount",
    "prescription",
    "operation",
    "stay",
    "stay_pair",
    "elsewhere",
    "stock",
    "trace",
    "rate",
    "group",
    "query",
];
