//! Portal（院端）: what an institution was told, and its answers: accept, or appeal with the papers that would clear it.

use askama::Template;
use axum::extract::{Multipart, Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use casework::Actor;
use casework::self_refund::Origin;
use store::{DebtLine, Filter, Grouping, Order, Versioned};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::finding::Card;
use crate::guard::{Fields, Who, check_token};
use crate::queue::Row;
use crate::text;
use crate::upload::{Upload, read};

/// The most findings shown at once.
const MOST: i64 = 200;

/// What every page of the portal shows around its own content.
struct PortalFrame {
    user: String,
    institution: String,
    csrf: String,
    here: &'static str,
    open: i64,
    debts: usize,
}

impl PortalFrame {
    async fn of(app: &App, who: &Who, here: &'static str) -> Result<Self, Trouble> {
        let actor = who.actor();
        let open = Filter { states: vec!["told".to_owned()], ..Filter::default() };
        Ok(Self {
            user: who.0.account.display.clone(),
            institution: text::scope(&actor.scope),
            csrf: who.0.csrf.clone(),
            here,
            open: app.store.totals(&actor, &open).await?.findings,
            debts: app.store.debts(&actor, true, None, 1_000).await?.len(),
        })
    }
}

struct RuleGroup {
    code: String,
    name: String,
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
    fn of(class: store::OpenClass) -> Self {
        let what = if class.reason.is_empty() { "本规则全部".to_owned() } else { format!("知识点 {}", class.reason) };
        Self {
            label: format!("{what}（{} 条，{} 元）", class.findings.len(), text::yuan(class.amount_fen)),
            reason: class.reason,
        }
    }
}

#[derive(Template)]
#[template(path = "portal.html")]
struct PortalPage {
    frame: PortalFrame,
    groups: Vec<RuleGroup>,
    rows: Vec<Row>,
    shown: &'static str,
    rule: Option<String>,
    classes: Vec<Class>,
    cleared_by: Vec<String>,
    law: Vec<String>,
    total: String,
    findings: i64,
    /// How many more there are than the list shows, and than the classes count.
    unlisted: i64,
    unclassed: i64,
    said: Option<String>,
}

/// GET /portal
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = who.actor();
    let shown = match fields.one("show") {
        Some("appealed") => "appealed",
        Some("done") => "done",
        Some("all") => "all",
        _ => "open",
    };
    let states: &[&str] = match shown {
        "open" => &["told"],
        "appealed" => &["under_appeal", "in_panel"],
        "done" => &["confirmed", "dismissed", "gone"],
        _ => &[],
    };
    let all = Filter { states: states.iter().map(ToString::to_string).collect(), ..Filter::default() };
    let groups = app.store.tallied(&actor, &all, Grouping::Rule, 300).await?;
    let asked = fields.one("rule").map(str::to_owned);
    let rule = asked
        .filter(|rule| groups.iter().any(|group| group.key == *rule))
        .or_else(|| groups.first().map(|group| group.key.clone()));
    let filter = Filter { rule_code: rule.clone(), ..all };
    let lines = app.store.list(&actor, &filter, Order::Due, 0, MOST).await?;
    let totals = app.store.totals(&actor, &filter).await?;
    let (cleared_by, law) = match lines.first() {
        Some(line) => {
            let card = Card::of(&app, &who, &line.finding_id).await?;
            (card.sheet.cleared_by, card.law)
        }
        None => (Vec::new(), Vec::new()),
    };
    let classes = match &rule {
        Some(rule) if shown == "open" => app.store.open_classes(&actor, rule).await?,
        _ => Vec::new(),
    };
    let classes = classes.into_iter().map(Class::of).collect();
    let group = |group: store::Group| RuleGroup {
        on: rule.as_ref() == Some(&group.key),
        findings: group.totals.findings,
        amount: text::sums(&group.totals),
        code: group.key,
        name: group.name,
    };
    crate::answer::page(&PortalPage {
        frame: PortalFrame::of(&app, &who, "/portal").await?,
        groups: groups.into_iter().map(group).collect(),
        rows: lines.into_iter().map(|line| Row::of(line, &app)).collect(),
        shown,
        classes,
        cleared_by,
        law,
        total: text::sums(&totals),
        findings: totals.findings,
        unlisted: (totals.findings - MOST).max(0),
        unclassed: (totals.findings - store::class_appeal::MOST).max(0),
        said: fields.one("said").map(str::to_owned),
        rule,
    })
}

