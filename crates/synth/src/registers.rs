//! Registers and regional knowledge that grow while the city is made: one file a table in `knowledge/`, all of the region
//! `synthetic`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claims::Day;

use crate::local::{POINTS, Point};
use crate::place::{Institution, Kind};
use crate::region::{REGION, long_ago};
use crate::scheme::till_price::REPORTS;
use crate::sheet::Sheet;
use crate::world::World;
use crate::{Packing, SynthError};

/// Table, the column that a row is matched by, its further columns.
type Shape = (&'static str, &'static str, &'static [&'static str]);

const SHAPES: [Shape; 47] = [
    ("kp_indication", "codes", &["kind", "tree"]),
    ("kp_service_contra", "codes", &["contraind", "contraind_name"]),
    ("kp_gene_test", "codes", &["tree", "once"]),
    (
        "kp_drug_label",
        "codes",
        &[
            "contraind",
            "contraind_name",
            "child_ban_age",
            "child_ban_unit",
            "elderly",
            "elderly_age",
            "pregnancy",
            "maternal",
            "max_day_qty",
            "ingredient",
        ],
    ),
    ("kp_drug_class_group", "codes", &["group", "others", "same_day"]),
    ("kp_drug_interaction", "codes", &["partner", "partner_name", "severity"]),
    ("kp_herb_pay", "herb_code", &["mode"]),
    ("kp_herb_dose", "herb_code", &["max_day_g"]),
    ("kp_herb_incompat", "codes", &["against", "against_name", "origin"]),
    ("kp_drug_pay", "codes", &["line_limit", "alt_codes", "newborn_only"]),
    (
        "kp_service_pay",
        "codes",
        &["insu_limit", "newborn_only", "age_max", "age_unit", "visit_mode", "hosp_lv_min", "license_needed"],
    ),
    ("kp_service_cap", "codes", &["cap_amt", "cap_base", "cap_window"]),
    ("kp_bundle", "codes", &["parent", "parent_price"]),
    ("kp_service_dept", "codes", &["dept_set"]),
    ("kp_item_licence", "codes", &["licence", "or_licence"]),
    ("purchase_price", "codes", &["price", "kind"]),
    ("kp_disease_list", "codes", &["dise_no"]),
    ("kp_resale", "codes", &["ingredient", "days_per_unit"]),
    ("kp_rx_only", "codes", &["double_class", "valid_days"]),
    ("kp_abx", "codes", &["tier"]),
    ("kp_abx_special", "codes", &["ingredient", "cultures"]),
    ("kp_op_incision", "op_code", &["class", "allowed_set", "max_hours", "excuses"]),
    (
        "kp_consumable_pay",
        "codes",
        &["gend", "dx_tree", "newborn_only", "age_max", "age_unit", "cap_amt", "cap_scope", "dept_set", "qty_limit", "qty_scope"],
    ),
    ("kp_service_consumable_excl", "item_a", &["item_b", "window", "override"]),
    ("kp_requires", "codes", &["required", "required_name", "window", "direction"]),
    ("kp_internet_ban", "codes", &["reason"]),
    ("kp_followup", "code", &["kind", "drug_set", "days"]),
    ("price_reports", "codes", &["fixmedins_code", "cash_price", "platform_price", "member_only"]),
    ("invoice_register", "invono", &["status", "amount", "claimed", "fixmedins_code", "source"]),
    ("vbp_agreement", "codes", &["fixmedins_code", "agreed", "period_begin", "period_end", "alternatives"]),
    ("consent_record", "psn_no", &["mdtrt_id", "items", "signed_on"]),
    ("kp_sibling", "codes", &["set_name", "role"]),
    ("doctor_right", "dr_code", &["tier"]),
    ("doctor_status", "dr_code", &["state", "begin_day", "end_day"]),
    ("provider_licence", "fixmedins_code", &["licences"]),
    ("provider_status", "fixmedins_code", &["state", "begin_day", "decided_on"]),
    ("institution_license", "fixmedins_code", &["licensed_items"]),
    ("provider_geo", "fixmedins_code", &["lat", "lon"]),
    ("provider_beds", "fixmedins_code", &["beds_open"]),
    ("dept_map", "fixmedins_code", &["local_dept", "standard_dept"]),
    ("entitlement", "psn_no", &["dise_no"]),
    ("person_status", "psn_no", &["status", "begin_day", "end_day"]),
    ("doc_similarity", "pair", &["a_mdtrt", "b_mdtrt", "kind", "score", "baseline", "features"]),
    ("kp_item_minutes", "codes", &["use", "class", "minutes", "minutes_more", "attended"]),
    ("provider_device", "fixmedins_code", &["class", "devices"]),
    ("therapist_capacity", "fixmedins_code", &["therapists", "group_size"]),
    (
        "drg_result",
        "mdtrt_id",
        &[
            "drg_code",
            "weight",
            "alt_drg_code",
            "alt_weight",
            "resources",
            "standard",
            "alt_standard",
            "grouper",
            "low_ratio",
            "high_ratio",
        ],
    ),
];

