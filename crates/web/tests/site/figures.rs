//! Figures that lead to their rows: the monthly report, trends, profiles of what is not in the lake.

use axum::http::StatusCode;

use crate::desk::{Desk, FAR, HOSPITAL, OTHER};

/// Addresses of a page that begin like this, as a browser reads them.
fn links(page: &str, beginning: &str) -> Vec<String> {
    let all = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.map(|href| href.replace("&amp;", "&").replace("&#38;", "&")).filter(|href| href.starts_with(beginning)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_of_the_monthly_report_opens_its_rows() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000), ("f2", OTHER, 50_000), ("f3", FAR, 70_000)]).await;
    let (auditor, leader, statistician) =
        (desk.sign_in("auditor").await, desk.sign_in("leader").await, desk.sign_in("statistician").await);
    let empty = leader.get("/monthly?month=2026-02").await.text;
    assert!(empty.contains("这个月没有已认定的疑点"), "{empty}");
    let page = auditor.get("/monthly?basis=filed").await.text;
    for word in ["2026-02 智能审核情况通报", "1,000.00", "500.00", "1,500.00", "涉及机构 2 家"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    assert!(!page.contains("700.00"), "another region's findings are not counted");
    let cells = links(&page, "/findings?");
    assert_eq!(cells.len(), 3 * 5, "two institutions and the total: {cells:?}");
    let all = auditor.get(&cells[10]).await.text;
    assert!(all.contains("1–2 / 2") && all.contains("1,000.00") && all.contains("500.00"), "{all}");
    let rows = auditor.get(&cells[0]).await.text;
    assert!(rows.contains("1–1 / 1") && rows.contains("1,000.00") && !rows.contains("500.00"), "{rows}");

    let other = statistician.get("/monthly?basis=filed").await.text;
    assert!(other.contains("1,500.00") && links(&other, "/findings?").is_empty(), "who may not open rows is not led to them");
    let book = statistician.get("/monthly.xlsx?basis=filed").await;
    assert!(book.status == StatusCode::OK && book.text.starts_with("PK"));
    assert_eq!(desk.store.entries("export:monthly").await.unwrap().len(), 1, "what leaves the house is on the record");
    assert_eq!(auditor.get("/monthly?month=春").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn trends_stand_beside_a_table_with_the_same_figures() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000), ("f2", OTHER, 50_000)]).await;
    let auditor = desk.sign_in("auditor").await;
    for address in ["/", "/stats"] {
        let page = auditor.get(address).await.text;
        let month = links(&page, "/findings?view=all&month=2026-02");
        assert_eq!(month.len(), 1, "{page}");
        assert!(!page.contains("data-chart"), "one month makes no line");
        assert!(auditor.get(&month[0]).await.text.contains("1–2 / 2"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_masked_and_whoever_looks_is_on_the_record() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000), ("f3", FAR, 100_000)]).await;
    let auditor = desk.sign_in("auditor").await;
    let person = auditor.get("/persons/of/f1").await;
    assert!(person.text.contains("9901…1415") && person.text.contains("没能取到画像"), "{}", person.text);
    assert!(!person.text.contains("99010100000000001415") && person.text.contains("1,000.00"), "{}", person.text);
    let head = desk.store.account("head").await.unwrap().actor();
    let who = desk.store.who_saw(&head, "99010100000000001415", 10).await.unwrap();
    let who: Vec<_> = who.iter().map(|one| (one.account.as_str(), one.place.as_str(), one.about.as_str())).collect();
    assert_eq!(who, [("auditor", "seen_profile", "f1")]);
    assert_eq!(auditor.get("/persons/of/f3").await.status, StatusCode::NOT_FOUND, "a finding of another region");
    assert_eq!(desk.sign_in("leader").await.get("/persons/of/f1").await.status, StatusCode::FORBIDDEN);
}
