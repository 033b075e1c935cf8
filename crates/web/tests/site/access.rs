//! Every route × every role, from the same list that the site is built from.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use casework::{Role, Scope, policy};
use store::OneTimeSecret;
use web::Need;

use crate::desk::{Desk, FAR, HOSPITAL, OTHER, SECRET, name};

/// A path with something in place of each parameter.
fn filled(path: &str) -> String {
    path.replace("{id}", "f1")
        .replace("{code}", "rule-a")
        .replace("{number}", "1")
        .replace("{digest}", "00")
        .replace("{psn_no}", "99010100000000001415")
        .replace("{name}", "nobody")
        .replace("{*name}", "mingcha.css")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_the_roles_of_the_matrix_and_nobody_else() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let mut tried = 0;
    for role in Role::ALL {
        let person = desk.sign_in(&name(role)).await;
        for route in web::routes() {
            let Need::May(action) = route.need else { continue };
            let path = filled(route.path);
            let answer = if route.method == Method::GET { person.get(&path).await } else { person.post(&path, &[]).await };
            let place = format!("{} {} as {}: {} {}", route.method, route.path, role.label(), answer.status, answer.text);
            if policy::permits(role, action) {
                assert_ne!(answer.status, StatusCode::FORBIDDEN, "{place}");
                assert!(!answer.status.is_server_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE, "{place}");
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{place}");
            }
            tried += 1;
        }
    }
    assert!(tried > 400, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_sees_the_door_only() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    for route in web::routes().iter().filter(|route| route.need != Need::Public) {
        let request = Request::builder()
            .method(route.method.clone())
            .uri(filled(route.path))
            .header("cookie", "mingcha=0123")
            .body(Body::empty())
            .unwrap();
        let answer = desk.send(request).await;
        let place = format!("{} {}: {}", route.method, route.path, answer.status);
        if route.method == Method::GET {
            assert_eq!(answer.to.as_deref(), Some("/login"), "{place}");
        } else {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let auditor = desk.sign_in("auditor").await;
    for body in ["version=1&verdict=pass", "csrf=wrong&version=1&verdict=pass"] {
        let answer = auditor.post_raw("/findings/f1/review", body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    }
    let body = format!("csrf={}&version=1&verdict=pass", auditor.csrf);
    let request = Request::post("/findings/f1/review").header("cookie", &auditor.cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(desk.send(request.body(Body::from(body)).unwrap()).await.status, StatusCode::FORBIDDEN);
    let hospital = desk.sign_in("institution").await;
    let answer = hospital.upload("/portal/answer", &[("csrf", "wrong"), ("id", "f1")], ("a.pdf", b"%PDF-1.4")).await;
    assert!(answer.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_institutions_and_regions_look_as_if_they_were_not_there() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000), ("f2", OTHER, 10_000), ("f3", FAR, 10_000)]).await;
    let auditor = desk.sign_in("auditor").await;
    assert_eq!(auditor.get("/findings/f2").await.status, StatusCode::OK);
    assert_eq!(auditor.get("/findings/f3").await.status, StatusCode::NOT_FOUND);
    assert!(!auditor.get("/findings?view=all").await.text.contains("/findings/f3"));
    assert_eq!(
        auditor.post("/findings/review", &[("id", "f3"), ("seen", "f3:1"), ("verdict", "pass")]).await.status,
        StatusCode::NOT_FOUND
    );
    let hospital = desk.sign_in("institution").await;
    for id in ["f1", "f2"] {
        assert_eq!(
            hospital.get(&format!("/portal/findings/{id}")).await.status,
            StatusCode::NOT_FOUND,
            "not told yet, or not theirs"
        );
    }
    // A person of another region is nobody to look up.
    desk.add_scoped("far", Role::Auditor, Scope::Regions(["9902".to_owned()].into())).await;
    desk.file(&[("f4", HOSPITAL, 1)]).await;
    let far = desk.sign_in("far").await;
    assert_eq!(far.get("/findings/f1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_owner_leaves_or_is_switched_off() {
    let desk = Desk::new().await;
    let auditor = desk.sign_in("auditor").await;
    assert_eq!(auditor.get("/findings").await.status, StatusCode::OK);
    auditor.post("/logout", &[]).await;
    assert_eq!(auditor.get("/findings").await.to.as_deref(), Some("/login"));
    let (again, admin) = (desk.sign_in("auditor").await, desk.sign_in("administrator").await);
    assert_eq!(admin.post("/users/auditor/switch", &[("version", "1")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(again.get("/findings").await.to.as_deref(), Some("/login"));
    assert_eq!(admin.post("/users/administrator/switch", &[("version", "1")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let legal = desk.sign_in("legal").await;
    let change = |old: &'static str, again: &'static str| {
        let legal = &legal;
        async move { legal.post("/password", &[("old", old), ("new", "another good one"), ("again", again)]).await.status }
    };
    assert_eq!(change("wrong", "another good one").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change("correct horse battery", "another").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change("correct horse battery", "another good one").await, StatusCode::SEE_OTHER);
    assert_eq!(legal.get("/findings").await.to.as_deref(), Some("/login"), "all sessions end");
    assert_eq!(desk.try_sign_in("legal", "another good one").await.status, StatusCode::SEE_OTHER);
    for _ in 0..5 {
        assert_eq!(desk.try_sign_in("reviewer", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    let locked = desk.try_sign_in("reviewer", "correct horse battery").await;
    assert!(locked.text.contains("不能登录"), "{}", locked.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_keeps_out_whoever_only_knows_the_password() {
    let desk = Desk::new().await;
    let auditor = desk.sign_in("auditor").await;
    let page = auditor.get("/one-time").await;
    let secret = page.text.split_once("name=\"secret\" value=\"").unwrap().1.split('"').next().unwrap();
    assert!(page.text.contains("<svg") && page.text.contains("otpauth://totp/"), "{}", page.text);
    let authenticator = OneTimeSecret::read(secret).unwrap();
    let code = || authenticator.code(desk.now()).unwrap();
    let begin = |password: &'static str, code: String| {
        let auditor = &auditor;
        async move { auditor.post("/one-time", &[("secret", secret), ("password", password), ("code", &code)]).await }
    };
    assert_eq!(begin("wrong", code()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = begin("correct horse battery", "12345x".to_owned()).await;
    assert!(other.text.contains("动态口令与密钥对不上"), "{}", other.text);
    assert_eq!(begin("correct horse battery", code()).await.status, StatusCode::SEE_OTHER);

    let asked = desk.try_sign_in("auditor", "correct horse battery").await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert!(asked.text.contains("请填写动态口令"), "{}", asked.text);
    desk.days(1);
    assert_eq!(desk.try_code("auditor", "correct horse battery", &code()).await.status, StatusCode::SEE_OTHER);
    assert!(desk.try_code("auditor", "correct horse battery", &code()).await.text.contains("已经用过"));

    // A lost telephone: the administrator lifts it, nobody else may.
    let (legal, admin) = (desk.sign_in("legal").await, desk.sign_in("administrator").await);
    assert_eq!(legal.post("/users/auditor/one-time", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(admin.get("/users").await.text.contains("/users/auditor/one-time"));
    assert_eq!(admin.post("/users/auditor/one-time", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.try_sign_in("auditor", "correct horse battery").await.status, StatusCode::SEE_OTHER);
}

/// Asks the door of the reverse proxy, with these headers.
async fn through_the_proxy(desk: &Desk, headers: &[(&str, &str)]) -> crate::desk::Answer {
    let mut request = Request::get("/login/sso");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    desk.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_without_the_secret_is_nobody() {
    let desk = Desk::new().await;
    let refused: [&[(&str, &str)]; 7] = [
        &[],
        &[("x-user", "auditor")],
        &[("x-user", "auditor"), ("x-secret", "")],
        &[("x-user", "auditor"), ("x-secret", "a secret of more than thirty-two letterz")],
        &[("x-user", "auditor"), ("x-secret", "wrong"), ("x-secret", SECRET)],
        &[("x-user", "auditor"), ("x-user", "administrator"), ("x-secret", SECRET)],
        &[("x-user", " "), ("x-secret", SECRET)],
    ];
    for headers in refused {
        let answer = through_the_proxy(&desk, headers).await;
        assert_eq!((answer.status, answer.cookie()), (StatusCode::UNAUTHORIZED, None), "{headers:?}");
    }
    // Nowhere else are the headers looked at, not even the right ones.
    let request = Request::get("/findings").header("x-user", "auditor").header("x-secret", SECRET);
    assert_eq!(desk.send(request.body(Body::empty()).unwrap()).await.to.as_deref(), Some("/login"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_proxy_recognises_is_who_they_are_here() {
    let desk = Desk::new().await;
    let known = through_the_proxy(&desk, &[("x-user", "statistician"), ("x-secret", SECRET)]).await;
    assert_eq!((known.status, known.to.as_deref()), (StatusCode::SEE_OTHER, Some("/stats")), "{}", known.text);
    let session = known.cookie().unwrap();
    let see = |path: &'static str| {
        let request = Request::get(path).header("cookie", &session).body(Body::empty()).unwrap();
        let desk = &desk;
        async move { desk.send(request).await.status }
    };
    assert_eq!((see("/stats").await, see("/users").await), (StatusCode::OK, StatusCode::FORBIDDEN), "the role is ours to say");
    let unknown = through_the_proxy(&desk, &[("x-user", "somebody"), ("x-secret", SECRET)]).await;
    assert!(unknown.cookie().is_none() && unknown.text.contains("没有启用的账号"), "{}", unknown.text);
    let admin = desk.sign_in("administrator").await;
    admin.post("/users/statistician/switch", &[("version", "1")]).await;
    let off = through_the_proxy(&desk, &[("x-user", "statistician"), ("x-secret", SECRET)]).await;
    assert!(off.cookie().is_none(), "switched off here is off everywhere");
    let log: Vec<String> = desk.store.entries("sign-in:sso").await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(log, ["sso_recognised", "sso_refused", "sso_refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_number_and_is_counted_without_naming_anybody() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 10_000)]).await;
    let auditor = desk.sign_in("auditor").await;
    let request = Request::get("/persons/99010100000000001415").header("cookie", &auditor.cookie);
    let (lines, answer) = crate::logged::during(desk.raw(request.body(Body::empty()).unwrap())).await;
    assert!(answer.headers().get("x-request-id").is_some());
    let line = lines.iter().find(|line| line.contains("/persons/")).unwrap();
    for told in ["route=/persons/{psn_no}", "user=auditor", "method=GET", "status=503", "ms=", "request="] {
        assert!(line.contains(told), "{told}: {line}");
    }
    assert!(lines.iter().all(|line| !line.contains("99010100000000001415")), "{lines:?}");
    let metrics = desk.send(Request::get("/metrics").body(Body::empty()).unwrap()).await.text;
    assert!(metrics.contains("mingcha_answers_total{status=\"503\"} 1") && metrics.contains("_bucket{le=\"+Inf\"}"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_role_begins_with_the_next_sign_in_and_nobody_gives_it_to_themselves() {
    let desk = Desk::new().await;
    let (admin, auditor) = (desk.sign_in("administrator").await, desk.sign_in("auditor").await);
    let form = |role: &'static str, scope: &'static str| [("version", "1"), ("role", role), ("scope", scope)];
    assert!(admin.get("/users").await.text.contains("/users/auditor/powers"));
    let odd = admin.post("/users/auditor/powers", &form("statistician", "%")).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(admin.post("/users/auditor/powers", &form("statistician", "9901")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(auditor.get("/findings").await.status, StatusCode::SEE_OTHER, "whoever was signed in signs in again");
    let auditor = desk.sign_in("auditor").await;
    assert_eq!(auditor.get("/findings").await.status, StatusCode::FORBIDDEN);
    assert_eq!(auditor.get("/stats").await.status, StatusCode::OK);
    assert_eq!(admin.post("/users/auditor/powers", &form("head", "全部")).await.status, StatusCode::CONFLICT, "an old page");
    let own = admin.post("/users/administrator/powers", &form("leader", "全部")).await;
    assert!(own.status == StatusCode::UNPROCESSABLE_ENTITY && own.text.contains("请由另一位系统管理员办理"), "{}", own.text);
}
