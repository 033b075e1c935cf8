//! Units（计量单位）: quantities in the smallest priced unit（rules 4.9, trap 22）. A box against a tablet is a factor of thirty.

use crate::Quantity;
use crate::money::mul_div;

/// Pack factor（转换比）: how many smallest units one billed unit holds. A dated row of the knowledge table `unit_factor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFactor {
    /// Billed unit, such as 盒.
    pub bill_unit: String,
    /// Smallest priced unit, such as 片.
    pub min_unit: String,
    /// Smallest units in one billed unit.
    pub factor: Quantity,
}

/// A quantity in the smallest unit. No unit delivered means that it is in the smallest already. None where the factor is not
/// known: then nothing can be compared.
pub fn in_smallest_units(quantity: Quantity, unit: Option<&str>, factors: &[UnitFactor]) -> Option<Quantity> {
    let Some(unit) = unit.map(str::trim).filter(|unit| !unit.is_empty()) else { return Some(quantity) };
    if let Some(row) = factors.iter().find(|row| row.bill_unit == unit) {
        return row.factor.is_positive().then(|| mul_div(quantity.0, row.factor.0, 10_000).map(Quantity)).flatten();
    }
    factors.iter().any(|row| row.min_unit == unit).then_some(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_its_tablets_and_an_unknown_pack_is_unknown() {
        let factors = [UnitFactor { bill_unit: "盒".into(), min_unit: "片".into(), factor: Quantity(300_000) }];
        assert_eq!(in_smallest_units(Quantity(20_000), Some("盒"), &factors), Some(Quantity(600_000)));
        assert_eq!(in_smallest_units(Quantity(20_000), Some("片"), &factors), Some(Quantity(20_000)));
        assert_eq!(in_smallest_units(Quantity(20_000), None, &factors), Some(Quantity(20_000)));
        assert_eq!(in_smallest_units(Quantity(20_000), Some("瓶"), &factors), None);
    }
}
