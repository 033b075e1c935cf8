//! Charts as inline SVG: nothing is loaded, and they print as they look. All coordinates are whole numbers.

use std::fmt::Write as _;

use crate::number::count;

/// A bar: what it stands for, its parts, and what is written at its end.
pub(crate) struct Bar {
    pub(crate) label: String,
    /// Value of each part, in the order of the legend.
    pub(crate) parts: Vec<i64>,
    pub(crate) says: String,
}

/// Classes of the parts; the style sheet gives them their colours.
const PARTS: [&str; 3] = ["p0", "p1", "p2"];

/// Standing bars, one a month.
pub(crate) fn columns(title: &str, bars: &[Bar]) -> String {
    let (width, height, left, top, bottom) = (1180_i64, 260_i64, 76_i64, 14_i64, 30_i64);
    let plot = height - top - bottom;
    let most = ceiling(bars.iter().map(|bar| bar.parts.iter().sum()).max().unwrap_or(0));
    let mut svg = begin(title, width, height);
    for step in 0..=4 {
        let y = top + plot - plot * step / 4;
        let value = most / 4 * step;
        let _ = write!(svg, r#"<line class="grid" x1="{left}" x2="{width}" y1="{y}" y2="{y}"/>"#);
        let _ = write!(svg, r#"<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>"#, left - 8, y + 4, wan(value));
    }
    let slots = i64::try_from(bars.len().max(1)).unwrap_or(1);
    let slot = (width - left) / slots;
    let wide = (slot * 6 / 10).min(56);
    for (number, bar) in (0_i64..).zip(bars) {
        let x = left + slot * number + (slot - wide) / 2;
        let mut y = top + plot;
        for (value, class) in bar.parts.iter().zip(PARTS) {
            let tall = scaled(*value, plot, most);
            y -= tall;
            let _ = write!(svg, r#"<rect class="{class}" x="{x}" y="{y}" width="{wide}" height="{tall}"><title>{} {}</title></rect>"#, escape(&bar.label), escape(&bar.says));
        }
        let _ = write!(svg, r#"<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>"#, x + wide / 2, height - 10, escape(&bar.label));
    }
    svg.push_str("</svg>");
    svg
}

/// Lying bars with long labels.
pub(crate) fn rows(title: &str, bars: &[Bar]) -> String {
    let (width, label, end, row) = (580_i64, 210_i64, 104_i64, 26_i64);
    let height = row * i64::try_from(bars.len().max(1)).unwrap_or(1) + 6;
    let most = bars.iter().map(|bar| bar.parts.iter().sum()).max().unwrap_or(0).max(1);
    let mut svg = begin(title, width, height);
    for (number, bar) in (0_i64..).zip(bars) {
        let y = row * number + 4;
        let text = y + 13;
        let _ = write!(svg, r#"<text class="name" x="{}" y="{text}" text-anchor="end">{}</text>"#, label - 8, escape(&clipped(&bar.label, 15)));
        let mut x = label;
        for (value, class) in bar.parts.iter().zip(PARTS) {
            let long = scaled(*value, width - label - end, most);
            let _ = write!(svg, r#"<rect class="{class}" x="{x}" y="{y}" width="{long}" height="18"><title>{}</title></rect>"#, escape(&bar.label));
            x += long;
        }
        let _ = write!(svg, r#"<text class="axis" x="{}" y="{text}">{}</text>"#, x + 6, escape(&bar.says));
    }
    svg.push_str("</svg>");
    svg
}

/// The three answers of a rule as one thin bar: hit, clear, undecided.
pub(crate) fn answers(hit: u64, clear: u64, undecided: u64) -> String {
    let total = i64::try_from(hit + clear + undecided).unwrap_or(i64::MAX);
    let says = format!("命中 {}，不命中 {}，未决 {}", count(hit), count(clear), count(undecided));
    let mut svg = begin(&says, 100, 8);
    svg = svg.replace("<svg ", r#"<svg class="answers" "#);
    let mut x = 0;
    for (value, class) in [(hit, "hit"), (clear, "clear"), (undecided, "undecided")] {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        // What exists is seen, however small its share.
        let long = scaled(value, 100, total.max(1)).max(i64::from(value > 0)).min(100 - x);
        let _ = write!(svg, r#"<rect class="{class}" x="{x}" y="0" width="{long}" height="8"/>"#);
        x += long;
    }
    svg.push_str("</svg>");
    svg
}

fn begin(title: &str, width: i64, height: i64) -> String {
    let title = escape(title);
    format!(r#"<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}" xmlns="http://www.w3.org/2000/svg">"#)
}

fn scaled(value: i64, room: i64, most: i64) -> i64 {
    let scaled = i128::from(value) * i128::from(room) / i128::from(most.max(1));
    i64::try_from(scaled).unwrap_or(room).clamp(0, room)
}

/// The next number whose quarters are round: 4, 8, 12 or 20 with zeros.
fn ceiling(value: i64) -> i64 {
    let mut unit: i64 = 1;
    loop {
        if let Some(round) = [4, 8, 12, 20].into_iter().map(|n| unit.saturating_mul(n)).find(|round| *round >= value) {
            return round;
        }
        unit = unit.saturating_mul(10);
    }
}

/// Yuan on an axis: 万 from ten thousand on.
fn wan(fen: i64) -> String {
    let yuan = fen / 100;
    if yuan >= 10_000 { format!("{}万", with_tenth(yuan)) } else { count(yuan) }
}

fn with_tenth(yuan: i64) -> String {
    let tenths = yuan / 1000;
    if tenths % 10 == 0 { count(tenths / 10) } else { format!("{}.{}", count(tenths / 10), tenths % 10) }
}

fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_or_above_the_highest_bar() {
        for value in [0, 1, 7, 399, 400, 401, 12_345, 99_999_999, 7_000_000_123] {
            let top = ceiling(value);
            assert!(top >= value, "{value}: {top}");
            assert!(top <= value.max(1) * 6, "{value}: {top} leaves too much empty");
            assert_eq!(top % 4, 0);
        }
    }

    #[test]
    fn labels_are_escaped_and_bars_scale() {
        let bars = [("<甲>", 100), ("乙", 50)].map(|(label, value)| Bar { label: label.to_owned(), parts: vec![value], says: String::new() });
        let svg = rows("标题", &bars);
        assert!(svg.contains("&lt;甲&gt;") && !svg.contains("<甲>"));
        assert!(svg.contains(r#"width="266""#) && svg.contains(r#"width="133""#), "{svg}");
    }

    #[test]
    fn a_single_hit_among_many_is_still_seen() {
        assert!(answers(1, 1_000_000, 0).contains(r#"class="hit" x="0" y="0" width="1""#));
    }
}
