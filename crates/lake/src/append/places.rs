//! Where each visit lies: partition, institution, person. Rows of a visit follow it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use datafusion::arrow::array::RecordBatch;

use super::rows::text;
use crate::error::LakeError;
use crate::layout::{Month, Partition, hash64, shard_of};

/// Hasher for keys that are hashes already.
#[derive(Default)]
pub(crate) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash64(bytes, self.0);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

pub(crate) type HashedMap<V> = HashMap<u64, V, BuildHasherDefault<Hashed>>;

/// The identity of a visit, as the index keeps it.
pub(crate) fn visit_hash(mdtrt_id: &str) -> u64 {
    hash64(mdtrt_id.as_bytes(), 1)
}

/// Texts, each once.
#[derive(Default)]
struct Texts {
    arena: String,
    ends: Vec<usize>,
    ids: HashedMap<u32>,
}

impl Texts {
    fn id(&mut self, text: &str) -> u32 {
        for seed in 2.. {
            let hash = hash64(text.as_bytes(), seed);
            match self.ids.get(&hash) {
                Some(id) if self.get(*id) == text => return *id,
                Some(_) => {}
                None => {
                    let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
                    self.arena.push_str(text);
                    self.ends.push(self.arena.len());
                    self.ids.insert(hash, id);
                    return id;
                }
            }
        }
        unreachable!("some seed sets a new text apart from those before it")
    }

    fn find(&self, text: &str) -> Option<u32> {
        for seed in 2.. {
            match self.ids.get(&hash64(text.as_bytes(), seed)) {
                Some(id) if self.get(*id) == text => return Some(*id),
                Some(_) => {}
                None => return None,
            }
        }
        None
    }

    fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let begin = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.arena[begin..self.ends[id]]
    }

    fn bytes(&self) -> usize {
        self.arena.capacity() + self.ends.capacity() * 8 + self.ids.capacity() * 13
    }
}

/// What one person had at one institution in one partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Folder {
    partition: Partition,
    institution: u32,
    person: u32,
}

/// A visit in the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) folder: u32,
    /// Delivered now.
    pub(crate) delivered: bool,
    /// In the lake already.
    pub(crate) known: bool,
}

/// The index of visits, and the order of folders.
#[derive(Default)]
pub(crate) struct Places {
    shards: u32,
    texts: Texts,
    folders: Vec<Folder>,
    folder_ids: HashMap<Folder, u32>,
    visits: HashedMap<Place>,
    /// Visits that the delivery puts elsewhere than the lake has them, with their old partition.
    moved: HashedMap<Partition>,
    ranks: Vec<u32>,
}

impl Places {
    pub(crate) fn new(shards: u32) -> Self {
        Self { shards, ..Self::default() }
    }

    pub(crate) fn folder(&mut self, month: Month, institution: &str, person: &str) -> u32 {
        let partition = Partition::new(month, shard_of(institution, self.shards));
        let folder = Folder { partition, institution: self.texts.id(institution), person: self.texts.id(person) };
        if let Some(id) = self.folder_ids.get(&folder) {
            return *id;
        }
        let id = u32::try_from(self.folders.len()).unwrap_or(u32::MAX);
        self.folders.push(folder.clone());
        self.folder_ids.insert(folder, id);
        id
    }

    pub(crate) fn visit(&self, hash: u64) -> Option<Place> {
        self.visits.get(&hash).copied()
    }

    /// Records a delivered visit. False if the delivery has put it elsewhere already.
    pub(crate) fn deliver(&mut self, hash: u64, folder: u32) -> bool {
        let place = self.visits.entry(hash).or_insert(Place { folder, delivered: true, known: false });
        place.folder == folder
    }

    /// Records a visit that the lake has, if the delivery brings it too or `all` are wanted.
    pub(crate) fn know(&mut self, hash: u64, month: Month, institution: &str, person: &str, all: bool) {
        if let Some(place) = self.visits.get_mut(&hash) {
            place.known = true;
            let delivered = place.folder;
            let folder = self.folder(month, institution, person);
            if folder != delivered {
                self.moved.insert(hash, self.folders[folder as usize].partition.clone());
            }
        } else if all {
            let folder = self.folder(month, institution, person);
            self.visits.insert(hash, Place { folder, delivered: false, known: true });
        }
    }

    pub(crate) fn has_moved(&self, hash: u64) -> bool {
        !self.moved.is_empty() && self.moved.contains_key(&hash)
    }

    pub(crate) fn any_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Partitions that moved visits leave.
    pub(crate) fn left_partitions(&self) -> impl Iterator<Item = &Partition> {
        self.moved.values()
    }

    /// Partitions in which the delivery brings visits that the lake has there.
    pub(crate) fn redelivered(&self) -> impl Iterator<Item = &Partition> {
        let again = self.visits.iter().filter(|(hash, place)| place.delivered && place.known && !self.has_moved(**hash));
        again.map(|(_, place)| self.partition(place.folder))
    }

    pub(crate) fn partition(&self, folder: u32) -> &Partition {
        &self.folders[folder as usize].partition
    }

    pub(crate) fn institution(&self, folder: u32) -> &str {
        self.texts.get(self.folders[folder as usize].institution)
    }

    pub(crate) fn person(&self, folder: u32) -> &str {
        self.texts.get(self.folders[folder as usize].person)
    }

    /// Position of each folder in the order partition, institution, person.
    ///
    /// Folders found later never change the order of those before them, so runs sorted by older ranks stay sorted.
    pub(crate) fn rank(&mut self) {
        if self.ranks.len() == self.folders.len() {
            return;
        }
        let mut order: Vec<u32> = (0..u32::try_from(self.folders.len()).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by(|a, b| {
            let (left, right) = (self.partition(*a), self.partition(*b));
            let left = (left, self.institution(*a), self.person(*a));
            left.cmp(&(right, self.institution(*b), self.person(*b)))
        });
        self.ranks = vec![0; order.len()];
        for (rank, folder) in (0_u32..).zip(order) {
            self.ranks[folder as usize] = rank;
        }
    }

    /// Rank of a folder; call [`Places::rank`] first.
    pub(crate) fn rank_of(&self, folder: u32) -> u32 {
        self.ranks.get(folder as usize).copied().unwrap_or(0)
    }

    /// The folder of a row that lies in the lake, if it was entered before.
    pub(crate) fn find(&self, partition: &Partition, institution: &str, person: &str) -> Option<u32> {
        let (institution, person) = (self.texts.find(institution)?, self.texts.find(person)?);
        self.folder_ids.get(&Folder { partition: partition.clone(), institution, person }).copied()
    }

    /// Enters the folders of rows of a data file, so that they can be ranked.
    pub(crate) fn enter(&mut self, partition: &Partition, batch: &RecordBatch, table: &str) -> Result<(), LakeError> {
        let institutions = text(batch, table, "fixmedins_code")?;
        let persons = text(batch, table, "psn_no")?;
        for row in 0..batch.num_rows() {
            let (institution, person) = (institutions.value(row), persons.value(row));
            if row == 0 || institution != institutions.value(row - 1) || person != persons.value(row - 1) {
                self.folder(partition.month(), institution, person);
            }
        }
        Ok(())
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.bytes() + self.visits.capacity() * 17 + self.folders.capacity() * 20 + self.folder_ids.capacity() * 26
    }
}
