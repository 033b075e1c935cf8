//! Pages over a large file: how long the queue, a finding, the groups and the workbench take, against a bare `SELECT 1` on the same
//! connections in the same run.
//!
//! ```text
//! cargo bench -p web -- postgres 1000000 100000      # findings, appeals
//! cargo bench -p web -- sqlite 1000000 100000
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on says so by stopping")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use casework::sheet::{Charged, Sheet};
use casework::standing::Floor;
use casework::{Actor, Calendar, DraftKind, Filed, FirstReview, Limits, Role, Scope, UserId};
use claims::{Day, Moment};
use store::{Account, Clocks, Decide, Seal, Seen, Store};
use tower::ServiceExt as _;
use web::app::{Composed, DataVersion, FeeLine, Kit, Records, RuleCard, Rulebook, RunCard, Visit};
use web::inbox::{Inbox, LearnOrder, Lying, Preview, Source};
use web::reading::{
    Compared, Delivered, KnowledgeChanges, KnowledgeImport, PointCard, Points, PointsAsked, ProfileOf, ProfilesAsked, Reading,
    RefusedAsked, RefusedPage, RiskHead, RiskProfile, TableCard,
};
use web::{App, Setup};

const INSTITUTIONS: usize = 200;
const RULES: usize = 150;
const REQUESTS: usize = 200;
/// How many contest findings at a time while the file is filled.
const HANDS: usize = 8;

/// The address of a page, by the number of the request.
type Address = Box<dyn Fn(usize) -> String>;

/// The lake is measured elsewhere.
struct NoLake;

/// Rules are shown nowhere here.
struct NoRules;

