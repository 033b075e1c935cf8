//! Much data in little memory, many runs, compaction, persons, and sealed values.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rows;

use claims::Day;
use claims::lines::LineRow;
use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
use lake::{Config, DeliveryOptions, Lake, LineColumns, PersonalKey};
use rows::*;
use std::sync::Arc;

fn lake_in(folder: &tempfile::TempDir) -> Lake {
    Lake::open_or_create(folder.path().join("lake"), &Config::default()).unwrap()
}

fn number(lake: &Lake, query: &str) -> i64 {
    lake.snapshot().unwrap().sql(query).unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// Visits of many persons, in an order that is nobody's.
fn scattered(visits: usize) -> Vec<(String, String, String, String)> {
    (0..visits)
        .map(|at| {
            let mixed = at * 7919 % visits;
            let month = mixed % 5 + 1;
            (
                format!("v{mixed:06}"),
                format!("p{:05}", mixed % 97),
                format!("H3302{:08}", mixed % 23),
                format!("2026-{month:02}-{:02} 08:00:00", mixed % 27 + 1),
            )
        })
        .collect()
}

#[test]
fn little_memory_gives_the_same_lake_as_much() {
    let folder = tempfile::tempdir().unwrap();
    let mut contents = Vec::new();
    for (name, memory_bytes) in [("small", 1), ("large", 1 << 30)] {
        let lake = Lake::open_or_create(folder.path().join(name), &Config::default()).unwrap();
        let visits = scattered(3000);
        let mut append = lake.append(source("a"), DeliveryOptions { memory_bytes, ..DeliveryOptions::default() }).unwrap();
        for (from, chunk) in (0..).step_by(500).zip(visits.chunks(500)) {
            let rows: Vec<_> = chunk.iter().map(|(id, person, place, begin)| visit(id, person, place, begin)).collect();
            let numbers: Vec<u64> = (from..from + rows.len() as u64).collect();
            append.push("mdtrt_d", 0, &numbers, &batch("mdtrt_d", &rows)).unwrap();
        }
        for (from, chunk) in (0..).step_by(1000).zip(visits.chunks(250)) {
            let lines = chunk.iter().flat_map(|(id, person, place, begin)| {
                (0..4).map(move |n| line(id, &n.to_string(), person, place, begin, &format!("{n}.{:02}", n + 1)))
            });
            let lines: Vec<_> = lines.collect();
            let numbers: Vec<u64> = (from..from + lines.len() as u64).collect();
            append.push("fee_list_d", 0, &numbers, &batch("fee_list_d", &lines)).unwrap();
        }
        let spilled = walk(&lake.folder().join("staging")).iter().any(|path| path.extension().is_some_and(|end| end == "arrow"));
        assert_eq!(spilled, name == "small");
        append.commit().unwrap();
        assert!(!lake.folder().join("staging").exists());
        assert_eq!(number(&lake, "SELECT count(*) FROM fee_list_d"), 12_000);
        let sum = lake.snapshot().unwrap().sql("SELECT sum(det_item_fee_sumamt) FROM fee_list_d").unwrap();
        assert_eq!(sum[0].column(0).as_primitive::<Decimal128Type>().value(0), 3000 * (1 + 102 + 203 + 304));
        let snapshot = lake.snapshot().unwrap();
        let mut folders = Vec::new();
        for shard in snapshot.shards().unwrap() {
            let read: Vec<_> = snapshot.folders(shard, &LineColumns::all()).unwrap().map(|folder| folder.unwrap()).collect();
            assert!(read.is_sorted_by_key(|folder| (folder.fixmedins_code.clone(), folder.person.psn_no.clone())));
            assert!(snapshot.decode_only(shard, &LineColumns::least()).unwrap() > 0);
            let lines = |lines: &[LineRow]| lines.iter().map(LineRow::delivered).collect::<Vec<_>>();
            folders.extend(read.into_iter().map(|folder| (folder.fixmedins_code, folder.visits, lines(&folder.lines))));
        }
        assert_eq!(folders.len(), 23 * 97);
        contents.push(folders);
    }
    assert_eq!(contents[0], contents[1]);
}

#[test]
fn many_runs_read_like_one_and_compact_into_one() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(&folder);
    load(&lake, "visits", &[visit("v1", "p1", HOSPITAL, "2026-03-02 08:00:00")], &[]);
    for delivery in 0..10 {
        let lines = vec![line("v1", &delivery.to_string(), "p1", HOSPITAL, "2026-03-02 09:00:00", "1.00")];
        load(&lake, &format!("lines {delivery}"), &[], &[("fee_list_d", lines)]);
    }
    let lines = |lake: &Lake| {
        let snapshot = lake.snapshot().unwrap();
        let shard = snapshot.shards().unwrap()[0];
        let folder = snapshot.folders(shard, &LineColumns::all()).unwrap().next().unwrap().unwrap();
        let mut numbers: Vec<String> = folder.lines.iter().map(|line| line.bkkp_sn().to_owned()).collect();
        numbers.sort();
        numbers
    };
    let before = lines(&lake);
    assert_eq!(before.len(), 10);
    let compacted = lake::compact(&lake).unwrap();
    assert_eq!((compacted.partitions, compacted.files_before), (1, 10));
    assert_eq!(lines(&lake), before);
    assert_eq!(number(&lake, "SELECT count(DISTINCT source) FROM fee_list_d"), 10);
    assert_eq!(number(&lake, "SELECT sum(delivery) FROM fee_list_d"), (2..=11).sum::<i64>());
    assert_eq!(lake::compact(&lake).unwrap().partitions, 0);
    assert_eq!(lake.snapshot_at(11).unwrap().rows("fee_list_d").unwrap(), 10);
}

