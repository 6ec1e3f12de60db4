//! The index of one table: longest match, exact match, covers and what is covered.

use std::net::IpAddr;
use std::ops::Range;

use super::sorted::Sorted;
use super::v4::V4Table;
use super::v6::V6Table;
use crate::error::Error;
use crate::prefix::{Prefix, parse_address};

/// Immutable longest-prefix match; ids are positions in the sorted prefixes.
pub struct Index {
    prefixes: Sorted,
    parents: Vec<i32>,
    v4: V4Table,
    v6: V6Table,
}

impl Index {
    /// Build from sorted, distinct prefixes.
    ///
    /// # Errors
    /// They are not sorted and distinct, or too many for 31 bits.
    pub fn new(prefixes: &[Prefix]) -> Result<Self, Error> {
        let prefixes = Sorted::new(prefixes)?;
        #[allow(clippy::cast_possible_truncation)] // fewer than 2^31
        let first_v6 = prefixes.n_v4() as u32;
        Ok(Self {
            v4: V4Table::new(prefixes.v4(), 0),
            v6: V6Table::new(prefixes.v6(), first_v6),
            parents: parents(&prefixes),
            prefixes,
        })
    }

    /// Number of prefixes.
    pub const fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.prefixes.len() == 0
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

    /// Exact match, or -1.
    pub fn get(&self, prefix: &Prefix) -> i32 {
        self.prefixes.search(prefix).map_or(-1, id)
    }

    /// The longest prefix of the index that covers, or is, `prefix`; -1 where none.
    pub fn lookup_prefix(&self, prefix: &Prefix) -> i32 {
        let position = match self.prefixes.search(prefix) {
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

    fn at(&self, id: i32) -> Option<Prefix> {
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
            if covering != *prefix {
                found.push(candidate);
            }
            candidate = self.parent(candidate);
        }
        found.reverse();
        found
    }

    /// Ids strictly inside `prefix`.
    pub fn more_specifics(&self, prefix: &Prefix) -> Range<usize> {
        let start = match self.prefixes.search(prefix) {
            Ok(at) => at + 1,
            Err(at) => at,
        };
        let end = self.prefixes.after(prefix.family, prefix.last());
        start..end.max(start)
    }

    /// Bytes of memory.
    pub fn nbytes(&self) -> usize {
        self.v4.nbytes() + self.v6.nbytes() + self.prefixes.nbytes() + self.parents.capacity() * 4
    }

    /// Number of IPv4 prefixes, which come first.
    pub const fn n_v4(&self) -> usize {
        self.prefixes.n_v4()
    }
}

fn id(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(-1)
}

/// Walk the sorted prefixes with a stack of those still open.
fn parents(prefixes: &Sorted) -> Vec<i32> {
    let mut open: Vec<(Prefix, i32)> = Vec::new();
    let mut parents = Vec::with_capacity(prefixes.len());
    for (own, prefix) in prefixes.iter().enumerate() {
        while open.last().is_some_and(|(cover, _)| !cover.covers(&prefix)) {
            open.pop();
        }
        parents.push(open.last().map_or(-1, |(_, id)| *id));
        open.push((prefix, id(own)));
    }
    parents
}
