//! The items the city bills: everyday ones, and those that knowledge points speak about.

use std::collections::HashMap;

use claims::Day;

use crate::everyday::{Everyday, HERBS, PATENT, SERVICES, WESTERN};
use crate::knowledge::{Knowledge, KnowledgeRow};
use crate::local::ITEMS;
use crate::special::Specials;

/// Index of an item in [`Catalogue::items`].
pub(crate) type ItemRef = usize;

/// Item（项目）: a drug, a service, a herb.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// National code; empty where the institution has not mapped its own item.
    pub(crate) code: String,
    pub(crate) name: String,
    /// Price in fen; even, so that half a unit costs whole fen.
    pub(crate) price: i64,
    /// Another price from a day on.
    pub(crate) later: Option<(Day, i64)>,
    /// 1 甲, 2 乙, 3 丙 (self-paid).
    pub(crate) level: u8,
    pub(crate) charge: &'static str,
    pub(crate) list: &'static str,
}

impl Item {
    /// Its lawful price on a day.
    pub(crate) fn price_on(&self, day: Day) -> i64 {
        self.later.filter(|(from, _)| *from <= day).map_or(self.price, |(_, price)| price)
    }

    /// Whether it is a drug in packs.
    pub(crate) fn is_drug(&self) -> bool {
        self.list == "101"
    }
}

/// Items of a stay that are billed for every day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basics {
    pub(crate) bed: ItemRef,
    pub(crate) double_bed: ItemRef,
    pub(crate) icu_bed: ItemRef,
    pub(crate) nursing: ItemRef,
    pub(crate) light_nursing: ItemRef,
    pub(crate) consult: ItemRef,
    pub(crate) newborn_nursing: ItemRef,
}

/// Catalogue（项目目录）.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) items: Vec<Item>,
    by_name: HashMap<&'static str, ItemRef>,
    pub(crate) basics: Basics,
    pub(crate) herbs: Vec<ItemRef>,
    pub(crate) lone_herbs: Vec<ItemRef>,
    pub(crate) unmapped: Vec<ItemRef>,
    pub(crate) specials: Specials,
}

/// Published codes of the basics: national item codes of bed, nursing and consultation.
pub(crate) const BASIC_CODES: [(&str, &str, i64, &str); 7] = [
    ("普通病房床位费", "001109000010000", 4000, "01"),
    ("普通病房床位费(双人间)", "001109000010200", 4000, "01"),
    ("监护病房床位费", "001109000030000", 8000, "01"),
    ("Ⅱ级护理", "001201000040000", 2000, "07"),
    ("Ⅲ级护理", "001201000050000", 2000, "07"),
    ("住院诊查费", "001102000050000", 1600, "02"),
    ("新生儿护理", "001201000070000", 2000, "07"),
];

/// The item whose price falls in the middle of the year.
pub(crate) const REPRICED: &str = "彩色多普勒超声常规检查";
/// The item whose ceiling depends on the level of the hospital.
pub(crate) const TIERED: &str = "X线计算机体层平扫";

impl Catalogue {
    /// Everyday items that no point speaks about, and what the points name.
    pub(crate) fn new(knowledge: &Knowledge, from: Day, to: Day, repriced_on: Day) -> Self {
        let mut items = Vec::new();
        let basics = basics(&mut items);
        let mut by_name = HashMap::new();
        let lists = [(&SERVICES[..], "201"), (&WESTERN[..], "101"), (&PATENT[..], "101")];
        for (list, kind) in lists {
            for (number, one) in list.iter().enumerate() {
                let code = code_of(one, kind, number);
                if knowledge.is_silent_on(&code) {
                    by_name.insert(one.name, items.len());
                    items.push(everyday(one, code, kind));
                }
            }
        }
        if let Some(index) = by_name.get(REPRICED) {
            items[*index].later = Some((repriced_on, 7200));
        }
        let (mut herbs, mut lone_herbs) = (Vec::new(), Vec::new());
        for (name, code, price, alone) in HERBS {
            if alone { &mut lone_herbs } else { &mut herbs }.push(items.len());
            items.push(item(name, code, price, 1, "10", "102"));
        }
        for one in ITEMS {
            by_name.insert(one.name, items.len());
            items.push(one.item());
        }
        let unmapped = unmapped(&mut items);
        let specials = Specials::new(knowledge, &mut items, from, to);
        Self { items, by_name, basics, herbs, lone_herbs, unmapped, specials }
    }

