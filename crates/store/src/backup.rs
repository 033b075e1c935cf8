//! Backup（备份）: all tables as lines of JSON, of one moment, while people go on working, and the papers handed in, as they lie there.
//! The same file restores on either database.

use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use serde_json::{Map, Value as Json};

use crate::Store;
use crate::db::{Row, Statement, Value};
use crate::error::StoreError;
use crate::{paper, seal};

/// The tables, their keys and their columns; whole numbers are marked by a colon.
const TABLES: &[(&str, &str, &str)] = &[
    ("sealing", "one", "one: key_id begun done:"),
    (
        "finding",
        "finding_id",
        "finding_id version: state told: closed: due assignee reviewer snoozed_until differs: rule_code rule_name grade fixmedins_code institution region bilg_dr_code psn_no mdtrt_id occurred_on amount_fen: fund_fen: owed_fen: message digest filed_on last_run detail index_fen: split_from exempted_by awaited reason",
    ),
    ("sheet", "finding_id, digest", "finding_id digest body"),
    ("filing", "run_id", "run_id filed_on filed_by coverage outcome"),
    ("event", "subject, seq", "subject seq: at on_day actor kind body hash"),
    ("sighting", "account, entry, number", "account entry: number: place on_day at psn_no about"),
    (
        "tally",
        "fixmedins_code, rule_code, state, grade, assignee, snoozed_until, told, differs, region",
        "region fixmedins_code institution rule_code rule_name grade state closed: told: assignee snoozed_until differs: findings: amount_fen: fund_fen: index_fen:",
    ),
    (
        "month_tally",
        "fixmedins_code, month, state, told, region",
        "region fixmedins_code month state closed: told: findings: amount_fen: fund_fen: index_fen:",
    ),
    ("rule_outcome", "rule_code, rule_version", "rule_code rule_version: confirmed: overturned: review_seconds: timed_fund_fen:"),
    ("seal", "on_day", "on_day subjects: root"),
    ("account", "name", "name display role scope password totp totp_step: failed: locked_until disabled: version:"),
    ("saved_view", "owner, name", "owner name query"),
    ("preference", "owner, name", "owner name value"),
    ("paper", "finding_id, digest", "digest finding_id name kind size: asked_for handed_by at"),
    ("remark", "subject, seq", "subject seq: at author body"),
    (
        "debt",
        "debt_id",
        "debt_id version: fixmedins_code institution region rule_code opened_on due claimed_fen: outstanding_fen: detail state origin credit_fen:",
    ),
    ("posting_entry", "debt_id, posting, entry", "debt_id posting: entry: on_day means account fund amount_fen: reconciled"),
    ("due_part", "debt_id, due", "debt_id due amount_fen:"),
    ("bank_list", "list_id", "list_id version: name from_day to_day imported_by imported_at"),
    ("bank_line", "list_id, line", "list_id line: on_day payer receipt amount_fen: fund"),
    (
        "charge",
        "charge_id",
        "charge_id version: kind fixmedins_code institution region number decided_on due charged_fen: outstanding_fen: detail",
    ),
    ("charge_entry", "charge_id, posting, entry", "charge_id posting: entry: on_day means account book amount_fen:"),
    ("line_booking", "line_id, decision", "line_id decision amount_fen:"),
    (
        "exemption",
        "exemption_id",
        "exemption_id version: state fixmedins_code institution region rule_code from_day until_day detail",
    ),
    ("class_appeal", "appeal_id", "appeal_id version: fixmedins_code institution region rule_code rule_name appealed_on detail"),
    ("class_member", "appeal_id, finding_id", "appeal_id finding_id"),
    ("panel_member", "finding_id, member", "finding_id member"),
    ("bulk_decision", "bulk_id", "bulk_id version: made_by made_at begun_at step_at ended_at detail"),
    ("bulk_member", "bulk_id, finding_id", "bulk_id finding_id version: excepted: outcome"),
    ("document", "kind, year, number", "kind year: number: subject issued_by at"),
    ("rule_draft", "draft_id", "draft_id version: kind name state changed_at detail"),
    ("rule_pack", "number", "number: digest published_at detail"),
    ("rule_text", "digest", "digest body"),
    ("rule_pack_file", "number, name", "number: name digest"),
    ("job", "job_id", "job_id kind body state fence: owner lease_until progress asked_by asked_at ended_at outcome"),
    ("institution_key", "key_id", "key_id fixmedins_code algorithm secret note created_at created_by revoked_at"),
    ("nonce", "key_id, nonce", "key_id nonce seen_at"),
    (
        "call",
        "msgid, fixmedins_code",
        "fixmedins_code msgid region infno digest reply infcode: on_day reqt_time rsp_time ana_dura: trig_scen med_type medfee_sumamt: persons: orders: warnings: authenticated",
    ),
    (
        "warning",
        "jr_id",
        "jr_id fixmedins_code msgid region stage rule_code rule_version: grade sev_deg shown: held_back provisional: psn_no mdtrt_id dr_code dept_code subject_key repeat_key amount_fen: occurred_on detail created_at dspo_way dspo_way_rea dspo_at outcome finding_id",
    ),
    ("feedback", "jr_id, msgid", "jr_id msgid fixmedins_code warn_type dspo_way dspo_way_rea received_at"),
    (
        "online_visit",
        "fixmedins_code, mdtrt_id",
        "fixmedins_code mdtrt_id psn_no region begin_day end_day in_house: ward room bed dept_code dept_name dr_code source body updated_at",
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
        for (table, key, columns) in TABLES {
            let mut last: Option<Vec<Value>> = None;
            loop {
                let query = page(table, key, last.take());
                let rows = tx.rows(&query.sql, &query.values).await?;
                for row in &rows {
                    let mut record = Map::new();
                    for (name, is_number) in columns.split(' ').map(named) {
                        record.insert(name.to_owned(), if is_number { number(row, name)? } else { text(row, name)? });
                    }
                    write_line(out, &serde_json::json!({ "table": table, "row": record }))?;
                    written += 1;
                }
                let Some(end) = rows.last().filter(|_| rows.len() == PAGE) else { break };
                last = Some(key.split(", ").map(|name| key_cell(end, name, columns)).collect::<Result<_, _>>()?);
            }
        }
        Ok(written)
    }

    /// Writes the papers that findings have, after the tables of the backup: sealed where they are. A paper is written before it is
    /// handed in and never changes, so none is missing that the tables name. How many; and the digests of those whose file is not there,
    /// or is not what it was.
    pub async fn backup_papers(&self, out: &mut (dyn Write + Send)) -> Result<(u64, Vec<String>), StoreError> {
        let rows = self.db.rows("SELECT DISTINCT digest FROM paper ORDER BY digest", &[]).await?;
        let (mut written, mut missing) = (0, Vec::new());
        for digest in rows.iter().map(|row| row.text("digest")) {
            let digest = digest?;
            let content = std::fs::read(self.paper_path(&digest)).unwrap_or_default();
            // A sealed one is opened to see that it is whole; it goes into the backup as it lies there.
            let open = seal::opened_file(self.db.seal.as_deref(), content.clone());
            if open.is_ok_and(|open| paper::digest(&open) == digest) {
                write_line(out, &serde_json::json!({ "paper": digest, "content": BASE64.encode(content) }))?;
                written += 1;
            } else {
                missing.push(digest);
            }
        }
        Ok((written, missing))
    }

    /// A paper of a backup: its content must be what its name says, where it can be opened.
    fn restore_paper(&self, digest: &str, record: &Json) -> Result<(), String> {
        let content = BASE64.decode(record["content"].as_str().unwrap_or_default()).map_err(|problem| problem.to_string())?;
        let open = seal::opened_file(self.db.seal.as_deref(), content.clone()).map_err(|problem| problem.to_string())?;
        if paper::digest(&open) != digest {
            return Err(format!("材料 {digest} 的内容与摘要不符"));
        }
        self.put_paper(digest, &content).map_err(|problem| problem.to_string())
    }

    /// Reads a backup into an empty database: all of it or nothing. Papers lie as files beside it, and those of a backup that is
    /// broken off belong to nothing.
    pub async fn restore(&self, from: &mut (dyn BufRead + Send)) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        for table in ["finding", "event", "account", "call", "online_visit"] {
            if tx.row(&format!("SELECT 1 AS there FROM {table} LIMIT 1"), &[]).await?.is_some() {
                return Err(StoreError::Unfit(format!("数据库不是空的（{table} 有记录），备份只能恢复到空库")));
            }
        }
        let (mut number, mut restored) = (0_u64, 0);
        let mut line = String::new();
        loop {
            line.clear();
            let read = from.read_line(&mut line).map_err(|problem| StoreError::File { path: "备份".to_owned(), problem })?;
            if read == 0 {
                break;
            }
            number += 1;
            let unfit = |problem: String| StoreError::Unfit(format!("备份第 {number} 行：{problem}"));
            let record: Json = serde_json::from_str(&line).map_err(|problem| unfit(problem.to_string()))?;
            if let Some(digest) = record["paper"].as_str() {
                self.restore_paper(digest, &record).map_err(unfit)?;
                continue;
            }
            restored += 1;
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

fn write_line(out: &mut (dyn Write + Send), line: &Json) -> Result<(), StoreError> {
    writeln!(out, "{line}").map_err(|problem| StoreError::File { path: "备份".to_owned(), problem })
}

/// The rows of a table that come after a key: what lies before a page is not read again for it.
fn page(table: &str, key: &str, after: Option<Vec<Value>>) -> Statement {
    let mut query = Statement { sql: format!("SELECT * FROM {table}"), values: Vec::new() };
    if let Some(after) = after {
        query.sql.push_str(&format!(" WHERE ({key}) > "));
        query.list(after);
    }
    query.sql.push_str(&format!(" ORDER BY {key} LIMIT "));
    query.bind(i64::try_from(PAGE).unwrap_or(i64::MAX));
    query
}

/// A column without its mark, and whether it is of whole numbers.
fn named(column: &str) -> (&str, bool) {
    column.strip_suffix(':').map_or((column, false), |name| (name, true))
}

fn number(row: &Row, name: &str) -> Result<Json, StoreError> {
    Ok(row.maybe_int(name)?.map_or(Json::Null, Json::from))
}

fn text(row: &Row, name: &str) -> Result<Json, StoreError> {
    Ok(row.maybe_text(name)?.map_or(Json::Null, Json::from))
}

fn key_cell(row: &Row, name: &str, columns: &str) -> Result<Value, StoreError> {
    let is_number = columns.split(' ').map(named).any(|column| column == (name, true));
    Ok(if is_number { Value::Int(row.maybe_int(name)?) } else { Value::Text(row.maybe_text(name)?) })
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
