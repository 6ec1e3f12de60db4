//! Equal bytes, equal id: ids count up in order of first appearance.
//!
//! A full table has hundreds of thousands of distinct strings and looks up millions of times, so
//! every lookup misses the cache: once for the slot, once for the span, once for the bytes. A hash
//! table from a library hides none of that. Here a caller with many strings at hand calls
//! [`Interner::warm`] first: it reads slot, span and bytes of all of them in three passes without
//! dependencies between strings, so that the processor fetches them side by side.

use std::hash::Hasher;
use std::hint::black_box;

use rustc_hash::FxHasher;

/// Distinct byte strings in one arena.
#[derive(Default)]
pub struct Interner {
    arena: Vec<u8>,
    ends: Vec<usize>,
    /// Open addressing with linear probing; the length is 0 or a power of two.
    slots: Vec<Slot>,
}

/// An id beside its hash: most comparisons, and all moves when the table grows, are settled here
/// without a look at the bytes.
#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    id: u32,
}

/// No id gets this high: that many strings would need more memory than the ids can save.
const EMPTY: Slot = Slot {
    hash: 0,
    id: u32::MAX,
};

/// Hash of a string, to be passed back with it.
#[inline]
pub fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    let hash = hasher.finish();
    #[allow(clippy::cast_possible_truncation)] // folded
    let folded = (hash ^ (hash >> 32)) as u32;
    folded
}

impl Interner {
    /// Id of `bytes`, and whether it is new.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> (u32, bool) {
        self.intern_hashed(bytes, hash(bytes))
    }

    /// As [`Interner::intern`], the hash known.
    #[inline]
    pub fn intern_hashed(&mut self, bytes: &[u8], hash: u32) -> (u32, bool) {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mut at = self.home(hash);
        loop {
            let slot = self.slots.get(at).copied().unwrap_or(EMPTY);
            if slot.id == EMPTY.id {
                break;
            }
            if slot.hash == hash && self.get(slot.id) == bytes {
                return (slot.id, false);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        #[allow(clippy::cast_possible_truncation)] // see EMPTY
        let id = self.ends.len() as u32;
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { hash, id };
        }
        self.arena.extend_from_slice(bytes);
        self.ends.push(self.arena.len());
        (id, true)
    }

    /// Slot where a hash is looked for first: its bits spread, the highest ones taken.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        let spread = u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bits = self.slots.len().trailing_zeros();
        #[allow(clippy::cast_possible_truncation)] // as many bits as the table's length has
        let home = (spread >> (64 - bits.max(1))) as usize;
        home
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![EMPTY; (old.len() * 2).max(64)];
        for slot in old.into_iter().filter(|s| s.id != EMPTY.id) {
            let mut at = self.home(slot.hash);
            while let Some(taken) = self.slots.get(at)
                && taken.id != EMPTY.id
            {
                at = (at + 1) & (self.slots.len() - 1);
            }
            if let Some(free) = self.slots.get_mut(at) {
                *free = slot;
            }
        }
    }

    /// Bring what lookups of these hashes will read into the cache.
    ///
    /// Leaves in `ids` the likely id of each, for a caller with columns of its own to warm.
    pub fn warm(&self, hashes: impl Iterator<Item = u32>, ids: &mut Vec<u32>) {
        ids.clear();
        ids.extend(hashes.map(|hash| {
            let slot = self.slots.get(self.home(hash)).copied().unwrap_or(EMPTY);
            if slot.hash == hash { slot.id } else { EMPTY.id }
        }));
        let mut starts = [0_usize; 64];
        for group in ids.chunks(starts.len()) {
            for (start, id) in starts.iter_mut().zip(group) {
                let before = id.wrapping_sub(1) as usize;
                *start = self.ends.get(before).copied().unwrap_or_default();
            }
            let mut sum = 0_u8;
            for start in starts.iter().take(group.len()) {
                for at in [*start, *start + 64] {
                    sum = sum.wrapping_add(self.arena.get(at).copied().unwrap_or_default());
                }
            }
            black_box(sum);
        }
    }

    /// The bytes of an id.
    #[inline]
    pub fn get(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = match id.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        self.ends
            .get(id)
            .and_then(|end| self.arena.get(start..*end))
            .unwrap_or_default()
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
        #[allow(clippy::cast_possible_truncation)] // see EMPTY
        (0..self.ends.len() as u32).map(|id| self.get(id))
    }
}
