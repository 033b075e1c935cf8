//! The server's log（运行日志）on standard error: a line for each event, as text for people or as JSON for whatever gathers it.

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::today::now;

/// Log（日志）: how lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// As text or as JSON.
    pub(crate) format: Format,
}

/// Format（格式）of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// From now on, events are written. Only the first call of a process counts.
pub(crate) fn begin(log: Log) {
    let _ = tracing_subscriber::registry().with(Lines(log.format)).try_init();
}

struct Lines(Format);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Libraries below say much that concerns nobody who runs the site.
        let target = event.metadata().target();
        let own =
            ["access", "web", "mingcha", "store"].iter().any(|name| target == *name || target.starts_with(&format!("{name}::")));
        if own || *event.metadata().level() <= Level::ERROR {
            let line = line(self.0, &now().to_string(), *event.metadata().level(), target, &Fields::of(event));
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }
}

/// What an event says, by name.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn of(event: &Event<'_>) -> Self {
        let mut fields = Self::default();
        event.record(&mut fields);
        fields
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

/// A line with its end. No value can begin another line.
fn line(format: Format, at: &str, level: Level, target: &str, fields: &Fields) -> String {
    if format == Format::Json {
        let mut all = json!({ "at": at, "level": level.as_str(), "target": target });
        for (name, value) in &fields.0 {
            all[name.as_str()] = value.clone();
        }
        return format!("{all}\n");
    }
    let mut text = format!("{at} {level} {target}");
    for (name, value) in &fields.0 {
        let value = value.as_str().map_or_else(|| value.to_string(), |text| text.replace(['\n', '\r'], " "));
        let _ = write!(text, " {name}={value}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_in_either_form() {
        let mut fields = Fields::default();
        fields.0.insert("route".to_owned(), "/findings/{id}".into());
        fields.0.insert("status".to_owned(), 200.into());
        fields.0.insert("user".to_owned(), "a\nb".into());
        let of = |format| line(format, "2026-03-02 09:00:00", Level::INFO, "access", &fields);
        assert_eq!(of(Format::Text), "2026-03-02 09:00:00 INFO access route=/findings/{id} status=200 user=a b\n");
        let json: Value = serde_json::from_str(&of(Format::Json)).unwrap();
        assert_eq!(
            (json["status"].as_u64(), json["user"].as_str(), json["level"].as_str()),
            (Some(200), Some("a\nb"), Some("INFO"))
        );
        assert_eq!(of(Format::Json).matches('\n').count(), 1);
    }
}
