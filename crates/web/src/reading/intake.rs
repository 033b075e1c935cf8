//! Deliveries as pages show them: what was read, what was refused, and what to do about it.

use casework::Scope;

/// Delivery（交付）: one import with its report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Place in the order of imports, from 1.
    pub number: usize,
    /// Number of the delivery in the lake, where something was loaded.
    pub delivery: Option<i64>,
    /// When.
    pub at: String,
    /// Whether it stands in the lake.
    pub loaded: bool,
    /// File, what it is, and its rows.
    pub files: Vec<(String, String, u64)>,
    /// Tables.
    pub tables: Vec<DeliveredTable>,
    /// Faults, the worst first.
    pub faults: Vec<DeliveredFault>,
    /// The twelve acceptance checks: number, name, outcome where it was measured, figures.
    pub acceptance: Vec<(u64, String, Option<bool>, String)>,
    /// What else people should know.
    pub warnings: Vec<String>,
}

impl Delivered {
    /// Acceptance checks that were not passed.
    pub fn failed(&self) -> usize {
        self.acceptance.iter().filter(|(_, _, pass, _)| *pass == Some(false)).count()
    }
}

/// What became of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveredTable {
    /// Table.
    pub table: String,
    /// Rows read, loaded, refused, known already, and replaced.
    pub rows: [u64; 5],
    /// Amount of the rows read and loaded, in fen.
    pub amount_fen: [i64; 2],
}

/// All that one check found in one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveredFault {
    /// Code of the check.
    pub check: String,
    /// Its name.
    pub name: String,
    /// fatal, error or warning.
    pub severity: String,
    /// Table.
    pub table: String,
    /// How often.
    pub count: u64,
    /// What to do.
    pub hint: String,
    /// A few places.
    pub examples: Vec<FaultPlace>,
}

/// Where a fault was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlace {
    /// File.
    pub file: String,
    /// Row, the header being 1; 0 where none is meant.
    pub row: u64,
    /// Column.
    pub column: String,
    /// Value as delivered.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}

/// A row that was refused（被拒收的行）.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedRow {
    /// Number of the delivery.
    pub delivery: i64,
    /// Code of the check.
    pub check: String,
    /// Its name.
    pub name: String,
    /// Table.
    pub table: String,
    /// Institution that the row names; empty where none can be read.
    pub institution: String,
    /// Month that the row names; empty where none can be read.
    pub month: String,
    /// Where, and what is wrong.
    pub place: FaultPlace,
    /// What to do.
    pub hint: String,
}

/// What is asked of the refused rows. What is empty asks nothing.
#[derive(Clone, Debug)]
pub struct RefusedAsked {
    /// Institutions that may be shown; rows that name none are for those who see everything.
    pub scope: Scope,
    /// Delivery.
    pub delivery: Option<i64>,
    /// Institution; `-` asks for rows that name none.
    pub institution: Option<String>,
    /// Month; `-` asks for rows that name none.
    pub month: Option<String>,
    /// Check.
    pub check: Option<String>,
    /// Rows passed over.
    pub skip: usize,
    /// Most rows.
    pub most: usize,
}

impl RefusedAsked {
    /// Whether a row is asked for.
    pub fn wants(&self, row: &RefusedRow) -> bool {
        let named = (!row.institution.is_empty()).then_some(row.institution.as_str());
        let region = row.institution.get(1..7).unwrap_or_default();
        let same = |asked: &Option<String>, known: &str| match asked.as_deref() {
            None => true,
            Some("-") => known.is_empty(),
            Some(asked) => asked == known,
        };
        self.scope.covers(named, region)
            && self.delivery.is_none_or(|delivery| delivery == row.delivery)
            && same(&self.institution, &row.institution)
            && same(&self.month, &row.month)
            && same(&self.check, &row.check)
    }
}

/// A page of refused rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedPage {
    /// How many there are in all.
    pub total: usize,
    /// Those of the page.
    pub rows: Vec<RefusedRow>,
    /// How many there are of each institution and month.
    pub by_place: Vec<(String, String, usize)>,
    /// How many there are of each check: code, name.
    pub by_check: Vec<(String, String, usize)>,
}
