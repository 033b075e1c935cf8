//! Visits and their lines while they are being made, and the year of one person.

mod line;

use claims::{Day, Moment};

use crate::catalogue::{Catalogue, Item, ItemRef};
use crate::papers::Papers;

pub(crate) use line::{Line, Operation, Order};

/// One unit, as quantities are kept.
pub(crate) const ONE: i64 = 10_000;

/// What a settlement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettleRole {
    /// The only one, or the last of a stay, or the valid one after a refund.
    Final,
    /// Settled before discharge.
    Interim,
    /// Later refunded.
    Refunded,
    /// The refund of the settlement before it.
    Refund,
}

/// Settlement（结算）.
#[derive(Clone, Debug)]
pub(crate) struct Settle {
    pub(crate) role: SettleRole,
    pub(crate) at: Moment,
}

/// Visit（就诊）.
#[expect(clippy::struct_excessive_bools, reason = "the national tables carry as many flags")]
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) id: u64,
    pub(crate) place: usize,
    pub(crate) med_type: &'static str,
    pub(crate) begin: Moment,
    pub(crate) end: Option<Moment>,
    pub(crate) doctor: usize,
    pub(crate) dept: &'static str,
    pub(crate) diags: Vec<(&'static str, &'static str)>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) lines: Vec<Line>,
    pub(crate) settles: Vec<Settle>,
    pub(crate) referred_from: Option<u64>,
    pub(crate) ward_change: bool,
    pub(crate) babies: u8,
    pub(crate) matn_type: &'static str,
    pub(crate) leaving: &'static str,
    pub(crate) died: Option<Day>,
    pub(crate) dise_no: &'static str,
    pub(crate) family_account: bool,
    /// Posted as a whole in the minute of discharge.
    pub(crate) posted_late: bool,
    /// Hours from service to upload.
    pub(crate) upload_hours: i64,
    /// Days in hospital that the settlement list states beyond those spent.
    pub(crate) more_days_stated: i32,
    /// Paid wholly from the personal account, which is empty afterwards.
    pub(crate) cash_out: bool,
    pub(crate) orders: Vec<Order>,
    pub(crate) papers: Papers,
    /// Items that were billed and that nobody ordered.
    pub(crate) unordered: Vec<ItemRef>,
    /// An infection that the patient did not have on admission.
    pub(crate) caught: Option<(&'static str, &'static str)>,
    /// Nobody wrote down what the patient had on admission.
    pub(crate) unfilled: bool,
    /// A line of what is done to the other sex.
    pub(crate) crossed: Option<u32>,
    /// Over a festival nothing was billed but the bed.
    pub(crate) bed_only: bool,
    /// The group that it is paid by, where groups are worked out.
    pub(crate) group: Option<crate::life::lean::Group>,
}

impl Visit {
    /// Whether it is a stay.
    pub(crate) fn is_stay(&self) -> bool {
        matches!(self.med_type, "21" | "22" | "24" | "52")
    }

    /// The number of a prescription of it.
    pub(crate) fn prescription(&self, rx: u32) -> u64 {
        self.id * 1000 + u64::from(rx)
    }

    /// A line's id as the lake knows it.
    pub(crate) fn line_id(&self, sn: u32) -> String {
        format!("{}:{}", self.id, sn)
    }

    /// Amount of all its lines.
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// Bills so many of an item at its price of the day; gives the line's number.
    pub(crate) fn bill(&mut self, catalogue: &Catalogue, item: ItemRef, at: Moment, cnt: i64) -> u32 {
        let price = catalogue.items[item].price_on(at.day());
        self.bill_at(catalogue, item, at, cnt, price)
    }

    /// Bills at a price of one's own.
    pub(crate) fn bill_at(&mut self, catalogue: &Catalogue, item: ItemRef, at: Moment, cnt: i64, price: i64) -> u32 {
        let sn = u32::try_from(self.lines.len()).unwrap_or(u32::MAX) + 1;
        let amount = price * cnt / ONE;
        let inscp = Some(in_scope(&catalogue.items[item], amount));
        let setl = u8::try_from(self.settles.len().saturating_sub(1)).unwrap_or(0);
        let maternity = self.med_type == "52";
        let line = Line {
            sn,
            item,
            at,
            cnt,
            price,
            amount,
            inscp,
            init: 0,
            rx: 0,
            setl,
            nobody: false,
            maternity,
            circulated: false,
            days: 0,
            take_home: false,
            unpriced: false,
        };
        self.lines.push(line);
        sn
    }

