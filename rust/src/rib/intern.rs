//! Equal bytes, equal id: ids count up in order of first appearance.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

/// Distinct byte strings in one arena.
#[derive(Default)]
pub struct Interner {
    arena: Vec<u8>,
    ends: Vec<usize>,
    ids: HashTable<u32>,
}

#[inline]
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

#[inline]
fn slice<'a>(arena: &'a [u8], ends: &[usize], id: u32) -> &'a [u8] {
    let id = id as usize;
    let start = match id.checked_sub(1) {
        Some(previous) => ends.get(previous).copied().unwrap_or_default(),
        None => 0,
    };
    ends.get(id)
        .and_then(|end| arena.get(start..*end))
        .unwrap_or_default()
}

impl Interner {
    /// Id of `bytes`, and whether it is new.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> (u32, bool) {
        let Self { arena, ends, ids } = self;
        let entry = ids.entry(
            hash(bytes),
            |id| slice(arena, ends, *id) == bytes,
            |id| hash(slice(arena, ends, *id)),
        );
        match entry {
            Entry::Occupied(found) => (*found.get(), false),
            Entry::Vacant(free) => {
                // More than 2^32 distinct strings would need more memory than the ids save.
                #[allow(clippy::cast_possible_truncation)]
                let id = ends.len() as u32;
                free.insert(id);
                arena.extend_from_slice(bytes);
                ends.push(arena.len());
                (id, true)
            }
        }
    }

    /// The bytes of an id.
    pub fn get(&self, id: u32) -> &[u8] {
        slice(&self.arena, &self.ends, id)
    }

    /// Number of distinct strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All strings in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        #[allow(clippy::cast_possible_truncation)] // ids are u32 by construction
        (0..self.ends.len() as u32).map(|id| self.get(id))
    }
}
