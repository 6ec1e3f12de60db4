//! Routes as the lines of `bgpdump -m`, the lingua franca of BGP scripts.
//!
//! ```text
//! TABLE_DUMP2|time|B|peer IP|peer AS|prefix|AS path|ORIGIN|next hop|LOCAL_PREF|MED|communities
//!            |AG or NAG|aggregator|
//! ```
//! ADD-PATH routes are `TABLE_DUMP2_AP` with the path id after the prefix. Absent LOCAL_PREF and
//! MED are printed as 0, an absent next hop as 255.255.255.255, and communities are those of RFC 1997
//! alone, addresses of ::/96 end in dotted form, as bgpdump does it.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{
    BooleanArray, DictionaryArray, ListArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow_schema::ArrowError;

use super::cells::{label, range, text, typed, value, words};

/// Columns that appear in a line.
pub struct Lines<'a> {
    prefix_id: &'a [u32],
    peer_id: &'a [u16],
    as_path_id: &'a [u32],
    attributes_id: &'a [u32],
    add_path_id: &'a PrimitiveArray<UInt32Type>,
    record_time: &'a [u32],
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

/// The five tables of a `Rib`.
pub struct Tables<'a> {
    /// `Rib.routes`.
    pub routes: &'a RecordBatch,
    /// `Rib.prefixes`.
    pub prefixes: &'a RecordBatch,
    /// `Rib.peers`.
    pub peers: &'a RecordBatch,
    /// `Rib.as_paths`.
    pub as_paths: &'a RecordBatch,
    /// `Rib.attributes`.
    pub attributes: &'a RecordBatch,
}

impl<'a> Lines<'a> {
    /// Find the columns.
    ///
    /// # Errors
    /// A column is missing or has another type than the schema says.
    pub fn new(tables: &Tables<'a>) -> Result<Self, ArrowError> {
        let (routes, attributes) = (tables.routes, tables.attributes);
        let number = |name| typed(attributes, name, |a| a.as_primitive_opt::<UInt32Type>());
        Ok(Self {
            prefix_id: typed(routes, "prefix_id", words)?,
            peer_id: typed(routes, "peer_id", |a| {
                a.as_primitive_opt::<UInt16Type>()
                    .map(|a| a.values().as_ref())
            })?,
            as_path_id: typed(routes, "as_path_id", words)?,
            attributes_id: typed(routes, "attributes_id", words)?,
            add_path_id: typed(routes, "add_path_id", |a| a.as_primitive_opt())?,
            record_time: typed(routes, "record_time", words)?,
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

    /// Append the line of one route; `None` when an id points nowhere.
    pub fn write(&self, route: usize, out: &mut String) -> Option<()> {
        let prefix = *self.prefix_id.get(route)? as usize;
        let peer = usize::from(*self.peer_id.get(route)?);
        let path = *self.as_path_id.get(route)? as usize;
        let attributes = *self.attributes_id.get(route)? as usize;
        let v1 = text(self.record_type, peer)? == "TABLE_DUMP";
        let add_path = value(self.add_path_id, route);
        out.push_str(match (v1, add_path) {
            (true, _) => "TABLE_DUMP|",
            (false, None) => "TABLE_DUMP2|",
            (false, Some(_)) => "TABLE_DUMP2_AP|",
        });
        // Writing to a String cannot fail, here and below.
        let _ = write!(out, "{}|B|", self.record_time.get(route)?);
        address(text(self.peer_ip, peer)?, out);
        let _ = write!(out, "|{}|", self.peer_as.get(peer)?);
        address(text(self.prefix, prefix)?, out);
        out.push('|');
        if let Some(id) = add_path {
            let _ = write!(out, "{id}|");
        }
        self.path(path, out)?;
        self.attributes.write(attributes, out)
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

/// An address or prefix; what lies in ::/96 but not in ::/112 ends in dotted form.
fn address(text: &str, out: &mut String) {
    let (host, length) = text.split_at(text.find('/').unwrap_or(text.len()));
    let low = host
        .starts_with("::")
        .then(|| host.parse::<Ipv6Addr>().ok())
        .flatten()
        .map(Ipv6Addr::to_bits)
        .filter(|bits| (1 << 16..1 << 32).contains(bits));
    match low.and_then(|bits| u32::try_from(bits).ok()) {
        Some(bits) => {
            let _ = write!(out, "::{}{length}", Ipv4Addr::from_bits(bits));
        }
        None => out.push_str(text),
    }
}
