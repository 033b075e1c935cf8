//! Every statement on both databases: what holds on SQLite holds on PostgreSQL, and the other way round.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

use std::collections::BTreeSet;

use casework::filing::Coverage;
use casework::recovery::{Account as Ledger, Means};
use casework::sheet::{Charged, Sheet};
use casework::{Absence, Actor, Filed, Finding, FirstReview, Role, Scope, State, UserId, Verdict};
use claims::{Day, Fen, Moment};
use store::{
    Account, Clocks, FilingOutcome, Filter, Grouping, OneTimeSecret, Order, Place, Seal, SignInError, Store, StoreError,
    Versioned,
};

#[path = "conformance/bulk.rs"]
mod bulk;
#[path = "conformance/doubt.rs"]
mod doubt;
#[path = "conformance/life.rs"]
mod life;
#[path = "conformance/money.rs"]
mod money;
#[path = "conformance/older.rs"]
mod older;
#[path = "conformance/packs.rs"]
mod packs;
#[path = "conformance/realtime.rs"]
mod realtime;
#[path = "conformance/sealing.rs"]
mod sealing;
#[path = "conformance/sighting.rs"]
mod sighting;
#[path = "conformance/year.rs"]
mod year;

use bulk::{
    a_bulk_decision_never_touches_what_its_preview_did_not_show, a_group_is_decided_but_for_exceptions_and_what_moved,
    an_expert_finds_the_panels_they_were_named_to, neighbours_are_found_wherever_a_finding_stands,
    the_time_at_a_class_counts_and_a_class_that_moved_is_not_decided, thousands_at_once_are_decided_in_steps,
    what_is_chosen_is_decided_as_it_was_seen_and_the_rest_is_named,
};
use doubt::{
    a_correction_lowers_what_is_owed_and_gives_the_lines_free, a_region_has_its_own_limits,
    the_clock_stands_still_while_the_institution_has_the_ball, what_cannot_be_judged_is_neither_gone_nor_told,
};
use life::{
    a_class_is_appealed_and_decided_together, a_report_counts_what_a_decision_left,
    an_exemption_sets_findings_aside_until_it_is_revoked, many_at_once_take_different_findings,
    more_than_was_told_is_filed_anew_and_goes_with_its_result, one_person_at_a_time_judges_a_finding,
    the_time_of_review_counts_for_its_rule, what_is_paid_by_case_or_day_is_summed_apart,
};
use money::{
    a_bank_list_is_held_against_what_was_booked, a_movement_is_proved_once_and_a_waiver_stays_with_who_may_waive,
    a_share_that_nobody_knows_waits_until_somebody_determines_it,
    a_withdrawn_debt_gives_its_lines_free_and_what_was_paid_goes_back, ages_are_of_each_instalment_over_all_debts,
    money_without_a_fund_is_told_its_funds, penalties_and_fines_stand_in_books_of_their_own,
    what_came_back_by_itself_is_not_asked_for_again,
};
use older::back_before;
use packs::{a_rule_is_published_by_two_people_and_stays_as_it_was, of_two_packs_at_once_one_is_published};
use realtime::{
    a_backup_holds_the_calls, a_bad_call_costs_no_other, a_key_is_given_out_and_revoked, a_message_is_answered_once,
    a_nonce_is_good_once, days_tell_how_quickly_calls_were_answered, feedback_answers_what_its_institution_was_shown,
    figures_say_what_became_of_warnings, many_calls_at_once_are_each_kept_once, nobody_reads_calls_beyond_their_scope,
    what_is_known_of_visits_is_bounded,
};
use sealing::what_tells_of_persons_lies_sealed;
use sighting::{
    many_looks_at_once_are_each_kept_once, nobody_reads_a_log_beyond_their_scope, who_saw_a_person_is_kept_once_a_day,
};
use year::{a_year_of_casework_holds_on_disk, another_year_of_casework_holds_on_disk};

const HOSPITAL: &str = "H99010100001";
const OTHER: &str = "H99020100001";

/// Runs a story on a fresh SQLite file and on a fresh PostgreSQL database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("casework.db").display());
                super::$name(super::open(&url, folder.path()).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(super::open(&testkit::database(), folder.path()).await).await;
            })*
        }
    };
}

on_both!(
    a_filing_is_idempotent_and_only_its_coverage_is_closed,
    a_step_over_an_old_version_is_stale,
    nobody_reads_beyond_their_scope,
    lists_filter_sort_group_and_sum,
    a_changed_event_is_found,
    a_confirmed_finding_opens_a_debt_that_balances,
    two_decisions_on_one_line_book_it_once,
    two_decisions_at_once_book_a_line_once,
    whoever_signs_in_is_known_until_they_leave,
    a_one_time_code_is_asked_for_and_good_once,
    a_job_is_done_once_though_its_worker_was_thought_dead,
    a_job_whose_server_was_stopped_waits_for_the_next_one,
    a_job_that_takes_its_server_with_it_is_given_up,
    only_one_server_writes,
    papers_are_what_their_digest_says,
    a_backup_restores_on_an_empty_database_only,
    views_and_remarks_are_kept,
    two_at_once_on_one_finding_one_wins,
    decisions_count_for_the_version_of_the_rule,
    a_rule_is_published_by_two_people_and_stays_as_it_was,
    of_two_packs_at_once_one_is_published,
    one_person_at_a_time_judges_a_finding,
    many_at_once_take_different_findings,
    an_exemption_sets_findings_aside_until_it_is_revoked,
    a_class_is_appealed_and_decided_together,
    more_than_was_told_is_filed_anew_and_goes_with_its_result,
    the_time_of_review_counts_for_its_rule,
    what_is_paid_by_case_or_day_is_summed_apart,
    a_report_counts_what_a_decision_left,
    what_tells_of_persons_lies_sealed,
    who_saw_a_person_is_kept_once_a_day,
    many_looks_at_once_are_each_kept_once,
    nobody_reads_a_log_beyond_their_scope,
    a_year_of_casework_holds_on_disk,
    another_year_of_casework_holds_on_disk,
    a_correction_lowers_what_is_owed_and_gives_the_lines_free,
    a_region_has_its_own_limits,
    the_clock_stands_still_while_the_institution_has_the_ball,
    what_cannot_be_judged_is_neither_gone_nor_told,
    a_backup_holds_the_calls,
    a_bad_call_costs_no_other,
    a_key_is_given_out_and_revoked,
    a_message_is_answered_once,
    a_nonce_is_good_once,
    days_tell_how_quickly_calls_were_answered,
    feedback_answers_what_its_institution_was_shown,
    figures_say_what_became_of_warnings,
    many_calls_at_once_are_each_kept_once,
    nobody_reads_calls_beyond_their_scope,
    what_is_known_of_visits_is_bounded,
    a_bulk_decision_never_touches_what_its_preview_did_not_show,
    a_group_is_decided_but_for_exceptions_and_what_moved,
    an_expert_finds_the_panels_they_were_named_to,
    neighbours_are_found_wherever_a_finding_stands,
    thousands_at_once_are_decided_in_steps,
    the_time_at_a_class_counts_and_a_class_that_moved_is_not_decided,
    what_is_chosen_is_decided_as_it_was_seen_and_the_rest_is_named,
    a_share_that_nobody_knows_waits_until_somebody_determines_it,
    money_without_a_fund_is_told_its_funds,
    what_came_back_by_itself_is_not_asked_for_again,
    a_withdrawn_debt_gives_its_lines_free_and_what_was_paid_goes_back,
    a_movement_is_proved_once_and_a_waiver_stays_with_who_may_waive,
    a_bank_list_is_held_against_what_was_booked,
    ages_are_of_each_instalment_over_all_debts,
    penalties_and_fines_stand_in_books_of_their_own,
);

