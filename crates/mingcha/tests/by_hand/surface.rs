//! The built binary, driven as a user drives it, and a few claims to drive it over.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A drug that is paid only for inpatients, since 2025-08-08.
pub(crate) const INPATIENT_ONLY: &str = "XB05BAU005B002010101415";
/// The knowledge point that says so.
pub(crate) const ITS_POINT: &str = "KP-eae83fbb982038e0";
/// Its rule.
pub(crate) const ITS_RULE: &str = "E25-013";

/// A folder of its own, with a lake in it.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a finished command left behind.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e}): {}\n{}", self.out, self.err))
    }

    /// The answer, if the command was done.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.status, 0, "{}\n{}", self.out, self.err);
        self
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn lake(&self) -> PathBuf {
        self.path("lake")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs a command in the folder, the lake being `lake`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingcha"));
        command.args(arguments).current_dir(self.folder.path()).env("MINGCHA_LAKE", self.lake());
        let output = command.output().unwrap();
        Answer {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        self.run(&all).done().json()
    }

    pub(crate) fn findings(&self) -> Vec<Value> {
        self.json(&["findings"]).as_array().unwrap().clone()
    }
}

/// A visit of one person at one hospital with one line: number, day, kind of visit, price.
pub(crate) struct Claim {
    pub(crate) number: u32,
    pub(crate) day: &'static str,
    pub(crate) med_type: &'static str,
    pub(crate) item: &'static str,
    pub(crate) price: &'static str,
}

/// Writes the claims as national tables into a folder.
pub(crate) fn extract(desk: &Desk, folder: &str, claims: &[Claim]) -> PathBuf {
    let mut visits = String::from("mdtrt_id,psn_no,gend,brdy,insutype,insu_admdvs,fixmedins_code,begntime,endtime,med_type\n");
    let mut settlements = String::from(
        "setl_id,mdtrt_id,psn_no,insutype,insu_admdvs,fixmedins_code,setl_time,med_type,clr_way,medfee_sumamt,\
         inscp_amt,hifp_pay,fund_pay_sumamt,refd_setl_flag\n",
    );
    let mut lines = String::from(
        "bkkp_sn,mdtrt_id,setl_id,fixmedins_code,psn_no,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,\
         list_type,med_list_codg,medins_list_name,bilg_dr_code\n",
    );
    for Claim { number, day, med_type, item, price } in claims {
        let (h, visit, settlement) = (HOSPITAL, format!("V{number}"), format!("S{number}"));
        visits += &format!("{visit},P1,1,1970-05-05,310,990101,{h},{day} 09:00:00,{day} 10:00:00,{med_type}\n");
        settlements +=
            &format!("{settlement},{visit},P1,310,990101,{h},{day} 10:30:00,{med_type},01,{price},{price},{price},{price},0\n");
        lines += &format!(
            "1,{visit},{settlement},{h},P1,{day} 09:30:00,1,{price},{price},{price},101,{item},某注射液,D990101000001\n"
        );
    }
    desk.write(&format!("{folder}/mdtrt_d.csv"), &visits);
    desk.write(&format!("{folder}/setl_d.csv"), &settlements);
    desk.write(&format!("{folder}/fee_list_d.csv"), &lines);
    desk.write(&format!("{folder}/psn_info_b.csv"), "psn_no,gend,brdy\nP1,1,1970-05-05\n");
    let register =
        format!("fixmedins_code,fixmedins_name,fixmedins_type,hosp_lv,fix_blng_admdvs\n{HOSPITAL},示例医院,1,05,990101\n");
    desk.write(&format!("{folder}/fixmedins_b.csv"), &register);
    desk.path(folder)
}

/// The only hospital.
pub(crate) const HOSPITAL: &str = "H99010100001";

/// Two outpatient visits with a drug that is paid only for inpatients, before and after 2026-02-01, and an ordinary one.
pub(crate) const CLAIMS: [Claim; 3] = [
    Claim { number: 1, day: "2026-01-20", med_type: "13", item: INPATIENT_ONLY, price: "100.00" },
    Claim { number: 2, day: "2026-02-05", med_type: "13", item: INPATIENT_ONLY, price: "60.00" },
    Claim { number: 3, day: "2026-02-06", med_type: "11", item: "XA02BCA001A001010199999", price: "30.00" },
];

/// Text of a path.
pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}
