//! Given（用例的数据）: a case's rows with ordinary, lawful defaults for whatever it does not state.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use claims::chart::Folder;
use claims::lines::LineBatch;
use claims::money::mul_div;
use claims::record::{
    Diagnosis, FUND_COLUMNS, Institution, Line, Operation, Order, Person, Settlement, StockMovement, TraceScan, Visit,
};
use claims::{Day, Fen, Moment, Quantity, Text, UnitPrice, placeholder};
use rulebook::case::Case;

/// Rows by national table, completed.
pub(super) struct Given {
    pub(super) tables: BTreeMap<String, Vec<Row>>,
    /// First day that the case's data cover.
    pub(super) history_from: Option<Day>,
}

/// A completed row. An empty cell is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(pub(super) BTreeMap<String, String>);

const INSTITUTION: &str = "H99010100001";

impl Row {
    fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    fn set_default(&mut self, column: &str, value: impl Into<String>) {
        if !self.has(column) {
            self.0.insert(column.to_owned(), value.into());
        }
    }

    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    fn text(&self, column: &str) -> Option<Text> {
        self.get(column).map(Text::from)
    }

    fn need(&self, column: &str) -> Result<Text, String> {
        self.text(column).ok_or_else(|| format!("用例的行缺少 {column}"))
    }

    fn flag(&self, column: &str) -> Option<bool> {
        match self.get(column) {
            Some("1" | "true") => Some(true),
            Some("0" | "false") => Some(false),
            _ => None,
        }
    }

    fn valid(&self) -> bool {
        self.flag("vali_flag") != Some(false)
    }

    fn moment(&self, column: &str) -> Result<Option<Moment>, String> {
        self.get(column).map(|v| Moment::parse(v).ok_or_else(|| format!("{column}“{v}”不是时间"))).transpose()
    }

    fn day(&self, column: &str) -> Result<Option<Day>, String> {
        Ok(self.moment(column)?.map(Moment::day).filter(|day| placeholder::date(Some(*day)).is_some()))
    }

    fn fen(&self, column: &str) -> Result<Option<Fen>, String> {
        self.get(column).map(|v| Fen::parse(v).map_err(|e| format!("{column}“{v}”：{e}"))).transpose()
    }

    fn number(&self, column: &str) -> Option<i32> {
        self.get(column).and_then(|v| v.parse().ok())
    }
}

impl Given {
    pub(super) fn read(case: &Case) -> Result<Self, String> {
        let mut tables: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for (table, rows) in &case.given {
            let Some(known) = claims::table::table(table) else { return Err(format!("没有名为 {table} 的国家表")) };
            let mut read = Vec::new();
            for row in rows {
                if let Some(unknown) = row.keys().find(|column| known.column(column).is_none()) {
                    return Err(format!("表 {table} 没有列 {unknown}"));
                }
                read.push(Row(row.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect()));
            }
            tables.insert(known.name.to_owned(), read);
        }
        let parsed = |text: &String| Day::parse(text).ok_or_else(|| format!("data_from“{text}”不是日期，写成 2026-03-02"));
        let mut given = Self { tables, history_from: case.data_from.as_ref().map(parsed).transpose()? };
        given.complete_visits();
        given.complete_lines()?;
        given.complete_settlements()?;
        given.complete_children();
        given.complete_registers();
        Ok(given)
    }

    pub(super) fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    fn complete_visits(&mut self) {
        let visits = self.tables.entry("mdtrt_d".to_owned()).or_default();
        if visits.is_empty() {
            visits.push(Row::default());
        }
        for (number, visit) in visits.iter_mut().enumerate() {
            visit.set_default("mdtrt_id", format!("M{}", number + 1));
            visit.set_default("psn_no", "P1");
            visit.set_default("fixmedins_code", INSTITUTION);
            visit.set_default("med_type", "11");
            visit.set_default("begntime", "2026-03-10 08:00:00");
            visit.set_default("insutype", "310");
            let stay = visit.get("med_type").is_some_and(|m| m.starts_with('2') || m.starts_with("52"));
            let begin = visit.get("begntime").and_then(Moment::parse);
            if let Some(begin) = begin {
                let end = if stay { Moment::at(begin.day().plus(5), 10, 0, 0) } else { Some(begin.plus_seconds(7_200)) };
                visit.set_default("endtime", end.map_or(String::new(), |e| e.to_string()));
            }
        }
    }