async fn open(url: &str, folder: &std::path::Path) -> Store {
    Store::open(url, folder.join("papers"), Some(seal(7)), at(1)).await.unwrap()
}

fn seal(byte: u8) -> Seal {
    Seal::from_secret(&[byte; 32])
}

fn at(day: i32) -> Moment {
    Moment::at(Day::ymd(2026, 3, 1).unwrap().plus(day - 1), 9, 30, 0).unwrap()
}

fn actor(name: &str, role: Role, scope: Scope) -> Actor {
    Actor { user: UserId::new(name), role, scope }
}

fn staff(name: &str, role: Role) -> Actor {
    actor(name, role, Scope::Regions(BTreeSet::from(["9901".to_owned()])))
}

fn hospital() -> Actor {
    actor("医保办", Role::Institution, Scope::Institutions(BTreeSet::from([HOSPITAL.to_owned()])))
}

fn found(id: &str, amount_fen: i64, run: &str) -> (Filed, Sheet) {
    found_at(id, amount_fen, run, HOSPITAL, "rule-a")
}

fn found_at(id: &str, amount_fen: i64, run: &str, code: &str, rule: &str) -> (Filed, Sheet) {
    let filed = Filed {
        finding_id: id.to_owned(),
        run_id: run.to_owned(),
        lake_version: 1,
        rule_code: rule.to_owned(),
        rule_version: 1,
        fixmedins_code: Some(code.to_owned()),
        region: code[1..7].to_owned(),
        occurred_on: Day::ymd(2026, 2, 10).unwrap(),
        amount_fen,
        fund_parts: vec![("310100".to_owned(), amount_fen * 6 / 10), ("330100".to_owned(), amount_fen * 2 / 10)],
        digest: format!("{id}-{amount_fen}"),
    };
    let sheet = Sheet {
        rule_name: format!("规则 {rule}"),
        grade: "violation".to_owned(),
        institution: format!("机构 {code}"),
        psn_no: Some("P1".to_owned()),
        message: format!("超出 50% 限额，涉及 {amount_fen} 分"),
        charged: vec![Charged { line_id: format!("M-{id}:1"), excess: amount_fen, fund: Some(amount_fen * 8 / 10) }],
        evidence: "{}".to_owned(),
        ..Sheet::default()
    };
    (filed, sheet)
}

fn coverage(run: &str, rules: &[&str]) -> Coverage {
    Coverage {
        run_id: run.to_owned(),
        lake_version: 2,
        rules: rules.iter().map(ToString::to_string).collect(),
        from: Day::ymd(2026, 1, 1).unwrap(),
        to: Day::ymd(2026, 12, 31).unwrap(),
        institutions: None,
    }
}

async fn moved(
    store: &Store,
    id: &str,
    by: &Actor,
    day: i32,
    step: impl FnOnce(&Finding) -> Result<casework::Step, casework::Refusal>,
) -> Result<(), StoreError> {
    let finding = store.finding(id, by).await?;
    let step = step(&finding.value).unwrap();
    store.apply(&finding, step, &Clocks::default(), at(day)).await
}

