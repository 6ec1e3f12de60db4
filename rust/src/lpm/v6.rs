//! IPv6: the prefixes flattened to disjoint intervals, found by a bucket of the top bits and a
//! binary search of the few intervals in it.

use crate::prefix::mask;

/// Bits that choose the bucket.
const BUCKET_BITS: u32 = 20;

/// Disjoint intervals covering all addresses.
pub struct V6Table {
    /// First address of each interval, ascending, from 0.
    starts: Vec<u128>,
    /// Id of each interval plus one, 0 for none.
    ids: Vec<u32>,
    /// Last interval starting at or before each bucket's first address.
    buckets: Vec<u32>,
}

impl V6Table {
    /// Build from (network, length) pairs sorted by both, ids counting up from `first_id`.
    pub fn new(prefixes: impl Iterator<Item = (u128, u8)>, first_id: u32) -> Self {
        let mut flat = Flat::default();
        flat.begin(0, 0);
        let mut open: Vec<(u128, u32)> = Vec::new();
        for ((network, length), id) in prefixes.zip(first_id + 1..) {
            close_until(&mut open, &mut flat, Some(network));
            flat.begin(network, id);
            open.push((network | !mask(length), id));
        }
        close_until(&mut open, &mut flat, None);
        let buckets = if flat.ids.iter().all(|id| *id == 0) {
            Vec::new()
        } else {
            flat.buckets()
        };
        Self {
            starts: flat.starts,
            ids: flat.ids,
            buckets,
        }
    }

    /// Id of the longest match, or -1.
    #[inline]
    pub fn lookup(&self, address: u128) -> i32 {
        let bucket = (address >> (128 - BUCKET_BITS)) as usize;
        let at = |b: usize| self.buckets.get(b).map(|i| *i as usize);
        let Some(low) = at(bucket) else {
            return -1;
        };
        let high = at(bucket + 1).unwrap_or(self.starts.len().saturating_sub(1));
        let within = self
            .starts
            .get(low + 1..=high)
            .map_or(0, |s| s.partition_point(|start| *start <= address));
        #[allow(clippy::cast_possible_wrap)] // ids are below 2^31
        let id = self.ids.get(low + within).copied().unwrap_or_default() as i32;
        id - 1
    }

    /// Bytes of memory.
    pub const fn nbytes(&self) -> usize {
        self.starts.capacity() * 16 + (self.ids.capacity() + self.buckets.capacity()) * 4
    }
}

#[derive(Default)]
struct Flat {
    starts: Vec<u128>,
    ids: Vec<u32>,
}

impl Flat {
    /// From `start` on the match is `id`.
    fn begin(&mut self, start: u128, id: u32) {
        if self.starts.last() == Some(&start) {
            if let Some(last) = self.ids.last_mut() {
                *last = id;
            }
        } else {
            self.starts.push(start);
            self.ids.push(id);
        }
    }

    fn buckets(&self) -> Vec<u32> {
        let mut buckets = Vec::with_capacity(1 << BUCKET_BITS);
        let mut interval = 0_usize;
        for bucket in 0..1_u128 << BUCKET_BITS {
            let first = bucket << (128 - BUCKET_BITS);
            while self.starts.get(interval + 1).is_some_and(|s| *s <= first) {
                interval += 1;
            }
            #[allow(clippy::cast_possible_truncation)] // at most 2 intervals per prefix
            buckets.push(interval as u32);
        }
        buckets
    }
}

/// End every open prefix whose last address lies before `next`; behind it its cover goes on.
fn close_until(open: &mut Vec<(u128, u32)>, flat: &mut Flat, next: Option<u128>) {
    while let Some((last, _)) = open.last().copied() {
        if next.is_some_and(|n| n <= last) {
            return;
        }
        open.pop();
        if let Some(after) = last.checked_add(1) {
            // A cover that ends at the same address is closed in the next turn, at the same start.
            flat.begin(after, open.last().map_or(0, |(_, id)| *id));
        }
    }
}
