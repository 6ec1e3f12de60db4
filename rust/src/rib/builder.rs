//! Collects routes as ids while records are read, and sorts them at the end.

use std::collections::HashMap;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use arrow_schema::ArrowError;

use super::attribute_columns::AttributeColumns;
use super::intern::Interner;
use super::quirks::{Quirk, Quirks};
use crate::as_path;
use crate::error::{Error, ErrorKind};
use crate::mrt::attributes;
use crate::prefix::Prefix;

/// Which record type an entry stands in; attributes decode a little differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// TABLE_DUMP, ASes of two octets.
    TableDump = 0,
    /// TABLE_DUMP_V2, ASes of four octets.
    TableDumpV2 = 1,
}

impl RecordType {
    /// Name in the `record_type` column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TableDump => "TABLE_DUMP",
            Self::TableDumpV2 => "TABLE_DUMP_V2",
        }
    }
}

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

/// Routes as parallel columns, in order of arrival until [`TableBuilder::finish`] sorts them.
#[derive(Default)]
#[allow(missing_docs)] // the fields are the columns of `routes`
pub struct Routes {
    pub prefix_id: Vec<u32>,
    pub peer_id: Vec<u16>,
    pub as_path_id: Vec<u32>,
    pub attributes_id: Vec<u32>,
    /// Empty until the first ADD-PATH id is met.
    pub add_path_id: Vec<Option<u32>>,
    pub originated_time: Vec<u32>,
    pub record_time: Vec<u32>,
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

/// Ids a distinct attribute block stands for; `None` when its AS path is malformed.
type Decoded = Result<(u32, u32), Rejected>;

/// Why an attribute block cannot be a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// An attribute length runs past the block.
    Lengths,
    /// AS_PATH segments close in neither width.
    AsPath,
}

/// The growing table.
#[derive(Default)]
pub struct TableBuilder {
    prefixes: Vec<Prefix>,
    peers: Vec<Peer>,
    peer_ids: HashMap<Peer, u16>,
    /// Distinct raw blocks, one interner per record type, with what they decode to.
    blocks: [(Interner, Vec<Decoded>); 2],
    /// Id of the latest block of every peer.
    latest: Vec<Option<u32>>,
    /// Scratch of [`TableBuilder::warm`].
    likely: Vec<u32>,
    paths: Interner,
    sets: [(Interner, Vec<u32>); 2],
    n_sets: u32,
    attributes: AttributeColumns,
    /// Quirks of the sets that have any, counted again for every block the set appears in.
    set_quirks: HashMap<u32, Quirks>,
    routes: Routes,
    /// Deviations met so far.
    pub quirks: Quirks,
    rest: Vec<u8>,
    canonical: Vec<u8>,
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
    /// The outer one is final (Arrow); the inner one costs this route alone.
    pub fn push(
        &mut self,
        prefix: &Prefix,
        kind: RecordType,
        entry: &Entry<'_>,
        hash: Option<u32>,
    ) -> Result<Result<(), Rejected>, ArrowError> {
        let (as_path_id, attributes_id) = match self.decode(kind, entry, hash)? {
            Ok(ids) => ids,
            Err(rejected) => return Ok(Err(rejected)),
        };
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
        routes.as_path_id.push(as_path_id);
        routes.attributes_id.push(attributes_id);
        routes.originated_time.push(entry.originated_time);
        routes.record_time.push(entry.record_time);
        Ok(Ok(()))
    }

    fn decode(
        &mut self,
        kind: RecordType,
        entry: &Entry<'_>,
        hash: Option<u32>,
    ) -> Result<Decoded, ArrowError> {
        let (peer, block) = (usize::from(entry.peer_id), entry.attributes);
        if self.latest.len() <= peer {
            self.latest.resize(self.peers.len().max(peer + 1), None);
        }
        let (Some((blocks, decoded)), Some(latest)) = (
            self.blocks.get_mut(kind as usize),
            self.latest.get_mut(peer),
        ) else {
            return Ok(Err(Rejected::Lengths));
        };
        let (id, new) = match (hash, *latest) {
            (None, Some(id)) => (id, false),
            (Some(hash), _) => blocks.intern_hashed(block, hash),
            (None, None) => blocks.intern(block),
        };
        *latest = Some(id);
        if !new {
            return Ok(decoded
                .get(id as usize)
                .copied()
                .unwrap_or(Err(Rejected::Lengths)));
        }
        let result = self.decode_new(kind, block)?;
        if let Some((_, decoded)) = self.blocks.get_mut(kind as usize) {
            decoded.push(result);
        }
        Ok(result)
    }

    fn decode_new(&mut self, kind: RecordType, block: &[u8]) -> Result<Decoded, ArrowError> {
        let mut quirks = Quirks::default();
        let mut rest = std::mem::take(&mut self.rest);
        let split = attributes::split(block, &mut rest, &mut quirks);
        let ids = match split {
            None => Err(Rejected::Lengths),
            Some(split) => match self.path(kind, &split, &mut quirks) {
                None => Err(Rejected::AsPath),
                Some(path) => Ok((path, self.attribute_set(kind, &rest, &mut quirks)?)),
            },
        };
        self.rest = rest;
        if ids.is_ok() {
            self.quirks.merge(&quirks);
        }
        Ok(ids)
    }

