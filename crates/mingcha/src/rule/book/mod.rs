//! `mingcha rule book`: the whole rule and knowledge base as a web site of plain files, to read, to search, to print.
//!
//! Every page reads without a script and without a network; the script only filters. The same pack gives the same bytes.

mod case_view;
mod index_page;
mod laws_page;
mod logic_view;
mod problems_page;
mod rule_page;
pub(crate) mod shelf;
mod table_page;
mod tone;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use rulebook::problem;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::label::Labels;
use crate::files;
use crate::number::count;
use crate::pack::RulesArguments;
use crate::screen::{Screen, say_faults};
use crate::status::Status;
use shelf::Shelf;

/// What the kind of a rule was told beside expressions, name and value.
pub(super) fn arguments(kind: &rulebook::logic::Kind) -> Vec<(String, String)> {
    logic_view::arguments(kind).into_iter().map(|named| (named.name, named.label)).collect()
}

/// What to write, and where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, value_name = "DIR", help = "连同导入到这个数据湖的知识点；不写则只有随程序发布的和 --rules 里的")]
    lake: Option<PathBuf>,
    #[arg(long, value_name = "ID|DIR", help = "给每条规则附上标签，取自这次审核：--lake 里的编号，或 run --out 的目录")]
    run: Option<String>,
    #[arg(long, value_name = "FILE", requires = "run", help = "标签里的召回率、准确率取自它：mingcha eval … --json 的输出")]
    accuracy: Option<PathBuf>,
    #[arg(long, value_name = "DIR", help = "写到哪个目录；打开其中的 index.html")]
    out: PathBuf,
}

const STYLE: &str = include_str!("../../../templates/book/book.css");
const SCRIPT: &str = include_str!("../../../templates/book/book.js");

/// What the book consists of, kept beside it so that the next one can take away what no longer belongs.
const CONTENTS: &str = "book.json";

#[derive(Deserialize, Serialize)]
struct Contents {
    pack: String,
    files: Vec<String>,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let loaded = match &self.lake {
            Some(lake) => self.rules.load_with(lake)?,
            None => self.rules.load()?,
        };
        say_faults(screen, &loaded.faults);
        let lake = self.lake.as_deref().unwrap_or(Path::new(""));
        let labels = self
            .run
            .as_ref()
            .map(|run| Labels::load(&loaded.pack, lake, Some(run), self.accuracy.as_deref(), None))
            .transpose()?;
        let pages = pages(&Shelf::of(&loaded.pack, labels.as_ref()))?;
        let digest = loaded.pack.digest();
        write(&self.out, &pages, &digest)?;
        let index = self.out.join("index.html");
        let (rules, tables) = (loaded.pack.rules.len(), loaded.pack.knowledge.descriptors().count());
        let points = loaded.pack.knowledge.points().len();
        let problems = problem::tally(problem::all(&loaded.pack.knowledge), &loaded.pack.rules);
        let report = json!({
            "index": index, "pages": pages.len(), "rules": rules, "tables": tables, "points": points, "problems": problems,
            "pack": digest,
        });
        screen.summary(&report, || {
            format!(
                "已写 {} 页：规则 {rules} 条，知识表 {tables} 张，知识点 {} 个\n典型问题清单 {problems}\n打开 {}\n",
                pages.len(),
                count(points as u64),
                index.display()
            )
        })?;
        Ok(Status::refused_if(!loaded.faults.is_empty()))
    }
}

/// Pages（页）by their place in the folder.
type Pages = BTreeMap<String, String>;

fn pages(shelf: &Shelf<'_>) -> Result<Pages> {
    let mut pages = Pages::new();
    pages.insert("index.html".to_owned(), index_page::render(shelf)?);
    pages.insert("laws.html".to_owned(), laws_page::render(shelf)?);
    pages.insert("problems.html".to_owned(), problems_page::render(shelf)?);
    pages.insert("tables.html".to_owned(), table_page::render_list(shelf)?);
    for number in 0..shelf.pack.rules.len() {
        pages.insert(shelf::rule_file(&shelf.pack.rules[number].code), rule_page::render(shelf, number)?);
    }
    for descriptor in shelf.pack.knowledge.descriptors() {
        pages.extend(table_page::render(shelf, descriptor)?);
    }
    Ok(pages)
}

/// Writes the pages, then takes away pages of the book that was there before and that this one does not have.
fn write(out: &Path, pages: &Pages, digest: &str) -> Result<()> {
    let before = earlier(out);
    let assets = [("book.css", STYLE), ("book.js", SCRIPT)];
    for (name, text) in assets.into_iter().chain(pages.iter().map(|(name, text)| (name.as_str(), text.as_str()))) {
        files::write_whole(&out.join(name), text.as_bytes())?;
    }
    for stale in before.iter().filter(|name| !pages.contains_key(*name) && shelf::is_page(name)) {
        let path = out.join(stale);
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("无法删除旧页 {}", path.display()))?;
        }
    }
    let contents = Contents { pack: digest.to_owned(), files: pages.keys().cloned().collect() };
    files::write_whole(&out.join(CONTENTS), format!("{:#}\n", serde_json::to_value(&contents)?).as_bytes())
}

/// The pages of the book that was written here before; none where there was none.
fn earlier(out: &Path) -> Vec<String> {
    let text = std::fs::read(out.join(CONTENTS)).unwrap_or_default();
    serde_json::from_slice::<Contents>(&text).map(|contents| contents.files).unwrap_or_default()
}
