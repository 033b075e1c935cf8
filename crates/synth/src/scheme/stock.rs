//! Stock of some drugs at the pharmacies, and pharmacies that bill more than they ever had; with it, the hospitals' storerooms.

use std::collections::BTreeMap;
use std::path::Path;

use claims::Day;

use super::storeroom::Storeroom;
use crate::place::Kind;
use crate::sheet::Sheet;
use crate::truth::{Expect, Truth};
use crate::visit::{ONE, Visit};
use crate::world::{World, at};
use crate::{Packing, Plant, SynthError};

const STOCK: &str = "GZ10000202001000";
/// Drugs under stock keeping, with the smallest units in a pack.
const KEPT: [(&str, i64); 6] = [
    ("感冒清热颗粒", 12),
    ("布洛芬缓释胶囊", 24),
    ("六味地黄丸", 1),
    ("碳酸钙D3片", 30),
    ("复方丹参滴丸", 180),
    ("阿莫西林胶囊", 24),
];
/// Rule about cheap drugs bought and dear ones billed.
pub(super) const SWAP: &str = "M023";
/// Dear drug, cheap drug of the same substance, and which of them was bought.
const SWAPPED: [(&str, &str, Bought); 4] = [
    ("孟鲁司特钠片（原研）", "孟鲁司特钠片（仿制）", Bought::Cheap),
    ("奥氮平片（原研）", "奥氮平片（仿制）", Bought::Cheap),
    ("氯沙坦钾片（原研）", "氯沙坦钾片（仿制）", Bought::Dear),
    ("替格瑞洛片（原研）", "替格瑞洛片（仿制）", Bought::OneInFour),
];

/// Bought（实际购入）: which of two drugs of one substance came in, where the dear one was billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bought {
    Dear,
    Cheap,
    /// At clinics: month by month the cheap one, of which nothing is left, and one pack in four of the dear one. Written without
    /// sight of the rule.
    OneInFour,
}

/// What a pharmacy keeps in reserve, in packs.
const RESERVE: i64 = 10;
/// Least gap that the rule takes up, in fen, with some room.
const LEAST: i64 = 150_000;

/// Stock（进销存）: packs sold, by pharmacy, drug and month.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    sold: BTreeMap<(usize, usize), Vec<i64>>,
    kept: Vec<(usize, i64)>,
    /// Dear and cheap drugs.
    swaps: Vec<(usize, usize, Bought)>,
    /// Packs of the dear one billed, by institution, pair and month.
    swapped: BTreeMap<(usize, usize), Vec<i64>>,
    months: Vec<Day>,
    storeroom: Storeroom,
}

/// What is wrong, or nearly, with a pharmacy's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Books {
    Balanced,
    Short,
    ShortWithoutOpening,
    TwoPercent,
    SmallGap,
    /// All of it was bought in the last month. Written without sight of the rule.
    BoughtLate,
    /// Two fifths went back to the wholesaler. Written without sight of the rule.
    SentBack,
}

impl Books {
    const fn is_wrong(self) -> bool {
        matches!(self, Self::Short | Self::ShortWithoutOpening | Self::BoughtLate | Self::SentBack)
    }
}

impl Stock {
    pub(crate) fn new(world: &World) -> Self {
        let kept = KEPT.iter().filter_map(|(name, factor)| Some((world.catalogue.named(name)?, *factor))).collect();
        let mut months = vec![world.first];
        while let Some(next) = months.last().map(|day| day.plus(31).month_start()).filter(|next| *next <= world.last) {
            months.push(next);
        }
        let named = |name: &str| world.catalogue.named(name);
        let swaps = SWAPPED.iter().filter_map(|(dear, cheap, bought)| Some((named(dear)?, named(cheap)?, *bought))).collect();
        let storeroom = Storeroom::new(world);
        Self { sold: BTreeMap::new(), kept, swaps, swapped: BTreeMap::new(), months, storeroom }
    }

