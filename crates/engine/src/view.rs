//! View（判定视图）: what a rule's expression can see of one subject, and how each fact of the vocabulary is read from it.

mod shown;

use std::sync::Arc;

use claims::chart::{Chart, ChartVisit, NetLine, Sex, Stay, VisitClass};
use claims::record::Diagnosis;
use claims::{Day, Fen, Moment, Quantity, Text};
use rulebook::{Fact, Point};

pub(crate) use self::shown::{
    GroupFacts, HistoryFacts, OperationFacts, PairFacts, RateFacts, Shares, SheetFacts, StayProfile, StaysFacts, StockFacts,
    TraceFacts, WindowFacts,
};
use crate::event::{StayEvent, VisitEvent};
use crate::facet::{Facets, IndicationFacts, RegisterFacts};
use crate::value::Value;

/// Places（所在地区）: an institution and its regions, narrowest first; parameters and knowledge are chosen by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places(Arc<[String]>);

impl Places {
    pub(crate) fn of(fixmedins_code: &str, region: Option<&str>) -> Self {
        Self::with(vec![fixmedins_code.to_owned()], region)
    }

    /// The regions of a person's insurance（参保地）; none where nobody knows it. An institution's own rows say nothing there.
    pub(crate) fn insured(admdvs: Option<&str>) -> Option<Self> {
        let is_code = |r: &&str| r.len() == 6 && r.bytes().all(|b| b.is_ascii_digit()) && r.bytes().any(|b| b != b'0');
        admdvs.map(str::trim).filter(is_code).map(|region| Self::with(Vec::new(), Some(region)))
    }

    /// The regions of a place as SQL names it: the region of an insurance, or an institution's code.
    pub(crate) fn named(place: &str) -> Self {
        Self::insured(Some(place)).unwrap_or_else(|| Self::of(place, claims::code::region_of_institution(place)))
    }

