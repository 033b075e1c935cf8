//! A year of casework on disk: people do lawful and unlawful things at random, by a seed, and what must hold holds at its end.

use std::collections::BTreeMap;

use casework::exemption::Ruling;
use casework::standing::Record;
use casework::{Action, BulkAct, ClassVerdict, Event, Limits, Refusal, Step, policy};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use store::Ticks;

use super::*;

const FINDINGS: usize = 40;
/// Kinds of steps that somebody may try.
const ACTS: u8 = 19;
const RULES: [&str; 3] = ["rule-a", "rule-b", "rule-c"];

struct Office {
    store: Store,
    people: Vec<Actor>,
    clocks: Clocks,
    dice: ChaCha8Rng,
    /// What every kind of act came to: how often it was done, and how often refused.
    done: BTreeMap<&'static str, (u32, u32)>,
}

fn people() -> Vec<Actor> {
    // Those who answer are fewer than those who ask, and try as often.
    let mut people = vec![hospital(); 5];
    people.push(actor("医保办二", Role::Institution, Scope::Institutions([OTHER.to_owned()].into())));
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Institution) {
        for twin in ["甲", "乙"] {
            let scope = if twin == "甲" { Scope::All } else { Scope::Regions(["9901".to_owned()].into()) };
            people.push(actor(&format!("{}{twin}", role.label()), role, scope));
        }
    }
    // A panel is of three.
    people.push(actor("专家丙", Role::Expert, Scope::All));
    people
}

/// What a run finds: seldom the same amount, often on a line that another rule names too, at times a stay paid by case.
fn run(run_id: &str, dice: &mut ChaCha8Rng) -> Vec<(Filed, Sheet)> {
    let mut all = Vec::new();
    for number in 0..FINDINGS {
        if dice.random_bool(0.2) {
            continue;
        }
        let amount = i64::from(dice.random_range(1..4_u8)) * 500;
        let code = if number % 4 == 0 { OTHER } else { HOSPITAL };
        let (filed, mut sheet) = found_at(&format!("f{number}"), amount, run_id, code, RULES[number % RULES.len()]);
        sheet.charged[0].line_id = format!("M:{}", number % 8);
        sheet.knowledge_id = (number % 2 == 0).then(|| "K1".to_owned());
        all.push((filed, sheet));
    }
    all
}

impl Office {
    fn by(&mut self) -> Actor {
        self.people.choose(&mut self.dice).cloned().unwrap()
    }

    fn note(&mut self, what: &'static str, done: bool) {
        let count = self.done.entry(what).or_default();
        *(if done { &mut count.0 } else { &mut count.1 }) += 1;
    }

    /// Who tries what on a finding: every other time somebody whose turn it is, else anybody anything.
    async fn chosen(&mut self, id: &str) -> (Actor, u8) {
        let seen = self.store.finding(id, &actor("看", Role::Auditor, Scope::All)).await;
        let differs = seen.as_ref().is_ok_and(|seen| seen.value.revision.is_some());
        let mut willing = 0.5;
        let (action, act) = match seen.map(|seen| seen.value.state) {
            Ok(State::Told { .. } | State::UnderAppeal { .. }) if differs && self.dice.random_bool(0.8) => {
                (Action::AdoptRevision, 7)
            }
            Ok(State::Filed) => (Action::Review, if self.dice.random_bool(0.3) { 2 } else { 0 }),
            Ok(State::Passed) => (Action::Tell, 3),
            Ok(State::Told { .. }) => (Action::Accept, self.dice.random_range(4..6)),
            Ok(State::UnderAppeal { .. }) if self.dice.random_bool(0.3) => (Action::AskMore, 10),
            Ok(State::UnderAppeal { .. }) if self.dice.random_bool(0.3) => (Action::ConvenePanel, 16),
            Ok(State::InPanel(panel)) => {
                willing = 0.9;
                if panel.waiting() == 0 { (Action::ConcludePanel, 18) } else { (Action::GiveOpinion, 17) }
            }
            Ok(State::UnderAppeal { .. }) => (Action::DecideAppeal, 6),
            Ok(State::Supplementing { .. }) => {
                willing = 0.9;
                (Action::Supply, 11)
            }
            Ok(State::Confirmed { .. }) if self.dice.random_bool(0.1) => (Action::Correct, 12),
            _ => return (self.by(), self.dice.random_range(0..ACTS)),
        };
        let able: Vec<Actor> = self.people.iter().filter(|by| policy::permits(by.role, action)).cloned().collect();
        if self.dice.random_bool(willing) {
            return (able.choose(&mut self.dice).cloned().unwrap(), act);
        }
        (self.by(), self.dice.random_range(0..ACTS))
    }

