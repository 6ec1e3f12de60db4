//! Path attributes that were read from text, on the wire (RFC 4271 §4.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::prefix::Family;

const WELL_KNOWN: u8 = 0x40;
const OPTIONAL: u8 = 0x80;
const OPTIONAL_TRANSITIVE: u8 = 0xc0;
const EXTENDED_LENGTH: u8 = 0x10;

/// The attributes of one route; what a view does not tell is absent.
#[derive(Default)]
#[allow(missing_docs)] // the fields are the attributes
pub struct Attributes {
    pub origin: Option<u8>,
    /// Value of AS_PATH.
    pub as_path: Vec<u8>,
    pub next_hop: Option<IpAddr>,
    pub link_local: Option<Ipv6Addr>,
    pub med: Option<u32>,
    pub local_pref: Option<u32>,
    pub atomic_aggregate: bool,
    pub aggregator: Option<(u32, Ipv4Addr)>,
    pub communities: Vec<u32>,
    pub originator_id: Option<Ipv4Addr>,
    pub cluster_list: Vec<u32>,
    pub extended_communities: Vec<u64>,
    pub large_communities: Vec<[u32; 3]>,
    pub otc: Option<u32>,
    /// Type and value of others, optional and transitive.
    pub unknown: Vec<(u8, Vec<u8>)>,
}

impl Attributes {
    /// Forget all, but keep the memory.
    pub fn clear(&mut self) {
        let Self {
            as_path,
            communities,
            cluster_list,
            extended_communities,
            large_communities,
            ..
        } = self;
        as_path.clear();
        communities.clear();
        cluster_list.clear();
        extended_communities.clear();
        large_communities.clear();
        *self = Self {
            as_path: std::mem::take(as_path),
            communities: std::mem::take(communities),
            cluster_list: std::mem::take(cluster_list),
            extended_communities: std::mem::take(extended_communities),
            large_communities: std::mem::take(large_communities),
            ..Self::default()
        };
    }

    /// Write them in ascending order of type; nothing where they do not fit a RIB entry.
    pub fn write(&self, family: Family, out: &mut Vec<u8>) -> Option<()> {
        out.clear();
        if let Some(origin) = self.origin {
            attribute(out, WELL_KNOWN, 1, &[origin])?;
        }
        attribute(out, WELL_KNOWN, 2, &self.as_path)?;
        self.write_next_hop(family, out)?;
        number(out, OPTIONAL, 4, self.med)?;
        number(out, WELL_KNOWN, 5, self.local_pref)?;
        if self.atomic_aggregate {
            attribute(out, WELL_KNOWN, 6, &[])?;
        }
        if let Some((asn, address)) = self.aggregator {
            let value = [asn.to_be_bytes(), address.octets()].concat();
            attribute(out, OPTIONAL_TRANSITIVE, 7, &value)?;
        }
        let words =
            |list: &[u32]| -> Vec<u8> { list.iter().flat_map(|w| w.to_be_bytes()).collect() };
        list(out, OPTIONAL_TRANSITIVE, 8, &words(&self.communities))?;
        number(out, OPTIONAL, 9, self.originator_id.map(Ipv4Addr::to_bits))?;
        list(out, OPTIONAL, 10, &words(&self.cluster_list))?;
        self.write_mp_reach(family, out)?;
        let extended: Vec<u8> = self
            .extended_communities
            .iter()
            .flat_map(|c| c.to_be_bytes())
            .collect();
        list(out, OPTIONAL_TRANSITIVE, 16, &extended)?;
        list(
            out,
            OPTIONAL_TRANSITIVE,
            32,
            &words(self.large_communities.as_flattened()),
        )?;
        number(out, OPTIONAL_TRANSITIVE, 35, self.otc)?;
        for (code, value) in &self.unknown {
            attribute(out, OPTIONAL_TRANSITIVE, *code, value)?;
        }
        u16::try_from(out.len()).ok().map(|_| ())
    }

    fn write_next_hop(&self, family: Family, out: &mut Vec<u8>) -> Option<()> {
        match self.next_hop {
            Some(IpAddr::V4(hop)) if family == Family::V4 => {
                attribute(out, WELL_KNOWN, 3, &hop.octets())
            }
            _ => Some(()),
        }
    }

    /// MP_REACH_NLRI as RFC 6396 §4.3.4 abbreviates it.
    fn write_mp_reach(&self, family: Family, out: &mut Vec<u8>) -> Option<()> {
        let mut value = vec![0];
        match self.next_hop {
            Some(IpAddr::V4(hop)) if family == Family::V6 => value.extend(hop.octets()),
            Some(IpAddr::V6(hop)) => {
                value.extend(hop.octets());
                value.extend(self.link_local.iter().flat_map(Ipv6Addr::octets));
            }
            _ => return Some(()),
        }
        let length = u8::try_from(value.len() - 1).ok()?;
        if let Some(first) = value.first_mut() {
            *first = length;
        }
        attribute(out, OPTIONAL, 14, &value)
    }
}

fn attribute(out: &mut Vec<u8>, flags: u8, code: u8, value: &[u8]) -> Option<()> {
    if let Ok(length) = u8::try_from(value.len()) {
        out.extend([flags, code, length]);
    } else {
        out.extend([flags | EXTENDED_LENGTH, code]);
        out.extend(u16::try_from(value.len()).ok()?.to_be_bytes());
    }
    out.extend_from_slice(value);
    Some(())
}

fn number(out: &mut Vec<u8>, flags: u8, code: u8, value: Option<u32>) -> Option<()> {
    match value {
        Some(value) => attribute(out, flags, code, &value.to_be_bytes()),
        None => Some(()),
    }
}

fn list(out: &mut Vec<u8>, flags: u8, code: u8, value: &[u8]) -> Option<()> {
    if value.is_empty() {
        return Some(());
    }
    attribute(out, flags, code, value)
}
