//! Run context（运行上下文）: the little that must be known of everybody before anybody is judged.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use claims::chart::{Chart, Stay};
use claims::record::StockMovement;
use claims::{Day, Text, UnitPrice};
use foldhash::fast::FixedState;

use crate::history::History;
use crate::traces::Traces;

/// A hospital stay as one row of `mdtrt_d` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaySpan {
    /// Day of admission.
    pub begin: Day,
    /// Day of discharge; none while in hospital.
    pub end: Option<Day>,
    /// Hash of the institution's code.
    institution: u64,
}

/// Run context（运行上下文）.
#[derive(Clone, Debug, Default)]
pub struct RunContext {
    stays: HashMap<u64, Vec<StaySpan>, FixedState>,
    /// Person number → hash of who it is, where one person has several numbers.
    identities: HashMap<u64, u64, FixedState>,
    usual: HashMap<(u64, u64), UnitPrice, FixedState>,
    pub(crate) history: History,
    /// Institution and item → movements in order of time.
    pub(crate) stock: HashMap<(Text, Text), Vec<StockMovement>>,
    /// Institution → items whose stock is known.
    pub(crate) stocked: HashMap<Text, HashSet<Text, FixedState>, FixedState>,
    /// Scans of packs that may have been sold more than once.
    pub(crate) traces: Traces,
}

pub(crate) fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// Least net lines at a price for it to be usual（readings 18）.
const USUAL_LINES: usize = 5;

impl RunContext {
    /// Notes a stay of a person.
    pub fn add_stay(&mut self, psn_no: &str, identity: &str, fixmedins_code: &str, begin: Day, end: Option<Day>) {
        let person = hash(identity);
        if psn_no != identity {
            self.identities.insert(hash(psn_no), person);
        }
        self.stays.entry(person).or_default().push(StaySpan { begin, end, institution: hash(fixmedins_code) });
    }

    /// Notes that a person number belongs to somebody known by another name.
    pub fn add_identity(&mut self, psn_no: &str, identity: &str) {
        if psn_no != identity {
            self.identities.insert(hash(psn_no), hash(identity));
        }
    }

    /// Notes an institution's usual full price of an item.
    pub fn add_usual_price(&mut self, fixmedins_code: &str, code: &str, price: UnitPrice) {
        self.usual.insert((hash(fixmedins_code), hash(code)), price);
    }

    /// Notes a stock movement; they must come in order of time.
    pub fn add_movement(&mut self, movement: StockMovement) {
        let of_institution = self.stocked.entry(Text::clone(&movement.fixmedins_code)).or_default();
        of_institution.insert(Text::clone(&movement.med_list_codg));
        let key = (Text::clone(&movement.fixmedins_code), Text::clone(&movement.med_list_codg));
        self.stock.entry(key).or_default().push(movement);
    }

    pub(crate) fn usual_price(&self, fixmedins_code: &str, code: &str) -> Option<UnitPrice> {
        self.usual.get(&(hash(fixmedins_code), hash(code))).copied()
    }

    pub(crate) fn identity(&self, psn_no: &str, identity: &str) -> u64 {
        if psn_no == identity {
            self.identities.get(&hash(psn_no)).copied().unwrap_or_else(|| hash(psn_no))
        } else {
            hash(identity)
        }
    }

    /// The hospital stays of a person, at whatever institution.
    pub(crate) fn stays_of(&self, psn_no: &str, identity: &str) -> &[StaySpan] {
        self.stays.get(&self.identity(psn_no, identity)).map_or(&[], Vec::as_slice)
    }

    /// The context of charts held in memory, as cases need it: everybody and everything is in them.
    pub fn of_charts(charts: &[Chart]) -> Self {
        let mut context = Self::default();
        let mut prices: HashMap<(Text, Text), HashMap<UnitPrice, usize>> = HashMap::new();
        for chart in charts {
            let person = hash(chart.person.identity());
            context.add_chart(person, chart);
            for line in &chart.lines {
                if let (Some(code), Some(price)) = (line.code(), line.unit_price()) {
                    let key = (Text::clone(&chart.fixmedins_code), Text::clone(code));
                    *prices.entry(key).or_default().entry(price).or_default() += 1;
                }
            }
        }
        for ((institution, code), counts) in prices {
            if let Some(price) = usual(&counts) {
                context.add_usual_price(&institution, &code, price);
            }
        }
        context
    }
}

impl RunContext {
    /// What charts at hand must know of themselves and of this context, and nothing of anybody else. Prices are an institution's habit:
    /// the few lines at hand do not make one.
    pub(crate) fn about(&self, charts: &[Chart]) -> Self {
        let mut context = Self { history: self.history.of_nobody(), ..Self::default() };
        for chart in charts {
            let psn_no = numbers(chart).next().unwrap_or(&chart.person.psn_no);
            let person = self.identity(psn_no, chart.person.identity());
            if let Some(known) = self.stays.get(&person) {
                context.stays.entry(person).or_insert_with(|| known.clone());
            }
            context.history.take_over(&self.history, person);
            for line in &chart.lines {
                let usual = line.code().and_then(|code| Some((code, self.usual_price(&chart.fixmedins_code, code)?)));
                if let Some((code, price)) = usual {
                    context.add_usual_price(&chart.fixmedins_code, code, price);
                }
            }
        }
        for chart in charts {
            let psn_no = numbers(chart).next().unwrap_or(&chart.person.psn_no);
            context.add_chart(self.identity(psn_no, chart.person.identity()), chart);
        }
        context
    }

    /// Notes the stays and uses of a chart, and by which numbers its person goes.
    fn add_chart(&mut self, person: u64, chart: &Chart) {
        self.identities.extend(numbers(chart).map(hash).filter(|number| *number != person).map(|number| (number, person)));
        let stays = chart.visits.iter().filter(|visit| chart.stays[visit.stay].inpatient).map(|visit| StaySpan {
            begin: visit.record.begntime.day(),
            end: visit.record.endtime.map(claims::Moment::day),
            institution: hash(&chart.fixmedins_code),
        });
        self.stays.entry(person).or_default().extend(stays);
        self.history.add_chart(person, chart);
    }
}

/// The numbers by which the person of a chart was seen.
fn numbers(chart: &Chart) -> impl Iterator<Item = &str> {
    chart.visits.iter().map(|visit| &*visit.record.psn_no)
}

/// The price of most lines, if enough lines were billed at it; the higher one where two are as frequent.
pub fn usual<S: BuildHasher>(counts: &HashMap<UnitPrice, usize, S>) -> Option<UnitPrice> {
    let (price, lines) = counts.iter().max_by_key(|(price, lines)| (**lines, **price))?;
    (*lines >= USUAL_LINES).then_some(*price)
}

/// Whether the person was at another institution's bed during a stay, or the day it began or ended.
pub(crate) fn meets_others(spans: &[StaySpan], fixmedins_code: &str, stay: &Stay) -> bool {
    let here = hash(fixmedins_code);
    let (begin, end) = (stay.begin.day(), stay.end.map(claims::Moment::day));
    spans.iter().any(|s| s.institution != here && meets(begin, end, s.begin, s.end))
}

/// Whether a day lies within one of the stays, edges included.
pub(crate) fn within(spans: &[StaySpan], day: Day) -> bool {
    spans.iter().any(|s| s.begin <= day && s.end.is_none_or(|end| day <= end))
}

fn meets(begin: Day, end: Option<Day>, other_begin: Day, other_end: Option<Day>) -> bool {
    end.is_none_or(|end| other_begin <= end) && other_end.is_none_or(|other_end| begin <= other_end)
}
