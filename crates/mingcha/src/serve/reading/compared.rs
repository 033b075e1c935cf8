//! Two runs side by side, by the comparison of `mingcha findings diff`.

use std::path::Path;

use anyhow::Result;
use rulebook::Finding;
use web::reading::{Compared, Fate};

use crate::findings::diff::between;
use crate::runs::Runs;

/// None where one of them is not there.
pub(super) fn compared(lake: &Path, before: &str, after: &str) -> Result<Option<Vec<Compared>>> {
    let runs = Runs::of(lake).all()?;
    let find = |id: &str| runs.iter().find(|run| run.id == id);
    let Some((before, after)) = find(before).zip(find(after)) else { return Ok(None) };
    let (before, after) = (before.findings()?, after.findings()?);
    let found = between(&before, &after);
    let one = |fate: Fate, finding: &Finding, before_fen: i64, after_fen: i64| Compared {
        finding_id: finding.finding_id.clone(),
        fate,
        rule_code: finding.rule_code.clone(),
        rule_name: finding.rule_name.clone(),
        grade: finding.grade.name().to_owned(),
        institution: finding.fixmedins_code.clone(),
        before_fen,
        after_fen,
        message: finding.message.clone(),
    };
    let appeared = found.appeared.iter().map(|new| one(Fate::Appeared, new, 0, new.amount_fen));
    let vanished = found.vanished.iter().map(|old| one(Fate::Vanished, old, old.amount_fen, 0));
    let changed = found.changed.iter().map(|(old, new)| one(Fate::Changed, new, old.amount_fen, new.amount_fen));
    let unchanged = found.unchanged.iter().map(|same| one(Fate::Unchanged, same, same.amount_fen, same.amount_fen));
    Ok(Some(appeared.chain(vanished).chain(changed).chain(unchanged).collect()))
}
