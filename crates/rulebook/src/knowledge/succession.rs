//! Succession（知识沿革）: a later point takes over from an older one, and both can say so.

use claims::Text;

use super::Point;

impl Point {
    /// Which point of which batch, and since when: `KP-1（第9批，2026-02-01 起）`.
    pub fn place_in_time(&self) -> String {
        let batch = self.batch.map(|batch| format!("第{batch}批"));
        let from = self.valid_from.map(|from| format!("{from} 起"));
        let known: Vec<String> = batch.into_iter().chain(from).collect();
        if known.is_empty() { self.id.to_string() } else { format!("{}（{}）", self.id, known.join("，")) }
    }
}

/// Ends the older point where the newer begins; a newer point without a begin ends nothing.
pub(super) fn replace(old: &mut Point, new: &mut Point) {
    let Some(end) = new.valid_from.map(|from| from.plus(-1)) else { return };
    old.valid_to = Some(old.valid_to.map_or(end, |to| to.min(end)));
    old.succession.push(Text::from(format!("{}有效至 {end}，之后由 {}取代", old.place_in_time(), new.place_in_time())));
    let compared = match (&old.remark_digest, &new.remark_digest) {
        (Some(before), Some(now)) if before == now => "；公布的限定没有变化，沿用其取值".to_owned(),
        (Some(_), Some(_)) => format!("；公布的限定有变化，{}", reviewed(new)),
        _ => String::new(),
    };
    new.succession.push(Text::from(format!("取代 {}，后者只判断到 {end}{compared}", old.place_in_time())));
}

fn reviewed(point: &Point) -> String {
    match (&point.reviewed_by, point.reviewed_on) {
        (Some(by), Some(on)) => format!("取值由 {by} 于 {on} 审核"),
        (Some(by), None) => format!("取值由 {by} 审核"),
        (None, _) => "取值待审核".to_owned(),
    }
}
