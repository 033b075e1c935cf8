//! Routes: the table of contents of the site. A route cannot be written without what it needs.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get as on_get, post as on_post};
use casework::Action;

use crate::app::App;
use crate::guard::{self, Need};
use crate::{
    access, appeals, assets, bank_lists, bulk, charges, chosen, class_appeal, compare, correction, document, drafts, exemptions,
    export, finding, health, imports, knowledge, lease, letter_keys, log, login, monthly, packs, person, portal, portal_answer,
    portal_figures, profiles, quality, queue, realtime, recoveries, recovery, rules, runs, self_refunds, sso, stats, users,
    workbench,
};

/// The largest upload, in bytes: a few papers at once.
const LARGEST_UPLOAD: usize = 64 * 1024 * 1024;

/// A route: method, path, what it needs, and who answers.
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// Path, with its parameters in braces.
    pub path: &'static str,
    /// What it asks of whoever comes.
    pub need: Need,
    answer: MethodRouter<App>,
}

fn get<H: Handler<T, App>, T: 'static>(path: &'static str, need: Need, handler: H) -> Route {
    Route { method: Method::GET, path, need, answer: on_get(handler) }
}

fn post<H: Handler<T, App>, T: 'static>(path: &'static str, need: Need, handler: H) -> Route {
    Route { method: Method::POST, path, need, answer: on_post(handler) }
}

/// All routes. The router and the test of who may go where are built from the same list.
pub fn routes() -> Vec<Route> {
    let all = [entrance(), review(), beside_review(), figures(), rule_base(), money_and_people(), portal_pages()];
    all.into_iter().flatten().collect()
}

/// What stands before all pages: whether the service is well, signing in, the workbench.
fn entrance() -> Vec<Route> {
    use Need::{Public, SignedIn};
    vec![
        get("/healthz", Public, health::alive),
        get("/readyz", Public, health::ready),
        get("/metrics", Public, health::metrics),
        get("/assets/{*name}", Public, assets::asset),
        get("/login", Public, login::page),
        post("/login", Public, login::sign_in),
        get("/login/sso", Public, sso::sign_in),
        post("/logout", SignedIn, login::sign_out),
        get("/password", SignedIn, login::password_page),
        post("/password", SignedIn, login::change_password),
        get("/one-time", SignedIn, login::one_time_page),
        post("/one-time", SignedIn, login::begin_one_time),
        post("/one-time/end", SignedIn, login::end_one_time),
        get("/keys", SignedIn, letter_keys::page),
        post("/keys", SignedIn, letter_keys::switch),
        get("/", SignedIn, workbench::page),
    ]
}

