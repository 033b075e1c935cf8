//! The synthetic city, and the knowledge it is judged by.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use claims::Day;
use rulebook::{Cell, Pack, Point};

use crate::Settings;

const SEED: u64 = 20_260_302;
const MADE: &str = "made.json";

pub(crate) fn folder(settings: &Settings) -> PathBuf {
    settings.dir.join(format!("city-{}", settings.persons))
}

/// Makes the city unless it is there.
pub(crate) fn make(settings: &Settings) -> Result<synth::Summary> {
    let out = folder(settings);
    let mut knowledge = synth::Knowledge::default();
    for (table, file) in shipped_files()? {
        knowledge.add_csv(&table, &fs::read_to_string(&file).with_context(|| file.display().to_string())?)?;
    }
    let config = synth::Config { persons: settings.persons, seed: SEED, ..synth::Config::default() };
    let summary = synth::city(&config, &knowledge, &out)?;
    fs::write(out.join(MADE), serde_json::to_vec_pretty(&summary)?)?;
    Ok(summary)
}

pub(crate) fn is_made(settings: &Settings) -> bool {
    folder(settings).join(MADE).exists()
}

/// The shipped tables' CSV files, as the binary embeds them: table and path.
fn shipped_files() -> Result<Vec<(String, PathBuf)>> {
    csv_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../knowledge"))
}

/// CSV files of tables: `TABLE.csv` or `TABLE/….csv`.
fn csv_files(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(csv_files(&path)?.into_iter().map(|(_, file)| (name.clone(), file)));
        } else if path.extension().is_some_and(|ending| ending == "csv") {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

/// The files of the extract: everything but what only the measuring needs.
pub(crate) fn extract(settings: &Settings) -> Result<Vec<PathBuf>> {
    let files = csv_files(&folder(settings))?;
    Ok(files.into_iter().map(|(_, file)| file).filter(|file| is_extract(file)).collect())
}

fn is_extract(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name != "truth.csv")
        && file.parent().and_then(Path::file_name).is_none_or(|folder| folder != "knowledge")
}

/// The shipped rules and knowledge, and the city's own tables.
pub(crate) fn pack(settings: &Settings) -> Result<Pack> {
    let mut pack = Pack::shipped().map_err(|faults| anyhow!("shipped rules: {} faults, first: {}", faults.len(), faults[0]))?;
    for (table, file) in csv_files(&folder(settings).join("knowledge"))? {
        let text = fs::read_to_string(&file)?;
        let (_, faults) = pack.knowledge.read_csv(&table, &file.display().to_string(), &text, "import");
        ensure!(faults.is_empty(), "{}: {} faults, first: {}", file.display(), faults.len(), faults[0]);
    }
    pack.knowledge.settle();
    Ok(pack)
}

/// Writes the knowledge for the peer: one file a table, one row a point and code.
pub(crate) fn write_knowledge(settings: &Settings, pack: &Pack) -> Result<()> {
    let folder = settings.dir.join("knowledge");
    fs::create_dir_all(&folder)?;
    for descriptor in pack.knowledge.descriptors() {
        let mut file = csv::Writer::from_path(folder.join(format!("{}.csv", descriptor.table)))?;
        let own: Vec<&str> = descriptor.columns.keys().map(String::as_str).collect();
        let common = ["id", "rule", "code", "region", "valid_from", "valid_to", "reviewed"];
        file.write_record(common.iter().chain(&own))?;
        for point in pack.knowledge.points().iter().filter(|point| *point.table == *descriptor.table) {
            for key in &point.keys {
                file.write_record(row(point, key, &own))?;
            }
        }
        file.into_inner().map_err(|error| anyhow!(error.to_string()))?.flush()?;
    }
    Ok(())
}

fn row(point: &Point, key: &str, own: &[&str]) -> Vec<String> {
    let text = |text: &Option<claims::Text>| text.as_deref().unwrap_or_default().to_owned();
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let reviewed = if point.is_reviewed() { "1" } else { "0" }.to_owned();
    let (from, to) = (day(point.valid_from), day(point.valid_to));
    let mut row = vec![point.id.to_string(), text(&point.rule), key.to_owned(), text(&point.region), from, to, reviewed];
    row.extend(own.iter().map(|column| point.columns.get(*column).map(plain).unwrap_or_default()));
    row
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Flag(flag) => if *flag { "1" } else { "0" }.to_owned(),
        other => other.show(),
    }
}
