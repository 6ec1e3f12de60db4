//! Equal bytes, equal number, without keeping the bytes.
//!
//! A full table has hundreds of thousands of distinct byte strings and looks up millions of times,
//! so every lookup misses the cache. Keeping the strings would make that four misses: slot, span,
//! and two lines of bytes. Here a string is its 128-bit hash, keyed anew for every load so that no
//! input can be made to collide; 96 of these bits stand beside the number in one slot. Two strings
//! among a hundred million share them with a probability below 10^-13, less than that of a memory
//! error while loading them.
//!
//! A caller with many strings at hand calls [`Interner::warm`] first: it reads the slots of all of
//! them without dependencies between reads, so that the processor fetches them side by side.

use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;

use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Turns strings to keys; all interners that share keys share one.
#[derive(Debug, Clone, Copy)]
pub struct Keyed {
    seed: u64,
}

/// What stands for a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    high: u64,
    low: u32,
}

impl Default for Keyed {
    fn default() -> Self {
        Self {
            seed: RandomState::new().hash_one(0),
        }
    }
}

impl Keyed {
    /// Key of a string; strings of different `domain` are different.
    #[inline]
    pub fn key(self, domain: u8, bytes: &[u8]) -> Key {
        let hash = xxh3_128_with_seed(bytes, self.seed.wrapping_add(u64::from(domain)));
        #[allow(clippy::cast_possible_truncation)] // the two parts of it that are kept
        let (high, low) = ((hash >> 64) as u64, hash as u32);
        Key { high, low }
    }
}

/// A key and its number in 16 bytes, four to a cache line.
#[derive(Clone, Copy)]
struct Slot {
    high: u64,
    low: u32,
    number: u32,
}

const EMPTY: Slot = Slot {
    high: 0,
    low: 0,
    number: u32::MAX,
};

/// Numbers by key.
#[derive(Default)]
pub struct Interner {
    /// Open addressing with linear probing; the length is 0 or a power of two.
    slots: Vec<Slot>,
    taken: usize,
}

impl Interner {
    /// Number of a key; `new` gives it, below `u32::MAX`, when the key is first seen.
    #[inline]
    pub fn intern(&mut self, key: Key, new: impl FnOnce() -> u32) -> u32 {
        // At most three quarters full.
        if self.taken * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let mut at = self.home(key.high);
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.number == EMPTY.number {
                let Key { high, low } = key;
                let number = new();
                *slot = Slot { high, low, number };
                self.taken += 1;
                return number;
            }
            if slot.high == key.high && slot.low == key.low {
                return slot.number;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        EMPTY.number
    }

    /// Slot where a key is looked for first: its highest bits.
    #[inline]
    fn home(&self, high: u64) -> usize {
        let bits = self.slots.len().trailing_zeros();
        #[allow(clippy::cast_possible_truncation)] // as many bits as the table's length has
        let home = (high >> (64 - bits.max(1))) as usize;
        home
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![EMPTY; (old.len() * 2).max(64)];
        for taken in old.into_iter().filter(|s| s.number != EMPTY.number) {
            let mut at = self.home(taken.high);
            while let Some(slot) = self.slots.get_mut(at) {
                if slot.number == EMPTY.number {
                    *slot = taken;
                    break;
                }
                at = (at + 1) & (self.slots.len() - 1);
            }
        }
    }

    /// Bring the slots of these keys into the cache.
    #[inline]
    pub fn warm(&self, keys: impl Iterator<Item = Key>) {
        let slots = keys.map(|key| self.slots.get(self.home(key.high)).map_or(0, |s| s.number));
        black_box(slots.fold(0, u32::wrapping_add));
    }

    /// The number that the next new key gets where numbers count up.
    #[inline]
    pub const fn next(&self) -> u32 {
        #[allow(clippy::cast_possible_truncation)] // 2^32 slots do not fit in memory
        let next = self.taken as u32;
        next
    }
}
