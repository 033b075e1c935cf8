//! `mingcha sql`: read-only SQL over the lake, by the tables' national names, with knowledge, findings and runs beside them.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::JsonArray;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::prelude::ParquetReadOptions;
use lake::sql::SqlSession;
use lake::{Lake, LakeError};
use rulebook::{Knowledge, Point};

use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::runs::{EXEMPTED, FINDINGS, Runs, UNDECIDED};
use crate::runtime;
use crate::screen::Screen;
use crate::status::{Status, WrongUse};

/// What to ask.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "SQL", help = "只读查询，如 \"SELECT count(*) FROM fee_list_d\"；SHOW TABLES 列出全部表")]
    query: String,
    #[command(flatten)]
    lake: LakeArguments,
    #[arg(long, value_name = "N", help = "数据湖的版本，默认最新")]
    version: Option<u64>,
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let lake = Lake::open(self.lake.folder())?;
        let snapshot = match self.version {
            Some(version) => lake.snapshot_at(version)?,
            None => lake.snapshot()?,
        };
        let session = snapshot.session()?;
        let batches = runtime::wait(async {
            add_own_tables(&session, self.lake.folder(), &self.query).await?;
            let frame = session.plan(&self.query).await.map_err(refused)?;
            Ok::<_, anyhow::Error>(frame.collect().await?)
        })?;
        if screen.is_json() {
            Screen::print(&json(&batches)?)?;
        } else {
            Screen::print(&pretty_format_batches(&batches)?.to_string())?;
        }
        Ok(Status::Done)
    }
}

/// A query that cannot be planned is the user's to mend.
fn refused(error: LakeError) -> WrongUse {
    WrongUse(format!("查询不可用：{error}"))
}

/// Rows as an array of objects; money keeps its decimals.
fn json(batches: &[RecordBatch]) -> Result<String> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::new());
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        writer.write(batch)?;
    }
    writer.finish()?;
    let text = String::from_utf8(writer.into_inner()).context("JSON 不是 UTF-8")?;
    Ok(if text.is_empty() { "[]".to_owned() } else { text })
}

/// Adds the tables that are not the lake's own, as far as the query speaks of them.
async fn add_own_tables(session: &SqlSession, lake: &Path, query: &str) -> Result<()> {
    let query = query.to_lowercase();
    let wants = |name: &str| query.contains(name) || query.contains("show tables") || query.contains("information_schema");
    if wants("knowledge") {
        let knowledge = RulesArguments::default().load_with(lake)?.pack.knowledge;
        let batch = knowledge_table(&knowledge)?;
        session.register("knowledge", Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))?;
    }
    // One row a finding and run: `run_id` tells them apart.
    for (name, file) in [("findings", FINDINGS), ("undecided", UNDECIDED), ("exempted", EXEMPTED)] {
        let files = Runs::of(lake).all()?.into_iter().map(|run| run.folder.join(file)).filter(|file| file.exists());
        let paths: Vec<String> = files.map(|file| file.display().to_string()).collect();
        if wants(name) && !paths.is_empty() {
            let frame = session.context().read_parquet(paths, ParquetReadOptions::default()).await?;
            session.register(name, frame.into_view())?;
        }
    }
    Ok(())
}

/// Knowledge as a table: one row a point and code.
fn knowledge_table(knowledge: &Knowledge) -> Result<RecordBatch> {
    let rows: Vec<(&Point, &str)> = knowledge.points().iter().flat_map(|p| p.keys.iter().map(move |key| (p, &**key))).collect();
    let text = |of: &dyn Fn(&Point, &str) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(|(point, code)| of(point, code)).collect::<StringArray>())
    };
    let day = |day: Option<claims::Day>| day.map(|d| d.to_string());
    let own = |text: &Option<claims::Text>| text.as_deref().map(str::to_owned);
    let values = |point: &Point| {
        let cells = point.columns.iter().map(|(name, cell)| (name.clone(), serde_json::Value::from(cell.show())));
        serde_json::Value::Object(cells.collect()).to_string()
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", text(&|p, _| Some(p.id.to_string()))),
        ("table_name", text(&|p, _| Some(p.table.to_string()))),
        ("rule_code", text(&|p, _| own(&p.rule))),
        ("name", text(&|p, _| Some(p.name.to_string()))),
        ("code", text(&|_, code| Some(code.to_owned()))),
        ("values", text(&|p, _| Some(values(p)))),
        ("valid_from", text(&|p, _| day(p.valid_from))),
        ("valid_to", text(&|p, _| day(p.valid_to))),
        ("region", text(&|p, _| own(&p.region))),
        ("citation", text(&|p, _| own(&p.citation))),
        ("reviewed", Arc::new(rows.iter().map(|(p, _)| Some(p.is_reviewed())).collect::<BooleanArray>())),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}
