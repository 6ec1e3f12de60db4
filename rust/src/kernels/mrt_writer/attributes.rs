//! Rows of `attributes` as path attributes on the wire, in ascending order of type, AS_PATH apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, BooleanArray, DictionaryArray, ListArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow_schema::ArrowError;

use super::octets::attribute_header;
use crate::kernels::cells::{range, text, typed, value, words};
use crate::prefix::Family;

const AS_PATH: u8 = 2;
const NEXT_HOP: u8 = 3;
const AS4_PATH: u8 = 17;
const MP_REACH_NLRI: u8 = 14;

const WELL_KNOWN: u8 = 0x40;
const OPTIONAL: u8 = 0x80;
const OPTIONAL_TRANSITIVE: u8 = 0xc0;

type Words<'a> = &'a PrimitiveArray<UInt32Type>;

/// The columns of `attributes`.
pub(super) struct Attributes<'a> {
    origin: &'a DictionaryArray<Int8Type>,
    next_hop: &'a DictionaryArray<Int32Type>,
    /// Addresses of the dictionary of `next_hop`.
    next_hops: Vec<IpAddr>,
    next_hop_link_local: &'a StringArray,
    med: Words<'a>,
    local_pref: Words<'a>,
    communities: &'a ListArray,
    large_communities: &'a ListArray,
    extended_communities: &'a ListArray,
    ipv6_extended_communities: &'a ListArray,
    atomic_aggregate: &'a BooleanArray,
    aggregator_as: Words<'a>,
    aggregator_ip: &'a StringArray,
    originator_id: &'a StringArray,
    cluster_list: &'a ListArray,
    otc: Words<'a>,
    aigp: &'a PrimitiveArray<UInt64Type>,
    unknown: &'a ListArray,
}

/// One row on the wire: what goes before AS_PATH and what goes after it.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
    values: Vec<u8>,
    found: Vec<Found>,
}

/// An attribute of the row being encoded; its value ends at `end` of the values.
struct Found {
    code: u8,
    flags: u8,
    start: usize,
    end: usize,
}

impl Encoded {
    fn clear(&mut self) {
        self.before.clear();
        self.after.clear();
        self.values.clear();
        self.found.clear();
    }

    fn add(&mut self, flags: u8, code: u8, value: impl IntoIterator<Item = u8>) {
        let start = self.values.len();
        self.values.extend(value);
        self.found.push(Found {
            code,
            flags,
            start,
            end: self.values.len(),
        });
    }

    fn add_words(&mut self, flags: u8, code: u8, words: &[u32]) {
        self.add(flags, code, words.iter().flat_map(|w| w.to_be_bytes()));
    }

    /// Put the attributes in order; the error names a type that is there twice.
    fn close(&mut self) -> Result<(), String> {
        self.found.sort_by_key(|f| f.code);
        let mut last = None;
        for found in &self.found {
            if last == Some(found.code) || matches!(found.code, AS_PATH | AS4_PATH) {
                return Err(format!(
                    "unknown holds an attribute of type {}, which a column of its own writes",
                    found.code
                ));
            }
            last = Some(found.code);
            let out = if found.code < AS_PATH {
                &mut self.before
            } else {
                &mut self.after
            };
            let value = self
                .values
                .get(found.start..found.end)
                .filter(|v| attribute_header(found.flags, found.code, v.len(), out).is_some())
                .ok_or_else(|| {
                    format!("the attribute of type {} has over 65535 octets", found.code)
                })?;
            out.extend_from_slice(value);
        }
        Ok(())
    }
}

fn parsed<T: FromStr>(column: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{column} is {text:?}, expected an address"))
}

