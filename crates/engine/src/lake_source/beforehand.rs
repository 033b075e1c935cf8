//! What must be known of everybody before anybody is judged（预读）: hospital stays, usual prices, earlier uses. Shards are read side by
//! side, only the columns that are asked for, and only once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use claims::visit_class::visit_class;
use claims::{Day, Moment, Text, UnitPrice};
use lake::{Snapshot, VisitSpan};
use rulebook::logic::Kind;

use super::uses::{self, DayOfUse};
use crate::context::{RunContext, usual};
use crate::program::Program;

/// What the program's rules ask for.
struct Asked {
    stays: bool,
    /// Codes, or beginnings of codes, whose earlier use is asked for, and how long they are.
    history: BTreeSet<Text>,
    lengths: BTreeSet<usize>,
    /// Items of which discount rules ask the usual full price（readings 18）.
    priced: BTreeSet<Text>,
}

impl Asked {
    fn by(program: &Program) -> Self {
        let history = program.history_codes();
        let discounts = program.rules.iter().filter(|rule| matches!(rule.rule.logic.kind, Kind::Discount(_)));
        Self {
            stays: program.needs_overlaps() || program.needs_elsewhere(),
            lengths: history.iter().map(Text::len).collect(),
            priced: discounts.filter_map(|rule| rule.index.as_ref()).flat_map(|index| index.codes().cloned()).collect(),
            history,
        }
    }

    fn use_of(&self, item: &str) -> bool {
        self.lengths.iter().any(|length| item.get(..*length).is_some_and(|beginning| self.history.contains(beginning)))
    }

    fn price_of(&self, item: &str) -> bool {
        self.priced.contains(item)
    }

    fn spans(&self) -> bool {
        self.stays || !self.history.is_empty()
    }

    fn lines(&self) -> bool {
        !self.priced.is_empty() || !self.history.is_empty()
    }
}

/// Prices of an item at an institution, and how many lines have each.
type Prices = HashMap<(Text, Text), HashMap<UnitPrice, usize>>;

/// What one shard tells.
#[derive(Default)]
struct Told {
    stays: Vec<VisitSpan>,
    /// By month: its first day with a visit, and its visits.
    months: BTreeMap<Day, (Day, u64)>,
    days_of_use: Vec<DayOfUse>,
    prices: Prices,
}

/// Gathers it all.
pub(super) fn gather(snapshot: &Snapshot, program: &Program, threads: usize, context: &mut RunContext) -> Result<(), String> {
    let asked = Arc::new(Asked::by(program));
    let mut prices = Prices::new();
    let mut months: BTreeMap<Day, (Day, u64)> = BTreeMap::new();
    let mut days_of_use = Vec::new();
    let shards = snapshot.shards().map_err(|e| e.to_string())?;
    for told in lake::side_by_side(threads, &shards, |shard| shard_tells(snapshot, *shard, &asked))? {
        for stay in told.stays {
            add_stay(snapshot, &stay, context)?;
        }
        for (month, (first, visits)) in told.months {
            let known = months.entry(month).or_insert((first, 0));
            *known = (known.0.min(first), known.1 + visits);
        }
        for (item, counts) in told.prices {
            let known = prices.entry(item).or_default();
            for (price, lines) in counts {
                *known.entry(price).or_default() += lines;
            }
        }
        days_of_use.extend(told.days_of_use);
    }
    for ((institution, item), counts) in prices {
        if let Some(price) = usual(&counts) {
            context.add_usual_price(&institution, &item, price);
        }
    }
    if !asked.history.is_empty() {
        context.history.from = first_covered_day(&months);
        uses::add(snapshot, days_of_use, context)?;
    }
    Ok(())
}

fn shard_tells(snapshot: &Snapshot, shard: u32, asked: &Arc<Asked>) -> Result<Told, String> {
    let mut told = Told::default();
    if asked.spans() {
        let mut inpatient: HashMap<Text, bool> = HashMap::new();
        let take = |span: VisitSpan| {
            if let (false, Some(day)) = (asked.history.is_empty(), span.begntime.map(Moment::day)) {
                let month = told.months.entry(day.month_start()).or_insert((day, 0));
                *month = (month.0.min(day), month.1 + 1);
            }
            let is_stay = |code: &Text| visit_class(Some(code), "H").is_inpatient();
            let stays = span.med_type.as_ref().is_some_and(|code| *inpatient.entry(code.clone()).or_insert_with_key(is_stay));
            if asked.stays && stays && span.vali_flag {
                told.stays.push(span);
            }
        };
        snapshot.visit_spans(shard, take).map_err(|e| e.to_string())?;
    }
    if asked.lines() {
        let mut used = Vec::new();
        let asks = Arc::clone(asked);
        let wanted = move |item: &str| asks.price_of(item) || asks.use_of(item);
        let take = |line: lake::ItemLine| {
            if let Some(price) =
                line.pric.filter(|price| price.is_positive() && line.cnt.is_positive() && asked.price_of(&line.item))
            {
                let of_item = told.prices.entry((line.fixmedins_code.clone(), line.item.clone())).or_default();
                *of_item.entry(price).or_default() += 1;
            }
            if asked.use_of(&line.item) {
                used.push(line);
            }
        };
        snapshot.item_lines(shard, &wanted, take).map_err(|e| e.to_string())?;
        told.days_of_use = uses::days_of_use(&used);
    }
    Ok(told)
}

fn add_stay(snapshot: &Snapshot, stay: &VisitSpan, context: &mut RunContext) -> Result<(), String> {
    let Some(begin) = stay.begntime else { return Ok(()) };
    let person = snapshot.person(&stay.psn_no).map_err(|e| e.to_string())?;
    let end = stay.endtime.map(Moment::day);
    context.add_stay(&stay.psn_no, person.identity(), &stay.fixmedins_code, begin.day(), end);
    Ok(())
}

/// A month with fewer visits than one in so many of the busiest month's holds stray dates only.
const STRAY_SHARE: u64 = 100;

/// The first day of the first month with visits to speak of: a few stray early dates are no history.
fn first_covered_day(months: &BTreeMap<Day, (Day, u64)>) -> Option<Day> {
    let most = months.values().map(|(_, visits)| *visits).max().unwrap_or(0);
    months.values().filter(|(_, visits)| visits * STRAY_SHARE >= most).map(|(first, _)| *first).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn a_few_stray_early_dates_are_no_history() {
        let month = |first: &str, visits| (day(first).month_start(), (day(first), visits));
        let months = BTreeMap::from([month("1999-12-31", 1), month("2026-01-03", 150), month("2026-02-01", 9_000)]);
        assert_eq!(first_covered_day(&months), Some(day("2026-01-03")));
        assert_eq!(first_covered_day(&BTreeMap::new()), None);
    }

    #[test]
    fn a_code_or_its_beginning_is_asked_for() {
        let codes: BTreeSet<Text> = ["XB01", "003107010010000"].into_iter().map(Text::from).collect();
        let lengths = codes.iter().map(Text::len).collect();
        let asked = Asked { stays: false, history: codes, lengths, priced: BTreeSet::new() };
        assert!(asked.use_of("XB01AA") && asked.use_of("003107010010000") && !asked.use_of("XB0") && !asked.use_of("XB02"));
    }
}
