//! A year of casework: people do lawful and unlawful things at random, by a seed, and what must hold holds at every step.

use std::collections::BTreeSet;

use casework::filing::Coverage;
use casework::line_ledger::{Asked, LineLedger};
use casework::{
    Absence, Actor, Calendar, Event, Filed, Finding, FirstReview, Limits, Refusal, Role, Scope, State, Step, UserId, Verdict,
};
use claims::{Day, Fen};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const HOSPITALS: [&str; 3] = ["H99010100001", "H99010100002", "H99020100001"];

struct Office {
    people: Vec<Actor>,
    calendar: Calendar,
    limits: Limits,
}

impl Office {
    fn new() -> Self {
        let region = |name: &str| Scope::Regions(BTreeSet::from([name.to_owned()]));
        let mut people = Vec::new();
        for (number, role) in Role::ALL.into_iter().enumerate() {
            for twin in ["甲", "乙"] {
                let scope = match role {
                    Role::Institution => Scope::Institutions(BTreeSet::from([HOSPITALS[number % 3].to_owned()])),
                    Role::Leader => Scope::All,
                    _ => region(if twin == "甲" { "9901" } else { "99" }),
                };
                people.push(Actor { user: UserId::new(format!("{}{twin}", role.label())), role, scope });
            }
        }
        for hospital in HOSPITALS {
            let scope = Scope::Institutions(BTreeSet::from([hospital.to_owned()]));
            people.push(Actor { user: UserId::new(format!("医保办{hospital}")), role: Role::Institution, scope });
        }
        Self {
            people,
            calendar: Calendar::default(),
            limits: Limits { answer: 5, decide: 10, silence_accepts: true, ..Limits::default() },
        }
    }

    /// Somebody tries something on a finding.
    fn attempt(&self, finding: &Finding, today: Day, dice: &mut ChaCha8Rng) -> Result<Step, Refusal> {
        let by = self.people.choose(dice).expect("there are people");
        let verdict = match dice.random_range(0..3) {
            0 => Verdict::Upheld,
            1 => Verdict::Overturned,
            _ => Verdict::Reduced { owed: Fen(dice.random_range(-5..130)) },
        };
        match dice.random_range(0..16) {
            0 => finding.review(by, FirstReview::Pass, today),
            1 => finding.review(by, FirstReview::Dismiss { reason: "误报".to_owned() }, today),
            2 => finding.tell(by, self.limits, &self.calendar, today),
            3 => finding.accept(by, today),
            4 => finding.appeal(by, "附病历", vec![], self.limits, &self.calendar, today),
            5 => finding.decide_appeal(by, verdict, "已核", today),
            6 => {
                let members = ["专家甲", "专家乙", "复审员甲"].into_iter().map(UserId::new).collect();
                finding.convene(by, members, today)
            }
            7 => finding.give_opinion(by, verdict, "已核", today),
            8 => finding.send_back(by, "金额有误", today),
            9 => finding.withdraw(by, "重复", today),
            10 => finding.extend(by, dice.random_range(0..8), "病案室搬迁", self.limits, &self.calendar, today),
            11 => finding.decide_unanswered(by, verdict, "逾期未答复", today),
            12 => finding.ask_more(by, "手术记录", self.limits, &self.calendar, today),
            13 => finding.supply(by, "见附件", vec![], &self.calendar, today),
            14 => finding.correct(by, verdict, "部分已退费", today),
            15 => finding.adopt_revision(by, today),
            _ => finding.conclude_panel(by, verdict, "已核", today),
        }
    }
}

fn found(number: usize, run: u64, dice: &mut ChaCha8Rng) -> Filed {
    let hospital = HOSPITALS[number % 3];
    let amount_fen = dice.random_range(0..4) * 40;
    Filed {
        finding_id: format!("f{number}"),
        run_id: format!("R{run}"),
        lake_version: run,
        rule_code: format!("rule{}", number % 4),
        rule_version: 1,
        fixmedins_code: Some(hospital.to_owned()),
        region: hospital[1..7].to_owned(),
        occurred_on: Day(20_500 + i32::try_from(number % 90).expect("small")),
        amount_fen,
        fund_parts: vec![("310100".to_owned(), amount_fen)],
        digest: format!("{number}-{amount_fen}"),
    }
}

fn absence(dice: &mut ChaCha8Rng, lake_version: u64) -> Absence {
    match dice.random_range(0..4) {
        0 => Absence::Refunded,
        1 => Absence::RecordsChanged { lake_version },
        2 => Absence::HintOnly,
        _ => Absence::Undecided { missing: "缺少：出院诊断".to_owned() },
    }
}

