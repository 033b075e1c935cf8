//! The city's extract files, in national columns.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use claims::Day;

use crate::catalogue::Item;
use crate::person::{DeathNote, Person, Register};
use crate::place::PLACEHOLDER_DOCTOR;
use crate::settle::{Money, money};
use crate::sheet::{Row, Sheet, push_text};
use crate::truth::{Expect, Truth};
use crate::visit::{Line, Settle, SettleRole, Visit, Year};
use crate::world::World;
use crate::{Packing, Summary, SynthError};

const VISITS: &str = "mdtrt_id,psn_no,psn_name,gend,brdy,insutype,psn_type,emp_no,mdtrt_cert_type,nwb_flag,insu_admdvs,fixmedins_code,fixmedins_name,hosp_lv,fix_blng_admdvs,begntime,endtime,med_type,refl_old_mdtrt_id,ipt_otp_no,chfpdr_code,adm_dept_codg,traf_dept_flag,dscg_maindiag_code,dscg_maindiag_name,dscg_dept_codg,dscg_way,die_date,ipt_days,fetus_cnt,matn_type,dise_no,vali_flag,medrcdno,ttp_pay_flag,pre_pay_flag";
const SETTLEMENTS: &str = "setl_id,mdtrt_id,init_setl_id,psn_no,insutype,psn_type,insu_admdvs,fixmedins_code,hosp_lv,begndate,enddate,setl_time,med_type,setl_type,clr_type,clr_way,medfee_sumamt,fulamt_ownpay_amt,overlmt_selfpay,preselfpay_amt,inscp_amt,act_pay_dedc,hifp_pay,cvlserv_pay,hifes_pay,hifmi_pay,hifob_pay,hifdm_pay,maf_pay,othfund_pay,fund_pay_sumamt,psn_pay,acct_pay,cash_payamt,balc,ownpay_hosp_part,acct_mulaid_pay,refd_setl_flag,mid_setl_flag,dise_no,vali_flag,pay_loc,invono";
const LINES: &str = "bkkp_sn,mdtrt_id,setl_id,rx_drord_no,fixmedins_code,psn_no,insu_admdvs,med_type,fee_ocur_time,cnt,pric,det_item_fee_sumamt,fulamt_ownpay_amt,overlmt_selfpay,preselfpay_amt,inscp_amt,chrgitm_lv,list_type,med_list_codg,medins_list_codg,medins_list_name,med_chrgitm_type,bilg_dept_codg,bilg_dr_code,acord_dept_codg,matn_fee_flag,rx_circ_flag,dscg_tkdrug_flag,prd_days,hi_nego_drug_flag,crte_time,init_feedetl_sn,vali_flag";
const DIAGNOSES: &str =
    "setl_id,mdtrt_id,psn_no,inout_diag_type,diag_type,maindiag_flag,diag_srt_no,diag_code,diag_name,adm_cond_type,vali_flag";
const OPERATIONS: &str = "setl_id,mdtrt_id,psn_no,main_oprn_flag,oprn_oprt_code,oprn_oprt_name,oprn_oprt_date,oprn_oprt_begntime,oprn_oprt_endtime,anst_begntime,anst_endtime,oper_dr_code,vali_flag";
const PERSONS: &str = "psn_no,psn_name,gend,brdy,psn_cert_type,certno,surv_stas,die_date,live_admdvs,vali_flag";
const TRACES: &str =
    "fixmedins_code,mdtrt_id,setl_id,bkkp_sn,psn_no,med_list_codg,drug_trac_codg,trdn_flag,sel_retn_cnt,sel_retn_time,vali_flag";
const ORDERS: &str = "mdtrt_id,drord_no,psn_no,fixmedins_code,med_list_codg,drord_name,drord_begntime,drord_endtime,dismed_amt,dismed_unt,vali_flag";
const TRUTH: &str = "scheme,rule_code,subject,fixmedins_code,psn_no,mdtrt_id,line_ids,amount_fen,expect";