    /// Counts what a visit bought.
    pub(crate) fn count(&mut self, world: &World, visit: &Visit) {
        let at_pharmacy = world.places.institutions[visit.place].kind == Kind::Pharmacy;
        let months = self.months.len();
        for line in &visit.lines {
            let month = self.months.iter().rposition(|first| *first <= line.at.day()).unwrap_or(0);
            if at_pharmacy && self.kept.iter().any(|(item, _)| *item == line.item) {
                self.sold.entry((visit.place, line.item)).or_insert_with(|| vec![0; months])[month] += line.cnt / ONE;
            }
            let here = |bought: Bought| at_pharmacy != (bought == Bought::OneInFour);
            if let Some(pair) = self.swaps.iter().position(|(dear, _, bought)| *dear == line.item && here(*bought)) {
                self.swapped.entry((visit.place, pair)).or_insert_with(|| vec![0; months])[month] += line.cnt / ONE;
            }
        }
        if !at_pharmacy {
            self.storeroom.count(visit);
        }
    }

    /// Writes the movements and what is planted in them.
    pub(crate) fn write(&self, world: &World, plant: &Plant, dir: &Path, packing: Packing) -> Result<Ledger, SynthError> {
        let header = "fixmedins_code,med_list_codg,fixmedins_hilist_name,inv_chg_type,inv_chg_time,cnt,unt,pric,vali_flag";
        let mut sheet = Sheet::create(dir, "inv_d", packing, header)?;
        let mut truth = Vec::new();
        let planted = self.planted(world, plant);
        for ((place, item), sold) in &self.sold {
            let books = planted.get(&(*place, *item)).copied();
            let account = Account::new(sold, books.unwrap_or(Books::Balanced), world.catalogue.items[*item].price);
            self.movements(world, &mut sheet, (*place, *item), &account);
            if let Some(books) = books {
                truth.extend(note(world, (*place, *item), &account, books));
            }
            sheet.flush_if_full()?;
        }
        truth.extend(self.swapped.iter().map(|((place, pair), packs)| self.swap(world, &mut sheet, *place, *pair, packs)));
        truth.extend(self.storeroom.write(world, &mut sheet));
        let (name, rows) = sheet.finish()?;
        Ok(Ledger { name, rows, truth })
    }

    /// The drug each pharmacy sells most of, by turns with each kind of books.
    fn planted(&self, world: &World, plant: &Plant) -> BTreeMap<(usize, usize), Books> {
        let wanted = match plant {
            Plant::All => true,
            Plant::None => false,
            Plant::Only(codes) => codes.iter().any(|code| code == STOCK),
        };
        let worth = |key: &(usize, usize), sold: &Vec<i64>| sold.iter().sum::<i64>() * world.catalogue.items[key.1].price;
        let mut best: BTreeMap<usize, ((usize, usize), i64)> = BTreeMap::new();
        for (key, sold) in &self.sold {
            let entry = best.entry(key.0).or_insert((*key, 0));
            if worth(key, sold) > entry.1 {
                *entry = (*key, worth(key, sold));
            }
        }
        let turns = [
            Books::Short,
            Books::TwoPercent,
            Books::SmallGap,
            Books::ShortWithoutOpening,
            Books::BoughtLate,
            Books::Balanced,
            Books::SentBack,
        ];
        let chosen = best.into_values().zip(turns.into_iter().cycle());
        chosen.filter(|(_, books)| wanted || !books.is_wrong()).map(|((key, _), books)| (key, books)).collect()
    }

    fn movements(&self, world: &World, sheet: &mut Sheet, (place, item): (usize, usize), account: &Account) {
        let factor = self.kept.iter().find(|(kept, _)| *kept == item).map_or(1, |(_, factor)| *factor);
        let unit = if factor == 1 { "盒" } else { "片" };
        let (code, item) = (&world.places.institutions[place].code, &world.catalogue.items[item]);
        let mut write = |kind: &str, at: claims::Moment, packs: i64| {
            let mut row = sheet.row();
            row.text(code).text(&item.code).text(&item.name).text(kind).moment(at).quantity(packs * factor * ONE).text(unit);
            row.yuan(item.price * 8 / 10 / factor).text("1").end();
        };
        // Who does not count at the beginning does not count at the end either.
        if let Some(opening) = account.opening {
            write("count", at(world.first, 1), opening);
            write("count", at(world.last, 24 * 60 - 1), account.closing);
        }
        for (month, packs) in self.months.iter().zip(&account.purchases) {
            if *packs > 0 {
                write("108", at(*month, 30), *packs);
            }
        }
        if account.sent_back > 0 {
            write("109", at(world.last, 12 * 60), account.sent_back);
        }
    }

