//! What befalls a finding besides its review: leases, exemptions, appeals of a whole class, results that differ, the time people spend.

use casework::ClassVerdict;
use casework::exemption::Ruling;

use super::*;

pub(super) async fn one_person_at_a_time_judges_a_finding(store: Store) {
    let clocks = Clocks::default();
    store.file(&[found("f1", 300, "R1"), found("f2", 200, "R1"), found("f3", 100, "R1")], &clocks, at(1)).await.unwrap();
    let (one, two) = (staff("甲", Role::Auditor), staff("乙", Role::Auditor));
    let list = Filter { open: true, ..Filter::default() };
    let next = |by: &Actor, now: Moment| {
        let (store, by, list, clocks) = (store.clone(), by.clone(), list.clone(), clocks.clone());
        async move { store.lease_next(&by, &list, Order::Amount, &clocks, now).await.unwrap() }
    };
    assert_eq!(next(&one, at(2)).await.as_deref(), Some("f1"));
    assert_eq!(next(&two, at(2)).await.as_deref(), Some("f2"), "what another has in hand is passed over");
    assert_eq!(store.leases(&["f1".to_owned(), "f2".to_owned()], at(2)).await.unwrap()["f1"].by, one.user);
    let seen = store.finding("f1", &two).await.unwrap();
    let step = seen.value.review(&two, FirstReview::Pass, at(2).day()).unwrap();
    let refused = store.apply(&seen, step.clone(), &clocks, at(2)).await;
    assert!(matches!(refused, Err(StoreError::Refused(casework::Refusal::Held { .. }))), "{refused:?}");
    // It ends by the clock, and whoever takes another gives up what they had.
    assert_eq!(next(&one, at(2)).await.as_deref(), Some("f1"), "what one has oneself comes first again");
    let later = at(2).plus_seconds(20 * 60);
    assert_eq!(next(&two, later).await.as_deref(), Some("f1"));
    assert_eq!(store.leases(&["f1".to_owned(), "f2".to_owned()], later).await.unwrap().len(), 1);
    // A decision ends it; what is assigned to somebody else is theirs.
    store.apply(&seen, step, &clocks, later).await.unwrap();
    assert!(store.leases(&["f1".to_owned()], later).await.unwrap().is_empty());
    moved(&store, "f2", &one, 2, |finding| finding.assign(&one, UserId::new("丙"), at(2).day())).await.unwrap();
    assert_eq!(next(&two, later).await.as_deref(), Some("f3"));
    store.release(None, "乙").await.unwrap();
    assert_eq!(next(&one, later).await.as_deref(), Some("f3"));
    assert_eq!(next(&two, later).await, None);
    let reviewer = staff("复审员", Role::Reviewer);
    assert_eq!(next(&reviewer, later).await, None, "nothing was appealed");
    assert!(matches!(store.lease("f1", &one, &clocks, later).await, Err(StoreError::Refused(_))), "it was decided on");
}

pub(super) async fn many_at_once_take_different_findings(store: Store) {
    let all: Vec<_> = (0..6).map(|n| found(&format!("f{n}"), 100, "R1")).collect();
    store.file(&all, &Clocks::default(), at(1)).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let by = staff(&format!("审核员{n}"), Role::Auditor);
                store.lease_next(&by, &Filter::default(), Order::Due, &Clocks::default(), at(2)).await.unwrap()
            })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.unwrap());
    }
    let different: BTreeSet<&String> = taken.iter().collect();
    assert_eq!((taken.len(), different.len()), (6, 6), "{taken:?}");
}

const RULED: &str = "信息系统切换";

