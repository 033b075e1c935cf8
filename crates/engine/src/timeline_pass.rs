//! Timeline pass（时间线遍）: one person, or one pack, at a time, over all institutions.

mod course;
mod overlap;
mod period;
mod trace;

use std::collections::BTreeMap;

use claims::Text;
use rulebook::logic::Kind;
use rulebook::{Grade, Undecided};

use crate::event::{Event, SaleEvent, StayEvent, UseEvent, VisitEvent};
use crate::judge::{Charged, Draft, Who, reason};
use crate::program::{CompiledRule, Program};
use crate::sink::Sink;
use crate::view::{Places, View};

/// Events gathered until all have come.
#[derive(Default)]
pub(crate) struct Timeline {
    people: BTreeMap<u64, Vec<Event>>,
    /// Sales by trace code.
    packs: BTreeMap<Text, Vec<SaleEvent>>,
}

impl Timeline {
    /// Takes an event under the key that it was sent by.
    pub(crate) fn add(&mut self, key: u64, event: Event) {
        match event {
            Event::Sale(sale) => self.packs.entry(Text::clone(&sale.code)).or_default().push(*sale),
            of_person => self.people.entry(key).or_default().push(of_person),
        }
    }

    /// Judges person by person, then all packs.
    pub(crate) fn judge(self, program: &Program, sink: &mut Sink) -> Result<(), String> {
        for events in self.people.into_values() {
            judge_person(program, events, sink)?;
        }
        trace::judge(program, self.packs, sink)
    }
}

/// Judges everything that one person's events tell together.
fn judge_person(program: &Program, events: Vec<Event>, sink: &mut Sink) -> Result<(), String> {
    let mut stays: Vec<StayEvent> = Vec::new();
    let mut visits: Vec<VisitEvent> = Vec::new();
    let mut uses: BTreeMap<(u16, String), Vec<UseEvent>> = BTreeMap::new();
    for event in events {
        match event {
            Event::Stay(stay) => stays.push(stay),
            Event::Visit(visit) => visits.push(visit),
            Event::Use(one) => uses.entry((one.rule, one.group.clone())).or_default().push(*one),
            // About a pack, and judged with its other sales.
            Event::Sale(_) => {}
        }
    }
    stays.sort_by(|a, b| (a.begin, &a.fixmedins_code, &a.id).cmp(&(b.begin, &b.fixmedins_code, &b.id)));
    visits.sort_by(|a, b| (a.day, &a.fixmedins_code, &a.mdtrt_id).cmp(&(b.day, &b.fixmedins_code, &b.mdtrt_id)));
    for ((rule, _), mut uses) in uses {
        uses.sort_by(|a, b| (a.line.time, &a.line.line_id).cmp(&(b.line.time, &b.line.line_id)));
        let rule = usize::from(rule);
        match &program.rules[rule].rule.logic.kind {
            Kind::Course(_) => course::judge(program, rule, &uses, sink),
            Kind::Period(_) => period::judge(program, rule, &uses, sink),
            _ => {}
        }
    }
    for (number, rule) in program.rules.iter().enumerate() {
        match &rule.rule.logic.kind {
            Kind::StayPair(kind) if kind.pairs == rulebook::logic::StayPairs::Overlapping => {
                overlap::stays(program, number, &stays, sink)?;
            }
            Kind::Elsewhere => overlap::elsewhere(program, number, &stays, &visits, sink)?,
            _ => {}
        }
    }
    Ok(())
}

/// A draft about uses of an item.
struct UseDraft<'a> {
    charged: Vec<&'a UseEvent>,
    related: Vec<&'a UseEvent>,
    subject: &'static str,
    key: String,
    grade: (Grade, Option<String>),
    arithmetic: Vec<String>,
    words: Vec<(&'static str, String)>,
}

fn finding_of_uses(program: &Program, rule: &CompiledRule, draft: UseDraft<'_>) -> rulebook::Finding {
    let first = draft.charged[0];
    let places = Places::of(&first.fixmedins_code, first.region.as_deref());
    let point = rule.index.as_ref().and_then(|index| index.by_id(&first.point));
    let insured = Places::insured(first.insu_admdvs.as_deref());
    let view = View { point, places: Some(&places), insured: insured.as_ref(), day: Some(first.line.day), ..View::default() };
    let mut words = draft.words;
    words.push(("line.name", first.name.clone()));
    Draft {
        program,
        rule,
        view,
        subject: draft.subject,
        key: draft.key,
        who: Who {
            fixmedins_code: Some(first.fixmedins_code.clone()),
            psn_no: Some(first.psn_no.clone()),
            mdtrt_id: Some(first.mdtrt_id.clone()),
            insutype: first.insutype.clone(),
            insu_admdvs: first.insu_admdvs.clone(),
        },
        charged: draft.charged.iter().map(|u| Charged { line: u.line.clone(), excess: u.line.amount }).collect(),
        related: Vec::new(),
        related_lines: draft.related.iter().map(|u| u.line.line_id.clone()).collect(),
        occurred_on: first.line.day,
        grade: draft.grade,
        no_amount: false,
        quantity_excess: None,
        arithmetic: draft.arithmetic,
        notes: Vec::new(),
        words,
    }
    .finding()
}

/// The grade of uses: the weakest that any of them asks for.
fn weakest(rule: &CompiledRule, uses: &[&UseEvent]) -> (Grade, Option<String>) {
    let asked = uses.iter().filter_map(|u| u.grade.as_ref()).max_by_key(|(grade, _)| *grade);
    asked.map_or((rule.rule.result.grade(), None), |(grade, because)| (*grade, Some(because.clone())))
}

fn undecided_use(rule: &CompiledRule, subject: &str, one: &UseEvent, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.code().to_owned(),
        subject: subject.to_owned(),
        fixmedins_code: Some(one.fixmedins_code.clone()),
        psn_no: Some(one.psn_no.clone()),
        mdtrt_id: Some(one.mdtrt_id.clone()),
        line_id: Some(one.line.line_id.clone()),
        item: Some(one.group.clone()),
        period: Some(one.line.day.to_string()),
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
