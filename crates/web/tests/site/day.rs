//! A finding's days, from the queue to the money.

use axum::http::StatusCode;
use casework::Role;

use crate::desk::{Desk, HOSPITAL};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_queue_to_the_money() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000)]).await;
    let (auditor, reviewer, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("reviewer").await, desk.sign_in("institution").await);
    let queue = auditor.get("/findings").await.text;
    assert!(queue.contains("1,000.00") && queue.contains("剩 10 个工作日"), "{queue}");
    assert!(
        queue.contains("&#60;b&#62;限一日一次") && !queue.contains("<b>限一日一次"),
        "what a rule says is text, never markup"
    );
    assert!(queue.contains("9901…1415") && !queue.contains("99010100000000001415\""), "numbers of persons are masked");

    assert_eq!(
        auditor.decide("f1", "review", &[("verdict", "dismiss")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "no reason given"
    );
    assert_eq!(auditor.decide("f1", "review", &[("verdict", "pass")]).await.status, StatusCode::SEE_OTHER);
    let late = auditor.post("/findings/f1/review", &[("version", "1"), ("verdict", "pass")]).await;
    assert!(late.status.is_client_error(), "a second press of the same button changes nothing");
    assert_eq!(auditor.decide("f1", "tell", &[]).await.status, StatusCode::SEE_OTHER);

    let told = hospital.get("/portal").await.text;
    assert!(told.contains("转科交接记录") && told.contains("1,000.00"), "{told}");
    let bad = hospital.answer("f1", &[("answer", "appeal"), ("grounds", "已离科")], ("run.exe", b"MZ")).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", bad.text);
    let bad = hospital.answer("f1", &[("answer", "appeal"), ("grounds", "已离科")], ("../../x.pdf", b"%PDF-1.4")).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let appeal = hospital
        .answer_with(
            "f1",
            &[("answer", "appeal"), ("grounds", "已离科 14 小时"), ("label-0", "转科交接记录")],
            &[("paper-0", "交接.pdf", b"%PDF-1.4 x")],
        )
        .await;
    assert_eq!(appeal.status, StatusCode::SEE_OTHER, "{}", appeal.text);

    let seen = reviewer.get("/findings/f1").await.text;
    assert!(seen.contains("交接.pdf") && seen.contains("已离科 14 小时"));
    let digest = seen.split("/findings/f1/papers/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(reviewer.get(&format!("/findings/f1/papers/{digest}")).await.text, "%PDF-1.4 x");
    assert_eq!(auditor.decide("f1", "verdict", &[("verdict", "uphold"), ("reason", "x")]).await.status, StatusCode::FORBIDDEN);
    let too_much = reviewer.decide("f1", "verdict", &[("verdict", "reduce"), ("owed", "1000"), ("reason", "部分属实")]).await;
    assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = reviewer.decide("f1", "verdict", &[("verdict", "reduce"), ("owed", "一千"), ("reason", "部分属实")]).await;
    assert!(typed.text.contains("一千"), "an error names the value: {}", typed.text);
    assert_eq!(
        reviewer.decide("f1", "verdict", &[("verdict", "reduce"), ("owed", "500"), ("reason", "部分属实")]).await.status,
        StatusCode::SEE_OTHER
    );

    papers_and_money(&desk).await;
}

/// What follows from a decision: documents with numbers, and the money.
async fn papers_and_money(desk: &Desk) {
    let (auditor, reviewer, hospital, officer, leader) = (
        desk.sign_in("auditor").await,
        desk.sign_in("reviewer").await,
        desk.sign_in("institution").await,
        desk.sign_in("case_officer").await,
        desk.sign_in("leader").await,
    );
    let ledger = officer.get("/recoveries").await.text;
    assert!(ledger.contains("400.00"), "half of the amount, and the funds' four fifths of it: {ledger}");
    assert_eq!(
        officer
            .post("/recoveries/f1/book", &[("version", "1"), ("means", "payment"), ("amount", "400.01"), ("paper", "S1")])
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        officer
            .post("/recoveries/f1/book", &[("version", "1"), ("means", "payment"), ("amount", "150"), ("paper", "S1")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        officer.post("/recoveries/f1/waive", &[("version", "2"), ("amount", "10"), ("reason", "x")]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        leader.post("/recoveries/f1/waive", &[("version", "2"), ("amount", "50"), ("reason", "机构注销")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        officer.post("/recoveries/f1/plan", &[("version", "3"), ("plan", "2026-04-01 100\n2026-05-01 100")]).await.status,
        StatusCode::SEE_OTHER
    );
    let refund = officer.post("/findings/f1/refund", &[]).await;
    assert!(refund.status == StatusCode::OK && refund.text.starts_with("PK"), "{}", refund.text);
    assert_eq!(reviewer.post("/findings/f1/decision", &[]).await.status, StatusCode::OK);
    assert_eq!(auditor.post("/findings/f1/notice", &[]).await.status, StatusCode::OK);
    assert_eq!(auditor.post("/findings/f1/notice", &[]).await.status, StatusCode::OK, "a second copy has the same number");
    assert_eq!(desk.store.entries("document:notice:f1").await.unwrap().len(), 1);
    let debt = officer.get("/recoveries/f1").await.text;
    assert!(debt.contains("200.00<small class=\"unit\">元未收"), "{debt}");
    assert!(hospital.get("/portal/refunds").await.text.contains("200.00"));
    assert!(desk.store.verify().await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_of_three_decides_and_a_stranger_has_no_voice() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000)]).await;
    for expert in ["expert1", "expert2", "expert3"] {
        desk.add_scoped(expert, Role::Expert, casework::Scope::All).await;
    }
    let (auditor, reviewer, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("reviewer").await, desk.sign_in("institution").await);
    auditor.decide("f1", "review", &[("verdict", "pass")]).await;
    auditor.decide("f1", "tell", &[]).await;
    desk.days(1);
    let (hospital_again, reviewer_again) = (desk.sign_in("institution").await, desk.sign_in("reviewer").await);
    assert_eq!(hospital.get("/portal").await.to.as_deref(), Some("/login"), "yesterday's session is over");
    drop(reviewer);
    hospital_again.answer("f1", &[("answer", "appeal"), ("grounds", "见病历")], ("", b"")).await;
    let two = reviewer_again.decide("f1", "panel", &[("member", "expert1"), ("member", "expert2")]).await;
    assert_eq!(two.status, StatusCode::UNPROCESSABLE_ENTITY);
    let three = [("member", "expert1"), ("member", "expert2"), ("member", "expert3")];
    assert_eq!(reviewer_again.decide("f1", "panel", &three).await.status, StatusCode::SEE_OTHER);
    let stranger = desk.sign_in("expert").await;
    assert!(!stranger.get("/appeals").await.text.contains("/findings/f1"));
    assert_eq!(
        stranger.decide("f1", "opinion", &[("verdict", "uphold"), ("reason", "x")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let early = reviewer_again.decide("f1", "conclusion", &[("verdict", "overturn"), ("reason", "依合议")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "not before all have spoken");
    for expert in ["expert1", "expert2", "expert3"] {
        let member = desk.sign_in(expert).await;
        assert!(member.get("/appeals").await.text.contains("/findings/f1"));
        assert_eq!(
            member.decide("f1", "opinion", &[("verdict", "overturn"), ("reason", "符合诊疗规范")]).await.status,
            StatusCode::SEE_OTHER
        );
    }
    let end = reviewer_again.decide("f1", "conclusion", &[("verdict", "overturn"), ("reason", "依合议")]).await;
    assert_eq!(end.status, StatusCode::SEE_OTHER, "{}", end.text);
    assert!(reviewer_again.get("/findings/f1").await.text.contains("已撤销"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_what_cannot_be_and_say_how_many() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100), ("f2", HOSPITAL, 200), ("f3", HOSPITAL, 300)]).await;
    let auditor = desk.sign_in("auditor").await;
    auditor.decide("f1", "review", &[("verdict", "pass")]).await;
    let seen = [("seen", "f1:2"), ("seen", "f2:1"), ("seen", "f3:1")];
    let ids = [("id", "f1"), ("id", "f2"), ("id", "f3"), ("verdict", "pass"), ("back", "view=open")];
    let blind = auditor.post("/findings/review", &ids).await;
    assert!(blind.status == StatusCode::UNPROCESSABLE_ENTITY && blind.text.contains("版本"), "{}", blind.text);
    let ids = [&seen[..], &ids].concat();
    let answer = auditor.post("/findings/review", &ids).await;
    let page = auditor.get(&answer.to.unwrap()).await.text;
    assert!(page.contains("已办 2 条；1 条没有办：f1"), "{page}");
    assert_eq!(
        auditor.post("/findings/snooze", &[("id", "f1"), ("seen", "f1:2"), ("until", "明天"), ("reason", "x")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        auditor
            .post("/findings/snooze", &[("id", "f1"), ("seen", "f1:2"), ("until", "2026-03-20"), ("reason", "等病历")])
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    let open = auditor.get("/findings").await.text;
    assert!(!open.contains("value=\"f1\"") && open.contains("value=\"f2\""));
    let grouped = auditor.get("/findings?view=all&group=inst").await.text;
    assert!(grouped.contains("6.00"), "{grouped}");
    let sheet = auditor.get("/findings.xlsx?view=all").await;
    assert!(sheet.status == StatusCode::OK && sheet.text.starts_with("PK"));
    auditor.post("/findings/f1/remark", &[("body", "与规则口径有关"), ("rule", "1")]).await;
    assert!(auditor.get("/rules/rule-a").await.text.contains("与规则口径有关"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_at_a_person_is_on_the_record() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100)]).await;
    let auditor = desk.sign_in("auditor").await;
    assert_eq!(auditor.post("/findings/f1/unmask", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not without a reason");
    let page = auditor.post("/findings/f1/unmask", &[("reason", "核对病历")]).await;
    assert!(page.text.contains("99010100000000001415"));
    // Until then the number stands nowhere, not in an address either.
    for place in ["/findings/f1", "/findings?view=all", "/findings?view=all&group=psn", "/findings?view=all&person=f1"] {
        let page = auditor.get(place).await.text;
        assert!(page.contains("9901…1415") && !page.contains("99010100000000001415"), "{place}");
    }
    let seen = desk.store.entries("person:99010100000000001415").await.unwrap();
    assert!(seen.len() == 1 && seen[0].actor == "auditor" && seen[0].body.contains("核对病历"));
    let leader = desk.sign_in("leader").await;
    let log = leader.get("/log").await.text;
    assert!(log.contains("person:9901…1415") && log.contains("核对病历") && !log.contains("99010100000000001415"), "{log}");
    assert!(leader.get("/log?verify=1").await.text.contains("全部相符"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_whose_findings_are_mostly_withdrawn_gives_hints_and_says_so() {
    let desk = Desk::new().await;
    let ids: Vec<String> = (0..30).map(|number| format!("f{number}")).collect();
    desk.file(&ids.iter().map(|id| (id.as_str(), HOSPITAL, 10_000)).collect::<Vec<_>>()).await;
    let auditor = desk.sign_in("auditor").await;
    for id in &ids[..29] {
        auditor.decide(id, "review", &[("verdict", "dismiss"), ("reason", "误报")]).await;
    }
    let before = auditor.get("/rules/rule-a").await.text;
    assert!(before.contains("规则甲") && !before.contains("降为提示"), "one decision is wanting");
    auditor.decide(&ids[29], "review", &[("verdict", "dismiss"), ("reason", "误报")]).await;
    let page = auditor.get("/rules/rule-a").await.text;
    assert!(page.contains("第 1 版已有 30 条办结，认定 0 条，低于 50% 的降级线"), "{page}");
    assert!(auditor.get("/rules").await.text.contains("降为提示"));
}