    /// The everyday item of this name, unless a knowledge point has taken it out of everyday use.
    pub(crate) fn named(&self, name: &str) -> Option<ItemRef> {
        self.by_name.get(name).copied()
    }

    /// All everyday services.
    pub(crate) fn services(&self) -> impl Iterator<Item = ItemRef> {
        SERVICES.iter().filter_map(|one| self.named(one.name))
    }
}

fn code_of(one: &Everyday, kind: &str, number: usize) -> String {
    match (kind, one.charge) {
        ("201", _) => format!("00{}0000", one.base),
        (_, "11") => format!("Z{}Y{:04}010199999", one.base, number + 1),
        _ => format!("X{}Y{:03}A001010199999", one.base, number + 1),
    }
}

fn everyday(one: &Everyday, code: String, list: &'static str) -> Item {
    Item { code, name: one.name.to_owned(), price: one.price, later: None, level: one.level, charge: one.charge, list }
}

pub(crate) fn item(name: &str, code: &str, price: i64, level: u8, charge: &'static str, list: &'static str) -> Item {
    Item { code: code.to_owned(), name: name.to_owned(), price, later: None, level, charge, list }
}

fn basics(items: &mut Vec<Item>) -> Basics {
    let first = items.len();
    items.extend(BASIC_CODES.iter().map(|(name, code, price, charge)| item(name, code, *price, 1, charge, "201")));
    Basics {
        bed: first,
        double_bed: first + 1,
        icu_bed: first + 2,
        nursing: first + 3,
        light_nursing: first + 4,
        consult: first + 5,
        newborn_nursing: first + 6,
    }
}

/// Items of single institutions that nobody has mapped to a national code: rules have no verdict on them.
fn unmapped(items: &mut Vec<Item>) -> Vec<ItemRef> {
    let first = items.len();
    for (name, price) in [("院内自定治疗包", 3000), ("院内自制洗剂", 1200), ("院内便民服务", 600)] {
        items.push(item(name, "", price, 3, "14", "201"));
    }
    (first..items.len()).collect()
}

/// A price for an item that a knowledge point names: plausible, and the same in every city.
pub(crate) fn price_for(row: &KnowledgeRow, code: &str, low: i64, steps: u64) -> i64 {
    let hash = code
        .bytes()
        .chain(row.rule.bytes())
        .fold(14_695_981_039_346_656_037_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211));
    low + i64::try_from((hash >> 20) % steps).unwrap_or(0) * 200
}

/// Fen as a price in yuan with six places.
pub(crate) fn price_text(fen: i64) -> String {
    format!("{}.{:02}0000", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_national_shape() {
        let day = Day::ymd(2026, 2, 1).unwrap();
        let catalogue = Catalogue::new(&Knowledge::default(), day, day, day);
        for item in catalogue.items.iter().filter(|item| !item.code.is_empty()) {
            let length = match item.code.as_bytes()[0] {
                b'X' => 23,
                b'Z' | b'C' => 20,
                b'T' => 10,
                _ => 15,
            };
            assert_eq!(item.code.len(), length, "{} {}", item.name, item.code);
            assert_eq!(item.price % 2, 0, "{} has an odd price", item.name);
        }
        assert!(catalogue.named("血细胞分析").is_some());
    }

    #[test]
    fn what_a_point_speaks_about_leaves_everyday_use() {
        let day = Day::ymd(2026, 2, 1).unwrap();
        let text = "rule,name,codes,freq_n,reviewed_by\nR,血细胞分析,002501010150000,1,me\n";
        let knowledge = Knowledge::from_csv("kp_service_pay", text).unwrap();
        assert!(Catalogue::new(&knowledge, day, day, day).named("血细胞分析").is_none());
    }
}
