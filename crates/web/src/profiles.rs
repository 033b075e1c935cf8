//! Profiles（画像）: risk scores with their reasons, beside what casework knows of the same institution, doctor or person.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::{Action, Actor, Scope, policy};
use store::{Filter, Group, Grouping, Place, StoreError};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::chart::Chart;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::reading::{ProfileOf, ProfilesAsked, RiskHead, RiskProfile};
use crate::workbook::{self, Cell, MOST, Table};
use crate::{sight, text};

/// Kind of a job that works out the profiles of a run; its body names the run.
pub const PROFILE: &str = "profile";

/// The most doctors or persons with findings that are asked for to know who may be shown.
const MOST_UNITS: i64 = 200_000;
/// Rules that a profile lists; the others are one link away.
const MOST_RULES: i64 = 12;

/// What the pages of one kind are called, and where they lie.
#[derive(Clone, Copy)]
struct Kind {
    of: ProfileOf,
    label: &'static str,
    address: &'static str,
    /// Name of its workbook.
    file: &'static str,
    by: Grouping,
    /// The field of the queue that names one.
    field: &'static str,
}

const INSTITUTION: Kind = Kind {
    of: ProfileOf::Institution,
    label: "机构",
    address: "/institutions",
    file: "institutions",
    by: Grouping::Institution,
    field: "inst",
};
const DOCTOR: Kind =
    Kind { of: ProfileOf::Doctor, label: "医师", address: "/doctors", file: "doctors", by: Grouping::Doctor, field: "dr" };
const PERSON: Kind =
    Kind {
        of: ProfileOf::Person, label: "参保人", address: "/persons", file: "persons", by: Grouping::Person, field: "person"
    };

/// A grade of risk as people say it, with its colour.
fn band(name: &str) -> (&'static str, &'static str) {
    match name {
        "high" => ("高风险", "red"),
        "middle" => ("中风险", "yellow"),
        _ => ("低风险", "secondary"),
    }
}

struct Row {
    profile: RiskProfile,
    address: String,
    shown: String,
    band: (&'static str, &'static str),
    findings: String,
    visits: String,
    amount: String,
    aside: u64,
}