/// Findings and what is decided on them.
fn review() -> Vec<Route> {
    use Need::May;
    vec![
        get("/findings", May(Action::ListFindings), queue::list),
        get("/findings.xlsx", May(Action::ListFindings), export::findings),
        post("/views", May(Action::ListFindings), queue::save_view),
        post("/views/drop", May(Action::ListFindings), queue::drop_view),
        post("/findings/review", May(Action::Review), chosen::review),
        post("/findings/tell", May(Action::Tell), chosen::tell),
        post("/findings/assign", May(Action::Assign), chosen::assign),
        post("/findings/snooze", May(Action::Snooze), chosen::snooze),
        get("/findings/{id}", May(Action::ListFindings), finding::page),
        post("/findings/{id}/review", May(Action::Review), finding::review),
        post("/findings/{id}/tell", May(Action::Tell), finding::tell),
        post("/findings/{id}/verdict", May(Action::DecideAppeal), finding::conclude_appeal),
        post("/findings/{id}/panel", May(Action::ConvenePanel), finding::convene),
        post("/findings/{id}/opinion", May(Action::GiveOpinion), finding::opine),
        post("/findings/{id}/conclusion", May(Action::ConcludePanel), finding::conclude_panel),
        post("/findings/{id}/adopt", May(Action::AdoptRevision), finding::adopt),
        post("/findings/{id}/back", May(Action::SendBack), correction::send_back),
        post("/findings/{id}/withdraw", May(Action::Withdraw), correction::withdraw),
        post("/findings/{id}/extend", May(Action::Extend), correction::extend),
        post("/findings/{id}/unanswered", May(Action::DecideAppeal), correction::unanswered),
        post("/findings/{id}/more", May(Action::AskMore), correction::ask_more),
        post("/findings/{id}/correct", May(Action::Correct), correction::correct),
        post("/findings/{id}/assign", May(Action::Assign), finding::assign),
        post("/findings/{id}/snooze", May(Action::Snooze), finding::snooze),
        post("/findings/{id}/remark", May(Action::ListFindings), finding::remark),
        post("/findings/{id}/unmask", May(Action::Unmask), finding::unmask),
        post("/findings/{id}/notice", May(Action::Tell), document::notice),
        post("/findings/{id}/decision", May(Action::DecideAppeal), document::decision),
        post("/findings/{id}/refund", May(Action::BookRecovery), document::refund),
        get("/findings/{id}/papers/{digest}", May(Action::ListFindings), finding::paper),
        get("/appeals", May(Action::ListFindings), appeals::list),
        get("/appeals.xlsx", May(Action::ListFindings), appeals::export),
    ]
}

/// Whom findings are about, runs, and what comes of them by month.
fn figures() -> Vec<Route> {
    use Need::May;
    vec![
        get("/realtime", May(Action::ViewFigures), realtime::page),
        get("/realtime/warnings", May(Action::ListFindings), realtime::warnings),
        get("/inhouse", May(Action::ListFindings), realtime::in_house),
        get("/institutions", May(Action::ViewFigures), profiles::institutions),
        get("/institutions.xlsx", May(Action::ViewFigures), profiles::export_institutions),
        get("/institutions/{code}", May(Action::ViewFigures), profiles::institution),
        get("/doctors", May(Action::ListFindings), profiles::doctors),
        get("/doctors.xlsx", May(Action::ListFindings), profiles::export_doctors),
        get("/doctors/{code}", May(Action::ListFindings), profiles::doctor),
        get("/persons", May(Action::Unmask), profiles::persons),
        get("/persons.xlsx", May(Action::Unmask), profiles::export_persons),
        get("/persons/of/{id}", May(Action::Unmask), profiles::person),
        post("/profiles", May(Action::Run), profiles::work_out),
        get("/persons/{psn_no}", May(Action::Unmask), person::page),
        get("/runs", May(Action::ViewFigures), runs::list),
        get("/runs/compare", May(Action::ListFindings), compare::page),
        get("/runs/compare.xlsx", May(Action::ListFindings), compare::export),
        get("/quality", May(Action::ViewFigures), quality::page),
        get("/quality/rows", May(Action::ListFindings), quality::rows),
        get("/quality.xlsx", May(Action::ViewFigures), quality::export),
        get("/quality/rows.xlsx", May(Action::ListFindings), quality::export_rows),
        post("/runs", May(Action::Run), runs::start),
        post("/runs/{id}/file", May(Action::Run), runs::file),
        post("/jobs/{id}/cancel", May(Action::Run), runs::cancel),
        get("/imports", May(Action::Import), imports::page),
        post("/imports", May(Action::Import), imports::start),
        post("/imports/upload", May(Action::Import), imports::upload),
        post("/imports/{id}/cancel", May(Action::Import), imports::cancel),
        get("/imports/knowledge", May(Action::Import), imports::preview),
        post("/imports/knowledge", May(Action::Import), imports::learn),
        post("/imports/knowledge/upload", May(Action::Import), imports::upload_knowledge),
        get("/monthly", May(Action::ViewFigures), monthly::page),
        get("/monthly.xlsx", May(Action::ViewFigures), monthly::export),
        get("/stats", May(Action::ViewFigures), stats::page),
        get("/stats.xlsx", May(Action::ViewFigures), stats::export),
    ]
}

