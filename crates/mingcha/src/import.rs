//! `mingcha import` and `mingcha check`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use lake::intake::{self, Expect, Options, Profile, Progress, Report, Watch};
use lake::{Config, DeliveryOptions, Lake, Month};

use crate::cancel;
use crate::files;
use crate::imports;
use crate::place::LakeArguments;
use crate::screen::Screen;
use crate::status::{Status, WrongUse};

/// What is delivered, and how to read it.
#[derive(Debug, Args)]
struct Delivered {
    #[arg(required = true, value_name = "PATH", help = "文件或目录：CSV（, 或 |@| 分隔，可压缩）或 Parquet")]
    paths: Vec<PathBuf>,
    #[arg(
        long,
        default_value = "national",
        value_name = "NAME|FILE",
        help = "映射：national、inspection-2024、provider-fraud、synthea、front-page，或 TOML 文件"
    )]
    profile: String,
    #[arg(long, help = "表头与明细合计相差超限时仍然载入")]
    accept_with_faults: bool,
    #[arg(long, value_name = "FILE", help = "外部数字（财务合计、导出行数等）的 TOML 文件，用于验收")]
    expect: Option<PathBuf>,
}

/// `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    delivered: Delivered,
    #[command(flatten)]
    lake: LakeArguments,
    #[arg(long, value_name = "月@机构", help = "这批数据整体取代该机构该月的旧数据，如 2026-01@H99010100001，可写多次")]
    replace: Vec<String>,
    #[arg(long, default_value = "1GiB", value_name = "SIZE", value_parser = memory, help = "可用内存，如 512MiB；超出的部分在磁盘上排序")]
    memory: usize,
    #[arg(
        long,
        env = "MINGCHA_KEY_FILE",
        hide_env_values = true,
        value_name = "FILE",
        help = "个人信息密钥文件（64 位十六进制），须在数据湖之外；没有则不载入个人信息"
    )]
    key_file: Option<PathBuf>,
}

/// `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    delivered: Delivered,
}

impl Delivered {
    fn options(&self) -> Result<Options> {
        let profile = Profile::load(&self.profile).map_err(|error| WrongUse(error.to_string()))?;
        let expect = self.expect.as_deref().map(Expect::load).transpose().map_err(|error| WrongUse(error.to_string()))?;
        Ok(Options { accept_with_faults: self.accept_with_faults, expect: expect.unwrap_or_default(), ..Options::new(profile) })
    }
}

impl ImportArguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let mut options = self.delivered.options()?;
        options.delivery = DeliveryOptions {
            memory_bytes: self.memory,
            replace: self.replace.iter().map(|text| replaced(text)).collect::<Result<_>>()?,
            key_file: self.key_file,
        };
        let report = into_lake(self.lake.folder(), &self.delivered.paths, &options, screen)?;
        finish(&report, screen)
    }
}

impl CheckArguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let options = self.delivered.options()?;
        let report = watched(screen, |watch| Ok(intake::check(&self.delivered.paths, &options, watch)?))?;
        finish(&report, screen)
    }
}

/// Imports into the lake of a folder, which is made if it is not there.
pub(crate) fn into_lake(folder: &Path, paths: &[PathBuf], options: &Options, screen: &Screen) -> Result<Report> {
    let (report, kept) = watched(screen, |watch| load(folder, paths, options, watch))?;
    // What was loaded stands whether or not its report can be kept.
    if let Err(problem) = kept {
        screen.fault(&format!("这次导入的报告没有留在数据湖里：{problem:#}"));
    }
    Ok(report)
}

/// Imports into the lake of a folder, before somebody who sees how far it is; its report, and the number under which that is kept.
pub(crate) fn load(
    folder: &Path,
    paths: &[PathBuf],
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<(Report, Result<usize>)> {
    // Before a lake is made for them, there must be something to put in.
    files::under(paths)?;
    let lake =
        if folder.join("lake.json").exists() { Lake::open(folder)? } else { Lake::open_or_create(folder, &Config::default())? };
    let report = intake::import(&lake, paths, options, watch)?;
    let kept = imports::keep(folder, &report);
    Ok((report, kept))
}

fn watched<T>(screen: &Screen, work: impl FnOnce(&mut Watch<'_>) -> Result<T>) -> Result<T> {
    let bar = screen.bar(0, "B");
    let mut progress = |progress: &Progress<'_>| show(&bar, progress);
    let done = work(&mut Watch { progress: &mut progress, cancel: cancel::flag() });
    bar.finish_and_clear();
    done
}

fn show(bar: &ProgressBar, progress: &Progress<'_>) {
    bar.set_length(progress.total_bytes);
    bar.set_position(progress.bytes);
    bar.set_message(format!("{} {:.0} 行/秒", progress.file, progress.rate()));
}

fn finish(report: &Report, screen: &Screen) -> Result<Status> {
    let status = match report.exit_status() {
        0 => Status::Done,
        1 => Status::Refused,
        _ => Status::Failed,
    };
    if screen.is_json() || status == Status::Done {
        screen.summary(&report.json(), || report.text())?;
    } else {
        // Something was refused: it is said even to those who want it quiet.
        Screen::print(&report.text())?;
    }
    if status != Status::Done {
        screen.fault(if status == Status::Failed {
            "没有载入：有致命问题，见报告"
        } else {
            "有数据被拒收或验收不通过，见报告"
        });
    }
    Ok(status)
}

fn replaced(text: &str) -> Result<(Month, String)> {
    let wrong = || WrongUse(format!("--replace 写成 月@机构，如 2026-01@H99010100001，不能是“{text}”"));
    let (month, institution) = text.split_once('@').ok_or_else(wrong)?;
    let month = Month::parse(month).map_err(|_| wrong())?;
    if institution.is_empty() {
        return Err(wrong().into());
    }
    Ok((month, institution.to_owned()))
}

fn memory(text: &str) -> Result<usize, String> {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("GB", 30), ("MB", 20), ("G", 30), ("M", 20)];
    let (digits, shift) = units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift))).unwrap_or((text, 0));
    let bytes = digits.trim().parse::<usize>().ok().and_then(|n| n.checked_mul(1 << shift));
    bytes.filter(|bytes| *bytes >= 16 << 20).ok_or_else(|| "写成 512MiB 或 2GiB，至少 16MiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_with_its_unit() {
        assert_eq!(memory("512MiB"), Ok(512 << 20));
        assert_eq!(memory("2GiB"), Ok(2 << 30));
        assert!(memory("1KiB").is_err());
        assert!(memory("many").is_err());
    }

    #[test]
    fn a_replaced_delivery_names_month_and_institution() {
        let (month, institution) = replaced("2026-01@H99010100001").expect("lawful");
        assert_eq!((month.to_string().as_str(), institution.as_str()), ("2026-01", "H99010100001"));
        assert!(replaced("2026-01").is_err() && replaced("x@H1").is_err() && replaced("2026-01@").is_err());
    }
}
