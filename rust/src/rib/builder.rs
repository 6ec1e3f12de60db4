//! Collects routes as ids while records are read, and sorts them at the end.

use std::collections::HashMap;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use arrow_schema::ArrowError;

use super::attribute_columns::AttributeColumns;
use super::decoder::{Decoder, RecordType, Rejected, check};
use super::intern::Interner;
use super::quirks::{Quirk, Quirks};
use super::routes::Routes;
use crate::error::{Error, ErrorKind};
use crate::prefix::Prefix;

/// A vantage point.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Collector name, possibly empty.
    pub collector: String,
    /// Peer AS.
    pub asn: u32,
    /// Peer address.
    pub address: IpAddr,
    /// BGP identifier; TABLE_DUMP has none.
    pub bgp_id: Option<Ipv4Addr>,
    /// Where it was listed.
    pub record_type: RecordType,
}

/// One RIB entry, its attributes still raw.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Global peer id.
    pub peer_id: u16,
    /// ADD-PATH id.
    pub add_path_id: Option<u32>,
    /// When the route was learned.
    pub originated_time: u32,
    /// Timestamp of the record.
    pub record_time: u32,
    /// Raw attribute block.
    pub attributes: &'a [u8],
}

/// Everything of a finished table but its Arrow form.
pub struct Built {
    /// Sorted, distinct.
    pub prefixes: Vec<Prefix>,
    /// Canonical paths by id.
    pub paths: Interner,
    /// Attribute sets by id.
    pub attributes: AttributeColumns,
    /// Peers by id.
    pub peers: Vec<Peer>,
    /// Sorted by (prefix, peer, ADD-PATH id, arrival).
    pub routes: Routes,
    /// Deviations met.
    pub quirks: Quirks,
}

/// The growing table.
#[derive(Default)]
pub struct TableBuilder {
    prefixes: Vec<Prefix>,
    peers: Vec<Peer>,
    peer_ids: HashMap<Peer, u16>,
    /// Distinct raw blocks, one interner per record type, with their number in the decoder.
    blocks: [(Interner, Vec<Result<u32, Rejected>>); 2],
    /// Id of the latest block of every peer.
    latest: Vec<Option<u32>>,
    /// Scratch of [`TableBuilder::warm`].
    likely: Vec<u32>,
    decoder: Decoder,
    routes: Routes,
    /// Deviations met so far.
    pub quirks: Quirks,
}

impl TableBuilder {
    /// Id of a peer, added if new.
    ///
    /// # Errors
    /// More peers than a u16 numbers.
    pub fn peer(&mut self, peer: Peer) -> Result<u16, Error> {
        if let Some(id) = self.peer_ids.get(&peer) {
            return Ok(*id);
        }
        let id = u16::try_from(self.peers.len())
            .ok()
            .filter(|id| *id < u16::MAX)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Mrt,
                    "expected at most 65535 peers in one table, found more: load fewer collectors at once",
                )
            })?;
        self.peers.push(peer.clone());
        self.peer_ids.insert(peer, id);
        Ok(id)
    }

    /// Number of routes so far.
    pub fn n_routes(&self) -> usize {
        self.routes.prefix_id.len()
    }

    /// Bring what pushing these entries will read into the cache.
    pub fn warm(&mut self, kind: RecordType, hashes: impl Iterator<Item = u32>) {
        if let Some((blocks, decoded)) = self.blocks.get(kind as usize) {
            blocks.warm(hashes, &mut self.likely);
            let found = self
                .likely
                .iter()
                .filter_map(|id| decoded.get(*id as usize));
            black_box(found.filter(|d| d.is_ok()).count());
        }
    }

    /// Add one route. `hash` is that of its attribute block, `None` where the block equals the one
    /// that its peer sent before.
    ///
    /// # Errors
    /// Its attributes cannot be read; it costs this route alone.
    pub fn push(
        &mut self,
        prefix: &Prefix,
        kind: RecordType,
        entry: &Entry<'_>,
        hash: Option<u32>,
    ) -> Result<(), Rejected> {
        let block = self.block(kind, entry, hash)?;
        // Entries of one prefix arrive together, so comparing with the last one suffices here;
        // finish() merges what is repeated further apart.
        if self.prefixes.last() != Some(prefix) {
            self.prefixes.push(*prefix);
        }
        let routes = &mut self.routes;
        if entry.add_path_id.is_some() && routes.add_path_id.is_empty() {
            routes.add_path_id.resize(routes.prefix_id.len(), None);
        }
        if entry.add_path_id.is_some() || !routes.add_path_id.is_empty() {
            routes.add_path_id.push(entry.add_path_id);
        }
        #[allow(clippy::cast_possible_truncation)] // 2^32 prefixes do not fit in memory
        routes.prefix_id.push((self.prefixes.len() - 1) as u32);
        routes.peer_id.push(entry.peer_id);
        routes.block.push(block);
        routes.originated_time.push(entry.originated_time);
        routes.record_time.push(entry.record_time);
        Ok(())
    }

    /// Number of the entry's attribute block in the decoder.
    fn block(
        &mut self,
        kind: RecordType,
        entry: &Entry<'_>,
        hash: Option<u32>,
    ) -> Result<u32, Rejected> {
        let (peer, block) = (usize::from(entry.peer_id), entry.attributes);
        if self.latest.len() <= peer {
            self.latest.resize(self.peers.len().max(peer + 1), None);
        }
        let (Some((blocks, numbers)), Some(latest)) = (
            self.blocks.get_mut(kind as usize),
            self.latest.get_mut(peer),
        ) else {
            return Err(Rejected::Lengths);
        };
        let (id, new) = match (hash, *latest) {
            (None, Some(id)) => (id, false),
            (Some(hash), _) => blocks.intern_hashed(block, hash),
            (None, None) => blocks.intern(block),
        };
        *latest = Some(id);
        if new {
            numbers.push(check(kind, block).map(|()| self.decoder.push(kind, block)));
        }
        let number = numbers.get(id as usize).copied();
        number.unwrap_or(Err(Rejected::Lengths))
    }

    /// Sort and give up the parts.
    ///
    /// # Errors
    /// What Arrow says about columns that grow too long.
    pub fn finish(mut self) -> Result<Built, ArrowError> {
        let mut prefixes = std::mem::take(&mut self.prefixes);
        let mut routes = std::mem::take(&mut self.routes);
        if !prefixes.is_sorted_by(|a, b| a < b) {
            let mut sorted = prefixes.clone();
            sorted.sort_unstable();
            sorted.dedup();
            #[allow(clippy::cast_possible_truncation)] // as in push()
            let new_id: Vec<u32> = prefixes
                .iter()
                .map(|p| sorted.partition_point(|q| q < p) as u32)
                .collect();
            for id in &mut routes.prefix_id {
                *id = new_id.get(*id as usize).copied().unwrap_or_default();
            }
            prefixes = sorted;
        }
        let duplicates = routes.sort();
        self.quirks.add(Quirk::DuplicateRoute, duplicates);
        let decoded = self.decoder.finish()?;
        self.quirks.merge(&decoded.quirks);
        routes.resolve(&decoded.ids);
        Ok(Built {
            prefixes,
            paths: decoded.paths,
            attributes: decoded.attributes,
            peers: self.peers,
            routes,
            quirks: self.quirks,
        })
    }
}
