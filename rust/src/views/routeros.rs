//! `/routing/route/print detail` of RouterOS 7, and `/ip route print detail` of RouterOS 6.
//!
//! ```text
//!  Ab   afi=ip4 contribution=active dst-address=192.0.2.0/24 routing-table=main gateway=10.0.0.1
//!        immediate-gw=10.0.0.1%ether1 distance=20 scope=40 belongs-to="bgp-IP-10.0.0.1"
//!        bgp.session=transit-1 .as-path="64500,64501" .communities=64500:1,64500:2 .origin=igp
//! ```
//!
//! Lines are wrapped at the width of the terminal, inside of values too. A key that begins with a dot is of
//! the group of the last one that does not.

use std::net::{IpAddr, Ipv4Addr};

use super::account::{Account, Line, Lines};
use super::attributes::Attributes;
use super::fields::{self, split};
use super::records::{Records, Speaker};
use crate::prefix::{Family, Prefix};

/// Groups of fields.
const GROUPS: [&[u8]; 7] = [
    b"bgp", b"debug", b"ospf", b"rip", b"isis", b"mpls", b"static",
];

/// Read all lines.
pub fn read(lines: Lines<'_>, records: &mut Records, account: &mut Account) {
    let mut reader = Reader {
        open: None,
        in_legend: false,
        text: Vec::new(),
        attributes: Attributes::default(),
        wire: Vec::new(),
        records,
        account,
    };
    for line in lines {
        reader.account.n_lines += 1;
        reader.line(&line);
    }
    reader.finish();
}

/// The route whose lines are read.
struct Open<'t> {
    line: Line<'t>,
    size: usize,
    flags: &'t [u8],
    has_destination: bool,
    is_quoted: bool,
}

struct Reader<'t, 'r> {
    open: Option<Open<'t>>,
    in_legend: bool,
    /// The fields of the open route, wrapped lines put together.
    text: Vec<u8>,
    attributes: Attributes,
    wire: Vec<u8>,
    records: &'r mut Records,
    account: &'r mut Account,
}

/// What the fields of a route say, but for the attributes.
#[derive(Default)]
struct Found<'a> {
    family: Option<&'a [u8]>,
    destination: &'a [u8],
    table: &'a [u8],
    gateway: &'a [u8],
    session: &'a [u8],
    belongs_to: &'a [u8],
    next_hop: &'a [u8],
    path: Option<&'a [u8]>,
    is_bgp: bool,
}

