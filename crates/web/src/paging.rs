//! Paging（分页）: which rows of a list a page shows, and how to turn it.

use crate::guard::Fields;

/// Rows on a page.
pub(crate) const PAGE: usize = 50;

/// Turn（页次）: the page that was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    /// The field that names it.
    field: &'static str,
    number: usize,
    /// Rows before it.
    pub(crate) skip: usize,
}

/// Pages（页码）as a list shows them below it.
pub(crate) struct Pages {
    /// The list's address.
    pub(crate) address: &'static str,
    /// Number of the first row shown; zero where there is none.
    pub(crate) first: usize,
    /// Number of the last.
    pub(crate) last: usize,
    /// Rows in all.
    pub(crate) total: usize,
    /// Query of the page before.
    pub(crate) back: Option<String>,
    /// Query of the next.
    pub(crate) onward: Option<String>,
}

impl Turn {
    /// The page that a query asks for; the first where it names none.
    pub(crate) fn of(fields: &Fields) -> Self {
        Self::of_part(fields, "page")
    }

    /// The same of one of several lists on a page, which turn by themselves.
    pub(crate) fn of_part(fields: &Fields, field: &'static str) -> Self {
        let number: usize = fields.one(field).and_then(|text| text.parse().ok()).filter(|page| *page > 0).unwrap_or(1);
        Self { field, number, skip: (number - 1).saturating_mul(PAGE) }
    }

    /// Rows before it, and rows on it, as the store counts.
    pub(crate) fn rows(self) -> (i64, i64) {
        (i64::try_from(self.skip).unwrap_or(i64::MAX), i64::try_from(PAGE).unwrap_or(i64::MAX))
    }

    /// What stands below a list that shows so many rows of all.
    pub(crate) fn pages(self, address: &'static str, fields: &Fields, shown: usize, total: usize) -> Pages {
        let last = self.skip.saturating_add(shown);
        let turned = |number: usize| format!("{}&{}={number}", fields.with(&[(self.field, "")]), self.field);
        Pages {
            address,
            first: if shown == 0 { 0 } else { self.skip + 1 },
            last,
            total,
            back: (self.number > 1).then(|| turned(self.number - 1)),
            onward: (last < total).then(|| turned(self.number + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(query: &str, shown: usize, total: usize) -> Pages {
        let fields = Fields::parse(query.as_bytes());
        Turn::of(&fields).pages("/x", &fields, shown, total)
    }

    #[test]
    fn a_page_knows_its_rows_and_its_neighbours() {
        let first = pages("q=%E7%94%B2", 50, 70);
        assert_eq!((first.first, first.last, first.back), (1, 50, None));
        assert_eq!(first.onward.as_deref(), Some("q=%E7%94%B2&page=2"));
        let second = pages("q=%E7%94%B2&page=2", 20, 70);
        assert_eq!((second.first, second.last, second.onward), (51, 70, None));
        assert_eq!(second.back.as_deref(), Some("q=%E7%94%B2&page=1"));
        let none = pages("page=0", 0, 0);
        assert_eq!((none.first, none.last, none.back, none.onward), (0, 0, None, None));
    }
}
