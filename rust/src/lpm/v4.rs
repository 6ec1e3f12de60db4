//! IPv4: one array entry per /24, and per address where a longer prefix needs it (DIR-24-8).
//!
//! One memory access answers nearly every lookup. The array is zeroed memory that the operating
//! system hands out by the page at first touch, so a small table costs little.

/// Set on an entry that points to 256 entries of single addresses.
const DEEPER: u32 = 1 << 31;

/// Ids are stored plus one; 0 is "nothing longer than the default route".
pub struct V4Table {
    by24: Vec<u32>,
    deeper: Vec<u32>,
    /// Id of 0.0.0.0/0 plus one. Kept apart so that it does not touch the whole array.
    default: u32,
}

impl V4Table {
    /// Build from (network, length) pairs sorted by both, ids counting up from `first_id`.
    pub fn new(prefixes: impl Iterator<Item = (u32, u8)> + Clone, first_id: u32) -> Self {
        let mut table = Self {
            by24: Vec::new(),
            deeper: Vec::new(),
            default: 0,
        };
        if prefixes.clone().any(|(_, length)| length > 0) {
            table.by24 = vec![0; 1 << 24];
        }
        // Covering prefixes sort before what they cover, so painting in order leaves the longest.
        for ((network, length), id) in prefixes.zip(first_id + 1..) {
            match length {
                0 => table.default = id,
                1..=24 => {
                    let start = (network >> 8) as usize;
                    if let Some(slots) = table.by24.get_mut(start..start + (1 << (24 - length))) {
                        slots.fill(id);
                    }
                }
                _ => table.paint_deeper(network, length, id),
            }
        }
        table
    }

    fn paint_deeper(&mut self, network: u32, length: u8, id: u32) {
        let Some(slot) = self.by24.get_mut((network >> 8) as usize) else {
            return;
        };
        if *slot & DEEPER == 0 {
            let chunk = self.deeper.len() / 256;
            self.deeper.extend([*slot; 256]);
            #[allow(clippy::cast_possible_truncation)] // at most 2^24 chunks
            let pointer = DEEPER | chunk as u32;
            *slot = pointer;
        }
        let start = (*slot & !DEEPER) as usize * 256 + (network & 0xff) as usize;
        if let Some(slots) = self.deeper.get_mut(start..start + (1 << (32 - length))) {
            slots.fill(id);
        }
    }

    /// Id of the longest match, or -1.
    #[inline]
    pub fn lookup(&self, address: u32) -> i32 {
        let mut id = self
            .by24
            .get((address >> 8) as usize)
            .copied()
            .unwrap_or_default();
        if id & DEEPER != 0 {
            let at = (id & !DEEPER) as usize * 256 + (address & 0xff) as usize;
            id = self.deeper.get(at).copied().unwrap_or_default();
        }
        if id == 0 {
            id = self.default;
        }
        #[allow(clippy::cast_possible_wrap)] // ids are below 2^31
        let id = id as i32;
        id - 1
    }

    /// Bytes of memory.
    pub const fn nbytes(&self) -> usize {
        (self.by24.capacity() + self.deeper.capacity()) * 4
    }
}
