//! What befalls a finding besides its review, as people see it.

use axum::http::StatusCode;
use casework::{Role, Scope};

use crate::desk::{Desk, HOSPITAL, field};

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_the_next_has_it_alone_until_they_decide_or_leave() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 30_000), ("f2", HOSPITAL, 20_000), ("f3", HOSPITAL, 10_000)]).await;
    desk.add_scoped("second", Role::Auditor, Scope::All).await;
    let (auditor, second) = (desk.sign_in("auditor").await, desk.sign_in("second").await);
    let next = auditor.post("/findings/next", &[("back", "view=open&sort=amount")]).await;
    assert!(next.to.as_deref().is_some_and(|to| to.starts_with("/findings/f1?")), "{:?}", next.to);
    let own = auditor.get("/findings/f1").await.text;
    assert!(own.contains("您已锁定这条疑点，到 09:20") && own.contains("name=\"leased\""), "{own}");
    assert!(second.get("/findings?view=open").await.text.contains("auditor 正在审"));
    let seen = second.get("/findings/f1").await.text;
    assert!(seen.contains("auditor 正在审这条疑点，锁定到 09:20") && !seen.contains("通过，下一条"));
    let refused = second.decide("f1", "review", &[("verdict", "pass")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert_eq!(second.post("/findings/f1/lease", &[]).await.status, StatusCode::CONFLICT);
    let taken = second.post("/findings/next", &[("back", "view=open&sort=amount")]).await;
    assert!(taken.to.is_some_and(|to| to.starts_with("/findings/f2?")));

    // A decision under a lease takes the next one; leaving gives it back.
    let version = auditor.version("f1").await;
    let fields = [("version", version.as_str()), ("leased", "1"), ("verdict", "pass"), ("back", "view=open&sort=amount")];
    let on = auditor.post("/findings/f1/review", &fields).await;
    assert!(on.to.as_deref().is_some_and(|to| to.starts_with("/findings/f3?")), "{:?}", on.to);
    let back = auditor.post("/findings/f3/release", &[("back", "view=open")]).await;
    assert_eq!(back.to.as_deref(), Some("/findings?view=open"));
    second.post("/logout", &[]).await;
    let third = auditor.post("/findings/next", &[("back", "view=open&sort=amount")]).await;
    assert!(third.to.is_some_and(|to| to.starts_with("/findings/f2?")), "who signed out has nothing in hand");
    auditor.decide("f2", "review", &[("verdict", "dismiss"), ("reason", "误报")]).await;
    auditor.decide("f3", "review", &[("verdict", "dismiss"), ("reason", "误报")]).await;
    let none = auditor.post("/findings/next", &[("back", "view=open")]).await;
    assert!(auditor.get(&none.to.unwrap()).await.text.contains("没有可审的下一条"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exemption_is_asked_for_by_one_and_approved_by_another() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let (auditor, head, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("head").await, desk.sign_in("institution").await);
    let form = |until: &'static str| {
        [("inst", HOSPITAL), ("rule", "rule-a"), ("from", "2026-02-01"), ("until", until), ("reason", "信息系统切换")]
    };
    let long = auditor.post("/exemptions", &form("2027-02-01")).await;
    assert!(long.status == StatusCode::UNPROCESSABLE_ENTITY && long.text.contains("最长 180 天"), "{}", long.text);
    assert_eq!(auditor.post("/exemptions", &form("2 月底")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(auditor.post("/exemptions", &form("2026-03-31")).await.status, StatusCode::SEE_OTHER);
    let list = head.get("/exemptions").await.text;
    assert!(
        list.contains("2026-1") && list.contains("待批") && list.contains("信息系统切换") && list.contains("机构H99010100001"),
        "{list}"
    );
    let rule = |ruling: &'static str, version: &'static str| {
        let head = &head;
        async move {
            head.post("/exemptions/2026-1/rule", &[("version", version), ("ruling", ruling), ("reason", "切换完成")]).await
        }
    };
    assert_eq!(
        auditor.post("/exemptions/2026-1/rule", &[("version", "1"), ("ruling", "approve")]).await.status,
        StatusCode::FORBIDDEN
    );
    let approved = rule("approve", "1").await;
    assert!(head.get(&approved.to.unwrap()).await.text.contains("已批准限期例外 2026-1，1 条疑点列入例外"));
    let seen = auditor.get("/findings/f1").await.text;
    assert!(seen.contains("限期例外 2026-1") && !seen.contains("通过，下一条"), "{seen}");
    assert!(auditor.get("/findings?view=all&state=exempted").await.text.contains("value=\"f1\""));
    assert_eq!(hospital.get("/exemptions").await.status, StatusCode::FORBIDDEN);
    let revoked = rule("revoke", "2").await;
    assert!(head.get(&revoked.to.unwrap()).await.text.contains("1 条疑点恢复待初审"));
    assert!(auditor.get("/findings/f1").await.text.contains("通过，下一条"));
    let leader = desk.sign_in("leader").await;
    let log = leader.get("/log").await.text;
    assert!(log.contains("exemption:2026-1") && log.contains("exemption_revoked"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_contested_once_and_decided_once() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000), ("f2", HOSPITAL, 20_000), ("f3", HOSPITAL, 30_000)]).await;
    let (auditor, reviewer, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("reviewer").await, desk.sign_in("institution").await);
    for id in ["f1", "f2", "f3"] {
        auditor.decide(id, "review", &[("verdict", "pass")]).await;
        auditor.decide(id, "tell", &[]).await;
    }
    assert!(hospital.get("/portal").await.text.contains("本规则全部（3 条，600.00 元）"));
    let fields = [("rule", "rule-a"), ("grounds", "均有交接记录"), ("label-0", "转科交接记录")];
    let other = hospital.upload("/portal/class", &[("rule", "rule-b"), ("grounds", "x")], ("a.pdf", b"%PDF-1.4")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let bad = hospital.upload_all("/portal/class", &fields, &[("paper-0", "run.exe", b"MZ")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = hospital.upload_all("/portal/class", &fields, &[("paper-0", "交接.pdf", b"%PDF-1.4 x")]).await;
    assert!(hospital.get(&done.to.unwrap()).await.text.contains("已提出同类申诉 2026-1，共 3 条"));
    assert!(reviewer.get("/appeals").await.text.contains("/appeals/2026-1"));
    let page = reviewer.get("/appeals/2026-1").await.text;
    assert!(page.contains("均有交接记录") && page.contains("交接.pdf") && page.contains("600.00 元"), "{page}");
    assert!(reviewer.get("/findings/f1").await.text.contains("同类申诉 2026-1"));
    let decide = |reason: &'static str| {
        let reviewer = &reviewer;
        async move {
            let page = reviewer.get("/appeals/2026-1").await.text;
            let seen = field(&page, "seen");
            let fields = [("verdict", "overturn"), ("reason", reason), ("apart", "f2"), ("seen", seen.as_str())];
            reviewer.post("/appeals/2026-1/decide", &fields).await
        }
    };
    assert_eq!(decide("").await.status, StatusCode::UNPROCESSABLE_ENTITY, "no reason given");
    let done = decide("交接属实").await;
    assert!(reviewer.get(&done.to.unwrap()).await.text.contains("已办 2 条；单独处理 1 条"));
    assert!(reviewer.get("/findings/f2").await.text.contains("申诉中"));
    assert_eq!(auditor.post("/appeals/2026-1/decide", &[("verdict", "overturn")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(hospital.get("/appeals/2026-1").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_adopted_in_favour_or_filed_anew() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000), ("f2", HOSPITAL, 10_000)]).await;
    let auditor = desk.sign_in("auditor").await;
    for id in ["f1", "f2"] {
        auditor.decide(id, "review", &[("verdict", "pass")]).await;
        auditor.decide(id, "tell", &[]).await;
    }
    desk.file(&[("f1", HOSPITAL, 15_000), ("f2", HOSPITAL, 6_000)]).await;
    let (more, less) = (auditor.get("/findings/f1").await.text, auditor.get("/findings/f2").await.text);
    assert!(more.contains("/findings/f1/anew") && !more.contains("/findings/f1/adopt") && more.contains("150.00 元"), "{more}");
    assert!(less.contains("按有利于机构的采用") && !less.contains("/findings/f2/anew"), "{less}");
    assert_eq!(auditor.decide("f1", "adopt", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(auditor.decide("f2", "anew", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(auditor.decide("f2", "adopt", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(auditor.get("/findings/f2").await.text.contains("60.00<small class=\"unit\">元"));
    let anew = auditor.decide("f1", "anew", &[]).await;
    let new = auditor.get(&anew.to.unwrap()).await.text;
    assert!(new.contains("f1-2") && new.contains("50.00<small class=\"unit\">元") && new.contains("待初审"), "{new}");
    let old = auditor.get("/findings/f1").await.text;
    assert!(old.contains("100.00<small class=\"unit\">元") && !old.contains("后来的审核结果不同："), "{old}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_at_a_finding_shows_on_its_rule() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let (auditor, hospital) = (desk.sign_in("auditor").await, desk.sign_in("institution").await);
    assert!(auditor.get("/rules/rule-a").await.text.contains("<dt>元/审核小时</dt><dd>—</dd>"));
    auditor.post("/findings/f1/lease", &[]).await;
    desk.minutes(15);
    auditor.decide("f1", "review", &[("verdict", "pass")]).await;
    auditor.decide("f1", "tell", &[]).await;
    hospital.answer("f1", &[("answer", "accept")], ("", b"")).await;
    let page = auditor.get("/rules/rule-a").await.text;
    assert!(page.contains("0 小时 15 分") && page.contains("<dt>元/审核小时</dt><dd>320.00</dd>"), "{page}");
    assert!(auditor.get("/rules").await.text.contains("320.00"));
}
