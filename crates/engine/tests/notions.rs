//! Notions（口径）: they say of the tables as delivered what the line rules say of charts.

use std::collections::{BTreeMap, BTreeSet};

use claims::net::VoidSettlements;
use claims::record::Settlement;
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
