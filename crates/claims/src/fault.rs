//! The checks that normalisation itself makes. What they find is a fault of the data, never a violation.

/// A refund line to which no charge could be found, wholly or in part（rules 4.1）.
pub const REFUND_WITHOUT_CHARGE: &str = "D030";
/// Visit and person table disagree about the sex（readings 5）.
pub const SEX_CONFLICT: &str = "D031";
/// Visit and person table disagree about the birth date（readings 3）.
pub const BIRTH_CONFLICT: &str = "D032";
/// A line whose visit was not delivered.
pub const LINE_WITHOUT_VISIT: &str = "D033";
/// A visit that ends before it begins: its end is taken as not delivered（readings 13）.
pub const END_BEFORE_BEGIN: &str = "D034";
/// A line with an amount and no quantity.
pub const AMOUNT_WITHOUT_QUANTITY: &str = "D035";
