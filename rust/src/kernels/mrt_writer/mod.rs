//! Routes as a TABLE_DUMP_V2 dump (RFC 6396 §4.3, RFC 6397, RFC 8050): the inverse of reading one.
//!
//! ```text
//! PEER_INDEX_TABLE   collector id u32 | length u16 | view name | count u16 | peers …
//!   peer             type u8 | BGP id u32 | address | AS u32
//! GEO_PEER_TABLE     RFC 6397, where the location of any peer is known
//! RIB_IPVx_UNICAST   sequence u32 | length u8 | prefix | count u16 | entries …
//!   entry            peer index u16 | originated u32 | [path id u32] | length u16 | attributes
//! ```
//! Each distinct path and attribute set is put on the wire once; a route then is three copies.

mod attributes;
mod octets;
mod peers;

use std::collections::HashMap;
use std::ops::Range;
use std::thread;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, FixedSizeBinaryArray, PrimitiveArray, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_schema::ArrowError;

use self::attributes::{Attributes, Encoded};
use self::octets::{Octets, attribute_header};
use self::peers::peer_tables;
use super::bgpdump::Tables;
use super::cells::{range, typed, value, words};
use crate::prefix::Family;
use crate::rib::load::Safi;

/// Octets given at a time, more by what belongs to the last prefix.
const BLOCK: usize = 1 << 20;
/// Octets after which a record is closed though its prefix goes on.
const MAX_RECORD: usize = 1 << 24;

type Result<T> = std::result::Result<T, ArrowError>;

fn invalid(message: impl Into<String>) -> ArrowError {
    ArrowError::InvalidArgumentError(message.into())
}

/// A dump, block by block.
pub struct Dump {
    prefix_id: ScalarBuffer<u32>,
    peer_id: ScalarBuffer<u16>,
    as_path_id: ScalarBuffer<u32>,
    attributes_id: ScalarBuffer<u32>,
    originated_time: ScalarBuffer<u32>,
    record_time: ScalarBuffer<u32>,
    add_path_id: PrimitiveArray<UInt32Type>,
    family: ScalarBuffer<u8>,
    network: FixedSizeBinaryArray,
    length: ScalarBuffer<u8>,
    paths: Octets,
    sets: Sets,
    n_peers: usize,
    safi: Safi,
    /// The tables of peers until they are given.
    head: Option<Vec<u8>>,
    next_route: usize,
    sequence: u32,
}

impl Dump {
    /// Put what is distinct on the wire.
    ///
    /// # Errors
    /// A column is not as the schema says, or holds what has no form on the wire.
    pub fn new(tables: &Tables<'_>, view_name: &str, safi: Safi) -> Result<Self> {
        let (routes, prefixes) = (tables.rows, tables.prefixes);
        let numbers = |name| {
            typed(routes, name, |a| a.as_primitive_opt::<UInt32Type>()).map(|a| a.values().clone())
        };
        let octets = |name| {
            typed(prefixes, name, |a| a.as_primitive_opt::<UInt8Type>()).map(|a| a.values().clone())
        };
        let prefix_id = numbers("prefix_id")?;
        let attributes_id = numbers("attributes_id")?;
        let record_time = numbers("record_time")?;
        let family = octets("family")?;
        // IPv4 comes first, so the attribute sets of IPv6 routes are those of the last ones.
        let first_v6 = prefix_id.partition_point(|p| {
            family
                .get(*p as usize)
                .is_none_or(|f| *f == Family::V4 as u8)
        });
        let of_v6 = attributes_id.get(first_v6..).unwrap_or_default();
        let (paths, sets) = thread::scope(|scope| {
            let paths = scope.spawn(|| paths(tables.as_paths));
            let sets = Sets::new(tables.attributes, of_v6);
            let paths = paths
                .join()
                .unwrap_or_else(|_| Err(ArrowError::ComputeError("writing paths panicked".into())));
            (paths, sets)
        });
        let time = record_time.iter().min().copied().unwrap_or_default();
        Ok(Self {
            head: Some(peer_tables(tables.peers, view_name, time)?),
            prefix_id,
            peer_id: typed(routes, "peer_id", |a| a.as_primitive_opt::<UInt16Type>())?
                .values()
                .clone(),
            as_path_id: numbers("as_path_id")?,
            attributes_id,
            originated_time: numbers("originated_time")?,
            record_time,
            add_path_id: typed(routes, "add_path_id", |a| a.as_primitive_opt())?.clone(),
            family,
            network: typed(prefixes, "network", |a| a.as_fixed_size_binary_opt())?.clone(),
            length: octets("length")?,
            paths: paths?,
            sets: sets?,
            n_peers: tables.peers.num_rows(),
            safi,
            next_route: 0,
            sequence: 0,
        })
    }