impl<'t> Reader<'t, '_> {
    fn line(&mut self, line: &Line<'t>) {
        let text = line.text.trim_ascii();
        if text.is_empty() {
            self.finish();
            return self.account.text(line);
        }
        if let Some((flags, fields, key)) = first_key(text)
            && self.begins(key)
        {
            self.finish();
            self.in_legend = false;
            self.open = Some(Open {
                line: *line,
                size: line.size,
                flags,
                has_destination: fields.windows(12).any(|w| w == b"dst-address="),
                is_quoted: ends_quoted(fields, false),
            });
            self.text.clear();
            return self.text.extend_from_slice(fields);
        }
        if text.starts_with(b"Flags:") {
            self.finish();
            self.in_legend = true;
        }
        if is_around(text) || (self.in_legend && text.windows(3).any(|w| w == b" - ")) {
            return self.account.text(line);
        }
        let Some(open) = &mut self.open else {
            return self
                .account
                .unknown(line, "a route of /routing/route/print detail");
        };
        open.size += line.size;
        open.has_destination |= text.windows(12).any(|w| w == b"dst-address=");
        let word = text.split(|c| *c == b' ').next().unwrap_or_default();
        if !open.is_quoted && word.contains(&b'=') {
            self.text.push(b' ');
        }
        open.is_quoted = ends_quoted(text, open.is_quoted);
        self.text.extend_from_slice(text);
    }

    /// Whether a line whose first key this is begins a route.
    fn begins(&self, key: &[u8]) -> bool {
        match (&self.open, key) {
            (Some(open), _) if open.is_quoted => false,
            (_, b"afi") | (None, b"dst-address") => true,
            (Some(open), b"dst-address") => open.has_destination,
            _ => false,
        }
    }

    /// Add the open route, or say why not.
    fn finish(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let text = std::mem::take(&mut self.text);
        let mut found = Found::default();
        self.attributes.clear();
        let is_whole = self.fields(&text, &mut found, &open.line);
        found.is_bgp |= open.flags.contains(&b'b');
        let outcome = if is_whole {
            self.route(&open, &found)
        } else {
            Err("fields like key=value")
        };
        match outcome {
            Ok(kind) => self.account.read(kind, 1, open.size),
            Err(expected) => {
                self.account.n_lost += 1;
                let line = open.line.text.trim_ascii();
                self.account
                    .issue(&open.line, "malformed_route", expected, line);
                self.account.read("lost", 1, open.size);
            }
        }
        self.text = text;
    }

    /// Add a route of BGP; says what kind of route it is, or what was expected of it.
    fn route(&mut self, open: &Open<'_>, found: &Found<'_>) -> Result<&'static str, &'static str> {
        let prefix = fields::prefix(found.destination);
        let family = match found.family {
            Some(b"ip" | b"ip4" | b"ipv4") => Some(Family::V4),
            Some(b"ip6" | b"ipv6") => Some(Family::V6),
            Some(other) => {
                self.account.other(other, open.line.number);
                return Ok("other_family");
            }
            None => prefix.map(|p| p.family),
        };
        if !found.is_bgp {
            return Ok("other_protocol");
        }
        if !matches!(found.table, b"" | b"main") {
            let name = [b"routing-table=", found.table].concat();
            self.account.other(&name, open.line.number);
            return Ok("other_family");
        }
        let prefix: Prefix = prefix
            .filter(|p| Some(p.family) == family)
            .ok_or("a prefix without host bits as dst-address")?;
        let gateway = first_address(found.gateway);
        self.attributes.next_hop = first_address(found.next_hop).or(gateway);
        fields::as_path(found.path.unwrap_or_default(), &mut self.attributes.as_path)
            .ok_or("an AS path as as-path")?;
        self.attributes
            .write(prefix.family, &mut self.wire)
            .ok_or("at most 65535 octets of attributes")?;
        let name = [found.session, found.belongs_to]
            .into_iter()
            .find(|name| !name.is_empty());
        let speaker = Speaker {
            name: name.unwrap_or_default().to_vec(),
            asn: None,
            address: last_address(found.belongs_to)
                .or(gateway)
                .unwrap_or(fields::unspecified(prefix.family)),
            bgp_id: None,
        };
        let peer = self.records.peer(speaker).ok_or("at most 65535 peers")?;
        self.records.add(prefix, 0, peer, None, &self.wire);
        Ok(if open.flags.contains(&b'F') {
            "filtered"
        } else if open.flags.contains(&b'A') {
            "best"
        } else {
            "route"
        })
    }

    /// Read all fields; false where they are not fields.
    fn fields<'a>(&mut self, text: &'a [u8], found: &mut Found<'a>, line: &Line<'_>) -> bool {
        let mut group: &[u8] = b"";
        let mut rest = text.trim_ascii_start();
        while !rest.is_empty() {
            let Some((key, value, behind)) = next_field(rest) else {
                return false;
            };
            rest = behind;
            let dot = key.iter().position(|c| *c == b'.');
            if dot != Some(0) {
                group = key.get(..dot.unwrap_or_default()).unwrap_or_default();
            }
            let name = match dot {
                Some(dot) if group == b"bgp" => key.get(dot + 1..),
                _ => key.strip_prefix(b"bgp-"),
            };
            if dot.is_some() && !GROUPS.contains(&group) {
                let field = [key, b"=", value].concat();
                self.account
                    .issue(line, "unknown_field", "a field that is known", &field);
            }
            if let Some(name) = name {
                found.is_bgp |= !name.is_empty();
                self.attribute(name, value, found, line);
                continue;
            }
            match key {
                b"afi" => found.family = Some(value),
                b"dst-address" => found.destination = value,
                b"routing-table" => found.table = value,
                b"gateway" => found.gateway = value,
                b"belongs-to" => found.belongs_to = value,
                b"received-from" => found.session = value,
                _ => {} // how the router goes about it
            }
        }
        true
    }

    /// Read a field of BGP; what is not understood is left out, with an issue.
    fn attribute<'a>(
        &mut self,
        name: &[u8],
        value: &'a [u8],
        found: &mut Found<'a>,
        line: &Line<'_>,
    ) {
        let a = &mut self.attributes;
        let expected = match name {
            b"session" => {
                found.session = value;
                None
            }
            b"as-path" => {
                found.path = Some(value);
                None
            }
            b"nexthop" => {
                found.next_hop = value;
                None
            }
            b"origin" => {
                a.origin = fields::origin(value);
                a.origin.is_none().then_some("ORIGIN")
            }
            b"med" => {
                a.med = fields::number(value);
                a.med.is_none().then_some("MED")
            }
            b"local-pref" => {
                a.local_pref = fields::number(value);
                a.local_pref.is_none().then_some("LOCAL_PREF")
            }
            b"otc" => {
                a.otc = fields::as_number(value);
                a.otc.is_none().then_some("OTC")
            }
            b"atomic-aggregate" => {
                a.atomic_aggregate = value == b"yes";
                (!matches!(value, b"yes" | b"no")).then_some("yes or no")
            }
            b"aggregator" => {
                a.aggregator = aggregator(value);
                a.aggregator.is_none().then_some("an aggregator")
            }
            b"originator-id" => {
                a.originator_id = fields::address4(value);
                a.originator_id.is_none().then_some("ORIGINATOR_ID")
            }
            b"cluster-list" => {
                let read = |id: &[u8]| fields::address4(id).map(Ipv4Addr::to_bits);
                read_all(value, read, &mut a.cluster_list, "CLUSTER_LIST")
            }
            b"communities" => read_all(value, fields::community, &mut a.communities, "communities"),
            b"large-communities" => {
                let read = |c: &[u8]| fields::large(c.split(|c| *c == b':'));
                read_all(value, read, &mut a.large_communities, "large communities")
            }
            b"ext-communities" => {
                let read = |c: &[u8]| {
                    let mut parts = c.split(|c| *c == b':');
                    let read = fields::extended(parts.next()?, parts.next()?, parts.next()?)?;
                    parts.next().is_none().then_some(read)
                };
                let list = &mut a.extended_communities;
                read_all(value, read, list, "extended communities")
            }
            b"peer-cache-id" | b"weight" | b"igp-metric" | b"out-nexthop" | b"prepend" => None,
            _ => Some("a field that is read"),
        };
        if let Some(expected) = expected {
            let text = [name, b"=", value].concat();
            self.account
                .issue(line, "unreadable_attribute", expected, &text);
        }
    }
}

