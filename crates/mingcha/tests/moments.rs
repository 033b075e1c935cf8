//! One rule, three moments: what is said at settlement and before it, of messages as a hospital sends them, is what the audit says of
//! the records afterwards. A difference is told with the fact that came later, or it is a fault.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use claims::chart::Folder;
use claims::lines::LineRow;
use claims::{Moment, Text};
use engine::check::{Checker, Standing, answers_at};
use engine::lake_source::{self, LakeSource};
use engine::program::Program;
use engine::run::{Counter, Options, Source};
use lake::{Lake, Snapshot};
use realtime::scene::may_still_change;
use realtime::writing::{Sending, message};
use realtime::{Dialect, Envelope, Scene, Service, question, records};
use rulebook::rule::Stage;
use rulebook::{Finding, Pack};

/// Findings of each rule whose visits are asked about.
const OF_EACH_RULE: usize = 5;

/// Most lines of a visit that is entered order by order.
const ENTERED: usize = 12;

/// One visit in so many is asked about, whatever was found.
const LAWFUL: usize = 150;

/// A city in a lake, with everything planted that the rules at settlement look for.
struct City {
    folder: tempfile::TempDir,
    pack: Pack,
    folders: Vec<Folder>,
}

impl City {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mingcha = |arguments: &[&str]| {
            let done = Command::new(env!("CARGO_BIN_EXE_mingcha")).args(arguments).current_dir(&folder).output().unwrap();
            assert!(done.status.code().is_some_and(|code| code <= 1), "{}", String::from_utf8_lossy(&done.stderr));
        };
        let asked = Pack::shipped().unwrap().rules.into_iter().filter(|rule| answers_at(rule, Stage::Mid));
        let asked: Vec<String> = asked.map(|rule| rule.code).collect();
        mingcha(&["synth", "--persons", "800", "--plant", &asked.join(","), "--seed", "20260302", "--out", "city", "--quiet"]);
        mingcha(&["import", "city", "--lake", "lake", "--quiet"]);
        let pack = pack(&folder.path().join("city/knowledge"));
        let mut city = Self { folder, pack, folders: Vec::new() };
        let source = LakeSource::new(city.snapshot(), &Program::compile(&city.pack, None, &[]).0).unwrap();
        for shard in 0..source.shards() {
            city.folders.extend(source.folders(shard).unwrap().map(Result::unwrap));
        }
        city
    }

    fn snapshot(&self) -> Snapshot {
        Lake::open(self.folder.path().join("lake")).unwrap().snapshot().unwrap()
    }
}

/// The shipped rules with the city's own tables.
fn pack(knowledge: &Path) -> Pack {
    let mut pack = Pack::shipped().unwrap();
    for file in std::fs::read_dir(knowledge).unwrap() {
        let path = file.unwrap().path();
        let table = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (_, faults) = pack.knowledge.read_csv(&table, &table, &std::fs::read_to_string(&path).unwrap(), "");
        assert!(faults.is_empty(), "{faults:?}");
    }
    pack.knowledge.settle();
    pack
}

/// What the audit says, by the rules that answer at a moment.
fn audited(city: &City, stage: Stage) -> Vec<Finding> {
    let rules = city.pack.rules.iter().filter(|rule| answers_at(rule, stage)).map(|rule| rule.code.clone()).collect::<Vec<_>>();
    let (program, faults) = Program::compile(&city.pack, None, &rules);
    assert!(faults.is_empty(), "{faults:?}");
    let context = lake_source::context(&city.snapshot(), &program, 2).unwrap();
    let source = LakeSource::new(city.snapshot(), &program).unwrap();
    let options = Options { run_id: "R".to_owned(), from: None, to: None, threads: 2, lake_version: 1 };
    let run =
        engine::run::run(Arc::new(program), "", Arc::new(context), Arc::new(source), Arc::new(Counter::default()), &options);
    tokio::runtime::Runtime::new().unwrap().block_on(run).unwrap().findings
}

