//! IPv6: disjoint intervals of the upper 64 bits in a search tree.
//!
//! Where prefixes longer than /64 split one value of the upper half, the lower half is searched in
//! a list of its own: they are a few hundred in a full table.

use super::intervals::Intervals;
use super::search_tree::{BATCH, SearchTree};

/// Set on a label that stands for a list over the lower 64 bits.
const DEEPER: u32 = 1 << 31;

/// Labels (id plus one, 0 for none) by address.
#[derive(Default)]
pub struct V6Table {
    uppers: SearchTree,
    labels: Vec<u32>,
    deeper: Vec<Intervals<u64>>,
}

impl V6Table {
    /// Lay out intervals; nothing where no address has a label.
    pub fn new(intervals: &Intervals<u128>) -> Self {
        if intervals.labels.iter().all(|label| *label == 0) {
            return Self::default();
        }
        let (changes, deeper) = by_upper_half(intervals);
        let uppers: Vec<u64> = changes.iter().map(|(upper, _)| *upper).collect();
        Self {
            uppers: SearchTree::new(&uppers),
            labels: changes.iter().map(|(_, label)| *label).collect(),
            deeper,
        }
    }

    /// Id of the longest match, or -1.
    #[inline]
    pub fn lookup(&self, address: u128) -> i32 {
        let [position] = self.uppers.last_not_above(&[upper(address)]);
        self.id(position, address)
    }

    /// Ids of the longest matches of addresses in network order, or -1; `found` is as long.
    // Inlined into a caller that is compiled for wide registers.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn lookup_batch(&self, addresses: &[[u8; 16]], found: &mut [i32]) {
        let (batches, rest) = addresses.as_chunks::<BATCH>();
        let (found, found_rest) = found.as_chunks_mut::<BATCH>();
        for (addresses, found) in batches.iter().zip(found) {
            let mut uppers = [0; BATCH];
            for (address, half) in addresses.iter().zip(&mut uppers) {
                *half = upper(u128::from_be_bytes(*address));
            }
            let positions = self.uppers.last_not_above(&uppers);
            for ((address, position), found) in addresses.iter().zip(positions).zip(found) {
                *found = self.id(position, u128::from_be_bytes(*address));
            }
        }
        for (address, found) in rest.iter().zip(found_rest) {
            *found = self.lookup(u128::from_be_bytes(*address));
        }
    }

    #[allow(clippy::inline_always, clippy::cast_possible_wrap)] // labels are at most 2^31
    #[inline(always)]
    fn id(&self, position: u32, address: u128) -> i32 {
        let mut label = get(&self.labels, position as usize);
        if label & DEEPER != 0 {
            label = self.label_within((label & !DEEPER) as usize, address);
        }
        (label as i32).wrapping_sub(1)
    }

    #[cold]
    fn label_within(&self, list: usize, address: u128) -> u32 {
        #[allow(clippy::cast_possible_truncation)] // the lower half
        let lower = address as u64;
        let Some(list) = self.deeper.get(list) else {
            return 0;
        };
        let behind = list.starts.partition_point(|start| *start <= lower);
        get(&list.labels, behind.wrapping_sub(1))
    }

    /// Bytes of memory.
    pub fn nbytes(&self) -> usize {
        let deeper: usize = self.deeper.iter().map(|i| i.starts.len() * 12).sum();
        self.uppers.nbytes() + self.labels.capacity() * 4 + deeper
    }
}

/// Upper halves from which on the label changes, and the intervals within those that are split.
fn by_upper_half(intervals: &Intervals<u128>) -> (Vec<(u64, u32)>, Vec<Intervals<u64>>) {
    let mut changes: Vec<(u64, u32)> = Vec::with_capacity(intervals.starts.len());
    let mut deeper = Vec::new();
    let mut labels = intervals.labels.iter().copied();
    let mut current = 0;
    for starts in intervals.starts.chunk_by(|a, b| upper(*a) == upper(*b)) {
        let half = starts.first().map_or(0, |start| upper(*start));
        #[allow(clippy::cast_possible_truncation)] // the lower half
        let mut list = Intervals {
            starts: starts
                .iter()
                .map(|start| *start as u64)
                .collect::<Vec<u64>>(),
            labels: labels.by_ref().take(starts.len()).collect(),
        };
        let before = current;
        current = list.labels.last().copied().unwrap_or_default();
        if list.starts == [0] {
            change(&mut changes, half, current);
            continue;
        }
        if list.starts.first() != Some(&0) {
            list.starts.insert(0, 0);
            list.labels.insert(0, before);
        }
        #[allow(clippy::cast_possible_truncation)] // fewer than 2^31 prefixes
        change(&mut changes, half, DEEPER | deeper.len() as u32);
        deeper.push(list);
        // Where an interval begins with the next upper half, it replaces this.
        if let Some(next) = half.checked_add(1) {
            change(&mut changes, next, current);
        }
    }
    (changes, deeper)
}

/// From `half` on the label is `label`.
fn change(changes: &mut Vec<(u64, u32)>, half: u64, label: u32) {
    match changes.last_mut() {
        Some(last) if last.0 == half => last.1 = label,
        _ => changes.push((half, label)),
    }
}

#[allow(clippy::cast_possible_truncation)] // the upper half fits
const fn upper(address: u128) -> u64 {
    (address >> 64) as u64
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn get(labels: &[u32], at: usize) -> u32 {
    labels.get(at).copied().unwrap_or_default()
}
