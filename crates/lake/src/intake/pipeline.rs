//! The pipeline of one file: one thread reads blocks, one coerces them, the caller takes typed rows in order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use super::block::{self, Block};
use super::check_rows::{self, Site};
use super::coerce::{Coerced, Coercer, Memory};
use super::fault::FaultLog;
use super::feed::Feed;
use super::value::NullWords;
use super::view::View;

/// A block with the rows made of it, one entry a target.
pub(crate) struct Work {
    pub(crate) block: Block,
    pub(crate) coerced: Vec<(usize, Coerced)>,
    /// Empty values of the columns that must be filled, by index in the feed's list.
    pub(crate) missing: Vec<u64>,
    pub(crate) checked_values: u64,
}

/// Why a file could not be read to its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The file itself.
    File(io::Error),
    /// A profile's expression failed on its values.
    Expression(DataFusionError),
    /// Columns could not be put together.
    Columns(ArrowError),
}

/// What the threads of a file need.
pub(crate) struct Setting<'a> {
    pub(crate) feed: &'a Feed,
    /// Which targets this pass makes.
    pub(crate) targets: &'a [usize],
    /// Whether this is the first time that the file is read, so that its rows are counted.
    pub(crate) first: bool,
    pub(crate) nulls: &'a NullWords,
    pub(crate) national_codes: bool,
    pub(crate) read: &'a Arc<AtomicU64>,
    pub(crate) cancel: &'a AtomicBool,
}

/// Blocks that may wait between two threads.
const WAITING: usize = 2;

/// Runs a file through; `take` gets its rows in order and says whether to go on.
pub(crate) fn run(setting: &Setting<'_>, mut take: impl FnMut(Work) -> bool) -> (FaultLog, Result<(), Broken>) {
    let (to_coerce, blocks) = sync_channel::<Block>(WAITING);
    let (to_take, works) = sync_channel::<Work>(WAITING);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(setting, to_coerce));
        let coercer = scope.spawn(move || coerce_all(setting, blocks, to_take));
        for work in &works {
            if !take(work) {
                break;
            }
        }
        // Waiting senders see that nobody listens any more, and stop.
        drop(works);
        let (log, coerced) = coercer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (log, coerced.and(read.map_err(Broken::File)))
    })
}

fn read(setting: &Setting<'_>, to_coerce: SyncSender<Block>) -> io::Result<()> {
    let sniffed = &setting.feed.sniffed;
    block::read(&setting.feed.file.path, sniffed.form, &sniffed.header, setting.read, move |block| {
        !setting.cancel.load(Ordering::Relaxed) && to_coerce.send(block).is_ok()
    })
}

/// Owns its ends of the channels, so that a thread that ends also ends its neighbours.
#[expect(clippy::needless_pass_by_value, reason = "dropping the channel's ends is what stops the other threads")]
fn coerce_all(setting: &Setting<'_>, blocks: Receiver<Block>, to_take: SyncSender<Work>) -> (FaultLog, Result<(), Broken>) {
    let mut log = FaultLog::default();
    let mut memories: Vec<Memory> = setting.targets.iter().map(|at| Memory::new(&setting.feed.targets[*at])).collect();
    for block in blocks {
        match coerce(setting, block, &mut memories, &mut log) {
            Ok(work) => {
                if to_take.send(work).is_err() {
                    break;
                }
            }
            Err(broken) => return (log, Err(broken)),
        }
    }
    (log, Ok(()))
}

fn coerce(setting: &Setting<'_>, block: Block, memories: &mut [Memory], log: &mut FaultLog) -> Result<Work, Broken> {
    let mut coerced = Vec::with_capacity(setting.targets.len());
    for (at, memory) in setting.targets.iter().zip(memories) {
        let target = &setting.feed.targets[*at];
        let view = View::new(target, &block, setting.nulls).map_err(Broken::Expression)?;
        let file = setting.feed.file.name.as_str();
        let coercer = Coercer { file, target, national_codes: setting.national_codes, memory, log: &mut *log };
        let made = coercer.coerce(&view).map_err(Broken::Columns)?;
        let numbers: Vec<u64> = made.rows.iter().map(|row| block.numbers[*row as usize]).collect();
        check_rows::check(&Site { file, table: target.table.name, numbers: &numbers }, &made.batch, log);
        coerced.push((*at, made));
    }
    let (missing, checked_values) = if setting.first { missing(setting, &block)? } else { (Vec::new(), 0) };
    Ok(Work { block, coerced, missing, checked_values })
}

fn missing(setting: &Setting<'_>, block: &Block) -> Result<(Vec<u64>, u64), Broken> {
    let mut checked = 0;
    let mut counts = Vec::with_capacity(setting.feed.required.len());
    for required in &setting.feed.required {
        let condition = required.condition.as_ref();
        let holds = condition.map(|condition| condition.holds(block, setting.nulls)).transpose().map_err(Broken::Expression)?;
        let rows = (0..block.rows()).filter(|row| holds.as_ref().is_none_or(|holds| holds[*row]));
        let mut empty = 0;
        for row in rows {
            checked += 1;
            empty += u64::from(setting.nulls.value(block.field(row, required.index)).is_none());
        }
        counts.push(empty);
    }
    Ok((counts, checked))
}
