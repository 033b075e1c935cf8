//! Health: whether the site lives, whether it can work, and figures for whoever watches it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// GET /healthz
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// GET /readyz
pub(crate) async fn ready(State(app): State<App>) -> Response {
    match app.store.ready().await {
        Ok(()) => "ok".into_response(),
        Err(problem) => {
            tracing::error!(%problem, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "database").into_response()
        }
    }
}

/// GET /metrics: jobs by state, answers by status and time, in the form that Prometheus reads. Nothing of any person or institution.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let Ok(jobs) = app.store.jobs(1_000).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut text = String::from("# HELP mingcha_jobs Jobs among the newest thousand, by state.\n# TYPE mingcha_jobs gauge\n");
    for state in ["queued", "running", "done", "failed", "cancelled"] {
        let number = jobs.iter().filter(|job| job.state == state).count();
        text.push_str(&format!("mingcha_jobs{{state=\"{state}\"}} {number}\n"));
    }
    text.push_str(&app.counts.text());
    text.into_response()
}
