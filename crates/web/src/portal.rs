//! Portal（院端）: what an institution was told, what of it is decided, and what it owes.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::recovery::{Account, Debt};
use casework::self_refund::Origin;
use store::{DebtLine, Filter, Grouping, Order, Place, Reply, StoreError};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::finding::{Card, sentences};
use crate::guard::{Fields, Who};
use crate::queue::{Row, month_days};
use crate::{document, sight, text};

/// The most findings shown at once.
const MOST: i64 = 200;

/// What every page of the portal shows around its own content.
pub(crate) struct PortalFrame {
    pub(crate) user: String,
    pub(crate) institution: String,
    pub(crate) csrf: String,
    pub(crate) here: &'static str,
    pub(crate) open: i64,
    pub(crate) debts: usize,
    pub(crate) letter_keys: bool,
}

impl PortalFrame {
    pub(crate) async fn of(app: &App, who: &Who, here: &'static str) -> Result<Self, Trouble> {
        let actor = who.actor();
        let open = Filter { states: vec!["told".to_owned()], ..Filter::default() };
        Ok(Self {
            user: who.0.account.display.clone(),
            institution: text::scope(&actor.scope),
            csrf: who.0.csrf.clone(),
            here,
            open: app.store.totals(&actor, &open).await?.findings,
            debts: app.store.debts(&actor, true, None, 1_000).await?.len(),
            letter_keys: app.store.letter_keys(&who.0.account.name).await?,
        })
    }
}

/// What a list can show: its name in addresses, its label, states, the institution's reply, and whether it has a tab of its own.
pub(crate) struct Shown {
    name: &'static str,
    label: &'static str,
    states: &'static [&'static str],
    reply: Option<Reply>,
    tab: bool,
}

const fn tab(name: &'static str, label: &'static str, states: &'static [&'static str]) -> Shown {
    Shown { name, label, states, reply: None, tab: true }
}

const fn part(name: &'static str, label: &'static str, states: &'static [&'static str], reply: Option<Reply>) -> Shown {
    Shown { name, label, states, reply, tab: false }
}

/// The tabs, and what the institution's figures open.
static SHOWN: [Shown; 9] = [
    tab("open", "待答复", &["told"]),
    tab("appealed", "申诉中", &["under_appeal", "supplementing", "in_panel"]),
    tab("done", "已办结", &["confirmed", "dismissed", "gone"]),
    tab("all", "全部", &[]),
    part("accepted", "已认可", &[], Some(Reply::Accepted)),
    part("silent", "逾期未答复", &[], Some(Reply::Silent)),
    part("contested", "提出过申诉", &[], Some(Reply::Appealed)),
    part("confirmed", "已认定", &["confirmed"], None),
    part("overturned", "已撤销", &["dismissed"], None),
];

impl Shown {
    fn named(name: Option<&str>) -> &'static Self {
        SHOWN.iter().find(|shown| Some(shown.name) == name).unwrap_or(&SHOWN[0])
    }

    fn filter(&self) -> Filter {
        Filter { states: self.states.iter().map(ToString::to_string).collect(), reply: self.reply, ..Filter::default() }
    }
}

/// The filter of what the portal lists under a name.
pub(crate) fn listed(name: &str) -> Filter {
    Shown::named(Some(name)).filter()
}

struct RuleGroup {
    name: String,
    query: String,
    findings: i64,
    amount: String,
    on: bool,
}

/// A class as the form offers it.
struct Class {
    reason: String,
    label: String,
}