/// All files that grow person by person.
pub(crate) struct Books {
    dir: PathBuf,
    packing: Packing,
    visits: Sheet,
    settlements: Sheet,
    /// By month of the visit's begin, so that a visit is whole in one file.
    lines: BTreeMap<i32, Sheet>,
    months: Vec<Day>,
    diagnoses: Sheet,
    operations: Sheet,
    persons: Sheet,
    traces: Sheet,
    orders: Sheet,
    deaths: Sheet,
    truth: Sheet,
    /// Each item's columns of a line, rendered once.
    items: Vec<Vec<u8>>,
    pub(crate) summary: Summary,
}

impl Books {
    pub(crate) fn create(dir: &Path, packing: Packing, world: &World) -> Result<Self, SynthError> {
        let sheet = |name: &str, header: &str| Sheet::create(dir, name, packing, header);
        let mut months = vec![world.first];
        while let Some(next) = months.last().map(|day| day.plus(31).month_start()).filter(|next| *next <= world.last) {
            months.push(next);
        }
        Ok(Self {
            dir: dir.to_owned(),
            packing,
            visits: sheet("mdtrt_d", VISITS)?,
            settlements: sheet("setl_d", SETTLEMENTS)?,
            lines: BTreeMap::new(),
            months,
            diagnoses: sheet("setl_list_diag_d", DIAGNOSES)?,
            operations: sheet("setl_list_oprn_d", OPERATIONS)?,
            persons: sheet("psn_info_b", PERSONS)?,
            traces: sheet("drugtracinfo", TRACES)?,
            orders: sheet("drord_d", ORDERS)?,
            deaths: sheet("death_register", "psn_no,die_date,source")?,
            truth: Sheet::create(dir, "truth", Packing::None, TRUTH)?,
            items: world.catalogue.items.iter().enumerate().map(|(index, item)| columns_of(index, item)).collect(),
            summary: Summary::default(),
        })
    }

    /// Writes one person with everything of the year.
    pub(crate) fn person(&mut self, world: &World, person: &Person, year: &mut Year) -> Result<(), SynthError> {
        self.person_row(person);
        for visit in &mut year.visits {
            if visit.settles.is_empty() {
                let at = visit.end.unwrap_or(visit.begin).plus_seconds(900);
                visit.settles.push(Settle { role: SettleRole::Final, at });
            }
            self.visit(world, person, visit)?;
        }
        self.scans(world, person, year);
        for sheet in
            [&mut self.visits, &mut self.settlements, &mut self.diagnoses, &mut self.persons, &mut self.traces, &mut self.truth]
        {
            sheet.flush_if_full()?;
        }
        Ok(())
    }

    fn person_row(&mut self, person: &Person) {
        self.summary.persons += 1;
        let dated = person.death.filter(|(_, note)| *note == DeathNote::Person).map(|(day, _)| day);
        let dead = person.death.is_some_and(|(_, note)| note != DeathNote::RegisterOnly);
        let mut row = self.persons.row();
        row.text(&person.number).text(&format!("参保人{:07}", person.index + 1));
        sex(&mut row, person.sex, person.sex_in_table);
        birth(&mut row, person);
        // A certificate of no known kind, so that nobody reads a sex or a birth date out of it.
        row.text("99").text(&format!("HC{}{:010}", person.region, person.index + 1));
        row.text(if dead { "死亡" } else { "正常" }).day_or_blank(dated).text(&person.region).text("1").end();
        if let Some((day, DeathNote::RegisterOnly)) = person.death {
            self.deaths.row().text(&person.number).day(day).text("民政殡葬登记").end();
        }
    }

    fn visit(&mut self, world: &World, person: &Person, visit: &Visit) -> Result<(), SynthError> {
        self.summary.visits += 1;
        self.visit_row(world, person, visit);
        for (index, (settle, money)) in visit.settles.iter().zip(money(&world.catalogue, person, visit)).enumerate() {
            self.summary.settlements += 1;
            self.summary.amount_fen += money.total;
            self.settlement_row(world, person, visit, index, settle, &money);
        }
        self.diagnosis_rows(person, visit);
        self.operation_rows(world, person, visit);
        self.order_rows(world, person, visit);
        self.line_rows(world, person, visit)
    }

