//! Small made-up deliveries in temporary folders.
#![expect(dead_code, reason = "each test file uses its own part of this")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use lake::Lake;
use lake::intake::{Expect, Fault, ImportError, Options, Profile, Report, Watch};
use tempfile::TempDir;

/// A folder with files of one delivery and a lake beside it.
pub(crate) struct Scene {
    folder: TempDir,
    pub(crate) options: Options,
}

impl Scene {
    pub(crate) fn new(profile: &str) -> Self {
        let folder = tempfile::tempdir().expect("the scene is sound");
        std::fs::create_dir(folder.path().join("in")).expect("the scene is sound");
        Self { folder, options: Options::new(Profile::load(profile).expect("the scene is sound")) }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    pub(crate) fn lake_path(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path().join(name), content).expect("the scene is sound");
        self
    }

    pub(crate) fn remove(&self, name: &str) -> &Self {
        std::fs::remove_file(self.path().join(name)).expect("the scene is sound");
        self
    }

    pub(crate) fn expect(mut self, toml: &str) -> Self {
        let path = self.folder.path().join("expect.toml");
        std::fs::write(&path, toml).expect("the scene is sound");
        self.options.expect = Expect::load(&path).expect("the scene is sound");
        self
    }

    pub(crate) fn lake(&self) -> Lake {
        Lake::open_or_create(self.lake_path(), &lake::Config::default()).expect("the scene is sound")
    }

    pub(crate) fn try_import(&self, paths: &[PathBuf]) -> Result<Report, ImportError> {
        watched(|watch| lake::intake::import(&self.lake(), paths, &self.options, watch))
    }

    pub(crate) fn import(&self) -> Report {
        self.try_import(&[self.path()]).expect("the scene is sound")
    }

    pub(crate) fn check(&self) -> Report {
        watched(|watch| lake::intake::check(&[self.path()], &self.options, watch)).expect("the scene is sound")
    }

    /// Rows of a query, columns joined by `|`.
    pub(crate) fn sql(&self, query: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for batch in self.lake().snapshot().expect("the scene is sound").sql(query).expect("the scene is sound") {
            let columns: Vec<_> =
                batch.columns().iter().map(|column| cast(column, &DataType::Utf8).expect("the scene is sound")).collect();
            for row in 0..batch.num_rows() {
                let mut text = String::new();
                for (at, column) in columns.iter().enumerate() {
                    let column = column.as_string::<i32>();
                    let value = if column.is_null(row) { "∅" } else { column.value(row) };
                    let _ = write!(text, "{}{value}", if at == 0 { "" } else { "|" });
                }
                rows.push(text);
            }
        }
        rows
    }

    /// The refused rows, one JSON text each.
    pub(crate) fn quarantine(&self, report: &Report) -> Vec<serde_json::Value> {
        let Some(folder) = &report.quarantine else { return Vec::new() };
        let path = self.lake_path().join(folder).join("rejected.jsonl.zst");
        let text = zstd::decode_all(std::fs::File::open(path).expect("the scene is sound")).expect("the scene is sound");
        String::from_utf8(text)
            .expect("the scene is sound")
            .lines()
            .map(|line| serde_json::from_str(line).expect("the scene is sound"))
            .collect()
    }
}

fn watched<T>(run: impl FnOnce(&mut Watch<'_>) -> T) -> T {
    let cancel = AtomicBool::new(false);
    run(&mut Watch { progress: &mut |_| {}, cancel: &cancel })
}

pub(crate) fn fault<'a>(report: &'a Report, check: &str) -> Option<&'a Fault> {
    report.faults.iter().find(|fault| fault.check == check)
}

pub(crate) fn gzip(path: &Path, content: &[u8]) {
    use std::io::Write;
    let mut encoder =
        flate2::write::GzEncoder::new(std::fs::File::create(path).expect("the scene is sound"), flate2::Compression::fast());
    encoder.write_all(content).expect("the scene is sound");
    encoder.finish().expect("the scene is sound");
}

pub(crate) const VISITS: &str = "mdtrt_id,psn_no,fixmedins_code,begntime,endtime,med_type,gend,brdy\n\
V1,P1,H44010000001,2026-03-02 08:00:00,2026-03-05 10:00:00,21,1,1960-05-01\n\
V2,P2,H44010000001,2026-03-03 09:00:00,2026-03-03 09:30:00,11,2,1980-01-15\n";

pub(crate) const SETTLEMENTS: &str = "setl_id,mdtrt_id,psn_no,fixmedins_code,setl_time,medfee_sumamt,fund_pay_sumamt,psn_pay,hifp_pay\n\
S1,V1,P1,H44010000001,2026-03-05 11:00:00,300.50,200.00,100.50,200.00\n\
S2,V2,P2,H44010000001,2026-03-03 09:40:00,20.00,10.00,10.00,10.00\n";

pub(crate) const LINE_HEADER: &str =
    "mdtrt_id,setl_id,bkkp_sn,psn_no,fixmedins_code,fee_ocur_time,med_list_codg,cnt,pric,det_item_fee_sumamt\n";

pub(crate) const LINES: &str = "mdtrt_id,setl_id,bkkp_sn,psn_no,fixmedins_code,fee_ocur_time,med_list_codg,cnt,pric,det_item_fee_sumamt\n\
V1,S1,1,P1,H44010000001,2026-03-02 09:00:00,001101000010000,3,100.000000,300.00\n\
V1,S1,2,P1,H44010000001,2026-03-03 09:00:00,001101000020000,1,0.5,0.50\n\
V2,S2,1,P2,H44010000001,2026-03-03 09:10:00,001101000010000,2,10,20.00\n";

/// Visits, settlements and lines that are in order.
pub(crate) fn ordinary() -> Scene {
    let scene = Scene::new("national");
    scene.file("mdtrt_d.csv", VISITS).file("setl_d.csv", SETTLEMENTS).file("fee_list_d.csv", LINES);
    scene
}
