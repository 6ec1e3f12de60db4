//! How BIRD spells the parts of a line.

use std::net::{IpAddr, Ipv4Addr};

use crate::prefix::Prefix;
use crate::views::attributes::Attributes;
use crate::views::fields::{self, split};

/// What a route goes to, as its line begins.
pub(super) const TARGETS: [&[u8]; 8] = [
    b"unicast",
    b"via",
    b"dev",
    b"blackhole",
    b"unreachable",
    b"prohibit",
    b"prohibited",
    b"multipath",
];

/// Whose routes the lines are.
pub(super) enum Place<'t> {
    None,
    Prefix(Prefix),
    /// Routes whose destination is no prefix.
    Other(&'t [u8]),
}

/// Which list a line that begins with a parenthesis goes on with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    None,
    Standard,
    Large,
    Extended,
}

/// Read what stands between the parentheses of a community.
pub(super) fn community(list: List, text: &[u8], found: &mut Attributes) -> Option<()> {
    let parts: Vec<&[u8]> = text.split(|c| *c == b',').map(<[u8]>::trim_ascii).collect();
    match (list, parts.as_slice()) {
        (List::Standard, [high, low]) => found.communities.push(fields::pair(high, low)?),
        (List::Large, _) => found
            .large_communities
            .push(fields::large(parts.into_iter())?),
        (List::Extended, [kind, key, value]) => found
            .extended_communities
            .push(fields::extended(kind, key, value)?),
        _ => return None,
    }
    Some(())
}

/// Whether a line is one of those before routes.
pub(super) fn is_around(text: &[u8]) -> bool {
    (text.starts_with(b"BIRD ") && text.ends_with(b" ready."))
        || (text.starts_with(b"Table ") && text.ends_with(b":"))
        || text == b"Access restricted"
}

/// Whether a field is of other protocols, or says how BIRD goes about a route.
pub(super) fn is_internal(key: &[u8]) -> bool {
    const NAMES: [&[u8]; 5] = [
        b"preference",
        b"igp_metric",
        b"hostentry",
        b"nexthop",
        b"stale",
    ];
    const GROUPS: [&[u8]; 10] = [
        b"Kernel.", b"krt_", b"OSPF.", b"ospf_", b"RIP.", b"rip_", b"Babel.", b"babel_", b"mpls_",
        b"gw_",
    ];
    NAMES.contains(&key) || GROUPS.iter().any(|group| key.starts_with(group))
}

/// The destination a line begins with, and the rest of the line.
pub(super) fn destination(text: &[u8]) -> (Place<'_>, &[u8]) {
    let end = text.iter().position(u8::is_ascii_whitespace);
    let (first, rest) = text.split_at(end.unwrap_or(text.len()));
    if let Some(prefix) = fields::prefix(first) {
        // `10.0.0.0/24 AS64500` is a ROA, and `10.0.0.0/24 via …` a route.
        return (Place::Prefix(prefix), rest);
    }
    let second = split(rest, b' ').next().unwrap_or_default();
    let family: Option<&[u8]> = if first.starts_with(b"flow") {
        Some(b"flowspec")
    } else if first.contains(&b':') && fields::prefix(second).is_some() {
        Some(b"VPN")
    } else if second.starts_with(b"AS") && first.contains(&b'-') {
        Some(b"ROA")
    } else {
        None
    };
    match family {
        Some(family) if text.contains(&b'[') => (Place::Other(family), rest),
        _ => (Place::None, rest),
    }
}

/// What stands before, inside and after the first brackets.
pub(super) fn brackets(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let begin = text.iter().position(|c| *c == b'[')?;
    let (before, rest) = text.split_at(begin);
    let end = rest.iter().position(|c| *c == b']')?;
    let first = split(before, b' ').next()?;
    let inside = rest.get(1..end)?;
    TARGETS
        .contains(&first)
        .then_some((before, inside, rest.get(end + 1..)?))
}

/// The address of `via 10.0.0.9 on eth0`.
pub(super) fn gateway(text: &[u8]) -> Option<IpAddr> {
    let mut words = split(text, b' ');
    let address = words.by_ref().skip_while(|word| *word != b"via").nth(1)?;
    fields::address(address.split(|c| *c == b'%').next()?)
}

/// Type and value of an attribute that BIRD does not know: `28 [t]` and `01 02`.
pub(super) fn octets(name: &[u8], value: &[u8]) -> Option<(u8, Vec<u8>)> {
    // Others have names, so that none of these is written here a second time.
    const READ: [u8; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 16, 32, 35];
    let code = hexadecimal(name.strip_suffix(b" [t]").unwrap_or(name))?;
    let value: Option<Vec<u8>> = split(value, b' ').map(hexadecimal).collect();
    (!READ.contains(&code)).then_some((code, value?))
}

/// Two hexadecimal digits.
fn hexadecimal(text: &[u8]) -> Option<u8> {
    let is_octet = text.len() == 2 && text.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(text).ok().filter(|_| is_octet)?;
    u8::from_str_radix(text, 16).ok()
}

/// `192.0.2.1 AS64500`.
pub(super) fn aggregator(text: &[u8]) -> Option<(u32, Ipv4Addr)> {
    let mut words = split(text, b' ');
    let address = fields::address4(words.next()?)?;
    let asn = fields::as_number(words.next()?.strip_prefix(b"AS")?)?;
    Some((asn, address))
}
