//! The demo on a small city: everything from synthesis to evaluation.

use crate::surface::Desk;

#[test]
fn the_demo_finds_what_was_planted() {
    let desk = Desk::new();
    let answer = desk.run(&["demo", "--persons", "300", "--out", "demo", "--json"]);
    assert_eq!(answer.status, 0, "{}\n{}", answer.out, answer.err);
    let demo = answer.json();
    for file in ["report_html", "report_xlsx", "findings_file"] {
        assert!(desk.path(demo[file].as_str().unwrap()).is_file(), "{file}");
    }
    assert_eq!(demo["eval"]["violations_on_lawful"], 0);
    let schemes = demo["eval"]["schemes"].as_array().unwrap();
    assert!(schemes.len() > 10);
    for scheme in schemes.iter().filter(|scheme| scheme["certain"] == true) {
        assert_eq!(scheme["recall"], 1.0, "{scheme}");
    }
    // The second demo takes the place of the first; anything else is left alone.
    desk.write("mine/paper.txt", "mine");
    assert_eq!(desk.run(&["demo", "--out", "mine"]).status, 3);
    assert!(desk.path("mine/paper.txt").is_file());
}