#[async_trait]
impl Rulebook for NoRules {
    fn cards(&self) -> Arc<[RuleCard]> {
        Arc::new([])
    }
    async fn beginning(&self, _: DraftKind, _: &str) -> Result<String, String> {
        Ok(String::new())
    }
    async fn compose(&self, _: DraftKind, _: &str, _: &str) -> Result<Composed, String> {
        Ok(Composed::default())
    }
    async fn kit(&self, _: &[String]) -> Result<Kit, String> {
        Err("没有规则".to_owned())
    }
    async fn renew(&self) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Records for NoLake {
    async fn version(&self) -> Result<DataVersion, String> {
        Ok(DataVersion::default())
    }
    async fn lines(&self, _: Option<&str>, _: &str) -> Result<Vec<FeeLine>, String> {
        Ok(Vec::new())
    }
    async fn visits(&self, _: &str) -> Result<Vec<Visit>, String> {
        Ok(Vec::new())
    }
    async fn runs(&self) -> Result<Vec<RunCard>, String> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Inbox for NoLake {
    fn profiles(&self) -> Vec<&'static str> {
        Vec::new()
    }
    async fn lying(&self) -> Result<Option<Vec<Lying>>, String> {
        Ok(None)
    }
    async fn keep(&self, _: Vec<(String, Vec<u8>)>) -> Result<Source, String> {
        Err("数据湖不可读".to_owned())
    }
    async fn check(&self, _: &Source) -> Result<(), String> {
        Err("数据湖不可读".to_owned())
    }
    async fn preview(&self, _: &LearnOrder) -> Result<Preview, String> {
        Err("数据湖不可读".to_owned())
    }
}

#[async_trait]
impl Reading for NoLake {
    async fn tables(&self) -> Result<Vec<TableCard>, String> {
        Ok(Vec::new())
    }
    async fn points(&self, _: PointsAsked) -> Result<Points, String> {
        Ok(Points::default())
    }
    async fn point(&self, _: &str) -> Result<Option<PointCard>, String> {
        Ok(None)
    }
    async fn knowledge_imports(&self) -> Result<Vec<KnowledgeImport>, String> {
        Ok(Vec::new())
    }
    async fn knowledge_changes(&self, _: usize) -> Result<Option<KnowledgeChanges>, String> {
        Ok(None)
    }
    async fn risk(&self, _: ProfileOf) -> Result<Option<RiskHead>, String> {
        Ok(None)
    }
    async fn profiles(&self, _: ProfilesAsked) -> Result<(usize, Vec<RiskProfile>), String> {
        Ok((0, Vec::new()))
    }
    async fn profile(&self, _: ProfileOf, _: &str) -> Result<Option<RiskProfile>, String> {
        Ok(None)
    }
    async fn deliveries(&self) -> Result<Vec<Delivered>, String> {
        Ok(Vec::new())
    }
    async fn refused(&self, _: RefusedAsked) -> Result<RefusedPage, String> {
        Ok(RefusedPage::default())
    }
    async fn compared(&self, _: &str, _: &str) -> Result<Option<Vec<Compared>>, String> {
        Ok(None)
    }
}

fn now() -> Moment {
    Moment::at(Day::ymd(2026, 3, 2).unwrap(), 9, 0, 0).unwrap()
}

fn institution(number: usize) -> String {
    format!("H9901{:02}{:05}", number % 20 + 1, number)
}

fn finding(number: usize) -> (Filed, Sheet) {
    // Any spread will do, so long as it is the same each time.
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let code = institution(mixed % INSTITUTIONS);
    let amount_fen = i64::try_from(mixed % 500_000).unwrap() + 100;
    let id = format!("{mixed:016x}{number:016x}");
    let filed = Filed {
        run_id: "R1".to_owned(),
        lake_version: 1,
        rule_code: format!("rule{:03}", mixed / 7 % RULES),
        rule_version: 1,
        region: code[1..7].to_owned(),
        fixmedins_code: Some(code.clone()),
        occurred_on: Day::ymd(2025, 1, 1).unwrap().plus(i32::try_from(mixed % 365).unwrap()),
        amount_fen,
        fund_parts: vec![("hifp_pay".to_owned(), amount_fen * 7 / 10)],
        digest: format!("{mixed:064x}"),
        finding_id: id.clone(),
    };
    let sheet = Sheet {
        rule_name: format!("规则{:03}", mixed / 7 % RULES),
        grade: ["violation", "suspicion_high", "suspicion"][mixed % 3].to_owned(),
        institution: format!("合成市第{}医院", mixed % INSTITUTIONS),
        psn_no: Some(format!("9901{:016}", mixed % 100_000)),
        mdtrt_id: Some(format!("M{number}")),
        bilg_dr_code: Some(format!("D{:06}", mixed % 3_000)),
        message: format!("限一日一次，收两次，涉及{}元", amount_fen / 100),
        line_ids: vec![format!("M{number}:1")],
        charged: vec![Charged { line_id: format!("M{number}:1"), excess: amount_fen, fund: Some(amount_fen * 7 / 10) }],
        evidence: "{}".to_owned(),
        ..Sheet::default()
    };
    (filed, sheet)
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [kind, findings, appeals] = arguments.as_slice() else {
        println!("pages: give a database (sqlite, postgres), findings, appeals; nothing measured");
        return;
    };
    let (findings, appeals): (usize, usize) = (findings.parse().unwrap(), appeals.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let url = if kind == "postgres" { testkit::database() } else { format!("sqlite://{}", folder.path().join("c.db").display()) };
    let store = Store::open(&url, folder.path().join("papers"), Some(Seal::from_secret(&[7; 32])), now()).await.unwrap();
    let begin = Instant::now();
    fill(&store, findings, appeals).await;
    println!("{kind}: {findings} findings, {appeals} appeals filled in {:.0} s", begin.elapsed().as_secs_f64());
    measure(&store, findings).await;
}

async fn fill(store: &Store, findings: usize, appeals: usize) {
    let clocks = Clocks::default();
    for start in (0..findings).step_by(10_000) {
        let slice: Vec<_> = (start..findings.min(start + 10_000)).map(finding).collect();
        store.file(&slice, &clocks, now()).await.unwrap();
    }
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..HANDS {
        let store = store.clone();
        hands.spawn(async move { appeal(&store, (hand..appeals).step_by(HANDS)).await });
    }
    while let Some(done) = hands.join_next().await {
        done.unwrap();
    }
}

/// Reviews, tells and contests findings, some hundred at a time.
async fn appeal(store: &Store, numbers: impl Iterator<Item = usize>) {
    let clocks = Clocks::default();
    let auditor = Actor { user: UserId::new("auditor"), role: Role::Auditor, scope: Scope::All };
    let numbers: Vec<usize> = numbers.collect();
    for some in numbers.chunks(500) {
        let filed: Vec<Filed> = some.iter().map(|number| finding(*number).0).collect();
        let institutions = filed.iter().filter_map(|filed| filed.fixmedins_code.clone()).collect();
        let hospital = Actor { user: UserId::new("hospital"), role: Role::Institution, scope: Scope::Institutions(institutions) };
        let (limits, calendar, today) = (Limits::default(), &clocks.calendar, now().day());
        let steps: [(&Actor, &Decide<'_>); 3] = [
            (&auditor, &|finding| finding.review(&auditor, FirstReview::Pass, today)),
            (&auditor, &|finding| finding.tell(&auditor, limits, calendar, today)),
            (&hospital, &|finding| finding.appeal(&hospital, "见病历", Vec::new(), limits, calendar, today)),
        ];
        for (version, (actor, decide)) in (1..).zip(steps) {
            let seen: Vec<Seen> = filed.iter().map(|filed| Seen { finding_id: filed.finding_id.clone(), version }).collect();
            let dealt = store.decide_each(actor, &seen, decide, (&[], None), &clocks, now()).await.unwrap();
            assert!(dealt.left.is_empty(), "{:?}", dealt.left.first());
        }
    }
}

async fn measure(store: &Store, findings: usize) {
    let account = Account::new("auditor", "甲", Role::Auditor, Scope::Regions(BTreeSet::from(["99".to_owned()])));
    store.add_account(&account, "correct horse battery", "bench", now()).await.unwrap();
    let token = store.sign_in("auditor", "correct horse battery", "", now()).await.unwrap();
    let app = App::new(Setup {
        store: store.clone(),
        limits: Limits::default().into(),
        floor: Floor::default(),
        calendar: Calendar::default(),
        now: Box::new(now),
        records: Arc::new(NoLake),
        reading: Arc::new(NoLake),
        inbox: Arc::new(NoLake),
        rulebook: Arc::new(NoRules),
        sso: None,
        bureau: "局".to_owned(),
        secure: false,
    });
    let site = web::site(app);
    let mut bare: Vec<Duration> = Vec::new();
    for _ in 0..REQUESTS {
        let begin = Instant::now();
        store.ready().await.unwrap();
        bare.push(begin.elapsed());
    }
    let bare = at(&mut bare, 95);
    println!("| page | p50 ms | p95 ms | ÷ SELECT 1 ({:.2} ms) |\n|---|---|---|---|", bare.as_secs_f64() * 1e3);
    let pages: [(&str, Address); 7] = [
        ("queue", Box::new(|_| "/findings".to_owned())),
        (
            "queue of a rule and an institution",
            Box::new(|n| format!("/findings?rule=rule{:03}&inst={}", n % RULES, institution(n % INSTITUTIONS))),
        ),
        ("queue by amount, a later page", Box::new(|n| format!("/findings?view=all&sort=amount&page={}", n % 40 + 1))),
        ("groups by rule", Box::new(|_| "/findings?group=rule".to_owned())),
        ("a finding", Box::new(move |n| format!("/findings/{}", finding(n * 37 % findings).0.finding_id))),
        ("workbench", Box::new(|_| "/".to_owned())),
        ("appeals", Box::new(|_| "/appeals".to_owned())),
    ];
    for (name, address) in pages {
        let mut took: Vec<Duration> = Vec::new();
        for number in 0..REQUESTS {
            let begin = Instant::now();
            get(&site, &token, &address(number)).await;
            took.push(begin.elapsed());
        }
        let (p50, p95) = (at(&mut took, 50), at(&mut took, 95));
        println!(
            "| {name} | {:.1} | {:.1} | {:.0} × |",
            p50.as_secs_f64() * 1e3,
            p95.as_secs_f64() * 1e3,
            p95.as_secs_f64() / bare.as_secs_f64()
        );
    }
}

async fn get(site: &Router, token: &str, address: &str) {
    let request = Request::get(address).header(header::COOKIE, format!("mingcha={token}")).body(Body::empty()).unwrap();
    let response = site.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{address}: {}", response.status());
    to_bytes(response.into_body(), usize::MAX).await.unwrap();
}

/// The value below which so many per cent lie.
fn at(took: &mut [Duration], percent: usize) -> Duration {
    took.sort();
    took[(took.len() * percent / 100).min(took.len() - 1)]
}
