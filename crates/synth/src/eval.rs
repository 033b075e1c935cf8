//! Findings against the planted truth: recall and precision, scheme by scheme.

mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::truth::{Expect, Truth, is_unseen};

/// Finding row（疑点行）, as `findings.csv` has it; only what is needed to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingRow {
    /// Rule.
    pub rule_code: String,
    /// `violation`, `suspicion_high`, `suspicion` or `hint`.
    pub grade: String,
    /// Subject key; where it names a month, the truth of another month is not meant.
    pub subject_key: String,
    /// Institution.
    pub fixmedins_code: String,
    /// Person.
    pub psn_no: String,
    /// Visit charged.
    pub mdtrt_id: String,
    /// Ids of other visits, lines, persons.
    pub related: Vec<String>,
    /// Offending lines.
    pub line_ids: Vec<String>,
    /// Excess.
    pub amount_fen: i64,
}

/// Undecided row（无法判定行）, as `undecided.csv` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UndecidedRow {
    /// Rule.
    pub rule_code: String,
    /// Institution.
    pub fixmedins_code: String,
    /// Person.
    pub psn_no: String,
    /// Visit.
    pub mdtrt_id: String,
    /// Line.
    pub line_id: String,
    /// Period, where the subject has one.
    pub period: String,
}

/// What came of one scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SchemeResult {
    /// Scheme.
    pub scheme: String,
    /// Rule.
    pub rule_code: String,
    /// Written without sight of the rule.
    pub unseen: bool,
    /// Subjects in the truth.
    pub planted: u64,
    /// Of hits: found. Of the others: findings that should not be.
    pub found: u64,
    /// Answered undecided, and not found.
    pub undecided: u64,
    /// Neither found nor undecided.
    pub silent: u64,
    /// Found with exactly the planted amount, of those that have one.
    pub amount_right: u64,
    /// Found, and the truth has an amount.
    pub amount_known: u64,
    /// Sum of planted amounts in fen.
    pub amount_planted_fen: i64,
    /// Sum of the amounts found in fen.
    pub amount_found_fen: i64,
    /// Examples of what went wrong: subjects missed, or wrongly found.
    pub examples: Vec<String>,
}

/// What came of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleResult {
    /// Rule.
    pub rule_code: String,
    /// Violations planted where the facts are present.
    pub planted: u64,
    /// Of these, found.
    pub found: u64,
    /// Planted by schemes that were written without sight of the rule.
    #[serde(default)]
    pub unseen: u64,
    /// Of these, found.
    #[serde(default)]
    pub unseen_found: u64,
    /// Planted under a data fault.
    pub hidden: u64,
    /// Of these, answered undecided.
    pub hidden_undecided: u64,
    /// Findings; hints are left out, unless the rule is planted to give hints.
    pub findings: u64,
    /// Of these, on planted subjects.
    pub findings_right: u64,
    /// Of these, suspicions on subjects about which a suspicion is fair.
    pub findings_tolerated: u64,
    /// Hints.
    pub hints: u64,
    /// Found ÷ planted, in ten-thousandths; none when nothing was planted.
    pub recall_bp: Option<u64>,
    /// Right ÷ (findings − tolerated), in ten-thousandths; none when there are none.
    pub precision_bp: Option<u64>,
    /// Findings on nobody's list, for a look.
    pub strays: Vec<String>,
}

/// Evaluation（评测结果）.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// By scheme.
    pub schemes: Vec<SchemeResult>,
    /// By rule.
    pub rules: Vec<RuleResult>,
    /// Findings of grade `violation` on subjects that are lawful: there should be none.
    pub violations_on_lawful: u64,
}

/// Why a truth file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("truth.csv 第 {row} 行无法读取：{source}")]
pub struct TruthFault {
    row: usize,
    source: csv::Error,
}

/// Reads `truth.csv`.
pub fn read_truth(text: &str) -> Result<Vec<Truth>, TruthFault> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().enumerate().map(|(index, row)| row.map_err(|source| TruthFault { row: index + 2, source })).collect()
}

/// Examples kept for each scheme and rule.
const EXAMPLES: usize = 5;

