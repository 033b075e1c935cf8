//! The city's own limited items, and the regional knowledge rows about them.
//!
//! Most tables that rules read are shipped empty, because a region fills them. The city is a region of its own: it bills these
//! items only where something is planted, and says here what limits them. Services carry national numbers, drugs and
//! consumables the maker 99999, which does not exist.

mod items;
mod points;

use crate::catalogue::Item;

pub(crate) use items::ITEMS;
pub(crate) use points::POINTS;

/// Item of the city: name, code, price in fen, catalogue class, charge category.
pub(crate) struct LocalItem {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) price: i64,
    pub(crate) level: u8,
    pub(crate) charge: &'static str,
}

impl LocalItem {
    /// As an item of the catalogue; the code's first sign says which list it is of.
    pub(crate) fn item(&self) -> Item {
        let list = match self.code.as_bytes().first() {
            Some(b'X' | b'Z') => "101",
            Some(b'T') => "102",
            Some(b'C') => "301",
            _ => "201",
        };
        crate::catalogue::item(self.name, self.code, self.price, self.level, self.charge, list)
    }
}

/// Point（本地知识点）: a row about items of the city.
pub(crate) struct Point {
    pub(crate) table: &'static str,
    /// Rule that it feeds; empty means whichever reads the table.
    pub(crate) rule: &'static str,
    /// Items by name, or a code as it stands.
    pub(crate) about: &'static [&'static str],
    /// Values; one that begins with `@` names an item and stands for its code.
    pub(crate) columns: &'static [(&'static str, &'static str)],
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::registers::columns_of;

    #[test]
    fn codes_have_the_national_shape_and_repeat_nowhere() {
        let mut codes = BTreeSet::new();
        for one in ITEMS {
            let length = match one.code.as_bytes()[0] {
                b'X' => 23,
                b'T' => 10,
                b'C' => 20,
                _ => 15,
            };
            assert_eq!(one.code.len(), length, "{} {}", one.name, one.code);
            assert_eq!(one.price % 2, 0, "{}", one.name);
            assert!(codes.insert(one.code), "{} repeats", one.code);
        }
    }

    #[test]
    fn points_speak_of_items_and_columns_that_exist() {
        let named = |name: &str| ITEMS.iter().any(|item| item.name == name);
        for point in POINTS {
            let columns = columns_of(point.table);
            for (column, value) in point.columns {
                assert!(columns.contains(column), "{} has no {column}", point.table);
                assert!(value.strip_prefix('@').is_none_or(named), "{value}");
            }
            assert!(point.about.iter().all(|about| about.is_ascii() || named(about)), "{:?}", point.about);
        }
    }
}
