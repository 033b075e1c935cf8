//! Audit: the rules asked for over the lake; and the floor, which only decodes what the rules read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use engine::lake_source::{self, LakeSource};
use engine::program::Program;
use engine::run::{Counter, Options, Source};
use lake::Lake;

use crate::load::lake_folder;
use crate::measure::{Measured, Stopwatch};
use crate::{Settings, city};

/// Judges everything, from opening the lake to the written findings.
pub(crate) fn run(settings: &Settings) -> Result<Measured> {
    let pack = settings.rules.pack(city::pack(settings)?);
    let mut stopwatch = Stopwatch::start();
    let begin = Instant::now();
    let program = compile(settings, &pack)?;
    let snapshot = Lake::open(lake_folder(settings))?.snapshot()?;
    let options =
        Options { run_id: "bench".to_owned(), from: None, to: None, threads: settings.threads, lake_version: snapshot.version() };
    stopwatch.part("1 compile", begin);
    let begin = Instant::now();
    let context = Arc::new(lake_source::context(&snapshot, &program, settings.threads).map_err(|problem| anyhow!(problem))?);
    stopwatch.part("2 context", begin);
    let begin = Instant::now();
    let source = Arc::new(LakeSource::new(snapshot, &program).map_err(|problem| anyhow!(problem))?);
    let counter = Arc::new(Counter::default());
    let digest = pack.knowledge_digest();
    let work = engine::run::run(Arc::new(program), &digest, context, source, counter.clone(), &options);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.threads)
        .max_blocking_threads(settings.threads)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(work)?;
    stopwatch.part("3 passes", begin);
    let begin = Instant::now();
    engine::export::write(&outcome, &settings.dir.join("out"), false)?;
    stopwatch.part("4 export", begin);
    let mut measured = stopwatch.end(counter.lines.load(Ordering::Relaxed))?;
    for rule in &outcome.report.rules {
        measured.hits.insert(rule.code.clone(), i64::try_from(rule.hit)?);
        measured.parts.insert(format!("rule {}", rule.code), rule.seconds);
    }
    Ok(measured)
}

/// Decodes the columns that the rules read, on all threads, and does nothing with them.
pub(crate) fn floor(settings: &Settings) -> Result<Measured> {
    of_every_shard(settings, |source, shard| source.decode_only(shard).map(|_| ()))
}

/// Reads every folder and hands it to `walk`; a step on the way from the floor to the run.
pub(crate) fn walked(settings: &Settings, walk: impl Fn(claims::chart::Folder) -> usize + Sync) -> Result<Measured> {
    of_every_shard(settings, |source, shard| {
        for folder in source.folders(shard)? {
            std::hint::black_box(walk(folder?));
        }
        Ok(())
    })
}

fn of_every_shard(settings: &Settings, work: impl Fn(&LakeSource, usize) -> Result<(), String> + Sync) -> Result<Measured> {
    let program = compile(settings, &settings.rules.pack(city::pack(settings)?))?;
    let snapshot = Lake::open(lake_folder(settings))?.snapshot()?;
    let lines = snapshot.rows("fee_list_d")?;
    let source = LakeSource::new(snapshot, &program).map_err(|problem| anyhow!(problem))?;
    let stopwatch = Stopwatch::start();
    let next = AtomicUsize::new(0);
    let all = || -> Result<(), String> {
        loop {
            let shard = next.fetch_add(1, Ordering::Relaxed);
            if shard >= source.shards() {
                return Ok(());
            }
            work(&source, shard)?;
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.threads).map(|_| scope.spawn(all)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread died".to_owned())?)
    })
    .map_err(|problem| anyhow!(problem))?;
    stopwatch.end(lines)
}

fn compile(settings: &Settings, pack: &rulebook::Pack) -> Result<Program> {
    let (program, faults) = Program::compile(pack, None, &settings.rules.codes(pack));
    ensure!(faults.is_empty(), "{} rules cannot be compiled, first: {}", faults.len(), faults[0]);
    ensure!(program.rules().count() > 0, "there are no rules");
    Ok(program)
}
