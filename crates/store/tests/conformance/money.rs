//! Where the money stands: what nobody knew, what came by itself, what goes back, what the bank says, and what is kept apart.

use casework::charge::{ChargeDecision, ChargeKind};
use casework::reconcile::{BankLine, Match};
use casework::recovery::{Band, DebtState, Instalment, UNNAMED_FUND};
use casework::self_refund::{GivenBack, Origin, SelfRefund};
use store::{DebtFilter, Handed};

use super::*;

fn officer() -> Actor {
    staff("办案", Role::CaseOfficer)
}

fn head() -> Actor {
    staff("负责人", Role::Head)
}

fn leader() -> Actor {
    staff("局长", Role::Leader)
}

fn part(fund: &str, fen: i64) -> (String, i64) {
    (fund.to_owned(), fen)
}

fn paid(receipt: &str) -> Means {
    Means::Payment { receipt: receipt.to_owned(), payer: "市一院".to_owned(), received: Some(at(5).day()), paper: None }
}

/// A finding of which nobody knows what the funds paid.
fn unknown(id: &str, amount_fen: i64) -> (Filed, Sheet) {
    let (mut filed, mut sheet) = found(id, amount_fen, "R1");
    filed.fund_parts = Vec::new();
    sheet.charged[0].fund = None;
    (filed, sheet)
}

/// A finding that names this line.
fn on_line(line: &str, (filed, mut sheet): (Filed, Sheet)) -> (Filed, Sheet) {
    line.clone_into(&mut sheet.charged[0].line_id);
    (filed, sheet)
}

async fn filed_and_confirmed(store: &Store, all: &[(Filed, Sheet)]) {
    store.file(all, &Clocks::default(), at(1)).await.unwrap();
    for (filed, _) in all {
        confirmed(store, &filed.finding_id).await;
    }
}

