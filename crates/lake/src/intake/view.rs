//! Views: the cells of a target over a block, row for row, without copying what can be read in place.

use datafusion::arrow::array::{Array, StringArray};
use datafusion::error::DataFusionError;

use super::block::Block;
use super::feed::{Cell, Target};
use super::value::NullWords;

/// The rows that a target makes of a block.
pub(crate) struct View<'a> {
    pub(crate) block: &'a Block,
    nulls: &'a NullWords,
    /// For every made row, the block's row.
    pub(crate) rows: Vec<u32>,
    columns: Vec<ColumnView<'a>>,
    /// For every made row whether it was paid without insurance.
    pub(crate) self_paid: Option<Vec<bool>>,
}

enum ColumnView<'a> {
    Absent,
    Field(usize),
    Constant(&'a str),
    /// One value for every made row.
    Made(Vec<Option<String>>),
    /// One value for every row of the block.
    Computed(StringArray),
}

impl<'a> View<'a> {
    pub(crate) fn new(target: &'a Target, block: &'a Block, nulls: &'a NullWords) -> Result<Self, DataFusionError> {
        let mut rows = taken(target, block, nulls)?;
        let columns = if target.split.is_some() || target.need.is_some() {
            let (made, columns) = unpivot(target, block, nulls, &rows)?;
            rows = made;
            columns
        } else {
            target.cells.iter().map(|cell| plain(cell, block, nulls, &rows)).collect::<Result<_, _>>()?
        };
        let paid = target.self_paid.as_ref().map(|condition| condition.holds(block, nulls)).transpose()?;
        let self_paid = paid.map(|paid| rows.iter().map(|row| paid[*row as usize]).collect());
        Ok(Self { block, nulls, rows, columns, self_paid })
    }

    /// Whether the column has no source at all.
    pub(crate) fn is_absent(&self, column: usize) -> bool {
        matches!(self.columns[column], ColumnView::Absent)
    }

    /// The value of a made row, without blanks, or none.
    pub(crate) fn value(&self, row: usize, column: usize) -> Option<&str> {
        match &self.columns[column] {
            ColumnView::Absent => None,
            ColumnView::Field(field) => self.nulls.value(self.block.field(self.rows[row] as usize, *field)),
            ColumnView::Constant(text) => Some(text),
            ColumnView::Made(values) => self.nulls.value(values[row].as_deref()?),
            ColumnView::Computed(values) => {
                let at = self.rows[row] as usize;
                values.is_valid(at).then(|| values.value(at)).and_then(|text| self.nulls.value(text))
            }
        }
    }
}

fn taken(target: &Target, block: &Block, nulls: &NullWords) -> Result<Vec<u32>, DataFusionError> {
    let all = 0..u32::try_from(block.rows()).unwrap_or(u32::MAX);
    match &target.filter {
        None => Ok(all.collect()),
        Some(filter) => {
            let holds = filter.holds(block, nulls)?;
            Ok(all.filter(|row| holds[*row as usize]).collect())
        }
    }
}

fn plain<'a>(cell: &'a Cell, block: &Block, nulls: &NullWords, rows: &[u32]) -> Result<ColumnView<'a>, DataFusionError> {
    Ok(match cell {
        // Lists are only met in repeats, which take them apart.
        Cell::Absent | Cell::Fields { .. } => ColumnView::Absent,
        Cell::Field { index, map: None, .. } => ColumnView::Field(*index),
        Cell::Field { index, map: Some(map), .. } => {
            let mapped = |row: &u32| map.get(nulls.value(block.field(*row as usize, *index))?).cloned();
            ColumnView::Made(rows.iter().map(mapped).collect())
        }
        Cell::Constant { first, .. } => ColumnView::Constant(first),
        Cell::Position => ColumnView::Constant("1"),
        Cell::RowNumber => ColumnView::Made(rows.iter().map(|row| Some(block.numbers[*row as usize].to_string())).collect()),
        Cell::Sql(computed) => ColumnView::Computed(computed.texts(block, nulls)?),
    })
}

type Unpivoted<'a> = (Vec<u32>, Vec<ColumnView<'a>>);

/// Makes one row of every entry of the lists, or none where the needed column is empty or repeats an earlier entry.
fn unpivot<'a>(target: &'a Target, block: &Block, nulls: &NullWords, rows: &[u32]) -> Result<Unpivoted<'a>, DataFusionError> {
    let split = target.split.as_deref();
    let list = target.need.map(|need| &target.cells[need]);
    let mut entries: Vec<(u32, usize)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for row in rows {
        seen.clear();
        for entry in 0..list.map_or(1, |list| entry_count(list, split, block, *row)) {
            let Some(list @ (Cell::Field { .. } | Cell::Fields { .. })) = list else {
                entries.push((*row, entry));
                continue;
            };
            let Some(text) = nulls.value(piece(list, split, block, *row, entry)) else { continue };
            if !seen.contains(&text) {
                seen.push(text);
                entries.push((*row, entry));
            }
        }
    }
    let made: Vec<u32> = entries.iter().map(|(row, _)| *row).collect();
    let column = |cell: &'a Cell| -> Result<ColumnView<'a>, DataFusionError> {
        Ok(match cell {
            Cell::Field { listed: true, map, .. } | Cell::Fields { map, .. } => {
                let value = |(row, entry): &(u32, usize)| {
                    let text = nulls.value(piece(cell, split, block, *row, *entry))?;
                    map.as_ref().map_or_else(|| Some(text.to_owned()), |map| map.get(text).cloned())
                };
                ColumnView::Made(entries.iter().map(value).collect())
            }
            Cell::Constant { first, rest } if first != rest => {
                let value = |(_, entry): &(u32, usize)| Some(if *entry == 0 { first.clone() } else { rest.clone() });
                ColumnView::Made(entries.iter().map(value).collect())
            }
            Cell::Position => ColumnView::Made(entries.iter().map(|(_, entry)| Some((entry + 1).to_string())).collect()),
            other => plain(other, block, nulls, &made)?,
        })
    };
    let columns = target.cells.iter().map(column).collect::<Result<_, _>>()?;
    Ok((made, columns))
}

fn entry_count(cell: &Cell, split: Option<&str>, block: &Block, row: u32) -> usize {
    match (cell, split) {
        (Cell::Fields { indexes, .. }, _) => indexes.len(),
        (Cell::Field { index, .. }, Some(split)) => block.field(row as usize, *index).split(split).count(),
        _ => 1,
    }
}

fn piece<'b>(cell: &Cell, split: Option<&str>, block: &'b Block, row: u32, entry: usize) -> &'b str {
    let field = |index: usize| block.field(row as usize, index);
    match (cell, split) {
        (Cell::Fields { indexes, .. }, _) => indexes.get(entry).copied().flatten().map_or("", field),
        (Cell::Field { index, listed: true, .. }, Some(split)) => field(*index).split(split).nth(entry).unwrap_or_default(),
        (Cell::Field { index, .. }, _) => field(*index),
        _ => "",
    }
}
