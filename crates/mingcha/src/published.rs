//! Published packs（已发布的规则包）as files: what two people put into force stands beside what is shipped.

use std::path::Path;

use anyhow::{Context, Result};
use casework::Publication;
use rulebook::pack::shipped_files;
use rulebook::{Rule, RuleFault};
use store::PackFile;

use crate::files;
use crate::pack::{Loaded, is_parameter_file, is_rule_file};

/// Names an exported pack: who published it, when, and its digest.
pub(crate) const MANIFEST: &str = "pack.json";
/// Where the files of a pack lie that are not shipped.
const LOCAL: &str = "local/";

/// The local files of a pack, and who published it; nothing before the first was published.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    pub(crate) publication: Option<Publication>,
    pub(crate) files: Vec<PackFile>,
}

impl Published {
    /// Whether a folder holds an exported pack.
    pub(crate) fn lies_in(folder: &Path) -> bool {
        folder.join(MANIFEST).is_file()
    }

    /// Reads an exported pack.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let manifest = folder.join(MANIFEST);
        let publication: Publication = serde_json::from_slice(&files::bytes(&manifest)?)
            .with_context(|| format!("{} 不是规则包的说明", manifest.display()))?;
        let mut published = Self { publication: Some(publication), files: Vec::new() };
        let local = folder.join(LOCAL);
        if local.is_dir() {
            for file in files::under(&[local])? {
                published.files.push((format!("{LOCAL}{}", files::name(&file)), files::text(&file)?));
            }
        }
        Ok(published)
    }

    /// What a store has in force.
    pub(crate) async fn in_force(store: &store::Store) -> Result<Self> {
        let Some(publication) = store.pack_in_force().await? else { return Ok(Self::default()) };
        let mut files = store.pack_files(publication.number).await?;
        files.retain(|(name, _)| name.starts_with(LOCAL));
        Ok(Self { publication: Some(publication), files })
    }

    /// The digest by which runs name it.
    pub(crate) fn digest(&self) -> Option<&str> {
        self.publication.as_ref().map(|publication| publication.digest.as_str())
    }

    /// With a file in the place of the one of its name.
    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        self.files.retain(|(known, _)| known != name);
        self.files.push((name.to_owned(), text.to_owned()));
        self.files.sort();
        self
    }
}

/// Writes a pack: its manifest and every file.
pub(crate) fn write(out: &Path, publication: &Publication, pack: &[PackFile]) -> Result<()> {
    for (name, text) in pack {
        files::write_whole(&out.join(name), text.as_bytes())?;
    }
    let manifest = serde_json::to_string_pretty(publication)? + "\n";
    files::write_whole(&out.join(MANIFEST), manifest.as_bytes())
}

impl Loaded {
    /// Takes what was published: rules first, in the place of shipped ones of their codes, then parameters, which speak of rules.
    pub(crate) fn take_published(&mut self, published: &Published) {
        self.published = published.digest().map(str::to_owned);
        for (name, text) in published.files.iter().filter(|(name, _)| is_rule_file(name)) {
            self.take_rule(name, text);
        }
        for (name, text) in published.files.iter().filter(|(name, _)| is_parameter_file(name)) {
            self.add_parameters(name, text);
        }
    }

    fn take_rule(&mut self, name: &str, text: &str) {
        let rule = match Rule::parse(name, text) {
            Ok(rule) => rule,
            Err(faults) => return self.faults.extend(faults),
        };
        // A later program ships a later version of a rule: nobody wants the older one kept by chance.
        if let Some(shipped) = self.pack.rule(&rule.code).filter(|shipped| shipped.version > rule.version) {
            let problem = format!(
                "随程序发布的已是第 {} 版，本地第 {} 版不再采用；要保留本地内容，请改高版本后重新发布",
                shipped.version, rule.version
            );
            return self.faults.push(RuleFault::new(name, "version", problem));
        }
        self.faults.extend(self.pack.replace_rule(name, text).err().into_iter().flatten());
    }
}

/// All files of a pack: what is shipped, but for rules whose place a local version takes, and what is local.
pub(crate) fn all_files(loaded: &Loaded, published: &Published) -> Vec<PackFile> {
    let local: Vec<String> = published.files.iter().filter_map(|(name, text)| Some(Rule::parse(name, text).ok()?.code)).collect();
    let taken = |name: &str, text: &str| name.ends_with(".toml") && local.iter().any(|code| is_of(text, code));
    let shipped = shipped_files().into_iter().filter(|(name, text)| !taken(name, text));
    let mut all: Vec<PackFile> = shipped.map(|(name, text)| (name, text.to_owned())).collect();
    all.extend(published.files.iter().cloned());
    all.push(("knowledge.txt".to_owned(), knowledge_of(loaded)));
    all.sort();
    all
}

/// Whether a rule file is that of a code. A page asks it of all files at once, and reading them whole would take it seconds.
pub(crate) fn is_of(text: &str, code: &str) -> bool {
    let quoted = format!("\"{code}\"");
    let says =
        |line: &str| line.split_once('=').is_some_and(|(key, value)| key.trim() == "code" && value.trim().starts_with(&quoted));
    text.lines().any(says)
}

/// The tables of knowledge that a pack was published with: name and rows of each.
fn knowledge_of(loaded: &Loaded) -> String {
    let mut rows: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for point in loaded.pack.knowledge.points() {
        *rows.entry(&point.table).or_default() += 1;
    }
    let lines: Vec<String> = rows.iter().map(|(table, rows)| format!("{table}\t{rows}\n")).collect();
    format!("摘要\t{}\n{}", loaded.pack.knowledge_digest(), lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_known_by_its_code_alone() {
        for (name, text) in rulebook::pack::shipped_rule_files().into_iter().step_by(20) {
            let code = Rule::parse(&name, text).unwrap().code;
            let known = rulebook::pack::shipped_rule_files().into_iter().filter(|(_, text)| is_of(text, &code)).count();
            assert_eq!(known, 1, "{name}");
        }
        assert!(!is_of("# code = \"A\"\ncode = \"AB\"\n", "A"));
    }
}
