//! Traps 1, 2 and 5: refunds in all the ways they are delivered.

use proptest::prelude::*;

use super::*;
use crate::lines::LineBatch;
use crate::record::Line;
use crate::sample::{line, settlement};

const ITEM: &str = "001102000010000";

fn net_of(lines: Vec<Line>, void: &VoidSettlements, faults: &mut Vec<ChartFault>) -> Vec<Net> {
    net(LineBatch::of(lines), void, faults)
}

/// What two results are compared by: rows of two batches are never the same place.
fn shown(nets: &[Net]) -> Vec<impl PartialEq + std::fmt::Debug> {
    nets.iter().map(|net| (net.record.id(), net.cnt, net.amount, net.in_scope, net.refunds.clone())).collect()
}

fn netted(lines: Vec<Line>, settlements: &[Settlement]) -> (Vec<(String, i64, i64)>, usize) {
    let mut faults = Vec::new();
    let lines = net_of(lines, &VoidSettlements::of(settlements), &mut faults);
    (lines.into_iter().map(|net| (net.record.bkkp_sn().to_owned(), net.cnt.0 / 10_000, net.amount.0)).collect(), faults.len())
}

fn refund(number: &str, at: &str, cnt: i64, of: Option<&str>) -> Line {
    Line { init_feedetl_sn: of.map(Into::into), ..line("V1", number, at, ITEM, -cnt) }
}

fn charge(number: &str, at: &str, cnt: i64) -> Line {
    line("V1", number, at, ITEM, cnt)
}

fn billed_in(setl_id: &str, line: Line) -> Line {
    Line { setl_id: Some(setl_id.into()), ..line }
}

#[test]
fn a_charge_wholly_refunded_was_never_there() {
    let lines = vec![charge("1", "2026-03-02 08:00", 2), refund("2", "2026-03-02 09:00", 2, Some("1"))];
    assert_eq!(netted(lines, &[]), (vec![], 0));
}

#[test]
fn a_partial_refund_takes_off_its_own_amount_and_is_remembered() {
    let mut back = refund("2", "2026-03-02 09:00", 1, Some("1"));
    back.det_item_fee_sumamt = Fen(-999);
    back.inscp_amt = None;
    let mut faults = Vec::new();
    let lines = net_of(vec![charge("1", "2026-03-02 08:00", 3), back], &VoidSettlements::default(), &mut faults);
    assert_eq!((lines[0].cnt, lines[0].amount, lines[0].in_scope), (Quantity(20_000), Fen(2001), Some(Fen(2000))));
    assert_eq!(lines[0].refunds, vec![Text::from("2")]);
}

#[test]
fn an_unnamed_refund_is_of_the_nearest_earlier_charge() {
    let lines = vec![
        charge("1", "2026-03-02 08:00", 1),
        charge("2", "2026-03-03 08:00", 1),
        refund("3", "2026-03-03 09:00", 1, None),
        charge("4", "2026-03-04 08:00", 1),
    ];
    assert_eq!(netted(lines, &[]), (vec![("1".into(), 1, 1000), ("4".into(), 1, 1000)], 0));
}

#[test]
fn a_refund_of_several_charges_goes_on_to_the_next() {
    let lines = vec![
        charge("1", "2026-03-02 08:00", 1),
        charge("2", "2026-03-03 08:00", 1),
        refund("3", "2026-03-03 09:00", 2, Some("无")),
    ];
    assert_eq!(netted(lines, &[]), (vec![], 0));
}

#[test]
fn a_refund_at_another_price_or_before_any_charge_is_a_fault_and_changes_nothing() {
    let mut dearer = refund("2", "2026-03-02 09:00", 1, None);
    dearer.det_item_fee_sumamt = Fen(-2000);
    let early = refund("3", "2026-03-01 09:00", 1, None);
    let lines = vec![charge("1", "2026-03-02 08:00", 1), dearer, early];
    assert_eq!(netted(lines, &[]), (vec![("1".into(), 1, 1000)], 2));
}

#[test]
fn a_refund_of_more_than_was_charged_is_a_fault_for_the_rest() {
    let lines = vec![charge("1", "2026-03-02 08:00", 1), refund("2", "2026-03-02 09:00", 3, Some("1"))];
    assert_eq!(netted(lines, &[]), (vec![], 1));
}

#[test]
fn only_the_rebilled_settlement_stands() {
    let settlements = [
        settlement("S1", "V1"),
        Settlement { init_setl_id: Some("S1".into()), ..settlement("S2", "V1") },
        settlement("S3", "V1"),
    ];
    let lines = vec![
        billed_in("S1", charge("1", "2026-03-02 08:00", 2)),
        billed_in("S2", refund("2", "2026-03-03 08:00", 2, None)),
        billed_in("S3", charge("3", "2026-03-02 08:00", 2)),
    ];
    assert_eq!(netted(lines, &settlements), (vec![("3".into(), 2, 2000)], 0));
}

