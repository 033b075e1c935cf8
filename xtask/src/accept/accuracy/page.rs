//! `docs/accuracy.md`: the figures as a page.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::limits::Limits;
use super::verdict::{Clean, Measured, RuleFigures, SchemeFigures, share};

/// How the city was made, and with what.
pub(super) struct Head {
    /// The build that was driven, in words.
    pub(super) build: &'static str,
    pub(super) persons: u64,
    pub(super) months: u64,
    pub(super) seed: u64,
    pub(super) visits: u64,
}

pub(super) fn text(head: &Head, limits: &Limits, measured: &Measured, clean: &Clean, names: &BTreeMap<String, String>) -> String {
    let mut page = String::new();
    introduction(&mut page, head, limits, measured);
    of_rules(&mut page, limits, measured, names);
    of_schemes(&mut page, "Schemes", "What is wrong, and can be known.", &measured.schemes, true);
    of_schemes(&mut page, "Under data faults", "The right answer is undecided.", &measured.hidden, false);
    let found: Vec<SchemeFigures> = measured.lawful.iter().filter(|scheme| scheme.found > 0).cloned().collect();
    let lawful =
        format!("{} kinds of lawful look-alikes; listed are those about which something was said.", measured.lawful.len());
    of_schemes(&mut page, "Lawful look-alikes", &lawful, &found, false);
    of_clean(&mut page, limits, clean, names);
    not_measured(&mut page, limits, measured, names);
    not_run(&mut page, measured, names);
    page
}

fn introduction(page: &mut String, head: &Head, limits: &Limits, measured: &Measured) {
    let line = format!(
        "# How accurate the rules are\n\nWritten by `cargo xtask accuracy`; do not edit. A synthetic city of {} persons over {} months (seed {}, {} visits), which no\n\
         development used, was imported and audited like any other; its truth was set by hand as it was planted, by code that knows\n\
         no rule. Recall is of what can be known from the data; what a data fault hides is counted apart. Precision is of all findings\n\
         of a rule but hints, strays included. The figures say how rules do on violations of the shapes planted here, not how many\n\
         violations of other shapes there are. Driven: {}.\n\nAsked for: certain rules recall {:.2}, precision {:.2}; suspected ones and models {:.2} and {:.2}, or the figure in\n\
         `xtask/accuracy.toml` with its reason. {} rules were planted and ran.\n",
        head.persons,
        head.months,
        head.seed,
        head.visits,
        head.build,
        limits.certain.recall,
        limits.certain.precision,
        limits.suspected.recall,
        limits.suspected.precision,
        measured.rules.len()
    );
    page.push_str(&line);
    unseen(page, measured);
}

/// What was found of schemes that were written without sight of the rule.
fn unseen(page: &mut String, measured: &Measured) {
    let of = |figures: fn(&RuleFigures) -> u64| measured.rules.iter().map(figures).sum::<u64>();
    let (planted, found) = (of(|rule| rule.unseen), of(|rule| rule.unseen_found));
    let schemes = measured.schemes.iter().filter(|scheme| scheme.unseen).count();
    let rules = measured.rules.iter().filter(|rule| rule.unseen > 0).count();
    let _ = write!(
        page,
        "\nA rule is easily good at what was planted by somebody who had read it. {schemes} schemes, marked `-unseen`, were written from the\n\
         national text of {rules} rules by somebody who had not: {found} of {planted} violations of theirs were found ({}). The figure is kinder\n\
         than the first sight was: of 198 such schemes, as they were first written, some 60 were not found whole. Where the text was against\n\
         one, it was withdrawn, mended or expects a hint; where the text was with it, the rule was mended, or the miss stands below. Schemes\n\
         that were mended, and a few second forms, were written after a look at the rule and bear the mark all the same.\n",
        percent(share(found, planted))
    );
}

fn of_rules(page: &mut String, limits: &Limits, measured: &Measured, names: &BTreeMap<String, String>) {
    page.push_str(
        "\n## Rules\n\n| rule | name | result | planted | found | recall | of unseen | findings | right | precision | hidden | undecided |\n",
    );
    page.push_str("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for rule in &measured.rules {
        let result = if rule.certain { "certain" } else { "suspected" };
        let name = names.get(&rule.code).map_or("", String::as_str);
        let (recall, precision) = (percent(rule.recall), percent(rule.precision));
        let unseen = if rule.unseen > 0 { format!("{}/{}", rule.unseen_found, rule.unseen) } else { "—".to_owned() };
        row(
            page,
            &[
                &rule.code,
                name,
                result,
                &rule.planted.to_string(),
                &rule.found.to_string(),
                &recall,
                &unseen,
                &rule.findings.to_string(),
                &rule.right.to_string(),
                &precision,
                &rule.hidden.to_string(),
                &rule.hidden_undecided.to_string(),
            ],
        );
    }
    if !limits.exceptions.is_empty() {
        page.push_str("\nRules of which less is asked:\n\n");
    }
    for (rule, exception) in &limits.exceptions {
        let target = exception.target;
        let name = names.get(rule).map_or("", String::as_str);
        let said =
            format!("- {rule} {name}: recall {:.2}, precision {:.2}. {}\n", target.recall, target.precision, exception.reason);
        page.push_str(&said);
    }
    if !limits.missed.is_empty() {
        page.push_str("\nShapes that their rule is not asked for:\n\n");
    }
    for (scheme, missed) in &limits.missed {
        let _ = writeln!(page, "- {scheme}: {}", missed.reason);
    }
}

