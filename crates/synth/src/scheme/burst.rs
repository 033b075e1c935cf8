//! One amount for many people within minutes at one pharmacy: vouchers that were collected and are swiped in a row.

use claims::Moment;

use super::Role::{Hit, Near};
use super::{Scene, Scheme, group};
use crate::life::buy;
use crate::place::{Kind, Places};
use crate::visit::ONE;
use crate::world::at;

const BURST: &str = "M038";
/// More than come to a pharmacy within minutes by themselves.
const MEMBERS: usize = 12;

pub(super) const SCHEMES: &[Scheme] = &[
    group(MEMBERS, BURST, "one-queue", Hit, 60, |s| swiped(s, Queue::One)),
    group(MEMBERS, BURST, "two-amounts", Hit, 60, |s| swiped(s, Queue::Two)),
    group(MEMBERS, BURST, "sent-late", Near, 60, |s| swiped(s, Queue::SentLate)),
    group(MEMBERS, BURST, "over-the-day", Near, 60, |s| swiped(s, Queue::OverTheDay)),
    group(MEMBERS, BURST, "gift-day", Near, 60, |s| swiped(s, Queue::GiftDay)),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Queue {
    /// All of them within four minutes, all of one amount.
    One,
    /// As quickly, half of them of another amount.
    Two,
    /// Sales of the day that a shop sends in one second after its line was down.
    SentLate,
    /// A neighbourhood buys what is on offer, all day long.
    OverTheDay,
    /// An employer gives vouchers once: one morning.
    GiftDay,
}

impl Queue {
    /// Where they stand, by turn. What is lawful stands at pharmacies where nothing is planted, and no two kinds at one.
    fn place(self, places: &Places, turn: usize) -> Option<usize> {
        let (own, others): (Vec<usize>, Vec<usize>) = (hosts(places).collect(), lawful(places).collect());
        let (all, kinds, kind) = match self {
            Self::One => (own, 1, 0),
            Self::Two => (own, 1, 1),
            Self::SentLate => (others, 3, 0),
            Self::OverTheDay => (others, 3, 1),
            Self::GiftDay => (others, 3, 2),
        };
        let shares = (all.len() / kinds).max(1);
        all.get((kind + kinds * turn) % (kinds * shares)).copied()
    }

    /// Minutes after which a group stands there: two that chose one pharmacy in one month must not swipe in one second, which is
    /// what a shop does that sends its sales late.
    fn later(self, scene: &Scene<'_>) -> i64 {
        let rounds = scene.turn / hosts(&scene.world.places).count().max(1);
        let first = if self == Self::Two { 6 } else { 0 };
        first + 12 * i64::try_from(rounds % 40).unwrap_or(0)
    }

    fn when(self, scene: &Scene<'_>, morning: Moment) -> Moment {
        let member = i64::try_from(scene.member).unwrap_or(0);
        match self {
            Self::One | Self::Two => morning.plus_seconds(self.later(scene) * 60 + member * 19),
            Self::GiftDay => morning.plus_seconds(member * 19),
            Self::SentLate => morning,
            Self::OverTheDay => morning.plus_seconds(member * 47 * 60),
        }
    }
}

/// The pharmacies at which vouchers are swiped in a row: the last of each county. Nothing else that a rule about pharmacies might
/// look at stands there.
fn hosts(places: &Places) -> impl Iterator<Item = usize> {
    (0..places.counties).filter_map(|county| places.of(Kind::Pharmacy, county).last().copied())
}

/// All other pharmacies.
pub(super) fn lawful(places: &Places) -> impl Iterator<Item = usize> {
    (0..places.counties)
        .flat_map(|county| places.of(Kind::Pharmacy, county).split_last().map_or(&[][..], |(_, others)| others))
        .copied()
}

/// Every third day of a calendar month everybody buys the offer of the day, or once.
fn swiped(scene: &mut Scene<'_>, queue: Queue) -> Option<()> {
    let place = queue.place(&scene.world.places, scene.turn)?;
    let first = scene.day.plus(31).month_start();
    let times = if queue == Queue::GiftDay { 1 } else { 8 };
    for time in 0..times {
        let mut visit = buy(scene.world, scene.dice, scene.year, place, first.plus(1 + 3 * time));
        visit.begin = queue.when(scene, at(first.plus(1 + 3 * time), 8 * 60 + 10));
        visit.end = Some(visit.begin);
        visit.lines.clear();
        let other = queue == Queue::Two && scene.member % 2 == 1;
        let offer = OFFERS[usize::try_from(time).unwrap_or(0) % OFFERS.len()];
        for name in offer.iter().take(if other { 1 } else { 2 }) {
            let item = scene.world.catalogue.named(name)?;
            visit.bill(&scene.world.catalogue, item, visit.begin, ONE);
        }
        scene.year.keep(visit);
    }
    if scene.member == 0 {
        scene.note_place(place, Some(&first.month()));
    }
    Some(())
}

const OFFERS: [[&str; 2]; 8] = [
    ["感冒清热颗粒", "板蓝根颗粒"],
    ["六味地黄丸", "碳酸钙D3片"],
    ["连花清瘟胶囊", "川贝枇杷露"],
    ["云南红药胶囊", "血府逐瘀胶囊"],
    ["蒙脱石散", "多潘立酮片"],
    ["香砂养胃丸", "腺苷钴胺片"],
    ["玻璃酸钠滴眼液", "氯雷他定片"],
    ["对乙酰氨基酚片", "稳心颗粒"],
];
