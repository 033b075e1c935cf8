//! Trace（追溯码，T13）: the sales of one pack, over all institutions and persons. A whole pack is sold once.

use std::collections::{BTreeMap, BTreeSet};

use claims::code::can_be_trace_code;
use claims::{Day, Fen, Moment, Text};
use rulebook::logic::{Kind, TraceKind};
use rulebook::{Finding, Grade, Undecided};

use crate::event::SaleEvent;
use crate::judge::{Charged, Decision, Draft, Who, decision, named, reason};
use crate::program::Program;
use crate::sink::Sink;
use crate::view::{Own, Places, TraceFacts, View};

/// A pack with its sales in order of time.
struct Pack {
    sales: Vec<SaleEvent>,
    /// By the sales that are certain to be of the whole pack, and by all that may be.
    certain: TraceFacts,
    possible: TraceFacts,
    places: Places,
}

impl Pack {
    fn of(code: &Text, mut sales: Vec<SaleEvent>) -> Option<Self> {
        // A sale whose time is not known comes last.
        sales.sort_by(|a, b| (a.at.is_none(), a.at, &a.setl_id).cmp(&(b.at.is_none(), b.at, &b.setl_id)));
        let last = sales.last()?;
        Some(Self {
            certain: facts(code, sales.iter().filter(|sale| sale.missing.is_none())),
            possible: facts(code, sales.iter()),
            places: Places::of(&last.fixmedins_code, last.region.as_deref()),
            sales,
        })
    }

    /// The last certain sale, else the last: whose it is, the finding is about.
    fn last(&self) -> &SaleEvent {
        let last = self.certain_sales().last().or(self.sales.last());
        last.expect("a pack has a sale")
    }

    fn day(&self) -> Day {
        self.sales.iter().filter_map(|sale| sale.at).max().map_or(Day(0), Moment::day)
    }

    fn certain_sales(&self) -> impl Iterator<Item = &SaleEvent> {
        self.sales.iter().filter(|sale| sale.missing.is_none())
    }

    /// The certain sales after the first certain one: an uncertain sale before it may have been none.
    fn repeated(&self) -> impl Iterator<Item = &SaleEvent> {
        self.certain_sales().skip(1)
    }

    fn views(&self) -> [View<'_>; 2] {
        let of = |facts| View { own: Own::Trace(facts), places: Some(&self.places), day: Some(self.day()), ..View::default() };
        [of(&self.certain), of(&self.possible)]
    }

    /// What is missing before all sales are certain; none where they are.
    fn missing(&self) -> Option<String> {
        let missing: Vec<String> = self.sales.iter().filter_map(|sale| sale.missing.clone()).collect();
        (!missing.is_empty()).then(|| named(missing))
    }
}

fn facts<'a>(code: &Text, sales: impl Iterator<Item = &'a SaleEvent>) -> TraceFacts {
    let mut institutions = BTreeSet::new();
    let count = sales.map(|sale| institutions.insert(sale.fixmedins_code.as_str())).count();
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    TraceFacts { code: Text::clone(code), sales: number(count), institutions: number(institutions.len()) }
}

/// Judges the packs by every rule about trace codes, all at once: an expression costs the same for one pack as for thousands.
pub(super) fn judge(program: &Program, sales: BTreeMap<Text, Vec<SaleEvent>>, sink: &mut Sink) -> Result<(), String> {
    let packs: Vec<Pack> = sales.into_iter().filter_map(|(code, sales)| Pack::of(&code, sales)).collect();
    for (number, rule) in program.rules.iter().enumerate() {
        if let Kind::Trace(kind) = &rule.rule.logic.kind {
            judge_rule(program, number, kind, &packs, sink)?;
        }
    }
    Ok(())
}

