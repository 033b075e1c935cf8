//! Pack（规则包）: rules, parameters and knowledge that belong together, known by one digest.

use claims::Text;
use include_dir::{Dir, DirEntry, include_dir};
use sha2::{Digest, Sha256};

use crate::exception::{self, ExceptionSet};
use crate::finding::hex;
use crate::knowledge::{Knowledge, Point};
use crate::parameter::Parameters;
use crate::rule::{Rule, RuleFault};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules");

/// Pack（规则包）.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    /// Rules, by code.
    pub rules: Vec<Rule>,
    /// Knowledge.
    pub knowledge: Knowledge,
    /// Regional parameters.
    pub parameters: Parameters,
}

impl Pack {
    /// The rules and knowledge in the binary.
    pub fn shipped() -> Result<Self, Vec<RuleFault>> {
        let knowledge = Knowledge::shipped()
            .map_err(|faults| faults.iter().map(|f| RuleFault::new(&f.file, &f.column, f.to_string())).collect::<Vec<_>>())?;
        let mut pack = Self { knowledge, ..Self::default() };
        let mut faults = Vec::new();
        for (name, text) in shipped_rule_files() {
            faults.extend(pack.add_rule(&name, text).err().into_iter().flatten());
        }
        if faults.is_empty() { Ok(pack) } else { Err(faults) }
    }

    /// Adds a rule file; its code must be new.
    pub fn add_rule(&mut self, file: &str, text: &str) -> Result<(), Vec<RuleFault>> {
        let rule = Rule::parse(file, text)?;
        if self.rules.iter().any(|r| r.code == rule.code) {
            let problem = format!("规则编码 {} 已存在；本地规则请另取编码", rule.code);
            return Err(vec![RuleFault::new(file, "code", problem)]);
        }
        let place = self.rules.partition_point(|r| r.code < rule.code);
        self.rules.insert(place, rule);
        Ok(())
    }

    /// Adds a rule file in the place of the rule of its code, where there is one.
    pub fn replace_rule(&mut self, file: &str, text: &str) -> Result<String, Vec<RuleFault>> {
        let rule = Rule::parse(file, text)?;
        let code = rule.code.clone();
        match self.rules.binary_search_by(|known| known.code.cmp(&code)) {
            Ok(place) => self.rules[place] = rule,
            Err(place) => self.rules.insert(place, rule),
        }
        Ok(code)
    }

    /// Says an exception set otherwise, for all rules that name it; how many do.
    pub fn set_exception(&mut self, name: &str, set: &ExceptionSet) -> usize {
        let mut followed = 0;
        for rule in &mut self.rules {
            followed += usize::from(exception::take_over(rule, name, set));
        }
        followed
    }

    /// The rule of a code.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// Known by this digest: two packs with the same digest judge alike.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for rule in &self.rules {
            for part in [rule.code.as_str(), rule.meaning.as_str(), rule.status.name(), &rule.version.to_string()] {
                update(&mut hash, part);
            }
        }
        update(&mut hash, &self.knowledge_digest());
        for overlay in self.parameters.all() {
            update(&mut hash, &format!("{overlay:?}"));
        }
        hex(&hash.finalize())
    }

    /// Digest of the knowledge alone.
    pub fn knowledge_digest(&self) -> String {
        let mut points: Vec<&Point> = self.knowledge.points().iter().collect();
        points.sort_by(|a, b| a.id.cmp(&b.id));
        let mut hash = Sha256::new();
        for point in points {
            hash_point(&mut hash, point);
        }
        hex(&hash.finalize())
    }
}

fn update(hash: &mut Sha256, part: &str) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part.as_bytes());
}

fn hash_point(hash: &mut Sha256, point: &Point) {
    let text = |t: &Option<Text>| t.as_deref().unwrap_or_default().to_owned();
    for part in [&*point.id, &*point.table, &text(&point.rule), &text(&point.region), &text(&point.reviewed_by)] {
        update(hash, part);
    }
    for key in &point.keys {
        update(hash, key);
    }
    for (name, cell) in &point.columns {
        update(hash, name);
        update(hash, &cell.show());
    }
    for day in [point.valid_from, point.valid_to] {
        hash.update(day.map_or(i32::MIN, |d| d.0).to_le_bytes());
    }
}

/// What is shipped in a folder beside the rules, such as the notions: name and text of each file.
pub(crate) fn shipped_texts(folder: &str) -> Vec<(&'static str, &'static str)> {
    let files = SHIPPED.get_dir(folder).into_iter().flat_map(Dir::files);
    files.filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?))).collect()
}

/// All that is shipped for rules to rest on, rules, notions and exceptions: name and text of each file, in order of name.
pub fn shipped_files() -> Vec<(String, &'static str)> {
    fn all(dir: &'static Dir<'_>, files: &mut Vec<(String, &'static str)>) {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(dir) => all(dir, files),
                DirEntry::File(file) => {
                    let kept = file.path().extension().is_some_and(|extension| extension == "toml" || extension == "sql");
                    files.extend(
                        file.contents_utf8().filter(|_| kept).map(|text| (format!("rules/{}", file.path().display()), text)),
                    );
                }
            }
        }
    }
    let mut files = Vec::new();
    all(&SHIPPED, &mut files);
    files.sort();
    files
}

/// The shipped rule files: name and text, in order of name.
pub fn shipped_rule_files() -> Vec<(String, &'static str)> {
    let mut files = Vec::new();
    gather(&SHIPPED, &mut files);
    files.sort();
    files
}

fn gather(dir: &'static Dir<'_>, files: &mut Vec<(String, &'static str)>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => gather(dir, files),
            DirEntry::File(file) => {
                let name = file.path().display().to_string();
                let is_rule = file.path().extension().is_some_and(|extension| extension == "toml");
                if is_rule && let Some(text) = file.contents_utf8() {
                    files.push((format!("rules/{name}"), text));
                }
            }
        }
    }
}
