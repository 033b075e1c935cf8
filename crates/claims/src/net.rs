//! Net lines（净明细, rules 4.1, traps 1, 2, 5）: what stands when refunds are taken off.
//!
//! A refund names its charge by `init_feedetl_sn`; where it does not, its charge is the nearest earlier one of the same visit,
//! item and price. All lines take part in the pairing, and those of refunded settlements are left out only afterwards: so a
//! refund can never be taken off the bill that replaced the refunded one.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::chart::ChartFault;
use crate::lines::LineRow;
use crate::money::mul_div;
use crate::record::Settlement;
use crate::{Fen, Quantity, Text, UnitPrice, fault, placeholder};

/// Void settlements（作废结算）: withdrawn, a refund, or refunded. Their lines do not stand either.
#[derive(Clone, Debug, Default)]
pub struct VoidSettlements {
    gone: BTreeSet<Text>,
    /// Refund settlements whose refunded settlement was delivered: their lines refund its lines, and both are gone.
    paired: BTreeSet<Text>,
}

impl VoidSettlements {
    /// Finds them. Of a refund and the settlement that it refunds, one mark on either side is enough for both.
    pub fn of(settlements: &[Settlement]) -> Self {
        // Most folders: nothing was refunded.
        let stands = |s: &Settlement| s.vali_flag && s.refd_setl_flag != Some(true) && s.init_setl_id.is_none();
        if settlements.iter().all(stands) {
            return Self::default();
        }
        let delivered: BTreeSet<&str> = settlements.iter().map(|settlement| &*settlement.setl_id).collect();
        let mut void = Self::default();
        for settlement in settlements {
            let original = placeholder::known(settlement.init_setl_id.as_ref()).filter(|id| **id != settlement.setl_id);
            if !settlement.vali_flag || settlement.refd_setl_flag == Some(true) || original.is_some() {
                void.gone.insert(settlement.setl_id.clone());
            }
            // A refund that was itself withdrawn refunds nothing.
            if let Some(original) = original.filter(|_| settlement.vali_flag) {
                void.gone.insert(original.clone());
                if delivered.contains(&**original) {
                    void.paired.insert(settlement.setl_id.clone());
                }
            }
        }
        void
    }

    /// Void settlements that were found otherwise: those that do not stand, and of them the refunds whose refunded settlement was delivered.
    pub const fn known(gone: BTreeSet<Text>, paired: BTreeSet<Text>) -> Self {
        Self { gone, paired }
    }

    /// Whether this settlement does not stand.
    pub fn contains(&self, setl_id: &str) -> bool {
        self.gone.contains(setl_id)
    }

    fn has_line(&self, line: &LineRow) -> bool {
        !self.gone.is_empty() && line.setl_id().is_some_and(|id| self.gone.contains(id))
    }

    fn has_paired_refund(&self, line: &LineRow) -> bool {
        line.setl_id().is_some_and(|id| self.paired.contains(id))
    }
}

/// Net（净额结果）: a charge after refunds.
#[derive(Clone, Debug)]
pub struct Net {
    /// As delivered.
    pub record: LineRow,
    /// Quantity left; positive.
    pub cnt: Quantity,
    /// Amount left.
    pub amount: Fen,
    /// In-scope amount left.
    pub in_scope: Option<Fen>,
    /// Numbers of the refund lines taken off.
    pub refunds: Vec<Text>,
}

/// Takes refunds off charges. The result is in order of visit, time and number, whatever the order of delivery.
pub fn net(mut lines: Vec<LineRow>, void: &VoidSettlements, faults: &mut Vec<ChartFault>) -> Vec<Net> {
    // A lake hands lines over in this order already.
    if !lines.is_sorted_by(|a, b| in_order(a, b).is_le()) {
        lines.sort_by(in_order);
    }
    if lines.iter().all(|line| line.vali_flag() && !is_refund(line)) {
        // Most folders: nothing to pair.
        return standing(lines.into_iter().map(Net::from), void, faults);
    }
    let withdrawn: BTreeSet<(Text, Text)> =
        lines.iter().filter(|line| !line.vali_flag()).map(|line| (line.mdtrt_id().into(), line.bkkp_sn().into())).collect();
    let (refunds, charges): (Vec<_>, Vec<_>) = lines.into_iter().filter(LineRow::vali_flag).partition(is_refund);
    let mut pairing = Pairing::new(charges, &refunds);
    let mut unnamed = Vec::new();
    for refund in refunds {
        match placeholder::known(refund.init_feedetl_sn()).map(|number| (refund.mdtrt_id().into(), number.into())) {
            Some(named) if pairing.by_number.contains_key(&named) => {
                let charges = pairing.by_number[&named].clone();
                let left = pairing.take_off(&refund, &charges);
                report_rest(&refund, left, faults);
            }
            // The charge was withdrawn, and its refund with it.
            Some(named) if withdrawn.contains(&named) => {}
            _ => unnamed.push(refund),
        }
    }
    for refund in unnamed {
        if !void.has_paired_refund(&refund) {
            let charges = pairing.charges_before(&refund, void);
            let left = pairing.take_off(&refund, &charges);
            report_rest(&refund, left, faults);
        }
    }
    standing(pairing.charges.into_iter(), void, faults)
}