fn judge_rule(program: &Program, number: usize, kind: &TraceKind, packs: &[Pack], sink: &mut Sink) -> Result<(), String> {
    let rule = &program.rules[number];
    let packs: Vec<&Pack> = packs.iter().filter(|pack| can_be_trace_code(&pack.certain.code, kind.least_signs)).collect();
    if packs.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> = packs.iter().flat_map(|pack| pack.views()).collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (place, pack) in packs.iter().enumerate() {
        let (certain, possible) = (2 * place, 2 * place + 1);
        match (decision(rule, &answers, certain), pack.missing()) {
            (Decision::Hit(grade), _) => sink.hit(number, finding(program, number, pack, views[certain], grade)),
            (Decision::Unknown(missing), _) => sink.undecided(number, &missing, || undecided(rule.code(), pack, &missing)),
            (_, Some(missing))
                if !matches!(decision(rule, &answers, possible), Decision::Clear | Decision::Exempt(_) | Decision::Out) =>
            {
                sink.undecided(number, &missing, || undecided(rule.code(), pack, &missing));
            }
            (Decision::Clear, _) => sink.clear(number),
            (Decision::Exempt(exception), _) => sink.exempt(number, exception, |by| undecided(rule.code(), pack, by)),
            (Decision::Out, _) => {}
        }
    }
    Ok(())
}

fn finding(program: &Program, number: usize, pack: &Pack, view: View<'_>, grade: (Grade, Option<String>)) -> Finding {
    let last = pack.last();
    let charged = pack.repeated().filter_map(|sale| Some(Charged { line: sale.line.clone()?, excess: sale.price }));
    let mut finding = Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "trace",
        key: last.code.to_string(),
        who: Who {
            fixmedins_code: Some(last.fixmedins_code.clone()),
            psn_no: Some(last.psn_no.clone()),
            mdtrt_id: Some(last.mdtrt_id.clone()),
            insutype: last.insutype.clone(),
            insu_admdvs: last.insu_admdvs.clone(),
        },
        charged: charged.collect(),
        related: Vec::new(),
        related_lines: pack
            .certain_sales()
            .take(1)
            .filter_map(|sale| sale.line.as_ref())
            .map(|line| line.line_id.clone())
            .collect(),
        occurred_on: pack.day(),
        grade,
        no_amount: false,
        quantity_excess: None,
        arithmetic: pack.sales.iter().enumerate().map(|(place, sale)| told(place, sale)).collect(),
        notes: Vec::new(),
        words: vec![
            ("code", last.code.to_string()),
            ("sales", pack.certain.sales.to_string()),
            ("places", pack.certain.institutions.to_string()),
        ],
    }
    .finding();
    finding.setl_id = Some(last.setl_id.clone());
    finding.sealed()
}

/// A sale in words, as the arithmetic of a finding shows it.
fn told(place: usize, sale: &SaleEvent) -> String {
    let at = sale.at.map_or("时间未知".to_owned(), |at| at.to_string());
    let line = sale.line.as_ref().map_or("明细未知".to_owned(), |line| format!("明细 {}", line.line_id));
    let certain = sale.missing.as_deref().map_or_else(String::new, |missing| format!("，不能确定，{}", reason(missing)));
    let (number, institution, price) = (place + 1, &sale.fixmedins_code, priced(sale));
    format!("第 {number} 次：{at}，{institution}，结算 {}，{line}，{price}{certain}", sale.setl_id)
}

fn priced(sale: &SaleEvent) -> String {
    if sale.price == Fen::ZERO { "单价未知".to_owned() } else { format!("一盒 {} 元", sale.price) }
}

fn undecided(rule: &str, pack: &Pack, missing: &str) -> Undecided {
    let last = pack.last();
    Undecided {
        rule_code: rule.to_owned(),
        subject: "trace".to_owned(),
        fixmedins_code: Some(last.fixmedins_code.clone()),
        psn_no: Some(last.psn_no.clone()),
        mdtrt_id: Some(last.mdtrt_id.clone()),
        line_id: pack.repeated().find_map(|sale| sale.line.as_ref()).map(|line| line.line_id.clone()),
        item: None,
        period: None,
        trace: Some(last.code.to_string()),
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
