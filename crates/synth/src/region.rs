//! The city's own knowledge and its registers: price list, herb list, diagnoses by sex, pack factors; institutions and doctors.
//!
//! Everything here is of the region `synthetic`, which no other region reads.

use std::path::Path;

use claims::Day;

use crate::catalogue::{TIERED, price_text};
use crate::everyday::{CHEMO, MEN, TWINS, WOMEN};
use crate::knowledge::Knowledge;
use crate::local::POINTS;
use crate::scheme::stock::Stock;
use crate::scheme::{IN_CAPSULES, PRICED};
use crate::sheet::Sheet;
use crate::world::World;
use crate::{Packing, SynthError};

pub(crate) const REGION: &str = "synthetic";

pub(crate) fn long_ago() -> Day {
    Day::ymd(2020, 1, 1).unwrap_or(Day(0))
}

/// Writes the regional tables into `knowledge/`.
pub(crate) fn write(dir: &Path, world: &World, knowledge: &Knowledge, stock: &Stock) -> Result<Vec<(String, u64)>, SynthError> {
    let dir = dir.join("knowledge");
    std::fs::create_dir_all(&dir).map_err(|source| SynthError::Write { path: dir.clone(), source })?;
    let mut files = vec![prices(&dir, world)?, herbs(&dir, world)?, factors(&dir, world, stock)?];
    files.push(diagnoses(&dir, knowledge)?);
    files.push(cycles(&dir, knowledge)?);
    // A table with nothing to add would only be in the way.
    for (name, _) in files.iter().filter(|(_, rows)| *rows == 0) {
        let path = dir.join(name);
        std::fs::remove_file(&path).map_err(|source| SynthError::Write { path, source })?;
    }
    Ok(files.into_iter().filter(|(_, rows)| *rows > 0).map(|(name, rows)| (format!("knowledge/{name}"), rows)).collect())
}

fn prices(dir: &Path, world: &World) -> Result<(String, u64), SynthError> {
    let header = "rule,name,item_code,tier,unit,cap,child_addon,valid_from,valid_to,region";
    let mut sheet = Sheet::create(dir, "price_catalog", Packing::None, header)?;
    let catalogue = &world.catalogue;
    let mut write = |index: usize, tier: &str, cap: i64, from: Day, to: Option<Day>| {
        let item = &catalogue.items[index];
        let mut row = sheet.row();
        row.text("GZ10000102001000").text(&item.name).text(&item.code).text(tier).text("次").text(&price_text(cap));
        row.blank(1).day(from).day_or_blank(to).text(REGION).end();
    };
    for index in catalogue.services() {
        let item = &catalogue.items[index];
        match item.later {
            Some((day, price)) => {
                write(index, "", item.price, long_ago(), Some(day.plus(-1)));
                write(index, "", price, day, None);
            }
            None if item.name == TIERED => {
                for (tier, more) in [("3", 2000), ("2", 0), ("1", 0)] {
                    write(index, tier, item.price + more, long_ago(), None);
                }
            }
            None => write(index, "", item.price, long_ago(), None),
        }
    }
    for incision in &catalogue.specials.incisions {
        for index in incision.items.iter().take(PRICED) {
            write(*index, "", catalogue.items[*index].price, long_ago(), None);
        }
    }
    sheet.finish()
}

fn herbs(dir: &Path, world: &World) -> Result<(String, u64), SynthError> {
    let mut sheet = Sheet::create(dir, "kp_herb_pay", Packing::None, "rule,name,herb_code,mode,valid_from,valid_to,region")?;
    let never = POINTS.iter().filter(|point| point.table == "kp_herb_pay").flat_map(|point| point.about);
    for item in never.filter_map(|name| world.catalogue.named(name)).map(|item| &world.catalogue.items[item]) {
        let mut row = sheet.row();
        row.text("GZ10000101003000").text(&item.name).text(&item.code).text("never").day(long_ago()).blank(1).text(REGION).end();
    }
    let herbs = &world.catalogue.lone_herbs;
    for (index, herb) in herbs.iter().enumerate() {
        let item = &world.catalogue.items[*herb];
        let from = if index + 1 == herbs.len() { world.changed_on } else { long_ago() };
        let mut row = sheet.row();
        row.text("GZ10000101004000").text(&item.name).text(&item.code).text("not_alone").day(from).blank(1).text(REGION).end();
    }
    sheet.finish()
}

