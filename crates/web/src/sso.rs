//! Single sign-on（单点登录）: a reverse proxy that has recognised somebody says so in a header, and proves by a secret that it is the proxy.
//!
//! Off unless configured. Only this one route looks at the headers; everything else goes by the session that it begins.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use store::{SignInError, StoreError};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::layout::home;
use crate::login::cookie;

/// The shortest secret: what is shorter can be guessed.
pub const SHORTEST_SECRET: usize = 32;

/// Sso（单点登录）: which headers the proxy sets, and its secret.
#[derive(Clone)]
pub struct Sso {
    /// The header that names the user.
    pub user_header: String,
    /// The header that holds the secret.
    pub secret_header: String,
    /// The secret.
    pub secret: String,
}

impl Sso {
    /// Whom the proxy has recognised; nobody where the secret is missing or another.
    fn recognised<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let one = |name: &str| {
            let mut values = headers.get_all(name).iter();
            // A header that comes twice was set by two, and one of them is not the proxy.
            values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
        };
        let sent = one(&self.secret_header)?;
        // Digests are compared, so that time tells nothing of the secret.
        let same = store::paper::digest(sent.as_bytes()) == store::paper::digest(self.secret.as_bytes());
        let long = self.secret.len() >= SHORTEST_SECRET;
        one(&self.user_header).map(str::trim).filter(|name| same && long && !name.is_empty())
    }
}

/// GET /login/sso
pub(crate) async fn sign_in(State(app): State<App>, headers: HeaderMap) -> Answer {
    let Some(sso) = &app.sso else { return Err(StoreError::NotFound.into()) };
    let Some(name) = sso.recognised(&headers) else {
        return Ok((StatusCode::UNAUTHORIZED, "没有经过单点登录，请从单点登录入口进入").into_response());
    };
    match app.store.sign_in_known(name, app.now()).await {
        Ok(token) => {
            let role = app.store.account(name).await?.role;
            Ok(([(header::SET_COOKIE, cookie(&app, &token))], Redirect::to(home(role))).into_response())
        }
        Err(SignInError::Store(problem)) => Err(problem.into()),
        Err(no) => Err(Trouble::Input(no.to_string())),
    }
}