#[test]
fn months_can_be_limited() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(&folder);
    let visits = [visit("v1", "p1", HOSPITAL, "2026-02-02 08:00:00"), visit("v2", "p1", OTHER, "2026-03-02 08:00:00")];
    let settlements = vec![settlement("s2", "v2", "p1", OTHER, "2.00", "1.00")];
    load(&lake, "a", &visits, &[("setl_d", settlements)]);
    let march = lake::Month::parse("2026-03").unwrap();
    let snapshot = lake.snapshot().unwrap();
    assert_eq!(snapshot.months().unwrap().len(), 2);
    let limited = snapshot.with_months(march, march);
    let shard = limited.shards().unwrap()[0];
    let folder = limited.folders(shard, &LineColumns::all()).unwrap().next().unwrap().unwrap();
    assert_eq!(folder.visits.iter().map(|visit| &*visit.mdtrt_id).collect::<Vec<_>>(), ["v2"]);
    assert_eq!(folder.settlements.len(), 1);
}

#[test]
fn the_latest_day_of_death_counts() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(&folder);
    let text =
        |pairs: &[(&'static str, &str)]| pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Row<'_>>();
    let persons = vec![
        text(&[("psn_no", "p1"), ("gend", "2"), ("brdy", "1950-05-01"), ("die_date", "2026-03-09")]),
        text(&[("psn_no", "p2"), ("gend", "1")]),
    ];
    let deaths =
        vec![text(&[("psn_no", "p1"), ("die_date", "2026-03-05")]), text(&[("psn_no", "p3"), ("die_date", "2026-01-05")])];
    let institutions = vec![
        text(&[("fixmedins_code", HOSPITAL), ("begntime", "2025-01-01"), ("hosp_lv", "03")]),
        text(&[("fixmedins_code", HOSPITAL), ("begntime", "2020-01-01"), ("hosp_lv", "05"), ("endtime", "2024-12-31")]),
    ];
    load(
        &lake,
        "a",
        &[visit("v1", "p1", HOSPITAL, "2026-03-02 08:00:00")],
        &[("psn_info_b", persons), ("death_register", deaths), ("fixmedins_b", institutions)],
    );
    let snapshot = lake.snapshot().unwrap();
    let shard = snapshot.shards().unwrap()[0];
    let folder = snapshot.folders(shard, &LineColumns::all()).unwrap().next().unwrap().unwrap();
    assert_eq!(folder.person.die_date, Day::parse("2026-03-09"));
    assert_eq!(folder.person.gend.as_deref(), Some("2"));
    assert_eq!(folder.institution.iter().map(|row| row.hosp_lv.as_deref().unwrap()).collect::<Vec<_>>(), ["05", "03"]);
    assert_eq!(snapshot.person("p3").unwrap().die_date, Day::parse("2026-01-05"));
    assert_eq!(snapshot.person("p2").unwrap().brdy, None);
}

#[test]
fn personal_data_are_hashed_and_sealed_with_a_key_and_dropped_without() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(&folder);
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, "07".repeat(32)).unwrap();
    let person = |number: &str, name: &str| -> Row<'static> {
        vec![("psn_no", number.to_owned()), ("psn_name", name.to_owned()), ("certno", "110105491231002".to_owned())]
    };
    let options = DeliveryOptions { key_file: Some(key_file.clone()), ..DeliveryOptions::default() };
    let mut append = lake.append(source("a"), options).unwrap();
    push(&mut append, "psn_info_b", &[person("p1", "测试甲")]);
    assert_eq!(append.commit().unwrap().notes, Vec::<String>::new());
    let mut without = begin(&lake, "b");
    push(&mut without, "psn_info_b", &[person("p2", "测试乙")]);
    assert!(without.commit().unwrap().notes[0].contains("psn_info_b"));

    let key = PersonalKey::read(&key_file, lake.folder()).unwrap();
    let snapshot = lake.snapshot().unwrap();
    let hash = snapshot.person("p1").unwrap().cert_hash.unwrap();
    assert_eq!(*hash, *key.cert_hash("11010519491231002X"));
    assert_eq!(snapshot.person("p2").unwrap().cert_hash, None);
    let values = snapshot.unseal(&key, "p1").unwrap();
    assert!(values.iter().any(|value| value.column == "psn_name" && value.value == "测试甲"));
    assert!(snapshot.unseal(&PersonalKey::from_secret(&[1; 32]), "p1").is_err());
    assert!(snapshot.sql("SELECT psn_name FROM psn_info_b").is_err());
    assert!(snapshot.sql("SELECT * FROM personal_data").is_err());
    for path in walk(lake.folder()) {
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["测试甲", "110105491231002", "测试乙"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
        }
    }
    let inside = lake.folder().join("key");
    std::fs::copy(&key_file, &inside).unwrap();
    assert!(PersonalKey::read(&inside, lake.folder()).is_err());
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn side_tables_are_versioned_with_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(&folder);
    let schema = Arc::new(Schema::new(vec![
        Field::new("run_id", DataType::Utf8, true),
        Field::new("amount_fen", DataType::Int64, true),
        Field::new("line_ids", DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))), true),
    ]));
    let rows = |run: &str, amount: i64| {
        let mut ids = datafusion::arrow::array::ListBuilder::new(datafusion::arrow::array::StringBuilder::new())
            .with_field(Field::new("element", DataType::Utf8, true));
        ids.append_value([Some("v1:1"), Some("v1:2")]);
        let columns: Vec<datafusion::arrow::array::ArrayRef> =
            vec![Arc::new(StringArray::from(vec![run])), Arc::new(Int64Array::from(vec![amount])), Arc::new(ids.finish())];
        RecordBatch::try_new(schema.clone(), columns).unwrap()
    };
    let findings = lake.side_table("findings", schema.clone());
    assert_eq!(findings.read().unwrap(), []);
    assert_eq!(findings.append(&[rows("r1", 5)]).unwrap(), 1);
    assert_eq!(findings.append(&[rows("r2", 7)]).unwrap(), 2);
    assert_eq!(number(&lake, "SELECT sum(amount_fen) FROM findings"), 12);
    assert_eq!(number(&lake, "SELECT count(*) FROM findings WHERE array_length(line_ids) = 2"), 2);
    assert_eq!(findings.replace(&[rows("r3", 1)]).unwrap(), 3);
    assert_eq!(findings.read().unwrap(), [rows("r3", 1)]);
    assert_eq!(lake.snapshot_at(2).unwrap().rows("findings").unwrap(), 2);
    let quarantined = begin(&lake, "a").stage().unwrap().with_side_rows("findings", &schema, &[rows("r4", 9)]).unwrap();
    assert_eq!(quarantined.commit().unwrap().lake_version, 4);
    assert_eq!(number(&lake, "SELECT sum(amount_fen) FROM findings"), 10);
    assert!(lake.side_table("setl_d", schema.clone()).append(&[rows("r", 1)]).is_err());
}