/// What must hold of every single step.
fn hold(before: &Finding, step: &Step) {
    let after = &step.next;
    let adopted = matches!(step.event, Event::Adopted { .. });
    let anew = matches!(step.event, Event::Refiled { .. });
    if before.told && !adopted && !anew {
        assert_eq!(after.filed, before.filed, "what was told stays as it is");
    }
    assert!(!anew || !before.told || before.state == State::Gone, "what was told is not replaced");
    if before.state.is_closed() && !anew && !matches!(step.event, Event::Corrected { .. }) {
        assert_eq!(after.state, before.state, "what is closed stays closed: {:?}", step.event);
    }
    let owed = |finding: &Finding| if let State::Confirmed { owed, .. } = finding.state { owed } else { Fen(0) };
    if matches!(before.state, State::Confirmed { .. }) {
        assert!(owed(after) <= owed(before), "what was decided is never more afterwards: {:?}", step.event);
    }
    let undecided =
        |finding: &Finding| finding.doubt.as_ref().is_some_and(|doubt| matches!(doubt.absence, Absence::Undecided { .. }));
    if undecided(before) {
        let accuses =
            matches!(step.event, Event::Passed { .. } | Event::Told { .. } | Event::Silent { .. } | Event::Vanished { .. });
        let by_a_judgement =
            matches!(&step.event, Event::Vanished { absence: Some(why), .. } if !matches!(why, Absence::Undecided { .. }));
        assert!(!accuses || by_a_judgement, "nobody is accused or acquitted on what cannot be judged: {:?}", step.event);
    }
    if let Event::Corrected { by, .. } | Event::Withdrawn { by, .. } | Event::MoreAsked { by, .. } = &step.event {
        assert_ne!(Some(by), before.reviewer.as_ref(), "four eyes");
    }
    if let State::Confirmed { owed, .. } = after.state {
        assert!(owed <= after.filed.amount(), "nobody owes more than was found");
        assert!(after.told, "nobody owes what they were not told of");
    }
    if let Event::Decided { by, .. } = &step.event {
        assert_ne!(Some(by), before.reviewer.as_ref(), "four eyes");
    }
    if let Event::Appealed { by, .. } | Event::Accepted { by } = &step.event {
        let own = format!("医保办{}", before.filed.fixmedins_code.as_deref().unwrap_or_default());
        assert!(by.0 == own || by.0.starts_with(Role::Institution.label()), "only the hospital itself answers: {by:?}");
    }
    if let (Event::Silent { answer_by }, State::Told { .. }) = (&step.event, &before.state) {
        assert!(step.on > *answer_by);
    }
}

#[test]
fn a_year_of_casework_holds() {
    let mut ever: BTreeSet<&str> = BTreeSet::new();
    for seed in 0..8 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let office = Office::new();
        let mut file: Vec<Finding> =
            (0..40).map(|number| Finding::filed(found(number, 1, &mut dice), Day(20_600)).next).collect();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        for today in (20_600..20_965).map(Day) {
            // A run a month, over half of the rules.
            if today.0 % 30 == 0 {
                let run = u64::try_from(today.0).expect("positive");
                let rules = (0..4).filter(|_| dice.random_bool(0.5)).map(|rule| format!("rule{rule}")).collect();
                let coverage = Coverage {
                    run_id: format!("R{run}"),
                    lake_version: run,
                    rules,
                    from: Day(20_000),
                    to: Day(21_000),
                    institutions: None,
                };
                for (number, finding) in file.iter_mut().enumerate() {
                    let seen = coverage.rules.contains(&finding.filed.rule_code);
                    let step = if dice.random_bool(0.7) {
                        if seen { finding.found_again(found(number, run, &mut dice), today) } else { None }
                    } else {
                        finding.not_found(&coverage, absence(&mut dice, run), today)
                    };
                    if let Some(step) = step {
                        assert!(seen, "a run says nothing of rules that did not run");
                        hold(finding, &step);
                        *finding = step.next;
                    }
                }
            }
            for finding in &mut file {
                if let Some(step) = finding.day_passes(office.limits, &office.calendar, today) {
                    hold(finding, &step);
                    *finding = step.next;
                }
                for _ in 0..12 {
                    if let Ok(step) = office.attempt(finding, today, &mut dice) {
                        hold(finding, &step);
                        *finding = step.next;
                        reached.insert(finding.state.label());
                    }
                }
            }
        }
        // A year in which nothing happened would hold as well.
        for state in ["待下发", "已下发", "申诉中", "已认定", "已撤销"] {
            assert!(reached.contains(state), "no finding was ever {state} with seed {seed}");
        }
        booked_within_shares(&file);
        ever.append(&mut reached);
    }
    assert!(ever.contains("补充材料中") && ever.contains("合议中"), "{ever:?}");
}

/// All that is owed at the end, booked line by line: two findings on one line never give back more than the funds paid for it.
fn booked_within_shares(file: &[Finding]) {
    let mut ledger = LineLedger::default();
    for (number, finding) in file.iter().enumerate() {
        let State::Confirmed { owed, .. } = finding.state else { continue };
        let line = format!("M{}:1", number % 7);
        ledger.book(&finding.filed.finding_id, &[Asked { line_id: line.clone(), fund_share: Fen(100), amount: owed }]);
        assert!(ledger.booked(&line) <= Fen(100));
    }
}