    fn complete_lines(&mut self) -> Result<(), String> {
        let visits = self.tables["mdtrt_d"].clone();
        let lines = self.tables.entry("fee_list_d".to_owned()).or_default();
        for (number, line) in lines.iter_mut().enumerate() {
            line.set_default("bkkp_sn", format!("L{}", number + 1));
            line.set_default("mdtrt_id", visits[0].get("mdtrt_id").unwrap_or("M1"));
            let id = line.get("mdtrt_id").unwrap_or_default().to_owned();
            let Some(visit) = visits.iter().find(|v| v.get("mdtrt_id") == Some(&id)) else {
                return Err(format!("明细 {} 的就诊 {id} 不在用例中", line.get("bkkp_sn").unwrap_or("-")));
            };
            for column in ["fixmedins_code", "psn_no", "med_type"] {
                line.set_default(column, visit.get(column).unwrap_or_default());
            }
            line.set_default("cnt", "1");
            let amount = |line: &Row, price: UnitPrice| {
                line.get("cnt").and_then(|c| Quantity::parse(c).ok()).map(|cnt| price.times(cnt)).unwrap_or_default()
            };
            if line.has("det_item_fee_sumamt") {
                line.set_default("pric", "");
            } else {
                line.set_default("pric", "10.00");
                let price = line.get("pric").and_then(|p| UnitPrice::parse(p).ok()).unwrap_or_default();
                let sum = amount(line, price).to_string();
                line.set_default("det_item_fee_sumamt", sum);
            }
            let sum = line.get("det_item_fee_sumamt").unwrap_or("0").to_owned();
            line.set_default("inscp_amt", sum);
            let begin = visit.get("begntime").and_then(Moment::parse).map_or("2026-03-10".to_owned(), |m| m.day().to_string());
            line.set_default("fee_ocur_time", format!("{begin} 09:00:00"));
            line.set_default("med_list_codg", "009900000000000");
            let name = line.get("med_list_codg").unwrap_or_default().to_owned();
            line.set_default("hilist_name", name);
        }
        Ok(())
    }

    fn complete_settlements(&mut self) -> Result<(), String> {
        let visits = self.tables["mdtrt_d"].clone();
        let settlements = self.tables.entry("setl_d".to_owned()).or_default();
        for settlement in settlements.iter_mut() {
            settlement.set_default("mdtrt_id", visits[0].get("mdtrt_id").unwrap_or("M1"));
        }
        for visit in &visits {
            let id = visit.get("mdtrt_id").unwrap_or_default();
            if !settlements.iter().any(|s| s.get("mdtrt_id") == Some(id)) {
                let mut made = Row::default();
                made.set_default("mdtrt_id", id);
                settlements.push(made);
            }
        }
        // A number that the case gives to another settlement is none for this one.
        let mut taken: BTreeSet<String> = settlements.iter().filter_map(|s| s.get("setl_id")).map(str::to_owned).collect();
        let count = settlements.len();
        for (number, settlement) in settlements.iter_mut().enumerate() {
            if !settlement.has("setl_id") {
                let free = (0..=count).map(|round| format!("S{}", number + 1 + round * count)).find(|id| !taken.contains(id));
                let id = free.unwrap_or_default();
                taken.insert(id.clone());
                settlement.set_default("setl_id", id);
            }
            let visit = visits.iter().find(|v| v.get("mdtrt_id") == settlement.get("mdtrt_id"));
            for column in ["psn_no", "fixmedins_code", "insutype", "med_type"] {
                settlement.set_default(column, visit.and_then(|v| v.get(column)).unwrap_or_default());
            }
            settlement.set_default("clr_way", "01");
            settlement.set_default("refd_setl_flag", "0");
        }
        let owners: Vec<(String, String)> = settlements
            .iter()
            .map(|s| (s.get("mdtrt_id").unwrap_or_default().to_owned(), s.get("setl_id").unwrap_or_default().to_owned()))
            .collect();
        let lines = self.tables.get_mut("fee_list_d").map_or(&mut [][..], Vec::as_mut_slice);
        let mut scope: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for line in lines {
            let visit = line.get("mdtrt_id").unwrap_or_default().to_owned();
            let owner = owners.iter().find(|(m, _)| *m == visit).map_or(String::new(), |(_, s)| s.clone());
            line.set_default("setl_id", owner);
            let sums = scope.entry(line.get("setl_id").unwrap_or_default().to_owned()).or_default();
            sums.0 += line.fen("inscp_amt")?.unwrap_or_default().0;
            sums.1 += line.fen("det_item_fee_sumamt")?.unwrap_or_default().0;
        }
        for settlement in self.tables.get_mut("setl_d").into_iter().flatten() {
            let (in_scope, total) = scope.get(settlement.get("setl_id").unwrap_or_default()).copied().unwrap_or_default();
            let fund = Fen(mul_div(in_scope, 8, 10).unwrap_or(0)).to_string();
            settlement.set_default("medfee_sumamt", Fen(total).to_string());
            settlement.set_default("fund_pay_sumamt", fund);
            let paid = settlement.get("fund_pay_sumamt").unwrap_or_default().to_owned();
            if !FUND_COLUMNS.iter().any(|(name, _)| settlement.has(name)) {
                settlement.set_default("hifp_pay", paid);
            }
        }
        Ok(())
    }

