//! The rule pack in force: what is shipped, what the user adds, and what was imported into the lake.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use rulebook::exception::{self, ExceptionSet};
use rulebook::knowledge::Descriptor;
use rulebook::parameter::Parameters;
use rulebook::{Pack, Rule, RuleFault};

use crate::files;
use crate::knowledge::store::Store;
use crate::published::Published;
use crate::status::WrongUse;

/// Where a kit holds what stands beside the shipped rules: rules of the region, its exceptions, its rows of knowledge.
pub(crate) const BESIDE: &str = "beside";

/// Local rules beside the shipped ones.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RulesArguments {
    #[arg(
        long = "rules",
        value_name = "DIR",
        help = "另加的规则目录（同样的 TOML 格式，编码不能与已有的相同；其中 knowledge/ 下是知识表的说明和数据，exceptions/ 下是改写的例外集），可写多次"
    )]
    folders: Vec<PathBuf>,
}

/// A pack, and what could not be taken into it.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) pack: Pack,
    pub(crate) faults: Vec<RuleFault>,
    /// Digest of the published pack that it rests on.
    pub(crate) published: Option<String>,
}

/// The pack in the binary.
pub(crate) fn shipped() -> Result<Pack> {
    Pack::shipped().map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!("随程序发布的规则或知识有错：{}", all.join("；"))
    })
}

impl RulesArguments {
    /// Shipped rules and local ones, without any lake.
    pub(crate) fn load(&self) -> Result<Loaded> {
        let mut loaded = self.bare()?;
        for folder in self.packs() {
            loaded.take_published(&Published::read(folder)?);
        }
        Ok(loaded)
    }

    /// Folders that hold an exported pack. Its rules take the place of shipped ones, where others only stand beside them.
    fn packs(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path).filter(|folder| Published::lies_in(folder))
    }

    /// What is published in the folders, all together.
    pub(crate) fn published(&self) -> Result<Published> {
        let mut all = Published::default();
        for folder in self.packs() {
            let more = Published::read(folder)?;
            all.publication = more.publication;
            all.files.extend(more.files);
        }
        Ok(all)
    }

    /// Of these folders.
    #[cfg(test)]
    pub(crate) const fn of(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// All folders, for another process to be told of.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Shipped rules and those beside them, without what was published.
    fn bare(&self) -> Result<Loaded> {
        let mut loaded = Loaded { pack: shipped()?, faults: Vec::new(), published: None };
        let plain = |folder: &PathBuf| {
            let beside = folder.join(BESIDE);
            if Published::lies_in(folder) { beside.is_dir().then_some(beside) } else { Some(folder.clone()) }
        };
        let folders: Vec<PathBuf> = self.folders.iter().filter_map(plain).collect();
        let (of_knowledge, others): (Vec<_>, Vec<_>) =
            files::under(&folders)?.into_iter().partition(|file| KnowledgeFile::of(file).is_some());
        loaded.add_knowledge(&of_knowledge)?;
        // Parameters speak of rules, so every rule is there before the first of them, whatever the files are called.
        let (of_exceptions, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|file| exception_set(file).is_some());
        let (of_parameters, of_rules): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|file| is_parameter_file(&files::name(file)));
        for file in of_rules.into_iter().chain(of_parameters) {
            loaded.add(&file)?;
        }
        // An exception set is said otherwise for local rules too, so all of them are there before.
        for file in of_exceptions {
            loaded.add_exception(&file)?;
        }
        Ok(loaded)
    }

    /// Without what was published, with the knowledge that was imported into the lake.
    pub(crate) fn bare_with(&self, lake: &Path) -> Result<Loaded> {
        let mut loaded = self.bare()?;
        Store::of(lake).apply_to(&mut loaded.pack)?;
        Ok(loaded)
    }

    /// The same, with the knowledge that was imported into the lake.
    pub(crate) fn load_with(&self, lake: &Path) -> Result<Loaded> {
        let mut loaded = self.load()?;
        Store::of(lake).apply_to(&mut loaded.pack)?;
        Ok(loaded)
    }
}

/// A file of local knowledge: in a folder of rules it lies under `knowledge/`, as the shipped tables do.
enum KnowledgeFile {
    /// `knowledge/<table>.toml`
    Description,
    /// `knowledge/<table>/….csv`
    Rows { table: String },
}

impl KnowledgeFile {
    fn of(file: &Path) -> Option<Self> {
        let folder = file.parent()?;
        let ends = |ending: &str| file.extension().is_some_and(|e| e == ending);
        let is_knowledge = |folder: &Path| folder.file_name().is_some_and(|name| name == "knowledge");
        if is_knowledge(folder) && ends("toml") {
            return Some(Self::Description);
        }
        (ends("csv") && is_knowledge(folder.parent()?)).then(|| Self::Rows { table: files::name(folder) })
    }
}