/// Compares findings and undecided subjects with the truth.
pub fn eval(
    findings: impl IntoIterator<Item = FindingRow>,
    undecided: impl IntoIterator<Item = UndecidedRow>,
    truth: &[Truth],
) -> Evaluation {
    let index = Index::new(truth);
    let hinting = truth.iter().filter(|one| one.expect == Expect::Hint).map(|one| one.rule_code.as_str()).collect();
    let mut tally = Tally { of_truth: vec![Outcome::default(); truth.len()], hinting, rules: BTreeMap::new(), violations: 0 };
    for finding in findings {
        tally.take(&index, truth, &finding);
    }
    for row in undecided {
        let lines = [row.line_id.as_str()];
        let lines = if row.line_id.is_empty() { &[][..] } else { &lines[..] };
        let key = Subject {
            rule: &row.rule_code,
            lines,
            person: &row.psn_no,
            visits: &[&row.mdtrt_id],
            place: &row.fixmedins_code,
            month: month_of(&row.period),
        };
        for place in index.matches(&key, truth) {
            tally.of_truth[place].undecided = true;
        }
    }
    tally.result(truth)
}

/// Whom a row is about.
struct Subject<'a> {
    rule: &'a str,
    lines: &'a [&'a str],
    person: &'a str,
    visits: &'a [&'a str],
    place: &'a str,
    /// The month that it is about, where it is about one.
    month: Option<&'a str>,
}

/// The month that a key names as one of its parts.
fn month_of(key: &str) -> Option<&str> {
    let is_month = |part: &&str| {
        part.len() == 7
            && part.bytes().enumerate().all(|(place, byte)| if place == 4 { byte == b'-' } else { byte.is_ascii_digit() })
    };
    key.split('|').find(is_month)
}

/// The truth by rule and line, visit, person, and institution; each truth under the narrowest of these but lines.
struct Index<'a> {
    lines: HashMap<(&'a str, &'a str), Vec<usize>>,
    visits: HashMap<(&'a str, &'a str), Vec<usize>>,
    persons: HashMap<(&'a str, &'a str), Vec<usize>>,
    /// Whatever is true of a person, for rows that name nothing narrower.
    of_person: HashMap<(&'a str, &'a str), Vec<usize>>,
    places: HashMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(truth: &'a [Truth]) -> Self {
        let mut index = Self {
            lines: HashMap::new(),
            visits: HashMap::new(),
            persons: HashMap::new(),
            of_person: HashMap::new(),
            places: HashMap::new(),
        };
        for (place, one) in truth.iter().enumerate() {
            let rule = one.rule_code.as_str();
            for line in one.lines() {
                index.lines.entry((rule, line)).or_default().push(place);
            }
            index.of_person.entry((rule, &one.psn_no)).or_default().push(place);
            match (one.mdtrt_id.as_str(), one.psn_no.as_str()) {
                ("", "") => index.places.entry((rule, &one.fixmedins_code)).or_default().push(place),
                ("", person) => index.persons.entry((rule, person)).or_default().push(place),
                (visit, _) => index.visits.entry((rule, visit)).or_default().push(place),
            }
        }
        index
    }

    /// Truths the row is about: those that share a line; without lines on either side, those of the same visit, or else of a
    /// related visit or person; those about the person as such; and those about the institution as such, in the month that both name.
    fn matches(&self, row: &Subject<'_>, truth: &[Truth]) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> =
            row.lines.iter().filter_map(|line| self.lines.get(&(row.rule, *line))).flatten().copied().collect();
        for id in row.visits.iter().filter(|id| !id.is_empty()) {
            let same = self.visits.get(&(row.rule, *id)).into_iter().flatten();
            found.extend(same.filter(|place| row.lines.is_empty() || truth[**place].line_ids.is_empty()));
            // What a finding charges comes first; only where nothing is known of it does it speak of the others.
            if !found.is_empty() {
                break;
            }
        }
        if row.lines.is_empty() && row.visits.iter().all(|id| id.is_empty()) && !row.person.is_empty() {
            found.extend(self.of_person.get(&(row.rule, row.person)).into_iter().flatten());
        }
        if found.is_empty() {
            let members = std::iter::once(&row.person).chain(row.visits);
            found.extend(members.filter_map(|id| self.persons.get(&(row.rule, *id))).flatten());
            // A group of visits that cannot be judged is known by the first of them.
            found.extend(self.visits.get(&(row.rule, row.person)).into_iter().flatten());
        }
        let of_place = self.places.get(&(row.rule, row.place)).into_iter().flatten();
        let same_month =
            |place: &&usize| month_of(&truth[**place].subject).zip(row.month).is_none_or(|(planted, found)| planted == found);
        found.extend(of_place.filter(same_month));
        found
    }
}

/// What happened to one truth.
#[derive(Clone, Debug, Default)]
struct Outcome {
    found: bool,
    undecided: bool,
    amount: i64,
}