#[derive(Template)]
#[template(path = "profiles.html")]
struct ListPage {
    frame: Frame,
    kind: Kind,
    head: Option<RiskHead>,
    rows: Vec<Row>,
    words: String,
    peers: String,
    bands: Vec<(&'static str, String, bool)>,
    without_peers: String,
    pages: Pages,
    query: String,
    may_run: bool,
}

/// GET /institutions
pub(crate) async fn institutions(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    list(&app, &who, INSTITUTION, query).await
}

/// GET /doctors
pub(crate) async fn doctors(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    list(&app, &who, DOCTOR, query).await
}

/// GET /persons
pub(crate) async fn persons(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    list(&app, &who, PERSON, query).await
}

/// By code, the address of each doctor or person with findings within the actor's scope; none where everybody may be shown.
async fn shown(app: &App, actor: &Actor, kind: Kind) -> Result<Option<HashMap<String, String>>, Trouble> {
    let everybody = kind.of == ProfileOf::Institution || (kind.of == ProfileOf::Doctor && actor.scope == Scope::All);
    if everybody {
        return Ok(None);
    }
    let groups = app.store.groups(actor, &Filter::default(), kind.by, MOST_UNITS).await?;
    // Addresses of pages name a finding, never a person.
    let of_person = kind.of == ProfileOf::Person;
    let address = |group: Group| {
        if of_person {
            (group.name, format!("/persons/of/{}", group.key))
        } else {
            (group.key.clone(), unit_address(kind, &group.key))
        }
    };
    Ok(Some(groups.into_iter().map(address).collect()))
}

fn unit_address(kind: Kind, code: &str) -> String {
    format!("{}/{code}", kind.address)
}

/// How many units a query asks for, and those of a page of them that the actor may be shown, with their addresses where they are not by code.
struct Asked {
    total: usize,
    profiles: Vec<RiskProfile>,
    known: Option<HashMap<String, String>>,
}

async fn asked(app: &App, actor: &Actor, kind: Kind, fields: &Fields, page: (usize, usize)) -> Result<Asked, Trouble> {
    let text = |name: &str| fields.one(name).map(str::to_owned);
    let known = shown(app, actor, kind).await?;
    let asked = ProfilesAsked {
        of: kind.of,
        scope: actor.scope.clone(),
        among: known.as_ref().map(|known| known.keys().cloned().collect::<HashSet<_>>()),
        words: text("q"),
        band: text("band"),
        peers: text("peers"),
        skip: page.0,
        most: page.1,
    };
    let (total, profiles) = app.reading.profiles(asked).await.map_err(Trouble::Records)?;
    Ok(Asked { total, profiles, known })
}

/// GET /institutions.xlsx
pub(crate) async fn export_institutions(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    export(&app, &who, INSTITUTION, query).await
}

/// GET /doctors.xlsx
pub(crate) async fn export_doctors(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    export(&app, &who, DOCTOR, query).await
}

/// GET /persons.xlsx: numbers of persons are masked, as they are on the page.
pub(crate) async fn export_persons(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    export(&app, &who, PERSON, query).await
}

async fn export(app: &App, who: &Who, kind: Kind, query: Option<String>) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let Asked { total, profiles, .. } = asked(app, &who.actor(), kind, &fields, (0, MOST)).await?;
    let heads = ["名次", "编码", "名称", "同行", "风险分", "风险", "走势", "疑点 条", "就诊 次", "疑点金额 元", "数据问题 条"];
    let row = |profile: RiskProfile| {
        let code = if kind.of == ProfileOf::Person { text::masked(&profile.code) } else { profile.code.clone() };
        vec![
            profile.rank.to_string().into(),
            code.into(),
            (&profile.name).into(),
            (&profile.peers).into(),
            (&profile.score).into(),
            band(&profile.band).0.into(),
            (&profile.trend).into(),
            in_all(&profile).into(),
            profile.visits.into(),
            Cell::Yuan(profile.amount_fen),
            profile.aside.iter().map(|aside| aside.findings).sum::<u64>().into(),
        ]
    };
    let table = Table::new("画像", &heads, profiles.into_iter().map(row)).of(i64::try_from(total).unwrap_or(i64::MAX));
    workbook::export(app, who, kind.file, &fields, vec![table]).await
}

async fn list(app: &App, who: &Who, kind: Kind, query: Option<String>) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, text) = (who.actor(), |name: &str| fields.one(name).map(str::to_owned));
    let turn = Turn::of(&fields);
    let Asked { total, profiles, known } = asked(app, &actor, kind, &fields, (turn.skip, PAGE)).await?;
    let pages = turn.pages(kind.address, &fields, profiles.len(), total);
    let row = |profile: RiskProfile| Row {
        address: known
            .as_ref()
            .and_then(|known| known.get(&profile.code).cloned())
            .unwrap_or_else(|| unit_address(kind, &profile.code)),
        shown: if kind.of == ProfileOf::Person { text::masked(&profile.code) } else { profile.code.clone() },
        band: band(&profile.band),
        findings: found(&profile),
        visits: text::count(profile.visits),
        amount: text::yuan(profile.amount_fen),
        aside: profile.aside.iter().map(|aside| aside.findings).sum(),
        profile,
    };
    let chosen = fields.one("band").unwrap_or_default();
    let choice = |(label, key): (&'static str, &str)| (label, fields.with(&[("band", key)]), chosen == key);
    crate::answer::page(&ListPage {
        frame: Frame::of(app, who, kind.address).await,
        kind,
        head: app.reading.risk(kind.of).await.map_err(Trouble::Records)?,
        rows: profiles.into_iter().map(row).collect(),
        words: text("q").unwrap_or_default(),
        peers: text("peers").unwrap_or_default(),
        bands: [("全部", ""), ("高", "high"), ("中", "middle"), ("低", "low")].into_iter().map(choice).collect(),
        without_peers: fields.with(&[("peers", "")]),
        pages,
        query: fields.with(&[]),
        may_run: policy::permits(actor.role, Action::Run),
    })
}

