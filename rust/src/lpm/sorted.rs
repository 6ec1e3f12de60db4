//! The prefixes themselves, sorted, in 5 bytes (IPv4) or 17 (IPv6) each.

use crate::error::Error;
use crate::prefix::{Family, Prefix};

/// Sorted, distinct prefixes; ids are positions.
pub struct Sorted {
    v4: Vec<u32>,
    v6: Vec<u128>,
    /// Of all prefixes, IPv4 first.
    lengths: Vec<u8>,
}

impl Sorted {
    /// Take prefixes that are sorted.
    ///
    /// # Errors
    /// They are not sorted and distinct, or too many for 31 bits.
    pub fn new(prefixes: &[Prefix]) -> Result<Self, Error> {
        if !prefixes.is_sorted_by(|a, b| a < b) {
            return Err(Error::prefix(
                "expected prefixes sorted and distinct by family, network, length",
            ));
        }
        if prefixes.len() >= i32::MAX as usize {
            return Err(Error::prefix("more than 2^31 prefixes"));
        }
        let n_v4 = prefixes.partition_point(|p| p.family == Family::V4);
        let (four, six) = prefixes.split_at(n_v4);
        Ok(Self {
            v4: four.iter().map(|p| top(p.network)).collect(),
            v6: six.iter().map(|p| p.network).collect(),
            lengths: prefixes.iter().map(|p| p.length).collect(),
        })
    }

    /// Number of prefixes.
    pub const fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Networks and lengths of the IPv4 prefixes.
    pub fn v4(&self) -> impl ExactSizeIterator<Item = (u32, u8)> + '_ {
        self.v4.iter().copied().zip(self.lengths.iter().copied())
    }

    /// Networks and lengths of the IPv6 prefixes.
    pub fn v6(&self) -> impl ExactSizeIterator<Item = (u128, u8)> + '_ {
        let lengths = self.lengths.iter().skip(self.v4.len());
        self.v6.iter().copied().zip(lengths.copied())
    }

    /// Number of IPv4 prefixes.
    pub const fn n_v4(&self) -> usize {
        self.v4.len()
    }

    /// The prefix of an id.
    #[inline]
    pub fn get(&self, id: usize) -> Option<Prefix> {
        let length = *self.lengths.get(id)?;
        let (family, network) = match id.checked_sub(self.v4.len()) {
            None => (Family::V4, u128::from(*self.v4.get(id)?) << 96),
            Some(id) => (Family::V6, *self.v6.get(id)?),
        };
        Some(Prefix {
            family,
            network,
            length,
        })
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = Prefix> + '_ {
        (0..self.len()).filter_map(|id| self.get(id))
    }

    /// Position of a prefix, or where it would stand.
    pub fn search(&self, prefix: &Prefix) -> Result<usize, usize> {
        let mut at = match prefix.family {
            Family::V4 => {
                let network = top(prefix.network);
                self.v4.partition_point(|n| *n < network)
            }
            Family::V6 => self.v4.len() + self.v6.partition_point(|n| *n < prefix.network),
        };
        // A network has at most 129 prefixes, mostly one.
        while let Some(found) = self.get(at).filter(|p| p <= prefix) {
            if found == *prefix {
                return Ok(at);
            }
            at += 1;
        }
        Err(at)
    }

    /// Position behind all prefixes of a family that begin at or before an address.
    pub fn after(&self, family: Family, address: u128) -> usize {
        match family {
            Family::V4 => self.v4.partition_point(|n| *n <= top(address)),
            Family::V6 => self.v4.len() + self.v6.partition_point(|n| *n <= address),
        }
    }

    /// Bytes of memory.
    pub const fn nbytes(&self) -> usize {
        self.v4.capacity() * 4 + self.v6.capacity() * 16 + self.lengths.capacity()
    }
}

#[allow(clippy::cast_possible_truncation)] // the highest 32 bits fit
const fn top(network: u128) -> u32 {
    (network >> 96) as u32
}