struct Tally<'a> {
    of_truth: Vec<Outcome>,
    /// Rules whose hints are what they have to say.
    hinting: HashSet<&'a str>,
    rules: BTreeMap<String, RuleResult>,
    violations: u64,
}

impl Tally<'_> {
    fn take(&mut self, index: &Index<'_>, truth: &[Truth], finding: &FindingRow) {
        let rule = self.rules.entry(finding.rule_code.clone()).or_default();
        if finding.grade == "hint" && !self.hinting.contains(finding.rule_code.as_str()) {
            rule.hints += 1;
            return;
        }
        rule.findings += 1;
        let lines: Vec<&str> = finding.line_ids.iter().map(String::as_str).collect();
        let visits: Vec<&str> = std::iter::once(&finding.mdtrt_id).chain(&finding.related).map(String::as_str).collect();
        let key = Subject {
            rule: &finding.rule_code,
            lines: &lines,
            person: &finding.psn_no,
            visits: &visits,
            place: &finding.fixmedins_code,
            month: month_of(&finding.subject_key),
        };
        let matched = index.matches(&key, truth);
        let violation = finding.grade == "violation";
        let right = matched.iter().any(|place| truth[*place].expect.is_wrong());
        let tolerated = !violation && !right && matched.iter().any(|place| truth[*place].is_trap());
        rule.findings_right += u64::from(right);
        rule.findings_tolerated += u64::from(tolerated);
        if !right && !tolerated {
            self.violations += u64::from(violation);
            if rule.strays.len() < EXAMPLES {
                let lines = finding.line_ids.iter().take(3).cloned().collect::<Vec<_>>().join(";");
                rule.strays.push(format!("{} {} {} {lines}", finding.grade, finding.psn_no, finding.mdtrt_id));
            }
        }
        for place in matched.into_iter().filter(|place| !(tolerated && truth[*place].is_trap())) {
            self.of_truth[place].found = true;
            self.of_truth[place].amount += finding.amount_fen;
        }
    }

    fn result(mut self, truth: &[Truth]) -> Evaluation {
        let mut schemes: BTreeMap<&str, SchemeResult> = BTreeMap::new();
        for (one, outcome) in truth.iter().zip(&self.of_truth) {
            let scheme = schemes.entry(&one.scheme).or_default();
            scheme.scheme.clone_from(&one.scheme);
            scheme.rule_code.clone_from(&one.rule_code);
            scheme.unseen = is_unseen(&one.scheme);
            count(scheme, one, outcome);
            let rule = self.rules.entry(one.rule_code.clone()).or_default();
            if one.is_hidden() {
                rule.hidden += 1;
                rule.hidden_undecided += u64::from(outcome.undecided && !outcome.found);
            } else if one.expect.is_wrong() {
                rule.planted += 1;
                rule.found += u64::from(outcome.found);
                rule.unseen += u64::from(one.is_unseen());
                rule.unseen_found += u64::from(one.is_unseen() && outcome.found);
            }
        }
        for (code, rule) in &mut self.rules {
            rule.rule_code.clone_from(code);
            rule.recall_bp = share(rule.found, rule.planted);
            rule.precision_bp = share(rule.findings_right, rule.findings - rule.findings_tolerated);
        }
        Evaluation {
            schemes: schemes.into_values().collect(),
            rules: self.rules.into_values().collect(),
            violations_on_lawful: self.violations,
        }
    }
}

fn count(scheme: &mut SchemeResult, one: &Truth, outcome: &Outcome) {
    scheme.planted += 1;
    scheme.found += u64::from(outcome.found);
    scheme.undecided += u64::from(outcome.undecided && !outcome.found);
    scheme.silent += u64::from(!outcome.undecided && !outcome.found);
    scheme.amount_planted_fen += one.amount_fen.unwrap_or(0);
    scheme.amount_found_fen += outcome.amount;
    if let Some(amount) = one.amount_fen.filter(|_| outcome.found) {
        scheme.amount_known += 1;
        scheme.amount_right += u64::from(amount == outcome.amount);
        if amount != outcome.amount && scheme.examples.len() < EXAMPLES {
            scheme.examples.push(format!("{}（应为 {amount} 分，得 {} 分）", one.subject, outcome.amount));
        }
    }
    let wrong = outcome.found != one.expect.is_wrong() || one.is_hidden() && !outcome.undecided;
    if wrong && scheme.examples.len() < EXAMPLES {
        scheme.examples.push(one.subject.clone());
    }
}