/// The exception set that a file says otherwise: in a folder of rules it lies under `exceptions/`, as the shipped ones do.
fn exception_set(file: &Path) -> Option<String> {
    let lies_there = file.parent()?.file_name().is_some_and(|name| name == "exceptions");
    (lies_there && file.extension().is_some_and(|e| e == "sql"))
        .then(|| file.file_stem())?
        .map(|name| name.to_string_lossy().into())
}

/// Whether a file name is a rule's, not that of cases or parameters.
pub(crate) fn is_rule_file(name: &str) -> bool {
    name.ends_with(".toml") && !is_case_file(name) && !is_parameter_file(name)
}

/// Whether a file name is one of stand-alone cases.
pub(crate) fn is_case_file(name: &str) -> bool {
    name.ends_with(".cases.toml")
}

/// Whether a file name is one of regional parameters.
pub(crate) fn is_parameter_file(name: &str) -> bool {
    name == "parameters.toml" || name.ends_with(".parameters.toml")
}

impl Loaded {
    fn add(&mut self, file: &Path) -> Result<()> {
        let (name, shown) = (files::name(file), file.display().to_string());
        if is_rule_file(&name) {
            self.faults.extend(self.pack.add_rule(&shown, &files::text(file)?).err().into_iter().flatten());
        } else if is_parameter_file(&name) {
            self.add_parameters(&shown, &files::text(file)?);
        }
        Ok(())
    }

    /// Takes a region's wording of an exception set. One that no rule names changes nothing, and is most likely misspelt.
    fn add_exception(&mut self, file: &Path) -> Result<()> {
        let Some(name) = exception_set(file) else { return Ok(()) };
        let problem = match ExceptionSet::parse(&files::text(file)?) {
            Ok(set) if self.pack.set_exception(&name, &set) > 0 => return Ok(()),
            Ok(_) => {
                let known: Vec<&str> = exception::shipped().keys().copied().collect();
                format!("没有规则引用例外集 {name}；现有：{}", known.join("、"))
            }
            Err(problem) => problem,
        };
        self.faults.push(RuleFault::new(&file.display().to_string(), &name, problem));
        Ok(())
    }

    /// Takes tables of knowledge: what they are first, their rows then.
    fn add_knowledge(&mut self, files: &[PathBuf]) -> Result<()> {
        let of_kind =
            |rows: bool| files.iter().filter(move |f| matches!(KnowledgeFile::of(f), Some(KnowledgeFile::Rows { .. })) == rows);
        for file in of_kind(false) {
            match Descriptor::parse(&file.display().to_string(), &files::text(file)?) {
                Ok(descriptor) => self.pack.knowledge.describe(descriptor),
                Err(fault) => self.faults.push(RuleFault::new(&fault.file, &fault.column, fault.problem)),
            }
        }
        for file in of_kind(true) {
            let Some(KnowledgeFile::Rows { table }) = KnowledgeFile::of(file) else { continue };
            let (_, faults) = self.pack.knowledge.read_csv(&table, &file.display().to_string(), &files::text(file)?, "");
            self.faults.extend(faults.iter().map(|f| RuleFault::new(&f.file, &f.column, f.to_string())));
        }
        self.pack.knowledge.settle();
        Ok(())
    }

    pub(crate) fn add_parameters(&mut self, file: &str, text: &str) {
        let overlays = match Parameters::parse(text) {
            Ok(overlays) => overlays,
            Err(problem) => return self.faults.push(RuleFault::new(file, "-", problem)),
        };
        for overlay in overlays {
            let key = format!("{}.{}", overlay.rule, overlay.parameter);
            let rule = self.pack.rule(&overlay.rule);
            match rule.map(|rule| rule.parameters.get(&overlay.parameter)) {
                None => self.faults.push(RuleFault::new(file, &key, "没有这条规则；核对 rule 的编码")),
                Some(None) => self.faults.push(RuleFault::new(file, &key, "规则没有这个参数；用 rule explain 查看参数名")),
                Some(Some(_)) if rule.is_some_and(|rule| !rule.logic.kind.reads_by_place(&overlay.parameter)) => {
                    let problem = "这条规则是整表查询，这个参数全库只取一个值，地区设的值不会起作用；要另设，请改规则的查询，写成 p_参数名(地区, 日期)";
                    self.faults.push(RuleFault::new(file, &key, problem));
                }
                Some(Some(parameter)) => match parameter.admits(&overlay.value).and_then(|()| overlay.check()) {
                    Ok(()) => self.pack.parameters.add(overlay),
                    Err(problem) => self.faults.push(RuleFault::new(file, &key, problem)),
                },
            }
        }
    }
}

/// The rule of a code, or what to do about a code that is none.
pub(crate) fn rule<'a>(pack: &'a Pack, code: &str) -> Result<&'a Rule> {
    let same = |rule: &&Rule| rule.code.eq_ignore_ascii_case(code) || rule.name == code;
    let known = pack.rules.iter().find(same);
    Ok(known.ok_or_else(|| WrongUse(format!("没有规则 {code}；用 mingcha rule list 查看全部编码")))?)
}
