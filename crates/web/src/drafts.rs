//! Drafts（规则草案）: local rules and regional parameters, from the first line to the pack that two people put into force.

use askama::Template;
use axum::extract::{Path, State};
use casework::rule_draft::DraftStep;
use casework::{Action, Actor, DraftKind, DraftState, Examination, Publication, Refusal, RuleDraft, policy};
use store::{Entry, Job, Versioned};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::packs::{Line, changed_lines};
use crate::runs::{EXAMINE, short};
use crate::text;

/// How many jobs are looked through for the one that examines a draft.
const JOBS: i64 = 50;

struct Row {
    draft: RuleDraft,
    state: &'static str,
    colour: &'static str,
    authors: String,
    changed_at: String,
}

#[derive(Template)]
#[template(path = "drafts.html")]
struct DraftsPage {
    frame: Frame,
    rows: Vec<Row>,
    may_draft: bool,
}

const fn colour(state: &DraftState) -> &'static str {
    match state {
        DraftState::Drafting => "blue",
        DraftState::Proposed { .. } => "yellow",
        DraftState::Returned { .. } => "orange",
        DraftState::Published { .. } => "green",
        DraftState::Withdrawn { .. } => "secondary",
    }
}

fn authors(draft: &RuleDraft) -> String {
    draft.authors.iter().map(|author| author.0.as_str()).collect::<Vec<_>>().join("、")
}

/// GET /drafts
pub(crate) async fn list(State(app): State<App>, who: Who) -> Answer {
    let row = |(draft, changed_at): (Versioned<RuleDraft>, String)| Row {
        state: draft.value.state.label(),
        colour: colour(&draft.value.state),
        authors: authors(&draft.value),
        draft: draft.value,
        changed_at,
    };
    crate::answer::page(&DraftsPage {
        frame: Frame::of(&app, &who, "/rules").await,
        rows: app.store.drafts().await?.into_iter().map(row).collect(),
        may_draft: policy::permits(who.0.account.role, Action::DraftRule),
    })
}

fn kind(fields: &Fields) -> Result<DraftKind, Trouble> {
    match fields.need("kind", "草案类型")? {
        "rule" => Ok(DraftKind::Rule),
        "parameters" => Ok(DraftKind::Parameters),
        other => Err(Trouble::Input(format!("没有草案类型“{other}”"))),
    }
}

/// POST /drafts
pub(crate) async fn begin(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let (kind, name) = (kind(&fields)?, fields.need("name", "编码或名称")?);
    let begin = |text: &str| {
        let id = store::rule_draft::new_id()?;
        Ok::<_, Trouble>(RuleDraft::begin(&who.actor(), id, kind, name, text, app.today())?)
    };
    // Whether it may be begun at all is known before anything is looked up under its name.
    begin("")?;
    let text = app.rulebook.beginning(kind, name).await.map_err(Trouble::Input)?;
    let step = begin(&text)?;
    app.store.begin_draft(&step, app.now()).await?;
    see_other(&address(&step.next.draft_id))
}

fn address(id: &str) -> String {
    format!("/drafts/{id}")
}

/// What a rule finds, as the table of a trial shows it.
struct Tried {
    code: String,
    name: String,
    before: String,
    after: String,
    appeared: String,
    vanished: String,
    undecided: String,
    amount: String,
    fund: String,
}

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    frame: Frame,
    draft: RuleDraft,
    version: i64,
    state: &'static str,
    colour: &'static str,
    /// What was said when it moved last.
    said: String,
    authors: String,
    examination: Option<Examination>,
    tried: Vec<Tried>,
    /// It was examined on top of what is in force no longer.
    outdated: bool,
    job: Option<Job>,
    lines: Vec<Line>,
    entries: Vec<Entry>,
    may: May,
}

/// What whoever looks may do now.
#[expect(clippy::struct_excessive_bools, reason = "each is a form that is shown or not")]
struct May {
    edit: bool,
    propose: bool,
    publish: bool,
    give_back: bool,
    withdraw: bool,
    /// Why publishing is up to somebody else.
    not_publish: String,
}

