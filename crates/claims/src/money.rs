//! Money, prices and quantities as integers. Nothing here is ever a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $places:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// Digits kept after the point.
            pub const PLACES: u32 = $places;

            /// Reads a plain decimal such as `-12.50`. Digits beyond [`Self::PLACES`] must be zero.
            pub fn parse(text: &str) -> Result<Self, DecimalFault> {
                parse_decimal(text, $places).map(Self)
            }

            /// Whether it is greater than zero.
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Its absolute value.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
                Self(all.map(|one| one.0).sum())
            }
        }
        impl fmt::Display for $name {
            /// As people write it: no trailing zeros beyond the fen, `12.50`, `0.333333`, `3`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_decimal(f, self.0, $places)
            }
        }
    };
}

fixed! {
    /// Amount（金额）, in fen: one hundredth of a yuan.
    Fen, 2
}
fixed! {
    /// Unit price（单价）, in millionths of a yuan, as the national platform keeps six places.
    UnitPrice, 6
}
fixed! {
    /// Quantity（数量）, in ten-thousandths of the billed unit; negative on a refund.
    Quantity, 4
}

/// Why a text is not a decimal we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalFault {
    /// No digits, or a sign or letter where a digit belongs.
    #[error("not a decimal number")]
    NotADecimal,
    /// Written as `1.2E5`: the extract rules forbid it, since digits may have been lost.
    #[error("scientific notation")]
    Scientific,
    /// More digits after the point than the column keeps.
    #[error("more decimal places than the column keeps")]
    TooPrecise,
    /// Too large for the column.
    #[error("out of range")]
    OutOfRange,
}

fn parse_decimal(text: &str, places: u32) -> Result<i64, DecimalFault> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut value: i64 = 0;
    let mut seen = 0_u32;
    let mut after_point: Option<u32> = None;
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                seen += 1;
                if let Some(n) = after_point.as_mut() {
                    *n += 1;
                    if *n > places {
                        if byte != b'0' {
                            return Err(DecimalFault::TooPrecise);
                        }
                        continue;
                    }
                }
                value =
                    value.checked_mul(10).and_then(|v| v.checked_add(i64::from(byte - b'0'))).ok_or(DecimalFault::OutOfRange)?;
            }
            b'.' if after_point.is_none() => after_point = Some(0),
            b'e' | b'E' if seen > 0 => return Err(DecimalFault::Scientific),
            _ => return Err(DecimalFault::NotADecimal),
        }
    }
    if seen == 0 {
        return Err(DecimalFault::NotADecimal);
    }
    let missing = places - after_point.unwrap_or(0).min(places);
    let value = 10_i64.checked_pow(missing).and_then(|scale| value.checked_mul(scale)).ok_or(DecimalFault::OutOfRange)?;
    Ok(if negative { -value } else { value })
}