    fn path(
        &mut self,
        kind: RecordType,
        split: &attributes::Split<'_>,
        quirks: &mut Quirks,
    ) -> Option<u32> {
        let canonical = &mut self.canonical;
        canonical.clear();
        let Some(wire) = split.as_path else {
            quirks.add(Quirk::MissingAsPath, 1);
            return Some(self.paths.intern(&[]).0);
        };
        let width = match kind {
            RecordType::TableDump => 2,
            RecordType::TableDumpV2 => 4,
        };
        let mut empty = as_path::canonicalise(wire, width, canonical);
        if empty.is_none() && width == 4 {
            canonical.clear();
            empty = as_path::canonicalise(wire, 2, canonical);
            if empty.is_some() {
                quirks.add(Quirk::AsPath2Octet, 1);
            }
        }
        quirks.add(Quirk::EmptySegment, u64::from(empty?));
        if let Some(as4) = split.as4_path {
            let mut as4_canonical = Vec::new();
            let counts = kind == RecordType::TableDump && !split.is_as4_stale();
            let merged = counts
                .then(|| as_path::canonicalise(as4, 4, &mut as4_canonical))
                .flatten()
                .and_then(|_| as_path::merge_as4(canonical, &as4_canonical));
            if let Some(merged) = merged {
                quirks.add(Quirk::As4PathMerged, 1);
                return Some(self.paths.intern(&merged).0);
            }
            quirks.add(Quirk::As4PathIgnored, 1);
        }
        Some(self.paths.intern(canonical).0)
    }

    fn attribute_set(
        &mut self,
        kind: RecordType,
        rest: &[u8],
        quirks: &mut Quirks,
    ) -> Result<u32, ArrowError> {
        let Some((sets, ids)) = self.sets.get_mut(kind as usize) else {
            return Ok(0);
        };
        let (id, new) = sets.intern(rest);
        if new {
            let mut own = Quirks::default();
            self.attributes.push(&attributes::decode(rest, &mut own))?;
            if !own.is_empty() {
                self.set_quirks.insert(self.n_sets, own);
            }
            ids.push(self.n_sets);
            self.n_sets += 1;
        }
        let row = ids.get(id as usize).copied().unwrap_or_default();
        if let Some(own) = self.set_quirks.get(&row) {
            quirks.merge(own);
        }
        Ok(row)
    }

    /// Sort and give up the parts.
    pub fn finish(mut self) -> Built {
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
        Built {
            prefixes,
            paths: self.paths,
            attributes: self.attributes,
            peers: self.peers,
            routes,
            quirks: self.quirks,
        }
    }
}

impl Routes {
    fn key(&self, i: usize) -> (u32, u16, Option<u32>) {
        let at = |v: &[u32]| v.get(i).copied().unwrap_or_default();
        (
            at(&self.prefix_id),
            self.peer_id.get(i).copied().unwrap_or_default(),
            self.add_path_id.get(i).copied().flatten(),
        )
    }

    /// Sort by key, keeping the order of arrival among equals; returns the number of repeats.
    fn sort(&mut self) -> u64 {
        let n = self.prefix_id.len();
        let mut repeats = 0;
        let mut sorted = true;
        let mut previous = None;
        for i in 0..n {
            let key = Some(self.key(i));
            sorted &= previous <= key;
            repeats += u64::from(previous == key);
            previous = key;
        }
        if sorted {
            return repeats;
        }
        let order = self.sorted_order();
        permute(&mut self.prefix_id, &order);
        permute(&mut self.peer_id, &order);
        permute(&mut self.as_path_id, &order);
        permute(&mut self.attributes_id, &order);
        permute(&mut self.add_path_id, &order);
        permute(&mut self.originated_time, &order);
        permute(&mut self.record_time, &order);
        (1..n).filter(|i| self.key(i - 1) == self.key(*i)).count() as u64
    }
}

impl Routes {
    /// Positions in sorted order: a counting sort by prefix, then a small sort inside each prefix.
    fn sorted_order(&self) -> Vec<u32> {
        let n_prefixes = self.prefix_id.iter().max().map_or(0, |id| *id as usize + 1);
        let mut next = vec![0_u32; n_prefixes + 1];
        for id in &self.prefix_id {
            if let Some(count) = next.get_mut(*id as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut next {
            total += *start;
            *start = total;
        }
        let mut order = vec![0_u32; self.prefix_id.len()];
        for (i, id) in (0_u32..).zip(&self.prefix_id) {
            if let Some(slot) = next.get_mut(*id as usize) {
                if let Some(place) = order.get_mut(*slot as usize) {
                    *place = i;
                }
                *slot += 1;
            }
        }
        let mut start = 0;
        for end in next {
            if let Some(group) = order.get_mut(start as usize..end as usize) {
                group.sort_by_key(|i| self.key(*i as usize));
            }
            start = end;
        }
        order
    }
}

fn permute<T: Copy + Default>(column: &mut Vec<T>, order: &[u32]) {
    if !column.is_empty() {
        *column = order
            .iter()
            .map(|i| column.get(*i as usize).copied().unwrap_or_default())
            .collect();
    }
}