fn of_schemes(page: &mut String, title: &str, about: &str, schemes: &[SchemeFigures], with_amounts: bool) {
    let last = if with_amounts { " amount right |" } else { "" };
    let line = if with_amounts { "--:|" } else { "" };
    let _ = write!(page, "\n## {title}\n\n{about}\n\n| scheme | planted | found | undecided |{last}\n|---|--:|--:|--:|{line}\n");
    for scheme in schemes {
        let counts = [scheme.planted, scheme.found, scheme.undecided].map(|count| count.to_string());
        let amount = match scheme.amount_known {
            0 => "—".to_owned(),
            known => format!("{}/{known}", scheme.amount_right),
        };
        let mut cells = vec![scheme.name.as_str(), &counts[0], &counts[1], &counts[2]];
        cells.extend(with_amounts.then_some(amount.as_str()));
        row(page, &cells);
    }
}

fn of_clean(page: &mut String, limits: &Limits, clean: &Clean, names: &BTreeMap<String, String>) {
    let violations: u64 = clean.violations.values().sum();
    let _ = write!(
        page,
        "\n## The lawful city\n\nThe same city with nothing planted but look-alikes, {} visits: {violations} violations. Suspicions in 10,000 visits, and the most\n\
         that `xtask/accuracy.toml` allows:\n\n| rule | name | suspicions | in 10,000 visits | allowed |\n|---|---|--:|--:|--:|\n",
        clean.visits
    );
    for (rule, count) in &clean.suspicions {
        let (rate, ceiling) = (format!("{:.2}", clean.rate(rule)), format!("{:.2}", limits.ceiling(rule)));
        row(page, &[rule, names.get(rule).map_or("", String::as_str), &count.to_string(), &rate, &ceiling]);
    }
}

fn not_measured(page: &mut String, limits: &Limits, measured: &Measured, names: &BTreeMap<String, String>) {
    if measured.unmeasured.is_empty() {
        return;
    }
    page.push_str("\n## Rules without a figure\n\nThese rules ran, and nothing was planted for them in this city: how good they are, their cases say alone.\n\n");
    for rule in &measured.unmeasured {
        let why = limits.why_unmeasured(rule, measured.persons).unwrap_or_else(|| "No reason is given.".to_owned());
        let _ = writeln!(page, "- {rule} {}: {why}", names.get(rule).map_or("", String::as_str));
    }
}

fn not_run(page: &mut String, measured: &Measured, names: &BTreeMap<String, String>) {
    if measured.not_run.is_empty() {
        return;
    }
    page.push_str("\n## Planted, but not run\n\nThese rules are drafts, which never run; their schemes wait for them.\n\n");
    for rule in &measured.not_run {
        let _ = writeln!(page, "- {rule} {}", names.get(rule).map_or("", String::as_str));
    }
}

fn row(page: &mut String, cells: &[&str]) {
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "—".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::limits::SAMPLE;
    use super::*;

    #[test]
    fn the_page_says_how_it_was_built_and_which_rules_have_no_figure() {
        let head = Head { build: "a release build", persons: 2000, months: 13, seed: 7, visits: 1000 };
        let unmeasured = BTreeSet::from(["U".to_owned(), "P".to_owned()]);
        let rule =
            RuleFigures { code: "R".to_owned(), planted: 9, found: 8, unseen: 4, unseen_found: 3, ..RuleFigures::default() };
        let schemes = [true, false].map(|unseen| SchemeFigures { unseen, ..SchemeFigures::default() }).to_vec();
        let measured = Measured { persons: 2000, unmeasured, rules: vec![rule], schemes, ..Measured::default() };
        let limits = Limits::parse(SAMPLE).expect("lawful");
        let page = text(&head, &limits, &measured, &Clean::default(), &BTreeMap::from([("U".to_owned(), "某规则".to_owned())]));
        assert!(page.contains("2000 persons over 13 months (seed 7, 1000 visits)") && page.contains("Driven: a release build."));
        assert!(
            page.contains("1 schemes, marked `-unseen`") && page.contains("3 of 4 violations of theirs were found (75.00 %)"),
            "{page}"
        );
        assert!(page.contains("| R |  | suspected | 9 | 8 | — | 3/4 |"), "{page}");
        assert!(page.contains("- U 某规则: nothing plants it\n"), "{page}");
        assert!(page.contains("- P : A city of fewer than 5000 persons"), "{page}");
    }
}
