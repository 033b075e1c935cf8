//! Inbox（收件目录）: where deliveries lie that may be imported from a page, and where uploads wait for their import. Nothing else of the
//! server is reached from a page, by whatever name or link.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use async_trait::async_trait;
use claims::Day;
use rulebook::Pack;
use web::inbox::{ImportOrder, LearnOrder, Lying, Preview, PreviewPart, Source};
use web::reading::KnowledgeChange;

use crate::files;
use crate::knowledge::diff::{Change, compare};
use crate::knowledge::import::{self as taking, Given};
use crate::knowledge::store::{Store as Taken, digest};
use crate::pack::RulesArguments;
use crate::today::today;

/// How long an upload waits that nobody accepted.
const KEPT: Duration = Duration::from_hours(24);
/// Changes of one kind that a preview lists.
const MOST_CHANGES: usize = 500;

/// The inbox of a site.
#[derive(Clone)]
pub(crate) struct Inbox {
    lake: PathBuf,
    rules: RulesArguments,
    /// The folder that the configuration names.
    folder: Option<PathBuf>,
}

impl Inbox {
    pub(super) fn new(lake: &Path, rules: &RulesArguments, folder: Option<PathBuf>) -> Self {
        Self { lake: lake.to_owned(), rules: rules.clone(), folder }
    }

    fn uploads(&self) -> PathBuf {
        self.lake.join("uploads")
    }

    /// Where a source lies, wherever its name would lead.
    pub(super) fn path(&self, source: &Source) -> Result<PathBuf> {
        match source {
            Source::Upload(number) => {
                let named = number.len() == 32 && number.bytes().all(|byte| byte.is_ascii_hexdigit());
                let folder = self.uploads().join(number);
                ensure!(named && folder.is_dir(), "上传的文件已不在，请重新上传");
                Ok(folder)
            }
            Source::Inbox(name) => {
                let folder = self.folder.as_deref().context("没有设收件目录")?;
                within(folder, name).with_context(|| format!("不能导入“{name}”"))
            }
        }
    }

    /// The only file of a source.
    fn file(&self, source: &Source) -> Result<PathBuf> {
        let files = files::under(&[self.path(source)?])?;
        let [file] = <[_; 1]>::try_from(files).ok().context("知识文件一次一个")?;
        Ok(file)
    }

    /// Takes away an upload whose import has ended. What cannot be removed now is removed with the other old ones.
    pub(super) fn drop(&self, source: &Source) {
        if let (Source::Upload(_), Ok(folder)) = (source, self.path(source)) {
            let _ = fs::remove_dir_all(folder);
        }
    }

    /// Takes away uploads that have waited for a day and that no job is about to import.
    pub(super) fn drop_old(&self, wanted: &[Source]) {
        for folder in fs::read_dir(self.uploads()).into_iter().flatten().flatten() {
            let is_wanted = wanted.contains(&Source::Upload(files::name(&folder.path())));
            let changed = folder.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            if !is_wanted && changed.elapsed().is_ok_and(|age| age > KEPT) {
                let _ = fs::remove_dir_all(folder.path());
            }
        }
    }

    fn lies(&self) -> Result<Option<Vec<Lying>>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let mut lying = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("无法打开收件目录 {}", folder.display()))? {
            let name = files::name(&entry?.path());
            // What leads elsewhere, or is still being written, is not offered.
            let Ok(path) = within(folder, &name) else { continue };
            let about = path.metadata()?;
            lying.push(Lying { name, is_folder: about.is_dir(), bytes: about.len() });
        }
        lying.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(lying))
    }

    fn put(&self, uploaded: &[(String, Vec<u8>)]) -> Result<Source> {
        let number = store::account::random()?.split_at(32).0.to_owned();
        let folder = self.uploads().join(&number);
        for (name, content) in uploaded {
            let name = store::paper::plain_name(name)?;
            files::write_whole(&folder.join(name), content)?;
        }
        Ok(Source::Upload(number))
    }

    fn previewed(&self, order: &LearnOrder) -> Result<Preview> {
        let (file, given) = (self.file(&order.source)?, given(order)?);
        let bytes = files::bytes(&file)?;
        let before = self.rules.load_with(&self.lake)?.pack;
        let mut after = before.clone();
        let known = Taken::of(&self.lake).place(&digest(&bytes))?;
        let faults = if known.is_some() { Vec::new() } else { taking::try_out(&self.lake, &file, given, &mut after)? };
        let found = compare(&before.knowledge, &after.knowledge);
        let judges = judges(&after);
        let part = |title, changes: Vec<Change>| PreviewPart {
            title,
            count: changes.len(),
            rows: changes.into_iter().take(MOST_CHANGES).map(|change| shown(change, &judges)).collect(),
        };
        Ok(Preview {
            name: files::name(&file),
            compared: compared(&bytes, &before),
            unchanged: found.unchanged,
            parts: vec![
                part("新增", found.added),
                part("有效期改变（被取代）", found.ended),
                part("取值或编码改变", found.changed),
            ],
            faults,
            known,
        })
    }

    /// Takes a file of knowledge into force, as it was compared; how it ended. A file that is in force already changes nothing: whoever
    /// began it may have died before they could say so.
    pub(super) fn learn(&self, order: &LearnOrder) -> Result<String> {
        let (file, given) = (self.file(&order.source)?, given(order)?);
        let bytes = files::bytes(&file)?;
        let store = Taken::of(&self.lake);
        if let Some(number) = store.place(&digest(&bytes))? {
            return Ok(web::inbox::outcome(number, "知识文件已载入"));
        }
        let pack = self.rules.load_with(&self.lake)?.pack;
        ensure!(compared(&bytes, &pack) == order.compared, "比较之后，知识库或文件又有了变化，请重新比较");
        let report = taking::into_lake(&self.lake, std::slice::from_ref(&file), given, &self.rules)?;
        let points = &report.points;
        let told = format!("载入知识点 {} 个，拒收 {} 个", points.points_loaded, points.points_rejected);
        match store.place(&digest(&bytes))? {
            Some(number) => Ok(web::inbox::outcome(number, &told)),
            None => bail!("{told}：{}", report.first_fault()),
        }
    }
}

