//! Imports（导入）: claims and knowledge from the server's inbox or from an upload. Imports are jobs; knowledge is shown as a difference
//! first, and taken into force by whoever accepts it.

use askama::Template;
use axum::extract::{Multipart, Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use casework::{Action, policy};
use claims::Day;
use store::{Job, StoreError};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who, check_token};
use crate::inbox::{IMPORT, ImportOrder, LEARN, LearnOrder, Lying, Preview, Source, numbered};
use crate::layout::Frame;

/// Jobs that are looked through for imports.
const JOBS: i64 = 200;
/// Imports that are listed.
const MOST: usize = 20;
/// Files of one upload.
const MOST_FILES: usize = 40;

/// An import as the list shows it.
struct Row {
    job: Job,
    kind: &'static str,
    state: (&'static str, &'static str),
    said: String,
    /// Where what came of it is told.
    page: Option<String>,
}

/// A file or folder of the inbox, with the query of its preview.
struct Entry {
    lying: Lying,
    size: String,
}

#[derive(Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    frame: Frame,
    entries: Option<Vec<Entry>>,
    profiles: Vec<&'static str>,
    rows: Vec<Row>,
    busy: bool,
    may_look: bool,
    may_read: bool,
}

/// GET /imports
pub(crate) async fn page(State(app): State<App>, who: Who) -> Answer {
    let role = who.0.account.role;
    let (may_look, may_read) = (policy::permits(role, Action::ViewFigures), policy::permits(role, Action::ViewRules));
    let jobs = app.store.jobs(JOBS).await?.into_iter().filter(|job| matches!(job.kind.as_str(), IMPORT | LEARN));
    let rows: Vec<Row> = jobs.take(MOST).map(|job| row(job, may_look, may_read)).collect();
    let entry = |lying: Lying| Entry {
        size: if lying.is_folder { "目录".to_owned() } else { format!("{} KiB", lying.bytes.div_ceil(1024)) },
        lying,
    };
    let lying = app.inbox.lying().await.map_err(Trouble::Records)?;
    crate::answer::page(&ImportsPage {
        frame: Frame::of(&app, &who, "/imports").await,
        entries: lying.map(|lying| lying.into_iter().map(entry).collect()),
        profiles: app.inbox.profiles(),
        busy: rows.iter().any(|row| row.job.is_open()),
        rows,
        may_look,
        may_read,
    })
}

fn row(job: Job, may_look: bool, may_read: bool) -> Row {
    let is_knowledge = job.kind == LEARN;
    let number = job.outcome.as_deref().and_then(numbered);
    let page = number.and_then(|number| {
        let (may, page) = if is_knowledge {
            (may_read, format!("/knowledge/imports/{number}"))
        } else {
            (may_look, format!("/quality?n={number}"))
        };
        may.then_some(page)
    });
    let state = crate::runs::state(&job);
    let said = job.outcome.clone().unwrap_or_else(|| job.progress.clone());
    Row { kind: if is_knowledge { "知识" } else { "结算数据" }, state, said, page, job }
}

/// POST /imports: asks for the import of something that lies in the inbox.
pub(crate) async fn start(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let source = Source::Inbox(fields.need("inbox", "收件目录中的名称")?.to_owned());
    app.inbox.check(&source).await.map_err(Trouble::Input)?;
    asked(&app, &who, source, &fields).await
}

/// POST /imports/upload: asks for the import of what is sent with the form.
pub(crate) async fn upload(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, files) = received(&who, parts).await?;
    let done = async {
        profile(&app, &fields)?;
        let source = app.inbox.keep(files).await.map_err(Trouble::Input)?;
        asked(&app, &who, source, &fields).await
    };
    done.await.map_err(IntoResponse::into_response)
}

async fn asked(app: &App, who: &Who, source: Source, fields: &Fields) -> Answer {
    let order = ImportOrder { source, profile: profile(app, fields)? };
    app.store.ask(IMPORT, &body(&order)?, &who.0.account.name, app.now()).await?;
    see_other("/imports")
}

/// One of the shipped profiles: a form names no file of the server.
fn profile(app: &App, fields: &Fields) -> Result<String, Trouble> {
    let asked = fields.need("profile", "映射")?;
    if app.inbox.profiles().contains(&asked) {
        return Ok(asked.to_owned());
    }
    Err(Trouble::Input(format!("没有映射“{asked}”")))
}

fn body(order: &impl serde::Serialize) -> Result<String, Trouble> {
    serde_json::to_string(order).map_err(|problem| Trouble::Input(problem.to_string()))
}