    /// Somebody tries a step on a finding.
    async fn attempt(&mut self, now: Moment) {
        let id = format!("f{}", self.dice.random_range(0..FINDINGS));
        let (by, act) = self.chosen(&id).await;
        let Ok(seen) = self.store.finding(&id, &by).await else { return self.note("see", false) };
        let (finding, today, limits) = (&seen.value, now.day(), self.clocks.limits.base);
        let verdict =
            [Verdict::Upheld, Verdict::Overturned, Verdict::Reduced { owed: Fen(300) }].choose(&mut self.dice).copied().unwrap();
        let (what, step): (&str, Result<Step, Refusal>) = match act {
            0 | 1 => ("pass", finding.review(&by, FirstReview::Pass, today)),
            2 => ("dismiss", finding.review(&by, FirstReview::Dismiss { reason: "误报".to_owned() }, today)),
            3 => ("tell", finding.tell(&by, limits, &self.clocks.calendar, today)),
            4 => ("accept", finding.accept(&by, today)),
            5 => ("appeal", finding.appeal(&by, "附病历", vec![], limits, &self.clocks.calendar, today)),
            6 => ("decide", finding.decide_appeal(&by, verdict, "已核", today)),
            7 => ("adopt", finding.adopt_revision(&by, today)),
            10 => ("ask more", finding.ask_more(&by, "手术记录", limits, &self.clocks.calendar, today)),
            11 => ("supply", finding.supply(&by, "见附件", vec![], &self.clocks.calendar, today)),
            12 => ("correct", finding.correct(&by, verdict, "部分已退费", today)),
            13 => ("withdraw", finding.withdraw(&by, "重复", today)),
            14 => ("extend", finding.extend(&by, 3, "病案室搬迁", limits, &self.clocks.calendar, today)),
            16 => {
                let members = ["专家甲", "专家乙", "专家丙"].map(UserId::new).to_vec();
                ("convene", finding.convene(&by, members, today))
            }
            17 => ("opinion", finding.give_opinion(&by, verdict, "已核", today)),
            18 => ("conclude", finding.conclude_panel(&by, verdict, "已核", today)),
            15 => ("send back", finding.send_back(&by, "金额有误", today)),
            8 => ("snooze", finding.snooze(&by, today.plus(5), "等病历", today)),
            _ => ("assign", finding.assign(&by, UserId::new("审核员甲"), today)),
        };
        let Ok(mut step) = step else { return self.note(what, false) };
        if step.event.is_judgement() {
            step.next = step.next.looked_at(now, now.plus_seconds(self.dice.random_range(0..9_000)), limits);
        }
        let before = seen.clone();
        let kept = self.store.apply(&seen, step, &self.clocks, now).await;
        if let Err(problem) = &kept {
            assert!(matches!(problem, StoreError::Refused(Refusal::Held { .. })), "{problem}");
        }
        let after = self.store.finding(&id, &actor("看", Role::Auditor, Scope::All)).await.unwrap().value;
        if before.value.told && before.value.state != State::Gone {
            assert!(after.filed.amount_fen <= before.value.filed.amount_fen, "an amount never rises by itself");
        }
        self.note(what, kept.is_ok());
    }

