//! Sign-in（登录）and leaving.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use store::{OneTimeSecret, SignInError};

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
    sso: bool,
}

/// GET /login
pub(crate) async fn page(State(app): State<App>) -> Answer {
    crate::answer::page(&LoginPage { bureau: &app.bureau, name: "", problem: String::new(), sso: app.sso.is_some() })
}

/// POST /login
pub(crate) async fn sign_in(State(app): State<App>, request: Request) -> Answer {
    let body = axum::body::to_bytes(request.into_body(), 16 * 1024).await;
    let fields = Fields::parse(&body.map_err(|_| Trouble::Input("表单太大".to_owned()))?);
    let [name, password, code] = ["name", "password", "code"].map(|field| fields.one(field).unwrap_or_default());
    match app.store.sign_in(name, password, code, app.now()).await {
        Ok(token) => {
            let role = app.store.account(name).await?.role;
            Ok(([(header::SET_COOKIE, cookie(&app, &token))], Redirect::to(home(role))).into_response())
        }
        Err(SignInError::Store(problem)) => Err(problem.into()),
        Err(no) => {
            let page = LoginPage { bureau: &app.bureau, name, problem: no.to_string(), sso: app.sso.is_some() };
            Ok((StatusCode::UNAUTHORIZED, Html(page.render()?)).into_response())
        }
    }
}

/// The cookie that holds a session's token.
pub(crate) fn cookie(app: &App, token: &str) -> String {
    let secure = if app.secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/{secure}")
}

/// POST /logout
pub(crate) async fn sign_out(State(app): State<App>, who: Who, headers: axum::http::HeaderMap, _form: Posted) -> Answer {
    // Who leaves has nothing in hand.
    app.store.release(None, &who.0.account.name).await?;
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
    one_time: bool,
    home: &'static str,
}

/// GET /password
pub(crate) async fn password_page(who: Who) -> Answer {
    let account = &who.0.account;
    crate::answer::page(&PasswordPage { csrf: who.0.csrf.clone(), one_time: account.one_time, home: home(account.role) })
}

/// POST /password: one's own, by whoever knows the old one. All sessions end, this one too.
pub(crate) async fn change_password(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let name = &who.0.account.name;
    let (old, new) = (fields.need("old", "原密码")?, fields.need("new", "新密码")?);
    if fields.one("again") != Some(new) {
        return Err(Trouble::Input("两次输入的新密码不同".to_owned()));
    }
    ask_again(&app, name, old, "原密码").await?;
    app.store.set_password(name, new, name, app.now()).await?;
    see_other("/login")
}

/// Somebody who is signed in says their password again, before what they are known by is changed.
async fn ask_again(app: &App, name: &str, password: &str, what: &str) -> Result<(), Trouble> {
    match app.store.check_password(name, password, app.now()).await {
        Ok(()) => Ok(()),
        Err(SignInError::Store(problem)) => Err(problem.into()),
        Err(no) => Err(Trouble::Input(format!("{what}：{no}"))),
    }
}

#[derive(Template)]
#[template(path = "one_time.html")]
struct OneTimePage {
    csrf: String,
    secret: String,
    link: String,
    picture: String,
}

/// GET /one-time: a new secret, for an authenticator to take over. It counts from when its first code is given back.
pub(crate) async fn one_time_page(State(app): State<App>, who: Who) -> Answer {
    let secret = OneTimeSecret::random()?;
    let link = secret.link(&format!("明察 {}", app.bureau), &who.0.account.name);
    let code = QrCode::new(link.as_bytes()).map_err(|problem| Trouble::Input(format!("无法生成二维码：{problem}")))?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    // The declaration of a picture that stands alone has no place inside a page.
    let picture = picture.split_once("?>").map_or(picture.as_str(), |(_, svg)| svg).to_owned();
    crate::answer::page(&OneTimePage { csrf: who.0.csrf.clone(), secret: secret.text().to_owned(), link, picture })
}

/// POST /one-time: from now on a code is asked for.
pub(crate) async fn begin_one_time(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let name = &who.0.account.name;
    ask_again(&app, name, fields.need("password", "密码")?, "密码").await?;
    let secret = OneTimeSecret::read(fields.need("secret", "密钥")?)
        .ok_or_else(|| Trouble::Input("密钥不对，请重新打开这一页".to_owned()))?;
    app.store.begin_one_time(name, &secret, fields.need("code", "动态口令")?, app.now()).await?;
    see_other("/password")
}

/// POST /one-time/end: no code is asked for any longer, by whoever knows the password.
pub(crate) async fn end_one_time(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let name = &who.0.account.name;
    ask_again(&app, name, fields.need("password", "密码")?, "密码").await?;
    app.store.end_one_time(name, name, app.now()).await?;
    see_other("/password")
}