    /// Diagnoses, operations, orders belong to the first visit unless they say otherwise.
    fn complete_children(&mut self) {
        let first = self.tables["mdtrt_d"][0].clone();
        for table in ["setl_list_diag_d", "setl_list_oprn_d", "drord_d"] {
            for row in self.tables.get_mut(table).into_iter().flatten() {
                row.set_default("mdtrt_id", first.get("mdtrt_id").unwrap_or("M1"));
                row.set_default("psn_no", first.get("psn_no").unwrap_or("P1"));
            }
        }
    }

    fn complete_registers(&mut self) {
        let people: HashSet<String> = self.rows("mdtrt_d").iter().filter_map(|v| v.get("psn_no").map(str::to_owned)).collect();
        let persons = self.tables.entry("psn_info_b".to_owned()).or_default();
        for person in persons.iter_mut() {
            person.set_default("psn_no", "P1");
        }
        for psn_no in people {
            if !persons.iter().any(|p| p.get("psn_no") == Some(&psn_no)) {
                let mut row = Row::default();
                row.set_default("psn_no", psn_no);
                persons.push(row);
            }
        }
        for person in persons.iter_mut() {
            person.set_default("gend", "1");
            person.set_default("brdy", "1980-05-05");
        }
        persons.sort_by(|a, b| a.get("psn_no").cmp(&b.get("psn_no")));
        let codes: HashSet<String> =
            self.rows("mdtrt_d").iter().filter_map(|v| v.get("fixmedins_code").map(str::to_owned)).collect();
        let institutions = self.tables.entry("fixmedins_b".to_owned()).or_default();
        for institution in institutions.iter_mut() {
            institution.set_default("fixmedins_code", INSTITUTION);
        }
        for code in codes {
            if !institutions.iter().any(|i| i.get("fixmedins_code") == Some(&code)) {
                let mut row = Row::default();
                row.set_default("fixmedins_code", code);
                institutions.push(row);
            }
        }
        for institution in institutions.iter_mut() {
            let code = institution.get("fixmedins_code").unwrap_or_default().to_owned();
            institution.set_default("hosp_lv", if code.starts_with('H') { "02" } else { "" });
            institution.set_default("fixmedins_type", if code.starts_with('H') { "1" } else { "2" });
            institution.set_default("fix_blng_admdvs", "990101");
        }
        institutions
            .sort_by(|a, b| (a.get("fixmedins_code"), a.get("begntime")).cmp(&(b.get("fixmedins_code"), b.get("begntime"))));
    }

    pub(super) fn persons(&self) -> Vec<Person> {
        let deaths = self.rows("death_register");
        let died = |psn_no: &str| {
            deaths.iter().filter(|d| d.get("psn_no") == Some(psn_no)).filter_map(|d| d.day("die_date").ok().flatten()).max()
        };
        self.rows("psn_info_b")
            .iter()
            .map(|row| {
                let psn_no = row.get("psn_no").unwrap_or_default().to_owned();
                Person {
                    gend: row.text("gend"),
                    brdy: row.day("brdy").ok().flatten(),
                    dead: row.get("surv_stas").map(|s| s != "1" && s != "正常"),
                    die_date: row.day("die_date").ok().flatten().max(died(&psn_no)),
                    cert_hash: row.text("certno"),
                    psn_no,
                }
            })
            .collect()
    }

