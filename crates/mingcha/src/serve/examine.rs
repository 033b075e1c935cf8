//! Examining a draft: in a process of its own, which may be ended at any moment and takes nothing of the site with it.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use casework::{Examination, RuleDraft};
use store::Job;

use super::worker::Workshop;
use crate::files;
use crate::pack::RulesArguments;
use crate::published::{self, Published};
use crate::today::now;

/// The longest that an examination may take.
const PATIENCE: Duration = Duration::from_hours(2);

/// How often it is seen whether it has ended.
const GLANCE: Duration = Duration::from_millis(200);

impl Workshop {
    /// Checks and tries a draft; what came of it is kept only if the draft has not moved meanwhile.
    pub(super) async fn examine(&self, job: &Job) -> Result<String> {
        let body: serde_json::Value = serde_json::from_str(&job.body)?;
        let id = body["draft"].as_str().context("任务没有说检查哪份草案")?;
        let draft = self.store.draft(id).await?;
        if Some(draft.version) != body["version"].as_i64() {
            bail!("草案已有改动，请重新检查");
        }
        let published = Published::in_force(&self.store).await?;
        let base = published.digest().unwrap_or_default().to_owned();
        let mut examination = self.in_process(job, &draft.value, published).await?;
        examination.base = base;
        examination.at = now().to_string();
        let faults = examination.faults.len();
        let step = draft.value.examined(examination, now().day())?;
        self.store.apply_draft(&draft, &step, now()).await?;
        Ok(if faults == 0 { "检查通过，已试算".to_owned() } else { format!("{faults} 个问题，没有试算") })
    }

    async fn in_process(&self, job: &Job, draft: &RuleDraft, published: Published) -> Result<Examination> {
        let stop = Arc::new(AtomicBool::new(false));
        let (lake, rules, draft, told) = (self.lake.clone(), self.rules.clone(), draft.clone(), stop.clone());
        let work = tokio::task::spawn_blocking(move || examined(&lake, &rules, &draft, &published, &told));
        self.watch(job, work, &stop, || "正在检查与试算".to_owned()).await
    }
}

/// Writes the pack in force and the draft into a folder, and has this very program try the one on top of the other.
fn examined(
    lake: &Path,
    rules: &RulesArguments,
    draft: &RuleDraft,
    published: &Published,
    stop: &AtomicBool,
) -> Result<Examination> {
    let folder = tempfile::tempdir().context("没有放临时文件的地方")?;
    let pack = folder.path().join("pack");
    if let Some(publication) = &published.publication {
        published::write(&pack, publication, &published.files)?;
    }
    let file = folder.path().join(draft.kind.file(&draft.name));
    files::write_whole(&file, draft.text.as_bytes())?;
    let (out, errors) = (folder.path().join("out"), folder.path().join("errors"));
    let mut command = Command::new(std::env::current_exe().context("找不到程序自身")?);
    command.args(["--json", "--quiet", "rule", "trial"]).arg(&file).arg("--lake").arg(lake);
    for given in rules.folders().iter().chain(published.publication.is_some().then_some(&pack)) {
        command.arg("--rules").arg(given);
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&errors)?)
        .spawn()
        .context("没能启动检查")?;
    ended(child, stop)?;
    serde_json::from_str(&files::text(&out)?).with_context(|| {
        let said = files::text(&errors).unwrap_or_default();
        said.lines().last().unwrap_or("检查没有结果，可能超出内存").to_owned()
    })
}

/// Waits for the end, and brings it about where somebody asks for it or patience ends.
fn ended(mut child: Child, stop: &AtomicBool) -> Result<()> {
    let begin = Instant::now();
    loop {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        let (asked, late) = (stop.load(Ordering::Relaxed), begin.elapsed() > PATIENCE);
        if asked || late {
            child.kill()?;
            child.wait()?;
            bail!(if asked { "已取消".to_owned() } else { format!("{} 小时没有算完", PATIENCE.as_secs() / 3600) });
        }
        std::thread::sleep(GLANCE);
    }
}
