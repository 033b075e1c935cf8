//! Slots（表达式槽）: a rule's SQL compiled once, and evaluated over many subjects at a time.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ScalarValue, TableReference};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{Expr, lit};
use rulebook::finding::{FactUsed, ParameterUsed};
use rulebook::knowledge::{ColumnKind, Descriptor, RegionOf};
use rulebook::parameter::{Parameters, Value as Setting};
use rulebook::{Fact, FactKind, Rule, fact};

use crate::answers::{Answers, Evaluated};
use crate::inputs::{Input, Sharing};
use crate::value::{Value, data_type};
use crate::view::{View, getter};

/// A set of slots over the same subjects.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    pub(crate) inputs: Vec<Input>,
    schema: SchemaRef,
    by_name: Vec<(String, Slot)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Slot {
    expression: Arc<dyn PhysicalExpr>,
    pub(crate) reads: Vec<usize>,
}

/// The type that a slot's expression must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Flag,
    Int,
    Quantity,
    Ratio,
}

impl Wanted {
    /// What a slot of that name holds.
    pub(crate) fn of(slot: &str) -> Self {
        match slot {
            "excess" | "uses" | "days" | "new_course_after" | "least_gap" | "links" => Self::Int,
            "limit" | "stay_limit" => Self::Quantity,
            "second" | "later" => Self::Ratio,
            _ => Self::Flag,
        }
    }

    fn wrap(self, sql: &str) -> String {
        match self {
            Self::Flag => sql.to_owned(),
            Self::Int => format!("CAST(({sql}) AS BIGINT)"),
            Self::Quantity => format!("CAST(({sql}) AS DECIMAL(18,4))"),
            Self::Ratio => format!("CAST(({sql}) AS DECIMAL(18,6))"),
        }
    }
}

/// Everything an expression may read, for a rule.
pub(crate) struct Vocabulary {
    inputs: HashMap<(String, String), Input>,
    /// Parameters that are the same everywhere and always.
    fixed: HashMap<String, ScalarValue>,
}

impl Vocabulary {
    pub(crate) fn of(rule: &Rule, descriptor: Option<&Descriptor>, register: Option<&Descriptor>, spaces: &[&str]) -> Self {
        let mut inputs = HashMap::new();
        for fact in fact::of(spaces) {
            if let Some(read) = getter(fact) {
                inputs.insert((fact.space.to_owned(), fact.name.to_owned()), Input::Fact(fact, read));
            }
        }
        if let Some(descriptor) = descriptor {
            for (name, column) in &descriptor.columns {
                let input = Input::Knowledge(name.clone(), column_kind(column.kind));
                inputs.insert(("k".to_owned(), name.clone()), input);
            }
            for name in ["id", "name"] {
                inputs.insert(("k".to_owned(), name.to_owned()), Input::Knowledge(name.to_owned(), FactKind::Text));
            }
            let from = Input::Knowledge("valid_from".to_owned(), FactKind::Day);
            inputs.insert(("k".to_owned(), "valid_from".to_owned()), from);
        }
        for (name, column) in register.into_iter().flat_map(|d| &d.columns) {
            inputs.insert(("r".to_owned(), name.clone()), Input::Register(name.clone(), column_kind(column.kind)));
        }
        for (name, parameter) in &rule.parameters {
            let input = Input::Parameter(name.clone(), setting_kind(&parameter.value));
            inputs.insert(("p".to_owned(), name.clone()), input);
        }
        Self { inputs, fixed: HashMap::new() }
    }

    /// Parameters of the rule that no region has set otherwise are constants, and what is made of constants alone is worked out once.
    #[must_use]
    pub(crate) fn fixing(mut self, rule: &Rule, overlays: &Parameters) -> Self {
        let everywhere = rule.parameters.iter().filter(|(name, _)| !overlays.has(&rule.code, name));
        self.fixed = everywhere.map(|(name, parameter)| (name.clone(), scalar(&parameter.value))).collect();
        self
    }

    fn with_fixed(&self, expr: Expr) -> Result<Expr, DataFusionError> {
        let constant = |column: &Column| match &column.relation {
            Some(relation) if relation.table() == "p" => self.fixed.get(&column.name),
            _ => None,
        };
        let replaced = expr.transform(|part| {
            let constant = if let Expr::Column(column) = &part { constant(column) } else { None };
            Ok(constant.map_or_else(|| Transformed::no(part.clone()), |value| Transformed::yes(lit(value.clone()))))
        })?;
        Ok(replaced.data)
    }

    fn schema<'a>(&self, names: impl Iterator<Item = &'a (String, String)>) -> Result<DFSchema, String> {
        let fields = names
            .map(|(space, name)| {
                let kind = self.inputs[&(space.clone(), name.clone())].kind();
                (Some(TableReference::bare(space.as_str())), Arc::new(Field::new(name, data_type(kind), true)))
            })
            .collect();
        DFSchema::new_with_metadata(fields, HashMap::new()).map_err(|e| e.to_string())
    }
}