    /// The line of this number.
    pub(crate) fn line(&mut self, sn: u32) -> &mut Line {
        &mut self.lines[sn as usize - 1]
    }

    /// Takes back so many of a line, some seconds later; gives the refund's number.
    pub(crate) fn refund(&mut self, sn: u32, cnt: i64, seconds: i64) -> u32 {
        let mut back = self.lines[sn as usize - 1].clone();
        back.sn = u32::try_from(self.lines.len()).unwrap_or(u32::MAX) + 1;
        back.init = sn;
        back.inscp = back.inscp.map(|inscp| -(inscp * cnt / back.cnt));
        back.amount = -(back.price * cnt / ONE);
        back.cnt = -cnt;
        back.at = back.at.plus_seconds(seconds);
        let number = back.sn;
        self.lines.push(back);
        number
    }

    /// Bills another item in the place of a line's own, at its price of the day.
    pub(crate) fn swap(&mut self, catalogue: &Catalogue, sn: u32, item: ItemRef) {
        let line = self.line(sn);
        line.item = item;
        line.price = catalogue.items[item].price_on(line.at.day());
        line.amount = line.price * line.cnt / ONE;
        line.inscp = Some(in_scope(&catalogue.items[item], line.amount));
    }

    /// Makes a line wholly self-paid: legal for whatever the fund does not pay.
    pub(crate) fn self_paid(&mut self, sn: u32) {
        self.line(sn).inscp = Some(0);
    }

    /// Refunds the whole settlement and bills it anew; numbers of the valid lines.
    pub(crate) fn bill_anew(&mut self, at: Moment) -> Vec<u32> {
        let settled = self.end.unwrap_or(self.begin);
        self.settles = vec![
            Settle { role: SettleRole::Refunded, at: settled },
            Settle { role: SettleRole::Refund, at },
            Settle { role: SettleRole::Final, at: at.plus_seconds(600) },
        ];
        let first: Vec<Line> = self.lines.clone();
        for line in &first {
            let number = self.refund(line.sn, line.cnt, 0);
            self.line(number).setl = 1;
        }
        let mut valid = Vec::new();
        for line in &first {
            let sn = u32::try_from(self.lines.len()).unwrap_or(u32::MAX) + 1;
            self.lines.push(Line { sn, setl: 2, ..line.clone() });
            valid.push(sn);
        }
        valid
    }

    /// Keeps some lines, and their numbers in order; refunds of what goes, go too.
    pub(crate) fn keep_lines(&mut self, keep: impl Fn(&Line) -> bool) {
        let lines = std::mem::take(&mut self.lines);
        let mut renumbered = std::collections::HashMap::new();
        for mut line in lines {
            let origin = if line.init > 0 { renumbered.get(&line.init).copied() } else { Some(0) };
            let Some(init) = origin.filter(|_| keep(&line)) else { continue };
            let sn = u32::try_from(self.lines.len()).unwrap_or(u32::MAX) + 1;
            renumbered.insert(line.sn, sn);
            (line.sn, line.init) = (sn, init);
            self.lines.push(line);
        }
    }

    /// Settles what was billed before a day, and the rest at the end.
    pub(crate) fn settle_midway(&mut self, day: Day) {
        let at = day.midnight();
        for line in &mut self.lines {
            line.setl = u8::from(line.at >= at);
        }
        self.settles = vec![
            Settle { role: SettleRole::Interim, at: at.plus_seconds(-3600) },
            Settle { role: SettleRole::Final, at: self.end.unwrap_or(at) },
        ];
    }
}

/// What of an amount is within the policy's scope: all of class A, nine tenths of class B, nothing of class C.
pub(crate) fn in_scope(item: &Item, amount: i64) -> i64 {
    match item.level {
        1 => amount,
        2 => amount * 9 / 10,
        _ => 0,
    }
}

/// Scan of a drug's trace code.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) visit: usize,
    pub(crate) sn: u32,
    pub(crate) code: String,
    pub(crate) opened: bool,
}

/// What a day of a person's year is taken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Free,
    Visit,
    Stay,
    Blocked,
}

/// Year（一人一年）: a person's calendar and visits.
#[derive(Debug)]
pub(crate) struct Year {
    pub(crate) first: Day,
    marks: Vec<Mark>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) scans: Vec<Scan>,
    base: u64,
}

