//! Who saw which person, and who may read what people did.

use store::{PersonsSeen, Sighting};

use super::*;

/// Persons with the finding each was seen with.
pub(super) fn looked_at(persons: &[(&str, &str)]) -> PersonsSeen {
    persons.iter().map(|(person, about)| ((*person).to_owned(), (*about).to_owned())).collect()
}

fn head_of(region: &str) -> Actor {
    actor("科长", Role::Head, Scope::Regions(BTreeSet::from([region.to_owned()])))
}

fn everybody() -> Actor {
    actor("局长", Role::Leader, Scope::All)
}

async fn account(store: &Store, name: &str, role: Role, scope: Scope) {
    let account = Account::new(name, name, role, scope);
    store.add_account(&account, "correct horse battery", "管理员", at(1)).await.unwrap();
}

async fn people(store: &Store) {
    let region = |code: &str| Scope::Regions(BTreeSet::from([code.to_owned()]));
    account(store, "甲", Role::Auditor, region("9901")).await;
    account(store, "乙", Role::Auditor, region("9902")).await;
    account(store, "医保办", Role::Institution, Scope::Institutions(BTreeSet::from([HOSPITAL.to_owned()]))).await;
    account(store, "全市", Role::Auditor, Scope::All).await;
}

fn told(sightings: &[Sighting]) -> Vec<(&str, &str, &str)> {
    sightings.iter().map(|one| (one.account.as_str(), one.place.as_str(), one.about.as_str())).collect()
}

pub(super) async fn who_saw_a_person_is_kept_once_a_day(store: Store) {
    people(&store).await;
    for minute in 0..3 {
        let now = at(2).plus_seconds(minute * 60);
        store.saw("甲", Place::Finding, &looked_at(&[("P1", "f1")]), now).await.unwrap();
    }
    // Another finding of the same person on the same day is no news; another place and another day are.
    store.saw("甲", Place::Finding, &looked_at(&[("P1", "f2")]), at(2)).await.unwrap();
    store.saw("甲", Place::InHouse, &looked_at(&[("P1", ""), ("P2", ""), ("P3", "")]), at(2)).await.unwrap();
    store.saw("甲", Place::InHouse, &looked_at(&[("P3", ""), ("P4", "")]), at(2)).await.unwrap();
    store.saw("乙", Place::Paper, &looked_at(&[("P1", "f9")]), at(3)).await.unwrap();
    store.saw("甲", Place::Finding, &looked_at(&[("P1", "f2")]), at(4)).await.unwrap();
    store.record("person:P1", "甲", "unmasked", r#"{"finding":"f2","reason":"核对病历"}"#.to_owned(), at(5)).await.unwrap();
    store.saw("甲", Place::Export, &PersonsSeen::new(), at(5)).await.unwrap();
    let all = store.who_saw(&everybody(), "P1", 10).await.unwrap();
    let first = [("甲", "unmasked", "f2"), ("甲", "seen_finding", "f2"), ("乙", "seen_paper", "f9")];
    assert_eq!(told(&all)[..3], first);
    assert_eq!(told(&all)[3..], [("甲", "seen_finding", "f1"), ("甲", "seen_in_house", "")]);
    assert_eq!(store.who_saw(&everybody(), "P1", 2).await.unwrap().len(), 2);
    assert_eq!(told(&store.who_saw(&everybody(), "P4", 10).await.unwrap()), [("甲", "seen_in_house", "")]);
    // Who saw the person is told to whoever answers for them, and to nobody else.
    assert_eq!(told(&store.who_saw(&head_of("9902"), "P1", 10).await.unwrap()), [("乙", "seen_paper", "f9")]);
    assert!(store.who_saw(&staff("甲", Role::Auditor), "P1", 10).await.is_err());

    let entries = store.entries("sighting:甲").await.unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["seen_finding", "seen_in_house", "seen_in_house", "seen_finding"]);
    assert!(entries[0].body.contains("\"finding\":\"f1\"") && entries[1].body.contains("\"persons\":3"), "{}", entries[1].body);
    assert!(entries.iter().all(|entry| !entry.body.contains("P1")), "the log names no person");
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
    what_was_changed_shows(&store).await;
}

/// A row taken out, changed, or added behind the back of the chain.
async fn what_was_changed_shows(store: &Store) {
    let faults = async || store.verify().await.unwrap().faults;
    store.tamper("UPDATE sighting SET account = '乙', entry = 7 WHERE account = '甲' AND entry = 1").await.unwrap();
    let found = faults().await;
    assert!(found.iter().any(|fault| fault.contains("甲 的第 1 次查看记录不在了")), "{found:?}");
    assert!(found.iter().any(|fault| fault.contains("乙 的第 7 次查看记录与其摘要不符")), "{found:?}");
    store.tamper("UPDATE sighting SET account = '甲', entry = 1 WHERE account = '乙' AND entry = 7").await.unwrap();
    assert_eq!(faults().await, Vec::<String>::new());
    store.tamper("UPDATE sighting SET on_day = '2026-01-01' WHERE account = '甲' AND entry = 4").await.unwrap();
    assert_eq!(faults().await, ["甲 的第 4 次查看记录与其摘要不符"]);
    store.tamper("DELETE FROM sighting WHERE account = '甲' AND entry = 2 AND number = 1").await.unwrap();
    assert_eq!(faults().await.len(), 2);
}

