//! Which file and delivery a row came from, as a small number that orders rows by age.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::UInt32Array;
use datafusion::arrow::array::{ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Int64Type;

use crate::layout::Month;
use crate::manifest::{Manifest, Source};
use crate::schema::DELIVERY;

/// All files that rows of the lake, or of this delivery, can come from; older ones first.
pub(crate) struct Origins {
    list: Vec<(i64, String)>,
    ids: HashMap<(i64, String), u32>,
    first_new: u32,
}

impl Origins {
    pub(crate) fn new(manifest: &Manifest, number: i64, sources: &[Source]) -> Self {
        // The first is for rows whose file no manifest names.
        let mut list = vec![(0, String::new())];
        for delivery in &manifest.deliveries {
            list.extend(delivery.sources.iter().map(|source| (delivery.number, source.digest.clone())));
        }
        let first_new = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list.extend(sources.iter().map(|source| (number, source.digest.clone())));
        let ids = (0..).zip(&list).map(|(id, origin)| (origin.clone(), id)).collect();
        Self { list, ids, first_new }
    }

    /// The origin of a source of this delivery.
    pub(crate) fn of_source(&self, source: usize) -> u32 {
        self.first_new + u32::try_from(source).unwrap_or(u32::MAX)
    }

    /// The source of this delivery that an origin is.
    pub(crate) fn source(&self, origin: u32) -> Option<usize> {
        origin.checked_sub(self.first_new).map(|source| source as usize)
    }

    pub(crate) fn is_new(&self, origin: u32) -> bool {
        origin >= self.first_new
    }

    /// Origins of rows read from the lake.
    pub(crate) fn read(&self, batch: &RecordBatch, source_column: &str) -> UInt32Array {
        let deliveries = batch.column_by_name(DELIVERY).map(AsArray::as_primitive::<Int64Type>);
        let sources = batch.column_by_name(source_column).map(AsArray::as_string::<i32>);
        let (Some(deliveries), Some(sources)) = (deliveries, sources) else {
            return UInt32Array::from(vec![0; batch.num_rows()]);
        };
        let mut last: Option<(i64, &str, u32)> = None;
        let origin = |row: usize| {
            let (delivery, source) = (deliveries.value(row), sources.value(row));
            if let Some((d, s, id)) = last
                && (d, s) == (delivery, source)
            {
                return id;
            }
            let id = self.ids.get(&(delivery, source.to_owned())).copied().unwrap_or(0);
            last = Some((delivery, source, id));
            id
        };
        (0..batch.num_rows()).map(origin).collect::<Vec<_>>().into()
    }

    /// The columns `delivery` and `source` of rows.
    pub(crate) fn columns(&self, origins: &UInt32Array) -> (ArrayRef, ArrayRef) {
        let delivery: Int64Array = origins.values().iter().map(|id| self.list[*id as usize].0).collect::<Vec<_>>().into();
        let keys: Int32Array = origins.values().iter().map(|id| i32::try_from(*id).unwrap_or(0)).collect::<Vec<_>>().into();
        let values = StringArray::from_iter_values(self.list.iter().map(|(_, digest)| digest));
        let source = DictionaryArray::new(keys, Arc::new(values));
        (Arc::new(delivery), Arc::new(source))
    }
}

/// Older rows that a delivery takes out.
#[derive(Default)]
pub(crate) struct Replaced {
    pub(crate) institutions: HashMap<Month, HashSet<String>>,
}

impl Replaced {
    pub(crate) fn new(pairs: &[(Month, String)]) -> Self {
        let mut institutions: HashMap<Month, HashSet<String>> = HashMap::new();
        for (month, institution) in pairs {
            institutions.entry(*month).or_default().insert(institution.clone());
        }
        Self { institutions }
    }

    pub(crate) fn in_month(&self, month: Month) -> Option<&HashSet<String>> {
        self.institutions.get(&month)
    }
}