    fn with(mut places: Vec<String>, region: Option<&str>) -> Self {
        if let Some(region) = region.filter(|r| r.len() == 6 && r.is_ascii()) {
            for place in [region.to_owned(), format!("{}00", &region[..4]), format!("{}0000", &region[..2])] {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            // GB/T 2260 knows no province 99: the synthetic city lives there, and nowhere else are its tables read.
            if region.starts_with("99") {
                places.push("synthetic".to_owned());
            }
        }
        Self(places.into())
    }

    pub(crate) fn list(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

/// View（判定视图）of one subject. What a subject has not is none, and reads as null. A run makes millions of them, so they are small.
#[derive(Clone, Copy, Default)]
pub(crate) struct View<'a> {
    pub(crate) chart: Option<&'a Chart>,
    pub(crate) line: Option<&'a NetLine>,
    pub(crate) visit: Option<&'a ChartVisit>,
    pub(crate) stay: Option<(&'a Stay, &'a StayProfile)>,
    pub(crate) facets: Option<&'a Facets<'a>>,
    pub(crate) point: Option<&'a Point>,
    /// Regions of the place of treatment（就医地）.
    pub(crate) places: Option<&'a Places>,
    /// Regions of the person's insurance（参保地）; none where nobody knows it.
    pub(crate) insured: Option<&'a Places>,
    pub(crate) day: Option<Day>,
    pub(crate) own: Own<'a>,
}

/// What only subjects of one kind have.
#[derive(Clone, Copy, Default)]
pub(crate) enum Own<'a> {
    #[default]
    Nothing,
    Diagnosis(&'a Diagnosis),
    Pair(&'a PairFacts),
    Window(&'a WindowFacts),
    Stays(&'a StayEvent, &'a StayEvent, &'a StaysFacts),
    Elsewhere(&'a StayEvent, &'a VisitEvent),
    Stock(&'a StockFacts),
    Trace(&'a TraceFacts),
    Sheet(&'a SheetFacts),
    Operation(&'a OperationFacts),
    Rate(&'a RateFacts),
    Group(&'a GroupFacts),
}

macro_rules! own {
    ($($name:ident: $pattern:pat => $value:ident, $kind:ty;)*) => {
        impl<'a> View<'a> {
            $(pub(crate) fn $name(&self) -> Option<&'a $kind> {
                match self.own {
                    $pattern => Some($value),
                    _ => None,
                }
            })*
        }
    };
}
own! {
    diag: Own::Diagnosis(one) => one, Diagnosis;
    pair: Own::Pair(facts) => facts, PairFacts;
    window: Own::Window(facts) => facts, WindowFacts;
    earlier: Own::Stays(earlier, _, _) => earlier, StayEvent;
    later: Own::Stays(_, later, _) => later, StayEvent;
    stays: Own::Stays(_, _, facts) => facts, StaysFacts;
    stay_event: Own::Elsewhere(stay, _) => stay, StayEvent;
    elsewhere: Own::Elsewhere(_, visit) => visit, VisitEvent;
    stock: Own::Stock(facts) => facts, StockFacts;
    trace: Own::Trace(facts) => facts, TraceFacts;
    sheet: Own::Sheet(facts) => facts, SheetFacts;
    op: Own::Operation(facts) => facts, OperationFacts;
    rate: Own::Rate(facts) => facts, RateFacts;
    group: Own::Group(facts) | Own::Rate(RateFacts { group: facts, .. }) => facts, GroupFacts;
}

/// Reads one fact from a view.
pub(crate) type Getter = fn(&View<'_>) -> Value;

/// The reader of a fact. Every fact of the vocabulary has one; a test keeps it so.
pub(crate) fn getter(fact: &Fact) -> Option<Getter> {
    match fact.space {
        "line" => line(fact.name),
        "visit" => visit(fact.name),
        "stay" => stay(fact.name),
        "person" => person(fact.name),
        "inst" => institution(fact.name),
        "diag" => diagnosis(fact.name),
        "pair" => pair(fact.name),
        "w" => window(fact.name),
        "history" => history(fact.name),
        "indication" => indication(fact.name),
        "companion" => companion(fact.name),
        "register" => register(fact.name),
        "earlier" => earlier(fact.name),
        "later" => later(fact.name),
        "stays" => stays(fact.name),
        "elsewhere" => elsewhere(fact.name),
        "stock" => stock(fact.name),
        "trace" => trace(fact.name),
        "rx" => sheet(fact.name),
        "op" => operation(fact.name),
        "rate" => rate(fact.name),
        "group" => group(fact.name),
        _ => None,
    }
}

fn or_null<T>(thing: Option<T>, read: impl FnOnce(T) -> Value) -> Value {
    thing.map_or(Value::Null, read)
}

fn line(name: &str) -> Option<Getter> {
    Some(match name {
        "code" => |v| or_null(v.line, |l| Value::text(l.code())),
        "name" => |v| or_null(v.line, |l| Value::text(l.record.name().or(l.code()))),
        "list_type" => |v| or_null(v.line, |l| Value::text(l.record.list_type())),
        "charge_type" => |v| or_null(v.line, |l| Value::text(l.record.med_chrgitm_type())),
        "cnt" => |v| or_null(v.line, |l| Value::Quantity(l.cnt)),
        "unit_price" => |v| or_null(v.line, |l| or_null(l.unit_price(), |p| Value::Decimal(p.0))),
        "amount_fen" => |v| or_null(v.line, |l| Value::Int(l.amount.0)),
        "in_scope_fen" => |v| or_null(v.line, |l| Value::fen(l.in_scope)),
        "fund_fen" => |v| or_null(v.chart.zip(v.line), |(chart, line)| Value::fen(chart.fund_share(line).ok())),
        "service_day" => |v| or_null(v.line, |l| Value::Day(l.day)),
        "service_time" => |v| or_null(v.line, |l| known_time(l.record.fee_ocur_time())),
        "age_years" => |v| or_null(v.line, |l| Value::int(l.age.map(|a| i64::from(a.years)))),
        "age_months" => |v| or_null(v.line, |l| Value::int(l.age.map(|a| i64::from(a.months)))),
        "age_days" => |v| or_null(v.line, |l| Value::int(l.age.map(|a| i64::from(a.days)))),
        "sex" => |v| or_null(v.line, |l| sex(l.sex)),
        "for_baby" => |v| or_null(v.line, |l| Value::Flag(l.for_baby)),
        "doctor" => |v| or_null(v.line, |l| Value::text(l.doctor())),
        "dept" => |v| or_null(v.line, |l| Value::text(l.record.bilg_dept_codg())),
        "insutype" => |v| or_null(v.chart.zip(v.line), |(chart, line)| Value::text(chart.insutype(line))),
        "maternity" => |v| or_null(v.line, |l| Value::flag(l.record.matn_fee_flag())),
        "circulated" => |v| or_null(v.line, |l| Value::flag(l.record.rx_circ_flag())),
        "take_home" => |v| or_null(v.line, |l| Value::flag(l.record.dscg_tkdrug_flag())),
        _ => return None,
    })
}

/// Midnight means that only the day is known（readings 16）.
fn known_time(at: Moment) -> Value {
    if at.is_midnight() { Value::Null } else { Value::Moment(at) }
}

fn sex(sex: Option<Sex>) -> Value {
    match sex {
        Some(Sex::Male) => Value::word("1"),
        Some(Sex::Female) => Value::word("2"),
        None => Value::Null,
    }
}

/// The word under which rules see a class of care.
pub(crate) const fn class_word(class: VisitClass) -> Option<&'static str> {
    match class {
        VisitClass::Inpatient => Some("inpatient"),
        VisitClass::Outpatient => Some("outpatient"),
        VisitClass::Emergency => Some("emergency"),
        VisitClass::Chronic => Some("chronic"),
        VisitClass::Pharmacy => Some("pharmacy"),
        VisitClass::Special => Some("special"),
        VisitClass::Unknown => None,
    }
}

fn visit(name: &str) -> Option<Getter> {
    Some(match name {
        "id" => |v| or_null(v.visit, |x| Value::Text(Text::clone(&x.record.mdtrt_id))),
        "class" => |v| or_null(v.visit, |x| or_null(class_word(x.class), Value::word)),
        "med_type" => |v| or_null(v.visit, |x| Value::text(x.record.med_type.as_ref())),
        "insutype" => |v| or_null(v.visit, |x| Value::text(x.insutype.as_ref())),
        "insu_admdvs" => |v| or_null(v.visit, |x| Value::text(x.insu_admdvs.as_ref())),
        "begin_day" => |v| or_null(v.visit, |x| Value::Day(x.record.begntime.day())),
        "end_day" => |v| or_null(v.visit, |x| Value::day(x.record.endtime.map(Moment::day))),
        "clr_way" => |v| or_null(v.visit, |x| Value::text(x.clr_way.as_ref())),
        "matn_type" => |v| or_null(v.visit, |x| Value::text(x.record.matn_type.as_ref())),
        "dscg_way" => |v| or_null(v.visit, |x| Value::text(x.record.dscg_way.as_ref())),
        "babies" => |v| or_null(v.visit, |x| Value::Int(i64::from(x.babies))),
        "baby_on_bill" => |v| or_null(v.visit, |x| Value::Flag(x.baby_on_bill)),
        "before_admission" => |v| or_null(v.visit, |x| Value::Flag(x.before_admission)),
        "main_diagnosis" => |v| or_null(v.visit, |x| Value::text(x.record.dscg_maindiag_code.as_ref())),
        "family_account" => family_account,
        "sex" => |v| or_null(v.visit, |x| sex(x.sex)),
        _ => return None,
    })
}

fn family_account(view: &View<'_>) -> Value {
    let (Some(chart), Some(visit)) = (view.chart, view.visit) else { return Value::Null };
    let paid = |s: &usize| chart.settlements[*s].acct_mulaid_pay;
    let amounts: Vec<Fen> = visit.settlements.iter().filter_map(paid).collect();
    if amounts.is_empty() { Value::Null } else { Value::Flag(amounts.iter().any(|a| a.is_positive())) }
}

fn stay(name: &str) -> Option<Getter> {
    Some(match name {
        "id" => |v| match (v.stay, v.stay_event()) {
            (Some((s, _)), _) => Value::Text(Text::clone(&s.id)),
            (None, event) => or_null(event, |e| Value::word(&e.id)),
        },
        "begin_day" => |v| match (v.stay, v.stay_event()) {
            (Some((s, _)), _) => Value::Day(s.begin.day()),
            (None, event) => or_null(event, |e| Value::Day(e.begin.day())),
        },
        "end_day" => |v| match (v.stay, v.stay_event()) {
            (Some((s, _)), _) => Value::day(s.end.map(Moment::day)),
            (None, event) => or_null(event, |e| Value::day(e.end.map(Moment::day))),
        },
        "begin_time" => |v| or_null(v.stay, |(s, _)| known_time(s.begin)),
        "end_time" => |v| or_null(v.stay, |(s, _)| or_null(s.end, known_time)),
        "inpatient" => |v| or_null(v.stay, |(s, _)| Value::Flag(s.inpatient)),
        "billable_days" => |v| or_null(v.stay, |(s, _)| Value::int(s.billable_days.map(i64::from))),
        "dates_unreliable" => |v| match (v.stay, v.stay_event()) {
            (Some((s, _)), _) => Value::Flag(s.dates_unreliable),
            (None, event) => or_null(event, |e| Value::Flag(e.dates_unreliable)),
        },
        "merged" => |v| or_null(v.stay, |(s, _)| Value::Flag(s.visits.len() > 1)),
        "med_type" => |v| or_null(first_visit(v), |x| Value::text(x.record.med_type.as_ref())),
        "clr_way" => |v| or_null(first_visit(v), |x| Value::text(x.clr_way.as_ref())),
        "amount_fen" => |v| or_null(v.stay, |(_, p)| Value::Int(p.amount.0)),
        "interior_days" => |v| or_null(v.stay, |(_, p)| Value::int(p.interior_days)),
        "idle_days" => |v| or_null(v.stay, |(_, p)| Value::int(p.idle_days)),
        "idle_run" => |v| or_null(v.stay, |(_, p)| Value::int(p.idle_run)),
        "drug_share" => |v| share(v, |s| s.drug),
        "exam_share" => |v| share(v, |s| s.exam),
        "treatment_share" => |v| share(v, |s| s.treatment),
        "material_share" => |v| share(v, |s| s.material),
        "exam_kinds" => |v| or_null(v.stay, |(_, p)| Value::int(p.exam_kinds)),
        "late_exam_days" => |v| or_null(v.stay, |(_, p)| Value::int(p.late_exam_days)),
        "operations" => |v| or_null(v.stay, |(_, p)| Value::Int(p.operations)),
        "service_days" => |v| or_null(v.stay, |(_, p)| Value::Int(p.service_days)),
        "main_diagnosis" => |v| or_null(last_visit(v), |x| Value::text(x.record.dscg_maindiag_code.as_ref())),
        "dscg_way" => |v| or_null(last_visit(v), |x| Value::text(x.record.dscg_way.as_ref())),
        "dept" => |v| or_null(first_visit(v), |x| Value::text(x.record.adm_dept_codg.as_ref())),
        _ => return None,
    })
}

fn share(view: &View<'_>, read: fn(&Shares) -> i64) -> Value {
    or_null(view.stay.and_then(|(_, profile)| profile.shares), |shares| Value::Decimal(read(&shares)))
}

fn first_visit<'a>(view: &View<'a>) -> Option<&'a ChartVisit> {
    let (stay, _) = view.stay?;
    view.chart?.visits.get(*stay.visits.first()?)
}

fn last_visit<'a>(view: &View<'a>) -> Option<&'a ChartVisit> {
    let (stay, _) = view.stay?;
    view.chart?.visits.get(*stay.visits.last()?)
}

fn person(name: &str) -> Option<Getter> {
    Some(match name {
        "psn_no" => |v| match (v.visit, v.earlier().or(v.stay_event())) {
            (Some(x), _) => Value::Text(Text::clone(&x.record.psn_no)),
            (None, event) => or_null(event, |e| Value::word(&e.psn_no)),
        },
        "death_day" => |v| Value::day(death(v)),
        "dead_without_date" => |v| match v.chart {
            Some(chart) => Value::Flag(death(v).is_none() && chart.person.dead == Some(true)),
            None => Value::Null,
        },
        _ => return None,
    })
}

fn death(view: &View<'_>) -> Option<Day> {
    view.visit.and_then(|x| x.death).or_else(|| view.chart.and_then(|c| c.person.die_date))
}

fn institution(name: &str) -> Option<Getter> {
    Some(match name {
        "code" => |v| or_null(v.chart, |c| Value::Text(Text::clone(&c.fixmedins_code))),
        "level" => |v| Value::int(level(v)),
        "kind" => |v| {
            or_null(v.chart, |c| match c.fixmedins_code.bytes().next() {
                Some(b'H') => Value::word("hospital"),
                Some(b'P') => Value::word("pharmacy"),
                _ => Value::Null,
            })
        },
        "region" => |v| or_null(v.visit, |x| Value::text(x.region.as_ref())),
        _ => return None,
    })
}

/// Level class on the day of service, from the dated register; else as the visit says（rules 4.3）.
pub(crate) fn level(view: &View<'_>) -> Option<i64> {
    let of_visit = view.visit.and_then(|visit| visit.hosp_lv.as_deref());
    match view.chart.zip(view.day) {
        Some((chart, day)) => claims::institution::level_on(&chart.institution, day, of_visit),
        None => claims::institution::level_class(of_visit),
    }
    .map(i64::from)
}

fn diagnosis(name: &str) -> Option<Getter> {
    Some(match name {
        "code" => |v| or_null(v.diag(), |d| Value::Text(Text::clone(&d.diag_code))),
        "name" => |v| or_null(v.diag(), |d| Value::text(d.diag_name.as_ref().or(Some(&d.diag_code)))),
        "main" => |v| or_null(v.diag(), |d| Value::Flag(d.maindiag_flag)),
        _ => return None,
    })
}

fn pair(name: &str) -> Option<Getter> {
    Some(match name {
        "window" => |v| or_null(v.pair(), |p| Value::word(p.window)),
        "distinct_operation" => |v| or_null(v.pair(), |p| Value::flag(p.distinct_operation)),
        "two_places" => |v| or_null(v.pair(), |p| Value::Flag(p.two_places)),
        "times_known" => |v| or_null(v.pair(), |p| Value::Flag(p.times_known)),
        _ => return None,
    })
}

fn window(name: &str) -> Option<Getter> {
    Some(match name {
        "day" => |v| or_null(v.window(), |w| Value::Day(w.day)),
        "quantity" => |v| or_null(v.window(), |w| Value::Quantity(w.quantity)),
        "possible_hours" => |v| or_null(v.window(), |w| or_null(w.possible_hours, Value::Quantity)),
        "stay_hours" => |v| or_null(v.window(), |w| or_null(w.stay_hours, Value::Quantity)),
        "ordered_hours" => |v| or_null(v.window(), |w| or_null(w.ordered_hours, Value::Quantity)),
        "multiplier" => |v| or_null(v.window(), |w| Value::Int(w.multiplier)),
        _ => return None,
    })
}

fn sheet(name: &str) -> Option<Getter> {
    Some(match name {
        "kinds" => |v| or_null(v.sheet(), |s| Value::int(s.kinds)),
        "quantity" => |v| or_null(v.sheet().and_then(|s| s.quantity), Value::Quantity),
        "amount_fen" => |v| or_null(v.sheet(), |s| Value::fen(s.amount)),
        "beside" => |v| or_null(v.sheet(), |s| Value::int(s.beside)),
        _ => return None,
    })
}

fn operation(name: &str) -> Option<Getter> {
    Some(match name {
        "code" => |v| or_null(v.op(), |o| Value::text(o.code.as_ref())),
        "day" => |v| or_null(v.op(), |o| Value::day(o.day)),
        "begin" => |v| or_null(v.op(), |o| or_null(o.begin, known_time)),
        "end" => |v| or_null(v.op(), |o| or_null(o.end, known_time)),
        "main_diagnosis" => |v| or_null(v.op(), |o| Value::text(o.main_diagnosis.as_ref())),
        "diagnosis_related" => |v| or_null(v.op(), |o| Value::flag(o.diagnosis_related)),
        "charged" => |v| or_null(v.op(), |o| Value::flag(o.charged)),
        "excused" => |v| or_null(v.op(), |o| Value::flag(o.excused)),
        "antibiotic_allowed" => |v| or_null(v.op(), |o| Value::flag(o.antibiotic_allowed)),
        "first_dose_minutes" => |v| or_null(v.op(), |o| Value::int(o.first_dose_minutes)),
        "last_dose_hours" => |v| or_null(v.op(), |o| Value::int(o.last_dose_hours)),
        _ => return None,
    })
}

fn rate(name: &str) -> Option<Getter> {
    fn figure(view: &View<'_>, read: fn(&RateFacts) -> Option<i64>) -> Value {
        view.rate().and_then(read).map_or(Value::Null, Value::Decimal)
    }
    Some(match name {
        "unit" => |v| or_null(v.rate(), |r| Value::word(&r.unit)),
        "period" => |v| or_null(v.rate(), |r| Value::word(&r.period)),
        "value" => |v| figure(v, |r| r.value),
        "numerator" => |v| figure(v, |r| Some(r.numerator)),
        "denominator" => |v| figure(v, |r| Some(r.denominator)),
        "peers" => |v| or_null(v.rate(), |r| Value::Int(r.peers)),
        "median" => |v| figure(v, |r| r.median),
        "z" => |v| figure(v, |r| r.z),
        "percentile" => |v| figure(v, |r| r.percentile),
        "previous" => |v| figure(v, |r| r.previous),
        "highest" => |v| figure(v, |r| Some(r.highest)),
        "periods" => |v| or_null(v.rate(), |r| Value::Int(r.periods)),
        "error" => |v| figure(v, |r| r.error),
        "scale" => |v| figure(v, |r| r.scale),
        _ => return None,
    })
}

fn group(name: &str) -> Option<Getter> {
    Some(match name {
        "size" => |v| or_null(v.group(), |g| Value::Int(g.size)),
        "links" => |v| or_null(v.group(), |g| Value::Int(g.links)),
        "weight" => |v| or_null(v.group(), |g| Value::Int(g.weight)),
        "days" => |v| or_null(v.group(), |g| Value::Int(g.days)),
        "density" => |v| or_null(v.group(), |g| Value::Decimal(g.density)),
        "shared" => |v| or_null(v.group().and_then(|g| g.shared.as_ref()), |text| Value::word(text)),
        "shared_links" => |v| or_null(v.group(), |g| Value::Int(g.shared_links)),
        "amount_fen" => |v| or_null(v.group(), |g| Value::Int(g.amount_fen)),
        "period" => |v| or_null(v.group(), |g| Value::word(&g.period)),
        _ => return None,
    })
}

fn history(name: &str) -> Option<Getter> {
    fn asked(view: &View<'_>) -> Option<HistoryFacts> {
        view.facets?.history
    }
    Some(match name {
        "uses" => |v| or_null(asked(v), |h| Value::Int(h.uses)),
        "level" => |v| or_null(asked(v), |h| Value::Int(h.level)),
        "covered" => |v| or_null(asked(v).filter(|h| h.covered), |_| Value::Flag(true)),
        // What may be missing is not known to be missing: true or unknown, never false.
        "complete" => |v| or_null(asked(v).filter(|h| h.complete), |_| Value::Flag(true)),
        _ => return None,
    })
}

fn indication(name: &str) -> Option<Getter> {
    fn asked<'a>(view: &View<'a>) -> Option<&'a IndicationFacts> {
        view.facets?.indication.as_ref()
    }
    Some(match name {
        "met" => |v| or_null(asked(v), |i| Value::flag(i.met)),
        "tree" => |v| or_null(asked(v), |i| Value::word(&i.tree)),
        "diagnoses" => |v| or_null(asked(v).filter(|i| !i.diagnoses.is_empty()), |i| Value::word(&i.diagnoses)),
        _ => return None,
    })
}

fn companion(name: &str) -> Option<Getter> {
    Some(match name {
        "present" => |v| or_null(v.facets.and_then(|f| f.companion), |c| Value::flag(c.present)),
        "known_day" => |v| or_null(v.facets.and_then(|f| f.companion), |c| Value::day(c.known_day)),
        "first_day" => |v| or_null(v.facets.and_then(|f| f.companion), |c| Value::day(c.first_day)),
        _ => return None,
    })
}

fn register(name: &str) -> Option<Getter> {
    fn asked<'a>(view: &View<'a>) -> Option<&'a RegisterFacts<'a>> {
        view.facets?.register.as_ref()
    }
    Some(match name {
        // Where nothing was delivered, that somebody is not in it says nothing.
        "found" => |v| or_null(asked(v).filter(|r| r.delivered), |r| Value::Flag(r.row.is_some())),
        "delivered" => |v| or_null(asked(v), |r| Value::Flag(r.delivered)),
        _ => return None,
    })
}

macro_rules! stay_event {
    ($function:ident, $field:ident) => {
        fn $function(name: &str) -> Option<Getter> {
            Some(match name {
                "inst" => |v| or_null(v.$field(), |e| Value::word(&e.fixmedins_code)),
                "begin_day" => |v| or_null(v.$field(), |e| Value::Day(e.begin.day())),
                "end_day" => |v| or_null(v.$field(), |e| Value::day(e.end.map(Moment::day))),
                "main_diagnosis" => |v| or_null(v.$field(), |e| or_null(e.main_diagnosis.as_deref(), Value::word)),
                "category" => |v| or_null(v.$field(), |e| or_null(e.category(), Value::word)),
                "dscg_way" => |v| or_null(v.$field(), |e| or_null(e.dscg_way.as_deref(), Value::word)),
                "med_type" => |v| or_null(v.$field(), |e| or_null(e.med_type.as_deref(), Value::word)),
                "cycle_therapy" => |v| or_null(v.$field(), |e| Value::Flag(e.cycle_therapy)),
                "newborn" => |v| or_null(v.$field(), |e| Value::Flag(e.newborn)),
                _ => return None,
            })
        }
    };
}
stay_event!(earlier, earlier);
stay_event!(later, later);

fn stays(name: &str) -> Option<Getter> {
    Some(match name {
        "gap_days" => |v| or_null(v.stays(), |s| Value::int(s.gap_days)),
        "overlap_hours" => |v| or_null(v.stays(), |s| Value::int(s.overlap_hours)),
        "overlap_known" => |v| or_null(v.stays(), |s| Value::flag(s.overlap_known)),
        "related" => |v| or_null(v.stays(), |s| Value::flag(s.related)),
        "referred" => |v| or_null(v.stays(), |s| Value::flag(s.referred)),
        "newborn" => |v| or_null(v.stays(), |s| Value::Flag(s.newborn)),
        _ => return None,
    })
}

fn elsewhere(name: &str) -> Option<Getter> {
    Some(match name {
        "inst" => |v| or_null(v.elsewhere(), |e| Value::word(&e.fixmedins_code)),
        "class" => |v| or_null(v.elsewhere(), |e| or_null(e.class.as_deref(), Value::word)),
        "service_day" => |v| or_null(v.elsewhere(), |e| Value::Day(e.day)),
        "interior" => |v| {
            let (Some(stay), Some(visit)) = (v.stay_event(), v.elsewhere()) else { return Value::Null };
            let after = stay.begin.day() < visit.day;
            match stay.end {
                Some(end) => Value::Flag(after && visit.day < end.day()),
                // Without an end, the last service line bounds it from below（readings 13）.
                None if !after => Value::Flag(false),
                None if stay.last_service.is_some_and(|last| visit.day < last) => Value::Flag(true),
                None => Value::Null,
            }
        },
        "same_institution" => |v| match (v.stay_event(), v.elsewhere()) {
            (Some(stay), Some(visit)) => Value::Flag(stay.fixmedins_code == visit.fixmedins_code),
            _ => Value::Null,
        },
        "mdtrt_id" => |v| or_null(v.elsewhere(), |e| Value::word(&e.mdtrt_id)),
        _ => return None,
    })
}

fn stock(name: &str) -> Option<Getter> {
    fn amount(q: Option<Quantity>) -> Value {
        q.map_or(Value::Null, Value::Quantity)
    }
    Some(match name {
        "item" => |v| or_null(v.stock(), |s| Value::text(s.item.as_ref())),
        "opening_known" => |v| or_null(v.stock(), |s| Value::Flag(s.opening_known)),
        "unit_known" => |v| or_null(v.stock(), |s| Value::Flag(s.unit_known)),
        "opening" => |v| or_null(v.stock(), |s| amount(s.opening)),
        "inflow" => |v| or_null(v.stock(), |s| amount(s.inflow)),
        "outflow" => |v| or_null(v.stock(), |s| amount(s.outflow)),
        "expected_out" => |v| or_null(v.stock(), |s| amount(s.expected_out)),
        "billed" => |v| or_null(v.stock(), |s| amount(s.billed)),
        "lowest" => |v| or_null(v.stock(), |s| amount(s.lowest)),
        "gap_fen" => |v| or_null(v.stock(), |s| Value::fen(s.gap)),
        _ => return None,
    })
}

fn trace(name: &str) -> Option<Getter> {
    Some(match name {
        "code" => |v| or_null(v.trace(), |t| Value::Text(Text::clone(&t.code))),
        "sales" => |v| or_null(v.trace(), |t| Value::Int(t.sales)),
        "institutions" => |v| or_null(v.trace(), |t| Value::Int(t.institutions)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rulebook::fact::FACTS;

    #[test]
    fn every_fact_of_the_vocabulary_can_be_read() {
        for fact in FACTS {
            assert!(super::getter(fact).is_some(), "{}", fact.full_name());
        }
    }
}
