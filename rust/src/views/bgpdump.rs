//! Lines of `bgpdump -m`, as `rib routes --format bgpdump` writes them too.
//!
//! ```text
//! TABLE_DUMP2|time|B|peer|AS|prefix|path|ORIGIN|next hop|LOCAL_PREF|MED|communities|AG|aggregator|
//! ```
//!
//! `TABLE_DUMP2_AP` has the ADD-PATH id after the prefix. What is absent is written as 0 or
//! 255.255.255.255, so those are read as absent.

use std::collections::HashMap;
use std::net::IpAddr;

use super::account::{Account, Line, Lines};
use super::attributes::Attributes;
use super::fields;
use super::records::{Records, Speaker};
use crate::prefix::Prefix;

const NO_NEXT_HOP: u32 = u32::MAX;
const ROUTE: &str = "a line of bgpdump -m like TABLE_DUMP2|time|B|peer|AS|prefix|path|ORIGIN|...";

/// Read all lines.
pub fn read(lines: Lines<'_>, records: &mut Records, account: &mut Account) {
    let mut reader = Reader::default();
    for line in lines {
        account.n_lines += 1;
        if line.text.trim_ascii().is_empty() {
            account.text(&line);
            continue;
        }
        match reader.route(&line, records, account) {
            Ok(()) => account.read("route", 1, line.size),
            Err(Refused { kind, expected }) => {
                account.issue(&line, kind, expected, line.text);
                match kind {
                    "malformed_route" => account.read("lost", 1, line.size),
                    _ => account.skip(line.offset, line.size, kind),
                }
                account.n_lost += u64::from(kind != "not_a_route");
            }
        }
    }
}

/// Why a line is not read.
struct Refused {
    kind: &'static str,
    expected: &'static str,
}

const fn malformed(expected: &'static str) -> Refused {
    Refused {
        kind: "malformed_route",
        expected,
    }
}

#[derive(Default)]
struct Reader<'t> {
    /// Peers by the text of their address and AS.
    peers: HashMap<(&'t [u8], &'t [u8]), u16>,
    last_prefix: Option<(&'t [u8], Prefix)>,
    attributes: Attributes,
    wire: Vec<u8>,
}

impl<'t> Reader<'t> {
    fn route(
        &mut self,
        line: &Line<'t>,
        records: &mut Records,
        account: &mut Account,
    ) -> Result<(), Refused> {
        let mut fields = line.text.split(|c| *c == b'|');
        let mut next = || fields.next().unwrap_or_default();
        let has_id = match next() {
            b"TABLE_DUMP2" | b"TABLE_DUMP" => false,
            b"TABLE_DUMP2_AP" => true,
            other if other.starts_with(b"BGP4MP") => {
                return Err(Refused {
                    kind: "not_a_route",
                    expected: "routes of a RIB",
                });
            }
            _ => {
                return Err(Refused {
                    kind: "unknown_line",
                    expected: ROUTE,
                });
            }
        };
        let time = next();
        let whole = time.split(|c| *c == b'.').next().unwrap_or_default();
        let time = fields::number(whole).ok_or(malformed("seconds since 1970 in field 2"))?;
        if next() != b"B" {
            return Err(malformed("B in field 3"));
        }
        let (ip, asn) = (next(), next());
        let prefix = self.prefix(next())?;
        let id = if has_id {
            Some(fields::number(next()).ok_or(malformed("an ADD-PATH id in field 7"))?)
        } else {
            None
        };
        let texts: [&[u8]; 8] = std::array::from_fn(|_| next());
        self.attributes.clear();
        let [path, rest @ ..] = texts;
        fields::as_path(path, &mut self.attributes.as_path)
            .ok_or(malformed("an AS path after the prefix"))?;
        self.optional(rest, line, account)?;
        self.attributes
            .write(prefix.family, &mut self.wire)
            .ok_or(malformed("at most 65535 octets of attributes"))?;
        let peer = self.peer(ip, asn, records)?;
        records.add(prefix, time, peer, id, &self.wire);
        Ok(())
    }

    fn prefix(&mut self, text: &'t [u8]) -> Result<Prefix, Refused> {
        match self.last_prefix {
            Some((last, prefix)) if last == text => Ok(prefix),
            _ => {
                let prefix = fields::prefix(text)
                    .ok_or(malformed("a prefix without host bits in field 6"))?;
                self.last_prefix = Some((text, prefix));
                Ok(prefix)
            }
        }
    }

    fn peer(&mut self, ip: &'t [u8], asn: &'t [u8], records: &mut Records) -> Result<u16, Refused> {
        if let Some(id) = self.peers.get(&(ip, asn)) {
            return Ok(*id);
        }
        let speaker = Speaker {
            name: Vec::new(),
            asn: Some(fields::as_number(asn).ok_or(malformed("the AS of the peer in field 5"))?),
            address: fields::address(ip).ok_or(malformed("the address of the peer in field 4"))?,
            bgp_id: None,
        };
        let id = records
            .peer(speaker)
            .ok_or(malformed("at most 65535 peers"))?;
        self.peers.insert((ip, asn), id);
        Ok(id)
    }

    /// Read what a route may lack: what is not understood is left out, with an issue.
    fn optional(
        &mut self,
        texts: [&'t [u8]; 7],
        line: &Line<'t>,
        account: &mut Account,
    ) -> Result<(), Refused> {
        let [
            origin,
            hop,
            local_pref,
            med,
            communities,
            atomic,
            aggregator,
        ] = texts;
        let found = &mut self.attributes;
        found.origin = Some(fields::origin(origin).ok_or(malformed("ORIGIN after the AS path"))?);
        let mut left_out = |expected, text| {
            account.issue(line, "unreadable_attribute", expected, text);
        };
        match fields::address(hop) {
            Some(IpAddr::V4(address)) if address.to_bits() == NO_NEXT_HOP => {}
            Some(address) => found.next_hop = Some(address),
            None if hop.is_empty() => {}
            None => left_out("a next hop", hop),
        }
        for (text, value, name) in [
            (local_pref, &mut found.local_pref, "LOCAL_PREF"),
            (med, &mut found.med, "MED"),
        ] {
            match fields::number(text) {
                None if !text.is_empty() => left_out(name, text),
                read => *value = read.filter(|n| *n != 0),
            }
        }
        for text in fields::split(communities, b' ') {
            if let Some(value) = fields::community(text) {
                found.communities.push(value);
            } else if let Some(value) = fields::large(text.split(|c| *c == b':')) {
                found.large_communities.push(value);
            } else {
                left_out("a community", text);
            }
        }
        match atomic {
            b"AG" => found.atomic_aggregate = true,
            b"NAG" => {}
            _ => left_out("AG or NAG", atomic),
        }
        if !aggregator.is_empty() {
            let mut parts = fields::split(aggregator, b' ');
            let asn = parts.next().and_then(fields::as_number);
            match asn.zip(parts.next().and_then(fields::address4)) {
                Some(both) => found.aggregator = Some(both),
                None => left_out("AS and address of the aggregator", aggregator),
            }
        }
        Ok(())
    }
}
