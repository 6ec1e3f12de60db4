//! Collects routes as ids while records are read, and sorts them at the end.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::thread;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::batch::{Batch, Lookup, rejected};
use super::blocks::Blocks;
use super::columns;
use super::decoder::{Decoder, Decoding, RecordType, Rejected};
use super::file::Part;
use super::quirks::{Quirk, Quirks};
use super::routes::Routes;
use crate::error::{Error, ErrorKind};
use crate::mrt::geo_peer_table::Location;
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
    /// Where it was met: what the `record_type` column says.
    pub record_type: &'static str,
}

/// Vantage points in order of first appearance.
#[derive(Default)]
pub struct Peers {
    listed: Vec<Peer>,
    ids: HashMap<Peer, u16>,
    /// Where they are, by id.
    locations: Vec<Location>,
}

impl Peers {
    /// Id of a peer, added if new.
    ///
    /// # Errors
    /// More peers than a u16 numbers.
    pub fn id(&mut self, peer: Peer) -> Result<u16, Error> {
        if let Some(id) = self.ids.get(&peer) {
            return Ok(*id);
        }
        let id = u16::try_from(self.listed.len())
            .ok()
            .filter(|id| *id < u16::MAX)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Mrt,
                    "expected at most 65535 peers in one table, found more: load fewer collectors at once",
                )
            })?;
        self.listed.push(peer.clone());
        self.locations.push((None, None));
        self.ids.insert(peer, id);
        Ok(id)
    }

    /// Add the peers of the next input; returns their ids here.
    ///
    /// # Errors
    /// More peers than a u16 numbers.
    pub fn append(&mut self, next: &Self) -> Result<Vec<u16>, Error> {
        let mut ids = Vec::with_capacity(next.listed.len());
        for (peer, location) in next.listed.iter().zip(&next.locations) {
            let id = self.id(peer.clone())?;
            if *location != (None, None) {
                self.locate(id, *location);
            }
            ids.push(id);
        }
        Ok(ids)
    }

    /// Leave some out; returns the new id of each of the others, by its old one.
    pub fn remove(&mut self, gone: &HashSet<u16>) -> Vec<u16> {
        let before = std::mem::take(self);
        let mut ids = Vec::with_capacity(before.listed.len());
        let peers = before.listed.into_iter().zip(before.locations);
        for ((peer, location), id) in peers.zip(0..) {
            #[allow(clippy::cast_possible_truncation)] // there are fewer than before
            let next = self.listed.len() as u16;
            ids.push(next);
            if !gone.contains(&id) {
                self.ids.insert(peer.clone(), next);
                self.listed.push(peer);
                self.locations.push(location);
            }
        }
        ids
    }

    /// BGP identifier of a peer.
    pub fn bgp_id(&self, peer_id: u16) -> Option<Ipv4Addr> {
        self.listed.get(usize::from(peer_id))?.bgp_id
    }

    /// Whether a peer is the one that routers list for their own routes.
    pub fn is_local(&self, peer_id: u16) -> bool {
        let peer = self.listed.get(usize::from(peer_id));
        peer.is_some_and(|p| {
            p.asn == 0
                && p.address.is_unspecified()
                && p.bgp_id.is_some_and(|id| id.is_unspecified())
        })
    }

    /// Say where a peer is.
    pub fn locate(&mut self, peer_id: u16, location: Location) {
        if let Some(known) = self.locations.get_mut(usize::from(peer_id)) {
            *known = location;
        }
    }

    /// All of them, by id.
    pub fn as_slice(&self) -> &[Peer] {
        &self.listed
    }

    /// Where they are, by id.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }
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

/// A finished table.
pub struct Tables {
    /// The five tables, with the schemas of `rib.schema`.
    pub named: Vec<(&'static str, RecordBatch)>,
    /// Deviations met.
    pub quirks: Quirks,
}

/// A route that was taken out again.
pub struct Dropped {
    /// Its position among all routes, those dropped with it included.
    pub route: usize,
    /// Its prefix.
    pub prefix: Prefix,
    /// Why.
    pub why: Rejected,
}

/// The growing table.
pub struct TableBuilder {
    prefixes: Vec<Prefix>,
    /// Peers listed.
    pub peers: Peers,
    blocks: Blocks,
    routes: Routes,
    /// Deviations met so far.
    pub quirks: Quirks,
}

impl TableBuilder {
    /// Number of routes so far.
    pub fn n_routes(&self) -> usize {
        self.routes.prefix_id.len()
    }

    /// Add one route; its block is settled with the batch.
    #[inline]
    pub fn push<'b>(
        &mut self,
        batch: &mut Batch<'b>,
        prefix: &Prefix,
        kind: RecordType,
        entry: &Entry<'b>,
    ) {
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
        routes
            .block
            .push(batch.number(self.blocks.keyed, kind, entry.peer_id, entry.attributes));
        routes.originated_time.push(entry.originated_time);
        routes.record_time.push(entry.record_time);
    }