    /// Somebody does something to a whole group, and somebody else to one of it between the preview and the decision.
    async fn bulk(&mut self, by: &Actor, rule: &str, now: Moment) {
        let acts = [BulkAct::Pass, BulkAct::Tell, BulkAct::Snooze { until: now.day().plus(3) }];
        let act = acts.choose(&mut self.dice).cloned().unwrap();
        let filter = Filter { rule_code: Some(rule.to_owned()), reason: Some("K1".to_owned()), ..Filter::default() };
        let Ok(number) = self.store.preview_bulk(by, &act, &filter, "", now).await else { return self.note("bulk", false) };
        self.attempt(now).await;
        let ticks = Ticks { version: 1, shown: &[], kept: &BTreeSet::new() };
        self.store.begin_bulk(&number, by, "同类", ticks, &self.clocks, now.plus_seconds(100)).await.unwrap();
        while self.store.bulk_step(&number, by, &self.clocks, now).await.unwrap() {}
        let done = self.store.bulk(&number, by).await.unwrap();
        assert_eq!(done.waiting(), 0);
        self.note("bulk", done.done > 0);
    }

    /// Somebody takes the next of the list and judges it there, or not.
    async fn lease(&mut self, now: Moment) {
        let by = self.by();
        let taken = self.store.lease_next(&by, &Filter::default(), Order::Due, &self.clocks, now).await.unwrap();
        self.note("lease", taken.is_some());
        let Some(id) = taken else { return };
        let seen = self.store.finding(&id, &by).await.unwrap();
        if let (true, Ok(step)) = (self.dice.random_bool(0.6), seen.value.review(&by, FirstReview::Pass, now.day())) {
            self.store.apply(&seen, step, &self.clocks, now).await.unwrap();
        }
    }

    /// Somebody does something to a whole class, or to the exemptions, or files anew.
    async fn larger(&mut self, now: Moment) {
        let (by, rule) = (self.by(), RULES[self.dice.random_range(0..RULES.len())]);
        match self.dice.random_range(0..6) {
            0 | 4 => {
                let Some(class) = self.store.open_classes(&by, rule).await.unwrap().into_iter().next() else { return };
                let done = self.store.appeal_class(&by, &class, "附病历", &[], &self.clocks, now).await;
                self.note("class", done.is_ok());
            }
            1 => {
                let Some(line) = self.store.class_appeals(&by, true, 0, 5).await.unwrap().into_iter().next() else { return };
                let verdict = if self.dice.random_bool(0.5) { ClassVerdict::Upheld } else { ClassVerdict::Overturned };
                let number = line.appeal.number;
                let Ok((_, members)) = self.store.class_appeal(&number, &by).await else { return };
                let (seen, opened) = (store::class_appeal::seen(&members), Some(now.plus_seconds(-777)));
                let ruling = store::ClassRuling { verdict, reason: "已核", seen: &seen, opened };
                let done = self.store.decide_class(&number, &by, ruling, &BTreeSet::new(), &self.clocks, now).await;
                self.note("class decided", done.is_ok());
            }
            2 => {
                // Most are over before what is found here was done.
                let last = if self.dice.random_bool(0.2) { -10 } else { -25 };
                let days = (at(-30).day(), at(last).day());
                let asked = self.store.ask_exemption(&by, (HOSPITAL, rule), days, "切换", &self.clocks, now).await;
                self.note("exemption", asked.is_ok());
                let ruling =
                    if self.dice.random_bool(0.6) { Ruling::Approve } else { Ruling::Revoke { reason: "完成".to_owned() } };
                let all = actor("看", Role::Auditor, Scope::All);
                let lines = self.store.exemptions(&all, None, 50).await.unwrap();
                let Some(line) = lines.choose(&mut self.dice) else { return };
                let number = &line.exemption.number;
                let ruled = self.store.rule_exemption(number, line.version, &by, &ruling, &self.clocks, now).await;
                if ruled.is_ok() {
                    assert!(
                        line.exemption.asked_by != by.user || matches!(ruling, Ruling::Revoke { .. }),
                        "nobody approves their own"
                    );
                }
                self.note("ruling", ruled.is_ok());
            }
            5 => self.bulk(&by, rule, now).await,
            _ => {
                let id = format!("f{}", self.dice.random_range(0..FINDINGS));
                let Ok(seen) = self.store.finding(&id, &by).await else { return };
                let done = self.store.file_anew(&seen, &by, &self.clocks, now).await;
                self.note("anew", done.is_ok());
            }
        }
    }
}

