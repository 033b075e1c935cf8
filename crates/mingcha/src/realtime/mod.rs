//! Real time（实时接口）: the national interface 3101, 3102 and 3103 over HTTP.

mod checks;
mod desk;
mod gate;
mod key;
mod settings;
mod writer;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path as OfPath, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use realtime::dialect::Dialects;
use realtime::{Envelope, Refusal, Reply, Service};
use store::Store;
use tokio::sync::Semaphore;

pub(crate) use key::KeyGroup;
pub(crate) use settings::Settings;

use crate::files;
use crate::pack::{Loaded, RulesArguments};
use crate::today::now;
use checks::Checks;
use desk::Desk;
use gate::Rates;

/// How often it is looked whether rules or lake have changed.
const LOOK: Duration = Duration::from_secs(5);

/// How often what is too old is dropped.
const TIDY: Duration = Duration::from_hours(1);

/// Interface（实时接口）of a site.
pub(crate) struct Interface {
    desk: Desk,
    store: Store,
    rates: Rates,
    at_once: Semaphore,
    longest: Duration,
    largest: usize,
    on_loopback: bool,
}

impl Interface {
    /// Over a store, as configured, at an address.
    pub(crate) fn new(store: Store, settings: &Settings, address: SocketAddr) -> Result<Arc<Self>> {
        let dialects = match &settings.dialects {
            Some(file) => {
                Dialects::parse(&files::text(file)?).map_err(|problem| anyhow!("{} 读不懂：{problem}", file.display()))?
            }
            None => Dialects::default(),
        };
        Ok(Arc::new(Self {
            rates: Rates::new(settings.per_second),
            at_once: Semaphore::new(settings.at_once.max(1)),
            longest: Duration::from_secs(settings.longest_seconds.max(1)),
            largest: settings.largest_kib.max(1) * 1_024,
            on_loopback: address.ip().is_loopback(),
            desk: Desk::new(store.clone(), settings.clone(), dialects),
            store,
        }))
    }

    /// Its addresses: one for all services, and one for each.
    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/fsi", post(any))
            .route("/fsi/{infno}", post(one))
            .layer(DefaultBodyLimit::max(self.largest))
            .with_state(Arc::clone(self))
    }

    /// Makes the rules ready, and again whenever they or the lake change, until told to stop.
    pub(crate) async fn keep_ready(self: Arc<Self>, rules: RulesArguments, lake: PathBuf) {
        let mut ready: Option<(String, Option<u64>)> = None;
        let mut tidied: Option<Instant> = None;
        while !crate::cancel::flag().load(Ordering::Relaxed) {
            match self.renewed(&rules, &lake, ready.as_ref()).await {
                Ok(Some(state)) => ready = Some(state),
                Ok(None) => {}
                Err(problem) => {
                    tracing::error!(problem = format!("{problem:#}"), "the rules of the real-time interface are not renewed");
                }
            }
            if let Err(problem) = self.desk.learn().await {
                tracing::error!(%problem, "the outcomes of rules are not known");
            }
            if tidied.is_none_or(|at| at.elapsed() >= TIDY) {
                tidied = Some(Instant::now());
                if let Err(problem) = self.desk.forget().await {
                    tracing::error!(%problem, "old visits and nonces are not dropped");
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Makes the rules anew where a pack was published, knowledge was brought in or the lake has a new version; gives what they rest on.
    async fn renewed(
        &self,
        rules: &RulesArguments,
        lake: &Path,
        ready: Option<&(String, Option<u64>)>,
    ) -> Result<Option<(String, Option<u64>)>> {
        let pack =
            crate::published::Published::in_force(&self.store).await?.publication.map(|one| one.digest).unwrap_or_default();
        let taken = crate::knowledge::store::Store::of(lake).entries()?;
        let published = format!("{pack} {}", taken.iter().map(|file| file.digest.as_str()).collect::<Vec<_>>().join(" "));
        let version = lake::Lake::open(lake).ok().and_then(|lake| lake.snapshot().ok()).map(|snapshot| snapshot.version());
        if ready.is_some_and(|(digest, known)| *digest == published && *known == version) {
            return Ok(None);
        }
        let Loaded { pack, .. } = crate::serve::in_force(&self.store, rules, lake).await?;
        let lake = lake.to_owned();
        let checks = tokio::task::spawn_blocking(move || Checks::load(&pack, &lake, 1)).await.context("实时规则没有准备好")??;
        self.desk.put(checks);
        Ok(Some((published, version)))
    }

    /// A message that was not read to its end.
    fn unread(&self, rejection: &BytesRejection) -> Response {
        let status = rejection.status();
        let why = if status == StatusCode::PAYLOAD_TOO_LARGE {
            format!("报文大于 {} KiB，请分次发送", self.largest / 1_024)
        } else {
            "报文没有收完整，请重发".to_owned()
        };
        refused(status, &why)
    }

    async fn answer(&self, path: &str, headers: &HeaderMap, body: &Bytes, asked: Option<Service>) -> Response {
        let Ok(_permit) = self.at_once.try_acquire() else {
            return refused(StatusCode::SERVICE_UNAVAILABLE, "服务繁忙，请稍后用同一 msgid 重发");
        };
        let received = now();
        let envelope = Envelope::open(body, asked);
        // Who it is comes before how often: nobody uses up the calls of an institution by naming it.
        let sender = match &envelope {
            Ok(envelope) => match gate::sender(&self.store, headers, (path, body), envelope, self.on_loopback).await {
                Ok(_) if !self.rates.allow(&envelope.fixmedins_code, Instant::now()) => {
                    return refused(StatusCode::TOO_MANY_REQUESTS, "调用过于频繁，请稍后用同一 msgid 重发");
                }
                Ok(sender) => sender,
                Err(refusal) => return refused(StatusCode::UNAUTHORIZED, &refusal.err_msg),
            },
            Err(_) => desk::Sender::default(),
        };
        match tokio::time::timeout(self.longest, self.desk.answer(envelope, sender, received)).await {
            Ok(answered) if answered.later => json(StatusCode::SERVICE_UNAVAILABLE, answered.reply),
            Ok(answered) => json(StatusCode::OK, answered.reply),
            Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE, "没有在时限内算完，请稍后用同一 msgid 重发"),
        }
    }
}

/// POST /fsi
async fn any(State(interface): State<Arc<Interface>>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    match body {
        Ok(body) => interface.answer("/fsi", &headers, &body, None).await,
        Err(rejection) => interface.unread(&rejection),
    }
}

/// POST /fsi/3101 and the like
async fn one(
    State(interface): State<Arc<Interface>>,
    OfPath(infno): OfPath<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match (Service::of(&infno), body) {
        (Some(service), Ok(body)) => interface.answer(&format!("/fsi/{infno}"), &headers, &body, Some(service)).await,
        (Some(_), Err(rejection)) => interface.unread(&rejection),
        (None, _) => refused(StatusCode::NOT_FOUND, "没有这个交易，可用 3101、3102、3103"),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    json(status, Reply::refused(&Refusal::new(why)).json())
}

fn json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], text).into_response()
}

/// Serial number of a reply within this process.
fn next_serial() -> u64 {
    static SERIAL: AtomicU64 = AtomicU64::new(1);
    SERIAL.fetch_add(1, Ordering::Relaxed) % 10_000_000_000
}
