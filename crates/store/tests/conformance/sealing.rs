//! What tells of persons is not to be read off the disk: neither in the database, nor in a backup, nor in the files of papers.

use super::realtime::{OF_CALLS, is_known_as_ever, told_in_real_time};
use super::sighting::looked_at;
use super::*;

const PERSON: &str = "99010100000000001415";
const GROUNDS: &str = "患者病情见首次病程记录";
const PAPER: &[u8] = b"%PDF-1.4 discharge record of bed 12";

/// Returns the secret of a key.
async fn told_of_a_person(store: &Store) -> String {
    let clocks = Clocks::default();
    let (filed, sheet) = found("f1", 100, "R1");
    let sheet = Sheet { psn_no: Some(PERSON.to_owned()), evidence: r#"{"facts":["慢性肾脏病5期"]}"#.to_owned(), ..sheet };
    store.file(&[(filed, sheet)], &clocks, at(1)).await.unwrap();
    let (auditor, hospital) = (staff("甲", Role::Auditor), hospital());
    moved(store, "f1", &auditor, 2, |finding| finding.review(&auditor, FirstReview::Pass, at(2).day())).await.unwrap();
    moved(store, "f1", &auditor, 3, |finding| finding.tell(&auditor, clocks.limits.base, &clocks.calendar, at(3).day()))
        .await
        .unwrap();
    let digest = store.hand_in(&hospital, "f1", "病历", "病历.pdf", PAPER, at(4)).await.unwrap();
    let papers = vec![digest];
    moved(store, "f1", &hospital, 4, |finding| {
        finding.appeal(&hospital, GROUNDS, papers, clocks.limits.base, &clocks.calendar, at(4).day())
    })
    .await
    .unwrap();
    store.save_view("甲", "李某", &format!("q={PERSON}")).await.unwrap();
    store.save_view("甲", "李某", &format!("q={PERSON}")).await.unwrap();
    store.remark("finding:f1", "甲", "与家属李某核对过", at(5)).await.unwrap();
    store
        .record(&format!("person:{PERSON}"), "甲", "unmasked", r#"{"reason":"核对李某的就诊"}"#.to_owned(), at(5))
        .await
        .unwrap();
    store.saw("甲", Place::Finding, &looked_at(&[(PERSON, "f1")]), at(5)).await.unwrap();
    told_in_real_time(store).await
}

/// All that the disk says: the database as a backup copies it, and the papers.
async fn on_disk(store: &Store) -> String {
    let mut text = Vec::new();
    store.backup(&mut text).await.unwrap();
    for file in std::fs::read_dir(store.papers_folder()).into_iter().flatten() {
        text.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// What must not be read there; `events` are those that were written while there was a key.
fn tells(disk: &str, events: bool) -> Vec<&'static str> {
    let of_rows = ["慢性肾脏病", "discharge record of bed 12", "与家属李某"];
    let of_events = [PERSON, GROUNDS, "核对李某"];
    of_rows
        .into_iter()
        .chain(OF_CALLS)
        .chain(of_events.into_iter().filter(|_| events))
        .filter(|words| disk.contains(words))
        .collect()
}

async fn is_read_as_ever(store: &Store) {
    is_read_as_ever_by(store, 1).await;
}

/// By so many people who looked at the person.
async fn is_read_as_ever_by(store: &Store, looked: usize) {
    let auditor = staff("甲", Role::Auditor);
    let sheet = store.sheet("f1", "f1-100").await.unwrap();
    assert_eq!(sheet.psn_no.as_deref(), Some(PERSON));
    for filter in [
        Filter { psn_no: Some(PERSON.to_owned()), ..Filter::default() },
        Filter { person_of: Some("f1".to_owned()), ..Filter::default() },
        Filter { words: Some(PERSON.to_owned()), ..Filter::default() },
    ] {
        let lines = store.list(&auditor, &filter, Order::Due, 0, 10).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.psn_no.as_deref()).collect::<Vec<_>>(), [Some(PERSON)]);
    }
    let groups = store.groups(&auditor, &Filter::default(), Grouping::Person, 10).await.unwrap();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), [PERSON]);
    let digest = store.papers("f1", &auditor).await.unwrap().remove(0).digest;
    assert_eq!(store.paper("f1", &digest, &auditor).await.unwrap().1, PAPER);
    assert_eq!(store.remarks("finding:f1").await.unwrap()[0].body, "与家属李某核对过");
    let seen = store.entries(&format!("person:{PERSON}")).await.unwrap();
    assert_eq!((seen.len(), seen[0].body.as_str()), (looked, r#"{"reason":"核对李某的就诊"}"#));
    assert_eq!(store.views("甲").await.unwrap(), [("李某".to_owned(), format!("q={PERSON}"))]);
    assert_eq!(store.views("甲").await.unwrap(), [("李某".to_owned(), format!("q={PERSON}"))]);
    let who = store.who_saw(&actor("科长", Role::Head, Scope::All), PERSON, 10).await.unwrap();
    assert_eq!(who.iter().filter(|one| one.place == Place::Finding.name() && one.about == "f1").count(), 1);
    // Looking again on that day is no news, sealed or not.
    store.saw("甲", Place::Finding, &looked_at(&[(PERSON, "f1")]), at(5)).await.unwrap();
    assert_eq!(store.entries("sighting:甲").await.unwrap().len(), 1);
    let appealed = store.entries("finding:f1").await.unwrap();
    assert!(appealed.iter().any(|entry| entry.body.contains(GROUNDS)));
    let head = actor("科长", Role::Head, Scope::All);
    assert!(
        store.log(&head, None, Some("甲"), 10).await.unwrap().iter().any(|entry| entry.subject == format!("person:{PERSON}"))
    );
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
}

pub(super) async fn what_tells_of_persons_lies_sealed(store: Store) {
    let secret = told_of_a_person(&store).await;
    let disk = on_disk(&store).await;
    assert_eq!(tells(&disk, true), Vec::<&str>::new());
    assert!(!disk.contains(&secret));
    is_read_as_ever(&store).await;
    is_known_as_ever(&store, &secret).await;
}

/// A database that was in the open is sealed when it is first opened with a key, and needs that key from then on.
async fn a_database_is_sealed_with_all_that_is_in_it(url: &str, folder: &std::path::Path) {
    let opened = |seal: Option<Seal>| Store::open(url, folder.join("papers"), seal, at(6));
    let store = opened(None).await.unwrap();
    let secret = told_of_a_person(&store).await;
    let disk = on_disk(&store).await;
    assert_eq!(tells(&disk, true).len(), 6 + OF_CALLS.len(), "nothing is sealed without a key");
    assert!(disk.contains(&secret));
    is_read_as_ever(&store).await;
    is_known_as_ever(&store, &secret).await;
    store.close().await;

    // A server without the key could neither read what is sealed beneath it nor seal what it writes.
    let running = opened(None).await.unwrap();
    running.serve("one", "127.0.0.1:1", at(6)).await.unwrap();
    let refused = opened(Some(seal(7))).await.unwrap_err();
    assert!(refused.to_string().contains("127.0.0.1:1"), "{refused}");
    running.leave("one").await.unwrap();
    running.close().await;

    let store = opened(Some(seal(7))).await.unwrap();
    // Chains of events cannot be written anew: what they said before stays as it was.
    let disk = on_disk(&store).await;
    assert_eq!(tells(&disk, false), Vec::<&str>::new());
    assert!(!disk.contains(&secret));
    is_read_as_ever(&store).await;
    is_known_as_ever(&store, &secret).await;
    store.record(&format!("person:{PERSON}"), "乙", "seen", "{}".to_owned(), at(7)).await.unwrap();
    assert_eq!(store.entries(&format!("person:{PERSON}")).await.unwrap().len(), 2);

    let mut backup = Vec::new();
    store.backup(&mut backup).await.unwrap();
    // Broken off at any moment, sealing goes on at the next start, under the same key only; papers copied back in the open, too.
    let auditor = staff("甲", Role::Auditor);
    let digest = store.papers("f1", &auditor).await.unwrap().remove(0).digest;
    std::fs::write(folder.join("papers").join(&digest), PAPER).unwrap();
    // What a server is just writing is its own affair.
    let being_written = folder.join("papers").join(format!("{digest}.0a1b.part"));
    std::fs::write(&being_written, b"half").unwrap();
    store.tamper("UPDATE sealing SET done = 0").await.unwrap();
    store.tamper("UPDATE remark SET body = '与家属李某核对过'").await.unwrap();
    store.close().await;
    assert!(matches!(opened(Some(seal(8))).await, Err(StoreError::WrongKey { .. })));
    let store = opened(Some(seal(7))).await.unwrap();
    assert_eq!(tells(&on_disk(&store).await, false), Vec::<&str>::new());
    is_read_as_ever_by(&store, 2).await;
    assert_eq!(std::fs::read(&being_written).unwrap(), b"half");
    store.close().await;
    for other in [None, Some(seal(8))] {
        let refused = opened(other).await.unwrap_err();
        assert!(matches!(&refused, StoreError::WrongKey { kept, .. } if kept == seal(7).id()), "{refused}");
    }
    opened(Some(seal(7))).await.unwrap().close().await;

    let place = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", place.path().join("other.db").display());
    let other = Store::open(&file, place.path().join("papers"), Some(seal(8)), at(8)).await.unwrap();
    assert!(matches!(other.restore(&mut backup.as_slice()).await, Err(StoreError::WrongKey { .. })));
    assert!(other.entries("finding:f1").await.unwrap().is_empty());
}

/// A backup in the open is sealed by the database that it is restored in.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_in_the_open_is_sealed_where_it_is_restored() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let url = |at: usize| format!("sqlite://{}", folders[at].path().join("casework.db").display());
    let plain = Store::open(&url(0), folders[0].path().join("papers"), None, at(1)).await.unwrap();
    let secret = told_of_a_person(&plain).await;
    let mut backup = Vec::new();
    plain.backup(&mut backup).await.unwrap();
    let sealed = Store::open(&url(1), folders[0].path().join("papers"), Some(seal(7)), at(6)).await.unwrap();
    sealed.restore(&mut backup.as_slice()).await.unwrap();
    assert_eq!(tells(&on_disk(&sealed).await, false), Vec::<&str>::new());
    is_read_as_ever(&sealed).await;
    is_known_as_ever(&sealed, &secret).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_file_is_sealed_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    a_database_is_sealed_with_all_that_is_in_it(
        &format!("sqlite://{}", folder.path().join("casework.db").display()),
        folder.path(),
    )
    .await;
    // Nor does the file keep what rows said before.
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).filter(|file| file.is_file()) {
        bytes.extend(std::fs::read(file).unwrap());
    }
    assert_eq!(tells(&String::from_utf8_lossy(&bytes), false), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_database_is_sealed_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    a_database_is_sealed_with_all_that_is_in_it(&testkit::database(), folder.path()).await;
}
