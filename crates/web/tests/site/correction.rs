//! What the bureau takes back, puts off or asks for, as both sides see it.

use axum::http::StatusCode;

use crate::desk::{Desk, HOSPITAL, Person};

async fn told(desk: &Desk) -> (Person<'_>, Person<'_>, Person<'_>) {
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let (auditor, reviewer, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("reviewer").await, desk.sign_in("institution").await);
    auditor.decide("f1", "review", &[("verdict", "pass")]).await;
    auditor.decide("f1", "tell", &[]).await;
    (auditor, reviewer, hospital)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hospital_hands_in_what_it_is_asked_for_while_the_clock_stands_still() {
    let desk = Desk::new().await;
    let (auditor, reviewer, hospital) = told(&desk).await;
    assert!(auditor.get("/findings").await.text.contains("答复期剩"), "the bureau's clock stands still");
    assert!(!hospital.get("/portal").await.text.contains("答复期剩"), "the hospital's does not");
    hospital.answer("f1", &[("answer", "appeal"), ("grounds", "有医嘱")], ("a.pdf", b"%PDF-1.4")).await;
    let asked = reviewer.decide("f1", "more", &[("reason", "请补充手术记录")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    assert!(reviewer.get("/findings/f1").await.text.contains("补充材料中"));
    assert!(!reviewer.get("/findings/f1").await.text.contains("verdict\" value=\"uphold"), "nobody decides meanwhile");
    let seen = hospital.get("/portal/findings/f1").await.text;
    assert!(seen.contains("请补充手术记录") && seen.contains("补充的材料文件"), "{seen}");
    assert!(hospital.get("/portal?show=appealed").await.text.contains("补充材料中"));
    let blank = hospital.upload("/portal/supply", &[("id", "f1")], ("手术记录.pdf", b"%PDF-1.4 op")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = hospital.upload("/portal/supply", &[("id", "f1"), ("note", "见附件")], ("手术记录.pdf", b"%PDF-1.4 op")).await;
    assert_eq!(done.to.as_deref(), Some("/portal/findings/f1"), "{}", done.text);
    let page = reviewer.get("/findings/f1").await.text;
    assert!(page.contains("手术记录.pdf") && page.contains("机构补充材料：见附件") && page.contains("申诉中"), "{page}");
    let again = hospital.upload("/portal/supply", &[("id", "f1"), ("note", "再补")], ("b.pdf", b"%PDF-1.4")).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_is_decided_on_by_somebody_else_after_the_last_day() {
    let desk = Desk::new().await;
    let (_, reviewer, hospital) = told(&desk).await;
    let decision = [("verdict", "uphold"), ("reason", "逾期未答复，证据充分")];
    let early = reviewer.decide("f1", "unanswered", &decision).await;
    assert!(early.status == StatusCode::UNPROCESSABLE_ENTITY && early.text.contains("机构可以答复到"), "{}", early.text);
    let extended = reviewer.decide("f1", "extend", &[("days", "3"), ("reason", "病案室搬迁")]).await;
    assert_eq!(extended.status, StatusCode::SEE_OTHER, "{}", extended.text);
    assert!(hospital.get("/portal/findings/f1").await.text.contains("病案室搬迁"));
    let endless = reviewer.decide("f1", "extend", &[("days", "300"), ("reason", "再等等")]).await;
    assert!(endless.text.contains("延长应为 1 到"), "{}", endless.text);
    desk.days(40);
    let (auditor, reviewer) = (desk.sign_in("auditor").await, desk.sign_in("reviewer").await);
    assert!(
        !auditor.get("/findings/f1").await.text.contains("逾期未答复：维持"),
        "who reviewed it first does not judge it again"
    );
    assert!(reviewer.get("/findings/f1").await.text.contains("逾期未答复：维持"));
    let done = reviewer.decide("f1", "unanswered", &decision).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(reviewer.get("/findings/f1").await.text.contains("已认定"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_in_error_is_withdrawn_and_what_only_passed_goes_back() {
    let desk = Desk::new().await;
    let (auditor, reviewer, hospital) = told(&desk).await;
    assert_eq!(auditor.decide("f1", "withdraw", &[("reason", "重复")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(reviewer.decide("f1", "withdraw", &[("reason", "与另一条重复")]).await.status, StatusCode::SEE_OTHER);
    assert!(hospital.get("/portal/findings/f1").await.text.contains("撤回下发：与另一条重复"));
    assert!(reviewer.get("/findings/f1").await.text.contains("已撤销"));

    desk.file(&[("f2", HOSPITAL, 10_000)]).await;
    auditor.decide("f2", "review", &[("verdict", "pass")]).await;
    reviewer.decide("f2", "back", &[("reason", "金额有误")]).await;
    let page = auditor.get("/findings/f2").await.text;
    assert!(page.contains("退回初审：金额有误") && page.contains("通过，下一条"), "{page}");
    assert_eq!(hospital.get("/portal/findings/f2").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_corrected_downwards_with_a_reason() {
    let desk = Desk::new().await;
    let (_, reviewer, hospital) = told(&desk).await;
    hospital.answer("f1", &[("answer", "accept")], ("", b"")).await;
    let up = reviewer.decide("f1", "correct", &[("verdict", "reduce"), ("owed", "200"), ("reason", "误")]).await;
    assert!(up.text.contains("小于 100.00 元"), "{}", up.text);
    let down = reviewer.decide("f1", "correct", &[("verdict", "reduce"), ("owed", "40"), ("reason", "部分已退费")]).await;
    assert_eq!(down.status, StatusCode::SEE_OTHER, "{}", down.text);
    let page = reviewer.get("/findings/f1").await.text;
    assert!(page.contains("认定 40.00 元") && page.contains("更正认定：核减为 40.00 元：部分已退费"), "{page}");
}
