//! The distinct attribute blocks of one input: each is numbered when it is first seen, and decoded.

use super::batch::rejection;
use super::decoder::{Decoder, RecordType, check};
use super::intern::{Interner, Key, Keyed};

/// Numbers blocks, and hands new ones to the decoder.
pub struct Blocks {
    /// What turns blocks to keys.
    pub keyed: Keyed,
    /// Numbers in the decoder, or why blocks are no routes.
    known: Interner,
    decoder: Decoder,
}

impl Blocks {
    /// Begin those of one input.
    pub fn new(decoder: Decoder) -> Self {
        Self {
            keyed: Keyed::default(),
            known: Interner::default(),
            decoder,
        }
    }

    /// Bring what is known of these blocks into the cache.
    #[inline]
    pub fn warm(&self, keys: impl Iterator<Item = Key>) {
        self.known.warm(keys);
    }

    /// Number of a block, or of the reason why it is none of a route's.
    #[inline]
    pub fn number(&mut self, key: Key, kind: RecordType, block: &[u8]) -> u32 {
        let decoder = &mut self.decoder;
        self.known.intern(key, || match check(kind, block) {
            Ok(()) => decoder.push(kind, block),
            Err(why) => rejection(why),
        })
    }

    /// Say that there are no more.
    pub fn close(&mut self) {
        self.decoder.close();
        self.known = Interner::default();
    }

    /// Append those of the next input, closed too; returns what to add to their numbers.
    pub const fn append(&mut self, next: &Self) -> u32 {
        self.decoder.append(&next.decoder)
    }
}
