//! A small city, made twice, read back, and counted up.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use synth::{Config, Expect, Knowledge, Packing, Plant, Summary, Truth};

type Row = HashMap<String, String>;

/// One point for every mechanism; codes of the national shape, values made up.
const POINTS: &[(&str, &str)] = &[
    (
        "kp_drug_label",
        "rule,name,codes,gender,child_only,reviewed_by\n\
         GZ10000301004000,女用药,XG01AAA001A001010100001,2,,me\n\
         GZ10000301004000,男用药,XG04AAA001A001010100001,1,,me\n\
         GZ10000301002000,儿童药,XR05AAA001A001010100001,,1,me\n",
    ),
    (
        "kp_service_pay",
        "rule,name,codes,gender,child_only,freq_n,freq_unit,period_n,period_days,course_days,reviewed_by\n\
         GZ10000302004000,女项目,002101030300000,2,,,,,,,me\n\
         GZ10000302004000,男项目,002101030280000,1,,,,,,,me\n\
         GZ10000302003000,儿童项目,002204000030000,,1,,,,,,me\n\
         GZ10000102014000,床位,001109000010000,,,1,day,,,,me\n\
         GZ10000102014000,监护床位,001109000030000,,,1,day,,,,me\n\
         GZ10000102014000,护理,001201000040000,,,1,day,,,,me\n\
         GZ10000102014000,轻护理,001201000050000,,,1,day,,,,me\n\
         GZ10000102014000,新生儿护理,001201000070000,,,1,day,,,,me\n\
         GZ10000102014000,诊查,001102000050000,,,1,day,,,,me\n\
         GZ10000102014000,监测,003107010220000,,,24,hour,,,,me\n\
         E25-031,周期项目,002503020030000,,,,,1,15,,me\n\
         GZ10000102010000,疗程项目,003402000220000,,,,,,,30,me\n",
    ),
    (
        "kp_drug_pay",
        "rule,name,codes,insu_limit,age_max,age_unit,hosp_lv_min,visit_mode,course_group,max_course_days,reviewed_by\n\
         GZ10000101007000,限儿童药,XN05AAA001A001010100001,,11,year,,,,,me\n\
         GZ10000101001000,工伤药,XJ07AAA001A001010100001,work_injury,,,,,,,me\n\
         GZ10000101002000,生育药,XG02AAA001A001010100001,maternity,,,,,,,me\n\
         GZ10000101012000,二级药,ZC01AAA0042010105549,,,,2,,,,me\n\
         E25-013,住院药,XB05AAA001A001010100001,,,,,ip,,,me\n\
         GZ10000101010000,疗程药,XB01AAA001A001010100001,,,,,,g,14,me\n",
    ),
    (
        "kp_pair_exclusion",
        "rule,item_a,name_a,item_b,name_b,window,override,reviewed_by\n\
         GZ10000102012000,003101000010000,甲,003101000020000,乙,day,0,me\n\
         GZ10000102012000,003101000030000,丙,003101000040000,丁,hour,1,me\n\
         GZ10000102012000,003101000060000,戊,003101000070000,己,visit,1,me\n",
    ),
    (
        "kp_surgery_discount",
        "rule,name,codes,group,reviewed_by\n\
         GZ10000102002000,手术一,003310010140000,胃肠,me\n\
         GZ10000102002000,手术二,003310010160000,胃肠,me\n\
         GZ10000102002000,手术三,003310010180000,胃肠,me\n\
         GZ10000102002000,手术四,003310010190000,胃肠,me\n\
         GZ10000102002000,手术五,003310010200000,胃肠,me\n",
    ),
];

fn knowledge() -> Knowledge {
    let mut knowledge = Knowledge::default();
    for (table, text) in POINTS {
        knowledge.add_csv(table, text).unwrap();
    }
    knowledge
}

fn config(plant: Plant) -> Config {
    Config { persons: 400, months: 6, seed: 42, plant, ..Config::default() }
}

fn make(config: &Config) -> (tempfile::TempDir, Summary) {
    let dir = tempfile::tempdir().unwrap();
    let summary = synth::city(config, &knowledge(), dir.path()).unwrap();
    (dir, summary)
}

fn read(dir: &Path, name: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(dir.join(format!("{name}.csv"))).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn lines(dir: &Path) -> Vec<Row> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let of_lines = names.iter().filter_map(|name| name.strip_suffix(".csv")).filter(|name| name.starts_with("fee_list_d_"));
    of_lines.flat_map(|name| read(dir, name)).collect()
}