impl Year {
    pub(crate) fn new(person: usize, first: Day, days: usize) -> Self {
        let base = 9_901_000_000_000_000 + (person as u64 + 1) * 1000;
        Self { first, marks: vec![Mark::Free; days], visits: Vec::new(), scans: Vec::new(), base }
    }

    /// The number that the next visit will have.
    pub(crate) fn next_id(&self) -> u64 {
        self.base + 1
    }

    /// Last day.
    pub(crate) fn last(&self) -> Day {
        self.first.plus(i32::try_from(self.marks.len()).unwrap_or(0) - 1)
    }

    pub(crate) fn mark(&mut self, from: Day, to: Day, mark: Mark) {
        for day in from.0.max(self.first.0)..=to.0.min(self.last().0) {
            if let Ok(index) = usize::try_from(day - self.first.0) {
                self.marks[index] = mark;
            }
        }
    }

    /// Whether all these days are within the year and free.
    pub(crate) fn is_free(&self, from: Day, to: Day) -> bool {
        from >= self.first && to <= self.last() && self.slice(from, to).iter().all(|mark| *mark == Mark::Free)
    }

    /// Whether no stay touches these days.
    pub(crate) fn has_no_stay(&self, from: Day, to: Day) -> bool {
        self.slice(from, to).iter().all(|mark| matches!(mark, Mark::Free | Mark::Visit))
    }

    fn slice(&self, from: Day, to: Day) -> &[Mark] {
        let low = usize::try_from(from.0 - self.first.0).unwrap_or(0).min(self.marks.len());
        let high = usize::try_from(to.0 - self.first.0 + 1).unwrap_or(0).min(self.marks.len());
        self.marks.get(low..high).unwrap_or(&[])
    }

    /// A new visit, not yet in the year.
    pub(crate) fn visit(&mut self, place: usize, med_type: &'static str, begin: Moment, end: Option<Moment>) -> Visit {
        self.base += 1;
        Visit {
            id: self.base,
            place,
            med_type,
            begin,
            end,
            doctor: 0,
            dept: "A03",
            diags: Vec::new(),
            operations: Vec::new(),
            lines: Vec::with_capacity(16),
            settles: Vec::new(),
            referred_from: None,
            ward_change: false,
            babies: 0,
            matn_type: "",
            leaving: "1",
            died: None,
            dise_no: "",
            family_account: false,
            posted_late: false,
            upload_hours: 1,
            more_days_stated: 0,
            cash_out: false,
            orders: Vec::new(),
            papers: Papers::default(),
            unordered: Vec::new(),
            caught: None,
            unfilled: false,
            crossed: None,
            bed_only: false,
            group: None,
        }
    }

    /// Takes a visit into the year; gives its place in it.
    pub(crate) fn keep(&mut self, visit: Visit) -> usize {
        let mark = if visit.is_stay() { Mark::Stay } else { Mark::Visit };
        let end = visit.end.unwrap_or(visit.begin);
        for day in visit.begin.day().0..=end.day().0 {
            if self.is_free(Day(day), Day(day)) {
                self.mark(Day(day), Day(day), mark);
            }
        }
        self.visits.push(visit);
        self.visits.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Knowledge;

    #[test]
    fn refunds_take_back_money_and_quantity() {
        let day = Day::ymd(2026, 3, 1).unwrap();
        let catalogue = Catalogue::new(&Knowledge::default(), day, day, day);
        let item = catalogue.named("血细胞分析").unwrap();
        let mut visit = Year::new(1, day, 30).visit(0, "11", day.midnight(), None);
        let sn = visit.bill(&catalogue, item, day.midnight(), 2 * ONE);
        visit.refund(sn, ONE, 60);
        assert_eq!(visit.total(), catalogue.items[item].price);
        let valid = visit.bill_anew(day.midnight());
        assert_eq!(visit.total(), catalogue.items[item].price, "refunded, and billed again");
        assert_eq!(valid.len(), 2);
    }

    #[test]
    fn a_year_knows_what_is_taken() {
        let day = Day::ymd(2026, 3, 1).unwrap();
        let mut year = Year::new(1, day, 30);
        assert!(year.is_free(day, day.plus(29)));
        assert!(!year.is_free(day, day.plus(30)));
        let visit = year.visit(0, "21", day.plus(3).midnight(), Some(day.plus(5).midnight()));
        year.keep(visit);
        assert!(!year.is_free(day.plus(5), day.plus(6)));
        assert!(!year.has_no_stay(day, day.plus(3)));
        assert!(year.has_no_stay(day, day.plus(2)));
    }
}
