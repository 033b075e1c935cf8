//! Imports as jobs: what lies in the inbox or was uploaded goes into the lake, or into the knowledge in force.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context, Result, bail, ensure};
use lake::DeliveryOptions;
use lake::intake::{Options, Profile, Progress, Watch};
use store::Job;
use web::app::Rulebook as _;
use web::inbox::{ImportOrder, LearnOrder};

use super::inbox::source_of;
use super::worker::Workshop;
use crate::import;
use crate::number::count;

/// How far an import is, as another thread sees it.
#[derive(Default)]
struct Far {
    rows: AtomicU64,
    bytes: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Far {
    fn see(&self, progress: &Progress<'_>) {
        self.rows.store(progress.rows, Ordering::Relaxed);
        self.bytes.store(progress.bytes, Ordering::Relaxed);
        self.total.store(progress.total_bytes, Ordering::Relaxed);
    }

    fn said(&self) -> String {
        let [rows, bytes, total] = [&self.rows, &self.bytes, &self.total].map(|number| number.load(Ordering::Relaxed));
        if total > 0 && bytes >= total {
            return format!("已读入 {} 行，正在写入数据湖", count(rows));
        }
        format!("已读入 {} 行（{}%）", count(rows), bytes.saturating_mul(100).checked_div(total).unwrap_or_default())
    }
}

impl Workshop {
    /// Imports claims. The same files again change nothing, so that an import that was broken off is done anew.
    pub(super) async fn import(&self, job: &Job) -> Result<String> {
        let order: ImportOrder = serde_json::from_str(&job.body)?;
        ensure!(lake::intake::profile::NAMES.contains(&order.profile.as_str()), "没有映射“{}”", order.profile);
        let (path, lake, far) = (self.inbox.path(&order.source)?, self.lake.clone(), Arc::new(Far::default()));
        let mut options = Options::new(Profile::load(&order.profile)?);
        options.delivery = DeliveryOptions { key_file: self.key_file.clone(), ..DeliveryOptions::default() };
        let shared = far.clone();
        let work = tokio::task::spawn_blocking(move || {
            let mut progress = |progress: &Progress<'_>| shared.see(progress);
            import::load(&lake, &[path], &options, &mut Watch { progress: &mut progress, cancel: &shared.stop })
        });
        let (report, kept) = self.watch(job, work, &far.stop, || far.said()).await?;
        let number = kept.context("这次导入的报告没有留在数据湖里")?;
        let loaded = count(report.tables.values().map(|table| table.rows_loaded).sum::<u64>());
        let rejected = count(report.tables.values().map(|table| table.rows_rejected).sum::<u64>());
        match report.exit_status() {
            0 => Ok(web::inbox::outcome(number, &format!("载入 {loaded} 行"))),
            1 => Ok(web::inbox::outcome(number, &format!("载入 {loaded} 行，拒收 {rejected} 行或验收不通过，见报告"))),
            _ => bail!(web::inbox::outcome(number, "没有载入：有致命问题，见报告")),
        }
    }

    /// Takes a file of knowledge into force.
    pub(super) async fn learn(&self, job: &Job) -> Result<String> {
        let order: LearnOrder = serde_json::from_str(&job.body)?;
        let inbox = self.inbox.clone();
        let work = tokio::task::spawn_blocking(move || inbox.learn(&order));
        let outcome = self.watch(job, work, &AtomicBool::new(false), || "正在载入知识点".to_owned()).await?;
        // The pages of rules tell by how much knowledge each judges.
        if let Err(problem) = self.shelf.renew().await {
            tracing::error!(problem, "the rules are not shown anew");
        }
        Ok(outcome)
    }

    /// Takes away what was uploaded for a job that has ended.
    pub(super) async fn tidy(&self, job: &Job) {
        let ended = self.store.job(&job.job_id).await.is_ok_and(|job| !job.is_open());
        if let Some(source) = source_of(&job.body).filter(|_| ended) {
            self.inbox.drop(&source);
        }
    }

    /// Takes away what was uploaded and that nobody imports any more.
    pub(super) async fn tidy_old(&self) -> Result<()> {
        let wanted: Vec<_> = self.store.open_jobs().await?.iter().filter_map(|job| source_of(&job.body)).collect();
        self.inbox.drop_old(&wanted);
        Ok(())
    }
}