fn truth(dir: &Path) -> Vec<Truth> {
    synth::eval::read_truth(&std::fs::read_to_string(dir.join("truth.csv")).unwrap()).unwrap()
}

fn fen(row: &Row, column: &str) -> i64 {
    claims::Fen::parse(&row[column]).unwrap().0
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for place in [dir.to_owned(), dir.join("knowledge")] {
        for file in std::fs::read_dir(place).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
            all.insert(file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap());
        }
    }
    all
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let config = Config { persons: 300, ..config(Plant::All) };
    let ((one, summary), (other, again)) = (make(&config), make(&config));
    assert_eq!(summary, again);
    assert!(files(one.path()) == files(other.path()), "two cities of one seed differ");
    let (third, _) = make(&Config { seed: 43, ..config });
    assert!(files(one.path()) != files(third.path()), "two seeds give one city");
}

#[test]
fn every_row_refers_to_rows_that_exist() {
    let (dir, summary) = make(&config(Plant::All));
    let keys = |table: &str, column: &str| -> HashSet<String> {
        read(dir.path(), table).iter().map(|row| row[column].clone()).collect()
    };
    let (persons, places) = (keys("psn_info_b", "psn_no"), keys("fixmedins_b", "fixmedins_code"));
    let doctors = keys("dr_info_b", "dr_code");
    let visits = read(dir.path(), "mdtrt_d");
    let ids: HashSet<&str> = visits.iter().map(|row| row["mdtrt_id"].as_str()).collect();
    assert_eq!(ids.len(), visits.len(), "visit numbers repeat");
    for visit in &visits {
        assert!(
            persons.contains(&visit["psn_no"])
                && places.contains(&visit["fixmedins_code"])
                && doctors.contains(&visit["chfpdr_code"])
        );
        assert!(visit["refl_old_mdtrt_id"].is_empty() || ids.contains(visit["refl_old_mdtrt_id"].as_str()));
    }
    let settlements = keys("setl_d", "setl_id");
    let lines = lines(dir.path());
    assert_eq!(lines.len() as u64, summary.lines);
    let mut numbers = HashSet::new();
    for line in &lines {
        assert!(
            ids.contains(line["mdtrt_id"].as_str())
                && settlements.contains(&line["setl_id"])
                && doctors.contains(&line["bilg_dr_code"])
        );
        assert!(
            numbers.insert((line["mdtrt_id"].clone(), line["bkkp_sn"].clone())),
            "line numbers repeat in {}",
            line["mdtrt_id"]
        );
    }
    for line in lines.iter().filter(|line| !line["init_feedetl_sn"].is_empty()) {
        assert!(line["cnt"].starts_with('-'), "a refund of nothing in {}", line["mdtrt_id"]);
        assert!(numbers.contains(&(line["mdtrt_id"].clone(), line["init_feedetl_sn"].clone())));
    }
    for scan in read(dir.path(), "drugtracinfo") {
        assert!(numbers.contains(&(scan["mdtrt_id"].clone(), scan["bkkp_sn"].clone())));
        assert_eq!(scan["drug_trac_codg"].len(), 20);
    }
    for table in ["setl_list_diag_d", "setl_list_oprn_d", "setl_d"] {
        assert!(keys(table, "mdtrt_id").iter().all(|id| ids.contains(id.as_str())), "{table}");
    }
}