/// Read the items of a list with commas; says what was expected where one is not understood.
fn read_all<T>(
    text: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
    list: &mut Vec<T>,
    expected: &'static str,
) -> Option<&'static str> {
    let mut outcome = None;
    for item in split(text, b',') {
        match read(item) {
            Some(value) => list.push(value),
            None => outcome = Some(expected),
        }
    }
    outcome
}

/// Flags before the first field of a line, the fields, and the first key.
fn first_key(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let equals = text.iter().position(|c| *c == b'=')?;
    let before = text.get(..equals)?;
    let begin = before
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |space| space + 1);
    let flags = before.get(..begin)?;
    let is_flag = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b' ' | b'\t' | b'+' | b'*');
    flags
        .iter()
        .all(is_flag)
        .then_some((flags, text.get(begin..)?, before.get(begin..)?))
}

/// Whether text ends inside quotes.
fn ends_quoted(text: &[u8], begins_quoted: bool) -> bool {
    text.iter()
        .filter(|c| **c == b'"')
        .fold(begins_quoted, |quoted, _| !quoted)
}

/// Key and value of the first field, and what follows.
fn next_field(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let equals = text.iter().position(|c| *c == b'=')?;
    let (key, value) = text.split_at(equals);
    if key.contains(&b' ') {
        return None;
    }
    let value = value.get(1..)?;
    let (value, rest) = if let Some(quoted) = value.strip_prefix(b"\"") {
        let end = quoted.iter().position(|c| *c == b'"')?;
        (quoted.get(..end)?, quoted.get(end + 1..)?)
    } else {
        let end = value.iter().position(|c| *c == b' ');
        value.split_at(end.unwrap_or(value.len()))
    };
    Some((key, value, rest.trim_ascii_start()))
}

/// The first address of `10.0.0.1%ether1,10.0.0.2`.
fn first_address(text: &[u8]) -> Option<IpAddr> {
    fields::address(text.split(|c| matches!(c, b'%' | b'@' | b',')).next()?)
}

/// The address that `bgp-IP-10.0.0.1` or `BGP IP routes from 10.0.0.1` ends with.
fn last_address(text: &[u8]) -> Option<IpAddr> {
    let text = text.split(|c| matches!(c, b'%' | b'@')).next()?;
    let begins = |c: &u8| !(c.is_ascii_hexdigit() || matches!(c, b'.' | b':'));
    let begin = text.iter().rposition(begins).map_or(0, |at| at + 1);
    fields::address(text.get(begin..)?)
}

/// `64500:192.0.2.1`.
fn aggregator(text: &[u8]) -> Option<(u32, Ipv4Addr)> {
    let colon = text.iter().position(|c| *c == b':')?;
    let asn = fields::as_number(text.get(..colon)?)?;
    Some((asn, fields::address4(text.get(colon + 1..)?)?))
}

/// Whether a line is one of those around routes.
fn is_around(text: &[u8]) -> bool {
    text.starts_with(b"Flags:")
        || text.starts_with(b";;;")
        || text.starts_with(b"#")
        || text.starts_with(b"-- [Q quit")
        || (text.starts_with(b"[") && text.contains(&b'@') && text.contains(&b'>'))
}
