//! Pages over a real lake: a site is served as anybody would serve it, and its pages are asked for over HTTP.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::site::{Answer, Site};
use crate::surface::{CLAIMS, Desk, HOSPITAL, INPATIENT_ONLY, ITS_POINT, ITS_RULE, extract, text};

/// One password for all.
const PASSWORD: &str = "correct horse battery";

/// Name, role, scope.
const USERS: [(&str, &str, &str); 6] = [
    ("administrator", "administrator", ""),
    ("auditor", "auditor", ""),
    ("near", "auditor", "9901"),
    ("far", "auditor", "9902"),
    ("statistician", "statistician", ""),
    ("hospital", "institution", HOSPITAL),
];

fn add_user(desk: &Desk, name: &str, role: &str, scope: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingcha"));
    command.args(["user", "add", name, "--display", name, "--role", role, "--lake", "lake"]).current_dir(desk.path(""));
    if !scope.is_empty() {
        command.args(["--scope", scope]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success(), "{name}");
}

/// The site with its users: name and role, all of one region but the last two.
pub(crate) struct Pages(pub(crate) Site);

impl Pages {
    pub(crate) fn start(desk: &Desk) -> Self {
        Self::start_with(desk, &[])
    }

    /// With further arguments of its server.
    pub(crate) fn start_with(desk: &Desk, arguments: &[&str]) -> Self {
        for (name, role, scope) in USERS {
            add_user(desk, name, role, scope);
        }
        Self(Site::start_with(desk, arguments))
    }

    fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        self.0.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {cookie}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ))
    }

    pub(crate) fn sign_in(&self, name: &str) -> Visitor<'_> {
        let answer = self.post("/login", "", &format!("name={name}&password={}", PASSWORD.replace(' ', "+")));
        assert_eq!(answer.status, 303, "{}", answer.head);
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        Visitor { site: self, cookie: cookie.split(';').next().unwrap().to_owned() }
    }
}

/// Somebody who is signed in.
pub(crate) struct Visitor<'a> {
    site: &'a Pages,
    cookie: String,
}

