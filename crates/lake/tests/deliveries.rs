//! Loading, loading again, correcting, replacing, and being cut short.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rows;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type};
use lake::{Config, DeliveryOptions, Lake, LineColumns, Month, Refusal};
use rows::*;

fn new_lake() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path().join("lake"), &Config::default()).unwrap();
    (folder, lake)
}

fn count(lake: &Lake, query: &str) -> i64 {
    lake.snapshot().unwrap().sql(query).unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn sum(lake: &Lake, query: &str) -> i128 {
    lake.snapshot().unwrap().sql(query).unwrap()[0].column(0).as_primitive::<Decimal128Type>().value(0)
}

/// Two persons, three visits in two months, six lines of 10.01 yuan.
fn first_delivery(lake: &Lake) -> lake::LoadReport {
    let visits = [
        visit("v1", "p1", HOSPITAL, "2026-02-27 08:00:00"),
        visit("v2", "p1", HOSPITAL, "2026-03-02 08:00:00"),
        visit("v3", "p2", OTHER, "2026-03-05 09:00:00"),
    ];
    let lines = ["v1", "v2", "v3"].iter().flat_map(|id| {
        let (person, institution) = if *id == "v3" { ("p2", OTHER) } else { ("p1", HOSPITAL) };
        // The later line first: the lake sorts.
        [("2", "2026-03-06 10:00:00"), ("1", "2026-03-06 09:00:00")]
            .map(|(number, time)| line(id, number, person, institution, time, "10.01"))
    });
    let lines = lines.collect();
    let settlements = vec![settlement("s1", "v1", "p1", HOSPITAL, "20.02", "15.00")];
    let diagnoses = vec![vec![("mdtrt_id", "v1".to_owned()), ("diag_code", "I10.x00".to_owned())]];
    load(lake, "first", &visits, &[("fee_list_d", lines), ("setl_d", settlements), ("setl_list_diag_d", diagnoses)])
}

#[test]
fn a_delivery_is_read_back_exactly() {
    let (_folder, lake) = new_lake();
    let report = first_delivery(&lake);
    assert_eq!(report.lake_version, 1);
    assert_eq!(report.tables["fee_list_d"].counts.rows_added, 6);
    assert_eq!(report.tables["fee_list_d"].amount_loaded_fen, 6006);
    assert_eq!(sum(&lake, "SELECT sum(det_item_fee_sumamt) FROM fee_list_d"), 6006);
    assert_eq!(count(&lake, "SELECT count(*) FROM fee_list_d WHERE visit_month = '2026-02'"), 2);
    assert_eq!(count(&lake, "SELECT count(DISTINCT shard) FROM fee_list_d"), 2);

    let snapshot = lake.snapshot().unwrap();
    let folders: Vec<_> = snapshot
        .shards()
        .unwrap()
        .into_iter()
        .flat_map(|shard| snapshot.folders(shard, &LineColumns::all()).unwrap().collect::<Result<Vec<_>, _>>().unwrap())
        .collect();
    assert_eq!(folders.len(), 2);
    let of_first = folders.iter().find(|folder| folder.person.psn_no == "p1").unwrap();
    assert_eq!(&*of_first.fixmedins_code, HOSPITAL);
    assert_eq!(of_first.visits.len(), 2);
    assert_eq!(of_first.lines.len(), 4);
    assert_eq!(of_first.diagnoses.len(), 1);
    assert_eq!(of_first.settlements[0].funds, [("hifp_pay", claims::Fen(1500))]);
    let numbers: Vec<&str> = of_first.lines.iter().map(claims::lines::LineRow::bkkp_sn).collect();
    assert_eq!(numbers, ["1", "2", "1", "2"]);
    assert_eq!(of_first.lines[0].name().map(claims::Text::as_str), Some("普通门诊诊查费"));
    assert_eq!(of_first.lines[0].det_item_fee_sumamt(), claims::Fen(1001));
    assert_eq!(of_first.lines[0].pric(), Some(claims::UnitPrice(10_010_000)));
}

#[test]
fn what_is_not_wanted_is_not_read() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let snapshot = lake.snapshot().unwrap();
    for shard in snapshot.shards().unwrap() {
        for folder in snapshot.folders(shard, &LineColumns::least()).unwrap() {
            for line in folder.unwrap().lines {
                assert_eq!((line.name(), line.pric()), (None, None));
                assert_eq!(line.det_item_fee_sumamt(), claims::Fen(1001));
            }
        }
    }
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let mut again = begin(&lake, "first");
    assert!(again.already_loaded(0));
    assert!(push(&mut again, "mdtrt_d", &[visit("v9", "p9", OTHER, "2026-03-05 09:00:00")]).already_loaded);
    let report = again.commit().unwrap();
    assert_eq!((report.lake_version, report.delivery), (1, None));
    assert_eq!(report.already_loaded, source("first"));
    assert_eq!(lake.snapshot().unwrap().version(), 1);
}

