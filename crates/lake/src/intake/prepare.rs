//! Preparing a delivery: what every file is, before any row is read.

use std::collections::HashMap;
use std::path::PathBuf;

use super::checks;
use super::fault::{Example, FaultLog};
use super::feed::{self, Feed, Identity, Unfit};
use super::options::ImportError;
use super::profile::Profile;
use super::refusals::describe;
use super::source::{self, Sniffed, SourceFile};

/// The files of a delivery that will be read.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) feeds: Vec<Feed>,
    pub(crate) log: FaultLog,
    pub(crate) warnings: Vec<String>,
}

/// Finds and recognises all files.
pub(crate) fn prepare(paths: &[PathBuf], profile: &Profile) -> Result<Prepared, ImportError> {
    let files = source::discover(paths).map_err(|(path, source)| ImportError::Io { path, source })?;
    if files.is_empty() {
        return Err(ImportError::NoFiles);
    }
    let mut prepared = Prepared::default();
    let applied = [checks::WRONG_TABLE, checks::MISSING_KEY_COLUMN, checks::MISSING_REQUIRED_COLUMN, checks::NOT_UTF8];
    prepared.log.applied(&applied);
    let mut seen: HashMap<String, String> = HashMap::new();
    for file in files {
        let Some(feed) = prepared.recognise(file, profile)? else { continue };
        if let Some(first) = seen.get(&feed.digest) {
            prepared.warnings.push(format!("文件 {} 与 {first} 内容相同，只读一次", feed.file.name));
            continue;
        }
        seen.insert(feed.digest.clone(), feed.file.name.clone());
        prepared.feeds.push(feed);
    }
    prepared.feeds.sort_by_key(Feed::rank);
    if prepared.feeds.is_empty() && !prepared.log.is_fatal() {
        let message = "没有一个文件可以认出是哪张表".to_owned();
        prepared.log.add(checks::WRONG_TABLE, "", || Example {
            message,
            file: String::new(),
            row: None,
            column: None,
            value: None,
        });
    }
    Ok(prepared)
}

impl Prepared {
    fn recognise(&mut self, file: SourceFile, profile: &Profile) -> Result<Option<Feed>, ImportError> {
        let sniffed = match source::sniff(&file.path) {
            Ok(sniffed) => sniffed,
            Err(error) => {
                // A folder may hold pictures and documents beside the tables.
                if file.named || looks_tabular(&file.name) {
                    let (check, message) = describe(&error);
                    self.log.add(check, "", || example(&file, None, message));
                } else {
                    self.unused(&file);
                }
                return Ok(None);
            }
        };
        match fit(profile, &file, &sniffed) {
            Ok(Some(mut feed)) => {
                let digest = source::digest(&file.path);
                feed.digest = digest.map_err(|source| ImportError::Io { path: file.path.clone(), source })?;
                self.note_unused_columns(&feed);
                Ok(Some(Feed { file, sniffed, ..feed }))
            }
            Ok(None) => {
                if file.named {
                    let message = format!("认不出是哪张表，表头是：{}", sniffed.header.join("、"));
                    self.log.add(checks::WRONG_TABLE, "", || example(&file, None, message));
                } else {
                    self.unused(&file);
                }
                Ok(None)
            }
            Err(Unfit { check, column, message }) => {
                self.log.add(check, "", || example(&file, column, message));
                Ok(None)
            }
        }
    }

    fn unused(&mut self, file: &SourceFile) {
        self.log.add(checks::UNUSED_FILE, "", || example(file, None, "没有使用".to_owned()));
    }

    fn note_unused_columns(&mut self, feed: &Feed) {
        self.log.applied(&[checks::UNUSED_COLUMN]);
        if let Some(first) = feed.unused.first() {
            let message = format!("没有使用的列：{}", feed.unused.join("、"));
            let (count, column) = (feed.unused.len() as u64, Some(first.clone()));
            let table = feed.targets.first().map_or("", |target| target.table.name);
            self.log.add_many(checks::UNUSED_COLUMN, table, count, || example(&feed.file, column, message));
        }
    }
}

fn looks_tabular(name: &str) -> bool {
    let name = name.to_lowercase();
    [".csv", ".csv.gz", ".csv.zst", ".parquet"].iter().any(|extension| name.ends_with(extension))
}

/// A feed of the file, none where it is of no known table or of one that is not used.
fn fit(profile: &Profile, file: &SourceFile, sniffed: &Sniffed) -> Result<Option<Feed>, Unfit> {
    let header = &sniffed.header;
    let (source, targets, required, unused) = match feed::identify(profile, &file.name, header)? {
        Identity::Unknown => return Ok(None),
        Identity::Source(source) if source.into.is_empty() => return Ok(None),
        Identity::Source(source) => {
            let targets = feed::source_targets(profile, source, header)?;
            let required = feed::source_required(profile, source, header)?;
            // A profile leaves columns out on purpose.
            (source.name.clone(), targets, required, Vec::new())
        }
        Identity::National(table) => {
            let targets = feed::national_targets(table, header)?;
            let required = targets.iter().flat_map(feed::national_required).collect();
            let unused = feed::unused(header, &targets);
            (table.name.to_owned(), targets, required, unused)
        }
    };
    let sniffed = Sniffed { form: sniffed.form, header: sniffed.header.clone() };
    Ok(Some(Feed { file: file.clone(), digest: String::new(), sniffed, source, required, targets, unused }))
}

fn example(file: &SourceFile, column: Option<String>, message: String) -> Example {
    Example { file: file.name.clone(), row: None, column, value: None, message }
}

/// Pass（一遍读取）: a file and the targets made of it this time.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) feed: usize,
    pub(crate) targets: Vec<usize>,
    /// Whether the file was not read before.
    pub(crate) first: bool,
}

/// All visits of all files come before what hangs on visits, so a file that holds both is read twice.
pub(crate) fn passes(feeds: &[Feed]) -> Vec<Pass> {
    let mut early = Vec::new();
    let mut late = Vec::new();
    for (feed, plan) in feeds.iter().enumerate() {
        let waits = |target: &usize| {
            let table = plan.targets[*target].table.name;
            crate::schema::is_clustered(table) && table != "mdtrt_d"
        };
        let (after, before): (Vec<usize>, Vec<usize>) = (0..plan.targets.len()).partition(waits);
        let first = !before.is_empty();
        if first {
            early.push(Pass { feed, targets: before, first: true });
        }
        if !after.is_empty() {
            late.push(Pass { feed, targets: after, first: !first });
        }
    }
    let rank = |pass: &Pass| pass.targets.iter().map(|target| feed::rank(feeds[pass.feed].targets[*target].table.name)).min();
    late.sort_by_key(rank);
    early.extend(late);
    early
}
