//! Parameter（参数）: a dated, regional value that a rule reads as `p.<name>`.

use std::collections::BTreeMap;

use claims::Day;
use serde::Deserialize;

/// Value（参数值）: a whole number, a decimal in millionths, a flag or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A decimal, in millionths.
    Decimal(i64),
    /// A flag.
    Flag(bool),
    /// A text.
    Text(String),
}

impl Value {
    /// As people read it.
    pub fn show(&self) -> String {
        match self {
            Self::Int(n) => n.to_string(),
            Self::Decimal(n) => claims::UnitPrice(*n).to_string(),
            Self::Flag(true) => "是".to_owned(),
            Self::Flag(false) => "否".to_owned(),
            Self::Text(text) => text.clone(),
        }
    }

    fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn number(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(n.saturating_mul(1_000_000)),
            Self::Decimal(n) => Some(*n),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(from)? {
            toml::Value::Integer(n) => Ok(Self::Int(n)),
            toml::Value::Boolean(b) => Ok(Self::Flag(b)),
            // A decimal is written as a text, so that no float ever stands between the file and the rule.
            toml::Value::String(text) => {
                Ok(claims::UnitPrice::parse(&text).map_or(Self::Text(text), |decimal| Self::Decimal(decimal.0)))
            }
            other => {
                Err(serde::de::Error::custom(format!("参数值要写成整数、是否、或带引号的小数，不能是 {}", other.type_str())))
            }
        }
    }
}

/// Parameter（参数）: its national default and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// National default.
    pub value: Value,
    /// Smallest value a region may set.
    pub min: Option<Value>,
    /// Largest value a region may set.
    pub max: Option<Value>,
    /// Unit（单位）, such as 岁 or 天.
    pub unit: Option<String>,
    /// What it means, in Chinese.
    pub means: String,
    /// Where the default comes from.
    pub source: String,
    /// Who set the default（设定人）: whoever asks why it is so, asks them.
    pub set_by: String,
    /// When it was set（设定日期）.
    pub set_on: Day,
}

impl Parameter {
    /// Whether default and bounds agree.
    pub fn check(&self) -> Result<(), String> {
        if [&self.means, &self.source, &self.set_by].into_iter().any(|text| text.trim().is_empty()) {
            return Err("means、source 与 set_by 不能为空".to_owned());
        }
        self.admits(&self.value)
    }

    /// Whether a value may be set.
    pub fn admits(&self, value: &Value) -> Result<(), String> {
        if !value.same_kind(&self.value) {
            return Err(format!("“{}”的类型与默认值“{}”不同", value.show(), self.value.show()));
        }
        let Some(number) = value.number() else { return Ok(()) };
        let low = self.min.as_ref().and_then(Value::number).is_some_and(|min| number < min);
        let high = self.max.as_ref().and_then(Value::number).is_some_and(|max| number > max);
        if low || high {
            let bound = |v: &Option<Value>| v.as_ref().map_or("不限".to_owned(), Value::show);
            return Err(format!("“{}”超出允许范围 {}–{}", value.show(), bound(&self.min), bound(&self.max)));
        }
        Ok(())
    }
}

/// Overlay（地方参数）: a value for a region or institution, in force between days.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Rule code.
    pub rule: String,
    /// Parameter name.
    pub parameter: String,
    /// Value.
    pub value: Value,
    /// Region code（医保区划）, `370000` or `370600` or `370602`, or `synthetic`, or an institution's code.
    pub region: String,
    /// In force from.
    pub from: Option<Day>,
    /// In force to, inclusive.
    pub to: Option<Day>,
    /// On which paper.
    pub source: String,
    /// Who set it（设定人）.
    pub set_by: String,
    /// When it was set（设定日期）, which may be another day than that from which it is in force.
    pub set_on: Day,
}

impl Overlay {
    /// Whether it says who set it, and on which paper.
    pub fn check(&self) -> Result<(), String> {
        let said = [&self.source, &self.set_by].into_iter().all(|text| !text.trim().is_empty());
        if said { Ok(()) } else { Err("source 与 set_by 不能为空".to_owned()) }
    }

    /// Whether it is in force on a day.
    pub fn in_force(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// Parameters（参数集）: all overlays; defaults stand in the rules.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    by_rule: BTreeMap<(String, String), Vec<Overlay>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverlayFile {
    #[serde(default, rename = "overlay")]
    overlays: Vec<Overlay>,
}

impl Parameters {
    /// Reads a file of `[[overlay]]` tables.
    pub fn parse(text: &str) -> Result<Vec<Overlay>, String> {
        toml::from_str::<OverlayFile>(text).map(|f| f.overlays).map_err(|e| crate::rule::toml_problem(text, &e))
    }

    /// Adds an overlay.
    pub fn add(&mut self, overlay: Overlay) {
        self.by_rule.entry((overlay.rule.clone(), overlay.parameter.clone())).or_default().push(overlay);
    }

    /// Whether any overlay exists for the parameter.
    pub fn has(&self, rule: &str, name: &str) -> bool {
        !self.by_rule.is_empty() && self.by_rule.contains_key(&(rule.to_owned(), name.to_owned()))
    }

    /// The overlay for the narrowest of `places` (narrowest first) that is in force on `day`.
    pub fn overlay(&self, rule: &str, name: &str, places: &[&str], day: Day) -> Option<&Overlay> {
        let all = self.by_rule.get(&(rule.to_owned(), name.to_owned()))?;
        places.iter().find_map(|place| all.iter().find(|overlay| overlay.in_force(day) && overlay.region == *place))
    }

    /// Whether any region sets the parameter to something else than its default on a day.
    pub fn varies(&self, rule: &str, name: &str, default: &Value, day: Day) -> bool {
        let all = self.by_rule.get(&(rule.to_owned(), name.to_owned())).map_or(&[][..], Vec::as_slice);
        all.iter().any(|overlay| overlay.in_force(day) && overlay.value != *default)
    }

    /// All overlays, for listing.
    pub fn all(&self) -> impl Iterator<Item = &Overlay> {
        self.by_rule.values().flatten()
    }
}
