//! Every state, every command, every role: one table. Its diff is the review of a change to the workflow.

use std::collections::BTreeSet;

use casework::{
    Actor, Calendar, Event, Filed, Finding, FirstReview, Limits, Refusal, Role, Scope, Sheet, State, Step, UserId, Verdict,
};
use claims::{Day, Fen};

const HOSPITAL: &str = "H99010100001";

fn day(number: i32) -> Day {
    Day::ymd(2026, 3, 1).expect("a date").plus(number - 1)
}

fn limits() -> Limits {
    Limits { answer: 5, decide: 10, silence_accepts: true, ..Limits::default() }
}

/// Somebody of each role, whose name is the role's; all of them may see the hospital.
fn actor(role: Role) -> Actor {
    let scope = match role {
        Role::Institution => Scope::Institutions(BTreeSet::from([HOSPITAL.to_owned()])),
        _ => Scope::Regions(BTreeSet::from(["9901".to_owned()])),
    };
    Actor { user: UserId::new(role.label()), role, scope }
}

fn filed(amount_fen: i64, digest: &str) -> Filed {
    Filed {
        finding_id: "f1".to_owned(),
        run_id: "R1".to_owned(),
        lake_version: 1,
        rule_code: "E25-013".to_owned(),
        rule_version: 1,
        fixmedins_code: Some(HOSPITAL.to_owned()),
        region: "990101".to_owned(),
        occurred_on: day(1),
        amount_fen,
        fund_parts: vec![("310100".to_owned(), amount_fen)],
        digest: digest.to_owned(),
    }
}

fn next(step: Result<Step, Refusal>) -> Finding {
    step.expect("a lawful step").next
}

/// A finding in each state, reviewed first by an auditor named 初审员.
fn states() -> Vec<Finding> {
    let first = Actor { user: UserId::new("初审员"), ..actor(Role::Auditor) };
    let members: Vec<UserId> = ["专家", "乙", "丙"].into_iter().map(UserId::new).collect();
    let filed_first = Finding::filed(filed(100, "d"), day(2)).next;
    let passed = next(filed_first.review(&first, FirstReview::Pass, day(3)));
    let told = next(passed.tell(&first, limits(), &Calendar::default(), day(4)));
    let appealed = next(told.appeal(&actor(Role::Institution), "附病历", vec![], limits(), &Calendar::default(), day(5)));
    let panel = next(appealed.convene(&actor(Role::Head), members, day(6)));
    let asked = next(appealed.ask_more(&actor(Role::Reviewer), "手术记录", limits(), &Calendar::default(), day(6)));
    let confirmed = next(told.accept(&actor(Role::Institution), day(6)));
    let dismissed = next(appealed.decide_appeal(&actor(Role::Reviewer), Verdict::Overturned, "有指征", day(6)));
    let mut gone = told.clone();
    gone.state = State::Gone;
    let mut exempted = filed_first.clone();
    exempted.state = State::Exempted { number: "2026-1".to_owned() };
    vec![filed_first, passed, told, appealed, asked, panel, confirmed, dismissed, gone, exempted]
}

