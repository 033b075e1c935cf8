//! Arguments of trace rules.

use serde::Deserialize;

/// TraceKind（追溯码判定）: arguments of [`super::Kind::Trace`].
///
/// A sale is a settlement that stands in which the pack was scanned, returns taken off; what was sold in part is none. Where it was
/// not delivered whether it was sold in part, it may be one: a hit must hold without it, and is undecided where it holds with it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceKind {
    /// Least signs of a trace code. What is shorter, or not ASCII, or zeros only, tells no pack from another.
    pub least_signs: usize,
}
