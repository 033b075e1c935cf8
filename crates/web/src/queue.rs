//! Queue（疑点队列）: what is to be reviewed, with filters in the address, groups, and decisions on many at once.

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::{Actor, Role};
use claims::Day;
use store::{Filter, FindingClass, Grouping, Line, Order, Totals};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::lease;
use crate::text::{self, Clock};

/// Rows on a page.
pub(crate) const PAGE: i64 = 50;
/// The most groups of a list.
const MOST_GROUPS: i64 = 500;

/// A row as the page shows it.
pub(crate) struct Row {
    pub(crate) line: Line,
    pub(crate) grade: (&'static str, &'static str),
    pub(crate) state: (&'static str, &'static str),
    pub(crate) clock: Option<Clock>,
    pub(crate) person: String,
    pub(crate) day: String,
    pub(crate) amount: String,
    /// Who is looking at it at this moment; empty where nobody is.
    pub(crate) held: String,
}

impl Row {
    pub(crate) fn of(line: Line, app: &App) -> Self {
        let today = app.today();
        Self {
            grade: text::grade(&line.grade),
            state: text::state(&line.state),
            clock: Clock::between(line.due, line.awaited, today, &app.clocks.calendar),
            person: line.psn_no.as_deref().map_or_else(|| "—".to_owned(), text::masked),
            day: text::short(&line.occurred_on, today),
            amount: text::amount(line.amount_fen),
            held: String::new(),
            line,
        }
    }
}

/// A saved view as a tab.
struct View {
    label: String,
    query: String,
    on: bool,
    /// How many there are; views that somebody saved are not counted.
    findings: Option<i64>,
}

/// A condition that is set, and the query without it.
pub(crate) struct Pick {
    pub(crate) label: String,
    pub(crate) without: String,
}

