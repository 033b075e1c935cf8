//! Many findings at once: groups, their preview, what is excepted, what moved meanwhile, and what became of each.

use casework::{BulkAct, ClassVerdict, Look, Refusal};
use rand::Rng as _;
use rand_chacha::rand_core::SeedableRng as _;
use store::{Bulk, BulkPart, ClassRuling, Left, Seen, Ticks};

use super::*;

fn of_reason(id: &str, amount: i64, reason: Option<&str>) -> (Filed, Sheet) {
    let (filed, mut sheet) = found(id, amount, "R1");
    sheet.knowledge_id = reason.map(str::to_owned);
    (filed, sheet)
}

fn class(rule: &str, reason: &str) -> Filter {
    Filter {
        open: true,
        rule_codes: vec![rule.to_owned()],
        fixmedins_code: Some(HOSPITAL.to_owned()),
        reason: Some(reason.to_owned()),
        ..Filter::default()
    }
}

/// Begins a decision with nothing more excepted, and takes all its steps.
async fn carried_out(store: &Store, number: &str, by: &Actor, reason: &str, day: i32) -> Bulk {
    let seen = store.bulk(number, by).await.unwrap();
    let ticks = Ticks { version: seen.version, shown: &[], kept: &BTreeSet::new() };
    store.begin_bulk(number, by, reason, ticks, &Clocks::default(), at(day)).await.unwrap();
    while store.bulk_step(number, by, &Clocks::default(), at(day)).await.unwrap() {}
    store.bulk(number, by).await.unwrap()
}

async fn state(store: &Store, id: &str) -> State {
    store.finding(id, &actor("甲", Role::Auditor, Scope::All)).await.unwrap().value.state
}

