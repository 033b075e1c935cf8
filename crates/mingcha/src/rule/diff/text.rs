//! The preview as a terminal shows it.

use super::sample::Drawn;
use super::shift::Shift;
use super::{Overlap, Preview, Side};
use crate::number::{count, table, yuan};

/// Rows of a table shown; JSON has them all.
const ROWS: usize = 10;
/// Signs of a changed expression shown; a longer one is compared in an editor.
const SIGNS: usize = 200;

pub(super) fn of(preview: &Preview) -> String {
    let Preview { old, new, .. } = preview;
    let mut text = format!(
        "规则变更预审，数据 v{}\n旧：{} {} 第{}版\n新：{} {} 第{}版\n",
        preview.lake_version, old.code, old.name, old.version, new.code, new.name, new.version
    );
    text.push_str(&changes(preview));
    text.push_str(&format!("\n{}", answers(old, new)));
    if !preview.comparable {
        text.push_str("两条规则的疑点对象不同，不能逐条对应：下面的新出现、消失各是全部\n");
    }
    let total = &preview.total;
    text.push_str(&format!(
        "\n疑点：新出现 {} 条 {} 元，消失 {} 条 {} 元，改变 {} 条，不变 {} 条\n金额变化 {} 元；每条明细只计一次：{} 元 → {} 元，其中基金 {} 元 → {} 元\n",
        count(total.appeared as u64),
        yuan(total.appeared_fen),
        count(total.vanished as u64),
        yuan(total.vanished_fen),
        count(total.changed as u64),
        count(preview.unchanged as u64),
        signed(total.amount_fen),
        yuan(old.distinct.amount_fen),
        yuan(new.distinct.amount_fen),
        yuan(old.distinct.fund_amount_fen),
        yuan(new.distinct.fund_amount_fen)
    ));
    for moved in &preview.regraded {
        let (before, after) = (moved.before.label(), moved.after.label());
        text.push_str(&format!("程度由{before}变为{after}：{} 条\n", count(moved.findings as u64)));
    }
    for (title, shifts) in
        [("按机构", &preview.by_institution), ("按机构级别", &preview.by_level), ("按开单科室", &preview.by_department)]
    {
        text.push_str(&moved(title, shifts));
    }
    text.push_str(&overlap(preview.overlap.as_ref()));
    text.push_str("\n会重犯的往例：系统还没有申诉和认定的记录，不能比对\n");
    let sample = &preview.sample;
    let sides = [("新出现", &sample.appeared, total.appeared), ("消失", &sample.vanished, total.vanished)];
    for (title, drawn, all) in sides.into_iter().filter(|(_, drawn, _)| !drawn.is_empty()) {
        text.push_str(&format!("\n{title}的疑点，抽 {} 条，共 {} 条（种子 {}）\n", drawn.len(), count(all as u64), sample.seed));
        let other = if title == "消失" { "新规则" } else { "旧规则" };
        text.extend(drawn.iter().enumerate().map(|(number, drawn)| told(number + 1, drawn, other)));
    }
    text
}

fn changes(preview: &Preview) -> String {
    if preview.rule_changes.is_empty() {
        return "规则：判定的内容没有不同\n".to_owned();
    }
    let mut text = String::from("规则的改动：\n");
    for changed in &preview.rule_changes {
        text.push_str(&format!("  {}\n", changed.what));
        for (sign, side) in [("−", &changed.before), ("+", &changed.after)] {
            if let Some(side) = side {
                text.push_str(&format!("    {sign} {}\n", cut(side)));
            }
        }
    }
    text
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SIGNS {
        text.to_owned()
    } else {
        format!("{}……", text.chars().take(SIGNS).collect::<String>())
    }
}

fn answers(old: &Side, new: &Side) -> String {
    let head = ["", "判定", "命中", "不命中", "未决", "疑点"].map(str::to_owned).to_vec();
    let row = |name: &str, side: &Side| {
        let undecided: u64 = side.report.undecided.values().sum();
        let counts = [side.report.rows, side.report.hit, side.report.clear, undecided, side.report.findings].map(count);
        std::iter::once(name.to_owned()).chain(counts).collect::<Vec<_>>()
    };
    table(&[head, row("旧规则", old), row("新规则", new)])
}

fn moved(title: &str, shifts: &[Shift]) -> String {
    if shifts.is_empty() {
        return String::new();
    }
    let mut rows =
        vec![[title, "新出现", "金额（元）", "消失", "金额（元）", "改变", "金额变化（元）"].map(str::to_owned).to_vec()];
    rows.extend(shifts.iter().take(ROWS).map(|shift| {
        let name = match (shift.code.is_empty(), shift.name.is_empty() || shift.name == shift.code) {
            (false, true) => shift.code.clone(),
            (false, false) if title == "按机构" => format!("{} {}", shift.code, shift.name),
            _ => shift.name.clone(),
        };
        vec![
            name,
            count(shift.appeared as u64),
            yuan(shift.appeared_fen),
            count(shift.vanished as u64),
            yuan(shift.vanished_fen),
            count(shift.changed as u64),
            signed(shift.amount_fen),
        ]
    }));
    let more = shifts.len().saturating_sub(ROWS);
    let rest = if more > 0 { format!("……另有 {more} 个，用 --json 查看全部\n") } else { String::new() };
    format!("\n{}{rest}", table(&rows))
}

fn overlap(overlap: Option<&Overlap>) -> String {
    let Some(overlap) = overlap else {
        return "\n与其他规则的重叠：数据湖里还没有审核，先用 mingcha run 运行全部规则\n".to_owned();
    };
    let mut text = format!(
        "\n与审核 {}（数据 v{}，{} 条规则）里其他规则的重叠：新出现的有 {} 条、消失的有 {} 条只有本规则发现\n",
        overlap.run_id,
        overlap.lake_version,
        overlap.judged,
        count(overlap.appeared_alone as u64),
        count(overlap.vanished_alone as u64)
    );
    if !overlap.rules.is_empty() {
        let mut rows = vec![["规则", "名称", "与新出现的同一明细", "与消失的同一明细"].map(str::to_owned).to_vec()];
        rows.extend(
            overlap
                .rules
                .iter()
                .take(ROWS)
                .map(|rule| vec![rule.code.clone(), rule.name.clone(), count(rule.appeared as u64), count(rule.vanished as u64)]),
        );
        text.push_str(&table(&rows));
    }
    text
}

fn told(number: usize, drawn: &Drawn, other: &str) -> String {
    let place = |code: &Option<String>| code.clone().unwrap_or_else(|| "—".to_owned());
    let mut text = format!(
        "{number:>3} {} {} 元 {} 机构 {} 就诊 {}\n    {}\n",
        drawn.grade,
        yuan(drawn.amount_fen),
        drawn.occurred_on,
        place(&drawn.fixmedins_code),
        place(&drawn.mdtrt_id),
        drawn.message
    );
    for (label, words) in [("事实：", &drawn.facts), ("计算：", &drawn.arithmetic)] {
        if !words.is_empty() {
            text.push_str(&format!("    {label}{}\n", cut(&words.join("；"))));
        }
    }
    text.push_str(&format!("    {other}：{}\n", drawn.other_rule));
    text
}

/// An amount with its sign, so that more and less cannot be mistaken.
fn signed(fen: i64) -> String {
    if fen > 0 { format!("+{}", yuan(fen)) } else { yuan(fen) }
}