    /// The next records; `None` after the last.
    ///
    /// # Errors
    /// An id points nowhere, or the attributes of a route are over 65,535 octets.
    pub fn block(&mut self) -> Result<Option<Vec<u8>>> {
        let mut out = Vec::with_capacity(BLOCK + BLOCK / 4);
        out.append(&mut self.head.take().unwrap_or_default());
        while out.len() < BLOCK
            && let Some(prefix) = self.prefix_id.get(self.next_route).copied()
        {
            let rest = self.prefix_id.get(self.next_route..).unwrap_or_default();
            let n = rest.iter().take_while(|p| **p == prefix).count();
            let routes = self.next_route..self.next_route + n;
            self.next_route = routes.end;
            self.prefix(prefix as usize, routes, &mut out)?;
        }
        Ok((!out.is_empty()).then_some(out))
    }

    /// The records of one prefix: routes without path ids, then those with.
    fn prefix(&mut self, prefix: usize, routes: Range<usize>, out: &mut Vec<u8>) -> Result<()> {
        for add_path in [false, true] {
            let mut left = routes
                .clone()
                .filter(|r| self.add_path_id.is_valid(*r) == add_path)
                .peekable();
            while left.peek().is_some() {
                let start = out.len();
                let family = self
                    .record_head(prefix, add_path, out)
                    .ok_or_else(|| invalid(format!("prefixes row {prefix} is no prefix")))?;
                let (mut count, mut time) = (0_u16, 0);
                while count < u16::MAX
                    && out.len() - start < MAX_RECORD
                    && let Some(route) = left.next()
                {
                    time = time.max(self.entry(route, family, out)?);
                    count += 1;
                }
                let after_header = start + 12 + 5 + self.prefix_octets(prefix);
                close(out, start, after_header, time, count)
                    .ok_or_else(|| invalid("a record does not close"))?;
                self.sequence = self.sequence.wrapping_add(1);
            }
        }
        Ok(())
    }

    fn prefix_octets(&self, prefix: usize) -> usize {
        self.length
            .get(prefix)
            .map_or(0, |l| usize::from(*l).div_ceil(8))
    }

    /// Header and head of a RIB record; time, length and count are set by [`close`].
    fn record_head(&self, prefix: usize, add_path: bool, out: &mut Vec<u8>) -> Option<Family> {
        let family = Family::from_number(*self.family.get(prefix)?)?;
        let unicast = match (family, add_path) {
            (Family::V4, false) => 2,
            (Family::V6, false) => 4,
            (Family::V4, true) => 8,
            (Family::V6, true) => 10,
        };
        let subtype = unicast + u8::from(self.safi == Safi::Multicast);
        out.extend([0, 0, 0, 0, 0, 13, 0, subtype, 0, 0, 0, 0]);
        out.extend(self.sequence.to_be_bytes());
        let length = *self.length.get(prefix)?;
        (length <= family.bits()).then_some(())?;
        out.push(length);
        let octets = self.network.value(prefix);
        out.extend_from_slice(octets.get(..self.prefix_octets(prefix))?);
        out.extend([0, 0]);
        Some(family)
    }

    /// One entry; gives the time of its record.
    #[inline]
    fn entry(&self, route: usize, family: Family, out: &mut Vec<u8>) -> Result<u32> {
        let parts = || {
            let path = self.paths.get(*self.as_path_id.get(route)? as usize)?;
            let set = self.sets.get(*self.attributes_id.get(route)?, family)?;
            let peer = *self.peer_id.get(route)?;
            (usize::from(peer) < self.n_peers).then_some((path, set, peer))
        };
        let (path, [before, after], peer) =
            parts().ok_or_else(|| invalid(format!("route {route} has an id out of range")))?;
        let size = before.len() + path.len() + after.len();
        let size = u16::try_from(size).map_err(|_| {
            invalid(format!(
                "route {route}: its attributes take {size} octets, an RIB entry holds 65535"
            ))
        })?;
        out.extend(peer.to_be_bytes());
        let originated = self.originated_time.get(route).copied();
        out.extend(originated.unwrap_or_default().to_be_bytes());
        if let Some(path_id) = value(&self.add_path_id, route) {
            out.extend(path_id.to_be_bytes());
        }
        out.extend(size.to_be_bytes());
        out.extend_from_slice(before);
        out.extend_from_slice(path);
        out.extend_from_slice(after);
        Ok(self.record_time.get(route).copied().unwrap_or_default())
    }
}