pub(super) async fn a_group_is_decided_but_for_exceptions_and_what_moved(store: Store) {
    let clocks = Clocks::default();
    let mut all: Vec<_> = (0..450).map(|n| of_reason(&format!("f{n:03}"), 100, Some("K1"))).collect();
    all.extend([of_reason("other-reason", 100, Some("K2")), of_reason("none", 100, None)]);
    all.push(found_at("other-rule", 100, "R1", HOSPITAL, "rule-b"));
    all.push(found_at("elsewhere", 100, "R1", OTHER, "rule-a"));
    store.file(&all, &clocks, at(1)).await.unwrap();
    let (auditor, other) = (staff("甲", Role::Auditor), staff("乙", Role::Auditor));
    let classes = store.classes(&auditor, &Filter { open: true, ..Filter::default() }, 10).await.unwrap();
    let shown: Vec<_> = classes.iter().map(|one| (one.rule_code.as_str(), one.reason.as_str(), one.totals.findings)).collect();
    assert_eq!(shown, [("rule-a", "K1", 450), ("rule-a", "", 1), ("rule-a", "K2", 1), ("rule-b", "", 1)]);
    let preview = |by: &Actor, act: BulkAct, filter: Filter| {
        let (store, by) = (store.clone(), by.clone());
        async move { store.preview_bulk(&by, &act, &filter, "rule=rule-a", at(2)).await }
    };
    let expert = staff("专家", Role::Expert);
    assert!(preview(&expert, BulkAct::Pass, class("rule-a", "K1")).await.is_err(), "who may not review previews nothing");
    assert!(preview(&auditor, BulkAct::Tell, class("rule-a", "K1")).await.is_err(), "nothing waits to be told");
    let number = preview(&auditor, BulkAct::Dismiss, class("rule-a", "K1")).await.unwrap();
    let seen = store.bulk(&number, &auditor).await.unwrap();
    assert_eq!((seen.findings, seen.excepted, seen.waiting(), seen.version), (450, 0, 450, 1));
    assert!(store.bulk(&number, &other).await.is_err(), "a decision is whoever's made its preview");

    // Two are excepted on a page; one is decided, one assigned and one taken by somebody else meanwhile; one more comes in.
    let page: Vec<String> = (0..50).map(|n| format!("f{n:03}")).collect();
    let kept: BTreeSet<String> = page.iter().skip(2).cloned().collect();
    let ticks = |version| Ticks { version, shown: &page, kept: &kept };
    store.except_from_bulk(&number, &auditor, ticks(1)).await.unwrap();
    let again = store.except_from_bulk(&number, &auditor, ticks(1)).await;
    assert!(matches!(again, Err(StoreError::Stale)), "another page of the same version");
    moved(&store, "f100", &other, 2, |finding| finding.review(&other, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(&store, "f101", &other, 2, |finding| finding.assign(&other, UserId::new("丙"), at(2).day())).await.unwrap();
    store.lease("f102", &other, &clocks, at(2)).await.unwrap();
    store.file(&[of_reason("late", 100, Some("K1"))], &clocks, at(2)).await.unwrap();
    let blank = store.begin_bulk(&number, &auditor, " ", ticks(2), &clocks, at(2)).await;
    assert!(matches!(blank, Err(StoreError::Refused(Refusal::BlankReason))), "{blank:?}");
    let old = store.begin_bulk(&number, &auditor, "误报", ticks(1), &clocks, at(2)).await;
    assert!(matches!(old, Err(StoreError::Stale)), "{old:?}");
    assert!(!store.bulk_step(&number, &auditor, &clocks, at(2)).await.unwrap(), "what was not begun takes no steps");
    assert_eq!(store.totals(&auditor, &class("rule-a", "K1")).await.unwrap().findings, 451, "nothing was decided so far");

    let begun = at(2).plus_seconds(10 * 60);
    store.begin_bulk(&number, &auditor, "科室口径不同", ticks(2), &clocks, begun).await.unwrap();
    assert!(store.bulk_step(&number, &auditor, &clocks, begun).await.unwrap());
    let half = store.bulk(&number, &auditor).await.unwrap();
    assert_eq!((half.done + half.left, half.ended_at), (200, None), "a step is a few hundred, and told");
    while store.bulk_step(&number, &auditor, &clocks, begun).await.unwrap() {}
    let done = store.bulk(&number, &auditor).await.unwrap();
    assert_eq!((done.done, done.left, done.excepted, done.waiting()), (445, 3, 2, 0));
    assert!(done.ended_at.is_some() && !store.bulk_step(&number, &auditor, &clocks, begun).await.unwrap());
    let left = store.bulk_members(&number, BulkPart::Left, 0, 10).await.unwrap();
    let why: Vec<_> = left.iter().map(|one| (one.finding_id.as_str(), one.outcome.clone().unwrap().unwrap_err())).collect();
    assert_eq!((why[0].0, why[0].1.as_str(), why[1].0), ("f100", "看过之后已有变动", "f101"));
    assert!(why[2].0 == "f102" && why[2].1.contains("正在审"), "{why:?}");
    for untouched in ["f000", "f001", "f101", "f102", "late", "other-reason", "none", "other-rule", "elsewhere"] {
        assert_eq!(state(&store, untouched).await, State::Filed, "{untouched}");
    }
    assert_eq!((state(&store, "f100").await, state(&store, "f449").await), (State::Passed, State::Dismissed));
    let last = store.entries("finding:f449").await.unwrap().pop().unwrap();
    assert!(last.kind == "dismissed" && last.body.contains("科室口径不同"), "{last:?}");
    let told: Vec<String> =
        store.entries(&store::bulk::subject(&number)).await.unwrap().into_iter().map(|one| one.kind).collect();
    assert_eq!(told, ["bulk_begun", "bulk_ended"]);
    // Ten minutes at the preview are the time of those that were decided, less the part of the one that was in other hands.
    let record = store.rule_records().await.unwrap()[&("rule-a".to_owned(), 1)];
    assert!((590..=600).contains(&record.review_seconds), "{record:?}");
    assert_eq!(record.overturned, 445);
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

/// Whatever happens between preview and decision, nothing outside the preview moves, and nothing in it that is not as it was.
pub(super) async fn a_bulk_decision_never_touches_what_its_preview_did_not_show(store: Store) {
    let clocks = Clocks::default();
    let (auditor, other) = (staff("甲", Role::Auditor), staff("乙", Role::Auditor));
    for seed in 0..6_u64 {
        let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let id = |n: usize| format!("s{seed}-{n:02}");
        let all: Vec<_> = (0..40)
            .map(|n| of_reason(&id(n), dice.random_range(100..900), [None, Some("K1"), Some("K2")][dice.random_range(0..3)]))
            .collect();
        store.file(&all, &clocks, at(1)).await.unwrap();
        let filter = match seed % 3 {
            0 => class("rule-a", "K1"),
            1 => Filter { least_fen: Some(500), ..Filter::default() },
            _ => Filter { reason: Some(String::new()), ..Filter::default() },
        };
        let number = store.preview_bulk(&auditor, &BulkAct::Pass, &filter, "", at(2)).await.unwrap();
        let members = store.bulk_members(&number, BulkPart::All, 0, 1_000).await.unwrap();
        let preview: BTreeSet<String> = members.iter().map(|member| member.finding_id.clone()).collect();
        let shown: Vec<String> = preview.iter().take(5).cloned().collect();
        let kept: BTreeSet<String> = shown.iter().filter(|_| dice.random_bool(0.5)).cloned().collect();
        for n in 0..40 {
            let step = dice.random_range(0..6);
            let moves = |finding: &Finding| match step {
                0 => finding.review(&other, FirstReview::Dismiss { reason: "误报".to_owned() }, at(2).day()),
                1 => finding.assign(&other, UserId::new("丙"), at(2).day()),
                _ => finding.snooze(&other, at(9).day(), "等病历", at(2).day()),
            };
            if step < 3 {
                moved(&store, &id(n), &other, 2, moves).await.unwrap();
            }
        }
        let mut before = std::collections::BTreeMap::new();
        for line in store.list(&auditor, &Filter::default(), Order::Due, 0, 10_000).await.unwrap() {
            before.insert(line.finding_id.clone(), line);
        }
        let version = store.bulk(&number, &auditor).await.unwrap().version;
        let same: BTreeSet<String> = store
            .bulk_members(&number, BulkPart::All, 0, 1_000)
            .await
            .unwrap()
            .into_iter()
            .filter(|one| one.same)
            .map(|one| one.finding_id)
            .collect();
        store.begin_bulk(&number, &auditor, "", Ticks { version, shown: &shown, kept: &kept }, &clocks, at(3)).await.unwrap();
        while store.bulk_step(&number, &auditor, &clocks, at(3)).await.unwrap() {}
        let mut done = 0;
        for line in store.list(&auditor, &Filter::default(), Order::Due, 0, 10_000).await.unwrap() {
            let id = &line.finding_id;
            let excepted = shown.contains(id) && !kept.contains(id);
            if preview.contains(id) && same.contains(id) && !excepted {
                assert_eq!((line.state.as_str(), line.version), ("passed", before[id].version + 1), "seed {seed} {id}");
                done += 1;
            } else {
                assert_eq!(line, before[id], "seed {seed} {id}");
            }
        }
        assert_eq!(store.bulk(&number, &auditor).await.unwrap().done, done, "seed {seed}");
        tally_is_what_counting_says(&store).await;
    }
}

pub(super) async fn thousands_at_once_are_decided_in_steps(store: Store) {
    let clocks = Clocks::default();
    let all: Vec<_> = (0..2_500).map(|n| of_reason(&format!("f{n:05}"), 100, Some("K1"))).collect();
    store.file(&all, &clocks, at(1)).await.unwrap();
    let auditor = staff("甲", Role::Auditor);
    let number = store.preview_bulk(&auditor, &BulkAct::Pass, &class("rule-a", "K1"), "", at(2)).await.unwrap();
    let ticks = Ticks { version: 1, shown: &[], kept: &BTreeSet::new() };
    store.begin_bulk(&number, &auditor, "", ticks, &clocks, at(2).plus_seconds(600)).await.unwrap();
    // Two carry it on at once, as after a page that was left: no finding is decided twice, and none is forgotten.
    let hands: Vec<_> = (0..2)
        .map(|_| {
            let (store, number, auditor) = (store.clone(), number.clone(), auditor.clone());
            tokio::spawn(async move { while store.bulk_step(&number, &auditor, &Clocks::default(), at(2)).await.unwrap() {} })
        })
        .collect();
    for hand in hands {
        hand.await.unwrap();
    }
    let done = store.bulk(&number, &auditor).await.unwrap();
    assert_eq!((done.done, done.left, done.waiting()), (2_500, 0, 0));
    assert_eq!(store.rule_records().await.unwrap()[&("rule-a".to_owned(), 1)].review_seconds, 600, "to the second");
    let bulk = carried_out(
        &store,
        &store.preview_bulk(&auditor, &BulkAct::Tell, &Filter::default(), "", at(3)).await.unwrap(),
        &auditor,
        "",
        3,
    )
    .await;
    assert_eq!((bulk.done, bulk.left), (2_500, 0));
    tally_is_what_counting_says(&store).await;
}

pub(super) async fn what_is_chosen_is_decided_as_it_was_seen_and_the_rest_is_named(store: Store) {
    let clocks = Clocks::default();
    store.file(&["f1", "f2", "f3"].map(|id| found(id, 1_000, "R1")), &clocks, at(1)).await.unwrap();
    store.file(&[found_at("far", 100, "R1", OTHER, "rule-a")], &clocks, at(1)).await.unwrap();
    let auditor = staff("甲", Role::Auditor);
    moved(&store, "f2", &auditor, 2, |finding| finding.assign(&auditor, UserId::new("乙"), at(2).day())).await.unwrap();
    let seen = |ids: &[&str]| ids.iter().map(|id| Seen { finding_id: (*id).to_owned(), version: 1 }).collect::<Vec<_>>();
    let pass = |finding: &Finding| finding.review(&auditor, FirstReview::Pass, at(2).day());
    let look = Some(Look { seconds: 9 });
    let chosen = seen(&["f1", "f2", "far", "f3"]);
    let dealt = store.decide_each(&auditor, &chosen, &pass, (&[], look), &clocks, at(2)).await.unwrap();
    assert_eq!(dealt.done, ["f1", "f3"]);
    let left: Vec<_> = dealt.left.iter().map(|(id, left)| (id.as_str(), left.clone())).collect();
    assert_eq!(left, [("f2", Left::Changed), ("far", Left::Hidden)]);
    let seconds = async |id: &str| store.finding(id, &auditor).await.unwrap().value.review_seconds;
    assert_eq!((seconds("f1").await, seconds("f3").await), (4, 5), "the time of the look is theirs together");

    // An institution answers two of its findings with a paper; one of them was answered meanwhile.
    for id in ["f1", "f3"] {
        moved(&store, id, &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
            .await
            .unwrap();
    }
    let clinic = hospital();
    let told = ["f1", "f3"].map(|id| Seen { finding_id: id.to_owned(), version: 3 });
    moved(&store, "f3", &clinic, 4, |finding| finding.accept(&clinic, at(4).day())).await.unwrap();
    let papers = [store::Handed { asked_for: "病历", name: "病历.pdf", content: b"%PDF-1.4" }];
    let appeal = |finding: &Finding| finding.appeal(&clinic, "见病历", vec![], clocks.limits.base, &clocks.calendar, at(4).day());
    let dealt = store.decide_each(&clinic, &told, &appeal, (&papers, None), &clocks, at(4)).await.unwrap();
    assert_eq!((dealt.done, dealt.left), (vec!["f1".to_owned()], vec![("f3".to_owned(), Left::Changed)]));
    assert_eq!(store.papers("f1", &clinic).await.unwrap().len(), 1);
    assert_eq!(store.papers("f3", &clinic).await.unwrap().len(), 0, "no paper belongs to what was not contested");
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn the_time_at_a_class_counts_and_a_class_that_moved_is_not_decided(store: Store) {
    let clocks = Clocks::default();
    store.file(&["f1", "f2", "f3"].map(|id| found(id, 1_000, "R1")), &clocks, at(1)).await.unwrap();
    let (auditor, reviewer, clinic) = (staff("甲", Role::Auditor), staff("乙", Role::Reviewer), hospital());
    for id in ["f1", "f2", "f3"] {
        moved(&store, id, &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
        moved(&store, id, &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
            .await
            .unwrap();
    }
    let class = store.open_classes(&clinic, "rule-a").await.unwrap().remove(0);
    let (number, _) = store.appeal_class(&clinic, &class, "均有会诊", &[], &clocks, at(4)).await.unwrap();
    let seen = async || store::class_appeal::seen(&store.class_appeal(&number, &reviewer).await.unwrap().1);
    let old = seen().await;
    moved(&store, "f3", &reviewer, 5, |finding| finding.assign(&reviewer, UserId::new("丙"), at(5).day())).await.unwrap();
    let decide = async |seen: &str| {
        let opened = Some(at(5).plus_seconds(-90));
        let ruling = ClassRuling { verdict: ClassVerdict::Upheld, reason: "证据充分", seen, opened };
        store.decide_class(&number, &reviewer, ruling, &BTreeSet::new(), &clocks, at(5)).await
    };
    assert!(matches!(decide(&old).await, Err(StoreError::Stale)), "one of them moved");
    let new = seen().await;
    assert_eq!(decide(&new).await.unwrap(), (3, Vec::new()));
    let record = store.rule_records().await.unwrap()[&("rule-a".to_owned(), 1)];
    assert_eq!((record.confirmed, record.review_seconds, record.timed_fund_fen), (3, 90, 2_400));
}

pub(super) async fn neighbours_are_found_wherever_a_finding_stands(store: Store) {
    let clocks = Clocks::default();
    let amounts = [300, 100, 200, 100, 500, 100, 200];
    let mut all: Vec<_> = amounts.iter().enumerate().map(|(n, fen)| found(&format!("f{n}"), *fen, "R1")).collect();
    for (n, (filed, _)) in all.iter_mut().enumerate() {
        filed.occurred_on = Day::ymd(2026, 2, 1).unwrap().plus(i32::try_from(n / 2).unwrap());
    }
    store.file(&all[..4], &clocks, at(1)).await.unwrap();
    store.file(&all[4..], &clocks, at(9)).await.unwrap();
    let auditor = staff("甲", Role::Auditor);
    dismissed(&store, "f1").await;
    dismissed(&store, "f5").await;
    for order in [Order::Due, Order::Amount, Order::Occurred] {
        for filter in
            [Filter::default(), Filter { open: true, ..Filter::default() }, Filter { least_fen: Some(200), ..Filter::default() }]
        {
            let list: Vec<String> =
                store.list(&auditor, &filter, order, 0, 50).await.unwrap().into_iter().map(|line| line.finding_id).collect();
            for (place, id) in list.iter().enumerate() {
                let near = store.neighbours(&auditor, &filter, order, id).await.unwrap();
                let at = |place: Option<usize>| place.and_then(|place| list.get(place)).cloned();
                assert_eq!(near.before, at(place.checked_sub(1)), "{order:?} {filter:?} {id}");
                assert_eq!(near.after, at(Some(place + 1)), "{order:?} {filter:?} {id}");
                assert_eq!(near.place, Some(i64::try_from(place).unwrap() + 1), "{order:?} {filter:?} {id}");
            }
        }
    }
    let open = Filter { open: true, ..Filter::default() };
    let near = store.neighbours(&auditor, &open, Order::Amount, "f1").await.unwrap();
    assert_eq!((near.before, near.after.as_deref(), near.place), (None, Some("f4"), None), "not in the list: its first is next");
}

pub(super) async fn an_expert_finds_the_panels_they_were_named_to(store: Store) {
    let clocks = Clocks::default();
    store.file(&["f1", "f2"].map(|id| found(id, 1_000, "R1")), &clocks, at(1)).await.unwrap();
    let (auditor, reviewer, clinic) = (staff("甲", Role::Auditor), staff("乙", Role::Reviewer), hospital());
    let names = |names: [&str; 3]| names.map(UserId::new).to_vec();
    for (id, members) in [("f1", ["e1", "e2", "e3"]), ("f2", ["e2", "e3", "e4"])] {
        moved(&store, id, &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
        moved(&store, id, &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
            .await
            .unwrap();
        let appeal = |finding: &Finding| finding.appeal(&clinic, "x", vec![], clocks.limits.base, &clocks.calendar, at(4).day());
        moved(&store, id, &clinic, 4, appeal).await.unwrap();
        moved(&store, id, &reviewer, 5, |finding| finding.convene(&reviewer, names(members), at(5).day())).await.unwrap();
    }
    let of =
        |name: &str| Filter { states: vec!["in_panel".to_owned()], panel_member: Some(name.to_owned()), ..Filter::default() };
    let count = async |name: &str| store.totals(&reviewer, &of(name)).await.unwrap().findings;
    assert_eq!((count("e1").await, count("e2").await, count("e4").await, count("e5").await), (1, 2, 1, 0));
    let own = store.list(&reviewer, &of("e4"), Order::Due, 0, 10).await.unwrap();
    assert_eq!(own.iter().map(|line| line.finding_id.as_str()).collect::<Vec<_>>(), ["f2"]);
    assert!(store.letter_keys("甲").await.unwrap());
    store.set_letter_keys("甲", false).await.unwrap();
    assert!(!store.letter_keys("甲").await.unwrap() && store.letter_keys("乙").await.unwrap());
    store.set_letter_keys("甲", true).await.unwrap();
    assert!(store.letter_keys("甲").await.unwrap());
}

/// A database of the release before reasons and members of panels stood beside the findings, with both in it.
async fn reasons_and_panels_of_an_older_database_are_found(url: &str, folder: &std::path::Path) {
    let clocks = Clocks::default();
    let opened = async || Store::open(url, folder.join("papers"), Some(seal(7)), at(1)).await.unwrap();
    let store = opened().await;
    let (auditor, reviewer, clinic) = (staff("甲", Role::Auditor), staff("乙", Role::Reviewer), hospital());
    let mut all: Vec<_> = (0..1_200).map(|n| of_reason(&format!("f{n:04}"), 100, Some("K1"))).collect();
    all.push(of_reason("none", 100, None));
    store.file(&all, &clocks, at(1)).await.unwrap();
    moved(&store, "none", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(&store, "none", &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
        .await
        .unwrap();
    let appeal = |finding: &Finding| finding.appeal(&clinic, "x", vec![], clocks.limits.base, &clocks.calendar, at(4).day());
    moved(&store, "none", &clinic, 4, appeal).await.unwrap();
    let members = ["e1", "e2", "e3"].map(UserId::new).to_vec();
    moved(&store, "none", &reviewer, 5, |finding| finding.convene(&reviewer, members, at(5).day())).await.unwrap();
    back_before(&store, 17).await;
    store.close().await;
    let store = opened().await;
    let of = |reason: &str| Filter { reason: Some(reason.to_owned()), ..Filter::default() };
    assert_eq!(store.totals(&auditor, &of("K1")).await.unwrap().findings, 1_200);
    let own = Filter { panel_member: Some("e2".to_owned()), ..of("") };
    assert_eq!(store.totals(&auditor, &own).await.unwrap().findings, 1);
    tally_is_what_counting_says(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_sqlite_file_gets_its_reasons_and_panels() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("casework.db").display());
    reasons_and_panels_of_an_older_database_are_found(&url, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_postgresql_database_gets_its_reasons_and_panels() {
    let folder = tempfile::tempdir().unwrap();
    reasons_and_panels_of_an_older_database_are_found(&testkit::database(), folder.path()).await;
}