/// Rules, their drafts and packs, and the knowledge they rest on.
fn rule_base() -> Vec<Route> {
    use Need::May;
    vec![
        get("/rules", May(Action::ViewRules), rules::list),
        get("/rules.xlsx", May(Action::ViewRules), rules::export),
        get("/rules/{code}", May(Action::ViewRules), rules::page),
        post("/rules/{code}/remark", May(Action::ViewRules), rules::remark),
        get("/drafts", May(Action::ViewRules), drafts::list),
        post("/drafts", May(Action::DraftRule), drafts::begin),
        get("/drafts/{id}", May(Action::ViewRules), drafts::page),
        post("/drafts/{id}/edit", May(Action::DraftRule), drafts::edit),
        post("/drafts/{id}/examine", May(Action::DraftRule), drafts::examine),
        post("/drafts/{id}/propose", May(Action::DraftRule), drafts::propose),
        post("/drafts/{id}/publish", May(Action::PublishRule), drafts::publish),
        post("/drafts/{id}/return", May(Action::PublishRule), drafts::give_back),
        post("/drafts/{id}/withdraw", May(Action::DraftRule), drafts::withdraw),
        get("/packs", May(Action::ViewRules), packs::list),
        get("/packs/{digest}", May(Action::ViewRules), packs::page),
        get("/packs/{digest}/files.zip", May(Action::ViewRules), packs::download),
        get("/knowledge", May(Action::ViewRules), knowledge::tables),
        get("/knowledge/points", May(Action::ViewRules), knowledge::points),
        get("/knowledge/point", May(Action::ViewRules), knowledge::point),
        get("/knowledge/imports/{number}", May(Action::ViewRules), knowledge::import),
    ]
}

/// What is paid back; who may do what, and who did.
fn money_and_people() -> Vec<Route> {
    use Need::May;
    vec![
        get("/recoveries", May(Action::ViewRecovery), recoveries::list),
        get("/recoveries.xlsx", May(Action::ViewRecovery), recoveries::export),
        get("/recoveries/{id}", May(Action::ViewRecovery), recovery::page),
        post("/recoveries/{id}/book", May(Action::BookRecovery), recovery::book),
        post("/recoveries/{id}/plan", May(Action::BookRecovery), recovery::plan),
        post("/recoveries/{id}/waive", May(Action::WaiveRecovery), recovery::waive),
        post("/recoveries/{id}/unwaive", May(Action::WaiveRecovery), recovery::unwaive),
        post("/recoveries/{id}/determine", May(Action::DetermineRecovery), recovery::determine),
        post("/recoveries/{id}/funds", May(Action::DetermineRecovery), recovery::name_funds),
        post("/recoveries/{id}/lower", May(Action::LowerRecovery), recovery::lower),
        post("/recoveries/{id}/again", May(Action::BookRecovery), recovery::again),
        post("/recoveries/{id}/receipt", May(Action::BookRecovery), document::receipt),
        get("/recoveries/{id}/slips/{digest}", May(Action::ViewRecovery), recovery::slip),
        get("/self-refunds", May(Action::BookRecovery), self_refunds::page),
        post("/self-refunds", May(Action::BookRecovery), self_refunds::book),
        get("/bank-lists", May(Action::ViewRecovery), bank_lists::list),
        post("/bank-lists", May(Action::BookRecovery), bank_lists::import),
        get("/bank-lists/{id}", May(Action::ViewRecovery), bank_lists::page),
        post("/bank-lists/{id}/again", May(Action::BookRecovery), bank_lists::again),
        get("/charges", May(Action::ViewRecovery), charges::list),
        post("/charges", May(Action::BookCharge), charges::open),
        get("/charges/{id}", May(Action::ViewRecovery), charges::page),
        post("/charges/{id}/book", May(Action::BookCharge), charges::book),
        post("/charges/{id}/waive", May(Action::WaiveRecovery), charges::waive),
        post("/charges/{id}/unwaive", May(Action::WaiveRecovery), charges::unwaive),
        get("/users", May(Action::ManageUsers), users::list),
        get("/users.xlsx", May(Action::ManageUsers), users::export),
        post("/users", May(Action::ManageUsers), users::add),
        post("/users/{name}/switch", May(Action::ManageUsers), users::switch),
        post("/users/{name}/powers", May(Action::ManageUsers), users::change),
        post("/users/{name}/password", May(Action::ManageUsers), users::password),
        post("/users/{name}/one-time", May(Action::ManageUsers), users::end_one_time),
        get("/log", May(Action::ViewLog), log::list),
    ]
}