/// POST /imports/{id}/cancel: of an import only; other jobs are cancelled where they are begun.
pub(crate) async fn cancel(State(app): State<App>, who: Who, Path(id): Path<String>, _form: Posted) -> Answer {
    let job = app.store.job(&id).await?;
    if !matches!(job.kind.as_str(), IMPORT | LEARN) {
        return Err(Trouble::Store(StoreError::NotFound));
    }
    app.store.cancel(&id, &who.0.account.name, app.now()).await?;
    see_other("/imports")
}

#[derive(Template)]
#[template(path = "import_preview.html")]
struct PreviewPage {
    frame: Frame,
    preview: Preview,
    /// Fields of the form that accepts it.
    fields: Vec<(&'static str, String)>,
    may_read: bool,
}

/// GET /imports/knowledge: what a file of knowledge would change, and the button that accepts it.
pub(crate) async fn preview(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let order = ordered(&Fields::parse(query.unwrap_or_default().as_bytes()))?;
    app.inbox.check(&order.source).await.map_err(Trouble::Input)?;
    let preview = app.inbox.preview(&order).await.map_err(Trouble::Input)?;
    let (place, name) = order.source.parts();
    let mut fields = vec![(place, name.to_owned()), ("compared", preview.compared.clone())];
    fields.extend(order.table.map(|table| ("table", table)));
    fields.extend(order.published.map(|day| ("published", day)));
    crate::answer::page(&PreviewPage {
        frame: Frame::of(&app, &who, "/imports").await,
        may_read: policy::permits(who.0.account.role, Action::ViewRules),
        preview,
        fields,
    })
}

/// POST /imports/knowledge/upload: keeps a file of knowledge and shows what it would change.
pub(crate) async fn upload_knowledge(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, files) = received(&who, parts).await?;
    let done = async {
        let [file] = <[_; 1]>::try_from(files).map_err(|_| Trouble::Input("知识文件一次一个".to_owned()))?;
        let source = app.inbox.keep(vec![file]).await.map_err(Trouble::Input)?;
        let text = |name: &str| fields.one(name).unwrap_or_default();
        let given = [source.parts(), ("table", text("table")), ("published", text("published"))];
        see_other(&format!("/imports/knowledge?{}", Fields::default().with(&given)))
    };
    done.await.map_err(IntoResponse::into_response)
}

/// POST /imports/knowledge: accepts a file as it was compared.
pub(crate) async fn learn(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let mut order = ordered(&fields)?;
    fields.need("compared", "比较所依据的版本")?.clone_into(&mut order.compared);
    app.inbox.check(&order.source).await.map_err(Trouble::Input)?;
    app.store.ask(LEARN, &body(&order)?, &who.0.account.name, app.now()).await?;
    see_other("/imports")
}

/// Which file of knowledge a form or an address names.
fn ordered(fields: &Fields) -> Result<LearnOrder, Trouble> {
    let source = match (fields.one("inbox"), fields.one("upload")) {
        (Some(name), None) => Source::Inbox(name.to_owned()),
        (None, Some(number)) => Source::Upload(number.to_owned()),
        _ => return Err(Trouble::Input("请选择一个知识文件".to_owned())),
    };
    let published = fields.one("published").map(str::to_owned);
    if let Some(day) = published.as_deref().filter(|day| Day::parse(day).is_none()) {
        return Err(Trouble::Input(format!("公布日应如 2026-03-02，现为“{day}”")));
    }
    Ok(LearnOrder { source, table: fields.one("table").map(str::to_owned), published, compared: String::new() })
}

/// The form and the files that were sent, by whoever was shown it.
async fn received(who: &Who, parts: Multipart) -> Result<(Fields, Vec<(String, Vec<u8>)>), Response> {
    let (fields, files) = read(parts).await.map_err(IntoResponse::into_response)?;
    check_token(Some(who), fields.one("csrf")).map_err(IntoResponse::into_response)?;
    if files.is_empty() {
        return Err(Trouble::Input("请选择要上传的文件".to_owned()).into_response());
    }
    Ok((fields, files))
}

async fn read(mut parts: Multipart) -> Result<(Fields, Vec<(String, Vec<u8>)>), Trouble> {
    let broken = |problem: axum::extract::multipart::MultipartError| {
        Trouble::Input(format!("上传没有完成：{}；较大的数据请放进服务器的收件目录", problem.body_text()))
    };
    let (mut pairs, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) if !file.is_empty() => {
                let file = store::paper::plain_name(&file)?;
                files.push((file, part.bytes().await.map_err(broken)?.to_vec()));
            }
            Some(_) => {}
            None => pairs.push((name, part.text().await.map_err(broken)?)),
        }
        if files.len() > MOST_FILES {
            return Err(Trouble::Input(format!("一次最多上传 {MOST_FILES} 个文件；更多的请放进服务器的收件目录")));
        }
    }
    Ok((Fields::of(pairs), files))
}