const fn column_kind(kind: ColumnKind) -> FactKind {
    match kind {
        ColumnKind::Text => FactKind::Text,
        ColumnKind::Int => FactKind::Int,
        ColumnKind::Decimal => FactKind::Decimal,
        ColumnKind::Date => FactKind::Day,
        ColumnKind::Flag => FactKind::Flag,
    }
}

fn scalar(value: &Setting) -> ScalarValue {
    match value {
        Setting::Int(n) => ScalarValue::Int64(Some(*n)),
        Setting::Decimal(n) => ScalarValue::Decimal128(Some(i128::from(*n)), 18, 6),
        Setting::Flag(b) => ScalarValue::Boolean(Some(*b)),
        Setting::Text(t) => ScalarValue::Utf8(Some(t.clone())),
    }
}

const fn setting_kind(value: &Setting) -> FactKind {
    match value {
        Setting::Int(_) => FactKind::Int,
        Setting::Decimal(_) => FactKind::Decimal,
        Setting::Flag(_) => FactKind::Flag,
        Setting::Text(_) => FactKind::Text,
    }
}

/// Parameters of one rule as they stand at a place on a day.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) overlays: &'a Parameters,
    /// Whose region sets them in remote care.
    pub(crate) region_of: RegionOf,
}

impl Settings<'_> {
    /// A parameter's value and source; none where there is no such parameter, or where the insured place sets it and nobody knows that place.
    fn setting(&self, name: &str, view: &View<'_>) -> Option<(&Setting, &str)> {
        let parameter = self.rule.parameters.get(name)?;
        let default = Some((&parameter.value, parameter.source.as_str()));
        let Some(day) = view.day.filter(|_| self.overlays.has(&self.rule.code, name)) else { return default };
        let places = match self.region_of {
            RegionOf::Treatment => view.places,
            RegionOf::Insured => view.insured,
        };
        match places {
            Some(places) => {
                let set = self.overlays.overlay(&self.rule.code, name, &places.list(), day);
                set.map_or(default, |overlay| Some((&overlay.value, &overlay.source)))
            }
            None if self.region_of == RegionOf::Insured && self.overlays.varies(&self.rule.code, name, &parameter.value, day) => {
                None
            }
            None => default,
        }
    }

    pub(crate) fn value(&self, name: &str, view: &View<'_>) -> Value {
        match self.setting(name, view) {
            None => Value::Null,
            Some((Setting::Int(n), _)) => Value::Int(*n),
            Some((Setting::Decimal(n), _)) => Value::Decimal(*n),
            Some((Setting::Flag(b), _)) => Value::Flag(*b),
            Some((Setting::Text(t), _)) => Value::word(t),
        }
    }

    /// A parameter that is a whole number.
    pub(crate) fn whole_number(&self, name: &str, view: &View<'_>) -> Option<i64> {
        match self.value(name, view) {
            Value::Int(n) => Some(n),
            _ => None,
        }
    }

    /// All parameters of the rule, for the evidence.
    pub(crate) fn used(&self, view: &View<'_>) -> Vec<ParameterUsed> {
        let shown = |name: &String| {
            let (value, source) = self.setting(name, view)?;
            let means = self.rule.parameters.get(name)?.means.clone();
            Some(ParameterUsed { name: name.clone(), value: value.show(), means, source: source.to_owned() })
        };
        self.rule.parameters.keys().filter_map(shown).collect()
    }

    /// A parameter as people read it.
    pub(crate) fn show(&self, name: &str, view: &View<'_>) -> Option<String> {
        self.setting(name, view).map(|(value, _)| value.show())
    }
}

