//! Notions（口径）: they say of the tables as delivered what the line rules say of charts.

use std::collections::{BTreeMap, BTreeSet};

use claims::lines::LineBatch;
use claims::net::{VoidSettlements, net};
use claims::record::{Line, Settlement};
use claims::{Fen, Moment, Quantity, UnitPrice};
use engine::cases;
use rulebook::{Pack, Rule};

fn settlement(visit: &str, name: &str, init: Option<&str>, refunded: Option<bool>, valid: bool) -> Settlement {
    Settlement {
        setl_id: format!("{visit}{name}").as_str().into(),
        mdtrt_id: visit.into(),
        init_setl_id: init.map(|id| if id.len() == 1 && id != "-" { format!("{visit}{id}").as_str().into() } else { id.into() }),
        refd_setl_flag: refunded,
        mid_setl_flag: None,
        insutype: None,
        med_type: None,
        insu_admdvs: None,
        clr_way: None,
        setl_time: None,
        medfee_sumamt: None,
        fund_pay_sumamt: None,
        funds: Vec::new(),
        acct_mulaid_pay: None,
        vali_flag: valid,
    }
}

/// A visit for each way in which two settlements can be marked, with a bystander in every third.
fn every_way() -> Vec<Settlement> {
    let flags = [None, Some(false), Some(true)];
    let (mut all, mut visits) = (Vec::new(), 0);
    for (refunded_a, valid_a) in flags.iter().flat_map(|flag| [(*flag, true), (*flag, false)]) {
        for init in [None, Some("A"), Some("B"), Some("-"), Some("NULL"), Some("000"), Some("")] {
            for (refunded_b, valid_b) in flags.iter().flat_map(|flag| [(*flag, true), (*flag, false)]) {
                let visit = format!("V{visits:03}");
                visits += 1;
                if visits % 3 == 0 {
                    all.push(settlement(&visit, "C", None, None, true));
                }
                all.push(settlement(&visit, "A", None, refunded_a, valid_a));
                all.push(settlement(&visit, "B", init, refunded_b, valid_b));
            }
        }
    }
    all
}

/// The rows of `setl_d` as a case gives them.
fn given(settlements: &[Settlement]) -> String {
    let row = |one: &Settlement| {
        let init = one.init_setl_id.as_ref().map_or_else(String::new, |init| format!(", init_setl_id = \"{init}\""));
        let refunded = one.refd_setl_flag.map_or_else(String::new, |flag| format!(", refd_setl_flag = \"{}\"", u8::from(flag)));
        let (visit, number, valid) = (&one.mdtrt_id, &one.setl_id, u8::from(one.vali_flag));
        format!("{{ mdtrt_id = \"{visit}\", setl_id = \"{number}\"{init}{refunded}, vali_flag = \"{valid}\" }}")
    };
    format!("setl_d = [\n{}]", settlements.iter().map(row).collect::<Vec<_>>().join(",\n"))
}

/// Whether a SELECT over a notion answers these ids, as a rule's case sees it.
async fn holds(sql: &str, given: &str, expected: &BTreeSet<String>) {
    let findings = expected.iter().map(|id| format!("{{ mdtrt_id = \"{id}\" }}")).collect::<Vec<_>>().join(",\n");
    let text = format!(
        "code = \"L990101-001\"\nname = \"例\"\nclass = \"model\"\ngroup = \"例\"\nversion = 1\nstatus = \"trial\"\nstages = [\"post\"]\n\
         scenarios = [\"inpatient\"]\nresult = \"suspected\"\nviolation = \"例\"\nwhy = \"例\"\nlogic_text = \"例\"\nmessage = \"例\"\n\
         basis = [{{ law = \"例\", article = \"第一条\" }}]\n[logic]\nkind = \"query\"\nsubject = \"visit\"\ncharge = \"all\"\namount = \"none\"\n\
         sql = \"SELECT 'hit' AS verdict, id AS subject_key, id AS mdtrt_id FROM ({sql})\"\n\
         [[case]]\nname = \"一\"\ngiven = {{ {given} }}\nexpect = [\n{findings}]\n"
    );
    let rule = Rule::parse("L990101-001.toml", &text).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let pack = Pack::shipped().unwrap_or_else(|faults| panic!("{}", faults[0]));
    for result in cases::test(&pack, &rule, &rule.cases).await {
        assert_eq!(result.problem, None, "{sql}");
    }
}