    /// What was billed as the dear drug was bought as the dear one, or as the cheap one.
    fn swap(&self, world: &World, sheet: &mut Sheet, place: usize, pair: usize, packs: &[i64]) -> Truth {
        let (dear, cheap, bought) = self.swaps[pair];
        let code = &world.places.institutions[place].code;
        let mut write = |item: usize, kind: &str, at: claims::Moment, packs: i64| {
            let item = &world.catalogue.items[item];
            let mut row = sheet.row();
            row.text(code).text(&item.code).text(&item.name).text(kind).moment(at).quantity(packs * ONE).text("盒");
            row.yuan(item.price * 8 / 10).text("1").end();
        };
        let all: i64 = packs.iter().sum();
        let mut swapped = 0;
        for item in [dear, cheap] {
            let came: Vec<i64> = match bought {
                Bought::OneInFour => {
                    one_in_four(packs).map(|(of_dear, of_cheap)| if item == dear { of_dear } else { of_cheap }).collect()
                }
                _ => vec![if (item == dear) == (bought == Bought::Dear) { all } else { 0 }],
            };
            let total: i64 = came.iter().sum();
            write(item, "count", at(world.first, 1), 0);
            for (month, packs) in self.months.iter().zip(came).filter(|(_, packs)| *packs > 0) {
                write(item, "108", at(*month, 30), packs);
            }
            let left = if item == cheap && bought != Bought::OneInFour { total } else { 0 };
            write(item, "count", at(world.last, 24 * 60 - 1), left);
            swapped = total;
        }
        let price = |item: usize| world.catalogue.items[item].price;
        let name = |before: &str, variant: &str, after: &str| format!("{before}{SWAP}-{variant}{after}");
        let scheme = match bought {
            Bought::Dear => name("near-", "bought-dear", ""),
            Bought::Cheap => name("", ["original-for-copy", "dearer-still"][pair.min(1)], ""),
            Bought::OneInFour => name("", "three-in-four-at-clinics", "-unseen"),
        };
        let honest = bought == Bought::Dear;
        Truth {
            scheme,
            rule_code: SWAP.to_owned(),
            subject: format!("{code}|{}|{}", world.catalogue.items[dear].code, world.catalogue.items[cheap].code),
            fixmedins_code: code.clone(),
            psn_no: String::new(),
            mdtrt_id: String::new(),
            line_ids: String::new(),
            amount_fen: (!honest).then_some((price(dear) - price(cheap) * 8 / 10) * swapped),
            expect: if honest { Expect::Clear } else { Expect::Hit },
        }
    }

    /// Pack factors, as regional knowledge.
    pub(crate) fn factors(&self, world: &World) -> Vec<[String; 5]> {
        let keys = self.sold.keys();
        keys.filter_map(|(place, item)| {
            let factor = self.kept.iter().find(|(kept, _)| kept == item)?.1;
            let unit = if factor == 1 { "盒" } else { "片" };
            let (place, item) = (&world.places.institutions[*place], &world.catalogue.items[*item]);
            Some([item.name.clone(), item.code.clone(), place.code.clone(), unit.to_owned(), factor.to_string()])
        })
        .chain(self.swapped.keys().flat_map(|(place, pair)| {
            let (dear, cheap, _) = self.swaps[*pair];
            [dear, cheap].map(|item| {
                let (place, item) = (&world.places.institutions[*place], &world.catalogue.items[item]);
                [item.name.clone(), item.code.clone(), place.code.clone(), "盒".to_owned(), "1".to_owned()]
            })
        }))
        .chain(self.storeroom.factors(world))
        .collect()
    }
}

/// Of so many packs a month, how many were the dear ones, of which one comes with every fourth, and the others.
fn one_in_four(packs: &[i64]) -> impl Iterator<Item = (i64, i64)> + '_ {
    let mut before = 0;
    packs.iter().map(move |packs| {
        let dear = (before + packs) / 4 - before / 4;
        before += packs;
        (dear, packs - dear)
    })
}

/// What the stock file came to.
pub(crate) struct Ledger {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) truth: Vec<Truth>,
}

/// One drug's books at one pharmacy, in packs.
struct Account {
    opening: Option<i64>,
    purchases: Vec<i64>,
    closing: i64,
    sent_back: i64,
    /// What the books leave to be sold beyond the limit, in fen, when they are short.
    excess: i64,
    gap: i64,
}

