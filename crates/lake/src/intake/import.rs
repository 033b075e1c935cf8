//! Checking and importing a delivery: files in, report out, and the lake changed once or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::acceptance::Pass;
use super::check_rows::Site;
use super::checks;
use super::coerce::Coerced;
use super::delivery::Delivery;
use super::fault::{Example, FaultLog};
use super::feed::Feed;
use super::options::{ImportError, Options, Progress, Watch};
use super::pipeline::{self, Broken, Setting, Work};
use super::prepare;
use super::quarantine::{self, Quarantine};
use super::refusals::{check_of, describe, file_example, link_checks};
use super::report::{FileReport, Report};
use super::value::NullWords;
use crate::append::{Append, Refusal, Repeated};
use crate::error::LakeError;
use crate::lake::Lake;
use crate::manifest::Source;

/// Checks a delivery without loading it.
pub fn check(paths: &[PathBuf], options: &Options, watch: &mut Watch<'_>) -> Result<Report, ImportError> {
    let prepared = prepare::prepare(paths, &options.profile)?;
    let mut run = Run::new(options, prepared.log, prepared.warnings, Quarantine::nowhere());
    run.report.checked_only = true;
    run.read_all(&prepared.feeds, None, watch)?;
    Ok(run.finish().1)
}

/// Imports a delivery into a lake: all of it, or, after a fatal fault or an error, nothing.
pub fn import(lake: &Lake, paths: &[PathBuf], options: &Options, watch: &mut Watch<'_>) -> Result<Report, ImportError> {
    let prepared = prepare::prepare(paths, &options.profile)?;
    if prepared.log.is_fatal() {
        let run = Run::new(options, prepared.log, prepared.warnings, Quarantine::nowhere());
        return Ok(run.finish().1);
    }
    let source = |feed: &Feed| Source { digest: feed.digest.clone(), name: feed.file.name.clone() };
    let sources = prepared.feeds.iter().map(source).collect();
    let mut append = lake.append(sources, options.delivery.clone())?;
    let quarantine = Quarantine::of_delivery(lake.folder(), append.number()).map_err(ImportError::Quarantine)?;
    let mut run = Run::new(options, prepared.log, prepared.warnings, quarantine);
    match run.read_all(&prepared.feeds, Some(&mut append), watch) {
        Ok(()) => {}
        Err(error) => {
            run.quarantine.discard().map_err(ImportError::Quarantine)?;
            return Err(error);
        }
    }
    run.judge();
    if run.delivery.log.is_fatal() {
        let (quarantine, report) = run.finish();
        quarantine.discard().map_err(ImportError::Quarantine)?;
        return Ok(report);
    }
    run.load(append, &prepared.feeds, lake)
}

/// A delivery on its way.
struct Run<'a> {
    options: &'a Options,
    nulls: NullWords,
    delivery: Delivery,
    quarantine: Quarantine,
    report: Report,
    judged: bool,
}

impl<'a> Run<'a> {
    fn new(options: &'a Options, log: FaultLog, warnings: Vec<String>, quarantine: Quarantine) -> Self {
        let report = Report { profile: options.profile.name.clone(), warnings, ..Report::default() };
        let delivery = Delivery::new(log);
        let nulls = NullWords::new(&options.profile.null_words);
        Self { options, nulls, delivery, quarantine, report, judged: false }
    }

    /// Reads all files, masters and visits first.
    fn read_all(&mut self, feeds: &[Feed], mut append: Option<&mut Append>, watch: &mut Watch<'_>) -> Result<(), ImportError> {
        let passes = prepare::passes(feeds);
        let total_bytes = passes.iter().map(|pass| feeds[pass.feed].file.bytes).sum();
        let started = Instant::now();
        let read = Arc::new(AtomicU64::new(0));
        self.report.files = feeds.iter().map(file_report).collect();
        for pass in &passes {
            let feed = &feeds[pass.feed];
            self.delivery.begin_file();
            let known = append.as_ref().is_some_and(|append| append.already_loaded(pass.feed));
            self.report.files[pass.feed].already_loaded = known;
            let setting = Setting {
                feed,
                targets: &pass.targets,
                first: pass.first,
                nulls: &self.nulls.clone(),
                national_codes: self.options.profile.national_codes,
                read: &read,
                cancel: watch.cancel,
            };
            let mut failed = None;
            let mut rows = self.report.files.iter().map(|file| file.rows).sum::<u64>();
            let (log, outcome) = pipeline::run(&setting, |work| {
                rows += work.block.rows() as u64;
                let taken = self.take(pass.feed, feed, pass.first, known, &work, append.as_deref_mut());
                failed = taken.err();
                let bytes = read.load(Ordering::Relaxed);
                (watch.progress)(&Progress { file: &feed.file.name, rows, bytes, total_bytes, elapsed: started.elapsed() });
                failed.is_none()
            });
            self.delivery.log.merge(log);
            if watch.cancel.load(Ordering::Relaxed) {
                return Err(ImportError::Cancelled);
            }
            if let Some(error) = failed {
                return Err(error);
            }
            if let Err(broken) = outcome {
                self.broken(feed, broken)?;
                // What follows would be judged against half a file.
                break;
            }
        }
        Ok(())
    }