impl<'a> Attributes<'a> {
    /// Find the columns.
    ///
    /// # Errors
    /// A column is missing or has another type than the schema says, or a next hop is no address.
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Self, ArrowError> {
        let number = |name| typed(batch, name, |a| a.as_primitive_opt::<UInt32Type>());
        let list = |name| typed(batch, name, |a| a.as_list_opt::<i32>());
        let strings = |name| typed(batch, name, |a| a.as_string_opt::<i32>());
        let next_hop = typed(batch, "next_hop", |a| a.as_dictionary_opt::<Int32Type>())?;
        let next_hops = next_hop
            .values()
            .as_string_opt::<i32>()
            .ok_or_else(|| ArrowError::SchemaError("next_hop is no dictionary of text".into()))?
            .iter()
            .map(|t| parsed("next_hop", t.unwrap_or_default()))
            .collect::<Result<_, _>>()
            .map_err(ArrowError::InvalidArgumentError)?;
        Ok(Self {
            origin: typed(batch, "origin", |a| a.as_dictionary_opt())?,
            next_hop,
            next_hops,
            next_hop_link_local: strings("next_hop_link_local")?,
            med: number("med")?,
            local_pref: number("local_pref")?,
            communities: list("communities")?,
            large_communities: list("large_communities")?,
            extended_communities: list("extended_communities")?,
            ipv6_extended_communities: list("ipv6_extended_communities")?,
            atomic_aggregate: typed(batch, "atomic_aggregate", |a| a.as_boolean_opt())?,
            aggregator_as: number("aggregator_as")?,
            aggregator_ip: strings("aggregator_ip")?,
            originator_id: strings("originator_id")?,
            cluster_list: list("cluster_list")?,
            otc: number("otc")?,
            aigp: typed(batch, "aigp", |a| a.as_primitive_opt())?,
            unknown: list("unknown")?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.med.len()
    }

    /// Next hop of a row.
    pub(super) fn next_hop(&self, row: usize) -> Option<IpAddr> {
        let key = self.next_hop.keys();
        let key = usize::try_from(value(key, row)?).ok()?;
        self.next_hops.get(key).copied()
    }

    /// Encode a row as it stands beside a prefix of `family`.
    ///
    /// # Errors
    /// What of the row has no form on the wire.
    pub(super) fn encode(
        &self,
        row: usize,
        family: Family,
        out: &mut Encoded,
    ) -> Result<(), String> {
        out.clear();
        if let Some(origin) = value(self.origin.keys(), row).and_then(|o| u8::try_from(o).ok()) {
            out.add(WELL_KNOWN, 1, [origin]);
        }
        self.unknown(row, out);
        self.next_hops(row, family, out)?;
        for (flags, code, column) in [
            (OPTIONAL, 4, self.med),
            (WELL_KNOWN, 5, self.local_pref),
            (OPTIONAL_TRANSITIVE, 35, self.otc),
        ] {
            if let Some(number) = value(column, row) {
                out.add_words(flags, code, &[number]);
            }
        }
        self.aggregation(row, out)?;
        if let Some(id) = text(self.originator_id, row) {
            let id: Ipv4Addr = parsed("originator_id", id)?;
            out.add(OPTIONAL, 9, id.octets());
        }
        self.lists(row, out)
            .ok_or("a list is not as the schema says")?;
        if let Some(metric) = value(self.aigp, row) {
            let tlv = [1, 0, 11].into_iter().chain(metric.to_be_bytes());
            out.add(OPTIONAL, 26, tlv);
        }
        out.close()
    }

    /// NEXT_HOP, or abbreviated MP_REACH_NLRI (RFC 6396 §4.3.4) where NEXT_HOP cannot say it.
    fn next_hops(&self, row: usize, family: Family, out: &mut Encoded) -> Result<(), String> {
        let link_local = text(self.next_hop_link_local, row)
            .map(|t| parsed::<Ipv6Addr>("next_hop_link_local", t))
            .transpose()?;
        // A malformed one of the two is in `unknown`; the next hop came from the other then.
        let is_raw = |code| out.found.iter().any(|f| f.code == code);
        let as_next_hop = match family {
            Family::V4 => !is_raw(NEXT_HOP),
            Family::V6 => is_raw(MP_REACH_NLRI),
        };
        match (self.next_hop(row), link_local) {
            (None, None) => {}
            (Some(IpAddr::V4(hop)), None) if as_next_hop => {
                out.add(WELL_KNOWN, NEXT_HOP, hop.octets());
            }
            (Some(IpAddr::V4(hop)), None) => {
                let value = [4].into_iter().chain(hop.octets());
                out.add(OPTIONAL, MP_REACH_NLRI, value);
            }
            (Some(IpAddr::V6(hop)), None) => {
                let value = [16].into_iter().chain(hop.octets());
                out.add(OPTIONAL, MP_REACH_NLRI, value);
            }
            (Some(IpAddr::V6(hop)), Some(local)) => {
                let hops = hop.octets().into_iter().chain(local.octets());
                out.add(OPTIONAL, MP_REACH_NLRI, [32].into_iter().chain(hops));
            }
            _ => return Err("next_hop_link_local stands without an IPv6 next_hop".to_owned()),
        }
        Ok(())
    }

    fn aggregation(&self, row: usize, out: &mut Encoded) -> Result<(), String> {
        if self.atomic_aggregate.value(row) {
            out.add(WELL_KNOWN, 6, []);
        }
        match (
            value(self.aggregator_as, row),
            text(self.aggregator_ip, row),
        ) {
            (Some(asn), Some(ip)) => {
                let ip: Ipv4Addr = parsed("aggregator_ip", ip)?;
                let octets = asn.to_be_bytes().into_iter().chain(ip.octets());
                out.add(OPTIONAL_TRANSITIVE, 7, octets);
                Ok(())
            }
            (None, None) => Ok(()),
            _ => Err("one of aggregator_as and aggregator_ip is null".to_owned()),
        }
    }

    fn lists(&self, row: usize, out: &mut Encoded) -> Option<()> {
        let part = |list: &ListArray| list.is_valid(row).then(|| range(list, row));
        for (flags, code, list) in [
            (OPTIONAL_TRANSITIVE, 8, self.communities),
            (OPTIONAL, 10, self.cluster_list),
        ] {
            if let Some(items) = part(list) {
                out.add_words(flags, code, words(list.values().as_ref())?.get(items?)?);
            }
        }
        if let Some(items) = part(self.large_communities) {
            let (items, triples) = (items?, self.large_communities.values());
            let all = words(triples.as_fixed_size_list_opt()?.values().as_ref())?;
            out.add_words(
                OPTIONAL_TRANSITIVE,
                32,
                all.get(3 * items.start..3 * items.end)?,
            );
        }
        if let Some(items) = part(self.extended_communities) {
            let all = self.extended_communities.values();
            let all = all.as_primitive_opt::<UInt64Type>()?.values().get(items?)?;
            out.add(
                OPTIONAL_TRANSITIVE,
                16,
                all.iter().flat_map(|c| c.to_be_bytes()),
            );
        }
        if let Some(items) = part(self.ipv6_extended_communities) {
            let all = self.ipv6_extended_communities.values();
            let all = all.as_binary_opt::<i32>()?;
            let octets = items?.flat_map(|i| all.value(i).iter().copied());
            out.add(OPTIONAL_TRANSITIVE, 25, octets);
        }
        Some(())
    }

    fn unknown(&self, row: usize, out: &mut Encoded) {
        let raw = self.unknown.values().as_struct_opt();
        let (Some(raw), Some(items)) = (raw, range(self.unknown, row)) else {
            return;
        };
        let octet = |name| raw.column_by_name(name)?.as_primitive_opt::<UInt8Type>();
        let values = raw
            .column_by_name("value")
            .and_then(|v| v.as_binary_opt::<i32>());
        let (Some(flags), Some(codes), Some(values)) = (octet("flags"), octet("type"), values)
        else {
            return;
        };
        for i in items {
            out.add(
                flags.value(i),
                codes.value(i),
                values.value(i).iter().copied(),
            );
        }
    }
}