/// The further columns of a table.
#[cfg(test)]
pub(crate) fn columns_of(table: &str) -> &'static [&'static str] {
    SHAPES.iter().find(|(name, ..)| *name == table).map_or(&[], |(_, _, columns)| columns)
}

/// Entry（登记）: one row of a register.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) table: &'static str,
    pub(crate) key: String,
    pub(crate) columns: Vec<(&'static str, String)>,
    /// In force between these days; none is from long ago, and open.
    pub(crate) force: (Option<Day>, Option<Day>),
}

impl Entry {
    pub(crate) fn new(table: &'static str, key: &str, columns: Vec<(&'static str, String)>) -> Self {
        Self { table, key: key.to_owned(), columns, force: (None, None) }
    }

    /// In force only between two days.
    pub(crate) fn between(mut self, from: Day, to: Day) -> Self {
        self.force = (Some(from), Some(to));
        self
    }
}

/// Registers（登记表） while they are written.
pub(crate) struct Registers {
    dir: PathBuf,
    sheets: BTreeMap<&'static str, Sheet>,
    /// Visits whose papers have been compared so far, by the group that they belong to.
    compared: BTreeMap<String, Vec<String>>,
}

impl Registers {
    /// With what is true of the city before anybody lives in it.
    pub(crate) fn create(out: &Path, world: &World) -> Result<Self, SynthError> {
        let dir = out.join("knowledge");
        std::fs::create_dir_all(&dir).map_err(|source| SynthError::Write { path: dir.clone(), source })?;
        let mut registers = Self { dir, sheets: BTreeMap::new(), compared: BTreeMap::new() };
        for point in POINTS.iter().filter(|point| point.table != "kp_herb_pay") {
            registers.point(world, point)?;
        }
        for (number, place) in world.places.institutions.iter().enumerate() {
            registers.place(world, number, place)?;
        }
        Ok(registers)
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, entry: &Entry) -> Result<(), SynthError> {
        if entry.table == "doc_similarity" { self.pairs(entry) } else { self.row(entry, "", &entry.key) }
    }

    /// A visit of a group whose papers are alike: one row for it and each of the group that came before.
    fn pairs(&mut self, entry: &Entry) -> Result<(), SynthError> {
        let id = entry.columns.iter().find(|(name, _)| *name == "b_mdtrt").map_or_else(String::new, |(_, id)| id.clone());
        let group = self.compared.entry(entry.key.clone()).or_default();
        let earlier = group.clone();
        group.push(id.clone());
        for other in earlier {
            let mut columns = entry.columns.clone();
            columns.push(("a_mdtrt", other.clone()));
            let key = format!("{other}-{id}");
            self.row(&Entry { table: entry.table, key: key.clone(), columns, force: entry.force }, "M030", &key)?;
        }
        Ok(())
    }

    fn point(&mut self, world: &World, point: &Point) -> Result<(), SynthError> {
        let code = |name: &str| {
            let item = world.catalogue.named(name);
            item.map_or_else(|| name.to_owned(), |item| world.catalogue.items[item].code.clone())
        };
        let keys: Vec<String> = point.about.iter().map(|name| code(name)).collect();
        let value = |value: &str| value.strip_prefix('@').map_or_else(|| value.to_owned(), code);
        let columns = point.columns.iter().map(|(column, text)| (*column, value(text))).collect();
        self.row(&Entry::new(point.table, &keys.join(";"), columns), point.rule, point.about[0])
    }