impl May {
    fn of(draft: &RuleDraft, actor: &Actor, in_force: &str, app: &App) -> Self {
        let today = app.today();
        let publish = draft.publish(actor, in_force, "", today);
        let shown = matches!(&publish, Err(Refusal::OwnProposal | Refusal::OtherPack));
        Self {
            edit: draft.state.is_open() && policy::permits(actor.role, Action::DraftRule),
            propose: draft.propose(actor, "…", in_force, today).is_ok(),
            give_back: draft.give_back(actor, "…", today).is_ok(),
            withdraw: draft.withdraw(actor, "…", today).is_ok(),
            not_publish: publish.as_ref().err().filter(|_| shown).map(ToString::to_string).unwrap_or_default(),
            publish: publish.is_ok(),
        }
    }
}

fn said(state: &DraftState) -> String {
    match state {
        DraftState::Drafting => String::new(),
        DraftState::Proposed { by, reason } => format!("{} 提请发布：{reason}", by.0),
        DraftState::Returned { by, reason } => format!("{} 退回：{reason}", by.0),
        DraftState::Withdrawn { by, reason } => format!("{} 撤回：{reason}", by.0),
        DraftState::Published { by, pack } => format!("{} 发布，规则包 {}", by.0, short(pack)),
    }
}

fn tried(examination: &Examination) -> Vec<Tried> {
    let count = |number: u64| text::count(i64::try_from(number).unwrap_or(i64::MAX));
    let row = |figures: &casework::TrialFigures| Tried {
        code: figures.code.clone(),
        name: figures.name.clone(),
        before: figures.before.map_or_else(|| "–".to_owned(), count),
        after: count(figures.after),
        appeared: count(figures.appeared),
        vanished: count(figures.vanished),
        undecided: count(figures.undecided),
        amount: text::yuan(figures.amount_fen),
        fund: text::yuan(figures.fund_fen),
    };
    examination.figures.iter().map(row).collect()
}

/// GET /drafts/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let Versioned { value: draft, version } = app.store.draft(&id).await?;
    let in_force = in_force(&app).await?;
    let known = in_force.as_ref().map(|pack| pack.digest.as_str()).unwrap_or_default();
    let before = app.rulebook.beginning(draft.kind, &draft.name).await.map_err(Trouble::Input)?;
    let body = job_body(&id, version);
    let jobs = app.store.jobs(JOBS).await?;
    let job = jobs.into_iter().find(|job| job.kind == EXAMINE && job.body == body);
    crate::answer::page(&DraftPage {
        frame: Frame::of(&app, &who, "/rules").await,
        state: draft.state.label(),
        colour: colour(&draft.state),
        said: said(&draft.state),
        authors: authors(&draft),
        tried: draft.examination.as_ref().map(tried).unwrap_or_default(),
        outdated: draft.state.is_open() && draft.examination.as_ref().is_some_and(|examination| examination.base != known),
        examination: draft.examination.clone(),
        job: job.filter(|job| job.state != "done"),
        lines: if draft.state.is_open() || matches!(draft.state, DraftState::Proposed { .. }) {
            changed_lines(&before, &draft.text)
        } else {
            Vec::new()
        },
        entries: app.store.entries(&store::rule_draft::subject(&id)).await?,
        may: May::of(&draft, &who.actor(), known, &app),
        version,
        draft,
    })
}

async fn in_force(app: &App) -> Result<Option<Publication>, Trouble> {
    Ok(app.store.pack_in_force().await?)
}

async fn digest_in_force(app: &App) -> Result<String, Trouble> {
    Ok(in_force(app).await?.map(|pack| pack.digest).unwrap_or_default())
}

/// The draft as the page showed it.
async fn shown(app: &App, id: &str, fields: &Fields) -> Result<Versioned<RuleDraft>, Trouble> {
    let draft = app.store.draft(id).await?;
    if draft.version != fields.version()? {
        return Err(store::StoreError::Stale.into());
    }
    Ok(draft)
}

async fn keep(app: &App, draft: &Versioned<RuleDraft>, step: &DraftStep) -> Answer {
    app.store.apply_draft(draft, step, app.now()).await?;
    see_other(&address(&draft.value.draft_id))
}