struct GroupRow {
    name: String,
    query: String,
    findings: String,
    amount: String,
    fund: String,
    apart: String,
    clock: Option<Clock>,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    views: Vec<View>,
    picks: Vec<Pick>,
    rows: Vec<Row>,
    groups: Vec<GroupRow>,
    grouping: Vec<(&'static str, String, bool)>,
    sorts: Vec<(&'static str, &'static str, String, bool)>,
    query: String,
    first: i64,
    last: i64,
    totals: Totals,
    amount: String,
    fund: String,
    apart: String,
    /// The amounts with every line counted once.
    distinct: Option<String>,
    opened: String,
    acts: Vec<(&'static str, &'static str)>,
    back: Option<String>,
    on: Option<String>,
    may_review: bool,
    may_tell: bool,
    may_lease: bool,
    people: Vec<(String, String)>,
    hidden: Vec<(String, String)>,
    /// How many groups are listed, where there are more.
    listed_groups: Option<usize>,
    told: Option<String>,
}

/// Filter of a query.
pub(crate) fn filter(fields: &Fields, who: &Actor, today: Day) -> Filter {
    let text = |name: &str| fields.one(name).map(str::to_owned);
    let day = |name: &str| fields.one(name).and_then(Day::parse);
    let month = fields.one("month").and_then(month_days);
    let mut filter = Filter {
        states: fields.all("state"),
        grades: fields.all("grade"),
        rule_codes: fields.all("rule"),
        // A dash asks for what names no institution.
        fixmedins_code: text("inst").map(|code| if code == "-" { String::new() } else { code }),
        bilg_dr_code: text("dr"),
        person_of: text("person"),
        reason: text("reason").map(|reason| if reason == "-" { String::new() } else { reason }),
        from: day("from").or(month.map(|(first, _)| first)),
        to: day("to").or(month.map(|(_, last)| last)),
        least_fen: fields.one("min").and_then(text::parse_yuan),
        words: text("q"),
        ..Filter::default()
    };
    match fields.one("view").unwrap_or("open") {
        "mine" => {
            filter.open = true;
            filter.assignee = Some(who.user.0.clone());
        }
        "due" => {
            filter.open = true;
            filter.due_by = Some(today);
        }
        "answered" => filter.states = ["under_appeal", "supplementing", "in_panel"].map(str::to_owned).to_vec(),
        "differs" => filter.differs = true,
        "unassigned" => {
            filter.open = true;
            filter.unassigned = true;
        }
        "all" => {}
        _ => filter.open = true,
    }
    // Who looks for something by words, or at everything, also finds what is put off.
    if filter.open && filter.words.is_none() {
        filter.awake_on = Some(today);
    }
    filter
}

/// First and last day of a month written as `2026-03`.
pub(crate) fn month_days(month: &str) -> Option<(Day, Day)> {
    let first = Day::parse(&format!("{month}-01"))?;
    // Thirty-one days after the first lies a day of the next month, whatever the month.
    let next = Day::parse(&format!("{}-01", first.plus(31).month()))?;
    Some((first, next.plus(-1)))
}

pub(crate) fn order(fields: &Fields) -> Order {
    match fields.one("sort") {
        Some("amount") => Order::Amount,
        Some("day") => Order::Occurred,
        _ => Order::Due,
    }
}

fn grouping(fields: &Fields) -> Option<Grouping> {
    match fields.one("group") {
        Some("rule") => Some(Grouping::Rule),
        Some("inst") => Some(Grouping::Institution),
        Some("dr") => Some(Grouping::Doctor),
        Some("psn") => Some(Grouping::Person),
        _ => None,
    }
}

/// GET /findings
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, today) = (who.actor(), app.today());
    let filter = filter(&fields, &actor, today);
    let number: i64 = fields.one("page").and_then(|text| text.parse().ok()).filter(|page| *page > 0).unwrap_or(1);
    let skip = (number - 1).saturating_mul(PAGE);
    let totals = app.store.totals(&actor, &filter).await?;
    let by_class = fields.one("group") == Some("class");
    let by = grouping(&fields);
    let (rows, groups) = if by_class {
        (Vec::new(), classes(&app, &actor, &filter, &fields).await?)
    } else if let Some(by) = by {
        (Vec::new(), groups(&app, &actor, &filter, by, &fields).await?)
    } else {
        let lines = app.store.list(&actor, &filter, order(&fields), skip, PAGE).await?;
        let mut rows: Vec<Row> = lines.into_iter().map(|line| Row::of(line, &app)).collect();
        lease::mark(&app, &mut rows).await?;
        (rows, Vec::new())
    };
    let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let page = |number: i64| format!("{}&page={number}", fields.with(&[]));
    let group = fields.one("group").unwrap_or_default();
    let group_link = |name: &'static str, key: &'static str| (name, fields.with(&[("group", key)]), group == key);
    let sort = fields.one("sort").unwrap_or("due");
    let sort_link = |name: &'static str, key: &'static str| (name, key, fields.with(&[("sort", key)]), sort == key);
    let people = people(&app).await?;
    let distinct = if (1..=store::queue::MOST_LINED).contains(&totals.findings) {
        app.store.distinct_amount(&actor, &filter).await?.map(text::yuan)
    } else {
        None
    };
    crate::answer::page(&QueuePage {
        frame: Frame::of(&app, &who, "/findings").await,
        views: views(&app, &who, &fields).await?,
        picks: picks(&fields),
        grouping: vec![
            group_link("不分组", ""),
            group_link("规则", "rule"),
            group_link("机构", "inst"),
            group_link("规则×机构×理由", "class"),
            group_link("医师", "dr"),
            group_link("参保人", "psn"),
        ],
        sorts: vec![sort_link("时限", "due"), sort_link("金额", "amount"), sort_link("服务日", "day")],
        query: fields.with(&[("said", "")]),
        first: if shown == 0 { 0 } else { skip + 1 },
        last: skip + shown,
        amount: text::yuan(totals.amount_fen),
        fund: text::yuan(totals.fund_fen),
        apart: text::yuan(totals.index_fen),
        distinct,
        opened: app.now().to_string(),
        acts: crate::bulk::acts(&actor),
        back: (number > 1).then(|| page(number - 1)),
        on: (by.is_none() && !by_class && skip + shown < totals.findings).then(|| page(number + 1)),
        may_review: casework::policy::permits(actor.role, casework::Action::Review),
        may_tell: casework::policy::permits(actor.role, casework::Action::Tell),
        may_lease: casework::policy::permits(actor.role, casework::Action::Lease),
        people,
        hidden: hidden(&fields),
        listed_groups: Some(groups.len()).filter(|listed| i64::try_from(*listed).is_ok_and(|listed| listed >= MOST_GROUPS)),
        groups,
        told: fields.one("said").map(str::to_owned),
        rows,
        totals,
    })
}

/// Those to whom findings are assigned.
pub(crate) async fn people(app: &App) -> Result<Vec<(String, String)>, Trouble> {
    let deals = |role: Role| matches!(role, Role::Auditor | Role::Reviewer | Role::Head);
    let accounts = app.store.accounts().await?.into_iter().filter(|account| deals(account.role) && !account.disabled);
    Ok(accounts.map(|account| (account.name, account.display)).collect())
}

/// The conditions that a search keeps besides its own field.
fn hidden(fields: &Fields) -> Vec<(String, String)> {
    let kept =
        ["view", "state", "grade", "rule", "inst", "dr", "person", "reason", "month", "from", "to", "min", "group", "sort"];
    kept.iter().flat_map(|name| fields.all(name).into_iter().map(|value| ((*name).to_owned(), value))).collect()
}

