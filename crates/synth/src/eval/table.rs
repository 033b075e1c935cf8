//! The evaluation as people read it.

use std::fmt;

use super::{Evaluation, RuleResult, SchemeResult};

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "按规则")?;
        writeln!(
            f,
            "{:<18}{:>6}{:>6}{:>9}{:>6}{:>8}{:>8}{:>6}{:>9}{:>6}",
            "规则", "植入", "检出", "召回率", "隐藏", "无法判定", "疑点", "正确", "准确率", "提示"
        )?;
        for rule in &self.rules {
            write_rule(f, rule)?;
        }
        writeln!(f, "\n按方案")?;
        for scheme in &self.schemes {
            write_scheme(f, scheme)?;
        }
        writeln!(f, "\n合法行为被判明确违规：{} 条", self.violations_on_lawful)
    }
}

fn write_rule(f: &mut fmt::Formatter<'_>, rule: &RuleResult) -> fmt::Result {
    writeln!(
        f,
        "{:<20}{:>8}{:>8}{:>12}{:>8}{:>12}{:>10}{:>8}{:>12}{:>8}",
        rule.rule_code,
        rule.planted,
        rule.found,
        percent(rule.recall_bp),
        rule.hidden,
        rule.hidden_undecided,
        rule.findings,
        rule.findings_right,
        percent(rule.precision_bp),
        rule.hints
    )?;
    for stray in &rule.strays {
        writeln!(f, "    未植入：{stray}")?;
    }
    Ok(())
}

fn write_scheme(f: &mut fmt::Formatter<'_>, scheme: &SchemeResult) -> fmt::Result {
    write!(f, "{}：植入 {}", scheme.scheme, scheme.planted)?;
    write!(f, "，检出 {}，无法判定 {}，无结论 {}", scheme.found, scheme.undecided, scheme.silent)?;
    if scheme.amount_known > 0 {
        write!(f, "，金额一致 {}/{}", scheme.amount_right, scheme.amount_known)?;
    }
    writeln!(f)?;
    for example in &scheme.examples {
        writeln!(f, "    请看：{example}")?;
    }
    Ok(())
}

/// Ten-thousandths as percent.
fn percent(bp: Option<u64>) -> String {
    bp.map_or_else(|| "—".to_owned(), |bp| format!("{}.{:02}%", bp / 100, bp % 100))
}
