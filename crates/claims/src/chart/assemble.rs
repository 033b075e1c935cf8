//! From the folder to the chart: calls each notion of normalisation once, in the order in which they need each other.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Age, Chart, ChartFault, ChartVisit, Folder, NetLine, Norms, Sex, Stay};
use crate::baby::{self, BabyBill};
use crate::net::{Net, VoidSettlements, net};
use crate::record::{Diagnosis, Operation, Order, Person, Settlement, Visit};
use crate::{Moment, Text, age, code, fault, institution, placeholder, service_time, sex, stay, visit_class};

/// Normalises a folder. The result does not depend on the order of the records.
pub fn chart(folder: Folder, norms: &Norms) -> Chart {
    let mut faults = Vec::new();
    let void = VoidSettlements::of(&folder.settlements);
    let settlements = valid_settlements(folder.settlements);
    let mut bills = Vec::new();
    let mut visits = Vec::new();
    for record in united(folder.visits, &mut faults) {
        let standing = standing_of(&record, &settlements, &void);
        let (visit, bill) = charted_visit(record, standing, &settlements, &folder.person, &folder.institution, &mut faults);
        visits.push(visit);
        bills.push(bill);
    }
    for index in 0..visits.len() {
        visits[index].before_admission = stay::before_admission(&visits[index], &visits, norms);
    }
    let mut stays: Vec<Stay> =
        stay::groups(&visits, &settlements).into_iter().map(|group| charted_stay(group, &visits, norms)).collect();
    let number = Numbers::of(&visits);
    let place = |id: &Text| number.get(id).unwrap_or(usize::MAX);
    let diagnoses = sorted(folder.diagnoses, |one| place(&one.mdtrt_id), order_of_diagnoses);
    let operations = sorted(folder.operations, |one| place(&one.mdtrt_id), order_of_operations);
    let orders = sorted(folder.orders, |one| place(&one.mdtrt_id), order_of_orders);
    find_deliveries(&mut visits, &mut bills, &stays, &diagnoses, &operations);
    let nets = net(folder.lines, &void, &mut faults);
    let mut lines = net_lines(nets, &number, &Context { visits: &visits, bills: &bills, stays: &stays, norms }, &mut faults);
    settle_lines(&mut lines, &visits, &settlements);
    date_stays(&mut stays, &visits, &lines, norms);
    let shares = vec![OnceLock::new(); settlements.len()];
    faults.sort_by(|a, b| (a.check, &a.mdtrt_id, &a.bkkp_sn, &a.message).cmp(&(b.check, &b.mdtrt_id, &b.bkkp_sn, &b.message)));
    Chart {
        person: folder.person,
        institution: folder.institution,
        fixmedins_code: folder.fixmedins_code,
        visits,
        settlements,
        stays,
        diagnoses,
        operations,
        orders,
        lines,
        faults,
        shares,
    }
}

/// Visits by their numbers. Most folders hold one or two visits, and a sorted list of those is all that is needed.
struct Numbers(Vec<(Text, usize)>);

impl Numbers {
    fn of(visits: &[ChartVisit]) -> Self {
        let mut numbers: Vec<_> =
            visits.iter().enumerate().map(|(index, visit)| (visit.record.mdtrt_id.clone(), index)).collect();
        numbers.sort_unstable();
        Self(numbers)
    }

    fn get(&self, mdtrt_id: &str) -> Option<usize> {
        let place = self.0.binary_search_by(|(id, _)| id.as_str().cmp(mdtrt_id)).ok()?;
        Some(self.0[place].1)
    }
}

/// Records in order of their visit, and within it in an order of their own.
fn sorted<T>(records: Vec<T>, visit: impl Fn(&T) -> usize, within: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    if records.len() < 2 {
        return records;
    }
    let mut placed: Vec<(usize, T)> = records.into_iter().map(|one| (visit(&one), one)).collect();
    placed.sort_by(|(place, one), (other_place, other)| place.cmp(other_place).then_with(|| within(one, other)));
    placed.into_iter().map(|(_, one)| one).collect()
}

