//! Many findings at once as people see it: the preview of a group, exceptions, what moved meanwhile; tables that leave the house; keys.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use casework::{Role, Scope};

use crate::desk::{Desk, HOSPITAL, OTHER, field};

/// Findings of a hospital: f000, f001 …
async fn many(desk: &Desk, code: &str, begin: &str, count: usize) {
    let ids: Vec<String> = (0..count).map(|n| format!("{begin}{n:03}")).collect();
    desk.file(&ids.iter().map(|id| (id.as_str(), code, 10_000)).collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_previewed_excepted_decided_and_told() {
    let desk = Desk::new().await;
    many(&desk, HOSPITAL, "f", 120).await;
    many(&desk, OTHER, "g", 3).await;
    desk.add_scoped("second", Role::Auditor, Scope::All).await;
    let (auditor, second) = (desk.sign_in("auditor").await, desk.sign_in("second").await);
    let groups = auditor.get("/findings?group=class").await.text;
    assert!(groups.contains("规则甲　机构H99010100001　没有知识点") && groups.contains("整组办理"), "{groups}");
    let query = groups.split("name=\"of\" value=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    assert!(query.contains("reason=-") && query.contains("rule=rule-a"), "{query}");
    let list = auditor.get(&format!("/findings?{query}")).await.text;
    assert!(list.contains("所列 120 条，预览…") && list.contains("12,000.00</b> 元（去重后）"), "{list}");
    let none = auditor.post("/bulk", &[("back", &query)]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "no act was chosen");
    let none = auditor.post("/bulk", &[("back", &query), ("act", "tell")]).await;
    assert!(none.text.contains("没有可以下发机构的疑点"), "{}", none.text);

    let made = auditor.post("/bulk", &[("of", &query), ("act", "dismiss")]).await;
    let place = made.to.unwrap();
    let page = auditor.get(&place).await.text;
    assert!(page.contains("预览：还没有办") && page.contains("判为不成立 120 条") && page.contains("12,000.00 元"), "{page}");
    assert!(!page.contains("g000"), "another institution is another group");
    assert_eq!(second.get(&place).await.status, StatusCode::NOT_FOUND, "whoever made the preview carries it out");
    // The second page is turned to with the ticks of the first, of which one is taken off.
    let shown: Vec<String> = (0..50).map(|n| format!("f{n:03}")).collect();
    let mut turned: Vec<(&str, &str)> = shown.iter().map(|id| ("shown", id.as_str())).collect();
    turned.extend(shown[1..].iter().map(|id| ("kept", id.as_str())));
    let turned = [&turned[..], &[("version", "1"), ("page", "2")]].concat();
    let next = auditor.post(&format!("{place}/except"), &turned).await;
    assert_eq!(next.to.as_deref(), Some(format!("{place}?page=2").as_str()));
    assert_eq!(auditor.post(&format!("{place}/except"), &turned).await.status, StatusCode::CONFLICT);
    let page = auditor.get(&next.to.unwrap()).await.text;
    assert!(page.contains("除外 1 条，共 120 条") && page.contains("51–100 / 120"), "{page}");

    // Somebody decides on one meanwhile.
    second.decide("f060", "review", &[("verdict", "pass")]).await;
    assert!(auditor.get(&format!("{place}?page=2")).await.text.contains("看过之后已有变动，不办"));
    desk.minutes(12);
    let version = field(&auditor.get(&place).await.text, "version");
    let carry = |fields: &'static [(&'static str, &'static str)]| {
        let (auditor, place, version) = (&auditor, format!("{place}/carry-out"), version.clone());
        async move { auditor.post(&place, &[&[("version", version.as_str())], fields].concat()).await }
    };
    assert_eq!(carry(&[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "no reason given");
    let done = carry(&[("reason", "科室口径不同"), ("shown", "f100")]).await;
    assert_eq!(done.to.as_deref(), Some(place.as_str()), "{}", done.text);
    let page = auditor.get(&place).await.text;
    assert!(page.contains("已办 117 条，涉及 11,700.00 元（各规则相加）；没有办 1 条；除外 2 条。理由：科室口径不同"), "{page}");
    assert!(page.contains("没有办：看过之后已有变动") && page.contains("f060"), "{page}");
    assert_eq!(carry(&[("reason", "再来一次")]).await.to.as_deref(), Some(place.as_str()), "a second press changes nothing");
    assert!(auditor.get("/findings/f119").await.text.contains("科室口径不同"));
    for other in ["f000", "f100", "g000"] {
        assert!(auditor.get(&format!("/findings/{other}")).await.text.contains("待初审"), "{other}");
    }
    let book = auditor.get(&format!("{place}/members.xlsx")).await;
    assert!(book.status == StatusCode::OK && book.text.starts_with("PK"));
    let rule = auditor.get("/rules/rule-a").await.text;
    assert!(rule.contains("0 小时 12 分") || rule.contains("<dt>元/审核小时</dt><dd>0.00</dd>"), "{rule}");
    let leader = desk.sign_in("leader").await;
    assert!(leader.get("/log").await.text.contains("bulk_ended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_decides_what_it_showed_and_counts_the_time() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000), ("f2", HOSPITAL, 10_000)]).await;
    desk.add_scoped("second", Role::Auditor, Scope::All).await;
    let (auditor, second, hospital) =
        (desk.sign_in("auditor").await, desk.sign_in("second").await, desk.sign_in("institution").await);
    let page = auditor.get("/findings").await.text;
    let opened = field(&page, "opened");
    assert!(page.contains("name=\"seen\" value=\"f1:1\"") && page.contains("data-key=\"z\""), "{page}");
    second.decide("f2", "assign", &[("to", "second")]).await;
    desk.minutes(6);
    let fields = [
        ("id", "f1"),
        ("id", "f2"),
        ("seen", "f1:1"),
        ("seen", "f2:1"),
        ("opened", opened.as_str()),
        ("verdict", "pass"),
        ("back", "view=open"),
    ];
    let to = auditor.post("/findings/review", &fields).await.to.unwrap();
    let said = auditor.get(&to).await.text;
    assert!(said.contains("已办 1 条；1 条没有办：f2（看过之后已有变动）"), "{said}");
    auditor.decide("f1", "tell", &[]).await;
    auditor.decide("f2", "review", &[("verdict", "pass")]).await;
    auditor.decide("f2", "tell", &[]).await;

    // The hospital answers both as its list showed them; one was answered by a colleague meanwhile.
    let told = hospital.get("/portal").await.text;
    let seen: Vec<&str> = told.split("name=\"seen\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    hospital.answer("f2", &[("answer", "accept")], ("", b"")).await;
    let fields = [("id", "f1"), ("id", "f2"), ("seen", seen[0]), ("seen", seen[1]), ("answer", "accept"), ("back", "show=open")];
    let to = hospital.upload("/portal/answer", &fields, ("", b"")).await.to.unwrap();
    assert!(hospital.get(&to).await.text.contains("已认可 1 条；1 条没有办：f2（看过之后已有变动）"));
    let again = hospital.upload("/portal/answer", &fields, ("", b"")).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "nothing of it could be done: {}", again.text);
    let rule = auditor.get("/rules/rule-a").await.text;
    assert!(rule.contains("0 小时 6 分"), "{rule}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_tell_how_many_there_are_and_are_turned() {
    let desk = Desk::new().await;
    many(&desk, HOSPITAL, "f", 60).await;
    let (auditor, hospital, reviewer) =
        (desk.sign_in("auditor").await, desk.sign_in("institution").await, desk.sign_in("reviewer").await);
    for act in ["pass", "tell"] {
        let to = auditor.post("/bulk", &[("back", "view=open"), ("act", act)]).await.to.unwrap();
        let done = auditor.post(&format!("{to}/carry-out"), &[("version", "1")]).await;
        assert!(auditor.get(&done.to.unwrap()).await.text.contains("已办 60 条"));
    }
    let told = hospital.get("/portal").await.text;
    let seen: Vec<(&str, &str)> = told
        .split("name=\"seen\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|seen| ("seen", seen))
        .collect();
    let ids: Vec<(&str, &str)> = seen.iter().filter_map(|(_, seen)| seen.split_once(':')).map(|(id, _)| ("id", id)).collect();
    let fields = [&seen[..], &ids, &[("answer", "appeal"), ("grounds", "见病历")]].concat();
    let to = hospital.upload("/portal/answer", &fields, ("", b"")).await.to.unwrap();
    assert!(hospital.get(&to).await.text.contains("已申诉 60 条"));
    let first = reviewer.get("/appeals").await.text;
    assert!(first.contains("申诉中 60 条") && first.contains("1–50 / 60") && first.contains("/appeals?&#38;page=2"), "{first}");
    assert!(reviewer.get("/appeals?page=2").await.text.contains("51–60 / 60"));
    // A finding knows its place in a list, and who stands beside it.
    let page = auditor.get("/findings/f054?view=all").await.text;
    assert!(page.contains("55 / 60") && page.contains("/findings/f053?") && page.contains("/findings/f055?"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_leave_the_house_with_what_their_pages_show() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000), ("f2", OTHER, 10_000)]).await;
    let head = desk.sign_in("head").await;
    for path in ["/findings.xlsx?view=all", "/appeals.xlsx", "/rules.xlsx", "/stats.xlsx"] {
        let book = head.get(path).await;
        assert!(book.status == StatusCode::OK && book.text.starts_with("PK"), "{path}: {}", book.status);
    }
    // What only the lake knows says that it cannot be read, as the page does.
    for path in ["/institutions.xlsx", "/doctors.xlsx", "/persons.xlsx", "/quality.xlsx", "/quality/rows.xlsx"] {
        assert_eq!(head.get(path).await.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    let admin = desk.sign_in("administrator").await;
    assert!(admin.get("/users.xlsx").await.text.starts_with("PK"));
    let hospital = desk.sign_in("institution").await;
    let request = Request::get("/portal/findings.xlsx?show=all").header(header::COOKIE, &hospital.cookie);
    let response = desk.raw(request.body(Body::empty()).unwrap()).await;
    assert!(response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().contains("told-findings.xlsx"));
    assert!(to_bytes(response.into_body(), usize::MAX).await.unwrap().starts_with(b"PK"));
    for (subject, by) in [("export:stats", "head"), ("export:users", "administrator"), ("export:told-findings", "institution")] {
        let told = desk.store.entries(subject).await.unwrap();
        assert!(told.len() == 1 && told[0].actor == by && told[0].kind == "exported", "{subject} {told:?}");
    }
    assert!(desk.store.entries("export:told-findings").await.unwrap()[0].body.contains("\"rows\":0"), "it was told of nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_keys_until_somebody_switches_them_off() {
    let desk = Desk::new().await;
    let (auditor, hospital) = (desk.sign_in("auditor").await, desk.sign_in("institution").await);
    assert!(!auditor.get("/findings").await.text.contains("data-letter-keys=\"off\""));
    for person in [&auditor, &hospital] {
        assert!(person.get("/keys").await.text.contains("现在开着"));
        assert_eq!(person.post("/keys", &[("keys", "off")]).await.to.as_deref(), Some("/keys"));
        assert!(person.get("/keys").await.text.contains("现在关着"));
    }
    assert!(auditor.get("/findings").await.text.contains("<body data-letter-keys=\"off\">"));
    assert!(hospital.get("/portal").await.text.contains("<body data-letter-keys=\"off\">"));
    auditor.post("/keys", &[("keys", "on")]).await;
    assert!(!auditor.get("/findings").await.text.contains("data-letter-keys=\"off\""));
    // A view that nobody wants any longer goes.
    auditor.post("/views", &[("query", "view=open&rule=rule-a"), ("name", "甲规则")]).await;
    let page = auditor.get("/findings?rule=rule-a&view=open").await.text;
    assert!(page.contains("甲规则") && page.contains("删除视图"), "{page}");
    let gone = auditor.post("/views/drop", &[("name", "甲规则")]).await;
    let page = auditor.get(&gone.to.unwrap()).await.text;
    assert!(page.contains("已删除视图“甲规则”") && !page.contains("rule=rule-a&#38;view=open"), "{page}");
}