/// Set what is known of a record once its entries are there.
fn close(out: &mut [u8], start: usize, entries: usize, time: u32, count: u16) -> Option<()> {
    let length = u32::try_from(out.len().checked_sub(start + 12)?).ok()?;
    out.get_mut(start..start + 4)?
        .copy_from_slice(&time.to_be_bytes());
    out.get_mut(start + 8..start + 12)?
        .copy_from_slice(&length.to_be_bytes());
    out.get_mut(entries..entries + 2)?
        .copy_from_slice(&count.to_be_bytes());
    Some(())
}

/// Attribute sets on the wire, each before and after its AS_PATH.
struct Sets {
    halves: Octets,
    /// Where the form beside an IPv6 prefix is, for the sets that have one of their own: those with
    /// an IPv4 next hop, which there goes into MP_REACH_NLRI.
    of_v6: HashMap<u32, usize>,
}

impl Sets {
    fn new(attributes: &RecordBatch, used_by_v6: &[u32]) -> Result<Self> {
        let attributes = Attributes::new(attributes)?;
        let (mut halves, mut encoded) = (Octets::default(), Encoded::default());
        let mut push = |row: usize, family, halves: &mut Octets| {
            attributes
                .encode(row, family, &mut encoded)
                .map_err(|e| invalid(format!("attributes row {row}: {e}")))?;
            halves.push(&encoded.before);
            halves.push(&encoded.after);
            Ok::<(), ArrowError>(())
        };
        for row in 0..attributes.len() {
            push(row, Family::V4, &mut halves)?;
        }
        let mut of_v6 = HashMap::new();
        for id in used_by_v6 {
            let row = *id as usize;
            if row < attributes.len()
                && attributes.next_hop(row).is_some_and(|h| h.is_ipv4())
                && !of_v6.contains_key(id)
            {
                of_v6.insert(*id, halves.len() / 2);
                push(row, Family::V6, &mut halves)?;
            }
        }
        Ok(Self { halves, of_v6 })
    }

    #[inline]
    fn get(&self, id: u32, family: Family) -> Option<[&[u8]; 2]> {
        let own = (family == Family::V6).then(|| self.of_v6.get(&id).copied());
        let set = own.flatten().unwrap_or(id as usize);
        Some([self.halves.get(2 * set)?, self.halves.get(2 * set + 1)?])
    }
}

/// Rows of `as_paths` as AS_PATH attributes with ASes of four octets.
fn paths(as_paths: &RecordBatch) -> Result<Octets> {
    let hops = typed(as_paths, "hops", |a| a.as_list_opt::<i32>())?;
    let segments = typed(as_paths, "segments", |a| a.as_list_opt::<i32>())?;
    let (mut paths, mut path, mut attribute) = (Octets::default(), Vec::new(), Vec::new());
    for row in 0..as_paths.num_rows() {
        let mut wire = || {
            path.clear();
            attribute.clear();
            let all = words(hops.values().as_ref())?;
            let mut rest = all.get(range(hops, row)?)?;
            let pieces = segments.values().as_struct_opt()?;
            let part = |name| pieces.column_by_name(name)?.as_primitive_opt::<UInt8Type>();
            let (kinds, counts) = (part("kind")?, part("count")?);
            for segment in range(segments, row)? {
                let count = value(counts, segment)?;
                let (ases, after) = rest.split_at_checked(usize::from(count))?;
                rest = after;
                path.extend([value(kinds, segment)?, count]);
                path.extend(ases.iter().flat_map(|a| a.to_be_bytes()));
            }
            attribute_header(0x40, 2, path.len(), &mut attribute)?;
            attribute.extend_from_slice(&path);
            rest.is_empty().then_some(())
        };
        wire().ok_or_else(|| {
            invalid(format!(
                "as_paths row {row}: hops and segments do not fit together, or need over 65535 octets"
            ))
        })?;
        paths.push(&attribute);
    }
    Ok(paths)
}
