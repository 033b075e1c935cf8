//! Compare（运行对比）: what a later run found that an earlier one did not, and the other way round.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::Scope;
use store::StoreError;

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::reading::{Compared, Fate};
use crate::text;
use crate::workbook::{self, Cell, MOST, Table};

/// The fates in the order of the page: name in addresses, as people say it.
const FATES: [(Fate, &str, &str); 4] = [
    (Fate::Appeared, "new", "新出现"),
    (Fate::Vanished, "gone", "消失"),
    (Fate::Changed, "changed", "改变"),
    (Fate::Unchanged, "same", "不变"),
];

/// What became of a rule's findings: a cell of each fate, with the query of its rows.
struct RuleRow {
    name: String,
    code: String,
    cells: Vec<(usize, String)>,
    amount: String,
    amount_fen: i64,
}

struct Row {
    compared: Compared,
    grade: (&'static str, &'static str),
    before: String,
    after: String,
    /// Whether it stands in the file, where it can be opened.
    filed: bool,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    frame: Frame,
    runs: Vec<String>,
    before: String,
    after: String,
    tabs: Vec<(&'static str, usize, String, String, bool)>,
    rules: Vec<RuleRow>,
    rows: Vec<Row>,
    pick: Option<(String, String)>,
    label: &'static str,
    query: String,
    pages: Pages,
}

/// Two runs side by side, as far as the actor may see.
struct Pair {
    runs: Vec<String>,
    before: String,
    after: String,
    all: Vec<Compared>,
}

async fn pair(app: &App, who: &Who, fields: &Fields) -> Result<Pair, Trouble> {
    let runs: Vec<String> = app.records.runs().await.map_err(Trouble::Records)?.into_iter().map(|run| run.run_id).collect();
    // The last two, unless others are asked for.
    let named = |name: &str, place: usize| fields.one(name).map(str::to_owned).or_else(|| runs.get(place).cloned());
    let (before, after) = (named("before", 1), named("after", 0));
    let (Some(before), Some(after)) = (before, after) else {
        return Err(Trouble::Input("审核还不到两次，没有可以比较的".to_owned()));
    };
    let all = app.reading.compared(&before, &after).await.map_err(Trouble::Records)?;
    let mut all = all.ok_or(Trouble::Store(StoreError::NotFound))?;
    let actor = who.actor();
    all.retain(|one| covered(&actor.scope, one));
    Ok(Pair { runs, before, after, all })
}

/// Which of them a query asks for.
fn wanted(fields: &Fields) -> (&'static (Fate, &'static str, &'static str), impl Fn(&&Compared) -> bool) {
    let chosen = fields.one("fate").and_then(|name| FATES.iter().find(|(_, known, _)| *known == name)).unwrap_or(&FATES[0]);
    let rule = fields.one("rule").map(str::to_owned);
    (chosen, move |one: &&Compared| one.fate == chosen.0 && rule.as_ref().is_none_or(|code| one.rule_code == *code))
}

/// GET /runs/compare.xlsx: findings of the fate that the page shows, and all rules.
pub(crate) async fn export(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let Pair { all, before, after, .. } = pair(&app, &who, &fields).await?;
    let (chosen, wanted) = wanted(&fields);
    let money = |fen: i64, there: bool| if there { Cell::Yuan(fen) } else { "—".into() };
    let row = |one: &Compared| {
        vec![
            text::grade(&one.grade).0.into(),
            (&one.rule_name).into(),
            (&one.message).into(),
            one.institution.clone().unwrap_or_default().into(),
            money(one.before_fen, one.fate != Fate::Appeared),
            money(one.after_fen, one.fate != Fate::Vanished),
            (&one.finding_id).into(),
        ]
    };
    let total = i64::try_from(all.iter().filter(&wanted).count()).unwrap_or(i64::MAX);
    let heads = ["级别", "规则", "理由", "机构", "原金额 元", "新金额 元", "疑点编号"];
    let findings = Table::new(chosen.2, &heads, all.iter().filter(&wanted).take(MOST).map(row)).of(total);
    let heads = ["规则", "编码", "新出现 条", "消失 条", "改变 条", "不变 条", "金额变化 元"];
    let row = |rule: RuleRow| {
        let counts = rule.cells.into_iter().map(|(count, _)| Cell::from(count));
        let cells = [Cell::from(rule.name), rule.code.into()].into_iter().chain(counts);
        cells.chain([Cell::Yuan(rule.amount_fen)]).collect()
    };
    let rules = Table::new("按规则", &heads, by_rule(&all, "").into_iter().map(row));
    let asked = fields.with(&[("before", &before), ("after", &after)]);
    workbook::export(&app, &who, "compare", &Fields::parse(asked.as_bytes()), vec![findings, rules]).await
}

/// GET /runs/compare
pub(crate) async fn page(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let Pair { runs, before, after, all } = pair(&app, &who, &fields).await?;
    let actor = who.actor();
    let base = Fields::default().with(&[("before", &before), ("after", &after)]);
    let (chosen, wanted) = wanted(&fields);
    let total = all.iter().filter(&wanted).count();
    let turn = Turn::of(&fields);
    let shown: Vec<Compared> = all.iter().filter(&wanted).skip(turn.skip).take(PAGE).cloned().collect();
    let ids: Vec<String> = shown.iter().map(|one| one.finding_id.clone()).collect();
    let filed: HashSet<String> = app.store.lines(&actor, &ids).await?.into_iter().map(|line| line.finding_id).collect();
    let pages = turn.pages("/runs/compare", &fields, shown.len(), total);
    let tab = |(fate, name, label): &(Fate, &'static str, &'static str)| {
        let of_fate: Vec<&Compared> = all.iter().filter(|one| one.fate == *fate).collect();
        let amount: i64 = of_fate.iter().map(|one| one.after_fen.max(one.before_fen)).sum();
        (*label, of_fate.len(), text::yuan(amount), format!("{base}&fate={name}"), *fate == chosen.0)
    };
    crate::answer::page(&ComparePage {
        frame: Frame::of(&app, &who, "/runs").await,
        tabs: FATES.iter().map(tab).collect(),
        rules: by_rule(&all, &base),
        rows: shown.into_iter().map(|one| row(one, &filed)).collect(),
        pick: fields.one("rule").map(|code| (format!("规则：{code}"), fields.with(&[("rule", "")]))),
        label: chosen.2,
        query: fields.with(&[]),
        pages,
        runs,
        before,
        after,
    })
}

/// An institution's code holds its region.
fn covered(scope: &Scope, one: &Compared) -> bool {
    let region = one.institution.as_deref().and_then(|code| code.get(1..7)).unwrap_or_default();
    scope.covers(one.institution.as_deref(), region)
}

fn row(compared: Compared, filed: &HashSet<String>) -> Row {
    Row {
        grade: text::grade(&compared.grade),
        before: if compared.fate == Fate::Appeared { "—".to_owned() } else { text::amount(compared.before_fen) },
        after: if compared.fate == Fate::Vanished { "—".to_owned() } else { text::amount(compared.after_fen) },
        filed: filed.contains(&compared.finding_id),
        compared,
    }
}

/// Rules whose findings are not all as they were come first.
fn by_rule(all: &[Compared], base: &str) -> Vec<RuleRow> {
    let mut rules: BTreeMap<&str, (&str, [usize; 4], i64)> = BTreeMap::new();
    for one in all {
        let (name, counts, amount) = rules.entry(&one.rule_code).or_default();
        *name = &one.rule_name;
        *amount += one.after_fen - one.before_fen;
        for ((fate, ..), count) in FATES.iter().zip(counts) {
            *count += usize::from(*fate == one.fate);
        }
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|(code, (_, [new, gone, changed, _], _))| (std::cmp::Reverse(new + gone + changed), *code));
    let row = |(code, (name, counts, amount)): (&str, (&str, [usize; 4], i64))| RuleRow {
        name: name.to_owned(),
        code: code.to_owned(),
        cells: FATES.iter().zip(counts).map(|((_, fate, _), count)| (count, format!("{base}&fate={fate}&rule={code}"))).collect(),
        amount: text::yuan(amount),
        amount_fen: amount,
    };
    rules.into_iter().map(row).collect()
}
