//! Sign-in（登录）and leaving.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use store::SignInError;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{COOKIE, Fields, Posted, Who, token};
use crate::layout::home;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    bureau: &'a str,
    name: &'a str,
    problem: String,
}

/// GET /login
pub(crate) async fn page(State(app): State<App>) -> Answer {
    crate::answer::page(&LoginPage { bureau: &app.bureau, name: "", problem: String::new() })
}

/// POST /login
pub(crate) async fn sign_in(State(app): State<App>, request: Request) -> Answer {
    let body = axum::body::to_bytes(request.into_body(), 16 * 1024).await;
    let fields = Fields::parse(&body.map_err(|_| Trouble::Input("表单太大".to_owned()))?);
    let (name, password) = (fields.one("name").unwrap_or_default(), fields.one("password").unwrap_or_default());
    match app.store.sign_in(name, password, app.now()).await {
        Ok(token) => {
            let role = app.store.account(name).await?.role;
            let secure = if app.secure { "; Secure" } else { "" };
            let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/{secure}");
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(home(role))).into_response())
        }
        Err(SignInError::Store(problem)) => Err(problem.into()),
        Err(no) => {
            let page = LoginPage { bureau: &app.bureau, name, problem: no.to_string() };
            Ok((StatusCode::UNAUTHORIZED, Html(page.render()?)).into_response())
        }
    }
}

/// POST /logout
pub(crate) async fn sign_out(State(app): State<App>, headers: axum::http::HeaderMap, _form: Posted) -> Answer {
    if let Some(token) = token(&headers) {
        app.store.sign_out(&token).await?;
    }
    let mut response: Response = see_other("/login")?;
    let forget = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    if let Ok(value) = forget.parse() {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    csrf: String,
    home: &'static str,
}

/// GET /password
pub(crate) async fn password_page(who: Who) -> Answer {
    crate::answer::page(&PasswordPage { csrf: who.0.csrf.clone(), home: home(who.0.account.role) })
}

/// POST /password: one's own, by whoever knows the old one. All sessions end, this one too.
pub(crate) async fn change_password(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let name = &who.0.account.name;
    let (old, new) = (fields.need("old", "原密码")?, fields.need("new", "新密码")?);
    if fields.one("again") != Some(new) {
        return Err(Trouble::Input("两次输入的新密码不同".to_owned()));
    }
    // Asked like a sign-in, so that a found browser cannot try passwords without end.
    match app.store.sign_in(name, old, app.now()).await {
        Ok(_) => {}
        Err(SignInError::Store(problem)) => return Err(problem.into()),
        Err(no) => return Err(Trouble::Input(format!("原密码：{no}"))),
    }
    app.store.set_password(name, new, name, app.now()).await?;
    see_other("/login")
}
