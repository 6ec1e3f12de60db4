//! The index of one table: longest match, exact match, covers and what is covered.

use std::net::IpAddr;
use std::ops::Range;

use super::v4::V4Table;
use super::v6::V6Table;
use crate::error::Error;
use crate::prefix::{Family, Prefix, parse_address};

/// Immutable longest-prefix match; ids are positions in the sorted prefixes.
pub struct Index {
    prefixes: Vec<Prefix>,
    n_v4: usize,
    parents: Vec<i32>,
    v4: V4Table,
    v6: V6Table,
}

impl Index {
    /// Build from sorted, distinct prefixes.
    ///
    /// # Errors
    /// They are not sorted and distinct, or too many for 31 bits.
    pub fn new(prefixes: Vec<Prefix>) -> Result<Self, Error> {
        if !prefixes.is_sorted_by(|a, b| a < b) {
            return Err(Error::prefix(
                "expected prefixes sorted and distinct by family, network, length",
            ));
        }
        let n_v4 = prefixes.partition_point(|p| p.family == Family::V4);
        let first_v6 = u32::try_from(n_v4)
            .ok()
            .filter(|_| prefixes.len() < i32::MAX as usize)
            .ok_or_else(|| Error::prefix("more than 2^31 prefixes"))?;
        let (four, six) = prefixes.split_at(n_v4);
        #[allow(clippy::cast_possible_truncation)] // the highest 32 bits fit
        let four = four.iter().map(|p| ((p.network >> 96) as u32, p.length));
        Ok(Self {
            v4: V4Table::new(four, 0),
            v6: V6Table::new(six, first_v6),
            parents: parents(&prefixes),
            prefixes,
            n_v4,
        })
    }

    /// Number of prefixes.
    pub const fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// Longest match of an IPv4 address, or -1.
    #[inline]
    pub fn lookup_v4(&self, address: u32) -> i32 {
        self.v4.lookup(address)
    }

    /// Longest match of an IPv6 address, or -1.
    #[inline]
    pub fn lookup_v6(&self, address: u128) -> i32 {
        self.v6.lookup(address)
    }

    /// Longest match of an address, or -1.
    #[inline]
    pub fn lookup(&self, address: IpAddr) -> i32 {
        match address {
            IpAddr::V4(a) => self.lookup_v4(a.to_bits()),
            IpAddr::V6(a) => self.lookup_v6(a.to_bits()),
        }
    }

    /// Longest match of an address in text form, or -1.
    ///
    /// # Errors
    /// The text is no address.
    pub fn lookup_text(&self, address: &str) -> Result<i32, Error> {
        Ok(self.lookup(parse_address(address)?))
    }

    /// Position of a prefix, or where it would stand.
    fn search(&self, prefix: &Prefix) -> Result<usize, usize> {
        self.prefixes.binary_search(prefix)
    }

    /// Exact match, or -1.
    pub fn get(&self, prefix: &Prefix) -> i32 {
        self.search(prefix).map_or(-1, id)
    }

    /// The longest prefix of the index that covers, or is, `prefix`; -1 where none.
    pub fn lookup_prefix(&self, prefix: &Prefix) -> i32 {
        let position = match self.search(prefix) {
            Ok(at) => return id(at),
            Err(at) => at,
        };
        // Whatever covers `prefix` sorts before it, and covers or is the one just before.
        let Some(before) = position.checked_sub(1) else {
            return -1;
        };
        let mut candidate = id(before);
        while let Some(found) = self.at(candidate) {
            if found.covers(prefix) {
                return candidate;
            }
            candidate = self.parent(candidate);
        }
        -1
    }

    fn at(&self, id: i32) -> Option<&Prefix> {
        usize::try_from(id).ok().and_then(|i| self.prefixes.get(i))
    }

    fn parent(&self, id: i32) -> i32 {
        usize::try_from(id)
            .ok()
            .and_then(|i| self.parents.get(i).copied())
            .unwrap_or(-1)
    }

    /// Closest strictly covering prefix of every prefix, or -1.
    pub fn parents(&self) -> &[i32] {
        &self.parents
    }

    /// Ids that strictly cover `prefix`, shortest first.
    pub fn less_specifics(&self, prefix: &Prefix) -> Vec<i32> {
        let mut found = Vec::new();
        let mut candidate = self.lookup_prefix(prefix);
        while let Some(covering) = self.at(candidate) {
            if covering != prefix {
                found.push(candidate);
            }
            candidate = self.parent(candidate);
        }
        found.reverse();
        found
    }

    /// Ids strictly inside `prefix`.
    pub fn more_specifics(&self, prefix: &Prefix) -> Range<usize> {
        let start = match self.search(prefix) {
            Ok(at) => at + 1,
            Err(at) => at,
        };
        let inside = |p: &Prefix| p.family == prefix.family && p.network <= prefix.last();
        let length = self
            .prefixes
            .get(start..)
            .map_or(0, |rest| rest.partition_point(inside));
        start..start + length
    }

    /// Bytes of memory.
    pub fn nbytes(&self) -> usize {
        self.v4.nbytes()
            + self.v6.nbytes()
            + self.prefixes.capacity() * size_of::<Prefix>()
            + self.parents.capacity() * 4
    }

    /// Number of IPv4 prefixes, which come first.
    pub const fn n_v4(&self) -> usize {
        self.n_v4
    }
}

fn id(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(-1)
}

/// Walk the sorted prefixes with a stack of those still open.
fn parents(prefixes: &[Prefix]) -> Vec<i32> {
    let mut open: Vec<i32> = Vec::new();
    let mut parents = Vec::with_capacity(prefixes.len());
    for (own, prefix) in prefixes.iter().enumerate() {
        let covers = |i: &i32| {
            usize::try_from(*i)
                .ok()
                .and_then(|i| prefixes.get(i))
                .is_some_and(|p| p.covers(prefix))
        };
        while open.last().is_some_and(|i| !covers(i)) {
            open.pop();
        }
        parents.push(open.last().copied().unwrap_or(-1));
        open.push(id(own));
    }
    parents
}