/// A file or folder by its name in a folder: one part, nothing hidden, and it lies there indeed, not behind a link.
fn within(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut parts = Path::new(name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    ensure!(plain && !name.starts_with('.'), "只能导入收件目录里的文件和目录");
    let folder = folder.canonicalize().with_context(|| format!("无法打开收件目录 {}", folder.display()))?;
    let path = folder.join(name).canonicalize().context("收件目录里没有它")?;
    ensure!(path.starts_with(&folder) && path != folder, "只能导入收件目录里的文件和目录");
    for inner in files::under(std::slice::from_ref(&path))? {
        ensure!(inner.canonicalize()?.starts_with(&path), "{} 指到了收件目录之外", files::name(&inner));
    }
    Ok(path)
}

fn given(order: &LearnOrder) -> Result<Given<'_>> {
    let published = order.published.as_deref().map(|day| Day::parse(day).context("公布日不是日期")).transpose()?;
    Ok(Given { table: order.table.as_deref(), otherwise_from: published.unwrap_or_else(today) })
}

/// What a person saw when they accepted a file.
fn compared(bytes: &[u8], before: &Pack) -> String {
    format!("{}-{}", digest(bytes), before.knowledge_digest())
}

/// Code and name of the rules that judge by each point.
fn judges(pack: &Pack) -> HashMap<String, Vec<(String, String)>> {
    let mut judges: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for rule in &pack.rules {
        let named = (rule.code.clone(), rule.name.clone());
        let reads = rule.logic.kind.further_tables();
        let of_table = pack.knowledge.points().iter().filter(|point| reads.contains(&&*point.table));
        for point in pack.knowledge.feeding(rule).chain(of_table) {
            let known = judges.entry(point.id.to_string()).or_default();
            if known.last() != Some(&named) {
                known.push(named.clone());
            }
        }
    }
    judges
}

fn shown(change: Change, judges: &HashMap<String, Vec<(String, String)>>) -> (KnowledgeChange, Vec<(String, String)>) {
    let rules = judges.get(&change.id).cloned().unwrap_or_default();
    let change = KnowledgeChange {
        id: change.id,
        name: change.name,
        before: change.before.unwrap_or_default(),
        after: change.after.unwrap_or_default(),
    };
    (change, rules)
}

/// The source of an import's job.
pub(super) fn source_of(body: &str) -> Option<Source> {
    let import = serde_json::from_str::<ImportOrder>(body).map(|order| order.source);
    import.or_else(|_| serde_json::from_str::<LearnOrder>(body).map(|order| order.source)).ok()
}

impl Inbox {
    /// Does something on a thread of its own: files wait.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> Result<T> + Send + 'static) -> Result<T, String> {
        let inbox = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&inbox)).await.map_err(|problem| problem.to_string())?;
        done.map_err(|problem| format!("{problem:#}"))
    }
}

#[async_trait]
impl web::inbox::Inbox for Inbox {
    fn profiles(&self) -> Vec<&'static str> {
        lake::intake::profile::NAMES.to_vec()
    }

    async fn lying(&self) -> Result<Option<Vec<Lying>>, String> {
        self.aside(Self::lies).await
    }

    async fn keep(&self, files: Vec<(String, Vec<u8>)>) -> Result<Source, String> {
        self.aside(move |inbox| inbox.put(&files)).await
    }

    async fn check(&self, source: &Source) -> Result<(), String> {
        let source = source.clone();
        self.aside(move |inbox| inbox.path(&source).map(|_| ())).await
    }

    async fn preview(&self, order: &LearnOrder) -> Result<Preview, String> {
        let order = order.clone();
        self.aside(move |inbox| inbox.previewed(&order)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_inbox_is_reached() {
        let place = tempfile::tempdir().unwrap();
        let (folder, secret) = (place.path().join("inbox"), place.path().join("secret"));
        fs::create_dir_all(folder.join("city")).unwrap();
        fs::write(&secret, "").unwrap();
        fs::write(folder.join("city/a.csv"), "").unwrap();
        fs::write(folder.join(".half"), "").unwrap();
        std::os::unix::fs::symlink(&secret, folder.join("link")).unwrap();
        assert!(within(&folder, "city").is_ok());
        for name in ["", ".", "..", "../secret", "city/../../secret", "/etc/passwd", "city/a.csv", ".half", "link", "nothing"] {
            assert!(within(&folder, name).is_err(), "{name}");
        }
        std::os::unix::fs::symlink(&secret, folder.join("city/link.csv")).unwrap();
        assert!(within(&folder, "city").is_err(), "a link within leads nowhere either");
        let inbox = Inbox::new(&place.path().join("lake"), &RulesArguments::default(), Some(folder));
        assert_eq!(inbox.lies().unwrap().unwrap(), []);
        let kept = inbox.put(&[("a.csv".to_owned(), b"x".to_vec())]).unwrap();
        assert!(inbox.path(&kept).is_ok() && inbox.put(&[("../a.csv".to_owned(), Vec::new())]).is_err());
        for number in ["..", "../../etc", "0123"] {
            assert!(inbox.path(&Source::Upload(number.to_owned())).is_err(), "{number}");
        }
        inbox.drop_old(&[]);
        assert!(inbox.path(&kept).is_ok(), "it is of today");
        inbox.drop(&kept);
        assert!(inbox.path(&kept).is_err());
    }
}
