//! What the chart says as a whole: money, persons, institution, and that the order of delivery does not matter.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::Fen;
use crate::fund::ShareUnknown;
use crate::lines::LineRow;
use crate::record::{Institution, Line};
use crate::sample::{folder, line, settlement, visit};
use crate::{Day, Quantity};

const ITEM: &str = "001102000010000";

fn paid(id: &str, fund: i64) -> Settlement {
    Settlement {
        fund_pay_sumamt: Some(Fen(fund)),
        insutype: Some("390".into()),
        clr_way: Some("05".into()),
        ..settlement(id, "V1")
    }
}

fn in_settlement(id: &str, line: Line) -> Line {
    Line { setl_id: Some(id.into()), ..line }
}

fn stay() -> Visit {
    visit("V1", "2026-03-01 08:00", "2026-03-06 10:00")
}

fn charted(folder: Folder) -> Chart {
    chart(folder, &Norms::default())
}

#[test]
fn the_funds_money_is_spread_over_net_lines_by_line_id() {
    let lines = vec![
        in_settlement("S1", line("V1", "2", "2026-03-02 08:00", ITEM, 1)),
        in_settlement("S1", line("V1", "10", "2026-03-02 09:00", ITEM, 1)),
        in_settlement("S1", line("V1", "3", "2026-03-02 10:00", ITEM, 2)),
        Line { init_feedetl_sn: Some("3".into()), ..line("V1", "4", "2026-03-02 11:00", ITEM, -1) },
    ];
    let chart = charted(folder(vec![stay()], vec![paid("S1", 1000)], lines));
    let share = |number: &str| {
        chart.lines.iter().find(|line| line.record.bkkp_sn() == number).and_then(|line| chart.fund_share(line).ok())
    };
    // 1000 fen over three equal lines: the odd fen goes to V1:10, the first id by its bytes.
    assert_eq!((share("10"), share("2"), share("3")), (Some(Fen(334)), Some(Fen(333)), Some(Fen(333))));
}

#[test]
fn an_unknown_share_says_why() {
    let lines = vec![line("V1", "1", "2026-03-02 08:00", ITEM, 1)];
    let why = |settlements| {
        let chart = charted(folder(vec![stay()], settlements, lines.clone()));
        chart.fund_share(&chart.lines[0]).err()
    };
    assert_eq!(why(vec![]), Some(ShareUnknown::NoSettlement));
    assert_eq!(why(vec![settlement("S1", "V1")]), Some(ShareUnknown::NoFundTotal));
    assert_eq!(why(vec![paid("S1", 500)]), None);
    assert_eq!(why(vec![paid("S1", 500), paid("S2", 500)]), Some(ShareUnknown::NoSettlement), "it could be of either");
}

#[test]
fn who_paid_comes_from_the_standing_settlement() {
    let refunded = Settlement { refd_setl_flag: Some(true), insutype: Some("510".into()), ..paid("S0", 1) };
    let chart = charted(folder(vec![stay()], vec![refunded, paid("S1", 500)], vec![]));
    let visit = &chart.visits[0];
    assert_eq!(visit.settlements.len(), 1);
    assert_eq!((visit.insutype.as_deref(), visit.clr_way.as_deref()), (Some("390"), Some("05")));
    assert_eq!(visit.insu_admdvs.as_deref(), Some("990101"), "the settlement is silent, so the visit tells");
}

#[test]
fn level_and_region_are_those_of_the_day() {
    let row = |level: &str, region: &str, from: Option<Day>, to: Option<Day>| Institution {
        fixmedins_code: "H99010100001".into(),
        fixmedins_name: None,
        fixmedins_type: None,
        hosp_lv: Some(level.into()),
        fix_blng_admdvs: Some(region.into()),
        begntime: from,
        endtime: to,
    };
    let mut folder = folder(vec![stay()], vec![], vec![]);
    assert_eq!(charted(folder.clone()).visits[0].region.as_deref(), Some("990101"), "from the institution's code");
    folder.institution =
        Arc::from([row("05", "990102", None, Day::ymd(2026, 3, 1)), row("11", "990103", Day::ymd(2026, 3, 2), None)]);
    let visit = &charted(folder.clone()).visits[0];
    assert_eq!((visit.hosp_lv.as_deref(), visit.region.as_deref()), (Some("05"), Some("990102")));
    folder.visits[0].begntime = Moment::parse("2026-03-02 08:00").unwrap();
    assert_eq!(charted(folder).visits[0].hosp_lv, None, "unrated");
}