impl Slots {
    /// Compiles expressions. Every fault names its slot.
    pub(crate) fn compile(
        state: &SessionState,
        vocabulary: &Vocabulary,
        expressions: &[(String, String)],
    ) -> Result<Self, Vec<(String, String)>> {
        let mut faults = Vec::new();
        let whole = vocabulary.schema(vocabulary.inputs.keys()).map_err(|e| vec![("-".to_owned(), e)])?;
        let mut parsed = Vec::new();
        let mut names: BTreeSet<(String, String)> = BTreeSet::new();
        for (slot, sql) in expressions {
            match state.create_logical_expr(&Wanted::of(slot).wrap(sql), &whole) {
                Ok(expr) => {
                    let expr = vocabulary.with_fixed(expr).map_err(|e| vec![(slot.clone(), e.strip_backtrace())])?;
                    let reads: Vec<(String, String)> = expr.column_refs().into_iter().map(qualified).collect();
                    names.extend(reads.iter().cloned());
                    parsed.push((slot, expr, reads));
                }
                Err(e) => faults.push((slot.clone(), e.strip_backtrace())),
            }
        }
        let names: Vec<(String, String)> = names.into_iter().collect();
        let narrow = vocabulary.schema(names.iter()).map_err(|e| vec![("-".to_owned(), e)])?;
        let mut by_name = Vec::new();
        for (slot, expr, reads) in parsed {
            let made = simplified(state, expr, &narrow)
                .and_then(|expr| state.create_physical_expr(expr, &narrow))
                .and_then(|e| e.data_type(narrow.as_arrow()).map(|t| (e, t)));
            match made {
                Ok((_, kind)) if Wanted::of(slot) == Wanted::Flag && !matches!(kind, DataType::Boolean | DataType::Null) => {
                    faults.push((slot.clone(), format!("应是真假，实际是 {kind}")));
                }
                Ok((expression, _)) => {
                    let reads = reads.iter().filter_map(|name| names.iter().position(|n| n == name)).collect();
                    by_name.push((slot.clone(), Slot { expression, reads }));
                }
                Err(e) => faults.push((slot.clone(), e.strip_backtrace())),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let inputs: Vec<Input> = names.iter().map(|name| vocabulary.inputs[name].clone()).collect();
        // Two namespaces may share a name; positions, not names, tell the columns apart.
        let fields: Vec<Field> =
            inputs.iter().map(|input| Field::new(input.full_name(), data_type(input.kind()), true)).collect();
        Ok(Self { inputs, schema: Arc::new(Schema::new(fields)), by_name })
    }

    pub(crate) fn has(&self, slot: &str) -> bool {
        self.slot(slot).is_some()
    }

    /// A rule has a handful of slots: looking through them is quicker than hashing.
    pub(crate) fn slot(&self, name: &str) -> Option<&Slot> {
        self.by_name.iter().find(|(own, _)| own == name).map(|(_, slot)| slot)
    }

    /// Evaluates every slot over the subjects.
    pub(crate) fn evaluate(&self, views: &[View<'_>], settings: &Settings<'_>) -> Result<Answers<'_>, String> {
        let sharing = Sharing::default();
        let columns = self.inputs.iter().map(|input| input.column(views, settings, &sharing));
        let columns = columns.collect::<Result<Vec<ArrayRef>, _>>().map_err(|e| e.to_string())?;
        let options = RecordBatchOptions::new().with_row_count(Some(views.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(|e| e.to_string())?;
        let mut all = Vec::with_capacity(self.by_name.len());
        for (name, slot) in &self.by_name {
            let values = slot.expression.evaluate(&batch).and_then(|v| v.into_array(views.len())).map_err(|e| e.to_string())?;
            all.push((name.as_str(), Evaluated::of(values)));
        }
        Ok(Answers { slots: self, batch, values: all })
    }

    /// Full names of the facts that the slots read.
    pub(crate) fn fact_names(&self) -> impl Iterator<Item = String> + '_ {
        self.inputs.iter().filter(|input| matches!(input, Input::Fact(..))).map(Input::full_name)
    }

    /// Facts that the slots read, as evidence.
    pub(crate) fn facts(&self, view: &View<'_>, settings: &Settings<'_>) -> Vec<FactUsed> {
        let used = |input: &Input| match input {
            Input::Fact(fact, read) => {
                let label = fact.label.to_owned();
                Some(FactUsed { name: fact.full_name(), label, value: shown(fact, read(view).show()) })
            }
            Input::Register(name, _) => {
                let value = input.value(view, settings).show();
                Some(FactUsed { name: input.full_name(), label: format!("登记：{name}"), value })
            }
            Input::Knowledge(..) | Input::Parameter(..) => None,
        };
        self.inputs.iter().filter_map(used).collect()
    }
}

/// Codes that people know by their words.
pub(crate) fn shown(fact: &Fact, value: Option<String>) -> Option<String> {
    let value = value?;
    let word = match (fact.name, value.as_str()) {
        ("sex", "1") => "男",
        ("sex", "2") => "女",
        ("class", "inpatient") => "住院",
        ("class", "outpatient") => "门诊",
        ("class", "emergency") => "急诊",
        ("class", "chronic") => "门诊慢特病",
        ("class", "pharmacy") => "药店购药",
        ("class", "special") => "日间或家庭病床等",
        ("level", "3") => "三级",
        ("level", "2") => "二级",
        ("level", "1") => "一级",
        (name, fen) if name.ends_with("_fen") => {
            return Some(fen.parse().map_or(fen.to_owned(), |n| format!("{} 元", claims::Fen(n))));
        }
        _ => return Some(value),
    };
    Some(word.to_owned())
}

/// Some functions, `coalesce` among them, exist only as what the simplifier makes of them.
fn simplified(state: &SessionState, expr: Expr, schema: &DFSchema) -> Result<Expr, DataFusionError> {
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(state.config_options()))
        .build();
    let simplifier = ExprSimplifier::new(context);
    simplifier.simplify(simplifier.coerce(expr, schema)?)
}

fn qualified(column: &Column) -> (String, String) {
    (column.relation.as_ref().map(|r| r.table().to_owned()).unwrap_or_default(), column.name.clone())
}
