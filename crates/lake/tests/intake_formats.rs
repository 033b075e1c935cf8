//! The same rows in every form of file are the same rows.

mod intake_support;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use intake_support::{LINES, SETTLEMENTS, Scene, VISITS, fault, gzip, ordinary};
use lake::intake::{ImportError, Watch};

const SUMS: &str = "SELECT count(*), sum(det_item_fee_sumamt), sum(cnt), min(fee_ocur_time), max(med_list_codg) FROM fee_list_d";

fn as_parquet(csv: &str) -> Vec<u8> {
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().expect("the scene is sound");
    let rows: Vec<_> = rows.collect();
    let columns = header.iter().enumerate().map(|(at, name)| {
        let column: ArrayRef = Arc::new(rows.iter().map(|row| Some(row[at])).collect::<StringArray>());
        (*name, column)
    });
    let batch = RecordBatch::try_from_iter(columns).expect("the scene is sound");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("the scene is sound");
    writer.write(&batch).expect("the scene is sound");
    writer.close().expect("the scene is sound");
    bytes
}

fn with_lines(name: &str, content: &[u8]) -> Scene {
    let scene = Scene::new("national");
    scene.file("mdtrt_d.csv", VISITS).file("setl_d.csv", SETTLEMENTS).file(name, content);
    scene
}

#[test]
fn every_form_of_a_file_gives_the_same_rows() {
    let plain = ordinary();
    assert_eq!(plain.import().exit_status(), 0);
    let expected = plain.sql(SUMS);
    let quoted = LINES.replace(',', "\",\"").replace('\n', "\"\r\n\"");
    let quoted = format!("\"{}", quoted.trim_end_matches('"'));
    let (header, rows) = LINES.split_once('\n').unwrap();
    let single = format!("rn,{header}\r\n'0','{}", rows.replace(',', "','").replace('\n', "'\r\n'0','"));
    let single = single.trim_end_matches("'0','").to_owned();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("fee_list_d.csv", format!("\u{feff}{LINES}").into_bytes()),
        ("fee_list_d_1.csv", LINES.replace('\n', "\r\n").into_bytes()),
        ("fee_list_d-2.csv", LINES.replace('\n', "\r").into_bytes()),
        ("fee_list_d.txt", LINES.replace(',', "|@|").into_bytes()),
        ("FEE_LIST_D.CSV", quoted.into_bytes()),
        ("rows.csv", single.into_bytes()),
        ("fee_list_d.tsv", LINES.replace(',', "\t").into_bytes()),
        ("fee_list_d.csv.zst", zstd::encode_all(LINES.as_bytes(), 1).unwrap()),
        ("fee_list_d.parquet", as_parquet(LINES)),
        ("fee_list_d.csv", LINES.replace("bkkp_sn", "feedetl_sn").into_bytes()),
    ];
    for (name, content) in forms {
        let scene = with_lines(name, &content);
        let report = scene.import();
        assert_eq!(report.exit_status(), 0, "{name}: {}", report.text());
        assert_eq!(scene.sql(SUMS), expected, "{name}");
    }
    let zipped = Scene::new("national");
    zipped.file("mdtrt_d.csv", VISITS).file("setl_d.csv", SETTLEMENTS);
    gzip(&zipped.path().join("fee_list_d.csv.gz"), LINES.as_bytes());
    assert_eq!(zipped.import().exit_status(), 0);
    assert_eq!(zipped.sql(SUMS), expected);
}

#[test]
fn fields_with_commas_and_quotes_pass_between_bars() {
    let lines = LINES
        .replace("fee_ocur_time,", "fee_ocur_time,medins_list_name,")
        .replace(":00:00,", ":00:00,5\"针,头|@ 一,")
        .replace("09:10:00,", "09:10:00,x,");
    let mut bars = String::new();
    for line in lines.lines() {
        // Only the separators of the plain form become bars; the comma inside the name stays.
        let line = line.replace("5\"针,头|@ 一", "NAME").replace(',', "|@|").replace("NAME", "5\"针,头|@ 一");
        bars.push_str(&line);
        bars.push('\n');
    }
    let scene = with_lines("fee_list_d.csv", bars.as_bytes());
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(scene.sql("SELECT DISTINCT medins_list_name FROM fee_list_d WHERE mdtrt_id = 'V1'"), ["5\"针,头|@ 一"]);
}

#[test]
fn one_table_may_come_in_many_files_and_folders() {
    let scene = Scene::new("national");
    let (header, rows) = LINES.split_once('\n').unwrap();
    scene.file("mdtrt_d.csv", VISITS).file("setl_d.csv", SETTLEMENTS);
    std::fs::create_dir(scene.path().join("details")).unwrap();
    for (at, row) in rows.lines().enumerate() {
        scene.file(&format!("details/fee_list_d_{at}.csv"), format!("{header}\n{row}\n"));
    }
    let report = scene.import();
    assert_eq!(report.tables["fee_list_d"].rows_loaded, 3);
    assert_eq!(report.files.len(), 5);
    assert!(report.files.iter().any(|file| file.file == "details/fee_list_d_0.csv" && file.rows == 1));
}

#[test]
fn files_that_are_no_tables_are_named_and_left() {
    let scene = ordinary();
    scene.file("truth.csv", "scheme,rule_code,subject,fixmedins_code,psn_no,mdtrt_id,line_ids,amount_fen,expect\n");
    scene.file("readme.txt", [0xff, 0xfe]).file(".hidden", "x");
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(fault(&report, "D008").unwrap().count, 2);
}

#[test]
fn a_named_file_that_nobody_knows_is_fatal() {
    let scene = Scene::new("national");
    scene.file("strange.csv", "a,b\n1,2\n");
    let report = scene.try_import(&[scene.path().join("strange.csv")]).unwrap();
    assert_eq!((report.exit_status(), report.loaded), (3, false));
    assert!(fault(&report, "D001").unwrap().examples[0].message.contains("a、b"));
    let missing = scene.try_import(&[scene.path().join("nothing.csv")]).unwrap_err();
    assert!(missing.to_string().contains("nothing.csv"));
}

#[test]
fn progress_is_told_and_an_import_can_be_called_off() {
    let scene = ordinary();
    let cancel = AtomicBool::new(false);
    let mut last = (0, 0, 0);
    let mut progress = |at: &lake::intake::Progress<'_>| {
        last = (at.rows, at.bytes, at.total_bytes);
        cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let mut watch = Watch { progress: &mut progress, cancel: &cancel };
    let outcome = lake::intake::import(&scene.lake(), &[scene.path()], &scene.options, &mut watch);
    assert!(matches!(outcome, Err(ImportError::Cancelled)));
    assert!(last.0 > 0 && last.1 > 0 && last.1 < last.2, "{last:?}");
    assert_eq!(scene.lake().snapshot().unwrap().version(), 0);
    assert!(scene.import().loaded);
}
