//! Jobs of a real server that is killed or stopped in the midst of them, and imports from its inbox.

use std::time::Duration;

use store::{Job, Store};

use crate::pages::{Pages, link};
use crate::site::Site;
use crate::surface::{CLAIMS, Desk, INPATIENT_ONLY, ITS_POINT, ITS_RULE, extract, text};

/// Does something with the database of a desk whose server does not run.
fn with_store<T>(desk: &Desk, work: impl AsyncFnOnce(Store) -> T) -> T {
    let url = format!("sqlite://{}", desk.path("casework.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open_to_read(&url, desk.path("papers"), None).await.unwrap();
        work(store).await
    })
}

fn jobs(desk: &Desk, kind: &str) -> Vec<Job> {
    let mut jobs = with_store(desk, async |store| store.jobs(100).await.unwrap());
    jobs.retain(|job| job.kind == kind);
    jobs
}

fn runs(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.lake().join("runs")).unwrap();
    let mut runs: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    runs.retain(|name| !name.starts_with('.'));
    runs
}

/// A desk with claims, and a site that has just begun to run its rules over them.
fn running() -> (Desk, Pages) {
    let desk = Desk::new();
    desk.run(&["import", &text(&extract(&desk, "extract", &CLAIMS))]).done();
    let site = Pages::start(&desk);
    let auditor = site.sign_in("auditor");
    auditor.press("/runs", "/runs");
    auditor.once("/runs", |page| page.contains("进行中"));
    (desk, site)
}

/// Serves again until the run and its profiles are done.
fn finished(desk: &Desk) -> Site {
    let site = Pages(Site::start(desk));
    let done = |page: &str| page.contains("参保人 1 名") && !page.contains("进行中") && !page.contains("等待");
    // All rules, on a machine that may have much else to do.
    site.sign_in("auditor").once_within(Duration::from_mins(10), "/runs", done);
    site.0
}

#[test]
fn a_run_whose_server_was_killed_is_begun_anew_and_kept_once() {
    let (desk, site) = running();
    drop(site);
    assert_eq!(jobs(&desk, "run")[0].state, "running");
    // The next server knows that the former is gone, and waits for nobody.
    let begin = std::time::Instant::now();
    let site = Site::start(&desk);
    assert!(begin.elapsed() < Duration::from_secs(30));
    drop(site);
    assert!(finished(&desk).stop().success());
    let run = jobs(&desk, "run");
    assert_eq!((run.len(), run[0].state.as_str(), jobs(&desk, "profile").len()), (1, "done", 1));
    let kept = runs(&desk);
    assert_eq!(kept.len(), 1, "{kept:?}");

    // A server that died after the run was kept, and before it could say so, has not begun it in vain.
    let again = with_store(&desk, async |store| store.ask("run", "{}", "auditor", moment()).await.unwrap());
    std::fs::write(desk.lake().join("runs").join(&kept[0]).join("job"), &again).unwrap();
    assert!(finished(&desk).stop().success());
    let told = jobs(&desk, "run").into_iter().find(|job| job.job_id == again).unwrap();
    assert!(told.state == "done" && told.outcome.unwrap().contains(&kept[0]));
    assert_eq!(runs(&desk), kept, "nothing is run twice");
}

fn moment() -> claims::Moment {
    claims::Moment::parse("2026-03-02 09:00:00").unwrap()
}

#[test]
fn a_run_whose_server_was_stopped_waits_for_the_next_server() {
    let (desk, site) = running();
    assert!(site.0.stop().success(), "a stop is no failure");
    let job = jobs(&desk, "run").remove(0);
    assert_eq!((job.state.as_str(), job.attempts, job.outcome), ("queued", 0, None));
    let told = with_store(&desk, async |store| store.entries(&format!("job:{}", job.job_id)).await.unwrap());
    assert_eq!(told.into_iter().map(|entry| entry.kind).collect::<Vec<_>>(), ["job_requeued"]);
    assert!(!desk.lake().join("runs").exists() || runs(&desk).is_empty());
    assert!(finished(&desk).stop().success());
    let job = jobs(&desk, "run").remove(0);
    assert_eq!((job.state.as_str(), job.attempts, runs(&desk).len()), ("done", 1, 1));
}

