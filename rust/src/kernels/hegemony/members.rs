//! The ASes of every path, each once, with the share of the path's weight that it gets.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::input::Paths;
use crate::as_path::{AS_SEQUENCE, AS_SET};

/// ASes by path.
pub struct Members {
    /// Every AS of a path, ascending.
    pub asns: Vec<u32>,
    offsets: Vec<usize>,
    /// Rows of `asns`.
    rows: Vec<u32>,
    /// What the weight is divided by: the ASes of its set, or 1.
    divisors: Vec<u8>,
}

impl Members {
    /// Members of all paths.
    ///
    /// An AS in several places counts once, where its share is largest. Confederation segments are
    /// left out.
    #[allow(clippy::cast_possible_truncation)] // ASNs have 32 bits; a segment has up to 255
    pub fn new(paths: &Paths<'_>) -> Self {
        let mut members = Self {
            asns: Vec::new(),
            offsets: vec![0],
            rows: Vec::with_capacity(paths.hops.len()),
            divisors: Vec::with_capacity(paths.hops.len()),
        };
        let mut known: HashMap<u32, u32, FxBuildHasher> = HashMap::default();
        let mut set = Vec::new();
        let bounds = paths
            .hop_offsets
            .windows(2)
            .zip(paths.segment_offsets.windows(2));
        for (hops, segments) in bounds {
            let mut rest = paths.hops.get(range(hops)).unwrap_or_default();
            let start = members.rows.len();
            let kinds = paths.kinds.get(range(segments)).unwrap_or_default();
            let counts = paths.counts.get(range(segments)).unwrap_or_default();
            for (kind, count) in kinds.iter().zip(counts) {
                let (ases, after) = rest.split_at(usize::from(*count).min(rest.len()));
                rest = after;
                set.clear();
                set.extend_from_slice(ases);
                let mut divisor = 1;
                match *kind {
                    AS_SEQUENCE => set.dedup(),
                    AS_SET => {
                        set.sort_unstable();
                        set.dedup();
                        divisor = set.len().max(1) as u8;
                    }
                    _ => continue,
                }
                for asn in &set {
                    let next = members.asns.len() as u32;
                    let row = *known.entry(*asn).or_insert(next);
                    if row == next {
                        members.asns.push(*asn);
                    }
                    members.push(start, row, divisor);
                }
            }
            members.offsets.push(members.rows.len());
        }
        members.sort();
        members
    }

    fn push(&mut self, start: usize, row: u32, divisor: u8) {
        if let Some(at) = self.rows[start..].iter().position(|r| *r == row) {
            let known = &mut self.divisors[start + at];
            *known = divisor.min(*known);
        } else {
            self.rows.push(row);
            self.divisors.push(divisor);
        }
    }

    /// Number ASes by size, not by appearance.
    #[allow(clippy::cast_possible_truncation)] // as above
    fn sort(&mut self) {
        let mut order: Vec<u32> = (0..self.asns.len() as u32).collect();
        order.sort_unstable_by_key(|row| self.asns[*row as usize]);
        let mut rank = vec![0; order.len()];
        for (new, old) in (0_u32..).zip(&order) {
            rank[*old as usize] = new;
        }
        for row in &mut self.rows {
            *row = rank[*row as usize];
        }
        self.asns.sort_unstable();
    }

    /// Rows of [`Self::asns`] and divisors of a path.
    pub fn of(&self, path: usize) -> impl Iterator<Item = (u32, u64)> {
        let range = self.offsets[path]..self.offsets[path + 1];
        let divisors = self.divisors[range.clone()].iter();
        self.rows[range]
            .iter()
            .zip(divisors)
            .map(|(r, d)| (*r, u64::from(*d)))
    }
}

fn range(bounds: &[i32]) -> std::ops::Range<usize> {
    let at = |i: usize| {
        bounds
            .get(i)
            .and_then(|o| usize::try_from(*o).ok())
            .unwrap_or(0)
    };
    at(0)..at(1)
}