pub(super) async fn an_exemption_sets_findings_aside_until_it_is_revoked(store: Store) {
    let clocks = Clocks::default();
    let (auditor, head) = (staff("甲", Role::Auditor), staff("科长", Role::Head));
    store.file(&[found("old", 100, "R1")], &clocks, at(1)).await.unwrap();
    let days = (at(-27).day(), at(30).day());
    let ask = |by: &Actor, days| {
        let (store, by, clocks) = (store.clone(), by.clone(), clocks.clone());
        async move { store.ask_exemption(&by, (HOSPITAL, "rule-a"), days, RULED, &clocks, at(2)).await }
    };
    let number = ask(&auditor, days).await.unwrap();
    assert_eq!(number, "2026-1");
    let far = staff("乙", Role::Auditor);
    let there = store.ask_exemption(&far, (OTHER, "rule-a"), days, RULED, &clocks, at(2)).await;
    assert!(matches!(there, Err(StoreError::Refused(casework::Refusal::OutOfScope))), "{there:?}");
    assert!(ask(&auditor, (at(1).day(), at(400).day())).await.is_err(), "longer than the region allows");
    let own = ask(&head, days).await.unwrap();
    assert_eq!(own, "2026-2", "what was refused took no number");
    let rule = |number: &str, version, ruling: Ruling| {
        let (store, head, clocks, number) = (store.clone(), head.clone(), clocks.clone(), number.to_owned());
        async move { store.rule_exemption(&number, version, &head, &ruling, &clocks, at(3)).await }
    };
    assert!(rule(&own, 1, Ruling::Approve).await.is_err(), "nobody approves what they asked for");
    assert_eq!(rule(&number, 1, Ruling::Approve).await.unwrap(), 1, "what waits already is set aside");
    let next = [found("old", 100, "R2"), found("new", 50, "R2"), found_at("b", 50, "R2", HOSPITAL, "rule-b")];
    let done = store.file(&next, &clocks, at(4)).await.unwrap();
    assert_eq!((done.new, done.same, done.exempted), (2, 1, 1));
    let state = |name: &str| Filter { states: vec![name.to_owned()], ..Filter::default() };
    assert_eq!(store.totals(&auditor, &state("exempted")).await.unwrap().findings, 2);
    assert_eq!(store.totals(&auditor, &Filter { open: true, ..Filter::default() }).await.unwrap().findings, 1);
    tally_is_what_counting_says(&store).await;
    let seen = store.finding("new", &auditor).await.unwrap().value;
    assert!(seen.tell(&auditor, clocks.limits.base, &clocks.calendar, at(4).day()).is_err(), "nobody is told of it");
    let lines = store.exemptions(&auditor, Some("rule-a"), 10).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.exemption.number.as_str(), line.findings)).collect::<Vec<_>>(),
        [("2026-2", 0), ("2026-1", 2)]
    );
    assert!(store.exemptions(&hospital(), None, 10).await.is_err(), "no institution reads of it");
    // Another result of what is set aside is set aside as well; a service day beyond the end is not.
    let mut late = found("late", 50, "R3");
    late.0.occurred_on = at(31).day();
    let done = store.file(&[found("new", 60, "R3"), late], &clocks, at(40)).await.unwrap();
    assert_eq!((done.changed, done.new, done.exempted), (1, 1, 1));
    assert!(matches!(rule(&number, 1, Ruling::Revoke { reason: "已切换".to_owned() }).await, Err(StoreError::Stale)));
    assert_eq!(rule(&number, 2, Ruling::Revoke { reason: "已切换".to_owned() }).await.unwrap(), 2);
    assert_eq!(store.totals(&auditor, &state("exempted")).await.unwrap().findings, 0);
    let kinds: Vec<String> = store.entries("finding:new").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["filed", "exempted", "refiled", "exempted", "readmitted"]);
    let kinds: Vec<String> = store.entries("exemption:2026-1").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["exemption_asked", "exemption_approved", "exemption_revoked"]);
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn a_class_is_appealed_and_decided_together(store: Store) {
    let clocks = Clocks::default();
    let mut all: Vec<_> = (1..=5).map(|n| found(&format!("f{n}"), 100, "R1")).collect();
    for (_, sheet) in &mut all[..4] {
        sheet.knowledge_id = Some("K1".to_owned());
    }
    store.file(&all, &clocks, at(1)).await.unwrap();
    let (auditor, reviewer, clinic) = (staff("审核员甲", Role::Auditor), staff("复审员", Role::Reviewer), hospital());
    for id in ["f1", "f2", "f3", "f4", "f5"] {
        moved(&store, id, &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
        moved(&store, id, &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
            .await
            .unwrap();
    }
    moved(&store, "f4", &clinic, 4, |finding| finding.accept(&clinic, at(4).day())).await.unwrap();
    let classes = store.open_classes(&clinic, "rule-a").await.unwrap();
    let shown: Vec<_> = classes.iter().map(|class| (class.reason.as_str(), class.findings.len(), class.amount_fen)).collect();
    assert_eq!(shown, [("K1", 3, 300), ("", 1, 100)]);
    let papers = [store::Handed { asked_for: "会诊记录", name: "会诊.pdf", content: b"%PDF-1.4" }];
    let bad = [store::Handed { name: "x.exe", content: b"MZ", ..papers[0] }];
    assert!(store.appeal_class(&clinic, &classes[0], "均有会诊", &bad, &clocks, at(4)).await.is_err());
    assert!(store.appeal_class(&clinic, &classes[0], " ", &papers, &clocks, at(4)).await.is_err(), "no grounds");
    assert_eq!(store.class_appeals(&clinic, false, 0, 10).await.unwrap(), [], "nothing is kept of what was refused");
    let (number, findings) = store.appeal_class(&clinic, &classes[0], "均有会诊", &papers, &clocks, at(4)).await.unwrap();
    assert_eq!((number.as_str(), findings), ("2026-1", 3));
    assert_eq!(store.papers("f3", &reviewer).await.unwrap().len(), 1);
    let other = actor("医保办二", Role::Institution, Scope::Institutions(BTreeSet::from([OTHER.to_owned()])));
    assert!(matches!(store.class_appeal(&number, &other).await, Err(StoreError::NotFound)));

    let apart = BTreeSet::from(["f2".to_owned()]);
    let decide = |by: Actor| {
        let (store, clocks, number, apart) = (store.clone(), clocks.clone(), number.clone(), apart.clone());
        async move {
            let seen = store::class_appeal::seen(&store.class_appeal(&number, &by).await?.1);
            let verdict = ClassVerdict::Overturned;
            let ruling = store::ClassRuling { verdict, reason: "确有会诊", seen: &seen, opened: None };
            store.decide_class(&number, &by, ruling, &apart, &clocks, at(5)).await
        }
    };
    assert!(decide(auditor).await.is_err(), "who reviewed them first does not decide");
    // Somebody is reading one of them: it is left, and decided with the class when it is free again.
    let reading = staff("复审员乙", Role::Reviewer);
    store.lease("f1", &reading, &clocks, at(5)).await.unwrap();
    let (decided, left) = decide(reviewer.clone()).await.unwrap();
    assert_eq!(decided, 1);
    assert!(matches!(left.as_slice(), [casework::Refusal::Held { by, .. }] if *by == reading.user), "{left:?}");
    let held = decide(reviewer.clone()).await;
    assert!(matches!(held, Err(StoreError::Refused(casework::Refusal::Held { .. }))), "nothing else is left: {held:?}");
    store.release(None, "复审员乙").await.unwrap();
    assert_eq!(decide(reviewer.clone()).await.unwrap(), (1, Vec::new()));
    let (line, findings) = store.class_appeal(&number, &reviewer).await.unwrap();
    assert_eq!((line.findings, line.open), (3, 1));
    let states: Vec<&str> = findings.iter().map(|finding| finding.value.state.name()).collect();
    assert_eq!(states, ["dismissed", "under_appeal", "dismissed"]);
    let own = store.entries("finding:f1").await.unwrap();
    assert_eq!(
        own.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(),
        ["filed", "passed", "told", "appealed", "decided"]
    );
    assert!(own[4].body.contains("\"class\":\"2026-1\""), "{}", own[4].body);
    assert_eq!(store.class_of("f2").await.unwrap().as_deref(), Some("2026-1"));
    assert_eq!(store.class_appeals(&reviewer, true, 0, 10).await.unwrap().len(), 1);
    assert_eq!(store.class_appeal_count(&reviewer, true).await.unwrap(), 1);
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn more_than_was_told_is_filed_anew_and_goes_with_its_result(store: Store) {
    let clocks = Clocks::default();
    store.file(&[found("f1", 1_000, "R1")], &clocks, at(1)).await.unwrap();
    let auditor = staff("审核员甲", Role::Auditor);
    moved(&store, "f1", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(&store, "f1", &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
        .await
        .unwrap();
    assert_eq!(store.file(&[found("f1", 1_500, "R2")], &clocks, at(4)).await.unwrap().differing, 1);
    let told = store.finding("f1", &auditor).await.unwrap();
    assert!(told.value.adopt_revision(&auditor, at(4).day()).is_err(), "an amount never rises by itself");
    let id = store.file_anew(&told, &auditor, &clocks, at(4)).await.unwrap();
    assert!(matches!(store.file_anew(&told, &auditor, &clocks, at(4)).await, Err(StoreError::Stale)), "the same press twice");
    let new = store.finding(&id, &auditor).await.unwrap().value;
    assert_eq!((id.as_str(), new.filed.amount_fen, new.filed.fund_amount().0, new.told), ("f1-2", 500, 400, false));
    assert_eq!(store.finding("f1", &auditor).await.unwrap().value.filed.amount_fen, 1_000);
    let all = Filter::default();
    let totals = store.totals(&auditor, &all).await.unwrap();
    assert_eq!((totals.findings, totals.amount_fen, totals.fund_fen), (2, 1_500, 1_200), "no money counts twice");
    tally_is_what_counting_says(&store).await;

    // As long as runs find the later result, what was filed anew stands, and is no news.
    let run = |run: &'static str, amount: i64, day: i32| {
        let (store, clocks) = (store.clone(), clocks.clone());
        async move {
            let done = store.file(&[found("f1", amount, run)], &clocks, at(day)).await.unwrap();
            ended(&store, &coverage(run, &["rule-a"]), done, &clocks, at(day)).await
        }
    };
    let done = run("R3", 1_500, 5).await;
    assert_eq!((done.same, done.differing, done.gone), (1, 0, 0));
    // The first result again: the rest is gone, and coming back it is told of again.
    assert_eq!(run("R4", 1_000, 6).await.gone, 1);
    assert_eq!(store.finding("f1-2", &auditor).await.unwrap().value.state, State::Gone);
    assert_eq!(run("R5", 1_500, 7).await.differing, 1);
    let again = store.finding("f1", &auditor).await.unwrap();
    assert_eq!(store.file_anew(&again, &auditor, &clocks, at(7)).await.unwrap(), "f1-3");
    let kinds: Vec<String> = store.entries("finding:f1-3").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["filed_anew"]);
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn the_time_of_review_counts_for_its_rule(store: Store) {
    let clocks = Clocks::default();
    store.file(&[found("f1", 1_000, "R1"), found("f2", 1_000, "R1"), found("f3", 1_000, "R1")], &clocks, at(1)).await.unwrap();
    let auditor = staff("审核员甲", Role::Auditor);
    for (id, minutes) in [("f1", 30), ("f2", 15)] {
        moved(&store, id, &auditor, 2, |finding| {
            let review = if id == "f1" { FirstReview::Pass } else { FirstReview::Dismiss { reason: "误报".to_owned() } };
            let mut step = finding.review(&auditor, review, at(2).day())?;
            step.next = step.next.looked_at(at(2), at(2).plus_seconds(minutes * 60), clocks.limits.base);
            Ok(step)
        })
        .await
        .unwrap();
    }
    moved(&store, "f1", &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
        .await
        .unwrap();
    moved(&store, "f1", &hospital(), 4, |finding| finding.accept(&hospital(), at(4).day())).await.unwrap();
    confirmed(&store, "f3").await;
    let record = store.rule_records().await.unwrap()[&("rule-a".to_owned(), 1)];
    assert_eq!((record.confirmed, record.overturned, record.review_seconds), (2, 1, 45 * 60));
    // 800 fen of f1 in three quarters of an hour; f3, of whose time nothing is known, is left out.
    assert_eq!(record.fen_per_hour(), Some(800 * 4 / 3 + 1));
}

pub(super) async fn what_is_paid_by_case_or_day_is_summed_apart(store: Store) {
    let mut by_case = found("case", 5_000, "R1");
    "index".clone_into(&mut by_case.1.amount_basis);
    by_case.0.fund_parts = Vec::new();
    store.file(&[by_case, found("f1", 100, "R1")], &Clocks::default(), at(1)).await.unwrap();
    let auditor = staff("甲", Role::Auditor);
    let totals = store.totals(&auditor, &Filter::default()).await.unwrap();
    assert_eq!((totals.amount_fen, totals.index_fen, totals.fund_fen), (100, 5_000, 80));
    let groups = store.tallied(&auditor, &Filter::default(), Grouping::Institution, 10).await.unwrap();
    assert_eq!((groups[0].totals.amount_fen, groups[0].totals.index_fen), (100, 5_000));
    assert_eq!(store.waiting(&auditor, at(1).day()).await.unwrap().filed.index_fen, 5_000);
    tally_is_what_counting_says(&store).await;
}

pub(super) async fn a_report_counts_what_a_decision_left(store: Store) {
    let clocks = Clocks::default();
    let mut by_case = found("case", 5_000, "R1");
    "index".clone_into(&mut by_case.1.amount_basis);
    store.file(&[by_case, found("f1", 100, "R1")], &clocks, at(1)).await.unwrap();
    let (auditor, reviewer, institution) = (staff("甲", Role::Auditor), staff("乙", Role::Reviewer), hospital());
    let of = |counted: &[store::Counted]| {
        counted.iter().map(|one| (one.amount_fen, one.fund_fen, one.lines[0].1, one.lines[0].2)).collect::<Vec<_>>()
    };
    let counted = store.counted(&auditor, &Filter::default()).await.unwrap();
    assert_eq!(of(&counted), [(0, 0, 0, 0), (100, 80, 100, 80)], "a stay that was paid by case owes no money by its lines");
    moved(&store, "f1", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(&store, "f1", &auditor, 2, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(2).day()))
        .await
        .unwrap();
    let appeal =
        |finding: &Finding| finding.appeal(&institution, "有医嘱", Vec::new(), clocks.limits.base, &clocks.calendar, at(3).day());
    moved(&store, "f1", &institution, 3, appeal).await.unwrap();
    let half = Verdict::Reduced { owed: Fen(50) };
    moved(&store, "f1", &reviewer, 4, |finding| finding.decide_appeal(&reviewer, half, "半数有医嘱", at(4).day())).await.unwrap();
    let confirmed = Filter { states: vec!["confirmed".to_owned()], ..Filter::default() };
    assert_eq!(of(&store.counted(&auditor, &confirmed).await.unwrap()), [(50, 40, 50, 40)]);
}

/// A database of the release before the exemption of a finding had a column of its own.
async fn exempted_findings_of_an_older_database_are_still_told(url: &str, folder: &std::path::Path) {
    let clocks = Clocks::default();
    let opened = async || Store::open(url, folder.join("papers"), None, at(1)).await.unwrap();
    let store = opened().await;
    let (auditor, head) = (staff("甲", Role::Auditor), staff("科长", Role::Head));
    store.file(&[found("f1", 100, "R1"), found_at("f2", 50, "R1", HOSPITAL, "rule-b")], &clocks, at(1)).await.unwrap();
    let days = (at(-27).day(), at(30).day());
    let number = store.ask_exemption(&auditor, (HOSPITAL, "rule-a"), days, RULED, &clocks, at(2)).await.unwrap();
    store.rule_exemption(&number, 1, &head, &Ruling::Approve, &clocks, at(3)).await.unwrap();
    // Back to before the sealing, with which the column came.
    back_before(&store, 11).await;
    store.close().await;
    let lines = opened().await.exemptions(&auditor, None, 10).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.findings).collect::<Vec<_>>(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn exempted_findings_of_an_older_sqlite_file_are_still_told() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("casework.db").display());
    exempted_findings_of_an_older_database_are_still_told(&url, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exempted_findings_of_an_older_postgresql_database_are_still_told() {
    let folder = tempfile::tempdir().unwrap();
    exempted_findings_of_an_older_database_are_still_told(&testkit::database(), folder.path()).await;
}