    /// A file that cannot be read to its end is a fatal fault of the delivery.
    fn broken(&mut self, feed: &Feed, broken: Broken) -> Result<(), ImportError> {
        match broken {
            Broken::File(error) => {
                let (check, message) = describe(&error);
                self.delivery.log.add(check, "", || file_example(feed, message));
                Ok(())
            }
            Broken::Expression(error) => Err(ImportError::Expression { file: feed.file.name.clone(), detail: error.to_string() }),
            Broken::Columns(error) => Err(ImportError::Lake(LakeError::Arrow(error))),
        }
    }

    fn take(
        &mut self,
        at: usize,
        feed: &Feed,
        first: bool,
        known: bool,
        work: &Work,
        mut append: Option<&mut Append>,
    ) -> Result<(), ImportError> {
        if first {
            self.count_rows(at, feed, known, work)?;
        }
        for (target, coerced) in &work.coerced {
            let table = feed.targets[*target].table;
            let entry = self.report.tables.entry(table.name.to_owned()).or_default();
            entry.rows_read += coerced.made;
            entry.amount_read_fen += coerced.amount_read;
            for rejected in &coerced.rejected {
                entry.rows_rejected += 1;
                let structural = !matches!(rejected.check, checks::MISSING_REQUIRED);
                self.delivery.tally.unreadable_rows += u64::from(structural);
                if known {
                    continue;
                }
                let number = work.block.numbers[rejected.row as usize];
                let raw = quarantine::raw_row(feed, work.block.row(rejected.row as usize));
                let mut refusal = quarantine::refusal(rejected.check, feed, number, table.name, &rejected.message, raw);
                refusal.column = Some(&rejected.column);
                refusal.value = rejected.value.as_deref();
                self.quarantine.add(&refusal).map_err(ImportError::Quarantine)?;
            }
            let numbers: Vec<u64> = coerced.rows.iter().map(|row| work.block.numbers[*row as usize]).collect();
            let site = Site { file: &feed.file.name, table: table.name, numbers: &numbers };
            self.delivery.take(&site, &coerced.batch, coerced.self_paid.as_deref());
            match append.as_deref_mut() {
                Some(append) => self.push(at, feed, table.name, work, coerced, &numbers, append)?,
                None => self.pretend(feed, *target, work, coerced, &numbers)?,
            }
        }
        Ok(())
    }