impl Account {
    fn new(sold: &[i64], books: Books, price: i64) -> Self {
        let total: i64 = sold.iter().sum();
        let short = matches!(books, Books::Short | Books::ShortWithoutOpening);
        let share = |packs: i64| if short { packs * 6 / 10 } else { packs };
        let reserve = if short { 0 } else { RESERVE };
        let late = books == Books::BoughtLate;
        let opening = if late { reserve } else { share(sold.first().copied().unwrap_or(0)) + reserve };
        let mut purchases: Vec<i64> = std::iter::once(0).chain(sold.iter().skip(1).map(|packs| share(*packs))).collect();
        if late {
            purchases.fill(0);
            purchases.last_mut().into_iter().for_each(|last| *last = total);
        }
        let sent_back = if books == Books::SentBack { total * 4 / 10 } else { 0 };
        let more_left = match books {
            Books::TwoPercent => total / 50,
            Books::SmallGap => 60_000 / price,
            _ => 0,
        };
        let closing = reserve + more_left;
        let could_sell = opening + purchases.iter().sum::<i64>() - closing - sent_back;
        // Three percent belong to the limit; half a fen is rounded up.
        let excess = total * price - (could_sell * price * 103 + 50) / 100;
        let opening = (books != Books::ShortWithoutOpening).then_some(opening);
        Self { opening, purchases, closing, sent_back, excess, gap: (total - could_sell) * price }
    }
}

fn note(world: &World, (place, item): (usize, usize), account: &Account, books: Books) -> Option<Truth> {
    let short = books.is_wrong() && books != Books::BoughtLate;
    if short && account.excess < LEAST || books == Books::TwoPercent && account.gap == 0 {
        return None;
    }
    let (place, item) = (&world.places.institutions[place].code, &world.catalogue.items[item].code);
    let scheme = match books {
        Books::Short => format!("{STOCK}-sold-more-than-had"),
        Books::ShortWithoutOpening => format!("{STOCK}-no-opening-count-hidden"),
        Books::TwoPercent => format!("near-{STOCK}-two-percent"),
        Books::SmallGap => format!("near-{STOCK}-small-gap"),
        Books::BoughtLate => format!("{STOCK}-bought-when-all-was-sold-unseen"),
        Books::SentBack => format!("{STOCK}-sent-back-unseen"),
        Books::Balanced => format!("near-{STOCK}-balanced"),
    };
    Some(Truth {
        scheme,
        rule_code: STOCK.to_owned(),
        subject: format!("{place}|{item}|{}..{}", world.first, world.last),
        fixmedins_code: place.clone(),
        psn_no: String::new(),
        mdtrt_id: String::new(),
        line_ids: String::new(),
        // Whatever the day with the least of it is worth, is a matter of definition.
        amount_fen: matches!(books, Books::Short | Books::SentBack).then_some(account.excess),
        expect: match books {
            Books::Short | Books::SentBack => Expect::Hit,
            // In the end the books balance, and a slip may have been entered late: more than a hint would be too much.
            Books::BoughtLate => Expect::Hint,
            _ => Expect::Clear,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_balance_or_are_short_as_planted() {
        let sold = [100, 120, 80];
        let balanced = Account::new(&sold, Books::Balanced, 1600);
        assert_eq!((balanced.opening, balanced.gap, balanced.closing), (Some(110), 0, RESERVE));
        let short = Account::new(&sold, Books::Short, 1600);
        // 300 sold, 180 had: 300 − 185.4 = 114.6 packs of 16 yuan.
        assert_eq!(short.excess, 183_360);
        assert_eq!(Account::new(&sold, Books::TwoPercent, 1600).gap, 6 * 1600);
        assert!(Account::new(&sold, Books::SmallGap, 1600).gap < 100_000);
        assert_eq!(Account::new(&sold, Books::ShortWithoutOpening, 1600).opening, None);
    }

    #[test]
    fn one_pack_in_four_is_the_dear_one() {
        let came: Vec<(i64, i64)> = one_in_four(&[3, 0, 2, 7]).collect();
        assert_eq!(came, [(0, 3), (0, 0), (1, 1), (2, 5)]);
    }
}
