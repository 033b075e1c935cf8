//! Who pays what of a settlement.

use crate::catalogue::Catalogue;
use crate::person::Person;
use crate::visit::{SettleRole, Visit};

/// Money of one settlement, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) total: i64,
    pub(crate) own: i64,
    pub(crate) first_pay: i64,
    pub(crate) in_scope: i64,
    pub(crate) deductible: i64,
    pub(crate) pooled: i64,
    /// Residents' serious illness.
    pub(crate) serious: i64,
    /// Employees' large amounts.
    pub(crate) large: i64,
    pub(crate) assistance: i64,
    pub(crate) fund: i64,
    pub(crate) account: i64,
    pub(crate) cash: i64,
    pub(crate) family: i64,
}

/// In-scope amount above which the second-line fund pays, in fen.
const LARGE: i64 = 1_000_000;

/// The money of each settlement of a visit, in order.
pub(crate) fn money(catalogue: &Catalogue, person: &Person, visit: &Visit) -> Vec<Money> {
    let mut all: Vec<Money> = Vec::with_capacity(visit.settles.len());
    for (index, settle) in visit.settles.iter().enumerate() {
        let one = if settle.role == SettleRole::Refund {
            all.last().copied().map(negated).unwrap_or_default()
        } else {
            split(catalogue, person, visit, index, index == 0)
        };
        all.push(one);
    }
    all
}

fn split(catalogue: &Catalogue, person: &Person, visit: &Visit, index: usize, first: bool) -> Money {
    let mut money = Money::default();
    for line in visit.lines.iter().filter(|line| usize::from(line.setl) == index) {
        money.total += line.amount;
        let in_scope = line.inscp.unwrap_or(0);
        money.in_scope += in_scope;
        if in_scope == 0 || catalogue.items[line.item].level == 3 {
            money.own += line.amount - in_scope;
        } else {
            money.first_pay += line.amount - in_scope;
        }
    }
    let stay = visit.is_stay();
    money.deductible = if stay && first { money.in_scope.clamp(0, 50_000) } else { 0 };
    let base = (money.in_scope - money.deductible).max(0);
    let covered = base * ratio(person, visit.med_type) / 100;
    let second_line = (covered - LARGE).max(0);
    money.pooled = covered - second_line;
    if person.insutype == "310" {
        money.large = second_line;
    } else {
        money.serious = second_line;
    }
    if person.poor {
        money.assistance = (base - covered) / 5;
    }
    money.fund = money.pooled + money.large + money.serious + money.assistance;
    let left = money.total - money.fund;
    if visit.cash_out {
        money.account = left;
        // Somebody else of the family paid.
        money.family = if visit.family_account { left } else { 0 };
    } else if visit.family_account {
        money.family = left / 2;
        money.account = money.family;
    } else if person.insutype == "310" {
        money.account = left * 6 / 10;
    }
    money.cash = left - money.account;
    money
}

/// Percentage that the pooled fund pays.
fn ratio(person: &Person, med_type: &str) -> i64 {
    let employee = person.insutype == "310";
    match med_type {
        "21" | "22" | "24" | "52" => 70 + 12 * i64::from(employee),
        "14" => 65 + 10 * i64::from(employee),
        "41" => 30 * i64::from(employee),
        _ => 50 + 5 * i64::from(employee),
    }
}

fn negated(money: Money) -> Money {
    Money {
        total: -money.total,
        own: -money.own,
        first_pay: -money.first_pay,
        in_scope: -money.in_scope,
        deductible: -money.deductible,
        pooled: -money.pooled,
        serious: -money.serious,
        large: -money.large,
        assistance: -money.assistance,
        fund: -money.fund,
        account: -money.account,
        cash: -money.cash,
        family: -money.family,
    }
}