    pub(super) fn folders(&self) -> Result<Vec<Folder>, String> {
        let persons = self.persons();
        let mut folders: BTreeMap<(Text, Text), Folder> = BTreeMap::new();
        for row in self.rows("mdtrt_d") {
            let visit = visit(row)?;
            let key = (Text::clone(&visit.fixmedins_code), Text::clone(&visit.psn_no));
            let folder = folders.entry(key).or_default();
            if folder.visits.is_empty() {
                folder.fixmedins_code = Text::clone(&visit.fixmedins_code);
                folder.person = Arc::new(persons.iter().find(|p| *p.psn_no == *visit.psn_no).cloned().unwrap_or_default());
                folder.institution = self.institutions(&visit.fixmedins_code)?.into();
            }
            folder.visits.push(visit);
        }
        for folder in folders.values_mut() {
            let ids: HashSet<Text> = folder.visits.iter().map(|v| Text::clone(&v.mdtrt_id)).collect();
            let own = |row: &&Row| row.get("mdtrt_id").is_some_and(|id| ids.contains(id));
            folder.settlements = self.rows("setl_d").iter().filter(own).map(settlement).collect::<Result<_, _>>()?;
            let lines: Vec<Line> = self.rows("fee_list_d").iter().filter(own).map(line).collect::<Result<_, _>>()?;
            folder.lines = LineBatch::of(lines);
            folder.diagnoses = self.rows("setl_list_diag_d").iter().filter(own).map(diagnosis).collect::<Result<_, _>>()?;
            folder.operations = self.rows("setl_list_oprn_d").iter().filter(own).map(operation).collect::<Result<_, _>>()?;
            folder.orders = self.rows("drord_d").iter().filter(own).map(order).collect::<Result<_, _>>()?;
        }
        Ok(folders.into_values().collect())
    }

    fn institutions(&self, code: &str) -> Result<Vec<Institution>, String> {
        let rows = self.rows("fixmedins_b").iter().filter(|row| row.get("fixmedins_code") == Some(code));
        rows.map(|row| {
            Ok(Institution {
                fixmedins_code: row.need("fixmedins_code")?,
                fixmedins_name: row.text("fixmedins_name"),
                fixmedins_type: row.text("fixmedins_type"),
                hosp_lv: row.text("hosp_lv"),
                fix_blng_admdvs: row.text("fix_blng_admdvs"),
                begntime: row.day("begntime")?,
                endtime: row.day("endtime")?,
            })
        })
        .collect()
    }

    pub(super) fn movements(&self) -> Result<Vec<StockMovement>, String> {
        let mut all = Vec::new();
        for row in self.rows("inv_d") {
            let quantity = row.get("cnt").unwrap_or("0");
            all.push(StockMovement {
                fixmedins_code: row.text("fixmedins_code").unwrap_or_else(|| Text::from(INSTITUTION)),
                med_list_codg: row.need("med_list_codg")?,
                inv_chg_type: row.need("inv_chg_type")?,
                inv_chg_time: row.moment("inv_chg_time")?.ok_or("库存变更缺少 inv_chg_time")?,
                cnt: Quantity::parse(quantity).map_err(|e| format!("cnt“{quantity}”：{e}"))?,
                unt: row.text("unt"),
            });
        }
        all.sort_by_key(|m| m.inv_chg_time);
        Ok(all)
    }

    pub(super) fn scans(&self) -> Result<Vec<TraceScan>, String> {
        self.rows("drugtracinfo").iter().filter(|row| row.valid()).map(scan).collect()
    }
}

fn scan(row: &Row) -> Result<TraceScan, String> {
    let quantity = |text: &str| Quantity::parse(text).map_err(|e| format!("sel_retn_cnt“{text}”：{e}"));
    Ok(TraceScan {
        fixmedins_code: row.need("fixmedins_code")?,
        mdtrt_id: row.need("mdtrt_id")?,
        setl_id: row.text("setl_id"),
        bkkp_sn: row.text("bkkp_sn"),
        psn_no: row.text("psn_no"),
        med_list_codg: row.text("med_list_codg"),
        drug_trac_codg: row.need("drug_trac_codg")?,
        trdn_flag: row.flag("trdn_flag"),
        sel_retn_cnt: row.get("sel_retn_cnt").map(quantity).transpose()?,
        sel_retn_time: row.moment("sel_retn_time")?,
    })
}

fn visit(row: &Row) -> Result<Visit, String> {
    Ok(Visit {
        mdtrt_id: row.need("mdtrt_id")?,
        psn_no: row.need("psn_no")?,
        fixmedins_code: row.need("fixmedins_code")?,
        med_type: row.text("med_type"),
        begntime: row.moment("begntime")?.ok_or("就诊缺少 begntime")?,
        endtime: row.moment("endtime")?,
        insutype: row.text("insutype"),
        insu_admdvs: row.text("insu_admdvs"),
        gend: row.text("gend"),
        brdy: row.day("brdy")?,
        hosp_lv: row.text("hosp_lv"),
        chfpdr_code: row.text("chfpdr_code"),
        nwb_flag: row.flag("nwb_flag"),
        refl_old_mdtrt_id: row.text("refl_old_mdtrt_id"),
        traf_dept_flag: row.flag("traf_dept_flag"),
        adm_dept_codg: row.text("adm_dept_codg"),
        dscg_way: row.text("dscg_way"),
        dscg_maindiag_code: row.get("dscg_maindiag_code").map(|c| Text::from(c.to_ascii_uppercase())),
        die_date: row.day("die_date")?,
        ipt_days: row.number("ipt_days"),
        matn_type: row.text("matn_type"),
        fetus_cnt: row.number("fetus_cnt"),
        dise_no: row.text("dise_no"),
        vali_flag: row.valid(),
    })
}

