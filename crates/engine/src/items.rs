//! Items（项目与规则）: which rules speak of an item, and with which knowledge rows; asked once for every code of a batch.

use std::collections::HashMap;
use std::sync::Arc;

use claims::Text;
use claims::lines::LineRow;
use foldhash::fast::FixedState;
use rulebook::knowledge::PointInForce;

/// Reach（规则所及）: a rule, and its knowledge rows of one code.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) rule: u16,
    pub(crate) points: Vec<PointInForce>,
}

/// Item code → the rules whose knowledge speaks of it.
pub(crate) type Reached = HashMap<Text, Vec<Reach>, FixedState>;

/// The answers for the codes of the batches at hand. Lines share their lists of codes, so a code is looked up once a list and not
/// once a line.
pub(crate) struct Items<'a> {
    reached: &'a Reached,
    lists: Vec<Known<'a>>,
    /// Where each list is, by its address.
    places: HashMap<*const Text, usize, FixedState>,
    /// The list of the last line, which usually is the next line's too.
    last: usize,
    /// How many lines each rule looked at last time: about as many as it will look at next.
    pub(crate) looked_at: Vec<usize>,
}

struct Known<'a> {
    /// Kept, so that its address stays its own.
    codes: Arc<[Text]>,
    by_key: Vec<Option<&'a [Reach]>>,
}

impl<'a> Items<'a> {
    pub(crate) fn new(reached: &'a Reached) -> Self {
        Self { reached, lists: Vec::new(), places: HashMap::default(), last: 0, looked_at: Vec::new() }
    }

    /// The rules that speak of a line's item; none for an unmapped line.
    pub(crate) fn of(&mut self, line: &LineRow) -> &'a [Reach] {
        let Some((key, codes)) = line.code_key() else { return &[] };
        let look_up = || line.national().and_then(|code| self.reached.get(code)).map_or(&[][..], Vec::as_slice);
        if self.lists.get(self.last).is_none_or(|known| !Arc::ptr_eq(&known.codes, codes)) {
            self.last = *self.places.entry(codes.as_ptr()).or_insert_with(|| {
                self.lists.push(Known { codes: Arc::clone(codes), by_key: vec![None; codes.len()] });
                self.lists.len() - 1
            });
        }
        let slot = self.lists[self.last].by_key.get_mut(key as usize);
        slot.map_or(&[], |slot| slot.get_or_insert_with(look_up))
    }
}
