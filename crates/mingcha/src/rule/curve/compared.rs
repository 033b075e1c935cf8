//! Where a parameter stands in a rule's logic: which fact it is compared with, and which zones its thresholds part.

use rulebook::fact::FACTS;
use rulebook::parameter::Value;
use rulebook::{Finding, Grade, Rule};
use serde::Serialize;

use super::grid;

/// How a fact is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// A fact compared with a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) fact: String,
    pub(super) relation: Relation,
}

/// Zones（核心区与关注区）: beyond the strict threshold a hit is graded higher, between the two it is watched.
#[derive(Debug, Serialize)]
pub(super) struct Zones {
    /// The fact that both thresholds are compared with.
    fact: String,
    /// The strict threshold.
    core: String,
    /// The threshold of the hit.
    watch: Option<String>,
    /// Grade of the core zone.
    pub(super) grade: Grade,
    because: String,
    #[serde(skip)]
    relation: Relation,
}

/// Where a threshold lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Zone {
    Core,
    Watch,
    Outside,
}

impl Zone {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Core => "核心区",
            Self::Watch => "关注区",
            Self::Outside => "区外",
        }
    }
}

impl Relation {
    fn read(sign: &str) -> Option<Self> {
        Some(match sign {
            "<" => Self::Below,
            "<=" => Self::AtMost,
            ">" => Self::Above,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        }
    }

    /// The same seen from the other side of the sign.
    const fn turned(self) -> Self {
        match self {
            Self::Below => Self::Above,
            Self::AtMost => Self::AtLeast,
            Self::Above => Self::Below,
            Self::AtLeast => Self::AtMost,
        }
    }

    fn holds(self, fact: i64, threshold: i64) -> bool {
        match self {
            Self::Below => fact < threshold,
            Self::AtMost => fact <= threshold,
            Self::Above => fact > threshold,
            Self::AtLeast => fact >= threshold,
        }
    }
}

/// The fact that the parameter is compared with; none where it stands in a longer expression.
pub(super) fn of(rule: &Rule, name: &str) -> Option<Compared> {
    rule.logic.expressions().iter().find_map(|(_, sql)| within(&sql.0, name))
}

fn within(sql: &str, name: &str) -> Option<Compared> {
    let spaced = sql.replace('(', " ( ").replace(')', " ) ").replace(',', " , ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let parameter = format!("p.{name}");
    let is_fact = |word: &str| FACTS.iter().any(|fact| fact.full_name() == word);
    // A sum or a product beside either of them would be compared, not the fact.
    let stands_alone = |begin: usize, end: usize| {
        let joins = |word: Option<&&str>| word.is_some_and(|word| ["+", "-", "*", "/"].contains(word));
        !joins(begin.checked_sub(1).and_then(|at| words.get(at))) && !joins(words.get(end + 1))
    };
    words.windows(3).enumerate().find_map(|(at, three)| {
        let relation = Relation::read(three[1])?;
        let compared = if three[2] == parameter && is_fact(three[0]) {
            Compared { fact: three[0].to_owned(), relation }
        } else if three[0] == parameter && is_fact(three[2]) {
            Compared { fact: three[2].to_owned(), relation: relation.turned() }
        } else {
            return None;
        };
        stands_alone(at, at + 2).then_some(compared)
    })
}

/// What the findings have as the fact, in millionths; money in fen, as rules compare it.
pub(super) fn values(findings: &[Finding], fact: &str) -> Vec<i64> {
    let facts = findings.iter().filter_map(|finding| finding.evidence.facts.iter().find(|used| used.name == fact));
    facts.filter_map(|used| number(fact, used.value.as_deref()?)).collect()
}

fn number(fact: &str, shown: &str) -> Option<i64> {
    let (text, scale) = match shown.strip_suffix(" 元") {
        Some(yuan) if fact.ends_with("_fen") => (yuan, 100),
        _ => (shown, 1),
    };
    claims::UnitPrice::parse(text).ok().map(|value| value.0.saturating_mul(scale))
}

impl Zones {
    /// The zones of a rule that grades its hits higher beyond a stricter threshold.
    pub(super) fn of(rule: &Rule) -> Option<Self> {
        let numeric = || rule.parameters.iter().filter(|(_, parameter)| grid::is_numeric(&parameter.value)).map(|(name, _)| name);
        let mut stronger = rule.logic.grades.iter().filter(|grade| grade.grade < rule.result.grade());
        let (grade, core, compared) =
            stronger.find_map(|grade| numeric().find_map(|name| Some((grade, name, within(&grade.when.0, name)?))))?;
        let hit = rule.logic.hit.as_ref();
        let watch = numeric().find(|name| {
            let of_hit = hit.and_then(|sql| within(&sql.0, name));
            *name != core && of_hit.is_some_and(|of_hit| of_hit.fact == compared.fact)
        });
        Some(Self {
            fact: compared.fact,
            core: core.clone(),
            watch: watch.cloned(),
            grade: grade.grade,
            because: grade.because.clone(),
            relation: compared.relation,
        })
    }

    /// In which zone a value of one of the thresholds lies, the thresholds being where the rule has them.
    pub(super) fn place(&self, rule: &Rule, name: &str, value: &Value) -> Option<Zone> {
        let watch = self.watch.as_ref()?;
        if name != self.core && name != watch {
            return None;
        }
        let threshold = |name: &String| rule.parameters.get(name).and_then(|parameter| grid::millionths(&parameter.value));
        let value = grid::millionths(value)?;
        Some(if self.relation.holds(value, threshold(&self.core)?) {
            Zone::Core
        } else if self.relation.holds(value, threshold(watch)?) {
            Zone::Watch
        } else {
            Zone::Outside
        })
    }

    pub(super) fn text(&self, rule_grade: &str) -> String {
        let sign = self.relation.sign();
        let watch = self.watch.as_ref().map_or_else(String::new, |watch| format!("，到 {} {sign} p.{watch} 为止", self.fact));
        format!(
            "核心区：{} {sign} p.{}（{}，{}）；关注区：其余命中（{rule_grade}）{watch}\n",
            self.fact,
            self.core,
            self.grade.label(),
            self.because
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;

    #[test]
    fn a_parameter_is_found_on_either_side_and_not_inside_a_sum() {
        let found = |sql: &str| within(sql, "n").map(|c| (c.fact, c.relation));
        assert_eq!(found("stays.gap_days>0 AND (stays.gap_days <= p.n)"), Some(("stays.gap_days".to_owned(), Relation::AtMost)));
        assert_eq!(found("p.n < line.cnt"), Some(("line.cnt".to_owned(), Relation::Above)));
        assert_eq!(found("rate.value >= rate.previous + p.n"), None);
        assert_eq!(found("line.cnt + line.amount_fen > p.n"), None);
        assert_eq!(found("k.days > p.n"), None);
    }

    #[test]
    fn split_admission_has_a_core_and_a_watch_zone() {
        let pack = pack::shipped().expect("the shipped pack loads");
        let rule = pack.rule("GZ10000204001000").expect("split admission is shipped");
        let zones = Zones::of(rule).expect("it has zones");
        let place = |days: i64| zones.place(rule, "max_gap", &Value::Int(days));
        assert_eq!((place(7), place(8), place(16)), (Some(Zone::Core), Some(Zone::Watch), Some(Zone::Outside)));
    }
}