type Command = (&'static str, fn(&Finding, &Actor) -> Result<Step, Refusal>);

const COMMANDS: [Command; 17] = [
    ("初审", |finding, by| finding.review(by, FirstReview::Pass, day(7))),
    ("下发", |finding, by| finding.tell(by, limits(), &Calendar::default(), day(7))),
    ("认可", |finding, by| finding.accept(by, day(7))),
    ("申诉", |finding, by| finding.appeal(by, "附病历", vec![], limits(), &Calendar::default(), day(7))),
    ("复审", |finding, by| finding.decide_appeal(by, Verdict::Reduced { owed: Fen(40) }, "部分属实", day(7))),
    ("合议", |finding, by| finding.convene(by, ["甲", "乙", "丙"].into_iter().map(UserId::new).collect(), day(7))),
    ("意见", |finding, by| finding.give_opinion(by, Verdict::Upheld, "无指征", day(7))),
    ("结论", |finding, by| finding.conclude_panel(by, Verdict::Upheld, "无指征", day(7))),
    ("退回", |finding, by| finding.send_back(by, "金额有误", day(7))),
    ("撤回", |finding, by| finding.withdraw(by, "重复", day(7))),
    ("延长", |finding, by| finding.extend(by, 2, "病案室搬迁", limits(), &Calendar::default(), day(7))),
    ("逾期结论", |finding, by| finding.decide_unanswered(by, Verdict::Upheld, "逾期未答复", day(30))),
    ("要求补充", |finding, by| finding.ask_more(by, "手术记录", limits(), &Calendar::default(), day(7))),
    ("补充", |finding, by| finding.supply(by, "见附件", vec![], &Calendar::default(), day(7))),
    ("更正", |finding, by| finding.correct(by, Verdict::Reduced { owed: Fen(40) }, "部分已退费", day(7))),
    ("采纳", |finding, by| {
        let less = Finding { revision: Some(filed(70, "e")), ..finding.clone() };
        less.adopt_revision(by, day(7))
    }),
    ("另立", |finding, by| {
        let more = Finding { revision: Some(filed(150, "e")), ..finding.clone() };
        more.file_anew(by, "f1-2".to_owned(), &Sheet::default(), &Sheet::default(), day(7)).map(|anew| anew.step)
    }),
];

/// What comes of a command: the new state, or why not.
fn outcome(step: &Result<Step, Refusal>) -> String {
    match step {
        Ok(step) => step.next.state.label().to_owned(),
        Err(Refusal::NotPermitted(_)) => "×".to_owned(),
        Err(Refusal::OutOfScope) => "不可见".to_owned(),
        Err(Refusal::WrongState { .. }) => "·".to_owned(),
        Err(refusal) => refusal.to_string(),
    }
}

fn table() -> String {
    let mut rows = Vec::new();
    for finding in states() {
        for (name, command) in COMMANDS {
            let mut by_outcome: Vec<(String, Vec<&str>)> = Vec::new();
            for role in Role::ALL {
                let outcome = outcome(&command(&finding, &actor(role)));
                match by_outcome.iter_mut().find(|(known, _)| *known == outcome) {
                    Some((_, roles)) => roles.push(role.label()),
                    None => by_outcome.push((outcome, vec![role.label()])),
                }
            }
            // Where a role may not do it at all, or it is not its turn, is the rule; what is said is the rest.
            let said = by_outcome.iter().filter(|(outcome, _)| !["×", "·", "不可见"].contains(&outcome.as_str()));
            for (outcome, roles) in said {
                rows.push(format!("{} · {name} → {outcome}：{}", finding.state.label(), roles.join("、")));
            }
        }
    }
    rows.join("\n")
}

#[test]
fn the_workflow_is_this_table() {
    let expected = "\
待初审 · 初审 → 待下发：审核员、科室负责人
待初审 · 采纳 → 待初审：审核员、复审员、科室负责人
待下发 · 下发 → 已下发：审核员、复审员、科室负责人
待下发 · 退回 → 待初审：审核员、复审员、科室负责人
待下发 · 采纳 → 待下发：审核员、复审员、科室负责人
已下发 · 认可 → 已认定：机构经办人
已下发 · 申诉 → 申诉中：机构经办人
已下发 · 撤回 → 已撤销：复审员、科室负责人
已下发 · 延长 → 已下发：复审员、科室负责人
已下发 · 逾期结论 → 已认定：复审员、科室负责人
已下发 · 采纳 → 已下发：审核员、复审员、科室负责人
已下发 · 另立 → 已下发：审核员、复审员、科室负责人
申诉中 · 复审 → 已认定：复审员、科室负责人
申诉中 · 合议 → 合议中：复审员、科室负责人
申诉中 · 要求补充 → 补充材料中：复审员、科室负责人
申诉中 · 采纳 → 申诉中：审核员、复审员、科室负责人
申诉中 · 另立 → 申诉中：审核员、复审员、科室负责人
补充材料中 · 补充 → 申诉中：机构经办人
补充材料中 · 采纳 → 补充材料中：审核员、复审员、科室负责人
补充材料中 · 另立 → 补充材料中：审核员、复审员、科室负责人
合议中 · 意见 → 合议中：专家
合议中 · 结论 → 还有 3 位成员没有发表意见：复审员、科室负责人
合议中 · 采纳 → 合议中：审核员、复审员、科室负责人
合议中 · 另立 → 合议中：审核员、复审员、科室负责人
已认定 · 更正 → 已认定：复审员、科室负责人
已认定 · 另立 → 已认定：审核员、复审员、科室负责人
已撤销 · 另立 → 已撤销：审核员、复审员、科室负责人";
    assert_eq!(table(), expected);
}

#[test]
fn an_institution_never_sees_what_it_was_not_told() {
    for finding in states() {
        for (name, command) in COMMANDS {
            let hidden = command(&finding, &actor(Role::Institution)) == Err(Refusal::OutOfScope);
            assert_eq!(hidden, !finding.told, "{} {name}", finding.state.label());
        }
    }
}

#[test]
fn every_step_says_who_did_it() {
    for finding in states() {
        for (_, command) in COMMANDS {
            for role in Role::ALL {
                let by = actor(role);
                if let Ok(step) = command(&finding, &by) {
                    assert!(names(&step.event, &by.user), "{:?}", step.event);
                }
            }
        }
    }
}

fn names(event: &Event, user: &UserId) -> bool {
    event.by() == Some(user)
}