#[test]
fn money_adds_up() {
    let (dir, summary) = make(&config(Plant::All));
    // Lines of a wrong sum, planted as such, and lines whose price was not delivered.
    let wrong: HashSet<String> = truth(dir.path())
        .iter()
        .filter(|one| one.rule_code == "GZ10000201002000")
        .flat_map(|one| one.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut by_settlement: HashMap<String, (i64, i64)> = HashMap::new();
    for line in lines(dir.path()) {
        let sums = by_settlement.entry(line["setl_id"].clone()).or_default();
        sums.0 += fen(&line, "det_item_fee_sumamt");
        sums.1 += if line["inscp_amt"].is_empty() { 0 } else { fen(&line, "inscp_amt") };
        if wrong.contains(&format!("{}:{}", line["mdtrt_id"], line["bkkp_sn"])) || line["pric"].is_empty() {
            continue;
        }
        let (price, cnt) = (claims::UnitPrice::parse(&line["pric"]).unwrap(), claims::Quantity::parse(&line["cnt"]).unwrap());
        assert_eq!(price.times(cnt).0, fen(&line, "det_item_fee_sumamt"));
    }
    let mut total = 0;
    for row in read(dir.path(), "setl_d") {
        let fund = fen(&row, "fund_pay_sumamt");
        assert_eq!(by_settlement[&row["setl_id"]], (fen(&row, "medfee_sumamt"), fen(&row, "inscp_amt")));
        assert_eq!(fen(&row, "medfee_sumamt"), fund + fen(&row, "acct_pay") + fen(&row, "cash_payamt"));
        assert_eq!(claims::record::FUND_COLUMNS.iter().map(|(column, _)| fen(&row, column)).sum::<i64>(), fund);
        assert!(fund.abs() < fen(&row, "inscp_amt").abs() || fund == 0, "the fund pays more than it may");
        total += fen(&row, "medfee_sumamt");
    }
    assert_eq!(total, summary.amount_fen);
}

#[test]
fn what_is_planted_exists_and_is_worth_what_it_says() {
    // Enough people for every scheme to have its hosts, and for a pharmacy to be short by as much as the rule asks for.
    let (dir, summary) = make(&Config { persons: 1800, months: 12, ..config(Plant::All) });
    assert!(summary.not_played.is_empty(), "{:?}", summary.not_played);
    let amounts: HashMap<String, i64> = lines(dir.path())
        .iter()
        .map(|line| (format!("{}:{}", line["mdtrt_id"], line["bkkp_sn"]), fen(line, "det_item_fee_sumamt")))
        .collect();
    let truth = truth(dir.path());
    assert_eq!(truth.len() as u64, summary.planted_hits + summary.planted_hidden + summary.planted_clear);
    for one in &truth {
        let billed: i64 = one.lines().map(|line| amounts[line]).sum();
        if let Some(amount) = one.amount_fen.filter(|_| !one.line_ids.is_empty()) {
            assert!(0 < amount && amount <= billed, "{} {amount} of {billed}", one.scheme);
        }
        assert!(one.expect.is_wrong() || one.amount_fen.is_none(), "{}", one.scheme);
    }
    let hit: HashSet<&str> = truth.iter().filter(|one| one.expect.is_wrong()).map(|one| one.rule_code.as_str()).collect();
    assert!(hit.len() >= 117, "{} rules are planted: {hit:?}", hit.len());
}

#[test]
fn a_clean_city_has_nothing_to_find() {
    let (dir, summary) = make(&config(Plant::None));
    assert_eq!((summary.planted_hits, summary.planted_hidden), (0, 0));
    assert!(truth(dir.path()).iter().all(|one| one.expect == Expect::Clear));
    let (some, _) = make(&config(Plant::Only(vec!["M005".to_owned()])));
    let rules: HashSet<String> =
        truth(some.path()).into_iter().filter(|one| one.expect.is_wrong()).map(|one| one.rule_code).collect();
    assert_eq!(rules, HashSet::from(["M005".to_owned()]));
}

#[test]
fn packed_files_hold_the_same() {
    let small = Config { persons: 300, months: 2, ..config(Plant::None) };
    let (plain, _) = make(&small);
    let (packed, _) = make(&Config { packing: Packing::Gzip, ..small.clone() });
    let (zstd, _) = make(&Config { packing: Packing::Zstd, ..small });
    let expected = std::fs::read(plain.path().join("mdtrt_d.csv")).unwrap();
    let mut unpacked = Vec::new();
    let file = std::fs::File::open(packed.path().join("mdtrt_d.csv.gz")).unwrap();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut unpacked).unwrap();
    assert!(unpacked == expected);
    let file = std::fs::File::open(zstd.path().join("mdtrt_d.csv.zst")).unwrap();
    assert!(zstd::decode_all(file).unwrap() == expected);
}

#[test]
fn impossible_cities_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let few = synth::city(&Config { persons: 10, ..Config::default() }, &knowledge(), dir.path()).unwrap_err();
    assert_eq!(few.to_string(), "合成城市至少需要 300 人，现为 10 人");
    assert!(synth::city(&Config { months: 0, ..Config::default() }, &knowledge(), dir.path()).is_err());
}
