//! The rule base as a web site: whole, linked, escaped, the same every time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::surface::{Desk, ITS_POINT, ITS_RULE};

/// All files under a folder by their place in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// What a page refers to by `href` and `src`.
fn references(page: &str) -> impl Iterator<Item = &str> {
    let after = |mark: &'static str| page.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
    after(" href=\"").chain(after(" src=\""))
}

#[test]
fn every_page_is_there_every_link_leads_somewhere_and_nothing_comes_from_outside() {
    let desk = Desk::new();
    let report = desk.json(&["rule", "book", "--out", "book"]);
    let book = files(&desk.path("book"));
    let pages: Vec<(&PathBuf, &String)> = book.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "html")).collect();
    assert_eq!(report["pages"], pages.len());
    assert_eq!(report["rules"], pages.iter().filter(|(path, _)| path.starts_with("rule")).count());
    for (path, page) in pages {
        let folder = path.parent().unwrap();
        for reference in references(page) {
            let (file, anchor) = reference.split_once('#').unwrap_or((reference, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                file.split('/').fold(folder.to_owned(), |at, part| {
                    if part == ".." { at.parent().unwrap().to_owned() } else { at.join(part) }
                })
            };
            let text = book.get(&target).unwrap_or_else(|| panic!("{}: {reference} leads nowhere", path.display()));
            let is_place = !anchor.is_empty() && !anchor.contains('=');
            assert!(!is_place || text.contains(&format!("id=\"{anchor}\"")), "{}: {reference}", path.display());
        }
        assert!(!page.contains("//cdn") && !page.contains("style=\"") && !page.contains("onclick"), "{}", path.display());
    }
}

#[test]
fn a_rule_has_its_law_logic_parameters_relations_and_cases_on_its_page() {
    let desk = Desk::new();
    desk.run(&["rule", "book", "--out", "book", "--quiet"]).done();
    let page = |name: &str| fs::read_to_string(desk.path("book").join(name)).unwrap();
    let split = page("rule/GZ10000204001000.html");
    for word in [
        "《医疗保障基金使用监督管理条例》",
        "第三十八条第（一）项",
        "core_gap",
        "0 至 31",
        "后次住院有周期治疗",
        "患者自动出院的记录",
    ] {
        assert!(split.contains(word), "{word}");
    }
    // The relation is told on both sides.
    assert!(split.contains("<td>包含</td><td><a href=\"../rule/M010.html\">"));
    assert!(page("rule/M010.html").contains("<td>被包含于</td><td><a href=\"../rule/GZ10000204001000.html\">"));
    // A case shows answer, amount, and the rows under their Chinese names.
    assert!(split.contains(
        "<span class=\"badge red\">命中</span></td><td class=\"s\">就诊 M2，高度可疑</td><td class=\"n\">2,000.00</td>"
    ));
    assert!(split.contains("<th title=\"dscg_maindiag_code\">住院主诊断代码</th>"));
    let table = page("table/kp_drug_pay.html");
    assert!(table.contains(&format!("id=\"{ITS_POINT}\"")) && table.contains(&format!("../rule/{ITS_RULE}.html")));
}

#[test]
fn typical_problems_stand_on_a_page_of_their_own_and_on_those_of_the_rules_that_find_them() {
    let desk = Desk::new();
    let report = desk.json(&["rule", "book", "--out", "book"]);
    let page = |name: &str| fs::read_to_string(desk.path("book").join(name)).unwrap();
    let all = page("problems.html");
    assert_eq!(report["problems"]["problems"], all.matches("<tr id=\"problem-").count());
    let split = |key: &str| report["problems"][key].as_u64().unwrap();
    assert_eq!(split("problems"), split("running") + split("draft") + split("nothing"));
    assert!(all.contains("href=\"rule/M024.html\""));
    assert!(page("rule/M024.html").contains("href=\"../problems.html#problem-2025-pharmacy-5\""));
    assert!(page("index.html").contains("href=\"problems.html\""));
    // What a running rule reaches is told from what nobody but an inspector sees.
    let coverage = |id: &str| {
        let row = all.split("<tr id=\"").find(|row| row.starts_with(&format!("{id}\""))).unwrap();
        row.split("data-coverage=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    };
    assert_eq!((coverage("problem-2025-pharmacy-18").as_str(), split("draft")), ("running", 0));
    assert!(all.matches("data-coverage=\"nothing\"").count() as u64 == split("nothing") && split("nothing") > 0);
    let text = desk.run(&["rule", "explain", "M024"]).done().out;
    assert!(text.contains("典型问题清单（可及 8 项）") && text.contains("医保函〔2025〕2号附件1，序号5"));
}

#[test]
fn the_same_rules_give_the_same_bytes_and_what_no_longer_belongs_goes() {
    let desk = Desk::new();
    desk.run(&["rule", "new", "L990101-007", "--out", "local/rule.toml"]).done();
    desk.write("book/rule/of-the-user.html", "kept");
    desk.run(&["rule", "book", "--rules", "local", "--out", "book", "--quiet"]).done();
    assert!(desk.path("book/rule/L990101-007.html").is_file());
    desk.run(&["rule", "book", "--out", "book", "--quiet"]).done();
    assert!(!desk.path("book/rule/L990101-007.html").exists());
    desk.run(&["rule", "book", "--out", "again", "--quiet"]).done();
    fs::remove_file(desk.path("book/rule/of-the-user.html")).unwrap();
    assert!(files(&desk.path("book")) == files(&desk.path("again")));
}

#[test]
fn whatever_a_local_rule_says_is_text_and_its_region_has_its_own_value() {
    let desk = Desk::new();
    desk.run(&["rule", "new", "L990101/008", "--name", "<script>alert(1)</script>", "--out", "local/rule.toml"]).done();
    desk.write(
        "local/parameters.toml",
        "[[overlay]]\nrule = \"L990101/008\"\nparameter = \"oldest\"\nvalue = 16\nregion = \"990101\"\nfrom = \"2026-01-01\"\n\
         source = \"<b>某局</b>\"\nset_by = \"某局\"\nset_on = \"2025-12-20\"\n",
    );
    desk.run(&["rule", "book", "--rules", "local", "--out", "book", "--quiet"]).done();
    let page = fs::read_to_string(desk.path("book/rule/L990101~2f008.html")).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<b>某局"));
    assert!(page.contains("<b>16</b> 岁") && page.contains("<code>990101</code> 2026-01-01 起"));
    assert!(page.contains("某局 2025-12-20"));
}

#[test]
fn a_book_with_a_broken_rule_says_so_and_has_the_others() {
    let desk = Desk::new();
    desk.write("local/rule.toml", "code = \"L1\"\n");
    let answer = desk.run(&["rule", "book", "--rules", "local", "--out", "book"]);
    assert_eq!(answer.status, 1);
    assert!(answer.err.contains("rule.toml"), "{}", answer.err);
    assert!(desk.path("book/index.html").is_file());
    assert_eq!(desk.run(&["rule", "book"]).status, 2, "where to is not optional");
}
