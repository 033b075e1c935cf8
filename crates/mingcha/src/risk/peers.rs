//! Peers（同行）: a unit against the others of its kind, by median and median absolute deviation.
//!
//! A unit is never among its own peers: what it does cannot move the measure it is measured by, so a further violation
//! can only raise its score.

/// Makes a median absolute deviation comparable with a standard deviation, where values are normal.
const NORMAL: f64 = 1.4826;

/// Peers（同行）of one unit: the sorted figures of all, without its own.
pub(crate) struct Others<'a> {
    sorted: &'a [f64],
    own: Option<usize>,
}

impl<'a> Others<'a> {
    /// The others of somebody whose own figure is among the sorted ones, or has none.
    pub(crate) fn of(sorted: &'a [f64], own: Option<f64>) -> Self {
        let own = own.map(|own| sorted.partition_point(|other| *other < own)).filter(|place| *place < sorted.len());
        Self { sorted, own }
    }

    pub(crate) fn len(&self) -> usize {
        self.sorted.len() - usize::from(self.own.is_some())
    }

    fn at(&self, place: usize) -> f64 {
        self.sorted[place + usize::from(self.own.is_some_and(|own| place >= own))]
    }

    pub(crate) fn median(&self) -> Option<f64> {
        let (count, middle) = (self.len(), self.len() / 2);
        match count {
            0 => None,
            odd if odd % 2 == 1 => Some(self.at(middle)),
            _ => Some(f64::midpoint(self.at(middle - 1), self.at(middle))),
        }
    }

    /// Robust scale around the median.
    pub(crate) fn scale(&self, median: f64) -> f64 {
        let (count, middle) = (self.len(), self.len() / 2);
        match count {
            0 => 0.0,
            odd if odd % 2 == 1 => NORMAL * self.deviation(median, middle + 1),
            _ => NORMAL * f64::midpoint(self.deviation(median, middle), self.deviation(median, middle + 1)),
        }
    }

    /// The `rank`-th smallest distance from the median. The nearest ones stand together, so a window is searched and nothing is
    /// sorted: among a million persons everybody has peers of their own.
    fn deviation(&self, median: f64, rank: usize) -> f64 {
        let (mut low, mut high) = (0, self.len() - rank);
        while low < high {
            let start = usize::midpoint(low, high);
            if median - self.at(start) > self.at(start + rank) - median {
                low = start + 1;
            } else {
                high = start;
            }
        }
        (median - self.at(low)).max(self.at(low + rank - 1) - median)
    }

    /// Share of the others below a value; equal ones count half.
    #[expect(clippy::cast_precision_loss, reason = "people and institutions are far fewer than a float can count")]
    pub(crate) fn share_below(&self, value: f64) -> Option<f64> {
        let below = self.sorted.partition_point(|other| *other < value);
        let not_above = self.sorted.partition_point(|other| *other <= value) - usize::from(self.own.is_some());
        (self.len() > 0).then(|| (below + not_above) as f64 / 2.0 / self.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plainly(values: &[f64]) -> f64 {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
    }

    #[test]
    fn one_is_not_among_its_own_peers() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 90.0];
        let others = Others::of(&sorted, Some(90.0));
        assert_eq!(others.len(), 4);
        assert_eq!(others.median(), Some(2.5));
        assert_eq!(others.share_below(90.0), Some(1.0));
        assert_eq!(Others::of(&[7.0], Some(7.0)).median(), None);
        assert_eq!(Others::of(&[7.0, 7.0, 7.0], Some(7.0)).share_below(7.0), Some(0.5));
    }

    proptest! {
        #[test]
        fn the_window_finds_what_sorting_finds(values in prop::collection::vec(0_i16..50, 2..40), own in 0_usize..40) {
            let all: Vec<f64> = values.iter().map(|n| f64::from(*n)).collect();
            let own = own % all.len();
            let mut sorted = all.clone();
            sorted.sort_by(f64::total_cmp);
            let mut rest = all.clone();
            let mine = rest.remove(own);
            let others = Others::of(&sorted, Some(mine));
            let median = plainly(&rest);
            prop_assert_eq!(others.median(), Some(median));
            let far: Vec<f64> = rest.iter().map(|value| (value - median).abs()).collect();
            prop_assert!((others.scale(median) - NORMAL * plainly(&far)).abs() < 1e-9);
        }
    }
}
