//! Batch（知识点批次）: a national batch as published, read as data with no code change.

use std::collections::BTreeMap;

use claims::{Day, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Cell, Knowledge, KnowledgeFault, Point, published};
use crate::rule::Rule;

/// What an import of knowledge did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BatchReport {
    /// Points in the files.
    pub points_read: usize,
    /// Points now in force or waiting for review.
    pub points_loaded: usize,
    /// Points refused.
    pub points_rejected: usize,
    /// Points that replace an older one.
    pub superseding: usize,
    /// Points whose deciding value waits for review.
    pub unreviewed: usize,
    /// Points by rule code.
    pub by_rule: BTreeMap<String, usize>,
}

impl BatchReport {
    /// Counts a loaded point.
    pub fn count(&mut self, point: &Point) {
        self.points_loaded += 1;
        self.superseding += usize::from(!point.supersedes.is_empty());
        self.unreviewed += usize::from(!point.is_reviewed());
        let rule = point.rule.as_ref().map_or_else(|| point.table.to_string(), ToString::to_string);
        *self.by_rule.entry(rule).or_default() += 1;
    }
}

#[derive(Deserialize)]
struct Published {
    kp_id: Option<String>,
    rule_class: String,
    gz_code: Option<String>,
    #[serde(default)]
    med_codes: Vec<String>,
    med_code: Option<String>,
    item_name: Option<String>,
    constraint: Option<String>,
    batch: Option<i64>,
    #[serde(rename = "published_at")]
    from: Option<String>,
    supersedes: Option<serde_json::Value>,
}

/// Reads a published batch（JSON）. A point that names no day of publication holds from `otherwise_from` on: what is published today
/// says nothing of service before.
///
/// A point whose rule and restriction stand unchanged inherits the deciding value that was reviewed before; a new or changed
/// one waits for review. A later batch replaces the older point of the same rule and name from its own begin on.
pub fn import_batch(
    knowledge: &mut Knowledge,
    rules: &[Rule],
    file: &str,
    text: &str,
    otherwise_from: Option<Day>,
    report: &mut BatchReport,
) -> Vec<KnowledgeFault> {
    let rows: Vec<serde_json::Value> = match serde_json::from_str(text) {
        Ok(rows) => rows,
        Err(e) => return vec![KnowledgeFault::whole(file, format!("不是知识点批次的 JSON 数组：{e}"))],
    };
    let mut faults = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        report.points_read += 1;
        let loaded = serde_json::from_value::<Published>(row)
            .map_err(|e| e.to_string())
            .and_then(|published| published.into_point(knowledge, rules, (file, index + 1), otherwise_from));
        match loaded {
            Ok(point) => {
                report.count(&point);
                knowledge.put(point);
            }
            Err(problem) => {
                report.points_rejected += 1;
                faults.push(KnowledgeFault { row: index + 1, ..KnowledgeFault::whole(file, problem) });
            }
        }
    }
    knowledge.settle();
    faults
}

/// The hash by which a later batch's restriction is compared with an earlier one.
pub fn remark_digest(remark: &str) -> Text {
    let plain: String = remark.chars().filter(|c| !c.is_whitespace()).collect();
    Text::from(&crate::finding::hex(&Sha256::digest(plain.as_bytes()))[..16])
}

impl Published {
    fn into_point(
        self,
        knowledge: &Knowledge,
        rules: &[Rule],
        (file, row): (&str, usize),
        otherwise_from: Option<Day>,
    ) -> Result<Point, String> {
        let name = Text::from(self.item_name.as_deref().unwrap_or_default().trim());
        let by_id = self.kp_id.as_deref().and_then(|id| knowledge.point(id));
        let rule = self.rule_code(rules).or_else(|| by_id.and_then(|p| p.rule.clone()));
        let digest = self.constraint.as_deref().map(remark_digest);
        let mut keys: Vec<Text> =
            self.med_codes.iter().chain(&self.med_code).map(|c| Text::from(c.trim().to_ascii_uppercase())).collect();
        dedupe(&mut keys);
        let sought = Sought { rule: rule.as_deref(), name: &name, keys: &keys, digest: digest.as_ref(), batch: self.batch, file };
        let earlier = by_id.or_else(|| sought.earlier(knowledge));
        let of_rule = rule.as_deref().and_then(|code| rules.iter().find(|r| r.code == code));
        let table = of_rule
            .and_then(|r| published::table_of(knowledge, r))
            .or_else(|| earlier.map(|p| p.table.as_ref()))
            .ok_or_else(|| published::refusal(&self.rule_class, of_rule))?
            .to_owned();
        self.check_wording(knowledge, &table)?;
        let unchanged = earlier.filter(|p| p.remark_digest == digest);
        let id = self.kp_id.as_deref().map_or_else(|| made_id(&table, &name, self.batch), Text::from);
        let valid_from = self.begin(earlier, otherwise_from)?;
        let mut columns = unchanged.map(|p| p.columns.clone()).unwrap_or_default();
        let pair = knowledge.descriptor(&table).and_then(|d| d.unique.first().filter(|_| d.key == "item_a").cloned());
        if let Some(second) = pair {
            let contained = keys.get(1).cloned().ok_or("配对规则的知识点应有两个编码")?;
            columns.insert(second, Cell::Text(contained));
            keys.truncate(1);
        }
        let replaces = earlier.filter(|p| p.id != id).map(|p| Text::clone(&p.id));
        let mut supersedes: Vec<Text> = stated(self.supersedes.as_ref());
        supersedes.extend(replaces.filter(|old| !supersedes.contains(old)));
        Ok(Point {
            id,
            table: Text::from(table),
            rule,
            name,
            keys,
            columns,
            valid_from: Some(valid_from),
            valid_to: None,
            known_from: Some(valid_from),
            supersedes,
            region: None,
            batch: self.batch,
            constraint: unchanged.and_then(|p| p.constraint.clone()),
            remark_digest: digest,
            citation: self.batch.map(|b| Text::from(format!("国家医保局知识点第{b}批，第{row}条"))),
            reviewed_by: unchanged.and_then(|p| p.reviewed_by.clone()),
            reviewed_on: unchanged.and_then(|p| p.reviewed_on),
            note: unchanged
                .filter(|p| p.batch != self.batch)
                .map(|p| Text::from(format!("沿用 {} 已审核的取值", p.id)))
                .or_else(|| unchanged.and_then(|p| p.note.clone())),
            succession: Vec::new(),
            file: Text::from(file),
            row,
        })
    }

