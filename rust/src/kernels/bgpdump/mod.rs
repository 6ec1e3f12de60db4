//! Routes and changes as the lines of `bgpdump -m`, the lingua franca of BGP scripts.
//!
//! ```text
//! TABLE_DUMP2|time|B|peer IP|peer AS|prefix|AS path|ORIGIN|next hop|LOCAL_PREF|MED|communities
//!            |AG or NAG|aggregator|
//! BGP4MP     |time|A|… as above
//! BGP4MP     |time|W|peer IP|peer AS|prefix
//! BGP4MP     |time|STATE|peer IP|peer AS|old state|new state
//! ```
//! With ADD-PATH the first field ends in `_AP` and the path id follows the prefix. BGP4MP_ET times
//! have six decimals. Absent LOCAL_PREF and MED are printed as 0, an absent next hop as
//! 255.255.255.255, and communities are those of RFC 1997 alone, addresses of ::/96 end in dotted
//! form, as bgpdump does it.
//!
//! Lines differ from bgpdump 1.6.2 where that loses or garbles something (docs/concepts.md says it
//! field by field): MED above 2^31 of IPv4 routes in MP_REACH_NLRI, and everything about MRT type 5.

mod changes;
mod routes;

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{
    BooleanArray, DictionaryArray, ListArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow_schema::ArrowError;

use super::cells::{label, range, text, typed, value, words};

pub use changes::Changes;
pub use routes::Routes;

/// The tables of a `Rib` or an `Updates`.
pub struct Tables<'a> {
    /// `Rib.routes` or `Updates.changes`.
    pub rows: &'a RecordBatch,
    /// `prefixes`.
    pub prefixes: &'a RecordBatch,
    /// `peers`.
    pub peers: &'a RecordBatch,
    /// `as_paths`.
    pub as_paths: &'a RecordBatch,
    /// `attributes`.
    pub attributes: &'a RecordBatch,
}

/// What lines of both kinds are made of.
struct Parts<'a> {
    prefix: &'a StringArray,
    record_type: &'a StringArray,
    peer_ip: &'a StringArray,
    peer_as: &'a [u32],
    hops: &'a ListArray,
    segments: &'a ListArray,
    attributes: Attributes<'a>,
}

struct Attributes<'a> {
    origin: &'a DictionaryArray<Int8Type>,
    next_hop: &'a DictionaryArray<Int32Type>,
    med: &'a PrimitiveArray<UInt32Type>,
    local_pref: &'a PrimitiveArray<UInt32Type>,
    communities: &'a ListArray,
    atomic_aggregate: &'a BooleanArray,
    aggregator_as: &'a PrimitiveArray<UInt32Type>,
    aggregator_ip: &'a StringArray,
}

impl<'a> Parts<'a> {
    fn new(tables: &Tables<'a>) -> Result<Self, ArrowError> {
        let attributes = tables.attributes;
        let number = |name| typed(attributes, name, |a| a.as_primitive_opt::<UInt32Type>());
        Ok(Self {
            prefix: typed(tables.prefixes, "text", |a| a.as_string_opt())?,
            record_type: typed(tables.peers, "record_type", |a| a.as_string_opt())?,
            peer_ip: typed(tables.peers, "peer_ip", |a| a.as_string_opt())?,
            peer_as: typed(tables.peers, "peer_as", words)?,
            hops: typed(tables.as_paths, "hops", |a| a.as_list_opt())?,
            segments: typed(tables.as_paths, "segments", |a| a.as_list_opt())?,
            attributes: Attributes {
                origin: typed(attributes, "origin", |a| a.as_dictionary_opt())?,
                next_hop: typed(attributes, "next_hop", |a| a.as_dictionary_opt())?,
                med: number("med")?,
                local_pref: number("local_pref")?,
                communities: typed(attributes, "communities", |a| a.as_list_opt())?,
                atomic_aggregate: typed(attributes, "atomic_aggregate", |a| a.as_boolean_opt())?,
                aggregator_as: number("aggregator_as")?,
                aggregator_ip: typed(attributes, "aggregator_ip", |a| a.as_string_opt())?,
            },
        })
    }

