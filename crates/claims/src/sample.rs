//! Builders of records for this crate's tests. Each gives the plainest valid record; tests set what they are about.

use std::sync::Arc;

use crate::chart::Folder;
use crate::lines::LineBatch;
use crate::record::{Diagnosis, Line, Operation, Person, Settlement, Visit};
use crate::{Fen, Moment, Quantity};

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

pub(crate) fn person() -> Person {
    Person { psn_no: "P1".into(), gend: Some("2".into()), brdy: crate::Day::ymd(1980, 5, 1), ..Person::default() }
}

pub(crate) fn visit(id: &str, begin: &str, end: &str) -> Visit {
    Visit {
        mdtrt_id: id.into(),
        psn_no: "P1".into(),
        fixmedins_code: "H99010100001".into(),
        med_type: Some("21".into()),
        begntime: moment(begin),
        endtime: Moment::parse(end),
        insutype: Some("310".into()),
        insu_admdvs: Some("990101".into()),
        gend: None,
        brdy: None,
        hosp_lv: Some("02".into()),
        chfpdr_code: None,
        nwb_flag: None,
        refl_old_mdtrt_id: None,
        traf_dept_flag: None,
        adm_dept_codg: None,
        dscg_way: None,
        dscg_maindiag_code: None,
        die_date: None,
        ipt_days: None,
        matn_type: None,
        fetus_cnt: None,
        dise_no: None,
        vali_flag: true,
    }
}

pub(crate) fn settlement(id: &str, visit: &str) -> Settlement {
    Settlement {
        setl_id: id.into(),
        mdtrt_id: visit.into(),
        init_setl_id: None,
        refd_setl_flag: None,
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
        vali_flag: true,
    }
}

/// A line of quantity `cnt` at ten yuan each, all in scope.
pub(crate) fn line(visit: &str, number: &str, at: &str, code: &str, cnt: i64) -> Line {
    Line {
        bkkp_sn: number.into(),
        mdtrt_id: visit.into(),
        setl_id: None,
        rx_drord_no: None,
        fee_ocur_time: moment(at),
        med_list_codg: Some(code.into()),
        name: None,
        list_type: None,
        med_chrgitm_type: None,
        cnt: Quantity(cnt * 10_000),
        pric: None,
        det_item_fee_sumamt: Fen(cnt * 1_000),
        inscp_amt: Some(Fen(cnt * 1_000)),
        init_feedetl_sn: None,
        vali_flag: true,
        bilg_dr_code: None,
        bilg_dept_codg: None,
        matn_fee_flag: None,
        rx_circ_flag: None,
        dscg_tkdrug_flag: None,
    }
}

pub(crate) fn diagnosis(visit: &str, code: &str) -> Diagnosis {
    Diagnosis { mdtrt_id: visit.into(), diag_code: code.into(), diag_name: None, maindiag_flag: false, diag_type: None }
}

pub(crate) fn operation(visit: &str, code: &str, day: &str) -> Operation {
    Operation {
        mdtrt_id: visit.into(),
        oprn_oprt_code: code.into(),
        oprn_oprt_date: crate::Day::parse(day),
        oprn_oprt_begntime: None,
        oprn_oprt_endtime: None,
    }
}

pub(crate) fn folder(visits: Vec<Visit>, settlements: Vec<Settlement>, lines: Vec<Line>) -> Folder {
    let lines = LineBatch::of(lines);
    Folder { person: Arc::new(person()), fixmedins_code: "H99010100001".into(), visits, settlements, lines, ..Folder::default() }
}