impl Class {
    fn of(class: &store::OpenClass) -> Self {
        let what = if class.reason.is_empty() { "本规则全部".to_owned() } else { format!("知识点 {}", class.reason) };
        Self {
            label: format!("{what}（{} 条，{} 元）", class.findings.len(), text::yuan(class.amount_fen)),
            reason: class.reason.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "portal.html")]
struct PortalPage {
    frame: PortalFrame,
    groups: Vec<RuleGroup>,
    rows: Vec<Row>,
    tabs: Vec<(&'static str, &'static str, bool)>,
    /// What is shown that no tab shows.
    part: Option<String>,
    back: String,
    answerable: bool,
    rule: Option<String>,
    classes: Vec<Class>,
    /// What would clear the findings shown: the form asks for exactly that.
    asked: Vec<String>,
    law: Vec<String>,
    total: String,
    findings: i64,
    /// How many more there are than the list shows, and than the classes count.
    unlisted: i64,
    unclassed: i64,
    said: Option<String>,
}

/// Which findings a query asks for, and under what name the page lists them.
pub(crate) fn asked(fields: &Fields) -> (&'static Shown, Filter) {
    let shown = Shown::named(fields.one("show"));
    let days = fields.one("month").and_then(month_days);
    (shown, Filter { from: days.map(|(first, _)| first), to: days.map(|(_, last)| last), ..shown.filter() })
}

/// GET /portal
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = who.actor();
    let (shown, all) = asked(&fields);
    let month = fields.one("month").filter(|month| month_days(month).is_some());
    let groups = app.store.tallied(&actor, &all, Grouping::Rule, 300).await?;
    let asked = fields.one("rule").filter(|rule| groups.iter().any(|group| group.key == *rule)).map(str::to_owned);
    // What waits for an answer is answered rule by rule: each rule asks for papers of its own.
    let answerable = shown.name == "open";
    let rule = asked.or_else(|| groups.first().filter(|_| answerable).map(|group| group.key.clone()));
    let filter = Filter { rule_code: rule.clone(), ..all };
    let lines = app.store.list(&actor, &filter, Order::Due, 0, MOST).await?;
    let totals = app.store.totals(&actor, &filter).await?;
    let law = match lines.first().filter(|_| rule.is_some()) {
        Some(line) => law(&app, &actor, &line.finding_id).await?,
        None => Vec::new(),
    };
    let classes = match &rule {
        Some(rule) if answerable => app.store.open_classes(&actor, rule).await?,
        _ => Vec::new(),
    };
    let base = Fields::default().with(&[("show", shown.name), ("month", month.unwrap_or_default())]);
    let group = |group: store::Group| RuleGroup {
        on: rule.as_ref() == Some(&group.key),
        query: format!("{base}&rule={}", group.key),
        findings: group.totals.findings,
        amount: text::sums(&group.totals),
        name: group.name,
    };
    let mut asked: Vec<String> = Vec::new();
    for paper in classes.iter().flat_map(|class| &class.cleared_by) {
        if !asked.contains(paper) {
            asked.push(paper.clone());
        }
    }
    let month_part = month.map(|month| format!("{month} 服务")).unwrap_or_default();
    let label = format!("{}　{month_part}", shown.label);
    crate::answer::page(&PortalPage {
        frame: PortalFrame::of(&app, &who, "/portal").await?,
        groups: groups.into_iter().map(group).collect(),
        rows: lines.into_iter().map(|line| own_clock(line, &app)).collect(),
        tabs: SHOWN.iter().filter(|tab| tab.tab).map(|tab| (tab.name, tab.label, tab.name == shown.name)).collect(),
        part: (!shown.tab || month.is_some()).then(|| label.trim().to_owned()),
        back: format!("{base}{}", rule.as_ref().map(|rule| format!("&rule={rule}")).unwrap_or_default()),
        answerable,
        classes: classes.iter().map(Class::of).collect(),
        asked,
        law,
        total: text::sums(&totals),
        findings: totals.findings,
        unlisted: (totals.findings - MOST).max(0),
        unclassed: (totals.findings - store::class_appeal::MOST).max(0),
        said: fields.one("said").map(str::to_owned),
        rule,
    })
}

/// A row with the institution's own limit, which does not stand still while it has the ball.
fn own_clock(line: store::Line, app: &App) -> Row {
    let awaited = line.awaited;
    let mut row = Row::of(line, app);
    if awaited.is_some() {
        row.clock = text::Clock::of(awaited, app.today(), &app.clocks.calendar);
    }
    row
}