    fn visit_row(&mut self, world: &World, person: &Person, visit: &Visit) {
        let place = &world.places.institutions[visit.place];
        let stay = visit.is_stay();
        let mut row = self.visits.row();
        row.number(visit.id).text(&person.number).text(&format!("参保人{:07}", person.index + 1));
        sex(&mut row, person.sex, person.sex_at_visit);
        birth(&mut row, person);
        row.text(person.insutype).text(person.psn_type);
        // A family account is used by electronic voucher, everything else by card.
        row.text(&person.unit).text(if visit.family_account { "01" } else { "03" });
        row.flag(visit.papers.newborn).text(&person.region).text(&place.code).text(&place.name);
        row.text(place.level_on(visit.begin.day())).text(&place.region);
        row.moment(visit.begin).moment_or_blank(visit.end).text(visit.med_type);
        row.number_or_blank(visit.referred_from.unwrap_or(0)).number(visit.id % 100_000_000);
        row.text(&world.places.doctors[visit.doctor]).text(visit.dept).flag(visit.ward_change);
        let main = visit.diags.first().copied().unwrap_or(("", ""));
        if stay {
            row.text(main.0).text(main.1).text(visit.dept).text(visit.leaving).day_or_blank(visit.died);
            match visit.end {
                Some(end) => {
                    let days = end.day().since(visit.begin.day()).max(1) + visit.more_days_stated;
                    row.number(u64::try_from(days).unwrap_or(1))
                }
                None => row.blank(1),
            };
        } else {
            row.blank(6);
        }
        row.number_or_blank(u64::from(visit.babies)).text(visit.matn_type).text(visit.dise_no).text("1");
        let record = if visit.papers.record == 0 { person.index as u64 + 1 } else { visit.papers.record };
        row.number_or_blank(if stay { record } else { 0 }).text(visit.papers.third_party);
        row.text(if visit.papers.paid_ahead { "1" } else { "" }).end();
    }

    fn settlement_row(&mut self, world: &World, person: &Person, visit: &Visit, index: usize, settle: &Settle, money: &Money) {
        let place = &world.places.institutions[visit.place];
        let stay = visit.is_stay();
        let id = setl_id(visit, index);
        let refunded = matches!(settle.role, SettleRole::Refund | SettleRole::Refunded);
        let mut row = self.settlements.row();
        row.number(id).number(visit.id).number_or_blank(if settle.role == SettleRole::Refund { id - 1 } else { 0 });
        row.text(&person.number).text(person.insutype).text(person.psn_type).text(&person.region).text(&place.code);
        row.text(place.level_on(visit.begin.day()));
        row.day(visit.begin.day())
            .day_or_blank(visit.end.map(claims::Moment::day))
            .moment(settle.at)
            .text(visit.med_type)
            .text(visit.papers.desk.settlement());
        row.text(match visit.med_type {
            "41" => "41",
            _ if stay => "21",
            _ => "11",
        });
        row.text(if stay { place.clr_way } else { "01" });
        for fen in [money.total, money.own, 0, money.first_pay, money.in_scope, money.deductible, money.pooled, 0, 0] {
            row.yuan(fen);
        }
        for fen in [money.serious, money.large, 0, money.assistance, 0, money.fund, money.total - money.fund] {
            row.yuan(fen);
        }
        row.yuan(money.account).yuan(money.cash).yuan(balance(person, visit)).yuan(0).yuan(money.family);
        row.flag(refunded).flag(settle.role == SettleRole::Interim).text(visit.dise_no).text("1").text(visit.papers.desk.code());
        row.number(if visit.papers.invoice == 0 { id } else { visit.papers.invoice }).end();
    }

    fn diagnosis_rows(&mut self, person: &Person, visit: &Visit) {
        let id = setl_id(visit, visit.settles.len().saturating_sub(1));
        let stay = visit.is_stay();
        let before = if stay && !visit.unfilled { "1" } else { "" };
        let known = visit.diags.iter().map(|one| (one, before));
        let all = known.chain(visit.caught.iter().map(|one| (one, if visit.unfilled { "" } else { "4" })));
        for (index, ((code, name), condition)) in all.enumerate() {
            let mut row = self.diagnoses.row();
            row.number(id).number(visit.id).text(&person.number).text(if stay { "2" } else { "1" }).text("1");
            row.flag(index == 0).number(index as u64 + 1).text(code).text(name).text(condition).text("1").end();
        }
    }