/// What of a finding must be the same at every moment; what the funds pay is known from settlement on.
fn essence(finding: &Finding, stage: Stage) -> String {
    let fund = Some(finding.fund_amount_fen).filter(|_| stage == Stage::Mid);
    let mut lines = finding.line_ids.clone();
    lines.sort();
    format!(
        "{} v{} {} {:?} 数量 {:?} 金额 {} 基金 {:?} 知识 {:?} 参数 {:?}",
        finding.rule_code,
        finding.rule_version,
        finding.subject_key,
        lines,
        finding.quantity_excess,
        finding.amount_fen,
        fund,
        finding.knowledge_id,
        finding.evidence.parameters.iter().map(|used| (&used.name, &used.value)).collect::<Vec<_>>()
    )
}

/// Facts that no message carries: they come with the records of the settlement, the medical record's front page, or the register of persons.
const LATER: [&str; 13] = [
    "visit.clr_way",
    "stay.clr_way",
    "visit.matn_type",
    "visit.babies",
    "visit.baby_on_bill",
    "visit.dscg_way",
    "stay.dscg_way",
    "visit.family_account",
    "line.maternity",
    "line.circulated",
    "line.take_home",
    "line.for_baby",
    "person.death_day",
];

/// Why the two may differ about a visit: by the name of what the message could not tell.
fn excuse(finding: &Finding, folder: &Folder, others: &[&Folder]) -> Option<String> {
    let of_fact = finding.evidence.facts.iter().find(|used| LATER.contains(&used.name.as_str()));
    if let Some(used) = of_fact {
        return Some(used.name.clone());
    }
    let visits: BTreeSet<&str> = finding.line_ids.iter().filter_map(|line| Some(line.rsplit_once(':')?.0)).collect();
    let of_finding = |id: &str| visits.contains(id) || finding.mdtrt_id.as_deref() == Some(id);
    let refunded = folder.lines.iter().any(|line| of_finding(line.mdtrt_id()) && !line.cnt().is_positive());
    if refunded {
        return Some("退费".to_owned());
    }
    let by_case =
        |setl: &claims::record::Settlement| of_finding(&setl.mdtrt_id) && setl.clr_way.as_deref().is_some_and(|way| way != "01");
    if folder.settlements.iter().any(by_case) {
        return Some("清算方式".to_owned());
    }
    // A stay elsewhere that ends after the message was sent had no end when it was sent.
    let sent = folder.visits.iter().filter(|visit| of_finding(&visit.mdtrt_id)).filter_map(|visit| visit.endtime).max();
    let goes_on = |visit: &claims::record::Visit| {
        visit.endtime > sent && finding.related.iter().any(|related| related.contains(&*visit.mdtrt_id))
    };
    if others.iter().flat_map(|other| &other.visits).any(goes_on) {
        return Some("他处住院的出院时间".to_owned());
    }
    let parts = folder.settlements.iter().filter(|setl| of_finding(&setl.mdtrt_id)).count();
    (parts > 1).then(|| "多次结算".to_owned())
}

/// What a checker says of a visit that a message tells.
fn told(
    checker: &Checker,
    folder: &Folder,
    others: &[&Folder],
    mdtrt_id: &str,
    stage: Stage,
    lines: &dyn Fn(&LineRow) -> bool,
    current: &dyn Fn(&LineRow) -> bool,
) -> Vec<Finding> {
    let (service, trig_scen) = if stage == Stage::Mid { (Service::During, "8") } else { (Service::Before, "5") };
    let sending = Sending { service, msgid: "M", trig_scen, mdtrt_id, beside: others };
    let sent = message(folder, &sending, lines, current).to_string();
    let envelope = Envelope::open(sent.as_bytes(), None).unwrap();
    let received = Moment::parse("2026-12-31 00:00:00").unwrap();
    let question = question::read(&envelope, &Dialect::default(), received).unwrap();
    assert!(question.faults.is_empty(), "{:?}", question.faults);
    let person = &question.persons[0];
    checker.check(records::folders(&person.person, person.visits.clone())).unwrap().findings
}

