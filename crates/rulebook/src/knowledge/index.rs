//! Knowledge index（知识索引）: for one rule, code → the points that speak of it, chosen by service day and region.

use std::collections::HashMap;
use std::sync::Arc;

use claims::{Day, Text};
use foldhash::fast::FixedState;
use smallvec::SmallVec;

use super::{Knowledge, KnowledgeFault, Match, Point, succession};

/// A point that may decide a subject, and whether it does.
#[derive(Clone, Debug)]
pub struct PointInForce {
    /// The point.
    pub point: Arc<Point>,
    /// Reviewed, and all deciding columns filled.
    pub decides: bool,
}

/// Points chosen for a subject: seldom more than one.
pub type Chosen<'a> = SmallVec<[&'a PointInForce; 2]>;

/// Knowledge index of one rule.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeIndex {
    by_code: HashMap<Text, Vec<PointInForce>, FixedState>,
    longest: usize,
    matches: Option<Match>,
    /// How many points feed the rule.
    pub count: usize,
}

impl KnowledgeIndex {
    /// Gathers the points that feed a rule and are known on `as_of` (none: all). An empty rule means the whole table.
    ///
    /// Two points of one code that hold at the same time in the same region and differ are a load error naming both.
    pub fn build(
        knowledge: &Knowledge,
        table: &str,
        rule: &str,
        deciding: &[String],
        as_of: Option<Day>,
    ) -> (Self, Vec<KnowledgeFault>) {
        Self::gather(knowledge, table, Some(rule), deciding, as_of)
    }

    /// Gathers every point of a table, whichever rule it was written for.
    pub fn of_table(knowledge: &Knowledge, table: &str, as_of: Option<Day>) -> Self {
        Self::gather(knowledge, table, None, &[], as_of).0
    }

    fn gather(
        knowledge: &Knowledge,
        table: &str,
        rule: Option<&str>,
        deciding: &[String],
        as_of: Option<Day>,
    ) -> (Self, Vec<KnowledgeFault>) {
        let mut index = Self::default();
        let mut faults = Vec::new();
        let Some(descriptor) = knowledge.descriptor(table) else {
            return (index, vec![KnowledgeFault::whole(table, format!("规则 {} 引用的知识表不存在", rule.unwrap_or("-")))]);
        };
        index.matches = Some(descriptor.matches);
        let known = |p: &&Point| as_of.is_none_or(|day| p.known_from.is_none_or(|known| known <= day));
        for point in knowledge.points().iter().filter(|p| &*p.table == table).filter(known) {
            let filled = deciding.iter().all(|column| point.columns.contains_key(column));
            let feeds = match (&point.rule, rule) {
                (_, None) => true,
                (Some(of), Some(rule)) => &**of == rule,
                (None, Some(_)) => filled,
            };
            if !feeds {
                continue;
            }
            index.count += 1;
            let entry = PointInForce { point: Arc::new(point.clone()), decides: filled && point.is_reviewed() };
            for key in &point.keys {
                index.longest = index.longest.max(key.len());
                let list = index.by_code.entry(Text::clone(key)).or_default();
                let mut entry = entry.clone();
                // A whole table holds the rows of several rules; only rows of one rule can contradict each other.
                if rule.is_some() {
                    give_way(list, &mut entry, &descriptor.unique);
                }
                let rival = list.iter().find(|old| rule.is_some() && collide(&old.point, &entry.point, &descriptor.unique));
                match rival {
                    Some(old) if same_decision(&old.point, point, deciding) => {}
                    Some(old) => faults.push(KnowledgeFault {
                        file: point.file.to_string(),
                        row: point.row,
                        column: descriptor.key.clone(),
                        value: key.to_string(),
                        problem: format!(
                            "与 {} 在同一地区、同一时段重叠而取值不同；请写明 supersedes 或有效期",
                            old.point.place()
                        ),
                    }),
                    None => list.push(entry),
                }
            }
        }
        (index, faults)
    }

    /// What its codes are matched with; none where there is no such table.
    pub const fn matched_with(&self) -> Option<Match> {
        self.matches
    }

    /// Whether any point speaks of the code, on any day.
    pub fn knows(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// All points, a point of several codes as often as it has codes.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.by_code.values().flatten().map(|p| &*p.point)
    }

    /// Every code with each point that speaks of it.
    pub fn entries(&self) -> impl Iterator<Item = (&Text, &PointInForce)> {
        self.by_code.iter().flat_map(|(code, points)| points.iter().map(move |point| (code, point)))
    }

    /// The point of an id.
    pub fn by_id(&self, id: &str) -> Option<&Point> {
        self.by_code.values().flatten().map(|p| &*p.point).find(|p| &*p.id == id)
    }

    /// All codes.
    pub fn codes(&self) -> impl Iterator<Item = &Text> {
        self.by_code.keys()
    }