fn share(part: u64, whole: u64) -> Option<u64> {
    (part * 10_000).checked_div(whole)
}

impl Evaluation {
    /// Rules that planted something and did not find all of it.
    pub fn incomplete(&self) -> impl Iterator<Item = &RuleResult> {
        self.rules.iter().filter(|rule| rule.found < rule.planted)
    }

    /// Rules with more wrong findings than so many ten-thousandths allow.
    pub fn imprecise(&self, least_bp: u64) -> impl Iterator<Item = &RuleResult> {
        self.rules.iter().filter(move |rule| rule.precision_bp.is_some_and(|precision| precision < least_bp))
    }

    /// Near misses that were found all the same.
    pub fn near_found(&self) -> impl Iterator<Item = &SchemeResult> {
        self.schemes.iter().filter(|scheme| scheme.scheme.starts_with("near-") && scheme.found > 0)
    }
}

/// Codes of all rules in a truth.
pub fn rules_of(truth: &[Truth]) -> HashSet<&str> {
    truth.iter().map(|one| one.rule_code.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth() -> Vec<Truth> {
        read_truth(
            "scheme,rule_code,subject,fixmedins_code,psn_no,mdtrt_id,line_ids,amount_fen,expect\n\
             R1-a,R1,s1,H1,p1,m1,m1:1;m1:2,500,hit\n\
             R1-a,R1,s2,H1,p2,m2,m2:1,300,hit\n\
             R1-a-hidden,R1,s3,H1,p3,m3,m3:1,,clear\n\
             near-R1-b,R1,s4,H1,p4,m4,m4:1,,clear\n\
             trap-c,R1,s5,H1,p5,m5,m5:1,,clear\n\
             R2-a,R2,s6,H1,p6,m6,,,hit\n\
             R3-a,R3,s7,H7,,,,900,hit\n",
        )
        .unwrap()
    }

    fn finding(rule: &str, grade: &str, person: &str, visit: &str, lines: &[&str], amount_fen: i64) -> FindingRow {
        FindingRow {
            rule_code: rule.to_owned(),
            grade: grade.to_owned(),
            subject_key: String::new(),
            fixmedins_code: "H1".to_owned(),
            psn_no: person.to_owned(),
            mdtrt_id: visit.to_owned(),
            related: Vec::new(),
            line_ids: lines.iter().map(|line| (*line).to_owned()).collect(),
            amount_fen,
        }
    }

    fn undecided(rule: &str, person: &str, visit: &str) -> UndecidedRow {
        UndecidedRow {
            rule_code: rule.to_owned(),
            psn_no: person.to_owned(),
            mdtrt_id: visit.to_owned(),
            ..UndecidedRow::default()
        }
    }

    fn rule<'a>(evaluation: &'a Evaluation, code: &str) -> &'a RuleResult {
        evaluation.rules.iter().find(|rule| rule.rule_code == code).unwrap()
    }

    #[test]
    fn recall_counts_the_knowable_and_precision_what_was_said() {
        let findings = vec![
            finding("R1", "violation", "p1", "m1", &["m1:2"], 500),
            finding("R1", "violation", "p4", "m4", &["m4:1"], 10),
            finding("R1", "suspicion", "p5", "m5", &["m5:1"], 10),
            finding("R1", "hint", "p9", "m9", &["m9:1"], 10),
        ];
        let evaluation = eval(findings, vec![undecided("R1", "p3", "m3")], &truth());
        let rule = rule(&evaluation, "R1");
        assert_eq!((rule.planted, rule.found, rule.recall_bp), (2, 1, Some(5000)));
        assert_eq!((rule.hidden, rule.hidden_undecided), (1, 1));
        assert_eq!((rule.findings, rule.findings_right, rule.findings_tolerated, rule.hints), (3, 1, 1, 1));
        assert_eq!(rule.precision_bp, Some(5000));
        assert_eq!(evaluation.violations_on_lawful, 1);
        assert_eq!(evaluation.near_found().map(|scheme| scheme.scheme.as_str()).collect::<Vec<_>>(), ["near-R1-b"]);
        assert_eq!(evaluation.incomplete().count(), 3);
        assert_eq!(evaluation.imprecise(9900).count(), 1);
    }

    #[test]
    fn subjects_without_lines_match_by_visit_or_institution() {
        let mut pair = finding("R2", "suspicion_high", "p6", "m5", &["m5:1"], 7);
        pair.related = vec!["m6".to_owned()];
        let mut stock = finding("R3", "suspicion", "", "", &[], 800);
        stock.fixmedins_code = "H7".to_owned();
        let evaluation = eval(vec![pair, stock], Vec::new(), &truth());
        assert_eq!(rule(&evaluation, "R2").found, 1);
        assert_eq!(rule(&evaluation, "R3").found, 1);
        let scheme = evaluation.schemes.iter().find(|scheme| scheme.scheme == "R3-a").unwrap();
        assert_eq!((scheme.amount_known, scheme.amount_right), (1, 0));
        assert_eq!(scheme.examples, ["s7（应为 900 分，得 800 分）"]);
    }

    #[test]
    fn what_is_true_of_an_institution_in_a_month_is_found_in_that_month() {
        let truth = read_truth(
            "scheme,rule_code,subject,fixmedins_code,psn_no,mdtrt_id,line_ids,amount_fen,expect\n\
             B-a,B,H1|2026-03,H1,,,,,hit\n\
             near-B-b,B,H1|2026-05,H1,,,,,clear\n\
             B-c,B,H2,H2,,,,,hit\n",
        )
        .unwrap();
        let of = |code: &str, month: &str| {
            let mut one = finding("B", "suspicion", "", "", &[], 0);
            (one.fixmedins_code, one.subject_key) = (code.to_owned(), format!("{code}|{month}"));
            one
        };
        let evaluation = eval(vec![of("H1", "2026-03"), of("H2", "2026-04"), of("H1", "2026-04")], Vec::new(), &truth);
        let result = rule(&evaluation, "B");
        assert_eq!((result.planted, result.found, result.findings, result.findings_right), (2, 2, 3, 2));
        assert_eq!(evaluation.near_found().count(), 0, "nothing was found in the month of the look-alike");
        let later = eval(vec![of("H1", "2026-05")], Vec::new(), &truth);
        assert_eq!((rule(&later, "B").found, later.near_found().count()), (0, 1));
        let mut unknown = undecided("B", "", "");
        (unknown.fixmedins_code, unknown.period) = ("H1".to_owned(), "2026-05".to_owned());
        let open = eval(Vec::new(), vec![unknown], &truth);
        let of_scheme = |name: &str| open.schemes.iter().find(|scheme| scheme.scheme == name).map(|scheme| scheme.undecided);
        assert_eq!((of_scheme("B-a"), of_scheme("near-B-b")), (Some(0), Some(1)));
    }

    #[test]
    fn groups_and_persons_match_by_their_members_and_a_charged_visit_comes_first() {
        let truth = read_truth(
            "scheme,rule_code,subject,fixmedins_code,psn_no,mdtrt_id,line_ids,amount_fen,expect\n\
             G-a,G,p1,,p1,,,,hit\n\
             G-a,G,p2,,p2,,,,hit\n\
             S-a,S,s1,H1,p3,m1,,100,hit\n\
             S-a,S,s2,H1,p3,m2,,200,hit\n\
             S-b-hidden,S,s3,H1,p4,m9,m9:1,,clear\n",
        )
        .unwrap();
        let mut group = finding("G", "suspicion", "", "", &[], 0);
        group.related = vec!["p1".to_owned(), "p2".to_owned(), "p8".to_owned()];
        let chained = |visit: &str, earlier: &str, fen: i64| {
            let mut one = finding("S", "suspicion", "p3", visit, &[], fen);
            one.related = vec![earlier.to_owned()];
            one
        };
        let found = vec![group, chained("m1", "m0", 100), chained("m2", "m1", 200)];
        let evaluation = eval(found, vec![undecided("S", "p4", "")], &truth);
        assert_eq!(rule(&evaluation, "G").found, 2);
        let scheme = evaluation.schemes.iter().find(|scheme| scheme.scheme == "S-a").unwrap();
        assert_eq!((scheme.amount_right, scheme.amount_known), (2, 2), "an earlier stay is not charged twice");
        assert_eq!(rule(&evaluation, "S").hidden_undecided, 1, "who is undecided as a person is undecided about every visit");
    }

    #[test]
    fn the_table_and_the_json_say_the_same() {
        let evaluation = eval(vec![finding("R1", "violation", "p1", "m1", &["m1:1"], 500)], Vec::new(), &truth());
        let text = evaluation.to_string();
        assert!(text.contains("R1-a：植入 2，检出 1，无法判定 0，无结论 1，金额一致 1/1"), "{text}");
        assert!(text.contains("50.00%"), "{text}");
        let json = serde_json::to_value(&evaluation).unwrap();
        assert_eq!(json["rules"][0]["recall_bp"], 5000);
    }
}