#[tokio::test]
async fn a_settlement_is_void_for_a_select_when_it_is_for_a_line_rule() {
    let settlements = every_way();
    let void = VoidSettlements::of(&settlements);
    let is_void = |one: &&Settlement| void.contains(&one.setl_id);
    let expected: BTreeSet<String> = settlements.iter().filter(is_void).map(|one| one.setl_id.to_string()).collect();
    assert!(expected.len() > 100 && expected.len() < settlements.len() - 100, "{}", expected.len());
    holds("SELECT setl_id AS id FROM void_settlement", &given(&settlements), &expected).await;
}

#[tokio::test]
async fn a_visit_is_void_when_all_its_settlements_are() {
    let settlements = every_way();
    let void = VoidSettlements::of(&settlements);
    let mut stands: BTreeMap<String, bool> = BTreeMap::new();
    for one in &settlements {
        *stands.entry(one.mdtrt_id.to_string()).or_default() |= !void.contains(&one.setl_id);
    }
    let expected: BTreeSet<String> = stands.into_iter().filter(|(_, stands)| !stands).map(|(visit, _)| visit).collect();
    assert!(expected.len() > 20, "{}", expected.len());
    holds("SELECT mdtrt_id AS id FROM void_visit", &given(&settlements), &expected).await;
}

#[tokio::test]
async fn the_level_of_an_institution_is_that_of_its_valid_record() {
    // The institution of every case is there too.
    let rows = "fixmedins_b = [{ fixmedins_code = \"H1\", hosp_lv = \"05\" }, { fixmedins_code = \"H1\", hosp_lv = \"09\", vali_flag = \"0\" }]";
    let sql = "SELECT fixmedins_code || ':' || hosp_lv AS id FROM hospital_level";
    holds(sql, rows, &BTreeSet::from(["H1:05".to_owned(), "H99010100001:02".to_owned()])).await;
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn of<'a>(&mut self, faces: &[&'a str]) -> &'a str {
        faces[usize::try_from(self.below(faces.len() as u64)).unwrap_or_default()]
    }
}

/// A line of a visit: a charge, or a refund that names its charge or not, in full or in part, or of money alone.
fn line(visit: usize, number: u64, dice: &mut Dice) -> Line {
    let codes = [
        "001201000010000",
        "001201000010000-0101",
        "001201000010000",
        "XC10AAA174A001010100001",
        "xc10aaa174a001010100001",
        "-",
        "无",
    ];
    let (price, is_refund) = (if dice.below(4) == 0 { 200 } else { 100 }, number > 1 && dice.below(2) == 0);
    let units = i64::try_from(dice.below(if is_refund { 3 } else { 6 })).unwrap_or_default();
    let (mut cnt, mut amount) = (units, units * price);
    if is_refund {
        // Some hospitals write the quantity alone below zero, some the amount.
        (cnt, amount) = [(-cnt, -amount), (-cnt, amount), (0, -price)][usize::try_from(dice.below(3)).unwrap_or_default()];
    }
    let named = format!("L{}", dice.below(number + 1));
    let init = is_refund.then(|| dice.of(&["", "-", named.as_str()])).filter(|name| !name.is_empty());
    Line {
        bkkp_sn: format!("L{number}").as_str().into(),
        mdtrt_id: format!("V{visit}").as_str().into(),
        setl_id: Some(format!("V{visit}{}", dice.of(&["A", "D", "D", "B", "C"])).as_str().into()),
        rx_drord_no: None,
        fee_ocur_time: Moment::parse(&format!("2026-03-0{} 08:00:00", 1 + dice.below(5))).expect("a time"),
        med_list_codg: Some(dice.of(&codes).into()),
        name: Some(dice.of(&["甲", "乙"]).into()),
        list_type: None,
        med_chrgitm_type: None,
        cnt: Quantity(cnt * 10_000),
        pric: (dice.below(3) > 0).then(|| UnitPrice::of(Fen(price), Quantity(10_000))).flatten(),
        det_item_fee_sumamt: Fen(amount),
        inscp_amt: (dice.below(4) > 0).then_some(Fen(amount)),
        init_feedetl_sn: init.map(Into::into),
        vali_flag: dice.below(10) > 0,
        bilg_dr_code: None,
        bilg_dept_codg: None,
        matn_fee_flag: None,
        rx_circ_flag: None,
        dscg_tkdrug_flag: None,
    }
}

