//! Backup（备份）: all tables as lines of JSON, of one moment, while people go on working. The same file restores on either database.

use std::io::{BufRead, Write};

use serde_json::{Map, Value as Json};

use crate::Store;
use crate::db::{Statement, Value};
use crate::error::StoreError;

/// The tables and their columns; whole numbers are marked by a colon.
const TABLES: [(&str, &str, &str); 25] = [
    ("sealing", "SELECT * FROM sealing ORDER BY one LIMIT ", "one: key_id begun done:"),
    (
        "finding",
        "SELECT * FROM finding ORDER BY finding_id LIMIT ",
        "finding_id version: state told: closed: due assignee reviewer snoozed_until differs: rule_code rule_name grade fixmedins_code institution region bilg_dr_code psn_no mdtrt_id occurred_on amount_fen: fund_fen: owed_fen: message digest filed_on last_run detail index_fen: split_from exempted_by",
    ),
    ("sheet", "SELECT * FROM sheet ORDER BY finding_id, digest LIMIT ", "finding_id digest body"),
    ("filing", "SELECT * FROM filing ORDER BY run_id LIMIT ", "run_id filed_on filed_by coverage outcome"),
    ("event", "SELECT * FROM event ORDER BY subject, seq LIMIT ", "subject seq: at on_day actor kind body hash"),
    (
        "tally",
        "SELECT * FROM tally ORDER BY fixmedins_code, rule_code, state, grade, assignee, snoozed_until, told, differs, region LIMIT ",
        "region fixmedins_code institution rule_code rule_name grade state closed: told: assignee snoozed_until differs: findings: amount_fen: fund_fen: index_fen:",
    ),
    (
        "month_tally",
        "SELECT * FROM month_tally ORDER BY fixmedins_code, month, state, told, region LIMIT ",
        "region fixmedins_code month state closed: told: findings: amount_fen: fund_fen: index_fen:",
    ),
    (
        "rule_outcome",
        "SELECT * FROM rule_outcome ORDER BY rule_code, rule_version LIMIT ",
        "rule_code rule_version: confirmed: overturned: review_seconds: timed_fund_fen:",
    ),
    ("seal", "SELECT * FROM seal ORDER BY on_day LIMIT ", "on_day subjects: root"),
    (
        "account",
        "SELECT * FROM account ORDER BY name LIMIT ",
        "name display role scope password totp totp_step: failed: locked_until disabled: version:",
    ),
    ("saved_view", "SELECT * FROM saved_view ORDER BY owner, name LIMIT ", "owner name query"),
    (
        "paper",
        "SELECT * FROM paper ORDER BY finding_id, digest LIMIT ",
        "digest finding_id name kind size: asked_for handed_by at",
    ),
    ("remark", "SELECT * FROM remark ORDER BY subject, seq LIMIT ", "subject seq: at author body"),
    (
        "debt",
        "SELECT * FROM debt ORDER BY debt_id LIMIT ",
        "debt_id version: fixmedins_code institution region rule_code opened_on due claimed_fen: outstanding_fen: detail",
    ),
    (
        "posting_entry",
        "SELECT * FROM posting_entry ORDER BY debt_id, posting, entry LIMIT ",
        "debt_id posting: entry: on_day means account fund amount_fen:",
    ),
    ("line_booking", "SELECT * FROM line_booking ORDER BY line_id, decision LIMIT ", "line_id decision amount_fen:"),
    (
        "exemption",
        "SELECT * FROM exemption ORDER BY exemption_id LIMIT ",
        "exemption_id version: state fixmedins_code institution region rule_code from_day until_day detail",
    ),
    (
        "class_appeal",
        "SELECT * FROM class_appeal ORDER BY appeal_id LIMIT ",
        "appeal_id version: fixmedins_code institution region rule_code rule_name appealed_on detail",
    ),
    ("class_member", "SELECT * FROM class_member ORDER BY appeal_id, finding_id LIMIT ", "appeal_id finding_id"),
    ("document", "SELECT * FROM document ORDER BY kind, year, number LIMIT ", "kind year: number: subject issued_by at"),
    ("rule_draft", "SELECT * FROM rule_draft ORDER BY draft_id LIMIT ", "draft_id version: kind name state changed_at detail"),
    ("rule_pack", "SELECT * FROM rule_pack ORDER BY number LIMIT ", "number: digest published_at detail"),
    ("rule_text", "SELECT * FROM rule_text ORDER BY digest LIMIT ", "digest body"),
    ("rule_pack_file", "SELECT * FROM rule_pack_file ORDER BY number, name LIMIT ", "number: name digest"),
    (
        "job",
        "SELECT * FROM job ORDER BY job_id LIMIT ",
        "job_id kind body state fence: owner lease_until progress asked_by asked_at ended_at outcome",
    ),
];