    /// Counts records as such, and puts aside those of another shape.
    fn count_rows(&mut self, at: usize, feed: &Feed, known: bool, work: &Work) -> Result<(), ImportError> {
        let headers = work.block.misshapen.iter().filter(|record| record.is_header).count() as u64;
        let records = (work.block.rows() + work.block.misshapen.len()) as u64 - headers;
        self.report.files[at].rows += records;
        *self.delivery.tally.rows.entry(feed.source.clone()).or_default() += records;
        self.delivery.tally.checked_values += work.checked_values;
        for (required, missing) in feed.required.iter().zip(&work.missing).filter(|(_, missing)| **missing > 0) {
            let column = format!("{}.{}", feed.source, feed.sniffed.header[required.index]);
            *self.delivery.tally.missing_values.entry(column).or_default() += missing;
        }
        self.delivery.log.applied(&[checks::COLUMN_COUNT, checks::REPEATED_HEADER]);
        let table = feed.targets.first().map_or("", |target| target.table.name);
        for record in &work.block.misshapen {
            let check = if record.is_header { checks::REPEATED_HEADER } else { checks::COLUMN_COUNT };
            let message = if record.is_header {
                "与表头完全相同".to_owned()
            } else {
                format!("有 {} 列，表头有 {} 列", record.fields.len(), feed.sniffed.header.len())
            };
            if !record.is_header {
                let entry = self.report.tables.entry(table.to_owned()).or_default();
                entry.rows_read += 1;
                entry.rows_rejected += 1;
                self.delivery.tally.unreadable_rows += 1;
            }
            self.delivery.log.add(check, table, || Example { row: Some(record.number), ..file_example(feed, message.clone()) });
            if !known {
                let raw = quarantine::raw_fields(record);
                let refusal = quarantine::refusal(check, feed, record.number, table, &message, raw);
                self.quarantine.add(&refusal).map_err(ImportError::Quarantine)?;
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all of them say where the rows come from")]
    fn push(
        &mut self,
        at: usize,
        feed: &Feed,
        table: &'static str,
        work: &Work,
        coerced: &Coerced,
        numbers: &[u64],
        append: &mut Append,
    ) -> Result<(), ImportError> {
        let pushed = append.push(table, at, numbers, &coerced.batch)?;
        if pushed.already_loaded {
            let entry = self.report.tables.entry(table.to_owned()).or_default();
            entry.rows_duplicate += numbers.len() as u64;
            return Ok(());
        }
        self.delivery.log.applied(link_checks(table));
        for refused in &pushed.refused {
            let check = check_of(&refused.why, table);
            self.refuse(check, feed, table, work, coerced.rows[refused.row], &refused.why.to_string())?;
        }
        Ok(())
    }

    /// What a lake would refuse, as far as the delivery alone can tell.
    fn pretend(
        &mut self,
        feed: &Feed,
        target: usize,
        work: &Work,
        coerced: &Coerced,
        numbers: &[u64],
    ) -> Result<(), ImportError> {
        let table = feed.targets[target].table;
        self.delivery.log.applied(&[checks::REPEATED_KEY]);
        self.delivery.log.applied(link_checks(table.name));
        let repeated = self.delivery.repeated(table, &coerced.batch);
        let mut refused: HashSet<usize> = HashSet::new();
        for row in repeated {
            refused.insert(row);
            self.refuse(checks::REPEATED_KEY, feed, table.name, work, coerced.rows[row], "主键与本文件前面的一行相同")?;
        }
        if crate::schema::is_clustered(table.name) && table.name != "mdtrt_d" {
            let orphan = Refusal::Orphan;
            let check = check_of(&orphan, table.name);
            for row in self.delivery.orphans(&coerced.batch) {
                if refused.insert(row) {
                    self.refuse(check, feed, table.name, work, coerced.rows[row], "本次交付中没有这个就诊ID")?;
                }
            }
        }
        debug_assert!(refused.len() <= numbers.len());
        Ok(())
    }

    fn refuse(
        &mut self,
        check: &'static str,
        feed: &Feed,
        table: &'static str,
        work: &Work,
        row: u32,
        message: &str,
    ) -> Result<(), ImportError> {
        let number = work.block.numbers[row as usize];
        self.report.tables.entry(table.to_owned()).or_default().rows_rejected += 1;
        self.delivery.log.add(check, table, || Example { row: Some(number), ..file_example(feed, message.to_owned()) });
        let raw = quarantine::raw_row(feed, work.block.row(row as usize));
        let refusal = quarantine::refusal(check, feed, number, table, message, raw);
        self.quarantine.add(&refusal).map_err(ImportError::Quarantine)
    }

    /// All rows are read: what was counted becomes outcomes, and what was remembered of single rows is let go, so that the lake has its
    /// memory for sorting.
    fn judge(&mut self) {
        self.judged = true;
        self.judge_totals();
        self.report.acceptance = self.delivery.tally.outcomes(&self.options.expect);
        self.delivery = Delivery::new(std::mem::take(&mut self.delivery.log));
    }

    /// Header against detail: fatal, unless the user accepts it.
    fn judge_totals(&mut self) {
        let totals = self.delivery.tally.totals();
        if totals.pass == Pass::NotMeasured {
            return;
        }
        self.delivery.log.applied(&[checks::HEADER_DETAIL_TOTALS]);
        if totals.pass == Pass::Yes {
            return;
        }
        let example = Example { file: String::new(), row: None, column: None, value: None, message: totals.detail.clone() };
        self.delivery.log.add(checks::HEADER_DETAIL_TOTALS, "", || example);
        if self.options.accept_with_faults {
            self.delivery.log.accept(checks::HEADER_DETAIL_TOTALS);
            self.report.warnings.push(format!("已按 --accept-with-faults 载入：{}", totals.detail));
        }
    }

    fn finish(mut self) -> (Quarantine, Report) {
        if !self.judged {
            self.judge();
        }
        if !self.options.profile.national_codes {
            let text = format!("映射 {} 的编码不是国家医保编码，没有检查编码结构", self.options.profile.name);
            self.report.warnings.push(text);
        }
        let (faults, applied) = self.delivery.log.finish();
        self.report.faults = faults;
        self.report.checks = applied.into_iter().map(|(code, count)| (checks::get(code).id.as_str(), count)).collect();
        (self.quarantine, self.report)
    }

    /// Writes everything, puts repeated keys aside, and publishes.
    fn load(mut self, append: Append, feeds: &[Feed], lake: &Lake) -> Result<Report, ImportError> {
        let staged = match append.stage() {
            Ok(staged) => staged,
            Err(error) => {
                self.quarantine.discard().map_err(ImportError::Quarantine)?;
                return Err(error.into());
            }
        };
        self.delivery.log.applied(&[checks::REPEATED_KEY]);
        self.quarantine_repeated(staged.repeated(), feeds)?;
        let (quarantine, mut report) = self.finish();
        let folder = quarantine.finish().map_err(ImportError::Quarantine)?;
        let loaded = staged.commit()?;
        report.loaded = true;
        report.delivery = loaded.delivery;
        report.lake_version = Some(loaded.lake_version);
        report.quarantine = folder.map(|folder| folder.strip_prefix(lake.folder()).unwrap_or(&folder).display().to_string());
        report.warnings.extend(loaded.notes);
        let known = report.files.iter().filter(|file| file.already_loaded);
        let texts: Vec<_> = known.map(|file| format!("文件 {} 以前已经导入，内容相同，没有再次载入", file.file)).collect();
        report.warnings.extend(texts);
        for (name, counts) in &loaded.tables {
            let entry = report.tables.entry(name.clone()).or_default();
            entry.rows_loaded = counts.counts.rows_loaded();
            entry.rows_revised = counts.counts.rows_revised;
            entry.rows_duplicate += counts.counts.rows_duplicate;
            entry.amount_loaded_fen = counts.amount_loaded_fen;
        }
        Ok(report)
    }

    /// The lake tells repeated keys by file and row; their text is read once more.
    fn quarantine_repeated(&mut self, repeated: &[Repeated], feeds: &[Feed]) -> Result<(), ImportError> {
        let mut by_file: BTreeMap<usize, HashMap<u64, Vec<&str>>> = BTreeMap::new();
        for row in repeated {
            by_file.entry(row.source).or_default().entry(row.row).or_default().push(&row.table);
        }
        let message = "主键与本文件前面的一行相同";
        for (source, rows) in by_file {
            let Some(feed) = feeds.get(source) else { continue };
            let sniffed = &feed.sniffed;
            let mut failed = None;
            let read = super::block::read(&feed.file.path, sniffed.form, &sniffed.header, &Arc::default(), |block| {
                for (at, number) in block.numbers.iter().enumerate() {
                    for table in rows.get(number).into_iter().flatten() {
                        let raw = quarantine::raw_row(feed, block.row(at));
                        let refusal = quarantine::refusal(checks::REPEATED_KEY, feed, *number, table, message, raw);
                        failed = failed.take().or(self.quarantine.add(&refusal).err());
                        self.report.tables.entry((*table).to_owned()).or_default().rows_rejected += 1;
                        let example = || Example { row: Some(*number), ..file_example(feed, message.to_owned()) };
                        self.delivery.log.add(checks::REPEATED_KEY, table, example);
                    }
                }
                failed.is_none()
            });
            let path = || feed.file.path.clone();
            read.map_err(|source| ImportError::Io { path: path(), source })?;
            if let Some(error) = failed {
                return Err(ImportError::Quarantine(error));
            }
        }
        Ok(())
    }
}

fn file_report(feed: &Feed) -> FileReport {
    FileReport {
        file: feed.file.name.clone(),
        source: feed.source.clone(),
        bytes: feed.file.bytes,
        digest: feed.digest.clone(),
        rows: 0,
        already_loaded: false,
    }
}