/// The row of `fee_list_d` as a case gives it.
fn row(line: &Line) -> String {
    // What a case leaves out is filled in for it; what is empty is not there.
    let text = |name: &str, value: Option<String>| format!(", {name} = \"{}\"", value.unwrap_or_default());
    let rest = [
        text("setl_id", line.setl_id.as_ref().map(ToString::to_string)),
        text("med_list_codg", line.med_list_codg.as_ref().map(ToString::to_string)),
        text("medins_list_name", line.name.as_ref().map(ToString::to_string)),
        text("pric", line.pric.map(|price| price.to_string())),
        text("inscp_amt", line.inscp_amt.map(|fen| fen.to_string())),
        text("init_feedetl_sn", line.init_feedetl_sn.as_ref().map(ToString::to_string)),
    ];
    format!(
        "{{ mdtrt_id = \"{}\", bkkp_sn = \"{}\", fee_ocur_time = \"{}\", cnt = \"{}\", det_item_fee_sumamt = \"{}\", vali_flag = \"{}\"{} }}",
        line.mdtrt_id,
        line.bkkp_sn,
        line.fee_ocur_time,
        line.cnt,
        line.det_item_fee_sumamt,
        u8::from(line.vali_flag),
        rest.concat()
    )
}

#[tokio::test]
async fn what_was_returned_of_a_line_is_for_a_select_what_it_is_for_a_line_rule() {
    let mut dice = Dice(20_260_302);
    let lines: Vec<Line> = (0..120)
        .flat_map(|visit| (0..3 + dice.below(6)).map(|number| line(visit, number, &mut dice)).collect::<Vec<_>>())
        .collect();
    // B refunds A in every third visit, and C was withdrawn in every fourth.
    let settlements: Vec<Settlement> = (0..120)
        .flat_map(|visit| {
            let name = format!("V{visit}");
            [
                settlement(&name, "A", None, None, true),
                settlement(&name, "B", (visit % 3 == 0).then_some("A"), None, true),
                settlement(&name, "C", None, None, visit % 4 != 0),
            ]
        })
        .collect();
    let standing = net(LineBatch::of(lines.iter().cloned()), &VoidSettlements::of(&settlements), &mut Vec::new());
    let scope = |fen: Option<Fen>| fen.map_or_else(|| "-".to_owned(), |fen| fen.to_string());
    let said = |line: &claims::net::Net| {
        let units = line.cnt.0 / 10_000;
        format!("{}:{}:{units}:{}:{}", line.record.mdtrt_id(), line.record.bkkp_sn(), line.amount, scope(line.in_scope))
    };
    let expected: BTreeSet<String> = standing.iter().map(said).collect();
    let reduced = standing.iter().filter(|line| !line.refunds.is_empty()).count();
    assert!(expected.len() > 100 && reduced > 20, "{} lines stand, {reduced} of them less than billed", expected.len());
    let visits: Vec<String> = (0..120).map(|visit| format!("{{ mdtrt_id = \"V{visit}\" }}")).collect();
    let rows: Vec<String> = lines.iter().map(row).collect();
    let given = format!("mdtrt_d = [\n{}], fee_list_d = [\n{}], {}", visits.join(",\n"), rows.join(",\n"), given(&settlements));
    let sql = "SELECT f.mdtrt_id || ':' || f.bkkp_sn || ':' || CAST(CAST(f.cnt - coalesce(b.cnt, 0) AS BIGINT) AS TEXT) || ':' || \
        CAST(CAST(f.det_item_fee_sumamt - coalesce(b.det_item_fee_sumamt, 0) AS DECIMAL(18, 2)) AS TEXT) || ':' || \
        coalesce(CAST(CAST(f.inscp_amt - coalesce(b.inscp_amt, 0) AS DECIMAL(18, 2)) AS TEXT), '-') AS id \
        FROM fee_list_d f LEFT JOIN returned_line b ON b.mdtrt_id = f.mdtrt_id AND b.bkkp_sn = f.bkkp_sn \
        LEFT ANTI JOIN void_settlement d ON d.setl_id = f.setl_id \
        WHERE f.cnt > 0 AND f.det_item_fee_sumamt >= 0 AND f.vali_flag <> '0' AND f.cnt > coalesce(b.cnt, 0)";
    holds(sql, &given, &expected).await;
}