fn order_of_diagnoses(a: &Diagnosis, b: &Diagnosis) -> Ordering {
    let main_first = b.maindiag_flag.cmp(&a.maindiag_flag);
    main_first.then_with(|| (&a.mdtrt_id, &a.diag_code, &a.diag_type).cmp(&(&b.mdtrt_id, &b.diag_code, &b.diag_type)))
}

fn order_of_operations(a: &Operation, b: &Operation) -> Ordering {
    let time = (a.oprn_oprt_date, a.oprn_oprt_begntime).cmp(&(b.oprn_oprt_date, b.oprn_oprt_begntime));
    time.then_with(|| (&a.mdtrt_id, &a.oprn_oprt_code).cmp(&(&b.mdtrt_id, &b.oprn_oprt_code)))
}

fn order_of_orders(a: &Order, b: &Order) -> Ordering {
    let time = (a.drord_begntime, a.drord_endtime).cmp(&(b.drord_begntime, b.drord_endtime));
    time.then_with(|| (&a.mdtrt_id, &a.drord_no, &a.med_list_codg).cmp(&(&b.mdtrt_id, &b.drord_no, &b.med_list_codg)))
}

fn valid_settlements(mut settlements: Vec<Settlement>) -> Vec<Settlement> {
    settlements.retain(|settlement| settlement.vali_flag);
    settlements.sort_by(|a, b| (&a.mdtrt_id, a.setl_time, &a.setl_id).cmp(&(&b.mdtrt_id, b.setl_time, &b.setl_id)));
    settlements
}

/// Valid visits in order of begin. Parts delivered under one number are one visit, from the first begin to the last known end.
fn united(mut records: Vec<Visit>, faults: &mut Vec<ChartFault>) -> Vec<Visit> {
    records.retain(|visit| visit.vali_flag);
    records.sort_by(|a, b| (&a.mdtrt_id, a.begntime, a.endtime).cmp(&(&b.mdtrt_id, b.begntime, b.endtime)));
    let mut visits: Vec<Visit> = Vec::with_capacity(records.len());
    for record in records {
        match visits.last_mut().filter(|last| last.mdtrt_id == record.mdtrt_id) {
            Some(last) => last.endtime = last.endtime.max(record.endtime),
            None => visits.push(record),
        }
    }
    for visit in &mut visits {
        if let Some(end) = visit.endtime.filter(|end| end.day() < visit.begntime.day()) {
            let message = format!("结束时间 {end} 早于开始时间 {}，按未提供结束时间处理，请核对", visit.begntime);
            faults.push(of_visit_fault(fault::END_BEFORE_BEGIN, visit, message));
            visit.endtime = None;
        }
    }
    visits.sort_by(|a, b| (a.begntime, &a.mdtrt_id).cmp(&(b.begntime, &b.mdtrt_id)));
    visits
}

/// Standing settlements of a visit; all settlements come in order of visit.
fn standing_of(visit: &Visit, settlements: &[Settlement], void: &VoidSettlements) -> Vec<usize> {
    let first = settlements.partition_point(|settlement| settlement.mdtrt_id < visit.mdtrt_id);
    let of_visit = settlements[first..].iter().take_while(|settlement| settlement.mdtrt_id == visit.mdtrt_id);
    of_visit.zip(first..).filter(|(settlement, _)| !void.contains(&settlement.setl_id)).map(|(_, index)| index).collect()
}