#[test]
fn equal_rows_of_another_file_are_ignored() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let visits = [visit("v2", "p1", HOSPITAL, "2026-03-02 08:00:00")];
    let lines = vec![
        line("v2", "1", "p1", HOSPITAL, "2026-03-06 09:00:00", "10.01"),
        line("v2", "2", "p1", HOSPITAL, "2026-03-06 10:00:00", "10.01"),
    ];
    let report = load(&lake, "second", &visits, &[("fee_list_d", lines)]);
    assert_eq!(report.tables["fee_list_d"].counts.rows_duplicate, 2);
    assert_eq!(report.tables["mdtrt_d"].counts.rows_duplicate, 1);
    assert_eq!(report.tables["fee_list_d"].counts.rows_loaded(), 0);
    assert_eq!(count(&lake, "SELECT count(*) FROM fee_list_d"), 6);
    assert_eq!(count(&lake, "SELECT count(*) FROM fee_list_d WHERE delivery = 2"), 0);
}

#[test]
fn the_newest_delivery_of_a_row_wins_and_the_old_stays_readable() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let lines = vec![
        line("v2", "1", "p1", HOSPITAL, "2026-03-06 09:00:00", "12.00"),
        line("v2", "3", "p1", HOSPITAL, "2026-03-06 11:00:00", "-10.01"),
    ];
    let report = load(&lake, "second", &[], &[("fee_list_d", lines)]);
    let counts = report.tables["fee_list_d"].counts;
    assert_eq!((counts.rows_added, counts.rows_revised, counts.rows_duplicate), (1, 1, 0));
    assert_eq!(report.tables["fee_list_d"].amount_loaded_fen, 199);
    assert_eq!(sum(&lake, "SELECT sum(det_item_fee_sumamt) FROM fee_list_d WHERE mdtrt_id = 'v2'"), 1200 + 1001 - 1001);
    let old = lake.snapshot_at(1).unwrap().sql("SELECT sum(det_item_fee_sumamt) FROM fee_list_d").unwrap();
    assert_eq!(old[0].column(0).as_primitive::<Decimal128Type>().value(0), 6006);
    let sources = lake.snapshot().unwrap().sql("SELECT source FROM fee_list_d WHERE mdtrt_id = 'v2' ORDER BY bkkp_sn").unwrap();
    let sources = datafusion::arrow::util::pretty::pretty_format_batches(&sources).unwrap().to_string();
    assert_eq!(sources.matches("second").count(), 2);
    assert_eq!(sources.matches("first").count(), 1);
}

#[test]
fn a_late_refund_goes_to_its_visits_month() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let refund = vec![line("v1", "9", "p1", HOSPITAL, "2026-05-20 09:00:00", "-10.01")];
    let late = vec![settlement("s9", "v1", "p1", HOSPITAL, "-10.01", "-7.50")];
    load(&lake, "late", &[], &[("fee_list_d", refund), ("setl_d", late)]);
    assert_eq!(count(&lake, "SELECT count(*) FROM fee_list_d WHERE visit_month = '2026-02'"), 3);
    assert_eq!(count(&lake, "SELECT count(*) FROM setl_d WHERE visit_month = '2026-02'"), 2);
    // A run of its own, not a rewritten partition, for no key was there before.
    let snapshot = lake.snapshot().unwrap();
    let folders: Vec<_> =
        snapshot.shards().unwrap().into_iter().flat_map(|shard| snapshot.folders(shard, &LineColumns::all()).unwrap()).collect();
    let first = folders.iter().map(|folder| folder.as_ref().unwrap()).find(|folder| folder.person.psn_no == "p1").unwrap();
    assert_eq!((first.lines.len(), first.settlements.len()), (5, 2));
}