    fn row(&mut self, entry: &Entry, rule: &str, name: &str) -> Result<(), SynthError> {
        let Some((table, key, columns)) = SHAPES.iter().find(|(table, ..)| *table == entry.table) else { return Ok(()) };
        let sheet = match self.sheets.entry(table) {
            std::collections::btree_map::Entry::Occupied(sheet) => sheet.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let header = format!("rule,name,{key},{},valid_from,valid_to,region", columns.join(","));
                place.insert(Sheet::create(&self.dir, table, Packing::None, &header)?)
            }
        };
        let mut row = sheet.row();
        row.text(rule).text(name).text(&entry.key);
        for column in *columns {
            row.text(entry.columns.iter().find(|(name, _)| name == column).map_or("", |(_, value)| value));
        }
        row.day(entry.force.0.unwrap_or_else(long_ago)).day_or_blank(entry.force.1).text(REGION).end();
        sheet.flush_if_full()
    }

    /// What is registered of an institution and its doctors.
    fn place(&mut self, world: &World, number: usize, place: &Institution) -> Result<(), SynthError> {
        let text = |value: &str| value.to_owned();
        // Counties lie two hundred kilometres apart.
        let (county, near) = (number_of(&place.region), i32::try_from(number % 20).unwrap_or(0));
        let geo = vec![("lat", format!("{}.{:02}", 24 + county % 20, near)), ("lon", format!("{}.00", 100 + 2 * county))];
        self.add(&Entry::new("provider_geo", &place.code, geo))?;
        if place.kind == Kind::Pharmacy {
            return self.prices(world, place);
        }
        self.capacity(place)?;
        let large = place.kind == Kind::Tertiary;
        let licences = if large { "内科;外科;急诊重症;介入放射;高压氧" } else { "内科;外科;中医科" };
        self.add(&Entry::new("provider_licence", &place.code, vec![("licences", text(licences))]))?;
        if large {
            let code = world.catalogue.named("三维适形放射治疗").map(|item| world.catalogue.items[item].code.clone());
            self.add(&Entry::new("institution_license", &place.code, vec![("licensed_items", code.unwrap_or_default())]))?;
        }
        if place.kind == Kind::Suspended {
            let columns = vec![
                ("state", text("suspended")),
                ("begin_day", world.changed_on.to_string()),
                ("decided_on", world.changed_on.plus(-14).to_string()),
            ];
            self.add(&Entry::new("provider_status", &place.code, columns).between(world.changed_on, world.last.plus(365)))?;
        }
        for dept in ["03", "04", "05", "07", "10", "11", "20", "30"] {
            let columns = vec![("local_dept", format!("A{dept}")), ("standard_dept", text(dept))];
            self.add(&Entry::new("dept_map", &place.code, columns))?;
        }
        let doctors = &world.places.doctors;
        for doctor in &doctors[place.doctors.0..place.doctors.0 + place.doctors.1] {
            self.add(&Entry::new("doctor_right", doctor, vec![("tier", text("3"))]))?;
        }
        for (turn, doctor) in doctors[place.reserved.0..place.reserved.0 + place.reserved.1].iter().enumerate() {
            let tier = if turn == 0 { "1" } else { "3" };
            self.add(&Entry::new("doctor_right", doctor, vec![("tier", text(tier))]))?;
        }
        Ok(())
    }

    /// What inspectors noted at a pharmacy's till.
    fn prices(&mut self, world: &World, place: &Institution) -> Result<(), SynthError> {
        for (drug, cash, members) in REPORTS {
            let Some(item) = world.catalogue.named(drug) else { continue };
            let columns = vec![
                ("fixmedins_code", place.code.clone()),
                ("cash_price", format!("{}.{:02}", cash / 100, cash % 100)),
                ("member_only", i32::from(members).to_string()),
            ];
            self.add(&Entry::new("price_reports", &world.catalogue.items[item].code, columns))?;
        }
        Ok(())
    }

    /// Large devices and therapists of a hospital; who registers none has no entry.
    fn capacity(&mut self, place: &Institution) -> Result<(), SynthError> {
        let devices = match place.kind {
            Kind::Tertiary => 1,
            Kind::Secondary => 2,
            _ => 0,
        };
        for class in ["睡眠监测仪", "视频脑电图仪"].iter().filter(|_| devices > 0) {
            let columns = vec![("class", (*class).to_owned()), ("devices", devices.to_string())];
            self.add(&Entry::new("provider_device", &place.code, columns))?;
        }
        let (therapists, at_once) = match place.kind {
            Kind::Tertiary => ("4", ""),
            Kind::Secondary => ("2", ""),
            Kind::Tcm => ("1", "3"),
            Kind::Community | Kind::Township => ("1", ""),
            _ => return Ok(()),
        };
        let columns = vec![("therapists", therapists.to_owned()), ("group_size", at_once.to_owned())];
        self.add(&Entry::new("therapist_capacity", &place.code, columns))
    }

    /// Ends all files; their names and rows.
    pub(crate) fn finish(self) -> Result<Vec<(String, u64)>, SynthError> {
        let ended = self.sheets.into_values().map(Sheet::finish);
        ended.map(|one| one.map(|(name, rows)| (format!("knowledge/{name}"), rows))).collect()
    }
}

/// The county's number, from the last two signs of its code.
fn number_of(region: &str) -> i32 {
    region.get(4..).and_then(|last| last.parse().ok()).unwrap_or(0)
}