/// POST /drafts/{id}/edit
pub(crate) async fn edit(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let draft = shown(&app, &id, &fields).await?;
    let step = draft.value.edit(&who.actor(), fields.raw("text").unwrap_or_default(), app.today())?;
    app.store.apply_draft(&draft, &step, app.now()).await?;
    if fields.one("then") == Some("examine") {
        ask(&app, &who, &id, draft.version + 1).await?;
    }
    see_other(&address(&id))
}

/// POST /drafts/{id}/examine: asks for a check and a trial of the text as it stands.
pub(crate) async fn examine(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let draft = shown(&app, &id, &fields).await?;
    if !draft.value.state.is_open() {
        return Err(Refusal::WrongDraft { action: Action::DraftRule, state: draft.value.state.label() }.into());
    }
    ask(&app, &who, &id, draft.version).await?;
    see_other(&address(&id))
}

fn job_body(id: &str, version: i64) -> String {
    serde_json::json!({ "draft": id, "version": version }).to_string()
}

async fn ask(app: &App, who: &Who, id: &str, version: i64) -> Result<(), Trouble> {
    app.store.ask(EXAMINE, &job_body(id, version), &who.0.account.name, app.now()).await?;
    Ok(())
}

/// POST /drafts/{id}/propose
pub(crate) async fn propose(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let draft = shown(&app, &id, &fields).await?;
    let in_force = digest_in_force(&app).await?;
    let step = draft.value.propose(&who.actor(), fields.one("reason").unwrap_or_default(), &in_force, app.today())?;
    keep(&app, &draft, &step).await
}

/// POST /drafts/{id}/return
pub(crate) async fn give_back(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let draft = shown(&app, &id, &fields).await?;
    let step = draft.value.give_back(&who.actor(), fields.one("reason").unwrap_or_default(), app.today())?;
    keep(&app, &draft, &step).await
}

/// POST /drafts/{id}/withdraw
pub(crate) async fn withdraw(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let draft = shown(&app, &id, &fields).await?;
    let step = draft.value.withdraw(&who.actor(), fields.one("reason").unwrap_or_default(), app.today())?;
    keep(&app, &draft, &step).await
}

/// POST /drafts/{id}/publish: the pack in force with this draft in it becomes the next pack.
pub(crate) async fn publish(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let draft = shown(&app, &id, &fields).await?;
    let in_force = in_force(&app).await?;
    let base = in_force.as_ref().map(|pack| pack.digest.as_str()).unwrap_or_default();
    // Refused before a pack is composed, which takes a moment.
    draft.value.publish(&who.actor(), base, "", app.today())?;
    let value = &draft.value;
    let composed = app.rulebook.compose(value.kind, &value.name, &value.text).await.map_err(Trouble::Input)?;
    let step = value.publish(&who.actor(), base, &composed.digest, app.today())?;
    let DraftState::Proposed { by, reason } = &value.state else {
        return Err(Refusal::Unexamined.into());
    };
    let publication = Publication {
        number: in_force.as_ref().map_or(0, |pack| pack.number) + 1,
        digest: composed.digest,
        knowledge_digest: composed.knowledge_digest,
        rules: composed.rules,
        parameters: composed.parameters,
        program: composed.program,
        draft_id: id,
        file: value.kind.file(&value.name),
        authors: value.authors.clone(),
        proposed_by: by.clone(),
        reason: reason.clone(),
        published_by: who.actor().user,
        published_at: app.now().to_string(),
    };
    app.store.publish(&draft, &step, &publication, &composed.files, app.now()).await?;
    app.rulebook.renew().await.map_err(Trouble::Input)?;
    see_other(&format!("/packs/{}", publication.digest))
}

/// What happened to a draft, as people say it.
pub(crate) fn happened(kind: &str) -> &'static str {
    match kind {
        "draft_begun" => "起草",
        "draft_edited" => "修改",
        "draft_examined" => "检查与试算",
        "draft_proposed" => "提请发布",
        "draft_published" => "发布",
        "draft_returned" => "退回",
        _ => "撤回",
    }
}
