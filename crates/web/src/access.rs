//! Access log（访问日志）: one line for each answer: which route, who, how it ended, how long it took. The route as it is written in the table,
//! never the address that was asked for, which may name a person.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::guard::Who;

/// The header by which an answer and its line of the log are joined.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Upper bounds of the times that are counted, in milliseconds.
const BOUNDS: [u64; 6] = [10, 50, 100, 200, 1_000, 5_000];

/// Counts（访问计数）of answers since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    number: AtomicU64,
    total_ms: AtomicU64,
    within: [AtomicU64; BOUNDS.len()],
    by_status: Mutex<BTreeMap<u16, u64>>,
}

impl Counts {
    fn next(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn answered(&self, status: u16, ms: u64) {
        self.total_ms.fetch_add(ms, Ordering::Relaxed);
        for (_, count) in BOUNDS.iter().zip(&self.within).filter(|(bound, _)| ms <= **bound) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        *self.by_status.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
    }

    /// In the form that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("# HELP mingcha_answers_total Answers by status.\n# TYPE mingcha_answers_total counter\n");
        let by_status = self.by_status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (status, number) in &by_status {
            text.push_str(&format!("mingcha_answers_total{{status=\"{status}\"}} {number}\n"));
        }
        text.push_str("# HELP mingcha_answer_milliseconds Time to an answer.\n# TYPE mingcha_answer_milliseconds histogram\n");
        for (bound, count) in BOUNDS.iter().zip(&self.within) {
            text.push_str(&format!("mingcha_answer_milliseconds_bucket{{le=\"{bound}\"}} {}\n", count.load(Ordering::Relaxed)));
        }
        let all: u64 = by_status.values().sum();
        text.push_str(&format!("mingcha_answer_milliseconds_bucket{{le=\"+Inf\"}} {all}\n"));
        text.push_str(&format!("mingcha_answer_milliseconds_sum {}\n", self.total_ms.load(Ordering::Relaxed)));
        text.push_str(&format!("mingcha_answer_milliseconds_count {all}\n"));
        text
    }
}

/// Place（路由）: the route of an answer, as the table of routes has it.
#[derive(Clone, Copy)]
pub(crate) struct Place(pub(crate) &'static str);

/// Says of an answer which route it is of.
pub(crate) async fn placed(State(place): State<Place>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(place);
    response
}

/// Around every answer.
pub(crate) async fn log(State(app): State<App>, request: Request, next: Next) -> Response {
    let (begin, number) = (Instant::now(), app.counts.next());
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    let route = response.extensions().get::<Place>().map_or("-", |place| place.0);
    let user = response.extensions().get::<Who>().map_or("-", |who| who.0.account.name.as_str()).to_owned();
    let request_id = format!("{number:08}");
    tracing::info!(target: "access", request = request_id, user, %method, route, status, ms);
    app.counts.answered(status, ms);
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