    fn operation_rows(&mut self, world: &World, person: &Person, visit: &Visit) {
        let id = setl_id(visit, visit.settles.len().saturating_sub(1));
        for (index, operation) in visit.operations.iter().enumerate() {
            let mut row = self.operations.row();
            row.number(id).number(visit.id).text(&person.number).flag(index == 0).text(operation.code).text(operation.name);
            row.day(operation.begin.day()).moment(operation.begin).moment(operation.end);
            row.moment(operation.begin.plus_seconds(-1200)).moment(operation.end.plus_seconds(600));
            row.text(&world.places.doctors[visit.doctor]).text("1").end();
        }
    }

    fn order_rows(&mut self, world: &World, person: &Person, visit: &Visit) {
        for order in &visit.orders {
            let item = &world.catalogue.items[order.item];
            let mut row = self.orders.row();
            row.number(visit.id).number(order.number).text(&person.number).text(&world.places.institutions[visit.place].code);
            row.text(&item.code).text(&item.name).moment(order.begin).moment_or_blank(order.end).quantity(order.cnt);
            row.text(order.unit).text("1").end();
        }
    }

    fn line_rows(&mut self, world: &World, person: &Person, visit: &Visit) -> Result<(), SynthError> {
        let month = self.months.iter().rposition(|first| *first <= visit.begin.day()).unwrap_or(0);
        let key = i32::try_from(month).unwrap_or(0);
        if !self.lines.contains_key(&key) {
            let name = format!("fee_list_d_{}", self.months[month].month().replace('-', ""));
            self.lines.insert(key, Sheet::create(&self.dir, &name, self.packing, LINES)?);
        }
        let Some(sheet) = self.lines.get_mut(&key) else { return Ok(()) };
        let place = &world.places.institutions[visit.place];
        let doctor = &world.places.doctors[visit.doctor];
        let mut middle = Vec::with_capacity(64);
        for part in [&place.code, &person.number, &person.region] {
            push_text(&mut middle, part);
            middle.push(b',');
        }
        push_text(&mut middle, visit.med_type);
        for line in &visit.lines {
            let item = &world.catalogue.items[line.item];
            write_line(&mut sheet.row(), visit, line, item, &middle, &self.items[line.item], doctor);
            self.summary.lines += 1;
        }
        sheet.flush_if_full()
    }

    fn scans(&mut self, world: &World, person: &Person, year: &Year) {
        let refunded: HashSet<(usize, u32)> = year
            .visits
            .iter()
            .enumerate()
            .flat_map(|(index, visit)| visit.lines.iter().filter(|line| line.init > 0).map(move |line| (index, line.init)))
            .collect();
        for scan in &year.scans {
            let visit = &year.visits[scan.visit];
            let line = &visit.lines[scan.sn as usize - 1];
            let item = &world.catalogue.items[line.item];
            let mut write = |settle: usize, count: i64, at: claims::Moment| {
                let mut row = self.traces.row();
                row.text(&world.places.institutions[visit.place].code).number(visit.id).number(setl_id(visit, settle));
                row.number(u64::from(scan.sn)).text(&person.number).text(&item.code).text(&scan.code).flag(scan.opened);
                row.quantity(count).moment(at).text("1").end();
            };
            write(usize::from(line.setl), crate::visit::ONE, line.at);
            if refunded.contains(&(scan.visit, scan.sn)) && visit.settles.len() > 1 {
                write(1, -crate::visit::ONE, visit.settles[1].at);
            }
        }
    }

    /// Notes what was planted.
    pub(crate) fn truth(&mut self, truth: &Truth) {
        match (truth.expect, truth.is_hidden()) {
            (Expect::Hit | Expect::Hint, _) => self.summary.planted_hits += 1,
            (Expect::Clear, true) => self.summary.planted_hidden += 1,
            (Expect::Clear, false) => self.summary.planted_clear += 1,
        }
        let mut row = self.truth.row();
        row.text(&truth.scheme).text(&truth.rule_code).text(&truth.subject).text(&truth.fixmedins_code).text(&truth.psn_no);
        row.text(&truth.mdtrt_id).text(&truth.line_ids);
        match truth.amount_fen {
            Some(fen) => row.text(&fen.to_string()),
            None => row.blank(1),
        };
        let expect = match truth.expect {
            Expect::Hit => "hit",
            Expect::Hint => "hint",
            Expect::Clear => "clear",
        };
        row.text(expect).end();
    }

