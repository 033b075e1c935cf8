//! Imports from a page: by whoever may, of what lies where it may, and of knowledge only as it was shown.

use axum::http::StatusCode;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_asked_for_and_cancelled_by_somebody_who_is_named() {
    let desk = Desk::new().await;
    let keeper = desk.sign_in("administrator").await;
    let page = keeper.get("/imports").await.text;
    for told in ["kp_drug_pay.csv", "front-page", "/imports/upload", "没有导入任务"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for (inbox, profile) in [("elsewhere", "national"), ("kp_drug_pay.csv", "/etc/passwd"), ("kp_drug_pay.csv", "")] {
        let refused = keeper.post("/imports", &[("inbox", inbox), ("profile", profile)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{inbox} {profile}");
    }
    let asked = keeper.upload("/imports/upload", &[("profile", "national")], ("mdtrt_d.csv", b"x")).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    for name in ["../x.csv", ".bashrc"] {
        let refused = keeper.upload("/imports/upload", &[("profile", "national")], (name, b"x")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let nothing = keeper.upload("/imports/upload", &[("profile", "national")], ("", b"")).await;
    assert!(nothing.text.contains("请选择要上传的文件"), "{}", nothing.text);
    let forged = keeper.upload("/imports/upload", &[("csrf", "wrong"), ("profile", "national")], ("a.csv", b"x")).await;
    assert_ne!(forged.status, StatusCode::INTERNAL_SERVER_ERROR);
    let job = desk.store.open_jobs().await.unwrap().remove(0);
    assert_eq!((job.kind.as_str(), job.asked_by.as_str()), (web::IMPORT, "administrator"));
    let auditor = desk.sign_in("auditor").await;
    assert_eq!(auditor.post(&format!("/imports/{}/cancel", job.job_id), &[]).await.status, StatusCode::SEE_OTHER);
    let told = desk.store.entries(&format!("job:{}", job.job_id)).await.unwrap();
    assert_eq!((told[0].actor.as_str(), told[0].kind.as_str()), ("auditor", "job_cancelled"));
    // Runs are not cancelled by whoever only imports.
    auditor.post("/runs", &[]).await;
    let jobs = desk.store.open_jobs().await.unwrap();
    let run = jobs.iter().find(|job| job.kind == web::RUN).unwrap();
    assert_eq!(keeper.post(&format!("/imports/{}/cancel", run.job_id), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(keeper.post(&format!("/jobs/{}/cancel", run.job_id), &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn knowledge_is_accepted_as_it_was_shown() {
    let desk = Desk::new().await;
    let keeper = desk.sign_in("administrator").await;
    let sent = keeper.upload("/imports/knowledge/upload", &[("table", "kp_drug_pay"), ("published", "")], ("a.csv", b"x")).await;
    let shown = sent.to.unwrap();
    assert_eq!(shown, "/imports/knowledge?table=kp_drug_pay&upload=1");
    let page = keeper.get(&shown).await.text;
    for told in ["LOCAL-1", "限住院", "rule-a", "采纳", "file-and-knowledge"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert_eq!(keeper.get("/imports/knowledge?inbox=elsewhere").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keeper.get("/imports/knowledge").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keeper.get("/imports/knowledge?upload=1&published=soon").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unseen = keeper.post("/imports/knowledge", &[("upload", "1")]).await;
    assert_eq!(unseen.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody accepts what they were not shown");
    let accepted = keeper.post("/imports/knowledge", &[("upload", "1"), ("compared", "file-and-knowledge")]).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER);
    let job = desk.store.open_jobs().await.unwrap().remove(0);
    assert!(job.kind == web::LEARN && job.body.contains("file-and-knowledge"));
    assert!(keeper.get("/imports").await.text.contains("等待"));
}