    /// The points for a code on a service day at a place; see [`choose`].
    pub fn select(&self, code: &str, day: Day, places: &[&str]) -> Chosen<'_> {
        let Some(list) = self.by_code.get(code) else { return Chosen::new() };
        choose(list, day, places)
    }

    /// Every point of a code, in force or not.
    pub fn of_code(&self, code: &str) -> &[PointInForce] {
        self.by_code.get(code).map_or(&[], Vec::as_slice)
    }

    /// Points whose code is the diagnosis or a category above it（含类目展开）.
    pub fn select_above(&self, code: &str, day: Day, places: &[&str]) -> Chosen<'_> {
        let longest = self.longest.min(code.len());
        for end in (3..=longest).rev() {
            if !code.is_char_boundary(end) {
                continue;
            }
            let Some(list) = self.by_code.get(&code[..end]) else { continue };
            let chosen = choose(list, day, places);
            if !chosen.is_empty() {
                return chosen;
            }
        }
        Chosen::new()
    }
}

/// The first point of a code that begins only after the service day（知识点晚于服务日发布）.
pub fn first_later<'a>(list: &'a [PointInForce], day: Day, places: &[&str]) -> Option<&'a PointInForce> {
    list.iter().find(|p| p.point.valid_from.is_some_and(|from| from > day) && here(&p.point, places))
}

fn here(point: &Point, places: &[&str]) -> bool {
    point.region.as_ref().is_none_or(|region| places.contains(&&**region))
}

/// Those of a code's points that hold on a day at a place. `places` are its regions, narrowest first; the narrowest region that has
/// a point in force decides alone.
pub fn choose<'a>(list: &'a [PointInForce], day: Day, places: &[&str]) -> Chosen<'a> {
    if let [only] = list {
        let holds = only.point.in_force(day) && here(&only.point, places);
        return holds.then_some(only).into_iter().collect();
    }
    if list.iter().any(|p| p.point.region.is_some()) {
        for place in places {
            let of_place = |p: &&PointInForce| p.point.region.as_deref() == Some(*place) && p.point.in_force(day);
            let chosen: Chosen<'a> = list.iter().filter(of_place).collect();
            if !chosen.is_empty() {
                return chosen;
            }
        }
    }
    list.iter().filter(|p| p.point.region.is_none() && p.point.in_force(day)).collect()
}

/// Those of a code's points that may hold on a day where nobody knows the place, and whether they leave it open: the national ones
/// decide only where no region has a row of its own that says something else.
pub fn choose_anywhere(list: &[PointInForce], day: Day) -> (Chosen<'_>, bool) {
    let national = choose(list, day, &[]);
    let says_the_same =
        |row: &PointInForce| national.iter().any(|n| n.decides == row.decides && n.point.columns == row.point.columns);
    let differs = |row: &&PointInForce| row.point.region.is_some() && row.point.in_force(day) && !says_the_same(row);
    match list.iter().find(differs) {
        Some(row) => (std::iter::once(row).collect(), true),
        None => (national, false),
    }
}

/// Of two points of one code, that of the later batch decides from its begin on, even where it has another name or other codes too.
fn give_way(list: &mut [PointInForce], entry: &mut PointInForce, unique: &[String]) {
    for old in list {
        let batches = old.point.batch.zip(entry.point.batch).filter(|(of_old, of_new)| of_old != of_new);
        let Some((of_old, of_new)) = batches.filter(|_| collide(&old.point, &entry.point, unique)) else { continue };
        let (old, new) = (Arc::make_mut(&mut old.point), Arc::make_mut(&mut entry.point));
        if of_old < of_new {
            succession::replace(old, new);
        } else {
            succession::replace(new, old);
        }
    }
}

fn collide(a: &Point, b: &Point, unique: &[String]) -> bool {
    a.region == b.region
        && unique.iter().all(|column| a.columns.get(column) == b.columns.get(column))
        && a.valid_from.is_none_or(|from| b.valid_to.is_none_or(|to| from <= to))
        && b.valid_from.is_none_or(|from| a.valid_to.is_none_or(|to| from <= to))
}

fn same_decision(a: &Point, b: &Point, deciding: &[String]) -> bool {
    if deciding.is_empty() { a.columns == b.columns } else { deciding.iter().all(|c| a.columns.get(c) == b.columns.get(c)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_no_rule_holds_the_points_of_every_rule() {
        let knowledge = Knowledge::shipped().unwrap();
        let roles = |rule: &str| KnowledgeIndex::build(&knowledge, "line_role", rule, &[], None).0.count;
        assert!(roles("M021") > 0, "the shipped roles are written for M021");
        assert_eq!(KnowledgeIndex::of_table(&knowledge, "line_role", None).count, roles("M021"));
        assert_eq!(roles("M999"), 0);
    }
}
