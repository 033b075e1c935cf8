//! Answers: pages, redirections, and what is said where something could not be done.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use casework::Refusal;
use store::{BookError, StoreError};

/// What a handler answers.
pub(crate) type Answer = Result<Response, Trouble>;

/// Why a page could not be shown, or a decision not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A lawful "no".
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// What was typed does not fit; the sentence names the field, the value and what to do.
    #[error("{0}")]
    Input(String),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Money that cannot be booked.
    #[error("{0}")]
    Book(#[from] BookError),
    /// The lake.
    #[error("没能取到结算数据：{0}")]
    Records(String),
    /// A template that cannot be written out.
    #[error("页面：{0}")]
    Page(#[from] askama::Error),
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    title: &'a str,
    sentence: String,
    advice: &'a str,
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) | Self::Store(StoreError::Refused(refusal)) => match refusal {
                Refusal::NotPermitted(_) => StatusCode::FORBIDDEN,
                Refusal::OutOfScope => StatusCode::NOT_FOUND,
                Refusal::Held { .. } => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            },
            Self::Book(BookError::NotPermitted(_)) => StatusCode::FORBIDDEN,
            Self::Store(StoreError::NotFound) | Self::Book(BookError::Store(StoreError::NotFound)) => StatusCode::NOT_FOUND,
            Self::Store(StoreError::Stale) | Self::Book(BookError::Store(StoreError::Stale)) => StatusCode::CONFLICT,
            Self::Input(_) | Self::Store(StoreError::Unfit(_)) | Self::Book(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Records(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Trouble {
    /// Which kind of trouble it is: its sentence may name a person, and is for whoever asked.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Input(_) => "input",
            Self::Store(_) => "store",
            Self::Book(_) => "book",
            Self::Records(_) => "records",
            Self::Page(_) => "page",
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let status = self.status();
        let (title, advice) = match status {
            StatusCode::FORBIDDEN => ("不能这样办", "需要这项权限的，请联系系统管理员。"),
            StatusCode::NOT_FOUND => ("没有找到", "可能已不存在，或者不在您的数据范围内。"),
            StatusCode::CONFLICT => ("未能保存", "返回后看最新状态，再决定怎么办。"),
            StatusCode::UNPROCESSABLE_ENTITY => ("未能保存", "请返回改正后再提交，已填的内容还在。"),
            _ => ("出了故障", "请稍后再试；仍不行的，把上面这句话告诉系统管理员。"),
        };
        if status.is_server_error() {
            tracing::error!(status = status.as_u16(), kind = self.kind(), "an answer failed");
        }
        // What the database says is for the log, not for whoever asks.
        let sentence = match &self {
            Self::Store(problem @ (StoreError::Database(_) | StoreError::Garbled { .. } | StoreError::File { .. })) => {
                tracing::error!(%problem, "the store failed");
                "数据暂时读写不了".to_owned()
            }
            other => other.to_string(),
        };
        let text = TroublePage { title, sentence, advice }.render().unwrap_or_else(|_| title.to_owned());
        (status, Html(text)).into_response()
    }
}

/// A page.
pub(crate) fn page(template: &impl Template) -> Answer {
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(template.render()?)).into_response())
}

/// After a form was kept: the browser asks for the next page, and sending the form again is not one key away.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(crate) fn see_other(address: &str) -> Answer {
    Ok(Redirect::to(address).into_response())
}
