//! The profiles as one web page that stands alone and prints.

use anyhow::Result;
use askama::Template;

use super::Report;
use super::profile::{FactorScore, Profile};
use super::scheme::Band;
use crate::number;

#[derive(Template)]
#[template(path = "risk.html")]
struct Page<'a> {
    r: &'a Report,
    shown: &'a [Profile],
}

/// The page as text.
pub(super) fn render(report: &Report, shown: usize) -> Result<String> {
    Ok(Page { r: report, shown: &report.profiles[..shown.min(report.profiles.len())] }.render()?)
}

impl Page<'_> {
    fn yuan(&self, fen: &i64) -> String {
        number::yuan(*fen)
    }

    fn count(&self, n: &i64) -> String {
        number::count(*n)
    }

    fn many(&self, n: &u64) -> String {
        number::count(*n)
    }

    fn points(&self, value: &f64) -> String {
        format!("{value:.1}")
    }

    fn tone(&self, band: &Band) -> &'static str {
        match band {
            Band::High => "badge red",
            Band::Middle => "badge yellow",
            Band::Low => "badge",
        }
    }

    fn found(&self, profile: &Profile) -> String {
        let found = profile.findings;
        number::count(found.violation + found.suspicion_high + found.suspicion + found.hint)
    }

    fn aside(&self, profile: &Profile) -> String {
        number::count(profile.aside.iter().map(|aside| aside.findings).sum::<u64>())
    }

    /// A bar as wide as the points given, of the points there are.
    fn bar(&self, factor: &FactorScore) -> String {
        let share = if factor.of > 0.0 { 100.0 * factor.points / factor.of } else { 0.0 };
        format!(
            "<svg class=\"points\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"p2\" width=\"100\" height=\"8\"/><rect class=\"p0\" width=\"{share:.1}\" height=\"8\"/></svg>"
        )
    }
}
