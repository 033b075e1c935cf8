//! Uploads（上传）: a form that may carry files, as a form of a page of ours.

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::answer::Trouble;
use crate::app::App;
use crate::guard::{Fields, Posted, Who, check_token};

/// The most papers in one form.
const MOST_PAPERS: usize = 20;

/// A paper as it was uploaded, and the field that it came in.
pub(crate) struct Upload {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

impl Upload {
    /// As the store takes it.
    pub(crate) fn handed<'a>(&'a self, asked_for: &'a str) -> store::Handed<'a> {
        store::Handed { asked_for, name: &self.name, content: &self.content }
    }
}

/// Sent: a form with or without files, sent by whoever was shown it.
pub(crate) struct Sent {
    pub(crate) fields: Fields,
    pub(crate) papers: Vec<Upload>,
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("multipart/form-data") {
            return Posted::from_request(request, app).await.map(|Posted(fields)| Self { fields, papers: Vec::new() });
        }
        let who = request.extensions().get::<Who>().cloned();
        let parts = Multipart::from_request(request, app).await.map_err(IntoResponse::into_response)?;
        let (fields, papers) = read(parts).await.map_err(IntoResponse::into_response)?;
        check_token(who.as_ref(), fields.one("csrf")).map_err(IntoResponse::into_response)?;
        Ok(Self { fields, papers })
    }
}

/// Fields and files of a form.
pub(crate) async fn read(mut parts: Multipart) -> Result<(Fields, Vec<Upload>), Trouble> {
    let broken =
        |problem: axum::extract::multipart::MultipartError| Trouble::Input(format!("上传没有完成：{}", problem.body_text()));
    let (mut pairs, mut papers) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(name) => {
                let content = part.bytes().await.map_err(broken)?.to_vec();
                if !name.is_empty() {
                    papers.push(Upload { field, name, content });
                }
            }
            None => pairs.push((field, part.text().await.map_err(broken)?)),
        }
        if papers.len() > MOST_PAPERS {
            return Err(Trouble::Input(format!("一次最多上传 {MOST_PAPERS} 份材料")));
        }
    }
    Ok((Fields::of(pairs), papers))
}