#[test]
fn rows_without_visit_or_against_it_are_given_back() {
    let (_folder, lake) = new_lake();
    let mut append = begin(&lake, "a");
    let visits = [
        visit("v1", "p1", HOSPITAL, "2026-03-02 08:00:00"),
        visit("v1", "p1", HOSPITAL, "2026-04-02 08:00:00"),
        vec![("mdtrt_id", "v7".to_owned())],
    ];
    let refused: Vec<_> =
        push(&mut append, "mdtrt_d", &visits).refused.into_iter().map(|refused| (refused.row, refused.why)).collect();
    assert_eq!(refused, [(1, Refusal::Moved), (2, Refusal::Incomplete)]);
    let lines = [
        line("nowhere", "1", "p1", HOSPITAL, "2026-03-02 09:00:00", "1.00"),
        line("v1", "1", "p1", HOSPITAL, "2026-03-02 09:00:00", "1.00"),
        line("v1", "2", "p2", HOSPITAL, "2026-03-02 09:00:00", "1.00"),
    ];
    let refused = push(&mut append, "fee_list_d", &lines).refused;
    assert_eq!((refused[0].row, &refused[0].why), (0, &Refusal::Orphan));
    assert_eq!(refused[1].row, 2);
    assert!(refused[1].why.to_string().contains("p1"));
    append.commit().unwrap();
    assert_eq!(count(&lake, "SELECT count(*) FROM fee_list_d"), 1);
}

#[test]
fn a_key_twice_in_one_file_is_a_fault() {
    let (_folder, lake) = new_lake();
    let mut append = begin(&lake, "a");
    push(&mut append, "mdtrt_d", &[visit("v1", "p1", HOSPITAL, "2026-03-02 08:00:00")]);
    let lines = [
        line("v1", "1", "p1", HOSPITAL, "2026-03-02 09:00:00", "1.00"),
        line("v1", "2", "p1", HOSPITAL, "2026-03-02 09:00:00", "1.00"),
        line("v1", "1", "p1", HOSPITAL, "2026-03-02 08:00:00", "3.00"),
    ];
    push(&mut append, "fee_list_d", &lines);
    let person = || vec![("psn_no", "p1".to_owned())];
    push(&mut append, "psn_info_b", &[person(), person()]);
    let staged = append.stage().unwrap();
    let repeated: Vec<_> = staged.repeated().iter().map(|row| (row.table.as_str(), row.source, row.row)).collect();
    assert_eq!(repeated, [("fee_list_d", 0, 3), ("psn_info_b", 0, 2)]);
    let report = staged.commit().unwrap();
    assert_eq!(report.tables["fee_list_d"].counts.rows_repeated, 1);
    assert_eq!(sum(&lake, "SELECT sum(det_item_fee_sumamt) FROM fee_list_d"), 200);
}

#[test]
fn a_replacement_supersedes_a_month_of_an_institution() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let month = Month::parse("2026-03").unwrap();
    let options = DeliveryOptions { replace: vec![(month, HOSPITAL.to_owned())], ..DeliveryOptions::default() };
    let mut append = lake.append(source("replacement"), options).unwrap();
    push(&mut append, "mdtrt_d", &[visit("v8", "p1", HOSPITAL, "2026-03-03 08:00:00")]);
    let lines = [
        line("v8", "1", "p1", HOSPITAL, "2026-03-03 09:00:00", "7.00"),
        line("v2", "9", "p1", HOSPITAL, "2026-03-03 09:00:00", "7.00"),
        line("v1", "9", "p1", HOSPITAL, "2026-03-03 09:00:00", "0.50"),
    ];
    // v2 was replaced; v1 began in February and stands.
    let refused = push(&mut append, "fee_list_d", &lines).refused;
    assert_eq!((refused.len(), refused[0].row), (1, 1));
    let report = append.commit().unwrap();
    assert_eq!(report.tables["fee_list_d"].counts.rows_superseded, 2);
    assert_eq!(report.tables["mdtrt_d"].counts.rows_superseded, 1);
    assert_eq!(sum(&lake, "SELECT sum(det_item_fee_sumamt) FROM fee_list_d"), 2002 + 50 + 700 + 2002);
    assert_eq!(count(&lake, "SELECT count(*) FROM mdtrt_d WHERE mdtrt_id = 'v2'"), 0);
}

