//! Inputs（输入列）: the columns that a rule's expressions read, each made of what the subjects hold.

use std::cell::OnceCell;
use std::collections::HashMap;

use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::error::ArrowError;
use foldhash::fast::FixedState;
use rulebook::{Fact, FactKind, Point};

use crate::slots::Settings;
use crate::value::{Value, array};
use crate::view::{Getter, View};

/// Where one input column of an expression comes from.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Fact(&'static Fact, Getter),
    Knowledge(String, FactKind),
    /// A column of the register's row.
    Register(String, FactKind),
    Parameter(String, FactKind),
}

impl Input {
    pub(crate) const fn kind(&self) -> FactKind {
        match self {
            Self::Fact(fact, _) => fact.kind,
            Self::Knowledge(_, kind) | Self::Register(_, kind) | Self::Parameter(_, kind) => *kind,
        }
    }

    pub(crate) fn full_name(&self) -> String {
        match self {
            Self::Fact(fact, _) => fact.full_name(),
            Self::Knowledge(name, _) => format!("k.{name}"),
            Self::Register(name, _) => format!("r.{name}"),
            Self::Parameter(name, _) => format!("p.{name}"),
        }
    }

    pub(crate) fn value(&self, view: &View<'_>, settings: &Settings<'_>) -> Value {
        match self {
            Self::Fact(_, read) => read(view),
            Self::Knowledge(name, _) => knowledge_value(view.point, name),
            Self::Register(name, _) => knowledge_value(view.facets.and_then(|f| f.register?.row), name),
            Self::Parameter(name, _) => settings.value(name, view),
        }
    }
}

/// Facts that are the same for all lines of a visit on a day.
const OF_VISIT: [&str; 4] = ["visit", "stay", "person", "inst"];

/// Subjects from which on it pays to find out which of them share their knowledge row or their visit.
const MANY: usize = 64;

impl Input {
    /// One column over all subjects. Lines of one visit and day come together, and a rule has few knowledge rows: what was read for
    /// one subject serves all that share it.
    pub(crate) fn column(&self, views: &[View<'_>], settings: &Settings<'_>, sharing: &Sharing) -> Result<ArrayRef, ArrowError> {
        let all = || array(self.kind(), views.iter().map(|view| self.value(view, settings)));
        let shared = match self {
            _ if views.len() < MANY => return Ok(all()),
            Self::Knowledge(..) => sharing.points.get_or_init(|| Shared::by_point(views)),
            Self::Fact(fact, _) if OF_VISIT.contains(&fact.space) => sharing.visits.get_or_init(|| Shared::by_visit(views)),
            _ => return Ok(all()),
        };
        let firsts = array(self.kind(), shared.firsts.iter().map(|first| self.value(&views[*first], settings)));
        take(&firsts, &shared.of, None)
    }
}

/// Which subjects share what, found out when first asked for.
#[derive(Default)]
pub(crate) struct Sharing {
    points: OnceCell<Shared>,
    visits: OnceCell<Shared>,
}

/// Subjects that share something: one of each kind, and for every subject the number of its kind.
struct Shared {
    firsts: Vec<usize>,
    of: UInt32Array,
}

impl Shared {
    fn by_point(views: &[View<'_>]) -> Self {
        let mut known: HashMap<*const Point, u32, FixedState> = HashMap::default();
        let mut firsts = Vec::new();
        let number = |(row, view): (usize, &View<'_>)| {
            *known.entry(address(view.point)).or_insert_with(|| {
                firsts.push(row);
                u32::try_from(firsts.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let of = UInt32Array::from_iter_values(views.iter().enumerate().map(number));
        Self { firsts, of }
    }

    fn by_visit(views: &[View<'_>]) -> Self {
        let key = |view: &View<'_>| (address(view.visit), view.stay.map(|(stay, _)| address(Some(stay))), view.day);
        let mut firsts: Vec<usize> = Vec::new();
        let number = |(row, view): (usize, &View<'_>)| {
            // A subject without a visit shares it with nobody.
            if firsts.last().is_none_or(|first| view.visit.is_none() || key(&views[*first]) != key(view)) {
                firsts.push(row);
            }
            u32::try_from(firsts.len() - 1).unwrap_or(u32::MAX)
        };
        let of = UInt32Array::from_iter_values(views.iter().enumerate().map(number));
        Self { firsts, of }
    }
}

fn address<T>(thing: Option<&T>) -> *const T {
    thing.map_or(std::ptr::null(), std::ptr::from_ref)
}

fn knowledge_value(point: Option<&Point>, name: &str) -> Value {
    let Some(point) = point else { return Value::Null };
    match name {
        "id" => Value::Text(point.id.clone()),
        "name" => Value::Text(point.name.clone()),
        "valid_from" => Value::day(point.valid_from),
        own => Value::cell(point.columns.get(own)),
    }
}