#[test]
fn stock_comes_grouped_and_only_repeated_traces_come() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(&folder);
    let movement = |kind: &str, time: &str| -> Row<'static> {
        vec![
            ("fixmedins_code", HOSPITAL.to_owned()),
            ("med_list_codg", "XA01".to_owned()),
            ("inv_chg_type", kind.to_owned()),
            ("inv_chg_time", time.to_owned()),
            ("cnt", "3".to_owned()),
        ]
    };
    let scan = |code: &str, visit: &str| -> Row<'static> {
        vec![("fixmedins_code", HOSPITAL.to_owned()), ("mdtrt_id", visit.to_owned()), ("drug_trac_codg", code.to_owned())]
    };
    load(
        &lake,
        "a",
        &[],
        &[
            ("inv_d", vec![movement("102", "2026-03-05 08:00:00")]),
            ("drugtracinfo", vec![scan("81000000000000000001", "v1"), scan("81000000000000000002", "v1")]),
        ],
    );
    load(
        &lake,
        "b",
        &[],
        &[("inv_d", vec![movement("101", "2026-03-01 08:00:00")]), ("drugtracinfo", vec![scan("81000000000000000001", "v2")])],
    );
    let snapshot = lake.snapshot().unwrap();
    let stock: Vec<_> = snapshot.stock_movements().unwrap().map(|group| group.unwrap()).collect();
    assert_eq!(stock.len(), 1);
    assert_eq!(stock[0].iter().map(|movement| &*movement.inv_chg_type).collect::<Vec<_>>(), ["101", "102"]);
    let visits = |counts: &(dyn Fn(&str, Option<bool>) -> bool + Sync)| -> Vec<String> {
        let scans = snapshot.repeated_trace_scans(counts, 2).unwrap();
        let mut visits: Vec<String> = scans.iter().map(|scan| format!("{}@{}", scan.drug_trac_codg, scan.mdtrt_id)).collect();
        visits.sort();
        visits
    };
    assert_eq!(visits(&|_, _| true), ["81000000000000000001@v1", "81000000000000000001@v2"]);
    assert_eq!(visits(&|code, _| !code.ends_with('1')), [] as [&str; 0]);
    assert_eq!(visits(&|_, opened| opened == Some(false)), [] as [&str; 0], "whether the packs were opened was not delivered");
}