async fn groups(app: &App, actor: &Actor, filter: &Filter, by: Grouping, fields: &Fields) -> Result<Vec<GroupRow>, Trouble> {
    let key = match by {
        Grouping::Rule => "rule",
        Grouping::Institution => "inst",
        Grouping::Doctor => "dr",
        _ => "person",
    };
    let groups = app.store.groups(actor, filter, by, MOST_GROUPS).await?;
    let row = |group: store::Group| GroupRow {
        query: if group.key.is_empty() { String::new() } else { fields.with(&[("group", ""), (key, &group.key)]) },
        name: match by {
            _ if group.key.is_empty() => "（没有）".to_owned(),
            Grouping::Person if group.name.is_empty() => "（没有）".to_owned(),
            Grouping::Person => text::masked(&group.name),
            _ => group.name,
        },
        findings: text::count(group.totals.findings),
        amount: text::yuan(group.totals.amount_fen),
        fund: text::yuan(group.totals.fund_fen),
        apart: text::yuan(group.totals.index_fen),
        clock: Clock::of(group.due, app.today(), &app.clocks.calendar),
    };
    Ok(groups.into_iter().map(row).collect())
}

/// Groups of what is decided alike: one rule, one institution, one reason.
async fn classes(app: &App, actor: &Actor, filter: &Filter, fields: &Fields) -> Result<Vec<GroupRow>, Trouble> {
    let dash = |code: &str| if code.is_empty() { "-".to_owned() } else { code.to_owned() };
    let row = |class: FindingClass| {
        let (inst, reason) = (dash(&class.fixmedins_code), dash(&class.reason));
        let why = if class.reason.is_empty() { "没有知识点".to_owned() } else { format!("知识点 {}", class.reason) };
        GroupRow {
            query: fields.with(&[("group", ""), ("said", ""), ("rule", &class.rule_code), ("inst", &inst), ("reason", &reason)]),
            name: format!("{}　{}　{why}", class.rule_name, class.institution),
            findings: text::count(class.totals.findings),
            amount: text::yuan(class.totals.amount_fen),
            fund: text::yuan(class.totals.fund_fen),
            apart: text::yuan(class.totals.index_fen),
            clock: Clock::of(class.due, app.today(), &app.clocks.calendar),
        }
    };
    Ok(app.store.classes(actor, filter, MOST_GROUPS).await?.into_iter().map(row).collect())
}

async fn views(app: &App, who: &Who, fields: &Fields) -> Result<Vec<View>, Trouble> {
    let actor = who.actor();
    let shown = fields.one("view").unwrap_or("open");
    let waiting = app.store.waiting(&actor, app.today()).await?;
    let fixed = [
        ("open", "待办", waiting.open.findings),
        ("mine", "分派给我", waiting.mine.findings),
        ("due", "今日到期", waiting.due.findings),
        ("answered", "机构已申诉", waiting.under_appeal.findings + waiting.supplementing.findings + waiting.in_panel.findings),
        ("unassigned", "未分派", waiting.unassigned.findings),
        ("differs", "结果有变", waiting.differs.findings),
        ("all", "全部", waiting.all.findings),
    ];
    let view = |(key, label, findings): (&str, &str, i64)| View {
        label: label.to_owned(),
        query: format!("view={key}"),
        on: shown == key,
        findings: Some(findings),
    };
    let mut views: Vec<View> = fixed.into_iter().map(view).collect();
    for (label, query) in app.store.views(&actor.user.0).await? {
        let on = Fields::parse(query.as_bytes()).with(&[("said", "")]) == fields.with(&[("said", "")]);
        views.push(View { label, query, on, findings: None });
    }
    Ok(views)
}

pub(crate) fn picks(fields: &Fields) -> Vec<Pick> {
    let labels = [
        ("state", "状态"),
        ("grade", "级别"),
        ("rule", "规则"),
        ("inst", "机构"),
        ("dr", "医师"),
        ("person", "同一参保人"),
        ("reason", "知识点"),
        ("month", "服务月"),
        ("from", "服务日起"),
        ("to", "服务日止"),
        ("min", "金额不低于"),
        ("q", "含"),
    ];
    let pick = |(name, label): (&str, &str)| {
        let values = fields.all(name);
        let said = |value: &String| match name {
            "state" => text::state(value).0.to_owned(),
            "grade" => text::grade(value).0.to_owned(),
            "inst" | "reason" if value == "-" => "没有".to_owned(),
            "person" => String::new(),
            _ => value.clone(),
        };
        let value = match values.len() {
            0..=3 => values.iter().map(said).collect::<Vec<_>>().join("、"),
            many => format!("{many} 项"),
        };
        let label = if value.is_empty() { label.to_owned() } else { format!("{label}：{value}") };
        fields.one(name).map(|_| Pick { label, without: fields.with(&[(name, "")]) })
    };
    labels.into_iter().filter_map(pick).collect()
}

/// POST /views
pub(crate) async fn save_view(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let query = fields.one("query").unwrap_or_default();
    app.store.save_view(&who.0.account.name, fields.need("name", "视图名")?, query).await?;
    see_other(&format!("/findings?{query}"))
}

/// POST /views/drop: a view that somebody saved is forgotten.
pub(crate) async fn drop_view(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let name = fields.need("name", "视图名")?;
    app.store.drop_view(&who.0.account.name, name).await?;
    see_other(&format!("/findings?{}", Fields::default().with(&[("said", &format!("已删除视图“{name}”"))])))
}
