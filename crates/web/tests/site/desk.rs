//! A site over a fresh database, and people who sign in to it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use casework::sheet::{Charged, Sheet};
use casework::standing::Floor;
use casework::{Calendar, DraftKind, Filed, Limits, Role, Scope};
use claims::{Day, Moment};
use store::{Account, Clocks, Seal, Store};
use tempfile::TempDir;
use tower::ServiceExt as _;
use web::app::{Composed, DataVersion, FeeLine, Records, RuleCard, Rulebook, RunCard, Visit};
use web::reading::{
    Compared, Delivered, KnowledgeChanges, KnowledgeImport, PointCard, Points, PointsAsked, ProfileOf, ProfilesAsked, Reading,
    RefusedAsked, RefusedPage, RiskHead, RiskProfile, TableCard,
};
use web::{App, Setup, Sso};

pub(crate) const HOSPITAL: &str = "H99010100001";
pub(crate) const OTHER: &str = "H99010100002";
pub(crate) const FAR: &str = "H99020100001";
/// What the reverse proxy proves itself by.
pub(crate) const SECRET: &str = "a secret of more than thirty-two letters";
const PASSWORD: &str = "correct horse battery";

/// A lake that cannot be read: pages say so, and go on.
struct NoLake;

#[async_trait]
impl Records for NoLake {
    async fn version(&self) -> Result<DataVersion, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn lines(&self, _: Option<&str>, _: &str) -> Result<Vec<FeeLine>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn visits(&self, _: &str) -> Result<Vec<Visit>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn runs(&self) -> Result<Vec<RunCard>, String> {
        Ok(Vec::new())
    }
}

/// One rule, and packs that are known by their only text.
struct OneRule(Arc<[RuleCard]>);

#[async_trait]
impl Rulebook for OneRule {
    fn cards(&self) -> Arc<[RuleCard]> {
        self.0.clone()
    }
    async fn beginning(&self, kind: DraftKind, name: &str) -> Result<String, String> {
        Ok(format!("# {} {name}\n", kind.label()))
    }
    async fn compose(&self, kind: DraftKind, name: &str, text: &str) -> Result<Composed, String> {
        let digest = store::paper::digest(text.as_bytes());
        let files = vec![(kind.file(name), text.to_owned())];
        Ok(Composed { digest, rules: 1, files, program: "0".to_owned(), ..Composed::default() })
    }
    async fn renew(&self) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Reading for NoLake {
    async fn tables(&self) -> Result<Vec<TableCard>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn points(&self, _: PointsAsked) -> Result<Points, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn point(&self, _: &str) -> Result<Option<PointCard>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn knowledge_imports(&self) -> Result<Vec<KnowledgeImport>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn knowledge_changes(&self, _: usize) -> Result<Option<KnowledgeChanges>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn risk(&self, _: ProfileOf) -> Result<Option<RiskHead>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn profiles(&self, _: ProfilesAsked) -> Result<(usize, Vec<RiskProfile>), String> {
        Err("数据湖不可读".to_owned())
    }
    async fn profile(&self, _: ProfileOf, _: &str) -> Result<Option<RiskProfile>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn deliveries(&self) -> Result<Vec<Delivered>, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn refused(&self, _: RefusedAsked) -> Result<RefusedPage, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn compared(&self, _: &str, _: &str) -> Result<Option<Vec<Compared>>, String> {
        Err("数据湖不可读".to_owned())
    }
}

/// A site.
pub(crate) struct Desk {
    router: Router,
    pub(crate) store: Store,
    clock: Arc<AtomicI64>,
    _folder: TempDir,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) to: Option<String>,
    cookie: Option<String>,
}

impl Answer {
    /// The cookie that it sets, as a browser would send it back.
    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.as_ref().and_then(|cookie| cookie.split(';').next()).map(str::to_owned)
    }
}

/// Somebody who is signed in.
pub(crate) struct Person<'a> {
    desk: &'a Desk,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