    /// Refuses a restriction that says what another class says: the lists were swapped, and nobody knows which of them is right.
    fn check_wording(&self, knowledge: &Knowledge, table: &str) -> Result<(), String> {
        let (class, text) = (self.rule_class.trim(), self.constraint.as_deref().unwrap_or_default());
        let contradiction = knowledge.descriptor(table).and_then(|descriptor| descriptor.contradiction(class, text));
        contradiction.map_or(Ok(()), |(named, told)| {
            Err(format!(
                "限定写的是“{text}”（{told}），规则类别却是“{class}”（{named}）：名单的名称与内容可能对调了；核对原件，把规则类别改成与限定一致，再导入"
            ))
        })
    }

    /// The day from which the point holds: as published, as the batch came before, else as the import says.
    fn begin(&self, earlier: Option<&Point>, otherwise_from: Option<Day>) -> Result<Day, String> {
        if let Some(text) = self.from.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            return Day::parse(text).ok_or_else(|| format!("公布日期 published_at “{text}”不是日期，写成 2026-03-02"));
        }
        let before = earlier.filter(|p| p.batch == self.batch).and_then(|p| p.valid_from);
        before.or(otherwise_from).ok_or_else(|| "没有公布日期 published_at，不知道从哪天起判断".to_owned())
    }

    fn rule_code(&self, rules: &[Rule]) -> Option<Text> {
        let by_code = self.gz_code.as_deref().filter(|code| !code.is_empty());
        by_code.or_else(|| published::rule_of(rules, self.rule_class.trim()).map(|rule| rule.code.as_str())).map(Text::from)
    }
}

/// What a published point may have been before.
struct Sought<'s> {
    rule: Option<&'s str>,
    name: &'s Text,
    keys: &'s [Text],
    digest: Option<&'s Text>,
    batch: Option<i64>,
    file: &'s str,
}

impl Sought<'_> {
    /// The point that it continues: of the same rule and name, or renamed with the same codes; where several share a name, the one
    /// that says the same of the same codes. Points of its own file stand beside it, and later batches are none it could replace.
    fn earlier<'a>(&self, knowledge: &'a Knowledge) -> Option<&'a Point> {
        let of_rule = |p: &&Point| p.rule.as_deref() == self.rule && p.region.is_none() && &*p.file != self.file;
        let not_later = |p: &&Point| p.batch.zip(self.batch).is_none_or(|(before, now)| before <= now);
        let alike = |p: &Point| (p.name == *self.name, p.remark_digest.as_ref() == self.digest, self.same_codes(p));
        let related = knowledge.points().iter().filter(of_rule).filter(not_later).map(|p| (alike(p), p));
        related
            .filter(|((name, _, codes), _)| *name || *codes)
            .max_by_key(|(alike, p)| (*alike, p.batch, p.valid_from))
            .map(|(_, p)| p)
    }

    fn same_codes(&self, point: &Point) -> bool {
        // A pair keeps its second code in a column of its own.
        !self.keys.is_empty() && point.keys.len() == self.keys.len() && point.keys.iter().all(|key| self.keys.contains(key))
    }
}

fn stated(supersedes: Option<&serde_json::Value>) -> Vec<Text> {
    match supersedes {
        Some(serde_json::Value::String(id)) => vec![Text::from(id.as_str())],
        Some(serde_json::Value::Array(ids)) => ids.iter().filter_map(|id| id.as_str().map(Text::from)).collect(),
        _ => Vec::new(),
    }
}

fn dedupe(keys: &mut Vec<Text>) {
    let mut seen = std::collections::HashSet::new();
    keys.retain(|key| !key.is_empty() && seen.insert(Text::clone(key)));
}

fn made_id(table: &str, name: &str, batch: Option<i64>) -> Text {
    let digest = crate::finding::finding_id(table, "point", &format!("{name}\u{1f}{batch:?}"));
    Text::from(format!("{table}-{}", &digest[..16]))
}