pub(super) async fn many_looks_at_once_are_each_kept_once(store: Store) {
    let mut tasks = Vec::new();
    for number in 0..8 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let own = format!("P{number}");
            store.saw("甲", Place::Finding, &looked_at(&[("P-shared", ""), (&own, "")]), at(2)).await
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let shared = store.who_saw(&everybody(), "P-shared", 100).await.unwrap();
    assert_eq!(shared.len(), 1);
    for number in 0..8 {
        assert_eq!(store.who_saw(&everybody(), &format!("P{number}"), 100).await.unwrap().len(), 1);
    }
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
    // More than one statement's worth of persons, as an export has them.
    let many: PersonsSeen = (0..1_203).map(|number| (format!("Q{number:04}"), String::new())).collect();
    store.saw("甲", Place::Export, &many, at(2)).await.unwrap();
    store.saw("甲", Place::Export, &many, at(2)).await.unwrap();
    assert_eq!(store.who_saw(&everybody(), "Q1202", 100).await.unwrap().len(), 1);
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
    let mut backup = Vec::new();
    store.backup(&mut backup).await.unwrap();
    assert_eq!(
        String::from_utf8_lossy(&backup).lines().filter(|line| line.contains("\"table\":\"sighting\"")).count(),
        9 + 1_203
    );
}

pub(super) async fn nobody_reads_a_log_beyond_their_scope(store: Store) {
    people(&store).await;
    let clocks = Clocks::default();
    store.file(&[found("f1", 1_000, "R1"), found_at("f2", 100, "R1", OTHER, "rule-a")], &clocks, at(1)).await.unwrap();
    confirmed(&store, "f1").await;
    store.number_document("notice", "f2", "乙", at(5)).await.unwrap();
    store.number_document("notice", "f1", "", at(5)).await.unwrap();
    store.record("export:findings", "全市", "exported", "{}".to_owned(), at(5)).await.unwrap();
    store.record("export:findings", "乙", "exported", "{}".to_owned(), at(5)).await.unwrap();
    store.record("person:P1", "甲", "unmasked", "{}".to_owned(), at(5)).await.unwrap();
    store.record("person:P1", "乙", "unmasked", "{}".to_owned(), at(5)).await.unwrap();
    let subjects = async |by: &Actor| -> BTreeSet<String> {
        let entries = store.log(by, None, None, 1_000).await.unwrap();
        entries.into_iter().map(|entry| format!("{} {}", entry.subject, entry.actor)).collect()
    };
    let (near, far, all) = (subjects(&head_of("9901")).await, subjects(&head_of("9902")).await, subjects(&everybody()).await);
    let shown = |set: &BTreeSet<String>, line: &str| set.contains(line);
    for line in ["finding:f1 ", "debt:f1 ", "document:notice:f1 ", "person:P1 甲", "account:甲 管理员", "account:医保办 管理员"]
    {
        assert!(shown(&near, line) && !shown(&far, line) && shown(&all, line), "{line}: {near:?}");
    }
    for line in ["finding:f2 ", "document:notice:f2 乙", "person:P1 乙", "export:findings 乙", "account:乙 管理员"] {
        assert!(!shown(&near, line) && shown(&far, line) && shown(&all, line), "{line}: {far:?}");
    }
    for line in ["export:findings 全市", "account:全市 管理员"] {
        assert!(!shown(&near, line) && !shown(&far, line) && shown(&all, line), "{line}");
    }
    // What somebody from elsewhere did to a finding of the region is the region's to know.
    let whole = actor("全市", Role::Auditor, Scope::All);
    moved(&store, "f2", &whole, 6, |finding| finding.review(&whole, FirstReview::Pass, at(6).day())).await.unwrap();
    let of_day = store.log(&head_of("9902"), Some(at(6).day()), Some("全市"), 10).await.unwrap();
    assert_eq!(of_day.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["passed"]);
    assert!(store.log(&head_of("9901"), Some(at(6).day()), None, 10).await.unwrap().is_empty());
    assert!(store.log(&staff("甲", Role::Auditor), None, None, 10).await.is_err());
}

/// A database of the release before sightings were kept: what was recorded of a person then is still told.
async fn who_saw_a_person_before_is_still_told(url: &str, folder: &std::path::Path) {
    let opened = async || Store::open(url, folder.join("papers"), None, at(1)).await.unwrap();
    let store = opened().await;
    store.record("person:P1", "甲", "seen", "{}".to_owned(), at(2)).await.unwrap();
    back_before(&store, 14).await;
    store.close().await;
    let store = opened().await;
    store.saw("甲", Place::Finding, &looked_at(&[("P1", "f1")]), at(3)).await.unwrap();
    let who = store.who_saw(&everybody(), "P1", 10).await.unwrap();
    assert_eq!(told(&who), [("甲", "seen_finding", "f1"), ("甲", "seen", "")]);
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_sqlite_file_still_tells_who_saw_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("casework.db").display());
    who_saw_a_person_before_is_still_told(&url, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_postgresql_database_still_tells_who_saw_a_person() {
    let folder = tempfile::tempdir().unwrap();
    who_saw_a_person_before_is_still_told(&testkit::database(), folder.path()).await;
}