fn charted_visit(
    record: Visit,
    standing: Vec<usize>,
    settlements: &[Settlement],
    person: &Person,
    register: &[crate::record::Institution],
    faults: &mut Vec<ChartFault>,
) -> (ChartVisit, BabyBill) {
    let begin = record.begntime.day();
    let marked = record.nwb_flag == Some(true);
    let of_visit = age::possible_birth(record.brdy, begin);
    let (birth, birth_conflict, bill) = baby::births(marked, of_visit, age::possible_birth(person.brdy, begin), begin);
    let (visit_sex, person_sex) = (Sex::from_code(record.gend.as_deref()), Sex::from_code(person.gend.as_deref()));
    // On a baby's bill the visit may carry the baby's sex: that contradicts nothing.
    let (sex, sex_conflict) = if bill.marked { (person_sex, false) } else { sex::agreed(visit_sex, person_sex) };
    if birth_conflict {
        let message =
            format!("就诊表出生日期 {} 与人员表 {} 不一致，年龄按未知处理", day_text(record.brdy), day_text(person.brdy));
        faults.push(of_visit_fault(fault::BIRTH_CONFLICT, &record, message));
    }
    if sex_conflict {
        faults.push(of_visit_fault(fault::SEX_CONFLICT, &record, "就诊表性别与人员表不一致，性别按未知处理".to_owned()));
    }
    // Where a stay was settled in parts, the last part tells who pays now.
    let last = standing.last().map(|index| &settlements[*index]);
    let row = institution::as_of(register, begin);
    let rated = |level: &&Text| institution::level_class(Some(level)).is_some();
    let level = row.and_then(|row| row.hosp_lv.as_ref()).or(record.hosp_lv.as_ref()).filter(rated).cloned();
    let registered = placeholder::known(row.and_then(|row| row.fix_blng_admdvs.as_ref())).cloned();
    let visit = ChartVisit {
        class: visit_class::visit_class(record.med_type.as_deref(), &record.fixmedins_code),
        stay: 0,
        settlements: standing,
        sex,
        sex_conflict,
        birth,
        death: placeholder::date(record.die_date).max(placeholder::date(person.die_date)),
        insutype: last.and_then(|last| last.insutype.clone()).or_else(|| record.insutype.clone()),
        insu_admdvs: last.and_then(|last| last.insu_admdvs.clone()).or_else(|| record.insu_admdvs.clone()),
        clr_way: last.and_then(|last| last.clr_way.clone()),
        hosp_lv: level,
        region: registered.or_else(|| code::region_of_institution(&record.fixmedins_code).map(Text::from)),
        baby_on_bill: bill.has_baby(),
        babies: record.fetus_cnt.unwrap_or(1).max(1),
        before_admission: false,
        record,
    };
    (visit, bill)
}

fn charted_stay(group: stay::Group, visits: &[ChartVisit], norms: &Norms) -> Stay {
    let first = &visits[group.visits[0]];
    let begin = first.record.begntime;
    let end = stay::end(group.visits.iter().map(|index| &visits[*index].record));
    Stay {
        id: first.record.mdtrt_id.clone(),
        inpatient: first.class.is_inpatient(),
        begin,
        end,
        last_service: None,
        billable_days: stay::billable_days(begin, end, norms),
        dates_unreliable: false,
        merged_by: group.merged_by,
        visits: group.visits,
    }
}

/// Tells every visit its stay, and every bill the delivery in its stay.
fn find_deliveries(
    visits: &mut [ChartVisit],
    bills: &mut [BabyBill],
    stays: &[Stay],
    diagnoses: &[Diagnosis],
    operations: &[Operation],
) {
    // Most people never give birth: one look at all records spares a look at them for every visit.
    let may_be_one = baby::any_sign_of_delivery(visits, diagnoses, operations);
    for (number, stay) in stays.iter().enumerate() {
        let of_stay: Vec<&ChartVisit> = stay.visits.iter().map(|index| &visits[*index]).collect();
        let delivery = if may_be_one { baby::delivery(&of_stay, diagnoses, operations) } else { None };
        let babies = of_stay.iter().map(|visit| visit.babies).max().unwrap_or(1);
        for index in &stay.visits {
            bills[*index].delivery = delivery;
            visits[*index].stay = number;
            visits[*index].babies = babies;
            visits[*index].baby_on_bill = bills[*index].has_baby();
        }
    }
}

struct Context<'a> {
    visits: &'a [ChartVisit],
    bills: &'a [BabyBill],
    stays: &'a [Stay],
    norms: &'a Norms,
}

fn net_lines(nets: Vec<Net>, number: &Numbers, context: &Context<'_>, faults: &mut Vec<ChartFault>) -> Vec<NetLine> {
    let mut lines = Vec::with_capacity(nets.len());
    let mut ages = Ages::default();
    for net in nets {
        // Lines come in order of visit.
        let before = lines.last().filter(|last: &&NetLine| last.record.same_visit(&net.record)).map(|last| last.visit);
        if let Some(visit) = before.or_else(|| number.get(net.record.mdtrt_id())) {
            lines.push(net_line(net, visit, context, &mut ages));
        } else {
            let message =
                format!("费用明细的就诊ID {} 没有对应的有效就诊记录，该明细不参与审核，请补充就诊记录", net.record.mdtrt_id());
            let bkkp_sn = Some(net.record.bkkp_sn().into());
            let mdtrt_id = net.record.mdtrt_id().into();
            faults.push(ChartFault { check: fault::LINE_WITHOUT_VISIT, mdtrt_id, bkkp_sn, message });
        }
    }
    // The lines came in order of visit number, time and line number; the sort is stable.
    if !lines.is_sorted_by_key(|line| line.visit) {
        lines.sort_by_key(|line| line.visit);
    }
    lines
}