impl From<LineRow> for Net {
    fn from(record: LineRow) -> Self {
        let (cnt, amount, in_scope) = (record.cnt(), record.det_item_fee_sumamt(), record.inscp_amt());
        Self { record, cnt, amount, in_scope, refunds: Vec::new() }
    }
}

struct Pairing {
    charges: Vec<Net>,
    by_number: BTreeMap<(Text, Text), Vec<usize>>,
    by_item: BTreeMap<(Text, Text), Vec<usize>>,
}

/// What the refunds of a visit may mean: numbers that they name, and items that they are of.
#[derive(Default)]
struct Meant<'a> {
    numbers: BTreeSet<&'a str>,
    items: BTreeSet<Text>,
}

impl Pairing {
    /// Finds its places for the charges that some refund may mean; a folder has many charges and few refunds.
    fn new(charges: Vec<LineRow>, refunds: &[LineRow]) -> Self {
        let mut meant: BTreeMap<&str, Meant<'_>> = BTreeMap::new();
        for refund in refunds {
            let of_visit = meant.entry(refund.mdtrt_id()).or_default();
            of_visit.numbers.extend(refund.init_feedetl_sn());
            of_visit.items.extend(item(refund));
        }
        let mut by_number: BTreeMap<(Text, Text), Vec<usize>> = BTreeMap::new();
        let mut by_item: BTreeMap<(Text, Text), Vec<usize>> = BTreeMap::new();
        for (index, charge) in charges.iter().enumerate() {
            let Some(meant) = meant.get(charge.mdtrt_id()) else { continue };
            if meant.numbers.contains(charge.bkkp_sn()) {
                by_number.entry((charge.mdtrt_id().into(), charge.bkkp_sn().into())).or_default().push(index);
            }
            if let Some(item) = item(charge).filter(|item| meant.items.contains(item)) {
                by_item.entry((charge.mdtrt_id().into(), item)).or_default().push(index);
            }
        }
        Self { charges: charges.into_iter().map(Net::from).collect(), by_number, by_item }
    }

    /// Charges that an unnamed refund may mean, nearest first. A refund of a settlement that does not stand looks among charges
    /// of such settlements first, any other among standing charges.
    fn charges_before(&self, refund: &LineRow, void: &VoidSettlements) -> Vec<usize> {
        let Some(item) = item(refund) else { return Vec::new() };
        let Some(charges) = self.by_item.get(&(refund.mdtrt_id().into(), item)) else { return Vec::new() };
        let price = price(refund);
        let fits = |index: &&usize| {
            let charge = &self.charges[**index].record;
            charge.fee_ocur_time() <= refund.fee_ocur_time() && self::price(charge) == price
        };
        let mut nearest_first: Vec<usize> = charges.iter().rev().filter(fits).copied().collect();
        let is_void = void.has_line(refund);
        // The sort is stable: within each part the nearest stays first.
        nearest_first.sort_by_key(|index| void.has_line(&self.charges[*index].record) != is_void);
        nearest_first
    }

    /// Takes a refund off these charges, one after the other. Gives the quantity for which there was no charge, or `None` if the
    /// refund is of money alone and there was no charge at all.
    fn take_off(&mut self, refund: &LineRow, charges: &[usize]) -> Option<Quantity> {
        let mut left = refund.cnt().abs();
        let mut amount = refund.det_item_fee_sumamt().abs();
        let mut in_scope = refund.inscp_amt().map(Fen::abs);
        if left == Quantity::ZERO {
            let charge = &mut self.charges[*charges.first()?];
            charge.reduce(refund, Quantity::ZERO, amount, in_scope);
            return Some(left);
        }
        for index in charges {
            let charge = &mut self.charges[*index];
            let taken = left.min(charge.cnt);
            if !taken.is_positive() {
                continue;
            }
            let part = |whole: Fen| mul_div(whole.0, taken.0, left.0).map_or(whole, Fen);
            let (amount_part, scope_part) = (part(amount), in_scope.map(part));
            charge.reduce(refund, taken, amount_part, scope_part);
            amount -= amount_part;
            in_scope = in_scope.zip(scope_part).map(|(whole, part)| whole - part);
            left -= taken;
            if left == Quantity::ZERO {
                break;
            }
        }
        Some(left)
    }
}

