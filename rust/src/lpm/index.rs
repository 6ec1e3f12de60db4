//! The index of one table: longest match, exact match, covers and what is covered.

use std::convert::Infallible;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::OnceLock;
use std::thread;

use super::intervals::Intervals;
use super::sorted::Sorted;
use super::v4::V4Table;
use super::v6::V6Table;
use super::{bulk, wide};
use crate::error::Error;
use crate::prefix::{Prefix, mask, parse_address};

/// Immutable longest-prefix match.
///
/// Rows are positions in the sorted prefixes. Ids are what answers are given in: rows, unless the
/// caller gave each prefix an id of its own.
pub struct Index {
    prefixes: Sorted,
    ids: Option<Vec<u32>>,
    parents: OnceLock<Vec<i32>>,
    v4: V4Table,
    v6: V6Table,
}

impl Index {
    /// Build from sorted, distinct prefixes and, where these are not rows, their ids.
    ///
    /// # Errors
    /// They are not sorted and distinct, or too many for 31 bits; another number of ids.
    pub fn new(prefixes: &[Prefix], ids: Option<Vec<u32>>) -> Result<Self, Error> {
        let prefixes = Sorted::new(prefixes)?;
        if ids.as_ref().is_some_and(|ids| ids.len() != prefixes.len()) {
            return Err(Error::prefix("expected one id per prefix"));
        }
        let labels = Labels(ids.as_deref());
        let (v4, v6) = thread::scope(|scope| {
            let six = scope.spawn(|| {
                let first = prefixes.n_v4();
                V6Table::new(&Intervals::new(prefixes.v6().enumerate().map(
                    |(row, (network, length))| {
                        let last = network | !mask(length);
                        (network, last, labels.of(first + row))
                    },
                )))
            });
            let four = V4Table::new(&Intervals::new(prefixes.v4().enumerate().map(
                |(row, (network, length))| {
                    let last = network | u32::MAX.checked_shr(length.into()).unwrap_or(0);
                    (network, last, labels.of(row))
                },
            )));
            (four, six.join())
        });
        let v6 = v6.map_err(|_| Error::prefix("internal error: the IPv6 table"))?;
        Ok(Self {
            prefixes,
            ids,
            parents: OnceLock::new(),
            v4,
            v6,
        })
    }

    /// Build from prefixes in any order, whose ids are their positions; of equal ones the last
    /// counts.
    ///
    /// # Errors
    /// Too many for 31 bits.
    pub fn of_unsorted(prefixes: Vec<Prefix>) -> Result<Self, Error> {
        if prefixes.is_sorted_by(|a, b| a < b) {
            return Self::new(&prefixes, None);
        }
        if prefixes.len() >= i32::MAX as usize {
            return Err(Error::prefix("more than 2^31 prefixes"));
        }
        #[allow(clippy::cast_possible_truncation)] // fewer than 2^31
        let mut rows: Vec<(Prefix, u32)> = prefixes
            .into_iter()
            .enumerate()
            .map(|(id, prefix)| (prefix, id as u32))
            .collect();
        rows.sort_unstable_by(|a, b| (a.0, b.1).cmp(&(b.0, a.1))); // the last of equal ones first
        rows.dedup_by_key(|(prefix, _)| *prefix);
        let (prefixes, ids): (Vec<Prefix>, Vec<u32>) = rows.into_iter().unzip();
        Self::new(&prefixes, Some(ids))
    }