fn by_person(city: &City) -> HashMap<Text, Vec<&Folder>> {
    let mut all: HashMap<Text, Vec<&Folder>> = HashMap::new();
    for folder in &city.folders {
        if let Some(visit) = folder.visits.first() {
            all.entry(visit.psn_no.clone()).or_default().push(folder);
        }
    }
    all
}

/// Most visits are lawful, and of those some will do; of each rule's findings a few.
fn some_visits(city: &City, after: &[Finding]) -> BTreeSet<String> {
    let mut of_rule: HashMap<&str, usize> = HashMap::new();
    let found = after.iter().filter(|finding| {
        let so_far = of_rule.entry(&finding.rule_code).or_default();
        *so_far += 1;
        *so_far <= OF_EACH_RULE
    });
    let lawful = city.folders.iter().flat_map(|folder| &folder.visits).filter(|visit| visit.vali_flag).step_by(LAWFUL);
    found.filter_map(|finding| finding.mdtrt_id.clone()).chain(lawful.map(|visit| visit.mdtrt_id.to_string())).collect()
}

#[test]
fn at_settlement_the_rules_say_what_the_audit_says() {
    let city = City::new();
    let after = audited(&city, Stage::Mid);
    let standing = Arc::new(Standing::of_lake(city.snapshot(), &city.pack, 2).unwrap());
    let (checker, _) = Checker::new(&city.pack, Stage::Mid, standing);
    let persons = by_person(&city);
    let (mut same, mut excused, mut faults) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    let looked_at = some_visits(&city, &after);
    for folder in &city.folders {
        let psn_no = folder.visits.first().map(|visit| visit.psn_no.clone()).unwrap_or_default();
        let others: Vec<&Folder> =
            persons[&psn_no].iter().copied().filter(|other| other.fixmedins_code != folder.fixmedins_code).collect();
        for visit in folder.visits.iter().filter(|visit| looked_at.contains(&*visit.mdtrt_id)) {
            let of_visit = |finding: &&Finding| {
                finding.mdtrt_id.as_deref() == Some(&*visit.mdtrt_id)
                    && finding.fixmedins_code.as_deref() == Some(&*folder.fixmedins_code)
            };
            let now = told(&checker, folder, &others, &visit.mdtrt_id, Stage::Mid, &|_| true, &|_| false);
            let now: BTreeMap<String, &Finding> =
                now.iter().filter(of_visit).map(|one| (essence(one, Stage::Mid), one)).collect();
            let then: BTreeMap<String, &Finding> =
                after.iter().filter(of_visit).map(|one| (essence(one, Stage::Mid), one)).collect();
            same += now.keys().filter(|key| then.contains_key(*key)).count();
            let only = now.iter().filter(|(key, _)| !then.contains_key(*key)).map(|one| ("now", one));
            let only = only.chain(then.iter().filter(|(key, _)| !now.contains_key(*key)).map(|one| ("then", one)));
            for (when, (key, finding)) in only {
                match excuse(finding, folder, &others) {
                    Some(why) => *excused.entry(why).or_default() += 1,
                    None => faults.push(format!("{when}: {key}")),
                }
            }
        }
    }
    println!("{same} the same, {excused:?}");
    assert!(faults.is_empty(), "{} unexplained:\n{}", faults.len(), faults[..faults.len().min(30)].join("\n"));
    assert!(same > 80, "{same}");
}

