//! Items that knowledge points speak about, chosen so that exactly one point is about each: what is done with them breaks
//! that point's rule or none.

use claims::Day;

use crate::catalogue::{BASIC_CODES, Item, ItemRef, item, price_for};
use crate::knowledge::{Knowledge, KnowledgeRow};

/// Special item（受知识点约束的项目）, with the values of its point.
#[derive(Clone, Debug)]
pub(crate) struct Special {
    pub(crate) item: ItemRef,
    /// 1 men, 2 women, 0 both.
    pub(crate) gender: i32,
    pub(crate) age_max: Option<i32>,
    /// Days of a course, or of a period.
    pub(crate) days: i32,
}

/// A pair that may not be billed together.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) whole: ItemRef,
    pub(crate) part: ItemRef,
}

/// Operations of one incision group.
#[derive(Clone, Debug)]
pub(crate) struct Incision {
    pub(crate) items: Vec<ItemRef>,
    pub(crate) ratio_2: i64,
}

/// All special items, by what is limited.
#[derive(Debug, Default)]
pub(crate) struct Specials {
    pub(crate) sex_drugs: Vec<Special>,
    pub(crate) sex_services: Vec<Special>,
    pub(crate) child_drugs: Vec<Special>,
    pub(crate) child_services: Vec<Special>,
    pub(crate) age_drugs: Vec<Special>,
    pub(crate) injury_drugs: Vec<Special>,
    pub(crate) maternity_drugs: Vec<Special>,
    pub(crate) inpatient_drugs: Vec<Special>,
    pub(crate) level_drugs: Vec<Special>,
    pub(crate) course_drugs: Vec<Special>,
    pub(crate) course_services: Vec<Special>,
    pub(crate) period_services: Vec<Special>,
    pub(crate) hour_services: Vec<Special>,
    pub(crate) day_pairs: Vec<Pair>,
    pub(crate) hour_pairs: Vec<Pair>,
    pub(crate) visit_pairs: Vec<Pair>,
    pub(crate) incisions: Vec<Incision>,
    /// Whether bed, nursing and consultation are limited to one a day.
    pub(crate) once_a_day: bool,
}

/// At most so many items of a kind: enough variety, and the catalogue stays small.
const ENOUGH: usize = 12;

impl Specials {
    pub(crate) fn new(knowledge: &Knowledge, items: &mut Vec<Item>, from: Day, to: Day) -> Self {
        let mut choice = Choice { knowledge, items, from, to };
        let year = |row: &KnowledgeRow| matches!(row.get("age_unit"), "" | "year");
        Self {
            sex_drugs: choice.of("kp_drug_label", "GZ10000301004000", |row| row.number("gender").is_some()),
            sex_services: choice.of("kp_service_pay", "GZ10000302004000", |row| row.number("gender").is_some()),
            child_drugs: choice
                .of("kp_drug_label", "GZ10000301002000", |row| row.get("child_only") == "1" && row.get("age_max").is_empty()),
            child_services: choice
                .of("kp_service_pay", "GZ10000302003000", |row| row.get("child_only") == "1" && row.get("age_max").is_empty()),
            age_drugs: choice.of("kp_drug_pay", "GZ10000101007000", year),
            injury_drugs: choice.of("kp_drug_pay", "GZ10000101001000", |row| row.get("insu_limit") == "work_injury"),
            maternity_drugs: choice.of("kp_drug_pay", "GZ10000101002000", |row| row.get("insu_limit") == "maternity"),
            inpatient_drugs: choice.of("kp_drug_pay", "E25-013", |row| row.get("visit_mode") == "ip"),
            level_drugs: choice.of("kp_drug_pay", "GZ10000101012000", |row| {
                row.get("hosp_lv_min") == "2" && row.get("first_rx_only") != "1" && row.get("hosp_lv_specialist").is_empty()
            }),
            course_drugs: choice.of("kp_drug_pay", "GZ10000101010000", |row| {
                row.number("max_course_days").is_some_and(|days| days <= 15) && row.get("course_basis") != "span"
            }),
            course_services: choice.of("kp_service_pay", "GZ10000102010000", |row| {
                row.number("course_days").is_some_and(|days| days <= 40) && row.get("min_gap_days").is_empty()
            }),
            period_services: choice.of("kp_service_pay", "E25-031", |row| {
                row.get("period_n") == "1" && row.number("period_days").is_some_and(|days| days <= 31)
            }),
            // Pairs choose first: few of them lie within hours, and those are of hourly items.
            hour_pairs: choice.pairs(&["hour", "6h"]),
            hour_services: choice.hours(),
            day_pairs: choice.pairs(&["day"]),
            visit_pairs: choice.pairs(&["visit"]),
            incisions: choice.incisions(),
            once_a_day: once_a_day(knowledge),
        }
    }

