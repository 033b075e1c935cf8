//! Group（团伙，T14）: people who are linked more than chance links them.
//!
//! The SELECT says who is linked with whom. What is left of a group when everybody with too few links inside it is taken away, again and
//! again, is the smallest part that carries the suspicion; who only knows one member is not accused with the others.

use std::collections::BTreeMap;

use claims::Day;
use rulebook::Undecided;
use rulebook::logic::GroupKind;

use crate::judge::{Decision, Draft, Who, decision, reason};
use crate::network::{Members, Network};
use crate::program::Program;
use crate::query::Row;
use crate::sink::Sink;
use crate::view::{GroupFacts, Own, View};

/// A group's core.
struct Core {
    members: Members,
    facts: GroupFacts,
}

/// Finds the cores of every period and judges them.
pub(crate) fn judge(program: &Program, number: usize, _: &GroupKind, rows: &[Row], sink: &mut Sink) -> Result<(), String> {
    let rule = &program.rules[number];
    let least = least_links(program, number)?;
    for (period, network) in &periods(rows)? {
        let (cores, without) = network.cores(least);
        (0..without).for_each(|_| sink.clear(number));
        if cores.is_empty() {
            continue;
        }
        let cores: Vec<Core> =
            cores.into_iter().map(|members| Core { facts: network.facts(&members, period), members }).collect();
        let days: Vec<Day> = cores.iter().map(|core| network.first_day(&core.members)).collect();
        let views: Vec<View<'_>> = cores
            .iter()
            .zip(&days)
            .map(|(core, day)| View { own: Own::Group(&core.facts), day: Some(*day), ..View::default() })
            .collect();
        let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
        for (row, core) in cores.iter().enumerate() {
            match decision(rule, &answers, row) {
                Decision::Out => {}
                Decision::Clear => sink.clear(number),
                Decision::Exempt(exception) => sink.exempt(number, exception, |by| undecided(rule.code(), network, core, by)),
                Decision::Unknown(missing) => {
                    sink.undecided(number, &missing, || undecided(rule.code(), network, core, &missing));
                }
                Decision::Hit(grade) => {
                    let draft = draft(program, number, network, core, views[row], days[row]);
                    sink.hit(number, Draft { grade, ..draft }.finding());
                }
            }
        }
    }
    Ok(())
}

/// Least links of a member inside its group: an expression over parameters alone.
fn least_links(program: &Program, number: usize) -> Result<usize, String> {
    let rule = &program.rules[number];
    let answers = rule.lines.evaluate(&[View::default()], &program.settings(rule))?;
    let least = answers.int("links", 0).ok_or("links 应是由参数得出的整数")?;
    usize::try_from(least).map_err(|_| "links 不能是负数".to_owned())
}

fn periods(rows: &[Row]) -> Result<BTreeMap<&str, Network>, String> {
    let mut periods: BTreeMap<&str, Network> = BTreeMap::new();
    for row in rows {
        let period = row.get("period").ok_or("查询结果缺少 period")?;
        periods.entry(period).or_default().add(row)?;
    }
    Ok(periods)
}

/// The three smallest members and the period name a group, as the contract says.
fn key(names: &[String], period: &str) -> String {
    format!("{}|{period}", names.iter().take(3).cloned().collect::<Vec<_>>().join("|"))
}

fn draft<'a>(program: &'a Program, number: usize, network: &Network, core: &Core, view: View<'a>, day: Day) -> Draft<'a> {
    let told = network.told(&core.members);
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "group",
        key: key(&told.members, &core.facts.period),
        who: Who { fixmedins_code: told.institution, ..Who::default() },
        charged: Vec::new(),
        related: told.members,
        related_lines: told.lines,
        occurred_on: day,
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: told.sentences,
        notes: Vec::new(),
        words: Vec::new(),
    }
}

fn undecided(rule: &str, network: &Network, core: &Core, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.to_owned(),
        subject: "group".to_owned(),
        fixmedins_code: None,
        psn_no: network.names(&core.members).into_iter().next(),
        mdtrt_id: None,
        line_id: None,
        item: None,
        period: Some(core.facts.period.clone()),
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_named_by_its_three_smallest_members() {
        let names: Vec<String> = ["B", "C", "D", "E"].map(str::to_owned).to_vec();
        assert_eq!(key(&names, "2026"), "B|C|D|2026");
    }
}
