//! IPv4: the label of every /24 in blocks of 32, runs of equal ones stored once.
//!
//! A block is one word: a bit for each of its /24s where the label changes, and where its labels
//! begin. Counting bits finds the label, so two memory accesses answer a lookup, in tables that
//! stay in the caches (4 MiB and 4 octets per run, some 10 MiB for a full table) where an array of
//! all /24s takes 64 MiB. A /24 with longer prefixes in it has 256 labels of its own.

use super::intervals::Intervals;

/// Set on a label that stands for 256 labels of single addresses.
const DEEPER: u32 = 1 << 31;
const N_BLOCKS: u32 = 1 << 19;
/// /24s in a block.
const BLOCK: u32 = 32;
/// Addresses that are looked up side by side.
const BATCH: usize = 32;

/// Labels (id plus one, 0 for none) by address.
#[derive(Default)]
pub struct V4Table {
    /// Where the label changes (high half), number of the first label (low half).
    blocks: Vec<u64>,
    labels: Vec<u32>,
    deeper: Vec<u32>,
}

impl V4Table {
    /// Lay out intervals; nothing where no address has a label.
    pub fn new(intervals: &Intervals<u32>) -> Self {
        if intervals.labels.iter().all(|label| *label == 0) {
            return Self::default();
        }
        let (changes, deeper) = by_24(intervals);
        let mut table = Self {
            blocks: Vec::with_capacity(N_BLOCKS as usize),
            labels: Vec::with_capacity(N_BLOCKS as usize + changes.len()),
            deeper,
        };
        let mut changes = changes.into_iter().peekable();
        let mut current = 0;
        for first in (0..N_BLOCKS).map(|block| block * BLOCK) {
            #[allow(clippy::cast_possible_truncation)] // at most 2^24 labels
            let base = table.labels.len() as u32;
            let mut bits = 1_u32;
            if let Some((_, label)) = changes.next_if(|(slot, _)| *slot == first) {
                current = label;
            }
            table.labels.push(current);
            while let Some((slot, label)) = changes.next_if(|(slot, _)| *slot < first + BLOCK) {
                bits |= 1 << (slot - first);
                table.labels.push(label);
                current = label;
            }
            table.blocks.push(u64::from(bits) << 32 | u64::from(base));
        }
        table.labels.shrink_to_fit();
        table
    }

    /// Id of the longest match, or -1.
    #[inline]
    pub fn lookup(&self, address: u32) -> i32 {
        to_id(self.label(self.position(address), address))
    }

    /// Ids of the longest matches, or -1; `found` is as long as `addresses`.
    // Inlined into a caller that is compiled for wide registers.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn lookup_batch(&self, addresses: &[u32], found: &mut [i32]) {
        for (addresses, found) in addresses.chunks(BATCH).zip(found.chunks_mut(BATCH)) {
            let mut positions = [0; BATCH];
            for (address, position) in addresses.iter().zip(&mut positions) {
                *position = self.position(*address);
            }
            for ((address, position), found) in addresses.iter().zip(positions).zip(found) {
                *found = to_id(self.label(position, *address));
            }
        }
    }

    /// Where the label of the address's /24 is.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn position(&self, address: u32) -> u32 {
        let block = self
            .blocks
            .get((address >> 13) as usize)
            .copied()
            .unwrap_or_default();
        let behind = BLOCK - 1 - (address >> 8) % BLOCK;
        #[allow(clippy::cast_possible_truncation)] // the two halves
        let (bits, base) = ((block >> 32) as u32, block as u32);
        // Of an empty table this is behind all labels.
        base.wrapping_add((bits << behind).count_ones())
            .wrapping_sub(1)
    }

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn label(&self, position: u32, address: u32) -> u32 {
        let label = get(&self.labels, position as usize);
        if label & DEEPER == 0 {
            return label;
        }
        let chunk = (label & !DEEPER) as usize;
        get(&self.deeper, chunk * 256 + (address & 0xff) as usize)
    }

    /// Bytes of memory.
    pub const fn nbytes(&self) -> usize {
        self.blocks.capacity() * 8 + (self.labels.capacity() + self.deeper.capacity()) * 4
    }
}

/// /24s from which on the label changes, and the labels of those that are split.
fn by_24(intervals: &Intervals<u32>) -> (Vec<(u32, u32)>, Vec<u32>) {
    let mut changes: Vec<(u32, u32)> = Vec::with_capacity(intervals.starts.len());
    let mut deeper: Vec<u32> = Vec::new();
    let mut labels = intervals.labels.iter().copied();
    let mut current = 0;
    for starts in intervals.starts.chunk_by(|a, b| a >> 8 == b >> 8) {
        let slot = starts.first().map_or(0, |start| start >> 8);
        if let [start] = starts
            && start.trailing_zeros() >= 8
        {
            current = labels.next().unwrap_or_default();
            change(&mut changes, slot, current);
            continue;
        }
        #[allow(clippy::cast_possible_truncation)] // at most 2^24 chunks
        let chunk = (deeper.len() / 256) as u32;
        change(&mut changes, slot, DEEPER | chunk);
        deeper.resize(deeper.len() + 256, current);
        for (start, label) in starts.iter().zip(&mut labels) {
            current = label;
            let from = deeper.len() - 256 + (start & 0xff) as usize;
            if let Some(rest) = deeper.get_mut(from..) {
                rest.fill(label);
            }
        }
        // Where an interval begins with the next /24, it replaces this.
        change(&mut changes, slot + 1, current);
    }
    (changes, deeper)
}

/// From `slot` on the label is `label`.
fn change(changes: &mut Vec<(u32, u32)>, slot: u32, label: u32) {
    match changes.last_mut() {
        Some(last) if last.0 == slot => last.1 = label,
        _ => changes.push((slot, label)),
    }
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn get(labels: &[u32], at: usize) -> u32 {
    labels.get(at).copied().unwrap_or_default()
}

#[allow(clippy::cast_possible_wrap)] // labels are at most 2^31
const fn to_id(label: u32) -> i32 {
    (label as i32).wrapping_sub(1)
}