#[derive(Template)]
#[template(path = "portal_finding.html")]
struct PortalFinding {
    frame: PortalFrame,
    card: Card,
    answerable: bool,
}

/// GET /portal/findings/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let card = Card::of(&app, &who, &id).await?;
    let answerable = matches!(card.finding.state, casework::State::Told { .. });
    crate::answer::page(&PortalFinding { frame: PortalFrame::of(&app, &who, "/portal").await?, card, answerable })
}

/// POST /portal/answer: accepts or contests the chosen findings, with papers for all of them.
pub(crate) async fn answer(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, papers) = read(parts).await.map_err(IntoResponse::into_response)?;
    check_token(Some(&who), fields.one("csrf")).map_err(IntoResponse::into_response)?;
    kept(&app, &who, &fields, &papers).await.map_err(IntoResponse::into_response)
}

async fn kept(app: &App, who: &Who, fields: &Fields, papers: &[Upload]) -> Answer {
    let (actor, ids) = (who.actor(), fields.all("id"));
    if ids.is_empty() {
        return Err(Trouble::Input("没有选中疑点".to_owned()));
    }
    let appeal = match fields.one("answer") {
        Some("accept") => false,
        Some("appeal") => true,
        _ => return Err(Trouble::Input("请选择认可或申诉".to_owned())),
    };
    let grounds = fields.one("grounds").unwrap_or_default();
    // All are looked at before the first is kept, so that a mistake in the form changes nothing.
    let mut steps = Vec::new();
    for id in &ids {
        let finding = app.store.finding(id, &actor).await?;
        let digests = papers.iter().map(|paper| store::paper::digest(&paper.content)).collect();
        steps.push((step(app, &actor, &finding, appeal, grounds, digests)?, finding));
    }
    for (_, finding) in &steps {
        for paper in papers {
            let asked = fields.one("asked_for").unwrap_or("其他材料");
            app.store.hand_in(&actor, &finding.value.filed.finding_id, asked, &paper.name, &paper.content, app.now()).await?;
        }
    }
    let answered = steps.len();
    for (step, finding) in steps {
        app.store.apply(&finding, step, &app.clocks, app.now()).await?;
    }
    let said = format!("已{} {answered} 条", if appeal { "申诉" } else { "认可" });
    let back = Fields::parse(fields.one("back").unwrap_or_default().as_bytes());
    see_other(&format!("/portal?{}", back.with(&[("said", &said)])))
}

/// POST /portal/class: contests all findings of one rule and one reason together, with one set of papers.
pub(crate) async fn appeal_class(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, papers) = read(parts).await.map_err(IntoResponse::into_response)?;
    check_token(Some(&who), fields.one("csrf")).map_err(IntoResponse::into_response)?;
    class_kept(&app, &who, &fields, &papers).await.map_err(IntoResponse::into_response)
}

async fn class_kept(app: &App, who: &Who, fields: &Fields, papers: &[Upload]) -> Answer {
    let actor = who.actor();
    let reason = fields.one("class").unwrap_or_default();
    let classes = app.store.open_classes(&actor, fields.need("rule", "规则")?).await?;
    let class = classes.into_iter().find(|class| class.reason == reason);
    let class = class.ok_or_else(|| Trouble::Input("没有可以一并申诉的同类疑点".to_owned()))?;
    let asked_for = fields.one("asked_for").unwrap_or("其他材料");
    let papers: Vec<store::Handed<'_>> =
        papers.iter().map(|paper| store::Handed { asked_for, name: &paper.name, content: &paper.content }).collect();
    let grounds = fields.one("grounds").unwrap_or_default();
    let (number, findings) = app.store.appeal_class(&actor, &class, grounds, &papers, &app.clocks, app.now()).await?;
    let said = format!("已提出同类申诉 {number}，共 {findings} 条");
    see_other(&format!("/portal?{}", Fields::default().with(&[("show", "appealed"), ("said", &said)])))
}

fn step(
    app: &App,
    actor: &Actor,
    finding: &Versioned<casework::Finding>,
    appeal: bool,
    grounds: &str,
    papers: Vec<String>,
) -> Result<casework::Step, Trouble> {
    let today = app.today();
    Ok(if appeal {
        finding.value.appeal(actor, grounds, papers, app.clocks.limits, &app.clocks.calendar, today)?
    } else {
        finding.value.accept(actor, today)?
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