fn in_all(profile: &RiskProfile) -> i64 {
    let (violation, high, suspicion, hint) = profile.grades;
    i64::try_from(violation + high + suspicion + hint).unwrap_or(i64::MAX)
}

fn found(profile: &RiskProfile) -> String {
    text::count(in_all(profile))
}

/// POST /profiles: asks for the profiles of the newest run.
pub(crate) async fn work_out(State(app): State<App>, who: Who, _form: Posted) -> Answer {
    let newest = app.records.runs().await.map_err(Trouble::Records)?.into_iter().next();
    let run = newest.ok_or_else(|| Trouble::Input("还没有审核；先在审核任务页开始一次".to_owned()))?;
    let body = serde_json::json!({ "run_id": run.run_id }).to_string();
    app.store.ask(PROFILE, &body, &who.0.account.name, app.now()).await?;
    see_other("/runs")
}

/// A group of findings with the query of its rows.
struct Part {
    name: String,
    query: String,
    findings: String,
    amount: String,
    fund: String,
}

/// A month of a unit: what the lake billed, what the run found, what is filed.
struct MonthRow {
    month: String,
    visits: String,
    billed: String,
    found: String,
    filed: Option<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    frame: Frame,
    kind: Kind,
    title: String,
    shown: String,
    head: Option<RiskHead>,
    profile: Option<RiskProfile>,
    problem: String,
    band: (&'static str, &'static str),
    peers: String,
    found: String,
    aside: u64,
    filed: String,
    filed_amount: String,
    query: String,
    states: Vec<Part>,
    rules: Vec<Part>,
    months: Vec<MonthRow>,
    chart: Option<Chart>,
    gravest: Vec<(String, String, String)>,
}

/// GET /institutions/{code}
pub(crate) async fn institution(State(app): State<App>, who: Who, Path(code): Path<String>) -> Answer {
    let filter = Filter { fixmedins_code: Some(code.clone()), ..Filter::default() };
    page(&app, &who, INSTITUTION, &code, &code, filter).await
}

/// GET /doctors/{code}
pub(crate) async fn doctor(State(app): State<App>, who: Who, Path(code): Path<String>) -> Answer {
    let filter = Filter { bilg_dr_code: Some(code.clone()), ..Filter::default() };
    page(&app, &who, DOCTOR, &code, &code, filter).await
}

/// GET /persons/of/{id}: the person of a finding within the actor's scope. Who looked is on the record.
pub(crate) async fn person(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let lines = app.store.lines(&who.actor(), std::slice::from_ref(&id)).await?;
    let person = lines.into_iter().find_map(|line| line.psn_no).ok_or(Trouble::Store(StoreError::NotFound))?;
    sight::of_person(&app, &who, Place::Profile, Some(&person), &id).await?;
    let filter = Filter { psn_no: Some(person.clone()), ..Filter::default() };
    page(&app, &who, PERSON, &person, &id, filter).await
}