    /// Ends all files.
    pub(crate) fn finish(mut self) -> Result<Summary, SynthError> {
        let own = [
            self.visits,
            self.settlements,
            self.diagnoses,
            self.operations,
            self.persons,
            self.traces,
            self.orders,
            self.deaths,
            self.truth,
        ];
        for sheet in own.into_iter().chain(self.lines.into_values()) {
            let (name, rows) = sheet.finish()?;
            self.summary.files.insert(name, rows);
        }
        Ok(self.summary)
    }
}

/// A settlement's id.
pub(crate) fn setl_id(visit: &Visit, index: usize) -> u64 {
    visit.id * 100 + index as u64 + 1
}

fn columns_of(index: usize, item: &Item) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (place, text) in [&format!("{:02}", item.level), item.list, &item.code, &format!("N{index:06}"), &item.name, item.charge]
        .into_iter()
        .enumerate()
    {
        if place > 0 {
            bytes.push(b',');
        }
        push_text(&mut bytes, text);
    }
    bytes
}

fn write_line(row: &mut Row<'_>, visit: &Visit, line: &Line, item: &Item, middle: &[u8], columns: &[u8], doctor: &str) {
    row.number(u64::from(line.sn)).number(visit.id).number(setl_id(visit, usize::from(line.setl)));
    let prescription = if line.rx == 0 { 0 } else { visit.prescription(line.rx) };
    row.number_or_blank(prescription).raw(middle).moment(line.at).quantity(line.cnt);
    if line.unpriced {
        row.blank(1)
    } else {
        row.yuan(line.price)
    };
    row.yuan(line.amount);
    let in_scope = line.inscp.unwrap_or(0);
    let outside = line.amount - in_scope;
    let own = in_scope == 0 || item.level == 3;
    row.yuan(if own { outside } else { 0 }).yuan(0).yuan(if own { 0 } else { outside });
    match line.inscp {
        Some(fen) => row.yuan(fen),
        None => row.blank(1),
    };
    row.raw(columns).text(visit.dept).text(if line.nobody { PLACEHOLDER_DOCTOR } else { doctor });
    row.text(if line.item.is_multiple_of(2) { visit.dept } else { "A30" });
    row.flag(line.maternity).flag(line.circulated).flag(line.take_home).number_or_blank(days_of(visit, line, item)).text("0");
    row.moment(line.at.plus_seconds(visit.upload_hours * 3600)).number_or_blank(u64::from(line.init)).text("1").end();
}

/// Days that a drug is meant for: within what each kind of visit allows, unless the line says otherwise.
fn days_of(visit: &Visit, line: &Line, item: &Item) -> u64 {
    match (line.days, visit.med_type) {
        (days, _) if days > 0 => u64::from(days),
        _ if !item.is_drug() || visit.is_stay() => 0,
        (_, "13") => 3,
        (_, "14") => 28,
        _ => 7,
    }
}

/// What is left on the personal account, in fen.
fn balance(person: &Person, visit: &Visit) -> i64 {
    let saved = i64::try_from(person.index % 89).unwrap_or(0);
    if visit.cash_out || person.insutype != "310" { 0 } else { 20_000 + saved * 1_700 }
}

fn sex(row: &mut Row<'_>, sex: u8, register: Register) {
    row.text(match (register, sex) {
        (Register::Missing, _) => "",
        (Register::Default, _) => "9",
        (Register::Right, 1) | (Register::Wrong, 2) => "1",
        _ => "2",
    });
}

fn birth(row: &mut Row<'_>, person: &Person) {
    match person.birth_note {
        Register::Missing => row.blank(1),
        Register::Default => row.text("1900-01-01"),
        _ => row.day(person.birth),
    };
}