impl Net {
    /// Takes quantity and the refund's own amounts off, never below zero. A refund without an in-scope amount takes its part of
    /// the charge's.
    fn reduce(&mut self, refund: &LineRow, taken: Quantity, amount: Fen, in_scope: Option<Fen>) {
        let in_proportion = |scope: Fen| mul_div(scope.0, taken.0, self.cnt.0).map_or(Fen::ZERO, Fen);
        self.in_scope = self.in_scope.map(|scope| (scope - in_scope.unwrap_or_else(|| in_proportion(scope))).max(Fen::ZERO));
        self.amount = (self.amount - amount).max(Fen::ZERO);
        self.cnt -= taken;
        self.refunds.push(refund.bkkp_sn().into());
    }
}

/// Whether a line takes back, by its quantity or its amount, what another charged.
pub fn is_refund(line: &LineRow) -> bool {
    line.cnt() < Quantity::ZERO || line.det_item_fee_sumamt() < Fen::ZERO
}

/// What a line bills: its national code, else the institution's own name for it.
fn item(line: &LineRow) -> Option<Text> {
    line.national().or_else(|| placeholder::known(line.name())).cloned()
}

fn price(line: &LineRow) -> Option<UnitPrice> {
    line.pric().map(UnitPrice::abs).or_else(|| UnitPrice::of(line.det_item_fee_sumamt().abs(), line.cnt().abs()))
}

/// A total order of lines, so that the order of delivery never matters.
fn in_order(a: &LineRow, b: &LineRow) -> Ordering {
    let key = |line: &LineRow| (line.cnt(), line.det_item_fee_sumamt(), line.inscp_amt(), line.pric());
    let visit = || if a.same_visit(b) { Ordering::Equal } else { a.mdtrt_id().cmp(b.mdtrt_id()) };
    visit()
        .then_with(|| a.fee_ocur_time().cmp(&b.fee_ocur_time()))
        .then_with(|| a.bkkp_sn().cmp(b.bkkp_sn()))
        .then_with(|| (a.setl_id(), a.med_list_codg()).cmp(&(b.setl_id(), b.med_list_codg())))
        .then_with(|| key(a).cmp(&key(b)))
}

fn standing(charges: impl ExactSizeIterator<Item = Net>, void: &VoidSettlements, faults: &mut Vec<ChartFault>) -> Vec<Net> {
    let mut lines = Vec::with_capacity(charges.len());
    for charge in charges.filter(|charge| !void.has_line(&charge.record)) {
        if charge.cnt.is_positive() {
            lines.push(charge);
        } else if charge.record.cnt() == Quantity::ZERO && charge.amount != Fen::ZERO {
            let message = format!("数量为 0 而金额为 {} 元，该明细不参与审核，请核对数量", charge.amount);
            faults.push(of_line(fault::AMOUNT_WITHOUT_QUANTITY, &charge.record, message));
        }
    }
    lines
}

fn report_rest(refund: &LineRow, left: Option<Quantity>, faults: &mut Vec<ChartFault>) {
    let amount = refund.det_item_fee_sumamt();
    let message = match left {
        Some(Quantity::ZERO) => return,
        Some(left) if left != refund.cnt().abs() => format!("退费数量 {} 超过原费用，多出 {left}，请核对退费明细", refund.cnt()),
        _ => format!("退费明细（数量 {}，金额 {amount} 元）找不到原费用明细，请补充原费用或核对原费用流水号", refund.cnt()),
    };
    faults.push(of_line(fault::REFUND_WITHOUT_CHARGE, refund, message));
}

fn of_line(check: &'static str, line: &LineRow, message: String) -> ChartFault {
    ChartFault { check, mdtrt_id: line.mdtrt_id().into(), bkkp_sn: Some(line.bkkp_sn().into()), message }
}

#[cfg(test)]
#[path = "net_tests.rs"]
mod tests;