    /// Look up the blocks of a batch, and take out the routes whose blocks cannot be read.
    pub fn settle(&mut self, batch: &mut Batch<'_>) -> Vec<Dropped> {
        let blocks = &mut self.blocks;
        blocks.warm(batch.lookups.iter().map(|l| l.key));
        let number = |l: &Lookup<'_>| blocks.number(l.key, l.kind, l.block);
        let first = batch.first_route;
        let added = self.routes.block.get_mut(first..).unwrap_or_default();
        let dropped = if batch.number_all(number, added) {
            Vec::new()
        } else {
            self.drop_rejected(first)
        };
        batch.first_route = self.n_routes();
        dropped
    }

    /// Take out the rejected routes from `first` on, and the prefixes that only they had.
    fn drop_rejected(&mut self, first: usize) -> Vec<Dropped> {
        let before = first
            .checked_sub(1)
            .and_then(|last| self.routes.prefix_id.get(last));
        let n_before = before.map_or(0, |id| *id as usize + 1);
        let added = self.prefixes.split_off(n_before.min(self.prefixes.len()));
        let mut dropped = Vec::new();
        let mut keep = Vec::new();
        for route in first..self.n_routes() {
            let number = self.routes.block.get(route).copied().unwrap_or_default();
            let Some(id) = self.routes.prefix_id.get_mut(route) else {
                continue;
            };
            let new = (*id as usize).checked_sub(n_before);
            let prefix = match new {
                Some(new) => added.get(new),
                None => self.prefixes.last(),
            };
            let Some(prefix) = prefix.copied() else {
                continue;
            };
            if let Some(why) = rejected(number) {
                dropped.push(Dropped { route, prefix, why });
                continue;
            }
            keep.push(route);
            if new.is_some() && self.prefixes.last() != Some(&prefix) {
                self.prefixes.push(prefix);
            }
            #[allow(clippy::cast_possible_truncation)] // as in push()
            let last = (self.prefixes.len() - 1) as u32;
            *id = last;
        }
        self.routes.keep(first, &keep);
        dropped
    }
}

impl Part for TableBuilder {
    fn new(decoder: Decoder) -> Self {
        Self {
            prefixes: Vec::new(),
            peers: Peers::default(),
            blocks: Blocks::new(decoder),
            routes: Routes::default(),
            quirks: Quirks::default(),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.blocks.close();
        Ok(())
    }

    fn append(&mut self, next: Self) -> Result<(), Error> {
        let peer_ids = self.peers.append(&next.peers)?;
        #[allow(clippy::cast_possible_truncation)] // as in push()
        let first_prefix = self.prefixes.len() as u32;
        let first_block = self.blocks.append(&next.blocks);
        self.prefixes.extend(next.prefixes);
        self.quirks.merge(&next.quirks);
        self.routes
            .append(next.routes, first_prefix, first_block, &peer_ids);
        Ok(())
    }

    /// Sort, and lay out as Arrow.
    fn finish(mut self, decoding: Decoding) -> Result<Tables, ArrowError> {
        let mut routes = self.routes;
        let prefixes = sort_prefixes(self.prefixes, &mut routes.prefix_id);
        // Writing the prefixes takes as long as everything else here, so they go side by side.
        let (prefixes, routes, distinct) = thread::scope(|scope| {
            let text = scope.spawn(|| columns::prefixes(&prefixes));
            let duplicates = routes.sort();
            self.quirks.add(Quirk::DuplicateRoute, duplicates);
            let distinct = decoding.finish();
            if let Ok(distinct) = &distinct {
                routes.resolve(&distinct.ids);
            }
            let text = text.join().unwrap_or_else(|_| {
                Err(ArrowError::ComputeError("writing prefixes panicked".into()))
            });
            (text, routes, distinct)
        });
        let distinct = distinct?;
        self.quirks.merge(&distinct.quirks);
        Ok(Tables {
            named: vec![
                ("prefixes", prefixes?),
                ("as_paths", distinct.paths.finish()?),
                ("attributes", distinct.attributes.finish()?),
                ("peers", columns::peers(&self.peers)?),
                ("routes", columns::routes(routes)?),
            ],
            quirks: self.quirks,
        })
    }
}

/// Sorted, distinct prefixes; `ids` into them follow.
pub fn sort_prefixes(prefixes: Vec<Prefix>, ids: &mut [u32]) -> Vec<Prefix> {
    if prefixes.is_sorted_by(|a, b| a < b) {
        return prefixes;
    }
    // Several dumps are several sorted runs, which the standard sort merges.
    let mut order: Vec<(Prefix, u32)> = prefixes.into_iter().zip(0..).collect();
    order.sort();
    let mut new_id = vec![0_u32; order.len()];
    let mut sorted: Vec<Prefix> = Vec::with_capacity(order.len());
    for (prefix, old) in order {
        if sorted.last() != Some(&prefix) {
            sorted.push(prefix);
        }
        if let Some(new) = new_id.get_mut(old as usize) {
            #[allow(clippy::cast_possible_truncation)] // as in push()
            let last = (sorted.len() - 1) as u32;
            *new = last;
        }
    }
    for id in ids {
        *id = new_id.get(*id as usize).copied().unwrap_or_default();
    }
    sorted
}
