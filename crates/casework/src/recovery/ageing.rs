//! Ageing（账龄）: what is outstanding, by how long each instalment has been due.

use claims::{Day, Fen};

use super::{Debt, Instalment};

/// Band（账龄段）: a span of days overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// 未到期
    NotDue,
    /// 逾期 30 天内
    Month,
    /// 逾期 31 至 90 天
    Quarter,
    /// 逾期 91 至 180 天
    HalfYear,
    /// 逾期 180 天以上
    Longer,
}

impl Band {
    /// All of them, the youngest first.
    pub const ALL: [Self; 5] = [Self::NotDue, Self::Month, Self::Quarter, Self::HalfYear, Self::Longer];

    /// The band of what was due on a day. The last day is still in time.
    pub fn of(due: Day, today: Day) -> Self {
        match today.since(due) {
            ..=0 => Self::NotDue,
            1..=30 => Self::Month,
            31..=90 => Self::Quarter,
            91..=180 => Self::HalfYear,
            _ => Self::Longer,
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotDue => "未到期",
            Self::Month => "逾期 30 天内",
            Self::Quarter => "逾期 31 至 90 天",
            Self::HalfYear => "逾期 91 至 180 天",
            Self::Longer => "逾期 180 天以上",
        }
    }
}

/// Age（账龄）: what is outstanding within a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Band.
    pub band: Band,
    /// How much.
    pub amount: Fen,
    /// Instalments that are not paid in full.
    pub instalments: i64,
}

/// What is left, by the day on which it is or was due, as a table of bands. `left` names a day, an amount and how many instalments.
pub fn ages(left: &[(Day, Fen, i64)], today: Day) -> Vec<Age> {
    let age = |band: Band| {
        let within = || left.iter().filter(|(due, ..)| Band::of(*due, today) == band);
        Age { band, amount: within().map(|(_, amount, _)| *amount).sum(), instalments: within().map(|(.., count)| count).sum() }
    };
    Band::ALL.into_iter().map(age).collect()
}

impl Debt {
    /// What is left of each instalment. What came back counts for the earliest first; what was planned as paid and came back undone is
    /// due with the first.
    pub fn left(&self) -> Vec<Instalment> {
        let planned: Fen = self.plan.iter().map(|part| part.amount).sum();
        let mut came = planned - self.outstanding();
        let mut left = Vec::new();
        for part in &self.plan {
            let taken = came.min(part.amount);
            came -= taken;
            let amount = part.amount - taken;
            if amount.is_positive() {
                left.push(Instalment { due: part.due, amount });
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::Means;
    use crate::sample::day;

    #[test]
    fn the_edges_of_the_bands_are_where_they_say() {
        let due = day(1);
        let edges = [(0, Band::NotDue), (1, Band::Month), (30, Band::Month), (31, Band::Quarter), (90, Band::Quarter)];
        for (days, band) in edges.into_iter().chain([(91, Band::HalfYear), (180, Band::HalfYear), (181, Band::Longer)]) {
            assert_eq!(Band::of(due, due.plus(days)), band, "{days}");
        }
        assert_eq!(Band::of(due, due.plus(-5)), Band::NotDue);
    }

    #[test]
    fn each_instalment_ages_by_itself() {
        let part = |due, amount| Instalment { due: day(due), amount: Fen(amount) };
        let debt = Debt::new(&[("hifp_pay".to_owned(), 900)], day(1), day(5)).unwrap();
        let debt = debt.in_instalments(vec![part(5, 300), part(40, 300), part(80, 300)]).unwrap();
        let paid = Means::Payment { receipt: "1".to_owned(), payer: String::new(), received: None, paper: None };
        let debt = debt.book(Fen(100), paid, day(6)).unwrap();
        assert_eq!(debt.left(), [part(5, 200), part(40, 300), part(80, 300)]);
        let left: Vec<_> = debt.left().into_iter().map(|left| (left.due, left.amount, 1)).collect();
        let table: Vec<_> = ages(&left, day(45)).into_iter().map(|age| (age.amount.0, age.instalments)).collect();
        assert_eq!(table, [(300, 1), (300, 1), (200, 1), (0, 0), (0, 0)]);
        assert_eq!(ages(&left, day(45)).iter().map(|age| age.amount).sum::<Fen>(), debt.outstanding());
    }

    #[test]
    fn a_payment_undone_after_the_plan_is_due_with_the_first_instalment() {
        let paid = Means::Payment { receipt: "1".to_owned(), payer: String::new(), received: None, paper: None };
        let debt = Debt::new(&[("hifp_pay".to_owned(), 900)], day(1), day(5)).unwrap().book(Fen(400), paid, day(2)).unwrap();
        let part = |due, amount| Instalment { due: day(due), amount: Fen(amount) };
        let debt = debt.in_instalments(vec![part(10, 250), part(20, 250)]).unwrap();
        let undone = debt.book(Fen::ZERO, Means::Reversal { of: 1 }, day(3)).unwrap();
        assert_eq!(undone.left(), [part(10, 650), part(20, 250)]);
    }
}
