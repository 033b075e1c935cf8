//! Period（周期频次，T3）: uses of an item within a rolling period, over all institutions（readings 14）.

use rulebook::Grade;

use super::{UseDraft, finding_of_uses, undecided_use, weakest};
use crate::event::UseEvent;
use crate::judge::named;
use crate::program::Program;
use crate::sink::Sink;

pub(super) fn judge(program: &Program, number: usize, uses: &[UseEvent], sink: &mut Sink) {
    let rule = &program.rules[number];
    let mut days: Vec<Vec<&UseEvent>> = Vec::new();
    for one in uses {
        match days.last_mut() {
            Some(day) if day[0].line.day == one.line.day => day.push(one),
            _ => days.push(vec![one]),
        }
    }
    for (index, today) in days.iter().enumerate() {
        let first = today[0];
        let (Some(allowed), Some(period)) = (today.iter().find_map(|u| u.limit), today.iter().find_map(|u| u.days)) else {
            let missing = named(today.iter().flat_map(|u| u.missing.clone()).collect());
            sink.undecided(number, &missing, || undecided_use(rule, "window", first, &missing));
            continue;
        };
        let within = |earlier: &&Vec<&UseEvent>| i64::from(first.line.day.since(earlier[0].line.day)) < period;
        let before: Vec<&Vec<&UseEvent>> = days[..index].iter().filter(within).collect();
        let low = before.iter().filter(|d| d.iter().any(|u| u.certain)).count();
        let certain: Vec<&UseEvent> = today.iter().copied().filter(|u| u.certain && u.chargeable).collect();
        let reached = |count: usize| i64::try_from(count).unwrap_or(i64::MAX) >= allowed;
        if reached(low) && !certain.is_empty() {
            let earlier: Vec<&UseEvent> = before.iter().flat_map(|d| d.iter().copied()).collect();
            let elsewhere = earlier.iter().any(|u| u.fixmedins_code != first.fixmedins_code);
            let mut grade = weakest(rule, &certain);
            if elsewhere {
                grade = (grade.0.at_most(Grade::Suspicion), Some("前一次在另一家机构，最高定为可疑".to_owned()));
            }
            let last = earlier.last().map_or(first.line.day, |u| u.line.day);
            let draft = UseDraft {
                grade,
                related: earlier,
                subject: "window",
                key: format!("{}|{}|{}|{}", first.psn_no, first.fixmedins_code, first.group, first.line.day),
                arithmetic: vec![format!(
                    "{period} 天内已有 {low} 次（最近一次 {last}），限 {allowed} 次；本次 {}",
                    first.line.day
                )],
                words: vec![
                    ("quantity", (low + 1).to_string()),
                    ("limit", allowed.to_string()),
                    ("first_day", before.first().map_or(first.line.day, |d| d[0].line.day).to_string()),
                    ("last_day", first.line.day.to_string()),
                ],
                charged: certain,
            };
            sink.hit(number, finding_of_uses(program, rule, draft));
        } else if reached(before.len())
            && (reached(low) || before.len() > low)
            && today.iter().any(|u| u.chargeable || !u.certain)
        {
            let unsure = today.iter().chain(before.iter().flat_map(|d| d.iter())).filter(|u| !u.certain);
            let missing: Vec<String> = unsure.flat_map(|u| u.missing.clone()).collect();
            if missing.is_empty() {
                sink.clear(number);
                continue;
            }
            let missing = named(missing);
            sink.undecided(number, &missing, || undecided_use(rule, "window", first, &missing));
        } else {
            sink.clear(number);
        }
    }
}