/// The law that findings of a rule rest on, as one of them says.
async fn law(app: &App, actor: &casework::Actor, id: &str) -> Result<Vec<String>, Trouble> {
    let finding = app.store.finding(id, actor).await?;
    let sheet = app.store.sheet(id, &finding.value.filed.digest).await?;
    let evidence: serde_json::Value = serde_json::from_str(&sheet.evidence).unwrap_or_default();
    Ok(sentences(&evidence["law"]))
}

/// What is owed on a finding, and every movement of it.
struct Money {
    claimed: String,
    outstanding: String,
    steps: Vec<(String, &'static str, String)>,
    instalments: Vec<(String, String)>,
}

impl Money {
    fn of(debt: &Debt) -> Self {
        let step = |posting: &casework::recovery::Posting| {
            let outstanding = posting.entries.iter().filter(|(account, ..)| *account == Account::Outstanding);
            let amount: i64 = outstanding.map(|(.., fen)| fen).sum();
            (posting.on.to_string(), posting.means.label(), text::yuan(amount.abs()))
        };
        Self {
            claimed: text::yuan(-debt.total(Account::Claimed).0),
            outstanding: text::yuan(debt.outstanding().0),
            steps: debt.postings().iter().map(step).collect(),
            instalments: debt.instalments().iter().map(|part| (part.due.to_string(), text::yuan(part.amount.0))).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "portal_finding.html")]
struct PortalFinding {
    frame: PortalFrame,
    card: Card,
    asked: Vec<String>,
    answerable: bool,
    suppliable: bool,
    decided: bool,
    money: Option<Money>,
}

/// GET /portal/findings/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let mut card = Card::of(&app, &who, &id).await?;
    if let Some(awaited) = card.finding.awaited() {
        card.clock = text::Clock::of(Some(awaited), app.today(), &app.clocks.calendar);
    }
    sight::of_person(&app, &who, Place::Portal, card.sheet.psn_no.as_deref(), &id).await?;
    let money = match app.store.debt(&id, &who.actor()).await {
        Ok(debt) => Some(Money::of(&debt.value)),
        Err(StoreError::NotFound) => None,
        Err(problem) => return Err(problem.into()),
    };
    crate::answer::page(&PortalFinding {
        frame: PortalFrame::of(&app, &who, "/portal").await?,
        answerable: matches!(card.finding.state, casework::State::Told { .. }),
        suppliable: matches!(card.finding.state, casework::State::Supplementing { .. }),
        decided: document::is_decided(&card.disclosed),
        asked: card.sheet.cleared_by.clone(),
        money,
        card,
    })
}

struct Refund {
    line: DebtLine,
    /// What became of the money where nothing is asked, or what else to say of it.
    note: String,
    of_finding: bool,
    claimed: String,
    outstanding: String,
    clock: Option<text::Clock>,
}

#[derive(Template)]
#[template(path = "portal_refunds.html")]
struct RefundsPage {
    frame: PortalFrame,
    rows: Vec<Refund>,
}

/// GET /portal/refunds: what the institution owes and has paid.
pub(crate) async fn refunds(State(app): State<App>, who: Who) -> Answer {
    let debts = app.store.debts(&who.actor(), false, None, 1_000).await?;
    let refund = |line: DebtLine| Refund {
        claimed: text::yuan(line.claimed_fen),
        outstanding: text::yuan(line.outstanding_fen),
        clock: text::Clock::of(line.due, app.today(), &app.clocks.calendar),
        note: crate::recoveries::note(&line).replace("收清", "已退清"),
        of_finding: line.origin == Origin::Finding,
        line,
    };
    crate::answer::page(&RefundsPage {
        frame: PortalFrame::of(&app, &who, "/portal/refunds").await?,
        rows: debts.into_iter().map(refund).collect(),
    })
}
