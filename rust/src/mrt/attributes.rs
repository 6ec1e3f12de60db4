//! BGP path attributes (RFC 4271 §4.3 and successors), one set at a time.
//!
//! Sets are interned before they are decoded, so this code runs once per distinct set and can
//! afford to be plain. A malformed attribute is kept raw among the unknown ones: it costs a
//! column, never a route (RFC 7606 speaks to routers; a reader wants to see what was there).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::cursor::{Cursor, words};
use crate::rib::quirks::{Quirk, Quirks};

const AS_PATH: u8 = 2;
const AGGREGATOR: u8 = 7;
const AS4_PATH: u8 = 17;
const AS4_AGGREGATOR: u8 = 18;
const EXTENDED_LENGTH: u8 = 0x10;
/// The two-octet stand-in for an AS that needs four.
const AS_TRANS: u32 = 23456;

/// One attribute as on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Attribute flags.
    pub flags: u8,
    /// Attribute type code.
    pub code: u8,
    /// Value.
    pub value: &'a [u8],
    /// The whole attribute, flags and length included.
    pub whole: &'a [u8],
}

/// Walk an attribute block; the last item is `None` when a length runs past the end.
pub fn walk(block: &[u8]) -> impl Iterator<Item = Option<Attribute<'_>>> {
    let mut rest = block;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let attribute = one(rest);
        rest = attribute
            .and_then(|a| rest.get(a.whole.len()..))
            .unwrap_or_default();
        Some(attribute)
    })
}

fn one(bytes: &[u8]) -> Option<Attribute<'_>> {
    let mut c = Cursor::new(bytes);
    let flags = c.u8()?;
    let code = c.u8()?;
    let length = if flags & EXTENDED_LENGTH == 0 {
        usize::from(c.u8()?)
    } else {
        usize::from(c.u16()?)
    };
    let value = c.take(length)?;
    let whole = bytes.get(..bytes.len() - c.rest().len())?;
    Some(Attribute {
        flags,
        code,
        value,
        whole,
    })
}

/// Value of the first AS_PATH of a block, if it has one; `None` when the attribute lengths do not
/// close.
pub fn as_path(block: &[u8]) -> Option<Option<&[u8]>> {
    let mut found = None;
    for attribute in walk(block) {
        let attribute = attribute?;
        if attribute.code == AS_PATH && found.is_none() {
            found = Some(attribute.value);
        }
    }
    Some(found)
}

/// The parts of an attribute block.
#[derive(Debug, Default)]
pub struct Split<'a> {
    /// AS of AGGREGATOR.
    aggregator_as: Option<u32>,
    has_as4_aggregator: bool,
    /// Value of AS_PATH.
    pub as_path: Option<&'a [u8]>,
    /// Value of AS4_PATH.
    pub as4_path: Option<&'a [u8]>,
}

impl Split<'_> {
    /// Whether the four-octet attributes are left over from an older path: the speaker that knew
    /// no AS_TRANS has aggregated since (RFC 6793 §4.2.3).
    pub fn is_as4_stale(&self) -> bool {
        self.has_as4_aggregator && self.aggregator_as.is_some_and(|a| a != AS_TRANS)
    }
}

/// Take the paths out of a block and append everything else, as received, to `rest`.
///
/// `None` when the attribute lengths do not close.
pub fn split<'a>(block: &'a [u8], rest: &mut Vec<u8>, quirks: &mut Quirks) -> Option<Split<'a>> {
    let mut found = Split::default();
    for attribute in walk(block) {
        let attribute = attribute?;
        let path = match attribute.code {
            AS_PATH => &mut found.as_path,
            AS4_PATH => &mut found.as4_path,
            code => {
                if code == AGGREGATOR && found.aggregator_as.is_none() {
                    found.aggregator_as = aggregator(attribute.value).map(|a| a.0);
                }
                found.has_as4_aggregator |= code == AS4_AGGREGATOR;
                rest.extend_from_slice(attribute.whole);
                continue;
            }
        };
        if path.is_some() {
            quirks.add(Quirk::DuplicateAttribute, 1);
        } else {
            *path = Some(attribute.value);
        }
    }
    Some(found)
}