async fn balances_are_zero_in_every_fund(store: &Store) {
    let mut sums = std::collections::BTreeMap::new();
    for balance in store.balances(&officer()).await.unwrap() {
        *sums.entry(balance.fund).or_insert(0) += balance.amount_fen;
    }
    assert!(sums.values().all(|sum| *sum == 0), "{sums:?}");
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn a_share_that_nobody_knows_waits_until_somebody_determines_it(store: Store) {
    let (mut by_case, mut of_nothing) = (unknown("case", 500), unknown("self_paid", 500));
    "index".clone_into(&mut by_case.1.amount_basis);
    of_nothing.1.charged[0].fund = Some(0);
    filed_and_confirmed(&store, &[unknown("f1", 1_000), unknown("f2", 1_000), by_case, of_nothing]).await;
    let (by, clocks) = (head(), Clocks::default());
    let state = async |id: &str| store.debt_line(id, &officer()).await.unwrap().state;
    assert_eq!(
        (state("f1").await, state("case").await, state("self_paid").await),
        (DebtState::Undetermined, DebtState::NoFund, DebtState::NoFund)
    );
    let open: Vec<String> = store.debts(&officer(), true, None, 10).await.unwrap().into_iter().map(|line| line.debt_id).collect();
    assert_eq!(open, ["f1", "f2"], "what waits for somebody is not lost");
    assert!(matches!(store.debt("f1", &by).await, Err(StoreError::NotFound)), "there is no money in it yet");

    let determine = async |id: &str, seen, by: &Actor, parts: &[(String, i64)]| {
        store.determine(id, seen, by, parts, "查结算单 S1", &clocks, at(6)).await
    };
    assert!(determine("f1", 1, &officer(), &[part("hifp_pay", 1)]).await.is_err(), "it takes the power");
    let more = determine("f1", 1, &by, &[part("hifp_pay", 1_001)]).await.unwrap_err().to_string();
    assert_eq!(more, "核定的金额 10.01 元超过认定的 10.00 元");
    assert!(determine("f1", 1, &by, &[part(UNNAMED_FUND, 1)]).await.is_err());
    assert_eq!(determine("f1", 1, &by, &[part("hifp_pay", 600), part("maf_pay", 100)]).await.unwrap(), DebtState::Claimed);
    assert!(
        matches!(determine("f1", 1, &by, &[part("hifp_pay", 600)]).await, Err(StoreError::Stale)),
        "the same page sent twice"
    );
    let debt = store.debt("f1", &by).await.unwrap();
    assert_eq!((debt.value.outstanding(), debt.value.claimed().get("maf_pay")), (Fen(700), Some(&100)));
    assert_eq!(store.booked_on_line("M-f1:1").await.unwrap(), 700);
    assert_eq!(determine("f2", 1, &by, &[]).await.unwrap(), DebtState::NoFund, "the funds paid nothing: that is known now");
    let told = store.entries("debt:f1").await.unwrap().remove(1);
    assert!(told.kind == "debt_determined" && told.actor == "负责人" && told.body.contains("查结算单 S1"), "{told:?}");
    balances_are_zero_in_every_fund(&store).await;
}

pub(super) async fn money_without_a_fund_is_told_its_funds(store: Store) {
    let mut one = found("f1", 1_000, "R1");
    one.0.fund_parts = vec![part(UNNAMED_FUND, 800)];
    filed_and_confirmed(&store, &[one]).await;
    store.book("f1", 1, &officer(), Fen(300), paid("A1"), at(5)).await.unwrap();
    let name = async |seen, by: &Actor, parts: &[(String, i64)]| {
        store.name_funds("f1", seen, by, parts, "查结算单", at(6)).await.map_err(|problem| problem.to_string())
    };
    assert!(name(2, &officer(), &[part("hifp_pay", 800)]).await.is_err(), "it takes the power");
    let less = name(2, &head(), &[part("hifp_pay", 799)]).await.unwrap_err();
    assert_eq!(less, "各基金合计 7.99 元，应为未明基金的 8.00 元");
    name(2, &head(), &[part("hifp_pay", 500), part("hifmi_pay", 300)]).await.unwrap();
    let debt = store.debt("f1", &head()).await.unwrap().value;
    assert_eq!((debt.unnamed(), debt.outstanding(), debt.total(Ledger::Paid)), (Fen::ZERO, Fen(500), Fen(300)));
    let unnamed = store.balances(&officer()).await.unwrap().into_iter().filter(|balance| balance.fund == UNNAMED_FUND);
    assert!(unnamed.into_iter().all(|balance| balance.amount_fen == 0));
    balances_are_zero_in_every_fund(&store).await;
}

fn by_itself(lines: Vec<GivenBack>) -> SelfRefund {
    SelfRefund {
        fixmedins_code: HOSPITAL.to_owned(),
        region: String::new(),
        origin: Origin::SelfCheck,
        received: at(2).day(),
        receipt: "自查收1".to_owned(),
        payer: "市一院".to_owned(),
        lines,
    }
}

fn back(line: &str, amount: i64) -> GivenBack {
    GivenBack { line_id: line.to_owned(), fund_share: Fen(800), fund: "hifp_pay".to_owned(), amount: Fen(amount) }
}

pub(super) async fn what_came_back_by_itself_is_not_asked_for_again(store: Store) {
    let slip = Handed { asked_for: "缴款凭证", name: "回单.pdf", content: b"%PDF-1.4 slip" };
    let refund = by_itself(vec![back("M:1", 500), back("M:2", 800)]);
    assert!(
        store.book_self_refund(&staff("甲", Role::Auditor), &refund, None, at(3)).await.is_err(),
        "an auditor books no money"
    );
    let number = store.book_self_refund(&officer(), &refund, Some(&slip), at(3)).await.unwrap();
    assert_eq!(number, "SR2026-1");
    let line = store.debt_line(&number, &officer()).await.unwrap();
    assert_eq!((line.origin, line.claimed_fen, line.outstanding_fen), (Origin::SelfCheck, 1_300, 0));
    let digest = store.slips(&number, &officer()).await.unwrap().remove(0).digest;
    assert_eq!(store.slip(&number, &digest, &officer()).await.unwrap().1, b"%PDF-1.4 slip");
    assert!(matches!(
        store.slips(&number, &actor("别", Role::CaseOfficer, Scope::Regions(BTreeSet::from(["9902".to_owned()])))).await,
        Err(StoreError::NotFound)
    ));
    let again = by_itself(vec![back("M:1", 301)]);
    let refused = store.book_self_refund(&officer(), &again, None, at(3)).await.unwrap_err().to_string();
    assert!(refused.contains("SR2026-1 已入账 5.00 元，只余 3.00 元"), "{refused}");

    // Findings on the same lines ask for the rest only, and name the first; what is left of nothing has a row as well.
    let (one, two) = (on_line("M:1", found("f1", 1_000, "R1")), on_line("M:2", found_at("f2", 1_000, "R1", HOSPITAL, "rule-b")));
    filed_and_confirmed(&store, &[one, two]).await;
    assert_eq!(store.debt_line("f1", &officer()).await.unwrap().claimed_fen, 300);
    assert_eq!(store.debt_line("f2", &officer()).await.unwrap().state, DebtState::BookedBefore);
    for id in ["f1", "f2"] {
        let told = store.entries(&format!("debt:{id}")).await.unwrap().remove(0).body;
        assert!(told.contains("SR2026-1"), "{told}");
    }
    let before = DebtFilter { state: Some(DebtState::BookedBefore), ..DebtFilter::default() };
    assert_eq!(store.count_debts(&officer(), &before).await.unwrap(), 1);
    balances_are_zero_in_every_fund(&store).await;
}

pub(super) async fn a_withdrawn_debt_gives_its_lines_free_and_what_was_paid_goes_back(store: Store) {
    let (one, two) = (on_line("M:1", found("f1", 1_000, "R1")), on_line("M:1", found_at("f2", 1_000, "R1", HOSPITAL, "rule-b")));
    filed_and_confirmed(&store, &[one, two]).await;
    store.book("f1", 1, &officer(), Fen(300), paid("A1"), at(5)).await.unwrap();
    let clocks = Clocks::default();
    assert!(
        matches!(store.book_again("f2", 1, &officer(), &clocks, at(6)).await, Ok(DebtState::BookedBefore)),
        "still nothing left"
    );
    assert!(store.lower_debt("f1", 2, &officer(), &[], "退费", at(6)).await.is_err(), "it takes the power");
    assert!(store.lower_debt("f1", 2, &head(), &[], " ", at(6)).await.is_err(), "and a reason");
    let more = [part("310100", 601)];
    assert!(store.lower_debt("f1", 2, &head(), &more, "退费", at(6)).await.is_err(), "an amount never rises");
    store.lower_debt("f1", 2, &head(), &[part("310100", 200)], "部分退费", at(6)).await.unwrap();
    assert_eq!(store.booked_on_line("M:1").await.unwrap(), 200, "the lines go free with the money");
    assert!(matches!(store.lower_debt("f1", 2, &head(), &[], "退费", at(6)).await, Err(StoreError::Stale)));
    store.lower_debt("f1", 3, &head(), &[], "退费后重新审核，不再成立", at(6)).await.unwrap();
    let line = store.debt_line("f1", &officer()).await.unwrap();
    assert_eq!((line.claimed_fen, line.outstanding_fen, line.credit_fen), (0, 0, 300));
    let open = store.debts(&officer(), true, None, 10).await.unwrap();
    assert!(open.iter().any(|line| line.debt_id == "f1"), "what is owed back is not settled");

    assert_eq!(store.book_again("f2", 2, &officer(), &clocks, at(7)).await.unwrap(), DebtState::Claimed);
    assert_eq!(store.debt_line("f2", &officer()).await.unwrap().outstanding_fen, 800);
    let give = |amount| (Fen(amount), Means::Return { voucher: "退1".to_owned() });
    let (amount, means) = give(301);
    assert!(store.book("f1", 4, &officer(), amount, means, at(8)).await.is_err(), "no more goes back than came");
    let (amount, means) = give(300);
    store.book("f1", 4, &officer(), amount, means, at(8)).await.unwrap();
    assert_eq!(store.debt_line("f1", &officer()).await.unwrap().credit_fen, 0);
    balances_are_zero_in_every_fund(&store).await;
}

pub(super) async fn a_movement_is_proved_once_and_a_waiver_stays_with_who_may_waive(store: Store) {
    filed_and_confirmed(&store, &[found("f1", 1_000, "R1")]).await;
    store.book("f1", 1, &officer(), Fen(100), paid("A1"), at(5)).await.unwrap();
    let twice = store.book("f1", 2, &officer(), Fen(100), paid("A1"), at(5)).await.unwrap_err().to_string();
    assert_eq!(twice, "收据 A1 已在这笔款项入账");
    let offset = |clr_ym: &str| Means::Offset { clr_ym: clr_ym.to_owned(), settlement: String::new() };
    assert!(store.book("f1", 2, &officer(), Fen(100), offset("下月结算"), at(5)).await.is_err());
    store.book_by_fund("f1", 2, &officer(), &[part("330100", 150)], offset("202604"), at(5)).await.unwrap();
    let of_fund = store.balances(&officer()).await.unwrap().into_iter().find(|b| b.account == "offset").unwrap();
    assert_eq!((of_fund.fund.as_str(), of_fund.amount_fen), ("330100", 150));
    let waiver = Means::Waiver { authority: UserId::new("局长"), reason: "机构注销".to_owned() };
    store.book("f1", 3, &leader(), Fen(50), waiver, at(6)).await.unwrap();
    let undo = || Means::Reversal { of: 3 };
    assert!(store.book("f1", 4, &officer(), Fen::ZERO, undo(), at(7)).await.is_err(), "an officer takes back no leader's waiver");
    store.book("f1", 4, &leader(), Fen::ZERO, undo(), at(7)).await.unwrap();
    assert_eq!(store.debt_line("f1", &officer()).await.unwrap().outstanding_fen, 550);
    let pay_back = Means::Reversal { of: 1 };
    assert!(store.book("f1", 5, &leader(), Fen::ZERO, pay_back.clone(), at(7)).await.is_err(), "and a leader books no money");
    store.book("f1", 5, &officer(), Fen::ZERO, pay_back, at(7)).await.unwrap();
    balances_are_zero_in_every_fund(&store).await;
}

fn listed(row: i64, receipt: &str, fen: i64, fund: &str) -> BankLine {
    BankLine {
        row,
        on: at(5).day(),
        payer: "市一院".to_owned(),
        receipt: receipt.to_owned(),
        amount: Fen(fen),
        fund: fund.to_owned(),
    }
}

pub(super) async fn a_bank_list_is_held_against_what_was_booked(store: Store) {
    filed_and_confirmed(&store, &[found("f1", 1_000, "R1"), found("f2", 1_000, "R1")]).await;
    // One receipt pays for two findings, another is booked with another amount, a third the bank does not know.
    store.book_by_fund("f1", 1, &officer(), &[part("310100", 200)], paid("A1"), at(6)).await.unwrap();
    store.book_by_fund("f2", 1, &officer(), &[part("310100", 100)], paid("A1"), at(6)).await.unwrap();
    store.book_by_fund("f1", 2, &officer(), &[part("330100", 90)], paid("A2"), at(6)).await.unwrap();
    store.book_by_fund("f1", 3, &officer(), &[part("310100", 10)], paid("A9"), at(6)).await.unwrap();
    let list = [listed(2, "A1", 300, "310100"), listed(3, "A2", 100, "330100"), listed(4, "A3", 70, "310100")];
    let days = (at(1).day(), at(31).day());
    assert!(store.import_bank_list(&staff("甲", Role::Auditor), "三月.csv", &list, days, at(10)).await.is_err());
    assert!(store.import_bank_list(&officer(), "三月.csv", &list, (days.1, days.0), at(10)).await.is_err());
    let number = store.import_bank_list(&officer(), "三月.csv", &list, days, at(10)).await.unwrap();
    let view = store.bank_view(&number, &officer()).await.unwrap();
    let outcomes: Vec<_> = view.found.lines.iter().map(|(outcome, _)| outcome.clone()).collect();
    assert_eq!(outcomes, [Match::Agrees, Match::Differs(vec!["金额"]), Match::MissingHere]);
    let missing: Vec<&str> = view.found.missing_there.iter().map(|n| view.paid[*n].receipt.as_str()).collect();
    assert_eq!(missing, ["A9"]);
    assert_eq!(store.reconciled("f2").await.unwrap(), [(1, number.clone())]);

    // Corrected and booked meanwhile, the rest agrees.
    store.book("f1", 4, &officer(), Fen::ZERO, Means::Reversal { of: 2 }, at(11)).await.unwrap();
    store.book_by_fund("f1", 5, &officer(), &[part("330100", 100)], paid("A2"), at(11)).await.unwrap();
    store.reconcile(&number, 1, &officer(), at(11)).await.unwrap();
    assert!(matches!(store.reconcile(&number, 1, &officer(), at(11)).await, Err(StoreError::Stale)));
    assert_eq!(store.reconciled("f1").await.unwrap().len(), 2);
    let other = store.import_bank_list(&officer(), "三月二.csv", &list[..1], days, at(12)).await.unwrap();
    let again = store.bank_view(&other, &officer()).await.unwrap().found.lines.remove(0).0;
    assert_eq!(again, Match::Before(number.clone()), "nothing is reconciled twice");
    assert!(matches!(store.bank_view(&number, &staff("别人", Role::CaseOfficer)).await, Err(StoreError::NotFound)));
    assert_eq!(store.bank_lists(&actor("总", Role::Head, Scope::All), 10).await.unwrap().len(), 2);
    balances_are_zero_in_every_fund(&store).await;
}

pub(super) async fn ages_are_of_each_instalment_over_all_debts(store: Store) {
    filed_and_confirmed(&store, &[found("f1", 1_000, "R1"), found("f2", 500, "R1")]).await;
    let part = |day: i32, fen| Instalment { due: at(day).day(), amount: Fen(fen) };
    let plan = vec![part(10, 300), part(60, 300), part(120, 200)];
    store.plan("f1", 1, &officer(), plan, at(5)).await.unwrap();
    store.book("f1", 2, &officer(), Fen(100), paid("A1"), at(6)).await.unwrap();
    let of = |ages: &[casework::recovery::Age], band| {
        ages.iter().filter(|age| age.band == band).map(|age| (age.amount.0, age.instalments)).next().unwrap()
    };
    let ages = store.debt_ages(&officer(), at(70).day()).await.unwrap();
    // Due on the 10th and the 18th: 60 and 52 days ago; the second instalment 10 days ago.
    assert_eq!((of(&ages, Band::Quarter), of(&ages, Band::Month), of(&ages, Band::NotDue)), ((600, 2), (300, 1), (200, 1)));
    let outstanding: i64 = store.debts(&officer(), true, None, 10).await.unwrap().iter().map(|line| line.outstanding_fen).sum();
    assert_eq!(ages.iter().map(|age| age.amount.0).sum::<i64>(), outstanding);
    let elsewhere = actor("别", Role::CaseOfficer, Scope::Regions(BTreeSet::from(["9902".to_owned()])));
    assert!(store.debt_ages(&elsewhere, at(70).day()).await.unwrap().iter().all(|age| age.amount == Fen::ZERO));
    let filter = DebtFilter::default();
    let second = store.debt_page(&officer(), &filter, 1, 1).await.unwrap();
    assert_eq!((second.len(), store.count_debts(&officer(), &filter).await.unwrap()), (1, 2));
}

pub(super) async fn penalties_and_fines_stand_in_books_of_their_own(store: Store) {
    filed_and_confirmed(&store, &[found("f1", 1_000, "R1")]).await;
    let refund = store.balances(&officer()).await.unwrap();
    let decision = |kind, number: &str| ChargeDecision {
        kind,
        fixmedins_code: HOSPITAL.to_owned(),
        region: String::new(),
        number: number.to_owned(),
        authority: "示例市医疗保障局".to_owned(),
        decided_on: at(4).day(),
        due: at(19).day(),
        amount: Fen(5_000),
    };
    let open = async |kind, number| store.open_charge(&officer(), decision(kind, number), at(5)).await;
    let fine = open(ChargeKind::Fine, "罚1").await.unwrap();
    let penalty = open(ChargeKind::Penalty, "罚1").await.unwrap();
    let twice = open(ChargeKind::Fine, "罚1").await.unwrap_err().to_string();
    assert_eq!(twice, "罚款决定“罚1”已经登记");
    store.book_charge(&fine, 1, &officer(), Fen(2_000), paid("C1"), at(6)).await.unwrap();
    let offset = Means::Offset { clr_ym: "202604".to_owned(), settlement: String::new() };
    assert!(store.book_charge(&fine, 2, &officer(), Fen(1), offset, at(6)).await.is_err(), "it is never set off");
    assert!(matches!(store.book_charge(&fine, 1, &officer(), Fen(1), paid("C2"), at(6)).await, Err(StoreError::Stale)));
    let waiver = Means::Waiver { authority: UserId::new("局长"), reason: "整改到位".to_owned() };
    assert!(store.book_charge(&penalty, 1, &officer(), Fen(1_000), waiver.clone(), at(6)).await.is_err());
    store.book_charge(&penalty, 1, &leader(), Fen(1_000), waiver, at(6)).await.unwrap();
    let balances = store.charge_balances(&officer()).await.unwrap();
    let of = |kind: ChargeKind, account: Ledger| {
        let mine = balances.iter().filter(|b| b.kind == kind.name() && b.account == account.name());
        mine.map(|b| b.amount_fen).sum::<i64>()
    };
    assert_eq!((of(ChargeKind::Fine, Ledger::Paid), of(ChargeKind::Fine, Ledger::Outstanding)), (2_000, 3_000));
    assert_eq!((of(ChargeKind::Penalty, Ledger::Waived), of(ChargeKind::Penalty, Ledger::Outstanding)), (1_000, 4_000));
    for kind in ChargeKind::ALL {
        assert_eq!(balances.iter().filter(|b| b.kind == kind.name()).map(|b| b.amount_fen).sum::<i64>(), 0, "double entry");
    }
    assert_eq!(store.balances(&officer()).await.unwrap(), refund, "the refund's book knows nothing of it");
    assert_eq!(store.count_charges(&officer(), Some(ChargeKind::Fine)).await.unwrap(), 1);
    let elsewhere = actor("别", Role::CaseOfficer, Scope::Regions(BTreeSet::from(["9902".to_owned()])));
    assert!(matches!(store.charge(&fine, &elsewhere).await, Err(StoreError::NotFound)));
    assert!(
        store.open_charge(&elsewhere, decision(ChargeKind::Fine, "罚2"), at(5)).await.is_err(),
        "another region's institution"
    );
    let mut backup = Vec::new();
    store.backup(&mut backup).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let other = open_at(&folder).await;
    other.restore(&mut backup.as_slice()).await.unwrap();
    assert_eq!(other.charge_balances(&officer()).await.unwrap(), balances);
}

async fn open_at(folder: &tempfile::TempDir) -> Store {
    open(&format!("sqlite://{}", folder.path().join("x.db").display()), folder.path()).await
}

/// A database of the release before, in which findings of unknown share left no trace, and a payment and an instalment stand.
async fn money_of_an_older_database_is_entered(url: &str, folder: &std::path::Path) {
    let open = async || Store::open(url, folder.join("papers"), Some(seal(7)), at(9)).await.unwrap();
    let store = open().await;
    let (one, two) = (on_line("M:1", found("f1", 1_000, "R1")), on_line("M:1", found_at("f2", 1_000, "R1", HOSPITAL, "rule-b")));
    filed_and_confirmed(&store, &[one, two, unknown("f3", 1_000)]).await;
    let part = |day: i32, fen| Instalment { due: at(day).day(), amount: Fen(fen) };
    store.plan("f1", 1, &officer(), vec![part(10, 300), part(60, 500)], at(5)).await.unwrap();
    let payment = Means::Payment { receipt: "A1".to_owned(), payer: "旧".to_owned(), received: None, paper: None };
    store.book("f1", 2, &officer(), Fen(100), payment, at(6)).await.unwrap();
    let balances = store.balances(&officer()).await.unwrap();
    // As that release wrote them: it did not ask who paid.
    let as_then = r#"UPDATE debt SET detail = replace(detail, ',"payer":"旧"', '') WHERE debt_id = 'f1'"#;
    store.tamper(as_then).await.unwrap();
    store.tamper("DELETE FROM debt WHERE debt_id IN ('f2', 'f3')").await.unwrap();
    back_before(&store, 15).await;
    store.close().await;
    let store = open().await;
    let state = async |id: &str| store.debt_line(id, &officer()).await.unwrap().state;
    assert_eq!(
        (state("f1").await, state("f2").await, state("f3").await),
        (DebtState::Claimed, DebtState::BookedBefore, DebtState::Undetermined)
    );
    assert_eq!(store.balances(&officer()).await.unwrap(), balances);
    let ages = store.debt_ages(&officer(), at(20).day()).await.unwrap();
    assert_eq!(ages.iter().map(|age| (age.amount.0, age.instalments)).take(2).collect::<Vec<_>>(), [(500, 1), (200, 1)]);
    let received = store.debt("f1", &officer()).await.unwrap().value.received();
    assert_eq!(
        received.iter().map(|one| (one.on, one.payer.as_str())).collect::<Vec<_>>(),
        [(at(6).day(), ""); 2],
        "of each fund"
    );
    balances_are_zero_in_every_fund(&store).await;
    let entries = store.entries("debt:f3").await.unwrap().len();
    store.close().await;
    assert_eq!(open().await.entries("debt:f3").await.unwrap().len(), entries, "they are entered once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_sqlite_ledger_is_brought_to_the_newest_form_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("casework.db").display());
    money_of_an_older_database_is_entered(&url, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_postgresql_ledger_is_brought_to_the_newest_form_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    money_of_an_older_database_is_entered(&testkit::database(), folder.path()).await;
}
