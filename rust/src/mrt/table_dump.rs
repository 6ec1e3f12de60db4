//! RIB records of TABLE_DUMP_V2 (RFC 6396 §4.3) and its ADD-PATH forms (RFC 8050).
//!
//! ```text
//! RIB_IPVx_UNICAST   sequence u32 | length u8 | prefix | count u16 | entries …
//!   entry            peer index u16 | originated u32 | [path id u32] | length u16 | attributes
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::cursor::Cursor;
use crate::prefix::{Family, Prefix};

/// A peer as a PEER_INDEX_TABLE lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct PeerEntry {
    pub bgp_id: Ipv4Addr,
    pub address: IpAddr,
    pub asn: u32,
}

/// A PEER_INDEX_TABLE, as far as it could be read.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct PeerIndexTable {
    pub view_name: String,
    pub peers: Vec<PeerEntry>,
    /// Peers the table declares.
    pub declared: usize,
    pub trailing: usize,
}

/// Read a PEER_INDEX_TABLE; `None` when even its head is cut.
pub fn peer_index_table(body: &[u8]) -> Option<PeerIndexTable> {
    let mut c = Cursor::new(body);
    let _collector_id = c.u32()?;
    let name_length = usize::from(c.u16()?);
    let view_name = String::from_utf8_lossy(c.take(name_length)?).into_owned();
    let declared = usize::from(c.u16()?);
    let mut peers = Vec::with_capacity(declared);
    while peers.len() < declared {
        match peer_entry(&mut c) {
            Some(peer) => peers.push(peer),
            None => break,
        }
    }
    Some(PeerIndexTable {
        view_name,
        trailing: if peers.len() == declared {
            c.rest().len()
        } else {
            0
        },
        peers,
        declared,
    })
}

fn peer_entry(c: &mut Cursor<'_>) -> Option<PeerEntry> {
    let kind = c.u8()?;
    let bgp_id = Ipv4Addr::from_bits(c.u32()?);
    let family = if kind & 1 == 0 {
        Family::V4
    } else {
        Family::V6
    };
    let address = address(c, family)?;
    let asn = if kind & 2 == 0 {
        u32::from(c.u16()?)
    } else {
        c.u32()?
    };
    Some(PeerEntry {
        bgp_id,
        address,
        asn,
    })
}

/// An address of a family.
pub(super) fn address(c: &mut Cursor<'_>, family: Family) -> Option<IpAddr> {
    Some(match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(c.u32()?)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(u128::from_be_bytes(c.array()?))),
    })
}

/// Where a RIB record has its ADD-PATH ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathIds {
    /// Nowhere.
    None,
    /// In every entry (RFC 8050 §4.1).
    InEntries,
    /// In the NLRI, one for all entries (RFC 8050 §4.2).
    InNlri(u32),
}

/// Head of a RIB record of TABLE_DUMP_V2.
#[derive(Debug)]
pub struct RibRecord<'a> {
    /// The prefix, host bits masked.
    pub prefix: Prefix,
    /// Whether host bits had to be masked.
    pub host_bits: bool,
    /// Where the ADD-PATH ids are.
    pub path_ids: PathIds,
    /// Whether the record names its family although its subtype does.
    pub names_family: bool,
    /// Entries the record declares.
    pub declared: u16,
    /// The entries.
    pub entries: Cursor<'a>,
}

/// Read the head of a RIB_IPV4/6 record; the error says what was found instead.
///
/// GoBGP put AFI and SAFI before the prefix here too until September 2026, where only RIB_GENERIC has
/// them. Their first octet is then that of a default route: the form that closes is taken.
///
/// # Errors
/// The prefix length is too long for the family, or the record is cut.
pub fn rib_record(
    body: &[u8],
    family: Family,
    safi: u8,
    path_ids: PathIds,
) -> Result<RibRecord<'_>, String> {
    let mut c = Cursor::new(body);
    c.u32().ok_or_else(cut_head)?;
    let record = rib_head(c, family, path_ids);
    if let [0, afi, named, rest @ ..] = c.rest()
        && u16::from(*afi) == family.afi()
        && *named == safi
        && !record.as_ref().is_ok_and(closes)
        && let Ok(behind) = rib_head(Cursor::new(rest), family, path_ids)
        && closes(&behind)
    {
        return Ok(RibRecord {
            names_family: true,
            ..behind
        });
    }
    record
}

