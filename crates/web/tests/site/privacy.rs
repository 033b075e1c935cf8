//! What an institution does not learn of the bureau, what the log does not tell, and who saw whom.

use std::io::{Cursor, Read as _};

use axum::http::StatusCode;
use casework::{Role, Scope};
use claims::Day;
use store::Place;
use store::realtime::{OnlineVisit, Source};

use crate::desk::{Desk, FAR, HOSPITAL, OTHER, Person, monday};

const PERSON: &str = "99010100000000001415";

/// Reviewed and told.
pub(crate) async fn told(auditor: &Person<'_>, id: &str) {
    auditor.decide(id, "review", &[("verdict", "pass")]).await;
    assert_eq!(auditor.decide(id, "tell", &[]).await.status, StatusCode::SEE_OTHER);
}

/// What a document says, without its form.
fn words(document: &[u8]) -> String {
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(document)).unwrap();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    text
}

/// What must not be on any page or document of an institution.
fn is_silent(page: &str) {
    for secret in
        ["zhao_expert", "qian_expert", "sun_expert", "reviewer", "auditor", "li_second", "合议讨论", "等领导", "内部分工"]
    {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_learns_the_decision_and_nothing_of_the_deliberation() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000)]).await;
    let experts = ["zhao_expert", "qian_expert", "sun_expert"];
    for expert in experts {
        desk.add_scoped(expert, Role::Expert, Scope::All).await;
    }
    desk.add_scoped("li_second", Role::Reviewer, Scope::All).await;
    let (auditor, reviewer, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("reviewer").await, desk.sign_in("institution").await);
    assert_eq!(hospital.get("/portal/findings/f1").await.status, StatusCode::NOT_FOUND);
    auditor.decide("f1", "snooze", &[("until", "2026-03-20"), ("reason", "等领导表态")]).await;
    told(&auditor, "f1").await;
    let see = async || hospital.get("/portal/findings/f1").await.text;
    let page = see().await;
    is_silent(&page);
    assert!(page.contains("经办 下发机构：2026-03") && !page.contains("立案") && !page.contains("初审通过"), "{page}");

    hospital.answer("f1", &[("answer", "appeal"), ("grounds", "见病历")], ("", b"")).await;
    reviewer.decide("f1", "assign", &[("to", "li_second")]).await;
    auditor.post("/findings/f1/remark", &[("body", "内部分工：先看病历")]).await;
    assert!(see().await.contains("本机构 机构申诉：见病历"));
    let members = experts.map(|expert| ("member", expert));
    assert_eq!(reviewer.decide("f1", "panel", &members).await.status, StatusCode::SEE_OTHER);
    for (expert, verdict) in experts.into_iter().zip(["overturn", "uphold", "uphold"]) {
        let member = desk.sign_in(expert).await;
        assert_eq!(
            member.decide("f1", "opinion", &[("verdict", verdict), ("reason", "合议讨论中的意见")]).await.status,
            StatusCode::SEE_OTHER
        );
        let page = see().await;
        is_silent(&page);
        assert!(!page.contains("合议意见") && !page.contains("提交合议"), "{page}");
        is_silent(&hospital.get("/portal?show=appealed").await.text);
    }
    let end = reviewer.decide("f1", "conclusion", &[("verdict", "uphold"), ("reason", "交接记录不能证明")]).await;
    assert_eq!(end.status, StatusCode::SEE_OTHER, "{}", end.text);
    let page = see().await;
    is_silent(&page);
    assert!(page.contains("合议组 复审结论：维持：交接记录不能证明"), "{page}");
    assert!(page.contains("应退 800.00 元，未退 800.00 元"), "what is owed: {page}");
    // The bureau's own page has all of it.
    let own = auditor.get("/findings/f1").await.text;
    assert!(own.contains("zhao_expert 合议意见：撤销：合议讨论中的意见") && own.contains("等领导表态"), "{own}");

    for what in ["notice", "decision", "refund"] {
        let document = hospital.document(&format!("/portal/findings/f1/{what}")).await;
        let text = words(&document);
        is_silent(&text);
        assert!(text.contains("示例市医疗保障局") && text.contains("规则甲"), "{what}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_no_person_and_nobody_of_another_region() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100), ("f3", FAR, 100)]).await;
    let region = || Scope::Regions(["9902".to_owned()].into());
    desk.add_scoped("far_auditor", Role::Auditor, region()).await;
    desk.add_scoped("far_head", Role::Head, region()).await;
    desk.add_scoped("whole_admin", Role::Administrator, Scope::All).await;
    let (auditor, far) = (desk.sign_in("auditor").await, desk.sign_in("far_auditor").await);
    auditor.post("/findings/f1/unmask", &[("reason", "核对病历")]).await;
    far.post("/findings/f3/unmask", &[("reason", "异地的事由")]).await;
    auditor.get(&format!("/findings.xlsx?view=all&q={PERSON}")).await;
    auditor.decide("f1", "review", &[("verdict", "dismiss"), ("reason", "误报")]).await;
    for name in ["head", "leader", "administrator", "whole_admin"] {
        let log = desk.sign_in(name).await.get("/log").await.text;
        assert!(log.contains("person:9901…1415") && log.contains("核对病历") && log.contains("q=9901…1415"), "{name}: {log}");
        assert!(!log.contains(PERSON), "{name} may not see whole numbers: {log}");
        assert_eq!(log.contains("异地的事由"), name == "whole_admin", "{name}");
        assert_eq!(log.contains("finding:f3"), name == "whole_admin", "{name}");
    }
    let far_head = desk.sign_in("far_head").await;
    let log = far_head.get("/log").await.text;
    assert!(log.contains("异地的事由") && log.contains("finding:f3") && !log.contains(PERSON), "{log}");
    for other in ["核对病历", "finding:f1", "account:auditor", "误报"] {
        assert!(!log.contains(other), "{other}: {log}");
    }
    assert!(!far_head.get("/log?actor=auditor").await.text.contains("核对病历"));
    assert_eq!(far_head.get("/log?of=f1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(auditor.get("/log").await.status, StatusCode::FORBIDDEN);
}

/// Who saw the person, in the words of the log: user and place.
async fn who_saw(head: &Person<'_>, of: &str) -> Vec<String> {
    let page = head.get(&format!("/log?of={of}")).await.text;
    assert!(page.contains("9901…1415") && !page.contains(PERSON), "{page}");
    let body = page.split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap_or_default();
    let mut rows: Vec<String> = body
        .split("<tr><td>")
        .skip(1)
        .map(|row| {
            let mut cells = row.split("</td><td>").skip(1);
            let who = cells.next().unwrap_or_default().split('（').next().unwrap_or_default().to_owned();
            format!("{who} {}", cells.next().unwrap_or_default())
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_shows_a_person_puts_down_who_saw_them() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000), ("f2", HOSPITAL, 100), ("f9", OTHER, 100)]).await;
    let (auditor, hospital, head) =
        (desk.sign_in("auditor").await, desk.sign_in("institution").await, desk.sign_in("head").await);
    assert_eq!(who_saw(&head, "f1").await, ["head 查询谁看过"], "who asks is on the record");
    auditor.get("/findings").await;
    for page in ["/findings/f1", "/findings/f1", "/findings/f2", "/findings/f3"] {
        auditor.get(page).await;
    }
    told(&auditor, "f1").await;
    hospital.get("/portal/findings/f1").await;
    let fields = [("answer", "appeal"), ("grounds", "见病历")];
    hospital.answer("f1", &fields, ("病历.pdf", b"%PDF-1.4 x")).await;
    let page = auditor.get("/findings/f1").await.text;
    let paper = page.split("/findings/f1/papers/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    auditor.get(&format!("/findings/f1/papers/{paper}")).await;
    auditor.get("/findings/f1/papers/00").await;
    auditor.get("/findings.xlsx?view=all").await;
    auditor.post("/findings/f1/notice", &[]).await;
    auditor.get("/persons/of/f1").await;
    auditor.get(&format!("/persons/{PERSON}")).await;
    desk.store.keep_visits(&[lying()]).await.unwrap();
    auditor.get("/inhouse").await;
    auditor.post("/findings/f1/unmask", &[("reason", "核对病历")]).await;
    let seen = [
        "auditor 参保人画像",
        "auditor 参保人轨迹",
        "auditor 在院患者",
        "auditor 文书",
        "auditor 查看全号",
        "auditor 申诉材料",
        "auditor 疑点导出",
        "auditor 疑点详情",
        "head 查询谁看过",
        "institution 院端疑点",
    ];
    assert_eq!(who_saw(&head, "f1").await, seen);
    // The next day is another day; one more look is no more than that.
    desk.days(1);
    let (auditor, head) = (desk.sign_in("auditor").await, desk.sign_in("head").await);
    auditor.get("/findings/f9").await;
    auditor.get("/findings/f1").await;
    let seen = who_saw(&head, "f2").await;
    assert_eq!(seen.iter().filter(|row| *row == "auditor 疑点详情").count(), 2, "{seen:?}");
    assert!(head.get("/findings/f1").await.text.contains("/log?of=f1"));
    assert!(!auditor.get("/findings/f1").await.text.contains("/log?of=f1"));
    let log = head.get("/log").await.text;
    assert!(log.contains("sighting:auditor") && log.contains(Place::InHouse.name()), "{log}");
    assert!(desk.store.verify().await.unwrap().faults.is_empty());
}

fn lying() -> OnlineVisit {
    OnlineVisit {
        fixmedins_code: HOSPITAL.to_owned(),
        mdtrt_id: "M1".to_owned(),
        psn_no: PERSON.to_owned(),
        region: "990101".to_owned(),
        begin_day: Day::ymd(2026, 2, 27).unwrap(),
        end_day: None,
        in_house: true,
        ward: None,
        room: None,
        bed: Some("03".to_owned()),
        dept_code: None,
        dept_name: None,
        dr_code: None,
        source: Source::Call,
        body: "{}".to_owned(),
        updated_at: claims::Moment::at(monday(), 8, 0, 0).unwrap(),
    }
}