    /// `peer IP|peer AS`.
    fn peer(&self, peer: usize, out: &mut String) -> Option<()> {
        address(text(self.peer_ip, peer)?, out);
        // Writing to a String cannot fail, here and below.
        let _ = write!(out, "|{}", self.peer_as.get(peer)?);
        Some(())
    }

    /// `prefix`, with `|path id` where there is one.
    fn prefix(&self, prefix: usize, add_path_id: Option<u32>, out: &mut String) -> Option<()> {
        address(text(self.prefix, prefix)?, out);
        if let Some(id) = add_path_id {
            let _ = write!(out, "|{id}");
        }
        Some(())
    }

    fn path(&self, path: usize, out: &mut String) -> Option<()> {
        let hops = range(self.hops, path)?;
        let mut hops = words(self.hops.values().as_ref())?.get(hops)?.iter();
        let pieces = self.segments.values().as_struct_opt()?;
        let part = |i: usize| pieces.columns().get(i)?.as_primitive_opt::<UInt8Type>();
        let (kinds, counts) = (part(0)?, part(1)?);
        let mut first = true;
        for segment in range(self.segments, path)? {
            let (open, between, close) = match value(kinds, segment)? {
                1 => ("{", ",", "}"),
                3 => ("(", " ", ")"),
                4 => ("[", ",", "]"),
                _ => ("", " ", ""),
            };
            if !first {
                out.push(' ');
            }
            first = false;
            out.push_str(open);
            for i in 0..value(counts, segment)? {
                if i > 0 {
                    out.push_str(between);
                }
                let _ = write!(out, "{}", hops.next()?);
            }
            out.push_str(close);
        }
        Some(())
    }
}

impl Attributes<'_> {
    fn write(&self, row: usize, out: &mut String) -> Option<()> {
        out.push('|');
        out.push_str(label(self.origin, row).unwrap_or("INCOMPLETE"));
        out.push('|');
        address(label(self.next_hop, row).unwrap_or("255.255.255.255"), out);
        let _ = write!(
            out,
            "|{}|{}|",
            value(self.local_pref, row).unwrap_or(0),
            value(self.med, row).unwrap_or(0)
        );
        let mut first = true;
        for community in
            words(self.communities.values().as_ref())?.get(range(self.communities, row)?)?
        {
            if !first {
                out.push(' ');
            }
            first = false;
            match community {
                0xffff_ff01 => out.push_str("no-export"),
                0xffff_ff02 => out.push_str("no-advertise"),
                0xffff_ff03 => out.push_str("local-AS"),
                c => {
                    let _ = write!(out, "{}:{}", c >> 16, c & 0xffff);
                }
            }
        }
        out.push_str(if self.atomic_aggregate.value(row) {
            "|AG|"
        } else {
            "|NAG|"
        });
        if let Some(asn) = value(self.aggregator_as, row) {
            let _ = write!(out, "{asn} {}", text(self.aggregator_ip, row)?);
        }
        out.push_str("|\n");
        Some(())
    }
}

/// An address or prefix; what lies in ::/96 beyond ::1 ends in dotted form, and a single zero group is
/// cut where no longer run is.
fn address(text: &str, out: &mut String) {
    let (host, length) = text.split_at(text.find('/').unwrap_or(text.len()));
    let low = host
        .starts_with("::")
        .then(|| host.parse::<Ipv6Addr>().ok())
        .flatten()
        .map(Ipv6Addr::to_bits)
        .filter(|bits| (2..1 << 32).contains(bits));
    if let Some(bits) = low.and_then(|bits| u32::try_from(bits).ok()) {
        let _ = write!(out, "::{}{length}", Ipv4Addr::from_bits(bits));
        return;
    }
    let cut = if host.contains("::") {
        None
    } else if let Some(after) = host.strip_prefix("0:") {
        Some(("", after))
    } else {
        host.split_once(":0:")
            .or_else(|| host.strip_suffix(":0").map(|before| (before, "")))
    };
    match cut {
        Some((before, after)) => {
            let _ = write!(out, "{before}::{after}{length}");
        }
        None => out.push_str(text),
    }
}