/// What institutions see.
fn portal_pages() -> Vec<Route> {
    use Need::May;
    vec![
        get("/portal", May(Action::UsePortal), portal::list),
        get("/portal/findings.xlsx", May(Action::UsePortal), export::told),
        get("/portal/kit.zip", May(Action::UsePortal), packs::kit),
        get("/portal/refunds", May(Action::UsePortal), portal::refunds),
        get("/portal/figures", May(Action::UsePortal), portal_figures::page),
        get("/portal/reminders", May(Action::UsePortal), portal_figures::list),
        get("/portal/findings/{id}", May(Action::UsePortal), portal::page),
        post("/portal/findings/{id}/notice", May(Action::UsePortal), document::notice),
        post("/portal/findings/{id}/decision", May(Action::UsePortal), document::decision),
        post("/portal/findings/{id}/refund", May(Action::UsePortal), document::refund),
        get("/portal/findings/{id}/papers/{digest}", May(Action::UsePortal), finding::paper),
        post("/portal/answer", May(Action::Appeal), portal_answer::answer),
        post("/portal/supply", May(Action::Supply), portal_answer::supply),
    ]
}

/// What befalls findings besides their review: bulk decisions, leases, later results, appeals of a class, exemptions.
fn beside_review() -> Vec<Route> {
    use Need::May;
    vec![
        post("/bulk", May(Action::ListFindings), bulk::preview),
        get("/bulk/{id}", May(Action::ListFindings), bulk::page),
        get("/bulk/{id}/members.xlsx", May(Action::ListFindings), bulk::export),
        post("/bulk/{id}/except", May(Action::ListFindings), bulk::except),
        post("/bulk/{id}/carry-out", May(Action::ListFindings), bulk::carry_out),
        post("/findings/next", May(Action::Lease), lease::next),
        post("/findings/{id}/anew", May(Action::AdoptRevision), finding::file_anew),
        post("/findings/{id}/lease", May(Action::Lease), lease::take),
        post("/findings/{id}/release", May(Action::Lease), lease::release),
        get("/appeals/{id}", May(Action::ListFindings), class_appeal::page),
        post("/appeals/{id}/decide", May(Action::DecideAppeal), class_appeal::decide),
        get("/exemptions", May(Action::ListFindings), exemptions::list),
        post("/exemptions", May(Action::AskExemption), exemptions::ask),
        post("/exemptions/{id}/rule", May(Action::DecideExemption), exemptions::rule),
        post("/portal/class", May(Action::Appeal), portal_answer::appeal_class),
    ]
}

/// The site.
pub fn site(app: App) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let answer = route.answer.layer(from_fn_with_state((app.clone(), route.need), guard::guard));
        router = router.route(route.path, answer.layer(from_fn_with_state(access::Place(route.path), access::placed)));
    }
    router
        .fallback(async || (StatusCode::NOT_FOUND, "没有这个页面").into_response())
        .layer(DefaultBodyLimit::max(LARGEST_UPLOAD))
        .layer(from_fn(guard::headers))
        .layer(from_fn_with_state(app.clone(), access::log))
        .with_state(app)
}