/// An attribute kept as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Attribute flags.
    pub flags: u8,
    /// Attribute type code.
    pub code: u8,
    /// Value.
    pub value: Vec<u8>,
}

/// A decoded set, the AS path apart; absent is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are the columns of docs/schema.md
pub struct AttributeSet {
    pub origin: Option<u8>,
    pub next_hop: Option<IpAddr>,
    pub next_hop_link_local: Option<Ipv6Addr>,
    pub med: Option<u32>,
    pub local_pref: Option<u32>,
    pub communities: Option<Vec<u32>>,
    pub large_communities: Option<Vec<u32>>,
    pub extended_communities: Option<Vec<u64>>,
    pub ipv6_extended_communities: Option<Vec<[u8; 20]>>,
    pub atomic_aggregate: bool,
    pub aggregator: Option<(u32, Ipv4Addr)>,
    pub originator_id: Option<Ipv4Addr>,
    pub cluster_list: Option<Vec<u32>>,
    pub otc: Option<u32>,
    pub aigp: Option<u64>,
    pub unknown: Vec<Raw>,
}

/// What decoding needs beside the columns.
#[derive(Default)]
struct Decoder {
    set: AttributeSet,
    mp_next_hop: Option<(Option<IpAddr>, Option<Ipv6Addr>)>,
    as4_aggregator: Option<(u32, Ipv4Addr)>,
    seen: [u64; 4],
}

/// Decode the attributes that [`split`] left.
pub fn decode(rest: &[u8], quirks: &mut Quirks) -> AttributeSet {
    let mut decoder = Decoder::default();
    for attribute in walk(rest).flatten() {
        if decoder.is_repeated(attribute.code) {
            quirks.add(Quirk::DuplicateAttribute, 1);
            continue;
        }
        match decoder.take(&attribute, quirks) {
            Some(true) => {}
            known => {
                if known.is_none() {
                    quirks.add(Quirk::MalformedAttribute, 1);
                }
                decoder.set.unknown.push(Raw {
                    flags: attribute.flags,
                    code: attribute.code,
                    value: attribute.value.to_vec(),
                });
            }
        }
    }
    decoder.finish()
}

impl Decoder {
    fn is_repeated(&mut self, code: u8) -> bool {
        let bit = 1 << (code & 63);
        self.seen
            .get_mut(usize::from(code >> 6))
            .is_some_and(|word| {
                let repeated = *word & bit != 0;
                *word |= bit;
                repeated
            })
    }

    /// `Some(true)`: decoded; `Some(false)`: of no known type; `None`: malformed.
    fn take(&mut self, attribute: &Attribute<'_>, quirks: &mut Quirks) -> Option<bool> {
        let value = attribute.value;
        let set = &mut self.set;
        match attribute.code {
            1 => set.origin = Some(octet(value).filter(|o| *o <= 2)?),
            3 => set.next_hop = Some(IpAddr::V4(ipv4(value)?)),
            4 => set.med = Some(word(value)?),
            5 => set.local_pref = Some(word(value)?),
            6 => {
                if !value.is_empty() {
                    return None;
                }
                set.atomic_aggregate = true;
            }
            AGGREGATOR => set.aggregator = Some(aggregator(value)?),
            8 => set.communities = Some(list(value)?),
            9 => set.originator_id = Some(ipv4(value)?),
            10 => set.cluster_list = Some(list(value)?),
            14 => self.mp_next_hop = Some(mp_reach(value, quirks)?),
            16 => {
                let (items, []) = value.as_chunks::<8>() else {
                    return None;
                };
                set.extended_communities =
                    Some(items.iter().map(|c| u64::from_be_bytes(*c)).collect());
            }
            AS4_AGGREGATOR => {
                self.as4_aggregator = Some(aggregator(value).filter(|_| value.len() == 8)?);
            }
            25 => {
                let (items, []) = value.as_chunks::<20>() else {
                    return None;
                };
                set.ipv6_extended_communities = Some(items.to_vec());
            }
            26 => set.aigp = Some(aigp(value)?),
            32 => set.large_communities = Some(list(value).filter(|l| l.len() % 3 == 0)?),
            35 => set.otc = Some(word(value)?),
            _ => return Some(false),
        }
        Some(true)
    }

