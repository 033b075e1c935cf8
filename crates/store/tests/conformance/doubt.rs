//! Findings that a later run does not find again, and the clocks of both sides.

use super::*;

async fn absent(store: &Store, run: &str, absence: Absence, day: i32) -> FilingOutcome {
    let coverage = coverage(run, &["rule-a"]);
    let page = store.unfound(&coverage, "").await.unwrap();
    let absent = page.into_iter().map(|one| (one.finding, absence.clone())).collect();
    let done = store.absent(&coverage, absent, &Clocks::default(), at(day)).await.unwrap();
    store.end_filing(&coverage, "审核员甲", done, at(day)).await.unwrap()
}

async fn shown(store: &Store, by: &Actor) -> store::Line {
    store.lines(by, &["f1".to_owned()]).await.unwrap().remove(0)
}

pub(super) async fn what_cannot_be_judged_is_neither_gone_nor_told(store: Store) {
    let clocks = Clocks::default();
    let (limits, calendar) = (clocks.limits.base, &clocks.calendar);
    let auditor = staff("审核员甲", Role::Auditor);
    store.file(&[found("f1", 1_000, "R1")], &clocks, at(1)).await.unwrap();
    let undecided = Absence::Undecided { missing: "缺少：出院诊断".to_owned() };
    let done = absent(&store, "R2", undecided.clone(), 2).await;
    assert_eq!((done.gone, done.doubted), (0, 1));
    assert!(shown(&store, &auditor).await.differs, "it is shown among what has changed");
    let seen = store.finding("f1", &auditor).await.unwrap();
    assert!(matches!(seen.value.review(&auditor, FirstReview::Pass, at(2).day()), Err(casework::Refusal::InDoubt { .. })));
    assert_eq!(absent(&store, "R3", undecided, 3).await.doubted, 0, "the same doubt is said once");

    store.file(&[found("f1", 1_000, "R4")], &clocks, at(4)).await.unwrap();
    assert!(!shown(&store, &auditor).await.differs);
    moved(&store, "f1", &auditor, 4, |finding| finding.review(&auditor, FirstReview::Pass, at(4).day())).await.unwrap();
    moved(&store, "f1", &auditor, 4, |finding| finding.tell(&auditor, limits, calendar, at(4).day())).await.unwrap();
    // A run that was told once is found by its id: the last run of this finding is R4.
    assert!(store.unfound(&coverage("R4", &["rule-a"]), "").await.unwrap().is_empty());
    tally_is_what_counting_says(&store).await;
}