#[test]
fn tables_that_contradict_each_other_make_a_fault_and_an_unknown() {
    let mut visit = stay();
    visit.gend = Some("1".into());
    visit.brdy = Day::ymd(1981, 5, 1);
    let chart = charted(folder(vec![visit], vec![], vec![line("V1", "1", "2026-03-02 08:00", ITEM, 1)]));
    assert!(chart.visits[0].sex_conflict && chart.lines[0].sex.is_none() && chart.lines[0].age.is_none());
    let checks: Vec<_> = chart.faults.iter().map(|fault| fault.check).collect();
    assert_eq!(checks, [fault::SEX_CONFLICT, fault::BIRTH_CONFLICT]);
}

#[test]
fn a_default_birth_date_gives_way_to_the_other_table() {
    let mut visit = stay();
    visit.brdy = Day::ymd(1900, 1, 1);
    let chart = charted(folder(vec![visit], vec![], vec![]));
    assert_eq!(chart.visits[0].birth, Day::ymd(1980, 5, 1));
    assert!(chart.faults.is_empty());
}

#[test]
fn an_end_before_the_begin_is_no_end() {
    let chart = charted(folder(vec![visit("V1", "2026-03-05 08:00", "2026-03-01 08:00")], vec![], vec![]));
    assert_eq!((chart.stays[0].end, chart.stays[0].billable_days), (None, None));
    assert_eq!(chart.faults[0].check, fault::END_BEFORE_BEGIN);
}

#[test]
fn while_in_hospital_the_last_service_bounds_the_end() {
    let lines = vec![line("V1", "1", "2026-03-09 08:00", ITEM, 1), line("V1", "2", "2026-03-04 08:00", ITEM, 1)];
    let chart = charted(folder(vec![visit("V1", "2026-03-01 08:00", "")], vec![], lines));
    assert_eq!((chart.stays[0].end, chart.stays[0].last_service), (None, Day::ymd(2026, 3, 9)));
}

#[test]
fn a_line_without_its_visit_is_a_fault() {
    let mut withdrawn = stay();
    withdrawn.vali_flag = false;
    let chart = charted(folder(vec![withdrawn], vec![], vec![line("V1", "1", "2026-03-09 08:00", ITEM, 1)]));
    assert!(chart.visits.is_empty() && chart.lines.is_empty());
    assert_eq!(chart.faults[0].check, fault::LINE_WITHOUT_VISIT);
}

#[test]
fn parts_under_one_visit_number_are_one_visit() {
    let parts = vec![visit("V1", "2026-03-01 08:00", "2026-03-03 10:00"), visit("V1", "2026-03-03 10:00", "2026-03-06 10:00")];
    let chart = charted(folder(parts, vec![], vec![]));
    assert_eq!((chart.visits.len(), chart.stays[0].billable_days), (1, Some(5)));
}

#[test]
fn only_a_hospital_stay_is_posted_late() {
    let lines: Vec<Line> = (0..12).map(|number| line("V1", &number.to_string(), "2026-03-01 09:30", ITEM, 1)).collect();
    let unreliable = |med_type: &str| {
        let visit = Visit { med_type: Some(med_type.into()), ..stay() };
        charted(folder(vec![visit], vec![], lines.clone())).stays[0].dates_unreliable
    };
    assert!(unreliable("21"));
    assert!(!unreliable("11"));
}

