//! Members of panels（合议成员）beside the findings, so that everybody finds the panels that they were named to, however many there are.

use casework::{Finding, Panel, State};

use crate::Store;
use crate::db::Tx;
use crate::error::StoreError;
use crate::finding::versioned;

/// Names the members of a finding's panel; those of an earlier one are no longer asked.
pub(crate) async fn name(tx: &mut Tx, finding_id: &str, panel: &Panel) -> Result<(), StoreError> {
    tx.execute("DELETE FROM panel_member WHERE finding_id = $1", &[finding_id.into()]).await?;
    for member in panel.opinions.keys() {
        let sql = "INSERT INTO panel_member (finding_id, member) VALUES ($1, $2)";
        tx.execute(sql, &[finding_id.into(), member.0.as_str().into()]).await?;
    }
    Ok(())
}

impl Store {
    /// Names the members of panels that were convened before names were kept beside them.
    pub(crate) async fn name_earlier_panels(&self) -> Result<(), StoreError> {
        let sql = "SELECT finding_id, version, detail FROM finding WHERE state = 'in_panel' \
                   AND NOT EXISTS (SELECT 1 FROM panel_member m WHERE m.finding_id = finding.finding_id)";
        let rows = self.db.rows(sql, &[]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for row in &rows {
            let finding: Finding = versioned(row)?.value;
            if let State::InPanel(panel) = &finding.state {
                name(&mut tx, &finding.filed.finding_id, panel).await?;
            }
        }
        tx.commit().await
    }
}