pub(super) async fn the_clock_stands_still_while_the_institution_has_the_ball(store: Store) {
    let clocks = Clocks::default();
    let (limits, calendar) = (clocks.limits.base, &clocks.calendar);
    let (auditor, reviewer) = (staff("审核员甲", Role::Auditor), staff("复审员", Role::Reviewer));
    store.file(&[found("f1", 1_000, "R1")], &clocks, at(1)).await.unwrap();
    moved(&store, "f1", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(&store, "f1", &auditor, 3, |finding| finding.tell(&auditor, limits, calendar, at(3).day())).await.unwrap();
    let line = shown(&store, &auditor).await;
    let answer_by = calendar.after(at(3).day(), limits.answer);
    assert_eq!((line.awaited, line.due), (Some(answer_by), Some(calendar.after(answer_by, limits.decide))));
    let urgent = Filter { open: true, due_by: Some(answer_by), ..Filter::default() };
    assert_eq!(
        store.totals(&auditor, &urgent).await.unwrap().findings,
        0,
        "what the hospital may still answer is not overdue here"
    );

    let appeal = |finding: &Finding| finding.appeal(&hospital(), "见病历", Vec::new(), limits, calendar, at(4).day());
    moved(&store, "f1", &hospital(), 4, appeal).await.unwrap();
    assert_eq!(shown(&store, &auditor).await.awaited, None);
    moved(&store, "f1", &reviewer, 5, |finding| finding.ask_more(&reviewer, "手术记录", limits, calendar, at(5).day()))
        .await
        .unwrap();
    assert_eq!(store.waiting(&auditor, at(5).day()).await.unwrap().supplementing.findings, 1);
    let supply_by = shown(&store, &auditor).await.awaited.unwrap();
    let on = |day: Day| Moment::at(day, 9, 30, 0).unwrap();
    assert_eq!(store.day_passes(&clocks, on(supply_by)).await.unwrap(), 0);
    assert_eq!(store.day_passes(&clocks, on(supply_by.plus(1))).await.unwrap(), 1);
    let line = shown(&store, &auditor).await;
    assert_eq!((line.state.as_str(), line.awaited), ("under_appeal", None));
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn a_region_has_its_own_limits(store: Store) {
    let base = casework::Limits::default();
    let own = casework::Limits { review: 2, ..base };
    let regions = [("990201".to_owned(), own)].into();
    let clocks = Clocks { limits: casework::RegionalLimits { base, regions }, ..Clocks::default() };
    let all = actor("甲", Role::Auditor, Scope::All);
    store.file(&[found("f1", 100, "R1"), found_at("f2", 100, "R1", OTHER, "rule-a")], &clocks, at(2)).await.unwrap();
    let due = |id: &str| {
        let (store, all, id) = (store.clone(), all.clone(), id.to_owned());
        async move { store.lines(&all, &[id]).await.unwrap()[0].due }
    };
    assert_eq!(due("f1").await, Some(clocks.calendar.after(at(2).day(), base.review)));
    assert_eq!(due("f2").await, Some(clocks.calendar.after(at(2).day(), 2)));
}

pub(super) async fn a_correction_lowers_what_is_owed_and_gives_the_lines_free(store: Store) {
    let clocks = Clocks::default();
    let reviewer = staff("复审员", Role::Reviewer);
    store.file(&[found("f1", 1_000, "R1")], &clocks, at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    let claimed = async || {
        let debt = store.debt("f1", &staff("经办", Role::CaseOfficer)).await.unwrap().value;
        (-debt.total(Ledger::Claimed).0, debt.outstanding().0)
    };
    assert_eq!((claimed().await, store.booked_on_line("M-f1:1").await.unwrap()), ((800, 800), 800));
    let less = Verdict::Reduced { owed: Fen(400) };
    moved(&store, "f1", &reviewer, 9, |finding| finding.correct(&reviewer, less, "部分已退费", at(9).day())).await.unwrap();
    assert_eq!((claimed().await, store.booked_on_line("M-f1:1").await.unwrap()), ((320, 320), 320));
    let none = Verdict::Overturned;
    moved(&store, "f1", &reviewer, 10, |finding| finding.correct(&reviewer, none, "费用已退", at(10).day())).await.unwrap();
    assert_eq!((claimed().await, store.booked_on_line("M-f1:1").await.unwrap()), ((0, 0), 0));
    let kinds: Vec<String> = store.entries("debt:f1").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["debt_opened", "debt_lowered", "debt_lowered"]);
    tally_is_what_counting_says(&store).await;
    assert!(store.verify().await.unwrap().faults.is_empty());
}

/// A database of the release before it was known until when the institution has the ball.
async fn what_an_older_database_told_is_waited_for(url: &str, folder: &std::path::Path) {
    let opened = async || Store::open(url, folder.join("papers"), None, at(1)).await.unwrap();
    let store = opened().await;
    let (clocks, auditor) = (Clocks::default(), staff("审核员甲", Role::Auditor));
    store.file(&[found("f1", 1_000, "R1"), found("f2", 1_000, "R1")], &clocks, at(1)).await.unwrap();
    moved(&store, "f1", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    let (limits, calendar) = (clocks.limits.base, &clocks.calendar);
    moved(&store, "f1", &auditor, 3, |finding| finding.tell(&auditor, limits, calendar, at(3).day())).await.unwrap();
    let told = shown(&store, &auditor).await.awaited;
    assert_eq!(told, Some(calendar.after(at(3).day(), limits.answer)));
    store.tamper("UPDATE finding SET due = awaited WHERE state = 'told'").await.unwrap();
    back_before(&store, 18).await;
    store.close().await;
    let store = opened().await;
    assert_eq!(shown(&store, &auditor).await.awaited, told);
    assert_eq!(store.lines(&auditor, &["f2".to_owned()]).await.unwrap()[0].awaited, None, "only who was told is waited for");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_sqlite_file_told_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("casework.db").display());
    what_an_older_database_told_is_waited_for(&url, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_postgresql_database_told_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    what_an_older_database_told_is_waited_for(&testkit::database(), folder.path()).await;
}