#[test]
fn a_visit_that_moves_takes_all_its_rows_along() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let report = load(&lake, "moved", &[visit("v1", "p1", HOSPITAL, "2026-04-01 08:00:00")], &[]);
    assert_eq!(report.tables["mdtrt_d"].counts.rows_revised, 1);
    assert_eq!(count(&lake, "SELECT count(*) FROM fee_list_d"), 6);
    for table in ["mdtrt_d", "fee_list_d", "setl_d", "setl_list_diag_d"] {
        let month = |month| count(&lake, &format!("SELECT count(*) FROM {table} WHERE visit_month = '{month}'"));
        assert_eq!(month("2026-02"), 0, "{table}");
        assert!(month("2026-04") > 0, "{table}");
    }
}

#[test]
fn dropping_a_delivery_changes_nothing() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let mut append = begin(&lake, "never");
    push(&mut append, "mdtrt_d", &[visit("v9", "p9", OTHER, "2026-03-05 09:00:00")]);
    drop(append.stage().unwrap());
    assert_eq!(count(&lake, "SELECT count(*) FROM mdtrt_d"), 3);
}

#[test]
fn a_torn_commit_is_never_seen_and_is_undone_by_the_next_writer() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    load(
        &lake,
        "torn",
        &[visit("v9", "p9", OTHER, "2026-03-05 09:00:00")],
        &[("psn_info_b", vec![vec![("psn_no", "p9".to_owned())]])],
    );
    // As if killed after the tables were committed and before the version was published.
    std::fs::remove_file(lake.folder().join("versions/00000002.json")).unwrap();
    assert_eq!(lake.snapshot().unwrap().version(), 1);
    assert_eq!(count(&lake, "SELECT count(*) FROM mdtrt_d"), 3);

    let report = load(
        &lake,
        "next",
        &[visit("v10", "p9", OTHER, "2026-03-05 09:00:00")],
        &[("psn_info_b", vec![vec![("psn_no", "p10".to_owned())]])],
    );
    assert!(report.notes.iter().any(|note| note.contains("mdtrt_d")), "{:?}", report.notes);
    assert_eq!(count(&lake, "SELECT count(*) FROM mdtrt_d"), 4);
    assert_eq!(count(&lake, "SELECT count(*) FROM mdtrt_d WHERE mdtrt_id = 'v9'"), 0);
    assert_eq!(count(&lake, "SELECT count(*) FROM psn_info_b"), 1);
    assert_eq!(count(&lake, "SELECT count(*) FROM psn_info_b WHERE psn_no = 'p10'"), 1);
}

#[test]
fn a_second_writer_is_refused_while_readers_go_on() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let append = begin(&lake, "long");
    let refused = lake.append(source("other"), DeliveryOptions::default()).err().unwrap();
    assert!(refused.to_string().contains("正由另一个进程写入"), "{refused}");
    assert_eq!(count(&lake, "SELECT count(*) FROM mdtrt_d"), 3);
    drop(append);
    begin(&lake, "other");
}

#[test]
fn queries_cannot_change_anything() {
    let (_folder, lake) = new_lake();
    first_delivery(&lake);
    let snapshot = lake.snapshot().unwrap();
    for statement in
        ["DELETE FROM mdtrt_d", "DROP TABLE mdtrt_d", "CREATE TABLE x AS SELECT 1", "SET a.b = 1", "COPY mdtrt_d TO 'x.csv'"]
    {
        assert!(snapshot.sql(statement).is_err(), "{statement}");
    }
    assert!(snapshot.session().unwrap().table_names().contains(&"fee_list_d".to_owned()));
}
