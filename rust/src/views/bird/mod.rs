//! `show route all` of BIRD 1, 2 and 3.
//!
//! ```text
//! 192.0.2.0/24         unicast [edge1 2025-01-21 from 10.0.0.1] * (100) [AS64500i]
//!     via 10.0.0.9 on eth0
//!     Type: BGP univ
//!     BGP.as_path: 64500 64501
//! ```
//!
//! BIRD 1 has the gateway in the first line, BIRD 3 attributes like `bgp_path`. Other routes of a prefix
//! follow without it. BIRD cuts what is longer than some 500 characters; of a path it says so by dots.

mod spelling;

use std::net::{IpAddr, Ipv4Addr};

use self::spelling::{
    List, Place, TARGETS, aggregator, brackets, community, destination, gateway, is_around,
    is_internal, octets,
};
use super::account::{Account, Line, Lines};
use super::attributes::Attributes;
use super::fields::{self, split};
use super::records::{Records, Speaker};

/// Read all lines.
pub fn read(lines: Lines<'_>, records: &mut Records, account: &mut Account) {
    let mut reader = Reader {
        place: Place::None,
        open: None,
        attributes: Attributes::default(),
        list: List::None,
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
    name: &'t [u8],
    from: Option<IpAddr>,
    via: Option<IpAddr>,
    is_best: bool,
    /// Whether it is of BGP; nothing before an attribute says so.
    is_bgp: Option<bool>,
    has_path: bool,
    /// Why it is not kept: kind of the issue and what was expected.
    lost: Option<(&'static str, &'static str)>,
}

struct Reader<'t, 'r> {
    place: Place<'t>,
    open: Option<Open<'t>>,
    attributes: Attributes,
    list: List,
    wire: Vec<u8>,
    records: &'r mut Records,
    account: &'r mut Account,
}

impl<'t> Reader<'t, '_> {
    fn line(&mut self, line: &Line<'t>) {
        let text = line.text.trim_ascii();
        if text.is_empty() {
            return self.account.text(line);
        }
        let is_indented = line.text.first().is_some_and(u8::is_ascii_whitespace);
        if !is_indented {
            self.finish();
            self.place = Place::None;
            if is_around(text) {
                return self.account.text(line);
            }
            let (place, rest) = destination(text);
            self.place = place;
            return self.begin(line, rest.trim_ascii_start());
        }
        if split(text, b' ')
            .next()
            .is_some_and(|word| TARGETS.contains(&word))
            && text.contains(&b'[')
        {
            self.finish();
            return self.begin(line, text);
        }
        let is_known = match &self.open {
            Some(_) => self.detail(line, text),
            None => false,
        };
        if is_known {
            if let Some(open) = &mut self.open {
                open.size += line.size;
            }
        } else if matches!(self.place, Place::Other(_)) {
            self.account.read("other_family", 0, line.size);
        } else {
            self.account
                .unknown(line, "a line of BIRD's show route all");
        }
    }

    /// Begin a route with the line that says what it goes to.
    fn begin(&mut self, line: &Line<'t>, text: &'t [u8]) {
        if let Place::Other(family) = self.place {
            self.account.other(family, line.number);
            return self.account.read("other_family", 1, line.size);
        }
        let Some((target, inside, after)) = brackets(text) else {
            self.place = Place::None;
            return self
                .account
                .unknown(line, "a prefix and a route of BIRD's show route all");
        };
        if !matches!(self.place, Place::Prefix(_)) {
            return self.account.unknown(line, "a prefix before its routes");
        }
        let mut words = split(inside, b' ');
        let name = words.next().unwrap_or_default();
        let from = words.skip_while(|word| *word != b"from").nth(1);
        let marks = after.split(|c| *c == b'(').next().unwrap_or_default();
        self.attributes.clear();
        self.list = List::None;
        self.open = Some(Open {
            line: *line,
            size: line.size,
            name,
            from: from.and_then(fields::address),
            via: gateway(target),
            is_best: marks.contains(&b'*'),
            is_bgp: None,
            has_path: false,
            lost: None,
        });
    }

    /// Read a line that belongs to the open route.
    fn detail(&mut self, line: &Line<'t>, text: &'t [u8]) -> bool {
        if text.starts_with(b"(") {
            return self.list != List::None && self.list(line, text);
        }
        self.list = List::None;
        let Some(open) = &mut self.open else {
            return false;
        };
        if text.starts_with(b"via ") || text.starts_with(b"dev ") {
            open.via = open.via.or_else(|| gateway(text));
            return true;
        }
        if text.starts_with(b"Internal route handling values") {
            return true;
        }
        let Some(colon) = text.iter().position(|c| *c == b':') else {
            return false;
        };
        let (key, value) = text.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let attribute = key.strip_prefix(b"BGP.").or(key.strip_prefix(b"bgp_"));
        match (key, attribute) {
            (_, Some(name)) => {
                open.is_bgp = Some(true);
                return self.attribute(line, name, value);
            }
            (b"Type" | b"source", _) => {
                let is_bgp = split(value, b' ').next() == Some(b"BGP");
                open.is_bgp = Some(open.is_bgp == Some(true) || is_bgp);
            }
            (b"from", _) => open.from = open.from.or_else(|| fields::address(value)),
            _ if open.is_bgp == Some(false) || is_internal(key) => {}
            _ => {
                let expected = "a field that is known";
                self.account.issue(line, "unknown_field", expected, text);
            }
        }
        true
    }

    /// Read a path attribute; what is not understood is left out, with an issue.
    fn attribute(&mut self, line: &Line<'t>, name: &[u8], value: &'t [u8]) -> bool {
        let found = &mut self.attributes;
        let expected = match name {
            b"as_path" | b"path" => {
                self.path(value);
                return true;
            }
            b"origin" => {
                found.origin = fields::origin(value);
                found.origin.is_none().then_some("ORIGIN")
            }
            b"next_hop" => {
                let mut hops = split(value, b' ').map(fields::address);
                found.next_hop = hops.next().flatten();
                if let Some(Some(IpAddr::V6(address))) = hops.next() {
                    found.link_local = Some(address);
                }
                found.next_hop.is_none().then_some("a next hop")
            }
            b"med" => read_into(&mut found.med, fields::number(value), "MED"),
            b"local_pref" => read_into(&mut found.local_pref, fields::number(value), "LOCAL_PREF"),
            b"otc" => read_into(&mut found.otc, fields::number(value), "OTC"),
            b"atomic_aggr" => {
                found.atomic_aggregate = true;
                None
            }
            b"aggregator" => read_into(&mut found.aggregator, aggregator(value), "an aggregator"),
            b"originator_id" => read_into(
                &mut found.originator_id,
                fields::address4(value),
                "ORIGINATOR_ID",
            ),
            b"cluster_list" => {
                let ids = split(value, b' ').map(|id| fields::address4(id).map(Ipv4Addr::to_bits));
                match ids.collect() {
                    Some(ids) => {
                        found.cluster_list = ids;
                        None
                    }
                    None => Some("CLUSTER_LIST"),
                }
            }
            b"community" => return self.begin_list(List::Standard, line, value),
            b"large_community" => return self.begin_list(List::Large, line, value),
            b"ext_community" => return self.begin_list(List::Extended, line, value),
            _ => match octets(name, value) {
                Some(attribute) => {
                    found.unknown.push(attribute);
                    None
                }
                None => Some("an attribute that is read"),
            },
        };
        if let Some(expected) = expected {
            self.account.issue(
                line,
                "unreadable_attribute",
                expected,
                line.text.trim_ascii(),
            );
        }
        true
    }

    fn path(&mut self, value: &[u8]) {
        let path = &mut self.attributes.as_path;
        path.clear();
        let lost = if value.ends_with(b"...") {
            Some(("cut_value", "a whole AS path"))
        } else if fields::as_path(value, path).is_none() {
            Some(("malformed_route", "an AS path"))
        } else {
            None
        };
        if let Some(open) = &mut self.open {
            open.has_path = true;
            open.lost = open.lost.or(lost);
        }
    }

    fn begin_list(&mut self, list: List, line: &Line<'t>, value: &[u8]) -> bool {
        self.list = list;
        self.list(line, value)
    }

    /// Read communities like `(1,2) (3,4)`.
    fn list(&mut self, line: &Line<'t>, text: &[u8]) -> bool {
        let found = &mut self.attributes;
        for piece in split(text, b'(') {
            let inside = piece.strip_suffix(b")");
            let is_read = inside.and_then(|inside| community(self.list, inside, found));
            if is_read.is_none() {
                self.account
                    .issue(line, "unreadable_attribute", "communities", piece);
            }
        }
        true
    }

    /// Add the open route, or say why not.
    fn finish(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let Place::Prefix(prefix) = self.place else {
            return;
        };
        if open.is_bgp == Some(false) {
            return self.account.read("other_protocol", 1, open.size);
        }
        let family = prefix.family;
        let address = open.from.or(open.via);
        let speaker = Speaker {
            name: open.name.to_vec(),
            asn: None,
            address: address.unwrap_or(fields::unspecified(family)),
            bgp_id: None,
        };
        let lost = match open.is_bgp {
            _ if open.lost.is_some() => open.lost,
            None => Some(("no_attributes", "attributes, as show route all has them")),
            _ if !open.has_path => Some(("malformed_route", "an AS path")),
            _ if self.attributes.write(family, &mut self.wire).is_none() => {
                Some(("malformed_route", "at most 65535 octets of attributes"))
            }
            _ => match self.records.peer(speaker) {
                Some(peer) => {
                    self.records.add(prefix, 0, peer, None, &self.wire);
                    None
                }
                None => Some(("malformed_route", "at most 65535 peers")),
            },
        };
        if let Some((kind, expected)) = lost {
            self.account.n_lost += 1;
            let text = open.line.text.trim_ascii();
            self.account.issue(&open.line, kind, expected, text);
            self.account.read("lost", 1, open.size);
        } else {
            let kind = if open.is_best { "best" } else { "route" };
            self.account.read(kind, 1, open.size);
        }
    }
}

/// Set a field; say what was expected where there is nothing to set it to.
fn read_into<T>(
    field: &mut Option<T>,
    value: Option<T>,
    expected: &'static str,
) -> Option<&'static str> {
    *field = value;
    field.is_none().then_some(expected)
}