#[test]
fn a_flagged_refund_that_names_no_settlement_does_not_touch_the_rebilled_one() {
    let flagged = |id| Settlement { refd_setl_flag: Some(true), ..settlement(id, "V1") };
    let settlements = [flagged("S1"), flagged("S2"), settlement("S3", "V1")];
    let lines = vec![
        billed_in("S1", charge("1", "2026-03-02 08:00", 2)),
        billed_in("S2", refund("2", "2026-03-03 08:00", 2, None)),
        billed_in("S3", charge("3", "2026-03-02 08:00", 2)),
    ];
    assert_eq!(netted(lines, &settlements), (vec![("3".into(), 2, 2000)], 0));
}

#[test]
fn a_refund_of_a_bill_without_its_lines_does_not_touch_the_rebilled_one() {
    let settlements = [
        settlement("S1", "V1"),
        Settlement { init_setl_id: Some("S1".into()), ..settlement("S2", "V1") },
        settlement("S3", "V1"),
    ];
    let lines =
        vec![billed_in("S2", refund("2", "2026-03-03 08:00", 2, None)), billed_in("S3", charge("3", "2026-03-02 08:00", 2))];
    assert_eq!(netted(lines, &settlements), (vec![("3".into(), 2, 2000)], 0));
}

#[test]
fn a_refund_line_may_lie_in_a_later_settlement_of_the_visit() {
    let settlements = [settlement("S1", "V1"), settlement("S2", "V1")];
    let lines =
        vec![billed_in("S1", charge("1", "2026-03-02 08:00", 2)), billed_in("S2", refund("2", "2026-03-09 08:00", 1, Some("1")))];
    assert_eq!(netted(lines, &settlements), (vec![("1".into(), 1, 1000)], 0));
}

#[test]
fn withdrawn_lines_and_their_refunds_do_not_count() {
    let mut gone = charge("1", "2026-03-02 08:00", 2);
    gone.vali_flag = false;
    assert_eq!(netted(vec![gone, refund("2", "2026-03-02 09:00", 2, Some("1"))], &[]), (vec![], 0));
}

#[test]
fn when_the_first_operation_is_refunded_the_second_becomes_the_first() {
    let lines = vec![
        charge("1", "2026-03-02 08:00", 1),
        refund("2", "2026-03-02 08:30", 1, Some("1")),
        charge("3", "2026-03-02 09:00", 1),
    ];
    assert_eq!(netted(lines, &[]), (vec![("3".into(), 1, 1000)], 0));
}

#[test]
fn half_a_bed_day_twice_is_one_day() {
    let half = |number, at| Line { cnt: Quantity(5_000), ..charge(number, at, 1) };
    let mut faults = Vec::new();
    let lines = vec![half("1", "2026-03-02 08:00"), half("2", "2026-03-02 12:00")];
    let lines = net_of(lines, &VoidSettlements::default(), &mut faults);
    assert_eq!(lines.iter().map(|line| line.cnt).sum::<Quantity>(), Quantity(10_000));
}

fn any_line() -> impl Strategy<Value = Line> {
    (0_u32..30, 0_i64..4, -3_i64..5, prop::option::of(0_u32..30), 0..3).prop_map(|(number, hour, cnt, of, visit)| {
        let at = format!("2026-03-02 {:02}:00", 8 + hour);
        let mut line = line(&format!("V{visit}"), &number.to_string(), &at, ITEM, cnt);
        line.init_feedetl_sn = of.filter(|_| cnt < 0).map(|of| of.to_string().into());
        line
    })
}

proptest! {
    #[test]
    fn netting_never_adds_and_balances(lines in prop::collection::vec(any_line(), 0..25)) {
        let mut faults = Vec::new();
        let charged: Quantity = lines.iter().filter(|line| line.cnt.is_positive()).map(|line| line.cnt).sum();
        let delivered: Quantity = lines.iter().map(|line| line.cnt).sum();
        let netted = net_of(lines, &VoidSettlements::default(), &mut faults);
        let left: Quantity = netted.iter().map(|line| line.cnt).sum();
        prop_assert!(left <= charged);
        prop_assert!(faults.is_empty() == (left == delivered), "what is not netted is reported");
        for net in &netted {
            prop_assert!(net.cnt <= net.record.cnt() && net.amount <= net.record.det_item_fee_sumamt());
            prop_assert!(net.cnt.is_positive() && net.amount >= Fen::ZERO && net.in_scope >= Some(Fen::ZERO));
        }
    }

    #[test]
    fn the_order_of_delivery_does_not_matter(
        (lines, shuffled) in prop::collection::vec(any_line(), 0..25).prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle()))
    ) {
        let (mut faults, mut faults_shuffled) = (Vec::new(), Vec::new());
        let one = net_of(lines, &VoidSettlements::default(), &mut faults);
        let other = net_of(shuffled, &VoidSettlements::default(), &mut faults_shuffled);
        prop_assert_eq!(shown(&one), shown(&other));
        prop_assert_eq!(faults, faults_shuffled);
    }
}