pub(super) async fn a_year_of_casework_holds_on_disk(store: Store) {
    a_year(store, 7).await;
}

pub(super) async fn another_year_of_casework_holds_on_disk(store: Store) {
    a_year(store, 11).await;
}

async fn a_year(store: Store, seed: u64) {
    let limits = Limits { answer: 20, silence_accepts: true, ..Limits::default() };
    let clocks = Clocks { limits: limits.into(), ..Clocks::default() };
    let mut office = Office { store, people: people(), clocks, dice: ChaCha8Rng::seed_from_u64(seed), done: BTreeMap::new() };
    for week in 0..52 {
        let now = at(1 + week * 7);
        if week % 6 == 0 {
            let id = format!("R{week}");
            let found = run(&id, &mut office.dice);
            let done = office.store.file(&found, &office.clocks, now).await.unwrap();
            ended(&office.store, &coverage(&id, &RULES), done, &office.clocks, now).await;
        }
        office.store.day_passes(&office.clocks, now).await.unwrap();
        for turn in 0..72 {
            let now = now.plus_seconds(turn * 600);
            match turn % 4 {
                0 => office.lease(now).await,
                1 => office.larger(now).await,
                _ => office.attempt(now).await,
            }
        }
    }
    // A year in which nothing happened would hold as well.
    let steps =
        ["pass", "dismiss", "tell", "accept", "appeal", "decide", "ask more", "supply", "convene", "opinion", "correct", "adopt"];
    for what in steps.into_iter().chain(["lease", "exemption", "ruling", "class", "class decided", "snooze", "anew", "bulk"]) {
        let (done, refused) = office.done.get(what).copied().unwrap_or_default();
        assert!(done > 0 && refused > 0, "{what}: done {done} times, refused {refused} times in {:?}", office.done);
    }
    holds(&office.store).await;
}

/// What must hold at the end of any year.
async fn holds(store: &Store) {
    let all = actor("看", Role::Auditor, Scope::All);
    tally_is_what_counting_says(store).await;
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
    let mut records: BTreeMap<(String, u32), Record> = BTreeMap::new();
    for line in store.list(&all, &Filter::default(), Order::Due, 0, 10_000).await.unwrap() {
        let finding = store.finding(&line.finding_id, &all).await.unwrap().value;
        let record = records.entry((finding.filed.rule_code.clone(), finding.filed.rule_version)).or_default();
        record.review_seconds += u64::from(finding.review_seconds);
        match finding.state {
            State::Confirmed { owed, .. } => {
                assert!(finding.told && owed <= finding.filed.amount(), "nobody owes what they were not told of, nor more");
                record.confirmed += 1;
                record.timed_fund_fen += if finding.is_timed() { finding.filed.fund_for(owed).0 } else { 0 };
            }
            State::Dismissed => record.overturned += 1,
            _ => {}
        }
        let first = &store.entries(&store::finding::subject(&line.finding_id)).await.unwrap()[0];
        let began: Event = serde_json::from_str(&first.body).unwrap();
        assert!(matches!(began, Event::Filed { .. } | Event::FiledAnew { .. }), "{began:?}");
        assert_eq!(finding.split_from.is_some(), matches!(began, Event::FiledAnew { .. }));
    }
    records.retain(|_, record| *record != Record::default());
    let mut kept = store.rule_records().await.unwrap();
    kept.retain(|_, record| *record != Record::default());
    assert_eq!(kept, records, "what is counted with every step is what counting at the end gives");
    // However many findings and decisions name a line, the funds get back what they paid for it at most.
    for number in 0..8 {
        assert!(store.booked_on_line(&format!("M:{number}")).await.unwrap() <= 1_200);
    }
}