/// The visit of the first finding of each rule that has few enough lines to be entered one by one.
fn entered_visits<'a>(city: &'a City, after: &[Finding]) -> Vec<(&'a Folder, Text)> {
    let mut known = BTreeSet::new();
    let mut visits = BTreeMap::new();
    for finding in after {
        let Some(visit) = finding.mdtrt_id.as_deref().filter(|_| !known.contains(&finding.rule_code)) else { continue };
        let lines = |folder: &&Folder| folder.lines.iter().filter(|line| line.mdtrt_id() == visit).count();
        let few = |folder: &&Folder| (1..=ENTERED).contains(&lines(folder));
        if let Some(folder) = city.folders.iter().find(few) {
            known.insert(finding.rule_code.clone());
            visits.insert(visit.to_owned(), (folder, Text::from(visit)));
        }
    }
    visits.into_values().collect()
}

/// What was last said of each subject while the orders of a visit were entered one after another, and whether it was provisional.
fn entered(checker: &Checker, folder: &Folder, mdtrt_id: &str) -> Vec<(Finding, bool)> {
    let mut lines: Vec<&LineRow> = folder.lines.iter().filter(|line| line.mdtrt_id() == mdtrt_id && line.vali_flag()).collect();
    lines.sort_by_key(|line| (line.fee_ocur_time(), line.bkkp_sn().to_owned()));
    let order: Vec<&str> = lines.iter().map(|line| line.bkkp_sn()).collect();
    let mut last: BTreeMap<(String, String), (Finding, bool)> = BTreeMap::new();
    for (number, now) in order.iter().enumerate() {
        let so_far = &order[..=number];
        let written = |line: &LineRow| so_far.contains(&line.bkkp_sn());
        let found = told(checker, folder, &[], mdtrt_id, Stage::Pre, &written, &|line| line.bkkp_sn() == *now);
        last.retain(|key, _| found.iter().any(|finding| (&finding.rule_code, &finding.subject_key) == (&key.0, &key.1)));
        for finding in found {
            let open = |used: &rulebook::finding::FactUsed| may_still_change(&used.name, Stage::Pre, Scene::InpatientOrder);
            let provisional = finding.evidence.facts.iter().any(open);
            last.insert((finding.rule_code.clone(), finding.subject_key.clone()), (finding, provisional));
        }
    }
    last.into_values().filter(|(finding, _)| finding.mdtrt_id.as_deref() == Some(mdtrt_id)).collect()
}

#[test]
fn order_by_order_the_rules_come_to_say_what_the_audit_says() {
    let city = City::new();
    let after = audited(&city, Stage::Pre);
    let standing = Arc::new(Standing::of_lake(city.snapshot(), &city.pack, 2).unwrap());
    let (checker, _) = Checker::new(&city.pack, Stage::Pre, standing);
    let (mut same, mut excused, mut faults) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for (folder, mdtrt_id) in entered_visits(&city, &after) {
        let of_visit = |finding: &&Finding| finding.mdtrt_id.as_deref() == Some(&*mdtrt_id);
        let then: BTreeMap<String, &Finding> = after.iter().filter(of_visit).map(|one| (essence(one, Stage::Pre), one)).collect();
        let now = entered(&checker, folder, &mdtrt_id);
        let now: BTreeMap<String, &(Finding, bool)> = now.iter().map(|one| (essence(&one.0, Stage::Pre), one)).collect();
        same += now.keys().filter(|key| then.contains_key(*key)).count();
        let provisional = now.iter().filter(|(key, _)| !then.contains_key(*key)).map(|(key, one)| ("now", key, &one.0, one.1));
        let missing = then.iter().filter(|(key, _)| !now.contains_key(*key)).map(|(key, one)| ("then", key, *one, false));
        for (when, key, finding, provisional) in provisional.chain(missing) {
            match excuse(finding, folder, &[]) {
                _ if provisional => *excused.entry("暂定".to_owned()).or_default() += 1,
                Some(why) => *excused.entry(why).or_default() += 1,
                None => faults.push(format!("{when}: {key}")),
            }
        }
    }
    println!("{same} the same, {excused:?}");
    assert!(faults.is_empty(), "{} unexplained:\n{}", faults.len(), faults[..faults.len().min(30)].join("\n"));
    assert!(same >= 10, "{same}");
}
