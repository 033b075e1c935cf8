//! A rule on its way into a pack: written by one, published by another, and read as it was ever after.

use axum::http::StatusCode;
use casework::{Examination, TrialFigures};

use crate::desk::{Desk, Person};

/// Begins a draft; its address.
async fn begun(person: &Person<'_>, name: &str) -> String {
    let answer = person.post("/drafts", &[("kind", "rule"), ("name", name)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.to.unwrap()
}

async fn step(person: &Person<'_>, address: &str, what: &str, fields: &[(&str, &str)]) -> crate::desk::Answer {
    let page = person.get(address).await.text;
    let version = page.split("第 ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    person.post(&format!("{address}/{what}"), &[&[("version", version.as_str())], fields].concat()).await
}

/// What the worker does: the draft is examined as it stands.
async fn examined(desk: &Desk, address: &str, base: &str, faults: &[&str]) {
    let draft = desk.store.draft(address.trim_start_matches("/drafts/")).await.unwrap();
    let examination = Examination {
        base: base.to_owned(),
        faults: faults.iter().map(ToString::to_string).collect(),
        figures: vec![TrialFigures {
            code: "L1".to_owned(), name: "本地规则".to_owned(), after: 7, ..TrialFigures::default()
        }],
        ..Examination::default()
    };
    let step = draft.value.examined(examination, desk.now().day()).unwrap();
    desk.store.apply_draft(&draft, &step, desk.now()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_published_by_somebody_else() {
    let desk = Desk::new().await;
    let (auditor, head) = (desk.sign_in("auditor").await, desk.sign_in("head").await);
    let shipped = desk.sign_in("institution").await.get("/portal/kit.zip").await;
    assert!(
        shipped.status == StatusCode::OK && shipped.text.contains("of.txt"),
        "before anything is published: {}",
        shipped.text
    );
    let draft = begun(&auditor, "L1").await;
    assert!(auditor.get(&draft).await.text.contains("# 规则 L1"));
    assert_eq!(
        step(&auditor, &draft, "edit", &[("text", " code = 1\r\n"), ("then", "examine")]).await.status,
        StatusCode::SEE_OTHER
    );
    let jobs = desk.store.jobs(5).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].kind.as_str()), (1, web::EXAMINE));
    let early = step(&auditor, &draft, "propose", &[("reason", "本市限额")]).await;
    assert!(early.text.contains("还没有检查通过"), "{}", early.text);

    examined(&desk, &draft, "", &["local/L1.toml：code：第 1 行不对"]).await;
    assert!(auditor.get(&draft).await.text.contains("local/L1.toml：code：第 1 行不对"));
    assert_eq!(step(&auditor, &draft, "propose", &[("reason", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    examined(&desk, &draft, "", &[]).await;
    assert!(auditor.get(&draft).await.text.contains("7 条"));
    assert_eq!(step(&auditor, &draft, "propose", &[("reason", "本市限额")]).await.status, StatusCode::SEE_OTHER);

    // The author may not, even as somebody whose role may; nor may whoever only writes.
    assert_eq!(step(&auditor, &draft, "publish", &[]).await.status, StatusCode::FORBIDDEN);
    let published = step(&head, &draft, "publish", &[]).await;
    assert_eq!(published.status, StatusCode::SEE_OTHER, "{}", published.text);
    let pack = published.to.unwrap();
    let page = auditor.get(&pack).await.text;
    for told in ["第 1 号规则包", "local/L1.toml", "auditor", "head", "本市限额", "现行"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let kit = desk.sign_in("institution").await.get("/portal/kit.zip").await;
    assert!(kit.status == StatusCode::OK && kit.text.contains("README.txt"), "{}", kit.status);
    assert!(auditor.get(&format!("{pack}?file=local/L1.toml")).await.text.contains(" code = 1"));
    let archive = auditor.get(&format!("{pack}/files.zip")).await;
    assert!(archive.text.starts_with("PK") && archive.text.contains("pack.json") && archive.text.contains("local/L1.toml"));
    assert_eq!(step(&head, &draft, "publish", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_touched_a_draft_leaves_its_publication_to_others() {
    let desk = Desk::new().await;
    let (auditor, head, reviewer) = (desk.sign_in("auditor").await, desk.sign_in("head").await, desk.sign_in("reviewer").await);
    let draft = begun(&auditor, "L2").await;
    assert_eq!(step(&head, &draft, "edit", &[("text", "code = 2")]).await.status, StatusCode::SEE_OTHER);
    examined(&desk, &draft, "", &[]).await;
    assert_eq!(step(&auditor, &draft, "propose", &[("reason", "x")]).await.status, StatusCode::SEE_OTHER);
    let own = step(&head, &draft, "publish", &[]).await;
    assert!(own.text.contains("请由他人发布"), "{}", own.text);
    let returned = step(&reviewer, &draft, "return", &[("reason", "缺少依据")]).await;
    assert_eq!(returned.status, StatusCode::SEE_OTHER);
    assert!(auditor.get(&draft).await.text.contains("缺少依据"));
    assert_eq!(step(&auditor, &draft, "withdraw", &[("reason", "不做了")]).await.status, StatusCode::SEE_OTHER);
    assert!(auditor.get("/drafts").await.text.contains("已撤回"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_draft_is_examined_again_and_packs_are_compared() {
    let desk = Desk::new().await;
    let (auditor, head) = (desk.sign_in("auditor").await, desk.sign_in("head").await);
    let (first, second) = (begun(&auditor, "L1").await, begun(&auditor, "L2").await);
    let mut packs = Vec::new();
    for draft in [&first, &second] {
        examined(&desk, draft, "", &[]).await;
        assert_eq!(step(&auditor, draft, "propose", &[("reason", "x")]).await.status, StatusCode::SEE_OTHER);
    }
    packs.push(step(&head, &first, "publish", &[]).await.to.unwrap());
    let late = step(&head, &second, "publish", &[]).await;
    assert!(late.text.contains("重新检查"), "{}", late.text);
    step(&head, &second, "return", &[("reason", "重新检查")]).await;
    examined(&desk, &second, packs[0].trim_start_matches("/packs/"), &[]).await;
    step(&auditor, &second, "propose", &[("reason", "x")]).await;
    packs.push(step(&head, &second, "publish", &[]).await.to.unwrap());
    let compared = auditor.get(&format!("{}?with={}", packs[1], packs[0].trim_start_matches("/packs/"))).await.text;
    assert!(compared.contains("与第 1 号比较") && compared.contains("新增"), "{compared}");
    assert!(auditor.get(&packs[0]).await.text.contains("已被取代"));
    let bad = auditor.post("/drafts", &[("kind", "rule"), ("name", "../x")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}