/// Only what the knowledge handed over does not say already.
fn diagnoses(dir: &Path, knowledge: &Knowledge) -> Result<(String, u64), SynthError> {
    let mut sheet = Sheet::create(dir, "kp_icd_demog", Packing::None, "rule,name,icd,gender,valid_from,valid_to,region")?;
    for (disease, gender) in [(&WOMEN, "2"), (&TWINS, "2"), (&MEN, "1")] {
        let category = &disease.icd[..3];
        let said = knowledge.of("kp_icd_demog", "GZ10000204006000").any(|row| row.codes.iter().any(|icd| icd == category));
        if !said {
            let mut row = sheet.row();
            row.text("GZ10000204006000")
                .text(disease.name)
                .text(category)
                .text(gender)
                .day(long_ago())
                .blank(1)
                .text(REGION)
                .end();
        }
    }
    sheet.finish()
}

fn cycles(dir: &Path, knowledge: &Knowledge) -> Result<(String, u64), SynthError> {
    let mut sheet = Sheet::create(dir, "kp_cycle_therapy", Packing::None, "rule,name,code,kind,valid_from,valid_to,region")?;
    let code = "99.2503";
    if knowledge.about(code).next().is_none() {
        let mut row = sheet.row();
        row.text("GZ10000204001000").text(CHEMO.name).text(code).text("operation").day(long_ago()).blank(1).text(REGION).end();
    }
    sheet.finish()
}

fn factors(dir: &Path, world: &World, stock: &Stock) -> Result<(String, u64), SynthError> {
    let header = "rule,name,med_list_codg,fixmedins_code,bill_unit,min_unit,unit_factor,valid_from,valid_to,region";
    let mut sheet = Sheet::create(dir, "unit_factor", Packing::None, header)?;
    for [name, code, place, unit, factor] in stock.factors(world) {
        let mut row = sheet.row();
        row.text("GZ10000202001000").text(&name).text(&code).text(&place).text("盒").text(&unit).text(&factor);
        row.day(long_ago()).blank(1).text(REGION).end();
    }
    // One drug that is ordered in capsules and billed in packs, wherever it is.
    if let Some(item) = world.catalogue.named(IN_CAPSULES.0).map(|item| &world.catalogue.items[item]) {
        let mut row = sheet.row();
        row.text("M057").text(&item.name).text(&item.code).blank(1).text("盒").text("粒").text(&IN_CAPSULES.1.to_string());
        row.day(long_ago()).blank(1).text(REGION).end();
    }
    sheet.finish()
}

/// Writes institutions and doctors.
pub(crate) fn registers(dir: &Path, world: &World, packing: Packing) -> Result<Vec<(String, u64)>, SynthError> {
    let header =
        "fixmedins_code,fixmedins_name,fixmedins_type,hosp_lv,fix_blng_admdvs_city,fix_blng_admdvs,begntime,endtime,vali_flag";
    let mut places = Sheet::create(dir, "fixmedins_b", packing, header)?;
    let mut doctors = Sheet::create(
        dir,
        "dr_info_b",
        packing,
        "dr_code,dr_name,dr_prac_type,main_pracins_no,fixmedins_code,prac_stas,vali_flag",
    )?;
    for place in &world.places.institutions {
        let kind = if place.code.starts_with('P') { "2" } else { "1" };
        let mut write = |level: &str, from: Day, to: Option<Day>| {
            let mut row = places.row();
            row.text(&place.code).text(&place.name).text(kind).text(level).text("990100").text(&place.region);
            row.day(from).day_or_blank(to).text("1").end();
        };
        match place.raised {
            Some((day, level)) => {
                write(place.level, long_ago(), Some(day.plus(-1)));
                write(level, day, None);
            }
            None => write(place.level, long_ago(), None),
        }
        let (first, count) = (place.doctors.0, place.doctors.1 + place.reserved.1);
        for doctor in &world.places.doctors[first..first + count] {
            let mut row = doctors.row();
            row.text(doctor)
                .text(&format!("医师{}", &doctor[7..]))
                .text("1")
                .text(&place.code)
                .text(&place.code)
                .text("1")
                .text("1")
                .end();
        }
    }
    let mut row = doctors.row();
    row.text(crate::place::PLACEHOLDER_DOCTOR).text("未知").blank(4).text("1").end();
    Ok(vec![places.finish()?, doctors.finish()?])
}
