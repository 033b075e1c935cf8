//! Orders of the hospitals that deliver them: those of Chinese medicine do, for every stay.

use std::collections::BTreeMap;

use crate::place::Kind;
use crate::visit::{ONE, Order, Visit};
use crate::world::World;

/// Charge categories that are billed because somebody ordered them: examinations, tests, operations, drugs, herbs.
const ORDERED: [&str; 6] = ["03", "04", "06", "09", "10", "11"];

/// Adds an order for each item of a stay, but for those that nobody ordered.
pub(crate) fn deliver(world: &World, visit: &mut Visit) {
    if !visit.is_stay() || world.places.institutions[visit.place].kind != Kind::Tcm {
        return;
    }
    let mut billed = BTreeMap::new();
    for line in visit.lines.iter().filter(|line| line.init == 0) {
        let item = &world.catalogue.items[line.item];
        let told = visit.unordered.contains(&line.item) || visit.orders.iter().any(|order| order.item == line.item);
        if ORDERED.contains(&item.charge) && !item.code.is_empty() && !told {
            let (first, cnt) = billed.entry(line.item).or_insert((line.at, 0));
            *first = (*first).min(line.at);
            *cnt += line.cnt;
        }
    }
    for (place, (item, (first, cnt))) in billed.into_iter().enumerate() {
        // Numbers that no line refers to: they are matched by their code.
        let number = visit.id * 1000 + 500 + place as u64;
        let unit = if world.catalogue.items[item].is_drug() { "盒" } else { "次" };
        let begin = first.plus_seconds(-600).max(visit.begin);
        visit.orders.push(Order { number, item, begin, end: None, cnt: cnt.max(ONE), unit });
    }
}
