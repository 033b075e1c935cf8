//! Wrong use, said in Chinese.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::status::WRONG_USE;

/// Prints help, the version, or what is wrong with the command line.
pub(crate) fn explain(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that went away is no fault of ours.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        eprint!("{}", error.render());
        return ExitCode::from(WRONG_USE);
    }
    eprintln!("用法错误：{}", sentence(error));
    eprintln!("运行 mingcha --help 或在命令后加 --help 查看用法");
    ExitCode::from(WRONG_USE)
}

fn sentence(error: &clap::Error) -> String {
    let of = |kind: ContextKind| error.get(kind).map(shown).unwrap_or_default();
    let argument = of(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => format!("不认识 {argument}{}", hint(error, ContextKind::SuggestedArg)),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 {}{}", of(ContextKind::InvalidSubcommand), hint(error, ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingSubcommand => format!("还要写明动作，可用：{}", of(ContextKind::ValidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::InvalidValue if of(ContextKind::InvalidValue).is_empty() => format!("{argument} 缺少值"),
        ErrorKind::InvalidValue => {
            format!("{argument} 的值“{}”不可用，可用：{}", of(ContextKind::InvalidValue), of(ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{argument} 的值“{}”不可用：{why}", of(ContextKind::InvalidValue))
        }
        ErrorKind::ArgumentConflict => format!("{argument} 不能与 {} 同用", of(ContextKind::PriorArg)),
        _ => error.to_string(),
    }
}

fn hint(error: &clap::Error, kind: ContextKind) -> String {
    error.get(kind).map(|value| format!("；是不是 {}？", shown(value))).unwrap_or_default()
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join("、"),
        other => other.to_string(),
    }
}