/// Rows read or written at a time.
const PAGE: usize = 1_000;

impl Store {
    /// Writes everything as it is at one moment. Sessions and leases are left out: a copy signs nobody in, and nobody
    /// has anything in hand.
    pub async fn backup(&self, out: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
        let mut tx = self.db.begin_reading().await?;
        let mut written = 0;
        for (table, select, columns) in TABLES {
            let mut skip = 0_i64;
            loop {
                let mut query = Statement::new(select);
                query.bind(i64::try_from(PAGE).unwrap_or(i64::MAX)).and(" OFFSET ").bind(skip);
                let rows = tx.rows(&query.sql, &query.values).await?;
                for row in &rows {
                    let mut record = Map::new();
                    for column in columns.split(' ') {
                        let value = match column.strip_suffix(':') {
                            Some(number) => (number, row.maybe_int(number)?.map_or(Json::Null, Json::from)),
                            None => (column, row.maybe_text(column)?.map_or(Json::Null, Json::from)),
                        };
                        record.insert(value.0.to_owned(), value.1);
                    }
                    let line = serde_json::json!({ "table": table, "row": record });
                    writeln!(out, "{line}").map_err(|problem| StoreError::File { path: "备份".to_owned(), problem })?;
                    written += 1;
                }
                skip += i64::try_from(rows.len()).unwrap_or(i64::MAX);
                if rows.len() < PAGE {
                    break;
                }
            }
        }
        Ok(written)
    }

    /// Reads a backup into an empty database: all of it or nothing.
    pub async fn restore(&self, from: &mut (dyn BufRead + Send)) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        for table in ["finding", "event", "account"] {
            let sql = match table {
                "finding" => "SELECT 1 AS there FROM finding LIMIT 1",
                "event" => "SELECT 1 AS there FROM event LIMIT 1",
                _ => "SELECT 1 AS there FROM account LIMIT 1",
            };
            if tx.row(sql, &[]).await?.is_some() {
                return Err(StoreError::Unfit(format!("数据库不是空的（{table} 有记录），备份只能恢复到空库")));
            }
        }
        let mut restored = 0;
        let mut line = String::new();
        loop {
            line.clear();
            let read = from.read_line(&mut line).map_err(|problem| StoreError::File { path: "备份".to_owned(), problem })?;
            if read == 0 {
                break;
            }
            restored += 1;
            let unfit = |problem: String| StoreError::Unfit(format!("备份第 {restored} 行：{problem}"));
            let record: Json = serde_json::from_str(&line).map_err(|problem| unfit(problem.to_string()))?;
            if record["table"] == "sealing" {
                self.fits_key(&record["row"])?;
                continue;
            }
            let insert = insert(&record).map_err(unfit)?;
            tx.execute(&insert.sql, &insert.values).await?;
        }
        // Killed before they are sealed, rows that came in the open are sealed at the next start.
        tx.execute("UPDATE sealing SET done = 0", &[]).await?;
        tx.commit().await?;
        self.seal_earlier().await?;
        Ok(restored)
    }

    /// The key of the backup must be that of this database, or nothing that is sealed in the backup would ever open.
    fn fits_key(&self, sealing: &Json) -> Result<(), StoreError> {
        let kept = sealing["key_id"].as_str().unwrap_or_default().to_owned();
        let given = self.db.seal.as_deref().map(|seal| seal.id().to_owned());
        if given.as_ref() == Some(&kept) { Ok(()) } else { Err(StoreError::WrongKey { kept, given }) }
    }
}

/// A line of a backup as a statement. Names of tables and columns come from the table above, never from the file.
fn insert(record: &Json) -> Result<Statement, String> {
    let name = record["table"].as_str().unwrap_or_default();
    let (table, _, columns) = TABLES.iter().find(|(table, ..)| *table == name).ok_or_else(|| format!("没有表“{name}”"))?;
    let names: Vec<&str> = columns.split(' ').map(|column| column.trim_end_matches(':')).collect();
    let mut insert = Statement { sql: format!("INSERT INTO {table} ({}) VALUES (", names.join(", ")), values: Vec::new() };
    for (number, column) in columns.split(' ').enumerate() {
        if number > 0 {
            insert.and(", ");
        }
        let name = column.trim_end_matches(':');
        let cell = record["row"].get(name).ok_or_else(|| format!("缺列 {name}"))?;
        let value = match (column.ends_with(':'), cell) {
            (true, Json::Null) => Value::Int(None),
            (true, cell) => Value::Int(Some(cell.as_i64().ok_or_else(|| format!("列 {name} 应为整数"))?)),
            (false, Json::Null) => Value::Text(None),
            (false, cell) => Value::Text(Some(cell.as_str().ok_or_else(|| format!("列 {name} 应为文本"))?.to_owned())),
        };
        insert.bind(value);
    }
    insert.and(")");
    Ok(insert)
}