/// Reviewed, told, accepted.
async fn confirmed(store: &Store, id: &str) {
    let clocks = Clocks::default();
    let auditor = staff("审核员甲", Role::Auditor);
    moved(store, id, &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(store, id, &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
        .await
        .unwrap();
    moved(store, id, &hospital(), 4, |finding| finding.accept(&hospital(), at(4).day())).await.unwrap();
}

/// Counts kept with every step are those that counting the rows gives.
async fn tally_is_what_counting_says(store: &Store) {
    let all = actor("甲", Role::Auditor, Scope::All);
    // A condition that the tally does not know, and that holds of every row.
    let counted = |filter: &Filter| Filter { from: Some(Day::ymd(2000, 1, 1).unwrap()), ..filter.clone() };
    let state = |name: &str| Filter { states: vec![name.to_owned()], ..Filter::default() };
    let mut filters =
        vec![Filter::default(), Filter { open: true, ..Filter::default() }, Filter { unassigned: true, ..Filter::default() }];
    filters.extend(["filed", "passed", "told", "confirmed", "dismissed", "gone"].map(state));
    filters.push(Filter { awake_on: Some(at(10).day()), ..Filter::default() });
    for filter in filters {
        assert_eq!(
            store.totals(&all, &filter).await.unwrap(),
            store.totals(&all, &counted(&filter)).await.unwrap(),
            "{filter:?}"
        );
        for by in [Grouping::Rule, Grouping::Institution, Grouping::State, Grouping::Grade, Grouping::Month] {
            let bare = |groups: Vec<store::Group>| {
                groups.into_iter().map(|group| (group.key, group.name, group.totals)).collect::<Vec<_>>()
            };
            let quick = bare(store.tallied(&all, &filter, by, 100).await.unwrap());
            assert_eq!(quick, bare(store.groups(&all, &counted(&filter), by, 100).await.unwrap()), "{filter:?} {by:?}");
        }
    }
}

/// Groups by month and findings with their lines say what the totals say.
async fn months_and_lines_add_up(store: &Store, by: &Actor) {
    let months = store.groups(by, &Filter::default(), Grouping::Month, 10).await.unwrap();
    assert!(months.iter().all(|month| Day::parse(&format!("{}-01", month.key)).is_some()), "{months:?}");
    assert_eq!(months.iter().map(|month| month.totals.amount_fen).sum::<i64>(), 600);
    let rules = |codes: &[&str]| Filter { rule_codes: codes.iter().map(ToString::to_string).collect(), ..Filter::default() };
    assert_eq!(store.totals(by, &rules(&["rule-b", "rule-c"])).await.unwrap().findings, 1);
    let nowhere = Filter { fixmedins_code: Some(String::new()), ..Filter::default() };
    assert_eq!(store.totals(by, &nowhere).await.unwrap().findings, 0);
    let counted = store.counted(by, &rules(&["rule-a", "rule-b"])).await.unwrap();
    assert_eq!(counted.iter().map(|one| one.amount_fen).sum::<i64>(), 600);
    assert!(
        counted.iter().all(|one| one.lines.iter().map(|(_, excess, _)| excess).sum::<i64>() == one.amount_fen),
        "{counted:?}"
    );
}

/// The end of a filing whose run found the rest in order, because the records have changed.
async fn ended(store: &Store, coverage: &Coverage, mut done: FilingOutcome, clocks: &Clocks, now: Moment) -> FilingOutcome {
    let mut after = String::new();
    loop {
        let page = store.unfound(coverage, &after).await.unwrap();
        let Some(last) = page.last() else { break };
        after.clone_from(&last.finding.value.filed.finding_id);
        let absence = Absence::RecordsChanged { lake_version: coverage.lake_version };
        let absent = page.into_iter().map(|one| (one.finding, absence.clone())).collect();
        done.add(store.absent(coverage, absent, clocks, now).await.unwrap());
    }
    store.end_filing(coverage, "审核员甲", done, now).await.unwrap()
}

async fn a_filing_is_idempotent_and_only_its_coverage_is_closed(store: Store) {
    let clocks = Clocks::default();
    let first: Vec<_> = (0..600)
        .map(|n| found_at(&format!("f{n:03}"), 100, "R1", HOSPITAL, if n % 2 == 0 { "rule-a" } else { "rule-b" }))
        .collect();
    let done = store.file(&first, &clocks, at(1)).await.unwrap();
    assert_eq!((done.new, done.same, done.changed), (600, 0, 0));
    let again = store.file(&first, &clocks, at(1)).await.unwrap();
    assert_eq!((again.new, again.same, again.changed), (0, 600, 0));

    // The next run finds one more, another amount in one, and no longer the rest of its rule. It says nothing of the other rule.
    let second = vec![found("f000", 150, "R2"), found("f002", 100, "R2"), found("new", 70, "R2")];
    let done = store.file(&second, &clocks, at(2)).await.unwrap();
    assert_eq!((done.new, done.changed, done.same), (1, 1, 1));
    let done = ended(&store, &coverage("R2", &["rule-a"]), done, &clocks, at(2)).await;
    assert_eq!(done.gone, 298);
    let all = actor("甲", Role::Auditor, Scope::All);
    let open = |rule: &str| Filter { open: true, rule_code: Some(rule.to_owned()), ..Filter::default() };
    assert_eq!(store.totals(&all, &open("rule-a")).await.unwrap().findings, 3);
    assert_eq!(store.totals(&all, &open("rule-b")).await.unwrap().findings, 300);
    tally_is_what_counting_says(&store).await;
    let line = &store.lines(&all, &["f000".to_owned()]).await.unwrap()[0];
    assert_eq!((line.amount_fen, line.message.as_str()), (150, "超出 50% 限额，涉及 150 分"));
    assert_eq!(store.filings().await.unwrap()[0].2, done);
    assert!(store.verify().await.unwrap().faults.is_empty());
}

async fn a_step_over_an_old_version_is_stale(store: Store) {
    let clocks = Clocks::default();
    store.file(&[found("f1", 100, "R1")], &clocks, at(1)).await.unwrap();
    let (one, two) = (staff("甲", Role::Auditor), staff("乙", Role::Auditor));
    let seen: Versioned<Finding> = store.finding("f1", &one).await.unwrap();
    moved(&store, "f1", &two, 2, |finding| finding.review(&two, FirstReview::Dismiss { reason: "误报".to_owned() }, at(2).day()))
        .await
        .unwrap();
    let step = seen.value.review(&one, FirstReview::Pass, at(2).day()).unwrap();
    assert!(matches!(store.apply(&seen, step, &clocks, at(2)).await, Err(StoreError::Stale)));
    assert_eq!(store.finding("f1", &one).await.unwrap().value.state, State::Dismissed);
    let kinds: Vec<String> = store.entries("finding:f1").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["filed", "dismissed"]);
}

async fn nobody_reads_beyond_their_scope(store: Store) {
    let clocks = Clocks::default();
    store.file(&[found("here", 100, "R1"), found_at("there", 100, "R1", OTHER, "rule-a")], &clocks, at(1)).await.unwrap();
    let here = staff("甲", Role::Auditor);
    assert!(store.finding("here", &here).await.is_ok());
    assert!(matches!(store.finding("there", &here).await, Err(StoreError::NotFound)));
    assert_eq!(store.totals(&here, &Filter::default()).await.unwrap().findings, 1);
    // A hospital knows of what it was told, and of nothing else; a pattern in a scope is no pattern.
    assert!(matches!(store.finding("here", &hospital()).await, Err(StoreError::NotFound)));
    let sly = actor("乙", Role::Auditor, Scope::Regions(BTreeSet::from(["%".to_owned()])));
    assert_eq!(store.list(&sly, &Filter::default(), Order::Due, 0, 50).await.unwrap(), []);
    let nobody = actor("丙", Role::Auditor, Scope::Institutions(BTreeSet::new()));
    assert_eq!(store.totals(&nobody, &Filter::default()).await.unwrap().findings, 0);
    confirmed(&store, "here").await;
    assert!(store.finding("here", &hospital()).await.is_ok());
    assert_eq!(store.totals(&hospital(), &Filter::default()).await.unwrap().findings, 1);
    tally_is_what_counting_says(&store).await;
    assert!(store.debt("here", &hospital()).await.is_ok());
    let other = actor("医保办二", Role::Institution, Scope::Institutions(BTreeSet::from([OTHER.to_owned()])));
    assert!(matches!(store.debt("here", &other).await, Err(StoreError::NotFound)));
    assert!(matches!(store.papers("here", &other).await, Err(StoreError::NotFound)));
}

async fn lists_filter_sort_group_and_sum(store: Store) {
    let clocks = Clocks::default();
    let mut all = vec![found("a", 300, "R1"), found("b", 100, "R1"), found_at("c", 200, "R1", HOSPITAL, "rule-b")];
    // The same line named by two rules counts once in the distinct amount.
    "M-a:1".clone_into(&mut all[2].1.charged[0].line_id);
    store.file(&all, &clocks, at(1)).await.unwrap();
    let by = staff("甲", Role::Auditor);
    let ids = |lines: Vec<store::Line>| lines.into_iter().map(|line| line.finding_id).collect::<Vec<_>>();
    assert_eq!(ids(store.list(&by, &Filter::default(), Order::Amount, 0, 50).await.unwrap()), ["a", "c", "b"]);
    assert_eq!(ids(store.list(&by, &Filter::default(), Order::Amount, 1, 1).await.unwrap()), ["c"]);
    let totals = store.totals(&by, &Filter::default()).await.unwrap();
    assert_eq!((totals.findings, totals.amount_fen, totals.fund_fen), (3, 600, 480));
    assert_eq!(store.distinct_amount(&by, &Filter::default()).await.unwrap(), Some(400));
    let largest = Filter { least_fen: Some(200), ..Filter::default() };
    assert_eq!(store.distinct_amount(&by, &largest).await.unwrap(), Some(300));
    let rule = Filter { words: Some("规则".to_owned()), ..Filter::default() };
    assert_eq!(store.distinct_amount(&by, &rule).await.unwrap(), Some(400), "words ask for what the list asks for");
    let words = |words: &str| Filter { words: Some(words.to_owned()), ..Filter::default() };
    assert_eq!(store.totals(&by, &words("50%")).await.unwrap().findings, 3);
    assert_eq!(store.totals(&by, &words("5_%")).await.unwrap().findings, 0, "what LIKE would read is read as it stands");
    assert_eq!(store.totals(&by, &words("' OR 1=1 --")).await.unwrap().findings, 0);
    let least = Filter { least_fen: Some(200), due_by: Some(at(60).day()), ..Filter::default() };
    assert_eq!(store.totals(&by, &least).await.unwrap().findings, 2);
    let groups = store.groups(&by, &Filter::default(), Grouping::Rule, 10).await.unwrap();
    let shown: Vec<_> = groups.iter().map(|group| (group.key.as_str(), group.totals.findings, group.totals.amount_fen)).collect();
    assert_eq!(shown, [("rule-a", 2, 400), ("rule-b", 1, 200)]);
    months_and_lines_add_up(&store, &by).await;
    moved(&store, "b", &by, 2, |finding| finding.snooze(&by, at(20).day(), "等病历", at(2).day())).await.unwrap();
    let waiting = store.waiting(&by, at(2).day()).await.unwrap();
    assert_eq!((waiting.all.findings, waiting.open.findings, waiting.filed.findings, waiting.unassigned.findings), (3, 2, 3, 2));
    assert_eq!((waiting.open.amount_fen, waiting.mine.findings, waiting.due.findings), (500, 0, 0));
    tally_is_what_counting_says(&store).await;
    let awake = |day: i32| Filter { awake_on: Some(at(day).day()), ..Filter::default() };
    assert_eq!(store.totals(&by, &awake(10)).await.unwrap().findings, 2);
    assert_eq!(store.totals(&by, &awake(20)).await.unwrap().findings, 3);
}

async fn a_changed_event_is_found(store: Store) {
    store.file(&[found("f1", 100, "R1"), found("f2", 100, "R1")], &Clocks::default(), at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    assert_eq!(store.seal(at(4).day()).await.unwrap(), 3);
    let whole = store.verify().await.unwrap();
    assert_eq!((whole.faults.len(), whole.seals), (0, 3));
    store.tamper("UPDATE event SET actor = 'X' WHERE subject = 'finding:f1' AND seq = 2").await.unwrap();
    let faults = store.verify().await.unwrap().faults;
    assert!(faults.len() == 1 && faults[0].contains("finding:f1"), "{faults:?}");
    store.tamper("UPDATE event SET actor = '审核员甲' WHERE subject = 'finding:f1' AND seq = 2").await.unwrap();
    assert!(store.verify().await.unwrap().faults.is_empty());
    // A whole chain taken away leaves no gap in any chain: the day's root shows it.
    store.tamper("DELETE FROM event WHERE subject = 'finding:f2'").await.unwrap();
    let faults = store.verify().await.unwrap().faults;
    assert!(faults.len() == 1 && faults[0].contains("封存"), "{faults:?}");
}

async fn a_confirmed_finding_opens_a_debt_that_balances(store: Store) {
    store.file(&[found("f1", 1_000, "R1")], &Clocks::default(), at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    let (officer, leader) = (staff("办案", Role::CaseOfficer), staff("局长", Role::Leader));
    let debt = store.debt("f1", &officer).await.unwrap();
    assert_eq!(debt.value.outstanding(), Fen(800));
    let paid =
        |receipt: &str| Means::Payment {
            receipt: receipt.to_owned(), payer: "市一院".to_owned(), received: None, paper: None
        };
    let auditor = staff("甲", Role::Auditor);
    assert!(store.book("f1", 1, &auditor, Fen(1), paid("1"), at(5)).await.is_err(), "an auditor does not book money");
    store.book("f1", 1, &officer, Fen(300), paid("1"), at(5)).await.unwrap();
    assert!(store.book("f1", 1, &officer, Fen(300), paid("1"), at(5)).await.is_err(), "the same page sent twice books once");
    assert!(store.book("f1", 2, &officer, Fen(501), paid("2"), at(5)).await.is_err());
    let waiver = || Means::Waiver { authority: UserId::new("局长"), reason: "机构已注销".to_owned() };
    assert!(store.book("f1", 2, &officer, Fen(100), waiver(), at(6)).await.is_err(), "only who has the power waives");
    store.book("f1", 2, &leader, Fen(100), waiver(), at(6)).await.unwrap();
    let sum = |account: Ledger, balances: &[store::Balance]| {
        balances.iter().filter(|b| b.account == account.name()).map(|b| b.amount_fen).sum::<i64>()
    };
    let balances = store.balances(&officer).await.unwrap();
    let of = |account| sum(account, &balances);
    assert_eq!((of(Ledger::Claimed), of(Ledger::Outstanding), of(Ledger::Paid), of(Ledger::Waived)), (-800, 400, 300, 100));
    assert_eq!(balances.iter().map(|balance| balance.amount_fen).sum::<i64>(), 0, "double entry");
    let line = &store.debts(&officer, true, None, 10).await.unwrap()[0];
    assert_eq!((line.claimed_fen, line.outstanding_fen), (800, 400));
}

async fn two_decisions_on_one_line_book_it_once(store: Store) {
    let (mut one, mut two) = (found("f1", 1_000, "R1"), found_at("f2", 1_000, "R1", HOSPITAL, "rule-b"));
    "M:1".clone_into(&mut one.1.charged[0].line_id);
    "M:1".clone_into(&mut two.1.charged[0].line_id);
    store.file(&[one, two], &Clocks::default(), at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    confirmed(&store, "f2").await;
    assert_eq!(store.booked_on_line("M:1").await.unwrap(), 800);
    let officer = staff("办案", Role::CaseOfficer);
    assert!(store.debt("f1", &officer).await.is_ok());
    assert!(matches!(store.debt("f2", &officer).await, Err(StoreError::NotFound)), "nothing is left to ask");
    let why = store.entries("debt:f2").await.unwrap().remove(0).body;
    assert!(why.contains("\"booked_fen\":0") && why.contains("f1"), "the second names the first: {why}");
}

async fn two_decisions_at_once_book_a_line_once(store: Store) {
    let ids: Vec<String> = (0..12).map(|n| format!("f{n}")).collect();
    let mut all: Vec<_> =
        ids.iter().enumerate().map(|(n, id)| found_at(id, 1_000, "R1", HOSPITAL, &format!("rule-{n}"))).collect();
    for (_, sheet) in &mut all {
        "M:1".clone_into(&mut sheet.charged[0].line_id);
    }
    store.file(&all, &Clocks::default(), at(1)).await.unwrap();
    let tasks: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { confirmed(&store, &id).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.booked_on_line("M:1").await.unwrap(), 800, "the funds paid 800 for the line");
    let claimed: i64 =
        store.debts(&staff("办案", Role::CaseOfficer), false, None, 50).await.unwrap().iter().map(|debt| debt.claimed_fen).sum();
    assert_eq!(claimed, 800);
}

/// Somebody who may sign in.
fn auditor() -> Account {
    Account::new("auditor", "林示远", Role::Auditor, Scope::All)
}

async fn whoever_signs_in_is_known_until_they_leave(store: Store) {
    let account = auditor();
    assert!(!store.has_accounts().await.unwrap());
    assert!(store.add_account(&account, "short", "admin", at(1)).await.is_err());
    store.add_account(&account, "correct horse battery", "admin", at(1)).await.unwrap();
    assert!(store.add_account(&account, "correct horse battery", "admin", at(1)).await.is_err());
    let token = store.sign_in("auditor", "correct horse battery", "", at(1)).await.unwrap();
    let session = store.session(&token, at(1)).await.unwrap().unwrap();
    assert_eq!((session.account.display.as_str(), session.account.role), ("林示远", Role::Auditor));
    assert!(store.session("0123", at(1)).await.unwrap().is_none());
    assert!(store.session(&token, at(1).plus_seconds(31 * 60)).await.unwrap().is_none(), "idle sessions end");
    let token = store.sign_in("auditor", "correct horse battery", "", at(2)).await.unwrap();
    store.sign_out(&token).await.unwrap();
    assert!(store.session(&token, at(2)).await.unwrap().is_none(), "a token stolen before leaving is worth nothing after");
    for _ in 0..5 {
        assert!(store.sign_in("auditor", "wrong", "", at(3)).await.is_err());
    }
    let locked = store.sign_in("auditor", "correct horse battery", "", at(3)).await.unwrap_err();
    assert!(locked.to_string().contains("不能登录"), "{locked}");
    assert!(store.sign_in("auditor", "correct horse battery", "", at(3).plus_seconds(16 * 60)).await.is_ok());
    let token = store.sign_in("auditor", "correct horse battery", "", at(4)).await.unwrap();
    let seen = store.account("auditor").await.unwrap();
    store.change_account(&Account { disabled: true, ..seen }, "admin", at(4)).await.unwrap();
    assert!(store.session(&token, at(4)).await.unwrap().is_none());
    assert!(store.sign_in("auditor", "correct horse battery", "", at(4)).await.is_err());
}

async fn a_one_time_code_is_asked_for_and_good_once(store: Store) {
    let account = auditor();
    let password = "correct horse battery";
    store.add_account(&account, password, "admin", at(1)).await.unwrap();
    let secret = OneTimeSecret::random().unwrap();
    assert!(store.begin_one_time("auditor", &secret, "000000x", at(1)).await.is_err(), "no authenticator has it yet");
    store.begin_one_time("auditor", &secret, &secret.code(at(1)).unwrap(), at(1)).await.unwrap();
    assert!(store.account("auditor").await.unwrap().one_time);
    let asked = store.sign_in("auditor", password, "", at(2)).await.unwrap_err();
    assert!(matches!(asked, SignInError::CodeWanted), "{asked}");
    assert!(
        matches!(store.sign_in("auditor", "wrong", "", at(2)).await, Err(SignInError::Wrong)),
        "a wrong password is not told of codes"
    );
    let code = secret.code(at(2)).unwrap();
    store.sign_in("auditor", password, &code, at(2)).await.unwrap();
    assert!(
        matches!(store.sign_in("auditor", password, &code, at(2)).await, Err(SignInError::WrongCode)),
        "seen over a shoulder"
    );
    let next = at(2).plus_seconds(30);
    store.sign_in("auditor", password, &secret.code(next).unwrap(), next).await.unwrap();
    store.end_one_time("auditor", "admin", at(3)).await.unwrap();
    store.sign_in("auditor", password, "", at(3)).await.unwrap();
    let told: Vec<String> = store.entries("account:auditor").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert!(["one_time_begun", "one_time_ended"].iter().all(|kind| told.iter().any(|one| one == kind)), "{told:?}");
}

async fn a_job_is_done_once_though_its_worker_was_thought_dead(store: Store) {
    let id = store.ask("run", "{\"from\":1}", "甲", at(1)).await.unwrap();
    assert_eq!(store.ask("run", "{\"from\":1}", "乙", at(1)).await.unwrap(), id, "the same work is not asked for twice");
    let slow = store.claim("worker-1", at(1)).await.unwrap().unwrap();
    assert!(store.claim("worker-2", at(1)).await.unwrap().is_none());
    assert!(store.progress(&slow, "一半", at(1)).await.unwrap());
    let later = at(1).plus_seconds(120);
    let quick = store.claim("worker-2", later).await.unwrap().unwrap();
    assert!(!store.progress(&slow, "还在", later).await.unwrap(), "the first worker hears that it lost its claim");
    assert!(!store.end(&slow, true, "迟到的结果", later).await.unwrap());
    assert!(store.end(&quick, true, "结果", later).await.unwrap());
    let job = store.job(&id).await.unwrap();
    assert_eq!((job.state.as_str(), job.outcome.as_deref()), ("done", Some("结果")));
    let id = store.ask("run", "{\"from\":2}", "甲", later).await.unwrap();
    assert!(store.cancel(&id, "乙", later).await.unwrap() && store.claim("worker-1", later).await.unwrap().is_none());
    assert!(!store.cancel(&id, "丙", later).await.unwrap(), "it is cancelled already");
    let told = store.entries(&format!("job:{id}")).await.unwrap();
    assert_eq!(told.iter().map(|one| (one.actor.as_str(), one.kind.as_str())).collect::<Vec<_>>(), [("乙", "job_cancelled")]);
}

async fn a_job_whose_server_was_stopped_waits_for_the_next_one(store: Store) {
    let id = store.ask("run", "{}", "甲", at(1)).await.unwrap();
    for _ in 0..store::job::MOST_ATTEMPTS + 2 {
        let job = store.claim("worker-1", at(1)).await.unwrap().unwrap();
        assert_eq!(job.attempts, 1, "being stopped does not count");
        assert!(store.requeue(&job, at(1)).await.unwrap());
        assert!(!store.requeue(&job, at(1)).await.unwrap() && !store.end(&job, true, "迟到", at(1)).await.unwrap());
    }
    assert_eq!(store.job(&id).await.unwrap().state, "queued");
    assert!(store.entries(&format!("job:{id}")).await.unwrap().iter().all(|entry| entry.kind == "job_requeued"));
    let job = store.claim("worker-2", at(1)).await.unwrap().unwrap();
    assert!(store.end_and_ask(&job, "完成", ("profile", "{}"), at(1)).await.unwrap());
    assert!(!store.end_and_ask(&job, "完成", ("profile", "{}"), at(1)).await.unwrap());
    let kinds: Vec<(String, String)> = store.jobs(9).await.unwrap().into_iter().map(|job| (job.kind, job.state)).collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(
        kinds.contains(&("run".to_owned(), "done".to_owned())) && kinds.contains(&("profile".to_owned(), "queued".to_owned()))
    );
    assert_eq!(store.open_jobs().await.unwrap().len(), 1);
}

async fn a_job_that_takes_its_server_with_it_is_given_up(store: Store) {
    let id = store.ask("run", "{}", "甲", at(1)).await.unwrap();
    let mut time = at(1);
    for attempt in 1..=store::job::MOST_ATTEMPTS {
        assert_eq!(store.claim("worker", time).await.unwrap().unwrap().attempts, attempt);
        time = time.plus_seconds(120);
    }
    assert!(store.claim("worker", time).await.unwrap().is_none());
    let job = store.job(&id).await.unwrap();
    assert!(job.state == "failed" && job.outcome.unwrap().contains("不再重试"));
    assert_eq!(store.entries(&format!("job:{id}")).await.unwrap().last().unwrap().kind, "job_given_up");
}

async fn only_one_server_writes(store: Store) {
    store.serve("one", "127.0.0.1:1", at(1)).await.unwrap();
    store.serve("one", "127.0.0.1:1", at(1)).await.unwrap();
    let other = store.serve("two", "127.0.0.1:2", at(1)).await.unwrap_err();
    assert!(other.to_string().contains("127.0.0.1:1"), "{other}");
    store.serve("two", "127.0.0.1:2", at(1).plus_seconds(120)).await.unwrap();
    store.leave("two").await.unwrap();
    assert_eq!(store.server(at(1)).await.unwrap(), None);
}

async fn papers_are_what_their_digest_says(store: Store) {
    let clocks = Clocks::default();
    store.file(&[found("f1", 100, "R1")], &clocks, at(1)).await.unwrap();
    let by = hospital();
    let refused = store.hand_in(&by, "f1", "病历", "a.pdf", b"%PDF-1.4", at(4)).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "what was not told cannot be answered");
    let auditor = staff("甲", Role::Auditor);
    moved(&store, "f1", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(&store, "f1", &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
        .await
        .unwrap();
    for (name, content) in [("a.exe", &b"MZ"[..]), ("../../a.pdf", b"%PDF-1.4"), ("b.pdf", b"not a pdf")] {
        assert!(store.hand_in(&by, "f1", "病历", name, content, at(4)).await.is_err(), "{name}");
    }
    let large = [b"%PDF-1.4".to_vec(), vec![0; store::paper::LARGEST]].concat();
    assert!(store.hand_in(&by, "f1", "病历", "large.pdf", &large, at(4)).await.is_err());
    let digest = store.hand_in(&by, "f1", "病历", "病历.pdf", b"%PDF-1.4", at(4)).await.unwrap();
    assert_eq!(store.hand_in(&by, "f1", "病历", "病历.pdf", b"%PDF-1.4", at(4)).await.unwrap(), digest);
    let (paper, content) = store.paper("f1", &digest, &auditor).await.unwrap();
    assert_eq!((paper.name.as_str(), paper.kind.as_str(), content.as_slice()), ("病历.pdf", "application/pdf", &b"%PDF-1.4"[..]));
    assert_eq!(store.papers("f1", &auditor).await.unwrap().len(), 1);
    is_in_the_backup(&store, &digest).await;
}

/// A backup holds the paper as well; one that is not what it was is named, and restored by nobody.
async fn is_in_the_backup(store: &Store, digest: &str) {
    let mut backup = Vec::new();
    store.backup(&mut backup).await.unwrap();
    assert_eq!(store.backup_papers(&mut backup).await.unwrap(), (1, Vec::new()));
    let place = tempfile::tempdir().unwrap();
    let other = open(&format!("sqlite://{}", place.path().join("x.db").display()), place.path()).await;
    let text = String::from_utf8(backup.clone()).unwrap();
    let renamed = text.replace(&format!("\"paper\":\"{digest}\""), "\"paper\":\"../elsewhere\"");
    assert!(other.restore(&mut renamed.as_bytes()).await.is_err(), "a paper goes where its content says");
    other.restore(&mut backup.as_slice()).await.unwrap();
    let auditor = staff("甲", Role::Auditor);
    assert_eq!(other.paper("f1", digest, &auditor).await.unwrap().1, b"%PDF-1.4");
    std::fs::write(other.papers_folder().join(digest), "spoilt").unwrap();
    assert_eq!(other.backup_papers(&mut Vec::new()).await.unwrap(), (0, vec![digest.to_owned()]));
}

async fn a_backup_restores_on_an_empty_database_only(store: Store) {
    store.file(&[found("f1", 1_000, "R1"), found("f2", 500, "R1")], &Clocks::default(), at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    store.seal(at(4).day()).await.unwrap();
    let mut backup = Vec::new();
    let written = store.backup(&mut backup).await.unwrap();
    assert!(matches!(store.restore(&mut backup.as_slice()).await, Err(StoreError::Unfit(_))));

    let folder = tempfile::tempdir().unwrap();
    let other = open(&format!("sqlite://{}", folder.path().join("x.db").display()), folder.path()).await;
    let broken = [backup.as_slice(), b"{\"table\":\"finding; DROP TABLE event\",\"row\":{}}\n"].concat();
    assert!(other.restore(&mut broken.as_slice()).await.is_err());
    assert_eq!(other.restore(&mut backup.as_slice()).await.unwrap(), written, "a restore that failed left nothing");
    assert!(other.verify().await.unwrap().faults.is_empty());
    let officer = staff("办案", Role::CaseOfficer);
    assert_eq!(other.balances(&officer).await.unwrap(), store.balances(&officer).await.unwrap());
    tally_is_what_counting_says(&other).await;
    assert_eq!(other.totals(&officer, &Filter::default()).await.unwrap().findings, 2);
    let mut second = Vec::new();
    other.backup(&mut second).await.unwrap();
    assert_eq!(String::from_utf8(second).unwrap(), String::from_utf8(backup).unwrap());
}

async fn views_and_remarks_are_kept(store: Store) {
    store.save_view("甲", "血透", "rule=a").await.unwrap();
    store.save_view("甲", "血透", "rule=b").await.unwrap();
    assert_eq!(store.views("甲").await.unwrap(), [("血透".to_owned(), "rule=b".to_owned())]);
    store.drop_view("甲", "血透").await.unwrap();
    assert!(store.views("甲").await.unwrap().is_empty() && store.save_view("甲", " ", "x").await.is_err());
    store.remark("rule:a", "甲", " 误报多 ", at(1)).await.unwrap();
    store.remark("rule:a", "乙", "同意", at(1)).await.unwrap();
    let said: Vec<String> = store.remarks("rule:a").await.unwrap().into_iter().map(|remark| remark.body).collect();
    assert_eq!(said, ["误报多", "同意"]);
    assert!(store.remark("rule:a", "甲", "", at(1)).await.is_err());
}

async fn two_at_once_on_one_finding_one_wins(store: Store) {
    store.file(&[found("f1", 100, "R1")], &Clocks::default(), at(1)).await.unwrap();
    let people: Vec<Actor> = (0..8).map(|n| staff(&format!("审核员{n}"), Role::Auditor)).collect();
    let seen = store.finding("f1", &people[0]).await.unwrap();
    let mut tasks = Vec::new();
    for by in people {
        let (store, seen) = (store.clone(), seen.clone());
        tasks.push(tokio::spawn(async move {
            let step = seen.value.review(&by, FirstReview::Pass, at(2).day()).unwrap();
            store.apply(&seen, step, &Clocks::default(), at(2)).await
        }));
    }
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => won += 1,
            Err(StoreError::Stale) => {}
            Err(problem) => panic!("{problem}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(store.entries("finding:f1").await.unwrap().len(), 2);
    let reviewer = staff("复审员", Role::Reviewer);
    let refused = store.finding("f1", &reviewer).await.unwrap().value.decide_appeal(&reviewer, Verdict::Upheld, "x", at(2).day());
    assert!(refused.is_err());
}

/// A finding of another version of its rule.
fn of_version(version: u32, (mut filed, sheet): (Filed, Sheet)) -> (Filed, Sheet) {
    filed.rule_version = version;
    (filed, sheet)
}

async fn dismissed(store: &Store, id: &str) {
    let auditor = staff("审核员甲", Role::Auditor);
    let dismiss = FirstReview::Dismiss { reason: "误报".to_owned() };
    moved(store, id, &auditor, 2, |finding| finding.review(&auditor, dismiss, at(2).day())).await.unwrap();
}

/// Rule, version, confirmed, overturned.
async fn records(store: &Store) -> Vec<(String, u32, u64, u64)> {
    let records = store.rule_records().await.unwrap();
    records.into_iter().map(|((rule, version), record)| (rule, version, record.confirmed, record.overturned)).collect()
}

async fn decisions_count_for_the_version_of_the_rule(store: Store) {
    let clocks = Clocks::default();
    let first = [found("f1", 100, "R1"), found("f2", 100, "R1"), found("f3", 100, "R1"), of_version(2, found("f4", 100, "R1"))];
    store.file(&first, &clocks, at(1)).await.unwrap();
    assert_eq!(records(&store).await, [], "nothing was decided");
    confirmed(&store, "f1").await;
    dismissed(&store, "f2").await;
    dismissed(&store, "f3").await;
    dismissed(&store, "f4").await;
    let rule = |version, confirmed, overturned| ("rule-a".to_owned(), version, confirmed, overturned);
    assert_eq!(records(&store).await, [rule(1, 1, 2), rule(2, 0, 1)]);
    // New evidence opens a dismissed finding again, under the version that found it: the old decision was of other evidence.
    store.file(&[of_version(2, found("f3", 150, "R2"))], &clocks, at(5)).await.unwrap();
    assert_eq!(records(&store).await, [rule(1, 1, 1), rule(2, 0, 1)]);
    dismissed(&store, "f3").await;
    assert_eq!(records(&store).await, [rule(1, 1, 1), rule(2, 0, 2)]);
}

/// A database of the release before decisions were counted, with decisions in it.
async fn decisions_of_an_older_database_are_counted(url: &str, folder: &std::path::Path) {
    let open = async || Store::open(url, folder.join("papers"), None, at(1)).await.unwrap();
    let store = open().await;
    let mut by_case = found("case", 5_000, "R1");
    "index".clone_into(&mut by_case.1.amount_basis);
    // What lies inside the evidence says nothing of the amount.
    let mut other = found("f2", 100, "R1");
    "{\"amount_basis\":\"index\"}".clone_into(&mut other.1.evidence);
    store.file(&[found("f1", 100, "R1"), other, by_case], &Clocks::default(), at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    dismissed(&store, "f2").await;
    back_before(&store, 8).await;
    store.close().await;
    let store = open().await;
    assert_eq!(records(&store).await, [("rule-a".to_owned(), 1, 1, 1)]);
    let totals = store.totals(&staff("甲", Role::Auditor), &Filter::default()).await.unwrap();
    assert_eq!(
        (totals.findings, totals.amount_fen, totals.index_fen),
        (3, 200, 5_000),
        "what was found before is summed apart as well"
    );
    tally_is_what_counting_says(&store).await;
    store.close().await;
    assert_eq!(records(&open().await).await, [("rule-a".to_owned(), 1, 1, 1)], "they are counted once");
}

/// A job of the release before attempts were counted is as good as new; who only reads leaves the database as it is, and so does
/// everybody while a server is alive.
async fn jobs_of_an_older_database_are_taken_up(url: &str, folder: &std::path::Path) {
    let papers = folder.join("papers");
    let to_read = async |key| Store::open_to_read(url, &papers, key).await;
    assert!(to_read(None).await.is_err(), "there is nothing yet, and reading makes nothing");
    let store = Store::open(url, &papers, None, at(1)).await.unwrap();
    let id = store.ask("run", "{}", "甲", at(1)).await.unwrap();
    store.claim("dead", at(1)).await.unwrap().unwrap();
    back_before(&store, 16).await;
    store.serve("dead", "127.0.0.1:1", at(1)).await.unwrap();
    store.close().await;
    let refused = to_read(None).await.unwrap_err().to_string();
    assert!(refused.contains("mingcha migrate"), "{refused}");
    let refused = Store::open(url, &papers, None, at(1)).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Served(server) if server.owner == "dead"), "{refused}");
    Store::bury(url, "another").await.unwrap();
    assert!(Store::open(url, &papers, None, at(1)).await.is_err());
    Store::bury(url, "dead").await.unwrap();
    let store = Store::open(url, &papers, None, at(1)).await.unwrap();
    let job = store.claim("next", at(1)).await.unwrap().unwrap();
    assert_eq!((job.job_id, job.attempts), (id, 1), "the jobs of who is gone wait for nobody");
    store.serve("next", "127.0.0.1:2", at(1)).await.unwrap();
    let reader = to_read(None).await.unwrap();
    assert_eq!(reader.jobs(9).await.unwrap().len(), 1, "beside a server");
    reader.close().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_an_older_sqlite_file_are_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("casework.db");
    jobs_of_an_older_database_are_taken_up(&format!("sqlite://{}", file.display()), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_an_older_postgresql_database_are_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    jobs_of_an_older_database_are_taken_up(&testkit::database(), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_sqlite_file_is_brought_to_the_newest_form_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("casework.db").display());
    decisions_of_an_older_database_are_counted(&url, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_postgresql_database_is_brought_to_the_newest_form_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    decisions_of_an_older_database_are_counted(&testkit::database(), folder.path()).await;
}