    fn finish(mut self) -> AttributeSet {
        if let Some((next_hop, link_local)) = self.mp_next_hop {
            self.set.next_hop = next_hop.or(self.set.next_hop);
            self.set.next_hop_link_local = link_local;
        }
        if let (Some((AS_TRANS, _)), Some(four_octet)) = (self.set.aggregator, self.as4_aggregator)
        {
            self.set.aggregator = Some(four_octet);
        }
        self.set
    }
}

fn octet(value: &[u8]) -> Option<u8> {
    <[u8; 1]>::try_from(value).ok().map(|[b]| b)
}

fn word(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

fn ipv4(value: &[u8]) -> Option<Ipv4Addr> {
    word(value).map(Ipv4Addr::from_bits)
}

fn ipv6(value: &[u8]) -> Option<Ipv6Addr> {
    value
        .try_into()
        .ok()
        .map(|b| Ipv6Addr::from_bits(u128::from_be_bytes(b)))
}

fn list(value: &[u8]) -> Option<Vec<u32>> {
    value
        .len()
        .is_multiple_of(4)
        .then(|| words(value).collect())
}

/// AGGREGATOR with an AS of two or four octets.
fn aggregator(value: &[u8]) -> Option<(u32, Ipv4Addr)> {
    let mut c = Cursor::new(value);
    let asn = match value.len() {
        6 => u32::from(c.u16()?),
        8 => c.u32()?,
        _ => return None,
    };
    Some((asn, ipv4(c.rest())?))
}

/// The first AIGP TLV of RFC 7311 (type 1, length 11, eight octets), behind any other TLVs.
fn aigp(value: &[u8]) -> Option<u64> {
    let mut c = Cursor::new(value);
    loop {
        let kind = c.u8()?;
        let length = usize::from(c.u16()?);
        let content = c.take(length.checked_sub(3)?)?;
        if kind == 1 {
            return content.try_into().ok().map(u64::from_be_bytes);
        }
    }
}

/// Next hops of MP_REACH_NLRI: abbreviated (RFC 6396 §4.3.4), full (a common deviation), or
/// abbreviated behind AFI and SAFI.
fn mp_reach(value: &[u8], quirks: &mut Quirks) -> Option<(Option<IpAddr>, Option<Ipv6Addr>)> {
    let length = usize::from(*value.first()?);
    if value.len() == 1 + length {
        return next_hops(value.get(1..)?);
    }
    let mut c = Cursor::new(value);
    matches!(c.u16()?, 1 | 2).then_some(())?;
    let _safi = c.u8()?;
    let length = usize::from(c.u8()?);
    let hops = c.take(length)?;
    let found = next_hops(hops)?;
    let quirk = if c.is_empty() {
        Quirk::MpReachAfiSafi
    } else {
        Quirk::MpReachFull
    };
    quirks.add(quirk, 1);
    Some(found)
}

/// Global and link-local next hop by length; a route distinguisher of eight octets is skipped.
fn next_hops(value: &[u8]) -> Option<(Option<IpAddr>, Option<Ipv6Addr>)> {
    let v6 = |range| value.get(range).and_then(ipv6);
    Some(match value.len() {
        0 => (None, None),
        4 => (Some(IpAddr::V4(ipv4(value)?)), None),
        12 => (Some(IpAddr::V4(ipv4(value.get(8..)?)?)), None),
        16 => (Some(IpAddr::V6(ipv6(value)?)), None),
        24 => (Some(IpAddr::V6(v6(8..24)?)), None),
        32 => (Some(IpAddr::V6(v6(0..16)?)), Some(v6(16..32)?)),
        48 => (Some(IpAddr::V6(v6(8..24)?)), Some(v6(32..48)?)),
        _ => return None,
    })
}