fn settlement(row: &Row) -> Result<Settlement, String> {
    let mut funds = Vec::new();
    for (name, _) in FUND_COLUMNS {
        if let Some(paid) = row.fen(name)? {
            funds.push((name, paid));
        }
    }
    Ok(Settlement {
        setl_id: row.need("setl_id")?,
        mdtrt_id: row.need("mdtrt_id")?,
        init_setl_id: row.text("init_setl_id"),
        refd_setl_flag: row.flag("refd_setl_flag"),
        mid_setl_flag: row.flag("mid_setl_flag"),
        insutype: row.text("insutype"),
        med_type: row.text("med_type"),
        insu_admdvs: row.text("insu_admdvs"),
        clr_way: row.text("clr_way"),
        setl_time: row.moment("setl_time")?,
        medfee_sumamt: row.fen("medfee_sumamt")?,
        fund_pay_sumamt: row.fen("fund_pay_sumamt")?,
        funds,
        acct_mulaid_pay: row.fen("acct_mulaid_pay")?,
        vali_flag: row.valid(),
    })
}

fn line(row: &Row) -> Result<Line, String> {
    let quantity = row.get("cnt").unwrap_or("1");
    Ok(Line {
        bkkp_sn: row.need("bkkp_sn")?,
        mdtrt_id: row.need("mdtrt_id")?,
        setl_id: row.text("setl_id"),
        rx_drord_no: row.text("rx_drord_no"),
        fee_ocur_time: row.moment("fee_ocur_time")?.ok_or("明细缺少 fee_ocur_time")?,
        med_list_codg: row.text("med_list_codg"),
        name: row.text("hilist_name").or_else(|| row.text("medins_list_name")),
        list_type: row.text("list_type"),
        med_chrgitm_type: row.text("med_chrgitm_type"),
        cnt: Quantity::parse(quantity).map_err(|e| format!("cnt“{quantity}”：{e}"))?,
        pric: row.get("pric").and_then(|p| UnitPrice::parse(p).ok()),
        det_item_fee_sumamt: row.fen("det_item_fee_sumamt")?.unwrap_or_default(),
        inscp_amt: row.fen("inscp_amt")?,
        init_feedetl_sn: row.text("init_feedetl_sn"),
        vali_flag: row.valid(),
        bilg_dr_code: row.text("bilg_dr_code"),
        bilg_dept_codg: row.text("bilg_dept_codg"),
        matn_fee_flag: row.flag("matn_fee_flag"),
        rx_circ_flag: row.flag("rx_circ_flag"),
        dscg_tkdrug_flag: row.flag("dscg_tkdrug_flag"),
    })
}

fn diagnosis(row: &Row) -> Result<Diagnosis, String> {
    Ok(Diagnosis {
        mdtrt_id: row.need("mdtrt_id")?,
        diag_code: Text::from(row.need("diag_code")?.to_ascii_uppercase()),
        diag_name: row.text("diag_name"),
        maindiag_flag: row.flag("maindiag_flag").unwrap_or(false),
        diag_type: row.text("diag_type"),
    })
}

fn operation(row: &Row) -> Result<Operation, String> {
    Ok(Operation {
        mdtrt_id: row.need("mdtrt_id")?,
        oprn_oprt_code: row.need("oprn_oprt_code")?,
        oprn_oprt_date: row.day("oprn_oprt_date")?,
        oprn_oprt_begntime: row.moment("oprn_oprt_begntime")?,
        oprn_oprt_endtime: row.moment("oprn_oprt_endtime")?,
    })
}

fn order(row: &Row) -> Result<Order, String> {
    Ok(Order {
        mdtrt_id: row.need("mdtrt_id")?,
        drord_no: row.need("drord_no")?,
        med_list_codg: row.text("med_list_codg"),
        drord_begntime: row.moment("drord_begntime")?,
        drord_endtime: row.moment("drord_endtime")?,
    })
}