/// `code` names the unit in the lake, `key` in addresses of the queue.
async fn page(app: &App, who: &Who, kind: Kind, code: &str, key: &str, filter: Filter) -> Answer {
    let actor = who.actor();
    let totals = app.store.totals(&actor, &filter).await?;
    // What casework knows is shown whether or not the lake can be read.
    let (profile, problem) = match app.reading.profile(kind.of, code).await {
        Ok(profile) => (profile, String::new()),
        Err(problem) => (None, problem),
    };
    let covered = profile.as_ref().is_some_and(|profile| match kind.of {
        ProfileOf::Institution => actor.scope.covers(Some(code), &profile.region),
        _ => actor.scope == Scope::All,
    });
    if totals.findings == 0 && !covered {
        return Err(Trouble::Store(StoreError::NotFound));
    }
    let base = Fields::default().with(&[("view", "all"), (kind.field, key)]);
    let part = |group: Group, name: String, query: String| Part {
        name,
        query: format!("{base}&{query}"),
        findings: text::count(group.totals.findings),
        amount: text::yuan(group.totals.amount_fen),
        fund: text::yuan(group.totals.fund_fen),
    };
    let states = app.store.groups(&actor, &filter, Grouping::State, 20).await?.into_iter().map(|group| {
        let (name, query) = (text::state(&group.key).0.to_owned(), format!("state={}", group.key));
        part(group, name, query)
    });
    let rules = app.store.groups(&actor, &filter, Grouping::Rule, MOST_RULES).await?.into_iter().map(|group| {
        let (name, query) = (group.name.clone(), format!("rule={}", group.key));
        part(group, name, query)
    });
    let months = months(app, &actor, &filter, profile.as_ref(), &base).await?;
    let gravest = profile.as_ref().map(|profile| profile.gravest.clone()).unwrap_or_default();
    let gravest =
        app.store.lines(&actor, &gravest).await?.into_iter().map(|line| (line.finding_id, line.rule_name, line.message));
    let shown = if kind.of == ProfileOf::Person { text::masked(code) } else { code.to_owned() };
    let name = profile.as_ref().map(|profile| profile.name.clone()).filter(|name| !name.is_empty());
    crate::answer::page(&ProfilePage {
        frame: Frame::of(app, who, kind.address).await,
        kind,
        title: name.unwrap_or_else(|| format!("{} {shown}", kind.label)),
        head: app.reading.risk(kind.of).await.unwrap_or_default(),
        problem,
        band: band(profile.as_ref().map_or("low", |profile| profile.band.as_str())),
        peers: profile.as_ref().map(|profile| Fields::default().with(&[("peers", &profile.peers)])).unwrap_or_default(),
        found: profile.as_ref().map(found).unwrap_or_default(),
        aside: profile.iter().flat_map(|profile| &profile.aside).map(|aside| aside.findings).sum(),
        filed: text::count(totals.findings),
        filed_amount: text::yuan(totals.amount_fen),
        states: states.collect(),
        rules: rules.collect(),
        chart: profile.as_ref().and_then(chart),
        gravest: gravest.collect(),
        query: base,
        shown,
        months,
        profile,
    })
}

/// What the funds paid and what was found, month by month.
fn chart(profile: &RiskProfile) -> Option<Chart> {
    let months: Vec<String> = profile.months.iter().map(|month| month.month.clone()).collect();
    let found = profile.months.iter().map(|month| i64::try_from(month.findings).unwrap_or(i64::MAX)).collect();
    let visits = profile.months.iter().map(|month| month.visits).collect();
    Chart::lines("就诊与疑点逐月", "", &months, &[("就诊 次", visits), ("疑点 条", found)])
}

/// Months of the lake and of the file together, the oldest first.
async fn months(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    profile: Option<&RiskProfile>,
    base: &str,
) -> Result<Vec<MonthRow>, Trouble> {
    let mut filed: HashMap<String, Group> = app
        .store
        .groups(actor, filter, Grouping::Month, 600)
        .await?
        .into_iter()
        .map(|group| (group.key.clone(), group))
        .collect();
    let mut months: Vec<MonthRow> = Vec::new();
    for known in profile.into_iter().flat_map(|profile| &profile.months) {
        months.push(MonthRow {
            visits: text::count(known.visits),
            billed: text::yuan(known.amount_fen),
            found: known.findings.to_string(),
            filed: filed.remove(&known.month).map(|group| of_month(&group, base)),
            month: known.month.clone(),
        });
    }
    let dash = || "—".to_owned();
    months.extend(filed.into_values().map(|group| MonthRow {
        visits: dash(),
        billed: dash(),
        found: dash(),
        filed: Some(of_month(&group, base)),
        month: group.key,
    }));
    months.sort_by(|a, b| a.month.cmp(&b.month));
    Ok(months)
}

/// Query of the rows of a month, how many there are, and their amount.
fn of_month(group: &Group, base: &str) -> (String, String, String) {
    let query = format!("{base}&month={}", group.key);
    (query, text::count(group.totals.findings), text::yuan(group.totals.amount_fen))
}
