//! Export（导出）: findings and undecided subjects as Parquet and CSV, in the contract's columns.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Int32Array, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use rulebook::finding::{AmountBasis, Evidence};
use rulebook::{Exempted, Finding, Grade, Undecided};

use crate::run::Outcome;

/// Export fault（导出失败）.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder or a file cannot be written or read.
    #[error("{path}：{source}")]
    File {
        /// File meant.
        path: String,
        /// What the machine said.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}：{problem}")]
    Content {
        /// File meant.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Writes `findings.parquet`, `undecided.parquet`, `exempted.parquet`, with `csv` also as CSV, and last of all `run.json`.
pub fn write(outcome: &Outcome, dir: &Path, csv: bool) -> Result<(), ExportError> {
    std::fs::create_dir_all(dir).map_err(|source| ExportError::File { path: dir.display().to_string(), source })?;
    let tables = [
        ("findings", findings_batch(&outcome.findings, &outcome.report.run_id, outcome.report.lake_version)),
        ("undecided", undecided_batch(&outcome.undecided)),
        ("exempted", exempted_batch(&outcome.exempted)),
    ];
    for (name, batch) in tables {
        let path = dir.join(format!("{name}.parquet"));
        let batch = batch.map_err(|problem| ExportError::Content { path: path.display().to_string(), problem })?;
        write_parquet(&path, &batch)?;
        if csv {
            let path = dir.join(format!("{name}.csv"));
            let file = create(&path)?;
            write_csv(&batch, BufWriter::new(file))
                .map_err(|source| ExportError::File { path: path.display().to_string(), source })?;
        }
    }
    let path = dir.join("run.json");
    let text = serde_json::to_string_pretty(&outcome.report)
        .map_err(|e| ExportError::Content { path: path.display().to_string(), problem: e.to_string() })?;
    std::fs::write(&path, text + "\n").map_err(|source| ExportError::File { path: path.display().to_string(), source })
}

fn create(path: &Path) -> Result<File, ExportError> {
    File::create(path).map_err(|source| ExportError::File { path: path.display().to_string(), source })
}

/// Writes one batch as a Parquet file.
pub fn write_parquet(path: &Path, batch: &RecordBatch) -> Result<(), ExportError> {
    let content = |problem: String| ExportError::Content { path: path.display().to_string(), problem };
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(create(path)?, batch.schema(), Some(properties)).map_err(|e| content(e.to_string()))?;
    writer.write(batch).map_err(|e| content(e.to_string()))?;
    writer.close().map_err(|e| content(e.to_string()))?;
    Ok(())
}

fn text(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn list<'a>(values: impl Iterator<Item = &'a Vec<String>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for texts in values {
        for text in texts {
            builder.values().append_value(text);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// Findings in the contract's columns.
pub fn findings_batch(findings: &[Finding], run_id: &str, lake_version: u64) -> Result<RecordBatch, String> {
    let f = || findings.iter();
    let json = |value: serde_json::Result<String>| value.unwrap_or_default();
    let fund_parts = |f: &Finding| {
        let parts: serde_json::Map<String, serde_json::Value> =
            f.fund_parts.iter().map(|(k, v)| (k.clone(), (*v).into())).collect();
        Some(serde_json::Value::Object(parts).to_string())
    };
    let quantity = f()
        .map(|f| f.quantity_excess.map(|q| i128::from(q.0)))
        .collect::<Decimal128Array>()
        .with_precision_and_scale(18, 4)
        .map_err(|e| e.to_string())?;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("finding_id", text(f().map(|f| Some(f.finding_id.clone())))),
        ("revision", Arc::new(Int32Array::from_iter_values(f().map(|f| i32::try_from(f.revision).unwrap_or(i32::MAX))))),
        ("run_id", text(f().map(|_| Some(run_id.to_owned())))),
        ("rule_code", text(f().map(|f| Some(f.rule_code.clone())))),
        ("rule_version", Arc::new(Int32Array::from_iter_values(f().map(|f| i32::try_from(f.rule_version).unwrap_or(i32::MAX))))),
        ("rule_name", text(f().map(|f| Some(f.rule_name.clone())))),
        ("knowledge_id", text(f().map(|f| f.knowledge_id.clone()))),
        ("grade", text(f().map(|f| Some(f.grade.name().to_owned())))),
        ("subject", text(f().map(|f| Some(f.subject.clone())))),
        ("subject_key", text(f().map(|f| Some(f.subject_key.clone())))),
        ("fixmedins_code", text(f().map(|f| f.fixmedins_code.clone()))),
        ("psn_no", text(f().map(|f| f.psn_no.clone()))),
        ("mdtrt_id", text(f().map(|f| f.mdtrt_id.clone()))),
        ("setl_id", text(f().map(|f| f.setl_id.clone()))),
        ("bilg_dr_code", text(f().map(|f| f.bilg_dr_code.clone()))),
        ("related", list(f().map(|f| &f.related))),
        ("line_ids", list(f().map(|f| &f.line_ids))),
        ("related_lines", list(f().map(|f| &f.related_lines))),
        ("insutype", text(f().map(|f| f.insutype.clone()))),
        ("insu_admdvs", text(f().map(|f| f.insu_admdvs.clone()))),
        ("fund_parts", text(f().map(fund_parts))),
        ("amount_basis", text(f().map(|f| Some(f.amount_basis.name().to_owned())))),
        ("rule_status", text(f().map(|f| Some(f.rule_status.clone())))),
        ("lake_version", Arc::new(Int64Array::from_iter_values(f().map(|_| i64::try_from(lake_version).unwrap_or(i64::MAX))))),
        ("occurred_on", Arc::new(Date32Array::from_iter_values(f().map(|f| f.occurred_on.0)))),
        ("quantity_excess", Arc::new(quantity)),
        ("amount_fen", Arc::new(Int64Array::from_iter_values(f().map(|f| f.amount_fen)))),
        ("fund_amount_fen", Arc::new(f().map(|f| f.fund_amount_fen).collect::<Int64Array>())),
        ("message", text(f().map(|f| Some(f.message.clone())))),
        ("evidence", text(f().map(|f| Some(json(serde_json::to_string(&f.evidence)))))),
        ("digest", text(f().map(|f| Some(f.digest.clone())))),
    ];
    batch(
        columns,
        &[
            "knowledge_id",
            "fixmedins_code",
            "psn_no",
            "mdtrt_id",
            "setl_id",
            "bilg_dr_code",
            "insutype",
            "insu_admdvs",
            "quantity_excess",
            "fund_amount_fen",
        ],
    )
}

fn batch(columns: Vec<(&str, ArrayRef)>, nullable: &[&str]) -> Result<RecordBatch, String> {
    let columns = columns.into_iter().map(|(name, column)| (name, column, nullable.contains(&name)));
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| e.to_string())
}

/// Undecided subjects in the contract's columns.
pub fn undecided_batch(undecided: &[Undecided]) -> Result<RecordBatch, String> {
    let mut columns = subjects(&undecided.iter());
    columns.push(("reason", text(undecided.iter().map(|u| Some(u.reason.clone())))));
    columns.push(("missing_fact", text(undecided.iter().map(|u| Some(u.missing_fact.clone())))));
    batch(columns, &MAY_LACK)
}

/// Subjects that an exception cleared, each with what cleared it.
fn exempted_batch(exempted: &[Exempted]) -> Result<RecordBatch, String> {
    let mut columns = subjects(&exempted.iter().map(|e| &e.subject));
    columns.push(("cleared_by", text(exempted.iter().map(|e| Some(e.cleared_by.clone())))));
    batch(columns, &MAY_LACK)
}

/// What a subject may lack.
const MAY_LACK: [&str; 7] = ["fixmedins_code", "psn_no", "mdtrt_id", "line_id", "item", "period", "trace"];

fn subjects<'u>(subjects: &(impl Iterator<Item = &'u Undecided> + Clone)) -> Vec<(&'static str, ArrayRef)> {
    let u = || subjects.clone();
    vec![
        ("rule_code", text(u().map(|u| Some(u.rule_code.clone())))),
        ("subject", text(u().map(|u| Some(u.subject.clone())))),
        ("fixmedins_code", text(u().map(|u| u.fixmedins_code.clone()))),
        ("psn_no", text(u().map(|u| u.psn_no.clone()))),
        ("mdtrt_id", text(u().map(|u| u.mdtrt_id.clone()))),
        ("line_id", text(u().map(|u| u.line_id.clone()))),
        ("item", text(u().map(|u| u.item.clone()))),
        ("period", text(u().map(|u| u.period.clone()))),
        ("trace", text(u().map(|u| u.trace.clone()))),
    ]
}

/// Writes a batch as CSV; lists are joined by `;`.
pub fn write_csv(batch: &RecordBatch, mut to: impl Write) -> std::io::Result<()> {
    let options = FormatOptions::default();
    let mut writer = csv::Writer::from_writer(&mut to);
    let schema = batch.schema();
    writer.write_record(schema.fields().iter().map(|f| f.name().as_str()))?;
    for row in 0..batch.num_rows() {
        let cells = batch.columns().iter().map(|column| cell(column, row, &options));
        writer.write_record(cells)?;
    }
    writer.flush()
}

fn cell(column: &ArrayRef, row: usize, options: &FormatOptions<'_>) -> String {
    if column.is_null(row) {
        return String::new();
    }
    if matches!(column.data_type(), DataType::List(_)) {
        let texts = column.as_list::<i32>().value(row);
        return texts.as_string::<i32>().iter().flatten().collect::<Vec<_>>().join(";");
    }
    ArrayFormatter::try_new(column, options).map(|f| f.value(row).to_string()).unwrap_or_default()
}

/// Reads findings back from `findings.parquet`.
pub fn read_findings(path: &Path) -> Result<Vec<Finding>, ExportError> {
    rows_of(path, finding)
}

/// Reads back the undecided subjects of a run.
///
/// # Errors
/// If the file is missing or is not such a file.
pub fn read_undecided(path: &Path) -> Result<Vec<Undecided>, ExportError> {
    rows_of(path, undecided)
}

/// Reads the rows of a file one by one.
fn rows_of<T>(path: &Path, read: impl Fn(&Reader<'_>) -> Result<T, String>) -> Result<Vec<T>, ExportError> {
    let content = |problem: String| ExportError::Content { path: path.display().to_string(), problem };
    let file = File::open(path).map_err(|source| ExportError::File { path: path.display().to_string(), source })?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    let mut all = Vec::new();
    for batch in reader.map_err(|e| content(e.to_string()))? {
        let batch = batch.map_err(|e| content(e.to_string()))?;
        for row in 0..batch.num_rows() {
            let one = read(&Reader { batch: &batch, row });
            all.push(one.map_err(|c| content(format!("第{}行的列 {c} 无法读取", row + 1)))?);
        }
    }
    Ok(all)
}

struct Reader<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl Reader<'_> {
    fn maybe(&self, name: &str) -> Option<String> {
        let column = self.batch.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(self.row).then(|| column.value(self.row).to_owned())
    }

    fn text(&self, name: &str) -> Result<String, String> {
        self.maybe(name).ok_or_else(|| name.to_owned())
    }

    fn int(&self, name: &str) -> Option<i64> {
        let column = self.batch.column_by_name(name).filter(|c| c.is_valid(self.row))?;
        match column.data_type() {
            DataType::Int32 => Some(i64::from(column.as_primitive::<Int32Type>().value(self.row))),
            DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(self.row)),
            DataType::Date32 => Some(i64::from(column.as_primitive::<Date32Type>().value(self.row))),
            DataType::Decimal128(..) => i64::try_from(column.as_primitive::<Decimal128Type>().value(self.row)).ok(),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        let Some(column) = self.batch.column_by_name(name).and_then(|c| c.as_list_opt::<i32>()) else { return Vec::new() };
        column.value(self.row).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
    }
}

fn undecided(reader: &Reader<'_>) -> Result<Undecided, String> {
    Ok(Undecided {
        rule_code: reader.text("rule_code")?,
        subject: reader.text("subject")?,
        fixmedins_code: reader.maybe("fixmedins_code"),
        psn_no: reader.maybe("psn_no"),
        mdtrt_id: reader.maybe("mdtrt_id"),
        line_id: reader.maybe("line_id"),
        item: reader.maybe("item"),
        period: reader.maybe("period"),
        trace: reader.maybe("trace"),
        reason: reader.text("reason")?,
        missing_fact: reader.text("missing_fact")?,
    })
}

fn finding(reader: &Reader<'_>) -> Result<Finding, String> {
    let parts: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&reader.text("fund_parts")?).map_err(|_| "fund_parts".to_owned())?;
    let evidence: Evidence = serde_json::from_str(&reader.text("evidence")?).map_err(|_| "evidence".to_owned())?;
    let need = |name: &str| reader.int(name).ok_or_else(|| name.to_owned());
    Ok(Finding {
        finding_id: reader.text("finding_id")?,
        revision: u32::try_from(need("revision")?).unwrap_or(1),
        rule_code: reader.text("rule_code")?,
        rule_version: u32::try_from(need("rule_version")?).unwrap_or(1),
        rule_name: reader.text("rule_name")?,
        rule_status: reader.text("rule_status")?,
        knowledge_id: reader.maybe("knowledge_id"),
        grade: grade(&reader.text("grade")?).ok_or("grade")?,
        subject: reader.text("subject")?,
        subject_key: reader.text("subject_key")?,
        fixmedins_code: reader.maybe("fixmedins_code"),
        psn_no: reader.maybe("psn_no"),
        mdtrt_id: reader.maybe("mdtrt_id"),
        setl_id: reader.maybe("setl_id"),
        bilg_dr_code: reader.maybe("bilg_dr_code"),
        related: reader.list("related"),
        line_ids: reader.list("line_ids"),
        related_lines: reader.list("related_lines"),
        insutype: reader.maybe("insutype"),
        insu_admdvs: reader.maybe("insu_admdvs"),
        fund_parts: parts.into_iter().filter_map(|(k, v)| v.as_i64().map(|v| (k, v))).collect(),
        amount_basis: basis(&reader.text("amount_basis")?).ok_or("amount_basis")?,
        occurred_on: claims::Day(i32::try_from(need("occurred_on")?).unwrap_or(0)),
        quantity_excess: reader.int("quantity_excess").map(claims::Quantity),
        amount_fen: need("amount_fen")?,
        fund_amount_fen: reader.int("fund_amount_fen"),
        message: reader.text("message")?,
        evidence,
        digest: reader.text("digest")?,
    })
}

fn grade(name: &str) -> Option<Grade> {
    [Grade::Violation, Grade::SuspicionHigh, Grade::Suspicion, Grade::Hint].into_iter().find(|g| g.name() == name)
}

fn basis(name: &str) -> Option<AmountBasis> {
    let all = [
        AmountBasis::Line,
        AmountBasis::Excess,
        AmountBasis::Difference,
        AmountBasis::Case,
        AmountBasis::Index,
        AmountBasis::None,
    ];
    all.into_iter().find(|b| b.name() == name)
}
