//! Charts: a few series over months, always beside a table with the same figures.

use serde_json::json;

/// Fewer points than these say more in a table than in a picture.
const LEAST_POINTS: usize = 6;

/// Chart（图）: what it says in words, and what the browser draws.
pub(crate) struct Chart {
    pub(crate) label: String,
    pub(crate) option: String,
}

impl Chart {
    /// Lines over months; none where there are too few of them. `unit` stands after the figures in the words.
    pub(crate) fn lines(title: &str, unit: &str, months: &[String], series: &[(&str, Vec<i64>)]) -> Option<Self> {
        if months.len() < LEAST_POINTS {
            return None;
        }
        let drawn = series.iter().map(|(name, values)| json!({ "type": "line", "name": name, "data": values }));
        let names: Vec<&str> = series.iter().map(|(name, _)| *name).collect();
        let option = json!({
            "legend": { "data": names },
            "tooltip": {},
            "xAxis": { "type": "category", "data": months },
            "yAxis": { "type": "value" },
            "series": drawn.collect::<Vec<_>>(),
        });
        let said = series.iter().filter_map(|(name, values)| {
            let (first, last) = (values.first()?, values.last()?);
            Some(format!("{name}由 {first} 到 {last} {unit}"))
        });
        let period = format!("{} 至 {}", months[0], months[months.len() - 1]);
        let label = format!("{title}，{period}：{}", said.collect::<Vec<_>>().join("，"));
        // The option stands inside a script element: nothing in it may end that element.
        Some(Self { label, option: option.to_string().replace('<', "\\u003c") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_what_it_shows_and_cannot_leave_its_element() {
        let months: Vec<String> = (1..=6).map(|month| format!("2026-{month:02}")).collect();
        assert!(Chart::lines("疑点", "条", &months[..5], &[]).is_none());
        let chart = Chart::lines("疑点", "条", &months, &[("</script>", vec![1, 2, 3, 4, 5, 9])]).unwrap();
        assert_eq!(chart.label, "疑点，2026-01 至 2026-06：</script>由 1 到 9 条");
        assert!(!chart.option.contains('<'), "{}", chart.option);
        let read: serde_json::Value = serde_json::from_str(&chart.option).unwrap();
        assert_eq!(read["series"][0]["data"][5], 9);
    }
}
