//! What a visit is made of: lines, orders, operations.

use claims::Moment;

use crate::catalogue::ItemRef;

/// Line（费用明细）.
#[expect(clippy::struct_excessive_bools, reason = "the national tables carry as many flags")]
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) sn: u32,
    pub(crate) item: ItemRef,
    pub(crate) at: Moment,
    pub(crate) cnt: i64,
    /// Unit price in fen.
    pub(crate) price: i64,
    pub(crate) amount: i64,
    /// In-scope amount; none when it is not delivered.
    pub(crate) inscp: Option<i64>,
    /// The line it refunds, 0 none.
    pub(crate) init: u32,
    /// Prescription within the visit, 0 none.
    pub(crate) rx: u32,
    /// Index of its settlement in the visit.
    pub(crate) setl: u8,
    /// Ordered by a user that names nobody.
    pub(crate) nobody: bool,
    pub(crate) maternity: bool,
    pub(crate) circulated: bool,
    /// Days that the drug is meant for; 0 the usual number for the kind of visit.
    pub(crate) days: u16,
    /// Given along at discharge.
    pub(crate) take_home: bool,
    /// Delivered without its unit price.
    pub(crate) unpriced: bool,
}

/// Order（医嘱）, for the few visits whose orders are delivered.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) number: u64,
    pub(crate) item: ItemRef,
    pub(crate) begin: Moment,
    pub(crate) end: Option<Moment>,
    /// Quantity dispensed.
    pub(crate) cnt: i64,
    /// Unit of the quantity; empty where it is not delivered.
    pub(crate) unit: &'static str,
}

/// Operation（手术）.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) begin: Moment,
    pub(crate) end: Moment,
}