    /// Number of prefixes.
    pub const fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.prefixes.len() == 0
    }

    /// Longest match of an address, or -1.
    #[inline]
    pub fn lookup(&self, address: IpAddr) -> i32 {
        match address {
            IpAddr::V4(a) => self.v4.lookup(a.to_bits()),
            IpAddr::V6(a) => self.v6.lookup(a.to_bits()),
        }
    }

    /// Longest match of an address, or of a prefix, in text form; or -1.
    ///
    /// # Errors
    /// The text is neither.
    #[inline]
    pub fn lookup_text(&self, text: &str) -> Result<i32, Error> {
        if text.contains('/') {
            return Ok(self.lookup_prefix(&text.parse()?));
        }
        Ok(self.lookup(parse_address(text)?))
    }

    /// Longest matches of IPv4 addresses, or -1.
    pub fn lookup_v4(&self, addresses: &[u32]) -> Vec<i32> {
        in_bulk(
            addresses,
            #[inline(always)]
            |addresses, found| self.v4.lookup_batch(addresses, found),
        )
    }

    /// Longest matches of IPv6 addresses in network order, or -1.
    pub fn lookup_v6(&self, addresses: &[[u8; 16]]) -> Vec<i32> {
        in_bulk(
            addresses,
            #[inline(always)]
            |addresses, found| self.v6.lookup_batch(addresses, found),
        )
    }

    /// Both families of a batch, on this thread.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn lookup_batches(
        &self,
        four: &[u32],
        four_found: &mut [i32],
        six: &[[u8; 16]],
        six_found: &mut [i32],
    ) {
        self.v4.lookup_batch(four, four_found);
        self.v6.lookup_batch(six, six_found);
    }

    /// Exact match, or -1.
    pub fn get(&self, prefix: &Prefix) -> i32 {
        self.prefixes.search(prefix).map_or(-1, |row| self.id(row))
    }

    /// The longest prefix of the index that covers, or is, `prefix`; -1 where none.
    pub fn lookup_prefix(&self, prefix: &Prefix) -> i32 {
        self.row_covering(prefix).map_or(-1, |row| self.id(row))
    }

    fn row_covering(&self, prefix: &Prefix) -> Option<usize> {
        let position = match self.prefixes.search(prefix) {
            Ok(at) => return Some(at),
            Err(at) => at,
        };
        // Whatever covers `prefix` sorts before it, and covers or is the one just before.
        let mut candidate = position.checked_sub(1);
        while let Some(row) = candidate {
            if self.prefixes.get(row)?.covers(prefix) {
                return candidate;
            }
            candidate = self.parent(row);
        }
        None
    }

    fn parent(&self, row: usize) -> Option<usize> {
        let parent = self.parents().get(row).copied().unwrap_or(-1);
        usize::try_from(parent).ok()
    }

    /// The id of a row.
    #[inline]
    pub fn id(&self, row: usize) -> i32 {
        let id = match &self.ids {
            Some(ids) => ids.get(row).map_or(-1, |id| i64::from(*id)),
            None => i64::try_from(row).unwrap_or(-1),
        };
        i32::try_from(id).unwrap_or(-1)
    }

    /// Row of the closest strictly covering prefix of every row, or -1.
    pub fn parents(&self) -> &[i32] {
        self.parents.get_or_init(|| parents(&self.prefixes))
    }

    /// Ids that strictly cover `prefix`, shortest first.
    pub fn less_specifics(&self, prefix: &Prefix) -> Vec<i32> {
        let mut found = Vec::new();
        let mut candidate = self.row_covering(prefix);
        while let Some(row) = candidate {
            if self.prefixes.get(row).is_some_and(|p| p != *prefix) {
                found.push(self.id(row));
            }
            candidate = self.parent(row);
        }
        found.reverse();
        found
    }

    /// Rows strictly inside `prefix`.
    pub fn more_specifics(&self, prefix: &Prefix) -> Range<usize> {
        let start = match self.prefixes.search(prefix) {
            Ok(at) => at + 1,
            Err(at) => at,
        };
        let end = self.prefixes.after(prefix.family, prefix.last());
        start..end.max(start)
    }

    /// The prefix of a row.
    pub fn prefix(&self, row: usize) -> Option<Prefix> {
        self.prefixes.get(row)
    }

    /// Bytes of memory.
    pub fn nbytes(&self) -> usize {
        let ids = self.ids.as_ref().map_or(0, Vec::capacity);
        let parents = self.parents.get().map_or(0, Vec::capacity);
        self.v4.nbytes() + self.v6.nbytes() + self.prefixes.nbytes() + (ids + parents) * 4
    }
}

/// Look a column up on all threads, with the widest registers.
fn in_bulk<A: Sync>(addresses: &[A], look_up: impl Fn(&[A], &mut [i32]) + Sync) -> Vec<i32> {
    let mut found = vec![0; addresses.len()];
    let Ok(()) = bulk::fill::<_, Infallible>(&mut found, |range, found| {
        if let Some(addresses) = addresses.get(range) {
            wide::widely(
                #[inline(always)]
                || look_up(addresses, found),
            );
        }
        Ok(())
    });
    found
}

/// Ids as the tables keep them: one more than the id, since 0 is for no match.
#[derive(Clone, Copy)]
struct Labels<'a>(Option<&'a [u32]>);

impl Labels<'_> {
    #[allow(clippy::cast_possible_truncation)] // fewer than 2^31
    fn of(self, row: usize) -> u32 {
        1 + match self.0 {
            Some(ids) => ids.get(row).copied().unwrap_or(row as u32),
            None => row as u32,
        }
    }
}

/// Walk the sorted prefixes with a stack of those still open.
fn parents(prefixes: &Sorted) -> Vec<i32> {
    let mut open: Vec<(Prefix, i32)> = Vec::new();
    let mut parents = Vec::with_capacity(prefixes.len());
    for (own, prefix) in prefixes.iter().enumerate() {
        while open.last().is_some_and(|(cover, _)| !cover.covers(&prefix)) {
            open.pop();
        }
        parents.push(open.last().map_or(-1, |(_, row)| *row));
        open.push((prefix, i32::try_from(own).unwrap_or(-1)));
    }
    parents
}