impl Visitor<'_> {
    pub(crate) fn ask(&self, path: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {}\r\n\r\n", self.cookie);
        self.site.0.send(&request)
    }

    /// Presses a button of a page.
    pub(crate) fn press(&self, page: &str, path: &str) {
        let answer = self.send(page, path, "");
        assert_eq!(answer.status, 303, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }

    /// Sends a form of a page with these fields.
    pub(crate) fn send(&self, page: &str, path: &str, fields: &str) -> Answer {
        let shown = self.page(page);
        let token = shown.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        self.site.post(path, &self.cookie, &format!("csrf={token}&{fields}"))
    }

    /// A page, once it says what is waited for.
    pub(crate) fn once(&self, path: &str, says: impl Fn(&str) -> bool) -> String {
        self.once_within(Duration::from_mins(2), path, says)
    }

    /// A page, once it says what is waited for so long.
    pub(crate) fn once_within(&self, patience: Duration, path: &str, says: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let page = self.page(path);
            if says(&page) {
                return page;
            }
            assert!(begin.elapsed() < patience, "{path} never says it: {page}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// A page that must be there.
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.ask(path);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{path}: {text}");
        text
    }
}

/// The first address on a page that begins like this.
pub(crate) fn link(page: &str, beginning: &str) -> String {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut links = links.map(|href| href.replace("&amp;", "&").replace("&#38;", "&"));
    links.find(|href| href.starts_with(beginning)).unwrap_or_else(|| panic!("no link to {beginning}: {page}"))
}

/// The number before a word: `1,234 个知识点`.
fn number_before(page: &str, word: &str) -> usize {
    let before = page.split(word).next().unwrap().trim_end();
    let digits: String =
        before.chars().rev().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap()
}

/// Two runs over one lake, between which a local table was brought in: a visit of February is lawful by then. One line was refused.
fn audited() -> Desk {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    let bad =
        format!("2,V3,S3,{HOSPITAL},P1,2026-02-06 09:40:00,1,1.00,一元,1.00,101,XA02BCA001A001010199999,某片剂,D990101000001\n");
    let lines = std::fs::read_to_string(folder.join("fee_list_d.csv")).unwrap() + &bad;
    desk.write("extract/fee_list_d.csv", &lines);
    assert!(desk.run(&["import", &text(&folder)]).status <= 1);
    desk.run(&["run", "--rule", ITS_RULE]).done();
    let rows = format!(
        "id,rule,name,codes,visit_mode,valid_from,supersedes,citation\n\
         LOCAL-1,{ITS_RULE},ω-3鱼油脂肪乳注射液,{INPATIENT_ONLY},er_ip,2026-02-01,{ITS_POINT},示例文件\n"
    );
    desk.write("kp_drug_pay.csv", &rows);
    desk.run(&["knowledge", "import", "kp_drug_pay.csv"]).done();
    desk.run(&["run", "--rule", ITS_RULE]).done();
    desk
}

#[test]
fn pages_show_what_the_commands_print_and_to_whom_it_belongs() {
    let desk = audited();
    let site = Pages::start(&desk);
    knowledge(&desk, &site);
    compared(&site);
    quality(&site);
    filed_and_profiled(&site);
    profiles(&site);
}

#[test]
fn what_a_later_run_finds_in_order_is_closed_and_says_why() {
    let desk = audited();
    let mut runs: Vec<String> =
        std::fs::read_dir(desk.lake().join("runs")).unwrap().map(|run| run.unwrap().file_name().into_string().unwrap()).collect();
    runs.retain(|run| !run.starts_with('.'));
    runs.sort();
    let site = Pages::start(&desk);
    let auditor = site.sign_in("auditor");
    auditor.press("/runs", &format!("/runs/{}/file", runs[0]));
    auditor.once("/runs", |page| page.contains("新立 2"));
    auditor.press("/runs", &format!("/runs/{}/file", runs[1]));
    auditor.once("/runs", |page| page.contains("消失 1，存疑 0"));
    // The records are the same, and what the rule knows of February is not.
    let page = auditor.page(&link(&auditor.page("/findings?view=all&state=gone"), "/findings/"));
    assert!(page.contains("后来的审核不再发现：规则更新至第"), "{page}");
    assert!(auditor.page("/findings?view=open").contains("100.00"), "what it found again stays");
}

/// 知识库
fn knowledge(desk: &Desk, site: &Pages) {
    let auditor = site.sign_in("auditor");
    let tables = auditor.page("/knowledge");
    let listed = desk.run(&["knowledge", "list", "--json"]).json();
    assert_eq!(number_before(&tables, " 个知识点"), listed.as_array().unwrap().len());
    // By name, by code, and by the day on which it held.
    let found = auditor.page(&format!("/knowledge/points?table=kp_drug_pay&q={INPATIENT_ONLY}&on=2026-01-15"));
    assert!(found.contains(ITS_POINT) && !found.contains("LOCAL-1"), "{found}");
    let found = auditor.page(&format!("/knowledge/points?table=kp_drug_pay&q={INPATIENT_ONLY}&on=2026-02-15"));
    assert!(!found.contains(ITS_POINT) && found.contains("LOCAL-1"), "{found}");
    let shown = auditor.page(&link(&found, "/knowledge/point?id="));
    assert!(shown.contains(&format!("/rules/{ITS_RULE}")) && shown.contains("示例文件"), "who judges by it: {shown}");
    // Pages follow each other without a row lost.
    let all = auditor.page("/knowledge/points");
    assert!(all.contains("1–50 /") && auditor.page(&link(&all, "/knowledge/points?&page=2")).contains("51–100 /"));
    // What the file changed: it brought a point, and ended another.
    let import = auditor.page(&link(&tables, "/knowledge/imports/"));
    assert!(import.contains("LOCAL-1") && import.contains("有效期改变") && import.contains("2026-01-31"), "{import}");
    assert_eq!(auditor.ask("/knowledge/imports/999").status, 404);
    assert_eq!(site.sign_in("hospital").ask("/knowledge").status, 403);
}

/// 运行对比
fn compared(site: &Pages) {
    let auditor = site.sign_in("auditor");
    let page = auditor.page(&link(&auditor.page("/runs"), "/runs/compare"));
    assert!(page.contains("没有新出现的疑点"), "{page}");
    let gone = auditor.page(&link(&page, "/runs/compare?").replace("fate=new", "fate=gone"));
    assert!(gone.contains("60.00") && gone.contains("1–1 / 1"), "{gone}");
    // The hospital lies in another region than theirs: nothing of it is theirs to see.
    let far = site.sign_in("far").page("/runs/compare");
    assert!(!far.contains("E25-013"), "{far}");
    assert!(site.sign_in("near").page("/runs/compare").contains("E25-013"));
    assert_eq!(site.sign_in("statistician").ask("/runs/compare").status, 403);
}

/// 数据质量
fn quality(site: &Pages) {
    let auditor = site.sign_in("auditor");
    let page = auditor.page("/quality");
    assert!(page.contains("第 1 次导入") && page.contains("已载入") && page.contains("验收"), "{page}");
    let rows = auditor.page(&link(&page, "/quality/rows?inst=H99010100001&month=2026-02"));
    for word in ["fee_list_d.csv", "一元", HOSPITAL, "det_item_fee_sumamt", "符合条件 1 行"] {
        assert!(rows.contains(word), "{word}: {rows}");
    }
    let far = site.sign_in("far");
    assert!(far.page("/quality/rows").contains("没有符合条件的行") && !far.page("/quality").contains("一元"));
    assert!(site.sign_in("near").page("/quality/rows").contains("一元"));
    assert_eq!(site.sign_in("statistician").ask("/quality/rows").status, 403);
}

/// Files the last run and has the profiles worked out, as the buttons do.
fn filed_and_profiled(site: &Pages) {
    let auditor = site.sign_in("auditor");
    assert!(auditor.page("/institutions").contains("还没有计算画像"));
    let run = link_of_form(&auditor.page("/runs"), "/runs/", "/file");
    auditor.press("/runs", &run);
    auditor.press("/institutions", "/profiles");
    auditor.once("/runs", |page| page.contains("参保人 1 名") && page.contains("新立 1"));
}

/// 画像
fn profiles(site: &Pages) {
    let auditor = site.sign_in("auditor");
    let list = auditor.page("/institutions");
    assert!(list.contains("示例医院") && list.contains("1–1 / 1"), "{list}");
    let hospital = auditor.page("/institutions/H99010100001");
    assert!(hospital.contains("风险分的由来") && hospital.contains("同行只有 0 个"), "{hospital}");
    // A number leads to its rows.
    let rows = auditor.page(&link(&hospital, "/findings?inst=H99010100001&view=all&month=2026-01"));
    assert!(rows.contains("100.00") && rows.contains("1–1 / 1"), "{rows}");
    assert!(auditor.page("/doctors/D990101000001").contains("100.00"));
    // Persons are named by a finding of theirs, masked, and who looked is on the record.
    let persons = auditor.page("/persons");
    let person = auditor.page(&link(&persons, "/persons/of/"));
    assert!(person.contains("参保人 …P1") && person.contains("100.00"), "{person}");
    // Other regions are not there.
    let far = site.sign_in("far");
    for (list, one) in [("/institutions", "/institutions/H99010100001"), ("/doctors", "/doctors/D990101000001")] {
        assert!(!far.page(list).contains(one), "{one}");
        assert_eq!(far.ask(one).status, 404, "{one}");
    }
    assert_eq!(far.ask(&link(&persons, "/persons/of/")).status, 404);
    assert!(site.sign_in("near").page("/institutions").contains("示例医院"));
    let statistician = site.sign_in("statistician");
    assert_eq!((statistician.ask("/institutions").status, statistician.ask("/persons").status), (200, 403));
}

/// The address of a form between a beginning and an end.
fn link_of_form(page: &str, beginning: &str, end: &str) -> String {
    let mut found = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    found.find(|action| action.starts_with(beginning) && action.ends_with(end)).unwrap().to_owned()
}
