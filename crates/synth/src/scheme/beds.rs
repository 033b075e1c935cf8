//! Hospitals with more people in bed than beds. Who is in is counted here, by day; what the register of beds says is set when
//! all have been counted.

use std::collections::BTreeMap;

use claims::Day;

use crate::Plant;
use crate::place::Kind;
use crate::registers::Entry;
use crate::truth::{Expect, Truth};
use crate::visit::Visit;
use crate::world::World;

const BEDS: &str = "M012";

/// Beds（床位）: people in bed, by hospital and day.
#[derive(Debug)]
pub(crate) struct Beds {
    taken: BTreeMap<usize, Vec<u32>>,
    first: Day,
    days: usize,
}

impl Beds {
    pub(crate) fn new(world: &World) -> Self {
        Self { taken: BTreeMap::new(), first: world.first, days: world.days() }
    }

    /// Counts a stay, from the day of admission to the day before discharge.
    pub(crate) fn count(&mut self, world: &World, visit: &Visit) {
        let kind = world.places.institutions[visit.place].kind;
        let Some(end) = visit.end.filter(|_| visit.is_stay() && kind != Kind::Maternity) else { return };
        let taken = self.taken.entry(visit.place).or_insert_with(|| vec![0; self.days]);
        for day in visit.begin.day().0..end.day().0 {
            let index = usize::try_from(day - self.first.0).ok();
            if let Some(count) = index.and_then(|index| taken.get_mut(index)) {
                *count += 1;
            }
        }
    }

    /// What the register says of each hospital, and what is true of it: by turns, three weeks over, one week over, three days
    /// over, never over.
    pub(crate) fn planted(&self, world: &World, plant: &Plant) -> (Vec<Entry>, Vec<Truth>) {
        let wanted = match plant {
            Plant::All => true,
            Plant::None => false,
            Plant::Only(codes) => codes.iter().any(|code| code == BEDS),
        };
        let year = world.first.month()[..4].to_owned();
        let in_year =
            (0..self.days).take_while(|day| self.first.plus(i32::try_from(*day).unwrap_or(0)).month()[..4] == year).count();
        let (mut rows, mut truth) = (Vec::new(), Vec::new());
        for (turn, (place, taken)) in self.taken.iter().enumerate() {
            let over = [21, 7, 3, 0][if wanted { turn % 4 } else { 2 + turn % 2 }];
            let most = taken.iter().copied().max().unwrap_or(0);
            let mut busiest = taken[..in_year].to_vec();
            busiest.sort_unstable_by(|a, b| b.cmp(a));
            // As many beds as were taken on the first day that should not be over: so many days are over, or a few less.
            let beds = if over == 0 { most } else { busiest.get(over).copied().unwrap_or(0).max(1) };
            let days = taken[..in_year].iter().filter(|count| **count > beds).count();
            let after = taken[in_year..].iter().filter(|count| **count > beds).count();
            // Between two and eight days, nobody shall be held to the hospital's own counting of them; and no day of the next year.
            let (beds, hit) = match days {
                8.. => (beds, true),
                0..=3 if after <= 3 => (beds, false),
                _ if over >= 7 && days >= 6 => (beds, true),
                _ => (most, false),
            };
            let code = &world.places.institutions[*place].code;
            rows.push(Entry::new("provider_beds", code, vec![("beds_open", beds.max(1).to_string())]));
            let scheme = match (hit, over) {
                (true, 21) => format!("{BEDS}-three-weeks"),
                (true, _) => format!("{BEDS}-one-week"),
                (false, 3) => format!("near-{BEDS}-three-days"),
                _ => format!("near-{BEDS}-enough"),
            };
            truth.push(Truth {
                scheme,
                rule_code: BEDS.to_owned(),
                subject: format!("{code}|{year}"),
                fixmedins_code: code.clone(),
                psn_no: String::new(),
                mdtrt_id: String::new(),
                line_ids: String::new(),
                amount_fen: None,
                expect: if hit { Expect::Hit } else { Expect::Clear },
            });
        }
        (rows, truth)
    }
}
