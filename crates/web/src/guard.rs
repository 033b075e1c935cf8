//! Guard（门卫）: who is signed in, whether their role may, and whether a form came from a page of ours.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use casework::{Action, Actor, policy};
use store::{Seen, Session};

use crate::answer::Trouble;
use crate::app::App;

/// Name of the cookie that holds a session's token.
pub(crate) const COOKIE: &str = "mingcha";
/// The largest form without papers, in bytes.
const LARGEST_FORM: usize = 1024 * 1024;

/// What a route asks of whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the door itself.
    Public,
    /// To be signed in.
    SignedIn,
    /// A role that may do this.
    May(Action),
}

/// Who（登录人）: the session of a request. Only guarded routes have one.
#[derive(Clone, Debug)]
pub(crate) struct Who(pub(crate) Session);

impl Who {
    pub(crate) fn actor(&self) -> Actor {
        self.0.account.actor()
    }
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Redirect::to("/login").into_response())
    }
}

/// The token that a request carries.
pub(crate) fn token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE).then(|| value.to_owned())
    })
}

/// Stands before every route.
pub(crate) async fn guard(State((app, need)): State<(App, Need)>, mut request: Request, next: Next) -> Response {
    if need == Need::Public {
        return next.run(request).await;
    }
    let session = match token(request.headers()) {
        Some(token) => match app.store.session(&token, app.now()).await {
            Ok(session) => session,
            Err(problem) => return Trouble::from(problem).into_response(),
        },
        None => None,
    };
    let Some(session) = session else {
        return match *request.method() {
            Method::GET => Redirect::to("/login").into_response(),
            _ => (StatusCode::UNAUTHORIZED, "登录已失效，请重新登录").into_response(),
        };
    };
    let who = Who(session);
    if let Need::May(action) = need
        && let Err(refusal) = policy::allow(&who.actor(), action)
    {
        return Trouble::from(refusal).into_response();
    }
    if request.method() == Method::POST && !from_here(request.headers()) {
        return (StatusCode::FORBIDDEN, "这个表单不是从本站页面提交的").into_response();
    }
    request.extensions_mut().insert(who.clone());
    let mut response = next.run(request).await;
    // The log says who was answered.
    response.extensions_mut().insert(who);
    response
}

/// Whether a browser says that a form came from this very site. What says nothing must show the session's own token.
fn from_here(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none")
}

/// Fields（表单）: what a form holds, in its order; a name may come more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query or of a form's body.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// A field, without blanks around it; none where it is empty.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// A field word for word, blanks and all.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field that the form must have.
    pub(crate) fn need(&self, name: &str, label: &str) -> Result<&str, Trouble> {
        self.one(name).ok_or_else(|| Trouble::Input(format!("请填写{label}")))
    }

    /// All values of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.clone()).collect()
    }

    /// The version that the page showed.
    pub(crate) fn version(&self) -> Result<i64, Trouble> {
        self.one("version")
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Trouble::Input("表单缺少版本号，请刷新页面".to_owned()))
    }

    /// The chosen findings, each in the version that the page showed.
    pub(crate) fn seen(&self) -> Result<Vec<Seen>, Trouble> {
        let shown = self.all("seen");
        let version = |text: &str| text.parse().ok();
        let shown: BTreeMap<&str, i64> =
            shown.iter().filter_map(|text| text.rsplit_once(':')).filter_map(|(id, text)| Some((id, version(text)?))).collect();
        let chosen: BTreeSet<String> = self.all("id").into_iter().collect();
        if chosen.is_empty() {
            return Err(Trouble::Input("没有选中疑点".to_owned()));
        }
        let seen = |finding_id: String| match shown.get(finding_id.as_str()) {
            Some(version) => Ok(Seen { version: *version, finding_id }),
            None => Err(Trouble::Input("表单缺少版本号，请刷新页面".to_owned())),
        };
        chosen.into_iter().map(seen).collect()
    }

    /// The query again with some fields changed; an empty value drops a field.
    pub(crate) fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut kept: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in self.0.iter().filter(|(name, value)| !value.is_empty() && name != "page") {
            kept.entry(name).or_default().push(value);
        }
        for (name, value) in changes {
            kept.insert(name, if value.is_empty() { Vec::new() } else { vec![value] });
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, values) in kept {
            for value in values {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// Posted: a form of a page of ours, sent by whoever was shown it.
pub(crate) struct Posted(pub(crate) Fields);

impl FromRequest<App> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, _: &App) -> Result<Self, Response> {
        let who = request.extensions().get::<Who>().cloned();
        let body = to_bytes(request.into_body(), LARGEST_FORM).await;
        let fields =
            body.map(|bytes| Fields::parse(&bytes)).map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, "表单太大").into_response())?;
        check_token(who.as_ref(), fields.one("csrf")).map_err(IntoResponse::into_response)?;
        Ok(Self(fields))
    }
}

/// The session's own token, which no other site knows.
pub(crate) fn check_token(who: Option<&Who>, sent: Option<&str>) -> Result<(), (StatusCode, &'static str)> {
    let fits = who.is_some_and(|who| sent == Some(who.0.csrf.as_str()));
    if fits { Ok(()) } else { Err((StatusCode::FORBIDDEN, "表单已过期，请刷新页面后再提交")) }
}

/// Headers of every answer: nothing but our own files, in no frame, and nothing of a page is kept by what lies between.
pub(crate) async fn headers(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
                  font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
