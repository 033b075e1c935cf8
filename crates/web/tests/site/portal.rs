//! An institution's own pages: its figures, its documents, the papers that are asked of it; and nothing of anybody else.

use axum::http::StatusCode;
use casework::{Role, Scope};
use claims::Moment;
use store::realtime::{Call, CallRecord, Feedback, Stage, Warning, Way};

use crate::desk::{Desk, FAR, HOSPITAL, OTHER, field, finding, monday};
use crate::privacy::told;

/// Addresses of a page that begin like this, as a browser reads them.
fn links(page: &str, beginning: &str) -> Vec<String> {
    let all = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.map(|href| href.replace("&amp;", "&").replace("&#38;", "&")).filter(|href| href.starts_with(beginning)).collect()
}

/// The number that the first link of a row with this label shows, and the address that it leads to.
fn cell(page: &str, label: &str) -> (String, String) {
    let row = page.split("<tr>").find(|row| row.starts_with(&format!("<td>{label}</td>"))).unwrap_or_default();
    let link = row.split("<a href=\"").nth(1).unwrap_or_default();
    let (address, rest) = link.split_once("\">").unwrap_or_default();
    (rest.split('<').next().unwrap_or_default().to_owned(), address.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_sees_its_own_figures_and_each_opens_its_rows() {
    let desk = Desk::new().await;
    desk.file(&[
        ("f1", HOSPITAL, 100_000),
        ("f2", HOSPITAL, 20_000),
        ("f3", HOSPITAL, 3_000),
        ("f4", HOSPITAL, 400),
        ("f5", HOSPITAL, 50),
        ("o1", OTHER, 7_000_000),
    ])
    .await;
    desk.add_scoped("second", Role::Institution, Scope::Institutions([OTHER.to_owned()].into())).await;
    let (auditor, reviewer, officer) =
        (desk.sign_in("auditor").await, desk.sign_in("reviewer").await, desk.sign_in("case_officer").await);
    let (hospital, second) = (desk.sign_in("institution").await, desk.sign_in("second").await);
    let empty = hospital.get("/portal/figures").await.text;
    assert_eq!(cell(&empty, "下发").0, "0", "what nobody was told of is no figure: {empty}");
    for id in ["f1", "f2", "f3", "f4", "o1"] {
        told(&auditor, id).await;
    }
    let answer = async |id: &str, answer: &str| {
        let fields = [("answer", answer), ("grounds", "见病历")];
        assert_eq!(hospital.answer(id, &fields, ("", b"")).await.status, StatusCode::SEE_OTHER);
    };
    answer("f1", "accept").await;
    answer("f2", "appeal").await;
    answer("f3", "appeal").await;
    reviewer.decide("f2", "verdict", &[("verdict", "overturn"), ("reason", "有医嘱")]).await;
    let paid = [("version", "1"), ("means", "payment"), ("amount", "300"), ("paper", "S1")];
    assert_eq!(officer.post("/recoveries/f1/book", &paid).await.status, StatusCode::SEE_OTHER);

    let page = hospital.get("/portal/figures").await.text;
    let expected = [
        ("下发", "4", &["f1", "f2", "f3", "f4"][..]),
        ("待答复", "1", &["f4"]),
        ("认可", "1", &["f1"]),
        ("逾期未答复", "0", &[]),
        ("提出过申诉", "2", &["f2", "f3"]),
        ("申诉中", "1", &["f3"]),
        ("已认定", "1", &["f1"]),
        ("已撤销", "1", &["f2"]),
        ("2026-02", "4", &["f1", "f2", "f3", "f4"]),
        ("规则甲", "4", &["f1", "f2", "f3", "f4"]),
    ];
    for (label, count, rows) in expected {
        let (number, address) = cell(&page, label);
        assert_eq!(number, count, "{label}: {page}");
        let list = hospital.get(&address).await.text;
        for id in ["f1", "f2", "f3", "f4", "f5", "o1"] {
            assert_eq!(list.contains(&format!("/portal/findings/{id}\"")), rows.contains(&id), "{label} {address} {id}");
        }
    }
    for words in ["1,234.00", "待本院答复　规则甲", "待医保复审　规则甲", "待退回"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!((cell(&page, "应退").0.as_str(), cell(&page, "已退").0.as_str()), ("800.00", "300.00"));
    assert_eq!((cell(&page, "未退").0.as_str(), cell(&page, "未退").1.as_str()), ("500.00", "/portal/refunds"));
    assert!(!page.contains("70,000.00") && !page.contains(OTHER), "nothing of anybody else");
    let other = second.get("/portal/figures").await.text;
    assert_eq!((cell(&other, "下发").0.as_str(), cell(&other, "应退").0.as_str()), ("1", "0.00"));
    assert!(!other.contains("1,234.00") && !other.contains("800.00"), "{other}");
    assert_eq!(auditor.get("/portal/figures").await.status, StatusCode::FORBIDDEN);
    // The kit is there when a pack is published.
    for link in links(&page, "/portal").into_iter().filter(|link| link != "/portal/kit.zip") {
        let answer = hospital.get(&link).await;
        assert!(answer.status == StatusCode::OK && !answer.text.contains("70,000.00"), "{link}");
    }
}

/// A call of an institution with a reminder of a person.
fn call(code: &str, number: u32, infno: &str) -> CallRecord {
    let at = Moment::at(monday(), 8, 30, 0).unwrap();
    let call = Call {
        fixmedins_code: code.to_owned(),
        msgid: format!("{code}20260302083000{number:04}"),
        region: code[1..7].to_owned(),
        infno: infno.to_owned(),
        digest: format!("digest-{number}"),
        reply: "{}".to_owned(),
        infcode: 0,
        reqt_time: at,
        rsp_time: at,
        ana_dura: 800,
        trig_scen: None,
        med_type: None,
        medfee_sumamt: None,
        persons: 1,
        orders: 1,
        signed: false,
    };
    CallRecord { call, nonce: None, warnings: Vec::new(), visits: Vec::new(), feedback: Vec::new() }
}

fn reminder(id: &str, sentence: &str) -> Warning {
    Warning {
        jr_id: id.to_owned(),
        stage: Stage::Pre,
        rule_code: "rule-a".to_owned(),
        rule_version: 1,
        grade: "violation".to_owned(),
        sev_deg: Some("1".to_owned()),
        held_back: None,
        provisional: false,
        psn_no: "99010100000000002828".to_owned(),
        mdtrt_id: Some("M1".to_owned()),
        dr_code: Some("D1".to_owned()),
        dept_code: None,
        subject_key: id.to_owned(),
        repeat_key: id.to_owned(),
        amount_fen: 2_400,
        occurred_on: monday(),
        detail: format!("{{\"sentence\":\"{sentence}\"}}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_sees_what_its_doctors_made_of_reminders() {
    let desk = Desk::new().await;
    let own = CallRecord {
        warnings: vec![reminder("w1", "一日一次"), reminder("w2", "性别不符")], ..call(HOSPITAL, 1, "3101")
    };
    let far = CallRecord { warnings: vec![reminder("w9", "别家的提醒")], ..call(FAR, 1, "3101") };
    let back = Feedback { jr_id: "w1".to_owned(), warn_type: "1".to_owned(), way: Way::GoBack, reason: None };
    let answered = CallRecord { feedback: vec![back], ..call(HOSPITAL, 2, "3103") };
    desk.store.record_calls(&[own, far]).await.unwrap();
    desk.store.record_calls(&[answered]).await.unwrap();
    let hospital = desk.sign_in("institution").await;
    let page = hospital.get("/portal/figures").await.text;
    for (label, count, shown) in
        [("已提示", "2", "一日一次"), ("返回修改", "1", "一日一次"), ("继续执行", "0", ""), ("未反馈", "1", "性别不符")]
    {
        let (number, address) = cell(&page, label);
        assert_eq!(number, count, "{label}: {page}");
        let list = hospital.get(&address).await.text;
        assert!(list.contains(shown) && !list.contains("别家的提醒"), "{label}: {list}");
        assert!(!list.contains("99010100000000002828"), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_given_to_whom_they_are_addressed() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000), ("f2", HOSPITAL, 100)]).await;
    desk.add_scoped("second", Role::Institution, Scope::Institutions([OTHER.to_owned()].into())).await;
    let (auditor, reviewer) = (desk.sign_in("auditor").await, desk.sign_in("reviewer").await);
    let (hospital, second) = (desk.sign_in("institution").await, desk.sign_in("second").await);
    let ask = async |id: &str, what: &str| hospital.post(&format!("/portal/findings/{id}/{what}"), &[]).await.status;
    assert_eq!(ask("f1", "notice").await, StatusCode::NOT_FOUND, "not told yet");
    told(&auditor, "f1").await;
    let page = hospital.get("/portal/findings/f1").await.text;
    assert!(page.contains("/portal/findings/f1/notice") && !page.contains("/portal/findings/f1/decision"), "{page}");
    assert_eq!(ask("f1", "notice").await, StatusCode::OK);
    assert_eq!(
        (ask("f1", "decision").await, ask("f1", "refund").await),
        (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::NOT_FOUND)
    );
    hospital.answer("f1", &[("answer", "appeal"), ("grounds", "见病历")], ("", b"")).await;
    reviewer.decide("f1", "verdict", &[("verdict", "reduce"), ("owed", "500"), ("reason", "部分属实")]).await;
    let page = hospital.get("/portal/findings/f1").await.text;
    assert!(page.contains("/portal/findings/f1/decision") && page.contains("/portal/findings/f1/refund"), "{page}");
    for what in ["notice", "decision", "refund"] {
        assert_eq!(ask("f1", what).await, StatusCode::OK, "{what}");
        let path = format!("/portal/findings/f1/{what}");
        assert_eq!(second.post(&path, &[]).await.status, StatusCode::NOT_FOUND, "{what}");
        assert_eq!(auditor.post(&path, &[]).await.status, StatusCode::FORBIDDEN, "the bureau has its own");
        assert_eq!(hospital.post_raw(&path, "csrf=wrong".to_owned()).await.status, StatusCode::FORBIDDEN);
        // One number, whoever asks and however often, given by the bureau's system and dated once.
        let given = desk.store.entries(&format!("document:{what}:f1")).await.unwrap();
        assert_eq!(given.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), [""], "{what}");
    }
    assert_eq!(auditor.post("/findings/f1/notice", &[]).await.status, StatusCode::OK);
    assert_eq!(desk.store.entries("document:notice:f1").await.unwrap().len(), 1);
}

/// A finding that these papers would clear.
fn asking(id: &str, papers: &[&str]) -> (casework::Filed, casework::Sheet) {
    let (filed, mut sheet) = finding(id, HOSPITAL, 10_000);
    sheet.cleared_by = papers.iter().map(ToString::to_string).collect();
    (filed, sheet)
}

/// Names of a finding's papers, with what each was handed in as.
async fn handed(desk: &Desk, id: &str) -> Vec<(String, String)> {
    let auditor = desk.store.account("auditor").await.unwrap().actor();
    let mut papers = desk.store.papers(id, &auditor).await.unwrap();
    papers.sort_by(|a, b| a.name.cmp(&b.name));
    papers.into_iter().map(|paper| (paper.name, paper.asked_for)).collect()
}

fn named(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_asks_for_each_paper_by_its_name() {
    let desk = Desk::new().await;
    desk.file_sheets(vec![asking("f1", &["手术记录", "护理记录"]), asking("f2", &["护理记录", "医嘱单"]), asking("f3", &[])])
        .await;
    let (auditor, hospital) = (desk.sign_in("auditor").await, desk.sign_in("institution").await);
    for id in ["f1", "f2", "f3"] {
        told(&auditor, id).await;
    }
    // One field for each thing that any of them asks for, in the group and in the single form.
    let group = hospital.get("/portal").await.text;
    for (number, paper) in ["手术记录", "护理记录", "医嘱单"].into_iter().enumerate() {
        let field = format!("name=\"label-{number}\" value=\"{paper}\"");
        assert!(
            group.contains(&field) && group.contains(&format!("<label class=\"form-label\" for=\"paper-{number}\">{paper}")),
            "{group}"
        );
    }
    let single = hospital.get("/portal/findings/f1").await.text;
    assert!(single.contains("name=\"label-1\" value=\"护理记录\"") && !single.contains("医嘱单"), "{single}");
    let none = hospital.get("/portal/findings/f3").await.text;
    assert!(!none.contains("name=\"paper-0\"") && none.contains("name=\"papers\""), "{none}");

    let second = field(&hospital.get("/portal/findings/f2").await.text, "seen");
    let form = [
        ("id", "f2"),
        ("seen", second.as_str()),
        ("answer", "appeal"),
        ("grounds", "见材料"),
        ("label-0", "手术记录"),
        ("label-1", "护理记录"),
    ];
    let wrong = [("answer", "appeal"), ("grounds", "见材料"), ("label-0", "手术记录")];
    let refused = hospital.answer_with("f2", &wrong, &[("paper-0", "手术.pdf", b"%PDF-1 a")]).await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("没有要求“手术记录”"),
        "{}",
        refused.text
    );
    let half: [(&str, &str, &[u8]); 2] = [("paper-0", "手术.pdf", b"%PDF-1 a"), ("paper-1", "程序.pdf", b"MZ")];
    assert_eq!(hospital.answer_with("f1", &form, &half).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let files: [(&str, &str, &[u8]); 4] = [
        ("paper-0", "手术.pdf", b"%PDF-1 a"),
        ("paper-1", "护理.pdf", b"%PDF-1 b"),
        ("paper-1", "", b""),
        ("papers", "说明.pdf", b"%PDF-1 c"),
    ];
    let kept = hospital.answer_with("f1", &form, &files).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    assert_eq!(handed(&desk, "f1").await, named(&[("手术.pdf", "手术记录"), ("护理.pdf", "护理记录"), ("说明.pdf", "其他材料")]));
    assert_eq!(
        handed(&desk, "f2").await,
        named(&[("护理.pdf", "护理记录"), ("说明.pdf", "其他材料")]),
        "what was not asked of it is not its"
    );
    assert!(auditor.get("/findings/f1").await.text.contains("手术记录"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_contested_with_papers_by_their_names() {
    let desk = Desk::new().await;
    let (auditor, hospital) = (desk.sign_in("auditor").await, desk.sign_in("institution").await);
    desk.file_sheets(vec![asking("f4", &["医嘱单"]), asking("f5", &["医嘱单"])]).await;
    for id in ["f4", "f5"] {
        told(&auditor, id).await;
    }
    let class = [("rule", "rule-a"), ("grounds", "均有医嘱"), ("label-0", "医嘱单")];
    let done = hospital.upload_all("/portal/class", &class, &[("paper-0", "医嘱.pdf", b"%PDF-1 d")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(handed(&desk, "f5").await, named(&[("医嘱.pdf", "医嘱单")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_or_a_form_that_is_too_large_is_refused_and_changes_nothing() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let (auditor, hospital) = (desk.sign_in("auditor").await, desk.sign_in("institution").await);
    told(&auditor, "f1").await;
    let form = [("answer", "appeal"), ("grounds", "见材料")];
    let paper = |size: usize| [b"%PDF-1.4".to_vec(), vec![b' '; size]].concat();
    let large = hospital.answer("f1", &form, ("大.pdf", &paper(20 * 1024 * 1024))).await;
    assert!(large.status == StatusCode::UNPROCESSABLE_ENTITY && large.text.contains("超过 20 MB"), "{}", large.text);
    let huge = hospital.answer("f1", &form, ("巨.pdf", &paper(64 * 1024 * 1024))).await;
    assert!(huge.status.is_client_error(), "{} {}", huge.status, huge.text);
    let page = hospital.get("/portal/findings/f1").await.text;
    assert!(page.contains("已下发") && !page.contains("已提交的材料"), "{page}");
}