#[test]
fn the_later_of_two_dates_of_death_is_taken() {
    let mut folder = folder(vec![stay()], vec![], vec![]);
    folder.visits[0].die_date = Day::ymd(2026, 3, 5);
    folder.person = Arc::new(Person { die_date: Day::ymd(2026, 3, 6), ..crate::sample::person() });
    assert_eq!(charted(folder).visits[0].death, Day::ymd(2026, 3, 6), "grace to the institution where sources differ");
}

fn any_folder() -> impl Strategy<Value = Folder> {
    let visits = prop::collection::vec((0_i32..6, 0_i32..6, prop::bool::ANY, prop::option::of(0_usize..5)), 1..5);
    let settlements =
        prop::collection::vec((0_usize..4, 0_i64..9999, prop::option::of(prop::bool::ANY), prop::option::of(0_usize..6)), 0..6);
    let lines = prop::collection::vec((0_usize..5, 0_i32..12, -2_i64..4, prop::option::of(0_usize..6)), 0..25);
    (visits, settlements, lines).prop_map(|(visits, settlements, lines)| {
        let start = Day::ymd(2026, 3, 1).unwrap();
        let visits = visits.into_iter().enumerate().map(|(index, (begin, days, ended, before))| {
            let mut visit = visit(&format!("V{index}"), &start.plus(begin).to_string(), "");
            visit.endtime = ended.then(|| start.plus(begin + days).midnight());
            visit.refl_old_mdtrt_id = before.map(|before| format!("V{before}").into());
            visit
        });
        let settlements = settlements.into_iter().enumerate().map(|(index, (visit, fund, mid, original))| Settlement {
            fund_pay_sumamt: Some(Fen(fund)),
            mid_setl_flag: mid,
            init_setl_id: original.filter(|original| *original < 2).map(|original| format!("S{original}").into()),
            ..settlement(&format!("S{index}"), &format!("V{visit}"))
        });
        let lines = lines.into_iter().enumerate().map(|(index, (visit, day, cnt, setl))| Line {
            setl_id: setl.map(|setl| format!("S{setl}").into()),
            ..line(&format!("V{visit}"), &index.to_string(), &start.plus(day).to_string(), ITEM, cnt)
        });
        folder(visits.collect(), settlements.collect(), lines.collect())
    })
}

proptest! {
    #[test]
    fn the_order_of_records_does_not_matter(folder in any_folder(), turn in 0_usize..7) {
        let mut turned = folder.clone();
        turned.visits.reverse();
        let settlements = turned.settlements.len().max(1);
        turned.settlements.rotate_left(turn % settlements);
        turned.lines.reverse();
        let lines = turned.lines.len().max(1);
        turned.lines.rotate_left(turn % lines);
        prop_assert_eq!(format!("{:?}", charted(folder)), format!("{:?}", charted(turned)));
    }

    #[test]
    fn charts_hold_together(folder in any_folder()) {
        let billed: Quantity = folder.lines.iter().filter(|line| line.cnt().is_positive()).map(LineRow::cnt).sum();
        let chart = charted(folder);
        prop_assert!(chart.lines.iter().map(|line| line.cnt).sum::<Quantity>() <= billed);
        for (number, stay) in chart.stays.iter().enumerate() {
            prop_assert!(stay.visits.iter().all(|visit| chart.visits[*visit].stay == number));
            prop_assert_eq!(&stay.id, &chart.visits[stay.visits[0]].record.mdtrt_id);
        }
        prop_assert_eq!(chart.stays.iter().map(|stay| stay.visits.len()).sum::<usize>(), chart.visits.len());
        for (index, settlement) in chart.settlements.iter().enumerate() {
            let shares: Vec<Fen> = chart.lines.iter().filter(|line| line.settlement == Some(index)).filter_map(|line| chart.fund_share(line).ok()).collect();
            if !shares.is_empty() {
                prop_assert_eq!(Some(shares.into_iter().sum::<Fen>()), settlement.fund_pay_sumamt);
            }
        }
    }
}