    /// The point's limit was set for the same sex, or for both.
    pub(crate) fn of_sex(all: &[Special], gender: i32) -> Vec<&Special> {
        all.iter().filter(|one| one.gender == gender).collect()
    }
}

struct Choice<'a> {
    knowledge: &'a Knowledge,
    items: &'a mut Vec<Item>,
    from: Day,
    to: Day,
}

impl Choice<'_> {
    fn of(&mut self, table: &str, rule: &str, fits: impl Fn(&KnowledgeRow) -> bool) -> Vec<Special> {
        let (knowledge, from, to) = (self.knowledge, self.from, self.to);
        let rows = knowledge.of(table, rule).filter(|row| row.holds(from, to) && fits(row));
        let mut chosen: Vec<Special> = Vec::new();
        let mut by_sex = [0_usize; 3];
        for row in rows {
            // A drug only for mothers may be marked as for women too; a woman takes it.
            let women_too = row.get("insu_limit") == "maternity";
            let Some(code) = row.codes.iter().find(|code| self.is_alone(code, women_too)) else { continue };
            let gender = row.number("gender").unwrap_or(if women_too { 2 } else { 0 });
            let count = &mut by_sex[usize::try_from(gender).unwrap_or(0).min(2)];
            *count += 1;
            if *count <= ENOUGH {
                let item = self.add(row, code);
                let days = ["max_course_days", "course_days", "period_days"].iter().find_map(|column| row.number(column));
                let age_max = row.number("age_max");
                chosen.push(Special { item, gender, age_max, days: days.unwrap_or(0) });
            }
        }
        chosen
    }

    /// Whether one point only is about the code.
    fn is_alone(&self, code: &str, women_too: bool) -> bool {
        let others =
            self.knowledge.about(code).filter(|row| !(women_too && row.table == "kp_drug_label" && row.get("gender") == "2"));
        others.count() == 1 && !self.knowledge.is_paired(code)
    }

    fn add(&mut self, row: &KnowledgeRow, code: &str) -> ItemRef {
        let made = if code.starts_with('X') || code.starts_with('Z') {
            let charge = if code.starts_with('Z') { "11" } else { "09" };
            item(&row.name, code, price_for(row, code, 2000, 40), 2, charge, "101")
        } else {
            let operation = row.table == "kp_surgery_discount";
            let (low, steps, charge) = if operation { (60_000, 600, "06") } else { (2000, 60, "05") };
            item(&row.name, code, price_for(row, code, low, steps), 1, charge, "201")
        };
        self.items.push(made);
        self.items.len() - 1
    }

    /// Hourly items that go with bed, nursing and consultation.
    fn hours(&mut self) -> Vec<Special> {
        let (knowledge, from, to) = (self.knowledge, self.from, self.to);
        let rows = knowledge.of("kp_service_pay", "GZ10000102014000").filter(|row| {
            row.get("freq_unit") == "hour" && row.get("freq_n") == "24" && row.get("combine").is_empty() && row.holds(from, to)
        });
        let mut chosen = Vec::new();
        for row in rows {
            let Some(code) = row.codes.first() else { continue };
            let with_basics = BASIC_CODES.iter().any(|(_, basic, ..)| knowledge.excludes(code, basic));
            let known = self.items.iter().any(|item| item.code == *code);
            if !with_basics && !known && knowledge.about(code).count() == 1 && chosen.len() < ENOUGH {
                let item = self.add(row, code);
                // Even an hour's price that is a whole number of yuan keeps sums exact.
                self.items[item].price = 600;
                chosen.push(Special { item, gender: 0, age_max: None, days: 0 });
            }
        }
        chosen
    }

    fn pairs(&mut self, windows: &[&str]) -> Vec<Pair> {
        let (knowledge, from, to) = (self.knowledge, self.from, self.to);
        let rows = knowledge.of("kp_pair_exclusion", "GZ10000102012000").filter(|row| {
            windows.contains(&row.get("window"))
                && row.get("max_b").is_empty()
                && row.get("cover_b").is_empty()
                && row.holds(from, to)
        });
        let day = windows.contains(&"day");
        let mut chosen: Vec<Pair> = Vec::new();
        for row in rows.filter(|row| !day || row.get("override") != "1") {
            let (whole, part) = (row.get("item_a"), row.get("item_b"));
            // Only what is billed once a day, or what no other point speaks about.
            let free = |code: &str| knowledge.about(code).all(|row| !row.get("freq_n").is_empty());
            let basic = |code: &str| BASIC_CODES.iter().any(|(_, basic, ..)| *basic == code);
            let known = |items: &[Item]| items.iter().any(|item| item.code == whole || item.code == part);
            let usable = free(whole) && free(part) && !basic(whole) && !basic(part);
            if !usable || known(self.items) || knowledge.contains(part, whole) {
                continue;
            }
            let (low, steps) = (3000, 30);
            let whole_item = item(row.get("name_a"), whole, price_for(row, whole, low, steps) + 6000, 1, "05", "201");
            let part_item = item(row.get("name_b"), part, price_for(row, part, low, steps), 1, "05", "201");
            self.items.extend([whole_item, part_item]);
            chosen.push(Pair { whole: self.items.len() - 2, part: self.items.len() - 1 });
            if chosen.len() == ENOUGH {
                break;
            }
        }
        chosen
    }

    fn incisions(&mut self) -> Vec<Incision> {
        let (knowledge, from, to) = (self.knowledge, self.from, self.to);
        let mut groups: Vec<(String, Incision)> = Vec::new();
        for row in knowledge.of("kp_surgery_discount", "GZ10000102002000").filter(|row| row.holds(from, to)) {
            let Some(code) = row.codes.iter().find(|code| self.is_alone(code, false)) else { continue };
            let group = row.get("group").to_owned();
            let place = groups.iter().position(|(name, _)| *name == group).unwrap_or_else(|| {
                let ratio_2 = percent(row.get("ratio_2")).unwrap_or(50);
                groups.push((group, Incision { items: Vec::new(), ratio_2 }));
                groups.len() - 1
            });
            if groups[place].1.items.len() < 6 {
                let item = self.add(row, code);
                groups[place].1.items.push(item);
            }
        }
        groups.into_iter().map(|(_, incision)| incision).filter(|incision| incision.items.len() >= 3).collect()
    }
}

/// Whether the points limit what every day of a stay is billed for.
fn once_a_day(knowledge: &Knowledge) -> bool {
    let limited = |code: &str| knowledge.about(code).any(|row| row.reviewed && row.get("freq_n") == "1");
    BASIC_CODES.iter().filter(|(_, code, ..)| *code != "001109000010200").all(|(_, code, ..)| limited(code))
}

/// `0.5` as 50.
fn percent(ratio: &str) -> Option<i64> {
    claims::Quantity::parse(ratio).ok().map(|ratio| ratio.0 / 100)
}
