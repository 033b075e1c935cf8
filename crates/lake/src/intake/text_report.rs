//! The import report for people, in Chinese.

use std::fmt::Write;

use claims::Fen;

use super::acceptance::Pass;
use super::fault::{Fault, Severity};
use super::report::Report;

impl Report {
    /// The report as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}", self.headline());
        self.write_files(&mut out);
        self.write_tables(&mut out);
        self.write_faults(&mut out);
        self.write_acceptance(&mut out);
        for warning in &self.warnings {
            let _ = writeln!(out, "提示：{warning}");
        }
        if let Some(folder) = &self.quarantine {
            let _ = writeln!(out, "被拒收的行整行保存在数据湖的 {folder}");
        }
        out
    }

    fn headline(&self) -> String {
        let all_known = !self.files.is_empty() && self.files.iter().all(|file| file.already_loaded);
        match (self.is_fatal(), self.checked_only) {
            (true, true) => "检查结果：有致命问题，导入时将整批不载入。".to_owned(),
            (true, false) => "有致命问题，本次没有载入任何数据，数据湖没有改变。".to_owned(),
            (false, true) => "检查完成，没有载入数据。".to_owned(),
            (false, false) if all_known => "这些文件以前已经导入，内容相同，数据湖没有改变。".to_owned(),
            (false, false) => match (self.delivery, self.lake_version) {
                (Some(delivery), Some(version)) => format!("导入完成：第 {delivery} 次交付，数据湖版本 {version}。"),
                _ => "导入完成，没有新的数据。".to_owned(),
            },
        }
    }

    fn write_files(&self, out: &mut String) {
        for file in &self.files {
            let known = if file.already_loaded { "，以前已导入" } else { "" };
            let _ = writeln!(out, "文件 {}：{}，{} 行{known}", file.file, file.source, file.rows);
        }
    }

    fn write_tables(&self, out: &mut String) {
        for (name, table) in &self.tables {
            let zh = claims::table::table(name).map_or("", |table| table.zh);
            let _ = write!(
                out,
                "{zh}（{name}）：读入 {} 行，载入 {} 行，拒收 {} 行，重复 {} 行，更新 {} 行",
                table.rows_read, table.rows_loaded, table.rows_rejected, table.rows_duplicate, table.rows_revised
            );
            if table.amount_read_fen != 0 {
                let (read, loaded) = (Fen(table.amount_read_fen), Fen(table.amount_loaded_fen));
                let _ = write!(out, "；金额读入 {read} 元，载入 {loaded} 元");
            }
            let _ = writeln!(out);
        }
    }

    fn write_faults(&self, out: &mut String) {
        for fault in &self.faults {
            write_fault(out, fault);
        }
        let clean: Vec<String> = self.checks.iter().filter(|(_, count)| **count == 0).map(|(id, _)| check_name(id)).collect();
        if !clean.is_empty() {
            let _ = writeln!(out, "查过且没有发现问题的检查（0 次）：{}", clean.join("、"));
        }
    }

    fn write_acceptance(&self, out: &mut String) {
        if self.acceptance.is_empty() {
            return;
        }
        let _ = writeln!(out, "验收（2024 年飞行检查数据验证逻辑）：");
        for check in &self.acceptance {
            let pass = match check.pass {
                Pass::Yes => "通过",
                Pass::No => "不通过",
                Pass::NotMeasured => "未测",
            };
            let _ = writeln!(out, "  {:>2} {pass}　{}：{}", check.number, check.name, check.detail);
        }
    }
}

fn check_name(id: &str) -> String {
    super::checks::explain(id).map_or_else(|| id.to_owned(), |check| check.name.clone())
}

fn write_fault(out: &mut String, fault: &Fault) {
    let severity = match fault.severity {
        Severity::Fatal => "致命",
        Severity::Error => "错误",
        Severity::Warning => "提醒",
    };
    let table = fault.table.as_deref().map(|table| format!("，{table}")).unwrap_or_default();
    let _ = writeln!(out, "{severity} {} {}{table}：{} 次。{}", fault.check, fault.name, fault.count, fault.hint);
    for example in &fault.examples {
        let row = example.row.map(|row| format!(" 第 {row} 行")).unwrap_or_default();
        let column = example.column.as_deref().map(|column| format!(" 列 {column}")).unwrap_or_default();
        let value = example.value.as_deref().map(|value| format!(" 值 {value:?}")).unwrap_or_default();
        let _ = writeln!(out, "    {}{row}{column}{value}：{}", example.file, example.message);
    }
}