#[test]
fn what_lies_in_the_inbox_is_imported_by_whoever_may() {
    let desk = Desk::new();
    extract(&desk, "inbox/city", &CLAIMS);
    let rows = format!(
        "id,rule,name,codes,visit_mode,valid_from,supersedes,citation\n\
         LOCAL-1,{ITS_RULE},ω-3鱼油脂肪乳注射液,{INPATIENT_ONLY},er_ip,2026-02-01,{ITS_POINT},示例文件\n"
    );
    desk.write("inbox/kp_drug_pay.csv", &rows);
    desk.write("site.toml", &format!("inbox = {:?}\n", desk.path("inbox")));
    std::os::unix::fs::symlink("/etc", desk.path("inbox/elsewhere")).unwrap();
    let site = Pages::start_with(&desk, &["--config", "site.toml"]);
    let keeper = site.sign_in("administrator");
    let page = keeper.page("/imports");
    assert!(page.contains("city") && page.contains("kp_drug_pay.csv") && !page.contains("elsewhere"), "{page}");
    for outside in ["elsewhere", "../extract", "..", "/etc", "city/../../lake"] {
        let answer = keeper.send("/imports", "/imports", &format!("inbox={outside}&profile=national"));
        assert_eq!(answer.status, 422, "{outside}");
    }
    assert_eq!(keeper.send("/imports", "/imports", "inbox=city&profile=/etc/x.toml").status, 422);
    assert_eq!(site.sign_in("statistician").ask("/imports").status, 403);

    // Claims: whoever may look at them is led to the quality of what came.
    let auditor = site.sign_in("auditor");
    assert_eq!(keeper.send("/imports", "/imports", "inbox=city&profile=national").status, 303);
    let page = auditor.once("/imports", |page| page.contains("第 1 次导入：载入 "));
    assert!(auditor.page(&link(&page, "/quality?n=1")).contains("第 1 次导入"));
    keeper.send("/imports", "/imports", "inbox=city&profile=national");
    auditor.once("/imports", |page| page.contains("第 2 次导入：载入 0 行"));

    // Knowledge: shown first, accepted then, and only as it was shown.
    let shown = keeper.page("/imports/knowledge?inbox=kp_drug_pay.csv");
    for word in ["LOCAL-1", "有效期改变", ITS_POINT, ITS_RULE, "采纳"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let compared = shown.split("name=\"compared\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let accept = format!("inbox=kp_drug_pay.csv&compared={compared}");
    desk.write("inbox/kp_drug_pay.csv", &rows.replace("示例文件", "另一个文件"));
    keeper.send("/imports", "/imports/knowledge", &accept);
    keeper.once("/imports", |page| page.contains("请重新比较"));
    desk.write("inbox/kp_drug_pay.csv", &rows);
    assert_eq!(keeper.send("/imports", "/imports/knowledge", &accept).status, 303);
    let page = auditor.once("/imports", |page| page.contains("第 1 次导入：载入知识点 1 个"));
    assert!(auditor.page(&link(&page, "/knowledge/imports/1")).contains("LOCAL-1"));
    assert!(keeper.page("/imports/knowledge?inbox=kp_drug_pay.csv").contains("以前已经导入"));
    assert!(site.0.stop().success());
    assert_eq!(jobs(&desk, "import").len(), 2);
}

/// A SELECT that nobody can wait for is a fault of its rule, said in words; it neither stops the run nor acquits anybody.
#[test]
fn a_query_that_takes_too_long_is_a_fault_of_its_rule() {
    let desk = Desk::new();
    desk.run(&["import", &text(&extract(&desk, "extract", &CLAIMS))]).done();
    let answer = desk.run(&["run", "--query-seconds", "0"]);
    assert_eq!(answer.status, 1, "{answer:?}");
    assert!(answer.err.contains("整条规则 0 秒没有算完，这条规则本次没有判定，不等于没有问题"), "{}", answer.err);
    assert!(desk.findings().iter().any(|finding| finding["rule_code"] == ITS_RULE), "the others go on");
}