/// The first day of the story: a Monday.
pub(crate) fn monday() -> Day {
    Day::ymd(2026, 3, 2).unwrap()
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("casework.db").display());
        let store = Store::open(
            &url,
            folder.path().join("papers"),
            Some(Seal::from_secret(&[7; 32])),
            Moment::at(monday(), 7, 0, 0).unwrap(),
        )
        .await
        .unwrap();
        let clock = Arc::new(AtomicI64::new(0));
        let hands = clock.clone();
        let start = Moment::at(monday(), 9, 0, 0).unwrap();
        let rule = RuleCard { code: "rule-a".to_owned(), name: "规则甲".to_owned(), version: 1, ..RuleCard::default() };
        let app = App::new(Setup {
            store: store.clone(),
            limits: Limits::default(),
            floor: Floor::default(),
            calendar: Calendar::default(),
            now: Box::new(move || start.plus_seconds(hands.load(Ordering::Relaxed))),
            records: Arc::new(NoLake),
            reading: Arc::new(NoLake),
            rulebook: Arc::new(OneRule(vec![rule].into())),
            sso: Some(Sso { user_header: "x-user".to_owned(), secret_header: "x-secret".to_owned(), secret: SECRET.to_owned() }),
            bureau: "示例市医疗保障局".to_owned(),
            secure: false,
        });
        let desk = Self { router: web::site(app), store, clock, _folder: folder };
        for role in Role::ALL {
            desk.add(&name(role), role).await;
        }
        desk
    }

    async fn add(&self, name: &str, role: Role) {
        let scope = match role {
            Role::Institution => Scope::Institutions(BTreeSet::from([HOSPITAL.to_owned()])),
            _ => Scope::Regions(BTreeSet::from(["9901".to_owned()])),
        };
        self.add_scoped(name, role, scope).await;
    }

    pub(crate) async fn add_scoped(&self, name: &str, role: Role, scope: Scope) {
        let account = Account::new(name, name, role, scope);
        self.store.add_account(&account, PASSWORD, "test", Moment::at(monday(), 8, 0, 0).unwrap()).await.unwrap();
    }

    /// Files findings: id, institution, amount.
    pub(crate) async fn file(&self, found: &[(&str, &str, i64)]) {
        let found: Vec<_> = found.iter().map(|(id, code, fen)| finding(id, code, *fen)).collect();
        self.store.file(&found, &Clocks::default(), Moment::at(monday(), 8, 0, 0).unwrap()).await.unwrap();
    }

    /// Days go by.
    pub(crate) fn days(&self, days: i64) {
        self.clock.fetch_add(days * 86_400, Ordering::Relaxed);
    }

    /// Minutes go by.
    pub(crate) fn minutes(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::at(monday(), 9, 0, 0).unwrap().plus_seconds(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let text =
            |name: header::HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (status, to, cookie) = (response.status(), text(header::LOCATION), text(header::SET_COOKIE));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, text: String::from_utf8_lossy(&body).into_owned(), to, cookie }
    }

    /// The answer as it is, headers and all.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        self.try_code(name, password, "").await
    }

    pub(crate) async fn try_code(&self, name: &str, password: &str, code: &str) -> Answer {
        let body = form(&[("name", name), ("password", password), ("code", code)]);
        self.send(
            Request::post("/login")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(body))
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn sign_in(&self, name: &str) -> Person<'_> {
        let answer = self.try_sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookie = answer.cookie.unwrap().split(';').next().unwrap().to_owned();
        let token = cookie.split_once('=').unwrap().1;
        let now = self.now();
        let csrf = self.store.session(token, now).await.unwrap().unwrap().csrf;
        Person { desk: self, cookie, csrf }
    }
}

impl Person<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.desk.send(Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap()).await
    }

    /// Sends a form of this session.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        self.post_raw(path, form(&fields)).await
    }

    pub(crate) async fn post_raw(&self, path: &str, body: String) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.desk.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form with a file.
    pub(crate) async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (name, value) in [&[("csrf", self.csrf.as_str())], fields].concat() {
            body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"papers\"; filename=\"{}\"\r\n\r\n", file.0).into_bytes(),
        );
        body.extend(file.1);
        body.extend(b"\r\n--edge--\r\n");
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
        self.desk.send(request.body(Body::from(body)).unwrap()).await
    }

    /// The version that a finding's page shows.
    pub(crate) async fn version(&self, id: &str) -> String {
        let page = self.get(&format!("/findings/{id}")).await.text;
        let after = page.split("name=\"version\" value=\"").nth(1).unwrap_or_default();
        after.split('"').next().unwrap_or_default().to_owned()
    }

    /// Decides on a finding as the page shows it now.
    pub(crate) async fn decide(&self, id: &str, what: &str, fields: &[(&str, &str)]) -> Answer {
        let version = self.version(id).await;
        let fields = [&[("version", version.as_str()), ("stay", "1")], fields].concat();
        self.post(&format!("/findings/{id}/{what}"), &fields).await
    }
}

/// The account of a role: its name in the store.
pub(crate) fn name(role: Role) -> String {
    serde_json::to_value(role).unwrap().as_str().unwrap().to_owned()
}

fn form(fields: &[(&str, &str)]) -> String {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    body.finish()
}

pub(crate) fn finding(id: &str, code: &str, amount_fen: i64) -> (Filed, Sheet) {
    let filed = Filed {
        finding_id: id.to_owned(),
        run_id: "R1".to_owned(),
        lake_version: 1,
        rule_code: "rule-a".to_owned(),
        rule_version: 1,
        fixmedins_code: Some(code.to_owned()),
        region: code[1..7].to_owned(),
        occurred_on: Day::ymd(2026, 2, 10).unwrap(),
        amount_fen,
        fund_parts: vec![("hifp_pay".to_owned(), amount_fen * 8 / 10)],
        digest: format!("{id}-{amount_fen}"),
    };
    let sheet = Sheet {
        rule_name: "规则甲".to_owned(),
        grade: "violation".to_owned(),
        institution: format!("机构{code}"),
        psn_no: Some("99010100000000001415".to_owned()),
        mdtrt_id: Some(format!("M-{id}")),
        message: format!("<b>限一日一次</b>，收两次，涉及 {id}"),
        line_ids: vec![format!("M-{id}:1")],
        charged: vec![Charged { line_id: format!("M-{id}:1"), excess: amount_fen, fund: Some(amount_fen * 8 / 10) }],
        cleared_by: vec!["转科交接记录".to_owned()],
        evidence: "{\"facts\":[{\"label\":\"次数\",\"value\":\"2\"}],\"law\":[{\"law\":\"医疗保障基金使用监督管理条例\",\"article\":\"第三十八条\"}]}".to_owned(),
        ..Sheet::default()
    };
    (filed, sheet)
}