fn write_decimal(f: &mut fmt::Formatter<'_>, value: i64, places: u32) -> fmt::Result {
    let scale = 10_u64.pow(places);
    let whole = value.unsigned_abs() / scale;
    let part = value.unsigned_abs() % scale;
    let sign = if value < 0 { "-" } else { "" };
    if places == 2 {
        return write!(f, "{sign}{whole}.{part:02}");
    }
    if part == 0 {
        return write!(f, "{sign}{whole}");
    }
    let digits = format!("{part:0width$}", width = places as usize);
    write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// `a × b ÷ c`, rounded half up (away from zero), or `None` when `c` is zero.
pub fn mul_div(a: i64, b: i64, c: i64) -> Option<i64> {
    if c == 0 {
        return None;
    }
    small_mul_div(a, b, c).or_else(|| wide_mul_div(a, b, c))
}

/// The same for numbers whose product leaves room in 64 bits: almost all amounts, and many times as fast.
fn small_mul_div(a: i64, b: i64, c: i64) -> Option<i64> {
    let product = a.checked_mul(b)?;
    let negative = (product < 0) != (c < 0);
    let (product, c) = (product.unsigned_abs(), c.unsigned_abs());
    let rounded = product.checked_mul(2)?.checked_add(c)? / c.checked_mul(2)?;
    let rounded = i64::try_from(rounded).ok()?;
    Some(if negative { -rounded } else { rounded })
}

fn wide_mul_div(a: i64, b: i64, c: i64) -> Option<i64> {
    let product = i128::from(a) * i128::from(b);
    let c = i128::from(c);
    let negative = (product < 0) != (c < 0);
    let (product, c) = (product.abs(), c.abs());
    let rounded = (product * 2 + c) / (c * 2);
    i64::try_from(if negative { -rounded } else { rounded }).ok()
}

impl UnitPrice {
    /// Price × quantity, rounded half up to the fen once.
    #[must_use]
    pub fn times(self, quantity: Quantity) -> Fen {
        // 10⁻⁶ yuan × 10⁻⁴ = 10⁻¹⁰ yuan; a fen is 10⁸ of those.
        Fen(mul_div(self.0, quantity.0, 100_000_000).unwrap_or(i64::MAX))
    }

    /// Amount ÷ quantity, rounded half up to a millionth of a yuan; `None` for quantity zero.
    pub fn of(amount: Fen, quantity: Quantity) -> Option<Self> {
        mul_div(amount.0, 100_000_000, quantity.0).map(Self)
    }
}

/// Spreads `total` over `weights` by largest remainder, so that the shares sum to `total` exactly.
///
/// Ties go to the share that comes first: callers sort by id（readings 24）. `None` when the weights sum to zero.
/// Weights must not be negative.
pub fn apportion(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum <= 0 {
        return None;
    }
    let sign = total.signum();
    let total = i128::from(total.abs());
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
    let mut given: i128 = 0;
    for (index, weight) in weights.iter().enumerate() {
        let product = total * i128::from(*weight);
        let share = product / sum;
        given += share;
        remainders.push((product % sum, index));
        shares.push(i64::try_from(share).ok()?);
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = usize::try_from(total - given).ok()?;
    for (_, index) in remainders.into_iter().take(left) {
        shares[index] += 1;
    }
    Some(shares.into_iter().map(|share| share * sign).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_refused() {
        assert_eq!(Fen::parse("12.5"), Ok(Fen(1250)));
        assert_eq!(Fen::parse("-0.01"), Ok(Fen(-1)));
        assert_eq!(Fen::parse("12.500"), Ok(Fen(1250)));
        assert_eq!(Fen::parse("12.505"), Err(DecimalFault::TooPrecise));
        assert_eq!(Fen::parse("1.2E5"), Err(DecimalFault::Scientific));
        assert_eq!(Fen::parse(""), Err(DecimalFault::NotADecimal));
        assert_eq!(Fen::parse("-"), Err(DecimalFault::NotADecimal));
        assert_eq!(Fen::parse("1,200.00"), Err(DecimalFault::NotADecimal));
        assert_eq!(Fen::parse("99999999999999999999"), Err(DecimalFault::OutOfRange));
        assert_eq!(Quantity::parse("0.5"), Ok(Quantity(5000)));
    }

    #[test]
    fn money_is_written_as_people_write_it() {
        assert_eq!(Fen(-5).to_string(), "-0.05");
        assert_eq!(Quantity(5000).to_string(), "0.5");
        assert_eq!(Quantity(30000).to_string(), "3");
        assert_eq!(UnitPrice(1_333_333).to_string(), "1.333333");
    }

    #[test]
    fn products_round_half_up_once() {
        assert_eq!(UnitPrice(1_005_000).times(Quantity(10_000)), Fen(101));
        assert_eq!(UnitPrice(1_005_000).times(Quantity(-10_000)), Fen(-101));
        assert_eq!(UnitPrice::of(Fen(1000), Quantity(30_000)), Some(UnitPrice(3_333_333)));
        assert_eq!(UnitPrice::of(Fen(1000), Quantity(0)), None);
    }

    proptest! {
        #[test]
        fn narrow_and_wide_numbers_come_to_the_same(a in -4_000_000_000..4_000_000_000_i64, b in any::<i32>(), c in any::<i32>()) {
            let (b, c) = (i64::from(b), i64::from(c));
            prop_assume!(c != 0);
            prop_assert_eq!(small_mul_div(a, b, c).or(wide_mul_div(a, b, c)), wide_mul_div(a, b, c));
            prop_assert_eq!(mul_div(a, b, c), wide_mul_div(a, b, c));
        }
    }

    #[test]
    fn numbers_that_need_more_room_are_not_lost() {
        assert_eq!(mul_div(i64::MAX, i64::MAX, i64::MAX), Some(i64::MAX));
        assert_eq!(mul_div(i64::MIN, 1, 1), Some(i64::MIN));
        assert_eq!(mul_div(i64::MAX, 2, 1), None);
    }

    #[test]
    fn shares_sum_to_the_whole() {
        assert_eq!(apportion(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(apportion(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        assert_eq!(apportion(100, &[0, 0]), None);
        assert_eq!(apportion(7, &[0, 5, 0]), Some(vec![0, 7, 0]));
    }
}