/// The age worked out last: lines of one day come together, and a calendar is slow.
#[derive(Default)]
struct Ages(Option<((crate::Day, crate::Day), Option<Age>)>);

impl Ages {
    fn on(&mut self, birth: crate::Day, day: crate::Day) -> Option<Age> {
        match self.0 {
            Some((days, age)) if days == (birth, day) => age,
            _ => self.0.insert(((birth, day), Age::on(birth, day))).1,
        }
    }
}

fn net_line(net: Net, visit: usize, context: &Context<'_>, ages: &mut Ages) -> NetLine {
    let (of_visit, bill) = (&context.visits[visit], &context.bills[visit]);
    let day = net.record.fee_ocur_time().day();
    let neonatal = bill.has_baby() && baby::is_neonatal_item(net.record.national().map(Text::as_str), context.norms);
    let for_baby = bill.is_babys_line(neonatal);
    let (age, sex) = if for_baby {
        (bill.age(day, neonatal, &context.stays[of_visit.stay]), None)
    } else {
        (of_visit.birth.and_then(|birth| ages.on(birth, day)), of_visit.sex)
    };
    NetLine {
        number: 0,
        visit,
        settlement: None,
        day,
        cnt: net.cnt,
        amount: net.amount,
        in_scope: net.in_scope,
        refunds: net.refunds,
        for_baby,
        age,
        sex,
        record: net.record,
    }
}

/// Joins lines to their standing settlement. A line that names none belongs to the only standing one of its visit.
fn settle_lines(lines: &mut [NetLine], visits: &[ChartVisit], settlements: &[Settlement]) {
    let mut by_id: Option<BTreeMap<&str, usize>> = None;
    for (number, line) in lines.iter_mut().enumerate() {
        line.number = number;
        let of_visit = &visits[line.visit].settlements[..];
        let named = line.record.setl_id();
        if let (Some(id), [only]) = (named, of_visit)
            && settlements[*only].setl_id == id
        {
            line.settlement = Some(*only);
            continue;
        }
        line.settlement = match (placeholder::known(named), of_visit) {
            (Some(id), _) => {
                let standing = || visits.iter().flat_map(|visit| &visit.settlements);
                let by_id =
                    by_id.get_or_insert_with(|| standing().map(|index| (&*settlements[*index].setl_id, *index)).collect());
                by_id.get(id).copied()
            }
            (None, [only]) => Some(*only),
            (None, _) => None,
        };
    }
}

fn date_stays(stays: &mut [Stay], visits: &[ChartVisit], lines: &[NetLine], norms: &Norms) {
    // What an outpatient is billed in the minute of payment was also done on that day: only a hospital stay can be posted late.
    let mut moments: Vec<Vec<Moment>> = vec![Vec::new(); stays.len()];
    for line in lines {
        let number = visits[line.visit].stay;
        let stay = &mut stays[number];
        stay.last_service = stay.last_service.max(Some(line.day));
        if stay.inpatient {
            moments[number].push(line.record.fee_ocur_time());
        }
    }
    for (stay, moments) in stays.iter_mut().zip(moments).filter(|(stay, _)| stay.inpatient) {
        stay.dates_unreliable = service_time::dates_unreliable(&moments, stay.begin, stay.end, norms);
    }
}

fn of_visit_fault(check: &'static str, visit: &Visit, message: String) -> ChartFault {
    ChartFault { check, mdtrt_id: visit.mdtrt_id.clone(), bkkp_sn: None, message }
}

fn day_text(day: Option<crate::Day>) -> String {
    day.map_or_else(|| "（空）".to_owned(), |day| day.to_string())
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