fn cut_head() -> String {
    "the record ends before its entries".to_owned()
}

fn rib_head(mut c: Cursor<'_>, family: Family, path_ids: PathIds) -> Result<RibRecord<'_>, String> {
    let length = c.u8().ok_or_else(cut_head)?;
    if length > family.bits() {
        return Err(format!(
            "prefix length {length}, expected at most {}",
            family.bits()
        ));
    }
    let octets = c
        .take(usize::from(length).div_ceil(8))
        .ok_or_else(cut_head)?;
    let (prefix, host_bits) = Prefix::masked(family, left_aligned(octets), length);
    Ok(RibRecord {
        prefix,
        host_bits,
        path_ids,
        names_family: false,
        declared: c.u16().ok_or_else(cut_head)?,
        entries: c,
    })
}

/// AFI, SAFI and what follows in a RIB_GENERIC record (RFC 6396 §4.3.3).
///
/// # Errors
/// The record is cut.
pub fn rib_generic(body: &[u8]) -> Result<(u16, u8, Cursor<'_>), String> {
    let mut c = Cursor::new(body);
    c.u32().ok_or_else(cut_head)?;
    let afi = c.u16().ok_or_else(cut_head)?;
    let safi = c.u8().ok_or_else(cut_head)?;
    Ok((afi, safi, c))
}

/// Head of a RIB_GENERIC record behind AFI and SAFI, of a family whose NLRI is a prefix.
///
/// With ADD-PATH, RFC 8050 §4.2 puts the path id into the NLRI; the routers that write such records
/// put one into every entry instead. The form that closes is taken, the one of the RFC if both do.
///
/// # Errors
/// As [`rib_record`].
pub fn rib_generic_record(
    nlri: Cursor<'_>,
    family: Family,
    add_path: bool,
) -> Result<RibRecord<'_>, String> {
    if !add_path {
        return rib_head(nlri, family, PathIds::None);
    }
    let in_nlri = || {
        let mut c = nlri;
        let id = c.u32().ok_or_else(cut_head)?;
        rib_head(c, family, PathIds::InNlri(id))
    };
    let of_rfc = in_nlri();
    let closes = |r: &Result<RibRecord<'_>, String>| r.as_ref().is_ok_and(closes);
    if !closes(&of_rfc) {
        let in_entries = rib_head(nlri, family, PathIds::InEntries);
        if closes(&in_entries) {
            return in_entries;
        }
    }
    of_rfc
}

/// Whether the entries a record declares fill it.
fn closes(record: &RibRecord<'_>) -> bool {
    let mut entries = record.entries;
    (0..record.declared).all(|_| rib_entry(&mut entries, record.path_ids).is_some())
        && entries.is_empty()
}

/// Number of whole entries that fill `octets`; 0 where they do not fill it.
pub fn whole_entries(octets: &[u8], path_ids: PathIds) -> u64 {
    let mut entries = Cursor::new(octets);
    let mut count = 0;
    while !entries.is_empty() {
        // An entry that ends early may have taken all that was left.
        if rib_entry(&mut entries, path_ids).is_none() {
            return 0;
        }
        count += 1;
    }
    count
}

/// Octets from the top of 128 bits.
pub(super) fn left_aligned(octets: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(octets) {
        *to = *from;
    }
    u128::from_be_bytes(bytes)
}

/// One entry of a RIB record.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct RibEntry<'a> {
    pub peer_index: u16,
    pub originated_time: u32,
    pub add_path_id: Option<u32>,
    pub attributes: &'a [u8],
}

/// Read the next entry; `None` when the record ends inside it.
#[inline]
pub fn rib_entry<'a>(c: &mut Cursor<'a>, path_ids: PathIds) -> Option<RibEntry<'a>> {
    Some(RibEntry {
        peer_index: c.u16()?,
        originated_time: c.u32()?,
        add_path_id: match path_ids {
            PathIds::None => None,
            PathIds::InEntries => Some(c.u32()?),
            PathIds::InNlri(id) => Some(id),
        },
        attributes: {
            let length = c.u16()?;
            c.take(usize::from(length))?
        },
    })
}
